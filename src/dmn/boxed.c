/* boxed: DMN's boxed expressions (10.2) to FEEL trees, one function a kind. */
#include "dmn/dmn_int.h"

static struct feel_node *boxed_literal(struct dmn_builder *b, const struct xml_node *x);
static struct feel_node *boxed_context(struct dmn_builder *b, const struct xml_node *x);
static struct feel_node *boxed_invocation(struct dmn_builder *b, const struct xml_node *x);
static struct feel_node *boxed_list(struct dmn_builder *b, const struct xml_node *x);
static struct feel_node *boxed_relation(struct dmn_builder *b, const struct xml_node *x);
static struct feel_node *boxed_function(struct dmn_builder *b, const struct xml_node *x);
static struct feel_node *boxed_conditional(struct dmn_builder *b, const struct xml_node *x);
static struct feel_node *boxed_filter(struct dmn_builder *b, const struct xml_node *x);
static struct feel_node *boxed_for(struct dmn_builder *b, const struct xml_node *x);
static struct feel_node *boxed_some(struct dmn_builder *b, const struct xml_node *x);
static struct feel_node *boxed_every(struct dmn_builder *b, const struct xml_node *x);

static const struct boxed_kind {
    const char *element;
    struct feel_node *(*build)(struct dmn_builder *b, const struct xml_node *x);
} kinds[] = {
    { "literalExpression", boxed_literal }, { "decisionTable", dmn__table },
    { "context", boxed_context },           { "invocation", boxed_invocation },
    { "list", boxed_list },                 { "relation", boxed_relation },
    { "functionDefinition", boxed_function }, { "conditional", boxed_conditional },
    { "filter", boxed_filter },             { "for", boxed_for },
    { "some", boxed_some },                 { "every", boxed_every },
};

static const struct boxed_kind *kind_of(const struct xml_node *x)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (dmn__is(x, kinds[i].element)) {
            return &kinds[i];
        }
    }
    return NULL;
}

const struct xml_node *dmn__expression(const struct xml_node *x)
{
    const struct xml_node *c = x == NULL ? NULL : x->first_child;
    while (c != NULL && kind_of(c) == NULL) {
        c = c->next;
    }
    return c;
}

struct feel_node *dmn__parse(struct dmn_builder *b, const struct xml_node *at, str text)
{
    feel_tree_origin(b->tree, b->where, at->line);
    return feel_tree_parse(b->tree, text);
}

static struct feel_node *failure(struct dmn_builder *b, const struct xml_node *at, const char *text)
{
    dmn__problem(b->model, DMN_MODEL, b->node->instance, b->where, at, text, STR(""), STR(""))->owner = b->node;
    feel_tree_origin(b->tree, b->where, at->line);
    return feel_tree_failure(b->tree, FEEL_DIAG_MODEL, str_of(text));
}

/* The expression of x; one that is missing is null. */
struct feel_node *dmn__boxed(struct dmn_builder *b, const struct xml_node *x)
{
    return kind_of(x)->build(b, x);
}

/* The expression inside x, which is some part of a boxed expression. */
static struct feel_node *inside(struct dmn_builder *b, const struct xml_node *x, const struct xml_node *parent)
{
    const struct xml_node *e = dmn__expression(x);
    return e != NULL ? dmn__boxed(b, e) : failure(b, x != NULL ? x : parent, "an expression is missing");
}

static struct feel_node *boxed_literal(struct dmn_builder *b, const struct xml_node *x)
{
    str text = dmn__text(x);
    if (text.len == 0) {
        return failure(b, x, "an expression is missing");
    }
    const struct xml_node *at = dmn__child(x, "text");
    return dmn__parse(b, at, text);
}

/* ---- Context ---- */

static uint32_t count_children(const struct xml_node *x, const char *name)
{
    uint32_t n = 0;
    for (const struct xml_node *c = dmn__child(x, name); c != NULL; c = dmn__next(c, name)) {
        n++;
    }
    return n;
}

