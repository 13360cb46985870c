/* call: the table of built-ins, and which of its rows a call means.
 *
 * A name may have several signatures. A call tries the rows of the name in their order: first for one that its
 * arguments fit as they are, then for one that they fit after the conversions of the language (DMN 1.5,
 * 10.3.2.9.4). Only then it fails, and says what is wrong with the row that came nearest.
 */
#include "feel/feel_int.h"
#include "feel/tree.h"

#include <stdio.h>

/* ---- The table ---- */

#define BOOLEAN FEEL_IS_BOOLEAN
#define NUMBER FEEL_IS_NUMBER
#define STRING FEEL_IS_STRING
#define DATE FEEL_IS_DATE
#define TIME FEEL_IS_TIME
#define DATE_TIME FEEL_IS_DATE_TIME
#define SPAN FEEL_IS_SPAN
#define MONTHS FEEL_IS_MONTHS
#define LIST FEEL_IS_LIST
#define CONTEXT FEEL_IS_CONTEXT
#define RANGE FEEL_IS_RANGE
#define FUNCTION FEEL_IS_FUNCTION
#define ANY FEEL_IS_ANY

#define P(name, kinds) { name, kinds, false, false }
#define O(name, kinds) { name, kinds, true, false }
#define V(name, kinds) { name, kinds, false, true }
#define NONE ({ NULL, 0, false, false })

#define BRACED(...) { __VA_ARGS__ }
#define ROW(name, function, standard, parameters, example, result, sentence) \
    { { name, sizeof name - 1 }, function, standard, BRACED parameters, example, result, sentence },
#define BUILTIN(name, function, parameters, example, result, sentence) \
    ROW(name, function, true, parameters, example, result, sentence)
#define ADDITION(name, function, parameters, example, result, sentence) \
    ROW(name, function, false, parameters, example, result, sentence)

const struct feel_builtin feel__builtins[] = {
#include "feel/builtins.def"
};
const uint32_t feel__builtin_count = sizeof feel__builtins / sizeof feel__builtins[0];

/* ---- Conversions ---- */

static bool fits(const struct feel_parameter *p, feel_value v)
{
    return (p->kinds & 1u << v.kind) != 0;
}

/* Makes the value one that the parameter takes: an only element out of its list, a value into a list of one, a date
 * to the date and time of its midnight UTC. */
static bool convert(struct feel_eval *ev, const struct feel_parameter *p, feel_value *v)
{
    if (v->kind == FEEL_LIST && v->count == 1 && fits(p, v->items[0])) {
        *v = v->items[0];
    } else if (v->kind == FEEL_DATE && (p->kinds & FEEL_IS_DATE_TIME) != 0) {
        cal_datetime midnight = cal_datetime_of(v->date, (cal_time){ .zone = 0 });
        *v = (feel_value){ .kind = FEEL_DATE_TIME, .date_time = midnight };
    } else if (v->kind != FEEL_NULL && v->kind != FEEL_LIST && (p->kinds & FEEL_IS_LIST) != 0) {
        feel_value *only = feel__values(ev, 1);
        if (only == NULL) {
            return false;
        }
        *only = *v;
        *v = feel__list_of(ev, only, 1);
    }
    return fits(p, *v);
}

/* ---- A row against arguments ---- */

/* The parameter of argument i: a variadic one takes all that are left. NULL when there are too many. */
static const struct feel_parameter *parameter_of(const struct feel_builtin *row, uint32_t i)
{
    const struct feel_parameter *p = row->parameters;
    while (i > 0 && p->name != NULL && !p->variadic) {
        p++;
        i--;
    }
    return p->name == NULL ? NULL : p;
}

static uint32_t least_count(const struct feel_builtin *row)
{
    uint32_t n = 0;
    while (row->parameters[n].name != NULL && !row->parameters[n].optional) {
        n++;
    }
    return n;
}

/* UINT32_MAX for a variadic row. */
static uint32_t most_count(const struct feel_builtin *row)
{
    uint32_t n = 0;
    while (row->parameters[n].name != NULL) {
        if (row->parameters[n].variadic) {
            return UINT32_MAX;
        }
        n++;
    }
    return n;
}

static bool count_fits(const struct feel_builtin *row, uint32_t count)
{
    return count >= least_count(row) && count <= most_count(row);
}

/* The place of a parameter, or -1. */
static int place_of(const struct feel_builtin *row, str name)
{
    for (int i = 0; row->parameters[i].name != NULL; i++) {
        if (str_eq(name, str_of(row->parameters[i].name))) {
            return i;
        }
    }
    return -1;
}

static bool all_fit(const struct feel_builtin *row, const feel_value *args, uint32_t count)
{
    const struct feel_parameter *p = row->parameters;
    for (uint32_t i = 0; i < count; i++) {
        if (!fits(p, args[i])) {
            return false;
        }
        p += !p->variadic;
    }
    return true;
}

