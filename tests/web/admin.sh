#!/bin/sh
# admin.sh GONGSHI: the pages of administrators, and what everybody of the office does with his own log-in: people,
# roles, offices, sessions, the audit trail, copies, settings, health, standing in.
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/pages.sh"
password='a long password of tests'

log_in() { # WHO: who has that password; a session of its own
    rm -f "$work/$1.jar"
    page "$1 logs in" 303 'Location: ' "$1" /login -d "login=$1" --data-urlencode "password=$password" -d back=/self
}

"$gongshi" init "$GONGSHI_DATA" >/dev/null
printf 'contact = 热线甲\n' >"$work/settings"
serve --second-factor none --backup "$work/copies" --settings "$work/settings"
code=$(grep -o '[0-9a-z]\{4\}-[0-9a-z-]\{19\}' "$work/log" | head -n 1)
page 'the first administrator' 303 'Location: /admin' admin /first -d "code=$code" -d login=admin \
    --data-urlencode 'name=管理员' --data-urlencode "password=$password" --data-urlencode "again=$password"

# ---- Offices ----

page 'no office yet' 200 '还没有机关' admin /admin/offices
post 'an office' 303 'done=office' admin /admin/offices -d do=office -d code=city -d parent=0 \
    --data-urlencode 'name=示例市'
city=$(number_of /admin/offices city)
post 'one below it' 303 'done=office' admin /admin/offices -d do=office -d code=street \
    --data-urlencode 'name=示例街道' -d "parent=$city"
street=$(number_of /admin/offices street)
page 'the tree' 200 '　示例街道' admin /admin/offices
post 'a code is used once' 422 '<title>错误：' admin /admin/offices -d do=office -d code=city -d name=x -d parent=0
post 'another name' 303 'done=rename' admin /admin/offices -d do=rename -d "office=$street" \
    --data-urlencode 'name=新街道'
post 'no ring' 422 '<title>错误：' admin /admin/offices -d do=move -d "office=$city" -d "parent=$street"
post 'messages by hand' 303 'done=transport' admin /admin/offices -d do=transport -d "office=$street" -d kind=hand
page 'which the page shows' 200 'class="tag still"' admin /admin/offices

# ---- People ----

page 'the form of a person' 200 'value="manager"' admin /admin/people/new
post 'a person: a password, shown once' 200 '首次登录时须修改' admin /admin/people/new -d login=li \
    --data-urlencode 'name=李<某>' -d "office=$street" -d role=clerk
grep -q 'no-store' "$work/head"
point $? 'kept by nobody'
given=$(sed -n 's/.*<strong>\([0-9a-z-]\{24\}\)<\/strong>.*/\1/p' "$work/body")
page 'he logs in with it' 303 'Location: /password' li /login -d login=li -d "password=$given"
post 'and chooses his own' 303 'Location: /' li /password --data-urlencode "password=$password" \
    --data-urlencode "again=$password"
page 'he is a clerk' 200 '<h1>' li /office
post 'a login is used once' 422 '<title>错误：' admin /admin/people/new -d login=li -d name=x -d "office=$street"
for who in wang zhao; do
    "$gongshi" people add $who "$who" --office street >/dev/null
    echo "$password" | "$gongshi" people password $who >/dev/null
    "$gongshi" people give $who clerk --office street >/dev/null
done
page 'all people' 200 '李&lt;某&gt;' admin /admin/people
page 'found by words' 200 'wang' admin '/admin/people?q=WAN'
hidden 'and only those' 'zhao'
page 'a sign of patterns is a sign' 200 '没有找到人员' admin '/admin/people?q=%25'
page 'of an office' 200 '没有找到人员' admin "/admin/people?office=$street&q=admin"
li=$(number_of /admin/people li) wang=$(number_of /admin/people wang) self=$(number_of /admin/people admin)
page 'one of them' 200 'clerk' admin "/admin/people/$li"
page 'who is none' 404 '' admin /admin/people/999999
post 'a role takes hold at the next request' 303 'done=give' admin "/admin/people/$li" -d do=give -d role=manager \
    -d "office=$street" -d until=2099-12-31
page 'he has it' 200 'manager' li /self
post 'and ends so' 303 'done=end' admin "/admin/people/$li" -d do=end -d role=manager -d "office=$street"
post 'all of them' 303 'done=end' admin "/admin/people/$li" -d do=end -d role=clerk -d "office=$street"
page 'who has no role is let into no office' 403 '' li /office
post 'what he does not have does not end' 422 '<title>错误：' admin "/admin/people/$li" -d do=end -d role=clerk \
    -d "office=$street"
