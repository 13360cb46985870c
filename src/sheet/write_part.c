/* write_part: the parts of a written workbook that have no rows: types, links, styles, the list of worksheets, the
 * explanations, the lists of choices. See sheet_int.h. */
#include "sheet/sheet_int.h"

#include <string.h>

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define LINKS "http://schemas.openxmlformats.org/package/2006/relationships"
#define OFFICE_LINKS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define SHEET_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml."

/* Numbers of formats: the first that a file may define, and those that columns of dates have. */
enum { FORMAT_DATE = 164, FORMAT_DATE_TIME, FORMAT_TIME, FORMAT_COLUMNS, FORMAT_GENERAL = 0, FORMAT_TEXT = 49 };

bool sheet__has_notes(const struct sheet__writer *w)
{
    return w->layout->note_title.len > 0;
}

bool sheet__has_choices(const struct sheet__writer *w)
{
    for (uint32_t i = 0; i < w->layout->column_count; i++) {
        if (w->layout->columns[i].choice_count > 0) {
            return true;
        }
    }
    return false;
}

static bool has_about(const struct sheet__writer *w)
{
    return w->layout->about.len > 0 && w->layout->about_tab.len > 0;
}

uint32_t sheet__column_count(const struct sheet__writer *w)
{
    return w->layout->column_count + sheet__has_notes(w);
}

struct sheet_column sheet__column(const struct sheet__writer *w, uint32_t index)
{
    if (index < w->layout->column_count) {
        return w->layout->columns[index];
    }
    return (struct sheet_column){ .title = w->layout->note_title, .kind = TABLE_TEXT, .width = 60 };
}

uint32_t sheet__style(uint32_t column, bool marked)
{
    return SHEET__STYLE_COLUMNS + 2 * column + marked;
}

/* ---- Types and links ---- */

static void put_type(struct sheet__writer *w, const char *part, const char *type)
{
    buf_printf(&w->out, "<Override PartName=\"/xl/%s\" ContentType=\"" SHEET_TYPE "%s+xml\"/>", part, type);
}

static void write_types(struct sheet__writer *w)
{
    sheet__begin_part(w, "[Content_Types].xml");
    buf_addz(&w->out, "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
                      "<Default Extension=\"rels\" "
                      "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
                      "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
                      "<Default Extension=\"vml\" "
                      "ContentType=\"application/vnd.openxmlformats-officedocument.vmlDrawing\"/>");
    put_type(w, "workbook.xml", "sheet.main");
    put_type(w, "styles.xml", "styles");
    put_type(w, "worksheets/sheet1.xml", "worksheet");
    if (has_about(w)) {
        put_type(w, "worksheets/sheet2.xml", "worksheet");
    }
    if (sheet__has_choices(w)) {
        put_type(w, "worksheets/sheet3.xml", "worksheet");
    }
    if (sheet__has_notes(w)) {
        put_type(w, "comments1.xml", "comments");
    }
    buf_addz(&w->out, "</Types>");
    sheet__end_part(w);
}

static void begin_links(struct sheet__writer *w, const char *name)
{
    sheet__begin_part(w, name);
    buf_addz(&w->out, "<Relationships xmlns=\"" LINKS "\">");
}

static void put_link(struct sheet__writer *w, int id, const char *type, const char *target)
{
    buf_printf(&w->out, "<Relationship Id=\"rId%d\" Type=\"" OFFICE_LINKS "/%s\" Target=\"%s\"/>", id, type, target);
}

static void end_links(struct sheet__writer *w)
{
    buf_addz(&w->out, "</Relationships>");
    sheet__end_part(w);
}

static void write_links(struct sheet__writer *w)
{
    begin_links(w, "_rels/.rels");
    put_link(w, 1, "officeDocument", "xl/workbook.xml");
    end_links(w);
    begin_links(w, "xl/_rels/workbook.xml.rels");
    put_link(w, 1, "worksheet", "worksheets/sheet1.xml");
    if (has_about(w)) {
        put_link(w, 2, "worksheet", "worksheets/sheet2.xml");
    }
    if (sheet__has_choices(w)) {
        put_link(w, 3, "worksheet", "worksheets/sheet3.xml");
    }
    put_link(w, 4, "styles", "styles.xml");
    end_links(w);
    if (sheet__has_notes(w)) {
        begin_links(w, "xl/worksheets/_rels/sheet1.xml.rels");
        put_link(w, 1, "vmlDrawing", "../drawings/vmlDrawing1.vml");
        put_link(w, 2, "comments", "../comments1.xml");
        end_links(w);
    }
}

