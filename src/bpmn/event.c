/* event: start, catching, boundary and throwing events; end events throw too. */
#include "bpmn/bpmn_int.h"

static void pass(struct bpmn__run *r, struct bpmn__item *it)
{
    bpmn__phase(r, it, BPMN_PHASE_LEAVING, "");
}

const struct bpmn__ops bpmn__ops_start = { pass, NULL };
const struct bpmn__ops bpmn__ops_boundary = { pass, NULL };

static bool is_link(const struct bpmn_element *e)
{
    return e->definition_count > 0 && e->definitions[0].trigger == BPMN_TRIGGER_LINK;
}

static void catch_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    if (it->caught || is_link(bpmn__element(r, it))) {
        bpmn__phase(r, it, BPMN_PHASE_LEAVING, "");
    } else if (bpmn__subscribe(r, it, it->element)) {
        bpmn__phase(r, it, BPMN_PHASE_ACTIVE, "");
    } else {
        bpmn__close_all(r, it);
    }
}

const struct bpmn__ops bpmn__ops_catch = { catch_enter, NULL };

/* ---- Throwing ---- */

/* What is sent is what the mappings in have made: a white list. */
static bool send(struct bpmn__run *r, struct bpmn__item *it, const struct bpmn_definition *d)
{
    str name = bpmn__text_of(r, bpmn__value(r, it, d->run->name));
    if (name.len == 0) {
        bpmn__incident(r, it, BPMN_INCIDENT_EXPRESSION, bpmn__complaint(r, d->run->name));
        return false;
    }
    struct bpmn_effect *e = bpmn__effect(r, BPMN_EFFECT_SEND, it);
    e->id = r->s->next++;
    e->name = name;
    e->key = bpmn__value(r, it, d->run->key);
    e->variables = bpmn__own(r, it);
    bpmn__headers(r, it, e);
    return true;
}

static bool broadcast(struct bpmn__run *r, struct bpmn__item *it, const struct bpmn_definition *d)
{
    str name = bpmn__text_of(r, bpmn__value(r, it, d->run->name));
    if (name.len == 0) {
        bpmn__incident(r, it, BPMN_INCIDENT_EXPRESSION, bpmn__complaint(r, d->run->name));
        return false;
    }
    feel_value payload = bpmn__own(r, it);
    struct bpmn_effect *e = bpmn__effect(r, BPMN_EFFECT_BROADCAST, it);
    e->id = r->s->next++;
    e->name = name;
    e->variables = payload;
    it->step++;
    bpmn__signal(r, name, payload);
    return true;
}

static void open_job(struct bpmn__run *r, struct bpmn__item *it)
{
    bpmn__ops_of(BPMN_SERVICE_TASK)->enter(r, it);
}

static void follow_link(struct bpmn__run *r, struct bpmn__item *it, str name)
{
    struct bpmn__item *scope = it->parent;
    const struct bpmn_element *s = &r->m->elements[scope->element];
    bpmn__end(r, it);
    for (uint32_t i = 0; i < s->child_count; i++) {
        const struct bpmn_element *e = &r->m->elements[s->children[i]];
        if (e->kind == BPMN_CATCH_EVENT && is_link(e) && str_eq(e->definitions[0].name, name)) {
            bpmn__begin(r, scope, s->children[i], 0, "link");
            return;
        }
    }
}

static str code_of(struct bpmn__run *r, const struct bpmn__item *it, const struct bpmn_definition *d)
{
    return bpmn__text_of(r, bpmn__value(r, it, d->run->name));
}

/* Throws the next definition; true when the one after it may follow at once. */
static bool throw_one(struct bpmn__run *r, struct bpmn__item *it, const struct bpmn_definition *d)
{
    switch (d->trigger) {
    case BPMN_TRIGGER_MESSAGE:
        if (bpmn__behaviour(r, it)->job != NULL) {
            open_job(r, it);
            return false;
        }
        it->step += send(r, it, d);
        return it->incident == 0;
    case BPMN_TRIGGER_SIGNAL: return broadcast(r, it, d) && !bpmn__gone(it);
    case BPMN_TRIGGER_ESCALATION:
        it->step++;
        bpmn__throw_escalation(r, it, code_of(r, it, d), bpmn__own(r, it));
        return !bpmn__gone(it);
    case BPMN_TRIGGER_COMPENSATION:
        it->step++;
        if (bpmn__collect(r, it, d->ref)) {
            bpmn__phase(r, it, BPMN_PHASE_COMPENSATING, "");
            bpmn__wake(r, it);
            return false;
        }
        return true;
    case BPMN_TRIGGER_ERROR:
        bpmn__throw_error(r, it, code_of(r, it, d), d->name, bpmn__own(r, it), false);
        return false;
    case BPMN_TRIGGER_CANCEL: bpmn__cancel_transaction(r, it); return false;
    case BPMN_TRIGGER_TERMINATE: bpmn__terminate(r, it); return false;
    case BPMN_TRIGGER_LINK: follow_link(r, it, d->name); return false;
    default: return true; /* the validation lets no other through */
    }
}

static void throw_rest(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    while (it->step < e->definition_count) {
        if (!throw_one(r, it, &e->definitions[it->step])) {
            return;
        }
    }
    bpmn__phase(r, it, BPMN_PHASE_LEAVING, "");
}

static bool has_waits(const struct bpmn__item *it)
{
    return it->waits != NULL;
}

static void throw_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    if (bpmn__element(r, it)->definition_count == 0 && bpmn__behaviour(r, it)->job != NULL) {
        open_job(r, it);
    } else {
        throw_rest(r, it);
    }
}

/* A handler is through, or the job of a message is done. */
static void throw_resume(struct bpmn__run *r, struct bpmn__item *it)
{
    if (it->phase == BPMN_PHASE_COMPENSATING) {
        if (bpmn__undo_next(r, it)) {
            return;
        }
        bpmn__phase(r, it, BPMN_PHASE_ACTIVE, "");
    }
    if (!has_waits(it)) {
        throw_rest(r, it);
    }
}

const struct bpmn__ops bpmn__ops_throw = { throw_enter, throw_resume };
