/* check_process: processes: what bpmn finds, steps that nobody reaches, and what their texts name. */
#include "scheme/check_int.h"

/* ---- What bpmn finds ---- */

static void take_findings(struct scheme__checker *c, const struct bpmn_model *m)
{
    for (uint32_t i = 0; i < m->finding_count; i++) {
        const struct bpmn_finding *f = &m->findings[i];
        if (f->kind == BPMN_IGNORED) {
            scheme__find(c, SCHEME_FINDING_PROCESS, m->file, f->line, "mend the process in the modeller", "%.*s: %.*s",
                         STR_ARG(f->id), STR_ARG(f->text));
        }
    }
}

/* ---- Reachable steps ---- */

struct reach {
    const struct bpmn_model *m;
    bool *seen;
    uint32_t *todo; /* each element once */
    uint32_t count;
};

static void reach_element(struct reach *r, uint32_t e)
{
    if (e != BPMN_NONE && !r->seen[e]) {
        r->seen[e] = true;
        r->todo[r->count++] = e;
    }
}

static bool is_thrown_link(const struct bpmn_element *e)
{
    return e->kind == BPMN_THROW_EVENT && e->definition_count > 0 && e->definitions[0].trigger == BPMN_TRIGGER_LINK;
}

/* What begins with a scope: starts, what has no way in, event sub-processes; all of an ad-hoc one. */
static void enter_scope(struct reach *r, const struct bpmn_element *scope)
{
    bool starts = false;
    for (uint32_t i = 0; i < scope->child_count; i++) {
        const struct bpmn_element *c = &r->m->elements[scope->children[i]];
        starts |= c->kind == BPMN_START_EVENT || c->instantiate;
    }
    for (uint32_t i = 0; i < scope->child_count; i++) {
        const struct bpmn_element *c = &r->m->elements[scope->children[i]];
        enum bpmn_class class = bpmn_class_of(c->kind);
        bool runs = class == BPMN_CLASS_ACTIVITY || class == BPMN_CLASS_EVENT || class == BPMN_CLASS_GATEWAY ||
                    class == BPMN_CLASS_SCOPE;
        bool first = c->kind == BPMN_START_EVENT || c->instantiate || c->kind == BPMN_EVENT_SUB_PROCESS ||
                     c->for_compensation || (!starts && c->in_count == 0) || scope->kind == BPMN_AD_HOC;
        if (runs && first && c->kind != BPMN_BOUNDARY_EVENT) {
            reach_element(r, scope->children[i]);
        }
    }
}

static void follow_link_event(struct reach *r, const struct bpmn_element *thrown)
{
    for (uint32_t i = 0; i < r->m->element_count; i++) {
        const struct bpmn_element *e = &r->m->elements[i];
        if (e->kind == BPMN_CATCH_EVENT && e->parent == thrown->parent && e->definition_count > 0 &&
            e->definitions[0].trigger == BPMN_TRIGGER_LINK &&
            str_eq(e->definitions[0].name, thrown->definitions[0].name)) {
            reach_element(r, i);
        }
    }
}

static void follow(struct reach *r, const struct bpmn_element *e)
{
    for (uint32_t i = 0; i < e->out_count; i++) {
        reach_element(r, r->m->links[e->out[i]].target);
    }
    for (uint32_t i = 0; i < e->boundary_count; i++) {
        reach_element(r, e->boundaries[i]);
    }
    if (bpmn_class_of(e->kind) == BPMN_CLASS_SCOPE) {
        enter_scope(r, e);
    }
    if (is_thrown_link(e)) {
        follow_link_event(r, e);
    }
}

static void check_reached(struct scheme__checker *c, const struct bpmn_model *m)
{
    struct reach r = { m, ARENA_ARRAY(&c->scratch, bool, m->element_count),
                       ARENA_ARRAY(&c->scratch, uint32_t, m->element_count), 0 };
    for (uint32_t i = 0; i < m->process_count; i++) {
        reach_element(&r, m->processes[i]);
    }
    for (uint32_t next = 0; next < r.count; next++) {
        follow(&r, &m->elements[r.todo[next]]);
    }
    for (uint32_t i = 0; i < m->element_count; i++) {
        const struct bpmn_element *e = &m->elements[i];
        enum bpmn_class class = bpmn_class_of(e->kind);
        bool runs = class == BPMN_CLASS_ACTIVITY || class == BPMN_CLASS_EVENT || class == BPMN_CLASS_GATEWAY ||
                    class == BPMN_CLASS_SCOPE;
        if (runs && !r.seen[i] && bpmn_process_of(m, i) != BPMN_NONE) {
            scheme__find(c, SCHEME_FINDING_UNREACHABLE, m->file, e->line, "draw the way to it, or take it out",
                         "no way leads to \"%.*s\"", STR_ARG(e->name.len > 0 ? e->name : e->id));
        }
    }
}

/* ---- What texts name ---- */

