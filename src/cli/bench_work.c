/* bench_work: gongshi bench work MODEL.bpmn --store DIR|postgres://… [--callers N] [--seconds S] [--one] [--bulk ROWS]
 *                                [--assess N] [--timers N]
 *
 * Every caller runs one instance after another: start it, complete its task, wait until a worker has done its job. Each
 * step is an act that is answered when it is durable, with its rights asked, its decision recorded and its row of audit
 * chained. Latencies are those of acts, from asking to the answer; the pause of a job before a worker takes it does not
 * count. The model and the decisions beside it (*.dmn) are installed first; its task is assigned to "bench".
 *
 *   --one      all callers act on one dossier: they set a variable of it
 *   --bulk     beside the callers, so many rows are written through the bulk lane; it ends when they are
 *   --assess   beside the callers, so many records are assessed: frozen, computed, looked at; it ends when they are
 *              (gongshi bench assess MODEL … is the same with 100,000 of them)
 *   --timers   instead: so many dossiers are started that wait for a timer, and the timers fire within 30 seconds
 */
#include "base/clock.h"
#include "base/limit.h"
#include "cli/bench_assess.h"
#include "cli/cli.h"
#include "people/people.h"
#include "work/work.h"

#include <dirent.h>
#include <ftw.h>
#include <libgen.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAKEN = 64, ROWS = 400, SAMPLES = 1 << 22, SPREAD_SECONDS = 30 };

struct bench;

struct caller {
    struct bench *b;
    int64_t dossier, asked;
    bool completing;
};

struct bench {
    const char *model, *where;
    uint32_t callers, timers;
    int64_t nanos, bulk;
    struct bench_assess assess; /* rows 0: none */
    bool one;
    struct store *store;
    struct people *people;
    struct record *record;
    struct work *work;
    int64_t person, dossier;
    uint32_t wait;         /* of the task: the same in every instance */
    atomic_bool over;
    atomic_uint active;    /* callers that have not ended */
    atomic_uint samples;
    atomic_ullong done, refused;
    uint32_t *latency;     /* of acts, in microseconds */
    struct caller *all;
    pthread_mutex_t lock;  /* over `owner` */
    struct caller **owner; /* of a dossier: by id modulo OWNERS */
    struct error error;    /* of the first act that was refused */
};

enum { OWNERS = 1 << 16 };

/* ---- Setting up ---- */

