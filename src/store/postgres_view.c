/* postgres_view: the readers' side of the PostgreSQL back end: connections that cannot write, with their statements
 * kept by the address of the SQL text. The rows of a query come all at once, so that others may be asked for before its
 * end.
 */
#include "base/limit.h"
#include "store/postgres_int.h"

#include <stdio.h>

/* A statement, prepared for values of these kinds. */
struct statement {
    const char *sql;
    uint64_t kinds;
    uint32_t number; /* of its name */
    struct statement *next;
};

struct rows {
    struct store_rows base;
    PGresult *res; /* NULL: none */
    int row, count;
    struct arena scratch; /* numbers of this row as text */
    struct rows *next; /* among the spare ones */
};

enum { PLACES = 256 };

struct view {
    struct store_view base;
    struct arena arena; /* holds the struct too */
    struct pg_session session;
    struct statement *places[PLACES], *spare_statements;
    struct rows *spare_rows;
    uint32_t kept, made;
    bool ending; /* the end of the last transaction was sent, its answer not read yet */
};

/* ---- The view ---- */

static void view_trouble(struct view *v, const PGresult *res)
{
    struct error err = { .lang = v->base.error.lang };
    enum pg_trouble trouble = store__pg_trouble(&v->session, res, &err);
    if (trouble != PG_FINE) {
        store__view_fail(&v->base, &err);
    }
}

static void copy_failure(struct pg_session *to, const struct pg_session *from)
{
    to->failed = from->failed;
    to->retry_at = from->retry_at;
    to->pause_ms = from->pause_ms;
}

static enum error_code connect_view(struct view *v, struct error *err)
{
    struct postgres *p = v->base.store->back;
    pthread_mutex_lock(&p->lock);
    copy_failure(&v->session, &p->door);
    pthread_mutex_unlock(&p->lock);
    enum error_code code = store__pg_connect(v->base.store, &v->session, true, err);
    pthread_mutex_lock(&p->lock);
    copy_failure(&p->door, &v->session);
    pthread_mutex_unlock(&p->lock);
    return code;
}

enum error_code store__pg_view_new(struct store *s, struct store_view **ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct view *v = ARENA_NEW(&a, struct view);
    v->arena = a;
    v->base.store = s;
    enum error_code code = connect_view(v, err);
    if (code != OK) {
        store__pg_view_free(&v->base);
        return code;
    }
    *ret = &v->base;
    return OK;
}

void store__pg_view_free(struct store_view *view)
{
    struct view *v = (struct view *)view;
    store__pg_disconnect(&v->session);
    for (struct rows *r = v->spare_rows; r != NULL; r = r->next) {
        arena_release(&r->scratch);
    }
    struct arena a = v->arena;
    arena_release(&a);
}

static void forget_statements(struct view *v)
{
    for (uint32_t i = 0; i < PLACES; i++) {
        while (v->places[i] != NULL) {
            struct statement *t = v->places[i];
            v->places[i] = t->next;
            t->next = v->spare_statements;
            v->spare_statements = t;
        }
    }
    v->kept = 0;
}

/* Reads the answer to the end of the last transaction; false: the connection is lost. */
static bool finish_ending(struct view *v)
{
    bool good = v->session.db != NULL;
    while (good && v->ending) {
        PGresult *res = store__pq.getResult(v->session.db);
        v->ending = res != NULL;
        good = res == NULL || store__pg_trouble(&v->session, res, NULL) == PG_FINE;
        store__pq.clear(res);
    }
    v->ending = false;
    return good;
}

