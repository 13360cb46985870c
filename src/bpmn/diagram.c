/* diagram: the diagram interchange part of the file (BPMNDI): shapes, edges, labels, fonts, colours. */
#include "bpmn/bpmn_int.h"

static const char *const di = "http://www.omg.org/spec/BPMN/20100524/DI";
static const char *const dd_di = "http://www.omg.org/spec/DD/20100524/DI";
static const char *const dd_dc = "http://www.omg.org/spec/DD/20100524/DC";
static const char *const bioc = "http://bpmn.io/schema/bpmn/biocolor/1.0";
static const char *const omg_colour = "http://www.omg.org/spec/BPMN/non-normative/color/1.0";

static const struct xml_node *child_in(const struct xml_node *x, const char *uri, const char *name)
{
    const struct xml_node *c = x->first_child;
    while (c != NULL && !bpmn__is_in(c, uri, name)) {
        c = c->next;
    }
    return c;
}

static uint32_t count_in(const struct xml_node *x, const char *uri, const char *name)
{
    uint32_t n = 0;
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        n += bpmn__is_in(c, uri, name);
    }
    return n;
}

/* ---- Numbers and colours ---- */

enum { PX_MAX = 1000000 * 100 };

static bpmn_px px(struct bpmn__loader *l, const struct xml_node *x, const char *name)
{
    dec d;
    int64_t n = 0;
    str text = str_trim(bpmn__attr(x, name));
    bool ok = dec_parse(text, &d) && dec_mul(d, DEC_SMALL(100), &d) && dec_round(d, 0, DEC_HALF_EVEN, &d) &&
              dec_to_int(d, &n) && n >= -PX_MAX && n <= PX_MAX;
    if (!ok) {
        bpmn__find(l, BPMN_DRAWING, BPMN_NONE, STR(""), x->line, "the %s \"%.*s\" is no number of pixels", name,
                   STR_ARG(text));
        return 0;
    }
    return (bpmn_px)n;
}

static struct bpmn_box box(struct bpmn__loader *l, const struct xml_node *x)
{
    return (struct bpmn_box){ px(l, x, "x"), px(l, x, "y"), px(l, x, "width"), px(l, x, "height") };
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                                                                       : -1;
}

/* #rgb or #rrggbb (with an alpha that is dropped). */
static bool parse_hex(str s, bpmn_colour *ret)
{
    bool shorthand = s.len == 4;
    bpmn_colour c = 0;
    if (!shorthand && s.len != 7 && s.len != 9) {
        return false;
    }
    for (size_t i = 1; i < (shorthand ? 4 : 7); i++) {
        int v = hex(s.ptr[i]);
        if (v < 0) {
            return false;
        }
        c = shorthand ? c * 256 + (bpmn_colour)v * 17 : c * 16 + (bpmn_colour)v;
    }
    *ret = c;
    return true;
}

/* rgb(30, 136, 229), as older modellers write it. */
static bool parse_rgb(str s, bpmn_colour *ret)
{
    bpmn_colour c = 0;
    size_t at = 4;
    for (int part = 0; part < 3; part++) {
        size_t end = at;
        dec d;
        int64_t v;
        while (end < s.len && s.ptr[end] != ',' && s.ptr[end] != ')') {
            end++;
        }
        if (end == s.len || !dec_parse(str_trim(str_slice(s, at, end)), &d) || !dec_to_int(d, &v) || v < 0 ||
            v > 255) {
            return false;
        }
        c = c * 256 + (bpmn_colour)v;
        at = end + 1;
    }
    *ret = c;
    return at == s.len;
}

static bpmn_colour colour(struct bpmn__loader *l, const struct xml_node *x, const char *uri, const char *name)
{
    str s = str_trim(xml_attr(x, str_of(uri), str_of(name)));
    bpmn_colour c = BPMN_NONE;
    if (s.len == 0) {
        return BPMN_NONE;
    }
    bool ok = s.ptr[0] == '#' ? parse_hex(s, &c) : str_starts_with(s, STR("rgb(")) && parse_rgb(s, &c);
    if (!ok) {
        bpmn__find(l, BPMN_DRAWING, BPMN_NONE, STR(""), x->line, "the colour \"%.*s\" is not known", STR_ARG(s));
    }
    return c;
}

/* The colour of the one vocabulary, or else of the other. */
static bpmn_colour either(struct bpmn__loader *l, const struct xml_node *x, const char *omg, const char *io)
{
    bpmn_colour c = colour(l, x, omg_colour, omg);
    return c != BPMN_NONE ? c : colour(l, x, bioc, io);
}

/* ---- Labels ---- */

struct style {
    str id;
    struct bpmn_font font;
};

struct styles {
    struct style *items;
    uint32_t count;
};

