/* page_office_task: a task of an officer: its form in its mode, beside it what it rests on; and what he does to it. */
#include "web/admin.h"
#include "web/desk_int.h"
#include "web/files.h"
#include "web/office.h"

#include "base/limit.h"

enum { PERSONS = 200, FIELDS = 2000 };

/* ---- Values out of fields ---- */

static feel_value context_of(struct arena *a, const str *names, const feel_value *values, uint32_t count)
{
    return feel_context(feel_shape_new(a, names, count), values);
}

static feel_value with_member(struct arena *a, feel_value v, const char *name, feel_value member)
{
    uint32_t count = v.kind == FEEL_CONTEXT ? v.count : 0;
    str *names = ARENA_ARRAY(a, str, count + 1);
    feel_value *values = ARENA_ARRAY(a, feel_value, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = v.shape->names[i];
        values[i] = v.values[i];
    }
    names[count] = str_of(name);
    values[count] = member;
    return context_of(a, names, values, count + 1);
}

static str json_of(struct arena *a, feel_value v)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    feel_json_write(v, false, &out);
    str text = arena_str(a, buf_str(&out));
    buf_release(&out);
    return text;
}

const str *web__marked(struct web__call *c, char mark, str path)
{
    size_t count;
    const struct http_pair *fields = http_fields(c->r, &count);
    for (size_t i = 0; i < count; i++) {
        str name = fields[i].name;
        if (name.len == path.len + 2 && name.ptr[0] == '-' && name.ptr[1] == mark &&
            memcmp(name.ptr + 2, path.ptr, path.len) == 0) {
            return &fields[i].value;
        }
    }
    return NULL;
}

/* ---- Verifying ---- */

/* A few of the declared fields are verified, each with a value and a note. In HTML "-VPATH" says how ("same",
 * "differs", nothing), "-WPATH" is the value found, "-NPATH" the note. */
struct verifying {
    struct web__call *call;
    const struct work_desk_task *task;
    const struct form_view *views;
    uint32_t view_count;
    const struct form_problem *problems;
    uint32_t problem_count;
    feel_value found; /* {path: {value, note}} */
};

static bool is_verifiable(const struct form *f, const struct form_view *v)
{
    const struct form_component *c = form_component(f, v->component);
    return (c->traits & FORM_KEYED) != 0 && (c->traits & (FORM_CONTAINER | FORM_LIST)) == 0 &&
           c->type != FORM_TYPE_EXPRESSION && c->type != FORM_TYPE_FILEPICKER && v->value.kind != FEEL_NULL;
}

static feel_value verdict_of(struct web__call *c, const struct form_view *v, bool *ret_any)
{
    const str *how = web__marked(c, 'V', v->path), *value = web__marked(c, 'W', v->path),
              *note = web__marked(c, 'N', v->path);
    bool same = how != NULL && str_eq(*how, STR("same"));
    bool differs = how != NULL ? str_eq(*how, STR("differs")) : value != NULL && value->len > 0;
    static const char *const members[] = { "value", "note" };
    str *names = ARENA_ARRAY(c->arena, str, 2);
    feel_value *values = ARENA_ARRAY(c->arena, feel_value, 2);
    uint32_t count = 0;
    if (same || differs) {
        names[count] = str_of(members[0]);
        values[count++] = same || value == NULL ? v->value : feel_string(*value);
    }
    if (note != NULL && note->len > 0) {
        names[count] = str_of(members[1]);
        values[count++] = feel_string(*note);
    }
    *ret_any = count > 0;
    return context_of(c->arena, names, values, count);
}

static feel_value found_values(struct verifying *g)
{
    struct arena *a = g->call->arena;
    str *names = ARENA_ARRAY(a, str, g->view_count);
    feel_value *values = ARENA_ARRAY(a, feel_value, g->view_count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->view_count; i++) {
        bool any = false;
        if (is_verifiable(g->task->form, &g->views[i])) {
            names[count] = g->views[i].path;
            values[count] = verdict_of(g->call, &g->views[i], &any);
            count += any;
        }
    }
    return context_of(a, names, values, count);
}

static void put_choices(struct node *n, struct arena *a, feel_value options, str chosen)
{
    if (options.kind != FEEL_LIST || options.count == 0) {
        return;
    }
    struct node *list = node_put_list(n, "choices");
    for (uint32_t i = 0; i < options.count; i++) {
        struct node *o = node_add_object(list);
        str value = publish_shown(a, feel_member(options.items[i], "value"));
        node_put_text(o, "value", value);
        node_put_text(o, "label", publish_shown(a, feel_member(options.items[i], "label")));
        node_put_true(o, "chosen", str_eq(value, chosen));
    }
}

