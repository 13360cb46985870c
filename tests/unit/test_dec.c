/* Decimal numbers: vectors from tests/dec/, and laws on random numbers against GMP and MPFR.
 *
 *   GONGSHI_ROOT=.            the top of the source tree, where tests/dec/ is; the working directory by default
 *   DEC_CASES=1000000         random cases in all; 100,000 by default
 *
 * A vector is a line "operation operands -> result"; the result is compared bit by bit, and `none` stands for a
 * refusal. The random numbers come from a fixed seed, so every run sees the same.
 */
#include "dec/dec.h"
#include "tap.h"

#include <gmp.h>
#include <mpfr.h>
#include <stdlib.h>

typedef unsigned __int128 u128;

static bool same(dec a, dec b)
{
    return a.lo == b.lo && a.hi == b.hi;
}

/* What every number that leaves the module must be: finite, at most 34 digits, no negative zero. */
static bool sane(dec d)
{
    struct dec_parts p = dec_parts(d);
    return (d.hi >> 61 & 3) != 3 && p.exponent >= DEC_EXPONENT_MIN && !(p.negative && p.coefficient == 0);
}

/* For reports: coefficient and exponent, so that scales can be told apart. */
static const char *show(dec d)
{
    static char texts[8][64];
    static int next;
    char *text = texts[next++ & 7];
    struct dec_parts p = dec_parts(d);
    struct buf b = BUF_INIT(64);
    struct dec_parts whole = { p.coefficient, 0, p.negative };
    dec coefficient;
    if (dec_from_parts(whole, &coefficient)) {
        dec_print(coefficient, &b);
    }
    snprintf(text, sizeof(texts[0]), "%.*sE%d", STR_ARG(buf_str(&b)), p.exponent);
    buf_release(&b);
    return text;
}

/* -- Vectors -- */

enum { ARGS_MAX = 4 };

struct vector {
    str args[ARGS_MAX]; /* without the operation */
    int count;
    str want;
    const char *where;
};

typedef bool unary_fn(dec a, dec *ret);
typedef bool binary_fn(dec a, dec b, dec *ret);

static bool normal(dec a, dec *ret)
{
    *ret = dec_normal(a);
    return true;
}

static bool parse_again(dec a, dec *ret)
{
    *ret = a;
    return true;
}

static const struct {
    const char *name;
    unary_fn *unary;
    binary_fn *binary, *slow;
} operations[] = {
    { "add", NULL, dec_add, dec_add_slow }, { "sub", NULL, dec_sub, dec_sub_slow },
    { "mul", NULL, dec_mul, dec_mul_slow }, { "div", NULL, dec_div, dec_div },
    { "pow", NULL, dec_pow, dec_pow },      { "modulo", NULL, dec_modulo, dec_modulo },
    { "sqrt", dec_sqrt, NULL, NULL },       { "exp", dec_exp, NULL, NULL },
    { "log", dec_log, NULL, NULL },         { "normal", normal, NULL, NULL },
    { "parse", parse_again, NULL, NULL },
};

static const char *const mode_names[] = { "half-even", "up", "down", "half-up", "half-down", "ceiling", "floor" };

enum { MODES = sizeof(mode_names) / sizeof(mode_names[0]) };

/* A number as the test files write it; the tests of parse say whether dec_parse can be trusted. */
static bool number(str text, dec *ret)
{
    return dec_parse(text, ret);
}

static void check_result(const struct vector *v, bool finite, dec got)
{
    dec want;
    bool expected = number(v->want, &want);
    bool pass = finite == expected && (!finite || (sane(got) && same(got, want)));
    if (!ok(pass, "%s", v->where)) {
        printf("# got %s, want %.*s\n", finite ? show(got) : "none", STR_ARG(v->want));
    }
}

static bool check_round(const struct vector *v, dec a)
{
    dec scale_number, result = a;
    int64_t scale;
    if (v->count != 3 || !number(v->args[1], &scale_number) || !dec_to_int(scale_number, &scale)) {
        return false;
    }
    for (int mode = 0; mode < MODES; mode++) {
        if (str_eq(v->args[2], str_of(mode_names[mode]))) {
            bool finite = dec_round(a, (int)scale, (enum dec_rounding)mode, &result);
            check_result(v, finite, result);
            return true;
        }
    }
    return false;
}

