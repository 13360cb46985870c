#!/bin/sh
# facts.sh GONGSHI: the scenarios of the package tests/facts, what one that does not hold prints, and the commands
# about rounds and the calendar over a data directory.
. "$(dirname "$0")/../served.sh"

# says NAME STATUS PATTERN COMMAND...: the command ends with the status, and its output has the pattern.
says() {
    name=$1 want=$2 pattern=$3
    shift 3
    "$@" >"$work/out" 2>&1
    status=$?
    [ $status -eq "$want" ] && tr -d '\n' <"$work/out" | grep -q -- "$pattern"
    fine=$?
    point $fine "$name"
    [ $fine -eq 0 ] || sed 's/^/# /' "$work/out"
}

says 'facts as data' 0 ' passed, 0 failed' "$gongshi" scheme test tests/facts --quiet
says 'the smallest scheme' 0 '6 passed, 0 failed' "$gongshi" scheme test schemes/stalls
says 'shouhe' 0 ' passed, 0 failed' "$gongshi" scheme test schemes/shouhe --quiet
says 'core' 0 ' passed, 0 failed' "$gongshi" scheme test schemes/core --quiet
says 'sites' 0 ' passed, 0 failed' "$gongshi" scheme test schemes/sites --quiet
cat >"$work/wrong.jsonl" <<'END'
{"scenario":"a number that is another"}
{"given":{"at":"2025-03-01","subject":"P1","records":{"titles":[{"party":"P1","level":"A","round":2023}]}}}
{"decide":"see history"}
{"expect":[{"round":2021}]}
{"expect":"this line is never reached"}
{"scenario":"a list that is longer"}
{"given":{"records":{"titles":[{"party":null,"level":"A"}]}}}
{"decide":"see history","with":{"subject":null}}
{"expect":[]}
{"scenario":"a member that is not there"}
{"given":{"records":{"titles":[{"partty":"P1"}]}}}
{"scenario":"one that holds"}
{"given":{"at":"2025-03-01"}}
{"decide":"see history"}
{"expect":[]}
{"scenario":"nothing of the kind"}
{"given":{"recods":{}}}
END
says 'what fails is counted' 1 '1 passed, 4 failed' "$gongshi" scheme test tests/facts "$work/wrong.jsonl"
says 'with its line and what came' 1 \
    'wrong.jsonl:4:0: result\[1\].round is not what is expected.*expected 2021, got 2023' \
    "$gongshi" scheme test tests/facts "$work/wrong.jsonl"
says 'and the explanation of the decision' 1 'given: history' "$gongshi" scheme test tests/facts "$work/wrong.jsonl"
says 'a field that the ledger has not' 1 'the ledger "titles" has no field "partty"' \
    "$gongshi" scheme test tests/facts "$work/wrong.jsonl"
says 'a word that nothing is called' 1 'nothing called "recods" can be given' \
    "$gongshi" scheme test tests/facts "$work/wrong.jsonl"

says 'an office' 0 'is ready' "$gongshi" init "$work/data"
says 'a holiday' 0 '"working": false.*"provisional": false.*"then": "2026-09-30".*中秋' \
    "$gongshi" calendar explain 2026-09-25 3
says 'a year without rows' 0 '"provisional": true' "$gongshi" calendar explain 2031-02-03
printf 'day,working,name,source,state\n2031-01-01,false,元旦,国办发明电,confirmed\n' >"$work/calendar.csv"
says 'rows are imported' 0 '{}' "$gongshi" calendar import "$work/calendar.csv"
says 'and cover the year' 0 '"provisional": false' "$gongshi" calendar explain 2031-02-03
says 'what is no calendar' 1 'calendar.csv' "$gongshi" calendar import tests/facts/parameters/bars.csv

says 'a package' 0 'bundle' "$gongshi" scheme install tests/facts
says 'a round' 0 '"copied": 4' "$gongshi" round open facts 2026 --from 2026-01-01
says 'once' 0 '"copied": 0' "$gongshi" round open facts 2026 --from 2026-01-01
says 'is shown' 0 '"count": 4,.*"confirmed": 0,.*"without source": 0' "$gongshi" round show facts 2026
row=$("$gongshi" round show facts 2026 | sed -n 's/.*"row": \([0-9]*\),/\1/p' | head -1)
says 'a value' 0 '{}' "$gongshi" round set facts.reach "$row" --with '{"metres": 1200}'
says 'is what changed' 0 '"metres": \[ *1000, *1200 *\]' "$gongshi" round show facts 2026
says 'a key stays' 1 '"kind" of a row cannot be changed' "$gongshi" round set facts.reach "$row" --with '{"kind": "x"}'
says 'only a person confirms' 1 'a row is confirmed by a person' \
    "$gongshi" round confirm facts.reach "$row" --source 示监发〔2026〕1号
says 'no such round' 1 'no round "2027" was opened' "$gongshi" round show facts 2027
says 'no such row' 1 'has no row 5' "$gongshi" round set facts.reach 5 --with '{"metres": 1}'
echo "1..$count"
