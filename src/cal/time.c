/* time: times of day and date-times, compared and moved on the time line.
 *
 * Sums of seconds stay far below 2^63: a year has 3.2 * 10^7 and there are
 * 10^9 years. Only what a caller adds may overflow, and there it is looked at.
 */
#include "cal/cal_int.h"

static_assert(sizeof(cal_datetime) == 16, "a FEEL value holds a date-time in place");

cal_datetime cal_datetime_of(cal_date d, cal_time t)
{
    return (cal_datetime){ .year = d.year,
                           .month = d.month & 15u,
                           .day = d.day & 31u,
                           .hour = t.hour & 31u,
                           .minute = t.minute & 63u,
                           .second = t.second & 63u,
                           .nano = t.nano,
                           .zone = t.zone };
}

cal_date cal_datetime_date(cal_datetime t)
{
    return (cal_date){ .year = t.year, .month = t.month, .day = t.day };
}

cal_time cal_datetime_time(cal_datetime t)
{
    return (cal_time){ .nano = t.nano, .hour = t.hour, .minute = t.minute, .second = t.second, .zone = t.zone };
}

static int32_t second_of_day(cal_time t)
{
    return t.hour * 3600 + t.minute * 60 + t.second;
}

/* The time of day of 0 <= second < 86,400. */
static cal_time time_of_second(int64_t second, uint32_t nano, cal_zone zone)
{
    assert(second >= 0 && second < CAL__DAY && nano < CAL__NANOS);
    return (cal_time){ .nano = nano,
                       .hour = (uint8_t)(second / 3600),
                       .minute = (uint8_t)(second / 60 % 60),
                       .second = (uint8_t)(second % 60),
                       .zone = zone };
}

int64_t cal_wall_seconds(cal_datetime t)
{
    return cal__days(t.year, t.month, t.day) * CAL__DAY + second_of_day(cal_datetime_time(t));
}

int64_t cal_utc_seconds(cal_datetime t)
{
    int64_t wall = cal_wall_seconds(t);
    return wall - cal_zone_offset_local(t.zone, wall);
}

bool cal_datetime_from_utc(int64_t seconds, uint32_t nano, cal_zone zone, cal_datetime *ret)
{
    int64_t wall;
    cal_date date;
    if (__builtin_add_overflow(seconds, cal_zone_offset_at(zone, seconds), &wall) ||
        !cal_date_from_days(cal__floor_div(wall, CAL__DAY), &date)) {
        return false;
    }
    *ret = cal_datetime_of(date, time_of_second(cal__floor_mod(wall, CAL__DAY), nano, zone));
    return true;
}

bool cal_datetime_offset(cal_datetime t, int32_t *ret)
{
    if (t.zone == CAL_ZONE_NONE) {
        return false;
    }
    *ret = cal_zone_offset_local(t.zone, cal_wall_seconds(t));
    return true;
}

bool cal_time_offset(cal_time t, int32_t *ret)
{
    return t.zone != CAL_ZONE_NONE && cal__zone_fixed(t.zone, ret);
}

/* a - b in nanoseconds. */
static bool datetime_nanos(cal_datetime a, cal_datetime b, __int128 *ret)
{
    if ((a.zone == CAL_ZONE_NONE) != (b.zone == CAL_ZONE_NONE)) {
        return false;
    }
    *ret = (__int128)(cal_utc_seconds(a) - cal_utc_seconds(b)) * CAL__NANOS + (int64_t)a.nano - (int64_t)b.nano;
    return true;
}

/* Two times of one zone are as far apart as its clock shows, whatever the day. */
static bool time_nanos(cal_time a, cal_time b, int64_t *ret)
{
    int32_t offset_a = 0, offset_b = 0;
    if (a.zone != b.zone && (!cal_time_offset(a, &offset_a) || !cal_time_offset(b, &offset_b))) {
        return false;
    }
    int64_t seconds = (second_of_day(a) - offset_a) - (second_of_day(b) - offset_b);
    *ret = seconds * CAL__NANOS + (int64_t)a.nano - (int64_t)b.nano;
    return true;
}

bool cal_datetime_cmp(cal_datetime a, cal_datetime b, int *ret)
{
    __int128 nanos;
    if (!datetime_nanos(a, b, &nanos)) {
        return false;
    }
    *ret = (nanos > 0) - (nanos < 0);
    return true;
}

bool cal_time_cmp(cal_time a, cal_time b, int *ret)
{
    int64_t nanos;
    if (!time_nanos(a, b, &nanos)) {
        return false;
    }
    *ret = (nanos > 0) - (nanos < 0);
    return true;
}

bool cal_datetime_diff(cal_datetime a, cal_datetime b, cal_span *ret)
{
    __int128 nanos;
    return datetime_nanos(a, b, &nanos) && cal_span_from_nanos(nanos, ret);
}

bool cal_time_diff(cal_time a, cal_time b, cal_span *ret)
{
    int64_t nanos;
    return time_nanos(a, b, &nanos) && cal_span_from_nanos(nanos, ret);
}

bool cal_datetime_add_span(cal_datetime t, cal_span s, cal_datetime *ret)
{
    assert(s.nano >= 0 && s.nano < CAL__NANOS);
    uint32_t nano = t.nano + (uint32_t)s.nano;
    int64_t utc = cal_utc_seconds(t) + (nano >= CAL__NANOS);
    return !__builtin_add_overflow(utc, s.seconds, &utc) && cal_datetime_from_utc(utc, nano % CAL__NANOS, t.zone, ret);
}

bool cal_datetime_add_months(cal_datetime t, int64_t months, cal_datetime *ret)
{
    cal_date date;
    if (!cal_date_add_months(cal_datetime_date(t), months, &date)) {
        return false;
    }
    *ret = cal_datetime_of(date, cal_datetime_time(t));
    return true;
}

cal_time cal_time_add_span(cal_time t, cal_span s)
{
    assert(s.nano >= 0 && s.nano < CAL__NANOS);
    uint32_t nano = t.nano + (uint32_t)s.nano;
    int64_t second = second_of_day(t) + cal__floor_mod(s.seconds, CAL__DAY) + (nano >= CAL__NANOS);
    return time_of_second(second % CAL__DAY, nano % CAL__NANOS, t.zone);
}

/* Nanoseconds from the beginning of the month. */
static int64_t into_month(cal_datetime t)
{
    return (t.day * (int64_t)CAL__DAY + second_of_day(cal_datetime_time(t))) * CAL__NANOS + t.nano;
}

int64_t cal_months_between(cal_datetime a, cal_datetime b)
{
    int64_t months = ((int64_t)b.year - a.year) * 12 + (int)b.month - (int)a.month;
    int64_t from = into_month(a), to = into_month(b);
    if (months > 0 && to < from) {
        return months - 1;
    }
    return months < 0 && to > from ? months + 1 : months;
}
