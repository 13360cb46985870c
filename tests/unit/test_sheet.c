/* test_sheet: workbooks as they are read: kinds of cells, dates, what is flagged and what is refused; written and read
 * again; through the helper program, which is this test itself; and the limits. */
#include "tap.h"

#include "base/limit.h"
#include "helper/sandbox.h"
#include "sheet/sheet.h"
#include "sheet_zip.h"

#include <fcntl.h>
#include <minizip/unzip.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct arena memory;

/* ---- What is read, as text ---- */

static void dump_cell(const struct table_cell *c, struct buf *out)
{
    static const char kinds[] = "_tnbdchx"; /* empty, text, number, boolean, date, clock, date and hour, error */
    static const char flags[] = "FIDMH";
    buf_printf(out, " %c:%.*s", kinds[c->kind], STR_ARG(c->text));
    for (int i = 0; i < 5; i++) {
        if ((c->flags >> i & 1) != 0) {
            buf_printf(out, "!%c", flags[i]);
        }
    }
}

static enum error_code dump_row(void *context, const struct table_row *row, struct error *err)
{
    struct buf *out = context;
    (void)err;
    buf_printf(out, "%s%u%s", out->len > 0 ? "\n" : "", row->line, (row->flags & TABLE_HIDDEN) != 0 ? "!H" : "");
    for (uint32_t i = 0; i < row->count; i++) {
        dump_cell(&row->cells[i], out);
    }
    return OK;
}

static str error_text(const struct error *err)
{
    return arena_printf(&memory, "%s: %s: %s", error_name(err->code), err->message, err->detail);
}

static struct sheet_found found;

static str read_tab(str bytes, str tab)
{
    struct error err = { .code = OK };
    struct buf out = BUF_INIT(8 << 20);
    enum error_code code = sheet_read(&memory, bytes, tab, dump_row, &out, &found, &err);
    str text = code == OK ? arena_str(&memory, buf_str(&out)) : error_text(&err);
    buf_release(&out);
    return text;
}

static str read_sheet(struct workbook w)
{
    return read_tab(make_workbook(&memory, w), STR(""));
}

static str rows(const char *xml)
{
    return read_sheet(
        (struct workbook){ .sheet = arena_printf(&memory, "<sheetData>%s</sheetData>", xml).ptr,
                           .texts = "<si><t>甲</t></si><si><r><t>乙</t></r><rPh><t>x</t></rPh><r><t> 丙</t></r>"
                                    "</si><si><t/></si>" });
}

/* ---- Cells ---- */

static const struct {
    const char *name, *xml, *want;
} cells[] = {
    { "a shared text", "<row r=\"2\"><c r=\"B2\" t=\"s\"><v>0</v></c></row>", "2 _: t:甲" },
    { "rich text without its reading aid", "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>1</v></c></row>", "1 t:乙 丙" },
    { "a text of its own", "<row r=\"1\"><c t=\"inlineStr\"><is><t>a&lt;b</t></is></c></row>", "1 t:a<b" },
    { "an escaped text", "<row><c t=\"str\"><v>a_x000D_b_x005F_x000D_</v></c></row>", "1 t:a\rb_x000D_" },
    { "no place given", "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>", "1 n:1 n:2\n2 n:3" },
    { "rows and cells without content",
      "<row r=\"1\"><c r=\"A1\" s=\"0\"/></row><row r=\"3\"><c r=\"A3\" t=\"s\"><v>2</v></c>"
      "<c r=\"B3\"><v>1</v></c><c r=\"C3\"/></row>",
      "3 _: n:1" },
    { "a truth", "<row><c t=\"b\"><v>1</v></c><c t=\"b\"><v>0</v></c></row>", "1 b:true b:false" },
    { "an error", "<row><c t=\"e\"><v>#DIV/0!</v></c></row>", "1 x:#DIV/0!" },
    { "a formula with its value", "<row><c><f>A1+1</f><v>3</v></c><c t=\"str\"><f>B1</f><v>x</v></c></row>",
      "1 n:3!F t:x!F" },
    { "a formula that was never computed", "<row><c><f>A1</f></c><c><f>A1</f><v/></c></row>", "1 _:!F _:!F" },
    { "a formula whose value is an empty text", "<row><c t=\"str\"><f>A1</f><v></v></c><c><v>1</v></c></row>",
      "1 _: n:1" },
    { "digits of a double",
      "<row><c><v>0.10000000000000001</v></c><c><v>1.1000000000000001</v></c>"
      "<c><v>0.30000000000000004</v></c><c><v>92.500</v></c></row>",
      "1 n:0.1 n:1.1 n:0.3 n:92.5" },
    { "exponents",
      "<row><c><v>1.5E-3</v></c><c><v>-2E3</v></c><c><v>1E+50</v></c><c><v>0E0</v></c><c><v>-0</v></c></row>",
      "1 n:0.0015 n:-2000 n:1E+50!I n:0 n:0" },
    { "nines that round up", "<row><c><v>0.99999999999999995</v></c><c><v>9.9999999999999996E+22</v></c></row>",
      "1 n:1 n:100000000000000000000000!I" },
    { "a telephone number, and a code that lost digits",
      "<row><c><v>13588123456</v></c><c><v>3.3010219900101101E+17</v></c>"
      "<c><v>123456789012</v></c><c><v>123456789012345</v></c></row>",
      "1 n:13588123456 n:330102199001011000!I n:123456789012!I n:123456789012345!I" },
    { "a date as text stays text", "<row><c t=\"str\"><v>2026.7.1</v></c></row>", "1 t:2026.7.1" },
    { "dates of the strict form",
      "<row><c t=\"d\"><v>2026-07-01</v></c><c t=\"d\"><v>2026-07-01T08:30:00.000Z</v></c>"
      "<c t=\"d\"><v>08:30:00</v></c><c t=\"d\"><v>08:30:00 pm</v></c>"
      "<c t=\"d\"><v>2026-07-01T08:30:00+08:00</v></c></row>",
      "1 d:2026-07-01 h:2026-07-01T08:30:00 c:08:30:00 t:08:30:00 pm t:2026-07-01T08:30:00+08:00" },
    { "a hidden row", "<row r=\"1\" hidden=\"1\"><c><v>1</v></c></row>", "1!H n:1" },
    { "prefixes and unknown elements",
      "<x:row xmlns:x=\"urn:x\" r=\"1\"><x:c><x:v>7</x:v><x:extLst><x:t>no</x:t></x:extLst>"
      "</x:c></x:row>",
      "1 n:7" },
    { "a shared text that is not there", "<row><c t=\"s\"><v>3</v></c></row>",
      "syntax: the workbook is damaged: xl/worksheets/sheet1.xml: a shared text is not there" },
    { "a number that is none", "<row><c><v>1,5</v></c></row>",
      "syntax: the workbook is damaged: xl/worksheets/sheet1.xml: a number is none" },
    { "rows out of order", "<row r=\"2\"/><row r=\"2\"/>",
      "syntax: the workbook is damaged: xl/worksheets/sheet1.xml: the rows are not in order" },
    { "a cell of another row", "<row r=\"2\"><c r=\"A3\"/></row>",
      "syntax: the workbook is damaged: xl/worksheets/sheet1.xml: a cell is not where it says" },
    { "a cell beyond the last column", "<row r=\"2\"><c r=\"XFE2\"/></row>",
      "syntax: the workbook is damaged: xl/worksheets/sheet1.xml: a cell is not where it says" },
    { "a row beyond the last", "<row r=\"1048577\"/>",
      "syntax: the workbook is damaged: xl/worksheets/sheet1.xml: the rows are not in order" },
};

