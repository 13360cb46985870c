#!/bin/sh
# factor.sh GONGSHI TELEPHONE LATE_CLOCK: logging in to an office that is real: the first administrator by his page, the
# second factor that staff must have, a password that somebody else gave, what a log-in that is not complete is not let
# do.
telephone=$(realpath "$2") late=$(realpath "$3")
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/pages.sh"

# Server and telephone are as late as makes a step of 30 seconds begin now: so hardly ever is a step's end waited for.
later=$((30 - $(date +%s) % 30))
under="env LATE_SECONDS=$later LD_PRELOAD=$late ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0"
totp() { $under "$telephone" code "$1" "$2"; } # SEED STEPS: what it shows so many steps of 30 seconds from now
wrong() { $under "$telephone" wrong "$1"; }    # SEED: six digits that fit nowhere near now

# Three codes follow each other without waiting: those of the step before, of this one and of the next. Nobody is asked
# for one in the second in which a step ends.
settle() {
    while [ $((($(date +%s) + later) % 30)) -gt 24 ]; do
        sleep 0.5
    done
}

seed_of() { sed -n 's/.*<code>\([A-Z2-7 ]*\)<\/code>.*/\1/p' "$work/body" | tr -d ' '; }
password='a long password of tests'

"$gongshi" init "$GONGSHI_DATA" >/dev/null
serve --name 示例局

# ---- The first administrator ----

code=$(grep -o '[0-9a-z]\{4\}-[0-9a-z-]\{19\}' "$work/log" | head -n 1)
first() { # NAME STATUS PATTERN CODE PASSWORD AGAIN
    page "$1" "$2" "$3" admin /first -d "code=$4" -d login=admin --data-urlencode 'name=管理员' \
        --data-urlencode "password=$5" --data-urlencode "again=$6"
}
page 'the page of the first administrator' 200 '一次性代码' admin /first
first 'a wrong code' 422 '<title>错误：' 0000-0000-0000-0000-0000 "$password" "$password"
first 'two passwords' 422 '两次输入的密码不一致' "$code" "$password" "$password."
first 'a short one' 422 '至少' "$code" short short
hidden 'passwords are not sent back' "$password"
first 'the code of the console' 303 'Location: /factor?back=%2Fadmin' "$code" "$password" "$password"
page 'works once' 404 '' nobody /first
page 'nor does the form' 404 '' nobody /first -d "code=$code" -d login=b -d name=b -d password=x -d again=x

# ---- A log-in that is not complete ----

page 'without second factor an officer can do nothing' 303 'Location: /factor?back=%2Foffice' admin /office
page 'but set it up' 200 '先在手机上设置动态口令' admin /factor
page 'nor programs in his name' 401 '登录尚未完成' admin /api/tasks
page 'to public pages he is nobody' 200 '<h1>' admin /
hidden 'who has no name' '<span>管理员</span>'
grep -qi '^cache-control: no-store' "$work/head"
point $? 'and whose pages nobody keeps'
post 'nor does an act of his count' 401 '登录尚未完成' admin /office/lists -d what=x
page 'programs are told what is missing' 403 '登录尚未完成' nobody /api/login -H 'Content-Type: application/json' \
    -d "{\"login\":\"admin\",\"password\":\"$password\"}"

# ---- Setting it up ----

