/* text: the lexical forms of XML Schema 1.1, with a `@Zone/Name` where an offset may stand.
 *
 * One value may be written in several ways; what is printed is the shortest, and reading it gives the value back.
 */
#include "cal/cal_int.h"

typedef unsigned __int128 u128;

/* What is left of a text. */
struct scan {
    const char *at, *end;
};

static struct scan scan_of(str text)
{
    const char *at = text.len == 0 ? "" : text.ptr;
    return (struct scan){ at, at + text.len };
}

static bool accept(struct scan *s, char c)
{
    bool there = s->at < s->end && *s->at == c;
    s->at += there;
    return there;
}

static bool at_digit(const struct scan *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

/* A number of `least` to `most` digits, at most 9; no further digit follows it. */
static bool read_number(struct scan *s, int least, int most, int32_t *ret)
{
    int32_t number = 0;
    int count = 0;
    for (; at_digit(s) && count < most; count++) {
        number = number * 10 + (*s->at++ - '0');
    }
    *ret = number;
    return count >= least && !at_digit(s);
}

/* The digits behind a point as nanoseconds; what is finer is dropped. Returns how many digits there were. */
static size_t read_fraction(struct scan *s, int32_t *ret)
{
    const char *from = s->at;
    int32_t nano = 0;
    for (int32_t unit = CAL__NANOS / 10; at_digit(s); unit /= 10) {
        nano += (*s->at++ - '0') * unit;
    }
    *ret = nano;
    return (size_t)(s->at - from);
}

/* ---- Dates and times ---- */

/* At least four digits, no more zeros in front than fill up four; "-0000" is not another year 0. */
static bool read_date(struct scan *s, cal_date *ret)
{
    bool negative = accept(s, '-');
    const char *first = s->at;
    int32_t year, month, day;
    if (!read_number(s, 4, 9, &year) || (s->at - first > 4 && *first == '0') || (negative && year == 0)) {
        return false;
    }
    year = negative ? -year : year;
    if (!accept(s, '-') || !read_number(s, 2, 2, &month) || !accept(s, '-') || !read_number(s, 2, 2, &day) ||
        !cal_date_valid(year, month, day)) {
        return false;
    }
    *ret = (cal_date){ .year = year, .month = (uint8_t)month, .day = (uint8_t)day };
    return true;
}

/* "hh:mm:ss" with `seconds_optional`, which is how an offset is written: "hh:mm" too. */
static bool read_clock(struct scan *s, bool seconds_optional, int32_t ret[3])
{
    ret[2] = 0;
    if (!read_number(s, 2, 2, &ret[0]) || !accept(s, ':') || !read_number(s, 2, 2, &ret[1])) {
        return false;
    }
    if (accept(s, ':') ? !read_number(s, 2, 2, &ret[2]) : !seconds_optional) {
        return false;
    }
    return ret[1] < 60 && ret[2] < 60;
}

/* The rest of the text: nothing, "Z", "+hh:mm", "+hh:mm:ss" or "@Zone/Name". */
static bool read_zone(struct scan *s, cal_zone *ret)
{
    if (s->at == s->end) {
        *ret = CAL_ZONE_NONE;
        return true;
    }
    if (accept(s, '@')) {
        return cal_zone_find((str){ s->at, (size_t)(s->end - s->at) }, ret);
    }
    int32_t clock[3] = { 0 };
    bool minus = accept(s, '-');
    if (!accept(s, 'Z') || minus) {
        if ((!minus && !accept(s, '+')) || !read_clock(s, true, clock)) {
            return false;
        }
    }
    int32_t offset = clock[0] * 3600 + clock[1] * 60 + clock[2];
    if (offset > CAL_OFFSET_MAX || s->at != s->end) {
        return false;
    }
    *ret = minus ? -offset : offset;
    return true;
}

/* The rest of the text. An hour of 24 stays as it is; nothing may follow it but zeros. */
static bool read_time(struct scan *s, cal_time *ret)
{
    int32_t clock[3], nano = 0;
    cal_zone zone;
    if (!read_clock(s, false, clock) || (accept(s, '.') && read_fraction(s, &nano) == 0) || !read_zone(s, &zone)) {
        return false;
    }
    if (clock[0] > 24 || (clock[0] == 24 && (clock[1] != 0 || clock[2] != 0 || nano != 0))) {
        return false;
    }
    *ret = (cal_time){ .nano = (uint32_t)nano,
                       .hour = (uint8_t)clock[0],
                       .minute = (uint8_t)clock[1],
                       .second = (uint8_t)clock[2],
                       .zone = zone };
    return true;
}

bool cal_parse_date(str text, cal_date *ret)
{
    struct scan s = scan_of(text);
    cal_date date;
    if (!read_date(&s, &date) || s.at != s.end) {
        return false;
    }
    *ret = date;
    return true;
}

bool cal_parse_time(str text, cal_time *ret)
{
    struct scan s = scan_of(text);
    if (!read_time(&s, ret)) {
        return false;
    }
    ret->hour %= 24;
    return true;
}

bool cal_parse_datetime(str text, cal_datetime *ret)
{
    struct scan s = scan_of(text);
    cal_date date;
    cal_time time;
    if (!read_date(&s, &date) || !accept(&s, 'T') || !read_time(&s, &time)) {
        return false;
    }
    if (time.hour == 24) {
        time.hour = 0;
        if (!cal_date_from_days(cal_days_from_date(date) + 1, &date)) {
            return false;
        }
    }
    *ret = cal_datetime_of(date, time);
    return true;
}

/* ---- Durations ---- */

/* One number with its letter, which must be one of `letters` that the earlier parts have left over. */
static bool read_part(struct scan *s, const char **letters, uint64_t *ret, int32_t *ret_nano, char *ret_letter)
{
    uint64_t number = 0;
    if (!at_digit(s)) {
        return false;
    }
    for (; at_digit(s); s->at++) {
        if (__builtin_mul_overflow(number, 10u, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*s->at - '0'), &number)) {
            return false;
        }
    }
    *ret_nano = 0;
    bool point = accept(s, '.');
    if (point) {
        read_fraction(s, ret_nano); /* "0." is a number here, as DMN's test cases have it */
    }
    const char *letter = s->at < s->end && *s->at != '\0' ? strchr(*letters, *s->at) : NULL;
    if (letter == NULL || (point && *letter != 'S')) {
        return false;
    }
    s->at++;
    *letters = letter + 1;
    *ret = number;
    *ret_letter = *letter;
    return true;
}

