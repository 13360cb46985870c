#!/bin/sh
# account.sh GONGSHI: people from outside over HTTP: a code, a binding with its papers, acting for a firm and for none,
# closing; what others must not see; how often one address may try.
. "$(dirname "$0")/../served.sh"

# page NAME STATUS PATTERN WHO PATH [CURL OPTION...]: with the cookies of WHO; head and body have the pattern.
page() {
    name=$1 want=$2 pattern=$3 who=$4 path=$5
    shift 5
    touch "$work/$who.jar"
    status=$(curl -sS -b "$work/$who.jar" -c "$work/$who.jar" -o "$work/out" -D "$work/head" -w '%{http_code}' "$@" \
        "$url$path")
    cat "$work/head" "$work/out" >"$work/all"
    [ "$status" = "$want" ] && grep -qa -- "$pattern" "$work/all"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || echo "# $status"
    [ $said -eq 0 ] || grep -a 'Location\|<title>\|<li>\|message' "$work/all" | head -c 600 | sed 's/^/# /'
}

# hidden NAME TEXT: the last answer does not have it.
hidden() {
    ! grep -qa -- "$2" "$work/all"
    point $? "$1"
}

csrf() { # WHO
    curl -sS -b "$work/$1.jar" "$url/login" | sed -n 's/.*name="csrf" value="\([0-9a-f]*\)".*/\1/p' | head -n 1
}

code() { # the code that was sent last
    curl -sS "$url/outbox" | grep -o '是 [0-9]\{6\}' | sed -n '1s/是 //p'
}

# post NAME STATUS PATTERN WHO PATH DATA...: a form with the token of WHO.
post() {
    name=$1 want=$2 pattern=$3 who=$4 path=$5
    shift 5
    token=$(csrf "$who")
    page "$name" "$want" "$pattern" "$who" "$path" -H 'Content-Type: application/x-www-form-urlencoded' \
        -d "csrf=$token" "$@"
}

outside() { # WHO NUMBER
    curl -sS -o /dev/null -d "address=$2" "$url/account/code"
    curl -sS -o /dev/null -c "$work/$1.jar" -d "address=$2&code=$(code)" "$url/account/login"
}

echo 'a-long-password-of-tests' >"$work/password"
{
    "$gongshi" init "$GONGSHI_DATA"
    "$gongshi" people office street 示例街道
    "$gongshi" people office city 示例市
    for who in li wang boss; do
        "$gongshi" people add $who 某人 --office street
        "$gongshi" people password $who <"$work/password"
    done
    "$gongshi" people give li clerk --office street
    "$gongshi" people give wang clerk --office city
    "$gongshi" people give boss manager --office street
} >/dev/null
serve --demo
for who in li wang boss; do
    curl -sS -o /dev/null -c "$work/$who.jar" -d "login=$who" --data-urlencode "password=$(cat "$work/password")" \
        "$url/login"
done

# ---- Logging in ----

page 'where one logs in' 200 '发送验证码' zhang /account
page 'no number, no code' 422 '<title>错误：' zhang /account/code -d 'address=12345'
page 'a code is sent' 200 '138\*\*\*\*0001' zhang /account/code -d 'address=138 0000 0001'
page 'not two at once' 429 '刚刚发送过' zhang /account/code -d 'address=13800000001'
page 'a wrong code' 403 '<title>错误：' zhang /account/login -d 'address=13800000001&code=12'
page 'the right one leads to what is to be done' 303 'Location: /my' zhang /account/login \
    -d "address=13800000001&code=$(code)"
page 'which shows the number to him' 200 '13800000001' zhang /me
page 'he is no officer' 403 '无权' zhang /bindings
page 'and has no tasks' 200 '\[\]' zhang /api/tasks
page 'nobody sees an account without logging in' 303 'Location: /account?back=%2Fme' nobody /me
page 'an officer has none' 403 '无权' li /me
post 'he says how he is called' 303 'Location: /me' zhang /me --data-urlencode 'name=张<三>'
page 'which stays text' 200 '张&lt;三&gt;' zhang /me

