/* buf: a growing byte buffer with a ceiling and a sticky error.
 *
 * Every buffer is born with the largest size it may reach. Appending past it
 * sets `overflow` and drops the bytes; later appends do nothing. So a writer
 * appends freely and asks once, at the end.
 */
#ifndef GONGSHI_BASE_BUF_H
#define GONGSHI_BASE_BUF_H

#include "base/str.h"

struct buf {
    char *ptr; /* NUL-terminated once anything was appended */
    size_t len;
    size_t size;    /* bytes allocated */
    size_t max;     /* the ceiling of len */
    bool overflow;  /* sticky */
};

#define BUF_INIT(ceiling) { NULL, 0, 0, (ceiling), false }

void buf_release(struct buf *b);

/* Empties the buffer and forgets an overflow; the memory stays. */
void buf_clear(struct buf *b);

void buf_add(struct buf *b, str s);
void buf_addc(struct buf *b, char c);
void buf_addz(struct buf *b, const char *zero_terminated);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What was written so far; valid until the next append. */
str buf_str(const struct buf *b);

#endif
