/* rows: the state after the step, compared with what it was, becomes rows. Work that was opened and closed within one
 * step leaves none. */
#include "work/work_int.h"

#include "base/limit.h"

#include <stdlib.h>

enum error_code work__whole(const struct buf *b, struct error *err)
{
    if (!b->overflow) {
        return OK;
    }
    error_set(err, ERROR_LIMIT, "what is to be stored is too large");
    error_detail(err, "limit %s = %d", "JSON_BYTES", LIMIT_JSON_BYTES);
    return ERROR_LIMIT;
}

/* ---- The dossier ---- */

/* Half a state must never be stored. */
static enum error_code state_text(struct work__plan *p)
{
    buf_clear(&p->text);
    if (p->state.outcome == BPMN_RUNNING) {
        bpmn_state_write(&p->state, &p->text);
    }
    return work__whole(&p->text, p->err);
}

static void insert_dossier(struct work__plan *p)
{
    struct work_dossier *d = &p->d;
    struct store_value row[] = {
        store_int(d->id), store_int(1), store_text(d->scheme), store_text(d->code), store_text(d->bundle),
        store_text(d->process), store_text(d->outcome), store_bytes(buf_str(&p->text)), store_int(d->office),
        store_text(d->subject), store_int(d->parent), store_int(p->rq->parent_wait), store_int(d->opened),
        store_int(p->now), store_int(d->closed), store_text(d->round),
        store_text(p->ended ? p->end : STR("")),
    };
    store_insert(p->change, STORE_TABLE_dossier, row);
}

void work__note(struct work__plan *p, str text)
{
    if (p->effects.depth == 0) {
        json_begin_object(&p->effects);
        json_key(&p->effects, STR("effects"));
        json_begin_array(&p->effects);
        p->noting = true;
    }
    json_string(&p->effects, text);
}

void work__dossier_row(struct work__plan *p, bool state)
{
    struct work_dossier *d = &p->d;
    struct store_value row[17];
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        row[i] = store_keep();
    }
    row[0] = store_int(d->id);
    row[1] = store_int(d->version);
    row[13] = store_int(p->now);
    if (p->rq->act == WORK_FOLLOW) {
        row[4] = store_text(d->bundle);
        row[5] = store_text(d->process);
    }
    if (state) {
        row[6] = store_text(d->outcome);
        row[7] = store_bytes(buf_str(&p->text));
        row[14] = store_int(d->closed);
        row[16] = store_text(p->ended ? p->end : STR(""));
    }
    store_update(p->change, STORE_TABLE_dossier, row);
}

/* ---- Waits that are over ---- */

static void end_task(struct work__plan *p, uint32_t wait)
{
    bool asked = wait == p->asked;
    str status = asked && (p->rq->act == WORK_COMPLETE || p->rq->act == WORK_DONE) ? STR("done")
                 : asked && p->rq->act == WORK_RETURN ? STR("returned")
                                                      : STR("withdrawn");
    struct store_value *row = work__task_keep(p, p->d.id, wait);
    row[8] = store_text(status);
    row[11] = store_int(p->now);
    store_update(p->change, STORE_TABLE_task, row);
    work__end_held(p, wait);
    work__end_drafts(p, wait);
}

/* The rows of the queue that belong to a wait, but not the one that this request carries out. */
static void end_job(struct work__plan *p, uint32_t wait)
{
    struct store_value args[] = { store_int(p->d.id), store_int(wait) };
    struct store_rows *r = store_query(p->view, "SELECT id FROM queue WHERE dossier = ? AND wait = ?", args, 2);
    while (store_next(r)) {
        struct store_value key[] = { store_int(store_column_int(r, 0)) };
        if (key[0].number != p->rq->item_id) {
            store_delete(p->change, STORE_TABLE_queue, key, 0);
        }
    }
    store_rows_end(r);
}

/* A child that has not begun yet: whoever takes its delivery away first has won, and the other plans again. One that
 * has begun is told, unless its end is what ends the call. */
