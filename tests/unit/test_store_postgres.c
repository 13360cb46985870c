/* test_store_postgres: the PostgreSQL back end does what every back end must (with one writer, so that order can be
 * asked for, and the log of it makes the same rows in SQLite), and what only it must: many writers and many servers at
 * once, lost connections, a server that goes away and comes back. Needs a server: see tests/store/with_postgres.sh.
 */
#include "test_store_conformance.h"
#include "test_store_newer.h"

#include <signal.h>
#include <sys/wait.h>

static const char *server; /* URL */
static char folder[] = "/tmp/gongshi-store-XXXXXX";

/* A place in a schema of its own. */
static struct place schema(const char *name, const struct store_backend *backend)
{
    static char urls[32][512];
    static int next;
    char *url = urls[next++];
    snprintf(url, sizeof urls[0], "%s&options=-csearch_path%%3D%s", server, name);
    return (struct place){ "PostgreSQL", backend, url };
}

static struct store *open_here(const struct place *p)
{
    return open_place(p, NULL, NULL);
}

/* Tells the server something, by a connection of its own. */
static bool tell(const char *sql)
{
    char command[1024];
    snprintf(command, sizeof command, "psql -qAtX '%s' -c \"%s\" >/dev/null 2>&1", server, sql);
    return system(command) == 0;
}

/* ---- Opening ---- */

static enum error_code try_open(const char *where, bool create, const char *ship, struct error *err)
{
    struct store *s = NULL;
    *err = (struct error){ .lang = LANG_EN };
    const struct store_config config = { .where = where, .create = create, .ship = ship };
    enum error_code code = store_open(&config, &s, err);
    if (code == OK) {
        store_close(s);
    }
    return code;
}

static void check_refusals(void)
{
    struct error err;
    is_int(try_open("postgres://gongshi@/none?host=%2Fnowhere", true, NULL, &err), ERROR_IO,
           "a server that is not there");
    ok(strstr(err.message, "cannot be reached") != NULL && err.detail[0] != '\0', "is named");
    is_int(try_open(server, false, NULL, &err), ERROR_MISSING, "an empty database");
    is_int(try_open(server, true, "/tmp", &err), ERROR_INVALID, "a change log beside PostgreSQL");
    const struct place p = schema("newer", &store__postgres);
    is_int(try_open(p.where, true, NULL, &err), OK, "a database is made");
    is_int(try_open(p.where, false, NULL, &err), OK, "and opened");
    ok(tell("UPDATE newer.meta SET value = 1000 WHERE name = 'schema'"), "a newer program comes");
    is_int(try_open(p.where, false, NULL, &err), ERROR_INVALID, "and this one is refused");
    char back[80];
    snprintf(back, sizeof back, "UPDATE newer.meta SET value = %u WHERE name = 'schema'", store__migration_count);
    ok(tell(back), "it goes");
    ok(tell("ALTER TABLE newer.timer ADD COLUMN more int"), "a table is changed");
    is_int(try_open(p.where, false, NULL, &err), ERROR_INVALID, "which is seen");
}

static void check_migration(void)
{
    uint32_t count;
    const struct store_migration *newer =
        newer_schema("CREATE TABLE extra (id INT PRIMARY KEY, name TEXT NOT NULL) STRICT;", &count);
    char kept[100];
    struct error err = { .lang = LANG_EN };
    struct store *s = NULL;
    const struct place p = schema("old", &store__postgres);
    struct store_config config = { .where = p.where, .create = true };
    is_int(try_open(p.where, true, NULL, &err), OK, "the first schema");
    is_int(store__open(&config, p.backend, newer, count, &s, &err), ERROR_INVALID, "is not migrated unasked");
    config.upgrade = true;
    is_int(store__open(&config, p.backend, newer, count, &s, &err), OK, "but when asked for");
    if (s != NULL) {
        store_close(s);
    }
    snprintf(kept, sizeof kept, "SELECT name, value FROM old_before_upgrade_of_%u.meta", store__migration_count);
    ok(tell("SELECT id, name FROM old.extra") && tell(kept),
       "after a copy was kept");
}

