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

/* The version whose rules hold on a day: of those that are in effect by then, as their `from` says, the one installed
 * last. ERROR_MISSING when there is none. */
enum error_code record_in_force(struct record *r, struct store_view *v, str name, cal_date day,
                                const struct scheme **ret, struct error *err);

/* The names of the installed schemes in the order of their bytes, in `a`; at most `max`. */
uint32_t record_schemes(struct store_view *v, struct arena *a, str *ret, uint32_t max);

/* The version that was installed before the one that new dossiers run on, and since when that one has been. False:
 * there is none, or it cannot be read. */
bool record_scheme_before(struct record *r, struct store_view *v, str name, const struct scheme **ret,
                          int64_t *ret_since);

/* Adds the rows that store a scheme and make it the one that new dossiers run on. Two at once: one is told that the key
 * exists (STORE_EXISTS) and may try again. */
enum error_code record_install(struct record *r, struct store_view *v, struct store_change *c, struct arena *a,
                               const struct scheme *s, int64_t actor, int64_t now, struct error *err);

/* The scheme "core", which is part of the program; and its installing where it is missing or of another version, which
 * commits and waits. */
enum error_code record_core(struct arena *a, const struct scheme **ret, struct error *err);
enum error_code record_install_core(struct record *r, int64_t now, struct error *err);

/* ---- Plans ---- */

/* What plans have read of ledgers and need not read again: the same for all acts over one view. In an arena that lives
 * as long as the view does. */
struct record_readings;
struct record_readings *record_readings(struct arena *a);

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
    str despite;               /* why it is written although the ledger's checks warn; empty: then it is not, but by
                                * a process. The reason (or the warnings) go into the audit */
    int64_t now;
    struct record_readings *readings; /* NULL: each act reads for itself */
};

/* A plan of its own, for commands; record_finish commits and waits, as people_finish does. */
enum error_code record_begin(struct record *r, struct arena *a, int64_t actor, int64_t now, struct record_plan *ret,
                             struct error *err);
enum error_code record_finish(struct record_plan *plan, enum error_code planned, bool *ret_stale, struct error *err);

/* ---- Ledgers ---- */

/* A ledger with the scheme it belongs to (may be NULL), both kept as long as the record lives. `name` is "titles" (of
 * `own`) or "scheme.ledger"; ERROR_MISSING names what is not there. A ledger of another scheme only if that is shared
 * with `own`, and then *ret_shared (may be NULL) is true: only the fields of its `share` may be read. Without `own`
 * (NULL: an officer, a command) nothing is asked of `share`. */
enum error_code record_ledger(struct record *r, struct store_view *v, const struct scheme *own, str name,
                              const struct scheme **ret_scheme, const struct scheme_ledger **ret, bool *ret_shared,
                              struct error *err);

struct record_row {
    int64_t row, id;              /* of the row; of this revision */
    int64_t revision;             /* from 1 */
    int64_t office, dossier, parent, actor;
    str party;                    /* the handle of its owner, or empty */
    int64_t valid_from, valid_to; /* instants, the end excluded; INT64_MIN, INT64_MAX: without bound */
    int64_t known_from, known_to; /* known_to INT64_MAX: is known */
    feel_value body;              /* the fields, in the order of the ledger; sealed and personal ones as commitments.
                                   * Its names are the ledger's, and live as long as that does */
};

/* The ledger that a row stands in, and its scheme (may be NULL), kept as above. False: there is no such row. */
bool record_ledger_of_row(struct record *r, struct store_view *v, int64_t row, const struct scheme **ret_scheme,
                          const struct scheme_ledger **ret);

/* The row as `where`, rules and pages see it: its fields, and `row`, `revision`, `office`, `dossier` as text and
 * numbers. */
feel_value record_context(struct arena *a, const struct scheme_ledger *l, const struct record_row *row);