static void test_cells(void)
{
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        is_str(rows(cells[i].xml), str_of(cells[i].want), "%s", cells[i].name);
    }
}

/* ---- Dates ---- */

#define XF(id) "<xf numFmtId=\"" id "\"/>"

/* Formats 0: General, 1: date, 2: date and time, 3: time, 4: elapsed, 5: exponent, 6: of a Chinese spreadsheet,
 * 7: of the file: years, 8: of the file: money, 9: month and day in Chinese words */
static const char formats[] =
    "<numFmts><numFmt numFmtId=\"177\" formatCode=\"#,##0.00&quot;元 day&quot;\"/>"
    "<numFmt numFmtId=\"176\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@\"/></numFmts>"
    "<cellStyleXfs>" XF("14") "</cellStyleXfs><cellXfs>" XF("0") XF("14") XF("22") XF("21") XF("46") XF("11") XF("31")
        XF("176") XF("177") XF("58") "</cellXfs>";

static const struct {
    int format;
    const char *value, *want_1900, *want_1904;
} dates[] = {
    { 1, "46204", "d:2026-07-01", "d:2030-07-02" },
    { 1, "1", "d:1900-01-01", "d:1904-01-02" },
    { 1, "59", "d:1900-02-28", "d:1904-02-29" },
    { 1, "60", "n:60!D", "d:1904-03-01" },
    { 1, "61", "d:1900-03-01", "d:1904-03-02" },
    { 1, "0", "n:0!D", "d:1904-01-01" },
    { 1, "-1", "n:-1!D", "n:-1!D" },
    { 1, "2958465", "d:9999-12-31", "n:2958465!D" },
    { 1, "2958466", "n:2958466!D", "n:2958466!D" },
    { 1, "46204.354166666664", "h:2026-07-01T08:30:00", "h:2030-07-02T08:30:00" },
    { 2, "46204.354166666664", "h:2026-07-01T08:30:00", "h:2030-07-02T08:30:00" },
    { 2, "46204", "h:2026-07-01T00:00:00", "h:2030-07-02T00:00:00" },
    { 2, "46203.999999999", "h:2026-07-01T00:00:00", "h:2030-07-02T00:00:00" },
    { 3, "0.35416666666666669", "c:08:30:00", "c:08:30:00" },
    { 3, "0.99998842592592596", "c:23:59:59", "c:23:59:59" },
    { 3, "46204.5", "h:2026-07-01T12:00:00", "h:2030-07-02T12:00:00" },
    { 4, "1.1041666666666667", "n:1.10416666666667!I!D", "n:1.10416666666667!I!D" },
    { 5, "12", "n:12!I", "n:12!I" },
    { 6, "46204", "d:2026-07-01", "d:2030-07-02" },
    { 7, "46204", "d:2026-07-01", "d:2030-07-02" },
    { 8, "46204", "n:46204", "n:46204" },
    { 9, "46204", "d:2026-07-01", "d:2030-07-02" },
    { 99, "46204", "n:46204", "n:46204" },
};

static str read_date(int format, const char *value, const char *settings)
{
    str sheet = arena_printf(&memory, "<sheetData><row><c s=\"%d\"><v>%s</v></c></row></sheetData>", format, value);
    return read_sheet((struct workbook){ .sheet = sheet.ptr, .formats = formats, .settings = settings });
}

static void test_dates(void)
{
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        is_str(read_date(dates[i].format, dates[i].value, NULL), arena_printf(&memory, "1 %s", dates[i].want_1900),
               "1900: %s in format %d", dates[i].value, dates[i].format);
        is_str(read_date(dates[i].format, dates[i].value, "<workbookPr date1904=\"1\"/>"),
               arena_printf(&memory, "1 %s", dates[i].want_1904), "1904: %s in format %d", dates[i].value,
               dates[i].format);
    }
}

/* A format, seen by what becomes of the serial 46204.5. */
static const struct {
    const char *code, *want;
} codes[] = {
    { "yyyy-mm-dd", "h:" }, { "[$-804]yyyy\\-m\\-d", "h:" },
    { "[h]:mm", "n:" },     { "[Red]0.00", "n:" },
    { "mm:ss.0", "h:" },    { "h\"时\"mm\"分\"", "h:" },
    { "General", "n:" },    { "0.00E+00", "n:" },
    { "@", "n:" },          { "[DBNum1][$-804]上午/下午h\"时\"", "h:" },
    { "e\"年\"", "h:" },    { "aaaa", "h:" },
    { "0_d", "n:" },        { "0\\d", "n:" },
    { "0;yyyy", "n:" },     { "[>100]0", "n:" },
    { "\"d", "n:" },        { "[h", "n:" },
    { "\\", "n:" },         { "", "n:" },
};

static void test_formats(void)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct buf code = BUF_INIT(1 << 10);
        for (const char *p = codes[i].code; *p != '\0'; p++) {
            buf_addz(&code, *p == '"' ? "&quot;" : *p == '>' ? "&gt;" : "");
            if (*p != '"' && *p != '>') {
                buf_addc(&code, *p);
            }
        }
        str styles = arena_printf(
            &memory,
            "<numFmts><numFmt numFmtId=\"200\" formatCode=\"%.*s\"/></numFmts><cellXfs>" XF("200") "</cellXfs>",
            STR_ARG(buf_str(&code)));
        str got = read_sheet((struct workbook){
            .formats = styles.ptr, .sheet = "<sheetData><row><c s=\"0\"><v>46204.5</v></c></row></sheetData>" });
        ok(got.len > 4 && str_starts_with(str_slice(got, 2, got.len), str_of(codes[i].want)), "the format %s: %.*s",
           codes[i].code, STR_ARG(got));
        buf_release(&code);
    }
}

