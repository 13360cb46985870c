/* background: what happens without anybody asking: timers fire, deliveries are carried, the audit is chained, items of
 * queues are worked off. Each has a thread; all of them ask like everybody else, through work_submit.
 */
#include "work/work_int.h"

#include "base/clock.h"
#include "base/limit.h"
#include "people/people.h"
#include "record/file.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CLOCKS = 64,             /* dossiers whose clocks are moved at a time */
    TIMERS = 256,            /* that are fired at a time: catching up leaves room for people */
    DELIVERIES = 64,
    CARRIED = 16,
    POLL_MS = 100,           /* for what other servers have written */
    CHAIN_MS = 200,
    KEEP_MS = 1000,
    LEASE_SECONDS = 60,
    CHAIN_SECONDS = 10,      /* of the lease of the chain, renewed when half of it is over */
    HOUSEKEEPING = 200,      /* turns of the sequencer between two looks at what may be forgotten */
};

#define SECOND INT64_C(1000000)
#define LATE (SECOND / 10)

/* ---- Waiting ---- */

/* Until something is told, at most so long; false when the work is closing. `told` is reset. */
static bool rest(struct work *w, int64_t ms, bool *told)
{
    int64_t at = clock_monotonic_nanos() + ms * 1000000;
    struct timespec until = { (time_t)(at / 1000000000), (long)(at % 1000000000) };
    pthread_mutex_lock(&w->clock_lock);
    while (!w->closing && !*told && pthread_cond_timedwait(&w->clock_ready, &w->clock_lock, &until) == 0) {
    }
    *told = false;
    bool on = !w->closing;
    pthread_mutex_unlock(&w->clock_lock);
    return on;
}

void work__wake(struct work *w, int64_t due, bool delivery)
{
    pthread_mutex_lock(&w->clock_lock);
    bool earlier = due < w->next_due;
    w->next_due = earlier ? due : w->next_due;
    w->timer_told |= earlier;
    w->delivery_told |= delivery;
    if (earlier || delivery) {
        pthread_cond_broadcast(&w->clock_ready);
    }
    pthread_mutex_unlock(&w->clock_lock);
}

/* ---- Many at a time ---- */

struct errand {
    struct work__batch *batch;
    struct work *w;
    int64_t dossier, due;
    uint32_t wait;
    enum work_act act;
    int64_t parent;
    uint32_t parent_wait;
    const struct store_item *item;
    struct work_request rq;         /* of a delivery: its texts live as long */
    struct work_answer answer;
};

static void errand_done(void *context, const struct work_answer *answer)
{
    struct errand *e = context;
    e->answer = *answer;
    work__batch_done(e->batch);
}

static void batch_ask(struct work__batch *b, struct errand *e, const struct work_request *rq)
{
    work__batch_add(b);
    e->batch = b;
    work_submit(e->w, rq, LANG_ZH, errand_done, e);
}

static bool for_later(enum work_outcome outcome)
{
    return outcome == WORK_BUSY || outcome == WORK_READ_ONLY || outcome == WORK_LOST;
}

/* ---- Timers ---- */

/* Those that are due, the earliest first, and when the next one after them is. */
static uint32_t due_timers(struct work *w, int64_t now, struct errand *ret, int64_t *ret_next)
{
    struct store_view *v;
    uint32_t count = 0;
    *ret_next = INT64_MAX;
    if (store_view(w->store, &v, NULL) != OK) {
        return 0;
    }
    struct store_value args[] = { store_int(TIMERS + 1) };
    struct store_rows *r = store_query(v, "SELECT dossier, wait, due FROM timer ORDER BY due, dossier, wait LIMIT ?",
                                       args, 1);
    while (store_next(r)) {
        int64_t due = store_column_int(r, 2);
        if (due > now || count == TIMERS) {
            *ret_next = due;
            break;
        }
        ret[count++] = (struct errand){ .w = w, .dossier = store_column_int(r, 0), .due = due,
                                        .wait = (uint32_t)store_column_int(r, 1) };
    }
    store_rows_end(r);
    store_view_end(v);
    return count;
}

