/* reindex: which index names of a ledger are kept, and making those whole that a later version of its scheme wants.
 *
 * The table record_indexed says it, not the scheme: dossiers run on older versions and write rows too. Whoever writes a
 * row writes all names that are kept there; only whole ones are asked. A new name is "building": first what an earlier
 * life of it left is cleared, then the known revisions and the ended ones get their index rows, some in each unit, each
 * guarded by its version; the unit notes how far it came. A name that is wanted no more is "leaving" until its rows are
 * gone.
 *
 * The words of rows are kept by the same list, under a name that says which fields are searched and has no index rows:
 * when a version searches others, the name is another, and what making it whole writes are the words.
 */
#include "record/record_int.h"

#include "base/limit.h"

/* SETTLE_SECONDS: until whoever planned before the installing has committed, or never will. */
enum { PIECE = (LIMIT_STORE_UNIT_ROWS - 1) / 2, SETTLE_SECONDS = 10, CLEARING = -1 };

str record__key_name(struct arena *a, const struct scheme_ledger *l, str ledger)
{
    str name = record__index_name(a, ledger, "#", STR("key"));
    for (uint32_t i = 0; i < l->key_count; i++) {
        name = arena_printf(a, "%.*s %.*s", STR_ARG(name), STR_ARG(l->key[i]));
    }
    return name;
}

static bool is_words(str ledger, str name)
{
    return str_starts_with(str_slice(name, ledger.len, name.len), STR("#words"));
}

static bool is_searched(const struct scheme_ledger *l)
{
    bool any = false;
    for (uint32_t i = 0; i < l->field_count; i++) {
        any |= record__is_searched(&l->fields[i]);
    }
    return any;
}

static str words_name(struct arena *a, const struct scheme_ledger *l, str ledger)
{
    str name = record__index_name(a, ledger, "#", STR("words"));
    for (uint32_t i = 0; i < l->field_count; i++) {
        if (record__is_searched(&l->fields[i])) {
            name = arena_printf(a, "%.*s %.*s", STR_ARG(name), STR_ARG(l->fields[i].name));
        }
    }
    return name;
}

/* ---- What is kept ---- */

static int32_t field_of(const struct scheme_ledger *l, str ledger, str name)
{
    bool dotted = name.len > ledger.len && name.ptr[ledger.len] == '.';
    return dotted ? scheme_field(l, str_slice(name, ledger.len + 1, name.len)) : -1;
}

/* No version of the scheme is installed that says it: the ledger at hand does. */
static void keep_own(struct record__kept *k, const struct scheme_ledger *l)
{
    for (uint32_t i = 0; i < l->field_count; i++) {
        k->written[i] = k->whole[i] = record__is_indexed(l, i);
    }
    k->key_whole = true;
}

const struct record__kept *record__kept(struct store_view *v, struct arena *a, const struct scheme_ledger *l,
                                        str ledger)
{
    struct record__kept *k = ARENA_NEW(a, struct record__kept);
    *k = (struct record__kept){ .written = ARENA_ARRAY(a, bool, l->field_count),
                                .whole = ARENA_ARRAY(a, bool, l->field_count) };
    str key = record__key_name(a, l, ledger);
    struct store_value args[] = { store_text(ledger) };
    struct store_rows *r = store_query(v, "SELECT name, state FROM record_indexed WHERE ledger = ? AND "
                                          "state <> 'leaving' ORDER BY name", args, 1);
    bool any = false;
    for (; store_next(r); any = true) {
        str name = store_column_text(r, 0);
        bool whole = str_eq(store_column_text(r, 1), STR("whole"));
        int32_t field = field_of(l, ledger, name);
        if (field >= 0) {
            k->written[field] = true;
            k->whole[field] = whole;
        } else if (str_eq(name, key)) {
            k->key_whole = whole;
        } else if (name.len > ledger.len && name.ptr[ledger.len] == '.') {
            k->foreign = arena_grow(a, k->foreign, k->foreign_count * sizeof *k->foreign,
                                    (k->foreign_count + 1) * sizeof *k->foreign);
            k->foreign[k->foreign_count++] = arena_str(a, name);
        }
    }
    store_rows_end(r);
    if (!any) {
        keep_own(k, l);
    }
    return k;
}

/* ---- Installing ---- */

struct known {
    str name, state;
    int64_t version;
    bool wanted;
};

struct noting {
    struct store_view *view;
    struct store_change *change;
    struct arena *arena;
    str ledger;
    bool used;             /* the ledger has rows */
    int64_t now;
    struct known *known;
    uint32_t count;
};

static void put(struct store_change *c, str ledger, str name, int64_t version, const char *state, int64_t since,
                int64_t shelf, int64_t entry, int64_t id)
{
    struct store_value row[] = { store_text(ledger), store_text(name), store_int(version), store_text(str_of(state)),
                                 store_int(since), store_int(shelf), store_int(entry), store_int(id) };
    if (version == 0) {
        store_insert(c, STORE_TABLE_record_indexed, row);
    } else {
        store_update(c, STORE_TABLE_record_indexed, row);
    }
}

