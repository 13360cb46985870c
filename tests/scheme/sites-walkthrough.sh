#!/bin/sh
# sites-walkthrough.sh GONGSHI: 建筑工地 from the plan of a check to the black list, by commands alone: planned, visited by
# two, scored by the sheet, findings with their measures, notice sealed and served, reply with photographs by a guest's
# link, extension, objection, inspected again, points, colours approved by a second person, black list. Prints what each
# person sees, and crawls as everybody else: what is not published is not found.
. "$(dirname "$0")/walk.sh"

today=$(TZ=Asia/Shanghai date +%F)

party() { # CODE NAME
    says "$2 is entered" "$1" "$gongshi" party add \
        "{\"kind\":\"企业\",\"code\":\"$1\",\"name\":\"$2\",\"code reason\":\"示例代码，校验码不符\"}" --office q-1
}

# site NAME: the number of its row, in $site
site() {
    "$gongshi" ledger query sites.sites --where "name = \"$1\"" >"$work/out" 2>&1
    site=$(member row)
}

inspected() { # KIND: a check of $site begins, its dossier in $check
    says "a check of row $site: $1" '"dossier"' "$gongshi" dossier start sites --process inspect --office q-1 \
        --subject "$site" --with "{\"kind\":\"$1\"${2:-}}" --as group
    check=$(member dossier)
}

# sheet FOUND: what an inspector answers; only sheets 01 and 02 are on this site, so that the total is known.
sheet() {
    printf '{"day":"%s","attended":"项目经理","phase":"2","certificates":true,"numbers":"甲 K-1，乙 K-2",' "$today"
    printf '"standard":"示例表","present":["01","02"],"sheets":[{"sheet":"01","missing":[]},{"sheet":"02","missing":[]}],'
    printf '"quick":[],"found":[%s],"remark":"%s","signed":"已签字"}' "$1" "${2:-无}"
}

# found CODE POINTS MORE: one finding
found() {
    printf '{"code":"%s","points":%s,"position":"东侧","text":"%s","severity":"一般"%s}' "$1" "$2" "$3" "${4:-}"
}

photo='[{"name":"a.jpg","hash":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]'

# part DOSSIER PROCESS ELEMENT: the dossier of that process that is linked with it and has this task open, in $part
part() {
    tries=0 part=
    while [ -z "$part" ] && [ $tries -lt 100 ]; do
        "$gongshi" dossier list sites >"$work/out" 2>&1
        for n in $(tr -d '\n' <"$work/out" | grep -o "{[^{}]*\"process\": \"$2\"[^{}]*}" |
            sed -n 's/.*"dossier": \([0-9]*\).*/\1/p'); do
            "$gongshi" dossier show "$n" >"$work/one" 2>&1
            tr -d '\n ' <"$work/one" | grep -q "\"other\":\"\{0,1\}$1\"\{0,1\}[,}]" &&
                tr -d '\n ' <"$work/one" | grep -q "\"element\":\"$3\"[^{}]*\"status\":\"open\"" && part=$n
        done
        tries=$((tries + 1))
        [ -n "$part" ] || sleep 0.2
    done
}

paper() { # DOSSIER NAME: the number of its paper, in $paper
    "$gongshi" document list "$1" >"$work/out" 2>&1
    paper=$(tr -d '\n' <"$work/out" | grep -o \
        "{[^{}]*\"name\": \"$2\"[^{}]*}" | sed -n 's/.*"document": \([0-9]*\).*/\1/p' |
        tail -n 1)
}

# ---- The office, its people, the rules, the sites ----

