/* Dates, times, durations, working days, and how ranges lie to each other: expressions and their results. */
#include "feel/feel.h"
#include "tap.h"

struct test_case {
    const char *expression, *want;
};

static const struct test_case conversions[] = {
    { "date(\"2028-02-29\")", "@\"2028-02-29\"" },
    { "date(\"2027-02-29\")", "null" },
    { "date(\"2028-02-29T00:00:00\")", "null" },
    { "date(@\"2028-02-29T23:59:59@Asia/Tokyo\")", "@\"2028-02-29\"" },
    { "date(2028, 2, 29)", "@\"2028-02-29\"" },
    { "date(2027, 2, 29)", "null" },
    { "date(2027, 2.5, 1)", "null" },
    { "date(2027.0, 2, 1)", "@\"2027-02-01\"" },
    { "date(1000000000, 1, 1)", "null" },
    { "date(1e30, 1, 1)", "null" },
    { "date(0, 1, 1)", "date(\"0000-01-01\")" },
    { "date(null, 1, 1)", "null" },
    { "time(\"08:30:00\")", "@\"08:30:00\"" },
    { "time(@\"2028-02-29T08:30:00+08:00\")", "@\"08:30:00+08:00\"" },
    { "time(@\"08:30:00\")", "@\"08:30:00\"" },
    { "time(@\"2028-02-29\")", "@\"00:00:00Z\"" },
    { "time(8, 30, 0)", "@\"08:30:00\"" },
    { "time(8, 30, 0, null)", "@\"08:30:00\"" },
    { "time(8, 30, 1.0000000019)", "@\"08:30:01.000000001\"" },
    { "time(8, 30, 59.9999999999)", "@\"08:30:59.999999999\"" },
    { "time(8, 30, 60)", "null" },
    { "time(8, 30, -0.5)", "null" },
    { "time(24, 0, 0)", "null" },
    { "time(8, 60, 0)", "null" },
    { "time(8.5, 0, 0)", "null" },
    { "time(8, 30, 0, @\"PT18H\")", "@\"08:30:00+18:00\"" },
    { "time(8, 30, 0, @\"PT18H1S\")", "null" },
    { "time(8, 30, 0, @\"-PT18H1S\")", "null" },
    { "time(8, 30, 0, @\"PT0.5S\")", "null" },
    { "time(8, 30, 0, @\"P1M\")", "null" },
    { "date and time(\"2028-02-29\")", "@\"2028-02-29T00:00:00\"" },
    { "date and time(@\"2028-02-29\")", "@\"2028-02-29T00:00:00Z\"" },
    { "date and time(\"08:30:00\")", "null" },
    { "date and time(@\"2028-02-29T01:02:03+08:00\", @\"08:30:00\")", "@\"2028-02-29T08:30:00\"" },
    { "date and time(@\"2028-02-29\", null)", "null" },
    { "date and time(2028, 2, 29, 8, 30, 0.25)", "@\"2028-02-29T08:30:00.25\"" },
    { "date and time(2028, 2, 30, 8, 30, 0)", "null" },
    { "date and time(2028, 2, 29, 8, 30, 60)", "null" },
    { "date and time(2028, 2, 29, 8, 30, 0, 5.75)", "@\"2028-02-29T08:30:00+05:45\"" },
    { "date and time(2028, 2, 29, 8, 30, 0, -19)", "null" },
    { "date and time(2028, 2, 29, 8, 30, 0, \"Asia/Tokyo\")", "@\"2028-02-29T08:30:00@Asia/Tokyo\"" },
    { "date and time(2028, 2, 29, 8, 30, 0, \"+09:00\")", "@\"2028-02-29T08:30:00+09:00\"" },
    { "date and time(2028, 2, 29, 8, 30, 0, \"Z\")", "@\"2028-02-29T08:30:00Z\"" },
    { "date and time(2028, 2, 29, 8, 30, 0, \".5\")", "null" },
    { "date and time(2028, 2, 29, 8, 30, 0, \"\")", "null" },
    { "date and time(2028, 2, 29, 8, 30, 0, \"Nowhere/Else\")", "null" },
    { "date and time(@\"2028-02-29T08:30:00+08:00\", \"Asia/Tokyo\")", "@\"2028-02-29T09:30:00@Asia/Tokyo\"" },
    { "date and time(@\"2028-02-29T08:30:00\", \"Asia/Tokyo\")", "@\"2028-02-29T08:30:00@Asia/Tokyo\"" },
    { "duration(\"P1Y2M\")", "@\"P14M\"" },
    { "duration(\"P1DT1H\")", "@\"PT25H\"" },
    { "duration(\"P1Y1D\")", "null" },
    { "duration(\"P\")", "null" },
    { "years and months duration(@\"2027-12-31T23:59:59\", @\"2028-12-31T00:00:00\")", "@\"P1Y\"" },
    { "years and months duration(@\"2028-03-31\", @\"2028-02-29\")", "@\"-P1M\"" },
    { "years and months duration(@\"2028-02-29\", @\"2028-03-28\")", "@\"P0M\"" },
    { "years and months duration(@\"2028-02-29\", null)", "null" },
    { "@\"nothing\"", "null" },
    { "now()", "@\"2026-11-24T16:00:00.000000005@Asia/Shanghai\"" },
    { "today()", "@\"2026-11-24\"" },
    { "now(1)", "null" },
};

