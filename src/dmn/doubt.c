/* doubt: what a model says that is seldom meant: the traps of FEEL in its texts, and nulls that no rule answers. */
#include "dmn/dmn_int.h"

struct list {
    struct arena *arena;
    const struct dmn_model *m;
    const struct dmn_node *node;
    struct dmn_doubt *items;
    uint32_t count, size;
};

static void add(struct list *l, struct dmn_doubt d)
{
    if (l->count == LIMIT_DMN_FINDINGS) {
        return;
    }
    if (l->count == l->size) {
        uint32_t size = l->size == 0 ? 16 : l->size * 2;
        l->items = arena_grow(l->arena, l->items, l->size * sizeof d, size * sizeof d);
        l->size = size;
    }
    l->items[l->count++] = d;
}

/* A decision that is gone over or summed is computed, and may be known not to be empty; only inputs are not. */
static bool is_computed(const struct list *l, str name)
{
    int64_t decision = dmn_find(l->m, DMN_DECISION, name);
    return name.len > 0 && decision >= 0;
}

static void take_trap(void *context, const struct feel_trap_place *place)
{
    struct list *l = context;
    if (is_computed(l, place->over)) {
        return;
    }
    uint32_t line = place->origin_line > 0 ? place->origin_line : l->node->xml->line;
    add(l, (struct dmn_doubt){ .node = l->node->label, .line = line, .trap = true, .place = *place });
}

/* ---- Nulls ---- */

/* Whether a null in the column fits no rule though other values do. A table that collects has an answer for nothing. */
static void check_column(struct list *l, const struct dmn_table *t, uint32_t column)
{
    const struct feel_rules *r = &t->rules;
    bool lists = t->hit == HIT_COLLECT || t->hit == HIT_RULE_ORDER || t->hit == HIT_OUTPUT_ORDER;
    if (lists || r->defaults != NULL || r->rule_count == 0 || feel_is_never_null(r->inputs[column])) {
        return;
    }
    for (uint32_t i = 0; i < r->rule_count; i++) {
        const struct feel_node *test = r->rules[i].tests[column];
        if (test == NULL || feel_answers_null(test)) {
            return;
        }
    }
    add(l, (struct dmn_doubt){ .node = t->name, .line = t->inputs[column]->line,
                               .column = dmn__input_label(t, column) });
}

const struct dmn_doubt *dmn_doubts(const struct dmn_model *m, struct arena *a, uint32_t *ret_count)
{
    struct list l = { .arena = a, .m = m };
    for (uint32_t i = 0; i < m->node_count; i++) {
        l.node = &m->nodes[i];
        if (l.node->instance == m->instances[0] && l.node->root != NULL) {
            feel_inspect(l.node->root, take_trap, &l);
        }
    }
    for (const struct dmn_table *t = m->tables; t != NULL; t = t->next) {
        for (uint32_t i = 0; t->node->instance == m->instances[0] && i < t->rules.input_count; i++) {
            check_column(&l, t, i);
        }
    }
    *ret_count = l.count;
    return l.items;
}
