/* condition: the terms of a chain of "and" that compare one name with what is known before. */
#include "feel/condition.h"

#include "base/limit.h"
#include "feel/tree_int.h"

struct finder {
    struct feel_tree *tree;
    struct arena *arena;
    uint32_t known, end;        /* slots of what is known before: from, and up to without */
    struct feel_condition *conditions;
    uint32_t count;
};

static bool is_known(const struct finder *in, const struct feel_node *n);

static bool are_known(const struct finder *in, const struct feel_node *n)
{
    for (uint32_t i = 0; i < n->count; i++) {
        if (!is_known(in, n->list[i])) {
            return false;
        }
    }
    return true;
}

/* Gives the same value twice within one evaluation; of others nothing may be told before. */
static bool is_steady(const struct feel_builtin *b)
{
    return !str_eq(b->name, STR("random number")) && !str_eq(b->name, STR("uuid"));
}

/* Can the value be had before a row is seen? Recursion is bounded by the height of the tree. */
static bool is_known(const struct finder *in, const struct feel_node *n)
{
    switch (n->kind) {
    case NODE_CONSTANT: case NODE_TEMPORAL: return true;
    case NODE_NAME: return n->decl->kind == DECL_SLOT && n->decl->slot >= in->known && n->decl->slot < in->end;
    case NODE_NEGATE: case NODE_PATH: case NODE_COMPARISON: return is_known(in, n->a);
    case NODE_BINARY: case NODE_RANGE: return is_known(in, n->a) && is_known(in, n->b);
    case NODE_CALL: return n->a->kind == NODE_BUILTIN && is_steady(n->a->builtin) && are_known(in, n);
    case NODE_LIST: return are_known(in, n);
    default: return false;
    }
}

static bool is_name(const struct finder *in, const struct feel_node *n)
{
    return n->kind == NODE_NAME && n->decl->kind == DECL_SLOT && n->decl->slot < in->known;
}

static void add(struct finder *in, const struct feel_node *name, enum feel_relation relation,
                struct feel_node *const *values, uint32_t count)
{
    const struct feel_program **programs = ARENA_ARRAY(in->arena, const struct feel_program *, count);
    for (uint32_t i = 0; i < count; i++) {
        if ((values[i]->flags & NODE_USES_INPUT) != 0 || !is_known(in, values[i]) ||
            feel_tree_finish(in->tree, values[i], &programs[i], NULL) != OK) {
            return;
        }
    }
    size_t size = in->count * sizeof *in->conditions;
    in->conditions = arena_grow(in->arena, in->conditions, size, size + sizeof *in->conditions);
    in->conditions[in->count++] = (struct feel_condition){ name->decl->slot, relation, programs, count };
}

/* The relation of `name op value`, or with the sides changed; -1: nothing that an index answers. */
static int relation_of(enum feel_operator op, bool turned)
{
    switch (op) {
    case FEEL_EQ: return FEEL_IS;
    case FEEL_LT: return turned ? FEEL_ABOVE : FEEL_BELOW;
    case FEEL_LE: return turned ? FEEL_AT_LEAST : FEEL_AT_MOST;
    case FEEL_GT: return turned ? FEEL_BELOW : FEEL_ABOVE;
    case FEEL_GE: return turned ? FEEL_AT_MOST : FEEL_AT_LEAST;
    default: return -1;
    }
}

static void find_term(struct finder *in, struct feel_node *n)
{
    if (n->kind == NODE_BINARY) {
        bool turned = !is_name(in, n->a);
        int relation = relation_of((enum feel_operator)n->op, turned);
        if (relation >= 0 && is_name(in, turned ? n->b : n->a)) {
            add(in, turned ? n->b : n->a, (enum feel_relation)relation, turned ? &n->a : &n->b, 1);
        }
    } else if (n->kind == NODE_BETWEEN && is_name(in, n->a)) {
        struct feel_node *const ends[] = { n->b, n->c };
        add(in, n->a, FEEL_BETWEEN, ends, 2);
    } else if (n->kind == NODE_IN && is_name(in, n->a)) {
        add(in, n->a, FEEL_AMONG, n->list, n->count);
    }
}

static void find(struct finder *in, struct feel_node *n)
{
    if (n->kind == NODE_AND) {
        find(in, n->a);
        find(in, n->b);
    } else {
        find_term(in, n);
    }
}

void feel_conditions(struct arena *a, const struct feel_scope *scope, str source, uint32_t known,
                     uint32_t end, const struct feel_condition **ret, uint32_t *ret_count)
{
    struct finder in = { .tree = feel_tree_new(a, scope), .arena = a, .known = known, .end = end };
    struct feel_node *root;
    struct error err = { .code = OK };
    if (feel__parse(in.tree, arena_str(a, source), &root, &err) == OK && !in.tree->too_large) {
        find(&in, root);
    }
    *ret = in.conditions;
    *ret_count = in.count;
}
