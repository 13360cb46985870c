#!/bin/sh
# party.sh GONGSHI: parties entered, looked at and erased with the commands of docs/party.md. What is personal about one
# is planted in the register, in forms, drafts and a ledger; after the erasure no byte of it may be in the data
# directory, in the shipping directory or in a backup.
. "$(dirname "$0")/../served.sh"

# says NAME STATUS PATTERN COMMAND...: the command ends with the status, and says what has the pattern.
says() {
    name=$1 want=$2 pattern=$3
    shift 3
    "$gongshi" "$@" >"$work/out" 2>&1
    status=$?
    [ $status -eq "$want" ] && tr -d '\n' <"$work/out" | grep -q -- "$pattern"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || sed "s/^/# ($status) /" "$work/out"
}

member() { # NAME: its value in the last answer
    sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p" "$work/out" | head -n 1
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
  "told": {"type": "text", "class": "personal"}, "hidden": {"type": "text", "class": "sealed"}}}}}
JSON
cat >"$work/visit/forms/tell.form" <<'JSON'
{"type": "default", "id": "tell", "schemaVersion": 16, "components": [
 {"type": "textfield", "key": "topic", "label": "Topic"},
 {"type": "textfield", "key": "told", "label": "Told", "properties": {"class": "personal"}}]}
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
serve --ship "$work/ship"
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
says "and answered" 0 '' dossier complete "$dossier.$(wait_of)" --with '{"topic":"a","told":"CANARY-E"}' --as li
says "its draft is gone" 1 "there is no draft" dossier draft "$dossier.$wait" --as li
says "so is the next" 0 '' dossier claim "$dossier.$(wait_of)" --as li
says "whose answers are held" 0 '' dossier complete "$dossier.$(wait_of)" \
    --with '{"topic":"b","told":"CANARY-F"}' --as li
says "a row of a ledger" 0 '"row"' ledger add visit.visits \
    "{\"party\":\"$handle\",\"told\":\"CANARY-G\",\"hidden\":\"CANARY-H\"}" --office street --as li
row=$(member row)
says "a change of it" 0 '"row"' ledger change visit.visits "$row" '{"told":"CANARY-I"}' --reason 更正 --as li

# ---- Erasing ----

says "erasing needs a person" 1 "a person who answers for it" party erase "$handle" --text 申请
says "and a reason" 1 "erasing needs a reason" party erase "$handle" --as zhao
says "a clerk may not" 1 "it is not permitted to erase" party erase "$handle" --text 申请 --as li
says "a manager may" 0 '"erased": 1' party erase "$handle" --text 本人申请 --as zhao
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
says "usage" 2 "of what" party show
says "usage of the whole" 2 "party add VALUES" party
echo "1..$count"
