#!/bin/sh
# office.sh GONGSHI: the smallest scheme through the whole office, as a user would: a data directory, a server, commands
# through its control socket, pages and the API over HTTP; then the same directory without a server.
. "$(dirname "$0")/../served.sh"
type=application/json

# says NAME PATTERN COMMAND...: the command is done, and its output has the pattern.
says() {
    name=$1 pattern=$2
    shift 2
    "$@" >"$work/out" 2>&1
    status=$?
    [ $status -eq 0 ] && grep -q -- "$pattern" "$work/out"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || sed "s/^/# ($status) /" "$work/out"
}

# refuses NAME STATUS PATTERN COMMAND...: the command ends with the status and says why.
refuses() {
    name=$1 want=$2 pattern=$3
    shift 3
    "$@" >"$work/out" 2>&1
    status=$?
    [ $status -eq "$want" ] && grep -q -- "$pattern" "$work/out"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || sed "s/^/# ($status) /" "$work/out"
}

# page NAME STATUS PATTERN PATH [CURL OPTION...]
page() {
    name=$1 want=$2 pattern=$3 path=$4
    shift 4
    status=$(curl -sS -H "Content-Type: $type" -o "$work/out" -w '%{http_code}' "$@" "$url$path")
    [ "$status" = "$want" ] && grep -qa -- "$pattern" "$work/out"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || { echo "# $status"; head -c 2000 "$work/out" | sed 's/^/# /'; }
}

# ---- A new office ----

refuses 'no data yet: the command says how to make them' 1 'gongshi init' "$gongshi" dossier list
says 'init makes a data directory' 'is ready' "$gongshi" init "$GONGSHI_DATA"
says 'an office, without a server' '"office":' "$gongshi" people office county 示例县
serve --second-factor none
point "$([ -n "$url" ]; echo $?)" 'serve prints its address'
grep -q 'one-time administrator code: [a-z0-9-]*' "$work/log"
point $? 'and a one-time code on standard error'
code=$(sed -n 's/.*administrator code: \([a-z0-9-]*\) .*/\1/p' "$work/log")
refuses 'a second server is refused' 1 'in use' "$gongshi" serve --listen 127.0.0.1:0
says 'an office below' '"office":' "$gongshi" people office street 示例街道 --in county
refuses 'an office that is there already' 1 'street' "$gongshi" people office street
says 'a clerk' '"person":' "$gongshi" people add li 李某 --office street
says 'his role' '{}' "$gongshi" people give li clerk --office street
printf 'a long enough password\n' >"$work/password"
says 'his password' '{}' sh -c "'$gongshi' people password li <'$work/password'"
refuses 'a password that is too short' 1 '12' sh -c "echo short | '$gongshi' people password li"
says 'the code makes an administrator' '"person":' \
    sh -c "'$gongshi' people first $code admin 管理员 <'$work/password'"
refuses 'once' 1 'code' sh -c "'$gongshi' people first $code other 他人 <'$work/password'"
refuses 'a clerk installs no scheme' 1 'not permitted' "$gongshi" scheme install schemes/stalls --as li
says 'the scheme' '"scheme":"stalls"' "$gongshi" scheme install schemes/stalls
refuses 'a folder without a process' 1 'no process' "$gongshi" scheme install schemes

# ---- One dossier, from the application to the notice ----

says 'declare' '"code":' "$gongshi" dossier start stalls --office street --subject p-17 --key k1 \
    --with '{"年龄":30,"已有摊位":0,"经营类别":"百货","违规记录":"无"}'
n=$(member dossier) follow=$(member code)
says 'the same key again is the same dossier' "\"dossier\":$n,\"code\":\"$follow\"" \
    "$gongshi" dossier start stalls --office street --subject p-17 --key k1 \
    --with '{"年龄":30,"已有摊位":0,"经营类别":"百货","违规记录":"无"}'
