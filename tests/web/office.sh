#!/bin/sh
# office.sh GONGSHI: the office at work, by pages alone, in the sample district: a declaration goes from its receipt to
# the recheck; what was entered wrongly comes back with its problem; another office sees nothing; many tasks at once.
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/staff.sh"

# first WHO STEP: "d/DOSSIER/t/WAIT" of the first free task at a step.
first() {
    curl -sS -b "$work/$1.jar" "$url/office.json?tab=free&step=shouhe/$2" |
        sed -n 's/.*"rows":\[{"dossier":\([0-9]*\),"wait":\([0-9]*\).*/d\/\1\/t\/\2/p'
}

# wait_of WHO DOSSIER: the wait of the open task of a dossier.
wait_of() {
    curl -sS -b "$work/$1.jar" "$url/office/d/$2.json" | grep -o '"tasks":\[{"wait":"[0-9]*"' | grep -o '[0-9]*'
}

district >"$work/people" 2>"$work/all"
serve
for who in zhao qian sun li he zhou admin shen; do
    login $who "$(sed -n "s/^  $who *\([^ ]*\) .*/\1/p" "$work/people")"
done

# ---- The list ----

page 'an empty list of one says how many wait for his post' 200 '这里没有待办' zhao /office
grep -q '本岗位还有 [1-9][0-9]* 件待领取。 <a href="/office?tab=free">' "$work/out"
point $? 'and leads there'
page 'not where a filter is why it is empty' 200 '没有符合筛选条件' zhao '/office?q=nobody-is-called-so'
! grep -q 待领取。 "$work/out"
point $? 'then it says so alone'

page 'the page to log in leads to the tasks' 200 'name="back" value="/office"' nobody /login
page 'the list says how many, and what is free' 200 '待领取' zhao '/office?tab=free'
page 'with the days that are left' 200 '剩 [0-9]* 个工作日' zhao '/office?tab=team&step=shouhe/first_check'
page 'a step is a filter' 200 '材料初审' zhao '/office?tab=free&step=shouhe/first_check'
ask zhao '/office?tab=free&step=shouhe/first_check'
! grep -q 'data-label="环节">收件' "$work/out"
point $? 'and leaves out the others'
page 'words find a party' 200 '示例039纺织有限公司' zhao '/office?tab=free&q=039'
page 'by the code too' 200 '示例039纺织有限公司' zhao '/office?tab=free&q=91000000100038225W'
page 'what nobody has is said' 200 '没有符合筛选条件的待办' zhao '/office?tab=free&q=nothing-like-it'
page 'overdue is a filter' 200 '没有符合筛选条件的待办' zhao '/office?tab=team&due=late'
page 'a manager sees the stations below' 200 '示例所' he '/office?tab=team&step=shouhe/receive'
page 'an administrator has no tasks' 200 '这里没有待办' admin '/office?tab=team'
page 'a filter that is none' 400 '不符合要求' zhao '/office?due=a%20b'

# ---- Receiving ----

task=$(first zhao receive)
dossier=$(echo "$task" | cut -d/ -f2)
page 'a task that is free can be taken' 200 'value="claim"' zhao "/office/$task"
page 'and is not completed before' 403 '办结' zhao "/office/$task" do=complete received_on=2026-03-01
page 'it is taken' 303 "done=claim" zhao "/office/$task" do=claim
page 'then it has its form' 200 'name="received_on"' zhao "/office/$task?done=claim"
page 'and is the next of the queue' 303 "Location: /office/" zhao '/office/next'
page 'what is missing is said at its field' 422 'id="f-received_on-e"' zhao "/office/$task" do=complete received=consent
page 'and at the top, in the title too' 422 '<title>错误' zhao "/office/$task" do=complete received_on=nonsense
page 'a draft is kept as it is' 303 'done=save' zhao "/office/$task" do=save received_on=2026-03-02
page 'and comes again' 200 'value="2026-03-02"' zhao "/office/$task"
page 'completed' 303 'done=complete' zhao "/office/$task" do=complete received_on=2026-03-02 received=application \
    received=consent received=subject received=honours received=system received=lower_title
