/* compile: a tree to a program for the machine of vm.c.
 *
 * One function of FEEL becomes one unit of code. The compiler knows the height of the stack at every
 * instruction, so a local name is simply the slot where its value was pushed. A name of an outer function is
 * captured: copied into the function value when that is made, which is sound because nothing ever changes.
 *
 * Recursion follows the tree, whose height is bounded (LIMIT_FEEL_TREE_HEIGHT).
 */
#include "feel/program_int.h"

/* A growing array of `type`. */
#define VEC(type)             \
    struct {                  \
        type *ptr;            \
        uint32_t count, size; \
    }

#define VEC_ADD(arena, v, item)                                                                               \
    do {                                                                                                      \
        if ((v).count == (v).size) {                                                                          \
            uint32_t size_ = (v).size == 0 ? 8 : (v).size * 2;                                                \
            (v).ptr = arena_grow((arena), (v).ptr, (v).size * sizeof *(v).ptr, size_ * sizeof *(v).ptr);      \
            (v).size = size_;                                                                                 \
        }                                                                                                     \
        (v).ptr[(v).count++] = (item);                                                                        \
    } while (0)

struct compiler {
    struct feel_tree *tree;
    struct arena *arena;
    VEC(struct feel_code *) codes;
    VEC(feel_value) constants;
    VEC(str) names;
    VEC(const struct feel_shape *) shapes;
    VEC(const struct feel_type *) types;
    VEC(const struct feel_rules *) rules;
    VEC(const struct feel_external *) externals;
    VEC(const str *) name_lists;
    uint32_t cache_count;
};

struct unit {
    struct compiler *c;
    struct unit *outer;
    uint32_t level;
    VEC(struct feel_instruction) code;
    VEC(struct feel_span) spans;
    VEC(struct feel_capture) captures;
    uint32_t depth, deepest; /* of the stack */
    struct feel_span span;   /* of what is being compiled */
    uint32_t results;        /* slot of the list that the loops being compiled add to */
    uint32_t fail_jump;      /* innermost chain of jumps to the failure of the enclosing loop, + 1, or 0 */
};

static void compile(struct unit *u, const struct feel_node *n);

/* ---- Emitting ---- */

static uint32_t emit(struct unit *u, enum feel_opcode op, uint32_t a, uint32_t b, int effect)
{
    assert(b <= UINT16_MAX);
    struct feel_instruction i = { .op = (uint16_t)op, .b = (uint16_t)b, .a = a };
    VEC_ADD(u->c->arena, u->code, i);
    VEC_ADD(u->c->arena, u->spans, u->span);
    u->depth = (uint32_t)((int)u->depth + effect);
    u->deepest = u->depth > u->deepest ? u->depth : u->deepest;
    if (u->depth >= UINT16_MAX) {
        u->c->tree->too_large = true;
        u->depth = 1;
    }
    return u->code.count - 1;
}

static void more(struct unit *u, uint32_t a, uint32_t b)
{
    emit(u, OP_MORE, a, b, 0);
}

static uint32_t label(const struct unit *u)
{
    return u->code.count;
}

/* Lets the jump at `at` go to the present place. */
static void land(struct unit *u, uint32_t at)
{
    u->code.ptr[at].a = label(u);
}

/* Jumps to one place not yet known are chained through their targets: `at` + 1, 0 ends the chain. */
static void chain(struct unit *u, uint32_t *jumps, uint32_t at)
{
    u->code.ptr[at].a = *jumps;
    *jumps = at + 1;
}

static void land_chain(struct unit *u, uint32_t jumps)
{
    while (jumps != 0) {
        uint32_t at = jumps - 1;
        jumps = u->code.ptr[at].a;
        land(u, at);
    }
}

static uint32_t add_constant(struct unit *u, feel_value v)
{
    VEC_ADD(u->c->arena, u->c->constants, v);
    return u->c->constants.count - 1;
}

static uint32_t add_name(struct unit *u, str name)
{
    VEC_ADD(u->c->arena, u->c->names, name);
    return u->c->names.count - 1;
}

