/* test_store_backup: copies, the change log, restoring, the doctor. */
#include "base/clock.h"
#include "base/limit.h"
#include "store/backup_int.h"
#include "store/sqlite_int.h"
#include "test_store_newer.h"
#include "tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/tmp/gongshi-backup-XXXXXX";

/* ---- Helpers ---- */

static const char *in(const char *name)
{
    static char paths[8][STORE_PATH];
    static uint32_t turn;
    char *path = paths[turn++ % 8];
    store__path(path, "%s/%s", top, name);
    return path;
}

__attribute__((format(printf, 1, 2))) static int shell(const char *format, ...)
{
    char command[2 * STORE_PATH];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    return system(command);
}

static enum error_code try_open(const char *data, const char *ship, struct store **ret, struct error *err)
{
    char data_path[STORE_PATH], ship_path[STORE_PATH];
    store__path(data_path, "%s", in(data));
    store__path(ship_path, "%s", ship == NULL ? "" : in(ship));
    const struct store_config config = { .where = data_path, .create = true, .ship = ship == NULL ? NULL : ship_path };
    *err = (struct error){ .lang = LANG_EN };
    return store_open(&config, ret, err);
}

static struct store *open_store(const char *data, const char *ship)
{
    struct error err;
    struct store *s = NULL;
    if (try_open(data, ship, &s, &err) != OK) {
        ok(false, "%s opens: %s: %s", data, err.message, err.detail);
        exit(1);
    }
    return s;
}

static struct store_value text(const char *s)
{
    return store_text(str_of(s));
}

static enum store_outcome put_timer(struct store *s, int64_t number)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    store_insert(c, STORE_TABLE_timer, (struct store_value[]){ store_int(number), store_int(1), store_int(number) });
    enum store_outcome outcome = store_commit(s, c, STORE_INTERACTIVE).outcome;
    arena_release(&a);
    return outcome;
}

static void put_timers(struct store *s, int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i++) {
        if (put_timer(s, i) != STORE_DONE) {
            ok(false, "timer %lld", (long long)i);
        }
    }
}

/* Some of everything: kept columns, deletes, numbers, words, blobs, ids, leases, queues. */
static void put_everything(struct store *s)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    const struct store_value keep = store_keep();
    char hash[STORE_HASH + 1];
    store_blob_put(s, STR("a blob"), hash, NULL);
    store_insert(c, STORE_TABLE_office,
                 (struct store_value[]){ store_int(1), store_int(0), store_int(0), text("33"), text("省"), text("p") });
    store_insert(c, STORE_TABLE_incident, (struct store_value[]){ store_int(1), store_take(c, STR("n")),
                 store_take(c, STR("n")), text(""), text("k"), text("d"), store_int(5) });
    store_words(c, STR("notice"), 5, STR("钱塘新区汽车"));
    store_insert(c, STORE_TABLE_queue, (struct store_value[]){ store_int(7), store_int(0), text("q"), store_int(5),
                 store_int(0), text(""), store_int(0), store_int(1), store_int(2), text("body") });
    store_insert(c, STORE_TABLE_queue, (struct store_value[]){ store_int(8), store_int(0), text("q"), store_int(5),
                 store_int(0), text(""), store_int(0), store_int(1), store_int(2), text("other") });
    ok(store_commit(s, c, STORE_INTERACTIVE).outcome == STORE_DONE, "rows of all kinds");
    c = store_change(&a);
    store_guard(c, STORE_TABLE_office, (struct store_value[]){ store_int(1) }, 1);
    store_update(c, STORE_TABLE_office,
                 (struct store_value[]){ store_int(1), store_int(1), keep, keep, text("other"), keep });
    store_put(c, STORE_TABLE_model,
              (struct store_value[]){ text(hash), text("form"), text("f"), store_bytes((str){ "\0\xff", 2 }) });
    store_delete(c, STORE_TABLE_queue, (struct store_value[]){ store_int(8) }, 1);
    ok(store_commit(s, c, STORE_BULK).outcome == STORE_DONE, "changed and deleted");
    const struct store_item *item;
    ok(store_id(s, NULL) > 0 && store_lease(s, STR("l"), STR("me"), 1, 100) &&
       store_pop(s, STR("q"), STR("me"), 10, 50, 3, &a, &item) == 1, "ids, leases, queues");
    arena_release(&a);
}

static int64_t ask(struct store *s, const char *sql)
{
    struct store_view *v;
    int64_t n = -1;
    if (store_view(s, &v, NULL) == OK) {
        struct store_rows *r = store_query(v, sql, NULL, 0);
        n = store_next(r) ? store_column_int(r, 0) : -2;
        store_rows_end(r);
        s->backend->view_forget(v); /* the text is not always a literal */
        store_view_end(v);
    }
    return n;
}

static int64_t timers(struct store *s)
{
    return ask(s, "SELECT count(*) FROM timer");
}

/* All rows of all tables as one text. */
static void dump(struct store *s, struct buf *out)
{
    struct store_view *v;
    buf_clear(out);
    if (store_view(s, &v, NULL) != OK) {
        return;
    }
    for (uint32_t t = 0; t < STORE_TABLES; t++) {
        const struct store_table *table = store_table(t);
        char sql[100];
        snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 1, 2", table->name);
        struct store_rows *r = store_query(v, sql, NULL, 0);
        while (store_next(r)) {
            buf_addz(out, table->name);
            for (uint32_t i = 0; i < table->column_count; i++) {
                str value = store_column_text(r, i);
                buf_printf(out, "|%lld:", (long long)store_column_int(r, i));
                buf_add(out, value);
            }
            buf_addc(out, '\n');
        }
        store_rows_end(r);
        s->backend->view_forget(v);
    }
    ok(store_view_error(v, NULL) == OK, "all rows are read");
    store_view_end(v);
}