/* What an option is called; a value that is none of them as it is. */
static str label_of(struct arena *a, feel_value options, feel_value value)
{
    str text = publish_shown(a, value);
    for (uint32_t i = 0; options.kind == FEEL_LIST && i < options.count; i++) {
        if (str_eq(publish_shown(a, feel_member(options.items[i], "value")), text)) {
            return publish_shown(a, feel_member(options.items[i], "label"));
        }
    }
    return text;
}

str web__view_shown(struct arena *a, const struct form_view *v)
{
    if (v->value.kind == FEEL_BOOLEAN) {
        return v->value.boolean ? STR("✓") : STR("—");
    }
    if (v->value.kind != FEEL_LIST) {
        return label_of(a, v->options, v->value);
    }
    struct buf out = BUF_INIT(1 << 16);
    for (uint32_t i = 0; i < v->value.count; i++) {
        feel_value one = v->value.items[i];
        str text = one.kind == FEEL_CONTEXT ? feel_text_member(one, "name") : label_of(a, v->options, one);
        buf_printf(&out, "%s%.*s", i == 0 ? "" : "；", STR_ARG(text));
    }
    str text = arena_str(a, buf_str(&out));
    buf_release(&out);
    return text;
}

/* "合同份数" alone says little in a row of a list: the labels of what it stands in come before it. */
str web__whole_label(struct arena *a, const struct form *f, const struct form_view *v)
{
    str label = publish_shown(a, v->attributes[FORM_LABEL]);
    const struct form_component *c = form_component(f, v->component);
    if (v->row > 0 && c->parent != FORM_NONE) {
        str above = form_component(f, (uint32_t)c->parent)->label;
        return arena_printf(a, "%.*s %u %.*s", STR_ARG(above), v->row, STR_ARG(label));
    }
    return label;
}

static str label_above(const struct form *f, const struct form_component *c)
{
    return c->parent == FORM_NONE ? STR("") : form_component(f, (uint32_t)c->parent)->label;
}

static void put_verdict(struct verifying *g, struct node *list, const struct form_view *v, uint32_t number)
{
    struct arena *a = g->call->arena;
    struct node *n = node_add_object(list);
    feel_value found = feel_null(), value = feel_null();
    bool known = feel_context_get(g->found, v->path, &found) && feel_context_get(found, STR("value"), &value);
    bool same = known && str_eq(publish_shown(a, value), publish_shown(a, v->value));
    node_put_int(n, "number", number);
    node_put_text(n, "path", v->path);
    node_put_text(n, "label", web__whole_label(a, g->task->form, v));
    node_put_text(n, "declared", web__view_shown(a, v));
    node_put_true(n, "same", same);
    node_put_true(n, "differs", known && !same);
    node_put_text(n, "value", known && !same ? publish_shown(a, value) : STR(""));
    node_put_text(n, "note", feel_text_member(found, "note"));
    put_choices(n, a, v->options, publish_shown(a, value));
    for (uint32_t i = 0; i < g->problem_count; i++) {
        if (g->problems[i].level == FORM_ERROR && str_eq(g->problems[i].path, v->path)) {
            node_put_text(n, "error", g->problems[i].text);
        }
    }
}

static void put_verdicts(struct verifying *g)
{
    struct node *groups = node_put_list(g->call->model, "verify"), *rows = NULL;
    int32_t group = FORM_NONE - 1;
    uint32_t number = 0;
    for (uint32_t i = 0; i < g->view_count; i++) {
        const struct form_view *v = &g->views[i];
        const struct form_component *c = form_component(g->task->form, v->component);
        if (!is_verifiable(g->task->form, v) || c->label.len == 0) {
            continue;
        }
        if (rows == NULL || c->parent != group) {
            struct node *n = node_add_object(groups);
            node_put_text(n, "title", label_above(g->task->form, c));
            feel_value found = feel_null();
            group = c->parent;
            node_put_true(n, "open", number == 0 || feel_context_get(g->found, v->path, &found));
            rows = node_put_list(n, "rows");
        }
        put_verdict(g, rows, v, ++number);
    }
    for (struct node *n = groups->first; n != NULL; n = n->next) {
        node_put_int(n, "count", node_member(n, STR("rows"))->count);
    }
}

