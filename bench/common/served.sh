# served.sh: what benchmarks of a served office stand on, read at the top of the source. $gongshi is the program, $work
# a folder that goes with the benchmark, as does the server.
gongshi=$PWD/build/gongshi
work=$(mktemp -d)
server=
export LC_ALL=C.UTF-8

stop_server() {
    [ -z "$server" ] || kill "$server" 2>/dev/null
    [ -z "$server" ] || wait "$server" || true
    server=
}
trap 'stop_server; rm -rf "$work"' EXIT

# serve FOLDER: a server on the data in that folder of $work, in the place of the one before: $GONGSHI_DATA, $server,
# $url and $port are its.
serve() {
    stop_server
    export GONGSHI_DATA="$work/$1"
    "$gongshi" serve --demo --listen 127.0.0.1:0 >"$work/$1.url" 2>"$work/log" &
    server=$!
    while [ ! -s "$work/$1.url" ]; do
        sleep 0.1
    done
    url=$(sed -n 's/^\(http[^ ]*\)\/.*/\1/p' "$work/$1.url")
    port=${url##*:}
}
