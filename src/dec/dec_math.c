/* dec_math: exp, log and powers, correctly rounded; see dec.h.
 *
 * The idea (Ziv's): MPFR encloses the true result between two numbers, both
 * rounded to a dec. When the two agree, that is the result; when not, the
 * precision is doubled. MPFR rounds every function in the direction asked for,
 * so the enclosure needs no analysis of errors: each step takes the end of its
 * argument's interval that moves the result the right way.
 *
 * This ends unless the true result is itself a dec or lies half-way between
 * two. exp and log of a rational number other than 0 and 1 are transcendental.
 * A rational power of up to 37 digits is found by integers (power_exact); one
 * with more cannot be such a result: without zeros at its end it is neither
 * of 34 digits nor of 35 with a 5 at the end.
 */
#include "dec/dec_int.h"

#include <mpfr.h>

/* Millions of random and chosen cases ended at 384 bits; MAX bounds the time of what nobody has seen. */
enum { PRECISION_MIN = 192, PRECISION_MAX = 12288 };

/* Bits of the binary exponent beyond which a number is too large for a dec, or rounds to 0. */
enum { BINARY_OVERFLOW = 20500, BINARY_UNDERFLOW = -20700 };

/* Encloses a function of a (and b) between lo and hi. */
typedef void enclose_fn(dec a, dec b, mpfr_t lo, mpfr_t hi);

static void set_u128(mpfr_t x, u128 n, mpfr_rnd_t direction)
{
    mpz_t z;
    mpz_init(z);
    mpz_import(z, 1, 1, sizeof(n), 0, 0, &n);
    mpfr_set_z(x, z, direction);
    mpz_clear(z);
}

/* |d| rounded in one direction, twice at most: as good as exact where the enclosure only has to hold. */
static void set_magnitude(mpfr_t x, dec d, mpfr_rnd_t direction)
{
    int exponent = dec__exponent(d);
    mpfr_t power;
    mpfr_init2(power, mpfr_get_prec(x));
    set_u128(x, dec__coefficient(d), direction);
    if (exponent >= 0) {
        mpfr_ui_pow_ui(power, 10, (unsigned long)exponent, direction);
        mpfr_mul(x, x, power, direction);
    } else {
        mpfr_ui_pow_ui(power, 10, (unsigned long)-exponent, direction == MPFR_RNDD ? MPFR_RNDU : MPFR_RNDD);
        mpfr_div(x, x, power, direction);
    }
    mpfr_clear(power);
}

/* d rounded downwards or upwards. */
static void set_dec(mpfr_t x, dec d, mpfr_rnd_t direction)
{
    if (dec_is_negative(d)) {
        set_magnitude(x, d, direction == MPFR_RNDD ? MPFR_RNDU : MPFR_RNDD);
        mpfr_neg(x, x, MPFR_RNDN);
    } else {
        set_magnitude(x, d, direction);
    }
}

/* A result of MPFR that is known not to be a dec, rounded half-even. False on overflow. */
static bool from_mpfr(mpfr_t x, dec *ret)
{
    if (mpfr_inf_p(x) || (mpfr_regular_p(x) && mpfr_get_exp(x) > BINARY_OVERFLOW)) {
        return false;
    }
    if (mpfr_zero_p(x) || mpfr_get_exp(x) < BINARY_UNDERFLOW) {
        *ret = dec__pack(false, 0, DEC_EXPONENT_MIN);
        return true;
    }
    enum { TAKEN = DEC_DIGITS + 3 };
    char text[TAKEN + 3];
    mpfr_exp_t point;
    mpfr_get_str(text, &point, 10, TAKEN, x, MPFR_RNDZ);
    u128 coefficient = 0;
    for (const char *p = text + (text[0] == '-'); *p != '\0'; p++) {
        coefficient = coefficient * 10 + (unsigned)(*p - '0');
    }
    return dec__finish(mpfr_signbit(x) != 0, coefficient, point - TAKEN, true, ret);
}

static bool same_bits(dec a, dec b)
{
    return a.lo == b.lo && a.hi == b.hi;
}

