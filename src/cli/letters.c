/* letters: takes what stands in the outbox and gives it to the program that sends it (setting `messenger`): one run for
 * each, with "phone" or "mail", the address, and the text as lines of its standard input, so that neither stands in the
 * list of processes. Status 0: it was sent. Otherwise it is tried again (people_letter_sent). */
#include "cli/letters.h"

#include "base/clock.h"
#include "helper/run.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { AT_ONCE = 20, PAUSE_SECONDS = 10, DEADLINE_MS = 20000 };

struct letters {
    struct people *people;
    struct store *store;
    const char *program;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t some;
    bool stopping, woken;
};

static enum error_code send_one(const struct letters *l, const struct people_letter *letter, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct buf answer = BUF_INIT(4096);
    str input = arena_printf(&a, "%s\n%.*s\n%.*s\n", letter->to.mail ? "mail" : "phone", STR_ARG(letter->to.text),
                             STR_ARG(letter->text));
    const struct helper_run run = { .program = l->program, .input = input, .deadline_ms = DEADLINE_MS };
    enum error_code code = helper_run(&run, &answer, err);
    buf_release(&answer);
    arena_release(&a);
    return code;
}

static void note(struct letters *l, const struct people_letter *letter, bool sent)
{
    struct arena a = ARENA_INIT;
    struct people_plan plan;
    if (people_begin(l->people, &a, 0, clock_now_micros(), &plan, NULL) == OK) {
        people_letter_sent(&plan, letter, sent);
        people_letter_sweep(&plan);
        people_finish(&plan, OK, NULL, NULL);
    }
    arena_release(&a);
}

static void send_all(struct letters *l)
{
    struct arena a = ARENA_INIT;
    const struct people_letter *letters = NULL;
    struct store_view *v;
    struct error err = { .code = OK };
    uint32_t count = 0;
    if (store_view(l->store, &v, &err) == OK) {
        people_letters(l->people, v, &a, true, clock_now_micros(), AT_ONCE, &letters, &count, &err);
        store_view_end(v);
    }
    for (uint32_t i = 0; i < count; i++) {
        note(l, &letters[i], send_one(l, &letters[i], &err) == OK);
    }
    arena_release(&a);
}

/* Until somebody has put something in, or a while has gone by. */
static bool rest(struct letters *l)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until); /* style: allow clock_gettime: the condition's own clock */
    until.tv_sec += PAUSE_SECONDS;
    pthread_mutex_lock(&l->lock);
    while (!l->stopping && !l->woken && pthread_cond_timedwait(&l->some, &l->lock, &until) == 0) {
    }
    l->woken = false;
    bool goes_on = !l->stopping;
    pthread_mutex_unlock(&l->lock);
    return goes_on;
}

static void *run(void *context)
{
    do {
        send_all(context);
    } while (rest(context));
    return NULL;
}

struct letters *letters_start(struct arena *a, struct people *people, struct store *store, const char *program)
{
    pthread_condattr_t monotonic;
    if (program == NULL) {
        return NULL;
    }
    struct letters *l = ARENA_NEW(a, struct letters);
    l->people = people;
    l->store = store;
    l->program = program;
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&l->some, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return pthread_create(&l->thread, NULL, run, l) == 0 ? l : NULL;
}

static void tell(struct letters *l, bool stop)
{
    pthread_mutex_lock(&l->lock);
    l->woken = true;
    l->stopping |= stop;
    pthread_cond_signal(&l->some);
    pthread_mutex_unlock(&l->lock);
}

void letters_wake(struct letters *l)
{
    if (l != NULL) {
        tell(l, false);
    }
}

void letters_stop(struct letters *l)
{
    if (l != NULL) {
        tell(l, true);
        pthread_join(l->thread, NULL);
    }
}
