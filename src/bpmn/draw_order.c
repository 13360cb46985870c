/* draw_order: in which order shapes are painted and read aloud.
 *
 * A pool, its lanes, then what is in it, as the flow goes: from what has no incoming flow, breadth first, so that
 * branches alternate as they do in time. What is in a sub-process comes right after it and so lies on top of it;
 * events on its border follow. Data and annotations come last. What nothing leads to keeps the order of the file.
 */
#include "bpmn/draw_int.h"

/* The walk numbers elements; shapes are then sorted by the numbers. */
struct walk {
    const struct bpmn_model *m;
    uint32_t *number; /* by element; 0: not yet */
    uint32_t next;
    uint32_t *queue; /* of elements whose turn comes; shared by all scopes, each uses the part after its caller's */
    uint32_t queued;
    bool *waiting; /* by element: was put into a queue */
};

static void number(struct walk *w, uint32_t element)
{
    if (w->number[element] == 0) {
        w->number[element] = ++w->next;
    }
}

bool bpmn__is_flow_node(const struct bpmn_element *e)
{
    enum bpmn_class c = bpmn_class_of(e->kind);
    return c == BPMN_CLASS_SCOPE || c == BPMN_CLASS_ACTIVITY || c == BPMN_CLASS_EVENT || c == BPMN_CLASS_GATEWAY ||
           c == BPMN_CLASS_CHOREOGRAPHY;
}

static void put(struct walk *w, uint32_t element)
{
    if (!w->waiting[element]) {
        w->waiting[element] = true;
        w->queue[w->queued++] = element;
    }
}

static void put_targets(struct walk *w, const struct bpmn_element *e)
{
    for (uint32_t i = 0; i < e->out_count; i++) {
        put(w, w->m->links[e->out[i]].target);
    }
}

static void walk_scope(struct walk *w, uint32_t scope, uint32_t depth);

static void visit(struct walk *w, uint32_t element, uint32_t depth)
{
    const struct bpmn_element *e = &w->m->elements[element];
    number(w, element);
    walk_scope(w, element, depth + 1);
    for (uint32_t i = 0; i < e->boundary_count; i++) {
        number(w, e->boundaries[i]);
        w->waiting[e->boundaries[i]] = true;
    }
    put_targets(w, e);
    for (uint32_t i = 0; i < e->boundary_count; i++) {
        put_targets(w, &w->m->elements[e->boundaries[i]]);
    }
}

/* Puts the elements of a scope with which the flow begins, or all, and follows them. */
static void follow(struct walk *w, const struct bpmn_element *scope, bool all, uint32_t depth)
{
    uint32_t first = w->queued;
    for (uint32_t i = 0; i < scope->child_count; i++) {
        const struct bpmn_element *e = &w->m->elements[scope->children[i]];
        bool begins = e->in_count == 0 && e->host == BPMN_NONE && !e->for_compensation;
        if (bpmn__is_flow_node(e) && (all || begins)) {
            put(w, scope->children[i]);
        }
    }
    for (uint32_t i = first; i < w->queued; i++) {
        visit(w, w->queue[i], depth);
    }
    w->queued = first;
}

static void number_lanes(struct walk *w, const struct bpmn_element *scope, uint32_t depth)
{
    for (uint32_t i = 0; i < scope->child_count && depth < LIMIT_BPMN_DEPTH; i++) {
        if (w->m->elements[scope->children[i]].kind == BPMN_LANE) {
            number(w, scope->children[i]);
            number_lanes(w, &w->m->elements[scope->children[i]], depth + 1);
        }
    }
}

/* As deep as sub-processes are nested, which the reader bounds; flows that lead out of their scope, which only broken
 * files have, may add to that, so the depth is counted here too. */
static void walk_scope(struct walk *w, uint32_t scope, uint32_t depth)
{
    const struct bpmn_element *e = &w->m->elements[scope];
    if (depth > 2 * LIMIT_BPMN_DEPTH) {
        return;
    }
    number_lanes(w, e, 0);
    follow(w, e, false, depth);
    follow(w, e, true, depth);
    for (uint32_t i = 0; i < e->child_count; i++) {
        if (!bpmn__is_flow_node(&w->m->elements[e->children[i]])) {
            number(w, e->children[i]);
        }
    }
}

static void walk_pools(struct walk *w, uint32_t collaboration)
{
    const struct bpmn_element *c = &w->m->elements[collaboration];
    for (uint32_t i = 0; i < c->child_count; i++) {
        const struct bpmn_element *e = &w->m->elements[c->children[i]];
        if (e->kind == BPMN_PARTICIPANT) {
            number(w, c->children[i]);
            if (e->ref != BPMN_NONE) {
                number(w, e->ref);
                walk_scope(w, e->ref, 0);
            }
        }
    }
}

