/* Facts, parameters, rounds and the calendar over a store: the package tests/facts is installed, rows are written, and
 * what decisions are bound to is compared with what the scenarios of the package say of given rows. */
#include "record_world.h"

#include "base/clock.h"
#include "record/table_int.h"
#include "scheme/fact.h"

#include <dlfcn.h>
#include <sqlite3.h>

static struct arena arena;

static str read_file(const char *name)
{
    const char *root = getenv("GONGSHI_ROOT");
    FILE *f = fopen(arena_printf(&arena, "%s/tests/facts/%s", root == NULL ? "." : root, name).ptr, "rb");
    char *bytes = arena_alloc(&arena, 1 << 16);
    size_t n = f == NULL ? 0 : fread(bytes, 1, 1 << 16, f);
    if (f != NULL) {
        fclose(f);
    }
    return (str){ bytes, n };
}

static const struct scheme *load(const char *bars)
{
    const struct scheme *s = NULL;
    struct error err = { .lang = LANG_EN };
    struct scheme_file files[] = { { STR("scheme.json"), read_file("scheme.json") },
                                   { STR("rules/facts.dmn"), read_file("rules/facts.dmn") },
                                   { STR("parameters/reach.csv"), read_file("parameters/reach.csv") },
                                   { STR("parameters/bars.csv"), bars != NULL ? str_of(bars)
                                                                              : read_file("parameters/bars.csv") } };
    if (scheme_load(&arena, STR("facts"), files, 4, &s, &err) != OK) {
        world_fail("the package", &err);
    }
    return s;
}

static int64_t now;

/* Adds rows, a FEEL list of contexts, in one unit each. */
static void add(struct world *w, const struct scheme *s, const char *ledger, const char *rows)
{
    struct error err = { .lang = LANG_EN };
    feel_value list = world_value(&arena, rows);
    for (uint32_t i = 0; i < list.count; i++) {
        struct arena a = ARENA_INIT;
        struct record_plan plan;
        int64_t row;
        if (record_begin(w->record, &a, 0, now++, &plan, &err) != OK ||
            record_finish(&plan, record_add(&plan, s, scheme_ledger(s, str_of(ledger)), list.items[i], &row, &err),
                          NULL, &err) != OK) {
            world_fail(ledger, &err);
        }
        arena_release(&a);
    }
}

static struct feel_eval *evaluator(void)
{
    struct feel_environment env = { .instant = 1740758400, .zone = 8 * 3600 };
    return feel_eval_new(&env);
}

/* The fact of a name as JSON, and what it rests on. */
static str bound(struct world *w, const struct scheme *s, const char *fact, const char *self, cal_date day,
                 str *ret_used, struct error *err)
{
    struct store_view *v;
    struct feel_eval *ev = evaluator();
    struct buf out = BUF_INIT(1 << 22);
    feel_value all = feel_null(), used = feel_null();
    store_view(w->store, &v, err);
    uint32_t node = 0;
    const struct dmn_model *m = scheme_find_decision(s, arena_printf(&arena, "see %s", fact), &node);
    enum error_code code = record_bind(w->record, v, ev, s, m, node, world_value(&arena, self), day, &arena, &all,
                                       &used, err);
    store_view_end(v);
    feel_json_write(feel_member(all, fact), false, &out);
    str text = code == OK ? arena_str(&arena, buf_str(&out)) : str_of(error_name(code));
    buf_clear(&out);
    feel_json_write(feel_member(used, fact), false, &out);
    *ret_used = arena_str(&arena, buf_str(&out));
    buf_release(&out);
    feel_eval_free(ev);
    return text;
}

static const cal_date day = { 2025, 3, 1 };

