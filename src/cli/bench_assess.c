/* bench_assess: see bench_assess.h. */
#include "cli/bench_assess.h"

#include "base/clock.h"
#include "base/limit.h"

static const char manifest[] =
    "{\"scheme\":\"bench\",\"ledgers\":{\"sites\":{\"title\":\"工地\"}},"
    "\"assessments\":{\"colours\":{\"title\":\"三色\",\"over\":\"sites\",\"decide\":\"rank\","
    "\"order\":[\"score desc\",\"zeros asc\"],\"ties\":\"down\","
    "\"grade\":{\"by\":\"share\",\"of\":{\"绿\":1,\"黄\":3,\"红\":1},\"remainder\":[\"红\",\"黄\",\"绿\"]},"
    "\"cap\":\"cap\",\"then\":{\"write\":{\"colour\":\"grade\"}}}}}";

static const char ledger[] = "{\"fields\":{\"name\":{\"title\":\"名称\",\"type\":\"text\"},"
                             "\"kept\":{\"title\":\"实得\",\"type\":\"integer\"},"
                             "\"full\":{\"title\":\"应得\",\"type\":\"integer\"},"
                             "\"zero\":{\"title\":\"零分表\",\"type\":\"integer\"},"
                             "\"colour\":{\"title\":\"颜色\",\"type\":\"text\"}}}";

static const char rules[] =
    "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"sites\" namespace=\"urn:bench:sites\">"
    "<inputData name=\"kept\" id=\"kept\"><variable name=\"kept\" typeRef=\"number\"/></inputData>"
    "<inputData name=\"full\" id=\"full\"><variable name=\"full\" typeRef=\"number\"/></inputData>"
    "<inputData name=\"zero\" id=\"zero\"><variable name=\"zero\" typeRef=\"number\"/></inputData>"
    "<decision name=\"rank\" id=\"rank\"><variable name=\"rank\"/>"
    "<informationRequirement><requiredInput href=\"#kept\"/></informationRequirement>"
    "<informationRequirement><requiredInput href=\"#full\"/></informationRequirement>"
    "<informationRequirement><requiredInput href=\"#zero\"/></informationRequirement>"
    "<context><contextEntry><variable name=\"score\"/><literalExpression><text>if zero &gt; 0 then 0 else kept / full "
    "* 100</text></literalExpression></contextEntry><contextEntry><variable name=\"zeros\"/><literalExpression>"
    "<text>zero</text></literalExpression></contextEntry></context></decision>"
    "<decision name=\"cap\" id=\"cap\"><variable name=\"cap\"/>"
    "<informationRequirement><requiredInput href=\"#zero\"/></informationRequirement>"
    "<decisionTable hitPolicy=\"FIRST\"><input><inputExpression typeRef=\"number\"><text>zero</text></inputExpression>"
    "</input><output typeRef=\"string\"/><rule><inputEntry><text>&gt; 0</text></inputEntry><outputEntry><text>\"黄\""
    "</text></outputEntry></rule><rule><inputEntry><text>-</text></inputEntry><outputEntry><text>\"绿\"</text>"
    "</outputEntry></rule></decisionTable></decision></definitions>";

void bench_assess_files(struct scheme_file *ret)
{
    ret[0] = (struct scheme_file){ STR("scheme.json"), str_of(manifest) };
    ret[1] = (struct scheme_file){ STR("ledgers/sites.json"), str_of(ledger) };
    ret[2] = (struct scheme_file){ STR("rules/sites.dmn"), str_of(rules) };
}

/* ---- Filling ---- */

static feel_value site(struct arena *a, int64_t i)
{
    str names[] = { STR("name"), STR("kept"), STR("full"), STR("zero") };
    feel_value *values = ARENA_ARRAY(a, feel_value, 4);
    values[0] = feel_string(arena_printf(a, "示例工地 %lld", (long long)i));
    values[1] = feel_number(dec_from_int(40 + i * 7919 % 61));
    values[2] = feel_number(dec_from_int(100 + i * 104729 % 7));
    values[3] = feel_number(dec_from_int(i * 31 % 40 == 0));
    return feel_context(feel_shape_new(a, names, 4), values);
}

/* That the assessment belongs to: the first there is. */
static int64_t first_office(struct store_view *v)
{
    struct store_rows *r = store_query(v, "SELECT id FROM office ORDER BY id LIMIT 1", NULL, 0);
    int64_t id = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return id;
}

/* One unit of `count` rows. */
static enum error_code fill_some(struct bench_assess *b, struct feel_eval *ev, int64_t from, int64_t count,
                                 struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    const struct scheme *scheme;
    enum error_code code = store_view(b->store, &v, err);
    if (code != OK) {
        return code;
    }
    code = record_installed(b->record, v, STR("bench"), &scheme, err);
    const struct scheme_ledger *l = code == OK ? scheme_ledger(scheme, STR("sites")) : NULL;
    const struct record_plan plan = { .record = b->record, .view = v, .change = store_change(&a), .arena = &a, .ev = ev,
                                      .by = SCHEME_BY_IMPORT, .office = first_office(v),
                                      .now = clock_now_micros() };
    for (int64_t i = from; code == OK && l != NULL && i < from + count; i++) {
        int64_t row;
        code = record_add(&plan, scheme, l, site(&a, i), &row, err);
    }
    store_view_end(v);
    if (code == OK && store_commit(b->store, plan.change, STORE_BULK).outcome != STORE_DONE) {
        code = error_set(err, ERROR_IO, "could not save the change");
    }
    arena_release(&a);
    return code;
}

enum error_code bench_assess_fill(struct bench_assess *b, struct error *err)
{
    enum { SOME = 40 };
    cal_zone zone;
    enum error_code code = OK;
    int64_t before = clock_monotonic_nanos();
    struct feel_environment env = { .instant = clock_now_micros() / 1000000 };
    env.zone = cal_zone_find(STR("Asia/Shanghai"), &zone) ? zone : 0;
    struct feel_eval *ev = feel_eval_new(&env);
    for (int64_t i = 0; i < b->rows && code == OK; i += SOME) {
        feel_eval_reset(ev);
        code = fill_some(b, ev, i, b->rows - i < SOME ? b->rows - i : SOME, err);
    }
    feel_eval_free(ev);
    b->fill_s = (double)(clock_monotonic_nanos() - before) / 1e9;
    return code;
}

/* ---- Running ---- */

static double since(int64_t *at)
{
    int64_t now = clock_monotonic_nanos();
    double seconds = (double)(now - *at) / 1e9;
    *at = now;
    return seconds;
}

enum error_code bench_assess_run(struct bench_assess *b, int64_t person, struct error *err)
{
    int64_t id, left, at = clock_monotonic_nanos();
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    const struct work_assess_new what = { .scheme = STR("bench"), .name = STR("colours") };
    enum error_code code = work_assess_new(b->work, &what, 0, &id, err);
    if (code == OK) {
        code = work_assess_freeze(b->work, id, 0, err);
        b->freeze_s = since(&at);
    }
    if (code == OK) {
        code = work_assess_compute(b->work, id, 0, err);
        b->compute_s = since(&at);
    }
    if (code == OK) {
        code = work_assess_preview(b->work, id, STR(""), 0, &out, err);
        b->look_s = since(&at);
    }
    code = code == OK ? work_assess_approve(b->work, id, STR(""), person, err) : code;
    if (code == OK) {
        code = work_assess_carry(b->work, id, 0, person, &left, err);
        b->carry_s = since(&at);
    }
    buf_release(&out);
    return code;
}
