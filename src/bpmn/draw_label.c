/* draw_label: the colours of shapes, and where their labels stand. */
#include "bpmn/draw_int.h"

/* ---- Colours ---- */

bpmn_colour bpmn__stroke_of(const struct bpmn_shape *s)
{
    return s->stroke == BPMN_NONE ? BLACK : s->stroke;
}

bpmn_colour bpmn__fill_of(const struct bpmn_shape *s)
{
    return s->fill == BPMN_NONE ? WHITE : s->fill;
}

struct ink bpmn__ink_of(const struct bpmn_shape *s)
{
    return (struct ink){ bpmn__stroke_of(s), bpmn__fill_of(s), LINE, NULL };
}

/* From 0 (black) to 255 (white), as the eye sees it (ITU-R BT.601). */
static int brightness(bpmn_colour c)
{
    return (int)((c >> 16 & 0xFF) * 299 + (c >> 8 & 0xFF) * 587 + (c & 0xFF) * 114) / 1000;
}

enum { TEXT_CONTRAST = 90, MARKER_CONTRAST = 50 };

/* The colour that is wanted, unless it cannot be told from the ground. */
static bpmn_colour readable(bpmn_colour wanted, bpmn_colour ground, int contrast)
{
    int difference = brightness(wanted) - brightness(ground);
    return difference > contrast || difference < -contrast ? wanted : brightness(ground) > 127 ? BLACK : WHITE;
}

bpmn_colour bpmn__marker_of(const struct bpmn_shape *s)
{
    return readable(bpmn__stroke_of(s), bpmn__fill_of(s), MARKER_CONTRAST);
}

static bpmn_colour label_colour(const struct bpmn_shape *s, bpmn_colour ground)
{
    return readable(s->label.colour != BPMN_NONE ? s->label.colour : bpmn__stroke_of(s), ground, TEXT_CONTRAST);
}

static px font_size(const struct bpmn_font *f, px otherwise)
{
    return f == NULL || f->size <= 0 ? otherwise : bpmn__clamp(f->size, 8 * PX, 36 * PX);
}

static struct text_style style_of(const struct bpmn_shape *s, bpmn_colour ground)
{
    return (struct text_style){ .colour = label_colour(s, ground), .font = s->label.font, .align = ALIGN_MIDDLE };
}

/* ---- Inside ---- */

/* A label that fits between markers as if they stood on both sides is in the middle of the shape; a longer one takes
 * the room that there is. */
void bpmn__label_inside(struct bpmn__drawing *g, const struct bpmn_shape *s, str text, struct rect r, px above,
                        px below)
{
    struct text_block b;
    px size = font_size(s->label.font, FONT), most = bpmn__most(above, below);
    struct rect inner = bpmn__inset(r, 4 * PX);
    if (!bpmn__text_fits(text, size, inner.width, r.height - 2 * most, &b)) {
        above = bpmn__most(above, 3 * PX);
        below = bpmn__most(below, 3 * PX);
        inner.y = r.y + above;
        inner.height = bpmn__most(r.height - above - below, 0);
        bpmn__text_fit(text, size, inner.width, inner.height, &b);
    }
    bpmn__draw_block(g, &b, inner, false, style_of(s, bpmn__fill_of(s)));
}

/* One below the other, as Chinese is written from top to bottom. */
static bool stack(str text, px size, px height, struct text_block *ret)
{
    *ret = (struct text_block){ .size = size };
    for (size_t i = 0; i < text.len && ret->count < LINES_MAX; i += ret->lines[ret->count - 1].text.len) {
        size_t length = (unsigned char)text.ptr[i] >= 0xF0 ? 4 : (unsigned char)text.ptr[i] >= 0xE0 ? 3 : 2;
        ret->lines[ret->count++] = (struct text_line){ .text = str_slice(text, i, i + length), .width = size };
    }
    ret->width = size;
    return ret->count * bpmn__line_height(size) <= height;
}

