/* csv: see csv.h.
 *
 * Rows and cells are found in the bytes as they are: in GB18030 no byte of a longer character is a separator, a
 * quotation mark or an end of line (the second and fourth are 0x30–0x39, 0x40–0x7E, 0x80–0xFE). So only the cells that
 * have other characters than ASCII are converted, and an error has the place in the file.
 */
#include "text/csv.h"

#include "base/limit.h"
#include "text/utf8.h"

#include <errno.h>
#include <iconv.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

enum { CELL_BYTES = LIMIT_SHEET_ROW };

struct reader {
    const char *start, *at, *end;
    const char *line_start;
    uint32_t line, rows;
    struct csv_options options;
    iconv_t converter;
    struct buf text; /* of the cells of this row that are not borrowed; one place, so it never moves */
    struct table_cell cells[LIMIT_SHEET_COLUMNS];
    uint32_t count; /* of cells, up to the last with content */
    struct error *err;
};

static enum error_code fail(struct reader *r, const char *at, enum error_code code)
{
    error_at(r->err, STR(""), r->line, (uint32_t)(at - r->line_start) + 1);
    return code;
}

static enum error_code fail_limit(struct reader *r, const char *name, int value)
{
    error_set(r->err, ERROR_LIMIT, "the table is too large");
    error_detail(r->err, "limit %s = %d", name, value);
    return fail(r, r->at, ERROR_LIMIT);
}

/* ---- The encoding ---- */

/* Bytes of characters outside of ASCII that are UTF-8, and all bytes outside of ASCII. */
static void count_utf8(str s, size_t *ret_fine, size_t *ret_all)
{
    size_t fine = 0, all = 0;
    for (size_t i = 0; i < s.len; i++) {
        size_t n = utf8_length_at(s.ptr + i, s.ptr + s.len);
        if ((unsigned char)s.ptr[i] >= 0x80) {
            bool is_utf8 = n > 2 && utf8_valid((str){ s.ptr + i, n });
            n = is_utf8 ? n : 1;
            fine += is_utf8 ? n : 0;
            all += n;
            i += n - 1;
        }
    }
    *ret_fine = fine;
    *ret_all = all;
}

static enum csv_encoding find_encoding(str s)
{
    size_t fine, all;
    if (utf8_valid(s)) {
        return CSV_UTF8;
    }
    count_utf8(s, &fine, &all);
    return fine > all / 2 ? CSV_UTF8 : CSV_GB18030;
}

/* The line and its start for a place of the file, for errors. */
static void go_to(struct reader *r, const char *place)
{
    for (const char *p = r->start; p < place; p++) {
        if (*p == '\n') {
            r->line++;
            r->line_start = p + 1;
        }
    }
}

static enum error_code check_utf8(struct reader *r)
{
    size_t valid = utf8_valid_length((str){ r->at, (size_t)(r->end - r->at) });
    if (r->at + valid == r->end) {
        return OK;
    }
    const char *bad = r->at + valid;
    go_to(r, bad);
    error_set(r->err, ERROR_SYNTAX, "the text is not UTF-8");
    error_detail(r->err, "byte 0x%02X", (unsigned char)*bad);
    error_hint(r->err, "save the table again as CSV in UTF-8");
    return fail(r, bad, ERROR_SYNTAX);
}

static enum error_code open_converter(const char *to, const char *from, iconv_t *ret, struct error *err)
{
    iconv_t c = iconv_open(to, from);
    if (c == (iconv_t)-1) {
        error_set(err, ERROR_IO, "this machine cannot convert GB18030");
        error_hint(err, "install the character conversions of the C library, or use UTF-8");
        return ERROR_IO;
    }
    *ret = c;
    return OK;
}

static enum error_code begin_encoding(struct reader *r)
{
    str s = { r->at, (size_t)(r->end - r->at) };
    if (str_starts_with(s, STR("\xFF\xFE")) || str_starts_with(s, STR("\xFE\xFF"))) {
        error_set(r->err, ERROR_INVALID, "the text is UTF-16, which is not read");
        error_hint(r->err, "save the table again as CSV in UTF-8");
        return fail(r, r->at, ERROR_INVALID);
    }
    if (r->options.encoding != CSV_GB18030 && str_starts_with(s, STR(BYTE_ORDER_MARK))) {
        r->options.encoding = CSV_UTF8;
        r->options.mark = true;
        r->at += strlen(BYTE_ORDER_MARK);
        r->line_start = r->at;
    }
    if (r->options.encoding == CSV_FIND) {
        r->options.encoding = (uint8_t)find_encoding(s);
    }
    return r->options.encoding == CSV_UTF8 ? check_utf8(r) : open_converter("UTF-8", "GB18030", &r->converter, r->err);
}