static const struct test_case parts[] = {
    { "day of year(@\"2028-12-31\")", "366" },
    { "day of week(@\"2026-11-23\")", "\"Monday\"" },
    { "day of week(@\"2026-11-29T23:00:00-12:00\")", "\"Sunday\"" },
    { "month of year(@\"2026-01-31\")", "\"January\"" },
    { "month of year(@\"2026-12-01\")", "\"December\"" },
    { "week of year(@\"2027-01-03\")", "53" },
    { "last day of month(@\"2027-02-01T10:00:00\")", "@\"2027-02-28\"" },
    { "day of week(\"2026-11-23\")", "null" },
    { "is(1, 1.0)", "true" },
    { "is(1, \"1\")", "false" },
    { "is(null, null)", "true" },
    { "is(value2: null, value1: 1)", "false" },
    { "is(value1: 1)", "false" },
    { "is()", "null" },
    { "is(@\"PT24H\", @\"P1D\")", "true" },
    { "is(@\"P0M\", @\"PT0S\")", "false" },
    { "is(@\"08:00:00Z\", @\"08:00:00+00:00\")", "true" },
    { "is(@\"08:00:00Z\", @\"08:00:00@Etc/UTC\")", "false" },
    { "is(@\"08:00:00\", @\"08:00:00.001\")", "false" },
    { "is(@\"2028-02-29T08:00:00Z\", @\"2028-02-29T09:00:00+01:00\")", "false" },
    { "is([1, {a: @\"P1D\"}], [1, {a: @\"PT24H\"}])", "true" },
    { "is([1, 2], [2, 1])", "false" },
    { "is([1], [1, 2])", "false" },
    { "is({a: 1, b: 2}, {b: 2, a: 1})", "true" },
    { "is({a: 1}, {b: 1})", "false" },
    { "is([1..2], [1..2])", "true" },
    { "is([1..2], [1..2))", "false" },
    { "is((=1), (!=1))", "false" },
    { "is(abs, abs)", "true" },
    { "is(abs, floor)", "false" },
};

/* Without a list of days off; each result comes with a note that it is provisional. */
static const struct test_case working_days[] = {
    { "is working day(@\"2026-11-20\")", "true" },
    { "is working day(@\"2026-11-21T08:00:00\")", "false" },
    { "add working days(@\"2026-11-20\", 1)", "@\"2026-11-23\"" },
    { "add working days(@\"2026-11-23\", -1)", "@\"2026-11-20\"" },
    { "add working days(@\"2026-11-20\", 10)", "@\"2026-12-04\"" },
    { "working days between(@\"2026-11-20\", @\"2026-11-27\")", "5" },
    { "working days between(@\"2026-11-27\", @\"2026-11-20\")", "-5" },
};

