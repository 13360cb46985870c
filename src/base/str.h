/* str: a borrowed piece of text, passed by value.
 *
 * A `str` is a pointer and a length in bytes. It owns nothing: the bytes live
 * in an arena, in a buffer or in the program, and whoever made the str says
 * for how long. The bytes are UTF-8 unless a function says otherwise; they
 * may contain NUL and need not end with one.
 */
#ifndef GONGSHI_BASE_STR_H
#define GONGSHI_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct str {
    const char *ptr;
    size_t len;
} str;

/* A str of a string literal, usable in initialisers of locals. */
#define STR(literal) ((str){ (literal), sizeof(literal) - 1 })

/* For printf: printf("%.*s", STR_ARG(s)). The argument is evaluated twice. */
#define STR_ARG(s) (int)(s).len, (s).ptr

static inline str str_of(const char *zero_terminated)
{
    return (str){ zero_terminated, strlen(zero_terminated) };
}

static inline bool str_eq(str a, str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Bytewise order, which for UTF-8 is the order of the code points. */
static inline int str_cmp(str a, str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static inline bool str_starts_with(str s, str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

/* The piece [from, to) in bytes; the caller keeps 0 <= from <= to <= len. */
static inline str str_slice(str s, size_t from, size_t to)
{
    return (str){ s.ptr + from, to - from };
}

/* For tables of names that outsiders choose. SipHash under a key that each process draws: nobody can prepare names that
 * fall on one place. So a hash must not decide an order that anybody sees. */
uint32_t str_hash(str s);

/* `size` bytes in lower-case hexadecimal: 2 * size characters and a NUL. */
void str_hex(const void *bytes, size_t size, char *ret);

/* Without the ASCII white space at both ends. */
str str_trim(str s);

#endif
