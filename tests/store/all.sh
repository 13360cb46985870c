#!/bin/sh
# all.sh BUILD: what the store promises when processes, machines and disks fail, at length. Prints TAP points.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$1
tests/store/kill9.sh "$build" 200 "$(date +%s)"
tests/store/power_cut.sh "$build" 30
tests/store/disk_full.sh "$build"
# More flipped bits than the unit test has time for.
"$build/tests/test_store_backup" 1000 | sed -n 's/^\(not \)\{0,1\}ok [0-9]* - \(.*flipped bits.*\)/\1ok - \2/p'
