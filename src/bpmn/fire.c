/* fire: an event has happened, and its catcher goes on: the item itself, an event on its border, an event sub-process
 * inside it, or what follows an event-based gateway. */
#include "bpmn/bpmn_int.h"

/* A new item that has its event behind it. */
static void go_on(struct bpmn__run *r, struct bpmn__item *scope, uint32_t element, feel_value payload,
                  const char *why)
{
    struct bpmn__item *it = bpmn__begin(r, scope, element, 0, why);
    it->caught = true;
    bpmn__bring(r, it, payload);
}

static void fire_border(struct bpmn__run *r, struct bpmn__item *host, uint32_t catcher, feel_value payload,
                        const char *why)
{
    struct bpmn__item *scope = host->parent;
    if (r->m->elements[catcher].interrupting) {
        bpmn__stop(r, host, "interrupted");
    }
    go_on(r, scope, catcher, payload, why);
}

/* An event sub-process that interrupts stops all else in the scope, and no other event sub-process begins after. */
static void fire_inside(struct bpmn__run *r, struct bpmn__item *host, uint32_t catcher, feel_value payload,
                        const char *why)
{
    const struct bpmn_element *start = &r->m->elements[catcher];
    if (start->interrupting) {
        const struct bpmn__behaviour *b = bpmn__behaviour(r, host);
        bpmn__stop_children(r, host, "interrupted");
        for (uint32_t i = 0; i < b->event_sub_count; i++) {
            bpmn__close_of(r, host, r->m->elements[b->event_subs[i]].run->start);
        }
        host->step = 1; /* errors and escalations find no event sub-process here any more */
    }
    struct bpmn__item *sub = bpmn__begin(r, host, start->parent, 0, why);
    sub->trigger = catcher;
    bpmn__bring(r, sub, payload);
}

static uint32_t link_to(const struct bpmn__run *r, uint32_t target)
{
    return r->m->elements[target].in[0]; /* the only one: the validation asks for it */
}

static void fire_after_gateway(struct bpmn__run *r, struct bpmn__item *gateway, uint32_t target, feel_value payload)
{
    struct bpmn__item *scope = gateway->parent;
    bpmn__close_of(r, gateway, target);
    if (bpmn__element(r, gateway)->parallel_start) {
        bpmn__wake(r, gateway);
    } else {
        bpmn__end(r, gateway);
    }
    bpmn__trace_link(r, link_to(r, target));
    go_on(r, scope, target, payload, "");
}

void bpmn__fire(struct bpmn__run *r, struct bpmn__item *host, uint32_t catcher, feel_value payload, const char *why)
{
    const struct bpmn_element *e = &r->m->elements[catcher];
    if (e->kind == BPMN_BOUNDARY_EVENT) {
        fire_border(r, host, catcher, payload, why);
    } else if (e->kind == BPMN_START_EVENT) {
        fire_inside(r, host, catcher, payload, why);
    } else if (host->element != catcher) {
        fire_after_gateway(r, host, catcher, payload);
    } else {
        bpmn__bring(r, host, payload);
        bpmn__close_of(r, host, catcher);
        bpmn__phase(r, host, BPMN_PHASE_LEAVING, why);
    }
}

/* A signal reaches all who wait for it now; one that its effect has stopped in between is passed over. */
void bpmn__signal(struct bpmn__run *r, str name, feel_value payload)
{
    uint32_t *ids = arena_alloc(r->scratch, r->s->wait_count * sizeof *ids), n = 0;
    for (struct bpmn__item *it = r->s->first; it != NULL; it = it->next) {
        for (struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
            if (w->kind == BPMN_WAIT_SIGNAL && !w->happened && str_eq(w->name, name)) {
                ids[n++] = w->id;
            }
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        struct bpmn__item *it;
        struct bpmn__wait *w = bpmn__find_wait(r->s, ids[i], &it);
        if (w != NULL) {
            bpmn__answered(r, it, w, payload, "signal");
        }
    }
}
