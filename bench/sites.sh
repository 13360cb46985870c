#!/bin/sh
# sites.sh [SITES]: 100,000 building sites coloured by the list of schemes/sites: how long freezing, computing and the
# first look take on a served office, in milliseconds of the clock and of the processor. The goal is freezing and
# computing in 2 s.
set -eu
cd "$(dirname "$0")/.."
sites=${1:-100000}
. bench/common/served.sh

schemes/sites/sample/records/make 7 "$work/records" "$sites" 1
"$gongshi" init "$work/data" --demo >/dev/null
serve data
"$gongshi" people office station 示例监督站 --level station >/dev/null
"$gongshi" people add li li --office station >/dev/null
"$gongshi" people give li inspector --office station >/dev/null
"$gongshi" scheme install schemes/sites --with schemes/sites/sample >/dev/null
for ledger in core.parties sites.sites; do
    "$gongshi" ledger import "$ledger" "$work/records/${ledger#*.}.csv" --office station >"$work/out"
done
"$gongshi" assess new sites colours --office station --as li >"$work/out"
list=$(sed -n 's/.*"assessment": *\([0-9]*\).*/\1/p' "$work/out" | head -n 1)
spent() { # by the server, in ticks of 10 ms
    awk '{ print $14 + $15 }' "/proc/$server/stat"
}
before=-100
while [ $(($(spent) - before)) -gt 10 ]; do # rows that were imported are still moved to their place
    before=$(spent)
    sleep 2
done
for step in freeze compute preview; do
    begun=$(date +%s%N) ticks=$(spent)
    "$gongshi" assess "$step" "$list" --as li >"$work/out"
    echo "$step $((($(date +%s%N) - begun) / 1000000)) ms, of the processor $((($(spent) - ticks) * 10)) ms"
done
grep -o '"actual": *[0-9]*' "$work/out" | tr '\n' ' '
echo
