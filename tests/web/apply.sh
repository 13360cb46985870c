#!/bin/sh
# apply.sh GONGSHI: an applicant over HTTP, without a script: a whole declaration of schemes/shouhe by pages up to the
# receipt, wrong input in fields of each kind, two browsers on one draft, contracts as a table, a correction, somebody
# else's dossier, and an application of schemes/stalls. tests/web/apply/N.curl: the answers of each section.
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/applicant.sh"
serve --demo
officers
firm=91330100MA0000001F
outside zhang 13800000001
bind zhang $firm
outside wang 13800000002
outside other 13800000003
bind other 91000000100004017J

# ---- The list of sections ----

page 'what an applicant has' 200 '开始办理' zhang /my
page 'the sections of a declaration' 200 '已完成 2/9' zhang $base
page 'nothing is filled in yet' 200 '未填写' zhang $base
page 'nobody else begins for the firm' 303 'Location: /account' nobody $base
page 'an officer declares nothing here' 403 '无权' li $base
page 'no such section' 404 '没有这一栏目' zhang $base/99
page 'the pledge is no section' 404 '没有这一栏目' zhang $base/10

# ---- Wrong input, each kind of field, is kept and told ----

section 'a choice that is none' 303 "Location: $base/1?check=1" zhang 1 -d applied=Z -d kind=x
page 'is told with the field' 200 '<title>错误：' zhang "$base/1?check=1"
page 'and in the list' 200 '需更正' zhang $base
section 'words for a number, a wrong date, a text that is missing' 303 "?check=1" zhang 2 \
    --data-urlencode 'staff=许多' -d established=2026-13-45 -d credit_code=91330100MA0000001X
page 'the number' 200 '必须是数字' zhang "$base/2?check=1"
page 'the date' 200 '必须是日期' zhang "$base/2?check=1"
page 'what was typed is still there' 200 'value="许多"' zhang $base/2
section 'a matrix with half a row' 303 '?check=1' zhang 5 -d 'performance[1].income_1_count=1.5'
page 'a count that is no whole number' 200 '整数' zhang "$base/5?check=1"
section 'a row that is added' 303 "Location: $base/8" zhang 8 -d 'do=add honours'
page 'stands there' 200 '第 1 行' zhang $base/8
section 'and is removed' 303 "Location: $base/8" zhang 8 -d 'honours[1].rank=' -d 'do=remove honours 1'
page 'an unknown field' 409 '' zhang $base/1 -d "csrf=$(csrf zhang)" -d 'no[such=1'
page 'without the token' 403 '' zhang $base/1 -d applied=A
page 'a file of the wrong kind' 422 '不是这里接受的文件种类' zhang $base/9 -F "csrf=$(csrf zhang)" \
    -F "file_subject=@$0;filename=a.sh"
page 'a file' 303 "Location: $base" zhang $base/9 -F "csrf=$(csrf zhang)" -F "file_subject=@$work/paper.pdf"
page 'is there' 200 'paper.pdf' zhang $base/9
page 'it cannot be sent like this' 422 '<title>错误：' zhang $base/pledge -d "csrf=$(csrf zhang)"

# ---- The whole ----

for n in 1 2 3 4 5 6 7; do
    next=$((n + 1))
    section "section $n" 303 "Location: $base/$next" zhang $n -K "tests/web/apply/$n.curl"
done
page 'all is complete' 200 '已完成 9/9' zhang $base
page 'the ratios are computed' 200 '由您填写的数字算出' zhang $base/5
page 'and live' 200 '"ratios\[1\].year_1"' zhang $base/5/live -d "csrf=$(csrf zhang)" -K tests/web/apply/5.curl
sed 's/performance\[4\].income_1_count=[0-9]*/performance[4].income_1_count=99999/' tests/web/apply/5.curl \
    >"$work/5.curl"
section 'more performed than was due is saved' 303 '?check=1' zhang 5 -K "$work/5.curl"
page 'the balance is told at its cell' 200 'id="f-performance-[34]-.income_1_count-e"' zhang "$base/5?check=1"
section 'and corrected' 303 "Location: $base/6" zhang 5 -K tests/web/apply/5.curl
page 'answers to check' 200 'href="/apply/shouhe/county/2#f-name"' zhang $base/check
page 'the pledge in full' 200 '自愿申报' zhang $base/pledge

# ---- Two browsers ----

cp "$work/zhang.jar" "$work/second.jar"
old=$(curl -sS -b "$work/zhang.jar" "$url$base/3" | sed -n 's/.*name="-base" value="\([0-9a-f]*\)".*/\1/p')
section 'one saves' 303 'Location' second 3 -K tests/web/apply/3.curl --data-urlencode 'certified=质量'
page 'the other is told so' 409 '另一窗口' zhang $base/3 -d "csrf=$(csrf zhang)" -d "-base=$old" -d assets_1=4711
page 'with what he entered' 409 'value="4711"' zhang $base/3 -d "csrf=$(csrf zhang)" -d "-base=$old" -d assets_1=4711
page 'and nothing was lost' 200 '已完成 9/9' zhang $base
page 'another section is no conflict' 303 "Location: $base/2" zhang $base/1 -d "csrf=$(csrf zhang)" \
    -K tests/web/apply/1.curl

