#!/bin/sh
# disk_full.sh BUILD: a store on a disk of 32 MB that another file fills: reading goes on, units are READONLY, writing
# goes on by itself when the file is gone, nothing is lost. Once with the data on that disk, once with the shipping
# directory on it. Needs root, for a tmpfs.
set -u
build=$1
if [ "$(id -u)" -ne 0 ]; then
    echo "ok - disk full # SKIP needs root to mount a small disk"
    exit 0
fi
work=$(mktemp -d)
mkdir "$work/small"
trap 'umount "$work/small" 2>/dev/null; rm -rf "$work"' EXIT
if ! mount -t tmpfs -o size=32m none "$work/small"; then
    echo "ok - disk full # SKIP no tmpfs can be mounted"
    exit 0
fi

# full NAME DATA SHIP
full() {
    result=$("$build/tests/test_store_crash" full "$2" "$work/small/filler" "$3" 2>&1)
    status=$?
    echo "# $1: $result"
    [ "$status" -eq 0 ] && echo "ok - $1: a full disk loses nothing, and writing resumes" ||
        echo "not ok - $1: a full disk loses nothing, and writing resumes"
}

full "data" "$work/small/data" -
rm -rf "$work/small/data"
full "shipping" "$work/data" "$work/small/ship"
