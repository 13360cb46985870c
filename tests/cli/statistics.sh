#!/bin/sh
# statistics.sh GONGSHI: the statistics of tests/statistics: two groups, a cut-off, a sum with a gap, dossiers by round
# and end, the rows behind a count.
. "$(dirname "$0")/../served.sh"

# counts NAME TEXT ARGUMENTS...: the answer, without blanks, has the text.
counts() {
    name=$1 text=$2
    shift 2
    count=$((count + 1))
    "$gongshi" --lang en statistics "$@" >"$work/out" 2>&1
    tr -d ' \n' <"$work/out" | grep -qF -- "$text" && echo "ok $count - $name" && return
    echo "not ok $count - $name"
    sed 's/^/# /' "$work/out"
}

row() { # VALUES: prints its number
    "$gongshi" ledger add counts.works "$1" --office county | sed -n 's/.*"row": *"\{0,1\}\([0-9]*\).*/\1/p'
}

"$gongshi" init "$GONGSHI_DATA" >/dev/null
"$gongshi" people office county 示例县 >/dev/null
"$gongshi" people add li 李某 --office county >/dev/null
"$gongshi" people give li clerk --office county >/dev/null
"$gongshi" scheme install tests/statistics >/dev/null
one=$(row '{"street":"A","kind":"x","enrolled":true,"resumed":true,"workers":3}')
two=$(row '{"street":"A","kind":"x","enrolled":true,"resumed":false,"workers":4}')
row '{"street":"A","kind":"y","enrolled":true,"resumed":true,"workers":5}' >/dev/null
row '{"street":"B","kind":"x","enrolled":true,"resumed":true,"from":"2026-06-01","to":"2026-06-30"}' >/dev/null
row '{"street":"B","kind":"x","enrolled":false}' >/dev/null
"$gongshi" dossier start counts --office county >/dev/null
"$gongshi" dossier start counts --office county --with '{"round":7}' >"$work/begun"
n=$(sed 's/.*"dossier":\([0-9]*\).*/\1/' "$work/begun")
task=$("$gongshi" dossier show "$n" | sed -n 's/.*"task": "\(.*\)".*/\1/p')
"$gongshi" dossier claim "$task" --as li >/dev/null
"$gongshi" dossier complete "$task" --as li >/dev/null

counts 'both counts, by two fields' '{"by":{"street":"A","kind":"x"},"top":1,"bottom":2}' \
    counts resumption --on 2026-05-01
counts 'what is not yet valid is not counted' '"total":{"top":2,"bottom":3}' counts resumption --on 2026-05-31
counts 'on its first day it is' '{"by":{"street":"B","kind":"x"},"top":1,"bottom":1}' counts resumption --on 2026-06-01
counts 'and on its last' '"total":{"top":3,"bottom":4}' counts resumption --on 2026-06-30
counts 'and no longer' '"total":{"top":2,"bottom":3}' counts resumption --on 2026-07-01
counts 'the rows behind the counts' "\"rows\":{\"top\":[\"$one\"],\"bottom\":[\"$one\",\"$two\"]}" \
    counts resumption --rows
counts 'in words, and as it is defined' \
    '"definition":"sitesatwork,ofallthatareenrolled","above":"works[enrolledandresumed]"' \
    counts resumption
counts 'a sum, and no sum over a gap' '[{"by":{"street":"A"},"top":12},{"by":{"street":"B"},"top":null}]' counts workers
counts 'dossiers by round and end' '{"by":{"round":7,"endedat":"granted"},"top":1,"bottom":1}' counts begun
counts 'and before they had begun' '"total":{"top":0,"bottom":0}' counts begun --on 2020-01-01
counts 'what a decision says of each street, by kind' \
    '"said":[{"by":{"street":"A"},"said":{"of":2,"most":["x"]}},{"by":{"street":"B"},"said":{"of":1,"most":["x"]}}]' \
    counts most
counts 'a decision that is none' 'needsadecisionand' counts least
counts 'what is nowhere is said to be' '"unavailable":' counts nowhere
counts 'a name that is none' 'hasnostatistic"nothing"' counts nothing
counts 'a day that is none' '"2026"isnoday' counts --on 2026
echo "1..$count"
