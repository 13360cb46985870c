/* postgres_apply: the writers' side of the PostgreSQL back end.
 *
 * A unit is one pipeline: all its statements go out together, and one round trip brings all results. So a failed guard
 * must stop what follows it on the server: a guarded statement divides by the number of rows that it met, which is an
 * error when it met none. From the second unit of a transaction on, each has a savepoint.
 *
 * Several transactions run at once, from this process and from others. What the one writer of SQLite gives for nothing
 * is had by locks. A row that is guarded is locked until the commit. That there is no such row is guarded by inserting
 * and deleting one: whoever inserts it meanwhile waits for us, and we for him. A series is the last lock of a unit, and
 * a transaction takes from the series of one unit only; another unit waits for the next. What meets a deadlock or waits
 * too long is tried again, after the units before it were committed.
 */
#include "base/limit.h"
#include "store/postgres_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

/* Which of the writers' connections is this thread's: set when a writer begins, and 0 for the thread that opens. */
static _Thread_local uint32_t writer_number;

enum { MAX_SENT = 2 * LIMIT_STORE_UNIT_ROWS + LIMIT_STORE_UNIT_ROWS + 3 };

/* What the statements of a pipeline were, to read their results by. */
struct sent {
    uint8_t kind, table; /* kind 0: BEGIN and the like; STORE_OPS: a number of a series */
};

struct unit {
    struct pg_session *x;
    struct store_change *c;
    struct error *err;
    struct sent sent[MAX_SENT];
    uint32_t count, read; /* read: whose results are known */
    enum pg_trouble trouble; /* the first */
    struct sent culprit;     /* which met it */
    uint32_t order[LIMIT_STORE_UNIT_ROWS]; /* of the numbers that are taken: by the names of their series */
    uint32_t taken;
};

struct pg_session *store__pg_writer(struct store *s)
{
    return &((struct postgres *)s->back)->writers[writer_number];
}

/* All writers stop when one finds that nothing can be written, and say what he was told. */
static enum store_outcome note_unable(struct store *s, const struct error *err)
{
    struct postgres *p = s->back;
    pthread_mutex_lock(&p->lock);
    p->unable = *err;
    pthread_mutex_unlock(&p->lock);
    return STORE_READONLY;
}

void store__pg_unable(struct store *s, struct error *err)
{
    struct postgres *p = s->back;
    pthread_mutex_lock(&p->lock);
    *err = p->unable;
    pthread_mutex_unlock(&p->lock);
}

/* The lock that store_open took is for migrating; the writer that begins has its connection. */
void store__pg_enter(struct store *s, uint32_t writer)
{
    writer_number = writer;
    if (writer == 0) {
        store__pg_run(store__pg_writer(s), "SELECT pg_advisory_unlock_all()", NULL);
    }
}

/* ---- Texts of statements ---- */

/* Writes `$n` for the values that are bound, numbered without gaps. */
static void write_place(struct buf *sql, uint32_t *places)
{
    buf_printf(sql, "$%u", ++*places);
}

static void write_key(struct buf *sql, const struct store_table *t)
{
    for (uint32_t i = 0; i < t->key_count; i++) {
        buf_printf(sql, "%s\"%s\" = $%u", i == 0 ? " WHERE " : " AND ", t->columns[i], i + 1);
    }
}

