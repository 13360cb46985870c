#!/bin/sh
# commands.sh GONGSHI: exit statuses and messages of the commands, a line a case:
#
#     STATUS | ARGUMENTS | STANDARD OUTPUT | STANDARD ERROR
#
# Each of the last two must hold the text given; "-" means that it must be empty. 0 done, 1 refused, 2 usage, 3 failure.
. "$(dirname "$0")/../served.sh"
printf '{"a": 3, "日期": "2026-11-24"}' >"$work/context.json"
printf '{"a": 3,\n "a": 4}' >"$work/twice.json"
printf '[1]' >"$work/list.json"
printf '1 +\n 2 +' >"$work/bad.feel"
printf '1 + 2' >"$work/good.feel"
awk 'BEGIN {
    printf "{a1: [1, 1]"
    for (i = 2; i <= 30; i++) printf ", a%d: [a%d, a%d]", i, i - 1, i - 1
    printf "}.a30"
}' >"$work/doubling.feel"
printf '<?xml version="1.0"?><!DOCTYPE a><a/>' >"$work/doctype.dmn"
printf '<a/>' >"$work/none.dmn"
printf '<definitions' >"$work/broken.dmn"

holds() { # FILE TEXT
    if [ "$2" = - ]; then [ ! -s "$1" ]; else grep -qF -- "$2" "$1"; fi
}
while IFS='|' read -r status arguments out err; do
    case "$status" in '' | '#'*) continue ;; esac
    status=$(echo "$status" | tr -d ' ')
    out=$(echo "$out" | sed 's/^ *//; s/ *$//')
    err=$(echo "$err" | sed 's/^ *//; s/ *$//')
    arguments=$(echo "$arguments" | sed "s#@#$work/#g")
    eval "\"\$gongshi\" $arguments" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    count=$((count + 1))
    if [ "$got" -eq "$status" ] && holds "$work/out" "$out" && holds "$work/err" "$err"; then
        echo "ok $count - gongshi$arguments"
    else
        failed=$((failed + 1))
        echo "not ok $count - gongshi$arguments"
        echo "# status $got, expected $status"
        sed 's/^/# out: /' "$work/out"
        sed 's/^/# err: /' "$work/err"
    fi
done <<'CASES'
2 | | - | gongshi feel
0 | help | gongshi decide | -
0 | --lang zh help | gongshi decide | -
0 | help calendar | gongshi calendar show | -
0 | calendar --help | gongshi calendar show | -
2 | help nothing | - | there is no command "nothing"
0 | --version | gongshi | -
2 | calendar --nothing | - | gongshi calendar show
2 | nothing | - | there is no command "nothing"
2 | --lang zh nothing | - | 没有命令“nothing”
0 | feel '1 + 2' | 3 | -
0 | feel -f @good.feel | 3 | -
0 | feel 'a * 2' -c @context.json | 6 | -
0 | feel --unary 5 '> 3' | true | -
0 | feel --format '1+2' | 1 + 2 | -
0 | feel '1+2' --dis | RETURN | -
0 | feel 'now()' --at 2026-11-24T00:00:00Z | 2026-11-24T08:00:00@Asia/Shanghai | -
0 | feel '1 + null' | null | 1:1: cannot compute number + null
1 | feel '1 +' | - | 1:4: the expression ends too early
1 | feel -f @bad.feel | - | 2:5: the expression ends too early
1 | feel -f @missing.feel | - | cannot read the file
1 | --lang zh feel -f @missing.feel | - | 无法读取文件
1 | feel a -c @twice.json | - | twice.json:2:
1 | feel a -c @list.json | - | the input must be a JSON object
1 | feel a -c @missing.json | - | cannot read the file
1 | feel 'for i in 1..10**9 return i' | - | limit FEEL_BYTES
1 | feel -f @doubling.feel | - | the output is too large to be printed: at most 67108864 bytes
2 | feel | - | give an expression, or -f and a file
2 | feel 1 2 | - | one expression is expected
2 | feel 1 -c | - | the option -c needs a value
2 | feel 1 --wrong | - | there is no option --wrong
2 | feel 1 --at yesterday | - | is no date and time such as
2 | decide | - | a model is expected
1 | decide @missing.dmn | - | cannot read the file
1 | decide @doctype.dmn | - | doctype.dmn:1:
1 | decide @broken.dmn | - | broken.dmn:1:
1 | decide @none.dmn | - | none.dmn:1:
0 | process tests/draw/flows.bpmn --svg - | <svg xmlns="http://www.w3.org/2000/svg" viewBox= | -
0 | process tests/draw/flows.bpmn --svg @flows.svg | - | -
0 | --lang zh process tests/draw/flows.bpmn --svg - --diagram 1 | 顺序流 | -
1 | process tests/draw/flows.bpmn --svg - --diagram 2 | - | the model has no diagram 2: it has 1
2 | process tests/draw/flows.bpmn --svg - --diagram 0 | - | is no number of a diagram
2 | process tests/draw/flows.bpmn --svg - --diagram x | - | is no number of a diagram
2 | process tests/draw/flows.bpmn --svg | - | the option --svg needs a value
3 | process tests/draw/flows.bpmn --svg @missing/flows.svg | - | could not write the file
2 | bench | - | bench needs a subject
2 | bench feel | - | what is to be measured
2 | bench feel 1 --seconds x | - | is no number of seconds
0 | bench feel 1 --seconds 0.01 | "eval_per_s": | -
CASES
echo "1..$count"
[ "$failed" -eq 0 ]
