/* scope: processes, sub-processes, event sub-processes, transactions, ad-hoc sub-processes. */
#include "bpmn/bpmn_int.h"

/* ---- Beginning ---- */

uint32_t bpmn__start_of_scope(const struct bpmn__run *r, const struct bpmn__item *it)
{
    uint32_t start = it->trigger != BPMN_NONE ? it->trigger : bpmn__behaviour(r, it)->start;
    return start != BPMN_NONE && r->m->elements[start].kind == BPMN_START_EVENT ? start : BPMN_NONE;
}

/* The event that set it off goes on. What it brought has been mapped when it is a start event, and not otherwise. */
static void begin_start(struct bpmn__run *r, struct bpmn__item *it, uint32_t start)
{
    struct bpmn__item *first = bpmn__begin(r, it, start, 0, "");
    first->caught = true;
    if (r->m->elements[start].kind != BPMN_START_EVENT) {
        first->payload = it->payload;
    }
    it->payload = feel_null();
}

/* A process that begins with one of the events of an instantiating gateway: where all must happen, the gateway waits
 * for the others. */
static void begin_gateway(struct bpmn__run *r, struct bpmn__item *it, uint32_t start)
{
    const struct bpmn_element *e = &r->m->elements[start];
    const struct bpmn_link *in = e->in_count > 0 ? &r->m->links[e->in[0]] : NULL;
    if (in != NULL && r->m->elements[in->source].parallel_start) {
        bpmn__begin(r, it, in->source, 0, "")->trigger = start;
    }
}

static void begin_inside(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, it);
    if (it->trigger != BPMN_NONE) {
        begin_gateway(r, it, it->trigger);
        begin_start(r, it, it->trigger);
    } else if (b->start != BPMN_NONE) {
        begin_start(r, it, b->start);
    } else {
        for (uint32_t i = 0; i < b->source_count; i++) {
            bpmn__begin(r, it, b->sources[i], 0, "");
        }
        it->payload = feel_null();
    }
    bpmn__wake(r, it); /* nothing may be inside */
}

/* A completed sub-process that is to be undone: its own event sub-process does it, or each activity inside. */
static void begin_undoing(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, it);
    bpmn__phase(r, it, BPMN_PHASE_COMPENSATING, "");
    if (b->compensation_sub != BPMN_NONE) {
        struct bpmn__item *sub = bpmn__begin(r, it, b->compensation_sub, 0, "compensation");
        sub->trigger = r->m->elements[b->compensation_sub].run->start;
    } else {
        it->todo = it->records;
        it->records = NULL;
    }
    bpmn__wake(r, it);
}

static void scope_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    if (it->caught) {
        begin_undoing(r, it);
    } else {
        bpmn__phase(r, it, BPMN_PHASE_ACTIVE, "");
        begin_inside(r, it);
    }
}

/* ---- Ending ---- */

static uint32_t cancel_boundary(const struct bpmn__run *r, const struct bpmn__item *it)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    for (uint32_t i = 0; i < e->boundary_count; i++) {
        const struct bpmn_element *b = &r->m->elements[e->boundaries[i]];
        for (uint32_t k = 0; k < b->definition_count; k++) {
            if (b->definitions[k].trigger == BPMN_TRIGGER_CANCEL) {
                return e->boundaries[i];
            }
        }
    }
    return BPMN_NONE;
}

/* Everything is undone: a restored sub-process ends, a cancelled transaction goes on at its border. */
static void undone(struct bpmn__run *r, struct bpmn__item *it)
{
    if (it->caught) {
        uint32_t compensator = it->compensator;
        bpmn__end(r, it);
        bpmn__handler_done(r, compensator);
        return;
    }
    uint32_t boundary = cancel_boundary(r, it);
    struct bpmn__item *host = it->turn > 0 ? it->parent : it;
    assert(boundary != BPMN_NONE); /* the validation asks for it */
    bpmn__fire(r, host, boundary, feel_null(), "cancelled");
}

static void scope_resume(struct bpmn__run *r, struct bpmn__item *it)
{
    if (it->phase == BPMN_PHASE_COMPENSATING) {
        if (it->child_count == 0 && !bpmn__undo_next(r, it)) {
            undone(r, it);
        }
    } else if (it->child_count == 0) {
        bpmn__phase(r, it, BPMN_PHASE_LEAVING, "");
    }
}

const struct bpmn__ops bpmn__ops_scope = { scope_enter, scope_resume };

/* Ends the instance, whatever is still in it. */
void bpmn__finish(struct bpmn__run *r, enum bpmn_outcome_kind outcome, str code, str message)
{
    struct bpmn_state *s = r->s;
    struct bpmn__item *root = s->root;
    feel_value variables = bpmn__context_of(&root->variables, r->scratch);
    bpmn__stop_children(r, root, "");
    s->outcome = outcome;
    s->error_code = bpmn__str(&s->arena, code);
    s->error_message = bpmn__str(&s->arena, message);
    if (outcome == BPMN_ENDED) {
        bpmn__end(r, root);
    } else {
        bpmn__stop(r, root, outcome == BPMN_TERMINATED ? "terminated" : outcome == BPMN_FAILED ? "error"
                                                                                             : "cancelled");
    }
    struct bpmn_effect *e = bpmn__effect(r, BPMN_EFFECT_FINISH, NULL);
    e->id = s->next++;
    e->outcome = outcome;
    e->name = s->error_code;
    e->variables = variables;
    bpmn__detail(r, e, "message", feel_string(s->error_message));
}

/* A terminate end event ends the scope it stands in: the process, or a sub-process, which then goes on. */
void bpmn__terminate(struct bpmn__run *r, struct bpmn__item *it)
{
    struct bpmn__item *scope = it->parent;
    if (scope->parent == NULL) {
        bpmn__finish(r, BPMN_TERMINATED, STR(""), STR(""));
        return;
    }
    bpmn__stop_children(r, scope, "terminated");
    bpmn__wake(r, scope);
}

