/* draw_pen: geometry in whole numbers, so that every machine draws alike; lines, shapes and icons as SVG. */
#include "bpmn/draw_int.h"

static const struct {
    px pen;
    bool solid;
    const char *outline, *detail;
} icons[ICONS] = {
#define ICON(name, pen, solid, outline, detail) [ICON_##name] = { pen, solid, outline, detail },
#include "bpmn/draw_icon.def"
#undef ICON
};

/* ---- Geometry ---- */

struct rect bpmn__rect_of(struct bpmn_box b)
{
    return (struct rect){ b.x, b.y, bpmn__most(b.width, 0), bpmn__most(b.height, 0) };
}

struct rect bpmn__inset(struct rect r, px by)
{
    px x = bpmn__least(by, r.width / 2), y = bpmn__least(by, r.height / 2);
    return (struct rect){ r.x + x, r.y + y, r.width - 2 * x, r.height - 2 * y };
}

struct point bpmn__centre(struct rect r)
{
    return (struct point){ r.x + r.width / 2, r.y + r.height / 2 };
}

px bpmn__least(px a, px b)
{
    return a < b ? a : b;
}

px bpmn__most(px a, px b)
{
    return a > b ? a : b;
}

px bpmn__clamp(px v, px low, px high)
{
    return bpmn__most(low, bpmn__least(v, high));
}

