/* batch: many rows at once, all or nothing.
 *
 * Rows of a batch are written as they come, in units of the bulk lane; their index rows are collected, sorted, and
 * written in runs onto a shelf of the index that is the batch's own: no question reads it. Sorted, because rows that
 * come in any order would touch a page of the index each. Only those of keys are written with their rows, so that
 * others find them taken, and those of the ledger, by which a batch that is dropped finds its rows. By offices there
 * are none, for a batch is of one. A small unit makes the batch visible; from then on its shelf is read beside the
 * others. In the background its index rows are moved among the others, name by name in their order; then its rows lose
 * their mark and get what they lack. A batch that was left open is dropped the same way. Whoever writes a batch holds a
 * lease on it, so that one left behind is told from one that grows.
 */
#include "record/record_int.h"

#include "base/limit.h"
#include "text/utf8.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* UNITS: on their way to the disk at a time; the commits of many share a flush. RUN: index rows that are sorted at a
 * time, in some 3 MiB: sixteen times as many would make an import a fifth faster, with twice the memory. A run is all
 * on its way at once, so that rows are planned while it is written. */
enum { RENEW_SECONDS = 20, VIEW_MICROS = 500000, UNIT_BYTES = 4 << 20, TRIES = 5, UNITS = 16, MOVING = 8, RUN = 1 << 15,
       RUN_UNITS = RUN / LIMIT_STORE_UNIT_ROWS + 1 };

/* Units that are on their way through the store at the same time, which writes several of them with one flush. */
struct fleet {
    pthread_mutex_t lock;
    pthread_cond_t back;
};

/* One of them: it is being planned, or on its way. Zeroed: neither. */
struct ship {
    struct fleet *fleet;
    struct arena arena;
    struct record_plan plan; /* `view` NULL: it has not begun, or is on its way */
    bool sent;               /* until somebody has awaited it */
    bool sailing;            /* handed in, and not yet answered: under the lock */
    struct store_result result;
};

/* A row of the unit that is being made; kept so that the unit can be planned again. */
struct staged {
    int64_t row;             /* that is changed; 0: a new one */
    feel_value values;
    str key;
    int64_t entry, id, valid_from, valid_to; /* of the revision */
};

/* Bits by which most keys are seen not to be in a unit. */
enum { MARKS = 4096 };

/* A unit of rows; they are kept until it is answered, for the view does not show them. */
struct unit {
    struct ship ship;
    int64_t begun;
    struct staged *rows;
    uint32_t *hashes;        /* of their keys */
    uint32_t row_count, changed;
    uint64_t marks[MARKS / 64]; /* of the hashes */
};

/* An index row that waits for its run to be written. */
struct waiting {
    uint32_t which;
    str key;
    int64_t row, id, office, valid_from, valid_to;
};

struct record_batch {
    struct arena arena;      /* this */
    struct record *record;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;
    int64_t id, actor, office, dossier, version, count;
    int64_t leased;          /* when the lease was renewed */
    char holder[48];
    struct unit units[UNITS];
    uint32_t at;             /* the unit that is being made */
    struct arena row;        /* of the row that is being planned */
    struct ship run_ships[RUN_UNITS];
    struct fleet fleet;
    int64_t after;           /* when the last of the revisions began that the batch replaces: it ends them later */
    char about[256];         /* what the rows came from, for the audit */
    str name;                /* of the ledger, as rows have it */
    const struct record__kept *kept;
    struct arena run_arena;  /* of the keys below */
    struct waiting *run;     /* room for RUN, got at the first row */
    uint32_t run_count;
};

/* ---- Units on their way ---- */

static void fleet_init(struct fleet *f)
{
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->back, NULL);
}

static void fleet_release(struct fleet *f)
{
    pthread_cond_destroy(&f->back);
    pthread_mutex_destroy(&f->lock);
}

static void close_plan(struct record_plan *plan)
{
    if (plan->view != NULL) {
        store_view_end(plan->view);
        feel_eval_free(plan->ev);
        plan->view = NULL;
        plan->ev = NULL;
    }
}

static void came_back(void *context, const struct store_result *result)
{
    struct ship *u = context;
    pthread_mutex_lock(&u->fleet->lock);
    u->result = *result;
    u->sailing = false;
    pthread_cond_broadcast(&u->fleet->back);
    pthread_mutex_unlock(&u->fleet->lock);
}

static void send(struct ship *u, struct fleet *f)
{
    close_plan(&u->plan);
    u->fleet = f;
    u->sent = u->sailing = true;
    store_submit(u->plan.record->store, u->plan.change, STORE_BULK, came_back, u);
}

/* Waits until it is back; false: it was not on its way. */
static bool await(struct ship *u)
{
    if (!u->sent) {
        return false;
    }
    pthread_mutex_lock(&u->fleet->lock);
    while (u->sailing) {
        pthread_cond_wait(&u->fleet->back, &u->fleet->lock);
    }
    pthread_mutex_unlock(&u->fleet->lock);
    u->sent = false;
    return true;
}

