/* statistic: two sets of rows and what they come to, for one asker or for everybody, by groups.
 *
 * Nothing is divided here but for a fact, which is a value that rules read: what is shown keeps both sides of the line,
 * as they were counted, and the rows that were counted.
 */
#include "scheme/fact_int.h"

#include "scheme/statistic.h"

#include <stdlib.h>

/* ---- For one asker ---- */

/* The value of a group: a field of the row, or a path through it. */
static feel_value group_value(feel_value row, str path)
{
    feel_value v = feel_null();
    if (feel_context_get(row, path, &v)) {
        return v;
    }
    const char *dot = memchr(path.ptr, '.', path.len);
    if (dot == NULL) {
        return feel_null();
    }
    feel_context_get(row, str_slice(path, 0, (size_t)(dot - path.ptr)), &v);
    return group_value(v, str_slice(path, (size_t)(dot - path.ptr) + 1, path.len));
}

/* Whether a row is of the group that was asked for: a value of the first `by`, a list of values, or a context. */
static bool is_of(const struct scheme_query *q, feel_value row, feel_value of)
{
    for (uint32_t i = 0; i < q->by_count; i++) {
        feel_value wanted = of;
        bool asked = i == 0;
        if (of.kind == FEEL_CONTEXT) {
            asked = feel_context_get(of, q->by[i], &wanted);
        } else if (of.kind == FEEL_LIST) {
            asked = i < of.count;
            wanted = asked ? of.items[i] : of;
        }
        if (asked && query__order(group_value(row, q->by[i]), wanted) != 0) {
            return false;
        }
    }
    return true;
}

/* How many rows a part has for the asker's group, or what their numbers add up to. */
static enum error_code count_of(struct query__asking *q, uint32_t part, feel_value of, feel_value *ret)
{
    struct query__fits f = { NULL, 0, 0 };
    const struct query__part *p = &q->q->parts[part];
    enum error_code code = query__fetch(q, part, false, &f);
    dec sum = DEC_SMALL(0), n = DEC_SMALL(1);
    bool told = true;
    for (uint32_t i = 0; i < f.count && code == OK; i++) {
        if (is_of(q->q, f.list[i].row, of)) {
            told = told && (p->field.len == 0 || query__number(f.list[i].row, p->field, &n)) && dec_add(sum, n, &sum);
        }
    }
    *ret = told ? feel_number(sum) : feel_null();
    return code;
}

enum error_code query__statistic(struct query__asking *q, feel_value *ret, feel_value *ret_used)
{
    static const char *const names[] = { "top", "bottom", "value" };
    feel_value v[3] = { feel_null(), feel_number(DEC_SMALL(1)), feel_null() };
    feel_value of = q->q->for_value == NULL ? feel_null() : feel_run(q->ev, q->q->for_value, q->slots);
    enum error_code code = OK;
    for (uint32_t i = 0; i < q->q->part_count && code == OK; i++) {
        code = count_of(q, i, of, &v[i]);
    }
    dec quotient;
    if (code == OK && v[0].kind == FEEL_NUMBER && v[1].kind == FEEL_NUMBER &&
        dec_div(v[0].number, v[1].number, &quotient)) {
        v[2] = feel_number(quotient);
    }
    *ret = v[2];
    *ret_used = query__context(q->a, names, v, 3);
    return code;
}

/* ---- For everybody ---- */

/* One row that counts. */
struct counted {
    feel_value *keys;
    uint32_t key_count, part, place;
    feel_value row;         /* its number as text */
    dec amount;
    bool told;              /* it has an amount */
};

struct tally {
    struct query__asking q;
    const struct scheme_statistic *one;
    struct counted *list;
    uint32_t count;
    bool rows;
};

static int order_of_keys(const struct counted *a, const struct counted *b)
{
    int order = 0;
    for (uint32_t i = 0; i < a->key_count && order == 0; i++) {
        order = query__order(a->keys[i], b->keys[i]);
    }
    return order;
}

