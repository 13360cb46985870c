/* bench_ledger: gongshi bench ledger --store DIR|postgres://… [--records N] [--questions N] [--only QUESTION]
 *
 * Imports records of a ledger of titles (party, name, level, score, place, from, to; four of them with an index, two
 * searched), 100,000 at a time, and lets them be moved among the other rows. Then it asks, one question after the other
 * on one thread, each in a view of its own:
 *
 *   as_of    titles in one of 50 places that hold on a day: the newest 50
 *   before   the same as it was known half way through the imports
 *   both     of one of 20 levels, too
 *   order    titles in a place by their score, from the highest
 *   party    the titles of a party
 *   scan     a condition on a field without index, newest first
 *   search   two Chinese characters that some hundreds of a million records have
 *
 * For each it prints median, 99th percentile and the longest in milliseconds; the 99th percentile of the processor time
 * of the program, which is what a quiet machine would take with the pages in memory; rows, and rows examined for each.
 *
 * A store that was filled by an earlier run is only asked; --records must be the same.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "record/record.h"

#include <stdio.h>
#include <stdlib.h>

enum { STAGED = 100000, SAMPLES = 100000 };

struct bench {
    const char *where, *only;
    int64_t records, questions;
    struct store *store;
    struct record *record;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;
    const struct feel_shape *shape;
    int64_t half;        /* the instant half way through the imports */
    uint64_t random;
    int64_t *nanos, *busy; /* of each question: as time goes by, and of the processor */
};

static const char manifest[] =
    "{\"scheme\":\"bench\",\"ledgers\":{\"titles\":{\"of\":\"party\",\"valid\":[\"from\",\"to\"],\"fields\":{"
    "\"party\":{\"type\":\"party\",\"index\":true},\"name\":{\"type\":\"text\",\"search\":true},"
    "\"level\":{\"type\":\"code\",\"index\":true},\"score\":{\"type\":\"decimal\",\"index\":true},"
    "\"place\":{\"type\":\"code\",\"index\":true,\"search\":true},\"from\":{\"type\":\"date\",\"index\":true},"
    "\"to\":\"date\"}}}}";

static const char process[] = "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><process id=\"none\" "
                              "isExecutable=\"true\"><startEvent id=\"s\"/></process></definitions>";

static uint32_t below(struct bench *b, uint32_t n)
{
    b->random ^= b->random << 13;
    b->random ^= b->random >> 7;
    b->random ^= b->random << 17;
    return (uint32_t)((b->random >> 11) % n);
}

/* ---- Setting up ---- */

static enum error_code install(struct bench *b, struct arena *a, struct error *err)
{
    const struct scheme_file files[] = { { STR("scheme.json"), str_of(manifest) },
                                         { STR("process/none.bpmn"), str_of(process) } };
    const struct scheme *s;
    struct record_plan plan;
    struct store_view *v;
    enum error_code code = scheme_load(a, STR("bench"), files, 2, &s, err);
    code = code == OK ? record_begin(b->record, a, 0, clock_now_micros(), &plan, err) : code;
    if (code == OK) {
        code = record_install(b->record, plan.view, plan.change, a, s, 0, plan.now, err);
        code = record_finish(&plan, code, NULL, err);
    }
    code = code == OK ? store_view(b->store, &v, err) : code;
    if (code == OK) {
        code = record_ledger(b->record, v, NULL, STR("bench.titles"), &b->scheme, &b->ledger, NULL, err);
        store_view_end(v);
    }
    return code;
}

static enum error_code open_bench(struct bench *b, struct arena *a, struct error *err)
{
    const struct store_config config = { .where = b->where, .create = true, .upgrade = true };
    enum error_code code = store_open(&config, &b->store, err);
    code = code == OK ? record_open(&(struct record_config){ .store = b->store }, &b->record, err) : code;
    return code == OK ? install(b, a, err) : code;
}

static void close_bench(struct bench *b)
{
    record_close(b->record);
    if (b->store != NULL) {
        store_close(b->store);
    }
}

/* ---- Importing ---- */

static feel_value date_value(int64_t days)
{
    feel_value v = { .kind = FEEL_DATE };
    cal_date_from_days(days, &v.date);
    return v;
}

/* Two characters out of some eighty. */
static str pair(struct bench *b, struct arena *a)
{
    static const char characters[] = "海盐食品东石化示范工地建设商贸科技农业机械电子纺织印染塑料包装物流仓储装饰园林"
                                     "水产果蔬茶叶粮油饲料家具门窗玻璃陶瓷钢铁铜铝光伏风能储能电池汽车零件轴承齿轮阀门泵业"
                                     "医药器械";
    enum { COUNT = (sizeof characters - 1) / 3 };
    return arena_printf(a, "%.3s%.3s", characters + 3 * below(b, COUNT), characters + 3 * below(b, COUNT));
}

