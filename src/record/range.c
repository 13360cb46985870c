/* range: pieces of the index, read with the revisions they name, some rows at a time. */
#include "record/query_int.h"

#include "base/limit.h"

/* The statements differ in which way they go. A piece is cut first and joined then, so that what is looked at is
 * bounded by the piece, whatever the times and the planner of the database make of it. Of rows that do not hold at the
 * time, or do not fulfil a second condition that the index knows, only the index row is read: their `hit` is no
 * revision. */
#define HEAD "SELECT i.key, i.entry, i.id, i.office, i.known_from, "
#define REVISION "r.id, r.version, r.ledger, r.entry, r.revision, r.key, r.office, r.party, r.dossier, r.parent, " \
                 "r.valid_from, r.valid_to, r.known_from, r.known_to, r.actor, r.batch, r.body "
#define PIECE "FROM (SELECT p.key, p.entry, p.id, p.office, p.known_from, " \
              "CASE WHEN p.valid_from <= ? AND p.valid_to > ? AND " \
              "p.known_from <= ? AND p.known_to > ? AND (? = 0 OR EXISTS (SELECT 1 FROM record_index AS j WHERE " \
              "j.name = ? AND j.shelf = ? AND j.key = ? AND j.entry = p.entry AND j.id = p.id)) " \
              "THEN p.id ELSE 0 END AS hit FROM record_index AS p WHERE p.name = ? AND p.shelf = ? "
#define JOIN "LIMIT ?) AS i LEFT JOIN record AS r ON r.id = i.hit "

static const char point_sql[] = HEAD REVISION PIECE "AND p.key = ? AND (p.entry, p.id) < (?, ?) "
                                "ORDER BY p.entry DESC, p.id DESC " JOIN "ORDER BY i.entry DESC, i.id DESC";
static const char rising_sql[] = HEAD REVISION PIECE "AND (p.key, p.entry, p.id) > (?, ?, ?) AND p.key < ? "
                                 "ORDER BY p.key, p.entry, p.id " JOIN "ORDER BY i.key, i.entry, i.id";
static const char falling_sql[] = HEAD REVISION PIECE "AND (p.key, p.entry, p.id) < (?, ?, ?) AND p.key >= ? "
                                  "ORDER BY p.key DESC, p.entry DESC, p.id DESC " JOIN
                                  "ORDER BY i.key DESC, i.entry DESC, i.id DESC";

enum { FIRST_PIECE = 32, LARGEST_PIECE = 1024 };

void record__source_end(struct record__source *s)
{
    arena_release(&s->arena);
}

/* ---- Reading a piece ---- */

static struct store_rows *ask(struct record__asking *k, struct record__source *s)
{
    const struct record_query *q = k->q;
    bool always = (q->flags & RECORD_ALL_TIMES) != 0;
    int64_t known = q->known_at == INT64_MAX ? INT64_MAX - 1 : q->known_at;
    struct store_value args[16];
    const char *sql = point_sql;
    uint32_t n = 0;
    args[n++] = store_int(always ? INT64_MAX : q->valid_at);
    args[n++] = store_int(always ? INT64_MIN : q->valid_at);
    args[n++] = store_int(known);
    args[n++] = store_int(known);
    args[n++] = store_int(k->probe_name.len > 0);
    args[n++] = store_text(k->probe_name);
    args[n++] = store_int(s->shelf);
    args[n++] = store_bytes(k->probe_key);
    args[n++] = store_text(s->name);
    args[n++] = store_int(s->shelf);
    if (k->order != RECORD__NEWEST || k->gather) {
        bool falling = k->order == RECORD__FALLING && !k->gather;
        sql = falling ? falling_sql : rising_sql;
        args[n++] = store_bytes(s->last.key);
        args[n++] = store_int(s->last.entry);
        args[n++] = store_int(s->last.id);
        args[n++] = store_bytes(falling ? s->range.low : s->range.high);
    } else {
        args[n++] = store_bytes(s->range.low);
        args[n++] = store_int(s->last.entry);
        args[n++] = store_int(s->last.id);
    }
    args[n++] = store_int(s->size);
    return store_query(k->view, sql, args, n);
}

/* A revision that a visible import has replaced is known until then. */
static void see_replaced(struct record__asking *k, const struct record__source *s, struct record__hit *hit)
{
    if (!hit->timely || k->batch_count == 0 || s->shelf == RECORD__ENDED) {
        return;
    }
    int64_t at = record__replaced(k->view, k->ledger, k->batches, k->batch_count, hit->place.entry,
                                  s->shelf == RECORD__KNOWN ? 0 : s->shelf);
    hit->timely = at == INT64_MAX || at > k->q->known_at;
    hit->rev.row.known_to = at < hit->rev.row.known_to ? at : hit->rev.row.known_to;
}

static void read_hit(struct record__source *s, struct store_rows *r, struct record__hit *hit)
{
    hit->place = (struct record__place){ arena_str(&s->arena, store_column_text(r, 0)), store_column_int(r, 1),
                                         store_column_int(r, 2) };
    hit->office = store_column_int(r, 3);
    hit->timely = store_column_int(r, 5) != 0;
    if (hit->timely) {
        record__columns(&s->arena, r, 5, &hit->rev);
        if (hit->rev.batch != 0) { /* its own says nothing yet */
            hit->rev.row.known_from = s->known_from != 0 ? s->known_from : store_column_int(r, 4);
        }
    }
}

static void read_piece(struct record__asking *k, struct record__source *s)
{
    struct arena before = s->arena; /* the place to go on from stands in it */
    s->arena = (struct arena)ARENA_INIT;
    s->hits = ARENA_ARRAY(&s->arena, struct record__hit, s->size);
    s->count = s->at = 0;
    struct store_rows *r = ask(k, s);
    while (s->count < s->size && store_next(r)) {
        read_hit(s, r, &s->hits[s->count]);
        if (s->only != 0 && s->hits[s->count].place.entry != s->only) {
            s->over = true;
            break;
        }
        s->count++;
    }
    store_rows_end(r);
    for (uint32_t i = 0; i < s->count; i++) {
        see_replaced(k, s, &s->hits[i]);
    }
    s->over |= s->count < s->size;
    if (s->count > 0) {
        s->last = s->hits[s->count - 1].place;
    }
    s->size = s->size * 2 < LARGEST_PIECE ? s->size * 2 : LARGEST_PIECE;
    arena_release(&before);
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
    while (s->at == s->count && !s->over) {
        read_piece(k, s);
    }
    return s->at < s->count ? &s->hits[s->at] : NULL;
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

uint64_t record__estimate(struct record__asking *k, str name, const struct record__ranges *r, uint64_t most)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < r->count && n < most; i++) {
        n += (uint64_t)count_range(k, name, RECORD__KNOWN, &r->ptr[i], most - n);
        if (k->q->known_at != INT64_MAX && n < most) {
            n += (uint64_t)count_range(k, name, RECORD__ENDED, &r->ptr[i], most - n);
        }
        for (uint32_t b = 0; b < k->batch_count && n < most; b++) {
            n += (uint64_t)count_range(k, name, k->batches[b].id, &r->ptr[i], most - n);
        }
    }
    return n;
}
