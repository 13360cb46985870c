/* test_work: what data cannot reach: many threads under one key, closing, full queues, acts of the office that fail,
 * bundles that are gone, and the limits. */
#include "tap.h"
#include "work/desk.h"
#include "work/work_int.h"
#include "work_office.h"
#include "work_rows.h"

/* ---- Answers of many requests ---- */

struct crowd {
    atomic_uint answered, outcomes[WORK_OUTCOMES], repeated;
    atomic_llong dossier; /* that all have named; -1: they differ */
};

static void crowd_done(void *context, const struct work_answer *answer)
{
    struct crowd *c = context;
    long long none = 0;
    if (answer->outcome == WORK_OK && !atomic_compare_exchange_strong(&c->dossier, &none, answer->dossier) &&
        none != answer->dossier) {
        c->dossier = -1;
    }
    c->repeated += answer->repeated;
    c->outcomes[answer->outcome]++;
    c->answered++;
}

static void crowd_wait(struct crowd *c, uint32_t count)
{
    for (int i = 0; i < 6000 && c->answered < count; i++) {
        usleep(10000);
    }
}

static void ask_many(struct office *o, struct crowd *c, const struct work_request *rq, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        work_submit(o->work, rq, LANG_EN, crowd_done, c);
    }
    crowd_wait(c, count);
}

static uint32_t open_task(struct office *o, int64_t dossier)
{
    return (uint32_t)office_number(o, "SELECT wait FROM task WHERE dossier = ? AND status = 'open'", dossier);
}

static void rows_are_right(struct office *o, const char *name)
{
    char differs[200];
    ok(office_settle(o), "%s: comes to rest", name);
    if (!ok(rows_hold(o->record, o->store, differs), "%s: the rows are what the states say", name)) {
        printf("# %s\n", differs);
    }
}

/* ---- Keys ---- */

static void test_keys(void)
{
    struct office o = { .arena = ARENA_INIT };
    struct crowd begun = { .answered = 0 }, completed = { .answered = 0 };
    office_open(&o, 4, true);
    office_install(&o, "tasks");
    struct work_request start = { .act = WORK_START, .scheme = STR("tasks"), .process = STR("back"), .key = STR("k") };
    ask_many(&o, &begun, &start, 50);
    is_int(begun.outcomes[WORK_OK], 50, "the same request 50 times at once is answered 50 times");
    is_int(begun.repeated, 49, "and done once");
    ok(begun.dossier > 0, "all answers name the same dossier");
    is_int(office_number(&o, "SELECT count(*) FROM dossier", 0), 1, "there is one dossier");
    struct work_request complete = { .act = WORK_COMPLETE, .dossier = begun.dossier, .key = STR("c"),
                                     .wait = open_task(&o, begun.dossier) };
    ask_many(&o, &completed, &complete, 50);
    is_int(completed.repeated, 49, "a task is completed once");
    is_int(office_number(&o, "SELECT count(*) FROM audit WHERE verb = 'complete' AND object = ?", begun.dossier), 1,
           "and stands in the history once");
    office_close(&o);
    office_open(&o, 2, true);
    struct work_answer again = office_do(&o, complete);
    ok(again.outcome == WORK_OK && again.repeated && again.dossier == begun.dossier,
       "after a restart it is still known");
    start.office = STR("elsewhere");
    is_int(office_do(&o, start).outcome, WORK_REFUSED, "the key with another office is refused");
    rows_are_right(&o, "keys");
    office_clock += (LIMIT_WORK_KEY_DAYS - 1) * 86400 * SECONDS;
    work__forget_requests(o.work);
    is_int(office_number(&o, "SELECT count(*) FROM request", 0), 2, "keys are kept for LIMIT_WORK_KEY_DAYS");
    office_clock += 2 * 86400 * SECONDS;
    work__forget_requests(o.work);
    is_int(office_number(&o, "SELECT count(*) FROM request", 0), 0, "and not longer");
    office_remove(&o);
}

/* ---- Claims at once ---- */

enum { CLAIMERS = 50 };

struct claimer {
    struct office *o;
    struct work_request rq;
    struct work_answer answer;
    pthread_t thread;
};

