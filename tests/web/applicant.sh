# applicant.sh: what the tests of applicants' pages stand on, read after served.sh: an office with the schemes shouhe
# and stalls, officers li (reviewer, binds accounts) and zhao (clerk), and ways to be somebody from outside.
base=/apply/shouhe/county

# page NAME STATUS PATTERN WHO PATH [CURL OPTION...]: head and body have the pattern.
page() {
    name=$1 want=$2 pattern=$3 who=$4 path=$5
    shift 5
    status=$(curl -sS -b "$work/$who.jar" -o "$work/out" -D "$work/head" -w '%{http_code}' "$@" "$url$path")
    cat "$work/head" "$work/out" >"$work/all"
    [ "$status" = "$want" ] && grep -qa -- "$pattern" "$work/all"
    said=$?
    point $said "$name"
    [ $said -eq 0 ] || { echo "# $status"; sed -n '/<main/,$p' "$work/out" | head -c 2500 | sed 's/^/# /'; }
}

lacks() { # NAME PATTERN: what was got last has it not
    ! grep -qa -- "$2" "$work/out"
    point $? "$1"
}

csrf() { # WHO
    curl -sS -b "$work/$1.jar" "$url/login" | sed -n 's/.*name="csrf" value="\([0-9a-f]*\)".*/\1/p' | head -n 1
}

code() { # the code that was sent last
    curl -sS "$url/outbox" | grep data-label | grep -oE '[^0-9][0-9]{6}[^0-9]' | grep -oE '[0-9]{6}' | sed -n 1p
}

outside() { # WHO NUMBER
    curl -sS -o /dev/null -d "address=$2" "$url/account/code"
    curl -sS -o /dev/null -c "$work/$1.jar" -d "address=$2&code=$(code)" "$url/account/login"
}

bind() { # WHO PARTY: asked for, bound by the officer, chosen
    curl -sS -o /dev/null -b "$work/$1.jar" -F "csrf=$(csrf "$1")" -F "code=$2" -F office=county \
        -F "licence=@$work/paper.pdf" -F "letter=@$work/paper.pdf" "$url/me/bind"
    id=$(curl -sS -b "$work/li.jar" "$url/bindings" | grep -o '/bindings/[0-9]*' | head -n 1 | sed 's,.*/,,')
    curl -sS -o /dev/null -b "$work/li.jar" \
        -d "csrf=$(csrf li)&do=bind&licence=on&letter=on&until=$(date -d '+60 days' +%F)" "$url/bindings/$id"
    curl -sS -o /dev/null -b "$work/$1.jar" -d "csrf=$(csrf "$1")&party=$2" "$url/me/party"
}

# section NAME STATUS PATTERN WHO N [CURL OPTION...]: saves a section as the page of now has it.
section() {
    name=$1 want=$2 pattern=$3 who=$4 n=$5
    shift 5
    hash=$(curl -sS -b "$work/$who.jar" "$url$base/$n" | sed -n 's/.*name="-base" value="\([0-9a-f]*\)".*/\1/p')
    page "$name" "$want" "$pattern" "$who" "$base/$n" -d "csrf=$(csrf "$who")" -d "-base=$hash" "$@"
}

act() { # WHO JSON: an act of an officer
    curl -sS -b "$work/$1.jar" -H "X-CSRF: $(csrf "$1")" -H 'Content-Type: application/json' -d "$2" "$url/api/act"
}

wait_of() { # DOSSIER ELEMENT: its open task
    "$gongshi" dossier show "$1" | tr -d ' \n' |
        sed -n "s/.*\"task\":\"$1\.\([0-9]*\)\",\"element\":\"$2\".*/\1/p"
}

complete() { # WHO DOSSIER ELEMENT ANSWERS
    wait=$(wait_of "$2" "$3")
    act "$1" "{\"act\":\"claim\",\"dossier\":\"$2\",\"wait\":$wait}"
    act "$1" "{\"act\":\"complete\",\"dossier\":\"$2\",\"wait\":$wait,\"with\":$4}"
} >"$work/act" 2>&1

officers() { # their sessions
    for who in li zhao; do
        curl -sS -o /dev/null -c "$work/$who.jar" -d "login=$who" \
            --data-urlencode "password=$(cat "$work/password")" "$url/login"
    done
}

echo 'a-long-password-of-tests' >"$work/password"
printf '%%PDF-1.4\npaper' >"$work/paper.pdf"
{
    "$gongshi" init "$GONGSHI_DATA" --demo
    "$gongshi" people office city 示例市 --level city
    "$gongshi" people office county 示例区 --in city --level county
    "$gongshi" people office station 示例所 --in county --level station
    "$gongshi" people office street 示例街道 --in county --level street
    for who in li zhao; do
        "$gongshi" people add $who 某人 --office county
        "$gongshi" people password $who <"$work/password"
    done
    "$gongshi" people give li reviewer --office county
    "$gongshi" people give zhao clerk --office station
    "$gongshi" scheme install schemes/shouhe --with schemes/shouhe/sample
    "$gongshi" scheme install schemes/stalls
} >"$work/made" 2>&1 || cat "$work/made"
