/* step: one event from outside until all has come to rest.
 *
 * First the event is looked at, and refused when it fits nothing: then nothing has changed. Then it is applied. Then
 * the queue of items that have something to do is worked off, first come first served; when it is empty the joins
 * that wait for others are looked at, and then the conditions; what fires there fills the queue again.
 */
#include "bpmn/bpmn_int.h"

/* ---- The kinds ---- */

#define KIND(name, xml, class, ops) extern const struct bpmn__ops bpmn__ops_##ops;
#include "bpmn/kind.def"
#undef KIND

const struct bpmn__ops bpmn__ops_none = { NULL, NULL };

const struct bpmn__ops *bpmn__ops_of(enum bpmn_kind kind)
{
    static const struct bpmn__ops *const table[BPMN_KINDS] = {
#define KIND(name, xml, class, ops) [BPMN_##name] = &bpmn__ops_##ops,
#include "bpmn/kind.def"
#undef KIND
    };
    return table[kind];
}

/* ---- The queue ---- */

static bool take_over_start(struct bpmn__run *r, struct bpmn__item *it)
{
    bool scope = bpmn_class_of(bpmn__element(r, it)->kind) == BPMN_CLASS_SCOPE;
    uint32_t start = scope ? bpmn__start_of_scope(r, it) : BPMN_NONE;
    if (it->parent == NULL && start == BPMN_NONE && it->trigger == BPMN_NONE) {
        start = it->element; /* a process without start event takes its variables itself */
    }
    return start == BPMN_NONE || bpmn__start_outputs(r, it, start);
}

static void enter(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    if (r->s->item_count > LIMIT_BPMN_ITEMS) {
        bpmn__incident(r, it, BPMN_INCIDENT_LIMIT, STR("BPMN_ITEMS"));
    } else if (it->caught) {
        bpmn__ops_of(e->kind)->enter(r, it);
    } else if (e->loop != BPMN_LOOP_NONE && it->turn == 0) {
        bpmn__loop_enter(r, it);
    } else if (bpmn__inputs(r, it) && take_over_start(r, it) && bpmn__subscribe_border(r, it)) {
        bpmn__ops_of(e->kind)->enter(r, it);
    }
}

static void resume(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn__ops *ops = bpmn__ops_of(bpmn__element(r, it)->kind);
    if (it->body) {
        bpmn__loop_resume(r, it);
    } else if (ops->resume != NULL) {
        ops->resume(r, it);
    }
}

static void look_at(struct bpmn__run *r, struct bpmn__item *it)
{
    switch (it->phase) {
    case BPMN_PHASE_ENTERING: enter(r, it); break;
    case BPMN_PHASE_LEAVING: bpmn__leave(r, it); break;
    case BPMN_PHASE_ACTIVE:
    case BPMN_PHASE_COMPENSATING: resume(r, it); break;
    default: break; /* it has gone in the meantime */
    }
}

static void work_off(struct bpmn__run *r)
{
    while (r->queue_from < r->queue_to) {
        struct bpmn__item *it = r->queue[r->queue_from++];
        it->queued = false;
        if (bpmn__gone(it)) {
            continue;
        }
        if (r->budget == 0) {
            bpmn__incident(r, it, BPMN_INCIDENT_LIMIT, STR("BPMN_MOVES"));
        } else {
            r->budget--;
            look_at(r, it);
        }
    }
    r->queue_from = r->queue_to = 0;
}

static void come_to_rest(struct bpmn__run *r)
{
    work_off(r);
    while (r->s->root != NULL && r->budget > 0) {
        if (!bpmn__look_at_joins(r)) {
            if (!r->changed) {
                break;
            }
            r->changed = bpmn__look_at_conditions(r);
        }
        work_off(r);
    }
}

/* ---- Refusing ---- */

static enum error_code check_variables(feel_value v, struct error *err)
{
    if (v.kind != FEEL_NULL && v.kind != FEEL_CONTEXT) {
        return error_set(err, ERROR_INVALID, "the variables must be a context");
    }
    const char *why = bpmn__unfit(v);
    if (why == NULL && v.count > LIMIT_BPMN_VARIABLES) {
        why = "BPMN_VARIABLES";
    }
    if (why == NULL) {
        return OK;
    }
    if (str_eq(str_of(why), STR("function"))) {
        return error_set(err, ERROR_INVALID, "a function cannot be kept in a variable");
    }
    error_set(err, ERROR_LIMIT, "the variables are too large");
    error_detail(err, "limit %s", why);
    return ERROR_LIMIT;
}