static void ship_release(struct ship *u)
{
    await(u);
    close_plan(&u->plan);
    arena_release(&u->arena);
}

/* ---- The lease ---- */

static str lease_name(struct arena *a, int64_t id)
{
    return arena_printf(a, "record batch %lld", (long long)id);
}

static enum error_code hold(struct record_batch *b, int64_t now, struct error *err)
{
    if (b->leased != 0 && now < b->leased + RENEW_SECONDS * 1000000LL) {
        return OK;
    }
    struct arena a = ARENA_INIT;
    bool held = store_lease(b->record->store, lease_name(&a, b->id), str_of(b->holder), now,
                            now + LIMIT_RECORD_BATCH_SECONDS * 1000000LL);
    arena_release(&a);
    if (!held) {
        error_set(err, ERROR_INVALID, "the import was given up, because it stood still for too long");
        error_hint(err, "begin it again");
        return ERROR_INVALID;
    }
    b->leased = now;
    return OK;
}

static void let_go(struct record_batch *b)
{
    struct arena a = ARENA_INIT;
    store_lease_end(b->record->store, lease_name(&a, b->id), str_of(b->holder));
    arena_release(&a);
}

/* ---- The row of the batch ---- */

static void put_state(const struct record_plan *plan, int64_t id, int64_t version, str ledger, const char *state,
                      int64_t at, int64_t actor, int64_t count)
{
    struct store_value row[] = { store_int(id), store_int(version), store_text(ledger), store_text(str_of(state)),
                                 store_int(at), store_int(actor), store_int(count) };
    if (version == 0) {
        store_insert(plan->change, STORE_TABLE_record_batch, row);
    } else {
        store_update(plan->change, STORE_TABLE_record_batch, row);
    }
}

static enum error_code set_state(struct record_batch *b, const char *state, int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct record_plan plan;
    enum error_code code = record_begin(b->record, &a, b->actor, now, &plan, err);
    if (code == OK) {
        str ledger = record__ledger_name(&a, b->scheme, b->ledger);
        put_state(&plan, b->id, b->version, ledger, state, now, b->actor, b->count);
        if (b->version != 0) {
            struct record__revision all = { .row = { .row = b->id, .revision = b->count }, .ledger = ledger };
            bool visible = str_eq(str_of(state), STR("visible"));
            code = record__note(&plan, visible ? "import" : "drop", &all, str_of(b->about), err);
            code = code == OK && visible ? record__due_look(&plan, b->ledger, ledger, 0, err) : code;
        }
        code = record_finish(&plan, code, NULL, err);
        b->version += code == OK;
    }
    arena_release(&a);
    return code;
}

/* After the batch is on record: a scheme that is installed from now on waits for it. */
static enum error_code learn_kept(struct record_batch *b, struct error *err)
{
    struct store_view *v;
    enum error_code code = store_view(b->record->store, &v, err);
    if (code == OK) {
        b->kept = record__kept(v, &b->arena, b->ledger, b->name);
        code = store_view_error(v, err);
        store_view_end(v);
    }
    return code;
}

enum error_code record_batch_begin(struct record *r, const struct scheme *s, const struct scheme_ledger *l,
                                   int64_t actor, int64_t office, int64_t now, struct record_batch **ret,
                                   struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct record_batch *b = ARENA_NEW(&arena, struct record_batch);
    *b = (struct record_batch){ .arena = arena, .record = r, .scheme = s, .ledger = l, .actor = actor,
                                .office = office };
    b->name = record__ledger_name(&b->arena, s, l);
    fleet_init(&b->fleet);
    do {
        b->id = store_id(r->store, err); /* 0 and 1 are the shelves of all */
    } while (b->id == RECORD__KNOWN);
    snprintf(b->holder, sizeof b->holder, "batch %lld", (long long)b->id);
    enum error_code code = b->id == 0 ? ERROR_IO : hold(b, now, err);
    code = code == OK ? set_state(b, "open", now, err) : code;
    code = code == OK ? learn_kept(b, err) : code;
    if (code == OK) {
        *ret = b;
    } else {
        record_batch_free(b);
    }
    return code;
}

void record_batch_free(struct record_batch *b)
{
    for (uint32_t i = 0; i < UNITS; i++) {
        ship_release(&b->units[i].ship);
    }
    for (uint32_t i = 0; i < RUN_UNITS; i++) {
        ship_release(&b->run_ships[i]);
    }
    fleet_release(&b->fleet);
    arena_release(&b->row);
    arena_release(&b->run_arena);
    struct arena arena = b->arena;
    arena_release(&arena);
}

/* ---- Units ---- */

static enum error_code begin_unit(struct record_batch *b, struct unit *u, int64_t now, struct error *err)
{
    arena_clear(&u->ship.arena);
    u->rows = ARENA_ARRAY(&u->ship.arena, struct staged, LIMIT_STORE_UNIT_ROWS);
    u->hashes = ARENA_ARRAY(&u->ship.arena, uint32_t, LIMIT_STORE_UNIT_ROWS);
    u->row_count = u->changed = 0;
    memset(u->marks, 0, sizeof u->marks);
    u->begun = now;
    enum error_code code = record_begin(b->record, &u->ship.arena, b->actor, now, &u->ship.plan, err);
    u->ship.plan.arena = &b->row;
    u->ship.plan.by = SCHEME_BY_IMPORT;
    u->ship.plan.office = b->office;
    u->ship.plan.dossier = b->dossier;
    return code;
}

