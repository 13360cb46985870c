/* variable: the variables of items, mappings in and out, and evaluating the expressions of the model over them.
 *
 * A name is looked up from an item outwards. A value is written to the nearest scope that has the variable, and
 * otherwise to the process, as Camunda 8 does it; mappings in write to the item itself. */
#include "bpmn/bpmn_int.h"

/* ---- Variables of one scope ---- */

struct bpmn__variable *bpmn__local_variable(const struct bpmn__item *it, str name)
{
    for (uint32_t i = 0; i < it->variables.count; i++) {
        if (str_eq(it->variables.items[i].name, name)) {
            return &it->variables.items[i];
        }
    }
    return NULL;
}

bool bpmn__look_up(const struct bpmn__item *it, str name, feel_value *ret)
{
    for (; it != NULL; it = it->parent) {
        const struct bpmn__variable *v = bpmn__local_variable(it, name);
        if (v != NULL) {
            *ret = v->value;
            return true;
        }
    }
    return false;
}

/* Adds a variable unless there is one of that name. */
bool bpmn__add_variable(struct arena *a, struct bpmn__variables *v, str name, feel_value value)
{
    for (uint32_t i = 0; i < v->count; i++) {
        if (str_eq(v->items[i].name, name)) {
            return false;
        }
    }
    if (v->count == v->size) {
        uint32_t size = v->size == 0 ? 4 : v->size * 2;
        v->items = arena_grow(a, v->items, v->size * sizeof *v->items, size * sizeof *v->items);
        v->size = size;
    }
    v->items[v->count++] = (struct bpmn__variable){ name, value };
    return true;
}

feel_value bpmn__context_of(const struct bpmn__variables *v, struct arena *a)
{
    str *names = ARENA_ARRAY(a, str, v->count);
    feel_value *values = ARENA_ARRAY(a, feel_value, v->count);
    for (uint32_t i = 0; i < v->count; i++) {
        names[i] = v->items[i].name;
        values[i] = feel_copy(a, v->items[i].value);
    }
    return feel_context(feel_shape_new(a, names, v->count), values);
}

feel_value bpmn__one_entry(struct arena *a, str name, feel_value v)
{
    feel_value *values = ARENA_NEW(a, feel_value);
    *values = v;
    return feel_context(feel_shape_new(a, &name, 1), values);
}

/* ---- Writing ---- */

/* Values share their insides, so a small one can stand for a huge text. What it takes when nothing is shared is taken
 * from the budget. Recurses as deep as the value, which is bounded. */
static const char *unfit(feel_value v, size_t *budget)
{
    size_t size = sizeof v + (v.kind == FEEL_STRING ? v.count : 0);
    for (uint32_t i = 0; v.kind == FEEL_CONTEXT && i < v.count; i++) {
        size += v.shape->names[i].len;
    }
    if (v.kind == FEEL_FUNCTION || size > *budget) {
        return v.kind == FEEL_FUNCTION ? "function" : "BPMN_STATE";
    }
    *budget -= size;
    const char *why = NULL;
    bool several = v.kind == FEEL_LIST || v.kind == FEEL_CONTEXT;
    for (uint32_t i = 0; several && i < v.count && why == NULL; i++) {
        why = unfit(v.kind == FEEL_LIST ? v.items[i] : v.values[i], budget);
    }
    return why;
}

const char *bpmn__unfit(feel_value v)
{
    size_t budget = LIMIT_BPMN_STATE;
    return v.depth > LIMIT_BPMN_VALUE_DEPTH ? "BPMN_VALUE_DEPTH" : unfit(v, &budget);
}

/* A copy that shares nothing: so the arena of the state tells how large its JSON can become. The value is fit, which
 * bounds the copy. Recurses as deep as the value. */
feel_value bpmn__copy(struct arena *a, feel_value v)
{
    if (v.kind != FEEL_LIST && v.kind != FEEL_CONTEXT) {
        return feel_copy(a, v);
    }
    feel_value *items = ARENA_ARRAY(a, feel_value, v.count);
    for (uint32_t i = 0; i < v.count; i++) {
        items[i] = bpmn__copy(a, v.kind == FEEL_LIST ? v.items[i] : v.values[i]);
    }
    return v.kind == FEEL_LIST ? feel_list(items, v.count)
                               : feel_context(feel_shape_new(a, v.shape->names, v.count), items);
}

