/* sheet_call: reading and writing workbooks (xlsx), which the helper program gongshi-paper does, because a workbook is
 * a zip file of XML that outsiders wrote. docs/sheet.md says what is read, what is written and what is refused.
 *
 * Rows are those of text/table.h; CSV gives the same without a helper program. They travel in a scratch file, which the
 * helper fills or reads at its own pace: neither side keeps a table in memory, and a slow caller holds up no other job.
 *
 *   struct sheet_found found;
 *   code = helper_sheet_read(h, &arena, &(struct helper_sheet_read){ .file = fd }, take_row, importer, &found, &err);
 */
#ifndef GONGSHI_HELPER_SHEET_CALL_H
#define GONGSHI_HELPER_SHEET_CALL_H

#include "base/limit.h"
#include "helper/helper.h"
#include "text/json.h"
#include "text/table.h"

/* ---- Reading ---- */

struct sheet_tab {
    str name;
    bool hidden;
};

/* A merged range: lines from 1, columns from 0, the last of both included. */
struct sheet_range {
    uint32_t first_line, last_line, first_column, last_column;
};

/* What was found beside the rows. */
struct sheet_found {
    const struct sheet_tab *tabs; /* the worksheets in their order */
    uint32_t tab_count;
    uint32_t tab;               /* that was read */
    uint32_t rows, hidden_rows; /* with content */
    uint32_t flags;             /* of all cells */
    const struct sheet_range *merges;
    uint32_t merge_count;
};

struct helper_sheet_read {
    int file;            /* the workbook, open for reading */
    str tab;             /* the name of the worksheet; empty: the first that is not hidden */
    const char *scratch; /* a folder for a file without a name; NULL: /tmp */

    /* With it the sink has rows while the workbook is still read, which is quicker; then what comes back may be an
     * error after rows were given. Called once, before all rows are given again, when that shows that ranges are
     * merged: the rows before did not have TABLE_MERGED. NULL: rows are given when the whole workbook has been read. */
    enum error_code (*again)(void *context, struct error *err);
};

/* Hands each row with content to the sink. Memory of `ret` comes from `a`. Errors as of helper_call, and those of a
 * workbook that cannot be read; their where.line is the row. */
enum error_code helper_sheet_read(struct helper *h, struct arena *a, const struct helper_sheet_read *what,
                                  table_sink *sink, void *context, struct sheet_found *ret, struct error *err);

/* ---- Writing ---- */

struct sheet_column {
    str title;
    str format;         /* of numbers and dates, as spreadsheets write it: #,##0.00; empty: what the kind usually has */
    const str *choices; /* what a cell may be: a list to choose from */
    uint32_t choice_count;
    uint32_t width; /* in characters; 0: by the title and the kind */
    uint8_t kind;   /* enum table_kind; TABLE_TEXT keeps codes as they are, also those that are typed in later */
};

/* A workbook with a header that stays in sight and a filter. With `note_title` it is an annotated copy: cells with a
 * note are coloured and have it as a comment, and there is one more column, in which all notes of the row stand. */
struct sheet_layout {
    str tab; /* the name of the worksheet; at most 31 characters, without \ / ? * [ ] : */
    const struct sheet_column *columns;
    uint32_t column_count;
    str note_title;       /* empty: notes are left out */
    str about_tab, about; /* a second worksheet: its name, and its text, line by line; empty: none */
};

/* The next row: its cells are borrowed until the next call. Sets *ret_end instead when there is none. */
typedef enum error_code table_source(void *context, struct table_row *ret, bool *ret_end, struct error *err);

struct helper_sheet_write {
    int file;            /* empty, open for writing, can be sought; after an error what is in it is of no use */
    const char *scratch; /* as above */
    const struct sheet_layout *layout;
};

enum error_code helper_sheet_write(struct helper *h, const struct helper_sheet_write *what, table_source *source,
                                   void *context, struct error *err);

/* The same without waiting (helper_submit): the rows are taken from the source before this returns, and the workbook is
 * in the file when `done` is told OK. */
void helper_sheet_submit(struct helper *h, const struct helper_sheet_write *what, table_source *source, void *context,
                         enum lang lang, helper_done *done, void *done_context);

/* A table in memory, such as the view on a screen, as a source: its context is a struct sheet_rows whose `next` is 0.
 * Each cell has the kind of its column and the text of text/table.h; an empty text is an empty cell, and what cannot be
 * of the column's kind (a dash for a number that is not there) stands as text. */
struct sheet_rows {
    const struct sheet_column *columns;
    uint32_t column_count, row_count;
    const str *cells; /* row after row */
    uint32_t next;
    struct table_cell room[LIMIT_SHEET_COLUMNS];
};

table_source helper_sheet_rows;

/* ---- What both ends share ----
 *
 * The request is JSON with a member `job`, the files of the job are the workbook and the rows, in this order. */

#define SHEET_JOB_READ "sheet-read"
#define SHEET_JOB_WRITE "sheet-write"

void helper_write_found(const struct sheet_found *found, struct buf *out);
void helper_write_layout(const struct sheet_layout *layout, uint64_t mark, struct buf *out);

/* False when the JSON is not what the other function writes. Texts are borrowed from the JSON. */
bool helper_read_found(struct arena *a, const struct json *json, struct sheet_found *ret);
bool helper_read_layout(struct arena *a, const struct json *json, struct sheet_layout *ret);

#endif