/* ---- Styles ---- */

static uint32_t format_of(const struct sheet__writer *w, uint32_t index)
{
    struct sheet_column c = sheet__column(w, index);
    if (c.format.len > 0) {
        return FORMAT_COLUMNS + index;
    }
    switch ((enum table_kind)c.kind) {
    case TABLE_TEXT:
        return FORMAT_TEXT;
    case TABLE_DATE:
        return FORMAT_DATE;
    case TABLE_DATE_TIME:
        return FORMAT_DATE_TIME;
    case TABLE_TIME:
        return FORMAT_TIME;
    default:
        return FORMAT_GENERAL;
    }
}

static void put_format(struct sheet__writer *w, uint32_t id, str code)
{
    buf_printf(&w->out, "<numFmt numFmtId=\"%u\" formatCode=\"", id);
    sheet__put_text(&w->out, code);
    buf_addz(&w->out, "\"/>");
}

static void put_formats(struct sheet__writer *w)
{
    uint32_t count = FORMAT_COLUMNS - FORMAT_DATE;
    for (uint32_t i = 0; i < w->layout->column_count; i++) {
        count += w->layout->columns[i].format.len > 0;
    }
    buf_printf(&w->out, "<numFmts count=\"%u\">", count);
    put_format(w, FORMAT_DATE, STR("yyyy-mm-dd"));
    put_format(w, FORMAT_DATE_TIME, STR("yyyy-mm-dd hh:mm:ss"));
    put_format(w, FORMAT_TIME, STR("hh:mm:ss"));
    for (uint32_t i = 0; i < w->layout->column_count; i++) {
        if (w->layout->columns[i].format.len > 0) {
            put_format(w, FORMAT_COLUMNS + i, w->layout->columns[i].format);
        }
    }
    buf_addz(&w->out, "</numFmts>");
}

static void put_cell_style(struct sheet__writer *w, uint32_t format, int font, int fill, bool wraps)
{
    buf_printf(&w->out,
               "<xf numFmtId=\"%u\" fontId=\"%d\" fillId=\"%d\" borderId=\"0\" xfId=\"0\" "
               "applyNumberFormat=\"1\" applyFont=\"1\" applyFill=\"1\"",
               format, font, fill);
    buf_addz(&w->out, wraps ? " applyAlignment=\"1\"><alignment vertical=\"top\" wrapText=\"1\"/></xf>" : "/>");
}

static void write_styles(struct sheet__writer *w)
{
    enum { PLAIN_FONT, BOLD_FONT };
    enum { NO_FILL, HEADER_FILL = 2, MARK_FILL };
    uint32_t columns = sheet__column_count(w);
    sheet__begin_part(w, "xl/styles.xml");
    buf_addz(&w->out, "<styleSheet xmlns=\"" MAIN "\">");
    put_formats(w);
    buf_addz(&w->out,
             "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"宋体\"/></font>"
             "<font><b/><sz val=\"11\"/><name val=\"宋体\"/></font></fonts>"
             "<fills count=\"4\"><fill><patternFill patternType=\"none\"/></fill>"
             "<fill><patternFill patternType=\"gray125\"/></fill>"
             "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFD9E1F2\"/></patternFill></fill>"
             "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFFFC7CE\"/></patternFill></fill></fills>"
             "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
             "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>"
             "</cellStyleXfs>");
    buf_printf(&w->out, "<cellXfs count=\"%u\">", SHEET__STYLE_COLUMNS + 2 * columns);
    put_cell_style(w, FORMAT_GENERAL, PLAIN_FONT, NO_FILL, false);
    put_cell_style(w, FORMAT_TEXT, BOLD_FONT, HEADER_FILL, true);
    put_cell_style(w, FORMAT_TEXT, PLAIN_FONT, NO_FILL, true);
    for (uint32_t i = 0; i < columns; i++) {
        put_cell_style(w, format_of(w, i), PLAIN_FONT, NO_FILL, false);
        put_cell_style(w, format_of(w, i), PLAIN_FONT, MARK_FILL, false);
    }
    buf_addz(&w->out, "</cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/>"
                      "</cellStyles></styleSheet>");
    sheet__end_part(w);
}

void sheet__write_first_parts(struct sheet__writer *w)
{
    write_types(w);
    write_links(w);
    write_styles(w);
}

/* ---- The list of worksheets ---- */