# ---- Asking for a binding ----

printf '%%PDF-1.4\nlicence' >"$work/licence.pdf"
printf '\377\330\377\340letter' >"$work/letter.jpg"
echo '<html><script>alert(1)</script>' >"$work/bad.pdf"
token=$(csrf zhang)
page 'without papers nothing' 422 '缺少营业执照' zhang /me/bind -F "csrf=$token" \
    -F code=91330424MA9XXXX112 -F office=street
page 'what is no paper is refused, whatever its name' 422 '以文件内容为准' zhang /me/bind -F "csrf=$token" \
    -F code=91330424MA9XXXX112 -F office=street -F "licence=@$work/bad.pdf" -F "letter=@$work/letter.jpg"
page 'a code that is none' 422 '不是统一社会信用代码' zhang /me/bind -F "csrf=$token" -F code=123 -F office=street \
    -F "licence=@$work/licence.pdf" -F "letter=@$work/letter.jpg"
head -c 8388609 /dev/zero | sed '1s/^/%PDF-/' >"$work/large.pdf"
page 'LIMIT_WEB_FILE and five bytes more' 422 'WEB_FILE' zhang /me/bind -F "csrf=$token" -F code=91330424MA9XXXX112 \
    -F office=street -F "licence=@$work/large.pdf" -F "letter=@$work/letter.jpg"
head -c 26214401 /dev/zero >"$work/larger.pdf"
page 'more than LIMIT_WEB_UPLOAD is not read' 413 '' zhang /me/bind -F "csrf=$token" -F "licence=@$work/larger.pdf"
page 'nor more than LIMIT_WEB_BODY where no files belong' 413 '' zhang /me -F "csrf=$token" -F "name=@$work/large.pdf"
page 'asked for' 303 'Location: /me' zhang /me/bind -F "csrf=$token" -F code=91330424MA9XXXX112 -F office=street \
    -F "licence=@$work/licence.pdf" -F "letter=@$work/letter.jpg"
page 'it waits' 200 '等待机关核对' zhang /me
post 'he cannot act for it yet' 422 '不代表该主体' zhang /me/party -d 'party=91330424MA9XXXX112'

# ---- The office ----

page 'the office sees it' 200 '91330424MA9XXXX112' li /bindings
id=$(grep -o '/bindings/[0-9]*' "$work/out" | head -n 1 | sed 's,.*/,,')
page 'another office does not' 200 '无人等待' wang /bindings
page 'nor by its number' 404 '' wang "/bindings/$id"
page 'nor its papers' 404 '' wang "/bindings/$id/licence"
post 'nor binds it' 404 '' wang "/bindings/$id" -d 'do=bind&licence=on&letter=on&until=2027-06-01'
page 'the person does not see it as the office does' 403 '' zhang "/bindings/$id"
post 'nor binds himself' 403 '' zhang "/bindings/$id" -d 'do=bind&licence=on&letter=on&until=2027-06-01'
page 'the licence is given out to be saved' 200 'Content-Disposition: attachment' li "/bindings/$id/licence"
page 'as what it is' 200 'Content-Type: application/pdf' li "/bindings/$id/licence"
post 'both papers must have been seen' 422 '已核对' li "/bindings/$id" -d 'do=bind&licence=on&until=2027-06-01'
post 'and it has an end' 422 '<title>错误：' li "/bindings/$id" -d 'do=bind&licence=on&letter=on&until=2099-06-01'
post 'bound' 303 'Location: /bindings' li "/bindings/$id" -d 'do=bind&licence=on&letter=on&until=2027-06-01'
post 'once' 422 '' li "/bindings/$id" -d 'do=refuse&reason=x'

# ---- Acting ----

