#!/bin/sh
# assess.sh GONGSHI: the lot of schemes/stalls through the office. 65 applications wait, 40 places: the list is frozen
# and made known, the seed is given, the order is made again with sha256sum and sort, another person approves, the
# dossiers are answered. In the middle of it the server is killed; a refusal calls the next.
. "$(dirname "$0")/../served.sh"

# says NAME STATUS PATTERN COMMAND...: the command ends with the status, and its output has the pattern.
says() {
    name=$1 want=$2 pattern=$3
    shift 3
    "$@" >"$work/out" 2>&1
    status=$?
    [ $status -eq "$want" ] && grep -q -- "$pattern" "$work/out"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || head -c 2000 "$work/out" | sed "s/^/# ($status) /"
}

# waits PATTERN COMMAND...: asks again until the output has it, at most half a minute.
waits() {
    pattern=$1 tries=0
    shift
    until "$@" >"$work/out" 2>&1 && grep -q -- "$pattern" "$work/out"; do
        tries=$((tries + 1))
        [ $tries -lt 150 ] || return 1
        sleep 0.2
    done
}

accepting() { # how many dossiers have been given a place
    "$gongshi" dossier tasks --office street --role applicant | grep -c '"element": "accept"'
}

# ---- 65 applications that wait ----

"$gongshi" init "$GONGSHI_DATA" >/dev/null
"$gongshi" people office street 示例街道 >/dev/null
"$gongshi" people office other 示例他街道 >/dev/null
serve
for person in li:clerk wang:leader zhao:leader; do
    "$gongshi" people add "${person%:*}" "${person%:*}" --office street >/dev/null
    "$gongshi" people give "${person%:*}" "${person#*:}" --office street >/dev/null
done
"$gongshi" people add sun sun --office other >/dev/null
"$gongshi" people give sun clerk --office other >/dev/null
cp -r schemes/stalls "$work/stalls"
sed -i 's/"announce": "P3D"/"announce": "PT0S"/' "$work/stalls/scheme.json"
"$gongshi" scheme install "$work/stalls" >/dev/null
n=0
while [ $n -lt 65 ]; do
    n=$((n + 1))
    reserved=false
    [ $n -gt 5 ] || reserved=true
    "$gongshi" dossier start stalls --office street --subject "p-$n" \
        --with "{\"年龄\":30,\"已有摊位\":0,\"经营类别\":\"百货\",\"违规记录\":\"无\",\"本街道居民\":true,\"困难户\":$reserved}" \
        >"$work/out" 2>&1
    dossier=$(member dossier)
    echo "$dossier $reserved" >>"$work/applied"
    "$gongshi" dossier show "$dossier" >"$work/out"
    task=$(member task)
    "$gongshi" dossier claim "$task" --as li >/dev/null
    "$gongshi" dossier complete "$task" --as li --with '{"met":true,"remark":""}' >/dev/null
done
point "$([ "$(wc -l <"$work/applied")" = 65 ]; echo $?)" '65 dossiers were begun'

# ---- The list, its hash, the seed ----

says 'an assessment is begun' 0 '"state": "draft"' "$gongshi" assess new stalls lot --office street --as li
id=$(member assessment)
says 'nothing is computed before it is frozen' 1 'must be one of' "$gongshi" assess compute "$id" --as li
says 'it is frozen with all who wait' 0 '"count": 65' "$gongshi" assess freeze "$id" --as li
hash=$(member list_hash)
"$gongshi" assess names "$id" >"$work/list"
point "$([ "$(sha256sum <"$work/list" | cut -c1-64)" = "$hash" ]; echo $?)" 'its hash is that of the list, by sha256sum'
point "$([ "$(cut -d' ' -f1 "$work/applied" | LC_ALL=C sort)" = "$(cat "$work/list")" ]; echo $?)" 'the list has the 65'
says 'no lot without a seed' 1 'seeded' "$gongshi" assess compute "$id" --as li
says 'an officer of another street may not give the seed' 1 'permitted' "$gongshi" assess seed "$id" 1 --as sun
says 'the seed is given' 0 '"state": "seeded"' "$gongshi" assess seed "$id" '福彩3D 2026061: 3 1 4' --as li
says 'and given once' 1 'is seeded' "$gongshi" assess seed "$id" other --as li
says 'the lot is drawn' 0 '"state": "computed"' "$gongshi" assess compute "$id" --as li
says 'nobody approves what nobody has looked at' 1 'previewed' "$gongshi" assess approve "$id" --as wang
says 'the list can be looked at' 0 '"quota": 40' "$gongshi" assess preview "$id" --as li
result=$(member result)

# ---- Drawn again with a shell ----

seed='福彩3D 2026061: 3 1 4'
while read -r dossier; do
    group=1
    grep -q "^$dossier true" "$work/applied" && group=0
    echo "$group $(printf '%s\n%s\n%s' "$seed" "$hash" "$dossier" | sha256sum | cut -c1-64) $dossier"
