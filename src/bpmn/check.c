/* check: what must hold of a model so that it can be run. Each rule that is broken is a problem of its element, and a
 * process with a problem is not started. */
#include "bpmn/bpmn_int.h"

static void problem(struct bpmn__loader *l, uint32_t i, const char *sentence)
{
    const struct bpmn_element *e = &l->elements[i];
    bpmn__find(l, BPMN_PROBLEM, i, e->id, e->line, "%s", lang_text(l->lang, sentence));
}

static void require(struct bpmn__loader *l, uint32_t i, bool holds, const char *sentence)
{
    if (!holds) {
        problem(l, i, sentence);
    }
}

static const struct bpmn_element *parent_of(const struct bpmn__loader *l, uint32_t i)
{
    return &l->elements[l->elements[i].parent];
}

static unsigned bit(enum bpmn_trigger t)
{
    return 1u << t;
}

static unsigned triggers_of(const struct bpmn_element *e)
{
    unsigned set = 0;
    for (uint32_t i = 0; i < e->definition_count; i++) {
        set |= bit(e->definitions[i].trigger);
    }
    return set;
}

enum {
    OUTSIDE = 1u << BPMN_TRIGGER_MESSAGE | 1u << BPMN_TRIGGER_TIMER | 1u << BPMN_TRIGGER_SIGNAL |
              1u << BPMN_TRIGGER_CONDITION,
    FAULTS = 1u << BPMN_TRIGGER_ERROR | 1u << BPMN_TRIGGER_ESCALATION,
};

/* ---- Event definitions ---- */

static bool names_something(const struct bpmn_definition *d)
{
    return d->run->name != NULL || (d->trigger != BPMN_TRIGGER_MESSAGE && d->trigger != BPMN_TRIGGER_SIGNAL);
}

static bool throws(const struct bpmn_element *e)
{
    return e->kind == BPMN_THROW_EVENT || e->kind == BPMN_END_EVENT;
}

static void check_definitions(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    bool sends = throws(e) && e->run->job != NULL;
    for (uint32_t k = 0; k < e->definition_count; k++) {
        const struct bpmn_definition *d = &e->definitions[k];
        bool fault = (bit(d->trigger) & FAULTS) != 0;
        require(l, i, names_something(d) || (sends && d->trigger == BPMN_TRIGGER_MESSAGE),
                "the event does not say which message or signal");
        require(l, i, !throws(e) || !d->run->no_wait, "a compensation that is not waited for is not carried out");
        require(l, i, !fault || !throws(e) || d->run->name != NULL, "the event throws nothing that has a code");
    }
}

/* ---- Links ---- */

static uint32_t count_catching(const struct bpmn__loader *l, uint32_t scope, str name)
{
    uint32_t n = 0;
    const struct bpmn_element *s = &l->elements[scope];
    for (uint32_t k = 0; k < s->child_count; k++) {
        const struct bpmn_element *c = &l->elements[s->children[k]];
        n += c->kind == BPMN_CATCH_EVENT && c->definition_count == 1 &&
             c->definitions[0].trigger == BPMN_TRIGGER_LINK && str_eq(c->definitions[0].name, name);
    }
    return n;
}

static void check_link(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    require(l, i, e->definition_count == 1, "a link stands alone in its event");
    if (e->kind == BPMN_THROW_EVENT) {
        require(l, i, count_catching(l, e->parent, e->definitions[0].name) == 1,
                "a link needs exactly one event of its name to go on from, in the same process or sub-process");
        require(l, i, e->out_count == 0, "no flow leaves a throwing link");
    } else {
        require(l, i, e->in_count == 0, "no flow leads to a catching link");
    }
}

/* ---- Events ---- */

