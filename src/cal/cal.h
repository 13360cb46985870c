/* cal: dates, times, time zones, durations and working days. Pure: nothing here reads a clock.
 *
 * Vocabulary
 *   date            a day of the proleptic Gregorian calendar, year -999,999,999 … 999,999,999 with a year 0
 *   zone            nothing (local), an offset from UTC in seconds, or an IANA zone
 *   time            a time of day to the nanosecond, with a zone
 *   date-time       a date and a time with a zone
 *   span            a days and time duration: seconds and nanoseconds
 *   (months)        a years and months duration is an int64 count of months, bare
 *
 * A zone of IANA is a small number that names a row of one table in this
 * process. Rows are read once from the system's zoneinfo and never change or
 * go away, so a zone number may be kept in a compiled program and used by any
 * thread. The text formats are those of DMN 1.5, clauses 10.3.2.3.4 – 10.3.2.3.9
 * (XML Schema 1.1's, with `@Zone/Name` after a time).
 *
 * Every function takes any value of its types that a function of this module
 * could have made, and none overflows.
 */
#ifndef GONGSHI_CAL_CAL_H
#define GONGSHI_CAL_CAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum { CAL_YEAR_MAX = 999999999 };

typedef int32_t cal_zone;
#define CAL_ZONE_NONE INT32_MIN
/* |zone| <= 18 h: an offset in seconds. From CAL_ZONE_IANA up: a row of the zone table. */
enum { CAL_OFFSET_MAX = 18 * 3600, CAL_ZONE_IANA = 1 << 24 };

typedef struct cal_date {
    int32_t year;
    uint8_t month; /* 1 … 12 */
    uint8_t day;   /* 1 … 31 */
} cal_date;

/* There is no hour 24: the text "24:00:00" is read as midnight, in a date-time as that of the next day. */
typedef struct cal_time {
    uint32_t nano;
    uint8_t hour, minute, second;
    cal_zone zone;
} cal_time;

/* Sixteen bytes, so that a FEEL value holds it in place. In an IANA zone it is a reading of the wall clock: in the
 * hour that comes twice when clocks go back it means the earlier of the two, also where it was made from the later. */
typedef struct cal_datetime {
    int32_t year;
    uint32_t month : 4, day : 5, hour : 5, minute : 6, second : 6;
    uint32_t nano;
    cal_zone zone;
} cal_datetime;

/* nano is 0 … 999,999,999 also for negative spans: -0.5 s is { -1, 500000000 }. */
typedef struct cal_span {
    int64_t seconds;
    int32_t nano;
} cal_span;

/* -- Text -- each parse takes the whole text or returns false --
 *
 * A year has at least four digits; "-0000" and zeros in front of more than four digits are refused, as is '+'.
 * Seconds must be there; what is finer than a nanosecond is cut off. Offsets are "Z" or "+hh:mm[:ss]" up to 18 hours;
 * an offset and a zone together are refused. Names of zones are taken as they are: UTC is not Etc/UTC nor "Z". */

bool cal_parse_date(str text, cal_date *ret);
bool cal_parse_time(str text, cal_time *ret);
bool cal_parse_datetime(str text, cal_datetime *ret);
bool cal_parse_span(str text, cal_span *ret);  /* P1DT2H3M4.5S, one '-' in front allowed; no years or months */
bool cal_parse_months(str text, int64_t *ret); /* P1Y2M, likewise; no days */

void cal_print_date(cal_date d, struct buf *out);
str cal_date_text(struct arena *a, cal_date d); /* the same, in the arena */
void cal_print_time(cal_time t, struct buf *out);
void cal_print_datetime(cal_datetime t, struct buf *out);
void cal_print_span(cal_span s, struct buf *out);       /* normal form: P1DT2H, PT0S, -PT0.5S */
void cal_print_months(int64_t months, struct buf *out); /* P1Y2M, P0M */

/* -- Dates -- */

bool cal_date_valid(int64_t year, int64_t month, int64_t day);

/* Days since 1970-01-01. */
int64_t cal_days_from_date(cal_date d);
bool cal_date_from_days(int64_t days, cal_date *ret); /* false outside the years above */

/* The same day `months` later, or the last day of that month where it has no such day. */
bool cal_date_add_months(cal_date d, int64_t months, cal_date *ret);

int cal_days_in_month(int32_t year, int month);
int cal_weekday(cal_date d);      /* 1 Monday … 7 Sunday */
int cal_day_of_year(cal_date d);  /* 1 … 366 */
int cal_week_of_year(cal_date d); /* ISO 8601, 1 … 53 */

/* -- Zones -- */

/* "Asia/Shanghai", "UTC" → a zone; false for a name that zoneinfo has not. Also false for names that could leave the
 * zoneinfo folder, and for what is there but is no zone of the database (localtime, posix/…). Thread-safe: without
 * a lock for a zone that is known, with one and a file to read otherwise. */
