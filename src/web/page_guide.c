/* page_guide: what one must know to apply (办事指南), made of the package and the office's rows: when, on which
 * conditions, with what, in which steps, how long, on which basis; the forms and tables to look at; what the last
 * version changed. */
#include "web/web_int.h"

#include "base/limit.h"
#include "bpmn/draw.h"
#include "scheme/clock.h"
#include "scheme/diff.h"

static bool is_party(const struct scheme *s, str role)
{
    const struct scheme_role *r = scheme_role(s, role);
    return str_eq(role, STR("party")) || (r != NULL && r->by == SCHEME_ROLE_PARTY);
}

/* ---- The list ---- */

void web__page_guides(struct web__call *c)
{
    const struct scheme *schemes[WEB__SCHEMES];
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    uint32_t count = web__schemes(c, v, schemes);
    struct node *list = node_put_list(c->model, "schemes");
    for (uint32_t i = 0; i < count; i++) {
        struct node *row = node_add_object(list);
        node_put_text(row, "name", schemes[i]->name);
        node_put_text(row, "title", scheme_text(schemes[i]->title, c->lang));
        for (uint32_t k = 0; k < schemes[i]->procedure_count; k++) {
            const struct scheme_process *p = &schemes[i]->procedures[k];
            if (web__may_apply(schemes[i], p)) {
                web__put_windows(c, v, schemes[i], p, row);
                node_put_true(row, "check", p->guide_form.len > 0);
                break;
            }
        }
    }
    if (web__view_end(c, v)) {
        web__crumb(c, "Home", STR("/"));
        http_may_cache(c->r);
        web__answer(c, 200, page_guides);
    }
}

/* ---- Tables ---- */

/* A column without title is called what the scheme calls the field of its name. */
static str column_title(const struct web__call *c, const struct scheme *s, const struct scheme_column *column)
{
    str title = scheme_text(column->title, c->lang);
    for (uint32_t i = 0; title.len == 0 && i < s->ledger_count; i++) {
        int32_t at = scheme_field(&s->ledgers[i], column->name);
        title = at < 0 ? title : scheme_text(s->ledgers[i].fields[at].title, c->lang);
    }
    return title.len > 0 ? title : column->name;
}

static str cell_text(struct web__call *c, const struct scheme *s, feel_value cell)
{
    bool any = cell.kind == FEEL_STRING && str_eq(feel_str(cell), STR("*"));
    return any                        ? str_of(lang_text(c->lang, "any"))
           : cell.kind == FEEL_STRING ? web__choice_called(s, feel_str(cell), c->lang)
                                      : web__shown(c, cell);
}

/* The rows of a parameter in force today, as pages/table.html wants them: its columns, source and state. */
static void put_parameter(struct web__call *c, struct store_view *v, const struct scheme *s,
                          const struct scheme_parameter *p, struct node *to)
{
    feel_value rows = feel_null();
    record_parameter(c->web->config.record, v, s, p, web__today(c), c->arena, &rows, NULL);
    struct node *heads = node_put_list(to, "columns"), *lines = node_put_list(to, "rows");
    str title = scheme_text(p->title, c->lang);
    node_put_text(to, "label", title.len > 0 ? title : p->name);
    node_put_text(to, "name", p->name);
    for (uint32_t i = 0; i < p->column_count; i++) {
        node_add_text(heads, column_title(c, s, &p->columns[i]));
    }
    node_add_text(heads, str_of(lang_text(c->lang, "Source")));
    node_add_text(heads, str_of(lang_text(c->lang, "State")));
    for (uint32_t i = 0; rows.kind == FEEL_LIST && i < rows.count; i++) {
        struct node *cells = node_put_list(node_add_object(lines), "cells");
        for (uint32_t k = 0; k < p->column_count; k++) {
            feel_value cell = feel_null();
            feel_context_get(rows.items[i], p->columns[k].name, &cell);
            node_add_text(cells, cell_text(c, s, cell));
        }
        node_add_text(cells, feel_text_member(rows.items[i], "source"));
        node_add_text(cells, str_of(lang_text(c->lang, web__state_word(feel_text_member(rows.items[i], "state")))));
    }
}

