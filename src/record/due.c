/* due: days of rows that bring something about: which they are, and what became of them. */
#include "record/record_int.h"

#include "base/limit.h"

enum { PIECE = 200 }; /* rows whose days are computed in one unit */

/* ---- What is to be looked at again ---- */

enum error_code record__due_look(const struct record_plan *plan, const struct scheme_ledger *l, str ledger, int64_t row,
                                 struct error *err)
{
    if (l->due_count == 0) {
        return OK;
    }
    int64_t id = store_id(plan->record->store, err);
    struct store_value values[] = { store_int(id), store_int(1), store_text(ledger), store_int(row),
                                    store_text(STR("")) };
    store_insert(plan->change, STORE_TABLE_due_look, values);
    return id == 0 ? ERROR_IO : OK;
}

struct look {
    int64_t id, version, row;
    str ledger, after;
};

static bool find_look(struct store_view *v, struct arena *a, struct look *ret)
{
    struct store_rows *r = store_query(v, "SELECT id, version, entry, ledger, after FROM due_look ORDER BY id LIMIT 1",
                                       NULL, 0);
    bool found = store_next(r);
    if (found) {
        *ret = (struct look){ store_column_int(r, 0), store_column_int(r, 1), store_column_int(r, 2),
                              arena_str(a, store_column_text(r, 3)), arena_str(a, store_column_text(r, 4)) };
    }
    store_rows_end(r);
    return found;
}

/* ---- The day of a row ---- */

/* The expressions of a ledger, compiled; NULL: it cannot be read, and no row has that day. */
struct days {
    const struct scheme_ledger *l;
    const struct feel_program **on;
};

static void compile(struct arena *a, const struct scheme_ledger *l, struct days *ret)
{
    struct error err = { .lang = LANG_EN };
    *ret = (struct days){ l, ARENA_ARRAY(a, const struct feel_program *, l->due_count) };
    struct feel_scope *scope = feel_scope_new(a);
    for (uint32_t i = 0; i < l->row->count; i++) {
        feel_scope_add(scope, l->row->fields[i].name, l->row->fields[i].type, i);
    }
    for (uint32_t i = 0; i < l->due_count; i++) {
        if (feel_compile(a, scope, l->dues[i].on, &ret->on[i], &err) != OK) {
            ret->on[i] = NULL;
        }
    }
}

/* False: the row has no such day. */
static bool day_of(const struct record_plan *plan, const struct days *d, uint32_t which, const struct record_row *row,
                   int64_t *ret)
{
    if (d->on[which] == NULL) {
        return false;
    }
    feel_value self = record_context(plan->arena, d->l, row);
    feel_value *slots = ARENA_ARRAY(plan->arena, feel_value, d->l->row->count);
    for (uint32_t i = 0; i < d->l->row->count; i++) {
        slots[i] = feel_null();
        feel_context_get(self, d->l->row->fields[i].name, &slots[i]);
    }
    feel_eval_reset(plan->ev);
    feel_value v = feel_run(plan->ev, d->on[which], slots);
    cal_date day = v.kind == FEEL_DATE ? v.date
                                       : (cal_date){ v.date_time.year, v.date_time.month, v.date_time.day };
    if (v.kind != FEEL_DATE && v.kind != FEEL_DATE_TIME) {
        return false;
    }
    *ret = cal_utc_seconds(cal_datetime_of(day, (cal_time){ .zone = plan->record->zone })) * 1000000;
    return true;
}

/* ---- Entries ---- */

static void drop(struct store_change *c, int64_t row, str name, int64_t day, int64_t version)
{
    struct store_value key[] = { store_int(row), store_text(name), store_int(day) };
    store_delete(c, STORE_TABLE_due, key, version);
}

/* Open entries of the row but that of `day` go; *ret_there: that one is there, open or done. */
static void drop_others(const struct record_plan *plan, int64_t row, str name, bool any, int64_t day, bool *ret_there)
{
    struct store_value args[] = { store_int(row), store_text(name) };
    struct store_rows *r = store_query(plan->view, "SELECT day, version, done FROM due WHERE entry = ? AND name = ?",
                                       args, 2);
    *ret_there = false;
    while (store_next(r)) {
        int64_t own = store_column_int(r, 0);
        *ret_there |= any && own == day;
        if ((!any || own != day) && store_column_int(r, 2) == 0) {
            drop(plan->change, row, name, own, store_column_int(r, 1));
        }
    }
    store_rows_end(r);
}

static void put_day(const struct record_plan *plan, const struct days *d, str ledger, uint32_t which,
                    const struct record_row *row)
{
    int64_t day = 0;
    bool there, any = row->known_to == INT64_MAX && day_of(plan, d, which, row, &day);
    str name = d->l->dues[which].name;
    drop_others(plan, row->row, name, any, day, &there);
    if (any && !there) {
        struct store_value values[] = { store_int(row->row), store_text(name), store_int(day), store_int(1),
                                        store_text(ledger), store_int(row->office), store_int(0), store_int(0) };
        store_insert(plan->change, STORE_TABLE_due, values);
    }
}

static void put_days(const struct record_plan *plan, const struct days *d, str ledger, const struct record_row *row)
{
    for (uint32_t i = 0; i < d->l->due_count; i++) {
        put_day(plan, d, ledger, i, row);
    }
}

