# node.sh: what benchmarks beside engines of npm stand on, read at the top of the source: the engines that
# bench/package-lock.json names.
for tool in node npm; do
    if ! command -v $tool >/dev/null; then
        echo "bench: $tool is missing; script/setup all installs it" >&2
        exit 1
    fi
done
[ -d bench/node_modules/bpmn-engine ] || (cd bench && npm ci --silent)
