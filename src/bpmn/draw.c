/* draw: the passes over a diagram, and the group around each shape and link. See draw.h. */
#include "bpmn/draw_int.h"

static const struct bpmn__look looks[BPMN_KINDS] = {
#define LOOK(kind, words, painter, icon) [BPMN_##kind] = { words, bpmn__paint_##painter, ICON_##icon },
#include "bpmn/draw_look.def"
#undef LOOK
};

const struct bpmn__look *bpmn__look_of(enum bpmn_kind kind)
{
    return &looks[kind];
}

/* ---- Preparing ---- */

static bool is_band(const struct bpmn_shape *s)
{
    return s->band != BPMN_BAND_NONE;
}

static void prepare_lane(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    uint32_t parent = g->m->elements[s->element].parent;
    struct inner *inner = parent == BPMN_NONE ? NULL : &g->inner[parent];
    if (inner != NULL) {
        inner->x = inner->any ? bpmn__least(inner->x, s->box.x) : s->box.x;
        inner->y = inner->any ? bpmn__least(inner->y, s->box.y) : s->box.y;
        inner->any = true;
    }
}

static void prepare_shape(struct bpmn__drawing *g, uint32_t i)
{
    const struct bpmn_shape *s = &g->d->shapes[i];
    const struct bpmn_element *e = &g->m->elements[s->element];
    uint32_t process = bpmn_process_of(g->m, s->element);
    if (g->shape_of[s->element] == BPMN_NONE && !is_band(s)) {
        g->shape_of[s->element] = i;
    }
    if (e->kind == BPMN_PROCESS) {
        g->pool_of[s->element] = i;
    } else if (e->kind == BPMN_PARTICIPANT && e->ref != BPMN_NONE && !is_band(s)) {
        g->pool_of[e->ref] = i;
    } else if (process != BPMN_NONE && e->kind != BPMN_PARTICIPANT) {
        g->filled[process] = true;
    }
    if (e->kind == BPMN_LANE) {
        prepare_lane(g, s);
    }
}

/* At which side of a shape a point lies: the one that it is nearest to. */
static uint8_t side_of(const struct bpmn_shape *s, struct bpmn_point p)
{
    struct rect r = bpmn__rect_of(s->box);
    struct point c = bpmn__centre(r);
    px x = (p.x - c.x) * r.height, y = (p.y - c.y) * r.width;
    if (bpmn__most(y, -y) > bpmn__most(x, -x)) {
        return y < 0 ? SIDE_TOP : SIDE_BOTTOM;
    }
    return x < 0 ? SIDE_LEFT : SIDE_RIGHT;
}

static void prepare_edge(struct bpmn__drawing *g, const struct bpmn_edge *e)
{
    const struct bpmn_link *k = &g->m->links[e->link];
    if (k->source != BPMN_NONE && g->shape_of[k->source] != BPMN_NONE) {
        g->sides[k->source] |= side_of(&g->d->shapes[g->shape_of[k->source]], e->points[0]);
    }
    if (k->target != BPMN_NONE && g->shape_of[k->target] != BPMN_NONE) {
        g->sides[k->target] |= side_of(&g->d->shapes[g->shape_of[k->target]], e->points[e->point_count - 1]);
    }
}

static void prepare(struct bpmn__drawing *g)
{
    uint32_t n = g->m->element_count;
    g->shape_of = ARENA_ARRAY(g->a, uint32_t, n);
    g->pool_of = ARENA_ARRAY(g->a, uint32_t, n);
    g->inner = ARENA_ARRAY(g->a, struct inner, n);
    g->filled = ARENA_ARRAY(g->a, bool, n);
    g->sides = ARENA_ARRAY(g->a, uint8_t, n);
    g->labels = ARENA_ARRAY(g->a, struct outer_label, g->d->shape_count + g->d->edge_count);
    for (uint32_t i = 0; i < n; i++) {
        g->shape_of[i] = g->pool_of[i] = BPMN_NONE;
    }
    for (uint32_t i = 0; i < g->d->shape_count; i++) {
        prepare_shape(g, i);
    }
    for (uint32_t i = 0; i < g->d->edge_count; i++) {
        prepare_edge(g, &g->d->edges[i]);
    }
    bpmn__draw_order(g);
    bpmn__read_overlay(g);
}

