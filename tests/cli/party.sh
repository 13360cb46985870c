#!/bin/sh
# party.sh GONGSHI: parties entered, looked at and erased with the commands of docs/party.md. What is personal about one
# is planted in the register, in forms, drafts and a ledger; after the erasure no byte of it may be in the data
# directory, in the shipping directory or in a backup; files that were attached go too, also when the program is killed
# in between, but for those that another party has.
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/../says.sh"

# file NAME TEXT: a paper with that text, and what answers have of it in $answer.
file() {
    printf '%%PDF-1.4\n%s' "$2" >"$work/$1.pdf"
    hash=$(sha256sum "$work/$1.pdf" | cut -c 1-64)
    answer="{\"hash\":\"$hash\",\"name\":\"$2.pdf\",\"type\":\"application/pdf\",\"size\":$(wc -c <"$work/$1.pdf")}"
}

# attach NAME FILE...: li adds files to the draft of his task, by the page.
attach() {
    name=$1
    shift
    for paper in "$@"; do
        shift
        set -- "$@" -F "proof=@$work/$paper.pdf"
    done
    code=$(curl -sS -b "$work/li" -o "$work/out" -w '%{http_code}' -F "csrf=$token" -F do=save "$@" \
        "$url/visits/$dossier/$(wait_of)")
    [ "$code" = 303 ]
    point $? "$name ($code)"
}

# nowhere NAME FOLDER...: no file of the folders has a canary.
nowhere() {
    name=$1
    shift
    grep -raol CANARY "$@" >"$work/found" 2>&1
    [ $? -eq 1 ]
    point $? "$name"
    sed 's/^/# /' "$work/found"
}

mkdir -p "$work/visit/process" "$work/visit/forms" "$work/visit/ledgers"
cat >"$work/visit/scheme.json" <<'JSON'
{"scheme": "visit", "processes": {"visit": {"subject": "party", "start": {"by": ["counter", "web"], "form": "tell"},
 "tasks": {"see": {"form": "tell"}, "confirm": {"form": "tell", "people": 2}}}},
 "ledgers": {"visits": {"of": "party", "fields": {"party": {"type": "party", "required": true, "index": true},
  "told": {"type": "text", "class": "personal"}, "paper": {"type": "file"},
  "hidden": {"type": "text", "class": "sealed"}}}}}
JSON
cat >"$work/visit/forms/tell.form" <<'JSON'
{"type": "default", "id": "tell", "schemaVersion": 16, "components": [
 {"type": "textfield", "key": "topic", "label": "Topic"},
 {"type": "textfield", "key": "told", "label": "Told", "properties": {"class": "personal"}},
 {"type": "filepicker", "key": "proof", "label": "Proof", "multiple": true, "properties": {"class": "personal"}}]}
JSON
cat >"$work/visit/process/visit.bpmn" <<'XML'
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
<process id="visit" isExecutable="true"><startEvent id="s"/>
<userTask id="see"><extensionElements><zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="clerk"/>
</extensionElements></userTask>
<userTask id="confirm"><extensionElements><zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="clerk"/>
</extensionElements></userTask><endEvent id="e"/>
<sequenceFlow id="f" sourceRef="s" targetRef="see"/><sequenceFlow id="g" sourceRef="see" targetRef="confirm"/>
<sequenceFlow id="h" sourceRef="confirm" targetRef="e"/></process></definitions>
XML

# ---- Codes ----

says "a sound code" 0 '"fault":"sound"' party check 91330424MA9XXXX112
says "a wrong check digit, and which it should be" 1 '"fault":"check digit","expected":"2"' \
    party check 91330424MA9XXXX110
says "a letter that is none" 1 '"fault":"letter","place":18' party check 91330424MA9XXXX11I
says "too short" 1 '"fault":"length"' party check 9133

# ---- Entering ----

says "a data directory" 0 "is ready" init "$work/data"
says "an office" 0 '"office"' people office street 街道
says "a clerk" 0 '"person"' people add li 李某 --office street
says "his role" 0 '' people give li clerk --office street
says "another" 0 '"person"' people add wang 王某 --office street
says "his role" 0 '' people give wang clerk --office street
says "a manager" 0 '"person"' people add zhao 赵某 --office street
says "his role" 0 '' people give zhao manager --office street
says "a scheme" 0 '"scheme":"visit"' scheme install "$work/visit"
echo 'a-long-password-of-tests' >"$work/password"
says "his password" 0 '' people password li <"$work/password"
serve --ship "$work/ship" --second-factor none
point "$([ -s "$work/url" ]; echo $?)" "a server that ships"
says "an enterprise" 0 '"handle": "91330424MA9XXXX112"' party add \
    '{"kind":"企业","code":"91330424MA9XXXX112","name":"示例公司"}' --office street