/* Entries with a variable are names; the last without one is the result. */
static struct feel_node *boxed_context(struct dmn_builder *b, const struct xml_node *x)
{
    struct dmn_model *m = b->model;
    uint32_t size = count_children(x, "contextEntry"), count = 0;
    struct feel_decl **names = ARENA_ARRAY(m->arena, struct feel_decl *, size);
    struct feel_node **values = ARENA_ARRAY(m->arena, struct feel_node *, size), *result = NULL;
    str where = b->where;
    for (const struct xml_node *e = dmn__child(x, "contextEntry"); e != NULL; e = dmn__next(e, "contextEntry")) {
        const struct xml_node *variable = dmn__child(e, "variable");
        if (variable == NULL) {
            result = inside(b, e, x);
            break;
        }
        str name = dmn__attr(variable, "name");
        const struct feel_type *type = dmn__type(m, b->node->instance, variable, dmn__attr(variable, "typeRef"));
        b->where = arena_printf(m->arena, "%.*s.%.*s", STR_ARG(where), STR_ARG(name));
        values[count] = feel_tree_coerce(b->tree, inside(b, e, x), type);
        b->where = where;
        names[count++] = feel_tree_declare(b->tree, name, type);
    }
    b->where = where;
    feel_tree_forget(b->tree, count);
    return feel_tree_context(b->tree, names, values, count, result);
}

/* ---- Invocation ---- */

static struct feel_node *boxed_invocation(struct dmn_builder *b, const struct xml_node *x)
{
    struct dmn_model *m = b->model;
    struct feel_node *function = inside(b, x, x);
    uint32_t size = count_children(x, "binding"), count = 0;
    struct feel_node **args = ARENA_ARRAY(m->arena, struct feel_node *, size);
    str *names = ARENA_ARRAY(m->arena, str, size);
    for (const struct xml_node *e = dmn__child(x, "binding"); e != NULL; e = dmn__next(e, "binding")) {
        const struct xml_node *parameter = dmn__child(e, "parameter"), *value = dmn__expression(e);
        names[count] = parameter == NULL ? STR("") : dmn__attr(parameter, "name");
        args[count++] = value != NULL ? dmn__boxed(b, value) : feel_tree_constant(b->tree, feel_null());
    }
    return feel_tree_call(b->tree, function, args, count > 0 ? names : NULL, count);
}

/* ---- List and relation ---- */

static struct feel_node *boxed_list(struct dmn_builder *b, const struct xml_node *x)
{
    struct feel_node **items = NULL;
    uint32_t count = 0;
    for (const struct xml_node *e = x->first_child; e != NULL; e = e->next) {
        if (kind_of(e) != NULL) {
            items = arena_grow(b->model->arena, items, count * sizeof *items, (count + 1) * sizeof *items);
            items[count++] = dmn__boxed(b, e);
        }
    }
    return feel_tree_list(b->tree, items, count);
}

static struct feel_node *relation_row(struct dmn_builder *b, const struct xml_node *relation,
                                      const struct xml_node *row)
{
    uint32_t size = count_children(relation, "column"), count = 0;
    struct feel_decl **names = ARENA_ARRAY(b->model->arena, struct feel_decl *, size);
    struct feel_node **values = ARENA_ARRAY(b->model->arena, struct feel_node *, size);
    const struct xml_node *cell = dmn__expression(row);
    for (const struct xml_node *c = dmn__child(relation, "column"); c != NULL; c = dmn__next(c, "column")) {
        const struct feel_type *type = dmn__type(b->model, b->node->instance, c, dmn__attr(c, "typeRef"));
        values[count] = cell != NULL ? feel_tree_coerce(b->tree, dmn__boxed(b, cell), type)
                                     : failure(b, row, "the row has too few cells");
        names[count++] = feel_tree_declare(b->tree, dmn__attr(c, "name"), type);
        feel_tree_forget(b->tree, 1); /* the cells of a row do not see each other */
        do {
            cell = cell == NULL ? NULL : cell->next;
        } while (cell != NULL && kind_of(cell) == NULL);
    }
    return feel_tree_context(b->tree, names, values, count, NULL);
}