/* One round; true when both ends of the enclosure agree, on a number or on an overflow. */
static bool round_once(enclose_fn *enclose, dec a, dec b, mpfr_prec_t precision, bool *ret_finite, dec *ret)
{
    mpfr_t lo, hi;
    mpfr_inits2(precision, lo, hi, NULL);
    enclose(a, b, lo, hi);
    dec low = DEC_SMALL(0), high = DEC_SMALL(0);
    bool low_finite = from_mpfr(lo, &low), high_finite = from_mpfr(hi, &high);
    mpfr_clears(lo, hi, NULL);
    *ret_finite = low_finite;
    *ret = low;
    return low_finite == high_finite && same_bits(low, high);
}

static bool round_certain(enclose_fn *enclose, dec a, dec b, dec *ret)
{
    bool finite;
    dec result;
    for (mpfr_prec_t precision = PRECISION_MIN; precision <= PRECISION_MAX; precision *= 2) {
        if (round_once(enclose, a, b, precision, &finite, &result)) {
            break;
        }
    }
    if (finite) {
        *ret = result;
    }
    return finite;
}

static void enclose_exp(dec a, dec unused, mpfr_t lo, mpfr_t hi)
{
    (void)unused;
    set_dec(lo, a, MPFR_RNDD);
    set_dec(hi, a, MPFR_RNDU);
    mpfr_exp(lo, lo, MPFR_RNDD);
    mpfr_exp(hi, hi, MPFR_RNDU);
}

bool dec_exp(dec a, dec *ret)
{
    if (dec_is_zero(a)) {
        *ret = DEC_SMALL(1);
        return true;
    }
    return round_certain(enclose_exp, a, a, ret);
}

static void enclose_log(dec a, dec unused, mpfr_t lo, mpfr_t hi)
{
    (void)unused;
    set_dec(lo, a, MPFR_RNDD);
    set_dec(hi, a, MPFR_RNDU);
    mpfr_log(lo, lo, MPFR_RNDD);
    mpfr_log(hi, hi, MPFR_RNDU);
}

bool dec_log(dec a, dec *ret)
{
    if (dec_is_zero(a) || dec_is_negative(a)) {
        return false;
    }
    if (dec_eq(a, DEC_SMALL(1))) {
        *ret = DEC_SMALL(0);
        return true;
    }
    return round_certain(enclose_log, a, a, ret);
}

/* |a| ** b: it grows with |a| when b > 0, and with b when |a| > 1. */
static void enclose_pow(dec a, dec b, mpfr_t lo, mpfr_t hi)
{
    bool base_up = !dec_is_negative(b);
    bool exponent_up = dec_cmp(dec_abs(a), DEC_SMALL(1)) > 0;
    mpfr_t exponent;
    mpfr_init2(exponent, mpfr_get_prec(lo));
    set_magnitude(lo, a, base_up ? MPFR_RNDD : MPFR_RNDU);
    set_dec(exponent, b, exponent_up ? MPFR_RNDD : MPFR_RNDU);
    mpfr_pow(lo, lo, exponent, MPFR_RNDD);
    set_magnitude(hi, a, base_up ? MPFR_RNDU : MPFR_RNDD);
    set_dec(exponent, b, exponent_up ? MPFR_RNDU : MPFR_RNDD);
    mpfr_pow(hi, hi, exponent, MPFR_RNDU);
    mpfr_clear(exponent);
}

/* -- Exact powers -- */

/* p / q in lowest terms, q > 0. */
struct ratio {
    int p, q;
};

/* An exact power other than of 1 needs a root of the base with a whole exponent of 2, 5 or another prime. No such
 * exponent of a dec is above 6,300, which bounds q; and a number raised to more than 20,000 has more than 37
 * digits or, as a power of ten, is out of range, which bounds p. */
enum { P_MAX = 20000, Q_MAX = 6300 };

