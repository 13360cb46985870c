#!/bin/sh
# limit.sh GONGSHI: every limit of src/base/limit.def is hit by what it is there for, and named in the error.
#
# The inputs are made here, as they are large; they are hostile in the way that the limit is against. No time is asked
# for: a command that does not end is ended by the time-out of the test.
set -u
gongshi=$(realpath "$1")
cd "${GONGSHI_ROOT:-.}" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8
count=0

point() { # PASS TEXT
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else echo "not ok $count - $2"; fi
}

# tell NAME STATUS TEXT ARGUMENT...: the command ends with this status and says this on standard error or output.
tell() {
    name=$1 status=$2 text=$3
    shift 3
    echo "$name" >>"$work/names"
    "$gongshi" "$@" >"$work/out" 2>"$work/err"
    got=$?
    grep -qF -- "$text" "$work/err" "$work/out"
    found=$?
    [ $got -eq "$status" ] && [ $found -eq 0 ]
    pass=$?
    point $pass "$name: gongshi $(printf '%.100s' "$*")"
    [ $pass -eq 0 ] || { echo "# status $got, expected $status and: $text"; head -c 500 "$work/err" | sed 's/^/# /'; }
}

# hit NAME ARGUMENT...: the command is refused, and the limit named.
hit() {
    name=$1
    shift
    tell "$name" 1 "limit $name = " "$@"
}

# elsewhere NAME FILE: a test of another kind hits the limit.
elsewhere() {
    echo "$1" >>"$work/names"
    grep -q "LIMIT_$1\b.* + 1" "$2"
    point $? "$1: by $2"
}

repeat() { # TEXT TIMES
    awk -v text="$1" -v times="$2" 'BEGIN { for (i = 1; i <= times; i++) printf "%s", text }'
}

# number FORMAT TIMES: the format with 1, 2, 3 … in the places of all its %d.
number() {
    awk -v format="$1" -v times="$2" 'BEGIN {
        n = split(format, part, /%d/)
        for (i = 1; i <= times; i++) {
            printf "%s", part[1]
            for (k = 2; k <= n; k++) {
                printf "%d%s", i, part[k]
            }
        }
    }'
}

# ---- JSON ----

context() {
    cat >"$work/context.json"
}
{ repeat '{"a":' 129; printf 1; repeat '}' 129; } | context
hit JSON_DEPTH feel 1 -c "$work/context.json"
repeat '[' 100000 | context
hit JSON_DEPTH feel 1 -c "$work/context.json"
{ printf '{"a":0'; number ',"m%d":0' 100000; printf '}'; } | context
hit JSON_MEMBERS feel 1 -c "$work/context.json"
{ printf '{"a":"'; head -c 67108864 /dev/zero | tr '\0' 'x'; printf '"}'; } | context
tell JSON_BYTES 1 'limit JSON_BYTES' feel 1 -c "$work/context.json"
rm "$work/context.json"

# ---- XML ----

dmn='https://www.omg.org/spec/DMN/20191111/MODEL/'
model() { # writes what it reads as a model file
    {
        echo "<definitions xmlns=\"$dmn\" name=\"m\" namespace=\"m\">"
        cat
        echo '</definitions>'
    } >"$work/model.dmn"
}
{ repeat '<a>' 64; repeat '</a>' 64; } | model
hit XML_DEPTH decide "$work/model.dmn"
repeat '<a>' 100000 | model
hit XML_DEPTH decide "$work/model.dmn"
repeat '<a/>' 200000 | model
hit XML_ELEMENTS decide "$work/model.dmn"
{ printf '<a'; number ' x%d=""' 65; printf '/>'; } | model
hit XML_ATTRIBUTES decide "$work/model.dmn"
{ printf '<a>'; head -c 1048577 /dev/zero | tr '\0' 'x'; printf '</a>'; } | model
hit XML_TEXT decide "$work/model.dmn"
{ printf '<!--'; head -c 8388608 /dev/zero | tr '\0' 'x'; printf -- '-->'; } | model
tell XML_BYTES 1 'limit XML_BYTES' decide "$work/model.dmn"
{ printf '<!DOCTYPE d [<!ENTITY a0 "ha">'
    awk 'BEGIN { for (i = 1; i < 20; i++) printf "<!ENTITY a%d \"&a%d;&a%d;&a%d;\">", i, i - 1, i - 1, i - 1 }'
    printf ']><definitions>&a19;</definitions>'; } >"$work/model.dmn"
