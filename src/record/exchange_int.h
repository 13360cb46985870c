/* exchange_int: what the files of exchange share.
 *
 *   cell.c    cells and values     heading.c   which column is which field
 *   import.c  rows, one by one     check.c     what can be wrong with a row
 *   export.c  rows on their way out
 */
#ifndef GONGSHI_RECORD_EXCHANGE_INT_H
#define GONGSHI_RECORD_EXCHANGE_INT_H

#include "base/limit.h"
#include "record/exchange.h"
#include "record/table_int.h"

/* ---- cell.c ---- */

/* How cells are read and written. */
struct record__cells {
    enum lang lang;
    cal_zone zone; /* of days and times that name none */
};

/* What is to be said of a cell; `text` NULL: nothing. */
struct record__remark {
    const char *text, *hint;
    bool note;
};

/* The value of a cell, null of an empty one. False: it has none, and *remark says why. */
bool record__read_cell(const struct record__cells *c, struct arena *a, const struct scheme_field *f,
                       const struct table_cell *cell, feel_value *ret, struct record__remark *remark);
struct table_cell record__write_cell(const struct record__cells *c, struct arena *a, const struct scheme_field *f,
                                     feel_value v);

/* ---- import.c ---- */

enum { RECORD__NO_FIELD = -1, RECORD__PARENT_FIELD = -2 };

/* A row of the table whose key another may have. */
struct record__seen {
    uint64_t hash;
    int64_t from, to;
    uint32_t line, next; /* next: of the same slot, from 1; 0: none */
    bool fresh;          /* not known to the ledger */
};

/* What a row of the table is to the ledger. */
enum record__deed { RECORD__ADD, RECORD__CHANGE, RECORD__SAME };

struct record__doing {
    enum record__deed deed;
    int64_t row;       /* that is changed */
    feel_value values; /* that are written */
    int64_t ended;     /* of a parameter: the row that ends before this one begins; 0: none */
    cal_date last;     /* its last day */
};

struct exchange {
    struct arena arena;            /* this, headings, findings */
    struct exchange_config config;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;
    const struct record__table *table; /* of a parameter, or NULL */
    struct record__rows of_round;  /* the rows of config.round as they were when the import began */
    struct record__cells cells;
    bool parties_known;            /* core.parties is there to look handles up in */
    bool of_parties;               /* the ledger is core.parties itself */

    int32_t *columns;              /* the field of each column, or RECORD__NO_FIELD (notes), RECORD__PARENT_FIELD */
    str *titles;
    uint32_t column_count;
    const struct feel_shape *given; /* the values of new rows: fields of which record__is_given, then the parent */
    bool headed, unusable;         /* unusable: the heading is wrong, rows cannot be looked at */
    struct record__codes *codes;   /* of each field; ptr NULL: the field's options, or any */
    const struct dmn_model *checks;
    uint32_t checks_node;

    struct record_plan plan;       /* of checking: never committed; `view` NULL: none */
    struct arena view_arena;
    int64_t begun;
    struct arena row;              /* of one row */
    struct arena keys;
    struct record__seen *seen;     /* from 1 */
    uint32_t seen_count, seen_size; /* size: a power of two */
    uint32_t *slots;               /* as many */

    struct exchange_finding *findings;
    uint32_t finding_size, annotated;
    struct exchange_report report;
    struct record_batch *batch;    /* of the rows so far; NULL: none is to be written, or not yet */
};

/* Notes a finding. `column` from 1, 0: the row. */
void record__find(struct exchange *x, uint32_t line, uint32_t column, str value, enum exchange_level level, str text,
                  str remedy);

/* The same out of an error. */
void record__find_error(struct exchange *x, uint32_t line, uint32_t column, str value, const struct error *err);

/* ---- heading.c ---- */

/* Finds the fields of the columns. */
void record__read_heading(struct exchange *x, const struct table_row *row);

/* The column of a field, from 1; 0: the table has none. */
uint32_t record__column_of(const struct exchange *x, int32_t field);

/* Has a new row a value of the field, be it null: by its column, or because the ledger completes it? */
bool record__is_given(const struct exchange *x, uint32_t field);

/* ---- check.c ---- */

/* Looks at a row; what is wrong becomes findings. False: something is. */
bool record__look(struct exchange *x, const struct table_row *row, struct record__doing *ret, struct error *err,
                  enum error_code *ret_code);

#endif