void web__put_declared(struct web__call *c, struct store_view *v, const struct form *f, const struct form_view *views,
                       uint32_t count, feel_value verified)
{
    struct node *groups = node_put_list(c->model, "declared"), *rows = NULL;
    int32_t group = FORM_NONE - 1;
    for (uint32_t i = 0; i < count; i++) {
        const struct form_component *one = form_component(f, views[i].component);
        feel_value found = feel_null(), value = feel_null();
        if ((one->traits & FORM_KEYED) == 0 || (one->traits & (FORM_CONTAINER | FORM_LIST)) != 0 ||
            one->label.len == 0 || views[i].value.kind == FEEL_NULL) {
            continue;
        }
        if (rows == NULL || one->parent != group) {
            struct node *n = node_add_object(groups);
            node_put_text(n, "title", label_above(f, one));
            rows = node_put_list(n, "rows");
            group = one->parent;
        }
        struct node *n = node_add_object(rows);
        node_put_text(n, "label", web__whole_label(c->arena, f, &views[i]));
        if (one->type == FORM_TYPE_FILEPICKER) {
            web__put_files(c, v, n, views[i].value);
        } else {
            node_put_text(n, "declared", web__view_shown(c->arena, &views[i]));
        }
        if (feel_context_get(verified, views[i].path, &found)) {
            struct form_view shown = views[i];
            bool some = feel_context_get(found, STR("value"), &value);
            shown.value = value;
            node_put_text(n, "verified", some ? web__view_shown(c->arena, &shown) : STR(""));
            node_put_text(n, "note", feel_text_member(found, "note"));
            node_put_true(n, "changed", some && !str_eq(publish_shown(c->arena, value),
                                                        publish_shown(c->arena, views[i].value)));
        }
    }
}

/* ---- The form of a task ---- */

static struct form_request request_of(const struct work_desk_task *t, feel_value answers, bool draft)
{
    return (struct form_request){ .mode = t->mode, .draft = draft, .answers = answers, .variables = t->names,
                                  .declared = feel_member(t->variables, "declared"), .open = t->open,
                                  .open_count = t->open_count };
}

static void put_problem_list(struct web__call *c, const struct form_problem *problems, uint32_t count)
{
    struct node *list = web__problem_list(c);
    for (uint32_t i = 0; i < count; i++) {
        if (problems[i].level == FORM_ERROR) {
            struct node *n = node_add_object(list);
            node_put_text(n, "text", problems[i].text);
            node_put_text(n, "link", STR("#main"));
        }
    }
}

static enum error_code verify_form(struct web__call *c, const struct work_desk_task *t, struct feel_eval *ev,
                                   bool first, str *ret_with, struct error *err)
{
    struct verifying g = { .call = c, .task = t, .found = first ? t->draft : feel_null() };
    struct form_request rq = request_of(t, feel_null(), true);
    feel_value checked;
    enum error_code code = form_draw(t->form, ev, &rq, c->arena, &g.views, &g.view_count, err);
    if (code == OK && !first) {
        g.found = found_values(&g);
        *ret_with = json_of(c->arena, g.found);
        rq = request_of(t, g.found, false);
        code = form_check(t->form, ev, &rq, c->lang, c->arena, &checked, &g.problems, &g.problem_count, err);
        if (code == OK && form_has_error(g.problems, g.problem_count)) {
            put_problem_list(c, g.problems, g.problem_count);
        }
    }
    if (code == OK) {
        put_verdicts(&g);
    }
    return code;
}

static enum error_code fill_form(struct web__call *c, const struct work_desk_task *t, struct feel_eval *ev, bool first,
                                 str *ret_with, struct error *err)
{
    feel_value answers = t->draft, open = feel_member(t->draft, "open"), checked;
    const struct form_problem *problems = NULL;
    uint32_t count = 0;
    bool asks = t->said != NULL && t->said->questions_when.len > 0;
    enum error_code code = first ? OK : web__form_answers(c, t->form, &answers, err);
    if (code == OK && !first) {
        struct form_request rq = request_of(t, answers, false);
        open = asks ? web__questions_sent(c, t, ev) : open;
        *ret_with = json_of(c->arena, asks ? with_member(c->arena, answers, "open", open) : answers);
        code = form_check(t->form, ev, &rq, c->lang, c->arena, &checked, &problems, &count, err);
    }
    struct form_request rq = request_of(t, answers, true);
    bool wrong = code == OK && form_has_error(problems, count);
    if (code == OK && asks) {
        web__put_questions(c, t, ev, open);
    }
    return code == OK ? web__put_form(c, t->form, ev, &rq, wrong ? problems : NULL, wrong ? count : 0, err) : code;
}