tell XML_BYTES 1 'a document type declaration is not allowed' decide "$work/model.dmn"

# ---- FEEL: reading ----

mkfifo "$work/endless"
{ head -c 1000000000 /dev/zero | tr '\0' '(' >"$work/endless"; } 2>/dev/null &
tell FEEL_SOURCE 1 'limit FEEL_SOURCE' feel -f - <"$work/endless"
for text in '(' '[' '{a:' '-' 'not(' 'if true then 1 else ' 'function() ' '1 in (' 'x[' 'for i in '; do
    repeat "$text" 3000 >"$work/feel"
    hit FEEL_SYNTAX_DEPTH feel -f "$work/feel"
done
{ printf '1 instance of '; repeat 'list<' 3000; } >"$work/feel"
hit FEEL_SYNTAX_DEPTH feel -f "$work/feel"
for text in '1 + ' '1 = ' 'true and '; do
    { repeat "$text" 3000; printf 1; } >"$work/feel"
    hit FEEL_TREE_HEIGHT feel -f "$work/feel"
done
for text in '[1]' '.a' '()'; do
    { printf x; repeat "$text" 3000; } >"$work/feel"
    hit FEEL_TREE_HEIGHT feel -f "$work/feel"
done

# ---- FEEL: evaluating ----

hit FEEL_STEPS feel 'some i in 1..10**12 satisfies i < 0'
hit FEEL_STEPS feel 'every i in 1..10**6, j in 1..10**6 satisfies i > 0'
hit FEEL_STEPS feel '{f: function(n) if n = 0 then 0 else f(n - 1) + f(n - 1), r: f(1000)}.r'
hit FEEL_STEPS feel "[$(repeat '= ' 40)5] = [$(repeat '= ' 40)5]"
hit FEEL_BYTES feel 'for i in 1..10**12 return i'
hit FEEL_BYTES feel 'for i in 1..3000000 return [i, i]'
hit FEEL_BYTES feel 'for d in @"0001-01-01"..@"999999999-12-31" return d'
hit FEEL_BYTES feel '{f: function(l, n) if n = 0 then l else f(concatenate(l, l), n - 1), r: count(f([1], 40))}.r'
hit FEEL_CALL_DEPTH feel '{f: function(n) f(n), r: f(1)}.r'
hit FEEL_CALL_DEPTH feel '{f: function(n) 1 + f(n + 1), r: f(1)}.r'
hit FEEL_NATIVE_DEPTH feel '{f: function(n) sort([2, 1], function(x, y) f(n + 1) < 1), r: f(1)}.r'
tell FEEL_VALUE_DEPTH 0 'lists and contexts are nested too deep' \
    feel '{f: function(n) if n = 0 then [] else [f(n - 1)], r: f(300)}.r'
tell FEEL_VALUE_DEPTH 0 'lists and contexts are nested too deep' \
    feel '{f: function(n) if n = 0 then {} else {a: f(n - 1)}, r: f(300)}.r'
hit FEEL_STRING feel '{f: function(s, n) if n = 0 then s else f(s + s, n - 1), r: f("x", 40)}.r'
hit FEEL_STRING feel '{f: function(l, n) if n = 0 then l else f([l, l], n - 1), r: string(f([1], 60))}.r'
hit FEEL_STRING feel '{f: function(s, n) if n = 0 then s else f(s + s, n - 1), s: f("x", 20),
    r: string join([s, s, s, s, s])}.r'
hit FEEL_STRING feel '{f: function(s, n) if n = 0 then s else f(s + s, n - 1), s: f("x", 20),
    r: replace(s, "x", "12345")}.r'
