/* row: adding, changing and striking rows. Each act ends a revision, begins one, moves their index rows and says in the
 * audit who did it. */
#include "record/record_int.h"

#include "base/limit.h"
#include "text/json_write.h"

/* ---- Audit ---- */

enum error_code record__note(const struct record_plan *plan, const char *verb, const struct record__revision *rev,
                             str reason, struct error *err)
{
    if (plan->record->people == NULL) {
        return OK;
    }
    struct people_plan acts = { .people = plan->record->people, .view = plan->view, .change = plan->change,
                                .arena = plan->arena, .actor = plan->actor, .now = plan->now };
    struct buf out = BUF_INIT(LIMIT_PEOPLE_AUDIT_DETAIL);
    struct json_writer w;
    json_writer_init(&w, &out, false);
    json_begin_object(&w);
    json_text_member(&w, "ledger", rev->ledger);
    json_text_member(&w, "reason", reason);
    json_text_member(&w, "revision", arena_printf(plan->arena, "%lld", (long long)rev->row.revision));
    json_end_object(&w);
    str detail = arena_str(plan->arena, buf_str(&out));
    bool whole = !out.overflow;
    buf_release(&out);
    if (!whole) {
        error_set(err, ERROR_LIMIT, "the reason is too long");
        error_detail(err, "PEOPLE_AUDIT_DETAIL: at most %d bytes", LIMIT_PEOPLE_AUDIT_DETAIL);
        return ERROR_LIMIT;
    }
    return people_audit(&acts, str_of(verb), STR("record"), rev->row.row, detail, err);
}

/* ---- Revisions ---- */

void record__insert(const struct record_plan *plan, const struct record__revision *rev)
{
    const struct record_row *row = &rev->row;
    struct buf body = BUF_INIT(LIMIT_STORE_UNIT_BYTES);
    feel_record_write(row->body, &body);
    struct store_value values[RECORD__COLUMN_COUNT] = {
        store_int(row->id), store_int(1), store_text(rev->ledger), store_int(row->row), store_int(row->revision),
        store_bytes(rev->key), store_int(row->office), store_text(row->party), store_int(row->dossier),
        store_int(row->parent), store_int(row->valid_from), store_int(row->valid_to), store_int(row->known_from),
        store_int(row->known_to), store_int(row->actor), store_int(rev->batch), store_text(buf_str(&body)),
    };
    store_insert(plan->change, STORE_TABLE_record, values);
    buf_release(&body);
}

/* The row is in an import whose index rows are being moved: some may still be on its shelf. Moves that were planned
 * before become stale by the version of the import. */
static void leave_batch(const struct record_plan *plan, const struct scheme_ledger *l,
                        const struct record__revision *rev)
{
    struct store_value args[] = { store_int(rev->batch) };
    struct store_rows *r = store_query(plan->view, "SELECT version FROM record_batch WHERE id = ?", args, 1);
    if (store_next(r)) {
        struct store_value row[] = { args[0], store_int(store_column_int(r, 0)), store_keep(), store_keep(),
                                     store_keep(), store_keep(), store_keep() };
        store_update(plan->change, STORE_TABLE_record_batch, row);
    }
    store_rows_end(r);
    record__index(plan, l, rev, rev->batch, false);
}

static void end(const struct record_plan *plan, const struct scheme_ledger *l, const struct record__revision *rev,
                int64_t at)
{
    struct record__revision ended = *rev;
    ended.row.known_to = at;
    struct store_value values[RECORD__COLUMN_COUNT];
    for (uint32_t i = 0; i < RECORD__COLUMN_COUNT; i++) {
        values[i] = store_keep();
    }
    values[0] = store_int(rev->row.id);
    values[1] = store_int(rev->version);
    values[12] = store_int(rev->row.known_from);
    values[13] = store_int(at);
    values[15] = store_int(0);
    store_update(plan->change, STORE_TABLE_record, values);
    record__index(plan, l, rev, RECORD__KNOWN, false);
    if (rev->batch != 0) {
        leave_batch(plan, l, rev);
    }
    record__index(plan, l, &ended, RECORD__ENDED, true);
}

