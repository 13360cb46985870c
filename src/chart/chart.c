/* chart: the frame of a drawing, its texts and patterns. */
#include "chart/chart_int.h"

#include <stdio.h>

static const int64_t largest = INT64_C(1000000000000000); /* 10^12 in thousandths */

/* Dark enough on white, apart in grey print too; each has a pattern of its own. */
static const struct {
    const char *ink, *pattern;
} looks[CHART__LOOKS] = {
    { "#1f4e8c", "" },
    { "#b4541a", "M0 6L6 0" },
    { "#3d7a3a", "M3 0V6" },
    { "#7a3d7a", "M0 3H6" },
    { "#8a6d00", "M0 0L6 6M0 6L6 0" },
    { "#555555", "M1 1h2v2h-2z" },
    [CHART__TONES + CHART_GOOD] = { "#00703c", "" },
    [CHART__TONES + CHART_FAIR] = { "#b37d00", "M0 6L6 0" },
    [CHART__TONES + CHART_BAD] = { "#c8102e", "M0 0L6 6M0 6L6 0" },
};

/* ---- Numbers ---- */

void chart_write_number(int64_t n, str unit, struct buf *out)
{
    if (n == CHART_MISSING) {
        buf_addz(out, "—");
        return;
    }
    int64_t whole = n < 0 ? -(n / 1000) : n / 1000, part = n < 0 ? -(n % 1000) : n % 1000;
    buf_printf(out, "%s%lld", n < 0 ? "-" : "", (long long)whole);
    if (part != 0) {
        int digits = part % 100 == 0 ? 1 : part % 10 == 0 ? 2 : 3;
        int64_t shown = digits == 1 ? part / 100 : digits == 2 ? part / 10 : part;
        buf_printf(out, ".%0*lld", digits, (long long)shown);
    }
    buf_add(out, unit);
}

int64_t chart__round_up(int64_t n)
{
    static const int64_t steps[] = { 1, 2, 5 };
    for (int64_t power = 1;; power *= 10) {
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            if (steps[i] * power >= n) {
                return steps[i] * power;
            }
        }
    }
}

enum error_code chart__check(const struct chart *c, struct error *err)
{
    bool fine = c->series_count >= 1 && c->series_count <= LIMIT_CHART_SERIES && c->point_count <= LIMIT_CHART_POINTS;
    for (uint32_t i = 0; fine && i < c->point_count; i++) {
        for (uint32_t s = 0; s < c->series_count; s++) {
            int64_t n = c->points[i].values[s];
            fine = fine && (n == CHART_MISSING || (n >= -largest && n <= largest));
        }
    }
    return fine ? OK : error_set(err, ERROR_LIMIT, "there are too many figures for a chart, or too large ones");
}

str chart__words(struct arena *a, const struct chart *c)
{
    struct buf b = BUF_INIT(1 << 16);
    buf_add(&b, c->note);
    for (uint32_t i = 0; i < c->point_count; i++) {
        buf_addz(&b, b.len > 0 ? "；" : "");
        buf_add(&b, c->points[i].name);
        for (uint32_t s = 0; s < c->series_count; s++) {
            buf_addz(&b, " ");
            buf_add(&b, c->series_count > 1 ? c->series[s] : STR(""));
            buf_addz(&b, c->series_count > 1 ? " " : "");
            chart_write_number(c->points[i].values[s], c->unit, &b);
        }
    }
    str text = arena_str(a, buf_str(&b));
    buf_release(&b);
    return text;
}

/* ---- Texts ---- */

static size_t character(str s, size_t at, int64_t *ret_width)
{
    size_t n = 1;
    *ret_width = (unsigned char)s.ptr[at] < 0x80 ? CHART__SIZE * 6 / 10 : CHART__SIZE;
    while (at + n < s.len && ((unsigned char)s.ptr[at + n] & 0xC0) == 0x80) {
        n++;
    }
    return n;
}

int64_t chart__width_of(str text)
{
    int64_t width = 0, one;
    for (size_t i = 0; i < text.len; i += character(text, i, &one), width += one) {
    }
    return width;
}

str chart__fit(struct arena *a, str text, int64_t width)
{
    int64_t used = CHART__SIZE, one;
    size_t at = 0;
    if (chart__width_of(text) <= width) {
        return text;
    }
    while (at < text.len) {
        size_t n = character(text, at, &one);
        if (used + one > width) {
            break;
        }
        used += one;
        at += n;
    }
    return arena_printf(a, "%.*s…", STR_ARG(str_slice(text, 0, at)));
}

/* ---- Elements ---- */

static void number_attribute(struct chart__drawing *d, const char *name, int64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
    xml_attribute(&d->w, name, (str){ digits, (size_t)len });
}

static void id_attribute(struct chart__drawing *d, const char *name, const char *before, const char *what,
                         const char *behind)
{
    struct buf b = BUF_INIT(128);
    buf_printf(&b, "%s%s-%s%s", before, d->prefix, what, behind);
    xml_attribute(&d->w, name, buf_str(&b));
    buf_release(&b);
}

static void write_words(struct chart__drawing *d, const char *element, const char *id, str text)
{
    xml_begin(&d->w, element);
    id_attribute(d, "id", "", id, "");
    xml_text(&d->w, text);
    xml_end(&d->w);
}

