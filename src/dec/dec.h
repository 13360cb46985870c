/* dec: decimal128 numbers, the only numbers of the product.
 *
 * A `dec` is an IEEE 754-2008 decimal128 in the binary (BID) encoding: 34
 * significant digits and an exponent of -6176 … 6111. It keeps its scale: 1.10
 * and 1.1 are equal and print differently. Only finite numbers leave this
 * module: an operation whose result would be infinite or not a number returns
 * false (DMN 1.5, 10.3.2.3.1: FEEL has neither), and negative zero is zero.
 *
 * Rounding is half-even at 34 digits. + - * / and the square root are those of
 * Intel's library, or give the same bits faster; exp, log and powers are
 * computed with MPFR and correctly rounded, so that every machine gives the
 * same bytes.
 *
 * Scale: an exact result keeps the scale that its operands ask for (IEEE
 * 754-2008, 5.2: 1.10 + 1 is 2.10, 1.10 * 2 is 2.20, 6 / 3 is 2, 10 / 4 is 2.5);
 * an inexact one has 34 digits.
 *
 * The inline functions are the short way for what rules mostly hold: whole
 * numbers or equal scales that fit 64 bits. They give the bits of the slow ones.
 *
 * Functions that can fail leave *ret alone when they return false. Nothing here
 * keeps state; MPFR keeps a small cache of constants per thread.
 */
#ifndef GONGSHI_DEC_DEC_H
#define GONGSHI_DEC_DEC_H

#include "base/buf.h"
#include "base/str.h"

typedef struct dec {
    uint64_t lo; /* the low 64 bits of the coefficient */
    uint64_t hi; /* sign, exponent (biased by 6176, from bit 49), the high 49 bits of the coefficient */
} dec;

#define DEC_HI_INTEGER 0x3040000000000000u          /* positive, exponent 0, coefficient below 2^64 */
#define DEC_HI_SIGN 0x8000000000000000u             /* set only when the number is below zero */
#define DEC_HI_COEFFICIENT 0x0001FFFFFFFFFFFFu      /* the high bits of the coefficient */
#define DEC_SMALL(n) ((dec){ (n), DEC_HI_INTEGER }) /* n >= 0, in initialisers */

enum { DEC_DIGITS = 34, DEC_EXPONENT_MIN = -6176, DEC_EXPONENT_MAX = 6111 };

/* Longest text of dec_print, in bytes: sign, 6,145 digits or "0." and 6,176 digits. */
enum { DEC_TEXT_MAX = 6200 };

enum dec_rounding { DEC_HALF_EVEN, DEC_UP, DEC_DOWN, DEC_HALF_UP, DEC_HALF_DOWN, DEC_CEILING, DEC_FLOOR };

/* -- Making and reading -- */

static inline dec dec_from_uint(uint64_t n)
{
    return DEC_SMALL(n);
}

dec dec_from_int(int64_t n);

/* An optional minus, digits, one optional point with a digit after it, an optional exponent ("-1.50e-3", ".5");
 * a plus in front, white space or anything else around is refused. More than 34 digits are rounded half-even;
 * too large returns false, too small gives zero. */
bool dec_parse(str text, dec *ret);

/* True and the value when d is a whole number (of any scale) that fits. */
bool dec_to_int(dec d, int64_t *ret);

/* Plain notation without exponent, as FEEL's string() has it: trailing zeros of the scale are kept,
 * a positive exponent is written out. */
void dec_print(dec d, struct buf *out);

/* The same number without zeros after the point and, where 34 digits allow, without a positive exponent
 * (1.10 → 1.1, 100 stays 100, 1E+2 → 100): equal numbers give equal bits. */
dec dec_normal(dec d);

/* Nearest double, infinite when too large for one; only for programs outside (never on a path to a result). */
double dec_to_double(dec d);

/* -- Order and sign -- */

int dec_cmp_slow(dec a, dec b);

static inline bool dec_is_small(dec d)
{
    return d.hi == DEC_HI_INTEGER;
}

/* -1, 0 or 1 by value: 1.10 equals 1.1. */
static inline int dec_cmp(dec a, dec b)
{
    if (a.hi == b.hi && (a.hi & DEC_HI_COEFFICIENT) == 0) {
        int magnitude = (a.lo > b.lo) - (a.lo < b.lo);
        return (a.hi & DEC_HI_SIGN) == 0 ? magnitude : -magnitude;
    }
    return dec_cmp_slow(a, b);
}