post 'a role that ends in the past' 422 '<title>错误：' admin "/admin/people/$li" -d do=give -d role=clerk \
    -d "office=$street" -d until=2020-01-01
post 'no day' 422 '<title>错误：' admin "/admin/people/$li" -d do=give -d role=clerk -d "office=$street" -d until=soon
post 'back again' 303 'done=give' admin "/admin/people/$li" -d do=give -d role=clerk -d "office=$street"
post 'another name' 303 'done=change' admin "/admin/people/$li" -d do=change --data-urlencode 'name=李四' \
    -d "office=$city"
post 'nobody changes his own account' 422 '<title>错误：' admin "/admin/people/$self" -d do=give -d role=auditor \
    -d office=0
page 'and is told so' 200 '任何人不得变更自己的账号' admin "/admin/people/$self"
page 'a clerk sees none of it' 403 '' li /admin/people
post 'nor adds people' 403 '' li /admin/people/new -d login=x -d name=x

# ---- Sessions ----

log_in wang
page 'who is logged in' 200 'wang' admin /admin/sessions
key_of() { # the first key of a session behind these words
    tr '\n' ' ' <"$work/body" | grep -o "$1.*" | grep -o 'name="key" value="[0-9a-f]*"' |
        sed -n '1s/.*value="\(.*\)"/\1/p'
}
key=$(key_of 'wang</a>')
post 'a session is ended' 303 'done=sessions' admin /admin/sessions -d "key=$key"
page 'at once' 303 'Location: /login' wang /office
post 'once' 422 '<title>错误：' admin /admin/sessions -d "key=$key"
log_in wang
post 'all of a person' 303 'done=sessions' admin "/admin/people/$wang" -d do=sessions
page 'end at once' 303 'Location: /login' wang /office
log_in wang
cp "$work/wang.jar" "$work/other.jar"
log_in wang
page 'his own sessions' 200 '当前登录' wang /self
key=$(key_of '<main')
post 'a stranger cannot end it' 422 '' li /self -d "key=$key"
page 'which goes on' 200 '' other /self
post 'he ends one' 303 'done=sessions' wang /self -d "key=$key"
page 'that one' 303 'Location: /login' other /self
page 'not this' 200 'wang' wang /self
post 'a password for one time' 200 '首次登录时须修改' admin "/admin/people/$wang" -d do=password
page 'ends sessions too' 303 'Location: /login' wang /self
page 'and the old password' 403 '' wang /login -d login=wang --data-urlencode "password=$password"
echo "$password" | "$gongshi" people password wang >/dev/null
log_in wang

# ---- Standing in ----

tomorrow=$(date -d '+1 day' +%F)
page 'who may stand in for a clerk' 200 "value=\"$street:clerk\"" wang /away
post 'without end nobody' 422 '请填写最后一天' wang /away -d do=lend -d "post=$street:clerk" -d to=admin
post 'nor for ever' 422 '<title>错误：' wang /away -d do=lend -d "post=$street:clerk" -d to=admin -d until=2099-01-01
post 'nor with what one does not have' 422 '<title>错误：' wang /away -d do=lend -d "post=$city:clerk" -d to=admin \
    -d "until=$tomorrow"
post 'nor oneself' 422 '<title>错误：' wang /away -d do=lend -d "post=$street:clerk" -d to=wang -d "until=$tomorrow"
post 'a colleague' 303 'done=lend' wang /away -d do=lend -d "post=$street:clerk" -d to=admin -d "until=$tomorrow"
page 'who has it at once, on his behalf' 200 'wang' admin /self
grep -q 'clerk</code>' "$work/body"
point $? 'the role'
page 'he sees who' 200 '正在代我办理的人' wang /away
post 'others take nothing back' 422 '<title>错误：' li /away -d do=back -d "post=$street:clerk" -d "person=$self"
post 'he does' 303 'done=back' wang /away -d do=back -d "post=$street:clerk" -d "person=$self"
page 'then it is gone' 200 '' admin /self
hidden 'from the next request on' 'clerk</code>'

# ---- The audit trail ----