static void check_start(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i], *p = parent_of(l, i);
    unsigned set = triggers_of(e);
    require(l, i, e->in_count == 0, "no flow leads to a start event");
    if (p->kind == BPMN_EVENT_SUB_PROCESS) {
        require(l, i, set != 0, "the start of an event sub-process says which event");
        require(l, i, (set & ~(unsigned)(OUTSIDE | FAULTS | bit(BPMN_TRIGGER_COMPENSATION))) == 0,
                "a start event cannot have this trigger");
        require(l, i, e->interrupting || (set & bit(BPMN_TRIGGER_ERROR)) == 0, "an error always interrupts");
        require(l, i, e->definition_count == 1 || (set & bit(BPMN_TRIGGER_COMPENSATION)) == 0,
                "a compensation stands alone in its event");
    } else if (p->kind == BPMN_PROCESS) {
        require(l, i, (set & ~(unsigned)OUTSIDE) == 0, "a start event cannot have this trigger");
        require(l, i, !e->parallel_multiple, "a process cannot be started by several events that must all happen");
    } else {
        require(l, i, set == 0, "the start of a sub-process has no trigger");
    }
}

static bool inside_transaction(const struct bpmn__loader *l, uint32_t i)
{
    while (i != BPMN_NONE && l->elements[i].kind != BPMN_TRANSACTION) {
        i = l->elements[i].parent;
    }
    return i != BPMN_NONE;
}

static void check_end(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    unsigned set = triggers_of(e);
    require(l, i, e->out_count == 0, "no flow leaves an end event");
    require(l, i, (set & (bit(BPMN_TRIGGER_TIMER) | bit(BPMN_TRIGGER_CONDITION) | bit(BPMN_TRIGGER_LINK))) == 0,
            "an end event cannot have this trigger");
    require(l, i, (set & bit(BPMN_TRIGGER_CANCEL)) == 0 || inside_transaction(l, i),
            "only a transaction can be cancelled");
}

static void check_catch(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    unsigned set = triggers_of(e);
    require(l, i, set != 0, "the event does not say what it waits for");
    require(l, i, (set & ~(unsigned)(OUTSIDE | bit(BPMN_TRIGGER_LINK))) == 0,
            "a catching event cannot have this trigger");
    if ((set & bit(BPMN_TRIGGER_LINK)) != 0) {
        check_link(l, i);
    }
}

static void check_throw(struct bpmn__loader *l, uint32_t i)
{
    unsigned set = triggers_of(&l->elements[i]);
    unsigned allowed = bit(BPMN_TRIGGER_MESSAGE) | bit(BPMN_TRIGGER_SIGNAL) | bit(BPMN_TRIGGER_ESCALATION) |
                       bit(BPMN_TRIGGER_COMPENSATION) | bit(BPMN_TRIGGER_LINK);
    require(l, i, (set & ~allowed) == 0, "a throwing event cannot have this trigger");
    if ((set & bit(BPMN_TRIGGER_LINK)) != 0) {
        check_link(l, i);
    }
}

static void check_compensation_boundary(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    require(l, i, e->definition_count == 1, "a compensation stands alone in its event");
    require(l, i, e->out_count == 0, "an association, not a flow, leads from a compensation event to its handler");
    require(l, i, e->host == BPMN_NONE || l->elements[e->host].run->handler != BPMN_NONE,
            "the compensation event has no handler: an activity with isForCompensation at the end of an association");
}

static void check_boundary(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    unsigned set = triggers_of(e);
    enum bpmn_class c = e->host == BPMN_NONE ? BPMN_CLASS_DATA : bpmn_class_of(l->elements[e->host].kind);
    bool hosted = (c == BPMN_CLASS_ACTIVITY || (c == BPMN_CLASS_SCOPE && l->elements[e->host].kind != BPMN_PROCESS &&
                                                l->elements[e->host].kind != BPMN_EVENT_SUB_PROCESS)) &&
                  l->elements[e->host].parent == e->parent;
    require(l, i, hosted, "the event is attached to no activity");
    require(l, i, e->in_count == 0, "no flow leads to a boundary event");
    require(l, i, set != 0, "the event does not say what it waits for");
    require(l, i, (set & (bit(BPMN_TRIGGER_LINK) | bit(BPMN_TRIGGER_TERMINATE))) == 0,
            "a boundary event cannot have this trigger");
    require(l, i, e->interrupting || (set & (bit(BPMN_TRIGGER_ERROR) | bit(BPMN_TRIGGER_CANCEL))) == 0,
            "errors and cancellations always interrupt");
    if ((set & bit(BPMN_TRIGGER_COMPENSATION)) != 0) {
        check_compensation_boundary(l, i);
    }
    if ((set & bit(BPMN_TRIGGER_CANCEL)) != 0) {
        require(l, i, hosted && l->elements[e->host].kind == BPMN_TRANSACTION, "only a transaction can be cancelled");
    }
}