/* ---- Worksheets, merged ranges, hidden columns ---- */

static void test_book(void)
{
    str two = make_workbook(
        &memory,
        (struct workbook){
            .sheets =
                "<sheet name=\"暂存\" sheetId=\"1\" state=\"hidden\" r:id=\"rId1\"/><sheet name=\"台账\" sheetId=\"2\" "
                "r:id=\"rId2\"/><sheet name=\"外部\" sheetId=\"3\" r:id=\"rId3\"/>",
            .sheet = "<sheetData><row><c><v>1</v></c></row></sheetData>" });
    is_str(read_tab(two, STR("")), STR("1 n:2"), "the first worksheet that is not hidden");
    is_int(found.tab, 1, "is the second");
    is_int(found.tab_count, 2, "a worksheet outside of the file is none");
    ok(found.tabs[0].hidden && str_eq(found.tabs[0].name, STR("暂存")) && !found.tabs[1].hidden, "the others are told");
    is_str(read_tab(two, STR("暂存")), STR("1 n:1"), "a worksheet by its name");
    is_str(read_tab(two, STR("无")), STR("missing: the workbook has no worksheet of this name: 无"),
           "a name it has not");
    is_str(read_sheet(
               (struct workbook){ .sheets = "<sheet name=\"a\" sheetId=\"1\" state=\"veryHidden\" r:id=\"rId1\"/>" }),
           STR("missing: all worksheets of the workbook are hidden: "), "only hidden ones");
    is_str(read_sheet((struct workbook){ .sheets = "" }),
           STR("syntax: the workbook is damaged: zip: it has no worksheet"), "none at all");
    is_str(read_sheet((struct workbook){ .sheet = "<cols><col min=\"2\" max=\"2\" hidden=\"1\"/></cols><sheetData><row>"
                                                  "<c><v>1</v></c><c><v>2</v></c></row></sheetData>" }),
           STR("1 n:1 n:2!H"), "a hidden column");
    is_str(read_sheet((struct workbook){ .sheet = "<sheetData><row hidden=\"true\"><c><v>1</v></c></row></sheetData>"
                                                  "<mergeCells><mergeCell ref=\"A1:B2\"/><mergeCell ref=\"C1\"/>"
                                                  "</mergeCells>" }),
           STR("1!H n:1"), "a merged range");
    ok(found.merge_count == 1 && found.merges[0].first_line == 1 && found.merges[0].last_line == 2 &&
           found.merges[0].first_column == 0 && found.merges[0].last_column == 1,
       "is told");
    is_int(found.hidden_rows, 1, "hidden rows are counted");
}

/* ---- What is refused ---- */

static str utf16(const char *text)
{
    struct buf out = BUF_INIT(1 << 10);
    for (; *text != '\0'; text++) {
        buf_addc(&out, *text);
        buf_addc(&out, '\0');
    }
    str s = arena_str(&memory, buf_str(&out));
    buf_release(&out);
    return s;
}