bool web__task_form(struct web__call *c, const struct work_desk_task *t, bool first, str *ret_with)
{
    struct error err = { .lang = c->lang };
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    struct feel_eval *ev = work_evaluator(c->web->config.work, v, t->scheme->counts_days);
    if (!web__view_end(c, v)) {
        feel_eval_free(ev);
        return false;
    }
    enum error_code code = (t->mode == FORM_VERIFY ? verify_form : fill_form)(c, t, ev, first, ret_with, &err);
    feel_eval_free(ev);
    if (code != OK) {
        web__refuse(c, 400, &err);
    }
    return code == OK;
}

/* ---- Parts of the page ---- */

void web__put_persons(struct web__call *c, struct store_view *v, int64_t office, str role, int64_t chosen)
{
    struct work_desk_person persons[PERSONS];
    struct node *list = node_put_list(c->model, "persons");
    uint32_t count = work_desk_persons(v, office, role, c->now, PERSONS, c->arena, persons);
    for (uint32_t i = 0; i < count; i++) {
        struct node *n = node_add_object(list);
        node_put_int(n, "value", persons[i].id);
        node_put_text(n, "text", persons[i].name);
        node_put_true(n, "chosen", persons[i].id == chosen);
    }
}

static str element_name(const struct web__call *c, const struct work_desk_task *t, str id)
{
    const struct bpmn_model *m = bpmn_in(scheme_model(t->scheme, t->dossier.process), c->lang);
    uint32_t e = m != NULL ? bpmn_find(m, id) : BPMN_NONE;
    return e != BPMN_NONE && m->elements[e].name.len > 0 ? m->elements[e].name : id;
}

static void put_back(struct web__call *c, const struct work_desk_task *t)
{
    struct node *list = node_put_list(c->model, "back");
    for (uint32_t i = 0; t->said != NULL && i < t->said->back_count; i++) {
        struct node *n = node_add_object(list);
        node_put_text(n, "value", t->said->back[i]);
        node_put_text(n, "text", element_name(c, t, t->said->back[i]));
    }
}

/* The reasons in force today for departing from what the machine found. */
static void put_departure(struct web__call *c, struct store_view *v, const struct work_desk_task *t)
{
    const struct scheme_decision *d = t->said == NULL || t->said->decision.len == 0
                                          ? NULL : scheme_described(t->scheme, t->said->decision);
    const struct scheme_parameter *p = d == NULL ? NULL : scheme_parameter(t->scheme, d->depart_reasons);
    feel_value rows = feel_null();
    cal_datetime now;
    if (p == NULL || !cal_datetime_from_utc(c->now / 1000000, 0, 8 * 3600, &now) ||
        record_parameter(work_record(c->web->config.work), v, t->scheme, p, cal_datetime_date(now), c->arena, &rows,
                         NULL) != OK) {
        return;
    }
    struct node *n = node_put_object(c->model, "departure"), *list = node_put_list(n, "reasons");
    str title = scheme_text(d->title, c->lang);
    node_put_text(n, "decision", title.len > 0 ? title : d->name);
    node_put_text(n, "second", d->depart_second);
    for (uint32_t i = 0; rows.kind == FEEL_LIST && i < rows.count; i++) {
        struct node *r = node_add_object(list);
        feel_value key = feel_null();
        feel_context_get(rows.items[i], p->columns[0].name, &key);
        str text = feel_text_member(rows.items[i], "title");
        node_put_text(r, "value", publish_shown(c->arena, key));
        node_put_text(r, "text", text.len > 0 ? text : publish_shown(c->arena, key));
    }
}

static bool may(const struct work_desk_task *t, enum work_act act)
{
    return (t->acts & UINT64_C(1) << act) != 0;
}

static void put_rights(struct node *model, const struct work_desk_task *t)
{
    static const struct {
        enum work_act act;
        const char *name;
    } rights[] = { { WORK_CLAIM, "may_claim" },     { WORK_RELEASE, "may_release" }, { WORK_ASSIGN, "may_assign" },
                   { WORK_FORWARD, "may_forward" }, { WORK_COMPLETE, "may_complete" }, { WORK_RETURN, "may_return" },
                   { WORK_RECUSE, "may_recuse" } };
    bool open = str_eq(t->status, STR("open"));
    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++) {
        node_put_true(model, rights[i].name, open && may(t, rights[i].act));
    }
}