static int by_keys(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;
    int order = order_of_keys(x, y);
    order = order != 0 ? order : (x->part > y->part) - (x->part < y->part);
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

/* What a page leads on to: the row of a ledger, or the dossier. */
static feel_value name_of(feel_value row)
{
    static const char *const names[] = { "row", "dossier", "number" };
    feel_value v = feel_null();
    for (size_t i = 0; i < sizeof names / sizeof names[0] && v.kind == FEEL_NULL; i++) {
        v = feel_member(row, names[i]);
    }
    return v;
}

static enum error_code count_part(struct tally *t, uint32_t part)
{
    struct query__fits f = { NULL, 0, 0 };
    const struct scheme_query *q = t->q.q;
    const struct query__part *p = &q->parts[part];
    enum error_code code = query__fetch(&t->q, part, false, &f);
    if (code != OK) {
        return code;
    }
    t->list = arena_grow(t->q.a, t->list, t->count * sizeof *t->list, (t->count + f.count) * sizeof *t->list);
    for (uint32_t i = 0; i < f.count; i++) {
        feel_value *keys = ARENA_ARRAY(t->q.a, feel_value, q->by_count);
        for (uint32_t k = 0; k < q->by_count; k++) {
            keys[k] = feel_copy(t->q.a, group_value(f.list[i].row, q->by[k]));
        }
        struct counted one = { .keys = keys, .key_count = q->by_count, .part = part, .place = i,
                               .row = feel_copy(t->q.a, name_of(f.list[i].row)), .amount = DEC_SMALL(1) };
        one.told = p->field.len == 0 || query__number(f.list[i].row, p->field, &one.amount);
        t->list[t->count++] = one;
    }
    return OK;
}

static feel_value sum_of(const struct counted *list, uint32_t count, uint32_t part)
{
    dec sum = DEC_SMALL(0);
    for (uint32_t i = 0; i < count; i++) {
        if (list[i].part == part && (!list[i].told || !dec_add(sum, list[i].amount, &sum))) {
            return feel_null();
        }
    }
    return feel_number(sum);
}

static feel_value rows_of(struct arena *a, const struct counted *list, uint32_t count, uint32_t part)
{
    feel_value *items = ARENA_ARRAY(a, feel_value, count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        items[n] = list[i].row;
        n += list[i].part == part;
    }
    return feel_list(items, n);
}

/* {"by":{…},"top":…,"bottom":…,"rows":{"top":[…],"bottom":[…]}}; without a bottom none of it. */
static feel_value group_of(struct tally *t, const struct counted *list, uint32_t count, bool by)
{
    struct arena *a = t->q.a;
    static const char *const sides[] = { "top", "bottom" };
    uint32_t parts = t->q.q->part_count, n = 0;
    str names[4];
    feel_value *values = ARENA_ARRAY(a, feel_value, 4), rows[2];
    if (by) {
        names[n] = STR("by");
        values[n++] = feel_context(feel_shape_new(a, t->q.q->by, t->q.q->by_count), list[0].keys);
    }
    for (uint32_t i = 0; i < parts; i++) {
        names[n] = str_of(sides[i]);
        values[n++] = sum_of(list, count, i);
        rows[i] = t->rows ? rows_of(a, list, count, i) : feel_null();
    }
    if (t->rows) {
        names[n] = STR("rows");
        values[n++] = query__context(a, sides, rows, parts);
    }
    return feel_context(feel_shape_new(a, names, n), values);
}

/* ---- What a decision says of groups ---- */

/* The first so many keys of two rows are the same. */
static bool share_keys(const struct counted *a, const struct counted *b, uint32_t keys)
{
    const struct counted x = { .keys = a->keys, .key_count = keys };
    return order_of_keys(&x, b) == 0;
}

/* The end of the rows behind `from` that share its first keys. */
static uint32_t run_of(const struct tally *t, uint32_t from, uint32_t keys)
{
    uint32_t to = from + 1;
    while (to < t->count && share_keys(&t->list[from], &t->list[to], keys)) {
        to++;
    }
    return to;
}

/* The rows from one to another by their last key: [{value, count}]. */
static feel_value parts_of(struct tally *t, uint32_t from, uint32_t to)
{
    static const char *const names[] = { "value", "count" };
    uint32_t last = t->q.q->by_count - 1, count = 0;
    feel_value *items = ARENA_ARRAY(t->q.a, feel_value, to - from), v[2];
    for (uint32_t end; from < to; from = end) {
        end = run_of(t, from, last + 1);
        end = end < to ? end : to;
        v[0] = t->list[from].keys[last];
        v[1] = sum_of(&t->list[from], end - from, 0);
        items[count++] = query__context(t->q.a, names, v, 2);
    }
    return feel_list(items, count);
}

static enum error_code say_of(struct tally *t, const struct dmn_model *m, uint32_t node, uint32_t from, uint32_t to,
                              feel_value *ret)
{
    static const char *const names[] = { "by", "said" }, *const inputs[] = { "parts" };
    struct arena *a = t->q.a;
    uint32_t keys = t->q.q->by_count - 1;
    feel_value v[2], parts = parts_of(t, from, to), bound = query__context(a, inputs, &parts, 1);
    feel_eval_reset(t->q.ev);
    v[0] = feel_context(feel_shape_new(a, t->q.q->by, keys), t->list[from].keys);
    v[1] = feel_copy(a, dmn_evaluate(m, t->q.ev, node, bound, DMN_TEXT_DATES));
    *ret = query__context(a, names, v, 2);
    return feel_eval_limit(t->q.ev, t->q.err);
}

static enum error_code say(struct tally *t, feel_value *ret)
{
    uint32_t node, count = 0;
    const struct dmn_model *m = scheme_find_decision(t->q.q->scheme, t->one->decide, &node);
    feel_value *items = ARENA_ARRAY(t->q.a, feel_value, t->count);
    enum error_code code = OK;
    if (m == NULL || t->q.q->by_count == 0) {
        return error_set(t->q.err, ERROR_INVALID,
                         "the statistic \"%.*s\" decides nothing: it needs a decision and \"by\"",
                         STR_ARG(t->one->name));
    }
    for (uint32_t from = 0, to; from < t->count && code == OK; from = to) {
        to = run_of(t, from, t->q.q->by_count - 1);
        code = say_of(t, m, node, from, to, &items[count++]);
    }
    *ret = feel_list(items, count);
    return code;
}

static enum error_code add_up(struct tally *t, feel_value *ret)
{
    static const char *const names[] = { "total", "groups", "said" };
    bool decides = t->one->decide.len > 0;
    feel_value *items = ARENA_ARRAY(t->q.a, feel_value, t->count), v[3];
    uint32_t groups = 0;
    if (t->count > 1) {
        qsort(t->list, t->count, sizeof *t->list, by_keys);
    }
    for (uint32_t from = 0, to; t->q.q->by_count > 0 && from < t->count; from = to) {
        to = run_of(t, from, t->q.q->by_count);
        items[groups++] = group_of(t, &t->list[from], to - from, true);
    }
    v[0] = group_of(t, t->list, t->count, false);
    v[1] = feel_list(items, groups);
    enum error_code code = decides ? say(t, &v[2]) : OK;
    *ret = query__context(t->q.a, names, v, decides ? 3 : 2);
    return code;
}

static str missing(const struct scheme_query *q)
{
    str name = STR("");
    for (uint32_t i = 0; i < q->part_count; i++) {
        name = q->parts[i].missing.len > 0 ? q->parts[i].missing : name;
    }
    return name;
}

enum error_code scheme_tally(struct arena *a, const struct scheme *s, const struct scheme_statistic *one,
                             const struct scheme_source *source, struct feel_eval *ev, cal_date day, bool rows,
                             feel_value *ret, struct error *err)
{
    static const char *const names[] = { "key date" };
    const feel_value date = { .kind = FEEL_DATE, .date = day };
    feel_value self = query__context(a, names, &date, 1);
    struct scheme_fact *fact = ARENA_NEW(a, struct scheme_fact);
    const struct scheme_query *q;
    *fact = (struct scheme_fact){ .name = one->name, .kind = SCHEME_FACT_STATISTIC, .target = one->name };
    enum error_code code = scheme_query(a, s, fact, feel_type_of(a, self), source, &q, err);
    if (code == OK && missing(q).len > 0) {
        code = error_set(err, ERROR_MISSING, "there is no scheme \"%.*s\"", STR_ARG(missing(q)));
    }
    if (code != OK) {
        return code;
    }
    struct tally t = { .q = { .q = q, .source = source, .ev = ev, .a = a, .self = self, .key_date = day, .err = err },
                       .one = one, .rows = rows };
    code = query__fill(&t.q);
    if (code == OK) {
        query__ask(&t.q);
    }
    for (uint32_t i = 0; i < q->part_count && code == OK; i++) {
        code = count_part(&t, i);
    }
    code = code == OK ? feel_eval_limit(ev, err) : code;
    return code == OK ? add_up(&t, ret) : code;
}