/* b, not 0, as a ratio within these bounds. */
static bool ratio_of(dec b, struct ratio *ret)
{
    u128 p = dec__coefficient(b);
    int exponent = dec__exponent(b) + dec__strip_zeros(&p, DEC_DIGITS);
    if (exponent > 4 || exponent < -14 || p > (u128)P_MAX * dec__power10[14]) {
        return false;
    }
    u128 q = 1;
    if (exponent >= 0) {
        p *= dec__power10[exponent];
    } else {
        q = dec__power10[-exponent];
        for (; p % 2 == 0 && q % 2 == 0; p /= 2) {
            q /= 2;
        }
        for (; p % 5 == 0 && q % 5 == 0; p /= 5) {
            q /= 5;
        }
    }
    if (p > P_MAX || q > Q_MAX) {
        return false;
    }
    *ret = (struct ratio){ dec_is_negative(b) ? -(int)p : (int)p, (int)q };
    return true;
}

/* *n = *n * base^exponent while below 10^37; exponent >= 0. */
static bool raise_within(u128 *n, u128 base, int exponent)
{
    if (base == 1) {
        return true;
    }
    for (; exponent > 0; exponent--) {
        if (*n >= dec__power10[37] / base) {
            return false;
        }
        *n *= base;
    }
    return true;
}

/* *n becomes its q-th root when that is whole. */
static bool root_exact(u128 *n, int q)
{
    mpz_t z;
    mpz_init(z);
    mpz_import(z, 1, 1, sizeof(*n), 0, 0, n);
    bool exact = mpz_root(z, z, (unsigned long)q) != 0;
    *n = 0;
    mpz_export(n, NULL, 1, sizeof(*n), 0, 0, z);
    mpz_clear(z);
    return exact;
}

/* |a| ** (p / q) when that is a decimal of at most 37 digits.
 *
 *   1. |a| = 2^twos * 5^fives * other, with `other` prime to ten.
 *   2. The q-th root is rational only if q divides both exponents and `other` has a whole root.
 *   3. The p-th power of this root; with p < 0 it is a decimal only if `other` is 1.
 *   4. The common part of twos and fives is a power of ten. */
static bool power_exact(dec a, struct ratio b, u128 *ret_coefficient, int *ret_exponent)
{
    u128 other = dec__coefficient(a);
    int twos = dec__exponent(a), fives = twos;
    for (; other % 2 == 0; other /= 2) {
        twos++;
    }
    for (; other % 5 == 0; other /= 5) {
        fives++;
    }
    if (twos % b.q != 0 || fives % b.q != 0 || (b.q > 1 && other > 1 && !root_exact(&other, b.q))) {
        return false;
    }
    if (b.p < 0 && other != 1) {
        return false;
    }
    twos = twos / b.q * b.p;
    fives = fives / b.q * b.p;
    int tens = twos < fives ? twos : fives;
    u128 n = 1;
    if (!raise_within(&n, 2, twos - tens) || !raise_within(&n, 5, fives - tens) ||
        !raise_within(&n, other, b.p < 0 ? 0 : b.p)) {
        return false;
    }
    *ret_coefficient = n;
    *ret_exponent = tens;
    return true;
}

/* Gives the exact power its scale: see dec.h. The coefficient has no zeros at its end. */
static bool finish_exact(dec a, struct ratio b, bool negative, u128 coefficient, int exponent, dec *ret)
{
    int wanted = b.q == 1 && b.p > 0 && dec__exponent(a) < 0 ? dec__exponent(a) * b.p : 0;
    int room = DEC_DIGITS - dec__digits(coefficient);
    int zeros = exponent - wanted;
    if (zeros > room && wanted < 0) {
        zeros = room;
    }
    if (zeros > 0 && zeros <= room) {
        coefficient *= dec__power10[zeros];
        exponent -= zeros;
    }
    return dec__finish(negative, coefficient, exponent, false, ret);
}

/* Whether a whole number is odd. */
static bool is_odd(dec d)
{
    int exponent = dec__exponent(d);
    u128 n = dec__coefficient(d);
    if (exponent < 0) {
        n /= dec__power10[-exponent < DEC_DIGITS ? -exponent : DEC_DIGITS];
    }
    return exponent <= 0 && (n & 1) == 1;
}