/* Nanoseconds of one part. The largest, 2^64 days, is below 2^111. */
static u128 part_nanos(uint64_t number, int32_t nano, char letter)
{
    uint32_t seconds = letter == 'D' ? CAL__DAY : letter == 'H' ? 3600 : letter == 'M' ? 60 : 1;
    return (u128)number * seconds * CAL__NANOS + (uint32_t)nano;
}

bool cal_parse_span(str text, cal_span *ret)
{
    struct scan s = scan_of(text);
    bool negative = accept(&s, '-');
    const char *day_letter = "D", *letters = "HMS";
    uint64_t number;
    int32_t nano;
    char letter;
    u128 nanos = 0;
    if (!accept(&s, 'P') || s.at == s.end) {
        return false;
    }
    if (at_digit(&s)) {
        if (!read_part(&s, &day_letter, &number, &nano, &letter)) {
            return false;
        }
        nanos = part_nanos(number, nano, letter);
    }
    if (accept(&s, 'T')) {
        do {
            if (!read_part(&s, &letters, &number, &nano, &letter)) {
                return false;
            }
            nanos += part_nanos(number, nano, letter);
        } while (s.at != s.end);
    }
    return s.at == s.end && cal_span_from_nanos(negative ? -(__int128)nanos : (__int128)nanos, ret);
}

bool cal_parse_months(str text, int64_t *ret)
{
    struct scan s = scan_of(text);
    bool negative = accept(&s, '-');
    const char *letters = "YM";
    __int128 months = 0;
    if (!accept(&s, 'P')) {
        return false;
    }
    do {
        uint64_t number;
        int32_t nano;
        char letter;
        if (!read_part(&s, &letters, &number, &nano, &letter)) {
            return false;
        }
        months += (__int128)number * (letter == 'Y' ? 12 : 1);
    } while (s.at != s.end);
    months = negative ? -months : months;
    if (months < INT64_MIN || months > INT64_MAX) {
        return false;
    }
    *ret = (int64_t)months;
    return true;
}

/* ---- Printing ---- */

/* A piece of output of known greatest length; it goes to the buffer in one step. */
struct piece {
    char text[80];
    size_t len;
};

static void put(struct piece *p, char c)
{
    assert(p->len < sizeof p->text);
    p->text[p->len++] = c;
}

/* With zeros in front up to `width`. */
static void put_number(struct piece *p, uint64_t number, int width)
{
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    for (int i = count; i < width; i++) {
        put(p, '0');
    }
    while (count > 0) {
        put(p, digits[--count]);
    }
}

