/* Dates, times, zones, durations and working days: vectors from tests/cal/, and laws on random values.
 *
 *   GONGSHI_ROOT=.    the top of the source tree, where tests/cal/ is; the working directory by default
 *
 * A vector is a line "operation operands -> result"; `none` stands for a refusal. Against what is tested: the
 * calendar against one that walks from day to day and against 128-bit formulas, zones against the C library's, spans
 * against 128-bit integers, working days against counting them one by one. Random values come from a fixed seed.
 */
#include "base/limit.h"
#include "cal/cal.h"
#include "cal/cal_int.h"
#include "tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ARGS_MAX = 3, TEXT_MAX = 256 };

static const char *root = ".";

/* ---- Random values ---- */

static uint64_t state = 20261124;

/* splitmix64 */
static uint64_t draw(void)
{
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static int64_t draw_between(int64_t low, int64_t high)
{
    return (int64_t)((uint64_t)low + draw() % ((uint64_t)high - (uint64_t)low + 1));
}

/* Of any size: each number of bits is as likely as any other. */
static int64_t draw_int(void)
{
    int64_t n = (int64_t)(draw() >> draw() % 64);
    return draw() % 2 == 0 ? n : -1 - n;
}

static uint32_t draw_nano(void)
{
    static const uint32_t nanos[] = { 0, 0, 1, 500000000, 999999999, 120000000 };
    uint64_t kind = draw() % 8;
    return kind < 6 ? nanos[kind] : (uint32_t)(draw() % CAL__NANOS);
}

static cal_date draw_date(int64_t years)
{
    cal_date d = { .year = (int32_t)draw_between(-years, years), .month = (uint8_t)draw_between(1, 12) };
    d.day = (uint8_t)draw_between(1, cal_days_in_month(d.year, d.month));
    return d;
}

static cal_zone draw_zone(void)
{
    static const char *const names[] = { "Asia/Shanghai", "Europe/Paris", "America/New_York", "Etc/UTC" };
    cal_zone zone = CAL_ZONE_NONE;
    uint64_t kind = draw() % 8;
    if (kind < 4) {
        cal_zone_find(str_of(names[kind]), &zone);
    } else if (kind < 6) {
        zone = (cal_zone)draw_between(-CAL_OFFSET_MAX, CAL_OFFSET_MAX);
    } else if (kind == 6) {
        zone = (cal_zone)draw_between(-18 * 4, 18 * 4) * 900;
    }
    return zone;
}

static cal_time draw_time(void)
{
    return (cal_time){ .nano = draw_nano(),
                       .hour = (uint8_t)draw_between(0, 23),
                       .minute = (uint8_t)draw_between(0, 59),
                       .second = (uint8_t)draw_between(0, 59),
                       .zone = draw_zone() };
}

static cal_span draw_span(void)
{
    return (cal_span){ .seconds = draw_int(), .nano = (int32_t)draw_nano() };
}

static bool same_date(cal_date a, cal_date b)
{
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

static bool same_time(cal_time a, cal_time b)
{
    return a.hour == b.hour && a.minute == b.minute && a.second == b.second && a.nano == b.nano && a.zone == b.zone;
}

/* ---- Vectors ---- */

struct vector {
    str args[ARGS_MAX];
    int count;
    struct arena *arena;
    struct buf *out; /* the result as text; nothing for none */
};

typedef bool vector_fn(const struct vector *v);

static int64_t number_of(str text)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%.*s", STR_ARG(text));
    return strtoll(digits, NULL, 10);
}

/* The operands of operations, as opposed to those of the parsers, are right. */
static cal_date date_of(str text)
{
    cal_date d = { 0 };
    ok(cal_parse_date(text, &d), "%.*s is a date", STR_ARG(text));
    return d;
}

static cal_time time_of(str text)
{
    cal_time t = { 0 };
    ok(cal_parse_time(text, &t), "%.*s is a time", STR_ARG(text));
    return t;
}

static cal_datetime datetime_of(str text)
{
    cal_datetime t = { 0 };
    ok(cal_parse_datetime(text, &t), "%.*s is a date and time", STR_ARG(text));
    return t;
}

static cal_span span_of(str text)
{
    cal_span s = { 0 };
    ok(cal_parse_span(text, &s), "%.*s is a span", STR_ARG(text));
    return s;
}

static bool put_int(const struct vector *v, bool fine, int64_t n)
{
    if (fine) {
        buf_printf(v->out, "%" PRId64, n);
    }
    return fine;
}

static bool put_date(const struct vector *v, bool fine, cal_date d)
{
    if (fine) {
        cal_print_date(d, v->out);
    }
    return fine;
}

static bool put_datetime(const struct vector *v, bool fine, cal_datetime t)
{
    if (fine) {
        cal_print_datetime(t, v->out);
    }
    return fine;
}

static bool put_span(const struct vector *v, bool fine, cal_span s)
{
    if (fine) {
        cal_print_span(s, v->out);
    }
    return fine;
}

static bool op_date(const struct vector *v)
{
    cal_date d = { 0 };
    bool fine = cal_parse_date(v->args[0], &d);
    return put_date(v, fine, d);
}

static bool op_time(const struct vector *v)
{
    cal_time t;
    if (!cal_parse_time(v->args[0], &t)) {
        return false;
    }
    cal_print_time(t, v->out);
    return true;
}

static bool op_datetime(const struct vector *v)
{
    cal_datetime t = { 0 };
    bool fine = cal_parse_datetime(v->args[0], &t);
    return put_datetime(v, fine, t);
}

static bool op_span(const struct vector *v)
{
    cal_span s = { 0 };
    bool fine = cal_parse_span(v->args[0], &s);
    return put_span(v, fine, s);
}

static bool op_months(const struct vector *v)
{
    int64_t months;
    if (!cal_parse_months(v->args[0], &months)) {
        return false;
    }
    cal_print_months(months, v->out);
    return true;
}

static bool op_weekday(const struct vector *v)
{
    return put_int(v, true, cal_weekday(date_of(v->args[0])));
}

static bool op_day(const struct vector *v)
{
    return put_int(v, true, cal_day_of_year(date_of(v->args[0])));
}

static bool op_week(const struct vector *v)
{
    return put_int(v, true, cal_week_of_year(date_of(v->args[0])));
}

static bool op_days(const struct vector *v)
{
    return put_int(v, true, cal_days_from_date(date_of(v->args[0])));
}

static bool op_date_of(const struct vector *v)
{
    cal_date d = { 0 };
    bool fine = cal_date_from_days(number_of(v->args[0]), &d);
    return put_date(v, fine, d);
}

static bool op_add_months(const struct vector *v)
{
    cal_date d = { 0 };
    bool fine = cal_date_add_months(date_of(v->args[0]), number_of(v->args[1]), &d);
    return put_date(v, fine, d);
}

static bool op_months_between(const struct vector *v)
{
    return put_int(v, true, cal_months_between(datetime_of(v->args[0]), datetime_of(v->args[1])));
}

static bool op_offset(const struct vector *v)
{
    int32_t offset = 0;
    bool fine = cal_datetime_offset(datetime_of(v->args[0]), &offset);
    return put_int(v, fine, offset);
}

static bool op_time_offset(const struct vector *v)
{
    int32_t offset = 0;
    bool fine = cal_time_offset(time_of(v->args[0]), &offset);
    return put_int(v, fine, offset);
}

static bool op_utc(const struct vector *v)
{
    return put_int(v, true, cal_utc_seconds(datetime_of(v->args[0])));
}

static bool op_from_utc(const struct vector *v)
{
    char text[TEXT_MAX];
    bool plain = v->args[1].ptr[0] == 'Z' || v->args[1].ptr[0] == '+' || v->args[1].ptr[0] == '-';
    snprintf(text, sizeof text, "00:00:00%s%.*s", plain ? "" : "@", STR_ARG(v->args[1]));
    cal_datetime t = { 0 };
    bool fine = cal_datetime_from_utc(number_of(v->args[0]), 0, time_of(str_of(text)).zone, &t);
    return put_datetime(v, fine, t);
}

static bool op_add_span(const struct vector *v)
{
    cal_datetime t = { 0 };
    bool fine = cal_datetime_add_span(datetime_of(v->args[0]), span_of(v->args[1]), &t);
    return put_datetime(v, fine, t);
}

static bool op_move_months(const struct vector *v)
{
    cal_datetime t = { 0 };
    bool fine = cal_datetime_add_months(datetime_of(v->args[0]), number_of(v->args[1]), &t);
    return put_datetime(v, fine, t);
}

static bool op_diff(const struct vector *v)
{
    cal_span s = { 0 };
    bool fine = cal_datetime_diff(datetime_of(v->args[0]), datetime_of(v->args[1]), &s);
    return put_span(v, fine, s);
}

static bool op_cmp(const struct vector *v)
{
    int result = 0;
    bool fine = cal_datetime_cmp(datetime_of(v->args[0]), datetime_of(v->args[1]), &result);
    return put_int(v, fine, result);
}

static bool op_add_time(const struct vector *v)
{
    cal_print_time(cal_time_add_span(time_of(v->args[0]), span_of(v->args[1])), v->out);
    return true;
}

static bool op_diff_time(const struct vector *v)
{
    cal_span s = { 0 };
    bool fine = cal_time_diff(time_of(v->args[0]), time_of(v->args[1]), &s);
    return put_span(v, fine, s);
}

static bool op_cmp_time(const struct vector *v)
{
    int result = 0;
    bool fine = cal_time_cmp(time_of(v->args[0]), time_of(v->args[1]), &result);
    return put_int(v, fine, result);
}

static bool op_add(const struct vector *v)
{
    cal_span s = { 0 };
    bool fine = cal_span_add(span_of(v->args[0]), span_of(v->args[1]), &s);
    return put_span(v, fine, s);
}

static bool op_neg(const struct vector *v)
{
    cal_span s = { 0 };
    bool fine = cal_span_neg(span_of(v->args[0]), &s);
    return put_span(v, fine, s);
}

static bool op_cmp_span(const struct vector *v)
{
    return put_int(v, true, cal_span_cmp(span_of(v->args[0]), span_of(v->args[1])));
}

/* A zone file of one's own. */
struct file {
    size_t changes, types;
    const int64_t *times;
    const uint8_t *type;
    const int32_t *offsets;
    str rule;
};

static void put_big(struct buf *b, int64_t n, int bytes)
{
    for (int shift = 8 * bytes - 8; shift >= 0; shift -= 8) {
        buf_addc(b, (char)((uint64_t)n >> shift));
    }
}

static void put_header(struct buf *b, size_t changes, size_t types)
{
    char zeros[28] = { 0 };
    buf_add(b, STR("TZif2"));
    buf_add(b, (str){ zeros, 15 + 12 });
    put_big(b, (int64_t)changes, 4);
    put_big(b, (int64_t)types, 4);
    put_big(b, 0, 4);
}

/* An empty block of 32 bits and one of 64. */
static bool parse_file(const struct file *f, struct arena *a, struct cal__zone *ret)
{
    struct buf b = BUF_INIT(2000);
    put_header(&b, 0, 0);
    put_header(&b, f->changes, f->types);
    for (size_t i = 0; i < f->changes; i++) {
        put_big(&b, f->times[i], 8);
    }
    for (size_t i = 0; i < f->changes; i++) {
        put_big(&b, f->type[i], 1);
    }
    for (size_t i = 0; i < f->types; i++) {
        put_big(&b, f->offsets[i], 4);
        put_big(&b, 0, 2);
    }
    buf_addc(&b, '\n');
    buf_add(&b, f->rule);
    buf_addc(&b, '\n');
    bool fine = cal__zone_parse(buf_str(&b), a, ret);
    buf_release(&b);
    return fine;
}

/* A file without changes. A rule without changes must agree with the only offset that the file lists, so several
 * are tried; one with changes stands alone. */
static bool parse_rule(const struct vector *v, struct cal__zone *ret)
{
    static const int32_t offsets[] = { 0, 28800, 20700, -12615 };
    str rule = str_eq(v->args[0], STR("<empty>")) ? STR("") : v->args[0];
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        struct file f = { .types = 1, .offsets = &offsets[i], .rule = rule };
        if (parse_file(&f, v->arena, ret)) {
            return true;
        }
    }
    return false;
}

