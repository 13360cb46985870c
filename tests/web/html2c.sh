#!/bin/sh
# html2c.sh HTML2C: each template of refused.txt is refused with those words and its line.
set -u
tool=$(realpath "$1")
cd "${GONGSHI_ROOT:-.}/tests/web" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0
tab=$(printf '\t')
while IFS="$tab" read -r words template; do
    case $words in '#'* | '') continue ;; esac
    count=$((count + 1))
    printf '<p>one</p>\n%s\n' "$template" >"$work/bad.html"
    if ! "$tool" "$work/h" "$work/c" a/app.css -- "$work/bad.html" 2>"$work/said" &&
        grep -qF -- "$words" "$work/said" && grep -q 'bad.html:[23]: error: ' "$work/said"; then
        echo "ok $count - $template"
    else
        echo "not ok $count - $template"
        sed 's/^/# /' "$work/said"
    fi
done <refused.txt
echo "1..$count"
