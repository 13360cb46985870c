/* builtin_value: booleans, conversions, and what takes any value (DMN 1.5, 10.3.4.1, 10.3.4.2). */
#include "feel/feel_int.h"
#include "text/utf8.h"

/* ---- Booleans ---- */

feel_value builtin_not(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)ev, (void)count;
    return args[0].kind == FEEL_NULL ? args[0] : feel_boolean(!args[0].boolean);
}

/* ---- Presence ---- */

feel_value builtin_is_defined(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)ev, (void)count;
    return feel_boolean(args[0].kind != FEEL_NULL);
}

feel_value builtin_get_or_else(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)ev, (void)count;
    return args[0].kind != FEEL_NULL ? args[0] : args[1];
}

feel_value builtin_assert(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    if (feel_is_true(args[1])) {
        return args[0];
    }
    bool told = count > 2 && args[2].kind == FEEL_STRING;
    const char *cause = told ? arena_str(&ev->arena, feel_str(args[2])).ptr : feel__brief(ev, args[0]);
    return feel__fail(ev, FEEL_DIAG_ASSERTION, cause, NULL, NULL);
}

/* Marks a parameter that a language model fills in; here the value is what it is. */
feel_value builtin_from_ai(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)ev, (void)count;
    return args[0];
}

/* ---- Text ---- */

feel_value builtin_string(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    if (args[0].kind == FEEL_NULL || args[0].kind == FEEL_STRING) {
        return args[0];
    }
    struct buf b = BUF_INIT(LIMIT_FEEL_STRING);
    feel__print_bare(args[0], &b);
    return feel__string_from_buf(ev, &b);
}

static bool is_separator(feel_value v, const char *allowed)
{
    return v.kind == FEEL_NULL || (v.count == 1 && strchr(allowed, v.text[0]) != NULL);
}

/* The text with its grouping separators left out and a point for the decimal separator. */
static str plain_number(struct feel_eval *ev, str text, feel_value grouping, feel_value decimal)
{
    char *to = arena_alloc(&ev->arena, text.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (grouping.kind == FEEL_STRING && c == grouping.text[0]) {
            continue;
        }
        bool foreign_point = c == '.' && decimal.kind == FEEL_STRING && decimal.text[0] != '.';
        to[n++] = foreign_point ? '?' : decimal.kind == FEEL_STRING && c == decimal.text[0] ? '.' : c;
    }
    return (str){ to, n };
}

/* args: from, grouping separator, decimal separator; the last two may be null. */
feel_value builtin_number(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    feel_value grouping = count > 1 ? args[1] : feel_null(), decimal = count > 2 ? args[2] : feel_null();
    dec d;
    if (!is_separator(grouping, " ,.")) {
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, "number", "grouping separator", feel__brief(ev, grouping));
    }
    bool same = grouping.kind == FEEL_STRING && decimal.kind == FEEL_STRING && grouping.text[0] == decimal.text[0];
    if (!is_separator(decimal, ",.") || same) {
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, "number", "decimal separator", feel__brief(ev, decimal));
    }
    if (!feel__room(ev, args[0].count + 1)) {
        return feel_null();
    }
    if (!dec_parse(plain_number(ev, feel_str(args[0]), grouping, decimal), &d)) {
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, "number", "from", feel__brief(ev, args[0]));
    }
    return feel_number(d);
}

/* ---- JSON ---- */

feel_value builtin_to_json(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    struct buf b = BUF_INIT(LIMIT_FEEL_STRING);
    feel_json_write(args[0], false, &b);
    return feel__string_from_buf(ev, &b);
}

/* The text can nest no deeper than JSON_DEPTH, and takes some twenty times its length as a value. */
feel_value builtin_from_json(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    struct error err = { .code = OK };
    feel_value v;
    if (!feel__steps(ev, args[0].count) || !feel__room(ev, (size_t)args[0].count * 24)) {
        return feel_null();
    }
    if (feel_json_read(&ev->arena, feel_str(args[0]), &v, &err) != OK) {
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, "from json", "value", err.message);
    }
    return v;
}
