/* bench_desk: gongshi bench desk --store DIR|postgres://… [--dossiers N] [--offices N] [--questions N]
 *
 * Fills a store with dossiers that each have one open task, spread over offices, three roles, five steps and ninety
 * days of limits, which rise with the numbers of the dossiers but for two days, every second one taken by one of ten
 * persons. Then it asks, on one thread, each in a view of its own,
 * what an officer with two roles in an office asks, and what a manager of all offices asks:
 *
 *   list     the first page of the team: fifty tasks
 *   deep     a page forty pages further on
 *   step     the first page of one step
 *   free     the first page of what nobody has
 *   words    a dossier by its subject
 *   counts   the numbers of the three tabs, and how many are overdue
 *   page     list, counts and the steps for the filter: all that the page of tasks asks
 *   next     the next task of the queue
 *   manager  the first page over all offices
 *
 * cpu_ms is the processor time of a question, the mean: the figure to compare where other programs run too. A store
 * that was filled by an earlier run is only asked; --dossiers and --offices must be the same.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "work/desk.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE = 51, DEEP = 40, SAMPLES = 10000, EACH = 200, FILLERS = 16 };

static const char *const roles[] = { "clerk", "reviewer", "leader" };
static const char *const steps[] = { "receive", "first_check", "online", "visit", "recheck" };

struct bench {
    const char *where;
    int64_t dossiers, offices, questions, now;
    struct store *store;
    struct people *people;
    struct record *record;
    struct work *work;
    int64_t top;          /* the office above all */
    int64_t *places;      /* the offices */
    struct work_mark deep;
    int64_t nanos[SAMPLES];
};

/* ---- Filling ---- */

static enum error_code add_office(struct bench *b, int64_t parent, str code, int64_t *ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct people_plan plan;
    enum error_code planned = people_begin(b->people, &a, 0, b->now, &plan, err);
    if (planned == OK) {
        planned = people_office_add(&plan, parent, code, code, STR("county"), ret, err);
        planned = people_finish(&plan, planned, NULL, err);
    }
    arena_release(&a);
    return planned;
}

static enum error_code find_offices(struct bench *b, struct arena *a, struct error *err)
{
    struct store_view *v;
    const struct people_tree *tree;
    b->places = ARENA_ARRAY(a, int64_t, (size_t)b->offices);
    enum error_code code = store_view(b->store, &v, err);
    if (code != OK) {
        return code;
    }
    code = people_tree(b->people, v, &tree, err);
    for (int64_t i = 0; code == OK && i < b->offices; i++) {
        const struct people_office *o = people_office_by_code(tree, arena_printf(a, "b%lld", (long long)i));
        const struct people_office *top = people_office_by_code(tree, STR("top"));
        b->places[i] = o == NULL ? 0 : o->id;
        b->top = top == NULL ? 0 : top->id;
    }
    if (code == OK) {
        people_tree_end(b->people, tree);
    }
    store_view_end(v);
    return code;
}

/* A number that looks random, the same for the same dossier (splitmix64). */
static uint64_t scattered(int64_t i)
{
    uint64_t n = ((uint64_t)i + 1) * 0x9E3779B97F4A7C15u;
    n = (n ^ n >> 30) * 0xBF58476D1CE4E5B9u;
    n = (n ^ n >> 27) * 0x94D049BB133111EBu;
    return n ^ n >> 31;
}

/* Limits rise with the dossiers, as they do in an office; that also makes filling fast, because the rows of an index
 * then come nearly in its order. */
static int64_t due_of(const struct bench *b, int64_t i, uint64_t n)
{
    enum { HOURS = 90 * 24, LATE = 10 * 24, SPREAD = 48 };
    int64_t hour = i * HOURS / b->dossiers - LATE + (int64_t)(n % SPREAD);
    return n / SPREAD % 10 == 0 ? 0 : b->now + hour * INT64_C(3600000000);
}

static void add_dossier(struct bench *b, struct store_change *c, struct arena *a, int64_t i)
{
    uint64_t n = scattered(i);
    int64_t id = store_id(b->store, NULL), office = b->places[i % b->offices], due = due_of(b, i, n >> 8);
    int64_t assignee = (n >> 32 & 1) == 0 ? 0 : 1 + (int64_t)((n >> 33) % 10);
    str subject = arena_printf(a, "p%lld", (long long)(i / 2));
    struct store_value dossier[] = { store_int(id), store_int(1), store_text(STR("bench")), store_text(STR("AAAA")),
                                     store_text(STR("")), store_text(STR("bench")), store_text(STR("running")),
                                     store_bytes(STR("{}")), store_int(office), store_text(subject), store_int(0),
                                     store_int(0), store_int(b->now), store_int(b->now), store_int(0) };
    str step = str_of(steps[(n >> 40) % 5]);
    struct store_value task[] = { store_int(id), store_int(5), store_text(step), store_text(step), store_text(step),
                                  store_int(office), store_text(str_of(roles[(n >> 48) % 3])), store_int(assignee),
                                  store_text(STR("open")), store_int(b->now), store_int(due), store_int(0),
                                  store_text(STR("{\"candidateGroups\":\"clerk\"}")), store_text(STR("bench")),
                                  store_text(STR("")) };
    store_insert(c, STORE_TABLE_dossier, dossier);
    store_insert(c, STORE_TABLE_task, task);
}

