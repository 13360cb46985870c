/* parameter: the rows of parameters, kept as rows of the ledgers "scheme.#parameter".
 *
 * Such a ledger has the columns of the parameter, then source, state and the days in force, then `paper`, the number of
 * the paper that a confirmed row rests on, and `round`, for which it was opened. Its key are the key columns; so of the
 * rows of one key at most one is in force on a day.
 *
 * The package's own rows are written when it is installed. A row that the office has confirmed by a paper, or that
 * belongs to a round, is the office's: no package takes its place.
 */
#include "record/table_int.h"

#include "base/clock.h"
#include "base/limit.h"

/* ---- The ledger ---- */

enum { OWN_FIELDS = 6 };

/* As headings of tables have them (scheme/parameter.c). */
static const char *const own_titles[OWN_FIELDS] = { "来源", "状态", "起", "止", "文号", "批次" };

struct record__table *record__table(struct arena *a, const struct scheme *s, const struct scheme_parameter *p)
{
    struct record__table *t = ARENA_NEW(a, struct record__table);
    uint32_t n = p->column_count;
    struct scheme_field *fields = ARENA_ARRAY(a, struct scheme_field, n + OWN_FIELDS);
    str *key = ARENA_ARRAY(a, str, p->key_count);
    for (uint32_t i = 0; i < n + OWN_FIELDS; i++) {
        bool date = i == n + TABLE__FROM || i == n + TABLE__TO;
        fields[i] = (struct scheme_field){ .type = date ? SCHEME_DATE : SCHEME_TEXT, .class = SCHEME_PUBLIC,
                                           .write = SCHEME_BY_OFFICER | SCHEME_BY_PROCESS | SCHEME_BY_IMPORT };
        if (i < n) {
            fields[i].name = p->columns[i].name;
            fields[i].title = p->columns[i].title;
            fields[i].type = p->columns[i].type == SCHEME_CODE ? SCHEME_TEXT : p->columns[i].type;
        } else if (i < n + TABLE__PAPER) {
            fields[i].name = p->shape->names[i];
        }
    }
    for (uint32_t i = 0; i < OWN_FIELDS; i++) {
        fields[n + i].title.zh = str_of(own_titles[i]);
    }
    fields[n + TABLE__PAPER].name = STR("paper number");
    fields[n + TABLE__ROUND].name = STR("round opened");
    for (uint32_t i = 0; i < p->key_count; i++) {
        key[i] = p->columns[i].name;
    }
    *t = (struct record__table){ .scheme = s, .parameter = p };
    t->ledger = (struct scheme_ledger){ .name = arena_printf(a, "#%.*s", STR_ARG(p->name)), .fields = fields,
                                        .field_count = n + OWN_FIELDS, .key = key, .key_count = p->key_count,
                                        .valid_from = fields[n + TABLE__FROM].name,
                                        .valid_to = fields[n + TABLE__TO].name };
    t->ledger.shape = scheme_ledger_shape(a, &t->ledger);
    return t;
}

feel_value record__own(const struct record__table *t, feel_value body, enum record__own which)
{
    return body.values[t->parameter->column_count + which];
}

/* ---- Reading ---- */

enum { PAGE = 2000 };

static void keep(struct record__rows *rows, struct arena *a, const struct record_row *more, uint32_t count)
{
    if (rows->count + count > rows->size) {
        uint32_t size = rows->size * 2 + count;
        rows->list = arena_grow(a, rows->list, rows->count * sizeof *rows->list, size * sizeof *rows->list);
        rows->size = size;
    }
    memcpy(rows->list + rows->count, more, count * sizeof *more);
    rows->count += count;
}

static void turn_around(struct record__rows *rows)
{
    for (uint32_t i = 0; i < rows->count / 2; i++) {
        struct record_row row = rows->list[i];
        rows->list[i] = rows->list[rows->count - 1 - i];
        rows->list[rows->count - 1 - i] = row;
    }
}

enum error_code record__fresh(struct record__reader *r, struct error *err)
{
    int64_t now = clock_monotonic_nanos();
    if (r->store == NULL || (r->view != NULL && now - r->since < LIMIT_STORE_VIEW_MS * INT64_C(1000000) / 4)) {
        return OK;
    }
    enum error_code code = r->view == NULL ? OK : store_view_error(r->view, err);
    if (r->view != NULL) {
        store_view_end(r->view);
    }
    r->view = NULL;
    r->since = now;
    return code == OK ? store_view(r->store, &r->view, err) : code;
}