says "its code is a handle once" 1 "" party add '{"kind":"企业","code":"91330424MA9XXXX112","name":"另一家"}' --office street
says "a wrong check digit is refused, and how" 1 'the last character should be 2' party add \
    '{"kind":"企业","code":"91330424MA9XXXX110","name":"另一家"}' --office street
says "with a reason it is a warning" 0 '"warning": ".*it should be 2' party add \
    '{"kind":"企业","code":"91330424MA9XXXX110","name":"另一家","code reason":"证照如此"}' --office street --as li
says "a person" 0 '"handle": "p' party add \
    '{"kind":"自然人","person":"CANARY-A","identity":"CANARY-B","phone":"CANARY-C","area":"某村"}' --as li
handle=$(member handle)
says "is shown" 0 '"某村".*' party show "$handle"
! grep -q '"commitment"\|CANARY\|"phone"\|"identity"' "$work/out"
point $? "and nothing personal of it, not even that there is any"
says "parties are listed" 0 "示例公司" party list
says "nobody is there" 1 "there is no party" party show pnobody
says "another person" 0 '"handle": "p' party add '{"kind":"自然人","person":"钱某"}' --as li
other=$(member handle)

# ---- What is personal elsewhere ----

says "a dossier about him" 0 '"dossier":' dossier start visit --office street --subject "$handle" \
    --with '{"topic":"pension","told":"CANARY-D"}' --as li
dossier=$(member dossier)
wait_of() { # the wait of its open task
    "$gongshi" dossier show "$dossier" | tr -d '\n ' | sed 's/},{/}\n{/g; s/\[{/\n{/g' | grep '"status":"open"' |
        sed -n 's/.*"task":"[0-9]*[.]\([0-9]*\)".*/\1/p' | head -n 1
}
says "a task of it is taken" 0 '' dossier claim "$dossier.$(wait_of)" --as li
says "a draft of its answers" 0 '' dossier save "$dossier.$(wait_of)" --with '{"told":"CANARY-K"}' --as li
says "is shown again" 0 'CANARY-K' dossier draft "$dossier.$(wait_of)" --as li
says "to nobody else" 1 "there is no draft" dossier draft "$dossier.$(wait_of)" --as wang
says "nor kept by anybody else" 1 "" dossier save "$dossier.$(wait_of)" --with '{}' --as wang
says "a draft of a start" 0 '' dossier save visit --office street --subject "$handle" \
    --with '{"told":"CANARY-L"}' --as li
says "is shown too" 0 'CANARY-L' dossier draft visit --subject "$handle" --as li
wait=$(wait_of)
curl -sS -o "$work/out" -c "$work/li" -d login=li --data-urlencode 'password=a-long-password-of-tests' "$url/login"
token=$(curl -sS -b "$work/li" "$url/login" | sed -n 's/.*name="csrf" value="\([0-9a-f]*\)".*/\1/p' | head -n 1)
file left CANARY-O
file own CANARY-M
own=$hash files=$answer
file shared SHARED
shared=$hash files=$files,$answer both=$answer
file listed LISTED
listed=$hash list=$answer
attach "files are added to it" left own shared listed
says "the draft has them" 0 "$own" dossier draft "$dossier.$wait" --as li
file unsaved CANARY-Q
unsaved=$hash
curl -sS -b "$work/li" -o "$work/out" -F "csrf=$token" -F do=paper -F "proof=@$work/unsaved.pdf" \
    "$url/visits/$dossier/$(wait_of)"
! "$gongshi" dossier draft "$dossier.$wait" --as li | grep -q "$unsaved"
point $? "one that came for a look at the paper is in no draft"
says "and answered" 0 '' dossier complete "$dossier.$(wait_of)" --as li \
    --with "{\"topic\":\"a\",\"told\":\"CANARY-E\",\"proof\":[$files]}"
says "its draft is gone" 1 "there is no draft" dossier draft "$dossier.$wait" --as li
says "so is the next" 0 '' dossier claim "$dossier.$(wait_of)" --as li
says "whose answers are held" 0 '' dossier complete "$dossier.$(wait_of)" \
    --with '{"topic":"b","told":"CANARY-F"}' --as li
