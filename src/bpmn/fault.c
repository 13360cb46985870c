/* fault: errors and escalations, which go outwards from where they were thrown.
 *
 * At each scope on the way first its event sub-processes are asked, then the events at its border; each time those
 * that name the code come before those that catch all. What an event sub-process throws is not caught by its siblings,
 * but outside of the scope that they serve. A sub-process that was restored to be undone has left its border behind:
 * nothing is caught there.
 */
#include "bpmn/bpmn_int.h"

static bool catches(struct bpmn__run *r, const struct bpmn__item *at, uint32_t catcher, enum bpmn_trigger trigger,
                    str code, bool any)
{
    const struct bpmn_element *e = &r->m->elements[catcher];
    for (uint32_t i = 0; i < e->definition_count; i++) {
        const struct bpmn_definition *d = &e->definitions[i];
        if (d->trigger != trigger || (d->run->name == NULL) != any) {
            continue;
        }
        if (any || str_eq(bpmn__text_of(r, bpmn__value(r, at, d->run->name)), code)) {
            return true;
        }
    }
    return false;
}

static uint32_t among(struct bpmn__run *r, const struct bpmn__item *at, const uint32_t *list, uint32_t count,
                      bool subs, enum bpmn_trigger trigger, str code)
{
    for (int any = 0; any < 2; any++) {
        for (uint32_t i = 0; i < count; i++) {
            uint32_t catcher = subs ? r->m->elements[list[i]].run->start : list[i];
            if (catcher != BPMN_NONE && catches(r, at, catcher, trigger, code, any != 0)) {
                return catcher;
            }
        }
    }
    return BPMN_NONE;
}

/* The innermost catcher, and in *at the item that it belongs to. */
static uint32_t find_catcher(struct bpmn__run *r, struct bpmn__item **at, enum bpmn_trigger trigger, str code)
{
    const struct bpmn__item *from = NULL;
    for (struct bpmn__item *it = *at; it != NULL; from = it, it = it->parent) {
        const struct bpmn_element *e = bpmn__element(r, it);
        bool inside = from != NULL && !it->body && bpmn_class_of(e->kind) == BPMN_CLASS_SCOPE && it->step == 0 &&
                      it->phase == BPMN_PHASE_ACTIVE && bpmn__element(r, from)->kind != BPMN_EVENT_SUB_PROCESS;
        uint32_t catcher = inside ? among(r, it, e->run->event_subs, e->run->event_sub_count, true, trigger, code)
                                  : BPMN_NONE;
        bool restored = it->caught && bpmn_class_of(e->kind) == BPMN_CLASS_SCOPE;
        if (catcher == BPMN_NONE && it->turn == 0 && !restored) {
            catcher = among(r, it, e->boundaries, e->boundary_count, false, trigger, code);
        }
        if (catcher != BPMN_NONE) {
            *at = it;
            return catcher;
        }
    }
    return BPMN_NONE;
}

/* A catcher with mappings out may read errorCode and errorMessage beside what was thrown. */
static feel_value with_code(struct bpmn__run *r, uint32_t catcher, feel_value payload, str code, str message)
{
    if (r->m->elements[catcher].run->output_count == 0) {
        return payload;
    }
    struct bpmn__variables all = { NULL, 0, 0 };
    for (uint32_t i = 0; payload.kind == FEEL_CONTEXT && i < payload.count; i++) {
        bpmn__add_variable(r->scratch, &all, payload.shape->names[i], payload.values[i]);
    }
    bpmn__add_variable(r->scratch, &all, STR("errorCode"), feel_string(code));
    bpmn__add_variable(r->scratch, &all, STR("errorMessage"), feel_string(message));
    return bpmn__context_of(&all, r->scratch);
}

void bpmn__throw_error(struct bpmn__run *r, struct bpmn__item *it, str code, str message, feel_value payload,
                       bool work)
{
    struct bpmn__item *at = it;
    uint32_t catcher = find_catcher(r, &at, BPMN_TRIGGER_ERROR, code);
    if (catcher != BPMN_NONE) {
        bpmn__fire(r, at, catcher, with_code(r, catcher, payload, code, message), "error");
    } else if (work && r->s->depth == 0) {
        bpmn__phase(r, it, BPMN_PHASE_ENTERING, "error");
        bpmn__incident(r, it, BPMN_INCIDENT_ERROR, code);
    } else {
        bpmn__finish(r, BPMN_FAILED, code, message);
    }
}

void bpmn__throw_escalation(struct bpmn__run *r, struct bpmn__item *it, str code, feel_value payload)
{
    struct bpmn__item *at = it;
    uint32_t catcher = find_catcher(r, &at, BPMN_TRIGGER_ESCALATION, code);
    if (catcher != BPMN_NONE) {
        bpmn__fire(r, at, catcher, with_code(r, catcher, payload, code, STR("")), "escalation");
    } else if (r->s->depth > 0) {
        struct bpmn_effect *e = bpmn__effect(r, BPMN_EFFECT_ESCALATE, it);
        e->id = r->s->next++;
        e->name = code;
        e->variables = payload;
    }
}
