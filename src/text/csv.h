/* csv: tables as text, of RFC 4180 and of what spreadsheets make of it.
 *
 * Read: UTF-8 with and without a byte order mark, and GB18030, which is what spreadsheets of Chinese systems write as
 * "CSV". Cells are separated by the comma, the semicolon or the tab, rows end with LF, CR LF or CR; a cell in
 * quotation marks may hold all of these, and a quotation mark doubled. A quotation mark inside a cell that does not
 * begin with one is itself. The reader goes over a text in memory row by row; cells without quotation marks to undo
 * are borrowed from it.
 *
 * The encoding is found: a byte order mark, else valid UTF-8, else GB18030; but a text most of whose other characters
 * are UTF-8 is damaged UTF-8, and an error at the first bad byte, where GB18030 would make other characters of it.
 *
 * Formula injection: a spreadsheet computes a cell of CSV that begins with = + - @ or a tab, CR or LF. With
 * `spreadsheet` the writer puts ' before such texts, as OWASP advises, and the reader takes it away again; the ' is
 * doubled before a text that has it already, so that each text comes back as it was. It is an option, because other
 * programs would read the ' as a part of the text. Numbers are not touched: -5 stays -5.
 */
#ifndef GONGSHI_TEXT_CSV_H
#define GONGSHI_TEXT_CSV_H

#include "text/table.h"

enum csv_encoding { CSV_FIND, CSV_UTF8, CSV_GB18030 };

struct csv_options {
    uint8_t encoding; /* enum csv_encoding; the writer takes CSV_FIND for CSV_UTF8 */
    char separator;   /* , ; or a tab; 0: found by the first row, and a comma for the writer */
    bool mark;        /* the writer begins UTF-8 with a byte order mark, without which spreadsheets guess */
    bool spreadsheet; /* see formula injection above */
};

/* Hands each row with content to the sink. Errors name the line and, as the column, the byte of it. Limits: rows,
 * columns and bytes of a row are those of a worksheet, SHEET_ROWS, SHEET_COLUMNS, SHEET_ROW. `ret_found`, which may be
 * NULL, is the encoding and the separator that were read. */
enum error_code csv_read(str bytes, struct csv_options options, table_sink *sink, void *context,
                         struct csv_options *ret_found, struct error *err);

struct csv_writer {
    struct csv_options options;
    struct buf *out;
    void *converter; /* to GB18030 */
    struct buf utf8; /* a row before it is converted */
};

/* Writes what comes before the first row. ERROR_IO when this machine cannot convert to GB18030. */
enum error_code csv_begin(struct csv_writer *w, struct csv_options options, struct buf *out, struct error *err);

/* Appends a row; what does not fit is the overflow of `out`. The caller may empty `out` between two rows. */
void csv_row(struct csv_writer *w, const struct table_row *row);

void csv_end(struct csv_writer *w);

#endif
