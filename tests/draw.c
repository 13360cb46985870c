/* draw: draws process models and looks at what came out.
 *
 *   draw [--write] DIR...
 *
 * Every NAME.bpmn of a folder is drawn in Chinese and compared with NAME.svg, its further diagrams with NAME-2.svg and
 * so on (of a model without a diagram the first two that are made for it); with --write these files are written
 * instead, to be looked at before they are committed. NAME.txt, if there, has the overlay: lines "token ID COUNT" and
 * "visited ID".
 *
 * Then every file of ../shared/bpmn, when it is there, that loads is drawn.
 *
 * Each drawing must be the same twice; be well-formed; have a title for each element with a shape; name nothing
 * outside of itself; and lie inside its viewBox.
 */
#include "bpmn/draw.h"

#include "base/limit.h"
#include "tap.h"
#include "text/xml.h"

#include <dirent.h>
#include <stdlib.h>

enum { SVG_MAX = 64 << 20, OVERLAY_MAX = 64, LAID_OUT = 2 };

struct overlay {
    struct bpmn_draw_token tokens[OVERLAY_MAX];
    uint32_t elements[OVERLAY_MAX], links[OVERLAY_MAX];
};

static bool read_file(struct arena *a, const char *path, str *ret)
{
    FILE *f = fopen(path, "rb");
    struct buf b = BUF_INIT(LIMIT_XML_BYTES);
    char part[65536];
    size_t n;
    if (f == NULL) {
        return false;
    }
    while ((n = fread(part, 1, sizeof part, f)) > 0) {
        buf_add(&b, (str){ part, n });
    }
    fclose(f);
    *ret = arena_str(a, buf_str(&b));
    buf_release(&b);
    return true;
}

/* ---- Numbers ---- */

struct rect {
    double x, y, width, height;
};

static double number(str s)
{
    char *end;
    char text[64] = "";
    memcpy(text, s.ptr, s.len < 63 ? s.len : 63);
    return strtod(text, &end); /* style: allow strtod: of numbers that this program wrote */
}

static double attribute(const struct xml_node *x, const char *name)
{
    return number(xml_attr(x, STR(""), str_of(name)));
}

/* The next number in a text at *at; false at its end. */
static bool next_number(str s, size_t *at, double *ret)
{
    while (*at < s.len && strchr("0123456789-.", s.ptr[*at]) == NULL) {
        (*at)++;
    }
    size_t from = *at;
    while (*at < s.len && strchr("0123456789.", s.ptr[*at] == '-' && *at == from ? '0' : s.ptr[*at]) != NULL) {
        (*at)++;
    }
    *ret = number(str_slice(s, from, *at));
    return *at > from;
}

/* ---- Looking at a drawing ---- */

struct look {
    struct rect page;
    int outside, foreign;
};

static void look_point(struct look *l, double x, double y)
{
    const struct rect *p = &l->page;
    if (!(x >= p->x && y >= p->y && x <= p->x + p->width && y <= p->y + p->height)) {
        l->outside++;
    }
}

static void look_pairs(struct look *l, str s)
{
    double x, y;
    size_t at = 0;
    while (next_number(s, &at, &x) && next_number(s, &at, &y)) {
        look_point(l, x, y);
    }
}

static bool is_named(const struct xml_node *x, const char *name)
{
    return str_eq(x->name, str_of(name));
}

/* The coordinates of an element that nothing above it moves. */
static void look_element(struct look *l, const struct xml_node *x)
{
    if (is_named(x, "rect")) {
        double left = attribute(x, "x"), top = attribute(x, "y");
        look_point(l, left, top);
        look_point(l, left + attribute(x, "width"), top + attribute(x, "height"));
    } else if (is_named(x, "circle")) {
        double cx = attribute(x, "cx"), cy = attribute(x, "cy"), r = attribute(x, "r");
        look_point(l, cx - r, cy - r);
        look_point(l, cx + r, cy + r);
    } else if (is_named(x, "path")) {
        look_pairs(l, xml_attr(x, STR(""), STR("d")));
    } else if (is_named(x, "tspan")) {
        look_point(l, attribute(x, "x"), attribute(x, "y"));
    }
}

