/* table: the rows of a table that came from, or goes to, a spreadsheet. CSV (text/csv.h) and xlsx (helper/sheet_call.h)
 * give the same rows, so that an importer does not care which of them it reads.
 *
 * Vocabulary
 *   row    cells from the first column on, without the empty ones at the end; rows without content are left out
 *   line   where the row begins: the number of the line in a CSV file, of the row in a worksheet; from 1
 *   text   of a cell, in UTF-8, in one form for each kind:
 *            number     as JSON has it: 0.1, -12, 9.13E+40; no digit more than the spreadsheet shows
 *            boolean    true, false
 *            date       2026-07-01
 *            time       08:30:00
 *            date-time  2026-07-01T08:30:00
 *            error      what the spreadsheet shows: #DIV/0!
 *   note   what is wrong with a cell or a row, in a table on its way out: a spreadsheet shows it (docs/sheet.md)
 *
 * A row that a callback is given, with all its texts, is borrowed until the callback returns.
 */
#ifndef GONGSHI_TEXT_TABLE_H
#define GONGSHI_TEXT_TABLE_H

#include "base/buf.h"
#include "base/error.h"

enum table_kind {
    TABLE_EMPTY,
    TABLE_TEXT, /* the only kind, beside TABLE_EMPTY, that CSV has */
    TABLE_NUMBER,
    TABLE_BOOLEAN,
    TABLE_DATE,
    TABLE_TIME,
    TABLE_DATE_TIME,
    TABLE_ERROR,
};

/* What an importer should know of a cell before it believes it. */
enum table_flag {
    TABLE_FORMULA = 1,   /* computed: the text is what the spreadsheet kept; an empty cell was never computed */
    TABLE_IMPRECISE = 2, /* a number of 15 digits and more, or shown like 9.13E+17: a code may have lost digits */
    TABLE_NO_DATE = 4,   /* a number that is shown as a date and is none, such as 1900-02-29 or a negative one */
    TABLE_MERGED = 8,    /* of a merged range, whose text is in its first cell */
    TABLE_HIDDEN = 16,   /* in a hidden column; on a row: the row is hidden, perhaps by a filter */
};

/* What a flag says of a cell or row, and what to do about it, in the words that every importer uses. */
const char *table_flag_message(enum lang lang, enum table_flag flag);
const char *table_flag_hint(enum lang lang, enum table_flag flag);

struct table_cell {
    str text;
    str note;
    uint16_t flags; /* of enum table_flag */
    uint8_t kind;   /* enum table_kind */
};

struct table_row {
    uint32_t line;
    uint32_t flags; /* TABLE_HIDDEN */
    uint32_t count;
    const struct table_cell *cells;
    str note;
};

/* Is given one row after another. Another code than OK, whose error it has set, ends the reading with that code. */
typedef enum error_code table_sink(void *context, const struct table_row *row, struct error *err);

/* ---- Packed rows ----
 *
 * How rows travel between the server and its helper program, in a file: both are of one build on one machine, so
 * numbers are in the machine's order. Rows have at most LIMIT_SHEET_COLUMNS cells; what is unpacked is checked, because
 * the program may have been taken over by what it read.
 */

/* Appends a row; what does not fit is the overflow of `out`. */
void table_pack(const struct table_row *row, struct buf *out);

/* Bytes of the packed row at the start of `bytes`, by as much of it as is there; 0: more is needed to know. */
size_t table_packed_size(str bytes);

/* The row at the start of `bytes`, whose cells go to `cells`, of LIMIT_SHEET_COLUMNS, and whose texts are borrowed;
 * false when it is none. */
bool table_unpack(str bytes, struct table_cell *cells, struct table_row *ret);

#endif
