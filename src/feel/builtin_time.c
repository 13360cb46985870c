/* builtin_time: dates, times, durations and working days (DMN 1.5, 10.3.4.1, 10.3.4.7, 10.3.4.8 and 10.3.4.11).
 *
 * Two rules of the language decide most cases here. A date that is asked for its time of day has midnight UTC
 * (10.3.2.3.6). And nobody reads a clock: now() and today() are the instant and zone of the environment.
 */
#include "feel/feel_int.h"

enum { NANOS = 1000000000 };

static feel_value bad_value(struct feel_eval *ev, const char *function, const char *parameter, feel_value v)
{
    return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, function, parameter, feel__brief(ev, v));
}

static feel_value of_date(cal_date d)
{
    return (feel_value){ .kind = FEEL_DATE, .date = d };
}

static feel_value of_time(cal_time t)
{
    return (feel_value){ .kind = FEEL_TIME, .time = t };
}

static feel_value of_date_time(cal_datetime t)
{
    return (feel_value){ .kind = FEEL_DATE_TIME, .date_time = t };
}

/* The day of a date or of a date and time as its own zone shows it. */
static cal_date date_of(feel_value v)
{
    assert(v.kind == FEEL_DATE || v.kind == FEEL_DATE_TIME);
    return v.kind == FEEL_DATE ? v.date : cal_datetime_date(v.date_time);
}

/* ---- Text ---- */

static bool duration_from_text(str text, feel_value *ret)
{
    cal_span span;
    int64_t months;
    if (cal_parse_span(text, &span)) {
        *ret = (feel_value){ .kind = FEEL_SPAN, .span = span };
        return true;
    }
    if (cal_parse_months(text, &months)) {
        *ret = (feel_value){ .kind = FEEL_MONTHS, .months = months };
        return true;
    }
    return false;
}

feel_value feel__temporal_from_text(str text)
{
    feel_value v = feel_null();
    cal_date date;
    cal_time time;
    cal_datetime date_time;
    if (cal_parse_date(text, &date)) {
        return of_date(date);
    }
    if (cal_parse_datetime(text, &date_time)) {
        return of_date_time(date_time);
    }
    if (cal_parse_time(text, &time)) {
        return of_time(time);
    }
    return duration_from_text(text, &v) ? v : feel_null();
}

/* ---- Conversion ---- */

feel_value builtin_date_from(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    cal_date date;
    if (args[0].kind != FEEL_STRING) {
        return of_date(date_of(args[0]));
    }
    if (!cal_parse_date(feel_str(args[0]), &date)) {
        return bad_value(ev, "date", "from", args[0]);
    }
    return of_date(date);
}

/* The day of three numbers; on failure the index of the first that is wrong, else -1. A day that the month has
 * not is the day's fault. */
static int date_from_numbers(const feel_value *args, cal_date *ret)
{
    int64_t n[3];
    for (int i = 0; i < 3; i++) {
        if (!dec_to_int(args[i].number, &n[i])) {
            return i;
        }
    }
    if (!cal_date_valid(n[0], n[1], n[2])) {
        return n[0] < -CAL_YEAR_MAX || n[0] > CAL_YEAR_MAX ? 0 : n[1] < 1 || n[1] > 12 ? 1 : 2;
    }
    *ret = (cal_date){ .year = (int32_t)n[0], .month = (uint8_t)n[1], .day = (uint8_t)n[2] };
    return -1;
}

/* Seconds with their fraction; what is finer than a nanosecond is cut off. */
static bool nanos_from_seconds(dec seconds, int64_t *ret)
{
    dec nanos;
    int64_t n;
    if (!dec_mul(seconds, DEC_SMALL(NANOS), &nanos) || !dec_round(nanos, 0, DEC_FLOOR, &nanos) ||
        !dec_to_int(nanos, &n) || n < 0 || n >= 60 * (int64_t)NANOS) {
        return false;
    }
    *ret = n;
    return true;
}

/* The same for hour, minute and second. */
static int time_from_numbers(const feel_value *args, cal_zone zone, cal_time *ret)
{
    int64_t hour, minute, nanos;
    if (!dec_to_int(args[0].number, &hour) || hour < 0 || hour > 23) {
        return 0;
    }
    if (!dec_to_int(args[1].number, &minute) || minute < 0 || minute > 59) {
        return 1;
    }
    if (!nanos_from_seconds(args[2].number, &nanos)) {
        return 2;
    }
    *ret = (cal_time){ .hour = (uint8_t)hour, .minute = (uint8_t)minute, .second = (uint8_t)(nanos / NANOS),
                       .nano = (uint32_t)(nanos % NANOS), .zone = zone };
    return -1;
}

