/* lex: characters. FEEL has no token stream of its own here: which characters make a name depends on the names in
 * scope, so the parser asks for one thing at a time.
 *
 * A name character is any of DMN 1.5 grammar rules 27 – 29. All code points from U+0080 that are not white space
 * count as letters: the rules name nearly all of them, and a name is looked up in the end.
 */
#include "feel/tree_int.h"

enum { CLASS_NONE, CLASS_START, CLASS_PART };

static const uint8_t classes[128] = {
    ['A' ... 'Z'] = CLASS_START, ['a' ... 'z'] = CLASS_START, ['_'] = CLASS_START,
    ['?'] = CLASS_START,         ['0' ... '9'] = CLASS_PART,
};

uint32_t feel__space_length(const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;
    if (c == ' ' || (c >= 9 && c <= 13)) {
        return 1;
    }
    if (c < 0xC2) {
        return 0;
    }
    if (c == 0xC2 && end - p >= 2) {
        return (unsigned char)p[1] == 0xA0 || (unsigned char)p[1] == 0x85 ? 2 : 0;
    }
    if (end - p < 3) {
        return 0;
    }
    uint32_t cp = ((uint32_t)(c & 0x0F) << 12) | ((uint32_t)(p[1] & 0x3F) << 6) | (uint32_t)(p[2] & 0x3F);
    bool three = (c & 0xF0) == 0xE0;
    bool space = cp == 0x1680 || cp == 0x180E || (cp >= 0x2000 && cp <= 0x200B) || cp == 0x2028 || cp == 0x2029 ||
                 cp == 0x202F || cp == 0x205F || cp == 0x3000 || cp == 0xFEFF;
    return three && space ? 3 : 0;
}

/* The end of the comment at p, or NULL when there is none. A block that never ends takes the rest. */
static const char *skip_comment(const char *p, const char *end)
{
    if (end - p < 2 || p[0] != '/') {
        return NULL;
    }
    if (p[1] == '/') {
        while (p < end && *p != '\n') {
            p++;
        }
        return p;
    }
    if (p[1] != '*') {
        return NULL;
    }
    for (p += 2; end - p >= 2; p++) {
        if (p[0] == '*' && p[1] == '/') {
            return p + 2;
        }
    }
    return end;
}

const char *feel__skip_spaces(const char *p, const char *end)
{
    while (p < end) {
        uint32_t n = feel__space_length(p, end);
        if (n > 0) {
            p += n;
            continue;
        }
        const char *after = *p == '/' ? skip_comment(p, end) : NULL;
        if (after == NULL) {
            return p;
        }
        p = after;
    }
    return p;
}

uint32_t feel__word(const char *p, const char *end)
{
    const char *start = p;
    while (p < end) {
        unsigned char c = (unsigned char)*p;
        if (c < 128) {
            if (classes[c] == CLASS_NONE || (classes[c] == CLASS_PART && p == start)) {
                break;
            }
        } else if (feel__space_length(p, end) > 0) {
            break;
        }
        p++;
    }
    return (uint32_t)(p - start);
}

bool feel__is_keyword(str w)
{
    static const char *const keywords[] = { "and",  "between", "else", "every",     "false", "for",  "function", "if",
                                            "in",   "instance", "null", "or",       "return", "satisfies", "some",
                                            "then", "true" };
    if (w.len < 2 || w.len > 9) {
        return false;
    }
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (keywords[i][0] == w.ptr[0] && strlen(keywords[i]) == w.len && memcmp(keywords[i], w.ptr, w.len) == 0) {
            return true;
        }
    }
    return false;
}
