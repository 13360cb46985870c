#!/bin/sh
# power_cut.sh BUILD N: N times a worker on a file system in a file, stopped at a random instant; the file as it is then
# is what a disk has after a power cut: all that was flushed, of the rest what happened to be written. A copy of it is
# mounted, the store opened and compared with the answers. With shipping what the shipping directory alone gives is
# compared, too. The control does the same without a flush at each commit: it must lose something, or the method sees
# nothing.
# Needs root and loop devices.
set -u
build=$1 cuts=$2
program=$build/tests/test_store_crash
if [ "$(id -u)" -ne 0 ] || ! losetup -f >/dev/null 2>&1; then
    echo "ok - power cuts # SKIP needs root and a loop device"
    exit 0
fi
work=$(mktemp -d)
mkdir "$work/live" "$work/cut"
clean() {
    umount "$work/cut" 2>/dev/null
    umount "$work/live" 2>/dev/null
    rm -rf "$work"
}
trap clean EXIT

# A number from 0 to $1 - 1.
random() {
    echo $(($(od -An -N4 -tu4 /dev/urandom) % $1))
}

# cut MODE SHIP: one cut; prints what was lost, or "bad" and the reason.
cut() {
    truncate -s 256M "$work/image"
    mkfs.ext4 -q -F "$work/image" && mount -o loop "$work/image" "$work/live" || { echo "bad mount"; return; }
    ship=-
    [ "$2" = none ] || ship=$work/live/ship
    # shellcheck disable=SC2086
    "$program" worker "$work/live/data" "$ship" 16 - $1 >"$work/answers" 2>"$work/err" &
    worker=$!
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        sleep 0.1
        [ ! -s "$work/answers" ] || break
    done
    sleep "0.$(printf '%03d' "$(random 600)")"
    kill -STOP "$worker" || { echo "bad worker"; cat "$work/err"; }
    cp --sparse=always "$work/image" "$work/copy"
    kill -KILL "$worker"
    wait "$worker" 2>/dev/null
    umount "$work/live"
    if ! mount -o loop "$work/copy" "$work/cut"; then
        echo "bad copy"
        return
    fi
    # With shipping the data directory is lost as well: the answers are looked for in what the shipping directory gives.
    if [ "$2" = ship ]; then
        "$program" restore "$work/cut/ship" "$work/cut/restored" 2>&1 &&
            "$program" check "$work/cut/restored" - "$work/answers" 2>&1
    fi
    "$program" check "$work/cut/data" - "$work/answers" 2>&1
    umount "$work/cut"
}

# series NAME N MODE SHIP: cuts, and their sum in $answered, $lost, $bad.
series() {
    answered=0 lost=0 bad=0 n=0
    while [ "$n" -lt "$2" ]; do
        n=$((n + 1))
        cut "$3" "$4" >"$work/result" 2>&1
        while IFS= read -r result; do
            case "$result" in
            '{'*'"twice":0,"half":0,"holes":0,'*)
                one=${result#*\"answered\":}
                answered=$((answered + ${one%%,*}))
                one=${result#*\"lost\":}
                lost=$((lost + ${one%%,*}))
                ;;
            *)
                bad=$((bad + 1))
                echo "# $result"
                ;;
            esac
        done <"$work/result"
    done
    echo "# $1: $2 cuts, $answered answered, $lost lost, $bad bad"
}

series "flushed" "$cuts" '' none
[ "$lost" -eq 0 ] && [ "$bad" -eq 0 ] && [ "$answered" -gt 0 ] && echo "ok - $cuts power cuts lose nothing" ||
    echo "not ok - $cuts power cuts lose nothing"
series "flushed and shipped" $((cuts / 3 + 1)) '' ship
[ "$lost" -eq 0 ] && [ "$bad" -eq 0 ] && [ "$answered" -gt 0 ] && echo "ok - with shipping neither" ||
    echo "not ok - with shipping neither"
n=0 control=0
while [ "$control" -eq 0 ] && [ "$n" -lt "$cuts" ]; do
    n=$((n + 1))
    series "control" 1 normal none
    control=$lost
done
[ "$control" -gt 0 ] && echo "ok - the control loses something (cut $n: $control answers)" ||
    echo "not ok - the control loses something"