page 'what comes next is said' 200 '您的下一件' zhao "/office?last=$dossier&done=complete"
page 'it cannot be completed twice' 404 '' zhao "/office/$task" do=complete received_on=2026-03-02

# ---- First check, online ----

task=d/$dossier/t/$(wait_of zhao "$dossier")
ask zhao "/office/$task" do=claim
page 'the first check' 303 'done=complete' zhao "/office/$task" do=complete first=受理 first_note=齐全
task=d/$dossier/t/$(wait_of qian "$dossier")
page 'the clerk has nothing to do with it any more' 403 '' zhao "/office/$task" do=claim
page 'a review is given back' 303 'done=claim' qian "/office/$task" do=claim
page 'to its candidates' 303 'done=release' qian "/office/$task" do=release
ask qian "/office/$task" do=claim
sun=$(curl -sS -b "$work/qian.jar" "$url/office/$task.json" | grep -o '"value":[0-9]*,"text":"孙某"' |
    grep -o '[0-9]*' | head -n 1)
page 'or passed on, not without a reason' 422 '请写明理由' qian "/office/$task" do=forward "-person=$sun"
page 'with one' 303 'done=forward' qian "/office/$task" do=forward "-person=$sun" '-text=出差'
page 'it is now with the other' 200 '孙某 承办' qian "/office/$task"
page 'who completes it' 303 'done=complete' sun "/office/$task" do=complete online_result=通过 online_note=一致

# ---- The visit: verifying, a second person ----

task=d/$dossier/t/$(wait_of qian "$dossier")
ask qian "/office/$task" do=claim
page 'what was declared stands beside what is found' 200 'name="-Vstaff"' qian "/office/$task"
page 'a value that is none' 422 '错误' qian "/office/$task" do=complete -Vstaff=differs -Wstaff=many
page 'the second person has to sign' 303 'done=complete' qian "/office/$task" do=complete -Vstaff=differs -Wstaff=398 \
    '-Nstaff=工资册' -Vname=same
sign=d/$dossier/t/$(wait_of qian "$dossier")
page 'not the first one himself' 403 '' qian "/office/$sign" do=claim
ask sun "/office/$sign" do=claim
page 'who sees what is signed' 200 '398 · 工资册' sun "/office/$sign"
page 'and says whether he agrees' 422 '' sun "/office/$sign" do=complete
page 'he does' 303 'done=complete' sun "/office/$sign" do=complete -agree=yes
task=d/$dossier/t/$(wait_of sun "$dossier")
ask sun "/office/$task" do=claim
page 'the dossier is at its recheck, with the verified value beside it' 200 '工资册' sun "/office/$task"
page 'it may be sent back to a step that the scheme names' 200 'value="visit"' sun "/office/$task"
page 'not to another' 422 '' sun "/office/$task" do=return -element=receive '-text=x'
page 'with a reason' 303 'done=return' sun "/office/$task" do=return -element=visit '-text=人数再核'

# ---- The dossier ----

page 'items with clause, machine value and result' 200 '基本条件：合同制度健全' sun "/office/d/$dossier"
grep -qa '在职人员总数</span> [0-9]* <span class="quiet">核实值</span> <strong>398</strong>' "$work/all"
point $? 'beside them what was declared and what was found'
grep -qa 'href="#e-credit">信用记录</a> <span class="quiet">没有记录' "$work/all" && grep -qa 'id="e-credit"' "$work/all"
point $? 'and the rows that the rules read, also where there is none'
page 'what a party declared before, with what is different' 200 '<td>240</td><td>275</td>' qian \
    "/office/$(curl -sS -b "$work/qian.jar" "$url/office.json?tab=free&q=014" |
        sed -n 's/.*"rows":\[{"dossier":\([0-9]*\),"wait":\([0-9]*\).*/d\/\1\/t\/\2/p')"
