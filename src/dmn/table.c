/* table: decision tables (DMN 1.5, 8) to rules, and what a hit policy makes of the rules that fit. */
#include "dmn/dmn_int.h"

#include <stdlib.h>

/* ---- Hit policies ---- */

static const char *const hit_names[] = { "UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER",
                                         "OUTPUT ORDER" };
static const char *const aggregation_names[] = { "", "SUM", "COUNT", "MIN", "MAX" };

/* The value of one hit: the output itself, or a context of the outputs by name. */
static feel_value hit_value(const struct dmn_table *t, const feel_value *outputs, uint32_t hit)
{
    const feel_value *row = &outputs[(size_t)hit * t->rules.output_count];
    return t->shape == NULL ? row[0] : feel_context(t->shape, row);
}

/* The hits in the order of `places`, or of the rules where that is NULL. */
static feel_value list_of_hits(struct feel_eval *ev, const struct dmn_table *t, const feel_value *outputs,
                               const uint32_t *places, uint32_t hits)
{
    feel_value *items = ARENA_ARRAY(feel_eval_arena(ev), feel_value, hits);
    for (uint32_t i = 0; i < hits; i++) {
        items[i] = hit_value(t, outputs, places == NULL ? i : places[i]);
    }
    return feel_list(items, hits);
}

static feel_value violated(struct feel_eval *ev, const struct dmn_table *t, uint32_t first, uint32_t second)
{
    str text = arena_printf(feel_eval_arena(ev), "%u, %u", first + 1, second + 1);
    return feel_fail(ev, FEEL_DIAG_HIT_POLICY, hit_names[t->hit], text.ptr, NULL);
}

static feel_value any_hit(struct feel_eval *ev, const struct dmn_table *t, const uint32_t *rules,
                          const feel_value *outputs, uint32_t hits)
{
    for (uint32_t i = 1; i < hits; i++) {
        for (uint32_t o = 0; o < t->rules.output_count; o++) {
            if (!feel_is_true(feel_equal(ev, outputs[o], outputs[(size_t)i * t->rules.output_count + o]))) {
                return violated(ev, t, rules[0], rules[i]);
            }
        }
    }
    return hit_value(t, outputs, 0);
}

uint32_t dmn__rank(struct feel_eval *ev, feel_value priorities, feel_value output)
{
    for (uint32_t i = 0; priorities.kind == FEEL_LIST && i < priorities.count; i++) {
        if (feel_is_true(feel_equal(ev, output, priorities.items[i]))) {
            return i;
        }
    }
    return UINT32_MAX;
}

struct ranking {
    const uint32_t *ranks; /* a row of one an output for each hit */
    uint32_t width;
};

/* Equals stay in the order of the rules. */
static int compare_ranks(const void *a, const void *b, void *context)
{
    const struct ranking *r = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    for (uint32_t o = 0; o < r->width; o++) {
        uint32_t p = r->ranks[(size_t)x * r->width + o], q = r->ranks[(size_t)y * r->width + o];
        if (p != q) {
            return p < q ? -1 : 1;
        }
    }
    return (x > y) - (x < y);
}

/* The hits by the priority of their outputs. */
static const uint32_t *by_priority(struct feel_eval *ev, const struct dmn_table *t, const feel_value *outputs,
                                   uint32_t hits)
{
    struct arena *a = feel_eval_arena(ev);
    uint32_t width = t->rules.output_count;
    uint32_t *places = arena_alloc(a, hits * sizeof *places), *ranks = arena_alloc(a, hits * width * sizeof *ranks);
    for (uint32_t i = 0; i < hits; i++) {
        places[i] = i;
        for (uint32_t o = 0; o < width; o++) {
            ranks[i * width + o] = dmn__rank(ev, t->priorities[o], outputs[(size_t)i * width + o]);
        }
    }
    qsort_r(places, hits, sizeof *places, compare_ranks, &(struct ranking){ ranks, width });
    return places;
}

