/* sqlite: the SQLite back end: opening by the rules, upkeep, and the table of its methods.
 *
 * The rules. One process has the directory (flock). One connection writes, and it alone checkpoints; readers cannot
 * write. A WAL that is flushed at each commit. No mmap, no schema that is trusted, no shared cache. Every result is
 * looked at, and one that leaves the disk in doubt ends the process.
 */
#include "base/limit.h"
#include "store/sqlite_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below this version two connections that write and checkpoint at the same instant can spoil the WAL. */
enum { SAFE_VERSION = 3051003 };

/* ---- Errors ---- */

enum error_code store__sqlite_error(sqlite3 *db, int rc, struct error *err)
{
    enum error_code code = ERROR_IO;
    switch (rc & 0xFF) {
    case SQLITE_CORRUPT: case SQLITE_NOTADB:
        code = error_set(err, ERROR_IO, "the database is damaged");
        break;
    case SQLITE_IOERR:
        code = rc == SQLITE_IOERR_DATA ? error_set(err, ERROR_IO, "the database is damaged")
                                       : error_set(err, ERROR_IO, "the disk does not read or write as it should");
        break;
    case SQLITE_CONSTRAINT:
        code = error_set(err, ERROR_INVALID, "a row breaks a rule of its table");
        break;
    case SQLITE_TOOBIG:
        code = error_set(err, ERROR_LIMIT, "a value is too large");
        break;
    default:
        code = error_set(err, ERROR_IO, "the database refuses an operation");
        break;
    }
    error_detail(err, "%s (%d)", db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(db), rc);
    if (rc == SQLITE_IOERR_DATA || (rc & 0xFF) == SQLITE_CORRUPT || (rc & 0xFF) == SQLITE_NOTADB) {
        error_hint(err, "\"gongshi doctor\" says which pages; restore the last backup");
    }
    return code;
}

bool store__sqlite_is_fatal(int rc)
{
    switch (rc & 0xFF) {
    case SQLITE_OK: case SQLITE_ROW: case SQLITE_DONE: case SQLITE_CONSTRAINT: case SQLITE_FULL: case SQLITE_TOOBIG:
    case SQLITE_MISMATCH: case SQLITE_RANGE: case SQLITE_INTERRUPT: case SQLITE_ABORT: case SQLITE_ERROR:
        return false;
    default:
        return true;
    }
}

void store__sqlite_check(struct store *s, int rc)
{
    const struct sqlite *q = s->back;
    if (store__sqlite_is_fatal(rc) && s->writer.started) {
        struct error err = { .lang = LANG_EN };
        store__sqlite_error(q->db, rc, &err);
        store__fatal(s, &err);
    }
}

/* ---- Connecting ---- */

static int run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* What SQL of ours never comes near. */
static void lower_limits(sqlite3 *db)
{
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, LIMIT_STORE_UNIT_BYTES + (1 << 20));
    sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, LIMIT_STORE_MIGRATION);
    sqlite3_limit(db, SQLITE_LIMIT_COLUMN, 100);
    sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 50);
    sqlite3_limit(db, SQLITE_LIMIT_COMPOUND_SELECT, 10);
    sqlite3_limit(db, SQLITE_LIMIT_VDBE_OP, 25000);
    sqlite3_limit(db, SQLITE_LIMIT_FUNCTION_ARG, 16);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 1); /* VACUUM INTO attaches its target */
    sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 10);
    sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
}

static int configure(sqlite3 *db, bool writes)
{
    int rc = sqlite3_extended_result_codes(db, 1);
    rc = rc == SQLITE_OK ? sqlite3_busy_timeout(db, LIMIT_STORE_VIEW_MS) : rc;
    rc = rc == SQLITE_OK ? sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) : rc;
    rc = rc == SQLITE_OK ? sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) : rc;
    lower_limits(db);
    /* The cache is small on purpose: at every commit SQLite may walk through all of it (pcache1Truncate), and with 64
     * MB a commit now and then took a quarter of a second. The system keeps the pages anyway. */
    rc = rc == SQLITE_OK ? run(db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
                                   "PRAGMA foreign_keys = ON; PRAGMA cache_size = -8192")
                         : rc;
    if (rc == SQLITE_OK && writes) {
        rc = run(db, "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cache_spill = OFF;"
                     "PRAGMA wal_autocheckpoint = 0");
    } else if (rc == SQLITE_OK) {
        rc = run(db, "PRAGMA query_only = ON; PRAGMA wal_autocheckpoint = 0");
    }
    return rc;
}