static void *claim(void *context)
{
    struct claimer *c = context;
    c->answer = work_do(c->o->work, &c->rq, LANG_EN);
    return NULL;
}

/* Fifty threads want one task: one has it, and each of the others is told why it has not. */
static void test_claims(void)
{
    struct office o = { .arena = ARENA_INIT };
    struct claimer claimers[CLAIMERS];
    uint32_t won = 0, told = 0;
    int64_t winner = 0;
    office_open(&o, 4, true);
    office_install(&o, "tasks");
    struct work_request start = { .act = WORK_START, .scheme = STR("tasks"), .process = STR("back") };
    int64_t dossier = office_do(&o, start).dossier;
    uint32_t wait = open_task(&o, dossier);
    for (int i = 0; i < CLAIMERS; i++) {
        claimers[i] = (struct claimer){ .o = &o, .rq = { .act = WORK_CLAIM, .dossier = dossier, .wait = wait,
                                                         .actor = 100 + i } };
        pthread_create(&claimers[i].thread, NULL, claim, &claimers[i]);
    }
    for (int i = 0; i < CLAIMERS; i++) {
        pthread_join(claimers[i].thread, NULL);
        bool has = claimers[i].answer.outcome == WORK_OK;
        won += has;
        winner = has ? claimers[i].rq.actor : winner;
        told += claimers[i].answer.outcome == WORK_REFUSED &&
                strcmp(claimers[i].answer.error.message, "somebody else has taken the task") == 0;
    }
    is_int(won, 1, "of fifty claims of a task at once one wins");
    is_int(told, CLAIMERS - 1, "the others are told that somebody else has taken it");
    is_int(office_number(&o, "SELECT assignee FROM task WHERE dossier = ?", dossier), winner, "and he has it");
    rows_are_right(&o, "claims");
    office_remove(&o);
}

/* ---- Applicants at once ---- */

/* Twenty declarations of one firm and year, asked for at the same moment: one is begun, the others are told of it. */
static void test_once(void)
{
    enum { APPLICANTS = 20 };
    static const char manifest[] = "{\"scheme\":\"once\",\"processes\":{\"own\":{\"subject\":\"party\",\"start\":{"
                                   "\"once\":[\"party\",\"year\"]}}}}";
    static const char model[] =
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><process id=\"own\" isExecutable=\"true\">"
        "<startEvent id=\"s\"/><userTask id=\"t\"/><endEvent id=\"e\"/>"
        "<sequenceFlow id=\"a\" sourceRef=\"s\" targetRef=\"t\"/>"
        "<sequenceFlow id=\"b\" sourceRef=\"t\" targetRef=\"e\"/></process></definitions>";
    struct scheme_file files[] = { { STR("scheme.json"), { manifest, sizeof manifest - 1 } },
                                   { STR("process/own.bpmn"), { model, sizeof model - 1 } } };
    struct office o = { .arena = ARENA_INIT };
    struct crowd c = { .answered = 0 };
    const struct scheme *b;
    office_open(&o, 4, true);
    office_must(scheme_load(&o.arena, STR("once"), files, 2, &b, &o.err) == OK &&
                    work_install(o.work, b, 0, &o.err) == OK, &o, "once");
    struct work_request start = { .act = WORK_START, .scheme = STR("once"), .process = STR("own"),
                                  .subject = STR("P1"), .with = STR("{\"year\":2026}") };
    ask_many(&o, &c, &start, APPLICANTS);
    is_int(c.outcomes[WORK_OK], 1, "of twenty applications at once one is begun");
    is_int(c.outcomes[WORK_REFUSED], APPLICANTS - 1, "the others are refused");
    is_int(office_number(&o, "SELECT count(*) FROM dossier", 0), 1, "there is one dossier");
    struct work_answer late = office_do(&o, start);
    is_str(str_of(late.error.message), STR("there is one already, and only one is allowed"), "and says why");
    is_str(str_of(late.error.detail), arena_printf(&o.arena, "dossier %lld", (long long)c.dossier), "and which it is");
    rows_are_right(&o, "once");
    office_remove(&o);
}

/* ---- An act that waits until the test lets it go ---- */

struct gate {
    pthread_mutex_t lock;
    atomic_uint entered;
};

