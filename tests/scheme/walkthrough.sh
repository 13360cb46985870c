#!/bin/sh
# walkthrough.sh GONGSHI [here|hand]: 守合同重信用 from the declaration to the end of a title, through county and city, by
# commands alone: declared, received, checked, verified by two, scored, listed, recommended, returned by the city, sent
# again, published, certified, revoked. Prints what each person sees. With `hand` the city works elsewhere: what it
# answers is registered by hand. The package is the same.
. "$(dirname "$0")/walk.sh"
transport=${2:-here}

score=94.26
# list NAME OFFICE CLERK LEADER: collect, freeze, compute, look, approved by another, carried out.
list() {
    says "$1: $3 makes the list" '"draft"' "$gongshi" assess new shouhe "$1" --office "$2" --as "$3"
    list=$(member assessment)
    says "$1: frozen, with the hash of who is in it" '"population": "[0-9a-f]' \
        "$gongshi" assess freeze "$list" --as "$3"
    says "$1: computed" '"grade": "列入"' "$gongshi" assess compute "$list" --as "$3"
    says "$1: looked at" "\"score\": $score" "$gongshi" assess preview "$list" --as "$3"
    refuses "$1: who computed it does not approve it" 'not permitted' "$gongshi" assess approve "$list" --as "$3"
    says "$1: approved by $4" '"approved"' "$gongshi" assess approve "$list" --as "$4"
    says "$1: carried out" '"done"' "$gongshi" assess carry-out "$list" --as "$4"
}

judged() { # NOTE [DISSENT]: what the second check answers
    printf '{"judged":{"system":"met","benefit":"met","conduct":"met","lawful":"met","operating":"met",'
    printf '"climb":"met","ban":"met"},"marks":{%s},"recheck_note":"%s","dissent":%s}' "$(marks)" "$1" "${2:-false}"
}

marks() { # the 36 marks of the sheet
    i=1
    while [ $i -le 36 ]; do
        printf '%s"i%02d":90' "$([ $i -eq 1 ] || echo ,)" $i
        i=$((i + 1))
    done
}

# ---- Two offices, their people, the rules ----

says 'an office for demonstrations' 'is ready' "$gongshi" init "$GONGSHI_DATA" --demo
serve
says 'the province' '"office":' "$gongshi" people office 33 示例省局 --level province
says 'the city' '"office":' "$gongshi" people office 3301 示例市局 --in 33 --level city
says 'the county' '"office":' "$gongshi" people office 330100 示例区局 --in 3301 --level county
says 'a station' '"office":' "$gongshi" people office 330100-1 示例所 --in 330100 --level station
add zhao 赵某 330100-1 clerk
add qian 钱某 330100 reviewer
add sun 孙某 330100 reviewer
add li 李某 330100 leader
add zhou 周某 3301 reviewer
add zheng 郑某 3301 leader
says 'messages reach the city as they do here' '{}' "$gongshi" people transport 3301 "$transport"
says 'the rules, with a sample round' '"scheme":"shouhe"' \
    "$gongshi" scheme install schemes/shouhe --with schemes/shouhe/sample
says 'the enterprise is entered' '91330100MA0000001F' "$gongshi" party add \
    '{"kind":"企业","code":"91330100MA0000001F","name":"示例精工机械有限公司","code reason":"示例代码，校验码不符"}' \
    --office 330100
printf 'party,level,round,authority,kind,from,to,origin\n%s\n' \
    '91330100MA0000001F,A,2024,示例区局,首次,2024-12-16,2026-12-15,公示' >"$work/titles.csv"
says 'its earlier title is imported' 'imported: 1 rows' \
    "$gongshi" ledger import shouhe.titles "$work/titles.csv" --office 330100

# ---- The declaration ----

declaration=$(cat schemes/shouhe/sample/declare-AA.json)
refuses 'a form with a wrong number is not taken, and says where' 'staff' "$gongshi" dossier start shouhe \
    --process county --office 330100 --subject 91330100MA0000001F \
    --with "$(echo "$declaration" | sed 's/"staff": 400/"staff": "many"/')"
says 'declared for AA' '"code":' "$gongshi" dossier start shouhe --process county --office 330100 \
    --subject 91330100MA0000001F --with "$declaration"