static feel_value make_row(struct bench *b, struct arena *a)
{
    feel_value *v = ARENA_ARRAY(a, feel_value, 7);
    dec score = dec_from_uint(0);
    int64_t from = 19000 + below(b, 2000);
    dec_from_parts((struct dec_parts){ below(b, 10000), -2, false }, &score);
    v[0] = feel_string(arena_printf(a, "91330424MA%08u", below(b, (uint32_t)b->records / 4 + 1)));
    v[1] = feel_string(arena_printf(a, "嘉兴%.*s%.*s有限公司", STR_ARG(pair(b, a)), STR_ARG(pair(b, a))));
    v[2] = feel_string(arena_printf(a, "L%u", below(b, 20)));
    v[3] = feel_number(score);
    v[4] = feel_string(arena_printf(a, "街道%02u", below(b, 50)));
    v[5] = date_value(from);
    v[6] = date_value(from + 729);
    return feel_context(b->shape, v);
}

static enum error_code stage(struct bench *b, int64_t count, struct error *err)
{
    struct record_batch *batch;
    struct arena row = ARENA_INIT;
    int64_t imported;
    enum error_code code = record_batch_begin(b->record, b->scheme, b->ledger, 0, 1, clock_now_micros(), &batch, err);
    for (int64_t i = 0; code == OK && i < count; i++) {
        arena_clear(&row);
        code = record_batch_add(batch, make_row(b, &row), clock_now_micros(), err);
    }
    arena_release(&row);
    return code == OK ? record_batch_flip(batch, clock_now_micros(), &imported, err) : code;
}

static enum error_code tend(struct bench *b, struct error *err)
{
    bool more = true;
    enum error_code code = OK;
    while (code == OK && more) {
        code = record_batch_tend(b->record, clock_now_micros(), &more, err);
    }
    return code;
}

static double seconds_since(int64_t start)
{
    return (double)(clock_monotonic_nanos() - start) / 1e9;
}

/* Are there rows from an earlier run? Then they are only asked. */
static enum error_code is_filled(struct bench *b, bool *ret, struct error *err)
{
    struct record_query q = { .scheme = b->scheme, .ledger = b->ledger, .known_at = INT64_MAX,
                              .flags = RECORD_ALL_TIMES, .max = 1 };
    struct store_view *v;
    uint32_t count = 0;
    enum error_code code = store_view(b->store, &v, err);
    if (code == OK) {
        code = record_count(v, NULL, &q, 1, &count, err);
        store_view_end(v);
    }
    *ret = count > 0;
    b->half = clock_now_micros();
    return code;
}

static enum error_code import(struct bench *b, struct error *err)
{
    double staging = 0, tending = 0;
    bool filled;
    enum error_code code = is_filled(b, &filled, err);
    if (code != OK || filled) {
        return code;
    }
    b->half = 0;
    for (int64_t at = 0; code == OK && at < b->records; at += STAGED) {
        int64_t start = clock_monotonic_nanos();
        code = stage(b, b->records - at < STAGED ? b->records - at : STAGED, err);
        double took = seconds_since(start);
        staging += took;
        if (code == OK && at == 0) {
            printf("{\"staged\":%lld,\"seconds\":%.2f,\"rows_per_s\":%.0f}\n",
                   (long long)(b->records < STAGED ? b->records : STAGED), took,
                   (double)(b->records < STAGED ? b->records : STAGED) / took);
        }
        start = clock_monotonic_nanos();
        code = code == OK ? tend(b, err) : code;
        tending += seconds_since(start);
        b->half = at + STAGED >= b->records / 2 && b->half == 0 ? clock_now_micros() : b->half;
    }
    if (code == OK) {
        printf("{\"records\":%lld,\"staged_per_s\":%.0f,\"moved_per_s\":%.0f}\n", (long long)b->records,
               (double)b->records / staging, (double)b->records / tending);
    }
    return code;
}

/* ---- Asking ---- */

struct kind {
    const char *name, *where, *order;
    bool words, before;
};

static enum error_code ask(struct bench *b, const struct kind *k, const struct record_filter *filter,
                           struct feel_eval *ev, struct arena *a, struct record_answer *ret, struct error *err)
{
    static const char *const names[] = { "level", "place", "party", "score" };
    str shape[4];
    feel_value self[4] = { feel_string(arena_printf(a, "L%u", below(b, 20))),
                           feel_string(arena_printf(a, "街道%02u", below(b, 50))),
                           feel_string(arena_printf(a, "91330424MA%08u", below(b, (uint32_t)b->records / 4 + 1))),
                           feel_number(dec_from_uint(below(b, 100))) };
    struct store_view *v;
    for (int i = 0; i < 4; i++) {
        shape[i] = str_of(names[i]);
    }
    struct record_query q = { .scheme = b->scheme, .ledger = b->ledger, .filter = filter, .max = 50,
                              .self = feel_context(feel_shape_new(a, shape, 4), self),
                              .words = k->words ? pair(b, a) : STR(""), .known_at = k->before ? b->half : INT64_MAX,
                              .valid_at = (19000 + (int64_t)below(b, 2700)) * 86400 * 1000000 };
    q.order = k->order == NULL ? STR("") : str_of(k->order);
    q.descending = true;
    q.flags = k->words ? RECORD_ALL_TIMES : 0;
    enum error_code code = store_view(b->store, &v, err);
    if (code == OK) {
        code = record_query(v, ev, &q, a, ret, err);
        store_view_end(v);
    }
    return code;
}