/* A call as one row would take it. */
struct attempt {
    feel_value few[FEEL_PARAMETERS_MAX];
    const feel_value *args;
    uint32_t count;
};

/* Puts named arguments in the order of the row's parameters: optional ones between those given are null, those
 * behind the last one given are left out. A variadic parameter that is named takes one value. */
static bool arrange(const struct feel_builtin *row, const feel_value *args, const str *names, uint32_t count,
                    struct attempt *a)
{
    bool given[FEEL_PARAMETERS_MAX] = { false };
    a->count = 0;
    for (uint32_t i = 0; i < FEEL_PARAMETERS_MAX; i++) {
        a->few[i] = feel_null();
    }
    for (uint32_t i = 0; i < count; i++) {
        int at = place_of(row, names[i]);
        if (at < 0 || given[at]) {
            return false;
        }
        given[at] = true;
        a->few[at] = args[i];
        a->count = (uint32_t)at + 1 > a->count ? (uint32_t)at + 1 : a->count;
    }
    for (uint32_t i = 0; i < least_count(row); i++) {
        if (!given[i]) {
            return false;
        }
    }
    a->args = a->few;
    return true;
}

/* The row's view of the arguments; false when names or count do not fit. */
static bool prepare(const struct feel_builtin *row, const feel_value *args, const str *names, uint32_t count,
                    struct attempt *a)
{
    if (names != NULL && count > 0) {
        return arrange(row, args, names, count, a);
    }
    a->args = args;
    a->count = count;
    return count_fits(row, count);
}

/* Converts the arguments into memory of their own; false when one cannot be. */
static bool convert_all(struct feel_eval *ev, const struct feel_builtin *row, struct attempt *a)
{
    feel_value *to = a->count <= FEEL_PARAMETERS_MAX ? a->few : feel__values(ev, a->count);
    if (to == NULL) {
        return false;
    }
    if (to != a->args && a->count > 0) {
        memcpy(to, a->args, a->count * sizeof *to);
    }
    a->args = to;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct feel_parameter *p = parameter_of(row, i);
        if (!fits(p, to[i]) && !convert(ev, p, &to[i])) {
            return false;
        }
    }
    return true;
}

/* ---- Failing ---- */

static bool same_name(const struct feel_builtin *row, str name)
{
    return row < feel__builtins + feel__builtin_count && str_eq(row->name, name);
}

/* How many arguments the rows of a name take: "2", "1 to 3", "1 or more". */
static const char *counts_text(struct feel_eval *ev, const struct feel_builtin *first)
{
    uint32_t least = UINT32_MAX, most = 0;
    for (const struct feel_builtin *row = first; same_name(row, first->name); row++) {
        least = least_count(row) < least ? least_count(row) : least;
        most = most_count(row) > most ? most_count(row) : most;
    }
    if (most == UINT32_MAX) {
        return arena_printf(&ev->arena, "%u…", least).ptr;
    }
    return arena_printf(&ev->arena, least == most ? "%u" : "%u–%u", least, most).ptr;
}

static feel_value wrong_count(struct feel_eval *ev, const struct feel_builtin *first, uint32_t count)
{
    char got[16];
    snprintf(got, sizeof got, "%u", count);
    return feel__fail(ev, FEEL_DIAG_ARGUMENT_COUNT, first->name.ptr, counts_text(ev, first), got);
}

/* A name that no row of the function has, or NULL. */
static const str *unknown_name(const struct feel_builtin *first, const str *names, uint32_t count)
{
    for (uint32_t i = 0; names != NULL && i < count; i++) {
        bool known = false;
        for (const struct feel_builtin *row = first; same_name(row, first->name); row++) {
            known |= place_of(row, names[i]) >= 0;
        }
        if (!known) {
            return &names[i];
        }
    }
    return NULL;
}

/* The row that takes the most of the arguments, and the first argument that it does not take. */
static feel_value wrong_type(struct feel_eval *ev, const struct feel_builtin *first, const feel_value *args,
                             const str *names, uint32_t count)
{
    const struct feel_parameter *culprit = NULL;
    feel_value got = feel_null();
    uint32_t best = 0;
    struct attempt a;
    for (const struct feel_builtin *row = first; same_name(row, first->name); row++) {
        uint32_t i = 0;
        if (!prepare(row, args, names, count, &a)) {
            continue;
        }
        feel_value v = feel_null();
        for (; i < a.count; i++) {
            v = a.args[i];
            if (!fits(parameter_of(row, i), v) && !convert(ev, parameter_of(row, i), &v)) {
                break;
            }
        }
        if (culprit == NULL || i > best) {
            best = i;
            culprit = i < a.count ? parameter_of(row, i) : culprit;
            got = i < a.count ? a.args[i] : got;
        }
    }
    return culprit == NULL ? feel_null()
                           : feel__fail(ev, FEEL_DIAG_ARGUMENT_TYPE, first->name.ptr, culprit->name,
                                        feel__kind_text(got));
}

