#!/bin/sh
# simulate.sh [DECISIONS]: stored decisions (100,000), each of a dossier of its own, evaluated again with another
# number. Dossiers are started until there are so many decisions (gongshi bench work). Prints how many, how many come
# out otherwise, the seconds on the clock and of the processor, and the largest memory.
set -eu
gongshi=$(realpath "${GONGSHI:-build/gongshi}")
model=$(realpath bench/work.bpmn)
wanted=${1:-100000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export GONGSHI_DATA="$folder/data" LC_ALL=C.UTF-8
count=0
while [ "$count" -lt "$wanted" ]; do
    "$gongshi" bench work "$model" --store "$folder/data" --seconds 5 >/dev/null
    count=$("$gongshi" simulate --over bench --json | sed 's/.*"decisions":\([0-9]*\).*/\1/')
done
"$gongshi" simulate --over bench --json | cut -c1-60
command time -f '%e s; processor %U + %S s; at most %M kB' \
    "$gongshi" simulate --over bench --with '{"points": 10}' --json | sed 's/,"changes".*//'
