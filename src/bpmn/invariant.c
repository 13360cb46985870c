/* invariant: what holds of a state at rest; the numbers are those of docs/bpmn.md, "Invariants".
 *
 *   1  Before the start and after the end there is no item; while it runs the first item is the process.
 *   2  Ids rise along the list and lie below the counter; no two of items, waits, incidents and records are the same.
 *   3  A parent comes before its children and knows their number; the counts of the state are right.
 *   4  An item stands where the model puts its element: in its scope, or, a turn, in the body of its loop.
 *   5  An item that is entering or leaving is held up by an incident.
 *   6  An active item waits for something: work, an event, tokens, or what is inside it.
 *      Loops have begun at most as many turns as there are ids, and completed no more than they began.
 *   7  A parallel join lacks a token on some flow, and a join that has none is waiting for its reset.
 *   8  A wait is for what the model lets its item wait for.
 *   9  Who undoes has something under way.
 *  10  Records are of activities of their scope; values can be variables.
 */
#include "bpmn/bpmn_int.h"

#include <stdlib.h>

static bool is(bool holds, const char *sentence, const char **ret)
{
    if (!holds) {
        *ret = sentence;
    }
    return holds;
}

static bool runs(enum bpmn_kind kind)
{
    enum bpmn_class c = bpmn_class_of(kind);
    return c == BPMN_CLASS_SCOPE || c == BPMN_CLASS_ACTIVITY || c == BPMN_CLASS_EVENT || c == BPMN_CLASS_GATEWAY;
}

/* ---- 2 ---- */

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

struct ids {
    struct arena *a;
    uint32_t *items;
    uint32_t count, size;
};

static void add_id(struct ids *ids, uint32_t id)
{
    if (ids->count == ids->size) {
        uint32_t size = ids->size == 0 ? 32 : ids->size * 2;
        ids->items = arena_grow(ids->a, ids->items, ids->size * sizeof(uint32_t), size * sizeof(uint32_t));
        ids->size = size;
    }
    ids->items[ids->count++] = id;
}

/* Recurses as deep as records are nested: the JSON, or the model, bounds it. */
static void add_records(struct ids *ids, const struct bpmn__record *record)
{
    for (; record != NULL; record = record->next) {
        add_id(ids, record->id);
        add_records(ids, record->inside);
    }
}

static bool unique_ids(const struct bpmn_state *s)
{
    struct arena a = ARENA_INIT;
    struct ids ids = { .a = &a };
    for (const struct bpmn__item *it = s->first; it != NULL; it = it->next) {
        add_id(&ids, it->id);
        if (it->incident != 0) {
            add_id(&ids, it->incident);
        }
        for (const struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
            add_id(&ids, w->id);
        }
        add_records(&ids, it->records);
        add_records(&ids, it->todo);
    }
    if (ids.count > 1) {
        qsort(ids.items, ids.count, sizeof(uint32_t), by_number);
    }
    bool ok = ids.count == 0 || (ids.items[0] > 0 && ids.items[ids.count - 1] < s->next);
    for (uint32_t i = 1; i < ids.count; i++) {
        ok = ok && ids.items[i] != ids.items[i - 1];
    }
    arena_release(&a);
    return ok;
}

/* ---- 3 and 4 ---- */

static bool comes_before(const struct bpmn__item *parent, const struct bpmn__item *it)
{
    while (it != NULL && it != parent) {
        it = it->previous;
    }
    return it == parent;
}

static uint32_t count_children(const struct bpmn_state *s, const struct bpmn__item *parent)
{
    uint32_t n = 0;
    for (const struct bpmn__item *it = s->first; it != NULL; it = it->next) {
        n += it->parent == parent;
    }
    return n;
}

static bool in_place(const struct bpmn_model *m, const struct bpmn__item *it)
{
    const struct bpmn__item *p = it->parent;
    if (p == NULL) {
        return it->turn == 0 && !it->body;
    }
    if (it->turn > 0) {
        return p->body && p->element == it->element && !it->body && it->turn <= p->started;
    }
    return !p->body && m->elements[it->element].parent == p->element &&
           bpmn_class_of(m->elements[p->element].kind) == BPMN_CLASS_SCOPE;
}

