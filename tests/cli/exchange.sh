#!/bin/sh
# exchange.sh GONGSHI: ledgers and parameters as tables. The scheme "t" is written here; each import either is whole or
# leaves the ledger as it was, byte for byte.
set -u
. "$(dirname "$0")/../book.sh"
gongshi=$(realpath "$1")
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8
export GONGSHI_DATA="$work/data"
count=0 same=
cd "$work" || exit 1

point() { # STATUS NAME
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        sed 's/^/# /' "$work/out" "$work/err" | head -20
    fi
}

# run NAME STATUS PATTERN ARGUMENT...: ends so, and says so on either side.
run() {
    name=$1 wanted=$2 pattern=$3
    shift 3
    "$gongshi" --lang "${speak:-en}" "$@" >"$work/out" 2>"$work/err"
    status=$? same=
    [ "$status" -eq "$wanted" ] && cat "$work/out" "$work/err" | grep -q -- "$pattern"
    point $? "$name"
}

# state: all that can be seen of the ledgers.
state() {
    "$gongshi" ledger export t.firms --personal
    "$gongshi" ledger export t.plain
    "$gongshi" parameter export t.levels
}

# untouched NAME STATUS PATTERN ARGUMENT...: the same, and the ledgers are as before; what the last one saw is still so
# unless something else was run meanwhile.
untouched() {
    name=$1
    if [ -z "$same" ]; then state >"$work/before"; else mv "$work/after" "$work/before"; fi
    run "$@"
    cp "$work/out" "$work/many.out"
    state >"$work/after"
    cmp -s "$work/before" "$work/after"
    point $? "$name: nothing has changed"
    same=yes
}

mkdir -p t/ledgers t/parameters t/rules
cat >t/scheme.json <<'END'
{"scheme": "t", "title": {"zh": "台账导入"}, "from": "2021-01-01",
 "parameters": {"levels": {"key": {"level": {"type": "text", "title": "等级"}},
                           "value": {"points": {"type": "decimal", "title": "分值"}}}},
 "ledgers": {"firms": {"key": ["no", "level"], "valid": ["from", "to"], "write": ["import", "officer"],
                       "checks": "firm checks"},
             "plain": {"write": ["import"]}}}
END
cat >t/ledgers/firms.json <<'END'
{"fields": [
 {"name": "no", "type": "text", "title": {"zh": "编号", "en": "Number"}, "class": "public", "required": true,
  "index": true},
 {"name": "name", "type": "text", "title": {"zh": "名称", "en": "Name"}, "class": "public", "search": true},
 {"name": "level", "type": "code", "title": {"zh": "等级"}, "class": "public", "required": true, "of": "levels"},
 {"name": "count", "type": "integer", "title": {"zh": "合同份数"}, "class": "internal"},
 {"name": "sum", "type": "decimal", "title": {"zh": "金额"}, "class": "internal"},
 {"name": "invested", "type": "quantity", "title": {"zh": "投资"}, "class": "internal", "unit": "亿元"},
 {"name": "from", "type": "date", "title": {"zh": "起"}, "class": "public"},
 {"name": "to", "type": "date", "title": {"zh": "止"}, "class": "public"},
 {"name": "at", "type": "time", "title": {"zh": "时刻"}, "class": "internal"},
 {"name": "seen", "type": "instant", "title": {"zh": "检查时间"}, "class": "internal"},
 {"name": "open", "type": "boolean", "title": {"zh": "营业"}, "class": "internal"},
 {"name": "place", "type": "place", "title": {"zh": "地点"}, "class": "internal"},
 {"name": "days", "type": "list", "title": {"zh": "记录"}, "class": "internal"},
 {"name": "phone", "type": "text", "title": {"zh": "电话"}, "class": "personal"}
]}
END
echo '{"fields": [{"name": "a", "type": "text"}, {"name": "b", "type": "decimal"}]}' >t/ledgers/plain.json
cat >t/parameters/levels.csv <<'END'
等级,分值,来源,状态,起,止
A,80,文件一,示例,2021-01-01,
AA,90,文件一,示例,2021-01-01,
END
cat >t/rules/firm.dmn <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="firm" name="firm" namespace="t">
  <inputData id="i1" name="count"><variable name="count" typeRef="number"/></inputData>
  <inputData id="i2" name="level"><variable name="level" typeRef="string"/></inputData>
  <decision id="d1" name="firm checks">
    <variable name="firm checks"/>
    <informationRequirement><requiredInput href="#i1"/></informationRequirement>
    <informationRequirement><requiredInput href="#i2"/></informationRequirement>
    <literalExpression><text>if level = "AA" and count != null and count &lt; 10 then
      [{path: "count", level: "error", text: "AA 需要至少 10 份合同", remedy: "核对合同份数"}] else []</text></literalExpression>
  </decision>