enum error_code store__sqlite_connect(const struct sqlite *q, bool writes, sqlite3 **ret, struct error *err)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                (writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    int rc = sqlite3_open_v2(q->path, ret, flags, store__vfs());
    rc = rc == SQLITE_OK ? configure(*ret, writes) : rc;
    return rc == SQLITE_OK ? OK : store__sqlite_error(*ret, rc, err);
}

/* ---- Opening ---- */

static enum error_code refuse_missing(const struct sqlite *q, struct error *err)
{
    enum error_code code = error_set(err, ERROR_MISSING, "there are no data");
    error_detail(err, "%s", q->dir);
    error_hint(err, "\"gongshi init %s\" makes them", q->dir);
    return code;
}

static enum error_code make_folder(const char *path, struct error *err)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? OK : store__io_error(err, path, errno);
}

/* Whether there is a database, or one may be made. */
static enum error_code find_or_make(const struct store *s, struct error *err)
{
    const struct sqlite *q = s->back;
    if (access(q->path, F_OK) != 0 && !s->config.create) {
        return refuse_missing(q, err);
    }
    enum error_code code = make_folder(q->dir, err);
    return code != OK ? code : make_folder(q->blobs, err);
}

static enum error_code refuse_used(const struct sqlite *q, struct error *err)
{
    char pid[32] = "";
    ssize_t n = pread(q->lock, pid, sizeof pid - 1, 0);
    pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
    enum error_code code = error_set(err, ERROR_INVALID, "the data are in use by another process");
    error_detail(err, "%s: %s", q->dir, pid);
    error_hint(err, "stop it first, or ask it to do what you want");
    return code;
}

