#!/bin/sh
# my.sh GONGSHI LATE_CLOCK: what goes wrong between an applicant and his browser, over HTTP: a session that has ended
# while he typed, a button pressed twice, pages that come back; and his own business: corrections with files,
# objections that stop clocks, a statement before a decision, papers served, ratings.
late=$(realpath "$2")
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/applicant.sh"
firm=91330100MA0000001F
printf '%%PDF-1.4\nlicence' >"$work/licence.pdf"
licence=$(sha256sum "$work/licence.pdf" | cut -c1-64)
{
    "$gongshi" people add chen 某人 --office county
    "$gongshi" people password chen <"$work/password"
    for role in reviewer leader supervisor; do
        "$gongshi" people give chen $role --office county
    done
    "$gongshi" people give li leader --office county
    echo handle,kind,code,code reason,name,address,area,established >"$work/parties.csv"
    echo $firm,企业,$firm,示例代码,示例物流有限公司,示例路1号,示例区,2010-01-01 >>"$work/parties.csv"
    printf 'party,level,round,authority,from,to\n%s,A,2025,示例区局,2025-12-01,2027-11-30\n' $firm >"$work/titles.csv"
} >"$work/made" 2>&1 || cat "$work/made"
serve --demo
officers
curl -sS -o /dev/null -c "$work/chen.jar" -d login=chen --data-urlencode "password=$(cat "$work/password")" "$url/login"
outside zhang 13800000001
bind zhang $firm
outside other 13800000003
bind other 91000000100004017J

# ---- The session ends while somebody types ----

section 'a section is saved' 303 Location zhang 1 -K tests/web/apply/1.curl
token=$(csrf zhang)
hash=$(curl -sS -b "$work/zhang.jar" "$url$base/2" | sed -n 's/.*name="-base" value="\([0-9a-f]*\)".*/\1/p')
stop_server
under="env LATE_SECONDS=2000 LD_PRELOAD=$late ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0"
serve --demo
under=
page 'half an hour later he is logged out' 303 'Location: /account' zhang /my
page 'what he sends leads to the log-in' 303 'Location: /account?back=/held/' zhang $base/2 -d "csrf=$token" \
    -d "-base=$hash" \
    --data-urlencode 'name=手填的名称' --data-urlencode 'scope=第一行
第二行' -d do=save
held=$(sed -n 's,^Location: /account?back=\(/held/[0-9a-f]*\).*,\1,p' "$work/head")
page 'another page of his does not hold it' 401 '请先登录' zhang $base/2 -d 'csrf=0' -d "-base=$hash" -d name=x
page 'a stranger leaves nothing here' 401 '请先登录' nobody $base/2 -d "csrf=$token" -d name=x
outside other 13800000003
page 'nobody else reads it' 404 '不再暂存' other "$held"
outside zhang 13800000001
page 'he goes on where he was' 200 '填写的内容还在' zhang "$held"
page 'for the same firm' 200 "action=\"$base/2\"" zhang "$held"
page 'with what he typed' 200 'value="手填的名称"' zhang "$held"
page 'lines and all' 200 '第一行
第二行' zhang "$held"
page 'and sends it' 303 Location zhang $base/2 -d "csrf=$(csrf zhang)" -d "-base=$hash" --data-urlencode 'name=手填的名称' \
    -d do=save
page 'it is saved' 200 'value="手填的名称"' zhang $base/2
stop_server
serve --demo
officers
curl -sS -o /dev/null -c "$work/chen.jar" -d login=chen --data-urlencode "password=$(cat "$work/password")" "$url/login"

# ---- Sent twice, sent again ----

for n in 1 2 3 4 5 6 7; do
    hash=$(curl -sS -b "$work/zhang.jar" "$url$base/$n" | sed -n 's/.*name="-base" value="\([0-9a-f]*\)".*/\1/p')
    curl -sS -o /dev/null -b "$work/zhang.jar" -d "csrf=$(csrf zhang)" -d "-base=$hash" -K "tests/web/apply/$n.curl" \
        "$url$base/$n"
done
page 'a file' 303 Location zhang $base/9 -F "csrf=$(csrf zhang)" -F "file_subject=@$work/licence.pdf"
hash=$(curl -sS -b "$work/zhang.jar" "$url$base/2" | sed -n 's/.*name="-base" value="\([0-9a-f]*\)".*/\1/p')
sent=$(curl -sS -b "$work/zhang.jar" "$url$base/pledge" | sed -n 's/.*name="-page" value="\([0-9]*\)".*/\1/p')
point "$([ -n "$sent" ]; echo $?)" 'the pledge knows which answers it is for'
token=$(csrf zhang)
for n in 1 2 3; do
    curl -sS -b "$work/zhang.jar" -o /dev/null -D "$work/head$n" -d "csrf=$token" -d "-page=$sent" -d '-office=county' \
        -K tests/web/apply/10.curl "$url$base/pledge" &
    eval "sender$n=$!"
