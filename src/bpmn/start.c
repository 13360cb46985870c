/* start: what starts a process from outside, for whoever watches for it. */
#include "bpmn/bpmn_int.h"

static struct bpmn_start describe(const struct bpmn_element *e, uint32_t element, const struct bpmn_definition *d)
{
    struct bpmn_start s = { .element = element, .trigger = BPMN_TRIGGERS, .name = STR(""), .text = STR(""),
                            .form = e->run->form_id.len > 0 ? e->run->form_id : e->run->form_key };
    if (d != NULL) {
        s.trigger = d->trigger;
        s.name = d->run->name == NULL ? STR("") : d->run->name->text;
        s.text = d->run->expression == NULL ? STR("") : d->run->expression->text;
    }
    return s;
}

/* The i-th start among the definitions of one element; false beyond the last, and then *i is what is left of it. */
static bool start_at(const struct bpmn_element *e, uint32_t element, const struct bpmn_definition *definitions,
                     uint32_t count, uint32_t *i, struct bpmn_start *ret)
{
    uint32_t n = count == 0 ? 1 : count;
    if (*i >= n) {
        *i -= n;
        return false;
    }
    *ret = describe(e, element, count == 0 ? NULL : &definitions[*i]);
    return true;
}

/* The events after a gateway that starts the process. */
static bool start_after(const struct bpmn_model *m, const struct bpmn_element *gateway, uint32_t *i,
                        struct bpmn_start *ret)
{
    for (uint32_t k = 0; k < gateway->out_count; k++) {
        uint32_t target = m->links[gateway->out[k]].target;
        const struct bpmn_element *t = &m->elements[target];
        bool receives = t->kind == BPMN_RECEIVE_TASK;
        if (start_at(t, target, receives ? t->run->message : t->definitions, receives ? 1 : t->definition_count, i,
                     ret)) {
            return true;
        }
    }
    return false;
}

bool bpmn_start_of(const struct bpmn_model *m, uint32_t process, uint32_t i, struct bpmn_start *ret)
{
    const struct bpmn_element *p = &m->elements[process];
    for (uint32_t k = 0; k < p->child_count; k++) {
        uint32_t c = p->children[k];
        const struct bpmn_element *e = &m->elements[c];
        bool found = false;
        if (e->kind == BPMN_START_EVENT) {
            found = start_at(e, c, e->definitions, e->definition_count, &i, ret);
        } else if (e->kind == BPMN_RECEIVE_TASK && e->instantiate && e->run->message != NULL) {
            found = start_at(e, c, e->run->message, 1, &i, ret);
        } else if (e->kind == BPMN_EVENT_GATEWAY && e->instantiate) {
            found = start_after(m, e, &i, ret);
        }
        if (found) {
            return true;
        }
    }
    return false;
}

static const struct bpmn__definition *timer_of(const struct bpmn_element *e)
{
    for (uint32_t i = 0; i < e->definition_count; i++) {
        if (e->definitions[i].trigger == BPMN_TRIGGER_TIMER) {
            return e->definitions[i].run;
        }
    }
    return NULL;
}

static feel_value evaluate(struct feel_eval *ev, const struct bpmn__expression *e)
{
    if (!e->feel) {
        return feel_string(e->text);
    }
    feel_value *slots = ARENA_ARRAY(feel_eval_arena(ev), feel_value, e->name_count);
    return feel_run(ev, e->program, slots);
}

/* The cycle is followed from `after` on, so that `count` repetitions are those that have been. */
bool bpmn_start_due(const struct bpmn_model *m, uint32_t element, struct feel_eval *ev, int64_t after, uint32_t count,
                    int64_t *ret, struct error *err)
{
    const struct bpmn__definition *d = timer_of(&m->elements[element]);
    struct feel_environment env = *feel_eval_environment(ev);
    struct bpmn__due due;
    env.instant = after;
    env.nano = 0;
    if (d == NULL || !bpmn__due_of(&env, d->timer, evaluate(ev, d->expression), feel_eval_arena(ev), &due)) {
        error_set(err, ERROR_INVALID, "the start event has no time");
        return false;
    }
    if (d->timer != TIMER_CYCLE) {
        *ret = due.at;
        return count == 0;
    }
    if (due.left != BPMN_NONE && count > due.left) {
        return false;
    }
    while (due.at <= after && bpmn__due_next(&env, &due)) {
    }
    *ret = due.at;
    return due.at > after;
}