static bool is_ascii(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* Converts a piece of the file, which is one cell or a part of it, to the end of r->text. */
static enum error_code convert(struct reader *r, str piece)
{
    char *from = (char *)(uintptr_t)piece.ptr, chunk[4096];
    size_t left = piece.len;
    while (left > 0) {
        char *to = chunk;
        size_t room = sizeof chunk;
        size_t n = iconv(r->converter, &from, &left, &to, &room);
        buf_add(&r->text, (str){ chunk, sizeof chunk - room });
        if (n == (size_t)-1 && errno != E2BIG) {
            iconv(r->converter, NULL, NULL, NULL, NULL);
            error_set(r->err, ERROR_SYNTAX, "the text is neither UTF-8 nor GB18030");
            error_detail(r->err, "byte 0x%02X", (unsigned char)*from);
            error_hint(r->err, "save the table again as CSV in UTF-8");
            return fail(r, from, ERROR_SYNTAX);
        }
    }
    return OK;
}

/* ---- The separator ---- */

/* The one that is most often in the first row with content, outside of quotation marks; else the comma. */
static char find_separator(const struct reader *r)
{
    static const char candidates[] = ",;\t";
    size_t counts[3] = { 0 };
    bool quoted = false, content = false;
    for (const char *p = r->at; p < r->end; p++) {
        const char *c = *p == '\0' || quoted ? NULL : strchr(candidates, *p);
        if (c != NULL) {
            counts[c - candidates]++;
        } else if (*p == '"') {
            quoted = !quoted;
        } else if (!quoted && (*p == '\n' || *p == '\r')) {
            if (content) {
                break;
            }
            memset(counts, 0, sizeof counts);
        } else {
            content = true;
        }
    }
    size_t best = 0;
    for (size_t i = 1; i < 3; i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    return candidates[best];
}

/* ---- Cells ---- */

/* After any number of ' comes what a spreadsheet would compute. */
static bool is_formula(str s)
{
    size_t i = 0;
    while (i < s.len && s.ptr[i] == '\'') {
        i++;
    }
    return i < s.len && s.ptr[i] != '\0' && strchr("=+-@\t\r\n", s.ptr[i]) != NULL;
}

static enum error_code add_cell(struct reader *r, uint32_t index, str text)
{
    if (r->options.spreadsheet && text.len > 0 && text.ptr[0] == '\'' && is_formula(text)) {
        text = str_slice(text, 1, text.len);
    }
    if (text.len == 0) {
        return OK;
    }
    if (index >= LIMIT_SHEET_COLUMNS) {
        return fail_limit(r, "SHEET_COLUMNS", LIMIT_SHEET_COLUMNS);
    }
    for (; r->count <= index; r->count++) {
        r->cells[r->count] = (struct table_cell){ .kind = TABLE_EMPTY, .text = STR(""), .note = STR("") };
    }
    r->cells[index].kind = TABLE_TEXT;
    r->cells[index].text = text;
    return OK;
}

/* The text of r->text from `from` on. */
static enum error_code add_made_cell(struct reader *r, uint32_t index, size_t from)
{
    if (r->text.overflow) {
        return fail_limit(r, "SHEET_ROW", LIMIT_SHEET_ROW);
    }
    return add_cell(r, index, str_slice(buf_str(&r->text), from, r->text.len));
}

/* Counts the line that ends at `at`, where CR, LF or CR LF is; returns the place after it. */
static const char *end_line(struct reader *r, const char *at)
{
    at += *at == '\r' && at + 1 < r->end && at[1] == '\n' ? 2 : 1;
    r->line++;
    r->line_start = at;
    return at;
}

static enum error_code plain_cell(struct reader *r, uint32_t index)
{
    const char *from = r->at;
    while (r->at < r->end && *r->at != r->options.separator && *r->at != '\n' && *r->at != '\r') {
        if (*r->at == '\0') {
            error_set(r->err, ERROR_SYNTAX, "a table as text has no zero byte");
            return fail(r, r->at, ERROR_SYNTAX);
        }
        r->at++;
    }
    str raw = { from, (size_t)(r->at - from) };
    if (r->options.encoding == CSV_UTF8 || is_ascii(raw)) {
        return add_cell(r, index, raw);
    }
    size_t start = r->text.len;
    enum error_code code = convert(r, raw);
    return code == OK ? add_made_cell(r, index, start) : code;
}

/* Appends the piece from r->at to the next quotation mark, and goes there. */
static enum error_code quoted_piece(struct reader *r)
{
    const char *from = r->at;
    while (r->at < r->end && *r->at != '"' && *r->at != '\0') {
        r->at = *r->at == '\n' || *r->at == '\r' ? end_line(r, r->at) : r->at + 1;
    }
    str piece = { from, (size_t)(r->at - from) };
    if (r->options.encoding == CSV_GB18030 && !is_ascii(piece)) {
        return convert(r, piece);
    }
    buf_add(&r->text, piece);
    return OK;
}

static enum error_code quoted_cell(struct reader *r, uint32_t index)
{
    size_t start = r->text.len;
    uint32_t line = r->line;
    const char *opened = r->at, *line_start = r->line_start;
    for (r->at++;; r->at++) {
        enum error_code code = quoted_piece(r);
        if (code != OK) {
            return code;
        }
        if (r->at == r->end || *r->at == '\0') {
            r->line = line;
            r->line_start = line_start;
            error_set(r->err, ERROR_SYNTAX, "the quotation mark is never closed");
            return fail(r, opened, ERROR_SYNTAX);
        }
        r->at++;
        if (r->at == r->end || *r->at != '"') {
            break;
        }
        buf_addc(&r->text, '"');
    }
    if (r->at < r->end && *r->at != r->options.separator && *r->at != '\n' && *r->at != '\r') {
        error_set(r->err, ERROR_SYNTAX, "text after the closing quotation mark");
        error_hint(r->err, "inside a cell the quotation mark is written twice");
        return fail(r, r->at, ERROR_SYNTAX);
    }
    return add_made_cell(r, index, start);
}

/* ---- Rows ---- */

/* The cells of one row, and over its end. */
static enum error_code read_row(struct reader *r)
{
    const char *from = r->at;
    for (uint32_t index = 0;; index++) {
        bool quoted = r->at < r->end && *r->at == '"';
        enum error_code code = quoted ? quoted_cell(r, index) : plain_cell(r, index);
        if (code != OK) {
            return code;
        }
        if (r->at - from > LIMIT_SHEET_ROW / 2) {
            return fail_limit(r, "SHEET_ROW", LIMIT_SHEET_ROW);
        }
        if (r->at == r->end) {
            return OK;
        }
        if (*r->at != r->options.separator) {
            r->at = end_line(r, r->at);
            return OK;
        }
        r->at++;
    }
}

static enum error_code give_row(struct reader *r, uint32_t line, table_sink *sink, void *context)
{
    if (r->count == 0) {
        return OK;
    }
    if (++r->rows > LIMIT_SHEET_ROWS) {
        return fail_limit(r, "SHEET_ROWS", LIMIT_SHEET_ROWS);
    }
    return sink(context, &(struct table_row){ .line = line, .count = r->count, .cells = r->cells, .note = STR("") },
                r->err);
}

static enum error_code read_rows(struct reader *r, table_sink *sink, void *context)
{
    enum error_code code = OK;
    while (code == OK && r->at < r->end) {
        uint32_t line = r->line;
        r->count = 0;
        buf_clear(&r->text);
        code = read_row(r);
        code = code == OK ? give_row(r, line, sink, context) : code;
    }
    return code;
}

/* The buffer takes its whole size at once and does not move: cells point into it. Converted, a text is at most twice as
 * long: two bytes become three. */
static void take_room(struct buf *b, size_t length)
{
    static const char zeros[1 << 10];
    size_t pieces = length < CELL_BYTES / 2 ? 2 * length / sizeof zeros + 1 : CELL_BYTES / sizeof zeros;
    *b = (struct buf)BUF_INIT(pieces * sizeof zeros);
    for (size_t i = 0; i < pieces; i++) {
        buf_add(b, (str){ zeros, sizeof zeros });
    }
    buf_clear(b);
}

enum error_code csv_read(str bytes, struct csv_options options, table_sink *sink, void *context,
                         struct csv_options *ret_found, struct error *err)
{
    struct reader r = { .start = bytes.ptr,
                        .at = bytes.ptr,
                        .end = bytes.ptr + bytes.len,
                        .line_start = bytes.ptr,
                        .line = 1,
                        .options = options,
                        .err = err };
    enum error_code code = begin_encoding(&r);
    if (code == OK) {
        r.options.separator = options.separator != 0 ? options.separator : find_separator(&r);
        take_room(&r.text, bytes.len);
        code = read_rows(&r, sink, context);
    }
    if (r.converter != NULL) {
        iconv_close(r.converter);
    }
    buf_release(&r.text);
    if (code == OK && ret_found != NULL) {
        *ret_found = r.options;
    }
    return code;
}

/* ---- Writing ---- */

enum error_code csv_begin(struct csv_writer *w, struct csv_options options, struct buf *out, struct error *err)
{
    *w = (struct csv_writer){ .options = options, .out = out, .utf8 = BUF_INIT(4 * LIMIT_SHEET_ROW) };
    w->options.separator = options.separator != 0 ? options.separator : ',';
    if (options.encoding == CSV_GB18030) {
        return open_converter("GB18030", "UTF-8", &w->converter, err);
    }
    if (options.mark) {
        buf_addz(out, BYTE_ORDER_MARK);
    }
    return OK;
}

static bool needs_quotes(str s, char separator)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '"' || s.ptr[i] == '\n' || s.ptr[i] == '\r' || s.ptr[i] == separator) {
            return true;
        }
    }
    /* A text that begins with a byte order mark would lose it where it is the first of the file. */
    return s.len > 0 && (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ' || str_starts_with(s, STR(BYTE_ORDER_MARK)));
}

