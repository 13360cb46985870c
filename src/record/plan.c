/* plan: which pieces of the index a question reads.
 *
 * Each condition on an indexed field, and the offices asked for, are a set of ranges; the smallest set is read. Is it a
 * set of single keys, each of them gives its rows newest first, and they are merged; is it small, it is read whole and
 * sorted; is it not much larger, its index rows are, and rows are read as far as they are wanted; otherwise the rows
 * are read in the order asked for, and those that do not fit are passed over.
 */
#include "record/query_int.h"

#include "base/limit.h"

/* Index rows that are counted for a condition: as many as tell whether they are sorted in memory. */
enum { ESTIMATE = LIMIT_RECORD_GATHER + 1 };

struct choice {
    str name;
    struct record__ranges ranges;
    uint64_t estimate; /* counted to ESTIMATE */
    bool points;
    int64_t only;      /* one row */
};

/* ---- Candidates ---- */

static bool are_points(const struct record__ranges *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        if (!r->ptr[i].point) {
            return false;
        }
    }
    return true;
}

/* The index that answers conditions on a slot; false: none does. */
static bool index_of(struct record__asking *k, uint32_t slot, str *ret)
{
    const struct scheme_ledger *l = k->q->ledger;
    if (slot < l->field_count) {
        *ret = record__index_name(&k->scratch, k->ledger, ".", l->fields[slot].name);
        return k->kept->whole[slot];
    }
    uint32_t extra = slot - l->field_count;
    *ret = record__index_name(&k->scratch, k->ledger, "#", str_of(record__extra_names[extra]));
    return extra == RECORD__OFFICE || extra == RECORD__DOSSIER || extra == RECORD__PARENT;
}

/* Conditions of one key beside the best one: index rows can be asked for them. The smallest is asked for. Not while an
 * import is moved: then the index rows of a record are on two shelves. */
static void keep_probe(struct record__asking *k, const struct choice *c)
{
    if (k->batch_count == 0 && c->points && c->ranges.count == 1 && c->only == 0 && c->estimate < k->probe_estimate) {
        k->probe_estimate = c->estimate;
        k->probe_name = c->name;
        k->probe_key = c->ranges.ptr[0].low;
    }
}

/* `alone`: there is nothing else to be compared with it. */
static void consider(struct record__asking *k, struct choice *best, str name, const struct record__ranges *ranges,
                     bool alone)
{
    uint64_t most = best->estimate < ESTIMATE ? best->estimate + 1 : ESTIMATE;
    if (ranges->too_many) {
        return;
    }
    struct choice c = { .name = name, .ranges = *ranges, .points = are_points(ranges) };
    if (alone && c.points && k->order == RECORD__NEWEST) { /* is read in its order, however many there are */
        c.estimate = ESTIMATE;
        *best = c;
        return;
    }
    c.estimate = record__estimate(k, name, ranges, most);
    bool better = c.estimate < best->estimate || (c.estimate == best->estimate && c.points && !best->points);
    keep_probe(k, better ? best : &c);
    if (better) {
        *best = c;
    }
}

/* The numbers of rows stand in the index as text. */
static bool row_of(const struct record__ranges *r, int64_t *ret)
{
    /* 30, digits, 00 00 */
    if (r->too_many || r->count != 1 || !r->ptr[0].point || r->ptr[0].low.len < 4 || r->ptr[0].low.len > 21) {
        return false;
    }
    str digits = str_slice(r->ptr[0].low, 1, r->ptr[0].low.len - 2);
    int64_t n = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9') {
            return false;
        }
        n = n * 10 + (digits.ptr[i] - '0');
    }
    *ret = n;
    return n > 0;
}

static void everything(struct record__asking *k, struct choice *ret)
{
    struct record__range *all = ARENA_NEW(&k->scratch, struct record__range);
    *all = (struct record__range){ STR(""), STR("\0"), true };
    *ret = (struct choice){ .name = k->ledger, .ranges = { all, 1, false }, .estimate = UINT64_MAX, .points = true };
}

/* The whole index of the order. */
static void whole_order(struct record__asking *k, struct choice *ret)
{
    struct record__range *all = ARENA_NEW(&k->scratch, struct record__range);
    *all = (struct record__range){ STR(""), STR("\xFF"), false };
    *ret = (struct choice){ .name = k->order_name, .ranges = { all, 1, false }, .estimate = UINT64_MAX };
}

static void consider_offices(struct record__asking *k, struct choice *best, bool alone)
{
    const struct people_tree *tree = k->q->tree;
    struct record__ranges ranges = { 0 };
    uint32_t count = 0;
    if (tree == NULL) { /* that office alone */
        record__add_point(&ranges, &k->scratch, feel_number(dec_from_int(k->q->office)));
    }
    for (uint32_t i = 0; tree != NULL && i < tree->count && count <= LIMIT_RECORD_OFFICES; i++) {
        if (people_within(tree, tree->offices[i].id, k->q->office)) {
            record__add_point(&ranges, &k->scratch, feel_number(dec_from_int(tree->offices[i].id)));
            count++;
        }
    }
    if (count <= LIMIT_RECORD_OFFICES) {
        consider(k, best, k->office_name, &ranges, alone);
    }
}

/* All conditions on one name. */
struct narrowed {
    uint32_t slot;
    struct record__ranges ranges;
};

static str later(str a, str b)
{
    return str_cmp(a, b) > 0 ? a : b;
}

static str earlier(str a, str b)
{
    return str_cmp(a, b) < 0 ? a : b;
}

