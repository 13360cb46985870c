/* key: scalar values as bytes whose order is the order of the values, for indexes.
 *
 * A byte for the kind, then what makes the value. Whatever feel_compare can order within a kind, memcmp orders the same
 * way, and what is equal has the same bytes: 1.10 and 1.1, 10:00:00+08:00 and 02:00:00Z. Values that FEEL cannot
 * compare (local and zoned times) stand in groups of their own, so a range of one group is a range of bytes. No key is
 * the beginning of another one: keys may be put one behind the other.
 *
 *   null         05
 *   boolean      10 | 11
 *   number       20, sign (00 negative, 01 zero, 02 positive), exponent (16 bits), pairs of digits + 1, 00; after the
 *                sign of a negative number all bits are turned
 *   string       30, bytes with 00 as 00 FF, end 00 00
 *   date         40, days since 1970
 *   time         50 local | 51 with an offset | 52 of a zone that needs the day, its name; seconds
 *   date-time    60 local | 61 of an instant; seconds
 *   span         70, seconds, nanoseconds
 *   months       80, months
 *
 * Whole numbers stand with the highest byte first and their sign turned. FEEL compares times to the second.
 */
#include "feel/feel_int.h"

enum {
    KEY_NULL = 0x05, KEY_FALSE = 0x10, KEY_TRUE = 0x11, KEY_NUMBER = 0x20, KEY_STRING = 0x30, KEY_DATE = 0x40,
    KEY_TIME_LOCAL = 0x50, KEY_TIME_OFFSET = 0x51, KEY_TIME_ZONE = 0x52, KEY_INSTANT_LOCAL = 0x60,
    KEY_INSTANT = 0x61, KEY_SPAN = 0x70, KEY_MONTHS = 0x80,
};

enum { SIGN_NEGATIVE, SIGN_ZERO, SIGN_POSITIVE };

/* Past the largest negative exponent of a number of one digit. */
enum { EXPONENT_BIAS = 8192 };

static void add_int(struct buf *out, int64_t n, int bytes)
{
    uint64_t turned = (uint64_t)n ^ (uint64_t)1 << (8 * bytes - 1);
    for (int i = bytes - 1; i >= 0; i--) {
        buf_addc(out, (char)(turned >> (8 * i) & 0xFF));
    }
}

static void add_string(struct buf *out, str s)
{
    while (s.len > 0) {
        const char *zero = memchr(s.ptr, '\0', s.len);
        size_t plain = zero == NULL ? s.len : (size_t)(zero - s.ptr);
        buf_add(out, str_slice(s, 0, plain));
        s = str_slice(s, plain, s.len);
        if (s.len > 0) {
            buf_add(out, (str){ "\0\xFF", 2 });
            s = str_slice(s, 1, s.len);
        }
    }
    buf_add(out, (str){ "\0\0", 2 });
}

/* Digits without zeros at the end, the first first; returns how many. `all`: with the zeros. */
static int digits_of(unsigned __int128 coefficient, uint8_t digits[DEC_DIGITS + 1], int *all)
{
    uint8_t turned[DEC_DIGITS + 1];
    int count = 0;
    while (coefficient > 0) {
        turned[count++] = (uint8_t)(coefficient % 10);
        coefficient /= 10;
    }
    int zeros = 0;
    while (zeros < count && turned[zeros] == 0) {
        zeros++;
    }
    for (int i = zeros; i < count; i++) {
        digits[count - 1 - i] = turned[i];
    }
    *all = count;
    return count - zeros;
}

static void add_number(struct buf *out, dec n)
{
    struct dec_parts p = dec_parts(n);
    if (p.coefficient == 0) {
        buf_addc(out, SIGN_ZERO);
        return;
    }
    uint8_t digits[DEC_DIGITS + 1] = { 0 }; /* pairs: one zero behind the last */
    int all;
    int count = digits_of(p.coefficient, digits, &all);
    int exponent = p.exponent + all + EXPONENT_BIAS;
    uint8_t turn = p.negative ? 0xFF : 0;
    buf_addc(out, p.negative ? SIGN_NEGATIVE : SIGN_POSITIVE);
    buf_addc(out, (char)((uint8_t)(exponent >> 8) ^ turn));
    buf_addc(out, (char)((uint8_t)(exponent & 0xFF) ^ turn));
    for (int i = 0; i < count; i += 2) {
        buf_addc(out, (char)((uint8_t)(digits[i] * 10 + digits[i + 1] + 1) ^ turn));
    }
    buf_addc(out, (char)turn);
}

static void add_time(struct buf *out, cal_time t)
{
    int32_t offset, seconds = t.hour * 3600 + t.minute * 60 + t.second;
    if (t.zone == CAL_ZONE_NONE) {
        buf_addc(out, KEY_TIME_LOCAL);
    } else if (cal_time_offset(t, &offset)) {
        buf_addc(out, KEY_TIME_OFFSET);
        seconds -= offset;
    } else {
        buf_addc(out, KEY_TIME_ZONE);
        add_string(out, cal_zone_name(t.zone));
    }
    add_int(out, seconds, 4);
}

static void add_date_time(struct buf *out, cal_datetime t)
{
    bool local = t.zone == CAL_ZONE_NONE;
    buf_addc(out, (char)(local ? KEY_INSTANT_LOCAL : KEY_INSTANT));
    add_int(out, local ? cal_wall_seconds(t) : cal_utc_seconds(t), 8);
}

bool feel_key_write(feel_value v, struct buf *out)
{
    switch ((enum feel_kind)v.kind) {
    case FEEL_NULL: buf_addc(out, KEY_NULL); return true;
    case FEEL_BOOLEAN: buf_addc(out, v.boolean ? KEY_TRUE : KEY_FALSE); return true;
    case FEEL_NUMBER:
        buf_addc(out, KEY_NUMBER);
        add_number(out, v.number);
        return true;
    case FEEL_STRING:
        buf_addc(out, KEY_STRING);
        add_string(out, feel_str(v));
        return true;
    case FEEL_DATE:
        buf_addc(out, KEY_DATE);
        add_int(out, cal_days_from_date(v.date), 8);
        return true;
    case FEEL_TIME: add_time(out, v.time); return true;
    case FEEL_DATE_TIME: add_date_time(out, v.date_time); return true;
    case FEEL_SPAN:
        buf_addc(out, KEY_SPAN);
        add_int(out, v.span.seconds, 8);
        add_int(out, v.span.nano, 5);
        return true;
    case FEEL_MONTHS:
        buf_addc(out, (char)KEY_MONTHS);
        add_int(out, v.months, 8);
        return true;
    case FEEL_LIST: case FEEL_CONTEXT: case FEEL_RANGE: case FEEL_FUNCTION: case FEEL_KINDS: break;
    }
    return false;
}