static enum error_code restore(const char *from, const char *to, int64_t until, struct store_verdict *verdict)
{
    char a[STORE_PATH], b[STORE_PATH];
    struct error err = { .lang = LANG_EN };
    *verdict = (struct store_verdict){ .commit = -1 };
    store__path(a, "%s", in(from));
    store__path(b, "%s", in(to));
    enum error_code code = store_restore(a, b, until, verdict, &err);
    if (code != OK) {
        printf("# %s: %s\n", err.message, err.detail);
    }
    return code;
}

/* How many findings; prints them. */
static uint32_t findings(const char *where, const char *file)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    const struct store_finding *f;
    uint32_t count = 0, named = 0;
    if (store_doctor(where, &a, &f, &count, &err) != OK) {
        printf("# %s: %s\n", err.message, err.detail);
        count = 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        named += file == NULL || str_eq(f[i].file, str_of(file));
        if (file == NULL) {
            printf("# %.*s: %.*s\n", STR_ARG(f[i].file), STR_ARG(f[i].text));
        }
    }
    arena_release(&a);
    return named;
}

static int count_names(const char *dir, const char *prefix)
{
    struct arena a = ARENA_INIT;
    const char **names;
    uint32_t count = 0;
    store__list(&a, in(dir), prefix, &names, &count, NULL);
    arena_release(&a);
    return (int)count;
}

/* All files that hold what lasts. */
static void list_files(struct arena *a, const char *where, const char ***ret, uint64_t **ret_sizes, uint32_t *ret_count)
{
    char command[2 * STORE_PATH], line[STORE_PATH];
    const char **names = ARENA_ARRAY(a, const char *, 10000);
    uint64_t *sizes = ARENA_ARRAY(a, uint64_t, 10000);
    uint32_t count = 0;
    snprintf(command, sizeof command, "cd %s && find . -type f ! -name lock ! -name '*-shm' -size +0 | cut -c3- | sort",
             where);
    FILE *f = popen(command, "re");
    while (f != NULL && count < 10000 && fgets(line, sizeof line, f) != NULL) {
        char path[STORE_PATH];
        struct stat st;
        line[strcspn(line, "\n")] = '\0';
        store__path(path, "%s/%s", where, line);
        if (stat(path, &st) == 0) {
            names[count] = arena_str(a, str_of(line)).ptr;
            sizes[count++] = (uint64_t)st.st_size;
        }
    }
    if (f != NULL) {
        pclose(f);
    }
    *ret = names;
    *ret_sizes = sizes;
    *ret_count = count;
}

static void flip(const char *path, uint64_t bit)
{
    unsigned char byte = 0;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || pread(fd, &byte, 1, (off_t)(bit / 8)) != 1) {
        ok(false, "%s can be read", path);
    }
    byte = (unsigned char)(byte ^ 1 << bit % 8);
    if (pwrite(fd, &byte, 1, (off_t)(bit / 8)) != 1) {
        ok(false, "%s can be written", path);
    }
    close(fd);
}

/* ---- Backups ---- */

struct writing {
    struct store *store;
    atomic_bool stop;
    _Atomic int64_t done;
};

static void *write_on(void *context)
{
    struct writing *w = context;
    for (int64_t i = 1000; !atomic_load(&w->stop); i++) {
        put_timer(w->store, i);
        atomic_store(&w->done, i - 999);
    }
    return NULL;
}

static void test_backup(void)
{
    struct store *s = open_store("data", NULL);
    struct error err = { .lang = LANG_EN };
    struct store_verdict v;
    put_everything(s);
    put_timers(s, 1, 100);
    struct writing w = { .store = s };
    pthread_t thread;
    pthread_create(&thread, NULL, write_on, &w);
    while (atomic_load(&w.done) < 50) {
        usleep(1000);
    }
    int64_t before = atomic_load(&w.done);
    ok(store_backup(s, in("backup"), &err) == OK, "a backup while others write (%s %s)", err.message, err.detail);
    int64_t after = atomic_load(&w.done);
    atomic_store(&w.stop, true);
    pthread_join(thread, NULL);
    ok(store_backup(s, in("backup"), &err) == ERROR_INVALID, "never into a folder that has something");
    is_int(findings(in("backup"), NULL), 0, "the doctor finds nothing in it");
    ok(shell("cd %s && sha256sum --quiet -c manifest.json.sha256 blobs.sha256", in("backup")) == 0,
       "sha256sum can check it");
    store_close(s);
    ok(store_verify_restore(in("backup"), &v, &err) == OK && v.blobs == 1 && v.changes == 0 && !v.gap, "it is proven");
    is_int(count_names("", "backup."), 0, "and nothing of that is left");
    is_int(restore("backup", "restored", INT64_MAX, &v), OK, "it is restored");
    s = open_store("restored", NULL);
    int64_t have = ask(s, "SELECT count(*) FROM timer WHERE dossier >= 1000");
    ok(have >= before && have <= after + 1, "what was done before it began is there: %lld <= %lld <= %lld",
       (long long)before, (long long)have, (long long)after + 1);
    is_int(ask(s, "SELECT max(dossier) - 999 FROM timer"), have, "without a hole");
    store_close(s);
    is_int(restore("backup", "restored", INT64_MAX, &v), OK, "restored over what is there");
    is_int(count_names("", "restored.before-restore-"), 1, "which is moved aside");
    is_int(restore("backup", "elsewhere", 1, &v), ERROR_INVALID, "a backup is no older than it is");
    is_int(restore("data", "elsewhere", INT64_MAX, &v), ERROR_MISSING, "a data directory is no backup");
    ok(access(in("elsewhere"), F_OK) != 0 && count_names("", "elsewhere") == 0, "and nothing is left of the attempt");
}

