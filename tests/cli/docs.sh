#!/bin/sh
# docs.sh GONGSHI: every command that the documents show is run, and prints what they say it prints.
#
# A fenced block marked `console` holds lines that begin with "$ " and, below each, what it prints to the terminal (both
# streams). The block is one test point; its commands run in the top folder of the source, one after another. A block
# marked `console no-test` is for commands that install, build or never end; script/test runs those itself.
# Then the tables in them that the program makes must be those it makes now, and words that they quote those of pages.
. "$(dirname "$0")/../served.sh"
export ASAN_OPTIONS=detect_leaks=0
mkdir "$work/bin" "$work/tmp"
export TMPDIR="$work/tmp" # where documents put what they make
ln -s "$gongshi" "$(dirname "$gongshi")/gongshi-paper" "$work/bin/"
PATH=$work/bin:$PATH

# Splits FILE into $work/block.N and prints "N LINE" for each block.
blocks() {
    awk -v to="$work/block." '
        /^```console$/ { inside = 1; n++; file = to n; printf "" > file; print n, FNR; next }
        inside && /^```/ { inside = 0; close(file); next }
        inside { print > file }' "$1"
}

# Runs the commands of a block and prints it again with what they really print.
replay() {
    while IFS= read -r text; do
        case "$text" in
        '$ '*)
            printf '%s\n' "$text"
            command=${text#"$ "}
            while [ "${text%\\}" != "$text" ]; do
                IFS= read -r text
                printf '%s\n' "$text"
                command=$(printf '%s\n%s' "$command" "$text")
            done
            sh -c "$command" 2>&1 </dev/null
            ;;
        esac
    done <"$1"
}

for file in README.md README.zh-CN.md docs/*.md schemes/*/README*.md; do
    [ -f "$file" ] || continue
    blocks "$file" >"$work/list"
    while read -r n line; do
        replay "$work/block.$n" >"$work/got"
        diff "$work/block.$n" "$work/got" >"$work/diff"
        status=$?
        point $status "$file:$line"
        [ $status -eq 0 ] || sed 's/^/# /' "$work/diff"
    done <"$work/list"
done

tools/doc_tables --check >"$work/diff"
status=$?
point $status "the documents have the tables that the program makes"
[ $status -eq 0 ] || sed 's/^/# /' "$work/diff"

sed -n 's/^ROUTE(\([A-Z]*\), "\([^"]*\)".*/\1 \2/p' src/web/route.def | sort >"$work/routes"
sed -n 's/^| `\([A-Z]* \/[^`]*\)` |.*/\1/p' docs/office.md | sort | diff "$work/routes" - >"$work/diff"
status=$?
point $status "docs/office.md has each route of the program"
[ $status -eq 0 ] || sed 's/^/# /' "$work/diff"

# What the guides quote in Chinese, “…”, are words of pages or packages; behind a colon comes what a page fills in.
# Quotes with English words in them are of the reader's.
quotes() {
    cat docs/users/*.md README.zh-CN.md | tr -d '\n' | awk '{
        n = split($0, part, "“")
        for (i = 2; i <= n; i++) {
            text = substr(part[i], 1, index(part[i], "”") - 1)
            sub("：.*", "", text)
            if (text !~ /[A-Za-z][a-z][a-z]/) { print text }
        }
    }' | tr -d ' ' | sort -u
}
cat po/zh.po schemes/demo/steps.jsonl schemes/*/scheme.json schemes/*/process/* schemes/*/forms/* |
    tr -d ' ' >"$work/words"
quotes | while IFS= read -r text; do grep -qF -- "$text" "$work/words" || echo "$text"; done >"$work/out"
[ "$(quotes | wc -l)" -gt 20 ] && [ ! -s "$work/out" ]
point $? 'what the guides quote stands on pages'

echo "1..$count"