static void test_parameters(struct world *w, const struct scheme *s)
{
    struct error err = { .lang = LANG_EN };
    str used;
    ok(record_install_parameters(w->record, s, 0, now++, &err) == OK, "the rows of the package: %s", err.message);
    is_str(bound(w, s, "reach", "{}", day, &used, &err),
           STR("[{\"kind\":\"walk\",\"metres\":1000,\"source\":\"test\",\"state\":\"confirmed\",\"from\":null,"
               "\"to\":null}]"), "a parameter");
    ok(memmem(used.ptr, used.len, "\"revision\":1", 12) != NULL, "its rows are noted with their revision");
    is_str(bound(w, s, "fitting", "{kind: \"penalty\", named: \"x\"}", day, &used, &err),
           STR("[{\"kind\":\"penalty\",\"named\":null,\"effect\":\"none\",\"source\":\"test\",\"state\":\"confirmed\","
               "\"from\":null,\"to\":null},{\"kind\":null,\"named\":null,\"effect\":\"judgement\",\"source\":\"test\","
               "\"state\":\"待核实\",\"from\":null,\"to\":null}]"), "rows of a parameter that fit");
    const struct scheme *other = load("kind,named,effect,source,state\npenalty,,bar,test,confirmed\n");
    ok(record_install_parameters(w->record, other, 0, now++, &err) == OK, "a package with another value");
    str text = bound(w, s, "fitting", "{kind: \"penalty\", named: \"x\"}", day, &used, &err);
    ok(memmem(text.ptr, text.len, "\"effect\":\"bar\"", 14) != NULL, "has it");
    ok(memmem(used.ptr, used.len, "\"effect\":\"bar\"", 14) != NULL, "as a fact notes it");
    record_install_parameters(w->record, s, 0, now++, &err);
}

static void test_ledgers(struct world *w, const struct scheme *s)
{
    struct error err = { .lang = LANG_EN };
    str used, again;
    add(w, s, "titles", "[{party: \"P1\", level: \"A\", round: 2021, from: @\"2021-07-01\", to: @\"2023-06-30\"}, "
                        "{party: \"P2\", level: \"A\", round: 2023, from: @\"2023-07-01\", to: @\"2025-06-30\"}, "
                        "{party: \"P1\", level: \"A\", round: 2023, from: @\"2023-07-01\", to: @\"2025-06-30\"}]");
    str text = bound(w, s, "history", "{subject: \"P1\"}", day, &used, &err);
    ok(memmem(text.ptr, text.len, "2021-07-01", 10) < memmem(text.ptr, text.len, "2023-07-01", 10) &&
       memmem(text.ptr, text.len, "P2", 2) == NULL, "the history of one party, the oldest first: %.*s", STR_ARG(text));
    is_str(used, text, "what was used is what was read");
    text = bound(w, s, "held", "{subject: \"P1\", key date: @\"2023-06-30\"}", day, &used, &err);
    ok(memmem(text.ptr, text.len, "2021-07-01", 10) != NULL && memmem(text.ptr, text.len, "2023-07-01", 10) == NULL,
       "what holds on the last day of a row");
    text = bound(w, s, "held", "{subject: \"P1\"}", day, &used, &err);
    is_str(text, STR("null"), "without a day it cannot be told");
    is_str(used, STR("{\"undetermined\":\"on\"}"), "and the note says so");
    text = bound(w, s, "newer", "{subject: \"P1\", round: 2025}", day, &again, &err);
    ok(memmem(text.ptr, text.len, "2021-07-01", 10) == NULL, "a condition that no index answers");
    add(w, s, "contracts", "[{file: \"7\", year: 2024, income: 1.10, expense: 2}, {file: \"7\", year: 2023, income: 5, "
                           "expense: 3}, {file: \"7\", year: 2024, income: 2.2, expense: 4}]");
    is_str(bound(w, s, "totals", "{number: \"7\"}", day, &used, &err),
           STR("[{\"year\":2023,\"income\":5,\"expense\":3,\"count\":1},{\"year\":2024,\"income\":3.30,\"expense\":6,"
               "\"count\":2}]"), "groups and sums");
    is_str(bound(w, s, "findings", "{subject: \"P1\"}", day, &used, &err), STR("null"), "a scheme that is not there");
    is_str(used, STR("{\"unavailable\":\"sites\"}"), "is named");
}

static void test_references(struct world *w, const struct scheme *s)
{
    struct error err = { .lang = LANG_EN };
    str used;
    add(w, s, "outlets", "[{name: \"a\", place: {name: \"\", lon: 120.3, lat: 30.301}}, "
                         "{name: \"b\", place: {name: \"\", lon: 120.5, lat: 30.3}}]");
    str text = bound(w, s, "near", "{place: {lon: 120.3, lat: 30.3}}", day, &used, &err);
    ok(memmem(text.ptr, text.len, "\"metres\":111.2", 14) != NULL && memmem(text.ptr, text.len, "\"b\"", 3) == NULL,
       "what is near: %.*s", STR_ARG(text));
    const char *row = memmem(text.ptr, text.len, "\"row\":\"", 7);
    add(w, s, "visits", arena_printf(&arena, "[{outlet: \"%.*s\", day: @\"2025-01-01\"}]",
                                     (int)(strchr(row + 7, '"') - row - 7), row + 7).ptr);
    text = bound(w, s, "seen", "{name: \"a\"}", day, &used, &err);
    ok(memmem(text.ptr, text.len, "2025-01-01", 10) != NULL, "a reference is followed: %.*s", STR_ARG(text));
    is_str(bound(w, s, "seen", "{name: \"b\"}", day, &used, &err), STR("[]"), "to its row alone");
}

