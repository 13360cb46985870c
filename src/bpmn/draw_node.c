/* draw_node: activities, events and gateways. */
#include "bpmn/draw_int.h"

static const struct bpmn_element *element_of(const struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    return &g->m->elements[s->element];
}

/* ---- Markers ---- */

enum { MARKER = 17 * PX };

px bpmn__markers(struct bpmn__drawing *g, const struct bpmn_shape *s, const enum bpmn__icon *icons, size_t count)
{
    struct rect r = bpmn__rect_of(s->box);
    if (count == 0) {
        return 0;
    }
    /* Smaller when the shape is narrow or low. */
    px scale = bpmn__least(PX, bpmn__least(r.width * PX / ((px)count * MARKER), r.height * PX / (2 * MARKER)));
    struct point c = { r.x + r.width / 2 - ((px)count - 1) * MARKER * scale / PX / 2,
                       r.y + r.height - MARKER * scale / PX * 62 / 100 };
    for (size_t i = 0; i < count; i++) {
        bpmn__draw_icon(g, icons[i], c, scale * 95 / 100, false, bpmn__marker_of(s), bpmn__fill_of(s));
        c.x += MARKER * scale / PX;
    }
    return MARKER * scale / PX + 3 * PX;
}

static const enum bpmn__icon loop_icons[] = {
    [BPMN_LOOP_STANDARD] = ICON_LOOP, [BPMN_LOOP_PARALLEL] = ICON_PARALLEL, [BPMN_LOOP_SEQUENTIAL] = ICON_SEQUENTIAL
};

static bool is_scope(const struct bpmn_element *e)
{
    return bpmn_class_of(e->kind) == BPMN_CLASS_SCOPE;
}

static const struct bpmn_element *called(const struct bpmn__drawing *g, const struct bpmn_element *e)
{
    return e->kind == BPMN_CALL && e->ref != BPMN_NONE ? &g->m->elements[e->ref] : NULL;
}

/* Whether the inside is seen: of a called process too, when it is drawn here and not in a pool of its own. */
static bool is_open(const struct bpmn__drawing *g, const struct bpmn_shape *s, const struct bpmn_element *e)
{
    const struct bpmn_element *process = called(g, e);
    bool drawn = process != NULL && process->kind == BPMN_PROCESS && g->filled[e->ref] &&
                 g->pool_of[e->ref] == BPMN_NONE;
    return (is_scope(e) && s->expanded) || (e->kind == BPMN_CALL && (s->expanded || drawn));
}

/* A call of a global task looks like that task; any other calls a process. */
static bool has_plus(const struct bpmn__drawing *g, const struct bpmn_shape *s, const struct bpmn_element *e)
{
    const struct bpmn_element *task = called(g, e);
    bool calls_process = e->kind == BPMN_CALL && (task == NULL || bpmn_class_of(task->kind) != BPMN_CLASS_GLOBAL);
    return (is_scope(e) || calls_process) && !is_open(g, s, e);
}

static px activity_markers(struct bpmn__drawing *g, const struct bpmn_shape *s, const struct bpmn_element *e)
{
    enum bpmn__icon icons[4];
    size_t n = 0;
    if (e->loop != BPMN_LOOP_NONE) {
        icons[n++] = loop_icons[e->loop];
    }
    if (e->for_compensation) {
        icons[n++] = ICON_UNDO;
    }
    if (has_plus(g, s, e)) {
        icons[n++] = ICON_PLUS;
    }
    if (e->kind == BPMN_AD_HOC) {
        icons[n++] = ICON_AD_HOC;
    }
    return bpmn__markers(g, s, icons, n);
}

/* ---- Activities ---- */

static void border(struct bpmn__drawing *g, const struct bpmn_shape *s, const struct bpmn_element *e)
{
    struct rect r = bpmn__rect_of(s->box);
    struct ink ink = bpmn__ink_of(s);
    px radius = bpmn__least(10 * PX, bpmn__least(r.width, r.height) / 4);
    ink.width = e->kind == BPMN_CALL ? THICK : LINE;
    ink.dash = e->kind == BPMN_EVENT_SUB_PROCESS ? "1.5 3" : NULL;
    bpmn__draw_rect(g, r, radius, ink);
    if (e->kind == BPMN_TRANSACTION) {
        bpmn__draw_rect(g, bpmn__inset(r, 3 * PX), bpmn__most(radius - 3 * PX, 0), ink);
    }
}

static void event_at(struct bpmn__drawing *g, const struct bpmn_element *e, const struct bpmn_shape *s, struct point c,
                     px r);

/* A collapsed event sub-process shows in its corner what starts it. */
static bool start_in_corner(struct bpmn__drawing *g, const struct bpmn_shape *s, const struct bpmn_element *e)
{
    for (uint32_t i = 0; e->kind == BPMN_EVENT_SUB_PROCESS && !s->expanded && i < e->child_count; i++) {
        const struct bpmn_element *child = &g->m->elements[e->children[i]];
        if (child->kind == BPMN_START_EVENT) {
            event_at(g, child, s, (struct point){ s->box.x + 15 * PX, s->box.y + 15 * PX }, 10 * PX);
            return true;
        }
    }
    return false;
}