static bool is_marked(const struct unit *u, uint32_t hash)
{
    return u->row_count > 0 && (u->marks[hash % MARKS / 64] >> hash % 64 & 1) != 0;
}

/* Rows of the unit and of those on their way are not seen in the view. */
static enum error_code check_units(struct record_batch *b, struct unit *own, const struct record__revision *rev,
                                   bool *ret_taken, struct error *err)
{
    uint32_t hash = str_hash(rev->key);
    for (struct unit *u = b->units; u < b->units + UNITS; u++) {
        for (uint32_t i = 0; is_marked(u, hash) && i < u->row_count; i++) {
            const struct staged *s = &u->rows[i];
            if (u->hashes[i] != hash || !str_eq(s->key, rev->key)) {
                continue;
            }
            *ret_taken |= u == own;
            if (s->entry != rev->row.row && s->valid_from < rev->row.valid_to && s->valid_to > rev->row.valid_from) {
                return record__taken(b->ledger, &rev->row, s->entry, false, err);
            }
        }
    }
    return OK;
}

/* The revision that is replaced is written too, as it was: so whoever changes it at the same time is found out. */
static void touch(const struct record_plan *plan, const struct record__revision *before)
{
    struct store_value values[RECORD__COLUMN_COUNT];
    for (uint32_t i = 0; i < RECORD__COLUMN_COUNT; i++) {
        values[i] = store_keep();
    }
    values[0] = store_int(before->row.id);
    values[1] = store_int(before->version);
    store_update(plan->change, STORE_TABLE_record, values);
}

/* A row that the import has changed cannot be changed again by it; what is in the view record__read_known finds. */
static enum error_code check_once(const struct record_batch *b, int64_t row, struct error *err)
{
    for (const struct unit *u = b->units; u < b->units + UNITS; u++) {
        for (const struct staged *s = u->rows; s < u->rows + u->row_count; s++) {
            if (s->row == row) {
                error_set(err, ERROR_INVALID, "an import that is being written changes this row");
                error_detail(err, "row %lld", (long long)row);
                error_hint(err, "finish or drop the import first");
                return ERROR_INVALID;
            }
        }
    }
    return OK;
}

static enum error_code make_revision(struct record_batch *b, struct unit *u, int64_t row, feel_value values,
                                     struct record__revision *ret, struct error *err)
{
    struct record__revision before;
    if (row == 0) {
        return record__make(&u->ship.plan, b->scheme, b->ledger, values, ret, err);
    }
    enum error_code code = check_once(b, row, err);
    code = code == OK ? record__read_known(&u->ship.plan, b->ledger, row, 0, &before, err) : code;
    code = code == OK ? record__revise(&u->ship.plan, b->scheme, b->ledger, &before, values, ret, err) : code;
    if (code == OK) {
        touch(&u->ship.plan, &before);
        b->after = before.row.known_from > b->after ? before.row.known_from : b->after;
    }
    return code;
}

/* Rows that are replaced by units which the view does not show. */
static struct record__import import_of(struct record_batch *b)
{
    int64_t *rows = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < UNITS; i++) {
        for (uint32_t k = 0; b->units[i].changed > 0 && k < b->units[i].row_count; k++) {
            if (b->units[i].rows[k].row != 0) {
                rows = arena_grow(&b->row, rows, count * sizeof *rows, (count + 1) * sizeof *rows);
                rows[count++] = b->units[i].rows[k].row;
            }
        }
    }
    return (struct record__import){ b->id, rows, count, false };
}

static enum error_code respect_key(struct record_batch *b, struct unit *u, const struct record__revision *rev,
                                   struct error *err)
{
    bool taken = false;
    const struct record__import own = import_of(b);
    enum error_code code = record__check_key(&u->ship.plan, b->ledger, rev, &own, err);
    code = code == OK ? check_units(b, u, rev, &taken, err) : code;
    if (code == OK && !taken) {
        record__take_key(&u->ship.plan, rev->ledger, rev->key);
    }
    return code;
}

/* Takes back what waits of a row that is planned again: it may have other values now. */
static void unindex_row(struct record_batch *b, int64_t id)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < b->run_count; i++) {
        if (b->run[i].id != id) {
            b->run[kept++] = b->run[i];
        }
    }
    b->run_count = kept;
}