/* ".5"; nothing for 0. */
static void put_fraction(struct piece *p, uint32_t nano)
{
    if (nano == 0) {
        return;
    }
    put(p, '.');
    put_number(p, nano, 9);
    while (p->text[p->len - 1] == '0') {
        p->len--;
    }
}

static void put_date(struct piece *p, cal_date d)
{
    assert(cal_date_valid(d.year, d.month, d.day));
    if (d.year < 0) {
        put(p, '-');
    }
    put_number(p, (uint64_t)(d.year < 0 ? -(int64_t)d.year : d.year), 4);
    put(p, '-');
    put_number(p, d.month, 2);
    put(p, '-');
    put_number(p, d.day, 2);
}

static void put_clock(struct piece *p, uint32_t hour, uint32_t minute, uint32_t second, bool seconds_optional)
{
    put_number(p, hour, 2);
    put(p, ':');
    put_number(p, minute, 2);
    if (second != 0 || !seconds_optional) {
        put(p, ':');
        put_number(p, second, 2);
    }
}

static void put_offset(struct piece *p, cal_zone zone)
{
    if (zone == 0) {
        put(p, 'Z');
        return;
    }
    assert(zone >= -CAL_OFFSET_MAX && zone <= CAL_OFFSET_MAX);
    uint32_t seconds = (uint32_t)(zone < 0 ? -zone : zone);
    put(p, zone < 0 ? '-' : '+');
    put_clock(p, seconds / 3600, seconds / 60 % 60, seconds % 60, true);
}

static void print_time(struct piece *p, cal_time t, struct buf *out)
{
    put_clock(p, t.hour, t.minute, t.second, false);
    put_fraction(p, t.nano);
    bool iana = t.zone >= CAL_ZONE_IANA;
    if (iana) {
        put(p, '@');
    } else if (t.zone != CAL_ZONE_NONE) {
        put_offset(p, t.zone);
    }
    buf_add(out, (str){ p->text, p->len });
    if (iana) {
        buf_add(out, cal_zone_name(t.zone));
    }
}

void cal_print_date(cal_date d, struct buf *out)
{
    struct piece p = { .len = 0 };
    put_date(&p, d);
    buf_add(out, (str){ p.text, p.len });
}

str cal_date_text(struct arena *a, cal_date d)
{
    struct piece p = { .len = 0 };
    put_date(&p, d);
    return arena_str(a, (str){ p.text, p.len });
}

void cal_print_time(cal_time t, struct buf *out)
{
    struct piece p = { .len = 0 };
    print_time(&p, t, out);
}

void cal_print_datetime(cal_datetime t, struct buf *out)
{
    struct piece p = { .len = 0 };
    put_date(&p, cal_datetime_date(t));
    put(&p, 'T');
    print_time(&p, cal_datetime_time(t), out);
}

/* "1Y"; nothing for 0. */
static void put_part(struct piece *p, uint64_t number, char letter)
{
    if (number != 0) {
        put_number(p, number, 1);
        put(p, letter);
    }
}

void cal_print_span(cal_span s, struct buf *out)
{
    struct piece p = { .len = 0 };
    assert(s.nano >= 0 && s.nano < CAL__NANOS);
    uint64_t seconds = (uint64_t)s.seconds;
    uint32_t nano = (uint32_t)s.nano;
    if (s.seconds < 0) {
        put(&p, '-');
        seconds = nano > 0 ? ~seconds : -seconds;
        nano = nano > 0 ? CAL__NANOS - nano : 0;
    }
    put(&p, 'P');
    put_part(&p, seconds / CAL__DAY, 'D');
    uint64_t rest = seconds % CAL__DAY;
    if (rest != 0 || nano != 0 || seconds == 0) {
        put(&p, 'T');
        put_part(&p, rest / 3600, 'H');
        put_part(&p, rest / 60 % 60, 'M');
        if (rest % 60 != 0 || nano != 0 || seconds == 0) {
            put_number(&p, rest % 60, 1);
            put_fraction(&p, nano);
            put(&p, 'S');
        }
    }
    buf_add(out, (str){ p.text, p.len });
}

void cal_print_months(int64_t months, struct buf *out)
{
    struct piece p = { .len = 0 };
    uint64_t size = months < 0 ? -(uint64_t)months : (uint64_t)months;
    if (months < 0) {
        put(&p, '-');
    }
    put(&p, 'P');
    put_part(&p, size / 12, 'Y');
    if (size % 12 != 0 || size == 0) {
        put_number(&p, size % 12, 1);
        put(&p, 'M');
    }
    buf_add(out, (str){ p.text, p.len });
}
