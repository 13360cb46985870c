/* record: what an office keeps. Installed schemes, the rows of ledgers, parameters, facts, parties.
 *
 * Vocabulary
 *   row       a record of a ledger (台账的一行), named by a number; it has revisions
 *   revision  what a row said from one moment to the next
 *   valid     when it holds, as the row's own fields say: "from 2019-06-28 to 2021-06-27"
 *   known     when the office knew it: from the commit that wrote it to the one that ended it
 *   owner     the office, and where there is one the party and the dossier, that a row belongs to
 *   handle    how a party is called in rows: its unified credit code, or a random name
 *
 * Plans. As in people: what changes rows is a function over a struct record_plan, which reads from the plan's view,
 * adds rows to the plan's change and writes its audit row there; so several acts commit as one unit. Whether the actor
 * may is asked before, of people_may.
 *
 * Ledgers are named "scheme.ledger" ("shouhe.titles"); the built-in ones belong to the scheme "core".
 *
 * Invariants
 *   1. No row is ever changed or deleted: a revision is ended and another begins. So what was known on a day can be
 *      asked for ever; only the values of class personal and sealed can be destroyed, by destroying their key.
 *   2. A value of class personal or sealed never stands in the database in plain text: the row has a commitment, the
 *      value is kept once, encrypted with the party's key, which is not in the database.
 *   3. For the same key of a ledger at most one row is known at a time with overlapping validity.
 *   4. Every index row can be made again from the revisions.
 */
#ifndef GONGSHI_RECORD_RECORD_H
#define GONGSHI_RECORD_RECORD_H

#include "people/people.h"
#include "scheme/scheme.h"
#include "store/store.h"

struct record;

struct record_config {
    struct store *store;    /* outlives it */
    struct people *people;  /* may be NULL in benchmarks */
};

enum error_code record_open(const struct record_config *config, struct record **ret, struct error *err);
void record_close(struct record *r);

/* ---- Installed schemes ---- */

/* The scheme of a hash, loaded once and kept; ERROR_MISSING when there is none. */
enum error_code record_scheme(struct record *r, struct store_view *v, str hash, const struct scheme **ret,
                              struct error *err);

/* The version that new dossiers of a scheme run on: the one installed last. */
enum error_code record_installed(struct record *r, struct store_view *v, str name, const struct scheme **ret,
                                 struct error *err);

/* Adds the rows that store a scheme and make it the one that new dossiers run on. Two at once: one is told that the key
 * exists (STORE_EXISTS) and may try again. */
enum error_code record_install(struct record *r, struct store_view *v, struct store_change *c, struct arena *a,
                               const struct scheme *s, int64_t actor, int64_t now, struct error *err);

/* ---- Plans ---- */

/* What acts read from and write into; made by whoever commits (work, commands). All in the arena. */
struct record_plan {
    struct record *record;
    struct store_view *view;
    struct store_change *change;
    struct arena *arena;
    struct feel_eval *ev;      /* of checks, filters, facts */
    int64_t actor;             /* a person; 0: the program */
    unsigned by;               /* SCHEME_BY_OFFICER, _PROCESS or _IMPORT: what the fields' `write` is compared with */
    int64_t office;            /* whose rows are written; of an officer's act the office that he acts in */
    int64_t dossier;           /* that writes, or 0 */
    int64_t now;
};

/* A plan of its own, for commands; record_finish commits and waits, as people_finish does. */
enum error_code record_begin(struct record *r, struct arena *a, int64_t actor, int64_t now, struct record_plan *ret,
                             struct error *err);
enum error_code record_finish(struct record_plan *plan, enum error_code planned, bool *ret_stale, struct error *err);

/* ---- Ledgers ---- */

/* A ledger with the scheme it belongs to, both kept as long as the record lives. `name` is "titles" (of `own`) or
 * "scheme.ledger"; ERROR_MISSING names what is not there. A ledger of another scheme only as far as its `share` goes:
 * `ret_shared` (may be NULL) has the fields that may be read, NULL: all. */
enum error_code record_ledger(struct record *r, struct store_view *v, const struct scheme *own, str name,
                              const struct scheme_ledger **ret, struct error *err);

struct record_row {
    int64_t row, id;              /* of the row; of this revision */
    int64_t revision;             /* from 1 */
    int64_t office, dossier, parent, actor;
    str party;                    /* the handle of its owner, or empty */
    int64_t valid_from, valid_to; /* instants, the end excluded; INT64_MIN, INT64_MAX: without bound */
    int64_t known_from, known_to; /* known_to INT64_MAX: is known */
    feel_value body;              /* the fields, in the order of the ledger; sealed and personal ones as commitments */
};

/* The row as `where`, rules and pages see it: its fields, and `row`, `revision`, `office`, `dossier` as text and
 * numbers. */
