#!/bin/sh
# stalls.sh GONGSHI: the rules of schemes/stalls. They pass --check without a finding, and decide and explain the cases
# of stalls.txt.
. "$(dirname "$0")/../served.sh"
cases=$(realpath "${GONGSHI_ROOT:-.}/tests/cli/stalls.txt")
cd "${GONGSHI_ROOT:-.}/schemes/stalls/rules" || exit 1

for model in *.dmn; do
    "$gongshi" decide "$model" --check >"$work/out" 2>&1
    status=$?
    [ ! -s "$work/out" ] || status=1
    point $status "$model has no findings"
    sed 's/^/# /' "$work/out"
done

while IFS='|' read -r model arguments inputs wanted; do
    case "$model" in '#'*) continue ;; esac
    printf '%s' "$inputs" >"$work/inputs"
    # shellcheck disable=SC2086
    "$gongshi" --lang zh decide "$model" $arguments -i "$work/inputs" >"$work/out" 2>"$work/err"
    grep -qF -- "$wanted" "$work/out"
    status=$?
    point $status "$arguments $inputs: $wanted"
    [ $status -eq 0 ] || sed 's/^/# /' "$work/out" "$work/err"
done <"$cases"

# Never more places than there are, and none left while somebody waits.
least=0
for places in 0 1 7 40; do
    for reserved in 0 3 50; do
        for locals in 0 5 50; do
            for others in 0 2 50; do
                printf '{"摊位总数":%d,"预留组申请户":%d,"居民组申请户":%d,"其他组申请户":%d,"预留比例":0.2,"居民比例":0.75}' \
                    $places $reserved $locals $others >"$work/inputs"
                used=$("$gongshi" decide places.dmn -d 分出名额 -i "$work/inputs")
                all=$((reserved + locals + others))
                wanted=$((all < places ? all : places))
                if [ "$used" != "$wanted" ]; then
                    echo "# $(cat "$work/inputs"): $used places, $wanted expected"
                    least=1
                fi
            done
        done
    done
done
point $least "all places are given out, and no more"
echo "1..$count"
