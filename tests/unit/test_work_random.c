/* test_work_random: acts by chance, senseless ones among them, from many threads, on one server and on two that share a
 * store. What must hold at the end: the rows are what the states say; whatever was answered OK, every timer and every
 * delivery stands in the audit trail exactly once; the trail is sound. */
#include "people/people.h"
#include "tap.h"
#include "work_office.h"
#include "work_rows.h"

#include <pthread.h>

enum { THREADS = 6, ROUNDS = 400, SERVERS = 2, KNOWN = 4096 };

struct fair {
    struct office office;
    struct work *works[SERVERS];
    uint32_t work_count;
    atomic_llong known[KNOWN]; /* dossiers, in any order */
    atomic_uint known_count;
    atomic_uint open, done, repeated, outcomes[WORK_OUTCOMES];
};

struct walker {
    struct fair *fair;
    uint64_t seed;
    uint32_t number;
    struct arena arena;
    pthread_t thread;
};

static uint32_t chance(struct walker *w, uint32_t below)
{
    w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(w->seed >> 33) % below;
}

#define ONE_OF(w, list) (list)[chance((w), sizeof(list) / sizeof(list)[0])]

/* ---- Requests ---- */

static const char *const begun[][2] = {
    { "tasks", "panel" },   { "tasks", "back" },    { "tasks", "choice" },  { "tasks", "work" },
    { "timers", "edges" },  { "timers", "dates" },  { "timers", "steps" },  { "mail", "payee" },
    { "mail", "payer" },    { "mail", "loop" },     { "mail", "edge" },     { "mail", "inner" },
    { "mail", "siren" },    { "mail", "listener" }, { "calls", "outer" },   { "calls", "grand" },
    { "calls", "broken" },  { "calls", "quick" },   { "calls", "hurry" },   { "calls", "urgent" },
    { "calls", "timed" },   { "rules", "graded" },  { "rules", "unknown" }, { "tasks", "nowhere" },
    { "nothing", "" },
};

static const char *const first_variables[] = {
    "", "{}", "{\"points\":91,\"number\":1,\"invoice\":\"A\",\"line\":\"L\",\"members\":[1,2,3]}",
    "{\"points\":50,\"number\":2,\"invoice\":\"B\",\"line\":\"M\",\"members\":[],\"until\":\"2026-03-03T00:00:00Z\"}",
    "{\"number\":3,\"invoice\":7,\"which\":\"grade\",\"points\":70,\"members\":\"x\",\"until\":\"soon\"}",
};

static const char *const later_variables[] = {
    "", "{\"verdict\":\"good\"}", "{\"verdict\":\"bad\"}", "{\"verdict\":\"ask\"}", "{\"vote\":1}", "{\"last\":true}",
    "{\"until\":\"2026-03-04T00:00:00Z\",\"which\":\"grade\",\"invoice\":\"A\"}", "{\"members\":[1]}", "[1]", "{",
};

static const char *const names[] = { "paid", "step", "recall", "note", "complaint", "filed", "alarm", "nobody" };
static const char *const keys[] = { "", "1", "2.0", "\"A\"", "\"B\"", "\"L\"", "null", "[" };
static const char *const codes[] = { "REFUSED", "ASK", "JAM", "" };
static const char *const elements[] = { "visit", "measure", "ask", "end", "nowhere" };

static void begin_request(struct walker *w, struct work_request *rq)
{
    uint32_t i = chance(w, sizeof begun / sizeof begun[0]);
    rq->act = WORK_START;
    rq->scheme = str_of(begun[i][0]);
    rq->process = str_of(begun[i][1]);
    rq->with = str_of(ONE_OF(w, first_variables));
}

/* Acts are not equally likely: what ends everything comes seldom. */
static enum work_act draw_act(struct walker *w)
{
    static const enum work_act often[] = { WORK_COMPLETE, WORK_COMPLETE, WORK_DONE, WORK_RETRY, WORK_MESSAGE,
                                           WORK_SIGNAL,   WORK_SET,      WORK_FAIL, WORK_THROW, WORK_TIMER };
    enum work_act act = chance(w, 4) > 0 ? ONE_OF(w, often) : (enum work_act)chance(w, WORK_ACTS);
    return act == WORK_CANCEL && chance(w, 2) > 0 ? WORK_RELEASE : act;
}

