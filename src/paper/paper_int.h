/* paper_int: what the files of paper share: the press, the pages that are being filled, lines of text on them.
 * Lengths are in points of PDF (1/72 inch), y grows downwards. */
#ifndef GONGSHI_PAPER_PAPER_INT_H
#define GONGSHI_PAPER_PAPER_INT_H

#include "paper/paper.h"

#include <pango/pangocairo.h>

struct paper_press {
    PangoFontMap *fonts;
    PangoContext *context;
};

/* ---- Fonts ---- */

/* Makes the two families the only fonts of the process. */
enum error_code paper__load_fonts(struct error *err);

/* ERROR_INVALID that names the character when a character of the layout has no glyph in any font. */
enum error_code paper__check_glyphs(PangoLayout *layout, struct error *err);

/* ---- Pages ---- */

struct paper__strip;

struct paper__sheet {
    cairo_t *cr;
    PangoContext *context;
    const struct paper_document *document;
    double width, height, margin; /* of the page */
    double y;                     /* where the next thing goes */
    uint32_t pages;               /* with the current one */
    const struct paper__strip *header; /* of the table, drawn again on each new page; NULL: none */
    uint32_t block;               /* that is being drawn, for errors */
    struct error *err;
    enum error_code code;         /* of the first error; nothing is drawn after it */
};

void paper__draw_blocks(struct paper__sheet *s);

/* Room left on the page, and the whole of an empty one. */
double paper__room(const struct paper__sheet *s);
double paper__full(const struct paper__sheet *s);

/* Begins a new page when less than `height` is left, unless the page is empty. */
void paper__need(struct paper__sheet *s, double height);

/* Ends the current page, with its number unless it is the only one. */
void paper__end_page(struct paper__sheet *s, bool last);

/* ---- Strips: columns of text beside each other, line by line, over as many pages as they take ---- */

struct paper__cell {
    str text;
    double x, width;
    PangoAlignment align;
    double indent; /* of the first line of each paragraph */
};

struct paper__strip {
    const struct paper__cell *cells;
    uint32_t count;
    double size;    /* of the font */
    double leading; /* from line to line */
    bool rules;     /* lines around the cells */
    double padding; /* above and below, inside the rules */
    double keep;    /* what must fit below it on the same page */
};

double paper__strip_height(struct paper__sheet *s, const struct paper__strip *strip);

void paper__draw_strip(struct paper__sheet *s, const struct paper__strip *strip);

/* ---- QR ---- */

/* Draws a QR code with its left edge at x; moves y on. */
void paper__draw_qr(struct paper__sheet *s, str text, double x, double keep);

/* Only one error is kept: that of the first call. */
void paper__fail(struct paper__sheet *s, enum error_code code);

#endif