static void check_event(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    check_definitions(l, i);
    require(l, i, !e->parallel_multiple || (triggers_of(e) & ~(unsigned)OUTSIDE) == 0,
            "events that must all happen can be messages, timers, signals and conditions only");
    switch (e->kind) {
    case BPMN_START_EVENT: check_start(l, i); break;
    case BPMN_END_EVENT: check_end(l, i); break;
    case BPMN_CATCH_EVENT: check_catch(l, i); break;
    case BPMN_THROW_EVENT: check_throw(l, i); break;
    default: check_boundary(l, i); break;
    }
}

/* ---- Gateways ---- */

static void check_choice(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    for (uint32_t k = 0; e->out_count > 1 && k < e->out_count; k++) {
        const struct bpmn_link *f = &l->links[e->out[k]];
        if (f->condition == NULL && e->out[k] != e->default_flow) {
            bpmn__find(l, BPMN_PROBLEM, i, f->id, f->line,
                       "a flow out of \"%.*s\" has no condition and is not the default", STR_ARG(e->id));
        }
    }
}

static bool can_follow_event_gateway(const struct bpmn_element *t)
{
    bool catches = t->kind == BPMN_CATCH_EVENT && (triggers_of(t) & ~(unsigned)OUTSIDE) == 0 &&
                   !t->parallel_multiple;
    bool receives = t->kind == BPMN_RECEIVE_TASK && t->boundary_count == 0 && t->loop == BPMN_LOOP_NONE;
    return (catches || receives) && t->in_count == 1;
}

static void check_event_gateway(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    require(l, i, e->out_count > 0, "nothing follows the event-based gateway");
    require(l, i, !e->instantiate || (e->in_count == 0 && parent_of(l, i)->kind == BPMN_PROCESS),
            "a gateway that starts a process stands in the process, and no flow leads to it");
    for (uint32_t k = 0; k < e->out_count; k++) {
        uint32_t t = l->links[e->out[k]].target;
        bool fits = can_follow_event_gateway(&l->elements[t]);
        require(l, t, fits, "after an event-based gateway stands an event that waits for something outside, or a "
                            "receive task without boundary events, with no other flow leading to it");
    }
}

static void check_gateway(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    switch (e->kind) {
    case BPMN_EXCLUSIVE:
    case BPMN_INCLUSIVE: check_choice(l, i); break;
    case BPMN_EVENT_GATEWAY: check_event_gateway(l, i); break;
    case BPMN_COMPLEX:
        require(l, i, e->in_count <= 1 || e->run->activation != NULL,
                "a complex gateway with several flows in needs an activation condition");
        break;
    default:
        for (uint32_t k = 0; k < e->out_count; k++) {
            const struct bpmn_link *f = &l->links[e->out[k]];
            if (f->condition != NULL) {
                bpmn__find(l, BPMN_IGNORED, i, f->id, f->line, "a condition after a parallel gateway has no effect");
            }
        }
    }
}

/* ---- Activities ---- */

static void check_work(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    const struct bpmn__behaviour *b = e->run;
    bool says = true;
    switch (e->kind) {
    case BPMN_SERVICE_TASK: says = b->job != NULL; break;
    case BPMN_SEND_TASK: says = b->job != NULL || (b->message != NULL && names_something(b->message)); break;
    case BPMN_RECEIVE_TASK: says = b->message != NULL && names_something(b->message); break;
    case BPMN_SCRIPT_TASK: says = b->job != NULL || b->script != NULL; break;
    case BPMN_RULE_TASK: says = b->job != NULL || b->decision != NULL; break;
    case BPMN_CALL: says = b->called != NULL; break;
    default: break;
    }
    require(l, i, says, "the task does not say what is to be done: a type, message, script, decision or process");
    require(l, i, !e->instantiate || (e->in_count == 0 && parent_of(l, i)->kind == BPMN_PROCESS),
            "a task that starts a process stands in the process, and no flow leads to it");
}

