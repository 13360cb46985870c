#!/bin/sh
# shouhe.sh GONGSHI: the package schemes/shouhe. Its rules have no findings and its processes can be run; what stands in
# two places is the same; samples are marked; each scenario names the place it is typed from; another city's year needs
# neither rules nor processes of its own.
. "$(dirname "$0")/../served.sh"

scheme=schemes/shouhe
for model in "$scheme"/rules/*.dmn; do
    "$gongshi" decide "$model" --check >"$work/out" 2>&1
    status=$?
    [ ! -s "$work/out" ] || status=1
    point $status "$model has no findings"
done
for model in "$scheme"/process/*.bpmn; do
    "$gongshi" process "$model" --check >"$work/out" 2>&1
    status=$?
    grep -qv ': can be run$' "$work/out" && status=1
    point $status "$model can be run, and nothing in it is ignored"
done

cmp "$scheme/rules/gongshi.dmn" schemes/stalls/rules/gongshi.dmn >"$work/out" 2>&1
point $? 'the result types are those of the other schemes'

# Cells have no commas: a row has as many as its header.
awk -F, 'FNR == 1 { n = NF } NF != n { print FILENAME ":" FNR; bad = 1 } END { exit bad }' \
    "$scheme"/parameters/*.csv "$scheme"/sample/parameters/*.csv tests/scheme/other-city/parameters/*.csv >"$work/out"
point $? 'each row of a parameter has the cells of its header'

awk -F, 'FNR == 1 { for (i = 1; i <= NF; i++) { if ($i == "state") state = i } next }
    $state != "confirmed" && $state != "待核实" { print FILENAME ":" FNR ": " $state; bad = 1 } END { exit bad }' \
    "$scheme"/parameters/*.csv >"$work/out"
point $? 'the scheme itself holds no sample'
awk -F, 'FNR == 1 { for (i = 1; i <= NF; i++) { if ($i == "state") state = i } next }
    $state != "示例" { print FILENAME ":" FNR ": " $state; bad = 1 } END { exit bad }' \
    "$scheme"/sample/parameters/*.csv >"$work/out"
point $? 'every row of the sample round is marked as one'

grep -h '"scenario":' "$scheme"/tests/*.jsonl "$scheme"/sample/tests/*.jsonl tests/scheme/other-city/tests/*.jsonl |
    grep -v '"source":"..*"' >"$work/out"
[ ! -s "$work/out" ]
point $? 'each scenario names its source'

sh tests/scheme/other-city/apply "$work/other" >"$work/out" 2>&1 &&
    diff -rq "$scheme/rules" "$work/other/rules" >>"$work/out" &&
    diff -rq "$scheme/process" "$work/other/process" >>"$work/out" &&
    ! diff -q "$scheme/parameters/windows.csv" "$work/other/parameters/windows.csv" >>"$work/out"
point $? 'another city edits parameters, a form and the manifest'
echo "1..$count"
exit $failed