static uint32_t add_type(struct unit *u, const struct feel_type *type)
{
    VEC_ADD(u->c->arena, u->c->types, type);
    return u->c->types.count - 1;
}

static uint32_t new_cache(struct unit *u)
{
    uint32_t id = u->c->cache_count;
    if (id < UINT16_MAX - 1) {
        u->c->cache_count++;
    }
    return id;
}

/* ---- Constants ---- */

static bool is_constant(const struct feel_node *n)
{
    return n->kind == NODE_CONSTANT || n->kind == NODE_TEMPORAL;
}

/* The ends of a constant range must be of one comparable kind. */
static bool fold_range(struct unit *u, struct feel_range r, feel_value *ret)
{
    int order;
    feel_value low = r.start, high = r.end;
    bool open = low.kind == FEEL_NULL || high.kind == FEEL_NULL;
    if (open ? low.kind == high.kind : !feel__compare(low, high, &order) || order > 0) {
        return false;
    }
    *ret = feel_range_value(u->c->arena, r);
    return true;
}

struct feel_range feel__comparison_range(enum feel_operator op, feel_value v)
{
    bool up = op == FEEL_GT || op == FEEL_GE, down = op == FEEL_LT || op == FEEL_LE;
    bool included = op != FEEL_GT && op != FEEL_LT;
    struct feel_range r = { .comparison = true, .outside = op == FEEL_NE };
    if (!down) {
        r.start = v;
        r.start_included = included;
    }
    if (!up) {
        r.end = v;
        r.end_included = included;
    }
    return r;
}

static bool fold_list(struct unit *u, const struct feel_node *n, feel_value *ret)
{
    for (uint32_t i = 0; i < n->count; i++) {
        if (!is_constant(n->list[i])) {
            return false;
        }
    }
    feel_value *items = arena_alloc(u->c->arena, n->count * sizeof *items);
    for (uint32_t i = 0; i < n->count; i++) {
        items[i] = n->list[i]->value;
    }
    *ret = feel_list(items, n->count);
    return true;
}

static bool fold_binary(const struct feel_node *n, feel_value *ret)
{
    if (!is_constant(n->a) || !is_constant(n->b) || n->a->value.kind != FEEL_NUMBER ||
        n->b->value.kind != FEEL_NUMBER) {
        return false;
    }
    dec a = n->a->value.number, b = n->b->value.number, d;
    bool fine;
    switch (n->op) {
    case FEEL_ADD: fine = dec_add(a, b, &d); break;
    case FEEL_SUB: fine = dec_sub(a, b, &d); break;
    case FEEL_MUL: fine = dec_mul(a, b, &d); break;
    case FEEL_DIV: fine = dec_div(a, b, &d); break;
    default: fine = false; break;
    }
    if (fine) {
        *ret = feel_number(d);
    }
    return fine;
}

/* The value of a node that needs no running. */
static bool fold(struct unit *u, const struct feel_node *n, feel_value *ret)
{
    switch (n->kind) {
    case NODE_CONSTANT:
    case NODE_TEMPORAL:
        *ret = n->value;
        return true;
    case NODE_NEGATE:
        if (is_constant(n->a) && n->a->value.kind == FEEL_NUMBER) {
            *ret = feel_number(dec_neg(n->a->value.number));
            return true;
        }
        return false;
    case NODE_BINARY:
        return fold_binary(n, ret);
    case NODE_LIST:
        return fold_list(u, n, ret);
    case NODE_RANGE: {
        feel_value a, b;
        return (n->flags & NODE_LOOP_RANGE) == 0 && fold(u, n->a, &a) && fold(u, n->b, &b) &&
               fold_range(u, (struct feel_range){ .start = a, .end = b,
                                                  .start_included = (n->flags & NODE_START_INCLUDED) != 0,
                                                  .end_included = (n->flags & NODE_END_INCLUDED) != 0 }, ret);
    }
    case NODE_COMPARISON: {
        feel_value v;
        if (!fold(u, n->a, &v) || v.kind == FEEL_NULL ||
            (n->op != FEEL_EQ && n->op != FEEL_NE && !is_constant(n->a) && v.kind != FEEL_NUMBER)) {
            return false;
        }
        *ret = feel_range_value(u->c->arena, feel__comparison_range(n->op, v));
        return true;
    }
    default:
        return false;
    }
}

