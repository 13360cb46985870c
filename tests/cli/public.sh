#!/bin/sh
# public.sh GONGSHI: what everybody may ask, as commands and on the page: lists with their entries, registers, places,
# how it was decided, objections and ratings without an account; and a program that seals papers.
. "$(dirname "$0")/../served.sh"
type=application/json

# says NAME PATTERN COMMAND...: the command is done, and its output has the pattern.
says() {
    name=$1 pattern=$2
    shift 2
    "$@" >"$work/out" 2>&1
    status=$?
    [ $status -eq 0 ] && grep -q -- "$pattern" "$work/out"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || sed "s/^/# ($status) /" "$work/out"
}

# refuses NAME STATUS PATTERN COMMAND...: the command ends with the status and says why.
refuses() {
    name=$1 want=$2 pattern=$3
    shift 3
    "$@" >"$work/out" 2>&1
    status=$?
    [ $status -eq "$want" ] && grep -q -- "$pattern" "$work/out"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || sed "s/^/# ($status) /" "$work/out"
}

# page NAME STATUS PATTERN PATH [CURL OPTION...]
page() {
    name=$1 want=$2 pattern=$3 path=$4
    shift 4
    status=$(curl -sS -H "Content-Type: $type" -o "$work/out" -w '%{http_code}' "$@" "$url$path")
    [ "$status" = "$want" ] && grep -qa -- "$pattern" "$work/out"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || { echo "# $status"; head -c 2000 "$work/out" | sed 's/^/# /'; }
}

# eventually NAME PATTERN COMMAND...: the output of the command has the pattern within half a minute.
eventually() {
    name=$1 pattern=$2
    shift 2
    tries=0
    until "$@" >"$work/out" 2>&1 && grep -q -- "$pattern" "$work/out"; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || break
        sleep 0.1
    done
    grep -q -- "$pattern" "$work/out"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || sed 's/^/# /' "$work/out"
}

# ---- Seals ----

cat >"$work/sealer" <<'SEALER'
#!/bin/sh
[ -e "$0.away" ] && { echo the token is away >&2; exit 1; }
printf 'sealed %s %s ' "$2" "$3"
sha256sum | cut -c 1-64 | tr '\n' ' '
echo "$4"
SEALER
chmod +x "$work/sealer"
"$gongshi" init "$GONGSHI_DATA" >/dev/null && "$gongshi" people office county 示例县 >/dev/null
serve --sealer "$work/sealer"
says 'a scheme' '"scheme":"reg"' "$gongshi" scheme install tests/work/reg
says 'a paper that a program seals' '"dossier":' "$gongshi" dossier start reg --process permit --office county \
    --with '{"name":"甲厂"}'
d=$(member dossier)
eventually 'is issued with what came back' '"sealed"' "$gongshi" document list "$d"
hash=$(member sealed)
file=$(find "$GONGSHI_DATA" -type f -name "*${hash#??}*" | head -n 1)
# The digest of what was read is the one that was said.
awk '{ exit !($1 == "sealed" && $2 ~ /^reg.Permit/ && $3 == 1 && $4 == $5) }' "$file"
point $? 'the program got the PDF, its number and its digest'
touch "$work/sealer.away"
says 'another' '"dossier":' "$gongshi" dossier start reg --process permit --office county --with '{"name":"乙厂"}'
d=$(member dossier)
eventually 'a refusal says why' 'the token is away' "$gongshi" document list "$d"
paper=$(member document)
eventually 'and is told' '"seal": "Permit' "$gongshi" dossier show "$d"
rm "$work/sealer.away"
says 'asked again' '{}' "$gongshi" document seal "$paper" --hook yes
eventually 'it is sealed' '"sealed"' "$gongshi" document show "$paper"
refuses 'once' 1 'hook' "$gongshi" --lang en document seal "$paper" --hook yes

# ---- What is public ----

says 'a row and its notice' '"dossier":' "$gongshi" dossier start reg --process grant --office county \
    --with '{"score":55,
    "row":{"name":"甲厂","level":"A","from":"2026-03-02","to":"2099-03-01","where":{"lon":120.5,"lat":28.5}}}'
"$gongshi" notice list >"$work/out"
notice=$(member notice)
says 'the register' '甲厂' "$gongshi" notice register reg holders
row=$(member row)
says 'as of a day' '"rows": \[\]' "$gongshi" notice register reg holders --on 2026-03-01
says 'by level' '"rows": \[\]' "$gongshi" notice register reg holders --with '{"level":"AA"}'
says 'as CSV' '^.*名称,等级,自,至' "$gongshi" notice register reg holders --format csv
says 'the history of a row' '"revision": 1' "$gongshi" notice register reg holders --number "$row"
refuses 'no register' 1 'no public register' "$gongshi" --lang en notice register reg inner
says 'places' '120.5' "$gongshi" notice places
says 'how it was decided' '示例条款一' "$gongshi" notice why "$notice"
grep -q 55 "$work/out"
point $((1 - $?)) 'without the figure of the party'
says 'a list' '"dossier":' "$gongshi" dossier start reg --process publish --office county --with \
    '{"entries":[{"name":"<b>甲厂","person":"张三丰"},{"name":"乙厂","person":"李四光"}]}'
"$gongshi" notice list >"$work/out"
list=$(sed -n 's/.*"list": \([0-9]*\).*/\1/p' "$work/out" | head -n 1)
says 'its entries' '张某' "$gongshi" notice entries "$list"
says 'as of the day before' '"rows": \[\]' "$gongshi" notice entries "$list" --on 2026-01-01
page 'its page shows them' 200 '&lt;b&gt;甲厂</td><td data-label="经办人">张某' "/n/$list"
grep -q 张三丰 "$work/out"
point $((1 - $?)) 'masked'

# ---- Without an account ----

says 'a service' '"scheme":"papers"' "$gongshi" scheme install tests/work/papers
says 'with a receipt' '"code":' "$gongshi" dossier start papers --process rate --office county --with '{}'
d=$(member dossier)
code=$(member code)
refuses 'another code' 1 'number and code' "$gongshi" --lang en rating "$d" --code AAAAAAAA --with '{"grade":1}'
says 'is rated by number and code' '"code":' "$gongshi" rating "$d" --code "$code" --with '{"grade":1}'
r=$(member dossier)
again=$(member code)
says 'and followed' '"grade": 1' "$gongshi" rating show "$r" --code "$again"
refuses 'not yet rated again' 1 'again now' "$gongshi" --lang en rating again "$r" --code "$again" --with '{"grade":5}'
page 'how far it is' 200 '核实' "/d/$r?code=$again"
says 'an objection to the dossier' '"code":' "$gongshi" notice object "$d" --code "$code" --with '{"ground":"等级有误"}'
refuses 'needs a ground' 1 . "$gongshi" notice object "$d" --code "$code" --with '{}'
echo "1..$count"
