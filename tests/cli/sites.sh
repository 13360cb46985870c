#!/bin/sh
# sites.sh GONGSHI: 137 invented sites from a seed are taken in as tables that name them by their permits, and coloured
# 1:3:1 by two persons; whoever looks at one site is told how far it is from green.
. "$(dirname "$0")/../served.sh"

# says NAME PATTERN COMMAND...: the command is done, and its output has the pattern.
says() {
    name=$1 pattern=$2
    shift 2
    "$@" >"$work/out" 2>&1 && grep -q -- "$pattern" "$work/out"
    point $? "$name"
}

# number_of NAME: the first number of that name that was said
number_of() {
    tr -d '\n' <"$work/out" | sed -n "s/[^{]*{[^}]*\"$1\": \([0-9]*\).*/\1/p"
}

# ---- The tables ----

make=schemes/sites/sample/records/make
"$make" 7 "$work/one" && "$make" 7 "$work/again" && "$make" 8 "$work/other"
diff -r "$work/one" "$work/again" >"$work/out" 2>&1
point $? 'the same seed gives the same bytes'
! cmp -s "$work/one/sites.csv" "$work/other/sites.csv"
point $? 'another seed gives others'
[ "$(grep -vc '示例' "$work/one/sites.csv")" -eq 1 ] && [ "$(grep -vc '示例' "$work/one/parties.csv")" -eq 1 ]
point $? 'every site and firm says that it is invented'

# ---- Taken in ----

"$gongshi" init "$GONGSHI_DATA" --demo >/dev/null
serve
"$gongshi" people office station 示例监督站 --level station >/dev/null
for person in li:inspector wang:leader; do
    "$gongshi" people add "${person%:*}" "${person%:*}" --office station >/dev/null
    "$gongshi" people give "${person%:*}" "${person#*:}" --office station >/dev/null
done
says 'the scheme with its sample' '"scheme":"sites"' \
    "$gongshi" scheme install schemes/sites --with schemes/sites/sample
for table in core.parties sites.sites sites.stages sites.checks sites.findings sites.attendance sites.bodies \
    sites.figures; do
    file=$work/one/${table#*.}.csv
    says "$table" "imported: $(($(wc -l <"$file") - 1)) rows" "$gongshi" ledger import "$table" "$file" --office station
done
sed -n '1p; 2s/^[^,]*,[^,]*,[^,]*/X1,nowhere,nowhere/p' "$work/one/checks.csv" >"$work/wrong.csv"
"$gongshi" --lang en ledger import sites.checks "$work/wrong.csv" --office station >"$work/out" 2>&1
[ $? -eq 1 ] && grep -q 'no such row is known' "$work/out"
point $? 'a permit that no site has is refused'

# ---- Coloured ----

says 'a list' '"state": "draft"' "$gongshi" assess new sites colours --office station --as li
list=$(number_of assessment)
says 'of 137' '"count": 137' "$gongshi" assess freeze "$list" --as li
says 'computed' '"quota": 82' "$gongshi" assess compute "$list" --as li
says '27 2/5, 82 1/5, 27 2/5: the one left over is red' '"exact":"27 2/5","actual":28' \
    "$gongshi" assess preview "$list" --as wang --json
grep -q '"grade":"黄"[^{]*"why":"place"[^}]*"values":{[^}]*},"next":{"key":"score"' "$work/out"
point $? 'a yellow one is told by how much it is behind'
result=$(sed -n 's/.*"result":"\([0-9a-f]*\)".*/\1/p' "$work/out" | head -n 1)
says 'approved by another person' '"state": "approved"' "$gongshi" assess approve "$list" --result "$result" --as wang
says 'carried out' '"state": "done"' "$gongshi" assess carry-out "$list" --as li
"$gongshi" ledger export sites.sites --where 'colour = "红" and next check = checked + duration("P14D")' >"$work/out"
[ "$(wc -l <"$work/out")" -eq 29 ]
point $? 'red ones are seen again within 14 days'
says 'no list is made twice' '"different": 0' "$gongshi" assess verify "$list"

# ---- Asked ----

stop_server
says 'the findings of one site after the other' '"questions":50,.*"rows":[1-9]' \
    "$gongshi" bench ask sites.findings --store "$GONGSHI_DATA" --where 'site = this.site' --order found --questions 50
"$gongshi" --lang en bench ask sites.nothing --store "$GONGSHI_DATA" >"$work/out" 2>&1
[ $? -ne 0 ] && grep -q 'nothing' "$work/out"
point $? 'a ledger that is not there'
"$gongshi" --lang en bench ask sites.plans --store "$GONGSHI_DATA" >"$work/out" 2>&1
[ $? -ne 0 ] && grep -q 'has no rows' "$work/out"
point $? 'a ledger without rows'
echo "1..$count"
