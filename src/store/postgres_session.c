/* postgres_session: libpq, connections and the statements that are always the same. */
#include "base/clock.h"
#include "base/limit.h"
#include "store/postgres_int.h"

#include <assert.h>
#include <dlfcn.h>
#include <endian.h>
#include <stdio.h>

/* ---- The library ---- */

/* Written once, before any other use: a library is a thing of the process. */
struct pg_library store__pq;
static pthread_once_t load_once = PTHREAD_ONCE_INIT;
static char load_problem[256];

static bool find(void *library, const char *name, void *ret)
{
    void *function = dlsym(library, name);
    if (function == NULL) {
        snprintf(load_problem, sizeof load_problem, "libpq.so.5: %s", name);
        return false;
    }
    memcpy(ret, &function, sizeof function); /* C has no other way from an object's address to a function's */
    return true;
}

static void load(void)
{
    void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *why = dlerror();
        snprintf(load_problem, sizeof load_problem, "%s", why == NULL ? "libpq.so.5" : why);
        return;
    }
#define FIND(name) && find(library, "PQ" #name, &store__pq.name)
    (void)(true PG_FUNCTIONS(FIND));
#undef FIND
}

enum error_code store__pg_load(struct error *err)
{
    pthread_once(&load_once, load);
    if (load_problem[0] == '\0') {
        return OK;
    }
    enum error_code code = error_set(err, ERROR_MISSING, "the library of PostgreSQL cannot be loaded");
    error_detail(err, "%s", load_problem);
    error_hint(err, "install the package libpq5");
    return code;
}

/* ---- Errors ---- */

static bool is_state(const char *state, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strncmp(state, *list, strlen(*list)) == 0) {
            return true;
        }
    }
    return false;
}

/* By SQLSTATE; see appendix A of the manual of PostgreSQL. An entry of two characters is a class. 25006: the server has
 * become a standby. 26000: a pool between us and the server has given us another connection. */
static enum pg_trouble trouble_of(const char *state, const char *constraint)
{
    static const char *const lost[] = { "08", "57P01", "57P02", "57P03", "57P05", "25006", "25P03", "26000", NULL };
    static const char *const conflict[] = { "40001", "40P01", "55P03", NULL };
    bool mistaken = state != NULL && strcmp(state, "08P01") == 0; /* a value that is not of the kind of its column */
    if (state == NULL || (is_state(state, lost) && !mistaken)) {
        return PG_LOST;
    }
    if (is_state(state, conflict)) {
        return PG_CONFLICT;
    }
    if (strcmp(state, "22012") == 0) {
        return PG_STALE;
    }
    if (strcmp(state, "23505") == 0 && constraint != NULL) {
        size_t n = strlen(constraint);
        return n > 5 && strcmp(constraint + n - 5, "_pkey") == 0 ? PG_TWICE : PG_OTHER;
    }
    return strcmp(state, "53100") == 0 ? PG_FULL : strcmp(state, "57014") == 0 ? PG_LATE : PG_OTHER;
}

static void describe_lost(struct error *err, const char *why)
{
    error_set(err, ERROR_IO, "the database cannot be reached");
    error_detail(err, "%.*s", (int)strcspn(why, "\n"), why);
    error_hint(err, "see that PostgreSQL runs; the connection is made again by itself");
}

static void describe_other(struct error *err, const char *state, const char *why)
{
    if (strncmp(state, "23", 2) == 0) {
        error_set(err, ERROR_INVALID, "a row breaks a rule of its table");
    } else if (strncmp(state, "54", 2) == 0) {
        error_set(err, ERROR_LIMIT, "a value is too large");
    } else {
        error_set(err, ERROR_IO, "the database refuses an operation");
    }
    error_detail(err, "%s (%s)", why, state);
}