/* ---- Names ---- */

/* The index of the capture through which u reaches a declaration of an outer unit. */
static uint32_t capture(struct unit *u, const struct feel_decl *d)
{
    assert(u->outer != NULL);
    struct feel_capture want = { .from_slot = d->level == u->outer->level, .index = d->slot };
    if (!want.from_slot) {
        want.index = capture(u->outer, d);
    }
    for (uint32_t i = 0; i < u->captures.count; i++) {
        if (u->captures.ptr[i].from_slot == want.from_slot && u->captures.ptr[i].index == want.index) {
            return i;
        }
    }
    VEC_ADD(u->c->arena, u->captures, want);
    return u->captures.count - 1;
}

static void push_decl(struct unit *u, const struct feel_decl *d)
{
    if (d->kind == DECL_SLOT) {
        emit(u, OP_SLOT, d->slot, 0, 1);
    } else if (d->level == u->level) {
        emit(u, OP_LOCAL, d->slot, 0, 1);
    } else {
        emit(u, OP_CAPTURE, capture(u, d), 0, 1);
    }
}

/* The value just pushed is that of the name. */
static void bind(struct unit *u, struct feel_decl *d, uint32_t slot)
{
    d->level = u->level;
    d->slot = slot;
}

static void compile_item_name(struct unit *u, const struct feel_node *n)
{
    uint32_t name = add_name(u, n->text), more_at;
    if (n->decl->level == u->level && u->c->cache_count < UINT16_MAX - 1) {
        emit(u, OP_ENTRY, name, new_cache(u), 0);
        more_at = emit(u, OP_MORE, 0, n->decl->slot, 0);
    } else {
        push_decl(u, n->decl);
        emit(u, OP_ENTRY_OF_TOP, name, 0, -1);
        more_at = emit(u, OP_MORE, 0, 0, 0);
    }
    if (n->a != NULL) {
        compile(u, n->a);
    } else {
        emit(u, OP_FAIL, add_name(u, n->text), FEEL_DIAG_NO_ENTRY, 1);
    }
    land(u, more_at);
}

static void compile_builtin_value(struct unit *u, const struct feel_builtin *builtin)
{
    struct feel_function *f = ARENA_NEW(u->c->arena, struct feel_function);
    f->kind = FUNCTION_BUILTIN;
    f->name = builtin->name;
    f->builtin = builtin;
    feel_value v = { .kind = FEEL_FUNCTION, .function = f };
    emit(u, OP_CONSTANT, add_constant(u, v), 0, 1);
}

/* ---- Operators ---- */

static const uint16_t operator_codes[] = {
    [FEEL_ADD] = OP_ADD, [FEEL_SUB] = OP_SUB, [FEEL_MUL] = OP_MUL, [FEEL_DIV] = OP_DIV, [FEEL_POW] = OP_POW,
    [FEEL_EQ] = OP_EQ,   [FEEL_NE] = OP_NE,   [FEEL_LT] = OP_LT,   [FEEL_LE] = OP_LE,   [FEEL_GT] = OP_GT,
    [FEEL_GE] = OP_GE,
};

/* The operator with the right operand n on the stack's top value. */
static void compile_operand(struct unit *u, enum feel_operator op, const struct feel_node *right)
{
    feel_value k;
    if (op >= FEEL_EQ && fold(u, right, &k)) {
        emit(u, (enum feel_opcode)(OP_EQ_K + (op - FEEL_EQ)), add_constant(u, k), 0, 0);
        return;
    }
    compile(u, right);
    emit(u, operator_codes[op], 0, 0, -1);
}

static void compile_logic(struct unit *u, const struct feel_node *n, enum feel_opcode left, enum feel_opcode both)
{
    compile(u, n->a);
    uint32_t jump = emit(u, left, 0, 0, 0);
    compile(u, n->b);
    emit(u, both, 0, 0, -1);
    land(u, jump);
}

