# staff.sh: what the tests of officers' pages stand on, read after served.sh: ways to be somebody who works there.
language=zh-CN # of the pages

login() { # WHO PASSWORD: a cookie and the token of forms
    curl -sS -o /dev/null -c "$work/$1.jar" -d "login=$1" --data-urlencode "password=$2" "$url/login"
    curl -sS -b "$work/$1.jar" "$url/login" | sed -n 's/.*name="csrf" value="\([0-9a-f]*\)".*/\1/p' | head -n 1 \
        >"$work/$1.csrf"
}

# ask WHO PATH [FIELD=VALUE...]: GET, or POST where there are fields.
ask() {
    who=$1 path=$2
    shift 2
    if [ $# -gt 0 ]; then
        set -- "csrf=$(cat "$work/$who.csrf")" "$@"
        for field in "$@"; do
            shift
            set -- "$@" --data-urlencode "$field"
        done
    fi
    status=$(curl -sS -o "$work/out" -D "$work/head" -w '%{http_code}' -H "Accept-Language: $language" \
        -b "$work/$who.jar" "$@" "$url$path")
    cat "$work/head" "$work/out" >"$work/all"
}

# page NAME STATUS PATTERN WHO PATH [FIELD=VALUE...]
page() {
    name=$1 want=$2 pattern=$3
    shift 3
    ask "$@"
    [ "$status" = "$want" ] && grep -qa -- "$pattern" "$work/all"
    said=$?
    [ $said -eq 0 ] || echo "# $status"
    point $said "$name"
}