static enum error_code pass_gate(void *context, const struct work_job *job, feel_value *ret, struct error *err)
{
    struct gate *g = context;
    (void)job;
    (void)ret;
    (void)err;
    g->entered++;
    pthread_mutex_lock(&g->lock);
    pthread_mutex_unlock(&g->lock);
    return OK;
}

#define SERVICE(type)                                                                                                  \
    "<serviceTask id=\"s\"><extensionElements><z:taskDefinition type=\"" type "\"/></extensionElements></serviceTask>"

static enum error_code take_long(void *context, const struct work_job *job, feel_value *ret, struct error *err)
{
    (void)context;
    (void)job;
    (void)ret;
    (void)err;
    usleep((LIMIT_STORE_VIEW_MS + 100) * 1000);
    return OK;
}

static void test_long_act(void)
{
    struct office o = { .arena = ARENA_INIT };
    office_open(&o, 1, false);
    work_register(o.work, "long", take_long, NULL);
    office_install_own(&o, SERVICE("long") "<userTask id=\"t\"><extensionElements><z:userTask/><z:assignmentDefinition "
                           "candidateGroups=\"a@b\"/></extensionElements></userTask>"
                           "<sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"t\"/>");
    is_int(office_start(&o, "own", "", "").outcome, WORK_OK, "what takes longer than a view lives is done");
    is_int(office_number(&o, "SELECT count(*) FROM task WHERE status = 'open'", 0), 1, "and what follows it too");
    rows_are_right(&o, "long act");
    office_remove(&o);
}

/* ---- Messages in a crowd ---- */

static void test_routing(void)
{
    struct office o = { .arena = ARENA_INIT };
    struct crowd c = { .answered = 0 };
    office_open(&o, 4, true);
    office_install(&o, "mail");
    office_start(&o, "mail", "loop", "{\"line\":\"L\"}");
    struct work_request step = { .act = WORK_MESSAGE, .name = STR("step"), .correlation = STR("\"L\""),
                                 .with = STR("{\"last\":false}") };
    ask_many(&o, &c, &step, 100);
    is_int(c.outcomes[WORK_OK], 100, "messages at once for a dossier that waits again and again all arrive");
    rows_are_right(&o, "routing");
    office_remove(&o);
}

/* A message that has found its receiver, who then waits no more, finds the next one. */
static void test_routing_again(void)
{
    struct office o = { .arena = ARENA_INIT };
    struct crowd c = { .answered = 0 };
    struct gate gate = { PTHREAD_MUTEX_INITIALIZER, 0 };
    office_open(&o, 3, false);
    work_register(o.work, "gate", pass_gate, &gate);
    office_install_own(&o, "<receiveTask id=\"r\" messageRef=\"m\"/>" SERVICE("gate")
                           "<sequenceFlow id=\"f\" sourceRef=\"r\" targetRef=\"s\"/>");
    struct work_request message = { .act = WORK_MESSAGE, .name = STR("m"), .correlation = STR("1") };
    office_start(&o, "own", "", "{\"k\":1}");
    pthread_mutex_lock(&gate.lock);
    work_submit(o.work, &message, LANG_EN, crowd_done, &c);
    while (gate.entered == 0) {
        usleep(1000);
    }
    work_submit(o.work, &message, LANG_EN, crowd_done, &c);
    usleep(100000); /* it waits behind the first one */
    int64_t second = office_start(&o, "own", "", "{\"k\":1}").dossier;
    pthread_mutex_unlock(&gate.lock);
    crowd_wait(&c, 2);
    is_int(c.outcomes[WORK_OK], 2, "two messages find two receivers, one after the other");
    is_int(office_number(&o, "SELECT count(*) FROM dossier WHERE closed > 0 AND id = ?", second), 1,
           "the second of them too");
    rows_are_right(&o, "routing again");
    office_remove(&o);
}