feel_value builtin_date(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    static const char *const names[] = { "year", "month", "day" };
    (void)count;
    cal_date date;
    int wrong = date_from_numbers(args, &date);
    return wrong >= 0 ? bad_value(ev, "date", names[wrong], args[wrong]) : of_date(date);
}

feel_value builtin_time_from(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    cal_time time;
    switch ((enum feel_kind)args[0].kind) {
    case FEEL_TIME:
        return args[0];
    case FEEL_DATE_TIME:
        return of_time(cal_datetime_time(args[0].date_time));
    case FEEL_DATE:
        return of_time((cal_time){ .zone = 0 });
    default:
        break;
    }
    if (!cal_parse_time(feel_str(args[0]), &time)) {
        return bad_value(ev, "time", "from", args[0]);
    }
    return of_time(time);
}

feel_value builtin_time(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    static const char *const names[] = { "hour", "minute", "second" };
    cal_zone zone = CAL_ZONE_NONE;
    cal_time time;
    if (count > 3 && args[3].kind == FEEL_SPAN) {
        cal_span offset = args[3].span;
        if (offset.nano != 0 || offset.seconds < -CAL_OFFSET_MAX || offset.seconds > CAL_OFFSET_MAX) {
            return bad_value(ev, "time", "offset", args[3]);
        }
        zone = (cal_zone)offset.seconds;
    }
    int wrong = time_from_numbers(args, zone, &time);
    return wrong >= 0 ? bad_value(ev, "time", names[wrong], args[wrong]) : of_time(time);
}

feel_value builtin_date_and_time_from(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    cal_date date;
    cal_datetime date_time;
    if (args[0].kind == FEEL_DATE_TIME) {
        return args[0];
    }
    if (args[0].kind == FEEL_DATE) {
        return of_date_time(cal_datetime_of(args[0].date, (cal_time){ .zone = 0 }));
    }
    str text = feel_str(args[0]);
    /* The text of a date is one of a local date and time at midnight, unlike a date itself (10.3.4.1). */
    if (cal_parse_date(text, &date)) {
        return of_date_time(cal_datetime_of(date, (cal_time){ .zone = CAL_ZONE_NONE }));
    }
    if (!cal_parse_datetime(text, &date_time)) {
        return bad_value(ev, "date and time", "from", args[0]);
    }
    return of_date_time(date_time);
}

/* The time of day takes its zone along; a zone of the date is dropped. */
feel_value builtin_date_and_time(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)ev;
    (void)count;
    return of_date_time(cal_datetime_of(date_of(args[0]), args[1].time));
}

/* A zone by its name, or by an offset as it stands at the end of a time: "Z", "+08:00". */
static bool zone_from_text(str text, cal_zone *ret)
{
    char buffer[24] = "00:00:00";
    cal_time time;
    if (cal_zone_find(text, ret)) {
        return true;
    }
    if (text.len == 0 || text.len > 9 || text.ptr[0] == '.') {
        return false;
    }
    memcpy(buffer + 8, text.ptr, text.len);
    if (!cal_parse_time((str){ buffer, 8 + text.len }, &time)) {
        return false;
    }
    *ret = time.zone;
    return true;
}

static bool zone_from_hours(dec hours, cal_zone *ret)
{
    dec seconds;
    int64_t n;
    if (!dec_mul(hours, DEC_SMALL(3600), &seconds) || !dec_to_int(seconds, &n) || n < -CAL_OFFSET_MAX ||
        n > CAL_OFFSET_MAX) {
        return false;
    }
    *ret = (cal_zone)n;
    return true;
}

feel_value builtin_date_and_time_parts(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    static const char *const names[] = { "year", "month", "day", "hour", "minute", "second" };
    cal_zone zone = CAL_ZONE_NONE;
    cal_date date;
    cal_time time;
    if (count > 6 && args[6].kind == FEEL_NUMBER && !zone_from_hours(args[6].number, &zone)) {
        return bad_value(ev, "date and time", "hour offset", args[6]);
    }
    if (count > 6 && args[6].kind == FEEL_STRING && !zone_from_text(feel_str(args[6]), &zone)) {
        return bad_value(ev, "date and time", "timezone", args[6]);
    }
    int wrong = date_from_numbers(args, &date);
    if (wrong < 0) {
        wrong = time_from_numbers(args + 3, zone, &time);
        wrong = wrong < 0 ? wrong : wrong + 3;
    }
    if (wrong >= 0) {
        return bad_value(ev, "date and time", names[wrong], args[wrong]);
    }
    return of_date_time(cal_datetime_of(date, time));
}

