/* Assessments over records, through the store: a whole round of 137 sites with facts, caps and 1:3:1; thresholds from a
 * parameter and what would be with others; a crash at each border between units; strikes, corrections, lots, and what
 * verify finds. Everything is done by the program itself; who may approve is the business of tests/people and
 * tests/cli/assess.sh. */
#include "tap.h"
#include "work/assess.h"
#include "work_office.h"

enum { SITES = 137 };

static const char manifest[] =
    "{\"scheme\":\"sites\","
    "\"parameters\":{\"pass\":{\"key\":{\"grade\":\"text\"},\"value\":{\"from\":\"decimal\"}}},"
    "\"ledgers\":{\"sites\":{\"title\":\"工地\"},\"findings\":{\"title\":\"问题\"}},"
    "\"facts\":{\"repeats\":{\"ledger\":\"findings\",\"where\":\"site = this.name\"}},"
    "\"statistics\":{\"listed\":{\"top\":\"core.listed[list = \\\"colours\\\" and struck = false]\",\"cut\":\"day\","
    "\"by\":[\"grade\"]}},"
    "\"assessments\":{"
    "\"colours\":{\"over\":\"sites[running = true]\",\"decide\":\"rank\",\"order\":[\"score desc\",\"found asc\"],"
    "\"ties\":\"down\",\"grade\":{\"by\":\"share\",\"of\":{\"绿\":1,\"黄\":3,\"红\":1},"
    "\"remainder\":[\"红\",\"黄\",\"绿\"]},\"cap\":\"best\","
    "\"then\":{\"write\":{\"colour\":\"grade\",\"place\":\"rank + pass[grade = \\\"B\\\"][1].from - 60\","
    "\"since\":\"key date\"}}},"
    "\"levels\":{\"over\":\"sites\",\"order\":[\"kept desc\"],\"grade\":{\"by\":\"threshold\",\"parameter\":\"pass\"}},"
    "\"passing\":{\"over\":\"sites[kept >= this.pass[grade = \\\"B\\\"][1].from]\",\"order\":[\"kept desc\"]},"
    "\"few\":{\"over\":\"sites[running = true]\",\"order\":[\"kept desc\"],\"ties\":\"up\","
    "\"grade\":{\"by\":\"count\",\"of\":{\"A\":5,\"B\":5}},\"then\":{\"notice\":\"list\"}},"
    "\"tied\":{\"over\":\"sites\",\"order\":[\"zero desc\"],"
    "\"grade\":{\"by\":\"count\",\"of\":{\"A\":1,\"B\":\"rest\"}}},"
    "\"told\":{\"over\":\"sites\",\"order\":[\"kept desc\"],\"then\":{\"notice\":\"list\"}},"
    "\"lot\":{\"over\":\"sites\",\"order\":[\"lot\"],\"seed\":{\"announce\":\"P3D\"},"
    "\"grade\":{\"by\":\"count\",\"of\":{\"A\":10}}}}}";

static const char sites[] = "{\"fields\":{\"name\":\"text\",\"kept\":\"integer\",\"zero\":\"integer\","
                            "\"running\":\"boolean\",\"colour\":\"text\",\"place\":\"integer\",\"since\":\"date\"}}";
static const char findings[] = "{\"fields\":{\"site\":{\"type\":\"text\",\"index\":true},\"points\":\"integer\"}}";
static const char pass[] = "grade,from,source,state\nA,90,示例,示例\nB,60,示例,示例\n";

