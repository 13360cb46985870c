/* An expression: whatever it is, it is refused with a place or it compiles; it ends; its value can be printed, copied
 * and written; and it means the same when it is formatted, and inside the body of a function.
 */
#include "fuzz.h"

#include "base/limit.h"
#include "feel/feel.h"
#include "text/json.h"
#include "text/utf8.h"

#include <assert.h>

enum { TEXT_MAX = 64 << 20, VALUE_MAX = 256 << 10 };

/* What an evaluation leaves: all copied, so that it outlives the next one. */
struct outcome {
    bool limited;
    str value, codes;
};

static str taken(struct arena *a, struct buf *b)
{
    assert(!b->overflow);
    str s = arena_str(a, buf_str(b));
    buf_release(b);
    return s;
}

/* Names of each kind of value, some with spaces and operators. */
static feel_value variables(struct arena *a)
{
    static const char json[] =
        "{\"a\":1,\"b\":-2.50,\"text\":\"上门\",\"list\":[3,1,2],\"first name\":\"Li\",\"a-b\":7,"
        "\"person\":{\"name\":\"Li\",\"age\":30,\"days in weekend\":2},"
        "\"people\":[{\"name\":\"Li\",\"age\":30},{\"name\":\"Wang\",\"age\":20}],\"nothing\":null,"
        "\"yes\":true}";
    feel_value v = feel_null();
    enum error_code code = feel_json_read(a, STR(json), &v, NULL);
    assert(code == OK);
    return v;
}

static struct feel_eval *evaluator(void)
{
    struct feel_environment env = { .instant = 1795507200, .zone = 8 * 3600, .seed = 1 };
    return feel_eval_new(&env);
}

/* The record of a value is JSON, also that of its copy and to the byte the same. */
static void check_value(struct arena *a, feel_value v)
{
    struct buf record = BUF_INIT(VALUE_MAX), again = BUF_INIT(VALUE_MAX), json = BUF_INIT(VALUE_MAX);
    struct json parsed;
    feel_record_write(v, &record);
    feel_record_write(feel_copy(a, v), &again);
    assert(str_eq(buf_str(&record), buf_str(&again)));
    feel_json_write(v, false, &json);
    if (!record.overflow && !json.overflow && v.depth < LIMIT_JSON_DEPTH / 2) {
        enum error_code code = json_parse(a, buf_str(&record), &parsed, NULL);
        assert(code == OK || code == ERROR_LIMIT);
        code = json_parse(a, buf_str(&json), &parsed, NULL);
        assert(code == OK || code == ERROR_LIMIT);
    }
    buf_release(&record);
    buf_release(&again);
    buf_release(&json);
}

static struct outcome run(struct arena *a, struct feel_eval *ev, const struct feel_program *p, feel_value inputs)
{
    struct outcome o = { .limited = false };
    struct buf value = BUF_INIT(VALUE_MAX), codes = BUF_INIT(TEXT_MAX);
    uint32_t count, dropped;
    feel_eval_reset(ev);
    feel_value v = feel_run(ev, p, inputs.values);
    o.limited = feel_eval_limit(ev, NULL) != OK;
    const struct feel_diagnostic *d = feel_eval_diagnostics(ev, &count, &dropped);
    assert(!o.limited || v.kind == FEEL_NULL);
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(&codes, "%s ", feel_diagnostic_name(d[i].code));
        assert(d[i].from <= d[i].to && d[i].to <= d[i].source.len);
    }
    feel_print(v, &value);
    check_value(a, v);
    o.limited |= value.overflow;
    value.overflow = false;
    o.value = taken(a, &value);
    o.codes = taken(a, &codes);
    return o;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
    return a->limited || b->limited || (str_eq(a->value, b->value) && str_eq(a->codes, b->codes));
}

static void check_format(struct arena *a, struct feel_eval *ev, const struct feel_scope *scope, str source,
                         feel_value inputs, const struct outcome *want)
{
    struct buf b = BUF_INIT(TEXT_MAX), c = BUF_INIT(TEXT_MAX);
    struct error err = { .code = OK };
    enum error_code code = feel_format(scope, source, false, &b, &err);
    assert(code == OK);
    str once = taken(a, &b);
    const struct feel_program *p;
    code = feel_compile(a, scope, once, &p, &err);
    assert(code == OK || code == ERROR_LIMIT);
    if (code == OK) {
        struct outcome got = run(a, ev, p, inputs);
        assert(same(&got, want));
        code = feel_format(scope, once, false, &c, &err);
        assert(code == OK && str_eq(buf_str(&c), once));
    }
    buf_release(&c);
}

/* In the body of a function the compiler cannot leave names and constants where they are at the top. A comment that
 * does not end would take the parenthesis. */
static void check_in_function(struct arena *a, struct feel_eval *ev, const struct feel_scope *scope, str source,
                              feel_value inputs, const struct outcome *want)
{
    str wrapped = arena_printf(a, "(function(unused parameter) %.*s\n)(1)", STR_ARG(source));
    const struct feel_program *p;
    struct error err = { .code = OK };
    if (memmem(source.ptr, source.len, "/*", 2) == NULL && memchr(source.ptr, '\0', source.len) == NULL &&
        feel_compile(a, scope, wrapped, &p, &err) == OK) {
        struct outcome got = run(a, ev, p, inputs);
        assert(same(&got, want));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    str source = { (const char *)data, size };
    feel_value inputs = variables(&a);
    struct feel_scope *scope = feel_scope_of_context(&a, inputs);
    const struct feel_program *p;
    struct error err = { .code = OK };
    enum error_code code = feel_compile(&a, scope, source, &p, &err);
    if (code == OK) {
        struct feel_eval *ev = evaluator();
        struct buf assembly = BUF_INIT(TEXT_MAX);
        feel_disassemble(p, &assembly);
        assert(assembly.len > 0);
        buf_release(&assembly);
        struct outcome want = run(&a, ev, p, inputs), again = run(&a, ev, p, inputs);
        assert(same(&want, &again));
        check_format(&a, ev, scope, source, inputs, &want);
        check_in_function(&a, ev, scope, source, inputs, &want);
        feel_eval_free(ev);
    } else {
        assert((code == ERROR_SYNTAX || code == ERROR_LIMIT) && err.code == code && utf8_valid(str_of(err.message)));
    }
    arena_release(&a);
    return 0;
}
