/* pattern: regular expressions of ECMAScript, which form-js has, in the language of FEEL's.
 *
 * Both have most of their syntax in common. Rewritten are the classes that mean more in Unicode than in ECMAScript (\d
 * is ten digits there), \u and \x, and the escapes of characters that need none. What FEEL has not (\b, looking ahead,
 * names of groups) is refused when the form is loaded.
 */
#include "form/form_int.h"

#include "text/utf8.h"

struct translator {
    str p;
    size_t at;
    bool in_class;
    struct buf *out;
};

/* \d and its like; outside of a class in brackets of their own. */
static bool put_class(struct translator *t, char letter)
{
    const char *inside = letter == 'd' || letter == 'D' ? "0-9" : "A-Za-z0-9_";
    bool not = letter == 'D' || letter == 'W';
    if (t->in_class) {
        buf_addz(t->out, inside);
        if (t->at < t->p.len && t->p.ptr[t->at] == '-') { /* after a class it is itself */
            buf_addz(t->out, "\\-");
            t->at++;
        }
        return !not;
    }
    buf_printf(t->out, "[%s%s]", not ? "^" : "", inside);
    return true;
}

static bool put_code(struct translator *t, size_t digits)
{
    uint32_t code = 0;
    if (t->p.len - t->at < digits) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        char c = t->p.ptr[t->at++];
        uint32_t value = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                                : 16;
        if (value == 16) {
            return false;
        }
        code = code * 16 + value;
    }
    if (code >= 0xD800 && code < 0xE000) {
        return false;
    }
    if (code < 0x80 && memchr("\\|.?*+(){}[]^$-", (int)code, 15) != NULL) {
        buf_addc(t->out, '\\');
    }
    utf8_put(t->out, code);
    return code != 0;
}

static bool put_escape(struct translator *t)
{
    if (t->at == t->p.len) {
        return false;
    }
    char c = t->p.ptr[t->at++];
    switch (c) {
    case 'd': case 'D': case 'w': case 'W':
        return put_class(t, c);
    case 'u':
        return put_code(t, 4);
    case 'x':
        return put_code(t, 2);
    case 'b': case 'B': case 'k': case 'c': case '0': case 'f': case 'v':
        return false;
    default:
        break;
    }
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || memchr("\\|.?*+(){}[]^$-", c, 15) != NULL) {
        buf_addc(t->out, '\\');
    }
    buf_addc(t->out, c);
    return true;
}

bool form__translate_pattern(struct arena *a, str pattern, str *ret)
{
    struct buf out = BUF_INIT(LIMIT_REGEX_SOURCE * 16);
    struct translator t = { pattern, 0, false, &out };
    bool fine = true;
    while (fine && t.at < pattern.len) {
        char c = pattern.ptr[t.at++];
        if (c == '\\') {
            fine = put_escape(&t);
            continue;
        }
        if (c == '[' && t.in_class) {
            buf_addc(&out, '\\'); /* in ECMAScript it is itself there */
        }
        t.in_class = c == '[' || (t.in_class && c != ']');
        buf_addc(&out, c);
    }
    *ret = arena_str(a, buf_str(&out));
    fine &= !out.overflow;
    buf_release(&out);
    return fine;
}