static const char rules[] =
    "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"sites\" namespace=\"urn:sites\">"
    "<inputData name=\"kept\" id=\"kept\"><variable name=\"kept\" typeRef=\"number\"/></inputData>"
    "<inputData name=\"zero\" id=\"zero\"><variable name=\"zero\" typeRef=\"number\"/></inputData>"
    "<inputData name=\"repeats\" id=\"repeats\"><variable name=\"repeats\"/></inputData>"
    "<decision name=\"rank\" id=\"rank\"><variable name=\"rank\"/>"
    "<informationRequirement><requiredInput href=\"#kept\"/></informationRequirement>"
    "<informationRequirement><requiredInput href=\"#repeats\"/></informationRequirement>"
    "<context><contextEntry><variable name=\"score\"/><literalExpression><text>kept</text></literalExpression>"
    "</contextEntry><contextEntry><variable name=\"found\"/><literalExpression><text>count(repeats)</text>"
    "</literalExpression></contextEntry></context></decision>"
    "<decision name=\"best\" id=\"best\"><variable name=\"best\"/>"
    "<informationRequirement><requiredInput href=\"#zero\"/></informationRequirement>"
    "<literalExpression><text>if zero &gt; 0 then \"黄\" else \"绿\"</text></literalExpression></decision>"
    "</definitions>";

static void install(struct office *o)
{
    const struct scheme *s;
    struct scheme_file files[] = { { STR("scheme.json"), str_of(manifest) },
                                   { STR("ledgers/sites.json"), str_of(sites) },
                                   { STR("ledgers/findings.json"), str_of(findings) },
                                   { STR("parameters/pass.csv"), str_of(pass) },
                                   { STR("rules/sites.dmn"), str_of(rules) } };
    office_must(scheme_load(&o->arena, STR("sites"), files, 5, &s, &o->err) == OK, o, "scheme_load");
    office_must(record_install_parameters(o->record, s, 0, office_clock, &o->err) == OK, o, "parameters");
    office_must(work_install(o->work, s, 0, &o->err) == OK, o, "install");
}

/* ---- Rows ---- */

static void add(struct office *o, const char *ledger, const char *json)
{
    struct record_plan plan;
    const struct scheme *s;
    feel_value v;
    int64_t row;
    office_must(record_begin(o->record, &o->arena, 0, office_clock, &plan, &o->err) == OK, o, "begin");
    office_must(record_installed(o->record, plan.view, STR("sites"), &s, &o->err) == OK, o, "installed");
    office_must(feel_json_read(&o->arena, str_of(json), &v, &o->err) == OK, o, json);
    plan.by = SCHEME_BY_IMPORT;
    enum error_code code = record_add(&plan, s, scheme_ledger(s, str_of(ledger)), v, &row, &o->err);
    office_must(record_finish(&plan, code, NULL, &o->err) == OK, o, json);
}

/* Scores fall from 100; every tenth site has a sheet of zero; site 5 has two findings, and the score of site 6. */
static void fill(struct office *o)
{
    for (int i = 1; i <= SITES; i++) {
        char json[160];
        snprintf(json, sizeof json, "{\"name\":\"s%d\",\"kept\":%d,\"zero\":%d,\"running\":true}", i,
                 200 - (i == 5 ? 6 : i), i % 10 == 0);
        add(o, "sites", json);
    }
    add(o, "sites", "{\"name\":\"closed\",\"kept\":300,\"zero\":0,\"running\":false}");
    add(o, "findings", "{\"site\":\"s5\",\"points\":2}");
    add(o, "findings", "{\"site\":\"s5\",\"points\":1}");
}

/* ---- Steps ---- */

static int64_t begin(struct office *o, const char *name, int64_t corrects)
{
    int64_t id = 0;
    const struct work_assess_new what = { .scheme = STR("sites"), .name = str_of(name), .corrects = corrects };
    office_must(work_assess_new(o->work, &what, 0, &id, &o->err) == OK, o, name);
    return id;
}

static struct work_assessment look(struct office *o, int64_t id)
{
    struct store_view *v;
    struct work_assessment s = { .id = 0 };
    office_must(store_view(o->store, &v, &o->err) == OK, o, "view");
    work_read_assessment(v, id, &o->arena, &s);
    store_view_end(v);
    return s;
}

static feel_value preview(struct office *o, int64_t id, const char *with)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value v = feel_null();
    if (ok(work_assess_preview(o->work, id, str_of(with), 0, &out, &o->err) == OK, "the list can be looked at")) {
        feel_json_read(&o->arena, arena_str(&o->arena, buf_str(&out)), &v, NULL);
    } else {
        printf("# %s %s %s\n", o->err.message, o->err.detail, o->err.hint);
    }
    buf_release(&out);
    return v;
}

