# walk.sh: what walkthroughs are made of; read by them at their beginning: a served office, questions, tasks, people.
. "$(dirname "$0")/../served.sh"

# says NAME PATTERN COMMAND...: the command is done, and its output has the pattern.
says() {
    name=$1 pattern=$2
    shift 2
    "$@" >"$work/out" 2>&1 && grep -q -- "$pattern" "$work/out"
    point $? "$name"
}

refuses() { # NAME PATTERN COMMAND...
    name=$1 pattern=$2
    shift 2
    ! "$@" >"$work/out" 2>&1 && grep -q -- "$pattern" "$work/out"
    point $? "$name"
}

# waits PATTERN COMMAND...: asks again until the output has it, at most half a minute: deliveries take their time.
waits() {
    pattern=$1 tries=0
    shift
    until "$@" >"$work/out" 2>&1 && grep -q -- "$pattern" "$work/out"; do
        tries=$((tries + 1))
        [ $tries -lt 150 ] || return 1
        sleep 0.2
    done
}

# open_task: the number of the first open task of an element in the last answer.
open_task() {
    tr -d '\n' <"$work/out" | grep -o "{[^{}]*\"element\": \"$1\"[^{}]*\"status\": \"open\"[^{}]*}" |
        sed -n 's/.*"task": "\([^"]*\)".*/\1/p' | head -n 1
}

# task DOSSIER ELEMENT: the number of its open task, in $task; waits for it at most half a minute.
task() {
    tries=0 task=
    while [ -z "$task" ] && [ $tries -lt 150 ]; do
        "$gongshi" dossier show "$1" >"$work/out" 2>&1
        task=$(open_task "$2")
        tries=$((tries + 1))
        [ -n "$task" ] || sleep 0.2
    done
}

# does PERSON DOSSIER ELEMENT ANSWERS NAME: claims the task and completes it.
does() {
    task "$2" "$3"
    "$gongshi" dossier claim "$task" --as "$1" >"$work/out" 2>&1 &&
        "$gongshi" dossier complete "$task" --as "$1" --with "$4" >"$work/out" 2>&1
    point $? "$5"
}

sees() { # WHO COMMAND...: what somebody is shown, as a comment of the test
    who=$1
    shift
    "$@" 2>&1 | tr -d '\n' | tr -s ' ' | cut -c1-300 | sed "s/^/# $who sees: /"
}

add() { # LOGIN NAME OFFICE ROLE
    "$gongshi" people add "$1" "$2" --office "$3" >"$work/out" 2>&1 &&
        "$gongshi" people give "$1" "$4" --office "$3" >"$work/out" 2>&1
    point $? "$1 is $4 of $3"
}
