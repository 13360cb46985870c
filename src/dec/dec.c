/* dec: sign, order, the four operations and rounding; see dec.h.
 *
 * The operations first try what a few integer instructions can do exactly: both
 * coefficients below 2^64 and a result below 10^34. Intel's library does the
 * rest. Both give the same bits, because IEEE 754 fixes the value and the
 * exponent of each result; the property tests compare them.
 */
#include "dec/dec_int.h"

/* The calling convention of libbidgcc000.a: arguments by value, rounding and flags as arguments. */
#define DECIMAL_CALL_BY_REFERENCE 0
#define DECIMAL_GLOBAL_ROUNDING 0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#include <bid_conf.h>
#include <bid_functions.h>

#include <gmp.h>

/* Constants of C have 64 bits at most. */
#define E19 ((u128)10000000000000000000u)
#define TEN_TIMES(n) (n), (n)*10, (n)*100, (n)*1000, (n)*10000

const u128 dec__power10[DEC_POWERS] = {
    TEN_TIMES((u128)1),
    TEN_TIMES((u128)100000),
    TEN_TIMES((u128)10000000000),
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
    TEN_TIMES(E19),
    TEN_TIMES(E19 * 100000),
    TEN_TIMES(E19 * 10000000000),
    TEN_TIMES(E19 * 1000000000000000),
};

static BID_UINT128 to_bid(dec d)
{
    return (BID_UINT128){ { d.lo, d.hi } };
}

/* What leaves Intel's library: infinities and NaNs are refused, zero loses its sign. */
static bool from_bid(BID_UINT128 x, dec *ret)
{
    dec d = { x.w[0], x.w[1] };
    if ((d.hi & 0x7800000000000000u) == 0x7800000000000000u) {
        return false;
    }
    *ret = dec_is_zero(d) ? dec_abs(d) : d;
    return true;
}

static bool fits_64(dec a, dec b)
{
    return ((a.hi | b.hi) & DEC_HI_COEFFICIENT) == 0;
}

static bool exponent_ok(int64_t exponent)
{
    return exponent >= DEC_EXPONENT_MIN && exponent <= DEC_EXPONENT_MAX;
}

/* What fits a machine word is divided many times faster. */
static int strip_zeros_64(uint64_t *n, int most)
{
    static const uint64_t power[] = { 100000000, 10000, 100, 10 };
    int zeros = 0;
    for (int i = 0, step = 8; i < 4; i++, step /= 2) {
        while (zeros + step <= most && *n % power[i] == 0) {
            *n /= power[i];
            zeros += step;
        }
    }
    return zeros;
}

int dec__strip_zeros(u128 *n, int most)
{
    int zeros = 0;
    for (int step = 16; step > 0 && *n > UINT64_MAX; step /= 2) {
        while (zeros + step <= most && *n % dec__power10[step] == 0) {
            *n /= dec__power10[step];
            zeros += step;
        }
    }
    if (*n <= UINT64_MAX) {
        uint64_t low = (uint64_t)*n;
        zeros += strip_zeros_64(&low, most - zeros);
        *n = low;
    }
    return zeros;
}

/* n / 10^drop rounded half-even; `more` says that n was a little larger. */
static u128 drop_half_even(u128 n, int drop, bool more)
{
    u128 power = dec__power10[drop];
    u128 quotient = n / power;
    u128 rest = n - quotient * power;
    u128 half = power / 2;
    return quotient + (rest > half || (rest == half && (more || (quotient & 1) == 1)));
}

bool dec__finish(bool negative, u128 coefficient, int64_t exponent, bool more, dec *ret)
{
    if (coefficient < DEC_COEFFICIENT_END && !more && exponent_ok(exponent)) {
        *ret = dec__pack(negative, coefficient, (int)exponent);
        return true;
    }
    assert(coefficient < dec__power10[DEC_POWERS - 1]);
    int64_t drop = dec__digits(coefficient) - DEC_DIGITS;
    assert(!more || drop > 0);
    if (exponent + drop < DEC_EXPONENT_MIN) {
        drop = DEC_EXPONENT_MIN - exponent;
    }
    if (drop >= DEC_POWERS) {
        coefficient = 0; /* below a tenth of the smallest number */
        exponent = DEC_EXPONENT_MIN;
    } else if (drop > 0) {
        coefficient = drop_half_even(coefficient, (int)drop, more);
        exponent += drop;
        if (coefficient == DEC_COEFFICIENT_END) {
            coefficient = dec__power10[DEC_DIGITS - 1];
            exponent++;
        }
    }
    if (exponent > DEC_EXPONENT_MAX && coefficient == 0) {
        exponent = DEC_EXPONENT_MAX;
    } else if (exponent > DEC_EXPONENT_MAX) {
        if (exponent - DEC_EXPONENT_MAX > DEC_DIGITS - dec__digits(coefficient)) {
            return false;
        }
        coefficient *= dec__power10[exponent - DEC_EXPONENT_MAX];
        exponent = DEC_EXPONENT_MAX;
    }
    *ret = dec__pack(negative, coefficient, (int)exponent);
    return true;
}