static void put_named(struct web__call *c, struct store_view *v, const struct scheme *s, str parameter,
                      const char *name)
{
    const struct scheme_parameter *p = parameter.len == 0 ? NULL : scheme_parameter(s, parameter);
    if (p != NULL) {
        put_parameter(c, v, s, p, node_put_object(c->model, name));
    }
}

/* ---- Steps ---- */

/* The length of a clock by the rows in force today; false: no row says it. */
static bool length_of(struct web__call *c, struct store_view *v, const struct scheme *s, str source,
                      struct feel_eval *ev, struct scheme_clock_spec *ret)
{
    enum { NAMES = 16 };
    str names[NAMES];
    uint32_t count = 0;
    feel_value bound, used;
    const struct feel_program *program;
    for (uint32_t i = 0; i < s->parameter_count && count < NAMES; i++) {
        if (memmem(source.ptr, source.len, s->parameters[i].name.ptr, s->parameters[i].name.len) != NULL) {
            names[count++] = s->parameters[i].name;
        }
    }
    if (record_bind_names(c->web->config.record, v, ev, s, names, count, feel_null(), web__today(c), c->arena, &bound,
                          &used, NULL) != OK ||
        bound.kind != FEEL_CONTEXT ||
        feel_compile(c->arena, feel_scope_of_context(c->arena, bound), source, &program, NULL) != OK) {
        return false;
    }
    feel_value length = feel_run(ev, program, bound.values);
    return scheme_clock_spec(length, c->now / 1000000, ret, NULL) == OK && ret->n > 0;
}

static void put_limit(struct web__call *c, struct store_view *v, const struct scheme *s,
                      const struct scheme_process *p, str element, struct feel_eval *ev, struct node *to)
{
    str stop = arena_printf(c->arena, "task %.*s completed", STR_ARG(element));
    for (uint32_t i = 0; i < p->clock_count; i++) {
        struct scheme_clock_spec spec;
        if (str_eq(p->clocks[i].stop, stop)) {
            bool known = length_of(c, v, s, p->clocks[i].length, ev, &spec);
            node_put_true(to, "limited", known);
            node_put_true(to, "unlimited", !known);
            if (known) {
                node_put_int(to, "n", spec.n);
                node_put_text(to, "unit", web__unit(c, str_of(scheme_unit_name(spec.unit))));
            }
            return;
        }
    }
}

static void put_step(struct web__call *c, struct store_view *v, const struct scheme *s,
                     const struct scheme_process *p, const struct bpmn_model *m, uint32_t element,
                     struct feel_eval *ev, struct node *list)
{
    const struct bpmn_element *e = &m->elements[element];
    const struct scheme_task *t = scheme_task(p, e->id);
    struct node *step = node_add_object(list);
    node_put_text(step, "name", e->name.len > 0 ? e->name : e->id);
    node_put_text(step, "text", e->documentation);
    node_put_true(step, "party", t != NULL && t->by.len > 0 && is_party(s, t->by));
    node_put_true(step, "waits", e->kind == BPMN_RECEIVE_TASK);
    if (t != NULL && t->people > 1) {
        node_put_int(step, "people", t->people);
    }
    put_limit(c, v, s, p, e->id, ev, step);
}

/* The next elements behind one: its flows, and the beginning of a sub-process. */
static uint32_t behind(const struct bpmn_model *m, uint32_t element, uint32_t *ret)
{
    const struct bpmn_element *e = &m->elements[element];
    uint32_t count = 0;
    for (uint32_t i = 0; i < e->child_count; i++) {
        if (m->elements[e->children[i]].kind == BPMN_START_EVENT && m->elements[e->children[i]].host == BPMN_NONE) {
            ret[count++] = e->children[i];
        }
    }
    for (uint32_t i = 0; i < e->out_count; i++) {
        ret[count++] = m->links[e->out[i]].target;
    }
    return count;
}