static void test_other_files(void)
{
    static const char ole[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    str name = utf16("EncryptedPackage"), old = utf16("Workbook");
    char *locked = arena_alloc(&memory, 8 + name.len), *xls = arena_alloc(&memory, 8 + old.len);
    memcpy(locked, ole, 8);
    memcpy(locked + 8, name.ptr, name.len);
    memcpy(xls, ole, 8);
    memcpy(xls + 8, old.ptr, old.len);
    is_str(read_tab((str){ locked, 8 + name.len }, STR("")), STR("invalid: the workbook is protected by a password: "),
           "a password");
    is_str(read_tab((str){ xls, 8 + old.len }, STR("")),
           STR("invalid: the file is no workbook of the kind xlsx: it is of the old format xls, or et of WPS"), "xls");
    is_str(
        read_tab(STR("<html><table>"), STR("")),
        STR("invalid: the file is no workbook of the kind xlsx: it is a web page or XML with the name of a workbook"),
        "a web page");
    is_str(
        read_tab(STR("\xEF\xBB\xBF\n<?xml version=\"1.0\"?>"), STR("")),
        STR("invalid: the file is no workbook of the kind xlsx: it is a web page or XML with the name of a workbook"),
        "XML");
    is_str(read_tab(STR("a,b\n1,2\n"), STR("")),
           STR("invalid: the file is no workbook of the kind xlsx: it is no zip file"), "CSV");
    is_str(read_tab(STR(""), STR("")), STR("invalid: the file is no workbook of the kind xlsx: it is no zip file"),
           "an empty file");
    struct zip_part ods[] = { { "mimetype", STR("application/vnd.oasis.opendocument.spreadsheet") },
                              { NULL, STR("") } };
    is_str(
        read_tab(make_zip(&memory, ods), STR("")),
        STR("invalid: the file is no workbook of the kind xlsx: it is a zip file without a workbook in it, or another "
            "kind of workbook (ods, xlsb)"),
        "another zip file");
}

static void test_damaged(void)
{
    str fine = make_workbook(&memory, (struct workbook){ .sheet = "<sheetData/>" });
    is_str(read_tab(str_slice(fine, 0, fine.len - 30), STR("")),
           STR("syntax: the workbook is damaged: zip: the end of the file is missing"), "a file that was cut");
    str whole = make_workbook(&memory,
                              (struct workbook){ .sheet = "<sheetData><row><c><v>12345</v></c></row></sheetData>" });
    uint32_t refused = 0;
    for (size_t i = 0; i < whole.len; i++) {
        char *copy = arena_alloc(&memory, whole.len);
        memcpy(copy, whole.ptr, whole.len);
        copy[i] = (char)(copy[i] ^ 0x55);
        str got = read_tab((str){ copy, whole.len }, STR(""));
        bool same = str_eq(got, STR("1 n:12345"));
        refused += !same;
        if (!same && str_starts_with(got, STR("1 "))) {
            ok(false, "byte %zu of the file changed what is read: %.*s", i, STR_ARG(got));
        }
    }
    ok(refused > whole.len / 4, "a changed byte is refused or means nothing (%u of %zu refused)", refused, whole.len);
    is_str(read_sheet((struct workbook){ .whole = "<worksheet><sheetData>" }),
           STR("syntax: the workbook is damaged: xl/worksheets/sheet1.xml: 1:23: no element found"), "cut XML");
    is_str(read_sheet((struct workbook){ .whole = "<!DOCTYPE x [<!ENTITY a \"b\">]><worksheet>&a;</worksheet>" }),
           STR("syntax: the workbook is damaged: xl/worksheets/sheet1.xml: a document type declaration is not allowed"),
           "a document type");
    is_str(read_sheet((struct workbook){ .whole = "<worksheet>&a;</worksheet>" }),
           STR("syntax: the workbook is damaged: xl/worksheets/sheet1.xml: 1:12: undefined entity"), "an entity");
    is_str(read_sheet((struct workbook){ .texts = "<!DOCTYPE x>" }),
           STR("syntax: the workbook is damaged: xl/sharedStrings.xml: 1:74: not well-formed (invalid token)"),
           "a document type inside");
    is_str(read_sheet((struct workbook){ .settings = "&a;" }).len > 0 ? STR("refused") : STR(""), STR("refused"),
           "an entity in the list of worksheets");
}

/* ---- Written, and read again ---- */

struct source {
    const struct table_row *rows;
    uint32_t count, next;
};

static enum error_code next_row(void *context, struct table_row *ret, bool *ret_end, struct error *err)
{
    struct source *s = context;
    (void)err;
    if (s->next == s->count) {
        *ret_end = true;
        return OK;
    }
    *ret = s->rows[s->next++];
    return OK;
}

#define CELL(k, t)                                                                                                     \
    {                                                                                                                  \
        .kind = (k), .text = { (t), sizeof(t) - 1 }, .note = { "", 0 }                                                 \
    }
#define BAD(k, t, n)                                                                                                   \
    {                                                                                                                  \
        .kind = (k), .text = { (t), sizeof(t) - 1 }, .note = {(n), sizeof(n) - 1 }                                     \
    }

static const str levels[] = { { "甲,乙", 7 }, { "丙\"", 4 } };

static const struct sheet_column columns[] = {
    { .title = { "统一社会信用代码", 24 }, .kind = TABLE_TEXT, .width = 20 },
    { .title = { "金额", 6 }, .kind = TABLE_NUMBER, .format = { "#,##0.00", 8 } },
    { .title = { "日期", 6 }, .kind = TABLE_DATE },
    { .title = { "等级", 6 }, .kind = TABLE_TEXT, .choices = levels, .choice_count = 2 },
    { .title = { "时间", 6 }, .kind = TABLE_DATE_TIME },
    { .title = { "钟", 3 }, .kind = TABLE_TIME },
    { .title = { "真", 3 }, .kind = TABLE_BOOLEAN },
};

static const struct table_cell first[] = { CELL(TABLE_TEXT, "913301090000000000"),
                                           CELL(TABLE_NUMBER, "1234.50"),
                                           CELL(TABLE_DATE, "2026-07-01"),
                                           CELL(TABLE_TEXT, "=1+1"),
                                           CELL(TABLE_DATE_TIME, "2026-07-01T08:30:07"),
                                           CELL(TABLE_TIME, "23:59:59"),
                                           CELL(TABLE_BOOLEAN, "true") };
static const struct table_cell second[] = { CELL(TABLE_NUMBER, "330102199001011234"),
                                            CELL(TABLE_NUMBER, "12345678901234567890.5"),
                                            CELL(TABLE_DATE, "1899-12-31"),
                                            CELL(TABLE_TEXT, "<&>\"_x000D_\r\n \x01"),
                                            CELL(TABLE_TEXT, "昨天"),
                                            CELL(TABLE_EMPTY, ""),
                                            CELL(TABLE_BOOLEAN, "false") };
static const struct table_cell third[] = { BAD(TABLE_TEXT, "9133", "校验码不对"), BAD(TABLE_EMPTY, "", "缺"),
                                           CELL(TABLE_DATE, "1900-03-01") };

static const struct table_row table[] = {
    { .line = 2, .count = 7, .cells = first, .note = { "", 0 } },
    { .line = 3, .count = 7, .cells = second, .note = { "", 0 } },
    { .line = 4, .count = 3, .cells = third, .note = { "重复", 6 } },
};

#define HEADER "1 t:统一社会信用代码 t:金额 t:日期 t:等级 t:时间 t:钟 t:真"
#define ROWS2                                                                                                          \
    "\n2 t:913301090000000000 n:1234.5 d:2026-07-01 t:=1+1 h:2026-07-01T08:30:07 c:23:59:59 b:true"                    \
    "\n3 t:330102199001011234 t:12345678901234567890.5 t:1899-12-31 t:<&>\"_x000D_\r\n \x01 t:昨天 _: b:false"

static struct sheet_layout layout(void)
{
    return (struct sheet_layout){ .tab = STR("台账'&"),
                                  .columns = columns,
                                  .column_count = 7,
                                  .note_title = STR(""),
                                  .about_tab = STR("说明"),
                                  .about = STR("第一行\n\n第三行") };
}

static str write_book(struct sheet_layout l, const struct table_row *given, uint32_t count)
{
    struct error err = { .code = OK };
    struct source s = { given, count, 0 };
    int fd = memfd_create("workbook", MFD_CLOEXEC);
    enum error_code code = sheet_write(&l, next_row, &s, fd, &err);
    str bytes = code == OK ? file_text(&memory, fd) : error_text(&err);
    close(fd);
    return bytes;
}

/* For looking at what is written with other programs: the folder of GONGSHI_KEEP. */
static void keep(const char *name, str bytes)
{
    const char *folder = getenv("GONGSHI_KEEP");
    FILE *f = folder != NULL ? fopen(arena_printf(&memory, "%s/%s", folder, name).ptr, "wb") : NULL;
    if (f != NULL) {
        fwrite(bytes.ptr, 1, bytes.len, f);
        fclose(f);
    }
}

/* A part of a workbook as text. */
static str part_of(str bytes, const char *name)
{
    char path[32], text[16 << 10];
    int fd = memfd_create("workbook", 0);
    ssize_t n = write(fd, bytes.ptr, bytes.len);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    unzFile zip = unzOpen64(path);
    int length = -1;
    if (n > 0 && unzLocateFile(zip, name, 1) == UNZ_OK && unzOpenCurrentFile(zip) == UNZ_OK) {
        length = unzReadCurrentFile(zip, text, sizeof text);
        unzCloseCurrentFile(zip);
    }
    unzClose(zip);
    close(fd);
    return length > 0 ? arena_str(&memory, (str){ text, (size_t)length }) : STR("");
}

static bool has(str text, const char *piece)
{
    return memmem(text.ptr, text.len, piece, strlen(piece)) != NULL;
}

static void test_written(void)
{
    str bytes = write_book(layout(), table, 3);
    keep("plain.xlsx", bytes);
    is_str(read_tab(bytes, STR("")), STR(HEADER ROWS2 "\n4 t:9133 _: d:1900-03-01"), "what was written is read");
    is_int(found.tab_count, 3, "with explanations and lists");
    ok(found.tabs[2].hidden, "of which the lists are hidden");
    is_str(read_tab(bytes, STR("说明")), STR("1 t:第一行\n3 t:第三行"), "the explanations");
    is_str(read_tab(bytes, STR("_lists")), STR("1 t:甲,乙\n2 t:丙\""), "the lists");
    is_str(write_book(layout(), table, 3), bytes, "the same rows give the same bytes");
    str sheet = part_of(bytes, "xl/worksheets/sheet1.xml");
    ok(has(sheet, "ySplit=\"1\"") && has(sheet, "state=\"frozen\""), "the header stays in sight");
    ok(has(sheet, "<autoFilter ref=\"A1:G4\"/>"), "a filter");
    ok(has(sheet, "sqref=\"D2:D1048576\"><formula1>_lists!$A$1:$A$2</formula1>"), "a list to choose from");
    ok(!has(sheet, "<f>"), "a text that looks like a formula is a text");
    ok(has(sheet, "<col min=\"1\" max=\"1\" width=\"20\" style=\"3\""),
       "a column of text is of text where it is empty");
    ok(!has(sheet, "legacyDrawing"), "no comments");
    is_str(read_tab(write_book(layout(), NULL, 0), STR("")), STR(HEADER), "no rows");
}

static void test_annotated(void)
{
    struct sheet_layout l = layout();
    l.note_title = STR("错误");
    str bytes = write_book(l, table, 3);
    keep("annotated.xlsx", bytes);
    is_str(read_tab(bytes, STR("")),
           STR(HEADER " t:错误" ROWS2
                      "\n4 t:9133 _: d:1900-03-01 _: _: _: _: t:重复; 统一社会信用代码: 校验码不对; 金额: 缺"),
           "what is wrong stands in the last column");
    str comments = part_of(bytes, "xl/comments1.xml");
    ok(has(comments, "<comment ref=\"A4\" authorId=\"0\"><text><t xml:space=\"preserve\">校验码不对</t>"), "a comment");
    ok(has(comments, "<comment ref=\"B4\""), "also of an empty cell");
    ok(has(part_of(bytes, "xl/drawings/vmlDrawing1.vml"), "<x:Row>3</x:Row><x:Column>1</x:Column>"), "and its box");
    ok(has(part_of(bytes, "xl/worksheets/sheet1.xml"), "<c r=\"A4\" s=\"4\""), "the cell is coloured");
    ok(has(part_of(bytes, "xl/worksheets/sheet1.xml"), "<c r=\"C4\" s=\"7\""), "its neighbour is not");
}

/* ---- Through the helper program ---- */

static enum error_code work(void *context, struct arena *a, const struct helper_request *request, struct buf *reply,
                            struct error *err)
{
    (void)context;
    return sheet_work(a, request, reply, err);
}

static int be_helper(void)
{
    static const char *const folders[] = { NULL };
    uint32_t rights = 0;
    struct error err = { .code = OK };
    if (sandbox_enter(&(struct sandbox){ folders, true }, &rights, &err) != OK) {
        _exit(9);
    }
    _exit(helper_serve(rights, work, NULL) ? 0 : 1);
}

static str read_file(struct helper *h, int file, const char *scratch)
{
    struct error err = { .code = OK };
    struct buf out = BUF_INIT(8 << 20);
    struct helper_sheet_read what = { .file = file, .tab = STR(""), .scratch = scratch };
    enum error_code code = helper_sheet_read(h, &memory, &what, dump_row, &out, &found, &err);
    str text = code == OK ? arena_str(&memory, buf_str(&out)) : error_text(&err);
    buf_release(&out);
    return text;
}

static int file_of(str bytes)
{
    int fd = memfd_create("file", MFD_CLOEXEC);
    return write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len ? fd : -1;
}

static enum error_code stop_at_second(void *context, const struct table_row *row, struct error *err)
{
    uint32_t *seen = context;
    return ++*seen == 2 ? error_set(err, ERROR_INVALID, "row %u", row->line) : OK;
}

/* A sink that is given rows before the workbook has been read: how often it began again, and what it has. */
struct early {
    struct buf rows;
    uint32_t again;
};

static enum error_code take_early(void *context, const struct table_row *row, struct error *err)
{
    struct early *e = context;
    return dump_row(&e->rows, row, err);
}

static enum error_code take_again(void *context, struct error *err)
{
    struct early *e = context;
    (void)err;
    e->again++;
    buf_clear(&e->rows);
    return OK;
}

static enum error_code stop_when_flagged(void *context, const struct table_row *row, struct error *err)
{
    struct early *e = context;
    bool merged = row->count > 1 && (row->cells[1].flags & TABLE_MERGED) != 0;
    return error_set(err, ERROR_INVALID, merged ? "stopped at marked rows" : "stopped, %u again", e->again);
}

static void test_read_early(struct helper *h)
{
    static const char rows_of[] = "<sheetData><row r=\"1\"><c><v>1</v></c><c r=\"C1\"><v>3</v></c></row></sheetData>";
    struct early e = { .rows = BUF_INIT(8 << 20) };
    struct error err = { .code = OK };
    struct helper_sheet_read what = { .tab = STR(""), .again = take_again };
    what.file = file_of(make_workbook(&memory, (struct workbook){ .sheet = rows_of }));
    is_int(helper_sheet_read(h, &memory, &what, take_early, &e, &found, &err), OK, "rows while the workbook is read");
    is_str(buf_str(&e.rows), STR("1 n:1 _: n:3"), "are all rows");
    is_int(e.again, 0, "given once");
    is_int(helper_sheet_read(h, &memory, &what, stop_when_flagged, &e, &found, &err), ERROR_INVALID, "a sink stops");
    is_str(str_of(err.message), STR("stopped, 0 again"), "as soon as there are rows");
    close(what.file);
    buf_clear(&e.rows);
    const char *merged = arena_printf(&memory, "%s<mergeCells><mergeCell ref=\"A1:B1\"/></mergeCells>", rows_of).ptr;
    what.file = file_of(make_workbook(&memory, (struct workbook){ .sheet = merged }));
    is_int(helper_sheet_read(h, &memory, &what, take_early, &e, &found, &err), OK, "rows of merged cells");
    is_str(buf_str(&e.rows), STR("1 n:1!M _:!M n:3"), "have a flag");
    is_int(e.again, 1, "because they were given again");
    is_int(helper_sheet_read(h, &memory, &what, stop_when_flagged, &e, &found, &err), ERROR_INVALID, "a sink stops");
    is_str(str_of(err.message), STR("stopped at marked rows"), "and is told of the merged cells nonetheless");
    close(what.file);
    const char *damaged = arena_printf(&memory, "%s<mergeCells", rows_of).ptr;
    what.file = file_of(make_workbook(&memory, (struct workbook){ .sheet = damaged }));
    is_int(helper_sheet_read(h, &memory, &what, stop_when_flagged, &e, &found, &err), ERROR_SYNTAX,
           "what is wrong with the workbook counts more");
    close(what.file);
    buf_release(&e.rows);
}

static void test_read_helped(struct helper *h)
{
    static const char sheet[] =
        "<sheetData><row r=\"1\"><c><v>1</v></c><c r=\"C1\"><v>3</v></c></row><row r=\"2\"><c r=\"C2\"><v>4</v></c>"
        "</row><row r=\"3\"><c r=\"C3\"><v>5</v></c></row></sheetData><mergeCells><mergeCell ref=\"C2:D3\"/>"
        "<mergeCell ref=\"A1:B2\"/></mergeCells>";
    str merged = make_workbook(&memory, (struct workbook){ .sheet = sheet });
    int file = file_of(merged);
    is_str(read_file(h, file, NULL), STR("1 n:1!M _:!M n:3\n2 _:!M _:!M n:4!M\n3 _: _: n:5!M"),
           "merged cells have a flag");
    is_str(read_file(h, file, "/no/such/folder"),
           STR("io: the scratch file could not be used: No such file or directory"), "no place for the scratch file");
    struct error err = { .code = OK };
    uint32_t seen = 0;
    struct helper_sheet_read what = { .file = file, .tab = STR("") };
    is_int(helper_sheet_read(h, &memory, &what, stop_at_second, &seen, &found, &err), ERROR_INVALID, "a sink may stop");
    is_str(str_of(err.message), STR("row 2"), "with its own error");
    close(file);
    file = file_of(STR("PK\x03\x04"));
    is_str(read_file(h, file, NULL), STR("syntax: the workbook is damaged: zip: the end of the file is missing"),
           "a refusal");
    close(file);
    file = file_of(STR(""));
    is_str(read_file(h, file, NULL), STR("invalid: the file is no workbook of the kind xlsx: it is no zip file"),
           "an empty file");
    close(file);
}

static void test_helped(void)
{
    struct helper *h;
    struct error err = { .code = OK };
    char own[4096];
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    own[n < 0 ? 0 : n] = '\0';
    if (!ok(helper_start(&memory, &(struct helper_config){ own, 0 }, &h, &err) == OK, "a helper program")) {
        return;
    }
    struct sheet_layout l = layout();
    l.note_title = STR("错误");
    struct source s = { table, 3, 0 };
    int file = memfd_create("workbook", MFD_CLOEXEC);
    enum error_code code = helper_sheet_write(h, &(struct helper_sheet_write){ file, NULL, &l }, next_row, &s, &err);
    is_int(code, OK, "the helper writes %s", code == OK ? "" : error_text(&err).ptr);
    is_str(file_text(&memory, file), write_book(l, table, 3), "the same bytes as without it");
    str got = read_file(h, file, NULL);
    ok(str_starts_with(got, STR(HEADER " t:错误" ROWS2)), "and reads them");
    close(file);
    test_read_helped(h);
    test_read_early(h);
    l.column_count = 0;
    s.next = 0;
    file = memfd_create("workbook", MFD_CLOEXEC);
    is_int(helper_sheet_write(h, &(struct helper_sheet_write){ file, NULL, &l }, next_row, &s, &err), ERROR_INVALID,
           "a workbook without a column");
    close(file);
    file = open("/dev/full", O_RDWR | O_CLOEXEC);
    l = layout();
    s.next = 0;
    is_int(helper_sheet_write(h, &(struct helper_sheet_write){ file, NULL, &l }, next_row, &s, &err), ERROR_IO,
           "a file that is full");
    close(file);
    helper_stop(h);
}

/* Packed rows as a program that was taken over could send them: each byte changed, each length cut. */
static void test_packed(void)
{
    struct table_cell unpacked[LIMIT_SHEET_COLUMNS];
    struct table_row row;
    struct buf packed = BUF_INIT(1 << 20), got = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);
    table_pack(&table[2], &packed);
    str bytes = buf_str(&packed);
    is_int((int64_t)table_packed_size(bytes), (int64_t)bytes.len, "the size of a packed row");
    ok(table_unpack(bytes, unpacked, &row), "a packed row");
    dump_row(&got, &row, NULL);
    dump_row(&want, &table[2], NULL);
    is_str(buf_str(&got), buf_str(&want), "comes back");
    is_str(row.note, STR("重复"), "with its note");
    is_str(row.cells[1].note, STR("缺"), "and those of its cells");
    bool fine = true;
    for (size_t i = 0; i < bytes.len; i++) {
        fine = fine && !table_unpack(str_slice(bytes, 0, i), unpacked, &row);
        char *copy = arena_alloc(&memory, bytes.len);
        memcpy(copy, bytes.ptr, bytes.len);
        copy[i] = (char)(copy[i] ^ 0xFF);
        if (table_unpack((str){ copy, bytes.len }, unpacked, &row)) {
            fine = fine && row.count == table[2].count;
        }
    }
    ok(fine, "what is cut or changed is refused or whole");
    buf_release(&packed);
    buf_release(&got);
    buf_release(&want);
}