/* Runs `count` processes at once; true when all end well. */
static bool in_processes(int count, int (*run)(int number, const void *argument), const void *argument)
{
    pid_t pids[16];
    bool good = true;
    fflush(stdout);
    for (int i = 0; i < count; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            _exit(run(i, argument));
        }
    }
    for (int i = 0; i < count; i++) {
        int status = 1;
        good &= waitpid(pids[i], &status, 0) == pids[i] && status == 0;
    }
    return good;
}

static int open_once(int number, const void *place)
{
    struct store *s = open_here(place);
    int64_t id = store_id(s, NULL);
    store_close(s);
    (void)number;
    return id > 0 ? 0 : 1;
}

/* ---- Many at once ---- */

struct crowd {
    struct store *store;
    int number;
    uint32_t stale, other;
    int64_t last[2]; /* numbers of the two series that this thread got, in rising order */
    bool rising;
};

enum { CROWD = 8, ROUNDS = 60 };

static int64_t read_version(struct store *s, int64_t id)
{
    return number(s, "SELECT version FROM office WHERE id = ?", id);
}

/* Adds 1 to a number that all share, by reading and planning again until it is not stale. */
static void count_up(struct crowd *c, struct arena *a)
{
    enum store_outcome outcome;
    do {
        struct store_change *change = store_change(a);
        store_update(change, STORE_TABLE_office, ROW(INT(1), INT(read_version(c->store, 1)), KEEP, KEEP, KEEP, KEEP));
        outcome = store_commit(c->store, change, STORE_INTERACTIVE).outcome;
        c->stale += outcome == STORE_STALE;
    } while (outcome == STORE_STALE);
    c->other += outcome != STORE_DONE;
}

/* Numbers of two series, in an order that differs from thread to thread: a deadlock where locks are taken so. */
static void take_numbers(struct crowd *c, struct arena *a, int round)
{
    struct store_change *change = store_change(a);
    bool swap = (c->number + round) % 2 != 0, both = round % 3 == 0;
    struct store_value n = store_take(change, swap ? STR("b") : STR("a"));
    struct store_value m = both ? store_take(change, swap ? STR("a") : STR("b")) : INT(0);
    store_insert(change, STORE_TABLE_incident,
                 ROW(INT(1000 + c->number), INT(round), n, TEXT("e"), swap ? TEXT("b") : TEXT("a"), TEXT("d"), m));
    struct store_result r = store_commit(c->store, change, round % 4 == 0 ? STORE_BULK : STORE_INTERACTIVE);
    c->other += r.outcome != STORE_DONE;
    if (r.outcome == STORE_DONE) {
        c->rising &= r.taken[0] > c->last[swap];
        c->last[swap] = r.taken[0];
        c->last[!swap] = both ? r.taken[1] : c->last[!swap];
    }
}

/* Guards that there is none of a key, and writes another one that says so: of all, one may. */
static void claim(struct crowd *c, struct arena *a, int round)
{
    struct store_change *change = store_change(a);
    store_guard(change, STORE_TABLE_timer, ROW(INT(5000 + round), INT(0)), 0);
    store_insert(change, STORE_TABLE_timer, ROW(INT(5000 + round), INT(0), INT(c->number)));
    enum store_outcome outcome = store_commit(c->store, change, STORE_INTERACTIVE).outcome;
    c->other += outcome != STORE_DONE && outcome != STORE_STALE && outcome != STORE_EXISTS;
    change = store_change(a);
    store_insert(change, STORE_TABLE_timer, ROW(INT(6000 + c->number), INT(round), INT(outcome == STORE_DONE)));
    c->other += store_commit(c->store, change, STORE_INTERACTIVE).outcome != STORE_DONE;
}

static void *crowd_main(void *context)
{
    struct crowd *c = context;
    for (int round = 0; round < ROUNDS; round++) {
        struct arena a = ARENA_INIT;
        count_up(c, &a);
        take_numbers(c, &a, round);
        claim(c, &a, round);
        arena_release(&a);
    }
    return NULL;
}

