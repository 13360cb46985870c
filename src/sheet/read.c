/* read: one worksheet, row by row. See sheet.h and ECMA-376 part 1, 18.3.1. */
#include "sheet/sheet_int.h"

#include "cal/cal.h"

enum { LAST_LINE = 1048576, LAST_COLUMN = 16384, HIDDEN_WORDS = (LIMIT_SHEET_COLUMNS + 63) / 64 };

/* A cell while its elements come. */
struct cell {
    uint32_t column;
    char type; /* the first letter of s, str (t), inlineStr (i), b, e, d, n */
    enum sheet__format format;
    bool formula, value;
    size_t from; /* of its text in reader.text */
};

struct reader {
    struct sheet__book book;
    table_sink *sink;
    void *context;
    struct error *err;

    struct table_cell cells[LIMIT_SHEET_COLUMNS];
    struct table_row row;
    struct buf text; /* of the row: one place, so it never moves, because cells point into it */
    uint32_t next_column;
    struct cell cell;
    bool in_row, in_cell, in_inline, in_reading;
    bool wants_text; /* inside of v, or of t that is no reading aid */

    uint64_t hidden[HIDDEN_WORDS]; /* a bit for each column */
    struct sheet_found found;
    struct buf merges; /* of struct sheet_range */
};

/* ---- Places ---- */

/* A1: line and column; either may be 0 and UINT32_MAX for "not there". False when it is no place. */
static bool read_place(const char *p, uint32_t *ret_line, uint32_t *ret_column)
{
    uint32_t column = 0;
    for (; *p >= 'A' && *p <= 'Z' && column <= LAST_COLUMN; p++) {
        column = column * 26 + (uint32_t)(*p - 'A') + 1;
    }
    if (column == 0 || column > LAST_COLUMN || !sheet__whole(p, LAST_LINE, ret_line) || *ret_line == 0) {
        return false;
    }
    *ret_column = column - 1;
    return true;
}

static enum error_code broken_here(struct reader *r, const char *detail)
{
    enum error_code code = sheet__broken(&r->book.zip, detail);
    error_at(r->err, STR(""), r->row.line, r->in_cell ? r->cell.column + 1 : 0);
    return code;
}

static enum error_code too_large_here(struct reader *r, const char *name, int value)
{
    enum error_code code = sheet__too_large(r->err, name, value);
    error_at(r->err, STR(""), r->row.line, 0);
    return code;
}

/* ---- Cells ---- */

static bool is_hidden(const struct reader *r, uint32_t column)
{
    return (r->hidden[column / 64] >> column % 64 & 1) != 0;
}

/* The cell in the row, with empty ones before it. */
static enum error_code put_cell(struct reader *r, enum table_kind kind, str text, unsigned flags)
{
    uint32_t column = r->cell.column;
    flags |= r->cell.formula ? TABLE_FORMULA : 0;
    if (kind == TABLE_EMPTY && (r->cell.value || flags == 0)) {
        return OK;
    }
    if (column >= LIMIT_SHEET_COLUMNS) {
        return too_large_here(r, "SHEET_COLUMNS", LIMIT_SHEET_COLUMNS);
    }
    for (; r->row.count <= column; r->row.count++) {
        r->cells[r->row.count] = (struct table_cell){ .kind = TABLE_EMPTY, .text = STR(""), .note = STR("") };
    }
    flags |= is_hidden(r, column) ? TABLE_HIDDEN : 0;
    r->cells[column] = (struct table_cell){
        .kind = (uint8_t)kind, .text = text, .note = STR(""), .flags = (uint16_t)flags
    };
    r->found.flags |= flags;
    return OK;
}

static enum error_code put_shared(struct reader *r, str digits)
{
    uint32_t index;
    str text;
    char zero_terminated[12];
    if (digits.len >= sizeof zero_terminated) {
        return broken_here(r, "a shared text is not there");
    }
    memcpy(zero_terminated, digits.ptr, digits.len);
    zero_terminated[digits.len] = '\0';
    if (!sheet__whole(zero_terminated, UINT32_MAX, &index) || !sheet__shared_text(&r->book, index, &text)) {
        return broken_here(r, "a shared text is not there");
    }
    return put_cell(r, text.len > 0 ? TABLE_TEXT : TABLE_EMPTY, text, 0);
}