bool dec_pow(dec a, dec b, dec *ret)
{
    if (dec_is_zero(b)) {
        *ret = DEC_SMALL(1);
        return true;
    }
    if (dec_is_zero(a)) {
        if (dec_is_negative(b)) {
            return false;
        }
        *ret = DEC_SMALL(0);
        return true;
    }
    bool whole = dec_is_integer(b);
    if (dec_is_negative(a) && !whole) {
        return false;
    }
    bool negative = dec_is_negative(a) && is_odd(b);
    struct ratio ratio;
    u128 coefficient;
    int exponent;
    if (ratio_of(b, &ratio) && power_exact(a, ratio, &coefficient, &exponent)) {
        return finish_exact(a, ratio, negative, coefficient, exponent, ret);
    }
    dec result = DEC_SMALL(1);
    if (!dec_eq(dec_abs(a), result) && !round_certain(enclose_pow, a, b, &result)) {
        return false;
    }
    *ret = negative ? dec_neg(result) : result;
    return true;
}

/* ---- Distance ---- */

enum { DISTANCE_PRECISION = 128, RADIUS_DECIMETRES = 63710088 };

static bool in_degrees(dec lon, dec lat)
{
    return dec_cmp(dec_abs(lon), DEC_SMALL(180)) <= 0 && dec_cmp(dec_abs(lat), DEC_SMALL(90)) <= 0;
}

/* sin²(x / 2) of degrees given. */
static void half_sine_squared(mpfr_t x, const mpfr_t radian)
{
    mpfr_mul(x, x, radian, MPFR_RNDN);
    mpfr_div_2ui(x, x, 1, MPFR_RNDN);
    mpfr_sin(x, x, MPFR_RNDN);
    mpfr_sqr(x, x, MPFR_RNDN);
}

static void cosine(mpfr_t x, const mpfr_t radian)
{
    mpfr_mul(x, x, radian, MPFR_RNDN);
    mpfr_cos(x, x, MPFR_RNDN);
}

/* 2 r asin √(sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2)); the root is at most 1 but for rounding. */
bool dec_metres(dec lon1, dec lat1, dec lon2, dec lat2, dec *ret)
{
    dec between_lon, between_lat;
    if (!in_degrees(lon1, lat1) || !in_degrees(lon2, lat2) || !dec_sub(lon2, lon1, &between_lon) ||
        !dec_sub(lat2, lat1, &between_lat)) {
        return false;
    }
    mpfr_t radian, a, b, c;
    mpfr_inits2(DISTANCE_PRECISION, radian, a, b, c, NULL);
    mpfr_const_pi(radian, MPFR_RNDN);
    mpfr_div_ui(radian, radian, 180, MPFR_RNDN);
    set_dec(a, between_lon, MPFR_RNDU);
    half_sine_squared(a, radian);
    set_dec(b, lat1, MPFR_RNDU);
    cosine(b, radian);
    set_dec(c, lat2, MPFR_RNDU);
    cosine(c, radian);
    mpfr_mul(a, a, b, MPFR_RNDN);
    mpfr_mul(a, a, c, MPFR_RNDN);
    set_dec(b, between_lat, MPFR_RNDU);
    half_sine_squared(b, radian);
    mpfr_add(a, a, b, MPFR_RNDN);
    mpfr_sqrt(a, a, MPFR_RNDN);
    if (mpfr_cmp_ui(a, 1) > 0) {
        mpfr_set_ui(a, 1, MPFR_RNDN);
    }
    mpfr_asin(a, a, MPFR_RNDN);
    mpfr_mul_ui(a, a, 2 * RADIUS_DECIMETRES, MPFR_RNDN);
    unsigned long decimetres = mpfr_get_ui(a, MPFR_RNDN);
    mpfr_clears(radian, a, b, c, NULL);
    return dec_from_parts((struct dec_parts){ decimetres, -1, false }, ret);
}
