/* query: rows that fit, in an order, as they held on a day and as they were known on a day. */
#include "record/query_int.h"

#include "base/limit.h"

#include <stdlib.h>

/* ---- Cursors ---- */

/* "N.ENTRY.ID", or "K.ENTRY.ID.KEY" in hexadecimal. */
static str write_cursor(const struct record__asking *k, struct arena *a, const struct record__place *p)
{
    if (k->order == RECORD__NEWEST) {
        return arena_printf(a, "n.%llx.%llx", (unsigned long long)p->entry, (unsigned long long)p->id);
    }
    char *key = arena_alloc(a, 2 * p->key.len + 1);
    str_hex(p->key.ptr, p->key.len, key);
    return arena_printf(a, "k.%llx.%llx.%s", (unsigned long long)p->entry, (unsigned long long)p->id, key);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A number up to a dot or the end; moves behind it. */
static bool take_number(str *s, int64_t *ret)
{
    int64_t n = 0;
    size_t i = 0;
    for (; i < s->len && i < 16 && hex_digit(s->ptr[i]) >= 0; i++) {
        n = (int64_t)((uint64_t)n << 4) + hex_digit(s->ptr[i]);
    }
    if (i == 0 || n < 0 || (i < s->len && s->ptr[i] != '.')) {
        return false;
    }
    *ret = n;
    *s = str_slice(*s, i < s->len ? i + 1 : i, s->len);
    return true;
}

static bool take_key(str s, struct arena *a, str *ret)
{
    char *bytes = arena_alloc(a, s.len / 2 + 1);
    for (size_t i = 0; i + 1 < s.len; i += 2) {
        int high = hex_digit(s.ptr[i]), low = hex_digit(s.ptr[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i / 2] = (char)(high * 16 + low);
    }
    *ret = (str){ bytes, s.len / 2 };
    return s.len % 2 == 0 && s.len / 2 <= LIMIT_RECORD_KEY;
}

static enum error_code read_cursor(struct record__asking *k, struct error *err)
{
    str s = k->q->after;
    if (s.len == 0) {
        return OK;
    }
    bool fine = str_starts_with(s, k->order == RECORD__NEWEST ? STR("n.") : STR("k."));
    s = str_slice(s, fine ? 2 : 0, s.len);
    fine = fine && take_number(&s, &k->after.entry) && take_number(&s, &k->after.id);
    fine = fine && (k->order == RECORD__NEWEST ? s.len == 0 : take_key(s, &k->scratch, &k->after.key));
    if (!fine) {
        error_set(err, ERROR_INVALID, "this is no place in the list");
        error_hint(err, "begin again from its first page");
        return ERROR_INVALID;
    }
    k->has_after = true;
    return OK;
}

/* ---- Beginning and ending ---- */

static enum error_code set_order(struct record__asking *k, struct error *err)
{
    const struct record_query *q = k->q;
    k->order_field = -1;
    if (q->order.len == 0 || q->words.len > 0) {
        return OK;
    }
    k->order_field = scheme_field(q->ledger, q->order);
    if (k->order_field < 0 || !record__is_indexed(q->ledger, (uint32_t)k->order_field)) {
        error_set(err, ERROR_INVALID, "the ledger \"%.*s\" is not ordered by \"%.*s\"", STR_ARG(q->ledger->name),
                  STR_ARG(q->order));
        error_hint(err, "order by a field that has an index");
        return ERROR_INVALID;
    }
    if (!k->kept->whole[k->order_field]) {
        error_set(err, ERROR_INVALID, "the index of \"%.*s\" is still being made", STR_ARG(q->order));
        error_hint(err, "try again in a moment, or order by another field");
        return ERROR_INVALID;
    }
    k->order = q->descending ? RECORD__FALLING : RECORD__RISING;
    k->order_name = record__index_name(&k->scratch, k->ledger, ".", q->order);
    return OK;
}

static enum error_code begin(struct record__asking *k, struct store_view *v, struct feel_eval *ev,
                             const struct record_query *q, struct error *err)
{
    *k = (struct record__asking){ .view = v, .q = q, .probe_estimate = UINT64_MAX };
    uint32_t self = q->ledger->field_count + RECORD__EXTRAS;
    k->shape = record__shape(&k->scratch, q->ledger);
    k->ledger = record__ledger_name(&k->scratch, q->scheme, q->ledger);
    k->slots = ARENA_ARRAY(&k->scratch, feel_value, self + 1);
    k->slots[self] = q->self;
    k->office_name = record__index_name(&k->scratch, k->ledger, "#", STR("office"));
    k->kept = record__kept(v, &k->scratch, q->ledger, k->ledger);
    k->batch_count = record__batches(v, &k->scratch, k->ledger, &k->batches);
    if (q->filter != NULL) {
        k->ev = feel_eval_new(feel_eval_environment(ev));
    }
    enum error_code code = set_order(k, err);
    return code == OK ? read_cursor(k, err) : code;
}

static void end(struct record__asking *k)
{
    for (uint32_t i = 0; i < k->source_count; i++) {
        record__source_end(&k->sources[i]);
    }
    if (k->ev != NULL) {
        feel_eval_free(k->ev);
    }
    arena_release(&k->scratch);
}

/* ---- Rows ---- */

/* Rows that fit, taken one after the other. */
struct taker {
    struct arena *a;   /* of the rows; NULL: they are only counted */
    struct record_row *rows;
    struct record__place *places;
    uint32_t count, max;
    bool broken;       /* a body could not be read */
    struct arena row;  /* of one row */
};

/* Where the body of a row is read that is kept when it is wanted. */
static struct arena *body_arena(struct taker *t)
{
    if (t->a == NULL) {
        arena_clear(&t->row);
    }
    return t->a == NULL ? &t->row : t->a;
}

/* What the filter must know of the row is read into `a`, and stays there only when the row is wanted. */
static bool is_wanted(struct record__asking *k, struct taker *t, struct record__revision *rev, int64_t office,
                      struct arena *a)
{
    if (k->q->office != 0 && office != k->q->office &&
        (k->q->tree == NULL || !people_within(k->q->tree, office, k->q->office))) {
        return false;
    }
    if (k->q->filter == NULL) {
        return true;
    }
    struct arena_mark mark = arena_mark(a);
    bool sound = record__read_body(a, k->shape, arena_str(a, rev->body), &rev->row.body);
    bool wanted = sound && record__passes(k, &rev->row);
    t->broken |= !sound;
    if (!wanted) {
        arena_rewind(a, mark);
    }
    return wanted;
}

/* The body for `a`, where it may have been read for the filter, into what goes. */
static bool take_body(struct record__asking *k, struct arena *a, const struct record__revision *rev, feel_value *ret)
{
    if (rev->row.body.kind == FEEL_CONTEXT) {
        *ret = feel_copy(a, rev->row.body);
        return true;
    }
    return record__read_body(a, k->shape, arena_str(a, rev->body), ret);
}

/* A body that was read is in the arena of the rows. */
static void keep(struct record__asking *k, struct taker *t, const struct record__revision *rev,
                 const struct record__place *place)
{
    uint32_t n = t->count++;
    if (t->a == NULL) {
        return;
    }
    if ((n & (n - 1)) == 0) { /* full at each power of two: copied so often only */
        uint32_t size = n == 0 ? 1 : 2 * n;
        t->rows = arena_grow(t->a, t->rows, n * sizeof *t->rows, size * sizeof *t->rows);
        t->places = arena_grow(t->a, t->places, n * sizeof *t->places, size * sizeof *t->places);
    }
    struct record_row *row = &t->rows[n];
    *row = rev->row;
    row->party = arena_str(t->a, rev->row.party);
    t->places[n] = *place;
    t->places[n].key = arena_str(t->a, place->key);
    if (row->body.kind != FEEL_CONTEXT) {
        t->broken |= !record__read_body(t->a, k->shape, arena_str(t->a, rev->body), &row->body);
    }
}

/* Shapes must live as long as the rows. */
static void share_shape(struct record__asking *k, struct arena *a)
{
    k->shape = record__shape(a, k->q->ledger);
}

/* The source whose row is next, or NULL. */
static struct record__source *next_source(struct record__asking *k)
{
    struct record__source *best = NULL;
    for (uint32_t i = 0; i < k->source_count; i++) {
        struct record__hit *hit = record__head(k, &k->sources[i]);
        if (hit != NULL && (best == NULL || record__compare(k, &hit->place, &best->hit.place) < 0)) {
            best = &k->sources[i];
        }
    }
    return best;
}

/* Reads the sources in order; *ret_more: there is more, behind *ret_place. */
static bool merge(struct record__asking *k, struct taker *t, struct record__place *ret_place)
{
    struct record__source *s;
    while ((s = next_source(k)) != NULL) {
        const struct record__hit *hit = &s->hit;
        if (t->count == t->max) {
            return true;
        }
        *ret_place = hit->place;
        ret_place->key = arena_str(&k->scratch, hit->place.key);
        if (!hit->timely && k->examined >= LIMIT_RECORD_EXAMINED) {
            return true;
        }
        if (hit->timely && is_wanted(k, t, &s->hit.rev, hit->office, body_arena(t))) {
            keep(k, t, &hit->rev, &hit->place);
        }
        record__take(s);
    }
    return false;
}

/* ---- Sorting in memory ---- */

struct sorted {
    struct record__place place;
    struct record__revision *rev;
};

static int by_place(const void *a, const void *b, void *asking)
{
    return record__compare(asking, &((const struct sorted *)a)->place, &((const struct sorted *)b)->place);
}

/* For sorting; false: its body cannot be read. */
static bool collect_hit(struct record__asking *k, const struct record__hit *hit, struct sorted *ret)
{
    struct record__revision *rev = ARENA_NEW(&k->scratch, struct record__revision);
    *rev = hit->rev;
    rev->row.party = arena_str(&k->scratch, hit->rev.row.party);
    *ret = (struct sorted){ { STR(""), hit->place.entry, hit->place.id }, rev };
    if (!take_body(k, &k->scratch, &hit->rev, &rev->row.body)) {
        return false;
    }
    if (k->order != RECORD__NEWEST) {
        record__index_key(&k->scratch, rev->row.body.values[k->order_field], &ret->place.key);
    }
    return true;
}

static uint32_t collect(struct record__asking *k, struct taker *t, struct sorted **ret)
{
    struct sorted *all = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < k->source_count; i++) {
        struct record__hit *hit;
        while ((hit = record__head(k, &k->sources[i])) != NULL) {
            arena_clear(&t->row);
            if (hit->timely && is_wanted(k, t, &hit->rev, hit->office, &t->row)) {
                all = arena_grow(&k->scratch, all, count * sizeof *all, (count + 1) * sizeof *all);
                t->broken |= !collect_hit(k, hit, &all[count++]);
            }
            record__take(&k->sources[i]);
        }
    }
    *ret = all;
    return count;
}

static bool gather(struct record__asking *k, struct taker *t, struct record__place *ret_place)
{
    struct sorted *all;
    uint32_t count = collect(k, t, &all);
    if (count > 0) {
        qsort_r(all, count, sizeof *all, by_place, k);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (k->has_after && record__compare(k, &all[i].place, &k->after) <= 0) {
            continue;
        }
        if (t->count == t->max) {
            return true;
        }
        *ret_place = all[i].place;
        if (t->a != NULL) {
            all[i].rev->row.body = feel_copy(t->a, all[i].rev->row.body);
        }
        keep(k, t, all[i].rev, &all[i].place);
    }
    return false;
}

static int by_newest(const void *a, const void *b, void *asking)
{
    return record__compare(asking, a, b);
}

static bool sift(struct record__asking *k, struct taker *t, struct record__place *ret_place)
{
    struct record__place *all;
    struct record__revision rev;
    struct arena row = ARENA_INIT;
    uint32_t count = record__sift(k, &all), i = 0;
    if (count > 0) {
        qsort_r(all, count, sizeof *all, by_newest, k);
    }
    while (i < count && k->has_after && record__compare(k, &all[i], &k->after) <= 0) {
        i++;
    }
    for (; i < count && t->count < t->max; i++) {
        arena_clear(&row);
        *ret_place = all[i];
        if (record__read_place(k, &row, &all[i], &rev) && is_wanted(k, t, &rev, rev.row.office, body_arena(t))) {
            keep(k, t, &rev, &all[i]);
        }
    }
    arena_release(&row);
    return i < count;
}

/* ---- Words ---- */

/* The revision of a row at the times asked for. Those of imports that are not visible are passed over. */
static bool read_timely(struct record__asking *k, struct arena *a, int64_t row, struct record__revision *ret)
{
    const struct record_query *q = k->q;
    int64_t known = q->known_at == INT64_MAX ? INT64_MAX - 1 : q->known_at;
    struct store_value args[] = { store_int(row), store_int(known), store_int(known) };
    struct store_rows *r = store_query(k->view, "SELECT " RECORD__COLUMNS " FROM record WHERE entry = ? AND "
                                                "known_from <= ? AND known_to > ? ORDER BY revision DESC",
                                       args, 3);
    bool there = false;
    while (!there && store_next(r)) {
        record__columns(a, r, 0, ret);
        there = record__settle(k->view, a, ret) && ret->row.known_from <= q->known_at;
    }
    store_rows_end(r);
    bool always = (q->flags & RECORD_ALL_TIMES) != 0;
    return there && str_eq(ret->ledger, k->ledger) &&
           (always || (ret->row.valid_from <= q->valid_at && ret->row.valid_to > q->valid_at));
}

/* Rows that the words are asked for at a time; at first only as many as are wanted, for each costs. */
enum { FOUND = 128 };

/* The marks that the words are asked with: of the ledger, or of few offices. */
static uint32_t list_marks(struct record__asking *k, str *marks)
{
    const struct people_tree *tree = k->q->office != 0 ? k->q->tree : NULL;
    uint32_t count = 0;
    if (tree == NULL && k->q->office != 0) {
        marks[count++] = record__words_mark(&k->scratch, k->ledger, k->q->office);
    }
    for (uint32_t i = 0; tree != NULL && i < tree->count; i++) {
        if (people_within(tree, tree->offices[i].id, k->q->office)) {
            if (count == LIMIT_RECORD_SEARCHES) {
                count = 0;
                break;
            }
            marks[count++] = record__words_mark(&k->scratch, k->ledger, tree->offices[i].id);
        }
    }
    if (count == 0) {
        marks[count++] = record__words_mark(&k->scratch, k->ledger, 0);
    }
    return count;
}

struct found {
    str question;
    int64_t ids[FOUND];
    uint32_t count, at;
    bool over;
};

static int64_t *found_head(struct record__asking *k, struct found *f, int64_t before)
{
    if (f->at == f->count && !f->over) {
        before = f->count > 0 ? f->ids[f->count - 1] : before;
        uint32_t most = f->count == 0 && k->q->max < FOUND ? k->q->max + 1 : FOUND;
        f->count = store_search(k->view, STR("record"), f->question, before, most, f->ids);
        f->at = 0;
        f->over = f->count < most;
    }
    return f->at < f->count ? &f->ids[f->at] : NULL;
}

static struct found *newest_found(struct record__asking *k, struct found *all, uint32_t count)
{
    struct found *best = NULL;
    for (uint32_t i = 0; i < count; i++) {
        int64_t *id = found_head(k, &all[i], k->has_after ? k->after.entry : INT64_MAX);
        if (id != NULL && (best == NULL || *id > best->ids[best->at])) {
            best = &all[i];
        }
    }
    return best;
}

static bool search(struct record__asking *k, struct taker *t, struct record__place *ret_place)
{
    str marks[LIMIT_RECORD_SEARCHES];
    uint32_t count = list_marks(k, marks);
    struct found *all = ARENA_ARRAY(&k->scratch, struct found, count), *f;
    struct arena row = ARENA_INIT;
    bool more = false;
    for (uint32_t i = 0; i < count; i++) {
        all[i].question = arena_printf(&k->scratch, "%.*s %.*s", STR_ARG(k->q->words), STR_ARG(marks[i]));
    }
    while (!more && (f = newest_found(k, all, count)) != NULL) {
        more = t->count == t->max || k->examined >= LIMIT_RECORD_EXAMINED;
        if (!more) {
            struct record__revision rev;
            *ret_place = (struct record__place){ STR(""), f->ids[f->at++], 0 };
            k->examined++;
            arena_clear(&row);
            if (read_timely(k, &row, ret_place->entry, &rev) && is_wanted(k, t, &rev, rev.row.office, body_arena(t))) {
                keep(k, t, &rev, ret_place);
            }
        }
    }
    arena_release(&row);
    return more;
}

/* ---- Asking ---- */

static enum error_code answer(struct record__asking *k, struct taker *t, bool *ret_more, struct record__place *place,
                              struct error *err)
{
    if (k->q->words.len > 0) {
        *ret_more = search(k, t, place);
    } else {
        record__choose(k);
        *ret_more = k->sift ? sift(k, t, place) : k->gather ? gather(k, t, place) : merge(k, t, place);
    }
    enum error_code code = store_view_error(k->view, err);
    if (code == OK && t->broken) {
        code = error_set(err, ERROR_INVALID, "stored rows of \"%.*s\" cannot be read", STR_ARG(k->ledger));
        error_hint(err, "run gongshi doctor, and restore a backup");
    }
    return code;
}

enum error_code record_query(struct store_view *v, struct feel_eval *ev, const struct record_query *q, struct arena *a,
                             struct record_answer *ret, struct error *err)
{
    struct record__asking k;
    struct taker t = { .a = a, .max = q->max };
    struct record__place place = { 0 };
    bool more = false;
    enum error_code code = begin(&k, v, ev, q, err);
    share_shape(&k, a);
    code = code == OK ? answer(&k, &t, &more, &place, err) : code;
    if (code == OK) {
        *ret = (struct record_answer){ .rows = t.rows, .count = t.count,
                                       .examined = k.examined + record__open_pieces(&k),
                                       .next = more ? write_cursor(&k, a, &place) : STR("") };
    }
    arena_release(&t.row);
    end(&k);
    return code;
}

bool record_fits(struct store_view *v, struct feel_eval *ev, const struct record_query *q,
                 const struct record_row *row)
{
    struct record__asking k;
    bool fits = begin(&k, v, ev, q, NULL) == OK && record__passes(&k, row);
    end(&k);
    return fits;
}

enum error_code record_count(struct store_view *v, struct feel_eval *ev, const struct record_query *q, uint32_t most,
                             uint32_t *ret, struct error *err)
{
    struct record__asking k;
    struct taker t = { .max = most };
    struct record__place place = { 0 };
    bool more = false;
    enum error_code code = begin(&k, v, ev, q, err);
    code = code == OK ? answer(&k, &t, &more, &place, err) : code;
    if (code == OK && more && t.count < most) {
        error_set(err, ERROR_LIMIT, "too many rows would have to be looked at to count them");
        error_detail(err, "limit %s = %d", "RECORD_EXAMINED", LIMIT_RECORD_EXAMINED);
        error_hint(err, "ask for less, or give a field of the condition an index");
        code = ERROR_LIMIT;
    }
    if (code == OK) {
        *ret = t.count;
    }
    arena_release(&t.row);
    end(&k);
    return code;
}
