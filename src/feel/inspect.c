/* inspect: see inspect.h. One walk over the tree, which knows in how many filters and behind how many looks at a count
 * it is, and what the names of contexts around stand for. The height of a tree bounds the recursion. */
#include "feel/inspect.h"

#include "feel/tree_int.h"

const char *feel_trap_name(enum feel_trap trap)
{
    static const char *const names[FEEL_TRAPS] = {
        [FEEL_TRAP_SELF] = "self", [FEEL_TRAP_SUM] = "sum",       [FEEL_TRAP_EVERY] = "every",
        [FEEL_TRAP_NOT] = "not",   [FEEL_TRAP_HIDDEN] = "hidden",
    };
    return names[trap];
}

/* A context around, of whose entries the first `seen` can be named. */
struct binding {
    const struct feel_node *context;
    uint32_t seen;
    const struct binding *outer;
};

struct walk {
    feel_trap_sink *sink;
    void *context;
    const struct binding *bindings;
    uint32_t filters, guards;
};

static void visit(struct walk *w, const struct feel_node *n);

static void report(const struct walk *w, enum feel_trap trap, const struct feel_node *n, str name, str over)
{
    static const struct feel_source none = { .text = { "", 0 } };
    const struct feel_source *s = n->source == NULL ? &none : n->source;
    struct feel_trap_place place = { trap, name, over, s->text, s->origin, s->origin_line, n->from, n->to };
    w->sink(w->context, &place);
}

/* ---- What a node is ---- */

static bool is_builtin(const struct feel_node *n, const char *name)
{
    return n->kind == NODE_BUILTIN && str_eq(n->builtin->name, str_of(name));
}

/* A call of one of the built-ins, which end with NULL. */
static bool calls(const struct feel_node *n, const char *const *names)
{
    for (int i = 0; n->kind == NODE_CALL && names[i] != NULL; i++) {
        if (is_builtin(n->a, names[i])) {
            return true;
        }
    }
    return false;
}

/* The name "item" of a filter; over rows whose entries nobody knows it may also be an entry of theirs. */
static bool is_item(const struct feel_node *n)
{
    if (n->kind == NODE_ITEM_NAME && n->a != NULL && str_eq(n->text, STR("item"))) {
        n = n->a;
    }
    return n->kind == NODE_NAME && n->decl->kind == DECL_ITEM;
}

/* The name that a node simply is, or an empty text; item.level is level. */
static str simple_name(const struct feel_node *n)
{
    switch (n->kind) {
    case NODE_NAME: return n->decl->name;
    case NODE_ITEM_NAME: return n->text;
    case NODE_PATH: return is_item(n->a) ? n->text : STR("");
    default: return STR("");
    }
}

static bool is_null(const struct feel_node *n)
{
    return n->kind == NODE_CONSTANT && n->value.kind == FEEL_NULL;
}

static const struct feel_node *bound(const struct walk *w, const struct feel_decl *decl)
{
    for (const struct binding *b = w->bindings; b != NULL; b = b->outer) {
        for (uint32_t i = b->seen; i > 0; i--) {
            if (b->context->decls[i - 1] == decl) {
                return b->context->list[i - 1];
            }
        }
    }
    return NULL;
}

/* Whether the list is what a filter has left, as far as the text shows. `depth` bounds names that stand for names. */
static bool is_filtered(const struct walk *w, const struct feel_node *n, int depth)
{
    const struct feel_node *stands_for;
    switch (n->kind) {
    case NODE_FILTER: return n->b->kind != NODE_CONSTANT;
    case NODE_PATH:
    case NODE_COERCE: return is_filtered(w, n->a, depth);
    case NODE_LOOP: return n->op == FEEL_FOR && is_filtered(w, n->a, depth);
    case NODE_NAME:
        stands_for = depth == 0 ? NULL : bound(w, n->decl);
        return stands_for != NULL && is_filtered(w, stands_for, depth - 1);
    default: return false;
    }
}

