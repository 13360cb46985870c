#!/bin/sh
# scheme.sh GONGSHI: packages from the command line. tests/scheme/check/CASE is a small package with what is wrong in it
# in expect.txt; tests/scheme/diff/CASE has two packages, old and new, and the change in each language.
. "$(dirname "$0")/../served.sh"

# same NAME FILE COMMAND...: what the command prints is the file.
same() {
    name=$1 want=$2
    shift 2
    "$@" >"$work/out" 2>&1
    diff "$want" "$work/out" >"$work/diff"
    point $? "$name"
    sed 's/^/# /' "$work/diff"
}

# ---- check ----

for folder in tests/scheme/check/*/; do
    same "check finds what is wrong: $(basename "$folder")" "$folder/expect.txt" \
        "$gongshi" --lang en scheme check --on 2026-07-01 "$folder"
    sed -n 's/.*\[\([a-z]*\)\]$/\1/p' "$work/out" >>"$work/kinds"
    "$gongshi" --lang zh scheme check --on 2026-07-01 "$folder" >"$work/zh" 2>&1
    [ "$(grep -c '\[[a-z]*\]$' "$work/zh")" = "$(grep -c '\[[a-z]*\]$' "$work/out")" ]
    point $? "… and as much in Chinese"
done
for kind in $(sed -n 's/^FINDING([A-Z]*, "\([a-z]*\)".*/\1/p' src/scheme/finding.def); do
    [ "$kind" = more ] || grep -qx "$kind" "$work/kinds"
    point $? "a case finds \"$kind\""
done
"$gongshi" --lang zh scheme check --on 2026-07-01 tests/scheme/check/self >"$work/out" 2>&1
grep -q '警告: “place”与自己比较，每一行都会通过' "$work/out"
point $? "findings are said in Chinese"
"$gongshi" scheme check tests/scheme/check/quiet >/dev/null 2>&1
point $? "notes and nothing at all are success"
"$gongshi" scheme check tests/scheme/check/syntax >/dev/null 2>&1
[ $? -eq 1 ]
point $? "an error is refused"
"$gongshi" scheme check --json tests/scheme/check/sum | grep -q '"kind": "sum"'
point $? "findings as JSON"
for package in core stalls shouhe sites; do
    "$gongshi" --lang en scheme check --on 2026-07-01 "schemes/$package" >"$work/out"
    grep -q '^0 errors, 0 warnings, ' "$work/out"
    point $? "the package $package has no warning"
    [ -s "schemes/$package/words/en.json" ] && ! grep -q '\[english\]$' "$work/out"
    point $? "all texts of the package $package have English"
done

# ---- diff ----

for folder in tests/scheme/diff/*/; do
    for lang in en zh; do
        same "diff says what changed: $(basename "$folder"), $lang" "$folder/expect.$lang.txt" \
            "$gongshi" --lang $lang scheme diff "$folder/old" "$folder/new"
    done
done
"$gongshi" --lang en scheme diff schemes/stalls schemes/stalls >"$work/out"
[ "$(cat "$work/out")" = "nothing has changed" ]
point $? "nothing changed, nothing said"

# ---- bundle ----

cp -r schemes/stalls "$work/copy"
find "$work/copy" -exec touch -d 2001-01-01 {} +
"$gongshi" scheme bundle schemes/stalls -o "$work/a" >"$work/hash.a"
"$gongshi" scheme bundle "$work/copy" -o "$work/b" >"$work/hash.b"
cmp -s "$work/a" "$work/b" && cmp -s "$work/hash.a" "$work/hash.b"
point $? "the same files are the same bundle, whatever their times"
"$gongshi" scheme bundle "$work/a" -o "$work/c" >"$work/hash.c"
cmp -s "$work/a" "$work/c"
point $? "a bundle read and written is the same"
"$gongshi" --lang en scheme diff schemes/stalls "$work/a" | grep -q 'nothing has changed'
point $? "folder and bundle are one package"
sed 's/演示数据/演示资料/' "$work/a" >"$work/d"
! "$gongshi" --lang en scheme check "$work/d" >"$work/out" 2>&1 && grep -q 'the bundle is damaged' "$work/out"
point $? "a changed bundle is refused"
printf 'step,n,unit,first,clause,source,state,from,to\ncorrect,9,日,次日,x,y,示例,2026-01-01,\n' >"$work/limits.csv"
mkdir -p "$work/over/parameters" && mv "$work/limits.csv" "$work/over/parameters/"
"$gongshi" scheme bundle schemes/stalls --with "$work/over" -o "$work/e" >/dev/null
"$gongshi" --lang en scheme diff "$work/a" "$work/e" | grep -q 'limits: correct Limit 7 → 9, source y'
point $? "an overlay takes the place of a row"

# ---- install, list ----

"$gongshi" init "$work/data" >/dev/null
"$gongshi" scheme install "$work/a" --data "$work/data" >"$work/out" && grep -q "$(cat "$work/hash.a")" "$work/out"
point $? "a bundle can be installed"
"$gongshi" scheme install schemes/stalls --with "$work/over" --data "$work/data" >/dev/null
"$gongshi" scheme list --data "$work/data" >"$work/out"
[ "$(grep -c '"scheme": "stalls"' "$work/out")" -eq 2 ] && grep -q '"version": 2' "$work/out"
point $? "list shows both versions"

# ---- follow: seen beforehand ----

"$gongshi" people office county --data "$work/data" >/dev/null
"$gongshi" scheme install tests/work/latest-old --data "$work/data" >/dev/null
"$gongshi" dossier start latest --data "$work/data" >"$work/out"
"$gongshi" scheme follow tests/work/latest-new --data "$work/data" >"$work/out"
grep -q '"to": "ask_again"' "$work/out" && grep -q '"move": 1' "$work/out" && grep -q '"stay": 0' "$work/out"
point $? "what would move is shown before it moves"
"$gongshi" scheme follow latest --data "$work/data" >"$work/out" && grep -q '"there": 1' "$work/out"
point $? "and nothing has moved"
sed 's/ask_again/elsewhere/g' tests/work/latest-new/process/p.bpmn >"$work/p.bpmn"
mkdir -p "$work/latest/process" && cp tests/work/latest-new/scheme.json "$work/latest" &&
    mv "$work/p.bpmn" "$work/latest/process"
"$gongshi" scheme follow "$work/latest" --data "$work/data" >"$work/out"
grep -q '"refused": true' "$work/out" && grep -q '"stay": 1' "$work/out"
point $? "what would stay, and why"
echo "1..$count"
