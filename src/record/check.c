/* check: what can be wrong with a row of a table. Cells are looked at one by one; the row as a whole only when each of
 * them has its value. */
#include "record/exchange_int.h"

#include "record/party.h"
#include "scheme/fact.h"
#include "text/sha256.h"

#include <stdlib.h>

static const char *words(const struct exchange *x, const char *english)
{
    return lang_text(x->config.lang, english);
}

/* One row while it is looked at. */
struct looking {
    struct exchange *x;
    const struct table_row *row;
    feel_value *body;      /* by field; null where the table says nothing */
    feel_value parent;
    bool wrong;
    struct error *err;     /* of the store */
    enum error_code code;
};

static void find(struct looking *k, uint32_t column, str value, const char *text, const char *remedy)
{
    record__find(k->x, k->row->line, column, value, EXCHANGE_ERROR, str_of(words(k->x, text)),
                 str_of(words(k->x, remedy)));
    k->wrong = true;
}

static void find_error(struct looking *k, uint32_t column, str value, const struct error *e)
{
    record__find_error(k->x, k->row->line, column, value, e);
    k->wrong = true;
}

/* What a function said of a row is a finding, but for what has to do with the store. */
static bool is_found(struct looking *k, uint32_t column, str value, enum error_code code, const struct error *e)
{
    if (code == ERROR_IO) {
        *k->err = *e;
        k->code = code;
        k->wrong = true;
    } else if (code != OK) {
        find_error(k, column, value, e);
    }
    return code == OK;
}

/* ---- Codes and parties ---- */

static bool is_handle(struct exchange *x, int64_t shelf, str key)
{
    struct store_value args[] = { store_text(STR("core.parties.handle")), store_int(shelf), store_bytes(key) };
    struct store_rows *r = store_query(x->plan.view, "SELECT entry FROM record_index WHERE name = ? AND shelf = ? AND "
                                                     "key = ? LIMIT 1", args, 3);
    bool there = store_next(r);
    store_rows_end(r);
    return there;
}

static bool is_party(struct exchange *x, str handle)
{
    const struct record__batch *batches;
    str key;
    if (!record__index_key(&x->row, feel_string(handle), &key) || is_handle(x, RECORD__KNOWN, key)) {
        return true;
    }
    uint32_t count = record__batches(x->plan.view, &x->row, STR("core.parties"), &batches);
    for (uint32_t i = 0; i < count; i++) {
        if (batches[i].visible && is_handle(x, batches[i].id, key)) {
            return true;
        }
    }
    return false;
}

static void look_at_party(struct looking *k, uint32_t column, str handle)
{
    bool own = k->x->of_parties && str_eq(k->x->titles[column - 1], STR("handle"));
    if (k->x->parties_known && !own && !k->x->of_parties && !is_party(k->x, handle)) {
        find(k, column, handle, "no such party is known", "import it into the ledger core.parties first");
    }
}

/* A unified credit code that is none is an error, one whose check digit fails needs its reason. */
static void look_at_credit_code(struct looking *k, uint32_t column, str text)
{
    struct party_code c = party_code_look(text);
    int32_t reason = scheme_field(k->x->ledger, STR("code reason"));
    bool told = reason >= 0 && k->body[reason].kind == FEEL_STRING;
    if (c.fault == PARTY_CODE_CHECK || (c.fault == PARTY_CODE_SOUND && !c.inner)) {
        if (!told) {
            find(k, column, text, "the check digit of the code does not fit",
                 "compare it with the licence; if it does stand there, say so in the field \"code reason\"");
        }
    } else if (c.fault != PARTY_CODE_SOUND) {
        find(k, column, text, "this is no unified social credit code", "copy it from the licence again");
    }
}

/* ---- References ---- */

/* A row may be told by its key, where that is one field: its number takes the place of it. What names no row, or two,
 * stays as it is, and is refused as a value. */