static void describe_trouble(struct error *err, enum pg_trouble trouble, const char *state, const char *why)
{
    switch (trouble) {
    case PG_LOST: describe_lost(err, why); break;
    case PG_CONFLICT:
        error_set(err, ERROR_LIMIT, "too many change the same rows at once");
        error_hint(err, "try again in a moment");
        break;
    case PG_STALE: error_set(err, ERROR_INVALID, "somebody else has changed this meanwhile"); break;
    case PG_TWICE: error_set(err, ERROR_INVALID, "there is such a row already"); break;
    case PG_FULL:
        error_set(err, ERROR_IO, "nothing can be written at present");
        error_detail(err, "%s", why);
        error_hint(err, "make room on the disk; writing goes on by itself");
        break;
    case PG_LATE:
        error_set(err, ERROR_LIMIT, "reading takes too long");
        error_detail(err, "limit %s = %d", "STORE_VIEW_MS", LIMIT_STORE_VIEW_MS);
        break;
    case PG_OTHER: describe_other(err, state, why); break;
    case PG_FINE: break;
    }
}

enum pg_trouble store__pg_trouble(struct pg_session *x, const PGresult *res, struct error *err)
{
    ExecStatusType status = res == NULL ? PGRES_FATAL_ERROR : store__pq.resultStatus(res);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_PIPELINE_SYNC) {
        return PG_FINE;
    }
    const char *state = res == NULL ? NULL : store__pq.resultErrorField(res, PG_DIAG_SQLSTATE);
    const char *constraint = res == NULL ? NULL : store__pq.resultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
    const char *why = res == NULL ? NULL : store__pq.resultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    bool bad = x->db == NULL || store__pq.status(x->db) != CONNECTION_OK;
    enum pg_trouble trouble = bad ? PG_LOST : trouble_of(state, constraint);
    describe_trouble(err, trouble, state == NULL ? "" : state,
                     why != NULL ? why : x->db == NULL ? "" : store__pq.errorMessage(x->db));
    if (trouble == PG_LOST) {
        store__pg_disconnect(x);
    }
    return trouble;
}

/* ---- Connecting ---- */

static void say_nothing(void *context, const char *message)
{
    (void)context, (void)message;
}

void store__pg_disconnect(struct pg_session *x)
{
    if (x->db != NULL) {
        store__pq.finish(x->db);
    }
    x->db = NULL;
    x->open = false;
    x->units = x->series = x->cached = 0;
    memset(x->prepared, 0, sizeof x->prepared);
    memset(x->cache, 0, sizeof x->cache);
}

/* What stands before the URL is a default, what stands behind it is a rule. */
static PGconn *dial(const char *url)
{
    const char *const names[] = { "connect_timeout", "target_session_attrs", "application_name", "keepalives_idle",
                                  "tcp_user_timeout", "dbname", "client_encoding", NULL };
    const char *const values[] = { "5", "read-write", "gongshi", "10", "10000", url, "UTF8", NULL };
    return store__pq.connectdbParams(names, values, 1);
}

/* Durability is not left to the server's configuration: a unit that is answered is on a disk. */
static enum pg_trouble configure(struct pg_session *x, bool reads, struct error *err)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "SET timezone = 'UTC'; SET standard_conforming_strings = on; SET client_min_messages = error;"
             "SET idle_in_transaction_session_timeout = %d; SET lock_timeout = %d; SET statement_timeout = %d;"
             "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') "
             "IN ('off', 'local'); %s",
             LIMIT_STORE_PG_IDLE_MS, LIMIT_STORE_PG_LOCK_MS, reads ? LIMIT_STORE_VIEW_MS : 0,
             reads ? "SET default_transaction_read_only = on" : "SET plan_cache_mode = force_generic_plan");
    return store__pg_run(x, sql, err);
}

static enum error_code refuse_old(const struct pg_session *x, struct error *err)
{
    int version = store__pq.serverVersion(x->db);
    if (version >= 150000) {
        return OK;
    }
    enum error_code code = error_set(err, ERROR_INVALID, "this version of PostgreSQL is too old");
    error_detail(err, "%d", version / 10000);
    error_hint(err, "PostgreSQL 15 or newer is needed");
    return code;
}

/* The pause doubles with each failure, up to STORE_PG_PAUSE_MS. */
static enum error_code note_failure(struct pg_session *x, struct error *err)
{
    store__pg_disconnect(x);
    x->pause_ms = x->pause_ms == 0 ? 50 : x->pause_ms * 2;
    x->pause_ms = x->pause_ms < LIMIT_STORE_PG_PAUSE_MS ? x->pause_ms : LIMIT_STORE_PG_PAUSE_MS;
    x->retry_at = clock_monotonic_nanos() + x->pause_ms * INT64_C(1000000);
    x->failed = *err;
    return err->code;
}