/* Index rows that others must see are written with the row; the others wait for their run. */
static void index_row(struct record_batch *b, struct unit *u, const struct record__revision *rev, bool again)
{
    const struct record__entry *all;
    const struct record_row *row = &rev->row;
    uint32_t count = record__entries(&b->row, b->ledger, b->kept, rev, b->id, &all);
    for (uint32_t i = 0; i < count; i++) {
        if (record__is_early_entry(b->ledger, all[i].which)) {
            str name = record__entry_name(&b->row, b->ledger, b->kept, rev->ledger, all[i].which);
            record__put_entry(u->ship.plan.change, row, name, b->id, all[i].key, RECORD__IN);
        } else if (!again) {
            b->run[b->run_count++] = (struct waiting){ all[i].which, arena_str(&b->run_arena, all[i].key), row->row,
                                                       row->id, row->office, row->valid_from, row->valid_to };
        }
    }
}

/* Values for the unit, to plan it again. The shape of the ledger lives longer than the import. */
static feel_value keep_values(const struct record_batch *b, struct arena *a, feel_value values)
{
    if (values.kind != FEEL_CONTEXT || values.shape != b->ledger->shape) {
        return feel_copy(a, values);
    }
    feel_value *copies = ARENA_ARRAY(a, feel_value, values.count);
    for (uint32_t i = 0; i < values.count; i++) {
        copies[i] = feel_copy(a, values.values[i]);
    }
    return feel_context(values.shape, copies);
}

/* `before`: the row was in a unit that has become stale, and keeps its numbers; or NULL. */
static enum error_code plan_row(struct record_batch *b, struct unit *u, int64_t row, feel_value values,
                                const struct staged *before, struct error *err)
{
    struct record__revision rev;
    arena_clear(&b->row);
    enum error_code code = make_revision(b, u, row, values, &rev, err);
    if (code == OK && before != NULL) {
        rev.row.id = before->id;
        rev.row.row = before->entry;
    }
    code = code == OK && b->ledger->key_count > 0 ? respect_key(b, u, &rev, err) : code;
    code = code == OK ? store_view_error(u->ship.plan.view, err) : code;
    if (code != OK) {
        return code;
    }
    rev.batch = b->id;
    rev.row.known_from = 0;
    record__insert(&u->ship.plan, &rev);
    if (before != NULL && row != 0) {
        unindex_row(b, rev.row.id);
    }
    index_row(b, u, &rev, before != NULL && row == 0);
    uint32_t hash = str_hash(rev.key);
    u->hashes[u->row_count] = hash;
    u->marks[hash % MARKS / 64] |= (uint64_t)1 << hash % 64;
    u->rows[u->row_count++] = (struct staged){ row, keep_values(b, &u->ship.arena, values),
                                               arena_str(&u->ship.arena, rev.key), rev.row.row, rev.row.id,
                                               rev.row.valid_from, rev.row.valid_to };
    u->changed += row != 0;
    return OK;
}

/* Plans the rows of a unit again that somebody else's commit has made stale. */
static enum error_code replan(struct record_batch *b, struct unit *u, int64_t now, struct error *err)
{
    struct arena before = u->ship.arena;
    struct staged *rows = u->rows;
    uint32_t count = u->row_count;
    u->ship.arena = (struct arena)ARENA_INIT;
    enum error_code code = begin_unit(b, u, now, err);
    for (uint32_t i = 0; i < count && code == OK; i++) {
        code = plan_row(b, u, rows[i].row, rows[i].values, &rows[i], err);
    }
    arena_release(&before);
    return code;
}

/* What became of a unit that was on its way. A stale one is made again, and waited for. */
static enum error_code settle(struct record_batch *b, struct unit *u, int64_t now, struct error *err)
{
    if (!await(&u->ship)) {
        return OK;
    }
    bool stale = record__is_stale(&u->ship.result);
    enum error_code code = stale ? OK : record__result(&u->ship.result, err);
    for (int i = 0; stale && code == OK; i++) {
        code = replan(b, u, now, err);
        code = record__finish(&u->ship.plan, code, STORE_BULK, &stale, err);
        code = stale && i + 1 < TRIES ? OK : code;
    }
    b->count += code == OK ? u->row_count : 0;
    u->row_count = u->changed = 0;
    return code;
}

/* Sends the unit that is being made on its way, and clears the place for the next one. */
static enum error_code flush(struct record_batch *b, int64_t now, struct error *err)
{
    struct unit *u = &b->units[b->at];
    if (u->ship.plan.view == NULL) {
        return OK;
    }
    enum error_code code = store_view_error(u->ship.plan.view, err);
    close_plan(&u->ship.plan);
    if (code != OK || store_change_rows(u->ship.plan.change) == 0) {
        return code;
    }
    send(&u->ship, &b->fleet);
    b->at = (b->at + 1) % UNITS;
    return settle(b, &b->units[b->at], now, err);
}

static enum error_code flush_all(struct record_batch *b, int64_t now, struct error *err)
{
    enum error_code code = flush(b, now, err);
    for (uint32_t i = 0; i < UNITS && code == OK; i++) {
        code = settle(b, &b->units[i], now, err);
    }
    return code;
}

/* ---- Runs of index rows ---- */

static int by_place(const void *a, const void *b)
{
    const struct waiting *x = a, *y = b;
    int c = (x->which > y->which) - (x->which < y->which);
    c = c != 0 ? c : str_cmp(x->key, y->key);
    return c != 0 ? c : (x->row > y->row) - (x->row < y->row);
}

