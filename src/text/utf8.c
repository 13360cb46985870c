/* utf8: see utf8.h. */
#include "text/utf8.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

/* Length of the valid sequence at p, or 0. Table 3-7 of the Unicode standard. */
static size_t valid_length(const unsigned char *p, size_t left)
{
    unsigned char c = p[0];
    if (c < 0x80) {
        return 1;
    }
    if (c >= 0xC2 && c <= 0xDF) {
        return left >= 2 && (p[1] & 0xC0) == 0x80 ? 2 : 0;
    }
    if (c >= 0xE0 && c <= 0xEF) {
        unsigned low = c == 0xE0 ? 0xA0 : 0x80, high = c == 0xED ? 0x9F : 0xBF;
        return left >= 3 && p[1] >= low && p[1] <= high && (p[2] & 0xC0) == 0x80 ? 3 : 0;
    }
    if (c >= 0xF0 && c <= 0xF4) {
        unsigned low = c == 0xF0 ? 0x90 : 0x80, high = c == 0xF4 ? 0x8F : 0xBF;
        return left >= 4 && p[1] >= low && p[1] <= high && (p[2] & 0xC0) == 0x80 && (p[3] & 0xC0) == 0x80 ? 4 : 0;
    }
    return 0;
}

size_t utf8_valid_length(str s)
{
    const unsigned char *p = (const unsigned char *)s.ptr, *end = p + s.len;
    while (p < end) {
        uint64_t word;
        while (end - p >= 8 && (memcpy(&word, p, 8), (word & 0x8080808080808080u) == 0)) {
            p += 8; /* eight ASCII characters at once */
        }
        size_t n = p < end ? valid_length(p, (size_t)(end - p)) : 0;
        if (n == 0) {
            break;
        }
        p += n;
    }
    return s.len - (size_t)(end - p);
}

bool utf8_valid(str s)
{
    return utf8_valid_length(s) == s.len;
}

size_t utf8_count(str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    }
    return n;
}

size_t utf8_length_at(const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;
    size_t n = c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    return n <= (size_t)(end - p) ? n : (size_t)(end - p);
}

uint32_t utf8_get(str s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    if (p[0] < 0x80) {
        return p[0];
    }
    if (p[0] < 0xE0) {
        return ((p[0] & 0x1Fu) << 6) | (p[1] & 0x3Fu);
    }
    if (p[0] < 0xF0) {
        return ((p[0] & 0x0Fu) << 12) | ((p[1] & 0x3Fu) << 6) | (p[2] & 0x3Fu);
    }
    return ((p[0] & 0x07u) << 18) | ((p[1] & 0x3Fu) << 12) | ((p[2] & 0x3Fu) << 6) | (p[3] & 0x3Fu);
}

void utf8_put(struct buf *out, uint32_t code)
{
    char b[4];
    size_t n = 0;
    if (code < 0x80) {
        b[n++] = (char)code;
    } else if (code < 0x800) {
        b[n++] = (char)(0xC0 | (code >> 6));
    } else if (code < 0x10000) {
        b[n++] = (char)(0xE0 | (code >> 12));
        b[n++] = (char)(0x80 | ((code >> 6) & 0x3F));
    } else {
        b[n++] = (char)(0xF0 | (code >> 18));
        b[n++] = (char)(0x80 | ((code >> 12) & 0x3F));
        b[n++] = (char)(0x80 | ((code >> 6) & 0x3F));
    }
    if (code >= 0x80) {
        b[n++] = (char)(0x80 | (code & 0x3F));
    }
    buf_add(out, (str){ b, n });
}

size_t utf8_offset(str s, size_t n)
{
    size_t i = 0;
    while (i < s.len && n > 0) {
        i += utf8_length_at(s.ptr + i, s.ptr + s.len);
        n--;
    }
    return i;
}

/* The C library's tables for Unicode, whatever the process's locale is. */
static locale_t unicode_locale;

static void open_locale(void)
{
    unicode_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static locale_t unicode(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_locale);
    return unicode_locale;
}

static void map_case(str s, bool upper, struct buf *out)
{
    locale_t locale = unicode();
    for (size_t i = 0; i < s.len;) {
        size_t n = utf8_length_at(s.ptr + i, s.ptr + s.len);
        uint32_t code = utf8_get(str_slice(s, i, i + n));
        if (upper && code == 0xDF) {
            buf_addz(out, "SS");
        } else if (locale == (locale_t)0) {
            utf8_put(out, code);
        } else {
            utf8_put(out, (uint32_t)(upper ? towupper_l((wint_t)code, locale) : towlower_l((wint_t)code, locale)));
        }
        i += n;
    }
}

void utf8_upper(str s, struct buf *out)
{
    map_case(s, true, out);
}

void utf8_lower(str s, struct buf *out)
{
    map_case(s, false, out);
}