static bool op_rule(const struct vector *v)
{
    struct cal__zone zone;
    if (!parse_rule(v, &zone)) {
        return false;
    }
    buf_printf(v->out, "%d %d", cal__zone_lookup(&zone, zone.utc, 1894708800),
               cal__zone_lookup(&zone, zone.utc, 1910347200));
    return true;
}

static bool op_rule_at(const struct vector *v)
{
    struct cal__zone zone;
    int64_t utc = cal_utc_seconds(datetime_of(v->args[1]));
    return parse_rule(v, &zone) && put_int(v, true, cal__zone_lookup(&zone, zone.utc, utc));
}

static struct cal_calendar *calendar;

static bool op_cover(const struct vector *v)
{
    cal_calendar_cover(calendar, (int32_t)number_of(v->args[0]));
    return true;
}

static bool op_off(const struct vector *v)
{
    cal_calendar_set(calendar, date_of(v->args[0]), false);
    return true;
}

static bool op_work(const struct vector *v)
{
    cal_calendar_set(calendar, date_of(v->args[0]), true);
    return true;
}

static void put_provisional(const struct vector *v, bool provisional)
{
    if (provisional) {
        buf_addz(v->out, " ?");
    }
}

static bool op_is(const struct vector *v)
{
    bool provisional = false;
    buf_addz(v->out, cal_is_working_day(calendar, date_of(v->args[0]), &provisional) ? "yes" : "no");
    put_provisional(v, provisional);
    return true;
}