void bpmn__label_strip(struct bpmn__drawing *g, const struct bpmn_shape *s, str text, struct rect r, bool upright)
{
    struct text_block b;
    struct text_style style = style_of(s, bpmn__fill_of(s));
    struct rect inner = bpmn__inset(r, 2 * PX);
    px size = font_size(s->label.font, FONT);
    text = str_trim(text);
    style.turned = upright && !(bpmn__text_is_han(text) && inner.width >= size && stack(text, size, inner.height, &b));
    if (style.turned) {
        bpmn__text_fit(text, size, inner.height, inner.width, &b);
    } else if (!upright) {
        bpmn__text_fit(text, size, inner.width, inner.height, &b);
    }
    bpmn__draw_block(g, &b, inner, false, style);
}

/* One line: from where the file puts it, if that is inside, or in the middle. */
void bpmn__label_heading(struct bpmn__drawing *g, const struct bpmn_shape *s, str text, struct rect r)
{
    struct text_block b;
    struct text_style style = style_of(s, bpmn__fill_of(s));
    struct rect strip = { r.x + 10 * PX, r.y + 4 * PX, bpmn__most(r.width - 20 * PX, 0),
                          bpmn__least(20 * PX, r.height) };
    px from = s->label.box.x, top = s->label.box.y;
    if (s->label.placed && from >= r.x && from < r.x + r.width / 2 && top >= r.y && top <= r.y + 40 * PX) {
        strip = (struct rect){ from, bpmn__most(top - 2 * PX, r.y + PX), r.x + r.width - from - 4 * PX, strip.height };
        style.align = ALIGN_START;
    }
    bpmn__text_fit(text, font_size(s->label.font, FONT), strip.width, strip.height, &b);
    bpmn__draw_block(g, &b, strip, false, style);
}

void bpmn__label_note(struct bpmn__drawing *g, const struct bpmn_shape *s, str text, struct rect r)
{
    struct text_block b;
    struct text_style style = style_of(s, bpmn__fill_of(s));
    style.align = ALIGN_START;
    bpmn__text_fit(text, font_size(s->label.font, FONT), r.width, r.height, &b);
    bpmn__draw_block(g, &b, r, true, style);
}

/* ---- Outside ---- */

enum { OUTSIDE_WIDTH = 90 * PX, OUTSIDE_LINES = 8 };

/* As wide as the file says, with something for the reader's font; wider when a word or all the lines need it. Without
 * a word of the file as wide as most modellers make them. */
static void wrap_outside(str text, px size, px width, struct text_block *ret)
{
    px first = width > 0 ? width * 115 / 100 + 4 * PX : OUTSIDE_WIDTH, last = 2 * bpmn__most(first, OUTSIDE_WIDTH);
    for (px w = first; w <= last; w += OUTSIDE_WIDTH / 6) {
        if (bpmn__text_fits(text, size, w, OUTSIDE_LINES * bpmn__line_height(size), ret)) {
            return;
        }
    }
    bpmn__text_fit(text, bpmn__least(size, 10 * PX), last, OUTSIDE_LINES * bpmn__line_height(size), ret);
}

/* True when the file says where, and means it: some write a box without size. */
static bool is_placed(const struct bpmn_label *l)
{
    return l->placed && l->box.width > 0 && l->box.height > 0;
}

void bpmn__label_outside(struct bpmn__drawing *g, const struct bpmn_shape *s, str text)
{
    if (text.len > 0) {
        g->labels[g->label_count++] = (struct outer_label){ .shape = s, .text = text };
    }
}

void bpmn__label_edge(struct bpmn__drawing *g, const struct bpmn_edge *e, str text, const struct point *points,
                      uint32_t count)
{
    if (text.len > 0) {
        g->labels[g->label_count++] = (struct outer_label){
            .edge = e, .text = text, .points = points, .point_count = count
        };
    }
}

/* Under the shape; or, where a link is in the way there, above it; or beside the link: to its left, because most
 * links turn to the right. */