says "a row of a ledger" 0 '"row"' ledger add visit.visits \
    "{\"party\":\"$handle\",\"told\":\"CANARY-G\",\"hidden\":\"CANARY-H\"}" --office street --as li
row=$(member row)
says "a dossier about the other, with a file of the same bytes" 0 '"dossier":' dossier start visit --office street \
    --subject "$other" --with "{\"topic\":\"x\",\"proof\":[$both]}" --as li
says "a file that is not marked as personal" 0 '"row"' ledger add visit.visits \
    "{\"party\":\"$handle\",\"paper\":$list}" --office street --as li
has_files() { # NAME FOLDER HASH...: the blobs are there, with more than what an erasure leaves
    name=$1 folder=$2 missing=0
    shift 2
    for one in "$@"; do
        grep -q PDF "$folder/blobs/$(echo "$one" | cut -c 1-2)/$(echo "$one" | cut -c 3-)" || missing=1
    done
    point $missing "$name"
}
has_files "all are kept" "$work/data" "$own" "$unsaved" "$shared" "$listed"
has_files "and shipped" "$work/ship" "$own" "$shared" "$listed"
says "a change of it" 0 '"row"' ledger change visit.visits "$row" '{"told":"CANARY-I"}' --reason 更正 --as li

# ---- Erasing ----

says "erasing needs a person" 1 "a person who answers for it" party erase "$handle" --text 申请
says "and a reason" 1 "erasing needs a reason" party erase "$handle" --as zhao
says "a clerk may not" 1 "it is not permitted to erase" party erase "$handle" --text 申请 --as li
shelf=$work/ship/blobs/$(echo "$own" | cut -c 1-2)
mv "$shelf" "$work/aside" && : >"$shelf"
says "a manager may, and a disk refuses when the keys are gone" 3 "Not a directory" \
    party erase "$handle" --text 本人申请 --as zhao
has_files "the files are still there" "$work/data" "$own"
kill -9 "$server"
wait "$server" 2>/dev/null
rm "$shelf" && mv "$work/aside" "$shelf"
serve --ship "$work/ship" --second-factor none
nowhere "after a kill the next start erases them" "$work/data/blobs" "$work/ship/blobs"
says "again: there is nothing to do but what was asked" 0 '"erased": 1' party erase "$handle" --text 再次申请 --as zhao
has_files "the other party's file stays, and what is not personal" "$work/data" "$shared" "$listed"
has_files "in the shipping directory too" "$work/ship" "$shared" "$listed"
says "the draft is gone" 1 "the data were erased" dossier draft visit --subject "$handle" --as li
says "the row is still there" 0 '"某村"' party show "$handle"
says "whoever may see what was personal sees nothing" 0 '"told": null' ledger history visit.visits "$row" --personal
says "nothing personal is entered under the name any more" 1 "the data were erased" ledger add visit.visits \
    "{\"party\":\"$handle\",\"told\":\"CANARY-J\"}" --office street --as li
says "the second person still signs" 0 '' dossier claim "$dossier.$(wait_of)" --as wang
says "and the dossier ends" 0 '"ended":true' dossier complete "$dossier.$(wait_of)" --with '{"agree":true}' --as wang
says "decisions are computed again" 0 '"different":0' recompute
says "a backup" 0 '' backup "$work/copy"
stop_server
says "the audit is sound" 0 '"head"' audit
says "another backup" 0 '' backup "$work/copy2"
[ -s "$work/data/keys" ] && [ -s "$work/ship/keys" ]
point $? "keys are in the data and in the shipping directory"
nowhere "no canary in the data directory" "$work/data"
nowhere "none in the shipping directory" "$work/ship"
nowhere "none in the backups" "$work/copy" "$work/copy2"
has_files "what others have is in them" "$work/copy2" "$shared" "$listed"
says "the doctor finds no damage" 0 '' doctor "$work/data"
for place in copy2 ship; do
    "$gongshi" doctor "$work/$place" >"$work/out" 2>&1 && [ ! -s "$work/out" ]
    point $? "nor in $place"
done
says "restoring is proven, and tells of the three files" 0 '"erased":3' verify-restore "$work/ship"
says "from the backup too" 0 '"erased":3' verify-restore "$work/copy2"
says "usage" 2 "of what" party show
says "usage of the whole" 2 "party add VALUES" party
echo "1..$count"