/* ---- Limits ---- */

static str repeat(const char *piece, size_t times)
{
    size_t length = strlen(piece);
    char *p = arena_alloc(&memory, length * times + 1);
    for (size_t i = 0; i < times; i++) {
        memcpy(p + i * length, piece, length);
    }
    p[length * times] = '\0';
    return (str){ p, length * times };
}

#define HIT(name, got)                                                                                                 \
    ok(has((got), "limit " #name " = "), "LIMIT_%s: %.*s", #name, (int)((got).len < 90 ? (got).len : 90), (got).ptr)

static str in_rows(str inside)
{
    return read_sheet(
        (struct workbook){ .sheet = arena_printf(&memory, "<sheetData>%.*s</sheetData>", STR_ARG(inside)).ptr });
}

static void test_limits_of_cells(void)
{
    str row = STR("<row><c t=\"str\"><v>");
    str close_row = STR("</v></c></row>");
    HIT(SHEET_TEXT, in_rows(arena_printf(&memory, "%.*s%.*s%.*s", STR_ARG(row),
                                         STR_ARG(repeat("xxxxxxxx", LIMIT_SHEET_TEXT / 8 + 1)), STR_ARG(close_row))));
    str cell = arena_printf(&memory, "<c t=\"str\"><v>%.*s</v></c>", STR_ARG(repeat("xxxxxxxx", LIMIT_SHEET_TEXT / 8)));
    HIT(SHEET_ROW, in_rows(arena_printf(&memory, "<row>%.*s%.*s%.*s%.*s%.*s</row>", STR_ARG(cell), STR_ARG(cell),
                                        STR_ARG(cell), STR_ARG(cell), STR_ARG(cell))));
    str full = arena_printf(&memory, "<row>%.*s</row>", STR_ARG(repeat("<c><v>1</v></c>", LIMIT_SHEET_COLUMNS)));
    ok(str_starts_with(in_rows(full), STR("1 n:1")), "LIMIT_SHEET_COLUMNS columns");
    HIT(SHEET_COLUMNS,
        in_rows(arena_printf(&memory, "<row>%.*s</row>", STR_ARG(repeat("<c><v>1</v></c>", LIMIT_SHEET_COLUMNS + 1)))));
    ok(str_starts_with(in_rows(STR("<row><c r=\"A1\"><v>1</v></c><c r=\"XFD1\"/></row>")), STR("1 n:1")),
       "empty columns beyond do not count");
    HIT(SHEET_ROWS, in_rows(repeat("<row><c><v>1</v></c></row>", 1000000)));
    HIT(SHEET_DEPTH, in_rows(repeat("<x>", LIMIT_SHEET_DEPTH)));
    HIT(SHEET_MERGES,
        read_sheet((struct workbook){ .sheet = repeat("<mergeCell ref=\"A1:B2\"/>", LIMIT_SHEET_MERGES + 1).ptr }));
}

static void test_limits_of_books(void)
{
    HIT(SHEET_STRINGS, read_sheet((struct workbook){ .texts = repeat("<si/>", LIMIT_SHEET_STRINGS + 1).ptr }));
    HIT(SHEET_STYLES,
        read_sheet((struct workbook){ .formats = arena_printf(&memory, "<cellXfs>%.*s</cellXfs>",
                                                              STR_ARG(repeat("<xf/>", LIMIT_SHEET_STYLES + 1)))
                                                     .ptr }));
    HIT(SHEET_TABS,
        read_sheet((struct workbook){
            .sheets = repeat("<sheet name=\"a\" sheetId=\"1\" r:id=\"rId1\"/>", LIMIT_SHEET_TABS + 1).ptr }));
    struct zip_part *parts = ARENA_ARRAY(&memory, struct zip_part, LIMIT_SHEET_PARTS + 2);
    for (int i = 0; i <= LIMIT_SHEET_PARTS; i++) {
        parts[i] = (struct zip_part){ arena_printf(&memory, "p%d", i).ptr, STR("") };
    }
    HIT(SHEET_PARTS, read_tab(make_zip(&memory, parts), STR("")));
    HIT(SHEET_RATIO,
        read_sheet((struct workbook){ .sheet = repeat("                ", LIMIT_SHEET_FREE / 16 + 1).ptr }));
    str below = read_sheet((struct workbook){ .sheet = repeat("                ", LIMIT_SHEET_FREE / 16 - 20).ptr });
    is_str(below, STR(""), "LIMIT_SHEET_FREE: what is below it may be of any ratio");
    str large = { repeat("PK\x03\x04", LIMIT_SHEET_FILE / 4 + 1).ptr, LIMIT_SHEET_FILE + 1 };
    HIT(SHEET_FILE, read_tab(large, STR("")));
    arena_clear(&memory);
}

/* Texts that are packed badly, so that the ratio is not what is hit: SHEET_STRING_BYTES, then SHEET_UNPACKED. */
static void test_limits_of_sizes(void)
{
    enum { PIECE = 200 << 10, PIECES = LIMIT_SHEET_STRING_BYTES / PIECE + 1 };
    struct buf texts = BUF_INIT((size_t)PIECES * (PIECE + 32));
    uint32_t seed = 1;
    for (int i = 0; i < PIECES; i++) {
        buf_addz(&texts, "<si><t>");
        for (int k = 0; k < PIECE; k += 16) {
            char piece[17];
            seed = seed * 1664525 + 1013904223;
            snprintf(piece, sizeof piece, "%08xyyyyyyyy", seed);
            buf_addz(&texts, piece);
        }
        buf_addz(&texts, "</t></si>");
    }
    HIT(SHEET_STRING_BYTES, read_sheet((struct workbook){ .texts = texts.ptr }));
    buf_release(&texts);
    arena_clear(&memory);
}

/* The same part of stored bytes in the list of the zip file again and again would unpack without end: what is unpacked
 * in all is counted. Here one worksheet of blanks between rows grows beyond the bound. */
static void test_unpacked(void)
{
    enum { PIECE = 1 << 20 };
    char path[32];
    str piece = { arena_alloc(&memory, PIECE), PIECE };
    for (size_t i = 0; i < PIECE; i++) {
        ((char *)(uintptr_t)piece.ptr)[i] = i % 64 < 63 ? ' ' : (i / 64 * 2654435761u >> 13) % 2 == 0 ? '\n' : '\t';
    }
    str frame = make_workbook(&memory,
                              (struct workbook){ .sheets = "<sheet name=\"L\" sheetId=\"1\" r:id=\"rId2\"/>" });
    int fd = memfd_create("zip", 0);
    ssize_t n = write(fd, frame.ptr, frame.len);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    (void)n;
    struct zip_part parts[] = { { "_rels/.rels", part_of(frame, "_rels/.rels") },
                                { "xl/workbook.xml", part_of(frame, "xl/workbook.xml") },
                                { "xl/_rels/workbook.xml.rels", part_of(frame, "xl/_rels/workbook.xml.rels") },
                                { NULL, STR("") } };
    close(fd);
    fd = memfd_create("zip", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    zipFile zip = zipOpen64(path, APPEND_STATUS_CREATE);
    zip_fileinfo info = { .dosDate = 0x210000 };
    for (const struct zip_part *p = parts; p->name != NULL; p++) {
        zipOpenNewFileInZip(zip, p->name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 1);
        zipWriteInFileInZip(zip, p->text.ptr, (unsigned)p->text.len);
        zipCloseFileInZip(zip);
    }
    zipOpenNewFileInZip(zip, "xl/worksheets/sheet2.xml", &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 1);
    zipWriteInFileInZip(zip, "<worksheet>", 11);
    for (int i = 0; i <= LIMIT_SHEET_UNPACKED / PIECE; i++) {
        zipWriteInFileInZip(zip, piece.ptr, PIECE);
    }
    zipCloseFileInZip(zip);
    zipClose(zip, NULL);
    str bytes = file_text(&memory, fd);
    close(fd);
    HIT(SHEET_UNPACKED, read_tab(bytes, STR("")));
    arena_clear(&memory);
}

static enum error_code endless_row(void *context, struct table_row *ret, bool *ret_end, struct error *err)
{
    static const struct table_cell one[] = { BAD(TABLE_TEXT, "a", "b") };
    uint32_t *line = context;
    (void)err;
    *ret = (struct table_row){ .line = ++*line, .count = 1, .cells = one, .note = STR("") };
    *ret_end = false;
    return OK;
}

static void test_limits_of_writing(void)
{
    struct sheet_layout l = layout();
    struct error err = { .code = OK };
    l.about = repeat("x", LIMIT_SHEET_ABOUT + 1);
    HIT(SHEET_ABOUT, write_book(l, table, 3));
    str *many = ARENA_ARRAY(&memory, str, LIMIT_SHEET_CHOICES + 1);
    struct sheet_column column = {
        .title = STR("a"), .kind = TABLE_TEXT, .choices = many, .choice_count = LIMIT_SHEET_CHOICES + 1
    };
    l = (struct sheet_layout){ .tab = STR("a"), .columns = &column, .column_count = 1, .note_title = STR("n") };
    HIT(SHEET_CHOICES, write_book(l, table, 3));
    column.choice_count = 0;
    struct table_cell long_cell = { .kind = TABLE_TEXT, .text = repeat("长", LIMIT_SHEET_CELL + 1) };
    struct table_row row = { .line = 2, .count = 1, .cells = &long_cell };
    HIT(SHEET_CELL, write_book(l, &row, 1));
    long_cell.text.len -= 3;
    ok(str_starts_with(write_book(l, &row, 1), STR("PK")), "LIMIT_SHEET_CELL characters");
    int fd = memfd_create("workbook", MFD_CLOEXEC);
    uint32_t line = 0;
    enum error_code code = sheet_write(&l, endless_row, &line, fd, &err);
    is_int(code, ERROR_LIMIT, "rows without end");
    HIT(SHEET_ROWS, error_text(&err));
    close(fd);
}

struct some_rows {
    uint32_t line, count;
    str note;
};

static enum error_code noted_row(void *context, struct table_row *ret, bool *ret_end, struct error *err)
{
    static struct table_cell one;
    struct some_rows *s = context;
    (void)err;
    *ret_end = s->line == s->count;
    s->line++;
    one = (struct table_cell){ .kind = TABLE_TEXT, .text = STR("a"), .note = s->note };
    *ret = (struct table_row){ .line = s->line, .count = 1, .cells = &one, .note = STR("") };
    return OK;
}

/* How many comments there are of `count` notes; -1: the workbook was not written. */
static int comments_of(uint32_t count, str note)
{
    struct sheet_column column = { .title = STR("a"), .kind = TABLE_TEXT };
    struct sheet_layout l = { .tab = STR("a"), .columns = &column, .column_count = 1, .note_title = STR("n") };
    struct some_rows s = { 0, count, note };
    struct error err = { .code = OK };
    struct arena a = ARENA_INIT;
    char path[32];
    int fd = memfd_create("workbook", 0), comments = -1;
    if (sheet_write(&l, noted_row, &s, fd, &err) == OK) {
        comments = 0;
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        unzFile zip = unzOpen64(path);
        char *text = arena_alloc(&a, 64 << 20);
        unzLocateFile(zip, "xl/comments1.xml", 1);
        unzOpenCurrentFile(zip);
        int length = unzReadCurrentFile(zip, text, 64 << 20);
        unzCloseCurrentFile(zip);
        unzClose(zip);
        for (const char *p = text; (p = memmem(p, (size_t)(text + length - p), "<comment ", 9)) != NULL; p++) {
            comments++;
        }
    }
    close(fd);
    arena_release(&a);
    return comments;
}

static void test_limits_of_notes(void)
{
    is_int(comments_of(LIMIT_SHEET_NOTES + 5, STR("n")), LIMIT_SHEET_NOTES, "LIMIT_SHEET_NOTES comments");
    int many = comments_of(3 * LIMIT_SHEET_NOTE_BYTES / (30 << 10), repeat("n", 30 << 10));
    ok(many > 0 && many <= LIMIT_SHEET_NOTE_BYTES / (30 << 10), "LIMIT_SHEET_NOTE_BYTES: %d comments", many);
}

/* A helper program cannot fill a file without end: the text of 200 KiB, shared by all rows, is too much. */
static void test_output(void)
{
    struct helper *h;
    char own[4096];
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    own[n < 0 ? 0 : n] = '\0';
    str texts = arena_printf(&memory, "<si><t>%.*s</t></si>", STR_ARG(repeat("xxxxxxxx", 25 << 10)));
    str lines = repeat("<row><c t=\"s\"><v>0</v></c></row>", LIMIT_HELPER_OUTPUT / (200 << 10) + 1);
    str sheet = arena_printf(&memory, "<sheetData>%.*s</sheetData>", STR_ARG(lines));
    int file = file_of(make_workbook(&memory, (struct workbook){ .sheet = sheet.ptr, .texts = texts.ptr }));
    if (ok(helper_start(&memory, &(struct helper_config){ own, 0 }, &h, NULL) == OK, "a helper program")) {
        HIT(HELPER_OUTPUT, read_file(h, file, NULL));
        helper_stop(h);
    }
    close(file);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--serve") == 0) {
        return be_helper();
    }
    test_cells();
    test_dates();
    test_formats();
    test_book();
    test_other_files();
    test_damaged();
    test_written();
    test_annotated();
    test_packed();
    test_helped();
    test_limits_of_cells();
    test_limits_of_books();
    if (getenv("GONGSHI_LONG") != NULL) { /* script/test all: they unpack half a gigabyte under the sanitizers */
        test_limits_of_sizes();
        test_unpacked();
    }
    test_limits_of_writing();
    test_limits_of_notes();
    test_output();
    arena_release(&memory);
    return tap_done();
}
