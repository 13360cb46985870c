/* example: a value between two others, for people to read: 17.5, not 17.4999. */
#include "dmn/check_int.h"

/* ---- Numbers ---- */

/* The next whole number below (from above) or above (from below) a bound. */
static bool next_whole(dec bound, bool below, dec *ret)
{
    dec whole;
    if (!dec_round(bound, 0, below ? DEC_CEILING : DEC_FLOOR, &whole)) {
        return false;
    }
    return below ? dec_sub(whole, DEC_SMALL(1), ret) : dec_add(whole, DEC_SMALL(1), ret);
}

enum { PLAIN_SCALE = 12 }; /* digits after the point that are worth trying */

static bool number_between(const feel_value *low, const feel_value *high, feel_value *ret)
{
    dec d = DEC_SMALL(1);
    bool fine = true;
    if (low != NULL && high != NULL) {
        dec width, middle = DEC_SMALL(0);
        fine = dec_sub(high->number, low->number, &width) && dec_div(width, DEC_SMALL(2), &width) &&
               dec_add(low->number, width, &middle);
        d = middle;
        for (int scale = 0; fine && scale <= PLAIN_SCALE; scale++) {
            dec rounded;
            if (dec_round(middle, scale, DEC_HALF_EVEN, &rounded) && dec_cmp(low->number, rounded) < 0 &&
                dec_cmp(rounded, high->number) < 0) {
                d = rounded;
                break;
            }
        }
    } else if (low != NULL || high != NULL) {
        fine = next_whole(low != NULL ? low->number : high->number, low == NULL, &d);
    }
    *ret = feel_number(d);
    return fine;
}

/* ---- Strings ---- */

static str joined(struct arena *a, str base, const char *addition)
{
    size_t more = strlen(addition);
    char *text = arena_alloc(a, base.len + more + 1);
    memcpy(text, base.ptr, base.len);
    memcpy(text + base.len, addition, more + 1);
    return (str){ text, base.len + more };
}