/* A called dossier begins while its caller ends. */
static void test_calls(void)
{
    struct office o = { .arena = ARENA_INIT };
    struct crowd c = { .answered = 0 };
    office_open(&o, 2, true);
    office_install(&o, "calls");
    for (uint32_t i = 0; i < 100; i++) {
        struct work_request cancel = { .act = WORK_CANCEL,
                                       .dossier = office_start(&o, "calls", "timed", "").dossier };
        if (i % 3 > 0) {
            usleep(500 * (i % 7));
        }
        work_submit(o.work, &cancel, LANG_EN, crowd_done, &c);
    }
    crowd_wait(&c, 100);
    is_int(c.outcomes[WORK_OK], 100, "a hundred callers are cancelled");
    rows_are_right(&o, "calls");
    is_int(office_number(&o, "SELECT count(*) FROM dossier WHERE closed = 0", 0), 0, "and nobody goes on for them");
    office_remove(&o);
}

/* ---- Signals ---- */

static void test_signals(void)
{
    enum { LISTENERS = LIMIT_WORK_SIGNAL_PAGE * 2 + 1 };
    struct office o = { .arena = ARENA_INIT };
    struct crowd c = { .answered = 0 };
    office_open(&o, 2, true);
    office_install(&o, "mail");
    struct work_request start = { .act = WORK_START, .scheme = STR("mail"), .process = STR("listener") };
    ask_many(&o, &c, &start, LISTENERS);
    int64_t siren = office_start(&o, "mail", "siren", "").dossier;
    office_do(&o, (struct work_request){ .act = WORK_COMPLETE, .dossier = siren, .wait = open_task(&o, siren) });
    rows_are_right(&o, "signals");
    is_int(office_number(&o, "SELECT count(*) FROM task WHERE element = 'run' AND status = 'open'", 0), LISTENERS,
           "a signal reaches dossiers of more than LIMIT_WORK_SIGNAL_PAGE + 1");
    is_int(office_number(&o, "SELECT count(*) FROM audit WHERE verb = 'signal'", 0), LISTENERS, "each once");
    is_int(office_number(&o, "SELECT count(*) FROM dossier WHERE process = 'drill'", 0), 1, "and begins one dossier");
    is_int(office_number(&o, "SELECT count(*) FROM dossier WHERE closed = 0 AND id = ?", siren), 1,
           "its sender waits for another one");
    office_remove(&o);
}

static void test_lost_message(void)
{
    struct office o = { .arena = ARENA_INIT };
    office_open(&o, 1, true);
    office_install(&o, "mail");
    office_start(&o, "mail", "payer", "{\"invoice\":\"X\",\"amount\":1}");
    for (int i = 1; i < LIMIT_WORK_MESSAGE_TRIES; i++) {
        office_settle(&o);
        office_clock += 3601 * SECONDS;
    }
    is_int(office_number(&o, "SELECT count(*) FROM queue", 0), 1, "a message for nobody is tried again");
    office_settle(&o);
    is_int(office_number(&o, "SELECT count(*) FROM queue", 0), 0, "not more than LIMIT_WORK_MESSAGE_TRIES times");
    office_remove(&o);
}

/* ---- Closing, and too many ---- */

/* Requests that are done and keep their memory. */
static uint32_t pooled(struct office *o)
{
    pthread_mutex_lock(&o->work->lock);
    uint32_t count = o->work->pooled;
    pthread_mutex_unlock(&o->work->lock);
    return count;
}

static void test_closing(void)
{
    enum { REQUESTS = 3000 };
    struct office o = { .arena = ARENA_INIT };
    struct crowd c = { .answered = 0 };
    office_open(&o, 2, true);
    office_install(&o, "tasks");
    struct work_request start = { .act = WORK_START, .scheme = STR("tasks"), .process = STR("back") };
    for (int i = 0; i < REQUESTS; i++) {
        work_submit(o.work, &start, LANG_EN, crowd_done, &c);
    }
    work_close(o.work);
    is_int(c.answered, REQUESTS, "closing answers all that was asked");
    is_int(c.outcomes[WORK_OK], office_number(&o, "SELECT count(*) FROM dossier", 0), "and does what it says");
    office_open_work(&o, &o.work, 1, true);
    office_remove(&o);
}