/* ---- 6, 7 ---- */

static bool waits_itself(const struct bpmn__item *it)
{
    for (const struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
        if (w->element == it->element) {
            return true;
        }
    }
    return false;
}

static bool join_waits(const struct bpmn_model *m, const struct bpmn__item *it)
{
    const struct bpmn_element *e = &m->elements[it->element];
    uint32_t with = 0;
    for (uint32_t i = 0; i < e->in_count; i++) {
        with += it->arrived[i] > 0;
    }
    bool full = e->kind == BPMN_PARALLEL && with == e->in_count;
    return !full && (with > 0 || it->opened_by != NULL);
}

static bool has_something(const struct bpmn_model *m, const struct bpmn__item *it)
{
    const struct bpmn_element *e = &m->elements[it->element];
    if (it->body) {
        return it->child_count > 0;
    }
    switch (bpmn_class_of(e->kind)) {
    case BPMN_CLASS_SCOPE: return it->child_count > 0 || waits_itself(it);
    case BPMN_CLASS_GATEWAY:
        return e->kind == BPMN_EVENT_GATEWAY ? it->waits != NULL : it->arrived != NULL && join_waits(m, it);
    default: return waits_itself(it);
    }
}

/* ---- 8 ---- */

static bool may_catch(const struct bpmn_model *m, const struct bpmn__item *it, uint32_t catcher)
{
    const struct bpmn_element *e = &m->elements[it->element], *c = &m->elements[catcher];
    if (catcher == it->element) {
        return true;
    }
    if (c->kind == BPMN_BOUNDARY_EVENT) {
        return c->host == it->element && it->turn == 0;
    }
    if (c->kind == BPMN_START_EVENT) {
        return !it->body && c->parent != BPMN_NONE && m->elements[c->parent].kind == BPMN_EVENT_SUB_PROCESS &&
               m->elements[c->parent].parent == it->element && m->elements[c->parent].run->start == catcher;
    }
    return e->kind == BPMN_EVENT_GATEWAY && c->in_count == 1 && m->links[c->in[0]].source == it->element;
}

static bool is_own_work(const struct bpmn_element *e, enum bpmn_wait_kind kind)
{
    switch (kind) {
    case BPMN_WAIT_TASK:
        return e->kind == BPMN_USER_TASK || (e->kind == BPMN_AD_HOC && e->run->active_elements == NULL);
    case BPMN_WAIT_JOB: return e->run->job != NULL;
    case BPMN_WAIT_DECISION: return e->kind == BPMN_RULE_TASK && e->run->decision != NULL;
    case BPMN_WAIT_CALL: return e->kind == BPMN_CALL;
    case BPMN_WAIT_MESSAGE: return e->kind == BPMN_RECEIVE_TASK;
    default: return false;
    }
}

static bool wait_fits(const struct bpmn_model *m, const struct bpmn__item *it, const struct bpmn__wait *w)
{
    static const enum bpmn_trigger triggers[BPMN_WAITS] = {
        [BPMN_WAIT_TIMER] = BPMN_TRIGGER_TIMER, [BPMN_WAIT_MESSAGE] = BPMN_TRIGGER_MESSAGE,
        [BPMN_WAIT_SIGNAL] = BPMN_TRIGGER_SIGNAL, [BPMN_WAIT_CONDITION] = BPMN_TRIGGER_CONDITION,
    };
    const struct bpmn_element *c = &m->elements[w->element];
    if (!may_catch(m, it, w->element) || (it->body && w->element == it->element)) {
        return false;
    }
    if (w->definition == BPMN_NONE) {
        return is_own_work(c, w->kind) && (w->element == it->element || c->kind == BPMN_RECEIVE_TASK);
    }
    return w->definition < c->definition_count && w->kind >= BPMN_WAIT_TIMER &&
           c->definitions[w->definition].trigger == triggers[w->kind] &&
           (!w->happened || (c->parallel_multiple && c->definition_count > 1));
}

