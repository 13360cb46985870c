/* plan: one request becomes one change. Nothing here writes; what it reads is one view. */
#include "work/work_int.h"

#include "base/clock.h"
#include "base/limit.h"

#include <stdlib.h>
#include <sys/random.h>

void work__plan_init(struct work__plan *p, struct work *w)
{
    struct feel_environment env;
    work__environment(w, 0, &env);
    *p = (struct work__plan){ .w = w, .ev = feel_eval_new(&env), .rules = feel_eval_new(&env),
                              .scratch = ARENA_INIT, .turn = ARENA_INIT, .text = BUF_INIT(LIMIT_JSON_BYTES),
                              .detail = BUF_INIT(LIMIT_JSON_BYTES) };
}

void work__plan_release(struct work__plan *p)
{
    if (p->state.model != NULL) {
        bpmn_state_release(&p->state);
    }
    feel_eval_free(p->ev);
    feel_eval_free(p->rules);
    arena_release(&p->scratch);
    arena_release(&p->turn);
    buf_release(&p->text);
    buf_release(&p->detail);
}

enum work__planned work__refuse(struct work__plan *p, enum work_outcome outcome)
{
    p->job->answer.outcome = outcome;
    return WORK__ANSWERED;
}

/* The outcome that an error of the engine or the store means. */
enum work__planned work__refuse_by_code(struct work__plan *p)
{
    return work__refuse(p, p->err->code == ERROR_MISSING ? WORK_MISSING
                           : p->err->code == ERROR_IO    ? WORK_BUSY
                                                         : WORK_REFUSED);
}

/* ---- Done before? ---- */

/* What makes two requests the same: everything but the key, as it was asked, before a message finds its receiver. */
static void digest(struct work__plan *p)
{
    const struct work_request *rq = p->rq;
    const str texts[] = { rq->party, rq->scheme, rq->process, rq->office, rq->subject, rq->bundle, rq->element,
                          rq->name, rq->correlation, rq->text, rq->action, rq->clause, rq->guest,
                          rq->with };
    if (rq->key.len == 0 || p->job->digest[0] != '\0') {
        return;
    }
    buf_clear(&p->text);
    buf_printf(&p->text, "%d %lld %lld %u %u %lld %lld %lld", rq->act, (long long)rq->actor, (long long)rq->dossier,
               rq->wait, rq->item, (long long)rq->person, (long long)rq->parent, (long long)rq->about);
    if (rq->paper != 0) {
        buf_printf(&p->text, " %lld", (long long)rq->paper);
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        buf_printf(&p->text, " %zu:", texts[i].len);
        buf_add(&p->text, texts[i]);
    }
    store_hash(buf_str(&p->text), p->job->digest);
}

static void answer_again(struct work__plan *p, str answer)
{
    feel_value v = feel_null();
    feel_json_read(&p->scratch, answer, &v, NULL);
    str code = feel_text_member(v, "code");
    p->job->answer.outcome = WORK_OK;
    p->job->answer.dossier = feel_whole_member(v, "dossier");
    p->job->answer.ended = feel_is_true(feel_member(v, "ended"));
    p->job->answer.repeated = true;
    memcpy(p->job->answer.code, code.ptr, code.len < sizeof p->job->answer.code ? code.len : 0);
}

int64_t work_answered(struct store_view *v, int64_t actor, str key)
{
    struct arena a = ARENA_INIT;
    struct store_value args[] = { store_text(key), store_int(actor) };
    struct store_rows *r = store_query(v, "SELECT answer FROM request WHERE key = ? AND actor = ?", args, 2);
    feel_value answer = feel_null();
    int64_t dossier = 0;
    if (store_next(r) && feel_json_read(&a, arena_str(&a, store_column_text(r, 0)), &answer, NULL) == OK) {
        dossier = feel_whole_member(answer, "dossier");
    }
    store_rows_end(r);
    arena_release(&a);
    return dossier;
}

/* True when the request was done before, or its key belongs to another one. */
static bool done_before(struct work__plan *p)
{
    if (p->rq->key.len == 0) {
        return false;
    }
    struct store_value args[] = { store_text(p->rq->key) };
    struct store_rows *r = store_query(p->view, "SELECT actor, digest, answer FROM request WHERE key = ?", args, 1);
    bool there = store_next(r);
    if (there) {
        if (store_column_int(r, 0) == p->rq->actor && str_eq(store_column_text(r, 1), str_of(p->job->digest))) {
            answer_again(p, store_column_text(r, 2));
        } else {
            error_set(p->err, ERROR_INVALID, "the key \"%.*s\" belongs to another request", STR_ARG(p->rq->key));
            error_hint(p->err, "give each request a key of its own, and repeat a request unchanged");
            work__refuse(p, WORK_REFUSED);
        }
    }
    store_rows_end(r);
    return there;
}

static void remember(struct work__plan *p)
{
    struct json_writer w;
    if (p->rq->key.len == 0) {
        return;
    }
    buf_clear(&p->text);
    json_writer_init(&w, &p->text, false);
    json_begin_object(&w);
    json_text_member(&w, "code", str_of(p->job->answer.code));
    json_int_member(&w, "dossier", p->d.id);
    json_key(&w, STR("ended"));
    json_bool(&w, p->ended);
    json_end_object(&w);
    struct store_value row[] = { store_text(p->rq->key), store_int(p->now), store_int(p->rq->actor),
                                 store_text(str_of(p->job->digest)), store_text(buf_str(&p->text)) };
    store_insert(p->change, STORE_TABLE_request, row);
}

