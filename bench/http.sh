#!/bin/sh
# http.sh [SECONDS]: the server beside an empty one, dribbling clients, a large upload; see bench/http.c.
set -eu
cd "$(dirname "$0")/.."
build/bench/http "${1:-3}"
