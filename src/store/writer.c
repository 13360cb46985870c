/* writer: the one thread that writes.
 *
 * A round: take what waits, apply each request as a unit in one transaction, commit once, write the change log, answer
 * all. What costs time here costs it everybody, so nothing is computed and nothing allocated on the way of a change.
 *
 * A lost transaction. A full disk, an interrupt or a lost connection may undo the whole transaction and not only the
 * unit that met it. So after each unit the back end is asked whether the transaction still lives; if not, the units
 * before it are applied again in a new one. The unit itself has its answer and is left out: each such turn makes the
 * batch smaller, so it ends.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "store/store_int.h"

#include <assert.h>

struct batch {
    struct store_request *requests[LIMIT_STORE_BATCH];
    uint32_t count, max;
    uint32_t done;         /* how many of them are applied well so far */
    size_t bytes;
    bool open;             /* a transaction is */
    bool full;             /* a unit met the full disk: its neighbours are still tried */
};

/* ---- Lanes ---- */

static void push(struct store_lane_queue *q, struct store_request *r)
{
    r->next = NULL;
    *q->last = r;
    q->last = &r->next;
    q->count++;
}

static struct store_request *pop(struct store_lane_queue *q)
{
    struct store_request *r = q->first;
    q->first = r->next;
    if (q->first == NULL) {
        q->last = &q->first;
    }
    q->count--;
    return r;
}

static void push_front(struct store_lane_queue *q, struct store_request *r)
{
    r->next = q->first;
    q->first = r;
    if (r->next == NULL) {
        q->last = &r->next;
    }
    q->count++;
}

/* Wakes one that serves this lane. Under the lock. */
static void wake_writer(struct store_writer *w, uint32_t lane)
{
    for (uint32_t i = 0; i < w->started; i++) {
        struct store_thread *t = &w->threads[i];
        if (t->idle && (t->lanes >> lane & 1) != 0) {
            t->idle = false;
            pthread_cond_signal(&t->work);
            return;
        }
    }
}

static uint32_t room_of(uint32_t lane)
{
    static const uint32_t rooms[STORE_LANES] = { LIMIT_STORE_QUEUE, LIMIT_STORE_QUEUE_BULK, UINT32_MAX };
    return rooms[lane];
}

bool store__enqueue(struct store *s, struct store_request *r, uint32_t lane)
{
    struct store_writer *w = &s->writer;
    pthread_mutex_lock(&w->lock);
    bool room = w->lanes[lane].count < room_of(lane);
    if (room) {
        r->lane = lane;
        push(&w->lanes[lane], r);
        wake_writer(w, lane);
    }
    pthread_mutex_unlock(&w->lock);
    if (!room) {
        r->result.outcome = STORE_FULL;
        error_set(&r->result.error, ERROR_LIMIT, "too many changes wait to be written");
        error_detail(&r->result.error, "limit %s = %d", lane == STORE_BULK ? "STORE_QUEUE_BULK" : "STORE_QUEUE",
                     (int)room_of(lane));
        error_hint(&r->result.error, "try again in a moment");
    }
    return room;
}

/* A thread that waits for its answer. */
struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool is_answered;
};

static void wake(void *context, const struct store_result *result)
{
    struct waiter *w = context;
    (void)result; /* stays in the request, which the waiting thread owns */
    pthread_mutex_lock(&w->lock);
    w->is_answered = true;
    pthread_cond_signal(&w->answered);
    pthread_mutex_unlock(&w->lock);
}

void store__enqueue_wait(struct store *s, struct store_request *r, uint32_t lane)
{
    struct waiter w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
    r->done = wake;
    r->context = &w;
    if (store__enqueue(s, r, lane)) {
        pthread_mutex_lock(&w.lock);
        while (!w.is_answered) {
            pthread_cond_wait(&w.answered, &w.lock);
        }
        pthread_mutex_unlock(&w.lock);
    }
    pthread_cond_destroy(&w.answered);
    pthread_mutex_destroy(&w.lock);
}

/* ---- A batch ---- */

static void add(struct batch *b, struct store_request *r)
{
    b->requests[b->count++] = r;
    b->bytes += r->bytes;
}