static void put_signed(struct web__call *c, const struct work_desk_task *t)
{
    struct node *list = node_put_list(c->model, "fields");
    feel_value all = t->answers_signed;
    feel_value verified = feel_member(all, "verified");
    all = verified.kind == FEEL_CONTEXT ? verified : all;
    for (uint32_t i = 0; all.kind == FEEL_CONTEXT && i < all.count; i++) {
        struct node *n = node_add_object(list);
        feel_value value = feel_null();
        bool one = feel_context_get(all.values[i], STR("value"), &value);
        str note = feel_text_member(all.values[i], "note");
        node_put_text(n, "label", all.shape->names[i]);
        str text = publish_shown(c->arena, one ? value : all.values[i]);
        node_put_text(n, "value", arena_printf(c->arena, "%.*s%s%.*s", STR_ARG(text), note.len > 0 ? " · " : "",
                                               STR_ARG(note)));
    }
}

static str joined(const struct web__call *c, str before, str one)
{
    return before.len == 0 ? one
                           : arena_printf(c->arena, "%.*s%s%.*s", STR_ARG(before), c->lang == LANG_ZH ? "、" : ", ",
                                          STR_ARG(one));
}

/* Who has signed, and who signs afterwards. */
static void put_signers(struct web__call *c, struct store_view *v, const struct work_desk_task *t)
{
    str names = STR(""), roles = STR(""), left = t->still;
    for (uint32_t i = 0; t->signers.kind == FEEL_LIST && i < t->signers.count; i++) {
        names = joined(c, names, work_name_of_person(v, c->arena, feel_whole_or(t->signers.items[i], 0)));
    }
    while (left.len > 0) {
        const char *end = memchr(left.ptr, '\n', left.len);
        size_t n = end == NULL ? left.len : (size_t)(end - left.ptr), word = 0;
        while (word < n && strchr(",@", left.ptr[word]) == NULL) { /* the first of several, without its office */
            word++;
        }
        str role = str_trim(str_slice(left, 0, word));
        const struct scheme_role *said = scheme_role(t->scheme, role);
        roles = joined(c, roles, said != NULL ? web__called(c, said->title, role) : web__role_title(c, v, role));
        left = str_slice(left, end == NULL ? left.len : n + 1, left.len);
    }
    node_put_text(c->model, "signers", names);
    node_put_text(c->model, "still", roles);
}

/* Whom one may ask to sign besides. A signature itself is not signed. */
static void put_cosigners(struct web__call *c, struct store_view *v, const struct work_desk_task *t)
{
    enum { ROLES = 20 };
    str roles[ROLES];
    struct node *list = node_put_list(c->model, "cosigners");
    uint32_t count = t->sign ? 0 : work_desk_roles(v, t->office, c->person, c->now, ROLES, c->arena, roles);
    for (uint32_t i = 0; i < count; i++) {
        struct node *n = node_add_object(list);
        node_put_text(n, "value", roles[i]);
        node_put_text(n, "text", web__role_title(c, v, roles[i]));
        node_put_true(n, "chosen", str_eq(roles[i], web__text(c, "-cosign")));
    }
}

/* What may have come back by hand: the messages that the dossier waits for. */
static void put_awaited(struct web__call *c, struct store_view *v)
{
    enum { AWAITED = 20 };
    str names[AWAITED];
    uint32_t count = work_awaited(v, c->numbers[0], AWAITED, c->arena, names);
    struct node *list = node_put_list(c->model, "awaited");
    for (uint32_t i = 0; i < count; i++) {
        node_put_text(node_add_object(list), "name", names[i]);
    }
}

static void put_task(struct web__call *c, struct store_view *v, const struct work_desk_task *t)
{
    struct work_desk_row row = { .due = t->due };
    struct work_desk_query q = { .person = c->person, .now = c->now, .grants = c->grants,
                                 .grant_count = c->grant_count };
    node_put_int(c->model, "wait", c->numbers[1]);
    node_put_text(c->model, "step", t->name);
    node_put_text(c->model, "status", t->status);
    node_put_true(c->model, "open", str_eq(t->status, STR("open")));
    node_put_text(c->model, "assignee", t->assignee == 0 ? STR("") : work_name_of_person(v, c->arena, t->assignee));
    node_put_true(c->model, "is_mine", t->assignee == c->person);
    work_desk_days(c->web->config.work, v, c->now, &row);
    web__put_due(node_put_object(c->model, "limit"), &row, c->now);
    node_put_true(c->model, "has_limit", t->due != 0);
    put_rights(c->model, t);
    put_back(c, t);
    put_departure(c, v, t);
    web__put_persons(c, v, t->office, t->role, t->assignee);
    put_cosigners(c, v, t);
    node_put_true(c->model, "sign", t->sign);
    bool by_hand = !t->sign && str_eq(t->element, STR("by hand"));
    node_put_true(c->model, "by_hand", by_hand);
    if (by_hand) {
        put_awaited(c, v);
    }
    node_put_true(c->model, "correcting", t->mode == FORM_CORRECT);
    node_put_int(c->model, "waiting", work_desk_count(c->web->config.work, v, &q, LIMIT_WORK_DESK_COUNT));
}

