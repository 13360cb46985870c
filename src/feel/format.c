/* format: a tree back to text. Parsing that text gives the same tree again, which tests/feel.c tests for every
 * expression it runs. Parentheses are put by binding power; from the source are kept only those around a name.
 */
#include "feel/tree_int.h"

enum {
    TIGHT_OR = 1,
    TIGHT_AND,
    TIGHT_COMPARISON,
    TIGHT_SUM,
    TIGHT_PRODUCT,
    TIGHT_EXPONENT,
    TIGHT_UNARY,
    TIGHT_POSTFIX
};

static void format(const struct feel_node *n, int tightness, struct buf *out);

static const char *const operator_text[] = {
    [FEEL_ADD] = "+", [FEEL_SUB] = "-", [FEEL_MUL] = "*", [FEEL_DIV] = "/",  [FEEL_POW] = "**", [FEEL_EQ] = "=",
    [FEEL_NE] = "!=", [FEEL_LT] = "<",  [FEEL_LE] = "<=", [FEEL_GT] = ">",   [FEEL_GE] = ">=",
};

static int binary_tightness(uint8_t op)
{
    switch (op) {
    case FEEL_ADD:
    case FEEL_SUB: return TIGHT_SUM;
    case FEEL_MUL:
    case FEEL_DIV: return TIGHT_PRODUCT;
    case FEEL_POW: return TIGHT_EXPONENT;
    default: return TIGHT_COMPARISON;
    }
}

/* How tightly the outermost operator of a node binds; a node that binds looser than its place is bracketed. */
static int node_tightness(const struct feel_node *n)
{
    switch ((enum feel_node_kind)n->kind) {
    case NODE_OR: return TIGHT_OR;
    case NODE_AND: return TIGHT_AND;
    case NODE_BETWEEN:
    case NODE_IN: return TIGHT_COMPARISON;
    case NODE_BINARY: return binary_tightness(n->op);
    case NODE_NEGATE: return TIGHT_UNARY;
    case NODE_CONSTANT:
        return n->value.kind == FEEL_NUMBER && dec_is_negative(n->value.number) ? TIGHT_UNARY : TIGHT_POSTFIX;
    case NODE_IF:
    case NODE_LOOP:
    case NODE_FUNCTION: return 0;
    case NODE_COMPARISON: return 0;
    case NODE_RANGE: return (n->flags & NODE_LOOP_RANGE) != 0 ? 0 : TIGHT_POSTFIX;
    default: return TIGHT_POSTFIX;
    }
}

/* A name that the source has in backticks may be none without them; `at` is where one of them would be. */
static void format_name(const struct feel_node *n, uint32_t at, str name, struct buf *out)
{
    bool quoted = n->source != NULL && at < n->source->text.len && n->source->text.ptr[at] == '`';
    buf_addz(out, quoted ? "`" : "");
    buf_add(out, name);
    buf_addz(out, quoted ? "`" : "");
}

static void format_list(struct feel_node *const *list, uint32_t count, struct buf *out)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_addz(out, i > 0 ? ", " : "");
        format(list[i], 0, out);
    }
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Where "a-b" is a name, (a) - (b) is written so for a reason. */
static bool is_bracketed_name(const struct feel_node *n)
{
    if (n->kind != NODE_NAME || n->source == NULL) {
        return false;
    }
    str text = n->source->text;
    uint32_t before = n->from, after = n->to;
    while (before > 0 && is_space(text.ptr[before - 1])) {
        before--;
    }
    while (after < text.len && is_space(text.ptr[after])) {
        after++;
    }
    return before > 0 && text.ptr[before - 1] == '(' && after < text.len && text.ptr[after] == ')';
}

static void format_operand(const struct feel_node *n, int tightness, struct buf *out)
{
    bool bracketed = is_bracketed_name(n);
    buf_addz(out, bracketed ? "(" : "");
    format(n, tightness, out);
    buf_addz(out, bracketed ? ")" : "");
}

static void format_binary(const struct feel_node *n, const char *op, int tightness, struct buf *out)
{
    format_operand(n->a, tightness, out);
    buf_printf(out, " %s ", op);
    format_operand(n->b, tightness + 1, out);
}

