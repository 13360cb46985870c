/* store: how many units a second the store makes durable, and how long one caller waits.
 *
 *   store [SECONDS [CALLERS [ship|URL]]]
 *
 * Each caller hands in one change after the other, as the step of a dossier makes them: the dossier and a task are
 * updated, the next task, a decision, a line of the audit and a job are added. The callers are played by one thread, as
 * the loops of a server do it. Prints one line of JSON: units and commits a second, the wait of a unit in the middle
 * and for one of a hundred, and what the writer did with its time. Without a URL (postgres://…) of an empty database a
 * directory is made for it. Several of them may share a database: their keys do not meet.
 */
#include "base/clock.h"
#include "store/store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_CALLERS = 1024, MAX_WAITS = 4 << 20 };

struct caller {
    struct bench *bench;
    struct caller *next; /* of those who are answered */
    struct arena arena;
    int64_t dossier, version, wait, began;
    bool bad;
};

struct bench {
    struct store *store;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct caller *ready;
    uint32_t *waits; /* of each unit, in microseconds */
    size_t units;
    int64_t number; /* for keys; ids of the store are not what is measured */
};

static struct store_value text(const char *s)
{
    return store_text(str_of(s));
}

static void add_task(struct caller *c, struct store_change *change)
{
    store_insert(change, STORE_TABLE_task,
                 (struct store_value[]){ store_int(c->dossier), store_int(c->wait), text("review"),
                                         text("上门核查"), text("check"), store_int(c->dossier % 50),
                                         text("officer"), store_int(0), text("open"), store_int(1), store_int(2),
                                         store_int(0), text("{}") });
}

static void close_task(struct caller *c, struct store_change *change)
{
    const struct store_value keep = store_keep();
    store_update(change, STORE_TABLE_task,
                 (struct store_value[]){ store_int(c->dossier), store_int(c->wait), keep, keep, keep, keep, keep,
                                         store_int(7), text("done"), keep, keep, store_int(3), keep });
}

static void update_dossier(struct caller *c, struct store_change *change)
{
    static char state[2000];
    const struct store_value keep = store_keep();
    memset(state, 'x', sizeof state);
    store_update(change, STORE_TABLE_dossier,
                 (struct store_value[]){ store_int(c->dossier), store_int(c->version++), keep, keep, keep, keep,
                                         text("running"), store_bytes((str){ state, sizeof state }), keep, keep, keep,
                                         keep, keep, store_int(5), keep });
}

static void add_audit(struct caller *c, struct store_change *change)
{
    store_insert(change, STORE_TABLE_audit,
                 (struct store_value[]){ store_int(++c->bench->number), store_int(5), store_int(7), text("complete"),
                                         text("dossier"), store_int(c->dossier), text("{\"task\":\"review\"}"),
                                         store_int(0) });
}

static void add_job(struct caller *c, struct store_change *change)
{
    store_insert(change, STORE_TABLE_queue,
                 (struct store_value[]){ store_int(++c->bench->number), store_int(0), text("mail"), store_int(5),
                                         store_int(0), text(""), store_int(0), store_int(c->dossier),
                                         store_int(c->wait), text("{\"to\":\"somebody\"}") });
}

static void add_dossier(struct caller *c, struct store_change *change)
{
    store_insert(change, STORE_TABLE_dossier,
                 (struct store_value[]){ store_int(c->dossier), store_int(0), text("stalls"), text("code"),
                                         text("bundle"), text("permit"), text("running"),
                                         store_bytes(STR("{}")), store_int(1), text("陈某某"), store_int(0),
                                         store_int(0), store_int(1), store_int(1), store_int(0), text(""), text("") });
    add_task(c, change);
}

static void note(void *context, const struct store_result *result)
{
    struct caller *c = context;
    struct bench *b = c->bench;
    pthread_mutex_lock(&b->lock);
    c->bad |= result->outcome != STORE_DONE;
    if (b->units < MAX_WAITS) {
        b->waits[b->units++] = (uint32_t)((clock_monotonic_nanos() - c->began) / 1000);
    }
    c->next = b->ready;
    b->ready = c;
    pthread_cond_signal(&b->answered);
    pthread_mutex_unlock(&b->lock);
}

static void hand_in(struct caller *c)
{
    arena_clear(&c->arena);
    struct store_change *change = store_change(&c->arena);
    update_dossier(c, change);
    close_task(c, change);
    c->wait++;
    add_task(c, change);
    add_audit(c, change);
    add_job(c, change);
    c->began = clock_monotonic_nanos();
    store_submit(c->bench->store, change, STORE_INTERACTIVE, note, c);
}