static bool waits_fit(const struct bpmn_model *m, const struct bpmn__item *it)
{
    for (const struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
        if (!wait_fits(m, it, w)) {
            return false;
        }
    }
    return true;
}

/* ---- 9, 10 ---- */

static bool undoing(const struct bpmn_state *s, const struct bpmn__item *it)
{
    bool may = bpmn_class_of(s->model->elements[it->element].kind) == BPMN_CLASS_SCOPE ||
               s->model->elements[it->element].kind == BPMN_THROW_EVENT ||
               s->model->elements[it->element].kind == BPMN_END_EVENT;
    bool under_way = it->child_count > 0;
    for (const struct bpmn__item *h = s->first; h != NULL; h = h->next) {
        under_way |= h->compensator == it->id;
    }
    return may && under_way;
}

/* Whether the record's activity stands in the scope of the item or one around it. */
static bool has_owner(const struct bpmn_model *m, const struct bpmn__item *it, const struct bpmn__record *record)
{
    uint32_t scope = m->elements[record->element].parent;
    while (it != NULL && (it->body || it->element != scope)) {
        it = it->parent;
    }
    return it != NULL;
}

/* Recurses as deep as the records are nested. */
static bool records_fit(const struct bpmn_model *m, const struct bpmn__record *record, uint32_t scope)
{
    for (; record != NULL; record = record->next) {
        const struct bpmn_element *e = &m->elements[record->element];
        bool can = e->run->handler != BPMN_NONE || bpmn_class_of(e->kind) == BPMN_CLASS_SCOPE;
        if (!runs(e->kind) || !can || e->kind == BPMN_PROCESS || (scope != BPMN_NONE && e->parent != scope) ||
            !records_fit(m, record->inside, record->element)) {
            return false;
        }
    }
    return true;
}

static bool todo_fits(const struct bpmn_model *m, const struct bpmn__item *it)
{
    for (const struct bpmn__record *record = it->todo; record != NULL; record = record->next) {
        if (!has_owner(m, it, record)) {
            return false;
        }
    }
    return records_fit(m, it->todo, BPMN_NONE);
}

static bool trigger_fits(const struct bpmn_model *m, const struct bpmn__item *it)
{
    if (it->trigger == BPMN_NONE) {
        return true;
    }
    const struct bpmn_element *e = &m->elements[it->element], *t = &m->elements[it->trigger];
    bool gateway = e->kind == BPMN_EVENT_GATEWAY && t->in_count == 1 && m->links[t->in[0]].source == it->element;
    return gateway || (bpmn_class_of(e->kind) == BPMN_CLASS_SCOPE && t->parent == it->element && runs(t->kind));
}

/* No count can be more than the ids that were given out: so none overflows. */
static bool counts_fit(const struct bpmn_state *s, const struct bpmn__item *it)
{
    const struct bpmn_element *e = &s->model->elements[it->element];
    bool multi = e->loop == BPMN_LOOP_PARALLEL || e->loop == BPMN_LOOP_SEQUENTIAL;
    bool ok = it->started < s->next && it->done <= it->started && it->turn < s->next &&
              it->step <= e->definition_count + 1 && it->result_count < s->next + LIMIT_BPMN_ITEMS &&
              (!it->body || it->phase == BPMN_PHASE_ENTERING || multi == (it->total != BPMN_NONE));
    for (uint32_t i = 0; ok && it->arrived != NULL && i < e->in_count; i++) {
        ok = it->arrived[i] < s->next;
    }
    return ok;
}

