/* tree: making nodes, from text or by whoever builds a program. */
#include "feel/tree_int.h"

struct feel_tree *feel_tree_new(struct arena *a, const struct feel_scope *scope)
{
    struct feel_tree *t = ARENA_NEW(a, struct feel_tree);
    t->arena = a;
    t->scope = scope;
    t->source = ARENA_NEW(a, struct feel_source);
    t->problems_end = &t->problems;
    return t;
}

void feel_tree_origin(struct feel_tree *t, str origin, uint32_t line)
{
    t->origin = arena_str(t->arena, origin);
    t->origin_line = line;
    struct feel_source *s = ARENA_NEW(t->arena, struct feel_source);
    *s = (struct feel_source){ .text = STR(""), .origin = t->origin, .origin_line = line };
    t->source = s;
}

const struct feel_problem *feel_tree_problems(const struct feel_tree *t)
{
    return t->problems;
}

void feel__problem(struct feel_tree *t, enum feel_diagnostic_code code, str text, uint32_t from, uint32_t to)
{
    struct feel_problem *p = ARENA_NEW(t->arena, struct feel_problem);
    *p = (struct feel_problem){ .code = code,
                                .text = arena_str(t->arena, text),
                                .source = t->source->text,
                                .origin = t->origin,
                                .origin_line = t->origin_line,
                                .from = from,
                                .to = to };
    *t->problems_end = p;
    t->problems_end = &p->next;
}

/* ---- Names ---- */

void feel_tree_declare_again(struct feel_tree *t, struct feel_decl *decl)
{
    if (t->local_count == t->local_size) {
        uint32_t size = t->local_size == 0 ? 8 : t->local_size * 2;
        t->locals = arena_grow(t->arena, t->locals, t->local_size * sizeof *t->locals, size * sizeof *t->locals);
        t->local_size = size;
    }
    t->locals[t->local_count++] = decl;
}

static struct feel_decl *declare(struct feel_tree *t, str name, enum feel_decl_kind kind)
{
    struct feel_decl *d = ARENA_NEW(t->arena, struct feel_decl);
    d->name = arena_str(t->arena, name);
    d->pattern = feel__name_pattern(t->arena, name);
    d->kind = (uint8_t)kind;
    feel_tree_declare_again(t, d);
    return d;
}

struct feel_decl *feel_tree_declare(struct feel_tree *t, str name, const struct feel_type *type)
{
    struct feel_decl *d = declare(t, name, DECL_LOCAL);
    d->type = type;
    return d;
}

struct feel_decl *feel_tree_declare_item(struct feel_tree *t, const struct feel_node *list)
{
    struct feel_decl *d = declare(t, STR("item"), DECL_ITEM);
    const struct feel_type *type = feel__node_type(t, list);
    d->type = type != NULL && type->kind == FEEL_TYPE_LIST ? type->element : type;
    return d;
}

void feel_tree_forget(struct feel_tree *t, uint32_t n)
{
    assert(n <= t->local_count);
    t->local_count -= n;
}

/* ---- Nodes ---- */

struct feel_node *feel__node(struct feel_tree *t, enum feel_node_kind kind, uint32_t from, uint32_t to)
{
    struct feel_node *n = ARENA_NEW(t->arena, struct feel_node);
    n->kind = (uint8_t)kind;
    n->from = from;
    n->to = to;
    n->source = t->source;
    n->height = 1;
    t->too_large |= ++t->node_count > LIMIT_FEEL_NODES;
    return n;
}

static void raise(struct feel_node *n, const struct feel_node *child)
{
    if (child != NULL && child->height >= n->height) {
        n->height = (uint16_t)(child->height + 1);
    }
}

/* True when the union with `list` holds child nodes. */
static bool has_list(const struct feel_node *n)
{
    return n->kind == NODE_IN || n->kind == NODE_TESTS || n->kind == NODE_CALL || n->kind == NODE_LIST ||
           n->kind == NODE_CONTEXT || n->kind == NODE_EXTERNAL;
}

struct feel_node *feel__close(struct feel_tree *t, struct feel_node *n)
{
    raise(n, n->a);
    raise(n, n->b);
    raise(n, n->c);
    if (has_list(n)) {
        for (uint32_t i = 0; i < n->count; i++) {
            raise(n, n->list[i]);
        }
    }
    if (n->height > LIMIT_FEEL_TREE_HEIGHT) {
        n->height = LIMIT_FEEL_TREE_HEIGHT;
        t->too_large = true;
    }
    return n;
}

/* A node that covers its children's text, from `first` to `last`. */
static struct feel_node *covering(struct feel_tree *t, enum feel_node_kind kind, const struct feel_node *first,
                                  const struct feel_node *last)
{
    struct feel_node *n = feel__node(t, kind, first != NULL ? first->from : 0, last != NULL ? last->to : 0);
    return n;
}

struct feel_node *feel_tree_constant(struct feel_tree *t, feel_value v)
{
    struct feel_node *n = feel__node(t, NODE_CONSTANT, 0, 0);
    n->value = v;
    return n;
}

