/* eval: the evaluator: its memory, its budget, its diagnostics. */
#include "feel/program_int.h"

#include <stdlib.h>

struct feel_eval *feel_eval_new(const struct feel_environment *env)
{
    struct feel_eval *ev = calloc(1, sizeof *ev); /* style: allow calloc: the evaluator owns its arena */
    if (ev == NULL) {
        abort();
    }
    ev->env = *env;
    feel_eval_reset(ev);
    return ev;
}

void feel_eval_free(struct feel_eval *ev)
{
    if (ev != NULL) {
        feel__regex_cache_free(ev);
        feel__stack_free(ev);
        arena_release(&ev->arena);
        free(ev); /* style: allow free: see feel_eval_new */
    }
}

void feel_eval_reset(struct feel_eval *ev)
{
    arena_clear(&ev->arena);
    ev->steps = LIMIT_FEEL_STEPS;
    ev->limit = NULL;
    ev->random_count = 0;
    ev->diagnostics = NULL;
    ev->diagnostic_count = ev->diagnostic_dropped = 0;
    ev->frame = NULL;
}

void feel_eval_set_environment(struct feel_eval *ev, const struct feel_environment *env)
{
    ev->env = *env;
    feel_eval_reset(ev);
}

const struct feel_environment *feel_eval_environment(const struct feel_eval *ev)
{
    return &ev->env;
}

struct arena *feel_eval_arena(struct feel_eval *ev)
{
    return &ev->arena;
}

void feel_eval_set_trace(struct feel_eval *ev, struct feel_trace *trace)
{
    ev->trace = trace;
}

/* ---- Budget ---- */

feel_value feel__stop(struct feel_eval *ev, const char *limit)
{
    if (ev->limit == NULL) {
        ev->limit = limit;
        feel__fail(ev, FEEL_DIAG_LIMIT, limit, NULL, NULL);
    }
    ev->steps = -1; /* every loop and call looks at this */
    return feel_null();
}

bool feel__room(struct feel_eval *ev, size_t bytes)
{
    size_t used = arena_used(&ev->arena);
    if (bytes <= LIMIT_FEEL_BYTES && used + bytes <= LIMIT_FEEL_BYTES) {
        return true;
    }
    feel__stop(ev, "FEEL_BYTES");
    return false;
}

static int limit_value(const char *name)
{
    static const struct {
        const char *name;
        int value;
    } rows[] = {
#define LIMIT(name, value, reason) { #name, (value) },
#include "base/limit.def"
#undef LIMIT
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return rows[i].value;
        }
    }
    return 0;
}

enum error_code feel_eval_limit(const struct feel_eval *ev, struct error *err)
{
    if (ev->limit == NULL) {
        return OK;
    }
    error_set(err, ERROR_LIMIT, "the evaluation was ended because it needs too much");
    error_detail(err, "limit %s = %d", ev->limit, limit_value(ev->limit));
    error_hint(err, "look for a loop or recursion that does not end, or for too large a range");
    return ERROR_LIMIT;
}

/* ---- Diagnostics ---- */

static const char *copy_text(struct feel_eval *ev, const char *text)
{
    return text == NULL ? "" : arena_str(&ev->arena, str_of(text)).ptr;
}

static void place(const struct feel_eval *ev, struct feel_diagnostic *d)
{
    const struct feel_frame *f = ev->frame;
    d->source = d->origin = STR("");
    if (f != NULL && f->ip != NULL) {
        const struct feel_span *span = &f->code->spans[f->ip - f->code->instructions];
        if (span->source != NULL) {
            d->source = span->source->text;
            d->origin = span->source->origin;
            d->origin_line = span->source->origin_line;
        }
        d->from = span->from;
        d->to = span->to;
    }
}

feel_value feel__fail(struct feel_eval *ev, enum feel_diagnostic_code code, const char *a, const char *b,
                      const char *c)
{
    if (ev->diagnostic_count == LIMIT_FEEL_DIAGNOSTICS) {
        ev->diagnostic_dropped++;
        return feel_null();
    }
    if (ev->diagnostics == NULL) {
        ev->diagnostics = ARENA_ARRAY(&ev->arena, struct feel_diagnostic, LIMIT_FEEL_DIAGNOSTICS);
    }
    struct feel_diagnostic *d = &ev->diagnostics[ev->diagnostic_count++];
    *d = (struct feel_diagnostic){ .code = code };
    d->args[0] = copy_text(ev, a);
    d->args[1] = copy_text(ev, b);
    d->args[2] = copy_text(ev, c);
    place(ev, d);
    return feel_null();
}

feel_value feel_fail(struct feel_eval *ev, enum feel_diagnostic_code code, const char *a, const char *b, const char *c)
{
    return feel__fail(ev, code, a, b, c);
}

const struct feel_diagnostic *feel_eval_diagnostics(const struct feel_eval *ev, uint32_t *ret_count,
                                                    uint32_t *ret_dropped)
{
    *ret_count = ev->diagnostic_count;
    if (ret_dropped != NULL) {
        *ret_dropped = ev->diagnostic_dropped;
    }
    return ev->diagnostics;
}

enum { BRIEF_BYTES = 60 };

const char *feel__brief(struct feel_eval *ev, feel_value v)
{
    if (ev->diagnostic_count == LIMIT_FEEL_DIAGNOSTICS) {
        return ""; /* nobody will read it */
    }
    struct buf b = BUF_INIT(LIMIT_FEEL_STRING);
    if (v.kind == FEEL_LIST || v.kind == FEEL_CONTEXT) {
        buf_printf(&b, v.kind == FEEL_LIST ? "a list of %u" : "a context of %u", v.count);
    } else if (v.kind == FEEL_STRING && v.count > BRIEF_BYTES) {
        size_t end = BRIEF_BYTES;
        while (end > 0 && ((unsigned char)v.text[end] & 0xC0) == 0x80) {
            end--;
        }
        buf_printf(&b, "\"%.*s…\"", (int)end, v.text);
    } else {
        feel_print(v, &b);
    }
    const char *text = arena_str(&ev->arena, buf_str(&b)).ptr;
    buf_release(&b);
    return text;
}

const char *feel__kind_text(feel_value v)
{
    return feel_kind_name((enum feel_kind)v.kind).ptr;
}
