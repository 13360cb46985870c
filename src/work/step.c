/* step: the engine's step of one event, and all that follows from it at once: decisions, acts of the office. What
 * follows later becomes rows (rows.c) or deliveries (deliver.c).
 *
 * Turns. What can be done at once is noted while the effects of a step are gone through, and done one after the other,
 * each followed by the step that its result makes. An earlier turn may end what a later one was for: so each is looked
 * for in the state before it is done, and nothing is published or recorded that the process no longer wants.
 */
#include "work/work_int.h"

#include "base/limit.h"

/* ---- Before ---- */

void work__before(struct work__plan *p)
{
    struct bpmn_cursor c = { NULL, 0, false };
    struct bpmn_wait w;
    struct bpmn_item it;
    p->before = ARENA_ARRAY(&p->scratch, struct work__wait, p->state.wait_count);
    p->incidents = ARENA_ARRAY(&p->scratch, uint32_t, p->state.incident_count);
    if (p->state.root == NULL) {
        return;
    }
    while (bpmn_next_wait(&p->state, &c, &w)) {
        p->before[p->before_count++] = (struct work__wait){ w.id, w.kind, w.due, w.due_nano, w.happened, false };
    }
    c = (struct bpmn_cursor){ NULL, 0, false };
    while (p->state.incident_count > 0 && bpmn_next_item(&p->state, &c, &it)) {
        if (it.incident != 0) {
            p->incidents[p->incident_count++] = it.incident;
        }
    }
}

/* ---- Work that is opened ---- */

static feel_value details_of(struct work__plan *p, const struct bpmn_effect *e)
{
    str *names = ARENA_ARRAY(&p->scratch, str, e->detail_count);
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, e->detail_count);
    for (uint32_t i = 0; i < e->detail_count; i++) {
        names[i] = e->details[i].name;
        values[i] = feel_copy(&p->scratch, e->details[i].value);
    }
    return feel_context(feel_shape_new(&p->scratch, names, e->detail_count), values);
}

static const struct work__act_row *find_act(const struct work *w, str type)
{
    for (uint32_t i = 0; i < w->act_count; i++) {
        if (str_eq(str_of(w->acts[i].type), type)) {
            return &w->acts[i];
        }
    }
    return NULL;
}

/* Acts and decisions read the variables in their turn: only what waits longer keeps them. */
static void open_work(struct work__plan *p, const struct bpmn_effect *e)
{
    struct work__opened *o = ARENA_NEW(&p->scratch, struct work__opened);
    *o = (struct work__opened){ NULL, e->id, e->item, e->element,
                                e->kind == BPMN_EFFECT_JOB ? find_act(p->w, e->name) : NULL,
                                arena_str(&p->scratch, e->name), details_of(p, e), feel_null() };
    if (o->act != NULL || e->kind == BPMN_EFFECT_DECISION) {
        *p->turns_end = o;
        p->turns_end = &o->next;
        return;
    }
    o->variables = feel_copy(&p->scratch, e->variables);
    o->next = p->opened;
    p->opened = o;
    p->opened_count++;
}

/* ---- Effects ---- */

static void note_effect(struct work__plan *p, const struct bpmn_effect *e)
{
    const char *name = bpmn_effect_name(e->kind);
    str about = e->kind == BPMN_EFFECT_FINISH ? str_of(bpmn_outcome_name(e->outcome))
                : e->element == BPMN_NONE     ? e->name
                                              : p->state.model->elements[e->element].id;
    if (e->kind != BPMN_EFFECT_CANCEL) {
        json_string(&p->effects, arena_printf(&p->scratch, "%s %.*s", name, STR_ARG(about)));
    }
}

static void carry_out(struct work__plan *p, const struct bpmn_effect *e)
{
    switch (e->kind) {
    case BPMN_EFFECT_TASK:
        work__happened(p, "task ", p->state.model->elements[e->element].id, " created");
        open_work(p, e);
        break;
    case BPMN_EFFECT_JOB:
    case BPMN_EFFECT_DECISION:
    case BPMN_EFFECT_CALL: open_work(p, e); break;
    case BPMN_EFFECT_SEND: work__deliver_message(p, e); break;
    case BPMN_EFFECT_BROADCAST: work__deliver_signal(p, e); break;
    case BPMN_EFFECT_ESCALATE: work__deliver_escalation(p, e); break;
    case BPMN_EFFECT_FINISH:
        p->ended = true;
        work__once_end(p);
        work__deliver_end(p, e);
        break;
    default: break; /* timers, subscriptions, incidents and their ends are read off the state */
    }
}

