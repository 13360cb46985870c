/* builtin_range: how points and ranges lie to each other (DMN 1.5, 10.3.4.9), and ranges out of text.
 *
 * A point is the range from it to itself, and each of the functions is a statement about two ranges a and b. What
 * it can depend on is how their ends compare and whether these belong to the ranges; struct pair holds just that,
 * so that each row of table 78 is one expression. Half of the rows are the other half with a and b exchanged.
 *
 * An end that is open lies beyond all points.
 */
#include "feel/tree_int.h"
#include "text/utf8.h"

/* ---- Relations ---- */

struct pair {
    int ss, se, es, ee; /* a's start with b's start, a's start with b's end… : -1, 0, 1 */
    bool a_start, a_end, b_start, b_end; /* whether the end belongs to its range */
};

/* The end of one range with that of another; `open_a` is where a lies when it is null: -1 or 1. */
static bool compare_ends(feel_value a, int open_a, feel_value b, int open_b, int *ret)
{
    if (a.kind == FEEL_NULL || b.kind == FEEL_NULL) {
        int at_a = a.kind == FEEL_NULL ? open_a : 0;
        int at_b = b.kind == FEEL_NULL ? open_b : 0;
        *ret = (at_a > at_b) - (at_a < at_b);
        return true;
    }
    return feel__compare(a, b, ret);
}

static bool compare_ranges(const struct feel_range *a, const struct feel_range *b, struct pair *ret)
{
    ret->a_start = a->start_included;
    ret->a_end = a->end_included;
    ret->b_start = b->start_included;
    ret->b_end = b->end_included;
    return !a->outside && !b->outside && compare_ends(a->start, -1, b->start, -1, &ret->ss) &&
           compare_ends(a->start, -1, b->end, 1, &ret->se) && compare_ends(a->end, 1, b->start, -1, &ret->es) &&
           compare_ends(a->end, 1, b->end, 1, &ret->ee);
}

static struct feel_range as_range(feel_value v)
{
    if (v.kind == FEEL_RANGE) {
        return *v.range;
    }
    return (struct feel_range){ .start = v, .end = v, .start_included = true, .end_included = true };
}

static feel_value relate(struct feel_eval *ev, feel_value first, feel_value second, bool (*rule)(const struct pair *))
{
    struct feel_range a = as_range(first), b = as_range(second);
    struct pair pair;
    if (!compare_ranges(&a, &b, &pair)) {
        return feel__fail(ev, FEEL_DIAG_COMPARE_TYPES, feel__brief(ev, first), feel__brief(ev, second), NULL);
    }
    return feel_boolean(rule(&pair));
}

static bool is_before(const struct pair *p)
{
    return p->es < 0 || (p->es == 0 && !(p->a_end && p->b_start));
}

static bool is_meeting(const struct pair *p)
{
    return p->es == 0 && p->a_end && p->b_start;
}

static bool is_overlapping(const struct pair *p)
{
    return (p->es > 0 || is_meeting(p)) && (p->se < 0 || (p->se == 0 && p->a_start && p->b_end));
}

static bool is_overlapping_before(const struct pair *p)
{
    return (p->ss < 0 || (p->ss == 0 && p->a_start && !p->b_start)) && (p->es > 0 || is_meeting(p)) &&
           (p->ee < 0 || (p->ee == 0 && (!p->a_end || p->b_end)));
}

static bool is_finishing(const struct pair *p)
{
    return p->ee == 0 && p->a_end == p->b_end && (p->ss > 0 || (p->ss == 0 && (!p->a_start || p->b_start)));
}

static bool is_starting(const struct pair *p)
{
    return p->ss == 0 && p->a_start == p->b_start && (p->ee < 0 || (p->ee == 0 && (!p->a_end || p->b_end)));
}

static bool is_within(const struct pair *p)
{
    return (p->ss > 0 || (p->ss == 0 && (!p->a_start || p->b_start))) &&
           (p->ee < 0 || (p->ee == 0 && (!p->a_end || p->b_end)));
}

static bool is_coinciding(const struct pair *p)
{
    return p->ss == 0 && p->ee == 0 && p->a_start == p->b_start && p->a_end == p->b_end;
}

/* The functions: the rule for the arguments in their order, or for the second and the first. */
#define RELATION(function, rule, a, b)                                                        \
    feel_value function(struct feel_eval *ev, const feel_value *args, uint32_t count)         \
    {                                                                                         \
        (void)count;                                                                          \
        return relate(ev, args[a], args[b], rule);                                            \
    }