/* The variable of the scope that a list is, or is a part of: nobody says that it has an element. */
static str variable_of(const struct feel_node *n)
{
    while (n->kind == NODE_PATH) {
        n = n->a;
    }
    return n->kind == NODE_NAME && n->decl->kind == DECL_SLOT ? n->decl->name : STR("");
}

/* ---- Guards ---- */

static bool looks(const struct feel_node *n);

static bool any_looks(struct feel_node *const *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (looks(list[i])) {
            return true;
        }
    }
    return false;
}

/* Whether a condition looks at how many there are, or whether something is null. */
static bool looks(const struct feel_node *n)
{
    static const char *const counting[] = { "count", "is empty", "list contains", NULL };
    switch (n->kind) {
    case NODE_CALL: return calls(n, counting) || any_looks(n->list, n->count);
    case NODE_BINARY:
        return ((n->op == FEEL_EQ || n->op == FEEL_NE) && (is_null(n->a) || is_null(n->b))) || looks(n->a) ||
               looks(n->b);
    case NODE_AND:
    case NODE_OR: return looks(n->a) || looks(n->b);
    case NODE_LOOP: return n->op == FEEL_SOME;
    default: return false;
    }
}

/* Visits a node behind a guard, where there is one. */
static void visit_behind(struct walk *w, bool guarded, const struct feel_node *n)
{
    w->guards += guarded;
    visit(w, n);
    w->guards -= guarded;
}

/* ---- Traps ---- */

static void check_binary(struct walk *w, const struct feel_node *n)
{
    str a = simple_name(n->a), b = simple_name(n->b);
    if (w->filters > 0 && n->op >= FEEL_EQ && a.len > 0 && str_eq(a, b)) {
        report(w, FEEL_TRAP_SELF, n, a, STR(""));
    }
}

static void check_call(struct walk *w, const struct feel_node *n)
{
    static const char *const sums[] = { "sum", "min", "max", "mean", "median", "product", "stddev", "mode", NULL };
    static const char *const all[] = { "all", NULL };
    static const char *const negation[] = { "not", NULL };
    bool one = n->count == 1;
    str over = one ? variable_of(n->list[0]) : STR("");
    bool sums_up = one && calls(n, sums), asks_all = one && calls(n, all);
    if (w->guards == 0 && sums_up && (over.len > 0 || is_filtered(w, n->list[0], 8))) {
        report(w, FEEL_TRAP_SUM, n, n->a->builtin->name, over);
    }
    if (w->guards == 0 && asks_all && (over.len > 0 || is_filtered(w, n->list[0], 8))) {
        report(w, FEEL_TRAP_EVERY, n, STR(""), over);
    }
    const struct feel_node *of = one && calls(n, negation) ? n->list[0] : NULL;
    if (of != NULL && w->guards == 0 && of->kind == NODE_BINARY && of->op == FEEL_EQ &&
        (of->b->kind == NODE_CONSTANT && of->b->value.kind == FEEL_STRING)) {
        report(w, FEEL_TRAP_NOT, n, simple_name(of->a), STR(""));
    }
}

/* The callee is a variable, and a built-in has its name. What is known to be a function is meant. */
static void check_callee(struct walk *w, const struct feel_node *n)
{
    const struct feel_builtin *builtin;
    str name = simple_name(n->a);
    const struct feel_type *type = n->a->kind == NODE_NAME ? n->a->decl->type : n->a->type;
    bool of_row = n->a->kind == NODE_ITEM_NAME && n->a->a == NULL;
    bool variable = n->a->kind == NODE_NAME && type != NULL && type->kind != FEEL_TYPE_ANY &&
                    n->a->decl->kind != DECL_SELF;
    if (name.len > 0 && (of_row || variable) && (type == NULL || type->kind != FEEL_TYPE_FUNCTION) &&
        feel__match_builtin(name.ptr, name.ptr + name.len, feel__word(name.ptr, name.ptr + name.len), &builtin) ==
            name.len) {
        report(w, FEEL_TRAP_HIDDEN, n, name, STR(""));
    }
}

