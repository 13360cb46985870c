/* exchange: ledgers and parameters as tables: import and export. Rows are those of text/table.h, so it does not matter
 * here whether they come from a workbook or from CSV.
 *
 * Vocabulary
 *   heading   the first row of a table: names or titles (zh, en) of fields, in any order
 *   finding   what is wrong with a cell or a row, with what to do; a warning, which wants a reason; or a note, which
 *             holds nothing up
 *   update    rows that have the key and, where the ledger has them, days of validity of a known row change it
 *
 * An import goes through the rows once, from the heading on. Each is checked: cells by the type of their fields, codes,
 * parties, references, keys within the table and against the ledger, the ledger's decision `checks`. As long as nothing
 * is wrong, rows are written into a batch (record.h) that nobody sees; with the first mistake it is dropped, and the
 * rest of the table is only checked. In the end all rows are seen from one moment on, or none ever. Afterwards
 * exchange_annotate gives each row back with its findings.
 *
 *   code = exchange_begin(&config, now, &x, &err);
 *   each row: code = exchange_row(x, &row, now, &err);
 *   code = exchange_settle(x, now, &err);
 *   if (!config.check && exchange_report(x)->wrong == 0) {
 *       code = exchange_finish(x, now, &err);
 *   }
 *   exchange_free(x, now);
 *
 * What an export writes an import reads as the same values. Where several texts say the same (1.10 and 1.1; an instant
 * in another zone) an update leaves the value as it was.
 *
 * A row of a parameter is never changed: one with other values needs another first day, and ends the row before it on
 * the day before; a row may get an end. An import confirms nothing: what it brings is 待核实 or 示例.
 *
 * But for an import into a round (record_round_open): rows of the round are proposals until a second person confirms
 * them, so a line with the key of one gives it other values and another source; a line with another key is a new row of
 * the round.
 */
#ifndef GONGSHI_RECORD_EXCHANGE_H
#define GONGSHI_RECORD_EXCHANGE_H

#include "record/record.h"
#include "text/table.h"

/* ---- Import ---- */

struct exchange_config {
    struct record *record;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;       /* or … */
    const struct scheme_parameter *parameter; /* … a parameter; the other is NULL */
    bool check;       /* rows are only checked; nothing is written */
    bool update;      /* of a ledger; a parameter is imported in its one way */
    str round;        /* of a parameter: the round whose rows are proposed; or empty */
    int64_t actor;    /* 0: the program */
    int64_t office;   /* whose rows new ones are */
    int64_t dossier;  /* likewise, of a ledger of dossiers; or 0 */
    str source;       /* what the rows came from, for the audit */
    str despite;      /* why warnings are disregarded, for the audit; or empty */
    enum lang lang;   /* of findings */
};

enum exchange_level {
    EXCHANGE_ERROR,
    EXCHANGE_WARNING, /* of the ledger's checks: an error unless the import says why it is so all the same */
    EXCHANGE_NOTE,    /* holds nothing up */
};

struct exchange_finding {
    uint32_t line, column; /* as text/table.h counts; column from 1, 0: the row as a whole */
    enum exchange_level level;
    str field;             /* the heading of the column, or empty */
    str value;             /* what stands there, shortened; or empty */
    str text, remedy;
};

struct exchange_report {
    const struct exchange_finding *findings; /* in the order of the rows; the first LIMIT_EXCHANGE_FINDINGS */
    uint32_t finding_count;
    uint64_t wrong, notes; /* all that were found; wrong: what holds the import up */
    uint64_t warnings;
    uint64_t rows;         /* behind the heading */
    uint64_t added, changed, same, ended; /* what the rows are, or would be; ended: rows of a parameter */
};

struct exchange;

enum error_code exchange_begin(const struct exchange_config *config, int64_t now, struct exchange **ret,
                               struct error *err);

/* The next row. Findings are no errors; an error (the store cannot be read or written) ends the import. */
enum error_code exchange_row(struct exchange *x, const struct table_row *row, int64_t now, struct error *err);

/* After the last row. */
enum error_code exchange_settle(struct exchange *x, int64_t now, struct error *err);

/* Valid as long as the import. */
const struct exchange_report *exchange_report(const struct exchange *x);

/* For an annotated copy, after the last row: a row with notes, whose cells and texts live in `a`. Rows must come in
 * their order. Columns of the heading: how a workbook shows them. */
void exchange_annotate(struct exchange *x, const struct table_row *row, struct arena *a, struct table_row *ret);
enum table_kind exchange_kind(const struct exchange *x, uint32_t column);

/* Makes all rows seen. After an error nothing of them ever is. */
enum error_code exchange_finish(struct exchange *x, int64_t now, struct error *err);

/* Ends the import; what was written and not finished is dropped. */
void exchange_free(struct exchange *x, int64_t now);

/* ---- Export ---- */

struct export_config {
    struct record *record;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;       /* or … */
    const struct scheme_parameter *parameter; /* … a parameter */
    const str *fields;                        /* none: all that may be seen */
    uint32_t field_count;
    enum scheme_class least;                  /* who reads it may see fields of this class and of those behind it */
    str where;                                /* FEEL over a row, or empty */
    str round;                                /* of a parameter: only rows of this round; or empty */
    int64_t office;                           /* only rows of it, and of those below it; 0: all */
    const struct people_tree *tree;           /* that says what is below `office`; NULL: nothing */
    int64_t valid_at, known_at;               /* instants; INT64_MAX: at all times; as known now */
    enum lang lang;                           /* of headings and of 是 and 否 */
};

struct export_column {
    str title;
    enum table_kind kind;
    const str *choices;
    uint32_t choice_count;
};

struct exporting;

/* A field that there is not, or that may not be seen: ERROR_INVALID. The memory is `a`'s until exporting_end. */
enum error_code export_begin(const struct export_config *config, int64_t now, struct arena *a, struct exporting **ret,
                             struct error *err);
const struct export_column *export_columns(const struct exporting *e, uint32_t *ret_count);
void export_heading(struct exporting *e, struct table_row *ret);

/* The next row, newest first; what it has is borrowed until the next call. `context` is a struct exporting: the
 * function is a source of rows, as helper/sheet_call.h wants it. */
enum error_code export_next(void *context, struct table_row *ret, bool *ret_end, struct error *err);
uint64_t export_count(const struct exporting *e);
void export_end(struct exporting *e);

#endif