/* The ledger as somebody sees it who may see fields of the class `least` and of those behind it: the others have no
 * name, so no filter, order or column of it can ask for them. And the row through it: without them. */
const struct scheme_ledger *record_ledger_seen(struct arena *a, const struct scheme_ledger *l,
                                               enum scheme_class least);
feel_value record_seen(struct arena *a, const struct scheme_ledger *seen, const struct record_row *row);

/* The short code of a row, as people read it out and type it in, with a check character; empty where the ledger's
 * `code` says nothing. And back: spaces, dashes and small letters do not matter; ERROR_INVALID where the check
 * character does not fit. Whether there is such a row is not asked. */
str record_short_code(struct arena *a, const struct scheme_ledger *l, int64_t row);
enum error_code record_read_short_code(const struct scheme_ledger *l, str text, int64_t *ret_row, struct error *err);

/* Many rows: their names are kept once. */
void record_contexts(struct arena *a, const struct scheme_ledger *l, const struct record_row *rows, uint32_t count,
                     feel_value *ret);

/* Writes a new row. Values are a context by field name; a value of another type, a field that this writer may not
 * write, one that the ledger has not, a missing required one, a code that its parameter has not on the first day of the
 * row (today, where it says none): ERROR_INVALID naming it. The ledger's key is respected, and its decision `checks`
 * asked. A field that is numbered and comes without a value gets the next number of its series and year, without a gap;
 * of two that take one at once the second looks again. */
enum error_code record_add(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                           feel_value values, int64_t *ret_row, struct error *err);

/* The number that a row which the plan adds has got; empty: none. */
str record_numbered(const struct record_plan *plan, const struct scheme_ledger *l, int64_t row);

/* A new revision with other values for some fields; the one known is ended. `revision`: the one that was read (0:
 * whatever it is); another one was faster: ERROR_INVALID. `reason` goes into the audit row. */
enum error_code record_change(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                              int64_t row, int64_t revision, feel_value values, str reason, struct error *err);

/* The row is known no more (a slip of the pen); what ends in truth gets an end of its validity by record_change. */
enum error_code record_strike(const struct record_plan *plan, const struct scheme_ledger *l, int64_t row, str reason,
                              struct error *err);

/* ---- Imports ---- */

/* Up to 10^6 rows at once, all or nothing: rows of a batch are written as they come and seen by nobody until one small
 * unit makes them visible. A key that a row of a batch has is taken: others are told so, until the batch is visible or
 * dropped. A batch whose writer is gone (a crash; RECORD_BATCH_SECONDS without a row) is dropped by record_batch_tend.
 * Words of the rows are found when that has moved them among the other rows. */
struct record_batch;

enum error_code record_batch_begin(struct record *r, const struct scheme *s, const struct scheme_ledger *l,
                                   int64_t actor, int64_t office, int64_t now, struct record_batch **ret,
                                   struct error *err);

/* One row; what is wrong with it is told at once, and the batch goes on without it. */
enum error_code record_batch_add(struct record_batch *b, feel_value values, int64_t now, struct error *err);

/* Other values for some fields of a row that is known; until the batch is visible, the row is as it was, and nobody
 * else may change it. */
enum error_code record_batch_change(struct record_batch *b, int64_t row, feel_value values, int64_t now,
                                    struct error *err);

/* New rows belong to the dossier; to be said before the first. */
void record_batch_dossier(struct record_batch *b, int64_t dossier);

/* What the rows came from, for the audit: its first 60 characters. */
void record_batch_about(struct record_batch *b, str what);

/* Makes all rows visible and frees the batch; after an error it is still there, to be dropped. */
enum error_code record_batch_flip(struct record_batch *b, int64_t now, int64_t *ret_count, struct error *err);

/* Gives it up and frees it. */
enum error_code record_batch_drop(struct record_batch *b, int64_t now, struct error *err);

/* Frees it and leaves the rest to record_batch_tend, as a crash does. */
void record_batch_free(struct record_batch *b);