static bool refused(struct office *o, enum error_code code, const char *says)
{
    bool fine = code != OK && strstr(o->err.message, says) != NULL;
    if (!fine) {
        printf("# %d %s %s\n", (int)code, o->err.message, o->err.detail);
    }
    o->err = (struct error){ .lang = LANG_EN };
    return fine;
}

static bool done(struct office *o, enum error_code code)
{
    if (code != OK) {
        printf("# %s %s %s\n", o->err.message, o->err.detail, o->err.hint);
    }
    return code == OK;
}

/* The whole office ends and begins again, as after kill -9: nothing but the store stays. */
static void restart(struct office *o)
{
    office_close(o);
    office_open(o, 2, true);
}

static int64_t actual(struct office *o, int64_t id, uint32_t grade)
{
    feel_value v = feel_null();
    int64_t n = -1;
    feel_json_read(&o->arena, look(o, id).quotas, &v, NULL);
    if (v.kind == FEEL_LIST && v.count > 0) {
        feel_value grades = feel_member(v.items[0], "grades");
        if (grades.kind == FEEL_LIST && grade < grades.count) {
            n = feel_whole_or(feel_member(grades.items[grade], "actual"), n);
        }
    }
    return n;
}

/* ---- A whole round ---- */

static int64_t revisions(struct office *o)
{
    return office_number(o, "SELECT count(*) FROM record WHERE ledger = 'sites.sites'", 0);
}

static void test_round(struct office *o)
{
    int64_t left, id = begin(o, "colours", 0), before;
    ok(done(o, work_assess_freeze(o->work, id, 0, &o->err)), "frozen");
    is_int(look(o, id).count, SITES, "those that run are in it");
    ok(refused(o, work_assess_freeze(o->work, id, 0, &o->err), "is frozen"), "and nothing is frozen twice");
    ok(done(o, work_assess_compute(o->work, id, 0, &o->err)), "computed");
    is_int(actual(o, id, 0), 27, "27 green");
    is_int(actual(o, id, 1), 82, "82 yellow");
    is_int(actual(o, id, 2), 28, "28 red");
    ok(refused(o, work_assess_approve(o->work, id, STR(""), 0, &o->err), "is computed"), "nobody has looked at it");
    preview(o, id, "");
    restart(o);
    ok(done(o, work_assess_approve(o->work, id, STR(""), 0, &o->err)), "approved, after a restart");
    before = revisions(o);
    ok(done(o, work_assess_carry(o->work, id, 10, 0, &left, &o->err)) && left == SITES - 10, "ten are written");
    restart(o);
    ok(done(o, work_assess_carry(o->work, id, 0, 0, &left, &o->err)) && left == 0, "after a restart the rest");
    is_int(revisions(o) - before, SITES, "each once");
    is_str(look(o, id).state, STR("done"), "it is done");
    is_int(office_number(o, "SELECT count(*) FROM record WHERE ledger = 'sites.sites' AND body LIKE '%绿%'", 0), 27,
           "27 rows say green");
    is_int(office_number(o, "SELECT count(*) FROM record WHERE ledger = 'sites.sites' AND body LIKE '%\"since\":{%' "
                            "AND body LIKE '%\"place\":{\"$n\":\"137\"}%'", 0), 1,
           "what is written may say the key date, and use a parameter");
    is_int(office_number(o, "SELECT count(*) FROM assessment_entry WHERE assessment = ? AND result LIKE "
                            "'%\"why\":\"cap\"%'", id), 2, "two of the best are capped");
    is_int(office_number(o, "SELECT position FROM assessment_entry WHERE assessment = ? AND result LIKE "
                            "'%\"values\":{\"score\":194,\"found\":2}%'", id), 6,
           "of two with one score that with findings is behind");
}

/* ---- Left by a crash ---- */

