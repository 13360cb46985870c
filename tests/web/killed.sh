#!/bin/sh
# killed.sh GONGSHI: the program that makes papers is killed up to ten times while 200 papers are asked for: each
# request gets its paper, or is told when to come again, and none hangs.
. "$(dirname "$0")/../served.sh"
papers=200 deaths=10 at_once=16

{
    "$gongshi" init "$GONGSHI_DATA"
    "$gongshi" people office street 示例街道
    "$gongshi" people add he he --office street
    echo 'a-long-password-of-tests' | "$gongshi" people password he
    "$gongshi" people give he manager --office street
} >"$work/init" 2>&1 || sed 's/^/# /' "$work/init"
serve --second-factor none
curl -sS -o /dev/null -c "$work/jar" -d 'login=he&password=a-long-password-of-tests' "$url/login"

helper() { # the number of its process; empty: it is being started
    cat /proc/$server/task/*/children 2>/dev/null | tr ' ' '\n' | grep -m 1 .
}

mkdir "$work/paper"
i=0
while [ $i -lt $papers ]; do
    i=$((i + 1))
    printf 'url = "%s/office/ledgers/core.parties?as=pdf&q=%d"\noutput = "%s/paper/%d"\n' "$url" $i "$work" $i
done >"$work/asked"
curl -sS --parallel --parallel-immediate --parallel-max $at_once --max-time 60 -b "$work/jar" -K "$work/asked" \
    -w '%{http_code} %header{retry-after} %{filename_effective}\n' >"$work/answers" 2>"$work/curl" &
asking=$!
killed=0
while [ $killed -lt $deaths ] && kill -0 $asking 2>/dev/null; do
    now=$(helper)
    [ -z "$now" ] || { kill -9 "$now" 2>/dev/null && killed=$((killed + 1)); }
    sleep 0.02
done
wait $asking

[ $killed -gt 1 ]
point $? "the helper was killed while papers were asked for"
echo "# $killed times"
[ "$(wc -l <"$work/answers")" -eq $papers ]
point $? 'every request has an answer'
! grep -v '^200 ' "$work/answers" | grep -qv '^503 [1-9][0-9]* '
point $? 'which is a paper, or says when to come again'
[ "$(grep -c '^200 ' "$work/answers")" -ge $((papers - killed / 3)) ]
point $? 'a job that was interrupted is done again: only three deaths (HELPER_DEATHS) cost one its paper'
whole=0
while read -r status rest; do
    [ "$status" != 200 ] || [ "$(head -c 5 "${rest##* }")" != '%PDF-' ] || whole=$((whole + 1))
done <"$work/answers"
[ $whole -eq "$(grep -c '^200 ' "$work/answers")" ]
point $? 'the papers are whole'
curl -sS -o "$work/last" -b "$work/jar" "$url/office/ledgers/core.parties?as=pdf&q=1" &&
    [ "$(head -c 5 "$work/last")" = '%PDF-' ]
point $? 'and afterwards all is as before'
cut -d' ' -f1,2 "$work/answers" | sort | uniq -c | sed 's/^/# /'
kill "$server" && wait "$server"
[ $? -eq 0 ]
point $? 'the server ends as it should'
server=
echo "1..$count"
