/* test_world: the rows that a scenario gives, as a source of facts. */
#include "scheme/test_int.h"

static struct test__table *find(struct test__table *t, str name)
{
    while (t != NULL && !str_eq(t->name, name)) {
        t = t->next;
    }
    return t;
}

static struct test__table *add(struct test__world *w, struct test__table **list, str name)
{
    struct test__table *t = find(*list, name);
    if (t == NULL) {
        t = ARENA_NEW(w->arena, struct test__table);
        *t = (struct test__table){ .next = *list, .name = name, .rows = feel_list(NULL, 0) };
        *list = t;
    }
    return t;
}

/* ---- Values out of JSON ---- */

/* A value as a field of that type has it. */
static feel_value typed(struct test__world *w, enum scheme_field_type type, feel_value v)
{
    static const char *const names[] = { "value", "unit", "about" };
    if (v.kind == FEEL_STRING && (type == SCHEME_DATE || type == SCHEME_TIME || type == SCHEME_INSTANT)) {
        feel_value t = feel_from_text(feel_str(v), scheme_feel_type(type));
        return t.kind == FEEL_NULL ? v : t;
    }
    if (type == SCHEME_QUANTITY && v.kind == FEEL_NUMBER) {
        str copy[3];
        feel_value *values = ARENA_ARRAY(w->arena, feel_value, 3);
        for (int i = 0; i < 3; i++) {
            copy[i] = str_of(names[i]);
        }
        values[0] = v;
        return feel_context(feel_shape_new(w->arena, copy, 3), values);
    }
    return v;
}

/* Of a ledger that nobody describes: a text that is a date is one. */
static feel_value guessed(feel_value v)
{
    feel_value date = v.kind == FEEL_STRING ? feel_from_text(feel_str(v), feel_type_named(STR("date"))) : feel_null();
    return date.kind == FEEL_DATE ? date : v;
}

/* ---- Ledgers ---- */

static const struct scheme *other_scheme(const struct test__world *w, str name)
{
    for (uint32_t i = 0; i < w->test->other_count; i++) {
        if (str_eq(w->test->others[i]->name, name)) {
            return w->test->others[i];
        }
    }
    return NULL;
}

/* A ledger of this scheme or of another that is at hand. */
static const struct scheme_ledger *described(const struct test__world *w, str name)
{
    const char *dot = memchr(name.ptr, '.', name.len);
    if (dot == NULL) {
        return scheme_ledger(w->scheme, name);
    }
    str scheme = str_slice(name, 0, (size_t)(dot - name.ptr));
    str ledger = str_slice(name, scheme.len + 1, name.len);
    const struct scheme *s = str_eq(scheme, w->scheme->name) ? w->scheme : other_scheme(w, scheme);
    return s == NULL ? NULL : scheme_ledger(s, ledger);
}

