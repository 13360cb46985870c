/* sqlite_apply: the writer's side of the SQLite back end. This is the hot path of the program: a statement is prepared
 * once for each operation, table and set of kept columns; values are bound where they lie in the change.
 */
#include "base/limit.h"
#include "store/sqlite_int.h"

#include <stdio.h>

static const char *const fixed_sql[FIXED_STATEMENTS] = {
    [FIXED_BEGIN] = "BEGIN IMMEDIATE",
    [FIXED_COMMIT] = "COMMIT",
    [FIXED_ROLLBACK] = "ROLLBACK",
    [FIXED_SAVEPOINT] = "SAVEPOINT unit",
    [FIXED_RELEASE] = "RELEASE unit",
    [FIXED_BACK] = "ROLLBACK TO unit",
    [FIXED_TAKE] = "INSERT INTO series (name, last) VALUES (?1, 1) "
                    "ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last",
    [FIXED_NEXT_COMMIT] = "INSERT INTO meta (name, value) VALUES ('commit', 1) "
                     "ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
    [FIXED_IDS] = "INSERT INTO meta (name, value) VALUES ('ids', ?1) "
                   "ON CONFLICT (name) DO UPDATE SET value = value + ?1 RETURNING value",
    [FIXED_LEASE] = "INSERT INTO lease (name, holder, until) VALUES (?1, ?2, ?4) "
                     "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until "
                     "WHERE holder = excluded.holder OR until <= ?3",
    [FIXED_READY] = "SELECT id, version, tries, dossier, wait, body FROM queue "
                     "WHERE name = ?1 AND ready <= ?2 ORDER BY ready, id LIMIT ?3",
    [FIXED_HOLD] = "UPDATE queue SET version = version + 1, ready = ?2, leased = ?2, holder = ?3, tries = tries + 1 "
                    "WHERE id = ?1",
    [FIXED_KIND_NEW] = "INSERT INTO word_kind (name, number) SELECT ?1, count(*) FROM word_kind WHERE true "
                        "ON CONFLICT (name) DO NOTHING",
    [FIXED_KIND] = "SELECT number FROM word_kind WHERE name = ?1",
    [FIXED_WORDS] = "INSERT OR REPLACE INTO word (rowid, words) VALUES (?1, ?2)",
    [FIXED_FORGET] = "DELETE FROM word WHERE rowid = ?1",
};

int store__sqlite_bind(sqlite3_stmt *stmt, int place, const struct store_value *v)
{
    switch (v->kind) {
    case STORE_INT: return sqlite3_bind_int64(stmt, place, v->number);
    case STORE_TEXT:
        return sqlite3_bind_text(stmt, place, v->text.ptr == NULL ? "" : v->text.ptr, (int)v->text.len, SQLITE_STATIC);
    case STORE_BYTES:
        return sqlite3_bind_blob(stmt, place, v->text.ptr == NULL ? "" : v->text.ptr, (int)v->text.len, SQLITE_STATIC);
    case STORE_TAKEN: case STORE_KEEP: break;
    }
    return SQLITE_MISUSE;
}

/* ---- Results ---- */

/* What a failed operation means for its unit. Ends the process where it cannot go on. */
static enum store_outcome outcome_of(struct store *s, int rc, struct store_result *r)
{
    struct sqlite *q = s->back;
    if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW) {
        return STORE_DONE;
    }
    store__sqlite_check(s, rc);
    if (rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_ROWID) {
        error_set(&r->error, ERROR_INVALID, "there is such a row already");
        error_detail(&r->error, "%s", sqlite3_errmsg(q->db));
        return STORE_EXISTS;
    }
    if ((rc & 0xFF) == SQLITE_FULL) {
        error_set(&r->error, ERROR_IO, "nothing can be written at present");
        error_detail(&r->error, "%s", sqlite3_errmsg(q->db));
        error_hint(&r->error, "make room on the disk; writing goes on by itself");
        return STORE_READONLY;
    }
    store__sqlite_error(q->db, rc, &r->error);
    return STORE_REFUSED;
}

