#!/bin/sh
# field.sh GONGSHI: a check from the list of visits to the last look, by pages alone, as a browser without script does
# it: taken, sheet with a picture, signed by a second person, notice issued, sealed and served, a guest's link and reply
# with a picture, pictures beside each other, looked at again by two. A link opens nothing but its task, and what it
# shows has no other site's name or score.
. "$(dirname "$0")/../served.sh"
today=$(TZ=Asia/Shanghai date +%F)

shows() { # NAME PATTERN PERSON PATH: the page has the pattern
    curl -fsS -b "$work/$3" "$url/$4" >"$work/out" 2>&1 && grep -q -- "$2" "$work/out"
    point $? "$1"
}

csrf() { # PERSON PATH
    curl -fsS -b "$work/$1" "$url/$2" | grep -o 'name="csrf" value="[^"]*"' | head -n 1 | sed 's/.*value="//; s/"//'
}

sends() { # NAME STATUS PERSON PATH FIELDS...: the form is answered so
    name=$1 status=$2 person=$3 path=$4
    shift 4
    for field; do
        set -- "$@" -F "$field"
        shift
    done
    code=$(curl -s -b "$work/$person" -o "$work/out" -w '%{http_code}' -F "csrf=$token" "$@" "$url/$path")
    [ "$code" = "$status" ]
    point $? "$name ($code)"
}

enter() { # PERSON
    password=$(sed -n "s/^  $1 *\([^ ]*\) .*/\1/p" "$work/people")
    curl -s -c "$work/$1" -o "$work/out" --data-urlencode "login=$1" --data-urlencode "password=$password" "$url/login"
}

takes() { # PERSON PATH
    token=$(csrf "$1" "$2")
    sends "$1 takes $2" 303 "$1" "$2" do=take
}

open_task() { # ELEMENT ROLE: the newest open one, as a path
    "$gongshi" dossier tasks --office 330100-2 --role "$2" >"$work/out" 2>&1
    tr -d '\n' <"$work/out" | grep -o "\"task\": \"[0-9.]*\", *\"element\": \"$1\"" |
        sed 's/[^0-9]*\([0-9]*\)\.\([0-9]*\).*/\1 \2/' |
        sort -n | tail -n 1 | sed 's/ /\//; s/^/visits\//'
}