static const struct test_case bad_working_days[] = {
    { "add working days(@\"2026-11-20\", 1.5)", "null" },
    { "add working days(@\"2026-11-20\", 100001)", "null" },
    { "add working days(@\"2026-11-20\", -1e40)", "null" },
    { "add working days(@\"999999999-12-31\", 10)", "null" },
    { "working days between(@\"2026-11-20\", @\"2926-11-20\")", "null" },
};

static const struct test_case relations[] = {
    { "before([1..5], [5..9])", "false" },
    { "before([1..5), [5..9])", "true" },
    { "before((< 5), (>= 5))", "true" },
    { "before((<= 5), (>= 5))", "false" },
    { "before((> 5), 9)", "false" },
    { "after(9, (< 5))", "true" },
    { "after((> 5), 5)", "true" },
    { "after((>= 5), 5)", "false" },
    { "before(1, \"a\")", "null" },
    { "before(1, [\"a\"..\"b\"])", "null" },
    { "before(1, (!= 5))", "null" },
    { "before(@\"2026-11-24\", @\"2026-11-25\")", "true" },
    { "before(true, false)", "null" },
    { "before(range: [1..5], point: 9)", "true" },
    { "before(point: 9, range: [1..5])", "false" },
    { "meets([1..5], [5..9])", "true" },
    { "meets((<= 5), (>= 5))", "true" },
    { "meets([1..5), [5..9])", "false" },
    { "met by([5..9], [1..5])", "true" },
    { "overlaps([1..5], [5..9])", "true" },
    { "overlaps([1..5), [5..9])", "false" },
    { "overlaps([5..9], [1..5])", "true" },
    { "overlaps([2..3], [1..9])", "true" },
    { "overlaps((< 5), (> 3))", "true" },
    { "overlaps before([1..5], [3..9])", "true" },
    { "overlaps before([3..9], [1..5])", "false" },
    { "overlaps before([1..9], [3..5])", "false" },
    { "overlaps before((< 5), (> 3))", "true" },
    { "overlaps after([3..9], [1..5])", "true" },
    { "overlaps after([1..5], [3..9])", "false" },
    { "finishes(9, (1..9])", "true" },
    { "finishes(9, (1..9))", "false" },
    { "finishes((1..9], [1..9])", "true" },
    { "finishes([1..9], (1..9])", "false" },
    { "finishes(5, (<= 5))", "true" },
    { "finished by([1..9], (1..9])", "true" },
    { "includes([1..9], (1..9))", "true" },
    { "includes((1..9), [1..9])", "false" },
    { "includes((> 1), 1)", "false" },
    { "includes((> 1), 1000)", "true" },
    { "includes((> 1), [2..3])", "true" },
    { "during(1, (1..9))", "false" },
    { "during((2..3), (> 1))", "true" },
    { "starts(1, [1..9])", "true" },
    { "starts(1, (1..9])", "false" },
    { "starts([1..9], [1..9])", "true" },
    { "started by((>= 1), 1)", "true" },
    { "coincides(1, 1.0)", "true" },
    { "coincides((< 5), (< 5))", "true" },
    { "coincides((< 5), (<= 5))", "false" },
    { "coincides(1, [1..1])", "null" },
};