/* A process of two has half of the threads. */
static int crowd_process(int process, const void *place)
{
    struct crowd crowd[CROWD / 2];
    pthread_t threads[CROWD / 2];
    uint32_t other = 0;
    bool rising = true;
    struct store *s = open_here(place);
    for (int i = 0; i < CROWD / 2; i++) {
        crowd[i] = (struct crowd){ .store = s, .number = process * CROWD / 2 + i, .rising = true };
        pthread_create(&threads[i], NULL, crowd_main, &crowd[i]);
    }
    for (int i = 0; i < CROWD / 2; i++) {
        pthread_join(threads[i], NULL);
        other += crowd[i].other;
        rising &= crowd[i].rising;
    }
    store_close(s);
    return other == 0 && rising ? 0 : 1;
}

static void check_crowd(void)
{
    const struct place p = schema("crowd", &store__postgres);
    ok(in_processes(6, open_once, &p), "six servers open an empty database at the same time");
    struct store *s = open_here(&p);
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    office(c, 1, "330100");
    is_int(commit(s, c), STORE_DONE, "a row that all will count with");
    store_close(s);
    ok(in_processes(2, crowd_process, &p), "two servers of four callers each");
    s = open_here(&p);
    is_int(read_version(s, 1), 1 + CROWD * ROUNDS, "no addition is lost");
    is_int(number(s, "SELECT count(DISTINCT item) FROM incident WHERE kind = 'a' AND item > ?", 0) +
               number(s, "SELECT count(DISTINCT item) FROM incident WHERE kind = 'b' AND item > ?", 0),
           CROWD * ROUNDS, "no number is given twice");
    is_int(number(s, "SELECT sum(last) FROM series WHERE last > ?", 0), CROWD * ROUNDS + CROWD * ROUNDS / 3,
           "and none is left out");
    is_int(number(s, "SELECT count(*) FROM timer WHERE dossier >= 6000 AND due = ?", 1), ROUNDS,
           "of those who found nothing there, one wrote");
    store_close(s);
    arena_release(&a);
}

/* ---- Guards ---- */

enum { CROSSINGS = 60 };

/* One of two units at the same time, each of which guards what the other one writes: only one of them may be done. */
struct cross {
    struct store *store;
    pthread_barrier_t *barrier;
    int side;
    bool done[2][CROSSINGS];
};

static void *cross_main(void *context)
{
    struct cross *x = context;
    const int mine = x->side, yours = 1 - mine;
    for (int i = 0; i < CROSSINGS; i++) {
        struct arena a = ARENA_INIT;
        struct store_change *c = store_change(&a);
        store_guard(c, STORE_TABLE_office, ROW(INT(10 + 2 * i + yours)), 1);
        store_update(c, STORE_TABLE_office, ROW(INT(10 + 2 * i + mine), INT(1), KEEP, KEEP, KEEP, KEEP));
        pthread_barrier_wait(x->barrier);
        x->done[0][i] = store_commit(x->store, c, STORE_INTERACTIVE).outcome == STORE_DONE;
        c = store_change(&a);
        store_guard(c, STORE_TABLE_timer, ROW(INT(7000 + yours), INT(i)), 0);
        timer(c, 7000 + mine, i, 0);
        pthread_barrier_wait(x->barrier);
        x->done[1][i] = store_commit(x->store, c, STORE_INTERACTIVE).outcome == STORE_DONE;
        arena_release(&a);
    }
    return NULL;
}