/* The end events that the step came to; one that terminates stops itself too. */
static enum error_code note_ends(struct work__plan *p, const struct bpmn_result *result)
{
    enum error_code code = OK;
    for (uint32_t i = 0; i < result->move_count && code == OK; i++) {
        const struct bpmn_move *m = &result->moves[i];
        bool over = m->phase == BPMN_PHASE_ENDED || m->phase == BPMN_PHASE_STOPPED;
        if (m->element != BPMN_NONE && over &&
            p->state.model->elements[m->element].kind == BPMN_END_EVENT) {
            p->end = p->state.model->elements[m->element].id;
            code = work__place_lost(p, p->end);
        }
    }
    return code;
}

enum error_code work__step_once(struct work__plan *p, const struct bpmn_event *event)
{
    struct bpmn_result result;
    enum error_code code = bpmn_step(&p->state, event, p->ev, &result, p->err);
    code = code == OK ? note_ends(p, &result) : code;
    for (uint32_t i = 0; code == OK && i < result.effect_count; i++) {
        note_effect(p, &result.effects[i]);
        carry_out(p, &result.effects[i]);
        code = p->err->code;
        if (code == OK && arena_used(&p->scratch) > LIMIT_WORK_STEP_BYTES) {
            code = error_set(p->err, ERROR_LIMIT, "what the process opens at once is too large");
            error_detail(p->err, "limit %s = %d", "WORK_STEP_BYTES", LIMIT_WORK_STEP_BYTES);
        }
    }
    return code;
}

/* ---- Turns ---- */

/* The acts of work itself. */
void work__register_own(struct work *w)
{
    static const struct work__act_row own[] = {
        { "gongshi.clock", NULL, NULL, work__act_clock }, { "gongshi.send", NULL, NULL, work__act_send },
        { "gongshi.start", NULL, NULL, work__act_start }, { "gongshi.draw", NULL, NULL, work__act_draw },
    };
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        w->acts[w->act_count++] = own[i];
    }
}

struct work_job work__job_of(struct work__plan *p, str element, feel_value headers, feel_value local,
                             feel_value variables)
{
    return (struct work_job){ .work = p->w, .view = p->view, .change = p->change, .arena = &p->turn,
                              .record = p->w->record, .ev = p->rules, .scheme = p->scheme, .dossier = p->d.id,
                              .now = p->now, .actor = p->rq->actor, .office = p->d.office, .subject = p->d.subject,
                              .element = element, .headers = headers, .local = local, .variables = variables,
                              .trial = p->job->trial, .plan = p };
}

static enum error_code do_act(struct work__plan *p, const struct work__opened *o, feel_value *ret, struct error *err)
{
    feel_value headers = feel_member(o->details, "headers");
    if (o->act->own != NULL) {
        struct work__act act = { o->id, o->element, headers, bpmn_locals(&p->state, o->item, &p->turn),
                                 bpmn_visible(&p->state, o->item, &p->turn) };
        return o->act->own(p, &act, ret, err);
    }
    feel_eval_reset(p->rules);
    struct work_job job = work__job_of(p, p->state.model->elements[o->element].id, headers,
                                       bpmn_locals(&p->state, o->item, &p->turn),
                                       bpmn_visible(&p->state, o->item, &p->turn));
    p->turn_wait = o->id;
    enum error_code code = o->act->f(o->act->context, &job, ret, err);
    p->turn_wait = 0;
    return code;
}

static enum error_code do_turn(struct work__plan *p, const struct work__opened *o, feel_value *ret, struct error *err)
{
    enum error_code code = o->act != NULL ? do_act(p, o, ret, err) : work__decide(p, o, ret, err);
    return code != OK ? code : store_change_sound(p->change, err) ? OK : err->code;
}