says 'an office for demonstrations' 'is ready' "$gongshi" init "$GONGSHI_DATA" --demo
serve
says 'the county' '"office":' "$gongshi" people office q 示例区建设局 --level county
says 'the station' '"office":' "$gongshi" people office q-1 示例质安监站 --in q --level station
says 'another office' '"office":' "$gongshi" people office z 示例他局 --level county
add jia 甲某 q-1 inspector
add yi 乙某 q-1 inspector
add bing 丙某 q-1 inspector
add group 丁某 q-1 group
add boss 戊某 q-1 leader
add deputy 己某 q-1 leader
add stranger 庚某 z leader
says 'the rules, with a sample' '"scheme":"sites"' "$gongshi" scheme install schemes/sites --with schemes/sites/sample
party 91330100MA0000001F 示例一建有限公司
party 91330100MA0000002F 示例开发有限公司
party 91330100MA0000003F 示例监理有限公司
party 91330100MA0000004F 示例二建有限公司
{
    echo 'permit,name,street,address,builder,contractor,supervisor,phase,status,enrolled,resumed,stopped,colour,'\
'colour since'
    i=1
    for name in 金丝雀一号 金丝雀二号 金丝雀三号 金丝雀四号 金丝雀五号; do
        firm=91330100MA0000001F
        [ $i -gt 3 ] && firm=91330100MA0000004F
        echo "33010020210301010$i,$name,示例街道,示例路$i号,91330100MA0000002F,$firm,\
91330100MA0000003F,2,在建,true,true,false,黄,2026-10-01"
        i=$((i + 1))
    done
} >"$work/sites.csv"
says 'five sites are imported' 'imported: 5 rows' "$gongshi" ledger import sites.sites "$work/sites.csv" --office q-1

# The same problem was found at two other sites of the firm before.
site 金丝雀二号
second=$site
site 金丝雀三号
third=$site
ago() { # N: the day so many days ago
    date -d "-$1 days" +%F
}
printf 'parent,no,code,site,contractor,found,position,severity,at once,state,closed\n%s\n%s\n' \
    "$second,K-1,020101,$second,91330100MA0000001F,$(ago 60),东侧,一般,false,已销号,$(ago 50)" \
    "$third,K-2,020101,$third,91330100MA0000001F,$(ago 30),北侧,一般,false,已销号,$(ago 20)" \
    >"$work/findings.csv"
says 'two findings of before are imported' 'imported: 2 rows' \
    "$gongshi" ledger import sites.findings "$work/findings.csv" --office q-1

# ---- Planned, visited, scored ----

site 金丝雀一号
first=$site
inspected 计划检查
says 'the inspector is shown what was found before at other sites of the firm' '020101.*（已销号）' \
    "$gongshi" dossier show "$check" --decision before_visit
says 'and how many checks there may be, and on what they rest' '浙江省综合行政执法条例第二十一条' \
    "$gongshi" dossier show "$check" --decision before_visit
sees jia "$gongshi" dossier show "$check" --decision before_visit
does jia "$check" visit "$(sheet "$(found 020101 6 '主要路段围挡破损'),$(found 010102 3 '责任书未签字' ',"at_once":true')")" \
    'the visit: a fence, and a paper without signature'
task "$check" agree
refuses 'who filled in the sheet does not agree for a second' 'second person' "$gongshi" dossier claim "$task" --as jia
does yi "$check" agree '{"agreed":true}' 'the second inspector agrees'
says 'the check is done and handed on' '"outcome": "ended"' "$gongshi" dossier show "$check"
says 'the score: 94 of the fence sheet, 97 of the other' '"grade": "优良"' \
    "$gongshi" ledger query sites.checks --where "site = \"$first\""
says 'third time at the sites of the firm, and which two came before' '"before": ".*K-2.*K-1"' \
    "$gongshi" ledger query sites.findings --where "site = \"$first\" and code = \"020101\""
says 'which is the third of the firm and the first of the site' '"firm repeats": 3' \
    "$gongshi" ledger query sites.findings --where "site = \"$first\" and code = \"020101\""
paper "$check" 检查记录
waits '"pdf": "[0-9a-f]' "$gongshi" document show "$paper"
point $? 'the record of the check is made'

# ---- Put right on the spot; the other in a term ----
part "$check" rectify on_spot
does jia "$part" on_spot "{\"results\":[{\"passed\":true,\"photos\":$photo}]}" 'put right at once, with a photograph'
says 'and closed' '"state": "已销号"' \
    "$gongshi" ledger query sites.findings --where "site = \"$first\" and code = \"010102\""