page 'how it was decided' 200 '条件清单' sun "/office/d/$dossier?tab=decisions&decision=eligibility"
page 'the clock day by day' 200 '2026-' sun "/office/d/$dossier?tab=clocks&clock=visit"
page 'the papers' 200 '受理回执' sun "/office/d/$dossier?tab=papers"
page 'the history names who did it' 200 '孙某' sun "/office/d/$dossier?tab=history"
page 'the drawing' 200 '<svg' sun "/office/d/$dossier/process.svg"
page 'a tab that is none is the first' 200 '依据' sun "/office/d/$dossier?tab=nonsense"
page 'another office sees nothing' 404 '' zhou "/office/d/$dossier"
page 'not the task' 404 '' zhou "/office/$task"
page 'not the drawing' 404 '' zhou "/office/d/$dossier/process.svg"
page 'and does nothing' 404 '' zhou "/office/d/$dossier" do=cancel text=x
page 'as little as with one that is not there' 404 '' zhou "/office/d/99999999"
page 'and its number leads nowhere' 200 '没有符合筛选条件的待办' zhou "/office?q=$dossier"
hidden 'to no dossier' '打开办件'
page 'an auditor types its number' 200 "打开办件 $dossier" shen "/office?q=$dossier"
page 'an auditor sees it' 200 '规则和依据' shen "/office/d/$dossier"
page 'and does nothing' 403 '' shen "/office/d/$dossier" do=cancel text=x

# ---- Papers ----

paper=$(curl -sS -b "$work/qian.jar" "$url/office/d/$dossier.json?tab=papers" |
    grep -o '"paper":[0-9]*,"name":"受理回执"' | grep -o '[0-9]*' | head -n 1)
page 'a paper is not served before it is issued' 409 '' qian "/office/d/$dossier/p/$paper" do=serve how=direct to=某人
page 'its seal is recorded' 303 'done=seal' qian "/office/d/$dossier/p/$paper" do=seal
page 'its service' 303 'done=serve' qian "/office/d/$dossier/p/$paper" do=serve how=direct to=某人
page 'both are shown' 200 '已送达' qian "/office/d/$dossier?tab=papers"
page 'a paper of another dossier is none' 404 '' qian "/office/d/1/p/$paper" do=seal

# ---- Many at once ----

list=$(curl -sS -b "$work/zhao.jar" "$url/office.json?tab=free&step=shouhe/first_check" |
    grep -o '"dossier":[0-9]*,"wait":[0-9]*' | sed 's/"dossier":\([0-9]*\),"wait":/\1./')
set --
for one in $list; do
    set -- "$@" "-t=$one"
done
many=$#
page 'a look says what would happen' 200 "<strong>$many 件可以办理" zhao /office/many do=claim "$@" -t=99999999.1
page 'and what stands in the way' 200 '1 件不能办理' zhao /office/many do=claim "$@" -t=99999999.1
page 'nothing was done by looking' 200 '待领取 <span class="count">[1-9]' zhao /office
page 'then it is carried out' 200 "<strong>$many</strong>" zhao /office/many do=carry -act=claim \
    "-tasks=$(echo $list)"
page 'together with one form' 200 'name="first"' zhao /office/many do=complete "$@"
page 'which must be filled in' 422 '错误' zhao /office/many do=look -act=complete "-tasks=$(echo $list)"
page 'a look at the answers' 200 "<strong>$many 件可以办理" zhao /office/many do=look -act=complete \
    "-tasks=$(echo $list)" first=受理 first_note=齐全
page 'and all have them' 200 "<strong>$many</strong>" zhao /office/many do=carry -act=complete \
    "-tasks=$(echo $list)" first=受理 first_note=齐全
page 'nothing chosen' 422 '没有选择待办' zhao /office/many do=claim
page 'an act that is none' 422 '' zhao /office/many do=cancel "-t=1.1"

# ---- A published list: how each entry was decided ----

