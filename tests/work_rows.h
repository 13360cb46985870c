/* work_rows: what must hold of the rows of all dossiers whenever nothing is under way: what each waits for in its state
 * stands in the rows of task, timer, subscription, queue and incident, and nothing else does; each act has left one row
 * of the history. */
#ifndef GONGSHI_TESTS_WORK_ROWS_H
#define GONGSHI_TESTS_WORK_ROWS_H

#include "work/work.h"

#include "base/limit.h"

#include <inttypes.h>
#include <stdio.h>

struct rows_check {
    struct record *record;
    struct store_view *view;
    struct arena arena;
    const struct work_dossier *d;
    uint32_t tasks, timers, subscriptions, jobs, incidents; /* that the state has */
    char *what; /* the first difference, 200 bytes */
};

__attribute__((format(printf, 2, 3))) static void rows_differ(struct rows_check *c, const char *format, ...)
{
    if (c->what[0] == '\0') {
        va_list args;
        int n = snprintf(c->what, 200, "dossier %" PRId64 ": ", c->d->id);
        va_start(args, format);
        vsnprintf(c->what + n, 200 - (size_t)n, format, args);
        va_end(args);
    }
}

/* The number that a query gives for the dossier and one more value. */
static int64_t rows_number(struct rows_check *c, const char *sql, uint32_t places, int64_t second)
{
    struct store_value args[] = { store_int(c->d->id), store_int(second) };
    struct store_rows *r = store_query(c->view, sql, args, places);
    int64_t n = store_next(r) ? store_column_int(r, 0) : -1;
    store_rows_end(r);
    return n;
}

static void rows_count(struct rows_check *c, const char *name, const char *sql, uint32_t want)
{
    int64_t got = rows_number(c, sql, 1, 0);
    if (got != want) {
        rows_differ(c, "%" PRId64 " rows of %s, the state has %u", got, name, want);
    }
}

static void rows_one_timer(struct rows_check *c, const struct bpmn_wait *w)
{
    int64_t due = rows_number(c, "SELECT due FROM timer WHERE dossier = ? AND wait = ?", 2, w->id);
    if (due != w->due * 1000000 + (w->due_nano + 999) / 1000) {
        rows_differ(c, "timer %u is due at %" PRId64 ", not %" PRId64, w->id, due, w->due);
    }
}

static void rows_one_subscription(struct rows_check *c, const struct bpmn_wait *w)
{
    bool message = w->kind == BPMN_WAIT_MESSAGE;
    struct store_value args[] = { store_int(c->d->id), store_int(w->id),
                                  store_text(message ? STR("message") : STR("signal")), store_text(w->name) };
    struct store_rows *r = store_query(c->view, "SELECT key FROM subscription WHERE dossier = ? AND wait = ? AND "
                                                "kind = ? AND name = ?", args, 4);
    feel_value key = feel_null();
    int order = 0;
    bool there = store_next(r);
    bool same = there && (!message || feel_record_read(&c->arena, arena_str(&c->arena, store_column_text(r, 0)), &key,
                                                       NULL) == OK);
    if (same && message && w->key.kind != FEEL_NULL) {
        same = key.kind == w->key.kind && feel_compare(key, w->key, &order) && order == 0;
    }
    if (!same) {
        rows_differ(c, "no subscription %u to \"%.*s\"", w->id, STR_ARG(w->name));
    }
    store_rows_end(r);
}

/* A call has its delivery, or a child that runs, or an answer of a child that is under way. */
static void rows_one_call(struct rows_check *c, const struct bpmn_wait *w)
{
    int64_t there = rows_number(c, "SELECT count(*) FROM queue WHERE dossier = ? AND wait = ?", 2, w->id) +
                    rows_number(c, "SELECT count(*) FROM dossier WHERE parent = ? AND parent_wait = ? AND "
                                   "closed = 0", 2, w->id);
    if (there != 1 && rows_number(c, "SELECT count(*) FROM queue WHERE name = 'event' AND ? <> 0", 1, 0) == 0) {
        rows_differ(c, "the call %u has %" PRId64 " children", w->id, there);
    }
}

