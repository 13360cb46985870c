/* A JSON text: a second reader, written for shortness, takes it exactly when json_parse does; what was taken is
 * written, read and written again to the same bytes, plain and indented; and what FEEL makes of it survives the same.
 */
#include "fuzz.h"

#include "base/limit.h"
#include "feel/feel.h"
#include "text/json.h"
#include "text/json_write.h"
#include "text/utf8.h"

#include <assert.h>

enum { TEXT_MAX = 64 << 20 };

/* ---- The second reader: the grammar of RFC 8259, rule by rule ---- */

struct naive {
    const char *p, *end;
    int depth;
};

static bool value(struct naive *n);

static void space(struct naive *n)
{
    while (n->p < n->end && memchr(" \t\r\n", *n->p, 4) != NULL) {
        n->p++;
    }
}

static bool take(struct naive *n, char c)
{
    bool there = n->p < n->end && *n->p == c;
    n->p += there;
    return there;
}

static bool take_any(struct naive *n, const char *set)
{
    bool there = n->p < n->end && *n->p != '\0' && strchr(set, *n->p) != NULL;
    n->p += there;
    return there;
}

static bool digits(struct naive *n)
{
    bool any = false;
    while (take_any(n, "0123456789")) {
        any = true;
    }
    return any;
}

static bool number(struct naive *n)
{
    take(n, '-');
    if (!take(n, '0') && !digits(n)) {
        return false;
    }
    if (take(n, '.') && !digits(n)) {
        return false;
    }
    if (take_any(n, "eE")) {
        take_any(n, "+-");
        return digits(n);
    }
    return true;
}

/* Four digits of an escape, or -1. */
static int unit(struct naive *n)
{
    static const char hex[] = "0123456789abcdefABCDEF";
    int u = 0;
    for (int i = 0; i < 4; i++) {
        const char *at = n->p;
        if (!take_any(n, hex)) {
            return -1;
        }
        int digit = (int)(strchr(hex, *at) - hex);
        u = u * 16 + (digit < 16 ? digit : digit - 6);
    }
    return u;
}

static bool escape(struct naive *n)
{
    if (!take(n, 'u')) {
        return take_any(n, "\"\\/bfnrt");
    }
    int u = unit(n);
    if (u < 0xD800 || u > 0xDFFF) {
        return u >= 0;
    }
    int low = u < 0xDC00 && take(n, '\\') && take(n, 'u') ? unit(n) : -1;
    return low >= 0xDC00 && low <= 0xDFFF;
}

static bool string(struct naive *n)
{
    if (!take(n, '"')) {
        return false;
    }
    while (n->p < n->end && *n->p != '"') {
        if ((unsigned char)*n->p < 0x20 || (*n->p++ == '\\' && !escape(n))) {
            return false;
        }
    }
    return take(n, '"');
}

static bool items(struct naive *n, char end, bool named)
{
    space(n);
    if (take(n, end)) {
        return true;
    }
    do {
        space(n);
        if (named) {
            if (!string(n)) {
                return false;
            }
            space(n);
            if (!take(n, ':')) {
                return false;
            }
        }
        if (!value(n)) {
            return false;
        }
    } while (take(n, ','));
    return take(n, end);
}

static bool word(struct naive *n, const char *w)
{
    while (*w != '\0' && take(n, *w)) {
        w++;
    }
    return *w == '\0';
}

static bool value(struct naive *n)
{
    space(n);
    bool fine;
    if (n->p == n->end || ++n->depth > LIMIT_JSON_DEPTH + 1) {
        return false;
    }
    switch (*n->p) {
    case '{':
        n->p++;
        fine = items(n, '}', true);
        break;
    case '[':
        n->p++;
        fine = items(n, ']', false);
        break;
    case '"':
        fine = string(n);
        break;
    case 't':
        fine = word(n, "true");
        break;
    case 'f':
        fine = word(n, "false");
        break;
    case 'n':
        fine = word(n, "null");
        break;
    default:
        fine = number(n);
        break;
    }
    n->depth--;
    space(n);
    return fine;
}

/* ---- The round trip ---- */

static void write_value(struct json_writer *w, const struct json *v)
{
    switch ((enum json_kind)v->kind) {
    case JSON_NULL:
        json_null(w);
        break;
    case JSON_FALSE:
    case JSON_TRUE:
        json_bool(w, v->kind == JSON_TRUE);
        break;
    case JSON_NUMBER:
        json_raw(w, v->text);
        break;
    case JSON_STRING:
        json_string(w, v->text);
        break;
    case JSON_ARRAY:
        json_begin_array(w);
        for (uint32_t i = 0; i < v->count; i++) {
            write_value(w, &v->items[i]);
        }
        json_end_array(w);
        break;
    case JSON_OBJECT:
        json_begin_object(w);
        for (uint32_t i = 0; i < v->count; i++) {
            assert(json_member(v, v->names[i]) == &v->items[i]);
            json_key(w, v->names[i]);
            write_value(w, &v->items[i]);
        }
        json_end_object(w);
        break;
    }
}

static str write_text(struct arena *a, const struct json *v, bool pretty)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    struct json_writer w;
    json_writer_init(&w, &b, pretty);
    write_value(&w, v);
    assert(!b.overflow);
    str s = arena_str(a, buf_str(&b));
    buf_release(&b);
    return s;
}

static void check_round_trip(struct arena *a, const struct json *v)
{
    struct json again;
    str once = write_text(a, v, false), pretty = write_text(a, v, true);
    assert(utf8_valid(once));
    enum error_code code = json_parse(a, once, &again, NULL);
    assert(code == OK && str_eq(write_text(a, &again, false), once));
    code = json_parse(a, pretty, &again, NULL);
    assert(code == OK && str_eq(write_text(a, &again, false), once));
}

/* Through FEEL: numbers lose what decimal128 does not hold, so only the second writing must be like the first. */
static void check_feel(struct arena *a, str text)
{
    feel_value v, again;
    struct error err = { .code = OK };
    struct buf once = BUF_INIT(TEXT_MAX), twice = BUF_INIT(TEXT_MAX);
    if (feel_json_read(a, text, &v, &err) == OK) {
        feel_json_write(v, false, &once);
        if (!once.overflow) {
            enum error_code code = feel_json_read(a, buf_str(&once), &again, &err);
            assert(code == OK || code == ERROR_LIMIT);
            if (code == OK) {
                feel_json_write(again, false, &twice);
                assert(str_eq(buf_str(&once), buf_str(&twice)));
            }
        }
    }
    buf_release(&once);
    buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    str text = { (const char *)data, size };
    struct json v;
    struct error err = { .code = OK };
    struct naive n = { .p = text.ptr, .end = text.ptr + size };
    bool wanted = value(&n) && n.p == n.end && utf8_valid(text);
    enum error_code code = json_parse(&a, text, &v, &err);
    if (code == OK) {
        assert(wanted);
        check_round_trip(&a, &v);
        check_feel(&a, text);
    } else {
        bool twice = strstr(err.message, "twice") != NULL;
        assert(err.code == code && (!wanted || twice || code == ERROR_LIMIT));
        assert(err.where.line > 0 && err.where.column > 0);
    }
    arena_release(&a);
    return 0;
}