/* Operations whose result is not a number of its own. */
static bool check_other(str op, const struct vector *v, dec a)
{
    char text[64];
    int64_t n;
    if (str_eq(op, STR("print"))) {
        struct buf b = BUF_INIT(DEC_TEXT_MAX);
        dec_print(a, &b);
        is_str(buf_str(&b), v->want, "%s", v->where);
        buf_release(&b);
        return true;
    }
    if (str_eq(op, STR("int"))) {
        bool fits = dec_to_int(a, &n);
        int len = fits ? snprintf(text, sizeof(text), "%" PRId64, n) : snprintf(text, sizeof(text), "none");
        is_str(((str){ text, (size_t)len }), v->want, "%s", v->where);
        return true;
    }
    dec b;
    if (str_eq(op, STR("cmp")) && v->count == 2 && number(v->args[1], &b)) {
        int len = snprintf(text, sizeof(text), "%d", dec_cmp(a, b));
        is_str(((str){ text, (size_t)len }), v->want, "%s", v->where);
        ok(dec_cmp(b, a) == -dec_cmp(a, b) && dec_cmp_slow(a, b) == dec_cmp(a, b), "%s, turned round", v->where);
        return true;
    }
    return str_eq(op, STR("round")) && check_round(v, a);
}

static bool check_vector(str op, const struct vector *v)
{
    dec a = DEC_SMALL(0), b;
    if (v->count == 0) {
        return false;
    }
    bool is_number = number(v->args[0], &a);
    if (!is_number && !str_eq(op, STR("parse"))) {
        return false;
    }
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (!str_eq(op, str_of(operations[i].name))) {
            continue;
        }
        dec result = DEC_SMALL(0);
        if (operations[i].unary != NULL) {
            bool finite = is_number && operations[i].unary(a, &result);
            check_result(v, finite, result);
            return v->count == 1;
        }
        if (v->count != 2 || !number(v->args[1], &b)) {
            return false;
        }
        bool finite = operations[i].binary(a, b, &result);
        check_result(v, finite, result);
        if (operations[i].slow != operations[i].binary) {
            finite = operations[i].slow(a, b, &result);
            check_result(v, finite, result);
        }
        return true;
    }
    return check_other(op, v, a);
}

static bool next_word(str *line, str *ret)
{
    *line = str_trim(*line);
    size_t len = 0;
    while (len < line->len && line->ptr[len] != ' ') {
        len++;
    }
    *ret = str_slice(*line, 0, len);
    *line = str_slice(*line, len, line->len);
    return len > 0;
}

static bool check_line(str line, const char *where)
{
    struct vector v = { .where = where };
    str op, word;
    if (!next_word(&line, &op)) {
        return false;
    }
    while (next_word(&line, &word) && !str_eq(word, STR("->"))) {
        if (v.count == ARGS_MAX) {
            return false;
        }
        v.args[v.count++] = word;
    }
    return next_word(&line, &v.want) && str_trim(line).len == 0 && check_vector(op, &v);
}

static void check_file(const char *root, const char *name)
{
    char path[512], line[1024], where[1200];
    snprintf(path, sizeof(path), "%s/tests/dec/%s.txt", root, name);
    FILE *f = fopen(path, "r");
    if (!ok(f != NULL, "%s can be read", path)) {
        return;
    }
    int count = 0;
    while (fgets(line, sizeof(line), f) != NULL) {
        str s = str_trim(str_of(line));
        if (s.len > 0 && s.ptr[0] != '#') {
            snprintf(where, sizeof(where), "%.*s", STR_ARG(s));
            if (!check_line(s, where)) {
                ok(false, "%s: not a vector: %s", path, where);
            }
            count++;
        }
    }
    fclose(f);
    ok(count > 0, "%s has %d vectors", path, count);
}

/* -- Random numbers -- */

static uint64_t state = 20240229;

