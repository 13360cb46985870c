/* test_store_fault: an I/O error, a full disk, a short write at every operation on every path that writes, and kills at
 * any instant: no crash, no half of a unit, nothing lost that was answered.
 */
#include "test_store_sqlite.h"

#include <signal.h>

/* ---- An I/O error at every operation ---- */

enum { UNITS = 10 };

/* Shared with the child: what it was told. */
struct told {
    enum store_outcome outcomes[UNITS]; /* STORE_OUTCOMES: nothing yet */
    int64_t taken[UNITS];
    int64_t seen;
    enum store_fault fault;
    int64_t nth;
    bool sticky, opened, blob, popped;
    char hash[STORE_HASH + 1];
};

static struct told *told;

static _Noreturn void end_fatal(void *context, const struct error *err)
{
    (void)context, (void)err;
    told->seen = store__fault_seen();
    _exit(3);
}

/* Four rows in four tables, one with a number. */
static struct store_change *unit(int i)
{
    struct store_change *c = store_change(&arena);
    struct store_value n = store_take(c, STR("fault"));
    timer(c, 40, i, 1);
    store_insert(c, STORE_TABLE_incident, ROW(INT(40), INT(i), n, TEXT(""), TEXT(""), TEXT(""), INT(0)));
    store_update(c, STORE_TABLE_office, ROW(INT(1), INT(0), INT(i), KEEP, KEEP, KEEP));
    store_words(c, STR("fault"), i, STR("汽车"));
    return c;
}

static void write_units(struct store *s)
{
    for (int i = 0; i < UNITS; i++) {
        struct store_change *c = unit(i);
        ((struct sqlite *)s->back)->begin_anew = i % 4 == 3; /* a checkpoint behind the next commit */
        struct store_result r = store_commit(s, c, i % 2 == 0 ? STORE_INTERACTIVE : STORE_BULK);
        told->outcomes[i] = r.outcome;
        told->taken[i] = r.outcome == STORE_DONE ? r.taken[0] : 0;
    }
    told->blob = store_blob_put(s, STR("bytes"), told->hash, NULL) == OK;
    store_id(s, NULL);
    store_lease(s, STR("l"), STR("me"), 1, 2);
    const struct store_item *item;
    told->popped = store_pop(s, STR("q"), STR("me"), 10, 20, 5, &arena, &item) == 1;
}

static void run_units(void)
{
    const struct store_config config = { .where = copy, .fatal = end_fatal };
    struct store *s = NULL;
    if (store_open(&config, &s, NULL) != OK) {
        _exit(9);
    }
    store__fault_set(told->fault, told->nth, told->sticky);
    write_units(s);
    store_close(s);
    told->seen = store__fault_seen();
    store__fault_set(STORE_FAULT_NONE, 0, false);
}

/* Nothing told done is lost; what was told otherwise is not there; nothing is there by halves. */
static bool is_consistent(struct store *s)
{
    bool good = true;
    int64_t there = 0;
    struct store_view *v = begin_view(s);
    for (int i = 0; i < UNITS; i++) {
        int64_t timers = number_in(v, "SELECT count(*) FROM timer WHERE dossier = 40 AND wait = ?", i);
        int64_t incidents = number_in(v, "SELECT count(*) FROM incident WHERE dossier = 40 AND number = ?", i);
        int64_t taken = number_in(v, "SELECT item FROM incident WHERE dossier = 40 AND number = ?", i);
        good &= timers == incidents;
        good &= told->outcomes[i] == STORE_OUTCOMES || (told->outcomes[i] == STORE_DONE) == (timers == 1);
        good &= told->outcomes[i] != STORE_DONE || taken == told->taken[i];
        there += timers;
    }
    int64_t last = number_in(v, "SELECT last FROM series WHERE name = 'fault'", 0), ids[UNITS];
    good &= there == (last < 0 ? 0 : last);
    good &= number_in(v, "SELECT count(DISTINCT item) FROM incident WHERE dossier = 40", 0) == there;
    good &= store_search(v, STR("fault"), STR("汽车"), INT64_MAX, UNITS, ids) == (uint32_t)there;
    good &= !told->popped || number_in(v, "SELECT tries FROM queue WHERE id = ?", 1) == 1;
    end_view(v);
    char byte;
    size_t n = 0;
    good &= !told->blob || (store_blob_read(s, told->hash, 0, &byte, 1, &n, NULL) == OK && n == 1);
    return good;
}