/* One process per directory; its number stands in the file for those who are refused. */
static enum error_code lock_folder(struct sqlite *q, struct store *s, struct error *err)
{
    const char *path = arena_printf(&s->arena, "%s/lock", q->dir).ptr;
    q->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (q->lock < 0) {
        return store__io_error(err, path, errno);
    }
    if (flock(q->lock, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? refuse_used(q, err) : store__io_error(err, path, errno);
    }
    return ftruncate(q->lock, 0) == 0 && dprintf(q->lock, "%ld\n", (long)getpid()) > 0
               ? OK : store__io_error(err, path, errno);
}

static int note_frames(void *context, sqlite3 *db, const char *name, int frames)
{
    (void)db, (void)name;
    ((struct sqlite *)context)->wal_frames = (uint32_t)frames;
    return SQLITE_OK;
}

static enum error_code begin_wal(struct sqlite *q, struct error *err)
{
    int reserved = STORE_PAGE_SUM;
    int rc = sqlite3_file_control(q->db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
    rc = rc == SQLITE_OK ? run(q->db, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL") : rc;
    if (rc != SQLITE_OK) {
        return store__sqlite_error(q->db, rc, err);
    }
    sqlite3_wal_hook(q->db, note_frames, q);
    return OK;
}

/* Before SQLite opens the database and takes what is damaged in the WAL for its end. */
static enum error_code check_wal(struct sqlite *q, struct store *s, struct error *err)
{
    const char *path = arena_printf(&s->arena, "%s-wal", q->path).ptr;
    struct store_wal wal;
    enum error_code code = store__wal_read(path, &wal, err);
    if (code == OK && store__wal_damaged(&wal)) {
        code = error_set(err, ERROR_IO, "the database is damaged");
        error_detail(err, "%s: %u of %u frames are sound", path, wal.sound, wal.frames);
        error_hint(err, "\"gongshi doctor\" says which pages; restore the last backup");
    }
    return code;
}

/* Reads the database for damage. */
static enum error_code check(const struct sqlite *q, sqlite3 *db, struct error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &stmt, NULL);
    bool sound = true;
    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(stmt, 0);
        sound = text != NULL && strcmp(text, "ok") == 0;
        if (!sound) {
            error_set(err, ERROR_IO, "the database is damaged");
            error_detail(err, "%s: %s", q->path, text == NULL ? "" : text);
            error_hint(err, "\"gongshi doctor\" says which pages; restore the last backup");
        }
    }
    rc = rc == SQLITE_OK ? sqlite3_finalize(stmt) : rc;
    if (rc != SQLITE_OK) {
        return store__sqlite_error(db, rc, err);
    }
    return sound ? OK : ERROR_IO;
}

/* Closing the store interrupts it, which is no damage. */
static void *run_checker(void *store)
{
    struct store *s = store;
    struct sqlite *q = s->back;
    struct error err = { .code = OK };
    if (check(q, q->checked, &err) != OK && sqlite3_errcode(q->checked) != SQLITE_INTERRUPT) {
        store__fatal(s, &err);
    }
    return NULL;
}

static enum error_code start_checker(struct sqlite *q, struct store *s, struct error *err)
{
    enum error_code code = store__sqlite_connect(q, false, &q->checked, err);
    if (code == OK) {
        run(q->checked, "PRAGMA cache_size = -512"); /* it reads each page once */
    }
    if (code == OK && pthread_create(&q->checker, NULL, run_checker, s) != 0) {
        sqlite3_close_v2(q->checked);
        q->checked = NULL;
        code = error_set(err, ERROR_IO, "could not start a thread");
    }
    return code;
}

static void stop_checker(struct sqlite *q)
{
    if (q->checked != NULL) {
        sqlite3_interrupt(q->checked);
        pthread_join(q->checker, NULL);
        sqlite3_close_v2(q->checked);
    }
}

/* Unless that would take long. */
static enum error_code check_quickly(struct sqlite *q, struct store *s, struct error *err)
{
    struct stat st;
    if (stat(q->path, &st) != 0) {
        return store__io_error(err, q->path, errno);
    }
    if (st.st_size > LIMIT_STORE_CHECK) {
        return OK;
    }
    return s->config.check_later ? start_checker(q, s, err) : check(q, q->db, err);
}

/* What a crash left in the WAL is moved into the database, and the WAL begins anew: see store__wal_read, which would
 * take remains of two crashes for a loss. */
static enum error_code empty_wal(struct sqlite *q, struct error *err)
{
    int rc = sqlite3_wal_checkpoint_v2(q->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return rc == SQLITE_OK ? OK : store__sqlite_error(q->db, rc, err);
}

static enum error_code open_sqlite(struct store *s, struct error *err)
{
    struct sqlite *q = ARENA_NEW(&s->arena, struct sqlite);
    s->back = q;
    q->lock = -1;
    q->move_at = LIMIT_STORE_WAL;
    q->dir = s->config.where;
    q->path = arena_printf(&s->arena, "%s/gongshi.db", q->dir).ptr;
    q->blobs = arena_printf(&s->arena, "%s/blobs", q->dir).ptr;
    enum error_code code = find_or_make(s, err);
    code = code == OK ? lock_folder(q, s, err) : code;
    code = code == OK ? check_wal(q, s, err) : code;
    code = code == OK ? store__sqlite_connect(q, true, &q->db, err) : code;
    code = code == OK ? begin_wal(q, err) : code;
    code = code == OK ? empty_wal(q, err) : code;
    code = code == OK ? check_quickly(q, s, err) : code;
    return code == OK ? store__sync_folder(q->dir, err) : code;
}

static void close_sqlite(struct store *s)
{
    struct sqlite *q = s->back;
    if (q == NULL) {
        return;
    }
    stop_checker(q);
    store__sqlite_forget(s);
    sqlite3_close_v2(q->db);
    if (q->lock >= 0) {
        close(q->lock);
    }
}

/* ---- Schema ---- */

static enum error_code get_schema(struct store *s, int64_t *ret, struct error *err)
{
    struct sqlite *q = s->back;
    sqlite3_stmt *stmt = NULL;
    int64_t tables = 0, schema = 0;
    int rc = sqlite3_prepare_v2(q->db, "SELECT count(*) FROM sqlite_schema WHERE name = 'meta'", -1, &stmt, NULL);
    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        tables = sqlite3_column_int64(stmt, 0);
    }
    rc = rc == SQLITE_OK ? sqlite3_finalize(stmt) : rc;
    if (rc == SQLITE_OK && tables > 0) {
        rc = sqlite3_prepare_v2(q->db, "SELECT value FROM meta WHERE name = 'schema'", -1, &stmt, NULL);
        if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
            schema = sqlite3_column_int64(stmt, 0);
        }
        rc = rc == SQLITE_OK ? sqlite3_finalize(stmt) : rc;
    }
    if (rc != SQLITE_OK) {
        return store__sqlite_error(q->db, rc, err);
    }
    *ret = schema;
    return OK;
}

