/* draw_frame: what stands around or beside the flow: pools, lanes, groups, annotations. */
#include "bpmn/draw_int.h"

enum { STRIP = 30 * PX };

static const struct bpmn_element *element_of(const struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    return &g->m->elements[s->element];
}

/* The width of the label of a frame: up to the frames inside it. */
static px strip_of(const struct bpmn__drawing *g, uint32_t inside, struct rect r, bool horizontal)
{
    px strip = STRIP;
    if (inside != BPMN_NONE && g->inner[inside].any) {
        px gap = horizontal ? g->inner[inside].x - r.x : g->inner[inside].y - r.y;
        strip = gap >= 15 * PX && gap <= 60 * PX ? gap : strip;
    }
    return bpmn__least(strip, horizontal ? r.width : r.height);
}

static void strip_label(struct bpmn__drawing *g, const struct bpmn_shape *s, px strip, bool horizontal)
{
    struct rect r = bpmn__rect_of(s->box);
    struct rect label = horizontal ? (struct rect){ r.x, r.y, strip, r.height }
                                   : (struct rect){ r.x, r.y, r.width, strip };
    bpmn__label_strip(g, s, element_of(g, s)->name, label, horizontal);
}

/* A pool of which nothing inside is drawn has its name in the middle. Some modellers give the shape to the process
 * instead of the participant; and a participant may also be the band of a choreography task. */
void bpmn__paint_pool(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    const struct bpmn_element *e = element_of(g, s);
    struct rect r = bpmn__rect_of(s->box);
    struct ink ink = bpmn__ink_of(s);
    enum bpmn__icon many = ICON_PARALLEL;
    if (s->band != BPMN_BAND_NONE) {
        bpmn__paint_band(g, s);
        return;
    }
    bpmn__draw_rect(g, r, 0, ink);
    px below = bpmn__markers(g, s, &many, e->multiple ? 1 : 0);
    uint32_t process = e->kind == BPMN_PROCESS ? s->element : e->ref;
    if (process == BPMN_NONE || !g->filled[process]) {
        if (r.height > 2 * r.width) {
            bpmn__label_strip(g, s, e->name, r, true);
        } else {
            bpmn__label_inside(g, s, e->name, r, 3 * PX, below);
        }
        return;
    }
    px strip = strip_of(g, process, r, s->horizontal);
    if (s->horizontal) {
        bpmn__draw_line(g, (struct point){ r.x + strip, r.y }, (struct point){ r.x + strip, r.y + r.height }, ink);
    } else {
        bpmn__draw_line(g, (struct point){ r.x, r.y + strip }, (struct point){ r.x + r.width, r.y + strip }, ink);
    }
    strip_label(g, s, strip, s->horizontal);
}

/* Lanes lie as their pool does. */
void bpmn__paint_lane(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    uint32_t process = bpmn_process_of(g->m, s->element);
    uint32_t pool = process == BPMN_NONE ? BPMN_NONE : g->pool_of[process];
    bool horizontal = pool != BPMN_NONE ? g->d->shapes[pool].horizontal : s->horizontal;
    struct rect r = bpmn__rect_of(s->box);
    bpmn__draw_rect(g, r, 0, bpmn__ink_of(s));
    strip_label(g, s, strip_of(g, s->element, r, horizontal), horizontal);
}

void bpmn__paint_group(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    const struct bpmn_element *e = element_of(g, s);
    struct rect r = bpmn__rect_of(s->box);
    struct ink ink = bpmn__ink_of(s);
    str text = e->text.len > 0 ? e->text : e->name;
    ink.fill = BPMN_NONE; /* whatever the file says: a group does not hide what it groups */
    ink.dash = "10 4 1.5 4";
    bpmn__draw_rect(g, r, bpmn__least(10 * PX, bpmn__least(r.width, r.height) / 4), ink);
    if (s->label.placed && s->label.box.width > 0 && s->label.box.height > 0) {
        bpmn__label_outside(g, s, text);
    } else {
        bpmn__label_heading(g, s, text, r);
    }
}

void bpmn__paint_annotation(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    const struct bpmn_element *e = element_of(g, s);
    struct rect r = bpmn__rect_of(s->box), text = bpmn__inset(r, 4 * PX);
    px lip = bpmn__least(10 * PX, r.width);
    if (s->fill != BPMN_NONE) {
        bpmn__draw_rect(g, r, 0, (struct ink){ BPMN_NONE, s->fill, 0, NULL });
    }
    bpmn__move_to(g, r.x + lip, r.y);
    bpmn__line_to(g, r.x, r.y);
    bpmn__line_to(g, r.x, r.y + r.height);
    bpmn__line_to(g, r.x + lip, r.y + r.height);
    bpmn__path_end(g, (struct ink){ bpmn__stroke_of(s), BPMN_NONE, LINE, NULL });
    bpmn__extend(g, r, 0);
    bpmn__label_note(g, s, e->text.len > 0 ? e->text : e->name, text);
}

void bpmn__paint_nothing(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    bpmn__extend(g, bpmn__rect_of(s->box), 0);
}
