/* working: which days an office works.
 *
 * A calendar is a hash table of years (open addressing by the year itself,
 * half full at most); a year is a map of 366 bits, one for each day, set when
 * the day is worked. Days are counted, not walked over: a year that is not in
 * the table by a formula, one that is by its bits.
 */
#include "cal/cal_int.h"

enum { WORDS = 6, ADD_MAX = 100000, BETWEEN_MAX_DAYS = CAL__CYCLE_DAYS };

struct year {
    bool used, covered;
    int32_t year;
    uint64_t works[WORDS]; /* bit 0 is the first of January */
};

struct cal_calendar {
    struct arena arena; /* holds all, this struct too */
    str name;
    struct year *years;
    size_t size, count; /* size is a power of two */
};

/* ---- The table ---- */

struct cal_calendar *cal_calendar_new(str name)
{
    struct arena arena = ARENA_INIT;
    struct cal_calendar *c = ARENA_NEW(&arena, struct cal_calendar);
    c->name = arena_str(&arena, name);
    c->size = 16;
    c->years = ARENA_ARRAY(&arena, struct year, c->size);
    c->arena = arena;
    return c;
}

void cal_calendar_free(struct cal_calendar *c)
{
    if (c != NULL) {
        struct arena arena = c->arena;
        arena_release(&arena);
    }
}

str cal_calendar_name(const struct cal_calendar *c)
{
    return c->name;
}

/* The place of a year: its own, or the free one where it would go. */
static struct year *place_of(struct year *years, size_t size, int32_t year)
{
    size_t at = (uint32_t)year & (size - 1);
    while (years[at].used && years[at].year != year) {
        at = (at + 1) & (size - 1);
    }
    return &years[at];
}

static bool weekday_works(int64_t days)
{
    return cal__floor_mod(days + 3, 7) < 5;
}

static void init_year(struct year *y, int32_t year)
{
    int64_t first = cal__days(year, 1, 1);
    *y = (struct year){ .used = true, .year = year };
    for (int i = 0; i < 366; i++) {
        y->works[i / 64] |= (uint64_t)weekday_works(first + i) << i % 64;
    }
}

static struct year *make_year(struct cal_calendar *c, int32_t year)
{
    assert(year >= -CAL_YEAR_MAX && year <= CAL_YEAR_MAX);
    struct year *y = place_of(c->years, c->size, year);
    if (y->used) {
        return y;
    }
    if (2 * (c->count + 1) > c->size) {
        struct year *years = ARENA_ARRAY(&c->arena, struct year, 2 * c->size);
        for (size_t i = 0; i < c->size; i++) {
            if (c->years[i].used) {
                *place_of(years, 2 * c->size, c->years[i].year) = c->years[i];
            }
        }
        c->years = years;
        c->size *= 2;
        y = place_of(c->years, c->size, year);
    }
    c->count++;
    init_year(y, year);
    return y;
}

void cal_calendar_cover(struct cal_calendar *c, int32_t year)
{
    make_year(c, year)->covered = true;
}

void cal_calendar_set(struct cal_calendar *c, cal_date day, bool working)
{
    assert(cal_date_valid(day.year, day.month, day.day));
    struct year *y = make_year(c, day.year);
    int at = cal_day_of_year(day) - 1;
    uint64_t bit = UINT64_C(1) << at % 64;
    y->works[at / 64] = working ? y->works[at / 64] | bit : y->works[at / 64] & ~bit;
}

/* ---- Counting ---- */

/* A year as it counts: its first day, its length, its list or NULL. */
struct view {
    int64_t first;
    int length;
    const struct year *list;
};

static struct view view_year(const struct cal_calendar *c, int64_t year, bool *provisional)
{
    struct view v = { .first = cal__days(year, 1, 1), .length = 365 + cal__leap(year) };
    if (c != NULL && year >= -CAL_YEAR_MAX && year <= CAL_YEAR_MAX) {
        const struct year *y = place_of(c->years, c->size, (int32_t)year);
        v.list = y->used && y->covered ? y : NULL;
    }
    if (v.list == NULL) {
        *provisional = true;
    }
    return v;
}