/* -- Making and reading -- */

dec dec_from_int(int64_t n)
{
    return n < 0 ? (dec){ 0 - (uint64_t)n, DEC_HI_INTEGER | DEC_HI_SIGN } : DEC_SMALL((uint64_t)n);
}

/* The magnitude of a whole number below 2^64; false for any other. */
static bool whole_magnitude(dec d, uint64_t *ret)
{
    u128 n = dec__coefficient(d);
    int exponent = dec__exponent(d);
    if (exponent < 0) {
        u128 power = dec__power10[-exponent < DEC_POWERS ? -exponent : DEC_POWERS - 1];
        if (n % power != 0) {
            return false;
        }
        n /= power;
    } else if (exponent > 0 && n != 0) {
        if (exponent >= 20 || n > UINT64_MAX) {
            return false;
        }
        n *= dec__power10[exponent];
    }
    if (n > UINT64_MAX) {
        return false;
    }
    *ret = (uint64_t)n;
    return true;
}

bool dec_to_int(dec d, int64_t *ret)
{
    uint64_t n;
    bool negative = dec_is_negative(d);
    if (!whole_magnitude(d, &n) || n > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    *ret = (int64_t)(negative ? 0 - n : n);
    return true;
}

double dec_to_double(dec d)
{
    unsigned flags = 0;
    return bid128_to_binary64(to_bid(d), BID_ROUNDING_TO_NEAREST, &flags);
}

bool dec_is_integer(dec d)
{
    int exponent = dec__exponent(d);
    if (exponent >= 0 || dec_is_zero(d)) {
        return true;
    }
    return exponent > -DEC_DIGITS && dec__coefficient(d) % dec__power10[-exponent] == 0;
}

dec dec_normal(dec d)
{
    int exponent = dec__exponent(d);
    u128 coefficient = dec__coefficient(d);
    if (exponent == 0) {
        return d;
    }
    if (coefficient == 0) {
        return DEC_SMALL(0);
    }
    exponent += dec__strip_zeros(&coefficient, DEC_DIGITS);
    int zeros = 0;
    if (exponent > 0 && dec__digits(coefficient) + exponent <= DEC_DIGITS) {
        zeros = exponent;
    } else if (exponent > DEC_EXPONENT_MAX) {
        zeros = exponent - DEC_EXPONENT_MAX; /* near the largest number they are needed */
    }
    return dec__pack(dec_is_negative(d), coefficient * dec__power10[zeros], exponent - zeros);
}

struct dec_parts dec_parts(dec d)
{
    struct dec_parts parts = { dec__coefficient(d), dec__exponent(d), dec_is_negative(d) };
    assert(parts.exponent <= DEC_EXPONENT_MAX && parts.coefficient < DEC_COEFFICIENT_END);
    return parts;
}

bool dec_from_parts(struct dec_parts parts, dec *ret)
{
    if (parts.coefficient >= DEC_COEFFICIENT_END) {
        return false;
    }
    int64_t missing = DEC_EXPONENT_MIN - (int64_t)parts.exponent;
    if (missing > 0 && parts.coefficient != 0 &&
        (missing > DEC_DIGITS || parts.coefficient % dec__power10[missing] != 0)) {
        return false;
    }
    return dec__finish(parts.negative, parts.coefficient, parts.exponent, false, ret);
}

/* -- Order -- */

/* Magnitudes of two numbers other than 0. With equal places before the point, the one with the larger exponent
 * can be written with the exponent of the other: it gets as many digits as that has. */
static int compare_magnitude(dec a, dec b)
{
    u128 x = dec__coefficient(a), y = dec__coefficient(b);
    int shift = dec__exponent(a) - dec__exponent(b);
    if (shift != 0) {
        int places = dec__digits(x) - dec__digits(y) + shift;
        if (places != 0) {
            return places > 0 ? 1 : -1;
        }
        if (shift > 0) {
            x *= dec__power10[shift];
        } else {
            y *= dec__power10[-shift];
        }
    }
    return (x > y) - (x < y);
}

int dec_cmp_slow(dec a, dec b)
{
    int sign_a = dec_is_zero(a) ? 0 : dec_is_negative(a) ? -1 : 1;
    int sign_b = dec_is_zero(b) ? 0 : dec_is_negative(b) ? -1 : 1;
    if (sign_a != sign_b || sign_a == 0) {
        return (sign_a > sign_b) - (sign_a < sign_b);
    }
    return sign_a * compare_magnitude(a, b);
}

/* -- Arithmetic -- */

/* a + b where both coefficients are below 2^64 and a does not have the smaller exponent. False when this is not
 * exact in 34 digits. */
static bool add_64(dec a, dec b, dec *ret)
{
    int shift = dec__exponent(a) - dec__exponent(b);
    if (shift > 19) {
        return false;
    }
    u128 x = a.lo * dec__power10[shift]; /* below 2^64 * 10^19 < 2^128 */
    u128 y = b.lo;
    bool negative = dec_is_negative(x >= y ? a : b);
    u128 sum;
    if (dec_is_negative(a) != dec_is_negative(b)) {
        sum = x >= y ? x - y : y - x;
    } else if (x < DEC_COEFFICIENT_END) {
        sum = x + y;
    } else {
        return false;
    }
    if (sum >= DEC_COEFFICIENT_END) {
        return false;
    }
    *ret = dec__pack(negative, sum, dec__exponent(b));
    return true;
}

bool dec_add_slow(dec a, dec b, dec *ret)
{
    if (fits_64(a, b) && (dec__exponent(a) >= dec__exponent(b) ? add_64(a, b, ret) : add_64(b, a, ret))) {
        return true;
    }
    unsigned flags = 0;
    return from_bid(bid128_add(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags), ret);
}

bool dec_sub_slow(dec a, dec b, dec *ret)
{
    return dec_add_slow(a, dec_neg(b), ret);
}

bool dec_mul_slow(dec a, dec b, dec *ret)
{
    if (fits_64(a, b)) {
        u128 product = (u128)a.lo * b.lo;
        int exponent = dec__exponent(a) + dec__exponent(b);
        if (product < DEC_COEFFICIENT_END && exponent_ok(exponent)) {
            *ret = dec__pack(dec_is_negative(a) != dec_is_negative(b), product, exponent);
            return true;
        }
    }
    unsigned flags = 0;
    return from_bid(bid128_mul(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags), ret);
}

/* n / d for a quotient that fits 64 bits; the rest goes to *ret_rest. */
static uint64_t divide(u128 n, uint64_t d, uint64_t *ret_rest)
{
    uint64_t quotient = n <= UINT64_MAX ? (uint64_t)n / d : (uint64_t)(n / d);
    *ret_rest = (uint64_t)n - quotient * d;
    return quotient;
}

/* a / b of coefficients below 2^64, b not 0: long division in steps of several digits.
 *
 *   1. The whole quotient, of 1 to 20 digits: an a smaller than b is scaled up before.
 *   2. Four digits more, which end most divisions that end at all.
 *   3. Up to 18 at a time until there are 36: two to round away, and the rest says whether there is more.
 *
 * A division without a rest is exact; zeros at the end that nobody asked for go away. False on overflow. */
static bool div_64(dec a, dec b, dec *ret)
{
    bool negative = dec_is_negative(a) != dec_is_negative(b);
    int exponent = dec__exponent(a) - dec__exponent(b);
    int scale = a.lo >= b.lo || a.lo == 0 ? 0 : dec__digits(b.lo) - dec__digits(a.lo) + 1;
    uint64_t rest;
    u128 quotient = divide(a.lo * dec__power10[scale], b.lo, &rest);
    if (rest == 0 && scale > 0) {
        scale -= dec__strip_zeros(&quotient, scale);
    }
    exponent -= scale;
    int places = rest == 0 ? 0 : 36 - dec__digits(quotient);
    for (int step = 4; places > 0; step = places < 18 ? places : 18) {
        u128 digits = divide(rest * dec__power10[step], b.lo, &rest);
        places -= step;
        if (rest == 0) {
            step -= dec__strip_zeros(&digits, step);
            places = 0;
        }
        quotient = quotient * dec__power10[step] + digits;
        exponent -= step;
    }
    return dec__finish(negative, quotient, exponent, rest != 0, ret);
}

bool dec_div(dec a, dec b, dec *ret)
{
    if (dec_is_zero(b)) {
        return false;
    }
    if (fits_64(a, b) && div_64(a, b, ret)) {
        return true;
    }
    unsigned flags = 0;
    return from_bid(bid128_div(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags), ret);
}

bool dec_sqrt(dec a, dec *ret)
{
    unsigned flags = 0;
    return !dec_is_negative(a) && from_bid(bid128_sqrt(to_bid(a), BID_ROUNDING_TO_NEAREST, &flags), ret);
}

/* x * 10^shift modulo y, exactly, for any shift >= 0; y is not 0. */
static u128 shifted_modulo(u128 x, int shift, u128 y)
{
    if (shift < DEC_POWERS - dec__digits(x)) {
        return x * dec__power10[shift] % y;
    }
    mpz_t n, factor, modulus;
    mpz_inits(n, factor, modulus, NULL);
    mpz_import(factor, 1, 1, sizeof(x), 0, 0, &x);
    mpz_import(modulus, 1, 1, sizeof(y), 0, 0, &y);
    mpz_set_ui(n, 10);
    mpz_powm_ui(n, n, (unsigned long)shift, modulus);
    mpz_mul(n, n, factor);
    mpz_mod(n, n, modulus);
    u128 rest = 0;
    mpz_export(&rest, NULL, 1, sizeof(rest), 0, 0, n);
    mpz_clears(n, factor, modulus, NULL);
    return rest;
}

bool dec_modulo(dec a, dec b, dec *ret)
{
    if (dec_is_zero(b)) {
        return false;
    }
    u128 x = dec__coefficient(a), y = dec__coefficient(b);
    int shift = dec__exponent(a) - dec__exponent(b);
    u128 rest;
    if (shift >= 0) {
        rest = shifted_modulo(x, shift, y);
    } else if (-shift > DEC_DIGITS || y > x / dec__power10[-shift]) {
        rest = x; /* |a| < |b| */
    } else {
        rest = x % (y * dec__power10[-shift]);
    }
    dec r = dec__pack(dec_is_negative(a), rest, shift < 0 ? dec__exponent(a) : dec__exponent(b));
    if (rest != 0 && dec_is_negative(a) != dec_is_negative(b)) {
        return dec_add(r, b, ret);
    }
    *ret = r;
    return true;
}

/* -- Rounding to a scale -- */

/* Whether the magnitude goes up when `rest` (not 0) of `unit` is dropped after `kept`. */
static bool rounds_away(enum dec_rounding mode, bool negative, u128 kept, u128 rest, u128 unit)
{
    u128 half = unit / 2;
    switch (mode) {
    case DEC_UP:
        return true;
    case DEC_DOWN:
        return false;
    case DEC_CEILING:
        return !negative;
    case DEC_FLOOR:
        return negative;
    case DEC_HALF_UP:
        return rest >= half;
    case DEC_HALF_DOWN:
        return rest > half;
    case DEC_HALF_EVEN:
        break;
    }
    return rest > half || (rest == half && (kept & 1) == 1);
}

bool dec_round(dec a, int scale, enum dec_rounding mode, dec *ret)
{
    if (!exponent_ok(-(int64_t)scale)) {
        return false;
    }
    bool negative = dec_is_negative(a);
    int drop = -scale - dec__exponent(a);
    u128 n = dec__coefficient(a);
    if (n == 0) {
        *ret = dec__pack(false, 0, -scale);
    } else if (drop > 0) {
        /* 10^38 is as far above every coefficient as any larger power. */
        u128 unit = dec__power10[drop < DEC_POWERS ? drop : DEC_POWERS - 1];
        u128 kept = n / unit;
        u128 rest = n - kept * unit;
        kept += rest != 0 && rounds_away(mode, negative, kept, rest, unit);
        *ret = dec__pack(negative, kept, -scale);
    } else if (dec__digits(n) - drop <= DEC_DIGITS) {
        *ret = dec__pack(negative, n * dec__power10[-drop], -scale);
    } else {
        *ret = a;
    }
    return true;
}