bool bpmn__refuse(struct bpmn__run *r, struct bpmn__item *it, const char *why, str name)
{
    if (str_eq(str_of(why), STR("function"))) {
        bpmn__incident(r, it, BPMN_INCIDENT_VALUE,
                       arena_printf(r->scratch, "%.*s: a function", STR_ARG(name)));
    } else {
        bpmn__incident(r, it, BPMN_INCIDENT_LIMIT, str_of(why));
    }
    return false;
}

bool bpmn__set_local(struct bpmn__run *r, struct bpmn__item *it, struct bpmn__item *scope, str name, feel_value v)
{
    const char *why = bpmn__unfit(v);
    if (why == NULL && arena_used(&r->s->arena) > LIMIT_BPMN_STATE) {
        why = "BPMN_STATE";
    }
    struct bpmn__variable *old = bpmn__local_variable(scope, name);
    if (why == NULL && old == NULL && scope->variables.count >= LIMIT_BPMN_VARIABLES) {
        why = "BPMN_VARIABLES";
    }
    if (why != NULL) {
        return bpmn__refuse(r, it, why, name);
    }
    r->changed = true;
    feel_value copy = bpmn__copy(&r->s->arena, v);
    if (old != NULL) {
        old->value = copy;
    } else {
        bpmn__add_variable(&r->s->arena, &scope->variables, bpmn__str(&r->s->arena, name), copy);
    }
    return true;
}

bool bpmn__set(struct bpmn__run *r, struct bpmn__item *it, struct bpmn__item *from, str name, feel_value v)
{
    struct bpmn__item *scope = from;
    while (scope->parent != NULL && bpmn__local_variable(scope, name) == NULL) {
        scope = scope->parent;
    }
    return bpmn__set_local(r, it, scope, name, v);
}

/* ---- Mappings ---- */

/* `v` put into `context` under the rest of a path; a new context where there is none. Recurses as deep as the path. */
static feel_value put(struct arena *a, feel_value context, const str *path, uint32_t count, feel_value v)
{
    if (count == 0) {
        return v;
    }
    uint32_t n = context.kind == FEEL_CONTEXT ? context.count : 0;
    int64_t at = n > 0 ? feel_shape_find(context.shape, path[0]) : -1;
    feel_value *values = ARENA_ARRAY(a, feel_value, n + 1);
    str *names = ARENA_ARRAY(a, str, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        values[i] = context.values[i];
        names[i] = context.shape->names[i];
    }
    uint32_t to = at >= 0 ? (uint32_t)at : n;
    names[to] = path[0];
    values[to] = put(a, at >= 0 ? values[to] : feel_null(), path + 1, count - 1, v);
    return feel_context(feel_shape_new(a, names, at >= 0 ? n : n + 1), values);
}

/* The value of the first name of the path when `v` is put at its end. */
static feel_value whole_of(struct bpmn__run *r, const struct bpmn__item *seen_from, const struct bpmn__mapping *m,
                           feel_value v)
{
    feel_value old = feel_null();
    if (m->path_count > 1) {
        bpmn__look_up(seen_from, m->path[0], &old);
    }
    return put(r->scratch, old, m->path + 1, m->path_count - 1, v);
}

bool bpmn__inputs(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, it);
    for (uint32_t i = 0; i < b->input_count; i++) {
        const struct bpmn__mapping *m = &b->inputs[i];
        feel_value v = whole_of(r, it, m, bpmn__value(r, it, m->source));
        if (!bpmn__set_local(r, it, it, m->path[0], v)) {
            return false;
        }
    }
    return true;
}

static bool spread(struct bpmn__run *r, struct bpmn__item *it, bool local)
{
    feel_value p = it->payload;
    for (uint32_t i = 0; p.kind == FEEL_CONTEXT && i < p.count; i++) {
        bool done = local ? bpmn__set_local(r, it, it, p.shape->names[i], p.values[i])
                          : bpmn__set(r, it, it, p.shape->names[i], p.values[i]);
        if (!done) {
            return false;
        }
    }
    return true;
}

/* With mappings out, what was brought stays in the item and only what is mapped leaves; without, all leaves. */
bool bpmn__outputs(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, it);
    if (!spread(r, it, b->output_count > 0)) {
        return false;
    }
    struct bpmn__item *outside = it->parent != NULL ? it->parent : it;
    for (uint32_t i = 0; i < b->output_count; i++) {
        const struct bpmn__mapping *m = &b->outputs[i];
        feel_value v = whole_of(r, outside, m, bpmn__value(r, it, m->source));
        if (!bpmn__set(r, it, outside, m->path[0], v)) {
            return false;
        }
    }
    it->payload = feel_null();
    return true;
}