static void read_known(struct noting *n)
{
    struct store_value args[] = { store_text(n->ledger) };
    struct store_rows *r = store_query(n->view, "SELECT name, version, state FROM record_indexed WHERE ledger = ? "
                                                "ORDER BY name", args, 1);
    while (store_next(r)) {
        n->known = arena_grow(n->arena, n->known, n->count * sizeof *n->known, (n->count + 1) * sizeof *n->known);
        n->known[n->count++] = (struct known){ arena_str(n->arena, store_column_text(r, 0)),
                                               arena_str(n->arena, store_column_text(r, 2)), store_column_int(r, 1),
                                               false };
    }
    store_rows_end(r);
    r = store_query(n->view, "SELECT 1 FROM record_index WHERE name = ? LIMIT 1", args, 1);
    n->used = store_next(r);
    store_rows_end(r);
    r = store_query(n->view, "SELECT 1 FROM record_batch WHERE ledger = ? LIMIT 1", args, 1);
    n->used |= store_next(r);
    store_rows_end(r);
}

static void want(struct noting *n, str name)
{
    struct known *k = n->known;
    while (k < n->known + n->count && !str_eq(k->name, name)) {
        k++;
    }
    if (k == n->known + n->count) {
        put(n->change, n->ledger, name, 0, n->used ? "building" : "whole", n->now, CLEARING, -1, -1);
        return;
    }
    k->wanted = true;
    if (str_eq(k->state, STR("leaving"))) {
        put(n->change, n->ledger, name, k->version, "building", n->now, CLEARING, -1, -1);
    }
}

static void note_ledger(struct noting *n, const struct scheme_ledger *l)
{
    read_known(n);
    want(n, n->ledger); /* says that the table speaks of this ledger, also when it has no index */
    for (uint32_t i = 0; i < l->field_count; i++) {
        if (record__is_indexed(l, i)) {
            want(n, record__index_name(n->arena, n->ledger, ".", l->fields[i].name));
        }
    }
    if (l->key_count > 0) {
        want(n, record__key_name(n->arena, l, n->ledger));
    }
    bool worded = is_searched(l); /* or was: then the words go */
    for (uint32_t i = 0; i < n->count; i++) {
        worded |= is_words(n->ledger, n->known[i].name);
    }
    if (worded) {
        want(n, words_name(n->arena, l, n->ledger));
    }
    for (uint32_t i = 0; i < n->count; i++) {
        struct known *k = &n->known[i];
        if (!k->wanted && !str_eq(k->state, STR("leaving"))) {
            put(n->change, n->ledger, k->name, k->version, "leaving", n->now, CLEARING, -1, -1);
        }
    }
}

void record__note_indexes(struct store_view *v, struct store_change *c, struct arena *a, const struct scheme *s,
                          int64_t now)
{
    for (uint32_t i = 0; i < s->ledger_count; i++) {
        struct noting n = { .view = v, .change = c, .arena = a, .now = now,
                            .ledger = record__ledger_name(a, s, &s->ledgers[i]) };
        note_ledger(&n, &s->ledgers[i]);
    }
}

/* ---- In the background ---- */

struct job {
    str ledger, name;
    bool leaving;
    int64_t version, since, shelf, entry, id;
};

static bool find_job(struct store_view *v, struct arena *a, int64_t now, struct job *ret)
{
    struct store_value args[] = { store_int(now - SETTLE_SECONDS * 1000000LL) };
    struct store_rows *r = store_query(v, "SELECT ledger, name, version, state, since, shelf, entry, id "
                                          "FROM record_indexed WHERE state <> 'whole' AND since <= ? AND NOT EXISTS "
                                          "(SELECT 1 FROM record_batch AS b WHERE b.ledger = record_indexed.ledger) "
                                          "ORDER BY ledger, name LIMIT 1", args, 1);
    bool found = store_next(r);
    if (found) {
        *ret = (struct job){ arena_str(a, store_column_text(r, 0)), arena_str(a, store_column_text(r, 1)),
                             str_eq(store_column_text(r, 3), STR("leaving")), store_column_int(r, 2),
                             store_column_int(r, 4), store_column_int(r, 5), store_column_int(r, 6),
                             store_column_int(r, 7) };
    }
    store_rows_end(r);
    return found;
}

/* Takes away what was written before the name was kept, or all when it is leaving; false: nothing is left. What a
 * revision that was written meanwhile loses by it, it gets again. */
