#!/bin/sh
# web.sh GONGSHI: every route against everybody (tests/web/matrix*.txt), requests of other sites, what is not in the
# input table, sessions in cookies, headers of every answer.
. "$(dirname "$0")/../served.sh"

# page NAME STATUS PATTERN PATH [CURL OPTION...]: head and body have the pattern.
page() {
    name=$1 want=$2 pattern=$3 path=$4
    shift 4
    status=$(curl -sS -o "$work/out" -D "$work/head" -w '%{http_code}' "$@" "$url$path")
    cat "$work/head" "$work/out" >"$work/all"
    [ "$status" = "$want" ] && grep -qa -- "$pattern" "$work/all"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || { echo "# $status"; head -c 2000 "$work/all" | sed 's/^/# /'; }
}

# Who comes from outside logs in by a code, which stands in the outbox; each time with another number, because no
# second code is sent to one within a minute.
outside() { # NAME NUMBER
    curl -sS -o /dev/null -d "address=$2" "$url/account/code"
    code=$(curl -sS "$url/outbox" | grep -o '是 [0-9]\{6\}' | sed -n '1s/是 //p')
    curl -sS -o /dev/null -c "$work/$1.jar" -d "address=$2&code=$code" "$url/account/login"
    token "$1"
}

token() { # NAME
    curl -sS -b "$work/$1.jar" "$url/login" | sed -n 's/.*name="csrf" value="\([0-9a-f]*\)".*/\1/p' | head -n 1 \
        >"$work/$1.csrf"
}

login() { # NAME: its cookie and CSRF token into files
    if [ "$1" = outside ]; then
        outside "$1" "138$(head -c 3 /dev/urandom | od -An -tu1 | awk '{printf "%02d%03d%03d", $1 % 100, $2, $3}')"
        return
    fi
    curl -sS -o /dev/null -c "$work/$1.jar" -d "login=$1" --data-urlencode "password=$(cat "$work/password")" \
        "$url/login"
    token "$1"
}

echo 'a-long-password-of-tests' >"$work/password"
{
    "$gongshi" init "$GONGSHI_DATA"
    "$gongshi" people office street 示例街道
    "$gongshi" people office city 示例市
    for who in clerk nobody auditor away; do
        "$gongshi" people add $who 某人 --office street
        "$gongshi" people password $who <"$work/password"
    done
    "$gongshi" people give clerk clerk --office street
    "$gongshi" people give auditor auditor --office street
    "$gongshi" people give away clerk --office city
} >/dev/null
serve --demo
code=$(grep -o '[0-9a-z]\{4\}-[0-9a-z-]\{19\}' "$work/log" | head -n 1)
"$gongshi" people first "$code" admin 管理员 <"$work/password" >/dev/null

# ---- The matrix ----

sed -n 's/^ROUTE(\([A-Z]*\), "\([^"]*\)".*/\1 \2/p' src/web/route.def | sort >"$work/routes"
cat tests/web/matrix*.txt | sed -n '/^[A-Z]/s/^\([A-Z]* [^ ]*\).*/\1/p' | sort >"$work/rows"
diff "$work/routes" "$work/rows" >"$work/diff"
point $? 'each route has a row in the matrix, and each row a route'
sed 's/^/# /' "$work/diff"