static void write_patterns(struct chart__drawing *d, bool toned)
{
    xml_begin(&d->w, "defs");
    for (uint32_t i = toned ? LIMIT_CHART_SERIES : 0; i < (toned ? CHART__LOOKS : LIMIT_CHART_SERIES); i++) {
        if (looks[i].pattern[0] == '\0') {
            continue;
        }
        char name[8];
        snprintf(name, sizeof name, "p%u", i);
        xml_begin(&d->w, "pattern");
        id_attribute(d, "id", "", name, "");
        number_attribute(d, "width", 6);
        number_attribute(d, "height", 6);
        xml_attribute(&d->w, "patternUnits", STR("userSpaceOnUse"));
        xml_begin(&d->w, "path");
        xml_attribute(&d->w, "d", str_of(looks[i].pattern));
        xml_attribute(&d->w, "stroke", str_of(looks[i].ink));
        xml_attribute(&d->w, "stroke-width", STR("2"));
        xml_end(&d->w);
        xml_end(&d->w);
    }
    xml_end(&d->w);
}

void chart__begin(struct chart__drawing *d, int height, str title, str desc, const char *prefix, bool toned,
                  struct buf *out)
{
    char box[64];
    int n = snprintf(box, sizeof box, "0 0 %d %d", CHART__WIDTH, height);
    d->prefix = prefix;
    xml_writer_init(&d->w, out, 3);
    xml_begin(&d->w, "svg");
    xml_attribute(&d->w, "xmlns", STR("http://www.w3.org/2000/svg"));
    xml_attribute(&d->w, "viewBox", (str){ box, (size_t)n });
    number_attribute(d, "width", CHART__WIDTH);
    number_attribute(d, "height", height);
    xml_attribute(&d->w, "class", STR("chart"));
    xml_attribute(&d->w, "role", STR("img"));
    struct buf b = BUF_INIT(256);
    buf_printf(&b, "%s-t %s-d", prefix, prefix);
    xml_attribute(&d->w, "aria-labelledby", buf_str(&b));
    buf_release(&b);
    xml_attribute(&d->w, "font-family", STR("'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',"
                                            "'WenQuanYi Micro Hei',Arial,sans-serif"));
    number_attribute(d, "font-size", CHART__SIZE);
    write_words(d, "title", "t", title);
    write_words(d, "desc", "d", desc);
    write_patterns(d, toned);
}

enum error_code chart__end(struct chart__drawing *d, struct error *err)
{
    xml_end(&d->w);
    buf_addc(d->w.out, '\n');
    return d->w.out->overflow ? error_set(err, ERROR_LIMIT, "the drawing is too large") : OK;
}

void chart__text(struct chart__drawing *d, int64_t x, int64_t y, enum chart__anchor anchor, str text)
{
    static const char *const anchors[] = { "start", "middle", "end" };
    xml_begin(&d->w, "text");
    number_attribute(d, "x", x);
    number_attribute(d, "y", y);
    xml_attribute(&d->w, "text-anchor", str_of(anchors[anchor]));
    xml_attribute(&d->w, "fill", STR("#1a1a1a"));
    xml_text(&d->w, text);
    xml_end(&d->w);
}

void chart__rect(struct chart__drawing *d, int64_t x, int64_t y, int64_t width, int64_t height, uint32_t look)
{
    char name[8];
    snprintf(name, sizeof name, "p%u", look);
    xml_begin(&d->w, "rect");
    number_attribute(d, "x", x);
    number_attribute(d, "y", y);
    number_attribute(d, "width", width);
    number_attribute(d, "height", height);
    if (looks[look].pattern[0] == '\0') {
        xml_attribute(&d->w, "fill", str_of(looks[look].ink));
    } else {
        id_attribute(d, "fill", "url(#", name, ")");
    }
    xml_attribute(&d->w, "stroke", str_of(looks[look].ink));
    xml_end(&d->w);
}

static void begin_line(struct chart__drawing *d, int64_t x, int64_t y, int64_t to_x, int64_t to_y, const char *ink)
{
    xml_begin(&d->w, "line");
    number_attribute(d, "x1", x);
    number_attribute(d, "y1", y);
    number_attribute(d, "x2", to_x);
    number_attribute(d, "y2", to_y);
    xml_attribute(&d->w, "stroke", str_of(ink));
}

void chart__series_line(struct chart__drawing *d, int64_t x, int64_t y, int64_t to_x, int64_t to_y, uint32_t series)
{
    begin_line(d, x, y, to_x, to_y, looks[series].ink);
    xml_attribute(&d->w, "stroke-width", STR("2"));
    xml_end(&d->w);
}

void chart__line(struct chart__drawing *d, int64_t x, int64_t y, int64_t to_x, int64_t to_y, bool dashed)
{
    begin_line(d, x, y, to_x, to_y, "#8c8c8c");
    if (dashed) {
        xml_attribute(&d->w, "stroke-dasharray", STR("4 3"));
    }
    xml_end(&d->w);
}

void chart__legend(struct chart__drawing *d, const str *names, const uint32_t *of, uint32_t count, int64_t y)
{
    int64_t x = CHART__EDGE;
    for (uint32_t i = 0; i < count; i++) {
        chart__rect(d, x, y + 4, 12, 12, of == NULL ? i : of[i]);
        chart__text(d, x + 18, y + 15, CHART__START, names[i]);
        x += 18 + chart__width_of(names[i]) + 20;
    }
}