static void write_insert(struct buf *sql, const struct store_table *t)
{
    uint32_t places = 0;
    buf_printf(sql, "INSERT INTO %s VALUES (", t->name);
    for (uint32_t i = 0; i < t->column_count; i++) {
        buf_addz(sql, i == 0 ? "" : ", ");
        if ((int32_t)i == t->version) {
            buf_addc(sql, '1');
        } else {
            write_place(sql, &places);
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
        buf_printf(sql, "%s\"%s\" = excluded.\"%s\"", i == t->key_count ? "" : ", ", t->columns[i], t->columns[i]);
    }
}

static void write_update(struct buf *sql, const struct store_table *t, uint64_t keep)
{
    uint32_t sets = 0, places = t->key_count, version = 0;
    buf_printf(sql, "WITH done AS (UPDATE %s SET ", t->name);
    for (uint32_t i = t->key_count; i < t->column_count; i++) {
        if ((int32_t)i == t->version) {
            version = ++places;
            buf_printf(sql, "%sversion = version + 1", sets++ == 0 ? "" : ", ");
        } else if ((keep >> i & 1) == 0) {
            buf_printf(sql, "%s\"%s\" = ", sets++ == 0 ? "" : ", ", t->columns[i]);
            write_place(sql, &places);
        }
    }
    if (sets == 0) { /* nothing changes, but the row must be there */
        buf_printf(sql, "\"%s\" = $1", t->columns[0]);
    }
    write_key(sql, t);
    if (version > 0) {
        buf_printf(sql, " AND version = $%u", version);
    }
    buf_addz(sql, " RETURNING 1) SELECT 1 / count(*) FROM done");
}

static void write_delete(struct buf *sql, const struct store_table *t, bool guarded)
{
    buf_printf(sql, "%sDELETE FROM %s", guarded ? "WITH done AS (" : "", t->name);
    write_key(sql, t);
    if (guarded) {
        buf_printf(sql, " AND version = $%u RETURNING 1) SELECT 1 / count(*) FROM done", t->key_count + 1);
    }
}

static void write_guard(struct buf *sql, const struct store_table *t)
{
    buf_printf(sql, "SELECT 1 / count(*) FROM (SELECT 1 FROM %s", t->name);
    write_key(sql, t);
    buf_printf(sql, " AND version = $%u FOR SHARE) AS done", t->key_count + 1);
}

/* A row of this key that nobody will see. What is not key is a number that no other connection uses, for columns that
 * must differ; a text of digits is right for each kind of column. */
static void write_absent(struct buf *sql, const struct store_table *t, int process)
{
    buf_printf(sql, "INSERT INTO %s VALUES (", t->name);
    for (uint32_t i = 0; i < t->column_count; i++) {
        buf_addz(sql, i == 0 ? "" : ", ");
        if (i < t->key_count) {
            buf_printf(sql, "$%u", i + 1);
        } else {
            buf_printf(sql, "'-%d'", process);
        }
    }
    buf_addc(sql, ')');
}

/* `keep` of delete and guard: 1 when a version is compared. */
static void write_sql(const struct pg_session *x, struct buf *sql, const struct pg_cached *op)
{
    const struct store_table *t = store_table(op->table);
    switch ((enum store_op_kind)op->kind) {
    case STORE_OP_INSERT: write_insert(sql, t); break;
    case STORE_OP_UPDATE: write_update(sql, t, op->keep); break;
    case STORE_OP_PUT: write_put(sql, t); break;
    case STORE_OP_DELETE: write_delete(sql, t, op->keep != 0); break;
    case STORE_OP_GUARD:
        if (op->keep != 0) {
            write_guard(sql, t);
        } else {
            write_absent(sql, t, store__pq.backendPID(x->db));
        }
        break;
    case STORE_OP_WORDS: case STORE_OPS: break;
    }
}

/* ---- Statements ---- */

static void name_cached(const struct pg_cached *op, char ret[40])
{
    snprintf(ret, 40, "u%u_%u_%llx", op->kind, op->table, (unsigned long long)op->keep);
}

/* The place of a statement in the cache: where it is, or where it belongs. */
static struct pg_cached *place_of(struct pg_session *x, const struct pg_cached *op)
{
    uint64_t hash = (op->keep * 8 + op->kind) * 64 + op->table;
    uint32_t i = (uint32_t)(hash * 0x9E3779B97F4A7C15u >> 32) % PG_CACHE;
    for (; x->cache[i].kind != 0; i = (i + 1) % PG_CACHE) {
        const struct pg_cached *c = &x->cache[i];
        if (c->keep == op->keep && c->kind == op->kind && c->table == op->table) {
            break;
        }
    }
    return &x->cache[i];
}

static enum pg_trouble prepare_cached(struct pg_session *x, struct pg_cached op, struct error *err)
{
    struct pg_cached *place = place_of(x, &op);
    char name[40];
    if (place->kind != 0) {
        return PG_FINE;
    }
    struct buf sql = BUF_INIT(16 << 10);
    write_sql(x, &sql, &op);
    name_cached(&op, name);
    PGresult *res = store__pq.prepare(x->db, name, sql.ptr, 0, NULL);
    enum pg_trouble trouble = store__pg_trouble(x, res, err);
    store__pq.clear(res);
    buf_release(&sql);
    if (trouble == PG_FINE) {
        *place = op;
        x->cached++;
    }
    return trouble;
}

static int64_t last_number(const struct store_op *op, const int64_t *taken)
{
    struct store_value v = store_int(0);
    const char *p = op->values;
    for (uint32_t i = 0; i < op->count; i++) {
        p = store__next_value(p, taken, &v);
    }
    return v.number;
}

/* The statement of an operation. */
static struct pg_cached cached_of(const struct store_op *op, const int64_t *taken)
{
    bool by_key = op->kind == STORE_OP_DELETE || op->kind == STORE_OP_GUARD;
    uint64_t keep = by_key ? last_number(op, taken) != 0 : op->kind == STORE_OP_UPDATE ? op->keep : 0;
    return (struct pg_cached){ keep, op->kind, op->table };
}

static bool is_empty(const struct store_op *words)
{
    struct store_value v = store_text(STR(""));
    const char *p = words->values;
    for (uint32_t i = 0; i < words->count; i++) {
        p = store__next_value(p, NULL, &v);
    }
    return v.text.len == 0;
}

static enum pg_trouble prepare_op(struct pg_session *x, const struct store_op *op, const int64_t *taken,
                                  struct error *err)
{
    if (op->kind == STORE_OP_WORDS) {
        return store__pg_prepare(x, is_empty(op) ? PG_FORGET : PG_WORDS, err);
    }
    struct pg_cached c = cached_of(op, taken);
    enum pg_trouble trouble = prepare_cached(x, c, err);
    if (trouble == PG_FINE && c.kind == STORE_OP_GUARD && c.keep == 0) {
        trouble = prepare_cached(x, (struct pg_cached){ 0, STORE_OP_DELETE, c.table }, err);
    }
    return trouble;
}

static enum pg_trouble prepare_part(struct pg_session *x, const struct store_part *part, const int64_t *taken,
                                    struct error *err)
{
    const char *at = part->bytes, *end = at + part->len;
    enum pg_trouble trouble = PG_FINE;
    for (struct store_op op; trouble == PG_FINE && store__next_op(&at, end, &op);) {
        trouble = prepare_op(x, &op, taken, err);
    }
    return trouble;
}

/* All that a unit needs, before its pipeline begins. */
static enum pg_trouble prepare_unit(struct pg_session *x, const struct store_change *c, struct error *err)
{
    if (x->db != NULL && x->cached > PG_CACHE / 2) {
        enum pg_trouble trouble = store__pg_run(x, "DEALLOCATE ALL", err);
        memset(x->cache, 0, sizeof x->cache);
        memset(x->prepared, 0, sizeof x->prepared);
        x->cached = 0;
        if (trouble != PG_FINE) {
            return trouble;
        }
    }
    static const enum pg_fixed needed[] = { PG_BEGIN, PG_COMMIT, PG_COUNT, PG_SAVEPOINT, PG_RELEASE, PG_TAKE };
    enum pg_trouble trouble = PG_FINE;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0] && trouble == PG_FINE; i++) {
        trouble = store__pg_prepare(x, needed[i], err);
    }
    trouble = trouble == PG_FINE ? prepare_part(x, &c->plain, c->taken, err) : trouble;
    return trouble == PG_FINE ? prepare_part(x, &c->late, c->taken, err) : trouble;
}

