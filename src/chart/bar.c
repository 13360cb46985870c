/* bar: lying bars; those of one point stand below each other, a gap behind them. */
#include "chart/chart_int.h"

enum { BAR = 14, GAP = 8, NAMES = 200, NUMBERS = 90 };

static int64_t most_of(const struct chart *c)
{
    int64_t most = 1;
    for (uint32_t i = 0; i < c->point_count; i++) {
        for (uint32_t s = 0; s < c->series_count; s++) {
            int64_t n = c->points[i].values[s];
            most = n > most ? n : most;
        }
    }
    return most;
}

static int64_t names_width(const struct chart *c)
{
    int64_t most = 0;
    for (uint32_t i = 0; i < c->point_count; i++) {
        int64_t width = chart__width_of(c->points[i].name);
        most = width > most ? width : most;
    }
    return most < NAMES ? most : NAMES;
}

/* A negative number has no bar; its number tells it. */
static void draw_point(struct chart__drawing *d, struct arena *a, const struct chart *c, uint32_t point, int64_t left,
                       int64_t most, int64_t y)
{
    const struct chart_point *p = &c->points[point];
    int64_t room = CHART__WIDTH - CHART__EDGE - NUMBERS - left, height = (int64_t)c->series_count * BAR;
    chart__text(d, left - 8, y + height / 2 + 5, CHART__END, chart__fit(a, p->name, left - CHART__EDGE - 8));
    for (uint32_t s = 0; s < c->series_count; s++) {
        int64_t n = p->values[s], width = n > 0 ? n / 1000 * room / (most / 1000 + 1) : 0;
        struct buf b = BUF_INIT(128);
        width = n > 0 && most < 1000000000 ? n * room / most : width;
        if (n != CHART_MISSING) {
            chart__rect(d, left, y + s * BAR, width, BAR - 2, s);
        }
        chart_write_number(n, c->unit, &b);
        chart__text(d, left + width + 6, y + s * BAR + BAR - 3, CHART__START, buf_str(&b));
        buf_release(&b);
    }
}

enum error_code chart_bars(const struct chart *c, struct buf *out, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct chart__drawing d;
    enum error_code code = chart__check(c, err);
    if (code == OK) {
        int64_t left = CHART__EDGE + names_width(c) + 8, most = most_of(c), y = CHART__EDGE;
        int64_t step = (int64_t)c->series_count * BAR + GAP, legend = c->series_count > 1 ? CHART__LINE + GAP : 0;
        int height = (int)(2 * CHART__EDGE + legend + (int64_t)c->point_count * step);
        chart__begin(&d, height, c->title, chart__words(&a, c), c->prefix, false, out);
        if (legend > 0) {
            chart__legend(&d, c->series, NULL, c->series_count, y);
        }
        for (uint32_t i = 0; i < c->point_count; i++) {
            draw_point(&d, &a, c, i, left, most, y + legend + i * step);
        }
        chart__line(&d, left, y + legend, left, y + legend + c->point_count * step, false);
        code = chart__end(&d, err);
    }
    arena_release(&a);
    return code;
}
