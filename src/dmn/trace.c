/* trace: keeping what an evaluation did. All of it lives in the evaluator's arena. */
#include "dmn/dmn_int.h"

static void on_begin(void *context, const void *table, const feel_value *inputs, uint32_t count)
{
    struct dmn_trace *t = context;
    const struct dmn_table *definition = table;
    struct arena *a = feel_eval_arena(t->ev);
    struct dmn_table_trace *tt = ARENA_NEW(a, struct dmn_table_trace);
    feel_value *copy = arena_alloc(a, count * sizeof *copy);
    memcpy(copy, inputs, count * sizeof *copy);
    tt->table = definition;
    tt->inputs = copy;
    tt->rules = ARENA_ARRAY(a, struct dmn_rule_trace, definition->rules.rule_count);
    tt->outer = t->open;
    t->open = tt;
    if (t->node_count > 0) {
        struct dmn_node_trace *nt = &t->nodes[t->node_count - 1];
        *nt->tables_end = tt;
        nt->tables_end = &tt->next;
    }
}

/* A limit may have ended a table without its end being told; the innermost open trace of the table is meant. */
static struct dmn_table_trace *open_trace(struct dmn_trace *t, const void *table)
{
    while (t->open != NULL && t->open->table != table) {
        t->open = t->open->outer;
    }
    return t->open;
}

static void on_miss(void *context, const void *table, uint32_t rule, uint32_t input, feel_value result)
{
    struct dmn_table_trace *tt = open_trace(context, table);
    (void)result;
    if (tt != NULL) {
        tt->rules[rule] = (struct dmn_rule_trace){ .input = input, .tested = true };
    }
}

static void on_hit(void *context, const void *table, uint32_t rule, const feel_value *outputs)
{
    struct dmn_table_trace *tt = open_trace(context, table);
    if (tt != NULL) {
        uint32_t count = tt->table->rules.output_count;
        feel_value *copy = arena_alloc(feel_eval_arena(((struct dmn_trace *)context)->ev), count * sizeof *copy);
        memcpy(copy, outputs, count * sizeof *copy);
        tt->rules[rule] = (struct dmn_rule_trace){ .outputs = copy, .tested = true };
    }
}

static void on_end(void *context, const void *table, feel_value result)
{
    struct dmn_trace *t = context;
    struct dmn_table_trace *tt = open_trace(t, table);
    if (tt != NULL) {
        tt->result = result;
        t->open = tt->outer;
    }
}

struct dmn_trace *dmn__trace_new(const struct dmn_model *m, struct feel_eval *ev, const struct dmn_node *target)
{
    struct arena *a = feel_eval_arena(ev);
    struct dmn_trace *t = ARENA_NEW(a, struct dmn_trace);
    t->model = m;
    t->ev = ev;
    t->target = target;
    t->nodes = ARENA_ARRAY(a, struct dmn_node_trace, m->node_count + 1);
    t->hooks = (struct feel_trace){ t, on_begin, on_miss, on_hit, on_end };
    return t;
}

void dmn__trace_begin(struct dmn_trace *t, const struct dmn_node *node, bool given)
{
    struct dmn_node_trace *nt = &t->nodes[t->node_count++];
    uint32_t count;
    feel_eval_diagnostics(t->ev, &count, NULL);
    *nt = (struct dmn_node_trace){ .node = node, .given = given, .diagnostics_from = count };
    nt->tables_end = &nt->tables;
}

void dmn__trace_end(struct dmn_trace *t, feel_value value)
{
    struct dmn_node_trace *nt = &t->nodes[t->node_count - 1];
    feel_eval_diagnostics(t->ev, &nt->diagnostics_to, NULL);
    nt->value = value;
    t->open = NULL;
}
