#!/bin/sh
# sheet.sh [WORKBOOK]: how fast a workbook is written and read, and what memory the helper and the caller need.
exec build/bench/sheet build/gongshi-paper "$@"
