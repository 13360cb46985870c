/* range: pieces of the index, read with the revisions they name, some rows at a time. */
#include "record/query_int.h"

#include "base/limit.h"

/* The statements differ in which way they go. A piece is cut first: where it ends, so many index rows on. Then the rows
 * in it are read that hold at the time and fulfil a second condition that the index knows, each with its revision, and
 * only as far as they are wanted; of the others the database looks at the index row and goes on. The LIMIT, which a
 * piece never exceeds, tells PostgreSQL how few they are. */
#define PIECE "FROM record_index AS p WHERE p.name = ? AND p.shelf = ? "
#define CUT "SELECT p.key, p.entry, p.id " PIECE
#define COUNT "SELECT count(*) " PIECE
#define HITS "SELECT p.key, p.entry, p.id, p.office, p.known_from, r.id, r.version, r.ledger, r.entry, r.revision, " \
             "r.key, r.office, r.party, r.dossier, r.parent, r.valid_from, r.valid_to, r.known_from, r.known_to, " \
             "r.actor, r.batch, r.body FROM record_index AS p CROSS JOIN record AS r WHERE r.id = p.id AND " \
             "p.name = ? AND p.shelf = ? "
#define TIMELY "AND p.valid_from <= ? AND p.valid_to > ? AND p.known_from <= ? AND p.known_to > ? " \
               "AND (? = 0 OR EXISTS (SELECT 1 FROM record_index AS j WHERE j.name = ? AND j.shelf = ? AND " \
               "j.key = ? AND j.entry = p.entry AND j.id = p.id)) "
#define POINT "AND p.key = ? AND (p.entry, p.id) < (?, ?) "
#define POINT_END "AND (p.entry, p.id) >= (?, ?) "
#define POINT_ORDER "ORDER BY p.entry DESC, p.id DESC "
#define SIFTED "SELECT p.entry, p.id " PIECE "AND p.key >= ? AND p.key < ? "
#define RISING "AND (p.key, p.entry, p.id) > (?, ?, ?) "
#define RISING_RANGE "AND p.key < ? "
#define RISING_END "AND (p.key, p.entry, p.id) <= (?, ?, ?) "
#define RISING_ORDER "ORDER BY p.key, p.entry, p.id "
#define FALLING "AND (p.key, p.entry, p.id) < (?, ?, ?) "
#define FALLING_RANGE "AND p.key >= ? "
#define FALLING_END "AND (p.key, p.entry, p.id) >= (?, ?, ?) "
#define FALLING_ORDER "ORDER BY p.key DESC, p.entry DESC, p.id DESC "

enum way { WAY_POINT, WAY_RISING, WAY_FALLING, WAYS };

static const struct {
    const char *cut, *count, *hits;
} sql[WAYS] = {
    [WAY_POINT] = { CUT POINT POINT_ORDER "LIMIT 1 OFFSET ?", COUNT POINT,
                    HITS POINT POINT_END TIMELY POINT_ORDER "LIMIT ?" },
    [WAY_RISING] = { CUT RISING RISING_RANGE RISING_ORDER "LIMIT 1 OFFSET ?", COUNT RISING RISING_RANGE,
                     HITS RISING RISING_END TIMELY RISING_ORDER "LIMIT ?" },
    [WAY_FALLING] = { CUT FALLING FALLING_RANGE FALLING_ORDER "LIMIT 1 OFFSET ?",
                      COUNT FALLING FALLING_RANGE,
                      HITS FALLING FALLING_END TIMELY FALLING_ORDER "LIMIT ?" },
};

enum { FIRST_PIECE = 32, LARGEST_PIECE = 1024 };

void record__source_end(struct record__source *s)
{
    if (s->rows != NULL) {
        store_rows_end(s->rows);
        s->rows = NULL;
    }
    arena_release(&s->arena);
    arena_release(&s->hit_arena);
}

/* ---- Cutting a piece ---- */

static enum way way_of(const struct record__asking *k)
{
    if (k->order == RECORD__NEWEST && !k->gather) {
        return WAY_POINT;
    }
    return k->order == RECORD__FALLING && !k->gather ? WAY_FALLING : WAY_RISING;
}

