/* test_chart: drawings byte by byte against tests/chart/NAME.svg (with GONGSHI_WRITE they are written there, to be
 * looked at), figures as people read them, and the bounds. */
#include "tap.h"

#include "chart/chart.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct arena memory;

static const char *path_of(const char *name)
{
    const char *root = getenv("GONGSHI_ROOT");
    return arena_printf(&memory, "%s/tests/chart/%s.svg", root != NULL ? root : ".", name).ptr;
}

static void golden(const char *name, const struct buf *drawing)
{
    static char bytes[1 << 16];
    if (getenv("GONGSHI_WRITE") != NULL) {
        int out = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);
        ssize_t n = write(out, drawing->ptr, drawing->len);
        (void)n;
        close(out);
    }
    int fd = open(path_of(name), O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, bytes, sizeof bytes);
    close(fd);
    str wanted = { bytes, n < 0 ? 0 : (size_t)n };
    is_str(buf_str(drawing), wanted, "%s", name);
}

/* ---- Figures ---- */

static const int64_t first[] = { 12500, 3000 }, second[] = { 7000, CHART_MISSING }, third[] = { 0, 1005 };

static const struct chart_point points[] = { { { "守合同<重信用>", 20 }, first }, { { "乙", 3 }, second },
                                             { { "丙", 3 }, third } };

static const str years[] = { { "2025", 4 }, { "2026", 4 } };

static struct chart sample(uint32_t series)
{
    return (struct chart){ .title = STR("办件数"), .note = STR("截至 2026-07-01"), .unit = STR("件"), .prefix = "c",
                           .series = years, .series_count = series, .points = points, .point_count = 3,
                           .lang = LANG_ZH };
}

static const struct chart_grade grades[] = { { { "优秀", 6 }, .count = 4, .wanted = 1 },
                                             { { "合格", 6 }, .count = 11, .wanted = 3 },
                                             { { "不合格", 9 }, .count = 5, .wanted = 1 } };

static const struct chart_grade colours[] = { { { "绿", 3 }, CHART_GOOD, 27, 1 }, { { "黄", 3 }, CHART_FAIR, 82, 3 },
                                              { { "红", 3 }, CHART_BAD, 28, 1 } };

static struct chart_shape shape(void)
{
    return (struct chart_shape){ .title = STR("等级分布"), .note = STR("2026年"), .prefix = "s", .grades = grades,
                                 .grade_count = 3, .lang = LANG_ZH };
}

static void test_drawings(void)
{
    struct buf out = BUF_INIT(1 << 20);
    struct chart c = sample(2), one = sample(1);
    struct chart_shape s = shape();
    is_int(chart_bars(&c, &out, NULL), OK, "bars");
    golden("bars", &out);
    buf_clear(&out);
    is_int(chart_bars(&one, &out, NULL), OK, "bars of one series");
    golden("bars-one", &out);
    buf_clear(&out);
    is_int(chart_lines(&c, &out, NULL), OK, "lines");
    golden("lines", &out);
    buf_clear(&out);
    is_int(chart_strip(&s, &out, NULL), OK, "a strip");
    golden("strip", &out);
    buf_clear(&out);
    is_int(chart_steps(&s, &out, NULL), OK, "steps");
    golden("steps", &out);
    buf_clear(&out);
    s.grades = colours;
    is_int(chart_strip(&s, &out, NULL), OK, "a strip of three colours");
    golden("strip-toned", &out);
    buf_clear(&out);
    is_int(chart_steps(&s, &out, NULL), OK, "likewise steps");
    golden("steps-toned", &out);
    buf_release(&out);
}

static void test_numbers(void)
{
    static const struct {
        int64_t n;
        const char *text;
    } cases[] = { { 0, "0件" }, { 12500, "12.5件" }, { -1005, "-1.005件" }, { 90, "0.09件" },
                  { -500, "-0.5件" }, { CHART_MISSING, "—" } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf b = BUF_INIT(64);
        chart_write_number(cases[i].n, STR("件"), &b);
        is_str(buf_str(&b), str_of(cases[i].text), "%s", cases[i].text);
        buf_release(&b);
    }
}

/* ---- QR codes ---- */

enum { VERSION_1 = 21, BORDER = 4 };