/* The same instant in another zone; a local date and time is taken to be in that zone already. */
feel_value builtin_date_and_time_zone(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    cal_datetime t = args[0].date_time;
    cal_zone zone;
    if (!zone_from_text(feel_str(args[1]), &zone)) {
        return bad_value(ev, "date and time", "timezone", args[1]);
    }
    if (t.zone == CAL_ZONE_NONE) {
        t.zone = zone;
        return of_date_time(t);
    }
    if (!cal_datetime_from_utc(cal_utc_seconds(t), t.nano, zone, &t)) {
        return feel__fail(ev, FEEL_DIAG_OUT_OF_RANGE, "date and time", NULL, NULL);
    }
    return of_date_time(t);
}

feel_value builtin_duration(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    feel_value v;
    if (!duration_from_text(feel_str(args[0]), &v)) {
        return bad_value(ev, "duration", "from", args[0]);
    }
    return v;
}

/* Counts by days alone: from the last second of a day to the first of the same day a year later is a year. */
feel_value builtin_years_and_months_duration(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)ev;
    (void)count;
    cal_time midnight = { .zone = CAL_ZONE_NONE };
    int64_t months = cal_months_between(cal_datetime_of(date_of(args[0]), midnight),
                                        cal_datetime_of(date_of(args[1]), midnight));
    return (feel_value){ .kind = FEEL_MONTHS, .months = months };
}

/* ---- The instant ---- */

feel_value builtin_now(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)args;
    (void)count;
    cal_datetime t;
    if (!cal_datetime_from_utc(ev->env.instant, ev->env.nano, ev->env.zone, &t)) {
        return feel__fail(ev, FEEL_DIAG_OUT_OF_RANGE, "now", NULL, NULL);
    }
    return of_date_time(t);
}

feel_value builtin_today(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    feel_value now = builtin_now(ev, args, count);
    return now.kind == FEEL_NULL ? now : of_date(date_of(now));
}

/* ---- Parts of the calendar ---- */

feel_value builtin_day_of_year(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)ev;
    (void)count;
    return feel_number(dec_from_int(cal_day_of_year(date_of(args[0]))));
}

/* The names of days and months are part of the language and do not follow the reader's (10.3.4.8). */
feel_value builtin_day_of_week(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    static const char *const names[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                         "Friday", "Saturday", "Sunday" };
    (void)ev;
    (void)count;
    return feel_string(str_of(names[cal_weekday(date_of(args[0])) - 1]));
}

feel_value builtin_month_of_year(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    static const char *const names[] = { "January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December" };
    (void)ev;
    (void)count;
    return feel_string(str_of(names[date_of(args[0]).month - 1]));
}

feel_value builtin_week_of_year(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)ev;
    (void)count;
    return feel_number(dec_from_int(cal_week_of_year(date_of(args[0]))));
}

feel_value builtin_last_day_of_month(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)ev;
    (void)count;
    cal_date date = date_of(args[0]);
    date.day = (uint8_t)cal_days_in_month(date.year, date.month);
    return of_date(date);
}

/* ---- is() ---- */

static bool same(struct feel_eval *ev, feel_value a, feel_value b);

static bool same_values(struct feel_eval *ev, const feel_value *a, const feel_value *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!same(ev, a[i], b[i])) {
            return false;
        }
    }
    return true;
}

static bool same_context(struct feel_eval *ev, feel_value a, feel_value b)
{
    for (uint32_t i = 0; i < a.count; i++) {
        int64_t at = feel_shape_find(b.shape, a.shape->names[i]);
        if (at < 0 || !same(ev, a.values[i], b.values[at])) {
            return false;
        }
    }
    return true;
}

static bool same_range(struct feel_eval *ev, const struct feel_range *a, const struct feel_range *b)
{
    return a->start_included == b->start_included && a->end_included == b->end_included &&
           a->outside == b->outside && a->comparison == b->comparison &&
           same(ev, a->start, b->start) && same(ev, a->end, b->end);
}

static bool same_time(cal_time a, cal_time b)
{
    return a.hour == b.hour && a.minute == b.minute && a.second == b.second && a.nano == b.nano && a.zone == b.zone;
}