enum error_code record__all(struct record__reader *reader, struct feel_eval *ev, struct record_query *q,
                            struct arena *a, struct record__rows *ret, struct error *err)
{
    struct record_answer answer = { .next = q->after };
    enum error_code code = OK;
    *ret = (struct record__rows){ NULL, 0, 0 };
    q->max = PAGE;
    q->known_at = q->known_at == 0 ? INT64_MAX : q->known_at;
    do {
        q->after = answer.next;
        code = record__fresh(reader, err);
        code = code == OK ? record_query(reader->view, ev, q, a, &answer, err) : code;
        if (code == OK && answer.count > 0) {
            keep(ret, a, answer.rows, answer.count);
        }
    } while (code == OK && answer.next.len > 0);
    turn_around(ret);
    return code;
}

enum error_code record__table_rows(struct store_view *v, const struct record__table *t, struct arena *a,
                                   struct record__rows *ret, struct error *err)
{
    struct record_query q = { .scheme = t->scheme, .ledger = &t->ledger, .flags = RECORD_ALL_TIMES };
    return record__all(&(struct record__reader){ .view = v }, NULL, &q, a, ret, err);
}

static str text_of(feel_value v)
{
    return v.kind == FEEL_STRING ? feel_str(v) : STR("");
}

struct scheme_parameter_row record__parameter_row(const struct record__table *t, const struct record_row *row)
{
    feel_value from = record__own(t, row->body, TABLE__FROM), to = record__own(t, row->body, TABLE__TO);
    int state = scheme_state(text_of(record__own(t, row->body, TABLE__STATE)));
    return (struct scheme_parameter_row){
        .values = row->body.values, .source = text_of(record__own(t, row->body, TABLE__SOURCE)),
        .state = state < 0 ? SCHEME_PROVISIONAL : (enum scheme_state)state,
        .from = from.date, .to = to.date, .from_ever = from.kind != FEEL_DATE, .to_ever = to.kind != FEEL_DATE,
    };
}

feel_value record__rows_on(struct arena *a, const struct record__table *t, const struct record__rows *rows,
                           cal_date day)
{
    struct scheme_parameter_row *list = ARENA_ARRAY(a, struct scheme_parameter_row, rows->count);
    for (uint32_t i = 0; i < rows->count; i++) {
        list[i] = record__parameter_row(t, &rows->list[i]);
    }
    return scheme_rows_on(a, t->parameter, list, rows->count, day);
}

enum error_code record_parameter(struct record *r, struct store_view *v, const struct scheme *s,
                                 const struct scheme_parameter *p, cal_date day, struct arena *a, feel_value *ret,
                                 struct error *err)
{
    struct record__rows rows;
    const struct record__table *t = record__table(a, s, p);
    (void)r;
    enum error_code code = record__table_rows(v, t, a, &rows, err);
    if (code == OK) {
        *ret = record__rows_on(a, t, &rows, day);
    }
    return code;
}

/* ---- The package's own rows ---- */

static feel_value date_or_null(cal_date date, bool ever)
{
    return ever ? feel_null() : (feel_value){ .kind = FEEL_DATE, .date = date };
}

/* A row of the package as values of the ledger. */
static feel_value values_of(struct arena *a, const struct record__table *t, const struct scheme_parameter_row *row)
{
    uint32_t n = t->parameter->column_count;
    str *names = ARENA_ARRAY(a, str, n + TABLE__PAPER);
    feel_value *values = ARENA_ARRAY(a, feel_value, n + TABLE__PAPER);
    for (uint32_t i = 0; i < n + TABLE__PAPER; i++) {
        names[i] = t->ledger.fields[i].name;
    }
    memcpy(values, row->values, n * sizeof *values);
    values[n + TABLE__SOURCE] = row->source.len > 0 ? feel_string(row->source) : feel_null();
    values[n + TABLE__STATE] = feel_string(str_of(scheme_state_name(row->state)));
    values[n + TABLE__FROM] = date_or_null(row->from, row->from_ever);
    values[n + TABLE__TO] = date_or_null(row->to, row->to_ever);
    return feel_context(feel_shape_new(a, names, n + TABLE__PAPER), values);
}

bool record__same(feel_value a, feel_value b)
{
    int order;
    if (a.kind == FEEL_NULL || b.kind == FEEL_NULL || a.kind != b.kind) {
        return a.kind == b.kind;
    }
    return a.kind == FEEL_BOOLEAN ? a.boolean == b.boolean : feel_compare(a, b, &order) && order == 0;
}

