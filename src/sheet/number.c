/* number: digits of workbooks, and dates of them. See sheet_int.h.
 *
 * A workbook stores what a double is nearest to, with up to 17 digits: 0.1 as 0.10000000000000001. A spreadsheet shows
 * 15 of them, and so do we: all that people typed comes back as they typed it, as long as it had 15 digits at most.
 */
#include "sheet/sheet_int.h"

#include "cal/cal.h"

enum {
    SHOWN = 15,            /* digits that a spreadsheet keeps of what is typed in */
    PLAIN = 40,            /* digits that are written without an exponent */
    GENERAL_EXPONENT = 11, /* more digits in front of the point are shown with an exponent in the format General */
    MAX_POWER = 400,       /* of ten, and length of a number: doubles end below */
    EPOCH = 25569,         /* the serial of 1970-01-01 */
    EPOCH_1904 = 24107,
    FALSE_LEAP_DAY = 60,   /* 1900-02-29, which spreadsheets have and calendars have not */
    LAST_SERIAL = 2958465, /* 9999-12-31 */
    DAY_SECONDS = 86400,
};

#define FRACTION INT64_C(1000000000000) /* a day in units of the fraction that is read: twelve digits */

/* ---- Reading ---- */

/* Adds a digit behind; those after the 16th only say that the 16th rounds up, which its own value does already. */
static void add_digit(struct sheet__decimal *d, char digit, uint32_t *kept)
{
    d->rounded = d->rounded || (*kept >= SHOWN && digit != '0');
    if (*kept < SHOWN + 1) {
        d->digits[(*kept)++] = digit;
    }
}

static void round_up(struct sheet__decimal *d)
{
    while (d->count > 0 && d->digits[d->count - 1] == '9') {
        d->count--;
    }
    if (d->count > 0) {
        d->digits[d->count - 1]++;
    } else {
        d->digits[d->count++] = '1';
        d->point++;
    }
}

static void finish(struct sheet__decimal *d, uint32_t kept)
{
    d->count = kept < SHOWN ? kept : SHOWN;
    if (kept > SHOWN && d->digits[SHOWN] >= '5') {
        round_up(d);
    }
    while (d->count > 0 && d->digits[d->count - 1] == '0') {
        d->count--;
    }
    if (d->count == 0) {
        *d = (struct sheet__decimal){ .count = 0 };
    }
}

/* The exponent after E; false when it is none or too large. */
static bool read_power(const char *p, const char *end, int32_t *ret)
{
    bool negative = p < end && *p == '-';
    int32_t n = 0;
    p += p < end && (*p == '-' || *p == '+');
    if (p == end) {
        return false;
    }
    for (; p < end; p++) {
        if (*p < '0' || *p > '9' || n > MAX_POWER) {
            return false;
        }
        n = n * 10 + (*p - '0');
    }
    *ret = negative ? -n : n;
    return n <= MAX_POWER;
}

