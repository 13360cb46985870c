# book.sh: workbooks (xlsx) for the shell tests, made by hand with zip, so that there is anything in their cells.

# book FILE ROWS [MERGES]: a workbook out of the rows of a worksheet; both in the folder that one is in.
book() {
    rm -rf book && mkdir -p book/_rels book/xl/_rels book/xl/worksheets
    echo '<?xml version="1.0"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels"
 ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
</Types>' >'book/[Content_Types].xml'
    echo '<?xml version="1.0"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
 Target="xl/workbook.xml"/>
</Relationships>' >book/_rels/.rels
    echo '<?xml version="1.0"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
<sheets>
<sheet name="a" sheetId="1" r:id="r1"/>
</sheets>
</workbook>' >book/xl/workbook.xml
    echo '<?xml version="1.0"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
 Target="worksheets/sheet1.xml"/>
</Relationships>' >book/xl/_rels/workbook.xml.rels
    { echo '<?xml version="1.0"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<sheetData>'
      cat "$2"
      echo "</sheetData>${3:-}</worksheet>"; } >book/xl/worksheets/sheet1.xml
    rm -f "$1"
    (cd book && zip -q -X -r "../$1" .)
}

row() { # NUMBER CELL...: a cell is REF=KIND=TEXT
    printf '<row r="%s">' "$1"
    shift
    for cell; do
        ref=${cell%%=*} rest=${cell#*=}
        kind=${rest%%=*} body=${rest#*=}
        case $kind in
        s) printf '<c r="%s" t="inlineStr"><is><t>%s</t></is></c>' "$ref" "$body" ;;
        f) printf '<c r="%s"><f>1+1</f>%s</c>' "$ref" "${body:+<v>$body</v>}" ;;
        e) printf '<c r="%s" t="e"><v>%s</v></c>' "$ref" "$body" ;;
        n) printf '<c r="%s"><v>%s</v></c>' "$ref" "$body" ;;
        esac
    done
    printf '</row>\n'
}