static void resolve(struct looking *k, str of, feel_value *v)
{
    struct exchange *x = k->x;
    const struct scheme_ledger *l = scheme_ledger(x->scheme, of);
    int64_t rows[2], row;
    bool open;
    if (v->kind != FEEL_STRING || l == NULL || l->key_count != 1 ||
        record__is_row(&x->plan, x->scheme, of, feel_str(*v), &row)) {
        return;
    }
    feel_value *body = ARENA_ARRAY(&x->row, feel_value, l->field_count);
    body[scheme_field(l, l->key[0])] = *v;
    struct record__revision rev = {
        .ledger = record__ledger_name(&x->row, x->scheme, l),
        .row = { .valid_from = INT64_MIN, .valid_to = INT64_MAX },
        .key = record__key(&x->row, l, feel_context(record__shape(&x->row, l), body)),
    };
    if (record__holders(&x->plan, l, &rev, NULL, rows, 2, &open) == 1 && !open) {
        *v = feel_string(arena_printf(&x->row, "%lld", (long long)rows[0]));
    }
}

/* ---- Cells ---- */

static void look_at_value(struct looking *k, uint32_t field, uint32_t column, str text)
{
    struct exchange *x = k->x;
    const struct scheme_field *f = &x->ledger->fields[field];
    struct error e = { .lang = x->config.lang };
    feel_value v = k->body[field];
    if (!is_found(k, column, text,
                  record__check_value(&x->plan, x->scheme, x->ledger, f, v, &k->body[field], &e), &e)) {
        return;
    }
    if (v.kind == FEEL_STRING && f->type == SCHEME_PARTY) {
        look_at_party(k, column, feel_str(v));
    } else if (f->required && v.kind == FEEL_NULL) {
        find(k, column, STR(""), "the field must be given", "fill in the cell");
    }
}

static void look_at_cell(struct looking *k, uint32_t i)
{
    struct exchange *x = k->x;
    const struct table_cell *cell = &k->row->cells[i];
    static const struct scheme_field parent = { .name = { "parent", 6 }, .type = SCHEME_REF };
    int32_t field = x->columns[i];
    const struct scheme_field *f = field == RECORD__PARENT_FIELD ? &parent : &x->ledger->fields[field];
    struct record__remark remark;
    feel_value v;
    bool fine = record__read_cell(&x->cells, &x->row, f, cell, &v, &remark);
    if (remark.text != NULL) {
        record__find(x, k->row->line, i + 1, cell->text, remark.note ? EXCHANGE_NOTE : EXCHANGE_ERROR,
                     str_of(remark.text), str_of(remark.hint));
        k->wrong |= !remark.note;
    }
    if (!fine) {
        return;
    }
    if (f->type == SCHEME_REF) {
        resolve(k, field == RECORD__PARENT_FIELD ? x->ledger->parent : f->of, &v);
    }
    if (field == RECORD__PARENT_FIELD) {
        k->parent = v;
    } else {
        k->body[field] = v;
        look_at_value(k, (uint32_t)field, i + 1, cell->text);
    }
}

/* Cells beyond the end of the row are empty. */
static void look_at_cells(struct looking *k)
{
    struct exchange *x = k->x;
    for (uint32_t i = 0; i < x->column_count; i++) {
        if (x->columns[i] == RECORD__NO_FIELD) {
            continue; /* the notes of an annotated copy */
        }
        if (i < k->row->count) {
            look_at_cell(k, i);
        } else if (x->columns[i] >= 0) {
            look_at_value(k, (uint32_t)x->columns[i], i + 1, STR(""));
        }
    }
    for (uint32_t i = x->column_count; i < k->row->count; i++) {
        if (k->row->cells[i].kind != TABLE_EMPTY) {
            find(k, i + 1, k->row->cells[i].text, "the column has no name", "name it in the first row, or delete it");
        }
    }
    if ((k->row->flags & TABLE_HIDDEN) != 0) {
        record__find(x, k->row->line, 0, STR(""), EXCHANGE_NOTE,
                     str_of(table_flag_message(x->config.lang, TABLE_HIDDEN)),
                     str_of(table_flag_hint(x->config.lang, TABLE_HIDDEN)));
    }
}

/* ---- What ledgers have of their own ---- */

