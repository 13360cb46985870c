# process.sh [SECONDS]: start → user task → service task → end, in memory on one thread, beside npm's bpmn-engine on the
# same file, in one run. Instances a second of CPU time; our file is parsed once, theirs anew for each or once.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-2}
for tool in node npm; do
    if ! command -v $tool >/dev/null; then
        echo "bench/process.sh: $tool is missing; script/setup all installs it" >&2
        exit 1
    fi
done
[ -d bench/node_modules/bpmn-engine ] || (cd bench && npm ci --silent)

ours=$(build/gongshi bench process bench/process.bpmn --seconds "$seconds")
echo "gongshi      $ours"
theirs=$(cd bench && node bpmn-engine.js process.bpmn "$seconds")
echo "$theirs" | {
    read -r anew once rss
    echo "bpmn-engine  {\"instances_per_s\":$once,\"instances_per_s_parsed_anew\":$anew,\"rss_mb\":$rss}"
    number=$(echo "$ours" | sed 's/.*instances_per_s":\([0-9]*\).*/\1/')
    echo "ratio        $((number / once))×"
}