static enum error_code fail(struct work__plan *p, uint32_t wait, const struct error *err)
{
    str text = arena_printf(&p->turn, "%s%s%s", err->message, err->detail[0] != '\0' ? ": " : "", err->detail);
    return work__step_once(p, &(struct bpmn_event){ .kind = BPMN_FAIL, .wait = wait, .text = text });
}

/* The act waits for somebody's word: it is a job that no program takes. */
static void leave_open(struct work__plan *p, const struct work__opened *o)
{
    struct work__opened *open = ARENA_NEW(&p->scratch, struct work__opened);
    *open = *o;
    open->act = NULL;
    open->next = p->opened;
    p->opened = open;
    p->opened_count++;
}

/* Does the work and makes the step of its result. What fails, or has a result that the process cannot hold, leaves no
 * row and is an incident; only when the store gives nothing is the whole request put off. */
static enum error_code take_turn(struct work__plan *p, const struct work__opened *o)
{
    struct error err = { .lang = p->err->lang };
    struct store_mark mark = store_mark(p->change);
    feel_value result = feel_null();
    p->turn_stays = false;
    enum error_code code = do_turn(p, o, &result, &err);
    if (code == OK && p->turn_stays) {
        leave_open(p, o);
        return OK;
    }
    if (code == OK) {
        code = work__step_once(p, &(struct bpmn_event){ .kind = BPMN_COMPLETE, .wait = o->id, .variables = result });
        if (code == OK || !work__waits_for(p, o->id)) {
            return code; /* made, or made and what follows from it cannot be written */
        }
        err = *p->err;
        *p->err = (struct error){ .lang = err.lang };
    }
    if (code == ERROR_IO) {
        *p->err = err;
        return code;
    }
    store_rewind(p->change, mark);
    return fail(p, o->id, &err);
}

static enum error_code too_many(struct work__plan *p, const struct work__opened *o)
{
    struct error err = { .lang = p->err->lang };
    error_set(&err, ERROR_LIMIT, "the process does not come to rest");
    error_detail(&err, "limit %s = %d", "WORK_STEPS", LIMIT_WORK_STEPS);
    return fail(p, o->id, &err);
}

bool work__waits_for(const struct work__plan *p, uint32_t wait)
{
    struct bpmn_wait w;
    return p->state.root != NULL && bpmn_find_wait(&p->state, wait, &w);
}

/* Everything that is to be done at once, from *next on. */
static enum error_code take_turns(struct work__plan *p, struct work__opened ***next, uint32_t *turns)
{
    enum error_code code = OK;
    for (const struct work__opened *o; code == OK && (o = **next) != NULL; *next = &(**next)->next) {
        if (work__waits_for(p, o->id)) {
            arena_clear(&p->turn);
            code = (*turns)++ < LIMIT_WORK_STEPS ? take_turn(p, o) : too_many(p, o);
            code = code == OK ? work__fresh_view(p) : code;
        }
    }
    return code;
}

/* What happened is put to the clocks; those that moved are variables again. */
static enum error_code move_clocks(struct work__plan *p, uint32_t *turns, bool *ret_moved)
{
    enum error_code code = work__clocks_hear(p, ret_moved);
    if (code == OK && *ret_moved && (*turns)++ >= LIMIT_WORK_STEPS) {
        code = error_set(p->err, ERROR_LIMIT, "the process does not come to rest");
        error_detail(p->err, "limit %s = %d", "WORK_STEPS", LIMIT_WORK_STEPS);
    }
    return code == OK && *ret_moved ? work__set_clocks(p, p->err) : code;
}

enum error_code work__step(struct work__plan *p, const struct bpmn_event *event)
{
    uint32_t turns = 0;
    struct work__opened **next = &p->turns;
    bool moved = true;
    json_begin_object(&p->effects);
    json_key(&p->effects, STR("effects"));
    json_begin_array(&p->effects);
    enum error_code code = work__step_once(p, event);
    code = code == OK ? work__clocks_late(p) : code;
    while (code == OK && moved) {
        code = take_turns(p, &next, &turns);
        code = code == OK ? move_clocks(p, &turns, &moved) : code;
    }
    json_end_array(&p->effects);
    return code;
}
