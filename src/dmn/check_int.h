/* check_int: what the files of the analysis share.
 *
 *   check.c     findings: collecting, wording, the model and the outputs of tables
 *   column.c    the cells of an input column as sets of positions
 *   example.c   a value between two others
 *   cover.c     gaps, overlaps and unreachable rules over the columns of a table
 *
 * Positions. The bounds that the cells of a column name cut its values into pieces: the bounds themselves and what
 * lies between two neighbours. Within a piece every cell gives the same answer, so one example stands for it.
 * Pieces without a value (between two days that follow one another) or outside the allowed values are left out; the
 * others are numbered, and a cell is a set of those numbers, its positions:
 *
 *     cells        < 18     [18..60)     > 60              allowed values: >= 0
 *     pieces         ...0 | 0...18 | 18 | 18...60 | 60 | 60...
 *     positions      0    1        2    3         4    5        ("below 0" is left out)
 *     < 18           0 – 1
 *     [18..60)                     2 –  3
 *     > 60                                             5        so 4, the value 60, is a gap
 *
 * Values of several kinds in one column stand one kind after the other.
 *
 * Null, which a missing input is, fits "-", not(…) of single values and whatever asks for it by name, and nothing
 * else (FEEL compares it with no value). It is position 0 of every column: a row that is there for missing inputs can
 * be reached, and two rules may overlap at null only. But it is no gap that a table has no answer to a missing input,
 * that is an undetermined case; so gaps count it only in a column where a cell asks for it by name.
 *
 * What is not known. A cell that rests on more than constants is UNKNOWN. Nothing is claimed that would need to know
 * it: for gaps and for the question whether a rule can be reached it counts as fitting everything, and its rule takes
 * no part in overlaps and covers no other rule.
 */
#ifndef GONGSHI_DMN_CHECK_INT_H
#define GONGSHI_DMN_CHECK_INT_H

#include "dmn/dmn_int.h"

struct dmn_checker {
    const struct dmn_model *m;
    struct arena *arena;  /* of the findings */
    struct arena scratch; /* of the table at hand */
    struct feel_eval *ev; /* for constants */
    enum lang lang;
    struct dmn_finding *findings;
    uint32_t count, size, dropped;
};

/* ---- check.c ---- */

/* Notes a finding at a place; the format is translated. */
void dmn__find(struct dmn_checker *c, struct dmn_finding where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The place of a rule (from 0) of a table, or of the table itself (-1); `at` gives the line. */
struct dmn_finding dmn__place(enum dmn_finding_kind kind, const struct dmn_table *t, int64_t rule,
                              const struct xml_node *at);

/* The text of a value for people, in the scratch arena. */
str dmn__value_text(struct dmn_checker *c, feel_value v);

/* ---- example.c ---- */

/* A value of the kind strictly between two others, each of which may be missing; the plainest that is found. For
 * strings `other` is tried first. False when there is none. */
bool dmn__between(struct arena *a, enum feel_kind kind, const feel_value *low, const feel_value *high, str other,
                  feel_value *ret);

/* ---- column.c ---- */

struct dmn_span {
    uint32_t from, to; /* positions, both included */
};

/* In order, with positions between each two. */
struct dmn_spans {
    uint32_t count;
    const struct dmn_span *list;
};

struct dmn_cell {
    enum { CELL_ANY, CELL_SET, CELL_UNKNOWN } kind;
    struct dmn_spans spans; /* of a set; none: no value fits */
};

struct dmn_column {
    str label;
    uint32_t position_count;     /* 1: nothing is allowed but null */
    bool asks_for_null;
    const feel_value *examples;  /* by position; FEEL_KINDS where nothing is known of the values */
    uint32_t usual;              /* the position of any other string, which makes the best example; or UINT32_MAX */
    const struct dmn_cell *cells; /* by rule */
    uint32_t set_count;          /* cells that are sets */
    const struct feel_program **checks; /* allowed values that are not understood, for examples to pass */
    uint32_t check_count;
};

/* The entries of the table by rule and input; NULL where a rule has too few. */
const struct xml_node **dmn__entries(struct dmn_checker *c, const struct dmn_table *t);

/* Reads a column and reports what is wrong with its cells. */
void dmn__read_column(struct dmn_checker *c, const struct dmn_table *t, const struct xml_node **entries,
                      uint32_t input, struct dmn_column *ret);

/* An example at one of the positions; false when there is none that is surely allowed. */
bool dmn__example(struct dmn_checker *c, const struct dmn_column *column, struct dmn_spans at, feel_value *ret);

/* ---- cover.c ---- */

/* What an output cell comes to, where it depends on nothing. */
struct dmn_output {
    bool known;
    feel_value value;
    str text;
};

/* Reports gaps, overlaps and unreachable rules; the outputs by rule and column. */
void dmn__cover(struct dmn_checker *c, const struct dmn_table *t, const struct dmn_column *columns,
                const struct dmn_output *outputs);

#endif
