/* desk_task: one task as its page shows it: its form in its mode, what the form reads, what was entered before, and
 * what may be done to it. It is looked at as the plan of its completion would see it. */
#include "work/desk.h"

#include "work/work_int.h"

#include "base/limit.h"
#include "bpmn/draw.h"
#include "record/party.h"

/* A look: a plan that writes nothing. */
struct look {
    struct work__plan plan;
    struct work__job job;
    bool may_open; /* sealed values */
};

static bool look_begin(struct look *l, struct work *w, const struct work_request *rq, struct error *err)
{
    l->job = (struct work__job){ .work = w, .rq = *rq, .lang = err == NULL ? LANG_ZH : err->lang, .plan = ARENA_INIT };
    l->may_open = false;
    work__plan_init(&l->plan, w);
    return work__look(&l->plan, &l->job);
}

static void look_end(struct look *l)
{
    if (l->plan.view != NULL) {
        store_view_end(l->plan.view);
    }
    work__plan_release(&l->plan);
    arena_release(&l->job.plan);
}

static enum error_code none(struct error *err, int64_t dossier)
{
    return error_set(err, ERROR_MISSING, "there is no dossier %lld, or it is not for you to see", (long long)dossier);
}

/* ---- Sealed values ---- */

/* A copy in which sealed values are open; what was erased, and what is not for him, is null. `depth` is bounded by that
 * of JSON. */
static feel_value opened(struct look *l, struct arena *a, feel_value v, uint32_t depth)
{
    feel_value plain = feel_null();
    if (record_is_sealed(v)) {
        if (!l->may_open) {
            return plain;
        }
        record_unseal(l->plan.w->record, l->plan.view, a, v, &plain, NULL);
        return plain;
    }
    if ((v.kind != FEEL_LIST && v.kind != FEEL_CONTEXT) || depth == LIMIT_JSON_DEPTH) {
        return feel_copy(a, v);
    }
    feel_value *parts = ARENA_ARRAY(a, feel_value, v.count);
    for (uint32_t i = 0; i < v.count; i++) {
        parts[i] = opened(l, a, v.kind == FEEL_LIST ? v.items[i] : v.values[i], depth + 1);
    }
    return v.kind == FEEL_LIST ? feel_list(parts, v.count)
                               : feel_context(feel_shape_new(a, v.shape->names, v.count), parts);
}

/* ---- Rights ---- */

static uint64_t acts_of(struct look *l, const struct work__task *task)
{
    static const enum work_act asked[] = { WORK_CLAIM,  WORK_RELEASE, WORK_ASSIGN, WORK_FORWARD,
                                           WORK_COMPLETE, WORK_RETURN, WORK_RECUSE };
    uint64_t acts = 0;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        l->job.rq.act = asked[i];
        acts |= work__may(&l->plan, task) ? UINT64_C(1) << asked[i] : 0;
    }
    l->job.rq.act = WORK_COMPLETE;
    *l->plan.err = (struct error){ .lang = l->job.lang };
    return acts;
}

/* ---- The form ---- */

static enum form_mode mode_of(const struct scheme_task *t)
{
    static const enum form_mode modes[] = { [SCHEME_FILL] = FORM_FILL, [SCHEME_VERIFY] = FORM_VERIFY,
                                            [SCHEME_CORRECT] = FORM_CORRECT, [SCHEME_SCORE] = FORM_SCORE };
    return t == NULL ? FORM_FILL : modes[t->mode];
}

static void read_open(struct look *l, struct arena *a, struct work_desk_task *t)
{
    feel_value open = feel_member(t->variables, "open");
    uint32_t count = open.kind == FEEL_LIST ? open.count : 1;
    str *paths = ARENA_ARRAY(a, str, count); /* nobody has said: the empty path opens all */
    for (uint32_t i = 0; open.kind == FEEL_LIST && i < count; i++) {
        feel_value q = open.items[i];
        paths[i] = q.kind == FEEL_STRING ? feel_str(q) : feel_text_member(q, "path");
    }
    (void)l;
    t->open = paths;
    t->open_count = count;
}

static enum error_code read_names(struct look *l, feel_value variables, struct arena *a, struct work_desk_task *t,
                                  struct error *err)
{
    uint32_t count = form_variable_count(t->form);
    str *wanted = ARENA_ARRAY(a, str, count);
    feel_value names, used;
    for (uint32_t i = 0; i < count; i++) {
        wanted[i] = form_variable(t->form, i);
    }
    enum error_code code = work__names(&l->plan, wanted, count, variables, &names, &used, err);
    if (code == OK) {
        t->names = opened(l, a, names, 0);
    }
    return code;
}