/* The callers that are answered, as a list. */
static struct caller *wait_ready(struct bench *b)
{
    pthread_mutex_lock(&b->lock);
    while (b->ready == NULL) {
        pthread_cond_wait(&b->answered, &b->lock);
    }
    struct caller *list = b->ready;
    b->ready = NULL;
    pthread_mutex_unlock(&b->lock);
    return list;
}

static bool play(struct bench *b, struct caller *callers, uint32_t count, int64_t nanos)
{
    int64_t end = clock_monotonic_nanos() + nanos;
    bool good = true;
    uint32_t running = count;
    for (uint32_t i = 0; i < count; i++) {
        hand_in(&callers[i]);
    }
    while (running > 0) {
        bool more = clock_monotonic_nanos() < end;
        for (struct caller *c = wait_ready(b), *next; c != NULL; c = next) {
            next = c->next;
            good &= !c->bad;
            running -= !more;
            if (more) {
                hand_in(c);
            }
        }
    }
    return good;
}

static bool begin_dossiers(struct bench *b, struct caller *callers, uint32_t count)
{
    bool good = true;
    for (uint32_t i = 0; i < count; i++) {
        struct caller *c = &callers[i];
        *c = (struct caller){ .bench = b, .arena = ARENA_INIT,
                              .dossier = b->number + i + 1, .version = 1, .wait = 1 };
        struct store_change *change = store_change(&c->arena);
        add_dossier(c, change);
        good &= store_commit(b->store, change, STORE_INTERACTIVE).outcome == STORE_DONE;
    }
    return good;
}

static int by_size(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void print(struct bench *b, uint32_t callers, double seconds)
{
    struct store_figures f;
    struct buf name = BUF_INIT(200);
    store_figures(b->store, &f);
    store_describe(b->store, &name);
    qsort(b->waits, b->units, sizeof b->waits[0], by_size);
    printf("{\"bench\":\"store\",\"store\":\"%s\",\"callers\":%u,\"units_per_second\":%.0f,\"commits_per_second\":%.0f,"
           "\"p50_us\":%u,\"p99_us\":%u,\"apply_us\":%.1f,\"flush_us\":%.0f,\"busy\":%.2f,\"apply_share\":%.2f,"
           "\"cpu_us_per_unit\":%.1f}\n",
           name.ptr, callers, (double)b->units / seconds, (double)f.commits / seconds, b->waits[b->units / 2],
           b->waits[b->units * 99 / 100], f.apply_us, f.flush_us, f.busy, f.apply_us * (double)f.units / seconds / 1e6,
           (double)clock_cpu_nanos() / 1000 / (double)b->units);
    buf_release(&name);
}

static int run(const char *where, const char *ship, double seconds, uint32_t count)
{
    static struct caller callers[MAX_CALLERS];
    struct bench b = { .lock = PTHREAD_MUTEX_INITIALIZER, .answered = PTHREAD_COND_INITIALIZER };
    struct error err = { .lang = LANG_EN };
    struct store_figures f;
    b.number = (int64_t)getpid() * 1000000000;
    b.waits = malloc(MAX_WAITS * sizeof *b.waits);
    if (b.waits == NULL ||
        store_open(&(struct store_config){ .where = where, .create = true, .ship = ship }, &b.store, &err) != OK) {
        fprintf(stderr, "%s: %s\n", err.message, err.detail);
        return 1;
    }
    bool good = begin_dossiers(&b, callers, count);
    store_figures(b.store, &f);
    good = good && play(&b, callers, count, (int64_t)(seconds * 1e9));
    print(&b, count, seconds);
    store_close(b.store);
    for (uint32_t i = 0; i < count; i++) {
        arena_release(&callers[i].arena);
    }
    free(b.waits);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    char folder[] = "bench-store-XXXXXX", ship[64], command[64];
    double seconds = argc > 1 ? (double)strtoul(argv[1], NULL, 10) : 5;
    uint32_t callers = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 64;
    bool shipped = argc > 3 && strcmp(argv[3], "ship") == 0;
    if (callers == 0 || callers > MAX_CALLERS) {
        return 2;
    }
    if (argc > 3 && !shipped) {
        return run(argv[3], NULL, seconds, callers);
    }
    if (mkdtemp(folder) == NULL) {
        return 2;
    }
    snprintf(ship, sizeof ship, "%s/ship", folder);
    int status = run(folder, shipped ? ship : NULL, seconds, callers);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? status : 1;
}