/* ---- Erasing ---- */

static void no_canary(const char *folder)
{
    ok(shell("grep -rqa CANARY %s", in(folder)) != 0, "no byte of it in %s", folder);
    is_int(findings(in(folder), NULL), 0, "and the doctor takes nothing for damage");
}

static bool reads_erased(const char *data, const char *hash)
{
    struct store *s = open_store(data, NULL);
    struct error err = { .lang = LANG_EN };
    char byte;
    size_t n;
    bool erased = store_blob_read(s, hash, 0, &byte, 1, &n, &err) == ERROR_MISSING &&
                  strcmp(err.message, "the attachment was erased") == 0;
    store_close(s);
    return erased;
}

/* A blob that base copies and backups list is erased: with the shipping directory, and while there was none. */
static void test_erase(void)
{
    char first[STORE_HASH + 1], second[STORE_HASH + 1], other[STORE_HASH + 1];
    struct store_verdict v;
    struct error err = { .lang = LANG_EN };
    struct store *s = open_store("e", NULL);
    ok(store_blob_put(s, STR("CANARY 1"), first, &err) == OK &&
           store_blob_put(s, STR("CANARY 2"), second, &err) == OK &&
           store_blob_put(s, STR("a blob"), other, &err) == OK, "three blobs");
    store_close(s);
    s = open_store("e", "e-ship");
    ok(shell("grep -q %s %s/base-*/blobs.sha256", first, in("e-ship")) == 0, "a base copy lists them");
    ok(store_blob_erase(s, first, &err) == OK, "one is erased");
    ok(shell("grep -rqa 'CANARY 1' %s", in("e")) != 0 && shell("grep -rqa 'CANARY 1' %s", in("e-ship")) != 0,
       "also in the shipping directory");
    store_close(s);
    is_int(findings(in("e-ship"), NULL), 0, "which the doctor finds sound");
    s = open_store("e", NULL);
    ok(store_blob_erase(s, second, &err) == OK, "the other one while nothing is shipped");
    put_timers(s, 1, 3);
    store_close(s);
    s = open_store("e", "e-ship");
    ok(store_backup(s, in("e-backup"), &err) == OK, "a backup afterwards");
    store_close(s);
    no_canary("e");
    no_canary("e-ship");
    no_canary("e-backup");
    ok(shell("cd %s && sha256sum --quiet -c manifest.json.sha256 blobs.sha256", in("e-backup")) == 0,
       "sha256sum can check the backup");
    ok(store_verify_restore(in("e-ship"), &v, &err) == OK && v.blobs == 1 && v.erased == 2, "restoring is proven");
    is_int(restore("e-backup", "e-again", INT64_MAX, &v), OK, "the backup is restored");
    ok(v.blobs == 1 && v.erased == 2, "and tells of both");
    ok(reads_erased("e-again", first) && reads_erased("e-again", second), "which are erased there too");
    s = open_store("e", "e-ship");
    ok(store_blob_put(s, STR("CANARY 1"), first, &err) == OK, "the same bytes come again");
    store_close(s);
    is_int(restore("e-ship", "e-again", INT64_MAX, &v), OK, "restored");
    ok(v.blobs == 2 && v.erased == 1, "they are there");
    shell("printf x >>%s/blobs/%.2s/%s", in("e"), second, second + 2);
    is_int(findings(in("e"), NULL), 1, "what an erasure leaves can be damaged like anything");
}

/* ---- Shipping ---- */

static void test_ship(void)
{
    struct store *s = open_store("a", "ship");
    struct buf want = BUF_INIT(1 << 24), got = BUF_INIT(1 << 24);
    struct store_verdict v;
    struct store_figures f;
    put_everything(s);
    put_timers(s, 1, 50);
    int64_t between = clock_now_micros();
    usleep(2000);
    put_timers(s, 50, 60);
    store_figures(s, &f);
    ok(f.base_at > 0 && f.base_at < between, "the age of the base copy is told");
    dump(s, &want);
    is_int(restore("ship", "live", INT64_MAX, &v), OK, "restored from a shipping directory in use");
    store_close(s);
    is_int(findings(in("ship"), NULL), 0, "the doctor finds nothing in the shipping directory");
    shell("mv %s %s", in("a"), in("lost"));
    is_int(restore("ship", "a", INT64_MAX, &v), OK, "the data directory is lost and restored");
    ok(v.changes > 60 && !v.gap && v.skipped == 0 && v.blobs == 1, "by replaying %u changes", v.changes);
    is_int(findings(in("a"), NULL), 0, "the doctor finds nothing in it");
    s = open_store("a", "ship");
    dump(s, &got);
    is_str(buf_str(&got), buf_str(&want), "every row is the same");
    int64_t id[1];
    struct store_view *view;
    store_view(s, &view, NULL);
    is_int(store_search(view, STR("notice"), STR("汽车"), INT64_MAX, 1, id), 1, "words too");
    store_view_end(view);
    char byte;
    size_t n;
    ok(store_blob_read(s, "5e38e7e8a7c1cd4b6bd1e2a2dc4d3d8c2a8fbb3cb6b8a8c2b53e2ad5a5ee8e21", 0, &byte, 1, &n, NULL) ==
       ERROR_MISSING, "a blob that never was");
    is_int(ask(s, "SELECT count(*) FROM model"), 1, "and the row that names the blob");
    is_int(count_names("ship", "base-"), 1, "the log goes on without a new base copy");
    store_close(s);
    is_int(restore("ship", "then", between, &v), OK, "restored for an instant");
    s = open_store("then", NULL);
    is_int(timers(s), 49, "what came later is not there");
    store_close(s);
    struct error err;
    ok(try_open("then", "ship", &s, &err) == ERROR_INVALID, "an old directory is not written on the newer log");
    printf("# %s: %s\n", err.message, err.detail);
    ok(try_open("other", "ship", &s, &err) == ERROR_INVALID, "nor another store");
    printf("# %s: %s\n", err.message, err.detail);
    buf_release(&want);
    buf_release(&got);
}