</definitions>
END

"$gongshi" init data >out 2>err && "$gongshi" people office C 县局 >>out 2>>err
run "the scheme is installed" 0 '"scheme"' scheme install t

# ---- In, whole ----
cat >good.csv <<'END'
编号,名称,等级,合同份数,金额,投资,起,止,时刻,检查时间,营业,地点,记录,电话
001,"甲公司",A,"1,200","1,234,567.80",逾5亿元,2021-03-01,2022-02-28,9:30,2021-03-01 09:30:00,是,广场（119.65，29.08）,"[1,2]",138000
002,乙公司,AA,12,-0.5,3.2,2021/3/1,,08:30,2021/3/1 9:30,否,,,
003,丙公司,A,,,约 2 亿元,2021年3月1日,2021年12月31日,,,,"院(1)(119.6,29.1)",,
END
untouched "a check writes nothing" 0 'checked: 3 rows, 3 new' ledger import t.firms good.csv --check
run "three rows" 0 'imported: 3 rows, 3 new' ledger import t.firms good.csv
run "dates as text are told" 0 'typed as text' ledger import t.firms good.csv --update
"$gongshi" ledger export t.firms --personal --lang zh >export.csv
printf '%s' "$(sed 's/^\xEF\xBB\xBF//' export.csv | tail -1 | tr -d '\r')" >out
line='^001,甲公司,A,1200,1234567.80,逾5亿元,2021-03-01,2022-02-28,09:30:00,2021-03-01T09:30:00'
grep -q "$line"',是,"广场(119.65,29.08)","\[1,2\]",138000$' out
point $? "what is exported is what was meant"
"$gongshi" ledger export t.firms >out
! grep -q 138000 out
point $? "personal fields go out only when they are asked for"

# ---- Round trips change nothing ----
"$gongshi" ledger export t.firms --personal -o back.csv >out 2>err
untouched "CSV with a mark comes back the same" 0 '0 new, 0 changed, 0 ended, 3 as they were' \
    ledger import t.firms back.csv --update
"$gongshi" ledger export t.firms --personal --gb18030 -o gb.csv >out 2>err
iconv -f GB18030 -t UTF-8 gb.csv | grep -q 甲公司
point $? "GB18030 is GB18030"
untouched "and comes back the same" 0 '0 changed, 0 ended, 3 as they were' ledger import t.firms gb.csv --update
for lang in zh en; do
    "$gongshi" --lang $lang ledger export t.firms --personal -o back.xlsx >out 2>err
    untouched "xlsx comes back the same ($lang)" 0 '0 changed, 0 ended, 3 as they were' \
        ledger import t.firms back.xlsx --update
done

# ---- Update ----
cat >update.csv <<'END'
no,level,from,to,count
001,A,2021-03-01,2022-02-28,1300
002,AA,2021-03-01,,12
009,A,2021-03-01,,5
END
run "an update adds and changes" 0 '1 new, 1 changed, 0 ended, 1 as they were' ledger import t.firms update.csv --update
"$gongshi" ledger export t.firms >out
grep -q '^001,甲公司,A,1300' out && ! grep -q '^001,甲公司,A,1200' out
point $? "the other fields stay"
"$gongshi" ledger export t.firms --known 2021-01-01 | wc -l >out
[ "$(cat out)" -eq 1 ]
point $? "nothing was known before"
run "a filter" 0 '^001' ledger export t.firms --where 'count > 1000'
[ "$(wc -l <out)" -eq 2 ]
point $? "gives one row"
"$gongshi" ledger export t.firms --on 2022-06-01 >out
! grep -q '^001' out && grep -q '^002' out
point $? "a day gives what holds on it"
run "a ledger without key" 1 'no key' ledger import t.plain update.csv --update