/* ---- Sending ---- */

static void note_sent(struct unit *u, bool sent, uint8_t kind, uint8_t table)
{
    if (sent) {
        u->sent[u->count++] = (struct sent){ kind, table };
    } else if (u->trouble == PG_FINE) {
        u->trouble = store__pg_trouble(u->x, NULL, u->err);
    }
}

static void send_fixed(struct unit *u, enum pg_fixed which, const struct pg_params *p, uint8_t kind)
{
    if (u->trouble == PG_FINE) {
        note_sent(u, store__pg_send(u->x, which, p), kind, 0);
    }
}

static void send_cached(struct unit *u, const struct pg_cached *op, const struct pg_params *p)
{
    char name[40];
    name_cached(op, name);
    if (u->trouble == PG_FINE) {
        bool sent = store__pq.sendQueryPrepared(u->x->db, name, p->count, p->values, p->lengths, p->formats, 1) == 1;
        note_sent(u, sent, op->kind, op->table);
    }
}

/* The values of an operation that its statement has places for. */
static void fill(struct pg_params *p, const struct store_op *op, const struct pg_cached *cached, const int64_t *taken)
{
    const struct store_table *t = store_table(op->table);
    bool by_key = op->kind == STORE_OP_DELETE || op->kind == STORE_OP_GUARD;
    const char *at = op->values;
    for (uint32_t i = 0; i < op->count; i++) {
        struct store_value v;
        at = store__next_value(at, taken, &v);
        bool skip = v.kind == STORE_KEEP || (by_key && i + 1 == op->count && cached->keep == 0) ||
                    (op->kind == STORE_OP_INSERT && (int32_t)i == t->version);
        if (!skip) {
            store__pg_add(p, &v);
        }
    }
}

