#!/bin/sh
# paper.sh GONGSHI: what gongshi-paper, which stands beside gongshi, makes of documents, seen with other people's tools:
# pdfinfo, pdftotext, pdffonts, zbarimg. A point whose tool is not installed is skipped.
. "$(dirname "$0")/../served.sh"
paper=$(dirname "$gongshi")/gongshi-paper

# with TOOL NAME COMMAND: the command succeeds; skipped without the tool.
with() {
    if command -v "$1" >/dev/null; then
        sh -c "$3" >"$work/out" 2>&1
        status=$?
        point $status "$2"
        [ $status -eq 0 ] || sed 's/^/# /' "$work/out"
    else
        count=$((count + 1))
        echo "ok $count - $2 # SKIP $1 is not installed"
    fi
}

make() { # FILE.json FILE.pdf
    "$paper" <"$1" >"$2" 2>"$work/err"
    status=$?
    point $status "a PDF of $(basename "$1")"
    [ $status -eq 0 ] || sed 's/^/# /' "$work/err"
}

# document BLOCKS…: a request on standard output.
document() {
    printf '{"title":"试","created":"2026-07-01T08:00:00+08:00","blocks":[%s]}' "$*"
}

# refused STATUS TEXT [LANGUAGE]: standard input is refused with this on standard error, and nothing is written.
refused() {
    LC_ALL=${3:-C.UTF-8} "$paper" >"$work/pdf" 2>"$work/err"
    got=$?
    [ $got -eq "$1" ] && [ ! -s "$work/pdf" ] && grep -qF -- "$2" "$work/err"
    status=$?
    point $status "refused: $2"
    [ $status -eq 0 ] || { echo "# status $got"; sed 's/^/# /' "$work/err"; }
}

# ---- A certificate ----

export work
make tests/paper/certificate.json "$work/1.pdf"
[ "$(head -c 5 "$work/1.pdf")" = %PDF- ]
point $? "it begins as a PDF does"
make tests/paper/certificate.json "$work/2.pdf"
cmp -s "$work/1.pdf" "$work/2.pdf"
point $? "the same request gives the same bytes"
for text in 示范商户认定证书 柏桥区老码头豆腐坊 92.50 32.50 20.00 2026年7月1日 \
    经核查，该主体符合《示范商户认定办法》第六条规定的条件，认定为2026年度示范商户，有效期三年。; do
    with pdftotext "the text can be copied: $text" "pdftotext $work/1.pdf - | tr -d '[:space:]' | grep -qF '$text'"
done
with pdfinfo "one page" "pdfinfo $work/1.pdf | grep -q '^Pages: *1$'"
with pdfinfo "A4" "pdfinfo $work/1.pdf | grep -q '^Page size: .*(A4)$'"
with pdfinfo "the title is in the file" "pdfinfo $work/1.pdf | grep -q '^Title: *示范商户认定证书$'"
with pdfinfo "the author is in the file" "pdfinfo $work/1.pdf | grep -q '^Author: *柏桥区市场监督管理局$'"
with pdfinfo "the date is that of the request" \
    "pdfinfo -isodates $work/1.pdf | grep -q '^CreationDate: *2026-07-01T08:00:00+08'"
with pdffonts "fonts are in the file" "! pdffonts $work/1.pdf | tail -n +3 | grep -v ' yes yes yes '"
with zbarimg "the QR code can be read" "pdftoppm -r 100 -png $work/1.pdf $work/page &&
    zbarimg -q --raw $work/page-1.png 2>/dev/null | grep -qx 'https://gongshi.example/e/2026/17'"

# ---- A letter with all kinds of blocks ----

make tests/paper/letter.json "$work/letter.pdf"
with pdfinfo "it has a structure" "pdfinfo $work/letter.pdf | grep -q '^Tagged: *yes$'"
with grep "its language" "grep -aq '/Lang (zh-CN)' $work/letter.pdf"
with pdfinfo "the tags of its parts" "pdfinfo -struct $work/letter.pdf >$work/struct
    for tag in H1 H2 P L LI Lbl LBody Table TR TH TD Figure Caption; do
        grep -qE \"^ *\$tag( |\$)\" $work/struct || { echo \"no \$tag\"; exit 1; }
    done"
with pdfinfo "a header is read once" "pdfinfo -struct-text $work/letter.pdf >$work/struct
    [ \$(grep -c '第一年度' $work/struct) -eq 1 ]"
with pdftotext "but stands on each page of the table" "
    [ \$(pdftotext $work/letter.pdf - | grep -c '第一年度') -gt 1 ]"
