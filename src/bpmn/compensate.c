/* compensate: undoing what was completed, in the reverse order of completion.
 *
 * A scope keeps a record of each activity in it that completed and can be undone: one with a handler at its border, or
 * a sub-process with something inside that can be undone, or with an event sub-process for it. Whoever undoes (a
 * throwing event, a transaction that is cancelled, a sub-process that was restored to be undone: the compensator) takes
 * records from the scope into its own list, `todo`, and works them off one by one: the next begins when the last is
 * through. A record is taken once, so nothing is undone twice.
 */
#include "bpmn/bpmn_int.h"

/* ---- Remembering ---- */

static bool can_be_undone(const struct bpmn__item *it, const struct bpmn_element *e)
{
    return e->run->handler != BPMN_NONE || it->records != NULL || e->run->compensation_sub != BPMN_NONE;
}

static struct bpmn__record *record_of(struct bpmn__run *r, struct bpmn__item *it)
{
    struct bpmn__record *record = ARENA_NEW(&r->s->arena, struct bpmn__record);
    *record = (struct bpmn__record){ .id = r->s->next++, .element = it->element, .variables = it->variables,
                                     .inside = it->records };
    it->records = NULL;
    return record;
}

/* The item has completed. What undoes a compensation is not remembered. */
void bpmn__remember(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    struct bpmn__item *scope = bpmn__scope_of(it);
    if (scope == NULL || e->kind == BPMN_EVENT_SUB_PROCESS || e->for_compensation || !can_be_undone(it, e)) {
        return;
    }
    struct bpmn__record *record = record_of(r, it);
    if (e->run->handler != BPMN_NONE) {
        record->inside = NULL; /* the handler undoes it as a whole */
    }
    record->next = scope->records;
    scope->records = record;
}

/* ---- Collecting ---- */

/* Moves the records of an activity (or all) to the todo, which is kept in the order of falling ids. */
static void take_records(struct bpmn__item *from, struct bpmn__item *to, uint32_t activity)
{
    for (struct bpmn__record **at = &from->records; *at != NULL;) {
        struct bpmn__record *record = *at;
        if (activity != BPMN_NONE && record->element != activity) {
            at = &record->next;
            continue;
        }
        *at = record->next;
        struct bpmn__record **place = &to->todo;
        while (*place != NULL && (*place)->id > record->id) {
            place = &(*place)->next;
        }
        record->next = *place;
        *place = record;
    }
}

/* A throwing event undoes what its scope has completed; one in an event sub-process also what the scope around has. */
bool bpmn__collect(struct bpmn__run *r, struct bpmn__item *it, uint32_t activity)
{
    struct bpmn__item *scope = it->parent;
    take_records(scope, it, activity);
    if (bpmn__element(r, scope)->kind == BPMN_EVENT_SUB_PROCESS) {
        take_records(scope->parent, it, activity);
    }
    return it->todo != NULL;
}

/* ---- Undoing ---- */

static bool busy(const struct bpmn__run *r, const struct bpmn__item *compensator)
{
    for (const struct bpmn__item *it = r->s->first; it != NULL; it = it->next) {
        if (it->compensator == compensator->id) {
            return true;
        }
    }
    return false;
}

/* The item of the scope that the activity stands in: the compensator itself, or one around it. */
static struct bpmn__item *owner_of(const struct bpmn__run *r, struct bpmn__item *it, const struct bpmn__record *record)
{
    uint32_t scope = r->m->elements[record->element].parent;
    while (it->body || it->element != scope) {
        it = it->parent;
        assert(it != NULL);
    }
    return it;
}

static void undo(struct bpmn__run *r, struct bpmn__item *it, struct bpmn__record *record)
{
    struct bpmn__item *scope = owner_of(r, it, record);
    uint32_t handler = record->partial ? BPMN_NONE : r->m->elements[record->element].run->handler;
    struct bpmn__item *new = bpmn__begin(r, scope, handler != BPMN_NONE ? handler : record->element, 0,
                                         "compensation");
    new->compensator = it->id;
    if (handler == BPMN_NONE) {
        new->caught = true; /* restored: see scope.c */
        new->variables = record->variables;
        new->records = record->inside;
    }
}

bool bpmn__undo_next(struct bpmn__run *r, struct bpmn__item *it)
{
    if (busy(r, it)) {
        return true;
    }
    struct bpmn__record *record = it->todo;
    if (record == NULL) {
        return false;
    }
    it->todo = record->next;
    undo(r, it, record);
    return true;
}

void bpmn__handler_done(struct bpmn__run *r, uint32_t compensator)
{
    struct bpmn__item *it = compensator == 0 ? NULL : bpmn__item_by_id(r->s, compensator);
    if (it != NULL) {
        bpmn__wake(r, it);
    }
}

/* ---- Cancelling a transaction ---- */

static struct bpmn__item *transaction_of(const struct bpmn__run *r, struct bpmn__item *it)
{
    while (it->body || bpmn__element(r, it)->kind != BPMN_TRANSACTION) {
        it = it->parent;
        assert(it != NULL); /* the validation asks for it */
    }
    return it;
}

/* What sub-processes that still run have completed inside is undone too: each becomes a record of its scope, from the
 * innermost outwards. */
static void remember_running(struct bpmn__run *r, struct bpmn__item *transaction)
{
    for (struct bpmn__item *it = r->s->last; it != NULL; it = it->previous) {
        if (it->records != NULL && bpmn__is_inside(it, transaction)) {
            struct bpmn__item *scope = bpmn__scope_of(it);
            struct bpmn__record *record = record_of(r, it);
            record->partial = true;
            record->next = scope->records;
            scope->records = record;
        }
    }
}

void bpmn__cancel_transaction(struct bpmn__run *r, struct bpmn__item *it)
{
    struct bpmn__item *transaction = transaction_of(r, it);
    remember_running(r, transaction);
    bpmn__stop_children(r, transaction, "cancelled");
    bpmn__close_all(r, transaction);
    take_records(transaction, transaction, BPMN_NONE);
    bpmn__phase(r, transaction, BPMN_PHASE_COMPENSATING, "cancelled");
    bpmn__wake(r, transaction);
}