# ---- Sending ----

page 'without the pledge nothing' 422 '<title>错误：' zhang $base/pledge -d "csrf=$(csrf zhang)" -d '-office=county'
page 'sent' 303 'Location: /my/[0-9]*/receipt' zhang $base/pledge -d "csrf=$(csrf zhang)" -d '-office=county' \
    -K tests/web/apply/10.curl
number=$(sed -n 's,^Location: /my/\([0-9]*\)/receipt.*,\1,p' "$work/head")
page 'the receipt has the number' 200 "<strong>$number</strong>" zhang "/my/$number/receipt"
page 'and what happens next' 200 '收件' zhang "/my/$number/receipt"
page 'the dossier' 200 '办理步骤' zhang "/my/$number"
page 'under way' 200 "/my/$number" zhang /my
page 'not twice: the draft has become the declaration' 422 '<title>错误：' zhang $base/pledge -d "csrf=$(csrf zhang)" \
    -d '-office=county' -K tests/web/apply/10.curl

# ---- Others ----

for path in "/my/$number" "/my/$number/receipt" "/my/$number/withdraw" "/my/$number/1" "/my/$number/print/申报表"; do
    page "another firm: $path" 404 '' other "$path"
    page "a stranger: $path" 404 '' wang "$path"
done
page 'another firm takes nothing back' 403 '' other "/my/$number/withdraw" -d "csrf=$(csrf other)"

# ---- Contracts as a table ----

ledger="/my/$number/ledger/contracts"
page 'they may be listed in a table' 200 "$ledger" zhang "/my/$number"
page 'which nobody must' 200 '不必逐条登记' zhang "$ledger"
page 'the empty one' 200 '^PK' zhang "$ledger/template"
cp "$work/out" "$work/template.xlsx"
grep -qi '^content-type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' "$work/head"
point $? 'is a workbook'
for path in "$ledger" "$ledger/template" "$ledger/copy?token=x"; do
    page "another firm: $path" 404 '' other "$path"
    page "a stranger: $path" 404 '' wang "$path"
done
for name in titles proofs none; do
    page "$name is nothing to be filled in by him" 404 '' zhang "/my/$number/ledger/$name"
done
table() { # NAME STATUS PATTERN FILE: sent to be checked
    page "$1" "$2" "$3" zhang "$ledger" -F "csrf=$(csrf zhang)" -F "file=@$4"
    kept=$(sed -n 's/.*name="token" value="\([0-9a-f]*\)".*/\1/p; s/.*copy?token=\([0-9a-f]*\)".*/\1/p' "$work/out" |
        head -n 1)
}
table 'no file' 422 '请选择\|为空\|选择文件' /dev/null
table 'the empty table' 200 '<dd>0</dd>' "$work/template.xlsx"
printf '年度,收支,合同编号,份数,签订日期,金额\n2025,收入性,甲-1,1,2025-03-04,12.5\n2025,借入,甲-2,x,2025-13-01,1\n' \
    >"$work/wrong.csv"
table 'one with mistakes' 422 '须先更正 3 处' "$work/wrong.csv"
page 'is given back with them' 200 '^PK' zhang "$ledger/copy?token=$kept"
cp "$work/out" "$work/copy.xlsx"
page 'nobody else gets it' 404 '' other "$ledger/copy?token=$kept"
page 'nothing of it can be written' 422 '须先更正 3 处' zhang "$ledger/do" -d "csrf=$(csrf zhang)" -d "token=$kept"
page 'nor was' 200 '不必逐条登记' zhang "$ledger"
table 'the copy says the same of itself' 422 '须先更正 3 处' "$work/copy.xlsx"
printf '年度,收支,合同编号,份数,签订日期,金额\n2025,收入性,甲-1,1,2025-03-04,12.5\n2025,支出性,甲-2,2,2025-05-01,1\n' \
    >"$work/right.csv"