/* One of several threads that fill: the store commits what they hand in together. */
struct filler {
    struct bench *b;
    int64_t from, to;
    struct error error;
};

static void *fill_part(void *context)
{
    struct filler *f = context;
    struct arena a = ARENA_INIT;
    for (int64_t i = f->from; i < f->to && f->error.code == OK; i += EACH) {
        arena_clear(&a);
        struct store_change *c = store_change(&a);
        for (int64_t k = i; k < i + EACH && k < f->to; k++) {
            add_dossier(f->b, c, &a, k);
        }
        struct store_result result = store_commit(f->b->store, c, STORE_INTERACTIVE);
        if (result.outcome != STORE_DONE) {
            f->error = result.error;
        }
    }
    arena_release(&a);
    return NULL;
}

static enum error_code fill(struct bench *b, struct error *err)
{
    struct arena a = ARENA_INIT;
    int64_t begun = clock_monotonic_nanos();
    pthread_t threads[FILLERS];
    struct filler fillers[FILLERS];
    enum error_code code = add_office(b, 0, STR("top"), &b->top, err);
    for (int64_t i = 0; code == OK && i < b->offices; i++) {
        code = add_office(b, b->top, arena_printf(&a, "b%lld", (long long)i), &b->places[i], err);
    }
    arena_release(&a);
    for (int i = 0; code == OK && i < FILLERS; i++) {
        fillers[i] = (struct filler){ .b = b, .from = b->dossiers * i / FILLERS,
                                      .to = b->dossiers * (i + 1) / FILLERS };
        if (pthread_create(&threads[i], NULL, fill_part, &fillers[i]) != 0) {
            abort();
        }
    }
    for (int i = 0; code == OK && i < FILLERS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; code == OK && i < FILLERS; i++) {
        code = fillers[i].error.code;
        *err = fillers[i].error;
    }
    printf("{\"filled\":%lld,\"seconds\":%.1f}\n", (long long)b->dossiers,
           (double)(clock_monotonic_nanos() - begun) / 1e9);
    return code;
}

/* ---- Asking ---- */

typedef void ask_function(struct bench *b, struct store_view *v, struct work_desk_query *q, struct arena *a);

static void ask_list(struct bench *b, struct store_view *v, struct work_desk_query *q, struct arena *a)
{
    struct work_desk_row rows[PAGE];
    q->max = PAGE;
    uint32_t count = work_desk_list(b->work, v, q, a, rows);
    if (count == PAGE) {
        b->deep = (struct work_mark){ rows[PAGE - 2].due, rows[PAGE - 2].dossier, rows[PAGE - 2].wait };
    }
}

static void ask_deep(struct bench *b, struct store_view *v, struct work_desk_query *q, struct arena *a)
{
    q->after = b->deep;
    ask_list(b, v, q, a);
}

static void ask_step(struct bench *b, struct store_view *v, struct work_desk_query *q, struct arena *a)
{
    q->scheme = STR("bench");
    q->element = STR("visit");
    ask_list(b, v, q, a);
}

static void ask_free(struct bench *b, struct store_view *v, struct work_desk_query *q, struct arena *a)
{
    q->desk = WORK_DESK_FREE;
    ask_list(b, v, q, a);
}

static void ask_words(struct bench *b, struct store_view *v, struct work_desk_query *q, struct arena *a)
{
    q->words = STR("p0");
    ask_list(b, v, q, a);
}

static void ask_counts(struct bench *b, struct store_view *v, struct work_desk_query *q, struct arena *a)
{
    (void)a;
    for (int i = 0; i < 2 * WORK_DESKS; i++) {
        q->desk = (enum work_desk)(i % WORK_DESKS);
        q->due = i < WORK_DESKS ? WORK_DUE_ANY : WORK_DUE_LATE;
        work_desk_count(b->work, v, q, LIMIT_WORK_DESK_COUNT);
    }
}

static void ask_page(struct bench *b, struct store_view *v, struct work_desk_query *q, struct arena *a)
{
    struct work_desk_step found[60];
    struct work_desk_query counts = *q;
    ask_list(b, v, q, a);
    ask_counts(b, v, &counts, a);
    work_desk_steps(b->work, v, q, 60, a, found);
}

static void ask_next(struct bench *b, struct store_view *v, struct work_desk_query *q, struct arena *a)
{
    struct work_desk_row row;
    work_desk_next(b->work, v, q, a, &row);
}