static void check_quantity(struct bpmn__loader *l, uint32_t i, const char *name)
{
    str v = str_trim(bpmn__attr(l->element_xml[i], name));
    if (v.len > 0 && !str_eq(v, STR("1"))) {
        bpmn__find(l, BPMN_PROBLEM, i, l->elements[i].id, l->elements[i].line, "%s=\"%.*s\" is not carried out", name,
                   STR_ARG(v));
    }
}

static void check_activity(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    const struct bpmn__behaviour *b = e->run;
    check_quantity(l, i, "startQuantity");
    check_quantity(l, i, "completionQuantity");
    require(l, i, !e->for_compensation || (e->in_count == 0 && e->out_count == 0),
            "no flow leads to or from a compensation handler");
    if (e->loop == BPMN_LOOP_STANDARD) {
        require(l, i, b->loop_condition != NULL || b->loop_maximum != BPMN_NONE,
                "the loop has neither condition nor maximum");
    } else if (e->loop != BPMN_LOOP_NONE) {
        require(l, i, b->collection != NULL || b->cardinality != NULL,
                "the loop says neither over which collection nor how often");
    }
}

/* ---- Scopes ---- */

static bool has_cancel_boundary(const struct bpmn__loader *l, const struct bpmn_element *e)
{
    for (uint32_t k = 0; k < e->boundary_count; k++) {
        if ((triggers_of(&l->elements[e->boundaries[k]]) & bit(BPMN_TRIGGER_CANCEL)) != 0) {
            return true;
        }
    }
    return false;
}

/* A cancel end event concerns the innermost transaction around it. */
static bool has_cancel_end(const struct bpmn__loader *l, uint32_t scope)
{
    const struct bpmn_element *e = &l->elements[scope];
    for (uint32_t k = 0; k < e->child_count; k++) {
        const struct bpmn_element *c = &l->elements[e->children[k]];
        bool inner = bpmn_class_of(c->kind) == BPMN_CLASS_SCOPE && c->kind != BPMN_TRANSACTION;
        if ((c->kind == BPMN_END_EVENT && (triggers_of(c) & bit(BPMN_TRIGGER_CANCEL)) != 0) ||
            (inner && has_cancel_end(l, e->children[k]))) {
            return true;
        }
    }
    return false;
}

static void count_starts(const struct bpmn__loader *l, const struct bpmn_element *e, uint32_t *ret_all,
                         uint32_t *ret_plain)
{
    *ret_all = *ret_plain = 0;
    for (uint32_t k = 0; k < e->child_count; k++) {
        const struct bpmn_element *c = &l->elements[e->children[k]];
        *ret_all += c->kind == BPMN_START_EVENT || c->instantiate;
        *ret_plain += c->kind == BPMN_START_EVENT && c->definition_count == 0;
    }
}

static void check_ad_hoc(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    for (uint32_t k = 0; k < e->child_count; k++) {
        enum bpmn_kind kind = l->elements[e->children[k]].kind;
        require(l, e->children[k], kind != BPMN_START_EVENT && kind != BPMN_END_EVENT,
                "an ad-hoc sub-process has neither start nor end events");
    }
    require(l, i, !e->run->one_at_a_time || e->run->active_elements == NULL,
            "an ad-hoc sub-process that begins with a collection cannot be sequential");
}

static void check_scope(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    uint32_t all, plain;
    count_starts(l, e, &all, &plain);
    switch (e->kind) {
    case BPMN_PROCESS: require(l, i, all + e->run->source_count > 0, "the process has nothing to begin with"); break;
    case BPMN_EVENT_SUB_PROCESS:
        require(l, i, all == 1, "an event sub-process has exactly one start event");
        require(l, i, e->in_count == 0 && e->out_count == 0, "no flow leads to or from an event sub-process");
        require(l, i, e->loop == BPMN_LOOP_NONE, "an event sub-process cannot loop");
        break;
    case BPMN_AD_HOC: check_ad_hoc(l, i); break;
    case BPMN_TRANSACTION:
        require(l, i, !has_cancel_end(l, i) || has_cancel_boundary(l, e),
                "the transaction can be cancelled, but no cancel event at its border says how it goes on");
        require(l, i, plain <= 1, "a sub-process has one start event");
        break;
    default: require(l, i, plain <= 1, "a sub-process has one start event"); break;
    }
}

