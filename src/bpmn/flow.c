/* flow: leaving an element: its outputs, the choice of sequence flows, and the tokens on them. */
#include "bpmn/bpmn_int.h"

/* ---- Choosing ---- */

static str id_of(const struct bpmn__run *r, const struct bpmn__item *it)
{
    return bpmn__element(r, it)->id;
}

static bool no_way(struct bpmn__run *r, struct bpmn__item *it)
{
    bpmn__incident(r, it, BPMN_INCIDENT_NO_WAY, id_of(r, it));
    return false;
}

/* Exclusive: the first flow, in the order of the file, whose condition is true; else the default. */
static bool choose_one(struct bpmn__run *r, struct bpmn__item *it, uint32_t *ret, uint32_t *ret_count)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    for (uint32_t i = 0; i < e->out_count; i++) {
        const struct bpmn_link *f = &r->m->links[e->out[i]];
        bool yes = f->condition == NULL;
        if (f->is_default || (f->condition != NULL && !bpmn__truth(r, it, f->condition, &yes))) {
            if (f->is_default) {
                continue;
            }
            return false;
        }
        if (yes) {
            ret[(*ret_count)++] = e->out[i];
            return true;
        }
    }
    if (e->default_flow == BPMN_NONE) {
        return e->out_count == 0 || no_way(r, it);
    }
    ret[(*ret_count)++] = e->default_flow;
    return true;
}

/* Every flow whose condition is true or that has none; the default when there is no other. */
static bool choose_all(struct bpmn__run *r, struct bpmn__item *it, uint32_t *ret, uint32_t *ret_count)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    for (uint32_t i = 0; i < e->out_count; i++) {
        const struct bpmn_link *f = &r->m->links[e->out[i]];
        bool yes = !f->is_default;
        if (yes && f->condition != NULL && !bpmn__truth(r, it, f->condition, &yes)) {
            return false;
        }
        if (yes) {
            ret[(*ret_count)++] = e->out[i];
        }
    }
    if (*ret_count == 0 && e->default_flow != BPMN_NONE) {
        ret[(*ret_count)++] = e->default_flow;
    }
    return *ret_count > 0 || e->out_count == 0 || no_way(r, it);
}

/* The flows that a token takes; `ret` has room for all that leave the element. False with an incident. */
bool bpmn__choose(struct bpmn__run *r, struct bpmn__item *it, uint32_t *ret, uint32_t *ret_count)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    *ret_count = 0;
    if (e->kind == BPMN_EXCLUSIVE) {
        return choose_one(r, it, ret, ret_count);
    }
    if (e->kind != BPMN_PARALLEL) {
        return choose_all(r, it, ret, ret_count);
    }
    for (uint32_t i = 0; i < e->out_count; i++) {
        ret[(*ret_count)++] = e->out[i];
    }
    return true;
}

/* ---- Tokens ---- */

void bpmn__token(struct bpmn__run *r, struct bpmn__item *scope, uint32_t link)
{
    uint32_t target = r->m->links[link].target;
    bpmn__trace_link(r, link);
    if (r->m->elements[target].run->joins) {
        bpmn__arrive(r, scope, link);
    } else {
        bpmn__begin(r, scope, target, 0, "");
    }
}

/* ---- Leaving ---- */

static bool is_work(const struct bpmn_element *e)
{
    enum bpmn_class c = bpmn_class_of(e->kind);
    return c == BPMN_CLASS_ACTIVITY || c == BPMN_CLASS_SCOPE;
}

/* An item that is LEAVING leaves, or gets an incident and stays as it is. */
void bpmn__leave(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    struct bpmn__item *scope = it->parent;
    bool mapped = it->body || e->kind == BPMN_START_EVENT; /* by its turns; by its scope */
    if (!mapped && !bpmn__outputs(r, it)) {
        return;
    }
    if (it->turn > 0) {
        bpmn__turn_done(r, it);
        return;
    }
    if (scope == NULL) {
        bpmn__finish(r, BPMN_ENDED, STR(""), STR(""));
        return;
    }
    uint32_t *chosen = arena_alloc(r->scratch, e->out_count * sizeof *chosen), count;
    bool ad_hoc = r->m->elements[scope->element].kind == BPMN_AD_HOC && is_work(e), complete = false;
    if (!bpmn__choose(r, it, chosen, &count) || (ad_hoc && !bpmn__ad_hoc_turn(r, it, &complete))) {
        return;
    }
    uint32_t compensator = it->compensator;
    if (!it->body) {
        bpmn__remember(r, it);
    }
    bpmn__end(r, it);
    for (uint32_t i = 0; i < count; i++) {
        bpmn__token(r, scope, chosen[i]);
    }
    if (complete) {
        bpmn__ad_hoc_complete(r, scope);
    }
    if (compensator != 0) {
        bpmn__handler_done(r, compensator);
    }
}
