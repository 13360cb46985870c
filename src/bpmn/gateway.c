/* gateway: exclusive and event-based gateways. Those that join are in join.c. */
#include "bpmn/bpmn_int.h"

static void exclusive_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    bpmn__phase(r, it, BPMN_PHASE_LEAVING, "");
}

const struct bpmn__ops bpmn__ops_exclusive = { exclusive_enter, NULL };

/* ---- Event-based ---- */

static bool subscribe_target(struct bpmn__run *r, struct bpmn__item *it, uint32_t target)
{
    const struct bpmn_element *t = &r->m->elements[target];
    return t->kind == BPMN_RECEIVE_TASK ? bpmn__subscribe_message(r, it, target, t->run->message)
                                        : bpmn__subscribe(r, it, target);
}

/* Waits for all that follow it. One that started the process has happened already: `trigger`. */
static void event_gateway_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    for (uint32_t i = 0; i < e->out_count; i++) {
        uint32_t target = r->m->links[e->out[i]].target;
        if (target != it->trigger && !subscribe_target(r, it, target)) {
            bpmn__close_all(r, it);
            return;
        }
    }
    bpmn__phase(r, it, BPMN_PHASE_ACTIVE, "");
}

/* All events of a parallel start have happened. */
static void event_gateway_resume(struct bpmn__run *r, struct bpmn__item *it)
{
    if (it->waits == NULL) {
        bpmn__end(r, it);
    }
}

const struct bpmn__ops bpmn__ops_event_gateway = { event_gateway_enter, event_gateway_resume };