enum error_code store__pg_connect(const struct store *s, struct pg_session *x, bool reads, struct error *err)
{
    struct error own = { .lang = err == NULL ? LANG_EN : err->lang };
    if (x->db != NULL && store__pq.status(x->db) == CONNECTION_OK) {
        return OK;
    }
    if (x->failed.code != OK && clock_monotonic_nanos() < x->retry_at) {
        own = x->failed;
    } else {
        store__pg_disconnect(x);
        x->db = dial(s->config.where);
        if (x->db == NULL || store__pq.status(x->db) != CONNECTION_OK) {
            describe_lost(&own, x->db == NULL ? "" : store__pq.errorMessage(x->db));
        } else {
            store__pq.setNoticeProcessor(x->db, say_nothing, NULL);
            if (refuse_old(x, &own) == OK && configure(x, reads, &own) == PG_FINE) {
                x->pause_ms = 0;
                x->failed.code = OK;
                return OK;
            }
        }
        note_failure(x, &own);
    }
    if (err != NULL) {
        *err = own;
    }
    return own.code;
}

/* ---- Statements ---- */

/* The words are told from the text by token.c: PostgreSQL's own parser never sees it. The number of a commit comes from
 * a sequence, which no transaction holds: a counted row would let only one server commit at a time. */
static const char *const fixed_sql[PG_FIXED] = {
    [PG_BEGIN] = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    [PG_COMMIT] = "COMMIT",
    [PG_SAVEPOINT] = "SAVEPOINT unit",
    [PG_RELEASE] = "RELEASE unit",
    [PG_COUNT] = "SELECT nextval('store_commit')",
    [PG_TAKE] = "INSERT INTO series (name, last) VALUES ($1, 1) "
                "ON CONFLICT (name) DO UPDATE SET last = series.last + 1 RETURNING last",
    [PG_IDS] = "INSERT INTO meta (name, value) VALUES ('ids', $1) "
               "ON CONFLICT (name) DO UPDATE SET value = meta.value + $1 RETURNING value",
    [PG_LEASE] = "INSERT INTO lease AS l (name, holder, until) VALUES ($1, $2, $4) "
                 "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until "
                 "WHERE l.holder = excluded.holder OR l.until <= $3 RETURNING 1",
    [PG_POP] = "WITH found AS (SELECT id, ready FROM queue WHERE name = $1 AND ready <= $2 ORDER BY ready, id LIMIT $3 "
               "FOR UPDATE SKIP LOCKED), held AS (UPDATE queue AS q SET version = q.version + 1, ready = $4, "
               "leased = $4, holder = $5, tries = q.tries + 1 FROM found WHERE q.id = found.id "
               "RETURNING q.id, q.version, q.tries, q.dossier, q.wait, q.body, found.ready AS since) "
               "SELECT id, version, tries, dossier, wait, body FROM held ORDER BY since, id",
    [PG_WORDS] = "INSERT INTO store_word (kind, id, words) "
                 "VALUES ($1, $2, array_to_tsvector(string_to_array($3, ' '))) "
                 "ON CONFLICT (kind, id) DO UPDATE SET words = excluded.words",
    [PG_FORGET] = "DELETE FROM store_word WHERE kind = $1 AND id = $2",
    [PG_BLOB_NUMBER] = "SELECT nextval('store_blob_number')",
    [PG_BLOB_PIECE] = "INSERT INTO store_piece (blob, place, bytes) VALUES ($1, $2, $3)",
    [PG_BLOB] = "INSERT INTO store_blob (hash, number, size) VALUES ($1, $2, $3) ON CONFLICT (hash) "
                "DO UPDATE SET number = excluded.number, size = excluded.size WHERE store_blob.size < 0 RETURNING 1",
    [PG_BLOB_FIND] = "SELECT number, size FROM store_blob WHERE hash = $1",
    [PG_BLOB_READ] = "SELECT substring(bytes FROM $3::int8::int4 FOR $4::int8::int4) FROM store_piece "
                     "WHERE blob = $1 AND place = $2",
    [PG_BLOB_TAKE] = "UPDATE store_blob SET size = -1 WHERE hash = $1 AND size >= 0 RETURNING number",
    [PG_BLOB_EMPTY] = "DELETE FROM store_piece WHERE blob = $1",
};