done
wait "$sender1" "$sender2" "$sender3"
number=$(sed -n 's,^Location: /my/\([0-9]*\)/receipt.*,\1,p' "$work/head1")
all=$(sed -n 's,^Location: /my/\([0-9]*\)/receipt.*,\1,p' "$work/head1" "$work/head2" "$work/head3" | sort | uniq -c |
    tr -s ' ')
[ "$all" = " 3 $number" ]
point $? "three at once are one declaration, and each gets its receipt ($all)"
page 'and so is the page that is sent again later' 303 "Location: /my/$number/receipt" zhang $base/pledge \
    -d "csrf=$token" -d "-page=$sent" -d '-office=county' -K tests/web/apply/10.curl
[ "$("$gongshi" dossier list | grep -c '"dossier"')" = 1 ]
point $? 'there is one dossier'
page 'a section that comes back by the back button changes nothing' 409 '已经提交' zhang $base/2 -d "csrf=$token" \
    -d "-base=$hash" --data-urlencode 'name=又一个' -d do=save
page 'no draft has come of it' 200 "办件 $number）正在办理" zhang $base
page 'a pledge for answers that are no more' 409 '有改动' zhang $base/pledge -d "csrf=$token" -d '-page=1' \
    -d '-office=county'

# ---- A correction with a file ----

{
    complete zhao "$number" receive "{\"received_on\":\"$(date -d '+8 hours' +%F)\",\"received\":[\"application\"]}"
    complete zhao "$number" first_check \
        '{"first":"补正","open":[{"path":"staff","text":"人数不符"},{"path":"contact","text":"请填写联系人"},
          {"path":"file_subject","text":"主体证明不清晰"}]}'
} >"$work/act" 2>&1
task=$(wait_of "$number" correct)
page 'the file is open' 200 'name="file_subject"' zhang "/my/$number/$task"
page 'a group is' 200 'name="contact.name"' zhang "/my/$number/$task"
[ "$(grep -c '主体证明不清晰' "$work/out")" = 1 ]
point $? 'the words of the office stand at what they are about'
page 'what comes next' 200 '下一步可能是' zhang "/my/$number/$task"
page 'what was sent can be had' 200 'attachment' zhang "/my/$number/$task/file?hash=$licence"
printf '%%PDF-1.4\nbetter' >"$work/better.pdf"
better=$(sha256sum "$work/better.pdf" | cut -c1-64)
page 'one file ahead' 200 "\"hash\":\"$better\"" zhang "/my/$number/$task/file" -F "csrf=$(csrf zhang)" \
    -F path=file_subject \
    -F "file=@$work/better.pdf"
page 'into what is closed none' 422 '不要求上传文件' zhang "/my/$number/$task/file" -F "csrf=$(csrf zhang)" \
    -F path=file_system -F "file=@$work/better.pdf"
page 'a wrong answer keeps what came' 422 'better.pdf' zhang "/my/$number/$task" -F "csrf=$(csrf zhang)" \
    -F staff=-1 -F do=send
page 'sent' 303 "Location: /my/$number" zhang "/my/$number/$task" -F "csrf=$(csrf zhang)" -F staff=401 \
    -F 'contact.name=示例人' -F contact.mobile=13800000000 -F do=send
page 'the officer has the new one' 200 "file?hash=$better" zhao "/office/d/$number?tab=declared"
page 'and saves it' 200 'better.pdf' zhao "/office/d/$number/file?hash=$better"

# ---- An objection stops the clocks ----

{
    complete zhao "$number" receive "{\"received_on\":\"$(date -d '+8 hours' +%F)\",\"received\":[\"application\"]}"
    complete zhao "$number" first_check '{"first":"受理","first_note":"材料齐全"}'
} >"$work/act" 2>&1
page 'the office has its time' 200 '机关须在\|机关的期限至\|机关期限' zhang "/my/$number"
page 'he may object' 200 "/my/$number/object" zhang "/my/$number"
page 'what it means' 200 '期限中止' zhang "/my/$number/object"
page 'without a ground not' 422 '没有写异议的理由' zhang "/my/$number/object" -d "csrf=$(csrf zhang)" -d ground=
page 'nobody else objects' 404 '' other "/my/$number/object" -d "csrf=$(csrf other)" -d ground=
page 'not with a ground either' 403 '' other "/my/$number/object" -d "csrf=$(csrf other)" -d ground=x
page 'received' 303 "Location: /my/$number?done=objected" zhang "/my/$number/object" -d "csrf=$(csrf zhang)" \
    --data-urlencode 'ground=台账第十二页漏计三份'