says 'a decision is on record' '"name": "eligibility"' "$gongshi" dossier show "$n"
says 'the task waits' '"element": "check"' "$gongshi" dossier tasks --office street --role clerk
task=$(member task)
refuses 'the program itself has no tasks' 1 'human task' "$gongshi" dossier complete "$task"
says 'claim' "\"dossier\":$n" "$gongshi" dossier claim "$task" --as li
says 'complete' '"ended":false' "$gongshi" dossier complete "$task" --as li --with '{"met":true,"remark":"通道宽 2 米"}'
refuses 'once' 1 'somebody may have been faster' "$gongshi" dossier complete "$task" --as li
page 'the public state names the step' 200 '等待抽签' "/d/$n?code=$follow"
page 'not without the code' 404 . "/d/$n?code=ABCDEFGHJKLM"
says 'the lot' '"ended":false' "$gongshi" dossier message 'lot result' --correlation "\"$n\"" --with '{"place":"A-07"}'
refuses 'a lot for nobody' 1 'nobody waits' "$gongshi" dossier message 'lot result' --correlation '"0"'
"$gongshi" dossier show "$n" >"$work/out"
task=$(sed -n 's/.*"task": "\(.*\)".*/\1/p' "$work/out" | tail -n 1)
refuses 'another party is not asked' 1 'not permitted' "$gongshi" dossier complete "$task" --party p-18
refuses 'he says whether he does' 1 'accepted' "$gongshi" dossier complete "$task" --party p-17
says 'the applicant accepts' '"ended":true' "$gongshi" dossier complete "$task" --party p-17 --with '{"accepted":"接受"}'
says 'the notice' '摊位许可公示' "$gongshi" notice list 摊位
notice=$(member notice)
page 'on the register' 200 '摊位许可公示' /
page 'found by two characters' 200 '摊位许可公示' '/notices?q=%E6%91%8A%E4%BD%8D'
page 'not by others' 200 '没有含这些词语的公示' '/notices?q=%E6%A1%A5%E6%A2%81'
page 'in English' 200 'Latest notices' / -H 'Accept-Language: en'
page 'as a page' 200 'A-07' "/n/$notice"
page 'as JSON' 200 '"value":"A-07"' "/n/$notice.json"
grep -q 'p-17' "$work/out"
point $((1 - $?)) 'only with the fields of the white list'
tries=0
until curl -sS "$url/n/$notice.json" | grep -q '"pdf":"[0-9a-f]'; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || break
    sleep 0.1
done
page 'as PDF' 200 '^%PDF' "/n/$notice.pdf"
page 'no such notice' 404 '没有这条公示' /n/999999
page 'no such page' 404 '没有这个页面' /nowhere
page 'health' 200 '"status":"ok"' /health

# ---- The API ----

page 'a wrong password' 403 'wrong' /api/login -H 'Accept-Language: en' -d '{"login":"li","password":"wrong password"}'
page 'a login' 200 '"token":' /api/login -d '{"login":"li","password":"a long enough password"}'
token=$(member token)
type=text/plain
page 'a text is no JSON' 415 'Content-Type' /api/login -d '{}'
type=application/json
page 'no act without a token' 401 '请先登录' /api/act -d '{}'
refuses 'a form with a gap' 1 '经营类别' "$gongshi" dossier start stalls --office street --subject p-18 --with '{"年龄":30}'
says 'another dossier' '"code":' "$gongshi" dossier start stalls --office street --subject p-18 \
    --with '{"年龄":30,"经营类别":"百货"}'
m=$(member dossier)
page 'one without facts waits for them' 200 '补正材料' "/d/$m?code=$(member code)"
says 'and one with' '"code":' "$gongshi" dossier start stalls --office street --subject p-19 \
    --with '{"年龄":30,"已有摊位":0,"经营类别":"百货","违规记录":"无"}'
m=$(member dossier)
page 'tasks over the API' 200 "\"task\":\"$m\\." '/api/tasks?office=street&role=clerk' -H "Authorization: Bearer $token"
wait=$(sed -n "s/.*\"task\":\"$m\\.\\([0-9]*\\)\".*/\\1/p" "$work/out")
page 'claim over the API' 200 "\"dossier\":$m" /api/act -H "Authorization: Bearer $token" \
    -d "{\"act\":\"claim\",\"dossier\":\"$m\",\"wait\":$wait,\"key\":\"c1\"}"
page 'what the person may not is 403' 403 . /api/act -H "Authorization: Bearer $token" \
    -d "{\"act\":\"cancel\",\"dossier\":\"$m\"}"
page 'what does not fit is 404' 404 . /api/act -H "Authorization: Bearer $token" \
    -d "{\"act\":\"complete\",\"dossier\":\"$m\",\"wait\":99}"
page 'an unknown member is 400 and named' 400 'colour' /api/act -H "Authorization: Bearer $token" \
    -d '{"act":"claim","colour":"red"}'
