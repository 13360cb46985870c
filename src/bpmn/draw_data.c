/* draw_data: data objects and stores, messages, choreographies, conversations. */
#include "bpmn/draw_int.h"

static const struct bpmn_element *element_of(const struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    return &g->m->elements[s->element];
}

/* ---- Data ---- */

/* Under the name the state, in brackets; some modellers write it into the name too. */
static void data_label(struct bpmn__drawing *g, const struct bpmn_shape *s, const struct bpmn_element *e)
{
    bool known = e->text.len == 0 || memmem(e->name.ptr, e->name.len, e->text.ptr, e->text.len) != NULL;
    str text = known ? e->name : arena_printf(g->a, "%.*s\n[%.*s]", STR_ARG(e->name), STR_ARG(e->text));
    bpmn__label_outside(g, s, text);
}

/* A sheet with its corner turned down. */
static void sheet(struct bpmn__drawing *g, struct rect r, struct ink ink)
{
    px fold = bpmn__least(12 * PX, bpmn__least(r.width, r.height) / 3), right = r.x + r.width;
    bpmn__move_to(g, r.x, r.y);
    bpmn__line_to(g, right - fold, r.y);
    bpmn__line_to(g, right, r.y + fold);
    bpmn__line_to(g, right, r.y + r.height);
    bpmn__line_to(g, r.x, r.y + r.height);
    bpmn__path_close(g);
    bpmn__path_end(g, ink);
    bpmn__move_to(g, right - fold, r.y);
    bpmn__line_to(g, right - fold, r.y + fold);
    bpmn__line_to(g, right, r.y + fold);
    ink.fill = BPMN_NONE;
    bpmn__path_end(g, ink);
}

void bpmn__paint_data(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    const struct bpmn_element *e = element_of(g, s);
    struct rect r = bpmn__rect_of(s->box);
    enum bpmn__icon many = ICON_PARALLEL;
    sheet(g, r, bpmn__ink_of(s));
    if (e->kind == BPMN_DATA_INPUT || e->kind == BPMN_DATA_OUTPUT) {
        px scale = bpmn__clamp(r.width / 60, 10, 80);
        bpmn__draw_icon(g, ICON_LINK, (struct point){ r.x + 13 * scale, r.y + 12 * scale }, scale,
                        e->kind == BPMN_DATA_OUTPUT, bpmn__marker_of(s), bpmn__fill_of(s));
    }
    bpmn__markers(g, s, &many, e->collection ? 1 : 0);
    data_label(g, s, e);
}

static void rim(struct bpmn__drawing *g, struct rect r, px y, px height)
{
    bpmn__move_to(g, r.x, y);
    bpmn__curve_to(g, r.x, y + height * 4 / 3, r.x + r.width, y + height * 4 / 3, r.x + r.width, y);
}

/* A barrel: `height` is that of half its lid. */
void bpmn__paint_store(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    struct rect r = bpmn__rect_of(s->box);
    struct ink ink = bpmn__ink_of(s);
    px height = r.height / 8, top = r.y + height, bottom = r.y + r.height - height, right = r.x + r.width;
    bpmn__move_to(g, r.x, top);
    bpmn__curve_to(g, r.x, top - height * 4 / 3, right, top - height * 4 / 3, right, top);
    bpmn__line_to(g, right, bottom);
    bpmn__curve_to(g, right, bottom + height * 4 / 3, r.x, bottom + height * 4 / 3, r.x, bottom);
    bpmn__path_close(g);
    bpmn__path_end(g, ink);
    for (px i = 0; i < 3; i++) {
        rim(g, r, top + i * height * 2 / 3, height);
    }
    ink.fill = BPMN_NONE;
    bpmn__path_end(g, ink);
    data_label(g, s, element_of(g, s));
}

static void envelope(struct bpmn__drawing *g, struct rect r, struct ink ink)
{
    bpmn__draw_rect(g, r, 0, ink);
    bpmn__move_to(g, r.x, r.y);
    bpmn__line_to(g, r.x + r.width / 2, r.y + r.height * 6 / 10);
    bpmn__line_to(g, r.x + r.width, r.y);
    ink.fill = BPMN_NONE;
    bpmn__path_end(g, ink);
}

