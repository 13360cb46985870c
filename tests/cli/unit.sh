#!/bin/sh
# unit.sh GONGSHI: what the service of systemd leaves to the program, as systemd itself rates it, which functions the
# program calls at all, and what of the data others may read. A point whose tool is not installed is skipped.
. "$(dirname "$0")/../served.sh"

if command -v systemd-analyze >/dev/null; then
    systemd-analyze security --offline=yes --no-pager script/gongshi.service >"$work/out" 2>&1
    figure=$(sed -n 's/.*Overall exposure level.*: \([0-9.]*\).*/\1/p' "$work/out")
    awk -v n="${figure:-10}" 'BEGIN { exit !(n <= 1.5) }'
    point $? "systemd rates the service ${figure:-not at all}, at most 1.5"
    ! grep -qi 'unknown\|ignoring' "$work/out"
    point $? 'and knows each of its lines'
else
    point 0 'systemd rates the service # SKIP systemd-analyze is not installed'
    point 0 'and knows each of its lines # SKIP systemd-analyze is not installed'
fi

# What the program asks of its libraries: nothing starts a shell, and programs are started by posix_spawn alone.
if command -v nm >/dev/null; then
    nm -D --undefined-only "$gongshi" | awk '{ print $2 }' | sed 's/@.*//' >"$work/out"
    grep -qx posix_spawn "$work/out"
    point $? 'what it calls can be read'
    ! grep -qxE 'system|popen|execl|execlp|execle|execv|execvp|execvpe|execve|fexecve|fork|vfork' "$work/out"
    point $? 'no function that starts a shell or replaces the program'
    ! grep -qxE 'strcpy|strcat|sprintf|vsprintf|gets|rand|random|mktemp|tmpnam' "$work/out"
    point $? 'nor one that writes without a bound, or whose chance can be foreseen'
else
    point 0 'no function that starts a shell # SKIP nm is not installed'
fi

# What others must not read.
"$gongshi" init "$GONGSHI_DATA" >/dev/null
"$gongshi" people office street 示例街道 >/dev/null
serve --second-factor none
curl -sS -o /dev/null -d 'address=13800000001' "$url/account/code"
modes=$(stat -c '%n %a' "$GONGSHI_DATA/keys" "$GONGSHI_DATA/control" | sed 's,.*/,,' | tr '\n' ' ')
[ "$modes" = 'keys 600 control 600 ' ]
point $? "keys and the socket of commands are the owner's alone: $modes"
stop_server
echo "1..$count"