ask nobody /notices
list=$(grep -o 'href="/n/[0-9]*">（示例）A级' "$work/out" | grep -o '/n/[0-9]*')
page 'a published list leads to its entries' 200 '示例001物流有限公司' nobody "$list"
entry=
for one in $(grep -o '<td data-label="序号"><a href="/n/[0-9]*' "$work/out" | grep -o '/n/[0-9]*'); do
    code=$(curl -sS "$url$one.json" | grep -o '"value":"91[0-9A-Z]*"' | cut -d'"' -f4)
    "$gongshi" dossier show "$(curl -sS "$url$one.json" | sed 's/.*"dossier":\([0-9]*\).*/\1/')" >"$work/out" 2>&1
    grep -q "\"subject\": \"$code\"" "$work/out"
    point $? "the entry $code is a notice of its own dossier"
    [ "$code" != 91000000100001211M ] || entry=$one
done
page 'an entry leads to how it was decided' 200 "href=\"$entry/why\"" nobody "$entry"
[ "$(grep -c '（示例）守合同重信用企业公示</a>' "$work/out")" = 1 ]
point $? 'and to the title that this firm got, and no other'
page 'by the clauses of the scheme' 200 '第五条（一）' nobody "$entry/why"
page 'the list itself has no decision' 200 '没有' nobody "$list/why"

# ---- The paper of a list, and its notice ----

ask sun /office/lists
for list in $(grep -o 'href="/office/lists/[0-9]*"' "$work/out" | cut -d'"' -f2); do
    ask sun "$list"
    grep -q '推荐名单 <span class="quiet">示监信' "$work/out" && break
done
page 'a list has its paper' 200 '<h2>推荐名单 <span class="quiet">示监信〔[0-9]*〕1号' sun "$list"
! grep -q 'id="notice"' "$work/out"
point $? 'a list of recommendations has no notice'
paper() { # WHO: he gets the PDF, or is told that it is still being made
    ask "$1" "$list/paper.pdf"
    grep -qa 'application/pdf\|文书尚未制成' "$work/all"
}
paper sun
point $? 'as PDF'
page 'another office has neither' 404 '这里没有内容' zhou "$list/paper.pdf"
page 'nor seals it' 404 '' zhou "$list/paper" do=seal
paper shen
point $? 'an auditor reads it'
page 'and is offered no seal' 200 '<h2>推荐名单' shen "$list"
! grep -q 'value="seal"' "$work/out"
point $? 'at all'
page 'nor does he record one' 422 '' shen "$list/paper" do=seal
page 'it is not sealed tomorrow' 422 '不得晚于现在' sun "$list/paper" do=seal "at=$(date -d '+2 days' +%F)"
page 'its seal is recorded' 303 'done=sealed' sun "$list/paper" do=seal
page 'it is issued' 200 '已签发' sun "$list"
page 'once' 422 '不能' sun "$list/paper" do=seal
for who in wei jiang; do
    login $who "$(sed -n "s/^  $who *\([^ ]*\) .*/\1/p" "$work/people")"
done
page 'a black list is begun' 303 'done=new' wei /office/lists 'what=sites/black list' office=330100-2
list=$(sed -n 's/^[Ll]ocation: \(.*\)?.*/\1/p' "$work/head" | tr -d '\r')
for act in freeze compute look; do ask wei "$list" act=$act; done
page 'approved by a leader' 303 'done=approved' jiang "$list" act=approve
page 'and carried out' 303 'done=carried' wei "$list" act=carry
page 'its notice waits for a second person' 200 'href="/office/publication/[0-9]*">前往发布台' wei "$list"
notice=$(grep -o '/office/publication/[0-9]*' "$work/out" | head -n 1)
page 'not for who carried it out' 403 '' wei "$notice" do=publish
page 'the desk is where the list leads to' 303 'done=published' jiang "$notice" do=publish
page 'then the list leads to what everybody sees' 200 "href=\"/n/${notice##*/}\"" wei "$list"
page 'which everybody does' 200 '建筑工地黑榜' nobody "/n/${notice##*/}"

# ---- Publication: the public copy, four eyes, personal data ----