static void read_draft(struct look *l, int64_t person, struct arena *a, struct work_desk_task *t)
{
    struct work_request rq = { .act = WORK_SAVE, .actor = person, .dossier = l->job.rq.dossier,
                               .wait = l->job.rq.wait };
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value all = feel_null();
    struct error none = { .lang = l->job.lang };
    if (work_write_draft(l->plan.w, l->plan.view, &rq, &json, &none) == OK &&
        feel_json_read(a, arena_str(a, buf_str(&json)), &all, NULL) == OK) {
        t->draft = feel_member(all, "answers");
        t->drafted = work_draft_at(l->plan.w, l->plan.view, &rq);
    }
    buf_release(&json);
}

/* Of a countersignature: what it signs. */
static void read_signed(struct look *l, struct arena *a, struct work_desk_task *t)
{
    struct store_value args[] = { store_int(l->plan.d.id), store_int(l->job.rq.wait) };
    struct store_rows *r = store_query(l->plan.view, "SELECT wait, answers, persons, roles FROM held WHERE "
                                                     "dossier = ? AND sign = ?", args, 2);
    t->sign = store_next(r);
    if (t->sign) {
        feel_value answers = feel_null();
        str record = arena_str(a, store_column_text(r, 1)), persons = arena_str(a, store_column_text(r, 2));
        t->still = arena_str(a, store_column_text(r, 3));
        t->of = arena_printf(a, "%lld.%lld", (long long)l->plan.d.id, (long long)store_column_int(r, 0));
        store_rows_end(r);
        feel_json_read(a, persons, &t->signers, NULL);
        feel_record_read(a, record, &answers, NULL);
        t->answers_signed = opened(l, a, answers, 0);
        return;
    }
    store_rows_end(r);
}

static enum error_code read_form(struct look *l, int64_t person, const struct work__task *task, struct arena *a,
                                 struct work_desk_task *t, struct error *err)
{
    struct bpmn_wait wait;
    if (l->job.rq.wait >= WORK__SIDE) {
        read_signed(l, a, t);
        return OK;
    }
    if (!bpmn_find_wait(&l->plan.state, l->job.rq.wait, &wait)) {
        return OK;
    }
    feel_value variables = bpmn_visible(&l->plan.state, wait.item, &l->plan.turn);
    t->variables = opened(l, a, variables, 0);
    t->said = work__task_said(&l->plan, task->element);
    t->mode = mode_of(t->said);
    const struct form *form = scheme_form(l->plan.scheme, t->said != NULL && t->said->form.len > 0 ? t->said->form
                                                                                                    : task->form);
    t->form = form_in(form, l->job.lang);
    if (t->form == NULL) {
        return OK;
    }
    if (t->mode == FORM_CORRECT) {
        read_open(l, a, t);
    }
    read_draft(l, person, a, t);
    return read_names(l, variables, a, t, err);
}

static void copy_task(struct look *l, const struct work__task *task, struct arena *a, struct work_desk_task *t)
{
    const struct work_dossier *d = &l->plan.d;
    t->dossier = *d;
    t->dossier.scheme = arena_str(a, d->scheme);
    t->dossier.bundle = arena_str(a, d->bundle);
    t->dossier.process = arena_str(a, d->process);
    t->dossier.outcome = arena_str(a, d->outcome);
    t->dossier.subject = arena_str(a, d->subject);
    t->dossier.round = arena_str(a, d->round);
    t->dossier.code = t->dossier.state = STR("");
    t->scheme = l->plan.scheme;
    t->procedure = l->plan.procedure;
    t->element = arena_str(a, task->element);
    t->name = arena_str(a, work_task_called(l->plan.scheme, task->name, l->job.lang, a));
    t->role = arena_str(a, task->role);
    t->status = arena_str(a, task->status);
    t->office = task->office;
    t->assignee = task->assignee;
    t->opened = task->opened;
    t->due = task->due;
}

/* Whether whoever asks may see the task: a person by his rights, a guest because his link is for it. */
static bool may_look(struct look *l)
{
    const struct work_request *rq = &l->job.rq;
    return rq->guest.len > 0 ? work__is_guest(&l->plan)
                             : work_may_see(l->plan.w, l->plan.view, rq->actor, work__now(l->plan.w), &l->plan.d, NULL);
}