/* ---- Ad-hoc ---- *
 *
 * With a collection of active elements these begin, and it is over when they are. Without one, somebody chooses: the
 * sub-process is a task, its elements are activated one by one, and it is over when the task is completed. */

bool bpmn__can_activate(const struct bpmn_model *m, uint32_t ad_hoc, uint32_t element)
{
    if (element >= m->element_count) {
        return false;
    }
    const struct bpmn_element *e = &m->elements[element];
    enum bpmn_class c = bpmn_class_of(e->kind);
    bool runs = (c == BPMN_CLASS_ACTIVITY || c == BPMN_CLASS_SCOPE || c == BPMN_CLASS_GATEWAY ||
                 e->kind == BPMN_CATCH_EVENT || e->kind == BPMN_THROW_EVENT) && e->kind != BPMN_EVENT_SUB_PROCESS;
    return runs && e->parent == ad_hoc && e->in_count == 0 && !e->for_compensation;
}

static void open_choice(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    feel_value *items = ARENA_ARRAY(r->scratch, feel_value, e->child_count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->child_count; i++) {
        if (bpmn__can_activate(r->m, it->element, e->children[i])) {
            items[n++] = feel_string(r->m->elements[e->children[i]].id);
        }
    }
    struct bpmn__wait *w = bpmn__open(r, it, BPMN_WAIT_TASK, it->element, BPMN_NONE, STR(""));
    struct bpmn_effect *effect = bpmn__effect(r, BPMN_EFFECT_TASK, it);
    effect->id = w->id;
    bpmn__detail(r, effect, "elements", feel_list(items, n));
}

/* Each of the collection must be an element inside; all are looked at before one begins. */
static bool begin_active(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn__expression *e = bpmn__behaviour(r, it)->active_elements;
    feel_value v = bpmn__value(r, it, e);
    if (v.kind != FEEL_LIST) {
        bpmn__incident(r, it, BPMN_INCIDENT_COLLECTION, bpmn__complaint(r, e));
        return false;
    }
    uint32_t *elements = arena_alloc(r->scratch, v.count * sizeof *elements);
    for (uint32_t i = 0; i < v.count; i++) {
        str id = v.items[i].kind == FEEL_STRING ? feel_str(v.items[i]) : STR("");
        elements[i] = bpmn_find(r->m, id);
        if (!bpmn__can_activate(r->m, it->element, elements[i])) {
            bpmn__incident(r, it, BPMN_INCIDENT_ELEMENT, id.len > 0 ? id : bpmn__complaint(r, e));
            return false;
        }
    }
    bpmn__phase(r, it, BPMN_PHASE_ACTIVE, "");
    for (uint32_t i = 0; i < v.count; i++) {
        bpmn__begin(r, it, elements[i], 0, "");
    }
    return true;
}

static void ad_hoc_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    if (it->caught) {
        begin_undoing(r, it);
    } else if (bpmn__behaviour(r, it)->active_elements == NULL) {
        bpmn__phase(r, it, BPMN_PHASE_ACTIVE, "");
        open_choice(r, it);
    } else if (begin_active(r, it)) {
        bpmn__wake(r, it);
    } else {
        bpmn__close_all(r, it);
    }
}

static bool choosing(const struct bpmn__item *it)
{
    for (const struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
        if (w->kind == BPMN_WAIT_TASK) {
            return true;
        }
    }
    return false;
}

static void ad_hoc_leave(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, it);
    if (b->ad_hoc_outputs.len > 0 &&
        !bpmn__set(r, it, it->parent, b->ad_hoc_outputs, feel_list(it->results, it->result_count))) {
        return;
    }
    bpmn__phase(r, it, BPMN_PHASE_LEAVING, "");
}

static void ad_hoc_resume(struct bpmn__run *r, struct bpmn__item *it)
{
    if (it->phase == BPMN_PHASE_COMPENSATING) {
        scope_resume(r, it);
    } else if (it->child_count == 0 && !choosing(it)) {
        ad_hoc_leave(r, it);
    }
}

bool bpmn__ad_hoc_turn(struct bpmn__run *r, struct bpmn__item *it, bool *ret_complete)
{
    struct bpmn__item *scope = it->parent;
    const struct bpmn__behaviour *b = bpmn__behaviour(r, scope);
    feel_value v = feel_null();
    if (b->ad_hoc_output != NULL) {
        v = bpmn__value(r, it, b->ad_hoc_output);
        const char *why = bpmn__unfit(v);
        if (why != NULL) {
            return bpmn__refuse(r, it, why, b->ad_hoc_outputs);
        }
    }
    if (b->ad_hoc_completion != NULL && !bpmn__truth(r, it, b->ad_hoc_completion, ret_complete)) {
        return false;
    }
    if (b->ad_hoc_output != NULL) {
        bpmn__add_result(r, scope, scope->result_count, v);
    }
    return true;
}

/* Nothing new begins any more; what runs is stopped, unless the model wants it to come to its end. */
void bpmn__ad_hoc_complete(struct bpmn__run *r, struct bpmn__item *scope)
{
    for (struct bpmn__wait *w = scope->waits, *next; w != NULL; w = next) {
        next = w->next;
        if (w->kind == BPMN_WAIT_TASK) {
            bpmn__close(r, scope, w, true);
        }
    }
    if (!bpmn__behaviour(r, scope)->leave_remaining) {
        bpmn__stop_children(r, scope, "complete");
    }
    bpmn__wake(r, scope);
}

const struct bpmn__ops bpmn__ops_ad_hoc = { ad_hoc_enter, ad_hoc_resume };
