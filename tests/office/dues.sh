#!/bin/sh
# dues.sh GONGSHI POSTGRES: two servers on one database. The days of forty rows are over when an import brings them:
# each is told once, and begins one dossier.
set -u
gongshi=$(realpath "$1")
work=$(mktemp -d)
servers=
trap '[ -z "$servers" ] || kill $servers 2>/dev/null; wait; rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 GONGSHI_DATA="$2&options=-csearch_path%3Ddues_$$"

mkdir -p "$work/shop/process"
cat >"$work/shop/scheme.json" <<'JSON'
{"scheme": "shop", "ledgers": {"shops": {"of": "office", "key": ["name"], "fields": {"name": "text", "to": "date"},
  "due": {"renew": {"on": "to - duration(\"P30D\")", "tell": "clerk"},
          "lapse": {"on": "if to = null then null else to + duration(\"P1D\")", "start": "lapse"}}}},
 "processes": {"lapse": {"subject": "shops", "start": {"by": ["due"]}}}}
JSON
cat >"$work/shop/process/lapse.bpmn" <<'XML'
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="lapse" isExecutable="true">
<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/><userTask id="t" name="look"/>
</process></definitions>
XML
{
    "$gongshi" init "$GONGSHI_DATA"
    "$gongshi" people office 330424 海盐
    "$gongshi" scheme install "$work/shop"
} >"$work/log" 2>&1
for n in 1 2; do
    "$gongshi" serve --listen 127.0.0.1:0 >"$work/url$n" 2>>"$work/log" &
    servers="$servers $!"
done
tries=0
while { [ ! -s "$work/url1" ] || [ ! -s "$work/url2" ]; } && [ $tries -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
{ echo name,to; seq 40 | sed 's/.*/店&,2026-01-01/'; } >"$work/in.csv"
"$gongshi" ledger import shop.shops "$work/in.csv" --office 330424 >>"$work/log" 2>&1
done=0
tries=0
while [ "$done" -lt 80 ] && [ $tries -lt 100 ]; do
    "$gongshi" ledger due shop.shops --on ever --max 200 >"$work/out" 2>>"$work/log"
    done=$(grep -c '"state": "done"' "$work/out")
    sleep 0.2
    tries=$((tries + 1))
done
sleep 2
point() { # STATUS NUMBER NAME
    [ "$1" -eq 0 ] && echo "ok $2 - $3" || echo "not ok $2 - $3"
}
[ "$done" -eq 80 ]
point $? 1 "all days are acted upon"
begun=$("$gongshi" dossier list shop 2>/dev/null | tr ',' '\n' | grep -c '"lapse"')
[ "$begun" -eq 40 ]
point $? 2 "one dossier begins for each row"
[ "$(grep -c '"dossier"' "$work/out")" -eq 40 ]
point $? 3 "and the days know them"
[ "$begun" -eq 40 ] && [ "$done" -eq 80 ] || sed 's/^/# /' "$work/log"
echo 1..3