done <"$work/list" | LC_ALL=C sort | cut -d' ' -f3 >"$work/drawn"
sed -n 's/^ *"id": "\(.*\)",*$/\1/p' "$work/out" >"$work/listed"
cmp -s "$work/drawn" "$work/listed"
point $? 'sha256sum and sort give the same order'
first=$(head -n 5 "$work/drawn" | while read -r d; do grep -c "^$d true" "$work/applied"; done | sort -u)
point "$([ "$first" = 1 ]; echo $?)" \
    'the reserved ones stand before all others'

# ---- Approved by another, carried out, killed in between ----

says 'who computed it does not approve it' 1 'permitted' "$gongshi" assess approve "$id" --as li
says 'the program does not approve' 1 'permitted' "$gongshi" assess approve "$id"
says 'another list is not approved' 1 'not the one' "$gongshi" assess approve "$id" --result 00 --as wang
says 'nothing is carried out before' 1 'approved' "$gongshi" assess carry-out "$id" --as li
says 'another person approves' 0 '"state": "approved"' "$gongshi" assess approve "$id" --result "$result" --as wang
gone=$(sed -n 7p "$work/drawn")
next=$(sed -n 41p "$work/drawn")
says 'one takes his application back' 0 dossier "$gongshi" dossier message withdrawal --dossier "$gone" \
    --correlation "\"$gone\""
waits '"called": 7' "$gongshi" assess show "$id"
point $? 'the first of the reserve has his place, and nobody was asked'
says 'ten are carried out' 0 '"state": "approved"' "$gongshi" assess carry-out "$id" --most 10 --as li
kill -9 "$server"
wait "$server" 2>/dev/null
serve
says 'after kill -9 the rest is carried out' 0 '"state": "done"' "$gongshi" assess carry-out "$id" --as li
says 'twice is no more than once' 0 '"state": "done"' "$gongshi" assess carry-out "$id" --as li
point "$([ "$(accepting)" = 40 ]; echo $?)" '40 have their place'
"$gongshi" assess show "$id" >"$work/out"
point "$([ "$(grep -c '"outcome": "done"' "$work/out")" = 40 ]; echo $?)" '40 were answered'
point "$([ "$(grep -c '"outcome": "none"' "$work/out")" = 24 ]; echo $?)" '24 are in reserve'
point "$(grep -q '"struck": "办件已到“withdrawn_end”"' "$work/out"; echo $?)" 'the one who had left is named'
says 'a first one got the first place' 0 '"A-01"' "$gongshi" dossier show "$(sed -n 1p "$work/drawn")"

# ---- The next is called ----

says 'for the one who left the first of the reserve is called to the same place' 0 '"A-07"' \
    "$gongshi" dossier show "$next"
first=$(sed -n 1p "$work/drawn") third=$(sed -n 43p "$work/drawn")
says 'an officer calls the one after him' 0 "\"next\": \"$(sed -n 42p "$work/drawn")\"" \
    "$gongshi" assess call "$id" "$next" --text 逾期未确认 --as li
says 'again to that place' 0 '"A-07"' "$gongshi" dossier show "$(sed -n 42p "$work/drawn")"
"$gongshi" dossier show "$first" >"$work/out"
task=$(sed -n 's/.*"task": "\(.*\)".*/\1/p' "$work/out" | tail -n 1)
says 'who declines his place ends' 0 '"ended":true' "$gongshi" dossier complete "$task" --party \
    "$("$gongshi" dossier show "$first" | sed -n 's/.*"subject": "\(.*\)".*/\1/p' | head -n 1)" \
    --with '{"accepted":"放弃"}'
waits '"A-01"' "$gongshi" dossier show "$third"
point $? 'and the next of the reserve has it'
says 'nobody is called twice' 1 'struck already' "$gongshi" assess call "$id" "$gone" --text x --as li
says 'all of it can be computed again' 0 '"different": 0' "$gongshi" assess verify "$id"

# ---- What if ----

says 'under the same rules nothing is otherwise' 0 '"different": 0' "$gongshi" simulate --over stalls
says 'with another age all 65 are' 0 '"different": 65' "$gongshi" simulate --over stalls --with '{"最低年龄": 31}'
says 'from what to what, how often' 0 '"from": "met"' "$gongshi" simulate --over stalls --with '{"最低年龄": 31}'
says 'and by which rule' 0 '"id": "age-not"' "$gongshi" simulate --over stalls --with '{"最低年龄": 31}'
says 'with its clause' 0 '"条款（示例）": "示例条款一"' "$gongshi" simulate --over stalls --with '{"最低年龄": 31}'
sed -i 's/<text>&gt;= 0</<text>\&gt;= 13</' "$work/stalls/rules/eligibility.dmn"
says 'under a changed package too' 0 '"different": 65' "$gongshi" simulate --over stalls --scheme "$work/stalls" \
    --decision eligibility
says 'nothing of it is stored' 0 '"different":0' "$gongshi" recompute
says 'the list of assessments' 0 '"name": "lot"' "$gongshi" assess list stalls
says 'the audit is sound' 0 rows "$gongshi" audit
echo "1..$count"