static enum error_code missing_wait(struct error *err, uint32_t id)
{
    error_set(err, ERROR_MISSING, "nothing waits for this event");
    error_detail(err, "id %u", id);
    return ERROR_MISSING;
}

static bool is_work(const struct bpmn__wait *w)
{
    return w->kind == BPMN_WAIT_TASK || w->kind == BPMN_WAIT_JOB || w->kind == BPMN_WAIT_DECISION ||
           w->kind == BPMN_WAIT_CALL;
}

/* What an event is about, found before anything changes. */
struct aim {
    struct bpmn__item *item;
    struct bpmn__wait *wait;
};

static enum error_code find_work(struct bpmn__run *r, const struct bpmn_event *event, struct aim *aim,
                                 struct error *err)
{
    aim->wait = bpmn__find_wait(r->s, event->wait, &aim->item);
    return aim->wait == NULL || !is_work(aim->wait) ? missing_wait(err, event->wait) : OK;
}

/* Tasks of ad-hoc sub-processes are only completed, or activate something. */
static enum error_code find_plain_work(struct bpmn__run *r, const struct bpmn_event *event, struct aim *aim,
                                       struct error *err)
{
    enum error_code code = find_work(r, event, aim, err);
    if (code == OK && bpmn__element(r, aim->item)->kind == BPMN_AD_HOC) {
        return error_set(err, ERROR_INVALID, "the task of an ad-hoc sub-process can only be completed");
    }
    return code;
}

/* ---- Starting ---- */

static uint32_t start_process(const struct bpmn__run *r, const struct bpmn_event *event)
{
    if (event->element != BPMN_NONE && event->element < r->m->element_count) {
        return bpmn_process_of(r->m, event->element);
    }
    return event->process == BPMN_NONE && r->m->process_count == 1 ? r->m->processes[0] : event->process;
}

static bool can_start(const struct bpmn__run *r, uint32_t process, uint32_t element)
{
    struct bpmn_start start;
    for (uint32_t i = 0; bpmn_start_of(r->m, process, i, &start); i++) {
        if (start.element == element) {
            return true;
        }
    }
    return false;
}

static enum error_code cannot_run(const struct bpmn__run *r, uint32_t process, struct error *err)
{
    const struct bpmn_finding *f = bpmn_problem(r->m, process);
    if (f == NULL) {
        return OK;
    }
    error_set(err, ERROR_INVALID, "the process cannot be run");
    error_detail(err, "%.*s: %.*s", STR_ARG(f->id), STR_ARG(f->text));
    error_at(err, r->m->file, f->line, 0);
    return ERROR_INVALID;
}

static enum error_code look_at_start(struct bpmn__run *r, const struct bpmn_event *event, struct error *err)
{
    uint32_t process = start_process(r, event);
    if (r->s->process != BPMN_NONE) {
        return error_set(err, ERROR_INVALID, "the instance has been started already");
    }
    if (process == BPMN_NONE || process >= r->m->element_count || r->m->elements[process].kind != BPMN_PROCESS) {
        return error_set(err, ERROR_MISSING, "there is no such process");
    }
    if (event->depth > LIMIT_BPMN_CALLS) {
        error_set(err, ERROR_LIMIT, "processes call each other too deep");
        error_detail(err, "limit %s = %d", "BPMN_CALLS", LIMIT_BPMN_CALLS);
        return ERROR_LIMIT;
    }
    enum error_code code = cannot_run(r, process, err);
    if (code != OK) {
        return code;
    }
    const struct bpmn__behaviour *b = r->m->elements[process].run;
    bool by_itself = event->element == BPMN_NONE && (b->start != BPMN_NONE || b->source_count > 0);
    if (!by_itself && !can_start(r, process, event->element)) {
        return error_set(err, ERROR_MISSING, "the process does not start with this event");
    }
    return OK;
}