year=$(TZ=Asia/Shanghai date +%Y)
says 'each has its number, without gaps' "\"paper no\": \"示质监问〔$year〕2号\"" \
    "$gongshi" ledger query sites.findings --where "site = \"$first\""
says 'from one on' "\"paper no\": \"示质监问〔$year〕1号\"" \
    "$gongshi" ledger query sites.findings --where "site = \"$first\""
part "$check" rectify issue
order=$part
sees boss "$gongshi" dossier show "$order"
does boss "$order" issue '{"n":5,"unit":"日","demand":"修复围挡","article":"示例条款"}' 'the leader issues the notice: five days'
paper "$order" 限期整改通知书
waits '"pdf": "[0-9a-f]' "$gongshi" document show "$paper"
point $? 'the notice is made'
refuses 'it is not served before it is sealed' 'seal' \
    "$gongshi" document serve "$paper" --how direct --to 项目经理 --as jia
says 'sealed' '{' "$gongshi" document seal "$paper" --as boss
says 'the clock waits for the service' '"state": "waiting"' "$gongshi" dossier show "$order" --clock rectify
says 'served' '{' "$gongshi" document serve "$paper" --how direct --to 项目经理 --as jia
says 'the clock runs' '"state": "running"' "$gongshi" dossier show "$order" --clock rectify
waits '"points": -1' "$gongshi" credit show 91330100MA0000001F
point $? 'the third time costs the firm a point, by the row of the table'
sees 'the firm' "$gongshi" credit show 91330100MA0000001F

# ---- The site asks for more time, objects, replies: by a link ----

link() { # the guest's link to the reply, in $guest
    task "$order" reply
    says 'the site office is given a link' '"token"' "$gongshi" dossier invite "$task" --as jia
    guest=$(member token)
}

link
refuses 'a stranger cannot reply' 'not permitted' "$gongshi" dossier complete "$task" --party 91330100MA0000004F \
    --with '{"purpose":"申请延期","more":3,"why_more":"无","by_name":"某"}'
says 'the site asks for three more days' '{' "$gongshi" dossier complete "$task" --guest "$guest" \
    --with '{"purpose":"申请延期","more":3,"why_more":"材料未到","by_name":"示某"}'
refuses 'the link is good once' 'waits for no task\|holds no longer' \
    "$gongshi" dossier complete "$task" --guest "$guest" \
    --with '{"purpose":"申请延期","more":3,"why_more":"材料未到","by_name":"示某"}'
before=$("$gongshi" dossier show "$order" --clock rectify | sed -n 's/.*"day": *"\([^"]*\)".*/\1/p' | tail -n 1)
does boss "$order" extension '{"granted":true,"more":3,"unit":"日","extension_note":"同意"}' 'three days are granted'
after=$("$gongshi" dossier show "$order" --clock rectify | sed -n 's/.*"day": *"\([^"]*\)".*/\1/p' | tail -n 1)
[ "$(date -d "$before +3 days" +%F)" = "$after" ]
point $? "the last day moves by three: $before, $after"
link
says 'the site objects' '{' "$gongshi" dossier complete "$task" --guest "$guest" \
    --with "{\"purpose\":\"提出异议\",\"disputed\":[\"$check-1\"],\"why_disputed\":\"围挡非本项目\",\"by_name\":\"示某\"}"
says 'the clock stands still meanwhile' '"state": "stopped"' "$gongshi" dossier show "$order" --clock rectify
does boss "$order" objection '{"withdrawn":[],"objection_note":"现场照片为证"}' 'the objection is not upheld'
says 'the clock goes on' '"state": "running"' "$gongshi" dossier show "$order" --clock rectify
link
refuses 'a reply without a photograph of each finding is not taken' 'results\[1\].photos' \
    "$gongshi" dossier complete "$task" --guest "$guest" \
    --with '{"purpose":"整改回复","results":[{"done":"已修复"}],"by_name":"示某"}'
says 'the site replies, with a photograph' '{' "$gongshi" dossier complete "$task" --guest "$guest" \
    --with "{\"purpose\":\"整改回复\",\"results\":[{\"done\":\"已修复\",\"photos\":$photo}],\"by_name\":\"示某\"}"

