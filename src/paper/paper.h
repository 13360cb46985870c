/* paper: documents as PDF. Only helper programs are linked with it: it stands on cairo, pango and fontconfig, some
 * forty libraries that read fonts and texts and stay out of the server for it.
 *
 * Vocabulary
 *   document  what the request says: a title, a date, and blocks in their order (docs/paper.md has the form)
 *   block     a heading, a paragraph, a list, a table, a labelled field, a grid of them, a QR code, a picture, a
 *             signature, boxes to sign in, the red head of an official letter, a page break
 *   press     the fonts, read once, and what is needed to print one document after another
 *
 * Invariants
 *   1. The same document on the same fonts and libraries gives the same bytes, whatever was printed before. The date
 *      in the file is that of the document; no clock is read.
 *   2. Fonts are WenQuanYi Micro Hei, and Noto Sans CJK for what that lacks: no other that may be installed, and no
 *      configuration of the machine or of a user. A character that neither has refuses the document and is named.
 *   3. Every text of the document can be found and copied in the PDF.
 *   4. A document that is refused gives no bytes.
 *   5. The file says its language, and which text is a heading, a list, a table (tagged PDF). Page numbers, running
 *      heads and repeated headers of tables stand outside of that.
 */
#ifndef GONGSHI_PAPER_PAPER_H
#define GONGSHI_PAPER_PAPER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

enum paper_kind {
    PAPER_TITLE, PAPER_PARAGRAPH, PAPER_TABLE, PAPER_FIELD, PAPER_QR, PAPER_SIGNATURE, PAPER_GRID, PAPER_LIST,
    PAPER_SIGNING, PAPER_IMAGE, PAPER_LETTERHEAD, PAPER_BREAK
};

enum paper_align { PAPER_LEFT, PAPER_CENTER, PAPER_RIGHT };

enum paper_page { PAPER_A4, PAPER_A4_LANDSCAPE, PAPER_A5 };

/* PAPER_OFFICIAL is the page of GB/T 9704: text block, sizes, place of the page number. */
enum paper_style { PAPER_PLAIN, PAPER_OFFICIAL };

enum paper_mark { PAPER_NUMBERED, PAPER_CHINESE, PAPER_BULLET };

struct paper_column {
    str title;
    uint32_t width; /* its share of the width of the table; at least 1 */
    uint32_t align; /* enum paper_align */
};

/* Of a table: what stands above some of its columns. Without a title the column's own title takes both places. */
struct paper_group {
    str title;
    uint32_t span; /* how many columns */
};

struct paper_cell {
    str text;
    uint32_t span; /* how many columns it takes; 0: it is behind the one to its left */
};

/* Of a grid: a labelled value; of a list and of boxes to sign in: only the label. */
struct paper_item {
    str label, value;
    bool wide; /* takes a row of the grid of its own */
};

struct paper_block {
    enum paper_kind kind;
    uint32_t align;  /* enum paper_align; of a paragraph and a picture */
    uint32_t level;  /* of a title: 1, 2, 3 */
    uint32_t across; /* of a grid: labelled values in a row; of a picture: its width in hundredths of the text block */
    uint32_t mark;   /* enum paper_mark; of a list */
    bool seal;       /* of a signature: the place of the seal is marked */
    str text;        /* of a title, a paragraph, a QR code; the label of a field; who signs or issues */
    str more;        /* the value of a field, the caption of a QR code or picture, the date of a signature, the number
                      * in a letterhead; may be empty */
    str data;        /* of a picture: the bytes of a PNG or JPEG file */
    const struct paper_column *columns;
    const struct paper_group *groups;
    uint32_t column_count, group_count, row_count;
    const struct paper_cell *cells; /* row after row, column_count each */
    const struct paper_item *items;
    uint32_t item_count;
};

struct paper_document {
    str title, author;
    str created;       /* RFC 3339: 2026-07-01T08:00:00+08:00 */
    str header, footer; /* at the head and foot of each page; may be empty */
    str mark;          /* a word across each page, such as 预览; may be empty */
    uint32_t page;     /* enum paper_page */
    uint32_t style;    /* enum paper_style */
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