page 'what administrators see' 200 '系统管理有关的记录' admin /admin/audit
page 'of one person' 200 '交办角色' admin '/admin/audit?person=wang'
hidden 'what others did is not there' '生成一次性密码'
page 'about one thing' 200 '授予角色' admin "/admin/audit?kind=person&object=$li"
page 'of one day' 200 '登录</td>' admin "/admin/audit?day=$(TZ=Asia/Shanghai date +%F)"
page 'of another' 200 '没有符合' admin '/admin/audit?day=2020-01-01'
page 'a day that is none' 422 '<title>错误：' admin '/admin/audit?day=yesterday'
page 'a person who is none' 422 '<title>错误：' admin '/admin/audit?person=nobody-at-all'
tries=0
while curl -sS -b "$work/admin.jar" "$url/admin/audit" | grep -q '>第 0 批' && [ $tries -lt 50 ]; do
    sleep 0.2
    tries=$((tries + 1))
done
page 'the chain, computed again' 200 '均与写入时一致' admin '/admin/audit?verify=on'
"$gongshi" people add shen shen --office city >/dev/null
echo "$password" | "$gongshi" people password shen >/dev/null
"$gongshi" people give shen auditor --office city >/dev/null
log_in shen
page 'an auditor of the office at the top sees all' 200 '链首' shen /admin/audit
hidden 'without the restriction' '系统管理有关的记录'
page 'and has no other page of administrators' 403 '' shen /admin
page 'a clerk has none' 403 '' wang /admin/audit
page 'what passwords were is nowhere' 200 '' shen "/admin/audit?kind=person&object=$wang"
hidden 'in it' "$password"

# ---- Copies ----

if [ -z "${GONGSHI_TEST_POSTGRES:-}" ]; then # which makes its own
    page 'no copy yet' 200 '尚未备份' admin /admin/backup
    post 'one is made' 303 'done=copy' admin /admin/backup
    tries=0
    until curl -sS -b "$work/admin.jar" "$url/admin/backup" | grep -q 'verify-restore' || [ $tries -ge 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    page 'a page that waits for it is told' 200 '^event: changed' admin /admin/backup/wait --max-time 20
    page 'it is there' 200 "verify-restore $work/copies/20" admin /admin/backup
    copy=$(grep -o "$work/copies/[0-9TZ]*" "$work/body" | head -n 1)
    "$gongshi" verify-restore "$copy" >"$work/out" 2>&1
    point $? 'and can be restored'
    page 'the audit trail says who had it made' 200 '制作' admin '/admin/audit?person=admin&kind=backup'
fi

# ---- Settings and health ----

page 'settings: from the command' 200 "$work/copies" admin /admin/settings
page 'and from the file' 200 '热线甲</td><td data-label="来源">设置文件' admin /admin/settings
page 'how it goes' 200 '没有受阻的步骤' admin /admin
{ [ -n "${GONGSHI_TEST_POSTGRES:-}" ] || grep -q '磁盘剩余空间.*GiB' "$work/body"; } && grep -q '文书与表格辅助程序.*正在运行' "$work/body"
point $? 'disk and helper'
[ "$(grep -o 'class="tag bad"' "$work/body" | wc -l)" -eq 0 ]
point $? 'nothing is wrong'
page 'as JSON' 200 '"incidents":\[\]' admin /admin.json
post 'letters again' 303 'done=letters' admin /admin -d do=letters
post 'a step of no dossier' 404 '' admin /admin -d do=retry -d dossier=999999 -d item=1

# ---- Closing ----

post 'an account is closed' 303 'done=close' admin "/admin/people/$li" -d do=close
page 'which ends its session at once' 303 'Location: /login' li /self
page 'it is not listed' 200 '' admin '/admin/people?q=li'
hidden 'any more' '李四'
page 'unless it is asked for' 200 '已停用' admin '/admin/people?q=li&closed=on'

# ---- Many offices ----

# Over one connection: curl takes them from a file.
token=$(csrf admin)
awk -v url="$url/admin/offices" -v token="$token" -v jar="$work/admin.jar" 'BEGIN {
    for (i = 0; i < 1000; i++) {
        printf "%surl = \"%s\"\ncookie = \"%s\"\noutput = \"/dev/null\"\n", (i > 0 ? "next\n" : ""), url, jar
        printf "data = \"csrf=%s&do=office&code=n%d&name=n%d&parent=0\"\n", token, i, i
    }
}' >"$work/offices.curl"
curl -sS -K "$work/offices.curl"
page 'a thousand offices more' 200 '' admin /admin/offices.json
[ "$(grep -o '"indent":"' "$work/body" | wc -l)" -eq 1000 ]
point $? 'the page has LIMIT_WEB_OFFICES of them'
stop_server
echo "1..$count"
