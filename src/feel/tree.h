/* tree: building programs out of pieces.
 *
 * FEEL text is one way to make a program; DMN's boxed expressions are another. Both make the same tree of
 * nodes through the functions here, so that a context drawn as a table and a context written as text are the
 * same program. A decision table is a node too (struct feel_rules): this module tests its cells and collects
 * the rules that fit; what the hit policy makes of them is the caller's function.
 *
 * Names are resolved while the tree is made. Whoever binds a name declares it, makes the nodes that may use
 * it, and forgets it:
 *
 *     struct feel_decl *x = feel_tree_declare(t, STR("x"), NULL);
 *     struct feel_node *body = feel_tree_parse(t, text);
 *     feel_tree_forget(t, 1);
 *     struct feel_node *f = feel_tree_function(t, &x, 1, body);
 *
 * Nodes, declarations and the program live in the arena that feel_tree_new was given.
 */
#ifndef GONGSHI_FEEL_TREE_H
#define GONGSHI_FEEL_TREE_H

#include "feel/feel.h"

struct feel_tree;
struct feel_node;
struct feel_decl;

struct feel_tree *feel_tree_new(struct arena *a, const struct feel_scope *scope);

/* Where the next pieces of text stand, for diagnostics: a cell, a decision; and its line in the file. */
void feel_tree_origin(struct feel_tree *t, str origin, uint32_t line);

/* What was odd in the texts parsed so far; the nodes made of them evaluate to null with a diagnostic. */
struct feel_problem {
    enum feel_diagnostic_code code; /* SYNTAX, UNKNOWN_NAME … */
    str text;                       /* the name, or what is wrong with the syntax */
    str source, origin;
    uint32_t origin_line, from, to; /* bytes of source */
    struct feel_problem *next;
};
const struct feel_problem *feel_tree_problems(const struct feel_tree *t);

/* ---- Text ---- */

/* An expression; never NULL. */
struct feel_node *feel_tree_parse(struct feel_tree *t, str source);

/* Unary tests for the value of `input`, which was declared by feel_tree_declare(t, STR("?"), type); a node that
 * gives true, false or null. NULL for the test that is always true: "-" or nothing. */
struct feel_node *feel_tree_parse_tests(struct feel_tree *t, str source, struct feel_decl *input);

/* ---- Names ---- */

/* Makes a local name visible to the nodes made next. `type` may be NULL. */
struct feel_decl *feel_tree_declare(struct feel_tree *t, str name, const struct feel_type *type);

/* Makes a declaration visible again; its end is feel_tree_forget as before. */
void feel_tree_declare_again(struct feel_tree *t, struct feel_decl *decl);

/* The item of a filter over `list`: the name "item" and, unspoken, the entries of the item. */
struct feel_decl *feel_tree_declare_item(struct feel_tree *t, const struct feel_node *list);

/* Ends the visibility of the last n declarations. */
void feel_tree_forget(struct feel_tree *t, uint32_t n);

/* A reference to a name in scope, written exactly; null with a diagnostic where there is none. */
struct feel_node *feel_tree_name(struct feel_tree *t, str name);

/* ---- Nodes ---- */

struct feel_node *feel_tree_constant(struct feel_tree *t, feel_value v);

/* Null with a diagnostic each time it is evaluated. */
struct feel_node *feel_tree_failure(struct feel_tree *t, enum feel_diagnostic_code code, str text);

/* A context of entries evaluated in order, each declared before the next was made. With `result` the context is
 * only the way to it: the value of the node is that of `result`, which may use all entries. */
struct feel_node *feel_tree_context(struct feel_tree *t, struct feel_decl *const *names,
                                    struct feel_node *const *values, uint32_t count, struct feel_node *result);

struct feel_node *feel_tree_list(struct feel_tree *t, struct feel_node *const *items, uint32_t count);
struct feel_node *feel_tree_if(struct feel_tree *t, struct feel_node *condition, struct feel_node *yes,
                               struct feel_node *no);
struct feel_node *feel_tree_filter(struct feel_tree *t, struct feel_node *list, struct feel_decl *item,
                                   struct feel_node *predicate);

enum feel_loop { FEEL_FOR, FEEL_SOME, FEEL_EVERY };

/* for/some/every `name` in `domain` return/satisfies `body`. `partial` (FEEL_FOR only, or NULL) was declared as
 * "partial" after `name`. */
struct feel_node *feel_tree_loop(struct feel_tree *t, enum feel_loop kind, struct feel_decl *name,
                                 struct feel_node *domain, struct feel_decl *partial, struct feel_node *body);

