#!/bin/sh
# lists.sh GONGSHI: lists, ledgers, statistics and rules in the pages of officers. 2,000 sites come in through the
# browser's form, are counted, graded 1:3:1 and made known by two officers; another office learns nothing of them.
. "$(dirname "$0")/../served.sh"

# page WHO NAME STATUS PATTERN PATH [CURL OPTION...]: the answer has the status and the pattern.
page() {
    who=$1 name=$2 want=$3 pattern=$4 path=$5
    shift 5
    status=$(curl -sS -o "$work/out" -D "$work/head" -w '%{http_code}' -H 'Accept-Language: en' -b "$work/$who.jar" \
        "$@" "$url$path")
    [ "$status" = "$want" ] && cat "$work/head" "$work/out" | grep -qa -- "$pattern"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || { echo "# $status"; cat "$work/head" "$work/out" | head -c 3000 | sed 's/^/# /'; }
}

post() { # WHO NAME STATUS PATTERN PATH [CURL OPTION...]: the same, with the token of the session
    who=$1 name=$2 want=$3 pattern=$4 path=$5
    shift 5
    page "$who" "$name" "$want" "$pattern" "$path" --data-urlencode "csrf=$(cat "$work/$who.csrf")" "$@"
}

upload() { # WHO NAME STATUS PATTERN PATH FILE
    page "$1" "$2" "$3" "$4" "$5" -F "csrf=$(cat "$work/$1.csrf")" -F "file=@$6"
}

login() {
    curl -sS -o /dev/null -c "$work/$1.jar" -d "login=$1" --data-urlencode "password=$(cat "$work/password")" \
        "$url/login"
    curl -sS -b "$work/$1.jar" "$url/login" | sed -n 's/.*name="csrf" value="\([0-9a-f]*\)".*/\1/p' | head -n 1 \
        >"$work/$1.csrf"
}

# ---- Two offices, and a package ----

mkdir -p "$work/marks"
cat >"$work/marks/scheme.json" <<'END'
{"scheme": "marks", "title": {"zh": "评分（测试）", "en": "Marks"},
 "roles": {"clerk": {"title": {"zh": "经办", "en": "Clerk"}}, "leader": {"title": {"zh": "负责人", "en": "Leader"}}},
 "ledgers": {"sites": {"title": {"zh": "工地", "en": "Sites"}, "of": "office", "key": ["name"],
   "write": ["officer", "process", "import"], "fields": {
   "name": {"type": "text", "class": "public", "required": true, "index": true, "search": true},
   "score": {"type": "integer", "class": "public", "index": true},
   "street": {"type": "text", "class": "public", "index": true},
   "phone": {"type": "text", "class": "personal"},
   "colour": {"type": "text", "class": "public", "write": ["process"]}}},
   "plain": {"title": {"zh": "随记", "en": "Plain"}, "of": "office",
   "fields": {"name": {"type": "text", "class": "public"}}}},
 "parameters": {"bounds": {"title": {"zh": "下限", "en": "Bounds"}, "key": ["kind"], "value": {"least": "integer"}},
   "days": {"title": {"zh": "天数", "en": "Days"}, "key": ["step"], "value": {"days": "integer"}}},
 "assessments": {"colours": {"title": {"zh": "三色", "en": "Colours"}, "over": "sites", "order": ["score desc"],
   "ties": "down", "grade": {"by": "share", "of": {"绿": 1, "黄": 3, "红": 1}, "remainder": ["红", "黄", "绿"]},
   "approve": "leader", "then": {"write": {"colour": "grade"}}}},
 "views": {"good": {"title": {"zh": "高分", "en": "Good ones"}, "ledger": "sites", "audience": "internal",
   "fields": ["name", "score"], "where": "score >= 90", "order": "score desc"}},
 "statistics": {"share": {"title": {"zh": "及格率", "en": "Share"}, "top": "sites[score >= 60]", "bottom": "sites",
   "definition": {"zh": "六十分以上的工地", "en": "sites with sixty and more"}, "cut": "day", "show": "percent 2",
   "by": ["street"], "audience": "internal"}}}
