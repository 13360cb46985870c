/* test_store_sqlite: what is peculiar to the SQLite back end: its rules, one process per folder, upgrades, damage of
 * every page and of the WAL, full disks, upkeep. The faults of the disk are in test_store_fault.c.
 */
#include "test_store_sqlite.h"

/* ---- Rules ---- */

static int64_t pragma(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t n = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        n = sqlite3_column_int64(stmt, 0);
    }
    sqlite3_finalize(stmt);
    return n;
}

static void check_connection(sqlite3 *db, bool writes)
{
    sqlite3_stmt *stmt = NULL;
    int defensive = -1, trusted = -1;
    sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &stmt, NULL);
    sqlite3_step(stmt);
    is_str(str_of((const char *)sqlite3_column_text(stmt, 0)), STR("wal"), "%s: WAL", writes ? "writer" : "reader");
    sqlite3_finalize(stmt);
    is_int(pragma(db, "PRAGMA foreign_keys"), 1, "foreign keys");
    is_int(pragma(db, "PRAGMA cell_size_check"), 1, "cells are checked");
    ok(pragma(db, "PRAGMA mmap_size") <= 0, "no mmap");
    is_int(pragma(db, "PRAGMA wal_autocheckpoint"), 0, "no checkpoint by itself");
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, -1, &defensive);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, -1, &trusted);
    ok(defensive == 1 && trusted == 0, "defensive, and the schema is not trusted");
    ok(sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1) < 64 << 20, "limits are lowered");
    ok(sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, -1) == 1, "all of them");
    if (writes) {
        is_int(pragma(db, "PRAGMA synchronous"), 2, "each commit is flushed");
        is_int(pragma(db, "PRAGMA secure_delete"), 1, "what is deleted is wiped");
        is_int(pragma(db, "PRAGMA cache_spill"), 0, "the cache does not spill");
    } else {
        is_int(pragma(db, "PRAGMA query_only"), 1, "a reader only reads");
        ok(sqlite3_exec(db, "DELETE FROM meta", NULL, NULL, NULL) == SQLITE_READONLY, "really");
    }
}

static void check_rules(void)
{
    struct store *s = open_at(data);
    struct sqlite *q = s->back;
    sqlite3 *reader = NULL;
    check_connection(q->db, true);
    ok(store__sqlite_connect(q, false, &reader, NULL) == OK, "a reader connects");
    check_connection(reader, false);
    sqlite3_close(reader);
    store_close(s);
    shell("cp -r %s %s", data, copy);
    unsigned char head[32];
    char path[128];
    snprintf(path, sizeof path, "%s/gongshi.db", data);
    int fd = open(path, O_RDONLY);
    ok(read(fd, head, sizeof head) == (ssize_t)sizeof head && head[16] == 0x10 && head[17] == 0 && head[20] == 8,
       "pages of 4096 bytes, 8 of them for the checksum");
    close(fd);
    shell("rm -rf %s", copy);
}

static void check_opening(void)
{
    struct store *s = NULL, *second = NULL;
    struct error err;
    char pid[32];
    ok(try_open(copy, false, false, &s, &err) == ERROR_MISSING && strstr(err.hint, "gongshi init") != NULL,
       "no data: the error says what makes them");
    ok(access(copy, F_OK) != 0, "and nothing is made");
    s = open_at(data);
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    ok(try_open(data, true, false, &second, &err) == ERROR_INVALID && strstr(err.detail, pid) != NULL,
       "a folder in use is refused, with the process");
    store_close(s);
    ok(try_open(data, false, false, &s, &err) == OK, "it is free again");
    store_close(s);
    ok(try_open("/proc/nothing/here", true, false, &s, &err) == ERROR_IO && err.detail[0] != '\0',
       "no folder can be made");
}

/* ---- Schemas ---- */

