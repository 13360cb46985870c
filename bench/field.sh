#!/bin/sh
# field.sh [SITES [CHECKS [TIMES]]]: the pages of an inspector over a year of 2,000 sites with 100,000 findings: how
# long each takes, asked TIMES times over one connection, one after the other. Prints NAME p50 p99 in milliseconds; what
# curl measures from the request to the last byte. A page asks several questions; the goal of 20 ms is one of them.
set -eu
cd "$(dirname "$0")/.."
sites=${1:-2000} checks=${2:-24} times=${3:-100}
. bench/common/served.sh
today=$(TZ=Asia/Shanghai date +%F)

sh schemes/sites/sample/records/make 7 "$work/records" "$sites" "$checks"
findings=$(($(wc -l <"$work/records/findings.csv") - 1))
"$gongshi" init "$work/data" --demo >/dev/null
serve data
"$gongshi" people office q 示例区建设局 --level county >/dev/null
"$gongshi" people office q-1 示例质安监站 --in q --level station >/dev/null
for login in wu:inspector chen:inspector wei:group jiang:leader; do
    "$gongshi" people add "${login%:*}" "${login%:*}" --office q-1 >/dev/null
    "$gongshi" people give "${login%:*}" "${login#*:}" --office q-1 >/dev/null
done
echo 'an inspector on site' | "$gongshi" people password wu >/dev/null
"$gongshi" scheme install schemes/sites --with schemes/sites/sample >/dev/null
for ledger in core.parties:parties sites.sites:sites sites.stages:stages sites.checks:checks sites.findings:findings; do
    "$gongshi" ledger import "${ledger%:*}" "$work/records/${ledger#*:}.csv" --office q-1 >/dev/null
done

member() { # NAME: of the answer before
    sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p" "$work/out" | head -n 1
}
list() {
    "$gongshi" assess new sites colours --office q-1 --as wei >"$work/out"
    list=$(member assessment)
    "$gongshi" assess freeze "$list" --as wei >/dev/null
    "$gongshi" assess compute "$list" --as wei >/dev/null
    "$gongshi" assess preview "$list" --as wei >/dev/null
    "$gongshi" assess approve "$list" --as jiang >/dev/null
    "$gongshi" assess carry-out "$list" --as jiang >/dev/null
}
list

"$gongshi" ledger query sites.sites --where 'colour = "黄"' >"$work/out"
site=$(member row)
for _ in 1 2 3 4 5 6 7 8 9 10; do
    "$gongshi" dossier start sites --process inspect --office q-1 --subject "$site" \
        --with '{"kind":"临时检查","reason":"示例"}' --as wei >"$work/out"
done
dossier=$(member dossier)
"$gongshi" dossier show "$dossier" >"$work/out"
task=$(tr -d '\n' <"$work/out" | grep -o '"task": "[0-9.]*", *"element": "[a-z]*"[^}]*"status": "open"' | head -n 1 |
    sed 's/"task": "\([0-9.]*\)".*"element": "\([a-z]*\)".*/\1 \2/')
if [ "${task#* }" = justify ]; then
    "$gongshi" dossier claim "${task% *}" --as jiang >/dev/null
    "$gongshi" dossier complete "${task% *}" --as jiang --with '{"go_on":true,"why":"示例"}' >/dev/null
    "$gongshi" dossier show "$dossier" >"$work/out"
    task=$(tr -d '\n' <"$work/out" | grep -o '"task": "[0-9.]*", *"element": "visit"' |
        sed 's/"task": "\([0-9.]*\)".*/\1 visit/')
fi
task=${task% *}
visit=/visits/${task%.*}/${task#*.}

ask() { curl -fsS -b "$work/jar" -c "$work/jar" "$@"; }
ask -o /dev/null --data-urlencode login=wu --data-urlencode 'password=an inspector on site' "$url/login"
token=$(ask "$url/visits" | grep -o 'name="csrf" value="[^"]*"' | head -n 1 | sed 's/.*value="//; s/"//')
ask -o /dev/null -F "csrf=$token" -F do=take "$url$visit"
draft() { # what is kept while a sheet is filled in
    set -- "csrf=$token" do=save "day=$today" phase=2 present=01 present=02 'sheets[1].sheet=01' 'sheets[2].sheet=02' \
        'found[1].code=010202' 'found[1].position=南门' 'found[2].code=020306' 'found[2].position=北门' quick=010102
    for field; do
        set -- "$@" -F "$field"
        shift
    done
    printf '%s\n' "$@" >/dev/null
    ask -o /dev/null -H 'Accept: application/json' "$@" "$url$visit"
}
draft

# measure NAME CURL-OPTIONS...: the same request again and again
measure() {
    name=$1
    shift
    i=0
    : >"$work/config"
    while [ $i -lt "$times" ]; do
        printf 'next\n' >>"$work/config"
        for option; do
            printf '%s\n' "$option" >>"$work/config"
        done
        printf 'cookie = "%s"\noutput = "/dev/null"\nwrite-out = "%%{http_code} %%{time_total}\\n"\n' "$work/jar" \
            >>"$work/config"
        i=$((i + 1))
    done
    curl -sS -K "$work/config" >"$work/times"
    awk '$1 >= 400 { bad++ } { print $2 * 1000 } END { exit bad > 0 }' "$work/times" | sort -n >"$work/sorted" ||
        echo "$name: not all answers were good"
    awk -v name="$name" '{ t[NR] = $1 }
        END { printf "%-28s %8.1f %8.1f\n", name, t[int((NR + 1) / 2)], t[int(NR * .99 + .5)] }' "$work/sorted"
}

link=$("$gongshi" dossier invite "$task" --as wu | sed -n 's/.*"token": *"\([0-9a-f]*\)".*/\1/p')
echo "$sites sites, $findings findings; milliseconds: p50, p99 of $times"
measure 'the visits' "url = \"$url/visits\""
measure 'a sheet with its draft' "url = \"$url$visit\""
measure 'papers of a dossier' "url = \"$url/visits/${task%.*}\""
measure 'the colours' "url = \"$url/office/lists/$list/grades\""
measure 'the red ones' "url = \"$url/office/lists/$list/grades?grade=%E7%BA%A2\""
measure 'found by words' "url = \"$url/office/lists/$list/grades?q=%E7%A4%BA%E4%BE%8B0044\""
measure 'why one has its colour' "url = \"$url/office/lists/$list/grades/$site\""
[ -z "$link" ] || measure 'the link of a site' "url = \"$url/g/$link\""
