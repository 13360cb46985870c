/* loop: multi-instance activities and standard loops.
 *
 * The item that enters an activity with a loop becomes the body; its children are the turns, items of the same
 * element. The border is watched by the body, inputs and outputs are mapped by each turn. A turn has the variables
 * loopCounter and the input element for itself.
 */
#include "bpmn/bpmn_int.h"

static bool set_number(struct bpmn__run *r, struct bpmn__item *it, const char *name, uint32_t n)
{
    return bpmn__set_local(r, it, it, str_of(name), feel_number(dec_from_int(n)));
}

/* ---- Results ---- */

void bpmn__add_result(struct bpmn__run *r, struct bpmn__item *it, uint32_t at, feel_value v)
{
    if (at >= it->result_size) {
        uint32_t size = at < 4 ? 8 : at * 2;
        it->results = arena_grow(&r->s->arena, it->results, it->result_size * sizeof *it->results,
                                 size * sizeof *it->results);
        it->result_size = size;
    }
    for (; it->result_count <= at; it->result_count++) {
        it->results[it->result_count] = feel_null();
    }
    it->results[at] = bpmn__copy(&r->s->arena, v);
}

/* ---- Turns ---- */

static bool begin_turn(struct bpmn__run *r, struct bpmn__item *body)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, body);
    struct bpmn__item *turn = bpmn__begin(r, body, body->element, ++body->started, "");
    if (b->input_element.len > 0 && body->collection.kind == FEEL_LIST) {
        bpmn__set_local(r, turn, turn, b->input_element, body->collection.items[turn->turn - 1]);
    }
    return set_number(r, turn, "loopCounter", turn->turn);
}

static void finish_loop(struct bpmn__run *r, struct bpmn__item *body)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, body);
    if (b->output_collection.len > 0) {
        feel_value list = feel_list(body->results, body->result_count);
        if (!bpmn__set(r, body, body->parent, b->output_collection, list)) {
            return;
        }
    }
    bpmn__phase(r, body, BPMN_PHASE_LEAVING, "");
}

/* ---- Standard loops ---- */

/* Before the first turn of a loop that tests before, and after each turn. */
static void next_standard(struct bpmn__run *r, struct bpmn__item *body, bool test)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, body);
    bool again = b->loop_maximum == BPMN_NONE || body->started < b->loop_maximum;
    if (!set_number(r, body, "loopCounter", body->started)) {
        return;
    }
    if (again && test && b->loop_condition != NULL && !bpmn__truth(r, body, b->loop_condition, &again)) {
        return;
    }
    if (again) {
        begin_turn(r, body);
    } else {
        finish_loop(r, body);
    }
}

/* ---- Multi-instance ---- */

/* How many turns: the length of the collection, or the cardinality. */
static bool count_turns(struct bpmn__run *r, struct bpmn__item *body)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, body);
    int64_t n;
    if (b->collection != NULL) {
        feel_value v = bpmn__value(r, body, b->collection);
        if (v.kind != FEEL_LIST) {
            bpmn__incident(r, body, BPMN_INCIDENT_COLLECTION, bpmn__complaint(r, b->collection));
            return false;
        }
        const char *why = bpmn__unfit(v);
        if (why != NULL) {
            return bpmn__refuse(r, body, why, b->collection->text);
        }
        body->collection = bpmn__copy(&r->s->arena, v);
        n = v.count;
    } else {
        if (!feel_typed_whole(bpmn__value(r, body, b->cardinality), &n) || n < 0) {
            bpmn__incident(r, body, BPMN_INCIDENT_EXPRESSION, bpmn__complaint(r, b->cardinality));
            return false;
        }
    }
    if (n > LIMIT_BPMN_ITEMS) {
        bpmn__incident(r, body, BPMN_INCIDENT_LIMIT, STR("BPMN_ITEMS"));
        return false;
    }
    body->total = (uint32_t)n;
    return true;
}

static void enter_multi(struct bpmn__run *r, struct bpmn__item *body)
{
    bool parallel = bpmn__element(r, body)->loop == BPMN_LOOP_PARALLEL;
    if (!count_turns(r, body)) {
        bpmn__close_all(r, body);
        return;
    }
    bpmn__phase(r, body, BPMN_PHASE_ACTIVE, "loop");
    if (bpmn__behaviour(r, body)->output_element != NULL && body->total > 0) {
        bpmn__add_result(r, body, body->total - 1, feel_null());
    }
    for (uint32_t i = 0; i < (parallel ? body->total : body->total > 0); i++) {
        begin_turn(r, body);
    }
    bpmn__wake(r, body);
}

/* The numbers that a completion condition may read are those after this turn. */
static bool is_complete(struct bpmn__run *r, struct bpmn__item *turn, bool *ret)
{
    struct bpmn__item *body = turn->parent;
    const struct bpmn__behaviour *b = bpmn__behaviour(r, body);
    *ret = false;
    if (b->completion == NULL) {
        return true;
    }
    bool ok = set_number(r, body, "numberOfInstances", body->total) &&
              set_number(r, body, "numberOfActiveInstances", body->child_count - 1) &&
              set_number(r, body, "numberOfCompletedInstances", body->done + 1) &&
              set_number(r, body, "numberOfTerminatedInstances", 0);
    if (ok && b->output_collection.len > 0) {
        ok = bpmn__set_local(r, turn, body, b->output_collection, feel_list(body->results, body->result_count));
    }
    return ok && bpmn__truth(r, turn, b->completion, ret);
}

void bpmn__turn_done(struct bpmn__run *r, struct bpmn__item *turn)
{
    struct bpmn__item *body = turn->parent;
    const struct bpmn__behaviour *b = bpmn__behaviour(r, body);
    bool complete;
    if (b->output_element != NULL) {
        feel_value v = bpmn__value(r, turn, b->output_element);
        const char *why = bpmn__unfit(v);
        if (why != NULL) {
            bpmn__refuse(r, turn, why, b->output_collection);
            return;
        }
        bpmn__add_result(r, body, turn->turn - 1, v);
    }
    if (!is_complete(r, turn, &complete)) {
        return;
    }
    body->done++;
    bpmn__remember(r, turn);
    bpmn__end(r, turn);
    if (complete) {
        bpmn__stop_children(r, body, "complete");
        body->started = body->total;
    }
}

/* ---- Bodies ---- */

void bpmn__loop_enter(struct bpmn__run *r, struct bpmn__item *body)
{
    body->body = true;
    body->total = BPMN_NONE;
    if (!bpmn__subscribe_border(r, body)) {
        return;
    }
    if (bpmn__element(r, body)->loop == BPMN_LOOP_STANDARD) {
        bpmn__phase(r, body, BPMN_PHASE_ACTIVE, "loop");
        next_standard(r, body, bpmn__behaviour(r, body)->test_before);
    } else {
        enter_multi(r, body);
    }
}

void bpmn__loop_resume(struct bpmn__run *r, struct bpmn__item *body)
{
    if (body->child_count > 0) {
        return;
    }
    if (bpmn__element(r, body)->loop == BPMN_LOOP_STANDARD) {
        next_standard(r, body, true);
    } else if (body->started < body->total) {
        begin_turn(r, body);
    } else {
        finish_loop(r, body);
    }
}