static void compile_if(struct unit *u, const struct feel_node *n)
{
    compile(u, n->a);
    uint32_t to_else = emit(u, OP_BRANCH, 0, 0, -1);
    uint32_t no_condition = emit(u, OP_MORE, 0, 0, 0);
    compile(u, n->b);
    uint32_t to_end = emit(u, OP_JUMP, 0, 0, -1);
    land(u, to_else);
    compile(u, n->c);
    land(u, to_end);
    land(u, no_condition);
}

/* ---- Tests ---- */

/* Pushes whether the value of `input` passes the test. */
static void compile_test(struct unit *u, const struct feel_node *test, const struct feel_decl *input)
{
    if ((test->flags & NODE_USES_INPUT) != 0 && test->kind != NODE_COMPARISON) {
        compile(u, test);
        if (input->level == u->level) {
            emit(u, OP_TESTED, 0, input->slot, 0);
        }
        return;
    }
    push_decl(u, input);
    if (test->kind == NODE_COMPARISON) {
        compile_operand(u, test->op, test->a);
        return;
    }
    feel_value k;
    if (fold(u, test, &k) && k.kind != FEEL_LIST && k.kind != FEEL_RANGE && k.kind != FEEL_NULL) {
        emit(u, OP_CONSTANT, add_constant(u, k), 0, 1);
        emit(u, OP_IN, 0, 0, -1);
        return;
    }
    compile(u, test);
    emit(u, OP_IN, 0, 0, -1);
}

/* Pushes whether the value passes any of the tests. */
static void compile_tests(struct unit *u, const struct feel_node *n)
{
    uint32_t jumps = 0;
    for (uint32_t i = 0; i < n->count; i++) {
        compile_test(u, n->list[i], n->decl);
        if (i > 0) {
            emit(u, OP_OR, 0, 0, -1);
        }
        if (i + 1 < n->count) {
            chain(u, &jumps, emit(u, OP_OR_LEFT, 0, 0, 0));
        }
    }
    land_chain(u, jumps);
    if (n->kind == NODE_TESTS && (n->flags & NODE_NEGATED) != 0) {
        emit(u, OP_NOT, 0, 0, 0);
    }
}

static void compile_in(struct unit *u, const struct feel_node *n)
{
    compile(u, n->a);
    bind(u, n->decl, u->depth - 1);
    compile_tests(u, n);
    emit(u, OP_SLIDE, 1, 0, -1);
}

/* ---- Filters and loops ---- */

/* A number that is known to be one picks an element. */
static bool is_index(struct unit *u, const struct feel_node *predicate)
{
    feel_value k;
    return fold(u, predicate, &k) && k.kind == FEEL_NUMBER;
}

static void compile_filter(struct unit *u, const struct feel_node *n)
{
    compile(u, n->a);
    if (is_index(u, n->b)) {
        compile(u, n->b);
        emit(u, OP_INDEX, 0, 0, -1);
        return;
    }
    uint32_t slot = u->depth - 1;
    uint32_t start = emit(u, OP_FILTER_START, 0, 0, 2);
    bind(u, n->decl, slot + 2);
    uint32_t body = label(u);
    compile(u, n->b);
    emit(u, OP_FILTER_TEST, body, slot, -1);
    land(u, start);
    emit(u, OP_FILTER_END, 0, slot, -2);
}

/* Pushes domain, end and variable; what is no domain jumps away through the chain. */
static void compile_domain(struct unit *u, const struct feel_node *n, uint32_t *failures)
{
    const struct feel_node *domain = n->a;
    if (domain->kind == NODE_RANGE && (domain->flags & NODE_LOOP_RANGE) != 0) {
        compile(u, domain->a);
        compile(u, domain->b);
        chain(u, failures, emit(u, OP_LOOP_RANGE, 0, 0, 1));
    } else {
        compile(u, domain);
        chain(u, failures, emit(u, OP_LOOP_START, 0, 0, 2));
    }
    bind(u, n->decl, u->depth - 1);
}

/* for: results in u->results. An inner loop that fails makes the whole fail: it drops its own three slots and
 * joins the failures of the loop around it. */