/* What is under way when the work closes goes on when it is opened again. */
static void test_reopening(void)
{
    enum { CALLERS = 100 };
    struct office o = { .arena = ARENA_INIT };
    struct crowd c = { .answered = 0 };
    office_open(&o, 2, true);
    office_install(&o, "calls");
    struct work_request start = { .act = WORK_START, .scheme = STR("calls"), .process = STR("quick"),
                                  .with = STR("{\"points\":91}") };
    ask_many(&o, &c, &start, CALLERS);
    office_close(&o);
    office_open(&o, 2, true);
    office_clock += 61 * SECONDS; /* what the other had in its hands is free again */
    rows_are_right(&o, "reopening");
    is_int(office_number(&o, "SELECT count(*) FROM task WHERE element = 'show' AND status = 'open'", 0), CALLERS,
           "all calls come back");
    is_int(office_number(&o, "SELECT count(*) FROM dossier", 0), 2 * CALLERS, "each was made once");
    office_remove(&o);
}

static void test_too_many(void)
{
    struct office o = { .arena = ARENA_INIT };
    struct crowd held = { .answered = 0 }, c = { .answered = 0 };
    struct gate gate = { PTHREAD_MUTEX_INITIALIZER, 0 };
    office_open(&o, 1, false);
    work_register(o.work, "gate", pass_gate, &gate);
    office_install_own(&o, SERVICE("gate"));
    pthread_mutex_lock(&gate.lock);
    struct work_request start = { .act = WORK_START, .scheme = STR("own") };
    work_submit(o.work, &start, LANG_EN, crowd_done, &held);
    while (gate.entered == 0) {
        usleep(1000);
    }
    struct work_request claim = { .act = WORK_CLAIM, .dossier = 99 };
    for (int i = 0; i < LIMIT_WORK_REQUESTS - 1; i++) {
        work_submit(o.work, &claim, LANG_EN, crowd_done, &c);
    }
    is_int(c.answered, 0, "requests wait");
    struct work_answer busy = office_do(&o, claim); /* the LIMIT_WORK_REQUESTS + 1st */
    is_int(busy.outcome, WORK_BUSY, "one more is turned away");
    is_str(str_of(busy.error.detail), STR("limit WORK_REQUESTS = 10000"), "and the limit named");
    pthread_mutex_unlock(&gate.lock);
    crowd_wait(&c, LIMIT_WORK_REQUESTS - 1);
    is_int(c.outcomes[WORK_MISSING], LIMIT_WORK_REQUESTS - 1, "the others are answered");
    ok(pooled(&o) <= LIMIT_WORK_POOLED, "no more than LIMIT_WORK_POOLED requests keep their memory");
    office_remove(&o);
}

/* ---- Acts that fail ---- */

enum trouble { TROUBLE_NONE, TROUBLE_FAILS, TROUBLE_ROWS, TROUBLE_RESULT, TROUBLE_STORE, TROUBLE_STALE };

struct act {
    enum trouble trouble;
    uint32_t calls;
};

static void add_records(const struct work_job *job, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct store_value row[] = { store_int(work_id(job, NULL)), store_int(1), store_text(STR("l")),
                                     store_int(1), store_int(1), store_bytes(STR("")), store_int(0),
                                     store_text(STR("")), store_int(job->dossier), store_int(0), store_int(1),
                                     store_int(INT64_MAX), store_int(1), store_int(INT64_MAX), store_int(0),
                                     store_int(0), store_text(STR("{}")) };
        store_insert(job->change, STORE_TABLE_record, row);
    }
}

static enum error_code troubled(void *context, const struct work_job *job, feel_value *ret, struct error *err)
{
    struct act *act = context;
    struct store_value nobody[] = { store_int(-1) };
    act->calls++;
    add_records(job, act->trouble == TROUBLE_ROWS ? LIMIT_STORE_UNIT_ROWS + 1 : 1);
    store_take(job->change, STR("numbers"));
    switch (act->trouble) {
    case TROUBLE_FAILS: return error_set(err, ERROR_INVALID, "it could not be done");
    case TROUBLE_STORE: return error_set(err, ERROR_IO, "no disk");
    case TROUBLE_STALE: store_guard(job->change, STORE_TABLE_dossier, nobody, 7); return OK;
    case TROUBLE_RESULT: {
        str names[] = { STR("range") };
        feel_value *values = ARENA_ARRAY(job->arena, feel_value, 1), v = feel_null();
        for (int i = 0; i < 120; i++) { /* deeper than a variable may be */
            feel_value *one = ARENA_ARRAY(job->arena, feel_value, 1);
            one[0] = v;
            v = feel_list(one, 1);
        }
        values[0] = v;
        *ret = feel_context(feel_shape_new(job->arena, names, 1), values);
        return OK;
    }
    default: return OK;
    }
}

