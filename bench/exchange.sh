#!/bin/sh
# exchange.sh: 100,000 rows of 20 columns into a ledger and out of it, as a workbook, by a server. Prints the time of
# the check alone, of the import (check and apply; until all rows are seen), of the export, and of the server process,
# which has not the helper's (docs/sheet.md), processor time and largest memory. ROWS says how many.
set -eu
gongshi=$(realpath "${GONGSHI:-build/gongshi}")
rows=${ROWS:-100000}
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
export LC_ALL=C.UTF-8 GONGSHI_DATA="$work/data"
mkdir -p b/ledgers
echo '{"scheme": "b", "title": {"zh": "导入"}, "from": "2021-01-01", "parameters": {},
 "ledgers": {"rows": {"key": ["no"], "write": ["import"]},
             "copy": {"key": ["no"], "write": ["import"]}}}' >b/scheme.json
awk 'BEGIN {
    printf "{\"fields\": [{\"name\": \"no\", \"type\": \"text\", \"index\": true}"
    for (i = 1; i < 20; i++) {
        type = i % 4 == 0 ? "date" : i % 4 == 1 ? "decimal" : i % 4 == 2 ? "text" : "boolean"
        printf ", {\"name\": \"f%d\", \"type\": \"%s\"%s}", i, type, i < 3 ? ", \"index\": true" : ""
    }
    print "]}" }' >b/ledgers/rows.json
cp b/ledgers/rows.json b/ledgers/copy.json
awk -v rows="$rows" 'BEGIN {
    printf "no"
    for (i = 1; i < 20; i++) printf ",f%d", i
    print ""
    for (r = 0; r < rows; r++) {
        printf "913307%012d", r
        for (i = 1; i < 20; i++) {
            if (i % 4 == 0) printf ",2021-%02d-%02d", r % 12 + 1, r % 28 + 1
            else if (i % 4 == 1) printf ",%d.%02d", r * i % 100000, r % 100
            else if (i % 4 == 2) printf ",企业%d", r % 1000 + i
            else printf ",%s", r % 2 ? "是" : "否"
        }
        print "" } }' >rows.csv
"$gongshi" init data >/dev/null
"$gongshi" people office C >/dev/null
"$gongshi" scheme install b >/dev/null
"$gongshi" ledger import b.copy rows.csv >/dev/null
"$gongshi" ledger export b.copy -o rows.xlsx >/dev/null
"$gongshi" serve --listen 127.0.0.1:0 >serve.out 2>&1 &
server=$!
while [ ! -S data/control ]; do sleep 0.1; done

processor() { # in hundredths of a second
    awk '{ print $14 + $15 }' "/proc/$server/stat"
}

memory() {
    awk '/^VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$server/status"
}

# timed NAME ARGUMENT...
timed() {
    name=$1
    shift
    used=$(processor)
    before=$(date +%s%N)
    "$gongshi" "$@" >out
    after=$(date +%s%N)
    ms=$(((after - before) / 1000000))
    echo "$name $ms ms; processor $((($(processor) - used) * 10)) ms; server at most $(memory) MB; $(cat out)"
}

echo "server at rest $(memory) MB; workbook $(($(stat -c %s rows.xlsx) >> 20)) MB"
timed "check" ledger import b.rows rows.xlsx --check
timed "check and apply" ledger import b.rows rows.xlsx
timed "out" ledger export b.rows -o out.xlsx