static struct feel_node *boxed_relation(struct dmn_builder *b, const struct xml_node *x)
{
    struct feel_node **rows = ARENA_ARRAY(b->model->arena, struct feel_node *, count_children(x, "row"));
    uint32_t count = 0;
    for (const struct xml_node *row = dmn__child(x, "row"); row != NULL; row = dmn__next(row, "row")) {
        rows[count++] = relation_row(b, x, row);
    }
    return feel_tree_list(b->tree, rows, count);
}

/* ---- Function ---- */

/* The text entry of a boxed context of an external function. */
static str context_text(const struct xml_node *context, const char *name)
{
    for (const struct xml_node *e = dmn__child(context, "contextEntry"); e != NULL; e = dmn__next(e, "contextEntry")) {
        const struct xml_node *variable = dmn__child(e, "variable");
        if (variable != NULL && str_eq(dmn__attr(variable, "name"), str_of(name))) {
            str text = dmn__text(dmn__child(e, "literalExpression"));
            bool quoted = text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"';
            return quoted ? str_slice(text, 1, text.len - 1) : text;
        }
    }
    return STR("");
}

static struct feel_node *external_body(struct dmn_builder *b, const struct xml_node *x,
                                       struct feel_decl *const *parameters, uint32_t count)
{
    const struct xml_node *context = dmn__child(x, "context");
    feel_tree_origin(b->tree, b->where, x->line);
    if (context == NULL) {
        return failure(b, x, "an external function needs a context of class and method signature");
    }
    str class_name = context_text(context, "class"), signature = context_text(context, "method signature");
    if (feel_external_find(class_name, signature) == NULL) {
        dmn__problem(b->model, DMN_MODEL, b->node->instance, b->where, context,
                     "the external function \"%s\" is not available",
                     arena_printf(b->model->arena, "%.*s.%.*s", STR_ARG(class_name), STR_ARG(signature)), STR(""));
    }
    return feel_tree_external(b->tree, class_name, signature, parameters, count);
}

struct feel_node *dmn__function(struct dmn_builder *b, const struct xml_node *x, const struct feel_type *result)
{
    struct dmn_model *m = b->model;
    uint32_t size = count_children(x, "formalParameter"), count = 0;
    struct feel_decl **parameters = ARENA_ARRAY(m->arena, struct feel_decl *, size);
    for (const struct xml_node *p = dmn__child(x, "formalParameter"); p != NULL; p = dmn__next(p, "formalParameter")) {
        const struct feel_type *type = dmn__type(m, b->node->instance, p, dmn__attr(p, "typeRef"));
        parameters[count++] = feel_tree_declare(b->tree, dmn__attr(p, "name"), type);
    }
    str kind = dmn__attr(x, "kind");
    struct feel_node *body;
    if (str_eq(kind, STR("Java"))) {
        body = external_body(b, x, parameters, count);
    } else if (str_eq(kind, STR("PMML"))) {
        body = failure(b, x, "PMML functions are not available");
    } else {
        body = inside(b, x, x);
    }
    body = feel_tree_coerce(b->tree, body, result);
    feel_tree_forget(b->tree, count);
    return feel_tree_function(b->tree, parameters, count, body);
}

static struct feel_node *boxed_function(struct dmn_builder *b, const struct xml_node *x)
{
    const struct feel_type *type = dmn__type(b->model, b->node->instance, x, dmn__attr(x, "typeRef"));
    return dmn__function(b, x, type != NULL && type->kind == FEEL_TYPE_FUNCTION ? type->result : NULL);
}

/* ---- Conditional, filter, loops ---- */

static feel_value is_condition(struct feel_eval *ev, const void *data, const feel_value *args)
{
    (void)data;
    if (args[0].kind != FEEL_BOOLEAN && args[0].kind != FEEL_NULL) {
        return feel_fail(ev, FEEL_DIAG_CONDITION_TYPE, feel_kind_name(args[0].kind).ptr, NULL, NULL);
    }
    return feel_boolean(true);
}

/* In FEEL's text whatever is not true leads to the else; here only false and null do, and the rest is null (TCK
 * 1150). So the condition becomes an entry without a name, which is looked at before it is used. */