/* The keys that are in both. */
static struct record__ranges both(struct record__asking *k, const struct record__ranges *a,
                                  const struct record__ranges *b)
{
    struct record__ranges r = { 0 };
    if (a->too_many || b->too_many) {
        return a->too_many ? *b : *a;
    }
    r.ptr = ARENA_ARRAY(&k->scratch, struct record__range, (size_t)a->count * b->count);
    for (uint32_t i = 0; i < a->count; i++) {
        for (uint32_t n = 0; n < b->count; n++) {
            struct record__range x = { later(a->ptr[i].low, b->ptr[n].low), earlier(a->ptr[i].high, b->ptr[n].high),
                                       a->ptr[i].point || b->ptr[n].point };
            if (str_cmp(x.low, x.high) < 0) {
                r.ptr[r.count++] = x;
            }
        }
    }
    r.too_many = r.count > LIMIT_RECORD_RANGES;
    return r;
}

static uint32_t narrow(struct record__asking *k, struct narrowed *all)
{
    const struct record_filter *f = k->q->filter;
    uint32_t count = 0;
    for (uint32_t i = 0; f != NULL && i < f->condition_count; i++) {
        struct record__ranges ranges;
        uint32_t n = 0;
        record__condition_ranges(k, &f->conditions[i], &ranges);
        while (n < count && all[n].slot != f->conditions[i].slot) {
            n++;
        }
        all[n] = (struct narrowed){ f->conditions[i].slot, n < count ? both(k, &all[n].ranges, &ranges) : ranges };
        count += n == count;
    }
    return count;
}

/* The best of all conditions; the whole where there is none. */
static void find_best(struct record__asking *k, struct choice *best, struct choice *ordered)
{
    uint32_t most = k->q->filter == NULL ? 0 : k->q->filter->condition_count;
    struct narrowed *all = ARENA_ARRAY(&k->scratch, struct narrowed, most);
    uint32_t count = narrow(k, all);
    everything(k, best);
    whole_order(k, ordered);
    for (uint32_t i = 0; i < count; i++) {
        str name;
        int64_t row;
        if (all[i].slot == k->q->ledger->field_count + RECORD__ROW && row_of(&all[i].ranges, &row)) {
            everything(k, best);
            k->probe_name = STR("");
            best->only = row;
            best->estimate = 1;
            return;
        }
        if (index_of(k, all[i].slot, &name)) {
            consider(k, best, name, &all[i].ranges, count == 1 && k->q->office == 0);
            if (k->order != RECORD__NEWEST && str_eq(name, k->order_name) && !all[i].ranges.too_many) {
                ordered->ranges = all[i].ranges;
            }
        }
    }
    if (k->q->office != 0) {
        consider_offices(k, best, count == 0);
    }
}

/* ---- Sources ---- */

static void add_source(struct record__asking *k, str name, const struct record__range *range, int64_t only,
                       int64_t shelf, int64_t known_from)
{
    struct record__source *s = &k->sources[k->source_count++];
    *s = (struct record__source){ .name = name, .shelf = shelf, .known_from = known_from, .range = *range,
                                  .only = only };
}

static void add_sources(struct record__asking *k, const struct choice *c)
{
    str name;
    const struct record__ranges of_batch = record__batch_ranges(k, c->name, &c->ranges, &name);
    k->sources = ARENA_ARRAY(&k->scratch, struct record__source,
                             (size_t)c->ranges.count * 2 + (size_t)of_batch.count * k->batch_count);
    for (uint32_t i = 0; i < c->ranges.count; i++) {
        add_source(k, c->name, &c->ranges.ptr[i], c->only, RECORD__KNOWN, 0);
        if (k->q->known_at != INT64_MAX) {
            add_source(k, c->name, &c->ranges.ptr[i], c->only, RECORD__ENDED, 0);
        }
    }
    for (uint32_t b = 0; b < k->batch_count; b++) {
        const struct record__batch *batch = &k->batches[b];
        for (uint32_t i = 0; i < of_batch.count && batch->visible && batch->at <= k->q->known_at; i++) {
            add_source(k, name, &of_batch.ptr[i], c->only, batch->id, batch->at);
        }
    }
}

/* Too many rows to be read and sorted, but not too many index rows. */
static bool is_sifted(struct record__asking *k, const struct choice *c)
{
    if (k->order != RECORD__NEWEST || k->batch_count > 0 || c->estimate != ESTIMATE) {
        return false;
    }
    uint64_t rows = record__estimate(k, c->name, &c->ranges, LIMIT_RECORD_SIFT + 1);
    k->examined += rows <= LIMIT_RECORD_SIFT ? rows : 0;
    return rows <= LIMIT_RECORD_SIFT;
}

void record__choose(struct record__asking *k)
{
    struct choice best, ordered;
    find_best(k, &best, &ordered);
    bool small = best.estimate <= LIMIT_RECORD_GATHER;
    if (k->order == RECORD__NEWEST && best.points) {
        add_sources(k, &best);
    } else if (small && k->order != RECORD__NEWEST && str_eq(best.name, k->order_name)) {
        add_sources(k, &best);
    } else if (small) {
        k->gather = true;
        add_sources(k, &best);
    } else if (is_sifted(k, &best)) {
        k->sift = true;
        add_sources(k, &best);
    } else if (k->order != RECORD__NEWEST) {
        keep_probe(k, &best);
        add_sources(k, &ordered);
    } else {
        everything(k, &best);
        add_sources(k, &best);
    }
}