/* The version of the dossier whose row of the timer still stands as it was; -1: it does not, or nobody knows. */
static int64_t version_with(struct work *w, const struct errand *e)
{
    struct store_view *v;
    int64_t version = -1;
    if (store_view(w->store, &v, NULL) == OK) {
        struct store_value args[] = { store_int(e->dossier), store_int(e->wait), store_int(e->due) };
        struct store_rows *r = store_query(v, "SELECT d.version FROM timer t LEFT JOIN dossier d ON d.id = t.dossier "
                                              "WHERE t.dossier = ? AND t.wait = ? AND t.due = ?", args, 3);
        version = store_next(r) ? store_column_int(r, 0) : -1;
        store_rows_end(r);
        version = store_view_error(v, NULL) == OK ? version : -1;
        store_view_end(v);
    }
    return version;
}

/* A timer that no wait knows is no timer; one whose dossier cannot go on is looked at again in an hour. Only while
 * nothing else has changed the dossier. */
static void mend_timer(struct work *w, const struct errand *e)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    struct store_value key[] = { store_int(e->dossier) };
    struct store_value row[] = { store_int(e->dossier), store_int(e->wait), store_int(work__now(w) + 3600 * SECOND) };
    int64_t version = version_with(w, e);
    if (version >= 0) {
        store_guard(c, STORE_TABLE_dossier, key, version);
        if (e->answer.outcome == WORK_MISSING) {
            store_delete(c, STORE_TABLE_timer, row, 0);
        } else {
            store_put(c, STORE_TABLE_timer, row);
        }
        store_commit(w->store, c, STORE_BULK);
    }
    arena_release(&a);
}

/* Clocks of a dossier that cannot be moved are left as they are: known as late, or as of the version, NULL: late. */
static void mend_clocks(struct work *w, int64_t dossier, const char *version)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    struct store_view *v;
    struct store_value args[] = { store_int(dossier) };
    if (store_view(w->store, &v, NULL) == OK) {
        struct store_rows *r = store_query(v, "SELECT name FROM clock WHERE dossier = ?", args, 1);
        while (store_next(r)) {
            struct store_value row[10];
            for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
                row[i] = store_keep();
            }
            row[0] = store_int(dossier);
            row[1] = store_text(arena_str(&a, store_column_text(r, 0)));
            row[version == NULL ? 5 : 7] = version == NULL ? store_int(work__now(w)) : store_text(str_of(version));
            store_update(c, STORE_TABLE_clock, row);
        }
        store_rows_end(r);
        store_view_end(v);
        store_commit(w->store, c, STORE_BULK);
    }
    arena_release(&a);
}

static void note_late(struct work *w, int64_t late)
{
    atomic_fetch_add(&w->figure_over, late > LATE);
    long long most = atomic_load(&w->figure_late);
    while (late > most && !atomic_compare_exchange_weak(&w->figure_late, &most, late)) {
    }
}

static bool fire(struct work *w, struct errand *errands, uint32_t count)
{
    struct work__batch b;
    bool later = false;
    work__batch_begin(&b);
    for (uint32_t i = 0; i < count; i++) {
        struct work_request rq = { .act = WORK_TIMER, .dossier = errands[i].dossier, .wait = errands[i].wait };
        batch_ask(&b, &errands[i], &rq);
    }
    work__batch_end(&b);
    int64_t now = work__now(w);
    for (uint32_t i = 0; i < count; i++) {
        if (errands[i].answer.outcome == WORK_OK) {
            atomic_fetch_add(&w->figure_timers, 1);
            note_late(w, now - errands[i].due);
        } else if (for_later(errands[i].answer.outcome)) {
            later = true;
        } else {
            mend_timer(w, &errands[i]);
        }
    }
    return later;
}

/* ---- Clocks ---- */

/* The dossiers of the first clocks that a condition fits, by an index that begins with `order`: asked for in the order
 * of dossiers, all clocks there are would be read for those few. */
#define FIRST_CLOCKS(where, order)                                                                                     \
    "SELECT DISTINCT dossier FROM (SELECT dossier FROM clock WHERE state = 'running' AND " where " ORDER BY " order    \
    ", dossier LIMIT 64) AS part"

/* The dossiers of a query of one column and one text, one act each; how many. Rows that cannot be acted upon are
 * marked, so that they hold up no other. */
