/* question: 一次性告知. Where the manifest says so, whoever completes a task marks what is to be corrected in the
 * declaration, all at once: the member "open" of the answers, a list of {path, text, label} or of paths alone. It
 * becomes the variable `open`, which says what a correction may change, what the applicant reads beside it, and what
 * the notice lists. An item without a text belongs to the one before it: a section that is opened as a whole has its
 * words once.
 */
#include "work/work_int.h"

#include "base/limit.h"

static const struct scheme_task *asks(struct work__plan *p, const struct work__task *task)
{
    const struct scheme_task *said = task == NULL ? NULL : work__task_said(p, task->element);
    return said != NULL && said->questions_when.len > 0 ? said : NULL;
}

static feel_value one(struct work__plan *p, const char *name, feel_value v)
{
    str names[] = { str_of(name) };
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, 1);
    values[0] = v;
    return feel_context(feel_shape_new(&p->scratch, names, 1), values);
}

void work__questions_take(struct work__plan *p, const struct work__task *task)
{
    p->questions = feel_null();
    if (asks(p, task) != NULL && p->with.kind == FEEL_CONTEXT &&
        feel_context_get(p->with, STR("open"), &p->questions)) {
        p->with = work__without(p, p->with, STR("open"));
    }
}

/* ---- What may be asked ---- */

/* The component that a path leads to: a field, or a group or list that has one. */
static const struct form_component *find(const struct form *f, str path)
{
    const struct form_component *c = f == NULL ? NULL : form_find(f, path);
    for (uint32_t i = 0; c == NULL && f != NULL && i < form_count(f); i++) {
        const struct form_component *one_of = form_component(f, i);
        c = str_eq(one_of->pattern, path) || str_eq(one_of->key, path) ? one_of : NULL;
    }
    return c;
}

/* What it is called, when the page has not said; a label that is computed says nothing here. */
static str label_of(struct work__plan *p, const struct form *f, const struct form_component *c)
{
    str label = c->label.len > 0 && c->label.ptr[0] != '=' ? c->label : c->key;
    str above = c->parent == FORM_NONE ? STR("") : form_component(f, (uint32_t)c->parent)->label;
    bool both = above.len > 0 && above.ptr[0] != '=';
    return both ? arena_printf(&p->scratch, "%.*s：%.*s", STR_ARG(above), STR_ARG(label)) : label;
}

static enum error_code take_one(struct work__plan *p, const struct form *f, feel_value q, bool first, feel_value *ret)
{
    str path = q.kind == FEEL_STRING ? feel_str(q) : feel_text_member(q, "path");
    str text = str_trim(feel_text_member(q, "text")), label = feel_text_member(q, "label");
    const struct form_component *c = find(f, path);
    if (path.len == 0 || c == NULL) {
        return error_set(p->err, ERROR_INVALID, "the declaration has no field \"%.*s\" that could be questioned",
                         STR_ARG(path));
    }
    if (first && text.len == 0 && q.kind != FEEL_STRING) {
        error_set(p->err, ERROR_INVALID, "say what is to be corrected in \"%.*s\"", STR_ARG(label_of(p, f, c)));
        return ERROR_INVALID;
    }
    str names[] = { STR("path"), STR("text"), STR("label") };
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, 3);
    values[0] = feel_string(path);
    values[1] = feel_string(text);
    values[2] = feel_string(label.len > 0 ? label : label_of(p, f, c));
    *ret = feel_context(feel_shape_new(&p->scratch, names, 3), values);
    return OK;
}

static enum error_code take_all(struct work__plan *p, feel_value *ret)
{
    const struct form *f = p->procedure == NULL ? NULL : scheme_form(p->scheme, p->procedure->start_form);
    uint32_t count = p->questions.kind == FEEL_LIST ? p->questions.count : 0;
    feel_value *items = ARENA_ARRAY(&p->scratch, feel_value, count);
    enum error_code code = OK;
    for (uint32_t i = 0; i < count && code == OK; i++) {
        code = take_one(p, f, p->questions.items[i], i == 0, &items[i]);
    }
    *ret = feel_copy(&p->scratch, feel_list(items, count));
    return code;
}

/* Are questions asked by these answers? */
static enum error_code are_asked(struct work__plan *p, const struct scheme_task *said, bool *ret)
{
    struct bpmn_wait w;
    feel_value yes, all = bpmn_find_wait(&p->state, p->rq->wait, &w) ? bpmn_visible(&p->state, w.item, &p->turn)
                                                                     : feel_null();
    all = p->with.kind == FEEL_CONTEXT ? scheme_merged(&p->turn, all, p->with) : all;
    enum error_code code = work__evaluate(p, said->questions_when, all, &yes, p->err);
    *ret = code == OK && feel_is_true(yes);
    return code;
}

enum error_code work__questions_put(struct work__plan *p, const struct work__task *task)
{
    const struct scheme_task *said = asks(p, task);
    feel_value open = feel_null();
    bool asked = false;
    if (said == NULL) {
        return OK;
    }
    bool some = p->questions.kind == FEEL_LIST && p->questions.count > 0;
    enum error_code code = are_asked(p, said, &asked);
    if (code == OK && asked && !some) {
        error_set(p->err, ERROR_INVALID, "mark what is to be corrected");
        error_hint(p->err, "all of it at once: it is told to the applicant one time");
        return ERROR_INVALID;
    }
    if (code == OK && !asked && some) {
        error_set(p->err, ERROR_INVALID, "something is marked to be corrected, and the answer does not ask for it");
        error_hint(p->err, "take the marks away, or ask for the correction");
        return ERROR_INVALID;
    }
    code = code == OK && asked ? take_all(p, &open) : code;
    if (code == OK) {
        p->with = scheme_merged(&p->scratch, p->with, one(p, "open", open));
    }
    return code;
}

feel_value work__questions_keep(struct work__plan *p, const struct work__task *task, feel_value answers)
{
    bool kept = asks(p, task) != NULL && p->questions.kind == FEEL_LIST && answers.kind == FEEL_CONTEXT;
    return kept ? scheme_merged(&p->scratch, answers, one(p, "open", p->questions)) : answers;
}
