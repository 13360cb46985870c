#!/bin/sh
# ledger_rules.sh GONGSHI: what a scheme says of its ledgers: checks, codes, classes, views, days that bring something
# about.
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/../says.sh"
where=$work/data
export GONGSHI_DATA="$where"

lacks() { # NAME PATTERN: the last output has it not
    ! grep -q -- "$2" "$work/out"
    point $? "$1"
}

row_of() { sed -n 's/.*"row": "\([0-9]*\)".*/\1/p' "$work/out" | head -1; }

# until NAME PATTERN COMMAND...: says it within ten seconds.
until_says() {
    name=$1 pattern=$2 n=0
    shift 2
    while [ $n -lt 50 ] && ! "$gongshi" "$@" 2>&1 | tr -d '\n' | tee "$work/out" | grep -q -- "$pattern"; do
        n=$((n + 1))
        sleep 0.2
    done
    [ $n -lt 50 ]
    point $? "$name"
    [ $n -lt 50 ] || sed 's/^/# /' "$work/out"
}

mkdir -p "$work/shop/process" "$work/shop/rules" "$work/shop/parameters"
cat >"$work/shop/scheme.json" <<'JSON'
{"scheme": "shop", "uses": ["core"],
 "parameters": {"trades": {"key": ["trade"], "value": {"name": "text"}}},
 "ledgers": {"shops": {"of": "office", "key": ["name"], "code": "s", "valid": ["from", "to"], "checks": "shop row",
  "fields": {"name": {"type": "text", "required": true, "class": "public", "index": true, "search": true},
             "trade": {"type": "code", "of": "trades", "class": "public"}, "area": "integer",
             "holder": {"type": "text", "class": "personal"}, "score": {"type": "integer", "index": true},
             "from": {"type": "date", "class": "public", "index": true}, "to": "date"},
  "due": {"renew": {"on": "to - duration(\"P30D\")", "tell": "clerk"},
          "lapse": {"on": "if to = null then null else to + duration(\"P1D\")", "start": "lapse"}}}},
 "decisions": {"shop row": {"shape": "problems"}},
 "assessments": {"worked": {"over": "shops", "decide": "worked", "order": ["score desc"],
                            "grade": {"by": "count", "of": {"all": "rest"}}, "approve": "manager"}},
 "processes": {"lapse": {"subject": "shops", "start": {"by": ["due"]}}},
 "views": {"large": {"ledger": "shops", "audience": "internal", "where": "area >= 50", "order": "from desc",
                     "fields": ["name", "area", "from"]},
           "judged": {"ledger": "shops", "audience": "internal", "fields": ["name"], "search": ["name"],
                      "decision": "shop row"},
           "shown": {"ledger": "shops", "audience": "public", "fields": ["name"], "decision": "shop row"},
           "around": {"ledger": "shops", "audience": "internal", "near": "name"},
           "owners": {"ledger": "shops", "audience": "internal", "search": ["area"]},
           "open": {"ledger": "shops", "audience": "public", "fields": ["name", "trade", "score", "holder"]}}}
JSON
cat >"$work/shop/parameters/trades.csv" <<'CSV'
trade,name,source,state,from,to
FOOD-1,食品,示例,示例,2020-01-01,2025-12-31
FOOD-2,餐饮,示例,示例,2026-01-01,
WEAR-1,服装,示例,示例,2020-01-01,
CSV
cat >"$work/shop/rules/shop.dmn" <<'XML'
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="shop" name="shop" namespace="shop">
<inputData id="i" name="area"><variable name="area" typeRef="number"/></inputData>
<decision id="d" name="shop row"><variable name="shop row"/>
<informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>concatenate(
  if area &gt; 1000 then [{path: "area", level: "error", text: "a stall has at most 1000 m²",
    remedy: "look at the plan"}]
  else [],
  if area &gt; 100 then [{path: "area", level: "warning", text: "an unusual size", remedy: "measure again"}] else [])
</text></literalExpression>
</decision>
<decision id="w" name="worked"><variable name="worked"/>
<literalExpression><text>{score: if is working day(@"2026-05-09") and not(is working day(@"2026-05-04")) then 1 else 0}
</text></literalExpression></decision></definitions>
XML
cat >"$work/shop/process/lapse.bpmn" <<'XML'
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="lapse" isExecutable="true">
<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/><userTask id="t" name="look"/>
</process></definitions>
XML