tell FEEL_DIAGNOSTICS 0 'and 36 more' feel 'for i in 1..100 return i + "a"'

# ---- Regular expressions ----

hit REGEX_SOURCE feel 'matches("a", string join(for i in 1..9000 return "a"))'
hit REGEX_MATCH feel 'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")'
hit REGEX_MATCH feel 'replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a|aa)+$", "x")'
hit REGEX_MATCH feel 'split("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a|aa)+$")'
hit REGEX_BYTES feel 'matches(string join(for i in 1..500000 return "a"), "^(a|b|ab)*c")'
hit REGEX_GROUPS feel 'matches("a", string join(for i in 1..101 return "(a)"))'
hit REGEX_DEPTH feel 'matches("a", string join(for i in 1..101 return "(?:") + string join(for i in 1..101 return ")"))'

# ---- DMN ----

number '<inputData name="i%d"/>' 10001 | model
hit DMN_NODES decide "$work/model.dmn"

mkdir "$work/imports"
i=0
while [ $i -le 64 ]; do
    echo "<import name=\"n\" namespace=\"m$((i + 1))\" importType=\"$dmn\"/>" | model
    sed "s/namespace=\"m\"/namespace=\"m$i\"/" "$work/model.dmn" >"$work/imports/m$i.dmn"
    i=$((i + 1))
done
hit DMN_IMPORTS decide "$work/imports/m0.dmn"

table() { # INPUTS RULES CELL: a table of numbers with one output; %d in the cell is the rule
    printf '<inputData name="i"/><decision name="d"><variable name="d"/><informationRequirement>'
    printf '<requiredInput href="#i"/></informationRequirement><decisionTable>'
    repeat '<input><inputExpression typeRef="number"><text>1</text></inputExpression></input>' "$1"
    printf '<output/>'
    entries=$(repeat "<inputEntry><text>$3</text></inputEntry>" "$1")
    number "<rule>$entries<outputEntry><text>%d</text></outputEntry></rule>" "$2"
    printf '</decisionTable></decision>'
}
table 1 10001 '%d' | model
tell DMN_RULES 0 'the table is too large' decide "$work/model.dmn"
table 201 1 '-' | model
tell DMN_COLUMNS 0 'the table is too large' decide "$work/model.dmn"
table 40 2300 '[%d..%d+1+1+1]' | model
hit FEEL_NODES decide "$work/model.dmn"
{
    echo '<inputData name="i"/>'
    i=0
    while [ $i -lt 105 ]; do
        table 1 100 'unknown%d' | sed "s/name=\"d\"/name=\"d$i\"/g; s,<inputData name=\"i\"/>,,"
        i=$((i + 1))
    done
} | model
tell DMN_FINDINGS 1 'more findings' decide "$work/model.dmn" --check
table 12 2000 '&gt;= %d' | model
tell DMN_CHECK_WORK 1 'limit DMN_CHECK_WORK = ' decide "$work/model.dmn" --check
{
    printf '<businessKnowledgeModel name="f" id="f"><variable name="f"/><encapsulatedLogic><formalParameter name="n"/>'
    printf '<literalExpression><text>f(n + 1)</text></literalExpression></encapsulatedLogic>'
    printf '<knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement></businessKnowledgeModel>'
    printf '<decision name="d"><variable name="d"/><knowledgeRequirement><requiredKnowledge href="#f"/>'
    printf '</knowledgeRequirement><literalExpression><text>f(1)</text></literalExpression></decision>'
} | model
hit FEEL_CALL_DEPTH decide "$work/model.dmn"

# ---- BPMN ----