static bool clear_piece(const struct record_plan *plan, const struct job *j)
{
    struct store_value args[] = { store_text(j->name), store_int(j->leaving ? INT64_MAX : j->since),
                                  store_int(PIECE) };
    struct store_rows *r = store_query(plan->view, "SELECT shelf, key, entry, id FROM record_index WHERE name = ? AND "
                                                   "known_from <= ? LIMIT ?", args, 3);
    bool any = false;
    for (; store_next(r); any = true) {
        const struct record_row row = { .row = store_column_int(r, 2), .id = store_column_int(r, 3) };
        record__put_entry(plan->change, &row, j->name, store_column_int(r, 0), store_column_text(r, 1),
                          RECORD__OUT);
    }
    store_rows_end(r);
    return any;
}

static void clear(const struct record_plan *plan, const struct job *j)
{
    struct store_value key[] = { store_text(j->ledger), store_text(j->name) };
    bool any = clear_piece(plan, j);
    if (any) {
        store_guard(plan->change, STORE_TABLE_record_indexed, key, j->version);
    } else if (j->leaving) {
        store_delete(plan->change, STORE_TABLE_record_indexed, key, j->version);
    } else {
        put(plan->change, j->ledger, j->name, j->version, "building", j->since, RECORD__KNOWN, -1, -1);
    }
}

/* Of a row that is known: the ended ones have none. */
static void fill_words(const struct record_plan *plan, const struct scheme_ledger *l,
                       const struct record__revision *rev)
{
    if (is_searched(l)) {
        record__words(plan, l, rev);
    } else {
        store_words(plan->change, STR("record"), rev->row.row, STR(""));
    }
}

/* The index row of one revision, as long as it is what it was. */
static void fill_row(const struct record_plan *plan, const struct scheme_ledger *l, const struct job *j,
                     const struct record__revision *rev)
{
    struct store_value id = store_int(rev->row.id);
    int32_t field = field_of(l, j->ledger, j->name);
    str key;
    store_guard(plan->change, STORE_TABLE_record, &id, rev->version);
    if (is_words(j->ledger, j->name)) {
        fill_words(plan, l, rev);
        return;
    }
    if (field < 0) {
        key = record__key(plan->arena, l, rev->row.body);
    } else if (!record__index_key(plan->arena, rev->row.body.values[field], &key)) {
        return;
    }
    record__put_entry(plan->change, &rev->row, j->name, j->shelf, key, RECORD__OVER);
}

static enum error_code fill(const struct record_plan *plan, const struct scheme_ledger *l, struct job *j,
                            struct error *err)
{
    const struct feel_shape *shape = record__shape(plan->arena, l);
    struct store_value args[] = { store_text(j->ledger), store_int(j->shelf), store_bytes(STR("")),
                                  store_int(j->entry), store_int(j->id), store_int(PIECE) };
    struct store_rows *r = store_query(plan->view,
        "SELECT r.id, r.version, r.ledger, r.entry, r.revision, r.key, r.office, r.party, r.dossier, r.parent, "
        "r.valid_from, r.valid_to, r.known_from, r.known_to, r.actor, r.batch, r.body "
        "FROM (SELECT p.entry, p.id FROM record_index AS p WHERE p.name = ? AND p.shelf = ? AND p.key = ? "
        "AND (p.entry, p.id) > (?, ?) ORDER BY p.entry, p.id LIMIT ?) AS i "
        "JOIN record AS r ON r.id = i.id ORDER BY i.entry, i.id", args, 6);
    enum error_code code = OK;
    uint32_t count = 0;
    for (; code == OK && store_next(r); count++) {
        struct record__revision rev;
        record__columns(plan->arena, r, 0, &rev);
        j->entry = rev.row.row;
        j->id = rev.row.id;
        if (!record__read_body(plan->arena, shape, rev.body, &rev.row.body)) {
            code = error_set(err, ERROR_INVALID, "the stored row %lld cannot be read", (long long)rev.row.row);
        } else {
            fill_row(plan, l, j, &rev);
        }
    }
    store_rows_end(r);
    bool over = count == 0, last = j->shelf == RECORD__ENDED || is_words(j->ledger, j->name);
    put(plan->change, j->ledger, j->name, j->version, over && last ? "whole" : "building",
        j->since, over ? RECORD__ENDED : j->shelf, over ? -1 : j->entry, over ? -1 : j->id);
    return code;
}

enum error_code record_index_tend(struct record *r, int64_t now, bool *ret_more, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct record_plan plan;
    struct job j;
    bool more = false, stale = false;
    enum error_code code = record_begin(r, &a, 0, now, &plan, err);
    if (code == OK) {
        const struct scheme_ledger *l;
        more = find_job(plan.view, &a, now, &j);
        if (more && (j.leaving || j.shelf == CLEARING)) {
            clear(&plan, &j);
        } else if (more) {
            code = record__own_ledger(r, plan.view, j.ledger, &l, err);
            code = code == OK ? fill(&plan, l, &j, err) : code;
        }
        code = record__finish(&plan, code, STORE_BULK, &stale, err);
    }
    arena_release(&a);
    if (code == OK || stale) {
        *ret_more = more;
    }
    return stale ? OK : code;
}