static enum store_outcome stale(const struct store_op *op, struct store_result *r)
{
    r->table = op->table;
    error_set(&r->error, ERROR_INVALID, "somebody else has changed this meanwhile");
    error_detail(&r->error, "%s", store_table(op->table)->name);
    return STORE_STALE;
}

/* ---- Statements ---- */

static sqlite3_stmt *fixed(struct store *s, enum sqlite_fixed which)
{
    struct sqlite *q = s->back;
    if (q->fixed[which] == NULL) {
        int rc = sqlite3_prepare_v3(q->db, fixed_sql[which], -1, SQLITE_PREPARE_PERSISTENT, &q->fixed[which], NULL);
        store__sqlite_check(s, rc);
    }
    return q->fixed[which];
}

/* Steps a statement that gives no rows and makes it ready for the next time. */
static int finish(sqlite3_stmt *stmt)
{
    sqlite3_step(stmt);
    return sqlite3_reset(stmt);
}

static int run_fixed(struct store *s, enum sqlite_fixed which)
{
    sqlite3_stmt *stmt = fixed(s, which);
    return stmt == NULL ? SQLITE_ERROR : finish(stmt);
}

/* Steps a statement that gives one number. */
static int one_number(sqlite3_stmt *stmt, int64_t *ret)
{
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        *ret = sqlite3_column_int64(stmt, 0);
        sqlite3_step(stmt); /* RETURNING is finished only then */
    }
    return sqlite3_reset(stmt);
}

/* "a" = ?1 AND "b" = ?2 for the key. */
static void write_key(struct buf *sql, const struct store_table *t)
{
    for (uint32_t i = 0; i < t->key_count; i++) {
        buf_printf(sql, "%s\"%s\" = ?%u", i == 0 ? " WHERE " : " AND ", t->columns[i], i + 1);
    }
}

static void write_insert(struct buf *sql, const struct store_table *t)
{
    buf_printf(sql, "INSERT INTO %s VALUES (", t->name);
    for (uint32_t i = 0; i < t->column_count; i++) {
        buf_addz(sql, i == 0 ? "" : ", ");
        if ((int32_t)i == t->version) {
            buf_addc(sql, '1');
        } else {
            buf_printf(sql, "?%u", i + 1);
        }
    }
    buf_addc(sql, ')');
}

static void write_put(struct buf *sql, const struct store_table *t)
{
    write_insert(sql, t);
    buf_addz(sql, " ON CONFLICT (");
    for (uint32_t i = 0; i < t->key_count; i++) {
        buf_printf(sql, "%s\"%s\"", i == 0 ? "" : ", ", t->columns[i]);
    }
    buf_addz(sql, t->key_count == t->column_count ? ") DO NOTHING" : ") DO UPDATE SET ");
    for (uint32_t i = t->key_count; i < t->column_count; i++) {
        buf_printf(sql, "%s\"%s\" = ?%u", i == t->key_count ? "" : ", ", t->columns[i], i + 1);
    }
}

static void write_update(struct buf *sql, const struct store_table *t, uint64_t keep)
{
    uint32_t sets = 0;
    buf_printf(sql, "UPDATE %s SET ", t->name);
    for (uint32_t i = t->key_count; i < t->column_count; i++) {
        if ((int32_t)i == t->version) {
            buf_printf(sql, "%sversion = version + 1", sets++ == 0 ? "" : ", ");
        } else if ((keep >> i & 1) == 0) {
            buf_printf(sql, "%s\"%s\" = ?%u", sets++ == 0 ? "" : ", ", t->columns[i], i + 1);
        }
    }
    if (sets == 0) { /* nothing changes, but the row must be there */
        buf_printf(sql, "\"%s\" = ?1", t->columns[0]);
    }
    write_key(sql, t);
    if (t->version >= 0) {
        buf_printf(sql, " AND version = ?%u", (unsigned)t->version + 1);
    }
}