static bool has_room(const struct batch *b)
{
    return b->count < b->max && b->bytes < LIMIT_STORE_UNIT_BYTES;
}

/* Whether something waits in one of these lanes. */
static bool has_work(const struct store_writer *w, uint32_t lanes)
{
    for (uint32_t i = 0; i < STORE_LANES; i++) {
        if ((lanes >> i & 1) != 0 && w->lanes[i].count > 0) {
            return true;
        }
    }
    return false;
}

/* How many of a lane one writer takes: its share, where others serve it too. */
static uint32_t share_of(const struct store_writer *w, uint32_t lane)
{
    uint32_t servers = 0;
    for (uint32_t i = 0; i < w->started; i++) {
        servers += w->threads[i].lanes >> lane & 1;
    }
    return servers <= 1 ? UINT32_MAX : (w->lanes[lane].count + servers - 1) / servers;
}

/* All requests of the store itself, then interactive units. */
static void collect(struct store_thread *t, struct batch *b)
{
    static const uint32_t order[] = { STORE_SERVICE, STORE_INTERACTIVE };
    struct store_writer *w = &t->store->writer;
    pthread_mutex_lock(&w->lock);
    for (uint32_t i = 0; i < 2; i++) {
        struct store_lane_queue *q = &w->lanes[order[i]];
        uint32_t share = (t->lanes >> order[i] & 1) == 0 ? 0 : share_of(w, order[i]);
        for (; share > 0 && q->count > 0 && has_room(b); share--) {
            add(b, pop(q));
        }
    }
    pthread_mutex_unlock(&w->lock);
}

/* The next bulk unit, unless somebody waits whom this writer must serve first. */
static struct store_request *next_bulk(struct store_thread *t)
{
    const uint32_t bulk = 1 << STORE_BULK;
    struct store_writer *w = &t->store->writer;
    struct store_request *r = NULL;
    pthread_mutex_lock(&w->lock);
    if (has_work(w, t->lanes & bulk) && !has_work(w, t->lanes & ~bulk)) {
        r = pop(&w->lanes[STORE_BULK]);
    }
    pthread_mutex_unlock(&w->lock);
    return r;
}

/* Puts a request and those behind it back into their lanes, in front. */
static void give_back(struct store_writer *w, struct batch *b, uint32_t first)
{
    pthread_mutex_lock(&w->lock);
    while (b->count > first) {
        struct store_request *r = b->requests[--b->count];
        b->bytes -= r->bytes;
        r->result.outcome = STORE_DONE;
        push_front(&w->lanes[r->lane], r);
        wake_writer(w, r->lane);
    }
    pthread_mutex_unlock(&w->lock);
}

/* The first writer may sleep; it is woken, as it looks for all when there is room again. */
static void set_read_only(struct store *s)
{
    struct store_writer *w = &s->writer;
    pthread_mutex_lock(&w->lock);
    if (!atomic_load(&w->read_only)) {
        atomic_store(&w->probe_at, clock_monotonic_nanos() + LIMIT_STORE_PROBE_MS * INT64_C(1000000));
        atomic_store(&w->read_only, true);
        pthread_cond_signal(&w->threads[0].work);
    }
    pthread_mutex_unlock(&w->lock);
}

static void answer_read_only(struct store *s, struct store_request *r)
{
    r->result.outcome = STORE_READONLY;
    if (s->backend->unable != NULL) {
        s->backend->unable(s, &r->result.error);
        return;
    }
    error_set(&r->result.error, ERROR_IO, "nothing can be written at present");
    error_hint(&r->result.error, "make room on the disk; writing goes on by itself");
}

static bool open_transaction(struct store *s, struct batch *b, struct store_request *r)
{
    if (!b->open) {
        b->open = s->backend->begin(s, &r->result.error) == STORE_DONE;
        b->done = 0;
        if (!b->open) {
            r->result.outcome = STORE_READONLY;
            set_read_only(s);
        }
    }
    return b->open;
}

