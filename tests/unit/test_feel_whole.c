/* Whole numbers of values that came as JSON: what is one, and what stands for none. */
#include "feel/feel.h"

#include "tap.h"

static struct arena memory = ARENA_INIT;

static feel_value value_of(const char *json)
{
    feel_value v = feel_null();
    ok(feel_json_read(&memory, str_of(json), &v, NULL) == OK, "%s is JSON", json);
    return v;
}

static void whole(const char *json, int64_t expected)
{
    int64_t n = -1, typed = -1;
    feel_value v = value_of(json);
    ok(feel_whole(v, &n) && n == expected, "%s is a whole number", json);
    ok(feel_typed_whole(v, &typed) && typed == expected, "and may be typed");
    ok(feel_whole_or(v, 7) == expected, "nothing stands for it");
}

static void none(const char *json)
{
    int64_t n = -1;
    feel_value v = value_of(json);
    ok(!feel_whole(v, &n) && n == -1, "%s is no whole number", json);
    ok(feel_whole_or(v, 7) == 7, "something stands for it");
}

/* Only typed: the text of a number; or not even so. */
static void typed(const char *json, bool fine, int64_t expected)
{
    int64_t n = -1;
    none(json);
    ok(feel_typed_whole(value_of(json), &n) == fine && n == expected, "%s %s", json,
       fine ? "is typed" : "is not typed either");
}

int main(void)
{
    whole("0", 0);
    whole("2.00", 2);
    whole("1e3", 1000);
    whole("-9223372036854775808", INT64_MIN);
    typed("\"12\"", true, 12);
    typed("\"-3.0\"", true, -3);
    typed("\"1.5\"", false, -1);
    typed("\"9223372036854775808\"", false, -1);
    typed("\"twelve\"", false, -1);
    typed("\"\"", false, -1);
    typed("9223372036854775808", false, -1);
    typed("1.5", false, -1);
    typed("null", false, -1);
    typed("true", false, -1);
    typed("[1]", false, -1);

    feel_value v = value_of("{\"a\": 4, \"b\": \"4\"}");
    ok(feel_whole_member(v, "a") == 4, "an entry has its number");
    ok(feel_whole_member(v, "b") == 0 && feel_whole_member(v, "c") == 0, "text, and what is not there, is 0");
    ok(feel_whole_member(feel_null(), "a") == 0, "null has no entries");
    arena_release(&memory);
    return tap_done();
}