static void one_trouble(struct office *o, struct act *act, enum trouble trouble, const char *detail)
{
    act->trouble = trouble;
    int64_t before = office_number(o, "SELECT count(*) FROM record", 0);
    struct work_answer answer = office_start(o, "own", "", "");
    is_int(answer.outcome, WORK_OK, "an act that fails keeps nobody from what he does");
    struct store_view *v;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    struct work_dossier d;
    struct arena a = ARENA_INIT;
    office_must(store_view(o->store, &v, &o->err) == OK && work_read_dossier(v, answer.dossier, &a, &d), o, "read");
    work_write_dossier(o->work, v, &d, &b);
    store_view_end(v);
    ok(memmem(b.ptr, b.len, detail, strlen(detail)) != NULL, "it becomes an incident: %s", detail);
    is_int(office_number(o, "SELECT count(*) FROM record", 0), before, "and leaves no row");
    act->trouble = TROUBLE_NONE;
    struct work_request retry = { .act = WORK_RETRY, .dossier = answer.dossier,
                                  .item = (uint32_t)office_number(o, "SELECT item FROM incident WHERE dossier = ?",
                                                                  answer.dossier) };
    ok(office_do(o, retry).ended, "tried again it is done");
    is_int(office_number(o, "SELECT count(*) FROM record", 0), before + 1, "once");
    buf_release(&b);
    arena_release(&a);
}

static void test_acts(void)
{
    struct office o = { .arena = ARENA_INIT };
    struct act act = { TROUBLE_NONE, 0 };
    office_open(&o, 1, true);
    work_register(o.work, "act", troubled, &act);
    office_install_own(&o, SERVICE("act"));
    one_trouble(&o, &act, TROUBLE_FAILS, "it could not be done");
    one_trouble(&o, &act, TROUBLE_ROWS, "limit STORE_UNIT_ROWS");
    one_trouble(&o, &act, TROUBLE_RESULT, "BPMN_VALUE_DEPTH");
    is_int(office_number(&o, "SELECT last FROM series WHERE name = 'numbers'", 0), 3, "no number is lost");
    act = (struct act){ TROUBLE_STORE, 0 };
    is_int(office_start(&o, "own", "", "").outcome, WORK_BUSY, "without a disk the request is put off");
    act = (struct act){ TROUBLE_STALE, 0 };
    is_int(office_start(&o, "own", "", "").outcome, WORK_BUSY, "what is always stale is given up");
    is_int(act.calls, LIMIT_WORK_TRIES, "after LIMIT_WORK_TRIES, not one more");
    is_int(office_number(&o, "SELECT count(*) FROM dossier", 0), 3, "neither has begun");
    rows_are_right(&o, "acts");
    office_remove(&o);
}

/* ---- What a dossier cannot go on with ---- */

static void put_model(struct office *o, str kind, str bytes)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct store_change *c = store_change(&a);
    office_must(store_view(o->store, &v, &o->err) == OK, o, "view");
    struct store_rows *r = store_query(v, "SELECT hash FROM model", NULL, 0);
    office_must(store_next(r), o, "model");
    struct store_value row[] = { store_text(store_column_text(r, 0)), store_text(kind), store_keep(),
                                 store_bytes(bytes) };
    store_update(c, STORE_TABLE_model, row);
    store_rows_end(r);
    store_view_end(v);
    ok(store_commit(o->store, c, STORE_INTERACTIVE).outcome == STORE_DONE, "a stored file is replaced");
    arena_release(&a);
}

#define WAIT_AN_HOUR                                                                                                   \
    "<startEvent id=\"a\"/><intermediateCatchEvent id=\"b\"><timerEventDefinition><timeDuration>PT1H</timeDuration>"   \
    "</timerEventDefinition></intermediateCatchEvent><sequenceFlow id=\"f\" sourceRef=\"a\" targetRef=\"b\"/>"