/* Waits until what is on its way of a run is written. */
static enum error_code receive_run(struct record_batch *b, struct error *err)
{
    enum error_code code = OK;
    for (uint32_t i = 0; i < RUN_UNITS; i++) {
        bool sent = await(&b->run_ships[i]);
        code = sent && code == OK ? record__result(&b->run_ships[i].result, err) : code;
    }
    return code;
}

static void send_run(struct record_batch *b, struct ship *u, const struct waiting *rows, uint32_t count)
{
    arena_clear(&u->arena);
    u->plan = (struct record_plan){ .record = b->record, .arena = &u->arena, .change = store_change(&u->arena) };
    str name = STR("");
    for (uint32_t i = 0; i < count; i++) {
        const struct waiting *w = &rows[i];
        const struct record_row row = { .row = w->row, .id = w->id, .office = w->office, .valid_from = w->valid_from,
                                        .valid_to = w->valid_to, .known_to = INT64_MAX };
        if (i == 0 || w->which != rows[i - 1].which) {
            name = record__entry_name(&u->arena, b->ledger, b->kept, b->name, w->which);
        }
        record__put_entry(u->plan.change, &row, name, b->id, w->key, RECORD__IN);
    }
    send(u, &b->fleet);
}

static bool any_changed(const struct record_batch *b)
{
    uint32_t changed = 0;
    for (uint32_t i = 0; i < UNITS; i++) {
        changed += b->units[i].changed;
    }
    return changed > 0;
}

/* Sends index rows, before their rows are on the disk: nobody reads either until the batch is visible. Only rows that
 * replace others are waited for, because planned again they may have other keys. */
static enum error_code write_run(struct record_batch *b, int64_t now, struct error *err)
{
    enum error_code code = any_changed(b) ? flush_all(b, now, err) : OK;
    code = code == OK ? receive_run(b, err) : code;
    if (code == OK && b->run_count > 0) {
        qsort(b->run, b->run_count, sizeof *b->run, by_place);
    }
    for (uint32_t at = 0, n = 0; code == OK && at < b->run_count; at += LIMIT_STORE_UNIT_ROWS, n++) {
        uint32_t left = b->run_count - at, count = left < LIMIT_STORE_UNIT_ROWS ? left : LIMIT_STORE_UNIT_ROWS;
        send_run(b, &b->run_ships[n], &b->run[at], count);
    }
    if (code == OK) {
        b->run_count = 0;
        arena_clear(&b->run_arena);
    }
    return code;
}

static bool is_full(const struct unit *u, int64_t now)
{
    uint32_t rows = store_change_rows(u->ship.plan.change);
    uint32_t each = u->row_count == 0 ? 0 : rows / u->row_count + 1;
    bool is_large = rows + each > LIMIT_STORE_UNIT_ROWS || arena_used(&u->ship.arena) > UNIT_BYTES;
    return is_large || now > u->begun + VIEW_MICROS;
}

enum error_code record_batch_change(struct record_batch *b, int64_t row, feel_value values, int64_t now,
                                    struct error *err)
{
    enum error_code code = hold(b, now, err);
    if (b->run == NULL) {
        b->run = ARENA_ARRAY(&b->arena, struct waiting, RUN);
    }
    if (code == OK && b->run_count + b->ledger->field_count + b->kept->foreign_count + 8 > RUN) {
        code = write_run(b, now, err);
    }
    struct unit *u = &b->units[b->at];
    if (code == OK && u->ship.plan.view != NULL && is_full(u, now)) {
        code = flush(b, now, err);
        u = &b->units[b->at];
    }
    if (code == OK && u->ship.plan.view == NULL) {
        code = begin_unit(b, u, now, err);
    }
    if (code != OK) {
        return code;
    }
    struct store_mark mark = store_mark(u->ship.plan.change);
    code = plan_row(b, u, row, values, NULL, err);
    if (code != OK) {
        store_rewind(u->ship.plan.change, mark);
    }
    return code;
}

enum error_code record_batch_add(struct record_batch *b, feel_value values, int64_t now, struct error *err)
{
    return record_batch_change(b, 0, values, now, err);
}

void record_batch_dossier(struct record_batch *b, int64_t dossier)
{
    b->dossier = dossier;
}

void record_batch_about(struct record_batch *b, str what)
{
    size_t len = utf8_offset(what, 60);
    snprintf(b->about, sizeof b->about, "%.*s", (int)len, what.ptr);
}

enum error_code record_batch_flip(struct record_batch *b, int64_t now, int64_t *ret_count, struct error *err)
{
    enum error_code code = hold(b, now, err);
    code = code == OK ? flush_all(b, now, err) : code;
    code = code == OK ? write_run(b, now, err) : code;
    code = code == OK ? receive_run(b, err) : code;
    code = code == OK ? set_state(b, "visible", now > b->after ? now : b->after + 1, err) : code;
    if (code == OK) {
        *ret_count = b->count;
        let_go(b);
        record_batch_free(b);
    }
    return code;
}