bool cal_zone_find(str name, cal_zone *ret);

/* The name of an IANA zone. */
str cal_zone_name(cal_zone zone);

/* The offset from UTC, in seconds, that holds at a UTC instant / a wall-clock time in `zone`. In a gap
 * the offset before it, in an overlap the earlier offset (as java.time has it). CAL_ZONE_NONE gives 0. */
int32_t cal_zone_offset_at(cal_zone zone, int64_t utc_seconds);
int32_t cal_zone_offset_local(cal_zone zone, int64_t wall_seconds);

/* The version of the system's zone data ("2025b"), for the record of a decision; "unknown" where it does not say. */
str cal_zone_version(void);

/* -- Date-times and times -- */

cal_datetime cal_datetime_of(cal_date d, cal_time t);
cal_date cal_datetime_date(cal_datetime t);
cal_time cal_datetime_time(cal_datetime t);

/* Seconds since 1970-01-01T00:00:00 on the wall clock, and on UTC (a zone of none counts as UTC). */
int64_t cal_wall_seconds(cal_datetime t);
int64_t cal_utc_seconds(cal_datetime t);

/* The instant seen in `zone`; false outside the years above. */
bool cal_datetime_from_utc(int64_t seconds, uint32_t nano, cal_zone zone, cal_datetime *ret);

/* Offset in seconds of a date-time or time; false for a zone of none, and for a bare time in an IANA zone
 * whose offset depends on the day. */
bool cal_datetime_offset(cal_datetime t, int32_t *ret);
bool cal_time_offset(cal_time t, int32_t *ret);

/* -1, 0, 1 by instant, to the nanosecond. Both local or both zoned; a mixed pair cannot be ordered and returns false.
 * Times of one zone are ordered as its clock shows them; times of different zones need offsets (cal_time_offset). */
bool cal_datetime_cmp(cal_datetime a, cal_datetime b, int *ret);
bool cal_time_cmp(cal_time a, cal_time b, int *ret);

/* A span moves the instant; months move the day on the wall clock and leave the time as it is. False outside the
 * years above. */
bool cal_datetime_add_span(cal_datetime t, cal_span s, cal_datetime *ret);
bool cal_datetime_add_months(cal_datetime t, int64_t months, cal_datetime *ret);
cal_time cal_time_add_span(cal_time t, cal_span s);                    /* wraps at midnight */
bool cal_datetime_diff(cal_datetime a, cal_datetime b, cal_span *ret); /* a - b; false for a mixed pair */
bool cal_time_diff(cal_time a, cal_time b, cal_span *ret);

/* Whole months from a to b on the wall clock, towards zero; zones are not looked at. (FEEL's years and months
 * duration(a, b) counts days alone: there both are at midnight.) */
int64_t cal_months_between(cal_datetime a, cal_datetime b);

/* -- Spans -- */

int cal_span_cmp(cal_span a, cal_span b);
bool cal_span_add(cal_span a, cal_span b, cal_span *ret);
bool cal_span_neg(cal_span a, cal_span *ret);

/* The span as one number of nanoseconds, below 2^94. */
__int128 cal_span_nanos(cal_span s);
bool cal_span_from_nanos(__int128 nanos, cal_span *ret);

/* -- Working days -- */

/* A published list of days off and of working weekends, by year; immutable. Days of a year that the list
 * does not cover count by weekday alone and are *provisional*. */
struct cal_calendar;

struct cal_calendar *cal_calendar_new(str name);
void cal_calendar_free(struct cal_calendar *c);

/* While it is being filled: the year is covered; the day is off (or works, though a weekend). Years within the
 * range above. A day set in a year that is never covered does not count. */
void cal_calendar_cover(struct cal_calendar *c, int32_t year);
void cal_calendar_set(struct cal_calendar *c, cal_date day, bool working);

str cal_calendar_name(const struct cal_calendar *c);

/* NULL calendar: Monday to Friday, always provisional. `provisional` is set to true where the answer rests
 * on a year without a list, and otherwise left alone. */
bool cal_is_working_day(const struct cal_calendar *c, cal_date day, bool *provisional);

/* The n-th working day after (n < 0: before) `day`; n = 0 gives day itself, worked or not. False outside the years
 * above or when |n| > 100,000. */
bool cal_add_working_days(const struct cal_calendar *c, cal_date day, int64_t n, cal_date *ret, bool *provisional);

/* Working days on the way from `from` to `to`: the day of departure does not count, that of arrival does. Negative
 * when `to` is before `from`. So working_days_between(d, add_working_days(d, n)) is n. False when the days lie more
 * than 400 years apart. */
bool cal_working_days_between(const struct cal_calendar *c, cal_date from, cal_date to, int64_t *ret,
                              bool *provisional);

#endif
