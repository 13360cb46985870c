/* Keys: the order of the bytes is the order of the values, and what is equal has the same bytes. */
#include "feel/feel.h"

#include "base/limit.h"
#include "tap.h"

#include <stdlib.h>

static struct feel_eval *ev;

static str key_of(struct arena *a, feel_value v)
{
    struct buf b = BUF_INIT(LIMIT_FEEL_BYTES);
    feel_key_write(v, &b);
    str key = arena_str(a, buf_str(&b));
    buf_release(&b);
    return key;
}

static feel_value value_of(struct arena *a, const char *expression)
{
    const struct feel_program *p;
    struct error err = { .lang = LANG_EN };
    if (feel_compile(a, feel_scope_new(a), str_of(expression), &p, &err) != OK) {
        printf("# %s: %s\n", expression, err.message);
        return feel_null();
    }
    return feel_copy(a, feel_run(ev, p, NULL));
}

/* ---- Pairs ---- */

static uint32_t wrong, compared, equal;

static void compare_pair(struct arena *a, feel_value x, feel_value y)
{
    str kx = key_of(a, x), ky = key_of(a, y);
    int order, bytes = str_cmp(kx, ky);
    bytes = (bytes > 0) - (bytes < 0);
    bool same = feel_is_true(feel_equal(ev, x, y));
    bool bad = (feel_compare(x, y, &order) && (order > 0) - (order < 0) != bytes) || (same && bytes != 0) ||
               (bytes != 0 && kx.len <= ky.len && str_starts_with(ky, kx));
    compared++;
    equal += bytes == 0;
    if (bad && wrong++ < 10) {
        struct buf text = BUF_INIT(4000);
        feel_print(x, &text);
        buf_addz(&text, " and ");
        feel_print(y, &text);
        printf("# %.*s: the keys say %d\n", STR_ARG(buf_str(&text)), bytes);
        buf_release(&text);
    }
}

