#!/bin/sh
# register.sh [SECONDS]: a page of a register of the sample district, as the loop keeps it and made anew each time,
# beside an empty server whose answers have the same size; see bench/http.c.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-3}
. bench/common/served.sh

"$gongshi" demo "$work/data" >/dev/null 2>&1
serve data
build/bench/http page "$port" "$server" /r/shouhe/titles 'register, cached' '' "$seconds"
build/bench/http page "$port" "$server" /r/shouhe/titles 'register, rendered' 'Cookie: other=1' "$seconds"
build/bench/http page "$port" "$server" /notices 'notices, rendered' 'Cookie: other=1' "$seconds"
