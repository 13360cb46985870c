#!/bin/sh
# public.sh GONGSHI: the public side over HTTP, without a session and without a script: each page and what it says,
# wrong input, what must never be on any of them (canaries), Atom, JSON and CSV, objections and ratings.
. "$(dirname "$0")/../served.sh"

# page NAME STATUS PATTERN PATH [CURL OPTION...]: head and body have the pattern. All bodies are kept for the canaries.
page() {
    name=$1 want=$2 pattern=$3 path=$4
    shift 4
    status=$(curl -sS -o "$work/out" -D "$work/head" -w '%{http_code}' "$@" "$url$path")
    cat "$work/head" "$work/out" >"$work/all"
    cat "$work/out" >>"$work/everything"
    [ "$status" = "$want" ] && grep -qa -- "$pattern" "$work/all"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || { echo "# $status"; sed -n "/<main/,\$p" "$work/out" | head -c 700 | sed 's/^/# /'; }
}

absent() { # NAME PATTERN: not in the last answer
    ! grep -qa -- "$2" "$work/out"
    point $? "$1"
}

run() { # NAME COMMAND...
    name=$1
    shift
    "$gongshi" "$@" >"$work/out" 2>&1
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || sed 's/^/# /' "$work/out"
}

"$gongshi" init "$GONGSHI_DATA" --demo >/dev/null
"$gongshi" people office county 示例县 >/dev/null
serve --name 示例局 --contact 热线甲 --icp 备案号乙

# ---- Nothing is there yet ----

page 'an empty office has a first page' 200 '还没有' /
page 'and no registers' 200 '还没有公开的名录' /registers
page 'and no guides' 200 '还没有安装事项' /guides
page 'and an empty map' 200 '还没有写明地点的公示' /map

# ---- Something is ----

run 'a register' scheme install tests/work/reg
run 'a service that is rated' scheme install tests/work/papers
run 'a procedure' scheme install schemes/shouhe --with schemes/shouhe/sample
run 'a row and its notice' dossier start reg --process grant --office county --with \
    '{"score":55,"secret":"金丝雀一","row":{"name":"甲厂科技","level":"A","from":"2026-03-02","to":"2099-03-01",
      "remark":"金丝雀二","where":{"lon":120.5,"lat":28.5}}}'
granted=$(member dossier)
"$gongshi" notice list >"$work/out"
notice=$(member notice)
"$gongshi" notice register reg holders >"$work/out"
row=$(member row)
run 'a list' dossier start reg --process publish --office county --with \
    '{"entries":[{"name":"<b>乙厂","person":"张三丰","note":"金丝雀三"},{"name":"丙厂","person":"李四光"}]}'
"$gongshi" notice list >"$work/out"
list=$(sed -n 's/.*"list": \([0-9]*\).*/\1/p' "$work/out" | head -n 1)

