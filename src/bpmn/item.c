/* item: beginning, moving and ending items. bpmn__phase is the only function that writes a phase; with bpmn__begin,
 * which makes items, it is the only source of moves in the trace. */
#include "bpmn/bpmn_int.h"

/* ---- Effects and moves ---- */

static void *grown(struct arena *a, void *old, uint32_t *size, size_t element)
{
    uint32_t bigger = *size == 0 ? 8 : *size * 2;
    void *p = arena_grow(a, old, *size * element, bigger * element);
    *size = bigger;
    return p;
}

struct bpmn_effect *bpmn__effect(struct bpmn__run *r, enum bpmn_effect_kind kind, const struct bpmn__item *it)
{
    if (r->effect_count == r->effect_size) {
        r->effects = grown(r->scratch, r->effects, &r->effect_size, sizeof *r->effects);
    }
    struct bpmn_effect *e = &r->effects[r->effect_count++];
    *e = (struct bpmn_effect){ .kind = kind, .item = it == NULL ? 0 : it->id,
                               .element = it == NULL ? BPMN_NONE : it->element, .name = STR("") };
    return e;
}

static void add_move(struct bpmn__run *r, struct bpmn_move move)
{
    if (r->move_count == r->move_size) {
        r->moves = grown(r->scratch, r->moves, &r->move_size, sizeof *r->moves);
    }
    r->moves[r->move_count++] = move;
}

static void trace(struct bpmn__run *r, const struct bpmn__item *it, const char *why)
{
    add_move(r, (struct bpmn_move){ .item = it->id, .element = it->element, .link = BPMN_NONE, .turn = it->turn,
                                    .phase = it->phase, .body = it->body, .why = why });
}

void bpmn__trace_link(struct bpmn__run *r, uint32_t link)
{
    add_move(r, (struct bpmn_move){ .element = BPMN_NONE, .link = link, .why = "" });
}

/* ---- Phases ---- */

void bpmn__wake(struct bpmn__run *r, struct bpmn__item *it)
{
    if (it->queued || it->incident != 0) {
        return;
    }
    if (r->queue_to == r->queue_size) {
        r->queue = grown(r->scratch, r->queue, &r->queue_size, sizeof(struct bpmn__item *));
    }
    it->queued = true;
    r->queue[r->queue_to++] = it;
}

/* An incident is about the phase that the item is in. */
static void clear_incident(struct bpmn__run *r, struct bpmn__item *it)
{
    if (it->incident != 0) {
        bpmn__effect(r, BPMN_EFFECT_CANCEL, it)->id = it->incident;
        it->incident = 0;
        r->s->incident_count--;
    }
}

void bpmn__phase(struct bpmn__run *r, struct bpmn__item *it, enum bpmn_phase phase, const char *why)
{
    assert(!bpmn__gone(it));
    clear_incident(r, it);
    it->phase = phase;
    trace(r, it, why);
    if (phase == BPMN_PHASE_LEAVING) {
        bpmn__wake(r, it);
    }
}

struct bpmn__item *bpmn__begin(struct bpmn__run *r, struct bpmn__item *parent, uint32_t element, uint32_t turn,
                               const char *why)
{
    struct bpmn__item *it = bpmn__new_item(r->s, parent, r->s->next++, element);
    it->turn = turn;
    bpmn__phase(r, it, BPMN_PHASE_ENTERING, why);
    bpmn__wake(r, it);
    return it;
}

/* ---- Ends ---- */

static void remove_item(struct bpmn__run *r, struct bpmn__item *it, enum bpmn_phase phase, const char *why)
{
    assert(it->child_count == 0);
    bpmn__close_all(r, it);
    bpmn__phase(r, it, phase, why);
    bpmn__unlink(r->s, it);
    if (it->parent != NULL) {
        bpmn__wake(r, it->parent);
    }
}

void bpmn__end(struct bpmn__run *r, struct bpmn__item *it)
{
    remove_item(r, it, BPMN_PHASE_ENDED, "");
}

bool bpmn__is_inside(const struct bpmn__item *it, const struct bpmn__item *scope)
{
    for (it = it->parent; it != NULL; it = it->parent) {
        if (it == scope) {
            return true;
        }
    }
    return false;
}

struct bpmn__item *bpmn__scope_of(const struct bpmn__item *it)
{
    return it->turn > 0 && it->parent != NULL ? it->parent->parent : it->parent;
}

/* From the youngest to the oldest, so that children go before their parents. */
void bpmn__stop_children(struct bpmn__run *r, struct bpmn__item *scope, const char *why)
{
    for (struct bpmn__item *it = r->s->last, *previous; it != NULL && scope->child_count > 0; it = previous) {
        previous = it->previous;
        if (bpmn__is_inside(it, scope)) {
            remove_item(r, it, BPMN_PHASE_STOPPED, why);
        }
    }
}

void bpmn__stop(struct bpmn__run *r, struct bpmn__item *it, const char *why)
{
    uint32_t compensator = it->compensator;
    bpmn__stop_children(r, it, why);
    remove_item(r, it, BPMN_PHASE_STOPPED, why);
    if (compensator != 0) {
        bpmn__handler_done(r, compensator);
    }
}

/* ---- Incidents ---- */

void bpmn__incident(struct bpmn__run *r, struct bpmn__item *it, enum bpmn_incident kind, str detail)
{
    if (it->incident != 0) {
        return; /* the first one is the cause */
    }
    it->incident = r->s->next++;
    it->incident_kind = kind;
    it->incident_detail = bpmn__str(&r->s->arena, detail);
    r->s->incident_count++;
    struct bpmn_effect *e = bpmn__effect(r, BPMN_EFFECT_INCIDENT, it);
    e->id = it->incident;
    e->incident = kind;
    e->name = it->incident_detail;
    trace(r, it, "incident");
}