/* `keep` of delete and guard: 1 when a version is compared. */
static void write_sql(struct buf *sql, const struct store_op *op)
{
    const struct store_table *t = store_table(op->table);
    switch ((enum store_op_kind)op->kind) {
    case STORE_OP_INSERT: write_insert(sql, t); break;
    case STORE_OP_UPDATE: write_update(sql, t, op->keep); break;
    case STORE_OP_PUT: write_put(sql, t); break;
    case STORE_OP_DELETE:
        buf_printf(sql, "DELETE FROM %s", t->name);
        write_key(sql, t);
        break;
    case STORE_OP_GUARD:
        buf_printf(sql, "SELECT 1 FROM %s", t->name);
        write_key(sql, t);
        break;
    case STORE_OP_WORDS: case STORE_OPS: break;
    }
    if (op->kind >= STORE_OP_DELETE && op->keep != 0) {
        buf_printf(sql, " AND version = ?%u", t->key_count + 1);
    }
}

static sqlite3_stmt *prepare(struct store *s, const struct store_op *op)
{
    struct sqlite *q = s->back;
    struct buf sql = BUF_INIT(16 << 10);
    sqlite3_stmt *stmt = NULL;
    write_sql(&sql, op);
    int rc = sqlite3_prepare_v3(q->db, sql.ptr, (int)sql.len, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    buf_release(&sql);
    store__sqlite_check(s, rc);
    return stmt;
}

/* The statement of an operation, from the cache or new. */
static sqlite3_stmt *statement(struct store *s, const struct store_op *op)
{
    struct sqlite *q = s->back;
    if (q->cached > CACHE_PLACES / 2) {
        store__sqlite_forget(s);
    }
    uint64_t hash = (op->keep * 8 + op->kind) * 64 + op->table;
    uint32_t i = (uint32_t)(hash * 0x9E3779B97F4A7C15u >> 32) % CACHE_PLACES;
    for (; q->cache[i].stmt != NULL; i = (i + 1) % CACHE_PLACES) {
        const struct sqlite_cached *c = &q->cache[i];
        if (c->keep == op->keep && c->kind == op->kind && c->table == op->table) {
            return c->stmt;
        }
    }
    sqlite3_stmt *stmt = prepare(s, op);
    if (stmt != NULL) {
        q->cache[i] = (struct sqlite_cached){ op->keep, op->kind, op->table, stmt };
        q->cached++;
    }
    return stmt;
}

void store__sqlite_forget(struct store *s)
{
    struct sqlite *q = s->back;
    for (uint32_t i = 0; i < CACHE_PLACES; i++) {
        sqlite3_finalize(q->cache[i].stmt);
        q->cache[i].stmt = NULL;
    }
    q->cached = 0;
    for (uint32_t i = 0; i < FIXED_STATEMENTS; i++) {
        sqlite3_finalize(q->fixed[i]);
        q->fixed[i] = NULL;
    }
}

/* ---- Operations ---- */

/* Binds the values of a row; what stays, and the version of a new row, have no place in the statement. */
static int bind_row(sqlite3_stmt *stmt, const struct store_op *op, const int64_t *taken)
{
    const struct store_table *t = store_table(op->table);
    const char *p = op->values;
    for (uint32_t i = 0; i < op->count; i++) {
        struct store_value v;
        p = store__next_value(p, taken, &v);
        if (v.kind != STORE_KEEP && !(op->kind == STORE_OP_INSERT && (int32_t)i == t->version)) {
            int rc = store__sqlite_bind(stmt, (int)i + 1, &v);
            if (rc != SQLITE_OK) {
                return rc;
            }
        }
    }
    return SQLITE_OK;
}

static enum store_outcome write_row(struct store *s, const struct store_op *op, const int64_t *taken,
                                    struct store_result *r)
{
    struct sqlite *q = s->back;
    sqlite3_stmt *stmt = statement(s, op);
    int rc = stmt == NULL ? SQLITE_ERROR : bind_row(stmt, op, taken);
    rc = rc == SQLITE_OK ? finish(stmt) : rc;
    enum store_outcome outcome = outcome_of(s, rc, r);
    r->table = op->table;
    if (outcome == STORE_DONE && op->kind == STORE_OP_UPDATE && sqlite3_changes(q->db) == 0) {
        return stale(op, r);
    }
    return outcome;
}

/* Binds a key; *ret_version is what follows it. */
static int bind_key(sqlite3_stmt *stmt, const struct store_op *op, const int64_t *taken)
{
    const char *p = op->values;
    for (uint32_t i = 0; i + (op->keep == 0) < op->count; i++) {
        struct store_value v;
        p = store__next_value(p, taken, &v);
        int rc = store__sqlite_bind(stmt, (int)i + 1, &v);
        if (rc != SQLITE_OK) {
            return rc;
        }
    }
    return SQLITE_OK;
}

static int64_t version_of(const struct store_op *op, const int64_t *taken)
{
    struct store_value v = store_int(0);
    const char *p = op->values;
    for (uint32_t i = 0; i < op->count; i++) {
        p = store__next_value(p, taken, &v);
    }
    return v.number;
}

static enum store_outcome delete_row(struct store *s, struct store_op *op, const int64_t *taken, struct store_result *r)
{
    struct sqlite *q = s->back;
    op->keep = version_of(op, taken) != 0;
    sqlite3_stmt *stmt = statement(s, op);
    int rc = stmt == NULL ? SQLITE_ERROR : bind_key(stmt, op, taken);
    rc = rc == SQLITE_OK ? finish(stmt) : rc;
    enum store_outcome outcome = outcome_of(s, rc, r);
    return outcome == STORE_DONE && op->keep != 0 && sqlite3_changes(q->db) == 0 ? stale(op, r) : outcome;
}

static enum store_outcome guard_row(struct store *s, struct store_op *op, const int64_t *taken, struct store_result *r)
{
    op->keep = version_of(op, taken) != 0;
    sqlite3_stmt *stmt = statement(s, op);
    int rc = stmt == NULL ? SQLITE_ERROR : bind_key(stmt, op, taken);
    bool found = rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW;
    rc = rc == SQLITE_OK ? sqlite3_reset(stmt) : rc;
    enum store_outcome outcome = outcome_of(s, rc, r);
    return outcome == STORE_DONE && found != (op->keep != 0) ? stale(op, r) : outcome;
}

/* The number of a kind of things to search for, given at its first use. */
static int kind_number(struct store *s, const struct store_value *kind, int64_t *ret)
{
    sqlite3_stmt *find = fixed(s, FIXED_KIND), *add = fixed(s, FIXED_KIND_NEW);
    *ret = -1;
    int rc = store__sqlite_bind(find, 1, kind);
    rc = rc == SQLITE_OK ? one_number(find, ret) : rc;
    if (rc != SQLITE_OK || *ret >= 0) {
        return rc;
    }
    rc = store__sqlite_bind(add, 1, kind);
    rc = rc == SQLITE_OK ? finish(add) : rc;
    return rc == SQLITE_OK ? one_number(find, ret) : rc;
}

static enum store_outcome write_words(struct store *s, const struct store_op *op, const int64_t *taken,
                                      struct store_result *r)
{
    struct store_value kind, id, words;
    int64_t number;
    store__next_value(store__next_value(store__next_value(op->values, taken, &kind), taken, &id), taken, &words);
    int rc = kind_number(s, &kind, &number);
    if (rc == SQLITE_OK && (number >= KINDS || id.number < 0 || id.number >> (63 - KIND_BITS) != 0)) {
        error_set(&r->error, ERROR_LIMIT, "too many kinds of things to search for, or an id too large");
        return STORE_REFUSED;
    }
    if (rc == SQLITE_OK) {
        sqlite3_stmt *stmt = fixed(s, words.text.len > 0 ? FIXED_WORDS : FIXED_FORGET);
        rc = sqlite3_bind_int64(stmt, 1, id.number << KIND_BITS | number);
        if (rc == SQLITE_OK && words.text.len > 0) {
            rc = store__sqlite_bind(stmt, 2, &words);
        }
        rc = rc == SQLITE_OK ? finish(stmt) : rc;
    }
    return outcome_of(s, rc, r);
}

static enum store_outcome apply_op(struct store *s, struct store_op *op, const int64_t *taken, struct store_result *r)
{
    switch ((enum store_op_kind)op->kind) {
    case STORE_OP_INSERT: case STORE_OP_UPDATE: case STORE_OP_PUT: return write_row(s, op, taken, r);
    case STORE_OP_DELETE: return delete_row(s, op, taken, r);
    case STORE_OP_GUARD: return guard_row(s, op, taken, r);
    case STORE_OP_WORDS: return write_words(s, op, taken, r);
    case STORE_OPS: break;
    }
    return STORE_REFUSED;
}

static enum store_outcome apply_part(struct store *s, const struct store_part *part, const int64_t *taken,
                                     struct store_result *r)
{
    const char *at = part->bytes, *end = at + part->len;
    enum store_outcome outcome = STORE_DONE;
    for (struct store_op op; outcome == STORE_DONE && store__next_op(&at, end, &op);) {
        outcome = apply_op(s, &op, taken, r);
    }
    return outcome;
}

static enum store_outcome take_numbers(struct store *s, struct store_change *c, struct store_result *r)
{
    const char *at = c->series.bytes;
    sqlite3_stmt *stmt = fixed(s, FIXED_TAKE);
    int rc = SQLITE_OK;
    for (uint32_t i = 0; i < c->take_count && rc == SQLITE_OK; i++) {
        struct store_value name;
        at = store__next_value(at, NULL, &name);
        rc = store__sqlite_bind(stmt, 1, &name);
        rc = rc == SQLITE_OK ? one_number(stmt, &c->taken[i]) : rc;
    }
    return outcome_of(s, rc, r);
}

/* ---- Units ---- */

/* Ends a unit: its savepoint is released, after going back to it when it failed. Where the transaction is lost, so is
 * the savepoint. */
static enum store_outcome end_unit(struct store *s, enum store_outcome outcome)
{
    struct sqlite *q = s->back;
    if (sqlite3_get_autocommit(q->db) == 0) {
        if (outcome != STORE_DONE) {
            store__sqlite_check(s, run_fixed(s, FIXED_BACK));
        }
        store__sqlite_check(s, run_fixed(s, FIXED_RELEASE));
    }
    return outcome;
}

enum store_outcome store__sqlite_apply(struct store *s, struct store_change *c, struct store_result *r)
{
    enum store_outcome outcome = outcome_of(s, run_fixed(s, FIXED_SAVEPOINT), r);
    if (outcome != STORE_DONE) {
        return outcome;
    }
    outcome = apply_part(s, &c->plain, c->taken, r);
    if (outcome == STORE_DONE && c->take_count > 0 && !c->replay) {
        outcome = take_numbers(s, c, r);
    }
    if (outcome == STORE_DONE) {
        outcome = apply_part(s, &c->late, c->taken, r);
    }
    return end_unit(s, outcome);
}

enum store_outcome store__sqlite_begin(struct store *s, struct error *err)
{
    struct store_result r = { .error.lang = err == NULL ? LANG_EN : err->lang };
    enum store_outcome outcome = outcome_of(s, run_fixed(s, FIXED_BEGIN), &r);
    if (outcome != STORE_DONE && err != NULL) {
        *err = r.error;
    }
    return outcome == STORE_DONE ? STORE_DONE : STORE_READONLY;
}

bool store__sqlite_live(struct store *s)
{
    return sqlite3_get_autocommit(((struct sqlite *)s->back)->db) == 0;
}

void store__sqlite_rollback(struct store *s)
{
    if (store__sqlite_live(s)) {
        store__sqlite_check(s, run_fixed(s, FIXED_ROLLBACK));
    }
}

enum store_outcome store__sqlite_commit(struct store *s, int64_t *ret_commit, struct error *err)
{
    struct store_result r = { .error.lang = err == NULL ? LANG_EN : err->lang };
    enum store_outcome outcome = outcome_of(s, one_number(fixed(s, FIXED_NEXT_COMMIT), ret_commit), &r);
    if (outcome == STORE_DONE) {
        outcome = outcome_of(s, run_fixed(s, FIXED_COMMIT), &r);
    }
    if (outcome != STORE_DONE) {
        store__sqlite_rollback(s);
        if (err != NULL) {
            *err = r.error;
        }
        return STORE_READONLY;
    }
    return STORE_DONE;
}

/* ---- Requests of the store itself: one statement each, which is a unit by itself ---- */

enum store_outcome store__sqlite_ids(struct store *s, int64_t count, int64_t *ret, struct store_result *r)
{
    sqlite3_stmt *stmt = fixed(s, FIXED_IDS);
    int rc = sqlite3_bind_int64(stmt, 1, count);
    return outcome_of(s, rc == SQLITE_OK ? one_number(stmt, ret) : rc, r);
}

enum store_outcome store__sqlite_lease(struct store *s, str name, str holder, int64_t now, int64_t until, bool *ret,
                                       struct store_result *r)
{
    struct sqlite *q = s->back;
    const struct store_value values[] = { store_text(name), store_text(holder), store_int(now), store_int(until) };
    sqlite3_stmt *stmt = fixed(s, FIXED_LEASE);
    int rc = SQLITE_OK;
    for (int i = 0; i < 4 && rc == SQLITE_OK; i++) {
        rc = store__sqlite_bind(stmt, i + 1, &values[i]);
    }
    rc = rc == SQLITE_OK ? finish(stmt) : rc;
    *ret = rc == SQLITE_OK && sqlite3_changes(q->db) > 0;
    return outcome_of(s, rc, r);
}

/* The rows that are ready, in their order, into pop->items. */
static int find_ready(struct store *s, struct store_pop *pop)
{
    sqlite3_stmt *stmt = fixed(s, FIXED_READY);
    const struct store_value name = store_text(pop->queue);
    int rc = store__sqlite_bind(stmt, 1, &name);
    rc = rc == SQLITE_OK ? sqlite3_bind_int64(stmt, 2, pop->now) : rc;
    rc = rc == SQLITE_OK ? sqlite3_bind_int64(stmt, 3, pop->max) : rc;
    while (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        str body = { sqlite3_column_blob(stmt, 5), (size_t)sqlite3_column_bytes(stmt, 5) };
        pop->items[pop->count++] = (struct store_item){
            .id = sqlite3_column_int64(stmt, 0),
            .version = sqlite3_column_int64(stmt, 1) + 1,
            .tries = sqlite3_column_int64(stmt, 2) + 1,
            .dossier = sqlite3_column_int64(stmt, 3),
            .wait = sqlite3_column_int64(stmt, 4),
            .body = arena_str(pop->arena, body),
        };
    }
    return rc == SQLITE_OK ? sqlite3_reset(stmt) : rc;
}

static int hold(struct store *s, const struct store_pop *pop, int64_t id)
{
    const struct store_value holder = store_text(pop->holder);
    sqlite3_stmt *stmt = fixed(s, FIXED_HOLD);
    int rc = sqlite3_bind_int64(stmt, 1, id);
    rc = rc == SQLITE_OK ? sqlite3_bind_int64(stmt, 2, pop->until) : rc;
    rc = rc == SQLITE_OK ? store__sqlite_bind(stmt, 3, &holder) : rc;
    return rc == SQLITE_OK ? finish(stmt) : rc;
}

enum store_outcome store__sqlite_pop(struct store *s, struct store_pop *pop, struct store_result *r)
{
    enum store_outcome outcome = outcome_of(s, run_fixed(s, FIXED_SAVEPOINT), r);
    if (outcome != STORE_DONE) {
        return outcome;
    }
    int rc = find_ready(s, pop);
    for (uint32_t i = 0; i < pop->count && rc == SQLITE_OK; i++) {
        rc = hold(s, pop, pop->items[i].id);
    }
    return end_unit(s, outcome_of(s, rc, r));
}
