/* copies: a thread that makes a copy when it is asked to. The copy has a folder of its own, named by its instant. */
#include "cli/copies.h"

#include "base/clock.h"
#include "cal/cal.h"
#include "text/json_write.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

struct copies {
    struct people *people;
    struct store *store;
    const char *folder;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t asked_for;
    bool asked, stopping;
    int64_t actor;
    struct web_copying state;
};

/* "20261128T183000Z": the names stand in the order of the instants. */
static void name_of(int64_t at, char ret[32])
{
    cal_datetime t = { 0 };
    cal_datetime_from_utc(at / 1000000, 0, 0, &t);
    snprintf(ret, 32, "%04d%02d%02dT%02d%02d%02dZ", (int)t.year, t.month, t.day, t.hour, t.minute, t.second);
}

/* Who had it made, and how it ended. */
static void note(struct copies *c, int64_t actor, const char *name, bool good)
{
    struct arena a = ARENA_INIT;
    struct people_plan plan;
    if (people_begin(c->people, &a, actor, clock_now_micros(), &plan, NULL) == OK) {
        str detail = arena_printf(&a, "{\"copy\":\"%s\"}", name);
        enum error_code code = people_audit(&plan, good ? STR("make") : STR("fail"), STR("backup"), 0, detail, NULL);
        people_finish(&plan, code, NULL, NULL);
    }
    arena_release(&a);
}

static void make(struct copies *c, int64_t actor)
{
    struct arena a = ARENA_INIT;
    char name[32];
    struct error err = { .lang = LANG_ZH };
    name_of(clock_now_micros(), name);
    mkdir(c->folder, 0700); /* where it fails, the copy does, and says so */
    enum error_code code = store_backup(c->store, arena_printf(&a, "%s/%s", c->folder, name).ptr, &err);
    note(c, actor, name, code == OK);
    pthread_mutex_lock(&c->lock);
    c->state.since = 0;
    c->state.failed = code == OK ? 0 : clock_now_micros();
    c->state.error = err;
    pthread_mutex_unlock(&c->lock);
    arena_release(&a);
}

static void *run(void *context)
{
    struct copies *c = context;
    pthread_mutex_lock(&c->lock);
    while (!c->stopping) {
        if (!c->asked) {
            pthread_cond_wait(&c->asked_for, &c->lock);
            continue;
        }
        int64_t actor = c->actor;
        c->asked = false;
        pthread_mutex_unlock(&c->lock);
        make(c, actor);
        pthread_mutex_lock(&c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static bool ask(void *context, int64_t actor)
{
    struct copies *c = context;
    pthread_mutex_lock(&c->lock);
    bool free = c->state.since == 0;
    if (free) {
        c->asked = true;
        c->actor = actor;
        c->state.since = clock_now_micros();
        pthread_cond_signal(&c->asked_for);
    }
    pthread_mutex_unlock(&c->lock);
    return free;
}

static void look(void *context, struct web_copying *ret)
{
    struct copies *c = context;
    pthread_mutex_lock(&c->lock);
    *ret = c->state;
    pthread_mutex_unlock(&c->lock);
}

struct copies *copies_start(struct arena *a, struct people *people, struct store *store, const char *folder,
                            struct web_copies *ret)
{
    *ret = (struct web_copies){ .folder = folder };
    if (folder == NULL) {
        return NULL;
    }
    struct copies *c = ARENA_NEW(a, struct copies);
    c->people = people;
    c->store = store;
    c->folder = folder;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->asked_for, NULL);
    if (pthread_create(&c->thread, NULL, run, c) != 0) {
        ret->folder = NULL;
        return NULL;
    }
    ret->make = ask;
    ret->look = look;
    ret->context = c;
    return c;
}

void copies_stop(struct copies *c)
{
    if (c != NULL) {
        pthread_mutex_lock(&c->lock);
        c->stopping = true;
        pthread_cond_signal(&c->asked_for);
        pthread_mutex_unlock(&c->lock);
        pthread_join(c->thread, NULL);
    }
}