/* `kind` is an English word that is translated. */
static void dangling(struct scheme__checker *c, const struct bpmn_text *t, const char *kind)
{
    scheme__missing(c, c->model->file, t->line, kind, t->text);
}

static void check_header(struct scheme__checker *c, const struct bpmn_text *t)
{
    const struct scheme *s = c->s;
    bool other = scheme__find_char(t->text, '.') != NULL; /* of another scheme: core.credit */
    if (str_eq(t->name, STR("ledger")) && !other && scheme_ledger(s, t->text) == NULL) {
        dangling(c, t, "ledger");
    } else if (str_eq(t->name, STR("notice")) && scheme_notice(s, t->text) == NULL) {
        dangling(c, t, "notice");
    } else if (str_eq(t->name, STR("document")) && scheme_document(s, t->text) == NULL) {
        dangling(c, t, "document");
    }
}

/* "clerk@street": a role and a level, or "parent office". Where the manifest names no roles, any will do. */
static void check_groups(struct scheme__checker *c, const struct bpmn_text *t)
{
    const char *mark = scheme__find_char(t->text, '@');
    size_t at = mark == NULL ? t->text.len : (size_t)(mark - t->text.ptr);
    const struct scheme_role *role = scheme_role(c->s, str_trim(str_slice(t->text, 0, at)));
    if (scheme__find_char(t->text, ',') != NULL || c->s->role_count == 0) {
        return;
    }
    if (role == NULL) {
        dangling(c, t, "role");
    } else if (mark != NULL && role->at_count > 0 &&
               !str_eq(str_slice(t->text, at + 1, t->text.len), STR("parent office")) &&
               !scheme__has_text(role->at, role->at_count, str_slice(t->text, at + 1, t->text.len))) {
        scheme__find(c, SCHEME_FINDING_DANGLING, c->model->file, t->line,
                     "mend the level, or add it to \"at\" of the role",
                     "the role is not given at this level: \"%.*s\"", STR_ARG(t->text));
    }
}

static bool catches(const struct scheme__checker *c, const struct bpmn_text *t)
{
    enum bpmn_kind kind = c->model->elements[t->element].kind;
    return kind == BPMN_RECEIVE_TASK || kind == BPMN_CATCH_EVENT || kind == BPMN_BOUNDARY_EVENT ||
           kind == BPMN_START_EVENT;
}

static void check_message(struct scheme__checker *c, const struct bpmn_text *t)
{
    if (catches(c, t) && !scheme__has_text(c->sent, c->sent_count, t->text)) {
        scheme__find(c, SCHEME_FINDING_MESSAGE, c->model->file, t->line,
                     "it must come from another scheme, an office, or by hand",
                     "nobody in the package sends the message \"%.*s\"", STR_ARG(t->text));
    }
}

/* ---- Rows that are recorded ---- */

static str ledger_of(const struct scheme__checker *c, uint32_t element);

static void check_type(struct scheme__checker *c, const struct bpmn_text *t, const struct scheme_field *f,
                       const struct feel_type *have)
{
    if (scheme__takes(f->type, have)) {
        return;
    }
    struct buf text = BUF_INIT(300);
    feel_type_print(have, &text);
    scheme__find(c, SCHEME_FINDING_TYPE, c->model->file, t->line, "give the field a value of its type",
                 "the field \"%.*s\" wants %s, and what is written into it is %.*s", STR_ARG(f->name),
                 scheme_field_type_name(f->type), STR_ARG(buf_str(&text)));
    buf_release(&text);
}

static void check_entry(struct scheme__checker *c, const struct bpmn_text *t, const struct scheme_ledger *l,
                        const struct feel_entry *entry)
{
    int32_t at = scheme_field(l, entry->name);
    if (at < 0) {
        scheme__find(c, SCHEME_FINDING_FIELD, c->model->file, t->line, "mend the name, or add the field to the ledger",
                     "the ledger \"%.*s\" has no field \"%.*s\"", STR_ARG(l->name), STR_ARG(entry->name));
        return;
    }
    if ((l->fields[at].write & SCHEME_BY_PROCESS) == 0) {
        scheme__find(c, SCHEME_FINDING_FIELD, c->model->file, t->line,
                     "add \"process\" to \"write\" of the field or ledger",
                     "no process may write the field \"%.*s\" of the ledger \"%.*s\"", STR_ARG(entry->name),
                     STR_ARG(l->name));
    }
    check_type(c, t, &l->fields[at], entry->type);
}

static bool has_entry(const struct feel_entry *entries, uint32_t count, str name)
{
    bool found = false;
    for (uint32_t i = 0; i < count; i++) {
        found |= str_eq(entries[i].name, name);
    }
    return found;
}

