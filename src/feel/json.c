/* json: values as JSON and JSON as values. Numbers go through as decimal text and lose no digit. */
#include "feel/feel_int.h"

#include "text/json.h"
#include "text/json_write.h"

/* ---- Writing ---- */

static void write_text(struct json_writer *w, feel_value v)
{
    struct buf b = BUF_INIT(w->out->max);
    feel_print(v, &b);
    json_string(w, buf_str(&b));
    w->out->overflow |= b.overflow;
    buf_release(&b);
}

/* Recurses as deep as v, which is bounded; stops at the buffer's ceiling, as shared values can be huge in text. */
static void write(struct json_writer *w, feel_value v)
{
    switch (v.kind) {
    case FEEL_NULL: json_null(w); break;
    case FEEL_BOOLEAN: json_bool(w, v.boolean); break;
    case FEEL_NUMBER:
        json_raw(w, STR(""));
        dec_print(v.number, w->out);
        break;
    case FEEL_STRING: json_string(w, feel_str(v)); break;
    case FEEL_LIST:
        json_begin_array(w);
        for (uint32_t i = 0; i < v.count && !w->out->overflow; i++) {
            write(w, v.items[i]);
        }
        json_end_array(w);
        break;
    case FEEL_CONTEXT:
        json_begin_object(w);
        for (uint32_t i = 0; i < v.count && !w->out->overflow; i++) {
            json_key(w, v.shape->names[i]);
            write(w, v.values[i]);
        }
        json_end_object(w);
        break;
    case FEEL_RANGE:
    case FEEL_FUNCTION: write_text(w, v); break;
    default: /* dates, times and durations have no character that JSON would escape */
        json_raw(w, STR("\""));
        feel__print_bare(v, w->out);
        buf_addc(w->out, '"');
        break;
    }
}

void feel_json_write(feel_value v, bool pretty, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, pretty);
    write(&w, v);
}

/* ---- Reading ---- */

/* Objects of the same names in the same order share a shape, because the machine finds an entry by remembering
 * where it was in the shape that it saw last. Records of a few forms come mixed, so a few shapes are kept, the
 * last used first. */
enum { RECENT_SHAPES = 8 };

struct converter {
    struct arena *arena;
    const struct feel_shape *recent[RECENT_SHAPES];
    str source;
    struct error *err;
};

static enum error_code fail_at(const struct converter *c, uint32_t at, enum error_code code, const char *message)
{
    uint32_t line = 1, column = 1;
    for (uint32_t i = 0; i < at; i++) {
        unsigned char byte = (unsigned char)c->source.ptr[i];
        if (byte == '\n') {
            line++;
            column = 1;
        } else {
            column += (byte & 0xC0) != 0x80;
        }
    }
    error_set(c->err, code, "%s", lang_text(c->err != NULL ? c->err->lang : LANG_EN, message));
    error_at(c->err, STR(""), line, column);
    return code;
}

static const struct feel_shape *shape_of(struct converter *c, const str *names, uint32_t count)
{
    uint32_t at = 0;
    while (at < RECENT_SHAPES && (c->recent[at] == NULL || !feel_shape_is(c->recent[at], names, count))) {
        at++;
    }
    const struct feel_shape *shape = at < RECENT_SHAPES ? c->recent[at] : feel_shape_new(c->arena, names, count);
    for (uint32_t i = at < RECENT_SHAPES ? at : RECENT_SHAPES - 1; i > 0; i--) {
        c->recent[i] = c->recent[i - 1];
    }
    c->recent[0] = shape;
    return shape;
}

static enum error_code convert(struct converter *c, const struct json *j, feel_value *ret);

static enum error_code convert_items(struct converter *c, const struct json *j, feel_value *ret)
{
    feel_value *items = arena_alloc(c->arena, (size_t)j->count * sizeof *items);
    for (uint32_t i = 0; i < j->count; i++) {
        enum error_code code = convert(c, &j->items[i], &items[i]);
        if (code != OK) {
            return code;
        }
    }
    *ret = j->kind == JSON_ARRAY ? feel_list(items, j->count) : feel_context(shape_of(c, j->names, j->count), items);
    return OK;
}

static enum error_code convert_number(const struct converter *c, const struct json *j, feel_value *ret)
{
    dec d;
    if (!dec_parse(j->text, &d)) {
        return fail_at(c, j->at, ERROR_INVALID, "the number is too large");
    }
    *ret = feel_number(d);
    return OK;
}

static enum error_code convert_string(const struct converter *c, const struct json *j, feel_value *ret)
{
    if (j->text.len > LIMIT_FEEL_STRING) {
        fail_at(c, j->at, ERROR_LIMIT, "the string is too long");
        error_detail(c->err, "limit %s = %d", "FEEL_STRING", LIMIT_FEEL_STRING);
        return ERROR_LIMIT;
    }
    *ret = feel_string(j->text);
    return OK;
}

/* Recurses as deep as the text is nested, which JSON_DEPTH bounds below LIMIT_FEEL_VALUE_DEPTH. */
static enum error_code convert(struct converter *c, const struct json *j, feel_value *ret)
{
    switch ((enum json_kind)j->kind) {
    case JSON_NULL: *ret = feel_null(); return OK;
    case JSON_FALSE: *ret = feel_boolean(false); return OK;
    case JSON_TRUE: *ret = feel_boolean(true); return OK;
    case JSON_NUMBER: return convert_number(c, j, ret);
    case JSON_STRING: return convert_string(c, j, ret);
    case JSON_ARRAY:
    case JSON_OBJECT: return convert_items(c, j, ret);
    }
    assert(false);
    return ERROR_SYNTAX;
}

_Static_assert((int)LIMIT_JSON_DEPTH <= (int)LIMIT_FEEL_VALUE_DEPTH, "what JSON can nest, a value can hold");
_Static_assert((int)LIMIT_FEEL_VALUE_DEPTH <= LIMIT_JSON_DEPTH * 2, "what a value can nest, the JSON writer can");

enum error_code feel_json_read(struct arena *a, str json, feel_value *ret, struct error *err)
{
    struct json parsed;
    str source = json.len <= LIMIT_JSON_BYTES ? arena_str(a, json) : json; /* the reader refuses what is longer */
    enum error_code code = json_parse(a, source, &parsed, err);
    if (code != OK) {
        return code;
    }
    struct converter c = { .arena = a, .source = source, .err = err };
    feel_value v;
    code = convert(&c, &parsed, &v);
    if (code == OK) {
        *ret = v;
    }
    return code;
}