bool sheet__parse_number(str text, struct sheet__decimal *ret)
{
    struct sheet__decimal d = { .count = 0 };
    const char *p = text.ptr, *end = text.ptr + text.len;
    uint32_t kept = 0;
    bool digit = false, point = false;
    int32_t power = 0;
    if (text.len > MAX_POWER) {
        return false;
    }
    d.negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    for (; p < end && ((*p >= '0' && *p <= '9') || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        digit = true;
        if (kept > 0 || *p != '0') {
            add_digit(&d, *p, &kept);
            d.point += !point;
        } else {
            d.point -= point;
        }
    }
    if (!digit || (p < end && ((*p != 'E' && *p != 'e') || !read_power(p + 1, end, &power)))) {
        return false;
    }
    d.point += power;
    finish(&d, kept);
    *ret = d;
    return true;
}

bool sheet__is_imprecise(const struct sheet__decimal *d, enum sheet__format format)
{
    return d->count >= SHOWN || d->point > SHOWN || (d->count > 0 && format == SHEET__EXPONENT) ||
           (d->point > GENERAL_EXPONENT && format == SHEET__GENERAL);
}

/* ---- Printing ---- */

static void put_zeros(struct buf *out, int32_t count)
{
    for (; count > 0; count--) {
        buf_addc(out, '0');
    }
}

void sheet__print_number(const struct sheet__decimal *d, struct buf *out)
{
    str digits = { d->digits, d->count };
    int32_t count = (int32_t)d->count;
    if (count == 0) {
        buf_addc(out, '0');
        return;
    }
    if (d->negative) {
        buf_addc(out, '-');
    }
    if (d->point > PLAIN || d->point < -PLAIN) {
        buf_addc(out, digits.ptr[0]);
        if (count > 1) {
            buf_addc(out, '.');
            buf_add(out, str_slice(digits, 1, digits.len));
        }
        buf_printf(out, "E%+d", d->point - 1);
    } else if (d->point <= 0) {
        buf_addz(out, "0.");
        put_zeros(out, -d->point);
        buf_add(out, digits);
    } else if (d->point >= count) {
        buf_add(out, digits);
        put_zeros(out, d->point - count);
    } else {
        buf_add(out, str_slice(digits, 0, (size_t)d->point));
        buf_addc(out, '.');
        buf_add(out, str_slice(digits, (size_t)d->point, digits.len));
    }
}

/* ---- Dates ---- */

/* The digit at ten to the power `power`. */
static int digit_at(const struct sheet__decimal *d, int32_t power)
{
    int32_t index = d->point - 1 - power;
    return index >= 0 && index < (int32_t)d->count ? d->digits[index] - '0' : 0;
}

/* Days and seconds, rounded to whole seconds; false for what no date can be. */
static bool split_serial(const struct sheet__decimal *d, int64_t *ret_days, int64_t *ret_seconds)
{
    int64_t days = 0, fraction = 0;
    if (d->negative || d->point > 7) {
        return false;
    }
    for (int32_t power = 6; power >= 0; power--) {
        days = days * 10 + digit_at(d, power);
    }
    for (int32_t power = -1; power >= -12; power--) {
        fraction = fraction * 10 + digit_at(d, power);
    }
    int64_t seconds = (fraction * DAY_SECONDS + FRACTION / 2) / FRACTION;
    *ret_days = days + seconds / DAY_SECONDS;
    *ret_seconds = seconds % DAY_SECONDS;
    return true;
}

/* The days since 1970 of a serial; false for the day that never was, and beyond the year 9999. */
static bool to_days(int64_t serial, bool from_1904, int64_t *ret)
{
    int64_t days = from_1904 ? serial - EPOCH_1904 : serial - EPOCH + (serial < FALSE_LEAP_DAY);
    bool first = from_1904 || (serial >= 1 && serial != FALSE_LEAP_DAY);
    *ret = days;
    return first && days <= LAST_SERIAL - EPOCH;
}

static void put_clock(int64_t seconds, struct buf *out)
{
    buf_printf(out, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
}

enum table_kind sheet__print_serial(const struct sheet__decimal *d, enum sheet__format format, bool from_1904,
                                    struct buf *out)
{
    int64_t serial, seconds, days;
    cal_date date;
    if (format == SHEET__ELAPSED || !split_serial(d, &serial, &seconds)) {
        return TABLE_EMPTY;
    }
    if (format == SHEET__TIME && serial == 0) {
        put_clock(seconds, out);
        return TABLE_TIME;
    }
    if (!to_days(serial, from_1904, &days) || !cal_date_from_days(days, &date)) {
        return TABLE_EMPTY;
    }
    cal_print_date(date, out);
    if (format == SHEET__DATE && seconds == 0) {
        return TABLE_DATE;
    }
    buf_addc(out, 'T');
    put_clock(seconds, out);
    return TABLE_DATE_TIME;
}

/* hh:mm:ss as seconds, or -1. */
static int64_t parse_clock(str text)
{
    cal_time time;
    if (text.len != 8 || !cal_parse_time(text, &time)) {
        return -1;
    }
    int parts[3];
    for (size_t i = 0; i < 3; i++) {
        parts[i] = (text.ptr[3 * i] - '0') * 10 + (text.ptr[3 * i + 1] - '0');
    }
    return parts[0] * 3600 + parts[1] * 60 + parts[2];
}

/* The fraction of a day with twelve digits, of which the serial of whole seconds is read back exactly. */
static void put_serial(int64_t days, int64_t seconds, struct buf *out)
{
    buf_printf(out, "%lld", (long long)days);
    if (seconds > 0) {
        buf_printf(out, ".%012lld", (long long)((seconds * FRACTION + DAY_SECONDS / 2) / DAY_SECONDS));
    }
}

bool sheet__serial(str text, struct buf *out)
{
    cal_date date;
    int64_t seconds = parse_clock(text);
    if (seconds >= 0) {
        put_serial(0, seconds, out);
        return true;
    }
    if (text.len < 10 || !cal_parse_date(str_slice(text, 0, 10), &date)) {
        return false;
    }
    seconds = text.len == 10 ? 0 : text.ptr[10] == 'T' ? parse_clock(str_slice(text, 11, text.len)) : -1;
    int64_t serial = cal_days_from_date(date) + EPOCH;
    if (seconds < 0 || serial <= FALSE_LEAP_DAY || serial > LAST_SERIAL) {
        return false;
    }
    put_serial(serial, seconds, out);
    return true;
}
