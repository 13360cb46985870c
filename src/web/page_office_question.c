/* page_office_question: 一次性告知. At a task whose answers may ask for a correction the declaration stands field by field
 * with a tick and a note each, and a tick for each section; what is marked becomes the member "open" of the answers,
 * the list of the notice that is shown as a draft before it is sent, once.
 *
 * In HTML "-QPATH" is the tick of a field and "-TPATH" its note; "-SN" and "-UN" those of the N-th section. */
#include "web/office.h"

#include "base/limit.h"

/* A section: the fields that stand in the same component. */
struct section {
    str title, path; /* path: of a list, which is opened as one; else empty */
    const struct form_view **fields;
    uint32_t count;
};

struct declaration {
    struct web__call *call;
    const struct form *form;
    const struct form_view *views;
    uint32_t view_count;
    struct section *sections;
    uint32_t count;
};

/* ---- The declaration ---- */

static bool is_field(const struct form_component *c)
{
    return (c->traits & FORM_KEYED) != 0 && (c->traits & (FORM_CONTAINER | FORM_LIST)) == 0 && c->label.len > 0 &&
           c->type != FORM_TYPE_EXPRESSION;
}

static struct section *begin_section(struct declaration *d, const struct form_component *c)
{
    struct section *s = &d->sections[d->count++];
    const struct form_component *above = c->parent == FORM_NONE ? NULL : form_component(d->form, (uint32_t)c->parent);
    *s = (struct section){ .title = above == NULL ? STR("") : above->label, .path = STR(""),
                           .fields = ARENA_ARRAY(d->call->arena, const struct form_view *, d->view_count) };
    bool list = above != NULL && (above->traits & FORM_LIST) != 0;
    s->path = list ? above->pattern : s->path;
    return s;
}

static void divide(struct declaration *d)
{
    struct section *s = NULL;
    int32_t parent = FORM_NONE - 1;
    d->sections = ARENA_ARRAY(d->call->arena, struct section, d->view_count);
    for (uint32_t i = 0; i < d->view_count; i++) {
        const struct form_component *c = form_component(d->form, d->views[i].component);
        if (!is_field(c)) {
            continue;
        }
        if (s == NULL || c->parent != parent) {
            s = begin_section(d, c);
            parent = c->parent;
        }
        s->fields[s->count++] = &d->views[i];
    }
}

/* Every field that the declaration shows, also such as nobody has filled in. */
static bool read_declaration(struct web__call *c, const struct work_desk_task *t, struct feel_eval *ev,
                             struct declaration *ret)
{
    const struct form *written = t->procedure == NULL ? NULL : scheme_form(t->scheme, t->procedure->start_form);
    const struct form *f = form_in(written, c->lang);
    struct form_request rq = { .mode = FORM_VERIFY, .draft = true, .declared = feel_member(t->variables, "declared"),
                               .variables = t->variables };
    *ret = (struct declaration){ .call = c, .form = f };
    if (f == NULL || form_draw(f, ev, &rq, c->arena, &ret->views, &ret->view_count, NULL) != OK) {
        return false;
    }
    divide(ret);
    return true;
}

static str label_of(struct declaration *d, const struct section *s, const struct form_view *v)
{
    str label = publish_shown(d->call->arena, v->attributes[FORM_LABEL]);
    return v->row > 0 ? arena_printf(d->call->arena, "%.*s %u %.*s", STR_ARG(s->title), v->row, STR_ARG(label)) : label;
}

/* ---- What was sent ---- */

/* A tick or a note marks: who writes what is wrong means it. */
static bool is_marked(struct web__call *c, char tick, char note, str name, str *ret_note)
{
    const str *ticked = web__marked(c, tick, name), *text = web__marked(c, note, name);
    *ret_note = text == NULL ? STR("") : str_trim(*text);
    return ticked != NULL || ret_note->len > 0;
}

struct asked {
    struct arena *a;
    feel_value *items;
    uint32_t count;
};

static void ask(struct asked *q, str path, str text, str label)
{
    static const char *const members[] = { "path", "text", "label" };
    str *names = ARENA_ARRAY(q->a, str, 3);
    feel_value *values = ARENA_ARRAY(q->a, feel_value, 3);
    for (size_t i = 0; i < 3; i++) {
        names[i] = str_of(members[i]);
    }
    values[0] = feel_string(path);
    values[1] = feel_string(text);
    values[2] = feel_string(label);
    q->items[q->count++] = feel_context(feel_shape_new(q->a, names, 3), values);
}

static void without_note(struct declaration *d, const char *kind, str name, str label)
{
    struct error err = { .lang = d->call->lang };
    error_set(&err, ERROR_INVALID, "say what is to be corrected in \"%.*s\"", STR_ARG(label));
    web__problem(d->call, &err, arena_printf(d->call->arena, "#%s%.*s", kind, STR_ARG(name)).ptr);
}

/* A section without a path of its own opens each of its fields; the words stand with the first. */
static void ask_section(struct declaration *d, struct asked *q, const struct section *s, str note)
{
    if (s->path.len > 0) {
        ask(q, s->path, note, s->title);
        return;
    }
    for (uint32_t i = 0; i < s->count; i++) {
        ask(q, s->fields[i]->path, i == 0 ? note : STR(""), i == 0 ? s->title : label_of(d, s, s->fields[i]));
    }
}

