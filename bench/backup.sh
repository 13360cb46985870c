#!/bin/sh
# backup.sh [MEGABYTES]: seconds a gigabyte of copying a store, proving the copy and restoring it, in a folder here.
exec build/bench/backup "$@"