static bool has_name(const struct feel_field *fields, uint32_t count, str name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(fields[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* A ledger as its rows show it: the names of their members; `from` and `to` are the days it holds. */
static const struct scheme_ledger *shown(struct test__world *w, str name, feel_value rows)
{
    struct scheme_ledger *l = ARENA_NEW(w->arena, struct scheme_ledger);
    struct feel_type *row = ARENA_NEW(w->arena, struct feel_type);
    struct feel_field *fields = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows.count; i++) {
        uint32_t members = rows.items[i].kind == FEEL_CONTEXT ? rows.items[i].count : 0;
        fields = arena_grow(w->arena, fields, count * sizeof *fields, (count + members) * sizeof *fields);
        for (uint32_t k = 0; k < members; k++) {
            str field = rows.items[i].shape->names[k];
            if (!has_name(fields, count, field)) {
                fields[count++] = (struct feel_field){ field, feel_type_named(STR("Any")) };
            }
        }
    }
    *row = (struct feel_type){ .kind = FEEL_TYPE_CONTEXT, .count = count, .fields = fields };
    *l = (struct scheme_ledger){ .name = name, .row = row };
    l->valid_from = has_name(fields, count, STR("from")) ? STR("from") : STR("");
    l->valid_to = has_name(fields, count, STR("to")) ? STR("to") : STR("");
    return l;
}

/* A row as an office shows it: all fields, then its number (which may be given as `id`) and revision. */
static feel_value row_of(struct test__world *w, const struct scheme_ledger *l, feel_value given, uint32_t number)
{
    uint32_t count = l->row->count;
    str *names = ARENA_ARRAY(w->arena, str, count);
    feel_value *values = ARENA_ARRAY(w->arena, feel_value, count);
    for (uint32_t i = 0; i < count; i++) {
        int32_t field = scheme_field(l, l->row->fields[i].name);
        bool there = feel_context_get(given, l->row->fields[i].name, &values[i]);
        names[i] = l->row->fields[i].name;
        values[i] = field >= 0 ? typed(w, l->fields[field].type, values[i]) : guessed(values[i]);
        if (!there && str_eq(names[i], STR("row")) && !feel_context_get(given, STR("id"), &values[i])) {
            values[i] = feel_number(dec_from_uint(number));
        } else if (!there && str_eq(names[i], STR("revision"))) {
            values[i] = feel_number(DEC_SMALL(1));
        }
    }
    return feel_context(feel_shape_new(w->arena, names, count), values);
}

/* A member that the ledger has not is a slip of the pen of whoever wrote the scenario. */
static enum error_code check_members(const struct scheme_ledger *l, feel_value row, struct error *err)
{
    if (row.kind != FEEL_CONTEXT) {
        return error_set(err, ERROR_INVALID, "a row of \"%.*s\" is a JSON object", STR_ARG(l->name));
    }
    for (uint32_t i = 0; i < row.count; i++) {
        str name = row.shape->names[i];
        if (!has_name(l->row->fields, l->row->count, name) && !str_eq(name, STR("id"))) {
            return error_set(err, ERROR_INVALID, "the ledger \"%.*s\" has no field \"%.*s\"", STR_ARG(l->name),
                             STR_ARG(name));
        }
    }
    return OK;
}

static enum error_code set_rows(struct test__world *w, struct test__table *t, feel_value rows, struct error *err)
{
    feel_value *items = ARENA_ARRAY(w->arena, feel_value, rows.count);
    const struct scheme_ledger *known = described(w, t->name);
    enum error_code code = OK;
    t->ledger = known != NULL ? known : shown(w, t->name, rows);
    for (uint32_t i = 0; i < rows.count && code == OK; i++) {
        code = check_members(t->ledger, rows.items[i], err);
        items[i] = code == OK ? row_of(w, t->ledger, rows.items[i], i + 1) : feel_null();
    }
    t->rows = feel_list(items, rows.count);
    return code;
}

enum error_code test__give_records(struct test__world *w, feel_value tables, struct error *err)
{
    enum error_code code = OK;
    for (uint32_t i = 0; tables.kind == FEEL_CONTEXT && i < tables.count && code == OK; i++) {
        struct test__table *t = add(w, &w->records, tables.shape->names[i]);
        t->unavailable = tables.values[i].kind == FEEL_NULL;
        code = t->unavailable ? OK
               : tables.values[i].kind == FEEL_LIST
                   ? set_rows(w, t, tables.values[i], err)
                   : error_set(err, ERROR_INVALID, "the rows of \"%.*s\" are a list", STR_ARG(t->name));
    }
    return code;
}

enum error_code test__add_record(struct test__world *w, str ledger, feel_value row, struct error *err)
{
    struct test__table *t = add(w, &w->records, arena_str(w->arena, ledger));
    feel_value *items = ARENA_ARRAY(w->arena, feel_value, t->rows.count + 1);
    if (t->rows.count > 0) {
        memcpy(items, t->rows.items, t->rows.count * sizeof *items);
    }
    items[t->rows.count] = row;
    return set_rows(w, t, feel_list(items, t->rows.count + 1), err);
}

feel_value test__rows(struct test__world *w, str ledger, const struct scheme_ledger **ret)
{
    const struct test__table *t = find(w->records, ledger);
    *ret = t != NULL ? t->ledger : described(w, ledger);
    return t != NULL ? t->rows : feel_list(NULL, 0);
}

/* ---- Parameters ---- */

static cal_date day_of(feel_value v, bool *ret_ever)
{
    v = v.kind == FEEL_STRING ? feel_from_text(feel_str(v), feel_type_named(STR("date"))) : v;
    *ret_ever = v.kind != FEEL_DATE;
    return v.kind == FEEL_DATE ? v.date : (cal_date){ 1, 1, 1 };
}

/* A row that says no state is confirmed: a scenario gives what holds. */
static enum error_code parameter_row(struct test__world *w, const struct scheme_parameter *p, feel_value given,
                                     struct scheme_parameter_row *ret, struct error *err)
{
    feel_value *values = ARENA_ARRAY(w->arena, feel_value, p->column_count);
    str state = feel_text_member(given, "state");
    bool own_from = false, own_to = false;
    for (uint32_t i = 0; i < p->column_count; i++) {
        feel_context_get(given, p->columns[i].name, &values[i]);
        values[i] = typed(w, p->columns[i].type, values[i]);
        own_from = own_from || str_eq(p->columns[i].name, STR("from"));
        own_to = own_to || str_eq(p->columns[i].name, STR("to"));
    }
    for (uint32_t i = 0; given.kind == FEEL_CONTEXT && i < given.count; i++) {
        if (feel_shape_find(p->shape, given.shape->names[i]) < 0) {
            return error_set(err, ERROR_INVALID, "the parameter \"%.*s\" has no column \"%.*s\"", STR_ARG(p->name),
                             STR_ARG(given.shape->names[i]));
        }
    }
    *ret = (struct scheme_parameter_row){ .values = values, .source = feel_text_member(given, "source"),
                                          .state = SCHEME_CONFIRMED };
    if (state.len > 0 && scheme_state(state) >= 0) {
        ret->state = (enum scheme_state)scheme_state(state);
    }
    ret->from = day_of(feel_member(given, own_from ? "in force from" : "from"), &ret->from_ever);
    ret->to = day_of(feel_member(given, own_to ? "in force to" : "to"), &ret->to_ever);
    return OK;
}

static bool same_keys(const struct scheme_parameter *p, const struct scheme_parameter_row *a,
                      const struct scheme_parameter_row *b)
{
    bool same = p->key_count > 0;
    for (uint32_t i = 0; i < p->key_count && same; i++) {
        int order = 1;
        feel_value x = a->values[i], y = b->values[i];
        same = x.kind == y.kind && (x.kind == FEEL_NULL || (x.kind == FEEL_BOOLEAN && x.boolean == y.boolean) ||
                                    (feel_compare(x, y, &order) && order == 0));
    }
    return same;
}

/* The rows that stay beside those given: all of them (`added`), or those of other keys; beside an empty list none. */
static uint32_t keep_rows(const struct scheme_parameter *p, const struct test__table *t, bool added,
                          struct scheme_parameter_row *list, const struct scheme_parameter_row *given, uint32_t count)
{
    const struct scheme_parameter_row *before = t != NULL ? t->list : p->rows;
    uint32_t before_count = t != NULL ? t->count : p->row_count, n = 0;
    for (uint32_t i = 0; i < before_count && (added || count > 0); i++) {
        bool replaced = !added && p->key_count == 0;
        for (uint32_t k = 0; k < count && !added && !replaced; k++) {
            replaced = same_keys(p, &before[i], &given[k]);
        }
        if (!replaced) {
            list[n++] = before[i];
        }
    }
    return n;
}

/* A list takes the place of the rows of its keys (an empty one of all), {"+": list} comes beside them. */
static enum error_code give_parameter(struct test__world *w, str name, feel_value given, struct error *err)
{
    const struct scheme_parameter *p = scheme_parameter(w->scheme, name);
    feel_value more = feel_null(), rows;
    bool added = feel_context_get(given, STR("+"), &more);
    rows = added ? more : given;
    if (p == NULL || rows.kind != FEEL_LIST) {
        return p == NULL ? error_set(err, ERROR_MISSING, "the scheme has no parameter \"%.*s\"", STR_ARG(name))
                         : error_set(err, ERROR_INVALID, "the rows of \"%.*s\" are a list", STR_ARG(name));
    }
    struct test__table *t = find(w->parameters, name);
    uint32_t size = (t != NULL ? t->count : p->row_count) + rows.count;
    struct scheme_parameter_row *list = ARENA_ARRAY(w->arena, struct scheme_parameter_row, size);
    struct scheme_parameter_row *own = ARENA_ARRAY(w->arena, struct scheme_parameter_row, rows.count);
    enum error_code code = OK;
    for (uint32_t i = 0; i < rows.count && code == OK; i++) {
        code = parameter_row(w, p, rows.items[i], &own[i], err);
    }
    if (code != OK) {
        return code;
    }
    uint32_t count = keep_rows(p, t, added, list, own, rows.count);
    for (uint32_t i = 0; i < rows.count; i++) {
        list[count++] = own[i];
    }
    t = add(w, &w->parameters, name);
    t->list = list;
    t->count = count;
    return OK;
}

enum error_code test__give_parameters(struct test__world *w, feel_value tables, struct error *err)
{
    enum error_code code = OK;
    for (uint32_t i = 0; tables.kind == FEEL_CONTEXT && i < tables.count && code == OK; i++) {
        code = give_parameter(w, tables.shape->names[i], tables.values[i], err);
    }
    return code;
}

/* ---- The source ---- */

/* A scheme that is neither here nor built in is not installed, unless the scenario gives rows of it. */
static enum error_code source_ledger(void *context, str name, const struct scheme_ledger **ret, struct error *err)
{
    struct test__world *w = context;
    const struct test__table *t = find(w->records, name);
    *ret = t != NULL ? t->ledger : described(w, name);
    if (t != NULL && t->unavailable) {
        *ret = NULL;
        return OK;
    }
    if (*ret == NULL && memchr(name.ptr, '.', name.len) == NULL) {
        return error_set(err, ERROR_MISSING, "the scheme has no ledger \"%.*s\"", STR_ARG(name));
    }
    if (*ret == NULL && str_starts_with(name, STR("core."))) {
        *ret = shown(w, name, feel_list(NULL, 0));
    }
    return OK;
}

static enum error_code source_rows(void *context, const struct scheme_query *q, uint32_t part, feel_value self,
                                   int64_t on, struct arena *a, feel_value *ret, struct error *err)
{
    struct test__world *w = context;
    const struct scheme_ledger *l = scheme_query_ledger(q, part);
    (void)self, (void)on, (void)a, (void)err;
    for (const struct test__table *t = w->records; t != NULL; t = t->next) {
        if (t->ledger == l) {
            *ret = t->rows;
            return OK;
        }
    }
    *ret = feel_list(NULL, 0);
    return OK;
}

/* The row of that number in the ledger that the field names. */
static enum error_code source_row(void *context, const struct scheme_field *field, feel_value reference,
                                  struct arena *a, feel_value *ret, struct error *err)
{
    struct test__world *w = context;
    const struct test__table *t = find(w->records, field->of);
    (void)a, (void)err;
    *ret = feel_null();
    for (uint32_t i = 0; t != NULL && i < t->rows.count; i++) {
        feel_value row = feel_member(t->rows.items[i], "row");
        struct buf x = BUF_INIT(100), y = BUF_INIT(100);
        if (reference.kind == FEEL_STRING && row.kind == FEEL_NUMBER) {
            dec_print(row.number, &x);
            buf_add(&y, feel_str(reference));
        } else {
            feel_print(row, &x);
            feel_print(reference, &y);
        }
        if (!x.overflow && str_eq(buf_str(&x), buf_str(&y))) {
            *ret = t->rows.items[i];
        }
        buf_release(&x);
        buf_release(&y);
    }
    return OK;
}

static enum error_code source_parameter(void *context, const struct scheme_parameter *p, cal_date day,
                                        struct arena *a, feel_value *ret, struct error *err)
{
    struct test__world *w = context;
    const struct test__table *t = find(w->parameters, p->name);
    (void)err;
    *ret = t != NULL ? scheme_rows_on(a, p, t->list, t->count, day) : scheme_rows_on(a, p, p->rows, p->row_count, day);
    return OK;
}

struct scheme_source test__source(struct test__world *w)
{
    return (struct scheme_source){ w, source_ledger, source_rows, source_row, source_parameter };
}