static void test_rounds(struct world *w, const struct scheme *s)
{
    struct error err = { .lang = LANG_EN };
    struct record_plan one, two;
    struct arena a = ARENA_INIT, b = ARENA_INIT;
    uint32_t copied = 0;
    struct buf out = BUF_INIT(1 << 20);
    struct store_view *v;
    const struct scheme_parameter *p = scheme_parameter(s, STR("reach"));
    ok(record_round_open(w->record, s, STR("2026"), (cal_date){ 2026, 1, 1 }, 5, now++, &copied, &err) == OK &&
       copied == 4, "a round is opened: %u rows", copied);
    ok(record_round_open(w->record, s, STR("2026"), (cal_date){ 2026, 1, 1 }, 5, now++, &copied, &err) == OK &&
       copied == 0, "once");
    store_view(w->store, &v, &err);
    record_round_write(v, s, STR("2026"), &out, &err);
    store_view_end(v);
    feel_value shown = feel_null();
    feel_json_read(&arena, arena_str(&arena, buf_str(&out)), &shown, &err);
    buf_release(&out);
    int64_t row = feel_whole_member(feel_member(shown, "rows").items[0], "row");

    record_begin(w->record, &a, 5, now++, &one, &err);
    feel_value more = world_value(&arena, "{metres: 1200}");
    ok(record_finish(&one, record_round_set(&one, s, p, row, more, &err), NULL, &err) == OK, "a value is entered");
    record_begin(w->record, &a, 5, now++, &one, &err);
    ok(record_finish(&one, record_round_confirm(&one, s, p, row, STR("〔2026〕1"), &err), NULL, &err) == ERROR_INVALID &&
       strcmp(err.message, "a second person must confirm the row") == 0, "not confirmed by the same person");
    record_begin(w->record, &a, 6, now++, &one, &err);
    ok(record_finish(&one, record_round_confirm(&one, s, p, row, STR(""), &err), NULL, &err) == ERROR_INVALID,
       "nor without a paper");

    bool stale = false;
    record_begin(w->record, &a, 6, now++, &one, &err);
    record_begin(w->record, &b, 7, now++, &two, &err);
    enum error_code first = record_round_confirm(&one, s, p, row, STR("〔2026〕1"), &err);
    enum error_code second = record_round_confirm(&two, s, p, row, STR("〔2026〕2"), &err);
    ok(first == OK && second == OK, "two confirm at once");
    ok(record_finish(&one, first, NULL, &err) == OK, "one wins");
    ok(record_finish(&two, second, &stale, &err) == ERROR_INVALID && stale, "the other is told: %s", err.message);
    record_begin(w->record, &a, 7, now++, &one, &err);
    ok(record_finish(&one, record_round_confirm(&one, s, p, row, STR("〔2026〕2"), &err), NULL, &err) ==
           ERROR_INVALID && strcmp(err.detail, "by person 6, paper 〔2026〕1") == 0, "and then by whom: %s", err.detail);
    arena_release(&a);
    arena_release(&b);

    str used, text = bound(w, s, "reach", "{}", (cal_date){ 2026, 1, 1 }, &used, &err);
    ok(memmem(text.ptr, text.len, "1200", 4) != NULL && memmem(text.ptr, text.len, "confirmed", 9) != NULL,
       "the new row holds from its day: %.*s", STR_ARG(text));
    text = bound(w, s, "reach", "{}", (cal_date){ 2025, 12, 31 }, &used, &err);
    ok(memmem(text.ptr, text.len, "1000", 4) != NULL && memmem(text.ptr, text.len, "1200", 4) == NULL,
       "and the old one up to the day before");
    ok(record_install_parameters(w->record, s, 0, now++, &err) == OK, "the package is installed again");
    text = bound(w, s, "reach", "{}", (cal_date){ 2026, 1, 1 }, &used, &err);
    ok(memmem(text.ptr, text.len, "1200", 4) != NULL, "and leaves the office's row alone");
}

