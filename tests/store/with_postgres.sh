#!/bin/sh
# with_postgres.sh COMMAND...: run a command beside a PostgreSQL server of its own, whose URL it finds in
# GONGSHI_TEST_POSTGRES. The cluster lives in a temporary folder (GONGSHI_TEST_POSTGRES_DIR, with the script "restart"
# for tests of lost connections), listens on a Unix socket there and on nothing else, and is removed in the end. The
# exit status is that of the command. Where there is no PostgreSQL it says so and exits with 77.
set -eu
[ $# -gt 0 ] || { echo "usage: with_postgres.sh COMMAND..." >&2; exit 2; }

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n | tail -n 1)
if [ -z "$bin" ]; then
    echo "with_postgres.sh: PostgreSQL is not installed; script/setup all installs it" >&2
    exit 77
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/gongshi-pg-XXXXXX")
# The server refuses to run as root.
as=
if [ "$(id -u)" -eq 0 ]; then
    user=nobody
    ! id postgres >/dev/null 2>&1 || user=postgres
    chown "$user" "$folder"
    as="runuser -u $user --"
fi
chmod 755 "$folder"

stop() {
    status=$?
    trap - EXIT HUP INT TERM
    cd /
    if [ -f "$folder/data/postmaster.pid" ]; then
        $as "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
    fi
    rm -rf "$folder"
    exit "$status"
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

start="cd / && exec $as '$bin/pg_ctl' -D '$folder/data' -l '$folder/log' -w -t 60 -s start"
(
    cd "$folder"
    $as "$bin/initdb" -D data -U gongshi -A trust -E UTF8 --locale=C.UTF-8 -N >initdb.log 2>&1 &&
        cat >>data/postgresql.conf <<CONF &&
listen_addresses = ''
unix_socket_directories = '$folder'
unix_socket_permissions = 0777
max_connections = 200
shared_buffers = 256MB
CONF
        sh -c "$start"
) || { cat "$folder"/*log >&2; exit 3; }

# restart [MODE]: stop the server at once (or in this mode of pg_ctl), and start it again unless the mode is "down".
cat >"$folder/restart" <<RESTART
#!/bin/sh
cd /
mode=\${1:-immediate}
[ "\$mode" = up ] || $as '$bin/pg_ctl' -D '$folder/data' -m immediate -w -s stop
[ "\$mode" = down ] || ($start)
RESTART
chmod 755 "$folder/restart"

export GONGSHI_TEST_POSTGRES="postgres://gongshi@/postgres?host=$(echo "$folder" | sed 's,/,%2F,g')"
export GONGSHI_TEST_POSTGRES_DIR="$folder"
"$@"
