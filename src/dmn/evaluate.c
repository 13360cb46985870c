/* evaluate: computing decisions over the array of values by slot. */
#include "dmn/dmn_int.h"

struct evaluation {
    const struct dmn_model *m;
    struct feel_eval *ev;
    feel_value *slots;
    bool *known;  /* by slot: given or computed */
    bool *needed;
    struct dmn_trace *trace; /* or NULL */
    unsigned flags;
};

/* ---- Inputs ---- */

static feel_value temporal_from_text(feel_value v, const struct feel_type *type)
{
    feel_value t = feel_from_text(feel_str(v), type);
    if (t.kind == FEEL_NULL && type->kind == FEEL_TYPE_DATE_TIME) {
        t = feel_from_text(feel_str(v), feel_type_named(STR("date"))); /* coercion makes it its midnight */
    }
    return t.kind != FEEL_NULL ? t : v;
}

/* Text where the type says date, time or duration is read as such, also inside lists and contexts. A list for one
 * value, or one value for a list, is looked into as coercion does next. */
static feel_value text_to_temporal(struct evaluation *e, feel_value v, const struct feel_type *type)
{
    if (type == NULL || (e->flags & DMN_TEXT_DATES) == 0) {
        return v;
    }
    if (v.kind == FEEL_STRING && type->kind >= FEEL_TYPE_DATE && type->kind <= FEEL_TYPE_MONTHS) {
        return temporal_from_text(v, type);
    }
    struct arena *a = feel_eval_arena(e->ev);
    if (v.kind == FEEL_LIST) {
        feel_value *items = ARENA_ARRAY(a, feel_value, v.count);
        for (uint32_t i = 0; i < v.count; i++) {
            items[i] = text_to_temporal(e, v.items[i], type->kind == FEEL_TYPE_LIST ? type->element : type);
        }
        return feel_list(items, v.count);
    }
    if (type->kind == FEEL_TYPE_LIST) { /* one step: a type may be a list of itself */
        bool plain = type->element != NULL && type->element->kind != FEEL_TYPE_LIST;
        return plain ? text_to_temporal(e, v, type->element) : v;
    }
    if (v.kind == FEEL_CONTEXT && type->kind == FEEL_TYPE_CONTEXT) {
        feel_value *values = ARENA_ARRAY(a, feel_value, v.count);
        memcpy(values, v.values, v.count * sizeof *values);
        for (uint32_t i = 0; i < type->count; i++) {
            int64_t at = feel_shape_find(v.shape, type->fields[i].name);
            if (at >= 0) {
                values[at] = text_to_temporal(e, values[at], type->fields[i].type);
            }
        }
        return feel_context(v.shape, values);
    }
    return v;
}

/* The input of a node: "import.name" whole, or the name in the context of the import. */
static bool given(const struct dmn_node *n, feel_value inputs, feel_value *ret)
{
    if (feel_context_get(inputs, n->label, ret)) {
        return true;
    }
    const struct dmn_instance *path[LIMIT_DMN_IMPORTS];
    uint32_t depth = 0;
    for (const struct dmn_instance *in = n->instance; in->parent != NULL; in = in->parent) {
        path[depth++] = in;
    }
    if (depth == 0) {
        return false;
    }
    while (depth > 0) {
        if (!feel_context_get(inputs, path[--depth]->import_name, &inputs)) {
            return false;
        }
    }
    return feel_context_get(inputs, n->name, ret);
}

static void take_inputs(struct evaluation *e, feel_value inputs)
{
    for (uint32_t i = 0; i < e->m->node_count; i++) {
        const struct dmn_node *n = &e->m->nodes[i];
        feel_value v;
        if ((n->kind == DMN_INPUT || n->kind == DMN_DECISION) && given(n, inputs, &v)) {
            v = text_to_temporal(e, v, n->type);
            if (n->type != NULL && v.kind != FEEL_NULL) {
                v = feel_coerce(e->ev, v, n->type);
            }
            e->slots[i] = v;
            e->known[i] = true;
        }
    }
}

/* ---- Decisions ---- */

/* Marks what the needed decisions need in turn, from the last of the order to the first. */
static void mark_needed(struct evaluation *e)
{
    for (uint32_t i = e->m->order_count; i > 0; i--) {
        const struct dmn_node *n = &e->m->nodes[e->m->order[i - 1]];
        if (e->needed[e->m->order[i - 1]] && !e->known[e->m->order[i - 1]] && !n->cyclic) {
            for (uint32_t k = 0; k < n->require_count; k++) {
                e->needed[n->requires[k]] = true;
            }
        }
    }
}

static void note_given(struct evaluation *e)
{
    for (uint32_t i = 0; e->trace != NULL && i < e->m->node_count; i++) {
        if (e->needed[i] && (e->known[i] || e->m->nodes[i].kind == DMN_INPUT)) {
            dmn__trace_begin(e->trace, &e->m->nodes[i], true);
            dmn__trace_end(e->trace, e->slots[i]);
            e->trace->nodes[e->trace->node_count - 1].missing = !e->known[i];
        }
    }
}

static void compute_node(struct evaluation *e, uint32_t slot)
{
    const struct dmn_node *n = &e->m->nodes[slot];
    if (e->trace != NULL) {
        dmn__trace_begin(e->trace, n, false);
    }
    if (n->cyclic) {
        feel_fail(e->ev, FEEL_DIAG_MODEL, "the decision requires itself", NULL, NULL);
    } else if (n->program != NULL) {
        e->slots[slot] = feel_run(e->ev, n->program, e->slots);
    }
    e->known[slot] = true;
    if (e->trace != NULL) {
        dmn__trace_end(e->trace, e->slots[slot]);
    }
}