feel_value bpmn__own(struct bpmn__run *r, const struct bpmn__item *it)
{
    return it->variables.count == 0 ? feel_null() : bpmn__context_of(&it->variables, r->scratch);
}

/* What a start event brings is there before anything in the scope is watched: keys and times may read it. So the scope
 * maps it, in the start event's stead, and from a place of its own that is forgotten. */
bool bpmn__start_outputs(struct bpmn__run *r, struct bpmn__item *scope, uint32_t start)
{
    const struct bpmn__behaviour *b = r->m->elements[start].run;
    struct bpmn__item place = { .parent = scope, .element = start };
    feel_value p = scope->payload;
    for (uint32_t i = 0; p.kind == FEEL_CONTEXT && i < p.count; i++) {
        bool done = b->output_count > 0 ? bpmn__set_local(r, scope, &place, p.shape->names[i], p.values[i])
                                        : bpmn__set(r, scope, scope, p.shape->names[i], p.values[i]);
        if (!done) {
            return false;
        }
    }
    for (uint32_t i = 0; i < b->output_count; i++) {
        const struct bpmn__mapping *m = &b->outputs[i];
        feel_value v = whole_of(r, scope, m, bpmn__value(r, &place, m->source));
        if (!bpmn__set(r, scope, scope, m->path[0], v)) {
            return false;
        }
    }
    return true;
}

void bpmn__bring(struct bpmn__run *r, struct bpmn__item *it, feel_value payload)
{
    it->payload = bpmn__copy(&r->s->arena, payload);
}

/* ---- Evaluating ---- */

feel_value bpmn__value(struct bpmn__run *r, const struct bpmn__item *it, const struct bpmn__expression *e)
{
    if (e == NULL) {
        return feel_null();
    }
    if (!e->feel) {
        return feel_string(e->text);
    }
    feel_eval_diagnostics(r->ev, &r->diagnostics, NULL);
    feel_value *slots = ARENA_ARRAY(r->scratch, feel_value, e->name_count);
    for (uint32_t i = 0; i < e->name_count; i++) {
        if (!bpmn__look_up(it, e->names[i], &slots[i])) {
            slots[i] = feel_null();
        }
    }
    return feel_run(r->ev, e->program, slots);
}

enum { SHORT_BYTES = 100 };

/* The beginning of a text, whole characters. */
static void add_short(str text, struct buf *out)
{
    size_t n = text.len;
    if (n > SHORT_BYTES) {
        n = SHORT_BYTES;
        while (n > 0 && ((unsigned char)text.ptr[n] & 0xC0) == 0x80) {
            n--;
        }
    }
    buf_add(out, str_slice(text, 0, n));
    buf_addz(out, n < text.len ? "…" : "");
}

str bpmn__complaint(struct bpmn__run *r, const struct bpmn__expression *e)
{
    uint32_t count;
    const struct feel_diagnostic *d = feel_eval_diagnostics(r->ev, &count, NULL);
    struct buf b = BUF_INIT(4096);
    add_short(e->text, &b);
    if (count > r->diagnostics) {
        struct buf reason = BUF_INIT(2048);
        feel_diagnostic_print(&d[r->diagnostics], LANG_EN, &reason);
        buf_addz(&b, ": ");
        add_short(buf_str(&reason), &b);
        buf_release(&reason);
    }
    str s = bpmn__str(r->scratch, buf_str(&b));
    buf_release(&b);
    return s;
}

bool bpmn__truth(struct bpmn__run *r, struct bpmn__item *it, const struct bpmn__expression *e, bool *ret)
{
    feel_value v = bpmn__value(r, it, e);
    if (v.kind != FEEL_BOOLEAN) {
        bpmn__incident(r, it, BPMN_INCIDENT_CONDITION, bpmn__complaint(r, e));
        return false;
    }
    *ret = v.boolean;
    return true;
}

str bpmn__text_of(struct bpmn__run *r, feel_value v)
{
    if (v.kind == FEEL_STRING) {
        return feel_str(v);
    }
    if (v.kind == FEEL_NULL) {
        return STR("");
    }
    struct buf b = BUF_INIT(LIMIT_FEEL_STRING);
    feel_print(v, &b);
    str s = bpmn__str(r->scratch, buf_str(&b));
    buf_release(&b);
    return s;
}