/* Applies one request that has no answer yet; its outcome stands in its result. */
static void apply_one(struct store *s, struct batch *b, struct store_request *r)
{
    if (atomic_load_explicit(&s->writer.read_only, memory_order_relaxed)) {
        answer_read_only(s, r);
    } else if (open_transaction(s, b, r)) {
        r->result.outcome = r->apply(s, r);
        b->done += r->result.outcome == STORE_DONE;
        b->full |= r->result.outcome == STORE_READONLY;
    }
}

/* Applies the requests from `first` on; after a lost transaction again all that have no bad answer. */
static void apply_from(struct store *s, struct batch *b, uint32_t first)
{
    for (uint32_t i = first; i < b->count; i++) {
        struct store_request *r = b->requests[i];
        if (i >= first || r->result.outcome == STORE_DONE) {
            apply_one(s, b, r);
        }
        bool again = r->result.outcome == STORE_AGAIN;
        if (again) {
            give_back(&s->writer, b, i);
        }
        if (b->open && !s->backend->live(s)) {
            assert(again || r->result.outcome != STORE_DONE);
            b->open = false;
            b->done = 0;
            first = i >= first ? i + 1 : first; /* those from here on have not been tried */
            i = UINT32_MAX;                     /* from the beginning */
        }
    }
}

/* Until when bulk units are taken: for longer while nobody is there whom they could keep waiting. */
static int64_t end_of_bulk(struct store_thread *t, const struct batch *b)
{
    int64_t now = clock_monotonic_nanos();
    for (uint32_t i = 0; i < b->count; i++) {
        t->people_ns = b->requests[i]->lane == STORE_INTERACTIVE ? now : t->people_ns;
    }
    bool alone = now - t->people_ns > LIMIT_STORE_ALONE_MS * INT64_C(1000000);
    return now + (alone ? LIMIT_STORE_BULK_ALONE_MS : LIMIT_STORE_BULK_MS) * INT64_C(1000000);
}

static void apply_batch(struct store_thread *t, struct batch *b)
{
    struct store *s = t->store;
    int64_t end = end_of_bulk(t, b);
    apply_from(s, b, 0);
    struct store_request *r;
    while (has_room(b) && (r = next_bulk(t)) != NULL) {
        add(b, r);
        uint32_t count = b->count;
        apply_from(s, b, count - 1);
        if (clock_monotonic_nanos() >= end || b->count < count) {
            break;
        }
    }
}

/* All that were applied well get this outcome instead. */
static void spoil(struct batch *b, enum store_outcome outcome, const struct error *err)
{
    for (uint32_t i = 0; i < b->count; i++) {
        struct store_result *r = &b->requests[i]->result;
        if (r->outcome == STORE_DONE) {
            r->outcome = outcome;
            r->error = *err;
        }
    }
    b->done = 0;
}

static enum store_outcome write_log(struct store *s, struct batch *b, struct error *err)
{
    struct store_request *done[LIMIT_STORE_BATCH];
    uint32_t count = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        if (b->requests[i]->result.outcome == STORE_DONE && b->requests[i]->logged != NULL) {
            done[count++] = b->requests[i];
        }
    }
    return s->ship(s->ship_context, done, count, err);
}

/* The keys of what was sealed go first. Then the change log: what is committed is in it, and what is in it more than
 * that was never answered. */
static enum store_outcome commit_logged(struct store *s, struct batch *b, int64_t *ret_commit, struct error *err)
{
    if (store__keys_flush(s, err) != OK) {
        s->backend->rollback(s);
        return STORE_READONLY;
    }
    if (s->ship == NULL) {
        return s->backend->commit(s, ret_commit, err);
    }
    enum store_outcome outcome = write_log(s, b, err);
    if (outcome != STORE_DONE) {
        s->backend->rollback(s);
        return outcome;
    }
    outcome = s->backend->commit(s, ret_commit, err);
    s->shipped(s->ship_context, outcome == STORE_DONE ? *ret_commit : 0);
    return outcome;
}