static bool plus(const struct vector *v, const struct cal_calendar *c)
{
    cal_date d = { 0 };
    bool provisional = false;
    bool fine = cal_add_working_days(c, date_of(v->args[0]), number_of(v->args[1]), &d, &provisional);
    put_date(v, fine, d);
    ok(fine || !provisional, "nothing is said of a refusal");
    put_provisional(v, provisional);
    return fine;
}

static bool op_plus(const struct vector *v)
{
    return plus(v, calendar);
}

static bool op_weekdays_plus(const struct vector *v)
{
    return plus(v, NULL);
}

static bool between(const struct vector *v, const struct cal_calendar *c)
{
    int64_t n = 0;
    bool provisional = false;
    bool fine = cal_working_days_between(c, date_of(v->args[0]), date_of(v->args[1]), &n, &provisional);
    put_int(v, fine, n);
    put_provisional(v, provisional);
    return fine;
}

static bool op_between(const struct vector *v)
{
    return between(v, calendar);
}

static bool op_weekdays(const struct vector *v)
{
    return between(v, NULL);
}

/* The operations without a result only fill the calendar. */
static const struct {
    const char *name;
    int args;
    vector_fn *call;
} operations[] = {
    { "date", 1, op_date },
    { "time", 1, op_time },
    { "datetime", 1, op_datetime },
    { "span", 1, op_span },
    { "months", 1, op_months },
    { "weekday", 1, op_weekday },
    { "day", 1, op_day },
    { "week", 1, op_week },
    { "days", 1, op_days },
    { "date-of", 1, op_date_of },
    { "add-months", 2, op_add_months },
    { "months-between", 2, op_months_between },
    { "offset", 1, op_offset },
    { "time-offset", 1, op_time_offset },
    { "utc", 1, op_utc },
    { "from-utc", 2, op_from_utc },
    { "add-span", 2, op_add_span },
    { "move-months", 2, op_move_months },
    { "diff", 2, op_diff },
    { "cmp", 2, op_cmp },
    { "add-time", 2, op_add_time },
    { "diff-time", 2, op_diff_time },
    { "cmp-time", 2, op_cmp_time },
    { "add", 2, op_add },
    { "neg", 1, op_neg },
    { "cmp-span", 2, op_cmp_span },
    { "rule", 1, op_rule },
    { "rule-at", 2, op_rule_at },
    { "cover", 1, op_cover },
    { "off", 1, op_off },
    { "work", 1, op_work },
    { "is", 1, op_is },
    { "plus", 2, op_plus },
    { "between", 2, op_between },
    { "weekdays", 2, op_weekdays },
    { "weekdays-plus", 2, op_weekdays_plus },
};

static bool next_word(str *line, str *ret)
{
    *line = str_trim(*line);
    size_t len = 0;
    while (len < line->len && line->ptr[len] != ' ') {
        len++;
    }
    *ret = str_slice(*line, 0, len);
    *line = str_slice(*line, len, line->len);
    return len > 0;
}

/* An underscore in the text of a parser stands for a space; in a zone's name it is one. */
static void put_spaces(char *line)
{
    for (char *p = line; *p != '\0'; p++) {
        bool in_name = p > line && p[-1] >= 'a' && p[-1] <= 'z' && p[1] >= 'A' && p[1] <= 'Z';
        *p = *p == '_' && !in_name ? '\v' : *p;
    }
}

static void spaces_in(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char *p = (char *)(uintptr_t)(text.ptr + i);
        *p = *p == '\v' ? ' ' : *p;
    }
}

/* False when the line is no vector. */
static bool check_line(char *text)
{
    struct arena arena = ARENA_INIT;
    struct buf out = BUF_INIT(1000);
    struct vector v = { .arena = &arena, .out = &out };
    char where[1024];
    snprintf(where, sizeof where, "%s", text);
    put_spaces(text);
    str line = str_of(text), op, word;
    next_word(&line, &op);
    while (v.count < ARGS_MAX && next_word(&line, &word) && !str_eq(word, STR("->"))) {
        spaces_in(word);
        v.args[v.count++] = word;
    }
    bool known = false;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (str_eq(op, str_of(operations[i].name)) && v.count == operations[i].args) {
            known = true;
            if (!operations[i].call(&v)) {
                buf_clear(&out);
                buf_addz(&out, "none");
            }
            is_str(buf_str(&out), str_trim(line), "%s", where);
        }
    }
    buf_release(&out);
    arena_release(&arena);
    return known;
}

static void check_file(const char *name)
{
    char path[512], line[1024];
    snprintf(path, sizeof path, "%s/tests/cal/%s.txt", root, name);
    FILE *f = fopen(path, "r");
    if (!ok(f != NULL, "%s can be read", path)) {
        return;
    }
    int count = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0' && line[0] != '#') {
            ok(check_line(line), "%s is a vector", line);
            count++;
        }
    }
    fclose(f);
    ok(count > 0, "%s has %d vectors", path, count);
}

static void test_vectors(void)
{
    calendar = cal_calendar_new(STR("of the tests"));
    is_str(cal_calendar_name(calendar), STR("of the tests"), "the name of a calendar");
    static const char *const files[] = { "text", "calendar", "instant", "rule", "working" };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        check_file(files[i]);
    }
    cal_calendar_free(calendar);
    cal_calendar_free(NULL);
}

/* ---- The calendar ---- */

static bool leap(int64_t year)
{
    return year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
}