static bool type_in_corner(struct bpmn__drawing *g, const struct bpmn_shape *s, const struct bpmn_element *e)
{
    const struct bpmn_element *task = called(g, e);
    enum bpmn__icon icon = bpmn__look_of(task != NULL ? task->kind : e->kind)->icon;
    if (e->kind == BPMN_RECEIVE_TASK && e->instantiate) {
        icon = ICON_RECEIVE_START;
    }
    px scale = bpmn__least(90, bpmn__least(s->box.width, s->box.height) * 90 / (40 * PX));
    struct point c = { s->box.x + 14 * scale, s->box.y + 13 * scale };
    bpmn__draw_icon(g, icon, c, bpmn__most(scale, 10), false, bpmn__marker_of(s), bpmn__fill_of(s));
    return icon != ICON_NONE;
}

void bpmn__paint_activity(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    const struct bpmn_element *e = element_of(g, s);
    struct rect r = bpmn__rect_of(s->box);
    border(g, s, e);
    px below = activity_markers(g, s, e);
    bool corner = start_in_corner(g, s, e);
    corner = type_in_corner(g, s, e) || corner;
    if (is_open(g, s, e)) {
        bpmn__label_heading(g, s, e->name, r);
    } else {
        bpmn__label_inside(g, s, e->name, r, corner ? 21 * PX : 3 * PX, below);
    }
}

/* ---- Events ---- */

static const enum bpmn__icon trigger_icons[BPMN_TRIGGERS] = {
    [BPMN_TRIGGER_MESSAGE] = ICON_MESSAGE,
    [BPMN_TRIGGER_TIMER] = ICON_TIMER,
    [BPMN_TRIGGER_SIGNAL] = ICON_SIGNAL,
    [BPMN_TRIGGER_CONDITION] = ICON_CONDITION,
    [BPMN_TRIGGER_ERROR] = ICON_ERROR,
    [BPMN_TRIGGER_ESCALATION] = ICON_ESCALATION,
    [BPMN_TRIGGER_COMPENSATION] = ICON_COMPENSATION,
    [BPMN_TRIGGER_CANCEL] = ICON_CANCEL,
    [BPMN_TRIGGER_LINK] = ICON_LINK,
    [BPMN_TRIGGER_TERMINATE] = ICON_TERMINATE,
};

enum bpmn__icon bpmn__event_icon(const struct bpmn_element *e)
{
    if (e->definition_count > 1) {
        return e->parallel_multiple ? ICON_PARALLEL_MULTIPLE : ICON_MULTIPLE;
    }
    return e->definition_count == 0 ? ICON_NONE : trigger_icons[e->definitions[0].trigger];
}

/* An event in the colours of a shape. */
static void event_at(struct bpmn__drawing *g, const struct bpmn_element *e, const struct bpmn_shape *s, struct point c,
                     px r)
{
    bool end = e->kind == BPMN_END_EVENT, start = e->kind == BPMN_START_EVENT;
    bool throws = end || e->kind == BPMN_THROW_EVENT;
    struct ink ink = bpmn__ink_of(s), ring = ink;
    ink.width = end ? bpmn__least(EVENT_THICK, r / 5) : LINE;
    ring.dash = ink.dash = e->interrupting ? NULL : "4 2.5";
    bpmn__draw_circle(g, c, end ? r - ink.width / 3 : r, ink);
    if (!end && !start) {
        ring.fill = BPMN_NONE;
        bpmn__draw_circle(g, c, r * 5 / 6, ring);
    }
    bpmn__draw_icon(g, bpmn__event_icon(e), c, bpmn__most(r * 94 / (18 * PX), 10), throws, bpmn__marker_of(s),
                    ink.fill);
}

void bpmn__paint_event(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    const struct bpmn_element *e = element_of(g, s);
    struct rect r = bpmn__rect_of(s->box);
    event_at(g, e, s, bpmn__centre(r), bpmn__most(bpmn__least(r.width, r.height) / 2, PX));
    bpmn__label_outside(g, s, e->name);
}

/* ---- Gateways ---- */

static enum bpmn__icon gateway_icon(const struct bpmn_shape *s, const struct bpmn_element *e)
{
    if (e->kind == BPMN_EXCLUSIVE && !s->marker_visible) {
        return ICON_NONE;
    }
    if (e->kind == BPMN_EVENT_GATEWAY && e->instantiate) {
        return e->parallel_start ? ICON_EVENTS_START_ALL : ICON_EVENTS_START;
    }
    return bpmn__look_of(e->kind)->icon;
}

void bpmn__paint_gateway(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    const struct bpmn_element *e = element_of(g, s);
    struct rect r = bpmn__rect_of(s->box);
    struct point c = bpmn__centre(r);
    struct point corners[] = { { c.x, r.y }, { r.x + r.width, c.y }, { c.x, r.y + r.height }, { r.x, c.y } };
    bpmn__draw_polygon(g, corners, 4, bpmn__ink_of(s));
    bpmn__draw_icon(g, gateway_icon(s, e), c, bpmn__most(bpmn__least(r.width, r.height) / 50, 10), false,
                    bpmn__marker_of(s), bpmn__fill_of(s));
    bpmn__label_outside(g, s, e->name);
}