static void start(struct bpmn__run *r, const struct bpmn_event *event)
{
    r->s->process = start_process(r, event);
    r->s->depth = event->depth;
    struct bpmn__item *root = bpmn__begin(r, NULL, r->s->process, 0, "");
    root->trigger = event->element;
    bpmn__bring(r, root, event->variables);
}

/* ---- Work ---- */

/* The result of a decision goes to its variable; what a called process keeps to itself is dropped. */
static feel_value payload_of(struct bpmn__run *r, const struct bpmn__item *it, enum bpmn_wait_kind kind,
                             feel_value variables)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, it);
    if (kind == BPMN_WAIT_CALL && !b->keep_child_variables && b->output_count == 0) {
        return feel_null();
    }
    if (kind == BPMN_WAIT_DECISION) {
        feel_value result = feel_null();
        feel_context_get(variables, STR("result"), &result);
        return bpmn__one_entry(r->scratch, b->result_variable.len > 0 ? b->result_variable : STR("result"), result);
    }
    return variables;
}

static void complete(struct bpmn__run *r, const struct aim *aim, const struct bpmn_event *event)
{
    struct bpmn__item *it = aim->item;
    enum bpmn_wait_kind kind = aim->wait->kind;
    bpmn__close(r, it, aim->wait, false);
    bpmn__bring(r, it, payload_of(r, it, kind, event->variables));
    if (bpmn__element(r, it)->kind == BPMN_AD_HOC) {
        bpmn__ad_hoc_complete(r, it);
    } else if (bpmn_class_of(bpmn__element(r, it)->kind) == BPMN_CLASS_EVENT) {
        it->step++;
        bpmn__wake(r, it);
    } else {
        bpmn__phase(r, it, BPMN_PHASE_LEAVING, "completed");
    }
}

static void fail(struct bpmn__run *r, const struct aim *aim, const struct bpmn_event *event)
{
    bpmn__close(r, aim->item, aim->wait, false);
    bpmn__phase(r, aim->item, BPMN_PHASE_ENTERING, "failed");
    bpmn__incident(r, aim->item, BPMN_INCIDENT_FAILED, event->text);
}

static void error_thrown(struct bpmn__run *r, const struct aim *aim, const struct bpmn_event *event)
{
    bpmn__close(r, aim->item, aim->wait, false);
    bpmn__throw_error(r, aim->item, event->code, event->text, event->variables, true);
}

/* ---- Returns ---- */

/* An activity of the same scope, which tokens can be put on. */
static bool stands_beside(const struct bpmn_model *m, uint32_t element, uint32_t other)
{
    const struct bpmn_element *e = other == BPMN_NONE ? NULL : &m->elements[other];
    return e != NULL && e->parent == m->elements[element].parent && !e->for_compensation &&
           bpmn_class_of(e->kind) == BPMN_CLASS_ACTIVITY;
}

static enum error_code look_at_return(struct bpmn__run *r, const struct bpmn_event *event, struct aim *aim,
                                      struct error *err)
{
    enum error_code code = find_plain_work(r, event, aim, err);
    if (code != OK) {
        return code;
    }
    const struct bpmn__behaviour *b = bpmn__behaviour(r, aim->item);
    bool plain = aim->wait->kind == BPMN_WAIT_TASK && aim->item->turn == 0;
    if (plain && event->named && stands_beside(r->m, aim->item->element, event->element)) {
        return OK;
    }
    for (uint32_t i = 0; plain && i < b->back_count; i++) {
        if (b->back[i] == event->element) {
            return OK;
        }
    }
    error_set(err, ERROR_INVALID, "the task cannot be returned to this step");
    error_hint(err, "the property gongshi.back of the task names the steps it may be returned to");
    return ERROR_INVALID;
}

static void send_back(struct bpmn__run *r, const struct aim *aim, const struct bpmn_event *event)
{
    struct bpmn__item *scope = aim->item->parent;
    feel_value v = event->variables;
    for (uint32_t i = 0; v.kind == FEEL_CONTEXT && i < v.count; i++) {
        if (!bpmn__set(r, aim->item, scope, v.shape->names[i], v.values[i])) {
            return;
        }
    }
    bpmn__close(r, aim->item, aim->wait, false);
    bpmn__stop(r, aim->item, "returned");
    bpmn__begin(r, scope, event->element, 0, "returned");
}

/* ---- Timers, messages, signals ---- */

