/* id: ids, leases and queues. Each is a small request to the writer, applied as a unit between the changes.
 *
 * Ids come in blocks of STORE_IDS: two are held, the one in use and the one behind it. When the one behind becomes the
 * one in use, the next is asked for; so a thread waits only at the very beginning, or when the writer does not keep up.
 */
#include "base/limit.h"
#include "store/store_int.h"

/* ---- Logging ---- */

/* What a request wrote, as a change for the log; NULL when nothing is logged. */
static struct store_change *log_of(struct store *s)
{
    return s->ship == NULL ? NULL : store_change(&s->writer.scratch);
}

/* ---- Ids ---- */

static enum store_outcome apply_ids(struct store *s, struct store_request *r)
{
    enum store_outcome outcome = s->backend->ids(s, LIMIT_STORE_IDS, &s->ids.last, &r->result);
    struct store_change *log = outcome == STORE_DONE ? log_of(s) : NULL;
    if (log != NULL) {
        store_put(log, STORE_TABLE_meta, (struct store_value[]){ store_text(STR("ids")), store_int(s->ids.last) });
    }
    r->logged = log;
    return outcome;
}

/* On the writer's thread. */
static void ids_came(void *context, const struct store_result *result)
{
    struct store_ids *ids = context;
    pthread_mutex_lock(&ids->lock);
    ids->asked = false;
    ids->round++;
    ids->error = result->error;
    if (result->outcome == STORE_DONE) {
        ids->error.code = OK;
        ids->after_next = ids->last - LIMIT_STORE_IDS + 1;
        ids->after_end = ids->last + 1;
    }
    pthread_cond_broadcast(&ids->came);
    pthread_mutex_unlock(&ids->lock);
}

/* Under the lock. */
static void ask(struct store *s)
{
    struct store_ids *ids = &s->ids;
    ids->asked = true;
    ids->request = (struct store_request){ .apply = apply_ids, .done = ids_came, .context = ids };
    store__enqueue(s, &ids->request, STORE_SERVICE); /* has always room */
}

void store__ids_init(struct store *s)
{
    pthread_mutex_init(&s->ids.lock, NULL);
    pthread_cond_init(&s->ids.came, NULL);
}

void store__ids_release(struct store *s)
{
    pthread_cond_destroy(&s->ids.came);
    pthread_mutex_destroy(&s->ids.lock);
}

/* Under the lock: sees to it that the block in use has an id, waiting for the writer where it must. */
static bool refill(struct store *s, struct error *err)
{
    struct store_ids *ids = &s->ids;
    while (ids->next == ids->end) {
        bool stocked = ids->after_next < ids->after_end;
        if (stocked) {
            ids->next = ids->after_next;
            ids->end = ids->after_end;
            ids->after_next = ids->after_end;
        }
        if (!ids->asked) {
            ask(s);
        }
        for (uint64_t round = ids->round; !stocked && round == ids->round;) {
            pthread_cond_wait(&ids->came, &ids->lock);
        }
        if (!stocked && ids->error.code != OK) {
            if (err != NULL) {
                *err = ids->error;
            }
            return false;
        }
    }
    return true;
}

int64_t store_id(struct store *s, struct error *err)
{
    struct store_ids *ids = &s->ids;
    int64_t id = 0;
    pthread_mutex_lock(&ids->lock);
    bool any = ids->next < ids->end || refill(s, err);
    if (any) {
        id = ids->next++;
    }
    pthread_mutex_unlock(&ids->lock);
    return id;
}

/* ---- Leases ---- */

struct lease_request {
    struct store_request request;
    str name, holder;
    int64_t now, until;
    bool held;
};

static void log_lease(struct store *s, struct store_request *r, str name, str holder, int64_t until)
{
    struct store_change *log = log_of(s);
    if (log != NULL) {
        store_put(log, STORE_TABLE_lease,
                  (struct store_value[]){ store_text(name), store_text(holder), store_int(until) });
    }
    r->logged = log;
}

static enum store_outcome apply_lease(struct store *s, struct store_request *r)
{
    struct lease_request *l = (struct lease_request *)r;
    enum store_outcome outcome = s->backend->lease(s, l->name, l->holder, l->now, l->until, &l->held, &r->result);
    if (outcome == STORE_DONE && l->held) {
        log_lease(s, r, l->name, l->holder, l->until);
    }
    return outcome;
}

bool store_lease(struct store *s, str name, str holder, int64_t now, int64_t until)
{
    struct lease_request l = { { .apply = apply_lease }, name, holder, now, until, false };
    store__enqueue_wait(s, &l.request, STORE_SERVICE);
    return l.request.result.outcome == STORE_DONE && l.held;
}

void store_lease_end(struct store *s, str name, str holder)
{
    /* Holding it until the beginning of time is not holding it; nobody else's is touched, as that is not over then. */
    store_lease(s, name, holder, INT64_MIN, INT64_MIN);
}

/* ---- Queues ---- */

struct pop_request {
    struct store_request request;
    struct store_pop pop;
};

static void log_pop(struct store *s, struct store_request *r, const struct store_pop *p)
{
    struct store_change *log = log_of(s);
    for (uint32_t i = 0; log != NULL && i < p->count; i++) {
        const struct store_item *item = &p->items[i];
        const struct store_value row[] = {
            store_int(item->id), store_int(item->version - 1), store_keep(), store_int(p->until), store_int(p->until),
            store_text(p->holder), store_int(item->tries), store_keep(), store_keep(), store_keep(),
        };
        store_update(log, STORE_TABLE_queue, row);
    }
    r->logged = log;
}

static enum store_outcome apply_pop(struct store *s, struct store_request *r)
{
    struct store_pop *p = &((struct pop_request *)r)->pop;
    p->count = 0;
    enum store_outcome outcome = s->backend->pop(s, p, &r->result);
    if (outcome == STORE_DONE) {
        log_pop(s, r, p);
    }
    return outcome;
}

/* Looking costs no commit: most often there is nothing. What cannot be looked at now may be there. */
static bool may_be_ready(struct store *s, str queue, int64_t now)
{
    struct store_view *v;
    if (store_view(s, &v, NULL) != OK) {
        return true;
    }
    struct store_value args[] = { store_text(queue), store_int(now) };
    struct store_rows *r = store_query(v, "SELECT id FROM queue WHERE name = ? AND ready <= ? LIMIT 1", args, 2);
    bool ready = store_next(r);
    store_rows_end(r);
    ready |= store_view_error(v, NULL) != OK;
    store_view_end(v);
    return ready;
}

uint32_t store_pop(struct store *s, str queue, str holder, int64_t now, int64_t until, uint32_t max, struct arena *a,
                   const struct store_item **ret)
{
    max = max < LIMIT_STORE_POP ? max : LIMIT_STORE_POP;
    struct pop_request p = { { .apply = apply_pop }, { queue, holder, now, until, max, a, NULL, 0 } };
    p.pop.items = ARENA_ARRAY(a, struct store_item, max);
    *ret = p.pop.items;
    if (!may_be_ready(s, queue, now)) {
        return 0;
    }
    store__enqueue_wait(s, &p.request, STORE_SERVICE);
    bool done = p.request.result.outcome == STORE_DONE;
    return done ? p.pop.count : 0;
}
