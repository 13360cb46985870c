/* depart: 裁量. A person who completes a task may depart from the result of the decision that the task confirms, with a
 * reason out of a list. The decision stays as it was computed; what was departed to stands in the variable `departed`,
 * under the decision's name, and in the history:
 *
 *   departed: {score: {decision: "4711", result: 82, reason: "A3", note: "…", persons: ["li", "chen"]}}
 *
 * A task that is completed without a departure sets null there: the machine's result stands. The row of the table
 * `departure` is what statistics count.
 */
#include "work/work_int.h"

#include "base/limit.h"

static const struct scheme_decision *decision_of(const struct work__plan *p, const struct scheme_task *said)
{
    return said == NULL || said->decision.len == 0 ? NULL : scheme_described(p->scheme, said->decision);
}

enum error_code work__departure_protect(struct work__plan *p)
{
    bool some = false, outside = p->rq->actor != 0 || p->rq->party.len > 0 || p->rq->guest.len > 0;
    for (uint32_t i = 0; i < p->scheme->described_count; i++) {
        some = some || p->scheme->described[i].depart_reasons.len > 0;
    }
    if (some && outside && p->with.kind == FEEL_CONTEXT && feel_shape_find(p->with.shape, STR("departed")) >= 0) {
        error_set(p->err, ERROR_INVALID, "departures are no variable to be set");
        error_hint(p->err, "complete the task that confirms the decision with \"departure\"");
        return ERROR_INVALID;
    }
    return OK;
}

/* The last result of the decision in this dossier, whichever of its names the process calls it by; 0: it was not
 * evaluated. */
static int64_t last_result(struct work__plan *p, str decision)
{
    uint32_t node, other;
    const struct dmn_model *m = scheme_find_decision(p->scheme, decision, &node);
    struct store_value args[] = { store_int(p->d.id) };
    struct store_rows *r = store_query(p->view, "SELECT id, name FROM decision WHERE dossier = ? ORDER BY id "
                                                "DESC", args, 1);
    int64_t id = 0;
    while (id == 0 && store_next(r)) {
        bool same = m != NULL && scheme_find_decision(p->scheme, store_column_text(r, 1), &other) == m && other == node;
        id = same ? store_column_int(r, 0) : 0;
    }
    store_rows_end(r);
    return id;
}

static feel_value seen_by(struct work__plan *p)
{
    struct bpmn_wait w;
    return bpmn_find_wait(&p->state, p->rq->wait, &w) ? bpmn_visible(&p->state, w.item, &p->scratch) : feel_null();
}

/* The reasons in force on the key date: the first column of the parameter. */
static enum error_code check_reason(struct work__plan *p, const struct scheme_decision *d, feel_value reason)
{
    const struct scheme_parameter *list = scheme_parameter(p->scheme, d->depart_reasons);
    feel_value all, used, rows = feel_null();
    struct buf known = BUF_INIT(300);
    bool listed = false;
    enum error_code code = work__names(p, &d->depart_reasons, 1, seen_by(p), &all, &used, p->err);
    if (code != OK) {
        return code;
    }
    feel_context_get(all, d->depart_reasons, &rows);
    for (uint32_t i = 0; list != NULL && rows.kind == FEEL_LIST && i < rows.count && !listed; i++) {
        feel_value key = feel_null();
        feel_context_get(rows.items[i], list->columns[0].name, &key);
        listed = feel_is_true(feel_equal(p->rules, key, reason));
        buf_addz(&known, i == 0 ? "" : ", ");
        feel_print(key, &known);
    }
    if (!listed) {
        code = error_set(p->err, ERROR_INVALID, "\"%.*s\" is no reason for departing from the decision \"%.*s\"",
                         STR_ARG(reason.kind == FEEL_STRING ? feel_str(reason) : STR("")), STR_ARG(d->name));
        error_detail(p->err, "the parameter %.*s has: %.*s", STR_ARG(d->depart_reasons), STR_ARG(buf_str(&known)));
    }
    buf_release(&known);
    return code;
}

static enum error_code may_depart(struct work__plan *p, const struct scheme_task *said, feel_value departure)
{
    const struct scheme_decision *d = decision_of(p, said);
    if (d == NULL || d->depart_reasons.len == 0) {
        return error_set(p->err, ERROR_INVALID, "nobody departs from the decision \"%.*s\"", STR_ARG(said->decision));
    }
    if (last_result(p, said->decision) == 0) {
        return error_set(p->err, ERROR_INVALID, "the decision \"%.*s\" was not made in this dossier yet",
                         STR_ARG(said->decision));
    }
    if (departure.kind != FEEL_CONTEXT || feel_member(departure, "result").kind == FEEL_NULL ||
        feel_member(departure, "reason").kind == FEEL_NULL) {
        error_set(p->err, ERROR_INVALID, "a departure says the result and the reason");
        error_hint(p->err, "{\"departure\":{\"result\":…,\"reason\":\"…\",\"note\":\"…\"}}");
        return ERROR_INVALID;
    }
    return check_reason(p, d, feel_member(departure, "reason"));
}