static int month_length(int64_t year, int month)
{
    return month == 2 ? 28 + leap(year) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* The state of one who walks from day to day. */
struct walker {
    cal_date date;
    int64_t days;
    int weekday, day_of_year, week;
};

static void walk_on(struct walker *w)
{
    w->days++;
    w->weekday = w->weekday % 7 + 1;
    w->day_of_year++;
    if (++w->date.day > month_length(w->date.year, w->date.month)) {
        w->date.day = 1;
        if (++w->date.month == 13) {
            w->date.month = 1;
            w->date.year++;
            w->day_of_year = 1;
        }
    }
    if (w->weekday == 1) {
        /* The first week of a year is the one with the fourth of January in it. */
        bool first = (w->date.month == 12 && w->date.day >= 29) || (w->date.month == 1 && w->date.day <= 4);
        w->week = first ? 1 : w->week + 1;
    }
}

static bool right_day(const struct walker *w)
{
    cal_date back;
    return cal_days_from_date(w->date) == w->days && cal_date_from_days(w->days, &back) && same_date(back, w->date) &&
           cal_weekday(w->date) == w->weekday && cal_day_of_year(w->date) == w->day_of_year &&
           cal_week_of_year(w->date) == w->week &&
           cal_days_in_month(w->date.year, w->date.month) == month_length(w->date.year, w->date.month);
}

/* From the first day of the year -3000, a Monday (known by 4000 years before 1000-01-01, a Wednesday, being whole
 * cycles), to the end of 3000. */
static void test_walk(void)
{
    struct walker w = { { -3000, 1, 1 }, 0, 3, 1, 1 };
    w.days = cal_days_from_date(w.date);
    int wrong = 0, count = 0, epoch = 0;
    for (; w.date.year <= 3000; walk_on(&w)) {
        count++;
        wrong += !right_day(&w);
        epoch += w.days == 0 && w.date.year == 1970 && w.date.month == 1 && w.date.day == 1 && w.weekday == 4;
    }
    is_int(epoch, 1, "the walk passes the epoch, a Thursday");
    is_int(wrong, 0, "%d days of the years -3000 to 3000", count);
}

/* Days since 0001-01-01, by the number of leap years before. */
static __int128 slow_days(__int128 year, int month, int day)
{
    __int128 y = year - 1 + 4000000000;
    __int128 days = y * 365 + y / 4 - y / 100 + y / 400 + day - 1 - (__int128)10000000 * 146097;
    for (int m = 1; m < month; m++) {
        days += month_length((int64_t)year, m);
    }
    return days;
}

static bool right_far_day(cal_date d)
{
    __int128 days = slow_days(d.year, d.month, d.day) - slow_days(1970, 1, 1);
    cal_date back;
    return cal_days_from_date(d) == days && cal_date_from_days((int64_t)days, &back) && same_date(back, d) &&
           cal_weekday(d) == (int)((days + 4 + (__int128)7 * 1000000000000) % 7 == 0
                                       ? 7
                                       : (days + 4 + (__int128)7 * 1000000000000) % 7);
}

static bool right_months(cal_date d, int64_t months)
{
    cal_date got, want;
    __int128 total = (__int128)d.year * 12 + d.month - 1 + months + (__int128)12 * (INT64_C(1) << 62);
    __int128 year = total / 12 - (INT64_C(1) << 62);
    bool fits = year >= -CAL_YEAR_MAX && year <= CAL_YEAR_MAX;
    if (cal_date_add_months(d, months, &got) != fits || !fits) {
        return !fits;
    }
    want = (cal_date){ .year = (int32_t)year, .month = (uint8_t)(total % 12 + 1) };
    int last = month_length(want.year, want.month);
    want.day = (uint8_t)(d.day < last ? d.day : last);
    cal_time noon = { .hour = 12, .zone = CAL_ZONE_NONE };
    int64_t between = cal_months_between(cal_datetime_of(d, noon), cal_datetime_of(got, noon));
    /* Where the day was cut, going forward counts a month less. */
    return same_date(got, want) && between == months - (months > 0 && got.day < d.day);
}

static void test_far_days(void)
{
    int wrong = 0, wrong_months = 0;
    for (int i = 0; i < 200000; i++) {
        cal_date d = draw_date(CAL_YEAR_MAX);
        wrong += !right_far_day(d);
        wrong_months += !right_months(d, i % 2 == 0 ? draw_int() : draw_between(-CAL_YEAR_MAX, CAL_YEAR_MAX));
        d = draw_date(5000);
        wrong_months += !right_months(d, draw_between(-50, 50));
    }
    is_int(wrong, 0, "200000 days of the years -999999999 to 999999999");
    is_int(wrong_months, 0, "400000 times months added");
    ok(cal_date_valid(2028, 2, 29) && !cal_date_valid(2027, 2, 29) && !cal_date_valid(INT64_MIN, 1, 1) &&
           !cal_date_valid(INT64_MAX, 1, 1) && !cal_date_valid(2027, INT64_MIN, 1) &&
           !cal_date_valid(2027, 1, INT64_MAX) && !cal_date_valid(1000000000, 1, 1) && !cal_date_valid(2027, 0, 1),
       "dates that are and that are not");
}

/* ---- Texts ---- */

static bool round_trip_datetime(cal_datetime t, struct buf *b)
{
    cal_datetime back;
    buf_clear(b);
    cal_print_datetime(t, b);
    return cal_parse_datetime(buf_str(b), &back) && same_date(cal_datetime_date(back), cal_datetime_date(t)) &&
           same_time(cal_datetime_time(back), cal_datetime_time(t));
}

static bool round_trip_parts(cal_datetime t, struct buf *b)
{
    cal_date date;
    cal_time time;
    buf_clear(b);
    cal_print_date(cal_datetime_date(t), b);
    bool fine = cal_parse_date(buf_str(b), &date) && same_date(date, cal_datetime_date(t));
    buf_clear(b);
    cal_print_time(cal_datetime_time(t), b);
    return fine && cal_parse_time(buf_str(b), &time) && same_time(time, cal_datetime_time(t));
}

static bool round_trip_durations(cal_span s, int64_t months, struct buf *b)
{
    cal_span span;
    int64_t back;
    buf_clear(b);
    cal_print_span(s, b);
    bool fine = cal_parse_span(buf_str(b), &span) && cal_span_cmp(span, s) == 0 && !cal_parse_months(buf_str(b), &back);
    buf_clear(b);
    cal_print_months(months, b);
    return fine && cal_parse_months(buf_str(b), &back) && back == months && !cal_parse_span(buf_str(b), &span);
}

static void test_round_trips(void)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    int wrong = 0;
    for (int i = 0; i < 200000; i++) {
        cal_datetime t = cal_datetime_of(draw_date(i % 2 == 0 ? 9999 : CAL_YEAR_MAX), draw_time());
        wrong += !round_trip_datetime(t, &b) + !round_trip_parts(t, &b);
        wrong += !round_trip_durations(draw_span(), draw_int(), &b);
    }
    wrong += !round_trip_durations((cal_span){ INT64_MIN, 0 }, INT64_MIN, &b);
    wrong += !round_trip_durations((cal_span){ INT64_MAX, 999999999 }, INT64_MAX, &b);
    is_int(wrong, 0, "200000 values of each kind, printed and read again");
    ok(!b.overflow, "no text is longer than %d bytes", TEXT_MAX);
    buf_release(&b);
    struct buf small = BUF_INIT(5);
    cal_print_date((cal_date){ 2026, 11, 24 }, &small);
    ok(small.overflow, "a text that does not fit says so");
    buf_release(&small);
    cal_span kept = { 7, 7 };
    ok(!cal_parse_span(STR("P1DT"), &kept) && kept.seconds == 7 && !cal_parse_span((str){ NULL, 0 }, &kept),
       "a refusal writes nothing");
}