/* A delivery or job that this request carries out is still there, as it was taken. */
static bool item_there(struct work__plan *p)
{
    struct store_value args[] = { store_int(p->rq->item_id), store_int(p->rq->item_version) };
    struct store_rows *r = store_query(p->view, "SELECT id FROM queue WHERE id = ? AND version = ?", args, 2);
    bool there = store_next(r);
    store_rows_end(r);
    return there;
}

/* ---- What only the program may say ---- */

/* Whoever could name a caller or a party could act for those who have never asked him. */
static bool is_for_program(struct work__plan *p)
{
    const struct work_request *rq = p->rq;
    bool outside = rq->actor != 0 || rq->party.len > 0;
    const char *member = rq->item_id == 0 && (rq->parent != 0 || rq->parent_wait != 0) ? "parent"
                         : rq->actor != 0 && rq->party.len > 0 && !p->outside         ? "party"
                         : outside && rq->depth != 0                                  ? "depth"
                         : rq->item_id == 0 && rq->fired != 0                         ? "fired"
                         : outside && rq->bundle.len > 0                              ? "bundle"
                         : outside && (rq->except != 0 || rq->after != 0)             ? "except"
                         : rq->item_id == 0 && rq->letter != 0                        ? "letter"
                         : rq->item_id == 0 && rq->number != 0                        ? "number"
                         : rq->item_id == 0 && rq->about != 0 && rq->act != WORK_LINK && outside ? "about"
                                                                                      : NULL;
    if (member != NULL) {
        error_set(p->err, ERROR_INVALID, "the member \"%s\" is for the program itself", member);
    }
    return member != NULL;
}

/* ---- Whom a message is for ---- */

/* The start event of a deployed scheme that a message begins. */
static bool find_start(struct work__plan *p, const struct scheme *b)
{
    for (uint32_t i = 0; i < b->process_count; i++) {
        const struct bpmn_model *m = b->processes[i];
        for (uint32_t k = 0; k < m->process_count; k++) {
            struct bpmn_start start;
            for (uint32_t n = 0; bpmn_start_of(m, m->processes[k], n, &start); n++) {
                if (start.trigger == BPMN_TRIGGER_MESSAGE && str_eq(start.name, p->rq->name)) {
                    p->job->rq.act = WORK_START;
                    p->job->rq.scheme = arena_str(&p->job->arena, b->name);
                    p->job->rq.process = arena_str(&p->job->arena, m->elements[m->processes[k]].id);
                    p->job->rq.element = arena_str(&p->job->arena, m->elements[start.element].id);
                    return true;
                }
            }
        }
    }
    return false;
}

/* A message between offices begins a dossier of its own scheme only: it is about one of that. */
static bool find_deployed_start(struct work__plan *p)
{
    struct store_value bundle[] = { store_text(p->letter.bundle) };
    struct store_rows *r = p->rq->letter != 0
                               ? store_query(p->view, "SELECT name FROM bundle WHERE hash = ?", bundle, 1)
                               : store_query(p->view, "SELECT DISTINCT name FROM deployed ORDER BY name", NULL, 0);
    bool found = false;
    while (!found && store_next(r)) {
        const struct scheme *b;
        str name = arena_str(&p->scratch, store_column_text(r, 0));
        found = record_installed(p->w->record, p->view, name, &b, NULL) == OK && find_start(p, b);
    }
    store_rows_end(r);
    return found;
}

/* The key as subscriptions have it. */
static bool correlation(struct work__plan *p, feel_value *ret, str *ret_text)
{
    *ret = feel_null();
    if (p->rq->correlation.len > 0 && feel_json_read(&p->scratch, p->rq->correlation, ret, p->err) != OK) {
        return false;
    }
    buf_clear(&p->text);
    work__key(*ret, &p->text);
    *ret_text = arena_str(&p->scratch, buf_str(&p->text));
    return true;
}

static enum work__planned no_receiver(struct work__plan *p, bool several)
{
    if (several) {
        error_set(p->err, ERROR_INVALID, "several dossiers wait for the message \"%.*s\"", STR_ARG(p->rq->name));
        error_hint(p->err, "address it: give the dossier");
        return work__refuse(p, WORK_REFUSED);
    }
    error_set(p->err, ERROR_MISSING, "nobody waits for the message \"%.*s\"", STR_ARG(p->rq->name));
    return work__refuse(p, WORK_MISSING);
}

/* A message without a dossier goes to the one that waits for its name and key, or begins a dossier. The wait itself is
 * found by the engine, when the dossier's turn has come: by then it may be another one of the same name and key. */
static enum work__planned route(struct work__plan *p)
{
    feel_value key;
    str text;
    if (!correlation(p, &key, &text)) {
        return work__refuse(p, WORK_REFUSED);
    }
    struct store_value args[] = { store_text(p->rq->name), store_text(text), store_int(p->letter.receiver) };
    struct store_rows *r =
        p->rq->letter == 0
            ? store_query(p->view, "SELECT dossier FROM subscription WHERE kind = 'message' AND name = ? AND key = ? "
                                   "ORDER BY dossier, wait LIMIT 2", args, 2)
            : store_query(p->view, "SELECT s.dossier FROM subscription s JOIN dossier d ON d.id = s.dossier WHERE "
                                   "s.kind = 'message' AND s.name = ? AND s.key = ? AND d.office = ? ORDER BY "
                                   "s.dossier, s.wait LIMIT 2", args, 3);
    int64_t dossier = 0;
    uint32_t count = 0;
    while (store_next(r)) {
        dossier = store_column_int(r, 0);
        count++;
    }
    store_rows_end(r);
    if (count == 1) {
        p->job->rq.dossier = dossier;
        p->job->routed = true;
        return WORK__ROUTED;
    }
    return count == 0 && find_deployed_start(p) ? WORK__READY : no_receiver(p, count > 1);
}

