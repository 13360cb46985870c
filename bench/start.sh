#!/bin/sh
# start.sh: what the shortest command takes: processor time and memory of `gongshi feel 1+1`.
exec build/bench/start build/gongshi