/* Steps of people that the process can come to, in the order in which its author wrote them. */
static void put_steps(struct web__call *c, struct store_view *v, const struct scheme *s,
                      const struct scheme_process *p, const struct bpmn_model *m, uint32_t process, struct node *to)
{
    const struct feel_environment env = { .instant = c->now / 1000000, .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    struct node *list = node_put_list(to, "steps");
    bool *seen = ARENA_ARRAY(c->arena, bool, m->element_count);
    uint32_t *todo = ARENA_ARRAY(c->arena, uint32_t, m->element_count + 1);
    uint32_t *next = ARENA_ARRAY(c->arena, uint32_t, m->element_count + m->link_count + 1), count = 1;
    todo[0] = process;
    for (uint32_t at = 0; at < count; at++) {
        uint32_t n = behind(m, todo[at], next);
        for (uint32_t i = 0; i < n; i++) {
            if (next[i] == BPMN_NONE || seen[next[i]]) {
                continue;
            }
            seen[next[i]] = true;
            todo[count++] = next[i];
        }
    }
    for (uint32_t i = 0; i < m->element_count; i++) {
        enum bpmn_kind kind = m->elements[i].kind;
        if (seen[i] && (kind == BPMN_USER_TASK || kind == BPMN_MANUAL_TASK || kind == BPMN_RECEIVE_TASK)) {
            put_step(c, v, s, p, m, i, ev, list);
        }
    }
    feel_eval_free(ev);
}

/* The model of a process and its element; NULL: there is none. */
static const struct bpmn_model *model_of(const struct web__call *c, const struct scheme *s, str process, uint32_t *ret)
{
    const struct bpmn_model *m = bpmn_in(scheme_model(s, process), c->lang);
    *ret = m != NULL ? bpmn_find(m, process) : BPMN_NONE;
    return m;
}

/* ---- Conditions ---- */

/* The item of a level that is the same one, with the same need and clause; NULL: it has none. */
static const struct node *same_item(const struct node *level, const struct node *item)
{
    const struct node *items = node_member(level, STR("items"));
    for (const struct node *n = items == NULL ? NULL : items->first; n != NULL; n = n->next) {
        if (str_eq(node_text(n, "id"), node_text(item, "id")) &&
            str_eq(node_text(n, "need"), node_text(item, "need")) &&
            str_eq(node_text(n, "clause"), node_text(item, "clause"))) {
            return n;
        }
    }
    return NULL;
}

static bool is_common(const struct node *levels, const struct node *item)
{
    bool common = true;
    for (const struct node *l = levels->first; l != NULL; l = l->next) {
        common &= same_item(l, item) != NULL;
    }
    return common;
}

static void add_condition(const struct node *item, str level, struct node *list)
{
    static const char *const names[] = { "name", "need", "clause" };
    struct node *n = node_add_object(list);
    node_put_text(n, "level", level);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        node_put_text(n, names[i], node_text(item, names[i]));
    }
}

/* What is the same for all levels once, then what each of them asks for. */
static void put_conditions(struct web__call *c, struct store_view *v, const struct scheme *s)
{
    const struct node *levels = web__put_conditions(c, v, s) ? node_member(c->model, STR("levels")) : NULL;
    struct node *list = node_put_list(c->model, "conditions");
    for (const struct node *l = levels == NULL ? NULL : levels->first; l != NULL; l = l->next) {
        const struct node *items = node_member(l, STR("items"));
        for (const struct node *n = items == NULL ? NULL : items->first; n != NULL; n = n->next) {
            bool common = is_common(levels, n);
            if (!common || l == levels->first) {
                add_condition(n, common ? STR("") : node_text(l, "value"), list);
            }
        }
    }
}

/* ---- A guide ---- */

