#!/bin/sh
# ledger.sh GONGSHI: rows of a ledger written, changed, asked for and struck with the commands of docs/ledger.md.
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/../says.sh"

mkdir -p "$work/pass/process"
cat >"$work/pass/scheme.json" <<'JSON'
{"scheme": "pass", "ledgers": {"passes": {"of": "office", "key": ["clerk", "item"], "valid": ["from", "to"],
 "fields": {"clerk": {"type": "text", "required": true, "index": true, "search": true}, "item": "text",
            "from": {"type": "date", "index": true}, "to": "date"}}}}
JSON
cat >"$work/pass/process/none.bpmn" <<'XML'
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="none" isExecutable="true">
<startEvent id="s"/></process></definitions>
XML

says "a data directory" 0 "is ready" init "$work/data"
says "an office" 0 '"office"' people office 330424 海盐
says "another" 0 '"office"' people office 330421 嘉善
says "a clerk's account" 0 '"person"' people add wang 王某 --office 330424
says "with a role" 0 '' people give wang clerk --office 330424
says "a scheme with a ledger" 0 '"scheme":"pass"' scheme install "$work/pass"
says "the ledgers are listed" 0 '"pass.passes".*"clerk": "text"' ledger list
says "a row is written" 0 '"row"' ledger add pass.passes \
    '{"clerk":"王某","item":"不动产登记","from":"2026-03-01","to":"2027-02-28"}' --office 330424 --as wang
row=$(sed -n 's/.*"row": "\([0-9]*\)".*/\1/p' "$work/out")
says "not the same one again" 1 "there is a row with this key already" ledger add pass.passes \
    '{"clerk":"王某","item":"不动产登记","from":"2026-05-01"}' --office 330424
says "not in another office" 1 "it is not permitted" ledger add pass.passes '{"clerk":"李某"}' --office 330421 --as wang
says "a field that is none is named" 1 'has no field "name"' ledger add pass.passes '{"name":"x"}' --office 330424
says "it holds on its last day" 0 '"examined": 1' ledger query pass.passes --where 'clerk = "王某"' --on 2027-02-28
says "not the day after" 0 '"rows": \[\]' ledger query pass.passes --on 2027-03-01
says "it is found by two characters" 0 '"王某"' ledger query pass.passes --words 王某 --on ever
says "a change needs a reason" 1 "a change needs a reason" ledger change pass.passes "$row" '{"to":"2026-12-31"}'
says "it is changed" 0 '"row"' ledger change pass.passes "$row" '{"to":"2026-12-31"}' --reason 调离 --revision 1
says "not twice from the same page" 1 "somebody else has changed this meanwhile" ledger change pass.passes "$row" \
    '{"to":"2026-11-30"}' --reason 调离 --revision 1
says "both revisions are kept" 0 '"2027-02-28".*"2026-12-31"' ledger history pass.passes "$row"
says "who looks must belong to it" 1 "it is not permitted" ledger query pass.passes --as wang --on ever
says "his own office he sees" 0 '"王某"' ledger query pass.passes --as wang --on ever --office 330424
says "it is struck" 0 '"row"' ledger strike pass.passes "$row" --reason 录入有误
says "and gone" 0 '"rows": \[\]' ledger query pass.passes --on ever
says "but not from what was known" 0 '"known to": "2' ledger show pass.passes "$row"
says "a view is named" 1 "has no view" ledger list pass.passes --view none
says "the order needs an index" 1 "is not ordered by" ledger query pass.passes --order item
says "a day is a day" 1 "neither a day nor an instant" ledger query pass.passes --on 2026-13-01
says "a ledger has a scheme" 1 "names no ledger" ledger query passes
says "a condition is FEEL" 1 "" ledger query pass.passes --where 'clerk ='
says "a name that no field has is named" 1 'has no field "clrek" that .*perhaps this is meant: clerk' \
    ledger query pass.passes --where 'clrek = "王某"'
says "in an export too" 1 'perhaps this is meant: item' ledger export pass.passes --where 'contains(itm, "登记")'
says "in Chinese" 1 '没有可用于查询的字段.clrek.*是否为：clerk' ledger query pass.passes --where 'clrek = "王某"' --lang zh
says "a text without quotation marks" 1 'a text stands in quotation marks' ledger query pass.passes \
    --where 'clerk = 王某'
says "what each row has is no mistake" 0 '"rows"' ledger query pass.passes --where 'office > 0 and revision = 1'
says "usage" 2 "needs its row" ledger show pass.passes
echo "1..$count"