static feel_value aggregate(struct feel_eval *ev, const struct dmn_table *t, const feel_value *outputs, uint32_t hits)
{
    if (t->aggregation == AGGREGATE_COUNT) {
        return feel_number(dec_from_uint(hits));
    }
    static const char *const functions[] = { "", "sum", "count", "min", "max" };
    feel_value list = list_of_hits(ev, t, outputs, NULL, hits);
    return hits == 0 ? feel_null() : feel_call_named(ev, str_of(functions[t->aggregation]), &list, 1);
}

static feel_value finish_table(struct feel_eval *ev, const void *data, const uint32_t *rules,
                               const feel_value *outputs, uint32_t hits)
{
    const struct dmn_table *t = data;
    if (t->wrong_policy) {
        return feel_fail(ev, FEEL_DIAG_MODEL, "several outputs cannot be aggregated", NULL, NULL);
    }
    bool defaulted = hits == 1 && rules[0] == UINT32_MAX;
    if (defaulted) {
        return hit_value(t, outputs, 0);
    }
    if (t->aggregation != AGGREGATE_NONE) {
        return aggregate(ev, t, outputs, hits);
    }
    if (hits == 0) {
        return t->hit == HIT_COLLECT ? feel_list(NULL, 0) : feel_null();
    }
    switch (t->hit) {
    case HIT_UNIQUE: return hits == 1 ? hit_value(t, outputs, 0) : violated(ev, t, rules[0], rules[1]);
    case HIT_FIRST: return hit_value(t, outputs, 0);
    case HIT_ANY: return any_hit(ev, t, rules, outputs, hits);
    case HIT_PRIORITY: return hit_value(t, outputs, by_priority(ev, t, outputs, hits)[0]);
    case HIT_COLLECT:
    case HIT_RULE_ORDER: return list_of_hits(ev, t, outputs, NULL, hits);
    case HIT_OUTPUT_ORDER: return list_of_hits(ev, t, outputs, by_priority(ev, t, outputs, hits), hits);
    }
    return feel_null();
}

/* ---- Reading ---- */

str dmn__input_label(const struct dmn_table *t, uint32_t input)
{
    str label = dmn__attr(t->inputs[input], "label");
    return label.len > 0 ? label : dmn__text(dmn__child(t->inputs[input], "inputExpression"));
}

static void table_problem(struct dmn_builder *b, const struct xml_node *at, const char *format, str arg)
{
    dmn__problem(b->model, DMN_MODEL, b->node->instance, b->where, at, format, arg, STR(""))->owner = b->node;
}

static void read_policy(struct dmn_builder *b, struct dmn_table *t)
{
    str hit = dmn__attr(t->xml, "hitPolicy"), aggregation = dmn__attr(t->xml, "aggregation");
    bool known = hit.len == 0;
    for (size_t i = 0; i < sizeof hit_names / sizeof hit_names[0]; i++) {
        if (str_eq(hit, str_of(hit_names[i]))) {
            t->hit = (enum dmn_hit)i;
            known = true;
        }
    }
    for (size_t i = 1; i < sizeof aggregation_names / sizeof aggregation_names[0]; i++) {
        if (str_eq(aggregation, str_of(aggregation_names[i])) && t->hit == HIT_COLLECT) {
            t->aggregation = (enum dmn_aggregation)i;
        }
    }
    if (!known) {
        table_problem(b, t->xml, "there is no hit policy \"%s\"", hit);
    }
    if (aggregation.len > 0 && t->aggregation == AGGREGATE_NONE) {
        table_problem(b, t->xml,
                      t->hit == HIT_COLLECT ? "there is no aggregation \"%s\""
                                            : "the aggregation \"%s\" goes only with the hit policy COLLECT",
                      aggregation);
    }
}