table 'a right one' 200 '<dd>2</dd>' "$work/right.csv"
page 'is not written yet' 200 '不必逐条登记' zhang "$ledger"
right=$kept
page 'nor without the token' 403 '' zhang "$ledger/do" -d "token=$right"
page 'it is' 303 "Location: $ledger?done=imported" zhang "$ledger/do" -d "csrf=$(csrf zhang)" -d "token=$right"
page 'what is there' 200 '您已登记 2 行' zhang "$ledger"
page 'not twice' 409 '已有登记的行' zhang "$ledger/do" -d "csrf=$(csrf zhang)" -d "token=$right"
"$gongshi" ledger query shouhe.contracts --where "dossier = \"$number\"" >"$work/out" 2>&1
grep -q '"copies": 2' "$work/out" && ! grep -q '甲-2' "$work/out"
point $? 'the office has them, sealed what is sealed'
page 'another firm takes nothing back' 404 '' other "$ledger/back" -d "csrf=$(csrf other)"
takes_back() { # while new rows are being put in their places he is told to press the button once more
    tries=0
    until curl -sS -b "$work/zhang.jar" -D - -o /dev/null -d "csrf=$(csrf zhang)" "$url$ledger/back" |
        grep -q "^Location: $ledger?done=back" || [ $tries -ge 50 ]; do
        sleep 0.2
        tries=$((tries + 1))
    done
    [ $tries -lt 50 ]
    point $? 'he takes them back'
}
takes_back
page 'and may send another' 200 '不必逐条登记' zhang "$ledger"
awk 'BEGIN { print "年度,收支,份数"; for (i = 0; i < 120; i++) print "2025,收入性,1" }' >"$work/many.csv"
table 'of more rows than one change takes' 200 '<dd>120</dd>' "$work/many.csv"
page 'written' 303 'done=imported' zhang "$ledger/do" -d "csrf=$(csrf zhang)" -d "token=$kept"
page 'all of them' 200 '您已登记 120 行' zhang "$ledger"
takes_back
page 'and taken back, all of them too' 200 '不必逐条登记' zhang "$ledger"

# ---- A correction ----

complete zhao "$number" receive "{\"received_on\":\"$(date -d '+8 hours' +%F)\",\"received\":[\"application\"]}"
complete zhao "$number" first_check \
    '{"first":"补正","open":[{"path":"staff","text":"在职人数与工资册不符"},{"path":"contact","text":"请填写联系人"}]}'
task=$(wait_of "$number" correct)
point "$([ -n "$task" ]; echo $?)" 'the office asks for a correction'
[ -n "$task" ] || sed 's/^/# /' "$work/act"
page 'it stands among what is to be done' 200 "/my/$number/$task" zhang /my
page "the office's words stand beside the field" 200 '在职人数与工资册不符' zhang "/my/$number/$task"
page 'what was questioned is open' 200 'name="staff"' zhang "/my/$number/$task"
point "$(grep -q 'name="revenue' "$work/out"; [ $? -ne 0 ]; echo $?)" 'and nothing else'
page 'somebody else does not see it' 404 '' other "/my/$number/$task"
page 'a wrong answer' 422 '<title>错误：' zhang "/my/$number/$task" -d "csrf=$(csrf zhang)" -d staff=-1
page 'what is closed is not taken' 303 'Location' zhang "/my/$number/$task" -d "csrf=$(csrf zhang)" -d staff=401 \
    -d revenue=1 --data-urlencode 'contact.name=示例人' -d contact.phone=13800000000 -d do=send
page 'it was answered' 200 '目前没有' zhang /my
page 'once' 404 '' zhang "/my/$number/$task"

# ---- Taking back ----

page 'what taking back means' 200 '撤回后不能恢复' zhang "/my/$number/withdraw"
page 'taken back' 303 "Location: /my/$number" zhang "/my/$number/withdraw" -d "csrf=$(csrf zhang)" -d reason=x
page 'it is over' 200 '已撤销\|已取消\|已撤回' zhang "/my/$number"
page 'and takes no table any more' 404 '' zhang "$ledger"
page 'the next one has its answers brought over' 200 '已带入，请核对' zhang $base
page 'and what would be missing, by level' 200 '资格 · AAA' zhang /gap/shouhe/county

# ---- A resident, for himself ----

page 'an application of one section' 200 '已完成 0/1' wang /apply/stalls/permit
permit=/apply/stalls/permit
page 'saved' 303 'Location' wang $permit/1 -d "csrf=$(csrf wang)" -d 年龄=200 --data-urlencode 经营类别=食品
page 'too old is told' 200 '不能大于\|最大\|不得大于\|至多' wang "$permit/1?check=1"
page 'saved again' 303 "Location: $permit" wang $permit/1 -d "csrf=$(csrf wang)" -d 年龄=30 -d 已有摊位=0 \
    --data-urlencode 经营类别=食品 --data-urlencode 违规记录=无 -d 健康证明到期=2099-01-01
page 'sent' 303 'Location: /my/[0-9]*/receipt' wang $permit/pledge -d "csrf=$(csrf wang)" -d '-office=street'
stall=$(sed -n 's,^Location: /my/\([0-9]*\)/receipt.*,\1,p' "$work/head")
page 'his own' 200 "<strong>$stall</strong>" wang "/my/$stall/receipt"
page 'nobody else sees it' 404 '' zhang "/my/$stall"
echo "1..$count"