RELATION(builtin_before, is_before, 0, 1)
RELATION(builtin_after, is_before, 1, 0)
RELATION(builtin_meets, is_meeting, 0, 1)
RELATION(builtin_met_by, is_meeting, 1, 0)
RELATION(builtin_overlaps, is_overlapping, 0, 1)
RELATION(builtin_overlaps_before, is_overlapping_before, 0, 1)
RELATION(builtin_overlaps_after, is_overlapping_before, 1, 0)
RELATION(builtin_finishes, is_finishing, 0, 1)
RELATION(builtin_finished_by, is_finishing, 1, 0)
RELATION(builtin_includes, is_within, 1, 0)
RELATION(builtin_during, is_within, 0, 1)
RELATION(builtin_starts, is_starting, 0, 1)
RELATION(builtin_started_by, is_starting, 1, 0)
RELATION(builtin_coincides, is_coinciding, 0, 1)

/* ---- range(): DMN 1.5, grammar rules 66 and 67 ---- */

struct reader {
    struct feel_eval *ev;
    const char *p, *end;
};

static void skip_space(struct reader *r)
{
    r->p = feel__skip_space(r->p, r->end);
}

/* Takes the bytes if they come next. */
static bool take(struct reader *r, const char *text)
{
    str s = str_of(text);
    if (!str_starts_with((str){ r->p, (size_t)(r->end - r->p) }, s)) {
        return false;
    }
    r->p += s.len;
    return true;
}

static bool at_digit(const struct reader *r, size_t ahead)
{
    return (size_t)(r->end - r->p) > ahead && r->p[ahead] >= '0' && r->p[ahead] <= '9';
}

static void skip_digits(struct reader *r)
{
    while (at_digit(r, 0)) {
        r->p++;
    }
}

/* The exponent at p, if it is one. */
static void skip_exponent(struct reader *r)
{
    const char *p = r->p;
    if (take(r, "e") || take(r, "E")) {
        bool sign = take(r, "+") || take(r, "-");
        (void)sign;
        if (at_digit(r, 0)) {
            skip_digits(r);
            return;
        }
    }
    r->p = p;
}

/* In "1..3" the points are no decimal points: one is only when a digit follows. */
static bool read_number(struct reader *r, feel_value *ret)
{
    const char *from = r->p;
    dec number;
    bool sign = take(r, "-");
    (void)sign;
    skip_digits(r);
    if (r->p < r->end && *r->p == '.' && at_digit(r, 1)) {
        r->p++;
        skip_digits(r);
    }
    skip_exponent(r);
    if (!dec_parse((str){ from, (size_t)(r->p - from) }, &number)) {
        return false;
    }
    *ret = feel_number(number);
    return true;
}

/* The value of `digits` hexadecimal digits. */
static bool read_hex(struct reader *r, int digits, uint32_t *ret)
{
    uint32_t n = 0;
    if (r->end - r->p < digits) {
        return false;
    }
    for (int i = 0; i < digits; i++) {
        char c = *r->p++;
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) {
            return false;
        }
        n = n << 4 | (uint32_t)digit;
    }
    *ret = n;
    return true;
}

/* What stands after a backslash (grammar rule 64), as in any expression: \u may come as a pair of surrogates, and a
 * backslash that begins no escape stands for itself. */
static bool read_escape(struct reader *r, struct buf *out)
{
    static const char names[] = "nrt\"'\\", values[] = "\n\r\t\"'\\";
    uint32_t c, low;
    if (r->p == r->end) {
        return false;
    }
    char letter = *r->p++;
    const char *plain = memchr(names, letter, sizeof(names) - 1);
    if (plain != NULL) {
        buf_addc(out, values[plain - names]);
        return true;
    }
    if (letter != 'u' && letter != 'U') {
        buf_addc(out, '\\');
        r->p--;
        return true;
    }
    if (!read_hex(r, letter == 'u' ? 4 : 6, &c)) {
        return false;
    }
    if (c >= 0xD800 && c < 0xDC00) {
        if (!take(r, "\\u") || !read_hex(r, 4, &low) || low < 0xDC00 || low >= 0xE000) {
            return false;
        }
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) {
        return false;
    }
    utf8_put(out, c);
    return true;
}

/* A string literal; the value lives in the evaluation. */
static bool read_string(struct reader *r, feel_value *ret)
{
    if (!take(r, "\"")) {
        return false;
    }
    struct buf text = BUF_INIT(LIMIT_FEEL_STRING);
    bool good = true;
    while (good && r->p < r->end && *r->p != '"') {
        if (take(r, "\\")) {
            good = read_escape(r, &text);
        } else {
            buf_addc(&text, *r->p++);
        }
    }
    if (!good || !take(r, "\"")) {
        buf_release(&text);
        return false;
    }
    *ret = feel__string_from_buf(r->ev, &text);
    return ret->kind == FEEL_STRING;
}