enum error_code record_batch_drop(struct record_batch *b, int64_t now, struct error *err)
{
    for (uint32_t i = 0; i < UNITS; i++) {
        await(&b->units[i].ship);
    }
    receive_run(b, NULL);
    enum error_code code = set_state(b, "dropped", now, err);
    let_go(b);
    record_batch_free(b);
    return code;
}

int64_t record__batch_id(const struct record_batch *b)
{
    return b->id;
}

/* ---- What goes on behind ---- */

struct left {
    int64_t id, version, at;
    str ledger, state;
};

/* Nobody holds the lease of an open batch any more: its writer is gone. */
static bool is_orphan(struct record *r, struct arena *a, int64_t id, int64_t now)
{
    str name = lease_name(a, id);
    bool free = store_lease(r->store, name, STR("tending"), now, now + LIMIT_RECORD_BATCH_SECONDS * 1000000LL);
    if (free) {
        store_lease_end(r->store, name, STR("tending"));
    }
    return free;
}

/* The first batch that something is to be done about. */
static bool find_left(struct record *r, struct store_view *v, struct arena *a, int64_t now, struct left *ret)
{
    struct left all[64];
    uint32_t count = 0;
    struct store_rows *rows = store_query(v, "SELECT id, version, at, ledger, state FROM record_batch ORDER BY id",
                                          NULL, 0);
    while (count < 64 && store_next(rows)) {
        all[count++] = (struct left){ store_column_int(rows, 0), store_column_int(rows, 1), store_column_int(rows, 2),
                                      arena_str(a, store_column_text(rows, 3)),
                                      arena_str(a, store_column_text(rows, 4)) };
    }
    store_rows_end(rows);
    for (uint32_t i = 0; i < count; i++) {
        if (!str_eq(all[i].state, STR("open")) || is_orphan(r, a, all[i].id, now)) {
            *ret = all[i];
            return true;
        }
    }
    return false;
}

/* Where the moving of index rows is. */
struct sweep {
    str *names;
    uint32_t count, at;
    str key;
    int64_t entry, id;
};

/* All names but the ledger's: by that the rows themselves are found in the end. */
static void begin_sweep(struct store_view *v, struct arena *a, str ledger, struct sweep *ret)
{
    const str *all;
    uint32_t count = record__index_names(v, a, ledger, &all);
    *ret = (struct sweep){ .names = ARENA_ARRAY(a, str, count), .entry = -1, .id = -1 };
    for (uint32_t i = 0; i < count; i++) {
        if (!str_eq(all[i], ledger)) {
            ret->names[ret->count++] = all[i];
        }
    }
}

static void sweep_row(const struct record_plan *plan, const struct left *left, str name, struct store_rows *r)
{
    struct record_row row = { .row = store_column_int(r, 1), .id = store_column_int(r, 2),
                              .office = store_column_int(r, 3), .valid_from = store_column_int(r, 4),
                              .valid_to = store_column_int(r, 5), .known_from = left->at, .known_to = INT64_MAX };
    str key = store_column_text(r, 0);
    record__put_entry(plan->change, &row, name, left->id, key, RECORD__OUT);
    if (str_eq(left->state, STR("visible"))) {
        record__put_entry(plan->change, &row, name, RECORD__KNOWN, key, RECORD__IN);
    }
}

/* The next index rows of the batch, as many as fit into one unit; returns how many, 0: there are none. */
static uint32_t sweep(const struct record_plan *plan, struct arena *a, const struct left *left, struct sweep *w)
{
    const uint32_t most = (LIMIT_STORE_UNIT_ROWS - 1) / 2;
    uint32_t count = 0;
    struct store_value batch = store_int(left->id);
    store_guard(plan->change, STORE_TABLE_record_batch, &batch, left->version);
    for (; count == 0 && w->at < w->count; w->at += count == 0) {
        struct store_value args[] = { store_text(w->names[w->at]), batch, store_bytes(w->key), store_int(w->entry),
                                      store_int(w->id), store_int(most) };
        struct store_rows *r = store_query(plan->view, "SELECT key, entry, id, office, valid_from, valid_to FROM "
                                                       "record_index WHERE name = ? AND shelf = ? AND "
                                                       "(key, entry, id) > (?, ?, ?) ORDER BY key, entry, id LIMIT ?",
                                           args, 6);
        while (store_next(r)) {
            sweep_row(plan, left, w->names[w->at], r);
            w->key = arena_str(a, store_column_text(r, 0));
            w->entry = store_column_int(r, 1);
            w->id = store_column_int(r, 2);
            count++;
        }
        store_rows_end(r);
        if (count == 0) {
            w->key = STR("");
            w->entry = w->id = -1;
        }
    }
    return count;
}

