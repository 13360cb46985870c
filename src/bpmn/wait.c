/* wait: what items wait for. Each wait that is opened leaves as an effect with its id; one that is no longer wanted
 * leaves as the effect cancel. */
#include "bpmn/bpmn_int.h"

/* ---- Opening ---- */

struct bpmn__wait *bpmn__open(struct bpmn__run *r, struct bpmn__item *it, enum bpmn_wait_kind kind, uint32_t element,
                              uint32_t definition, str name)
{
    struct bpmn__wait *w = ARENA_NEW(&r->s->arena, struct bpmn__wait);
    *w = (struct bpmn__wait){ .id = r->s->next++, .kind = kind, .element = element, .definition = definition,
                              .name = bpmn__str(&r->s->arena, name), .cycle = STR("") };
    struct bpmn__wait **end = &it->waits;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = w;
    r->s->wait_count++;
    return w;
}

static struct bpmn_effect *announce(struct bpmn__run *r, enum bpmn_effect_kind kind, const struct bpmn__item *it,
                                    const struct bpmn__wait *w)
{
    struct bpmn_effect *e = bpmn__effect(r, kind, it);
    e->id = w->id;
    e->element = w->element;
    e->name = w->name;
    return e;
}

static void announce_timer(struct bpmn__run *r, const struct bpmn__item *it, const struct bpmn__wait *w)
{
    const struct feel_environment *env = feel_eval_environment(r->ev);
    struct bpmn_effect *e = announce(r, BPMN_EFFECT_TIMER, it, w);
    e->due = w->due;
    e->due_nano = w->due_nano;
    e->past = w->due < env->instant || (w->due == env->instant && w->due_nano < env->nano);
}

static void set_due(struct bpmn__run *r, struct bpmn__wait *w, const struct bpmn__due *due)
{
    w->due = due->at;
    w->due_nano = due->nano;
    w->cycle = bpmn__str(&r->s->arena, due->cycle);
    w->left = due->left;
}

static void arm(struct bpmn__run *r, struct bpmn__wait *w, const struct bpmn__due *due)
{
    set_due(r, w, due);
    w->since = feel_eval_environment(r->ev)->instant;
}

static bool open_timer(struct bpmn__run *r, struct bpmn__item *it, uint32_t catcher, uint32_t i,
                       const struct bpmn__definition *d)
{
    struct bpmn__due due;
    if (!bpmn__due_of(feel_eval_environment(r->ev), d->timer, bpmn__value(r, it, d->expression), r->scratch, &due)) {
        bpmn__incident(r, it, BPMN_INCIDENT_TIMER, bpmn__complaint(r, d->expression));
        return false;
    }
    struct bpmn__wait *w = bpmn__open(r, it, BPMN_WAIT_TIMER, catcher, i, STR(""));
    arm(r, w, &due);
    announce_timer(r, it, w);
    return true;
}

static bool name_of(struct bpmn__run *r, struct bpmn__item *it, const struct bpmn__expression *e, str *ret)
{
    *ret = bpmn__text_of(r, bpmn__value(r, it, e));
    if (ret->len == 0) {
        bpmn__incident(r, it, BPMN_INCIDENT_EXPRESSION, bpmn__complaint(r, e));
    }
    return ret->len > 0;
}

static bool open_message(struct bpmn__run *r, struct bpmn__item *it, uint32_t catcher, uint32_t i,
                         const struct bpmn__definition *d)
{
    str name;
    if (!name_of(r, it, d->name, &name)) {
        return false;
    }
    feel_value key = bpmn__value(r, it, d->key);
    bool usable = key.kind == FEEL_STRING || key.kind == FEEL_NUMBER || (d->key == NULL && key.kind == FEEL_NULL);
    if (!usable) {
        bpmn__incident(r, it, BPMN_INCIDENT_KEY, bpmn__complaint(r, d->key));
        return false;
    }
    struct bpmn__wait *w = bpmn__open(r, it, BPMN_WAIT_MESSAGE, catcher, i, name);
    w->key = bpmn__copy(&r->s->arena, key);
    announce(r, BPMN_EFFECT_MESSAGE, it, w)->key = w->key;
    return true;
}

static bool open_signal(struct bpmn__run *r, struct bpmn__item *it, uint32_t catcher, uint32_t i,
                        const struct bpmn__definition *d)
{
    str name;
    if (!name_of(r, it, d->name, &name)) {
        return false;
    }
    announce(r, BPMN_EFFECT_SIGNAL, it, bpmn__open(r, it, BPMN_WAIT_SIGNAL, catcher, i, name));
    return true;
}

