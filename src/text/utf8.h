/* utf8: code points in UTF-8 text. Surrogates, overlong forms and values beyond U+10FFFF are not UTF-8. */
#ifndef GONGSHI_TEXT_UTF8_H
#define GONGSHI_TEXT_UTF8_H

#include "base/buf.h"
#include "base/str.h"

bool utf8_valid(str s);

/* Bytes of the longest valid text at the start of s: all of it, or up to the first bad byte. */
size_t utf8_valid_length(str s);

/* Code points in a valid text. */
size_t utf8_count(str s);

/* Bytes of the character at p, by its first byte; at most end - p, at least 1. */
size_t utf8_length_at(const char *p, const char *end);

/* The code point at the start of a valid, non-empty text. */
uint32_t utf8_get(str s);

/* Appends a code point, which must be one. */
void utf8_put(struct buf *out, uint32_t code);

/* The byte at which the n-th code point (from 0) begins; s.len for n = count or beyond. */
size_t utf8_offset(str s, size_t n);

/* Simple case mapping of Unicode, and the one full mapping that people miss: ß becomes SS. */
void utf8_upper(str s, struct buf *out);
void utf8_lower(str s, struct buf *out);

#endif
