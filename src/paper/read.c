/* read: a request becomes a document. Everything is checked here: a name that is not known, a value of the wrong kind,
 * a bound that is passed. Errors carry the line and column of the request. */
#include "paper/paper.h"

#include "base/limit.h"
#include "text/json.h"
#include "text/utf8.h"

struct reader {
    struct arena *arena;
    str source;
    struct error *err;
    size_t text_bytes, cells; /* used so far */
    enum error_code code;     /* of the first error; nothing is read after it */
};

/* ---- Errors ---- */

static void place(struct reader *r, uint32_t at)
{
    uint32_t line = 1, column = 1;
    for (uint32_t i = 0; i < at; i++) {
        unsigned char byte = (unsigned char)r->source.ptr[i];
        line += byte == '\n';
        column = byte == '\n' ? 1 : column + ((byte & 0xC0) != 0x80);
    }
    error_at(r->err, STR(""), line, column);
}

static void fail(struct reader *r, const struct json *at, const char *message, str detail)
{
    if (r->code == OK) {
        enum lang lang = r->err != NULL ? r->err->lang : LANG_EN;
        r->code = error_set(r->err, ERROR_INVALID, "%s", lang_text(lang, message));
        error_detail(r->err, "%.*s", STR_ARG(detail));
        place(r, at->at);
    }
}

static void fail_limit(struct reader *r, const struct json *at, const char *name, int value)
{
    if (r->code == OK) {
        r->code = error_set(r->err, ERROR_LIMIT, "the document is too large");
        error_detail(r->err, "limit %s = %d", name, value);
        place(r, at->at);
    }
}

/* ---- Values ---- */

/* Line ends are the only control characters that mean something on paper. */
static void check_characters(struct reader *r, const struct json *v, bool lines)
{
    for (size_t i = 0; i < v->text.len; i++) {
        unsigned char c = (unsigned char)v->text.ptr[i];
        if ((c < 0x20 && !(lines && c == '\n')) || c == 0x7F) {
            fail(r, v, "a control character cannot be printed", STR(""));
        }
    }
}

/* A string, or a number as it is written. */
static str read_text(struct reader *r, const struct json *v, str name)
{
    if (v->kind != JSON_STRING && v->kind != JSON_NUMBER) {
        fail(r, v, "a text or a number is expected", name);
        return STR("");
    }
    check_characters(r, v, true);
    r->text_bytes += v->text.len;
    if (r->text_bytes > LIMIT_PAPER_TEXT) {
        fail_limit(r, v, "PAPER_TEXT", LIMIT_PAPER_TEXT);
    }
    return v->text;
}

/* One word of a list that ends with NULL: its place in it. */
static uint32_t read_word(struct reader *r, const struct json *v, str name, const char *const *words)
{
    for (uint32_t i = 0; v->kind == JSON_STRING && words[i] != NULL; i++) {
        if (str_eq(v->text, str_of(words[i]))) {
            return i;
        }
    }
    fail(r, v, "the value is not one of those that are known", name);
    return 0;
}

/* A whole number from 1 to max, as a number or a text. */
static uint32_t read_count(struct reader *r, const struct json *v, str name, uint32_t max)
{
    uint32_t n = 0;
    bool fine = (v->kind == JSON_STRING || v->kind == JSON_NUMBER) && v->text.len > 0 && v->text.len <= 6;
    for (size_t i = 0; fine && i < v->text.len; i++) {
        fine = v->text.ptr[i] >= '0' && v->text.ptr[i] <= '9';
        n = n * 10 + (uint32_t)(v->text.ptr[i] - '0');
    }
    if (!fine || n < 1 || n > max) {
        fail(r, v, "a whole number is expected", arena_printf(r->arena, "%.*s: 1–%u", STR_ARG(name), max));
        return 1;
    }
    return n;
}

static bool is_container(struct reader *r, const struct json *v, enum json_kind kind, str name)
{
    if (v->kind != kind) {
        fail(r, v, kind == JSON_ARRAY ? "a list is expected" : "an object is expected", name);
    }
    return v->kind == kind;
}

/* "2026-07-01T08:00:00" and Z or an offset; `0` stands for a digit. */
static bool is_like(str s, const char *pattern)
{
    bool fine = s.len == strlen(pattern);
    for (size_t i = 0; fine && i < s.len; i++) {
        bool digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';
        fine = pattern[i] == '0' ? digit : pattern[i] == '+' ? s.ptr[i] == '+' || s.ptr[i] == '-'
                                                             : s.ptr[i] == pattern[i];
    }
    return fine;
}

static str read_instant(struct reader *r, const struct json *v, str name)
{
    bool fine = v->kind == JSON_STRING &&
                (is_like(v->text, "0000-00-00T00:00:00Z") || is_like(v->text, "0000-00-00T00:00:00+00:00"));
    if (!fine) {
        fail(r, v, "a date and time such as 2026-07-01T08:00:00+08:00 is expected", name);
    }
    return v->text;
}

