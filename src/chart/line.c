/* line: numbers over points in their order, on a scale from zero (or the least, where that is below) to a round
 * number. */
#include "chart/chart_int.h"

enum { HEIGHT = 240, STEPS = 4, NAMES_EVERY = 56 };

struct scale {
    int64_t low, high;       /* of the numbers, in thousandths */
    int64_t left, top, width; /* of the field */
};

static struct scale scale_of(const struct chart *c)
{
    struct scale s = { .low = 0, .high = 1, .top = CHART__EDGE + CHART__LINE + 8 };
    int64_t least = 0;
    for (uint32_t i = 0; i < c->point_count; i++) {
        for (uint32_t k = 0; k < c->series_count; k++) {
            int64_t n = c->points[i].values[k];
            s.high = n > s.high ? n : s.high;
            least = n != CHART_MISSING && n < least ? n : least;
        }
    }
    s.high = chart__round_up(s.high);
    s.low = least < 0 ? -chart__round_up(-least) : 0;
    return s;
}

static int64_t y_of(const struct scale *s, int64_t n)
{
    int64_t whole = (s->high - s->low) / HEIGHT;
    return s->top + HEIGHT - (whole > 1000 ? (n - s->low) / whole : (n - s->low) * HEIGHT / (s->high - s->low));
}

static int64_t x_of(const struct scale *s, const struct chart *c, uint32_t point)
{
    return c->point_count < 2 ? s->left + s->width / 2 : s->left + s->width * point / (c->point_count - 1);
}

static void draw_grid(struct chart__drawing *d, const struct chart *c, struct scale *s)
{
    struct buf b = BUF_INIT(128);
    int64_t widest = 0;
    for (int64_t i = 0; i <= STEPS; i++) {
        buf_clear(&b);
        chart_write_number(s->low + (s->high - s->low) / STEPS * i, c->unit, &b);
        int64_t width = chart__width_of(buf_str(&b));
        widest = width > widest ? width : widest;
    }
    s->left = CHART__EDGE + widest + 8;
    s->width = CHART__WIDTH - CHART__EDGE - 24 - s->left;
    for (int64_t i = 0; i <= STEPS; i++) {
        int64_t n = s->low + (s->high - s->low) / STEPS * i, y = y_of(s, n);
        buf_clear(&b);
        chart_write_number(n, c->unit, &b);
        chart__text(d, s->left - 8, y + 4, CHART__END, buf_str(&b));
        chart__line(d, s->left, y, s->left + s->width, y, n != 0);
    }
    buf_release(&b);
}

/* As many names as have room. */
static void draw_names(struct chart__drawing *d, struct arena *a, const struct chart *c, const struct scale *s)
{
    int64_t last = -NAMES_EVERY;
    for (uint32_t i = 0; i < c->point_count; i++) {
        int64_t x = x_of(s, c, i);
        if (x - last >= NAMES_EVERY) {
            chart__text(d, x, s->top + HEIGHT + 18, CHART__MIDDLE, chart__fit(a, c->points[i].name, NAMES_EVERY - 4));
            last = x;
        }
    }
}

/* The path of one series, and its marks: squares whose patterns are those of the legend. */
static void draw_series(struct chart__drawing *d, const struct chart *c, const struct scale *s, uint32_t series)
{
    for (uint32_t i = 1; i < c->point_count; i++) {
        int64_t from = c->points[i - 1].values[series], to = c->points[i].values[series];
        if (from != CHART_MISSING && to != CHART_MISSING) {
            chart__series_line(d, x_of(s, c, i - 1), y_of(s, from), x_of(s, c, i), y_of(s, to), series);
        }
    }
    for (uint32_t i = 0; i < c->point_count; i++) {
        int64_t n = c->points[i].values[series];
        if (n != CHART_MISSING) {
            chart__rect(d, x_of(s, c, i) - 4, y_of(s, n) - 4, 8, 8, series);
        }
    }
}

enum error_code chart_lines(const struct chart *c, struct buf *out, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct chart__drawing d;
    enum error_code code = chart__check(c, err);
    if (code == OK) {
        struct scale s = scale_of(c);
        chart__begin(&d, (int)(s.top + HEIGHT + 28), c->title, chart__words(&a, c), c->prefix, false, out);
        chart__legend(&d, c->series, NULL, c->series_count, CHART__EDGE);
        draw_grid(&d, c, &s);
        draw_names(&d, &a, c, &s);
        for (uint32_t i = 0; i < c->series_count; i++) {
            draw_series(&d, c, &s, i);
        }
        code = chart__end(&d, err);
    }
    arena_release(&a);
    return code;
}
