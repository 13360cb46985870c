/* Records: what feel_record_write wrote, feel_record_read reads, and nothing else. */
#include "feel/feel.h"

#include "tap.h"

static struct feel_eval *ev;

/* White space is nothing that a record is written with, so the reader of all JSON reads it. */
static void read_slowly(struct arena *a, str record, struct buf *out)
{
    struct error err = { .lang = LANG_EN };
    feel_value v = feel_null();
    if (feel_record_read(a, arena_printf(a, " %.*s", STR_ARG(record)), &v, &err) == OK) {
        feel_record_write(v, out);
    }
}

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
    buf_clear(&second);
    read_slowly(&a, buf_str(&first), &second);
    is_str(buf_str(&second), buf_str(&first), "%s comes back through the general reader", expression);
    buf_release(&first);
    buf_release(&second);
    arena_release(&a);
}

/* A row comes out the same whether the order of its shape is known or not: what the shape has, in its order. */
static void as_row(const char *record, const char *expected)
{
    const str names[] = { STR("b"), STR("c"), STR("a") };
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    const struct feel_shape *shapes[] = { feel_shape_new(&a, names, 3), feel_shape_ordered(&a, names, 3) };
    struct buf out = BUF_INIT(1 << 20);
    for (size_t i = 0; i < 2; i++) {
        feel_value v = feel_null();
        buf_clear(&out);
        bool read = feel_record_read_as(&a, shapes[i], str_of(record), &v, &err) == OK;
        feel_record_write(v, &out);
        is_str(read ? buf_str(&out) : STR(""), str_of(expected), "%s as a row %zu", record, i);
    }
    buf_release(&out);
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
        "(>= @\"2026-01-01\")", "(= 10)", "(!= 10)", "{b: {d: [1, {x: 2}], c: \"文\"}, a: [{x: 1}, {x: 2}, {y: 3}, {}]}",
        "[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]", "for i in 1..70 return {k: i}",
        "context merge(for i in 1..70 return context([{key: string(i), value: i}]))",
    };
    static const char *const wrong[] = {
        "", "1", "{\"$n\":\"x\"}", "{\"$n\":1}", "{\"$d\":\"2026-02-30\"}", "{\"$d\":\"12:00:00\"}", "{\"$q\":\"1\"}",
        "{\"$n\":\"1\",\"a\":true}", "{\"$f\":\"function(x)\"}", "{\"$r\":{}}", "{\"$r\":[]}", "[1]", "{\"a\":1}",
        "{\"a\":{\"b\":null,\"b\":null}}", "{\"a\":[true,]}", "[,true]", "[true", "{\"a\":true,}", "{\"a\" true}",
        "[{\"$n\":\"1\"},1]", "[\"\xff\"]", "{\"a\":true}}",
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
    as_row("{\"a\":{\"$n\":\"1\"},\"b\":null,\"c\":{\"e\":[true]}}",
           "{\"a\":{\"$n\":\"1\"},\"b\":null,\"c\":{\"e\":[true]}}");
    as_row("{\"a\":true,\"aa\":false,\"c\":\"x\",\"d\":[]}", "{\"a\":true,\"b\":null,\"c\":\"x\"}");
    as_row("{\"c\":\"\\n\",\"a\":{\"z\":\"\\t\"}}", "{\"a\":{\"z\":\"\\t\"},\"b\":null,\"c\":\"\\n\"}");
    as_row("{\"a\":true,\"a\":true}", "");
    as_row("{\"a\":[1]}", "");
    feel_eval_free(ev);
    return tap_done();
}