/* Everything of the page but the form; false after an answer was sent. */
static bool put_page(struct web__call *c, const struct work_desk_task *t)
{
    struct error err = { .lang = c->lang };
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    put_task(c, v, t);
    if (t->sign) {
        put_signers(c, v, t);
    }
    if (work_publishes(t)) {
        web__put_proof(c, false);
    }
    feel_value all = web__dossier_json(c, v, &t->dossier);
    enum error_code code = web__put_dossier_head(c, v, &t->dossier, all, &err);
    web__put_evidence(c, v, t->scheme, &t->dossier, all, t->variables);
    web__put_told_before(c, v, t);
    if (t->sign) {
        put_signed(c, t);
    }
    if (!web__view_end(c, v)) {
        return false;
    }
    if (code != OK) {
        web__refuse(c, 404, &err);
        return false;
    }
    node_put_text(c->model, "files_at", arena_printf(c->arena, "/office/d/%lld/t/%lld/file", (long long)c->numbers[0],
                                                     (long long)c->numbers[1]));
    node_put_true(c->model, "dense", true);
    web__crumb(c, "Tasks", STR("/office"));
    web__crumb(c, "Dossier", arena_printf(c->arena, "/office/d/%lld", (long long)c->numbers[0]));
    return true;
}

static bool read_task(struct web__call *c, struct work_desk_task *ret)
{
    struct error err = { .lang = c->lang };
    if (c->numbers[1] > UINT32_MAX ||
        work_desk_task(c->web->config.work, c->person, c->numbers[0], (uint32_t)c->numbers[1], c->arena, ret, &err) !=
            OK) {
        error_set(&err, ERROR_MISSING, "there is no dossier %lld, or it is not for you to see",
                  (long long)c->numbers[0]);
        web__refuse(c, 404, &err);
        return false;
    }
    return true;
}

void web__page_office_task(struct web__call *c)
{
    struct work_desk_task t;
    str with;
    if (!read_task(c, &t) || !put_page(c, &t)) {
        return;
    }
    if (t.form != NULL && str_eq(t.status, STR("open")) && !web__task_form(c, &t, true, &with)) {
        return;
    }
    node_put_true(c->model, "kept", t.draft.kind != FEEL_NULL);
    web__put_done(c);
    web__answer(c, 200, page_office_task);
}

/* A file of the dossier, or one that stands in the reader's own draft and was not sent in yet. */
void web__file_office_task(struct web__call *c)
{
    struct work_desk_task t;
    str hash = web__text(c, "hash"), name = STR("");
    if (!read_task(c, &t)) {
        return;
    }
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    bool there = web__find_file(t.draft, hash, 0, &name) ||
                 (work_may_see_papers(c->web->config.work, v, c->person, c->now, &t.dossier) &&
                  work_file(c->web->config.work, v, t.dossier.id, hash, false, c->arena, &name));
    if (!web__view_end(c, v)) {
        return;
    }
    web__send_found(c, there, hash, name);
}

/* ---- Doing ---- */

struct going {
    struct web__call call;
    str where;
};

static void gone(void *context, const struct work_answer *answer)
{
    struct going *g = context;
    if (answer->outcome != WORK_OK) {
        web__refuse(&g->call, web__status_of(answer->outcome), &answer->error);
        return;
    }
    web_changed(g->call.web);
    web__go(&g->call, g->where.len > 0 ? g->where
                                       : arena_printf(g->call.arena, "/office/d/%lld?done=start",
                                                      (long long)answer->dossier));
}

str web__after(struct web__call *c, int64_t dossier, enum work_act act)
{
    return arena_printf(c->arena, "/office?last=%lld&done=%s", (long long)dossier, work_act_name(act));
}

void web__act_and_go(struct web__call *c, const struct work_request *rq, str where)
{
    struct going *g = arena_calloc(c->arena, 1, sizeof *g);
    g->call = *c;
    g->where = where;
    work_submit(c->web->config.work, rq, c->lang, gone, g);
}

/* A number where it reads as one. */
static feel_value plain_value(str text)
{
    dec n;
    return dec_parse(text, &n) ? feel_number(n) : feel_string(text);
}