static enum error_code save(struct store *s, int64_t schema, struct error *err)
{
    struct sqlite *q = s->back;
    const char *path = arena_printf(&s->arena, "%s/before-upgrade-of-%lld.db", q->dir, (long long)schema).ptr;
    const char *temporary = arena_printf(&s->arena, "%s.new", path).ptr;
    if (unlink(temporary) != 0 && errno != ENOENT) {
        return store__io_error(err, temporary, errno);
    }
    sqlite3_stmt *stmt = NULL;
    const struct store_value name = store_text(str_of(temporary));
    int rc = sqlite3_prepare_v2(q->db, "VACUUM INTO ?1", -1, &stmt, NULL);
    rc = rc == SQLITE_OK ? store__sqlite_bind(stmt, 1, &name) : rc;
    if (rc == SQLITE_OK) {
        sqlite3_step(stmt);
    }
    int closed = sqlite3_finalize(stmt);
    rc = rc == SQLITE_OK ? closed : rc;
    if (rc != SQLITE_OK) {
        return store__sqlite_error(q->db, rc, err);
    }
    int fd = open(temporary, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0 || close(fd) != 0 || rename(temporary, path) != 0) {
        return store__io_error(err, path, errno);
    }
    return store__sync_folder(q->dir, err);
}

static enum error_code exec(struct store *s, const char *sql, struct error *err)
{
    struct sqlite *q = s->back;
    int rc = run(q->db, sql);
    return rc == SQLITE_OK ? OK : store__sqlite_error(q->db, rc, err);
}

static enum error_code extend(struct store *s, struct error *err)
{
    return exec(s, "CREATE TABLE IF NOT EXISTS word_kind (name TEXT PRIMARY KEY, number INTEGER NOT NULL) "
                   "STRICT, WITHOUT ROWID;"
                   "CREATE VIRTUAL TABLE IF NOT EXISTS word USING fts5 (words, tokenize = 'ascii', detail = 'none')",
                err);
}

static enum error_code compare(struct store *s, const struct store_table *t, struct error *err)
{
    struct sqlite *q = s->back;
    char sql[128];
    sqlite3_stmt *stmt = NULL;
    snprintf(sql, sizeof sql, "SELECT * FROM %s", t->name);
    int rc = sqlite3_prepare_v2(q->db, sql, -1, &stmt, NULL);
    bool same = rc == SQLITE_OK && (uint32_t)sqlite3_column_count(stmt) == t->column_count;
    for (uint32_t i = 0; same && i < t->column_count; i++) {
        same = strcmp(sqlite3_column_name(stmt, (int)i), t->columns[i]) == 0;
    }
    sqlite3_finalize(stmt);
    if (!same) {
        error_set(err, ERROR_INVALID, "a table of the database has other columns than this program knows");
        error_detail(err, "%s", t->name);
        return ERROR_INVALID;
    }
    return OK;
}

/* ---- Upkeep ---- */

/* How long the writer waits for readers, in milliseconds, so that a WAL that has become long can begin anew. */
enum { WAIT_FOR_READERS = 50, LONG_WAL = 8 };

/* Moves what the WAL holds into the database, each time that it has grown by STORE_WAL. It begins anew by itself when
 * all is moved and no view looks at it; when it has become long, views are waited for a little: none lives long. */
