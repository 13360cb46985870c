/* test_store_crash: what becomes of a store whose process, machine or disk fails. Driven by the scripts beside it.
 *
 *   worker DATA SHIP|- THREADS NEXT|- [normal]   commits units until it is killed; a line "KEY COMMIT" for each answer
 *   check DATA SHIP|- ANSWERS…   opens the store and compares it with the lines of the files
 *   restore FROM TO       makes TO from the shipping directory FROM
 *   kill9 FOLDER N SEED   N times: a worker, SIGKILL after 5–500 ms, check; each fourth time also of what the shipping
 *                         directory gives when the data directory is lost
 *   full DATA FILLER SHIP|-   fills the disk while it commits, reads on, makes room
 *
 * A unit has a key that is given once, as a request of the API has: a row of `request`, a row of `audit` with the same
 * key, the next number of a series, a timer. So a unit that is there twice has two rows of `audit`, one that is there
 * half has none, and a number that was lost leaves a hole. A worker begins with the keys after the last answers, as a
 * client does that tries again: one that was done without an answer EXISTS.
 *
 * `normal` is the control: a store that does not flush at each commit must lose something in a power cut.
 */
#include "base/clock.h"
#include "store/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_THREADS = 64 };

/* ---- Units ---- */

static void die(const char *what, const struct error *err)
{
    fprintf(stderr, "%s: %s: %s\n", what, err->message, err->detail);
    exit(1);
}

static struct store *open_store(const char *data, const char *ship)
{
    struct error err = { .lang = LANG_EN };
    struct store *s = NULL;
    const struct store_config config = { .where = data, .create = true, .ship = strcmp(ship, "-") == 0 ? NULL : ship };
    if (store_open(&config, &s, &err) != OK) {
        die(data, &err);
    }
    return s;
}

static struct store_value text(const char *s)
{
    return store_text(str_of(s));
}

static struct store_result commit_unit(struct store *s, struct arena *a, const char *key, int64_t number)
{
    struct store_change *c = store_change(a);
    int64_t id = store_id(s, NULL);
    store_insert(c, STORE_TABLE_request,
                 (struct store_value[]){ text(key), store_int(number), store_int(1), text("digest"), text("answer") });
    store_insert(c, STORE_TABLE_audit, (struct store_value[]){ store_int(id), store_int(number), store_int(1),
                 text("did"), text("test"), store_int(number), text(key), store_int(0) });
    store_insert(c, STORE_TABLE_incident, (struct store_value[]){ store_int(1), store_take(c, STR("crash")),
                 store_int(0), text(""), text("k"), text(key), store_int(5) });
    return store_commit(s, c, number % 4 == 0 ? STORE_BULK : STORE_INTERACTIVE);
}

/* ---- The worker ---- */

struct caller {
    pthread_t thread;
    struct store *store;
    uint32_t number;
    int64_t next; /* of its keys */
};

static void answer(const char *key, int64_t commit)
{
    char line[100];
    int n = snprintf(line, sizeof line, "%s %lld\n", key, (long long)commit);
    if (write(STDOUT_FILENO, line, (size_t)n) != n) {
        _exit(4);
    }
}

static void *call(void *context)
{
    struct caller *c = context;
    struct arena a = ARENA_INIT;
    for (;; c->next++) {
        char key[40];
        snprintf(key, sizeof key, "%u-%lld", c->number, (long long)c->next);
        struct store_result r = commit_unit(c->store, &a, key, c->next);
        if (r.outcome != STORE_DONE && r.outcome != STORE_EXISTS) {
            die("a unit", &r.error);
        }
        answer(key, r.commit);
        arena_clear(&a);
    }
    return NULL;
}

/* Each thread goes on after the last key that it was answered: those are in NEXT, a line for each thread. */
static int worker(int argc, char **argv)
{
    static struct caller callers[MAX_THREADS];
    struct store *s = open_store(argv[0], argv[1]);
    uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
    if (count == 0 || count > MAX_THREADS) {
        return 2;
    }
    if (argc > 4 && strcmp(argv[4], "normal") == 0) {
        s->backend->exec(s, "PRAGMA synchronous = NORMAL", NULL);
    }
    FILE *f = strcmp(argv[3], "-") == 0 ? NULL : fopen(argv[3], "re");
    for (uint32_t i = 0; i < count; i++) {
        char line[40];
        bool has = f != NULL && fgets(line, sizeof line, f) != NULL;
        callers[i] = (struct caller){ .store = s, .number = i, .next = has ? strtoll(line, NULL, 10) : 1 };
        if (pthread_create(&callers[i].thread, NULL, call, &callers[i]) != 0) {
            return 1;
        }
    }
    pause();
    return 0;
}

/* ---- The check ---- */