static void rows_one_wait(struct rows_check *c, const struct bpmn_wait *w)
{
    if (w->happened) {
        return;
    }
    switch (w->kind) {
    case BPMN_WAIT_TASK:
        c->tasks++;
        if (rows_number(c, "SELECT 1 FROM task WHERE dossier = ? AND wait = ? AND status IN ('open', 'signing')", 2,
                        w->id) != 1) {
            rows_differ(c, "no open task %u", w->id);
        }
        break;
    case BPMN_WAIT_JOB:
        c->jobs++;
        if (rows_number(c, "SELECT count(*) FROM queue WHERE dossier = ? AND wait = ? AND name LIKE 'job:%'", 2,
                        w->id) != 1) {
            rows_differ(c, "no job %u", w->id);
        }
        break;
    case BPMN_WAIT_CALL: rows_one_call(c, w); break;
    case BPMN_WAIT_TIMER:
        c->timers++;
        rows_one_timer(c, w);
        break;
    case BPMN_WAIT_MESSAGE:
    case BPMN_WAIT_SIGNAL:
        c->subscriptions++;
        rows_one_subscription(c, w);
        break;
    case BPMN_WAIT_DECISION: rows_differ(c, "a decision %u waits", w->id); break;
    default: break;
    }
}

static void rows_of_state(struct rows_check *c, const struct bpmn_state *s)
{
    struct bpmn_cursor cursor = { NULL, 0, false };
    struct bpmn_wait w;
    struct bpmn_item it;
    const char *why;
    if (!bpmn_check_state(s, &why)) {
        rows_differ(c, "%s", why);
    }
    while (bpmn_next_wait(s, &cursor, &w)) {
        rows_one_wait(c, &w);
    }
    cursor = (struct bpmn_cursor){ NULL, 0, false };
    while (bpmn_next_item(s, &cursor, &it)) {
        if (it.incident != 0) {
            c->incidents++;
            if (rows_number(c, "SELECT item FROM incident WHERE dossier = ? AND number = ?", 2, it.incident) != it.id) {
                rows_differ(c, "no incident %u", it.incident);
            }
        }
    }
}

static void rows_read_state(struct rows_check *c)
{
    const struct scheme *b;
    struct error err = { .lang = LANG_EN };
    if (record_scheme(c->record, c->view, c->d->bundle, &b, &err) != OK) {
        rows_differ(c, "%s", err.message);
        return;
    }
    const struct bpmn_model *m = scheme_model(b, c->d->process);
    if (m != NULL) {
        struct bpmn_state state;
        bpmn_state_init(&state, m);
        if (bpmn_state_read(&state, c->d->state, &err) == OK) {
            rows_of_state(c, &state);
        } else {
            rows_differ(c, "%s", err.message);
        }
        bpmn_state_release(&state);
    }
}

/* Who was called runs only while its caller waits for it, or its cancelling is under way. */
static void rows_not_orphaned(struct rows_check *c)
{
    if (c->d->parent != 0 && c->d->closed == 0 &&
        rows_number(c, "SELECT count(*) FROM dossier c JOIN dossier p ON p.id = c.parent WHERE c.id = ? AND "
                       "p.closed = 0", 1, 0) != 1 &&
        rows_number(c, "SELECT count(*) FROM queue WHERE name = 'event' AND ? <> 0", 1, 0) == 0) {
        rows_differ(c, "its caller %" PRId64 " has ended", c->d->parent);
    }
}

/* Beside the process: a task that is being signed has its answers and one open countersignature, and only such a one;
 * an ended dossier has nothing open; a running clock has a due; a message that was sent here is on its way, and one
 * that goes by hand names its open task. */
