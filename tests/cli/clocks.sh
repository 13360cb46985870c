#!/bin/sh
# clocks.sh GONGSHI: clocks, messages between offices and drawing by lot at the command line, with a server on a
# directory of its own; and a drawing that coreutils make again.
. "$(dirname "$0")/../served.sh"

# says TEXT COMMAND…: the output of the command has the text.
says() {
    text=$1
    shift
    "$gongshi" "$@" >"$work/out" 2>&1
    tr -d '\n' <"$work/out" | sed 's/  */ /g' | grep -qF -- "$text"
    status=$?
    point $status "gongshi $*: $text"
    [ $status -eq 0 ] || sed 's/^/# /' "$work/out"
}

"$gongshi" init "$work/data" >/dev/null
serve
"$gongshi" people office city >/dev/null
"$gongshi" people office county --in city >/dev/null
"$gongshi" people add li 李 --office county >/dev/null
"$gongshi" people give li clerk --office county >/dev/null
"$gongshi" scheme install schemes/stalls >/dev/null
"$gongshi" scheme install tests/work/eyes >/dev/null
"$gongshi" scheme install tests/work/letters >/dev/null

# ---- Clocks ----

"$gongshi" dossier start stalls --office county --subject p-1 --with '{"年龄":30,"经营类别":"百货"}' >"$work/start"
dossier=$(sed 's/.*"dossier":\([0-9]*\).*/\1/' "$work/start")
says '"state": "running"' dossier show "$dossier" --clock correct
says '"why": "the day of the start does not count"' dossier show "$dossier" --clock correct
says '"why": "开始当日不计"' --lang zh dossier show "$dossier" --clock correct
says '"number": 7' dossier show "$dossier" --clock correct
says 'the process has no clock "none"' dossier show "$dossier" --clock none
says 'a reason that rests on a clause' dossier clock "$dossier" --as li --name correct --action stop
says '"ended":false' dossier clock "$dossier" --as li --name correct --action extend --text 申请 --clause 第9条 \
    --with '{"n":3,"unit":"工作日"}'
says '"number": 10' dossier show "$dossier" --clock correct
says '"clock": "correct", "state": "running"' dossier clocks --office county

# ---- Guests and links ----

