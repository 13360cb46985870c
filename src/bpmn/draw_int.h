/* draw_int: what the files that draw share.
 *
 *   draw.c          passes over the diagram, groups     draw_order.c  who comes before whom
 *   draw_pen.c      lines, icons, the extent            draw_text.c   measuring and wrapping
 *   draw_label.c    where labels stand                  draw_node.c   activities, events, gateways
 *   draw_frame.c    pools, lanes, groups, annotations   draw_data.c   data, choreographies, conversations
 *   draw_edge.c     links                               draw_words.c  titles and descriptions
 *   draw_overlay.c  tokens and visited paths
 *
 * A diagram is painted twice: first on nothing, to learn the extent, then for good.
 */
#ifndef GONGSHI_BPMN_DRAW_INT_H
#define GONGSHI_BPMN_DRAW_INT_H

#include "base/limit.h"
#include "bpmn/draw.h"
#include "text/xml_write.h"

#include <assert.h>

/* Hundredths of a pixel, like bpmn_px, with room for sums and products. */
typedef int64_t px;

struct point {
    px x, y;
};

struct rect {
    px x, y, width, height;
};

enum bpmn__icon {
    ICON_NONE,
#define ICON(name, pen, solid, outline, detail) ICON_##name,
#include "bpmn/draw_icon.def"
#undef ICON
    ICONS
};

/* Ink and paper; BPMN_NONE is neither. `dash` is a stroke-dasharray or NULL. */
struct ink {
    bpmn_colour stroke, fill;
    px width;
    const char *dash;
};

/* Where a frame's inner frames begin, so that its own label stays before them. */
struct inner {
    px x, y;
    bool any;
};

/* The sides of a shape at which links end, as bits: a label keeps away from them. */
enum { SIDE_TOP = 1, SIDE_BOTTOM = 2, SIDE_LEFT = 4, SIDE_RIGHT = 8 };

/* A label outside of shapes: painted after all else, so that no line crosses its text. */
struct outer_label {
    const struct bpmn_shape *shape; /* of a shape … */
    const struct bpmn_edge *edge;   /* … or of a link, with its way */
    str text;
    const struct point *points;
    uint32_t point_count;
};

struct bpmn__drawing {
    const struct bpmn_model *m;
    const struct bpmn_diagram *d;
    const struct bpmn_draw_options *options;
    const char *prefix;
    struct arena *a;
    struct xml_writer w;
    struct buf words;   /* a title or description under construction */
    struct buf path;    /* the path under construction */
    struct rect extent; /* of all painted so far */
    bool painted;
    uint32_t titles; /* groups so far: their ids */
    uint32_t at;     /* of `order`: the shape that is being painted */
    struct outer_label *labels;
    uint32_t label_count;
    /* by shape */
    uint32_t *order; /* shapes in the order of painting, which is that of reading */
    uint32_t order_count;
    /* by element */
    uint32_t *shape_of;  /* the first shape of an element, or BPMN_NONE */
    uint32_t *pool_of;   /* of a process: the shape of its pool, or BPMN_NONE */
    struct inner *inner; /* of a process or lane: the lanes drawn inside */
    bool *filled;        /* of a process: something of it is drawn */
    uint8_t *sides;      /* at which links end */
    uint32_t *tokens;
    bool *visited, *visited_link;
};

struct bpmn__look {
    const char *words;
    void (*paint)(struct bpmn__drawing *g, const struct bpmn_shape *s);
    enum bpmn__icon icon;
};

const struct bpmn__look *bpmn__look_of(enum bpmn_kind kind);

/* ---- Layout ---- */

/* A diagram of the i-th process or sub-process, for models without one; NULL when there are not so many. */
const struct bpmn_diagram *bpmn__lay_out(const struct bpmn_model *m, uint32_t i, struct arena *a);

/* ---- Order ---- */

bool bpmn__is_flow_node(const struct bpmn_element *e); /* or a scope of them */

/* Fills in order and order_count: the shapes that are to be painted. */
void bpmn__draw_order(struct bpmn__drawing *g);
/* Inside a sub-process that is drawn collapsed on the same plane: some modellers leave the shapes there. */
bool bpmn__is_hidden(const struct bpmn__drawing *g, uint32_t element);

/* ---- Pen ---- */

enum { PX = 100, LINE = 150, THICK = 400, EVENT_THICK = 350 };

enum { BLACK = 0x000000, WHITE = 0xFFFFFF, GREY = 0xD4D4D4 };

struct rect bpmn__rect_of(struct bpmn_box b);
struct rect bpmn__inset(struct rect r, px by);
struct point bpmn__centre(struct rect r);
px bpmn__least(px a, px b);
px bpmn__most(px a, px b);
px bpmn__clamp(px v, px low, px high);

/* Unit vectors have the length UNIT. */
enum { UNIT = 4096 };
px bpmn__distance(struct point a, struct point b);
struct point bpmn__direction(struct point from, struct point to);
/* p moved along a direction, and across it to its left. */
struct point bpmn__moved(struct point p, struct point direction, px along, px across);

void bpmn__extend(struct bpmn__drawing *g, struct rect r, px margin);
void bpmn__add_number(struct buf *out, px v);
void bpmn__number(struct bpmn__drawing *g, const char *name, px v);
void bpmn__colour_attribute(struct bpmn__drawing *g, const char *name, bpmn_colour c);

