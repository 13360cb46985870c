/* tree_int: the nodes of a FEEL tree, for the files that make, print and compile them. */
#ifndef GONGSHI_FEEL_TREE_INT_H
#define GONGSHI_FEEL_TREE_INT_H

#include "feel/feel_int.h"
#include "feel/tree.h"

enum feel_node_kind {
    NODE_CONSTANT,    /* value */
    NODE_TEMPORAL,    /* value; text as written: @"…" */
    NODE_NAME,        /* decl */
    NODE_ITEM_NAME,   /* an entry `text` of the item `decl`, or else a */
    NODE_BUILTIN,     /* builtin as a value */
    NODE_FAILURE,     /* null with diagnostic `op`, text */
    NODE_NEGATE,      /* a */
    NODE_BINARY,      /* a op b: arithmetic, equality, order */
    NODE_AND,         /* a, b */
    NODE_OR,          /* a, b */
    NODE_BETWEEN,     /* a between b and c */
    NODE_IN,          /* a in (list); decl is "?" */
    NODE_TESTS,       /* unary tests (list) of decl; flag: negated */
    NODE_INSTANCE,    /* a instance of type; text: the type as written */
    NODE_PATH,        /* a.text */
    NODE_FILTER,      /* a[b], decl the item */
    NODE_CALL,        /* a(list), names for named arguments */
    NODE_IF,          /* if a then b else c */
    NODE_LOOP,        /* op: for, some, every; decl in a; decl2 partial; body b */
    NODE_FUNCTION,    /* decls, body a; decl2: its own name inside, or NULL */
    NODE_EXTERNAL,    /* list: arguments for `external`; text: its name; b, c: class and signature as written */
    NODE_LIST,        /* list */
    NODE_CONTEXT,     /* decls, list; result a or NULL */
    NODE_RANGE,       /* a..b; flags: start, end included */
    NODE_COMPARISON,  /* op a: the test or range (< 10) */
    NODE_COERCE,      /* a to type */
    NODE_RULES,       /* rules */
};

/* NODE_LOOP_RANGE: a..b without brackets, as only a loop may run over. */
enum { NODE_START_INCLUDED = 1, NODE_END_INCLUDED = 2, NODE_LOOP_RANGE = 4, NODE_NEGATED = 1, NODE_INNER_LOOP = 1,
       NODE_USES_INPUT = 128 /* a test that names "?" */ };

struct feel_node {
    uint8_t kind;      /* enum feel_node_kind */
    uint8_t op;        /* enum feel_operator, feel_loop or feel_diagnostic_code */
    uint8_t flags;
    uint16_t height;   /* 1 + that of the highest child: bounds every recursion over the tree */
    uint32_t from, to; /* its place in source->text */
    const struct feel_source *source;
    struct feel_node *a, *b, *c;
    union {
        struct feel_node **list;
        feel_value value;
    };
    uint32_t count; /* of list, decls, names */
    union {
        struct feel_decl *decl;
        struct feel_decl **decls;
        const str *names;
        const struct feel_builtin *builtin;
        const struct feel_external *external;
        const struct feel_rules *rules;
    };
    struct feel_decl *decl2;
    str text;
    const struct feel_type *type; /* what is known of its value, or of COERCE and INSTANCE; may be NULL */
};

/* The text that a node was parsed from. */
struct feel_source {
    str text, origin;
    uint32_t origin_line;
};

enum feel_decl_kind {
    DECL_SLOT,      /* a variable of the scope: slot */
    DECL_NAMESPACE, /* members */
    DECL_LOCAL,
    DECL_ITEM,      /* of a filter */
    DECL_PARTIAL,   /* the results of a loop so far */
    DECL_SELF,      /* the name of an entry inside the function that it is */
};

