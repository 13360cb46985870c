/* wait: pages that wait for something to be done. Each holds a stream of events open, which costs memory and no thread:
 * one thread looks after all of them, and sleeps while there are none. When what a page waits for is over it is told
 * "changed", and loads itself again. A stream ends after a while all the same, and the browser asks again: so whoever
 * has gone is not remembered for long, and a log-in that has ended is noticed. */
#include "web/web_int.h"

#include "base/clock.h"

enum { LOOKS_MS = 500, LASTS_SECONDS = 60 };

/* No more of them than connections, which HTTP_CONNECTIONS bounds. */
struct waiter {
    struct arena arena; /* which holds this too */
    struct waiter *next;
    struct http_events *events;
    web__over *over;
    int64_t number;
    int64_t until;
};

struct web__waits {
    struct web *web;
    pthread_mutex_t lock;
    pthread_cond_t came;
    pthread_t thread;
    bool runs, ends;
    struct waiter *first;
};

struct web__waits *web__waits_new(struct arena *a, struct web *web)
{
    struct web__waits *w = ARENA_NEW(a, struct web__waits);
    w->web = web;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->came, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return w;
}

/* Takes the waiter out of the list; `tell`: what it waited for is over. */
static void let_go(struct waiter **at, bool tell)
{
    struct waiter *w = *at;
    *at = w->next;
    if (tell) {
        http_send_event(w->events, STR("changed"), STR(""), STR(""));
    }
    http_end_events(w->events);
    struct arena arena = w->arena;
    arena_release(&arena);
}

static void look_at_all(struct web__waits *w)
{
    struct store_view *v;
    int64_t now = clock_now_micros();
    if (store_view(w->web->config.store, &v, NULL) != OK) {
        return; /* next time */
    }
    for (struct waiter **at = &w->first; *at != NULL;) {
        bool over = (*at)->over(w->web, v, (*at)->number);
        if (over || now >= (*at)->until) {
            let_go(at, over);
        } else {
            at = &(*at)->next;
        }
    }
    store_view_end(v);
}

static void *look(void *context)
{
    struct web__waits *w = context;
    pthread_mutex_lock(&w->lock);
    while (!w->ends) {
        int64_t at = clock_monotonic_nanos() + LOOKS_MS * INT64_C(1000000);
        struct timespec until = { (time_t)(at / 1000000000), (long)(at % 1000000000) };
        if (w->first == NULL) {
            pthread_cond_wait(&w->came, &w->lock);
        } else {
            look_at_all(w);
            pthread_cond_timedwait(&w->came, &w->lock, &until);
        }
    }
    while (w->first != NULL) {
        let_go(&w->first, false);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

void web__waits_end(struct web__waits *w)
{
    pthread_mutex_lock(&w->lock);
    w->ends = true;
    bool runs = w->runs;
    pthread_cond_signal(&w->came);
    pthread_mutex_unlock(&w->lock);
    if (runs) {
        pthread_join(w->thread, NULL);
    }
    pthread_cond_destroy(&w->came);
    pthread_mutex_destroy(&w->lock);
}

void web__wait(struct web__call *c, web__over *over, int64_t number)
{
    struct web__waits *w = c->web->waits;
    pthread_mutex_lock(&w->lock);
    w->runs = w->runs || pthread_create(&w->thread, NULL, look, w) == 0;
    if (w->runs) {
        struct arena a = ARENA_INIT;
        struct waiter *one = ARENA_NEW(&a, struct waiter);
        one->events = http_send_events(c->r);
        one->over = over;
        one->number = number;
        one->until = c->now + LASTS_SECONDS * INT64_C(1000000);
        one->next = w->first;
        one->arena = a;
        w->first = one;
        pthread_cond_signal(&w->came);
    } else {
        http_send_error(c->r, 503, "this cannot be waited for now");
    }
    pthread_mutex_unlock(&w->lock);
}