/* What was answered: as threads use their keys in order, the last of each says it all. */
static int64_t read_answers(const char *path, int64_t last[MAX_THREADS])
{
    char line[100];
    int64_t count = 0;
    FILE *f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        char *end;
        unsigned long thread = strtoul(line, &end, 10);
        int64_t number = *end == '-' ? strtoll(end + 1, &end, 10) : 0;
        if (strchr(line, '\n') != NULL && thread < MAX_THREADS && number > last[thread]) {
            last[thread] = number;
        }
        count++;
    }
    if (f != NULL) {
        fclose(f);
    }
    return count;
}

static int64_t ask(struct store_view *v, const char *sql, const char *prefix, int64_t number)
{
    const struct store_value args[2] = { text(prefix), store_int(number) };
    uint32_t count = strchr(sql, '?') == NULL ? 0 : strchr(strchr(sql, '?') + 1, '?') == NULL ? 1 : 2;
    struct store_rows *r = store_query(v, sql, args, count);
    int64_t n = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return n;
}

struct tally {
    int64_t answered, lost, twice, half, holes, restart_us;
};

/* `last`: of each thread the last key that was answered. */
static void check(const char *data, const char *ship, const int64_t last[MAX_THREADS], struct tally *t)
{
    struct store_view *v;
    struct error err = { .lang = LANG_EN };
    int64_t start = clock_monotonic_nanos();
    struct store *s = open_store(data, ship);
    int64_t us = (clock_monotonic_nanos() - start) / 1000;
    t->restart_us = us > t->restart_us ? us : t->restart_us;
    if (store_view(s, &v, &err) != OK) {
        die("a view", &err);
    }
    for (uint32_t i = 0; i < MAX_THREADS; i++) {
        char prefix[20];
        snprintf(prefix, sizeof prefix, "%u-", i);
        const char *sql = "SELECT count(*) FROM request WHERE substr(key, 1, instr(key, '-')) = ? AND at <= ?";
        int64_t have = last[i] == 0 ? 0 : ask(v, sql, prefix, last[i]);
        t->answered += last[i];
        t->lost += last[i] - have;
    }
    int64_t requests = ask(v, "SELECT count(*) FROM request", "", 0);
    int64_t audits = ask(v, "SELECT count(*) FROM audit", "", 0);
    int64_t distinct = ask(v, "SELECT count(DISTINCT detail) FROM audit", "", 0);
    int64_t numbers = ask(v, "SELECT count(*) FROM incident", "", 0);
    int64_t top = ask(v, "SELECT last FROM series WHERE name = 'crash'", "", 0);
    t->twice += audits - distinct;
    t->half += llabs(requests - distinct) + llabs(requests - numbers);
    t->holes += top - numbers;
    if (store_view_error(v, &err) != OK) {
        die("reading", &err);
    }
    store_view_end(v);
    store_close(s);
}

static bool print(const struct tally *t, const char *more)
{
    printf("{%s\"answered\":%lld,\"lost\":%lld,\"twice\":%lld,\"half\":%lld,\"holes\":%lld,"
           "\"restart_ms\":%lld}\n",
           more, (long long)t->answered, (long long)t->lost, (long long)t->twice, (long long)t->half,
           (long long)t->holes, (long long)t->restart_us / 1000);
    return t->lost == 0 && t->twice == 0 && t->half == 0 && t->holes == 0;
}

static int check_files(int argc, char **argv)
{
    int64_t last[MAX_THREADS] = { 0 };
    struct tally t = { .answered = 0 };
    for (int i = 2; i < argc; i++) {
        read_answers(argv[i], last);
    }
    check(argv[0], argv[1], last, &t);
    return print(&t, "") ? 0 : 1;
}

/* ---- kill -9 ---- */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static void write_next(const char *path, const int64_t last[MAX_THREADS])
{
    FILE *f = fopen(path, "we");
    for (uint32_t i = 0; f != NULL && i < MAX_THREADS; i++) {
        fprintf(f, "%lld\n", (long long)last[i] + 1);
    }
    if (f != NULL) {
        fclose(f);
    }
}