static struct feel_node *boxed_conditional(struct dmn_builder *b, const struct xml_node *x)
{
    static const struct feel_field parameter = { { "condition", 9 }, NULL };
    struct feel_tree *t = b->tree;
    struct feel_node *condition = inside(b, dmn__child(x, "if"), x);
    struct feel_decl *entry = feel_tree_declare(t, STR(""), NULL);
    struct feel_node *yes = inside(b, dmn__child(x, "then"), x), *no = inside(b, dmn__child(x, "else"), x);
    struct feel_node *test = feel_tree_constant(t, feel_native(b->model->arena, STR("if"), &parameter, 1, is_condition,
                                                               NULL));
    struct feel_node *checked = feel_tree_name(t, STR(""));
    struct feel_node *choice = feel_tree_if(t, feel_tree_name(t, STR("")), yes, no);
    feel_tree_forget(t, 1);
    feel_tree_origin(t, b->where, x->line);
    choice = feel_tree_if(t, feel_tree_call(t, test, &checked, NULL, 1), choice,
                          feel_tree_constant(t, feel_null()));
    return feel_tree_context(t, &entry, &condition, 1, choice);
}

static struct feel_node *boxed_filter(struct dmn_builder *b, const struct xml_node *x)
{
    struct feel_node *list = inside(b, dmn__child(x, "in"), x);
    struct feel_decl *item = feel_tree_declare_item(b->tree, list);
    struct feel_node *predicate = inside(b, dmn__child(x, "match"), x);
    feel_tree_forget(b->tree, 1);
    return feel_tree_filter(b->tree, list, item, predicate);
}

static struct feel_node *boxed_loop(struct dmn_builder *b, const struct xml_node *x, enum feel_loop kind)
{
    const struct xml_node *in = dmn__child(x, "in");
    const struct feel_type *type = in == NULL ? NULL
                                              : dmn__type(b->model, b->node->instance, in, dmn__attr(in, "typeRef"));
    struct feel_node *domain = feel_tree_coerce(b->tree, inside(b, in, x), type);
    struct feel_decl *name = feel_tree_declare(b->tree, dmn__attr(x, "iteratorVariable"),
                                               type != NULL && type->kind == FEEL_TYPE_LIST ? type->element : NULL);
    struct feel_decl *partial = kind == FEEL_FOR ? feel_tree_declare(b->tree, STR("partial"), NULL) : NULL;
    struct feel_node *body = inside(b, dmn__child(x, kind == FEEL_FOR ? "return" : "satisfies"), x);
    feel_tree_forget(b->tree, 1 + (partial != NULL));
    return feel_tree_loop(b->tree, kind, name, domain, partial, body);
}

static struct feel_node *boxed_for(struct dmn_builder *b, const struct xml_node *x)
{
    return boxed_loop(b, x, FEEL_FOR);
}

static struct feel_node *boxed_some(struct dmn_builder *b, const struct xml_node *x)
{
    return boxed_loop(b, x, FEEL_SOME);
}

static struct feel_node *boxed_every(struct dmn_builder *b, const struct xml_node *x)
{
    return boxed_loop(b, x, FEEL_EVERY);
}

/* ---- Problems ---- */

/* What the texts of the node showed becomes problems of the model. */
void dmn__take_problems(struct dmn_builder *b)
{
    for (const struct feel_problem *p = feel_tree_problems(b->tree); p != NULL; p = p->next) {
        if (p->code == FEEL_DIAG_MODEL) {
            continue; /* noted where it was found */
        }
        enum dmn_finding_kind kind = p->code == FEEL_DIAG_UNKNOWN_NAME ? DMN_UNKNOWN_NAME : DMN_SYNTAX;
        struct dmn_problem *to = dmn__problem(b->model, kind, b->node->instance, p->origin, b->node->xml, NULL,
                                              p->text, STR(""));
        to->owner = b->node;
        to->code = p->code;
        to->source = p->source;
        to->from = p->from;
        to->line = p->origin_line;
    }
}