/* One record that the database has not got, as after a crash between the two writes. */
static void test_redo(void)
{
    struct store *s = open_store("a", "ship");
    struct error err;
    int64_t had = timers(s);
    store_close(s);
    shell("cp -r %s %s", in("a"), in("before"));
    s = open_store("a", "ship");
    put_timer(s, 2001);
    store_close(s);
    shell("rm -r %s && cp -r %s %s", in("a"), in("before"), in("a"));
    s = open_store("a", "ship");
    is_int(timers(s), had + 1, "a record that the database lacks is applied again");
    put_timer(s, 2002);
    store_close(s);
    shell("rm -r %s && mv %s %s", in("a"), in("before"), in("a"));
    ok(try_open("a", "ship", &s, &err) == ERROR_INVALID, "two of them are too many: nothing is cut off");
    struct store_verdict v;
    is_int(restore("ship", "a", INT64_MAX, &v), OK, "restoring helps");
    s = open_store("a", "ship");
    is_int(timers(s), had + 2, "and has all");
    store_close(s);
}

static const char *last_log(void)
{
    struct arena a = ARENA_INIT;
    static char path[STORE_PATH];
    const char **names;
    uint32_t count = 0;
    store__list(&a, in("ship"), "log-", &names, &count, NULL);
    store__path(path, "%s/ship/%s", top, count == 0 ? "" : names[count - 1]);
    arena_release(&a);
    return path;
}

static void test_torn(void)
{
    struct store_verdict v;
    shell("printf 'RCRD\\001\\000' >> %s", last_log());
    is_int(findings(in("ship"), NULL), 1, "half a record is found");
    is_int(restore("ship", "torn", INT64_MAX, &v), OK, "restoring leaves it out");
    ok(!v.gap && v.torn, "it is no hole");
    struct store *s = open_store("a", "ship");
    put_timer(s, 3001);
    store_close(s);
    is_int(findings(in("ship"), NULL), 0, "opening cuts it off");
}

/* Every operation and bit where there is time for it (script/test all sets GONGSHI_LONG), otherwise some. */
static bool is_long(void)
{
    return getenv("GONGSHI_LONG") != NULL;
}

/* Damage in the middle of the log is told from its end, whichever byte of a record it is. */
static void test_damaged_log(void)
{
    struct store_verdict v;
    struct store *s;
    struct error err;
    struct stat st;
    uint32_t told = 0, flips = 0;
    int64_t commit = -1;
    if (stat(last_log(), &st) != 0) {
        return;
    }
    uint64_t size = (uint64_t)st.st_size, step = is_long() ? 7 : 19;
    for (uint64_t at = size - 1200; at < size - 800; at += step, flips++) {
        flip(last_log(), at * 8 + at % 8);
        told += restore("ship", "hurt-log", INT64_MAX, &v) == OK && v.gap && !v.torn;
        commit = v.commit;
        if (flips == 20) {
            ok(try_open("a", "ship", &s, &err) == OK, "the store itself goes on");
            store_close(s);
            is_int(count_names("ship", "base-"), 2, "with a new base copy");
            shell("cd %s && for b in base-*; do :; done && rm -r $b", in("ship"));
            unlink(last_log()); /* as it was before */
        }
        flip(last_log(), at * 8 + at % 8);
    }
    is_int(told, flips, "%u places of damage are told as a hole, the last after commit %lld", flips, (long long)commit);
    shell("rm -rf %s*", in("hurt-log"));
}

static void test_hole(void)
{
    struct store *s = open_store("a", NULL);
    struct store_verdict v;
    put_timers(s, 4000, 4010);
    int64_t have = timers(s);
    store_close(s);
    s = open_store("a", "ship");
    is_int(count_names("ship", "base-"), 2, "after changes without shipping a base copy is made");
    put_timers(s, 4010, 4020);
    store_close(s);
    is_int(restore("ship", "hole", INT64_MAX, &v), OK, "and restored");
    s = open_store("hole", NULL);
    is_int(timers(s), have + 10, "with all");
    store_close(s);
    is_int(findings(in("ship"), NULL), 0, "nothing is wrong");
    /* The newest base copy is damaged: the older one and its log, up to the hole. */
    shell("cp -r %s %s && cd %s && for b in base-*; do :; done && printf x | dd of=$b/gongshi.db bs=1 seek=5000 "
          "conv=notrunc status=none", in("ship"), in("ship2"), in("ship2"));
    ok(findings(in("ship2"), NULL) > 0, "a damaged base copy is found");
    is_int(restore("ship2", "older", INT64_MAX, &v), OK, "an older one stands in");
    ok(v.skipped == 1 && v.gap, "and the verdict says what is missing");
    s = open_store("older", NULL);
    is_int(timers(s), have - 10, "what was shipped before the hole is there");
    store_close(s);
}

