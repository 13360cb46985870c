/* draw_edge: links: where they begin and end, their heads and tails. */
#include "bpmn/draw_int.h"

enum { HEAD = 11 * PX, HEAD_HALF = 5 * PX };

/* A link's way, without points that repeat and without what lies under the shapes at its ends. */
struct way {
    struct point *points;
    uint32_t count;
};

/* ---- Clipping ---- */

/* Whether p lies inside a shape's outline by more than a pixel. */
static bool is_inside(const struct bpmn__drawing *g, const struct bpmn_shape *s, struct point p)
{
    struct rect r = bpmn__rect_of(s->box);
    struct point c = bpmn__centre(r);
    px x = bpmn__most(p.x - c.x, c.x - p.x), y = bpmn__most(p.y - c.y, c.y - p.y);
    px half_width = r.width / 2 - PX, half_height = r.height / 2 - PX;
    if (half_width <= 0 || half_height <= 0 || x >= half_width || y >= half_height) {
        return false;
    }
    switch (bpmn_class_of(g->m->elements[s->element].kind)) {
    case BPMN_CLASS_EVENT:
        return bpmn__distance(c, p) < bpmn__least(half_width, half_height);
    case BPMN_CLASS_GATEWAY:
        return x * half_height + y * half_width < half_width * half_height;
    default:
        return true;
    }
}

/* The shape that a link's end is clipped at. Pools are not: what is drawn inside may be meant. */
static const struct bpmn_shape *shape_at(const struct bpmn__drawing *g, uint32_t element)
{
    if (element == BPMN_NONE || g->shape_of[element] == BPMN_NONE ||
        bpmn_class_of(g->m->elements[element].kind) == BPMN_CLASS_PARTICIPANT) {
        return NULL;
    }
    return &g->d->shapes[g->shape_of[element]];
}

/* Moves the first point to where the way leaves the shape. */
static void clip_start(const struct bpmn__drawing *g, const struct bpmn_shape *s, struct way *w)
{
    while (w->count > 2 && is_inside(g, s, w->points[0]) && is_inside(g, s, w->points[1])) {
        w->points++;
        w->count--;
    }
    struct point in = w->points[0], out = w->points[1];
    if (!is_inside(g, s, in) || is_inside(g, s, out)) {
        return;
    }
    for (int i = 0; i < 30; i++) {
        struct point half = { in.x + (out.x - in.x) / 2, in.y + (out.y - in.y) / 2 };
        *(is_inside(g, s, half) ? &in : &out) = half;
    }
    w->points[0] = out;
}

static void reverse(struct way *w)
{
    for (uint32_t i = 0; i < w->count / 2; i++) {
        struct point p = w->points[i];
        w->points[i] = w->points[w->count - 1 - i];
        w->points[w->count - 1 - i] = p;
    }
}

static struct way way_of(struct bpmn__drawing *g, const struct bpmn_edge *e)
{
    const struct bpmn_link *k = &g->m->links[e->link];
    struct way w = { ARENA_ARRAY(g->a, struct point, e->point_count), 0 };
    for (uint32_t i = 0; i < e->point_count; i++) {
        struct point p = { e->points[i].x, e->points[i].y };
        if (w.count == 0 || p.x != w.points[w.count - 1].x || p.y != w.points[w.count - 1].y) {
            w.points[w.count++] = p;
        }
    }
    const struct bpmn_shape *from = shape_at(g, k->source), *to = shape_at(g, k->target);
    if (from != NULL && w.count > 1) {
        clip_start(g, from, &w);
    }
    reverse(&w);
    if (to != NULL && w.count > 1) {
        clip_start(g, to, &w);
    }
    reverse(&w);
    return w;
}

/* ---- Heads and tails ---- */

