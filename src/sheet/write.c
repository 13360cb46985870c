/* write: a workbook, part after part, straight into its file. See sheet.h.
 *
 * Rows come once and go out at once; texts are written into their cells instead of a table of shared texts. minizip
 * compresses and, at the end of each part, goes back to the head of the part to note its size. The library that
 * writes workbooks elsewhere (libxlsxwriter) keeps a worksheet in a file of its own while it writes: in the sandbox
 * there is no such file.
 */
#include "sheet/sheet_int.h"

#include "text/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { PASS_ON = 64 << 10, OUT_MAX = 16 << 20, LEVEL = 3, LAST_LINE = 1048576, DOS_1980 = 0x210000 };

/* ---- What minizip writes to ---- */

static voidpf open_file(voidpf w, const void *name, int mode)
{
    (void)name, (void)mode;
    return w;
}

static uLong read_file(voidpf opaque, voidpf stream, void *to, uLong size)
{
    (void)opaque, (void)stream, (void)to, (void)size;
    return 0;
}

static uLong write_file(voidpf opaque, voidpf stream, const void *from, uLong size)
{
    struct sheet__writer *w = stream;
    (void)opaque;
    for (uLong at = 0; at < size;) {
        ssize_t n = write(w->file, (const char *)from + at, size - at);
        if (n < 0 && errno != EINTR) {
            w->failed = errno;
            return at;
        }
        at += n > 0 ? (uLong)n : 0;
    }
    return size;
}

static ZPOS64_T tell_file(voidpf opaque, voidpf stream)
{
    struct sheet__writer *w = stream;
    (void)opaque;
    return (ZPOS64_T)lseek(w->file, 0, SEEK_CUR);
}

static long seek_file(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
    struct sheet__writer *w = stream;
    (void)opaque;
    int whence = origin == ZLIB_FILEFUNC_SEEK_CUR ? SEEK_CUR : origin == ZLIB_FILEFUNC_SEEK_END ? SEEK_END : SEEK_SET;
    return lseek(w->file, (off_t)offset, whence) < 0 ? -1 : 0;
}

static int no_error(voidpf opaque, voidpf stream)
{
    (void)opaque, (void)stream;
    return 0;
}

/* ---- Parts ---- */

static void note_failure(struct sheet__writer *w, int result)
{
    if (result != ZIP_OK && w->failed == 0) {
        w->failed = EIO;
    }
}