static enum error_code measure(struct bench *b, const struct kind *k, struct feel_eval *ev, struct error *err)
{
    struct arena kept = ARENA_INIT, a = ARENA_INIT;
    const struct record_filter *filter = NULL;
    uint64_t rows = 0, examined = 0;
    enum error_code code = OK;
    if (k->where != NULL) {
        code = record_filter(&kept, b->ledger, str_of(k->where), NULL, &filter, err);
    }
    for (int64_t i = 0; code == OK && i < b->questions; i++) {
        struct record_answer answer;
        int64_t start = clock_monotonic_nanos(), used = clock_cpu_nanos();
        arena_clear(&a);
        code = ask(b, k, filter, ev, &a, &answer, err);
        b->nanos[i] = clock_monotonic_nanos() - start;
        b->busy[i] = clock_cpu_nanos() - used;
        if (code == OK) {
            rows += answer.count;
            examined += answer.examined;
        }
    }
    if (code == OK) {
        cli_sort_nanos(b->nanos, b->questions);
        cli_sort_nanos(b->busy, b->questions);
        printf("{\"question\":\"%s\",\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"p99_busy_ms\":%.2f,"
               "\"rows\":%.1f,\"examined_per_row\":%.1f}\n", k->name, cli_percentile(b->nanos, b->questions, 50),
               cli_percentile(b->nanos, b->questions, 99), cli_percentile(b->nanos, b->questions, 100),
               cli_percentile(b->busy, b->questions, 99),
               (double)rows / (double)b->questions, rows == 0 ? 0 : (double)examined / (double)rows);
    }
    arena_release(&kept);
    arena_release(&a);
    return code;
}

static enum error_code run(struct bench *b, struct error *err)
{
    static const struct kind kinds[] = {
        { "as_of", "place = this.place", NULL, false, false },
        { "before", "place = this.place", NULL, false, true },
        { "both", "level = this.level and place = this.place", NULL, false, false },
        { "order", "place = this.place", "score", false, false },
        { "party", "party = this.party", NULL, false, false },
        { "range", "score >= this.score and score < this.score + 0.5", NULL, false, false },
        { "scan", "starts with(name, \"嘉兴海\")", NULL, false, false },
        { "search", NULL, NULL, true, false },
    };
    struct feel_environment env = { .instant = clock_now_micros() / 1000000, .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    enum error_code code = import(b, err);
    for (size_t i = 0; code == OK && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (b->only == NULL || strcmp(b->only, kinds[i].name) == 0) {
            code = measure(b, &kinds[i], ev, err);
        }
    }
    feel_eval_free(ev);
    return code;
}

/* ---- The command ---- */

static int read_options(int argc, char **argv, struct bench *b)
{
    for (int i = 2; i < argc; i++) {
        const char *option = argv[i], *value = cli_value(argc, argv, &i);
        if (value == NULL) {
            return EXIT_USAGE;
        }
        if (strcmp(option, "--store") == 0) {
            b->where = value;
        } else if (strcmp(option, "--only") == 0) {
            b->only = value;
        } else if (strcmp(option, "--records") == 0 || strcmp(option, "--questions") == 0) {
            bool records = option[2] == 'r';
            if (!cli_count(value, records ? 100000000 : SAMPLES, records ? &b->records : &b->questions)) {
                return EXIT_USAGE;
            }
        } else {
            return cli_usage("there is no option %s", option);
        }
    }
    return b->where != NULL ? EXIT_DONE : cli_usage("which store? gongshi bench ledger --store DIR");
}

int cli_bench_ledger(int argc, char **argv)
{
    static const char *const names[] = { "party", "name", "level", "score", "place", "from", "to" };
    struct arena a = ARENA_INIT;
    struct bench b = { .records = 1000000, .questions = 1000, .random = 20261128 };
    struct error err = { .lang = cli_lang };
    str shape[7];
    int status = read_options(argc, argv, &b);
    if (status == EXIT_DONE) {
        for (int i = 0; i < 7; i++) {
            shape[i] = str_of(names[i]);
        }
        b.shape = feel_shape_new(&a, shape, 7);
        b.nanos = ARENA_ARRAY(&a, int64_t, (size_t)b.questions);
        b.busy = ARENA_ARRAY(&a, int64_t, (size_t)b.questions);
        enum error_code code = open_bench(&b, &a, &err);
        code = code == OK ? run(&b, &err) : code;
        status = code == OK ? EXIT_DONE : cli_report(&err);
        close_bench(&b);
    }
    arena_release(&a);
    return status;
}
