/* filter: conditions over rows, compiled once. */
#include "record/query_int.h"

#include "base/limit.h"
#include "feel/inspect.h"

static const struct feel_type *extra_type(enum record__extra which)
{
    return feel_type_named(which == RECORD__REVISION || which == RECORD__OFFICE ? STR("number") : STR("string"));
}

/* The names of a row: its fields, as far as the reader may see them, what each row has beside them, and `this`. */
static const struct feel_scope *scope_of(struct arena *a, const struct scheme_ledger *l,
                                         const struct feel_type *this_type)
{
    struct feel_scope *scope = feel_scope_new(a);
    for (uint32_t i = 0; i < RECORD__EXTRAS; i++) {
        feel_scope_add(scope, str_of(record__extra_names[i]), extra_type((enum record__extra)i), l->field_count + i);
    }
    for (uint32_t i = 0; i < l->field_count; i++) {
        if (l->fields[i].name.len > 0) {
            feel_scope_add(scope, l->fields[i].name, scheme_feel_type(l->fields[i].type), i);
        }
    }
    feel_scope_add(scope, STR("this"), this_type, l->field_count + RECORD__EXTRAS);
    return scope;
}

/* Fields by their names or their titles, which is what people know. */
static str near_fields(struct arena *a, const struct scheme_ledger *l, str name)
{
    struct record__near near = { .text = name };
    for (uint32_t i = 0; i < l->field_count; i++) {
        const struct scheme_field *f = &l->fields[i];
        if (f->name.len > 0) {
            record__near(&near, f->name, f->name);
            record__near(&near, f->title.zh, f->name);
            record__near(&near, f->title.en, f->name);
        }
    }
    return record__near_ones(a, &near);
}

enum error_code record_names(struct arena *a, const struct scheme_ledger *l, str where, struct error *err)
{
    const str *names;
    uint32_t count = 0;
    enum error_code code = feel_inspect_text(a, scope_of(a, l, NULL), where, false, NULL, NULL, &names, &count, err);
    if (code != OK || count == 0) {
        return code;
    }
    str near = near_fields(a, l, names[0]);
    error_set(err, ERROR_INVALID, "the ledger \"%.*s\" has no field \"%.*s\" that it could be asked by",
              STR_ARG(l->name), STR_ARG(names[0]));
    if (near.len > 0) {
        error_hint(err, "perhaps this is meant: %.*s", STR_ARG(near));
    } else {
        error_hint(err, "an export of the ledger shows its fields; a text stands in quotation marks");
    }
    return ERROR_INVALID;
}

enum error_code record_filter(struct arena *a, const struct scheme_ledger *l, str where,
                              const struct feel_type *this_type, const struct record_filter **ret, struct error *err)
{
    struct record_filter *f = ARENA_NEW(a, struct record_filter);
    const struct feel_scope *scope = scope_of(a, l, this_type);
    uint32_t self = l->field_count + RECORD__EXTRAS;
    enum error_code code = feel_compile(a, scope, where, &f->program, err);
    if (code == OK) {
        feel_conditions(a, scope, where, self, UINT32_MAX, &f->conditions, &f->condition_count);
        *ret = f;
    }
    return code;
}

bool record__passes(struct record__asking *k, const struct record_row *row)
{
    const struct scheme_ledger *l = k->q->ledger;
    if (k->q->filter == NULL) {
        return true;
    }
    feel_eval_reset(k->ev);
    for (uint32_t i = 0; i < l->field_count; i++) {
        k->slots[i] = row->body.values[i];
    }
    for (uint32_t i = 0; i < RECORD__EXTRAS; i++) {
        k->slots[l->field_count + i] = record__extra(feel_eval_arena(k->ev), row, (enum record__extra)i);
    }
    return feel_is_true(feel_run(k->ev, k->q->filter->program, k->slots));
}

/* ---- Conditions as ranges of keys ---- */

/* What comes after all keys that begin with `key`, or is it: the smallest bytes behind a key. */
static str behind(struct arena *a, str key)
{
    char *bytes = arena_alloc(a, key.len + 1);
    memcpy(bytes, key.ptr, key.len);
    bytes[key.len] = '\0';
    return (str){ bytes, key.len + 1 };
}