feel_value record_context(struct arena *a, const struct scheme_ledger *l, const struct record_row *row);

/* Writes a new row. Values are a context by field name; a value of another type, a field that this writer may not
 * write, one that the ledger has not, a missing required one: ERROR_INVALID naming it. The ledger's key is respected.
 */
enum error_code record_add(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                           feel_value values, int64_t *ret_row, struct error *err);

/* A new revision with other values for some fields; the one known is ended. `revision`: the one that was read (0:
 * whatever it is); another one was faster: ERROR_INVALID. `reason` goes into the audit row. */
enum error_code record_change(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                              int64_t row, int64_t revision, feel_value values, str reason, struct error *err);

/* The row is known no more (a slip of the pen); what ends in truth gets an end of its validity by record_change. */
enum error_code record_strike(const struct record_plan *plan, const struct scheme_ledger *l, int64_t row, str reason,
                              struct error *err);

/* ---- Asking ---- */

/* A FEEL filter over rows of a ledger, compiled once: conditions on indexed fields become ranges of the index, the rest
 * is evaluated row by row. `this_type` (or NULL) has the names that may follow `this`. */
struct record_filter;

enum error_code record_filter(struct arena *a, const struct scheme *s, const struct scheme_ledger *l, str where,
                              const struct record_filter **ret, struct error *err);

enum { RECORD_ALL_TIMES = 1 }; /* every validity, not only what holds at `valid_at` */

struct record_query {
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;
    const struct record_filter *filter; /* NULL: all */
    feel_value self;                    /* `this` of the filter */
    str words;                          /* a search; or empty */
    int64_t office;                     /* only rows of it and below; 0: all */
    const struct people_tree *tree;     /* for `office` */
    int64_t valid_at;                   /* an instant; with RECORD_ALL_TIMES ignored */
    int64_t known_at;                   /* INT64_MAX: as known now */
    unsigned flags;
    str order;                          /* an indexed field, or empty: newest first */
    bool descending;
    str after;                          /* the cursor of an earlier answer, or empty */
    uint32_t max;
};

struct record_answer {
    const struct record_row *rows;      /* in the arena */
    uint32_t count;
    uint64_t examined;                  /* rows looked at for it */
    str next;                           /* cursor of what follows, or empty: that was all */
};

enum error_code record_query(struct store_view *v, struct feel_eval *ev, const struct record_query *q, struct arena *a,
                             struct record_answer *ret, struct error *err);

/* How many there are, counted to at most `most` (1,000 on pages). */
enum error_code record_count(struct store_view *v, struct feel_eval *ev, const struct record_query *q, uint32_t most,
                             uint32_t *ret, struct error *err);

/* All revisions of a row, the first first. */
enum error_code record_history(struct store_view *v, struct arena *a, const struct scheme_ledger *l, int64_t row,
                               const struct record_row **ret, uint32_t *ret_count, struct error *err);

/* ---- Parameters ---- */

/* Rows of parameters are rows of the ledger "scheme#parameter", with source, state and the days in force; the package's
 * own rows are written at installing. */

/* The rows in force on a day as rules see them (scheme_rows_on). */
enum error_code record_parameter(struct record *r, struct store_view *v, const struct scheme *s,
                                 const struct scheme_parameter *p, cal_date day, struct arena *a, feel_value *ret,
                                 struct error *err);

/* ---- Facts ---- */

/* What a decision reads. Given the inputs that it names, binds each (scheme.h says in which order) and returns them as
 * one context, to which the variables are added by the caller where nothing else has the name. `self` is `this`.
 * `ret_used` notes each row that was read: {"fact": [{"row","revision",…}], …}; it is stored with the decision.
 * A fact of a scheme that is not installed is null and named in `ret_used`. More than RECORD_FACT_ROWS rows:
 * ERROR_LIMIT. */
enum error_code record_bind(struct record *r, struct store_view *v, struct feel_eval *ev, const struct scheme *s,
                            const struct dmn_model *m, feel_value self, cal_date key_date, struct arena *a,
                            feel_value *ret, feel_value *ret_used, struct error *err);

/* The same fact for many askers at once, fetched by its equality keys: one value for each. */
enum error_code record_facts_of(struct record *r, struct store_view *v, struct feel_eval *ev, const struct scheme *s,
                                const struct scheme_fact *f, const feel_value *selves, const cal_date *days,
                                uint32_t count, struct arena *a, feel_value *ret, struct error *err);

/* ---- Calendar ---- */

/* The calendar of working days as the ledger core#calendar has it, kept until it changes; its name says its version. */
enum error_code record_calendar(struct record *r, struct store_view *v, const struct cal_calendar **ret,
                                struct error *err);

#endif
