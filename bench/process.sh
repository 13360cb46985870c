#!/bin/sh
# process.sh [SECONDS]: start → user task → service task → end, in memory on one thread, beside npm's bpmn-engine on the
# same file, in one run. Instances a second of CPU time; our file is parsed once, theirs anew for each or once.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-2}
. bench/common/node.sh

ours=$(build/gongshi bench process bench/process.bpmn --seconds "$seconds")
echo "gongshi      $ours"
theirs=$(cd bench && node bpmn-engine.js process.bpmn "$seconds")
echo "$theirs" | {
    read -r anew once rss
    echo "bpmn-engine  {\"instances_per_s\":$once,\"instances_per_s_parsed_anew\":$anew,\"rss_mb\":$rss}"
    number=$(echo "$ours" | sed 's/.*instances_per_s":\([0-9]*\).*/\1/')
    echo "ratio        $((number / once))×"
}