/* splitmix64 */
static uint64_t draw(void)
{
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static int between(int low, int high)
{
    return low + (int)(draw() % (uint64_t)(high - low + 1));
}

/* `digits` digits; now and then all nines, or zeros and fives, where roundings are at their edges. */
static u128 draw_coefficient(int digits)
{
    static const char pattern[] = "0123456789";
    static const char edges[] = "0005";
    bool nines = between(0, 15) == 0, edgy = !nines && between(0, 4) == 0;
    u128 n = 0;
    for (int i = 0; i < digits; i++) {
        char c = nines ? '9' : edgy ? edges[draw() & 3] : pattern[draw() % 10];
        n = n * 10 + (unsigned)(c - '0');
    }
    return edgy && between(0, 1) == 0 ? n + 1 : n;
}

static u128 draw_nonzero(int digits)
{
    u128 n = draw_coefficient(digits);
    return n == 0 ? 1 : n;
}

static dec make(bool negative, u128 coefficient, int exponent)
{
    dec d = DEC_SMALL(0);
    struct dec_parts p = { coefficient, exponent, negative };
    if (!dec_from_parts(p, &d)) {
        p.exponent = 0;
        dec_from_parts(p, &d);
    }
    return d;
}

static bool coin(void)
{
    return between(0, 1) == 1;
}

/* Small whole numbers, money, moderate numbers, and the whole range. */
static dec draw_dec(void)
{
    switch (between(0, 5)) {
    case 0:
        return make(coin(), draw() % 1000, 0);
    case 1:
        return make(coin(), draw() % 10000000, -2);
    case 2:
        return make(coin(), draw_coefficient(between(1, 20)), between(-22, 3));
    case 3:
        return make(coin(), draw_coefficient(between(1, 34)), between(-40, 10));
    case 4:
        return make(coin(), draw_coefficient(34), between(-68, 34));
    default:
        return make(coin(), draw_coefficient(between(1, 34)), between(DEC_EXPONENT_MIN, DEC_EXPONENT_MAX));
    }
}

/* -- The reference: integers of any length -- */

static void set_u128(mpz_t z, u128 n)
{
    mpz_import(z, 1, 1, sizeof(n), 0, 0, &n);
}

static u128 get_u128(const mpz_t z)
{
    u128 n = 0;
    mpz_export(&n, NULL, 1, sizeof(n), 0, 0, z);
    return n;
}

static void scale_up(mpz_t z, long power)
{
    mpz_t ten;
    mpz_init(ten);
    mpz_ui_pow_ui(ten, 10, (unsigned long)power);
    mpz_mul(z, z, ten);
    mpz_clear(ten);
}

/* z = the signed coefficient of d, times 10^shift. */
static void set_scaled(mpz_t z, dec d, long shift)
{
    struct dec_parts p = dec_parts(d);
    set_u128(z, p.coefficient);
    scale_up(z, shift);
    if (p.negative) {
        mpz_neg(z, z);
    }
}

/* quotient = num * 10^k / den towards zero, for any k; the rest is one of `divisor`. */
static void divide_scaled(mpz_t quotient, mpz_t rest, mpz_t divisor, const mpz_t num, const mpz_t den, long k)
{
    mpz_set(quotient, num);
    mpz_set(divisor, den);
    if (k >= 0) {
        scale_up(quotient, k);
    } else {
        scale_up(divisor, -k);
    }
    mpz_tdiv_qr(quotient, rest, quotient, divisor);
}

static u128 power_of_ten(int n)
{
    u128 p = 1;
    for (; n > 0; n--) {
        p *= 10;
    }
    return p;
}

/* num / den * 10^exponent with num, den > 0 as IEEE 754 rounds it: half-even to 34 digits or at the smallest
 * exponent; an exact result has the exponent nearest to `preferred`. False on overflow. */
static bool reference(const mpz_t num, const mpz_t den, long exponent, long preferred, bool negative, dec *ret)
{
    const u128 end = power_of_ten(34);
    mpz_t quotient, rest, divisor;
    mpz_inits(quotient, rest, divisor, NULL);
    long k = 34 - (long)mpz_sizeinbase(num, 10) + (long)mpz_sizeinbase(den, 10) + 1;
    do {
        divide_scaled(quotient, rest, divisor, num, den, k);
        k--;
    } while (mpz_sizeinbase(quotient, 2) > 113 || get_u128(quotient) >= end);
    long result_exponent = exponent - k - 1;
    if (result_exponent < DEC_EXPONENT_MIN) {
        result_exponent = DEC_EXPONENT_MIN;
        divide_scaled(quotient, rest, divisor, num, den, exponent - result_exponent);
    }
    u128 c = get_u128(quotient);
    bool exact = mpz_sgn(rest) == 0;
    mpz_mul_2exp(rest, rest, 1);
    int half = mpz_cmp(rest, divisor);
    mpz_clears(quotient, rest, divisor, NULL);
    c += half > 0 || (half == 0 && c % 2 == 1);
    if (c == end) {
        c /= 10;
        result_exponent++;
    }
    for (; exact && c != 0 && result_exponent < preferred && c % 10 == 0; c /= 10) {
        result_exponent++;
    }
    for (; result_exponent > DEC_EXPONENT_MAX && c < end / 10; c *= 10) {
        result_exponent--;
    }
    return dec_from_parts((struct dec_parts){ c, (int)result_exponent, negative }, ret);
}

/* The same for a signed num, and for 0, whose exponent is the preferred one as far as there is such. */
static bool reference_signed(mpz_t num, const mpz_t den, long exponent, long preferred, bool negative, dec *ret)
{
    if (mpz_sgn(num) == 0) {
        return dec_from_parts((struct dec_parts){ 0, (int)preferred, false }, ret);
    }
    bool minus = (mpz_sgn(num) < 0) != negative;
    mpz_abs(num, num);
    return reference(num, den, exponent, preferred, minus, ret);
}

static long least(long a, long b)
{
    return a < b ? a : b;
}

static bool reference_sum(dec a, dec b, bool subtract, dec *ret)
{
    mpz_t x, y, one;
    mpz_inits(x, y, NULL);
    mpz_init_set_ui(one, 1);
    long exponent = least(dec_parts(a).exponent, dec_parts(b).exponent);
    set_scaled(x, a, dec_parts(a).exponent - exponent);
    set_scaled(y, b, dec_parts(b).exponent - exponent);
    if (subtract) {
        mpz_sub(x, x, y);
    } else {
        mpz_add(x, x, y);
    }
    bool finite = reference_signed(x, one, exponent, exponent, false, ret);
    mpz_clears(x, y, one, NULL);
    return finite;
}

static bool reference_product(dec a, dec b, dec *ret)
{
    mpz_t x, y, one;
    mpz_inits(x, y, NULL);
    mpz_init_set_ui(one, 1);
    set_scaled(x, a, 0);
    set_scaled(y, b, 0);
    mpz_mul(x, x, y);
    long exponent = dec_parts(a).exponent + dec_parts(b).exponent;
    bool finite = reference_signed(x, one, exponent, exponent, false, ret);
    mpz_clears(x, y, one, NULL);
    return finite;
}

static bool reference_quotient(dec a, dec b, dec *ret)
{
    mpz_t x, y;
    mpz_inits(x, y, NULL);
    set_scaled(x, a, 0);
    set_scaled(y, dec_abs(b), 0);
    long exponent = dec_parts(a).exponent - dec_parts(b).exponent;
    bool finite = mpz_sgn(y) != 0 && reference_signed(x, y, exponent, exponent, dec_is_negative(b), ret);
    mpz_clears(x, y, NULL);
    return finite;
}

static bool reference_modulo(dec a, dec b, dec *ret)
{
    mpz_t x, y, one;
    mpz_inits(x, y, NULL);
    mpz_init_set_ui(one, 1);
    long exponent = least(dec_parts(a).exponent, dec_parts(b).exponent);
    set_scaled(x, a, dec_parts(a).exponent - exponent);
    set_scaled(y, b, dec_parts(b).exponent - exponent);
    bool finite = mpz_sgn(y) != 0;
    if (finite) {
        mpz_fdiv_r(x, x, y);
        finite = reference_signed(x, one, exponent, exponent, false, ret);
    }
    mpz_clears(x, y, one, NULL);
    return finite;
}

/* The root of an integer with 50 digits; one digit more says whether something follows. */
static bool reference_root(dec a, dec *ret)
{
    struct dec_parts p = dec_parts(a);
    if (p.negative || p.coefficient == 0) {
        long half = (p.exponent - (p.exponent & 1)) / 2;
        return !p.negative && dec_from_parts((struct dec_parts){ 0, (int)half, false }, ret);
    }
    long shift = 100 + (p.exponent & 1);
    mpz_t x, rest, one;
    mpz_inits(x, rest, NULL);
    mpz_init_set_ui(one, 1);
    set_scaled(x, a, shift);
    mpz_sqrtrem(x, rest, x);
    mpz_mul_ui(x, x, 10);
    if (mpz_sgn(rest) != 0) {
        mpz_add_ui(x, x, 1);
    }
    bool finite = reference(x, one, (p.exponent - shift) / 2 - 1, (p.exponent - (p.exponent & 1)) / 2, false, ret);
    mpz_clears(x, rest, one, NULL);
    return finite;
}

/* -- The reference: MPFR at nine times the precision of 34 digits -- */

enum { BITS = 1024, TAKEN = 110 };

static void set_mpfr(mpfr_t x, dec d)
{
    struct dec_parts p = dec_parts(d);
    mpz_t z;
    mpz_init(z);
    set_scaled(z, d, 0);
    mpfr_set_z(x, z, MPFR_RNDN);
    mpz_clear(z);
    mpfr_t ten;
    mpfr_init2(ten, BITS);
    mpfr_ui_pow_ui(ten, 10, (unsigned long)(p.exponent < 0 ? -p.exponent : p.exponent), MPFR_RNDN);
    (p.exponent < 0 ? mpfr_div : mpfr_mul)(x, x, ten, MPFR_RNDN);
    mpfr_clear(ten);
}

static bool reference_mpfr(const mpfr_t x, dec *ret)
{
    if (mpfr_zero_p(x) || (mpfr_regular_p(x) && mpfr_get_exp(x) < -21000)) {
        return dec_from_parts((struct dec_parts){ 0, DEC_EXPONENT_MIN, false }, ret);
    }
    if (!mpfr_regular_p(x) || mpfr_get_exp(x) > 21000) {
        return false;
    }
    char text[TAKEN + 3];
    mpfr_exp_t point;
    mpfr_get_str(text, &point, 10, TAKEN, x, MPFR_RNDN);
    bool negative = text[0] == '-';
    mpz_t num, one;
    mpz_init_set_str(num, text + negative, 10);
    mpz_init_set_ui(one, 1);
    bool finite = reference(num, one, point - TAKEN, -100000, negative, ret);
    mpz_clears(num, one, NULL);
    return finite;
}

typedef int mpfr_fn(mpfr_t result, const mpfr_t a, mpfr_rnd_t direction);

static bool reference_function(mpfr_fn *function, dec a, dec *ret)
{
    mpfr_t x;
    mpfr_init2(x, BITS);
    set_mpfr(x, a);
    function(x, x, MPFR_RNDN);
    bool finite = reference_mpfr(x, ret);
    mpfr_clear(x);
    return finite;
}

static bool reference_power(dec a, dec b, dec *ret)
{
    mpfr_t x, y;
    mpfr_inits2(BITS, x, y, NULL);
    set_mpfr(x, a);
    set_mpfr(y, b);
    mpfr_pow(x, x, y, MPFR_RNDN);
    bool finite = reference_mpfr(x, ret);
    mpfr_clears(x, y, NULL);
    return finite;
}

/* -- Laws: each draws a case, and answers whether it holds -- */

static dec last_a, last_b; /* the case, for the report */

static bool agree(bool finite, dec got, bool want_finite, dec want)
{
    bool pass = finite == want_finite && (!finite || (sane(got) && same(got, want)));
    if (!pass) {
        printf("# got %s, want %s\n", finite ? show(got) : "none", want_finite ? show(want) : "none");
    }
    return pass;
}

static void draw_two(void)
{
    last_a = draw_dec();
    last_b = draw_dec();
}

/* Now and then numbers that nearly cancel, or that lie just within each other's reach. */
static void draw_near(void)
{
    draw_two();
    if (between(0, 2) == 0) {
        struct dec_parts p = dec_parts(last_a);
        last_b = make(coin(), draw_coefficient(between(1, 34)), p.exponent + between(-40, 40));
    }
}

/* The inline function and the slow one. */
static bool agree_both(binary_fn *fast, binary_fn *slow, dec a, dec b, bool want_finite, dec want)
{
    dec got = DEC_SMALL(0), by_slow = got;
    bool finite = fast(a, b, &got), slow_finite = slow(a, b, &by_slow);
    return agree(finite, got, want_finite, want) && agree(slow_finite, by_slow, want_finite, want);
}

static bool law_sum(void)
{
    draw_near();
    dec want = DEC_SMALL(0);
    bool finite = reference_sum(last_a, last_b, false, &want);
    return agree_both(dec_add, dec_add_slow, last_a, last_b, finite, want) &&
           agree_both(dec_add, dec_add_slow, last_b, last_a, finite, want);
}

static bool law_difference(void)
{
    draw_near();
    if (between(0, 9) == 0) {
        last_b = last_a;
    }
    dec want = DEC_SMALL(0);
    bool finite = reference_sum(last_a, last_b, true, &want);
    return agree_both(dec_sub, dec_sub_slow, last_a, last_b, finite, want) &&
           agree_both(dec_sub, dec_sub_slow, last_b, last_a, finite, dec_neg(want));
}

static bool law_product(void)
{
    draw_two();
    dec want = DEC_SMALL(0);
    bool finite = reference_product(last_a, last_b, &want);
    return agree_both(dec_mul, dec_mul_slow, last_a, last_b, finite, want) &&
           agree_both(dec_mul, dec_mul_slow, last_b, last_a, finite, want);
}

static bool law_quotient(void)
{
    draw_two();
    dec want = DEC_SMALL(0);
    bool finite = reference_quotient(last_a, last_b, &want);
    dec got = DEC_SMALL(0);
    bool got_finite = dec_div(last_a, last_b, &got);
    return agree(got_finite, got, finite, want);
}

/* Products of short numbers are exact, so dividing gives the value back. */
static bool law_exact_quotient(void)
{
    last_a = make(coin(), draw_coefficient(between(1, 17)), between(-30, 30));
    last_b = make(coin(), draw_nonzero(between(1, 17)), between(-30, 30));
    dec product, got;
    return dec_mul(last_a, last_b, &product) && dec_div(product, last_b, &got) && dec_eq(got, last_a) && sane(got);
}

static bool law_modulo(void)
{
    draw_near();
    dec got = DEC_SMALL(0), want = got;
    bool want_finite = reference_modulo(last_a, last_b, &want), finite = dec_modulo(last_a, last_b, &got);
    return agree(finite, got, want_finite, want);
}

static bool law_root(void)
{
    last_a = last_b = dec_abs(draw_dec());
    if (between(0, 3) == 0) {
        dec square;
        u128 root = draw_coefficient(between(1, 17));
        last_a = make(false, root, between(-20, 20));
        last_a = dec_mul(last_a, last_a, &square) ? square : last_a;
    }
    dec got = DEC_SMALL(0), want = got;
    bool want_finite = reference_root(last_a, &want), finite = dec_sqrt(last_a, &got);
    return agree(finite, got, want_finite, want);
}

/* Arguments of all sizes that give a finite result, and some that do not. */
static bool law_exp(void)
{
    int digits = between(1, 34);
    last_a = last_b = make(coin(), draw_nonzero(digits), between(-40, 5) - digits);
    dec got = DEC_SMALL(0), want = got;
    bool want_finite = reference_function(mpfr_exp, last_a, &want), finite = dec_exp(last_a, &got);
    return agree(finite, got, want_finite, want);
}

/* Every fourth close to 1, where the logarithm is small. */
static bool law_log(void)
{
    dec one = DEC_SMALL(1), delta = make(coin(), draw_nonzero(between(1, 10)), between(-34, -11));
    last_a = dec_abs(draw_dec());
    if (between(0, 3) == 0 && !dec_add(one, delta, &last_a)) {
        return false;
    }
    last_b = last_a;
    dec got = DEC_SMALL(0), want = got;
    if (dec_is_zero(last_a)) {
        return !dec_log(last_a, &got);
    }
    if (dec_eq(last_a, one)) {
        return dec_log(last_a, &got) && same(got, DEC_SMALL(0));
    }
    bool want_finite = reference_function(mpfr_log, last_a, &want), finite = dec_log(last_a, &got);
    return agree(finite, got, want_finite, want);
}

/* Values only: the reference does not know which powers are exact. */
static bool check_power(void)
{
    dec got = DEC_SMALL(0), want = got;
    bool want_finite = reference_power(last_a, last_b, &want);
    bool finite = dec_pow(last_a, last_b, &got);
    bool pass = finite == want_finite && (!finite || (sane(got) && dec_eq(got, want)));
    if (!pass) {
        printf("# got %s, want %s\n", finite ? show(got) : "none", want_finite ? show(want) : "none");
    }
    return pass;
}

static bool law_whole_power(void)
{
    static const int most[] = { 5, 50, 2000, 999999999 };
    last_a = make(coin(), draw_nonzero(between(1, 34)), between(-34, 2));
    int bound = most[between(0, 3)];
    if (bound > 50 && coin()) {
        dec delta = make(coin(), draw_coefficient(between(1, 10)), between(-34, -11));
        last_a = DEC_SMALL(1);
        dec_add(last_a, delta, &last_a);
    }
    last_b = dec_from_int(between(-bound, bound));
    return check_power();
}

static bool law_fractional_power(void)
{
    last_a = make(false, draw_nonzero(between(1, 34)), between(-40, 10));
    last_b = make(coin(), draw_nonzero(between(1, 34)), between(-36, -1));
    return check_power();
}

/* x ** (q * 2^-i * 5^-j) of a power, which is often exact. */
static bool law_exact_power(void)
{
    static const char *const fractions[] = { "0.5", "0.25", "0.2", "1.5", "0.1", "0.125", "2.5", "0.4", "0.05" };
    int i = between(0, 8);
    last_a = make(false, draw() % 50 + 1, between(-2, 2));
    dec inverse = dec_from_int((const int[]){ 2, 4, 5, 2, 10, 8, 2, 5, 20 }[i]);
    dec_parse(str_of(fractions[i]), &last_b);
    if (coin()) {
        last_b = dec_neg(last_b);
    }
    return dec_pow(last_a, inverse, &last_a) && check_power();
}

/* Against integers; equal bits of dec_normal are equal values, and dec_neg turns the order round. */
static bool law_order(void)
{
    draw_near();
    if (between(0, 3) == 0) {
        dec_round(last_a, between(-40, 40), DEC_HALF_EVEN, &last_b);
    }
    dec a = last_a, b = last_b;
    mpz_t x, y;
    mpz_inits(x, y, NULL);
    long exponent = least(dec_parts(a).exponent, dec_parts(b).exponent);
    set_scaled(x, a, dec_parts(a).exponent - exponent);
    set_scaled(y, b, dec_parts(b).exponent - exponent);
    int c = mpz_cmp(x, y);
    mpz_clears(x, y, NULL);
    c = (c > 0) - (c < 0);
    return dec_cmp(a, b) == c && dec_cmp(b, a) == -c && dec_cmp_slow(a, b) == c &&
           dec_cmp(dec_neg(a), dec_neg(b)) == -c && same(dec_normal(a), dec_normal(b)) == (c == 0);
}

/* Printing keeps everything but a positive exponent, which it writes out. */
static bool law_text(void)
{
    last_a = last_b = draw_dec();
    struct buf b = BUF_INIT(DEC_TEXT_MAX);
    dec_print(last_a, &b);
    dec back = DEC_SMALL(0);
    bool pass = !b.overflow && dec_parse(buf_str(&b), &back);
    pass = pass && (dec_parts(last_a).exponent <= 0 ? same(back, last_a) : dec_eq(back, last_a));
    buf_release(&b);
    return pass && dec_parse(str_of(show(last_a)), &back) && same(back, last_a);
}

static bool law_normal(void)
{
    last_a = last_b = draw_dec();
    dec n = dec_normal(last_a), m, parts;
    struct dec_parts p = dec_parts(n);
    bool shortest = p.exponent == 0 || p.coefficient % 10 != 0 || p.exponent == DEC_EXPONENT_MAX;
    return sane(n) && shortest && dec_eq(n, last_a) && same(dec_normal(n), n) &&
           dec_from_parts(dec_parts(last_a), &parts) && same(parts, last_a) &&
           dec_round(n, between(-5, 33), DEC_DOWN, &m) && (!dec_eq(m, n) || same(dec_normal(m), n));
}

/* The two nearest multiples of a unit, one of which each mode must give. */
static bool law_round(void)
{
    last_a = draw_dec();
    int exponent = dec_parts(last_a).exponent;
    int scale = between(0, 3) == 0 ? between(DEC_EXPONENT_MIN, 6111) : -exponent - between(-5, 37);
    scale = scale < -DEC_EXPONENT_MAX ? -DEC_EXPONENT_MAX : scale > 6176 ? 6176 : scale;
    last_b = dec_from_int(scale);
    enum dec_rounding mode = (enum dec_rounding)between(0, MODES - 1);
    dec got = DEC_SMALL(0), want = last_a;
    bool fine = dec_round(last_a, scale, mode, &got) && sane(got);
    mpz_t x, unit, twice;
    mpz_inits(x, unit, twice, NULL);
    set_scaled(x, last_a, exponent > -scale ? exponent + scale : 0);
    mpz_set_ui(unit, 1);
    scale_up(unit, exponent < -scale ? -scale - exponent : 0);
    mpz_mul_2exp(twice, x, 1);
    int sign = mpz_sgn(x);
    switch (mode) { /* each by another formula than the module's */
    case DEC_FLOOR:
        mpz_fdiv_q(x, x, unit);
        break;
    case DEC_CEILING:
        mpz_cdiv_q(x, x, unit);
        break;
    case DEC_DOWN:
        mpz_tdiv_q(x, x, unit);
        break;
    case DEC_UP:
        (sign < 0 ? mpz_fdiv_q : mpz_cdiv_q)(x, x, unit);
        break;
    default:
        mpz_fdiv_q(x, x, unit); /* below; nearer to the one above when twice the number is past the middle */
        mpz_t middle;
        mpz_init(middle);
        mpz_mul_2exp(middle, x, 1);
        mpz_add_ui(middle, middle, 1);
        mpz_mul(middle, middle, unit);
        int side = mpz_cmp(twice, middle);
        bool tie_up = mode == DEC_HALF_UP ? sign > 0 : mode == DEC_HALF_DOWN ? sign < 0 : mpz_odd_p(x) != 0;
        mpz_add_ui(x, x, side > 0 || (side == 0 && tie_up));
        mpz_clear(middle);
    }
    bool negative = mpz_sgn(x) < 0;
    mpz_abs(x, x);
    if (mpz_sizeinbase(x, 2) <= 113 && get_u128(x) < power_of_ten(34)) {
        fine = fine && dec_from_parts((struct dec_parts){ get_u128(x), -scale, negative }, &want);
    }
    mpz_clears(x, unit, twice, NULL);
    return agree(fine, got, true, want);
}

static bool law_integer(void)
{
    int64_t n = (int64_t)(draw() >> between(0, 63)), back;
    last_a = last_b = dec_from_int(coin() ? n : -n);
    dec scaled;
    bool pass = dec_to_int(last_a, &back) && same(dec_from_int(back), last_a) && dec_is_integer(last_a);
    pass = pass && dec_round(last_a, between(0, 14), DEC_HALF_EVEN, &scaled) && dec_is_integer(scaled) &&
           dec_to_int(scaled, &back) && same(dec_from_int(back), last_a);
    dec half = make(false, 5, -between(1, 12)), sum;
    return pass && (!dec_add(last_a, half, &sum) || (!dec_is_integer(sum) && !dec_to_int(sum, &back)));
}

/* Shares are in thousandths of the cases. */
static const struct {
    const char *name;
    bool (*law)(void);
    int share;
} laws[] = {
    { "a + b is the nearest number and b + a, fast and slow", law_sum, 110 },
    { "a - b is the nearest number and -(b - a), fast and slow", law_difference, 70 },
    { "a * b is the nearest number and b * a, fast and slow", law_product, 100 },
    { "a / b is the nearest number", law_quotient, 150 },
    { "a * b / b is a where the product is exact", law_exact_quotient, 30 },
    { "modulo is that of whole numbers", law_modulo, 50 },
    { "the square root is the nearest number", law_root, 70 },
    { "exp is the nearest number", law_exp, 70 },
    { "log is the nearest number", law_log, 70 },
    { "a whole power is the nearest number", law_whole_power, 50 },
    { "a fractional power is the nearest number", law_fractional_power, 50 },
    { "a power that may be exact is the nearest number", law_exact_power, 20 },
    { "the order is that of whole numbers", law_order, 50 },
    { "reading what was printed gives the same number", law_text, 40 },
    { "normal is the same number, shortest and alone", law_normal, 30 },
    { "rounding to a scale is that of whole numbers", law_round, 30 },
    { "whole numbers go in and out", law_integer, 10 },
};

static void check_laws(long cases)
{
    for (size_t i = 0; i < sizeof(laws) / sizeof(laws[0]); i++) {
        long count = cases * laws[i].share / 1000, failed = 0;
        for (long n = 0; n < count; n++) {
            if (!laws[i].law() && failed++ < 5) {
                printf("# with %s and %s\n", show(last_a), show(last_b));
            }
        }
        ok(failed == 0, "%s: %ld cases, %ld differences", laws[i].name, count, failed);
    }
}

/* -- What needs no table -- */

static void check_small_things(void)
{
    dec d = DEC_SMALL(7), n;
    struct buf b = BUF_INIT(DEC_TEXT_MAX);
    ok(!dec_parse(STR(""), &d) && !dec_parse(STR(" 1"), &d) && !dec_parse(STR("1 "), &d) &&
           !dec_parse(STR("1\0"), &d) && same(d, DEC_SMALL(7)),
       "spaces, nothing and NUL are refused and nothing is written");
    ok(!dec_div(d, DEC_SMALL(0), &d) && !dec_log(dec_from_int(-1), &d) && same(d, DEC_SMALL(7)),
       "a refusal leaves the result alone");
    dec_print(make(true, 1, DEC_EXPONENT_MIN), &b);
    ok(b.len == 6179 && !b.overflow && b.ptr[6178] == '1', "the smallest number has %zu characters", b.len);
    buf_clear(&b);
    dec_print(make(true, power_of_ten(34) - 1, DEC_EXPONENT_MAX), &b);
    ok(b.len == 6146 && !b.overflow && b.ptr[34] == '9' && b.ptr[35] == '0', "the largest has %zu", b.len);
    buf_release(&b);
    ok(!dec_from_parts((struct dec_parts){ power_of_ten(34), 0, false }, &d), "35 digits are no number");
    ok(!dec_from_parts((struct dec_parts){ 15, -6177, false }, &d), "nor is 15E-6177");
    ok(dec_from_parts((struct dec_parts){ 10, -6177, true }, &n) && same(n, make(true, 1, -6176)), "10E-6177 is");
    ok(!dec_from_parts((struct dec_parts){ 1, 6145, false }, &d), "1E+6145 is not");
    ok(dec_from_parts((struct dec_parts){ 1, 6144, false }, &n) && sane(n), "1E+6144 is");
    ok(dec_from_parts((struct dec_parts){ 0, INT32_MIN, true }, &n) && same(n, make(false, 0, -6176)), "0 always");
    ok(dec_from_parts((struct dec_parts){ 0, INT32_MAX, true }, &n) && same(n, make(false, 0, 6111)), "is");
    ok(dec_to_double(make(true, 15, -1)) == -1.5 && dec_to_double(make(false, 1, -1)) == 0.1, "nearest doubles");
    ok(dec_to_double(DEC_SMALL(9007199254740993)) == 9007199254740992.0, "a double's tie goes to the even");
    ok(dec_is_negative(dec_from_int(-1)) && !dec_is_negative(dec_neg(DEC_SMALL(0))), "zero has no sign");
    ok(same(dec_abs(dec_from_int(INT64_MIN)), DEC_SMALL(9223372036854775808u)), "the smallest int64");
    ok(!dec_round(d, 6177, DEC_UP, &n) && !dec_round(d, INT32_MIN, DEC_UP, &n), "scales out of range");
}

int main(void)
{
    static const char *const files[] = { "parse", "print", "add",    "sub",   "mul",    "div", "sqrt", "exp",
                                         "log",   "pow",   "modulo", "round", "normal", "cmp", "int" };
    const char *root = getenv("GONGSHI_ROOT");
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        check_file(root == NULL ? "." : root, files[i]);
    }
    check_small_things();
    const char *cases = getenv("DEC_CASES");
    check_laws(cases == NULL ? 100000 : strtol(cases, NULL, 10));
    mpfr_free_cache();
    return tap_done();
}