END
mkdir -p "$work/marks/parameters"
cat >"$work/marks/parameters/bounds.csv" <<'END'
kind,least,source,state,from,to
a,10,notice 1,confirmed,2025-01-01,
b,20,,待核实,2025-01-01,
END
mkdir -p "$work/hand/process"
cat >"$work/hand/scheme.json" <<'END'
{"scheme": "hand", "title": {"zh": "推荐（测试）", "en": "Sent up"},
 "roles": {"clerk": {"title": {"zh": "经办", "en": "Clerk"}}, "leader": {"title": {"zh": "负责人", "en": "Leader"}}},
 "assessments": {"up": {"title": {"zh": "推荐名单", "en": "Recommended"}, "over": "dossiers at county/list",
   "order": ["score desc"], "ties": "up", "grade": {"by": "count", "of": {"推荐": "rest"}}, "approve": "leader",
   "then": {"message": {"name": "listed", "with": {"grade": "grade"}}}}},
 "processes": {"county": {"title": {"zh": "县", "en": "County"}, "start": {"by": ["counter"]}}}}
END
cat >"$work/hand/process/county.bpmn" <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="county_file" targetNamespace="https://gongshi.example/tests/hand">
  <message id="m_listed" name="listed">
    <extensionElements><zeebe:subscription correlationKey="=dossier.number"/></extensionElements>
  </message>
  <message id="m_answer" name="answer">
    <extensionElements><zeebe:subscription correlationKey="=dossier.number"/></extensionElements>
  </message>
  <process id="county" isExecutable="true">
    <startEvent id="start"/>
    <receiveTask id="list" messageRef="m_listed"/>
    <sendTask id="recommend"><extensionElements>
      <zeebe:taskDefinition type="gongshi.send"/>
      <zeebe:taskHeaders><zeebe:header key="message" value="recommended"/><zeebe:header key="to" value="parent office"/>
        <zeebe:header key="role" value="clerk"/></zeebe:taskHeaders>
      <zeebe:ioMapping><zeebe:input source="={score: score}" target="file"/></zeebe:ioMapping>
    </extensionElements></sendTask>
    <receiveTask id="answer" messageRef="m_answer"/>
    <userTask id="again" name="look again"><extensionElements>
      <zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="clerk"/>
    </extensionElements></userTask>
    <endEvent id="end"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="list"/>
    <sequenceFlow id="f2" sourceRef="list" targetRef="recommend"/>
    <sequenceFlow id="f3" sourceRef="recommend" targetRef="answer"/>
    <sequenceFlow id="f4" sourceRef="answer" targetRef="again"/>
    <sequenceFlow id="f5" sourceRef="again" targetRef="end"/>
  </process>
</definitions>
END
echo 'a-long-password-of-tests' >"$work/password"
{
    "$gongshi" init "$GONGSHI_DATA"
    "$gongshi" people office city 示例市
    "$gongshi" people office street 示例街道 --in city
    "$gongshi" people office other 示例他街道
    for who in li:clerk:street wang:leader:street he:manager:street zhou:clerk:other qian:manager:other \
        tang:clerk:city bao:manager:city; do
        login=${who%%:*} rest=${who#*:}
        "$gongshi" people add "$login" "$login" --office "${rest#*:}"
        "$gongshi" people password "$login" <"$work/password"
        "$gongshi" people give "$login" "${rest%%:*}" --office "${rest#*:}"
    done
    "$gongshi" scheme install "$work/marks"
    "$gongshi" scheme install "$work/hand"
    "$gongshi" people transport city hand
    for score in 90 80; do
        "$gongshi" dossier start hand --process county --office street --with "{\"score\":$score}"
    done
    for login in admin second; do
        "$gongshi" people add "$login" "$login" --office street
        "$gongshi" people password "$login" <"$work/password"
        "$gongshi" people give "$login" administrator
    done
} >"$work/init" 2>&1 || sed 's/^/# /' "$work/init"
serve --second-factor none
for who in li wang he zhou qian tang bao admin second; do
    login $who
done

# ---- A table in ----

awk 'BEGIN { print "name,score,street,phone"
    for (i = 1; i <= 2000; i++) printf "site-%04d,%d,street-%d,canary-%04d\n", i, (i * 7919) % 100, i % 5, i }' \
    >"$work/good.csv"
sed '3s/,[0-9]*,/,many,/' "$work/good.csv" >"$work/bad.csv"
page he 'a manager is asked for a table' 200 'Import a table' /office/ledgers/marks.sites/import
page li 'a clerk is not: it takes a manager' 404 'nothing here' /office/ledgers/marks.sites/import
upload he 'a table with a mistake is told so, with its line' 422 'data-label="Line">3<' \
    /office/ledgers/marks.sites/import "$work/bad.csv"
