/* form_int: what the files of the module share.
 *
 *   load.c        the file to components, scopes and nodes; what each component says
 *   translate.c   the texts of a form, and the same file with them in another language
 *   name.c        keys to nodes, types of values
 *   expression.c  FEEL of a component: compiling, and running it in a row
 *   template.c    texts with {{ }}
 *   pattern.c     regular expressions of ECMAScript to those of FEEL
 *   row.c         answers to rows of cells, and values out of them
 *   settle.c      conditions and computed fields, until nothing changes
 *   read.c        an answer to a value of the field's type
 *   rule.c        required, bounds, patterns …
 *   check.c       the modes
 *   problem.c     sentences
 *   path.c        paths, overlay, blind
 *   answers.c     the answers of an HTML form
 *   draw.c        what a page shows
 *
 * A scope is a place where names live: the form (scope 0), and each list, whose rows are places of their own. A node is
 * a name in a scope: of a field, of a list, or of what dots and groups with a path make contexts of. At a check each
 * scope has rows; a row has a cell for each component of its scope.
 */
#ifndef GONGSHI_FORM_INT_H
#define GONGSHI_FORM_INT_H

#include "form/form.h"

#include "base/limit.h"

#include <assert.h>

#define FORM__NONE UINT32_MAX

/* ---- The loaded form ---- */

enum form__ref_kind { FORM__REF_NODE, FORM__REF_THIS, FORM__REF_PARENT, FORM__REF_INDEX, FORM__REF_VARIABLE };

/* What a name in an expression means. */
struct form__ref {
    enum form__ref_kind kind;
    uint32_t up;   /* scopes outwards, where the name lives */
    uint32_t node; /* in that scope */
    str name;
};

struct form__program {
    const struct feel_program *feel;
    const struct form__ref *refs; /* one a slot */
    uint32_t count;
};

enum form__piece_kind { FORM__PIECE_PLAIN, FORM__PIECE_VALUE, FORM__PIECE_IF, FORM__PIECE_LOOP };

/* A piece of a template. */
struct form__piece {
    enum form__piece_kind kind;
    str text;
    const struct form__program *program;
    const struct form__piece *inside; /* of #if and #loop */
    const struct form__piece *next;
};

enum form__dynamic_kind { FORM__ABSENT, FORM__CONSTANT, FORM__PROGRAM, FORM__TEMPLATE };

struct form__dynamic {
    enum form__dynamic_kind kind;
    feel_value constant;
    const struct form__program *program;
    const struct form__piece *pieces;
};

enum form__subtype { FORM__DATE, FORM__TIME, FORM__DATETIME };
enum form__zone { FORM__OFFSET, FORM__NORMALIZED, FORM__LOCAL };
enum form__validation { FORM__NO_VALIDATION, FORM__EMAIL_ADDRESS, FORM__PHONE_NUMBER };

/* What a component says, beside form_component. */
struct form__detail {
    uint32_t scope; /* where it lives */
    uint32_t local; /* its number there: of its cell */
    uint32_t node;  /* of fields and lists, and groups with a path; or FORM__NONE */
    uint32_t list;  /* the scope that a list opens */
    struct form__dynamic attributes[FORM_ATTRIBUTES];
    str values_key;
    str pattern, pattern_written, pattern_message;
    int decimals;   /* at most; -1: any */
    bool as_text;   /* serializeToString */
    bool disallow_passed;
    bool fixed;     /* a list whose rows can be neither added nor removed */
    uint32_t repetitions;
    enum form__subtype subtype;
    enum form__zone zone;
    enum form__validation validation;
};

struct form__node {
    str name;
    uint32_t parent, first, last, next; /* siblings in the order of the file; FORM__NONE */
    uint32_t component;                 /* FORM__NONE: a context of its children */
    uint32_t children;
    const struct feel_shape *shape;     /* of all children */
};

struct form__scope {
    uint32_t parent;    /* FORM__NONE for the form's */
    uint32_t component; /* the list, or FORM__NONE */
    struct form__node *nodes;
    uint32_t node_count, node_size;
    uint32_t first, last;   /* the first and last top node */
    uint32_t *components;   /* in the order of the file */
    uint32_t component_count, component_size;
    uint32_t top_count;
    const struct feel_shape *shape; /* of all top nodes */
    const struct feel_type *type;
};

struct form {
    str id, file, source;
    const struct words *words;  /* that its texts are in, or NULL: as they were written */
    const struct form *english; /* the same in English, or NULL */
    struct form_component *components;
    struct form__detail *details;
    uint32_t count;
    uint32_t *fields;
    uint32_t field_count;
    struct form__scope *scopes;
    uint32_t scope_count;
    str *variables;
    uint32_t variable_count;
    struct json json;
};

