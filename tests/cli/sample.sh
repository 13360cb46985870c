#!/bin/sh
# sample.sh GONGSHI: 300 invented enterprises from a seed are taken in as tables; of many who declare for one of them at
# once exactly one wins, and the others are told which dossier there is.
. "$(dirname "$0")/../served.sh"

# says NAME PATTERN COMMAND...: the command is done, and its output has the pattern.
says() {
    name=$1 pattern=$2
    shift 2
    "$@" >"$work/out" 2>&1 && grep -q -- "$pattern" "$work/out"
    point $? "$name"
}

# ---- The tables ----

make=schemes/shouhe/sample/records/make
for name in one again other; do
    seed=$([ $name = other ] && echo 8 || echo 7)
    "$make" "$seed" "$work/$name" >"$work/out" 2>&1
    point $? "tables of seed $seed"
done
cmp -s "$work/one/parties.csv" "$work/again/parties.csv" && cmp -s "$work/one/titles.csv" "$work/again/titles.csv" &&
    diff -r "$work/one" "$work/again" >"$work/out"
point $? 'the same seed gives the same bytes'
! cmp -s "$work/one/parties.csv" "$work/other/parties.csv"
point $? 'another seed gives others'

# ---- Taken in ----

says 'an office' 'is ready' "$gongshi" init "$GONGSHI_DATA" --demo
serve
says 'a county' '"office":' "$gongshi" people office county 示例区局 --level county
says 'the scheme with its sample' '"scheme":"shouhe"' \
    "$gongshi" scheme install schemes/shouhe --with schemes/shouhe/sample
says '300 enterprises, their codes sound' 'imported: 300 rows' \
    "$gongshi" ledger import core.parties "$work/one/parties.csv" --office county
rows=$(($(wc -l <"$work/one/titles.csv") - 1))
says 'their titles' "imported: $rows rows" \
    "$gongshi" ledger import shouhe.titles "$work/one/titles.csv" --office county
says 'a second time nothing is new' 'imported: .* 0 new, 0 changed' \
    "$gongshi" ledger import core.parties "$work/one/parties.csv" --office county --update
tries=0 # the words of imported rows come a moment later
until "$gongshi" ledger query core.parties --words 示例 --max 3 >"$work/out" 2>&1 && grep -q 示例 "$work/out"; do
    tries=$((tries + 1))
    [ $tries -lt 150 ] || break
    sleep 0.2
done
says 'a name is found by two characters' '示例' "$gongshi" ledger query core.parties --words 示例 --max 3

# ---- Many at once ----

firm=$(sed -n '2s/,.*//p' "$work/one/parties.csv")
i=0
while [ $i -lt 12 ]; do
    "$gongshi" dossier start shouhe --process county --office county --subject "$firm" \
        --with "$(cat schemes/shouhe/sample/declare.json)" >"$work/try$i" 2>&1 &
    i=$((i + 1))
    eval "pid$i=$!"
done
i=1
while [ $i -le 12 ]; do
    eval "wait \$pid$i"
    i=$((i + 1))
done
cat "$work"/try* >"$work/out"
[ "$(grep -c '"code":' "$work/out")" -eq 1 ]
point $? 'of twelve declarations of one firm at once exactly one is taken'
[ "$(grep -c 'only one is allowed' "$work/out")" -eq 11 ]
point $? 'the eleven others are told why'

# ---- The contracts of one of them ----

dossier=$(sed -n 's/.*"dossier": *"\{0,1\}\([0-9]*\).*/\1/p' "$work/out" | head -n 1)
rows=$(($(wc -l <"$work/one/contracts/$firm.csv") - 1))
wanted=$(awk -F, -v firm="$firm" '$1 == firm { n += $3 + $4 } END { print n }' "$work/one/counts.csv")
[ "$rows" -eq "$wanted" ]
point $? 'it has as many contracts as it declares'
"$gongshi" ledger import shouhe.contracts "$work/one/contracts/$firm.csv" --office county >"$work/out" 2>&1
grep -q -- '--dossier' "$work/out"
point $? 'contracts belong to a dossier'
says 'two years of contracts come in for it' "imported: $rows rows" \
    "$gongshi" ledger import shouhe.contracts "$work/one/contracts/$firm.csv" --dossier "$dossier"
says 'and are rows of the dossier' "\"dossier\": \"\{0,1\}$dossier" "$gongshi" ledger query shouhe.contracts \
    --where "dossier = \"$dossier\" and year = 2025" --max 2
! grep -q '"amount"\|"no"' "$work/out"
point $? 'what is a trade secret of them is not shown'
echo "1..$count"