static void checkpoint(struct store *s)
{
    struct sqlite *q = s->back;
    if (q->wal_frames < q->wal_before) {
        q->move_at = LIMIT_STORE_WAL; /* it has begun anew */
    }
    q->wal_before = q->wal_frames;
    if (q->wal_frames < q->move_at && !q->begin_anew) {
        return;
    }
    bool empty = q->wal_frames > LONG_WAL * LIMIT_STORE_WAL || q->begin_anew;
    sqlite3_busy_timeout(q->db, WAIT_FOR_READERS);
    int how = empty ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int rc = sqlite3_wal_checkpoint_v2(q->db, NULL, how, NULL, NULL);
    sqlite3_busy_timeout(q->db, LIMIT_STORE_VIEW_MS);
    if (rc != SQLITE_BUSY && rc != SQLITE_FULL) {
        store__sqlite_check(s, rc);
    }
    q->begin_anew &= rc != SQLITE_OK;
    q->move_at = q->wal_frames + LIMIT_STORE_WAL;
}

/* Whether a file of some size can be had. */
static bool probe(struct store *s)
{
    struct sqlite *q = s->back;
    char path[4096];
    snprintf(path, sizeof path, "%s/room", q->dir);
    int fd = store__fault_now(true) == 0 ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0) {
        return false;
    }
    bool room = posix_fallocate(fd, 0, LIMIT_STORE_ROOM) == 0;
    close(fd);
    unlink(path);
    q->begin_anew |= room;
    return room;
}

static void describe(const struct store *s, struct buf *out)
{
    (void)s;
    buf_printf(out, "SQLite %s", sqlite3_libversion());
    if (sqlite3_libversion_number() < SAFE_VERSION) {
        buf_addz(out, " (before 3.51.3: no other program may open the database while it is served)");
    }
}

static enum error_code blob_put(struct store *s, str bytes, int fd, char *ret, struct error *err)
{
    return store__blob_put(((struct sqlite *)s->back)->blobs, bytes, fd, ret, err);
}

static enum error_code blob_read(struct store *s, const char *hash, uint64_t offset, void *into, size_t size,
                                 size_t *ret, struct error *err)
{
    return store__blob_read(((struct sqlite *)s->back)->blobs, hash, offset, into, size, ret, err);
}

static enum error_code blob_size(struct store *s, const char *hash, uint64_t *ret, struct error *err)
{
    return store__blob_size(((struct sqlite *)s->back)->blobs, hash, ret, err);
}

static enum error_code blob_erase(struct store *s, const char *hash, struct error *err)
{
    return store__blob_erase(((struct sqlite *)s->back)->blobs, hash, err);
}

const struct store_backend store__sqlite = {
    .dialect = { "INTEGER", "TEXT", "BLOB", "STRICT", "STRICT, WITHOUT ROWID" },
    .open = open_sqlite,
    .close = close_sqlite,
    .schema = get_schema,
    .copy = store__sqlite_copy,
    .save = save,
    .exec = exec,
    .extend = extend,
    .compare = compare,
    .describe = describe,
    .begin = store__sqlite_begin,
    .apply = store__sqlite_apply,
    .live = store__sqlite_live,
    .commit = store__sqlite_commit,
    .rollback = store__sqlite_rollback,
    .probe = probe,
    .idle = checkpoint,
    .forget = store__sqlite_forget,
    .ids = store__sqlite_ids,
    .lease = store__sqlite_lease,
    .pop = store__sqlite_pop,
    .view_new = store__sqlite_view_new,
    .view_free = store__sqlite_view_free,
    .view_begin = store__sqlite_view_begin,
    .view_end = store__sqlite_view_end,
    .view_forget = store__sqlite_view_forget,
    .query = store__sqlite_query,
    .next = store__sqlite_next,
    .column_int = store__sqlite_column_int,
    .column_text = store__sqlite_column_text,
    .rows_end = store__sqlite_rows_end,
    .search = store__sqlite_search,
    .blob_put = blob_put,
    .blob_read = blob_read,
    .blob_size = blob_size,
    .blob_erase = blob_erase,
};