static void test_rotation(void)
{
    static char bytes[4 << 20];
    struct store *s = open_store("a", "ship");
    struct arena a = ARENA_INIT;
    struct store_verdict v;
    memset(bytes, 'x', sizeof bytes);
    int logs = count_names("ship", "log-");
    for (size_t sum = 0; sum < LIMIT_STORE_LOG + 1; sum += sizeof bytes) {
        struct store_change *c = store_change(&a);
        store_put(c, STORE_TABLE_model, (struct store_value[]){ text("m"), text("k"), text("f"),
                  store_bytes((str){ bytes, sizeof bytes }) });
        ok(store_commit(s, c, STORE_BULK).outcome == STORE_DONE, "4 MB");
        arena_clear(&a);
    }
    arena_release(&a);
    put_timer(s, 5001);
    int64_t have = timers(s);
    is_int(count_names("ship", "log-"), logs + 1, "the next file after %d bytes", LIMIT_STORE_LOG);
    store_close(s);
    is_int(findings(in("ship"), NULL), 0, "nothing is wrong");
    s = open_store("a", "ship");
    put_timer(s, 5002);
    store_close(s);
    is_int(restore("ship", "long", INT64_MAX, &v), OK, "restored over both files");
    ok(!v.gap, "there is no hole");
    s = open_store("long", NULL);
    is_int(timers(s), have + 1, "with all");
    store_close(s);
}

/* Base copies are made again, and old ones removed with the log before them. */
static void test_keeping(void)
{
    struct store_verdict v;
    for (int i = 0; i < LIMIT_STORE_BASES + 1; i++) {
        struct store *s = open_store("a", NULL);
        put_timer(s, 6000 + i);
        store_close(s);
        store_close(open_store("a", "ship"));
    }
    is_int(count_names("ship", "base-"), LIMIT_STORE_BASES, "%d base copies are kept", LIMIT_STORE_BASES);
    is_int(count_names("ship", "log-"), LIMIT_STORE_BASES, "and the files of the log that they need");
    /* As if there were one only, and that old. */
    int64_t hours = LIMIT_STORE_BASE_HOURS + 1;
    shell("cd %s && for b in base-*; do :; done && for o in base-*; do [ $o = $b ] || rm -r $o; done && "
          "mv $b $(echo $b | sed 's/-[0-9]*$/-%016lld/')", in("ship"),
          (long long)(clock_now_micros() - hours * 3600000000));
    struct store *s = open_store("a", "ship");
    for (int i = 0; i < 500 && count_names("ship", "base-") < 2; i++) {
        put_timer(s, 7000 + i);
        usleep(10000);
    }
    is_int(count_names("ship", "base-"), 2, "after %d hours a base copy is made", LIMIT_STORE_BASE_HOURS);
    int64_t have = timers(s);
    store_close(s);
    is_int(restore("ship", "kept", INT64_MAX, &v), OK, "and restored");
    s = open_store("kept", NULL);
    is_int(timers(s), have, "with all");
    store_close(s);
}

static void test_full(void)
{
    struct store *s = open_store("a", "ship");
    struct store_verdict v;
    int64_t have = timers(s), done = 0;
    uint32_t refused = 0;
    store__fault_set(STORE_FAULT_FULL, 1, true);
    refused += put_timer(s, 8000) == STORE_READONLY;
    refused += put_timer(s, 8001) == STORE_READONLY;
    is_int(timers(s), have, "a full disk: reading goes on");
    store__fault_set(STORE_FAULT_NONE, 0, false);
    is_int(refused, 2, "writing does not");
    for (int i = 0; i < 50 && done == 0; i++) {
        usleep(100000);
        done = put_timer(s, 8002) == STORE_DONE;
    }
    is_int(done, 1, "it goes on by itself when there is room");
    store_close(s);
    is_int(findings(in("ship"), NULL), 0, "the log has no remains of what was refused");
    is_int(restore("ship", "full", INT64_MAX, &v), OK, "and is restored");
    s = open_store("full", NULL);
    is_int(timers(s), have + 1, "to what was answered");
    store_close(s);
}

/* The disk is full at each operation of a commit in its turn: what is refused is in no log. */
static void test_full_anywhere(void)
{
    struct store_verdict v;
    int64_t nth = 0, have = -1;
    uint32_t refused = 0;
    for (bool met = true; met && nth < 50;) {
        struct store *s = open_store("a", "ship");
        if (have >= 0) {
            is_int(timers(s), have, "what was refused does not come back");
        }
        have = timers(s);
        store__fault_set(STORE_FAULT_FULL, ++nth, false);
        enum store_outcome outcome = put_timer(s, 8100 + nth);
        met = store__fault_seen() >= nth;
        store__fault_set(STORE_FAULT_NONE, 0, false);
        refused += outcome == STORE_READONLY;
        have += outcome == STORE_DONE;
        ok(outcome == STORE_DONE || (met && outcome == STORE_READONLY), "operation %lld: %s", (long long)nth,
           store_outcome_name(outcome));
        store_close(s);
    }
    ok(refused > 1, "%u times refused", refused);
    is_int(restore("ship", "full", INT64_MAX, &v), OK, "restored");
    struct store *s = open_store("full", NULL);
    is_int(timers(s), have, "to what was answered");
    store_close(s);
}