static void triangle(struct bpmn__drawing *g, struct point tip, struct point back, struct ink ink)
{
    struct point corners[] = { tip, bpmn__moved(tip, back, HEAD, HEAD_HALF), bpmn__moved(tip, back, HEAD, -HEAD_HALF) };
    bpmn__draw_polygon(g, corners, 3, ink);
}

static void open_head(struct bpmn__drawing *g, struct point tip, struct point back, struct ink ink)
{
    struct point a = bpmn__moved(tip, back, 8 * PX, HEAD_HALF), b = bpmn__moved(tip, back, 8 * PX, -HEAD_HALF);
    bpmn__move_to(g, a.x, a.y);
    bpmn__line_to(g, tip.x, tip.y);
    bpmn__line_to(g, b.x, b.y);
    bpmn__path_end(g, ink);
}

static void diamond(struct bpmn__drawing *g, struct point start, struct point on, struct ink ink)
{
    struct point corners[] = { start, bpmn__moved(start, on, 8 * PX, 5 * PX), bpmn__moved(start, on, 16 * PX, 0),
                               bpmn__moved(start, on, 8 * PX, -5 * PX) };
    bpmn__draw_polygon(g, corners, 4, ink);
}

static void stroke_across(struct bpmn__drawing *g, struct point start, struct point on, struct ink ink)
{
    bpmn__draw_line(g, bpmn__moved(start, on, 7 * PX, -5 * PX), bpmn__moved(start, on, 13 * PX, 5 * PX), ink);
}

static void line(struct bpmn__drawing *g, const struct way *w, struct ink ink)
{
    for (uint32_t i = 0; i < w->count; i++) {
        if (i == 0) {
            bpmn__move_to(g, w->points[i].x, w->points[i].y);
        } else {
            bpmn__line_to(g, w->points[i].x, w->points[i].y);
        }
    }
    bpmn__path_end(g, ink);
}

/* The line itself ends inside its head, so that its blunt end does not show beside the tip. */
static void line_to_head(struct bpmn__drawing *g, const struct way *w, struct ink ink)
{
    struct point *last = &w->points[w->count - 1], tip = *last;
    struct point back = bpmn__direction(tip, w->points[w->count - 2]);
    *last = bpmn__moved(tip, back, bpmn__least(HEAD / 2, bpmn__distance(tip, w->points[w->count - 2])), 0);
    line(g, w, ink);
    *last = tip;
}

/* ---- The kinds ---- */

static bool has_diamond(const struct bpmn__drawing *g, const struct bpmn_link *k)
{
    return k->conditional && !k->is_default && k->source != BPMN_NONE &&
           bpmn_class_of(g->m->elements[k->source].kind) != BPMN_CLASS_GATEWAY;
}

static void sequence_flow(struct bpmn__drawing *g, const struct bpmn_edge *e, const struct way *w, struct ink ink)
{
    const struct bpmn_link *k = &g->m->links[e->link];
    struct point tip = w->points[w->count - 1], on = bpmn__direction(w->points[0], w->points[1]);
    line_to_head(g, w, ink);
    ink.width = LINE;
    if (k->is_default) {
        stroke_across(g, w->points[0], on, ink);
    }
    if (has_diamond(g, k)) {
        diamond(g, w->points[0], on, (struct ink){ ink.stroke, WHITE, LINE, NULL });
    }
    triangle(g, tip, bpmn__direction(tip, w->points[w->count - 2]), (struct ink){ ink.stroke, ink.stroke, PX, NULL });
}

static void message_envelope(struct bpmn__drawing *g, const struct bpmn_edge *e, const struct way *w, struct ink ink)
{
    px total = 0, before = 0;
    for (uint32_t i = 0; i + 1 < w->count; i++) {
        total += bpmn__distance(w->points[i], w->points[i + 1]);
    }
    uint32_t i = 0;
    while (i + 2 < w->count && before + bpmn__distance(w->points[i], w->points[i + 1]) < total / 2) {
        before += bpmn__distance(w->points[i], w->points[i + 1]);
        i++;
    }
    struct point c = bpmn__moved(w->points[i], bpmn__direction(w->points[i], w->points[i + 1]), total / 2 - before, 0);
    bpmn__draw_icon(g, ICON_MESSAGE, c, 140, false, ink.stroke, e->envelope == BPMN_ENVELOPE_INITIATING ? WHITE : GREY);
}

