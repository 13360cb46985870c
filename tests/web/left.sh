#!/bin/sh
# left.sh GONGSHI LATE_CLOCK: files that came in with a page and that nothing was ever saved with. They are erased with
# the party, the account or the dossier that they came for, and after RECORD_SENT_DAYS by themselves, byte by byte, in
# the data directory, in the shipping directory and in later backups; and a page that still names one says so.
late=$(realpath "$2")
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/applicant.sh"
firm=91330424MA9XXXX112

# file NAME: a paper that has NAME as its canary.
file() {
    printf '%%PDF-1.4\nCANARY-%s' "$1" >"$work/$1.pdf"
}

hash_of() { # NAME
    sha256sum "$work/$1.pdf" | cut -c 1-64
}

# is_kept NAME CANARY FOLDER: it stands in a file there; nowhere NAME CANARY FOLDER...: in none.
is_kept() {
    grep -raql "CANARY-$2" "$3"
    point $? "$1"
}
nowhere() {
    name=$1 canary=$2
    shift 2
    grep -raol "CANARY-$canary" "$@" >"$work/found" 2>&1
    [ $? -eq 1 ]
    point $? "$name"
    sed 's/^/# /' "$work/found"
}

# left WHO NAME: a section is sent as nobody has it any more, with a file: nothing is saved.
left() {
    file "$2"
    page "what is not saved leaves a file: $2" 409 '<title>' "$1" $base/9 -F "csrf=$(csrf "$1")" -F -base=no \
        -F "file_lower=@$work/$2.pdf"
}

{
    "$gongshi" people add chen 某人 --office county
    "$gongshi" people give chen manager --office county
    "$gongshi" party add "{\"kind\":\"企业\",\"code\":\"$firm\",\"name\":\"示例公司\"}" --office county
} >"$work/made" 2>&1 || cat "$work/made"
serve --demo --ship "$work/ship"
officers
outside zhang 13800000001
bind zhang $firm
outside wang 13800000002
outside other 13800000003
bind other 91000000100004017J

# ---- With a party ----

left zhang FIRM
left zhang SAVED
page 'another is saved' 303 Location zhang $base/9 -F "csrf=$(csrf zhang)" -F "file_lower=@$work/SAVED.pdf"
is_kept 'it is kept' FIRM "$work/data/blobs"
is_kept 'and shipped' FIRM "$work/ship/blobs"
"$gongshi" party erase $firm --text 本单位申请 --as chen >"$work/out" 2>&1
point $? 'the enterprise is erased'
nowhere 'with what it only sent in' FIRM "$work/data" "$work/ship"
nowhere 'and with its draft' SAVED "$work/data" "$work/ship"

# ---- With an account ----

file ACCOUNT
page 'a licence without a letter is not enough' 422 '授权' wang /me/bind -F "csrf=$(csrf wang)" -F "code=$firm" \
    -F office=county -F "licence=@$work/ACCOUNT.pdf"
is_kept 'the licence is here' ACCOUNT "$work/data/blobs"
page 'the account is closed' 303 Location wang /me/close -d "csrf=$(csrf wang)"
nowhere 'and the licence is gone' ACCOUNT "$work/data" "$work/ship"

# ---- By time ----

left other OLD
page 'one that is saved' 303 Location other $base/9 -F "csrf=$(csrf other)" -F "file_lower=@$work/paper.pdf"
is_kept 'the other is here' OLD "$work/data/blobs"
later() { # DAYS
    stop_server
    under="env LATE_SECONDS=$(($1 * 86400)) LD_PRELOAD=$late ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0"
    serve --demo --ship "$work/ship"
    under=
}
later 13
sleep 1
is_kept 'and for days' OLD "$work/data/blobs"
later 15
tries=0 # they go at the start; on a machine that has no time then, half a minute later
while [ $tries -lt 1000 ] && grep -raql CANARY-OLD "$work/data" "$work/ship"; do
    sleep 0.05
    tries=$((tries + 1))
done
nowhere 'not for ever' OLD "$work/data" "$work/ship"
outside other 13800000003
page 'what was saved stands there' 200 'paper.pdf' other $base/9
page 'and can be had' 200 'attachment' other "$base/9/file?hash=$(hash_of paper)"
page 'a page that still names the one that is gone is told' 422 'OLD.pdf.*已经不在' other $base/9 \
    -F "csrf=$(csrf other)" -F "-f file_honours=$(hash_of OLD) OLD.pdf"
page 'and it may be sent again' 303 Location other $base/9 -F "csrf=$(csrf other)" -F "file_honours=@$work/OLD.pdf"
page 'to stand there' 200 'OLD.pdf' other $base/9
"$gongshi" backup "$work/copy" >"$work/out" 2>&1
point $? 'a backup'
stop_server
nowhere 'has nothing of the others' 'FIRM\|CANARY-ACCOUNT' "$work/copy"
"$gongshi" doctor "$work/data" >"$work/out" 2>&1
point $? 'the doctor finds no damage'
echo "1..$count"