feel_value web__questions_sent(struct web__call *c, const struct work_desk_task *t, struct feel_eval *ev)
{
    struct declaration d;
    if (!read_declaration(c, t, ev, &d)) {
        return feel_null();
    }
    struct asked q = { c->arena, ARENA_ARRAY(c->arena, feel_value, d.view_count + d.count), 0 };
    for (uint32_t i = 0; i < d.count; i++) {
        const struct section *s = &d.sections[i];
        str number = arena_printf(c->arena, "%u", i), note;
        if (is_marked(c, 'S', 'U', number, &note)) {
            ask_section(&d, &q, s, note);
            if (note.len == 0) {
                without_note(&d, "u", number, s->title);
            }
            continue;
        }
        for (uint32_t k = 0; k < s->count; k++) {
            const struct form_view *v = s->fields[k];
            if (is_marked(c, 'Q', 'T', v->path, &note)) {
                ask(&q, v->path, note, label_of(&d, s, v));
                if (note.len == 0) {
                    without_note(&d, "t", v->path, label_of(&d, s, v));
                }
            }
        }
    }
    return feel_list(q.items, q.count);
}

/* ---- What is shown ---- */

static feel_value find(feel_value open, str path)
{
    for (uint32_t i = 0; open.kind == FEEL_LIST && i < open.count; i++) {
        if (open.items[i].kind == FEEL_CONTEXT && str_eq(feel_text_member(open.items[i], "path"), path)) {
            return open.items[i];
        }
    }
    return feel_null();
}

/* A section is marked as a whole by its own path, or where the words of its title stand with its first field. */
static feel_value of_section(const struct section *s, feel_value open)
{
    feel_value q = s->count == 0 && s->path.len == 0 ? feel_null()
                                                     : find(open, s->path.len > 0 ? s->path : s->fields[0]->path);
    bool whole = s->path.len > 0 || (s->title.len > 0 && str_eq(feel_text_member(q, "label"), s->title));
    return whole ? q : feel_null();
}

static void put_field(struct declaration *d, struct node *rows, const struct section *s, const struct form_view *v,
                      feel_value open, bool *ret_some)
{
    struct node *n = node_add_object(rows);
    feel_value q = find(open, v->path);
    node_put_text(n, "path", v->path);
    node_put_text(n, "label", label_of(d, s, v));
    node_put_text(n, "declared", web__view_shown(d->call->arena, v));
    node_put_true(n, "marked", q.kind == FEEL_CONTEXT);
    node_put_text(n, "note", feel_text_member(q, "text"));
    *ret_some |= q.kind == FEEL_CONTEXT;
}

bool web__put_questions(struct web__call *c, const struct work_desk_task *t, struct feel_eval *ev, feel_value open)
{
    struct declaration d;
    if (t->said == NULL || t->said->questions_when.len == 0 || !read_declaration(c, t, ev, &d)) {
        return false;
    }
    bool any = false;
    struct node *list = node_put_list(c->model, "questions");
    for (uint32_t i = 0; i < d.count; i++) {
        const struct section *s = &d.sections[i];
        struct node *n = node_add_object(list), *rows = node_put_list(n, "rows");
        feel_value whole = of_section(s, open);
        bool some = whole.kind == FEEL_CONTEXT;
        node_put_int(n, "section", i);
        node_put_text(n, "title", s->title);
        node_put_int(n, "count", s->count);
        node_put_true(n, "marked", some);
        node_put_text(n, "note", feel_text_member(whole, "text"));
        for (uint32_t k = 0; k < s->count; k++) {
            put_field(&d, rows, s, s->fields[k], some ? feel_null() : open, &some);
        }
        node_put_true(n, "open", some);
        any |= some;
    }
    node_put_true(c->model, "questioned", any);
    node_put_text(c->model, "notice_name", t->said->questions_document);
    return true;
}

void web__put_notice_draft(struct web__call *c, feel_value open)
{
    struct node *list = node_put_list(c->model, "notice_items");
    for (uint32_t i = 0; open.kind == FEEL_LIST && i < open.count; i++) {
        str text = feel_text_member(open.items[i], "text");
        if (text.len > 0) {
            struct node *n = node_add_object(list);
            node_put_int(n, "number", list->count);
            node_put_text(n, "label", feel_text_member(open.items[i], "label"));
            node_put_text(n, "text", text);
        }
    }
    node_put_true(c->model, "notice_draft", true);
}

/* The law wants it told once: what was told before is said. */
void web__put_told_before(struct web__call *c, struct store_view *v, const struct work_desk_task *t)
{
    enum { PAPERS = 100 };
    struct publish_document papers[PAPERS];
    if (t->said == NULL || t->said->questions_document.len == 0) {
        return;
    }
    uint32_t count = publish_list_documents(v, t->dossier.id, INT64_MAX, PAPERS, c->arena, papers);
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(papers[i].name, t->said->questions_document) && !str_eq(papers[i].state, STR("void"))) {
            web__put_instant(c->model, "told_before", papers[i].made != 0 ? papers[i].made : papers[i].issued);
            node_put_true(c->model, "told", true);
        }
    }
}