static void check_tests(struct walk *w, const struct feel_node *n)
{
    bool text = false;
    for (uint32_t i = 0; i < n->count; i++) {
        if (is_null(n->list[i])) {
            return;
        }
        text |= n->list[i]->kind == NODE_CONSTANT && n->list[i]->value.kind == FEEL_STRING;
    }
    if ((n->flags & NODE_NEGATED) != 0 && text) {
        report(w, FEEL_TRAP_NOT, n, STR("?"), STR(""));
    }
}

static void check_every(struct walk *w, const struct feel_node *n)
{
    str variable = n->op == FEEL_EVERY ? variable_of(n->a) : STR("");
    if (n->op == FEEL_EVERY && w->guards == 0 && (variable.len > 0 || is_filtered(w, n->a, 8))) {
        report(w, FEEL_TRAP_EVERY, n, STR(""), variable);
    }
}

/* ---- The walk ---- */

static void visit_list(struct walk *w, struct feel_node *const *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        visit(w, list[i]);
    }
}

/* Entries see those before them. */
static void visit_context(struct walk *w, const struct feel_node *n)
{
    struct binding around = { .context = n, .outer = w->bindings };
    w->bindings = &around;
    for (uint32_t i = 0; i < n->count; i++) {
        visit(w, n->list[i]);
        around.seen = i + 1;
    }
    if (n->a != NULL) {
        visit(w, n->a);
    }
    w->bindings = around.outer;
}

static void visit_rules(struct walk *w, const struct feel_rules *r)
{
    for (uint32_t i = 0; i < r->input_count; i++) {
        visit(w, r->inputs[i]);
    }
    for (uint32_t i = 0; i < r->rule_count; i++) {
        for (uint32_t k = 0; k < r->input_count; k++) {
            if (r->rules[i].tests[k] != NULL) {
                visit(w, r->rules[i].tests[k]);
            }
        }
        visit_list(w, r->rules[i].outputs, r->output_count);
    }
    if (r->defaults != NULL) {
        visit_list(w, r->defaults, r->output_count);
    }
}

static void visit_some(struct walk *w, const struct feel_node *n)
{
    const struct feel_node *parts[] = { n->a, n->b, n->c };
    for (int i = 0; i < 3; i++) {
        if (parts[i] != NULL) {
            visit(w, parts[i]);
        }
    }
}

static void visit(struct walk *w, const struct feel_node *n)
{
    switch ((enum feel_node_kind)n->kind) {
    case NODE_CONSTANT:
    case NODE_TEMPORAL:
    case NODE_NAME:
    case NODE_BUILTIN:
    case NODE_FAILURE:
    case NODE_ITEM_NAME: return;
    case NODE_BINARY: check_binary(w, n); visit_some(w, n); return;
    case NODE_AND:
    case NODE_OR:
        visit_behind(w, looks(n->b), n->a);
        visit_behind(w, looks(n->a), n->b);
        return;
    case NODE_IF:
        visit(w, n->a);
        visit_behind(w, looks(n->a), n->b);
        visit_behind(w, looks(n->a), n->c);
        return;
    case NODE_TESTS:
        check_tests(w, n);
        visit_list(w, n->list, n->count);
        return;
    case NODE_IN:
        visit(w, n->a);
        visit_list(w, n->list, n->count);
        return;
    case NODE_FILTER:
        visit(w, n->a);
        w->filters++;
        visit(w, n->b);
        w->filters--;
        return;
    case NODE_CALL:
        check_call(w, n);
        check_callee(w, n);
        visit(w, n->a);
        visit_list(w, n->list, n->count);
        return;
    case NODE_LOOP: check_every(w, n); visit_some(w, n); return;
    case NODE_LIST:
    case NODE_EXTERNAL: visit_list(w, n->list, n->count); return;
    case NODE_CONTEXT: visit_context(w, n); return;
    case NODE_RULES: visit_rules(w, n->rules); return;
    default: visit_some(w, n); return;
    }
}

void feel_inspect(const struct feel_node *root, feel_trap_sink *sink, void *context)
{
    struct walk w = { .sink = sink, .context = context };
    visit(&w, root);
}

/* ---- Nulls ---- */