/* What all statements begin with: behind which place. The end of a piece is in the range: that is not asked again. */
static uint32_t add_begin(const struct record__source *s, enum way way, struct store_value *args)
{
    uint32_t n = 0;
    args[n++] = store_text(s->name);
    args[n++] = store_int(s->shelf);
    args[n++] = store_bytes(way == WAY_POINT ? s->range.low : s->last.key);
    args[n++] = store_int(s->last.entry);
    args[n++] = store_int(s->last.id);
    return n;
}

static uint32_t add_range(const struct record__source *s, enum way way, struct store_value *args)
{
    uint32_t n = add_begin(s, way, args);
    if (way != WAY_POINT) {
        args[n++] = store_bytes(way == WAY_FALLING ? s->range.low : s->range.high);
    }
    return n;
}

static int64_t count_rest(struct record__asking *k, const struct record__source *s)
{
    struct store_value args[8];
    struct store_rows *r = store_query(k->view, sql[way_of(k)].count, args, add_range(s, way_of(k), args));
    int64_t count = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return count;
}

/* Fewer index rows than a whole piece are left: it ends where the range does. */
static struct record__place last_end(const struct record__source *s, enum way way)
{
    switch (way) {
    case WAY_RISING: return (struct record__place){ s->range.high, -1, -1 };
    case WAY_FALLING: return (struct record__place){ s->range.low, -1, -1 };
    case WAY_POINT: case WAYS: break;
    }
    return (struct record__place){ s->range.low, s->only != 0 ? s->only : -1, -1 };
}

static void cut(struct record__asking *k, struct record__source *s)
{
    enum way way = way_of(k);
    struct store_value args[8];
    uint32_t n = add_range(s, way, args);
    args[n++] = store_int(s->size - 1);
    struct store_rows *r = s->only != 0 ? NULL : store_query(k->view, sql[way].cut, args, n);
    s->over = r == NULL || !store_next(r);
    if (s->over) {
        s->end = last_end(s, way);
    } else {
        s->end = (struct record__place){ arena_str(&s->arena, store_column_text(r, 0)), store_column_int(r, 1),
                                         store_column_int(r, 2) };
    }
    if (r != NULL) {
        store_rows_end(r);
    }
    s->count = s->only != 0 ? 0 : s->over ? count_rest(k, s) : s->size; /* the revisions of one row count as read */
}

/* ---- Reading a piece ---- */

/* What TIMELY asks for. */
static uint32_t add_timely(const struct record__asking *k, int64_t shelf, struct store_value *args)
{
    const struct record_query *q = k->q;
    bool always = (q->flags & RECORD_ALL_TIMES) != 0;
    int64_t known = q->known_at == INT64_MAX ? INT64_MAX - 1 : q->known_at;
    uint32_t n = 0;
    args[n++] = store_int(always ? INT64_MAX : q->valid_at);
    args[n++] = store_int(always ? INT64_MIN : q->valid_at);
    args[n++] = store_int(known);
    args[n++] = store_int(known);
    args[n++] = store_int(k->probe_name.len > 0);
    args[n++] = store_text(k->probe_name);
    args[n++] = store_int(shelf);
    args[n++] = store_bytes(k->probe_key);
    return n;
}

static struct store_rows *ask(struct record__asking *k, const struct record__source *s)
{
    enum way way = way_of(k);
    struct store_value args[24];
    uint32_t n = add_begin(s, way, args);
    if (way != WAY_POINT) {
        args[n++] = store_bytes(s->end.key);
    }
    args[n++] = store_int(s->end.entry);
    args[n++] = store_int(s->end.id);
    n += add_timely(k, s->shelf, args + n);
    args[n++] = store_int(s->size);
    return store_query(k->view, sql[way].hits, args, n);
}