static void end_call(struct work__plan *p, uint32_t wait)
{
    struct store_value args[] = { store_int(p->d.id), store_int(wait) };
    struct store_rows *r = store_query(p->view, "SELECT id, version FROM queue WHERE dossier = ? AND wait = ?", args,
                                       2);
    while (store_next(r)) {
        struct store_value key[] = { store_int(store_column_int(r, 0)) };
        if (key[0].number != p->rq->item_id) {
            store_delete(p->change, STORE_TABLE_queue, key, store_column_int(r, 1));
        }
    }
    store_rows_end(r);
    work__deliver_cancel(p, wait);
}

static void end_wait(struct work__plan *p, const struct work__wait *w)
{
    struct store_value key[] = { store_int(p->d.id), store_int(w->id) };
    switch (w->kind) {
    case BPMN_WAIT_TASK: end_task(p, w->id); break;
    case BPMN_WAIT_JOB: end_job(p, w->id); break;
    case BPMN_WAIT_CALL: end_call(p, w->id); break;
    case BPMN_WAIT_TIMER: store_delete(p->change, STORE_TABLE_timer, key, 0); break;
    case BPMN_WAIT_MESSAGE:
    case BPMN_WAIT_SIGNAL:
        if (!w->happened) {
            store_delete(p->change, STORE_TABLE_subscription, key, 0);
        }
        break;
    default: break; /* decisions never wait beyond a unit; conditions have no row */
    }
}

/* ---- Waits that begin ---- */

static void put_timer(struct work__plan *p, const struct bpmn_wait *w)
{
    int64_t due = work__micros(w->due, w->due_nano);
    struct store_value row[] = { store_int(p->d.id), store_int(w->id), store_int(due) };
    store_put(p->change, STORE_TABLE_timer, row);
    p->job->wakes = due < p->job->wakes ? due : p->job->wakes;
}

static void subscribe(struct work__plan *p, const struct bpmn_wait *w)
{
    bool message = w->kind == BPMN_WAIT_MESSAGE;
    struct buf key = BUF_INIT(LIMIT_JSON_BYTES);
    if (message) {
        work__key(w->key, &key);
        work__whole(&key, p->err);
    }
    struct store_value row[] = { store_int(p->d.id), store_int(w->id),
                                 store_text(message ? STR("message") : STR("signal")), store_text(w->name),
                                 store_text(buf_str(&key)) };
    store_insert(p->change, STORE_TABLE_subscription, row);
    buf_release(&key);
}

static int by_opened(const void *a, const void *b)
{
    uint32_t x = (*(struct work__opened *const *)a)->id, y = (*(struct work__opened *const *)b)->id;
    return (x > y) - (x < y);
}

static void sort_opened(struct work__plan *p)
{
    uint32_t i = 0;
    p->by_id = ARENA_ARRAY(&p->scratch, struct work__opened *, p->opened_count);
    for (struct work__opened *o = p->opened; o != NULL; o = o->next) {
        p->by_id[i++] = o;
    }
    if (i > 1) {
        qsort(p->by_id, i, sizeof *p->by_id, by_opened);
    }
}

static const struct work__opened *opened(const struct work__plan *p, uint32_t wait)
{
    struct work__opened key = { .id = wait }, *at = &key;
    struct work__opened **found = p->opened_count == 0 ? NULL : bsearch(&at, p->by_id, p->opened_count,
                                                                        sizeof *p->by_id, by_opened);
    return found == NULL ? NULL : *found;
}

/* {"details":…,"element":…,"with":…}: what a worker needs to know. */
static void new_job(struct work__plan *p, const struct work__opened *o)
{
    char queue[WORK_QUEUE_NAME];
    struct json_writer w;
    work_job_queue(o->name, queue);
    buf_clear(&p->text);
    json_writer_init(&w, &p->text, false);
    json_begin_object(&w);
    json_key(&w, STR("details"));
    json_raw(&w, STR(""));
    feel_json_write(o->details, false, &p->text);
    json_text_member(&w, "element", p->state.model->elements[o->element].id);
    json_key(&w, STR("with"));
    json_raw(&w, STR(""));
    feel_json_write(o->variables, false, &p->text);
    json_end_object(&w);
    if (work__whole(&p->text, p->err) == OK) {
        work__enqueue(p, str_of(queue), p->d.id, o->id, buf_str(&p->text));
    }
}