/* The dossier waits no more: another message was faster. Perhaps another one does now. */
static enum work__planned route_again(struct work__plan *p)
{
    p->job->rq.dossier = 0;
    p->job->routed = false;
    p->job->tries++;
    return WORK__ROUTED;
}

/* ---- The dossier ---- */

static enum error_code use_model(struct work__plan *p, str process, uint32_t *ret)
{
    const struct bpmn_model *m = scheme_model(p->scheme, process);
    work__take_calendar(p, p->ev);
    work__take_calendar(p, p->rules);
    if (m == NULL) {
        return error_set(p->err, ERROR_MISSING, "the scheme \"%.*s\" has no process \"%.*s\"",
                         STR_ARG(p->scheme->name), STR_ARG(process));
    }
    if (p->state.model == m) {
        bpmn_state_clear(&p->state);
    } else {
        if (p->state.model != NULL) {
            bpmn_state_release(&p->state);
        }
        bpmn_state_init(&p->state, m);
    }
    *ret = process.len > 0 ? bpmn_find(m, process) : m->processes[0];
    return OK;
}

/* The dossier is there and cannot go on; it is not missing. */
static enum work__planned unusable(struct work__plan *p)
{
    return work__refuse(p, p->err->code == ERROR_IO ? WORK_BUSY : WORK_REFUSED);
}

static enum work__planned load_dossier(struct work__plan *p)
{
    uint32_t process;
    if (!work_read_dossier(p->view, p->rq->dossier, &p->scratch, &p->d)) {
        error_set(p->err, ERROR_MISSING, "there is no dossier %lld", (long long)p->rq->dossier);
        return work__refuse(p, WORK_MISSING);
    }
    bool ended = p->d.state.len == 0;
    if (ended && !work__is_about_paper(p->rq->act)) {
        error_set(p->err, ERROR_INVALID, "the dossier %lld has ended", (long long)p->d.id);
        return work__refuse(p, WORK_REFUSED);
    }
    if (record_scheme(p->w->record, p->view, p->d.bundle, &p->scheme, p->err) != OK) {
        return unusable(p);
    }
    if (ended) {
        return WORK__READY;
    }
    if (use_model(p, p->d.process, &process) != OK || bpmn_state_read(&p->state, p->d.state, p->err) != OK) {
        return unusable(p);
    }
    p->procedure = scheme_process(p->scheme, p->d.process);
    work__clocks_begin(p);
    return WORK__READY;
}

/* The office that a dossier belongs to: that of its caller or of who has it begun, or the one named, or the first; 0:
 * there are no offices. */
static enum error_code find_office(struct work__plan *p)
{
    int64_t from = p->rq->parent != 0 ? p->rq->parent : p->rq->number != 0 ? p->rq->about : 0;
    struct store_value code[] = { store_text(p->rq->office) }, caller[] = { store_int(from) };
    struct store_rows *r = from != 0
                               ? store_query(p->view, "SELECT office FROM dossier WHERE id = ?", caller, 1)
                           : p->rq->office.len > 0
                               ? store_query(p->view, "SELECT id FROM office WHERE code = ?", code, 1)
                               : store_query(p->view, "SELECT id FROM office ORDER BY id LIMIT 1", NULL, 0);
    bool there = store_next(r);
    p->d.office = there ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return there || p->rq->office.len == 0
               ? OK
               : error_set(p->err, ERROR_MISSING, "there is no office \"%.*s\"", STR_ARG(p->rq->office));
}

static void draw_code(char *code)
{
    static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    unsigned char bytes[WORK__CODE];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
        abort();
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        code[i] = letters[bytes[i] & 31];
    }
    code[sizeof bytes] = '\0';
}

/* A text that begins with = is FEEL, evaluated at the start. p->err when it is none, or does not end. */
static feel_value computed(struct work__plan *p, feel_value v)
{
    const struct feel_program *program;
    if (v.kind != FEEL_STRING || v.count == 0 || v.text[0] != '=') {
        return v;
    }
    str source = str_slice(feel_str(v), 1, v.count);
    if (feel_compile(&p->scratch, feel_scope_new(&p->scratch), source, &program, p->err) != OK) {
        return feel_null();
    }
    feel_eval_reset(p->rules);
    feel_value result = feel_copy(&p->scratch, feel_run(p->rules, program, NULL));
    feel_eval_limit(p->rules, p->err);
    return result;
}

static feel_value about(struct work__plan *p)
{
    str names[] = { STR("number"), STR("scheme"), STR("subject"), STR("office"), STR("opened"), STR("key date") };
    enum { COUNT = sizeof names / sizeof names[0] };
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, COUNT);
    values[0] = feel_string(arena_printf(&p->scratch, "%lld", (long long)p->d.id));
    values[1] = feel_string(p->d.scheme);
    values[2] = feel_string(p->d.subject);
    values[3] = feel_string(work__office_code(p->view, &p->scratch, p->d.office));
    values[4] = work__instant(p, p->now);
    values[5] = (feel_value){ .kind = FEEL_DATE, .date = work__day(p, p->now) };
    return feel_context(feel_shape_new(&p->scratch, names, COUNT), values);
}

struct entries {
    str *names;
    feel_value *values;
    uint32_t count;
};