static void check_crossing(void)
{
    const struct place p = schema("crossing", &store__postgres);
    struct store *s[2] = { open_here(&p), open_here(&p) };
    pthread_barrier_t barrier;
    pthread_t threads[2];
    struct cross crosses[2];
    uint32_t none[2] = { 0 }, both[2] = { 0 };
    for (int i = 0; i < 2 * CROSSINGS; i++) {
        char code[16];
        struct store_change *c = store_change(&arena);
        snprintf(code, sizeof code, "%d", i);
        office(c, 10 + i, code);
        commit(s[0], c);
    }
    pthread_barrier_init(&barrier, NULL, 2);
    for (int i = 0; i < 2; i++) {
        crosses[i] = (struct cross){ .store = s[i], .barrier = &barrier, .side = i };
        pthread_create(&threads[i], NULL, cross_main, &crosses[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < CROSSINGS; i++) {
            both[k] += crosses[0].done[k][i] && crosses[1].done[k][i];
            none[k] += !crosses[0].done[k][i] && !crosses[1].done[k][i];
        }
    }
    is_int(both[0], 0, "of two servers that guard the row that the other one changes, never both are done");
    is_int(both[1], 0, "nor of two that guard that there is none");
    ok(none[0] == 0 && none[1] == 0, "but one of them is: %u and %u times none", none[0], none[1]);
    pthread_barrier_destroy(&barrier);
    store_close(s[0]);
    store_close(s[1]);
}

/* ---- Servers that share a queue, one of which is killed ---- */

enum { ITEMS = 3000 };

struct worker {
    const struct place *place;
    int acknowledged; /* a pipe for the ids of items whose unit was DONE */
};

/* Takes items; for each, one unit that notes it under an idempotency key and removes it. */
static int work(int number_of_worker, const void *argument)
{
    const struct worker *w = argument;
    char holder[16];
    struct store *s = open_here(w->place);
    int64_t now = 0;
    bool good = true;
    snprintf(holder, sizeof holder, "worker %d", number_of_worker);
    while (number(s, "SELECT count(*) FROM queue WHERE id > ?", 0) > 0) {
        struct arena a = ARENA_INIT;
        const struct store_item *items;
        now = clock_now_micros();
        uint32_t count = store_pop(s, STR("share"), str_of(holder), now, now + 1500000, 20, &a, &items);
        for (uint32_t i = 0; i < count; i++) {
            struct store_change *c = store_change(&a);
            store_insert(c, STORE_TABLE_request, ROW(store_text(arena_printf(&a, "%lld", (long long)items[i].id)),
                         INT(now), INT(number_of_worker), TEXT(""), TEXT("")));
            store_delete(c, STORE_TABLE_queue, ROW(INT(items[i].id)), items[i].version);
            if (store_commit(s, c, STORE_INTERACTIVE).outcome == STORE_DONE) {
                int64_t said[2] = { items[i].id, number_of_worker };
                good &= write(w->acknowledged, said, sizeof said) == sizeof said;
            }
        }
        arena_release(&a);
        if (count == 0) {
            usleep(20000);
        }
    }
    store_close(s);
    return good ? 0 : 1;
}

static void fill_queue(const struct place *p)
{
    struct store *s = open_here(p);
    bool good = true;
    for (int i = 0; i < ITEMS; i += 300) {
        struct arena a = ARENA_INIT;
        struct store_change *c = store_change(&a);
        for (int k = 0; k < 300; k++) {
            job(c, i + k + 1, STR("share"), 1);
        }
        good &= commit(s, c) == STORE_DONE;
        arena_release(&a);
    }
    ok(good, "%d items wait", ITEMS);
    store_close(s);
}

static void check_sharing(void)
{
    const struct place p = schema("share", &store__postgres);
    int ends[2];
    fill_queue(&p);
    if (pipe(ends) != 0) {
        return;
    }
    const struct worker w = { &p, ends[1] };
    pid_t pids[2];
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            close(ends[0]);
            _exit(work(i, &w));
        }
    }
    close(ends[1]);
    static bool acknowledged[ITEMS + 1];
    int64_t said[2];
    uint32_t count = 0, by[2] = { 0 };
    bool twice = false;
    while (read(ends[0], said, sizeof said) == sizeof said) {
        twice |= acknowledged[said[0]];
        acknowledged[said[0]] = true;
        by[said[1]]++;
        if (++count == ITEMS / 3) {
            kill(pids[0], SIGKILL);
        }
    }
    close(ends[0]);
    int status = 1;
    waitpid(pids[0], &status, 0);
    ok(WIFSIGNALED(status), "one of two servers is killed");
    waitpid(pids[1], &status, 0);
    ok(status == 0, "the other one finishes");
    ok(by[0] > ITEMS / 30 && by[1] > ITEMS / 30, "they had shared the items: %u and %u", by[0], by[1]);
    ok(!twice, "no item was acknowledged twice");
    struct store *s = open_here(&p);
    uint32_t lost = 0;
    struct store_view *v = begin_view(s);
    for (int64_t i = 1; i <= ITEMS; i++) {
        char key[24];
        snprintf(key, sizeof key, "%lld", (long long)i);
        struct store_rows *r = store_query(v, "SELECT 1 FROM request WHERE key = ?", ROW(store_text(str_of(key))), 1);
        lost += !store_next(r) && acknowledged[i];
        store_rows_end(r);
    }
    end_view(v);
    is_int(lost, 0, "nothing that was acknowledged is lost (of %u)", count);
    is_int(number(s, "SELECT count(*) FROM request WHERE at > ?", 0), ITEMS, "and every item was done once");
    store_close(s);
}

