/* postgres: the PostgreSQL back end: opening, the schema, and the table of its methods.
 *
 * The tables stand in the first schema of the search path, which the URL may set (?options=-csearch_path%3Dname).
 * Any number of servers may use one database. Each has six connections that write, up to STORE_PG_BLOBS for blobs, and
 * up to STORE_VIEWS that read. What SQLite's lock of the directory is for, locks of rows are for here; only migrating
 * is done by one at a time, under an advisory lock.
 */
#include "base/limit.h"
#include "store/postgres_int.h"

#include <stdio.h>

/* ---- Opening ---- */

bool store__is_postgres(const char *where)
{
    str url = str_of(where);
    return str_starts_with(url, STR("postgres://")) || str_starts_with(url, STR("postgresql://"));
}

/* The first column of the first row as text, cut at `size`; empty when there is none. */
static enum pg_trouble ask(struct pg_session *x, const char *sql, char *ret, size_t size, struct error *err)
{
    PGresult *res = x->db == NULL ? NULL : store__pq.exec(x->db, sql);
    enum pg_trouble trouble = store__pg_trouble(x, res, err);
    if (trouble == PG_FINE) {
        snprintf(ret, size, "%s", store__pq.ntuples(res) > 0 ? store__pq.getvalue(res, 0, 0) : "");
    }
    store__pq.clear(res);
    return trouble;
}

static enum error_code refuse_missing(struct error *err)
{
    enum error_code code = error_set(err, ERROR_MISSING, "there are no data");
    error_hint(err, "\"gongshi init %s\" makes them", "postgres://…");
    return code;
}

/* Makes the first schema of the search path when there is none yet. */
static enum error_code make_schema(struct pg_session *x, struct error *err)
{
    static const char find[] = "SELECT coalesce(current_schema()::text, '')";
    static const char make[] =
        "DO $$ BEGIN EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', replace(trim(BOTH ' \"' FROM "
        "split_part(current_setting('search_path'), ',', 1)), '$user', current_user::text)); END $$";
    char name[128];
    if (ask(x, find, name, sizeof name, err) != PG_FINE) {
        return err->code;
    }
    return name[0] != '\0' || store__pg_run(x, make, err) == PG_FINE ? OK : err->code;
}

/* Held until the first writer begins: whoever opens the database meanwhile waits, and finds it migrated. */
static enum error_code lock_database(struct pg_session *x, struct error *err)
{
    static const char lock[] = "SET lock_timeout = 0; SELECT pg_advisory_lock(1735616615)";
    char sql[64];
    snprintf(sql, sizeof sql, "SET lock_timeout = %d", LIMIT_STORE_PG_LOCK_MS);
    return store__pg_run(x, lock, err) == PG_FINE && store__pg_run(x, sql, err) == PG_FINE ? OK : err->code;
}

static enum error_code connect_all(struct store *s, struct error *err)
{
    struct postgres *p = s->back;
    struct pg_session *x = &p->writers[0];
    char found[16];
    enum error_code code = store__pg_load(err);
    code = code == OK ? store__pg_connect(s, x, false, err) : code;
    code = code == OK ? lock_database(x, err) : code;
    code = code == OK && s->config.create ? make_schema(x, err) : code;
    if (code != OK) {
        return code;
    }
    snprintf(p->version, sizeof p->version, "%s", store__pq.parameterStatus(x->db, "server_version"));
    if (ask(x, "SELECT to_regclass('meta') IS NOT NULL", found, sizeof found, err) != PG_FINE) {
        return err->code;
    }
    return found[0] == 't' || s->config.create ? OK : refuse_missing(err);
}

static enum error_code open_postgres(struct store *s, struct error *err)
{
    struct error own = { .lang = err == NULL ? LANG_EN : err->lang };
    struct postgres *p = ARENA_NEW(&s->arena, struct postgres);
    s->back = p;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->came_back, NULL);
    enum error_code code = s->config.ship == NULL ? connect_all(s, &own)
                                                  : error_set(&own, ERROR_INVALID, "a change log is kept only of a "
                                                                                   "data directory");
    if (s->config.ship != NULL) {
        error_hint(&own, "let PostgreSQL archive its own log");
    }
    if (code != OK && err != NULL) {
        *err = own;
    }
    return code;
}