/* A revision that a visible import has replaced is known until then. */
static void see_replaced(struct record__asking *k, const struct record__source *s, struct record__hit *hit)
{
    if (k->batch_count == 0 || s->shelf == RECORD__ENDED) {
        return;
    }
    int64_t at = record__replaced(k->view, k->ledger, k->batches, k->batch_count, hit->place.entry,
                                  s->shelf == RECORD__KNOWN ? 0 : s->shelf);
    hit->timely = at == INT64_MAX || at > k->q->known_at;
    hit->rev.row.known_to = at < hit->rev.row.known_to ? at : hit->rev.row.known_to;
}

static void read_hit(struct record__asking *k, struct record__source *s)
{
    struct store_rows *r = s->rows;
    s->count += s->only != 0;
    arena_clear(&s->hit_arena);
    s->hit = (struct record__hit){ .place = { arena_str(&s->hit_arena, store_column_text(r, 0)),
                                              store_column_int(r, 1), store_column_int(r, 2) },
                                   .office = store_column_int(r, 3), .timely = true };
    record__columns(&s->hit_arena, r, 5, &s->hit.rev);
    if (s->hit.rev.batch != 0) { /* its own says nothing yet */
        s->hit.rev.row.known_from = s->known_from != 0 ? s->known_from : store_column_int(r, 4);
    }
    see_replaced(k, s, &s->hit);
}

static void begin_piece(struct record__asking *k, struct record__source *s)
{
    uint64_t left = k->examined < LIMIT_RECORD_EXAMINED ? LIMIT_RECORD_EXAMINED - k->examined : 1;
    s->size = s->size < left ? s->size : (uint32_t)left;
    cut(k, s);
    s->rows = ask(k, s);
}

/* The end of a piece behind which there is another is a place too, of no revision: so that whoever has looked at enough
 * can stop there. */
static void end_piece(struct record__asking *k, struct record__source *s)
{
    store_rows_end(s->rows);
    s->rows = NULL;
    k->examined += (uint64_t)s->count;
    s->taken = false;
    s->size = s->size * 2 < LARGEST_PIECE ? s->size * 2 : LARGEST_PIECE;
    if (!s->over) {
        arena_clear(&s->hit_arena);
        s->last = (struct record__place){ arena_str(&s->hit_arena, s->end.key), s->end.entry, s->end.id };
        arena_clear(&s->arena);
        s->last.key = arena_str(&s->arena, s->last.key);
        s->hit = (struct record__hit){ .place = s->last };
        s->there = true;
    }
}

/* Where a source begins: before its range, or at the cursor where that is further. */
static void begin(struct record__asking *k, struct record__source *s)
{
    bool falling = k->order == RECORD__FALLING;
    if (k->order == RECORD__NEWEST && !k->gather) {
        s->last = (struct record__place){ s->range.low, INT64_MAX, INT64_MAX };
        if (s->only != 0) {
            s->last.entry = s->only;
        }
    } else {
        s->last = (struct record__place){ falling && !k->gather ? s->range.high : s->range.low, -1, -1 };
        s->last.entry = s->only != 0 ? s->only : -1;
    }
    bool further = k->has_after && !k->gather && record__compare(k, &k->after, &s->last) > 0;
    if (further) {
        s->last = k->after;
    }
    uint32_t wanted = k->q->max < LARGEST_PIECE ? k->q->max + 1 : LARGEST_PIECE;
    s->size = k->source_count > 1 || wanted < FIRST_PIECE ? FIRST_PIECE : wanted;
}

struct record__hit *record__head(struct record__asking *k, struct record__source *s)
{
    if (s->size == 0) {
        begin(k, s);
    }
    while (!s->there && (s->rows != NULL || !s->over)) {
        if (s->rows == NULL) {
            begin_piece(k, s);
        }
        if (store_next(s->rows)) {
            read_hit(k, s);
            s->there = true;
        } else {
            end_piece(k, s);
        }
    }
    return s->there ? &s->hit : NULL;
}

void record__take(struct record__source *s)
{
    s->there = false;
    s->taken = s->hit.timely;
}

