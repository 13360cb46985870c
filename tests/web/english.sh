#!/bin/sh
# english.sh GONGSHI: who reads English sees no Chinese but in data, on the pages of forms: an applicant's, section by
# section, with what is wrong in them; officers' tasks at each step of the sample district; drawings and lists of steps.
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/staff.sh"
language=en

# chinese: the Chinese on the last page (first bytes of its characters), without tags; labels that are read aloud are on
# it.
chinese() {
    sed -n "${part:-1,\$}p" "$work/out" | tr '\n' ' ' |
        sed 's,<a [^>]*hreflang[^>]*>[^<]*</a>,,g; s,<script.*</script>,,g
        s,<textarea[^>]*>[^<]*</textarea>,,g
        s/<[^>]* \(aria-label\|placeholder\|alt\|title\)="\([^"]*\)"[^>]*>/> \2 </g; s/<[^>]*>/\n/g' |
        LC_ALL=C grep "$(printf '[\343-\351]')"
}

# part: the lines that are meant, as sed has them; empty: the whole page.
part=

# english NAME WHO PATH [DATA]: the page, in which Chinese stands only in what the pattern DATA fits.
english() {
    ask "$2" "$3"
    chinese | grep -vE "^ *(${4:-nothing}) *$" >"$work/chinese"
    [ "$status" = 200 ] && [ ! -s "$work/chinese" ]
    said=$?
    point $said "$1"
    [ $said -eq 0 ] || { echo "# $status $3"; head -n 12 "$work/chinese" | sed 's/^/# /'; }
}

code() { # the code that was sent last
    curl -sS "$url/outbox" | grep data-label | grep -oE '[^0-9][0-9]{6}[^0-9]' | grep -oE '[0-9]{6}' | sed -n 1p
}

outside() { # WHO NUMBER
    curl -sS -o /dev/null -d "address=$2" "$url/account/code"
    curl -sS -o /dev/null -c "$work/$1.jar" -d "address=$2&code=$(code)" "$url/account/login"
    curl -sS -b "$work/$1.jar" "$url/login" | sed -n 's/.*name="csrf" value="\([0-9a-f]*\)".*/\1/p' | head -n 1 \
        >"$work/$1.csrf"
}

# tasks WHO STEP: the first task at a step, "DOSSIER/t/WAIT".
first() {
    curl -sS -b "$work/$1.jar" "$url/office.json?tab=team&step=$2" |
        sed -n 's/.*"rows":\[{"dossier":\([0-9]*\),"wait":\([0-9]*\).*/\1\/t\/\2/p'
}

district >"$work/people" 2>"$work/all"
serve
for who in zhao qian sun li wu chen wei jiang lin; do
    login $who "$(sed -n "s/^  $who *\([^ ]*\) .*/\1/p" "$work/people")"
done

# ---- Everybody ----

english 'the form of a declaration' nobody /s/shouhe/form/declare
english 'the pre-check' nobody /precheck/shouhe
ask nobody /s/stalls
! chinese | grep -qE '现场核验|等待抽签|日$'
point $? 'the steps of a guide, with their limits'
page 'and its drawing' 200 'Check on site' nobody /s/stalls/drawing/permit
! grep -q '现场' "$work/out"
point $? 'in English alone'

# ---- An applicant ----

outside zhang 13800000009
for n in 1 2 3 4 5 6 7 8 9; do
    english "section $n of a declaration" zhang "/apply/shouhe/county/$n" '示例.*'
done
english 'the form of a stall' zhang /apply/stalls/permit/1
sed 's/performance\[4\].income_1_count=[0-9]*/performance[4].income_1_count=99999/' tests/web/apply/5.curl \
    >"$work/5.curl"
ask zhang /apply/shouhe/county/5
curl -sS -o "$work/out" -b "$work/zhang.jar" -d "csrf=$(cat "$work/zhang.csrf")" -K "$work/5.curl" \
    -d "-base=$(sed -n 's/.*name="-base" value="\([0-9a-f]*\)".*/\1/p' "$work/out")" "$url/apply/shouhe/county/5"
english 'what rules find wrong in it' zhang '/apply/shouhe/county/5?check=1'
grep -q 'Income, year 1, number: due [0-9]* is not performed 99999 and not performed' "$work/out"
point $? 'made of pieces and figures'
english 'the list of sections' zhang /apply/shouhe/county
english 'what is to be checked before it is sent' zhang /apply/shouhe/county/check

# ---- Officers ----

# Names, numbers, clauses, what people typed: the sample district has them all begin or end so.
data='.*(通用设备制造业|机械零部件|合同管理部|示例|某$|〔|第[一二三四五六七八九十]+条).*'
english 'a list of tasks' zhao '/office?tab=team' "$data"
english 'visits' wu /visits "$data"
part='/<form[^>]*class="task/,/<\/form>/' # beside it stand clauses, and what was answered before
for step in zhao:shouhe/receive zhao:shouhe/first_check qian:shouhe/online lin:stalls/check; do
    task=$(first "${step%:*}" "${step#*:}")
    ask "${step%:*}" "/office/d/$task" do=claim
    ask "${step%:*}" "/office/d/$task"
    grep -q '<form[^>]*class="task' "$work/out" && grep -q 'value="complete"' "$work/out"
    point $? "there is a task at ${step#*:}"
    english "the form of ${step#*:}" "${step%:*}" "/office/d/$task" "$data"
done
echo "1..$count"