/* A name that something binds. The compiler gives locals their function level and stack slot. */
struct feel_decl {
    str name;     /* as its values' contexts have it */
    str pattern;  /* normalised for matching with source text: see scope.c */
    const struct feel_type *type;          /* or NULL */
    const struct feel_scope *members;      /* of a namespace */
    struct feel_decl *next;                /* in its bucket of the scope */
    uint8_t kind;                          /* enum feel_decl_kind */
    bool used;                             /* a NODE_NAME refers to it */
    uint32_t level;                        /* function nesting, once compiled */
    uint32_t slot;
};

struct feel_tree {
    struct arena *arena;
    const struct feel_scope *scope;
    struct feel_decl **locals; /* innermost last */
    uint32_t local_count, local_size;
    uint32_t node_count;
    bool too_large; /* a bound of the tree was hit */
    struct feel_source *source;
    str origin;
    uint32_t origin_line;
    struct feel_problem *problems, **problems_end;
};

/* ---- scope.c ---- */

/* The byte length of the name at `at` that is the longest of scope and locals, and its declaration; 0 when none
 * starts there. `word` is the length of the plain name at `at`. */
uint32_t feel__match_name(const struct feel_tree *t, const char *at, const char *end, uint32_t word,
                          struct feel_decl **ret);
/* The same among the members of a namespace or the entries of a context type. */
uint32_t feel__match_member(const struct feel_scope *members, const char *at, const char *end, uint32_t word,
                            struct feel_decl **ret);
uint32_t feel__match_field(const struct feel_type *context, const char *at, const char *end, str *ret_name,
                           const struct feel_type **ret_type);
uint32_t feel__match_builtin(const char *at, const char *end, uint32_t word, const struct feel_builtin **ret);
/* The longest type name at `at`: built-in, or of the scope. */
uint32_t feel__match_type(const struct feel_scope *s, const char *at, const char *end,
                          const struct feel_type **ret);
const char *feel__match_pattern(str pattern, const char *at, const char *end);
struct feel_decl *feel__scope_find(const struct feel_scope *s, str pattern);
str feel__name_pattern(struct arena *a, str name);

/* ---- lex.c: characters ---- */

uint32_t feel__space_length(const char *p, const char *end); /* of the character at p (rules 61, 62), or 0 */
const char *feel__skip_spaces(const char *p, const char *end);

/* Past white space and comments. Mostly there is none: that is seen at once. */
static inline const char *feel__skip_space(const char *p, const char *end)
{
    return p < end && (signed char)*p > ' ' && *p != '/' ? p : feel__skip_spaces(p, end);
}

uint32_t feel__word(const char *p, const char *end); /* length of the plain name at p, or 0 */
bool feel__is_keyword(str word);

/* ---- tree.c ---- */


struct feel_node *feel__node(struct feel_tree *t, enum feel_node_kind kind, uint32_t from, uint32_t to);

/* Every node passes here once its children are set. */
struct feel_node *feel__close(struct feel_tree *t, struct feel_node *n);
struct feel_node *feel__node_failure(struct feel_tree *t, enum feel_diagnostic_code code, str text, uint32_t from,
                                     uint32_t to);
struct feel_node *feel__node_name(struct feel_tree *t, struct feel_decl *decl, uint32_t from, uint32_t to);
/* The type of values that are of type a or of type b: contexts have the entries of both. */
const struct feel_type *feel__merge_types(struct arena *a, const struct feel_type *x, const struct feel_type *y);
/* What is known of a node's value without running it; NULL: nothing. */
const struct feel_type *feel__node_type(struct feel_tree *t, const struct feel_node *n);
void feel__problem(struct feel_tree *t, enum feel_diagnostic_code code, str text, uint32_t from, uint32_t to);

/* ---- parse.c ---- */

enum error_code feel__parse(struct feel_tree *t, str source, struct feel_node **ret, struct error *err);
enum error_code feel__parse_tests(struct feel_tree *t, str source, struct feel_decl *input,
                                  struct feel_node **ret, struct error *err);

#endif
