/* record_read: values out of the canonical form of records, which record.c writes. What record.c cannot have written
 * is refused: a JSON number, an unknown tag, a text that is not of its tag's kind, a function. */
#include "feel/feel_int.h"

#include "text/json.h"
#include "text/json_write.h"
#include "text/utf8.h"

struct reading {
    struct arena *arena;
    struct error *err;
};

static enum error_code convert(struct reading *r, const struct json *j, feel_value *ret);

static enum error_code refuse(const struct reading *r, const struct json *j)
{
    error_set(r->err, ERROR_INVALID, "the record holds something that is no value");
    error_detail(r->err, "byte %u", j->at);
    return ERROR_INVALID;
}

/* ---- Tags ---- */

static bool read_scalar(str tag, str text, feel_value *ret)
{
    dec d;
    *ret = feel_null();
    if (str_eq(tag, STR("$n"))) {
        if (!dec_parse(text, &d)) {
            return false;
        }
        *ret = feel_number(d);
        return true;
    }
    static const struct {
        const char *tag;
        enum feel_type_kind kind;
    } rows[] = { { "$d", FEEL_TYPE_DATE }, { "$t", FEEL_TYPE_TIME }, { "$dt", FEEL_TYPE_DATE_TIME },
                 { "$dd", FEEL_TYPE_SPAN }, { "$ym", FEEL_TYPE_MONTHS } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (str_eq(tag, str_of(rows[i].tag))) {
            struct feel_type type = { .kind = rows[i].kind };
            *ret = feel_from_text(text, &type);
            return ret->kind != FEEL_NULL;
        }
    }
    return false;
}

static bool read_flag(const struct json *j, const char *name, bool *ret)
{
    const struct json *m = json_member(j, str_of(name));
    *ret = m != NULL && m->kind == JSON_TRUE;
    return m != NULL && (m->kind == JSON_TRUE || m->kind == JSON_FALSE);
}

static enum error_code read_range(struct reading *r, const struct json *j, feel_value *ret)
{
    struct feel_range range = { .outside = false };
    const struct json *start = NULL, *end = NULL, *operator = NULL;
    if (j->kind == JSON_OBJECT) {
        start = json_member(j, STR("start"));
        end = json_member(j, STR("end"));
        operator = json_member(j, STR("operator"));
    }
    if (start == NULL || end == NULL || !read_flag(j, "startIncluded", &range.start_included) ||
        !read_flag(j, "endIncluded", &range.end_included)) {
        return refuse(r, j);
    }
    enum error_code code = convert(r, start, &range.start);
    if (code == OK) {
        code = convert(r, end, &range.end);
    }
    range.comparison = operator != NULL;
    range.outside = operator != NULL && operator->kind == JSON_STRING && str_eq(operator->text, STR("!="));
    if (code == OK && operator != NULL && (operator->kind != JSON_STRING ||
                                           !str_eq(operator->text, str_of(feel__range_operator(&range))))) {
        return refuse(r, j); /* the operator says again what the ends say */
    }
    if (code == OK) {
        *ret = feel_range_value(r->arena, range);
    }
    return code;
}

static enum error_code read_tagged(struct reading *r, str tag, const struct json *j, feel_value *ret)
{
    if (str_eq(tag, STR("$r"))) {
        return read_range(r, j, ret);
    }
    feel_value v;
    if (j->kind != JSON_STRING || !read_scalar(tag, j->text, &v)) {
        return refuse(r, j);
    }
    *ret = v;
    return OK;
}

/* ---- Lists and contexts ---- */

static enum error_code read_items(struct reading *r, const struct json *j, feel_value **ret)
{
    feel_value *items = arena_alloc(r->arena, (size_t)j->count * sizeof *items);
    for (uint32_t i = 0; i < j->count; i++) {
        enum error_code code = convert(r, &j->items[i], &items[i]);
        if (code != OK) {
            return code;
        }
    }
    *ret = items;
    return OK;
}

static enum error_code read_context(struct reading *r, const struct json *j, feel_value *ret)
{
    feel_value *values = NULL;
    str *names = ARENA_ARRAY(r->arena, str, j->count);
    for (uint32_t i = 0; i < j->count; i++) {
        bool dollar = str_starts_with(j->names[i], STR("$"));
        if (dollar && !str_starts_with(j->names[i], STR("$$"))) {
            return j->count == 1 ? read_tagged(r, j->names[0], &j->items[0], ret) : refuse(r, j);
        }
        names[i] = dollar ? str_slice(j->names[i], 1, j->names[i].len) : j->names[i];
    }
    enum error_code code = read_items(r, j, &values);
    if (code == OK) {
        *ret = feel_context(feel_shape_new(r->arena, names, j->count), values);
    }
    return code;
}

