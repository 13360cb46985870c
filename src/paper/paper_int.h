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
    double width, height;              /* of the page */
    double left, top, measure, bottom; /* the text block: its left edge, top, width, and where it ends below */
    double foot;                       /* the middle of the line of the page number */
    double y;                          /* where the next thing goes */
    uint32_t pages;                    /* with the current one */
    const struct paper__strip *header; /* of the table, drawn again on each new page */
    uint32_t header_count;
    bool untagged;                     /* what is drawn stands outside of the structure of the file */
    uint32_t block;                    /* that is being drawn, for errors */
    struct error *err;
    enum error_code code;              /* of the first error; nothing is drawn after it */
};

void paper__draw_blocks(struct paper__sheet *s);

/* Room left on the page, and the whole of an empty one. */
double paper__room(const struct paper__sheet *s);
double paper__full(const struct paper__sheet *s);

/* Begins a page, with its running head and mark. */
void paper__begin_page(struct paper__sheet *s);

/* Begins a new page unless the page is empty; paper__need only when less than `height` is left. */
void paper__break(struct paper__sheet *s);
void paper__need(struct paper__sheet *s, double height);

/* Ends the current page, with its number unless it is the only one. */
void paper__end_page(struct paper__sheet *s, bool last);

/* ---- Structure: the elements of ISO 32000-1 14.8.4, by which a page is read aloud. What holds text goes over no page
 * break, what holds other elements may. NULL: nothing. ---- */

void paper__begin(struct paper__sheet *s, const char *tag);
void paper__end(struct paper__sheet *s, const char *tag);

/* ---- Strips: columns of text beside each other, line by line, over as many pages as they take ---- */

struct paper__cell {
    str text;
    double x, width;
    PangoAlignment align;
    double indent;                   /* of the first line of each paragraph */
    const char *tag;                 /* of its text on each page; NULL: Span */
    bool joined_above, joined_below; /* no rule there: it is one with its neighbour */
};

struct paper__strip {
    const struct paper__cell *cells;
    uint32_t count;
    double size;          /* of the font */
    double leading;       /* from line to line */
    bool rules;           /* lines around the cells */
    double padding;       /* above and below, inside the rules */
    double keep;          /* what must fit below it on the same page */
    const char *tag;      /* of all of it */
    const char *part_tag; /* of what stands on one page: TR, whose cells hold text */
};

double paper__strip_height(struct paper__sheet *s, const struct paper__strip *strip);

void paper__draw_strip(struct paper__sheet *s, const struct paper__strip *strip);

/* ---- Pictures ---- */

/* A PNG or JPEG file that was opened. */
struct paper__picture {
    cairo_surface_t *surface;
    int width, height; /* in pixels */
};

enum error_code paper__open_picture(str bytes, struct paper__picture *ret, struct error *err);
void paper__draw_picture(struct paper__sheet *s, const struct paper__picture *p, double x, double width);
void paper__close_picture(struct paper__picture *p);

/* ---- The language of the file ---- */

/* cairo 1.16 cannot say it: appends a second version of the catalogue (ISO 32000-1 7.5.6) with /Lang. What has no
 * plain catalogue is left as it is. */
void paper__add_language(struct buf *pdf, size_t begin, const char *language);

/* ---- QR ---- */

/* Draws a QR code with its left edge at x; moves y on. */
void paper__draw_qr(struct paper__sheet *s, str text, double x, double keep);

/* Only one error is kept: that of the first call. */
void paper__fail(struct paper__sheet *s, enum error_code code);

#endif