appears() { # ELEMENT ROLE ABOVE: waits for a task of a dossier above that number; its path in $path
    path= tries=0
    while [ $tries -lt 100 ]; do
        path=$(open_task "$1" "$2")
        n=${path#visits/}
        [ -n "$path" ] && [ "${n%%/*}" -ge "$3" ] && return
        sleep 0.1
        tries=$((tries + 1))
    done
}

district >"$work/people" 2>"$work/out"
point $? 'a district is made'
serve --demo
for person in wu chen wei jiang qian lin; do
    enter $person
done
printf '\211PNG\r\n\032\nbefore' >"$work/before.png"
printf '\211PNG\r\n\032\nafter' >"$work/after.png"
before=$(sha256sum "$work/before.png" | cut -c1-64)
after=$(sha256sum "$work/after.png" | cut -c1-64)

# ---- The visit ----

shows 'the visits are listed, with the number of the check and its legal basis' '本期第2次，上限2次；依据：浙江省' wu visits
visit=$(curl -s -b "$work/wu" "$url/visits" | tr -d '\n' |
    grep -o 'visits/[0-9]*/[0-9]*"><strong>示例0044' | sed 's/".*//')
check=${visit#visits/}
check=${check%%/*}
code=$(curl -s -o "$work/out" -w '%{http_code}' -b "$work/qian" "$url/$visit")
[ "$code" = 404 ]
point $? 'an officer of another office sees none of it'
takes wu "$visit"
shows 'a visit shows its site and what was found before' '以前的问题' wu "$visit"
token=$(csrf wu "$visit")
sends 'what is missing is said at its field, and nothing is lost' 422 wu "$visit" do=send 'remark=还没有填完'
grep -q '还没有填完' "$work/out" && grep -q '<title>错误：' "$work/out"
point $? 'the page begins with what is to be corrected'
sends 'a row is added' 303 wu "$visit" 'do=add found'
shows 'the row is there' 'name="found\[1\].code"' wu "$visit"
sends 'a picture with a wrong hash is not taken' 409 wu "$visit/photo" 'path=found[1].photos' "hash=$after" \
    "photo=@$work/before.png"
sends 'with the right one it is, with time and place' 200 wu "$visit/photo" 'path=found[1].photos' "hash=$before" \
    taken=2026-11-28T01:00:00Z place=120.1,30.2 accuracy=8 "photo=@$work/before.png"
grep -q "$before.*120.1" "$work/out"
point $? 'and its receipt names the hash'
sends 'the sheet has no place for pictures elsewhere' 400 wu "$visit/photo" 'path=remark' "photo=@$work/before.png"
shows 'the draft has the picture' before.png wu "$visit"
sends 'the sheet is sent' 303 wu "$visit" do=send "day=$today" attended=项目经理 phase=2 certificates=true \
    'numbers=甲 K-1，乙 K-2' standard=示例表 present=01 present=02 'sheets[1].sheet=01' 'sheets[2].sheet=02' \
    'found[1].code=020201' 'found[1].position=南门' 'found[1].text=无大门' 'found[1].severity=一般' \
    'found[1].safe=true' remark=无 signed=已签字
appears agree inspector "$check"
takes chen "$path"
token=$(csrf chen "$path")
sends 'the second inspector agrees' 303 chen "$path" do=send agreed=true

# ---- The notice ----

appears issue inspector "$check"
order=${path#visits/}
order=${order%%/*}
takes jiang "$path"
token=$(csrf jiang "$path")
helper=$(pgrep -P "$server")
kill -STOP $helper # nothing is printed now
sends 'the leader issues the notice' 303 jiang "$path" do=send n=5 unit=日 demand=补设大门 article=示例条款
paper=$("$gongshi" document list "$order" | sed -n 's/.*"document": \([0-9]*\).*/\1/p' | head -n 1)
sends 'it is sealed' 303 jiang "office/d/$order/p/$paper" do=seal back=/visits
token=$(csrf wu visits)
sends 'and served' 303 wu "office/d/$order/p/$paper" do=serve how=direct to=项目经理 back=/visits
curl -sN --max-time 60 -b "$work/wu" "$url/office/d/$order/p/$paper/wait" >"$work/events" &
waits=$!
sleep 1.5
kill -0 $waits && ! grep -q changed "$work/events"
point $? 'a page waits for the PDF'
kill -CONT $helper
wait $waits
grep -q '^event: changed' "$work/events"
point $? 'and is told when it is made'
code=$(curl -s -b "$work/wu" -o "$work/out" -w '%{http_code}' "$url/office/d/$order/p/$paper.pdf")
[ "$code" = 200 ] && head -c 4 "$work/out" | grep -q '%PDF'
point $? 'which is there to look at'
code=$(curl -s -b "$work/wu" -o "$work/out" -w '%{http_code}' "$url/office/d/$check/p/$paper.pdf")
[ "$code" = 404 ]
point $? 'but not as one of another dossier'

# ---- The site answers by its link ----

"$gongshi" dossier show "$order" >"$work/out"
reply=$(tr -d '\n' <"$work/out" | grep -o '"task": "[0-9.]*", *"element": "reply"' |
    sed 's/[^0-9]*\([0-9]*\)\.\([0-9]*\).*/visits\/\1\/\2/' | tail -n 1)
curl -s -b "$work/wu" -d "csrf=$token" -d back=/visits "$url/$reply/link" >"$work/out"
old=$(grep -o 'g/[0-9a-f]\{64\}' "$work/out" | head -n 1)
[ -n "$old" ]
point $? 'the inspector makes a link for the site'
curl -s -b "$work/wu" -d "csrf=$token" -d back=/visits "$url/$reply/link" >"$work/out"
link=$(grep -o 'g/[0-9a-f]\{64\}' "$work/out" | head -n 1)
: >"$work/nobody"
code=$(curl -s -o "$work/out" -w '%{http_code}' "$url/$old")
[ "$code" = 404 ] && grep -q '重新' "$work/out"
point $? 'a link that was replaced says so, and how to get another one'
shows 'the link shows the finding' 020201 nobody "$link"
shows 'and the last day with its computation' '最后一天' nobody "$link"
shows 'and the grade, and why' '更高等级\|按名次\|位，共' nobody "$link"
other=$("$gongshi" ledger query sites.sites --where 'name != "示例0044地块项目"' |
    sed -n 's/.*"name": "\(示例[^"]*项目\)".*/\1/p' | sort -u)
! echo "$other" | grep -qF -f - "$work/out"
point $? 'but the name of no other site'
first=$(open_task objection leader)
code=$(curl -s -o "$work/out" -w '%{http_code}' "$url/$link/photo/$after")
[ "$code" = 404 ]
point $? 'a picture that is not of this task is not there'
code=$(curl -s -o "$work/out" -w '%{http_code}' "$url/$first")
[ "$code" = 303 ]
point $? 'nor is any other dossier'
token=
code=$(curl -s -o "$work/out" -w '%{http_code}' -F do=send -F purpose=整改回复 -F 'results[1].done=已补设' -F by_name=示某 \
    "$url/$link")
[ "$code" = 422 ] && grep -q '照片' "$work/out"
point $? "a reply without picture is not taken ($code)"
code=$(curl -s -o "$work/out" -w '%{http_code}' -F do=send -F purpose=整改回复 -F 'results[1].done=已补设' -F by_name=示某 \
    -F "results[1].photos=@$work/after.png" "$url/$link")
[ "$code" = 200 ] && grep -q "$order" "$work/out"
point $? "with one it is ($code)"
code=$(curl -s -o "$work/out" -w '%{http_code}' "$url/$link")
[ "$code" = 404 ]
point $? 'and the link has served'

# ---- Looked at again ----

appears recheck inspector "$order"
shows 'what is looked at again stands on the list' '复查1项' wu visits
shows 'the picture of before' "photo/$before" wu "$path"
shows 'beside that of after' "photo/$after" wu "$path"
curl -s -b "$work/wu" "$url/$path/photo/$after" | cmp -s - "$work/after.png"
point $? 'which can be opened'
takes wu "$path"
token=$(csrf wu "$path")
sends 'it is put right' 303 wu "$path" do=send "day=$today" 'numbers=甲 K-1，乙 K-2' 'results[1].passed=true' signed=已签字
"$gongshi" dossier show "$order" >"$work/out"
sign=$(tr -d '\n' <"$work/out" | grep -o '"task": "[0-9.]*",[^{}]*"status": "open"' |
    sed 's/[^0-9]*\([0-9]*\)\.\([0-9]*\).*/visits\/\1\/\2/' | tail -n 1)
takes chen "$sign"
token=$(csrf chen "$sign")
sends 'the second inspector signs' 303 chen "$sign" do=agree
"$gongshi" ledger query sites.findings --where 'code = "020201" and text = "无大门"' >"$work/out"
grep -q '已销号' "$work/out"
point $? 'and the finding is closed'

# ---- The colours ----

list=$(curl -s -b "$work/wei" "$url/office/lists" | tr -d '\n' | grep -o 'office/lists/[0-9]*">三色' | head -n 1 |
    sed 's/".*//')
shows 'the office sees how the colours are spread, and their shape' '形：中间最多' wei "$list/grades"
shows 'who has which, and why' '位，共137个 ·' wei "$list/grades"
shows 'those of one colour alone' '还差' wei "$list/grades?grade=%E9%BB%84"
! grep -q 'grades/[0-9]*"><strong>[^<]*</strong></a> <span class="tag good' "$work/out"
point $? 'and no other'
shows 'one is found by its name' '示例0044地块项目' wei "$list/grades?q=%E7%A4%BA%E4%BE%8B0044"
one=$(grep -o "$list/grades/[0-9]*" "$work/out" | head -n 1)
shows 'with what it has, and where all is recorded' 'office/ledgers/sites.sites/' wei "$one"
for path in "$list/grades" "$one"; do
    code=$(curl -s -o "$work/out" -w '%{http_code}' -b "$work/lin" "$url/$path")
    [ "$code" = 404 ]
    point $? "nothing of it for an officer of another office ($code)"
    code=$(curl -s -o "$work/out" -w '%{http_code}' "$url/$path")
    [ "$code" = 303 ]
    point $? "nor for somebody who is nobody here ($code)"
done
"$gongshi" ledger query sites.sites --where 'name = "示例0012地块项目"' >"$work/out"
party=$(sed -n 's/.*"contractor": "\([^"]*\)".*/\1/p' "$work/out" | head -n 1)
"$gongshi" ledger query sites.sites --where "contractor = \"$party\"" |
    sed -n 's/.*"name": "\(示例[^"]*项目\)".*/\1/p' | sort -u >"$work/own"
curl -sS -o /dev/null -d address=13900000009 "$url/account/code"
sleep 0.5
code=$(curl -sS "$url/outbox" | grep data-label | grep -oE '[^0-9][0-9]{6}[^0-9]' | grep -oE '[0-9]{6}' | sed -n 1p)
curl -sS -o "$work/out" -c "$work/site" -d "address=13900000009&code=$code" "$url/account/login"
token=$(csrf site me)
printf '%%PDF-1.4\npaper' >"$work/paper.pdf"
sends 'an enterprise asks to act for itself' 303 site me/bind "code=$party" office=330100-2 "licence=@$work/paper.pdf" \
    "letter=@$work/paper.pdf"
binding=$(curl -s -b "$work/wei" "$url/bindings" | grep -o 'bindings/[0-9]*' | head -n 1)
token=$(csrf wei visits)
sends 'which an officer grants' 303 wei "$binding" do=bind licence=on letter=on "until=$(date -d '+60 days' +%F)"
token=$(csrf site me)
sends 'and it acts for that one' 303 site me/party "party=$party"
shows 'an enterprise sees the grades of its own projects, and how far to the next' '还差' site my/grades
grep -o '示例[0-9]*地块项目' "$work/out" | sort -u >"$work/seen"
cmp "$work/own" "$work/seen" >>"$work/out" 2>&1
point $? 'all of its own and no other'
code=$(curl -s -o "$work/out" -w '%{http_code}' -b "$work/site" "$url/$list/grades")
[ "$code" != 200 ]
point $? "and never those of all ($code)"
echo "1..$count"