static void put_laws(struct web__call *c, const struct scheme *s)
{
    struct node *list = node_put_list(c->model, "laws");
    for (uint32_t i = 0; i < s->law_count; i++) {
        struct node *law = node_add_object(list);
        node_put_text(law, "act", s->laws[i].act);
        node_put_text(law, "version", s->laws[i].version);
        node_put_text(law, "article", s->laws[i].article);
        node_put_text(law, "about", s->laws[i].about);
    }
}

static void put_links(struct web__call *c, const struct scheme *s)
{
    struct node *tables = node_put_list(c->model, "tables"), *registers = node_put_list(c->model, "registers");
    for (uint32_t i = 0; i < s->parameter_count; i++) {
        struct node *n = node_add_object(tables);
        str title = scheme_text(s->parameters[i].title, c->lang);
        node_put_text(n, "name", s->parameters[i].name);
        node_put_text(n, "title", title.len > 0 ? title : s->parameters[i].name);
    }
    for (uint32_t i = 0; i < s->view_count; i++) {
        if (s->views[i].audience == SCHEME_TO_PUBLIC) {
            struct node *n = node_add_object(registers);
            node_put_text(n, "name", s->views[i].name);
            node_put_text(n, "title", scheme_text(s->views[i].title, c->lang));
        }
    }
}

static void put_process(struct web__call *c, struct store_view *v, const struct scheme *s,
                        const struct scheme_process *p, struct node *list)
{
    uint32_t element;
    const struct bpmn_model *m = model_of(c, s, p->id, &element);
    struct node *n = node_add_object(list);
    str title = scheme_text(p->title, c->lang);
    node_put_text(n, "id", p->id);
    node_put_text(n, "title", title.len > 0 ? title : p->id);
    node_put_text(n, "form", p->start_form);
    if (m != NULL) {
        put_steps(c, v, s, p, m, element, n);
    }
}

static void put_guide(struct web__call *c, struct store_view *v, const struct scheme *s)
{
    const struct scheme *before;
    int64_t since = 0;
    bool first = true;
    struct node *list = node_put_list(c->model, "processes");
    node_put_text(c->model, "scheme", s->name);
    node_put_text(c->model, "title", scheme_text(s->title, c->lang));
    if (!s->from_ever) {
        node_put_text(c->model, "from", web__day_text(c->arena, s->from));
    }
    for (uint32_t i = 0; i < s->procedure_count; i++) {
        const struct scheme_process *p = &s->procedures[i];
        if (!web__may_apply(s, p)) {
            continue;
        }
        put_process(c, v, s, p, list);
        if (first) {
            web__put_windows(c, v, s, p, c->model);
            put_named(c, v, s, p->guide_materials, "materials");
            put_named(c, v, s, p->guide_fees, "fees");
            node_put_true(c->model, "check", p->guide_form.len > 0);
            node_put_true(c->model, "web", (p->start_by & SCHEME_START_WEB) != 0);
            node_put_true(c->model, "counter", (p->start_by & SCHEME_START_COUNTER) != 0);
            first = false;
        }
    }
    put_conditions(c, v, s);
    put_laws(c, s);
    put_links(c, s);
    node_put_true(c->model, "changed", record_scheme_before(c->web->config.record, v, s->name, &before, &since));
}

void web__page_scheme(struct web__call *c)
{
    const struct scheme *s;
    struct store_view *v = web__view(c);
    if (v == NULL || (s = web__scheme(c, v)) == NULL) {
        return;
    }
    put_guide(c, v, s);
    if (web__view_end(c, v)) {
        web__crumb(c, "Home", STR("/"));
        web__crumb(c, "Guides", STR("/guides"));
        http_may_cache(c->r);
        web__answer(c, 200, page_scheme);
    }
}

/* ---- What hangs on it ---- */