ask() { # METHOD PATH WHO: the status
    set -- "$1" "$(echo "$2" | sed 's/#/999999/g; s/\*/none/g')" "$3"
    type=application/x-www-form-urlencoded body="csrf=$(cat "$work/$3.csrf" 2>/dev/null)"
    case $2 in /api/*) type=application/json body='{}' ;; esac
    [ "$1" != GET ] || body=
    curl -sS -o /dev/null -w '%{http_code}' -X "$1" -b "$work/$3.jar" -H "X-CSRF: $(cat "$work/$3.csrf" 2>/dev/null)" \
        -H "Content-Type: $type" ${body:+-d "$body"} "$url$2"
}

# ends PATH: a row after which its sessions are no more.
ends() {
    case $1 in /logout | /me/sessions | /me/close) true ;; *) false ;; esac
}

# one METHOD PATH WHO: as somebody whose session may have been ended by the row before.
one() {
    ask "$1" "$2" "$3"
    [ "$3" = everybody ] || ! ends "$2" || login "$3"
}

: >"$work/everybody.jar"
for who in nobody clerk auditor away admin outside; do login $who; done
for file in tests/web/matrix*.txt; do
    people='everybody nobody clerk admin'
    while read -r method path rest; do
        case $method in
            who) people="$path $rest"; continue ;;
            [A-Z]*) ;;
            *) continue ;;
        esac
        got=
        for who in $people; do
            got="$got$(one "$method" "$path" "$who") "
        done
        [ "${got% }" = "$rest" ]
        point $? "$method $path"
        [ "${got% }" = "$rest" ] || echo "# got $got, want $rest, of $people"
    done <"$file"
done

# ---- Requests of other sites ----

for who in clerk; do login $who; done
csrf=$(cat "$work/clerk.csrf")
for site in cross-site same-site; do
    page "a form of another place ($site) is refused" 403 'no-store' /logout -b "$work/clerk.jar" -d "csrf=$csrf" \
        -H "Sec-Fetch-Site: $site"
done
page 'one with another origin' 403 '不是从本站' /logout \
    -b "$work/clerk.jar" -d "csrf=$csrf" -H 'Origin: https://evil.example'
page 'one without token' 403 '不是从本站' /logout -b "$work/clerk.jar" -d ''
page 'one with a wrong token' 403 '不是从本站' /logout -b "$work/clerk.jar" -d "csrf=${csrf%?}x"
page 'JSON with a cookie needs the token too' 403 '不是从本站' /api/act -b "$work/clerk.jar" \
    -H 'Content-Type: application/json' -d '{}'
page 'and a log-in from elsewhere' 403 '不是从本站' /login -d 'login=a&password=b' -H 'Sec-Fetch-Site: cross-site'

# ---- Input ----

page 'a parameter that no row names' 400 '未知字段' '/?nonsense=1'
page 'one that stands there twice' 400 '重复的字段' '/notices?q=a&q=b'
page 'a number that is none' 400 '不符合要求' '/notices?before=x'
page 'what is too long' 400 '不符合要求' "/notices?q=$(printf '%0201d' 0)"
page 'a field that is missing' 400 '缺少字段' /login -d 'login=a'

# ---- Pages ----

page 'what stands in the address stays text' 200 'value="&quot;&gt;&lt;svg' '/notices?q=%22%3E%3Csvg%20onload=1%3E'
page 'the model as JSON by its address' 200 '{"q":"","notices":\[\]' /notices.json
page 'and by Accept' 200 '{"q":"","notices":\[\]' /notices -H 'Accept: application/json'
page 'English by cookie' 200 '<html lang="en"' / -H 'Cookie: look=en'
page 'large type' 200 'class="large ' / -H 'Cookie: look=zh.large'
page 'a look is kept and leads back' 303 'Set-Cookie: look=en' '/look?lang=en&back=%2Fn%2F1'
page 'but not to another site' 303 'Location: /.$' '/look?lang=en&back=%2F%2Fevil.example'
page 'nor after logging in' 303 'Location: /.$' /login -d 'login=clerk&back=https://evil.example' \
    --data-urlencode "password=$(cat "$work/password")"
page 'a wrong password: a title that says so' 403 '<title>错误：' /login -d 'login=clerk&password=wrong'
asset=$(curl -sS "$url/" | sed -n 's/.*href="\(\/a\/app[^"]*\)".*/\1/p')
page 'the style is kept for ever' 200 'max-age=31536000, immutable' "$asset"
page 'and compressed' 200 'Content-Encoding: gzip' "$asset" -H 'Accept-Encoding: gzip'
page 'a session is for the program alone' 303 'Set-Cookie: s=[0-9a-f]*; Path=/; SameSite=Lax; HttpOnly' /login \
    -d 'login=clerk' --data-urlencode "password=$(cat "$work/password")"

missing=0
for path in / /n/9 /nothing /health /openapi.json /login "$asset" '/?x=1' /api/tasks; do
    curl -sS -o /dev/null -D "$work/head" "$url$path"
    for header in "Content-Security-Policy: default-src 'none'" 'X-Content-Type-Options: nosniff' \
        'Referrer-Policy: same-origin' 'Permissions-Policy: ' 'Cross-Origin-Opener-Policy: same-origin'; do
        grep -q "^$header" "$work/head" || { missing=$((missing + 1)); echo "# $path has no $header"; }
    done
done
point $missing 'every answer has the headers'
[ "$(grep -rn "unsafe-\|style=\"" src/web/pages src/web/answer.c | wc -l)" -eq 0 ]
point $? 'nothing inline'

size=0
for path in / "$asset" "$(curl -sS "$url/" | sed -n 's/.*src="\(\/a\/app[^"]*\)".*/\1/p')"; do
    size=$((size + $(curl -sS --compressed -o /dev/null -w '%{size_download}' "$url$path")))
done
[ "$size" -le 30720 ]
point $? "a public page with all it needs: $size bytes, at most 30 KB"

# ---- Two sides, and the demonstration ----

stop_server
serve --name 示例局 --demo --public-host www.test --staff-host staff.test
page 'the public side answers under its name' 200 '示例局' / -H 'Host: www.test'
page 'and not under the other' 404 '没有这个页面' / -H 'Host: staff.test'
page 'a demonstration says so' 200 '所有内容均为示例' / -H 'Host: www.test'

kill "$server"
wait "$server"
point $? 'the server stops by itself'
server=
echo "1..$count"