county=$(member dossier)
refuses 'only one declaration of a firm in a round' "dossier $county" "$gongshi" dossier start shouhe --process county \
    --office 330100 --subject 91330100MA0000001F --with "$declaration"
says 'what was decided names clause, need, have and gap' '"need": 120' \
    "$gongshi" dossier show "$county" --decision eligibility
sees applicant "$gongshi" dossier public "$county"

# ---- The county ----

does zhao "$county" receive \
    '{"received_on":"2026-11-28","received":["application","consent","subject","honours","system","lower_title"]}' \
    'the station has received the papers'
does zhao "$county" first_check '{"first":"受理","first_note":"材料齐全"}' 'it accepts them'
does qian "$county" online '{"online_result":"通过","online_note":"与附件一致"}' 'the county has checked what was sent'
does qian "$county" visit '{"staff":{"value":398,"note":"工资册"}}' 'a visit: 398 employed instead of 400'
task "$county" visit
refuses 'one person cannot be two' 'second person' "$gongshi" dossier claim "$task" --as qian
does sun "$county" visit '{"agree":true}' 'the second who was there signs'
does sun "$county" recheck "$(judged 同意)" \
    'checked again and marked'
sees li "$gongshi" dossier show "$county" --decision score
list 'recommendation list' 330100 sun li

# ---- The city: returns it once, then publishes ----

# at_city N: the number of the dossier that the Nth recommendation began, in $city.
at_city() {
    waits '"delivered"' "$gongshi" message list --office 3301
    tries=0 city=
    while [ -z "$city" ] && [ $tries -lt 100 ]; do
        "$gongshi" dossier list shouhe >"$work/out" 2>&1
        city=$(tr -d '\n' <"$work/out" | grep -o '{[^{}]*"process": "city"[^{}]*}' | grep -c .)
        [ "$city" -ge "$1" ] && city=$(tr -d '\n' <"$work/out" | grep -o '{[^{}]*"process": "city"[^{}]*}' |
            sed -n 's/.*"dossier": \([0-9]*\).*/\1/p' | head -n 1) || city=
        tries=$((tries + 1))
        [ -n "$city" ] || sleep 0.2
    done
}

again() {
    does qian "$county" visit '{"revenue":{"value":3050,"note":"审计报告"}}' 'the county visits again'
    does sun "$county" visit '{"agree":true}' 'again with two'
    does sun "$county" recheck "$(judged 补充后同意 true)" \
        'and marks again, not content with what the machine will say'
    task "$county" depart
    says 'who departs takes the task' '{' "$gongshi" dossier claim "$task" --as sun
    refuses 'a departure has a reason out of the list' 'is no reason' "$gongshi" dossier complete "$task" --as sun \
        --with '{"departure":{"result":96,"reason":"whim"}}'
    says 'departed from, with a reason' '{' "$gongshi" dossier complete "$task" --as sun \
        --with '{"departure":{"result":96,"reason":"evidence","note":"补充了获奖证书"}}'
    does li "$county" depart '{"agree":true}' 'and the leader agrees'
    score=96
    list 'recommendation list' 330100 sun li
}

if [ "$transport" = here ]; then
    at_city 1
    does zhou "$city" check '{"check":"退回","check_note":"营业收入请核对"}' 'the city sends it back'
    again
    at_city 2
    does zhou "$city" check '{"check":"通过","check_note":"核对无误"}' 'the city agrees'
    sees zhou "$gongshi" dossier show "$city"
    score=94.26 # the city scores by itself
    list 'city list' 3301 zhou zheng
    ended=$city scores=3
else
    # What a city without this program answers on paper is entered by the county's manager.
    add boss 何某 330100 manager
    does boss "$county" 'by hand' '{"date":"2026-11-28","paper":"示市监函〔2026〕7号","message":"answer",
        "fields":{"result":"returned","reason":"营业收入请核对"}}' 'the city has sent it back, by a letter'
    again
    does boss "$county" 'by hand' '{"date":"2026-11-28","paper":"示市监函〔2026〕9号","message":"answer",
        "fields":{"result":"published","from":"2026-11-28","to":"2028-11-27","authority":"示例市局"}}' \
        'the city has published it, by a letter'
    says 'the letter is on record' '示市监函〔2026〕9号' "$gongshi" message list --office 330100
    ended=$county scores=2
