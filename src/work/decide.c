/* decide: business rule tasks. A decision is evaluated in the unit that asks for it and stored as its record. */
#include "work/work_int.h"

static enum error_code store_record(struct work__plan *p, const struct work__opened *o, const struct dmn_model *m,
                                    const struct dmn_trace *trace, struct error *err)
{
    char hash[STORE_HASH + 1];
    int64_t id = store_id(p->w->store, err);
    if (id == 0) {
        return ERROR_IO;
    }
    buf_clear(&p->text);
    dmn_record(trace, &p->text);
    store_hash(buf_str(&p->text), hash);
    struct store_value row[] = { store_int(id), store_int(p->d.id),
                                 store_text(p->state.model->elements[o->element].id), store_text(o->name),
                                 store_text(p->d.bundle), store_text(dmn_model_hash(m)), store_int(p->now),
                                 store_text(str_of(hash)), store_bytes(buf_str(&p->text)) };
    store_insert(p->change, STORE_TABLE_decision, row);
    return work__whole(&p->text, err);
}

enum error_code work__decide(struct work__plan *p, const struct work__opened *o, feel_value *ret, struct error *err)
{
    uint32_t node;
    const struct dmn_trace *trace;
    const struct dmn_model *m = scheme_find_decision(p->scheme, o->name, &node);
    if (m == NULL) {
        return error_set(err, ERROR_MISSING, "the scheme has no decision \"%.*s\"", STR_ARG(o->name));
    }
    feel_eval_reset(p->rules);
    feel_value *values = ARENA_ARRAY(&p->turn, feel_value, 1);
    values[0] = dmn_evaluate_traced(m, p->rules, node, bpmn_visible(&p->state, o->item, &p->turn), DMN_TEXT_DATES,
                                    &trace);
    enum error_code code = feel_eval_limit(p->rules, err);
    if (code == OK) {
        code = store_record(p, o, m, trace, err);
    }
    str names[] = { STR("result") };
    *ret = feel_context(feel_shape_new(&p->turn, names, 1), values);
    return code;
}