/* ---- Spans and instants ---- */

static bool fits_span(__int128 nanos)
{
    const __int128 end = ((__int128)INT64_MAX + 1) * CAL__NANOS;
    return nanos >= -end && nanos < end;
}

static bool right_span(bool fine, cal_span got, __int128 want)
{
    return fine == fits_span(want) &&
           (!fine || (got.nano >= 0 && got.nano < CAL__NANOS && (__int128)got.seconds * CAL__NANOS + got.nano == want &&
                      cal_span_nanos(got) == want));
}

static void test_spans(void)
{
    int wrong = 0;
    for (int i = 0; i < 300000; i++) {
        cal_span a = draw_span(), b = draw_span(), r = { 0, 0 };
        __int128 na = (__int128)a.seconds * CAL__NANOS + a.nano, nb = (__int128)b.seconds * CAL__NANOS + b.nano;
        wrong += cal_span_cmp(a, b) != (na > nb) - (na < nb);
        bool fine = cal_span_add(a, b, &r);
        wrong += !right_span(fine, r, na + nb);
        fine = cal_span_neg(a, &r);
        wrong += !right_span(fine, r, -na);
        __int128 n = (__int128)draw_int() * draw_int();
        fine = cal_span_from_nanos(n, &r);
        wrong += !right_span(fine, r, n);
    }
    is_int(wrong, 0, "300000 sums, opposites and comparisons of spans");
}

static __int128 utc_nanos(cal_datetime t)
{
    return (__int128)cal_utc_seconds(t) * CAL__NANOS + t.nano;
}

/* Whether the wall clock of the zone has a reading for the instant that lies within the years. */
static bool fits_years(cal_zone zone, __int128 nanos)
{
    __int128 seconds = nanos / CAL__NANOS - (nanos % CAL__NANOS < 0);
    if (seconds < INT64_MIN || seconds > INT64_MAX) {
        return false;
    }
    __int128 wall = seconds + cal_zone_offset_at(zone, (int64_t)seconds), epoch = slow_days(1970, 1, 1);
    return wall >= (slow_days(-CAL_YEAR_MAX, 1, 1) - epoch) * CAL__DAY &&
           wall < (slow_days(CAL_YEAR_MAX, 12, 31) - epoch + 1) * CAL__DAY;
}

/* t + s is s later, and the difference says so. In the second of two equal hours a reading of the clock means the
 * first; there the sum reads right but stands for another instant. */
static bool right_sum(cal_datetime t, cal_span s)
{
    cal_datetime sum;
    cal_span diff;
    int order;
    bool fits = fits_years(t.zone, utc_nanos(t) + cal_span_nanos(s));
    if (cal_datetime_add_span(t, s, &sum) != fits || !fits) {
        return !fits;
    }
    if (!cal_datetime_diff(sum, t, &diff) || !cal_datetime_cmp(sum, t, &order)) {
        return false;
    }
    __int128 late = cal_span_nanos(s) - cal_span_nanos(diff);
    bool ambiguous = t.zone >= CAL_ZONE_IANA && late == (__int128)3600 * CAL__NANOS;
    return order == cal_span_cmp(diff, (cal_span){ 0, 0 }) && (late == 0 || ambiguous);
}

static bool right_time_sum(cal_time t, cal_span s)
{
    __int128 day = (__int128)CAL__DAY * CAL__NANOS;
    __int128 nanos = ((t.hour * 60 + t.minute) * 60 + t.second) * (__int128)CAL__NANOS + t.nano + cal_span_nanos(s);
    nanos = (nanos % day + day) % day;
    cal_time got = cal_time_add_span(t, s);
    cal_span diff;
    int order;
    bool fine = cal_time_diff(got, t, &diff) && cal_time_cmp(got, t, &order) &&
                order == cal_span_cmp(diff, (cal_span){ 0, 0 });
    return fine && got.zone == t.zone &&
           ((got.hour * 60 + got.minute) * 60 + got.second) * (__int128)CAL__NANOS + got.nano == nanos;
}

static void test_sums(void)
{
    int wrong = 0;
    for (int i = 0; i < 200000; i++) {
        cal_datetime t = cal_datetime_of(draw_date(i % 2 == 0 ? 3000 : CAL_YEAR_MAX), draw_time());
        cal_span s = draw_span();
        wrong += !right_sum(t, s) + !right_time_sum(cal_datetime_time(t), s);
        s.seconds %= 400000000;
        wrong += !right_sum(t, s) + !right_time_sum(cal_datetime_time(t), s);
        cal_datetime moved, back;
        if (cal_datetime_from_utc(cal_utc_seconds(t), t.nano, draw_zone(), &moved) &&
            cal_datetime_from_utc(cal_utc_seconds(moved), t.nano, 0, &back)) {
            int64_t off_by = cal_utc_seconds(back) - cal_utc_seconds(t);
            wrong += off_by != 0 && (moved.zone < CAL_ZONE_IANA || off_by != -3600);
        }
    }
    is_int(wrong, 0, "200000 times spans added to instants, and instants seen from elsewhere");
}

/* ---- Zones ---- */