says "a data directory" 0 "is ready" init "$where"
says "an office" 0 '"office"' people office 330424 海盐
for person in wang li zhao; do
    says "an account for $person" 0 '"person"' people add $person $person --office 330424
done
says "a clerk" 0 '' people give wang clerk --office 330424
says "a manager" 0 '' people give zhao manager --office 330424
says "the package" 0 '"scheme":"shop"' scheme install "$work/shop"

# Codes.
add() { "$gongshi" ledger add shop.shops "$1" --office 330424 --as wang; }
says "a code that was in force last year" 1 'has no code "FOOD-1" on this day.*near it: FOOD-2' ledger add shop.shops \
    '{"name":"甲","trade":"FOOD-1","from":"2026-03-01"}' --office 330424 --as wang
says "holds for a row of last year" 0 '"row"' ledger add shop.shops \
    '{"name":"甲","trade":"FOOD-1","from":"2025-03-01"}' --office 330424 --as wang
first=$(row_of)
says "another code is named with those near it" 1 'near it: WEAR-1' ledger change shop.shops "$first" \
    '{"trade":"WAER-1"}' --reason 更正 --as wang
says "a change of something else leaves the code" 0 '"row"' ledger change shop.shops "$first" '{"area":60}' \
    --reason 测量 --as wang

# Checks.
says "a check refuses, with field and remedy" 1 'at most 1000.*area = 2000.*look at the plan' ledger add shop.shops \
    '{"name":"乙","area":2000}' --office 330424 --as wang
says "a warning wants a reason" 1 'unusual size.*area = 200.*say why with --despite' ledger add shop.shops \
    '{"name":"乙","area":200}' --office 330424 --as wang
says "with it the row is written" 0 '"row"' \
    ledger add shop.shops '{"name":"乙","area":200,"holder":"CANARY","score":7}' \
    --office 330424 --as wang --despite 两层
second=$(row_of)
grep -aqr '"reason":"两层"' "$work/data"
point $? "the reason stands in the audit"
says "a change is checked too" 1 'at most 1000' ledger change shop.shops "$second" '{"area":1001}' --reason 更正 --as wang
printf 'name,area,trade\n丙,150,FOOD-9\n' >"$work/in.csv"
says "an import wants both" 1 'no code "FOOD-9"' ledger import shop.shops "$work/in.csv" --office 330424 --as zhao
printf 'name,area\n丙,150\n' >"$work/in.csv"
says "and a reason for what it warns of" 1 'warning: area: an unusual size' ledger import shop.shops "$work/in.csv" \
    --office 330424 --as zhao
says "with which it is written" 0 '' ledger import shop.shops "$work/in.csv" --office 330424 --as zhao --despite 两层
says "a clerk imports nothing" 1 'not permitted to import' \
    ledger import shop.shops "$work/in.csv" --office 330424 --as wang

# Short codes.
says "a row has a short code" 0 '"code": "s-' ledger show shop.shops "$second"
code=$(sed -n 's/.*"code": "\(s-[0-9A-Z]*\)".*/\1/p' "$work/out")
says "which names it" 0 '"乙"' ledger show shop.shops "$code"
says "in small letters too" 0 '"乙"' ledger show shop.shops "$(echo "$code" | tr 'A-Z' 'a-z')"
last=$(echo "$code" | sed 's/.*\(.\)$/\1/')
other=$([ "$last" = 2 ] && echo 3 || echo 2)
says "a slip of the pen is found" 1 'check character' ledger show shop.shops "${code%?}$other"
says "a letter that never occurs" 1 'letters I, O, S, V and Z' ledger show shop.shops s-IO

# Classes.
says "an officer sees no personal field" 0 '"score": 7' ledger query shop.shops --office 330424 --as wang
lacks "nor a hint of it" 'holder\|CANARY\|commitment'
says "nor can it be asked for" 1 'has no field "holder" that' \
    ledger query shop.shops --where 'holder = "CANARY" or holder != null' \
    --office 330424 --as wang
says "nor with --personal" 1 'not permitted' ledger query shop.shops --personal --office 330424 --as wang
says "a manager can" 0 'CANARY' ledger query shop.shops --personal --office 330424 --as zhao
says "who has no role sees nothing" 1 'not permitted' ledger query shop.shops --office 330424 --as li
says "but what is public" 0 '"乙"' ledger list shop.shops --view open --as li --on ever
lacks "and no more" 'score\|holder\|CANARY'
says "nor by the order" 1 'cannot be asked' ledger list shop.shops --view open --order score --as li --on ever

