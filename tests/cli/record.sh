#!/bin/sh
# record.sh GONGSHI: records of `decide --record`, verified by tools/check_record.js, which shares no code with Gongshi.
# Each record of record.txt must be canonical and hash to what sha256sum says; a flipped bit, another order, white
# space and a number must be found. Skipped where there is no Node.
. "$(dirname "$0")/../served.sh"
cases=tests/cli/record.txt
if ! command -v node >/dev/null; then
    echo "1..0 # SKIP node is not installed"
    exit 0
fi

check() {
    node tools/check_record.js "$@" >"$work/hash" 2>"$work/why"
}

# found NAME STATUS FILE ARGUMENT...: the checker must end with this status.
found() {
    name=$1 wanted=$2
    shift 2
    check "$@"
    status=$?
    point $((status != wanted)) "$name"
    [ "$status" -eq "$wanted" ] || sed 's/^/# /' "$work/why"
}

# record MODEL INPUTS ARGUMENT...: makes $work/record.
record() {
    model=$1
    printf '%s' "$2" >"$work/inputs"
    shift 2
    "$gongshi" decide "$model" -i "$work/inputs" --record --at 2026-11-24T08:00:00Z "$@" >"$work/record" 2>/dev/null
}

while IFS='|' read -r model arguments inputs; do
    case "$model" in '#'*) continue ;; esac
    eval "record $model '$inputs' $arguments"
    hash=$(sha256sum "$work/record" | cut -d' ' -f1)
    found "$model $arguments is canonical" 0 "$work/record" --hash "$hash"
    point $(($(cat "$work/hash" | wc -c) != 65)) "and its hash is printed"
done <"$cases"

record tests/dmn/explain.dmn '{"合同份数": 160}' -d 份数结论
cp "$work/record" "$work/good"
hash=$(sha256sum "$work/good" | cut -d' ' -f1)
found "the record of the cases below is canonical" 0 "$work/good" --hash "$hash"
sed 's/"160"/"161"/' "$work/good" >"$work/bad" # 0 and 1 differ in one bit
found "a flipped bit" 1 "$work/bad" --hash "$hash"
found "which without the hash is as good a record" 0 "$work/bad"
sed 's/^{\("decision":"[^"]*"\),\("environment":{[^}]*}\),/{\2,\1,/' "$work/good" >"$work/bad"
found "members in another order" 1 "$work/bad"
sed 's/,/, /' "$work/good" >"$work/bad"
found "white space" 1 "$work/bad"
sed 's/{"$n":"160"}/160/' "$work/good" >"$work/bad"
found "a number" 1 "$work/bad"
sed 's/"$n"/"$x"/' "$work/good" >"$work/bad"
found "an unknown value form" 1 "$work/bad"
sed 's/"semantics":"1"/"semantics":"1","semantics":"1"/' "$work/good" >"$work/bad"
found "a member twice" 1 "$work/bad"
sed 's/"semantics"/"semantic"/' "$work/good" >"$work/bad"
found "a member of another name" 1 "$work/bad"
sed 's/份/\\u4efd/' "$work/good" >"$work/bad"
found "an escape that is not needed" 1 "$work/bad"
printf '\n' | cat "$work/good" - >"$work/bad"
found "a line break at the end" 1 "$work/bad"
printf '\377' | cat "$work/good" - >"$work/bad"
found "no UTF-8" 1 "$work/bad"
found "wrong usage" 2
echo "1..$count"