# ---- What is wrong is said, and nothing is imported ----
untouched "the same keys again" 1 'there is a row with this key already' ledger import t.firms good.csv
cat >bad.csv <<'END'
编号,名称,等级,合同份数,金额,起,止,营业,地点,记录
101,x,A,1.5,"1,23",2021-02-30,,maybe,there,{
,y,B,1,1,2021-03-01,2020-01-01,,,
103,z,AA,9,,2021-03-01,,,,
104,z,A,9,,2021-03-01,,,,
104,z,A,9,,2021-04-01,,,,
END
untouched "each mistake has its place" 1 '^bad.csv:2:4: 合同份数: ' ledger import t.firms bad.csv
for place in 2:5 2:6 2:8 2:9 2:10 3:1 3:3 4:4 6:0; do
    grep -q "^bad.csv:$place: " err
    point $? "so has $place"
done
grep -q 'AA 需要至少 10 份合同' err && grep -q 'has the key of the row in line 5' err
point $? "the ledger's decision and doubled keys too"
speak=zh
run "in Chinese" 1 '单元格' ledger import t.firms bad.csv
speak=en
run "an annotated copy" 1 'nothing was imported' ledger import t.firms bad.csv --annotate notes.xlsx
unzip -p notes.xlsx xl/sharedStrings.xml xl/worksheets/sheet1.xml 2>/dev/null | grep -q 'AA 需要至少 10 份合同'
point $? "has the problems"
awk 'BEGIN { print "编号,等级"; for (i = 0; i < 3000; i++) print "late" i ",A"; print "late3000,B" }' >late.csv
untouched "a mistake in the last of 3,001 rows" 1 '^late.csv:3002:2: 等级: ' ledger import t.firms late.csv
head -3001 late.csv >early.csv
run "the keys of the rows before it are free" 0 'checked: 3000 rows, 3000 new' \
    ledger import t.firms early.csv --check
printf '编号,没有这列,编号\n1,2,3\n' >heading.csv
untouched "unknown, doubled and missing columns" 1 'there is no field of this name' ledger import t.firms heading.csv
grep -q 'stands there twice' err && grep -q 'has no such column' err
point $? "are all named"
printf '编号,等级\n201,A\n"202,A\n' >half.csv
untouched "half a file" 1 'quotation mark' ledger import t.firms half.csv
printf '\377\376a\000' >utf16.csv
untouched "a wrong encoding" 1 'UTF-16' ledger import t.firms utf16.csv
printf '编号,等级\n301,A\n302,\377\n' >broken.csv
untouched "broken bytes" 1 'broken.csv:' ledger import t.firms broken.csv
head -c 2000 back.xlsx >half.xlsx
untouched "half a workbook" 1 'damaged' ledger import t.firms half.xlsx
untouched "no such file" 1 'cannot read the file' ledger import t.firms nothing.csv
untouched "no such ledger" 1 'has no ledger' ledger import t.nothing good.csv
: >empty.csv
untouched "an empty file" 1 'the table is empty' ledger import t.firms empty.csv

# More findings than EXCHANGE_FINDINGS are counted; the first 1,000 are told.
awk 'BEGIN { print "a,b"; for (i = 0; i < 10500; i++) print "x,y" }' >many.csv
untouched "10,500 mistakes" 1 '"wrong":10500' ledger import t.plain many.csv --json
[ "$(grep -o '"remedy"' "$work/many.out" 2>/dev/null | wc -l)" -eq 1000 ]
point $? "of which 1,000 are told"

if command -v zip >/dev/null && command -v unzip >/dev/null; then
    { row 1 A1=s=编号 B1=s=等级 C1=s=合同份数; row 2 A2=n=913307827490000000 B2=s=A C2=n=3; } >rows
    book lost.xlsx rows
    untouched "9.13E+17" 1 'last digits of the number may be lost' ledger import t.firms lost.xlsx
    { row 1 A1=s=编号 B1=s=等级 C1=s=合同份数; row 2 A2=s=401 B2=s=A C2=f=
      row 3 A3=s=402 B3=s=A 'C3=e=#DIV/0!'; } >rows
    book formula.xlsx rows
    untouched "a formula that was never computed, and an error" 1 'computed by a formula' \
        ledger import t.firms formula.xlsx
    grep -q 'formula.xlsx:3:3: .*error of the spreadsheet' err
    point $? "both are named"
    { row 1 A1=s=编号 B1=s=等级 C1=s=合同份数; row 2 A2=s=403 B2=s=A C2=f=7; } >rows
    book computed.xlsx rows
    run "a computed value is read, with a note" 0 'note: .*computed by a formula' ledger import t.firms computed.xlsx
    { row 1 A1=s=企业台账; row 2 A2=s=编号 B2=s=等级; row 3 A3=s=404 B3=s=A; } >rows
    book merged.xlsx rows '<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>'
    untouched "a title over the heading" 1 'the heading is of merged cells' ledger import t.firms merged.xlsx
    awk 'BEGIN { print "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>a</t></is></c></row>"
        for (i = 2; i <= 1000000; i++) printf "<row r=\"%d\"><c r=\"A%d\"><v>%d</v></c></row>\n", i, i, i }' >rows
    book million.xlsx rows
    untouched "a million rows" 1 'too large' ledger import t.plain million.xlsx
    { row 1 A1=s=a; head -c 30000000 /dev/zero | tr '\0' ' '; } >rows
    book bomb.xlsx rows
    untouched "a zip bomb" 1 'too large' ledger import t.plain bomb.xlsx