post 'he chooses the firm' 303 'Location: /me' zhang /me/party -d 'party=91330424MA9XXXX112'
page 'the page says so' 200 '本次登录代表 91330424MA9XXXX112' zhang /me
page 'his data as a file' 200 'attachment; filename="account.json"' zhang /me/account.json
outside other 13800000002
page 'another account sees nothing of it' 200 '13800000002' other /me
hidden 'neither the firm' 91330424MA9XXXX112
post 'nor acts for it' 422 '不代表该主体' other /me/party -d 'party=91330424MA9XXXX112'
post 'nor ends it' 404 '' other "/bindings/$id/end" -d ''
page 'an act names the party of the session, whatever it says' 403 '' other /api/act -H "X-CSRF: $(csrf other)" \
    -H 'Content-Type: application/json' \
    -d '{"act":"start","scheme":"core","process":"repair","party":"p1","subject":"p1"}'
post 'the office ends it, with a reason' 303 '' boss "/bindings/$id/end" --data-urlencode 'reason=授权到期'
page 'and the session acts for nobody' 200 '授权到期' zhang /me
hidden 'at once' '本次登录代表'

# ---- Ending ----

post 'the account is closed' 303 'Location: /' zhang /me/close
page 'its session has ended' 303 'Location: /account' zhang /me
grep -qra 13800000001 "$GONGSHI_DATA"
point $((1 - $?)) 'the number stands nowhere in the data directory'
post 'log out everywhere' 303 'Location: /' other /me/sessions
page 'ends the session' 303 'Location: /account' other /me

# ---- How often ----

for i in $(seq 1 60); do
    curl -sS -o /dev/null -d 'address=13800000003&code=1' "$url/account/login"
done
page 'after LIMIT_WEB_RATE_LOGIN refusals the address waits' 429 'Retry-After: ' nobody /account/login \
    -d 'address=13800000003&code=1'
page 'for log-ins by password too' 429 '网络地址' nobody /login -d 'login=li&password=x'

for i in $(seq 1 31); do
    status=$(curl -sS -o /dev/null -w '%{http_code}' -d "address=139000000$(printf %02d "$i")" "$url/account/code")
done
[ "$status" = 429 ]
point $? 'LIMIT_WEB_RATE_CODE codes from one address in LIMIT_WEB_RATE_SECONDS'
stop_server

# ---- Settings ----

# setting NAME PATTERN LINE...: the file is refused, with this said.
setting() {
    name=$1 pattern=$2
    shift 2
    printf '%s\n' "$@" >"$work/settings"
    ! "$gongshi" serve --settings "$work/settings" --listen 127.0.0.1:0 2>"$work/log" && grep -q "$pattern" "$work/log"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || sed 's/^/# /' "$work/log"
}

setting 'a name that is none' 'settings:2' '# a remark' 'nonsense = 1'
setting 'no equals sign' 'settings:1' 'listen 127.0.0.1'
setting 'twice' 'settings:2' 'name = a' 'name = b'
setting 'a program without its path' 'settings:1' 'messenger = send'
setting 'more than LIMIT_SETTINGS_LINE' 'settings:1' "name = $(printf '%01000d' 0)"

# Codes go to the program of the office.
printf '#!/bin/sh\nexec /bin/cat >>%s/sent\n' "$work" >"$work/send"
chmod +x "$work/send"
printf 'messenger = %s\nname = 设置里的名称\n' "$work/send" >"$GONGSHI_DATA/settings"
: >"$work/url"
serve
page 'the settings of the data directory hold' 200 '设置里的名称' nobody /
page 'nobody sees the outbox of an office that is real' 404 '' nobody /outbox
page 'a code' 200 '' nobody /account/code -d 'address=Li@Example.cn'
tries=0
while ! grep -qx "li@example.cn" "$work/sent" 2>/dev/null && [ $tries -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
grep -qx 'li@example.cn' "$work/sent" && grep -qx mail "$work/sent"
point $? 'is given to the messenger'
stop_server
echo "1..$count"