static void put_cell(struct csv_writer *w, const struct table_cell *c)
{
    bool quotes = needs_quotes(c->text, w->options.separator);
    if (quotes) {
        buf_addc(&w->utf8, '"');
    }
    if (w->options.spreadsheet && c->kind == TABLE_TEXT && is_formula(c->text)) {
        buf_addc(&w->utf8, '\'');
    }
    size_t from = 0;
    for (size_t i = 0; i < c->text.len; i++) {
        if (c->text.ptr[i] == '"') {
            buf_add(&w->utf8, str_slice(c->text, from, i + 1));
            from = i;
        }
    }
    buf_add(&w->utf8, str_slice(c->text, from, c->text.len));
    if (quotes) {
        buf_addc(&w->utf8, '"');
    }
}

/* Every character of Unicode has its place in GB18030, so what is UTF-8 can be converted. */
static void put_converted(struct csv_writer *w)
{
    char chunk[4096], *from = w->utf8.ptr;
    size_t left = w->utf8.len;
    while (left > 0) {
        char *to = chunk;
        size_t room = sizeof chunk;
        size_t n = iconv(w->converter, &from, &left, &to, &room);
        buf_add(w->out, (str){ chunk, sizeof chunk - room });
        if (n == (size_t)-1 && errno != E2BIG) {
            buf_addc(w->out, '?');
            from++;
            left--;
        }
    }
}

void csv_row(struct csv_writer *w, const struct table_row *row)
{
    buf_clear(&w->utf8);
    for (uint32_t i = 0; i < row->count; i++) {
        if (i > 0) {
            buf_addc(&w->utf8, w->options.separator);
        }
        put_cell(w, &row->cells[i]);
    }
    buf_addz(&w->utf8, "\r\n");
    if (w->utf8.overflow) {
        w->out->overflow = true;
    } else if (w->converter != NULL) {
        put_converted(w);
    } else {
        buf_add(w->out, buf_str(&w->utf8));
    }
}

void csv_end(struct csv_writer *w)
{
    if (w->converter != NULL) {
        iconv_close(w->converter);
    }
    buf_release(&w->utf8);
}