/* Recurses as deep as the text is nested, which JSON_DEPTH bounds below LIMIT_FEEL_VALUE_DEPTH. */
static enum error_code convert(struct reading *r, const struct json *j, feel_value *ret)
{
    feel_value *items = NULL;
    enum error_code code;
    switch ((enum json_kind)j->kind) {
    case JSON_NULL: *ret = feel_null(); return OK;
    case JSON_FALSE: *ret = feel_boolean(false); return OK;
    case JSON_TRUE: *ret = feel_boolean(true); return OK;
    case JSON_NUMBER: return refuse(r, j);
    case JSON_STRING: *ret = feel_string(j->text); return j->text.len <= LIMIT_FEEL_STRING ? OK : refuse(r, j);
    case JSON_ARRAY:
        code = read_items(r, j, &items);
        *ret = code == OK ? feel_list(items, j->count) : feel_null();
        return code;
    case JSON_OBJECT: return read_context(r, j, ret);
    }
    assert(false);
    return ERROR_SYNTAX;
}

/* ---- As record.c writes them ---- */

/* Nearly all records have their names in order and no escape. They are read in one pass, without a tree of JSON;
 * whatever else is met is left to the general reader, which also says what is wrong with it. */
enum { PLAIN_DEPTH = 12, PLAIN_MEMBERS = 64 };

struct plain {
    struct arena *arena;
    const char *at, *end;
    bool high;                       /* bytes beyond ASCII were seen: UTF-8 must be checked */
    uint32_t depth;
    const struct feel_shape *recent; /* of the last context: rows in a list have the same */
};

static bool take(struct plain *p, char c)
{
    bool there = p->at < p->end && *p->at == c;
    p->at += there;
    return there;
}

static bool take_word(struct plain *p, str word)
{
    bool there = (size_t)(p->end - p->at) >= word.len && memcmp(p->at, word.ptr, word.len) == 0;
    p->at += there ? word.len : 0;
    return there;
}

static bool take_string(struct plain *p, str *ret)
{
    if (!take(p, '"')) {
        return false;
    }
    const char *first = p->at;
    p->at = json_plain_end(first, p->end, &p->high);
    *ret = (str){ first, (size_t)(p->at - first) };
    return take(p, '"');
}

static bool take_value(struct plain *p, feel_value *ret);

/* A name after the one before it, and its colon. Names that rise cannot occur twice. */
static bool take_name(struct plain *p, bool first, str last, str *ret)
{
    return (first || take(p, ',')) && take_string(p, ret) && !str_starts_with(*ret, STR("$")) &&
           (first || json_compare_names(last, *ret) < 0) && take(p, ':');
}

static bool take_tagged(struct plain *p, feel_value *ret)
{
    str tag, text;
    return take_string(p, &tag) && take(p, ':') && take_string(p, &text) && take(p, '}') &&
           read_scalar(tag, text, ret);
}

static const struct feel_shape *plain_shape(struct plain *p, const str *names, uint32_t count)
{
    if (p->recent == NULL || !feel_shape_is(p->recent, names, count)) {
        p->recent = feel_shape_new(p->arena, names, count);
    }
    return p->recent;
}

static bool take_context(struct plain *p, feel_value *ret)
{
    str names[PLAIN_MEMBERS];
    feel_value values[PLAIN_MEMBERS];
    uint32_t count = 0;
    bool fine = true;
    while (fine && !take(p, '}')) {
        fine = count < PLAIN_MEMBERS && take_name(p, count == 0, count == 0 ? STR("") : names[count - 1],
                                                  &names[count]) && take_value(p, &values[count]);
        count++;
    }
    if (fine) {
        feel_value *kept = arena_alloc(p->arena, count * sizeof *kept);
        memcpy(kept, values, count * sizeof *kept);
        *ret = feel_context(plain_shape(p, names, count), kept);
    }
    return fine;
}

static bool take_list(struct plain *p, feel_value *ret)
{
    feel_value *items = NULL;
    uint32_t count = 0, room = 0;
    bool fine = true;
    while (fine && !take(p, ']')) {
        if (count == room) {
            room = room == 0 ? 8 : 2 * room;
            items = arena_grow(p->arena, items, count * sizeof *items, room * sizeof *items);
        }
        fine = (count == 0 || take(p, ',')) && take_value(p, &items[count++]);
    }
    if (fine) {
        *ret = feel_list(items, count);
    }
    return fine;
}