/* One piece of what is left to do with batches: moving rows of a visible one among the other rows, taking away those of
 * a dropped one. *ret_more: to be called again. For a thread in the background. */
enum error_code record_batch_tend(struct record *r, int64_t now, bool *ret_more, struct error *err);

/* One piece of what a newly installed version of a scheme leaves to do with rows that are there: index rows for fields
 * that have an index now, for another key of the ledger; words, when other fields are searched. Until an index is
 * whole, questions do without it, and nobody writes rows under a key that is new. To be called like record_batch_tend;
 * it begins some seconds after the installing. */
enum error_code record_index_tend(struct record *r, int64_t now, bool *ret_more, struct error *err);

/* ---- Days that bring something about ---- */

/* The `due` of a ledger: a row that is known has, for each of them whose FEEL gives a day, one open entry. Whoever
 * writes a row notes in the same unit that its days are to be computed again; an import and a new version of the
 * scheme note all rows. An entry that was acted upon stays, so the same day of a row never comes twice; an open one
 * goes when its row is struck or has another day. Days that are over when a row comes are acted upon at once. */
struct record_due {
    int64_t row, day, version; /* day: its first instant */
    str name, ledger;
    int64_t office, done, dossier;
};

/* One piece of computing days again; for a thread in the background, like record_batch_tend. */
enum error_code record_due_tend(struct record *r, int64_t now, bool *ret_more, struct error *err);

/* The open entries whose day has come, at most `most`. */
uint32_t record_due_now(struct store_view *v, struct arena *a, int64_t now, uint32_t most, struct record_due *ret);

/* Those of a row, open and acted upon, by day; at most `most`. */
uint32_t record_due_of(struct store_view *v, struct arena *a, int64_t row, uint32_t most, struct record_due *ret);

/* Adds to the change that it was acted upon; `dossier`: that began by it. Two servers: one of them is stale. */
void record_due_done(struct store_change *c, const struct record_due *due, int64_t now, int64_t dossier);

/* ---- Asking ---- */

/* A FEEL filter over rows of a ledger, compiled once: conditions on indexed fields become ranges of the index, the rest
 * is evaluated row by row. `this_type` (or NULL) has the names that may follow `this`. */
struct record_filter;

enum error_code record_filter(struct arena *a, const struct scheme_ledger *l, str where,
                              const struct feel_type *this_type, const struct record_filter **ret, struct error *err);

/* Does a filter that a person has written name only what rows of the ledger have? To a filter all other names are null,
 * so that one of a package also reads rows of a version that had them not; but whoever has mistyped a name would be
 * told that there are no such rows. ERROR_INVALID says which name, with the fields that are most like it. */
enum error_code record_names(struct arena *a, const struct scheme_ledger *l, str where, struct error *err);

enum { RECORD_ALL_TIMES = 1 }; /* every validity, not only what holds at `valid_at` */

