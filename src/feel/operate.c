/* operate: equality, order, arithmetic and `in` (DMN 1.5, 10.3.2.4 – 10.3.2.9, tables 42 – 55).
 *
 * Which kinds an operator takes is one switch over pairs of kinds; whatever is not listed there is null with a
 * diagnostic. There are no conversions: a list of one is no number here.
 */
#include "feel/feel_int.h"

#define PAIR(a, b) ((unsigned)(a) * FEEL_KINDS + (unsigned)(b))

static bool is_temporal(feel_value v)
{
    return v.kind == FEEL_DATE || v.kind == FEEL_TIME || v.kind == FEEL_DATE_TIME;
}

static int compare_whole(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* ---- Order ---- */

/* Times and dates and times are points to the second (10.3.2.3.5: hour, minute and second are all that counts):
 * they are equal, and neither is before the other, when they differ by less. What is finer is kept and printed. */
static bool compare_times(cal_time a, cal_time b, int *ret)
{
    a.nano = b.nano = 0;
    return cal_time_cmp(a, b, ret);
}

static bool compare_date_times(cal_datetime a, cal_datetime b, int *ret)
{
    a.nano = b.nano = 0;
    return cal_datetime_cmp(a, b, ret);
}

bool feel__compare(feel_value a, feel_value b, int *ret)
{
    if (a.kind != b.kind) {
        return false;
    }
    switch (a.kind) {
    case FEEL_NUMBER: *ret = dec_cmp(a.number, b.number); return true;
    case FEEL_STRING: *ret = str_cmp(feel_str(a), feel_str(b)); return true;
    case FEEL_DATE: *ret = compare_whole(cal_days_from_date(a.date), cal_days_from_date(b.date)); return true;
    case FEEL_TIME: return compare_times(a.time, b.time, ret);
    case FEEL_DATE_TIME: return compare_date_times(a.date_time, b.date_time, ret);
    case FEEL_SPAN: *ret = cal_span_cmp(a.span, b.span); return true;
    case FEEL_MONTHS: *ret = compare_whole(a.months, b.months); return true;
    default: return false;
    }
}

bool feel_compare(feel_value a, feel_value b, int *ret)
{
    return feel__compare(a, b, ret);
}

/* ---- Equality ---- */

enum answer { NO, YES, UNKNOWN };

static enum answer equal(struct feel_eval *ev, feel_value a, feel_value b);

static enum answer answer_of(bool b)
{
    return b ? YES : NO;
}

static feel_value value_of(enum answer a)
{
    return a == UNKNOWN ? feel_null() : feel_boolean(a == YES);
}

/* A pair that differs decides; otherwise one that cannot be compared leaves the whole open. */
static enum answer both(enum answer a, enum answer b)
{
    return a == NO || b == NO ? NO : a == YES ? b : UNKNOWN;
}

static enum answer equal_lists(struct feel_eval *ev, feel_value a, feel_value b)
{
    if (a.count != b.count) {
        return NO;
    }
    if (!feel__steps(ev, a.count)) {
        return UNKNOWN;
    }
    enum answer all = YES;
    for (uint32_t i = 0; i < a.count && all != NO; i++) {
        all = both(all, equal(ev, a.items[i], b.items[i]));
    }
    return all;
}

/* The order of the entries does not count. */
static enum answer equal_contexts(struct feel_eval *ev, feel_value a, feel_value b)
{
    if (a.count != b.count) {
        return NO;
    }
    if (!feel__steps(ev, a.count)) {
        return UNKNOWN;
    }
    enum answer all = YES;
    for (uint32_t i = 0; i < a.count && all != NO; i++) {
        int64_t at = a.shape == b.shape ? i : feel_shape_find(b.shape, a.shape->names[i]);
        all = at < 0 ? NO : both(all, equal(ev, a.values[i], b.values[at]));
    }
    return all;
}

static enum answer equal_ranges(struct feel_eval *ev, const struct feel_range *a, const struct feel_range *b)
{
    bool same_form = a->outside == b->outside && a->comparison == b->comparison &&
                     a->start_included == b->start_included && a->end_included == b->end_included;
    if (!feel__steps(ev, 1)) {
        return UNKNOWN;
    }
    return same_form ? both(equal(ev, a->start, b->start), equal(ev, a->end, b->end)) : NO;
}

/* Recurses as deep as the values, which is bounded, and charges a step for each element: shared insides can make
 * a comparison much longer than the values take memory. */
static enum answer equal(struct feel_eval *ev, feel_value a, feel_value b)
{
    int order;
    if (a.kind != b.kind) {
        return a.kind == FEEL_NULL || b.kind == FEEL_NULL ? NO : UNKNOWN;
    }
    switch (a.kind) {
    case FEEL_NULL: return YES;
    case FEEL_BOOLEAN: return answer_of(a.boolean == b.boolean);
    case FEEL_STRING: return answer_of(str_eq(feel_str(a), feel_str(b)));
    case FEEL_LIST: return equal_lists(ev, a, b);
    case FEEL_CONTEXT: return equal_contexts(ev, a, b);
    case FEEL_RANGE: return equal_ranges(ev, a.range, b.range);
    case FEEL_FUNCTION: return feel__same_function(a.function, b.function) ? YES : UNKNOWN;
    default: return feel__compare(a, b, &order) ? answer_of(order == 0) : UNKNOWN;
    }
}

feel_value feel_equal(struct feel_eval *ev, feel_value a, feel_value b)
{
    return value_of(equal(ev, a, b));
}

/* ---- Relations ---- */

static feel_value incomparable(struct feel_eval *ev, feel_value a, feel_value b)
{
    if (ev->steps < 0) {
        return feel_null(); /* a limit ended the comparison, which has its diagnostic */
    }
    if (a.kind == b.kind && is_temporal(a)) {
        return feel__fail(ev, FEEL_DIAG_ZONES, feel__brief(ev, a), feel__brief(ev, b), NULL);
    }
    return feel__fail(ev, FEEL_DIAG_COMPARE_TYPES, feel__kind_text(a), feel__kind_text(b), NULL);
}

feel_value feel__relation(struct feel_eval *ev, enum feel_operator op, feel_value a, feel_value b)
{
    if (op == FEEL_EQ || op == FEEL_NE) {
        enum answer same = equal(ev, a, b);
        return same == UNKNOWN ? incomparable(ev, a, b) : feel_boolean((same == YES) == (op == FEEL_EQ));
    }
    int order;
    if (!feel__compare(a, b, &order)) {
        return incomparable(ev, a, b);
    }
    switch (op) {
    case FEEL_LT: return feel_boolean(order < 0);
    case FEEL_LE: return feel_boolean(order <= 0);
    case FEEL_GT: return feel_boolean(order > 0);
    default: assert(op == FEEL_GE); return feel_boolean(order >= 0);
    }
}

/* ---- In ---- */

static enum answer in_range(struct feel_eval *ev, feel_value v, const struct feel_range *r)
{
    int order;
    bool open = r->start.kind == FEEL_NULL || r->end.kind == FEEL_NULL;
    if (r->comparison && !open) { /* = or !=, which also take what has no order */
        enum answer same = equal(ev, v, r->start);
        return same == UNKNOWN ? UNKNOWN : answer_of((same == YES) != r->outside);
    }
    if (open && !r->comparison) {
        return UNKNOWN;
    }
    if (r->start.kind != FEEL_NULL) {
        if (!feel__compare(v, r->start, &order)) {
            return UNKNOWN;
        }
        if (order < 0 || (order == 0 && !r->start_included)) {
            return NO;
        }
    }
    if (r->end.kind != FEEL_NULL) {
        if (!feel__compare(v, r->end, &order)) {
            return UNKNOWN;
        }
        return answer_of(order < 0 || (order == 0 && r->end_included));
    }
    return r->start.kind == FEEL_NULL ? UNKNOWN : YES;
}

feel_value feel__in_range(struct feel_eval *ev, feel_value v, const struct feel_range *range)
{
    return value_of(in_range(ev, v, range));
}

/* A range is equal to a range; anything else lies in it or not. */
static enum answer passes(struct feel_eval *ev, feel_value v, feel_value test)
{
    return test.kind == FEEL_RANGE && v.kind != FEEL_RANGE ? in_range(ev, v, test.range) : equal(ev, v, test);
}

/* The list itself, or one of its elements. Elements of other kinds are passed over: 1 in ["a", 2] is false. */
static enum answer in_list(struct feel_eval *ev, feel_value v, feel_value list)
{
    if (!feel__steps(ev, list.count)) {
        return UNKNOWN;
    }
    if (v.kind == FEEL_LIST && equal(ev, v, list) == YES) {
        return YES;
    }
    for (uint32_t i = 0; i < list.count; i++) {
        if (passes(ev, v, list.items[i]) == YES) {
            return YES;
        }
    }
    return NO;
}

feel_value feel__in(struct feel_eval *ev, feel_value v, feel_value test)
{
    enum answer a = test.kind == FEEL_LIST ? in_list(ev, v, test) : passes(ev, v, test);
    if (a != UNKNOWN || ev->steps < 0) {
        return value_of(a);
    }
    if (test.kind == FEEL_RANGE && v.kind != FEEL_RANGE) {
        test = test.range->start.kind != FEEL_NULL ? test.range->start : test.range->end;
    }
    return incomparable(ev, v, test);
}

/* ---- Failures of arithmetic ---- */

static const char *symbol(enum feel_operator op)
{
    static const char *const symbols[] = {
        [FEEL_ADD] = "+", [FEEL_SUB] = "-", [FEEL_MUL] = "*", [FEEL_DIV] = "/", [FEEL_POW] = "**",
    };
    assert(op <= FEEL_POW);
    return symbols[op];
}

/* "a + b", for diagnostics. */
static const char *formula(struct feel_eval *ev, enum feel_operator op, feel_value a, feel_value b)
{
    return arena_printf(&ev->arena, "%s %s %s", feel__brief(ev, a), symbol(op), feel__brief(ev, b)).ptr;
}

static feel_value out_of_range(struct feel_eval *ev, enum feel_operator op, feel_value a, feel_value b)
{
    return feel__fail(ev, FEEL_DIAG_OUT_OF_RANGE, formula(ev, op, a, b), NULL, NULL);
}

static feel_value no_result(struct feel_eval *ev, enum feel_operator op, feel_value a, feel_value b)
{
    return feel__fail(ev, FEEL_DIAG_NO_RESULT, formula(ev, op, a, b), NULL, NULL);
}

static feel_value division_by_zero(struct feel_eval *ev)
{
    return feel__fail(ev, FEEL_DIAG_DIVISION_BY_ZERO, NULL, NULL, NULL);
}

static feel_value wrong_types(struct feel_eval *ev, enum feel_operator op, feel_value a, feel_value b)
{
    return feel__fail(ev, FEEL_DIAG_ARITHMETIC_TYPES, feel__kind_text(a), symbol(op), feel__kind_text(b));
}

/* ---- Numbers and strings ---- */

static feel_value calculate(struct feel_eval *ev, enum feel_operator op, feel_value a, feel_value b)
{
    dec d;
    bool fine = false;
    switch (op) {
    case FEEL_ADD: fine = dec_add(a.number, b.number, &d); break;
    case FEEL_SUB: fine = dec_sub(a.number, b.number, &d); break;
    case FEEL_MUL: fine = dec_mul(a.number, b.number, &d); break;
    case FEEL_POW: fine = dec_pow(a.number, b.number, &d); break;
    case FEEL_DIV:
        if (dec_is_zero(b.number)) {
            return division_by_zero(ev);
        }
        fine = dec_div(a.number, b.number, &d);
        break;
    default: assert(false);
    }
    return fine ? feel_number(d) : no_result(ev, op, a, b);
}

static feel_value concatenate(struct feel_eval *ev, feel_value a, feel_value b)
{
    size_t length = (size_t)a.count + b.count;
    if (length > LIMIT_FEEL_STRING) {
        return feel__stop(ev, "FEEL_STRING");
    }
    if (!feel__room(ev, length + 1)) {
        return feel_null();
    }
    char *text = arena_alloc(&ev->arena, length + 1);
    memcpy(text, a.text, a.count);
    memcpy(text + a.count, b.text, b.count);
    text[length] = '\0';
    return feel_string((str){ text, length });
}

/* ---- Durations ---- */

static feel_value months_value(struct feel_eval *ev, bool fine, int64_t months, enum feel_operator op, feel_value a,
                               feel_value b)
{
    if (!fine || months == INT64_MIN) { /* so that every duration can be negated */
        return out_of_range(ev, op, a, b);
    }
    return (feel_value){ .kind = FEEL_MONTHS, .months = months };
}

static feel_value span_value(struct feel_eval *ev, bool fine, cal_span span, enum feel_operator op, feel_value a,
                             feel_value b)
{
    return fine ? (feel_value){ .kind = FEEL_SPAN, .span = span } : out_of_range(ev, op, a, b);
}

static feel_value add_months(struct feel_eval *ev, enum feel_operator op, feel_value a, feel_value b)
{
    int64_t sum = 0;
    bool fine = op == FEEL_ADD ? !__builtin_add_overflow(a.months, b.months, &sum)
                               : !__builtin_sub_overflow(a.months, b.months, &sum);
    return months_value(ev, fine, sum, op, a, b);
}

static feel_value add_spans(struct feel_eval *ev, enum feel_operator op, feel_value a, feel_value b)
{
    cal_span by = b.span, sum = { 0, 0 };
    bool fine = (op == FEEL_ADD || cal_span_neg(b.span, &by)) && cal_span_add(a.span, by, &sum);
    return span_value(ev, fine, sum, op, a, b);
}

/* A whole number of up to 29 digits: a span in nanoseconds, or months. */
static dec dec_from_whole(__int128 n)
{
    struct dec_parts parts = { .coefficient = (unsigned __int128)(n < 0 ? -n : n), .negative = n < 0 };
    dec d = DEC_SMALL(0);
    bool fine = dec_from_parts(parts, &d);
    assert(fine);
    return d;
}

/* The whole part of d; false beyond the values of a span. */
static bool whole_from_dec(dec d, __int128 *ret)
{
    dec whole;
    if (!dec_round(d, 0, DEC_DOWN, &whole)) {
        return false;
    }
    struct dec_parts parts = dec_parts(whole);
    if (parts.exponent != 0 || parts.coefficient >> 96 != 0) {
        return false;
    }
    *ret = parts.negative ? -(__int128)parts.coefficient : (__int128)parts.coefficient;
    return true;
}

/* The duration times or divided by a number. What is less than a month, or less than a nanosecond, is cut off. */
static feel_value scale(struct feel_eval *ev, enum feel_operator op, feel_value a, feel_value b)
{
    feel_value duration = a.kind == FEEL_NUMBER ? b : a, by = a.kind == FEEL_NUMBER ? a : b;
    bool spans = duration.kind == FEEL_SPAN;
    dec units = dec_from_whole(spans ? cal_span_nanos(duration.span) : duration.months), scaled;
    if (op == FEEL_DIV && dec_is_zero(by.number)) {
        return division_by_zero(ev);
    }
    bool fine = op == FEEL_MUL ? dec_mul(units, by.number, &scaled) : dec_div(units, by.number, &scaled);
    __int128 whole = 0;
    fine = fine && whole_from_dec(scaled, &whole);
    if (spans) {
        cal_span span = { 0, 0 };
        fine = fine && cal_span_from_nanos(whole, &span);
        return span_value(ev, fine, span, op, a, b);
    }
    return months_value(ev, fine && whole >= INT64_MIN && whole <= INT64_MAX, (int64_t)whole, op, a, b);
}

/* How often b goes into a. */
static feel_value ratio(struct feel_eval *ev, feel_value a, feel_value b)
{
    bool spans = a.kind == FEEL_SPAN;
    dec x = dec_from_whole(spans ? cal_span_nanos(a.span) : a.months), d;
    dec y = dec_from_whole(spans ? cal_span_nanos(b.span) : b.months);
    if (dec_is_zero(y)) {
        return division_by_zero(ev);
    }
    return dec_div(x, y, &d) ? feel_number(d) : no_result(ev, FEEL_DIV, a, b);
}

/* ---- Dates and times with durations ---- */

/* A date counts as its midnight; of the sum, the day remains. */
static bool move_date(cal_date date, cal_span by, cal_date *ret)
{
    int64_t days = by.seconds / 86400 - (by.seconds % 86400 < 0);
    return cal_date_from_days(cal_days_from_date(date) + days, ret);
}

/* a + b or a - b, where a is a date, time or date and time, and b a duration. */
static feel_value move(struct feel_eval *ev, enum feel_operator op, feel_value a, feel_value b)
{
    feel_value to = { .kind = a.kind };
    bool fine;
    if (b.kind == FEEL_MONTHS) {
        int64_t months = b.months;
        fine = op == FEEL_ADD || !__builtin_sub_overflow(0, b.months, &months);
        fine = fine && (a.kind == FEEL_DATE ? cal_date_add_months(a.date, months, &to.date)
                                            : cal_datetime_add_months(a.date_time, months, &to.date_time));
    } else {
        cal_span by = b.span;
        fine = op == FEEL_ADD || cal_span_neg(b.span, &by);
        if (fine && a.kind == FEEL_TIME) {
            to.time = cal_time_add_span(a.time, by);
        } else if (fine) {
            fine = a.kind == FEEL_DATE ? move_date(a.date, by, &to.date)
                                       : cal_datetime_add_span(a.date_time, by, &to.date_time);
        }
    }
    return fine ? to : out_of_range(ev, op, a, b);
}

/* A date where a date and time is wanted is its midnight in UTC (10.3.2.3.7). */
static cal_datetime at_midnight(feel_value v)
{
    return v.kind == FEEL_DATE ? cal_datetime_of(v.date, (cal_time){ .zone = 0 }) : v.date_time;
}

static feel_value difference(struct feel_eval *ev, feel_value a, feel_value b)
{
    feel_value v = { .kind = FEEL_SPAN };
    bool fine = a.kind == FEEL_TIME ? cal_time_diff(a.time, b.time, &v.span)
                                    : cal_datetime_diff(at_midnight(a), at_midnight(b), &v.span);
    return fine ? v : feel__fail(ev, FEEL_DIAG_ZONES, feel__brief(ev, a), feel__brief(ev, b), NULL);
}

/* ---- Operators by kinds ---- */

static feel_value add(struct feel_eval *ev, feel_value a, feel_value b)
{
    switch (PAIR(a.kind, b.kind)) {
    case PAIR(FEEL_STRING, FEEL_STRING): return concatenate(ev, a, b);
    case PAIR(FEEL_SPAN, FEEL_SPAN): return add_spans(ev, FEEL_ADD, a, b);
    case PAIR(FEEL_MONTHS, FEEL_MONTHS): return add_months(ev, FEEL_ADD, a, b);
    case PAIR(FEEL_DATE, FEEL_SPAN):
    case PAIR(FEEL_DATE, FEEL_MONTHS):
    case PAIR(FEEL_TIME, FEEL_SPAN):
    case PAIR(FEEL_DATE_TIME, FEEL_SPAN):
    case PAIR(FEEL_DATE_TIME, FEEL_MONTHS): return move(ev, FEEL_ADD, a, b);
    case PAIR(FEEL_SPAN, FEEL_DATE):
    case PAIR(FEEL_MONTHS, FEEL_DATE):
    case PAIR(FEEL_SPAN, FEEL_TIME):
    case PAIR(FEEL_SPAN, FEEL_DATE_TIME):
    case PAIR(FEEL_MONTHS, FEEL_DATE_TIME): return move(ev, FEEL_ADD, b, a);
    default: return wrong_types(ev, FEEL_ADD, a, b);
    }
}

static feel_value subtract(struct feel_eval *ev, feel_value a, feel_value b)
{
    switch (PAIR(a.kind, b.kind)) {
    case PAIR(FEEL_SPAN, FEEL_SPAN): return add_spans(ev, FEEL_SUB, a, b);
    case PAIR(FEEL_MONTHS, FEEL_MONTHS): return add_months(ev, FEEL_SUB, a, b);
    case PAIR(FEEL_TIME, FEEL_TIME):
    case PAIR(FEEL_DATE, FEEL_DATE):
    case PAIR(FEEL_DATE, FEEL_DATE_TIME):
    case PAIR(FEEL_DATE_TIME, FEEL_DATE):
    case PAIR(FEEL_DATE_TIME, FEEL_DATE_TIME): return difference(ev, a, b);
    case PAIR(FEEL_DATE, FEEL_SPAN):
    case PAIR(FEEL_DATE, FEEL_MONTHS):
    case PAIR(FEEL_TIME, FEEL_SPAN):
    case PAIR(FEEL_DATE_TIME, FEEL_SPAN):
    case PAIR(FEEL_DATE_TIME, FEEL_MONTHS): return move(ev, FEEL_SUB, a, b);
    default: return wrong_types(ev, FEEL_SUB, a, b);
    }
}

static feel_value multiply(struct feel_eval *ev, feel_value a, feel_value b)
{
    switch (PAIR(a.kind, b.kind)) {
    case PAIR(FEEL_NUMBER, FEEL_SPAN):
    case PAIR(FEEL_NUMBER, FEEL_MONTHS):
    case PAIR(FEEL_SPAN, FEEL_NUMBER):
    case PAIR(FEEL_MONTHS, FEEL_NUMBER): return scale(ev, FEEL_MUL, a, b);
    default: return wrong_types(ev, FEEL_MUL, a, b);
    }
}

static feel_value divide(struct feel_eval *ev, feel_value a, feel_value b)
{
    switch (PAIR(a.kind, b.kind)) {
    case PAIR(FEEL_SPAN, FEEL_NUMBER):
    case PAIR(FEEL_MONTHS, FEEL_NUMBER): return scale(ev, FEEL_DIV, a, b);
    case PAIR(FEEL_SPAN, FEEL_SPAN):
    case PAIR(FEEL_MONTHS, FEEL_MONTHS): return ratio(ev, a, b);
    default: return wrong_types(ev, FEEL_DIV, a, b);
    }
}

feel_value feel__arithmetic(struct feel_eval *ev, enum feel_operator op, feel_value a, feel_value b)
{
    if (a.kind == FEEL_NUMBER && b.kind == FEEL_NUMBER) {
        return calculate(ev, op, a, b);
    }
    switch (op) {
    case FEEL_ADD: return add(ev, a, b);
    case FEEL_SUB: return subtract(ev, a, b);
    case FEEL_MUL: return multiply(ev, a, b);
    case FEEL_DIV: return divide(ev, a, b);
    default: return wrong_types(ev, op, a, b);
    }
}

feel_value feel_subtract(struct feel_eval *ev, feel_value a, feel_value b)
{
    return feel__arithmetic(ev, FEEL_SUB, a, b);
}

feel_value feel__negate(struct feel_eval *ev, feel_value a)
{
    feel_value to = { .kind = a.kind };
    bool fine = true;
    switch (a.kind) {
    case FEEL_NUMBER: return feel_number(dec_neg(a.number));
    case FEEL_SPAN: fine = cal_span_neg(a.span, &to.span); break;
    case FEEL_MONTHS: fine = !__builtin_sub_overflow(0, a.months, &to.months); break;
    default: return feel__fail(ev, FEEL_DIAG_NEGATE_TYPE, feel__kind_text(a), NULL, NULL);
    }
    return fine ? to : feel__fail(ev, FEEL_DIAG_OUT_OF_RANGE, feel__brief(ev, a), NULL, NULL);
}