static bool take_nested(struct plain *p, feel_value *ret)
{
    if (++p->depth > PLAIN_DEPTH) {
        return false;
    }
    bool list = *p->at++ == '[';
    bool tagged = !list && p->end - p->at > 1 && p->at[0] == '"' && p->at[1] == '$';
    bool fine = list ? take_list(p, ret) : tagged ? take_tagged(p, ret) : take_context(p, ret);
    p->depth--;
    return fine;
}

static bool take_value(struct plain *p, feel_value *ret)
{
    str text;
    switch (p->at < p->end ? *p->at : '\0') {
    case '"':
        *ret = take_string(p, &text) && text.len <= LIMIT_FEEL_STRING ? feel_string(text) : feel_null();
        return ret->kind == FEEL_STRING;
    case '{':
    case '[': return take_nested(p, ret);
    case 'n': *ret = feel_null(); return take_word(p, STR("null"));
    case 't': *ret = feel_boolean(true); return take_word(p, STR("true"));
    case 'f': *ret = feel_boolean(false); return take_word(p, STR("false"));
    default: return false;
    }
}

static struct plain plain_of(struct arena *a, str text)
{
    return (struct plain){ .arena = a, .at = text.ptr, .end = text.ptr + text.len };
}

static bool is_whole(const struct plain *p, str text)
{
    return p->at == p->end && (!p->high || utf8_valid(text));
}

enum error_code feel_record_read(struct arena *a, str text, feel_value *ret, struct error *err)
{
    struct json parsed;
    bool bounded = text.len <= LIMIT_JSON_BYTES;
    str source = bounded ? arena_str(a, text) : text; /* the reader refuses what is longer */
    struct plain p = plain_of(a, source);
    feel_value v = feel_null();
    if (bounded && take_value(&p, &v) && is_whole(&p, source)) {
        *ret = v;
        return OK;
    }
    enum error_code code = json_parse(a, source, &parsed, err);
    if (code != OK) {
        return code;
    }
    struct reading r = { a, err };
    code = convert(&r, &parsed, &v);
    if (code == OK) {
        *ret = v;
    }
    return code;
}

/* ---- Rows: contexts of a known shape ---- */

/* The place of the n-th name of a row. A shape whose order is known is met in that order, so nothing is looked for. */
static int64_t find_name(const struct feel_shape *shape, str name, uint32_t n)
{
    if (shape->order != NULL && n < shape->count && str_eq(shape->names[shape->order[n]], name)) {
        return shape->order[n];
    }
    return feel_shape_find(shape, name);
}

static bool read_plain(struct arena *a, const struct feel_shape *shape, str text, feel_value *values)
{
    struct plain p = plain_of(a, text);
    str name, last = STR("");
    bool fine = text.len <= LIMIT_JSON_BYTES && take(&p, '{');
    for (uint32_t n = 0; fine && !take(&p, '}'); n++) {
        feel_value v;
        fine = take_name(&p, n == 0, last, &name) && take_value(&p, &v);
        int64_t at = fine ? find_name(shape, name, n) : -1;
        if (at >= 0) {
            values[at] = v;
        }
        last = name;
    }
    return fine && is_whole(&p, text);
}

/* The entries stand in the order of their names, which `shape` need not have. */
static enum error_code convert_as(struct reading *r, const struct feel_shape *shape, const struct json *j,
                                  feel_value *values)
{
    enum error_code code = j->kind == JSON_OBJECT ? OK : refuse(r, j);
    for (uint32_t i = 0; code == OK && i < j->count; i++) {
        bool dollar = str_starts_with(j->names[i], STR("$"));
        if (dollar && !str_starts_with(j->names[i], STR("$$"))) {
            return refuse(r, j);
        }
        int64_t at = feel_shape_find(shape, dollar ? str_slice(j->names[i], 1, j->names[i].len) : j->names[i]);
        code = at < 0 ? OK : convert(r, &j->items[i], &values[at]);
    }
    return code;
}

enum error_code feel_record_read_as(struct arena *a, const struct feel_shape *shape, str text, feel_value *ret,
                                    struct error *err)
{
    struct json parsed;
    feel_value *values = ARENA_ARRAY(a, feel_value, shape->count);
    if (read_plain(a, shape, text, values)) {
        *ret = feel_context(shape, values);
        return OK;
    }
    memset(values, 0, shape->count * sizeof *values);
    enum error_code code = json_parse(a, text, &parsed, err);
    if (code != OK) {
        return code;
    }
    struct reading r = { a, err };
    code = convert_as(&r, shape, &parsed, values);
    if (code == OK) {
        *ret = feel_context(shape, values);
    }
    return code;
}