static uint32_t move_clocks(struct work *w, const char *sql, const struct store_value *arg, str action,
                            const char *version)
{
    struct store_view *v;
    struct work__batch b;
    struct errand errands[CLOCKS];
    uint32_t count = 0;
    if (store_view(w->store, &v, NULL) != OK) {
        return 0;
    }
    struct store_rows *r = store_query(v, sql, arg, 1);
    while (count < CLOCKS && store_next(r)) {
        errands[count++] = (struct errand){ .w = w, .dossier = store_column_int(r, 0) };
    }
    store_rows_end(r);
    store_view_end(v);
    work__batch_begin(&b);
    for (uint32_t i = 0; i < count; i++) {
        struct work_request rq = { .act = WORK_CLOCK, .dossier = errands[i].dossier, .action = action };
        batch_ask(&b, &errands[i], &rq);
    }
    work__batch_end(&b);
    for (uint32_t i = 0; i < count; i++) {
        if (errands[i].answer.outcome != WORK_OK && !for_later(errands[i].answer.outcome)) {
            mend_clocks(w, errands[i].dossier, version);
        }
    }
    return count;
}

/* Those whose time is over. Timers of the same instant come first: what they end is not late. */
static bool late_clocks(struct work *w, int64_t now, int64_t *next)
{
    struct store_view *v;
    struct store_value arg[] = { store_int(now) };
    uint32_t count = move_clocks(w, FIRST_CLOCKS("late = 0 AND due <= ?", "due"), arg, STR("late"), NULL);
    if (count == 0 && store_view(w->store, &v, NULL) == OK) {
        struct store_rows *r = store_query(v, "SELECT due FROM clock WHERE state = 'running' AND late = 0 ORDER BY due "
                                              "LIMIT 1", NULL, 0);
        int64_t due = store_next(r) ? store_column_int(r, 0) : INT64_MAX;
        *next = due < *next ? due : *next;
        store_rows_end(r);
        store_view_end(v);
    }
    return count > 0;
}

/* All that were computed with another calendar than the one that holds now, some at a time: each row says by itself
 * whether it is done, so it does not matter where the last server stopped. `done`: the version nothing is left of. */
static bool follow_calendar(struct work *w, char *done, size_t size)
{
    struct store_view *v;
    char version[200];
    if (store_view(w->store, &v, NULL) != OK) {
        return false;
    }
    const struct cal_calendar *c = work__calendar(w, v);
    snprintf(version, sizeof version, "%.*s", c == NULL ? 0 : (int)cal_calendar_name(c).len,
             c == NULL ? "" : cal_calendar_name(c).ptr);
    store_view_end(v);
    if (strcmp(version, done) == 0) {
        return false;
    }
    struct store_value arg[] = { store_text(str_of(version)) };
    uint32_t count = move_clocks(w, FIRST_CLOCKS("calendar < ?", "calendar"), arg, STR("recompute"), version);
    count += move_clocks(w, FIRST_CLOCKS("calendar > ?", "calendar"), arg, STR("recompute"), version);
    if (count == 0) {
        snprintf(done, size, "%s", version);
    }
    return count > 0;
}

/* ---- Other versions ---- */

/* How far the dossiers of a scheme have been asked to follow to a version. */
struct following {
    struct following *next;
    str scheme;
    char hash[STORE_HASH + 1];
    int64_t after;
    bool done;
};

static cal_date today(const struct work *w)
{
    cal_datetime t;
    int64_t now = work__now(w) / 1000000;
    cal_zone zone = (cal_zone)cal_zone_offset_at(w->zone, now);
    return cal_datetime_from_utc(now, 0, zone, &t) ? cal_datetime_date(t) : (cal_date){ 1970, 1, 1 };
}

/* Asks the dossiers of a query of one column to follow. False when some are to be asked later; *ret_last: the last one
 * that was asked. */
static bool ask_to_follow(struct work *w, const char *sql, const struct store_value *args, uint32_t count,
                          uint32_t *ret_asked, int64_t *ret_last)
{
    struct work__batch b;
    struct store_view *v;
    struct errand errands[CLOCKS];
    uint32_t asked = 0;
    if (store_view(w->store, &v, NULL) != OK) {
        return false;
    }
    struct store_rows *r = store_query(v, sql, args, count);
    while (asked < CLOCKS && store_next(r)) {
        errands[asked++] = (struct errand){ .w = w, .dossier = store_column_int(r, 0) };
    }
    store_rows_end(r);
    bool fine = store_view_error(v, NULL) == OK;
    store_view_end(v);
    work__batch_begin(&b);
    for (uint32_t i = 0; i < asked; i++) {
        struct work_request rq = { .act = WORK_FOLLOW, .dossier = errands[i].dossier };
        batch_ask(&b, &errands[i], &rq);
    }
    work__batch_end(&b);
    *ret_asked = asked;
    for (uint32_t i = 0; i < asked; i++) {
        if (for_later(errands[i].answer.outcome)) {
            return false;
        }
        *ret_last = errands[i].dossier;
    }
    return fine;
}