/* Commits; returns the nanoseconds that it took. */
static int64_t commit_batch(struct store *s, struct batch *b)
{
    struct error err = { .lang = LANG_EN };
    int64_t commit = 0, start = clock_monotonic_nanos();
    if (!b->open) {
        return 0;
    }
    if (b->done == 0) {
        s->backend->rollback(s);
        return 0;
    }
    enum store_outcome outcome = commit_logged(s, b, &commit, &err);
    if (outcome != STORE_DONE) {
        if (outcome == STORE_READONLY) {
            set_read_only(s);
        }
        spoil(b, outcome, &err);
        return 0;
    }
    for (uint32_t i = 0; i < b->count; i++) {
        b->requests[i]->result.commit = commit;
    }
    return clock_monotonic_nanos() - start;
}

/* After the call of `done` the request may be gone. */
static void answer(struct batch *b)
{
    for (uint32_t i = 0; i < b->count; i++) {
        struct store_request *r = b->requests[i];
        r->done(r->context, &r->result);
    }
}

static void count_batch(struct store_writer *w, const struct batch *b, int64_t commit, int64_t apply_ns,
                        int64_t flush_ns)
{
    pthread_mutex_lock(&w->lock);
    w->units += b->done;
    w->applied += b->count;
    w->apply_ns += apply_ns;
    if (b->done > 0) {
        w->commits++;
        w->flushed++;
        w->flush_ns += flush_ns;
        w->commit = commit;
    }
    pthread_mutex_unlock(&w->lock);
}

static int64_t commit_of(const struct batch *b)
{
    for (uint32_t i = 0; i < b->count; i++) {
        if (b->requests[i]->result.outcome == STORE_DONE) {
            return b->requests[i]->result.commit;
        }
    }
    return 0;
}

static void run_batch(struct store_thread *t)
{
    struct store *s = t->store;
    struct batch b = { .max = s->backend->batch != 0 ? s->backend->batch : LIMIT_STORE_BATCH };
    int64_t start = clock_monotonic_nanos();
    if (s->ship != NULL) {
        arena_clear(&s->writer.scratch);
    }
    collect(t, &b);
    apply_batch(t, &b);
    int64_t applied = clock_monotonic_nanos();
    int64_t flush = commit_batch(s, &b);
    if (b.full) {
        set_read_only(s);
    }
    count_batch(&s->writer, &b, commit_of(&b), applied - start, flush);
    answer(&b);
}

/* ---- The thread ---- */

/* The first writer looks for all. */
static bool must_probe(const struct store_thread *t)
{
    struct store_writer *w = &t->store->writer;
    return t->number == 0 && atomic_load(&w->read_only) && clock_monotonic_nanos() >= atomic_load(&w->probe_at);
}

static void wait_until(struct store_thread *t, int64_t nanos)
{
    struct timespec until = { (time_t)(nanos / 1000000000), (long)(nanos % 1000000000) };
    pthread_cond_timedwait(&t->work, &t->store->writer.lock, &until);
}

/* Turns are taken by the first thread. */
static bool has_turn(const struct store_thread *t)
{
    return t->number == 0 && t->store->writer.turns != NULL;
}

/* Waits for something to do; false when the store is closing and all is answered. */
static bool wait_for_work(struct store_thread *t, bool *ret_forget)
{
    struct store_writer *w = &t->store->writer;
    pthread_mutex_lock(&w->lock);
    while (!has_work(w, t->lanes) && !w->stop && !t->forget && !has_turn(t) && !must_probe(t)) {
        t->idle = true;
        if (t->number == 0 && atomic_load(&w->read_only)) {
            wait_until(t, atomic_load(&w->probe_at));
        } else {
            pthread_cond_wait(&t->work, &w->lock);
        }
    }
    t->idle = false;
    bool more = has_work(w, t->lanes) || has_turn(t) || !w->stop;
    *ret_forget = t->forget;
    t->forget = false;
    t->working_ns = clock_monotonic_nanos();
    pthread_mutex_unlock(&w->lock);
    return more;
}

static void probe(struct store *s)
{
    if (s->backend->probe(s)) {
        atomic_store(&s->writer.read_only, false);
    }
    atomic_store(&s->writer.probe_at, clock_monotonic_nanos() + LIMIT_STORE_PROBE_MS * INT64_C(1000000));
}