/* The first query of a transaction fixes the picture. A connection may have been lost while it lay in the pool. */
enum error_code store__pg_view_begin(struct store_view *view, struct error *err)
{
    struct view *v = (struct view *)view;
    struct error own = { .lang = err == NULL ? LANG_EN : err->lang };
    enum pg_trouble trouble = PG_LOST;
    for (int tries = 0; trouble == PG_LOST && tries < 2; tries++) {
        if (!finish_ending(v)) {
            store__pg_disconnect(&v->session);
            forget_statements(v);
            if (connect_view(v, &own) != OK) {
                break;
            }
        }
        trouble = store__pg_run(&v->session, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1", &own);
    }
    if (trouble != PG_FINE && err != NULL) {
        *err = own;
    }
    return trouble == PG_FINE ? OK : own.code;
}

void store__pg_view_forget(struct store_view *view)
{
    struct view *v = (struct view *)view;
    if (v->kept > 0 && finish_ending(v)) {
        store__pg_run(&v->session, "DEALLOCATE ALL", NULL);
    }
    forget_statements(v);
}

/* Nobody waits for the answer: it is read when the view is taken next. */
void store__pg_view_end(struct store_view *view)
{
    struct view *v = (struct view *)view;
    if (v->kept > LIMIT_STORE_STATEMENTS) {
        store__pg_run(&v->session, "ROLLBACK; DEALLOCATE ALL", NULL);
        forget_statements(v);
    } else if (v->session.db != NULL) {
        v->ending = store__pq.sendQuery(v->session.db, "ROLLBACK") == 1;
    }
}

/* ---- Statements ---- */

static uint64_t kinds_of(const struct store_value *args, uint32_t count)
{
    uint64_t kinds = count;
    for (uint32_t i = 0; i < count; i++) {
        kinds = kinds * 3 + (uint64_t)args[i].kind;
    }
    return kinds;
}

/* The text with $1, $2 … for each ?; what stands in quotation marks stays. */
static void number_places(const char *sql, struct buf *out)
{
    uint32_t places = 0;
    char quote = '\0';
    for (; *sql != '\0'; sql++) {
        quote = quote == '\0' && (*sql == '\'' || *sql == '"') ? *sql : quote == *sql ? '\0' : quote;
        if (*sql == '?' && quote == '\0') {
            buf_printf(out, "$%u", ++places);
        } else {
            buf_addc(out, *sql);
        }
    }
}

static void name_of(const struct statement *t, char ret[24])
{
    snprintf(ret, 24, "v%u", t->number);
}

static bool prepare(struct view *v, const struct statement *t, const struct store_value *args, uint32_t count)
{
    enum { INT8 = 20, TEXT = 25, BYTEA = 17 };
    Oid types[64];
    char name[24];
    struct buf sql = BUF_INIT(64 << 10);
    for (uint32_t i = 0; i < count; i++) {
        types[i] = args[i].kind == STORE_INT ? INT8 : args[i].kind == STORE_TEXT ? TEXT : BYTEA;
    }
    number_places(t->sql, &sql);
    name_of(t, name);
    PGresult *res = v->session.db == NULL ? NULL : store__pq.prepare(v->session.db, name, sql.ptr, (int)count, types);
    view_trouble(v, res);
    store__pq.clear(res);
    buf_release(&sql);
    return v->base.error.code == OK;
}

/* The prepared statement of this text, or NULL with the error in the view. */
static struct statement *find(struct view *v, const char *sql, const struct store_value *args, uint32_t count)
{
    uint32_t place = (uint32_t)((uint64_t)(uintptr_t)sql * 0x9E3779B97F4A7C15u >> 56) % PLACES;
    uint64_t kinds = kinds_of(args, count);
    for (struct statement *t = v->places[place]; t != NULL; t = t->next) {
        if (t->sql == sql && t->kinds == kinds) {
            return t;
        }
    }
    struct statement *t = v->spare_statements;
    if (t != NULL) {
        v->spare_statements = t->next;
    } else {
        t = ARENA_NEW(&v->arena, struct statement);
    }
    *t = (struct statement){ sql, kinds, ++v->made, NULL };
    bool good = prepare(v, t, args, count);
    struct statement **list = good ? &v->places[place] : &v->spare_statements;
    t->next = *list;
    *list = t;
    v->kept += good;
    return good ? t : NULL;
}

/* ---- Rows ---- */

static PGresult *run(struct view *v, const struct statement *t, const struct store_value *args, uint32_t count)
{
    struct pg_params p = { .count = 0 };
    char name[24];
    for (uint32_t i = 0; i < count; i++) {
        store__pg_add(&p, &args[i]);
    }
    name_of(t, name);
    PGresult *res = store__pq.execPrepared(v->session.db, name, p.count, p.values, p.lengths, p.formats, 1);
    view_trouble(v, res);
    if (v->base.error.code != OK) {
        store__pq.clear(res);
        return NULL;
    }
    return res;
}

struct store_rows *store__pg_query(struct store_view *view, const char *sql, const struct store_value *args,
                                   uint32_t count)
{
    struct view *v = (struct view *)view;
    struct rows *r = v->spare_rows;
    if (r != NULL) {
        v->spare_rows = r->next;
    } else {
        r = ARENA_NEW(&v->arena, struct rows);
    }
    *r = (struct rows){ .base.view = view, .row = -1, .scratch = r->scratch };
    if (view->error.code == OK && !store__view_late(view)) {
        const struct statement *t = find(v, sql, args, count);
        r->res = t == NULL ? NULL : run(v, t, args, count);
        r->count = r->res == NULL ? 0 : store__pq.ntuples(r->res);
    }
    return &r->base;
}

bool store__pg_next(struct store_rows *rows)
{
    struct rows *r = (struct rows *)rows;
    arena_clear(&r->scratch);
    return rows->view->error.code == OK && r->res != NULL && ++r->row < r->count;
}

int64_t store__pg_column_int(struct store_rows *rows, uint32_t column)
{
    const struct rows *r = (const struct rows *)rows;
    return store__pg_number(r->res, r->row, (int)column);
}

str store__pg_column_text(struct store_rows *rows, uint32_t column)
{
    enum { INT2 = 21, INT4 = 23, NUMERIC = 1700, INT8 = 20 };
    struct rows *r = (struct rows *)rows;
    Oid type = store__pq.ftype(r->res, (int)column);
    if (type == INT8 || type == INT4 || type == INT2 || type == NUMERIC) {
        return arena_printf(&r->scratch, "%lld", (long long)store_column_int(rows, column));
    }
    return (str){ store__pq.getvalue(r->res, r->row, (int)column),
                  (size_t)store__pq.getlength(r->res, r->row, (int)column) };
}

void store__pg_rows_end(struct store_rows *rows)
{
    struct rows *r = (struct rows *)rows;
    struct view *v = (struct view *)rows->view;
    store__pq.clear(r->res);
    r->res = NULL;
    r->next = v->spare_rows;
    v->spare_rows = r;
}

/* ---- Search ---- */

/* The question as a tsquery: each word in quotation marks, all of them wanted; a star asks for a beginning. */
static void write_question(str words, struct buf *out)
{
    bool inside = false;
    for (size_t i = 0; i <= words.len; i++) {
        char c = i < words.len ? words.ptr[i] : ' ';
        bool plain = c != ' ' && c != '*';
        if (plain != inside) {
            buf_addz(out, plain && out->len > 0 ? " & '" : "'");
            inside = plain;
        }
        if (c == '*') {
            buf_addz(out, ":*");
        } else if (plain) {
            buf_addc(out, c);
        }
    }
}

uint32_t store__pg_search(struct store_view *view, str kind, str words, int64_t before, uint32_t max, int64_t *ret)
{
    static const char sql[] = "SELECT id FROM store_word WHERE kind = ? AND words @@ CAST(? AS tsquery) AND id < ? "
                              "ORDER BY id DESC LIMIT ?";
    struct buf question = BUF_INIT(LIMIT_STORE_SEARCH_BYTES * 4);
    write_question(words, &question);
    const struct store_value args[] = { store_text(kind), store_text(buf_str(&question)), store_int(before),
                                        store_int(max) };
    struct store_rows *r = store_query(view, sql, args, 4);
    uint32_t count = 0;
    while (count < max && store_next(r)) {
        ret[count++] = store_column_int(r, 0);
    }
    store_rows_end(r);
    buf_release(&question);
    return count;
}