static enum error_code look_at_timer(struct bpmn__run *r, const struct bpmn_event *event, struct aim *aim,
                                     struct error *err)
{
    const struct feel_environment *env = feel_eval_environment(r->ev);
    aim->wait = bpmn__find_wait(r->s, event->wait, &aim->item);
    if (aim->wait == NULL || aim->wait->kind != BPMN_WAIT_TIMER || aim->wait->happened) {
        return missing_wait(err, event->wait);
    }
    if (aim->wait->due > env->instant || (aim->wait->due == env->instant && aim->wait->due_nano > env->nano)) {
        return error_set(err, ERROR_INVALID, "the timer is not due yet");
    }
    return OK;
}

static bool wants(const struct bpmn__wait *w, const struct bpmn_event *event)
{
    int order = 0;
    if (w->kind != BPMN_WAIT_MESSAGE || w->happened) {
        return false;
    }
    if (event->wait != 0) {
        return w->id == event->wait;
    }
    bool same_key = w->key.kind == FEEL_NULL
                        ? event->key.kind == FEEL_NULL
                        : w->key.kind == event->key.kind && feel_compare(w->key, event->key, &order) && order == 0;
    return same_key && str_eq(w->name, event->name);
}

static enum error_code look_at_message(struct bpmn__run *r, const struct bpmn_event *event, struct aim *aim,
                                       struct error *err)
{
    uint32_t found = 0;
    for (struct bpmn__item *it = r->s->first; it != NULL; it = it->next) {
        for (struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
            if (wants(w, event)) {
                *aim = (struct aim){ it, w };
                found++;
            }
        }
    }
    if (found == 0) {
        error_set(err, ERROR_MISSING, "nobody waits for the message");
        error_detail(err, "%.*s", STR_ARG(event->name));
        return ERROR_MISSING;
    }
    if (found > 1) {
        error_set(err, ERROR_INVALID, "several wait for the message");
        error_detail(err, "%.*s: %u", STR_ARG(event->name), found);
        error_hint(err, "give them different correlation keys, or address one of them");
        return ERROR_INVALID;
    }
    return OK;
}

/* ---- Variables, activation, repair ---- */

static enum error_code look_at_item(struct bpmn__run *r, const struct bpmn_event *event, struct aim *aim,
                                    struct error *err)
{
    aim->item = bpmn__item_by_id(r->s, event->item);
    return aim->item == NULL ? missing_wait(err, event->item) : OK;
}

static void set(struct bpmn__run *r, const struct aim *aim, const struct bpmn_event *event)
{
    feel_value v = event->variables;
    for (uint32_t i = 0; v.kind == FEEL_CONTEXT && i < v.count; i++) {
        if (!bpmn__set_local(r, aim->item, aim->item, v.shape->names[i], v.values[i])) {
            return;
        }
    }
    if (v.kind == FEEL_CONTEXT) {
        bpmn__rearm(r, v);
    }
}

static enum error_code look_at_activation(struct bpmn__run *r, const struct bpmn_event *event, struct aim *aim,
                                          struct error *err)
{
    enum error_code code = find_work(r, event, aim, err);
    if (code != OK) {
        return code;
    }
    if (bpmn__element(r, aim->item)->kind != BPMN_AD_HOC ||
        !bpmn__can_activate(r->m, aim->item->element, event->element)) {
        return error_set(err, ERROR_INVALID, "the element cannot be activated there");
    }
    if (bpmn__behaviour(r, aim->item)->one_at_a_time && aim->item->child_count > 0) {
        return error_set(err, ERROR_INVALID, "one element after the other: another one is still active");
    }
    return OK;
}

static enum error_code look_at_retry(struct bpmn__run *r, const struct bpmn_event *event, struct aim *aim,
                                     struct error *err)
{
    enum error_code code = look_at_item(r, event, aim, err);
    return code == OK && aim->item->incident == 0 ? error_set(err, ERROR_INVALID, "nothing is wrong with this item")
                                                  : code;
}

/* Variables that come along mend what the incident complained of. */
static void retry(struct bpmn__run *r, const struct aim *aim, const struct bpmn_event *event)
{
    feel_value v = event->variables;
    bpmn__phase(r, aim->item, aim->item->phase, "retry");
    for (uint32_t i = 0; v.kind == FEEL_CONTEXT && i < v.count; i++) {
        if (!bpmn__set(r, aim->item, aim->item, v.shape->names[i], v.values[i])) {
            return;
        }
    }
    bpmn__wake(r, aim->item);
}