void sheet__begin_part(struct sheet__writer *w, const char *name)
{
    zip_fileinfo info = { .dosDate = DOS_1980 };
    note_failure(w, zipOpenNewFileInZip(w->zip, name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, LEVEL));
    buf_clear(&w->out);
    buf_addz(&w->out, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n");
}

static void flush(struct sheet__writer *w)
{
    if (w->failed == 0) {
        note_failure(w, zipWriteInFileInZip(w->zip, w->out.ptr, (unsigned)w->out.len));
    }
    w->out.len = 0;
}

void sheet__pass_on(struct sheet__writer *w)
{
    if (w->out.len >= PASS_ON) {
        flush(w);
    }
}

void sheet__end_part(struct sheet__writer *w)
{
    flush(w);
    note_failure(w, zipCloseFileInZip(w->zip));
}

/* ---- Text ---- */

/* Whether a reader would take the text at p for an escape: _xHHHH_. */
static bool looks_escaped(const char *p, const char *end)
{
    return end - p >= 7 && p[1] == 'x' && p[6] == '_';
}

static void put_special(struct buf *out, const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;
    switch (c) {
    case '<':
        buf_addz(out, "&lt;");
        break;
    case '>':
        buf_addz(out, "&gt;");
        break;
    case '&':
        buf_addz(out, "&amp;");
        break;
    case '"':
        buf_addz(out, "&quot;");
        break;
    case '_':
        buf_addz(out, looks_escaped(p, end) ? "_x005F_" : "_");
        break;
    default:
        buf_printf(out, c == 0 ? "\xEF\xBF\xBD" : "_x%04X_", c);
        break;
    }
}

static bool is_special(unsigned char c)
{
    return c == '<' || c == '>' || c == '&' || c == '"' || c == '_' || (c < 0x20 && c != '\t' && c != '\n');
}

void sheet__put_text(struct buf *out, str text)
{
    const char *end = text.ptr + text.len, *from = text.ptr;
    for (const char *p = text.ptr; p < end; p++) {
        bool unknown = *p == '\xEF' && end - p >= 3 && p[1] == '\xBF' && (p[2] == '\xBE' || p[2] == '\xBF');
        if (!unknown && !is_special((unsigned char)*p)) {
            continue;
        }
        buf_add(out, (str){ from, (size_t)(p - from) });
        if (unknown) {
            buf_addz(out, "\xEF\xBF\xBD"); /* U+FFFE and U+FFFF, which XML has not */
            p += 2;
        } else {
            put_special(out, p, end);
        }
        from = p + 1;
    }
    buf_add(out, (str){ from, (size_t)(end - from) });
}

void sheet__put_place(struct buf *out, uint32_t line, uint32_t column)
{
    char letters[4];
    int n = 0;
    for (uint32_t c = column + 1; c > 0; c = (c - 1) / 26) {
        letters[n++] = (char)('A' + (c - 1) % 26);
    }
    while (n > 0) {
        buf_addc(out, letters[--n]);
    }
    if (line > 0) {
        char digits[10];
        for (; line > 0; line /= 10) {
            digits[n++] = (char)('0' + line % 10);
        }
        while (n > 0) {
            buf_addc(out, digits[--n]);
        }
    }
}

/* ---- Cells ---- */

static void begin_cell(struct sheet__writer *w, uint32_t column, uint32_t style)
{
    char digits[10];
    int n = 0;
    for (; style > 0; style /= 10) {
        digits[n++] = (char)('0' + style % 10);
    }
    buf_add(&w->out, STR("<c r=\""));
    sheet__put_place(&w->out, w->lines, column);
    buf_add(&w->out, STR("\" s=\""));
    while (n > 0) {
        buf_addc(&w->out, digits[--n]);
    }
    buf_addc(&w->out, '"');
}

static void put_text_cell(struct sheet__writer *w, str text)
{
    buf_add(&w->out, STR(" t=\"inlineStr\"><is><t xml:space=\"preserve\">"));
    sheet__put_text(&w->out, text);
    buf_add(&w->out, STR("</t></is></c>"));
}

static void put_value_cell(struct sheet__writer *w, const char *type, str value)
{
    buf_addz(&w->out, type);
    buf_add(&w->out, STR("<v>"));
    buf_add(&w->out, value);
    buf_add(&w->out, STR("</v></c>"));
}

/* The value of a cell of a column of numbers or dates; false when it must be text, so that nothing of it is lost. */
static bool value_of(const struct table_cell *c, enum table_kind column, struct buf *value)
{
    struct sheet__decimal d;
    bool is_moment = c->kind >= TABLE_DATE && c->kind <= TABLE_DATE_TIME;
    bool for_moments = column >= TABLE_DATE && column <= TABLE_DATE_TIME;
    if (c->kind == TABLE_NUMBER && (column == TABLE_NUMBER || column == TABLE_EMPTY)) {
        if (sheet__parse_number(c->text, &d) && !d.rounded && d.point < 300 && d.point > -300) {
            sheet__print_number(&d, value);
            return true;
        }
    } else if (is_moment && for_moments) {
        return sheet__serial(c->text, value);
    }
    return false;
}

static void put_cell(struct sheet__writer *w, uint32_t index, const struct table_cell *c, bool marked)
{
    char space[64];
    struct buf value = { space, 0, sizeof space, sizeof space - 1, false }; /* no longer than its ceiling: stays here */
    enum table_kind column = (enum table_kind)sheet__column(w, index).kind;
    begin_cell(w, index, sheet__style(index, marked));
    if (c->text.len == 0) {
        buf_add(&w->out, STR("/>"));
    } else if (c->kind == TABLE_BOOLEAN && (column == TABLE_BOOLEAN || column == TABLE_EMPTY)) {
        put_value_cell(w, " t=\"b\">", str_eq(c->text, STR("true")) ? STR("1") : STR("0"));
    } else if (value_of(c, column, &value) && !value.overflow) {
        put_value_cell(w, ">", buf_str(&value));
    } else {
        put_text_cell(w, c->text);
    }
}

/* ---- Rows ---- */

static enum error_code check_length(struct sheet__writer *w, str text)
{
    if (text.len <= LIMIT_SHEET_CELL || utf8_count(text) <= LIMIT_SHEET_CELL) {
        return OK;
    }
    error_set(w->err, ERROR_LIMIT, "a text is too long for a cell of a workbook");
    error_detail(w->err, "limit %s = %d", "SHEET_CELL", LIMIT_SHEET_CELL);
    error_at(w->err, STR(""), w->lines, 0);
    return ERROR_LIMIT;
}

static void add_note(struct buf *joined, str title, str note)
{
    if (note.len > 0) {
        buf_addz(joined, joined->len > 0 ? "; " : "");
        buf_add(joined, title);
        buf_addz(joined, title.len > 0 ? ": " : "");
        buf_add(joined, note);
    }
}

/* All notes of the row in the column behind the last, cut where a cell ends. */
static void put_notes(struct sheet__writer *w, const struct table_row *row)
{
    struct buf joined = BUF_INIT(LIMIT_SHEET_ROW * 2);
    add_note(&joined, STR(""), row->note);
    for (uint32_t i = 0; i < row->count; i++) {
        add_note(&joined, sheet__column(w, i).title, row->cells[i].note);
    }
    if (joined.len > 0) {
        str text = buf_str(&joined);
        text.len = utf8_offset(text, LIMIT_SHEET_CELL);
        uint32_t column = w->layout->column_count;
        put_cell(w, column, &(struct table_cell){ .text = text, .kind = TABLE_TEXT }, true);
    }
    buf_release(&joined);
}

static enum error_code put_row(struct sheet__writer *w, const struct table_row *row)
{
    bool notes = sheet__has_notes(w);
    w->lines++;
    if (w->lines > LIMIT_SHEET_ROWS) {
        return sheet__too_large(w->err, "SHEET_ROWS", LIMIT_SHEET_ROWS);
    }
    buf_printf(&w->out, "<row r=\"%u\">", w->lines);
    for (uint32_t i = 0; i < row->count && i < w->layout->column_count; i++) {
        const struct table_cell *c = &row->cells[i];
        bool marked = notes && c->note.len > 0;
        enum error_code code = check_length(w, c->text);
        if (code != OK) {
            return code;
        }
        if (c->text.len > 0 || marked) {
            put_cell(w, i, c, marked);
        }
        if (marked) {
            sheet__keep_note(w, w->lines, i, c->note);
        }
    }
    if (notes) {
        put_notes(w, row);
    }
    buf_add(&w->out, STR("</row>"));
    sheet__pass_on(w);
    return OK;
}

static enum error_code put_rows(struct sheet__writer *w, table_source *source, void *context)
{
    for (;;) {
        struct table_row row;
        bool end = false;
        enum error_code code = source(context, &row, &end, w->err);
        if (code != OK || end) {
            return code;
        }
        code = put_row(w, &row);
        if (code != OK || w->failed != 0) {
            return code;
        }
    }
}

/* ---- The worksheet ---- */

/* Columns of the screen: a Chinese character takes two. */
static uint32_t breadth(str text)
{
    uint32_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
        n += (unsigned char)text.ptr[i] >= 0xE2;
    }
    return n;
}

