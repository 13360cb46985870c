# says.sh: what the tests of single commands stand on, read after served.sh.

# says NAME STATUS PATTERN COMMAND...: the command ends with the status, and says what has the pattern.
says() {
    name=$1 want=$2 pattern=$3
    shift 3
    "$gongshi" "$@" >"$work/out" 2>&1
    status=$?
    [ $status -eq "$want" ] && tr -d '\n' <"$work/out" | grep -q -- "$pattern"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || sed "s/^/# ($status) /" "$work/out"
}