static bool special_fits(const struct bpmn_model *m, const struct bpmn__item *it)
{
    const struct bpmn_element *e = &m->elements[it->element];
    bool scope = bpmn_class_of(e->kind) == BPMN_CLASS_SCOPE;
    return (!it->body || e->loop != BPMN_LOOP_NONE) && (it->arrived == NULL || e->run->joins) &&
           (!e->run->joins || it->arrived != NULL) && (it->opened_by == NULL || e->kind == BPMN_COMPLEX) &&
           (scope || it->records == NULL) && (!it->caught || !it->body) &&
           (it->body || it->collection.kind == FEEL_NULL) && (it->total == BPMN_NONE || it->started <= it->total) &&
           (!it->body || it->total == BPMN_NONE || it->collection.kind != FEEL_LIST ||
            it->total == it->collection.count) &&
           (e->loop == BPMN_LOOP_NONE || it->body || it->turn > 0 || it->caught || it->phase == BPMN_PHASE_ENTERING) &&
           (!it->caught || !scope || it->phase == BPMN_PHASE_COMPENSATING || it->phase == BPMN_PHASE_ENTERING);
}

/* ---- The whole ---- */

enum { NEXT_MAX = 1 << 30 };

static bool item_holds(const struct bpmn_state *s, const struct bpmn__item *it, const char **ret)
{
    const struct bpmn_model *m = s->model;
    bool moving = it->phase == BPMN_PHASE_ENTERING || it->phase == BPMN_PHASE_LEAVING;
    return is(runs(m->elements[it->element].kind), "4: an item of something that does not run", ret) &&
           is(it->parent == NULL || (it->parent != it && comes_before(it->parent, it)),
              "3: a parent after its child", ret) &&
           is(it->child_count == count_children(s, it), "3: a wrong number of children", ret) &&
           is(in_place(m, it), "4: an item out of place", ret) &&
           is(special_fits(m, it), "4: an item with what its element has not", ret) &&
           is(trigger_fits(m, it), "4: an item with a wrong trigger", ret) &&
           is(counts_fit(s, it), "6: a count that cannot be", ret) &&
           is(!bpmn__gone(it) && !it->queued, "5: an item that is gone", ret) &&
           is(!moving || it->incident != 0, "5: an item under way without an incident", ret) &&
           is(it->phase != BPMN_PHASE_ACTIVE || it->incident != 0 || has_something(m, it),
              "6: an item that waits for nothing", ret) &&
           is(waits_fit(m, it), "8: a wait that the model does not have", ret) &&
           is(it->phase != BPMN_PHASE_COMPENSATING || it->incident != 0 || undoing(s, it),
              "9: a compensation that is not under way", ret) &&
           is(records_fit(m, it->records, it->element) && todo_fits(m, it), "10: a record out of place", ret);
}

static bool counts_hold(const struct bpmn_state *s, const char **ret)
{
    uint32_t items = 0, waits = 0, incidents = 0, last = 0;
    for (const struct bpmn__item *it = s->first; it != NULL; it = it->next) {
        if (!is(it->id > last, "2: ids that do not rise", ret)) {
            return false;
        }
        last = it->id;
        items++;
        incidents += it->incident != 0;
        for (const struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
            waits++;
        }
    }
    return is(items == s->item_count && waits == s->wait_count && incidents == s->incident_count,
              "3: wrong counts", ret) &&
           is(unique_ids(s), "2: an id that stands twice or is to come", ret);
}

bool bpmn_check_state(const struct bpmn_state *s, const char **ret)
{
    bool started = s->process != BPMN_NONE;
    if (!is(s->next < NEXT_MAX, "2: ids used up", ret)) {
        return false;
    }
    if (!is(!started || s->model->elements[s->process].kind == BPMN_PROCESS, "1: no process", ret) ||
        !is((s->root != NULL) == (started && s->outcome == BPMN_RUNNING), "1: running without items, or not", ret) ||
        !is(s->first == s->root, "1: items without a process", ret) ||
        !is(s->root == NULL || s->root->element == s->process, "1: another process", ret) ||
        !counts_hold(s, ret)) {
        return false;
    }
    for (const struct bpmn__item *it = s->first; it != NULL; it = it->next) {
        if (!item_holds(s, it, ret)) {
            return false;
        }
    }
    return true;
}
