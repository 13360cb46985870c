#!/bin/sh
# store.sh [SECONDS [CALLERS [ship|postgres]]]: how many units a second the store makes durable, in a folder here, or
# beside a PostgreSQL server of its own.
if [ "${3:-}" = postgres ]; then
    # shellcheck disable=SC2016
    exec tests/store/with_postgres.sh sh -c 'exec build/bench/store "$@" "$GONGSHI_TEST_POSTGRES"' store "$1" "$2"
fi
exec build/bench/store "$@"