bool feel_answers_null(const struct feel_node *n)
{
    if (n->kind != NODE_TESTS) {
        return (n->flags & NODE_USES_INPUT) != 0 || is_null(n);
    }
    for (uint32_t i = 0; i < n->count; i++) {
        if (feel_answers_null(n->list[i])) {
            return true;
        }
    }
    return (n->flags & NODE_NEGATED) != 0;
}

bool feel_is_never_null(const struct feel_node *n)
{
    static const char *const known[] = { "count", "list contains", "string length", NULL };
    return n->kind == NODE_CONSTANT || calls(n, known) || (n->kind == NODE_COERCE && feel_is_never_null(n->a));
}

/* ---- Texts ---- */

struct names {
    str *items;
    uint32_t count, size;
};

static bool add_name(struct arena *a, struct names *n, str name)
{
    for (uint32_t i = 0; i < n->count; i++) {
        if (str_eq(n->items[i], name)) {
            return false;
        }
    }
    if (n->count == n->size) {
        uint32_t size = n->size == 0 ? 8 : n->size * 2;
        n->items = arena_grow(a, n->items, n->size * sizeof *n->items, size * sizeof *n->items);
        n->size = size;
    }
    n->items[n->count++] = arena_str(a, name);
    return true;
}

/* A tree over the scope with the names learned so far as locals; true when it shows more. */
static bool learn(struct arena *a, const struct feel_scope *scope, str source, bool unary_tests, struct names *names,
                  struct feel_node **ret, enum error_code *ret_code, struct error *err)
{
    struct feel_tree *t = feel_tree_new(a, scope);
    bool more = false;
    for (uint32_t i = 0; i < names->count; i++) {
        feel_tree_declare(t, names->items[i], NULL);
    }
    struct feel_decl *input = unary_tests ? feel_tree_declare(t, STR("?"), NULL) : NULL;
    *ret_code = unary_tests ? feel__parse_tests(t, source, input, ret, err) : feel__parse(t, source, ret, err);
    for (const struct feel_problem *p = feel_tree_problems(t); *ret_code == OK && p != NULL; p = p->next) {
        more |= p->code == FEEL_DIAG_UNKNOWN_NAME && add_name(a, names, p->text);
    }
    return more;
}

enum error_code feel_inspect_text(struct arena *a, const struct feel_scope *scope, str source, bool unary_tests,
                                  feel_trap_sink *sink, void *context, const str **ret_names, uint32_t *ret_count,
                                  struct error *err)
{
    struct names names = { NULL, 0, 0 };
    struct feel_node *root = NULL;
    enum error_code code;
    while (learn(a, scope, source, unary_tests, &names, &root, &code, err)) {
    }
    if (code == OK && root != NULL && sink != NULL) {
        feel_inspect(root, sink, context);
    }
    if (code == OK) {
        *ret_names = names.items;
        *ret_count = names.count;
    }
    return code;
}

static const struct feel_type *type_of_entry(struct arena *a, const struct feel_scope *scope, const struct feel_node *n)
{
    if (n->kind == NODE_CONSTANT) {
        return is_null(n) ? NULL : feel_type_of(a, n->value);
    }
    return n->kind == NODE_NAME ? n->decl->type : feel__node_type(feel_tree_new(a, scope), n);
}

bool feel_entries_of(struct arena *a, const struct feel_scope *scope, str source, const struct feel_entry **ret,
                     uint32_t *ret_count)
{
    struct names names = { NULL, 0, 0 };
    struct feel_node *root = NULL;
    struct error err = { .lang = LANG_EN };
    enum error_code code;
    while (learn(a, scope, source, false, &names, &root, &code, &err)) {
    }
    if (code != OK || root->kind != NODE_CONTEXT || root->a != NULL) {
        return false;
    }
    struct feel_entry *entries = ARENA_ARRAY(a, struct feel_entry, root->count);
    for (uint32_t i = 0; i < root->count; i++) {
        entries[i] = (struct feel_entry){ root->decls[i]->name, type_of_entry(a, scope, root->list[i]) };
    }
    *ret = entries;
    *ret_count = root->count;
    return true;
}
