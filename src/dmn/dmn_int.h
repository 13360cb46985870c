/* dmn_int: what the files of this module share.
 *
 *   load.c      XML files to instances and nodes         type.c      item definitions to types
 *   boxed.c     boxed expressions to FEEL trees          table.c     decision tables and hit policies
 *   evaluate.c  computing nodes, decision services       trace.c     keeping what happened
 *   explain.c   a trace as JSON and as text              record.c    a trace as canonical record
 *   check.c     findings (see check_int.h)               cover.c     gaps and overlaps of a table
 *   column.c    the values of a column in pieces         example.c   a value between two others
 *   reason.c    why a cell was not true (see explain_int.h)
 */
#ifndef GONGSHI_DMN_DMN_INT_H
#define GONGSHI_DMN_DMN_INT_H

#include "base/limit.h"
#include "dmn/dmn.h"
#include "feel/tree.h"
#include "text/xml.h"

#include <assert.h>

/* One file in one place of the import tree. */
struct dmn_instance {
    struct dmn_instance *parent;
    str prefix;    /* "" or "import." or "import.import." */
    str import_name;
    str namespace_uri;
    str file;
    const struct xml_node *definitions;
    struct dmn_instance **imports;
    uint32_t import_count;
    uint32_t first_node, node_count;  /* its nodes, a piece of the model's */
    struct feel_scope *types;         /* holds its types, and its imports' */
    struct dmn_named_type *named_types;
    uint32_t named_type_count;
};

struct dmn_named_type {
    str name;
    const struct xml_node *xml;
    struct feel_type *type;
    bool made;
};

struct dmn_node {
    enum dmn_kind kind;
    struct dmn_instance *instance;
    const struct xml_node *xml;
    str id, name, label;                 /* label: with the prefix */
    const struct feel_type *type;
    const struct feel_program *program;  /* of a decision or knowledge model; NULL: it has no logic */
    const struct feel_node *root;        /* the tree that it was made of, likewise */
    uint32_t *requires;                  /* decisions and inputs that a decision needs; of a service: its outputs */
    uint32_t require_count;
    uint32_t *knows;                     /* knowledge models and services */
    uint32_t know_count;
    uint32_t *parameters;                /* of a service: nodes whose values it takes, in order */
    struct feel_field *fields;           /* the same as parameters of a function */
    uint32_t parameter_count;
    feel_value function;                 /* of a knowledge model or service */
    bool cyclic;
};

struct dmn_table {
    const struct dmn_node *node;
    const struct xml_node *xml;
    str name;                            /* of the node, or its context entry */
    enum dmn_hit { HIT_UNIQUE, HIT_FIRST, HIT_PRIORITY, HIT_ANY, HIT_COLLECT, HIT_RULE_ORDER, HIT_OUTPUT_ORDER } hit;
    enum dmn_aggregation { AGGREGATE_NONE, AGGREGATE_SUM, AGGREGATE_COUNT, AGGREGATE_MIN, AGGREGATE_MAX } aggregation;
    bool wrong_policy;
    struct feel_rules rules;
    const struct xml_node **inputs, **outputs, **rule_xml;
    const struct feel_shape *shape;      /* of outputs with names, or NULL for one output */
    const feel_value *priorities;        /* an output's values in order of priority: a list, or null */
    const struct feel_type **input_types;   /* of the input expressions; each may be NULL */
    const struct feel_type **input_allowed; /* the inputValues of a column as a type, or NULL */
    const struct feel_type **input_behind;  /* of the variable that the expression is, where it is just a name */
    const struct feel_type **output_types;
    struct dmn_table *next;              /* of the model */
};

/* What loading found wrong. Its sentence is made when somebody asks for it, in his language: an English format
 * whose each %s is one of the arguments; or, where `format` is NULL, the diagnostic `code` about `source`. */
struct dmn_problem {
    enum dmn_finding_kind kind;
    const struct dmn_instance *instance;
    const struct dmn_node *owner; /* or NULL */
    str node;
    const char *format;
    str args[2];
    enum feel_diagnostic_code code;
    str source;
    uint32_t from; /* byte of source */
    uint32_t line;
    struct dmn_problem *next;
};

/* The text behind the compiled tests of a type, for the analysis: allowed values are types restricted by tests. */
struct dmn_restriction {
    const struct feel_program *tests;
    str text;
    const struct feel_program *base; /* the tests of the type that was restricted, or NULL */
    struct dmn_restriction *next;
};

struct dmn_model {
    struct arena *arena;
    str name, hash;
    struct dmn_instance **instances;
    uint32_t instance_count;
    struct dmn_node *nodes;              /* a node's place is its slot */
    uint32_t node_count;
    uint32_t *order;                     /* decisions, each after those it requires (but on a cycle) */
    uint32_t order_count;
    feel_value *functions;               /* by slot: the values of knowledge models and services */
    struct dmn_table *tables, **tables_end;
    struct dmn_problem *problems, **problems_end;
    struct dmn_restriction *restrictions;
};

/* ---- load.c ---- */

bool dmn__is(const struct xml_node *x, const char *name); /* an element of DMN, of any version */
const struct xml_node *dmn__child(const struct xml_node *x, const char *name);
const struct xml_node *dmn__next(const struct xml_node *x, const char *name); /* the next sibling of that name */
str dmn__attr(const struct xml_node *x, const char *name);
str dmn__text(const struct xml_node *x); /* trimmed text of its <text>, or empty; x may be NULL */
/* Notes a problem; a and b are the arguments of the format. Where that is NULL, the caller sets code and source. */
struct dmn_problem *dmn__problem(struct dmn_model *m, enum dmn_finding_kind kind, const struct dmn_instance *in,
                                 str node, const struct xml_node *at, const char *format, str a, str b);