/* Something that nothing leads to begins with its scope, but only where no start event says what begins. */
static void check_reached(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i], *p = parent_of(l, i);
    uint32_t all, plain;
    bool own_way = e->kind == BPMN_EVENT_SUB_PROCESS || e->kind == BPMN_BOUNDARY_EVENT || e->kind == BPMN_START_EVENT ||
                   e->for_compensation || e->instantiate ||
                   (e->kind == BPMN_CATCH_EVENT && (triggers_of(e) & bit(BPMN_TRIGGER_LINK)) != 0);
    count_starts(l, p, &all, &plain);
    require(l, i, e->in_count > 0 || own_way || all == 0 || p->kind == BPMN_AD_HOC, "no flow leads here");
}

static void check_compensation_reference(struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    for (uint32_t k = 0; throws(e) && k < e->definition_count; k++) {
        uint32_t ref = e->definitions[k].ref;
        if (e->definitions[k].trigger != BPMN_TRIGGER_COMPENSATION || ref == BPMN_NONE) {
            continue;
        }
        uint32_t around = l->elements[i].parent;
        bool seen = l->elements[ref].parent == around ||
                    (l->elements[around].kind == BPMN_EVENT_SUB_PROCESS &&
                     l->elements[ref].parent == l->elements[around].parent);
        require(l, i, seen, "the activity to be compensated is in another process or sub-process");
    }
}

/* The state names flows by their ids. */
static void check_flow_ids(struct bpmn__loader *l)
{
    for (uint32_t k = 0; k < l->link_count; k++) {
        if (l->links[k].kind == BPMN_SEQUENCE_FLOW && l->links[k].id.len == 0) {
            bpmn__find(l, BPMN_PROBLEM, l->links[k].parent, STR(""), l->links[k].line, "the element has no id");
        }
    }
}

void bpmn__validate(struct bpmn__loader *l)
{
    check_flow_ids(l);
    for (uint32_t i = 0; i < l->element_count; i++) {
        const struct bpmn_element *e = &l->elements[i];
        enum bpmn_class c = bpmn_class_of(e->kind);
        bool runs = c == BPMN_CLASS_SCOPE || c == BPMN_CLASS_ACTIVITY || c == BPMN_CLASS_EVENT ||
                    c == BPMN_CLASS_GATEWAY;
        if (!runs) {
            continue;
        }
        if (c == BPMN_CLASS_SCOPE) {
            check_scope(l, i);
        }
        if (e->id.len == 0) {
            bpmn__find(l, BPMN_PROBLEM, i, STR(""), e->line, "the element has no id");
        }
        if (e->kind == BPMN_PROCESS) {
            continue;
        }
        if (e->parent == BPMN_NONE || bpmn_class_of(l->elements[e->parent].kind) != BPMN_CLASS_SCOPE) {
            bpmn__find(l, BPMN_IGNORED, i, e->id, e->line, "the element stands outside of every process");
            continue;
        }
        check_reached(l, i);
        if (c == BPMN_CLASS_ACTIVITY || c == BPMN_CLASS_SCOPE) {
            check_activity(l, i);
        }
        if (c == BPMN_CLASS_ACTIVITY) {
            check_work(l, i);
        } else if (c == BPMN_CLASS_EVENT) {
            check_event(l, i);
            check_compensation_reference(l, i);
        } else if (c == BPMN_CLASS_GATEWAY) {
            check_gateway(l, i);
        }
    }
}

/* ---- Asking ---- */

const char *bpmn_finding_name(enum bpmn_finding_kind kind)
{
    static const char *const names[BPMN_FINDING_KINDS] = { "problem", "ignored", "drawing" };
    return names[kind];
}

const struct bpmn_finding *bpmn_problem(const struct bpmn_model *m, uint32_t process)
{
    for (uint32_t i = 0; i < m->finding_count; i++) {
        if (m->findings[i].kind == BPMN_PROBLEM &&
            (m->findings[i].process == process || m->findings[i].process == BPMN_NONE)) {
            return &m->findings[i];
        }
    }
    return NULL;
}