static enum error_code read_task(struct work *w, const struct work_request *rq, struct arena *a,
                                 struct work_desk_task *ret, struct error *err)
{
    struct look l;
    struct work__task task;
    struct work_desk_task t = { .variables = feel_null(), .names = feel_null(), .draft = feel_null(),
                                .answers_signed = feel_null(), .signers = feel_null() };
    bool there = look_begin(&l, w, rq, err) && work__read_task(&l.plan, rq->dossier, rq->wait, &task) && may_look(&l);
    enum error_code code = OK;
    if (!there) {
        code = none(err, rq->dossier);
    } else {
        l.may_open = rq->guest.len == 0 && work__may_open(w, l.plan.view, rq->actor, &l.plan.d);
        copy_task(&l, &task, a, &t);
        t.acts = acts_of(&l, &task);
        code = read_form(&l, rq->actor, &task, a, &t, err);
    }
    if (code == OK && store_view_error(l.plan.view, err) != OK) {
        code = ERROR_IO;
    }
    look_end(&l);
    if (code == OK) {
        t.rq = *rq;
        *ret = t;
    }
    return code;
}

enum error_code work_desk_start(struct work *w, const struct work_request *rq, struct arena *a,
                                struct work_desk_task *ret, struct error *err)
{
    struct look l;
    struct work_desk_task t = { .names = feel_null(), .draft = feel_null(), .answers_signed = feel_null(),
                                .signers = feel_null() };
    enum error_code code = OK;
    if (!look_begin(&l, w, rq, err)) {
        error_set(err, ERROR_MISSING, "%s", l.job.answer.error.message);
        code = ERROR_MISSING;
    } else if (!work__may(&l.plan, NULL)) {
        error_set(err, ERROR_INVALID, "%s", l.job.answer.error.message);
        error_detail(err, "%s", l.job.answer.error.detail);
        code = ERROR_INVALID;
    } else {
        const struct work__task none_yet = { .element = STR("") };
        feel_value variables = l.plan.with;
        l.may_open = true;
        copy_task(&l, &none_yet, a, &t);
        t.form = t.procedure == NULL ? NULL
                                     : form_in(scheme_form(l.plan.scheme, t.procedure->start_form), l.job.lang);
        t.variables = feel_copy(a, variables);
        code = t.form == NULL ? OK : read_names(&l, variables, a, &t, err);
    }
    look_end(&l);
    if (code == OK) {
        t.rq = *rq;
        *ret = t;
    }
    return code;
}

enum error_code work_desk_task(struct work *w, int64_t person, int64_t dossier, uint32_t wait, struct arena *a,
                               struct work_desk_task *ret, struct error *err)
{
    const struct work_request rq = { .act = WORK_COMPLETE, .actor = person, .dossier = dossier, .wait = wait };
    return read_task(w, &rq, a, ret, err);
}

/* What a link is for, and the dossier with the code of its office. */
struct invited {
    struct work_guest guest;
    struct work_dossier dossier;
    str office;
};

static enum error_code find_guest(struct work *w, str token, struct arena *a, struct invited *ret, struct error *err)
{
    struct store_view *v;
    enum error_code code = store_view(w->config.store, &v, err);
    if (code == OK) {
        code = work_guest(v, token, work__now(w), &ret->guest, err);
        if (code == OK && !work_read_dossier(v, ret->guest.dossier, a, &ret->dossier)) {
            code = none(err, ret->guest.dossier);
        }
        ret->office = code == OK ? work__office_code(v, a, ret->dossier.office) : STR("");
        store_view_end(v);
    }
    return code;
}

enum error_code work_desk_guest(struct work *w, str token, struct arena *a, struct work_desk_task *ret,
                                struct error *err)
{
    struct invited i;
    enum error_code code = find_guest(w, token, a, &i, err);
    if (code == OK) {
        const struct work_request rq = { .act = WORK_COMPLETE, .dossier = i.guest.dossier, .wait = i.guest.wait,
                                         .guest = token };
        code = read_task(w, &rq, a, ret, err);
    }
    if (code == OK) {
        ret->wait = i.guest.wait;
    }
    return code;
}

