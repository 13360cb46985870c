/* record_int: what the files of record share.
 *
 *   record.c  opening, plans        ledger.c  ledgers by name, contexts of rows
 *   scheme.c  stored schemes        value.c   values of fields as their types want them
 *   row.c     add, change, strike   index.c   index rows, words
 *   judge.c   codes and checks of rows              short_code.c  codes that people read out
 *   near.c    what may have been meant
 *   due.c     days of rows that bring something about
 *   reindex.c which names are kept, making new ones whole
 *   read.c    revisions read back   filter.c  conditions compiled
 *   range.c   pieces of the index   plan.c    which of them to read
 *   query.c   asking                find.c    rows by the text of a field
 *   batch.c   imports
 *   parameter.c  rows of parameters; round.c opens and confirms them; core.c the built-in scheme; calendar.c its days
 *   fact.c       facts over the store; group.c rows for many askers (table_int.h)
 */
#ifndef GONGSHI_RECORD_RECORD_INT_H
#define GONGSHI_RECORD_RECORD_INT_H

#include "record/record.h"

#include <pthread.h>

struct record__scheme; /* scheme.c */

struct record {
    struct arena arena;             /* this */
    struct store *store;
    struct people *people;
    cal_zone zone;                  /* whose midnights begin the days of validity */
    const struct scheme *known;     /* a scheme that is not stored: of tests and benchmarks; NULL: none */
    pthread_mutex_t scheme_lock;
    struct record__scheme *schemes; /* loaded, never unloaded while the record lives */
    pthread_mutex_t calendar_lock;
    struct arena calendar_arena;
    struct record__calendar *calendars; /* likewise */
    struct record__calendar *calendar;  /* the one that the store had with this commit; NULL: none is known */
    int64_t calendar_commit;
};

void record__schemes_release(struct record *r);
void record__calendars_release(struct record *r);

/* ---- record.c ---- */

enum error_code record__finish(struct record_plan *plan, enum error_code planned, enum store_lane lane,
                               bool *ret_stale, struct error *err);

/* What became of a change. */
bool record__is_stale(const struct store_result *result);
enum error_code record__result(const struct store_result *result, struct error *err);

/* ---- scheme.c ---- */

/* The number of the last deployment of a scheme, which rises, and its bundle; 0: there is none. */
int64_t record__last_deployment(struct store_view *v, str name, struct arena *a, str *ret_bundle);

/* ---- ledger.c ---- */

/* "scheme.ledger": how rows name it. */
str record__ledger_name(struct arena *a, const struct scheme *s, const struct scheme_ledger *l);

/* A ledger by its whole name. */
enum error_code record__own_ledger(struct record *r, struct store_view *v, str name, const struct scheme_ledger **ret,
                                   struct error *err);

/* The names of a ledger's fields, in its order. */
const struct feel_shape *record__shape(struct arena *a, const struct scheme_ledger *l);

/* The field that has the handle of a row's owner: the first of type party; -1: there is none. */
int32_t record__party_field(const struct scheme_ledger *l);

/* Is the value kept apart, and only a commitment in the row? The handle of a party is made to stand in rows. */
bool record__is_sealed(const struct scheme_field *f);

/* May an index of the field's values be asked? Not of values that are no scalars. */
bool record__is_indexed(const struct scheme_ledger *l, uint32_t field);

/* Names that a row has beside its fields, in this order behind them. */
enum record__extra { RECORD__ROW, RECORD__REVISION, RECORD__OFFICE, RECORD__DOSSIER, RECORD__PARENT, RECORD__EXTRAS };

extern const char *const record__extra_names[RECORD__EXTRAS];
feel_value record__extra(struct arena *a, const struct record_row *row, enum record__extra which);

/* ---- value.c ---- */

/* The body of a row: `values` over `before` (NULL: a new row), each as its type wants it. */
enum error_code record__body(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                             feel_value values, const struct record_row *before, feel_value *ret, struct error *err);

/* The same with personal values as they came. */
enum error_code record__plain_body(const struct record_plan *plan, const struct scheme *s,
                                   const struct scheme_ledger *l, feel_value values, const struct record_row *before,
                                   feel_value *ret, struct error *err);

/* One value: may this writer write the field, and does it take the value? */
enum error_code record__check_value(const struct record_plan *plan, const struct scheme *s,
                                    const struct scheme_ledger *l, const struct scheme_field *f, feel_value v,
                                    feel_value *ret, struct error *err);

/* The row that a row of a child ledger belongs to, as the values say; 0 in other ledgers. */
enum error_code record__parent(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                               feel_value values, int64_t *ret, struct error *err);

/* When the row holds, by its own fields. */
enum error_code record__validity(const struct record_plan *plan, const struct scheme_ledger *l, feel_value body,
                                 int64_t *ret_from, int64_t *ret_to, struct error *err);

/* The bytes of the key, or empty when the ledger has none. */
str record__key(struct arena *a, const struct scheme_ledger *l, feel_value body);

/* ---- read.c ---- */

/* A revision as it is stored. */
struct record__revision {
    struct record_row row;
    int64_t version, batch;
    int64_t pending; /* an import that is not visible and has a later one; 0: there is none */
    str ledger, key;
    str body; /* as stored */
};