/* The row is one like the others, or is taken away; its index rows are dealt with elsewhere. */
static void tend_row(const struct record_plan *plan, const struct scheme_ledger *l, struct record__revision *rev,
                     const struct left *left)
{
    if (!str_eq(left->state, STR("visible"))) {
        store_delete(plan->change, STORE_TABLE_record, (struct store_value[]){ store_int(rev->row.id) }, rev->version);
        return;
    }
    struct store_value values[RECORD__COLUMN_COUNT];
    for (uint32_t i = 0; i < RECORD__COLUMN_COUNT; i++) {
        values[i] = store_keep();
    }
    values[0] = store_int(rev->row.id);
    values[1] = store_int(rev->version);
    values[12] = store_int(left->at);
    values[15] = store_int(0);
    store_update(plan->change, STORE_TABLE_record, values);
    record__words(plan, l, rev);
}

/* A revision that replaces another goes as a whole: with it the other is ended. */
static void tend_replacing(const struct record_plan *plan, const struct scheme_ledger *l, struct record__revision *rev,
                           const struct left *left)
{
    record__index(plan, l, rev, left->id, false);
    tend_row(plan, l, rev, left);
    if (str_eq(left->state, STR("visible"))) {
        rev->row.known_from = left->at;
        record__end_before(plan, l, rev);
        rev->batch = 0;
        record__index(plan, l, rev, RECORD__KNOWN, true);
    }
}

/* Some of those; *ret_any: there were some. */
static enum error_code tend_replacements(const struct record_plan *plan, const struct scheme_ledger *l,
                                         const struct left *left, bool *ret_any, struct error *err)
{
    uint32_t each = 6 * (l->field_count + 8) + 4;
    const struct feel_shape *shape = record__shape(plan->arena, l);
    str name = record__index_name(plan->arena, left->ledger, "#", STR("replaced"));
    struct store_value args[] = { store_text(name), store_int(left->id), store_int(LIMIT_STORE_UNIT_ROWS) };
    struct store_rows *r = store_query(plan->view,
        "SELECT r.id, r.version, r.ledger, r.entry, r.revision, r.key, r.office, r.party, r.dossier, r.parent, "
        "r.valid_from, r.valid_to, r.known_from, r.known_to, r.actor, r.batch, r.body "
        "FROM record_index AS i JOIN record AS r ON r.id = i.id WHERE i.name = ? AND i.shelf = ? "
        "ORDER BY i.key, i.entry, i.id LIMIT ?", args, 3);
    enum error_code code = OK;
    *ret_any = false;
    while (code == OK && store_change_rows(plan->change) + each < LIMIT_STORE_UNIT_ROWS && store_next(r)) {
        struct record__revision rev;
        record__columns(plan->arena, r, 0, &rev);
        if (!record__read_body(plan->arena, shape, rev.body, &rev.row.body)) {
            code = error_set(err, ERROR_INVALID, "the stored row %lld cannot be read", (long long)rev.row.row);
            break;
        }
        tend_replacing(plan, l, &rev, left);
        *ret_any = true;
    }
    store_rows_end(r);
    return code;
}

static enum error_code replace_some(struct record *r, const struct scheme_ledger *l, const struct left *left,
                                    int64_t now, bool *ret_any, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct record_plan plan;
    bool stale = false;
    enum error_code code = record_begin(r, &a, 0, now, &plan, err);
    if (code == OK) {
        code = tend_replacements(&plan, l, left, ret_any, err);
        code = record__finish(&plan, code, STORE_BULK, &stale, err);
    }
    arena_release(&a);
    return stale ? OK : code;
}

/* The last index rows of a row: by the ledger, where this row was found, and by its office, which it has not had. */
static void tend_entries(const struct record_plan *plan, const struct scheme_ledger *l, struct record__revision *rev,
                         const struct left *left)
{
    const struct record__entry *all;
    const struct record__kept *kept = record__reading(plan, l, left->ledger)->kept;
    bool visible = str_eq(left->state, STR("visible"));
    uint32_t count = visible ? record__entries(plan->arena, l, kept, rev, RECORD__KNOWN, &all) : 0;
    record__put_entry(plan->change, &rev->row, left->ledger, left->id, STR(""), RECORD__OUT);
    rev->row.known_from = left->at;
    for (uint32_t i = 0; i < count; i++) {
        if (all[i].which == 0 || record__is_by_office(l, all[i].which)) {
            str name = record__entry_name(plan->arena, l, kept, left->ledger, all[i].which);
            record__put_entry(plan->change, &rev->row, name, RECORD__KNOWN, all[i].key, RECORD__IN);
        }
    }
}

/* Store rows that one row of an import is at most: itself, its words, and index rows. */
enum { TEND_ROWS = 5 };

