/* sqlite_view: the readers' side of the SQLite back end: connections that cannot write, with their statements kept by
 * the address of the SQL text.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "store/sqlite_int.h"

/* A prepared statement is at once the rows that it gives. */
struct rows {
    struct store_rows base;
    const char *sql;
    sqlite3_stmt *stmt; /* NULL: could not be prepared */
    bool busy;
    struct rows *next; /* in the chain of its place, or of the free ones */
};

enum { PLACES = 256, PROGRESS_STEPS = 1000 };

struct view {
    struct store_view base;
    struct arena arena; /* holds the struct too */
    sqlite3 *db;
    sqlite3_stmt *begin, *fix, *end;
    struct rows *places[PLACES], *spare;
    uint32_t kept;
};

static void fail(struct view *v, int rc)
{
    struct error err = { .lang = v->base.error.lang };
    if ((rc & 0xFF) != SQLITE_INTERRUPT || !store__view_late(&v->base)) {
        store__sqlite_error(v->db, rc, &err);
        store__view_fail(&v->base, &err);
    }
}

/* ---- The view ---- */

static int is_late(void *context)
{
    const struct view *v = context;
    return clock_monotonic_nanos() >= v->base.deadline;
}

static int prepare_own(struct view *v)
{
    int rc = sqlite3_prepare_v3(v->db, "BEGIN", -1, SQLITE_PREPARE_PERSISTENT, &v->begin, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_prepare_v3(v->db, "SELECT value FROM meta WHERE name = 'commit'", -1, SQLITE_PREPARE_PERSISTENT,
                                &v->fix, NULL);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_prepare_v3(v->db, "ROLLBACK", -1, SQLITE_PREPARE_PERSISTENT, &v->end, NULL);
    }
    return rc;
}

enum error_code store__sqlite_view_new(struct store *s, struct store_view **ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct view *v = ARENA_NEW(&a, struct view);
    v->arena = a;
    v->base.store = s;
    enum error_code code = store__sqlite_connect(s->back, false, &v->db, err);
    if (code == OK) {
        int rc = prepare_own(v);
        code = rc == SQLITE_OK ? OK : store__sqlite_error(v->db, rc, err);
    }
    if (code != OK) {
        store__sqlite_view_free(&v->base);
        return code;
    }
    sqlite3_progress_handler(v->db, PROGRESS_STEPS, is_late, v);
    *ret = &v->base;
    return OK;
}

void store__sqlite_view_forget(struct store_view *view)
{
    struct view *v = (struct view *)view;
    for (uint32_t i = 0; i < PLACES; i++) {
        while (v->places[i] != NULL) {
            struct rows *r = v->places[i];
            v->places[i] = r->next;
            sqlite3_finalize(r->stmt);
            r->next = v->spare;
            v->spare = r;
        }
    }
    v->kept = 0;
    sqlite3_db_release_memory(v->db);
}

void store__sqlite_view_free(struct store_view *view)
{
    struct view *v = (struct view *)view;
    store__sqlite_view_forget(view);
    sqlite3_finalize(v->begin);
    sqlite3_finalize(v->fix);
    sqlite3_finalize(v->end);
    sqlite3_close_v2(v->db);
    struct arena a = v->arena;
    arena_release(&a);
}

sqlite3 *store__sqlite_view_db(struct store_view *view)
{
    return ((struct view *)view)->db;
}

static int step_own(sqlite3_stmt *stmt)
{
    sqlite3_step(stmt);
    return sqlite3_reset(stmt);
}

enum error_code store__sqlite_view_begin(struct store_view *view, struct error *err)
{
    struct view *v = (struct view *)view;
    int rc = step_own(v->begin);
    if (rc == SQLITE_OK) {
        bool any = sqlite3_step(v->fix) == SQLITE_ROW; /* an empty store has had no commit */
        view->commit = any ? sqlite3_column_int64(v->fix, 0) : 0;
        rc = sqlite3_reset(v->fix);
    }
    return rc == SQLITE_OK ? OK : store__sqlite_error(v->db, rc, err);
}

void store__sqlite_view_end(struct store_view *view)
{
    struct view *v = (struct view *)view;
    v->base.deadline = INT64_MAX; /* ending is never too late */
    if (sqlite3_get_autocommit(v->db) == 0) {
        int rc = step_own(v->end);
        if (rc != SQLITE_OK) {
            fail(v, rc);
        }
    }
    if (v->kept > LIMIT_STORE_STATEMENTS) {
        store__sqlite_view_forget(view);
    }
}

/* ---- Rows ---- */