static const struct xml_node **children(struct arena *a, const struct xml_node *x, const char *name, uint32_t *ret)
{
    const struct xml_node **list = NULL;
    *ret = 0;
    for (const struct xml_node *c = dmn__child(x, name); c != NULL; c = dmn__next(c, name)) {
        if ((*ret & (*ret - 1)) == 0) {
            uint32_t size = *ret == 0 ? 1 : *ret * 2;
            list = arena_grow(a, list, *ret * sizeof *list, size * sizeof *list);
        }
        list[(*ret)++] = c;
    }
    return list;
}

/* The type of a name that x, which stands around the table, binds; false when it binds no such name. */
static bool bound_type(struct dmn_builder *b, const struct xml_node *x, const struct xml_node *inside, str name,
                       const struct feel_type **ret)
{
    const struct xml_node *found = NULL;
    for (const struct xml_node *c = x->first_child; c != NULL && c != inside; c = c->next) {
        const struct xml_node *variable = dmn__is(c, "contextEntry") ? dmn__child(c, "variable")
                                          : dmn__is(c, "formalParameter") ? c
                                                                          : NULL;
        found = variable != NULL && str_eq(dmn__attr(variable, "name"), name) ? variable : found;
    }
    if (found != NULL) {
        *ret = dmn__type(b->model, b->node->instance, found, dmn__attr(found, "typeRef"));
        return true;
    }
    *ret = NULL;
    return str_eq(dmn__attr(x, "iteratorVariable"), name);
}

/* The type of the variable that a name stands for at the table: from the inside outwards, then of what the node
 * requires. */
static const struct feel_type *type_behind(struct dmn_builder *b, const struct dmn_table *t, str name)
{
    const struct feel_type *type = NULL;
    for (const struct xml_node *x = t->xml; x != b->node->xml && x->parent != NULL; x = x->parent) {
        if (bound_type(b, x->parent, x, name, &type)) {
            return type;
        }
    }
    for (uint32_t i = 0; i < b->node->require_count; i++) {
        const struct dmn_node *n = &b->model->nodes[b->node->requires[i]];
        if (n->instance == b->node->instance && str_eq(dmn__variable_name(n->xml), name)) {
            return n->type;
        }
    }
    return NULL;
}

/* The expression of an input column, which need not be among its allowed values to be null. */
static void read_input(struct dmn_builder *b, struct dmn_table *t, uint32_t i)
{
    struct dmn_model *m = b->model;
    const struct xml_node *x = dmn__child(t->inputs[i], "inputExpression");
    const struct xml_node *at = x != NULL ? x : t->inputs[i];
    const struct feel_type *type = x == NULL ? NULL : dmn__type(m, b->node->instance, x, dmn__attr(x, "typeRef"));
    const struct xml_node *values = dmn__child(t->inputs[i], "inputValues");
    const struct feel_type *allowed = values == NULL ? NULL : dmn__restricted(m, b->node->instance, NULL, values);
    struct feel_node *input;
    if (dmn__text(x).len == 0) {
        table_problem(b, at, "the column has no expression", STR(""));
        feel_tree_origin(b->tree, b->where, at->line);
        input = feel_tree_failure(b->tree, FEEL_DIAG_MODEL, STR("the column has no expression"));
    } else {
        input = dmn__parse(b, at, dmn__text(x));
    }
    t->rules.inputs[i] = feel_tree_coerce(b->tree, input, allowed);
    t->input_types[i] = type;
    t->input_allowed[i] = allowed;
    t->input_behind[i] = type_behind(b, t, dmn__text(x));
    t->rules.input_decls[i] = feel_tree_declare(b->tree, STR("?"), type);
    feel_tree_forget(b->tree, 1);
}

static struct feel_node *read_test(struct dmn_builder *b, struct dmn_table *t, uint32_t i, const struct xml_node *cell)
{
    feel_tree_origin(b->tree, b->where, cell->line);
    feel_tree_declare_again(b->tree, t->rules.input_decls[i]);
    struct feel_node *n = feel_tree_parse_tests(b->tree, dmn__text(cell), t->rules.input_decls[i]);
    feel_tree_forget(b->tree, 1);
    return n;
}