/* Some more dossiers of a scheme; false: there are none left. */
static bool follow_some(struct work *w, struct following *f)
{
    uint32_t asked;
    struct store_value args[] = { store_text(f->scheme), store_int(f->after), store_text(str_of(f->hash)) };
    bool fine = ask_to_follow(w, "SELECT id FROM dossier WHERE scheme = ? AND id > ? AND outcome = 'running' AND "
                                 "bundle <> ? ORDER BY id LIMIT 64", args, 3, &asked, &f->after);
    f->done = fine && asked == 0;
    return !f->done;
}

static struct following *following_of(struct arena *a, struct following **list, str scheme)
{
    struct following *f = *list;
    while (f != NULL && !str_eq(f->scheme, scheme)) {
        f = f->next;
    }
    if (f == NULL) {
        f = ARENA_NEW(a, struct following);
        *f = (struct following){ .next = *list, .scheme = arena_str(a, scheme) };
        *list = f;
    }
    return f;
}

/* Notes for each scheme whose version in force has running dossiers follow which one that is. */
static void look_at_versions(struct work *w, struct arena *a, struct following **list)
{
    struct store_view *v;
    if (store_view(w->store, &v, NULL) != OK) {
        return;
    }
    struct store_rows *r = store_query(v, "SELECT DISTINCT name FROM deployed ORDER BY name", NULL, 0);
    while (store_next(r)) {
        following_of(a, list, store_column_text(r, 0));
    }
    store_rows_end(r);
    for (struct following *f = *list; f != NULL; f = f->next) {
        const struct scheme *s;
        if (record_in_force(w->record, v, f->scheme, today(w), &s, NULL) != OK || s->follow_process_start) {
            f->done = true;
            f->hash[0] = '\0';
        } else if (strcmp(f->hash, s->hash) != 0) {
            snprintf(f->hash, sizeof f->hash, "%s", s->hash);
            f->after = 0;
            f->done = false;
        }
    }
    store_view_end(v);
}

/* True: there may be more. */
static bool follow_versions(struct work *w, struct arena *a, struct following **list)
{
    bool more = false;
    uint32_t asked = 0;
    int64_t last = 0;
    look_at_versions(w, a, list);
    for (struct following *f = *list; f != NULL; f = f->next) {
        more |= !f->done && follow_some(w, f);
    }
    ask_to_follow(w, "SELECT i.dossier FROM incident i JOIN dossier d ON d.id = i.dossier WHERE i.kind = 'follow' AND "
                     "d.changed > i.opened ORDER BY i.dossier LIMIT 64", NULL, 0, &asked, &last);
    return more;
}

static void *timers(void *context)
{
    struct work *w = context;
    struct arena a = ARENA_INIT;
    struct errand *errands = ARENA_ARRAY(&a, struct errand, TIMERS);
    struct following *versions = NULL;
    bool on = true;
    char calendar[200] = "\n"; /* none has this name */
    int64_t looked = 0;        /* for another calendar: once a second */
    while (on) {
        int64_t next, now = work__now(w);
        work__turn(w, WORK_TURN_TIMERS);
        uint32_t count = due_timers(w, now, errands, &next);
        bool later = count > 0 && fire(w, errands, count);
        bool more = count == 0 && late_clocks(w, now, &next);
        if (count == 0 && !more && clock_monotonic_nanos() - looked >= INT64_C(1000000000)) {
            more = follow_calendar(w, calendar, sizeof calendar);
            more |= follow_versions(w, &a, &versions);
            looked = more ? 0 : clock_monotonic_nanos();
        }
        next = more ? now : next;
        int64_t ms = later ? 1000 : next == INT64_MAX ? POLL_MS : (next - work__now(w)) / 1000 + 1;
        pthread_mutex_lock(&w->clock_lock);
        w->next_due = next;
        pthread_mutex_unlock(&w->clock_lock);
        on = rest(w, ms < 0 ? 0 : ms < POLL_MS || later ? ms : POLL_MS, &w->timer_told);
    }
    arena_release(&a);
    return NULL;
}

