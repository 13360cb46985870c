# served.sh: what the shell tests stand on. Each reads it first, having been started with the program:
#
#     . "$(dirname "$0")/../served.sh"
#
# Afterwards $gongshi is the program, the folder is the top of the source, $work is a folder that goes with the test,
# $GONGSHI_DATA is where the commands keep their data, and `serve` starts an office on it that ends with the test: the
# directory $work/data, or the database in GONGSHI_TEST_POSTGRES (tests/store/with_postgres.sh), which must be empty.
set -u
gongshi=$(realpath "$1")
cd "${GONGSHI_ROOT:-.}" || exit 1
work=$(mktemp -d)
server= url=
export LC_ALL=C.UTF-8 GONGSHI_DATA="${GONGSHI_TEST_POSTGRES:-$work/data}" GONGSHI_KEYS="$work/keys"
count=0 failed=0

stop_server() {
    [ -z "$server" ] || kill "$server" 2>/dev/null
    [ -z "$server" ] || wait "$server"
    server=
}
trap 'stop_server; rm -rf "$work"' EXIT

# serve OPTION...: a server on a free port of this machine, at $url once it answers; what it says goes to $work/log.
# $under: what it is started by, where it is not started as it is.
under=
serve() {
    rm -f "$work/url"
    # shellcheck disable=SC2086
    $under "$gongshi" serve --listen 127.0.0.1:0 "$@" >"$work/url" 2>>"$work/log" &
    server=$!
    tries=0
    while [ ! -s "$work/url" ] && [ $tries -lt 600 ] && kill -0 $server 2>/dev/null; do
        sleep 0.05
        tries=$((tries + 1))
    done
    url=$(sed 's,/$,,' "$work/url")
}

# district: makes the sample district there, and prints who can log in.
district() {
    "$gongshi" demo "$GONGSHI_DATA" ${GONGSHI_TEST_POSTGRES:+"$work/packages"}
}

# point STATUS NAME: a point of the test; where it fails, the last output is shown.
point() {
    count=$((count + 1))
    [ "$1" -eq 0 ] && echo "ok $count - $2" && return
    failed=$((failed + 1))
    echo "not ok $count - $2"
    [ ! -f "$work/out" ] || head -c 3000 "$work/out" | sed 's/^/# /' | head -n 40
}

member() { # NAME: its first value in the last answer of a command
    sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p" "$work/out" | head -n 1
}
