/* engine: requests, lanes, planners.
 *
 * A request of a dossier holds the dossier's lane from its plan to its commit; others of the same dossier wait behind
 * it. So a plan is always made over what the one before it has committed, and guards fail only when another server was
 * faster. Everything here is under work.lock, which is held for a few instructions at a time; `done` is called outside.
 */
#include "work/desk.h"
#include "work/work_int.h"

#include "base/limit.h"

#include <assert.h>
#include <stdlib.h>

/* ---- Pools ---- */

/* Jobs and lanes are never given back before the end: there are at most WORK_REQUESTS of them. */
static struct work__job *new_job(struct work *w)
{
    struct work__job *job = w->job_pool;
    if (job == NULL) {
        return ARENA_NEW(&w->arena, struct work__job);
    }
    struct arena arena = job->arena, plan = job->plan;
    w->job_pool = job->next;
    w->pooled -= job->kept;
    *job = (struct work__job){ .arena = arena, .plan = plan };
    return job;
}

static void pool_job(struct work *w, struct work__job *job)
{
    bool small = arena_used(&job->arena) + arena_used(&job->plan) < LIMIT_WORK_POOLED_BYTES;
    job->kept = small && w->pooled < LIMIT_WORK_POOLED;
    w->pooled += job->kept;
    if (job->kept) {
        arena_clear(&job->arena);
        arena_clear(&job->plan);
    } else {
        arena_release(&job->arena);
        arena_release(&job->plan);
    }
    job->next = w->job_pool;
    w->job_pool = job;
}

static struct work__lane *new_lane(struct work *w)
{
    struct work__lane *lane = w->lane_pool;
    if (lane == NULL) {
        return ARENA_NEW(&w->arena, struct work__lane);
    }
    w->lane_pool = lane->next;
    return lane;
}

/* ---- Lanes ---- */

static struct work__lane **lane_place(struct work *w, int64_t dossier)
{
    struct work__lane **at = &w->lanes[(uint64_t)dossier % WORK__LANES];
    while (*at != NULL && (*at)->dossier != dossier) {
        at = &(*at)->next;
    }
    return at;
}

static void make_ready(struct work *w, struct work__job *job)
{
    job->next = NULL;
    *w->last = job;
    w->last = &job->next;
    pthread_cond_signal(&w->ready);
}

/* Into the lane of its dossier: at once before the planners when nobody holds it. */
static void enter(struct work *w, struct work__job *job)
{
    if (job->rq.dossier == 0) {
        make_ready(w, job);
        return;
    }
    struct work__lane **at = lane_place(w, job->rq.dossier);
    if (*at != NULL) {
        job->next = NULL;
        *(*at)->last = job;
        (*at)->last = &job->next;
        return;
    }
    struct work__lane *lane = new_lane(w);
    *lane = (struct work__lane){ NULL, job->rq.dossier, NULL, &lane->first };
    *at = lane;
    job->lane = job->rq.dossier;
    make_ready(w, job);
}

/* The next of the lane is ready; an empty lane goes. */
static void leave(struct work *w, int64_t dossier)
{
    struct work__lane **at = lane_place(w, dossier), *lane = *at;
    assert(lane != NULL);
    struct work__job *next = lane->first;
    if (next == NULL) {
        *at = lane->next;
        lane->next = w->lane_pool;
        w->lane_pool = lane;
        return;
    }
    lane->first = next->next;
    lane->last = lane->first == NULL ? &lane->first : lane->last;
    next->lane = dossier;
    make_ready(w, next);
}

/* ---- The end of a request ---- */

static void finish(struct work *w, struct work__job *job)
{
    if (job->answer.outcome == WORK_OK) {
        atomic_fetch_add_explicit(&w->figure_done, 1, memory_order_relaxed);
        if (job->delivers || job->wakes != INT64_MAX) {
            work__wake(w, job->wakes, job->delivers);
        }
    }
    pthread_mutex_lock(&w->lock);
    if (job->lane != 0) {
        leave(w, job->lane);
    }
    pthread_mutex_unlock(&w->lock);
    job->done(job->context, &job->answer);
    pthread_mutex_lock(&w->lock);
    w->waiting--;
    pool_job(w, job);
    if (w->stopping) {
        pthread_cond_broadcast(&w->ready);
    }
    pthread_mutex_unlock(&w->lock);
}