/* A row that says which `row` it is, is a revision: what it does not name stays. */
static void check_row(struct scheme__checker *c, const struct feel_scope *scope, const struct bpmn_text *t)
{
    const struct scheme_ledger *l = scheme_ledger(c->s, ledger_of(c, t->element));
    const struct feel_entry *entries;
    uint32_t count;
    if (l == NULL || !feel_entries_of(&c->scratch, scope, t->text, &entries, &count)) {
        return;
    }
    bool revises = scheme_field(l, STR("row")) < 0 && has_entry(entries, count, STR("row"));
    for (uint32_t i = 0; i < count; i++) {
        bool which = revises && (str_eq(entries[i].name, STR("row")) || str_eq(entries[i].name, STR("revision")));
        bool parent = l->parent.len > 0 && str_eq(entries[i].name, STR("parent"));
        if (!which && !parent) {
            check_entry(c, t, l, &entries[i]);
        }
    }
    for (uint32_t i = 0; i < l->field_count && !revises; i++) {
        if (l->fields[i].required && !has_entry(entries, count, l->fields[i].name)) {
            scheme__find(c, SCHEME_FINDING_FIELD, c->model->file, t->line, "add the field to the row",
                         "the ledger \"%.*s\" wants the field \"%.*s\", which the row has not", STR_ARG(l->name),
                         STR_ARG(l->fields[i].name));
        }
    }
}

struct search {
    uint32_t element;
    str job, ledger;
};

static void search_text(void *context, const struct bpmn_text *t)
{
    struct search *s = context;
    if (t->element == s->element && t->kind == BPMN_TEXT_JOB) {
        s->job = t->text;
    }
    if (t->element == s->element && t->kind == BPMN_TEXT_HEADER && str_eq(t->name, STR("ledger"))) {
        s->ledger = t->text;
    }
}

/* The ledger that a task of the type gongshi.record writes to, or an empty text. */
static str ledger_of(const struct scheme__checker *c, uint32_t element)
{
    struct search s = { .element = element };
    bpmn_texts(c->model, search_text, &s);
    return str_eq(s.job, STR("gongshi.record")) ? s.ledger : STR("");
}

/* ---- Texts ---- */

/* clocks.NAME must be a clock of the process, unless it makes its clocks itself, as a variable. */
static void check_clocks(struct scheme__checker *c, const struct bpmn_text *t)
{
    uint32_t element = t->element == BPMN_NONE ? c->model->links[t->link].parent : t->element;
    uint32_t process = bpmn_process_of(c->model, element);
    str id = process == BPMN_NONE ? STR("") : c->model->elements[process].id;
    const struct scheme_process *p = scheme_process(c->s, id);
    const char *found = memmem(t->text.ptr, t->text.len, "clocks.", 7);
    if (found == NULL || scheme__known(c, STR("clocks")) != NULL) {
        return;
    }
    str rest = { found + 7, (size_t)(t->text.ptr + t->text.len - found) - 7 };
    for (uint32_t i = 0; p != NULL && i < p->clock_count; i++) {
        if (str_starts_with(rest, p->clocks[i].name)) {
            return;
        }
    }
    scheme__find(c, SCHEME_FINDING_DANGLING, c->model->file, t->line, "add the clock to the process in scheme.json",
                 "the process has no such clock: %.*s", STR_ARG(t->text));
}

static void check_feel(struct scheme__checker *c, const struct bpmn_text *t)
{
    struct feel_scope *scope = feel_scope_new(&c->scratch), *typed = feel_scope_new(&c->scratch);
    for (uint32_t i = 0; i < t->name_count; i++) {
        feel_scope_add(scope, t->names[i], NULL, i);
    }
    for (uint32_t i = 0; i < c->known_count; i++) {
        feel_scope_add(typed, c->known[i].name, c->known[i].type, i);
    }
    scheme__check_feel(c, scope, t->text, c->model->file, t->line, false);
    check_clocks(c, t);
    if (t->kind == BPMN_TEXT_INPUT && str_eq(t->name, STR("row"))) {
        check_row(c, typed, t);
    }
}

static void check_text(void *context, const struct bpmn_text *t)
{
    struct scheme__checker *c = context;
    uint32_t node;
    if (t->feel) {
        check_feel(c, t);
        return;
    }
    switch (t->kind) {
    case BPMN_TEXT_FORM:
        if (scheme_form(c->s, t->text) == NULL) {
            dangling(c, t, "form");
        }
        break;
    case BPMN_TEXT_DECISION:
        if (scheme_find_decision(c->s, t->text, &node) == NULL) {
            dangling(c, t, "decision");
        }
        break;
    case BPMN_TEXT_CALLED:
        if (scheme_model(c->s, t->text) == NULL && scheme__find_char(t->text, '.') == NULL) {
            dangling(c, t, "process");
        }
        break;
    case BPMN_TEXT_HEADER: check_header(c, t); break;
    case BPMN_TEXT_GROUPS: check_groups(c, t); break;
    case BPMN_TEXT_MESSAGE: check_message(c, t); break;
    default: break;
    }
}

void scheme__check_processes(struct scheme__checker *c)
{
    for (uint32_t i = 0; i < c->s->process_count; i++) {
        c->model = c->s->processes[i];
        take_findings(c, c->model);
        check_reached(c, c->model);
        bpmn_texts(c->model, check_text, c);
    }
}