enum pg_trouble store__pg_run(struct pg_session *x, const char *sql, struct error *err)
{
    PGresult *res = x->db == NULL ? NULL : store__pq.exec(x->db, sql);
    enum pg_trouble trouble = store__pg_trouble(x, res, err);
    store__pq.clear(res);
    return trouble;
}

void store__pg_add(struct pg_params *p, const struct store_value *v)
{
    int i = p->count++;
    assert(i < 64);
    p->formats[i] = 1;
    if (v->kind == STORE_INT) {
        p->numbers[i] = (int64_t)htobe64((uint64_t)v->number);
        p->values[i] = (const char *)&p->numbers[i];
        p->lengths[i] = 8;
    } else {
        p->values[i] = v->text.ptr == NULL ? "" : v->text.ptr; /* NULL would be NULL */
        p->lengths[i] = (int)v->text.len;
    }
}

/* The name of a fixed statement. */
static void name_fixed(enum pg_fixed which, char ret[16])
{
    snprintf(ret, 16, "f%d", (int)which);
}

enum pg_trouble store__pg_prepare(struct pg_session *x, enum pg_fixed which, struct error *err)
{
    char name[16];
    if (x->prepared[which] && x->db != NULL) {
        return PG_FINE;
    }
    name_fixed(which, name);
    PGresult *res = x->db == NULL ? NULL : store__pq.prepare(x->db, name, fixed_sql[which], 0, NULL);
    enum pg_trouble trouble = store__pg_trouble(x, res, err);
    store__pq.clear(res);
    x->prepared[which] = trouble == PG_FINE;
    return trouble;
}

bool store__pg_send(struct pg_session *x, enum pg_fixed which, const struct pg_params *p)
{
    static const struct pg_params none = { .count = 0 };
    char name[16];
    name_fixed(which, name);
    p = p == NULL ? &none : p;
    return store__pq.sendQueryPrepared(x->db, name, p->count, p->values, p->lengths, p->formats, 1) == 1;
}

enum pg_trouble store__pg_call(struct pg_session *x, enum pg_fixed which, const struct store_value *values,
                               uint32_t count, PGresult **ret, struct error *err)
{
    struct pg_params p = { .count = 0 };
    char name[16];
    enum pg_trouble trouble = store__pg_prepare(x, which, err);
    if (trouble != PG_FINE) {
        return trouble;
    }
    for (uint32_t i = 0; i < count; i++) {
        store__pg_add(&p, &values[i]);
    }
    name_fixed(which, name);
    PGresult *res = store__pq.execPrepared(x->db, name, p.count, p.values, p.lengths, p.formats, 1);
    trouble = store__pg_trouble(x, res, err);
    if (trouble == PG_FINE) {
        *ret = res;
    } else {
        store__pq.clear(res);
    }
    return trouble;
}

/* ---- Numbers ---- */

/* Binary numeric (what sum gives): count of digits of base 10,000, weight of the first, sign, scale; the digits. */
static int64_t numeric(const unsigned char *p, int length)
{
    uint16_t head[4];
    memcpy(head, p, sizeof head);
    int digits = be16toh(head[0]), weight = (int16_t)be16toh(head[1]);
    uint64_t n = 0;
    for (int i = 0; i <= weight; i++) {
        uint16_t digit = 0;
        if (i < digits && 8 + 2 * i + 2 <= length) {
            memcpy(&digit, p + 8 + 2 * i, sizeof digit);
        }
        n = n * 10000 + be16toh(digit);
    }
    return be16toh(head[2]) == 0x4000 ? (int64_t)(0 - n) : (int64_t)n;
}

int64_t store__pg_number(const PGresult *res, int row, int column)
{
    enum { BOOL = 16, NUMERIC = 1700 };
    const char *p = store__pq.getvalue(res, row, column);
    int length = store__pq.getlength(res, row, column);
    Oid type = store__pq.ftype(res, column);
    if (store__pq.getisnull(res, row, column)) {
        return 0;
    }
    if (type == NUMERIC && length >= 8) {
        return numeric((const unsigned char *)p, length);
    }
    int64_t n = type != BOOL && (signed char)*p < 0 ? -1 : 0;
    for (int i = 0; i < length && i < 8; i++) {
        n = (int64_t)((uint64_t)n << 8 | (unsigned char)p[i]);
    }
    return n;
}