static void send_words(struct unit *u, const struct store_op *op)
{
    struct pg_params p = { .count = 0 };
    const char *at = op->values;
    for (uint32_t i = 0; i < op->count; i++) {
        struct store_value v;
        at = store__next_value(at, u->c->taken, &v);
        store__pg_add(&p, &v);
    }
    bool forget = is_empty(op);
    p.count -= forget;
    send_fixed(u, forget ? PG_FORGET : PG_WORDS, &p, STORE_OP_WORDS);
}

static void send_op(struct unit *u, const struct store_op *op)
{
    struct pg_params p = { .count = 0 };
    if (op->kind == STORE_OP_WORDS) {
        send_words(u, op);
        return;
    }
    struct pg_cached cached = cached_of(op, u->c->taken);
    fill(&p, op, &cached, u->c->taken);
    send_cached(u, &cached, &p);
    if (cached.kind == STORE_OP_GUARD && cached.keep == 0) {
        send_cached(u, &(struct pg_cached){ 0, STORE_OP_DELETE, op->table }, &p);
    }
}

static void send_part(struct unit *u, const struct store_part *part)
{
    const char *at = part->bytes, *end = at + part->len;
    for (struct store_op op; u->trouble == PG_FINE && store__next_op(&at, end, &op);) {
        send_op(u, &op);
    }
}

static str series_name(const struct store_change *c, uint32_t number)
{
    struct store_value name = store_text(STR(""));
    const char *at = c->series.bytes;
    for (uint32_t i = 0; i <= number; i++) {
        at = store__next_value(at, NULL, &name);
    }
    return name.text;
}

/* In the order of their names, so that two units do not wait for each other; of one series in the order asked for. */
static void send_series(struct unit *u)
{
    for (uint32_t i = 0; i < u->c->take_count; i++) {
        str name = series_name(u->c, i);
        uint32_t at = i;
        for (; at > 0 && str_cmp(series_name(u->c, u->order[at - 1]), name) > 0; at--) {
            u->order[at] = u->order[at - 1];
        }
        u->order[at] = i;
    }
    for (uint32_t i = 0; i < u->c->take_count; i++) {
        struct pg_params p = { .count = 0 };
        struct store_value name = store_text(series_name(u->c, u->order[i]));
        store__pg_add(&p, &name);
        send_fixed(u, PG_TAKE, &p, STORE_OPS);
    }
}

/* ---- Results ---- */

/* A result of the pipeline; NULL: the connection is lost. Each is followed by a NULL, but that of a synchronisation. */
static PGresult *next_result(struct pg_session *x)
{
    PGresult *res = x->db == NULL ? NULL : store__pq.getResult(x->db);
    if (res != NULL && store__pq.resultStatus(res) != PGRES_PIPELINE_SYNC) {
        for (PGresult *more; (more = store__pq.getResult(x->db)) != NULL;) {
            store__pq.clear(more);
        }
    }
    return res;
}

static void read_one(struct unit *u)
{
    struct sent what = u->sent[u->read++];
    PGresult *res = next_result(u->x);
    if (res == NULL || store__pq.resultStatus(res) != PGRES_PIPELINE_ABORTED) {
        enum pg_trouble trouble = store__pg_trouble(u->x, res, u->trouble == PG_FINE ? u->err : NULL);
        if (u->trouble == PG_FINE || trouble == PG_LOST) {
            u->trouble = trouble;
            u->culprit = what;
        }
        if (trouble == PG_FINE && what.kind == STORE_OPS) {
            u->c->taken[u->order[u->taken++]] = store__pg_number(res, 0, 0);
        }
    }
    store__pq.clear(res);
}