/* A test that is a call of not() stands in parentheses: without them it would negate the tests. */
static bool reads_as_negation(const struct feel_node *n)
{
    return n->count == 1 && n->list[0]->kind == NODE_CALL && n->list[0]->a->kind == NODE_BUILTIN &&
           str_eq(n->list[0]->a->builtin->name, STR("not"));
}

static void format_tests(const struct feel_node *n, struct buf *out)
{
    bool negated = (n->flags & NODE_NEGATED) != 0, bracketed = !negated && reads_as_negation(n);
    buf_addz(out, negated ? "not(" : bracketed ? "(" : "");
    format_list(n->list, n->count, out);
    buf_addz(out, negated || bracketed ? ")" : "");
}

static void format_in(const struct feel_node *n, struct buf *out)
{
    format(n->a, TIGHT_SUM, out);
    buf_addz(out, " in (");
    format_list(n->list, n->count, out);
    buf_addc(out, ')');
}

static void format_call(const struct feel_node *n, struct buf *out)
{
    format(n->a, TIGHT_POSTFIX, out);
    buf_addc(out, '(');
    for (uint32_t i = 0; i < n->count; i++) {
        buf_addz(out, i > 0 ? ", " : "");
        if (n->names != NULL) {
            buf_printf(out, "%.*s: ", STR_ARG(n->names[i]));
        }
        format(n->list[i], 0, out);
    }
    buf_addc(out, ')');
}

static void format_domain(const struct feel_node *n, struct buf *out)
{
    buf_printf(out, "%.*s in ", STR_ARG(n->decl->name));
    if (n->a->kind == NODE_RANGE && (n->a->flags & NODE_LOOP_RANGE) != 0) {
        format(n->a->a, TIGHT_OR, out);
        buf_addz(out, "..");
        format(n->a->b, TIGHT_OR, out);
    } else {
        format(n->a, TIGHT_OR, out);
    }
}

static void format_loop(const struct feel_node *n, struct buf *out)
{
    static const char *const words[] = { [FEEL_FOR] = "for ", [FEEL_SOME] = "some ", [FEEL_EVERY] = "every " };
    buf_addz(out, words[n->op]);
    format_domain(n, out);
    const struct feel_node *body = n->b;
    while (body->kind == NODE_LOOP && (body->flags & NODE_INNER_LOOP) != 0) {
        buf_addz(out, ", ");
        format_domain(body, out);
        body = body->b;
    }
    buf_addz(out, n->op == FEEL_FOR ? " return " : " satisfies ");
    format(body, 0, out);
}

static void format_function(const struct feel_node *n, struct buf *out)
{
    buf_addz(out, "function(");
    for (uint32_t i = 0; i < n->count; i++) {
        buf_printf(out, "%s%.*s", i > 0 ? ", " : "", STR_ARG(n->decls[i]->name));
        if (n->decls[i]->type != NULL) {
            buf_addz(out, ": ");
            feel_type_print(n->decls[i]->type, out);
        }
    }
    buf_addz(out, ") ");
    format(n->a, 0, out);
}

static void format_external(const struct feel_node *n, struct buf *out)
{
    buf_addz(out, "external {java: {class: ");
    feel_print(n->b->value, out);
    buf_addz(out, ", method signature: ");
    feel_print(n->c->value, out);
    buf_addz(out, "}}");
}

static void format_context(const struct feel_node *n, struct buf *out)
{
    buf_addc(out, '{');
    for (uint32_t i = 0; i < n->count; i++) {
        buf_addz(out, i > 0 ? ", " : "");
        feel_print(feel_string(n->decls[i]->name), out);
        buf_addz(out, ": ");
        format(n->list[i], 0, out);
    }
    buf_addc(out, '}');
}

static void format_range(const struct feel_node *n, struct buf *out)
{
    buf_addc(out, (n->flags & NODE_START_INCLUDED) != 0 ? '[' : '(');
    format(n->a, TIGHT_SUM, out);
    buf_addz(out, "..");
    format(n->b, TIGHT_SUM, out);
    buf_addc(out, (n->flags & NODE_END_INCLUDED) != 0 ? ']' : ')');
}

/* A number as it is written, for 1e614 is longer and of another scale with all its digits. */
static void format_constant(const struct feel_node *n, struct buf *out)
{
    if (n->value.kind == FEEL_NUMBER && n->source != NULL && n->to > n->from) {
        buf_add(out, str_slice(n->source->text, n->from, n->to));
    } else {
        feel_print(n->value, out);
    }
}