/* A function of parameters that were declared in order before its body was made; arguments are coerced to the
 * types of the declarations. */
struct feel_node *feel_tree_function(struct feel_tree *t, struct feel_decl *const *parameters, uint32_t count,
                                     struct feel_node *body);

/* The body of a function that an external Java method stands for: called with the parameters. */
struct feel_node *feel_tree_external(struct feel_tree *t, str class_name, str signature,
                                     struct feel_decl *const *parameters, uint32_t count);

/* A call; `names` is NULL for positional arguments. */
struct feel_node *feel_tree_call(struct feel_tree *t, struct feel_node *function, struct feel_node *const *args,
                                 const str *names, uint32_t count);

/* feel_coerce(node, type); the node itself for a type of NULL or any. */
struct feel_node *feel_tree_coerce(struct feel_tree *t, struct feel_node *node, const struct feel_type *type);

/* ---- Rules ---- */

struct feel_rule {
    struct feel_node **tests;   /* one an input; NULL: always true */
    struct feel_node **outputs; /* one an output */
};

/* `hits` rules fit, in the order of the table; hit i is rule rules[i] and has outputs[i * output_count …].
 * The defaults, where nothing fits and there are some, come as one hit of rule UINT32_MAX. */
typedef feel_value feel_rules_finish(struct feel_eval *ev, const void *data, const uint32_t *rules,
                                     const feel_value *outputs, uint32_t hits);

struct feel_rules {
    uint32_t input_count, output_count, rule_count;
    struct feel_node **inputs;
    struct feel_decl **input_decls; /* the "?" of each column: declared, used for its tests, forgotten */
    struct feel_rule *rules;
    struct feel_node **defaults;    /* one an output, or NULL */
    bool first_only;                /* the first rule that fits ends the search */
    feel_rules_finish *finish;
    const void *data;               /* of finish and of the trace; must live as long as the program */
};

struct feel_node *feel_tree_rules(struct feel_tree *t, const struct feel_rules *rules);

/* What an evaluation tells of its rules, when asked to: `table` is the rules' `data`. */
struct feel_trace {
    void *context;
    /* The inputs are known and the rules will be tested. */
    void (*begin)(void *context, const void *table, const feel_value *inputs, uint32_t count);
    /* A cell was not true; the rule does not fit. */
    void (*miss)(void *context, const void *table, uint32_t rule, uint32_t input, feel_value result);
    void (*hit)(void *context, const void *table, uint32_t rule, const feel_value *outputs);
    void (*end)(void *context, const void *table, feel_value result);
};

/* NULL ends the tracing. The trace must outlive its use. */
void feel_eval_set_trace(struct feel_eval *ev, struct feel_trace *trace);

/* ---- Functions made in C ---- */

typedef feel_value feel_native_fn(struct feel_eval *ev, const void *data, const feel_value *args);

/* A function value that calls back; it gets as many arguments as there are parameters, coerced to their types.
 * `parameters` and `data` are borrowed for the life of the value. */
feel_value feel_native(struct arena *a, str name, const struct feel_field *parameters, uint32_t count,
                       feel_native_fn *call, const void *data);

/* The function value of a program's run, made to live in `a`, under a name for messages. */
feel_value feel_copy_function(struct arena *a, feel_value function, str name);

/* Calls a built-in by its name. */
feel_value feel_call_named(struct feel_eval *ev, str name, const feel_value *args, uint32_t count);

/* ---- Constant tests, for the analysis of tables ---- */

/* Unary tests as the set of values that pass: a value passes when it lies in one of the ranges, or, `negated`, in
 * none. A single value is a range from it to it. No range and not negated: `any` value passes ("-"). */
struct feel_constant_tests {
    bool any, negated;
    uint32_t count;
    const struct feel_range *ranges;
};

/* False when the tests depend on anything but constants: names, "?", the clock. */
bool feel_constant_tests(struct arena *a, str source, struct feel_constant_tests *ret);

/* ---- The end ---- */

/* Compiles; the program is allocated from the tree's arena. ERROR_LIMIT when it would be too large. */
enum error_code feel_tree_finish(struct feel_tree *t, struct feel_node *root, const struct feel_program **ret,
                                 struct error *err);

/* A null with a diagnostic, for the finish of rules and for native functions; NULL for texts not needed. */
feel_value feel_fail(struct feel_eval *ev, enum feel_diagnostic_code code, const char *a, const char *b,
                     const char *c);

#endif