/* ---- One step ---- */

static enum error_code look_at_event(struct bpmn__run *r, const struct bpmn_event *event, struct aim *aim,
                                     struct error *err)
{
    enum error_code code = check_variables(event->variables, err);
    if (code != OK) {
        return code;
    }
    switch (event->kind) {
    case BPMN_START: return look_at_start(r, event, err);
    case BPMN_COMPLETE: return find_work(r, event, aim, err);
    case BPMN_ERROR_THROWN:
    case BPMN_ESCALATION_THROWN:
    case BPMN_FAIL: return find_plain_work(r, event, aim, err);
    case BPMN_RETURN: return look_at_return(r, event, aim, err);
    case BPMN_TIMER: return look_at_timer(r, event, aim, err);
    case BPMN_MESSAGE_ARRIVED: return look_at_message(r, event, aim, err);
    case BPMN_SET: return look_at_item(r, event, aim, err);
    case BPMN_ACTIVATE: return look_at_activation(r, event, aim, err);
    case BPMN_RETRY: return look_at_retry(r, event, aim, err);
    case BPMN_SIGNAL_ARRIVED:
    case BPMN_CANCEL: return OK;
    }
    return error_set(err, ERROR_INVALID, "there is no such event");
}

static void apply(struct bpmn__run *r, const struct bpmn_event *event, const struct aim *aim)
{
    switch (event->kind) {
    case BPMN_START: start(r, event); break;
    case BPMN_COMPLETE: complete(r, aim, event); break;
    case BPMN_ERROR_THROWN: error_thrown(r, aim, event); break;
    case BPMN_ESCALATION_THROWN: bpmn__throw_escalation(r, aim->item, event->code, event->variables); break;
    case BPMN_FAIL: fail(r, aim, event); break;
    case BPMN_RETURN: send_back(r, aim, event); break;
    case BPMN_TIMER: bpmn__answered(r, aim->item, aim->wait, feel_null(), "timer"); break;
    case BPMN_MESSAGE_ARRIVED: bpmn__answered(r, aim->item, aim->wait, event->variables, "message"); break;
    case BPMN_SIGNAL_ARRIVED: bpmn__signal(r, event->name, event->variables); break;
    case BPMN_SET: set(r, aim, event); break;
    case BPMN_ACTIVATE: bpmn__begin(r, aim->item, event->element, 0, "activated"); break;
    case BPMN_RETRY: retry(r, aim, event); break;
    case BPMN_CANCEL: bpmn__finish(r, BPMN_CANCELLED, STR(""), STR("")); break;
    }
}

/* An event for an instance that is not running: to cancel what has ended changes nothing and is no error. */
static enum error_code not_running(const struct bpmn_state *s, const struct bpmn_event *event, struct error *err)
{
    if (s->process == BPMN_NONE) {
        return error_set(err, ERROR_INVALID, "the instance has not been started");
    }
    return event->kind == BPMN_CANCEL ? OK : error_set(err, ERROR_INVALID, "the instance has ended");
}


enum error_code bpmn_step(struct bpmn_state *s, const struct bpmn_event *event, struct feel_eval *ev,
                          struct bpmn_result *ret, struct error *err)
{
    feel_eval_reset(ev);
    if (s->root == NULL && event->kind != BPMN_START) {
        enum error_code code = not_running(s, event, err);
        if (code == OK) {
            *ret = (struct bpmn_result){ .effect_count = 0 };
        }
        return code;
    }
    bpmn__compact(s);
    struct bpmn__run r = { .s = s, .m = s->model, .ev = ev, .scratch = feel_eval_arena(ev),
                           .budget = LIMIT_BPMN_MOVES, .changed = true };
    struct aim aim = { NULL, NULL };
    enum error_code code = look_at_event(&r, event, &aim, err);
    if (code != OK) {
        return code;
    }
    apply(&r, event, &aim);
    come_to_rest(&r);
    *ret = (struct bpmn_result){ r.effects, r.effect_count, r.moves, r.move_count };
    return OK;
}