/* ---- Objects: what members there are, and where their values go ---- */

enum member_type { TEXT, WORD_ALIGN, WORD_PAGE, WORD_LANGUAGE, INSTANT, LEVEL, WIDTH, OTHER };

struct member {
    const char *name;
    enum member_type type;
    size_t offset;
    bool needed;
};

static const char *const aligns[] = { "left", "center", "right", NULL };
static const char *const pages[] = { "A4", "A4-landscape", "A5", NULL };
static const char *const languages[] = { "en", "zh", NULL };

enum { LEVEL_MAX = 3, WIDTH_MAX = 1000 };

static void read_member(struct reader *r, const struct member *m, const struct json *v, char *object)
{
    str name = str_of(m->name), *text = (str *)(void *)(object + m->offset);
    uint32_t *number = (uint32_t *)(void *)(object + m->offset);
    switch (m->type) {
    case TEXT:
        *text = read_text(r, v, name);
        break;
    case INSTANT:
        *text = read_instant(r, v, name);
        break;
    case WORD_ALIGN:
        *number = read_word(r, v, name, aligns);
        break;
    case WORD_PAGE:
        *number = read_word(r, v, name, pages);
        break;
    case WORD_LANGUAGE:
        *number = read_word(r, v, name, languages);
        break;
    case LEVEL:
        *number = read_count(r, v, name, LEVEL_MAX);
        break;
    case WIDTH:
        *number = read_count(r, v, name, WIDTH_MAX);
        break;
    case OTHER:
        break;
    }
}

static const struct member *find_member(const struct member *members, str name)
{
    while (members->name != NULL && !str_eq(name, str_of(members->name))) {
        members++;
    }
    return members->name != NULL ? members : NULL;
}

/* Reads the members of an object by their table, which ends with a row without a name. */
static void read_members(struct reader *r, const struct json *v, const struct member *members, void *object)
{
    for (uint32_t i = 0; r->code == OK && i < v->count; i++) {
        const struct member *m = find_member(members, v->names[i]);
        if (m == NULL) {
            fail(r, &v->items[i], "this name is not known here", v->names[i]);
        } else {
            read_member(r, m, &v->items[i], object);
        }
    }
    for (; r->code == OK && members->name != NULL; members++) {
        if (members->needed && json_member(v, str_of(members->name)) == NULL) {
            fail(r, v, "something is missing", str_of(members->name));
        }
    }
}

/* ---- Tables ---- */

static void read_columns(struct reader *r, const struct json *v, struct paper_block *b)
{
    static const struct member members[] = {
        { "title", TEXT, offsetof(struct paper_column, title), true },
        { "width", WIDTH, offsetof(struct paper_column, width), false },
        { "align", WORD_ALIGN, offsetof(struct paper_column, align), false },
        { NULL, OTHER, 0, false },
    };
    if (!is_container(r, v, JSON_ARRAY, STR("columns"))) {
        return;
    }
    if (v->count == 0) {
        fail(r, v, "a table needs a column", STR(""));
    } else if (v->count > LIMIT_PAPER_COLUMNS) {
        fail_limit(r, v, "PAPER_COLUMNS", LIMIT_PAPER_COLUMNS);
        return;
    }
    struct paper_column *columns = ARENA_ARRAY(r->arena, struct paper_column, v->count);
    for (uint32_t i = 0; r->code == OK && i < v->count; i++) {
        columns[i].width = 1;
        if (is_container(r, &v->items[i], JSON_OBJECT, STR("columns"))) {
            read_members(r, &v->items[i], members, &columns[i]);
        }
    }
    b->columns = columns;
    b->column_count = v->count;
}

static void read_rows(struct reader *r, const struct json *v, struct paper_block *b)
{
    if (r->code != OK || !is_container(r, v, JSON_ARRAY, STR("rows"))) {
        return;
    }
    r->cells += (size_t)v->count * b->column_count;
    if (r->cells > LIMIT_PAPER_CELLS) {
        fail_limit(r, v, "PAPER_CELLS", LIMIT_PAPER_CELLS);
        return;
    }
    str *cells = ARENA_ARRAY(r->arena, str, (size_t)v->count * b->column_count);
    b->cells = cells;
    b->row_count = v->count;
    for (uint32_t i = 0; r->code == OK && i < v->count; i++) {
        const struct json *row = &v->items[i];
        if (is_container(r, row, JSON_ARRAY, STR("rows")) && row->count != b->column_count) {
            fail(r, row, "the row has not as many cells as the table has columns",
                 arena_printf(r->arena, "%u ≠ %u", row->count, b->column_count));
        }
        for (uint32_t c = 0; r->code == OK && c < b->column_count; c++) {
            *cells++ = read_text(r, &row->items[c], STR("rows"));
        }
    }
}

/* ---- Blocks ---- */

#define BLOCK(member) offsetof(struct paper_block, member)