copy=$(sed -n 's/.*href="\([^"]*import\/copy[^"]*\)".*/\1/p' "$work/out" | head -n 1 | sed 's/&amp;/\&/g')
page he 'its annotated copy comes back as a workbook' 200 'spreadsheetml' "$copy"
unzip -p "$work/out" 'xl/comments*.xml' 'xl/worksheets/*.xml' 2>/dev/null | grep -q many
point $? 'with the value that is wrong'
page qian 'the copy is for nobody else' 404 'not kept' "$copy"
page he 'nothing of it was written' 200 'Nothing is in this table' /office/ledgers/marks.sites
upload he 'a table without mistakes can be imported' 200 'Nothing is written yet' /office/ledgers/marks.sites/import \
    "$work/good.csv"
token=$(sed -n 's/.*name="token" value="\([0-9a-f]*\)".*/\1/p' "$work/out" | head -n 1)
post qian 'what one has checked another cannot carry out' 422 'not kept' /office/ledgers/marks.sites/import/do \
    -d "token=$token"
post he 'and is' 303 'done=imported' /office/ledgers/marks.sites/import/do -d "token=$token"
echo 'name,score' >"$work/small.csv"
echo "site-9999,1" >>"$work/small.csv"
upload he 'a small table' 200 'Nothing is written yet' /office/ledgers/marks.sites/import "$work/small.csv"
token=$(sed -n 's/.*name="token" value="\([0-9a-f]*\)".*/\1/p' "$work/out" | head -n 1)
most=$(sed -n 's/^LIMIT(WEB_UPLOADS, \([0-9]*\),.*/\1/p' src/base/limit.def)
for i in $(seq "$most"); do
    curl -sS -o /dev/null -b "$work/he.jar" -F "csrf=$(cat "$work/he.csrf")" -F "file=@$work/small.csv" \
        "$url/office/ledgers/marks.sites/import"
done
post he 'is forgotten when WEB_UPLOADS newer ones came' 422 'not kept' /office/ledgers/marks.sites/import/do \
    -d "token=$token"
page he 'counts end at 1,000' 200 'more than 1,000 rows' /office/ledgers/marks.sites

# ---- The table ----

page li 'a view of the package has its rows' 200 '>99<' '/office/ledgers/marks.sites?view=good'
page li 'a field can be asked for' 200 '20 rows' \
    '/office/ledgers/marks.sites?field=score&op=eq&is=55'
page li 'and in FEEL' 200 '20 rows' '/office/ledgers/marks.sites?where=score%20%3D%2055'
page li 'a mistake in FEEL is told' 422 'class="problems"' '/office/ledgers/marks.sites?where=score%20%3D%3D'
page li 'a name that no field has too, with what it may be' 422 'perhaps this is meant: score' \
    '/office/ledgers/marks.sites?where=scroe%20%3D%2055'