static void message_flow(struct bpmn__drawing *g, const struct bpmn_edge *e, const struct way *w, struct ink ink)
{
    struct point tip = w->points[w->count - 1], start = w->points[0];
    struct point on = bpmn__direction(start, w->points[1]);
    struct ink hollow = { ink.stroke, WHITE, LINE, NULL };
    ink.dash = "7 4";
    line_to_head(g, w, ink);
    bpmn__draw_circle(g, bpmn__moved(start, on, 4 * PX, 0), 4 * PX, hollow);
    triangle(g, tip, bpmn__direction(tip, w->points[w->count - 2]), hollow);
    if (e->envelope != BPMN_ENVELOPE_NONE) {
        message_envelope(g, e, w, ink);
    }
}

static void association(struct bpmn__drawing *g, const struct bpmn_edge *e, const struct way *w, struct ink ink)
{
    const struct bpmn_link *k = &g->m->links[e->link];
    struct point tip = w->points[w->count - 1], start = w->points[0];
    bool data = k->kind != BPMN_ASSOCIATION;
    ink.dash = "1.5 3.5";
    line(g, w, ink);
    ink.dash = NULL;
    if (data || k->direction != BPMN_DIRECTION_NONE) {
        open_head(g, tip, bpmn__direction(tip, w->points[w->count - 2]), ink);
    }
    if (!data && k->direction == BPMN_DIRECTION_BOTH) {
        open_head(g, start, bpmn__direction(start, w->points[1]), ink);
    }
}

static void conversation_link(struct bpmn__drawing *g, const struct bpmn_edge *e, const struct way *w, struct ink ink)
{
    (void)e;
    ink.width = 5 * PX;
    line(g, w, ink);
    line(g, w, (struct ink){ WHITE, BPMN_NONE, 2 * PX, NULL });
}

typedef void draw_link(struct bpmn__drawing *g, const struct bpmn_edge *e, const struct way *w, struct ink ink);

static const struct {
    const char *class;
    draw_link *draw;
} kinds[] = {
    [BPMN_SEQUENCE_FLOW] = { "sequenceFlow", sequence_flow },
    [BPMN_MESSAGE_FLOW] = { "messageFlow", message_flow },
    [BPMN_ASSOCIATION] = { "association", association },
    [BPMN_DATA_INPUT_ASSOCIATION] = { "dataInputAssociation", association },
    [BPMN_DATA_OUTPUT_ASSOCIATION] = { "dataOutputAssociation", association },
    [BPMN_CONVERSATION_LINK] = { "conversationLink", conversation_link },
};

const char *bpmn__link_class(enum bpmn_link_kind kind)
{
    return kinds[kind].class;
}

/* A visited link is thicker and has a broad shadow: it shows without colour too. */
void bpmn__paint_edge(struct bpmn__drawing *g, const struct bpmn_edge *e)
{
    const struct bpmn_link *k = &g->m->links[e->link];
    struct ink ink = { e->stroke == BPMN_NONE ? BLACK : e->stroke, BPMN_NONE, LINE, NULL };
    struct way w = way_of(g, e);
    if (w.count < 2) {
        return;
    }
    if (g->visited_link[e->link]) {
        line(g, &w, (struct ink){ GREY, BPMN_NONE, 8 * PX, NULL });
        ink.width = 3 * PX;
    }
    kinds[k->kind].draw(g, e, &w, ink);
    str text = k->name.len == 0 && k->message != BPMN_NONE ? g->m->elements[k->message].name : k->name;
    bpmn__label_edge(g, e, text, w.points, w.count);
}