/* The root of n, rounded down: bit by bit. */
static uint64_t square_root(uint64_t n)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 62; bit > 0; bit >>= 2) {
        if (n >= root + bit) {
            n -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return root;
}

/* Coordinates are below 2^28 (PX_MAX and a width), so the sum of squares is below 2^61. */
px bpmn__distance(struct point a, struct point b)
{
    px x = b.x - a.x, y = b.y - a.y;
    return (px)square_root((uint64_t)(x * x + y * y));
}

struct point bpmn__direction(struct point from, struct point to)
{
    px length = bpmn__distance(from, to);
    if (length == 0) {
        return (struct point){ UNIT, 0 };
    }
    return (struct point){ (to.x - from.x) * UNIT / length, (to.y - from.y) * UNIT / length };
}

struct point bpmn__moved(struct point p, struct point direction, px along, px across)
{
    return (struct point){ p.x + (direction.x * along + direction.y * across) / UNIT,
                           p.y + (direction.y * along - direction.x * across) / UNIT };
}

void bpmn__extend(struct bpmn__drawing *g, struct rect r, px margin)
{
    struct rect *e = &g->extent;
    r = (struct rect){ r.x - margin, r.y - margin, r.width + 2 * margin, r.height + 2 * margin };
    if (!g->painted) {
        *e = r;
        g->painted = true;
        return;
    }
    px right = bpmn__most(e->x + e->width, r.x + r.width), bottom = bpmn__most(e->y + e->height, r.y + r.height);
    e->x = bpmn__least(e->x, r.x);
    e->y = bpmn__least(e->y, r.y);
    e->width = right - e->x;
    e->height = bottom - e->y;
}

/* ---- Attributes ---- */

/* "12", "-0.5": the shortest form. */
void bpmn__add_number(struct buf *out, px v)
{
    px whole = v < 0 ? -v : v;
    buf_printf(out, "%s%lld", v < 0 ? "-" : "", (long long)(whole / PX));
    if (whole % PX != 0) {
        buf_printf(out, whole % 10 == 0 ? ".%lld" : ".%02lld",
                   (long long)(whole % 10 == 0 ? whole % PX / 10 : whole % PX));
    }
}

void bpmn__number(struct bpmn__drawing *g, const char *name, px v)
{
    buf_clear(&g->words);
    bpmn__add_number(&g->words, v);
    xml_attribute(&g->w, name, buf_str(&g->words));
}

void bpmn__colour_attribute(struct bpmn__drawing *g, const char *name, bpmn_colour c)
{
    buf_clear(&g->words);
    if (c == BPMN_NONE) {
        buf_addz(&g->words, "none");
    } else {
        buf_printf(&g->words, "#%06x", c & 0xFFFFFF);
    }
    xml_attribute(&g->w, name, buf_str(&g->words));
}

static void ink_attributes(struct bpmn__drawing *g, struct ink ink)
{
    bpmn__colour_attribute(g, "fill", ink.fill);
    if (ink.stroke != BPMN_NONE) {
        bpmn__colour_attribute(g, "stroke", ink.stroke);
        bpmn__number(g, "stroke-width", ink.width);
    }
    if (ink.dash != NULL) {
        xml_attribute(&g->w, "stroke-dasharray", str_of(ink.dash));
    }
}

/* ---- Shapes ---- */

void bpmn__draw_rect(struct bpmn__drawing *g, struct rect r, px radius, struct ink ink)
{
    xml_begin(&g->w, "rect");
    bpmn__number(g, "x", r.x);
    bpmn__number(g, "y", r.y);
    bpmn__number(g, "width", r.width);
    bpmn__number(g, "height", r.height);
    if (radius > 0) {
        bpmn__number(g, "rx", radius);
    }
    ink_attributes(g, ink);
    xml_end(&g->w);
    bpmn__extend(g, r, ink.width);
}

void bpmn__draw_circle(struct bpmn__drawing *g, struct point c, px radius, struct ink ink)
{
    xml_begin(&g->w, "circle");
    bpmn__number(g, "cx", c.x);
    bpmn__number(g, "cy", c.y);
    bpmn__number(g, "r", radius);
    ink_attributes(g, ink);
    xml_end(&g->w);
    bpmn__extend(g, (struct rect){ c.x - radius, c.y - radius, 2 * radius, 2 * radius }, ink.width);
}

static void step(struct bpmn__drawing *g, char command, px x, px y)
{
    buf_addc(&g->path, command);
    bpmn__add_number(&g->path, x);
    buf_addc(&g->path, ' ');
    bpmn__add_number(&g->path, y);
    bpmn__extend(g, (struct rect){ x, y, 0, 0 }, LINE);
}

void bpmn__move_to(struct bpmn__drawing *g, px x, px y)
{
    step(g, 'M', x, y);
}

void bpmn__line_to(struct bpmn__drawing *g, px x, px y)
{
    step(g, 'L', x, y);
}

void bpmn__curve_to(struct bpmn__drawing *g, px x1, px y1, px x2, px y2, px x, px y)
{
    step(g, 'C', x1, y1);
    step(g, ' ', x2, y2);
    step(g, ' ', x, y);
}

void bpmn__path_close(struct bpmn__drawing *g)
{
    buf_addc(&g->path, 'Z');
}

void bpmn__path_end(struct bpmn__drawing *g, struct ink ink)
{
    xml_begin(&g->w, "path");
    xml_attribute(&g->w, "d", buf_str(&g->path));
    ink_attributes(g, ink);
    if (ink.stroke != BPMN_NONE) {
        xml_attribute(&g->w, "stroke-linejoin", STR("round"));
    }
    xml_end(&g->w);
    buf_clear(&g->path);
}

void bpmn__draw_polygon(struct bpmn__drawing *g, const struct point *points, size_t count, struct ink ink)
{
    for (size_t i = 0; i < count; i++) {
        step(g, i == 0 ? 'M' : 'L', points[i].x, points[i].y);
    }
    bpmn__path_close(g);
    bpmn__path_end(g, ink);
}

void bpmn__draw_line(struct bpmn__drawing *g, struct point a, struct point b, struct ink ink)
{
    bpmn__move_to(g, a.x, a.y);
    bpmn__line_to(g, b.x, b.y);
    bpmn__path_end(g, ink);
}

/* ---- Icons ---- */

static void icon_path(struct bpmn__drawing *g, const char *d, struct ink ink)
{
    if (d[0] != '\0') {
        xml_begin(&g->w, "path");
        xml_attribute(&g->w, "d", str_of(d));
        ink_attributes(g, ink);
        xml_end(&g->w);
    }
}

void bpmn__draw_icon(struct bpmn__drawing *g, enum bpmn__icon icon, struct point c, px scale, bool solid,
                     bpmn_colour ink, bpmn_colour paper)
{
    if (icon == ICON_NONE) {
        return;
    }
    solid = solid || icons[icon].solid;
    xml_begin(&g->w, "g");
    buf_clear(&g->words);
    buf_addz(&g->words, "translate(");
    bpmn__add_number(&g->words, c.x);
    buf_addc(&g->words, ' ');
    bpmn__add_number(&g->words, c.y);
    if (scale != PX) {
        buf_addz(&g->words, ")scale(");
        bpmn__add_number(&g->words, scale);
    }
    buf_addc(&g->words, ')');
    xml_attribute(&g->w, "transform", buf_str(&g->words));
    bpmn_colour stroke = icons[icon].pen > 0 ? ink : BPMN_NONE;
    icon_path(g, icons[icon].outline, (struct ink){ stroke, solid ? ink : paper, icons[icon].pen, NULL });
    icon_path(g, icons[icon].detail, (struct ink){ solid ? paper : ink, BPMN_NONE, icons[icon].pen, NULL });
    xml_end(&g->w);
    bpmn__extend(g, (struct rect){ c.x - 9 * scale, c.y - 9 * scale, 18 * scale, 18 * scale }, 0);
}