static const struct test_case ranges[] = {
    { "range(\"[-1.5e1..-.5)\")", "[-15..-0.5)" },
    { "range(\" ( 1 .. 2 ] \")", "(1..2]" },
    { "range(\"]1..2[\")", "(1..2)" },
    { "range(\"(..2]\")", "(<= 2)" },
    { "range(\"[2..)\")", "(>= 2)" },
    { "range(\"[..2]\")", "null" },
    { "range(\"[1..]\")", "null" },
    { "range(\"(..)\")", "null" },
    { "range(\"[1..1]\")", "[1..1]" },
    { "range(\"[2..1]\")", "null" },
    { "range(\"[1..2\")", "null" },
    { "range(\"[1..2] x\")", "null" },
    { "range(\"1..2\")", "null" },
    { "range(\"[1...2]\")", "null" },
    { "range(\"[1.2]\")", "null" },
    { "range(\"[+1..2]\")", "null" },
    { "range(\"[1+1..3]\")", "null" },
    { "range(\"[a..b]\")", "null" },
    { "range(\"(>= 1)\")", "null" },
    { "range(\"[null..2]\")", "null" },
    { "range(\"[true..true]\")", "null" },
    { "range(\"[\\\"a\\\"..\\\"\\\\u0062\\\"]\")", "[\"a\"..\"b\"]" },
    { "range(\"[\\\"a\\\"..\\\"\\\\uD83D\\\\uDC0E\\\"]\")", "[\"a\"..\"\U0001F40E\"]" },
    { "range(\"[\\\"a\\\"..\\\"\\\\uD83D\\\"]\")", "null" },
    { "range(\"[\\\"a\\\"..\\\"b]\")", "null" },
    { "range(\"[\\\"a\\\"..1]\")", "null" },
    { "range(\"[@\\\"2026-11-24\\\"..@\\\"P1D\\\"]\")", "null" },
    { "range(\"[@\\\"2026-11-24\\\"..@\\\"2026-11-25\\\"]\")", "[@\"2026-11-24\"..@\"2026-11-25\"]" },
    { "range(\"[date ( \\\"2026-11-24\\\" )..date(\\\"2026-11-25\\\")]\")", "[@\"2026-11-24\"..@\"2026-11-25\"]" },
    { "range(\"[date  and\\ttime(\\\"2026-11-24T00:00:00\\\")..@\\\"2026-11-25T00:00:00\\\"]\")",
      "[@\"2026-11-24T00:00:00\"..@\"2026-11-25T00:00:00\"]" },
    { "range(\"[time(\\\"08:00:00\\\")..duration(\\\"PT1H\\\")]\")", "null" },
    { "range(\"[dates(\\\"2026-11-24\\\")..@\\\"2026-11-25\\\"]\")", "null" },
    { "range(\"[date(2026, 11, 24)..@\\\"2026-11-25\\\"]\")", "null" },
    { "range(\"\")", "null" },
    { "range(null)", "null" },
};

static void print(struct feel_eval *ev, struct arena *a, const char *source, struct buf *out)
{
    const struct feel_program *program;
    struct error err = { 0 };
    if (feel_compile(a, feel_scope_new(a), str_of(source), &program, &err) != OK) {
        buf_printf(out, "%s: %s", err.message, err.detail);
        return;
    }
    feel_print(feel_run(ev, program, NULL), out);
}

/* Both sides are evaluated, so that a case says what it means and not how it is written. `notes`: diagnostics that
 * a result which is not null must have. */
static void check(struct feel_eval *ev, const struct test_case *cases, size_t count, uint32_t notes)
{
    for (size_t i = 0; i < count; i++) {
        struct arena a = ARENA_INIT;
        struct buf got = BUF_INIT(10000), want = BUF_INIT(10000);
        uint32_t diagnostics;
        feel_eval_reset(ev);
        print(ev, &a, cases[i].want, &want);
        print(ev, &a, cases[i].expression, &got);
        feel_eval_diagnostics(ev, &diagnostics, NULL);
        is_str(buf_str(&got), buf_str(&want), "%s", cases[i].expression);
        bool null = str_eq(buf_str(&got), STR("null"));
        ok(null ? diagnostics > 0 : diagnostics == notes, "%s: %u diagnostics", cases[i].expression, diagnostics);
        buf_release(&got);
        buf_release(&want);
        arena_release(&a);
    }
}

#define CHECK(ev, cases, notes) check((ev), (cases), sizeof(cases) / sizeof((cases)[0]), (notes))

int main(void)
{
    struct feel_environment env = { .instant = 1795507200, .nano = 5 };
    bool found = cal_zone_find(STR("Asia/Shanghai"), &env.zone);
    ok(found, "the zone of the environment");
    struct feel_eval *ev = feel_eval_new(&env);
    CHECK(ev, conversions, 0);
    CHECK(ev, parts, 0);
    CHECK(ev, working_days, 1);
    CHECK(ev, bad_working_days, 0);
    CHECK(ev, relations, 0);
    CHECK(ev, ranges, 0);
    feel_eval_free(ev);
    return tap_done();
}
