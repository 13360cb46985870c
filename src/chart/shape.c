/* shape: how a whole falls into grades, and how it should by the rule. */
#include "chart/chart_int.h"

enum { STRIP = 34, STEP = 40 };

static int64_t sum_of(const struct chart_shape *s, bool wanted)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < s->grade_count; i++) {
        sum += wanted ? s->grades[i].wanted : s->grades[i].count;
    }
    return sum;
}

static enum error_code check(const struct chart_shape *s, struct error *err)
{
    bool fine = s->grade_count >= 1 && s->grade_count <= LIMIT_CHART_SERIES;
    for (uint32_t i = 0; fine && i < s->grade_count; i++) {
        fine = s->grades[i].count >= 0 && s->grades[i].count <= INT32_MAX && s->grades[i].wanted >= 0 &&
               s->grades[i].wanted <= INT32_MAX;
    }
    return fine ? OK : error_set(err, ERROR_LIMIT, "there are too many figures for a chart, or too large ones");
}

/* "优秀 12（20%）", with the mark of its tone */
static str label_of(struct arena *a, const struct chart_grade *g, int64_t sum)
{
    static const char *const marks[] = { "", "● ", "▲ ", "■ " };
    int64_t share = sum > 0 ? (g->count * 1000 + sum / 2) / sum : 0;
    return arena_printf(a, "%s%.*s %lld（%lld.%lld%%）", marks[g->tone], STR_ARG(g->name), (long long)g->count,
                        (long long)(share / 10), (long long)(share % 10));
}

/* All grades have a tone, or the looks of series are taken. */
static bool is_toned(const struct chart_shape *s)
{
    bool toned = true;
    for (uint32_t i = 0; i < s->grade_count; i++) {
        toned = toned && s->grades[i].tone != CHART_PLAIN;
    }
    return toned;
}

static uint32_t look_of(const struct chart_shape *s, uint32_t i)
{
    return is_toned(s) ? CHART__TONES + (uint32_t)s->grades[i].tone : i;
}

static str ratio_of(struct arena *a, const struct chart_shape *s)
{
    str ratio = STR("");
    for (uint32_t i = 0; i < s->grade_count; i++) {
        ratio = arena_printf(a, "%.*s%s%lld", STR_ARG(ratio), i > 0 ? ":" : "", (long long)s->grades[i].wanted);
    }
    return arena_printf(a, "%s %.*s", lang_text(s->lang, "by the rule"), STR_ARG(ratio));
}

static str words_of(struct arena *a, const struct chart_shape *s)
{
    str words = s->note;
    for (uint32_t i = 0; i < s->grade_count; i++) {
        words = arena_printf(a, "%.*s%s%.*s", STR_ARG(words), words.len > 0 ? "；" : "",
                             STR_ARG(label_of(a, &s->grades[i], sum_of(s, false))));
    }
    return sum_of(s, true) > 0 ? arena_printf(a, "%.*s；%.*s", STR_ARG(words), STR_ARG(ratio_of(a, s))) : words;
}

/* ---- The strip ---- */

static void draw_strip(struct chart__drawing *d, struct arena *a, const struct chart_shape *s, bool wanted, int64_t y)
{
    int64_t sum = sum_of(s, wanted), before = 0, room = CHART__WIDTH - 2 * CHART__EDGE;
    for (uint32_t i = 0; i < s->grade_count && sum > 0; i++) {
        int64_t n = wanted ? s->grades[i].wanted : s->grades[i].count;
        int64_t x = CHART__EDGE + room * before / sum, width = room * n / sum;
        before += n;
        chart__rect(d, x, y, width, STRIP, look_of(s, i));
        str label = wanted ? arena_printf(a, "%lld", (long long)n) : label_of(a, &s->grades[i], sum);
        if (chart__width_of(label) <= width) {
            chart__text(d, x + width / 2, y + STRIP + 16, CHART__MIDDLE, label);
        }
    }
}

enum error_code chart_strip(const struct chart_shape *s, struct buf *out, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct chart__drawing d;
    str names[LIMIT_CHART_SERIES];
    uint32_t looks[LIMIT_CHART_SERIES];
    enum error_code code = check(s, err);
    if (code == OK) {
        bool wanted = sum_of(s, true) > 0;
        int64_t y = CHART__EDGE + CHART__LINE + 8, second = y + STRIP + 28;
        for (uint32_t i = 0; i < s->grade_count; i++) {
            names[i] = label_of(&a, &s->grades[i], sum_of(s, false));
            looks[i] = look_of(s, i);
        }
        chart__begin(&d, (int)(wanted ? second + CHART__LINE + STRIP + 28 : second), s->title, words_of(&a, s),
                     s->prefix, is_toned(s), out);
        chart__legend(&d, names, looks, s->grade_count, CHART__EDGE);
        draw_strip(&d, &a, s, false, y);
        if (wanted) {
            chart__text(&d, CHART__EDGE, second + 14, CHART__START, ratio_of(&a, s));
            draw_strip(&d, &a, s, true, second + CHART__LINE);
        }
        code = chart__end(&d, err);
    }
    arena_release(&a);
    return code;
}

/* ---- The steps ---- */

/* As wide as its share of the whole, in half widths around the middle. */
static int64_t half_of(int64_t n, int64_t sum)
{
    return sum > 0 ? (CHART__WIDTH / 2 - CHART__EDGE - 110) * n / sum : 0;
}

static void draw_step(struct chart__drawing *d, struct arena *a, const struct chart_shape *s, uint32_t i, int64_t y)
{
    int64_t middle = CHART__WIDTH / 2 - 90, half = half_of(s->grades[i].count, sum_of(s, false));
    int64_t wanted = half_of(s->grades[i].wanted, sum_of(s, true));
    chart__rect(d, middle - half, y, 2 * half, STEP - 6, look_of(s, i));
    if (wanted > 0) {
        chart__line(d, middle - wanted, y - 3, middle - wanted, y + STEP - 3, true);
        chart__line(d, middle + wanted, y - 3, middle + wanted, y + STEP - 3, true);
    }
    chart__text(d, CHART__WIDTH - CHART__EDGE, y + STEP / 2 + 2, CHART__END,
                label_of(a, &s->grades[i], sum_of(s, false)));
}

enum error_code chart_steps(const struct chart_shape *s, struct buf *out, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct chart__drawing d;
    enum error_code code = check(s, err);
    if (code == OK) {
        bool wanted = sum_of(s, true) > 0;
        int64_t height = 2 * CHART__EDGE + (int64_t)s->grade_count * STEP + (wanted ? CHART__LINE : 0);
        chart__begin(&d, (int)height, s->title, words_of(&a, s), s->prefix, is_toned(s), out);
        for (uint32_t i = 0; i < s->grade_count; i++) {
            draw_step(&d, &a, s, i, CHART__EDGE + (int64_t)i * STEP);
        }
        if (wanted) {
            chart__text(&d, CHART__EDGE, height - CHART__EDGE, CHART__START,
                        arena_printf(&a, "┆ %.*s", STR_ARG(ratio_of(&a, s))));
        }
        code = chart__end(&d, err);
    }
    arena_release(&a);
    return code;
}