static void compile_for(struct unit *u, const struct feel_node *n, uint32_t *outer_failures)
{
    uint32_t failures = 0;
    compile_domain(u, n, &failures);
    uint32_t slot = u->depth - 3, next = label(u);
    uint32_t done = emit(u, OP_LOOP_NEXT, 0, slot, 0);
    if (n->b->kind == NODE_LOOP && (n->b->flags & NODE_INNER_LOOP) != 0) {
        compile_for(u, n->b, &failures);
        emit(u, OP_JUMP, next, 0, 0);
    } else {
        uint32_t results = u->results;
        compile(u, n->b);
        u->results = results;
        emit(u, OP_APPEND, next, results, -1);
    }
    land_chain(u, failures);
    emit(u, OP_POP, 3, 0, 0);
    chain(u, outer_failures, emit(u, OP_JUMP, 0, 0, 0));
    land(u, done);
    emit(u, OP_POP, 3, 0, -3);
}

static void compile_for_loops(struct unit *u, const struct feel_node *n)
{
    uint32_t saved = u->results, failures = 0;
    emit(u, OP_NEW_LIST, 0, 0, 1);
    u->results = u->depth - 1;
    if (n->decl2 != NULL) {
        bind(u, n->decl2, u->results);
    }
    compile_for(u, n, &failures);
    u->results = saved;
    uint32_t end = emit(u, OP_JUMP, 0, 0, 0);
    land_chain(u, failures);
    emit(u, OP_POP, 1, 0, -1);
    emit(u, OP_NULL, 0, 0, 1);
    land(u, end);
}

static void compile_quantified(struct unit *u, const struct feel_node *n)
{
    uint32_t failures = 0;
    bool some = n->op == FEEL_SOME;
    emit(u, OP_CONSTANT, add_constant(u, feel_boolean(!some)), 0, 1);
    uint32_t verdict = u->depth - 1;
    compile_domain(u, n, &failures);
    uint32_t slot = u->depth - 3, next = label(u);
    uint32_t done = emit(u, OP_LOOP_NEXT, 0, slot, 0);
    compile(u, n->b);
    uint32_t decided = emit(u, some ? OP_SOME : OP_EVERY, 0, verdict, -1);
    emit(u, OP_JUMP, next, 0, 0);
    land_chain(u, failures);
    emit(u, OP_POP, 4, 0, -4);
    emit(u, OP_NULL, 0, 0, 1);
    uint32_t end = emit(u, OP_JUMP, 0, 0, 3);
    land(u, done);
    land(u, decided);
    emit(u, OP_POP, 3, 0, -3);
    land(u, end);
}

static void compile_loop(struct unit *u, const struct feel_node *n)
{
    if (n->op == FEEL_FOR) {
        compile_for_loops(u, n);
    } else {
        compile_quantified(u, n);
    }
}

/* ---- Lists, contexts, ranges ---- */

static void compile_list(struct unit *u, const struct feel_node *n)
{
    for (uint32_t i = 0; i < n->count; i++) {
        compile(u, n->list[i]);
    }
    emit(u, OP_LIST, n->count, 0, 1 - (int)n->count);
}

static void compile_context(struct unit *u, const struct feel_node *n)
{
    str *names = arena_alloc(u->c->arena, (n->count + 1) * sizeof *names);
    for (uint32_t i = 0; i < n->count; i++) {
        compile(u, n->list[i]);
        bind(u, n->decls[i], u->depth - 1);
        names[i] = n->decls[i]->name;
    }
    if (n->a != NULL) {
        compile(u, n->a);
        emit(u, OP_SLIDE, n->count, 0, -(int)n->count);
        return;
    }
    VEC_ADD(u->c->arena, u->c->shapes, feel_shape_new(u->c->arena, names, n->count));
    emit(u, OP_CONTEXT, u->c->shapes.count - 1, 0, 1 - (int)n->count);
}