/* A word of a name, with white space before it. */
static bool take_word(struct reader *r, const char *word)
{
    struct reader ahead = *r;
    skip_space(&ahead);
    if (feel__word(ahead.p, ahead.end) != strlen(word) || !take(&ahead, word)) {
        return false;
    }
    *r = ahead;
    return true;
}

/* The name of a function that makes a date, time or duration of a text (grammar rule 62), or NULL. */
static feel_builtin_fn *take_function(struct reader *r)
{
    if (take_word(r, "duration")) {
        return builtin_duration;
    }
    if (take_word(r, "time")) {
        return builtin_time_from;
    }
    if (!take_word(r, "date")) {
        return NULL;
    }
    struct reader ahead = *r;
    if (take_word(&ahead, "and") && take_word(&ahead, "time")) {
        *r = ahead;
        return builtin_date_and_time_from;
    }
    return builtin_date_from;
}

/* date("…") and its like: the argument must be a string literal, so that a text never reaches for a name. */
static bool read_call(struct reader *r, feel_value *ret)
{
    feel_value text;
    feel_builtin_fn *function = take_function(r);
    if (function == NULL) {
        return false;
    }
    skip_space(r);
    if (!take(r, "(")) {
        return false;
    }
    skip_space(r);
    if (!read_string(r, &text)) {
        return false;
    }
    skip_space(r);
    if (!take(r, ")")) {
        return false;
    }
    *ret = function(r->ev, &text, 1);
    return ret->kind != FEEL_NULL;
}

/* range endpoint = numeric literal | string literal | date time literal */
static bool read_end(struct reader *r, feel_value *ret)
{
    if (r->p == r->end) {
        return false;
    }
    if (*r->p == '"') {
        return read_string(r, ret);
    }
    if (take(r, "@")) {
        feel_value text;
        skip_space(r);
        if (!read_string(r, &text)) {
            return false;
        }
        *ret = feel__temporal_from_text(feel_str(text));
        return ret->kind != FEEL_NULL;
    }
    if (*r->p == '-' || *r->p == '.' || at_digit(r, 0)) {
        return read_number(r, ret);
    }
    return read_call(r, ret);
}

/* An end that is left out is open, and its bracket must be open too: "(..2]" is (<= 2). */
static bool read_range(struct reader *r, struct feel_range *ret)
{
    struct feel_range range = { .start = feel_null(), .end = feel_null() };
    skip_space(r);
    range.start_included = take(r, "[");
    if (!range.start_included && !take(r, "(") && !take(r, "]")) {
        return false;
    }
    skip_space(r);
    bool has_start = !take(r, "..");
    if (has_start) {
        if (!read_end(r, &range.start)) {
            return false;
        }
        skip_space(r);
        if (!take(r, "..")) {
            return false;
        }
    }
    skip_space(r);
    bool has_end = r->p < r->end && memchr("])[", *r->p, 3) == NULL;
    if (has_end && !read_end(r, &range.end)) {
        return false;
    }
    skip_space(r);
    range.comparison = !has_start || !has_end;
    range.end_included = take(r, "]");
    if (!range.end_included && !take(r, ")") && !take(r, "[")) {
        return false;
    }
    skip_space(r);
    *ret = range;
    return r->p == r->end && (has_start || has_end) && (has_start || !range.start_included) &&
           (has_end || !range.end_included);
}

/* Both ends of one kind, the first not after the second. */
static bool is_in_order(const struct feel_range *range)
{
    int order;
    if (range->start.kind == FEEL_NULL || range->end.kind == FEEL_NULL) {
        return true;
    }
    return range->start.kind == range->end.kind && feel__compare(range->start, range->end, &order) && order <= 0;
}

feel_value builtin_range(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    str text = feel_str(args[0]);
    struct reader r = { .ev = ev, .p = text.ptr, .end = text.ptr + text.len };
    struct feel_range range;
    if (!feel__steps(ev, text.len / 64)) {
        return feel_null();
    }
    if (!read_range(&r, &range)) {
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, "range", "from", feel__brief(ev, args[0]));
    }
    if (!is_in_order(&range)) {
        return feel__fail(ev, FEEL_DIAG_RANGE_ENDS, feel__brief(ev, range.start), feel__brief(ev, range.end), NULL);
    }
    return feel_range_value(&ev->arena, range);
}