static void plan_again(struct work *w, struct work__job *job)
{
    atomic_fetch_add_explicit(&w->figure_stale, 1, memory_order_relaxed);
    pthread_mutex_lock(&w->lock);
    make_ready(w, job);
    pthread_mutex_unlock(&w->lock);
}

/* The store speaks English: its sentences are the keys of the translations. */
static void refused_by_store(struct work__job *job, const struct store_result *result)
{
    static const enum work_outcome outcomes[STORE_OUTCOMES] = {
        [STORE_STALE] = WORK_BUSY, [STORE_EXISTS] = WORK_BUSY, [STORE_REFUSED] = WORK_REFUSED,
        [STORE_FULL] = WORK_BUSY, [STORE_READONLY] = WORK_READ_ONLY, [STORE_UNKNOWN] = WORK_LOST,
    };
    const struct error *e = &result->error;
    struct error *err = &job->answer.error;
    *err = (struct error){ .lang = job->lang };
    job->answer.outcome = outcomes[result->outcome];
    error_set(err, e->code, "%s", lang_text(job->lang, e->message));
    error_detail(err, "%s", e->detail);
    error_hint(err, "%s", lang_text(job->lang, e->hint));
}

/* Called by the store's writer. A key that exists already was written by the same request a moment ago: the next plan
 * finds its answer. */
static void committed(void *context, const struct store_result *result)
{
    struct work__job *job = context;
    bool again = result->outcome == STORE_STALE || result->outcome == STORE_EXISTS;
    if (again && ++job->tries < LIMIT_WORK_TRIES) {
        plan_again(job->work, job);
        return;
    }
    if (result->outcome != STORE_DONE) {
        refused_by_store(job, result);
    }
    finish(job->work, job);
}

/* ---- Planners ---- */

static struct work__job *take(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    while (w->first == NULL && !(w->stopping && w->waiting == 0)) {
        pthread_cond_wait(&w->ready, &w->lock);
    }
    struct work__job *job = w->first;
    if (job != NULL) {
        w->first = job->next;
        w->last = w->first == NULL ? &w->first : w->last;
    }
    pthread_mutex_unlock(&w->lock);
    return job;
}

static void serve(struct work__plan *p, struct work__job *job)
{
    struct work *w = job->work;
    arena_clear(&job->plan);
    job->wakes = INT64_MAX;
    job->delivers = false;
    atomic_fetch_add_explicit(&w->figure_planned, 1, memory_order_relaxed);
    switch (work__plan(p, job)) {
    case WORK__READY:
        store_submit(w->store, job->change, STORE_INTERACTIVE, committed, job);
        break;
    case WORK__ANSWERED: finish(w, job); break;
    case WORK__ROUTED:
        pthread_mutex_lock(&w->lock);
        if (job->lane != 0) {
            leave(w, job->lane);
            job->lane = 0;
        }
        enter(w, job);
        pthread_mutex_unlock(&w->lock);
        break;
    }
}

static void *planner(void *context)
{
    struct work__plan p;
    struct work__job *job;
    work__plan_init(&p, context);
    while ((job = take(context)) != NULL) {
        serve(&p, job);
    }
    work__plan_release(&p);
    return NULL;
}

void work__planners_start(struct work *w)
{
    w->last = &w->first;
    w->planners = ARENA_ARRAY(&w->arena, pthread_t, w->planner_count);
    for (uint32_t i = 0; i < w->planner_count; i++) {
        if (pthread_create(&w->planners[i], NULL, planner, w) != 0) {
            abort();
        }
    }
}

/* What was asked is still answered. */
void work__planners_stop(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->ready);
    pthread_mutex_unlock(&w->lock);
    for (uint32_t i = 0; i < w->planner_count; i++) {
        pthread_join(w->planners[i], NULL);
    }
    for (struct work__job *job = w->job_pool; job != NULL; job = job->next) {
        arena_release(&job->arena);
        arena_release(&job->plan);
    }
}

/* ---- Asking ---- */