# ---- Inspected again: what is not right yet goes on, by a second notice ----

task "$order" recheck
recheck=$task
refuses 'who is from another office does nothing here' 'not permitted' "$gongshi" dossier claim "$recheck" --as stranger
again() { # PASSED NAME: two inspectors look again
    does jia "$order" recheck \
        "{\"day\":\"$today\",\"numbers\":\"甲 K-1，乙 K-2\",\"results\":[{\"passed\":$1}],\"signed\":\"已签字\"}" \
        "$2"
    does yi "$order" recheck '{"agree":true}' 'the second signs'
}
again false 'inspected again by two: not put right'
says 'which is on record' '"state": "逾期未改"' \
    "$gongshi" ledger query sites.findings --where "code = \"020101\" and site = \"$first\""
does boss "$order" issue '{"n":2,"unit":"日","demand":"修复围挡","article":"示例条款"}' 'a second notice, for this finding alone'
does boss "$order" transfer '{"transferred":false,"transfer_note":"已整改过半，暂不移送"}' \
    'a penalty is weighed beside the points'
paper "$order" 限期整改通知书
waits '"pdf": "[0-9a-f]' "$gongshi" document show "$paper"
says 'the second notice has the next number' '"number": 2' "$gongshi" document show "$paper"
says 'is sealed' '{' "$gongshi" document seal "$paper" --as boss
says 'and is served' '{' "$gongshi" document serve "$paper" --how direct --to 项目经理 --as jia
task "$order" reply
says 'the contractor replies by its account' '{' "$gongshi" dossier complete "$task" --party 91330100MA0000001F \
    --with "{\"purpose\":\"整改回复\",\"results\":[{\"done\":\"已重砌\",\"photos\":$photo}],\"by_name\":\"示某\"}"
again true 'inspected again: put right'
waits '"outcome": "ended"' "$gongshi" dossier show "$order"
point $? 'the order is closed'
says 'and the finding' '"state": "已销号"' \
    "$gongshi" ledger query sites.findings --where "code = \"020101\" and site = \"$first\""

# ---- Colours: by rank, approved by a second person ----

for name in 金丝雀二号 金丝雀三号 金丝雀四号 金丝雀五号; do
    site "$name"
    case $name in
    金丝雀二号) deducted=$(found 020201 10 无大门) ;;
    金丝雀三号) deducted=$(found 010102 3 未签字 ',"at_once":true') ;;
    金丝雀四号) deducted=$(found 010203 10 未论证 ',"safe":false,"extent":"全面"') ;;
    *) deducted= ;;
    esac
    inspected 复工检查
    does jia "$check" visit "$(sheet "$deducted")" "$name is visited"
    does bing "$check" agree '{"agreed":true}' 'by two'
done
says 'the group makes the list of colours' '"draft"' "$gongshi" assess new sites colours --office q-1 --as group
list=$(member assessment)
says 'frozen' '"population": "[0-9a-f]' "$gongshi" assess freeze "$list" --as group
says 'computed: one green, three yellow, one red' '"grade": "红"' "$gongshi" assess compute "$list" --as group
says 'each with its reason' '"distance"\|"next"\|"rank"' "$gongshi" assess preview "$list" --as group
refuses 'who computed it does not approve it' 'not permitted' "$gongshi" assess approve "$list" --as group
says 'the leader approves' '"approved"' "$gongshi" assess approve "$list" --as boss
says 'and it is carried out' '"done"' "$gongshi" assess carry-out "$list" --as boss
"$gongshi" statistics sites 三色分布 --rows >"$work/out" 2>&1
tr -d ' \n' <"$work/out" | grep -q '"grade":"黄"},"top":3,"rows":{"top":\["[0-9]*","[0-9]*","[0-9]*"\]}'
point $? 'the list is counted by colour and cut-off, with its sites'
tr -d ' \n' <"$work/out" | grep -qF "{\"by\":{\"list\":\"colours\",\"cutoff\":\"$(TZ=Asia/Shanghai date +%F)\"},"\
'"said":{"green":1,"yellow":3,"red":1,"shape":"菱形"}}'
point $? 'and has the shape of a diamond'
says 'the colours stand in the ledger' '"colour": "红"' "$gongshi" ledger query sites.sites --where 'colour = "红"'
sees jia "$gongshi" ledger show sites.sites "$first"
for firm in 91330100MA0000001F 91330100MA0000002F 91330100MA0000003F; do
    waits '三色告知' "$gongshi" notice list --party $firm
    point $? "$firm, of the site, reads its colour"
    says 'and what it was told to put right' '整改告知' "$gongshi" notice list --party $firm
    sees $firm "$gongshi" notice list --party $firm
