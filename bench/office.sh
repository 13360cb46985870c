#!/bin/sh
# office.sh [DOSSIERS [SITES [TIMES]]]: what officers wait for, over HTTP, by one server: the list of tasks and the next
# task among 1,000,000 dossiers (gongshi bench desk fills them), 2,000 sites assessed and looked at, declarations of 230
# fields saved and begun by 64 callers, and 800 of them accepted together after a look. Prints NAME p50 p99 in
# milliseconds, what curl measures from the request to the last byte of TIMES requests, one after the other; of acts
# that are done once, the one time. The lines of JSON are those of bench/http.c.
set -eu
cd "$(dirname "$0")/.."
dossiers=${1:-1000000} sites=${2:-2000} times=${3:-100}
many=800
. bench/common/served.sh

person() { # LOGIN OFFICE ROLE...
    "$gongshi" people add "$1" "$1" --office "$2" >/dev/null
    login=$1 office=$2
    shift 2
    for role; do
        "$gongshi" people give "$login" "$role" --office "$office" >/dev/null
    done
    echo 'a long enough password' | "$gongshi" people password "$login" >/dev/null
}

# ---- Asking ----

login() { # WHO PASSWORD
    curl -fsS -o /dev/null -c "$work/$1.jar" -d "login=$1" --data-urlencode "password=$2" "$url/login"
    curl -fsS -b "$work/$1.jar" "$url/login" | sed -n 's/.*name="csrf" value="\([0-9a-f]*\)".*/\1/p' | head -n 1 \
        >"$work/$1.csrf"
}
password() { # WHO: of the sample district
    sed -n "s/^  $1 *\([^ ]*\) .*/\1/p" "$work/people"
}
post() { # WHO PATH CURL-OPTIONS...: prints the milliseconds
    who=$1 path=$2
    shift 2
    curl -sS -o "$work/out" -b "$work/$who.jar" --data-urlencode "csrf=$(cat "$work/$who.csrf")" \
        -w '%{http_code} %{time_total}\n' "$@" "$url$path" |
        awk '{ printf "%.1f\n", $2 * 1000 } $1 >= 400 { print "not a good answer: " $1 >"/dev/stderr" }'
}
shown() { # NAME: p50 and p99 of the numbers in times
    sort -n "$work/times" | awk -v name="$1" '{ t[NR] = $1 }
        END { printf "%-32s %8.1f %8.1f\n", name, t[int((NR + 1) / 2)], t[int(NR * .99 + .5)] }'
}
measure() { # NAME WHO PATH
    i=0
    while [ $i -lt "$times" ]; do
        printf 'next\nurl = "%s"\ncookie = "%s"\noutput = "/dev/null"\n' "$url$3" "$work/$2.jar"
        printf 'write-out = "%%{http_code} %%{time_total}\\n"\n'
        i=$((i + 1))
    done >"$work/config"
    curl -sS -K "$work/config" | awk '{ print $2 * 1000 } $1 >= 400 { exit 1 }' >"$work/times" ||
        echo "$1: not all answers were good"
    shown "$1"
}

# ---- The list of tasks ----

"$gongshi" demo "$work/district" >"$work/people" 2>&1
"$gongshi" bench desk --store "$work/district" --dossiers "$dossiers" --offices 100 --questions 1 | head -n 1
serve district
person b b0 clerk reviewer
login b 'a long enough password'
echo "$dossiers dossiers, $sites sites; milliseconds: p50, p99 of $times"
measure 'list of tasks' b '/office?tab=team'
measure 'what is free' b '/office?tab=free'
measure 'those of one step' b '/office?tab=team&step=bench/visit'
measure 'next of the queue' b /office/next

# ---- Declarations ----

token=$(curl -fsS -H 'Content-Type: application/json' \
    -d "{\"login\":\"qian\",\"password\":\"$(password qian)\"}" "$url/api/login" | sed 's/.*"token":"\([^"]*\)".*/\1/')
declaration() { # ACT PREFIX: for bench/http, which counts up the digits
    printf '{"act":"%s","scheme":"shouhe","process":"county","office":"330100","subject":"%s########","with":' "$1" "$2"
    cat schemes/shouhe/sample/declare.json
    printf '}'
}
declaration save S >"$work/save"
build/bench/http post "$port" "$server" /api/act 'declaration saved' "Authorization: Bearer $token" "$work/save" 3
login zhao "$(password zhao)"
count=0
while [ "$count" -lt $many ]; do
    declaration start "D$count-" >"$work/start"
    build/bench/http post "$port" "$server" /api/act 'declaration begun' "Authorization: Bearer $token" "$work/start" 3
    post zhao /office/many -d do=complete -d -all=true -d tab=free --data-urlencode step=shouhe/receive >/dev/null
    tasks=$(sed -n 's/.*name="-tasks" value="\([^"]*\)".*/\1/p' "$work/out" | head -n 1 | cut -d' ' -f1-$many)
    count=$(echo "$tasks" | wc -w)
done

# ---- Many at once ----

together() { # NAME OPTIONS...
    name=$1
    shift
    post zhao /office/many --data-urlencode "-tasks=$tasks" "$@" >"$work/times"
    shown "$name"
}
answers="received_on=$(TZ=Asia/Shanghai date +%F)"
together "$count claimed" -d do=carry -d -act=claim
together "$count accepted: the look" -d do=look -d -act=complete -d "$answers" -d received=application
together "$count accepted" -d do=carry -d -act=complete -d "$answers" -d received=application

# ---- An assessment of sites ----

sh schemes/sites/sample/records/make 7 "$work/records" "$sites" 24
"$gongshi" init "$work/sites" --demo >/dev/null
serve sites
"$gongshi" people office q --level county >/dev/null
"$gongshi" people office q-1 --in q --level station >/dev/null
person gu q-1 group
"$gongshi" scheme install schemes/sites --with schemes/sites/sample >/dev/null
for ledger in core.parties:parties sites.sites:sites sites.stages:stages sites.checks:checks sites.findings:findings; do
    "$gongshi" ledger import "${ledger%:*}" "$work/records/${ledger#*:}.csv" --office q-1 >/dev/null
done
login gu 'a long enough password'
list=$("$gongshi" assess new sites colours --office q-1 --as gu | sed -n 's/.*"assessment": *"\{0,1\}\([0-9]*\).*/\1/p')
for act in freeze compute look; do
    i=0
    : >"$work/times"
    while [ $i -lt "$([ $act = look ] && echo 10 || echo 1)" ]; do
        post gu "/office/lists/$list" -d "act=$act" >>"$work/times"
        i=$((i + 1))
    done
    shown "assessment of sites: $act"
done
