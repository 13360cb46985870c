/* inspect: FEEL that can be read, runs, and does not say what its author meant.
 *
 * Each trap is legal FEEL. It is found in the tree, without running anything, and only where the tree shows it: a list
 * that may be empty is one that was filtered, not any list at all; what stands behind a look at count(…) is trusted.
 */
#ifndef GONGSHI_FEEL_INSPECT_H
#define GONGSHI_FEEL_INSPECT_H

#include "feel/tree.h"

enum feel_trap {
    FEEL_TRAP_SELF,   /* titles[level = level]: both sides are the row's, so every row passes */
    FEEL_TRAP_SUM,    /* sum, min, max … of a list that may be empty: null when it is */
    FEEL_TRAP_EVERY,  /* every over a list that may be empty: true when it is */
    FEEL_TRAP_NOT,    /* not("否") as a test, not(x = "否"): true for null */
    FEEL_TRAP_HIDDEN, /* date(…) where a variable is called date: the variable is called, which gives null */
    FEEL_TRAPS
};

const char *feel_trap_name(enum feel_trap trap); /* "self" … */

struct feel_trap_place {
    enum feel_trap trap;
    str name;             /* of what is compared or called, of the function that sums */
    str over;             /* of a sum or an every: the variable that the list is, or is a part of; or empty */
    str source, origin;   /* the text, and where it stands */
    uint32_t origin_line;
    uint32_t from, to;    /* bytes of source */
};

typedef void feel_trap_sink(void *context, const struct feel_trap_place *place);

/* Hands each trap of a tree to the sink, in the order of the text. */
void feel_inspect(const struct feel_node *root, feel_trap_sink *sink, void *context);

/* Whether unary tests can be true for null: they name it, look at "?" themselves, or are negated. */
bool feel_answers_null(const struct feel_node *tests);

/* Whether the value cannot be null: a constant, a count. */
bool feel_is_never_null(const struct feel_node *n);

/* An entry of a context that is written out. */
struct feel_entry {
    str name;
    const struct feel_type *type; /* as far as the text and the scope tell; NULL: unknown */
};

/* The entries of a text that is a context written out: {holder: subject, place: place}. False for any other text. */
bool feel_entries_of(struct arena *a, const struct feel_scope *scope, str source, const struct feel_entry **ret,
                     uint32_t *ret_count);

/* Like feel_inspect, for a text whose names nobody has declared: an expression, or unary tests. What it reads beyond
 * the scope is returned, each name once; `sink` may be NULL. ERROR_SYNTAX with column when it cannot be read. */
enum error_code feel_inspect_text(struct arena *a, const struct feel_scope *scope, str source, bool unary_tests,
                                  feel_trap_sink *sink, void *context, const str **ret_names, uint32_t *ret_count,
                                  struct error *err);

/* ---- Names that nobody has declared ---- */

/* The names that a text reads, each once: a form and a process declare no variables. Those that are there beforehand
 * are known, because they may hold spaces or operators. */
struct feel_names {
    str *items;
    uint32_t count, size;
};

void feel_names_add(struct arena *a, struct feel_names *n, str name);

/* Adds what the text reads beyond the names that are there. A word that names a built-in but is nowhere called is a
 * variable too: forms have fields called "number" and "date". */
void feel_names_of(struct arena *a, str text, struct feel_names *n);

/* The scope in which each name has its place in the list as its slot. */
const struct feel_scope *feel_names_scope(struct arena *a, const struct feel_names *n);

#endif
