/* sheet: workbooks (xlsx, ECMA-376) in and out. Only helper programs are linked with it: a workbook is a zip file of
 * XML that outsiders wrote. The server asks by helper/sheet_call.h; docs/sheet.md is for those who make workbooks.
 *
 * Vocabulary
 *   workbook  the file; inside it parts, one of which is each worksheet
 *   part      a file of the zip: XML
 *   tab       a worksheet as it is seen: its name
 *   serial    a date as a workbook has it: days since 1899-12-30, or since 1904-01-01; the day has a fraction
 *
 * Invariants
 *   1. What is read is streamed: of a workbook only the shared texts, the kinds of number formats and one row are in
 *      memory. What is written is streamed too, part after part, with no file beside the workbook itself.
 *   2. No binary floating point: digits are taken from the text of the file and written as text.
 *   3. Nothing is fetched: external links, macros, pictures and formulas are not looked at; of a formula its value is.
 *   4. What cannot be read truly is refused or flagged (enum table_flag), never guessed.
 */
#ifndef GONGSHI_SHEET_SHEET_H
#define GONGSHI_SHEET_SHEET_H

#include "helper/serve.h"
#include "helper/sheet_call.h"

/* Reads one worksheet of the workbook in `bytes`; `tab` as in helper_sheet_read. Rows do not have TABLE_MERGED yet: the
 * ranges come at the end of a worksheet, in `ret`. */
enum error_code sheet_read(struct arena *a, str bytes, str tab, table_sink *sink, void *context,
                           struct sheet_found *ret, struct error *err);

/* Writes a workbook to the file, which is empty and can be sought. */
enum error_code sheet_write(const struct sheet_layout *layout, table_source *source, void *context, int file,
                            struct error *err);

/* The jobs of sheet_call.h, for helper_serve. */
enum error_code sheet_work(struct arena *a, const struct helper_request *request, struct buf *reply, struct error *err);

#endif
