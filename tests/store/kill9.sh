#!/bin/sh
# kill9.sh BUILD N [SEED]: N times a worker with 8 to 64 threads that commits, killed after 5 to 500 ms, and all that it
# was answered looked for: there exactly once, no number of the series left out, open again within a second.
set -u
build=$1 kills=$2 seed=${3:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
result=$("$build/tests/test_store_crash" kill9 "$work" "$kills" "$seed" 2>&1)
status=$?
echo "# $result"
restart=${result##*\"restart_ms\":}
restart=${restart%%\}*}
[ "$status" -eq 0 ] && echo "ok - $kills kills: nothing lost, nothing twice" ||
    echo "not ok - $kills kills: nothing lost, nothing twice"
[ "${restart:-9999}" -lt 1000 ] && echo "ok - open again within a second" || echo "not ok - open again within a second"
