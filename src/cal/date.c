/* date: the proleptic Gregorian calendar.
 *
 * Inside, a year begins on the first of March, so that the leap day is its
 * last; 400 such years have 146,097 days, which is also a whole number of
 * weeks. Nothing overflows: years are below 10^9, days below 4 * 10^11.
 */
#include "cal/cal_int.h"

/* Days from 0000-03-01 to 1970-01-01. */
enum { EPOCH = 719468 };

int64_t cal__days(int64_t year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int m = month <= 2 ? month + 9 : month - 3;
    int64_t leap_days = cal__floor_div(y, 4) - cal__floor_div(y, 100) + cal__floor_div(y, 400);
    return y * 365 + leap_days + (153 * m + 2) / 5 + day - 1 - EPOCH;
}

int cal_days_in_month(int32_t year, int month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    assert(month >= 1 && month <= 12);
    return days[month - 1] + (month == 2 && cal__leap(year));
}

bool cal_date_valid(int64_t year, int64_t month, int64_t day)
{
    return year >= -CAL_YEAR_MAX && year <= CAL_YEAR_MAX && month >= 1 && month <= 12 && day >= 1 &&
           day <= cal_days_in_month((int32_t)year, (int)month);
}

int64_t cal_days_from_date(cal_date d)
{
    return cal__days(d.year, d.month, d.day);
}

bool cal_date_from_days(int64_t days, cal_date *ret)
{
    const int64_t bound = INT64_C(366) * (CAL_YEAR_MAX + 1);
    if (days < -bound || days > bound) {
        return false;
    }
    int64_t cycle = cal__floor_div(days + EPOCH, CAL__CYCLE_DAYS);
    int rest = (int)(days + EPOCH - cycle * CAL__CYCLE_DAYS);
    /* Of the leap days that have passed: one in 1,461 days, but not in 36,524, but in the last of 146,097. */
    int year = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
    int day = rest - (year * 365 + year / 4 - year / 100);
    int m = (5 * day + 2) / 153;
    int64_t civil = cycle * 400 + year + (m >= 10);
    if (civil < -CAL_YEAR_MAX || civil > CAL_YEAR_MAX) {
        return false;
    }
    *ret = (cal_date){ .year = (int32_t)civil,
                       .month = (uint8_t)(m < 10 ? m + 3 : m - 9),
                       .day = (uint8_t)(day - (153 * m + 2) / 5 + 1) };
    return true;
}

bool cal_date_add_months(cal_date d, int64_t months, cal_date *ret)
{
    int64_t total;
    if (__builtin_add_overflow((int64_t)d.year * 12 + d.month - 1, months, &total)) {
        return false;
    }
    int64_t year = cal__floor_div(total, 12);
    if (year < -CAL_YEAR_MAX || year > CAL_YEAR_MAX) {
        return false;
    }
    int month = (int)cal__floor_mod(total, 12) + 1;
    int last = cal_days_in_month((int32_t)year, month);
    *ret = (cal_date){ .year = (int32_t)year, .month = (uint8_t)month, .day = (uint8_t)(d.day < last ? d.day : last) };
    return true;
}

int cal_weekday(cal_date d)
{
    /* 1970-01-01 was a Thursday. */
    return (int)cal__floor_mod(cal_days_from_date(d) + 3, 7) + 1;
}

int cal_day_of_year(cal_date d)
{
    return (int)(cal_days_from_date(d) - cal__days(d.year, 1, 1)) + 1;
}

/* A week belongs to the year of its Thursday, and is the n-th of that year when its Thursday is the n-th. */
int cal_week_of_year(cal_date d)
{
    int thursday = cal_day_of_year(d) + 4 - cal_weekday(d);
    int length = 365 + cal__leap(d.year);
    if (thursday < 1) {
        thursday += 365 + cal__leap((int64_t)d.year - 1);
    } else if (thursday > length) {
        thursday -= length;
    }
    return (thursday - 1) / 7 + 1;
}