post 'a code before anything was begun' 422 '口令不正确' admin /factor -d do=set -d code=123456
post 'it begins' 303 'Location: /factor' admin /factor -d do=begin
page 'a QR code, and the seed beside it' 200 '<svg class="qr"' admin /factor
seed=$(seed_of)
[ ${#seed} -eq 32 ]
point $? 'of 160 bits'
if command -v zbarimg >/dev/null; then
    sed -n 's/.*<svg class="qr" viewBox="0 0 \([0-9]*\).*<path d="\([^"]*\)".*/\1 \2/p' "$work/body" |
        "$telephone" picture >"$work/qr.pgm"
    zbarimg -q --raw "$work/qr.pgm" 2>/dev/null >"$work/out"
    grep -qx "otpauth://totp/%E7%A4%BA%E4%BE%8B%E5%B1%80:admin?secret=$seed&issuer=.*&digits=6&period=30" "$work/out"
    point $? 'which a telephone can read'
else
    point 0 'which a telephone can read # SKIP zbarimg is not installed'
fi
cp "$work/admin.jar" "$work/old.jar"
settle
post 'a wrong code' 422 '口令不正确' admin /factor -d do=set -d "code=$(wrong "$seed")"
post 'the right one: recovery codes, once' 200 '离开本页后不再显示' admin /factor -d do=set -d "code=$(totp "$seed" -1)" \
    -d back=/office
[ "$(grep -o '<code>[0-9a-z-]\{19\}</code>' "$work/body" | wc -l)" -eq 10 ]
point $? 'LIMIT_PEOPLE_RECOVERY of them'
recovery=$(grep -o '<code>[0-9a-z-]\{19\}</code>' "$work/body" | head -n 1 | sed 's/<[^>]*>//g')
page 'the session of before has ended' 303 'Location: /login' old /office
page 'the new one is let in' 200 '<h1>' admin /office
page 'the seed is not shown again' 200 '剩余恢复码' admin /factor
hidden 'nowhere' "$seed"
! grep -qra "$seed" "$GONGSHI_DATA"
point $? 'and stands in no file'

# ---- Logging in with it ----

post 'he logs out' 303 'Clear-Site-Data: "cache", "storage"' admin /logout
enter() { # WHO LOGIN PASSWORD
    page "$2 logs in" 303 "$4" "$1" /login -d "login=$2" --data-urlencode "password=$3" -d back=/office
}
enter admin admin "$password" 'Location: /login/code?back=%2Foffice'
cp "$work/admin.jar" "$work/half.jar"
page 'the password is half of it' 303 'Location: /login/code?back=%2Foffice' admin /office
page 'no page of steps gets around the code' 303 'Location: /login/code' admin /factor
page 'nor the one of the password' 303 'Location: /login/code' admin /password
post 'a wrong code' 403 '<title>错误：' admin /login/code -d "code=$(wrong "$seed")" -d back=/office
post 'the one that was used' 403 '已用过' admin /login/code -d "code=$(totp "$seed" -1)" -d back=/office
post 'the right one' 303 'Location: /office' admin /login/code -d "code=$(totp "$seed" 0)" -d back=/office
page 'he is in' 200 '管理员' admin /office
page 'with another token: the half one is worthless' 303 'Location: /login?' half /office
page 'programs send it beside the password' 200 '"token":' nobody /api/login -H 'Content-Type: application/json' \
    -d "{\"login\":\"admin\",\"password\":\"$password\",\"code\":\"$(totp "$seed" 1)\"}"
enter lost admin "$password" 'Location: /login/code'
post 'a recovery code in place of the telephone' 303 'Location: /office' lost /login/code -d "code=$recovery" \
    -d back=/office
enter again admin "$password" 'Location: /login/code'
post 'once' 403 '已用过' again /login/code -d "code=$recovery"
post 'he may log out halfway' 303 'Location: /' again /logout

# ---- A password that somebody else gave ----

"$gongshi" people office street 示例街道 >/dev/null
"$gongshi" people add li 李某 --office street >/dev/null
"$gongshi" people give li clerk --office street >/dev/null
given=$("$gongshi" people reset li | sed -n 's/.*"password":"\([^"]*\)".*/\1/p')
enter li li "$given" 'Location: /password?back=%2Foffice'
page 'he can do nothing but change it' 303 'Location: /password?back=%2Foffice' li /office
page 'nor set up a telephone first' 303 'Location: /password' li /factor
page 'he is told why' 200 '由他人代设' li /password
page 'programs are refused' 401 '登录尚未完成' li /api/tasks
post 'to another one' 422 '这就是现在的密码' li /password --data-urlencode "password=$given" --data-urlencode "again=$given"
post 'to a good one' 422 '至少' li /password -d password=short -d again=short
cp "$work/li.jar" "$work/old.jar"
post 'he does' 303 'Location: /factor?back=%2Foffice' li /password -d back=/office \
    --data-urlencode "password=$password" --data-urlencode "again=$password"
page 'the session of before has ended' 303 'Location: /login?' old /factor
page 'the password that was given is worthless' 403 '<title>错误：' old /login -d login=li \
    --data-urlencode "password=$given"
page 'and the telephone comes next' 303 'Location: /factor' li /office
post 'it begins' 303 '' li /factor -d do=begin
page 'the seed' 200 '<svg class="qr"' li /factor
seed=$(seed_of)
settle
post 'the first code' 200 '恢复码' li /factor -d do=set -d "code=$(totp "$seed" -1)"
page 'he is let in' 200 '<h1>' li /office

# ---- Changes take everything again ----

post 'another password takes the one of now' 422 '请输入密码' li /password --data-urlencode "password=$password!" \
    --data-urlencode "again=$password!"
post 'and the code' 422 '密码或动态口令错误' li /password --data-urlencode "password=$password!" \
    --data-urlencode "again=$password!" --data-urlencode "-password=$password"
post 'both: it is another one' 303 'Location: /.$' li /password --data-urlencode "password=$password!" \
    --data-urlencode "again=$password!" --data-urlencode "-password=$password" -d "-code=$(totp "$seed" 0)"
enter other li "$password!" 'Location: /login/code'
out=$("$gongshi" people factor li)
point $? "the administrator of the machine takes the telephone away $out"
page 'which ends the sessions' 303 'Location: /login?' li /office
enter li li "$password!" 'Location: /factor?back=%2Foffice'
"$gongshi" people close li >/dev/null
page 'a closed account has no session' 303 'Location: /login?' li /factor
page 'and no log-in' 403 '<title>错误：' li /login -d login=li --data-urlencode "password=$password!"

# ---- How an office says that it wants none, and a demonstration ----

stop_server
! "$gongshi" serve --listen 127.0.0.1:0 --second-factor perhaps 2>"$work/out" && grep -q 'second-factor' "$work/out"
point $? 'the setting is staff or none'
serve --second-factor none
"$gongshi" people add wang 王某 --office street >/dev/null
"$gongshi" people give wang clerk --office street >/dev/null
echo "$password" | "$gongshi" people password wang >/dev/null
enter wang wang "$password" 'Location: /office'
enter admin2 admin "$password" 'Location: /login/code'
stop_server
serve --demo
page 'a demonstration lets passwords in, and says so' 200 '工作人员仅凭密码登录' nobody /
page 'who was in stays in' 200 '<h1>' wang /office
stop_server
serve --demo --second-factor staff
page 'unless it is said' 303 'Location: /factor' wang /office
page 'then the banner is silent' 200 '所有内容均为示例' nobody /
hidden 'about it' '工作人员仅凭密码登录'
stop_server

# ---- Giving everything again before something grave ----

! "$gongshi" serve --listen 127.0.0.1:0 --prove-again 901 2>"$work/out" && grep -q 'prove-again' "$work/out"
point $? 'the setting is at most LIMIT_PEOPLE_PROOF_SECONDS'
$under "$gongshi" scheme install tests/work/careful >/dev/null
start() { # PROCESS: a dossier with a task of wang, its number
    $under "$gongshi" dossier start careful --process "$1" --office street --as wang \
        --with '{"place":"A","remark":"好"}' | sed -n 's/.*"dossier":\([0-9]*\).*/\1/p'
}
free=$(start free) asked=$(start call)
serve --second-factor none --prove-again 0 --backup "$work/copies"
wait_of() { # DOSSIER: the number of its open task
    curl -sS -b "$work/wang.jar" "$url/api/dossiers/$1" | grep -o "\"task\":\"$1\.[0-9]*" | head -n 1 | sed 's/.*\.//'
}
task="/office/d/$free/t/$(wait_of "$free")"
post 'he takes the task' 303 'done=claim' wang "$task" -d do=claim
page 'what makes something known asks for the password' 200 'name="-password"' wang "$task"
post 'without it nothing' 422 '请输入密码' wang "$task" -d do=complete
post 'nor with a wrong one' 422 '密码或动态口令错误' wang "$task" -d do=complete -d '-password=wrong password of his'
page 'nor over the API' 403 '须重新登录' wang /api/act -H "X-CSRF: $(csrf wang)" -H 'Content-Type: application/json' \
    -d "{\"act\":\"complete\",\"dossier\":\"$free\",\"wait\":${task##*/}}"
page 'nothing is known yet' 200 '<h1>' nobody /notices
hidden 'to anybody' '>Free<'
post 'with it' 303 'done=complete' wang "$task" -d do=complete --data-urlencode "-password=$password"
page 'it is' 200 'Free' nobody /notices
task="/office/d/$asked/t/$(wait_of "$asked")"
post 'a task' 303 'done=claim' wang "$task" -d do=claim
page 'after which a second person publishes' 200 'value="complete"' wang "$task"
hidden 'asks for none' 'name="-password"'
post 'and is completed so' 303 'done=complete' wang "$task" -d do=complete
"$gongshi" people add zhao 赵某 --office street >/dev/null
"$gongshi" people give zhao leader --office street >/dev/null
echo "$password" | "$gongshi" people password zhao >/dev/null
enter zhao zhao "$password" 'Location: /office'
page 'the second person' 200 'Call' zhao /office/publication
notice=/office/publication/$(grep -o '/office/publication/[0-9]*' "$work/body" | head -n 1 | sed 's,.*/,,')
page 'is asked for the password' 200 'name="-password"' zhao "$notice"
post 'without it nothing' 422 '请输入密码' zhao "$notice" -d do=publish
post 'with it the notice is published' 303 'done=published' zhao "$notice" -d do=publish \
    --data-urlencode "-password=$password"
stop_server
echo "1..$count"