static const struct block_kind {
    const char *name;
    struct member members[4];
} kinds[] = {
    [PAPER_TITLE] = { "title", { { "type", OTHER, 0, true }, { "text", TEXT, BLOCK(text), true },
                                 { "level", LEVEL, BLOCK(level), false } } },
    [PAPER_PARAGRAPH] = { "paragraph", { { "type", OTHER, 0, true }, { "text", TEXT, BLOCK(text), true },
                                         { "align", WORD_ALIGN, BLOCK(align), false } } },
    [PAPER_TABLE] = { "table", { { "type", OTHER, 0, true }, { "columns", OTHER, 0, true },
                                 { "rows", OTHER, 0, true } } },
    [PAPER_FIELD] = { "field", { { "type", OTHER, 0, true }, { "label", TEXT, BLOCK(text), true },
                                 { "value", TEXT, BLOCK(more), true } } },
    [PAPER_QR] = { "qr", { { "type", OTHER, 0, true }, { "text", TEXT, BLOCK(text), true },
                           { "caption", TEXT, BLOCK(more), false } } },
    [PAPER_SIGNATURE] = { "signature", { { "type", OTHER, 0, true }, { "name", TEXT, BLOCK(text), true },
                                         { "date", TEXT, BLOCK(more), false } } },
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static const struct block_kind *find_kind(struct reader *r, const struct json *v)
{
    const struct json *type = json_member(v, STR("type"));
    for (size_t i = 0; type != NULL && type->kind == JSON_STRING && i < KINDS; i++) {
        if (str_eq(type->text, str_of(kinds[i].name))) {
            return &kinds[i];
        }
    }
    fail(r, type != NULL ? type : v, "the type of the block is not known", STR("type"));
    return NULL;
}

static void read_block(struct reader *r, const struct json *v, struct paper_block *b)
{
    const struct block_kind *kind = is_container(r, v, JSON_OBJECT, STR("blocks")) ? find_kind(r, v) : NULL;
    if (kind == NULL) {
        return;
    }
    b->kind = (enum paper_kind)(kind - kinds);
    b->level = 1;
    read_members(r, v, kind->members, b);
    if (r->code == OK && b->kind == PAPER_TABLE) {
        read_columns(r, json_member(v, STR("columns")), b);
        read_rows(r, json_member(v, STR("rows")), b);
    }
    if (b->kind == PAPER_QR && b->text.len > LIMIT_PAPER_QR) {
        fail_limit(r, json_member(v, STR("text")), "PAPER_QR", LIMIT_PAPER_QR);
    }
    if (r->code == OK && b->kind == PAPER_QR && b->text.len == 0) {
        fail(r, v, "a QR code needs a text", STR(""));
    }
}

static void read_blocks(struct reader *r, const struct json *v, struct paper_document *d)
{
    if (!is_container(r, v, JSON_ARRAY, STR("blocks"))) {
        return;
    }
    if (v->count > LIMIT_PAPER_BLOCKS) {
        fail_limit(r, v, "PAPER_BLOCKS", LIMIT_PAPER_BLOCKS);
        return;
    }
    struct paper_block *blocks = ARENA_ARRAY(r->arena, struct paper_block, v->count);
    for (uint32_t i = 0; r->code == OK && i < v->count; i++) {
        read_block(r, &v->items[i], &blocks[i]);
    }
    d->blocks = blocks;
    d->block_count = v->count;
}

/* What goes into the information of the file has no lines. */
static void check_line(struct reader *r, const struct json *v, str name)
{
    const struct json *text = json_member(v, name);
    if (text != NULL) {
        check_characters(r, text, false);
    }
}

enum error_code paper_read(struct arena *a, str json, struct paper_document *ret, struct error *err)
{
    static const struct member members[] = {
        { "title", TEXT, offsetof(struct paper_document, title), true },
        { "author", TEXT, offsetof(struct paper_document, author), false },
        { "created", INSTANT, offsetof(struct paper_document, created), true },
        { "footer", TEXT, offsetof(struct paper_document, footer), false },
        { "page", WORD_PAGE, offsetof(struct paper_document, page), false },
        { "language", WORD_LANGUAGE, offsetof(struct paper_document, language), false },
        { "blocks", OTHER, 0, true },
        { NULL, OTHER, 0, false },
    };
    struct json v;
    struct reader r = { .arena = a, .source = json, .err = err };
    struct paper_document d = { .title = STR(""), .author = STR(""), .created = STR(""), .footer = STR(""),
                                .page = PAPER_A4, .language = LANG_ZH };
    enum error_code code = json_parse(a, json, &v, err);
    if (code != OK || !is_container(&r, &v, JSON_OBJECT, STR(""))) {
        return code != OK ? code : r.code;
    }
    read_members(&r, &v, members, &d);
    if (r.code == OK) {
        check_line(&r, &v, STR("title"));
        check_line(&r, &v, STR("author"));
        check_line(&r, &v, STR("footer"));
        read_blocks(&r, json_member(&v, STR("blocks")), &d);
    }
    if (r.code == OK) {
        *ret = d;
    }
    return r.code;
}