with pdftotext "number, list, running head, mark, place of the seal" "
    pdftotext $work/letter.pdf - | tr -d '[:space:]' >$work/text
    for text in 柏市监信〔2026〕17号 （二）第二项 柏桥区市场监督管理局 览 （印章） 图1现场照片 受检单位（签名）：; do
        grep -qF \"\$text\" $work/text || { echo \"no \$text\"; exit 1; }
    done"
with qpdf "the file is sound" "qpdf --check $work/letter.pdf"
photo() { # the first page of the letter as a JPEG, as a document
    pdftoppm -r 20 -jpeg -singlefile "$work/letter.pdf" "$work/photo" 2>/dev/null
    document '{"type":"image","caption":"x","data":"'"$(base64 -w 0 "$work/photo.jpg" 2>/dev/null)"'"}'
}
photo >"$work/photo.json"
with pdfimages "a photo that is the first thing on a page, which goes into the file as it is" \
    "$paper <$work/photo.json >$work/photo.pdf && pdfimages -list $work/photo.pdf | grep -q jpeg"
rows=$(awk 'BEGIN { for (i = 1; i <= 23; i++) printf "%s二十八个字符为一行中文公文正文每页排二十二行每行之数", (i > 1 ? "\\n" : "") }')
document '{"type":"paragraph","align":"center","text":"'"$rows"'"}' |
    sed 's/"blocks"/"style":"official","blocks"/' >"$work/lines.json"
make "$work/lines.json" "$work/lines.pdf"
with pdftotext "22 lines of 28 characters on a page (GB/T 9704)" "
    pdftotext -f 1 -l 1 $work/lines.pdf - | grep -c '^二十八.*之数$' | grep -qx 22"

# ---- The longest QR code, more pages ----

text=$(head -c 799 /dev/zero | tr '\0' 7)q
document '{"type":"qr","text":"'"$text"'"}' >"$work/qr.json"
make "$work/qr.json" "$work/qr.pdf"
with zbarimg "800 bytes can be read from 150 dots an inch" "pdftoppm -r 150 -png $work/qr.pdf $work/qr &&
    zbarimg -q --raw $work/qr-1.png 2>/dev/null | grep -qx '$text'"
rows=$(awk 'BEGIN { for (i = 1; i <= 100; i++) printf "%s[%d, \"第%d户\"]", (i > 1 ? "," : ""), i, i }')
document '{"type":"table","columns":[{"title":"序"},{"title":"名"}],"rows":['"$rows"']}' >"$work/table.json"
make "$work/table.json" "$work/table.pdf"
with pdftotext "a long table takes several pages, each with the header and its number" "
    pdftotext -layout $work/table.pdf - | tr '\014' '\n' >$work/table.txt
    pages=\$(pdfinfo $work/table.pdf | sed -n 's/^Pages: *//p')
    [ \$pages -gt 2 ] && [ \$(grep -c '序 .*名' $work/table.txt) -eq \$pages ] &&
        tr -d ' ' <$work/table.txt | grep -q -- \"—\$pages—\" && [ \$(grep -c '第[0-9]*户' $work/table.txt) -eq 100 ]"
if [ -f /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ]; then
    document '{"type":"paragraph","text":"𠮷野家 䶮"}' >"$work/rare.json"
    make "$work/rare.json" "$work/rare.pdf"
    with pdffonts "rare characters come from Noto" "pdffonts $work/rare.pdf | grep -q NotoSansCJK"
    with pdftotext "and can be copied" "pdftotext $work/rare.pdf - | grep -q '𠮷野家 䶮'"
else
    count=$((count + 1))
    echo "ok $count - rare characters # SKIP fonts-noto-cjk is not installed"
fi

# ---- What is refused ----

document '{"type":"paragraph","text":"好😀"}' >"$work/request"
refused 1 'no font has the character 😀 (U+1F600): blocks[0]' <"$work/request"
document '{"type":"paragraph","text":"好😀"}' >"$work/request"
refused 1 '没有字体包含字符 😀（U+1F600）' zh_CN.UTF-8 <"$work/request"
document '{"type":"poem"}' >"$work/request"
refused 1 '1:70: the type of the block is not known' <"$work/request"
printf '{' >"$work/request"
refused 1 'gongshi-paper: 1:2: ' <"$work/request"
refused 1 'limit HELPER_REQUEST' </dev/zero
"$paper" --help >"$work/out" 2>"$work/err"
[ $? -eq 2 ] && grep -q REQUEST.json "$work/err"
point $? "how it is used"
document '' | "$paper" >/dev/full 2>"$work/err"
[ $? -eq 3 ] && grep -q 'could not be written' "$work/err"
point $? "a disk that is full"

# ---- The server stays small ----

with readelf "gongshi is not linked with what makes PDF and reads workbooks" \
    "! readelf -d $gongshi | grep NEEDED | grep -E 'cairo|pango|fontconfig|glib|minizip'"

echo "1..$count"