/* ---- Groups ---- */

static void identify(struct bpmn__drawing *g, const char *attribute, char kind)
{
    char id[64];
    struct buf b = BUF_INIT(sizeof id);
    buf_printf(&b, "%s-%u%c", g->prefix, g->titles, kind);
    xml_attribute(&g->w, attribute, buf_str(&b));
    buf_release(&b);
}

/* <title> or <desc> with the words put together so far; the letter tells their ids apart. */
static void words_element(struct bpmn__drawing *g, const char *name, char letter)
{
    xml_begin(&g->w, name);
    identify(g, "id", letter);
    xml_text(&g->w, buf_str(&g->words));
    xml_end(&g->w);
}

static void begin_group(struct bpmn__drawing *g, str class, str id, const char *state)
{
    struct buf b = BUF_INIT(256);
    g->titles++;
    xml_begin(&g->w, "g");
    buf_add(&b, class);
    buf_addz(&b, state);
    xml_attribute(&g->w, "class", buf_str(&b));
    if (id.len > 0) {
        xml_attribute(&g->w, "data-id", id);
    }
    xml_attribute(&g->w, "role", STR("img"));
    buf_clear(&b);
    buf_printf(&b, "%s-%ut %s-%ud", g->prefix, g->titles, g->prefix, g->titles);
    xml_attribute(&g->w, "aria-labelledby", buf_str(&b));
    buf_release(&b);
}

static void paint_shape(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    const struct bpmn_element *e = &g->m->elements[s->element];
    bool token = g->tokens[s->element] > 0, visited = g->visited[s->element];
    begin_group(g, bpmn_kind_name(e->kind), e->id,
                token     ? visited ? " token visited" : " token"
                : visited ? " visited"
                          : "");
    bpmn__title_of_shape(g, s);
    words_element(g, "title", 't');
    bpmn__words_of_shape(g, s);
    words_element(g, "desc", 'd');
    looks[e->kind].paint(g, s);
    bpmn__paint_badges(g, s);
    xml_end(&g->w);
}

static void paint_edge(struct bpmn__drawing *g, const struct bpmn_edge *e)
{
    const struct bpmn_link *k = &g->m->links[e->link];
    if ((k->source != BPMN_NONE && bpmn__is_hidden(g, k->source)) ||
        (k->target != BPMN_NONE && bpmn__is_hidden(g, k->target))) {
        return;
    }
    begin_group(g, str_of(bpmn__link_class(k->kind)), k->id, g->visited_link[e->link] ? " visited" : "");
    bpmn__title_of_edge(g, e);
    words_element(g, "title", 't');
    bpmn__words_of_edge(g, e);
    words_element(g, "desc", 'd');
    bpmn__paint_edge(g, e);
    xml_end(&g->w);
}

/* ---- Links in their order ---- */

/* Lists of the sequence flows that leave each element: first[element], then next[edge]. */
struct leaving {
    uint32_t *first, *next;
    bool *painted; /* by edge */
};

static struct leaving leaving_of(struct bpmn__drawing *g)
{
    struct leaving l = { ARENA_ARRAY(g->a, uint32_t, g->m->element_count),
                         ARENA_ARRAY(g->a, uint32_t, g->d->edge_count), ARENA_ARRAY(g->a, bool, g->d->edge_count) };
    for (uint32_t i = 0; i < g->m->element_count; i++) {
        l.first[i] = BPMN_NONE;
    }
    for (uint32_t i = g->d->edge_count; i-- > 0;) {
        const struct bpmn_link *k = &g->m->links[g->d->edges[i].link];
        if (k->kind == BPMN_SEQUENCE_FLOW && k->source != BPMN_NONE) {
            l.next[i] = l.first[k->source];
            l.first[k->source] = i;
        }
    }
    return l;
}