void bpmn__draw_rect(struct bpmn__drawing *g, struct rect r, px radius, struct ink ink);
void bpmn__draw_circle(struct bpmn__drawing *g, struct point c, px radius, struct ink ink);
void bpmn__draw_polygon(struct bpmn__drawing *g, const struct point *points, size_t count, struct ink ink);
void bpmn__draw_line(struct bpmn__drawing *g, struct point a, struct point b, struct ink ink);

/* A path step by step; closed by bpmn__path_end, which draws it. */
void bpmn__move_to(struct bpmn__drawing *g, px x, px y);
void bpmn__line_to(struct bpmn__drawing *g, px x, px y);
void bpmn__curve_to(struct bpmn__drawing *g, px x1, px y1, px x2, px y2, px x, px y);
void bpmn__path_close(struct bpmn__drawing *g);
void bpmn__path_end(struct bpmn__drawing *g, struct ink ink);

/* `scale` in hundredths. */
void bpmn__draw_icon(struct bpmn__drawing *g, enum bpmn__icon icon, struct point c, px scale, bool solid,
                     bpmn_colour ink, bpmn_colour paper);

/* ---- Text ---- */

enum { FONT = 12 * PX, FONT_OUTSIDE = 11 * PX, FONT_LEAST = 7 * PX, LINES_MAX = 64 };

struct text_line {
    str text;
    px width;
    bool cut; /* ends with an ellipsis */
};

struct text_block {
    px size;
    uint32_t count;
    px width; /* of the widest line */
    struct text_line lines[LINES_MAX];
};

px bpmn__text_width(str text, px size);
px bpmn__line_height(px size);

/* Wraps at one size; false when a word is wider than `width` (unless `anywhere`) or lines are more than `most`. The
 * block has what found a place in any case. */
bool bpmn__text_wrap(str text, px size, px width, uint32_t most, bool anywhere, struct text_block *ret);

/* The largest size from `size` downwards at which the text fits into the box; at the least size the rest is cut. */
void bpmn__text_fit(str text, px size, px width, px height, struct text_block *ret);

/* True when it fits at that very size. */
bool bpmn__text_fits(str text, px size, px width, px height, struct text_block *ret);

/* Only characters that may stand upright below each other. */
bool bpmn__text_is_han(str text);

enum align { ALIGN_START, ALIGN_MIDDLE, ALIGN_END };

struct text_style {
    bpmn_colour colour;
    const struct bpmn_font *font;
    enum align align;
    bool halo;   /* a white edge, for text that may cross lines */
    bool turned; /* a quarter to the left */
};

/* Draws a block in a rectangle: from its top, or in the middle of its height. */
void bpmn__draw_block(struct bpmn__drawing *g, const struct text_block *b, struct rect r, bool from_top,
                      struct text_style style);

/* ---- Labels ---- */

bpmn_colour bpmn__stroke_of(const struct bpmn_shape *s);
bpmn_colour bpmn__fill_of(const struct bpmn_shape *s);
bpmn_colour bpmn__marker_of(const struct bpmn_shape *s); /* the stroke's, if it shows on the fill */
struct ink bpmn__ink_of(const struct bpmn_shape *s);

/* Inside a shape, keeping clear of markers above and below. */
void bpmn__label_inside(struct bpmn__drawing *g, const struct bpmn_shape *s, str text, struct rect r, px above,
                        px below);
/* Along the top of a frame in which others are drawn. */
void bpmn__label_heading(struct bpmn__drawing *g, const struct bpmn_shape *s, str text, struct rect r);
/* In a strip along the top or the side of a pool or lane. */
void bpmn__label_strip(struct bpmn__drawing *g, const struct bpmn_shape *s, str text, struct rect r, bool upright);
/* Left-aligned from the top. */
void bpmn__label_note(struct bpmn__drawing *g, const struct bpmn_shape *s, str text, struct rect r);
/* Where the file puts it, or else under the shape or where no link is in its way; painted by bpmn__paint_labels. */
void bpmn__label_outside(struct bpmn__drawing *g, const struct bpmn_shape *s, str text);
void bpmn__label_edge(struct bpmn__drawing *g, const struct bpmn_edge *e, str text, const struct point *points,
                      uint32_t count);
void bpmn__paint_labels(struct bpmn__drawing *g);

/* ---- Painters ---- */

void bpmn__paint_activity(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_event(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_gateway(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_pool(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_lane(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_group(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_annotation(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_data(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_store(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_message(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_choreography(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_band(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_conversation(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_nothing(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_edge(struct bpmn__drawing *g, const struct bpmn_edge *e);

/* A row of markers, centred at the bottom of a shape; returns the height that they take, 0 for none. */
px bpmn__markers(struct bpmn__drawing *g, const struct bpmn_shape *s, const enum bpmn__icon *icons, size_t count);
enum bpmn__icon bpmn__event_icon(const struct bpmn_element *e);

/* ---- Words ---- */

void bpmn__words_of_shape(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__title_of_shape(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__words_of_edge(struct bpmn__drawing *g, const struct bpmn_edge *e);
void bpmn__title_of_edge(struct bpmn__drawing *g, const struct bpmn_edge *e);
void bpmn__title_of_diagram(struct bpmn__drawing *g);
const char *bpmn__link_class(enum bpmn_link_kind kind);

/* ---- Overlay ---- */

void bpmn__read_overlay(struct bpmn__drawing *g);
void bpmn__paint_badges(struct bpmn__drawing *g, const struct bpmn_shape *s);
void bpmn__paint_legend(struct bpmn__drawing *g);
bool bpmn__has_overlay(const struct bpmn__drawing *g);

#endif