struct feel_node *feel__node_failure(struct feel_tree *t, enum feel_diagnostic_code code, str text, uint32_t from,
                                     uint32_t to)
{
    feel__problem(t, code, text, from, to);
    struct feel_node *n = feel__node(t, NODE_FAILURE, from, to);
    n->op = (uint8_t)code;
    n->text = arena_str(t->arena, text);
    return n;
}

struct feel_node *feel_tree_failure(struct feel_tree *t, enum feel_diagnostic_code code, str text)
{
    return feel__node_failure(t, code, text, 0, (uint32_t)t->source->text.len);
}

struct feel_node *feel__node_name(struct feel_tree *t, struct feel_decl *decl, uint32_t from, uint32_t to)
{
    struct feel_node *n = feel__node(t, NODE_NAME, from, to);
    n->decl = decl;
    n->type = decl->type;
    decl->used = true;
    return n;
}

struct feel_node *feel_tree_name(struct feel_tree *t, str name)
{
    str pattern = feel__name_pattern(t->arena, name);
    for (uint32_t i = t->local_count; i > 0; i--) {
        if (str_eq(t->locals[i - 1]->pattern, pattern)) {
            return feel__node_name(t, t->locals[i - 1], 0, 0);
        }
    }
    struct feel_decl *d = pattern.len == 0 ? NULL : feel__scope_find(t->scope, pattern);
    if (d == NULL || d->kind == DECL_NAMESPACE) {
        return feel_tree_failure(t, FEEL_DIAG_UNKNOWN_NAME, name);
    }
    return feel__node_name(t, d, 0, 0);
}

static struct feel_node **copy_nodes(struct feel_tree *t, struct feel_node *const *nodes, uint32_t count)
{
    struct feel_node **copy = arena_alloc(t->arena, count * sizeof *copy);
    if (count > 0) {
        memcpy(copy, nodes, count * sizeof *copy);
    }
    return copy;
}

static struct feel_decl **copy_decls(struct feel_tree *t, struct feel_decl *const *decls, uint32_t count)
{
    struct feel_decl **copy = arena_alloc(t->arena, count * sizeof *copy);
    if (count > 0) {
        memcpy(copy, decls, count * sizeof *copy);
    }
    return copy;
}

struct feel_node *feel_tree_context(struct feel_tree *t, struct feel_decl *const *names,
                                    struct feel_node *const *values, uint32_t count, struct feel_node *result)
{
    struct feel_node *n = covering(t, NODE_CONTEXT, NULL, NULL);
    n->decls = copy_decls(t, names, count);
    n->list = copy_nodes(t, values, count);
    n->count = count;
    n->a = result;
    return feel__close(t, n);
}

struct feel_node *feel_tree_list(struct feel_tree *t, struct feel_node *const *items, uint32_t count)
{
    struct feel_node *n = covering(t, NODE_LIST, NULL, NULL);
    n->list = copy_nodes(t, items, count);
    n->count = count;
    return feel__close(t, n);
}

struct feel_node *feel_tree_if(struct feel_tree *t, struct feel_node *condition, struct feel_node *yes,
                               struct feel_node *no)
{
    struct feel_node *n = covering(t, NODE_IF, condition, no);
    n->a = condition;
    n->b = yes;
    n->c = no;
    return feel__close(t, n);
}

struct feel_node *feel_tree_filter(struct feel_tree *t, struct feel_node *list, struct feel_decl *item,
                                   struct feel_node *predicate)
{
    struct feel_node *n = covering(t, NODE_FILTER, list, predicate);
    n->a = list;
    n->decl = item;
    n->b = predicate;
    return feel__close(t, n);
}

struct feel_node *feel_tree_loop(struct feel_tree *t, enum feel_loop kind, struct feel_decl *name,
                                 struct feel_node *domain, struct feel_decl *partial, struct feel_node *body)
{
    struct feel_node *n = covering(t, NODE_LOOP, domain, body);
    n->op = (uint8_t)kind;
    n->decl = name;
    n->a = domain;
    n->decl2 = partial;
    if (partial != NULL) {
        partial->kind = DECL_PARTIAL;
    }
    n->b = body;
    return feel__close(t, n);
}

struct feel_node *feel_tree_function(struct feel_tree *t, struct feel_decl *const *parameters, uint32_t count,
                                     struct feel_node *body)
{
    struct feel_node *n = covering(t, NODE_FUNCTION, NULL, body);
    n->decls = copy_decls(t, parameters, count);
    n->count = count;
    n->a = body;
    return feel__close(t, n);
}

struct feel_node *feel_tree_call(struct feel_tree *t, struct feel_node *function, struct feel_node *const *args,
                                 const str *names, uint32_t count)
{
    struct feel_node *n = covering(t, NODE_CALL, function, function);
    n->a = function;
    n->list = copy_nodes(t, args, count);
    n->count = count;
    if (names != NULL) {
        str *copy = arena_alloc(t->arena, count * sizeof *copy);
        for (uint32_t i = 0; i < count; i++) {
            copy[i] = arena_str(t->arena, names[i]);
        }
        n->names = copy;
    }
    return feel__close(t, n);
}

