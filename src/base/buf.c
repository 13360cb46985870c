/* buf: see buf.h. */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_release(struct buf *b)
{
    free(b->ptr);
    b->ptr = NULL;
    b->len = b->size = 0;
    b->overflow = false;
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->overflow = false;
}

/* True when `extra` more bytes and a NUL fit. */
static bool make_room(struct buf *b, size_t extra)
{
    if (b->overflow || extra > b->max - b->len) {
        b->overflow = true;
        return false;
    }
    size_t need = b->len + extra + 1;
    if (need > b->size) {
        size_t size = b->size == 0 ? 64 : b->size;
        while (size < need) {
            size *= 2;
        }
        char *ptr = realloc(b->ptr, size);
        if (ptr == NULL) {
            fprintf(stderr, "gongshi: out of memory (asked for %zu bytes)\n", size);
            abort();
        }
        b->ptr = ptr;
        b->size = size;
    }
    return true;
}

void buf_add(struct buf *b, str s)
{
    if (s.len > 0 && make_room(b, s.len)) {
        memcpy(b->ptr + b->len, s.ptr, s.len);
        b->len += s.len;
        b->ptr[b->len] = '\0';
    }
}

void buf_addc(struct buf *b, char c)
{
    buf_add(b, (str){ &c, 1 });
}

void buf_addz(struct buf *b, const char *zero_terminated)
{
    buf_add(b, str_of(zero_terminated));
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    char small[128]; /* most texts: printed once */
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    assert(n >= 0);
    if (make_room(b, (size_t)n)) {
        if ((size_t)n < sizeof small) {
            memcpy(b->ptr + b->len, small, (size_t)n + 1);
        } else {
            vsnprintf(b->ptr + b->len, (size_t)n + 1, format, again);
        }
        b->len += (size_t)n;
    }
    va_end(again);
}

str buf_str(const struct buf *b)
{
    return b->len == 0 ? STR("") : (str){ b->ptr, b->len };
}
