#!/bin/sh
# rules.sh [SECONDS]: FEEL beside npm's feelin and @bpmn-io/feelin on the lines of bench/feel.txt, in one run.
# Evaluations a second of CPU time on one thread. The ratios compare like with like: all parse and evaluate.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-1}
. bench/common/node.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd bench && node feelin.js feel.txt feel.json "$seconds") >"$work/theirs"
sed -n 's/^\([a-z]*\) | \(.*\)/\1|\2/p' bench/feel.txt | while IFS='|' read -r name expression; do
    build/gongshi bench feel "$expression" -c bench/feel.json --seconds "$seconds" |
        sed 's/[{}"]//g; s/parse_eval_per_s://; s/,eval_per_s:/ /'
done >"$work/ours"

printf '%-12s %12s %12s %12s %16s %10s %10s\n' expression parse+eval eval feelin @bpmn-io/feelin ratio ratio
paste -d ' ' "$work/theirs" "$work/ours" | while read -r name feelin bpmn both only; do
    printf '%-12s %12s %12s %12s %16s %9s× %9s×\n' "$name" "$both" "$only" "$feelin" "$bpmn" \
        $((both / feelin)) $((both / bpmn))
done
