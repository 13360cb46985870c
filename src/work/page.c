/* page: a form as it lies before whoever may fill it now: that of an open task, or of a dossier that he may begin. It
 * only looks: what was found is asked again, and alone decides, when the answers are sent. */
#include "work/work_int.h"

#include "record/party.h"

struct work__open_page {
    struct work_page shown;
    struct work__plan plan;
    struct work__job job;
    struct work__sheet sheet;
};

static struct work__open_page *own(const struct work_page *d)
{
    return (struct work__open_page *)(uintptr_t)d; /* `shown` is its first member */
}

/* ---- Declared values in plain ---- */

enum error_code work__unsealed(struct work *w, struct store_view *view, struct arena *a, feel_value v,
                               feel_value *ret, struct error *err)
{
    enum error_code code = OK;
    if (record_is_sealed(v)) {
        code = record_unseal(w->record, view, a, v, ret, err);
        if (code == ERROR_MISSING) { /* it was erased */
            *ret = feel_null();
            code = OK;
        }
        return code;
    }
    *ret = v;
    if (v.kind != FEEL_LIST && v.kind != FEEL_CONTEXT) {
        return OK;
    }
    const feel_value *from = v.kind == FEEL_LIST ? v.items : v.values;
    feel_value *parts = ARENA_ARRAY(a, feel_value, v.count);
    for (uint32_t i = 0; i < v.count && code == OK; i++) {
        code = work__unsealed(w, view, a, from[i], &parts[i], err);
    }
    *ret = v.kind == FEEL_LIST ? feel_list(parts, v.count) : feel_context(v.shape, parts);
    return code;
}

/* ---- Opening ---- */

static enum error_code fill_desk(struct work__open_page *d, const struct work__task *task)
{
    struct work__plan *p = &d->plan;
    struct work_page *shown = &d->shown;
    struct form_request *rq = &shown->request;
    enum error_code code = work__sheet_request(p, &d->sheet, rq);
    if (code != OK) {
        return code;
    }
    rq->answers = feel_null();
    rq->variables = feel_copy(&p->scratch, rq->variables);
    code = work__unsealed(p->w, p->view, &p->scratch, feel_copy(&p->scratch, rq->declared), &rq->declared, p->err);
    shown->scheme = p->scheme;
    shown->procedure = p->procedure;
    shown->form = d->sheet.form;
    shown->dossier = p->d;
    shown->questions = feel_copy(&p->scratch, feel_member(d->sheet.variables, "open"));
    shown->ev = p->rules;
    if (task != NULL) {
        shown->element = task->element;
        shown->name = work_task_called(p->scheme, task->name, d->job.lang, &d->job.arena);
        shown->due = task->due;
    }
    return code;
}

enum error_code work_page_open(struct work *w, struct store_view *v, const struct work_request *rq, enum lang lang,
                               struct arena *a, struct work_page **ret, struct error *err)
{
    struct work__open_page *d = ARENA_NEW(a, struct work__open_page);
    feel_value variables;
    struct work__task task;
    d->job = (struct work__job){ .work = w, .rq = *rq, .lang = lang, .arena = ARENA_INIT, .plan = ARENA_INIT };
    bool guest = rq->guest.len > 0;
    d->job.rq.act = !guest ? WORK_SAVE : rq->dossier != 0 ? WORK_COMPLETE : WORK_START;
    work__plan_init(&d->plan, w);
    bool about_task = rq->dossier != 0;
    enum error_code code = OK;
    if (work__look_at_form(&d->plan, &d->job, v, &variables, &task) != WORK__READY) {
        code = d->plan.err->code == OK ? ERROR_INVALID : d->plan.err->code;
        code = d->job.answer.outcome == WORK_FORBIDDEN ? ERROR_MISSING : code;
    } else {
        work__sheet_of(&d->plan, about_task ? &task : NULL, variables, &d->sheet);
        code = d->sheet.form == NULL ? error_set(d->plan.err, ERROR_MISSING, "there is no form to be filled")
                                     : fill_desk(d, about_task ? &task : NULL);
    }
    if (code != OK) {
        *err = *d->plan.err;
        err->code = code;
        work_page_close(&d->shown);
        return code;
    }
    *ret = &d->shown;
    return OK;
}

void work_page_close(struct work_page *shown)
{
    if (shown != NULL) {
        struct work__open_page *d = own(shown);
        d->plan.view = NULL;
        work__plan_release(&d->plan);
        arena_release(&d->job.arena);
        arena_release(&d->job.plan);
    }
}

/* ---- Asking ---- */

enum error_code work_page_check(struct work_page *shown, feel_value answers, bool draft, struct arena *a,
                                struct work_page_found *ret, struct error *err)
{
    struct work__open_page *d = own(shown);
    struct form_request rq = shown->request;
    const struct form_problem *problems;
    feel_value values;
    rq.answers = answers;
    rq.draft = d->sheet.draft = draft;
    feel_eval_reset(shown->ev);
    enum error_code code = work__sheet_check(&d->plan, &d->sheet, &rq, &values, &problems, &ret->problem_count);
    if (code != OK) {
        *err = *d->plan.err;
        return code;
    }
    ret->values = feel_copy(a, values);
    if (draft && d->sheet.checks.len > 0) {
        code = work__check_across(&d->plan, shown->form, d->sheet.checks,
                                  work__asked(&d->plan, &d->sheet, ret->values), &problems, &ret->problem_count);
        *err = *d->plan.err;
    }
    ret->problems = problems;
    return code;
}

enum error_code work_page_ask(struct work_page *shown, str decision, feel_value values, struct arena *a,
                              feel_value *ret, struct error *err)
{
    struct work__open_page *d = own(shown);
    feel_value result;
    enum error_code code = work__ask(&d->plan, decision, work__asked(&d->plan, &d->sheet, values), &result);
    if (code == OK) {
        *ret = feel_copy(a, result);
    } else {
        *err = *d->plan.err;
    }
    return code;
}

enum error_code work_page_window(struct work_page *shown, feel_value values, struct arena *a, feel_value *ret_row,
                                 struct error *err)
{
    struct work__open_page *d = own(shown);
    feel_value row;
    d->plan.err->code = OK;
    enum error_code code = work__window(&d->plan, work__asked(&d->plan, &d->sheet, values), &row);
    if (code == OK) {
        *ret_row = feel_copy(a, row);
    } else {
        *err = *d->plan.err;
    }
    return code;
}
