#!/bin/sh
# rounds.sh GONGSHI: a round is opened and its numbers come in as a table, by pages: a workbook as it went out, one that
# was made elsewhere, a CSV in GB18030; and files that are none, or are broken: each is told what is wrong with it, and
# nothing of it is written.
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/staff.sh"
. "$(dirname "$0")/../book.sh"

mkdir -p "$work/marks/parameters"
cat >"$work/marks/scheme.json" <<'END'
{"scheme": "marks", "title": {"zh": "评分（测试）", "en": "Marks"},
 "parameters": {"bounds": {"title": {"zh": "下限", "en": "Bounds"},
  "key": {"kind": {"type": "text", "title": "类别"}},
  "value": {"least": {"type": "integer", "title": "最少"}, "share": {"type": "decimal", "title": "比例"}}}}}
END
cat >"$work/marks/parameters/bounds.csv" <<'END'
类别,最少,比例,来源,状态,起,止
企业,10,0.50,示例文件一,confirmed,2025-01-01,
个体工商户,20,0.25,示例文件一,confirmed,2025-01-01,
END
echo 'a-long-password-of-tests' >"$work/password"
{
    "$gongshi" init "$GONGSHI_DATA"
    "$gongshi" people office street 示例街道
    for login in admin second; do
        "$gongshi" people add "$login" "$login" --office street
        "$gongshi" people password "$login" <"$work/password"
        "$gongshi" people give "$login" administrator
    done
    "$gongshi" scheme install "$work/marks"
} >"$work/init" 2>&1 || sed 's/^/# /' "$work/init"
serve --second-factor none
for who in admin second; do
    login $who "$(cat "$work/password")"
done
round=/office/rounds/marks/2027

# table NAME STATUS PATTERN FILE: the first step of taking a table in.
table() {
    status=$(curl -sS -o "$work/out" -D "$work/head" -w '%{http_code}' -H 'Accept-Language: zh-CN' \
        -b "$work/admin.jar" -F "csrf=$(cat "$work/admin.csrf")" -F parameter=bounds -F "file=@$4" "$url$round/import")
    cat "$work/head" "$work/out" >"$work/all"
    [ "$status" = "$2" ] && grep -qa -- "$3" "$work/all"
    said=$?
    [ $said -eq 0 ] || echo "# $status"
    point $said "$1"
}

numbers() { # of the round, as they stand
    curl -sS -b "$work/admin.jar" "$url$round/export?parameter=bounds&as=csv"
}

# broken NAME PATTERN FILE: it is refused so, and the round is as before.
broken() {
    numbers >"$work/before"
    table "$1" 422 "$2" "$3"
    ! grep -q 'name="token"' "$work/out"
    point $? 'and cannot be taken in'
    numbers | cmp -s - "$work/before"
    point $? 'nothing of it is written'
}

taken() { # NAME: what was looked at last is taken in
    token=$(sed -n 's/.*name="token" value="\([0-9a-f]*\)".*/\1/p' "$work/out" | head -n 1)
    page "$1" 303 "ocation: $round?done=imported" admin "$round/import/do" "token=$token" parameter=bounds
}

# stands NAME LINE: the round has this line.
stands() {
    numbers >"$work/out"
    tr -d '\r' <"$work/out" | grep -qx -- "$2"
    point $? "$1"
}

page 'a round is opened' 303 "ocation: $round?done=opened" admin /office/rounds scheme=marks round=2027 from=2027-01-01
stands 'with the numbers of the last one, to be verified' '企业,10,0.50,示例文件一,待核实,2027-01-01,'

# ---- Workbooks ----

curl -sS -b "$work/admin.jar" -o "$work/out.xlsx" "$url$round/export?parameter=bounds&as=xlsx"
table 'a workbook comes back as it went out' 200 '<dt>不变</dt><dd>2</dd>' "$work/out.xlsx"
{
    row 1 A1=s=类别 B1=s=最少 C1=s=比例 D1=s=来源 E1=s=状态 F1=s=起
    row 2 A2=s=企业 B2=n=12 C2=n=0.55 D2=s=示例文件二 E2=s=待核实 F2=s=2027-01-01
    row 3 A3=s=农民专业合作社 B3=n=8 C3=n=0.4 D3=s=示例文件二 E3=s=待核实 F3=s=2027年1月1日
} >"$work/rows"
(cd "$work" && book changed.xlsx rows)
table 'one that was made elsewhere: a row that changes' 200 '<dt>修改</dt><dd>1</dd>' "$work/changed.xlsx"
grep -q '<dt>新增</dt><dd>1</dd>' "$work/out"
point $? 'and a new one'
numbers | grep -q '^企业,10,'
point $? 'nothing is written yet'
taken 'it is taken in'
stands 'numbers are what the cells show' '企业,12,0.55,示例文件二,待核实,2027-01-01,'
stands 'a day written in words is one' '农民专业合作社,8,0.4,示例文件二,待核实,2027-01-01,'
stands 'what was not in it stays' '个体工商户,20,0.25,示例文件一,待核实,2027-01-01,'