page 'the limit stands still, and why' 200 '期限中止</span> 自 [0-9: -]* 起 · 申报人提出异议' zhang "/my/$number"
page 'what he said stands there' 200 '台账第十二页漏计三份' zhang "/my/$number"
page 'among his objections' 200 "/my/$number#objections" zhang /my
objection=
tries=0
while [ -z "$objection" ] && [ $tries -lt 100 ]; do
    objection=$(curl -sS -b "$work/zhang.jar" "$url/my" | sed -n 's/.*>异议 \([0-9]*\) .*/\1/p')
    sleep 0.05
    tries=$((tries + 1))
done
{
    complete chen "$objection" examine '{"examined":"成立","examined_note":"漏计属实"}'
    complete li "$objection" confirm '{"decided":"成立","decided_note":"补计三份"}'
} >"$work/act" 2>&1
tries=0
while [ $tries -lt 100 ] && ! curl -sS -b "$work/zhang.jar" "$url/my/$number" | grep 补计三份 >"$work/answered"; do
    sleep 0.05
    tries=$((tries + 1))
done
page 'it is answered, with the reason' 200 '<strong>成立</strong>.*补计三份' zhang "/my/$number"
page 'the clock goes on' 200 '机关须在\|机关的期限至\|机关期限' zhang "/my/$number"
lacks 'it stands no more' '期限中止'

# ---- A rating ----

{
    complete li "$number" online '{"online_result":"通过","online_note":"一致"}'
    complete li "$number" visit '{"staff":{"value":398,"note":"工资册"}}'
    complete chen "$number" visit '{"agree":true}'
} >"$work/act" 2>&1
page 'what was done on site may be rated' 200 "/rate?number=$number&amp;code=" zhang /my
page 'also from the dossier' 200 '评价' zhang "/my/$number"

# ---- A statement before a decision ----

"$gongshi" ledger import core.parties "$work/parties.csv" --office county >"$work/act" 2>&1 || cat "$work/act"
"$gongshi" ledger import shouhe.titles "$work/titles.csv" --office county >"$work/act" 2>&1 || cat "$work/act"
title=$("$gongshi" ledger query shouhe.titles --where "party = \"$firm\"" | tr -d ' \n' \
    | sed 's/.*"row":"*\([0-9]*\).*/\1/')
revoke=$("$gongshi" dossier start shouhe --process revoke --office county --subject "$title" \
    --with '{"reason":"示例事实","basis":"示例依据"}' | sed -n 's/.*"dossier": *"*\([0-9]*\).*/\1/p' | head -n 1)
task=$(wait_of "$revoke" statement)
page 'he is told what is meant, and why' 200 '示例事实' zhang "/my/$revoke/$task"
page 'on what it rests' 200 '示例依据' zhang "/my/$revoke/$task"
page 'what the office has begun he does not take back' 409 '不能撤回' zhang "/my/$revoke/withdraw"
page 'not by a form of his own either' 403 '只能由机关终止' zhang "/my/$revoke/withdraw" -d "csrf=$(csrf zhang)" -d reason=x
page 'nothing is no statement' 422 '<title>错误：' zhang "/my/$revoke/$task" -F "csrf=$(csrf zhang)" -F statement= \
    -F do=send
page 'he states, with a paper' 303 "Location: /my/$revoke" zhang "/my/$revoke/$task" -F "csrf=$(csrf zhang)" \
    -F 'statement=合同已经履行完毕' -F "files=@$work/better.pdf" -F do=send
task=$(wait_of "$revoke" decide)
act li "{\"act\":\"claim\",\"dossier\":\"$revoke\",\"wait\":$task}" >"$work/act"
page 'whoever decides reads it' 200 '合同已经履行完毕' li "/office/d/$revoke/t/$task"
page 'and must answer it' 422 '复核意见' li "/office/d/$revoke/t/$task" -d "csrf=$(csrf li)" -d do=complete \
    --data-urlencode 'decide_note=证据充分'
complete li "$revoke" decide '{"decided":false,"decide_note":"不予撤销","statement_reply":"采纳"}' >"$work/act" 2>&1
complete chen "$revoke" decide '{"agree":true}' >"$work/act" 2>&1
paper= tries=0
while [ -z "$paper" ] && [ $tries -lt 100 ]; do
    paper=$("$gongshi" document list "$revoke" | tr -d ' \n' | sed -n 's/.*"document":"*\([0-9]*\).*/\1/p')
    sleep 0.05
    tries=$((tries + 1))
done
"$gongshi" document seal "$paper" --as li >"$work/act" 2>&1 || cat "$work/act"
"$gongshi" document serve "$paper" --how electronic --to 示例人 --as li >"$work/act" 2>&1 || cat "$work/act"
tries=0
while [ $tries -lt 200 ] && ! curl -sS -b "$work/zhang.jar" "$url/my" | grep "/paper/$paper" >"$work/made"; do
    sleep 0.05 # its PDF is being made
    tries=$((tries + 1))
done
page 'the decision is served, and stands among his papers' 200 "/my/$revoke/paper/$paper" zhang /my
page 'with the day' 200 '送达 20' zhang "/my/$revoke"
echo "1..$count"