static void compile_range(struct unit *u, const struct feel_node *n)
{
    feel_value k;
    if (fold(u, n, &k)) {
        emit(u, OP_CONSTANT, add_constant(u, k), 0, 1);
        return;
    }
    compile(u, n->a);
    if (n->kind == NODE_COMPARISON) {
        emit(u, OP_COMPARISON, 0, n->op, 0);
        return;
    }
    compile(u, n->b);
    emit(u, OP_RANGE, 0, n->flags, -1);
}

/* ---- Functions ---- */

static struct feel_code *finish_unit(struct unit *u)
{
    struct feel_code *code = ARENA_NEW(u->c->arena, struct feel_code);
    code->instructions = u->code.ptr;
    code->spans = u->spans.ptr;
    code->count = u->code.count;
    code->stack_size = u->deepest + 1;
    code->captures = u->captures.ptr;
    code->capture_count = u->captures.count;
    return code;
}

static void compile_function(struct unit *u, const struct feel_node *n)
{
    struct unit inner = { .c = u->c, .outer = u, .level = u->level + 1, .span = u->span };
    struct feel_field *parameters = ARENA_ARRAY(u->c->arena, struct feel_field, n->count);
    inner.depth = inner.deepest = 1;
    if (n->decl2 != NULL) {
        bind(&inner, n->decl2, 0);
    }
    for (uint32_t i = 0; i < n->count; i++) {
        parameters[i] = (struct feel_field){ n->decls[i]->name, n->decls[i]->type };
        bind(&inner, n->decls[i], inner.depth++);
    }
    inner.deepest = inner.depth;
    compile(&inner, n->a);
    emit(&inner, OP_RETURN, 0, 0, 0);
    struct feel_code *code = finish_unit(&inner);
    code->parameter_count = n->count;
    code->parameters = parameters;
    VEC_ADD(u->c->arena, u->c->codes, code);
    emit(u, OP_FUNCTION, u->c->codes.count - 1, 0, 1);
}

static uint32_t add_names(struct unit *u, const struct feel_node *call)
{
    VEC_ADD(u->c->arena, u->c->name_lists, call->names);
    return u->c->name_lists.count - 1;
}

static void compile_call(struct unit *u, const struct feel_node *n)
{
    bool direct = n->a->kind == NODE_BUILTIN;
    if (!direct) {
        compile(u, n->a);
    }
    for (uint32_t i = 0; i < n->count; i++) {
        compile(u, n->list[i]);
    }
    int effect = -(int)n->count;
    if (direct) {
        uint32_t row = (uint32_t)(n->a->builtin - feel__builtins);
        emit(u, n->names != NULL ? OP_BUILTIN_NAMED : OP_BUILTIN, row, n->count, effect + 1);
        if (n->names != NULL) {
            more(u, add_names(u, n), 0);
        }
    } else if (n->names != NULL) {
        emit(u, OP_CALL_NAMED, n->count, add_names(u, n), effect);
    } else {
        emit(u, OP_CALL, n->count, 0, effect);
    }
}

static void compile_external(struct unit *u, const struct feel_node *n)
{
    if (n->external == NULL) {
        emit(u, OP_FAIL, add_name(u, n->text), FEEL_DIAG_EXTERNAL, 1);
        return;
    }
    for (uint32_t i = 0; i < n->count; i++) {
        compile(u, n->list[i]);
    }
    VEC_ADD(u->c->arena, u->c->externals, n->external);
    emit(u, OP_EXTERNAL, u->c->externals.count - 1, n->count, 1 - (int)n->count);
}

/* ---- Rules ---- */

static void compile_rule(struct unit *u, const struct feel_rules *rules, uint32_t id, uint32_t r, uint32_t hits)
{
    uint32_t misses[LIMIT_DMN_COLUMNS], miss_count = 0;
    const struct feel_rule *rule = &rules->rules[r];
    for (uint32_t i = 0; i < rules->input_count; i++) {
        if (rule->tests[i] == NULL) {
            continue;
        }
        compile(u, rule->tests[i]);
        misses[miss_count++] = emit(u, OP_RULE_TEST, 0, i, -1);
        more(u, id, hits);
        more(u, r, 0);
    }
    for (uint32_t o = 0; o < rules->output_count; o++) {
        compile(u, rule->outputs[o]);
    }
    emit(u, OP_RULE_HIT, r, hits, -(int)rules->output_count);
    more(u, id, 0);
    for (uint32_t i = 0; i < miss_count; i++) {
        land(u, misses[i]);
    }
}