static struct styles read_styles(struct bpmn__loader *l, const struct xml_node *diagram)
{
    struct styles s = { ARENA_ARRAY(l->a, struct style, count_in(diagram, di, "BPMNLabelStyle")), 0 };
    for (const struct xml_node *c = diagram->first_child; c != NULL; c = c->next) {
        const struct xml_node *f = bpmn__is_in(c, di, "BPMNLabelStyle") ? child_in(c, dd_dc, "Font") : NULL;
        if (f != NULL) {
            s.items[s.count].id = bpmn__attr(c, "id");
            s.items[s.count++].font = (struct bpmn_font){
                .name = bpmn__attr(f, "name"), .size = bpmn__attr(f, "size").len > 0 ? px(l, f, "size") : 0,
                .bold = bpmn__flag(f, "isBold", false), .italic = bpmn__flag(f, "isItalic", false),
                .underline = bpmn__flag(f, "isUnderline", false),
                .strike_through = bpmn__flag(f, "isStrikeThrough", false),
            };
        }
    }
    return s;
}

static struct bpmn_label read_label(struct bpmn__loader *l, const struct styles *styles, const struct xml_node *x)
{
    const struct xml_node *label = child_in(x, di, "BPMNLabel");
    struct bpmn_label r = { .colour = BPMN_NONE };
    if (label == NULL) {
        return r;
    }
    const struct xml_node *bounds = child_in(label, dd_dc, "Bounds");
    r.present = true;
    r.colour = colour(l, label, omg_colour, "color");
    if (bounds != NULL) {
        r.placed = true;
        r.box = box(l, bounds);
    }
    str style = bpmn__local(bpmn__attr(label, "labelStyle"));
    for (uint32_t i = 0; i < styles->count; i++) {
        if (style.len > 0 && str_eq(styles->items[i].id, style)) {
            r.font = &styles->items[i].font;
        }
    }
    return r;
}

/* ---- Shapes ---- */

static enum bpmn_band band_of(str text)
{
    static const struct {
        const char *name;
        enum bpmn_band band;
    } bands[] = {
        { "top_initiating", BPMN_BAND_TOP_INITIATING },       { "middle_initiating", BPMN_BAND_MIDDLE_INITIATING },
        { "bottom_initiating", BPMN_BAND_BOTTOM_INITIATING }, { "top_non_initiating", BPMN_BAND_TOP },
        { "middle_non_initiating", BPMN_BAND_MIDDLE },        { "bottom_non_initiating", BPMN_BAND_BOTTOM },
    };
    for (size_t i = 0; i < sizeof bands / sizeof bands[0]; i++) {
        if (str_eq(text, str_of(bands[i].name))) {
            return bands[i].band;
        }
    }
    return BPMN_BAND_NONE;
}

static void read_shape(struct bpmn__loader *l, const struct styles *styles, const struct xml_node *x,
                       struct bpmn_diagram *d, struct bpmn_shape *shapes)
{
    str reference = bpmn__attr(x, "bpmnElement");
    uint32_t element = bpmn__lookup(l, reference);
    const struct xml_node *bounds = child_in(x, dd_dc, "Bounds");
    if (element == BPMN_NONE || bounds == NULL) {
        bpmn__find(l, BPMN_DRAWING, BPMN_NONE, bpmn__attr(x, "id"), x->line,
                   bounds == NULL ? "the shape of \"%.*s\" has no bounds"
                                  : "the shape is of \"%.*s\", which is not in the file", STR_ARG(reference));
        return;
    }
    struct bpmn_box b = box(l, bounds);
    shapes[d->shape_count++] = (struct bpmn_shape){
        .id = bpmn__attr(x, "id"), .element = element, .line = x->line, .box = b,
        .horizontal = bpmn__flag(x, "isHorizontal", b.width > b.height),
        .expanded = bpmn__flag(x, "isExpanded", false),
        .marker_visible = bpmn__flag(x, "isMarkerVisible", false),
        .message_visible = bpmn__flag(x, "isMessageVisible", false),
        .band = band_of(bpmn__attr(x, "participantBandKind")), .choreography_shape = BPMN_NONE,
        .fill = either(l, x, "background-color", "fill"), .stroke = either(l, x, "border-color", "stroke"),
        .label = read_label(l, styles, x),
    };
}

static const struct xml_node *plane_of(const struct xml_node *diagram)
{
    return child_in(diagram, di, "BPMNPlane");
}

/* The shape that a band belongs to, by the shape's id; known when all shapes are read. */
static void connect_bands(struct bpmn_diagram *d, struct bpmn_shape *shapes, const struct xml_node *plane)
{
    uint32_t n = 0;
    for (const struct xml_node *c = plane->first_child; c != NULL && n < d->shape_count; c = c->next) {
        if (!bpmn__is_in(c, di, "BPMNShape") || c->line != shapes[n].line ||
            !str_eq(bpmn__attr(c, "id"), shapes[n].id)) {
            continue;
        }
        str of = bpmn__local(bpmn__attr(c, "choreographyActivityShape"));
        for (uint32_t i = 0; of.len > 0 && i < d->shape_count; i++) {
            if (str_eq(shapes[i].id, of)) {
                shapes[n].choreography_shape = i;
            }
        }
        n++;
    }
}