/* The first rows of the batch behind *after, as many as fit into one unit; returns how many. */
static enum error_code tend_rows(const struct record_plan *plan, const struct scheme_ledger *l,
                                 const struct left *left, int64_t *after, uint32_t *ret_rows, struct error *err)
{
    const struct feel_shape *shape = record__shape(plan->arena, l);
    struct store_value args[] = { store_text(left->ledger), store_int(left->id), store_bytes(STR("")),
                                  store_int(*after), store_int(LIMIT_STORE_UNIT_ROWS / TEND_ROWS) };
    struct store_rows *r = store_query(plan->view,
        "SELECT r.id, r.version, r.ledger, r.entry, r.revision, r.key, r.office, r.party, r.dossier, r.parent, "
        "r.valid_from, r.valid_to, r.known_from, r.known_to, r.actor, r.batch, r.body "
        "FROM record_index AS i JOIN record AS r ON r.id = i.id WHERE i.name = ? AND i.shelf = ? AND i.key = ? AND "
        "i.entry > ? ORDER BY i.entry, i.id LIMIT ?", args, 5);
    enum error_code code = OK;
    *ret_rows = 0;
    while (code == OK && store_next(r)) {
        struct record__revision rev;
        record__columns(plan->arena, r, 0, &rev);
        *after = rev.row.row;
        if (!record__read_body(plan->arena, shape, rev.body, &rev.row.body)) {
            code = error_set(err, ERROR_INVALID, "the stored row %lld cannot be read", (long long)rev.row.row);
            break;
        }
        tend_row(plan, l, &rev, left);
        tend_entries(plan, l, &rev, left);
        ++*ret_rows;
    }
    store_rows_end(r);
    return code;
}

static enum error_code remove_batch(struct record *r, const struct left *left, int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct record_plan plan;
    enum error_code code = record_begin(r, &a, 0, now, &plan, err);
    if (code == OK) {
        store_delete(plan.change, STORE_TABLE_record_batch, (struct store_value[]){ store_int(left->id) },
                     left->version);
        code = record_finish(&plan, OK, NULL, err);
    }
    arena_release(&a);
    return code;
}

/* Units that move what an import has written. */
struct moving {
    struct fleet fleet;
    struct ship ships[MOVING];
};

static enum error_code await_all(struct moving *m, enum error_code code, struct error *err)
{
    for (int i = 0; i < MOVING; i++) {
        struct ship *u = &m->ships[i];
        if (await(u) && code == OK && !record__is_stale(&u->result)) {
            code = record__result(&u->result, err);
        }
    }
    return code;
}

/* A fleet of units that moves index rows; each is planned over a view of its own, behind the rows of those before it.
 * What was stale is found again by the next call. *ret_any: there was something to move. */
static enum error_code sweep_fleet(struct record *r, struct moving *m, struct sweep *w, struct arena *a,
                                   const struct left *left, int64_t now, bool *ret_any, struct error *err)
{
    enum error_code code = OK;
    uint32_t rows = 1;
    *ret_any = false;
    for (int i = 0; i < MOVING && code == OK && rows > 0; i++) {
        struct ship *u = &m->ships[i];
        close_plan(&u->plan);
        arena_clear(&u->arena);
        code = record_begin(r, &u->arena, 0, now, &u->plan, err);
        if (code == OK) {
            rows = sweep(&u->plan, a, left, w);
            code = store_view_error(u->plan.view, err);
        }
        if (code == OK && rows > 0) {
            *ret_any = true;
            send(u, &m->fleet);
        }
    }
    return await_all(m, code, err);
}

/* The same for the rows themselves, after their index rows. */
static enum error_code tend_fleet(struct record *r, struct moving *m, const struct scheme_ledger *l,
                                  const struct left *left, int64_t now, struct error *err)
{
    enum error_code code = OK;
    int64_t after = 0;
    uint32_t rows = 1, all = 0;
    for (int i = 0; i < MOVING && code == OK && rows > 0; i++) {
        struct ship *u = &m->ships[i];
        close_plan(&u->plan);
        arena_clear(&u->arena);
        code = record_begin(r, &u->arena, 0, now, &u->plan, err);
        if (code == OK) {
            code = tend_rows(&u->plan, l, left, &after, &rows, err);
            code = code == OK ? store_view_error(u->plan.view, err) : code;
        }
        if (code == OK && rows > 0) {
            send(u, &m->fleet);
        }
        all += rows;
    }
    code = await_all(m, code, err);
    return code == OK && all == 0 ? remove_batch(r, left, now, err) : code;
}

enum error_code record_batch_tend(struct record *r, int64_t now, bool *ret_more, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct left left;
    struct sweep w;
    const struct scheme_ledger *l = NULL;
    bool more = false, any = false;
    enum error_code code = store_view(r->store, &v, err);
    if (code == OK) {
        more = find_left(r, v, &a, now, &left);
        code = more ? record__own_ledger(r, v, left.ledger, &l, err) : OK;
        if (more) {
            begin_sweep(v, &a, left.ledger, &w);
        }
        code = code == OK ? store_view_error(v, err) : code;
        store_view_end(v);
    }
    if (code == OK && more) {
        struct moving *m = ARENA_NEW(&a, struct moving);
        fleet_init(&m->fleet);
        code = replace_some(r, l, &left, now, &any, err);
        code = code == OK && !any ? sweep_fleet(r, m, &w, &a, &left, now, &any, err) : code;
        code = code == OK && !any ? tend_fleet(r, m, l, &left, now, err) : code;
        for (int i = 0; i < MOVING; i++) {
            ship_release(&m->ships[i]);
        }
        fleet_release(&m->fleet);
    }
    if (code == OK) {
        *ret_more = more;
    }
    arena_release(&a);
    return code;
}