"$gongshi" dossier start eyes --process part --office county >"$work/start"
part=$(sed 's/.*"dossier":\([0-9]*\).*/\1/' "$work/start")
says '"ended":false' dossier link "$part" --as li --name about --about "$dossier"
says '"kind": "about"' dossier show "$part"
task=$("$gongshi" dossier show "$part" | sed -n 's/.*"task": "\(.*\)",/\1/p' | head -n 1)
"$gongshi" dossier invite "$task" --as li >"$work/token"
token=$(sed -n 's/.*"token":"\([0-9a-f]*\)".*/\1/p' "$work/token")
[ ${#token} -eq 64 ]
point $? 'an invitation gives a token'
says 'the link holds no longer' dossier complete "$task" --guest 0123
says '"ended":true' dossier complete "$task" --guest "$token"
says 'has ended' dossier complete "$task" --guest "$token"

# ---- Messages ----

says '{}' people transport city hand
says 'messages do not reach an office by "pigeon"' people transport city pigeon
"$gongshi" dossier start letters --process county --office county --with '{"score":1}' >"$work/start"
dossier=$(sed 's/.*"dossier":\([0-9]*\).*/\1/' "$work/start")
task=$("$gongshi" dossier show "$dossier" | sed -n 's/.*"task": "\(.*\)",/\1/p' | head -n 1)
"$gongshi" dossier claim "$task" --as li >/dev/null
"$gongshi" dossier complete "$task" --as li >/dev/null
says '"transport": "hand"' message list --office city
says 'there is no unclaimed message 1' message again 1

# ---- Drawing ----

"$gongshi" dossier start eyes --process parts --office county >"$work/start"
dossier=$(sed 's/.*"dossier":\([0-9]*\).*/\1/' "$work/start")
"$gongshi" dossier show "$dossier" >"$work/show"
# The last drawing of the list of letters: list, hash, seed and the first two, out of the history.
hash=$(sed -n 's/.*"hash": "\(.*\)",/\1/p' "$work/show" | tail -n 1)
seed=$(sed -n 's/.*"seed": "\(.*\)".*/\1/p' "$work/show" | tail -n 1)
sed -n 's/.*"list": "\(.*\)",/\1/p' "$work/show" | tail -n 1 | sed 's/\\n$//; s/\\"/"/g' |
    sed 's/\\n/\n/g' >"$work/list"
[ "$(LC_ALL=C sort "$work/list" | sha256sum | cut -c1-64)" = "$hash" ]
point $? 'the list has the hash that was kept'
while IFS= read -r item; do
    echo "$(printf '%s\n%s\n%s' "$seed" "$hash" "$item" | sha256sum | cut -c1-64) $item"
done <"$work/list" | LC_ALL=C sort | cut -c66- | head -n 2 >"$work/again"
grep -o '"drawn [^,]*' "$work/show" | sed 's/"drawn \(.*\)"$/\1/; s/\\"/"/g' | head -n 2 >"$work/drawn"
[ -s "$work/drawn" ] && cmp -s "$work/again" "$work/drawn"
point $? 'coreutils draw the same again'
[ -s "$work/drawn" ] || sed 's/^/# /' "$work/show"

# ---- Whoever was drawn and has an interest is replaced by the next of the same lot ----

for login in d1 d2 d3 d4 d5; do
    "$gongshi" people add $login $login --office county >/dev/null
    "$gongshi" people give $login drawer --office county >/dev/null
done
"$gongshi" dossier start eyes --process lot --office county >"$work/start"
lot=$(sed 's/.*"dossier":\([0-9]*\).*/\1/' "$work/start")
show() { "$gongshi" dossier show "$lot" >"$work/show"; }
text() { # NAME: of the last drawing of the history
    sed -n "s/.*\"$1\": \"\(.*\)\".*/\1/p" "$work/show" | tail -n 1
}
assignee() { # ELEMENT: the id of the person who has its open task
    tr -d '\n' <"$work/show" | grep -o "{[^{}]*\"element\": \"$1\"[^{}]*\"status\": \"open\"[^{}]*}" |
        sed -n 's/.*"assignee": \([0-9]*\).*/\1/p'
}
show
hash=$(text hash) seed=$(text seed)
order=$(text list | sed 's/\\n$//; s/\\n/\n/g' | while IFS= read -r item; do
    echo "$(printf '%s\n%s\n%s' "$seed" "$hash" "$item" | sha256sum | cut -c1-64) $item"
done | LC_ALL=C sort | cut -c66-)
nth() { echo "$order" | sed -n "$1p"; }
task=$(sed -n 's/.*"task": "\(.*\)".*/\1/p' "$work/show" | tail -n 1)
before=$(assignee first)
"$gongshi" dossier recuse "$task" --as "$(nth 3)" --text 'not even drawn' >"$work/out" 2>&1
"$gongshi" dossier recuse "$task" --as "$(nth 1)" --text 'his brother builds there' >"$work/out" 2>&1
show
[ "$(text instead)" = "$(nth 4)" ] && [ "$(text of)" = "$(nth 1)" ]
point $? "the first of the lot is replaced by the fourth: the third has an interest too"
tr -d ' \n' <"$work/show" | grep -qF "\"drawn\":[\"$(nth 4)\",\"$(nth 2)\"]"
point $? 'the second keeps his place'
tr -d ' \n' <"$work/show" | grep -qF "{\"item\":\"$(nth 3)\",\"why\":\"hasdeclaredaninterest\"}"
point $? 'who was passed over is on record, with the reason'
after=$(assignee first)
[ -n "$after" ] && [ "$after" != 0 ] && [ "$after" != "$before" ]
point $? 'his open task is with the other one'
says '"dossier":' dossier complete "$task" --as "$(nth 4)"
show
second=$(assignee second)
task=$(sed -n 's/.*"task": "\(.*\)".*/\1/p' "$work/show" | tail -n 1)
"$gongshi" dossier recuse "$task" --as "$(nth 2)" --text 'moved there' >"$work/out" 2>&1
show
[ "$(text instead)" = "$(nth 5)" ] && [ "$(assignee second)" != "$second" ]
point $? 'and the second by the fifth'
echo "1..$count"