/* The row of the same keys that begins on the same day. */
static const struct record_row *find_row(const struct record__table *t, const struct record__rows *rows,
                                         feel_value values)
{
    uint32_t n = t->parameter->column_count;
    for (uint32_t i = 0; i < rows->count; i++) {
        const feel_value *there = rows->list[i].body.values;
        bool same = record__same(there[n + TABLE__FROM], values.values[n + TABLE__FROM]);
        for (uint32_t k = 0; k < t->parameter->key_count && same; k++) {
            same = record__same(there[k], values.values[k]);
        }
        if (same) {
            return &rows->list[i];
        }
    }
    return NULL;
}

/* An end that the office gave a row, because another followed it, stays. */
static bool is_current(const struct record__table *t, const struct record_row *row, feel_value values)
{
    uint32_t n = t->parameter->column_count;
    bool office = record__own(t, row->body, TABLE__PAPER).kind != FEEL_NULL ||
                  record__own(t, row->body, TABLE__ROUND).kind != FEEL_NULL;
    bool same = true;
    for (uint32_t i = 0; i < n + TABLE__TO && same; i++) {
        same = record__same(row->body.values[i], values.values[i]);
    }
    feel_value to = values.values[n + TABLE__TO];
    return office || (same && (to.kind == FEEL_NULL || record__same(row->body.values[n + TABLE__TO], to)));
}

enum { SPARE = 40 }; /* rows of a unit that are left free: more than one row of a parameter takes */

static bool is_full(const struct record_plan *plan)
{
    return store_change_rows(plan->change) + SPARE > LIMIT_STORE_UNIT_ROWS;
}

/* A unit can hold only one row of a key: two would both want to be the first to take it. */
static bool has_key(const struct record__table *t, const feel_value *written, uint32_t count, feel_value values)
{
    for (uint32_t i = 0; i < count && t->parameter->key_count > 0; i++) {
        bool same = true;
        for (uint32_t k = 0; k < t->parameter->key_count && same; k++) {
            same = record__same(written[i].values[k], values.values[k]);
        }
        if (same) {
            return true;
        }
    }
    return false;
}

/* Writes the next rows that are missing or differ; *ret_done when there are none left. */
static enum error_code settle_some(struct record_plan *plan, const struct record__table *t, bool *ret_done,
                                   struct error *err)
{
    struct record__rows rows;
    const struct scheme_parameter *p = t->parameter;
    feel_value *written = ARENA_ARRAY(plan->arena, feel_value, p->row_count);
    uint32_t count = 0, i = 0;
    enum error_code code = record__table_rows(plan->view, t, plan->arena, &rows, err);
    for (; i < p->row_count && code == OK && !is_full(plan); i++) {
        feel_value values = values_of(plan->arena, t, &p->rows[i]);
        const struct record_row *row = find_row(t, &rows, values);
        int64_t id;
        if (row != NULL && is_current(t, row, values)) {
            continue;
        }
        if (has_key(t, written, count, values)) {
            break;
        }
        code = row == NULL ? record_add(plan, t->scheme, &t->ledger, values, &id, err)
                           : record_change(plan, t->scheme, &t->ledger, row->row, row->revision, values,
                                           STR("the package has other values"), err);
        written[count++] = values;
        if (code != OK && err != NULL) {
            error_at(err, p->file, p->rows[i].line, 0);
        }
    }
    *ret_done = i == p->row_count;
    return code;
}

static enum error_code settle(struct record *r, const struct scheme *s, const struct scheme_parameter *p,
                              int64_t actor, int64_t now, struct error *err)
{
    bool done = false;
    enum error_code code = OK;
    for (int tries = 0; !done && code == OK;) {
        struct arena a = ARENA_INIT;
        struct record_plan plan;
        bool stale = false;
        code = record_begin(r, &a, actor, now, &plan, err);
        if (code == OK) {
            plan.by = SCHEME_BY_IMPORT;
            code = record_finish(&plan, settle_some(&plan, record__table(&a, s, p), &done, err), &stale, err);
        }
        if (stale && ++tries < 5) { /* somebody else installs the same: look again */
            code = OK;
            done = false;
        }
        arena_release(&a);
    }
    return code;
}

enum error_code record_install_parameters(struct record *r, const struct scheme *s, int64_t actor, int64_t now,
                                          struct error *err)
{
    enum error_code code = OK;
    for (uint32_t i = 0; i < s->parameter_count && code == OK; i++) {
        code = settle(r, s, &s->parameters[i], actor, now, err);
    }
    return code;
}