#define RECORD__COLUMNS "id, version, ledger, entry, revision, key, office, party, dossier, parent, valid_from, " \
                        "valid_to, known_from, known_to, actor, batch, body"
enum { RECORD__COLUMN_COUNT = 17 };

/* The row of RECORD__COLUMNS that begins at `column`, its body only as text; texts in `a`. */
void record__columns(struct arena *a, struct store_rows *r, uint32_t column, struct record__revision *ret);

/* The body in the order of the shape; `text` must live as long. False: it cannot be read. */
bool record__read_body(struct arena *a, const struct feel_shape *shape, str text, feel_value *ret);

/* A revision that was read is in a batch: since when is it known? False: the batch is not visible. */
bool record__settle(struct store_view *v, struct arena *a, struct record__revision *rev);

/* The last revision of a row. ERROR_MISSING: there is none, or an import that is not visible has it. */
enum error_code record__last(struct store_view *v, struct arena *a, const struct feel_shape *shape, int64_t row,
                             struct record__revision *ret, struct error *err);

/* The imports of a ledger that are not among its other rows. */
struct record__batch {
    int64_t id, at;
    bool visible;
};

/* In the order in which they became visible. */
uint32_t record__batches(struct store_view *v, struct arena *a, str ledger, const struct record__batch **ret);

/* When the revision of a row that is in `batch` (0: in none) was replaced by one of a visible batch which has not been
 * moved among the others yet; INT64_MAX: it was not. */
int64_t record__replaced(struct store_view *v, str ledger, const struct record__batch *batches, uint32_t count,
                         int64_t row, int64_t batch);

/* ---- index.c ---- */

enum { RECORD__ENDED, RECORD__KNOWN }; /* shelves; all others are batches */

str record__index_name(struct arena *a, str ledger, const char *mark, str name);

/* The bytes of a value in the index: the beginning of its key. False: no scalar. */
bool record__index_key(struct arena *a, feel_value v, str *ret);

/* What of a ledger's index is kept, beside what each ledger has (reindex.c). */
struct record__kept {
    bool *written, *whole;     /* by field: has index rows; may be asked for them */
    bool key_whole;            /* likewise the key's */
    str *foreign;              /* whole names for fields that another version of the ledger has */
    uint32_t foreign_count;
};

const struct record__kept *record__kept(struct store_view *v, struct arena *a, const struct scheme_ledger *l,
                                        str ledger);

/* What acts on rows of a ledger need to know of it. */
struct record__reading {
    struct record__reading *next;
    const struct scheme_ledger *l;
    str ledger, key_name;
    const struct record__kept *kept;
    const struct record__batch *batches;
    uint32_t batch_count;
};

const struct record__reading *record__reading(const struct record_plan *plan, const struct scheme_ledger *l,
                                              str ledger);

/* The name of the key's index rows: another key has another. */
str record__key_name(struct arena *a, const struct scheme_ledger *l, str ledger);

/* Adds to the change what the ledgers of a scheme want kept. */
void record__note_indexes(struct store_view *v, struct store_change *c, struct arena *a, const struct scheme *s,
                          int64_t now);

/* An index row of a revision: of which of the ledger's names, and its key. */
struct record__entry {
    uint32_t which;
    str key;
};

/* All of a revision on a shelf, at most one of each name. */
uint32_t record__entries(struct arena *a, const struct scheme_ledger *l, const struct record__kept *kept,
                         const struct record__revision *rev, int64_t shelf, const struct record__entry **ret);

/* The name of an index row; must an import write it with its row, because others ask for it at once, or because rows
 * are found by it when the import is moved or dropped? */
str record__entry_name(struct arena *a, const struct scheme_ledger *l, const struct record__kept *kept, str ledger,
                       uint32_t which);
bool record__is_early_entry(const struct scheme_ledger *l, uint32_t which);
bool record__is_by_office(const struct scheme_ledger *l, uint32_t which);

enum record__put { RECORD__OUT, RECORD__IN, RECORD__OVER };

void record__put_entry(struct store_change *c, const struct record_row *row, str name, int64_t shelf, str key,
                       enum record__put what);

/* The names that index rows of a ledger have, whatever its scheme now says. */
uint32_t record__index_names(struct store_view *v, struct arena *a, str ledger, const str **ret);

/* Puts the index rows of a revision on a shelf, or takes them from there. */
void record__index(const struct record_plan *plan, const struct scheme_ledger *l, const struct record__revision *rev,
                   int64_t shelf, bool there);

/* May the field's values be searched? */
bool record__is_searched(const struct scheme_field *f);

/* The words of its last revision; none when it is known no more. */
void record__words(const struct record_plan *plan, const struct scheme_ledger *l, const struct record__revision *rev);

/* The mark among the words that says whose they are; office 0: of the whole ledger. */
str record__words_mark(struct arena *a, str ledger, int64_t office);

/* ---- near.c ---- */

enum { RECORD__NEAR = 3 };

