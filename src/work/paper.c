/* paper: acts about the papers and notices of a dossier, and what acts of the office may ask of work. What a paper is,
 * the module above knows (publish); here is what follows from it for the dossier: clocks that wait for it, history,
 * version. */
#include "work/work_int.h"

#include <string.h>

/* ---- What acts of the office may ask ---- */

void work_news(const struct work_job *job, const char *before, str name, const char *behind)
{
    if (job->plan != NULL) { /* an assessment has no clocks */
        work__happened(job->plan, before, name, behind);
    }
}

bool work__has_sample(str facts)
{
    static const char sample[] = "\"state\":\"示例\"";
    return facts.len > 0 && memmem(facts.ptr, facts.len, sample, sizeof sample - 1) != NULL;
}

bool work_rests_on_samples(const struct work_job *job)
{
    struct store_value args[] = { store_int(job->dossier) };
    struct store_rows *r = store_query(job->view, "SELECT facts FROM decision WHERE dossier = ?", args, 1);
    bool some = job->sample || (job->plan != NULL && job->plan->sample);
    while (!some && store_next(r)) {
        some = work__has_sample(store_column_text(r, 0));
    }
    store_rows_end(r);
    return some;
}

const struct cal_calendar *work_calendar(const struct work_job *job)
{
    return work__calendar(job->work, job->view);
}

uint32_t work_wait(const struct work_job *job)
{
    if (job->plan == NULL || job->plan->turn_wait == 0) {
        return 0;
    }
    job->plan->turn_stays = true;
    return job->plan->turn_wait;
}

uint32_t work_askers(const struct work_job *job, int64_t ret[WORK_ASKERS])
{
    const struct work__plan *p = job->plan;
    const int64_t own[2] = { job->actor, p == NULL ? 0 : p->on_behalf };
    uint32_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        ret[count] = own[i];
        count += own[i] != 0;
    }
    if (p != NULL && p->rq->act == WORK_COMPLETE && job->actor != 0) {
        return count + work__persons(job->view, p->signed_by, &ret[count], WORK_ASKERS - count);
    }
    bool goes_on = job->dossier != 0 && (p != NULL || job->actor == 0);
    return goes_on ? count + work__completers(job->view, job->arena, job->dossier, &ret[count], WORK_ASKERS - count)
                   : count;
}

/* ---- Acts about papers ---- */

void work_on_paper(struct work *w, work_paper_function *f, work_notice_function *right, void *context)
{
    w->on_paper = f;
    w->on_notice = right;
    w->on_paper_context = context;
}

bool work__is_about_paper(enum work_act act)
{
    return act == WORK_SEAL || act == WORK_SERVE || act == WORK_REGISTER || act == WORK_VOID || act == WORK_PUBLISH ||
           act == WORK_DECLINE;
}

static enum error_code do_it(struct work__plan *p, struct work_paper *what)
{
    const struct work_request *rq = p->rq;
    bool runs = p->d.state.len > 0;
    if (p->w->on_paper == NULL) {
        return error_set(p->err, ERROR_INVALID, "nobody here knows of papers");
    }
    enum error_code code = work__read_at(p);
    if (code != OK) {
        return code;
    }
    *what = (struct work_paper){ .act = rq->act, .paper = rq->paper, .name = rq->name, .text = rq->text,
                                 .with = p->with, .at = p->happened_at * 1000000, .result = feel_null() };
    feel_eval_reset(p->rules);
    struct work_job job = work__job_of(p, STR(""), feel_null(), p->with,
                                       runs ? bpmn_visible(&p->state, 0, &p->turn) : feel_null());
    code = p->w->on_paper(p->w->on_paper_context, &job, what, p->err);
    return code != OK ? code : store_change_sound(p->change, p->err) ? OK : p->err->code;
}

/* What the step that waited for it gets. */
static enum work__planned end_step(struct work__plan *p, const struct work_paper *what)
{
    if (!work__waits_for(p, what->over)) {
        error_set(p->err, ERROR_MISSING, "the dossier %lld does not wait for it any more", (long long)p->d.id);
        return work__refuse(p, WORK_MISSING);
    }
    bool held_up = what->held_up.len > 0;
    struct bpmn_event event = { .kind = held_up ? BPMN_FAIL : BPMN_COMPLETE, .wait = what->over,
                                .element = BPMN_NONE, .process = BPMN_NONE, .text = what->held_up,
                                .variables = what->result };
    bool fine = work__step(p, &event) == OK && work__rows(p) == OK && work__audit(p) == OK;
    return fine ? WORK__READY : work__refuse_by_code(p);
}

/* A clock that moved is a step of the engine; otherwise the dossier has its version and its history alone. */
enum work__planned work__paper_act(struct work__plan *p)
{
    bool moved = false;
    struct work_paper what;
    if (!work__may(p, NULL)) {
        return work__refuse(p, WORK_FORBIDDEN);
    }
    if (p->d.state.len > 0) {
        work__before(p);
    }
    if (do_it(p, &what) != OK) {
        return work__refuse_by_code(p);
    }
    if (what.over != 0) {
        return end_step(p, &what);
    }
    if (work__clocks_hear(p, &moved) != OK) {
        return work__refuse_by_code(p);
    }
    if (moved) {
        struct bpmn_event event = work__clocks_event(p);
        if (work__step(p, &event) != OK || work__rows(p) != OK) {
            return work__refuse_by_code(p);
        }
    } else {
        work__dossier_row(p, false);
    }
    return work__audit(p) == OK ? WORK__READY : work__refuse_by_code(p);
}