struct record_query {
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;
    const struct record_filter *filter; /* NULL: all */
    feel_value self;                    /* `this` of the filter */
    str words;                          /* a search; or empty */
    int64_t office;                     /* only rows of it, and of those below it; 0: all */
    const struct people_tree *tree;     /* that says what is below `office`; NULL: nothing */
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

/* Does a row that was read fit the filter of a question? */
bool record_fits(struct store_view *v, struct feel_eval *ev, const struct record_query *q,
                 const struct record_row *row);

/* How many there are, counted to at most `most` (1,000 on pages). */
enum error_code record_count(struct store_view *v, struct feel_eval *ev, const struct record_query *q, uint32_t most,
                             uint32_t *ret, struct error *err);

/* Rows by the text of one field, asked for one after the other: what a page does for each of its lines. It compiles
 * nothing and runs nothing where the field has an index. All of it lives in the arena, and as long as the view. */
struct record_finder;

enum error_code record_finder(struct store_view *v, struct arena *a, const struct scheme *s,
                              const struct scheme_ledger *l, str field, struct record_finder **ret, struct error *err);

/* The newest row that is known now, whenever it holds; ERROR_MISSING. */
enum error_code record_find(struct record_finder *f, str text, struct record_row *ret, struct error *err);

/* Is it a row of this ledger of the scheme? Whoever takes a row's number from a reader asks this first. */
bool record_is_row(struct store_view *v, const struct scheme *s, const struct scheme_ledger *l, int64_t row);

/* The rows of a ledger that a dossier wrote a revision of, by number; at most `max`. */
uint32_t record_rows_of(struct store_view *v, const struct scheme *s, const struct scheme_ledger *l, int64_t dossier,
                        int64_t *ret, uint32_t max);

/* The newest revision of a row, whether it is known still or was ended; ERROR_MISSING. */
enum error_code record_last(struct store_view *v, struct arena *a, const struct scheme_ledger *l, int64_t row,
                            struct record_row *ret, struct error *err);

/* All revisions of a row, the first first. */
enum error_code record_history(struct store_view *v, struct arena *a, const struct scheme_ledger *l, int64_t row,
                               const struct record_row **ret, uint32_t *ret_count, struct error *err);

/* ---- Parameters ---- */

/* Rows of parameters are rows of the ledger "scheme.#parameter", with source, state and the days in force. */

/* Writes the package's own rows: those that are missing, and those of the same keys and first day that differ, unless
 * the office has confirmed them or opened a round with them. To be called before record_install; what was interrupted
 * goes on. Commits and waits. */
enum error_code record_install_parameters(struct record *r, const struct scheme *s, int64_t actor, int64_t now,
                                          struct error *err);

/* The rows in force on a day as rules see them (scheme_rows_on). */
enum error_code record_parameter(struct record *r, struct store_view *v, const struct scheme *s,
                                 const struct scheme_parameter *p, cal_date day, struct arena *a, feel_value *ret,
                                 struct error *err);

/* Opening a round: for each key the row that holds ends on the day before `from`, and a copy of it begins that is
 * 待核实. Rows of the sample are not copied. What was interrupted goes on when it is called again. Commits and waits. */
enum error_code record_round_open(struct record *r, const struct scheme *s, str round, cal_date from, int64_t actor,
                                  int64_t now, uint32_t *ret_copied, struct error *err);

/* The rounds that were opened, the last first, as JSON: its name, the first day of its rows, how many there are, how
 * many are confirmed, how many lack a source. */
enum error_code record_rounds_write(struct store_view *v, const struct scheme *s, struct buf *out, struct error *err);

/* The rows of a round as JSON: what changed against the row before (or that there is none), and the same numbers. */
enum error_code record_round_write(struct store_view *v, const struct scheme *s, str round, struct buf *out,
                                   struct error *err);

/* Other values, or another source, for a row that is not confirmed. */
enum error_code record_round_set(const struct record_plan *plan, const struct scheme *s,
                                 const struct scheme_parameter *p, int64_t row, feel_value values, struct error *err);

/* Confirms a row with the number of the paper it rests on. The actor must be a person who never wrote into the row. Of
 * two at once one wins; the other is told so (ERROR_INVALID). */
enum error_code record_round_confirm(const struct record_plan *plan, const struct scheme *s,
                                     const struct scheme_parameter *p, int64_t row, str paper, struct error *err);

/* ---- Facts ---- */

/* What a decision or service (a node of the model) reads. Binds each input that it needs (scheme.h says in which order)
 * and returns them as one context, to which the variables are added by the caller where nothing else has the name.
 * `self` is `this`. `ret_used` notes each row that was read: {"fact": [{"row","revision",…}], …}; it is stored with the
 * decision. A fact of a scheme that is not installed is null and named in `ret_used`. More than RECORD_FACT_ROWS rows:
 * ERROR_LIMIT. */
enum error_code record_bind(struct record *r, struct store_view *v, struct feel_eval *ev, const struct scheme *s,
                            const struct dmn_model *m, uint32_t node, feel_value self, cal_date key_date,
                            struct arena *a, feel_value *ret, feel_value *ret_used, struct error *err);

/* The same for names that a form or a condition reads. */
enum error_code record_bind_names(struct record *r, struct store_view *v, struct feel_eval *ev, const struct scheme *s,
                                  const str *names, uint32_t count, feel_value self, cal_date key_date,
                                  struct arena *a, feel_value *ret, feel_value *ret_used, struct error *err);

/* The same fact for many askers at once, fetched by its equality keys: one value for each. Rows of ledgers are as they
 * were known at an instant (`known`, in microseconds; 0: now), so that several facts show one picture; views are taken
 * as they are needed. The store is asked for a ledger page by page and for a parameter once, not for each asker. */
enum error_code record_facts_of(struct record *r, int64_t known, struct feel_eval *ev, const struct scheme *s,
                                const struct scheme_fact *f, const feel_value *selves, const cal_date *days,
                                uint32_t count, struct arena *a, feel_value *ret, struct error *err);

/* ---- Statistics ---- */

/* Is it one of the ledgers that nobody writes: core.dossiers, core.decisions, core.clocks, core.listed? */
bool record_is_builtin(str ledger);

/* Whose rows are counted, and on which day. */
struct record_scope {
    cal_date day;
    int64_t office; /* only rows and dossiers of it, and of those below it; 0: all */
    const struct people_tree *tree; /* that says what is below it; NULL: nothing */
};

/* A statistic of the scheme over rows of the office, with a cut-off on that day (scheme/statistic.h): counts above and
 * below the line, by groups, and where they are wanted the rows that were counted. */
enum error_code record_statistic(struct record *r, struct store_view *v, struct feel_eval *ev, const struct scheme *s,
                                 const struct scheme_statistic *one, const struct record_scope *of, bool rows,
                                 struct arena *a, feel_value *ret, struct error *err);

/* The same as JSON, with what is counted in words and as the manifest says it: {"name","title","definition","above",
 * "below","show","cut","day","total":{"top","bottom","rows"},"groups":[{"by","top","bottom","rows"}],
 * "said":[{"by","said"}]}. One that cannot be counted (a ledger is not there) has "unavailable", which says why, in the
 * place of the numbers. */
enum error_code record_statistic_write(struct record *r, struct store_view *v, struct feel_eval *ev,
                                       const struct scheme *s, const struct scheme_statistic *one,
                                       const struct record_scope *of, bool rows, struct buf *out, struct error *err);

/* ---- Calendar ---- */

/* Adds rows of a table (CSV with the columns day, working, name, source, state) to the calendar, or changes those of
 * the same days. Commits and waits. */
enum error_code record_import_calendar(struct record *r, str rows, int64_t actor, int64_t now, struct error *err);

/* The calendar as it would be with such a table, and the first day of it that is otherwise than now; *ret_first is the
 * year 9999's last where none is. Nothing is stored; cal_calendar_free. */
enum error_code record_calendar_with(struct record *r, struct store_view *v, str rows, struct cal_calendar **ret,
                                     cal_date *ret_first, struct error *err);

/* The calendar of working days as the parameter calendar of core has it, kept until it changes; its name says its
 * version. */
enum error_code record_calendar(struct record *r, struct store_view *v, const struct cal_calendar **ret,
                                struct error *err);

/* As it was known at an instant; and the one of a name, which was known at an instant: ERROR_MISSING when its days were
 * others by then. */
enum error_code record_calendar_at(struct record *r, struct store_view *v, int64_t known_at,
                                   const struct cal_calendar **ret, struct error *err);
enum error_code record_calendar_named(struct record *r, str name, int64_t known_at, const struct cal_calendar **ret,
                                      struct error *err);

#endif
