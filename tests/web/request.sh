#!/bin/sh
# request.sh GONGSHI LATE_CLOCK: what every request and every answer has, whatever the page: headers, methods, what is
# refused before a handler sees it, how long a session lives, the line of the log.
late=$(realpath "$2")
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/pages.sh"
password='a long password of tests'
log=$work/requests.jsonl

"$gongshi" init "$GONGSHI_DATA" >/dev/null
! "$gongshi" serve --listen 127.0.0.1:0 --log requests.jsonl 2>"$work/out" && grep -q 'requests.jsonl' "$work/out"
point $? 'the log is a whole path'
! "$gongshi" serve --listen 127.0.0.1:0 --log "$work/nowhere/log" 2>"$work/out" && grep -q 'log' "$work/out"
point $? 'that can be written'
serve --second-factor none --address https://office.example.cn --proxy 127.0.0.1 --log "$log"
code=$(grep -o '[0-9a-z]\{4\}-[0-9a-z-]\{19\}' "$work/log" | head -n 1)

# ---- Behind a proxy that speaks TLS ----

page 'the first administrator' 303 'Location: /admin' admin /first -d "code=$code" -d login=admin \
    --data-urlencode 'name=管理员' --data-urlencode "password=$password" --data-urlencode "again=$password"
grep -qi '^set-cookie: __Host-[a-z]*=[0-9a-f]*; Path=/; SameSite=Lax.*; HttpOnly; Secure' "$work/head"
point $? 'the session is in a cookie for TLS and this name alone'
grep -qi '^strict-transport-security: max-age=31536000' "$work/head"
point $? 'HSTS'
page 'on public pages too' 200 'Strict-Transport-Security: max-age' nobody /
page 'on what is not there' 404 'Strict-Transport-Security: max-age' nobody /nothing
page 'on refusals of a method' 405 'Strict-Transport-Security: max-age' nobody /notices -X PUT

# ---- Private pages stay with their reader ----

for path in /self /office /admin /admin/people /office/ledgers /password /openapi.json; do
    page "$path" 200 '' admin $path
    grep -qi '^cache-control: no-store' "$work/head"
    point $? "nobody keeps $path of somebody who is logged in"
done
page 'a refusal neither' 404 'Cache-Control: no-store' admin /office/d/999

# ---- Methods ----

for method in TRACE CONNECT BREW; do
    page "$method is none" 501 '' nobody / -X $method
done
for method in OPTIONS PUT DELETE PATCH; do
    page "$method is not done here" 405 '' nobody /notices -X $method
done

# ---- What is said twice, and what nobody asked for ----

page 'a parameter twice' 400 'q' nobody '/notices?q=a&q=b'
page 'a field twice' 400 'login' nobody /login -d login=a -d login=b -d password=c
page 'a field twice as parts' 400 '' nobody /login -F login=a -F login=b -F password=c
page 'a parameter that nobody reads' 400 'admin' nobody '/notices?admin=1'
page 'a field that nobody reads' 400 'role' nobody /login -d login=a -d password=c -d role=administrator
page 'a member that nobody reads' 400 'role' nobody /api/login -H 'Content-Type: application/json' \
    -d '{"login":"a","password":"c","role":"administrator"}'
page 'a member twice' 400 '' nobody /api/login -H 'Content-Type: application/json' \
    -d '{"login":"a","login":"b","password":"c"}'

# ---- Folders ----

for path in /a /a/ /a/. /spool /data/ /settings /blobs/ /.git/config; do
    page "nothing is listed at $path" 404 '' nobody $path
done
page 'nor above the top' 400 '' nobody /a/../../../etc/passwd --path-as-is
page 'nor with signs that are hidden' 400 '' nobody /a/%2e%2e/%2e%2e/etc/passwd --path-as-is

# ---- The name of a request ----

page 'a refusal' 404 '没有这个页面' nobody /nothing
id=$(sed -n 's/^[Xx]-[Rr]equest-[Ii]d: \([0-9a-f]\{16\}\).*/\1/p' "$work/head")
[ -n "$id" ] && grep -q "请求编号 $id" "$work/body"
point $? "says its name, for whoever asks for help ($id)"
page 'what cannot be read too' 400 '请求编号 [0-9a-f]\{16\}' nobody / -H 'Host:'
grep -qi '^content-security-policy: default-src' "$work/head" && grep -qi '^strict-transport-security' "$work/head"
point $? 'with the headers that every answer has'
page 'programs have it beside the error' 404 '"request":"[0-9a-f]\{16\}"' admin /office/d/999.json
page 'another request has another' 404 '' nobody /nothing
! grep -q "$id" "$work/all"
point $? 'each time'
page 'answers that are kept' 200 '' nobody /notices
page 'have one' 200 '' nobody /notices
cached=$(sed -n 's/^[Xx]-[Rr]equest-[Ii]d: \([0-9a-f]*\).*/\1/p' "$work/head")
page 'a search' 200 '' nobody '/notices?q=secretword'
page 'the link of a guest' 404 '' nobody /g/secretword
page 'an address' 404 '' nobody /secretword
line() { grep "\"request\":\"$1\"" "$log" >"$work/out"; }
line "$id" && grep -q '^{"at":[0-9]*,"request":"[^"]*","method":"GET","status":404,"bytes":[0-9]*,"micros":[0-9]*}$' \
    "$work/out"
point $? 'the log has the request'
line "$cached" && grep -q '"route":"/notices","status":200,.*"cached":true}$' "$work/out"
point $? 'that of the kept answer too'
grep -q '"method":"GET","route":"/g/\*","status":404' "$log" &&
    grep -q '"method":"POST","route":"/first","status":303' "$log"
point $? 'the pattern of the address'
! grep -q 'secretword\|127.0.0.1\|管理员' "$log" && ! grep -q "$code" "$log"
point $? 'but neither address, words nor codes, nor who asked'
[ "$(grep -vc '^{"at":[0-9]*,"request":"[0-9a-f]\{16\}","method":"[A-Z]*",.*}$' "$log")" = 0 ] &&
    [ "$(cut -d'"' -f6 "$log" | sort | uniq -d | wc -l)" = 0 ]
point $? 'a line each'
[ "$(stat -c %a "$log")" = 600 ]
point $? 'for its owner alone'

# ---- How long a session lives ----

later() { # SECONDS: the same office so much later
    stop_server
    under="env LATE_SECONDS=$1 LD_PRELOAD=$late ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0"
    serve --second-factor none --address https://office.example.cn --log -
}
later 1500
page 'a session that is used' 200 '<h1>' admin /office
later 3000
page 'lives on, though LIMIT_PEOPLE_IDLE_SECONDS have gone since the log-in' 200 '<h1>' admin /office
later 5000
page 'one that is not has ended' 303 'Location: /login' admin /office
grep -q '"route":"/office","status":303' "$work/log"
point $? 'the log on the standard error'
page 'he logs in again' 303 'Location: /office' admin /login -d login=admin --data-urlencode "password=$password" \
    -d back=/office
post 'and out' 303 'Clear-Site-Data: "cache", "storage"' admin /logout
page 'for good' 303 'Location: /login' admin /office
stop_server
under=

# ---- Without TLS ----

serve --second-factor none
page 'he logs in on his own machine' 303 'Location: /office' admin /login -d login=admin \
    --data-urlencode "password=$password" -d back=/office
hidden 'with a cookie that plain HTTP takes' '; Secure'
hidden 'and no word of TLS' 'Strict-Transport-Security'
stop_server
echo "1..$count"