static void rows_beside(struct rows_check *c)
{
    int64_t signing = rows_number(c, "SELECT count(*) FROM task WHERE dossier = ? AND status = 'signing'", 1, 0);
    int64_t held = rows_number(c, "SELECT count(*) FROM held h JOIN task t ON t.dossier = h.dossier AND t.wait = h.wait"
                                  " JOIN task s ON s.dossier = h.dossier AND s.wait = h.sign WHERE h.dossier = ? AND "
                                  "t.status = 'signing' AND s.status = 'open'", 1, 0);
    int64_t all = rows_number(c, "SELECT count(*) FROM held WHERE dossier = ?", 1, 0);
    if (signing != held || held != all) {
        rows_differ(c, "%" PRId64 " tasks are being signed, %" PRId64 " of %" PRId64 " are held", signing, held, all);
    }
    int64_t on = rows_number(c, "SELECT (SELECT count(*) FROM task WHERE dossier = ? AND status = 'open') + (SELECT "
                                "count(*) FROM clock WHERE dossier = ? AND state <> 'ended')", 2, c->d->id);
    if (c->d->closed != 0 && on != 0) {
        rows_differ(c, "it has ended, and tasks or clocks go on");
    }
    if (rows_number(c, "SELECT count(*) FROM clock WHERE dossier = ? AND (state = 'running') <> (due <> 0) AND state "
                       "NOT IN ('ended', 'stopped')", 1, 0) != 0) {
        rows_differ(c, "a clock that runs has a due, and only such a one");
    }
    if (rows_number(c, "SELECT count(*) FROM message WHERE about = ? AND state = 'sent' AND transport = 'here' AND NOT "
                       "EXISTS (SELECT 1 FROM queue WHERE name = 'event')", 1, 0) != 0) {
        rows_differ(c, "a message was sent and is not on its way");
    }
    int64_t by_hand = rows_number(c, "SELECT count(*) FROM task WHERE dossier = ? AND wait > 1073741824 AND element = "
                                     "'by hand' AND status = 'open'", 1, 0);
    int64_t named = rows_number(c, "SELECT count(*) FROM message m JOIN task t ON t.dossier = m.about AND t.wait = "
                                   "m.wait WHERE m.about = ? AND t.element = 'by hand' AND t.status = 'open'", 1, 0);
    if (by_hand != named) {
        rows_differ(c, "%" PRId64 " tasks stand for another office, messages name %" PRId64, by_hand, named);
    }
}

static void rows_of_dossier(struct rows_check *c)
{
    rows_not_orphaned(c);
    c->tasks = c->timers = c->subscriptions = c->jobs = c->incidents = 0;
    if ((c->d->state.len == 0) != (c->d->closed != 0) ||
        (c->d->closed == 0) != str_eq(c->d->outcome, STR("running"))) {
        rows_differ(c, "running and ended");
    }
    if (c->d->state.len > 0) {
        rows_read_state(c);
    }
    rows_count(c, "task", "SELECT count(*) FROM task WHERE dossier = ? AND status IN ('open', 'signing') AND wait < "
                          "1073741824", c->tasks);
    rows_beside(c);
    rows_count(c, "timer", "SELECT count(*) FROM timer WHERE dossier = ?", c->timers);
    rows_count(c, "subscription", "SELECT count(*) FROM subscription WHERE dossier = ?", c->subscriptions);
    rows_count(c, "queue", "SELECT count(*) FROM queue WHERE dossier = ? AND name LIKE 'job:%'", c->jobs);
    rows_count(c, "incident", "SELECT count(*) FROM incident WHERE dossier = ? AND number < 1073741824", c->incidents);
    rows_count(c, "audit", "SELECT count(*) FROM audit WHERE kind = 'dossier' AND object = ?", (uint32_t)c->d->version);
}

/* True when everything holds; otherwise `what` (200 bytes) has the first difference. */
static bool rows_hold(struct record *record, struct store *store, char *what)
{
    struct rows_check c = { .record = record, .arena = ARENA_INIT, .what = what };
    int64_t after = 0;
    bool more = true;
    what[0] = '\0';
    while (more && what[0] == '\0' && store_view(store, &c.view, NULL) == OK) {
        struct work_dossier d = { .id = 0 };
        struct store_value args[] = { store_int(after) };
        struct store_rows *r = store_query(c.view, "SELECT id FROM dossier WHERE id > ? ORDER BY id LIMIT 1", args, 1);
        more = store_next(r);
        after = more ? store_column_int(r, 0) : after;
        store_rows_end(r);
        arena_clear(&c.arena);
        c.d = &d;
        if (more && work_read_dossier(c.view, after, &c.arena, &d)) {
            rows_of_dossier(&c);
        }
        if (store_view_error(c.view, NULL) != OK) {
            snprintf(what, 200, "a view failed");
        }
        store_view_end(c.view);
    }
    arena_release(&c.arena);
    return what[0] == '\0';
}

#endif