static void close_postgres(struct store *s)
{
    struct postgres *p = s->back;
    for (uint32_t i = 0; i < PG_WRITERS; i++) {
        store__pg_disconnect(&p->writers[i]);
    }
    for (struct pg_session *x = p->idle; x != NULL; x = x->next) {
        store__pg_disconnect(x);
    }
    pthread_cond_destroy(&p->came_back);
    pthread_mutex_destroy(&p->lock);
}

/* ---- Schema ---- */

static enum error_code get_schema(struct store *s, int64_t *ret, struct error *err)
{
    struct pg_session *x = store__pg_writer(s);
    struct error own = { .lang = err == NULL ? LANG_EN : err->lang };
    char found[16];
    int64_t schema = 0;
    enum pg_trouble trouble = ask(x, "SELECT to_regclass('meta') IS NOT NULL", found, sizeof found, &own);
    if (trouble == PG_FINE && found[0] == 't') {
        PGresult *res = store__pq.exec(x->db, "SELECT value::int4 FROM meta WHERE name = 'schema'");
        trouble = store__pg_trouble(x, res, &own);
        const char *digits = trouble == PG_FINE && store__pq.ntuples(res) > 0 ? store__pq.getvalue(res, 0, 0) : "";
        for (; *digits >= '0' && *digits <= '9'; digits++) {
            schema = schema * 10 + (*digits - '0');
        }
        store__pq.clear(res);
    }
    if (trouble != PG_FINE) {
        if (err != NULL) {
            *err = own;
        }
        return own.code;
    }
    *ret = schema;
    return OK;
}

/* A copy of all tables but the pieces of blobs, which no migration changes, in a schema beside. */
static enum error_code save(struct store *s, int64_t schema, struct error *err)
{
    struct error own = { .lang = err == NULL ? LANG_EN : err->lang };
    struct buf sql = BUF_INIT(4096);
    buf_printf(&sql,
               "DO $$ DECLARE t record; old text := current_schema(); new text := old || '_before_upgrade_of_%lld'; "
               "BEGIN EXECUTE format('DROP SCHEMA IF EXISTS %%I CASCADE', new); "
               "EXECUTE format('CREATE SCHEMA %%I', new); "
               "FOR t IN SELECT tablename AS name FROM pg_tables WHERE schemaname = old AND tablename <> 'store_piece' "
               "LOOP EXECUTE format('CREATE TABLE %%I.%%I (LIKE %%I.%%I INCLUDING ALL)', new, t.name, old, t.name); "
               "EXECUTE format('INSERT INTO %%I.%%I SELECT * FROM %%I.%%I', new, t.name, old, t.name); "
               "END LOOP; END $$",
               (long long)schema);
    enum pg_trouble trouble = store__pg_run(store__pg_writer(s), sql.ptr, &own);
    buf_release(&sql);
    if (trouble != PG_FINE && err != NULL) {
        *err = own;
    }
    return trouble == PG_FINE ? OK : own.code;
}

static enum error_code exec(struct store *s, const char *sql, struct error *err)
{
    struct pg_session *x = store__pg_writer(s);
    struct error own = { .lang = err == NULL ? LANG_EN : err->lang };
    enum pg_trouble trouble = store__pg_open(x, &own);
    trouble = trouble == PG_FINE ? store__pg_run(x, sql, &own) : trouble;
    if (trouble != PG_FINE && err != NULL) {
        *err = own;
    }
    return trouble == PG_FINE ? OK : own.code;
}