/* A migration is no change: a base copy follows it. */
static void test_upgrade(void)
{
    uint32_t count;
    const struct store_migration *newer = newer_schema("CREATE INDEX more ON timer (wait)", &count);
    char data[STORE_PATH], ship[STORE_PATH];
    struct error err = { .lang = LANG_EN };
    struct store *s = open_store("up", "up-ship");
    struct store_verdict v;
    store__path(data, "%s", in("up"));
    store__path(ship, "%s", in("up-ship"));
    put_timer(s, 1);
    store_close(s);
    /* The last record is not in the database; the migration takes its number. */
    shell("cp -r %s %s.old", data, data);
    s = open_store("up", "up-ship");
    put_timer(s, 2);
    store_close(s);
    shell("rm -r %s && mv %s.old %s", data, data, data);
    const struct store_config config = { .where = data, .ship = ship, .upgrade = true };
    ok(store__open(&config, &store__sqlite, newer, count, &s, &err) == OK, "upgraded while shipping");
    put_timer(s, 3);
    store_close(s);
    is_int(count_names("up-ship", "base-"), 2, "with a base copy of the new schema");
    is_int(findings(in("up-ship"), NULL), 0, "nothing is wrong");
    is_int(restore("up-ship", "down", INT64_MAX, &v), ERROR_INVALID, "an older program does not restore it");
}

/* A back end that has its own ways. */
static void test_no_copies(void)
{
    struct store_backend other = store__sqlite;
    char data[STORE_PATH];
    struct error err = { .lang = LANG_EN };
    struct store *s;
    other.copy = NULL;
    store__path(data, "%s", in("other-backend"));
    struct store_config config = { .where = data, .create = true };
    ok(store__open(&config, &other, store__migrations, store__migration_count, &s, &err) == OK, "another back end");
    ok(store_backup(s, in("no-backup"), &err) == ERROR_INVALID && err.hint[0] != '\0', "has no backups: %s", err.hint);
    store_close(s);
    config.ship = data;
    ok(store__open(&config, &other, store__migrations, store__migration_count, &s, &err) == ERROR_INVALID,
       "and no shipping: %s", err.hint);
}

static bool is_refused(const char *what, const char *name)
{
    struct store_verdict v;
    bool refused = store_verify_restore(in("hurt"), &v, NULL) != OK;
    if (!refused) {
        printf("# restored with %s %s\n", name, what);
    }
    return refused;
}

/* No file of a backup can be damaged or go without being missed. */
static void test_damaged_backups(void)
{
    struct arena a = ARENA_INIT;
    const char **names;
    uint64_t *sizes;
    uint32_t count, refused = 0;
    struct store_verdict v;
    shell("cp -r %s %s", in("backup"), in("hurt"));
    list_files(&a, in("hurt"), &names, &sizes, &count);
    for (uint32_t i = 0; i < count; i++) {
        char path[STORE_PATH];
        store__path(path, "%s/%s", in("hurt"), names[i]);
        flip(path, sizes[i] * 8 / 2);
        refused += is_refused("damaged", names[i]);
        flip(path, sizes[i] * 8 / 2);
        shell("mv %s %s", path, in("away"));
        refused += is_refused("missing", names[i]);
        shell("mv %s %s", in("away"), path);
    }
    is_int(refused, 2 * count, "%u files damaged and missing are noticed", count);
    shell("cd %s && sed -i 's/\"timer\": /&1/' manifest.json && sha256sum manifest.json >manifest.json.sha256",
          in("hurt"));
    ok(is_refused("wrong rows", "manifest.json"), "rows that are not those of the manifest too");
    shell("cd %s && sed -i 's/\"timer\": 1/\"timer\": /' manifest.json && "
          "sha256sum manifest.json >manifest.json.sha256", in("hurt"));
    ok(store_verify_restore(in("hurt"), &v, NULL) == OK, "the sound one is taken");
    arena_release(&a);
}

/* ---- Errors of the disk ---- */

static void end_loudly(void *context, const struct error *err)
{
    (void)context, (void)err;
    _exit(3);
}

/* A process that meets the nth operation on the disk failing: its exit status; 3 is the fatal end, 9 no failure met.
 * What was answered is told through the pipe. */