static void set_entry(struct entries *e, str name, feel_value v)
{
    uint32_t i = 0;
    while (i < e->count && !str_eq(e->names[i], name)) {
        i++;
    }
    e->names[i] = name;
    e->values[i] = v;
    e->count += i == e->count;
}

/* What a dossier begins with: what the manifest says, what was given, and what the office knows of it, the later before
 * the earlier. */
feel_value work__first_variables(struct work__plan *p)
{
    feel_value said = feel_member(feel_member(feel_member(p->scheme->manifest, "processes"), p->d.process.ptr),
                                   "with");
    uint32_t most = (said.kind == FEEL_CONTEXT ? said.count : 0) + 3 +
                    (p->with.kind == FEEL_CONTEXT ? p->with.count : 0);
    struct entries e = { ARENA_ARRAY(&p->scratch, str, most), ARENA_ARRAY(&p->scratch, feel_value, most), 0 };
    for (uint32_t i = 0; said.kind == FEEL_CONTEXT && i < said.count; i++) {
        set_entry(&e, said.shape->names[i], computed(p, said.values[i]));
    }
    for (uint32_t i = 0; p->with.kind == FEEL_CONTEXT && i < p->with.count; i++) {
        set_entry(&e, p->with.shape->names[i], p->with.values[i]);
    }
    if (p->clock_count > 0) {
        set_entry(&e, STR("clocks"), work__clocks_value(p));
    }
    set_entry(&e, STR("dossier"), about(p));
    set_entry(&e, STR("subject"), feel_string(p->d.subject));
    return feel_context(feel_shape_new(&p->scratch, e.names, e.count), e.values);
}

static enum work__planned new_dossier(struct work__plan *p, struct bpmn_event *event)
{
    const struct work_request *rq = p->rq;
    enum error_code code = rq->bundle.len > 0 ? record_scheme(p->w->record, p->view, rq->bundle, &p->scheme, p->err)
                                              : record_in_force(p->w->record, p->view, rq->scheme,
                                                                work__day(p, p->now), &p->scheme, p->err);
    if (code != OK || use_model(p, rq->process, &event->process) != OK) {
        return work__refuse_by_code(p);
    }
    const struct bpmn_model *m = p->state.model;
    p->d = (struct work_dossier){ .scheme = p->scheme->name, .bundle = str_of(p->scheme->hash),
                                  .process = m->elements[event->process].id, .subject = rq->subject,
                                  .parent = rq->parent, .parent_wait = rq->parent_wait, .opened = p->now };
    if (find_office(p) != OK) {
        return work__refuse_by_code(p);
    }
    event->depth = rq->depth;
    work__clocks_begin(p);
    work__happened(p, "process started", STR(""), "");
    if ((p->d.id = rq->number != 0 ? rq->number : store_id(p->w->store, p->err)) == 0) {
        return work__refuse(p, WORK_BUSY);
    }
    if (rq->about != 0 && (rq->number != 0 || rq->letter == 0)) {
        work__add_link(p, p->d.id, rq->number != 0 ? rq->name : STR("about"), rq->about);
    }
    draw_code(p->job->answer.code);
    p->d.code = str_of(p->job->answer.code);
    p->procedure = scheme_process(p->scheme, p->d.process);
    event->variables = work__first_variables(p);
    if (p->err->code == OK && rq->fired > 0) {
        work__schedule(p->w, p->change, p->rules, p->scheme, m, event->process, bpmn_find(m, rq->element), p->now,
                       rq->fired, p->err);
    }
    return p->err->code == OK ? WORK__READY : work__refuse_by_code(p);
}

/* ---- The event of a request ---- */

static enum work__planned unfit(struct work__plan *p, const char *what)
{
    error_set(p->err, ERROR_MISSING, "the dossier %lld waits for no %s %u", (long long)p->d.id,
              lang_text(p->err->lang, what), p->rq->wait);
    error_hint(p->err, "look at the dossier: somebody may have been faster");
    return work__refuse(p, WORK_MISSING);
}

static bool is_work_of_people(enum work_act act)
{
    return act == WORK_COMPLETE || act == WORK_RETURN || act == WORK_ACTIVATE;
}

/* Jobs are answered by programs, tasks by people; an error may come from both. An ad-hoc sub-process is a task that
 * nobody is a candidate for: whoever may repair begins its steps and says that it is done. */
static bool is_answered_by(enum work_act act, const struct bpmn_model *m, const struct bpmn_wait *w)
{
    bool ad_hoc = m->elements[w->host].kind == BPMN_AD_HOC, task = w->kind == BPMN_WAIT_TASK;
    bool job = w->kind == BPMN_WAIT_JOB || w->kind == BPMN_WAIT_CALL;
    switch (act) {
    case WORK_TIMER: return w->kind == BPMN_WAIT_TIMER;
    case WORK_COMPLETE:
    case WORK_RETURN: return task && !ad_hoc;
    case WORK_ACTIVATE: return task && ad_hoc;
    case WORK_DONE: return job || (task && ad_hoc);
    case WORK_FAIL: return job;
    default: return job || task;
    }
}

static enum work__planned find_wait(struct work__plan *p)
{
    struct bpmn_wait wait;
    if (bpmn_find_wait(&p->state, p->rq->wait, &wait) && is_answered_by(p->rq->act, p->state.model, &wait)) {
        return WORK__READY;
    }
    return unfit(p, p->rq->act == WORK_TIMER ? "timer" : is_work_of_people(p->rq->act) ? "task" : "job");
}