static void complete_party(struct looking *k)
{
    int32_t code = scheme_field(k->x->ledger, STR("code")), handle = scheme_field(k->x->ledger, STR("handle"));
    if (code < 0 || handle < 0) {
        return;
    }
    if (k->body[code].kind == FEEL_STRING) {
        look_at_credit_code(k, record__column_of(k->x, code), feel_str(k->body[code]));
    }
    if (k->body[handle].kind == FEEL_NULL) {
        k->body[handle] = k->body[code];
    }
}

static void complete_parameter(struct looking *k)
{
    uint32_t state = k->x->table->parameter->column_count + TABLE__STATE;
    feel_value v = k->body[state];
    int known = v.kind == FEEL_STRING ? scheme_state(feel_str(v)) : SCHEME_PROVISIONAL;
    if (known < 0) {
        find(k, record__column_of(k->x, (int32_t)state), feel_str(v), "this is no state of a row",
             "write confirmed, 待核实 or 示例");
    } else {
        k->body[state] = feel_string(str_of(scheme_state_name((enum scheme_state)known)));
    }
    if (k->x->config.round.len > 0) {
        k->body[state - TABLE__STATE + TABLE__ROUND] = feel_string(k->x->config.round);
    }
}

/* ---- Keys ---- */

static uint64_t hash_key(str key)
{
    char hex[SHA256_TEXT];
    uint64_t n = 0;
    sha256_text(key, hex);
    for (int i = 0; i < 16; i++) {
        n = n << 4 | (uint64_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
    }
    return n;
}

/* Twice as much room for keys; the old room goes at once. */
static void widen(struct exchange *x)
{
    struct arena before = x->keys;
    const struct record__seen *old = x->seen;
    uint32_t size = x->seen_size == 0 ? 1024 : x->seen_size * 2;
    x->keys = (struct arena)ARENA_INIT;
    x->seen = ARENA_ARRAY(&x->keys, struct record__seen, size);
    x->slots = ARENA_ARRAY(&x->keys, uint32_t, size);
    x->seen_size = size;
    for (uint32_t i = 1; i <= x->seen_count; i++) {
        uint32_t *slot = &x->slots[old[i].hash & (size - 1)];
        x->seen[i] = old[i];
        x->seen[i].next = *slot;
        *slot = i;
    }
    arena_release(&before);
}

/* A row of a parameter that is known already may lie over one that ends it. */
static bool is_twice(const struct exchange *x, const struct record__seen *a, const struct record__seen *b)
{
    bool overlap = a->from < b->to && b->from < a->to;
    return a->hash == b->hash && overlap && (x->table == NULL || a->from == b->from || (a->fresh && b->fresh));
}

static void look_for_double(struct looking *k, const struct record__revision *rev, bool fresh)
{
    struct exchange *x = k->x;
    struct record__seen own = { .hash = hash_key(rev->key), .from = rev->row.valid_from, .to = rev->row.valid_to,
                                .line = k->row->line, .fresh = fresh };
    if (x->seen_count + 1 >= x->seen_size) {
        widen(x);
    }
    uint32_t *slot = &x->slots[own.hash & (x->seen_size - 1)];
    for (uint32_t i = *slot; i != 0; i = x->seen[i].next) {
        if (is_twice(x, &x->seen[i], &own)) {
            str text = arena_printf(&x->row, lang_text(x->config.lang, "the row has the key of the row in line %u"),
                                    x->seen[i].line);
            record__find(x, k->row->line, 0, STR(""), EXCHANGE_ERROR, text,
                         str_of(words(x, "delete one of them, or give them days that do not overlap")));
            k->wrong = true;
            return;
        }
    }
    own.next = *slot;
    *slot = ++x->seen_count;
    x->seen[x->seen_count] = own;
}

/* ---- Against the ledger ---- */

/* The values of all columns, and what the ledger needs beside them. */
static feel_value values_of(struct looking *k)
{
    struct exchange *x = k->x;
    const struct scheme_ledger *l = x->ledger;
    if (x->given == l->shape) {
        return feel_context(x->given, k->body);
    }
    feel_value *values = ARENA_ARRAY(&x->row, feel_value, x->given->count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->field_count; i++) {
        if (record__is_given(x, i)) {
            values[n++] = k->body[i];
        }
    }
    if (l->parent.len > 0) {
        values[n++] = k->parent;
    }
    return feel_context(x->given, values);
}

static int64_t own_batch(const struct exchange *x)
{
    return x->batch == NULL ? 0 : record__batch_id(x->batch);
}

/* Rows are compared with the ledger as it was: without what the import has written itself. */
static const struct record__import *own(const struct exchange *x, struct record__import *ret)
{
    *ret = (struct record__import){ .batch = own_batch(x), .blind = true };
    return x->batch == NULL ? NULL : ret;
}

static bool look_at_new(struct looking *k, struct record__revision *ret)
{
    struct exchange *x = k->x;
    struct record__import blind;
    struct error e = { .lang = x->config.lang };
    enum error_code code = record__draft(&x->plan, x->scheme, x->ledger, values_of(k), ret, &e);
    if (!is_found(k, 0, STR(""), code, &e)) {
        return false;
    }
    code = x->ledger->key_count == 0 ? OK : record__check_key(&x->plan, x->ledger, ret, own(x, &blind), &e);
    return is_found(k, 0, STR(""), code, &e);
}

/* Does the table say the same as the row? Then what stands there stays, also where it could be written otherwise. */
static bool says_same(struct exchange *x, const struct scheme_field *f, feel_value now, feel_value then)
{
    if (now.kind == FEEL_NULL || then.kind == FEEL_NULL) {
        return now.kind == then.kind;
    }
    if (record_is_sealed(then) && record_unseal(x->config.record, x->plan.view, &x->row, then, &then, NULL) != OK) {
        return false;
    }
    int order;
    if (feel_compare(now, then, &order) ? order == 0 : feel_record_same(now, then)) {
        return true;
    }
    return str_eq(record__write_cell(&x->cells, &x->row, f, now).text,
                  record__write_cell(&x->cells, &x->row, f, then).text);
}

/* The fields in which the table differs from the row. */
static uint32_t differences(struct looking *k, const struct record_row *row, feel_value *ret)
{
    struct exchange *x = k->x;
    str *names = ARENA_ARRAY(&x->row, str, x->column_count);
    feel_value *values = ARENA_ARRAY(&x->row, feel_value, x->column_count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->column_count; i++) {
        int32_t field = x->columns[i];
        if (field >= 0 && !says_same(x, &x->ledger->fields[field], k->body[field], row->body.values[field])) {
            names[n] = x->ledger->fields[field].name;
            values[n++] = k->body[field];
        }
    }
    *ret = feel_context(feel_shape_new(&x->row, names, n), values);
    return n;
}

/* The key and the days of a row, as far as the table says them. */
static bool find_key(struct looking *k, struct record__revision *ret)
{
    struct exchange *x = k->x;
    struct error e = { .lang = x->config.lang };
    feel_value body = feel_context(record__shape(&x->row, x->ledger), k->body);
    *ret = (struct record__revision){ .ledger = record__ledger_name(&x->row, x->scheme, x->ledger),
                                      .row = { .body = body } };
    enum error_code code = record__validity(&x->plan, x->ledger, body, &ret->row.valid_from, &ret->row.valid_to, &e);
    ret->key = record__key(&x->row, x->ledger, body);
    return is_found(k, 0, STR(""), code, &e);
}

static bool look_at_changed(struct looking *k, const struct record__revision *before, feel_value values,
                            struct record__revision *ret)
{
    struct exchange *x = k->x;
    struct record__import blind;
    struct error e = { .lang = x->config.lang };
    struct record_row *row = &ret->row;
    *ret = *before;
    enum error_code code = record__plain_body(&x->plan, x->scheme, x->ledger, values, &before->row, &row->body, &e);
    code = code == OK ? record__validity(&x->plan, x->ledger, row->body, &row->valid_from, &row->valid_to, &e) : code;
    if (code == OK) {
        ret->key = record__key(&x->row, x->ledger, row->body);
        code = record__check_key(&x->plan, x->ledger, ret, own(x, &blind), &e);
    }
    return is_found(k, 0, STR(""), code, &e);
}

static bool read_known(struct looking *k, int64_t row, struct record__revision *ret)
{
    struct error e = { .lang = k->x->config.lang };
    return is_found(k, 0, STR(""), record__read_known(&k->x->plan, k->x->ledger, row, own_batch(k->x), ret, &e), &e);
}

/* An update: which known row is it, and what of it is other? */
static bool look_at_update(struct looking *k, struct record__doing *ret, struct record__revision *rev)
{
    struct exchange *x = k->x;
    struct record__import blind;
    int64_t rows[2];
    bool open;
    if (!find_key(k, rev)) {
        return false;
    }
    uint32_t count = record__holders(&x->plan, x->ledger, rev, own(x, &blind), rows, 2, &open);
    if (count == 0) {
        ret->values = values_of(k);
        return look_at_new(k, rev);
    }
    if (count > 1) {
        find(k, 0, STR(""), "several known rows have this key at these days",
             "give the columns of the days too, so that one row is meant");
        return false;
    }
    struct record__revision before;
    if (!read_known(k, rows[0], &before)) {
        return false;
    }
    ret->row = rows[0];
    ret->deed = differences(k, &before.row, &ret->values) > 0 ? RECORD__CHANGE : RECORD__SAME;
    *rev = before;
    return ret->deed == RECORD__SAME || look_at_changed(k, &before, ret->values, rev);
}

/* ---- Parameters ---- */

enum { HOLDERS = 64 }; /* rows of one key that are looked at: so many years */

static bool is_field(const struct exchange *x, enum record__own which, uint32_t field)
{
    return field == x->table->parameter->column_count + which;
}

/* The row says the same as the known one, or gives it an end. */
static bool look_at_known(struct looking *k, const struct record__revision *before, struct record__doing *ret)
{
    struct exchange *x = k->x;
    uint32_t n = differences(k, &before->row, &ret->values);
    feel_value to = record__own(x->table, before->row.body, TABLE__TO);
    ret->row = before->row.row;
    ret->deed = RECORD__SAME;
    for (uint32_t i = 0; i < n; i++) {
        int32_t field = scheme_field(x->ledger, ret->values.shape->names[i]);
        bool ends = is_field(x, TABLE__TO, (uint32_t)field);
        if (!ends || (to.kind != FEEL_NULL && ret->values.values[i].kind != FEEL_NULL)) {
            find(k, record__column_of(x, field), STR(""), "a row of a parameter is never changed",
                 "give the new row another first day; it ends the row before it");
            return false;
        }
        ret->deed = ret->values.values[i].kind != FEEL_NULL ? RECORD__CHANGE : RECORD__SAME;
    }
    return true;
}

/* A new row ends the one before it, which has no end yet. */
static bool look_at_successor(struct looking *k, const struct record__revision *before,
                              const struct record__revision *rev, struct record__doing *ret)
{
    struct exchange *x = k->x;
    feel_value from = record__own(x->table, rev->row.body, TABLE__FROM);
    bool open = before->row.valid_to == INT64_MAX && before->row.valid_from < rev->row.valid_from;
    if (!open || from.kind != FEEL_DATE || !cal_date_from_days(cal_days_from_date(from.date) - 1, &ret->last)) {
        find(k, 0, STR(""), "another row of the parameter is in force on these days",
             "give the rows days that do not overlap; an export shows what is there");
        return false;
    }
    ret->ended = before->row.row;
    return true;
}

/* Of the known rows with the key the one that begins on the same day; otherwise the first. */
static bool choose_known(struct looking *k, const int64_t *rows, uint32_t count, int64_t from,
                         struct record__revision *ret)
{
    struct record__revision rev;
    for (uint32_t i = 0; i < count; i++) {
        if (!read_known(k, rows[i], &rev)) {
            return false;
        }
        if (i == 0 || rev.row.valid_from == from) {
            *ret = rev;
        }
    }
    return true;
}

/* The row of the round that a line is about; NULL: it is a new one. */
static const struct record_row *row_of_round(struct looking *k)
{
    const struct exchange *x = k->x;
    const struct record__rows *rows = &x->of_round;
    for (uint32_t i = 0; i < rows->count; i++) {
        bool same = x->table->parameter->key_count > 0 || rows->count == 1;
        for (uint32_t n = 0; n < x->table->parameter->key_count && same; n++) {
            same = record__same(rows->list[i].body.values[n], k->body[n]);
        }
        if (same) {
            return &rows->list[i];
        }
    }
    if (x->table->parameter->key_count == 0 && rows->count > 1) {
        find(k, 0, STR(""), "the parameter has no key, and several rows in this round", "change them one by one");
    }
    return NULL;
}

/* Other values and another source for a row of the round, as long as nobody has confirmed it. */
static bool look_at_proposal(struct looking *k, int64_t row, struct record__doing *ret, struct record__revision *rev)
{
    struct exchange *x = k->x;
    struct record__revision before;
    if (!read_known(k, row, &before)) {
        return false;
    }
    uint32_t n = differences(k, &before.row, &ret->values), source = x->table->parameter->column_count + TABLE__SOURCE;
    feel_value state = record__own(x->table, before.row.body, TABLE__STATE);
    ret->row = row;
    ret->deed = n > 0 ? RECORD__CHANGE : RECORD__SAME;
    *rev = before;
    if (n > 0 && state.kind == FEEL_STRING && scheme_state(feel_str(state)) == SCHEME_CONFIRMED) {
        find(k, 0, STR(""), "the row is confirmed already", "what becomes otherwise is a row of a new round");
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        int32_t field = scheme_field(x->ledger, ret->values.shape->names[i]);
        if (field > (int32_t)source) {
            find(k, record__column_of(x, field), STR(""), "this is fixed when a round is opened",
                 "what can be changed are its values and its source");
        }
    }
    return !k->wrong && (n == 0 || look_at_changed(k, &before, ret->values, rev));
}

static bool look_at_parameter(struct looking *k, struct record__doing *ret, struct record__revision *rev)
{
    struct exchange *x = k->x;
    struct record__import blind;
    int64_t rows[HOLDERS];
    bool open;
    struct record__revision before;
    const struct record_row *proposed = row_of_round(k);
    if (k->wrong || proposed != NULL) {
        return !k->wrong && look_at_proposal(k, proposed->row, ret, rev);
    }
    if (!find_key(k, rev)) {
        return false;
    }
    if (x->config.round.len > 0 && rev->row.valid_from == INT64_MIN) {
        uint32_t from = x->table->parameter->column_count + TABLE__FROM;
        find(k, record__column_of(x, (int32_t)from), STR(""), "the new row has no first day",
             "say from which day on it holds, as the other rows of the round do");
        return false;
    }
    uint32_t count = record__holders(&x->plan, x->ledger, rev, own(x, &blind), rows, HOLDERS, &open);
    if (count > 0 && !choose_known(k, rows, count, rev->row.valid_from, &before)) {
        return false;
    }
    if (count > 0 && before.row.valid_from == rev->row.valid_from) {
        return look_at_known(k, &before, ret);
    }
    feel_value state = record__own(x->table, rev->row.body, TABLE__STATE);
    if (state.kind == FEEL_STRING && scheme_state(feel_str(state)) == SCHEME_CONFIRMED) {
        uint32_t column = x->table->parameter->column_count + TABLE__STATE;
        find(k, record__column_of(x, (int32_t)column), feel_str(state), "an import confirms nothing",
             "write 待核实; a second person confirms the row by the number of its paper");
        return false;
    }
    if (count > 1) {
        return look_at_successor(k, &(struct record__revision){ .row = { .valid_to = 0 } }, rev, ret);
    }
    if (count == 1 && !look_at_successor(k, &before, rev, ret)) {
        return false;
    }
    struct error e = { .lang = x->config.lang };
    ret->values = values_of(k);
    return is_found(k, 0, STR(""), record__draft(&x->plan, x->scheme, x->ledger, ret->values, rev, &e), &e);
}

/* ---- The ledger's own decision ---- */

static void take_problem(struct looking *k, const struct record__problem *p)
{
    int32_t field = scheme_field(k->x->ledger, p->path);
    uint32_t column = field < 0 ? 0 : record__column_of(k->x, field);
    str value = column > 0 && column <= k->row->count ? k->row->cells[column - 1].text : STR("");
    bool holds_up = !p->warning || k->x->config.despite.len == 0;
    str remedy = p->remedy;
    if (p->warning && holds_up) {
        remedy = arena_printf(&k->x->row, "%.*s%s%s", STR_ARG(remedy), remedy.len > 0 ? "; " : "",
                              words(k->x, "if it is so all the same, say why with --despite"));
    }
    record__find(k->x, k->row->line, column, value, p->warning ? EXCHANGE_WARNING : EXCHANGE_ERROR, p->text, remedy);
    k->wrong |= holds_up;
}

static void run_checks(struct looking *k, const struct record__revision *rev)
{
    struct exchange *x = k->x;
    struct error e = { .lang = x->config.lang };
    const struct record__problem *list;
    uint32_t count = 0;
    enum error_code code = record__problems(&x->plan, x->scheme, x->ledger, x->checks, x->checks_node, &rev->row,
                                            &list, &count, &e);
    is_found(k, 0, STR(""), code, &e);
    for (uint32_t i = 0; code == OK && i < count; i++) {
        take_problem(k, &list[i]);
    }
}

/* ---- Codes ---- */

static void look_at_codes(struct looking *k)
{
    struct exchange *x = k->x;
    int64_t from = INT64_MIN, to;
    struct error e = { .lang = x->config.lang };
    feel_value body = feel_context(record__shape(&x->row, x->ledger), k->body);
    if (record__validity(&x->plan, x->ledger, body, &from, &to, &e) != OK) {
        from = INT64_MIN; /* is found when the row is looked at */
    }
    int64_t at = record__day_of_codes(&x->plan, from);
    for (uint32_t i = 0; i < x->ledger->field_count; i++) {
        feel_value v = k->body[i];
        uint32_t column = record__column_of(x, (int32_t)i);
        if (x->codes[i].ptr != NULL && v.kind == FEEL_STRING && !record__is_code(&x->codes[i], feel_str(v), at)) {
            record__no_code(&x->row, &x->ledger->fields[i], &x->codes[i], feel_str(v), at, &e);
            find_error(k, column, feel_str(v), &e);
        }
    }
}

/* ---- A row ---- */

static bool look(struct looking *k, struct record__doing *ret, struct record__revision *rev)
{
    struct exchange *x = k->x;
    if (x->table != NULL) {
        return look_at_parameter(k, ret, rev);
    }
    if (x->config.update) {
        return look_at_update(k, ret, rev);
    }
    ret->values = values_of(k);
    return look_at_new(k, rev);
}

bool record__look(struct exchange *x, const struct table_row *row, struct record__doing *ret, struct error *err,
                  enum error_code *ret_code)
{
    struct looking k = { .x = x, .row = row, .body = ARENA_ARRAY(&x->row, feel_value, x->ledger->field_count),
                         .err = err };
    struct record__revision rev;
    *ret = (struct record__doing){ .deed = RECORD__ADD };
    look_at_cells(&k);
    look_at_codes(&k);
    if (!k.wrong && x->of_parties) {
        complete_party(&k);
    } else if (!k.wrong && x->table != NULL) {
        complete_parameter(&k);
    }
    if (!k.wrong && look(&k, ret, &rev)) {
        if (x->ledger->key_count > 0) {
            look_for_double(&k, &rev, ret->deed == RECORD__ADD);
        }
        if (x->checks != NULL && ret->deed != RECORD__SAME && !k.wrong) {
            run_checks(&k, &rev);
        }
    }
    *ret_code = k.code;
    return !k.wrong;
}
