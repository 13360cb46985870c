/* view: the pool of connections for reading, and what all back ends do alike with a view. */
#include "base/clock.h"
#include "base/limit.h"
#include "store/store_int.h"

#include <assert.h>

void store__views_init(struct store *s)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->views.lock, NULL);
    pthread_cond_init(&s->views.back, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void store__views_release(struct store *s)
{
    struct store_views *pool = &s->views;
    while (pool->idle != NULL) {
        struct store_view *v = pool->idle;
        pool->idle = v->next;
        pool->made--;
        s->backend->view_free(v);
    }
    assert(pool->made == 0); /* a view was not ended */
    pthread_cond_destroy(&pool->back);
    pthread_mutex_destroy(&pool->lock);
}

static int64_t view_deadline(void)
{
    return clock_monotonic_nanos() + LIMIT_STORE_VIEW_MS * INT64_C(1000000);
}

/* An idle view, or NULL with *ret_new: one may be made; or NULL: none came back in time. */
static struct store_view *take_idle(struct store_views *pool, bool *ret_new)
{
    int64_t end = view_deadline();
    struct timespec until = { (time_t)(end / 1000000000), (long)(end % 1000000000) };
    pthread_mutex_lock(&pool->lock);
    int rc = 0;
    while (pool->idle == NULL && pool->made >= LIMIT_STORE_VIEWS && rc == 0) {
        rc = pthread_cond_timedwait(&pool->back, &pool->lock, &until);
    }
    struct store_view *v = pool->idle;
    *ret_new = v == NULL && pool->made < LIMIT_STORE_VIEWS;
    if (v != NULL) {
        pool->idle = v->next;
    } else if (*ret_new) {
        pool->made++;
    }
    pthread_mutex_unlock(&pool->lock);
    return v;
}

static void give_back(struct store_views *pool, struct store_view *v)
{
    pthread_mutex_lock(&pool->lock);
    v->next = pool->idle;
    pool->idle = v;
    pthread_cond_signal(&pool->back);
    pthread_mutex_unlock(&pool->lock);
}

/* A view that cannot be used any more, or could not be made. */
static void drop(struct store *s, struct store_view *v)
{
    if (v != NULL) {
        s->backend->view_free(v);
    }
    pthread_mutex_lock(&s->views.lock);
    s->views.made--;
    pthread_cond_signal(&s->views.back);
    pthread_mutex_unlock(&s->views.lock);
}

enum error_code store_view(struct store *s, struct store_view **ret, struct error *err)
{
    bool make;
    struct store_view *v = take_idle(&s->views, &make);
    if (v == NULL && !make) {
        enum error_code code = error_set(err, ERROR_LIMIT, "too many are reading at once");
        error_detail(err, "limit %s = %d", "STORE_VIEWS", LIMIT_STORE_VIEWS);
        error_hint(err, "try again in a moment");
        return code;
    }
    enum error_code code = v == NULL ? s->backend->view_new(s, &v, err) : OK;
    if (code != OK) {
        drop(s, NULL);
        return code;
    }
    v->store = s;
    v->deadline = view_deadline();
    v->error = (struct error){ .lang = err == NULL ? LANG_EN : err->lang };
    code = s->backend->view_begin(v, err);
    if (code != OK) {
        drop(s, v);
        return code;
    }
    *ret = v;
    return OK;
}

void store_view_end(struct store_view *v)
{
    struct store *s = v->store;
    assert(v->open_rows == 0);
    s->backend->view_end(v);
    if (v->error.code == ERROR_IO) {
        drop(s, v); /* whatever is wrong with the connection, the next one shall not inherit it */
    } else {
        give_back(&s->views, v);
    }
}

int64_t store_view_commit(const struct store_view *v)
{
    return v->commit;
}

enum error_code store_view_error(const struct store_view *v, struct error *err)
{
    if (v->error.code != OK && err != NULL) {
        *err = v->error;
    }
    return v->error.code;
}

void store__view_fail(struct store_view *v, const struct error *err)
{
    if (v->error.code == OK) {
        v->error = *err;
    }
}

bool store__view_late(struct store_view *v)
{
    if (clock_monotonic_nanos() < v->deadline) {
        return false;
    }
    struct error err = { .lang = v->error.lang };
    error_set(&err, ERROR_LIMIT, "reading takes too long");
    error_detail(&err, "limit %s = %d", "STORE_VIEW_MS", LIMIT_STORE_VIEW_MS);
    store__view_fail(v, &err);
    return true;
}

/* ---- Rows ---- */

struct store_rows *store_query(struct store_view *v, const char *sql, const struct store_value *args, uint32_t count)
{
    v->open_rows++;
    return v->store->backend->query(v, sql, args, count);
}

bool store_next(struct store_rows *r)
{
    return r->view->store->backend->next(r);
}

int64_t store_column_int(struct store_rows *r, uint32_t column)
{
    return r->view->store->backend->column_int(r, column);
}

str store_column_text(struct store_rows *r, uint32_t column)
{
    return r->view->store->backend->column_text(r, column);
}

void store_rows_end(struct store_rows *r)
{
    r->view->open_rows--;
    r->view->store->backend->rows_end(r);
}

uint32_t store_search(struct store_view *v, str kind, str text, int64_t before, uint32_t max, int64_t *ret)
{
    struct buf words = BUF_INIT(LIMIT_STORE_SEARCH_BYTES);
    uint32_t count = 0;
    if (store__query_words(text, &words)) {
        count = v->store->backend->search(v, kind, buf_str(&words), before, max, ret);
    }
    buf_release(&words);
    return count;
}

/* ---- Memory ---- */

void store_forget(struct store *s)
{
    struct store_views *pool = &s->views;
    pthread_mutex_lock(&pool->lock);
    for (struct store_view *v = pool->idle; v != NULL; v = v->next) {
        s->backend->view_forget(v);
    }
    pthread_mutex_unlock(&pool->lock);
    pthread_mutex_lock(&s->writer.lock);
    for (uint32_t i = 0; i < s->writer.started; i++) {
        s->writer.threads[i].forget = true;
        pthread_cond_signal(&s->writer.threads[i].work);
    }
    pthread_mutex_unlock(&s->writer.lock);
}
