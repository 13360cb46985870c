/* group: the rows of ledgers by the values of their keys, so that each of many askers finds his own.
 *
 * Rows with a value that is no scalar, and all rows where an asker's value is none, are given to everybody: the
 * condition itself is evaluated over what comes. So a row may be looked at in vain, but none is missed.
 */
#include "record/table_int.h"

#include "scheme/fact.h"

struct bucket {
    uint64_t hash;
    uint32_t first, last; /* places in `next`, + 1; 0: none */
    uint32_t count;
};

struct groups_part {
    feel_value rows;          /* all */
    struct bucket *buckets;   /* open addressing; a power of two */
    uint32_t mask;
    uint32_t *next;           /* of each row: the one after it in its bucket, + 1 */
    feel_value *picked;       /* for the asker who asks */
    bool whole;               /* rows cannot be told apart: all go to everybody */
};

struct record__groups {
    struct arena *arena;
    const struct scheme_query *query;
    struct groups_part *parts;
};

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 32;
}

/* Equal values have equal hashes. False for what has none. */
static bool hash_value(uint64_t h, feel_value v, uint64_t *ret)
{
    dec n;
    switch (v.kind) {
    case FEEL_NULL: *ret = mix(h, 1); return true;
    case FEEL_BOOLEAN: *ret = mix(h, 2 + v.boolean); return true;
    case FEEL_STRING: *ret = mix(h, str_hash(feel_str(v))); return true;
    case FEEL_DATE: *ret = mix(h, (uint64_t)cal_days_from_date(v.date)); return true;
    case FEEL_NUMBER:
        n = dec_normal(v.number);
        *ret = mix(mix(h, n.lo), n.hi);
        return true;
    default: return false;
    }
}

struct record__groups *record__groups_new(struct arena *a, const struct scheme_query *q)
{
    struct record__groups *g = ARENA_NEW(a, struct record__groups);
    *g = (struct record__groups){ a, q, ARENA_ARRAY(a, struct groups_part, scheme_query_parts(q)) };
    return g;
}

static struct bucket *find(const struct groups_part *p, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & p->mask;
    while (p->buckets[at].first != 0 && p->buckets[at].hash != hash) {
        at = (at + 1) & p->mask;
    }
    return &p->buckets[at];
}

static bool hash_row(const struct record__groups *g, uint32_t part, feel_value row, uint64_t *ret)
{
    uint64_t h = 0;
    for (uint32_t i = 0; i < scheme_query_keys(g->query, part); i++) {
        feel_value v = feel_null();
        feel_context_get(row, scheme_query_key_field(g->query, part, i), &v);
        if (!hash_value(h, v, &h)) {
            return false;
        }
    }
    *ret = h;
    return true;
}

void record__groups_fill(struct record__groups *g, uint32_t part, feel_value rows)
{
    struct groups_part *p = &g->parts[part];
    uint32_t size = 16;
    while (size < 2 * rows.count) {
        size *= 2;
    }
    *p = (struct groups_part){ .rows = rows, .mask = size - 1, .whole = scheme_query_keys(g->query, part) == 0 };
    p->buckets = ARENA_ARRAY(g->arena, struct bucket, size);
    p->next = ARENA_ARRAY(g->arena, uint32_t, rows.count);
    p->picked = ARENA_ARRAY(g->arena, feel_value, rows.count);
    for (uint32_t i = 0; i < rows.count && !p->whole; i++) {
        uint64_t hash;
        if (!hash_row(g, part, rows.items[i], &hash)) {
            p->whole = true;
            break;
        }
        struct bucket *b = find(p, hash);
        if (b->first == 0) {
            *b = (struct bucket){ hash, i + 1, i + 1, 0 };
        } else {
            p->next[b->last - 1] = i + 1;
            b->last = i + 1;
        }
        b->count++;
    }
}

feel_value record__group(struct record__groups *g, uint32_t part, struct feel_eval *ev, const struct scheme_query *q,
                         feel_value self)
{
    struct groups_part *p = &g->parts[part];
    uint64_t hash = 0;
    bool told = !p->whole;
    for (uint32_t i = 0; i < scheme_query_keys(q, part) && told; i++) {
        told = hash_value(hash, scheme_query_key(q, part, i, ev, self), &hash);
    }
    if (!told) {
        return p->rows;
    }
    uint32_t n = 0;
    for (uint32_t at = find(p, hash)->first; at != 0; at = p->next[at - 1]) {
        p->picked[n++] = p->rows.items[at - 1];
    }
    return feel_list(p->picked, n);
}
