/* arena: blocks in a chain, the newest first; each at least twice the last up
 * to a ceiling, so that a big evaluation needs few of them. */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_FIRST = 4096, BLOCK_CEILING = 1 << 20 };

struct arena_block {
    struct arena_block *prev;
    size_t size; /* usable bytes after this header */
    char data[] __attribute__((aligned(16)));
};

static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "gongshi: out of memory (asked for %zu bytes)\n", size);
    abort();
}

static void enter_block(struct arena *a, struct arena_block *b)
{
    a->block = b;
    a->next = b->data;
    a->end = b->data + b->size;
}

void *arena__alloc_slow(struct arena *a, size_t size)
{
    size_t rounded = arena__rounded(size);
    if (rounded < size || rounded > SIZE_MAX / 2) {
        out_of_memory(size);
    }
    size_t block_size = a->block == NULL ? BLOCK_FIRST : a->block->size * 2;
    if (block_size > BLOCK_CEILING) {
        block_size = BLOCK_CEILING;
    }
    if (block_size < rounded) {
        block_size = rounded;
    }
    struct arena_block *b = malloc(sizeof *b + block_size);
    if (b == NULL) {
        out_of_memory(size);
    }
    b->prev = a->block;
    b->size = block_size;
    if (a->block != NULL) {
        a->full += (size_t)(a->next - a->block->data);
    }
    enter_block(a, b);
    a->next += rounded;
    return b->data;
}

void *arena_calloc(struct arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        out_of_memory(SIZE_MAX);
    }
    void *p = arena_alloc(a, bytes);
    memset(p, 0, bytes);
    return p;
}

void *arena_grow(struct arena *a, void *old, size_t old_size, size_t new_size)
{
    assert(new_size >= old_size);
    size_t old_rounded = arena__rounded(old_size);
    size_t new_rounded = arena__rounded(new_size);
    bool last = old != NULL && (char *)old + old_rounded == a->next;
    if (last && new_rounded - old_rounded <= (size_t)(a->end - a->next)) {
        a->next += new_rounded - old_rounded;
        return old;
    }
    void *p = arena_alloc(a, new_size);
    if (old_size > 0) {
        memcpy(p, old, old_size);
    }
    return p;
}

str arena_str(struct arena *a, str s)
{
    char *p = arena_alloc(a, s.len + 1);
    if (s.len > 0) {
        memcpy(p, s.ptr, s.len);
    }
    p[s.len] = '\0';
    return (str){ p, s.len };
}

str arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    char small[128]; /* most texts: printed once */
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    assert(n >= 0);
    char *p = arena_alloc(a, (size_t)n + 1);
    if ((size_t)n < sizeof small) {
        memcpy(p, small, (size_t)n + 1);
    } else {
        vsnprintf(p, (size_t)n + 1, format, again);
    }
    va_end(again);
    return (str){ p, (size_t)n };
}

size_t arena_used(const struct arena *a)
{
    return a->block == NULL ? 0 : a->full + (size_t)(a->next - a->block->data);
}

static void free_until(struct arena_block *from, const struct arena_block *stop)
{
    while (from != stop) {
        struct arena_block *prev = from->prev;
        free(from);
        from = prev;
    }
}

void arena_release(struct arena *a)
{
    free_until(a->block, NULL);
    *a = (struct arena)ARENA_INIT;
}

void arena_clear(struct arena *a)
{
    if (a->block == NULL) {
        return;
    }
    struct arena_block *keep = a->block;
    for (struct arena_block *b = a->block; b != NULL; b = b->prev) {
        keep = b->size > keep->size ? b : keep;
    }
    for (struct arena_block *b = a->block; b != NULL;) {
        struct arena_block *prev = b->prev;
        if (b != keep) {
            free(b);
        }
        b = prev;
    }
    keep->prev = NULL;
    a->full = 0;
    enter_block(a, keep);
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){ a->block, a->next, a->full };
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
    if (mark.block == NULL) {
        arena_clear(a);
        return;
    }
    free_until(a->block, mark.block);
    a->block = mark.block;
    a->next = mark.next;
    a->end = mark.block->data + mark.block->size;
    a->full = mark.full;
}
