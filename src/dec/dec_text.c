/* dec_text: numbers from and to text; see dec.h. Never through a binary float. */
#include "dec/dec_int.h"

/* What a text has said so far: coefficient * 10^exponent, a little more when digits beyond were dropped. */
struct reading {
    u128 coefficient;
    int kept;         /* digits of the coefficient */
    int64_t exponent; /* bounded by the length of the text */
    bool more;
    bool any; /* at least one digit was there */
};

/* Three more than 34, so that one rounding sees what it needs. */
enum { KEPT_MAX = DEC_DIGITS + 3 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *read_digits(struct reading *r, const char *p, const char *end, bool after_point)
{
    for (; p < end && is_digit(*p); p++) {
        unsigned digit = (unsigned)(*p - '0');
        r->any = true;
        if (r->kept < KEPT_MAX) {
            r->coefficient = r->coefficient * 10 + digit;
            r->kept += r->coefficient != 0;
            r->exponent -= after_point;
        } else {
            r->more |= digit != 0;
            r->exponent += !after_point;
        }
    }
    return p;
}

/* "e-3": adds to the exponent. NULL when it is not one. */
static const char *read_exponent(struct reading *r, const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    if (p == end || !is_digit(*p)) {
        return NULL;
    }
    int64_t exponent = 0;
    for (; p < end && is_digit(*p); p++) {
        /* Beyond any text's length it makes no difference. */
        exponent = exponent < INT64_C(100000000000000) ? exponent * 10 + (*p - '0') : exponent;
    }
    r->exponent += negative ? -exponent : exponent;
    return p;
}

static bool parse_general(const char *p, const char *end, bool negative, dec *ret)
{
    struct reading r = { 0 };
    p = read_digits(&r, p, end, false);
    if (p < end && *p == '.') {
        p++;
        if (p == end || !is_digit(*p)) {
            return false;
        }
        p = read_digits(&r, p, end, true);
    }
    if (r.any && p < end && (*p == 'e' || *p == 'E')) {
        p = read_exponent(&r, p + 1, end);
    }
    if (!r.any || p != end) {
        return false;
    }
    return dec__finish(negative, r.coefficient, r.exponent, r.more, ret);
}

bool dec_parse(str text, dec *ret)
{
    if (text.len == 0) {
        return false;
    }
    const char *p = text.ptr, *end = p + text.len;
    bool negative = *p == '-';
    p += negative;
    if (end - p > 20) {
        return parse_general(p, end, negative, ret);
    }
    /* At most 19 digits fit 64 bits; the text may have a point besides. */
    uint64_t n = 0;
    const char *q = p, *point = NULL;
    for (; q < end; q++) {
        if (is_digit(*q)) {
            n = n * 10 + (uint64_t)(*q - '0');
        } else if (*q == '.' && point == NULL) {
            point = q;
        } else {
            break;
        }
    }
    int places = point == NULL ? 0 : (int)(end - point) - 1;
    if (q < end || end - p - (point != NULL) > 19 || end - p == 0 || (point != NULL && places == 0)) {
        return parse_general(p, end, negative, ret);
    }
    *ret = dec__pack(negative, n, -places);
    return true;
}

/* The digits of n at the end of a buffer that ends before `end`; returns where they begin. */
static char *digits_before(char *end, uint64_t n)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                                "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    for (; n >= 100; n /= 100) {
        end -= 2;
        memcpy(end, pairs + n % 100 * 2, 2);
    }
    if (n >= 10) {
        end -= 2;
        memcpy(end, pairs + n * 2, 2);
    } else {
        *--end = (char)('0' + n);
    }
    return end;
}

/* As above for up to 34 digits, "0" for 0. */
static char *coefficient_before(char *end, u128 n)
{
    if (n <= UINT64_MAX) {
        return digits_before(end, (uint64_t)n);
    }
    char *low = digits_before(end, (uint64_t)(n % dec__power10[17]));
    while (low > end - 17) {
        *--low = '0';
    }
    return digits_before(low, (uint64_t)(n / dec__power10[17]));
}

static void add_zeros(struct buf *out, int count)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    for (int chunk; count > 0; count -= chunk) {
        chunk = count < (int)sizeof(zeros) - 1 ? count : (int)sizeof(zeros) - 1;
        buf_add(out, (str){ zeros, (size_t)chunk });
    }
}

void dec_print(dec d, struct buf *out)
{
    char text[1 + DEC_DIGITS + 1]; /* sign, digits and a point between them */
    char *end = text + sizeof(text);
    u128 coefficient = dec__coefficient(d);
    int exponent = dec__exponent(d);
    assert(coefficient < DEC_COEFFICIENT_END);
    char *p = coefficient_before(end, coefficient);
    int digits = (int)(end - p);
    if (exponent < 0 && -exponent < digits) {
        /* The digits before the point move one place to the left. */
        memmove(p - 1, p, (size_t)(digits + exponent));
        p--;
        end[exponent - 1] = '.';
    } else if (exponent < 0) {
        buf_addz(out, dec_is_negative(d) ? "-0." : "0.");
        add_zeros(out, -exponent - digits);
        buf_add(out, (str){ p, (size_t)digits });
        return;
    }
    if (dec_is_negative(d)) {
        *--p = '-';
    }
    buf_add(out, (str){ p, (size_t)(end - p) });
    add_zeros(out, coefficient == 0 ? 0 : exponent);
}