static enum work__planned find_element(struct work__plan *p, struct bpmn_event *event)
{
    if (p->rq->element.len > 0) {
        event->element = bpmn_find(p->state.model, p->rq->element);
        if (event->element == BPMN_NONE) {
            error_set(p->err, ERROR_MISSING, "the process has no element \"%.*s\"", STR_ARG(p->rq->element));
            return work__refuse(p, WORK_MISSING);
        }
    }
    return WORK__READY;
}

static bool answers_wait(enum bpmn_event_kind kind)
{
    return kind == BPMN_COMPLETE || kind == BPMN_ERROR_THROWN || kind == BPMN_ESCALATION_THROWN || kind == BPMN_FAIL ||
           kind == BPMN_RETURN || kind == BPMN_ACTIVATE || kind == BPMN_TIMER;
}

static enum work__planned make_event(struct work__plan *p, struct bpmn_event *event)
{
    static const enum bpmn_event_kind kinds[WORK_ACTS] = {
        [WORK_START] = BPMN_START, [WORK_COMPLETE] = BPMN_COMPLETE, [WORK_DONE] = BPMN_COMPLETE,
        [WORK_RETURN] = BPMN_RETURN, [WORK_ACTIVATE] = BPMN_ACTIVATE, [WORK_THROW] = BPMN_ERROR_THROWN,
        [WORK_FAIL] = BPMN_FAIL, [WORK_TIMER] = BPMN_TIMER, [WORK_MESSAGE] = BPMN_MESSAGE_ARRIVED,
        [WORK_SIGNAL] = BPMN_SIGNAL_ARRIVED, [WORK_SET] = BPMN_SET, [WORK_RETRY] = BPMN_RETRY,
        [WORK_HAPPENED] = BPMN_SET, [WORK_CLOCK] = BPMN_SET, [WORK_OBJECT] = BPMN_MESSAGE_ARRIVED,
        [WORK_CANCEL] = BPMN_CANCEL, [WORK_WITHDRAW] = BPMN_CANCEL, [WORK_ESCALATE] = BPMN_ESCALATION_THROWN,
    };
    const struct work_request *rq = p->rq;
    str key;
    *event = (struct bpmn_event){ .kind = kinds[rq->act], .element = BPMN_NONE, .process = BPMN_NONE, .wait = rq->wait,
                                  .item = rq->item, .name = rq->name, .code = rq->name, .text = rq->text,
                                  .variables = p->with };
    enum work__planned planned = rq->act == WORK_START         ? new_dossier(p, event)
                                 : rq->act == WORK_OBJECT    ? work__objection(p, event)
                                 : answers_wait(event->kind) ? find_wait(p)
                                                             : WORK__READY;
    if (planned != WORK__READY || (planned = find_element(p, event)) != WORK__READY) {
        return planned;
    }
    return rq->act != WORK_MESSAGE || correlation(p, &event->key, &key) ? WORK__READY : work__refuse(p, WORK_REFUSED);
}

/* ---- The whole ---- */

/* What people say is checked once it is known that they may, and before anything follows from it. */
static enum error_code answers(struct work__plan *p, struct bpmn_event *event, const struct work__task *task)
{
    if (p->rq->act == WORK_START) {
        enum error_code begun = work__begin(p, event);
        if (begun == OK) {
            work__end_start_draft(p);
        }
        return begun;
    }
    if (p->rq->act != WORK_COMPLETE || task == NULL) {
        return OK;
    }
    enum error_code code = work__departure_take(p, task);
    work__questions_take(p, task);
    code = code == OK ? work__answer_task(p, task) : code;
    code = code == OK ? work__questions_put(p, task) : code;
    if (code == OK) {
        work__departure_put(p, task);
    }
    event->variables = p->with;
    return code;
}

/* Variables are no way to move a clock; of those that come back from a called dossier, they are that one's. */
static enum work__planned protect_clocks(struct work__plan *p)
{
    bool some = p->clock_count > 0 && p->with.kind == FEEL_CONTEXT;
    int64_t at = some ? feel_shape_find(p->with.shape, STR("clocks")) : -1;
    if (at >= 0 && (p->rq->actor != 0 || p->rq->party.len > 0 || p->rq->guest.len > 0 || p->rq->act == WORK_SET)) {
        error_set(p->err, ERROR_INVALID, "clocks are no variable to be set");
        error_hint(p->err, "move one by the act \"clock\"");
        return work__refuse(p, WORK_REFUSED);
    }
    if (at >= 0) {
        uint32_t count = 0;
        str *names = ARENA_ARRAY(&p->scratch, str, p->with.count);
        feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, p->with.count);
        for (uint32_t i = 0; i < p->with.count; i++) {
            if (i != (uint32_t)at) {
                names[count] = p->with.shape->names[i];
                values[count++] = p->with.values[i];
            }
        }
        p->with = feel_context(feel_shape_new(&p->scratch, names, count), values);
    }
    return WORK__READY;
}

bool work_read_at(str text, int64_t now, int64_t *ret)
{
    feel_value day = feel_from_text(text, feel_type_named(STR("date")));
    feel_value moment = feel_from_text(text, feel_type_named(STR("date and time")));
    int64_t noon = day.kind == FEEL_DATE ? cal_days_from_date(day.date) * 86400 + 4 * 3600 : -1; /* in China */
    int64_t from = day.kind == FEEL_DATE             ? noon - 12 * 3600
                   : moment.kind == FEEL_DATE_TIME ? cal_utc_seconds(moment.date_time)
                                                   : -1;
    bool fine = text.len == 0 || (from >= 0 && from <= now / 1000000);
    if (fine) {
        bool early = day.kind == FEEL_DATE && noon > now / 1000000;
        *ret = text.len == 0 || early ? now : (day.kind == FEEL_DATE ? noon : from) * INT64_C(1000000);
    }
    return fine;
}