static void test_gone_bundle(void)
{
    struct office o = { .arena = ARENA_INIT };
    office_open(&o, 1, true);
    office_install_own(&o, WAIT_AN_HOUR);
    int64_t id = office_start(&o, "own", "", "").dossier, due = office_clock + 3600 * SECONDS;
    is_int(office_number(&o, "SELECT due FROM timer WHERE dossier = ?", id), due, "a timer waits");
    struct store_view *v;
    office_must(store_view(o.store, &v, &o.err) == OK, &o, "view");
    struct store_rows *r = store_query(v, "SELECT bytes FROM model", NULL, 0);
    str bytes = store_next(r) ? arena_str(&o.arena, store_column_text(r, 0)) : STR("");
    store_rows_end(r);
    store_view_end(v);
    put_model(&o, STR("bpmn"), STR("<nothing/>"));
    work_close(o.work);
    record_close(o.record);
    office_open_record(&o);
    office_open_work(&o, &o.work, 1, true);
    is_int(office_do(&o, (struct work_request){ .act = WORK_SET, .dossier = id, .with = STR("{}") }).outcome,
           WORK_REFUSED, "a dossier whose bundle has changed goes no further");
    office_clock = due;
    ok(office_settle(&o), "its timer does not hold up the others");
    is_int(office_number(&o, "SELECT due FROM timer WHERE dossier = ?", id), due + 3600 * SECONDS, "and is kept");
    put_model(&o, STR("bpmn"), bytes);
    office_clock += 3600 * SECONDS;
    rows_are_right(&o, "bundle");
    is_int(office_number(&o, "SELECT count(*) FROM dossier WHERE outcome = 'ended' AND id = ?", id), 1,
           "with its bundle it goes on");
    office_remove(&o);
}

static void test_no_view(void)
{
    struct office o = { .arena = ARENA_INIT };
    struct store_view *views[LIMIT_STORE_VIEWS];
    office_open(&o, 1, false);
    office_install(&o, "tasks");
    for (int i = 0; i < LIMIT_STORE_VIEWS; i++) {
        office_must(store_view(o.store, &views[i], &o.err) == OK, &o, "view");
    }
    is_int(office_start(&o, "tasks", "back", "").outcome, WORK_BUSY, "without a view nothing can be planned");
    for (int i = 0; i < LIMIT_STORE_VIEWS; i++) {
        store_view_end(views[i]);
    }
    is_int(office_start(&o, "tasks", "back", "").outcome, WORK_OK, "with one it can");
    office_remove(&o);
}

/* ---- Sizes ---- */

static void test_packages(void)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    const struct scheme *b;
    struct scheme_file *files = ARENA_ARRAY(&a, struct scheme_file, LIMIT_SCHEME_FILES + 1);
    for (uint32_t i = 0; i < LIMIT_SCHEME_FILES + 1; i++) {
        files[i] = (struct scheme_file){ arena_printf(&a, "%u.txt", i), STR("") };
    }
    is_int(scheme_load(&a, STR("x"), files, LIMIT_SCHEME_FILES + 1, &b, &err), ERROR_LIMIT, "too many files");
    is_str(str_of(err.detail), STR("limit SCHEME_FILES = 400"), "named");
    files[0].bytes = (str){ arena_calloc(&a, 1, LIMIT_SCHEME_BYTES + 1), LIMIT_SCHEME_BYTES + 1 };
    is_int(scheme_load(&a, STR("x"), files, 1, &b, &err), ERROR_LIMIT, "too many bytes");
    is_str(str_of(err.detail), STR("limit SCHEME_BYTES = 25165824"), "named");
    files[1].name = files[2].name;
    is_int(scheme_load(&a, STR("x"), files + 1, 3, &b, &err), ERROR_INVALID, "a file twice");
    arena_release(&a);
}

/* {"a":"xxx…"} */
static str large(struct arena *a, size_t size)
{
    char *text = arena_alloc(a, size + 1);
    memset(text, 'x', size);
    text[size] = '\0';
    return arena_printf(a, "{\"a\":\"%s\"}", text);
}

