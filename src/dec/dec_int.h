/* dec_int: what the files of dec share.
 *
 * Inside the module a number is taken apart into sign, coefficient and
 * exponent; the coefficient of a dec is below 10^34 and so far below 2^128 that
 * three more digits have room while a result is being rounded.
 */
#ifndef GONGSHI_DEC_DEC_INT_H
#define GONGSHI_DEC_DEC_INT_H

#include "dec/dec.h"

#include <assert.h>

typedef unsigned __int128 u128;

enum { DEC_BIAS = 6176, DEC_POWERS = 39 };

/* 10^0 … 10^38: all powers of ten that 128 bits hold. */
extern const u128 dec__power10[DEC_POWERS];

#define DEC_COEFFICIENT_END (dec__power10[DEC_DIGITS])

static inline u128 dec__coefficient(dec d)
{
    return (u128)(d.hi & DEC_HI_COEFFICIENT) << 64 | d.lo;
}

static inline int dec__exponent(dec d)
{
    return (int)(d.hi >> 49 & 0x3FFF) - DEC_BIAS;
}

/* The caller has looked at the ranges; zero loses its sign. */
static inline dec dec__pack(bool negative, u128 coefficient, int exponent)
{
    uint64_t sign = negative && coefficient != 0 ? DEC_HI_SIGN : 0;
    return (dec){ (uint64_t)coefficient, sign | (uint64_t)(exponent + DEC_BIAS) << 49 | (uint64_t)(coefficient >> 64) };
}

/* Number of decimal digits; 0 has none. */
static inline int dec__digits(u128 n)
{
    if (n == 0) {
        return 0;
    }
    uint64_t high = (uint64_t)(n >> 64);
    int bits = high != 0 ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)n);
    int digits = bits * 1233 >> 12; /* log10(2) = 1233 / 4096, close enough below 2^128 */
    return digits + (n >= dec__power10[digits]);
}

/* Divides the zeros off the end of *n, which is not 0, at most `most` of them; returns how many. */
int dec__strip_zeros(u128 *n, int most);

/* The number nearest to coefficient * 10^exponent, half-even, in one rounding whether digits or the exponent run
 * out. With `more` the true number is a little larger than the coefficient says, by less than 1; then the
 * coefficient has more than 34 digits. It has at most 38. False on overflow. */
bool dec__finish(bool negative, u128 coefficient, int64_t exponent, bool more, dec *ret);

#endif