static inline bool dec_eq(dec a, dec b)
{
    return dec_cmp(a, b) == 0;
}

static inline bool dec_is_zero(dec d)
{
    return (d.lo | (d.hi & DEC_HI_COEFFICIENT)) == 0;
}

/* Zero is not negative. */
static inline bool dec_is_negative(dec d)
{
    return (d.hi & DEC_HI_SIGN) != 0;
}

/* A whole number of any scale: 2.00 is one. */
bool dec_is_integer(dec d);

static inline dec dec_neg(dec d)
{
    return dec_is_zero(d) ? d : (dec){ d.lo, d.hi ^ DEC_HI_SIGN };
}

static inline dec dec_abs(dec d)
{
    return (dec){ d.lo, d.hi & ~DEC_HI_SIGN };
}

/* -- Arithmetic: false when there is no finite result -- */

bool dec_add_slow(dec a, dec b, dec *ret);
bool dec_sub_slow(dec a, dec b, dec *ret);
bool dec_mul_slow(dec a, dec b, dec *ret);

static inline bool dec_add(dec a, dec b, dec *ret)
{
    uint64_t sum;
    if (a.hi == b.hi && (a.hi & DEC_HI_COEFFICIENT) == 0 && !__builtin_add_overflow(a.lo, b.lo, &sum)) {
        *ret = (dec){ sum, a.hi };
        return true;
    }
    return dec_add_slow(a, b, ret);
}

static inline bool dec_sub(dec a, dec b, dec *ret)
{
    if (a.hi == b.hi && (a.hi & DEC_HI_COEFFICIENT) == 0 && a.lo >= b.lo) {
        *ret = (dec){ a.lo - b.lo, a.lo == b.lo ? a.hi & ~DEC_HI_SIGN : a.hi };
        return true;
    }
    return dec_sub_slow(a, b, ret);
}

static inline bool dec_mul(dec a, dec b, dec *ret)
{
    uint64_t product;
    if (dec_is_small(a) && dec_is_small(b) && !__builtin_mul_overflow(a.lo, b.lo, &product)) {
        *ret = DEC_SMALL(product);
        return true;
    }
    return dec_mul_slow(a, b, ret);
}

bool dec_div(dec a, dec b, dec *ret); /* false for b = 0 */
bool dec_sqrt(dec a, dec *ret);       /* false for a < 0 */
bool dec_exp(dec a, dec *ret);
bool dec_log(dec a, dec *ret); /* natural; false for a <= 0 */

/* a ** b, correctly rounded. An exact power with a whole exponent >= 0 has the scale of the repeated product
 * (1.5 ** 2 is 2.25, 1.0 ** 2 is 1.00), any other exact one the fewest digits (2 ** -1 is 0.5, 4 ** 0.5 is 2).
 * x ** 0 is 1, also for x = 0. False for 0 ** -1 and for a fractional power of a negative number. */
bool dec_pow(dec a, dec b, dec *ret);

/* a - b * floor(a / b), with the sign of b (FEEL modulo); false for b = 0. No quotient is rounded, so the result
 * is exact unless it has more than 34 digits itself (-1E-40 modulo 1). */
bool dec_modulo(dec a, dec b, dec *ret);

/* Rounded to `scale` digits after the point (negative: before it), -6111 … 6176; false for other scales. The
 * result has that scale; only when this would need more than 34 digits is it `a` as it was. UP is away from
 * zero and DOWN towards it, CEILING upwards and FLOOR downwards. */
bool dec_round(dec a, int scale, enum dec_rounding mode, dec *ret);

/* The way over the ground between two places, in metres with one digit after the point: along a great circle of a
 * sphere of 6,371,008.8 m (the mean radius of the earth). Degrees; false for a longitude beyond 180 or a latitude
 * beyond 90. Each step is rounded correctly at a fixed precision, so every machine gives the same digits. */
bool dec_metres(dec lon1, dec lat1, dec lon2, dec lat2, dec *ret);

/* -- Taken apart -- */

/* value = (negative ? -1 : 1) * coefficient * 10^exponent */
struct dec_parts {
    unsigned __int128 coefficient;
    int exponent;
    bool negative;
};

struct dec_parts dec_parts(dec d);

/* Puts together. Nothing is rounded: false when the coefficient has more than 34 digits or the exponent cannot be
 * reached by moving zeros. A zero takes the nearest exponent there is. */
bool dec_from_parts(struct dec_parts parts, dec *ret);

#endif