static const char *const zone_names[] = {
    "Africa/Abidjan",   "Africa/Cairo",    "Africa/Casablanca",  "Africa/Johannesburg", "America/Anchorage",
    "America/Bogota",   "America/Caracas", "America/Chicago",    "America/Havana",      "America/Los_Angeles",
    "America/New_York", "America/Nuuk",    "America/Santiago",   "America/Sao_Paulo",   "America/St_Johns",
    "Antarctica/Troll", "Asia/Dhaka",      "Asia/Gaza",          "Asia/Hong_Kong",      "Asia/Jerusalem",
    "Asia/Kathmandu",   "Asia/Kolkata",    "Asia/Pyongyang",     "Asia/Shanghai",       "Asia/Tehran",
    "Asia/Tokyo",       "Atlantic/Azores", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Melbourne",
    "Etc/GMT+5",        "Etc/UTC",         "Europe/Dublin",      "Europe/London",       "Europe/Moscow",
    "Europe/Paris",     "Pacific/Apia",    "Pacific/Auckland",   "Pacific/Chatham",     "PRC",
};

enum { ZONES = sizeof zone_names / sizeof zone_names[0] };

/* The C library's answer, in the zone that was set last. */
static int32_t libc_offset(int64_t utc)
{
    time_t t = (time_t)utc;
    struct tm tm;
    localtime_r(&t, &tm); /* style: allow localtime_r: it is what the zones are tested against */
    return (int32_t)tm.tm_gmtoff;
}

/* The earliest instant that the wall clock shows so; when there is none, what held before the gap. */
static int32_t libc_offset_local(int64_t wall)
{
    int32_t before = 0;
    for (int64_t utc = wall - 30 * 3600; utc <= wall + 30 * 3600; utc += 900) {
        int32_t offset = libc_offset(utc);
        if (libc_offset(wall - offset) == offset) {
            /* Offsets come in the order of time, so the first that fits is the earliest. */
            return offset;
        }
        if (utc + offset <= wall) {
            before = offset;
        }
    }
    return before;
}

static int check_instant(cal_zone zone, int64_t utc)
{
    return cal_zone_offset_at(zone, utc) != libc_offset(utc);
}

static int check_wall(cal_zone zone, int64_t wall)
{
    return cal_zone_offset_local(zone, wall) != libc_offset_local(wall);
}

