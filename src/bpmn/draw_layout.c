/* draw_layout: a plain layout for models without a diagram, from left to right, one process or sub-process at a time.
 *
 * Elements stand in cells. The column is the length of the longest way to an element, along flows that do not lead
 * back; the row is that of what leads there, or the next free one below. Links to the next column go straight across;
 * others run in the gap under the row of their source. Sub-processes are collapsed; data and notes are left out.
 */
#include "bpmn/draw_int.h"

enum { CELL_WIDTH = 160 * PX, CELL_HEIGHT = 130 * PX, GAP = 64 * PX, EVENT_SIZE = 36 * PX };

/* Links of different sources that run in the same gap keep this apart, up to four of them. */
enum { TRACK = 5 * PX, TRACKS = 4 };

struct cell {
    uint32_t column, row;
    uint32_t number; /* in the order of the flow, from 1; 0: not there */
};

struct layout {
    const struct bpmn_model *m;
    struct arena *a;
    struct cell *cells; /* by element */
    uint32_t *order;    /* elements by number - 1; filled from its end, where `first` is */
    uint32_t count, first;
    uint32_t *stack, *left;
    bool *seen;
    uint32_t *free_row; /* by column: the first row that nothing is in */
    uint32_t *shape_of; /* by element */
    struct bpmn_shape *shapes;
    struct bpmn_edge *edges;
    struct bpmn_diagram *diagram;
};

/* ---- Cells ---- */

/* The k-th element that flows lead to from an element or from the events on its border; BPMN_NONE beyond the last. */
static uint32_t successor(const struct layout *l, uint32_t element, uint32_t k)
{
    const struct bpmn_element *e = &l->m->elements[element];
    for (uint32_t i = 0; i <= e->boundary_count; i++) {
        const struct bpmn_element *from = i == 0 ? e : &l->m->elements[e->boundaries[i - 1]];
        if (k < from->out_count) {
            return l->m->links[from->out[k]].target;
        }
        k -= from->out_count;
    }
    return BPMN_NONE;
}

static uint32_t successor_count(const struct layout *l, uint32_t element)
{
    const struct bpmn_element *e = &l->m->elements[element];
    uint32_t n = e->out_count;
    for (uint32_t i = 0; i < e->boundary_count; i++) {
        n += l->m->elements[e->boundaries[i]].out_count;
    }
    return n;
}

/* An event on a border stands with its activity. */
static uint32_t place_of(const struct layout *l, uint32_t element)
{
    uint32_t host = l->m->elements[element].host;
    return host == BPMN_NONE ? element : host;
}

static bool has_cell(const struct layout *l, uint32_t element, uint32_t scope)
{
    const struct bpmn_element *e = &l->m->elements[element];
    return bpmn__is_flow_node(e) && e->host == BPMN_NONE && e->parent == scope;
}

/* Depth first; what has been left is put before all that was left earlier. So a flow leads to a higher place, unless it
 * leads back. Branches are taken from the last to the first, so that the first comes first. `left` counts what is still
 * to be looked at of each element on the stack. */
static void follow(struct layout *l, uint32_t element, uint32_t scope)
{
    uint32_t depth = 0;
    l->stack[depth++] = element;
    l->left[element] = successor_count(l, element);
    l->seen[element] = true;
    while (depth > 0) {
        uint32_t top = l->stack[depth - 1];
        if (l->left[top] == 0) {
            l->order[--l->first] = top;
            depth--;
            continue;
        }
        uint32_t next = successor(l, top, --l->left[top]);
        if (has_cell(l, next, scope) && !l->seen[next]) {
            l->seen[next] = true;
            l->left[next] = successor_count(l, next);
            l->stack[depth++] = next;
        }
    }
}

/* Numbers what stands in cells: first from what begins, then the circles that are left. */
static void number(struct layout *l, uint32_t scope)
{
    const struct bpmn_element *s = &l->m->elements[scope];
    l->first = l->m->element_count;
    for (int begins = 0; begins < 2; begins++) {
        for (uint32_t i = s->child_count; i-- > 0;) {
            uint32_t e = s->children[i];
            if (has_cell(l, e, scope) && !l->seen[e] && (l->m->elements[e].in_count == 0) == (begins == 0)) {
                follow(l, e, scope);
            }
        }
    }
    l->order += l->first;
    l->count = l->m->element_count - l->first;
    for (uint32_t i = 0; i < l->count; i++) {
        l->cells[l->order[i]].number = i + 1;
    }
}

/* Moves what an element leads to, to its right, and into its row when it is the first that leads there. */
static void push(struct layout *l, uint32_t element)
{
    const struct cell *from = &l->cells[element];
    for (uint32_t k = 0; k < successor_count(l, element); k++) {
        struct cell *to = &l->cells[successor(l, element, k)];
        if (to->number > from->number) {
            to->row = to->column == 0 ? from->row : to->row;
            to->column = to->column > from->column ? to->column : from->column + 1;
        }
    }
}

static void arrange(struct layout *l)
{
    for (uint32_t i = 0; i < l->count; i++) {
        struct cell *c = &l->cells[l->order[i]];
        uint32_t *free_row = &l->free_row[c->column];
        c->row = c->row > *free_row ? c->row : *free_row;
        *free_row = c->row + 1;
        push(l, l->order[i]);
    }
}

/* ---- Shapes ---- */

static struct point cell_centre(const struct cell *c)
{
    return (struct point){ c->column * (px)CELL_WIDTH + CELL_WIDTH / 2, c->row * (px)CELL_HEIGHT + CELL_HEIGHT / 2 };
}

