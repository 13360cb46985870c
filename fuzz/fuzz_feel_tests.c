/* A line with an expression, then unary tests: whatever they are, the result is true, false or null; formatted they
 * mean the same; and not(…) around them says the opposite.
 */
#include "fuzz.h"

#include "feel/feel.h"

#include <assert.h>

enum { TEXT_MAX = 64 << 20 };

struct subject {
    struct arena arena;
    struct feel_scope *scope;
    feel_value names;
    struct feel_eval *ev;
    const struct feel_program *input;
};

/* What tests say; NOTHING when they cannot be read or a limit was hit. */
enum verdict { SAID_FALSE, SAID_TRUE, SAID_NULL, NOTHING };

static enum verdict ask(struct subject *s, str tests)
{
    const struct feel_program *p;
    struct error err = { .code = OK };
    enum error_code code = feel_compile_tests(&s->arena, s->scope, tests, &p, &err);
    if (code != OK) {
        assert(code == ERROR_SYNTAX || code == ERROR_LIMIT);
        return NOTHING;
    }
    feel_eval_reset(s->ev);
    feel_value input = feel_run(s->ev, s->input, s->names.values);
    feel_value v = feel_run_tests(s->ev, p, s->names.values, input);
    assert(v.kind == FEEL_BOOLEAN || v.kind == FEEL_NULL);
    if (feel_eval_limit(s->ev, NULL) != OK) {
        return NOTHING;
    }
    return v.kind == FEEL_NULL ? SAID_NULL : v.boolean ? SAID_TRUE : SAID_FALSE;
}

static void check_format(struct subject *s, str tests, enum verdict want)
{
    struct buf once = BUF_INIT(TEXT_MAX), twice = BUF_INIT(TEXT_MAX);
    struct error err = { .code = OK };
    enum error_code code = feel_format(s->scope, tests, true, &once, &err);
    assert(code == OK);
    enum verdict got = ask(s, buf_str(&once));
    assert(got == want || got == NOTHING);
    if (got != NOTHING) {
        code = feel_format(s->scope, buf_str(&once), true, &twice, &err);
        assert(code == OK && str_eq(buf_str(&once), buf_str(&twice)));
    }
    buf_release(&once);
    buf_release(&twice);
}

/* Of texts that are no not(…) themselves, nor "-", and in which no comment hides the parenthesis. */
static void check_not(struct subject *s, str tests, enum verdict said)
{
    static const enum verdict opposite[] = { SAID_TRUE, SAID_FALSE, SAID_NULL, NOTHING };
    str trimmed = str_trim(tests);
    bool plain = memmem(tests.ptr, tests.len, "not", 3) == NULL && memchr(tests.ptr, '/', tests.len) == NULL &&
                 memchr(tests.ptr, '\0', tests.len) == NULL && trimmed.len > 0 && !str_eq(trimmed, STR("-"));
    if (plain) {
        enum verdict got = ask(s, arena_printf(&s->arena, "not(%.*s)", STR_ARG(tests)));
        assert(got == opposite[said] || got == NOTHING);
    }
}

static feel_value names(struct arena *a)
{
    static const char json[] =
        "{\"a\":1,\"limit\":10,\"text\":\"上门\",\"list\":[3,1,2],\"first name\":\"Li\",\"nothing\":null,"
        "\"person\":{\"name\":\"Li\",\"age\":30},\"yes\":true}";
    feel_value v = feel_null();
    enum error_code code = feel_json_read(a, STR(json), &v, NULL);
    assert(code == OK);
    return v;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct subject s = { .arena = ARENA_INIT };
    struct feel_environment env = { .instant = 1795507200, .zone = 8 * 3600, .seed = 1 };
    str text = { (const char *)data, size };
    const char *line_end = size == 0 ? NULL : memchr(data, '\n', size);
    str input = line_end == NULL ? STR("null") : str_slice(text, 0, (size_t)(line_end - text.ptr));
    str tests = line_end == NULL ? text : str_slice(text, input.len + 1, size);
    struct error err = { .code = OK };
    s.names = names(&s.arena);
    s.scope = feel_scope_of_context(&s.arena, s.names);
    if (feel_compile(&s.arena, s.scope, input, &s.input, &err) == OK) {
        s.ev = feel_eval_new(&env);
        enum verdict said = ask(&s, tests);
        if (said != NOTHING) {
            check_format(&s, tests, said);
            check_not(&s, tests, said);
        }
        feel_eval_free(s.ev);
    }
    arena_release(&s.arena);
    return 0;
}