done

# ---- A stop of work: the colour is held back, and work goes on only after a look on site ----

site 金丝雀四号
"$gongshi" dossier list sites >"$work/out" 2>&1
says 'the stopped site is not green' '"stopped": true' "$gongshi" ledger show sites.sites "$site"

# ---- Black list: nominated, listed, published, taken off or carried over ----

nominated() { # NAME REASON: in $black
    site "$1"
    says "$1 is nominated" '"dossier"' \
        "$gongshi" dossier start sites --process blacklist --office q-1 --subject "$site" \
        --with "{\"reason\":\"$2\",\"basis\":\"示例依据\",\"serious\":5}" --as group
    black=$(member dossier)
    does boss "$black" confirm '{"confirmed":true,"confirm_note":"同意"}' 'the leader confirms it'
}
nominated 金丝雀四号 黑榜理由甲
fourth=$black
batch() { # the black list of those that wait
    says 'the batch is made' '"draft"' "$gongshi" assess new sites 'black list' --office q-1 --as group
    list=$(member assessment)
    says 'frozen' '"population"' "$gongshi" assess freeze "$list" --as group
    says 'computed' '"公布"' "$gongshi" assess compute "$list" --as group
    says 'looked at' '"place": 1' "$gongshi" assess preview "$list" --as group
    says 'approved by another' '"approved"' "$gongshi" assess approve "$list" --as boss
    says 'carried out by the group' '"done"' "$gongshi" assess carry-out "$list" --as group
    says 'it waits for a leader' '"waiting"' "$gongshi" notice waiting --office q-1 --as boss
    notice=$(sed -n 's/.*"notice": *\([0-9]*\).*/\1/p' "$work/out" | head -n 1)
    refuses 'whoever carried it out does not publish it' 'not permitted' \
        "$gongshi" notice publish "$notice" --as group
    says 'the leader, who did not, does' '{' "$gongshi" notice publish "$notice" --as boss
}
batch
says 'everybody reads the black list, with its reason' '黑榜理由甲' "$gongshi" notice list 金丝雀四号
sees everybody "$gongshi" notice list 金丝雀四号
says 'it stands in the ledger' '"state": "公布"' "$gongshi" ledger query sites.nominations
look() { # MENDED NAME
    does jia "$fourth" delist \
        "{\"day\":\"$today\",\"numbers\":\"甲 K-1，乙 K-2\",\"mended\":$1,\"delist_note\":\"复查\"}" "$2"
    does yi "$fourth" delist '{"agree":true}' 'the second signs'
}
look false 'not mended: carried over into the next batch'
says 'on record' '"state": "结转"' "$gongshi" ledger query sites.nominations
batch
look true 'mended: taken off'
says 'taken off' '"state": "摘牌"' "$gongshi" ledger query sites.nominations

# ---- Two inspectors by lot; too many checks; whoever has an interest ----

site 金丝雀三号
inspected 随机抽查
says 'two are drawn, and anybody can draw again' '"seed"' "$gongshi" dossier show "$check"
"$gongshi" dossier tasks --office q-1 --role inspector >"$work/out" 2>&1
task "$check" visit
assignee=$("$gongshi" dossier show "$check" | tr -d '\n' | grep -o '"effects": *\[[^]]*drawn [a-z]*' | grep -o \
    '[a-z]*$' | head -n 1)
says "the first of them, $assignee, declares an interest" '{' \
    "$gongshi" dossier recuse "$task" --as "$assignee" --text 亲属在施工单位