/* A change in (low, high], where the offsets differ; to the second. */
static int64_t find_change(int64_t low, int64_t high)
{
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (libc_offset(middle) == libc_offset(low)) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

/* Both sides of each gap and overlap, and the middle of them. */
static int check_changes(cal_zone zone, int64_t from, int64_t to, int *ret_changes)
{
    enum { STEP = 5 * 86400 };
    int wrong = 0;
    for (int64_t t = from; t < to; t += STEP) {
        int32_t before = libc_offset(t), after = libc_offset(t + STEP);
        if (before == after) {
            continue;
        }
        ++*ret_changes;
        int64_t change = find_change(t, t + STEP);
        wrong += check_instant(zone, change - 1) + check_instant(zone, change);
        const int64_t walls[] = { change + before - 1, change + before, change + after - 1, change + after,
                                  change + (before + after) / 2 };
        for (size_t i = 0; i < 5; i++) {
            wrong += check_wall(zone, walls[i]);
        }
    }
    return wrong;
}

static void test_zone(const char *name)
{
    const int64_t from = -2208988800, to = 7289654400; /* 1900 to 2200 */
    cal_zone zone = CAL_ZONE_NONE;
    if (!ok(cal_zone_find(str_of(name), &zone), "%s is a zone", name)) {
        return;
    }
    is_str(cal_zone_name(zone), str_of(name), "%s keeps its name", name);
    setenv("TZ", name, 1);
    tzset();
    int wrong = 0, wrong_walls = 0, changes = 0;
    for (int i = 0; i < 2000; i++) {
        wrong += check_instant(zone, draw_between(from, to));
    }
    for (int i = 0; i < 60; i++) {
        wrong_walls += check_wall(zone, draw_between(from, to));
    }
    is_int(wrong, 0, "%s at 2000 instants", name);
    is_int(wrong_walls, 0, "%s at 60 readings of the wall clock", name);
    wrong = check_changes(zone, -631152000, 2524608000, &changes) + check_changes(zone, 6973948800, to, &changes);
    is_int(wrong, 0, "%s around %d changes", name, changes);
    wrong = 0;
    for (int i = 0; i < 200; i++) {
        int64_t t = draw_between(to, INT64_MAX - 2 * CAL__CYCLE);
        wrong += cal_zone_offset_at(zone, t) != cal_zone_offset_at(zone, t + CAL__CYCLE);
        wrong += cal_zone_offset_local(zone, t) != cal_zone_offset_local(zone, t + CAL__CYCLE);
        wrong += cal_zone_offset_at(zone, t) != cal_zone_offset_at(zone, t % CAL__CYCLE + 20 * CAL__CYCLE);
    }
    is_int(wrong, 0, "%s repeats itself after 400 years", name);
}

static void *find_all(void *ret)
{
    cal_zone *zones = ret;
    for (int i = 0; i < ZONES; i++) {
        cal_zone_find(str_of(zone_names[i]), &zones[i]);
        zones[i] += cal_zone_offset_at(zones[i], 1795536000) > 1000000;
    }
    return NULL;
}

/* Runs first, when no zone is known yet. */
static void test_threads(void)
{
    enum { THREADS = 4 };
    static cal_zone found[THREADS][ZONES];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert(pthread_create(&threads[i], NULL, find_all, found[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    int wrong = 0;
    for (int i = 0; i < ZONES; i++) {
        for (int j = 0; j < THREADS; j++) {
            wrong += found[j][i] < CAL_ZONE_IANA || found[j][i] != found[0][i];
        }
    }
    is_int(wrong, 0, "%d threads that meet %d zones agree on their numbers", (int)THREADS, (int)ZONES);
}

/* Every file of the zone database can be read. */
static void test_all_zones(void)
{
    FILE *f = fopen("/usr/share/zoneinfo/tzdata.zi", "r");
    if (!ok(f != NULL, "the names of all zones are known")) {
        return;
    }
    char line[512], word[64];
    int count = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        /* "Z name …" is a zone, "L target name" a link to one. */
        str rest = str_of(line), kind, first, second;
        if ((line[0] != 'Z' && line[0] != 'L') || !next_word(&rest, &kind) || !next_word(&rest, &first)) {
            continue;
        }
        bool link = next_word(&rest, &second) && line[0] == 'L';
        snprintf(word, sizeof word, "%.*s", STR_ARG(link ? second : first));
        cal_zone zone;
        word[strcspn(word, "\n")] = '\0';
        count++;
        if (!cal_zone_find(str_of(word), &zone)) {
            ok(false, "%s is a zone", word);
        }
    }
    fclose(f);
    ok(count > 300, "%d zones and other names of zones", count);
    str zone_version = cal_zone_version();
    ok(zone_version.len == 5 && str_starts_with(zone_version, STR("20")), "the version %.*s", STR_ARG(zone_version));
}

/* ---- Zone files ---- */

static str read_whole(const char *path, struct arena *a)
{
    FILE *f = fopen(path, "rb");
    assert(f != NULL);
    char *bytes = arena_alloc(a, LIMIT_ZONE_BYTES);
    size_t size = fread(bytes, 1, LIMIT_ZONE_BYTES, f);
    fclose(f);
    return (str){ bytes, size };
}

/* In memory of exactly that size, so that a read past its end is found. */
static bool parse_exact(str bytes, struct arena *a, struct cal__zone *ret)
{
    char *copy = malloc(bytes.len + (bytes.len == 0));
    memcpy(copy, bytes.ptr, bytes.len);
    bool fine = cal__zone_parse((str){ copy, bytes.len }, a, ret);
    free(copy);
    return fine;
}

static void test_broken_files(void)
{
    struct arena a = ARENA_INIT;
    struct cal__zone zone, old;
    str paris = read_whole("/usr/share/zoneinfo/Europe/Paris", &a);
    ok(parse_exact(paris, &a, &zone), "the file of Paris");
    int read = 0;
    for (size_t len = 0; len < paris.len; len++) {
        read += parse_exact(str_slice(paris, 0, len), &a, &zone);
    }
    is_int(read, 0, "no part of it is a zone file");
    char *bytes = (char *)(uintptr_t)paris.ptr;
    bytes[4] = '\0';
    ok(parse_exact(paris, &a, &old) && old.count > 0 && cal__zone_lookup(&old, old.utc, 1795536000) == 3600 &&
           cal__zone_lookup(&old, old.utc, INT64_MAX) == cal__zone_lookup(&old, old.utc, old.utc[old.count - 1]),
       "version 1 has 32 bits and no rule");
    bytes[4] = '1';
    ok(!parse_exact(paris, &a, &zone), "there is no version '1'");
    bytes[4] = '5';
    ok(!parse_exact(paris, &a, &zone), "nor yet a version 5");
    bytes[4] = '4';
    ok(parse_exact(paris, &a, &zone), "versions 2 to 4 are alike");
    const char *slash = memrchr(paris.ptr, '/', paris.len);
    bytes[slash - paris.ptr + 1]++;
    ok(!parse_exact(paris, &a, &zone), "a rule may not contradict the last change");
    ok(!parse_exact(read_whole("/usr/share/zoneinfo/right/Europe/Paris", &a), &a, &zone),
       "times with leap seconds are refused");
    arena_release(&a);
}

/* What a file may list, and what not. */
static void test_lists(void)
{
    static const int64_t rising[] = { -(INT64_C(1) << 59), 100, INT64_C(1) << 59 }, falling[] = { 0, 100, 99 },
                         level[] = { 0, 100, 100 }, early[] = { -(INT64_C(1) << 59) - 1, 0, 1 },
                         late[] = { 0, 1, (INT64_C(1) << 59) + 1 };
    static const uint8_t type[] = { 1, 2, 1 }, foreign[] = { 1, 3, 1 };
    static const int32_t offsets[] = { 0, -25 * 3600 + 1, 26 * 3600 - 1 }, low[] = { 0, -25 * 3600, 0 },
                         high[] = { 0, 0, 26 * 3600 };
    static const struct {
        const char *what;
        bool fine;
        struct file file;
    } cases[] = {
        { "rising times", true, { 3, 3, rising, type, offsets, { "", 0 } } },
        { "falling times", false, { 3, 3, falling, type, offsets, { "", 0 } } },
        { "equal times", false, { 3, 3, level, type, offsets, { "", 0 } } },
        { "a time before all times", false, { 3, 3, early, type, offsets, { "", 0 } } },
        { "a time after all times", false, { 3, 3, late, type, offsets, { "", 0 } } },
        { "a type that is not there", false, { 3, 3, rising, foreign, offsets, { "", 0 } } },
        { "an offset too far west", false, { 3, 3, rising, type, low, { "", 0 } } },
        { "an offset too far east", false, { 3, 3, rising, type, high, { "", 0 } } },
        { "no type at all", false, { 0, 0, rising, type, offsets, { "", 0 } } },
        { "a rule after the end of time", false, { 3, 3, rising, type, offsets, { "AAA0BBB,0,100", 13 } } },
    };
    struct arena a = ARENA_INIT;
    struct cal__zone zone;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool fine = parse_file(&cases[i].file, &a, &zone);
        ok(fine == cases[i].fine, "%s", cases[i].what);
        ok(!fine || (zone.count > 1 && cal__zone_lookup(&zone, zone.utc, 99) == offsets[1] &&
                     cal__zone_lookup(&zone, zone.utc, 100) == offsets[2]),
           "%s: the offset from then on", cases[i].what);
    }
    /* From 1970-07-01 on Paris follows the rule; what was before does not come again 400 years later. */
    static const int64_t july[] = { 15638400 };
    static const int32_t paris[] = { 561, 7200 };
    struct file f = { 1, 2, july, type, paris, STR("CET-1CEST,M3.5.0,M10.5.0/3") };
    ok(parse_file(&f, &a, &zone) && cal__zone_lookup(&zone, zone.utc, 0) == 561 &&
           cal__zone_lookup(&zone, zone.utc, CAL__CYCLE) == 3600 &&
           cal__zone_lookup(&zone, zone.wall, 5 * CAL__CYCLE) == 3600,
       "the time before the rule does not come again");
    arena_release(&a);
}

static void write_file(const char *path, const char *name, str bytes)
{
    char full[600];
    snprintf(full, sizeof full, "%s/%s", path, name);
    FILE *f = fopen(full, "wb");
    assert(f != NULL && fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len);
    fclose(f);
}

static void remove_files(const char *path, const char *const *names, size_t count)
{
    char full[600];
    for (size_t i = 0; i < count; i++) {
        snprintf(full, sizeof full, "%s/%s", path, names[i]);
        unlink(full);
    }
    rmdir(path);
}

/* A folder of our own: what stands in it besides zone files does no harm. */
static void test_folder(void)
{
    static const char *const names[] = { "Fine", "Large", "Text", "Pipe", "Empty", "+VERSION" };
    char path[] = "/tmp/gongshi_zones_XXXXXX", full[600];
    struct arena a = ARENA_INIT;
    cal_zone zone;
    assert(mkdtemp(path) != NULL);
    str tokyo = read_whole("/usr/share/zoneinfo/Asia/Tokyo", &a);
    char *large = arena_calloc(&a, 1, LIMIT_ZONE_BYTES + 1);
    memcpy(large, tokyo.ptr, tokyo.len);
    write_file(path, "Fine", tokyo);
    write_file(path, "Large", (str){ large, LIMIT_ZONE_BYTES + 1 });
    write_file(path, "Text", STR("Asia/Tokyo\n"));
    write_file(path, "Empty", STR(""));
    snprintf(full, sizeof full, "%s/Pipe", path);
    assert(mkfifo(full, 0600) == 0);
    cal__zone_folder(path);
    ok(cal_zone_find(STR("Fine"), &zone) && cal_zone_offset_at(zone, 0) == 32400, "a zone of another folder");
    for (size_t i = 1; i < 5; i++) {
        ok(!cal_zone_find(str_of(names[i]), &zone), "%s is not a zone", names[i]);
    }
    ok(cal_zone_find(STR("Asia/Tokyo"), &zone) && cal_zone_offset_at(zone, 0) == 32400, "known rows stay");
    is_str(cal_zone_version(), STR("unknown"), "a version that nobody says");
    write_file(path, "+VERSION", STR("2026z\n"));
    cal__zone_folder(path);
    is_str(cal_zone_version(), STR("2026z"), "a version in a file of its own");
    cal__zone_folder("/nowhere/at/all");
    ok(!cal_zone_find(STR("Unheard_of"), &zone), "a folder that is not there");
    char *long_path = arena_calloc(&a, 1, 600);
    memset(long_path, '/', 599);
    cal__zone_folder(long_path);
    ok(!cal_zone_find(STR("Unheard_of"), &zone), "a path that is too long");
    cal__zone_folder(NULL);
    ok(!cal_zone_find((str){ NULL, 0 }, &zone) && !cal_zone_find((str){ "Asia\0/Tokyo", 11 }, &zone), "odd names");
    remove_files(path, names, sizeof names / sizeof names[0]);
    arena_release(&a);
}

/* ---- Working days ---- */

/* Counts one by one; *unsure as soon as a day of a year without a list is looked at. */
static int64_t slow_between(const struct cal_calendar *c, cal_date from, cal_date to, bool *unsure)
{
    int64_t at = cal_days_from_date(from), end = cal_days_from_date(to), count = 0;
    int step = at < end ? 1 : -1;
    cal_date d;
    while (at != end) {
        at += step;
        cal_date_from_days(at, &d);
        count += cal_is_working_day(c, d, unsure) ? step : 0;
    }
    return count;
}

static struct cal_calendar *draw_calendar(int32_t first, int32_t last)
{
    struct cal_calendar *c = cal_calendar_new(STR("random"));
    for (int32_t year = first; year <= last; year++) {
        for (int i = 0; i < 40; i++) {
            cal_date d = draw_date(0);
            d = (cal_date){ .year = year, .month = d.month, .day = (uint8_t)draw_between(1, 28) };
            cal_calendar_set(c, d, draw() % 2 == 0);
        }
        if (year % 5 != 0) {
            cal_calendar_cover(c, year);
        }
    }
    return c;
}

static bool right_working_days(const struct cal_calendar *c, cal_date from, int64_t n)
{
    cal_date to;
    bool unsure = false, unsure_between = false, unsure_slow = false;
    int64_t between = 0;
    if (!cal_add_working_days(c, from, n, &to, &unsure) ||
        !cal_working_days_between(c, from, to, &between, &unsure_between)) {
        return false;
    }
    int64_t slow = slow_between(c, from, to, &unsure_slow);
    bool nowhere = n == 0 || cal_is_working_day(c, to, &unsure_slow);
    return between == n && slow == n && nowhere && unsure == unsure_slow && unsure_between == unsure_slow;
}

static void test_working_days(void)
{
    struct cal_calendar *c = draw_calendar(1980, 2060);
    int wrong = 0;
    for (int i = 0; i < 4000; i++) {
        cal_date from = draw_date(0);
        from = (cal_date){ .year = (int32_t)draw_between(1970, 2070), .month = from.month, .day = 28 };
        wrong += !right_working_days(c, from, draw_between(-3000, 3000));
        wrong += !right_working_days(c, from, draw_between(-5, 5));
        cal_date to = { .year = (int32_t)draw_between(1970, 2070), .month = 3, .day = 31 };
        int64_t between = 0;
        bool unsure = false, unsure_slow = false;
        wrong += !cal_working_days_between(c, from, to, &between, &unsure) ||
                 between != slow_between(c, from, to, &unsure_slow) || unsure != unsure_slow;
    }
    is_int(wrong, 0, "12000 ways in a calendar of 81 years, counted day by day");
    cal_calendar_free(c);
}

static void test_idle_calendar(void)
{
    struct cal_calendar *c = cal_calendar_new(STR("idle"));
    bool unsure = false;
    cal_date d;
    for (int month = 1; month <= 12; month++) {
        for (int day = 1; day <= cal_days_in_month(2028, month); day++) {
            cal_calendar_set(c, (cal_date){ 2028, (uint8_t)month, (uint8_t)day }, false);
        }
    }
    for (int32_t year = CAL_YEAR_MAX; year > CAL_YEAR_MAX - 5000; year--) {
        cal_calendar_cover(c, year);
        cal_calendar_cover(c, -year);
    }
    cal_calendar_cover(c, 2028);
    cal_calendar_cover(c, 2028);
    ok(cal_add_working_days(c, (cal_date){ 2027, 12, 31 }, 1, &d, &unsure) && same_date(d, (cal_date){ 2029, 1, 1 }) &&
           unsure,
       "a year without a working day is passed over");
    unsure = false;
    ok(cal_add_working_days(c, (cal_date){ 999999990, 1, 1 }, -100000, &d, &unsure) && !unsure,
       "ten thousand years of lists");
    cal_calendar_free(c);
}

int main(void)
{
    const char *given = getenv("GONGSHI_ROOT");
    root = given != NULL ? given : root;
    test_threads();
    test_vectors();
    test_walk();
    test_far_days();
    test_round_trips();
    test_spans();
    test_sums();
    for (int i = 0; i < ZONES; i++) {
        test_zone(zone_names[i]);
    }
    test_all_zones();
    test_broken_files();
    test_lists();
    test_folder();
    test_working_days();
    test_idle_calendar();
    return tap_done();
}