static bool read_revision(const struct record_plan *plan, const struct scheme_ledger *l, int64_t row, int64_t revision,
                          struct record__revision *ret)
{
    struct store_value args[] = { store_int(row), store_int(revision) };
    struct store_rows *r = store_query(plan->view, "SELECT " RECORD__COLUMNS " FROM record WHERE entry = ? AND "
                                                   "revision = ?", args, 2);
    bool there = false;
    while (!there && store_next(r)) { /* an import that was dropped may have left another one */
        record__columns(plan->arena, r, 0, ret);
        there = record__settle(plan->view, plan->arena, ret) &&
                record__read_body(plan->arena, record__shape(plan->arena, l), ret->body, &ret->row.body);
    }
    store_rows_end(r);
    return there;
}

void record__end_before(const struct record_plan *plan, const struct scheme_ledger *l,
                        const struct record__revision *rev)
{
    struct record__revision later = *rev, before;
    while (later.batch != 0 && later.row.revision > 1 &&
           read_revision(plan, l, later.row.row, later.row.revision - 1, &before)) {
        end(plan, l, &before, later.row.known_from);
        later = before;
    }
}

/* The revision is known no more; its index rows go to the shelf of those. With a revision of an import goes the one
 * that it has replaced. */
static void end_known(const struct record_plan *plan, const struct scheme_ledger *l, const struct record__revision *rev,
                      int64_t at)
{
    record__end_before(plan, l, rev);
    end(plan, l, rev, at);
}

/* Time that has stood still or gone back moves on by the smallest step. */
static int64_t after(int64_t now, int64_t before)
{
    return now > before ? now : before + 1;
}

static void set_owner(const struct scheme_ledger *l, struct record_row *row)
{
    int32_t field = record__party_field(l);
    feel_value v = field >= 0 ? row->body.values[field] : feel_null();
    row->party = v.kind == FEEL_STRING ? feel_str(v) : STR("");
}

static enum error_code check_owner(const struct scheme_ledger *l, const struct record_row *row, struct error *err)
{
    if (l->of == SCHEME_OF_PARTY && row->party.len == 0) {
        error_set(err, ERROR_INVALID, "a row of \"%.*s\" belongs to a party", STR_ARG(l->name));
        error_hint(err, "give the code or handle of a party");
        return ERROR_INVALID;
    }
    if (l->of == SCHEME_OF_DOSSIER && row->dossier == 0) {
        error_set(err, ERROR_INVALID, "a row of \"%.*s\" belongs to a dossier", STR_ARG(l->name));
        error_hint(err, "it is written by a process, not by hand");
        return ERROR_INVALID;
    }
    return OK;
}

/* ---- Keys ---- */

/* The question who else has a key. */
struct record__holding {
    const struct record_plan *plan;
    const struct record__revision *rev;
    const struct record__import *own;
    str name; /* of the index */
    const struct record__batch *batches;
    uint32_t batch_count;
};

enum error_code record__taken(const struct scheme_ledger *l, const struct record_row *row, int64_t other, bool open,
                              struct error *err)
{
    struct buf names = BUF_INIT(400);
    for (uint32_t i = 0; i < l->key_count; i++) {
        feel_value v;
        buf_printf(&names, "%s%.*s: ", i == 0 ? "" : ", ", STR_ARG(l->key[i]));
        if (feel_context_get(row->body, l->key[i], &v)) {
            feel_print(v, &names);
        }
    }
    error_set(err, ERROR_INVALID, open ? "an import that is being written has a row with this key"
                                       : "there is a row with this key already");
    error_detail(err, "%.*s %lld: %.*s", STR_ARG(l->name), (long long)other, STR_ARG(buf_str(&names)));
    error_hint(err, open ? "finish or drop the import first"
                         : "change that row, or give it an end before this one begins");
    buf_release(&names);
    return ERROR_INVALID;
}

/* Does the unit that is being made replace the row? */
static bool is_among(const struct record__import *own, int64_t row)
{
    for (uint32_t i = 0; own != NULL && i < own->count; i++) {
        if (own->rows[i] == row) {
            return true;
        }
    }
    return false;
}