static void read_sent(struct unit *u)
{
    while (u->read < u->count && u->trouble != PG_LOST) {
        read_one(u);
    }
}

/* Ends the pipeline: the rest of the results, and the synchronisation. */
static void end_pipeline(struct unit *u)
{
    struct pg_session *x = u->x;
    if (u->trouble != PG_LOST && store__pq.pipelineSync(x->db) != 1) {
        u->trouble = store__pg_trouble(x, NULL, u->err);
    }
    read_sent(u);
    if (u->trouble != PG_LOST) {
        PGresult *res = next_result(x);
        if (res == NULL || store__pq.resultStatus(res) != PGRES_PIPELINE_SYNC || !store__pq.exitPipelineMode(x->db)) {
            u->trouble = store__pg_trouble(x, NULL, u->err);
        }
        store__pq.clear(res);
    }
    if (u->trouble == PG_LOST) {
        store__pg_disconnect(x);
    }
}

/* Asks for the results so far and reads them, within the pipeline. */
static void read_early(struct unit *u)
{
    if (u->trouble == PG_FINE && (!store__pq.sendFlushRequest(u->x->db) || store__pq.flush(u->x->db) != 0)) {
        u->trouble = store__pg_trouble(u->x, NULL, u->err);
    }
    read_sent(u);
}

/* ---- Units ---- */

static bool takes(const struct store_change *c)
{
    return c->take_count > 0 && !c->replay;
}

static uint32_t series_of(const struct store_change *c)
{
    return str_hash((str){ c->series.bytes, c->series.len }) | 1;
}

static void play(struct unit *u, bool saved)
{
    struct pg_session *x = u->x;
    if (!store__pq.enterPipelineMode(x->db)) {
        u->trouble = store__pg_trouble(x, NULL, u->err);
        return;
    }
    if (!x->open) {
        send_fixed(u, PG_BEGIN, NULL, 0);
    } else if (saved) {
        send_fixed(u, PG_SAVEPOINT, NULL, 0);
    }
    send_part(u, &u->c->plain);
    if (takes(u->c)) {
        send_series(u);
        read_early(u);
    }
    send_part(u, &u->c->late);
    if (saved) {
        send_fixed(u, PG_RELEASE, NULL, 0);
    }
    end_pipeline(u);
}

/* Undoes a unit that failed. Where it was the first, all of the transaction; the next begins it anew. */
static enum pg_trouble undo(struct pg_session *x, bool saved)
{
    enum pg_trouble trouble = store__pg_run(x, saved ? "ROLLBACK TO unit; RELEASE unit" : "ROLLBACK", NULL);
    x->open = x->open && saved;
    return trouble;
}

/* One attempt. PG_LOST: all of the transaction is. */
static enum pg_trouble attempt(struct pg_session *x, struct store_change *c, struct store_result *r,
                               struct sent *ret_culprit)
{
    struct unit u = { .x = x, .c = c, .err = &r->error };
    bool saved = x->units > 0;
    u.trouble = prepare_unit(x, c, &r->error);
    if (u.trouble != PG_FINE) {
        return u.trouble;
    }
    play(&u, saved);
    *ret_culprit = u.culprit;
    if (u.trouble == PG_FINE) {
        x->open = true;
        x->units++;
        x->series = takes(c) ? series_of(c) : x->series;
    } else if (u.trouble != PG_LOST) {
        x->open = true;
        if (undo(x, saved) != PG_FINE) {
            return PG_LOST;
        }
    }
    return u.trouble;
}

static enum store_outcome stale(uint8_t table, struct store_result *r)
{
    r->table = table;
    error_set(&r->error, ERROR_INVALID, "somebody else has changed this meanwhile");
    error_detail(&r->error, "%s", store_table(table)->name);
    return STORE_STALE;
}

static enum store_outcome outcome_of(struct store *s, enum pg_trouble trouble, struct sent culprit,
                                     struct store_result *r)
{
    r->table = culprit.table;
    switch (trouble) {
    case PG_FINE: return STORE_DONE;
    case PG_STALE: return stale(culprit.table, r);
    case PG_TWICE:
        error_detail(&r->error, "%s", store_table(culprit.table)->name);
        return culprit.kind == STORE_OP_GUARD ? stale(culprit.table, r) : STORE_EXISTS;
    case PG_CONFLICT: return STORE_FULL;
    case PG_LOST: case PG_FULL: return note_unable(s, &r->error);
    case PG_LATE: case PG_OTHER: break;
    }
    return STORE_REFUSED;
}