else
    echo "# zip is not installed: workbooks are not tried"
fi

# ---- Parameters ----
"$gongshi" parameter export t.levels -o levels.csv >out 2>err
untouched "a parameter comes back the same" 0 '0 new, 0 changed, 0 ended, 2 as they were' \
    parameter import t.levels levels.csv
printf 'level,points,source,state,from,to\nA,85,文件二,待核实,2027-01-01,\n' >next.csv
run "a new row ends the one before" 0 '1 new, 0 changed, 1 ended' parameter import t.levels next.csv
"$gongshi" parameter export t.levels >out
grep -q '^A,80,文件一,示例,2021-01-01,2026-12-31' out && grep -q '^A,85,文件二,待核实,2027-01-01' out
point $? "on the day before"
printf 'level,points,state,from\nA,70,示例,2021-01-01\n' >other.csv
untouched "a row is never changed" 1 'a row of a parameter is never changed' parameter import t.levels other.csv
printf 'level,points,state,from\nB,70,confirmed,2021-01-01\n' >sure.csv
untouched "an import confirms nothing" 1 'an import confirms nothing' parameter import t.levels sure.csv

# ---- Served ----
"$gongshi" serve --listen 127.0.0.1:0 >serve.out 2>serve.err &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ -S data/control ] && break
    sleep 0.2
done
printf 'a,b\nx,1\ny,2\n' >plain.csv
run "through the server" 0 'imported: 2 rows, 2 new' ledger import t.plain plain.csv
"$gongshi" ledger export t.plain >out
[ "$(wc -l <out)" -eq 3 ]
point $? "and out again"
run "an error keeps its place on the way" 1 'broken.csv:3:' ledger import t.firms broken.csv

# ---- Killed between staging and the flip ----
awk 'BEGIN { print "a,b"; for (i = 0; i < 190000; i++) print "row" i "," i }' >long.csv
state >before
"$gongshi" ledger import t.plain long.csv >out 2>err &
client=$!
sleep 0.4
kill -9 "$server"
wait "$server" 2>/dev/null
wait "$client" 2>/dev/null
server=
grep -q 'imported' out && echo "# the import was faster than the kill"
state >after
cmp -s before after
point $? "an import that was killed shows nothing"
echo "1..$count"