static pid_t start_worker(const char *self, char *const argv[], const char *answers)
{
    pid_t child = fork();
    if (child == 0) {
        int fd = open(answers, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        dup2(fd, STDOUT_FILENO);
        execv(self, argv);
        _exit(127);
    }
    return child;
}

static void restore(const char *from, const char *to)
{
    struct error err = { .lang = LANG_EN };
    struct store_verdict v;
    if (store_restore(from, to, INT64_MAX, &v, &err) != OK) {
        die("restoring", &err);
    }
    if (v.gap || v.skipped > 0) {
        fprintf(stderr, "the log has a hole, or a copy is damaged\n");
        exit(1);
    }
}

static void check_restored(const char *folder, const char *ship, const int64_t last[MAX_THREADS], struct tally *t)
{
    char to[4000], command[4100];
    snprintf(to, sizeof to, "%s/restored", folder);
    snprintf(command, sizeof command, "rm -rf %s", to);
    struct tally other = { .answered = 0 };
    restore(ship, to);
    check(to, "-", last, &other);
    t->lost += other.lost;
    t->twice += other.twice;
    t->half += other.half;
    t->holes += other.holes;
    if (system(command) != 0) {
        exit(1);
    }
}

static void start_anew(const char *data, const char *ship)
{
    char command[8100];
    snprintf(command, sizeof command, "rm -rf %s %s", data, ship);
    if (system(command) != 0) {
        exit(1);
    }
}

static int kill9(char **argv, const char *self)
{
    char data[4000], ship[4000], answers[4000], next[4000], threads[8];
    int64_t last[MAX_THREADS] = { 0 };
    struct tally t = { .answered = 0 };
    uint64_t state = strtoull(argv[2], NULL, 10) * 0x9E3779B97F4A7C15u + 1;
    unsigned long kills = strtoul(argv[1], NULL, 10), bad = 0;
    int64_t before = 0;
    snprintf(data, sizeof data, "%s/data", argv[0]);
    snprintf(ship, sizeof ship, "%s/ship", argv[0]);
    snprintf(answers, sizeof answers, "%s/answers", argv[0]);
    snprintf(next, sizeof next, "%s/next", argv[0]);
    for (unsigned long i = 0; i < kills; i++) {
        int status;
        snprintf(threads, sizeof threads, "%d", (int)(8 + next_random(&state) % 57));
        if (i > 0 && i % 25 == 0) { /* what is looked at each time must not grow without bound */
            start_anew(data, ship);
            memset(last, 0, sizeof last);
            before += t.answered;
        }
        write_next(next, last);
        char *const arguments[] = { (char *)self, "worker", data, ship, threads, next, NULL };
        pid_t child = start_worker(self, arguments, answers);
        usleep((useconds_t)(5000 + next_random(&state) % 495000));
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        bad += !WIFSIGNALED(status);
        read_answers(answers, last);
        if (i % 4 == 3 && i % 25 != 0) { /* not when it may have had no time to begin */
            check_restored(argv[0], ship, last, &t);
        }
        t.answered = 0; /* all of them are looked for each time */
        check(data, ship, last, &t);
    }
    t.answered += before;
    char more[100];
    snprintf(more, sizeof more, "\"kills\":%lu,\"ended_before\":%lu,", kills, bad);
    return print(&t, more) && bad == 0 && t.answered > 0 ? 0 : 1;
}

/* ---- A full disk ---- */

/* Takes what is left of the disk; ends when nothing more can be had. */
static void fill(const char *path)
{
    static char zeros[1 << 16];
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    size_t piece = sizeof zeros;
    while (fd >= 0 && piece > 0) {
        if (write(fd, zeros, piece) <= 0) {
            piece /= 2;
        }
    }
    close(fd);
}

static int full(char **argv)
{
    struct store *s = open_store(argv[0], argv[2]);
    struct arena a = ARENA_INIT;
    struct store_view *v;
    int64_t last[MAX_THREADS] = { 0 }, start = 0, seconds_us = 0, refused = 0;
    struct tally t = { .answered = 0 };
    bool reads = true;
    for (int64_t number = 1; number < 1000000 && last[0] < 20000; number++) {
        char key[40];
        snprintf(key, sizeof key, "0-%lld", (long long)(last[0] + 1));
        if (last[0] == 500 && refused == 0) {
            fill(argv[1]);
        }
        struct store_result r = commit_unit(s, &a, key, last[0] + 1);
        arena_clear(&a);
        if (r.outcome == STORE_DONE || r.outcome == STORE_EXISTS) {
            last[0]++;
            seconds_us = start != 0 && seconds_us == 0 ? clock_monotonic_nanos() / 1000 - start : seconds_us;
            if (seconds_us != 0 && last[0] > 2000) {
                break;
            }
        } else if (r.outcome != STORE_READONLY) {
            die(store_outcome_name(r.outcome), &r.error);
        } else if (++refused == 100) {
            reads = store_view(s, &v, NULL) == OK && ask(v, "SELECT count(*) FROM request", "", 0) == last[0];
            store_view_end(v);
            unlink(argv[1]);
            start = clock_monotonic_nanos() / 1000;
        } else {
            usleep(1000);
        }
    }
    store_close(s);
    arena_release(&a);
    check(argv[0], argv[2], last, &t);
    char more[100];
    snprintf(more, sizeof more, "\"refused\":%lld,\"reads\":%s,\"resumed_ms\":%lld,", (long long)refused,
             reads ? "true" : "false", (long long)seconds_us / 1000);
    return print(&t, more) && reads && refused >= 100 && seconds_us != 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    if (strcmp(mode, "worker") == 0 && argc > 5) {
        return worker(argc - 2, argv + 2);
    }
    if (strcmp(mode, "check") == 0 && argc > 3) {
        return check_files(argc - 2, argv + 2);
    }
    if (strcmp(mode, "restore") == 0 && argc > 3) {
        restore(argv[2], argv[3]);
        return 0;
    }
    if (strcmp(mode, "kill9") == 0 && argc > 4) {
        return kill9(argv + 2, argv[0]);
    }
    if (strcmp(mode, "full") == 0 && argc > 4) {
        return full(argv + 2);
    }
    return 2;
}