static bool same_day(cal_date a, cal_date b)
{
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

/* Whether a and b are the same element of the domain (10.3.4.8): 1.0 and 1 are, and so are P1D and PT24H, but a
 * time in a zone is only that time in that very zone. Depth: bounded by LIMIT_FEEL_VALUE_DEPTH, as all values. */
static bool same(struct feel_eval *ev, feel_value a, feel_value b)
{
    if (a.kind != b.kind || a.depth != b.depth || !feel__steps(ev, 1)) {
        return false;
    }
    assert(a.depth <= LIMIT_FEEL_VALUE_DEPTH);
    switch ((enum feel_kind)a.kind) {
    case FEEL_NULL:
        return true;
    case FEEL_BOOLEAN:
        return a.boolean == b.boolean;
    case FEEL_NUMBER:
        return dec_eq(a.number, b.number);
    case FEEL_STRING:
        return str_eq(feel_str(a), feel_str(b));
    case FEEL_DATE:
        return same_day(a.date, b.date);
    case FEEL_TIME:
        return same_time(a.time, b.time);
    case FEEL_DATE_TIME:
        return same_day(date_of(a), date_of(b)) &&
               same_time(cal_datetime_time(a.date_time), cal_datetime_time(b.date_time));
    case FEEL_SPAN:
        return cal_span_cmp(a.span, b.span) == 0;
    case FEEL_MONTHS:
        return a.months == b.months;
    case FEEL_LIST:
        return a.count == b.count && same_values(ev, a.items, b.items, a.count);
    case FEEL_CONTEXT:
        return a.count == b.count && same_context(ev, a, b);
    case FEEL_RANGE:
        return same_range(ev, a.range, b.range);
    case FEEL_FUNCTION:
        return feel__same_function(a.function, b.function);
    case FEEL_KINDS:
        break;
    }
    return false;
}

/* An argument that is left out is null, for either name; but one of the two must be there. */
feel_value builtin_is(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    if (count == 0) {
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_COUNT, "is", "2", "0");
    }
    return feel_boolean(same(ev, args[0], count > 1 ? args[1] : feel_null()));
}

/* ---- Working days ---- */

/* v; with a note when it rests on a year for which no list of days off is known. */
static feel_value noted(struct feel_eval *ev, const char *function, bool provisional, feel_value v)
{
    if (provisional) {
        (void)feel__fail(ev, FEEL_DIAG_PROVISIONAL_CALENDAR, function, NULL, NULL);
    }
    return v;
}

feel_value builtin_is_working_day(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    bool provisional = false;
    bool working = cal_is_working_day(ev->env.calendar, date_of(args[0]), &provisional);
    return noted(ev, "is working day", provisional, feel_boolean(working));
}

/* The time of day of a date and time does not matter: a period ends with the day. */
feel_value builtin_add_working_days(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    enum { DAYS_MAX = 100000 }; /* what cal_add_working_days accepts */
    (void)count;
    int64_t days;
    cal_date date;
    bool provisional = false;
    if (!dec_to_int(args[1].number, &days) || days < -DAYS_MAX || days > DAYS_MAX) {
        return bad_value(ev, "add working days", "days", args[1]);
    }
    if (!feel__steps(ev, (uint64_t)(days < 0 ? -days : days))) {
        return feel_null();
    }
    if (!cal_add_working_days(ev->env.calendar, date_of(args[0]), days, &date, &provisional)) {
        return feel__fail(ev, FEEL_DIAG_OUT_OF_RANGE, "add working days", NULL, NULL);
    }
    return noted(ev, "add working days", provisional, of_date(date));
}

feel_value builtin_working_days_between(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    enum { SPAN_MAX = 400 * 366 }; /* days; cal_working_days_between refuses more */
    (void)count;
    cal_date from = date_of(args[0]), to = date_of(args[1]);
    int64_t days = cal_days_from_date(to) - cal_days_from_date(from);
    int64_t working;
    bool provisional = false;
    days = days < 0 ? -days : days;
    if (days <= SPAN_MAX && !feel__steps(ev, (uint64_t)days)) {
        return feel_null();
    }
    if (!cal_working_days_between(ev->env.calendar, from, to, &working, &provisional)) {
        return bad_value(ev, "working days between", "to", args[1]);
    }
    return noted(ev, "working days between", provisional, feel_number(dec_from_int(working)));
}