/* Sequence flows follow what they leave; the others, which cross frames, come last. */
static void paint_all(struct bpmn__drawing *g)
{
    struct leaving l = leaving_of(g);
    g->titles = g->label_count = 0;
    for (g->at = 0; g->at < g->order_count; g->at++) {
        const struct bpmn_shape *s = &g->d->shapes[g->order[g->at]];
        paint_shape(g, s);
        for (uint32_t i = l.first[s->element]; i != BPMN_NONE && !l.painted[i]; i = l.next[i]) {
            paint_edge(g, &g->d->edges[i]);
            l.painted[i] = true;
        }
    }
    for (uint32_t i = 0; i < g->d->edge_count; i++) {
        if (!l.painted[i]) {
            paint_edge(g, &g->d->edges[i]);
        }
    }
    bpmn__paint_labels(g);
    if (bpmn__has_overlay(g) && g->painted) {
        bpmn__paint_legend(g);
    }
}

/* ---- The document ---- */

static void view_box(struct bpmn__drawing *g, struct rect r)
{
    const px values[] = { r.x, r.y, r.width, r.height };
    struct buf b = BUF_INIT(256);
    for (size_t i = 0; i < 4; i++) {
        /* Whole pixels: the extent was widened to them. */
        buf_printf(&b, "%s%lld", i > 0 ? " " : "", (long long)(values[i] / PX));
    }
    xml_attribute(&g->w, "viewBox", buf_str(&b));
    buf_release(&b);
}

/* Rounded outwards to whole pixels, with a margin. */
static struct rect page_of(struct rect e)
{
    px margin = 10 * PX;
    px left = e.x - margin, top = e.y - margin, right = e.x + e.width + margin, bottom = e.y + e.height + margin;
    left -= (left % PX + PX) % PX;
    top -= (top % PX + PX) % PX;
    right += (PX - right % PX) % PX;
    bottom += (PX - bottom % PX) % PX;
    return (struct rect){ left, top, right - left, bottom - top };
}

static void write_document(struct bpmn__drawing *g, struct buf *out)
{
    struct rect page = page_of(g->extent);
    xml_writer_init(&g->w, out, 3);
    xml_begin(&g->w, "svg");
    xml_attribute(&g->w, "xmlns", STR("http://www.w3.org/2000/svg"));
    view_box(g, page);
    bpmn__number(g, "width", page.width);
    bpmn__number(g, "height", page.height);
    xml_attribute(&g->w, "class", STR("bpmn"));
    xml_attribute(&g->w, "role", STR("group"));
    g->titles = 0;
    identify(g, "aria-labelledby", 't');
    xml_attribute(&g->w, "font-family",
                  STR("'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',"
                      "'WenQuanYi Micro Hei',Arial,sans-serif"));
    bpmn__title_of_diagram(g);
    words_element(g, "title", 't');
    xml_begin(&g->w, "g");
    xml_attribute(&g->w, "class", STR("paper"));
    bpmn__draw_rect(g, page, 0, (struct ink){ BPMN_NONE, WHITE, 0, NULL });
    xml_end(&g->w);
    g->painted = false; /* the legend goes below what is painted from here on */
    paint_all(g);
    xml_end(&g->w);
    buf_addc(out, '\n');
}

/* A buffer that takes nothing: what is written there only leaves its extent. */
static void measure(struct bpmn__drawing *g)
{
    struct buf nothing = BUF_INIT(0);
    xml_writer_init(&g->w, &nothing, 0);
    paint_all(g);
    buf_release(&nothing);
}

