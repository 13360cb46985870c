/* answer: what people say by a form, at the start of a dossier and at its tasks: checked and typed before anything
 * follows from it, and what is personal in it sealed before anything is written.
 *
 * What becomes of the values: those of a start are the variable `declared`; a task that corrects sets it anew; one that
 * verifies adds to `verified`; others give their values to the step, whose output mappings take what they want.
 */
#include "work/work_int.h"

#include "base/limit.h"
#include "form/form.h"
#include "record/file.h"
#include "record/party.h"

/* ---- Sealing ---- */

struct sealing {
    struct work__plan *p;
    const struct form *form;
    struct record_plan plan;
    str owner;
};

static bool is_personal(const struct sealing *s, str path)
{
    const struct form_component *c = form_find(s->form, path);
    return c != NULL && (c->traits & FORM_CONTAINER) == 0 && (c->class == FORM_PERSONAL || c->class == FORM_SEALED);
}

static enum error_code seal(struct sealing *s, str path, feel_value v, feel_value *ret);

static enum error_code seal_items(struct sealing *s, str path, feel_value v, feel_value *items)
{
    enum error_code code = OK;
    for (uint32_t i = 0; i < v.count && code == OK; i++) {
        code = seal(s, arena_printf(&s->p->turn, "%.*s[%u]", STR_ARG(path), i + 1), v.items[i], &items[i]);
    }
    return code;
}

static enum error_code seal_entries(struct sealing *s, str path, feel_value v, feel_value *values)
{
    enum error_code code = OK;
    for (uint32_t i = 0; i < v.count && code == OK; i++) {
        str name = v.shape->names[i];
        str below = path.len == 0 ? name : arena_printf(&s->p->turn, "%.*s.%.*s", STR_ARG(path), STR_ARG(name));
        code = seal(s, below, v.values[i], &values[i]);
    }
    return code;
}

/* A copy of the value, in which what stands at a personal path is a commitment. */
static enum error_code seal(struct sealing *s, str path, feel_value v, feel_value *ret)
{
    struct arena *a = &s->p->scratch;
    enum error_code code = OK;
    if (path.len > 0 && is_personal(s, path)) {
        return record_seal(&s->plan, s->owner, v, ret, s->p->err);
    }
    if (v.kind != FEEL_LIST && v.kind != FEEL_CONTEXT) {
        *ret = feel_copy(a, v);
        return OK;
    }
    feel_value *parts = ARENA_ARRAY(a, feel_value, v.count);
    if (v.kind == FEEL_LIST) {
        code = seal_items(s, path, v, parts);
        *ret = feel_list(parts, v.count);
    } else {
        code = seal_entries(s, path, v, parts);
        *ret = feel_context(feel_shape_new(a, v.shape->names, v.count), parts);
    }
    return code;
}

/* Verified values stand under their whole paths, each with note and evidence: {path: {value, note, evidence}}. */
static enum error_code seal_verified(struct sealing *s, feel_value v, feel_value *ret)
{
    struct arena *a = &s->p->scratch;
    enum error_code code = OK;
    feel_value all = feel_copy(a, v);
    feel_value *entries = ARENA_ARRAY(a, feel_value, all.count);
    for (uint32_t i = 0; i < all.count && code == OK; i++) {
        feel_value value;
        entries[i] = all.values[i];
        if (is_personal(s, all.shape->names[i]) && feel_context_get(entries[i], STR("value"), &value)) {
            str names[] = { STR("value") };
            feel_value *sealed = ARENA_ARRAY(a, feel_value, 1);
            code = record_seal(&s->plan, s->owner, value, sealed, s->p->err);
            entries[i] = scheme_merged(a, entries[i], feel_context(feel_shape_new(a, names, 1), sealed));
        }
    }
    *ret = feel_context(all.shape, entries);
    return code;
}

static enum error_code seal_values(struct work__plan *p, const struct form *f, enum form_mode mode, feel_value values,
                                   feel_value *ret)
{
    struct sealing s = { .p = p, .form = f,
                         .plan = { .record = p->w->record, .view = p->view, .change = p->change, .arena = &p->scratch,
                                   .actor = p->rq->actor, .now = p->now },
                         .owner = p->d.subject };
    if (s.owner.len == 0) {
        s.owner = arena_printf(&p->scratch, "dossier:%lld", (long long)p->d.id);
    }
    enum error_code code = mode == FORM_VERIFY && values.kind == FEEL_CONTEXT ? seal_verified(&s, values, ret)
                                                                              : seal(&s, STR(""), values, ret);
    if (code == OK) { /* what is not sealed the office keeps */
        record_files_keep(p->change, *ret, STR(""));
    }
    return code;
}

/* ---- Problems ---- */