static void beside_shape(struct bpmn__drawing *g, const struct bpmn_shape *s, const struct text_block *b,
                         struct text_style style)
{
    struct rect r = bpmn__rect_of(s->box);
    px height = b->count * bpmn__line_height(b->size), gap = 3 * PX;
    uint8_t sides = g->sides[s->element];
    bool boundary = g->m->elements[s->element].kind == BPMN_BOUNDARY_EVENT;
    struct rect place = { r.x, r.y + r.height + gap, r.width, height };
    if ((sides & SIDE_BOTTOM) != 0 && (sides & SIDE_TOP) == 0 && !boundary) {
        place.y = r.y - gap - height;
    } else if ((sides & SIDE_BOTTOM) != 0) {
        place.width = r.width / 2 - gap;
        style.align = ALIGN_END;
    }
    bpmn__draw_block(g, b, place, true, style);
}

static void paint_outside(struct bpmn__drawing *g, const struct bpmn_shape *s, str text)
{
    struct text_block b;
    struct text_style style = style_of(s, WHITE);
    bool placed = is_placed(&s->label);
    style.halo = true;
    wrap_outside(text, font_size(s->label.font, FONT_OUTSIDE),
                 placed ? bpmn__least(s->label.box.width, OUTSIDE_WIDTH) : 0, &b);
    if (placed) {
        bpmn__draw_block(g, &b, bpmn__rect_of(s->label.box), true, style);
    } else {
        beside_shape(g, s, &b, style);
    }
}

/* The middle of the way, and whether it runs level there. */
static struct point middle(const struct point *points, uint32_t count, bool *ret_level)
{
    px total = 0, so_far = 0;
    for (uint32_t i = 0; i + 1 < count; i++) {
        total += bpmn__distance(points[i], points[i + 1]);
    }
    for (uint32_t i = 0; i + 1 < count; i++) {
        px length = bpmn__distance(points[i], points[i + 1]);
        if (so_far + length >= total / 2) {
            struct point u = bpmn__direction(points[i], points[i + 1]);
            *ret_level = bpmn__most(u.y, -u.y) < UNIT / 2;
            return bpmn__moved(points[i], u, total / 2 - so_far, 0);
        }
        so_far += length;
    }
    *ret_level = true;
    return points[0];
}

static void paint_beside_link(struct bpmn__drawing *g, const struct outer_label *l)
{
    const struct bpmn_edge *e = l->edge;
    struct text_block b;
    struct text_style style = { .colour = readable(e->label.colour != BPMN_NONE ? e->label.colour : BLACK, WHITE,
                                                   TEXT_CONTRAST),
                                .font = e->label.font,
                                .align = ALIGN_MIDDLE,
                                .halo = true };
    bool placed = is_placed(&e->label), level;
    wrap_outside(l->text, font_size(e->label.font, FONT_OUTSIDE), placed ? e->label.box.width : 0, &b);
    if (placed) {
        bpmn__draw_block(g, &b, bpmn__rect_of(e->label.box), true, style);
        return;
    }
    struct point p = middle(l->points, l->point_count, &level);
    px height = b.count * bpmn__line_height(b.size);
    struct rect r = { p.x, p.y - height - (e->envelope == BPMN_ENVELOPE_NONE ? 2 * PX : 11 * PX), 0, height };
    if (!level) {
        px gap = e->envelope == BPMN_ENVELOPE_NONE ? 4 * PX : 16 * PX;
        style.align = ALIGN_START;
        r = (struct rect){ p.x + gap, p.y - height / 2, 0, height };
    }
    bpmn__draw_block(g, &b, r, true, style);
}

/* Their names are in the titles of their groups already: nobody needs to hear them again. */
void bpmn__paint_labels(struct bpmn__drawing *g)
{
    xml_begin(&g->w, "g");
    xml_attribute(&g->w, "class", STR("labels"));
    xml_attribute(&g->w, "aria-hidden", STR("true"));
    for (uint32_t i = 0; i < g->label_count; i++) {
        if (g->labels[i].shape != NULL) {
            paint_outside(g, g->labels[i].shape, g->labels[i].text);
        } else {
            paint_beside_link(g, &g->labels[i]);
        }
    }
    xml_end(&g->w);
}
