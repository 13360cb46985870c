/* The methods of external.def: results as Java gives them, and null where Java would throw. */
#include "feel/feel_int.h"
#include "tap.h"

static const struct {
    const char *class_name, *signature, *args, *want;
} cases[] = {
    /* How arguments are converted. */
    { "java.lang.Math", "max(int,int)", "[3, 7]", "7" },
    { "java.lang.Math", " max ( int , int ) ", "[3, 7]", "7" },
    { "java.lang.Math", "max(int,int)", "[3.5, 7]", "null" },
    { "java.lang.Math", "max(int,int)", "[3.0, 7]", "7" },
    { "java.lang.Math", "max(int,int)", "[3, 2147483648]", "null" },
    { "java.lang.Math", "max(long,long)", "[3, 2147483648]", "2147483648" },
    { "java.lang.Math", "max(long,long)", "[3, 9223372036854775808]", "null" },
    { "java.lang.Math", "max(int,int)", "[3]", "null" },
    { "java.lang.Math", "max(int,int)", "[3, 7, 9]", "null" },
    { "java.lang.Math", "max(int,int)", "[3, \"7\"]", "null" },
    { "java.lang.Math", "max(double,double)", "[3, null]", "null" },
    { "java.lang.Byte", "valueOf(byte)", "[-128]", "-128" },
    { "java.lang.Byte", "valueOf(byte)", "[128]", "null" },
    { "java.lang.Short", "valueOf(short)", "[32767]", "32767" },
    { "java.lang.Short", "valueOf(short)", "[32768]", "null" },
    { "java.lang.String", "valueOf(char)", "[\"\u7532\"]", "\"\u7532\"" },
    { "java.lang.String", "valueOf(char)", "[\"ab\"]", "null" },
    { "java.lang.String", "valueOf(char)", "[\"\"]", "null" },
    { "java.lang.String", "valueOf(char)", "[\"\U0001F40E\"]", "null" },
    /* Binary numbers come back as the shortest decimal. */
    { "java.lang.Math", "max(double,double)", "[0.1, 0.3]", "0.3" },
    { "java.lang.Math", "max(float,float)", "[0.1, 0.7]", "0.7" },
    { "java.lang.Math", "max(double,double)", "[0.12345678901234567890, 0]", "0.12345678901234568" },
    { "java.lang.Math", "max(float,float)", "[16777217, 0]", "16777216" },
    { "java.lang.Math", "max(float,float)", "[1e39, 0]", "null" },
    { "java.lang.Math", "max(double,double)", "[1e400, 0]", "null" },
    { "java.lang.Math", "sin(double)", "[0]", "0" },
    { "java.lang.Math", "sqrt(double)", "[2]", "1.4142135623730951" },
    { "java.lang.Math", "sqrt(double)", "[-1]", "null" },
    { "java.lang.Math", "log(double)", "[0]", "null" },
    { "java.lang.Math", "pow(double,double)", "[2, 10]", "1024" },
    { "java.lang.Math", "pow(double,double)", "[10, 400]", "null" },
    { "java.lang.Math", "toDegrees(double)", "[0]", "0" },
    { "java.lang.Math", "signum(double)", "[-3]", "-1" },
    { "java.lang.Math", "floor(double)", "[-1.5]", "-2" },
    { "java.lang.Math", "rint(double)", "[2.5]", "2" },
    { "java.lang.Math", "round(double)", "[2.5]", "3" },
    { "java.lang.Math", "round(double)", "[-2.5]", "-2" },
    { "java.lang.Math", "round(double)", "[0.49999999999999994]", "0" },
    { "java.lang.Math", "round(double)", "[1e30]", "9223372036854775807" },
    { "java.lang.Math", "round(float)", "[-1e30]", "-2147483648" },
    { "java.lang.Math", "round(double)", "[9007199254740993]", "9007199254740992" },
    /* Whole numbers do not wrap. */
    { "java.lang.Math", "abs(int)", "[-2147483648]", "null" },
    { "java.lang.Math", "abs(long)", "[-9223372036854775808]", "null" },
    { "java.lang.Math", "abs(long)", "[-5]", "5" },
    { "java.lang.Math", "addExact(int,int)", "[2147483647, 1]", "null" },
    { "java.lang.Math", "subtractExact(long,long)", "[-9223372036854775808, 1]", "null" },
    { "java.lang.Math", "multiplyExact(int,int)", "[46341, 46341]", "null" },
    { "java.lang.Math", "multiplyExact(long,long)", "[46341, 46341]", "2147488281" },
    { "java.lang.Math", "floorDiv(int,int)", "[-7, 2]", "-4" },
    { "java.lang.Math", "floorDiv(int,int)", "[7, 0]", "null" },
    { "java.lang.Math", "floorDiv(long,long)", "[-9223372036854775808, -1]", "null" },
    { "java.lang.Math", "floorMod(int,int)", "[-7, 2]", "1" },
    { "java.lang.Math", "floorMod(long,long)", "[-9223372036854775808, -1]", "0" },
    { "java.lang.Math", "floorMod(int,int)", "[7, 0]", "null" },
    /* Numbers out of text. */
    { "java.lang.Integer", "valueOf(java.lang.String)", "[\"+12\"]", "12" },
    { "java.lang.Integer", "valueOf(java.lang.String)", "[\"+-12\"]", "null" },
    { "java.lang.Integer", "valueOf(java.lang.String)", "[\"\"]", "null" },
    { "java.lang.Integer", "valueOf(java.lang.String)", "[\" 12\"]", "null" },
    { "java.lang.Integer", "valueOf(java.lang.String)", "[\"12.0\"]", "null" },
    { "java.lang.Integer", "valueOf(java.lang.String)", "[\"1e2\"]", "null" },
    { "java.lang.Integer", "valueOf(java.lang.String)", "[12]", "null" },
    { "java.lang.Integer", "parseInt(java.lang.String)", "[\"-2147483649\"]", "null" },
    { "java.lang.Long", "parseLong(java.lang.String)", "[\"-2147483649\"]", "-2147483649" },
    { "java.lang.Byte", "parseByte(java.lang.String)", "[\"-129\"]", "null" },
    { "java.lang.Short", "parseShort(java.lang.String)", "[\"32768\"]", "null" },
    { "java.lang.Float", "valueOf(java.lang.String)", "[\"0.123456789\"]", "0.12345679" },
    { "java.lang.Double", "valueOf(java.lang.String)", "[\" 1.5e3 \"]", "1500" },
    { "java.lang.Double", "valueOf(java.lang.String)", "[\"NaN\"]", "null" },
    { "java.lang.Double", "valueOf(java.lang.String)", "[\"1e999\"]", "null" },
    /* Text out of values. */
    { "java.lang.String", "valueOf(boolean)", "[true]", "\"true\"" },
    { "java.lang.String", "valueOf(int)", "[-12]", "\"-12\"" },
    { "java.lang.String", "valueOf(long)", "[1.50e1]", "\"15\"" },
    { "java.lang.String", "valueOf(double)", "[1]", "\"1.0\"" },
    { "java.lang.String", "valueOf(double)", "[0]", "\"0.0\"" },
    { "java.lang.String", "valueOf(double)", "[-0.001]", "\"-0.001\"" },
    { "java.lang.String", "valueOf(double)", "[0.0001]", "\"1.0E-4\"" },
    { "java.lang.String", "valueOf(double)", "[12345678.5]", "\"1.23456785E7\"" },
    { "java.lang.String", "valueOf(float)", "[0.1]", "\"0.1\"" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[\"no values\"]", "\"no values\"" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[\"%s=%s\", \"a\", 1.50]", "\"a=1.50\"" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[\"%s%%%n\", null]", "\"null%\\n\"" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[\"[%5d|%-5d|%05d]\", 42, 42, -42]",
      "\"[   42|42   |-0042]\"" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[\"%.2f %8.1f %f\", 2.005, 1, 3]",
      "\"2.01      1.0 3.000000\"" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[\"%4s|\", \"\u7532\"]", "\"   \u7532|\"" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[\"%s %s\", [\"a\", \"b\"]]", "\"a b\"" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[\"%s %s\", \"a\"]", "null" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[\"%d\", 1.5]", "null" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[\"%d\", \"1\"]", "null" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[\"%q\", 1]", "null" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[\"%\", 1]", "null" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[\"%-05d\", 1]", "null" },
    { "java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "[]", "null" },
};

static void test_cases(struct feel_eval *ev)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct feel_external *x = feel_external_find(str_of(cases[i].class_name), str_of(cases[i].signature));
        feel_value args;
        feel_eval_reset(ev);
        if (!ok(x != NULL, "%s.%s exists", cases[i].class_name, cases[i].signature) ||
            !ok(feel_json_read(&ev->arena, str_of(cases[i].args), &args, NULL) == OK, "arguments %s", cases[i].args)) {
            continue;
        }
        struct buf out = BUF_INIT(1000);
        uint32_t diagnostics;
        feel_value got = feel__call_external(ev, x, args.items, args.count);
        feel_print(got, &out);
        is_str(buf_str(&out), str_of(cases[i].want), "%s %s", cases[i].signature, cases[i].args);
        feel_eval_diagnostics(ev, &diagnostics, NULL);
        ok((diagnostics == 0) == (got.kind != FEEL_NULL), "a null has a diagnostic, and nothing else has");
        buf_release(&out);
    }
}

static void test_find(void)
{
    ok(feel_external_find(STR("java.lang.Math"), STR("max(int)")) == NULL, "no such overload");
    ok(feel_external_find(STR("java.lang.Math"), STR("max(int,int")) == NULL, "an unfinished signature");
    ok(feel_external_find(STR("java.lang.Math"), STR("max(int,int) x")) == NULL, "more than a signature");
    ok(feel_external_find(STR("java.lang.Runtime"), STR("exit(int)")) == NULL, "no such class");
    ok(feel_external_find(STR(""), STR("")) == NULL, "no name at all");
}

/* Every row can be found by its own name, has a sentence, and survives a call without arguments. */
static void test_rows(struct feel_eval *ev)
{
    struct feel_external_doc doc;
    uint32_t i = 0;
    for (; feel_external_doc(i, &doc); i++) {
        const struct feel_external *x = feel_external_find(str_of(doc.class_name), str_of(doc.signature));
        ok(x != NULL && doc.sentence[strlen(doc.sentence) - 1] == '.', "row %s.%s", doc.class_name, doc.signature);
        ok(feel__call_external(ev, x, NULL, 0).kind == FEEL_NULL, "%s wants arguments", doc.signature);
    }
    ok(i > 70, "the table has its rows");
}

int main(void)
{
    struct feel_environment env = { .zone = CAL_ZONE_NONE };
    struct feel_eval *ev = feel_eval_new(&env);
    test_find();
    test_cases(ev);
    test_rows(ev);
    feel_eval_free(ev);
    return tap_done();
}