/* A condition that is true from the start fires when the queue is empty: `held` begins false. */
static bool open_condition(struct bpmn__run *r, struct bpmn__item *it, uint32_t catcher, uint32_t i,
                           const struct bpmn__definition *d)
{
    struct bpmn__wait *w = bpmn__open(r, it, BPMN_WAIT_CONDITION, catcher, i, STR(""));
    struct bpmn_effect *e = announce(r, BPMN_EFFECT_CONDITION, it, w);
    struct bpmn_named_value *names = ARENA_ARRAY(r->scratch, struct bpmn_named_value, d->expression->name_count);
    for (uint32_t k = 0; k < d->expression->name_count; k++) {
        names[k].name = d->expression->names[k];
    }
    e->details = names;
    e->detail_count = d->expression->name_count;
    r->changed = true;
    return true;
}

static bool open_definition(struct bpmn__run *r, struct bpmn__item *it, uint32_t catcher, uint32_t i,
                            const struct bpmn_definition *d)
{
    if (r->s->wait_count >= LIMIT_BPMN_WAITS) {
        bpmn__incident(r, it, BPMN_INCIDENT_LIMIT, STR("BPMN_WAITS"));
        return false;
    }
    switch (d->trigger) {
    case BPMN_TRIGGER_TIMER: return open_timer(r, it, catcher, i, d->run);
    case BPMN_TRIGGER_MESSAGE: return open_message(r, it, catcher, i, d->run);
    case BPMN_TRIGGER_SIGNAL: return open_signal(r, it, catcher, i, d->run);
    case BPMN_TRIGGER_CONDITION: return open_condition(r, it, catcher, i, d->run);
    default: return true; /* comes from inside, and finds its way itself */
    }
}

bool bpmn__subscribe(struct bpmn__run *r, struct bpmn__item *it, uint32_t catcher)
{
    const struct bpmn_element *e = &r->m->elements[catcher];
    for (uint32_t i = 0; i < e->definition_count; i++) {
        if (!open_definition(r, it, catcher, i, &e->definitions[i])) {
            return false;
        }
    }
    return true;
}

bool bpmn__subscribe_message(struct bpmn__run *r, struct bpmn__item *it, uint32_t catcher,
                             const struct bpmn_definition *d)
{
    return open_definition(r, it, catcher, BPMN_NONE, d);
}

/* All or nothing: what was opened before one failed is closed again. */
bool bpmn__subscribe_border(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    bool ok = true;
    if (it->open) {
        return true;
    }
    it->open = true;
    for (uint32_t i = 0; ok && it->turn == 0 && i < e->boundary_count; i++) {
        ok = bpmn__subscribe(r, it, e->boundaries[i]);
    }
    for (uint32_t i = 0; ok && !it->body && i < e->run->event_sub_count; i++) {
        ok = bpmn__subscribe(r, it, r->m->elements[e->run->event_subs[i]].run->start);
    }
    if (!ok) {
        bpmn__close_all(r, it);
    }
    return ok;
}

/* ---- Closing ---- */

static void tell_closed(struct bpmn__run *r, const struct bpmn__item *it, const struct bpmn__wait *w)
{
    struct bpmn_effect *e = bpmn__effect(r, BPMN_EFFECT_CANCEL, it);
    e->id = w->id;
    e->element = w->element;
}

void bpmn__close(struct bpmn__run *r, struct bpmn__item *it, struct bpmn__wait *w, bool tell)
{
    struct bpmn__wait **at = &it->waits;
    while (*at != w) {
        at = &(*at)->next;
    }
    *at = w->next;
    r->s->wait_count--;
    if (tell && !w->happened) {
        tell_closed(r, it, w);
    }
}

void bpmn__close_all(struct bpmn__run *r, struct bpmn__item *it)
{
    it->open = false;
    while (it->waits != NULL) {
        bpmn__close(r, it, it->waits, true);
    }
}

void bpmn__close_of(struct bpmn__run *r, struct bpmn__item *it, uint32_t catcher)
{
    for (struct bpmn__wait *w = it->waits, *next; w != NULL; w = next) {
        next = w->next;
        if (w->element == catcher) {
            bpmn__close(r, it, w, true);
        }
    }
}

/* ---- Being answered ---- */

/* A timer that repeats is armed again; one that does not is over. */
static void timer_fired(struct bpmn__run *r, struct bpmn__item *it, struct bpmn__wait *w)
{
    struct bpmn__due due = { w->due, w->due_nano, w->cycle, w->left };
    if (w->cycle.len > 0 && bpmn__due_next(feel_eval_environment(r->ev), &due)) {
        set_due(r, w, &due);
        announce_timer(r, it, w);
    } else {
        bpmn__close(r, it, w, false);
    }
}

static bool all_happened(const struct bpmn__item *it, uint32_t catcher)
{
    for (const struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
        if (w->element == catcher && !w->happened) {
            return false;
        }
    }
    return true;
}

/* What all of them brought, in one context; the later hides the earlier. */
static feel_value gather(struct bpmn__run *r, const struct bpmn__item *it, uint32_t catcher)
{
    struct bpmn__variables all = { NULL, 0, 0 };
    for (const struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
        for (uint32_t i = 0; w->element == catcher && w->payload.kind == FEEL_CONTEXT && i < w->payload.count; i++) {
            str name = w->payload.shape->names[i];
            if (!bpmn__add_variable(r->scratch, &all, name, w->payload.values[i])) {
                for (uint32_t k = 0; k < all.count; k++) {
                    all.items[k].value = str_eq(all.items[k].name, name) ? w->payload.values[i] : all.items[k].value;
                }
            }
        }
    }
    return bpmn__context_of(&all, r->scratch);
}