static struct rows *new_rows(struct view *v, const char *sql, struct rows **place)
{
    struct rows *r = v->spare;
    if (r != NULL) {
        v->spare = r->next;
    } else {
        r = ARENA_NEW(&v->arena, struct rows);
    }
    *r = (struct rows){ .base.view = &v->base, .sql = sql, .next = *place };
    *place = r;
    v->kept++;
    return r;
}

/* A statement of this text that nobody is using. */
static struct rows *find(struct view *v, const char *sql)
{
    uint32_t hash = (uint32_t)((uint64_t)(uintptr_t)sql * 0x9E3779B97F4A7C15u >> 56) % PLACES;
    struct rows *r = v->places[hash];
    while (r != NULL && (r->sql != sql || r->busy)) {
        r = r->next;
    }
    r = r == NULL ? new_rows(v, sql, &v->places[hash]) : r;
    if (r->stmt == NULL) {
        int rc = sqlite3_prepare_v3(v->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &r->stmt, NULL);
        if (rc != SQLITE_OK) {
            fail(v, rc);
        }
    }
    r->busy = true;
    return r;
}

struct store_rows *store__sqlite_query(struct store_view *view, const char *sql, const struct store_value *args,
                                       uint32_t count)
{
    struct view *v = (struct view *)view;
    struct rows *r = find(v, sql);
    if (view->error.code != OK || store__view_late(view)) {
        return &r->base;
    }
    int rc = SQLITE_OK;
    for (uint32_t i = 0; i < count && rc == SQLITE_OK; i++) {
        rc = store__sqlite_bind(r->stmt, (int)i + 1, &args[i]);
    }
    if (rc != SQLITE_OK) {
        fail(v, rc);
    }
    return &r->base;
}

bool store__sqlite_next(struct store_rows *rows)
{
    struct rows *r = (struct rows *)rows;
    struct view *v = (struct view *)rows->view;
    if (v->base.error.code != OK) {
        return false;
    }
    int rc = sqlite3_step(r->stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        fail(v, rc);
    }
    return rc == SQLITE_ROW;
}

int64_t store__sqlite_column_int(struct store_rows *rows, uint32_t column)
{
    return sqlite3_column_int64(((struct rows *)rows)->stmt, (int)column);
}

str store__sqlite_column_text(struct store_rows *rows, uint32_t column)
{
    sqlite3_stmt *stmt = ((struct rows *)rows)->stmt;
    const char *p = sqlite3_column_blob(stmt, (int)column);
    return p == NULL ? STR("") : (str){ p, (size_t)sqlite3_column_bytes(stmt, (int)column) };
}

/* The arguments that were bound are not looked at again: the next use binds its own. */
void store__sqlite_rows_end(struct store_rows *rows)
{
    struct rows *r = (struct rows *)rows;
    sqlite3_reset(r->stmt);
    r->busy = false;
}

/* ---- Search ---- */

/* The question in the syntax of FTS5: each word in quotation marks, all of them wanted. */
static void write_match(str words, struct buf *out)
{
    bool inside = false;
    for (size_t i = 0; i < words.len; i++) {
        char c = words.ptr[i];
        bool plain = c != ' ' && c != '*';
        if (plain != inside) {
            buf_addc(out, '"');
            inside = plain;
        }
        buf_addc(out, c);
    }
    if (inside) {
        buf_addc(out, '"');
    }
}

uint32_t store__sqlite_search(struct store_view *view, str kind, str words, int64_t before, uint32_t max, int64_t *ret)
{
    static const char sql[] = "SELECT w.rowid >> 6 FROM word_kind AS k CROSS JOIN word AS w "
                              "WHERE k.name = ?1 AND word MATCH ?2 AND w.rowid < ?3 AND w.rowid & 63 = k.number "
                              "ORDER BY w.rowid DESC LIMIT ?4";
    _Static_assert(KIND_BITS == 6 && KINDS - 1 == 63, "the numbers in the text above");
    struct buf match = BUF_INIT(LIMIT_STORE_SEARCH_BYTES * 4);
    write_match(words, &match);
    int64_t bound = before >> (63 - KIND_BITS) == 0 ? before << KIND_BITS : INT64_MAX;
    const struct store_value args[] = { store_text(kind), store_text(buf_str(&match)), store_int(bound),
                                        store_int(max) };
    struct store_rows *r = store_query(view, sql, args, 4);
    uint32_t count = 0;
    while (count < max && store_next(r)) {
        ret[count++] = store_column_int(r, 0);
    }
    store_rows_end(r);
    buf_release(&match);
    return count;
}
