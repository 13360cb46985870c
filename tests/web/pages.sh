# pages.sh: for tests of pages with several people, after served.sh: each has a jar of cookies, $work/WHO.jar.

# page NAME STATUS PATTERN WHO PATH [CURL OPTION...]: with the cookies of WHO; head and body have the pattern.
page() {
    name=$1 want=$2 pattern=$3 who=$4 path=$5
    shift 5
    touch "$work/$who.jar"
    status=$(curl -sS -b "$work/$who.jar" -c "$work/$who.jar" -o "$work/body" -D "$work/head" -w '%{http_code}' "$@" \
        "$url$path")
    cat "$work/head" "$work/body" >"$work/all"
    grep -ai '^location\|<title>\|^<li>\|"message"' "$work/all" | cut -c 1-300 >"$work/out"
    [ "$status" = "$want" ] && grep -qa -- "$pattern" "$work/all"
    point $? "$name ($status)"
}

hidden() { # NAME TEXT: the last answer does not have it
    ! grep -qa -- "$2" "$work/all"
    point $? "$1"
}

csrf() { # WHO
    curl -sS -b "$work/$1.jar" "$url/login" | sed -n 's/.*name="csrf" value="\([0-9a-f]*\)".*/\1/p' | head -n 1
}

# post NAME STATUS PATTERN WHO PATH DATA...: a form with the token of WHO.
post() {
    name=$1 want=$2 pattern=$3 who=$4 path=$5
    shift 5
    token=$(csrf "$who")
    page "$name" "$want" "$pattern" "$who" "$path" -d "csrf=$token" "$@"
}

# number_of PATH WORD: the number that a list of the administrator's has for a login or a code.
number_of() {
    curl -sS -b "$work/admin.jar" "$url$1.json" | grep -o "\"id\":[0-9]*,\"\(login\|code\)\":\"$2\"" | head -n 1 |
        sed 's/^"id":\([0-9]*\).*/\1/'
}