enum error_code work_desk_guest_start(struct work *w, str token, str process, struct arena *a,
                                      struct work_desk_task *ret, struct error *err)
{
    struct invited i;
    enum error_code code = find_guest(w, token, a, &i, err);
    if (code != OK) {
        return code;
    }
    const struct work_request rq = { .act = WORK_START, .scheme = i.dossier.scheme, .process = process,
                                     .office = i.office, .subject = i.dossier.subject, .guest = token };
    code = work_desk_start(w, &rq, a, ret, err);
    return code == ERROR_INVALID ? ERROR_MISSING : code;
}

/* ---- A dossier's variables ---- */

enum error_code work_desk_variables(struct work *w, int64_t person, int64_t dossier, struct arena *a, feel_value *ret,
                                    const struct scheme **ret_scheme, struct error *err)
{
    struct look l;
    const struct work_request rq = { .act = WORK_SET, .actor = person, .dossier = dossier };
    *ret = feel_null();
    *ret_scheme = NULL;
    enum error_code code = OK;
    bool runs = look_begin(&l, w, &rq, err);
    if (l.plan.view == NULL || l.plan.d.id == 0 ||
        !work_may_see(w, l.plan.view, person, work__now(w), &l.plan.d, NULL)) {
        code = none(err, dossier);
    } else {
        /* One that is over is no longer planned with, but its papers are still sealed and served by what its scheme
         * says. */
        code = record_scheme(w->record, l.plan.view, l.plan.d.bundle, ret_scheme, err);
        l.may_open = work__may_open(w, l.plan.view, person, &l.plan.d);
        if (code == OK && runs) {
            *ret = opened(&l, a, bpmn_visible(&l.plan.state, 0, &l.plan.turn), 0);
        }
    }
    look_end(&l);
    return code;
}

/* ---- The drawing ---- */

/* Where it is: an item of an element that has no item within it counts once. */
static uint32_t tokens_of(const struct bpmn_state *s, struct bpmn_draw_token *ret, uint32_t most)
{
    struct bpmn_cursor cursor = { 0 };
    struct bpmn_item item;
    uint32_t count = 0;
    while (count < most && bpmn_next_item(s, &cursor, &item)) {
        enum bpmn_kind kind = s->model->elements[item.element].kind;
        if (kind != BPMN_PROCESS && kind != BPMN_SUB_PROCESS) {
            ret[count++] = (struct bpmn_draw_token){ item.element, 1 };
        }
    }
    return count;
}

/* Where it was: the steps of people that are done. */
static uint32_t visited(struct look *l, const struct bpmn_model *m, uint32_t *ret, uint32_t most)
{
    struct store_value args[] = { store_int(l->plan.d.id) };
    struct store_rows *r = store_query(l->plan.view, "SELECT DISTINCT element FROM task WHERE dossier = ? AND status "
                                                     "<> 'open'", args, 1);
    uint32_t count = 0;
    while (count < most && store_next(r)) {
        uint32_t element = bpmn_find(m, store_column_text(r, 0));
        if (element != BPMN_NONE) {
            ret[count++] = element;
        }
    }
    store_rows_end(r);
    return count;
}

enum error_code work_desk_drawing(struct work *w, int64_t person, int64_t dossier, struct buf *out, struct error *err)
{
    enum { MOST = 200 };
    struct look l;
    struct bpmn_draw_token tokens[MOST];
    uint32_t done[MOST];
    const struct work_request rq = { .act = WORK_SET, .actor = person, .dossier = dossier };
    bool runs = look_begin(&l, w, &rq, err);
    bool may = l.plan.view != NULL && l.plan.d.id != 0 &&
               work_may_see(w, l.plan.view, person, work__now(w), &l.plan.d, NULL);
    const struct bpmn_model *m = may && l.plan.scheme != NULL ? scheme_model(l.plan.scheme, l.plan.d.process)
                                                             : NULL;
    enum error_code code = OK;
    if (m == NULL) {
        code = none(err, dossier);
    } else {
        struct bpmn_draw_options options = { .lang = l.job.lang, .tokens = tokens, .visited_elements = done };
        options.diagram = bpmn_diagram_of(m, bpmn_find(m, l.plan.d.process));
        options.diagram = options.diagram == BPMN_NONE ? 0 : options.diagram;
        options.token_count = runs ? tokens_of(&l.plan.state, tokens, MOST) : 0;
        options.visited_element_count = visited(&l, m, done, MOST);
        code = bpmn_draw(m, &options, out, err);
    }
    look_end(&l);
    return code;
}