/* "-result", "-reason", "-note" of the page become the member "departure". */
static str with_departure(struct web__call *c, str with)
{
    str reason = web__text(c, "-reason"), result = str_trim(web__text(c, "-result"));
    feel_value answers = feel_null(), departure = feel_null();
    if (reason.len == 0 && result.len == 0) {
        return with;
    }
    feel_json_read(c->arena, with, &answers, NULL);
    if (result.len > 0) {
        departure = with_member(c->arena, departure, "result", plain_value(result));
    }
    if (reason.len > 0) {
        departure = with_member(c->arena, departure, "reason", feel_string(reason));
    }
    departure = with_member(c->arena, departure, "note", feel_string(web__text(c, "-note")));
    return json_of(c->arena, with_member(c->arena, answers, "departure", departure));
}

/* A line "name=value" for each field of an answer on paper. */
static feel_value lines_of(struct web__call *c, str text)
{
    feel_value all = feel_null();
    for (size_t at = 0; at < text.len;) {
        const char *end = memchr(text.ptr + at, '\n', text.len - at);
        size_t to = end == NULL ? text.len : (size_t)(end - text.ptr);
        str line = str_trim(str_slice(text, at, to));
        const char *is = line.len == 0 ? NULL : memchr(line.ptr, '=', line.len);
        if (is != NULL) {
            str name = str_trim(str_slice(line, 0, (size_t)(is - line.ptr)));
            str value = str_trim(str_slice(line, (size_t)(is - line.ptr) + 1, line.len));
            all = with_member(c->arena, all, arena_str(c->arena, name).ptr, feel_string(value));
        }
        at = to + 1;
    }
    return all;
}

/* Result and reason, as the answers of offices have them, and what else is on the paper. */
static feel_value answered_by_hand(struct web__call *c)
{
    static const char *const names[] = { "result", "reason" }, *const fields[] = { "-answer", "-ground" };
    feel_value all = lines_of(c, web__text(c, "-fields"));
    for (size_t i = 0; i < 2; i++) {
        str text = str_trim(web__text(c, fields[i]));
        all = text.len > 0 ? with_member(c->arena, all, names[i], feel_string(text)) : all;
    }
    return all;
}

static str beside_answers(struct web__call *c, const struct work_desk_task *t)
{
    feel_value v = feel_null();
    if (t->sign) {
        str agree = web__text(c, "-agree");
        if (agree.len > 0) {
            v = with_member(c->arena, v, "agree",
                            (feel_value){ .kind = FEEL_BOOLEAN, .boolean = str_eq(agree, STR("yes")) });
        }
        v = with_member(c->arena, v, "note", feel_string(web__text(c, "-note")));
        return json_of(c->arena, v);
    }
    if (!str_eq(t->element, STR("by hand"))) {
        return STR("{}");
    }
    v = with_member(c->arena, v, "date", feel_string(web__text(c, "-date")));
    v = with_member(c->arena, v, "paper", feel_string(web__text(c, "-paper")));
    if (web__text(c, "-message").len > 0) {
        v = with_member(c->arena, v, "message", feel_string(web__text(c, "-message")));
        v = with_member(c->arena, v, "fields", answered_by_hand(c));
    }
    return json_of(c->arena, v);
}

/* The page again, with what is wrong above it. */
static void again(struct web__call *c, const struct work_desk_task *t, const struct error *err)
{
    if (err != NULL) {
        struct node *n = node_add_object(web__problem_list(c));
        str text = arena_printf(c->arena, "%s%s%s", err->message, err->detail[0] != '\0' ? "：" : "", err->detail);
        node_put_text(n, "text", text);
        node_put_text(n, "link", STR("#form"));
    }
    if (put_page(c, t)) {
        web__answer(c, 422, page_office_task);
    }
}

/* The notice that the answers would make, to be looked at before they are sent. */
static void show_draft(struct web__call *c, const struct work_desk_task *t)
{
    str with = STR("{}");
    feel_value answers = feel_null();
    if (!web__task_form(c, t, false, &with)) {
        return;
    }
    feel_json_read(c->arena, with, &answers, NULL);
    bool wrong = node_member(c->model, STR("problems")) != NULL;
    struct work_request rq = { .act = WORK_COMPLETE, .actor = c->person, .dossier = c->numbers[0],
                               .wait = (uint32_t)c->numbers[1], .with = with };
    struct work_answer tried = { .outcome = WORK_OK };
    if (!wrong) {
        tried = work_try(c->web->config.work, &rq, c->lang);
    }
    if (wrong || tried.outcome == WORK_REFUSED) {
        again(c, t, wrong ? NULL : &tried.error);
        return;
    }
    web__put_notice_draft(c, feel_member(answers, "open"));
    if (put_page(c, t)) {
        web__answer(c, 200, page_office_task);
    }
}