/* Inputs, hits, then rule after rule; what the hits come to is the finish function's business. */
static void compile_rules(struct unit *u, const struct feel_node *n)
{
    const struct feel_rules *rules = n->rules;
    for (uint32_t i = 0; i < rules->input_count; i++) {
        compile(u, rules->inputs[i]);
        bind(u, rules->input_decls[i], u->depth - 1);
    }
    VEC_ADD(u->c->arena, u->c->rules, rules);
    uint32_t id = u->c->rules.count - 1, hits = u->depth, jumps = 0;
    emit(u, OP_RULES_START, id, 0, 1);
    for (uint32_t r = 0; r < rules->rule_count; r++) {
        compile_rule(u, rules, id, r, hits);
        if (rules->first_only && r + 1 < rules->rule_count) {
            chain(u, &jumps, emit(u, OP_RULES_ANY, 0, hits, 0));
        }
    }
    if (rules->defaults != NULL) {
        chain(u, &jumps, emit(u, OP_RULES_ANY, 0, hits, 0));
        for (uint32_t o = 0; o < rules->output_count; o++) {
            compile(u, rules->defaults[o]);
        }
        emit(u, OP_RULE_HIT, UINT32_MAX, hits, -(int)rules->output_count);
        more(u, id, 0);
    }
    land_chain(u, jumps);
    emit(u, OP_RULES_END, id, hits, -(int)rules->input_count);
}

/* ---- All nodes ---- */

static void compile_path(struct unit *u, const struct feel_node *n)
{
    compile(u, n->a);
    emit(u, OP_PATH, add_name(u, n->text), new_cache(u), 0);
}

static void compile_node(struct unit *u, const struct feel_node *n)
{
    feel_value k;
    switch ((enum feel_node_kind)n->kind) {
    case NODE_CONSTANT:
    case NODE_TEMPORAL: emit(u, OP_CONSTANT, add_constant(u, n->value), 0, 1); break;
    case NODE_NAME: push_decl(u, n->decl); break;
    case NODE_ITEM_NAME: compile_item_name(u, n); break;
    case NODE_BUILTIN: compile_builtin_value(u, n->builtin); break;
    case NODE_FAILURE: emit(u, OP_FAIL, add_name(u, n->text), n->op, 1); break;
    case NODE_NEGATE:
        if (fold(u, n, &k)) {
            emit(u, OP_CONSTANT, add_constant(u, k), 0, 1);
            break;
        }
        compile(u, n->a);
        emit(u, OP_NEGATE, 0, 0, 0);
        break;
    case NODE_BINARY:
        if (fold(u, n, &k)) {
            emit(u, OP_CONSTANT, add_constant(u, k), 0, 1);
            break;
        }
        compile(u, n->a);
        compile_operand(u, n->op, n->b);
        break;
    case NODE_AND: compile_logic(u, n, OP_AND_LEFT, OP_AND); break;
    case NODE_OR: compile_logic(u, n, OP_OR_LEFT, OP_OR); break;
    case NODE_BETWEEN:
        compile(u, n->a);
        compile(u, n->b);
        compile(u, n->c);
        emit(u, OP_BETWEEN, 0, 0, -2);
        break;
    case NODE_IN: compile_in(u, n); break;
    case NODE_TESTS: compile_tests(u, n); break;
    case NODE_INSTANCE:
        compile(u, n->a);
        emit(u, OP_INSTANCE, add_type(u, n->type), 0, 0);
        break;
    case NODE_PATH: compile_path(u, n); break;
    case NODE_FILTER: compile_filter(u, n); break;
    case NODE_CALL: compile_call(u, n); break;
    case NODE_IF: compile_if(u, n); break;
    case NODE_LOOP: compile_loop(u, n); break;
    case NODE_FUNCTION: compile_function(u, n); break;
    case NODE_EXTERNAL: compile_external(u, n); break;
    case NODE_LIST:
        if (fold(u, n, &k)) {
            emit(u, OP_CONSTANT, add_constant(u, k), 0, 1);
            break;
        }
        compile_list(u, n);
        break;
    case NODE_CONTEXT: compile_context(u, n); break;
    case NODE_RANGE:
    case NODE_COMPARISON: compile_range(u, n); break;
    case NODE_COERCE:
        compile(u, n->a);
        emit(u, OP_COERCE, add_type(u, n->type), 0, 0);
        break;
    case NODE_RULES: compile_rules(u, n); break;
    }
}