static void add_problem(const struct form_problem *q, struct buf *out)
{
    buf_printf(out, "%s%.*s: %.*s", out->len > 0 ? "; " : "", STR_ARG(q->path), STR_ARG(q->text));
    if (q->value.len > 0) {
        buf_printf(out, " (%.*s)", STR_ARG(q->value));
    }
    if (q->remedy.len > 0) {
        buf_printf(out, " → %.*s", STR_ARG(q->remedy));
    }
}

/* All that is wrong, as far as the error has room; a page checks the form by itself and shows each at its field. */
static enum error_code tell(struct work__plan *p, const struct form_problem *problems, uint32_t count)
{
    struct buf all = BUF_INIT(LIMIT_JSON_BYTES);
    uint32_t errors = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (problems[i].level == FORM_ERROR) {
            errors++;
            add_problem(&problems[i], &all);
        }
    }
    if (errors > 0) {
        error_set(p->err, ERROR_INVALID, "the form has answers that cannot stand: %u", errors);
        error_detail(p->err, "%.*s", STR_ARG(buf_str(&all)));
        error_hint(p->err, "correct these answers and send the form again; nothing was changed");
    }
    buf_release(&all);
    return errors > 0 ? ERROR_INVALID : OK;
}

/* ---- Checks across the fields ---- */

enum error_code work__ask(struct work__plan *p, str decision, feel_value variables, feel_value *ret)
{
    uint32_t node;
    feel_value inputs, used;
    const struct dmn_model *m = scheme_find_decision(p->scheme, decision, &node);
    if (m == NULL) {
        return error_set(p->err, ERROR_MISSING, "the scheme has no decision \"%.*s\"", STR_ARG(decision));
    }
    feel_eval_reset(p->rules);
    enum error_code code = work__inputs(p, m, node, variables, &inputs, &used, p->err);
    if (code == OK) {
        *ret = feel_copy(&p->turn, dmn_evaluate(m, p->rules, node, inputs, DMN_TEXT_DATES));
        code = feel_eval_limit(p->rules, p->err);
    }
    return code;
}

enum error_code work__check_across(struct work__plan *p, const struct form *f, str decision, feel_value variables,
                                   const struct form_problem **problems, uint32_t *count)
{
    feel_value found;
    enum error_code code = work__ask(p, decision, variables, &found);
    if (code != OK) {
        return code;
    }
    feel_value list = feel_member(found, "problems");
    if (!form_merge_problems(f, list.kind == FEEL_LIST ? list : found, &p->turn, problems, count)) {
        error_set(p->err, ERROR_INVALID, "the decision \"%.*s\" does not give a list of problems", STR_ARG(decision));
        error_hint(p->err, "its result must be a list of contexts with path, level and text");
        return ERROR_INVALID;
    }
    return OK;
}

/* ---- A form ---- */

static feel_value one_member(struct arena *a, const char *name, feel_value v)
{
    str names[] = { str_of(name) };
    feel_value *values = ARENA_ARRAY(a, feel_value, 1);
    values[0] = v;
    return feel_context(feel_shape_new(a, names, 1), values);
}

/* What the values become for the process. */
static feel_value become(struct work__plan *p, const struct work__sheet *s, feel_value values)
{
    struct arena *a = &p->scratch;
    switch (s->mode) {
    case FORM_CORRECT: return one_member(a, "declared", values);
    case FORM_VERIFY:
        return one_member(a, "verified",
                          scheme_merged(a, feel_copy(a, feel_member(s->variables, "verified")), values));
    default: return values;
    }
}

/* The paths that a correction may change: those that were questioned; all when nobody has said. */
static uint32_t open_paths(struct work__plan *p, feel_value variables, const str **ret)
{
    feel_value open = feel_member(variables, "open");
    uint32_t count = open.kind == FEEL_LIST ? open.count : 0;
    str *paths = ARENA_ARRAY(&p->turn, str, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        feel_value q = open.items[i];
        paths[i] = q.kind == FEEL_STRING ? feel_str(q) : feel_text_member(q, "path");
    }
    *ret = paths;
    return open.kind == FEEL_LIST ? count : 1; /* the empty path opens all */
}

/* What the form's expressions read beside its fields, and what a correction may change. */
enum error_code work__sheet_request(struct work__plan *p, const struct work__sheet *s, struct form_request *ret)
{
    uint32_t names = form_variable_count(s->form);
    str *wanted = ARENA_ARRAY(&p->turn, str, names);
    feel_value variables, used;
    for (uint32_t i = 0; i < names; i++) {
        wanted[i] = form_variable(s->form, i);
    }
    enum error_code code = work__names(p, wanted, names, s->variables, &variables, &used, p->err);
    if (code == OK) {
        *ret = (struct form_request){ .mode = s->mode, .draft = s->draft, .answers = p->with, .variables = variables,
                                      .declared = feel_member(s->variables, "declared") };
    }
    if (code == OK && s->mode == FORM_CORRECT) { /* what stays is checked as a value, not as a commitment */
        ret->open_count = open_paths(p, s->variables, &ret->open);
        code = work__unsealed(p->w, p->view, &p->turn, ret->declared, &ret->declared, p->err);
    }
    return code;
}