# ---- GB18030 ----

numbers | sed 's/^\xEF\xBB\xBF//; s/^个体工商户,20,/个体工商户,21,/; s/示例文件一/示例文件三㐀/' |
    iconv -f UTF-8 -t GB18030 >"$work/gb.csv"
table 'a CSV in GB18030' 200 '<dt>修改</dt><dd>1</dd>' "$work/gb.csv"
taken 'it is taken in too'
stands 'with all its characters, also of four bytes' '个体工商户,21,0.25,示例文件三㐀,待核实,2027-01-01,'
printf '类别,最少,比例,来源,状态,起\n企业,十二,0.55,示例文件二,待核实,2027-01-01\n' | iconv -f UTF-8 -t GB18030 \
    >"$work/word.csv"
broken 'a word in the place of a number is told with its line and its column' '最少' "$work/word.csv"
grep -q '十二' "$work/out"
point $? 'and with what stands there'

# ---- What is none, or broken ----

head -c 1500 "$work/out.xlsx" >"$work/half.xlsx"
broken 'half a workbook' '损坏' "$work/half.xlsx"
(cd "$work" && echo text >inside.txt && zip -q none.zip inside.txt && mv none.zip none.xlsx)
broken 'an archive that is no workbook' '不是\|没有\|损坏' "$work/none.xlsx"
{
    row 1 A1=s=类别 B1=s=最少 C1=s=比例 D1=s=来源 E1=s=状态 F1=s=起
    row 2 A2=s=企业 B2=f= C2=n=0.55 D2=s=示例文件二 E2=s=待核实 F2=s=2027-01-01
    row 3 A3=s=个体工商户 B3=n=21 'C3=e=#DIV/0!' D3=s=示例文件二 E3=s=待核实 F3=s=2027-01-01
} >"$work/rows"
(cd "$work" && book formula.xlsx rows)
broken 'a formula that was never computed' '公式' "$work/formula.xlsx"
grep -q '#DIV/0!\|错误值' "$work/out"
point $? 'and an error of the spreadsheet'
{ row 1 A1=s=类别; head -c 30000000 /dev/zero | tr '\0' ' '; } >"$work/rows"
(cd "$work" && book bomb.xlsx rows)
broken 'a zip bomb' '太大\|过大' "$work/bomb.xlsx"
printf '\377\376a\000' >"$work/utf16.csv"
broken 'a CSV in UTF-16' 'UTF-16' "$work/utf16.csv"
printf '类别,最少\n企业,\377\n' >"$work/bytes.csv"
broken 'bytes that are no text' '编码\|GB18030' "$work/bytes.csv"
printf '类别,最少\n"企业,1\n' >"$work/quote.csv"
broken 'a quotation mark without its end' '引号' "$work/quote.csv"
: >"$work/empty.csv"
broken 'an empty file' '请选择文件' "$work/empty.csv"
printf '类别,最小\n企业,1\n' >"$work/heading.csv"
{
    row 1 A1=s=类别 B1=s=最少 C1=s=比例 D1=s=来源 E1=s=状态 F1=s=起
    row 2 A2=s=企业 B2=n=12 C2=n=0.55 D2=s=示例文件二 E2=s=待核实 F2=n=46388
} >"$work/rows"
(cd "$work" && book serial.xlsx rows)
broken 'a number that is not shown as a day is none' '46388' "$work/serial.xlsx"
broken 'a heading that the parameter has not' '最小' "$work/heading.csv"
printf '类别,最少,比例,来源,状态,起\n企业,1,0.1,示例,待核实,2027-01-01\n企业,2,0.1,示例,待核实,2027-01-01\n' >"$work/twice.csv"
broken 'the same key twice' '该行与第 2 行的主键相同' "$work/twice.csv"
printf 'MZ\220\000' >"$work/program.xlsx"
broken 'a program' '' "$work/program.xlsx"
page 'no file at all' 422 '请选择文件' admin "$round/import" parameter=bounds
echo "1..$count"
