/* read: a request becomes a document. Everything is checked here: a name that is not known, a value of the wrong kind,
 * a bound that is passed. Errors carry the line and column of the request. */
#include "paper/paper.h"

#include "base/limit.h"
#include "text/base64.h"
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

enum member_type { TEXT, WORD, INSTANT, COUNT, FLAG, DATA, OTHER };

struct member {
    const char *name;
    enum member_type type;
    size_t offset;
    bool needed;
    const char *const *words; /* of a WORD */
    uint32_t max;             /* of a COUNT */
};

static const char *const aligns[] = { "left", "center", "right", NULL };
static const char *const pages[] = { "A4", "A4-landscape", "A5", NULL };
static const char *const styles[] = { "plain", "official", NULL };
static const char *const languages[] = { "en", "zh", NULL };
static const char *const marks[] = { "number", "chinese", "bullet", NULL };

enum { LEVEL_MAX = 3, WIDTH_MAX = 1000, ACROSS_MAX = 4, PART_MAX = 100 };

static bool read_flag(struct reader *r, const struct json *v, str name)
{
    if (v->kind != JSON_TRUE && v->kind != JSON_FALSE) {
        fail(r, v, "true or false is expected", name);
    }
    return v->kind == JSON_TRUE;
}

static str read_data(struct reader *r, const struct json *v, str name)
{
    str bytes = STR("");
    if (v->kind == JSON_STRING && v->text.len / 4 * 3 > LIMIT_PAPER_IMAGE) {
        fail_limit(r, v, "PAPER_IMAGE", LIMIT_PAPER_IMAGE);
    } else if (v->kind != JSON_STRING || !base64_read(r->arena, v->text, &bytes)) {
        fail(r, v, "bytes in base64 are expected", name);
    }
    return bytes;
}

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
    case WORD:
        *number = read_word(r, v, name, m->words);
        break;
    case COUNT:
        *number = read_count(r, v, name, m->max);
        break;
    case FLAG:
        *(bool *)(void *)(object + m->offset) = read_flag(r, v, name);
        break;
    case DATA:
        *text = read_data(r, v, name);
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
        { "title", TEXT, .offset = offsetof(struct paper_column, title), .needed = true },
        { "width", COUNT, .offset = offsetof(struct paper_column, width), .max = WIDTH_MAX },
        { "align", WORD, .offset = offsetof(struct paper_column, align), .words = aligns },
        { .name = NULL },
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

/* The titles above the columns: their spans are as many as there are columns. */
static void read_groups(struct reader *r, const struct json *v, struct paper_block *b)
{
    static const struct member members[] = {
        { "title", TEXT, .offset = offsetof(struct paper_group, title), .needed = true },
        { "span", COUNT, .offset = offsetof(struct paper_group, span), .max = LIMIT_PAPER_COLUMNS },
        { .name = NULL },
    };
    uint32_t columns = 0;
    if (r->code != OK || v == NULL || !is_container(r, v, JSON_ARRAY, STR("groups"))) {
        return;
    }
    struct paper_group *groups = ARENA_ARRAY(r->arena, struct paper_group, v->count);
    for (uint32_t i = 0; r->code == OK && i < v->count; i++) {
        groups[i].span = 1;
        if (is_container(r, &v->items[i], JSON_OBJECT, STR("groups"))) {
            read_members(r, &v->items[i], members, &groups[i]);
        }
        columns += groups[i].span;
    }
    if (columns != b->column_count) {
        fail(r, v, "the groups have not as many columns as the table",
             arena_printf(r->arena, "%u ≠ %u", columns, b->column_count));
    }
    b->groups = groups;
    b->group_count = v->count;
}