/* What was written, and the answers that are most like it, the nearest first. Zeroed but for the text. */
struct record__near {
    str text;
    str ones[RECORD__NEAR];
    size_t far[RECORD__NEAR];
};

/* Takes an answer that is called so, unless more than half of it differs. It may have several names. */
void record__near(struct record__near *n, str like, str answer);

/* With commas between them; or empty. */
str record__near_ones(struct arena *a, const struct record__near *n);

/* ---- judge.c ---- */

/* The texts that a code may be, each with the instants it is in force; sorted. ptr NULL: any. */
struct record__code {
    str text;
    int64_t from, to;
};

struct record__codes {
    struct record__code *ptr;
    uint32_t count;
};

enum error_code record__read_codes(struct store_view *v, struct arena *a, const struct scheme *s,
                                   const struct scheme_field *f, struct record__codes *ret, struct error *err);
bool record__is_code(const struct record__codes *codes, str text, int64_t at);

/* Those in force that are most like it, with commas between them; or empty. */
str record__near_codes(struct arena *a, const struct record__codes *codes, str text, int64_t at);
enum error_code record__no_code(struct arena *a, const struct scheme_field *f, const struct record__codes *codes,
                                str text, int64_t at, struct error *err);
int64_t record__day_of_codes(const struct record_plan *plan, int64_t valid_from);

/* What the decision `checks` of a ledger finds. */
struct record__problem {
    str path, text, remedy;
    bool warning;
};

/* NULL where the ledger has none. */
enum error_code record__find_checks(const struct scheme *s, const struct scheme_ledger *l,
                                    const struct dmn_model **ret, uint32_t *ret_node, struct error *err);
enum error_code record__problems(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                                 const struct dmn_model *m, uint32_t node, const struct record_row *row,
                                 const struct record__problem **ret, uint32_t *ret_count, struct error *err);

/* Codes and checks of a row that is about to be written with these values, over `before` (NULL: a new row).
 * *ret_reason: what the audit must hold of warnings, or empty. */
enum error_code record__judge(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                              feel_value values, const struct record__revision *rev, const struct record_row *before,
                              str *ret_reason, struct error *err);

/* ---- due.c ---- */

/* Notes that the days of a row (0: of all rows of the ledger) are to be computed again. */
enum error_code record__due_look(const struct record_plan *plan, const struct scheme_ledger *l, str ledger, int64_t row,
                                 struct error *err);

/* ---- row.c ---- */

/* A first revision out of values, checked and with its number; nothing is written. */
enum error_code record__make(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                             feel_value values, struct record__revision *ret, struct error *err);
/* Gives the fields that are numbered and have come without a number the next one (number.c). */
void record__number(const struct record_plan *plan, const struct scheme_ledger *l, struct record__revision *rev);

void record__insert(const struct record_plan *plan, const struct record__revision *rev);

/* The same without number, and with personal values as they came: to look at it. */
enum error_code record__draft(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                              feel_value values, struct record__revision *ret, struct error *err);

/* The next revision of a row with other values, and a number of its own; nothing is written. */
enum error_code record__revise(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                               const struct record__revision *before, feel_value values, struct record__revision *ret,
                               struct error *err);

/* The revision of a row of the ledger that is known now and may be changed; `own`: by an import that has changed it
 * already, or 0. */
enum error_code record__read_known(const struct record_plan *plan, const struct scheme_ledger *l, int64_t row,
                                   int64_t own, struct record__revision *ret, struct error *err);

/* The revisions that one of a visible import has replaced are ended; `rev` itself stays as it is. */
void record__end_before(const struct record_plan *plan, const struct scheme_ledger *l,
                        const struct record__revision *rev);

/* The import that asks: its own rows are as good as visible, and what the unit that it makes replaces is gone. */
struct record__import {
    int64_t batch;
    const int64_t *rows; /* that the unit replaces */
    uint32_t count;
    bool blind;          /* the other way: its own rows are left out of account */
};

int64_t record__batch_id(const struct record_batch *b);

/* Does the text tell the number of a known row of the ledger? */
bool record__is_row(const struct record_plan *plan, const struct scheme *s, str of, str text, int64_t *ret);

/* Other rows that are known, or in an import, and have the key at the same time; at most `most`. `own` may be NULL.
 * *ret_open: one of them is in an import that is being written. */
uint32_t record__holders(const struct record_plan *plan, const struct scheme_ledger *l,
                         const struct record__revision *rev, const struct record__import *own, int64_t *rows,
                         uint32_t most, bool *ret_open);

/* ERROR_INVALID when there are any. */
enum error_code record__check_key(const struct record_plan *plan, const struct scheme_ledger *l,
                                  const struct record__revision *rev, const struct record__import *own,
                                  struct error *err);

/* The error that names the other row; `open`: it is in an import that is being written. */
enum error_code record__taken(const struct scheme_ledger *l, const struct record_row *row, int64_t other, bool open,
                              struct error *err);

/* The audit row of an act on a row. */
enum error_code record__note(const struct record_plan *plan, const char *verb, const struct record__revision *rev,
                             str reason, struct error *err);
void record__take_key(const struct record_plan *plan, str ledger, str key);

#endif