static void add_shape(struct layout *l, uint32_t element, struct point c)
{
    enum bpmn_class class = bpmn_class_of(l->m->elements[element].kind);
    px width = class == BPMN_CLASS_EVENT ? EVENT_SIZE : class == BPMN_CLASS_GATEWAY ? 50 * PX : 100 * PX;
    px height = class == BPMN_CLASS_EVENT ? EVENT_SIZE : class == BPMN_CLASS_GATEWAY ? 50 * PX : 80 * PX;
    l->shape_of[element] = l->diagram->shape_count;
    l->shapes[l->diagram->shape_count++] = (struct bpmn_shape){
        .element = element,
        .box = { (bpmn_px)(c.x - width / 2), (bpmn_px)(c.y - height / 2), (bpmn_px)width, (bpmn_px)height },
        .marker_visible = true,
        .choreography_shape = BPMN_NONE,
        .fill = BPMN_NONE,
        .stroke = BPMN_NONE,
        .label = { .colour = BPMN_NONE },
    };
}

static void add_shapes(struct layout *l)
{
    for (uint32_t i = 0; i < l->count; i++) {
        const struct bpmn_element *e = &l->m->elements[l->order[i]];
        struct point c = cell_centre(&l->cells[l->order[i]]);
        px step = bpmn__least(40 * PX, 120 * PX / (e->boundary_count + 1));
        add_shape(l, l->order[i], c);
        for (uint32_t k = 0; k < e->boundary_count; k++) {
            add_shape(l, e->boundaries[k], (struct point){ c.x - 30 * PX + k * step, c.y + 40 * PX });
        }
    }
}

/* ---- Links ---- */

static struct bpmn_point at(px x, px y)
{
    return (struct bpmn_point){ (bpmn_px)x, (bpmn_px)y };
}

/* At most six points, into `p`; returns how many. */
static uint32_t route(const struct layout *l, const struct bpmn_link *k, struct bpmn_point *p)
{
    const struct bpmn_box *from = &l->shapes[l->shape_of[k->source]].box, *to = &l->shapes[l->shape_of[k->target]].box;
    const struct cell *a = &l->cells[place_of(l, k->source)], *b = &l->cells[place_of(l, k->target)];
    px start = from->y + from->height / 2, end = to->y + to->height / 2, right = from->x + from->width;
    px track = a->number % TRACKS * (px)TRACK;
    px gap = cell_centre(a).y + GAP + track, before = b->column * (px)CELL_WIDTH + 10 * PX;
    uint32_t n = 0;
    if (l->m->elements[k->source].host != BPMN_NONE) {
        p[n++] = at(from->x + from->width / 2, from->y + from->height);
    } else if (b->column == a->column + 1) {
        p[n++] = at(right, start);
        p[n++] = at(before, start);
        p[n++] = at(before, end);
        p[n++] = at(to->x, end);
        return n;
    } else {
        p[n++] = at(right, start);
        p[n++] = at((a->column + 1) * (px)CELL_WIDTH - 10 * PX, start);
    }
    before += track / 2 - 8 * PX;
    p[n] = at(p[n - 1].x, gap);
    p[n + 1] = at(before, gap);
    p[n + 2] = at(before, end);
    p[n + 3] = at(to->x, end);
    return n + 4;
}

static void add_edges(struct layout *l)
{
    for (uint32_t i = 0; i < l->m->link_count; i++) {
        const struct bpmn_link *k = &l->m->links[i];
        if (k->kind != BPMN_SEQUENCE_FLOW || k->source == BPMN_NONE || k->target == BPMN_NONE ||
            l->shape_of[k->source] == BPMN_NONE || l->shape_of[k->target] == BPMN_NONE) {
            continue;
        }
        struct bpmn_point *points = ARENA_ARRAY(l->a, struct bpmn_point, 6);
        l->edges[l->diagram->edge_count++] = (struct bpmn_edge){
            .link = i,
            .points = points,
            .point_count = route(l, k, points),
            .stroke = BPMN_NONE,
            .label = { .colour = BPMN_NONE },
        };
    }
}

/* ---- The whole ---- */

/* The i-th scope with something in it: processes and sub-processes, in the order of the file. */
static uint32_t scope_of(const struct bpmn_model *m, uint32_t i)
{
    for (uint32_t e = 0; e < m->element_count; e++) {
        bool scope = bpmn_class_of(m->elements[e].kind) == BPMN_CLASS_SCOPE && m->elements[e].child_count > 0;
        if (scope && i-- == 0) {
            return e;
        }
    }
    return BPMN_NONE;
}

const struct bpmn_diagram *bpmn__lay_out(const struct bpmn_model *m, uint32_t i, struct arena *a)
{
    uint32_t scope = scope_of(m, i), n = m->element_count;
    if (scope == BPMN_NONE) {
        return NULL;
    }
    struct layout l = { .m = m,
                        .a = a,
                        .cells = ARENA_ARRAY(a, struct cell, n),
                        .order = ARENA_ARRAY(a, uint32_t, n),
                        .stack = ARENA_ARRAY(a, uint32_t, n),
                        .left = ARENA_ARRAY(a, uint32_t, n),
                        .seen = ARENA_ARRAY(a, bool, n),
                        .free_row = ARENA_ARRAY(a, uint32_t, n + 1),
                        .shape_of = ARENA_ARRAY(a, uint32_t, n),
                        .shapes = ARENA_ARRAY(a, struct bpmn_shape, n),
                        .edges = ARENA_ARRAY(a, struct bpmn_edge, m->link_count),
                        .diagram = ARENA_NEW(a, struct bpmn_diagram) };
    *l.diagram = (struct bpmn_diagram){ .element = scope, .shapes = l.shapes, .edges = l.edges };
    for (uint32_t e = 0; e < n; e++) {
        l.shape_of[e] = BPMN_NONE;
    }
    number(&l, scope);
    arrange(&l);
    add_shapes(&l);
    add_edges(&l);
    return l.diagram;
}