static void compile(struct unit *u, const struct feel_node *n)
{
    struct feel_span outer = u->span;
    u->span = (struct feel_span){ n->source, n->from, n->to };
    uint32_t depth = u->depth;
    compile_node(u, n);
    assert(u->depth == depth + 1 || u->c->tree->too_large);
    u->span = outer;
}

/* ---- Programs ---- */

static struct feel_program *link_program(const struct compiler *c)
{
    struct feel_program *p = ARENA_NEW(c->arena, struct feel_program);
    p->codes = c->codes.ptr;
    p->code_count = c->codes.count;
    p->constants = c->constants.ptr;
    p->constant_count = c->constants.count;
    p->names = c->names.ptr;
    p->name_count = c->names.count;
    p->shapes = c->shapes.ptr;
    p->shape_count = c->shapes.count;
    p->types = c->types.ptr;
    p->type_count = c->types.count;
    p->rules = c->rules.ptr;
    p->externals = c->externals.ptr;
    p->name_lists = c->name_lists.ptr;
    p->cache_count = c->cache_count;
    return p;
}

/* Compiles with `input` (of unary tests, or NULL) in slot 1. */
static enum error_code compile_program(struct feel_tree *t, const struct feel_node *root, struct feel_decl *input,
                                       const struct feel_program **ret, struct error *err)
{
    struct compiler c = { .tree = t, .arena = t->arena };
    VEC_ADD(c.arena, c.codes, NULL);
    struct unit u = { .c = &c, .depth = 1, .deepest = 1 };
    if (input != NULL) {
        bind(&u, input, u.depth++);
        u.deepest = u.depth;
    }
    if (!t->too_large) {
        compile(&u, root);
        emit(&u, OP_RETURN, 0, 0, 0);
    }
    if (t->too_large) {
        error_set(err, ERROR_LIMIT, "the expression is too large");
        error_detail(err, "limit %s = %d", "FEEL_NODES", LIMIT_FEEL_NODES);
        return ERROR_LIMIT;
    }
    c.codes.ptr[0] = finish_unit(&u);
    *ret = link_program(&c);
    return OK;
}

enum error_code feel_tree_finish(struct feel_tree *t, struct feel_node *root, const struct feel_program **ret,
                                 struct error *err)
{
    return compile_program(t, root, NULL, ret, err);
}

enum error_code feel_compile(struct arena *a, const struct feel_scope *scope, str source,
                             const struct feel_program **ret, struct error *err)
{
    struct error local = { .code = OK };
    err = err != NULL ? err : &local;
    struct feel_tree *t = feel_tree_new(a, scope);
    struct feel_node *root;
    enum error_code code = feel__parse(t, source, &root, err);
    return code == OK ? compile_program(t, root, NULL, ret, err) : code;
}

enum error_code feel_compile_tests(struct arena *a, const struct feel_scope *scope, str source,
                                   const struct feel_program **ret, struct error *err)
{
    struct error local = { .code = OK };
    err = err != NULL ? err : &local;
    struct feel_tree *t = feel_tree_new(a, scope);
    struct feel_decl *input = feel_tree_declare(t, STR("?"), NULL);
    struct feel_node *root;
    enum error_code code = feel__parse_tests(t, source, input, &root, err);
    if (code != OK) {
        return code;
    }
    if (root == NULL) {
        root = feel_tree_constant(t, feel_boolean(true));
    }
    return compile_program(t, root, input, ret, err);
}