/* Known rows on a shelf that have the key of `rev` at the same time, without itself and those that were replaced. */
static uint32_t overlapping(const struct record__holding *h, int64_t shelf, int64_t *rows, uint32_t most)
{
    const struct record__revision *rev = h->rev;
    struct store_value args[] = { store_text(h->name), store_int(shelf), store_bytes(rev->key),
                                  store_int(rev->row.row), store_int(rev->row.valid_to),
                                  store_int(rev->row.valid_from) };
    struct store_rows *r = store_query(h->plan->view,
                                       "SELECT entry FROM record_index WHERE name = ? AND shelf = ? AND key = ? "
                                       "AND entry <> ? AND valid_from < ? AND valid_to > ?", args, 6);
    int64_t *found = NULL;
    uint32_t all = 0, count = 0;
    while (store_next(r)) {
        found = arena_grow(h->plan->arena, found, all * sizeof *found, (all + 1) * sizeof *found);
        found[all++] = store_column_int(r, 0);
    }
    store_rows_end(r);
    for (uint32_t i = 0; i < all && count < most; i++) {
        bool gone = is_among(h->own, found[i]) ||
                    record__replaced(h->plan->view, rev->ledger, h->batches, h->batch_count, found[i],
                                     shelf == RECORD__KNOWN ? 0 : shelf) != INT64_MAX;
        rows[count] = found[i];
        count += !gone;
    }
    return count;
}

uint32_t record__holders(const struct record_plan *plan, const struct scheme_ledger *l,
                         const struct record__revision *rev, const struct record__import *own, int64_t *rows,
                         uint32_t most, bool *ret_open)
{
    const struct record__reading *reading = record__reading(plan, l, rev->ledger);
    const struct record__batch *batches = reading->batches;
    uint32_t batch_count = reading->batch_count;
    struct record__batch *all = ARENA_ARRAY(plan->arena, struct record__batch, batch_count);
    struct record__holding h = { plan, rev, own, reading->key_name, all, batch_count };
    for (uint32_t i = 0; i < batch_count; i++) {
        all[i] = batches[i];
        all[i].visible |= own != NULL && own->batch == all[i].id && !own->blind;
    }
    uint32_t count = overlapping(&h, RECORD__KNOWN, rows, most);
    *ret_open = false;
    for (uint32_t i = 0; i < batch_count && count < most; i++) {
        uint32_t before = count;
        if (own != NULL && own->blind && own->batch == batches[i].id) {
            continue;
        }
        count += overlapping(&h, batches[i].id, rows + count, most - count);
        *ret_open |= count > before && !all[i].visible;
    }
    return count;
}

enum error_code record__check_key(const struct record_plan *plan, const struct scheme_ledger *l,
                                  const struct record__revision *rev, const struct record__import *own,
                                  struct error *err)
{
    int64_t other;
    bool open;
    if (!record__reading(plan, l, rev->ledger)->kept->key_whole) {
        error_set(err, ERROR_INVALID, "the key of \"%.*s\" is new, and its rows are still being looked through",
                  STR_ARG(l->name));
        error_hint(err, "try again in a moment");
        return ERROR_INVALID;
    }
    return record__holders(plan, l, rev, own, &other, 1, &open) == 0
               ? OK
               : record__taken(l, &rev->row, other, open, err);
}

/* Of two that write rows of one key at once, the second finds the row of the key changed, and looks again. */
void record__take_key(const struct record_plan *plan, str ledger, str key)
{
    struct store_value args[] = { store_text(ledger), store_bytes(key) };
    struct store_rows *r = store_query(plan->view, "SELECT version FROM record_key WHERE ledger = ? AND key = ?", args,
                                       2);
    bool there = store_next(r);
    struct store_value row[] = { args[0], args[1], store_int(there ? store_column_int(r, 0) : 1) };
    store_rows_end(r);
    if (there) {
        store_update(plan->change, STORE_TABLE_record_key, row);
    } else {
        store_insert(plan->change, STORE_TABLE_record_key, row);
    }
}

