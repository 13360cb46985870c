/* dmn: decision models (DMN 1.1 – 1.5) on top of FEEL.
 *
 * Vocabulary
 *   model        a definitions file with all it imports; immutable once loaded, shared by threads
 *   node         an input, a decision, a knowledge model (BKM) or a decision service of it
 *   evaluation   one decision or service computed from a context of inputs
 *   trace        what an evaluation did: nodes, rules tested, cells that missed, results
 *
 * Invariants
 *   1. Loading is permissive, as the TCK demands: a text that cannot be read evaluates to null with a
 *      diagnostic. Only XML that is no DMN at all, or a limit, fails the load. dmn_check says what is wrong.
 *   2. A decision is computed once per evaluation. An input given under a decision's name takes its place.
 *   3. An import is an instance of its own: a model imported along two ways has two sets of inputs.
 *   4. Nothing here opens files: imports are asked for through a callback.
 */
#ifndef GONGSHI_DMN_DMN_H
#define GONGSHI_DMN_DMN_H

#include "feel/feel.h"
#include "feel/inspect.h"

struct dmn_model;

/* ---- Loading ---- */

struct dmn_source {
    str name;  /* file name, for messages */
    str bytes; /* XML; must live as long as the load runs */
};

/* Finds the file of an import by its namespace (and location, which may be empty). False: there is none. */
typedef bool dmn_find_import(void *context, str namespace_uri, str location, struct dmn_source *ret);

/* Everything of the model is allocated from `a`. `find` may be NULL. */
enum error_code dmn_load(struct arena *a, struct dmn_source source, dmn_find_import *find, void *context,
                         const struct dmn_model **ret, struct error *err);

/* The namespace of a definitions file, for implementations of dmn_find_import; false when it is none. */
bool dmn_namespace(struct arena *scratch, struct dmn_source source, str *ret);

/* SHA-256 of all the files of the model in the order they were loaded, in lower-case hexadecimal. */
str dmn_model_hash(const struct dmn_model *m);
str dmn_model_name(const struct dmn_model *m);

/* ---- Nodes ---- */

enum dmn_kind { DMN_INPUT, DMN_DECISION, DMN_KNOWLEDGE, DMN_SERVICE };

struct dmn_node_info {
    enum dmn_kind kind;
    str name;                     /* with the names of imports before it: "import.name" */
    str id;
    const struct feel_type *type; /* or NULL */
    uint32_t line;
};

uint32_t dmn_node_count(const struct dmn_model *m);
struct dmn_node_info dmn_node(const struct dmn_model *m, uint32_t node);

/* The node of a name (or id) and kind in the main file; -1 when there is none. */
int64_t dmn_find(const struct dmn_model *m, enum dmn_kind kind, str name);

/* Marks the nodes whose values an evaluation of `node` may need, itself too; `ret` has room for all nodes. */
void dmn_needed(const struct dmn_model *m, uint32_t node, bool *ret);

/* Is the node an input that a decision service is called with? */
bool dmn_is_given(const struct dmn_model *m, uint32_t node);

/* ---- Evaluation ---- */

/* Text given for a date, time or duration is read as one where the model's type says so (inputs from JSON). */
enum { DMN_TEXT_DATES = 1 };

/* Computes a decision or service. `inputs` is a context: inputs and decisions of the main file by name, those of an
 * import in a context of the import's name, or by "import.name". Diagnostics and limits are the evaluator's. */
feel_value dmn_evaluate(const struct dmn_model *m, struct feel_eval *ev, uint32_t node, feel_value inputs,
                        unsigned flags);

/* ---- Explanation ---- */

struct dmn_trace;

/* Evaluates as dmn_evaluate does and keeps what happened; the trace lives in the evaluator until its reset. */
feel_value dmn_evaluate_traced(const struct dmn_model *m, struct feel_eval *ev, uint32_t node, feel_value inputs,
                               unsigned flags, const struct dmn_trace **ret);

/* docs/explain.md describes both forms. */
void dmn_explain_json(const struct dmn_trace *t, enum lang lang, struct buf *out);
void dmn_explain_text(const struct dmn_trace *t, enum lang lang, struct buf *out);

/* The canonical record of the decision (docs/record.md). */
void dmn_record(const struct dmn_trace *t, struct buf *out);

/* ---- Analysis ---- */

enum dmn_finding_kind {
    DMN_SYNTAX,       /* a text that cannot be read */
    DMN_UNKNOWN_NAME, /* a name that is nowhere */
    DMN_MODEL,        /* the model contradicts itself: missing node, cycle, wrong hit policy */
    DMN_TYPE,         /* a cell of another type than its column */
    DMN_GAP,          /* inputs that no rule covers */
    DMN_OVERLAP,      /* inputs that two rules cover though the hit policy forbids it */
    DMN_UNREACHABLE,  /* a rule that can never be the one */
    DMN_NOT_ANALYSED, /* a cell that the analysis does not understand */
    DMN_FINDING_KINDS
};

struct dmn_finding {
    enum dmn_finding_kind kind;
    str file;
    uint32_t line;
    str node;       /* the decision or knowledge model */
    uint32_t rule;  /* from 1; 0 where it is about no rule */
    uint32_t other; /* the second rule of an overlap, or 0 */
    str text;       /* the sentence, with an example where there is one */
};

/* What is no mistake for sure and seldom meant: the traps of FEEL, and columns of tables in which no rule says what a
 * null means though nothing keeps it out. Only of the main file, in its order. */
struct dmn_doubt {
    str node;                     /* the decision or knowledge model */
    uint32_t line;
    bool trap;                    /* … or a column */
    struct feel_trap_place place; /* of a trap */
    str column;                   /* its label */
};

const struct dmn_doubt *dmn_doubts(const struct dmn_model *m, struct arena *a, uint32_t *ret_count);

const char *dmn_finding_name(enum dmn_finding_kind kind);

/* All findings, in the order of the file; allocated from `a`. */
const struct dmn_finding *dmn_check(const struct dmn_model *m, struct arena *a, enum lang lang, uint32_t *ret_count);

#endif