/* Pieces are kept as they are: most attachments are compressed, and a piece of them is read without the rest. */
static enum error_code extend(struct store *s, struct error *err)
{
    return exec(s, "CREATE SEQUENCE IF NOT EXISTS store_commit; CREATE SEQUENCE IF NOT EXISTS store_blob_number;"
                   "CREATE TABLE IF NOT EXISTS store_word (kind TEXT COLLATE \"C\" NOT NULL, id BIGINT NOT NULL, "
                   "words tsvector NOT NULL, PRIMARY KEY (kind, id));"
                   "CREATE INDEX IF NOT EXISTS store_word_words ON store_word USING gin (words);"
                   "CREATE TABLE IF NOT EXISTS store_blob (hash TEXT COLLATE \"C\" PRIMARY KEY, "
                   "number BIGINT NOT NULL, size BIGINT NOT NULL);"
                   "CREATE TABLE IF NOT EXISTS store_piece (blob BIGINT NOT NULL, place BIGINT NOT NULL, "
                   "bytes BYTEA NOT NULL, PRIMARY KEY (blob, place));"
                   "ALTER TABLE store_piece ALTER COLUMN bytes SET STORAGE EXTERNAL",
                err);
}

static enum error_code compare(struct store *s, const struct store_table *t, struct error *err)
{
    struct pg_session *x = store__pg_writer(s);
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT * FROM %s LIMIT 0", t->name);
    PGresult *res = x->db == NULL ? NULL : store__pq.exec(x->db, sql);
    bool same = store__pg_trouble(x, res, NULL) == PG_FINE && (uint32_t)store__pq.nfields(res) == t->column_count;
    for (uint32_t i = 0; same && i < t->column_count; i++) {
        same = strcmp(store__pq.fname(res, (int)i), t->columns[i]) == 0;
    }
    store__pq.clear(res);
    if (!same) {
        error_set(err, ERROR_INVALID, "a table of the database has other columns than this program knows");
        error_detail(err, "%s", t->name);
        return ERROR_INVALID;
    }
    return OK;
}

static void describe(const struct store *s, struct buf *out)
{
    const struct postgres *p = s->back;
    buf_printf(out, "PostgreSQL %.*s", (int)strcspn(p->version, " "), p->version);
}

static void idle(struct store *s)
{
    (void)s; /* autovacuum is PostgreSQL's own affair */
}

/* The requests of the store itself do not wait for units, nor bulk units for others. */
static const uint8_t lanes[PG_WRITERS] = {
    1 << STORE_SERVICE, 1 << STORE_BULK, 1 << STORE_INTERACTIVE, 1 << STORE_INTERACTIVE, 1 << STORE_INTERACTIVE,
    1 << STORE_INTERACTIVE,
};

const struct store_backend store__postgres = {
    .dialect = { "BIGINT", "TEXT COLLATE \"C\"", "BYTEA", "", "" },
    .writers = PG_WRITERS,
    .lanes = lanes,
    .batch = LIMIT_STORE_PG_BATCH,
    .enter = store__pg_enter,
    .unable = store__pg_unable,
    .open = open_postgres,
    .close = close_postgres,
    .schema = get_schema,
    .save = save,
    .exec = exec,
    .extend = extend,
    .compare = compare,
    .describe = describe,
    .begin = store__pg_begin,
    .apply = store__pg_apply,
    .live = store__pg_live,
    .commit = store__pg_commit,
    .rollback = store__pg_rollback,
    .probe = store__pg_probe,
    .idle = idle,
    .forget = store__pg_forget,
    .ids = store__pg_ids,
    .lease = store__pg_lease,
    .pop = store__pg_pop,
    .view_new = store__pg_view_new,
    .view_free = store__pg_view_free,
    .view_begin = store__pg_view_begin,
    .view_end = store__pg_view_end,
    .view_forget = store__pg_view_forget,
    .query = store__pg_query,
    .next = store__pg_next,
    .column_int = store__pg_column_int,
    .column_text = store__pg_column_text,
    .rows_end = store__pg_rows_end,
    .search = store__pg_search,
    .blob_put = store__pg_blob_put,
    .blob_read = store__pg_blob_read,
    .blob_size = store__pg_blob_size,
    .blob_erase = store__pg_blob_erase,
};
