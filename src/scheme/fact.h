/* fact: what a fact of a manifest says for an asker, over rows that come from somewhere else.
 *
 * A fact is compiled into a query, for askers of one type, and answered for each asker. Where rows come from is the
 * caller's: the ledgers of an office (record), or the rows that a scenario gives (scheme test). The meaning is here,
 * and therefore one.
 *
 * Vocabulary
 *   asker    the dossier or record for which a fact is looked up: `this` of its expressions
 *   row      a context: the fields of a ledger, and `row`, `revision`, `office`, `dossier`, `party` of every row
 *   source   where rows and parameters come from
 *   key      a condition `field = this.path` that must hold: what rows can be fetched by for many askers at once
 *
 * What the expressions of a fact may name: `this`; `now`; the parameters of the scheme; and, in `where`, the fields of
 * a row. A dot after a field of type ref or party names a field of the row that it refers to: "site.contractor", one
 * step.
 *
 * The answer
 *   ledger     the list of rows that hold (`on`) and fit (`where`), oldest first; with `near` by distance, each with
 *              `metres`; with `by` a list of groups in the order of their values, each with sums and `count`; with
 *              `sum` alone one context. The sum of no rows is 0, and of rows of which one has no number it is null.
 *   parameter  the list of its rows in force that fit
 *   calendar   the list of opening hours on the day: contexts with `from` and `to`
 *   overlap    {share, characters, copied, rows}: see docs/facts.md
 * Null where it cannot be told: the day of `on`, the place of `near`, the hours or the text is null, or the scheme that
 * the rows belong to is not installed.
 */
#ifndef GONGSHI_SCHEME_FACT_H
#define GONGSHI_SCHEME_FACT_H

#include "scheme/scheme.h"

struct scheme_query;

struct scheme_source {
    void *context;
    /* A ledger as facts name it. OK with *ret NULL: its scheme is not installed. */
    enum error_code (*ledger)(void *context, str name, const struct scheme_ledger **ret, struct error *err);
    /* The rows of the ledger of a part, oldest first: at least all that fit. `on` is an instant in seconds, of which
     * the source may leave out what does not hold; INT64_MIN: the whole history. Values live in `a`. */
    enum error_code (*rows)(void *context, const struct scheme_query *q, uint32_t part, feel_value self, int64_t on,
                            struct arena *a, feel_value *ret, struct error *err);
    /* The row that a field of a row refers to, or null. */
    enum error_code (*row)(void *context, const struct scheme_field *field, feel_value reference, struct arena *a,
                           feel_value *ret, struct error *err);
    /* The rows of a parameter in force on a day (scheme_rows_on). */
    enum error_code (*parameter)(void *context, const struct scheme_parameter *p, cal_date day, struct arena *a,
                                 feel_value *ret, struct error *err);
};

/* Compiles a fact for askers whose `this` has the type (feel_type_of one of them). Lives as `a`, the scheme and its
 * ledgers. */
enum error_code scheme_query(struct arena *a, const struct scheme *s, const struct scheme_fact *f,
                             const struct feel_type *this_type, const struct scheme_source *source,
                             const struct scheme_query **ret, struct error *err);

const struct scheme_fact *scheme_query_fact(const struct scheme_query *q);

/* The ledgers that a query reads, by number from 0: of a ledger fact one, of an overlap as many as it compares with. */
uint32_t scheme_query_parts(const struct scheme_query *q);
const struct scheme_ledger *scheme_query_ledger(const struct scheme_query *q, uint32_t part);

str scheme_query_where(const struct scheme_query *q, uint32_t part);

/* The keys of a part: their fields, and for an asker their values. A row whose field has another value does not fit. */
uint32_t scheme_query_keys(const struct scheme_query *q, uint32_t part);
str scheme_query_key_field(const struct scheme_query *q, uint32_t part, uint32_t key);
feel_value scheme_query_key(const struct scheme_query *q, uint32_t part, uint32_t key, struct feel_eval *ev,
                            feel_value self);

/* The answer for an asker on his key date, in `a`. `ret_used` (may be NULL) has the rows it rests on, as they were
 * read; or {"unavailable": scheme}, {"undetermined": "on"}. More than RECORD_FACT_ROWS rows: ERROR_LIMIT. */
enum error_code scheme_answer(const struct scheme_query *q, const struct scheme_source *source, struct feel_eval *ev,
                              feel_value self, cal_date key_date, struct arena *a, feel_value *ret,
                              feel_value *ret_used, struct error *err);

/* ---- Binding ---- */

/* `this` of a dossier: its variables, over which stands what the office knows: the members of `known` (`key date`,
 * `process`, `round`, `subject`, `number` …) and `figures`, the variable `declared` overlaid by `verified`
 * (form_overlay), or null. So no answer to a form takes their places. */
feel_value scheme_this(struct arena *a, feel_value variables, feel_value known);

/* Binds what the inputs that a decision or service of a model needs name, in the order that scheme.h says: facts,
 * parameters, `this`, `key date`, `figures` and `clocks` (the members of `self` of these names). Variables are the
 * caller's to add, where nothing else has the name. `ret_used` notes for each fact and parameter its rows. */
enum error_code scheme_bind(const struct scheme *s, const struct dmn_model *m, uint32_t node,
                            const struct scheme_source *source, struct feel_eval *ev, feel_value self,
                            cal_date key_date, struct arena *a, feel_value *ret, feel_value *ret_used,
                            struct error *err);

/* The same for names that something else reads: a form, a condition. */
enum error_code scheme_bind_names(const struct scheme *s, const str *names, uint32_t count,
                                  const struct scheme_source *source, struct feel_eval *ev, feel_value self,
                                  cal_date key_date, struct arena *a, feel_value *ret, feel_value *ret_used,
                                  struct error *err);

/* The same for names that something else reads: a form, a condition. */
enum error_code scheme_bind_names(const struct scheme *s, const str *names, uint32_t count,
                                  const struct scheme_source *source, struct feel_eval *ev, feel_value self,
                                  cal_date key_date, struct arena *a, feel_value *ret, feel_value *ret_used,
                                  struct error *err);

/* `below` with the members of `above` in their places: a context that has the members of both. */
feel_value scheme_merged(struct arena *a, feel_value below, feel_value above);

/* ---- Measures ---- */

/* How much of a text stands in others, in runs of SCHEME_RUN characters. Letters and digits count, without case; white
 * space and marks do not. */
enum { SCHEME_RUN = 8 };

struct scheme_overlap;

struct scheme_overlap *scheme_overlap_new(struct arena *a, str text);

/* Compares with another text: how many characters of the first stand in it. */
uint32_t scheme_overlap_with(struct scheme_overlap *o, str other);

/* The characters that the first text has, and how many of them stand in any of the others so far. */
uint32_t scheme_overlap_characters(const struct scheme_overlap *o);
uint32_t scheme_overlap_copied(const struct scheme_overlap *o);

/* The opening hours of a day as a list of contexts; null where `hours` is none. */
feel_value scheme_hours_on(struct arena *a, feel_value hours, cal_date day);

#endif