/* A text, or {"text":…,"span":…}. */
static struct paper_cell read_cell(struct reader *r, const struct json *v)
{
    static const struct member members[] = {
        { "text", TEXT, .offset = offsetof(struct paper_cell, text), .needed = true },
        { "span", COUNT, .offset = offsetof(struct paper_cell, span), .max = LIMIT_PAPER_COLUMNS },
        { .name = NULL },
    };
    struct paper_cell cell = { .text = STR(""), .span = 1 };
    if (v->kind == JSON_OBJECT) {
        read_members(r, v, members, &cell);
    } else {
        cell.text = read_text(r, v, STR("rows"));
    }
    return cell;
}

static void read_row(struct reader *r, const struct json *v, struct paper_block *b, struct paper_cell *cells)
{
    uint32_t columns = 0;
    if (!is_container(r, v, JSON_ARRAY, STR("rows"))) {
        return;
    }
    for (uint32_t i = 0; r->code == OK && i < v->count; i++) {
        struct paper_cell cell = read_cell(r, &v->items[i]);
        if (columns + cell.span <= b->column_count) {
            cells[columns] = cell;
        }
        columns += cell.span;
    }
    if (columns != b->column_count) {
        fail(r, v, "the row has not as many cells as the table has columns",
             arena_printf(r->arena, "%u ≠ %u", columns, b->column_count));
    }
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
    struct paper_cell *cells = ARENA_ARRAY(r->arena, struct paper_cell, (size_t)v->count * b->column_count);
    b->cells = cells;
    b->row_count = v->count;
    for (uint32_t i = 0; r->code == OK && i < v->count; i++) {
        read_row(r, &v->items[i], b, cells + (size_t)i * b->column_count);
    }
}

/* ---- Items ---- */

static void read_items(struct reader *r, const struct json *v, struct paper_block *b)
{
    static const struct member members[] = {
        { "label", TEXT, .offset = offsetof(struct paper_item, label), .needed = true },
        { "value", TEXT, .offset = offsetof(struct paper_item, value), .needed = true },
        { "wide", FLAG, .offset = offsetof(struct paper_item, wide) },
        { .name = NULL },
    };
    if (r->code != OK || !is_container(r, v, JSON_ARRAY, STR("items"))) {
        return;
    }
    r->cells += v->count;
    if (r->cells > LIMIT_PAPER_CELLS) {
        fail_limit(r, v, "PAPER_CELLS", LIMIT_PAPER_CELLS);
        return;
    }
    struct paper_item *items = ARENA_ARRAY(r->arena, struct paper_item, v->count);
    for (uint32_t i = 0; r->code == OK && i < v->count; i++) {
        if (b->kind != PAPER_GRID) {
            items[i].label = read_text(r, &v->items[i], STR("items"));
        } else if (is_container(r, &v->items[i], JSON_OBJECT, STR("items"))) {
            read_members(r, &v->items[i], members, &items[i]);
        }
    }
    b->items = items;
    b->item_count = v->count;
    if (b->kind == PAPER_SIGNING && (v->count < 1 || v->count > ACROSS_MAX)) {
        fail(r, v, "there are one to four boxes to sign in", STR("items"));
    }
}

/* ---- Blocks ---- */

#define BLOCK(member) offsetof(struct paper_block, member)

#define TYPE { "type", OTHER, .needed = true }