static void add_range(struct record__ranges *r, struct arena *a, str low, str high, bool point)
{
    if (r->count < LIMIT_RECORD_RANGES) {
        r->ptr = arena_grow(a, r->ptr, r->count * sizeof *r->ptr, (r->count + 1) * sizeof *r->ptr);
        r->ptr[r->count++] = (struct record__range){ low, high, point };
    } else {
        r->too_many = true;
    }
}

/* A key that was cut stands for all that begin with it: what is below or above it is not told apart. */
void record__add_point(struct record__ranges *r, struct arena *a, feel_value v)
{
    str key;
    if (!record__index_key(a, v, &key)) {
        r->too_many = true;
        return;
    }
    for (uint32_t i = 0; i < r->count; i++) {
        if (r->ptr[i].point && str_eq(r->ptr[i].low, key)) {
            return;
        }
    }
    add_range(r, a, key, behind(a, key), true);
}

/* All keys of the group of a key: from its first byte to the next one. */
static str group(struct arena *a, str key, int step)
{
    char *byte = arena_alloc(a, 1);
    *byte = (char)((uint8_t)key.ptr[0] + step);
    return (str){ byte, 1 };
}

/* `low`, `high`: null where the range has no such end; `low_in`, `high_in`: the ends themselves are within. */
static void add_between(struct record__ranges *r, struct arena *a, feel_value low, bool low_in, feel_value high,
                        bool high_in)
{
    str from, to;
    if (!record__index_key(a, low, &from) || !record__index_key(a, high, &to)) {
        r->too_many = true;
        return;
    }
    low_in |= from.len == LIMIT_RECORD_KEY; /* it was cut */
    high_in |= to.len == LIMIT_RECORD_KEY;
    str begin = low.kind == FEEL_NULL ? group(a, to, 0) : low_in ? from : behind(a, from);
    str end = high.kind == FEEL_NULL ? group(a, from, 1) : high_in ? behind(a, to) : to;
    bool bound = low.kind != FEEL_NULL || high.kind != FEEL_NULL;
    if (bound && str_cmp(begin, end) < 0) {
        add_range(r, a, begin, end, false);
    }
}

/* Two ends of one kind, or one end. (= null) holds null, which is no order. */
static bool is_plain(const struct feel_range *r)
{
    bool from = r->start.kind != FEEL_NULL, to = r->end.kind != FEEL_NULL;
    return !r->outside && (from || to) && (!from || !to || r->start.kind == r->end.kind);
}

static void add_among(struct record__ranges *r, struct arena *a, feel_value v)
{
    if (v.kind == FEEL_LIST) {
        for (uint32_t i = 0; i < v.count; i++) {
            add_among(r, a, v.items[i]);
        }
    } else if (v.kind == FEEL_RANGE && is_plain(v.range)) {
        add_between(r, a, v.range->start, v.range->start_included, v.range->end, v.range->end_included);
    } else if (v.kind == FEEL_RANGE) {
        r->too_many = true;
    } else {
        record__add_point(r, a, v);
    }
}

void record__condition_ranges(struct record__asking *k, const struct feel_condition *c, struct record__ranges *ret)
{
    feel_value v[2];
    *ret = (struct record__ranges){ 0 };
    for (uint32_t i = 0; i < c->count; i++) {
        feel_eval_reset(k->ev);
        v[i & 1] = feel_copy(&k->scratch, feel_run(k->ev, c->values[i], k->slots));
        if (c->relation == FEEL_AMONG) {
            add_among(ret, &k->scratch, v[i & 1]);
        }
    }
    switch (c->relation) {
    case FEEL_IS: record__add_point(ret, &k->scratch, v[0]); break;
    case FEEL_BELOW: case FEEL_AT_MOST:
        add_between(ret, &k->scratch, feel_null(), false, v[0], c->relation == FEEL_AT_MOST);
        break;
    case FEEL_ABOVE: case FEEL_AT_LEAST:
        add_between(ret, &k->scratch, v[0], c->relation == FEEL_AT_LEAST, feel_null(), false);
        break;
    case FEEL_BETWEEN:
        if (v[0].kind != FEEL_NULL && v[1].kind != FEEL_NULL) {
            add_between(ret, &k->scratch, v[0], true, v[1], true);
        }
        break;
    case FEEL_AMONG: break;
    }
}