/* Rows of a freezing that never ended are none of the next one's. */
static void test_left_over(struct office *o)
{
    int64_t id = begin(o, "colours", 0);
    struct store_change *c = store_change(&o->arena);
    for (int i = 1; i <= 300; i++) {
        const str none = STR("");
        struct store_value row[] = { store_int(id), store_int(i), store_int(1), store_int(i), store_text(STR("left")),
                                     store_bytes(STR("{}")), store_text(none), store_int(0), store_text(none),
                                     store_int(0), store_int(0), store_text(none), store_text(none), store_int(0),
                                     store_text(none), store_int(0) };
        store_insert(c, STORE_TABLE_assessment_entry, row);
    }
    office_must(store_commit(o->store, c, STORE_BULK).outcome == STORE_DONE, o, "commit");
    ok(done(o, work_assess_freeze(o->work, id, 0, &o->err)), "frozen over what was left");
    is_int(office_number(o, "SELECT count(*) FROM assessment_entry WHERE assessment = ?", id), SITES, "137 entries");
    is_int(office_number(o, "SELECT count(*) FROM assessment_entry WHERE assessment = ? AND id = 'left'", id), 0,
           "none of them left over");
}

/* ---- Thresholds, and what if ---- */

static int64_t changes(feel_value v)
{
    feel_value list = feel_member(v, "changes");
    return list.kind == FEEL_LIST ? (int64_t)list.count : -1;
}

static void test_thresholds(struct office *o)
{
    int64_t id = begin(o, "levels", 0);
    ok(done(o, work_assess_freeze(o->work, id, 0, &o->err)), "frozen");
    ok(done(o, work_assess_compute(o->work, id, 0, &o->err)), "computed by the rows of the parameter");
    is_int(actual(o, id, 0), 111, "111 reach 90"); /* 199 … 90, 194 twice and not 195, and 300 */
    is_int(actual(o, id, 1), 27, "27 reach 60");
    feel_value v = preview(o, id, "{\"pass\":[{\"grade\":\"A\",\"from\":100},{\"grade\":\"B\",\"from\":60}]}");
    is_int(changes(v), 10, "with 100 instead of 90 ten would be B");
    v = preview(o, id, "{\"pass\":[]}");
    is_int(changes(v), SITES + 1, "without rows all would be undetermined");
    is_str(look(o, id).state, STR("computed"), "and nothing of it is stored");
}

/* The filter reads the parameters of the key date. */
static void test_population(struct office *o)
{
    int64_t id = begin(o, "passing", 0);
    ok(done(o, work_assess_freeze(o->work, id, 0, &o->err)), "frozen");
    is_int(look(o, id).count, 111 + 27, "those who reach 60");
}

/* ---- Notices and documents ---- */

static int64_t told, distances, wanted;

/* Stands in for publish. */
static enum error_code tell(void *context, const struct work_job *job, feel_value *ret, struct error *err)
{
    feel_value entries = feel_member(job->variables, "entries");
    (void)context;
    (void)ret;
    (void)err;
    told += str_eq(feel_str(job->headers), STR("list")) && entries.kind == FEEL_LIST ? entries.count : 0;
    for (uint32_t i = 0; entries.kind == FEEL_LIST && i < entries.count; i++) {
        feel_value next = feel_member(entries.items[i], "next");
        feel_value inside = feel_member(feel_member(entries.items[i], "result"), "next");
        distances += feel_member(next, "by").kind == FEEL_NUMBER;
        wanted += feel_member(next, "wanted").kind != FEEL_NULL || feel_member(inside, "wanted").kind != FEEL_NULL;
    }
    return OK;
}

static void test_told(struct office *o)
{
    int64_t left, id = begin(o, "told", 0);
    ok(done(o, work_assess_freeze(o->work, id, 0, &o->err)) && done(o, work_assess_compute(o->work, id, 0, &o->err)),
       "computed");
    preview(o, id, "");
    ok(done(o, work_assess_approve(o->work, id, STR(""), 0, &o->err)), "approved");
    ok(refused(o, work_assess_carry(o->work, id, 0, 0, &left, &o->err), "carries out no \"notice\""),
       "what nobody carries out is not passed over");
    is_str(look(o, id).state, STR("approved"), "and it is not done");
    work_assess_register(o->work, "notice", tell, NULL);
    ok(done(o, work_assess_carry(o->work, id, 0, 0, &left, &o->err)) &&
           done(o, work_assess_carry(o->work, id, 0, 0, &left, &o->err)), "carried out");
    is_int(told, SITES + 1, "the whole list is told, once");
}