/* The diagram of the file, or one made for the model, in `a`. */
static const struct bpmn_diagram *choose(const struct bpmn_model *m, uint32_t i, struct arena *a, struct error *err)
{
    const struct bpmn_diagram *d = i < m->diagram_count ? &m->diagrams[i] : NULL;
    if (m->diagram_count == 0) {
        d = bpmn__lay_out(m, i, a);
    }
    if (d == NULL) {
        error_set(err, ERROR_MISSING, "the model has no diagram %u", i + 1);
        error_detail(err, m->diagram_count > 0 ? "it has %u" : "it has %u, and no such process to lay one out for",
                     m->diagram_count);
    } else if (d->shape_count + d->edge_count == 0) {
        error_set(err, ERROR_MISSING, "there is nothing on the diagram");
        error_detail(err, "no shape of it has bounds and an element that is in the file");
        error_at(err, m->file, d->line, 0);
        d = NULL;
    }
    return d;
}

static size_t text_on(const struct bpmn_model *m, const struct bpmn_diagram *d)
{
    size_t n = 0;
    for (uint32_t i = 0; i < d->shape_count; i++) {
        const struct bpmn_element *e = &m->elements[d->shapes[i].element];
        n += e->name.len + e->text.len + e->documentation.len;
    }
    for (uint32_t i = 0; i < d->edge_count; i++) {
        n += m->links[d->edges[i].link].name.len;
    }
    return n;
}

/* Bounds what a file can make us do: shapes may share one long name, and frames are compared with all else. */
static enum error_code check_limits(const struct bpmn_model *m, const struct bpmn_diagram *d, struct error *err)
{
    if (d->shape_count + d->edge_count > LIMIT_BPMN_ELEMENTS) {
        error_set(err, ERROR_LIMIT, "the diagram has too many shapes and links");
        error_detail(err, "limit %s = %d", "BPMN_ELEMENTS", LIMIT_BPMN_ELEMENTS);
    } else if (text_on(m, d) > LIMIT_BPMN_DRAWN_TEXT) {
        error_set(err, ERROR_LIMIT, "the diagram has too much text");
        error_detail(err, "limit %s = %d", "BPMN_DRAWN_TEXT", LIMIT_BPMN_DRAWN_TEXT);
    } else {
        return OK;
    }
    error_at(err, m->file, d->line, 0);
    return ERROR_LIMIT;
}

static void draw(const struct bpmn_model *m, const struct bpmn_diagram *d, const struct bpmn_draw_options *options,
                 struct arena *a, struct buf *out)
{
    struct bpmn__drawing g = { .m = m,
                               .d = d,
                               .options = options,
                               .a = a,
                               .prefix = options->prefix == NULL ? "bpmn" : options->prefix,
                               .words = BUF_INIT(LIMIT_XML_BYTES),
                               .path = BUF_INIT(LIMIT_XML_BYTES) };
    prepare(&g);
    measure(&g);
    write_document(&g, out);
    buf_release(&g.words);
    buf_release(&g.path);
}

enum error_code bpmn_draw(const struct bpmn_model *m, const struct bpmn_draw_options *options, struct buf *out,
                          struct error *err)
{
    struct arena a = ARENA_INIT;
    m = bpmn_in(m, options->lang);
    const struct bpmn_diagram *d = choose(m, options->diagram, &a, err);
    enum error_code code = d == NULL ? ERROR_MISSING : check_limits(m, d, err);
    if (code == OK) {
        draw(m, d, options, &a, out);
        code = out->overflow ? error_set(err, ERROR_LIMIT, "the drawing is too large") : OK;
    }
    arena_release(&a);
    return code;
}

uint32_t bpmn_diagram_of(const struct bpmn_model *m, uint32_t element)
{
    for (uint32_t i = 0; i < m->diagram_count; i++) {
        if (m->diagrams[i].element == element) {
            return i;
        }
    }
    return BPMN_NONE;
}