static void begin_told(enum store_fault fault, int64_t nth, bool sticky)
{
    *told = (struct told){ .fault = fault, .nth = nth, .sticky = sticky };
    for (int i = 0; i < UNITS; i++) {
        told->outcomes[i] = STORE_OUTCOMES;
    }
}

/* Every operation where there is time for it (script/test all sets GONGSHI_LONG), otherwise every fifth; of creating
 * and upgrading, which have many more, every sixteenth. */
static int64_t stride = 5, wide = 16;

/* The nth operation fails, for n = 1, 2 … until there are no more: after each the store is opened and looked at. */
static void check_each(const char *what, void (*run)(void), bool (*look)(struct store *), enum store_fault fault,
                       bool sticky, int64_t step)
{
    uint32_t points = 0, good = 0, fatal = 0;
    for (int64_t n = 1;; n += step) {
        begin_told(fault, n, sticky);
        shell("rm -rf %s && cp -r %s %s", copy, data, copy);
        int status = run_child(run);
        struct store *s = NULL;
        struct error err;
        fatal += status == 3;
        bool opens = (status == 0 || status == 3) && try_open(copy, true, true, &s, &err) == OK;
        bool well = opens && look(s);
        if (opens) {
            store_close(s);
        } else {
            printf("# %s %ld: status %d, %s: %s\n", what, (long)n, status, err.message, err.detail);
        }
        if (!well) {
            printf("# %s: operation %ld\n", what, (long)n);
        }
        points++;
        good += well;
        if (told->seen < n && status == 0) {
            break;
        }
    }
    ok(points > 1 && good == points, "%s%s: %u of %u points, %u of them fatal", what, sticky ? ", for ever" : "", good,
       points, fatal);
}

static void prepare_data(void)
{
    shell("rm -rf %s", data);
    struct store *s = open_at(data);
    struct store_change *c = store_change(&arena);
    office(c, 1, "a");
    job(c, 1, STR("q"), 5);
    is_int(commit(s, c), STORE_DONE, "the state before the faults");
    store_close(s);
}

static void run_opening(void)
{
    const struct store_config config = { .where = copy, .fatal = end_fatal, .create = true };
    struct store *s = NULL;
    store__fault_set(told->fault, told->nth, told->sticky);
    if (store_open(&config, &s, NULL) == OK) {
        store_close(s);
    }
    told->seen = store__fault_seen();
    store__fault_set(STORE_FAULT_NONE, 0, false);
}

static void run_creating(void)
{
    shell("rm -rf %s", copy);
    run_opening();
}

static void run_upgrading(void)
{
    struct store *s = NULL;
    struct error err;
    store__fault_set(told->fault, told->nth, told->sticky);
    if (open_newer(true, &s, &err) == OK) {
        store_close(s);
    }
    told->seen = store__fault_seen();
    store__fault_set(STORE_FAULT_NONE, 0, false);
}

static bool is_open(struct store *s)
{
    return number(s, "SELECT value FROM meta WHERE name = 'schema'", 0) == store__migration_count;
}

