#!/bin/sh
# facts.sh [SECONDS]: one fact for 100,000 askers at once, over 100,000 rows; the time is as it comes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/bench/facts "$folder/store" 100000 100000