/* ---- Lost connections ---- */

static void check_terminated(void)
{
    const struct place p = schema("lost", &store__postgres);
    struct arena a = ARENA_INIT;
    struct store *s = open_here(&p);
    char hash[STORE_HASH + 1], byte;
    size_t n;
    ok(number(s, "SELECT count(*) FROM timer WHERE due > ?", 0) == 0 && store_blob_put(s, STR("x"), hash, NULL) == OK,
       "all connections are used once");
    for (int round = 0; round < 3; round++) {
        ok(tell("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
                "application_name = 'gongshi'"), "all connections are cut");
        struct store_change *c = store_change(&a);
        timer(c, 1, round, 1);
        is_int(store_commit(s, c, round == 1 ? STORE_BULK : STORE_INTERACTIVE).outcome, STORE_DONE,
               "the next unit does not notice");
        is_int(number(s, "SELECT count(*) FROM timer WHERE due > ?", 0), round + 1, "nor the next view");
        ok(store_blob_read(s, hash, 0, &byte, 1, &n, NULL) == OK && n == 1, "nor a blob");
        ok(store_lease(s, STR("l"), STR("me"), round, round + 1), "nor a lease");
    }
    store_close(s);
    arena_release(&a);
}

struct load {
    struct store *store;
    int number;
    atomic_bool *stop;
    uint32_t outcomes[STORE_OUTCOMES];
    unsigned char told[20000]; /* the outcome + 1 of each unit */
    int count;
};

static void *load_main(void *context)
{
    struct load *l = context;
    while (!atomic_load(l->stop) && l->count < 20000) {
        struct arena a = ARENA_INIT;
        struct store_change *c = store_change(&a);
        timer(c, 100 + l->number, l->count, 1);
        enum store_outcome outcome = store_commit(l->store, c, STORE_INTERACTIVE).outcome;
        l->outcomes[outcome]++;
        l->told[l->count++] = (unsigned char)(outcome + 1);
        arena_release(&a);
        if (outcome != STORE_DONE) {
            usleep(10000);
        }
    }
    return NULL;
}

static bool restart(const char *mode)
{
    char command[600];
    snprintf(command, sizeof command, "%s/restart %s", getenv("GONGSHI_TEST_POSTGRES_DIR"), mode);
    return system(command) == 0;
}

static void compare_load(struct store *s, const struct load *l, uint32_t *lost, uint32_t *ghosts)
{
    static unsigned char found[20000];
    memset(found, 0, sizeof found);
    struct store_view *v = begin_view(s);
    struct store_rows *r = store_query(v, "SELECT wait FROM timer WHERE dossier = ?", ROW(INT(100 + l->number)), 1);
    while (store_next(r)) {
        found[store_column_int(r, 0)] = 1;
    }
    store_rows_end(r);
    end_view(v);
    for (int i = 0; i < l->count; i++) {
        *lost += l->told[i] == STORE_DONE + 1 && !found[i];
        *ghosts += l->told[i] != STORE_DONE + 1 && l->told[i] != STORE_UNKNOWN + 1 && found[i];
    }
}