static void test_sizes(void)
{
    struct office o = { .arena = ARENA_INIT };
    office_open(&o, 1, true);
    office_install_own(&o, "<callActivity id=\"c\"><extensionElements><z:calledElement processId=\"p\" "
                           "propagateAllParentVariables=\"true\"/></extensionElements>"
                           "<multiInstanceLoopCharacteristics><loopCardinality>100</loopCardinality>"
                           "</multiInstanceLoopCharacteristics></callActivity>");
    struct work_request rq = { .act = WORK_START, .scheme = STR("own"),
                               .with = large(&o.arena, LIMIT_WORK_STEP_BYTES / 100 + 1) };
    struct work_answer answer = office_do(&o, rq);
    is_int(answer.outcome, WORK_REFUSED, "what opens too much at once is refused");
    is_str(str_of(answer.error.detail), STR("limit WORK_STEP_BYTES = 134217728"), "and the limit named");
    rq.with = large(&o.arena, LIMIT_WORK_POOLED_BYTES + 1);
    is_int(office_do(&o, rq).outcome, WORK_OK, "a large one is done");
    is_int(pooled(&o), 0, "whoever needs more than LIMIT_WORK_POOLED_BYTES + 1 does not keep it");
    rq.with = STR("{\"a\":");
    is_int(office_do(&o, rq).outcome, WORK_REFUSED, "half a JSON is none");
    office_remove(&o);
}

/* ---- The list of tasks ---- */

static uint32_t counted(struct office *o, const struct people_grant *grants, uint32_t count)
{
    struct store_view *v;
    struct work_desk_query q = { .now = office_clock, .grants = grants, .grant_count = count, .desk = WORK_DESK_TEAM };
    office_must(store_view(o->store, &v, &o->err) == OK, o, "view");
    uint32_t found = work_desk_count(o->work, v, &q, LIMIT_WORK_DESK_COUNT);
    store_view_end(v);
    return found;
}

static void test_desk(void)
{
    struct office o = { .arena = ARENA_INIT };
    struct people_grant grants[LIMIT_WORK_DESK_LANES + 1];
    enum { EACH = 100 };
    office_open(&o, 1, true);
    office_install_own(&o, arena_printf(&o.arena, "<userTask id=\"t\"><extensionElements><z:userTask/>"
                                        "<z:assignmentDefinition candidateGroups=\"clerk\"/></extensionElements>"
                                        "<multiInstanceLoopCharacteristics><loopCardinality>%d</loopCardinality>"
                                        "</multiInstanceLoopCharacteristics></userTask>", EACH).ptr);
    for (int i = 0; i <= LIMIT_WORK_DESK_COUNT / EACH; i++) {
        office_must(office_start(&o, "own", "own", "").outcome == WORK_OK, &o, "start");
    }
    ok(office_number(&o, "SELECT count(*) FROM task WHERE role = 'clerk' AND office = 0", 0) >=
           LIMIT_WORK_DESK_COUNT + 1, "there are more tasks");
    for (int i = 0; i <= LIMIT_WORK_DESK_LANES; i++) {
        grants[i] = (struct people_grant){ .role = arena_printf(&o.arena, "role%d", i) };
    }
    grants[LIMIT_WORK_DESK_LANES - 1].role = STR("clerk");
    is_int(counted(&o, grants, LIMIT_WORK_DESK_LANES), LIMIT_WORK_DESK_COUNT, "no more than LIMIT_WORK_DESK_COUNT");
    grants[LIMIT_WORK_DESK_LANES - 1].role = STR("other");
    grants[LIMIT_WORK_DESK_LANES].role = STR("clerk");
    is_int(counted(&o, grants, LIMIT_WORK_DESK_LANES + 1), 0, "the role after LIMIT_WORK_DESK_LANES is not looked at");
    office_remove(&o);
}

int main(void)
{
    test_keys();
    test_claims();
    test_once();
    test_long_act();
    test_routing();
    test_routing_again();
    test_calls();
    test_signals();
    test_lost_message();
    test_closing();
    test_reopening();
    test_too_many();
    test_acts();
    test_gone_bundle();
    test_no_view();
    test_packages();
    test_sizes();
    test_desk();
    return tap_done();
}