/* ---- Ties, lots ---- */

static void test_refused(struct office *o)
{
    int64_t id = begin(o, "tied", 0);
    ok(done(o, work_assess_freeze(o->work, id, 0, &o->err)), "frozen");
    ok(refused(o, work_assess_compute(o->work, id, 0, &o->err), "tied where the grade \"A\" ends"),
       "a tie that nothing breaks is refused");
}

static void test_lot(struct office *o)
{
    int64_t id = begin(o, "lot", 0);
    struct buf list = BUF_INIT(1 << 20);
    char hash[SHA256_TEXT];
    ok(done(o, work_assess_freeze(o->work, id, 0, &o->err)), "frozen");
    ok(done(o, work_assess_list(o->work, id, &list, &o->err)), "the list");
    sha256_text(buf_str(&list), hash);
    is_str(look(o, id).list, str_of(hash), "has the hash that was made known");
    buf_release(&list);
    ok(refused(o, work_assess_seed(o->work, id, STR("1"), 0, &o->err), "cannot be given yet"), "no seed too early");
    office_clock += 3 * 86400 * SECONDS;
    ok(refused(o, work_assess_seed(o->work, id, STR(""), 0, &o->err), "a seed is a text"), "an empty seed is none");
    ok(done(o, work_assess_seed(o->work, id, STR("1"), 0, &o->err)), "three days later");
    ok(done(o, work_assess_compute(o->work, id, 0, &o->err)), "drawn");
    is_int(actual(o, id, 0), 10, "ten");
}

/* ---- Strikes, corrections, verifying ---- */

static str first_id(struct office *o, int64_t id)
{
    int64_t n = office_number(o, "SELECT subject FROM assessment_entry WHERE assessment = ? AND number = 1", id);
    return arena_printf(&o->arena, "%lld", (long long)n);
}

static void spoil(struct office *o, int64_t id)
{
    struct store_change *c = store_change(&o->arena);
    struct store_value row[16];
    for (size_t i = 0; i < 16; i++) {
        row[i] = store_keep();
    }
    row[0] = store_int(id);
    row[1] = store_int(2);
    row[2] = store_int(office_number(o, "SELECT version FROM assessment_entry WHERE assessment = ? AND number = 2",
                                     id));
    row[5] = store_bytes(STR("{\"kept\":{\"$n\":\"1\"},\"repeats\":[],\"zero\":{\"$n\":\"0\"}}"));
    store_update(c, STORE_TABLE_assessment_entry, row);
    office_must(store_commit(o->store, c, STORE_BULK).outcome == STORE_DONE, o, "spoil");
}