# The words of what was imported come a moment later, in the background.
tries=0
until curl -sS -b "$work/li.jar" "$url/office/ledgers/marks.sites?q=site-0042" | grep -q '>site-0042<' ||
    [ $tries -ge 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
page li 'words are found' 200 '>site-0042<' '/office/ledgers/marks.sites?q=site-0042'
page li 'a ledger without words to search' 200 'Filter, day and office' /office/ledgers/marks.plain
! grep -q 'id="q"' "$work/out"
point $? 'does not ask for any'
page li 'columns are chosen by the address' 200 '<th scope="col"><a[^>]*>street' \
    '/office/ledgers/marks.sites?fields=street'
page li 'before it was imported it was not there' 200 'Nothing is in this table' \
    '/office/ledgers/marks.sites?known=2020-01-01'
page li 'a filter goes into the file as it is on the screen' 200 'site-' \
    '/office/ledgers/marks.sites?field=score&op=eq&is=55&as=csv'
[ "$(grep -c site- "$work/out")" = 20 ]
point $? 'with as many rows'
row=$(curl -sS -b "$work/li.jar" "$url/office/ledgers/marks.sites.json?q=site-0042" |
    grep -o '/office/ledgers/marks.sites/[0-9]*' | head -n 1)

# ---- A row ----

page li 'a row has its history' 200 'Revision 1' "$row"
post li 'a change needs a reason' 422 'say why' "$row/edit" -d revision=1 -d f.name=site-0042 -d f.score=1
post li 'is written' 303 'done=changed' "$row/edit" -d revision=1 -d f.name=site-0042 -d f.score=1 -d f.street=s \
    --data-urlencode 'reason=a slip'
page li 'and what it said before stays' 200 '<del>' "$row"
post li 'somebody was faster' 422 'class="problems"' "$row/edit" -d revision=1 -d f.name=site-0042 -d f.score=2 \
    -d reason=x
post li 'a number that is none' 422 'does not fit' "$row/edit" -d revision=2 -d f.name=site-0042 -d f.score=much \
    -d reason=x
post li 'a row is added' 303 'done=added' /office/ledgers/marks.sites/add -d f.name=new -d f.score=50 -d f.street=s
added=$(sed -n 's/^[Ll]ocation: \(.*\)?.*/\1/p' "$work/head" | tr -d '\r')
post li 'and struck' 303 'done=struck' "$added/strike" -d reason=wrong

# ---- Personal fields ----

for path in "$row" /office/ledgers/marks.sites '/office/ledgers/marks.sites?personal=1' "$row?personal=1" \
    '/office/ledgers/marks.sites?as=csv' '/office/ledgers/marks.sites/export?as=csv' \
    '/office/ledgers/marks.sites?fields=phone'; do
    curl -sS -b "$work/li.jar" "$url$path" | grep -q canary-
    [ $? -eq 1 ]
    point $? "no personal value for a clerk: $path"
done
page li 'nor can it be asked for: there is none for a clerk' 422 'has no field &quot;phone&quot; that' \
    '/office/ledgers/marks.sites?where=phone%20!%3D%20null'
page li 'nor be the order' 422 'class="problems"' '/office/ledgers/marks.sites?order=phone'
page he 'a manager sees it when he asks' 200 canary-0042 \
    '/office/ledgers/marks.sites?q=site-0042&personal=1&fields=phone'
if [ -z "${GONGSHI_TEST_POSTGRES:-}" ]; then
    grep -aqr '"what":"personal"' "$work/data"
    point $? 'and the look is noted'
fi

# ---- What takes long ----

# Many at a time by one person, of whom another one knows nothing.
taken="$url/office/ledgers/marks.sites/export?as=xlsx"
i=0
while [ $i -lt 20 ]; do
    printf 'next\nurl = "%s"\ncookie = "%s"\nsilent\n' "$taken" "$work/he.jar"
    printf 'output = "/dev/null"\nwrite-out = "%%{http_code}\\n"\n'
    i=$((i + 1))
done | sed '1d' >"$work/many"
curl -sS -Z --parallel-immediate --parallel-max 20 -K "$work/many" >"$work/codes" &
curl -sS -o /dev/null -w '%{http_code}\n' -b "$work/bao.jar" "$taken" >"$work/other"
wait $!
grep -q 200 "$work/codes" && grep -q 429 "$work/codes" && ! grep -qv -e 200 -e 429 "$work/codes"
point $? "of tables that are asked for at a time one is made: $(sort "$work/codes" | uniq -c | tr -s '\n ' ' ')"
grep -qx 200 "$work/other"
point $? 'another person has his own'
page he 'the next one is made again' 200 'spreadsheetml' '/office/ledgers/marks.sites/export?as=xlsx'

# ---- Another office ----

page zhou 'the rows of another office are not there' 200 'Nothing is in this table' /office/ledgers/marks.sites
page zhou 'nor when its code is given' 200 'Nothing is in this table' '/office/ledgers/marks.sites?office=street'
page zhou 'nor one by its number' 404 'nothing here' "$row"
page zhou 'nor are they counted' 200 '>0 counted below' /office/statistics/marks/share
page tang 'nor are they for a clerk of the office above' 200 'Nothing is in this table' \
    '/office/ledgers/marks.sites?office=street'
page tang 'who does not see one by its number' 404 'nothing here' "$row"
page tang 'nor takes them out' 200 '^.*name' '/office/ledgers/marks.sites/export?as=csv&office=street'
! grep -q 'site-' "$work/out"
point $? 'a single one'
page tang 'nor counts them' 200 '>0 counted below' '/office/statistics/marks/share?office=street'
page bao 'its manager reaches below' 200 'site-' '/office/ledgers/marks.sites?office=street'

# ---- Statistics ----

page li 'a number with its definition' 200 'sites with sixty and more' /office/statistics/marks/share
below=$(sed -n 's/.*>\([0-9]*\) counted below.*/\1/p' "$work/out" | head -n 1)
above=$(sed -n 's/.*>\([0-9]*\) counted above.*/\1/p' "$work/out" | head -n 1)
[ "$below" = 2000 ]
point $? 'counts all'
for side in top bottom; do
    want=$below
    [ $side = bottom ] || want=$above
    n=$(curl -sS -b "$work/li.jar" "$url/office/statistics/marks/share/rows?side=$side&as=csv" | sed 1d | grep -c .)
    [ "$n" = "$want" ]
    point $? "$side leads to exactly as many rows: $n"
done
n=$(curl -sS -b "$work/li.jar" "$url/office/statistics/marks/share/rows?side=bottom&group=1&as=csv" | sed 1d |
    grep -c .)
curl -sS -b "$work/li.jar" "$url/office/statistics/marks/share.json" | grep -q "\"bottom\":\"$n\""
point $? "so does a group: $n"
page li 'its chart' 200 '<svg' '/office/statistics/marks/share?as=svg'
page li 'on a past day it counts what held then' 200 'counted below' '/office/statistics/marks/share?on=2020-01-01'

# ---- A list, from new to what follows ----

post li 'a list is begun' 303 'done=new' /office/lists --data-urlencode what=marks/colours -d office=street
list=$(sed -n 's/^[Ll]ocation: \(.*\)?.*/\1/p' "$work/head" | tr -d '\r')
page zhou 'another office knows nothing of it' 404 'nothing here' "$list"
page tang 'nor a clerk of the office above' 404 'nothing here' "$list"
page bao 'its manager does' 200 'What comes next' "$list"
post zhou 'nor may it touch it' 404 'nothing here' "$list" -d act=freeze
post li 'it cannot be computed yet' 422 'class="problems"' "$list" -d act=compute
post li 'it is frozen' 303 'done=frozen' "$list" -d act=freeze
page li 'its hash is shown' 200 'Hash of those who are in it' "$list"
post li 'it is computed' 303 'done=computed' "$list" -d act=compute
begin=$(date +%s%N)
page li 'and looked through' 200 'I have looked through' "$list"
echo "# 2,000 records previewed in $((($(date +%s%N) - begin) / 1000000)) ms"
grep -q '>400<' "$work/out"
point $? '2,000 by 1:3:1'
page li 'grades have a shape' 200 'tag good' "$list?grade=%E7%BB%BF"
page li 'the strip' 200 '<svg' "$list/shape/0?as=strip"
page li 'the steps' 200 '<svg' "$list/shape/0?as=steps"
page li 'what would be, if' 200 'Nothing of this is stored' "$list?if=%7B%22x%22%3A1%7D"
post wang 'not before it was looked through' 422 'class="problems"' "$list" -d act=approve
post li 'it is handed on' 303 'done=previewed' "$list" -d act=look
post li 'who computed it does not approve it' 422 'class="problems"' "$list" -d act=approve
page wang 'the second person can' 200 'value="approve"' "$list"
result=$(sed -n 's/.*name="result" value="\([0-9a-f]*\)".*/\1/p' "$work/out" | head -n 1)
post wang 'but not another list than he saw' 422 'class="problems"' "$list" -d act=approve \
    -d "result=${result%????}0000"
post wang 'he approves' 303 'done=approved' "$list" -d act=approve -d "result=$result"
tries=0
until curl -sS -b "$work/li.jar" "$url$list" | grep -q 'How it came about\|办理经过' && [ $tries -gt 3 ]; do
    post li "it is carried out, part $((tries + 1))" 303 'done=' "$list" -d act=carry
    tries=$((tries + 1))
    grep -q 'done=carried' "$work/head" && break
done
page li 'all is carried out' 200 'Carried out' "$list"
page li 'the grade is in the ledger' 200 '2000\|more than 1,000' \
    '/office/ledgers/marks.sites?where=colour%20!%3D%20null'
page li 'computed again it is the same' 200 'every hash is right' "$list?verify=1"
post li 'a struck one needs a reason' 422 'say why' "$list/strike" -d entry=1 -d act=strike
page li 'the whole list as CSV' 200 'site-' "$list?as=csv"
[ "$(grep -c site- "$work/out")" = 2000 ]
point $? 'has 2,000 rows'
post li 'a correction is begun' 303 'done=new' /office/lists --data-urlencode what=marks/colours -d office=street \
    -d "corrects=${list##*/}"

# ---- Rules ----

page li 'the scheme is to be read' 200 'Parameters in force today' /office/schemes/marks
page li 'not simulated by a clerk' 403 'role administrator' /office/schemes/marks/simulate \
    -d "csrf=$(cat "$work/li.csrf")"
page li 'a scheme that is not there' 404 'nothing here' /office/schemes/nope
page li 'working days' 200 'Working days of' '/office/calendar?year=2026'
page li 'messages' 200 'Messages between offices' /office/messages
page li 'rounds: none yet' 200 'No round has been opened yet' /office/rounds

# ---- A list that goes up on paper, and what comes back ----

post li 'a list of dossiers' 303 'done=new' /office/lists --data-urlencode what=hand/up -d office=street
up=$(sed -n 's/^[Ll]ocation: \(.*\)?.*/\1/p' "$work/head" | tr -d '\r')
post li 'frozen' 303 'done=frozen' "$up" -d act=freeze
post li 'computed' 303 'done=computed' "$up" -d act=compute
post li 'handed on' 303 'done=previewed' "$up" -d act=look
post li 'nothing of it is to be handed over yet' 422 'nothing waits to be handed over' "$up" -d act=hand \
    -d date=2026-03-02 --data-urlencode 'paper=no-7'
post wang 'signed' 303 'done=approved' "$up" -d act=approve
post li 'sent up' 303 'done=carried' "$up" -d act=carry
tries=0
until curl -sS -H 'Accept-Language: en' -b "$work/li.jar" "$url$up" | grep -q 'Register the hand-over' ||
    [ $tries -ge 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
page li 'it goes on paper, and the list asks for its number' 200 'to be handed over on paper' "$up"
page tang 'an officer of the other office learns nothing of it' 404 'nothing here' "$up"
post zhou 'nor registers it' 404 'nothing here' "$up" -d act=hand -d date=2026-03-02 -d paper=no-7
post li 'not without a number' 422 'registered with the day and the number' "$up" -d act=hand -d date=2026-03-02
post li 'it is registered for all at once' 303 'done=handed' "$up" -d act=hand -d date=2026-03-02 -d paper=no-7
page li 'by whom, and under which number' 200 'li<br><span class="quiet">no-7' "$up"
[ "$(grep -o 'handed over, no answer yet' "$work/out" | wc -l)" = 2 ]
point $? 'both of them'
task=$(sed -n 's/.*href="\(\/office\/d\/[0-9]*\/t\/[0-9]*\)">Register the answer<.*/\1/p' "$work/out" | head -n 1)
post li 'its answer has a task of its own' 303 'done=claim' "$task" -d do=claim
page li 'which says what is waited for' 200 '<option value="answer">' "$task"
post li 'and is not done without one' 422 'say what the answer is' "$task" -d do=complete \
    --data-urlencode -date=2026-03-02 --data-urlencode -paper=city-8
post li 'the answer is registered' 303 'done=complete' "$task" -d do=complete --data-urlencode '-date=2026-03-02' \
    --data-urlencode '-paper=city-8' --data-urlencode '-message=answer' --data-urlencode '-answer=returned' \
    --data-urlencode '-ground=a photo is missing'
tries=0
until curl -sS -b "$work/li.jar" -H 'Accept-Language: en' "$url$up" | grep -q '>answered<' || [ $tries -ge 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
page li 'what came back stands on the list, with its reason' 200 '<strong>returned</strong> a photo is missing' "$up"
grep -q '示例市 20[0-9-]* · city-8' "$work/out"
point $? 'from whom, when, by which paper'

# ---- A round ----

# table WHO NAME STATUS PATTERN FILE: a table of the bounds is taken into the round, its first step.
table() {
    page "$1" "$2" "$3" "$4" "$round/import" -F "csrf=$(cat "$work/$1.csrf")" -F parameter=bounds -F "file=@$5"
}

round=/office/rounds/marks/2027
post li 'a clerk opens none' 403 'role administrator' /office/rounds -d scheme=marks -d round=2027 -d from=2027-01-01
post admin 'not without a day' 422 'class="problems"' /office/rounds -d scheme=marks -d round=2027 -d from=soon
post admin 'a round is opened' 303 "ocation: $round?done=opened" /office/rounds -d scheme=marks -d round=2027 \
    -d from=2027-01-01
page li 'and listed, with what lacks a source' 200 'without a source: 1' /office/rounds
page li 'a row without a source is told' 200 '>no source<' "$round"
page li 'and a parameter without a row' 200 'cannot be determined in this round' "$round"
page li 'the table goes out' 200 'b,20,,待核实,2027-01-01' "$round/export?parameter=bounds&as=csv"
page li 'as a workbook too' 200 'spreadsheetml' "$round/export?parameter=bounds&as=xlsx"
page li 'of a parameter that there is' 404 'nothing here' "$round/export?parameter=nope"
page li 'a clerk takes none in' 403 'role administrator' "$round/import?parameter=bounds"
page admin 'an administrator is asked for one' 200 'waits for a second person' "$round/import?parameter=bounds"
curl -sS -b "$work/admin.jar" -o "$work/round.csv" -H 'Accept-Language: en' "$url$round/export?parameter=bounds&as=csv"
sed 's/^b,20,/b,many,/' "$work/round.csv" >"$work/round-bad.csv"
table admin 'a mistake is told with its line' 422 'data-label="Line">[23]<' "$work/round-bad.csv"
copy=$(sed -n 's/.*href="\([^"]*import\/copy[^"]*\)".*/\1/p' "$work/out" | head -n 1 | sed 's/&amp;/\&/g')
page admin 'and comes back in the table' 200 'spreadsheetml' "$copy"
unzip -p "$work/out" 'xl/comments*.xml' 'xl/worksheets/*.xml' 2>/dev/null | grep -q many
point $? 'beside its cell'
sed 's/2027-01-01/2027-02-01/' "$work/round.csv" >"$work/round-day.csv"
table admin 'the day of a round stays' 422 'fixed when a round is opened' "$work/round-day.csv"
{
    sed 's/^b,20,,/b,25,notice 2,/' "$work/round.csv"
    echo 'c,30,notice 2,待核实,2027-01-01,'
} >"$work/round-good.csv"
table admin 'a changed row, a new one, one as it was' 200 '<dt>Rows that change</dt><dd>1</dd>' "$work/round-good.csv"
grep -q '<dt>New rows</dt><dd>1</dd>.*<dt>Rows that stay as they are</dt><dd>1</dd>' "$work/out"
point $? 'are told before anything is written'
token=$(sed -n 's/.*name="token" value="\([0-9a-f]*\)".*/\1/p' "$work/out" | head -n 1)
page li 'nothing is written yet' 200 'all as before' "$round"
post admin 'they are taken in' 303 "ocation: $round?done=imported" "$round/import/do" -d "token=$token" \
    -d parameter=bounds
page li 'what changed is said in words' 200 'least: 20 → 25' "$round"
grep -q '>To be verified<' "$work/out"
point $? 'and waits'
row=$(sed -n 's/.*<tr id="r\([0-9]*\)"><td data-label="Values">kind: b.*/\1/p' "$work/out")
fresh=$(sed -n 's/.*<tr id="r\([0-9]*\)"><td data-label="Values">kind: c.*/\1/p' "$work/out")
post admin 'who brought it in does not confirm it' 422 'a second person must confirm' "$round" -d act=confirm \
    -d "row=$row" -d paper=no-1
post admin 'not the new one either' 422 'a second person must confirm' "$round" -d act=confirm -d "row=$fresh" \
    -d paper=no-1
post li 'nor does a clerk' 403 'role administrator' "$round" -d act=confirm -d "row=$row" -d paper=no-1
post second 'a second one not without a paper' 422 'which paper' "$round" -d act=confirm -d "row=$row"
post second 'with one he does' 303 'done=confirmed' "$round" -d act=confirm -d "row=$row" -d paper=no-1
page li 'who confirmed it, and by which paper' 200 'Confirmed</span> second<br><span class="quiet">no-1' "$round"
post admin 'a confirmed row stays' 422 'confirmed already' "$round" -d act=set -d "row=$row" -d f.least=26
table admin 'by a table too' 422 'confirmed already' "$work/round.csv"
post admin 'a number that is none' 422 'does not fit' "$round" -d act=set -d "row=$fresh" -d f.least=much
post admin 'a row is changed on the page' 303 'done=set' "$round" -d act=set -d "row=$fresh" -d f.least=31
page li 'and shows it' 200 'kind: c · least: 31' "$round"
page li 'a scheme that there is not has no round' 404 'nothing here' /office/rounds/nope/2027
echo "1..$count"