page 'the latest notices stand on the first page' 200 "href=\"/n/$notice\">" /
page 'with what is open to apply for' 200 '守合同重信用企业公示' /
page 'and the foot with contact and number' 200 '备案号乙' /
page 'two characters find a notice' 200 "/n/$notice\"" '/notices?q=%E7%A7%91%E6%8A%80'
page 'others do not' 200 '没有含' '/notices?q=%E6%97%A0%E6%97%A0'
page 'notices as JSON' 200 "\"id\":$notice" /notices.json
page 'as CSV with a mark' 200 'text/csv' /notices.csv
page 'a notice' 200 '甲厂科技' "/n/$notice"
page 'how it was decided' 200 '示例条款一' "/n/$notice/why"
absent 'without the figure of the party' '>55<'
page 'a list as a table, escaped and masked' 200 '&lt;b&gt;乙厂</td><td data-label="经办人">张某' "/n/$list"
page 'and as CSV' 200 '乙厂' "/n/$list.csv"
page 'a notice that is none as CSV' 404 '' "/n/$notice.csv"
page 'a register' 200 '甲厂科技' /r/reg/holders
page 'one that is not public is none' 404 '没有这个页面' /r/reg/inner
page 'nor one that leaks' 400 '' /r/reg/leak
page 'as of a day' 200 '那一天名录里没有条目' '/r/reg/holders?on=2026-03-01'
page 'as known on a day' 200 '那一天名录里没有条目' '/r/reg/holders?on=2026-03-05&known=2026-01-01'
page 'a day that is none' 400 '日期无效' '/r/reg/holders?on=2026-02-30'
page 'an order that is none' 400 '不能按' '/r/reg/holders?sort=remark'
page 'a filter' 200 '甲厂科技' '/r/reg/holders?by=level:A'
page 'of another value' 200 '没有' '/r/reg/holders?by=level:B'
absent 'which it does not have' '甲厂科技'
page 'a filter that is none' 400 '' '/r/reg/holders?by=remark:x'
page 'a cursor that is none' 400 '' '/r/reg/holders?after=x'
page 'the register as JSON' 200 '"version":' /r/reg/holders/rows.json
tag=$(sed -n 's/^[Ee][Tt]ag: *\(.*\)\r$/\1/p' "$work/head")
page 'with a tag that is compared' 304 '' /r/reg/holders/rows.json -H "If-None-Match: $tag"
page 'and as CSV' 200 '甲厂科技' /r/reg/holders/rows.csv
page 'an entry with its history and reasons' 200 '示例条款一' "/r/reg/holders/$row"
page 'and as JSON' 200 '"holds":true' "/r/reg/holders/$row.json"
page 'a row of no register' 404 '' /r/reg/holders/999999
run 'a party in another ledger' party add '{"kind":"自然人","person":"金丝雀四","phone":"13900000000"}' --office county
"$gongshi" ledger list core.parties >"$work/out" 2>/dev/null
other=$(member row)
page 'a row of another ledger is none' 404 '' "/r/reg/holders/${other:-1}"
page 'places' 200 '120.5' /places.json
page 'the map and its list' 200 '<circle cx="' /map
page 'a place is written as in tables' 200 '(120.5,28.5)' "/n/$notice"

# ---- Papers ----

page 'the dossier of a certificate proves it' 200 '今天有效' "/c/$granted"
page 'also where its QR code leads' 200 '今天有效' "/d/$granted"
page 'also typed as an address' 200 '今天有效' "/check?number=http%3A%2F%2Fexample.cn%2Fd%2F$granted"
page 'what is unknown is said to be' 200 '查无此证' '/check?number=X-999'
page 'what stands in the number stays text' 200 '“&lt;svg' '/check?number=%3Csvg'

# ---- The guide ----

page 'a guide: conditions by clause' 200 '年度合同数' /s/shouhe
for word in 书面材料 上门核查 办法 申报时间 各级; do
    grep -q "$word" "$work/out"
    point $? "and $word"
done
page 'no guide' 404 '没有这个页面' /s/nothing
page 'a table with its sources' 200 '来源' /s/shouhe/table/minimum
page 'no table' 404 '' /s/shouhe/table/nothing
page 'the form' 200 '统一社会信用代码' /s/shouhe/form/declare
page 'not those of officers' 404 '' /s/shouhe/form/recheck
page 'the drawing' 200 'image/svg' /s/shouhe/drawing/county
page 'not of what the office begins' 404 '' /s/shouhe/drawing/revoke
page 'what changed' 200 '没有变化' /s/shouhe/changes
page 'a pre-check' 200 'name="staff"' /precheck/shouhe
page 'nothing said: undetermined' 200 '尚不能判定' /precheck/shouhe -d ''
facts='industry=服务业&area=城区&size_industry=租赁和商务服务业&staff=500&revenue=30000&total_assets=130000'
page 'enough contracts' 200 '300</td><td data-label="现有">400、300</td><td data-label="结果"><span class="tag good">' \
    /precheck/shouhe -d "$facts&contracts_1=400&contracts_2=300"