static void read_rule(struct dmn_builder *b, struct dmn_table *t, uint32_t r)
{
    struct arena *a = b->model->arena;
    struct feel_rule *rule = &t->rules.rules[r];
    rule->tests = ARENA_ARRAY(a, struct feel_node *, t->rules.input_count);
    rule->outputs = ARENA_ARRAY(a, struct feel_node *, t->rules.output_count);
    const struct xml_node *x = dmn__child(t->rule_xml[r], "inputEntry");
    for (uint32_t i = 0; i < t->rules.input_count; i++) {
        rule->tests[i] = x == NULL ? NULL : read_test(b, t, i, x);
        x = x == NULL ? NULL : dmn__next(x, "inputEntry");
    }
    x = dmn__child(t->rule_xml[r], "outputEntry");
    for (uint32_t o = 0; o < t->rules.output_count; o++) {
        str text = dmn__text(x);
        rule->outputs[o] = text.len == 0 || str_eq(text, STR("-")) ? feel_tree_constant(b->tree, feel_null())
                                                                   : dmn__parse(b, x, text);
        x = x == NULL ? NULL : dmn__next(x, "outputEntry");
    }
}

static void read_defaults(struct dmn_builder *b, struct dmn_table *t)
{
    bool any = false;
    struct feel_node **defaults = ARENA_ARRAY(b->model->arena, struct feel_node *, t->rules.output_count);
    for (uint32_t o = 0; o < t->rules.output_count; o++) {
        const struct xml_node *x = dmn__child(t->outputs[o], "defaultOutputEntry");
        str text = dmn__text(x);
        any |= text.len > 0;
        defaults[o] = text.len > 0 ? dmn__parse(b, x, text) : feel_tree_constant(b->tree, feel_null());
    }
    t->rules.defaults = any ? defaults : NULL;
}

/* The text of the allowed values of a type, or empty. */
static str allowed_text(const struct dmn_model *m, const struct feel_type *type)
{
    const struct dmn_restriction *r = type == NULL || type->allowed == NULL ? NULL : dmn__restriction(m, type->allowed);
    return r == NULL ? STR("") : r->text;
}

/* The values of an output column in their order of priority: those of its outputValues, or else the allowed values
 * of its type. */
static feel_value read_priorities(struct dmn_builder *b, const struct dmn_table *t, uint32_t o)
{
    struct arena *a = b->model->arena;
    str text = dmn__text(dmn__child(t->outputs[o], "outputValues"));
    text = text.len > 0 ? text : allowed_text(b->model, t->output_types[o]);
    const struct feel_program *p;
    if (text.len == 0) {
        table_problem(b, t->outputs[o], "the hit policy %s needs the values of the output in their order",
                      str_of(hit_names[t->hit]));
        return feel_null();
    }
    if (feel_compile(a, feel_scope_new(a), arena_printf(a, "[%.*s]", STR_ARG(text)), &p, NULL) != OK) {
        return feel_null();
    }
    struct feel_environment env = { .zone = CAL_ZONE_NONE };
    struct feel_eval *ev = feel_eval_new(&env);
    feel_value v = feel_copy(a, feel_run(ev, p, NULL));
    feel_eval_free(ev);
    return v;
}

/* An output without a type of its own has that of the decision, where it is the only one. */
static const struct feel_type *output_type(struct dmn_builder *b, const struct dmn_table *t, uint32_t o)
{
    const struct feel_type *type = dmn__type(b->model, b->node->instance, t->outputs[o],
                                             dmn__attr(t->outputs[o], "typeRef"));
    bool whole = t->rules.output_count == 1 && b->node->kind == DMN_DECISION && t->xml->parent == b->node->xml;
    return type == NULL && whole ? b->node->type : type;
}

static bool names_are_unique(const str *names, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (str_eq(names[i], names[k])) {
                return false;
            }
        }
    }
    return true;
}