page 'the dossier over the API' 200 '"history":' "/api/dossiers/$m" -H "Authorization: Bearer $token"
says 'withdrawn by a message' '"ended":true' "$gongshi" dossier message withdrawal --correlation "\"$m\""
refuses 'a clerk takes no notice back' 1 'not permitted' "$gongshi" notice withdraw "$notice" --as li --text x
refuses 'nor amends one' 1 'not permitted' "$gongshi" notice amend "$notice" --as li --with '{"place":"A-08"}' --text x
refuses 'only what it shows' 1 'no field' "$gongshi" notice amend "$notice" --with '{"colour":"red"}' --text x
says 'a notice is amended' '"notice":' "$gongshi" notice amend "$notice" --with '{"place":"A-08"}' --text 错字
old=$notice
notice=$(member notice)
page 'the new one' 200 'A-08' "/n/$notice"
page 'the old one says what took its place' 200 "\"after\":$notice" "/n/$old.json"
says 'a notice is taken back for a reason' '{}' "$gongshi" notice withdraw "$notice" --text 刊登有误
page 'and is gone' 404 . "/n/$notice"

# ---- Papers ----

says 'a scheme with papers' '"scheme":"papers"' "$gongshi" scheme install tests/work/papers
says 'its dossier' '"dossier":' "$gongshi" dossier start papers --process order --office street --subject p-17 \
    --with '{"place":"东门","phone":1}'
d=$(member dossier)
says 'its papers' '"name": "Order"' "$gongshi" document list "$d"
order=$(grep -B1 '"name": "Order"' "$work/out" | sed -n 's/.*"document": \([0-9]*\).*/\1/p')
refuses 'nobody else seals it' 1 'not permitted' "$gongshi" document seal "$order" --as admin
says 'a seal' '{}' "$gongshi" document seal "$order" --as li
says 'service' '{}' "$gongshi" document serve "$order" --as li --how direct --to 王某
says 'is recorded' '"how": "direct"' "$gongshi" document show "$order"
says 'a block' '"first": 2' "$gongshi" document block papers Order --count 2 --holder 'pad 7' --office street
refuses 'of managers' 1 'not permitted' "$gongshi" document block papers Order --count 2 --holder x --office street \
    --as li
says 'a spoilt number' '{}' "$gongshi" document void papers/Order "$(date +%Y)" --number 2 --text 撕毁
says 'a paper from the pad' '{}' "$gongshi" document register "$d" Order --number 3 --sealed yes --as li
says 'every number is accounted for' '"unaccounted": 0' "$gongshi" document account papers/Order "$(date +%Y)"
says 'a name that no font has' '"dossier":' "$gongshi" dossier start papers --process order --office street \
    --with '{"place":"好😀","phone":1}'
d=$(member dossier)
tries=0
until "$gongshi" document list "$d" >"$work/out" && grep -q '"state": "failed"' "$work/out"; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || break
    sleep 0.1
done
says 'refuses the paper, which says why' 'U+1F600' "$gongshi" document list "$d"
refuses 'and is not sealed' 1 'could not be made' "$gongshi" document seal \
    "$(grep -B1 '"name": "Order"' "$work/out" | sed -n 's/.*"document": \([0-9]*\).*/\1/p')"
refuses 'no objection to what takes none' 1 '.' "$gongshi" notice object 999 --with '{"ground":"x"}'
says 'a proposed notice' '"dossier":' "$gongshi" dossier start papers --process publish_planned --office street \
    --with '{"of":{"party":null,"level":"A"}}'
about=$(member dossier)
"$gongshi" notice list >"$work/out"
says 'an objection' '"code":' "$gongshi" notice object "$(member notice)" --with '{"ground":"不实"}'
says 'is about its dossier' "$about" "$gongshi" dossier show "$(member dossier)"
refuses 'a rating without a token' 1 'nothing to be rated' "$gongshi" rating ABC --with '{"grade":4}'

# ---- After the server ----

stop_server
says 'decisions come out the same' '"different":0' "$gongshi" recompute
says 'the audit is chained' '"batches":' "$gongshi" audit
says 'the doctor finds nothing' '"head":' "$gongshi" doctor
refuses 'errors in Chinese' 1 '没有办件 999' "$gongshi" --lang zh dossier show 999
refuses 'a word too many' 2 'one word too many' "$gongshi" dossier show 1 2
echo "1..$count"