/* The server is killed under load, several times, and stays away once. */
static void check_restarts(void)
{
    enum { LOADERS = 6 };
    static struct load loads[LOADERS];
    const struct place p = schema("restarts", &store__postgres);
    pthread_t threads[LOADERS];
    atomic_bool stop = false;
    struct store *s = open_here(&p);
    for (int i = 0; i < LOADERS; i++) {
        loads[i] = (struct load){ .store = s, .number = i, .stop = &stop };
        pthread_create(&threads[i], NULL, load_main, &loads[i]);
    }
    for (int round = 0; round < 3; round++) {
        usleep(300000);
        ok(restart("immediate"), "the server is killed and starts again");
    }
    usleep(1500000);
    ok(restart("down"), "the server goes away");
    usleep(200000);
    struct error err = { .lang = LANG_EN };
    struct store_view *v = NULL;
    is_int(store_view(s, &v, &err), ERROR_IO, "reading says so");
    ok(strstr(err.message, "cannot be reached") != NULL, "in these words: %s", err.message);
    struct arena a = ARENA_INIT;
    struct store_result result = store_commit(s, store_change(&a), STORE_BULK);
    is_int(result.outcome, STORE_READONLY, "and writing");
    ok(strstr(result.error.message, "cannot be reached") != NULL, "in these words: %s", result.error.message);
    ok(restart("up"), "it comes back");
    int64_t start = clock_monotonic_nanos();
    while (store_commit(s, store_change(&a), STORE_INTERACTIVE).outcome != STORE_DONE &&
           clock_monotonic_nanos() - start < INT64_C(10000000000)) {
        usleep(20000);
    }
    int64_t waited = (clock_monotonic_nanos() - start) / 1000000;
    ok(waited < 4 * (LIMIT_STORE_PG_PAUSE_MS + 1), "and writing goes on by itself after %lld ms", (long long)waited);
    usleep(200000);
    atomic_store(&stop, true);
    uint32_t lost = 0, ghosts = 0, outcomes[STORE_OUTCOMES] = { 0 };
    for (int i = 0; i < LOADERS; i++) {
        pthread_join(threads[i], NULL);
        compare_load(s, &loads[i], &lost, &ghosts);
        for (int k = 0; k < STORE_OUTCOMES; k++) {
            outcomes[k] += loads[i].outcomes[k];
        }
    }
    is_int(lost, 0, "of %u units that were done none is lost", outcomes[STORE_DONE]);
    is_int(ghosts, 0, "and of %u that could not be written none is there; %u were unknown",
           outcomes[STORE_READONLY] + outcomes[STORE_FULL], outcomes[STORE_UNKNOWN]);
    ok(outcomes[STORE_STALE] + outcomes[STORE_EXISTS] + outcomes[STORE_REFUSED] == 0, "no unit has a wrong reason");
    store_close(s);
    arena_release(&a);
}

/* ---- Bounds ---- */

static void *put_blob(void *store)
{
    static const char bytes[LIMIT_STORE_PG_PIECE + 1];
    char hash[STORE_HASH + 1];
    for (int i = 0; i < 20; i++) {
        str part = { bytes, sizeof bytes - (size_t)i };
        if (store_blob_put(store, part, hash, NULL) != OK) {
            return store;
        }
    }
    return NULL;
}

static void check_blob_bounds(struct store *s)
{
    pthread_t threads[LIMIT_STORE_PG_BLOBS + 1];
    bool good = true;
    for (int i = 0; i < LIMIT_STORE_PG_BLOBS + 1; i++) {
        pthread_create(&threads[i], NULL, put_blob, s);
    }
    for (int i = 0; i < LIMIT_STORE_PG_BLOBS + 1; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        good &= failed == NULL;
    }
    ok(good, "more callers than connections keep the same blobs at once");
    is_int(number(s, "SELECT count(*) FROM store_blob WHERE size > ?", 0), 20, "each is there once");
    is_int(number(s, "SELECT count(*) FROM store_piece AS p LEFT JOIN store_blob AS b ON b.number = p.blob "
                     "WHERE b.number IS NULL AND p.place >= ?", 0), 0, "no piece belongs to none");
    is_int(number(s, "SELECT count(*) FROM store_piece AS p JOIN store_blob AS b ON b.number = p.blob "
                     "WHERE b.size = ?", LIMIT_STORE_PG_PIECE + 1), 2, "a byte more than a piece makes two");
    is_int(number(s, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gongshi' AND ? = 0 AND "
                     "query LIKE '%store_%' AND query NOT LIKE '%pg_stat%'", 0) <= LIMIT_STORE_PG_BLOBS, true,
           "by so many connections");
}