static void compute_needed(struct evaluation *e)
{
    mark_needed(e);
    note_given(e);
    for (uint32_t i = 0; i < e->m->order_count; i++) {
        uint32_t slot = e->m->order[i];
        if (e->needed[slot] && !e->known[slot]) {
            compute_node(e, slot);
        }
    }
}

static feel_value compute_decision(struct evaluation *e, uint32_t slot)
{
    e->needed[slot] = true;
    compute_needed(e);
    return e->slots[slot];
}

/* The value of a service: that of its one output, or a context of several (DMN 1.5, 10.4). Its variable has the type
 * of the value, or of the function that the service is. */
static feel_value compute_service(struct evaluation *e, const struct dmn_node *service)
{
    for (uint32_t i = 0; i < service->require_count; i++) {
        e->needed[service->requires[i]] = true;
    }
    compute_needed(e);
    feel_value v = feel_null();
    if (service->require_count == 1) {
        v = e->slots[service->requires[0]];
    } else {
        struct arena *a = feel_eval_arena(e->ev);
        str *names = ARENA_ARRAY(a, str, service->require_count);
        feel_value *values = ARENA_ARRAY(a, feel_value, service->require_count);
        for (uint32_t i = 0; i < service->require_count; i++) {
            names[i] = e->m->nodes[service->requires[i]].name;
            values[i] = e->slots[service->requires[i]];
        }
        v = feel_context(dmn__unique_shape(a, names, service->require_count), values);
    }
    const struct feel_type *type = service->type;
    return feel_coerce(e->ev, v, type != NULL && type->kind == FEEL_TYPE_FUNCTION ? type->result : type);
}

static struct evaluation begin(const struct dmn_model *m, struct feel_eval *ev, unsigned flags)
{
    struct arena *a = feel_eval_arena(ev);
    struct evaluation e = { .m = m, .ev = ev, .flags = flags };
    e.slots = arena_alloc(a, (m->node_count + 1) * sizeof *e.slots);
    memcpy(e.slots, m->functions, m->node_count * sizeof *e.slots);
    e.known = ARENA_ARRAY(a, bool, m->node_count * 2 + 1);
    e.needed = e.known + m->node_count;
    return e;
}

feel_value dmn__call_service(struct feel_eval *ev, const void *data, const feel_value *args)
{
    const struct dmn_service *s = data;
    struct evaluation e = begin(s->model, ev, 0);
    for (uint32_t i = 0; i < s->node->parameter_count; i++) {
        e.slots[s->node->parameters[i]] = args[i];
        e.known[s->node->parameters[i]] = true;
    }
    return compute_service(&e, s->node);
}

static feel_value evaluate(struct evaluation *e, uint32_t node, feel_value inputs)
{
    const struct dmn_node *n = &e->m->nodes[node];
    take_inputs(e, inputs);
    switch (n->kind) {
    case DMN_DECISION: return compute_decision(e, node);
    case DMN_SERVICE: return compute_service(e, n);
    case DMN_INPUT:
    case DMN_KNOWLEDGE: break;
    }
    return e->slots[node];
}

feel_value dmn_evaluate(const struct dmn_model *m, struct feel_eval *ev, uint32_t node, feel_value inputs,
                        unsigned flags)
{
    struct evaluation e = begin(m, ev, flags);
    return evaluate(&e, node, inputs);
}

feel_value dmn_evaluate_traced(const struct dmn_model *m, struct feel_eval *ev, uint32_t node, feel_value inputs,
                               unsigned flags, const struct dmn_trace **ret)
{
    struct evaluation e = begin(m, ev, flags);
    struct dmn_trace *t = dmn__trace_new(m, ev, &m->nodes[node]);
    e.trace = t;
    t->slots = e.slots;
    feel_eval_set_trace(ev, &t->hooks);
    t->result = evaluate(&e, node, inputs);
    feel_eval_set_trace(ev, NULL);
    *ret = t;
    return t->result;
}

/* ---- What is needed ---- */

bool dmn_is_given(const struct dmn_model *m, uint32_t node)
{
    bool given = false;
    for (uint32_t i = 0; i < m->node_count && !given; i++) {
        const struct dmn_node *n = &m->nodes[i];
        for (uint32_t k = 0; n->kind == DMN_SERVICE && k < n->parameter_count; k++) {
            given = given || n->parameters[k] == node;
        }
    }
    return given;
}

void dmn_needed(const struct dmn_model *m, uint32_t node, bool *ret)
{
    struct arena scratch = ARENA_INIT;
    uint32_t *waiting = ARENA_ARRAY(&scratch, uint32_t, m->node_count), count = 1;
    memset(ret, 0, m->node_count * sizeof *ret);
    waiting[0] = node;
    ret[node] = true;
    while (count > 0) {
        const struct dmn_node *n = &m->nodes[waiting[--count]];
        for (uint32_t i = 0; i < n->require_count + n->parameter_count; i++) {
            uint32_t to = i < n->require_count ? n->requires[i] : n->parameters[i - n->require_count];
            if (!ret[to]) {
                ret[to] = true;
                waiting[count++] = to;
            }
        }
    }
    arena_release(&scratch);
}