"$gongshi" dossier show "$check" >"$work/out" 2>&1
grep -q "\"of\": \"$assignee\"" "$work/out" && grep -q '"instead": "[a-z]' "$work/out"
point $? 'and the next of the same lot has the place'
refuses 'and does nothing here any more' 'interest\|not permitted' "$gongshi" dossier claim "$task" --as "$assignee"
site 金丝雀五号
inspected 计划检查
task "$check" justify
[ -n "$task" ]
point $? 'a check beyond the number of its colour wants a reason'
does boss "$check" justify '{"go_on":false,"why":"本期已满"}' 'which the leader does not find'
says 'so there is none' '"outcome": "ended"' "$gongshi" dossier show "$check"

# ---- Supervision: told, paused, resumed, ended ----

site 金丝雀五号
says 'supervision is told' '"dossier"' \
    "$gongshi" dossier start sites --process supervise --office q-1 --subject "$site" \
    --with "{\"meeting\":\"$today\",\"who\":\"三方\",\"plan\":\"每季一次\"}" --as group
supervision=$(member dossier)
does group "$supervision" apply \
    "{\"what\":\"中止\",\"on\":\"$today\",\"why\":\"资金\",\"part\":\"基坑\",\"safety\":\"支护\"}" 'paused'
says 'the ledger says so' '"status": "中止"' "$gongshi" ledger show sites.sites "$site"
says 'the paper must go out in five working days' '"n": 5\|"length": 5\|工作日' \
    "$gongshi" dossier show "$supervision" --clock told
does jia "$supervision" resume "{\"on\":\"$today\",\"found\":\"具备\",\"fit\":true}" 'looked at on site'
does yi "$supervision" resume '{"agree":true}' 'by two'
says 'resumed' '"status": "在建"' "$gongshi" ledger show sites.sites "$site"
does group "$supervision" apply "{\"what\":\"终止\",\"on\":\"$today\",\"finished\":\"已完工并办理竣工验收\"}" 'ended'
says 'the ledger says so' '"status": "终止"' "$gongshi" ledger show sites.sites "$site"
says 'three papers' '终止施工安全监督告知书' "$gongshi" document list "$supervision"

# ---- Help for a red site; the six tasks; a leading project; a check by the site itself ----

site 金丝雀二号
"$gongshi" dossier list sites >"$work/out" 2>&1
help=$(tr -d '\n' <"$work/out" | grep -o '{[^{}]*"process": "help"[^{}]*}' | sed -n \
    's/.*"dossier": \([0-9]*\).*/\1/p' | head -n 1)
says 'the red site is helped, by the list of colours' "\"subject\": \"$site\"" "$gongshi" dossier show "$help"
does group "$help" plan \
    "{\"tutor\":\"丁某\",\"goal\":\"围挡达标\",\"actions\":[{\"what\":\"补设大门\",\"who\":\"施工单位\",\"by\":\"$today\"}]}" 'a plan'
does group "$help" step '{"did":"已补设"}' 'its step is done'
does boss "$help" review '{"helped":true,"review_note":"达标"}' 'the leader finds it helped'
says 'on record' '"state": "已完成"' "$gongshi" ledger query sites.plans
says 'the six tasks begin' '"dossier"' \
    "$gongshi" dossier start sites --process six --office q-1 --with '{"year":2026}' --as group
six=$(member dossier)
for i in 1 2 3 4 5 6; do
    does group "$six" each "{\"day\":\"$today\",\"result\":\"示例\",\"done\":true}" "task $i of six"
done
says 'all are on record' '"task": "6"' "$gongshi" ledger query sites.six_done
site 金丝雀三号
says 'a leading project is proposed' '"dossier"' \
    "$gongshi" dossier start sites --process lead --office q-1 --subject "$site" \
    --with '{"reason":"引领理由"}' --as group
lead=$(member dossier)
does boss "$lead" confirm '{"confirmed":true}' 'and made known'
says 'everybody reads so' '引领理由' "$gongshi" notice list 金丝雀三号
says 'the site checks itself by the same sheet' '"ended":true' \
    "$gongshi" dossier start sites --process selfcheck --office q-1 \
    --subject "$site" --party 91330100MA0000002F --with "{\"day\":\"$today\",\"checker\":\"示某\",\"phase\":\"2\",
    \"present\":[\"01\",\"02\"],\"sheets\":[{\"sheet\":\"01\",\"missing\":[]},{\"sheet\":\"02\",\"missing\":[]}],
    \"quick\":[\"010102\"],\"found\":[]}"