/* Something that the dossier waits for at this moment, and the act that answers it. */
static void aim(struct walker *w, struct work_request *rq)
{
    static const enum work_act acts[] = { WORK_COMPLETE, WORK_DONE, WORK_TIMER, WORK_MESSAGE, WORK_RETRY };
    struct store_view *v;
    struct store_value id = store_int(rq->dossier), args[] = { id, id, id, id, id };
    if (store_view(w->fair->office.store, &v, NULL) != OK) {
        return;
    }
    struct store_rows *r = store_query(v, "SELECT 0, wait, '' FROM task WHERE dossier = ? AND status = 'open' "
                                          "UNION ALL SELECT 1, wait, '' FROM queue WHERE dossier = ? AND wait > 0 "
                                          "UNION ALL SELECT 2, wait, '' FROM timer WHERE dossier = ? "
                                          "UNION ALL SELECT 3, wait, name FROM subscription WHERE dossier = ? "
                                          "UNION ALL SELECT 4, item, '' FROM incident WHERE dossier = ?", args, 5);
    for (uint32_t seen = 1; store_next(r); seen++) {
        if (chance(w, seen) == 0) {
            rq->act = acts[store_column_int(r, 0)];
            rq->wait = rq->item = (uint32_t)store_column_int(r, 1);
            rq->name = arena_str(&w->arena, store_column_text(r, 2));
        }
    }
    store_rows_end(r);
    store_view_end(v);
}

static void draw_request(struct walker *w, struct work_request *rq)
{
    struct fair *f = w->fair;
    uint32_t count = f->known_count < KNOWN ? f->known_count : KNOWN;
    *rq = (struct work_request){ .act = draw_act(w) };
    if (count < 8 || rq->act == WORK_START || chance(w, 20) == 0) {
        begin_request(w, rq);
    } else {
        bool told = (rq->act == WORK_MESSAGE || rq->act == WORK_SIGNAL) && chance(w, 3) > 0;
        uint32_t back = chance(w, 8) > 0 ? 8 : count; /* mostly the latest */
        rq->dossier = told                    ? 0
                      : chance(w, 50) == 0 ? 1 + chance(w, 99)
                                           : f->known[count - 1 - chance(w, back < count ? back : count)];
        rq->wait = rq->act == WORK_MESSAGE && chance(w, 2) > 0 ? 0 : 3 + chance(w, 9);
        rq->item = chance(w, 4) == 0 ? 0 : 1 + chance(w, 9);
        rq->with = str_of(ONE_OF(w, later_variables));
        rq->name = str_of(rq->act == WORK_THROW || rq->act == WORK_ESCALATE ? ONE_OF(w, codes) : ONE_OF(w, names));
        rq->correlation = str_of(rq->act == WORK_MESSAGE ? ONE_OF(w, keys) : "");
        rq->element = str_of(rq->act == WORK_RETURN || rq->act == WORK_ACTIVATE ? ONE_OF(w, elements) : "");
        rq->text = str_of(chance(w, 2) > 0 ? "why" : "");
        if (rq->dossier != 0 && chance(w, 2) > 0) {
            aim(w, rq);
        }
    }
    if (chance(w, 3) == 0) {
        rq->key = arena_printf(&w->arena, "%p/%u", (void *)w, w->number++);
    }
}

static void fair_done(void *context, const struct work_answer *answer)
{
    struct fair *f = context;
    if (answer->outcome == WORK_OK && !answer->repeated) {
        f->done++;
        uint32_t i = answer->code[0] != '\0' ? f->known_count++ : KNOWN;
        if (i < KNOWN) {
            f->known[i] = answer->dossier;
        }
    }
    f->repeated += answer->repeated;
    f->outcomes[answer->outcome]++;
    f->open--;
}

