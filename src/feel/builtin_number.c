/* builtin_number: numbers (DMN 1.5, 10.3.4.5), and random ones. */
#include "feel/feel_int.h"

static feel_value no_result(struct feel_eval *ev, const char *function, feel_value v)
{
    const char *call = arena_printf(&ev->arena, "%s(%s)", function, feel__brief(ev, v)).ptr;
    return feel__fail(ev, FEEL_DIAG_NO_RESULT, call, NULL, NULL);
}

bool feel__whole(feel_value number, int64_t *ret)
{
    dec whole;
    return dec_round(number.number, 0, DEC_DOWN, &whole) && dec_to_int(whole, ret);
}

/* ---- Rounding ---- */

/* args: n, scale (0 when left out). The scale is a whole number of -6111 … 6176. */
static feel_value round_to(struct feel_eval *ev, const char *function, enum dec_rounding mode, const feel_value *args,
                           uint32_t count)
{
    int64_t scale = 0;
    dec d;
    if (count > 1 && !feel__whole(args[1], &scale)) {
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, function, "scale", feel__brief(ev, args[1]));
    }
    if (scale < INT16_MIN || scale > INT16_MAX || !dec_round(args[0].number, (int)scale, mode, &d)) {
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, function, "scale", feel__brief(ev, args[1]));
    }
    return feel_number(d);
}

#define ROUNDING(function, name, mode)                                                    \
    feel_value function(struct feel_eval *ev, const feel_value *args, uint32_t count)     \
    {                                                                                     \
        return round_to(ev, name, mode, args, count);                                     \
    }

ROUNDING(builtin_decimal, "decimal", DEC_HALF_EVEN)
ROUNDING(builtin_floor, "floor", DEC_FLOOR)
ROUNDING(builtin_ceiling, "ceiling", DEC_CEILING)
ROUNDING(builtin_round_up, "round up", DEC_UP)
ROUNDING(builtin_round_down, "round down", DEC_DOWN)
ROUNDING(builtin_round_half_up, "round half up", DEC_HALF_UP)
ROUNDING(builtin_round_half_down, "round half down", DEC_HALF_DOWN)

/* ---- Functions of one number ---- */

feel_value builtin_abs(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    feel_value v = args[0];
    switch (v.kind) {
    case FEEL_NUMBER: v.number = dec_abs(v.number); return v;
    case FEEL_SPAN: return v.span.seconds < 0 ? feel__negate(ev, v) : v;
    default: return v.months < 0 ? feel__negate(ev, v) : v;
    }
}

typedef bool number_fn(dec a, dec *ret);

static feel_value apply(struct feel_eval *ev, const char *name, number_fn *f, feel_value v)
{
    dec d;
    return f(v.number, &d) ? feel_number(d) : no_result(ev, name, v);
}

feel_value builtin_sqrt(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    return apply(ev, "sqrt", dec_sqrt, args[0]);
}

feel_value builtin_log(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    return apply(ev, "log", dec_log, args[0]);
}

feel_value builtin_exp(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    return apply(ev, "exp", dec_exp, args[0]);
}

/* ---- Whole numbers ---- */

feel_value builtin_modulo(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    dec d;
    if (dec_is_zero(args[1].number)) {
        return feel__fail(ev, FEEL_DIAG_DIVISION_BY_ZERO, NULL, NULL, NULL);
    }
    return dec_modulo(args[0].number, args[1].number, &d) ? feel_number(d) : no_result(ev, "modulo", args[0]);
}

/* The remainder by two: 0 or 1 for whole numbers of any size. */
static bool remainder_by_two(dec d, dec *ret)
{
    return dec_modulo(d, DEC_SMALL(2), ret);
}

feel_value builtin_odd(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    dec d;
    return remainder_by_two(args[0].number, &d) ? feel_boolean(dec_eq(d, DEC_SMALL(1)))
                                                : no_result(ev, "odd", args[0]);
}

feel_value builtin_even(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    dec d;
    return remainder_by_two(args[0].number, &d) ? feel_boolean(dec_is_zero(d)) : no_result(ev, "even", args[0]);
}

/* ---- Random numbers ---- */

/* The finalizer of SplitMix64: a bijection that scatters every bit of its input. */
static uint64_t scatter(uint64_t x)
{
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

uint64_t feel__random(struct feel_eval *ev)
{
    ev->random_count++;
    return scatter(ev->env.seed + ev->random_count * 0x9E3779B97F4A7C15u);
}

/* 0 <= x < 1 in steps of 10^-18, each as likely as the others: what lies beyond the last whole multiple of 10^18 is
 * drawn again, which happens once in forty draws. */
feel_value builtin_random_number(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)args, (void)count;
    const uint64_t steps = 1000000000000000000u, end = UINT64_MAX / steps * steps;
    uint64_t x = feel__random(ev);
    while (x >= end) {
        x = feel__random(ev);
    }
    dec d = DEC_SMALL(0);
    (void)dec_from_parts((struct dec_parts){ x % steps, -18, false }, &d);
    return feel_number(d);
}
