# register.sh [SECONDS]: a page of a register of the sample district, as the loop keeps it and made anew each time,
# beside an empty server whose answers have the same size; see bench/http.c.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-3}
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
build/gongshi demo "$work/data" >/dev/null 2>&1
build/gongshi serve --data "$work/data" --listen 127.0.0.1:0 >"$work/url" 2>/dev/null &
server=$!
while [ ! -s "$work/url" ]; do
    sleep 0.1
done
port=$(sed 's/.*:\([0-9]*\).*/\1/' "$work/url")
build/bench/http page "$port" "$server" /r/shouhe/titles 'register, cached' '' "$seconds"
build/bench/http page "$port" "$server" /r/shouhe/titles 'register, rendered' 'Cookie: other=1' "$seconds"
build/bench/http page "$port" "$server" /notices 'notices, rendered' 'Cookie: other=1' "$seconds"