/* ---- Items of queues ---- */

static void put_off_row(struct work *w, struct store_change *c, const struct store_item *item)
{
    int64_t delay = 10 * SECOND << (item->tries < 9 ? item->tries - 1 : 9);
    struct store_value row[10];
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        row[i] = store_keep();
    }
    row[0] = store_int(item->id);
    row[1] = store_int(item->version);
    row[3] = store_int(work__now(w) + (delay < 3600 * SECOND ? delay : 3600 * SECOND));
    row[4] = store_int(0);
    store_update(c, STORE_TABLE_queue, row);
}

static void put_off(struct work *w, const struct store_item *item)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    put_off_row(w, c, item);
    store_commit(w->store, c, STORE_BULK);
    arena_release(&a);
}

static void forget_item(struct work *w, const struct store_item *item)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    struct store_value key[] = { store_int(item->id) };
    store_delete(c, STORE_TABLE_queue, key, item->version);
    store_commit(w->store, c, STORE_BULK);
    arena_release(&a);
}

/* ---- Deliveries ---- */

/* A signal on its way to all whom it is for. */
struct round {
    struct work *w;
    struct store_view *view;
    struct store_change *change;
    struct arena arena;
    size_t bytes;               /* of the deliveries so far */
    enum error_code code;
};

/* Members that are empty are left out. */
static void write_request(const struct work_request *rq, struct buf *out)
{
    const struct { const char *name; str text; } texts[] = {
        { "scheme", rq->scheme }, { "process", rq->process }, { "element", rq->element }, { "name", rq->name },
    };
    const struct { const char *name; int64_t number; } numbers[] = {
        { "dossier", rq->dossier }, { "except", rq->except }, { "after", rq->after },
    };
    struct json_writer j;
    json_writer_init(&j, out, false);
    json_begin_object(&j);
    json_text_member(&j, "act", str_of(work_act_name(rq->act)));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i].number != 0) {
            json_int_member(&j, numbers[i].name, numbers[i].number);
        }
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].text.len > 0) {
            json_text_member(&j, texts[i].name, texts[i].text);
        }
    }
    if (rq->with.len > 0) {
        json_key(&j, STR("with"));
        json_raw(&j, rq->with);
    }
    json_end_object(&j);
}

static void post(struct round *g, const struct work_request *rq)
{
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    int64_t id = store_id(g->w->store, NULL), now = work__now(g->w);
    write_request(rq, &text);
    struct store_value row[] = { store_int(id), store_int(1), store_text(STR("event")), store_int(now), store_int(0),
                                 store_text(STR("")), store_int(0), store_int(0), store_int(0),
                                 store_text(buf_str(&text)) };
    g->code = id == 0 ? ERROR_IO : text.overflow ? ERROR_LIMIT : g->code;
    g->bytes += text.len;
    store_insert(g->change, STORE_TABLE_queue, row);
    buf_release(&text);
}

/* The dossiers that wait for the signal, from `after` on; true when there may be more. */
static bool pass_on(struct round *g, struct work_request *rq)
{
    struct store_value args[] = { store_text(rq->name), store_int(rq->after), store_int(LIMIT_WORK_SIGNAL_PAGE) };
    struct store_rows *r = store_query(g->view, "SELECT DISTINCT dossier FROM subscription WHERE kind = 'signal' AND "
                                                "name = ? AND key = '' AND dossier > ? ORDER BY dossier LIMIT ?",
                                       args, 3);
    uint32_t count = 0;
    bool room = true;
    while (room && store_next(r)) {
        struct work_request one = { .act = WORK_SIGNAL, .dossier = store_column_int(r, 0), .name = rq->name,
                                    .with = rq->with };
        rq->after = one.dossier;
        count++;
        if (one.dossier != rq->except) {
            post(g, &one);
        }
        room = g->bytes < LIMIT_STORE_UNIT_BYTES / 4;
    }
    store_rows_end(r);
    return !room || count == LIMIT_WORK_SIGNAL_PAGE;
}

