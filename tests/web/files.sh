#!/bin/sh
# files.sh GONGSHI FAKE_CLAMD: files in answers over HTTP, without a script and as the page's script sends them: what is
# taken by its bytes, what is refused and says why while all else is kept, removal, rows of lists, the check of the
# answers, the officer's copy, corrections; a scanner that finds a virus, one that is silent, one that answers later.
clamd=$(realpath "$2")
. "$(dirname "$0")/../served.sh"
. "$(dirname "$0")/applicant.sh"
scanner=
stop_scanner() {
    [ -z "$scanner" ] || kill "$scanner" 2>/dev/null
    [ -z "$scanner" ] || wait "$scanner" 2>/dev/null
    scanner=
}
trap 'stop_server; stop_scanner; rm -rf "$work"' EXIT

scan_at() { # PLACE: its port in $port
    mkfifo "$work/hold" 2>/dev/null
    "$clamd" "$1" <"$work/hold" >"$work/port" &
    scanner=$!
    exec 3>"$work/hold"
    tries=0
    while [ ! -s "$work/port" ] && [ $tries -lt 100 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    port=$(cat "$work/port")
}

hash_of() { # FILE
    sha256sum "$1" | cut -c1-64
}

printf '%%PDF-1.4\none' >"$work/one.pdf"
printf '%%PDF-1.4\ntwo' >"$work/two.pdf"
printf '\377\330\377\340photograph' >"$work/photo.pdf"
printf 'MZ no paper' >"$work/program.pdf"
: >"$work/empty.pdf"
{ printf '%%PDF-1.4\n'; head -c 9000000 /dev/zero; } >"$work/large.pdf"
printf '%%PDF-1.4\nX5O!P%%@AP[4\\PZX54(P^)7CC)7}$%s-%s!$H+H*' EICAR STANDARD-ANTIVIRUS-TEST-FILE >"$work/virus.pdf"

scan_at "$work/clamd.sock"
serve --demo --scanner "$work/clamd.sock"
outside zhang 13800000001
outside wang 13800000002
officers
token=$(csrf zhang)

# ---- Without a script ----

page 'a file is taken' 303 "Location: $base" zhang $base/9 -F "csrf=$token" \
    -F "file_subject=@$work/one.pdf;filename=执照.pdf"
page 'it stands there, with its size' 200 '执照.pdf</a> <span class="quiet">1 KB' zhang $base/9
page 'a field for one file has the last' 303 Location zhang $base/9 -F "csrf=$token" -F "file_subject=@$work/two.pdf"
page 'the new one' 200 'two.pdf' zhang $base/9
lacks 'not the old one' '执照.pdf'
page 'two files into a field for several' 303 Location zhang $base/9 -F "csrf=$token" -F "file_honours=@$work/one.pdf" \
    -F "file_honours=@$work/two.pdf"
page 'both' 200 'value="remove file_honours 2"' \
    zhang $base/9
page 'the same again is one' 303 Location zhang $base/9 -F "csrf=$token" -F "file_honours=@$work/one.pdf"
page 'there is no third' 200 'remove file_honours 2' zhang $base/9
lacks 'really not' 'remove file_honours 3'
page 'one is removed' 303 Location zhang $base/9 -F "csrf=$token" -F 'do=remove file_honours 1'
page 'the other stays' 200 'remove file_honours 1' zhang $base/9
lacks 'and only that' 'remove file_honours 2'
page 'what it is, its bytes say' 303 Location zhang $base/9 -F "csrf=$token" \
    -F "file_system=@$work/photo.pdf;type=application/pdf"
page 'a picture called PDF has its own ending' 200 'photo.pdf.jpg' zhang $base/9
page 'no paper at all' 422 'program.pdf 不是这里接受的文件种类' zhang $base/9 -F "csrf=$token" -F "file_lower=@$work/program.pdf"
page 'with the way out' 422 'PDF, JPEG, PNG' zhang $base/9 -F "csrf=$token" -F "file_lower=@$work/program.pdf"
page 'nothing in it' 422 'empty.pdf 是空的' zhang $base/9 -F "csrf=$token" -F "file_lower=@$work/empty.pdf"
page 'too large, in megabytes' 422 'large.pdf 有 8.6 MB，最多 8.0 MB' zhang $base/9 -F "csrf=$token" \
    -F "file_lower=@$work/large.pdf"
page 'a virus' 422 '病毒扫描程序拒绝了' zhang $base/9 -F "csrf=$token" -F "file_lower=@$work/virus.pdf"
page 'the good file beside it is kept' 422 'one.pdf</a>' zhang $base/9 -F "csrf=$token" \
    -F "file_system=@$work/one.pdf" -F "file_lower=@$work/virus.pdf"
page 'in the draft too' 200 'one.pdf</a>' zhang $base/9
lacks 'the virus is not' virus.pdf

# ---- In rows of a list ----

page 'a row is added' 303 Location zhang $base/1 -F "csrf=$token" -F applied=AA -F kind=新申报 -F 'do=add proofs'
page 'a file in the row' 303 Location zhang $base/1 -F "csrf=$token" -F applied=AA -F kind=新申报 \
    -F 'proofs[1].issuer=示例协会' -F "proofs[1].file=@$work/one.pdf" -F 'do=add proofs'
page 'and one in the next' 422 '病毒扫描程序拒绝了' zhang $base/1 -F "csrf=$token" -F applied=AA -F kind=新申报 \
    -F 'proofs[1].issuer=示例协会' -F 'proofs[2].issuer=示例厅' -F "proofs[2].file=@$work/virus.pdf"
page 'what was typed beside the refused file is kept' 200 'value="示例厅"' zhang $base/1
page 'the file of the first row too' 200 'remove proofs\[1\].file 1' zhang $base/1
page 'it is removed from its row' 303 Location zhang $base/1 -F "csrf=$token" -F applied=AA -F kind=新申报 \
    -F 'proofs[1].issuer=示例协会' -F 'proofs[2].issuer=示例厅' -F 'do=remove proofs[1].file 1'
page 'gone' 200 '示例协会' zhang $base/1
lacks 'really' one.pdf
page 'the rows go' 303 Location zhang $base/1 -F "csrf=$token" -F applied=A -F kind=新申报 -F 'do=remove proofs 2' \
    -F 'proofs[1].issuer=示例协会' -F 'proofs[2].issuer=示例厅'

# ---- As the script sends them ----

page 'one at a time: a receipt' 200 "\"hash\":\"$(hash_of "$work/one.pdf")\"" zhang $base/9/file -F "csrf=$token" \
    -F path=file_lower -F "file=@$work/one.pdf" -H 'Accept: application/json'
page 'the draft has it' 200 'remove file_lower 1' zhang $base/9
hash=$(sed -n 's/.*name="-base" value="\([0-9a-f]*\)".*/\1/p' "$work/out")
page 'the page is told what it now knows' 200 '"base":"[0-9a-f]*"' zhang $base/9/file -F "csrf=$token" \
    -F path=file_lower -F "file=@$work/two.pdf" -F "-base=$hash"
new=$(sed -n 's/.*"base":"\([0-9a-f]*\)".*/\1/p' "$work/out")
page 'and is no conflict afterwards' 303 Location zhang $base/9 -F "csrf=$token" -F "-base=$new"
page 'a page that knew less is' 409 '另一窗口' zhang $base/9 -F "csrf=$token" -F "-base=$hash"
page 'a virus' 422 '"message":"病毒扫描程序拒绝了' zhang $base/9/file -F "csrf=$token" -F path=file_lower \
    -F "file=@$work/virus.pdf" -H 'Accept: application/json'
page 'a field of another section' 422 '这里不要求上传文件' zhang $base/9/file -F "csrf=$token" -F 'path=proofs[1].file' \
    -F "file=@$work/one.pdf"
page 'a field that is none' 422 '"error"' zhang $base/9/file -F "csrf=$token" -F path=name -F "file=@$work/one.pdf"
page 'no file' 422 '"error"' zhang $base/9/file -F "csrf=$token" -F path=file_lower
page 'without the token' 403 '' zhang $base/9/file -F path=file_lower -F "file=@$work/one.pdf"

# ---- Having them again ----

one=$(hash_of "$work/two.pdf")
page 'saved by whoever sent it' 200 'attachment; filename="two.pdf"; filename\*=UTF-8' zhang "$base/9/file?hash=$one"
cmp -s "$work/out" "$work/two.pdf"
point $? 'byte for byte'
page 'never to be drawn' 200 'nosniff' zhang "$base/9/file?hash=$one"
page 'nor to run anything here' 200 '^[Cc]ontent-[Ss]ecurity-[Pp]olicy: sandbox' zhang "$base/9/file?hash=$one"
page 'nobody else' 404 '' wang "$base/9/file?hash=$one"
page 'not a file of nobody' 404 '' zhang "$base/9/file?hash=$(hash_of "$work/virus.pdf")"

# ---- The scanner is silent ----

stop_scanner
page 'it is refused, and says so' 422 '暂时无法接收文件' zhang $base/9 -F "csrf=$token" -F "file_honours=@$work/photo.pdf"
page 'the script may try again' 503 '暂时无法接收文件' zhang $base/9/file -F "csrf=$token" -F path=file_honours \
    -F "file=@$work/photo.pdf"
stop_server
scan_at 0
stop_scanner
serve --demo --scanner "127.0.0.1:$port" --scanner-down wait
page 'or it waits' 200 '"state":"waits"' zhang $base/9/file -F "csrf=$token" -F path=file_honours \
    -F "file=@$work/photo.pdf"
page 'so says the page' 200 '等待病毒扫描' zhang $base/9
page 'and so do the answers' 200 '等待病毒扫描' zhang $base/check
page 'nobody gets it before' 409 '还没有看过这个文件' zhang "$base/9/file?hash=$(hash_of "$work/photo.pdf")"
page 'another, which has a virus' 200 '"state":"waits"' zhang $base/9/file -F "csrf=$token" -F path=file_honours \
    -F "file=@$work/virus.pdf"
# The scanner is asked again after a pause that doubles: on a busy machine this takes minutes.
if [ -n "${GONGSHI_LONG:-}" ]; then
    scan_at "$port"
    tries=0
    while [ $tries -lt 1200 ] && curl -sS -b "$work/zhang.jar" "$url$base/9" | grep 等待病毒扫描 >"$work/waits"; do
        sleep 0.1
        tries=$((tries + 1))
    done
    page 'it is looked at once the scanner is back' 200 'attachment' zhang \
        "$base/9/file?hash=$(hash_of "$work/photo.pdf")"
    page 'the virus is refused then' 200 '没有通过病毒扫描' zhang $base/9
    page 'nobody gets that' 409 '病毒扫描程序拒绝了' zhang "$base/9/file?hash=$(hash_of "$work/virus.pdf")"
    page 'the section wants it removed' 200 '<title>错误：' zhang "$base/9?check=1"
fi
curl -sS -o "$work/out" -b "$work/zhang.jar" "$url$base/9"
number=$(grep -o 'remove file_honours [0-9]*' "$work/out" | tail -n 1)
page 'removed' 303 Location zhang $base/9 -F "csrf=$token" -F "do=$number"
page 'all is well' 200 '本栏目已填完' zhang "$base/9?check=1"

# ---- Sent, and before the office ----

for n in 1 2 3 4 5 6 7; do
    curl -sS -o /dev/null -b "$work/zhang.jar" -d "csrf=$token" -K "tests/web/apply/$n.curl" "$url$base/$n"
done
page 'the answers have the files' 200 "href=\"$base/9/file?hash=$one\"" zhang $base/check
page 'sent' 303 'Location: /my/[0-9]*/receipt' zhang $base/pledge -d "csrf=$token" -d '-office=county' \
    -K tests/web/apply/10.curl
number=$(sed -n 's,^Location: /my/\([0-9]*\)/receipt.*,\1,p' "$work/head")
page 'whoever sent it has it still' 200 'attachment' zhang "/my/$number/file?hash=$one"
page 'nobody else' 404 '' wang "/my/$number/file?hash=$one"
page 'the officer sees it among the evidence' 200 "href=\"/office/d/$number/file?hash=$one\"" \
    zhao "/office/d/$number?tab=declared"
page 'and saves it' 200 'attachment; filename="two.pdf"' zhao "/office/d/$number/file?hash=$one"
page 'not by another dossier' 404 '' zhao "/office/d/1/file?hash=$one"
page 'an applicant not at that address' 403 '' zhang "/office/d/$number/file?hash=$one"
echo "1..$count"