/* What was written to r->text since `from`. */
static str made(const struct reader *r, size_t from)
{
    return str_slice(buf_str(&r->text), from, r->text.len);
}

static enum error_code put_number(struct reader *r, str raw)
{
    struct sheet__decimal d;
    enum sheet__format format = r->cell.format;
    size_t from = r->text.len;
    if (!sheet__parse_number(raw, &d)) {
        return broken_here(r, "a number is none");
    }
    enum table_kind kind = TABLE_EMPTY;
    unsigned flags = 0;
    if (format >= SHEET__DATE) {
        kind = sheet__print_serial(&d, format, r->book.from_1904, &r->text);
        flags = kind == TABLE_EMPTY ? TABLE_NO_DATE : 0;
    }
    if (kind == TABLE_EMPTY) {
        sheet__print_number(&d, &r->text);
        flags |= sheet__is_imprecise(&d, format) ? TABLE_IMPRECISE : 0;
        kind = TABLE_NUMBER;
    }
    return r->text.overflow ? too_large_here(r, "SHEET_ROW", LIMIT_SHEET_ROW) : put_cell(r, kind, made(r, from), flags);
}

/* Whether nothing but a fraction of a second follows. */
static bool ends_at(str s, size_t length)
{
    return s.len == length || (s.len > length && s.ptr[length] == '.');
}

/* A date as ISO 8601, of the strict form of workbooks; what is none stays text. */
static enum error_code put_iso_date(struct reader *r, str raw)
{
    cal_date date;
    cal_datetime moment;
    cal_time time;
    if (raw.len > 0 && raw.ptr[raw.len - 1] == 'Z') {
        raw.len--;
    }
    if (raw.len == 10 && cal_parse_date(raw, &date)) {
        return put_cell(r, TABLE_DATE, raw, 0);
    }
    if (ends_at(raw, 19) && raw.ptr[10] == 'T' && cal_parse_datetime(str_slice(raw, 0, 19), &moment)) {
        return put_cell(r, TABLE_DATE_TIME, str_slice(raw, 0, 19), 0);
    }
    if (ends_at(raw, 8) && cal_parse_time(str_slice(raw, 0, 8), &time)) {
        return put_cell(r, TABLE_TIME, str_slice(raw, 0, 8), 0);
    }
    return put_cell(r, TABLE_TEXT, raw, 0);
}

static enum error_code finish_cell(struct reader *r)
{
    str raw = r->text.len > 0 ? made(r, r->cell.from) : STR("");
    if (raw.len == 0 && r->cell.type != 't') {
        r->cell.value = false; /* some write <v/> where they have computed nothing */
    }
    switch (r->cell.value ? r->cell.type : 0) {
    case 0:
        return put_cell(r, TABLE_EMPTY, STR(""), 0);
    case 's':
        return put_shared(r, raw);
    case 't':
    case 'i':
        raw.len = sheet__unescape((char *)(uintptr_t)raw.ptr, raw.len);
        return put_cell(r, raw.len > 0 ? TABLE_TEXT : TABLE_EMPTY, raw, 0);
    case 'b':
        return put_cell(r, TABLE_BOOLEAN,
                        str_eq(raw, STR("1")) || str_eq(raw, STR("true")) ? STR("true") : STR("false"), 0);
    case 'e':
        return put_cell(r, TABLE_ERROR, raw, 0);
    case 'd':
        return put_iso_date(r, raw);
    default:
        return put_number(r, str_trim(raw));
    }
}

static enum error_code begin_cell(struct reader *r, const char **attributes)
{
    uint32_t style = 0, line = r->row.line;
    const char *type = NULL, *place = NULL;
    for (; *attributes != NULL; attributes += 2) {
        const char *name = attributes[0];
        if (name[0] == 'r' && name[1] == '\0') {
            place = attributes[1];
        } else if (name[0] == 't' && name[1] == '\0') {
            type = attributes[1];
        } else if (name[0] == 's' && name[1] == '\0' && !sheet__whole(attributes[1], UINT32_MAX, &style)) {
            style = 0;
        }
    }
    r->cell = (struct cell){ .column = r->next_column, .type = 'n', .from = r->text.len };
    r->in_cell = true;
    if ((place != NULL && !read_place(place, &line, &r->cell.column)) || line != r->row.line) {
        return broken_here(r, "a cell is not where it says");
    }
    if (type != NULL) {
        r->cell.type = strcmp(type, "str") == 0 ? 't' : type[0];
    }
    r->cell.format = sheet__format_of(&r->book, style);
    r->next_column = r->cell.column + 1;
    return OK;
}