static bool is_allowed(str name)
{
    static const char *const names[] = { "svg", "g", "title", "desc", "rect", "circle", "path", "text", "tspan" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq(name, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

static void look_attributes(struct look *l, const struct xml_node *x)
{
    for (uint32_t i = 0; i < x->attribute_count; i++) {
        const struct xml_attribute *a = &x->attributes[i];
        l->foreign += str_starts_with(a->name, STR("on")) || str_eq(a->name, STR("href")) ||
                      str_eq(a->name, STR("style")) || a->uri.len > 0 ||
                      memmem(a->value.ptr, a->value.len, "url(", 4) != NULL;
    }
}

/* A drawing is at most six elements deep. */
static void look_tree(struct look *l, const struct xml_node *x, bool moved)
{
    str transform = xml_attr(x, STR(""), STR("transform"));
    l->foreign += !is_allowed(x->name) || !str_eq(x->uri, STR("http://www.w3.org/2000/svg"));
    look_attributes(l, x);
    if (!moved && str_starts_with(transform, STR("translate("))) {
        look_pairs(l, str_slice(transform, 0,
                                (size_t)((const char *)memchr(transform.ptr, ')', transform.len) - transform.ptr)));
    }
    moved = moved || transform.len > 0;
    if (!moved) {
        look_element(l, x);
    }
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        look_tree(l, c, moved);
    }
}

/* Inside a sub-process that is drawn collapsed. */
static bool is_hidden(const struct bpmn_model *m, const struct bpmn_diagram *d, uint32_t element)
{
    for (uint32_t p = m->elements[element].parent; p != BPMN_NONE && p != d->element; p = m->elements[p].parent) {
        for (uint32_t i = 0; i < d->shape_count && m->elements[p].kind != BPMN_PROCESS; i++) {
            enum bpmn_class c = bpmn_class_of(m->elements[p].kind);
            if (d->shapes[i].element == p && !d->shapes[i].expanded &&
                (c == BPMN_CLASS_SCOPE || c == BPMN_CLASS_CHOREOGRAPHY)) {
                return true;
            }
        }
    }
    return false;
}

/* The group of an element: it begins with a title that says something, and a description. */
static bool has_title(const struct xml_node *svg, str id)
{
    for (const struct xml_node *g = svg->first_child; g != NULL; g = g->next) {
        if (str_eq(xml_attr(g, STR(""), STR("data-id")), id)) {
            const struct xml_node *title = g->first_child, *desc = title != NULL ? title->next : NULL;
            return desc != NULL && is_named(title, "title") && is_named(desc, "desc") && title->text.len > 0 &&
                   desc->text.len > 0;
        }
    }
    return false;
}

static void check_titles(const struct bpmn_model *m, const struct bpmn_diagram *d, const struct xml_node *svg,
                         const char *name)
{
    int missing = 0;
    for (uint32_t i = 0; d != NULL && i < d->shape_count; i++) {
        uint32_t e = d->shapes[i].element;
        bool fine = is_hidden(m, d, e) != has_title(svg, m->elements[e].id);
        missing += !fine;
        if (!fine) {
            printf("# %.*s\n", STR_ARG(m->elements[e].id));
        }
    }
    ok(missing == 0, "%s: each element with a shape has its title", name);
}

static void check_drawing(struct arena *a, const struct bpmn_model *m, const struct bpmn_diagram *d, str drawing,
                          const char *name)
{
    const struct xml_node *svg;
    struct error err = { .lang = LANG_EN };
    if (!ok(xml_parse(a, str_of(name), drawing, &svg, &err) == OK, "%s is well-formed", name)) {
        printf("# %s, line %u\n", err.message, err.where.line);
        return;
    }
    struct look l = { .outside = 0 };
    size_t at = 0;
    str box = xml_attr(svg, STR(""), STR("viewBox"));
    bool page = next_number(box, &at, &l.page.x) && next_number(box, &at, &l.page.y) &&
                next_number(box, &at, &l.page.width) && next_number(box, &at, &l.page.height);
    look_tree(&l, svg, false);
    ok(page && l.outside == 0, "%s lies inside its viewBox", name);
    ok(l.foreign == 0, "%s has nothing foreign in it", name);
    check_titles(m, d, svg, name);
}

/* ---- Drawing ---- */

static str draw(struct arena *a, const struct bpmn_model *m, const struct bpmn_draw_options *options)
{
    struct buf b = BUF_INIT(SVG_MAX);
    struct error err = { .lang = LANG_EN };
    if (bpmn_draw(m, options, &b, &err) != OK) {
        printf("# %s: %s\n", err.message, err.detail);
        buf_clear(&b);
    }
    str s = arena_str(a, buf_str(&b));
    buf_release(&b);
    return s;
}

/* Some modellers write an empty plane for a sub-process with nothing in it: that is refused by name. */
static void check_empty(const struct bpmn_model *m, const struct bpmn_draw_options *options, const char *name)
{
    struct buf b = BUF_INIT(SVG_MAX);
    struct error err = { .lang = LANG_EN };
    ok(bpmn_draw(m, options, &b, &err) == ERROR_MISSING && b.len == 0 && err.message[0] != '\0',
       "%s: diagram %u is empty, which is said", name, options->diagram + 1);
    buf_release(&b);
}

static str draw_and_check(struct arena *a, const struct bpmn_model *m, const struct bpmn_draw_options *options,
                          const char *name)
{
    const struct bpmn_diagram *d = m->diagram_count == 0 ? NULL : &m->diagrams[options->diagram];
    if (d != NULL && d->shape_count + d->edge_count == 0) {
        check_empty(m, options, name);
        return STR("");
    }
    str once = draw(a, m, options), twice = draw(a, m, options);
    if (ok(once.len > 0 && str_eq(once, twice), "%s is drawn, twice the same", name)) {
        check_drawing(a, m, d, once, name);
    }
    return once;
}

static bool load(struct arena *a, const char *path, const struct bpmn_model **ret)
{
    str bytes;
    struct error err = { .lang = LANG_EN };
    if (!read_file(a, path, &bytes)) {
        printf("# %s cannot be read\n", path);
        return false;
    }
    if (bpmn_load(a, str_of(path), bytes, ret, &err) != OK) {
        printf("# %s:%u: %s\n", path, err.where.line, err.message);
        return false;
    }
    return true;
}

/* ---- Files of our own ---- */

static void read_overlay_line(const struct bpmn_model *m, str line, struct overlay *o, struct bpmn_draw_options *ret)
{
    char word[16], id[64];
    unsigned count = 0;
    char text[128] = "";
    memcpy(text, line.ptr, line.len < 127 ? line.len : 127);
    int n = sscanf(text, "%15s %63s %u", word, id, &count); /* style: allow sscanf: of our own test files */
    uint32_t element = n >= 2 ? bpmn_find(m, str_of(id)) : BPMN_NONE;
    uint32_t link = n >= 2 ? bpmn_find_link(m, str_of(id)) : BPMN_NONE;
    if (n == 3 && element != BPMN_NONE && ret->token_count < OVERLAY_MAX) {
        o->tokens[ret->token_count++] = (struct bpmn_draw_token){ element, count };
    } else if (n == 2 && element != BPMN_NONE && ret->visited_element_count < OVERLAY_MAX) {
        o->elements[ret->visited_element_count++] = element;
    } else if (n == 2 && link != BPMN_NONE && ret->visited_link_count < OVERLAY_MAX) {
        o->links[ret->visited_link_count++] = link;
    } else {
        ok(false, "this is no line of an overlay: %s", text);
    }
}

static void read_overlay(struct arena *a, const struct bpmn_model *m, const char *path, struct overlay *o,
                         struct bpmn_draw_options *ret)
{
    str s;
    if (!read_file(a, path, &s)) {
        return;
    }
    for (size_t at = 0; at < s.len;) {
        size_t end = at;
        while (end < s.len && s.ptr[end] != '\n') {
            end++;
        }
        read_overlay_line(m, str_slice(s, at, end), o, ret);
        at = end + 1;
    }
    ret->tokens = o->tokens;
    ret->visited_elements = o->elements;
    ret->visited_links = o->links;
}

static void compare(struct arena *a, str got, const char *path, bool write)
{
    str want;
    if (write) {
        FILE *f = fopen(path, "wb");
        ok(f != NULL && fwrite(got.ptr, 1, got.len, f) == got.len && fclose(f) == 0, "%s is written", path);
        return;
    }
    bool same = read_file(a, path, &want) && str_eq(got, want);
    ok(same, "%s is as it was", path);
}

static void run_own(const char *folder, const char *file, bool write)
{
    struct arena a = ARENA_INIT;
    const struct bpmn_model *m;
    str base = arena_printf(&a, "%s/%.*s", folder, (int)strlen(file) - 5, file);
    if (ok(load(&a, arena_printf(&a, "%s/%s", folder, file).ptr, &m), "%s can be loaded", file)) {
        struct overlay overlay;
        struct bpmn_draw_options options = { .lang = LANG_ZH };
        read_overlay(&a, m, arena_printf(&a, "%s.txt", base.ptr).ptr, &overlay, &options);
        uint32_t count = m->diagram_count == 0 ? LAID_OUT : m->diagram_count;
        for (uint32_t i = 0; i < count; i++) {
            options.diagram = i;
            str path = i == 0 ? arena_printf(&a, "%s.svg", base.ptr) : arena_printf(&a, "%s-%u.svg", base.ptr, i + 1);
            compare(&a, draw_and_check(&a, m, &options, file), path.ptr, write);
        }
    }
    arena_release(&a);
}

/* ---- Files of others ---- */

/* One line for each file: the drawings in it are looked at in both languages, the first with an overlay on all. */
static void run_shared(const char *path, const char *name, int *loaded)
{
    struct arena a = ARENA_INIT;
    const struct bpmn_model *m;
    if (load(&a, path, &m)) {
        uint32_t *all = ARENA_ARRAY(&a, uint32_t, m->element_count + m->link_count);
        struct bpmn_draw_token token = { 0, 2 };
        (*loaded)++;
        for (uint32_t i = 0; i < m->element_count + m->link_count; i++) {
            all[i] = i;
        }
        for (uint32_t i = 0; i < m->diagram_count; i++) {
            draw_and_check(&a, m, &(struct bpmn_draw_options){ .diagram = i, .lang = LANG_EN }, name);
        }
        draw_and_check(&a, m,
                       &(struct bpmn_draw_options){ .lang = LANG_ZH,
                                                    .prefix = "x",
                                                    .tokens = &token,
                                                    .token_count = 1,
                                                    .visited_elements = all,
                                                    .visited_element_count = m->element_count,
                                                    .visited_links = all,
                                                    .visited_link_count = m->link_count },
                       name);
    }
    arena_release(&a);
}

static int is_model(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 5 && strcmp(e->d_name + n - 5, ".bpmn") == 0;
}

static int is_visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static void run_folder(const char *folder, bool write)
{
    struct dirent **files;
    int n = scandir(folder, &files, is_model, alphasort);
    ok(n > 0, "%s has models", folder);
    for (int i = 0; i < n; i++) {
        run_own(folder, files[i]->d_name, write);
        free(files[i]);
    }
    if (n >= 0) {
        free(files);
    }
}

static void run_shared_folder(struct arena *a, const char *folder, int *files, int *loaded)
{
    struct dirent **models;
    int n = scandir(folder, &models, is_model, alphasort);
    for (int i = 0; i < n; i++) {
        str path = arena_printf(a, "%s/%s", folder, models[i]->d_name);
        run_shared(path.ptr, path.ptr, loaded);
        (*files)++;
        free(models[i]);
    }
    if (n >= 0) {
        free(models);
    }
}

static void run_all_shared(void)
{
    struct arena a = ARENA_INIT;
    const char *root = getenv("GONGSHI_ROOT");
    struct dirent **tools;
    int files = 0, loaded = 0;
    str top = arena_printf(&a, "%s/../shared/bpmn", root == NULL ? "." : root);
    int n = scandir(top.ptr, &tools, is_visible, alphasort);
    for (int i = 0; i < n; i++) {
        run_shared_folder(&a, arena_printf(&a, "%s/%s", top.ptr, tools[i]->d_name).ptr, &files, &loaded);
        free(tools[i]);
    }
    if (n >= 0) {
        free(tools);
    }
    printf("# %d of %d files of others load, and are drawn\n", loaded, files);
    ok(files == 0 || loaded > files * 9 / 10, "most files of others can be loaded");
    arena_release(&a);
}

int main(int argc, char **argv)
{
    bool write = argc > 1 && strcmp(argv[1], "--write") == 0;
    for (int i = write ? 2 : 1; i < argc; i++) {
        run_folder(argv[i], write);
    }
    if (!write) {
        run_all_shared();
    }
    return tap_done();
}