static void put_sheet(struct sheet__writer *w, str name, int id, bool hidden)
{
    buf_addz(&w->out, "<sheet name=\"");
    sheet__put_text(&w->out, name);
    buf_printf(&w->out, "\" sheetId=\"%d\"%s r:id=\"rId%d\"/>", id, hidden ? " state=\"hidden\"" : "", id);
}

/* The name of the worksheet as formulas have it. */
static void put_quoted_name(struct sheet__writer *w, str name)
{
    buf_addc(&w->out, '\'');
    for (size_t i = 0; i < name.len; i++) {
        sheet__put_text(&w->out, str_slice(name, i, i + 1));
        if (name.ptr[i] == '\'') {
            buf_addc(&w->out, '\'');
        }
    }
    buf_addc(&w->out, '\'');
}

void sheet__write_workbook(struct sheet__writer *w)
{
    sheet__begin_part(w, "xl/workbook.xml");
    buf_addz(&w->out, "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" OFFICE_LINKS "\">"
                      "<bookViews><workbookView activeTab=\"0\"/></bookViews><sheets>");
    put_sheet(w, w->layout->tab, 1, false);
    if (has_about(w)) {
        put_sheet(w, w->layout->about_tab, 2, false);
    }
    if (sheet__has_choices(w)) {
        put_sheet(w, STR(SHEET__LISTS), 3, true);
    }
    buf_addz(&w->out, "</sheets><definedNames>"
                      "<definedName name=\"_xlnm._FilterDatabase\" localSheetId=\"0\" hidden=\"1\">");
    put_quoted_name(w, w->layout->tab);
    buf_addz(&w->out, "!$A$1:$");
    sheet__put_place(&w->out, 0, sheet__column_count(w) - 1);
    buf_printf(&w->out, "$%u</definedName></definedNames></workbook>", w->lines);
    sheet__end_part(w);
}

/* ---- Explanations and lists ---- */

static void put_plain_cell(struct sheet__writer *w, uint32_t line, uint32_t column, str text)
{
    buf_addz(&w->out, "<c r=\"");
    sheet__put_place(&w->out, line, column);
    buf_printf(&w->out, "\" s=\"%d\" t=\"inlineStr\"><is><t xml:space=\"preserve\">", SHEET__STYLE_ABOUT);
    sheet__put_text(&w->out, text);
    buf_addz(&w->out, "</t></is></c>");
    sheet__pass_on(w);
}

void sheet__write_about(struct sheet__writer *w)
{
    str rest = w->layout->about;
    if (!has_about(w)) {
        return;
    }
    sheet__begin_part(w, "xl/worksheets/sheet2.xml");
    buf_addz(&w->out, "<worksheet xmlns=\"" MAIN "\"><cols><col min=\"1\" max=\"1\" width=\"100\" customWidth=\"1\"/>"
                      "</cols><sheetData>");
    for (uint32_t line = 1; rest.len > 0; line++) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        size_t length = end != NULL ? (size_t)(end - rest.ptr) : rest.len;
        buf_printf(&w->out, "<row r=\"%u\">", line);
        put_plain_cell(w, line, 0, str_slice(rest, 0, length));
        buf_addz(&w->out, "</row>");
        rest = str_slice(rest, end != NULL ? length + 1 : length, rest.len);
    }
    buf_addz(&w->out, "</sheetData></worksheet>");
    sheet__end_part(w);
}

/* Row `line` of all lists; false when none is so long. */
static bool put_choices(struct sheet__writer *w, uint32_t line)
{
    uint32_t list = 0;
    bool any = false;
    buf_printf(&w->out, "<row r=\"%u\">", line);
    for (uint32_t i = 0; i < w->layout->column_count; i++) {
        const struct sheet_column *c = &w->layout->columns[i];
        if (line <= c->choice_count) {
            put_plain_cell(w, line, list, c->choices[line - 1]);
            any = true;
        }
        list += c->choice_count > 0;
    }
    buf_addz(&w->out, "</row>");
    return any;
}

void sheet__write_lists(struct sheet__writer *w)
{
    if (!sheet__has_choices(w)) {
        return;
    }
    sheet__begin_part(w, "xl/worksheets/sheet3.xml");
    buf_addz(&w->out, "<worksheet xmlns=\"" MAIN "\"><sheetData>");
    for (uint32_t line = 1; put_choices(w, line); line++) {
    }
    buf_addz(&w->out, "</sheetData></worksheet>");
    sheet__end_part(w);
}
