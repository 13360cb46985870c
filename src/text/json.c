/* json: see json.h.
 *
 * Values that are complete wait in one array; a container that ends takes its items from the end of it. Strings
 * are scanned sixteen bytes at a time where the machine can (SSE2), eight otherwise.
 */
#include "text/json.h"

#include "base/buf.h"
#include "base/limit.h"
#include "text/utf8.h"

#include <stdlib.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* A container that is being read: where its items begin in the waiting array. */
struct open_container {
    uint32_t first, at;
    bool object;
};

struct reader {
    struct arena *arena;
    str source;
    const char *p, *end;
    struct json *waiting;
    str *names; /* parallel to waiting: the name of a member */
    uint32_t count, size;
    struct open_container open[LIMIT_JSON_DEPTH];
    uint32_t depth;
    bool has_high; /* bytes beyond ASCII were seen: UTF-8 must be checked */
    struct error *err;
};

/* ---- Errors ---- */

static void place(struct reader *r, const char *at)
{
    uint32_t line = 1;
    const char *start = r->source.ptr;
    for (const char *p = r->source.ptr; p < at; p++) {
        if (*p == '\n') {
            line++;
            start = p + 1;
        }
    }
    error_at(r->err, STR(""), line, (uint32_t)utf8_count((str){ start, (size_t)(at - start) }) + 1);
}

static bool fail(struct reader *r, const char *message)
{
    error_set(r->err, ERROR_SYNTAX, "%s", lang_text(r->err != NULL ? r->err->lang : LANG_EN, message));
    place(r, r->p);
    return false;
}

static bool fail_limit(struct reader *r, const char *name, int value)
{
    error_set(r->err, ERROR_LIMIT, "the JSON text is too large");
    error_detail(r->err, "limit %s = %d", name, value);
    place(r, r->p);
    return false;
}

static enum error_code code_of(const struct reader *r)
{
    return r->err != NULL && r->err->code != OK ? r->err->code : ERROR_SYNTAX;
}

/* ---- Strings ---- */

const char *json_plain_end(const char *p, const char *end, bool *high)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1F);
    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i stop = _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash));
        stop = _mm_or_si128(stop, _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
        *high |= _mm_movemask_epi8(v) != 0;
        int mask = _mm_movemask_epi8(stop);
        if (mask != 0) {
            return p + __builtin_ctz((unsigned)mask);
        }
        p += 16;
    }
#endif
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20) {
        *high |= (unsigned char)*p >= 0x80;
        p++;
    }
    return p;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int64_t hex4(const struct reader *r, const char *p)
{
    int64_t code = 0;
    if (r->end - p < 4) {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        int d = hex_digit(p[i]);
        if (d < 0) {
            return -1;
        }
        code = code * 16 + d;
    }
    return code;
}

/* The \u escape at r->p, of which the u is next. */
static bool unescape_unicode(struct reader *r, struct buf *out)
{
    int64_t code = hex4(r, r->p + 1);
    if (code < 0) {
        return fail(r, "\\u needs four hexadecimal digits");
    }
    r->p += 5;
    if (code >= 0xD800 && code <= 0xDBFF) {
        int64_t low = r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u' ? hex4(r, r->p + 2) : -1;
        if (low < 0xDC00 || low > 0xDFFF) {
            return fail(r, "half of a surrogate pair is missing");
        }
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        r->p += 6;
    } else if (code >= 0xDC00 && code <= 0xDFFF) {
        return fail(r, "half of a surrogate pair is missing");
    }
    utf8_put(out, (uint32_t)code);
    return true;
}

static bool unescape_one(struct reader *r, struct buf *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (++r->p >= r->end) {
        return fail(r, "the string has no closing quotation mark");
    }
    if (*r->p == 'u') {
        return unescape_unicode(r, out);
    }
    const char *found = *r->p == '\0' ? NULL : strchr(from, *r->p);
    if (found == NULL) {
        return fail(r, "there is no such escape");
    }
    buf_addc(out, to[found - from]);
    r->p++;
    return true;
}

/* The rest of a string that has an escape at `stop`. */
static bool read_escaped(struct reader *r, const char *first, const char *stop, str *ret)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    bool fine = true;
    buf_add(&out, (str){ first, (size_t)(stop - first) });
    r->p = stop;
    while (fine && r->p < r->end && *r->p == '\\') {
        fine = unescape_one(r, &out);
        if (fine) {
            stop = json_plain_end(r->p, r->end, &r->has_high);
            buf_add(&out, (str){ r->p, (size_t)(stop - r->p) });
            r->p = stop;
        }
    }
    *ret = arena_str(r->arena, buf_str(&out));
    buf_release(&out);
    return fine;
}