/* ---- Rows ---- */

static enum error_code begin_row(struct reader *r, const char **attributes)
{
    const char *place = sheet__attribute(attributes, "r");
    uint32_t line = r->row.line + 1;
    r->in_row = true;
    if ((place != NULL && !sheet__whole(place, LAST_LINE, &line)) || line <= r->row.line || line > LAST_LINE) {
        return broken_here(r, "the rows are not in order");
    }
    bool hidden = sheet__is_true(sheet__attribute(attributes, "hidden"));
    r->row = (struct table_row){ .line = line, .flags = hidden ? TABLE_HIDDEN : 0, .cells = r->cells, .note = STR("") };
    r->next_column = 0;
    buf_clear(&r->text);
    return OK;
}

static enum error_code end_row(struct reader *r)
{
    r->in_row = false;
    if (r->row.count == 0) {
        return OK;
    }
    if (++r->found.rows > LIMIT_SHEET_ROWS) {
        return too_large_here(r, "SHEET_ROWS", LIMIT_SHEET_ROWS);
    }
    r->found.hidden_rows += (r->row.flags & TABLE_HIDDEN) != 0;
    return r->sink(r->context, &r->row, r->err);
}

/* ---- What stands around the rows ---- */

static void hide_columns(struct reader *r, const char **attributes)
{
    uint32_t first, last;
    if (!sheet__is_true(sheet__attribute(attributes, "hidden")) ||
        !sheet__whole(sheet__attribute(attributes, "min"), LAST_COLUMN, &first) ||
        !sheet__whole(sheet__attribute(attributes, "max"), LAST_COLUMN, &last)) {
        return;
    }
    for (uint32_t i = first; i >= 1 && i <= last && i <= LIMIT_SHEET_COLUMNS; i++) {
        r->hidden[(i - 1) / 64] |= UINT64_C(1) << (i - 1) % 64;
    }
}

static enum error_code add_merge(struct reader *r, const char **attributes)
{
    const char *reference = sheet__attribute(attributes, "ref");
    const char *colon = reference != NULL ? strchr(reference, ':') : NULL;
    struct sheet_range range;
    char first[16];
    if (colon == NULL || (size_t)(colon - reference) >= sizeof first) {
        return OK; /* one cell, or nothing */
    }
    memcpy(first, reference, (size_t)(colon - reference));
    first[colon - reference] = '\0';
    if (!read_place(first, &range.first_line, &range.first_column) ||
        !read_place(colon + 1, &range.last_line, &range.last_column) || range.last_line < range.first_line ||
        range.last_column < range.first_column) {
        return broken_here(r, "a merged range is none");
    }
    buf_add(&r->merges, (str){ (const char *)&range, sizeof range });
    return r->merges.overflow ? sheet__too_large(r->err, "SHEET_MERGES", LIMIT_SHEET_MERGES) : OK;
}

static enum error_code start(void *context, const char *name, const char **attributes)
{
    struct reader *r = context;
    if (r->in_cell) {
        if (strcmp(name, "v") == 0 || (strcmp(name, "t") == 0 && r->in_inline && !r->in_reading)) {
            r->wants_text = r->cell.value = true;
        } else if (strcmp(name, "f") == 0) {
            r->cell.formula = true;
        } else if (strcmp(name, "is") == 0) {
            r->in_inline = true;
        } else if (strcmp(name, "rPh") == 0) {
            r->in_reading = true;
        }
        return OK;
    }
    if (r->in_row) {
        return strcmp(name, "c") == 0 ? begin_cell(r, attributes) : OK;
    }
    if (strcmp(name, "row") == 0) {
        return begin_row(r, attributes);
    }
    if (strcmp(name, "col") == 0) {
        hide_columns(r, attributes);
    }
    return strcmp(name, "mergeCell") == 0 ? add_merge(r, attributes) : OK;
}

