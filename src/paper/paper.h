/* paper: documents as PDF. Only helper programs are linked with it: it stands on cairo, pango and fontconfig, some
 * forty libraries that read fonts and texts and stay out of the server for it.
 *
 * Vocabulary
 *   document  what the request says: a title, a date, and blocks in their order (docs/paper.md has the form)
 *   block     a heading, a paragraph, a table, a labelled field, a QR code, a signature
 *   press     the fonts, read once, and what is needed to print one document after another
 *
 * Invariants
 *   1. The same document on the same fonts and libraries gives the same bytes, whatever was printed before. The date
 *      in the file is that of the document; no clock is read.
 *   2. Fonts are WenQuanYi Micro Hei, and Noto Sans CJK for what that lacks: no other that may be installed, and no
 *      configuration of the machine or of a user. A character that neither has refuses the document and is named.
 *   3. Every text of the document can be found and copied in the PDF.
 *   4. A document that is refused gives no bytes.
 */
#ifndef GONGSHI_PAPER_PAPER_H
#define GONGSHI_PAPER_PAPER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

enum paper_kind { PAPER_TITLE, PAPER_PARAGRAPH, PAPER_TABLE, PAPER_FIELD, PAPER_QR, PAPER_SIGNATURE };

enum paper_align { PAPER_LEFT, PAPER_CENTER, PAPER_RIGHT };

enum paper_page { PAPER_A4, PAPER_A4_LANDSCAPE, PAPER_A5 };

struct paper_column {
    str title;
    uint32_t width; /* its share of the width of the table; at least 1 */
    uint32_t align; /* enum paper_align */
};

struct paper_block {
    enum paper_kind kind;
    uint32_t align; /* enum paper_align; of a paragraph */
    uint32_t level; /* of a title: 1, 2, 3 */
    str text;       /* of a title, a paragraph, a QR code; the label of a field; who signs */
    str more;       /* the value of a field, the caption of a QR code, the date of a signature; may be empty */
    const struct paper_column *columns;
    uint32_t column_count, row_count;
    const str *cells; /* row after row */
};

struct paper_document {
    str title, author;
    str created; /* RFC 3339: 2026-07-01T08:00:00+08:00 */
    str footer;  /* at the foot of each page; may be empty */
    uint32_t page;     /* enum paper_page */
    uint32_t language; /* enum lang: of the text, for the shapes of characters and the indent of paragraphs */
    const struct paper_block *blocks;
    uint32_t block_count;
};

/* Reads a request. The document borrows from the text and from the arena. */
enum error_code paper_read(struct arena *a, str json, struct paper_document *ret, struct error *err);

struct paper_press;

/* The folders whose files a press reads, before and while it prints; ends with NULL. */
extern const char *const paper_folders[];

/* Reads the fonts. One press at a time: fontconfig has one configuration for the process. */
enum error_code paper_open(struct arena *a, struct paper_press **ret, struct error *err);

/* Appends the PDF to `pdf`; what does not fit into its ceiling is its overflow. */
enum error_code paper_print(struct paper_press *p, const struct paper_document *d, struct buf *pdf, struct error *err);

void paper_close(struct paper_press *p);

#endif