static void answer_part(struct web__call *c, const struct scheme *s, template_function *page)
{
    node_put_text(c->model, "scheme", s->name);
    node_put_text(c->model, "of", scheme_text(s->title, c->lang));
    web__crumb(c, "Home", STR("/"));
    web__crumb(c, "Guides", STR("/guides"));
    web__crumb(c, "The guide", arena_printf(c->arena, "/s/%.*s", STR_ARG(s->name)));
    http_may_cache(c->r);
    web__answer(c, 200, page);
}

void web__page_table(struct web__call *c)
{
    const struct scheme *s;
    struct store_view *v = web__view(c);
    if (v == NULL || (s = web__scheme(c, v)) == NULL) {
        return;
    }
    const struct scheme_parameter *p = scheme_parameter(s, c->words[1]);
    if (p != NULL) {
        put_parameter(c, v, s, p, c->model);
    }
    if (!web__view_end(c, v)) {
        return;
    }
    if (p == NULL) {
        web__nothing(c);
    } else {
        answer_part(c, s, page_parameter);
    }
}

void web__page_preview(struct web__call *c)
{
    const struct scheme *s;
    struct error err = { .lang = c->lang };
    struct store_view *v = web__view(c);
    if (v == NULL || (s = web__scheme(c, v)) == NULL || !web__view_end(c, v)) {
        return;
    }
    const struct form *form = NULL;
    for (uint32_t i = 0; i < s->procedure_count; i++) { /* forms of officers are not for everybody */
        bool starts = web__may_apply(s, &s->procedures[i]) && str_eq(s->procedures[i].start_form, c->words[1]);
        form = starts ? form_in(scheme_form(s, c->words[1]), c->lang) : form;
    }
    if (form == NULL) {
        web__nothing(c);
        return;
    }
    const struct feel_environment env = { .instant = c->now / 1000000, .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    const struct form_request request = { .mode = FORM_FILL, .draft = true, .variables = feel_null(),
                                          .answers = feel_context(feel_shape_new(c->arena, NULL, 0), NULL),
                                          .declared = feel_null() };
    enum error_code code = web__put_form(c, form, ev, &request, NULL, 0, &err);
    feel_eval_free(ev);
    if (code != OK) {
        web__refuse(c, 500, &err);
    } else {
        answer_part(c, s, page_preview);
    }
}

void web__page_changes(struct web__call *c)
{
    const struct scheme *s, *before = NULL;
    int64_t since = 0;
    uint32_t count = 0;
    struct store_view *v = web__view(c);
    if (v == NULL || (s = web__scheme(c, v)) == NULL) {
        return;
    }
    bool there = record_scheme_before(c->web->config.record, v, s->name, &before, &since);
    if (!web__view_end(c, v)) {
        return;
    }
    const struct scheme_change *all = there ? scheme_diff(before, s, c->arena, c->lang, &count) : NULL;
    struct node *list = node_put_list(c->model, "changes");
    for (uint32_t i = 0; i < count; i++) {
        struct node *n = node_add_object(list);
        node_put_word(n, "about", all[i].about);
        node_put_text(n, "text", all[i].text);
    }
    web__put_day(c->model, "since", since);
    answer_part(c, s, page_changes);
}

void web__drawing(struct web__call *c)
{
    const struct scheme *s;
    struct error err = { .lang = c->lang };
    struct store_view *v = web__view(c);
    if (v == NULL || (s = web__scheme(c, v)) == NULL || !web__view_end(c, v)) {
        return;
    }
    const struct scheme_process *p = scheme_process(s, c->words[1]);
    uint32_t element;
    const struct bpmn_model *m = p == NULL || !web__may_apply(s, p) ? NULL : model_of(c, s, c->words[1], &element);
    struct buf out = BUF_INIT(LIMIT_WEB_PAGE);
    const struct bpmn_draw_options options = { .lang = c->lang };
    if (m == NULL || bpmn_draw(m, &options, &out, &err) != OK) {
        buf_release(&out);
        web__nothing(c);
        return;
    }
    http_may_cache(c->r);
    web__send_public(c, 200, "image/svg+xml", &out);
}