/* The squares of an outline of rectangles "Mx yhWv1h-Wz". */
static void fill_in(str path, bool black[VERSION_1 + 2 * BORDER][VERSION_1 + 2 * BORDER])
{
    char *p = (char *)(uintptr_t)path.ptr;
    while (*p == 'M') {
        long x = strtol(p + 1, &p, 10), y = strtol(p + 1, &p, 10), width = strtol(p + 1, &p, 10);
        for (long i = 0; i < width; i++) {
            black[y][x + i] = true;
        }
        p = strchr(p, 'z') + 1;
    }
}

/* The square with a square in it by which a camera finds the code. */
static bool is_finder(bool black[VERSION_1 + 2 * BORDER][VERSION_1 + 2 * BORDER], int x, int y)
{
    bool is = true;
    for (int i = 0; i < 7; i++) {
        for (int k = 0; k < 7; k++) {
            bool frame = i == 0 || i == 6 || k == 0 || k == 6, core = i >= 2 && i <= 4 && k >= 2 && k <= 4;
            is = is && black[BORDER + y + i][BORDER + x + k] == (frame || core);
        }
    }
    return is;
}

static void test_codes(void)
{
    static char longest[LIMIT_PAPER_QR + 1];
    static bool black[VERSION_1 + 2 * BORDER][VERSION_1 + 2 * BORDER];
    struct chart_code code, other;
    struct error err = { .lang = LANG_EN };
    memset(longest, 'x', sizeof longest);
    is_int(chart_code(STR("gongshi"), &memory, &code, &err), OK, "a short text");
    is_int(code.size, VERSION_1 + 2 * BORDER, "is in the smallest code, with its border");
    fill_in(code.path, black);
    ok(is_finder(black, 0, 0) && is_finder(black, 14, 0) && is_finder(black, 0, 14), "has its three marks");
    ok(!is_finder(black, 14, 14), "and no fourth");
    chart_code(STR("gongsh1"), &memory, &other, &err);
    ok(!str_eq(code.path, other.path), "another text is another code");
    is_int(chart_code((str){ longest, LIMIT_PAPER_QR }, &memory, &code, &err), OK, "the longest");
    is_int(chart_code((str){ longest, LIMIT_PAPER_QR + 1 }, &memory, &code, &err), ERROR_LIMIT, "LIMIT_PAPER_QR + 1");
    is_int(chart_code(STR(""), &memory, &code, &err), ERROR_LIMIT, "no text is no code");
}

static void test_bounds(void)
{
    struct buf out = BUF_INIT(1 << 20), small = BUF_INIT(100);
    struct chart c = sample(1);
    struct chart_shape s = shape();
    const int64_t huge[] = { INT64_MAX };
    const struct chart_point large[] = { { { "x", 1 }, huge } };
    c.series_count = LIMIT_CHART_SERIES + 1;
    is_int(chart_bars(&c, &out, NULL), ERROR_LIMIT, "LIMIT_CHART_SERIES + 1");
    c = sample(1);
    c.point_count = LIMIT_CHART_POINTS + 1;
    is_int(chart_lines(&c, &out, NULL), ERROR_LIMIT, "LIMIT_CHART_POINTS + 1");
    c = sample(1);
    c.points = large;
    c.point_count = 1;
    is_int(chart_lines(&c, &out, NULL), ERROR_LIMIT, "a number beyond all bounds");
    s.grade_count = LIMIT_CHART_SERIES + 1;
    is_int(chart_strip(&s, &out, NULL), ERROR_LIMIT, "too many grades");
    c = sample(1);
    is_int(chart_bars(&c, &small, NULL), ERROR_LIMIT, "no room");
    c.point_count = 0;
    is_int(chart_lines(&c, &out, NULL), OK, "no points");
    const struct chart_grade none[] = { { { "无", 3 }, .count = 0 } };
    s = (struct chart_shape){ .title = STR("空"), .note = STR(""), .prefix = "e", .grades = none, .grade_count = 1 };
    is_int(chart_steps(&s, &out, NULL), OK, "nothing to divide by");
    is_int(chart_strip(&s, &out, NULL), OK, "likewise");
    buf_release(&out);
    buf_release(&small);
}

int main(void)
{
    test_drawings();
    test_numbers();
    test_codes();
    test_bounds();
    arena_release(&memory);
    return tap_done();
}