process() { # the inside of <definitions>, from standard input
    printf '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" ' >"$work/model.bpmn"
    printf 'xmlns:z="http://camunda.org/schema/zeebe/1.0"><process id="p">' >>"$work/model.bpmn"
    cat >>"$work/model.bpmn"
    printf '</process></definitions>' >>"$work/model.bpmn"
}
play() { # NAME STATUS SCENARIO
    printf '%s' "$3" >"$work/scenario.jsonl"
    tell "$1" "$2" "$1" process "$work/model.bpmn" --play "$work/scenario.jsonl"
}
flow() { # FROM TO ID
    printf '<sequenceFlow id="%s" sourceRef="%s" targetRef="%s"/>' "$3" "$1" "$2"
}
script() { # ID EXPRESSION
    printf '<scriptTask id="%s"><extensionElements><z:script expression="=%s" resultVariable="v"/>' "$1" "$2"
    printf '</extensionElements></scriptTask>'
}
repeat '<task/>' 20001 | process
hit BPMN_ELEMENTS process "$work/model.bpmn" --check
{ repeat '<subProcess>' 33; repeat '</subProcess>' 33; } | process
hit BPMN_DEPTH process "$work/model.bpmn" --check
{ printf '<startEvent id="s"/><exclusiveGateway id="g"/>'; flow s g a; flow g g b; } | process
play BPMN_MOVES 0 '{"when":{"start":true}}'
{
    printf '<userTask id="t"><multiInstanceLoopCharacteristics><loopCardinality>10001</loopCardinality>'
    printf '</multiInstanceLoopCharacteristics></userTask>'
} | process
play BPMN_ITEMS 0 '{"when":{"start":true}}'
{
    printf '<subProcess id="s"><multiInstanceLoopCharacteristics><loopCardinality>210</loopCardinality>'
    printf '</multiInstanceLoopCharacteristics><userTask id="t"/>'
    number '<boundaryEvent id="b%d" attachedToRef="t"><timerEventDefinition><timeDuration>P1D</timeDuration>' 100 |
        sed 's,</timeDuration>,&</timerEventDefinition></boundaryEvent>,g'
    printf '</subProcess>'
} | process
play BPMN_WAITS 0 '{"when":{"start":true}}'
printf '<userTask id="t"/>' | process
play BPMN_VARIABLES 1 "{\"when\":{\"start\":true,\"with\":{$(number '"v%d":1,' 2000)\"x\":1}}}"
play BPMN_VALUE_DEPTH 1 "{\"when\":{\"start\":true,\"with\":{\"x\":$(repeat '[' 101)$(repeat ']' 101)}}}"
script t '[x, x, x, x, x, x, x, x, x]' | process
play BPMN_STATE 0 "{\"when\":{\"start\":true,\"with\":{\"x\":\"$(repeat xxxxxxxxxx 100000)\"}}}"
printf '<callActivity id="c" calledElement="p"/>' | process
play BPMN_CALLS 0 '{"when":{"start":true}}'

# ---- The rest ----

elsewhere BPMN_DRAWN_TEXT tests/unit/test_bpmn_draw.c
elsewhere ZONE_BYTES tests/unit/test_cal.c
elsewhere WORDS_GAPPED tests/unit/test_text_words.c
# The bounds of what stands around the engines are hit by the tests of their modules, which name them.
modules='FORM|STORE|PEOPLE|HTTP|HELPER|PAPER|CHART|SHEET|SCHEME|RECORD|EXCHANGE|WORK|ASSESS|SIMULATE|PUBLISH|WEB'
modules="$modules|SETTINGS"
grep -ohE "($modules)_[A-Z_]+" tests/*.[ch] tests/unit/*.[ch] tests/cli/exchange.sh tests/cli/account.sh \
    tests/work/*.jsonl tests/record/*.jsonl tests/web/public.sh tests/web/lists.sh tests/web/admin.sh >>"$work/names"
# Measures of our own, which nothing from outside can hit, or only many people at once.
printf '%s\n' WORK_CALENDAR_LOOK WORK_POOLED WORK_POOLED_BYTES ASSESS_BYTES WEB_ROWS WEB_PACKED WEB_HELD \
    PUBLISH_SEARCHED >>"$work/names"

for name in $(sed -n 's/^LIMIT(\([A-Z_]*\),.*/\1/p' src/base/limit.def); do
    grep -qx "$name" "$work/names"
    point $? "$name has a test"
done
echo "1..$count"