static void begin_by_signal(struct round *g, const struct scheme *b, const struct work_request *rq)
{
    for (uint32_t i = 0; i < b->process_count; i++) {
        const struct bpmn_model *m = b->processes[i];
        for (uint32_t k = 0; k < m->process_count; k++) {
            struct bpmn_start start;
            for (uint32_t n = 0; bpmn_start_of(m, m->processes[k], n, &start); n++) {
                if (start.trigger == BPMN_TRIGGER_SIGNAL && str_eq(start.name, rq->name)) {
                    struct work_request one = { .act = WORK_START, .scheme = b->name, .with = rq->with,
                                                .process = m->elements[m->processes[k]].id,
                                                .element = m->elements[start.element].id };
                    post(g, &one);
                }
            }
        }
    }
}

static void begin_all_by_signal(struct round *g, const struct work_request *rq)
{
    struct store_rows *r = store_query(g->view, "SELECT DISTINCT name FROM deployed ORDER BY name", NULL, 0);
    while (store_next(r)) {
        const struct scheme *b;
        if (record_installed(g->w->record, g->view, arena_str(&g->arena, store_column_text(r, 0)), &b, NULL) == OK) {
            begin_by_signal(g, b, rq);
        }
    }
    store_rows_end(r);
}

/* A signal for all: a unit writes a delivery for each, page by page; the last page has the dossiers that it begins. */
static void expand(struct work *w, const struct store_item *item, struct work_request rq)
{
    struct round g = { .w = w, .arena = ARENA_INIT, .code = OK };
    bool done = false;
    if (store_view(w->store, &g.view, NULL) == OK) {
        struct store_value key[] = { store_int(item->id) };
        g.change = store_change(&g.arena);
        store_delete(g.change, STORE_TABLE_queue, key, item->version);
        if (pass_on(&g, &rq)) {
            post(&g, &rq);
        } else {
            begin_all_by_signal(&g, &rq);
        }
        bool sound = store_view_error(g.view, NULL) == OK && g.code == OK;
        store_view_end(g.view);
        done = sound && store_commit(w->store, g.change, STORE_INTERACTIVE).outcome == STORE_DONE;
    }
    if (!done) {
        put_off(w, item);
    }
    arena_release(&g.arena);
}

/* Who called a dossier that could not begin must learn of it. */
static void tell_caller(struct errand *e)
{
    struct work_request rq = { .act = WORK_FAIL, .dossier = e->parent, .wait = e->parent_wait,
                               .text = str_of(e->answer.error.message), .item_id = e->item->id,
                               .item_version = e->item->version };
    enum work_outcome outcome = work_do(e->w, &rq, LANG_ZH).outcome;
    if (outcome == WORK_OK) {
        atomic_fetch_add(&e->w->figure_deliveries, 1);
    } else if (for_later(outcome)) {
        put_off(e->w, e->item);
    } else {
        forget_item(e->w, e->item);
    }
}

static const char unstarted[] = "a dossier could not begin: %s";

/* What nobody took is kept where it can be seen, with the reason: a message between offices in its row, one that a
 * process threw in a row of its own, a dossier that could not begin as something that its office is told. */
static void keep_undelivered(struct errand *e, bool again)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    struct store_view *v;
    struct store_value key[] = { store_int(e->item->id) };
    str reason = str_of(e->answer.error.message);
    if (store_view(e->w->store, &v, NULL) != OK) {
        put_off(e->w, e->item);
        return;
    }
    if (e->rq.letter != 0) {
        work__letter_unclaimed(v, &a, c, e->rq.letter, reason);
    } else if (e->act == WORK_MESSAGE && !again) {
        work__letter_lost(e->w, v, c, &e->rq, reason);
    } else if (e->act == WORK_START) {
        work__tell(e->w, v, c, e->rq.about, e->rq.office, STR("manager"), "problem",
                   arena_printf(&a, lang_text(LANG_ZH, unstarted), e->answer.error.message));
    }
    store_view_end(v);
    if (again) {
        put_off_row(e->w, c, e->item);
    } else {
        store_delete(c, STORE_TABLE_queue, key, e->item->version);
    }
    if (store_commit(e->w->store, c, STORE_BULK).outcome != STORE_DONE) {
        put_off(e->w, e->item);
    }
    arena_release(&a);
}

