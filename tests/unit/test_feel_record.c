/* Records: what feel_record_write wrote, feel_record_read reads, and nothing else. */
#include "feel/feel.h"

#include "tap.h"

static struct feel_eval *ev;

/* The record of an expression's value comes back as the same record, of the same value. */
static void there_and_back(const char *expression)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    const struct feel_program *p = NULL;
    struct buf first = BUF_INIT(1 << 20), second = BUF_INIT(1 << 20);
    feel_value v = feel_null(), back = feel_null();
    feel_eval_reset(ev);
    if (feel_compile(&a, feel_scope_new(&a), str_of(expression), &p, &err) == OK) {
        v = feel_run(ev, p, NULL);
    }
    feel_record_write(v, &first);
    bool pass = p != NULL && feel_record_read(&a, buf_str(&first), &back, &err) == OK;
    ok(pass && back.kind == v.kind, "%s is read", expression);
    feel_record_write(back, &second);
    is_str(buf_str(&second), buf_str(&first), "%s comes back", expression);
    buf_release(&first);
    buf_release(&second);
    arena_release(&a);
}

static void refused(const char *record)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    feel_value v = feel_number(DEC_SMALL(7));
    enum error_code code = feel_record_read(&a, str_of(record), &v, &err);
    ok(code != OK && v.kind == FEEL_NUMBER, "%s is refused", record);
    arena_release(&a);
}

int main(void)
{
    static const char *const values[] = {
        "null", "true", "1.10", "-0.5", "123456789012345678901234567890.1234", "\"a \\\"quoted\\\" 文\"", "[]", "{}",
        "[1, [2, \"x\"], {a: null}]", "{b: 1, a: 2, \"$n\": \"no number\", \"$\": 1, \"$$x\": 2}",
        "@\"2026-11-24\"", "@\"12:30:00\"", "@\"12:30:00+08:00\"", "@\"2026-11-24T12:30:00.5@Asia/Shanghai\"",
        "@\"2026-11-24T00:00:00Z\"", "@\"P1DT2H\"", "@\"-PT0.5S\"", "@\"P1Y2M\"", "[1..5]", "(1..5]", "(< 10)",
        "(>= @\"2026-01-01\")", "(= 10)", "(!= 10)",
    };
    static const char *const wrong[] = {
        "", "1", "{\"$n\":\"x\"}", "{\"$n\":1}", "{\"$d\":\"2026-02-30\"}", "{\"$d\":\"12:00:00\"}", "{\"$q\":\"1\"}",
        "{\"$n\":\"1\",\"a\":true}", "{\"$f\":\"function(x)\"}", "{\"$r\":{}}", "{\"$r\":[]}", "[1]", "{\"a\":1}",
        "{\"$r\":{\"end\":null,\"endIncluded\":false,\"operator\":\"~\",\"start\":null,\"startIncluded\":false}}",
    };
    struct feel_environment env = { .instant = 0, .zone = 0 };
    ev = feel_eval_new(&env);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        there_and_back(values[i]);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        refused(wrong[i]);
    }
    feel_eval_free(ev);
    return tap_done();
}