static void ask(struct bench *b, const char *name, ask_function *f, bool manager)
{
    int64_t count = b->questions < SAMPLES ? b->questions : SAMPLES, cpu = clock_cpu_nanos();
    for (int64_t i = 0; i < count; i++) {
        struct arena a = ARENA_INIT;
        struct store_view *v;
        int64_t office = b->places[i % b->offices];
        const struct people_grant own[] = { { .role = STR("clerk"), .office = office },
                                            { .role = STR("reviewer"), .office = office } };
        const struct people_grant all[] = { { .role = STR("manager"), .office = b->top } };
        struct work_desk_query q = { .person = 1 + i % 10, .now = b->now, .grants = manager ? all : own,
                                     .grant_count = manager ? 1 : 2, .desk = WORK_DESK_TEAM };
        int64_t start = clock_monotonic_nanos();
        if (store_view(b->store, &v, NULL) == OK) {
            f(b, v, &q, &a);
            store_view_end(v);
        }
        b->nanos[i] = clock_monotonic_nanos() - start;
        arena_release(&a);
    }
    cpu = clock_cpu_nanos() - cpu;
    cli_sort_nanos(b->nanos, count);
    printf("{\"question\":\"%s\",\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"cpu_ms\":%.2f}\n", name,
           cli_percentile(b->nanos, count, 50), cli_percentile(b->nanos, count, 99),
           cli_percentile(b->nanos, count, 100), (double)cpu / 1e6 / (double)count);
}

static void ask_all(struct bench *b)
{
    ask(b, "list", ask_list, false);
    struct work_mark first = b->deep;
    for (int i = 0; i < DEEP; i++) {
        struct arena a = ARENA_INIT;
        struct store_view *v;
        const struct people_grant own[] = { { .role = STR("clerk"), .office = b->places[0] } };
        struct work_desk_query q = { .now = b->now, .grants = own, .grant_count = 1, .desk = WORK_DESK_TEAM };
        if (store_view(b->store, &v, NULL) == OK) {
            ask_deep(b, v, &q, &a);
            store_view_end(v);
        }
        arena_release(&a);
    }
    b->deep = b->deep.dossier == 0 ? first : b->deep;
    ask(b, "deep", ask_deep, false);
    ask(b, "step", ask_step, false);
    ask(b, "free", ask_free, false);
    ask(b, "words", ask_words, false);
    ask(b, "counts", ask_counts, false);
    ask(b, "page", ask_page, false);
    ask(b, "next", ask_next, false);
    ask(b, "manager", ask_list, true);
}

/* ---- The command ---- */

static enum error_code open_bench(struct bench *b, struct arena *a, struct error *err)
{
    const struct store_config store = { .where = b->where, .create = true };
    enum error_code code = store_open(&store, &b->store, err);
    code = code == OK ? people_open(b->store, &b->people, err) : code;
    if (code == OK) {
        const struct record_config record = { .store = b->store, .people = b->people };
        code = record_open(&record, &b->record, err);
    }
    code = code == OK ? record_install_core(b->record, b->now, err) : code;
    if (code == OK) {
        const struct work_config work = { .store = b->store, .record = b->record, .people = b->people };
        code = work_open(&work, &b->work, err);
    }
    code = code == OK ? find_offices(b, a, err) : code;
    return code == OK && b->top == 0 ? fill(b, err) : code;
}

static void close_bench(struct bench *b)
{
    if (b->work != NULL) {
        work_close(b->work);
    }
    record_close(b->record);
    if (b->people != NULL) {
        people_close(b->people);
    }
    if (b->store != NULL) {
        store_close(b->store);
    }
}

static int read_options(int argc, char **argv, struct bench *b)
{
    for (int i = 2; i < argc; i++) {
        const char *option = argv[i], *value = cli_value(argc, argv, &i);
        int64_t n = 0;
        bool store = strcmp(option, "--store") == 0;
        if (value == NULL || (!store && !cli_count(value, 10000000, &n))) {
            return EXIT_USAGE;
        }
        if (store) {
            b->where = value;
        } else if (strcmp(option, "--dossiers") == 0) {
            b->dossiers = n;
        } else if (strcmp(option, "--offices") == 0) {
            b->offices = n;
        } else if (strcmp(option, "--questions") == 0) {
            b->questions = n;
        } else {
            return cli_usage("there is no option %s", option);
        }
    }
    return b->where != NULL ? EXIT_DONE : cli_usage("which store?");
}

int cli_bench_desk(int argc, char **argv)
{
    struct arena a = ARENA_INIT;
    struct bench *b = ARENA_NEW(&a, struct bench);
    struct error err = { .lang = cli_lang };
    *b = (struct bench){ .dossiers = 1000000, .offices = 100, .questions = 200, .now = clock_now_micros() };
    int status = read_options(argc, argv, b);
    if (status == EXIT_DONE) {
        status = open_bench(b, &a, &err) == OK ? EXIT_DONE : cli_report(&err);
        if (status == EXIT_DONE) {
            ask_all(b);
        }
        close_bench(b);
    }
    arena_release(&a);
    return status;
}
