/* page_office_answered: what earlier steps of a dossier answered, and why it came back: whoever goes on with it reads
 * what the one before found. What is answered at a step that is open now is left out: those who score blindly do not
 * see each other. */
#include "web/office.h"

#include "base/limit.h"

/* The task of a wait among the dossier's, or null. */
static feel_value task_of(struct web__call *c, feel_value tasks, int64_t wait)
{
    for (uint32_t i = 0; tasks.kind == FEEL_LIST && i < tasks.count; i++) {
        str id = feel_text_member(tasks.items[i], "task");
        const char *dot = memchr(id.ptr, '.', id.len);
        str number = arena_printf(c->arena, "%lld", (long long)wait);
        if (dot != NULL && str_eq(str_slice(id, (size_t)(dot - id.ptr) + 1, id.len), number)) {
            return tasks.items[i];
        }
    }
    return feel_null();
}

static bool is_open(feel_value tasks, str element)
{
    for (uint32_t i = 0; tasks.kind == FEEL_LIST && i < tasks.count; i++) {
        if (str_eq(feel_text_member(tasks.items[i], "element"), element) &&
            str_eq(feel_text_member(tasks.items[i], "status"), STR("open"))) {
            return true;
        }
    }
    return false;
}

/* What the forms call a value; of several ticks each. */
static str called(struct web__call *c, const struct scheme *s, feel_value value)
{
    if (value.kind == FEEL_STRING) {
        return web__choice_called(s, feel_str(value), c->lang);
    }
    if (value.kind != FEEL_LIST || value.count == 0 || value.items[0].kind != FEEL_STRING) {
        return web__shown(c, value);
    }
    feel_value *names = ARENA_ARRAY(c->arena, feel_value, value.count);
    for (uint32_t i = 0; i < value.count; i++) {
        names[i] = value.items[i].kind != FEEL_STRING
                       ? value.items[i]
                       : feel_string(web__choice_called(s, feel_str(value.items[i]), c->lang));
    }
    return web__shown(c, feel_list(names, value.count));
}

/* What the form calls a field, and what it calls the value. */
static void put_answer(struct web__call *c, const struct scheme *s, const struct form *f, str path, feel_value value,
                       struct node *list)
{
    const struct form_component *field = f == NULL ? NULL : form_find(f, path);
    if (field == NULL || value.kind == FEEL_NULL || value.kind == FEEL_CONTEXT) {
        return;
    }
    str text = called(c, s, value);
    if (text.len > 0) {
        struct node *n = node_add_object(list);
        node_put_text(n, "label", form_title(field));
        node_put_text(n, "text", text);
    }
}

/* The answers of a form; those of a group one level down, as forms have them. */
static void put_answers(struct web__call *c, const struct scheme *s, const struct form *f, feel_value with,
                        struct node *list)
{
    for (uint32_t i = 0; with.kind == FEEL_CONTEXT && i < with.count; i++) {
        str name = with.shape->names[i];
        feel_value v = with.values[i];
        put_answer(c, s, f, name, v, list);
        for (uint32_t k = 0; v.kind == FEEL_CONTEXT && k < v.count; k++) {
            put_answer(c, s, f, arena_printf(c->arena, "%.*s.%.*s", STR_ARG(name), STR_ARG(v.shape->names[k])),
                       v.values[k], list);
        }
    }
}

/* The form of a task: the model says it, or the manifest. */
static const struct form *form_of(const struct web__call *c, const struct scheme *s, feel_value dossier,
                                  feel_value task)
{
    const struct scheme_process *p = scheme_process(s, feel_text_member(dossier, "process"));
    const struct scheme_task *said = p == NULL ? NULL : scheme_task(p, feel_text_member(task, "element"));
    str name = feel_text_member(task, "form");
    return form_in(scheme_form(s, name.len > 0 || said == NULL ? name : said->form), c->lang);
}

/* A step that somebody completed. */
static void put_step(struct web__call *c, struct store_view *v, const struct scheme *s, feel_value dossier,
                     feel_value row, struct node *list)
{
    feel_value tasks = feel_member(dossier, "tasks");
    feel_value detail = feel_member(row, "detail"), task = task_of(c, tasks, feel_whole_member(detail, "wait"));
    if (task.kind == FEEL_NULL || is_open(tasks, feel_text_member(task, "element"))) {
        return;
    }
    struct node *n = node_add_object(list);
    node_put_text(n, "step", work_task_called(s, feel_text_member(task, "name"), c->lang, c->arena));
    node_put_text(n, "by", work_name_of_person(v, c->arena, feel_whole_member(row, "actor")));
    node_put_text(n, "on", str_slice(feel_text_member(row, "at"), 0, 10));
    put_answers(c, s, form_of(c, s, dossier, task), feel_member(detail, "with"), node_put_list(n, "answers"));
}

/* Why it came back, as one answer that stands open. */
static void put_told(struct web__call *c, feel_value row, const char *step, str by, str reason, struct node *list)
{
    struct node *n = node_add_object(list);
    node_put_text(n, "step", str_of(lang_text(c->lang, step)));
    node_put_text(n, "by", by);
    node_put_text(n, "on", str_slice(feel_text_member(row, "at"), 0, 10));
    struct node *answer = node_add_object(node_put_list(n, "answers"));
    node_put_text(answer, "label", str_of(lang_text(c->lang, "Reason")));
    node_put_text(answer, "text", reason);
    node_put_true(n, "told", true);
}

/* Somebody sent it back, or did not sign. */
static void put_returned(struct web__call *c, struct store_view *v, feel_value row, struct node *list)
{
    feel_value detail = feel_member(row, "detail"), agree = feel_member(feel_member(detail, "with"), "agree");
    bool signature = agree.kind == FEEL_BOOLEAN;
    str reason = signature ? feel_text_member(feel_member(detail, "with"), "note") : feel_text_member(detail, "text");
    if (reason.len > 0 && (!signature || !agree.boolean)) {
        put_told(c, row, signature ? "Did not agree" : "Sent back",
                 work_name_of_person(v, c->arena, feel_whole_member(row, "actor")), reason, list);
    }
}

/* An answer of another office that says why. */
static void put_reason(struct web__call *c, feel_value row, struct node *list)
{
    feel_value with = feel_member(feel_member(row, "detail"), "with");
    str reason = feel_text_member(with, "reason");
    if (reason.len > 0) {
        put_told(c, row, "Answer of another office", feel_text_member(with, "authority"), reason, list);
    }
}

void web__put_answered(struct web__call *c, struct store_view *v, const struct scheme *s, feel_value dossier)
{
    struct node *list = node_put_list(c->model, "answered");
    feel_value rows = feel_member(dossier, "history");
    for (uint32_t i = rows.kind == FEEL_LIST ? rows.count : 0; s != NULL && i > 0; i--) {
        str act = feel_text_member(rows.items[i - 1], "act");
        if (str_eq(act, STR("complete"))) {
            put_returned(c, v, rows.items[i - 1], list);
            put_step(c, v, s, dossier, rows.items[i - 1], list);
        } else if (str_eq(act, STR("return"))) {
            put_returned(c, v, rows.items[i - 1], list);
        } else if (str_eq(act, STR("message"))) {
            put_reason(c, rows.items[i - 1], list);
        }
    }
}