void web__pdf_office_draft(struct web__call *c)
{
    struct work_desk_task t;
    struct error err = { .lang = c->lang };
    struct buf request = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value answers = feel_null();
    str with = STR("{}");
    if (!read_task(c, &t)) {
        return;
    }
    if (t.form == NULL || !may(&t, WORK_COMPLETE) || t.said == NULL || t.said->questions_document.len == 0) {
        error_set(&err, ERROR_INVALID, "this is not done here");
        web__refuse(c, 403, &err);
        return;
    }
    if (!web__task_form(c, &t, false, &with)) {
        return;
    }
    feel_json_read(c->arena, with, &answers, NULL);
    int64_t dossier = c->numbers[0];
    if (publish_preview(c->web->config.publish, &dossier, 1, t.said->questions_document, answers, c->now, &request,
                        &err) != OK) {
        buf_release(&request);
        web__refuse(c, 422, &err);
        return;
    }
    str text = arena_str(c->arena, buf_str(&request));
    buf_release(&request);
    web__print(c, text, STR("draft"));
}

static void complete(struct web__call *c, const struct work_desk_task *t, bool draft)
{
    str with = STR("{}");
    bool fine = t->form != NULL ? web__task_form(c, t, false, &with) : (with = beside_answers(c, t), true);
    struct work_request rq = { .act = draft ? WORK_SAVE : WORK_COMPLETE, .actor = c->person,
                               .dossier = c->numbers[0], .wait = (uint32_t)c->numbers[1] };
    if (!fine) {
        return;
    }
    if (!draft && node_member(c->model, STR("problems")) != NULL) {
        again(c, t, NULL);
        return;
    }
    rq.with = draft ? with : with_departure(c, with);
    rq.cosign = draft ? STR("") : web__text(c, "-cosign");
    struct work_answer tried = work_try(c->web->config.work, &rq, c->lang);
    if (tried.outcome == WORK_REFUSED) {
        again(c, t, &tried.error);
        return;
    }
    if (!draft && work_publishes(t) && !web__proved(c, false)) {
        again(c, t, NULL);
        return;
    }
    web__act_and_go(c, &rq, draft ? arena_printf(c->arena, "/office/d/%lld/t/%lld?done=save",
                                                 (long long)c->numbers[0], (long long)c->numbers[1])
                                  : web__after(c, c->numbers[0], WORK_COMPLETE));
}

static bool other_act(str word, enum work_act *ret)
{
    static const enum work_act acts[] = { WORK_CLAIM, WORK_RELEASE, WORK_ASSIGN, WORK_FORWARD, WORK_RETURN,
                                          WORK_RECUSE };
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (str_eq(word, str_of(work_act_name(acts[i])))) {
            *ret = acts[i];
            return true;
        }
    }
    return false;
}

static void act(struct web__call *c, const struct work_desk_task *t, enum work_act which)
{
    struct error err = { .lang = c->lang };
    struct work_request rq = { .act = which, .actor = c->person, .dossier = c->numbers[0],
                               .wait = (uint32_t)c->numbers[1], .person = web__int(c, "-person", 0),
                               .element = web__text(c, "-element"), .text = str_trim(web__text(c, "-text")) };
    bool why = which == WORK_RETURN || which == WORK_FORWARD || which == WORK_RECUSE;
    bool whom = which == WORK_ASSIGN || which == WORK_FORWARD;
    if ((why && rq.text.len == 0) || (whom && rq.person == 0)) {
        error_set(&err, ERROR_INVALID, why && rq.text.len == 0 ? "say why" : "choose a person");
        again(c, t, &err);
        return;
    }
    struct work_answer tried = work_try(c->web->config.work, &rq, c->lang);
    if (tried.outcome == WORK_REFUSED) {
        again(c, t, &tried.error);
        return;
    }
    bool stays = which == WORK_CLAIM || which == WORK_ASSIGN;
    web__act_and_go(c, &rq, stays ? arena_printf(c->arena, "/office/d/%lld/t/%lld?done=%s", (long long)c->numbers[0],
                                                 (long long)c->numbers[1], work_act_name(which))
                                  : web__after(c, c->numbers[0], which));
}

void web__form_office_task(struct web__call *c)
{
    struct work_desk_task t;
    enum work_act which;
    str button = web__text(c, "do");
    if (!read_task(c, &t)) {
        return;
    }
    if (other_act(button, &which)) {
        act(c, &t, which);
        return;
    }
    if (str_eq(button, STR("look"))) {
        show_draft(c, &t);
        return;
    }
    complete(c, &t, str_eq(button, STR("save")));
}