static void *walk(void *context)
{
    struct walker *w = context;
    struct fair *f = w->fair;
    for (int i = 0; i < ROUNDS; i++) {
        struct work_request rq;
        draw_request(w, &rq);
        uint32_t times = rq.key.len > 0 ? 1 + chance(w, 3) : 1;
        for (uint32_t k = 0; k < times; k++) {
            f->open++;
            work_submit(f->works[chance(w, f->work_count)], &rq, LANG_EN, fair_done, f);
        }
        if (chance(w, 30) == 0) {
            office_clock += chance(w, 3600) * SECONDS;
        }
        while (f->open > 40) {
            usleep(200);
        }
    }
    return NULL;
}

/* ---- The end ---- */

static void audit_is_sound(struct fair *f)
{
    struct people *people;
    struct people_chain_verdict verdict;
    uint32_t count = 1;
    office_must(people_open(f->office.store, &people, &f->office.err) == OK, &f->office, "people_open");
    while (count > 0 && people_chain(people, office_clock, &count, &f->office.err) == OK) {
    }
    ok(people_chain_verify(people, NULL, &verdict, &f->office.err) == OK && verdict.fault == PEOPLE_SOUND,
       "the audit trail is sound");
    people_close(people);
}

static void everything_holds(struct fair *f)
{
    struct office *o = &f->office;
    char differs[200];
    uint64_t by_program = 0, stale = 0;
    for (int i = 0; i < 4; i++) { /* what was put off, what a thread held when it was closed */
        ok(office_settle(o), "comes to rest");
        office_clock += 61 * SECONDS;
    }
    ok(office_settle(o), "comes to rest");
    if (!ok(rows_hold(o->record, o->store, differs), "the rows are what the states say")) {
        printf("# %s\n", differs);
    }
    for (uint32_t i = 0; i < f->work_count; i++) {
        struct work_figures figures;
        work_figures(f->works[i], &figures);
        by_program += figures.timers + figures.deliveries;
        stale += figures.stale;
    }
    printf("# done %u, repeated %u, missing %u, refused %u, busy %u, by the program %" PRIu64 ", stale %" PRIu64
           ", dossiers %" PRId64 ", ended %" PRId64 ", incidents %" PRId64 "\n", f->done, f->repeated,
           f->outcomes[WORK_MISSING], f->outcomes[WORK_REFUSED], f->outcomes[WORK_BUSY], by_program, stale,
           office_number(o, "SELECT count(*) FROM dossier", 0),
           office_number(o, "SELECT count(*) FROM dossier WHERE closed > 0", 0),
           office_number(o, "SELECT count(*) FROM incident", 0));
    is_int(office_number(o, "SELECT count(*) FROM audit WHERE kind = 'dossier'", 0), f->done + (int64_t)by_program,
           "what was answered, fired and delivered is in the audit trail once");
    struct work_recomputed r;
    ok(work_recompute(o->work, 0, &r, NULL) == OK && r.different == 0 && r.equal > 0, "decisions come out the same");
    audit_is_sound(f);
}

static void test_chance(uint32_t servers, uint64_t seed)
{
    static const char *const packages[] = { "tasks", "timers", "mail", "calls", "rules" };
    struct walker walkers[THREADS];
    struct fair *f = calloc(1, sizeof *f);
    struct office *o = &f->office;
    office_open(o, 2, true);
    f->works[0] = o->work;
    f->work_count = servers;
    for (uint32_t i = 1; i < servers; i++) {
        office_open_work(o, &f->works[i], 2, true);
    }
    for (size_t i = 0; i < sizeof packages / sizeof packages[0]; i++) {
        office_install(o, packages[i]);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        walkers[i] = (struct walker){ .fair = f, .seed = seed * 1000 + i, .arena = ARENA_INIT };
        office_must(pthread_create(&walkers[i].thread, NULL, walk, &walkers[i]) == 0, o, "thread");
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        pthread_join(walkers[i].thread, NULL);
    }
    everything_holds(f);
    for (uint32_t i = 0; i < THREADS; i++) {
        arena_release(&walkers[i].arena);
    }
    for (uint32_t i = 1; i < servers; i++) {
        work_close(f->works[i]);
    }
    office_remove(o);
    free(f);
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    test_chance(1, seed);
    test_chance(SERVERS, seed);
    return tap_done();
}