fi
waits '"outcome": "ended"' "$gongshi" dossier show "$county"
point $? 'the declaration has come to its end'
says 'the title holds' '"level": "AA"' "$gongshi" ledger query shouhe.titles --where 'level = "AA"'
title=$(member row)
sees anybody "$gongshi" notice list 示例精工

# ---- The certificate, and the end of the title ----

if [ "$transport" = here ]; then
    says 'there is a certificate' '证书' "$gongshi" document list "$ended"
    paper=$(tr -d '\n' <"$work/out" | grep -o '{[^{}]*"name": "证书"[^{}]*}' | sed -n 's/.*"document": \([0-9]*\).*/\1/p')
    says 'it counts once it is sealed' '{' "$gongshi" document seal "$paper" --as zheng
    says 'its number is accounted for' '"unaccounted": *0' "$gongshi" document account shouhe/证书 2026
    says 'the register shows the title' '守合同重信用企业公示' "$gongshi" notice list 示例精工
    says 'the city begins to revoke it' '"dossier"' "$gongshi" dossier start shouhe --process revoke --office 3301 \
        --subject "$title" --with '{"reason":"提供虚假材料","basis":"示例依据"}'
    revoke=$(member dossier)
    task "$revoke" statement
    refuses 'only the firm itself may answer' 'not permitted' "$gongshi" dossier complete "$task" --party p1 \
        --with '{"statement":"无"}'
    says 'the firm answers' '{' "$gongshi" dossier complete "$task" --party 91330100MA0000001F \
        --with '{"statement":"请求复核"}'
    add zheng3 郑三 3301 leader
    does zheng "$revoke" decide \
        '{"decided":true,"decide_note":"事实清楚","statement_reply":"已复核，事实没有变化"}' 'the leader decides'
    does zheng3 "$revoke" decide '{"agree":true}' 'a second one countersigns'
    waits '"title": "[^"]*撤销公示"' "$gongshi" notice waiting --office 3301
    point $? 'the notice waits to be published'
    notice=$(member notice)
    refuses 'who signed does not publish it' 'not permitted' "$gongshi" notice publish "$notice" --as zheng3
    says 'a third one publishes it' '{}' "$gongshi" notice publish "$notice" --as zhou
    waits '"outcome": "ended"' "$gongshi" dossier show "$revoke"
    point $? 'the title is revoked'
    says 'the row says so, and how it ended' '"end": "撤销"' "$gongshi" ledger history shouhe.titles "$title"
    says 'what was known before stays known' '"revision": 1' "$gongshi" ledger history shouhe.titles "$title"
fi
# ---- What it comes to ----

# counts NAME STATISTIC NUMBERS [OPTION...]
counts() {
    name=$1 statistic=$2 numbers=$3
    shift 3
    "$gongshi" --lang zh statistics shouhe "$statistic" "$@" >"$work/out" 2>&1
    tr -d ' \n' <"$work/out" | grep -qF -- "$numbers"
    point $? "$name"
}
today=$(TZ=Asia/Shanghai date +%F)
yesterday=$(TZ=Asia/Shanghai date -d yesterday +%F)
counts 'what was put forward, by level' 推荐率 '{"by":{"group":"AA"},"top":2,"bottom":2}'
counts 'and the dossiers behind the number' 推荐率 "\"rows\":{\"top\":[\"$county\",\"$county\"]" --rows
counts 'what was departed from, with its reason' 改判率 \
    '{"by":{"process":"county","reason":"evidence"},"top":1,"bottom":1}'
counts 'of all scores' 改判率 "\"total\":{\"top\":1,\"bottom\":$scores}"
counts 'with the dossier' 改判率 "\"rows\":{\"top\":[\"$county\"]" --rows
counts 'what it means' 改判率 '"definition":"有权人按裁量事由'
counts 'kept limits, by step' 按期率 '{"by":{"process":"county","name":"first_check"},"top":1,"bottom":1}'
counts 'with their cut-off' 按期率 "\"day\":\"$today\""
counts 'the day before there was nothing' 按期率 '"total":{"top":0,"bottom":0}' --on "$yesterday"
counts 'nor a list' 推荐率 '"total":{"top":0,"bottom":0}' --on "$yesterday"
says 'every decision comes out the same' '"different": *0' "$gongshi" recompute

echo "1..$count"
[ $failed -eq 0 ]