feel_value work__asked(struct work__plan *p, const struct work__sheet *s, feel_value values)
{
    return scheme_merged(&p->turn, s->variables, one_member(&p->turn, s->own ? "answers" : "declared", values));
}

enum error_code work__sheet_check(struct work__plan *p, const struct work__sheet *s, const struct form_request *rq,
                                  feel_value *ret, const struct form_problem **problems, uint32_t *count)
{
    enum error_code code = form_check(s->form, p->rules, rq, p->err->lang, &p->turn, ret, problems, count, p->err);
    if (!s->draft && code == OK && s->checks.len > 0 && !form_has_error(*problems, *count)) {
        feel_value then = work__asked(p, s, *ret);
        *ret = feel_copy(&p->turn, *ret);
        code = work__check_across(p, s->form, s->checks, then, problems, count);
    }
    return code;
}

static enum error_code fill(struct work__plan *p, const struct work__sheet *s, feel_value *ret)
{
    const struct form_problem *problems;
    uint32_t count;
    feel_value values;
    struct form_request rq;
    enum error_code code = work__sheet_request(p, s, &rq);
    code = code == OK ? work__sheet_check(p, s, &rq, &values, &problems, &count) : code;
    if (s->draft) {
        *ret = values;
        return code;
    }
    code = code == OK ? tell(p, problems, count) : code;
    return code == OK ? seal_values(p, s->form, s->mode, values, ret) : code;
}

/* ---- Where forms are ---- */

static enum form_mode mode_of(const struct scheme_task *t)
{
    static const enum form_mode modes[] = { [SCHEME_FILL] = FORM_FILL, [SCHEME_VERIFY] = FORM_VERIFY,
                                            [SCHEME_CORRECT] = FORM_CORRECT, [SCHEME_SCORE] = FORM_SCORE };
    return t == NULL ? FORM_FILL : modes[t->mode];
}

static const struct form *form_of(struct work__plan *p, const struct work__task *task, enum form_mode *ret_mode)
{
    const struct scheme_task *t = p->procedure == NULL ? NULL : scheme_task(p->procedure, task->element);
    *ret_mode = mode_of(t);
    return form_in(scheme_form(p->scheme, t != NULL && t->form.len > 0 ? t->form : task->form), p->err->lang);
}

void work__sheet_of(struct work__plan *p, const struct work__task *task, feel_value variables, struct work__sheet *ret)
{
    struct bpmn_wait wait;
    *ret = (struct work__sheet){ .mode = FORM_FILL, .variables = variables };
    if (task == NULL) {
        ret->form = p->procedure == NULL ? NULL
                                         : form_in(scheme_form(p->scheme, p->procedure->start_form), p->err->lang);
        ret->checks = p->procedure == NULL ? STR("") : p->procedure->checks;
    } else if (bpmn_find_wait(&p->state, p->rq->wait, &wait)) {
        ret->form = form_of(p, task, &ret->mode);
        ret->variables = bpmn_visible(&p->state, wait.item, &p->turn);
        const struct scheme_task *said = p->procedure == NULL ? NULL : scheme_task(p->procedure, task->element);
        bool correct = ret->mode == FORM_CORRECT;
        ret->checks = correct ? p->procedure->checks : said != NULL ? said->checks : STR("");
        ret->own = !correct;
    }
}

enum error_code work__answer_start(struct work__plan *p, feel_value variables)
{
    struct work__sheet s;
    feel_value values;
    work__sheet_of(p, NULL, variables, &s);
    if (s.form == NULL) {
        record_files_keep(p->change, p->with, STR(""));
        return OK;
    }
    enum error_code code = fill(p, &s, &values);
    if (code == OK) {
        p->with = one_member(&p->scratch, "declared", values);
    }
    return code;
}

enum error_code work__answer_task(struct work__plan *p, const struct work__task *task)
{
    struct work__sheet s;
    feel_value values;
    work__sheet_of(p, task, feel_null(), &s);
    if (s.form == NULL) {
        record_files_keep(p->change, p->with, STR(""));
        return OK;
    }
    enum error_code code = fill(p, &s, &values);
    if (code == OK) {
        p->with = become(p, &s, values);
    }
    return code;
}

enum error_code work__answer_draft(struct work__plan *p, const struct work__task *task, feel_value variables,
                                   feel_value *ret)
{
    struct work__sheet s;
    work__sheet_of(p, task, variables, &s);
    s.draft = true;
    *ret = p->with;
    return s.form == NULL ? OK : fill(p, &s, ret);
}
