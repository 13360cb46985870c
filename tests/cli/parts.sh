#!/bin/sh
# parts.sh GONGSHI: the list of what the programs consist of names every library that they load.
. "$(dirname "$0")/../served.sh"
cd "$(dirname "$0")/../.."
build=$(dirname "$gongshi")
script/parts "$build" >"$work/parts"
point $? 'the list is made'
named=$(grep -c '^PackageName: ' "$work/parts")
[ "$named" -gt 20 ] && [ "$named" = "$(grep -c '^PackageVersion: [0-9]' "$work/parts")" ]
point $? "of $named parts each has a version"
for library in sqlite3 crypto sodium pcre2-8 uv seccomp cairo; do
    file=$(ldd "$build/gongshi" "$build/gongshi-paper" |
        awk -v name="lib$library.so" 'index($1, name) == 1 { print $3; exit }')
    owner=
    [ -n "$file" ] && owner=$(dpkg-query -S "$file" "/usr$file" "${file#/usr}" 2>/dev/null | head -n 1 | cut -d: -f1)
    [ -n "$owner" ] && grep -qx "PackageName: $owner" "$work/parts"
    point $? "lib$library is in it: $owner"
done
echo "1..$count"
