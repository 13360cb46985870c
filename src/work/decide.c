/* decide: business rule tasks. A decision is evaluated in the unit that asks for it and stored as its record. */
#include "work/work_int.h"

#include "base/limit.h"

static enum error_code store_record(struct work__plan *p, const struct work__opened *o, const struct dmn_model *m,
                                    const struct dmn_trace *trace, feel_value used, struct error *err)
{
    struct buf facts = BUF_INIT(LIMIT_JSON_BYTES);
    char hash[STORE_HASH + 1];
    int64_t id = store_id(p->w->store, err);
    if (id == 0) {
        return ERROR_IO;
    }
    buf_clear(&p->text);
    dmn_record(trace, &p->text);
    store_hash(buf_str(&p->text), hash);
    feel_record_write(used, &facts);
    struct store_value row[] = { store_int(id), store_int(p->d.id),
                                 store_text(p->state.model->elements[o->element].id), store_text(o->name),
                                 store_text(str_of(p->scheme->hash)), store_text(dmn_model_hash(m)), store_int(p->now),
                                 store_text(str_of(hash)), store_bytes(buf_str(&p->text)),
                                 store_text(buf_str(&facts)) };
    store_insert(p->change, STORE_TABLE_decision, row);
    p->sample |= work__has_sample(buf_str(&facts));
    enum error_code code = work__whole(&p->text, err);
    code = code == OK ? work__whole(&facts, err) : code;
    buf_release(&facts);
    return code;
}

static enum error_code decide(struct work__plan *p, const struct work__opened *o, feel_value *ret, struct error *err)
{
    uint32_t node;
    const struct dmn_trace *trace;
    const struct dmn_model *m = scheme_find_decision(p->scheme, o->name, &node);
    if (m == NULL) {
        return error_set(err, ERROR_MISSING, "the scheme has no decision \"%.*s\"", STR_ARG(o->name));
    }
    feel_value inputs, used, *values = ARENA_ARRAY(&p->turn, feel_value, 1);
    feel_eval_reset(p->rules);
    work__take_calendar(p, p->rules); /* the version whose rules hold may be another than the process's */
    enum error_code code = work__inputs(p, m, node, bpmn_visible(&p->state, o->item, &p->turn), &inputs, &used, err);
    if (code != OK) {
        return code;
    }
    values[0] = dmn_evaluate_traced(m, p->rules, node, inputs, DMN_TEXT_DATES, &trace);
    code = feel_eval_limit(p->rules, err);
    if (code == OK) {
        code = store_record(p, o, m, trace, used, err);
    }
    str names[] = { STR("result") };
    *ret = feel_context(feel_shape_new(&p->turn, names, 1), values);
    return code;
}

/* The rules are those that the dossier began with; or, where the manifest says so (`follow`), those in force on its key
 * date: a version that came later and holds from an earlier day decides too. The process stays. */
enum error_code work__decide(struct work__plan *p, const struct work__opened *o, feel_value *ret, struct error *err)
{
    const struct scheme *own = p->scheme;
    const struct scheme_process *procedure = p->procedure;
    enum error_code code = OK;
    if (own->follow_rules_key_date) {
        cal_date day = work__key_date(p, bpmn_visible(&p->state, o->item, &p->turn));
        code = record_in_force(p->w->record, p->view, own->name, day, &p->scheme, err);
        p->procedure = code == OK ? scheme_process(p->scheme, p->d.process) : procedure;
    }
    code = code == OK ? decide(p, o, ret, err) : code;
    p->scheme = own;
    p->procedure = procedure;
    return code;
}
