/* Two numbers and a scale, in words: whatever they are, each operation ends, leaves a number of the module's own
 * form, and keeps the laws that can be said without a second implementation. */
#include "fuzz.h"

#include "dec/dec.h"

#include <assert.h>

static bool same(dec a, dec b)
{
    return a.lo == b.lo && a.hi == b.hi;
}

/* dec_parts asserts that the number is finite and has at most 34 digits. */
static dec checked(dec d)
{
    struct dec_parts p = dec_parts(d);
    dec back;
    assert(!p.negative || p.coefficient != 0);
    assert(dec_from_parts(p, &back) && same(back, d));
    return d;
}

static void check_text(dec d)
{
    struct buf b = BUF_INIT(DEC_TEXT_MAX);
    dec_print(d, &b);
    dec back;
    assert(!b.overflow && dec_parse(buf_str(&b), &back));
    assert(dec_parts(d).exponent <= 0 ? same(back, d) : dec_eq(back, d));
    assert(same(dec_normal(back), checked(dec_normal(d))));
    buf_release(&b);
}

static void check_one(dec a, int scale)
{
    check_text(a);
    dec r;
    int64_t n;
    if (dec_to_int(a, &n)) {
        assert(dec_is_integer(a) && dec_eq(dec_from_int(n), a));
    }
    if (dec_sqrt(a, &r)) {
        assert(!dec_is_negative(checked(r)));
    }
    if (dec_exp(a, &r)) {
        assert(!dec_is_negative(checked(r)));
    }
    if (dec_log(a, &r)) {
        assert(dec_cmp(checked(r), DEC_SMALL(0)) == dec_cmp(a, DEC_SMALL(1)));
    }
    dec low, high;
    for (int mode = DEC_HALF_EVEN; mode <= DEC_FLOOR; mode++) {
        if (dec_round(a, scale, (enum dec_rounding)mode, &r)) {
            assert(dec_round(a, scale, DEC_FLOOR, &low) && dec_round(a, scale, DEC_CEILING, &high));
            assert(dec_cmp(checked(low), a) <= 0 && dec_cmp(a, checked(high)) <= 0);
            assert(same(checked(r), low) || same(r, high));
        }
    }
}

static void check_sums(dec a, dec b)
{
    dec r, slow;
    bool finite = dec_add(a, b, &r);
    assert(finite == dec_add_slow(b, a, &slow) && (!finite || same(checked(r), slow)));
    finite = dec_sub(a, b, &r);
    assert(finite == dec_sub_slow(b, a, &slow) && (!finite || same(checked(r), dec_neg(slow))));
    assert(!finite || dec_cmp(r, DEC_SMALL(0)) == dec_cmp(a, b));
}

static void check_two(dec a, dec b)
{
    check_sums(a, b);
    dec r, slow;
    bool finite = dec_mul(a, b, &r);
    assert(finite == dec_mul_slow(b, a, &slow) && (!finite || same(checked(r), slow)));
    if (dec_div(a, b, &r)) {
        assert(dec_is_zero(checked(r)) || dec_is_negative(r) == (dec_is_negative(a) != dec_is_negative(b)));
    }
    if (dec_modulo(a, b, &r)) {
        assert(dec_is_zero(checked(r)) || dec_is_negative(r) == dec_is_negative(b));
        assert(dec_cmp(dec_abs(r), dec_abs(b)) <= 0);
    }
    if (dec_pow(a, b, &r)) {
        assert(!dec_is_negative(checked(r)) || dec_is_negative(a));
    }
    assert(dec_cmp(a, b) == -dec_cmp(b, a));
    assert(same(dec_normal(a), dec_normal(b)) == dec_eq(a, b));
}

static str next_word(str *text)
{
    *text = str_trim(*text);
    size_t len = 0;
    while (len < text->len && text->ptr[len] != ' ' && text->ptr[len] != '\n') {
        len++;
    }
    str word = str_slice(*text, 0, len);
    *text = str_slice(*text, len, text->len);
    return word;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    str text = { (const char *)data, size };
    dec a, b, scale_number;
    if (!dec_parse(next_word(&text), &a)) {
        return 0;
    }
    if (!dec_parse(next_word(&text), &b)) {
        b = DEC_SMALL(3);
    }
    int64_t scale = 2;
    if (dec_parse(next_word(&text), &scale_number) && dec_to_int(scale_number, &scale)) {
        scale %= 10000;
    }
    checked(a);
    check_one(a, (int)scale);
    check_two(a, checked(b));
    return 0;
}