static void compare_all(const char *name, const char *const *expressions, uint32_t count)
{
    struct arena a = ARENA_INIT;
    feel_value *values = ARENA_ARRAY(&a, feel_value, count);
    wrong = compared = 0;
    for (uint32_t i = 0; i < count; i++) {
        values[i] = value_of(&a, expressions[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < count; k++) {
            compare_pair(&a, values[i], values[k]);
        }
    }
    is_int(wrong, 0, "%s: %u pairs", name, compared);
    arena_release(&a);
}

static void test_chosen(void)
{
    static const char *const all[] = {
        "null", "false", "true", "0", "0.0", "-0.00", "1", "1.0", "1.10", "1.1", "-1", "-1.0", "10", "100", "9", "99",
        "-9", "-10", "0.1", "0.01", "0.099", "1e-6176", "9.999999999999999999999999999999999e6144", "1e6144",
        "-1e6144", "1e-20", "-1e-20", "1234567890123456789012345678901234", "1234567890123456789012345678901233",
        "0.1234567890123456789012345678901234", "123", "1230", "1.23e5", "12.3",
        "\"\"", "\"a\"", "\"ab\"", "\"b\"", "\"\\u0000\"", "\"a\\u0000\"", "\"a\\u0000b\"", "\"a\\u0001\"", "\"中文\"",
        "\"\U0001F40E\"", "\"\\uFFFD\"",
        "date(\"2026-11-28\")", "date(\"2026-11-27\")", "date(\"1969-12-31\")", "date(\"-0044-03-15\")",
        "date(\"999999999-12-31\")", "date(\"-999999999-01-01\")",
        "time(\"10:00:00\")", "time(\"10:00:00.5\")", "time(\"09:59:59\")", "time(\"10:00:00+08:00\")",
        "time(\"02:00:00Z\")", "time(\"10:00:00@Asia/Shanghai\")", "time(\"11:00:00@Europe/Berlin\")",
        "time(\"12:00:00@Europe/Berlin\")", "time(\"00:30:00+08:00\")", "time(\"23:59:59-11:00\")",
        "date and time(\"2026-11-28T10:00:00\")", "date and time(\"2026-11-28T10:00:00+08:00\")",
        "date and time(\"2026-11-28T02:00:00Z\")", "date and time(\"2026-11-28T10:00:00@Asia/Shanghai\")",
        "date and time(\"2026-11-28T02:00:00.000001Z\")", "date and time(\"1969-12-31T23:59:59Z\")",
        "date and time(\"-999999999-01-01T00:00:00\")",
        "duration(\"PT0S\")", "duration(\"PT0.5S\")", "duration(\"-PT0.5S\")", "duration(\"P1D\")",
        "duration(\"PT24H\")", "duration(\"-P1D\")", "duration(\"P1M\")", "duration(\"P1Y\")", "duration(\"P12M\")",
        "duration(\"-P1M\")",
    };
    compare_all("chosen values", all, sizeof all / sizeof all[0]);
    ok(equal > sizeof all / sizeof all[0], "some of them are equal");
}

/* ---- Random ones ---- */

static uint64_t state;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static dec random_number(void)
{
    static const uint64_t nines[] = { 9, 99, 999, 1000, 1001, 123456789, 999999999999 };
    unsigned __int128 c = next_random() % 3 == 0 ? nines[next_random() % 7] : next_random() % 100000;
    if (next_random() % 4 == 0) {
        c = ((unsigned __int128)next_random() << 40 | next_random()) % ((unsigned __int128)1 << 100);
    }
    int exponent = (int)(next_random() % 12) - 8;
    exponent = next_random() % 10 == 0 ? (int)(next_random() % 12000) - 6000 : exponent;
    dec d = dec_from_uint(0);
    dec_from_parts((struct dec_parts){ c, exponent, next_random() % 2 == 0 }, &d);
    return d;
}

static feel_value random_value(struct arena *a)
{
    char text[8];
    switch (next_random() % 5) {
    case 0: {
        cal_date d = { 0 };
        cal_date_from_days((int64_t)(next_random() % 4000) - 2000, &d);
        return (feel_value){ .kind = FEEL_DATE, .date = d };
    }
    case 1: {
        uint32_t len = next_random() % 4;
        for (uint32_t i = 0; i < len; i++) {
            text[i] = "\0\1\xFE\xFF" "ab"[next_random() % 6];
        }
        return feel_string(arena_str(a, (str){ text, len }));
    }
    case 2: {
        cal_datetime t;
        cal_datetime_from_utc((int64_t)(next_random() % 100) - 50, (uint32_t)(next_random() % 3) * 1000,
                              next_random() % 2 == 0 ? 0 : 3600, &t);
        return (feel_value){ .kind = FEEL_DATE_TIME, .date_time = t };
    }
    default: return feel_number(random_number());
    }
}

static void test_random(void)
{
    struct arena a = ARENA_INIT;
    state = 20261128;
    wrong = compared = equal = 0;
    for (int i = 0; i < 200000; i++) {
        arena_clear(&a);
        compare_pair(&a, random_value(&a), random_value(&a));
        if (i % 1000 == 0) {
            feel_eval_reset(ev);
        }
    }
    is_int(wrong, 0, "%u random pairs, %u of them equal, from seed 20261128", compared, equal);
    arena_release(&a);
}

static void test_no_scalars(void)
{
    static const char *const all[] = { "[1]", "{a: 1}", "[1..2]", "function(x) x" };
    struct arena a = ARENA_INIT;
    for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct buf b = BUF_INIT(100);
        ok(!feel_key_write(value_of(&a, all[i]), &b) && b.len == 0, "%s has no key", all[i]);
        buf_release(&b);
    }
    arena_release(&a);
}

int main(void)
{
    struct feel_environment env = { .zone = 0 };
    ev = feel_eval_new(&env);
    test_chosen();
    test_random();
    test_no_scalars();
    feel_eval_free(ev);
    return tap_done();
}