static void copy_request(struct work__job *job, const struct work_request *rq)
{
    struct arena *a = &job->arena;
    struct work_request *own = &job->rq;
    *own = *rq;
    str *const texts[] = { &own->key,    &own->party,   &own->scheme, &own->process,     &own->office, &own->subject,
                           &own->bundle, &own->element, &own->name,   &own->correlation, &own->text,   &own->with,
                           &own->action, &own->clause };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = arena_str(a, *texts[i]);
    }
}

static void turn_away(bool stopping, enum lang lang, work_done *done, void *context)
{
    struct work_answer busy = { .outcome = WORK_BUSY, .error.lang = lang };
    if (stopping) {
        error_set(&busy.error, ERROR_LIMIT, "the program is stopping");
    } else {
        error_set(&busy.error, ERROR_LIMIT, "too many requests are waiting");
        error_detail(&busy.error, "limit %s = %d", "WORK_REQUESTS", LIMIT_WORK_REQUESTS);
    }
    error_hint(&busy.error, "try again in a few seconds");
    done(context, &busy);
}

void work_submit(struct work *w, const struct work_request *request, enum lang lang, work_done *done, void *context)
{
    pthread_mutex_lock(&w->lock);
    if (w->waiting >= LIMIT_WORK_REQUESTS || w->stopping) {
        bool stopping = w->stopping;
        pthread_mutex_unlock(&w->lock);
        turn_away(stopping, lang, done, context);
        return;
    }
    w->waiting++;
    struct work__job *job = new_job(w);
    pthread_mutex_unlock(&w->lock);
    job->work = w;
    job->lang = lang;
    job->done = done;
    job->context = context;
    copy_request(job, request);
    pthread_mutex_lock(&w->lock);
    enter(w, job);
    pthread_mutex_unlock(&w->lock);
}

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool answered;
    struct work_answer answer;
};

static void wake(void *context, const struct work_answer *answer)
{
    struct waiter *waiter = context;
    pthread_mutex_lock(&waiter->lock);
    waiter->answer = *answer;
    waiter->answered = true;
    pthread_cond_signal(&waiter->done);
    pthread_mutex_unlock(&waiter->lock);
}

struct work_answer work_do(struct work *w, const struct work_request *request, enum lang lang)
{
    struct waiter waiter = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, { .outcome = WORK_OK } };
    work_submit(w, request, lang, wake, &waiter);
    pthread_mutex_lock(&waiter.lock);
    while (!waiter.answered) {
        pthread_cond_wait(&waiter.done, &waiter.lock);
    }
    pthread_mutex_unlock(&waiter.lock);
    pthread_cond_destroy(&waiter.done);
    pthread_mutex_destroy(&waiter.lock);
    return waiter.answer;
}

struct work_answer work_try(struct work *w, const struct work_request *request, enum lang lang)
{
    return work_try_seen(w, request, lang, NULL);
}

struct work_answer work_try_seen(struct work *w, const struct work_request *request, enum lang lang,
                                 const struct work_trial *trial)
{
    struct work__plan p;
    struct work__job job = { .work = w, .lang = lang, .arena = ARENA_INIT, .plan = ARENA_INIT, .trial = trial };
    enum work__planned planned = WORK__ROUTED;
    work__plan_init(&p, w);
    copy_request(&job, request);
    for (uint32_t i = 0; i < LIMIT_WORK_TRIES && planned == WORK__ROUTED; i++) {
        arena_clear(&job.plan);
        planned = work__plan(&p, &job);
    }
    work__plan_release(&p);
    arena_release(&job.arena);
    arena_release(&job.plan);
    job.answer.code[0] = '\0';
    return job.answer;
}

void work_figures(struct work *w, struct work_figures *ret)
{
    *ret = (struct work_figures){ .done = w->figure_done, .planned = w->figure_planned, .stale = w->figure_stale,
                                  .timers = w->figure_timers, .deliveries = w->figure_deliveries,
                                  .timer_late_max = w->figure_late, .timers_late = w->figure_over };
    pthread_mutex_lock(&w->lock);
    ret->waiting = w->waiting;
    pthread_mutex_unlock(&w->lock);
}
