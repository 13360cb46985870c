#!/bin/sh
# demo.sh GONGSHI: gongshi demo makes a district that works: its people can log in, its dossiers stand where they
# should, its notices are marked as samples, and its decisions come out the same.
. "$(dirname "$0")/../served.sh"

# says NAME PATTERN COMMAND...: the command is done, and its output has the pattern.
says() {
    name=$1 pattern=$2
    shift 2
    "$@" >"$work/out" 2>&1 && grep -q -- "$pattern" "$work/out"
    point $? "$name"
}

"$gongshi" demo "$GONGSHI_DATA" >"$work/people" 2>"$work/out"
point $? 'a district is made'
! "$gongshi" demo "$GONGSHI_DATA" >"$work/out" 2>&1
point $? 'not a second time in the same place'
cp "$work/people" "$work/out"
[ "$(grep -cE '^  [a-z0-9]+ +[2-9a-z]{3}(-[2-9a-z]{3}){3} ' "$work/people")" -ge 11 ]
point $? 'everybody has a password of his own, told once'
for package in stalls shouhe sites; do
    says "the package $package lies in the directory" . cat "$GONGSHI_DATA/packages/$package/scheme.json"
done
! grep -rn '\$(' "$GONGSHI_DATA/packages" >"$work/out"
point $? 'no day and no name is left to fill in'

serve
says 'declarations stand at their steps' '"element": "receive"' "$gongshi" dossier tasks --office 330100-1 --role clerk
says 'what is public is marked as a sample' '（示例）' curl -fsS "$url"
says 'titles of the round hold' '"level": "A"' "$gongshi" ledger query shouhe.titles --where 'round = 2026'
says 'checks of today wait for an inspector' '"element": "visit"' \
    "$gongshi" dossier tasks --office 330100-2 --role inspector
says 'an objection waits for the leader' '"element": "objection"' \
    "$gongshi" dossier tasks --office 330100-2 --role leader
says 'sites have their colours' '"colour": "绿"' "$gongshi" ledger query sites.sites --where 'colour = "绿"'
says 'one is stopped' '"stopped": true' \
    "$gongshi" ledger query sites.sites --where 'stopped = true and name = "示例0012地块项目"'
says 'the black list is published' '建筑工地黑榜' "$gongshi" notice list
password=$(sed -n 's/^  sun *\([^ ]*\) .*/\1/p' "$work/people")
says 'an officer logs in with what was told' '"token"' curl -fsS -H 'Content-Type: application/json' \
    -d "{\"login\":\"sun\",\"password\":\"$password\"}" "$url/api/login"
says 'every decision comes out the same' '"different": *0' "$gongshi" recompute
echo "1..$count"