static enum error_code respect_key(const struct record_plan *plan, const struct scheme_ledger *l,
                                   const struct record__revision *rev, struct error *err)
{
    if (l->key_count == 0) {
        return OK;
    }
    enum error_code code = record__check_key(plan, l, rev, NULL, err);
    if (code == OK) {
        record__take_key(plan, rev->ledger, rev->key);
    }
    return code;
}

/* ---- Adding ---- */

/* All of a first revision but its number; `sealed`: personal values become commitments. */
static enum error_code draft(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                             feel_value values, bool sealed, struct record__revision *ret, struct error *err)
{
    struct record__revision rev = {
        .row = { .revision = 1, .office = plan->office, .dossier = plan->dossier, .known_from = plan->now,
                 .known_to = INT64_MAX, .actor = plan->actor },
        .version = 1, .ledger = record__ledger_name(plan->arena, s, l),
    };
    struct record_row *row = &rev.row;
    enum error_code code = sealed ? record__body(plan, s, l, values, NULL, &row->body, err)
                                  : record__plain_body(plan, s, l, values, NULL, &row->body, err);
    code = code == OK ? record__parent(plan, s, l, values, &row->parent, err) : code;
    if (code == OK) {
        set_owner(l, row);
        code = check_owner(l, row, err);
    }
    code = code == OK ? record__validity(plan, l, row->body, &row->valid_from, &row->valid_to, err) : code;
    if (code == OK) {
        rev.key = record__key(plan->arena, l, row->body);
        *ret = rev;
    }
    return code;
}

enum error_code record__draft(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                              feel_value values, struct record__revision *ret, struct error *err)
{
    return draft(plan, s, l, values, false, ret, err);
}

enum error_code record__make(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                             feel_value values, struct record__revision *ret, struct error *err)
{
    struct record__revision rev;
    enum error_code code = draft(plan, s, l, values, true, &rev, err);
    if (code == OK) {
        rev.row.row = rev.row.id = store_id(plan->record->store, err);
        code = rev.row.id == 0 ? ERROR_IO : OK;
    }
    if (code == OK) {
        *ret = rev;
    }
    return code;
}

enum error_code record_add(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                           feel_value values, int64_t *ret_row, struct error *err)
{
    struct record__revision rev;
    str warned;
    enum error_code code = record__make(plan, s, l, values, &rev, err);
    if (code == OK) {
        record__number(plan, l, &rev);
    }
    code = code == OK ? record__judge(plan, s, l, values, &rev, NULL, &warned, err) : code;
    code = code == OK ? respect_key(plan, l, &rev, err) : code;
    code = code == OK ? record__note(plan, "add", &rev, warned, err) : code;
    if (code == OK) {
        record__insert(plan, &rev);
        record__index(plan, l, &rev, RECORD__KNOWN, true);
        record__words(plan, l, &rev);
        code = record__due_look(plan, l, rev.ledger, rev.row.row, err);
    }
    if (code == OK) {
        *ret_row = rev.row.row;
    }
    return code;
}

/* ---- Changing, striking ---- */

enum error_code record__read_known(const struct record_plan *plan, const struct scheme_ledger *l, int64_t row,
                                   int64_t own, struct record__revision *ret, struct error *err)
{
    enum error_code code = record__last(plan->view, plan->arena, record__shape(plan->arena, l), row, ret, err);
    if (code != OK) {
        return code;
    }
    size_t tail = ret->ledger.len > l->name.len ? ret->ledger.len - l->name.len : 0;
    if (tail == 0 || ret->ledger.ptr[tail - 1] != '.' ||
        !str_eq(str_slice(ret->ledger, tail, ret->ledger.len), l->name)) {
        return error_set(err, ERROR_MISSING, "the row %lld is none of \"%.*s\"", (long long)row, STR_ARG(l->name));
    }
    if (ret->row.known_to != INT64_MAX) {
        error_set(err, ERROR_MISSING, "the row %lld was struck", (long long)row);
        error_hint(err, "its history is still there; what holds again is a new row");
        return ERROR_MISSING;
    }
    if (ret->pending != 0 && ret->pending != own) {
        error_set(err, ERROR_INVALID, "an import that is being written changes this row");
        error_detail(err, "row %lld", (long long)row);
        error_hint(err, "finish or drop the import first");
        return ERROR_INVALID;
    }
    return OK;
}