static void settle(struct errand *e)
{
    bool nobody = e->act == WORK_MESSAGE && e->answer.outcome == WORK_MISSING;

    if (e->answer.outcome == WORK_OK) {
        atomic_fetch_add(&e->w->figure_deliveries, 1);
    } else if (for_later(e->answer.outcome)) {
        put_off(e->w, e->item);
    } else if (e->act == WORK_MESSAGE && (e->rq.letter == 0 || nobody) && e->item->tries < LIMIT_WORK_MESSAGE_TRIES) {
        keep_undelivered(e, true);
    } else if ((e->act == WORK_MESSAGE && e->rq.about != 0) || e->rq.letter != 0 || e->rq.number != 0) {
        keep_undelivered(e, false);
    } else if (e->act == WORK_START && e->parent != 0) {
        tell_caller(e);
    } else {
        forget_item(e->w, e->item); /* whom it was for has gone on without it */
    }
}

static void deliver(struct work *w, struct arena *a, const struct store_item *items, uint32_t count)
{
    struct work__batch b;
    struct errand *errands = ARENA_ARRAY(a, struct errand, count);
    uint32_t asked = 0;
    work__batch_begin(&b);
    for (uint32_t i = 0; i < count; i++) {
        struct work_request rq;
        if (work_request_read(a, items[i].body, &rq, NULL) != OK) {
            put_off(w, &items[i]);
            continue;
        }
        if (rq.act == WORK_SIGNAL && rq.dossier == 0) {
            expand(w, &items[i], rq);
            continue;
        }
        rq.item_id = items[i].id;
        rq.item_version = items[i].version;
        errands[asked] = (struct errand){ .w = w, .act = rq.act, .parent = rq.parent, .parent_wait = rq.parent_wait,
                                          .item = &items[i], .rq = rq };
        batch_ask(&b, &errands[asked++], &rq);
    }
    work__batch_end(&b);
    for (uint32_t i = 0; i < asked; i++) {
        settle(&errands[i]);
    }
}

static void *deliverer(void *context)
{
    struct work *w = context;
    struct arena a = ARENA_INIT;
    bool on = true;
    while (on) {
        const struct store_item *items;
        int64_t now = work__now(w);
        work__turn(w, WORK_TURN_DELIVERIES);
        arena_clear(&a);
        uint32_t count = store_pop(w->store, STR("event"), str_of(w->holder), now, now + LEASE_SECONDS * SECOND,
                                   DELIVERIES, &a, &items);
        if (count > 0) {
            deliver(w, &a, items, count);
        }
        on = rest(w, count > 0 ? 0 : POLL_MS, &w->delivery_told);
    }
    arena_release(&a);
    return NULL;
}

/* ---- The chain of the audit ---- */

/* Keys that nobody will repeat any more. */
void work__forget_requests(struct work *w)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    if (store_view(w->store, &v, NULL) == OK) {
        struct store_change *c = store_change(&a);
        struct store_value args[] = { store_int(work__now(w) - LIMIT_WORK_KEY_DAYS * 86400 * SECOND) };
        struct store_rows *r = store_query(v, "SELECT key FROM request WHERE at < ? ORDER BY at LIMIT 400", args, 1);
        while (store_next(r)) {
            struct store_value key[] = { store_text(store_column_text(r, 0)) };
            store_delete(c, STORE_TABLE_request, key, 0);
        }
        store_rows_end(r);
        store_view_end(v);
        if (store_change_rows(c) > 0) {
            store_commit(w->store, c, STORE_BULK);
        }
    }
    arena_release(&a);
}

/* Renewing the lease is a write: not at every turn. */
static bool hold_chain(struct work *w, int64_t *until)
{
    int64_t now = clock_now_micros();
    if (now < *until - CHAIN_SECONDS * SECOND / 2) {
        return true;
    }
    bool mine = store_lease(w->store, STR("chain"), str_of(w->holder), now, now + CHAIN_SECONDS * SECOND);
    *until = mine ? now + CHAIN_SECONDS * SECOND : 0;
    return mine;
}

/* Tells of acts by the growth of the chain, which every server sees. Returns the last batch that was told of. */
static int64_t tell_acts(struct work *w, int64_t told)
{
    struct store_view *v;
    if (w->config.acted == NULL || store_view(w->store, &v, NULL) != OK) {
        return told;
    }
    struct store_rows *r = store_query(v, "SELECT number FROM audit_batch ORDER BY number DESC LIMIT 1", NULL, 0);
    int64_t last = store_next(r) ? store_column_int(r, 0) : told;
    store_rows_end(r);
    store_view_end(v);
    if (last != told) {
        w->config.acted(w->config.acted_context);
    }
    return last;
}