/* Names that the ledger's new version does not have any more. */
static void drop_names(const struct record_plan *plan, const struct scheme_ledger *l, str ledger)
{
    struct store_value args[] = { store_text(ledger), store_int(PIECE) };
    struct store_rows *r = store_query(plan->view, "SELECT entry, name, day, version FROM due WHERE ledger = ? AND "
                                                   "done = 0 ORDER BY day, entry, name LIMIT ?", args, 2);
    while (store_next(r)) {
        str name = store_column_text(r, 1);
        bool known = false;
        for (uint32_t i = 0; i < l->due_count; i++) {
            known |= str_eq(l->dues[i].name, name);
        }
        if (!known) {
            drop(plan->change, store_column_int(r, 0), arena_str(plan->arena, name), store_column_int(r, 2),
                 store_column_int(r, 3));
        }
    }
    store_rows_end(r);
}

/* ---- A piece ---- */

static void end_look(const struct record_plan *plan, const struct look *k, str after)
{
    struct store_value row[] = { store_int(k->id), store_int(k->version), store_keep(), store_keep(),
                                 store_text(after) };
    if (after.len == 0) {
        store_delete(plan->change, STORE_TABLE_due_look, row, k->version);
    } else {
        store_update(plan->change, STORE_TABLE_due_look, row);
    }
}

static enum error_code look_at_all(const struct record_plan *plan, const struct scheme *s, const struct days *d,
                                   const struct look *k, struct error *err)
{
    struct record_answer answer;
    struct record_query q = { .scheme = s, .ledger = d->l, .flags = RECORD_ALL_TIMES, .known_at = INT64_MAX,
                              .after = k->after, .max = PIECE };
    enum error_code code = record_query(plan->view, plan->ev, &q, plan->arena, &answer, err);
    for (uint32_t i = 0; code == OK && i < answer.count; i++) {
        put_days(plan, d, k->ledger, &answer.rows[i]);
    }
    if (code == OK) {
        drop_names(plan, d->l, k->ledger);
        end_look(plan, k, answer.next);
    }
    return code;
}

static enum error_code look_at_row(const struct record_plan *plan, const struct days *d, const struct look *k,
                                   struct error *err)
{
    const struct record_row *rows;
    uint32_t count;
    enum error_code code = record_history(plan->view, plan->arena, d->l, k->row, &rows, &count, err);
    if (code == OK) {
        put_days(plan, d, k->ledger, &rows[count - 1]);
    }
    if (code == OK || code == ERROR_MISSING) {
        end_look(plan, k, STR(""));
        code = OK;
    }
    return code;
}

/* A ledger that no installed scheme has any more has no days either. */
static enum error_code look_at(const struct record_plan *plan, const struct look *k, struct error *err)
{
    const struct scheme *s;
    const struct scheme_ledger *l;
    struct days d;
    enum error_code code = record_ledger(plan->record, plan->view, NULL, k->ledger, &s, &l, NULL, err);
    if (code == ERROR_MISSING) {
        end_look(plan, k, STR(""));
        return OK;
    }
    if (code != OK) {
        return code;
    }
    compile(plan->arena, l, &d);
    code = k->row == 0 ? look_at_all(plan, s, &d, k, err) : look_at_row(plan, &d, k, err);
    if (code != OK && code != ERROR_IO) { /* it would fail for ever, and hold up the others */
        end_look(plan, k, STR(""));
        code = OK;
    }
    return code;
}

enum error_code record_due_tend(struct record *r, int64_t now, bool *ret_more, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct record_plan plan;
    struct look k;
    bool stale = false, more = false;
    enum error_code code = record_begin(r, &a, 0, now, &plan, err);
    if (code == OK) {
        more = find_look(plan.view, &a, &k);
        code = more ? look_at(&plan, &k, err) : OK;
        code = record__finish(&plan, code, STORE_BULK, &stale, err);
    }
    arena_release(&a);
    if (code == OK || stale) {
        *ret_more = more;
    }
    return stale ? OK : code;
}

/* ---- Acting ---- */

uint32_t record_due_now(struct store_view *v, struct arena *a, int64_t now, uint32_t most, struct record_due *ret)
{
    struct store_value args[] = { store_int(now), store_int(most) };
    struct store_rows *r = store_query(v, "SELECT entry, day, version, name, ledger, office FROM due WHERE done = 0 "
                                          "AND day <= ? ORDER BY day, entry, name LIMIT ?", args, 2);
    uint32_t count = 0;
    while (count < most && store_next(r)) {
        ret[count++] = (struct record_due){ .row = store_column_int(r, 0), .day = store_column_int(r, 1),
                                            .version = store_column_int(r, 2),
                                            .name = arena_str(a, store_column_text(r, 3)),
                                            .ledger = arena_str(a, store_column_text(r, 4)),
                                            .office = store_column_int(r, 5) };
    }
    store_rows_end(r);
    return count;
}

uint32_t record_due_of(struct store_view *v, struct arena *a, int64_t row, uint32_t most, struct record_due *ret)
{
    struct store_value args[] = { store_int(row), store_int(most) };
    struct store_rows *r = store_query(v, "SELECT name, day, done, dossier, office FROM due WHERE entry = ? ORDER BY "
                                          "day, name LIMIT ?", args, 2);
    uint32_t count = 0;
    while (count < most && store_next(r)) {
        ret[count++] = (struct record_due){ .row = row, .name = arena_str(a, store_column_text(r, 0)),
                                            .day = store_column_int(r, 1), .done = store_column_int(r, 2),
                                            .dossier = store_column_int(r, 3), .office = store_column_int(r, 4) };
    }
    store_rows_end(r);
    return count;
}

void record_due_done(struct store_change *c, const struct record_due *due, int64_t now, int64_t dossier)
{
    struct store_value row[] = { store_int(due->row), store_text(due->name), store_int(due->day),
                                 store_int(due->version), store_keep(), store_keep(), store_int(now),
                                 store_int(dossier) };
    store_update(c, STORE_TABLE_due, row);
}