says 'which does not count as a check' '"kind": "自查"' "$gongshi" ledger query sites.checks --where 'kind = "自查"'

# ---- Crawling as everybody else ----

# What only the office and the parties of a site may read: names of sites that no notice names, and what was found.
secret='金丝雀一号\|金丝雀二号\|三色告知\|整改告知\|主要路段围挡破损\|责任书未签字\|无大门\|已重砌\|修复围挡'
clean() { # NAME COMMAND...: whatever it answers, none of it stands there
    name=$1
    shift
    "$@" >"$work/out" 2>&1
    ! grep -q "$secret" "$work/out"
    point $? "$name"
}
says 'what is looked for is there: the office reads it' "$secret" \
    "$gongshi" ledger query sites.findings --office q-1 --as jia
last=$("$gongshi" dossier list sites | sed -n 's/.*"dossier": \([0-9]*\).*/\1/p' | sort -n | tail -n 1)
walk() { # every page that has a number, without account
    for page in / /?q=金丝雀 /health /api/tasks /api/dossiers/"$check"; do
        curl -s "$url/${page#/}"
    done
    n=8000
    while [ $n -le "$((last + 200))" ]; do
        for page in n/$n n/$n.json d/$n d/$n.json api/dossiers/$n; do
            echo "url = \"$url/$page\""
        done
        n=$((n + 1))
    done | curl -s -K -
}
clean 'no page and no answer of the API has it' walk
public() { # who has the code of a dossier may read what kind of procedure it is, not what came of it
    for n in $("$gongshi" dossier list sites | sed -n 's/.*"dossier": \([0-9]*\).*/\1/p'); do
        "$gongshi" dossier public "$n"
    done | grep -v '^  "name": "三色告知",$'
}
clean 'nor what may be known of the dossiers by their codes' public
clean 'nor the notices' "$gongshi" notice list
clean 'nor those for another party' "$gongshi" notice list --party 91330100MA0000009F
for ledger in sites findings checks sheets nominations plans stages; do
    clean "nor the ledger $ledger, for somebody of another office" "$gongshi" ledger query "sites.$ledger" --as stranger
    clean "nor its words" "$gongshi" ledger query "sites.$ledger" --words 金丝雀 --as stranger
    clean "nor its export" "$gongshi" ledger export "sites.$ledger" --as stranger
done
clean 'nor a row' "$gongshi" ledger show sites.sites "$first" --as stranger
clean 'nor its history' "$gongshi" ledger history sites.sites "$first" --as stranger
clean 'nor a dossier' "$gongshi" dossier show "$order" --as stranger
clean 'nor a decision of it' "$gongshi" dossier show "$order" --decision notice_data --as stranger
clean 'nor tasks' "$gongshi" dossier tasks --office q-1 --role inspector --as stranger
clean 'nor dossiers' "$gongshi" dossier list sites --as stranger
clean 'nor assessments' "$gongshi" assess preview "$list" --as stranger
clean 'nor their entries' "$gongshi" assess show "$list" --as stranger
clean 'nor papers' "$gongshi" document list "$order" --as stranger
clean 'nor messages' "$gongshi" message list --as stranger
clean 'nor credit as the public reads it' "$gongshi" credit show 91330100MA0000001F --audience public
clean "nor what stands in the office's clocks" "$gongshi" dossier clocks --office q-1 --as stranger
says 'the dossiers of the office are not listed for others' '^\[\]$' "$gongshi" dossier list sites --as stranger
says 'but for its own people' '"dossier"' "$gongshi" dossier list sites --as jia
sees stranger "$gongshi" ledger query sites.findings --as stranger
sees everybody "$gongshi" dossier public "$order"

says 'every decision comes out the same' '"different": *0' "$gongshi" recompute
echo "1..$count"
[ $failed -eq 0 ]