static void begin_work(struct work__plan *p, enum bpmn_wait_kind kind, const struct work__opened *o)
{
    if (kind == BPMN_WAIT_TASK) {
        work__new_task(p, o);
    } else if (kind == BPMN_WAIT_JOB) {
        new_job(p, o);
    } else {
        work__deliver_call(p, o);
    }
}

static void begin_wait(struct work__plan *p, const struct bpmn_wait *w)
{
    const struct work__opened *o;
    switch (w->kind) {
    case BPMN_WAIT_TASK:
    case BPMN_WAIT_JOB:
    case BPMN_WAIT_CALL:
        if ((o = opened(p, w->id)) != NULL) {
            begin_work(p, w->kind, o);
        }
        break;
    case BPMN_WAIT_TIMER: put_timer(p, w); break;
    case BPMN_WAIT_MESSAGE:
    case BPMN_WAIT_SIGNAL: subscribe(p, w); break;
    default: break;
    }
}

/* ---- The comparison ---- */

static int by_wait(const void *a, const void *b)
{
    uint32_t x = ((const struct work__wait *)a)->id, y = ((const struct work__wait *)b)->id;
    return (x > y) - (x < y);
}

static struct work__wait *before(struct work__plan *p, uint32_t id)
{
    struct work__wait key = { .id = id };
    return p->before_count == 0 ? NULL : bsearch(&key, p->before, p->before_count, sizeof key, by_wait);
}

/* A wait that was there: a timer may have moved, one of several events may have happened. */
static void go_on(struct work__plan *p, const struct work__wait *was, const struct bpmn_wait *w)
{
    struct store_value key[] = { store_int(p->d.id), store_int(w->id) };
    bool subscribed = w->kind == BPMN_WAIT_MESSAGE || w->kind == BPMN_WAIT_SIGNAL;
    if (w->kind == BPMN_WAIT_TIMER && w->happened && !was->happened) {
        store_delete(p->change, STORE_TABLE_timer, key, 0);
    } else if (w->kind == BPMN_WAIT_TIMER && (w->due != was->due || w->due_nano != was->due_nano)) {
        put_timer(p, w);
    } else if (subscribed && w->happened && !was->happened) {
        store_delete(p->change, STORE_TABLE_subscription, key, 0);
    } else if (w->kind == BPMN_WAIT_TASK) {
        work__task_goes_on(p, w->id, w->host);
    }
}

static void compare_waits(struct work__plan *p)
{
    struct bpmn_cursor c = { NULL, 0, false };
    struct bpmn_wait w;
    if (p->before_count > 1) {
        qsort(p->before, p->before_count, sizeof *p->before, by_wait);
    }
    sort_opened(p);
    while (p->state.root != NULL && bpmn_next_wait(&p->state, &c, &w)) {
        struct work__wait *was = before(p, w.id);
        if (was == NULL && !w.happened) {
            begin_wait(p, &w);
        } else if (was != NULL) {
            was->found = true;
            go_on(p, was, &w);
        }
    }
    for (uint32_t i = 0; i < p->before_count; i++) {
        if (!p->before[i].found) {
            end_wait(p, &p->before[i]);
        }
    }
}

static void new_incident(struct work__plan *p, const struct bpmn_item *it)
{
    struct store_value row[] = { store_int(p->d.id), store_int(it->incident), store_int(it->id),
                                 store_text(p->state.model->elements[it->element].id),
                                 store_text(str_of(bpmn_incident_name(it->incident_kind))),
                                 store_text(it->incident_detail), store_int(p->now) };
    store_insert(p->change, STORE_TABLE_incident, row);
}