static void check_upgrade(void)
{
    struct store *s = open_at(copy);
    struct error err;
    struct store_change *c = store_change(&arena);
    timer(c, 1, 2, 3);
    is_int(commit(s, c), STORE_DONE, "a row in the old schema");
    store_close(s);
    ok(open_newer(false, &s, &err) == ERROR_INVALID && strstr(err.hint, "--upgrade") != NULL,
       "an older schema is refused, with the command");
    ok(open_newer(true, &s, &err) == OK, "and upgraded when asked");
    is_int(number(s, "SELECT value FROM meta WHERE name = 'schema'", 0), store__migration_count + 1,
           "to the newest");
    is_int(number(s, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'", 0), 1, "by its migration");
    is_int(number(s, "SELECT due FROM timer WHERE dossier = ?", 1), 3, "with the rows");
    store_close(s);
    char old[128], schema[32];
    snprintf(schema, sizeof schema, "schema %u", store__migration_count + 1);
    ok(try_open(copy, true, true, &s, &err) == ERROR_INVALID && strstr(err.detail, schema) != NULL,
       "a newer schema is refused");
    shell("mkdir %s/old && cp %s/before-upgrade-of-%u.db %s/old/gongshi.db", copy, copy, store__migration_count, copy);
    snprintf(old, sizeof old, "%s/old", copy);
    s = open_at(old);
    is_int(number(s, "SELECT due FROM timer WHERE dossier = ?", 1), 3, "the copy from before can be opened");
    store_close(s);
    shell("rm -rf %s", copy);
}

static void check_columns(void)
{
    static const struct store_migration other[] = {
        { 1, "CREATE TABLE office (id INT PRIMARY KEY, code TEXT NOT NULL) STRICT;"
             "CREATE TABLE meta (name TEXT PRIMARY KEY, value INT NOT NULL) STRICT;" },
    };
    const struct store_config config = { .where = copy, .create = true };
    struct store *s = NULL;
    struct error err = { .lang = LANG_EN };
    ok(store__open(&config, backend, other, 1, &s, &err) == ERROR_INVALID && strcmp(err.detail, "office") == 0,
       "a table with other columns is refused by name");
    shell("rm -rf %s", copy);
    char *large = arena_alloc(&arena, LIMIT_STORE_MIGRATION + 100);
    memset(large, ' ', LIMIT_STORE_MIGRATION + 100);
    memcpy(large, "CREATE", 6);
    memcpy(large + LIMIT_STORE_MIGRATION + 1, "TABLE x (y);", 13);
    const struct store_migration too_large[] = { { 1, large } };
    ok(store__open(&config, backend, too_large, 1, &s, &err) == ERROR_LIMIT &&
       strstr(err.detail, "STORE_MIGRATION") != NULL, "a migration too large");
    shell("rm -rf %s", copy);
}

/* ---- Damage ---- */

static void flip(const char *where, const char *file, off_t offset, int bit)
{
    char path[128];
    unsigned char byte = 0;
    snprintf(path, sizeof path, "%s/%s", where, file);
    int fd = open(path, O_RDWR);
    if (pread(fd, &byte, 1, offset) != 1) {
        ok(false, "%s has a byte at %ld", path, (long)offset);
    }
    byte ^= (unsigned char)(1 << bit);
    if (pwrite(fd, &byte, 1, offset) != 1) {
        ok(false, "%s can be spoilt", path);
    }
    close(fd);
}

static off_t size_of(const char *where, const char *file)
{
    char path[128];
    struct stat st = { .st_size = -1 };
    snprintf(path, sizeof path, "%s/%s", where, file);
    return stat(path, &st) == 0 ? st.st_size : -1;
}

static void fill(struct store *s, int from, int count)
{
    for (int i = from; i < from + count; i++) {
        struct store_change *c = store_change(&arena);
        char *bytes = arena_alloc(&arena, 10000);
        memset(bytes, 'a' + i % 26, 10000);
        store_insert(c, STORE_TABLE_decision, ROW(INT(i), INT(i), TEXT("e"), TEXT("n"), TEXT("b"), TEXT("m"), INT(1),
                                                  TEXT("h"), store_bytes((str){ bytes, 10000 }), TEXT("")));
        store_words(c, STR("decision"), i, STR("汽车销售"));
        timer(c, i, 1, 1);
        commit(s, c);
    }
}

/* One bit of each page in turn. */
static void check_pages(void)
{
    struct store *s = open_at(copy);
    struct error err;
    fill(s, 1, 30);
    store_close(s);
    uint32_t pages = (uint32_t)(size_of(copy, "gongshi.db") / STORE_PAGE), found = 0;
    for (uint32_t i = 0; i < pages; i++) {
        off_t at = (off_t)i * STORE_PAGE + (off_t)dice(STORE_PAGE);
        int bit = (int)dice(8);
        flip(copy, "gongshi.db", at, bit);
        if (try_open(copy, false, false, &s, &err) != OK) {
            found += strstr(err.message, "damaged") != NULL || err.code == ERROR_IO;
        } else {
            printf("# page %u of %u\n", i, pages);
            store_close(s);
        }
        flip(copy, "gongshi.db", at, bit);
    }
    ok(pages > 100, "%u pages", pages);
    is_int(found, pages, "a flipped bit is found in each");
    s = open_at(copy);
    is_int(number(s, "SELECT count(*) FROM decision", 0), 30, "and the sound file opens");
    store_close(s);
}

/* Whether reading all gives an error that says so: of the view, or in place of one. */
static bool reader_sees_damage(struct store *s)
{
    struct error err = { .lang = LANG_EN };
    struct store_view *v = NULL;
    enum error_code code = store_view(s, &v, &err);
    if (code == OK) {
        struct store_rows *r = store_query(v, "SELECT max(record) FROM decision", NULL, 0);
        while (store_next(r)) {
        }
        store_rows_end(r);
        code = store_view_error(v, &err);
        store_view_end(v);
    }
    return code == ERROR_IO && strstr(err.message, "damaged") != NULL;
}

/* While the store is open: a reader gets an error, the writer is fatal. */
static _Noreturn void end_well(void *context, const struct error *err)
{
    (void)context;
    _exit(strstr(err->message, "damaged") != NULL ? 7 : 8);
}

static _Noreturn void write_on_damage(void)
{
    const struct store_config config = { .where = copy, .fatal = end_well };
    struct store *s;
    struct error err = { .lang = LANG_EN };
    if (store_open(&config, &s, &err) != OK) {
        _exit(1);
    }
    sqlite3_db_release_memory(((struct sqlite *)s->back)->db);
    for (off_t page = 1; page < size_of(copy, "gongshi.db") / STORE_PAGE; page++) {
        flip(copy, "gongshi.db", page * STORE_PAGE + 100, 3);
    }
    if (!reader_sees_damage(s)) {
        _exit(2);
    }
    fill(s, 100, 1);
    _exit(4);
}

static void run_write_on_damage(void)
{
    write_on_damage();
}

static void check_damage_while_open(void)
{
    is_int(run_child(run_write_on_damage), 7, "damage while open: an error for readers, fatal for the writer");
    shell("rm -rf %s", copy);
}

/* Opening reads a small database for damage; LIMIT_STORE_CHECK + 1 bytes are too many. */
static void check_large(void)
{
    struct store *s = open_at(copy);
    struct error err;
    fill(s, 1, 30);
    store_close(s);
    flip(copy, "gongshi.db", size_of(copy, "gongshi.db") - 100, 3);
    ok(try_open(copy, false, false, &s, &err) == ERROR_IO, "a small database is read at opening");
    shell("truncate -s %d %s/gongshi.db", LIMIT_STORE_CHECK + STORE_PAGE, copy); /* a hole at the end */
    ok(try_open(copy, false, false, &s, &err) == OK, "a large one is not");
    store_close(s);
    shell("rm -rf %s", copy);
}

/* A bit of each page in the WAL of the open store; the second time it is as before. */
static void flip_frames(off_t size)
{
    for (off_t at = 32 + 24 + 99; at < size; at += 24 + STORE_PAGE) {
        flip(data, "gongshi.db-wal", at, 5);
    }
}

/* A copy of the files as a power cut would leave them. */
static void check_wal(void)
{
    struct store *s = open_at(data), *again = NULL;
    struct error err;
    uint32_t found = 0, tries = 40;
    fill(s, 1, 12);
    shell("mkdir %s && cp %s/gongshi.db* %s", copy, data, copy);
    off_t size = size_of(copy, "gongshi.db-wal");
    ok(size > 12 * STORE_PAGE, "a WAL of %ld bytes", (long)size);
    for (uint32_t i = 0; i < tries; i++) {
        off_t at = i < 8 ? (off_t)i * 4 : (off_t)dice((uint32_t)size / 2); /* the head, and all but the last commits */
        shell("rm -rf %s && mkdir %s && cp %s/gongshi.db* %s", copy, copy, data, copy);
        flip(copy, "gongshi.db-wal", at, (int)dice(8));
        if (try_open(copy, false, false, &again, &err) == OK) {
            printf("# byte %ld\n", (long)at);
            store_close(again);
        } else {
            found += strstr(err.message, "damaged") != NULL;
        }
    }
    is_int(found, tries, "a flipped bit of the WAL is found before it costs a commit");
    shell("rm -rf %s && mkdir %s && cp %s/gongshi.db* %s && truncate -s -100 %s/gongshi.db-wal", copy, copy, data, copy,
          copy);
    again = open_at(copy);
    is_int(number(again, "SELECT count(*) FROM decision", 0), 11, "a torn last commit is no damage");
    store_close(again);
    flip_frames(size);
    ok(reader_sees_damage(s), "a bit that flips in the WAL of an open store is an error for the reader");
    flip_frames(size);
    is_int(number(s, "SELECT count(*) FROM decision", 0), 12, "of this view only");
    store_close(s);
    shell("rm -rf %s", copy);
}

/* ---- Full disks and interrupts: neighbours ---- */

static atomic_int interrupt_at;

static int interrupt_once(void *context)
{
    (void)context;
    return atomic_load(&interrupt_at) > 0 && atomic_fetch_sub(&interrupt_at, 1) == 1;
}

/* 64 units in one batch, of which one dies and takes the whole transaction with it. */
static void check_lost_transaction(const char *what, bool full)
{
    struct store *s = open_at(copy);
    struct sqlite *q = s->back;
    struct gate g = GATE_INIT;
    char *large = arena_alloc(&arena, 4 << 20);
    memset(large, 'x', 4 << 20);
    close_gate(s, &g);
    if (full) {
        char sql[64];
        snprintf(sql, sizeof sql, "PRAGMA max_page_count = %lld", (long long)pragma(q->db, "PRAGMA page_count") + 200);
        sqlite3_exec(q->db, sql, NULL, NULL, NULL);
    } else {
        atomic_store(&interrupt_at, 400);
        sqlite3_progress_handler(q->db, 1, interrupt_once, NULL);
    }
    for (int i = 0; i < 64; i++) {
        struct store_change *c = store_change(&arena);
        store_take(c, STR("lost"));
        timer(c, 900, i, 0);
        if (full && i == 40) {
            store_insert(c, STORE_TABLE_model, ROW(TEXT("h"), TEXT("k"), TEXT("f"),
                                                   store_bytes((str){ large, 4 << 20 })));
        }
        store_submit(s, c, STORE_INTERACTIVE, note_answer, &g);
    }
    open_gate(&g);
    wait_answers(&g, 64);
    uint32_t done = 0, dead = 0;
    for (int i = 0; i < 64; i++) {
        done += g.outcomes[i] == STORE_DONE;
        dead += g.outcomes[i] == (full ? STORE_READONLY : STORE_REFUSED);
    }
    ok(done == 63 && dead == 1, "%s: costs the one unit, and none of its 63 neighbours", what);
    is_int(number(s, "SELECT count(*) FROM timer WHERE dossier = ?", 900), 63, "whose rows are there");
    is_int(number(s, "SELECT last FROM series WHERE name = 'lost'", 0), 63, "with numbers without a gap");
    sqlite3_progress_handler(q->db, 0, NULL, NULL);
    sqlite3_exec(q->db, "PRAGMA max_page_count = 1000000", NULL, NULL, NULL);
    store_close(s);
    shell("rm -rf %s", copy);
}

static void check_full_disk(void)
{
    struct store *s = open_at(copy);
    struct store_figures f;
    fill(s, 1, 3);
    store__fault_set(STORE_FAULT_FULL, 1, true);
    struct store_change *c = store_change(&arena);
    timer(c, 50, 1, 1);
    is_int(commit(s, c), STORE_READONLY, "a full disk");
    store_figures(s, &f);
    ok(f.read_only, "the figures say so");
    is_int(number(s, "SELECT count(*) FROM decision", 0), 3, "reading goes on");
    ok(!store_lease(s, STR("x"), STR("me"), 1, 2), "no lease");
    usleep(LIMIT_STORE_PROBE_MS * 1500);
    c = store_change(&arena);
    timer(c, 50, 2, 1);
    is_int(commit(s, c), STORE_READONLY, "it stays so while there is no room"); /* LIMIT_STORE_ROOM + 1 */
    store__fault_set(STORE_FAULT_NONE, 0, false);
    int64_t start = clock_monotonic_nanos();
    do {
        usleep(20000);
        store_figures(s, &f);
    } while (f.read_only && clock_monotonic_nanos() - start < 5000000000);
    ok(!f.read_only, "and ends by itself"); /* LIMIT_STORE_PROBE_MS + 1 */
    c = store_change(&arena);
    timer(c, 50, 3, 1);
    is_int(commit(s, c), STORE_DONE, "then writing goes on");
    is_int(number(s, "SELECT count(*) FROM timer WHERE dossier = ?", 50), 1, "nothing of the others is there");
    store_close(s);
    s = open_at(copy);
    is_int(number(s, "SELECT count(*) FROM timer WHERE dossier = ?", 50), 1, "nor after opening again");
    store_close(s);
    shell("rm -rf %s", copy);
}

/* ---- Upkeep ---- */

/* Statements that the idle views keep. */
static int cached_statements(struct store *s)
{
    int bytes = 0, high = 0, all = 0;
    for (struct store_view *v = s->views.idle; v != NULL; v = v->next) {
        sqlite3_db_status(store__sqlite_view_db(v), SQLITE_DBSTATUS_STMT_USED, &bytes, &high, 0);
        all += bytes;
    }
    return all;
}

static void check_upkeep(void)
{
    struct store *s = open_at(copy);
    struct sqlite *q = s->back;
    for (int i = 0; i < 2; i++) { /* LIMIT_STORE_WAL + 1 pages and more */
        for (int k = 0; k < 15; k++) {
            struct store_change *c = store_change(&arena);
            char name[32], *bytes = arena_alloc(&arena, 1 << 20);
            memset(bytes, 'b', 1 << 20);
            snprintf(name, sizeof name, "%d-%d", i, k);
            store_put(c, STORE_TABLE_model, ROW(store_text(str_of(name)), TEXT("k"), TEXT("f"),
                                                store_bytes((str){ bytes, 1 << 20 })));
            commit(s, c);
            arena_clear(&arena);
        }
    }
    ok(size_of(copy, "gongshi.db-wal") < 25 << 20, "the WAL of 30 MiB of rows does not grow beyond its bound");
    number(s, "SELECT count(*) FROM model", 0);
    int before = cached_statements(s);
    store_forget(s);
    ok(cached_statements(s) < before, "views forget statements when told");
    is_int(commit(s, store_change(&arena)), STORE_DONE, "after forgetting");
    usleep(10000);
    bool kept = false;
    for (sqlite3_stmt *t = sqlite3_next_stmt(q->db, NULL); t != NULL; t = sqlite3_next_stmt(q->db, t)) {
        kept |= strstr(sqlite3_sql(t), "model") != NULL;
    }
    ok(!kept, "the writer has no statements but those of the last commit");
    before = cached_statements(s);
    struct store_view *v = begin_view(s);
    char *queries = arena_alloc(&arena, (LIMIT_STORE_STATEMENTS + 1) * 16);
    for (int i = 0; i < LIMIT_STORE_STATEMENTS + 1; i++) {
        memcpy(queries + 16 * i, "SELECT 1", 9);
        store_rows_end(store_query(v, queries + 16 * i, NULL, 0));
    }
    end_view(v);
    ok(cached_statements(s) <= before, "and by themselves when there are too many");
    store_close(s);
    shell("rm -rf %s", copy);
}

/* ---- Sharpness ---- */

static int64_t nothing(void)
{
    return 0;
}

static void (*sharp_check)(void);

static void run_check(void)
{
    int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    sharp_check();
    _exit(tap_done());
}

/* With each of these methods emptied (the others are in test_store.c) its check fails; below each is seen to pass. */
static void check_sharpness(void)
{
    static const struct {
        const char *name;
        size_t offset;
        void (*check)(void);
    } methods[] = {
        { "save", offsetof(struct store_backend, save), check_upgrade },
        { "compare", offsetof(struct store_backend, compare), check_columns },
        { "probe", offsetof(struct store_backend, probe), check_full_disk },
        { "idle", offsetof(struct store_backend, idle), check_upkeep },
        { "forget", offsetof(struct store_backend, forget), check_upkeep },
        { "view_forget", offsetof(struct store_backend, view_forget), check_upkeep },
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct store_backend broken = store__sqlite;
        int64_t (*empty)(void) = nothing;
        memcpy((char *)&broken + methods[i].offset, &empty, sizeof empty);
        backend = &broken;
        sharp_check = methods[i].check;
        ok(run_child(run_check) != 0, "a check fails when %s does nothing", methods[i].name);
        backend = &store__sqlite;
        shell("rm -rf %s", copy);
    }
}

int main(void)
{
    if (!make_folder()) {
        return 1;
    }
    check_sharpness(); /* before there are threads */
    check_rules();
    check_opening();
    check_upgrade();
    check_columns();
    check_pages();
    check_damage_while_open();
    check_large();
    check_wal();
    check_lost_transaction("a full disk", true);
    check_lost_transaction("an interrupt", false);
    check_full_disk();
    check_upkeep();
    arena_release(&arena);
    shell("rm -rf %s", folder);
    return tap_done();
}
