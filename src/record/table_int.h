/* table_int: what the files of parameters and facts share: parameter.c, round.c, calendar.c, fact.c. */
#ifndef GONGSHI_RECORD_TABLE_INT_H
#define GONGSHI_RECORD_TABLE_INT_H

#include "record/record_int.h"

/* A parameter as a ledger. */
struct record__table {
    const struct scheme *scheme;
    const struct scheme_parameter *parameter;
    struct scheme_ledger ledger;
};

struct record__table *record__table(struct arena *a, const struct scheme *s, const struct scheme_parameter *p);

/* The fields behind the columns. */
enum record__own { TABLE__SOURCE, TABLE__STATE, TABLE__FROM, TABLE__TO, TABLE__PAPER, TABLE__ROUND };

feel_value record__own(const struct record__table *t, feel_value body, enum record__own which);

/* Rows, oldest first. */
struct record__rows {
    struct record_row *list;
    uint32_t count, size;
};

/* A view that is taken anew from time to time: what reads much must not hold one. */
struct record__reader {
    struct store *store;     /* NULL: the view is somebody else's, and stays */
    struct store_view *view; /* NULL: none could be had */
    int64_t since;           /* on the monotonic clock */
};

/* Takes another view when this one is old. */
enum error_code record__fresh(struct record__reader *r, struct error *err);

/* All pages of a question; sets what its paging needs. known_at 0: as known now. */
enum error_code record__all(struct record__reader *reader, struct feel_eval *ev, struct record_query *q,
                            struct arena *a, struct record__rows *ret, struct error *err);

/* All rows of a parameter that are known. */
enum error_code record__table_rows(struct store_view *v, const struct record__table *t, struct arena *a,
                                   struct record__rows *ret, struct error *err);

/* The core scheme with other rows of the calendar (core.c). */
enum error_code record__core_with(struct arena *a, str calendar, const struct scheme **ret, struct error *err);

/* Was the row opened for this round? */
bool record__is_of_round(const struct record__table *t, const struct record_row *row, str round);

struct scheme_parameter_row record__parameter_row(const struct record__table *t, const struct record_row *row);

/* Those in force on a day, as rules see them. */
feel_value record__rows_on(struct arena *a, const struct record__table *t, const struct record__rows *rows,
                           cal_date day);

/* The same scalar, by value; null is null. */
bool record__same(feel_value a, feel_value b);

/* ---- group.c ---- */

struct scheme_query;
struct record__groups;

/* Rows by the keys of a query, for many askers. */
struct record__groups *record__groups_new(struct arena *a, const struct scheme_query *q);
void record__groups_fill(struct record__groups *g, uint32_t part, feel_value rows);

/* Those that can fit for an asker; valid until the next asker. */
feel_value record__group(struct record__groups *g, uint32_t part, struct feel_eval *ev, const struct scheme_query *q,
                         feel_value self);

#endif