enum error_code work__read_at(struct work__plan *p)
{
    str text = feel_text_member(p->with, "at");
    int64_t at;
    if (!work_read_at(text, p->now, &at)) {
        return error_set(p->err, ERROR_INVALID, "\"at\" is a day or an instant, and none that is to come");
    }
    p->happened_at = text.len == 0 ? p->happened_at : at / 1000000;
    return OK;
}

struct bpmn_event work__clocks_event(struct work__plan *p)
{
    str names[] = { STR("clocks") };
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, 1);
    values[0] = work__clocks_value(p);
    return (struct bpmn_event){ .kind = BPMN_SET, .element = BPMN_NONE, .process = BPMN_NONE,
                                .variables = feel_context(feel_shape_new(&p->scratch, names, 1), values) };
}

/* The acts on clocks: what moves is the variable of the event. *ret_idle: nothing does. */
static enum work__planned move_clocks(struct work__plan *p, struct bpmn_event *event, bool *ret_idle)
{
    enum error_code code;
    bool moved = false;
    *ret_idle = false;
    if (work__read_at(p) != OK) {
        return work__refuse(p, WORK_REFUSED);
    }
    if (p->rq->act == WORK_CLOCK) {
        code = work__clock_act(p, ret_idle);
    } else {
        work__happened(p, "", p->rq->name, "");
        code = work__clocks_hear(p, &moved);
        if (code == OK && !moved) {
            code = error_set(p->err, ERROR_INVALID, "no clock of the dossier waits for \"%.*s\"", STR_ARG(p->rq->name));
        }
    }
    event->variables = work__clocks_event(p).variables;
    return code == OK ? WORK__READY : work__refuse_by_code(p);
}

/* What a request is news of. */
static void note_news(struct work__plan *p)
{
    struct bpmn_wait w;
    if (p->rq->act == WORK_OBJECT) {
        work__happened(p, "message ", STR(WORK__OBJECTED), "");
    }
    if (p->rq->name.len > 0 && (p->rq->act == WORK_MESSAGE || (p->rq->act == WORK_START && p->rq->number == 0))) {
        work__happened(p, "message ", p->rq->name, "");
    }
    if ((p->rq->act == WORK_COMPLETE || p->rq->act == WORK_DONE) && bpmn_find_wait(&p->state, p->asked, &w)) {
        work__happened(p, "task ", p->state.model->elements[w.host].id, " completed");
    }
}

static enum work__planned write_step(struct work__plan *p, const struct bpmn_event *event)
{
    note_news(p);
    bool fine = work__step(p, event) == OK && work__rows(p) == OK && work__audit(p) == OK;
    return fine ? WORK__READY : work__refuse_by_code(p);
}

/* Something is written beside the process, which stays where it is. */
static enum work__planned write_beside(struct work__plan *p)
{
    work__dossier_row(p, false);
    return p->err->code == OK && work__audit(p) == OK ? WORK__READY : work__refuse_by_code(p);
}

static enum work__planned no_task(struct work__plan *p)
{
    error_set(p->err, ERROR_MISSING, "there is no open task %lld.%u", (long long)p->d.id, p->rq->wait);
    return work__refuse(p, WORK_MISSING);
}

/* A task beside the process is completed: the process makes a step only when it was a signature. */
static enum work__planned complete_side(struct work__plan *p)
{
    struct work__task task;
    struct bpmn_event event;
    bool step = false;
    if (!work__read_task(p, p->d.id, p->rq->wait, &task) || !str_eq(task.status, STR("open"))) {
        return no_task(p);
    }
    work__before(p);
    if (!work__may(p, &task)) {
        return work__refuse(p, WORK_FORBIDDEN);
    }
    enum work__planned planned = work__complete_side(p, &task, &event, &step);
    return planned != WORK__READY ? planned : step ? write_step(p, &event) : write_beside(p);
}

static bool is_beside(enum work_act act)
{
    return act == WORK_LINK || act == WORK_RECUSE || act == WORK_INVITE;
}

/* Links, interests, invitations. */
static enum work__planned act_beside(struct work__plan *p)
{
    struct work__task task;
    struct bpmn_event event;
    bool about_task = p->rq->act != WORK_LINK, step = false;
    if (about_task && (!work__read_task(p, p->d.id, p->rq->wait, &task) || !str_eq(task.status, STR("open")))) {
        return no_task(p);
    }
    if (!work__may(p, about_task ? &task : NULL)) {
        return work__refuse(p, WORK_FORBIDDEN);
    }
    enum work__planned planned = p->rq->act == WORK_LINK     ? work__link_act(p)
                                 : p->rq->act == WORK_RECUSE ? work__recuse_act(p, &event, &step)
                                                             : work__invite_act(p, &task);
    if (planned == WORK__READY && step) {
        work__before(p);
        return write_step(p, &event);
    }
    return planned == WORK__READY ? write_beside(p) : planned;
}