static void compare_incidents(struct work__plan *p)
{
    struct bpmn_cursor c = { NULL, 0, false };
    struct bpmn_item it;
    while (p->state.root != NULL && p->state.incident_count > 0 && bpmn_next_item(&p->state, &c, &it)) {
        bool old = false;
        for (uint32_t i = 0; i < p->incident_count && it.incident != 0; i++) {
            if (p->incidents[i] == it.incident) {
                p->incidents[i] = 0;
                old = true;
            }
        }
        if (it.incident != 0 && !old) {
            new_incident(p, &it);
        }
    }
    for (uint32_t i = 0; i < p->incident_count; i++) {
        struct store_value key[] = { store_int(p->d.id), store_int(p->incidents[i]) };
        if (p->incidents[i] != 0) {
            store_delete(p->change, STORE_TABLE_incident, key, 0);
        }
    }
}

enum error_code work__rows(struct work__plan *p)
{
    p->d.outcome = str_of(bpmn_outcome_name(p->state.outcome));
    p->d.closed = p->ended ? p->now : 0;
    if (state_text(p) != OK) {
        return p->err->code;
    }
    if (p->rq->act == WORK_START) {
        insert_dossier(p);
        work__began(p);
    } else {
        work__dossier_row(p, true);
    }
    compare_waits(p);
    compare_incidents(p);
    work__clock_rows(p);
    work__departure_row(p);
    if (p->ended) {
        work__follow_end(p);
        work__end_sides(p);
    }
    return p->err->code;
}

/* ---- The history ---- */

static void tell_text(struct json_writer *w, const char *name, str text)
{
    if (text.len > 0) {
        json_text_member(w, name, text);
    }
}

static void tell_number(struct json_writer *w, const char *name, int64_t number)
{
    if (number != 0) {
        json_int_member(w, name, number);
    }
}

static void tell_value(struct json_writer *w, const char *name, feel_value v)
{
    if (v.kind != FEEL_NULL) {
        json_key(w, str_of(name));
        json_raw(w, STR(""));
        feel_json_write(v, false, w->out);
    }
}

static void tell_draws(struct work__plan *p, struct json_writer *w)
{
    if (p->drawings == NULL) {
        return;
    }
    json_key(w, STR("draws"));
    json_begin_array(w);
    for (const struct work__drawing *d = p->drawings; d != NULL; d = d->next) {
        json_raw(w, STR(""));
        feel_json_write(d->proof, false, w->out);
    }
    json_end_array(w);
}

/* Of the link of a guest the hash by which it was given. */
static void tell_guest(const struct work_request *rq, struct json_writer *w)
{
    char hash[STORE_HASH + 1];
    if (rq->guest.len > 0) {
        store_hash(rq->guest, hash);
        json_text_member(w, "guest", str_of(hash));
    }
}

/* {"effects":[…],"element":…,"text":…,"wait":…,"with":…}; empty members are left out. */
static enum error_code tell(struct work__plan *p)
{
    const struct work_request *rq = p->rq;
    struct json_writer *w = &p->effects;
    if (w->depth == 0) {
        json_begin_object(w);
    }
    if (p->noting) {
        json_end_array(w); /* of effects without a step */
    }
    tell_text(w, "action", rq->action);
    tell_text(w, "clause", rq->clause);
    work__clock_audit(p, w);
    tell_draws(p, w);
    tell_value(w, "signed", p->signed_by);
    tell_value(w, "departed", p->departed);
    tell_text(w, "element", rq->element);
    tell_guest(rq, w);
    tell_text(w, "name", rq->name);
    tell_number(w, "on_behalf", p->on_behalf);
    tell_number(w, "person", rq->person);
    tell_text(w, "text", rq->text);
    tell_number(w, "wait", rq->wait);
    tell_value(w, "with", p->with);
    json_end_object(w);
    return work__whole(&p->detail, p->err);
}

enum error_code work__audit(struct work__plan *p)
{
    int64_t id = store_id(p->w->store, p->err);
    if (id == 0) {
        return ERROR_IO;
    }
    if (tell(p) != OK) {
        return p->err->code;
    }
    struct store_value row[] = { store_int(id), store_int(p->now), store_int(p->rq->actor),
                                 store_text(str_of(work_act_name(p->rq->act))), store_text(STR("dossier")),
                                 store_int(p->d.id), store_text(buf_str(&p->detail)), store_int(0) };
    store_insert(p->change, STORE_TABLE_audit, row);
    return OK;
}