static bool read_outputs(struct dmn_builder *b, struct dmn_table *t)
{
    struct arena *a = b->model->arena;
    uint32_t count = t->rules.output_count;
    feel_value *priorities = ARENA_ARRAY(a, feel_value, count);
    str *names = ARENA_ARRAY(a, str, count);
    bool ordered = t->hit == HIT_PRIORITY || t->hit == HIT_OUTPUT_ORDER;
    t->output_types = ARENA_ARRAY(a, const struct feel_type *, count);
    for (uint32_t o = 0; o < count; o++) {
        names[o] = dmn__attr(t->outputs[o], "name");
        t->output_types[o] = output_type(b, t, o);
        if (ordered) {
            priorities[o] = read_priorities(b, t, o);
        }
    }
    t->priorities = priorities;
    if (!names_are_unique(names, count)) {
        return false;
    }
    t->shape = count > 1 ? feel_shape_new(a, names, count) : NULL;
    t->wrong_policy = count > 1 && t->aggregation != AGGREGATE_NONE && t->aggregation != AGGREGATE_COUNT;
    if (t->wrong_policy) {
        table_problem(b, t->xml, "the aggregation %s needs a single output",
                      str_of(aggregation_names[t->aggregation]));
    }
    return true;
}

static struct dmn_table *new_table(struct dmn_builder *b, const struct xml_node *x)
{
    struct arena *a = b->model->arena;
    struct dmn_table *t = ARENA_NEW(a, struct dmn_table);
    t->node = b->node;
    t->xml = x;
    t->name = b->where;
    t->inputs = children(a, x, "input", &t->rules.input_count);
    t->outputs = children(a, x, "output", &t->rules.output_count);
    t->rule_xml = children(a, x, "rule", &t->rules.rule_count);
    *b->model->tables_end = t;
    b->model->tables_end = &t->next;
    return t;
}

/* What makes a table impossible to follow, or NULL. */
static const char *flaw(struct dmn_builder *b, struct dmn_table *t)
{
    const struct feel_rules *rules = &t->rules;
    if (rules->output_count == 0) {
        return "the table has no output";
    }
    if (rules->input_count > LIMIT_DMN_COLUMNS || rules->output_count > LIMIT_DMN_COLUMNS ||
        rules->rule_count > LIMIT_DMN_RULES) {
        return "the table is too large";
    }
    read_policy(b, t);
    return read_outputs(b, t) ? NULL : "two outputs of the table have the same name";
}

struct feel_node *dmn__table(struct dmn_builder *b, const struct xml_node *x)
{
    struct arena *a = b->model->arena;
    struct dmn_table *t = new_table(b, x);
    struct feel_rules *rules = &t->rules;
    const char *text = flaw(b, t);
    if (text != NULL) {
        table_problem(b, x, text, STR(""));
        rules->input_count = rules->output_count = rules->rule_count = 0;
        feel_tree_origin(b->tree, b->where, x->line);
        return feel_tree_failure(b->tree, FEEL_DIAG_MODEL, str_of(text));
    }
    rules->inputs = ARENA_ARRAY(a, struct feel_node *, rules->input_count);
    rules->input_decls = ARENA_ARRAY(a, struct feel_decl *, rules->input_count);
    t->input_types = ARENA_ARRAY(a, const struct feel_type *, rules->input_count);
    t->input_allowed = ARENA_ARRAY(a, const struct feel_type *, rules->input_count);
    t->input_behind = ARENA_ARRAY(a, const struct feel_type *, rules->input_count);
    for (uint32_t i = 0; i < rules->input_count; i++) {
        read_input(b, t, i);
    }
    rules->rules = ARENA_ARRAY(a, struct feel_rule, rules->rule_count);
    for (uint32_t r = 0; r < rules->rule_count; r++) {
        read_rule(b, t, r);
    }
    read_defaults(b, t);
    rules->first_only = t->hit == HIT_FIRST;
    rules->finish = finish_table;
    rules->data = t;
    feel_tree_origin(b->tree, b->where, x->line);
    return feel_tree_rules(b->tree, rules);
}