static enum work__planned step_and_write(struct work__plan *p)
{
    struct bpmn_event event;
    bool step = true, idle = false, about_clocks = p->rq->act == WORK_CLOCK || p->rq->act == WORK_HAPPENED;
    enum work__planned planned = protect_clocks(p);
    planned = planned == WORK__READY ? make_event(p, &event) : planned;
    if (planned == WORK__READY && work__departure_protect(p) != OK) {
        planned = work__refuse(p, WORK_REFUSED);
    }
    if (planned != WORK__READY) {
        return planned;
    }
    work__before(p);
    struct work__task task;
    bool about_task = is_work_of_people(p->rq->act) && work__read_task(p, p->d.id, p->rq->wait, &task);
    if (!work__may(p, about_task ? &task : NULL)) {
        return work__refuse(p, WORK_FORBIDDEN);
    }
    if (answers(p, &event, about_task ? &task : NULL) != OK) {
        return work__refuse_by_code(p);
    }
    if (about_clocks && (planned = move_clocks(p, &event, &idle)) != WORK__READY) {
        return planned;
    }
    if (idle) {
        work__clock_refresh(p);
        return WORK__READY;
    }
    if (p->rq->act == WORK_COMPLETE && about_task) {
        planned = work__complete(p, &task, &step);
    } else if (p->rq->act == WORK_RETURN && about_task) {
        planned = work__may_return(p, &task, &event.named);
    }
    return planned != WORK__READY ? planned : step ? write_step(p, &event) : write_beside(p);
}

/* A signal from outside becomes a delivery, which finds all who wait for it. */
static enum work__planned broadcast(struct work__plan *p)
{
    struct bpmn_effect e = { .kind = BPMN_EFFECT_BROADCAST, .name = p->rq->name, .variables = p->with };
    if (!work__may(p, NULL)) {
        return work__refuse(p, WORK_FORBIDDEN);
    }
    work__deliver_signal(p, &e);
    return p->err->code == OK && work__audit(p) == OK ? WORK__READY : work__refuse_by_code(p);
}

/* The dossier that a request names, or the one that would begin with the event's variables. */
static enum work__planned find_dossier(struct work__plan *p, struct bpmn_event *event)
{
    return p->rq->dossier != 0 ? load_dossier(p) : new_dossier(p, event);
}

/* What a draft or a page with a form is of: the open task, or what is to begin. */
static enum work__planned find_sheet(struct work__plan *p, struct work__task *task)
{
    bool about_task = p->rq->dossier != 0;
    if (about_task && (!work__read_task(p, p->d.id, p->rq->wait, task) || !str_eq(task->status, STR("open")))) {
        return no_task(p);
    }
    if (!work__may(p, about_task ? task : NULL)) {
        return work__refuse(p, WORK_FORBIDDEN);
    }
    arena_clear(&p->turn);
    return WORK__READY;
}

/* A draft changes nothing but itself. */
static enum work__planned save(struct work__plan *p)
{
    struct bpmn_event event = { .element = BPMN_NONE, .process = BPMN_NONE };
    struct work__task task;
    feel_value answers;
    bool about_task = p->rq->dossier != 0;
    enum work__planned planned = about_task ? WORK__READY : new_dossier(p, &event);
    planned = planned == WORK__READY ? find_sheet(p, &task) : planned;
    if (planned != WORK__READY) {
        return planned;
    }
    work__questions_take(p, about_task ? &task : NULL);
    enum error_code code = work__answer_draft(p, about_task ? &task : NULL, event.variables, &answers);
    code = code == OK ? work__save_draft(p, work__questions_keep(p, about_task ? &task : NULL, answers)) : code;
    if (!about_task) {
        p->d.id = 0;
        p->job->answer.code[0] = '\0';
    }
    return code == OK ? WORK__READY : work__refuse_by_code(p);
}

static bool is_task_act(enum work_act act)
{
    return act == WORK_CLAIM || act == WORK_RELEASE || act == WORK_ASSIGN || act == WORK_FORWARD;
}

static enum work__planned read_variables(struct work__plan *p)
{
    if (p->rq->with.len > 0 && feel_json_read(&p->scratch, p->rq->with, &p->with, p->err) != OK) {
        return work__refuse(p, WORK_REFUSED);
    }
    if (p->with.kind != FEEL_NULL && p->with.kind != FEEL_CONTEXT) {
        error_set(p->err, ERROR_INVALID, "the variables are no JSON object");
        return work__refuse(p, WORK_REFUSED);
    }
    return WORK__READY;
}

static enum work__planned plan_act(struct work__plan *p)
{
    enum work__planned planned = WORK__READY;
    if (p->rq->dossier == 0 && p->rq->act == WORK_SIGNAL) {
        return broadcast(p);
    }
    if (p->rq->letter != 0) {
        planned = work__letter(p);
    }
    if (planned == WORK__READY && p->rq->dossier == 0 && p->rq->act == WORK_MESSAGE) {
        planned = route(p); /* it may have become a start */
    }
    if (planned == WORK__READY && p->rq->act != WORK_START && !(p->rq->act == WORK_SAVE && p->rq->dossier == 0)) {
        planned = load_dossier(p);
    }
    if (planned == WORK__READY) {
        bool side = p->rq->act == WORK_COMPLETE && p->rq->wait >= WORK__SIDE;
        planned = is_task_act(p->rq->act) ? work__task_act(p)
                  : p->rq->act == WORK_SAVE ? save(p)
                  : work__is_about_paper(p->rq->act) ? work__paper_act(p)
                  : is_beside(p->rq->act) ? act_beside(p)
                  : p->rq->act == WORK_FOLLOW ? work__follow(p)
                  : side                  ? complete_side(p)
                                          : step_and_write(p);
    }
    bool gone = planned == WORK__ANSWERED && (p->err->code == ERROR_MISSING || p->d.state.len == 0);
    return gone && p->job->routed && p->job->tries < LIMIT_WORK_TRIES ? route_again(p) : planned;
}