static void *sequencer(void *context)
{
    struct work *w = context;
    int64_t told = 0;
    uint32_t turn = 0;
    int64_t until = 0;
    bool on = true, never = false;
    while (on) {
        uint32_t count = 0;
        work__turn(w, WORK_TURN_CHAIN);
        if (hold_chain(w, &until)) {
            if (w->config.people != NULL) {
                people_chain(w->config.people, work__now(w), &count, NULL);
            }
            if (turn++ % HOUSEKEEPING == 0) {
                work__forget_requests(w);
                record_files_collect(w->record, work__now(w), NULL);
                store_forget(w->store);
            }
        }
        told = tell_acts(w, told);
        on = rest(w, count == LIMIT_PEOPLE_AUDIT_BATCH ? 0 : CHAIN_MS, &never);
    }
    store_lease_end(w->store, STR("chain"), str_of(w->holder));
    return NULL;
}

/* ---- Carriers ---- */

static bool closing(struct work *w)
{
    pthread_mutex_lock(&w->clock_lock);
    bool yes = w->closing;
    pthread_mutex_unlock(&w->clock_lock);
    return yes;
}

static void *carrier(void *context)
{
    struct work__carrier *c = context;
    struct work *w = c->work;
    struct arena a = ARENA_INIT;
    bool on = true, never = false;
    while (on) {
        const struct store_item *items;
        int64_t now = work__now(w);
        arena_clear(&a);
        uint32_t count = store_pop(w->store, str_of(c->queue), str_of(w->holder), now, now + LEASE_SECONDS * SECOND,
                                   CARRIED, &a, &items);
        for (uint32_t i = 0; i < count && !closing(w); i++) {
            struct error err = { .lang = LANG_ZH };
            if (!c->f(c->context, &items[i], &err)) {
                put_off(w, &items[i]);
            }
        }
        on = rest(w, count == CARRIED ? 0 : POLL_MS, &never);
    }
    arena_release(&a);
    return NULL;
}

void work_carry(struct work *w, const char *queue, work_carry_function *f, void *context)
{
    if (w->carrier_count == WORK__CARRIERS) {
        abort();
    }
    struct work__carrier *c = &w->carriers[w->carrier_count++];
    *c = (struct work__carrier){ .work = w, .f = f, .context = context };
    size_t length = strlen(queue) < sizeof c->queue ? strlen(queue) : sizeof c->queue - 1;
    memcpy(c->queue, queue, length);
    if (pthread_create(&c->thread, NULL, carrier, c) != 0) {
        abort();
    }
}

/* ---- Ledgers ---- */

/* What imports and new versions of schemes have left to do, piece by piece. Two servers that do the same piece are told
 * apart by its guards: one of them has done it in vain. */
static void *keeper(void *context)
{
    struct work *w = context;
    bool on = true, never = false;
    while (on) {
        bool batches = false, indexes = false, days = false;
        struct error err = { .lang = LANG_ZH };
        work__turn(w, WORK_TURN_DAYS);
        (void)record_batch_tend(w->record, work__now(w), &batches, &err); /* what fails is tried again */
        (void)record_index_tend(w->record, work__now(w), &indexes, &err);
        (void)record_due_tend(w->record, work__now(w), &days, &err);
        bool dues = work__dues(w, work__now(w));
        on = rest(w, batches || indexes || days || dues ? 0 : KEEP_MS, &never);
    }
    return NULL;
}

/* ---- Starting and stopping ---- */

void work__background_start(struct work *w)
{
    if (pthread_create(&w->timers, NULL, timers, w) != 0 || pthread_create(&w->deliverer, NULL, deliverer, w) != 0 ||
        pthread_create(&w->sequencer, NULL, sequencer, w) != 0 || pthread_create(&w->keeper, NULL, keeper, w) != 0) {
        abort();
    }
    work_carry(w, WORK__PLACES, work__give_on, w);
}

void work__background_stop(struct work *w)
{
    pthread_mutex_lock(&w->clock_lock);
    w->closing = true;
    pthread_cond_broadcast(&w->clock_ready);
    pthread_mutex_unlock(&w->clock_lock);
    if (w->config.background) {
        pthread_join(w->timers, NULL);
        pthread_join(w->deliverer, NULL);
        pthread_join(w->sequencer, NULL);
        pthread_join(w->keeper, NULL);
    }
    for (uint32_t i = 0; i < w->carrier_count; i++) {
        pthread_join(w->carriers[i].thread, NULL);
    }
}
