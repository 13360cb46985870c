#!/bin/sh
# facts.sh [ASKERS]: facts of a ledger, of a parameter and with references for 100,000 askers at once, over 100,000
# rows.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build/bench/facts "$folder/store" "${1:-100000}" 100000