static int run_until_fault(int64_t nth, int64_t number, bool ship, int64_t *ret_answered)
{
    int ends[2], status = 0;
    if (pipe(ends) != 0) {
        return -1;
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char data[STORE_PATH], log[STORE_PATH];
        struct store *s;
        store__path(data, "%s", in("faults"));
        store__path(log, "%s", in("faults-ship"));
        const struct store_config config = { .where = data, .create = true, .ship = ship ? log : NULL,
                                             .fatal = end_loudly };
        if (store_open(&config, &s, NULL) != OK) {
            _exit(4);
        }
        store__fault_set(STORE_FAULT_IO, nth, false);
        for (int64_t i = 0; i < 3; i++) {
            char yes = 1;
            if (put_timer(s, number + i) == STORE_DONE && write(ends[1], &yes, 1) != 1) {
                _exit(5);
            }
        }
        _exit(store__fault_seen() >= nth ? 0 : 9);
    }
    close(ends[1]);
    char bytes[8];
    ssize_t n = read(ends[0], bytes, sizeof bytes);
    for (ssize_t more; n >= 0 && (more = read(ends[0], bytes, sizeof bytes)) > 0;) {
        n += more;
    }
    close(ends[0]);
    waitpid(child, &status, 0);
    *ret_answered = n;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_fatal(bool ship)
{
    int64_t acknowledged = 0, lost = 0, fatal = 0, other = 0, nth = 1;
    store_close(open_store("faults", ship ? "faults-ship" : NULL));
    for (int status = 0; status != 9 && nth < 200; nth++) {
        int64_t answered = 0;
        int64_t number = nth * 10 + (ship ? 5 : 0);
        status = run_until_fault(nth, number, ship, &answered);
        fatal += status == 3;
        other += status != 3 && status != 0 && status != 9;
        struct store *s = open_store("faults", ship ? "faults-ship" : NULL);
        for (int64_t i = 0; i < answered; i++) {
            char sql[100];
            snprintf(sql, sizeof sql, "SELECT count(*) FROM timer WHERE dossier = %lld", (long long)(number + i));
            acknowledged++;
            lost += ask(s, sql) != 1;
        }
        store_close(s);
    }
    ok(fatal > 0 && other == 0, "%s: each of %lld operations fails: %lld fatal ends, each reopens",
       ship ? "shipping" : "alone", (long long)nth - 2, (long long)fatal);
    ok(acknowledged > 0 && lost == 0, "%lld answered, %lld lost", (long long)acknowledged, (long long)lost);
    is_int(findings(in("faults"), NULL), 0, "and nothing is damaged");
}

/* One attempt with the nth operation failing. */
typedef enum error_code attempt(struct store *s, const char *from);

static enum error_code try_backup(struct store *s, const char *from)
{
    (void)from;
    return store_backup(s, in("faults-backup"), NULL);
}

static enum error_code try_restore(struct store *s, const char *from)
{
    struct store_verdict v;
    char to[STORE_PATH];
    (void)s;
    store__path(to, "%s", in("faults-to"));
    return store_restore(in(from), to, INT64_MAX, &v, NULL);
}

/* Fails an operation after the other, until an attempt meets no fault: nothing may be left behind. */
static void try_all(enum store_fault fault, attempt *what, struct store *s, const char *from, const char *where,
                    const char *prefix, const char *name)
{
    int64_t nth = 1, tried = 0, wrong = 0, before = count_names(where, prefix);
    bool met = true;
    for (; met; nth += is_long() || fault != STORE_FAULT_IO ? 1 : 5) { /* of those there are many */
        store__fault_set(fault, nth, false);
        enum error_code code = what(s, from);
        met = store__fault_seen() >= nth;
        store__fault_set(STORE_FAULT_NONE, 0, false);
        wrong += code != OK && count_names(where, prefix) != before;
        tried += met;
        if (!met) {
            ok(code == OK, "%s is good without a fault", name);
        } else if (code == OK && what == try_backup) {
            shell("rm -rf %s", in("faults-backup")); /* some faults do no harm */
        }
    }
    ok(tried > 1 && wrong == 0, "%s: %lld faults (%d) leave nothing behind", name, (long long)tried, (int)fault);
}

static void test_faults(void)
{
    for (int kind = STORE_FAULT_IO; kind <= STORE_FAULT_SHORT; kind++) {
        enum store_fault fault = (enum store_fault)kind;
        struct store *s = open_store("faults", "faults-ship");
        try_all(fault, try_backup, s, NULL, "faults-backup", "", "a backup");
        is_int(put_timer(s, 99990 + kind), STORE_DONE, "and the store goes on");
        store_close(s);
        is_int(findings(in("faults-backup"), NULL), 0, "the backup is sound");
        try_all(fault, try_restore, NULL, "faults-backup", "", "faults-to.restoring", "restoring a backup");
        try_all(fault, try_restore, NULL, "faults-ship", "", "faults-to.restoring", "restoring what was shipped");
        is_int(findings(in("faults-to"), NULL), 0, "what is restored then is sound");
        shell("rm -rf %s %s*", in("faults-backup"), in("faults-to"));
    }
}

/* ---- Bits ---- */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

/* Flips bits one after the other: the file by turns, so that small ones are met too, the place by chance. */
static void test_flips(const char *where, const char *name, uint32_t rounds)
{
    struct arena a = ARENA_INIT;
    const char **names;
    uint64_t *sizes, state = 88172645463325252u;
    uint32_t count, found = 0;
    list_files(&a, where, &names, &sizes, &count);
    is_int(findings(where, NULL), 0, "%s: %u files, sound", name, count);
    for (uint32_t i = 0; i < rounds && count > 0; i++) {
        uint32_t which = i % count;
        char path[STORE_PATH];
        uint64_t bit = next_random(&state) % (sizes[which] * 8);
        store__path(path, "%s/%s", where, names[which]);
        flip(path, bit);
        /* A hash of the manifest that is damaged is told of the manifest: which of both it is cannot be known. */
        bool sum = strstr(names[which], "manifest.json.sha256") != NULL;
        char file[STORE_PATH];
        store__path(file, "%.*s", (int)(strlen(names[which]) - (sum ? strlen(".sha256") : 0)), names[which]);
        if (findings(where, file) > 0) {
            found++;
        } else {
            printf("# not found: bit %llu of %s\n", (unsigned long long)bit, names[which]);
        }
        flip(path, bit);
    }
    is_int(found, rounds, "%s: %u of %u flipped bits are found, each in its file", name, found, rounds);
    is_int(findings(where, NULL), 0, "%s: sound again", name);
    arena_release(&a);
}

/* A directory as a killed process leaves it: with a WAL. `anew`: the WAL has begun anew before and has remains. */
static void leave_directory(bool anew)
{
    int status;
    shell("rm -rf %s %s", in("bits"), in("bits-ship"));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stdout) == NULL) {
            _exit(1);
        }
        struct store *s = open_store("bits", "bits-ship");
        char hash[STORE_HASH + 1];
        put_everything(s);
        for (int i = 0; i < 20; i++) {
            char bytes[100];
            snprintf(bytes, sizeof bytes, "blob %d", i);
            store_blob_put(s, str_of(bytes), hash, NULL);
        }
        put_timers(s, 1, 300);
        struct arena a = ARENA_INIT;
        struct store_change *c = store_change(&a);
        for (int i = 1; i < 200; i++) {
            store_delete(c, STORE_TABLE_timer, (struct store_value[]){ store_int(i), store_int(1) }, 0);
        }
        store_commit(s, c, STORE_BULK); /* leaves free pages */
        if (anew) {
            sqlite3_wal_checkpoint_v2(((struct sqlite *)s->back)->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
        }
        put_timers(s, 301, 320);
        _exit(0);
    }
    waitpid(child, &status, 0);
    ok(status == 0, "a process ends in the middle");
}