static void test_calendar(struct world *w)
{
    struct error err = { .lang = LANG_EN };
    const struct cal_calendar *c = NULL, *again = NULL;
    struct store_view *v;
    bool provisional = false;
    ok(record_install_core(w->record, now++, &err) == OK, "core is installed: %s", err.message);
    ok(record_install_core(w->record, now++, &err) == OK, "once");
    store_view(w->store, &v, &err);
    ok(record_calendar(w->record, v, &c, &err) == OK, "the calendar");
    record_calendar(w->record, v, &again, &err);
    ok(c == again, "is kept");
    ok(!cal_is_working_day(c, (cal_date){ 2026, 2, 16 }, &provisional) &&
       cal_is_working_day(c, (cal_date){ 2026, 2, 14 }, &provisional) && !provisional, "holidays and make-up days");
    ok(cal_is_working_day(c, (cal_date){ 2027, 2, 16 }, &provisional) && provisional, "a year without rows");
    store_view_end(v);
    ok(record_import_calendar(w->record, STR("day,working,name,source,state\n2027-02-16,false,春节,国办发明电,confirmed\n"),
                              0, now++, &err) == OK, "a day is imported: %s", err.message);
    store_view(w->store, &v, &err);
    record_calendar(w->record, v, &again, &err);
    provisional = false;
    ok(again != c && !cal_is_working_day(again, (cal_date){ 2027, 2, 16 }, &provisional) && !provisional,
       "and makes another calendar");
    ok(!str_eq(cal_calendar_name(c), cal_calendar_name(again)), "of another name");
    store_view_end(v);
}

enum { ASKERS = 2000, PARTIES = 300 };

/* How often SQLite was asked: each query ends with this call, which takes the place of the library's. */
static uint32_t queries;

int sqlite3_reset(sqlite3_stmt *statement)
{
    static int (*real)(sqlite3_stmt *);
    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "sqlite3_reset");
    }
    queries++;
    return real(statement);
}

static feel_value many_asker(uint32_t i)
{
    return world_value(&arena, arena_printf(&arena, "{subject: \"P%u\", name: \"%c\", kind: \"%s\", round: %u}",
                                            i % PARTIES, (char)('a' + i % 3), i % 2 == 0 ? "penalty" : "other",
                                            2020 + i % 7).ptr);
}

/* The answers for many at once are those for each alone, and the store is not asked more often for more of them. */
static void test_many(struct world *w, const struct scheme *s, const char *fact, uint32_t expected)
{
    struct error err = { .lang = LANG_EN };
    struct feel_eval *ev = evaluator();
    feel_value *selves = ARENA_ARRAY(&arena, feel_value, ASKERS), *all = ARENA_ARRAY(&arena, feel_value, ASKERS);
    cal_date *days = ARENA_ARRAY(&arena, cal_date, ASKERS);
    const struct scheme_fact *f = scheme_fact(s, str_of(fact));
    struct buf x = BUF_INIT(1 << 22), y = BUF_INIT(1 << 22);
    uint32_t same = 0, rows = 0;
    for (uint32_t i = 0; i < ASKERS; i++) {
        selves[i] = many_asker(i);
        days[i] = day;
    }
    queries = 0;
    enum error_code code = record_facts_of(w->record, 0, ev, s, f, selves, days, ASKERS, &arena, all, &err);
    bool counted = queries > 0 || getenv("GONGSHI_TEST_POSTGRES") != NULL;
    ok(code == OK && counted && queries < 600, "%s for many askers at once, with %u queries", fact, queries);
    for (uint32_t i = 0; i < PARTIES; i++) {
        feel_value one;
        if (record_facts_of(w->record, 0, ev, s, f, &selves[i], &days[i], 1, &arena, &one, &err) != OK) {
            world_fail("one asker", &err);
        }
        buf_clear(&x);
        buf_clear(&y);
        feel_json_write(one, false, &x);
        feel_json_write(all[i], false, &y);
        same += str_eq(buf_str(&x), buf_str(&y));
        rows += one.count;
    }
    is_int(same, PARTIES, "have what each alone has");
    is_int(rows, expected, "of these rows");
    buf_release(&x);
    buf_release(&y);
    feel_eval_free(ev);
}