/* Two servers that wait for each other are timed out together: who would try again in step would meet again. */
static void step_aside(uint32_t tries)
{
    uint16_t dice = 0;
    if (getrandom(&dice, sizeof dice, 0) != sizeof dice) {
        abort();
    }
    long most = (long)LIMIT_STORE_PG_LOCK_MS * 1000000 / LIMIT_STORE_PG_TRIES * tries;
    nanosleep(&(struct timespec){ .tv_nsec = most / (UINT16_MAX + 1) * dice }, NULL);
}

/* Whether to try once more after this trouble; *ret_again: not now, but when those before are committed or applied
 * again. */
static bool must_retry(struct store *s, struct pg_session *x, enum pg_trouble trouble, uint32_t before, uint32_t tries,
                       struct store_result *r, bool *ret_again)
{
    *ret_again = (trouble == PG_CONFLICT || trouble == PG_LOST) && before > 0;
    if (trouble == PG_LOST && before > 0) {
        x->wanted = false;
    }
    if (*ret_again || tries >= LIMIT_STORE_PG_TRIES) {
        return false;
    }
    if (trouble == PG_CONFLICT) {
        step_aside(tries);
    }
    return trouble == PG_CONFLICT || (trouble == PG_LOST && store__pg_connect(s, x, false, &r->error) == OK);
}

enum store_outcome store__pg_apply(struct store *s, struct store_change *c, struct store_result *r)
{
    struct pg_session *x = store__pg_writer(s);
    struct sent culprit = { 0, 0 };
    enum pg_trouble trouble;
    bool again = takes(c) && x->series != 0 && x->series != series_of(c);
    if (again) {
        return STORE_AGAIN;
    }
    uint32_t tries = 0, before = x->units;
    do {
        trouble = x->db == NULL && store__pg_connect(s, x, false, &r->error) != OK ? PG_LOST
                                                                                   : attempt(x, c, r, &culprit);
    } while (must_retry(s, x, trouble, before, ++tries, r, &again));
    return again ? STORE_AGAIN : outcome_of(s, trouble, culprit, r);
}

/* ---- Transactions ---- */

static void close_transaction(struct pg_session *x)
{
    x->wanted = x->open = false;
    x->units = x->series = 0;
}

/* BEGIN goes out with the first unit. */
enum store_outcome store__pg_begin(struct store *s, struct error *err)
{
    struct pg_session *x = store__pg_writer(s);
    struct error own = { .lang = LANG_EN };
    err = err == NULL ? &own : err;
    close_transaction(x);
    if (store__pg_connect(s, x, false, err) != OK) {
        return note_unable(s, err);
    }
    x->wanted = true;
    return STORE_DONE;
}

enum pg_trouble store__pg_open(struct pg_session *x, struct error *err)
{
    PGresult *res = NULL;
    enum pg_trouble trouble = x->open ? PG_FINE : store__pg_call(x, PG_BEGIN, NULL, 0, &res, err);
    store__pq.clear(res);
    x->open = trouble == PG_FINE;
    return trouble;
}

bool store__pg_live(struct store *s)
{
    return store__pg_writer(s)->wanted;
}

void store__pg_rollback(struct store *s)
{
    struct pg_session *x = store__pg_writer(s);
    if (x->open) {
        store__pg_run(x, "ROLLBACK", NULL);
    }
    close_transaction(x);
}

/* Lost here means: nobody knows. An error that the server tells means: it was undone. */
enum store_outcome store__pg_commit(struct store *s, int64_t *ret_commit, struct error *err)
{
    struct pg_session *x = store__pg_writer(s);
    struct error own = { .lang = LANG_EN };
    struct store_change none = { .take_count = 0 };
    struct unit u = { .x = x, .c = &none, .err = err == NULL ? &own : err };
    int64_t number = 0;
    u.trouble = store__pg_open(x, u.err);
    u.trouble = u.trouble == PG_FINE ? prepare_unit(x, &none, u.err) : u.trouble;
    if (u.trouble == PG_FINE && store__pq.enterPipelineMode(x->db)) {
        none.taken = &number;
        send_fixed(&u, PG_COUNT, NULL, STORE_OPS);
        send_fixed(&u, PG_COMMIT, NULL, 0);
        end_pipeline(&u);
    }
    if (u.trouble == PG_FINE) {
        *ret_commit = number;
    } else if (u.trouble != PG_LOST) {
        store__pg_run(x, "ROLLBACK", NULL);
    }
    close_transaction(x);
    return u.trouble == PG_FINE ? STORE_DONE : u.trouble == PG_LOST ? STORE_UNKNOWN : note_unable(s, u.err);
}

