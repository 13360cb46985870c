/* overlap: how much of a text stands in other texts.
 *
 * The text becomes a row of characters without white space, marks and case. Each place has the run of SCHEME_RUN
 * characters that begins there; equal runs are one entry of a hash table. Another text is walked once, and the runs of
 * the first that it has are stamped; a character is copied when it lies in a stamped run. So the time is that of
 * reading both, whatever they repeat.
 */
#include "scheme/fact.h"

#include "base/limit.h"
#include "text/utf8.h"

struct run {
    uint64_t hash;
    uint32_t place;  /* where it first begins, + 1; 0: free */
    uint32_t stamp;  /* of the last text that has it */
};

struct scheme_overlap {
    struct arena *arena;
    uint32_t *characters;
    uint32_t count;
    struct run *runs;    /* open addressing; a power of two */
    uint32_t mask;
    uint32_t *run_of;    /* the run that begins at each place */
    bool *copied;
    uint32_t stamp;
};

/* White space, marks, symbols: what may differ between two writings of the same words. */
static bool counts(uint32_t c)
{
    if (c < 0x80) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    }
    bool mark = c < 0xC0 || c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x206F) || (c >= 0x3000 && c <= 0x303F) ||
                (c >= 0xFE10 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF0F) || (c >= 0xFF1A && c <= 0xFF20) ||
                (c >= 0xFF3B && c <= 0xFF40) || (c >= 0xFF5B && c <= 0xFF65);
    return !mark;
}

static uint32_t *characters_of(struct arena *a, str text, uint32_t *ret_count)
{
    struct buf lower = BUF_INIT(LIMIT_FEEL_STRING * 2);
    utf8_lower(text, &lower);
    str s = buf_str(&lower);
    uint32_t *list = ARENA_ARRAY(a, uint32_t, s.len);
    uint32_t n = 0;
    while (s.len > 0) {
        uint32_t c = utf8_get(s);
        size_t length = utf8_length_at(s.ptr, s.ptr + s.len);
        if (counts(c)) {
            list[n++] = c;
        }
        s = str_slice(s, length, s.len);
    }
    buf_release(&lower);
    *ret_count = n;
    return list;
}

static uint64_t hash_of(const uint32_t *run)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (int i = 0; i < SCHEME_RUN; i++) {
        h = (h ^ run[i]) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    }
    return h;
}

/* The entry of a run, or the free one where it would go. */
static struct run *find(const struct scheme_overlap *o, const uint32_t *run)
{
    uint64_t hash = hash_of(run);
    uint32_t at = (uint32_t)hash & o->mask;
    while (o->runs[at].place != 0 &&
           (o->runs[at].hash != hash || memcmp(&o->characters[o->runs[at].place - 1], run,
                                               SCHEME_RUN * sizeof *run) != 0)) {
        at = (at + 1) & o->mask;
    }
    o->runs[at].hash = o->runs[at].place == 0 ? hash : o->runs[at].hash;
    return &o->runs[at];
}

struct scheme_overlap *scheme_overlap_new(struct arena *a, str text)
{
    struct scheme_overlap *o = ARENA_NEW(a, struct scheme_overlap);
    uint32_t size = 16;
    o->arena = a;
    o->characters = characters_of(a, text, &o->count);
    while (size < 2 * o->count) {
        size *= 2;
    }
    o->mask = size - 1;
    o->runs = ARENA_ARRAY(a, struct run, size);
    o->run_of = ARENA_ARRAY(a, uint32_t, o->count);
    o->copied = ARENA_ARRAY(a, bool, o->count);
    for (uint32_t i = 0; i + SCHEME_RUN <= o->count; i++) {
        struct run *r = find(o, &o->characters[i]);
        r->place = r->place == 0 ? i + 1 : r->place;
        o->run_of[i] = (uint32_t)(r - o->runs);
    }
    return o;
}

uint32_t scheme_overlap_with(struct scheme_overlap *o, str other)
{
    struct arena_mark mark = arena_mark(o->arena);
    uint32_t count, end = 0, here = 0;
    uint32_t *characters = characters_of(o->arena, other, &count);
    o->stamp++;
    for (uint32_t i = 0; i + SCHEME_RUN <= count; i++) {
        struct run *r = find(o, &characters[i]);
        r->stamp = r->place != 0 ? o->stamp : 0;
    }
    arena_rewind(o->arena, mark);
    for (uint32_t i = 0; i < o->count; i++) {
        if (i + SCHEME_RUN <= o->count && o->runs[o->run_of[i]].stamp == o->stamp) {
            end = i + SCHEME_RUN;
        }
        o->copied[i] = o->copied[i] || i < end;
        here += i < end;
    }
    return here;
}

uint32_t scheme_overlap_characters(const struct scheme_overlap *o)
{
    return o->count;
}

uint32_t scheme_overlap_copied(const struct scheme_overlap *o)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->count; i++) {
        n += o->copied[i];
    }
    return n;
}