/* A sub-process of which something is drawn on the same plane is expanded, when the file does not say. */
static void guess_expanded(const struct bpmn__loader *l, struct bpmn_diagram *d, struct bpmn_shape *shapes,
                           const struct xml_node *plane)
{
    bool *drawn_inside = ARENA_ARRAY(l->a, bool, l->element_count);
    for (uint32_t i = 0; i < d->shape_count; i++) {
        uint32_t parent = l->elements[shapes[i].element].parent;
        if (parent != BPMN_NONE) {
            drawn_inside[parent] = true;
        }
    }
    uint32_t n = 0;
    for (const struct xml_node *c = plane->first_child; c != NULL && n < d->shape_count; c = c->next) {
        if (bpmn__is_in(c, di, "BPMNShape") && c->line == shapes[n].line &&
            str_eq(bpmn__attr(c, "id"), shapes[n].id)) {
            if (bpmn__attr(c, "isExpanded").len == 0) {
                shapes[n].expanded = drawn_inside[shapes[n].element];
            }
            n++;
        }
    }
}

/* ---- Edges ---- */

static void read_edge(struct bpmn__loader *l, const struct styles *styles, const struct xml_node *x,
                      struct bpmn_diagram *d, struct bpmn_edge *edges)
{
    str reference = bpmn__attr(x, "bpmnElement"), envelope = bpmn__attr(x, "messageVisibleKind");
    uint32_t link = bpmn__lookup_link(l, reference), n = 0;
    struct bpmn_point *points = ARENA_ARRAY(l->a, struct bpmn_point, count_in(x, dd_di, "waypoint"));
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        if (bpmn__is_in(c, dd_di, "waypoint")) {
            points[n++] = (struct bpmn_point){ px(l, c, "x"), px(l, c, "y") };
        }
    }
    if (link == BPMN_NONE || n < 2) {
        bpmn__find(l, BPMN_DRAWING, BPMN_NONE, bpmn__attr(x, "id"), x->line,
                   n < 2 ? "the edge of \"%.*s\" has less than two points"
                         : "the edge is of \"%.*s\", which is no link in the file", STR_ARG(reference));
        return;
    }
    edges[d->edge_count++] = (struct bpmn_edge){
        .id = bpmn__attr(x, "id"), .link = link, .line = x->line, .points = points, .point_count = n,
        .stroke = either(l, x, "border-color", "stroke"),
        .envelope = str_eq(envelope, STR("initiating"))       ? BPMN_ENVELOPE_INITIATING
                    : str_eq(envelope, STR("non_initiating")) ? BPMN_ENVELOPE_ANSWERING
                                                              : BPMN_ENVELOPE_NONE,
        .label = read_label(l, styles, x),
    };
}

/* ---- Diagrams ---- */

static void read_diagram(struct bpmn__loader *l, const struct xml_node *x, struct bpmn_diagram *d)
{
    const struct xml_node *plane = plane_of(x);
    struct styles styles = read_styles(l, x);
    struct bpmn_shape *shapes = ARENA_ARRAY(l->a, struct bpmn_shape, count_in(plane, di, "BPMNShape"));
    struct bpmn_edge *edges = ARENA_ARRAY(l->a, struct bpmn_edge, count_in(plane, di, "BPMNEdge"));
    *d = (struct bpmn_diagram){ .id = bpmn__attr(x, "id"), .name = bpmn__attr(x, "name"), .line = x->line,
                                .element = bpmn__lookup(l, bpmn__attr(plane, "bpmnElement")), .shapes = shapes,
                                .edges = edges };
    for (const struct xml_node *c = plane->first_child; c != NULL; c = c->next) {
        if (bpmn__is_in(c, di, "BPMNShape")) {
            read_shape(l, &styles, c, d, shapes);
        } else if (bpmn__is_in(c, di, "BPMNEdge")) {
            read_edge(l, &styles, c, d, edges);
        }
    }
    connect_bands(d, shapes, plane);
    guess_expanded(l, d, shapes, plane);
}

void bpmn__read_diagrams(struct bpmn__loader *l)
{
    struct bpmn_diagram *all = ARENA_ARRAY(l->a, struct bpmn_diagram, count_in(l->definitions, di, "BPMNDiagram"));
    for (const struct xml_node *c = l->definitions->first_child; c != NULL; c = c->next) {
        if (!bpmn__is_in(c, di, "BPMNDiagram")) {
            continue;
        }
        if (plane_of(c) == NULL) {
            bpmn__find(l, BPMN_DRAWING, BPMN_NONE, bpmn__attr(c, "id"), c->line, "the diagram has no plane");
        } else {
            read_diagram(l, c, &all[l->m->diagram_count++]);
        }
    }
    l->m->diagrams = all;
}