feel_value work__without(struct work__plan *p, feel_value v, str name)
{
    uint32_t count = 0;
    str *names = ARENA_ARRAY(&p->scratch, str, v.count);
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, v.count);
    for (uint32_t i = 0; i < v.count; i++) {
        if (!str_eq(v.shape->names[i], name)) {
            names[count] = v.shape->names[i];
            values[count++] = v.values[i];
        }
    }
    return feel_context(feel_shape_new(&p->scratch, names, count), values);
}

static feel_value only_actor(struct work__plan *p)
{
    feel_value *id = ARENA_ARRAY(&p->scratch, feel_value, 1);
    id[0] = feel_number(dec_from_int(p->rq->actor));
    return work__logins(p, feel_list(id, 1));
}

enum error_code work__departure_take(struct work__plan *p, const struct work__task *task)
{
    const struct scheme_task *said = work__task_said(p, task->element);
    feel_value departure;
    if (said == NULL || said->decision.len == 0 || p->with.kind != FEEL_CONTEXT ||
        !feel_context_get(p->with, STR("departure"), &departure)) {
        return OK;
    }
    enum error_code code = may_depart(p, said, departure);
    if (code != OK) {
        return code;
    }
    str names[] = { STR("decision"), STR("result"), STR("reason"), STR("note"), STR("persons") };
    enum { COUNT = sizeof names / sizeof names[0] };
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, COUNT);
    values[0] = feel_string(arena_printf(&p->scratch, "%lld", (long long)last_result(p, said->decision)));
    values[1] = feel_member(departure, "result");
    values[2] = feel_member(departure, "reason");
    values[3] = feel_member(departure, "note");
    values[4] = only_actor(p);
    p->departed = feel_context(feel_shape_new(&p->scratch, names, COUNT), values);
    p->with = work__without(p, p->with, STR("departure"));
    return OK;
}

static feel_value one(struct work__plan *p, str name, feel_value v)
{
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, 1);
    values[0] = v;
    return feel_context(feel_shape_new(&p->scratch, &name, 1), values);
}

static bool may_be_departed(const struct work__plan *p, const struct scheme_task *said)
{
    const struct scheme_decision *d = decision_of(p, said);
    return d != NULL && d->depart_reasons.len > 0;
}

void work__departure_put(struct work__plan *p, const struct work__task *task)
{
    const struct scheme_task *said = work__task_said(p, task->element);
    if (!may_be_departed(p, said)) {
        return;
    }
    p->confirmed = last_result(p, said->decision);
    feel_value before = feel_member(seen_by(p), "departed");
    feel_value now = scheme_merged(&p->scratch, before, one(p, said->decision, p->departed));
    p->with = scheme_merged(&p->scratch, p->with, one(p, STR("departed"), now));
}

str work__departure_second(const struct work__plan *p, const struct scheme_task *said)
{
    const struct scheme_decision *d = decision_of(p, said);
    return d == NULL || p->departed.kind == FEEL_NULL ? STR("") : d->depart_second;
}

feel_value work__departure_signed(struct work__plan *p, const struct work__task *task, feel_value answers)
{
    const struct scheme_task *said = work__task_said(p, task->element);
    feel_value all = feel_member(answers, "departed"), own = feel_null();
    p->confirmed = may_be_departed(p, said) ? last_result(p, said->decision) : 0;
    if (said == NULL || said->decision.len == 0 || all.kind != FEEL_CONTEXT ||
        !feel_context_get(all, said->decision, &own) || own.kind != FEEL_CONTEXT) {
        return answers;
    }
    p->departed = scheme_merged(&p->scratch, own, one(p, STR("persons"), p->signed_by));
    all = scheme_merged(&p->scratch, all, one(p, said->decision, p->departed));
    return scheme_merged(&p->scratch, answers, one(p, STR("departed"), all));
}

/* A task that is completed again without a departure takes the one before back. */
void work__departure_row(struct work__plan *p)
{
    struct store_value key[] = { store_int(p->confirmed) };
    dec n;
    if (p->confirmed == 0) {
        return;
    }
    if (dec_parse(feel_text_member(p->departed, "decision"), &n) && dec_to_int(n, &p->confirmed)) {
        key[0] = store_int(p->confirmed);
    }
    if (p->departed.kind != FEEL_CONTEXT) {
        struct store_rows *r = store_query(p->view, "SELECT at FROM departure WHERE decision = ?", key, 1);
        bool there = store_next(r);
        store_rows_end(r);
        if (there) {
            store_delete(p->change, STORE_TABLE_departure, key, 0);
        }
        return;
    }
    buf_clear(&p->text);
    feel_json_write(feel_member(p->departed, "reason"), false, &p->text);
    struct store_value row[] = { key[0], store_int(p->d.id), store_int(p->now), store_int(p->rq->actor),
                                 store_text(arena_str(&p->scratch, buf_str(&p->text))) };
    store_put(p->change, STORE_TABLE_departure, row);
}