/* Whether it can be written again. A disk that was full is tried with the next unit. */
bool store__pg_probe(struct store *s)
{
    return store__pg_connect(s, store__pg_writer(s), false, NULL) == OK;
}

void store__pg_forget(struct store *s)
{
    struct pg_session *x = store__pg_writer(s);
    if (x->db != NULL) {
        store__pg_run(x, "DEALLOCATE ALL", NULL);
        memset(x->cache, 0, sizeof x->cache);
        memset(x->prepared, 0, sizeof x->prepared);
        x->cached = 0;
    }
}

/* ---- Requests of the store itself: one statement each ---- */

/* They have no savepoints: what fails takes those before it along, and they are applied again. */
static enum store_outcome serve(struct store *s, enum pg_fixed which, const struct store_value *values, uint32_t count,
                                PGresult **ret, struct store_result *r)
{
    struct pg_session *x = store__pg_writer(s);
    enum pg_trouble trouble;
    bool again = false;
    uint32_t tries = 0, before = x->units;
    do {
        trouble = x->db == NULL && store__pg_connect(s, x, false, &r->error) != OK ? PG_LOST
                                                                                   : store__pg_open(x, &r->error);
        trouble = trouble == PG_FINE ? store__pg_call(x, which, values, count, ret, &r->error) : trouble;
        if (trouble != PG_FINE && x->open) {
            store__pg_run(x, "ROLLBACK", NULL);
            x->open = false;
        }
    } while (must_retry(s, x, trouble, before, ++tries, r, &again));
    if (trouble == PG_FINE) {
        x->units++;
    } else if (before > 0) {
        x->wanted = false;
        x->units = 0;
    }
    return again ? STORE_AGAIN : outcome_of(s, trouble, (struct sent){ 0, 0 }, r);
}

enum store_outcome store__pg_ids(struct store *s, int64_t count, int64_t *ret, struct store_result *r)
{
    PGresult *res = NULL;
    enum store_outcome outcome = serve(s, PG_IDS, (struct store_value[]){ store_int(count) }, 1, &res, r);
    if (outcome == STORE_DONE) {
        *ret = store__pg_number(res, 0, 0);
    }
    store__pq.clear(res);
    return outcome;
}

enum store_outcome store__pg_lease(struct store *s, str name, str holder, int64_t now, int64_t until, bool *ret,
                                   struct store_result *r)
{
    const struct store_value values[] = { store_text(name), store_text(holder), store_int(now), store_int(until) };
    PGresult *res = NULL;
    enum store_outcome outcome = serve(s, PG_LEASE, values, 4, &res, r);
    *ret = outcome == STORE_DONE && store__pq.ntuples(res) > 0;
    store__pq.clear(res);
    return outcome;
}

enum store_outcome store__pg_pop(struct store *s, struct store_pop *pop, struct store_result *r)
{
    const struct store_value values[] = { store_text(pop->queue), store_int(pop->now), store_int(pop->max),
                                          store_int(pop->until), store_text(pop->holder) };
    PGresult *res = NULL;
    enum store_outcome outcome = serve(s, PG_POP, values, 5, &res, r);
    int rows = outcome == STORE_DONE ? store__pq.ntuples(res) : 0;
    for (int i = 0; i < rows; i++) {
        str body = { store__pq.getvalue(res, i, 5), (size_t)store__pq.getlength(res, i, 5) };
        pop->items[pop->count++] = (struct store_item){
            .id = store__pg_number(res, i, 0),
            .version = store__pg_number(res, i, 1),
            .tries = store__pg_number(res, i, 2),
            .dossier = store__pg_number(res, i, 3),
            .wait = store__pg_number(res, i, 4),
            .body = arena_str(pop->arena, body),
        };
    }
    store__pq.clear(res);
    return outcome;
}