/* Weekdays from Monday to Friday among the days up to and with `days`, from some Monday on. */
static int64_t weekdays_until(int64_t days)
{
    int64_t since = days + 4; /* 1969-12-29 was a Monday */
    int64_t rest = cal__floor_mod(since, 7);
    return cal__floor_div(since, 7) * 5 + (rest < 5 ? rest : 5);
}

static bool works(const struct view *v, int at)
{
    return v->list == NULL ? weekday_works(v->first + at) : v->list->works[at / 64] >> at % 64 & 1;
}

/* Working days among those with the numbers from <= n < to. */
static int64_t count_days(const struct view *v, int from, int to)
{
    if (v->list == NULL) {
        return weekdays_until(v->first + to - 1) - weekdays_until(v->first + from - 1);
    }
    int64_t count = 0;
    for (int word = 0; word < WORDS; word++) {
        int low = from - word * 64, high = to - word * 64;
        uint64_t mask = low <= 0 ? UINT64_MAX : low >= 64 ? 0 : UINT64_MAX << low;
        mask &= high >= 64 ? UINT64_MAX : high <= 0 ? 0 : ~(UINT64_MAX << high);
        count += __builtin_popcountll(v->list->works[word] & mask);
    }
    return count;
}

bool cal_is_working_day(const struct cal_calendar *c, cal_date day, bool *provisional)
{
    struct view v = view_year(c, day.year, provisional);
    return works(&v, cal_day_of_year(day) - 1);
}

/* The n-th working day (n > 0) from number `at` of the year on, in steps of 1 or -1. Whole years are skipped. */
static int64_t walk(const struct cal_calendar *c, int64_t year, int at, int step, int64_t n, bool *provisional)
{
    struct view v = view_year(c, year, provisional);
    for (;;) {
        int64_t rest = step > 0 ? count_days(&v, at, v.length) : count_days(&v, 0, at + 1);
        if (rest >= n) {
            break;
        }
        n -= rest;
        year += step;
        v = view_year(c, year, provisional);
        at = step > 0 ? 0 : v.length - 1;
    }
    for (;; at += step) {
        n -= works(&v, at);
        if (n == 0) {
            return v.first + at;
        }
    }
}

bool cal_add_working_days(const struct cal_calendar *c, cal_date day, int64_t n, cal_date *ret, bool *provisional)
{
    if (n < -ADD_MAX || n > ADD_MAX) {
        return false;
    }
    int64_t days = cal_days_from_date(day);
    bool unsure = c == NULL;
    if (n != 0) {
        int step = n > 0 ? 1 : -1;
        cal_date first;
        if (!cal_date_from_days(days + step, &first)) {
            return false;
        }
        days = walk(c, first.year, cal_day_of_year(first) - 1, step, n * step, &unsure);
    }
    if (!cal_date_from_days(days, ret)) {
        return false;
    }
    *provisional |= unsure;
    return true;
}

bool cal_working_days_between(const struct cal_calendar *c, cal_date from, cal_date to, int64_t *ret, bool *provisional)
{
    int64_t first = cal_days_from_date(from), end = cal_days_from_date(to);
    if (first - end > BETWEEN_MAX_DAYS || end - first > BETWEEN_MAX_DAYS) {
        return false;
    }
    bool back = end < first;
    bool unsure = c == NULL;
    /* The days after `from` up to `to`; going back, the days before `from` down to `to`. */
    int64_t low = back ? end : first + 1, high = back ? first : end + 1;
    int64_t count = 0;
    for (int32_t year = back ? to.year : from.year; low < high; year++) {
        int64_t start = cal__days(year, 1, 1), after = cal__days((int64_t)year + 1, 1, 1);
        if (low >= after) {
            continue;
        }
        struct view v = view_year(c, year, &unsure);
        int64_t stop = high < after ? high : after;
        count += count_days(&v, (int)(low - start), (int)(stop - start));
        low = stop;
    }
    *provisional |= unsure;
    *ret = back ? -count : count;
    return true;
}