page 'what waits to be published' 200 '发现个人信息' qian /office/publication
notice=$(grep -ao '/office/publication/[0-9]*' "$work/out" | head -n 1)
page 'the public copy as it will stand' 200 '公开文本（发布后的样子）' qian "$notice"
grep -qa '<mark>138-0013-8000</mark>' "$work/out"
point $? 'what was found is marked'
page 'nobody outside sees it' 404 '' nobody "/n/${notice##*/}"
page 'nor another office' 404 '' zhou "$notice"
page 'and does nothing' 404 '' zhou "$notice" do=publish text=x
page 'an auditor sees it' 200 '138-0013-8000' shen "$notice"
! grep -qa 'value="publish"' "$work/out"
point $? 'and is offered nothing'
page 'nor may he' 403 '' shen "$notice" do=publish text=x
page 'who proposed it is told that it waits for another' 200 '等待另一人发布' he "$notice"
page 'and does not publish it' 403 '' he "$notice" do=publish text=x
page 'a second one not without saying why' 422 '请写明可以公开的理由' qian "$notice" do=publish
page 'nor turns it down so' 422 '须写明理由' qian "$notice" do=decline
page 'with a reason he publishes it' 303 'done=published' qian "$notice" do=publish text=企业自愿公开
page 'now everybody sees it' 200 '138-0013-8000' nobody "/n/${notice##*/}"
page 'and why it may be public, officers' 200 '企业自愿公开' shen "$notice"
page 'it waits no more' 422 '' qian "$notice" do=decline text=x
page 'only a manager amends' 403 '' qian "$notice" do=amend f0=示例001物流有限公司 text=x
page 'not without another value' 422 '没有任何一项' he "$notice" do=amend text=x
page 'with one it waits' 303 'done=proposed' he "$notice" do=amend f0=示例001物流有限公司 text=不公开电话
amended=$(curl -sS -b "$work/qian.jar" "$url/office/publication" | grep -o '/office/publication/[0-9]*' | head -n 1)
page 'the old one stands until then' 200 '138-0013-8000' nobody "/n/${notice##*/}"
page 'what the amendment changes' 200 '<del>示例001物流有限公司（联系电话' qian "$amended"
page 'nothing personal was found in it' 200 '没有发现个人信息' qian "$amended"
page 'it is published' 303 'done=published' qian "$amended" do=publish
page 'a clerk withdraws nothing' 403 '' qian "$amended" do=withdraw text=x
page 'a manager does, at once' 303 'done=withdrawn' he "$amended" do=withdraw text=刊登有误
page 'and it is gone' 404 '' nobody "/n/${amended##*/}"

# ---- What is to be corrected, told once ----

asked=$(first zhao receive)
told=$(echo "$asked" | cut -d/ -f2)
ask zhao "/office/$asked" do=claim
ask zhao "/office/$asked" do=complete received_on=2026-03-02 received=application
asked=d/$told/t/$(wait_of zhao "$told")
ask zhao "/office/$asked" do=claim
page 'the declaration stands field by field' 200 'name="-Qstaff"' zhao "/office/$asked"
page 'a correction without a mark is none' 422 '请标出需要补正的栏目' zhao "/office/$asked" do=complete first=补正
page 'a mark without a word neither' 422 'href="#tstaff">请写明' zhao "/office/$asked" do=complete first=补正 -Qstaff=1
page 'nor a mark where nothing is asked' 422 '但结论不是补正' zhao "/office/$asked" do=complete first=受理 -Qstaff=1 \
    -Tstaff=x
page 'the draft of the notice lists all' 200 '<li><strong>在职人员总数</strong> 与工资册不符' zhao "/office/$asked" do=look \
    first=补正 -Qstaff=1 -Tstaff=与工资册不符 -S3=1 -U3=请补齐两个年度
