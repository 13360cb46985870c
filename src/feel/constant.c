/* constant: unary tests as sets of values, where they depend on nothing but constants. */
#include "feel/program_int.h"

/* Built-ins whose result depends on more than their arguments. */
static bool is_impure(const struct feel_builtin *b)
{
    static const char *const names[] = { "now", "today", "random number", "uuid" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq(b->name, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* Literals, their arithmetic, and calls of built-ins with them: date("2026-11-24"). */
static bool is_closed(const struct feel_node *n)
{
    switch (n->kind) {
    case NODE_CONSTANT:
    case NODE_TEMPORAL: return true;
    case NODE_NEGATE: return is_closed(n->a);
    case NODE_BINARY: return is_closed(n->a) && is_closed(n->b);
    case NODE_CALL:
        for (uint32_t i = 0; i < n->count; i++) {
            if (!is_closed(n->list[i])) {
                return false;
            }
        }
        return n->a->kind == NODE_BUILTIN && !is_impure(n->a->builtin);
    default: return false;
    }
}

struct collector {
    struct feel_tree *tree;
    struct feel_eval *ev;
    struct feel_range *ranges;
    uint32_t count;
};

static bool value_of(struct collector *c, struct feel_node *n, feel_value *ret)
{
    const struct feel_program *p;
    if (!is_closed(n) || feel_tree_finish(c->tree, n, &p, NULL) != OK) {
        return false;
    }
    *ret = feel_copy(c->tree->arena, feel_run(c->ev, p, NULL));
    uint32_t failed;
    feel_eval_diagnostics(c->ev, &failed, NULL);
    return failed == 0;
}

static void add(struct collector *c, struct feel_range r)
{
    c->ranges = arena_grow(c->tree->arena, c->ranges, c->count * sizeof r, (c->count + 1) * sizeof r);
    c->ranges[c->count++] = r;
}

static bool collect_test(struct collector *c, struct feel_node *n)
{
    feel_value v, w;
    if ((n->flags & NODE_USES_INPUT) != 0) {
        return false;
    }
    if (n->kind == NODE_COMPARISON) {
        bool fine = value_of(c, n->a, &v);
        if (fine) {
            add(c, feel__comparison_range((enum feel_operator)n->op, v));
        }
        return fine;
    }
    if (n->kind == NODE_RANGE) {
        bool fine = value_of(c, n->a, &v) && value_of(c, n->b, &w);
        if (fine) {
            add(c, (struct feel_range){ .start = v, .end = w,
                                        .start_included = (n->flags & NODE_START_INCLUDED) != 0,
                                        .end_included = (n->flags & NODE_END_INCLUDED) != 0 });
        }
        return fine;
    }
    if (n->kind == NODE_LIST) {
        for (uint32_t i = 0; i < n->count; i++) {
            if (!collect_test(c, n->list[i])) {
                return false;
            }
        }
        return true;
    }
    bool fine = value_of(c, n, &v) && v.kind != FEEL_LIST && v.kind != FEEL_RANGE;
    if (fine) {
        add(c, feel__comparison_range(FEEL_EQ, v));
    }
    return fine;
}

bool feel_constant_tests(struct arena *a, str source, struct feel_constant_tests *ret)
{
    struct feel_environment env = { .zone = CAL_ZONE_NONE };
    struct collector c = { .tree = feel_tree_new(a, feel_scope_new(a)) };
    struct feel_decl *input = feel_tree_declare(c.tree, STR("?"), NULL);
    struct feel_node *n = NULL;
    struct error err = { .code = OK };
    if (feel__parse_tests(c.tree, arena_str(a, source), input, &n, &err) != OK) {
        return false;
    }
    if (n == NULL) {
        *ret = (struct feel_constant_tests){ .any = true };
        return true;
    }
    c.ev = feel_eval_new(&env);
    bool fine = true;
    for (uint32_t i = 0; fine && i < n->count; i++) {
        fine = collect_test(&c, n->list[i]);
    }
    feel_eval_free(c.ev);
    if (fine) {
        *ret = (struct feel_constant_tests){ .negated = (n->flags & NODE_NEGATED) != 0, .count = c.count,
                                             .ranges = c.ranges };
    }
    return fine;
}