/* A row that somebody holds: the unit gives up after some attempts, the others pass it by. */
static void check_held_row(struct store *s)
{
    struct gate g = GATE_INIT;
    struct store_change *c = store_change(&arena);
    office(c, 1, "held");
    is_int(commit(s, c), STORE_DONE, "a row");
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(tell("BEGIN; UPDATE bounds.office SET name = name; SELECT pg_sleep(6); COMMIT") ? 0 : 1);
    }
    while (number(s, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(6)%' AND ? = 0 "
                     "AND wait_event = 'PgSleep'", 0) == 0) {
        usleep(10000);
    }
    int64_t start = clock_monotonic_nanos();
    c = store_change(&arena);
    store_update(c, STORE_TABLE_office, ROW(INT(1), INT(1), KEEP, KEEP, KEEP, KEEP));
    store_submit(s, c, STORE_INTERACTIVE, note_answer, &g);
    uint32_t good = 0;
    for (int i = 0; i < 50; i++) {
        c = store_change(&arena);
        timer(c, 1, i, 0);
        good += commit(s, c) == STORE_DONE;
    }
    is_int(good, 50, "others are not held up by a row that somebody holds");
    ok(clock_monotonic_nanos() - start < INT64_C(3000000000), "by no means");
    wait_answers(&g, 1);
    int64_t waited = (clock_monotonic_nanos() - start) / 1000000;
    is_int(g.outcomes[0], STORE_FULL, "who wants it is told to come later");
    ok(waited >= LIMIT_STORE_PG_LOCK_MS * (LIMIT_STORE_PG_TRIES - 1) &&
           waited < (LIMIT_STORE_PG_LOCK_MS + 1) * (LIMIT_STORE_PG_TRIES + 1) + 1000,
       "after all attempts: %lld ms", (long long)waited);
    int status = 1;
    waitpid(pid, &status, 0);
    is_int(number(s, "SELECT version FROM office WHERE id = ?", 1), 1, "and nothing of it is written");
    c = store_change(&arena);
    store_update(c, STORE_TABLE_office, ROW(INT(1), INT(1), KEEP, KEEP, KEEP, KEEP));
    is_int(commit(s, c), STORE_DONE, "later it can be");
}

static void check_bounds(void)
{
    const struct place p = schema("bounds", &store__postgres);
    struct store *s = open_here(&p);
    is_int(number(s, "SELECT setting::int8 FROM pg_settings WHERE ? = 0 AND "
                     "name = 'idle_in_transaction_session_timeout'", 0),
           LIMIT_STORE_PG_IDLE_MS, "a server that falls silent is cut off"); /* LIMIT_STORE_PG_IDLE_MS + 1 */
    check_blob_bounds(s);
    check_held_row(s);
    store_close(s);
    struct store_backend one_writer = store__postgres;
    one_writer.writers = 0;
    const struct place q = { "PostgreSQL", &one_writer, p.where };
    struct gate g = GATE_INIT;
    s = open_here(&q);
    close_gate(s, &g);
    for (int i = 0; i < LIMIT_STORE_PG_BATCH + 1; i++) {
        struct store_change *c = store_change(&arena);
        timer(c, 2, i, 0);
        store_submit(s, c, STORE_INTERACTIVE, note_answer, &g);
    }
    open_gate(&g);
    wait_answers(&g, LIMIT_STORE_PG_BATCH + 1);
    ok(g.commits[LIMIT_STORE_PG_BATCH - 1] == g.commits[0] && g.commits[LIMIT_STORE_PG_BATCH] > g.commits[0],
       "a commit has so many units, the next one those behind");
    store_close(s);
}

int main(void)
{
    server = getenv("GONGSHI_TEST_POSTGRES");
    if (server == NULL) {
        printf("1..0 # SKIP GONGSHI_TEST_POSTGRES is not set: tests/store/with_postgres.sh sets it\n");
        return 0;
    }
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    char path[64], command[64];
    snprintf(path, sizeof path, "%s/copy", folder);
    const struct place copy = { "SQLite", &store__sqlite, path };
    struct store_backend single = store__postgres;
    single.writers = single.batch = 0;
    const struct place p = schema("single", &single);
    check_refusals();
    check_migration();
    check_crowd(); /* these three have processes, which is better before there are threads */
    check_sharing();
    conformance(&p, &copy, true);
    check_crossing();
    check_bounds();
    check_terminated();
    if (getenv("GONGSHI_TEST_POSTGRES_DIR") != NULL) {
        check_restarts();
    }
    arena_release(&arena);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ok(system(command) == 0, "removed");
    return tap_done();
}
