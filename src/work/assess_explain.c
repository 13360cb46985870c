/* assess_explain: how one entry of a list was decided, from what was frozen of it alone. The list is not computed. */
#include "work/assess_int.h"

#include "base/limit.h"

/* What is frozen of the entry, and the hash of the record of its decision; false: it is not in the list. */
static bool read_frozen(struct store_view *v, int64_t assessment, int64_t subject, struct arena *a, str *ret_input,
                        str *ret_decision)
{
    struct store_value args[] = { store_int(assessment), store_int(subject) };
    struct store_rows *r = store_query(v, "SELECT input, decision FROM assessment_entry WHERE assessment = ? AND "
                                          "subject = ?", args, 2);
    bool there = store_next(r);
    *ret_input = there ? arena_str(a, store_column_text(r, 0)) : STR("");
    *ret_decision = there ? arena_str(a, store_column_text(r, 1)) : STR("");
    store_rows_end(r);
    return there;
}

/* The record must be the one whose hash was approved. */
static enum error_code check_record(const struct dmn_trace *trace, str approved, struct error *err)
{
    struct buf record = BUF_INIT(LIMIT_JSON_BYTES);
    char hash[SHA256_TEXT];
    dmn_record(trace, &record);
    sha256_text(buf_str(&record), hash);
    bool same = approved.len == 0 || str_eq(approved, str_of(hash));
    buf_release(&record);
    return same ? OK : error_set(err, ERROR_INVALID, "the decision comes out differently");
}

static enum error_code explain(struct work__assess *x, str input, str approved, str decision, struct buf *out)
{
    const struct dmn_model *model;
    const struct dmn_trace *trace;
    struct feel_environment env;
    feel_value given, own;
    uint32_t node;
    enum error_code code = work__assess_decision(x, decision, &model, &node);
    code = code == OK ? work__assess_given(x, feel_null(), &x->arena, &given) : code;
    code = code == OK ? feel_record_read(&x->arena, input, &own, x->err) : code;
    if (code != OK) {
        return code;
    }
    work__assess_environment(x, &env);
    struct feel_eval *ev = feel_eval_new(&env);
    dmn_evaluate_traced(model, ev, node, work__assess_inputs(&x->arena, given, own), DMN_TEXT_DATES, &trace);
    code = str_eq(decision, x->rule->decide) ? check_record(trace, approved, x->err) : OK;
    if (code == OK) {
        dmn_explain_json(trace, x->err->lang, out);
    }
    feel_eval_free(ev);
    return code;
}

enum error_code work_assess_explain(struct work *w, struct store_view *v, int64_t assessment, int64_t subject,
                                    str decision, struct buf *out, struct error *err)
{
    struct work__assess x = { .w = w, .arena = ARENA_INIT, .err = err };
    str input, approved;
    enum error_code code = OK;
    if (!work_read_assessment(v, assessment, &x.arena, &x.s) ||
        !read_frozen(v, assessment, subject, &x.arena, &input, &approved)) {
        code = error_set(err, ERROR_MISSING, "there is no such entry in the list");
    }
    code = code == OK ? record_scheme(w->record, v, x.s.bundle, &x.scheme, err) : code;
    if (code == OK && (x.rule = scheme_assessment(x.scheme, x.s.name)) == NULL) {
        code = error_set(err, ERROR_MISSING, "there is no such entry in the list");
    }
    code = code == OK ? explain(&x, input, approved, decision, out) : code;
    arena_release(&x.arena);
    return code;
}
