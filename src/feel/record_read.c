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

enum error_code feel_record_read(struct arena *a, str text, feel_value *ret, struct error *err)
{
    struct json parsed;
    str source = text.len <= LIMIT_JSON_BYTES ? arena_str(a, text) : text; /* the reader refuses what is longer */
    enum error_code code = json_parse(a, source, &parsed, err);
    if (code != OK) {
        return code;
    }
    struct reading r = { a, err };
    feel_value v = feel_null();
    code = convert(&r, &parsed, &v);
    if (code == OK) {
        *ret = v;
    }
    return code;
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

/* ---- Rows as record.c writes them ---- */

/* Nearly all rows are names in their order and values without an escape. They are read in one pass, without a tree of
 * JSON; whatever else is met is left to the general reader, which also says what is wrong with it. */
struct plain {
    const char *at, *end;
    bool high; /* bytes beyond ASCII were seen: UTF-8 must be checked */
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

static bool take_tagged(struct plain *p, feel_value *ret)
{
    str tag, text;
    return take_string(p, &tag) && take(p, ':') && take_string(p, &text) && take(p, '}') &&
           read_scalar(tag, text, ret);
}

static bool take_value(struct plain *p, feel_value *ret)
{
    str text;
    switch (p->at < p->end ? *p->at : '\0') {
    case '"':
        *ret = take_string(p, &text) && text.len <= LIMIT_FEEL_STRING ? feel_string(text) : feel_null();
        return ret->kind == FEEL_STRING;
    case '{': p->at++; return take_tagged(p, ret);
    case 'n': *ret = feel_null(); return take_word(p, STR("null"));
    case 't': *ret = feel_boolean(true); return take_word(p, STR("true"));
    case 'f': *ret = feel_boolean(false); return take_word(p, STR("false"));
    default: return false;
    }
}

/* Names that rise cannot occur twice. */
static bool read_plain(const struct feel_shape *shape, str text, feel_value *values)
{
    struct plain p = { text.ptr, text.ptr + text.len, false };
    str name, last = STR("");
    bool fine = text.len <= LIMIT_JSON_BYTES && take(&p, '{');
    for (bool first = true; fine && !take(&p, '}'); first = false) {
        feel_value v;
        fine = (first || take(&p, ',')) && take_string(&p, &name) && !str_starts_with(name, STR("$")) &&
               (first || json_compare_names(last, name) < 0) && take(&p, ':') && take_value(&p, &v);
        int64_t at = fine ? feel_shape_find(shape, name) : -1;
        if (at >= 0) {
            values[at] = v;
        }
        last = name;
    }
    return fine && p.at == p.end && (!p.high || utf8_valid(text));
}

enum error_code feel_record_read_as(struct arena *a, const struct feel_shape *shape, str text, feel_value *ret,
                                    struct error *err)
{
    struct json parsed;
    feel_value *values = ARENA_ARRAY(a, feel_value, shape->count);
    if (read_plain(shape, text, values)) {
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