struct feel_node *feel_tree_coerce(struct feel_tree *t, struct feel_node *node, const struct feel_type *type)
{
    if (type == NULL || (type->kind == FEEL_TYPE_ANY && type->allowed == NULL)) {
        return node;
    }
    struct feel_node *n = covering(t, NODE_COERCE, node, node);
    n->a = node;
    n->type = type;
    return feel__close(t, n);
}

struct feel_node *feel_tree_rules(struct feel_tree *t, const struct feel_rules *rules)
{
    struct feel_node *n = covering(t, NODE_RULES, NULL, NULL);
    n->rules = rules;
    for (uint32_t i = 0; i < rules->input_count; i++) {
        raise(n, rules->inputs[i]);
    }
    for (uint32_t r = 0; r < rules->rule_count; r++) {
        for (uint32_t i = 0; i < rules->input_count; i++) {
            raise(n, rules->rules[r].tests[i]);
        }
        for (uint32_t o = 0; o < rules->output_count; o++) {
            raise(n, rules->rules[r].outputs[o]);
        }
    }
    return feel__close(t, n);
}

/* ---- Text ---- */

/* The failure that a text which cannot be read evaluates to. */
static struct feel_node *broken(struct feel_tree *t, str source, const struct error *err)
{
    str text = err->detail[0] == '\0' ? str_of(err->message)
                                      : arena_printf(t->arena, "%s: %s", err->message, err->detail);
    uint32_t at = err->where.column > 0 ? err->where.column - 1 : 0;
    uint32_t length = (uint32_t)source.len;
    return feel__node_failure(t, FEEL_DIAG_SYNTAX, text, at < length ? at : length, length);
}

struct feel_node *feel_tree_parse(struct feel_tree *t, str source)
{
    struct error err = { .code = OK };
    struct feel_node *n = NULL;
    uint32_t locals = t->local_count;
    if (feel__parse(t, arena_str(t->arena, source), &n, &err) != OK) {
        t->local_count = locals;
        return broken(t, source, &err);
    }
    return n;
}

struct feel_node *feel_tree_parse_tests(struct feel_tree *t, str source, struct feel_decl *input)
{
    struct error err = { .code = OK };
    struct feel_node *n = NULL;
    uint32_t locals = t->local_count;
    if (feel__parse_tests(t, arena_str(t->arena, source), input, &n, &err) != OK) {
        t->local_count = locals;
        return broken(t, source, &err);
    }
    return n;
}

/* ---- What is known of a node's value ---- */

static const struct feel_type *list_of(struct feel_tree *t, const struct feel_type *element)
{
    struct feel_type *type = ARENA_NEW(t->arena, struct feel_type);
    type->kind = FEEL_TYPE_LIST;
    type->element = element;
    return type;
}

static const struct feel_type *context_type(struct feel_tree *t, const struct feel_node *n)
{
    struct feel_field *fields = ARENA_ARRAY(t->arena, struct feel_field, n->count);
    for (uint32_t i = 0; i < n->count; i++) {
        const struct feel_type *type = feel__node_type(t, n->list[i]);
        fields[i].name = n->decls[i]->name;
        fields[i].type = type != NULL ? type : feel_type_named(STR("Any"));
    }
    struct feel_type *type = ARENA_NEW(t->arena, struct feel_type);
    type->kind = FEEL_TYPE_CONTEXT;
    type->count = n->count;
    type->fields = fields;
    return type;
}

/* What fits all the nodes; NULL when nothing is known of one. */
static const struct feel_type *common_type(struct feel_tree *t, struct feel_node *const *nodes, uint32_t count)
{
    const struct feel_type *common = feel__node_type(t, nodes[0]);
    for (uint32_t i = 1; common != NULL && i < count; i++) {
        const struct feel_type *type = feel__node_type(t, nodes[i]);
        common = type == NULL ? NULL : feel__merge_types(t->arena, common, type);
    }
    return common;
}

static const struct feel_type *compute_type(struct feel_tree *t, const struct feel_node *n)
{
    switch (n->kind) {
    case NODE_CONTEXT:
        return n->a != NULL ? feel__node_type(t, n->a) : context_type(t, n);
    case NODE_LIST:
        return n->count > 0 ? list_of(t, common_type(t, n->list, n->count)) : NULL;
    case NODE_LOOP:
        return n->op == FEEL_FOR ? list_of(t, feel__node_type(t, n->b)) : NULL;
    case NODE_FILTER:
        return feel__node_type(t, n->a);
    case NODE_IF: {
        struct feel_node *const branches[] = { n->b, n->c };
        return common_type(t, branches, 2);
    }
    case NODE_CALL: {
        const struct feel_type *f = feel__node_type(t, n->a);
        return f != NULL && f->kind == FEEL_TYPE_FUNCTION ? f->result : NULL;
    }
    default:
        return NULL;
    }
}

/* Types are worked out when somebody asks, and kept: most expressions never need them. */
const struct feel_type *feel__node_type(struct feel_tree *t, const struct feel_node *n)
{
    if (n->type == NULL && n->kind != NODE_INSTANCE) {
        ((struct feel_node *)n)->type = compute_type(t, n);
    }
    return n->kind == NODE_INSTANCE ? NULL : n->type;
}