/* How many entries of approved lists there are on the day of the clock, or the day before. */
static int64_t listed(struct office *o, int32_t before)
{
    struct store_view *v;
    const struct scheme *s;
    feel_value counted = feel_null();
    struct record_scope of = { .office = 0 };
    int64_t n = -1;
    struct feel_environment env = { .instant = office_clock / 1000000, .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    cal_date_from_days(office_clock / 86400000000 - before, &of.day);
    office_must(store_view(o->store, &v, &o->err) == OK, o, "view");
    office_must(record_installed(o->record, v, STR("sites"), &s, &o->err) == OK, o, "installed");
    const struct scheme_statistic *one = scheme_statistic(s, STR("listed"));
    office_must(record_statistic(o->record, v, ev, s, one, &of, false, &o->arena, &counted, &o->err) == OK, o, "count");
    n = feel_whole_or(feel_member(feel_member(counted, "total"), "top"), n);
    store_view_end(v);
    feel_eval_free(ev);
    return n;
}

static void test_correction(struct office *o)
{
    const int64_t earlier = listed(o, 0), yesterday = listed(o, 1);
    int64_t left, id = begin(o, "colours", 0), second;
    struct work_assess_verdict verdict;
    ok(done(o, work_assess_freeze(o->work, id, 0, &o->err)), "frozen");
    str gone = first_id(o, id);
    ok(refused(o, work_assess_strike(o->work, id, STR("no"), STR("x"), 0, &o->err), "the list has no"), "a stranger");
    ok(refused(o, work_assess_strike(o->work, id, gone, STR(""), 0, &o->err), "a reason is needed"), "without reason");
    ok(done(o, work_assess_strike(o->work, id, gone, STR("finished"), 0, &o->err)), "struck");
    ok(done(o, work_assess_compute(o->work, id, 0, &o->err)), "computed");
    is_int(actual(o, id, 0) + actual(o, id, 1) + actual(o, id, 2), SITES - 1, "the struck one has no grade");
    preview(o, id, "");
    is_int(listed(o, 0), earlier, "what is not approved does not count");
    ok(done(o, work_assess_approve(o->work, id, STR(""), 0, &o->err)), "approved");
    is_int(listed(o, 0), earlier + SITES - 1, "its entries count, but the struck one");
    is_int(listed(o, 1), yesterday, "and did not the day before");
    ok(done(o, work_assess_strike(o->work, id, arena_printf(&o->arena, "%lld", (long long)office_number(o,
            "SELECT subject FROM assessment_entry WHERE assessment = ? AND number = 3", id)), STR("late"), 0, &o->err)),
       "struck after approval");
    ok(done(o, work_assess_verify(o->work, id, &o->arena, &verdict, &o->err)) && verdict.population && verdict.list &&
           verdict.result && verdict.different == 0 && verdict.entries == SITES, "all comes out the same");
    second = begin(o, "colours", id);
    ok(done(o, work_assess_freeze(o->work, second, 0, &o->err)) &&
           done(o, work_assess_compute(o->work, second, 0, &o->err)), "a correction");
    preview(o, second, "");
    ok(done(o, work_assess_approve(o->work, second, STR(""), 0, &o->err)), "is approved");
    is_str(look(o, id).state, STR("superseded"), "and supersedes");
    is_int(listed(o, 0), earlier + SITES, "what was corrected counts as corrected");
    ok(refused(o, work_assess_carry(o->work, id, 0, 0, &left, &o->err), "is superseded"), "what is superseded rests");
    spoil(o, id);
    ok(done(o, work_assess_verify(o->work, id, &o->arena, &verdict, &o->err)) && !verdict.population &&
           !verdict.result && verdict.different > 0, "an input that was changed is found");
}

/* ---- What cannot be written ---- */

/* The record of an entry is known no more. */
static void strike_row(struct office *o, int64_t row)
{
    const struct scheme *s;
    struct record_plan plan;
    office_must(record_begin(o->record, &o->arena, 0, office_clock, &plan, &o->err) == OK, o, "begin");
    office_must(record_installed(o->record, plan.view, STR("sites"), &s, &o->err) == OK, o, "installed");
    enum error_code code = record_strike(&plan, scheme_ledger(s, STR("sites")), row, STR("twice there"), &o->err);
    office_must(record_finish(&plan, code, NULL, &o->err) == OK, o, "strike");
}

/* Rows are written many at a time: one of them that is gone keeps only itself back. */
static void test_gone(struct office *o)
{
    int64_t left, id = begin(o, "colours", 0), before;
    ok(done(o, work_assess_freeze(o->work, id, 0, &o->err)) && done(o, work_assess_compute(o->work, id, 0, &o->err)),
       "computed");
    preview(o, id, "");
    ok(done(o, work_assess_approve(o->work, id, STR(""), 0, &o->err)), "approved");
    strike_row(o, office_number(o, "SELECT subject FROM assessment_entry WHERE assessment = ? AND number = 20", id));
    office_clock += SECONDS;
    before = revisions(o);
    ok(done(o, work_assess_carry(o->work, id, 0, 0, &left, &o->err)) && left == 0, "a row is gone: the others go on");
    is_int(office_number(o, "SELECT count(*) FROM assessment_entry WHERE assessment = ? AND outcome = 'done'", id),
           look(o, id).count - 1, "and are marked");
    is_int(revisions(o) - before, look(o, id).count - 1, "each is written once");
    is_int(office_number(o, "SELECT number FROM assessment_entry WHERE assessment = ? AND outcome <> 'done'", id), 20,
           "the one says why");
}

/* ---- Who has no grade ---- */

static void test_ungraded(struct office *o)
{
    int64_t left, id, before = office_number(o, "SELECT count(*) FROM tell", 0);
    add(o, "sites", "{\"name\":\"low\",\"kept\":10,\"zero\":0,\"running\":true}");
    add(o, "sites", "{\"name\":\"unknown\",\"zero\":0,\"running\":true}");
    office_clock += SECONDS;
    id = begin(o, "levels", 0);
    ok(done(o, work_assess_freeze(o->work, id, 0, &o->err)) && done(o, work_assess_compute(o->work, id, 0, &o->err)),
       "computed");
    preview(o, id, "");
    ok(done(o, work_assess_approve(o->work, id, STR(""), 0, &o->err)), "approved");
    ok(done(o, work_assess_carry(o->work, id, 0, 0, &left, &o->err)) && left == 0, "carried out");
    is_int(office_number(o, "SELECT count(*) FROM tell", 0) - before, 2, "two without a grade are told");
    is_int(office_number(o, "SELECT count(*) FROM assessment_entry WHERE assessment = ? AND outcome = 'told'", id), 2,
           "and marked so");
    is_int(office_number(o, "SELECT count(*) FROM tell WHERE what LIKE '%kept 为 10，须为 60%'", 0), 1, "how far it is");
    is_int(office_number(o, "SELECT count(*) FROM tell WHERE what LIKE '%无法评定：kept%'", 0), 1, "what is not known");
    ok(done(o, work_assess_carry(o->work, id, 0, 0, &left, &o->err)), "once more");
    is_int(office_number(o, "SELECT count(*) FROM tell", 0) - before, 2, "tells nobody twice");
}

/* Where so many get a grade, what would have been enough is what the last of them has: nobody is told that. */
static void test_distance(struct office *o)
{
    int64_t left, id = begin(o, "few", 0), before = office_number(o, "SELECT count(*) FROM tell", 0);
    distances = wanted = 0;
    ok(done(o, work_assess_freeze(o->work, id, 0, &o->err)) && done(o, work_assess_compute(o->work, id, 0, &o->err)),
       "so many: computed");
    preview(o, id, "");
    ok(done(o, work_assess_approve(o->work, id, STR(""), 0, &o->err)), "approved");
    ok(done(o, work_assess_carry(o->work, id, 0, 0, &left, &o->err)) && left == 0, "carried out");
    ok(office_number(o, "SELECT count(*) FROM tell", 0) - before > 100, "those behind are told");
    is_int(office_number(o, "SELECT count(*) FROM tell WHERE what LIKE '%kept 为 10，差 180%'", 0), 1,
           "how far they are themselves");
    is_int(office_number(o, "SELECT count(*) FROM tell WHERE what LIKE '%190%'", 0), 0, "not what another has");
    is_int(distances, 4, "papers and notices are told the distances of the second grade");
    is_int(wanted, 0, "and no more");
}

int main(void)
{
    struct office o = { .arena = ARENA_INIT, .err = { .lang = LANG_EN } };
    office_open(&o, 2, true);
    install(&o);
    fill(&o);
    office_clock += SECONDS;
    test_round(&o);
    test_left_over(&o);
    test_thresholds(&o);
    test_population(&o);
    test_told(&o);
    test_refused(&o);
    test_lot(&o);
    test_correction(&o);
    test_gone(&o);
    test_ungraded(&o);
    test_distance(&o);
    office_remove(&o);
    return tap_done();
}