void store__count_busy(struct store_writer *w, struct store_thread *t, int64_t now)
{
    if (t->working_ns != 0) {
        w->busy_ns += now - (t->working_ns > w->since_ns ? t->working_ns : w->since_ns);
    }
}

static void end_round(struct store_thread *t)
{
    struct store_writer *w = &t->store->writer;
    pthread_mutex_lock(&w->lock);
    store__count_busy(w, t, clock_monotonic_nanos());
    t->working_ns = 0;
    pthread_mutex_unlock(&w->lock);
}

/* ---- Turns ---- */

void store__turn(struct store *s, void (*run)(struct store *s, void *context), void *context)
{
    struct store_writer *w = &s->writer;
    if (w->started == 0) {
        run(s, context);
        return;
    }
    pthread_mutex_lock(&w->lock);
    struct store_turn turn = { w->turns, run, context, false };
    w->turns = &turn;
    pthread_cond_signal(&w->threads[0].work);
    while (!turn.over) {
        pthread_cond_wait(&w->turned, &w->lock);
    }
    pthread_mutex_unlock(&w->lock);
}

/* One between two batches. */
static void run_turn(struct store_thread *t)
{
    struct store_writer *w = &t->store->writer;
    pthread_mutex_lock(&w->lock);
    struct store_turn *turn = w->turns;
    if (has_turn(t)) {
        w->turns = turn->next;
        pthread_mutex_unlock(&w->lock);
        turn->run(t->store, turn->context);
        pthread_mutex_lock(&w->lock);
        turn->over = true;
        pthread_cond_broadcast(&w->turned);
    }
    pthread_mutex_unlock(&w->lock);
}

static void *writer_main(void *context)
{
    struct store_thread *t = context;
    struct store *s = t->store;
    bool forget;
    if (s->backend->enter != NULL) {
        s->backend->enter(s, t->number);
    }
    while (wait_for_work(t, &forget)) {
        if (must_probe(t)) {
            probe(s);
        }
        if (forget) {
            s->backend->forget(s);
        }
        run_batch(t);
        run_turn(t);
        s->backend->idle(s);
        end_round(t);
    }
    return NULL;
}

/* Under the lock, so that no thread looks at the others before all are there. */
static int start_threads(struct store *s)
{
    struct store_writer *w = &s->writer;
    uint32_t count = s->backend->writers != 0 ? s->backend->writers : 1;
    pthread_condattr_t monotonic;
    int rc = 0;
    assert(count <= STORE_WRITERS);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        struct store_thread *t = &w->threads[i];
        t->store = s;
        t->number = i;
        t->lanes = s->backend->writers != 0 ? s->backend->lanes[i] : (1u << STORE_LANES) - 1;
        pthread_cond_init(&t->work, &monotonic);
        rc = pthread_create(&t->thread, NULL, writer_main, t);
        if (rc == 0) {
            w->started++;
        } else {
            pthread_cond_destroy(&t->work);
        }
    }
    pthread_condattr_destroy(&monotonic);
    return rc;
}

enum error_code store__writer_start(struct store *s, struct error *err)
{
    struct store_writer *w = &s->writer;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->turned, NULL);
    for (uint32_t i = 0; i < STORE_LANES; i++) {
        w->lanes[i].last = &w->lanes[i].first;
    }
    w->since_ns = clock_monotonic_nanos();
    pthread_mutex_lock(&w->lock);
    int rc = start_threads(s);
    pthread_mutex_unlock(&w->lock);
    if (rc == 0) {
        return OK;
    }
    store__writer_stop(s);
    return store__io_error(err, "writer", rc);
}

void store__writer_stop(struct store *s)
{
    struct store_writer *w = &s->writer;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    for (uint32_t i = 0; i < w->started; i++) {
        pthread_cond_signal(&w->threads[i].work);
    }
    pthread_mutex_unlock(&w->lock);
    for (uint32_t i = 0; i < w->started; i++) {
        pthread_join(w->threads[i].thread, NULL);
        pthread_cond_destroy(&w->threads[i].work);
    }
    w->started = 0;
    pthread_cond_destroy(&w->turned);
    pthread_mutex_destroy(&w->lock);
    arena_release(&w->scratch);
}