/* The string whose opening quotation mark is at r->p. */
static bool read_string(struct reader *r, str *ret)
{
    const char *first = r->p + 1, *stop = json_plain_end(first, r->end, &r->has_high);
    if (stop < r->end && *stop == '\\') {
        if (!read_escaped(r, first, stop, ret)) {
            return false;
        }
    } else {
        *ret = (str){ first, (size_t)(stop - first) };
        r->p = stop;
    }
    if (r->p >= r->end) {
        return fail(r, "the string has no closing quotation mark");
    }
    if (*r->p != '"') {
        return fail(r, "a control character must be escaped in a string");
    }
    r->p++;
    return true;
}

/* ---- Numbers and words ---- */

static const char *digits(const struct reader *r, const char *p)
{
    while (p < r->end && (unsigned)(*p - '0') <= 9) {
        p++;
    }
    return p;
}

static bool read_number(struct reader *r, str *ret)
{
    const char *first = r->p, *p = r->p + (*r->p == '-'), *q = digits(r, p);
    if (q == p || (*p == '0' && q > p + 1)) {
        return fail(r, "this is not a number");
    }
    if (q < r->end && *q == '.') {
        p = q + 1;
        q = digits(r, p);
        if (q == p) {
            return fail(r, "a digit must follow the point");
        }
    }
    if (q < r->end && (*q | 0x20) == 'e') {
        p = q + 1;
        p += p < r->end && (*p == '+' || *p == '-');
        q = digits(r, p);
        if (q == p) {
            return fail(r, "a digit must follow the exponent");
        }
    }
    r->p = q;
    *ret = (str){ first, (size_t)(q - first) };
    return true;
}

static bool read_word(struct reader *r, const char *word, size_t length)
{
    if ((size_t)(r->end - r->p) < length || memcmp(r->p, word, length) != 0) {
        return fail(r, "this is no JSON value");
    }
    r->p += length;
    return true;
}

/* ---- Containers ---- */

static inline void skip_space(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t')) {
        r->p++;
    }
}

/* The place of the next value in the waiting array. */
static struct json *push(struct reader *r)
{
    if (r->count == r->size) {
        uint32_t size = r->size == 0 ? 64 : r->size * 2;
        struct json *waiting = realloc(r->waiting, size * sizeof *waiting); /* style: allow realloc: scratch */
        str *names = realloc(r->names, size * sizeof *names);               /* style: allow realloc: scratch */
        if (waiting == NULL || names == NULL) {
            abort();
        }
        r->waiting = waiting;
        r->names = names;
        r->size = size;
    }
    return &r->waiting[r->count++];
}

enum { COMPARE_ALL = 16 };

/* By comparing each with each; for few names. */
static bool duplicate_among_few(const str *names, uint32_t count, uint32_t *ret)
{
    for (uint32_t i = 1; i < count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (names[i].len == names[k].len && memcmp(names[i].ptr, names[k].ptr, names[i].len) == 0) {
                *ret = i;
                return true;
            }
        }
    }
    return false;
}

static int compare_by_name(const void *a, const void *b)
{
    const str *x = *(const str *const *)a, *y = *(const str *const *)b;
    int order = (x->len > y->len) - (x->len < y->len);
    order = order != 0 || x->len == 0 ? order : memcmp(x->ptr, y->ptr, x->len);
    return order != 0 ? order : (x > y) - (x < y);
}

/* By sorting. Hashing would be faster on most texts, and on one that is made for it take a thousand times longer. */
static bool duplicate_among_many(struct arena *a, const str *names, uint32_t count, uint32_t *ret)
{
    struct arena_mark mark = arena_mark(a);
    const str **sorted = ARENA_ARRAY(a, const str *, count);
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = &names[i];
    }
    qsort(sorted, count, sizeof *sorted, compare_by_name);
    bool found = false;
    for (uint32_t i = 1; i < count && !found; i++) {
        found = str_eq(*sorted[i - 1], *sorted[i]);
        *ret = (uint32_t)(sorted[i] - names);
    }
    arena_rewind(a, mark);
    return found;
}

static bool check_names(struct reader *r, const str *names, uint32_t count)
{
    uint32_t i = 0;
    if (count > LIMIT_JSON_MEMBERS) {
        return fail_limit(r, "JSON_MEMBERS", LIMIT_JSON_MEMBERS);
    }
    bool duplicate = count <= COMPARE_ALL ? duplicate_among_few(names, count, &i)
                                          : duplicate_among_many(r->arena, names, count, &i);
    if (!duplicate) {
        return true;
    }
    error_set(r->err, ERROR_SYNTAX, "the object has the name \"%.*s\" twice", STR_ARG(names[i]));
    place(r, r->p);
    return false;
}

static bool end_container(struct reader *r)
{
    struct open_container c = r->open[--r->depth];
    uint32_t count = r->count - c.first;
    struct json *items = arena_alloc(r->arena, count * sizeof *items);
    str *names = NULL;
    if (count > 0) {
        memcpy(items, &r->waiting[c.first], count * sizeof *items);
    }
    if (c.object) {
        if (!check_names(r, &r->names[c.first], count)) {
            return false;
        }
        names = arena_alloc(r->arena, count * sizeof *names);
        if (count > 0) {
            memcpy(names, &r->names[c.first], count * sizeof *names);
        }
    }
    /* The container's own place is the one before its items. */
    r->count = c.first;
    struct json *v = &r->waiting[c.first - 1];
    v->kind = c.object ? JSON_OBJECT : JSON_ARRAY;
    v->count = count;
    v->at = c.at;
    v->items = items;
    v->names = names;
    r->p++;
    return true;
}