static enum error_code other_revision(const struct record__revision *rev, struct error *err)
{
    error_set(err, ERROR_INVALID, "somebody else has changed this meanwhile");
    error_detail(err, "row %lld, revision %lld", (long long)rev->row.row, (long long)rev->row.revision);
    error_hint(err, "look at it again and repeat");
    return ERROR_INVALID;
}

enum error_code record__revise(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                               const struct record__revision *before, feel_value values, struct record__revision *ret,
                               struct error *err)
{
    struct record__revision rev = *before;
    struct record_row *row = &rev.row;
    rev.batch = 0;
    rev.version = 1;
    row->revision++;
    row->actor = plan->actor;
    row->known_from = after(plan->now, before->row.known_from);
    enum error_code code = record__body(plan, s, l, values, &before->row, &row->body, err);
    if (code == OK) {
        set_owner(l, row);
        code = check_owner(l, row, err);
    }
    code = code == OK ? record__validity(plan, l, row->body, &row->valid_from, &row->valid_to, err) : code;
    if (code == OK) {
        rev.key = record__key(plan->arena, l, row->body);
        row->id = store_id(plan->record->store, err);
        code = row->id == 0 ? ERROR_IO : OK;
    }
    if (code == OK) {
        *ret = rev;
    }
    return code;
}

/* The values that are others than those of the row. */
static feel_value differing(struct arena *a, const struct scheme_ledger *l, feel_value values,
                            const struct record_row *before)
{
    str *names = ARENA_ARRAY(a, str, values.count);
    feel_value *list = ARENA_ARRAY(a, feel_value, values.count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < values.count; i++) {
        int32_t field = scheme_field(l, values.shape->names[i]);
        if (field < 0 || !feel_record_same(values.values[i], before->body.values[field])) {
            names[n] = values.shape->names[i];
            list[n++] = values.values[i];
        }
    }
    return feel_context(feel_shape_new(a, names, n), list);
}

enum error_code record_change(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                              int64_t row, int64_t revision, feel_value values, str reason, struct error *err)
{
    struct record__revision before, rev;
    str warned;
    enum error_code code = record__read_known(plan, l, row, 0, &before, err);
    if (code == OK && revision != 0 && revision != before.row.revision) {
        code = other_revision(&before, err);
    }
    code = code == OK ? record__revise(plan, s, l, &before, values, &rev, err) : code;
    if (code != OK || feel_record_same(before.row.body, rev.row.body)) {
        return code;
    }
    code = record__judge(plan, s, l, differing(plan->arena, l, values, &before.row), &rev, &before.row, &warned, err);
    code = code == OK ? respect_key(plan, l, &rev, err) : code;
    if (code == OK && warned.len > 0) {
        reason = arena_printf(plan->arena, "%.*s; %.*s", STR_ARG(reason), STR_ARG(warned));
    }
    code = code == OK ? record__note(plan, "change", &rev, reason, err) : code;
    if (code == OK) {
        end_known(plan, l, &before, rev.row.known_from);
        record__insert(plan, &rev);
        record__index(plan, l, &rev, RECORD__KNOWN, true);
        record__words(plan, l, &rev);
        code = record__due_look(plan, l, rev.ledger, rev.row.row, err);
    }
    return code;
}

enum error_code record_strike(const struct record_plan *plan, const struct scheme_ledger *l, int64_t row, str reason,
                              struct error *err)
{
    struct record__revision rev;
    enum error_code code = record__read_known(plan, l, row, 0, &rev, err);
    code = code == OK ? record__note(plan, "strike", &rev, reason, err) : code;
    if (code == OK) {
        int64_t at = after(plan->now, rev.row.known_from);
        end_known(plan, l, &rev, at);
        rev.row.known_to = at;
        record__words(plan, l, &rev);
        code = record__due_look(plan, l, rev.ledger, row, err);
    }
    return code;
}