static enum error_code end(void *context, const char *name)
{
    struct reader *r = context;
    if (r->in_cell) {
        r->wants_text = false;
        if (strcmp(name, "rPh") == 0) {
            r->in_reading = false;
        } else if (strcmp(name, "c") == 0) {
            enum error_code code = finish_cell(r);
            r->in_cell = r->in_inline = r->in_reading = false;
            return code;
        }
        return OK;
    }
    return r->in_row && strcmp(name, "row") == 0 ? end_row(r) : OK;
}

static enum error_code text(void *context, str piece)
{
    struct reader *r = context;
    buf_add(&r->text, piece);
    if (r->text.overflow) {
        return too_large_here(r, "SHEET_ROW", LIMIT_SHEET_ROW);
    }
    return r->text.len - r->cell.from > LIMIT_SHEET_TEXT ? too_large_here(r, "SHEET_TEXT", LIMIT_SHEET_TEXT) : OK;
}

/* ---- The whole ---- */

/* Takes the whole size at once, so that the buffer does not move while cells point into it. */
static void take_room(struct buf *b, size_t size)
{
    static const char zeros[1 << 10];
    for (size_t i = 0; i < size; i += sizeof zeros) {
        buf_add(b, (str){ zeros, sizeof zeros });
    }
    buf_clear(b);
}

static void tell_found(struct reader *r, uint32_t tab, struct sheet_found *ret)
{
    struct arena *a = r->book.arena;
    struct sheet_tab *tabs = ARENA_ARRAY(a, struct sheet_tab, r->book.tab_count);
    for (uint32_t i = 0; i < r->book.tab_count; i++) {
        tabs[i] = (struct sheet_tab){ r->book.tabs[i].name, r->book.tabs[i].hidden };
    }
    r->found.tabs = tabs;
    r->found.tab_count = r->book.tab_count;
    r->found.tab = tab;
    r->found.merge_count = (uint32_t)(r->merges.len / sizeof(struct sheet_range));
    r->found.merges = (const struct sheet_range *)(const void *)arena_str(a, buf_str(&r->merges)).ptr;
    *ret = r->found;
}

static enum error_code read_sheet(struct reader *r, str tab_name, struct sheet_found *ret)
{
    uint32_t tab = 0;
    struct sheet__book *b = &r->book;
    struct sheet__handler h = { start, end, text, &r->wants_text, r };
    enum error_code code = sheet__read_book(b);
    code = code == OK ? sheet__find_tab(b, tab_name, &tab, r->err) : code;
    code = code == OK ? sheet__read_formats(b) : code;
    code = code == OK ? sheet__read_texts(b) : code;
    if (code != OK) {
        return code;
    }
    code = sheet__parse_part(&b->zip, b->tabs[tab].part, &h);
    if (code == ERROR_MISSING && r->found.rows == 0 && r->row.line == 0) {
        return sheet__broken(&b->zip, "a part is missing");
    }
    if (code == OK) {
        tell_found(r, tab, ret);
    }
    return code;
}

enum error_code sheet_read(struct arena *a, str bytes, str tab, table_sink *sink, void *context,
                           struct sheet_found *ret, struct error *err)
{
    struct reader *r = ARENA_NEW(a, struct reader);
    struct error own = { .lang = LANG_EN };
    r->err = err != NULL ? err : &own;
    r->sink = sink;
    r->context = context;
    r->text = (struct buf)BUF_INIT(LIMIT_SHEET_ROW / 2);
    r->merges = (struct buf)BUF_INIT((size_t)LIMIT_SHEET_MERGES * sizeof(struct sheet_range));
    r->book.arena = a;
    enum error_code code = sheet__open(&r->book.zip, bytes, r->err);
    if (code == OK) {
        take_room(&r->text, LIMIT_SHEET_ROW / 2);
        code = read_sheet(r, tab, ret);
    }
    sheet__close(&r->book.zip);
    buf_release(&r->text);
    buf_release(&r->merges);
    buf_release(&r->book.texts);
    buf_release(&r->book.ends);
    buf_release(&r->book.formats);
    return code;
}