static void walk_all(struct walk *w)
{
    for (uint32_t i = 0; i < w->m->element_count; i++) {
        if (w->m->elements[i].kind == BPMN_COLLABORATION) {
            walk_pools(w, i);
        }
    }
    for (uint32_t i = 0; i < w->m->element_count; i++) {
        if (w->m->elements[i].parent == BPMN_NONE) {
            number(w, i);
            walk_scope(w, i, 0);
        }
    }
    for (uint32_t i = 0; i < w->m->element_count; i++) {
        number(w, i);
    }
}

/* ---- Shapes ---- */

bool bpmn__is_hidden(const struct bpmn__drawing *g, uint32_t element)
{
    const struct bpmn_element *all = g->m->elements;
    for (uint32_t p = all[element].parent; p != BPMN_NONE && p != g->d->element; p = all[p].parent) {
        enum bpmn_class c = bpmn_class_of(all[p].kind);
        bool holds = (c == BPMN_CLASS_SCOPE && all[p].kind != BPMN_PROCESS) || c == BPMN_CLASS_CHOREOGRAPHY;
        if (holds && g->shape_of[p] != BPMN_NONE && !g->d->shapes[g->shape_of[p]].expanded) {
            return true;
        }
    }
    return false;
}

/* Bands come after the activity that they belong to. */
static uint32_t key(const struct bpmn__drawing *g, const uint32_t *numbers, uint32_t shape)
{
    const struct bpmn_shape *s = &g->d->shapes[shape];
    if (s->choreography_shape != BPMN_NONE) {
        return 2 * numbers[g->d->shapes[s->choreography_shape].element] + 1;
    }
    return 2 * numbers[s->element];
}

/* Sorts shapes by their keys, those of equal keys by the order of the file: a counting sort. */
static void sort(struct bpmn__drawing *g, const uint32_t *numbers)
{
    uint32_t size = 2 * g->m->element_count + 3, *from = ARENA_ARRAY(g->a, uint32_t, size);
    for (uint32_t i = 0; i < g->d->shape_count; i++) {
        from[key(g, numbers, i) + 1] += !bpmn__is_hidden(g, g->d->shapes[i].element);
    }
    for (uint32_t k = 1; k < size; k++) {
        from[k] += from[k - 1];
    }
    for (uint32_t i = 0; i < g->d->shape_count; i++) {
        if (!bpmn__is_hidden(g, g->d->shapes[i].element)) {
            g->order[from[key(g, numbers, i)]++] = i;
            g->order_count++;
        }
    }
}

/* ---- Frames ---- */

static bool is_frame(const struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    enum bpmn_kind kind = g->m->elements[s->element].kind;
    enum bpmn_class c = bpmn_class_of(kind);
    bool pool = c == BPMN_CLASS_PARTICIPANT && s->band == BPMN_BAND_NONE;
    return pool || c == BPMN_CLASS_SCOPE || c == BPMN_CLASS_LANE || kind == BPMN_CALL;
}

static bool encloses(const struct bpmn_shape *frame, const struct bpmn_shape *s)
{
    struct rect a = bpmn__rect_of(frame->box), b = bpmn__rect_of(s->box);
    return s->band == BPMN_BAND_NONE && a.width > b.width && a.height > b.height && b.x >= a.x && b.y >= a.y &&
           b.x + b.width <= a.x + a.width && b.y + b.height <= a.y + a.height;
}

/* What lies in a frame is painted after it, also where the file has it elsewhere: the inside of a called process. */
static void raise_frames(struct bpmn__drawing *g)
{
    for (uint32_t i = 1; i < g->order_count; i++) {
        uint32_t shape = g->order[i], first = 0;
        if (!is_frame(g, &g->d->shapes[shape])) {
            continue;
        }
        while (first < i && !encloses(&g->d->shapes[shape], &g->d->shapes[g->order[first]])) {
            first++;
        }
        memmove(&g->order[first + 1], &g->order[first], (i - first) * sizeof *g->order);
        g->order[first] = shape;
    }
}

void bpmn__draw_order(struct bpmn__drawing *g)
{
    struct walk w = { .m = g->m,
                      .number = ARENA_ARRAY(g->a, uint32_t, g->m->element_count),
                      .queue = ARENA_ARRAY(g->a, uint32_t, g->m->element_count),
                      .waiting = ARENA_ARRAY(g->a, bool, g->m->element_count) };
    walk_all(&w);
    g->order = ARENA_ARRAY(g->a, uint32_t, g->d->shape_count);
    sort(g, w.number);
    raise_frames(g);
}
