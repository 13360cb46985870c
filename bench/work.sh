#!/bin/sh
# work.sh [SECONDS]: whole instances through the office, every step durable (see src/cli/bench_work.c): by themselves,
# all on one dossier, beside a bulk job, and 100,000 timers. Each in a fresh data directory on this disk.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-5}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bench() { # NAME ARGUMENT...
    name=$1
    shift
    printf '%-14s ' "$name"
    build/gongshi bench work "$@" --store "$folder/$name"
    rm -rf "${folder:?}/$name"
}
bench instances bench/work.bpmn --seconds "$seconds"
bench one-dossier bench/work.bpmn --seconds "$seconds" --one
bench beside-bulk bench/work.bpmn --bulk 100000
bench timers bench/timer.bpmn --timers 100000