/* Whoever answers a timer by its id knows that it is over; subscriptions by name are ended from here. */
static bool outlives_answer(const struct bpmn__wait *w)
{
    return w->kind == BPMN_WAIT_MESSAGE || w->kind == BPMN_WAIT_SIGNAL || w->kind == BPMN_WAIT_CONDITION;
}

/* One of several that must all happen: true, and the payload of all, when it was the last. What has happened is kept
 * as a wait without a subscription outside; when all have, the event waits for all of them again. */
static bool last_of_all(struct bpmn__run *r, struct bpmn__item *it, struct bpmn__wait *w, feel_value payload,
                        feel_value *ret)
{
    w->happened = true;
    w->payload = bpmn__copy(&r->s->arena, payload);
    if (outlives_answer(w)) {
        tell_closed(r, it, w);
    }
    if (!all_happened(it, w->element)) {
        return false;
    }
    *ret = gather(r, it, w->element);
    return true;
}

void bpmn__answered(struct bpmn__run *r, struct bpmn__item *it, struct bpmn__wait *w, feel_value payload,
                    const char *why)
{
    uint32_t catcher = w->element;
    const struct bpmn_element *e = &r->m->elements[catcher];
    bool several = e->parallel_multiple && e->definition_count > 1;
    if (several && !last_of_all(r, it, w, payload, &payload)) {
        return;
    }
    bool stays = !e->interrupting && (e->kind == BPMN_BOUNDARY_EVENT || e->kind == BPMN_START_EVENT);
    if (several) {
        for (struct bpmn__wait *x = it->waits, *next; x != NULL; x = next) {
            next = x->next;
            if (x->element == catcher) {
                bpmn__close(r, it, x, false);
            }
        }
        if (stays && !bpmn__subscribe(r, it, catcher)) {
            stays = false;
        }
    } else if (w->kind == BPMN_WAIT_TIMER && stays) {
        timer_fired(r, it, w);
    } else if (!stays) {
        bpmn__close(r, it, w, outlives_answer(w));
    }
    bpmn__fire(r, it, catcher, payload, why);
}

/* ---- Conditions and clocks ---- */

static bool is_true(struct bpmn__run *r, const struct bpmn__item *it, const struct bpmn__wait *w)
{
    const struct bpmn_element *e = &r->m->elements[w->element];
    return feel_is_true(bpmn__value(r, it, e->definitions[w->definition].run->expression));
}

bool bpmn__look_at_conditions(struct bpmn__run *r)
{
    for (struct bpmn__item *it = r->s->first; it != NULL; it = it->next) {
        for (struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
            if (w->kind != BPMN_WAIT_CONDITION || w->happened || it->incident != 0) {
                continue;
            }
            bool before = w->held;
            w->held = is_true(r, it, w);
            if (w->held && !before) {
                bpmn__answered(r, it, w, feel_null(), "condition");
                return true;
            }
        }
    }
    return false;
}

static bool reads(const struct bpmn__expression *e, feel_value names)
{
    for (uint32_t i = 0; i < e->name_count; i++) {
        if (feel_shape_find(names.shape, e->names[i]) >= 0) {
            return true;
        }
    }
    return false;
}

/* A duration counts from when the timer was armed first; a cycle begins anew when its text is another. */
static void rearm(struct bpmn__run *r, struct bpmn__item *it, struct bpmn__wait *w)
{
    const struct bpmn__definition *d = r->m->elements[w->element].definitions[w->definition].run;
    struct feel_environment env = *feel_eval_environment(r->ev);
    struct bpmn__due due;
    if (d->timer == TIMER_DURATION) {
        env.instant = w->since;
    }
    feel_value v = bpmn__value(r, it, d->expression);
    if (!bpmn__due_of(&env, d->timer, v, r->scratch, &due)) {
        bpmn__incident(r, it, BPMN_INCIDENT_TIMER, bpmn__complaint(r, d->expression));
        return;
    }
    bool moved = d->timer == TIMER_CYCLE ? !str_eq(due.cycle, w->cycle)
                                         : due.at != w->due || due.nano != w->due_nano;
    if (moved) {
        set_due(r, w, &due);
        announce_timer(r, it, w);
    }
}

void bpmn__rearm(struct bpmn__run *r, feel_value names)
{
    for (struct bpmn__item *it = r->s->first; it != NULL; it = it->next) {
        for (struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
            bool timer = w->kind == BPMN_WAIT_TIMER && !w->happened;
            if (timer && reads(r->m->elements[w->element].definitions[w->definition].run->expression, names)) {
                rearm(r, it, w);
            }
        }
    }
}