static feel_value no_row_fits(struct feel_eval *ev, const struct feel_builtin *first, const feel_value *args,
                              const str *names, uint32_t count)
{
    if (ev->steps < 0) {
        return feel_null();
    }
    const str *name = unknown_name(first, names, count);
    if (name != NULL) {
        const char *text = arena_str(&ev->arena, *name).ptr;
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_NAME, first->name.ptr, text, NULL);
    }
    struct attempt a;
    for (const struct feel_builtin *row = first; same_name(row, first->name); row++) {
        if (prepare(row, args, names, count, &a)) {
            return wrong_type(ev, first, args, names, count);
        }
    }
    return wrong_count(ev, first, count);
}

/* ---- Calling ---- */

/* The names are those of the row, in its order. It decides where rows differ in nothing but the order: a point before
 * a range, and a range before a point. */
static bool in_order(const struct feel_builtin *row, const str *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (place_of(row, names[i]) != (int)i) {
            return false;
        }
    }
    return true;
}

/* The ways that cost more: named arguments and conversions. */
static __attribute__((noinline)) feel_value call_adapted(struct feel_eval *ev, const struct feel_builtin *first,
                                                         const feel_value *args, const str *names, uint32_t count)
{
    struct attempt a;
    for (const struct feel_builtin *row = first; names != NULL && same_name(row, first->name); row++) {
        if (in_order(row, names, count) && count_fits(row, count) && all_fit(row, args, count)) {
            return row->call(ev, args, count);
        }
    }
    for (const struct feel_builtin *row = first; same_name(row, first->name); row++) {
        if (prepare(row, args, names, count, &a) && all_fit(row, a.args, a.count)) {
            return row->call(ev, a.args, a.count);
        }
    }
    for (const struct feel_builtin *row = first; same_name(row, first->name); row++) {
        if (prepare(row, args, names, count, &a) && convert_all(ev, row, &a)) {
            return row->call(ev, a.args, a.count);
        }
    }
    return no_row_fits(ev, first, args, names, count);
}

feel_value feel__call_builtin(struct feel_eval *ev, const struct feel_builtin *first, const feel_value *args,
                              const str *names, uint32_t count)
{
    for (const struct feel_builtin *row = first; names == NULL && same_name(row, first->name); row++) {
        if (count_fits(row, count) && all_fit(row, args, count)) {
            return row->call(ev, args, count);
        }
    }
    return call_adapted(ev, first, args, names, count);
}

feel_value feel_call_named(struct feel_eval *ev, str name, const feel_value *args, uint32_t count)
{
    for (uint32_t i = 0; i < feel__builtin_count; i++) {
        if (str_eq(feel__builtins[i].name, name)) {
            return feel__call_builtin(ev, &feel__builtins[i], args, NULL, count);
        }
    }
    return feel__fail(ev, FEEL_DIAG_UNKNOWN_NAME, arena_str(&ev->arena, name).ptr, NULL, NULL);
}

/* ---- Documentation ---- */

static void print_kinds(uint32_t kinds, struct buf *out)
{
    if (kinds == FEEL_IS_ANY || kinds == FEEL_IS_POINT) {
        buf_addz(out, kinds == FEEL_IS_ANY ? "Any" : "point");
        return;
    }
    const char *separator = "";
    for (uint32_t kind = FEEL_NULL + 1; kind < FEEL_KINDS; kind++) {
        if ((kinds & 1u << kind) != 0) {
            buf_printf(out, "%s%s", separator, feel_kind_name((enum feel_kind)kind).ptr);
            separator = " | ";
        }
    }
}

static str signature_of(struct arena *a, const struct feel_builtin *row)
{
    struct buf b = BUF_INIT(4096);
    buf_add(&b, row->name);
    buf_addc(&b, '(');
    for (const struct feel_parameter *p = row->parameters; p->name != NULL; p++) {
        buf_printf(&b, "%s%s%s%s: ", p == row->parameters ? "" : ", ", p->variadic ? "..." : "", p->name,
                   p->optional ? "?" : "");
        print_kinds(p->kinds, &b);
    }
    buf_addc(&b, ')');
    str signature = arena_str(a, buf_str(&b));
    buf_release(&b);
    return signature;
}

bool feel_builtin_doc(struct arena *a, uint32_t i, struct feel_builtin_doc *ret)
{
    if (i >= feel__builtin_count) {
        return false;
    }
    const struct feel_builtin *row = &feel__builtins[i];
    *ret = (struct feel_builtin_doc){ row->name,   signature_of(a, row), row->example,
                                      row->result, row->sentence,        row->standard };
    return true;
}