grep -qa '请补齐两个年度</li>' "$work/out"
point $? 'a section too'
page 'as a paper' 200 '%PDF' zhao "/office/$asked/draft" first=补正 -Qstaff=1 -Tstaff=与工资册不符
page 'nothing was sent by looking' 200 'name="-Qstaff"' zhao "/office/$asked"
page 'a draft keeps the marks' 303 'done=save' zhao "/office/$asked" do=save -Qstaff=1 -Tstaff=与工资册不符
page 'and shows them again' 200 'value="与工资册不符"' zhao "/office/$asked"
page 'it is sent' 303 'done=complete' zhao "/office/$asked" do=complete first=补正 -Qstaff=1 -Tstaff=与工资册不符 \
    -S3=1 -U3=请补齐两个年度
page 'the notice is a paper of the dossier' 200 '补正通知书' he "/office/d/$told?tab=papers"
page 'the applicant has a correction to make' 200 '补正' he "/office/d/$told"

# ---- The whole, the counter ----

page 'the office does not take back for the party' 422 '此处不支持该操作' he "/office/d/$dossier" do=withdraw text=x
page 'only a manager ends a dossier' 403 '' sun "/office/d/$dossier" do=cancel text=x
page 'not without a reason' 422 '请写明理由' he "/office/d/$dossier" do=cancel
page 'with one' 303 'done=cancel' he "/office/d/$dossier" do=cancel text=重复申报
page 'and it has ended' 200 '办件已经结束' he "/office/d/$dossier?tab=acts"
page 'what can be begun at the counter' 200 'scheme=shouhe' zhao /office/new
page 'has its form' 200 'name="-subject"' zhao '/office/new?scheme=shouhe&process=county'
page 'which must be filled in' 422 '错误' zhao /office/new -scheme=shouhe -process=county -subject=x
page 'a process that is none' 404 '' zhao '/office/new?scheme=shouhe&process=none'
page 'an auditor begins nothing' 200 '没有' shen /office/new
! grep -qa 'href="/office/new?scheme' "$work/out"
point $? 'and is offered nothing'
page 'whoever has no role does nothing here' 303 'Location: /login' nobody /office

# ---- A notice about holidays: what it moves is shown before, and stands in the dossiers after ----

{
    echo day,working,name,source,state
    for n in 2 3 4 5 6 7 8 9 10 11 12; do
        echo "$(date -d "+$n days" +%Y-%m-%d),false,示例假日,示例通知,待核实"
    done
} >"$work/days.csv"
notice_file() { # WHO: the first step
    status=$(curl -sS -o "$work/out" -D "$work/head" -w '%{http_code}' -b "$work/$1.jar" \
        -F "csrf=$(cat "$work/$1.csrf")" -F "file=@$work/days.csv" "$url/office/calendar")
}
notice_file zhao
[ "$status" = 403 ]
point $? 'a clerk takes in no notice'
notice_file admin
[ "$status" = 200 ] && grep -q '采用本通知后将变动的时限：[1-9]' "$work/out"
point $? 'a notice is looked at first: how many deadlines move'
row='.*data-label="办件">\([0-9]*\)<.*data-label="时限">\([a-z_]*\)<.*变动后的最后一日" class="figure">\([-0-9]*\)<.*'
moved=$(sed -n "s/$row/\\1 \\2 \\3/p" "$work/out" | head -n 1)
token=$(sed -n 's/.*name="token" value="\([0-9a-f]*\)".*/\1/p' "$work/out")
moves=$(echo "$moved" | cut -d' ' -f1)
page 'nothing is changed by looking' 200 "时限" he "/office/d/$moves?tab=history"
! grep -q "变为 $(echo "$moved" | cut -d' ' -f3)" "$work/out"
point $? 'nor does a dossier say so'
page 'it is taken in' 303 'done=imported' admin /office/calendar "token=$token"
tries=0
until ask he "/office/d/$moves?tab=history" && grep -q "变为 $(echo "$moved" | cut -d' ' -f3)" "$work/out" ||
    [ $tries -ge 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
page 'then the dossier says from when to when' 200 "由 [-0-9]* 变为 $(echo "$moved" | cut -d' ' -f3)" he \
    "/office/d/$moves?tab=history"
echo "1..$count"