static uint32_t width_of(const struct sheet_column *c)
{
    uint32_t least = c->kind == TABLE_DATE_TIME ? 20 : 12;
    uint32_t title = breadth(c->title) + 4; /* with the button of the filter */
    return c->width > 0 ? c->width : title < least ? least : title > 60 ? 60 : title;
}

static void put_head(struct sheet__writer *w)
{
    uint32_t count = sheet__column_count(w);
    buf_addz(&w->out, "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" "
                      "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">"
                      "<sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" "
                      "activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><cols>");
    for (uint32_t i = 0; i < count; i++) {
        struct sheet_column c = sheet__column(w, i);
        buf_printf(&w->out, "<col min=\"%u\" max=\"%u\" width=\"%u\" style=\"%u\" customWidth=\"1\"/>", i + 1, i + 1,
                   width_of(&c), sheet__style(i, false));
    }
    buf_addz(&w->out, "</cols><sheetData><row r=\"1\">");
    w->lines = 1;
    for (uint32_t i = 0; i < count; i++) {
        begin_cell(w, i, SHEET__STYLE_HEADER);
        put_text_cell(w, sheet__column(w, i).title);
        sheet__pass_on(w);
    }
    buf_addz(&w->out, "</row>");
}

static void put_validations(struct sheet__writer *w)
{
    uint32_t list = 0;
    if (!sheet__has_choices(w)) {
        return;
    }
    buf_addz(&w->out, "<dataValidations>");
    for (uint32_t i = 0; i < w->layout->column_count; i++) {
        const struct sheet_column *c = &w->layout->columns[i];
        if (c->choice_count == 0) {
            continue;
        }
        buf_addz(&w->out, "<dataValidation type=\"list\" allowBlank=\"1\" showErrorMessage=\"1\" sqref=\"");
        sheet__put_place(&w->out, 2, i);
        buf_addc(&w->out, ':');
        sheet__put_place(&w->out, LAST_LINE, i);
        buf_addz(&w->out, "\"><formula1>" SHEET__LISTS "!$");
        sheet__put_place(&w->out, 0, list);
        buf_addz(&w->out, "$1:$");
        sheet__put_place(&w->out, 0, list++);
        buf_printf(&w->out, "$%u</formula1></dataValidation>", c->choice_count);
    }
    buf_addz(&w->out, "</dataValidations>");
}