static enum error_code read_package(struct arena *a, const char *model, bool assess, const struct scheme **ret,
                                    struct error *err)
{
    struct scheme_file files[64];
    uint32_t count = 0;
    char copy[4096];
    struct dirent *e;
    snprintf(copy, sizeof copy, "%s", model);
    const char *folder = dirname(copy);
    enum error_code code = cli_read(a, model, LIMIT_XML_BYTES, "XML_BYTES", &files[0].bytes, err);
    files[count++].name = STR("process/bench.bpmn");
    DIR *dir = opendir(folder);
    while (code == OK && dir != NULL && count + BENCH_ASSESS_FILES < 64 && (e = readdir(dir)) != NULL) {
        size_t n = strlen(e->d_name);
        if (n > 4 && strcmp(e->d_name + n - 4, ".dmn") == 0) {
            str path = arena_printf(a, "%s/%s", folder, e->d_name);
            code = cli_read(a, path.ptr, LIMIT_XML_BYTES, "XML_BYTES", &files[count].bytes, err);
            files[count++].name = arena_printf(a, "rules/%s", e->d_name);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    if (assess) {
        bench_assess_files(&files[count]);
        count += BENCH_ASSESS_FILES;
    }
    return code != OK ? code : scheme_load(a, STR("bench"), files, count, ret, err);
}

/* The office "bench" and the clerk "bench" in it; they may be there from an earlier run. */
static enum error_code add_people(struct bench *b, struct arena *a, struct error *err)
{
    struct people_plan plan;
    struct people_person person;
    int64_t now = clock_now_micros(), office;
    enum error_code code = people_begin(b->people, a, 0, now, &plan, err);
    if (code != OK) {
        return code;
    }
    if (people_person_by_login(plan.view, a, STR("bench"), &person, NULL) == OK) {
        b->person = person.id;
        return people_finish(&plan, ERROR_MISSING, NULL, err), OK;
    }
    code = people_office_add(&plan, 0, STR("bench"), STR("bench"), STR("county"), &office, err);
    code = people_finish(&plan, code, NULL, err);
    if (code == OK && (code = people_begin(b->people, a, 0, now, &plan, err)) == OK) {
        code = people_person_create(&plan, STR("bench"), STR("bench"), office, &b->person, err);
        code = people_finish(&plan, code, NULL, err);
    }
    for (uint32_t i = 0; i < 2 && code == OK && (code = people_begin(b->people, a, 0, now, &plan, err)) == OK; i++) {
        code = people_role_give(&plan, b->person, office, i == 0 ? STR("clerk") : STR("manager"), now, 0, err);
        code = people_finish(&plan, code, NULL, err);
    }
    return code;
}

static enum error_code open_bench(struct bench *b, struct arena *a, struct error *err)
{
    const struct scheme *bundle;
    const struct store_config store = { .where = b->where, .create = true };
    enum error_code code = store_open(&store, &b->store, err);
    if (code == OK) {
        code = people_open(b->store, &b->people, err);
    }
    if (code == OK) {
        const struct record_config record = { .store = b->store, .people = b->people };
        code = record_open(&record, &b->record, err);
    }
    if (code == OK) {
        const struct work_config work = { .store = b->store, .record = b->record, .people = b->people,
                                          .background = true };
        code = work_open(&work, &b->work, err);
    }
    if (code == OK) {
        code = read_package(a, b->model, b->assess.rows > 0, &bundle, err);
    }
    if (code == OK) {
        code = work_install(b->work, bundle, 0, err);
    }
    code = code == OK ? add_people(b, a, err) : code;
    if (code == OK && b->assess.rows > 0) {
        b->assess.store = b->store;
        b->assess.record = b->record;
        b->assess.work = b->work;
        code = bench_assess_fill(&b->assess, err);
    }
    return code;
}

static void close_bench(struct bench *b)
{
    if (b->work != NULL) {
        work_close(b->work);
    }
    record_close(b->record);
    b->record = NULL;
    if (b->people != NULL) {
        people_close(b->people);
    }
    if (b->store != NULL) {
        store_close(b->store);
    }
    b->work = NULL;
    b->people = NULL;
    b->store = NULL;
}

/* The number of the task, as the first instance has it. */
static uint32_t task_of(struct bench *b, int64_t dossier)
{
    struct store_view *v;
    struct store_value args[] = { store_int(dossier) };
    uint32_t wait = 0;
    if (store_view(b->store, &v, NULL) == OK) {
        struct store_rows *r = store_query(v, "SELECT wait FROM task WHERE dossier = ?", args, 1);
        wait = store_next(r) ? (uint32_t)store_column_int(r, 0) : 0;
        store_rows_end(r);
        store_view_end(v);
    }
    return wait;
}

/* ---- Callers ---- */

static void note(struct bench *b, int64_t asked, const struct work_answer *answer)
{
    unsigned n = atomic_fetch_add(&b->samples, 1);
    if (n < SAMPLES) {
        b->latency[n] = (uint32_t)((clock_monotonic_nanos() - asked) / 1000);
    }
    if (answer->outcome != WORK_OK && atomic_fetch_add(&b->refused, 1) == 0) {
        b->error = answer->error;
    }
}

static work_done started, completed, changed;

static void begin(struct caller *c)
{
    struct bench *b = c->b;
    if (atomic_load(&b->over)) {
        atomic_fetch_sub(&b->active, 1);
        return;
    }
    struct work_request rq = { .act = b->one ? WORK_SET : WORK_START, .scheme = STR("bench"),
                               .with = STR("{\"points\":91}"), .dossier = b->one ? b->dossier : 0 };
    c->asked = clock_monotonic_nanos();
    work_submit(b->work, &rq, LANG_EN, b->one ? changed : started, c);
}

static void changed(void *context, const struct work_answer *answer)
{
    struct caller *c = context;
    note(c->b, c->asked, answer);
    atomic_fetch_add(&c->b->done, answer->outcome == WORK_OK);
    begin(c);
}

static void started(void *context, const struct work_answer *answer)
{
    struct caller *c = context;
    struct bench *b = c->b;
    note(b, c->asked, answer);
    if (answer->outcome != WORK_OK) {
        atomic_fetch_sub(&b->active, 1);
        return;
    }
    struct work_request rq = { .act = WORK_COMPLETE, .actor = b->person, .dossier = answer->dossier, .wait = b->wait };
    c->dossier = answer->dossier;
    pthread_mutex_lock(&b->lock);
    b->owner[c->dossier % OWNERS] = c;
    pthread_mutex_unlock(&b->lock);
    c->asked = clock_monotonic_nanos();
    work_submit(b->work, &rq, LANG_EN, completed, c);
}

static void completed(void *context, const struct work_answer *answer)
{
    struct caller *c = context;
    note(c->b, c->asked, answer);
    if (answer->outcome != WORK_OK) {
        atomic_fetch_sub(&c->b->active, 1);
    }
}

/* ---- The worker ---- */

static void finished(void *context, const struct work_answer *answer)
{
    struct caller *c = context;
    struct bench *b = c->b;
    note(b, c->asked, answer);
    atomic_fetch_add(&b->done, answer->outcome == WORK_OK);
    begin(c);
}

static void do_job(struct bench *b, const struct store_item *item)
{
    pthread_mutex_lock(&b->lock);
    struct caller *c = b->owner[item->dossier % OWNERS];
    pthread_mutex_unlock(&b->lock);
    if (c == NULL || c->dossier != item->dossier) {
        return; /* left by an earlier run */
    }
    struct work_request rq = { .act = WORK_DONE, .dossier = item->dossier, .wait = (uint32_t)item->wait,
                               .item_id = item->id, .item_version = item->version };
    c->asked = clock_monotonic_nanos();
    work_submit(b->work, &rq, LANG_EN, finished, c);
}

static void *worker(void *context)
{
    struct bench *b = context;
    struct arena a = ARENA_INIT;
    while (atomic_load(&b->active) > 0) {
        const struct store_item *items;
        int64_t now = clock_now_micros();
        arena_clear(&a);
        uint32_t count = store_pop(b->store, STR("job:file"), STR("bench"), now, now + 60000000, TAKEN, &a, &items);
        for (uint32_t i = 0; i < count; i++) {
            do_job(b, &items[i]);
        }
        usleep(count < TAKEN / 4 ? 500 : 0);
    }
    arena_release(&a);
    return NULL;
}

/* ---- A bulk job beside ---- */

static void *bulk(void *context)
{
    struct bench *b = context;
    struct arena a = ARENA_INIT;
    for (int64_t rows = 0; rows < b->bulk; rows += ROWS) {
        arena_clear(&a);
        struct store_change *c = store_change(&a);
        for (int64_t i = 0; i < ROWS && rows + i < b->bulk; i++) {
            struct store_value row[] = { store_int(store_id(b->store, NULL)), store_int(1), store_text(STR("bulk")),
                                         store_int(i), store_int(1), store_bytes(STR("")), store_int(0),
                                         store_text(STR("")), store_int(0), store_int(0), store_int(i),
                                         store_int(INT64_MAX), store_int(i), store_int(INT64_MAX), store_int(0),
                                         store_int(0),
                                         store_text(STR("{\"name\":\"示例企业\",\"level\":\"AA\"}")) };
            store_insert(c, STORE_TABLE_record, row);
        }
        if (store_commit(b->store, c, STORE_BULK).outcome != STORE_DONE) {
            atomic_fetch_add(&b->refused, 1);
        }
    }
    atomic_store(&b->over, true);
    arena_release(&a);
    return NULL;
}

/* ---- An assessment beside ---- */

static void *assess(void *context)
{
    struct bench *b = context;
    struct error err = { .lang = cli_lang };
    if (bench_assess_run(&b->assess, b->person, &err) != OK && atomic_fetch_add(&b->refused, 1) == 0) {
        b->error = err;
    }
    atomic_store(&b->over, true);
    return NULL;
}

/* ---- Figures ---- */

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double percentile(struct bench *b, double share)
{
    uint32_t n = atomic_load(&b->samples) < SAMPLES ? atomic_load(&b->samples) : SAMPLES;
    return n == 0 ? 0 : b->latency[(uint32_t)((double)(n - 1) * share)] / 1000.0;
}

static double resident_mb(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)use.ru_maxrss / 1024;
}

static uint64_t folder_bytes;

static int add_size(const char *path, const struct stat *st, int kind, struct FTW *place)
{
    (void)path;
    (void)place;
    folder_bytes += kind == FTW_F ? (uint64_t)st->st_size : 0;
    return 0;
}

static uint64_t disk(const struct bench *b)
{
    folder_bytes = 0;
    if (strncmp(b->where, "postgres", 8) != 0) {
        nftw(b->where, add_size, 16, FTW_PHYS);
    }
    return folder_bytes;
}

static int complain(struct bench *b)
{
    if (atomic_load(&b->refused) > 0) {
        fprintf(stderr, "gongshi: %llu acts were refused\n", (unsigned long long)atomic_load(&b->refused));
        cli_report(&b->error);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

/* ---- Instances ---- */

/* One instance by hand, for the number of its task; with --one the dossier of all. */
static enum error_code first(struct bench *b, struct error *err)
{
    struct work_request rq = { .act = WORK_START, .scheme = STR("bench"), .with = STR("{\"points\":50}") };
    struct work_answer answer = work_do(b->work, &rq, LANG_EN);
    b->dossier = answer.dossier;
    b->wait = task_of(b, answer.dossier);
    if (answer.outcome != WORK_OK) {
        *err = answer.error;
        return err->code;
    }
    return b->wait != 0 ? OK : error_set(err, ERROR_INVALID, "the process does not come to a task");
}

/* What an instance takes on the disk is measured when the store is closed and the WAL is empty. */
static void print(struct bench *b, double seconds, uint64_t before)
{
    struct store_figures f;
    unsigned long long done = atomic_load(&b->done);
    store_figures(b->store, &f);
    close_bench(b);
    uint32_t n = atomic_load(&b->samples) < SAMPLES ? atomic_load(&b->samples) : SAMPLES;
    qsort(b->latency, n, sizeof *b->latency, by_size);
    printf("{\"%s\":%.0f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"writer_busy\":%.2f,\"apply_us\":%.1f,"
           "\"fdatasync_us\":%.1f,\"rss_mb\":%.1f",
           b->one ? "acts_per_s" : "instances_per_s", (double)done / seconds, percentile(b, 0.5), percentile(b, 0.99),
           f.busy, f.apply_us, f.flush_us, resident_mb());
    if (b->assess.rows > 0) {
        const struct bench_assess *a = &b->assess;
        printf(",\"assessed\":%lld,\"fill_s\":%.2f,\"freeze_s\":%.2f,\"compute_s\":%.2f,\"look_s\":%.2f",
               (long long)a->rows, a->fill_s, a->freeze_s, a->compute_s, a->look_s);
        printf(",\"carry_s\":%.2f", a->carry_s);
    } else if (!b->one && b->bulk == 0 && done > 0 && before > 0) {
        printf(",\"disk_bytes_per_instance\":%.0f", (double)(disk(b) - before) / (double)done);
    }
    printf("}\n");
}

static int run_instances(struct bench *b, struct error *err)
{
    pthread_t working, writing;
    struct store_figures f;
    bool beside = b->bulk > 0 || b->assess.rows > 0;
    if (first(b, err) != OK) {
        return cli_report(err);
    }
    uint64_t before = disk(b);
    store_figures(b->store, &f);
    atomic_store(&b->active, b->callers);
    int64_t start = clock_monotonic_nanos();
    for (uint32_t i = 0; i < b->callers; i++) {
        b->all[i].b = b;
        begin(&b->all[i]);
    }
    if (pthread_create(&working, NULL, worker, b) != 0 ||
        (beside && pthread_create(&writing, NULL, b->bulk > 0 ? bulk : assess, b) != 0)) {
        abort();
    }
    while (!atomic_load(&b->over) && atomic_load(&b->active) > 0) {
        usleep(1000);
        if (!beside && clock_monotonic_nanos() - start >= b->nanos) {
            atomic_store(&b->over, true);
        }
    }
    double seconds = (double)(clock_monotonic_nanos() - start) / 1e9;
    pthread_join(working, NULL);
    if (beside) {
        pthread_join(writing, NULL);
    }
    print(b, seconds, before);
    return complain(b);
}

/* ---- Timers ---- */

static void armed(void *context, const struct work_answer *answer)
{
    struct bench *b = context;
    atomic_fetch_sub(&b->active, 1);
    if (answer->outcome != WORK_OK && atomic_fetch_add(&b->refused, 1) == 0) {
        b->error = answer->error;
    }
}

static void arm(struct bench *b, int64_t from)
{
    for (uint32_t i = 0; i < b->timers; i++) {
        char with[96];
        int64_t due = from + (int64_t)i * SPREAD_SECONDS * 1000000 / b->timers;
        cal_datetime t;
        struct buf text = BUF_INIT(64);
        cal_datetime_from_utc(due / 1000000, (uint32_t)(due % 1000000) * 1000, 0, &t);
        cal_print_datetime(t, &text);
        snprintf(with, sizeof with, "{\"due\":\"%.*s\"}", STR_ARG(buf_str(&text)));
        buf_release(&text);
        struct work_request rq = { .act = WORK_START, .scheme = STR("bench"), .with = str_of(with) };
        while (atomic_load(&b->active) >= 256) {
            usleep(100);
        }
        atomic_fetch_add(&b->active, 1);
        work_submit(b->work, &rq, LANG_EN, armed, b);
    }
    while (atomic_load(&b->active) > 0) {
        usleep(1000);
    }
}

static int run_timers(struct bench *b)
{
    struct work_figures f = { .timers = 0 };
    int64_t ahead = 5000000 + (int64_t)b->timers * 200, from = clock_now_micros() + ahead;
    arm(b, from);
    double rss = resident_mb();
    if (clock_now_micros() > from) {
        fprintf(stderr, "gongshi: the timers were due before all were there\n");
        return EXIT_FAILED;
    }
    while (f.timers < b->timers && clock_now_micros() < from + 4 * INT64_C(1000000) * SPREAD_SECONDS) {
        usleep(10000);
        work_figures(b->work, &f);
    }
    printf("{\"timers\":%u,\"fired\":%llu,\"waiting_rss_mb\":%.1f,\"late_over_100_ms\":%llu,"
           "\"late_max_ms\":%.1f}\n", b->timers, (unsigned long long)f.timers, rss, (unsigned long long)f.timers_late,
           (double)f.timer_late_max / 1000);
    return f.timers == b->timers ? complain(b) : EXIT_FAILED;
}

/* ---- The command ---- */

static int read_options(int argc, char **argv, struct bench *b)
{
    int64_t n = 0;
    for (int i = 2; i < argc; i++) {
        const char *option = argv[i];
        if (strcmp(option, "--one") == 0) {
            b->one = true;
        } else if (option[0] != '-' && b->model == NULL) {
            b->model = option;
        } else {
            const char *value = cli_value(argc, argv, &i);
            bool store = strcmp(option, "--store") == 0;
            if (value == NULL || (!store && !cli_count(value, 999999999, &n))) {
                return EXIT_USAGE;
            }
            if (store) {
                b->where = value;
            } else if (strcmp(option, "--callers") == 0) {
                b->callers = (uint32_t)n;
            } else if (strcmp(option, "--seconds") == 0) {
                b->nanos = n * 1000000000;
            } else if (strcmp(option, "--bulk") == 0) {
                b->bulk = n;
            } else if (strcmp(option, "--assess") == 0) {
                b->assess.rows = n;
            } else if (strcmp(option, "--timers") == 0) {
                b->timers = (uint32_t)n;
            } else {
                return cli_usage("there is no option %s", option);
            }
        }
    }
    return b->model != NULL && b->where != NULL ? EXIT_DONE : cli_usage("which model, and which store?");
}

int cli_bench_work(int argc, char **argv)
{
    struct arena a = ARENA_INIT;
    struct bench *b = ARENA_NEW(&a, struct bench);
    struct error err = { .lang = cli_lang };
    b->callers = 64;
    b->assess.rows = strcmp(argv[1], "assess") == 0 ? 100000 : 0;
    b->nanos = 5 * INT64_C(1000000000);
    int status = read_options(argc, argv, b);
    if (status == EXIT_DONE) {
        b->latency = b->timers > 0 ? NULL : arena_alloc(&a, SAMPLES * sizeof *b->latency); /* touched as it fills */
        b->all = ARENA_ARRAY(&a, struct caller, b->callers);
        b->owner = ARENA_ARRAY(&a, struct caller *, OWNERS);
        pthread_mutex_init(&b->lock, NULL);
        status = open_bench(b, &a, &err) != OK ? cli_report(&err)
                 : b->timers > 0               ? run_timers(b)
                                               : run_instances(b, &err);
        close_bench(b);
    }
    arena_release(&a);
    return status;
}