static const struct block_kind {
    const char *name;
    struct member members[7];
} kinds[] = {
    [PAPER_TITLE] = { "title", { TYPE, { "text", TEXT, .offset = BLOCK(text), .needed = true },
                                 { "level", COUNT, .offset = BLOCK(level), .max = LEVEL_MAX } } },
    [PAPER_PARAGRAPH] = { "paragraph", { TYPE, { "text", TEXT, .offset = BLOCK(text), .needed = true },
                                         { "align", WORD, .offset = BLOCK(align), .words = aligns } } },
    [PAPER_TABLE] = { "table", { TYPE, { "columns", OTHER, .needed = true }, { "groups", OTHER, .needed = false },
                                 { "rows", OTHER, .needed = true } } },
    [PAPER_FIELD] = { "field", { TYPE, { "label", TEXT, .offset = BLOCK(text), .needed = true },
                                 { "value", TEXT, .offset = BLOCK(more), .needed = true } } },
    [PAPER_QR] = { "qr", { TYPE, { "text", TEXT, .offset = BLOCK(text), .needed = true },
                           { "caption", TEXT, .offset = BLOCK(more) } } },
    [PAPER_SIGNATURE] = { "signature", { TYPE, { "name", TEXT, .offset = BLOCK(text), .needed = true },
                                         { "date", TEXT, .offset = BLOCK(more) },
                                         { "seal", FLAG, .offset = BLOCK(seal) } } },
    [PAPER_GRID] = { "grid", { TYPE, { "across", COUNT, .offset = BLOCK(across), .max = ACROSS_MAX },
                               { "items", OTHER, .needed = true } } },
    [PAPER_LIST] = { "list", { TYPE, { "mark", WORD, .offset = BLOCK(mark), .words = marks },
                               { "items", OTHER, .needed = true } } },
    [PAPER_SIGNING] = { "signing", { TYPE, { "items", OTHER, .needed = true } } },
    [PAPER_IMAGE] = { "image", { TYPE, { "data", DATA, .offset = BLOCK(data), .needed = true },
                                 { "caption", TEXT, .offset = BLOCK(more), .needed = true },
                                 { "width", COUNT, .offset = BLOCK(across), .max = PART_MAX },
                                 { "align", WORD, .offset = BLOCK(align), .words = aligns } } },
    [PAPER_LETTERHEAD] = { "letterhead", { TYPE, { "name", TEXT, .offset = BLOCK(text), .needed = true },
                                           { "number", TEXT, .offset = BLOCK(more) } } },
    [PAPER_BREAK] = { "break", { TYPE } },
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
    b->across = b->kind == PAPER_IMAGE ? PART_MAX : 2;
    b->align = b->kind == PAPER_IMAGE ? PAPER_CENTER : PAPER_LEFT;
    read_members(r, v, kind->members, b);
    if (r->code == OK && b->kind == PAPER_TABLE) {
        read_columns(r, json_member(v, STR("columns")), b);
        read_groups(r, json_member(v, STR("groups")), b);
        read_rows(r, json_member(v, STR("rows")), b);
    } else if (r->code == OK && json_member(v, STR("items")) != NULL) {
        read_items(r, json_member(v, STR("items")), b);
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
        { "title", TEXT, .offset = offsetof(struct paper_document, title), .needed = true },
        { "author", TEXT, .offset = offsetof(struct paper_document, author) },
        { "created", INSTANT, .offset = offsetof(struct paper_document, created), .needed = true },
        { "header", TEXT, .offset = offsetof(struct paper_document, header) },
        { "footer", TEXT, .offset = offsetof(struct paper_document, footer) },
        { "mark", TEXT, .offset = offsetof(struct paper_document, mark) },
        { "page", WORD, .offset = offsetof(struct paper_document, page), .words = pages },
        { "style", WORD, .offset = offsetof(struct paper_document, style), .words = styles },
        { "language", WORD, .offset = offsetof(struct paper_document, language), .words = languages },
        { "blocks", OTHER, .needed = true },
        { .name = NULL },
    };
    struct json v;
    struct reader r = { .arena = a, .source = json, .err = err };
    struct paper_document d = { .title = STR(""), .author = STR(""), .created = STR(""), .header = STR(""),
                                .footer = STR(""), .mark = STR(""), .language = LANG_ZH };
    enum error_code code = json_parse(a, json, &v, err);
    if (code != OK || !is_container(&r, &v, JSON_OBJECT, STR(""))) {
        return code != OK ? code : r.code;
    }
    read_members(&r, &v, members, &d);
    if (r.code == OK) {
        check_line(&r, &v, STR("title"));
        check_line(&r, &v, STR("author"));
        check_line(&r, &v, STR("header"));
        check_line(&r, &v, STR("footer"));
        check_line(&r, &v, STR("mark"));
        read_blocks(&r, json_member(&v, STR("blocks")), &d);
    }
    if (r.code == OK) {
        *ret = d;
    }
    return r.code;
}