static void put_foot(struct sheet__writer *w)
{
    buf_addz(&w->out, "</sheetData><autoFilter ref=\"A1:");
    sheet__put_place(&w->out, w->lines, sheet__column_count(w) - 1);
    buf_addz(&w->out, "\"/>");
    put_validations(w);
    if (sheet__has_notes(w)) {
        buf_addz(&w->out, "<legacyDrawing r:id=\"rId1\"/>");
    }
    buf_addz(&w->out, "</worksheet>");
}

/* ---- The whole ---- */

static enum error_code check_layout(const struct sheet_layout *l, struct error *err)
{
    size_t choices = 0;
    for (uint32_t i = 0; i < l->column_count; i++) {
        choices += l->columns[i].choice_count;
    }
    bool fits = l->tab.len > 0 && utf8_count(l->tab) <= 31 && utf8_count(l->about_tab) <= 31;
    if (l->column_count == 0 || !fits || str_eq(l->tab, l->about_tab) || str_eq(l->tab, STR(SHEET__LISTS))) {
        return error_set(err, ERROR_INVALID, "a workbook needs a column and a name of its worksheet");
    }
    if (l->column_count + (l->note_title.len > 0) > LIMIT_SHEET_COLUMNS) {
        return sheet__too_large(err, "SHEET_COLUMNS", LIMIT_SHEET_COLUMNS);
    }
    if (choices > LIMIT_SHEET_CHOICES) {
        return sheet__too_large(err, "SHEET_CHOICES", LIMIT_SHEET_CHOICES);
    }
    return l->about.len > LIMIT_SHEET_ABOUT ? sheet__too_large(err, "SHEET_ABOUT", LIMIT_SHEET_ABOUT) : OK;
}

static enum error_code write_parts(struct sheet__writer *w, table_source *source, void *context)
{
    sheet__write_first_parts(w);
    sheet__begin_part(w, "xl/worksheets/sheet1.xml");
    put_head(w);
    enum error_code code = put_rows(w, source, context);
    put_foot(w);
    sheet__end_part(w);
    if (code == OK) {
        sheet__write_notes(w);
        sheet__write_about(w);
        sheet__write_lists(w);
        sheet__write_workbook(w);
    }
    return code;
}

enum error_code sheet_write(const struct sheet_layout *layout, table_source *source, void *context, int file,
                            struct error *err)
{
    struct sheet__writer w = {
        .file = file, .layout = layout, .out = BUF_INIT(OUT_MAX), .err = err, .notes = BUF_INIT(LIMIT_SHEET_NOTE_BYTES)
    };
    zlib_filefunc64_def functions = { .zopen64_file = open_file,
                                      .zread_file = read_file,
                                      .zwrite_file = write_file,
                                      .ztell64_file = tell_file,
                                      .zseek64_file = seek_file,
                                      .zclose_file = no_error,
                                      .zerror_file = no_error,
                                      .opaque = &w };
    enum error_code code = check_layout(layout, err);
    if (code != OK) {
        return code;
    }
    w.zip = zipOpen2_64("", APPEND_STATUS_CREATE, NULL, &functions);
    note_failure(&w, w.zip != NULL ? ZIP_OK : ZIP_ERRNO);
    if (w.zip != NULL) {
        code = write_parts(&w, source, context);
        note_failure(&w, zipClose(w.zip, NULL));
    }
    if (code == OK && w.failed == EFBIG) {
        code = sheet__too_large(err, "HELPER_OUTPUT", LIMIT_HELPER_OUTPUT);
    } else if (code == OK && w.failed != 0) {
        error_set(err, ERROR_IO, "the workbook could not be written");
        error_detail(err, "%s", strerrordesc_np(w.failed));
        code = ERROR_IO;
    }
    buf_release(&w.out);
    buf_release(&w.notes);
    return code;
}