uint64_t record__open_pieces(const struct record__asking *k)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < k->source_count; i++) {
        const struct record__source *s = &k->sources[i];
        count += s->rows != NULL && s->taken ? (uint64_t)s->count : 0;
    }
    return count;
}

/* ---- Places alone ---- */

uint32_t record__sift(struct record__asking *k, struct record__place **ret)
{
    struct record__place *all = ARENA_ARRAY(&k->scratch, struct record__place, LIMIT_RECORD_SIFT);
    uint32_t count = 0;
    for (uint32_t i = 0; i < k->source_count; i++) {
        const struct record__source *s = &k->sources[i];
        struct store_value args[16] = { store_text(s->name), store_int(s->shelf), store_bytes(s->range.low),
                                        store_bytes(s->range.high) };
        struct store_rows *r = store_query(k->view, SIFTED TIMELY, args, 4 + add_timely(k, s->shelf, args + 4));
        while (count < LIMIT_RECORD_SIFT && store_next(r)) {
            all[count++] = (struct record__place){ STR(""), store_column_int(r, 0), store_column_int(r, 1) };
        }
        store_rows_end(r);
    }
    *ret = all;
    return count;
}

bool record__read_place(struct record__asking *k, struct arena *a, const struct record__place *place,
                        struct record__revision *ret)
{
    struct store_value args[] = { store_int(place->id) };
    struct store_rows *r = store_query(k->view, "SELECT " RECORD__COLUMNS " FROM record WHERE id = ?", args, 1);
    bool there = store_next(r);
    if (there) {
        record__columns(a, r, 0, ret);
    }
    store_rows_end(r);
    return there;
}

/* ---- Order ---- */

static int order_ids(const struct record__place *a, const struct record__place *b)
{
    int c = (a->entry > b->entry) - (a->entry < b->entry);
    return c != 0 ? c : (a->id > b->id) - (a->id < b->id);
}

int record__compare(const struct record__asking *k, const struct record__place *a, const struct record__place *b)
{
    if (k->order == RECORD__NEWEST) {
        return -order_ids(a, b);
    }
    int c = str_cmp(a->key, b->key);
    c = c != 0 ? c : order_ids(a, b);
    return k->order == RECORD__FALLING ? -c : c;
}

/* ---- Size ---- */

static int64_t count_range(struct record__asking *k, str name, int64_t shelf, const struct record__range *range,
                           uint64_t most)
{
    struct store_value args[] = { store_text(name), store_int(shelf), store_bytes(range->low),
                                  store_bytes(range->high), store_int((int64_t)most) };
    struct store_rows *r = store_query(k->view,
                                       "SELECT count(*) FROM (SELECT 1 AS one FROM record_index WHERE name = ? AND "
                                       "shelf = ? AND key >= ? AND key < ? LIMIT ?) AS part", args, 5);
    int64_t n = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return n;
}

struct record__ranges record__batch_ranges(const struct record__asking *k, str name, const struct record__ranges *r,
                                           str *ret_name)
{
    static struct record__range all = { { "", 0 }, { "\0", 1 }, true };
    bool by_office = str_eq(name, k->office_name);
    *ret_name = by_office ? k->ledger : name;
    return by_office ? (struct record__ranges){ &all, 1, false } : *r;
}

uint64_t record__estimate(struct record__asking *k, str name, const struct record__ranges *r, uint64_t most)
{
    uint64_t n = 0;
    str own;
    const struct record__ranges of_batch = record__batch_ranges(k, name, r, &own);
    for (uint32_t i = 0; i < r->count && n < most; i++) {
        n += (uint64_t)count_range(k, name, RECORD__KNOWN, &r->ptr[i], most - n);
        if (k->q->known_at != INT64_MAX && n < most) {
            n += (uint64_t)count_range(k, name, RECORD__ENDED, &r->ptr[i], most - n);
        }
    }
    for (uint32_t b = 0; b < k->batch_count; b++) {
        for (uint32_t i = 0; i < of_batch.count && n < most; i++) {
            n += (uint64_t)count_range(k, own, k->batches[b].id, &of_batch.ptr[i], most - n);
        }
    }
    return n;
}