static enum work__planned plan(struct work__plan *p)
{
    digest(p);
    enum work__planned planned = read_variables(p);
    if (planned != WORK__READY || done_before(p)) {
        return WORK__ANSWERED;
    }
    if (p->rq->item_id != 0 && !item_there(p)) {
        error_set(p->err, ERROR_MISSING, "somebody else has carried this out");
        return work__refuse(p, WORK_MISSING);
    }
    work__find_outside(p);
    if (is_for_program(p)) {
        return work__refuse(p, WORK_REFUSED);
    }
    if (!work__may_stand_for(p)) {
        return work__refuse(p, WORK_FORBIDDEN);
    }
    planned = plan_act(p);
    if (planned == WORK__READY && p->rq->letter != 0) {
        work__letter_taken(p);
    }
    if (planned == WORK__READY && p->rq->item_id != 0) {
        struct store_value key[] = { store_int(p->rq->item_id) };
        store_delete(p->change, STORE_TABLE_queue, key, p->rq->item_version);
    }
    if (planned == WORK__READY) {
        remember(p);
    }
    return planned;
}

/* What a large request needed is not kept for the small ones. */
static void make_room(struct work__plan *p)
{
    struct arena *arenas[] = { &p->scratch, &p->turn };
    struct buf *bufs[] = { &p->text, &p->detail };
    for (size_t i = 0; i < 2; i++) {
        if (arena_used(arenas[i]) > LIMIT_WORK_POOLED_BYTES) {
            arena_release(arenas[i]);
        }
        if (bufs[i]->size > LIMIT_WORK_POOLED_BYTES) {
            buf_release(bufs[i]);
        }
        arena_clear(arenas[i]);
        buf_clear(bufs[i]);
    }
}

static void begin(struct work__plan *p, struct work__job *job)
{
    struct feel_environment env;
    make_room(p);
    p->job = job;
    p->rq = &job->rq;
    p->err = &job->answer.error;
    job->answer = (struct work_answer){ .outcome = WORK_OK, .error.lang = job->lang };
    p->change = job->change = store_change(&job->plan);
    p->scheme = NULL;
    p->procedure = NULL;
    p->d = (struct work_dossier){ .id = 0 };
    p->now = work__now(p->w);
    p->with = feel_null();
    p->before_count = p->incident_count = 0;
    p->opened = NULL;
    p->opened_count = 0;
    p->turns = NULL;
    p->turns_end = &p->turns;
    p->ended = p->sample = p->turn_stays = false;
    p->turn_wait = 0;
    p->end = STR("");
    p->on_behalf = 0;
    p->outside = false;
    p->clock_count = p->sides = 0;
    p->letter = (struct work__message){ .id = 0 };
    p->drawings = NULL;
    p->departed = p->signed_by = p->questions = feel_null();
    p->confirmed = 0;
    p->noting = false;
    p->asked = p->rq->wait;
    p->news = NULL;
    p->news_end = &p->news;
    p->happened_at = p->now / 1000000;
    json_writer_init(&p->effects, &p->detail, false);
    work__environment(p->w, p->now, &env);
    feel_eval_set_environment(p->ev, &env);
    feel_eval_set_environment(p->rules, &env);
}

static enum error_code take_view(struct work__plan *p)
{
    p->view = NULL;
    p->viewed = clock_monotonic_nanos();
    return store_view(p->w->store, &p->view, p->err) == OK ? OK : ERROR_IO;
}

enum error_code work__fresh_view(struct work__plan *p)
{
    if (clock_monotonic_nanos() - p->viewed < LIMIT_STORE_VIEW_MS * INT64_C(1000000) / 4) {
        return OK;
    }
    enum error_code code = store_view_error(p->view, p->err) == OK ? OK : ERROR_IO;
    store_view_end(p->view);
    p->view = NULL;
    return code == OK ? take_view(p) : code;
}

enum work__planned work__look_at_form(struct work__plan *p, struct work__job *job, struct store_view *v,
                                      feel_value *ret_variables, struct work__task *ret_task)
{
    struct bpmn_event event = { .element = BPMN_NONE, .process = BPMN_NONE };
    begin(p, job);
    p->view = v;
    enum work__planned planned = read_variables(p);
    work__find_outside(p);
    if (planned == WORK__READY && !work__may_stand_for(p)) {
        planned = work__refuse(p, WORK_FORBIDDEN);
    }
    planned = planned == WORK__READY ? find_dossier(p, &event) : planned;
    planned = planned == WORK__READY ? find_sheet(p, ret_task) : planned;
    *ret_variables = event.variables;
    return planned;
}

bool work__look(struct work__plan *p, struct work__job *job)
{
    struct bpmn_event event = { .element = BPMN_NONE, .process = BPMN_NONE };
    begin(p, job);
    if (take_view(p) != OK || find_dossier(p, &event) != WORK__READY) {
        return false;
    }
    if (job->rq.dossier == 0) {
        p->with = event.variables;
    }
    return true;
}

enum work__planned work__plan(struct work__plan *p, struct work__job *job)
{
    begin(p, job);
    if (take_view(p) != OK) {
        return work__refuse(p, WORK_BUSY);
    }
    enum work__planned planned = plan(p);
    struct error err = { .lang = job->lang };
    if (p->view == NULL) {
        return work__refuse(p, WORK_BUSY);
    }
    if (planned != WORK__ROUTED && store_view_error(p->view, &err) != OK) {
        *p->err = err;
        planned = work__refuse(p, WORK_BUSY);
    }
    store_view_end(p->view);
    if (planned == WORK__READY) {
        job->answer.dossier = p->d.id;
        job->answer.ended = p->ended;
    }
    return planned;
}
