/* arena: memory that is given back all at once.
 *
 * Everything with a common lifetime is allocated from one arena and freed
 * together; nothing in it is freed alone. The lifetimes of the program are
 * named in src/base/README.md: process, model, evaluation, scratch.
 *
 * Invariants
 *   1. arena_alloc never returns NULL: a real lack of memory ends the process
 *      (design.md 2.7). What a user can cause is bounded before, by a limit
 *      that the caller tests against arena_used().
 *   2. Every result is aligned for any type of up to 16 bytes.
 *   3. After arena_clear the largest block is kept, so that a loop of
 *      evaluations settles at no malloc at all.
 *
 * An arena belongs to one thread at a time. What it holds may be read by many
 * once nobody writes to it any more.
 */
#ifndef GONGSHI_BASE_ARENA_H
#define GONGSHI_BASE_ARENA_H

#include "base/str.h"

struct arena_block;

struct arena {
    char *next;                /* the first free byte of the current block */
    char *end;                 /* the byte after it */
    struct arena_block *block; /* the current block, chained to the earlier ones */
    size_t full;               /* bytes taken from the blocks before the current one */
};

#define ARENA_INIT { NULL, NULL, NULL, 0 }

/* A place to come back to; see arena_rewind. */
struct arena_mark {
    struct arena_block *block;
    char *next;
    size_t full;
};

/* Frees every block. The arena is empty and usable again. */
void arena_release(struct arena *a);

/* Forgets every allocation but keeps the largest block for the next round. */
void arena_clear(struct arena *a);

/* Rewinding frees all that was allocated since the mark was taken. Marks nest. */
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);

void *arena__alloc_slow(struct arena *a, size_t size);

/* What an allocation takes; at least something, so that a size of 0 gives a valid pointer of an empty arena too. */
static inline size_t arena__rounded(size_t size)
{
    return (size + (size == 0) + 15) & ~(size_t)15;
}

/* `size` bytes, not cleared. A size of 0 gives a valid pointer. */
static inline void *arena_alloc(struct arena *a, size_t size)
{
    size_t rounded = arena__rounded(size);
    if (rounded >= size && rounded <= (size_t)(a->end - a->next)) {
        void *p = a->next;
        a->next += rounded;
        return p;
    }
    return arena__alloc_slow(a, size);
}

/* `count` objects of `size` bytes, cleared to zero; an overflow of the product ends the process. */
void *arena_calloc(struct arena *a, size_t count, size_t size);

#define ARENA_NEW(a, type) ((type *)arena_calloc((a), 1, sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_calloc((a), (count), sizeof(type)))

/* A copy of `old_size` bytes in a place of `new_size`; grows in place where it can. */
void *arena_grow(struct arena *a, void *old, size_t old_size, size_t new_size);

/* A copy of s, followed by a NUL byte that the length does not count. */
str arena_str(struct arena *a, str s);

/* printf into the arena; the result is NUL-terminated too. */
str arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes handed out since the arena was empty: what limits are tested against. */
size_t arena_used(const struct arena *a);

#endif
