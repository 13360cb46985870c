/* The five text forms: what can be read is printed in a form that reads the same and prints the same; and what is
 * computed from it keeps the laws of the calendar. */
#include "fuzz.h"

#include "cal/cal.h"

#include <assert.h>

static const int64_t some_months[] = { 0, 1, -1, 11, -12, 4800, INT64_MAX, INT64_MIN };

static bool same_date(cal_date a, cal_date b)
{
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

static bool same_time(cal_time a, cal_time b)
{
    return a.hour == b.hour && a.minute == b.minute && a.second == b.second && a.nano == b.nano && a.zone == b.zone;
}

static bool same_datetime(cal_datetime a, cal_datetime b)
{
    return same_date(cal_datetime_date(a), cal_datetime_date(b)) &&
           same_time(cal_datetime_time(a), cal_datetime_time(b));
}

static void check_days(cal_date d)
{
    cal_date other;
    int64_t days = cal_days_from_date(d);
    assert(cal_date_from_days(days, &other) && same_date(other, d));
    assert(cal_weekday(d) >= 1 && cal_weekday(d) <= 7);
    assert(cal_day_of_year(d) >= 1 && cal_day_of_year(d) <= 366);
    assert(cal_week_of_year(d) >= 1 && cal_week_of_year(d) <= 53);
    for (size_t i = 0; i < sizeof some_months / sizeof some_months[0]; i++) {
        if (cal_date_add_months(d, some_months[i], &other)) {
            assert(cal_date_valid(other.year, other.month, other.day) && other.day <= d.day);
        }
    }
    bool provisional = false;
    int64_t n;
    if (cal_add_working_days(NULL, d, 17, &other, &provisional)) {
        assert(cal_working_days_between(NULL, d, other, &n, &provisional) && n == 17 && provisional);
    }
}

static void check_date(str text, struct buf *b)
{
    cal_date d, again;
    if (!cal_parse_date(text, &d)) {
        return;
    }
    buf_clear(b);
    cal_print_date(d, b);
    /* A day has one form only. */
    assert(str_eq(buf_str(b), text) && cal_parse_date(buf_str(b), &again) && same_date(d, again));
    check_days(d);
}

static void check_time(str text, struct buf *b)
{
    cal_time t, again;
    int order;
    if (!cal_parse_time(text, &t)) {
        return;
    }
    buf_clear(b);
    cal_print_time(t, b);
    assert(!b->overflow && cal_parse_time(buf_str(b), &again) && same_time(t, again));
    assert(cal_time_cmp(t, again, &order) && order == 0);
    assert(same_time(cal_time_add_span(t, (cal_span){ -INT64_C(86400) * 7, 0 }), t));
}

static void check_instant(cal_datetime t)
{
    cal_datetime other;
    cal_span diff;
    int order;
    if (cal_datetime_from_utc(cal_utc_seconds(t), t.nano, 0, &other)) {
        assert(cal_utc_seconds(other) == cal_utc_seconds(t));
        assert(t.zone == CAL_ZONE_NONE || (cal_datetime_cmp(t, other, &order) && order == 0));
    }
    for (size_t i = 0; i < sizeof some_months / sizeof some_months[0]; i++) {
        cal_span s = { some_months[i], (int32_t)(i % 3) * 499999999 };
        if (cal_datetime_add_span(t, s, &other)) {
            assert(cal_datetime_diff(other, t, &diff));
            assert(t.zone >= CAL_ZONE_IANA || cal_span_cmp(diff, s) == 0);
        }
    }
}

static void check_datetime(str text, struct buf *b)
{
    cal_datetime t, again;
    if (!cal_parse_datetime(text, &t)) {
        return;
    }
    buf_clear(b);
    cal_print_datetime(t, b);
    assert(!b->overflow && cal_parse_datetime(buf_str(b), &again) && same_datetime(t, again));
    check_days(cal_datetime_date(t));
    check_instant(t);
}

static void check_durations(str text, struct buf *b)
{
    cal_span s, span_again;
    int64_t months, months_again;
    bool is_span = cal_parse_span(text, &s), is_months = cal_parse_months(text, &months);
    assert(!is_span || !is_months);
    buf_clear(b);
    if (is_span) {
        cal_print_span(s, b);
        assert(cal_parse_span(buf_str(b), &span_again) && cal_span_cmp(s, span_again) == 0);
        assert(!cal_span_neg(s, &s) || cal_span_nanos(s) == -cal_span_nanos(span_again));
    }
    if (is_months) {
        cal_print_months(months, b);
        assert(cal_parse_months(buf_str(b), &months_again) && months == months_again);
    }
    assert(!b->overflow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = { (const char *)data, size };
    struct buf b = BUF_INIT(200);
    check_date(text, &b);
    check_time(text, &b);
    check_datetime(text, &b);
    check_durations(text, &b);
    buf_release(&b);
    return 0;
}