/* What comes after `low` at once is `low` with more behind it; the smaller the addition, the nearer. */
static bool string_between(struct arena *a, const feel_value *low, const feel_value *high, str other, feel_value *ret)
{
    static const char *const additions[] = { "z", "a", "0", " ", "\x01" };
    str candidates[2 + sizeof additions / sizeof additions[0]] = { other, STR("") };
    uint32_t count = 2;
    for (size_t i = 0; i < sizeof additions / sizeof additions[0]; i++) {
        candidates[count++] = joined(a, low == NULL ? STR("") : feel_str(*low), additions[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        if ((low == NULL || str_cmp(feel_str(*low), candidates[i]) < 0) &&
            (high == NULL || str_cmp(candidates[i], feel_str(*high)) < 0)) {
            *ret = feel_string(candidates[i]);
            return true;
        }
    }
    return false;
}

/* ---- Dates, times and durations: whole numbers of some unit ---- */

/* Months, days, seconds or nanoseconds; date-times of any zones are in one order. */
static __int128 ordinal(feel_value v)
{
    switch (v.kind) {
    case FEEL_DATE: return cal_days_from_date(v.date);
    case FEEL_TIME: return (v.time.hour * 60 + v.time.minute) * 60 + v.time.second;
    case FEEL_DATE_TIME: return cal_utc_seconds(v.date_time);
    case FEEL_SPAN: return cal_span_nanos(v.span);
    default: assert(v.kind == FEEL_MONTHS); return v.months;
    }
}

static bool date_time_from(int64_t seconds, cal_zone zone, cal_datetime *ret)
{
    if (!cal_datetime_from_utc(seconds, 0, zone == CAL_ZONE_NONE ? 0 : zone, ret)) {
        return false;
    }
    ret->zone = zone;
    return true;
}

static bool time_from(__int128 second, cal_zone zone, cal_time *ret)
{
    if (second < 0 || second >= 86400) {
        return false;
    }
    *ret = cal_time_add_span((cal_time){ .zone = zone }, (cal_span){ .seconds = (int64_t)second });
    return true;
}

/* The value of an ordinal, in the zone of `like`. */
static bool from_ordinal(__int128 n, feel_value like, feel_value *ret)
{
    *ret = (feel_value){ .kind = like.kind };
    if (like.kind == FEEL_SPAN) {
        return cal_span_from_nanos(n, &ret->span);
    }
    if (n <= INT64_MIN || n > INT64_MAX) {
        return false;
    }
    switch (like.kind) {
    case FEEL_DATE: return cal_date_from_days((int64_t)n, &ret->date);
    case FEEL_TIME: return time_from(n, like.time.zone, &ret->time);
    case FEEL_DATE_TIME: return date_time_from((int64_t)n, like.date_time.zone, &ret->date_time);
    default: ret->months = (int64_t)n; return true;
    }
}

static bool lies_between(feel_value v, const feel_value *low, const feel_value *high)
{
    int order;
    return (low == NULL || (feel_compare(*low, v, &order) && order < 0)) &&
           (high == NULL || (feel_compare(v, *high, &order) && order < 0));
}

static __int128 floor_to(__int128 n, int64_t unit)
{
    __int128 rest = n % unit;
    return n - (rest < 0 ? rest + unit : rest);
}

/* The units that are tried, from the roundest. */
static const int64_t *units_of(uint8_t kind)
{
    static const int64_t one[] = { 1, 0 }, months[] = { 12, 1, 0 }, seconds[] = { 86400, 3600, 60, 1, 0 },
                         nanos[] = { 86400000000000, 3600000000000, 60000000000, 1000000000, 1, 0 };
    switch (kind) {
    case FEEL_MONTHS: return months;
    case FEEL_TIME: return seconds + 1;
    case FEEL_DATE_TIME: return seconds;
    case FEEL_SPAN: return nanos;
    default: return one;
    }
}

/* A time that comes before or after all of its own zone: midnight of a zone far away. */
static bool far_time(feel_value like, bool before, feel_value *ret)
{
    int32_t offset;
    if (like.kind != FEEL_TIME || !cal_time_offset(like.time, &offset)) {
        return false;
    }
    *ret = (feel_value){ .kind = FEEL_TIME, .time = { .zone = before ? CAL_OFFSET_MAX : -CAL_OFFSET_MAX } };
    if (!before) {
        ret->time.hour = 23;
        ret->time.minute = ret->time.second = 59;
    }
    return true;
}

static bool whole_between(const feel_value *low, const feel_value *high, feel_value *ret)
{
    feel_value like = low != NULL ? *low : *high, v;
    for (const int64_t *unit = units_of(like.kind); *unit != 0; unit++) {
        __int128 n;
        if (low == NULL) {
            n = -floor_to(-ordinal(*high), *unit) - *unit; /* the last unit before it */
        } else if (high == NULL) {
            n = floor_to(ordinal(*low), *unit) + *unit;
        } else {
            n = floor_to((ordinal(*low) + ordinal(*high)) / 2, *unit);
            n = n <= ordinal(*low) ? n + *unit : n;
        }
        if (from_ordinal(n, like, &v) && lies_between(v, low, high)) {
            *ret = v;
            return true;
        }
    }
    if ((low == NULL || high == NULL) && far_time(like, low == NULL, &v) && lies_between(v, low, high)) {
        *ret = v;
        return true;
    }
    return false;
}

/* Where there is no bound to go by. */
static feel_value plain_value(enum feel_kind kind)
{
    feel_value v = { .kind = (uint8_t)kind };
    cal_date date = { 2026, 1, 1 };
    cal_time noon = { .hour = 12, .zone = CAL_ZONE_NONE };
    switch (kind) {
    case FEEL_DATE: v.date = date; break;
    case FEEL_TIME: v.time = noon; break;
    case FEEL_DATE_TIME: v.date_time = cal_datetime_of(date, noon); break;
    case FEEL_SPAN: v.span = (cal_span){ .seconds = 86400 }; break;
    default: v.months = 12; break;
    }
    return v;
}

bool dmn__between(struct arena *a, enum feel_kind kind, const feel_value *low, const feel_value *high, str other,
                  feel_value *ret)
{
    feel_value v;
    bool fine;
    if (kind == FEEL_NUMBER) {
        fine = number_between(low, high, &v);
    } else if (kind == FEEL_STRING) {
        fine = string_between(a, low, high, other, &v);
    } else if (low == NULL && high == NULL) {
        v = plain_value(kind);
        fine = true;
    } else {
        fine = whole_between(low, high, &v);
    }
    if (fine && lies_between(v, low, high)) {
        *ret = v;
        return true;
    }
    return false;
}