static bool begin_container(struct reader *r)
{
    if (r->depth == LIMIT_JSON_DEPTH) {
        return fail_limit(r, "JSON_DEPTH", LIMIT_JSON_DEPTH);
    }
    push(r);
    r->open[r->depth++] = (struct open_container){ r->count, (uint32_t)(r->p - r->source.ptr), *r->p == '{' };
    r->p++;
    return true;
}

/* ---- Values ---- */

static bool read_scalar(struct reader *r)
{
    struct json *v = push(r);
    v->at = (uint32_t)(r->p - r->source.ptr);
    v->count = 0;
    switch (*r->p) {
    case '"':
        v->kind = JSON_STRING;
        return read_string(r, &v->text);
    case 't':
        v->kind = JSON_TRUE;
        return read_word(r, "true", 4);
    case 'f':
        v->kind = JSON_FALSE;
        return read_word(r, "false", 5);
    case 'n':
        v->kind = JSON_NULL;
        return read_word(r, "null", 4);
    default:
        v->kind = JSON_NUMBER;
        return (*r->p == '-' || (*r->p >= '0' && *r->p <= '9')) ? read_number(r, &v->text)
                                                                  : fail(r, "this is no JSON value");
    }
}

/* The name of the next member, left for the value that push will place next. */
static bool read_name(struct reader *r, str *ret)
{
    skip_space(r);
    if (r->p >= r->end || *r->p != '"') {
        return fail(r, "a name in quotation marks is expected");
    }
    if (!read_string(r, ret)) {
        return false;
    }
    skip_space(r);
    if (r->p >= r->end || *r->p != ':') {
        return fail(r, "\":\" is expected after a name");
    }
    r->p++;
    return true;
}

/* After a value inside a container: a comma, or its end; ends as many containers as end here. */
static bool after_value(struct reader *r)
{
    while (r->depth > 0) {
        skip_space(r);
        bool object = r->open[r->depth - 1].object;
        if (r->p < r->end && *r->p == ',') {
            r->p++;
            return true;
        }
        if (r->p >= r->end || *r->p != (object ? '}' : ']')) {
            return fail(r, object ? "\",\" or \"}\" is expected" : "\",\" or \"]\" is expected");
        }
        if (!end_container(r)) {
            return false;
        }
    }
    return true;
}

/* True when the container just begun ends at once. */
static bool is_empty(struct reader *r)
{
    skip_space(r);
    return r->p < r->end && *r->p == (r->open[r->depth - 1].object ? '}' : ']');
}

static bool read_all(struct reader *r)
{
    do {
        if (r->depth > 0 && r->open[r->depth - 1].object) {
            str name;
            if (!read_name(r, &name)) {
                return false;
            }
            push(r);
            r->count--;
            r->names[r->count] = name;
        }
        skip_space(r);
        if (r->p >= r->end) {
            return fail(r, "the text ends where a value is expected");
        }
        if (*r->p == '{' || *r->p == '[') {
            if (!begin_container(r)) {
                return false;
            }
            if (!is_empty(r)) {
                continue;
            }
            if (!end_container(r)) {
                return false;
            }
        } else if (!read_scalar(r)) {
            return false;
        }
        if (!after_value(r)) {
            return false;
        }
    } while (r->depth > 0);
    skip_space(r);
    return r->p == r->end || fail(r, "nothing may follow the value");
}

enum error_code json_parse(struct arena *a, str source, struct json *ret, struct error *err)
{
    struct error local = { .code = OK };
    struct reader r = { .arena = a, .source = source, .p = source.ptr, .end = source.ptr + source.len,
                        .err = err != NULL ? err : &local };
    size_t valid;
    r.err->code = OK;
    bool fine = source.len <= LIMIT_JSON_BYTES ? read_all(&r) : fail_limit(&r, "JSON_BYTES", LIMIT_JSON_BYTES);
    if (fine && r.has_high && (valid = utf8_valid_length(source)) != source.len) {
        r.p = source.ptr + valid;
        fine = fail(&r, "the text is not valid UTF-8");
    }
    if (fine) {
        *ret = r.waiting[0];
    }
    enum error_code code = fine ? OK : code_of(&r);
    free(r.waiting); /* style: allow free: scratch */
    free(r.names);   /* style: allow free: scratch */
    return code;
}

const struct json *json_member(const struct json *object, str name)
{
    for (uint32_t i = 0; object->kind == JSON_OBJECT && i < object->count; i++) {
        if (str_eq(object->names[i], name)) {
            return &object->items[i];
        }
    }
    return NULL;
}
