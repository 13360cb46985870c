#!/bin/sh
# kill.sh GONGSHI ROUNDS [postgres://…]: a server is killed with -9 at a random moment while eight clients ask it to
# begin dossiers, each under a key of its own; again and again. In the end each dossier that was promised is there,
# under its number, and no key was done twice. With a database two servers share it, and one of them is killed each
# time.
set -u
gongshi=$(realpath "$1") rounds=$2 database=${3:-}
cd "${GONGSHI_ROOT:-.}" || exit 1
work=$(mktemp -d)
export LC_ALL=C.UTF-8 GONGSHI_DATA="${database:-$work/data}"
servers=
clients=
trap 'for p in $servers $clients; do kill -9 "$p" 2>/dev/null; done; wait; rm -rf "$work"' EXIT
count=0
slowest=0

point() { # STATUS NAME
    count=$((count + 1))
    [ "$1" -eq 0 ] && echo "ok $count - $2" || echo "not ok $count - $2"
}

random() { # BELOW
    od -An -N4 -tu4 /dev/urandom | awk -v n="$1" '{ print $1 % n }'
}

# start NAME: a server whose address goes into $work/NAME.url and whose number into $started.
start() {
    rm -f "$work/$1.url"
    "$gongshi" serve --second-factor none --listen 127.0.0.1:0 >"$work/$1.url" 2>>"$work/log" &
    started=$!
    servers="$servers $started"
    from=$(date +%s%N)
    while [ ! -s "$work/$1.url" ] && kill -0 $started 2>/dev/null; do
        sleep 0.01
    done
    took=$((($(date +%s%N) - from) / 1000000))
    [ $took -le $slowest ] || slowest=$took
}

# client NUMBER: begins dossiers until it is told to stop; what was promised goes into $work/done.NUMBER.
client() {
    n=0
    while [ ! -e "$work/stop" ]; do
        n=$((n + 1))
        for name in a b; do
            url=$(cat "$work/$name.url" 2>/dev/null)
            [ -n "$url" ] || continue
            key="$round-$1-$n-$name"
            echo "$key" >>"$work/asked.$1"
            curl -sS -m 10 -w '\n' -H 'Content-Type: application/json' -H "Authorization: Bearer $token" \
                "${url}api/act" \
                -d "{\"act\":\"start\",\"scheme\":\"stalls\",\"subject\":\"$key\",\"key\":\"$key\",\"with\":$answers}" \
                2>/dev/null |
                sed -n "s/^{\"dossier\":\([0-9]*\),.*/$key \1/p" >>"$work/done.$1"
        done
    done
}

answers='{"年龄":30,"经营类别":"百货"}'
"$gongshi" init "$GONGSHI_DATA" >/dev/null
start a
first=$started
"$gongshi" people office street >/dev/null
"$gongshi" people add li --office street >/dev/null
"$gongshi" people give li clerk --office street >/dev/null
echo 'a long enough password' | "$gongshi" people password li >/dev/null
"$gongshi" scheme install schemes/stalls >/dev/null
token=$(curl -sS -H 'Content-Type: application/json' "$(cat "$work/a.url")api/login" \
    -d '{"login":"li","password":"a long enough password"}' | sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
[ -z "$database" ] || start b
slowest=0

round=0
while [ $round -lt "$rounds" ]; do
    round=$((round + 1))
    rm -f "$work/stop"
    clients=
    for i in 1 2 3 4 5 6 7 8; do
        client $i &
        clients="$clients $!"
    done
    sleep "0.$(random 9)$(random 9)5"
    kill -9 $first
    wait $first 2>/dev/null
    servers=$(echo "$servers" | sed "s/ $first\b//")
    touch "$work/stop"
    for p in $clients; do
        wait "$p"
    done
    start a
    first=$started
done
clients=

cat "$work"/asked.* | sort >"$work/asked"
cat "$work"/done.* 2>/dev/null | sort >"$work/done"
promised=$(wc -l <"$work/done")
point "$([ "$promised" -gt "$rounds" ]; echo $?)" \
    "$promised dossiers were promised in $rounds rounds, of $(wc -l <"$work/asked") asked for"
lost=0 other=0
while read -r key n; do
    again=$("$gongshi" dossier start stalls --as li --subject "$key" --key "$key" --with "$answers" |
        sed -n 's/^{"dossier":\([0-9]*\),.*/\1/p')
    [ -n "$again" ] || lost=$((lost + 1))
    [ "$again" = "$n" ] || other=$((other + 1))
done <"$work/done"
point "$lost" "$lost were lost"
point "$other" "$other have another number"
"$gongshi" dossier list stalls >"$work/list"
subjects=$(sed -n 's/.*"subject": "\(.*\)".*/\1/p' "$work/list" | sort)
twice=$(echo "$subjects" | uniq -d | wc -l)
point "$twice" "$twice were begun twice"
echo "# the slowest restart took $slowest ms"
"$gongshi" audit >"$work/audit" 2>&1
point $? "the audit is whole: $(cat "$work/audit")"
echo "1..$count"
