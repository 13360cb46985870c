#!/bin/sh
# json.sh [SECONDS]: how fast JSON is read, in megabytes a second of one core.
exec build/bench/json "$@"