struct dmn_node *dmn__by_href(const struct dmn_model *m, const struct dmn_instance *from, str href);
/* The name that expressions use for a node: that of its variable where it has one. */
str dmn__variable_name(const struct xml_node *x);
/* A shape of names that a model may have given twice, though it should not: the later gets its place behind it. */
const struct feel_shape *dmn__unique_shape(struct arena *a, str *names, uint32_t count);
/* What an expression of the node may name: what it requires and knows; of an import only through its name. */
struct feel_scope *dmn__node_scope(struct arena *a, const struct dmn_model *m, const struct dmn_node *n);

/* ---- type.c ---- */

void dmn__collect_types(struct dmn_model *m, struct dmn_instance *in);
/* The type of a typeRef, which stands at `at`; NULL for none, Any, or a name that is nowhere. */
const struct feel_type *dmn__type(struct dmn_model *m, struct dmn_instance *in, const struct xml_node *at,
                                  str type_ref);
/* The type of x's variable element, or of its own typeRef. */
const struct feel_type *dmn__variable_type(struct dmn_model *m, struct dmn_instance *in, const struct xml_node *x);
/* `base` restricted to the unary tests of an element such as allowedValues. */
const struct feel_type *dmn__restricted(struct dmn_model *m, struct dmn_instance *in, const struct feel_type *base,
                                        const struct xml_node *tests);

/* The text of the tests of a type, or NULL. */
const struct dmn_restriction *dmn__restriction(const struct dmn_model *m, const struct feel_program *tests);

/* ---- boxed.c ---- */

struct dmn_builder {
    struct dmn_model *model;
    struct dmn_node *node;
    struct feel_tree *tree;
    str where; /* the decision, or entry in it */
};

/* The first child of x that is an expression, or NULL. */
const struct xml_node *dmn__expression(const struct xml_node *x);
struct feel_node *dmn__boxed(struct dmn_builder *b, const struct xml_node *x);
struct feel_node *dmn__parse(struct dmn_builder *b, const struct xml_node *at, str text);
struct feel_node *dmn__function(struct dmn_builder *b, const struct xml_node *x, const struct feel_type *result);
struct feel_node *dmn__table(struct dmn_builder *b, const struct xml_node *x);
void dmn__take_problems(struct dmn_builder *b);

/* ---- table.c ---- */

/* What the office calls the column: its label, or the expression. */
str dmn__input_label(const struct dmn_table *t, uint32_t input);

/* The rank of an output among the values of its column, which are listed from the highest; those not listed come
 * last. */
uint32_t dmn__rank(struct feel_eval *ev, feel_value priorities, feel_value output);

/* ---- evaluate.c ---- */

/* The data of a service's function value. */
struct dmn_service {
    const struct dmn_model *model;
    const struct dmn_node *node;
};

feel_native_fn dmn__call_service;

/* ---- trace.c ----
 *
 * A trace is a list of the nodes that were given or computed, in that order. Each has the list of the tables that
 * were evaluated meanwhile, also those inside the functions and services it called. A table can call another one
 * from a cell, so the tables whose end is not reached yet form a chain from the innermost, `open`, outwards.
 *
 *     nodes     a (given)    b (given)    c (decided)              d (decided)
 *     tables                              table 1 → table 2        table 3 → table 1 again
 */

/* What became of one rule. */
struct dmn_rule_trace {
    const feel_value *outputs; /* it fits; or NULL */
    uint32_t input;            /* the first cell that was not true, where it was tested and does not fit */
    bool tested;               /* a rule after the hit of a FIRST table is not */
};

struct dmn_table_trace {
    const struct dmn_table *table;
    const feel_value *inputs;      /* one a column */
    struct dmn_rule_trace *rules;  /* one a rule */
    feel_value result;
    struct dmn_table_trace *outer; /* the table that was open when this one began */
    struct dmn_table_trace *next;  /* of the node */
};

struct dmn_node_trace {
    const struct dmn_node *node;
    bool given, missing; /* missing: an input that is needed and was not given; it counts as given and null */
    feel_value value;
    uint32_t diagnostics_from, diagnostics_to; /* of the evaluator's list: those of this node */
    struct dmn_table_trace *tables, **tables_end;
};

struct dmn_trace {
    struct feel_trace hooks;
    const struct dmn_model *model;
    struct feel_eval *ev;
    const struct dmn_node *target;
    const feel_value *slots;      /* the values of all nodes, by slot */
    feel_value result;
    struct dmn_node_trace *nodes; /* room for each node of the model once */
    uint32_t node_count;
    struct dmn_table_trace *open;
};

struct dmn_trace *dmn__trace_new(const struct dmn_model *m, struct feel_eval *ev, const struct dmn_node *target);
void dmn__trace_begin(struct dmn_trace *t, const struct dmn_node *node, bool given);
void dmn__trace_end(struct dmn_trace *t, feel_value value);

/* ---- explain.c ---- */

/* A value for people: dates, times and durations bare, everything else as FEEL text. */
void dmn__print_value(feel_value v, struct buf *out);

#endif