# Views.
says "a view has its rows, columns and order" 0 '"name": "甲", *"area": 60.*"name": "乙"' \
    ledger list shop.shops --view large --on ever
lacks "and no others" '"trade"\|"holder"\|"score"'
says "a view has a decision say something of each row" 0 '"name": "甲", *"code": "[^"]*", *"shop row": \[\]' \
    ledger list shop.shops --view judged --on ever
says "and is searched in the fields that it names" 0 '"rows": \[ *{ *"name": "乙"' \
    ledger list shop.shops --view judged --words 乙 --on ever
says "not in others" 1 'is searched by "area"' ledger list shop.shops --view owners --words 乙 --on ever
says "a decision is not for everybody" 1 'its "decision" has no meaning' ledger list shop.shops --view shown --on ever
says "nor is a distance from nowhere" 1 'its "near" has no meaning' ledger list shop.shops --view around --on ever
says "a view that there is not" 1 'has no view "none"' ledger list shop.shops --view none

# The calendar of the office: 4 May 2026 is a holiday, and 9 May, a Saturday, is worked for it.
says "an assessment" 0 '"assessment"' assess new shop worked --office 330424
assessment=$(sed -n 's/.*"assessment": "\{0,1\}\([0-9]*\).*/\1/p' "$work/out" | head -1)
says "is frozen" 0 '"frozen"' assess freeze "$assessment"
says "computed" 0 '"computed"' assess compute "$assessment"
says "and knows the office's calendar" 0 '"score": *1' assess preview "$assessment"
printf 'day,working,name,source,state\n2026-05-09,false,改休,示例,示例\n' >"$work/days.csv"
says "another calendar comes" 0 '' calendar import "$work/days.csv"
says "what was frozen keeps its own" 0 '"score": *1' assess preview "$assessment"
says "what begins now has the new one" 0 '"assessment"' assess new shop worked --office 330424
assessment=$(sed -n 's/.*"assessment": "\{0,1\}\([0-9]*\).*/\1/p' "$work/out" | head -1)
"$gongshi" assess freeze "$assessment" >/dev/null && "$gongshi" assess compute "$assessment" >/dev/null
says "in which it is no working day" 0 '"score": *0' assess preview "$assessment"

# Days.
day() { date -d "$1 days" +%F; }
says "a row that ends" 0 '"row"' ledger add shop.shops "{\"name\":\"丁\",\"to\":\"$(day 90)\"}" --office 330424 --as wang
fourth=$(row_of)
serve
until_says "its days are known" '"due": "renew".*"state": "open".*"due": "lapse"' ledger due shop.shops
says "a change moves them" 0 '"row"' ledger change shop.shops "$fourth" "{\"to\":\"$(day 20)\"}" --reason 更正 --as wang
until_says "what is over is told" '"due": "renew", *"day": "[^"]*", *"office": "330424", *"state": "done"' ledger due \
    shop.shops --on ever
says "to the clerks of the office" 0 '"role": "clerk".*"due": "renew"' dossier told --office 330424 --as wang
says "and to nobody else" 1 'not permitted' dossier told --office 330424 --as li
says "what is not is open" 0 '"due": "lapse"' ledger due shop.shops
lacks "and the told one is not" renew
says "it ends now" 0 '"row"' ledger change shop.shops "$fourth" "{\"to\":\"$(day -1)\"}" --reason 更正 --as wang
until_says "a dossier about the row begins" '"dossier": "[0-9]' ledger due shop.shops --on ever
dossier=$(sed 's/.*"dossier": "\([0-9]*\)".*/\1/' "$work/out")
until_says "whose subject is the row" "\"subject\": \"$fourth\"" dossier show "$dossier"
stop_server
serve
says "back and forth" 0 '"row"' ledger change shop.shops "$fourth" "{\"to\":\"$(day 60)\"}" --reason 更正 --as wang
until_says "another day opens" '"due": "lapse", *"day": "[^"]*", *"office": "330424", *"state": "open"' \
    ledger due shop.shops
says "the same day again" 0 '"row"' ledger change shop.shops "$fourth" "{\"to\":\"$(day -1)\"}" --reason 更正 --as wang
until_says "opens nothing" '\[\]' ledger due shop.shops
"$gongshi" dossier list shop >"$work/out" 2>&1
[ "$(tr ',' '\n' <"$work/out" | grep -c '"lapse"')" -eq 1 ]
point $? "nor begins a second dossier"
echo "1..$count"