/* Damages the last frame of the WAL: SQLite takes it for a commit that a power cut interrupted. How many timers there
 * are after opening. */
static int64_t last_commit_again(void)
{
    struct stat st;
    char path[STORE_PATH], wal[STORE_PATH];
    uint32_t last = 0;
    store__path(path, "%s", in("bits/gongshi.db"));
    store__path(wal, "%s-wal", path);
    int fd = open(wal, O_RDONLY | O_CLOEXEC);
    unsigned char head[32], frame[24];
    if (fstat(fd, &st) == 0 && pread(fd, head, sizeof head, 0) == sizeof head) {
        for (off_t at = 32; pread(fd, frame, sizeof frame, at) == sizeof frame; at += 24 + STORE_PAGE) {
            if (memcmp(frame + 8, head + 16, 8) == 0) {
                last = (uint32_t)at;
            }
        }
    }
    close(fd);
    uint32_t found = 0;
    for (uint32_t i = 0; i < sizeof frame; i++) {
        flip(wal, ((uint64_t)last + i) * 8 + i % 8);
        found += findings(in("bits"), "gongshi.db-wal") > 0;
        flip(wal, ((uint64_t)last + i) * 8 + i % 8);
    }
    is_int(found, sizeof frame, "each byte of the head of the last frame is looked at");
    flip(wal, ((uint64_t)last + 100) * 8);
    struct store *s = open_store("bits", NULL);
    int64_t alone = timers(s);
    store_close(s);
    s = open_store("bits", "bits-ship");
    int64_t with = timers(s);
    store_close(s);
    ok(alone == with - 1, "without the log it is gone");
    return with;
}

/* Bits at regular places of the last file of the log. */
static void test_log_bits(void)
{
    struct arena a = ARENA_INIT;
    const char **names, *name;
    uint32_t count = 0, flips = 0, found = 0;
    struct stat st;
    char path[STORE_PATH];
    store__list(&a, in("bits-ship"), "log-", &names, &count, NULL);
    name = count == 0 ? "" : names[count - 1];
    store__path(path, "%s/%s", in("bits-ship"), name);
    uint64_t step = is_long() ? 11 : 31;
    for (uint64_t at = 0; stat(path, &st) == 0 && at < (uint64_t)st.st_size && flips < 200; at += step, flips++) {
        flip(path, at * 8 + at % 8);
        found += findings(in("bits-ship"), name) == 1;
        flip(path, at * 8 + at % 8);
    }
    ok(flips > 50 && found == flips, "%u of %u flipped bits of the log are found", found, flips);
    arena_release(&a);
}

static void test_bits(uint32_t rounds)
{
    struct error err = { .lang = LANG_EN };
    leave_directory(false);
    test_flips(in("bits"), "data directory", rounds);
    test_flips(in("bits-ship"), "shipping directory", rounds / 2);
    test_log_bits();
    struct store *s = open_store("bits", "bits-ship");
    struct arena a = ARENA_INIT;
    const struct store_finding *f;
    uint32_t n;
    ok(store_doctor(in("bits"), &a, &f, &n, &err) == ERROR_INVALID, "a directory that is served is not looked at");
    arena_release(&a);
    ok(store_backup(s, in("bits-backup"), &err) == OK, "a backup");
    store_close(s);
    test_flips(in("bits-backup"), "backup", rounds / 2);
    leave_directory(true);
    is_int(findings(in("bits"), NULL), 0, "remains of an earlier round are no damage");
    is_int(last_commit_again(), 319 - 301 + 300 - 200 + 1, "a last commit that the WAL has lost comes from the log");
}

int main(int argc, char **argv)
{
    uint32_t rounds = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : is_long() ? 60 : 24;
    if (mkdtemp(top) == NULL) {
        return 1;
    }
    test_backup();
    test_erase();
    test_damaged_backups();
    test_ship();
    test_redo();
    test_torn();
    test_damaged_log();
    test_hole();
    test_rotation();
    test_keeping();
    test_full();
    test_full_anywhere();
    test_upgrade();
    test_no_copies();
    test_fatal(false);
    test_fatal(true);
    test_faults();
    test_bits(rounds);
    ok(shell("rm -rf %s", top) == 0, "removed");
    return tap_done();
}
