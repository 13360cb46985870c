/* sqlite_copy: what SQLite does for backups and the doctor. */
#include "base/limit.h"
#include "store/backup_int.h"
#include "store/sqlite_int.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* ---- Copying a database that is being written ---- */

/* Pages of one step, which the writer makes between two batches: below a millisecond. */
enum { STEP = 256 };

struct copy {
    sqlite3 *to;
    sqlite3_backup *backup;
    int rc;
};

/* All of it happens on the writer's thread, whose connection it looks at. */
static void begin(struct store *s, void *context)
{
    struct copy *c = context;
    c->backup = sqlite3_backup_init(c->to, "main", ((struct sqlite *)s->back)->db, "main");
}

static void step(struct store *s, void *context)
{
    struct copy *c = context;
    (void)s;
    c->rc = sqlite3_backup_step(c->backup, STEP);
}

static void end(struct store *s, void *context)
{
    struct copy *c = context;
    (void)s;
    int rc = sqlite3_backup_finish(c->backup);
    c->rc = c->rc == SQLITE_DONE ? rc : c->rc;
}

static enum error_code stopped(struct error *err)
{
    return error_set(err, ERROR_INVALID, "the copy was given up, because the program ends");
}

static enum error_code copy_pages(struct store *s, sqlite3 *to, const atomic_bool *stop, struct error *err)
{
    struct copy c = { .to = to };
    store__turn(s, begin, &c);
    if (c.backup == NULL) {
        return store__sqlite_error(to, sqlite3_errcode(to), err);
    }
    while (c.rc == SQLITE_OK && (stop == NULL || !atomic_load(stop))) {
        store__turn(s, step, &c);
    }
    bool unfinished = c.rc == SQLITE_OK;
    store__turn(s, end, &c);
    if (unfinished) {
        return stopped(err);
    }
    return c.rc == SQLITE_OK ? OK : store__sqlite_error(NULL, c.rc, err);
}

/* The copy gets every page that the writer changes meanwhile, because both go through one connection: it becomes what
 * the database is at the last step, without holding up the WAL. */
enum error_code store__sqlite_copy(struct store *s, const char *path, const atomic_bool *stop, struct error *err)
{
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                             store__vfs());
    rc = rc == SQLITE_OK ? sqlite3_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL, NULL)
                         : rc;
    enum error_code code = rc == SQLITE_OK ? copy_pages(s, to, stop, err) : store__sqlite_error(to, rc, err);
    sqlite3_close_v2(to);
    return code;
}

/* ---- Looking at a database that nobody serves ---- */

/* "file:PATH?…" with what would be misread written as %XX. */
static str uri(struct arena *a, const char *path, const char *parameters)
{
    struct buf b = BUF_INIT(4 * STORE_PATH);
    buf_addz(&b, "file:");
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '%' || *p == '?' || *p == '#') {
            buf_printf(&b, "%%%02X", (unsigned)*p);
        } else {
            buf_addc(&b, *p);
        }
    }
    buf_addz(&b, parameters);
    str ret = arena_str(a, buf_str(&b));
    buf_release(&b);
    return ret;
}

/* With a WAL the connection must be able to write, though it does not: the index of the WAL is then made in memory, and
 * closing leaves the WAL as it is. */
enum error_code store__sqlite_peek(const char *path, sqlite3 **ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    char wal[STORE_PATH];
    store__path(wal, "%s-wal", path);
    bool has_wal = access(wal, F_OK) == 0;
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | (has_wal ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    int rc = sqlite3_open_v2(uri(&a, path, has_wal ? "" : "?immutable=1").ptr, &db, flags, store__vfs());
    arena_release(&a);
    rc = rc == SQLITE_OK ? sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) : rc;
    rc = rc == SQLITE_OK ? sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) : rc;
    rc = rc == SQLITE_OK ? sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA query_only = ON;"
                                            "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
                                            "PRAGMA temp_store = MEMORY", NULL, NULL, NULL)
                         : rc;
    if (rc != SQLITE_OK) {
        enum error_code code = store__sqlite_error(db, rc, err);
        sqlite3_close_v2(db);
        return code;
    }
    *ret = db;
    return OK;
}

void store__sqlite_unpeek(sqlite3 *db)
{
    sqlite3_close_v2(db);
}

/* The number that a query gives; 0 when it gives no row. */
static enum error_code number(sqlite3 *db, const char *sql, int64_t *ret, struct error *err)
{
    sqlite3_stmt *stmt = NULL;
    int64_t n = 0;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        n = sqlite3_column_int64(stmt, 0);
    }
    int finished = sqlite3_finalize(stmt);
    rc = rc == SQLITE_OK ? finished : rc;
    if (rc != SQLITE_OK) {
        return store__sqlite_error(db, rc, err);
    }
    *ret = n;
    return OK;
}

enum error_code store__sqlite_look(sqlite3 *db, struct store_look *ret, struct error *err)
{
    enum error_code code = number(db, "SELECT value FROM meta WHERE name = 'commit'", &ret->commit, err);
    code = code == OK ? number(db, "SELECT value FROM meta WHERE name = 'schema'", &ret->schema, err) : code;
    return code == OK ? number(db, "SELECT value FROM meta WHERE name = 'store'", &ret->store, err) : code;
}

enum error_code store__sqlite_count(sqlite3 *db, str table, int64_t *ret, struct error *err)
{
    char sql[128];
    if (table.len > 60 || table.len == 0) {
        return error_set(err, ERROR_INVALID, "the manifest of the copy is damaged");
    }
    for (size_t i = 0; i < table.len; i++) {
        if (table.ptr[i] != '_' && (table.ptr[i] < 'a' || table.ptr[i] > 'z')) {
            return error_set(err, ERROR_INVALID, "the manifest of the copy is damaged");
        }
    }
    snprintf(sql, sizeof sql, "SELECT count(*) FROM \"%.*s\"", STR_ARG(table));
    return number(db, sql, ret, err);
}

/* Says each row of a check, its columns separated by blanks; what means that all is well is left out. */
static int say_rows(sqlite3 *db, const char *sql, store_say *say, void *context)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    for (int lines = 0; rc == SQLITE_OK && lines < 20 && sqlite3_step(stmt) == SQLITE_ROW; lines++) {
        struct buf line = BUF_INIT(1000);
        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            const char *text = (const char *)sqlite3_column_text(stmt, i);
            buf_addz(&line, i == 0 ? "" : " ");
            buf_addz(&line, text == NULL ? "" : text);
        }
        if (!str_eq(buf_str(&line), STR("ok"))) {
            say(context, buf_str(&line));
        }
        buf_release(&line);
    }
    int finished = sqlite3_finalize(stmt);
    return rc == SQLITE_OK ? finished : rc;
}

enum error_code store__sqlite_prove(sqlite3 *db, store_say *say, void *context, struct error *err)
{
    int rc = say_rows(db, "PRAGMA integrity_check(20)", say, context);
    rc = rc == SQLITE_OK ? say_rows(db, "PRAGMA foreign_key_check", say, context) : rc;
    return rc == SQLITE_OK ? OK : store__sqlite_error(db, rc, err);
}

void store__sqlite_stamp(int64_t at, char ret[20])
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    snprintf(ret, 20, "%lld", (long long)(at / 1000000));
    if (sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, "SELECT strftime('%Y%m%dT%H%M%SZ', ?1, 'unixepoch')", -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_bind_int64(stmt, 1, at / 1000000) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        snprintf(ret, 20, "%.19s", (const char *)sqlite3_column_text(stmt, 0));
    }
    sqlite3_finalize(stmt);
    sqlite3_close_v2(db);
}