/* ---- Loading ---- */

struct form__loader {
    struct arena *a;
    struct form *f;
    struct feel_eval *ev; /* for patterns: whether FEEL can read them */
    uint32_t component_size, scope_size, variable_size, program_count;
    struct error *err;
};

/* The file with its texts in another language; the places of the texts stay those of the file. */
struct json form__translated(struct arena *a, const struct json *j, const struct words *words);

/* Sets the error at the place of `at`, which may be NULL; the caller adds the hint. Returns false. */
bool form__fail(struct form__loader *l, enum error_code code, const struct json *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Grows an array to hold one more. */
void *form__grow(struct arena *a, void *items, uint32_t count, uint32_t *size, size_t item);

/* The member that a path with dots leads to, or NULL. */
const struct json *form__json_member(const struct json *object, const char *path);

/* A value of JSON; exact. */
feel_value form__json_value(struct arena *a, const struct json *j);

/* Makes the nodes of a component's key under `parent` in its scope; false with an error when the path is taken. */
bool form__add_node(struct form__loader *l, uint32_t component, uint32_t parent, const struct json *at,
                    uint32_t *ret_node);

/* After all nodes are there: shapes, types, patterns of paths. */
void form__finish_names(struct form__loader *l);

/* A top node of a scope by its name, or FORM__NONE; a child of a node likewise. */
uint32_t form__find_top(const struct form__scope *s, str name);
uint32_t form__find_child(const struct form__scope *s, uint32_t parent, str name);

/* Compiles FEEL for a component's scope. */
bool form__compile(struct form__loader *l, uint32_t scope, str text, const struct json *at,
                   const struct form__program **ret);

/* A variable that the form reads. */
void form__note_variable(struct form__loader *l, str name);

/* Entries of a list of choices, contexts of label and value or bare values, as {label, value}, the labels in `words`;
 * or null. */
feel_value form__option_list(struct arena *a, feel_value entries, const struct words *words);

/* Whether each default is a value of its field: read.c. */
bool form__check_defaults(struct form__loader *l);

bool form__compile_template(struct form__loader *l, uint32_t scope, str text, const struct json *at,
                            const struct form__piece **ret);
bool form__is_template(str text);

/* False when the pattern uses what FEEL's regular expressions do not have. */
bool form__translate_pattern(struct arena *a, str pattern, str *ret);

/* ---- Checking ---- */

enum form__code {
#define SAY(sentence) sentence
#define PROBLEM(name, code, text, remedy) FORM__##name,
#include "form/problem.def"
#undef PROBLEM
#undef SAY
    FORM__CODES
};

/* Why an answer is none, before it is known whether anybody will hear of it. */
struct form__fault {
    bool set;
    enum form__code code;
    str a, b;
};

struct form__row;

struct form__cell {
    bool given;          /* there was an answer */
    bool read;           /* and it has been looked at, or the default in its place */
    bool hidden;
    bool absent;         /* has no value in the result, though not hidden: disabled, or not scored */
    bool kept;           /* the answer is no value, but a draft keeps it */
    feel_value answer;
    feel_value value;    /* of the type of the field, or null */
    feel_value options;  /* of choices: a list of {label, value} */
    struct form__fault fault;
    struct form__row **rows; /* of lists */
    uint32_t row_count;
    uint64_t built_at;   /* the change of the state at which `built` was the list's value */
    feel_value built;
};

struct form__row {
    const struct form__scope *scope;
    struct form__row *parent; /* NULL for the form's */
    uint32_t list;            /* the component whose row it is */
    uint32_t index;           /* from 1; 0 for the form's */
    struct form__cell *cells;
    uint64_t changed_at, built_at; /* the change of the state that was the row's last, and at which `built` was made */
    feel_value built;              /* the row's value */
};

struct form__state {
    const struct form *f;
    struct feel_eval *ev;
    struct arena *a; /* of the evaluator: it lives until the reset */
    const struct form_request *request;
    enum lang lang;
    struct form__row *root;
    uint64_t change;  /* counts changes of values */
    uint32_t cells, runs;
    const char *limit; /* the bound that was hit, or NULL */
    struct arena *out; /* of problems and values */
    struct form_problem *problems;
    uint32_t problem_count, problem_size;
    bool quiet;        /* problems are not wanted */
};

/* The element of a loop in a template. */
struct form__item {
    const struct form__item *outer;
    feel_value value;
};

/* expression.c */
feel_value form__run_with(struct form__state *st, struct form__row *row, const struct form__item *item,
                          const struct form__program *p);
feel_value form__run(struct form__state *st, struct form__row *row, const struct form__program *p);
feel_value form__attribute(struct form__state *st, struct form__row *row, uint32_t component,
                           enum form_attribute attribute);
bool form__flag(struct form__state *st, struct form__row *row, uint32_t component, enum form_attribute attribute);
bool form__number(struct form__state *st, struct form__row *row, uint32_t component,
                  enum form_attribute attribute, dec *ret);

/* template.c: the text of a template in a row. */
feel_value form__fill(struct form__state *st, struct form__row *row, const struct form__piece *pieces);

/* row.c */
struct form__row *form__new_row(struct form__state *st, uint32_t scope, struct form__row *parent, uint32_t list,
                                uint32_t index);
/* Takes the answers of a context into the cells of a row. */
void form__take(struct form__state *st, struct form__row *row, feel_value answers);
/* The value of a row, of a node; with `result` as the request gives it back: disabled fields left out, drafts kept. */
feel_value form__row_value(struct form__state *st, struct form__row *row, bool result);
feel_value form__node_value(struct form__state *st, struct form__row *row, uint32_t node, bool result,
                            bool *ret_there);
struct form__cell *form__cell(const struct form__state *st, struct form__row *row, uint32_t component);
/* The rows of a list whose rows are fixed; of another, those that it begins with. */
uint32_t form__initial_rows(const struct form__state *st, uint32_t component);

/* The least or most rows of a list, where its form says so. */
bool form__row_bound(struct form__state *st, struct form__row *row, uint32_t component, enum form_attribute which,
                     uint32_t *ret);
/* The row and component of a path; false where the form has none. */
bool form__locate(const struct form__state *st, str path, struct form__row **ret_row, uint32_t *ret_component);

/* settle.c */
enum error_code form__settle(struct form__state *st, struct error *err);
/* Whether the field cannot be changed: readonly or disabled. */
bool form__is_fixed(struct form__state *st, struct form__row *row, uint32_t component);
/* Whether a bound was hit, memory among them; and its error. */
bool form__spent(struct form__state *st);
enum error_code form__limited(struct form__state *st, struct error *err);

/* read.c: an answer to a value of the component's type; false with a fault. Null for nothing. */
bool form__read(struct form__state *st, struct form__row *row, uint32_t component, feel_value answer, feel_value *ret,
                struct form__fault *fault);
feel_value form__empty(enum form_type type);
feel_value form__options(struct form__state *st, struct form__row *row, uint32_t component);
bool form__is_empty(feel_value v);
bool form__read_files(struct form__state *st, feel_value answer, uint32_t most, feel_value *ret,
                      struct form__fault *fault);
bool form__fault(struct form__fault *fault, enum form__code code, str a, str b);
str form__text_of(struct arena *a, feel_value v);

/* rule.c: what else is asked of the value of a cell. */
void form__apply_rules(struct form__state *st, struct form__row *row, uint32_t component, feel_value value,
                       bool required);

/* problem.c */
void form__report(struct form__state *st, struct form__row *row, uint32_t component, feel_value value,
                  struct form__fault fault);
void form__report_path(struct form__state *st, str path, str label, feel_value value, struct form__fault fault);
str form__remedy(struct arena *a, enum lang lang, struct form__fault fault);
str form__path(struct arena *a, const struct form__state *st, struct form__row *row, uint32_t component);
str form__node_path(struct arena *a, const struct form__state *st, struct form__row *row, uint32_t node);
str form__row_path(struct arena *a, const struct form__state *st, struct form__row *row);
/* The label where it is neither FEEL nor a template, or the key. */
str form__plain_label(const struct form *f, const struct form_component *c);
str form__label(struct form__state *st, struct form__row *row, uint32_t component);

/* check.c: rows of the request, settled. */
enum error_code form__begin(struct form__state *st, feel_value answers, struct error *err);
enum error_code form__begin_request(struct form__state *st, struct error *err);
bool form__is_open(const struct form_request *rq, str path);

/* path.c: the first step of a path, and what follows; false when it is none. An index is 0 where there is none, and
 * UINT32_MAX for []. */
bool form__step(str *path, str *ret_name, uint32_t *ret_index);
feel_value form__with_entry(struct arena *a, feel_value context, str name, feel_value value);
feel_value form__with_path(struct arena *a, feel_value base, str path, feel_value value);
bool form__same(struct feel_eval *ev, feel_value x, feel_value y);

#endif