void bpmn__paint_message(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    envelope(g, bpmn__rect_of(s->box), bpmn__ink_of(s));
    bpmn__label_outside(g, s, element_of(g, s)->name);
}

/* ---- Choreographies ---- */

static bool initiates(enum bpmn_band band)
{
    return band == BPMN_BAND_TOP_INITIATING || band == BPMN_BAND_MIDDLE_INITIATING ||
           band == BPMN_BAND_BOTTOM_INITIATING;
}

static bool is_top(enum bpmn_band band)
{
    return band == BPMN_BAND_TOP_INITIATING || band == BPMN_BAND_TOP;
}

static bool is_bottom(enum bpmn_band band)
{
    return band == BPMN_BAND_BOTTOM_INITIATING || band == BPMN_BAND_BOTTOM;
}

/* From one side of a corner to the other, near enough to a quarter of a circle. */
static void corner(struct bpmn__drawing *g, struct point from, struct point at, struct point to)
{
    bpmn__line_to(g, from.x, from.y);
    bpmn__curve_to(g, from.x + (at.x - from.x) * 55 / 100, from.y + (at.y - from.y) * 55 / 100,
                   to.x + (at.x - to.x) * 55 / 100, to.y + (at.y - to.y) * 55 / 100, to.x, to.y);
}

/* Round at the corners where it meets those of the activity. */
static void band_outline(struct bpmn__drawing *g, struct rect r, px top, px bottom, struct ink ink)
{
    px left = r.x, high = r.y, right = r.x + r.width, low = r.y + r.height;
    bpmn__move_to(g, left, low - bottom);
    corner(g, (struct point){ left, high + top }, (struct point){ left, high }, (struct point){ left + top, high });
    corner(g, (struct point){ right - top, high }, (struct point){ right, high }, (struct point){ right, high + top });
    corner(g, (struct point){ right, low - bottom }, (struct point){ right, low },
           (struct point){ right - bottom, low });
    corner(g, (struct point){ left + bottom, low }, (struct point){ left, low }, (struct point){ left, low - bottom });
    bpmn__path_close(g);
    bpmn__path_end(g, ink);
}

/* The message of a participant hangs above or below its band. */
static void band_message(struct bpmn__drawing *g, const struct bpmn_shape *band, struct ink ink)
{
    struct rect r = bpmn__rect_of(band->box);
    px x = r.x + r.width / 2, gap = 22 * PX;
    bool up = !is_bottom(band->band);
    struct rect at = { x - 15 * PX, up ? r.y - gap - 20 * PX : r.y + r.height + gap, 30 * PX, 20 * PX };
    struct point from = { x, up ? r.y : r.y + r.height }, to = { x, up ? at.y + at.height : at.y };
    bpmn__draw_line(g, from, to, (struct ink){ ink.stroke, BPMN_NONE, LINE, "2 3" });
    ink.fill = initiates(band->band) ? WHITE : GREY;
    envelope(g, at, ink);
}

/* Inside the thick border of a called choreography. */
static struct rect band_rect(const struct bpmn__drawing *g, const struct bpmn_shape *band)
{
    struct rect r = bpmn__rect_of(band->box);
    uint32_t of = band->choreography_shape;
    bool thick = of != BPMN_NONE && g->m->elements[g->d->shapes[of].element].kind == BPMN_CALL_CHOREOGRAPHY;
    px above = is_top(band->band) ? THICK / 2 : 0, below = is_bottom(band->band) ? THICK / 2 : 0;
    return thick ? (struct rect){ r.x + THICK / 2, r.y + above, bpmn__most(r.width - THICK, 0),
                                  bpmn__most(r.height - above - below, 0) }
                 : r;
}