/* A fact of another scheme over "facts.titles", as JSON. */
static str shared(struct world *w, const char *scheme, const char *where)
{
    struct error err = { .lang = LANG_EN };
    struct feel_eval *ev = evaluator();
    const struct scheme *s = NULL;
    feel_value self = world_value(&arena, "{subject: \"P1\"}"), got = feel_null();
    struct scheme_file file = { STR("scheme.json"),
                                arena_printf(&arena, "{\"scheme\":\"%s\",\"parameters\":{\"p\":{\"key\":[\"k\"]}},"
                                                     "\"facts\":{\"theirs\":{\"ledger\":\"facts.titles\","
                                                     "\"where\":\"%s\"}}}", scheme, where) };
    if (scheme_load(&arena, STR("x"), &file, 1, &s, &err) != OK) {
        world_fail(scheme, &err);
    }
    enum error_code code = record_facts_of(w->record, 0, ev, s, &s->facts[0], &self, &day, 1, &arena, &got, &err);
    struct buf out = BUF_INIT(1 << 16);
    feel_json_write(got, false, &out);
    str text = code == OK ? arena_str(&arena, buf_str(&out)) : str_of(error_name(code));
    buf_release(&out);
    feel_eval_free(ev);
    return text;
}

static void test_share(struct world *w, const struct scheme *s)
{
    struct error err = { .lang = LANG_EN };
    struct arena a = ARENA_INIT;
    struct record_plan plan;
    record_begin(w->record, &a, 0, now++, &plan, &err);
    enum error_code code = record_install(w->record, plan.view, plan.change, &a, s, 0, now++, &err);
    ok(record_finish(&plan, code, NULL, &err) == OK, "the scheme is installed: %s", err.message);
    arena_release(&a);
    str text = shared(w, "reader", "party = this.subject");
    ok(memmem(text.ptr, text.len, "\"level\":\"A\"", 11) != NULL && memmem(text.ptr, text.len, "round", 5) == NULL &&
       memmem(text.ptr, text.len, "office", 6) == NULL, "another scheme sees what is shared: %.*s", STR_ARG(text));
    is_str(shared(w, "reader", "party = this.subject and round = 2023"), STR("[]"), "and asks for nothing else");
    is_str(shared(w, "stranger", "party = this.subject"), STR("invalid"), "a third one sees nothing");
}

static void test_limit(struct world *w, const struct scheme *s)
{
    struct error err = { .lang = LANG_EN };
    struct arena a = ARENA_INIT;
    struct record_plan plan;
    str used;
    for (int unit = 0; unit < 26; unit++) {
        int64_t row;
        enum error_code code = record_begin(w->record, &a, 0, now++, &plan, &err);
        for (int i = 0; i < 40 && unit * 40 + i < 1001 && code == OK; i++) {
            feel_value v = world_value(&arena, "{file: \"many\", year: 2024, income: 1, expense: 1}");
            code = record_add(&plan, s, scheme_ledger(s, STR("contracts")), v, &row, &err);
        }
        if (record_finish(&plan, code, NULL, &err) != OK) {
            world_fail("contracts", &err);
        }
        if (unit == 24) {
            str text = bound(w, s, "all in all", "{number: \"many\"}", day, &used, &err);
            is_str(text, STR("{\"income\":1000,\"count\":1000}"), "1,000 rows are read");
        }
    }
    is_str(bound(w, s, "all in all", "{number: \"many\"}", day, &used, &err), STR("limit"), "1,001 are not");
    ok(strstr(err.detail, "RECORD_FACT_ROWS") != NULL, "by the name of the bound");
    arena_release(&a);
}

int main(void)
{
    struct world w;
    now = world_day(2025, 3, 1);
    world_open(&w);
    const struct scheme *s = load(NULL);
    test_parameters(&w, s);
    test_ledgers(&w, s);
    test_references(&w, s);
    test_rounds(&w, s);
    test_calendar(&w);
    test_many(&w, s, "history", 3);
    test_many(&w, s, "newer", 3);
    test_many(&w, s, "seen", 100);
    test_many(&w, s, "fitting", 450);
    test_many(&w, s, "near", 0);
    test_share(&w, s);
    test_limit(&w, s);
    world_close(&w);
    arena_release(&arena);
    return tap_done();
}