/* The upgraded one cannot be opened by the older program, so it is looked at apart. */
static void check_upgrade_faults(enum store_fault fault)
{
    uint32_t points = 0, good = 0;
    for (int64_t n = 1;; n += wide) {
        struct store *s = NULL;
        struct error err;
        begin_told(fault, n, false);
        shell("rm -rf %s && cp -r %s %s", copy, data, copy);
        int status = run_child(run_upgrading);
        bool opens = open_newer(true, &s, &err) == OK;
        good += (status == 0 || status == 3) && opens &&
                number(s, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'", 0) == 1 &&
                number(s, "SELECT count(*) FROM office", 0) == 1;
        points++;
        if (opens) {
            store_close(s);
        }
        if (told->seen < n && status == 0) {
            break;
        }
    }
    ok(points > 3 && good == points, "upgrading: %u of %u points", good, points);
}

static void check_faults(void)
{
    prepare_data();
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check_each("an I/O error", run_units, is_consistent, STORE_FAULT_IO, false, stride);
    check_each("an I/O error", run_units, is_consistent, STORE_FAULT_IO, true, 3 * stride);
    check_each("a full disk", run_units, is_consistent, STORE_FAULT_FULL, false, stride);
    check_each("a full disk", run_units, is_consistent, STORE_FAULT_FULL, true, stride);
    check_each("a short write", run_units, is_consistent, STORE_FAULT_SHORT, false, stride);
    check_each("opening, an I/O error", run_opening, is_open, STORE_FAULT_IO, false, stride);
    check_each("opening, a full disk", run_opening, is_open, STORE_FAULT_FULL, false, stride);
    check_each("creating, an I/O error", run_creating, is_open, STORE_FAULT_IO, false, wide);
    check_each("creating, a full disk", run_creating, is_open, STORE_FAULT_FULL, false, wide);
    check_upgrade_faults(STORE_FAULT_IO);
    check_upgrade_faults(STORE_FAULT_FULL);
    munmap(told, sizeof *told);
}

/* ---- Kills ---- */

/* Shared with the child: up to which number it was told that a unit is done. */
static _Atomic int64_t *told_done;

static void write_for_ever(void)
{
    struct store *s = open_at(copy);
    for (;;) {
        struct store_change *c = store_change(&arena);
        struct store_value n = store_take(c, STR("kill"));
        store_insert(c, STORE_TABLE_incident, ROW(INT(1), n, INT(0), TEXT(""), TEXT(""), TEXT(""), INT(0)));
        store_insert(c, STORE_TABLE_timer, ROW(INT(2), n, INT(1)));
        struct store_result r = store_commit(s, c, STORE_INTERACTIVE);
        *told_done = r.outcome == STORE_DONE ? r.taken[0] : *told_done;
        arena_clear(&arena);
    }
}

/* However busy the machine is, each round has some; ten seconds without one fail the test. */
static void await_units(int64_t more_than)
{
    for (int i = 0; i < 10000 && *told_done <= more_than; i++) {
        usleep(1000);
    }
}

/* The same folder again and again, so that what one crash leaves behind is there at the next. */
static void check_kills(void)
{
    uint32_t good = 0, rounds = stride == 1 ? 40 : 12;
    shell("rm -rf %s", copy);
    told_done = mmap(NULL, sizeof *told_done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (uint32_t i = 0; i < rounds; i++) {
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
            write_for_ever();
        }
        await_units(*told_done + dice(8));
        usleep(dice(5000));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        struct store *s = open_at(copy);
        int64_t last = number(s, "SELECT last FROM series WHERE name = 'kill'", 0);
        int64_t all = last < 0 ? 0 : last;
        good += all >= *told_done && number(s, "SELECT count(*) FROM incident", 0) == all &&
                number(s, "SELECT count(*) FROM timer WHERE dossier = 2", 0) == all;
        store_close(s);
    }
    ok(good == rounds && *told_done > rounds, "%u kills, %" PRId64 " units, none lost, none by halves", rounds,
       *told_done);
    munmap((void *)told_done, sizeof *told_done);
}

int main(void)
{
    if (!make_folder()) {
        return 1;
    }
    if (getenv("GONGSHI_LONG") != NULL) {
        stride = wide = 1;
    }
    check_kills();
    check_faults();
    arena_release(&arena);
    shell("rm -rf %s", folder);
    return tap_done();
}
