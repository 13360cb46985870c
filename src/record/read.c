/* read: revisions as they are stored become rows. */
#include "record/record_int.h"

/* Bodies have their members in the order of their names, rows in that of the ledger. Fields that came with a later
 * version of the scheme are null, those that went are left out. */
bool record__read_body(struct arena *a, const struct feel_shape *shape, str text, feel_value *ret)
{
    return feel_record_read_as(a, shape, text, ret, NULL) == OK;
}

void record__columns(struct arena *a, struct store_rows *r, uint32_t column, struct record__revision *ret)
{
    int64_t n[RECORD__COLUMN_COUNT] = { 0 };
    for (uint32_t i = 0; i < RECORD__COLUMN_COUNT; i++) {
        if (i != 2 && i != 5 && i != 7 && i != 16) {
            n[i] = store_column_int(r, column + i);
        }
    }
    *ret = (struct record__revision){
        .row = { .id = n[0], .row = n[3], .revision = n[4], .office = n[6], .dossier = n[8], .parent = n[9],
                 .valid_from = n[10], .valid_to = n[11], .known_from = n[12], .known_to = n[13], .actor = n[14] },
        .version = n[1], .batch = n[15],
    };
    ret->ledger = arena_str(a, store_column_text(r, column + 2));
    ret->key = arena_str(a, store_column_text(r, column + 5));
    ret->row.party = arena_str(a, store_column_text(r, column + 7));
    ret->body = arena_str(a, store_column_text(r, column + 16));
}

static bool read_row(struct arena *a, const struct feel_shape *shape, struct store_rows *r,
                     struct record__revision *ret)
{
    record__columns(a, r, 0, ret);
    return record__read_body(a, shape, ret->body, &ret->row.body);
}

uint32_t record__batches(struct store_view *v, struct arena *a, str ledger, const struct record__batch **ret)
{
    struct store_value args[] = { store_text(ledger) };
    struct store_rows *r = store_query(v, "SELECT id, at, state FROM record_batch WHERE ledger = ? AND "
                                          "state <> 'dropped' ORDER BY id", args, 1);
    struct record__batch *all = NULL;
    uint32_t count = 0;
    while (store_next(r)) {
        all = arena_grow(a, all, count * sizeof *all, (count + 1) * sizeof *all);
        all[count++] = (struct record__batch){ store_column_int(r, 0), store_column_int(r, 1),
                                               str_eq(store_column_text(r, 2), STR("visible")) };
    }
    store_rows_end(r);
    *ret = all;
    return count;
}

int64_t record__replaced(struct store_view *v, str ledger, const struct record__batch *batches, uint32_t count,
                         int64_t row, int64_t batch)
{
    struct arena a = ARENA_INIT;
    str name = count == 0 ? STR("") : record__index_name(&a, ledger, "#", STR("replaced"));
    uint32_t first = 0; /* the batch that the revision itself is in replaces those before it */
    int64_t at = INT64_MAX;
    for (uint32_t i = 0; i < count && batch != 0; i++) {
        first = batches[i].id == batch ? i + 1 : first;
    }
    for (uint32_t i = first; i < count && at == INT64_MAX; i++) {
        struct store_value args[] = { store_text(name), store_int(batches[i].id), store_bytes(STR("")),
                                      store_int(row) };
        struct store_rows *r = !batches[i].visible ? NULL
                               : store_query(v, "SELECT id FROM record_index WHERE name = ? AND shelf = ? AND key = ? "
                                                "AND entry = ? LIMIT 1", args, 4);
        at = r != NULL && store_next(r) ? batches[i].at : INT64_MAX;
        if (r != NULL) {
            store_rows_end(r);
        }
    }
    arena_release(&a);
    return at;
}

bool record__settle(struct store_view *v, struct arena *a, struct record__revision *rev)
{
    const struct record__batch *batches;
    uint32_t count = rev->batch == 0 ? 0 : record__batches(v, a, rev->ledger, &batches);
    for (uint32_t i = 0; i < count; i++) {
        if (batches[i].id == rev->batch) {
            rev->row.known_from = batches[i].at;
            return batches[i].visible;
        }
    }
    return rev->batch == 0;
}

static enum error_code no_row(int64_t row, struct error *err)
{
    return error_set(err, ERROR_MISSING, "there is no row %lld", (long long)row);
}