void bpmn__paint_band(struct bpmn__drawing *g, const struct bpmn_shape *band)
{
    const struct bpmn_element *e = element_of(g, band);
    struct rect r = band_rect(g, band);
    struct bpmn_shape look = *band;
    px round = bpmn__least(10 * PX, bpmn__least(r.width, r.height) / 2);
    look.fill = band->fill != BPMN_NONE ? band->fill : initiates(band->band) ? WHITE : GREY;
    struct ink ink = bpmn__ink_of(&look);
    if (band->message_visible) {
        band_message(g, band, ink);
    }
    band_outline(g, r, is_top(band->band) ? round : 0, is_bottom(band->band) ? round : 0, ink);
    if (e->multiple) {
        /* At the end: a band is seldom high enough for a second row. */
        struct point c = { r.x + r.width - 12 * PX, r.y + r.height / 2 };
        bpmn__draw_icon(g, ICON_PARALLEL, c, 80, false, bpmn__marker_of(&look), look.fill);
        r = (struct rect){ r.x + 20 * PX, r.y, bpmn__most(r.width - 40 * PX, 0), r.height };
    }
    bpmn__label_inside(g, &look, e->name, r, PX, PX);
}

/* The room between the bands above and those below. */
static struct rect between_bands(const struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    struct rect r = bpmn__rect_of(s->box);
    px top = r.y, bottom = r.y + r.height, middle = r.y + r.height / 2;
    uint32_t self = (uint32_t)(s - g->d->shapes);
    for (uint32_t i = g->at + 1; i < g->order_count && g->d->shapes[g->order[i]].choreography_shape == self; i++) {
        struct rect band = bpmn__rect_of(g->d->shapes[g->order[i]].box);
        if (band.y + band.height / 2 < middle) {
            top = bpmn__most(top, band.y + band.height);
        } else {
            bottom = bpmn__least(bottom, band.y);
        }
    }
    return (struct rect){ r.x, top, r.width, bpmn__most(bottom - top, 0) };
}

void bpmn__paint_choreography(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    const struct bpmn_element *e = element_of(g, s);
    struct rect r = bpmn__rect_of(s->box), inner = between_bands(g, s);
    struct ink ink = bpmn__ink_of(s);
    enum bpmn__icon icons[2];
    size_t n = 0;
    ink.width = e->kind == BPMN_CALL_CHOREOGRAPHY ? THICK : LINE;
    bpmn__draw_rect(g, r, bpmn__least(10 * PX, bpmn__least(r.width, r.height) / 4), ink);
    if (e->multiple) {
        icons[n++] = ICON_PARALLEL;
    }
    if (e->kind == BPMN_SUB_CHOREOGRAPHY && !s->expanded) {
        icons[n++] = ICON_PLUS;
    }
    struct bpmn_shape middle = *s;
    middle.box = (struct bpmn_box){ (bpmn_px)inner.x, (bpmn_px)inner.y, (bpmn_px)inner.width, (bpmn_px)inner.height };
    px below = bpmn__markers(g, &middle, icons, n);
    if (s->expanded && e->kind == BPMN_SUB_CHOREOGRAPHY) {
        bpmn__label_heading(g, s, e->name, inner);
    } else {
        bpmn__label_inside(g, s, e->name, inner, 2 * PX, bpmn__most(below, 2 * PX));
    }
}

/* ---- Conversations ---- */

void bpmn__paint_conversation(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    const struct bpmn_element *e = element_of(g, s);
    struct rect r = bpmn__rect_of(s->box);
    struct ink ink = bpmn__ink_of(s);
    enum bpmn__icon plus = ICON_PLUS;
    px quarter = r.width / 4, right = r.x + r.width, low = r.y + r.height, middle = r.y + r.height / 2;
    struct point corners[] = { { r.x + quarter, r.y },   { right - quarter, r.y }, { right, middle },
                               { right - quarter, low }, { r.x + quarter, low },   { r.x, middle } };
    ink.width = e->kind == BPMN_CALL_CONVERSATION ? THICK : LINE;
    bpmn__draw_polygon(g, corners, 6, ink);
    bpmn__markers(g, s, &plus, e->kind == BPMN_SUB_CONVERSATION ? 1 : 0);
    bpmn__label_outside(g, s, e->name);
}