page 'too few: how many are lacking' 200 '还差：0、10' /precheck/shouhe -d "$facts&contracts_1=400&contracts_2=290"
page 'an officer still checks' 200 '还要由经办人核查' /precheck/shouhe -d ''
page 'a number that is none' 422 '<title>错误' /precheck/shouhe -d 'staff=many'
page 'a field that the form has not' 422 '<title>错误' /precheck/shouhe -d 'nonsense=1'
page 'no pre-check' 404 '' /precheck/reg

# ---- Following, objecting, rating ----

run 'a dossier with a receipt' dossier start papers --process rate --office county --with '{}'
d=$(member dossier)
code=$(member code)
page 'number and code lead to it' 303 "Location: /d/$d?code=$code" "/follow?number=$d&code=$code"
page 'one of them is not enough' 200 '<title>错误' "/follow?number=$d"
page 'how far it is' 200 '办理步骤' "/d/$d?code=$code"
grep -qa 'no-store' "$work/head"
point $? 'which nobody keeps'
page 'a wrong code' 404 '没有.*编号和查询码' "/d/$d?code=AAAAAAAA"
page 'no such dossier: the same' 404 '没有.*编号和查询码' "/d/999999?code=AAAAAAAA"
page 'no code: it is asked for' 200 'name="code"' "/d/$d"
page 'the form to object' 200 'name="ground"' "/d/$d/object?code=$code"
page 'not with a wrong code' 404 '' "/d/$d/object?code=AAAAAAAA"
page 'an objection without ground' 422 '<title>错误' "/d/$d/object" -d "code=$code&key=a"
page 'an objection' 200 'class="receipt"' "/d/$d/object" -d "code=$code&key=k1" --data-urlencode 'ground=等级有误，金丝雀五'
first=$(grep -o '<strong>[0-9]*</strong>' "$work/out" | head -n 1)
page 'sent twice is one' 200 "$first" "/d/$d/object" -d "code=$code&key=k1" --data-urlencode 'ground=等级有误，金丝雀五'
page 'a notice that takes none' 404 '不能提出异议' "/n/$notice/object"
page 'the form to rate' 200 '非常满意' "/rate?number=$d&code=$code"
page 'no level' 422 '<title>错误' /rate -d "number=$d&code=$code"
page 'no number' 422 '<title>错误' /rate -d 'grade=5'
page 'a grade that is none' 400 '' /rate -d "number=$d&code=$code&grade=6"
page 'a rating' 200 'class="receipt"' /rate -d "number=$d&code=$code&grade=1" --data-urlencode 'words=金丝雀六'
rated=$(grep -o '<strong>[0-9A-Z]*</strong>' "$work/out" | sed -n '1s/<[^>]*>//gp')
again=$(grep -o '<strong>[0-9A-Z]*</strong>' "$work/out" | sed -n '2s/<[^>]*>//gp')
page 'is good once' 422 '已经评价' /rate -d "number=$d&code=$code&grade=5"
page 'what became of it' 200 '非常不满意' "/rated?number=$rated&code=$again"
page 'with a wrong code nothing' 404 '' "/rated?number=$rated&code=AAAAAAAA"
page 'once more only after an answer' 422 '<title>错误' /rate -d "number=$rated&code=$again&grade=5&again=yes"

# ---- Feeds, pages of text ----