static bool is_open(struct store_view *v, int64_t batch)
{
    struct store_value args[] = { store_int(batch) };
    struct store_rows *r = store_query(v, "SELECT id FROM record_batch WHERE id = ? AND state = 'open'", args, 1);
    bool there = store_next(r);
    store_rows_end(r);
    return there;
}

/* The batches that a revision can be in are few, and most often there are none: so the rows are read one by one. */
enum error_code record__last(struct store_view *v, struct arena *a, const struct feel_shape *shape, int64_t row,
                             struct record__revision *ret, struct error *err)
{
    struct store_value args[] = { store_int(row) };
    struct record__revision rev;
    struct store_rows *r = store_query(v, "SELECT " RECORD__COLUMNS " FROM record WHERE entry = ? "
                                          "ORDER BY revision DESC", args, 1);
    int64_t pending = 0;
    bool found = false, sound = true;
    while (!found && sound && store_next(r)) {
        sound = read_row(a, shape, r, &rev);
        found = sound && record__settle(v, a, &rev);
        pending = sound && !found && is_open(v, rev.batch) ? rev.batch : pending;
    }
    store_rows_end(r);
    if (!sound) {
        return error_set(err, ERROR_INVALID, "the stored row %lld cannot be read", (long long)row);
    }
    if (!found) {
        enum error_code code = store_view_error(v, err);
        return code != OK ? code : no_row(row, err);
    }
    *ret = rev;
    ret->pending = pending;
    return OK;
}

bool record_is_row(struct store_view *v, const struct scheme *s, const struct scheme_ledger *l, int64_t row)
{
    struct arena a = ARENA_INIT;
    struct store_value args[] = { store_int(row), store_text(record__ledger_name(&a, s, l)) };
    struct store_rows *r = store_query(v, "SELECT id FROM record WHERE entry = ? AND ledger = ? LIMIT 1", args, 2);
    bool is = store_next(r);
    store_rows_end(r);
    arena_release(&a);
    return is;
}

uint32_t record_rows_of(struct store_view *v, const struct scheme *s, const struct scheme_ledger *l, int64_t dossier,
                        int64_t *ret, uint32_t max)
{
    struct arena a = ARENA_INIT;
    struct store_value args[] = { store_int(dossier), store_text(record__ledger_name(&a, s, l)), store_int(max) };
    struct store_rows *r = store_query(v, "SELECT DISTINCT entry FROM record WHERE dossier = ? AND dossier <> 0 AND "
                                          "ledger = ? AND batch = 0 ORDER BY entry LIMIT ?", args, 3);
    uint32_t count = 0;
    while (store_next(r)) {
        ret[count++] = store_column_int(r, 0);
    }
    store_rows_end(r);
    arena_release(&a);
    return count;
}

enum error_code record_last(struct store_view *v, struct arena *a, const struct scheme_ledger *l, int64_t row,
                            struct record_row *ret, struct error *err)
{
    struct record__revision rev;
    enum error_code code = record__last(v, a, record__shape(a, l), row, &rev, err);
    if (code == OK) {
        *ret = rev.row;
    }
    return code;
}

enum error_code record_history(struct store_view *v, struct arena *a, const struct scheme_ledger *l, int64_t row,
                               const struct record_row **ret, uint32_t *ret_count, struct error *err)
{
    const struct feel_shape *shape = record__shape(a, l);
    struct store_value args[] = { store_int(row) };
    struct record_row *rows = NULL;
    uint32_t count = 0;
    bool sound = true;
    struct store_rows *r = store_query(v, "SELECT " RECORD__COLUMNS " FROM record WHERE entry = ? ORDER BY revision",
                                       args, 1);
    while (store_next(r)) {
        struct record__revision rev;
        sound &= read_row(a, shape, r, &rev);
        if (sound && record__settle(v, a, &rev)) {
            if (rev.batch != 0 && count > 0) {
                rows[count - 1].known_to = rev.row.known_from;
            }
            rows = arena_grow(a, rows, count * sizeof *rows, (count + 1) * sizeof *rows);
            rows[count++] = rev.row;
        }
    }
    store_rows_end(r);
    enum error_code code = store_view_error(v, err);
    if (code == OK && !sound) {
        code = error_set(err, ERROR_INVALID, "the stored row %lld cannot be read", (long long)row);
    }
    if (code == OK && count == 0) {
        code = no_row(row, err);
    }
    if (code == OK) {
        *ret = rows;
        *ret_count = count;
    }
    return code;
}