static void format_node(const struct feel_node *n, struct buf *out)
{
    switch ((enum feel_node_kind)n->kind) {
    case NODE_CONSTANT: format_constant(n, out); break;
    case NODE_TEMPORAL: buf_printf(out, "@\"%.*s\"", STR_ARG(n->text)); break;
    case NODE_NAME: format_name(n, n->from, n->decl->name, out); break;
    case NODE_ITEM_NAME: format_name(n, n->from, n->text, out); break;
    case NODE_BUILTIN: format_name(n, n->from, n->builtin->name, out); break;
    case NODE_FAILURE:
        if (n->op == FEEL_DIAG_UNKNOWN_NAME) {
            format_name(n, n->from, n->text, out);
        } else {
            buf_add(out, str_slice(n->source->text, n->from, n->to));
        }
        break;
    case NODE_NEGATE: buf_addc(out, '-'); format(n->a, TIGHT_UNARY, out); break;
    case NODE_BINARY: format_binary(n, operator_text[n->op], binary_tightness(n->op), out); break;
    case NODE_AND: format_binary(n, "and", TIGHT_AND, out); break;
    case NODE_OR: format_binary(n, "or", TIGHT_OR, out); break;
    case NODE_BETWEEN:
        format(n->a, TIGHT_COMPARISON, out);
        buf_addz(out, " between ");
        format(n->b, TIGHT_SUM, out);
        buf_addz(out, " and ");
        format(n->c, TIGHT_SUM, out);
        break;
    case NODE_IN: format_in(n, out); break;
    case NODE_TESTS: format_tests(n, out); break;
    case NODE_INSTANCE:
        format(n->a, TIGHT_POSTFIX, out);
        buf_printf(out, " instance of %.*s", STR_ARG(n->text));
        break;
    case NODE_PATH:
        format(n->a, TIGHT_POSTFIX, out);
        buf_addc(out, '.');
        format_name(n, n->to - 1, n->text, out);
        break;
    case NODE_FILTER:
        format(n->a, TIGHT_POSTFIX, out);
        buf_addc(out, '[');
        format(n->b, 0, out);
        buf_addc(out, ']');
        break;
    case NODE_CALL: format_call(n, out); break;
    case NODE_IF:
        buf_addz(out, "if ");
        format(n->a, 0, out);
        buf_addz(out, " then ");
        format(n->b, 0, out);
        buf_addz(out, " else ");
        format(n->c, 0, out);
        break;
    case NODE_LOOP: format_loop(n, out); break;
    case NODE_FUNCTION: format_function(n, out); break;
    case NODE_EXTERNAL: format_external(n, out); break;
    case NODE_LIST:
        buf_addc(out, '[');
        format_list(n->list, n->count, out);
        buf_addc(out, ']');
        break;
    case NODE_CONTEXT: format_context(n, out); break;
    case NODE_RANGE: format_range(n, out); break;
    case NODE_COMPARISON: buf_printf(out, "%s ", operator_text[n->op]); format(n->a, TIGHT_SUM, out); break;
    case NODE_COERCE: format(n->a, 0, out); break;
    case NODE_RULES: break; /* has no text */
    }
}

static void format(const struct feel_node *n, int tightness, struct buf *out)
{
    bool brackets = node_tightness(n) < tightness;
    buf_addz(out, brackets ? "(" : "");
    format_node(n, out);
    buf_addz(out, brackets ? ")" : "");
}

enum error_code feel_format(const struct feel_scope *scope, str source, bool unary_tests, struct buf *out,
                            struct error *err)
{
    struct arena a = ARENA_INIT;
    struct feel_tree *t = feel_tree_new(&a, scope);
    struct feel_node *n = NULL;
    struct feel_decl *input = unary_tests ? feel_tree_declare(t, STR("?"), NULL) : NULL;
    enum error_code code = unary_tests ? feel__parse_tests(t, source, input, &n, err) : feel__parse(t, source, &n, err);
    if (code == OK && t->too_large) {
        code = error_set(err, ERROR_LIMIT, "the expression is too large");
    } else if (code == OK && n == NULL) {
        buf_addc(out, '-');
    } else if (code == OK) {
        format(n, 0, out);
    }
    arena_release(&a);
    return code;
}