page 'the feed' 200 'application/atom+xml' /notices.atom
cat >"$work/atom.awk" <<'AWK'
# Tags must nest; a feed has id, title, updated, each entry id, title, updated, link.
{ text = text $0 "\n" }
END {
    while (match(text, /<[^>]*>/)) {
        tag = substr(text, RSTART + 1, RLENGTH - 2)
        text = substr(text, RSTART + RLENGTH)
        if (tag ~ /^[?]/) continue
        closing = tag ~ /^\//; empty = tag ~ /\/$/
        gsub(/^\/|\/$/, "", tag); sub(/[ \n].*/, "", tag)
        if (closing && (stack[depth--] != tag || (tag == "entry" && seen != "idtitleupdated"))) bad = 1
        if (closing) continue
        if (tag == "entry") { seen = ""; entries++ }
        if (depth > 0 && stack[depth] == "entry" && tag ~ /^(id|title|updated)$/) seen = seen tag
        if (!empty) stack[++depth] = tag
    }
    exit bad || depth != 0 || entries < 1
}
AWK
awk -f "$work/atom.awk" "$work/out"
point $? 'whose elements nest, and whose entries are whole'
for path in /help /accessibility /complain /follow /rate /check; do
    page "$path" 200 '<h1>' "$path"
    page "$path in English" 200 '<html lang="en"' "$path" -H 'Cookie: look=en.large.contrast'
    ! sed 's/示例局\|热线甲\|备案号乙\|中文//g' "$work/out" | grep -qP '\p{Han}'
    point $? "$path: no Chinese is left"
done
page 'what is not there leads on' 404 'href="/help"' /nothing/at/all
missing=0
grep -oa 'href="/[^"]*"' "$work/everything" | sed 's/href="//;s/"$//;s/&amp;/\&/g' | grep -v '^/look\|^/login\|/d/' |
    sort -u >"$work/links"
for path in $(cat "$work/links"); do
    status=$(curl -sS -o "$work/linked" -w '%{http_code}' "$url$path")
    cat "$work/linked" >>"$work/everything"
    case $status in 200 | 303) ;; *) missing=$((missing + 1)) && echo "# $status $path" ;; esac
done
point $missing 'each link of each page leads somewhere'
! grep -qa '金丝雀[一二三四]' "$work/everything"
point $? 'no private value is on any page'
! grep -a '<script' "$work/everything" | grep -qv 'src="/a/app'
point $? 'no script stands in a page'
size=$(curl -sS --compressed -o /dev/null -w '%{size_download}' "$url/s/shouhe")
[ "$size" -lt 20000 ]
point $? "the largest page, compressed: $size bytes"

# ---- Asking too often ----

tries=0
while [ $tries -lt 40 ]; do
    status=$(curl -sS -o "$work/out" -w '%{http_code}' "$url/d/$d?code=AAAAAAAA")
    [ "$status" = 429 ] && break
    tries=$((tries + 1))
done
[ "$status" = 429 ] && grep -q 'WEB_ASKS' "$work/out"
point $? 'codes are not found by trying: WEB_ASKS'

# often PATH TIMES: posts nothing there so often, on one connection; then once more, into $work/out.
often() {
    set -- "$1" "$(yes "$url$1" | head -n "$2")"
    # shellcheck disable=SC2086
    curl -sS -d '' $2 >/dev/null
    status=$(curl -sS -D "$work/head" -o "$work/out" -w '%{http_code}' -d '' "$url$1")
}

often /rate 10
[ "$status" = 422 ]
point $? 'ratings have a count of their own'
often /rate 20
[ "$status" = 429 ] && grep -q '^Retry-After: [0-9]' "$work/head" && grep -q '之后可以重试' "$work/out"
point $? 'after LIMIT_WEB_ASKS it is too much: the page says from when on it may be tried again'
grep -q '提出异议和评价.*WEB_ASKS' "$work/out"
point $? 'and what it was'
status=$(curl -sS -o "$work/out" -w '%{http_code}' -H 'Accept: application/json' -d '' "$url/rate")
[ "$status" = 429 ] && grep -q '"code":"limit"' "$work/out"
point $? 'programs are told alike'
often /precheck/none 100
[ "$status" = 404 ]
point $? 'computing without an account …'
often /precheck/none 140
[ "$status" = 429 ] && grep -q 'WEB_CHECKS' "$work/out"
point $? '… LIMIT_WEB_CHECKS times in LIMIT_WEB_ASKS_SECONDS'
echo "1..$count"
