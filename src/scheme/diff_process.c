/* diff_process: steps of processes: those that came, went, moved, and what their texts say now. */
#include "scheme/diff_int.h"

static bool is_step(const struct bpmn_element *e)
{
    enum bpmn_class class = bpmn_class_of(e->kind);
    return e->kind != BPMN_PROCESS && (class == BPMN_CLASS_ACTIVITY || class == BPMN_CLASS_EVENT ||
                                       class == BPMN_CLASS_GATEWAY || class == BPMN_CLASS_SCOPE);
}

static str name_of(const struct bpmn_element *e)
{
    return e->name.len > 0 ? e->name : e->id;
}

/* ---- Texts ---- */

struct texts {
    struct arena *arena;
    const struct bpmn_model *m;
    struct bpmn_text *items;
    uint32_t count, size;
};

static void keep_text(void *context, const struct bpmn_text *t)
{
    struct texts *all = context;
    if (all->count == all->size) {
        uint32_t size = all->size == 0 ? 64 : all->size * 2;
        all->items = arena_grow(all->arena, all->items, all->size * sizeof *t, size * sizeof *t);
        all->size = size;
    }
    all->items[all->count++] = *t;
}

static str owner_of(const struct texts *all, const struct bpmn_text *t)
{
    return t->element != BPMN_NONE ? all->m->elements[t->element].id : all->m->links[t->link].id;
}

static const struct bpmn_text *find_text(const struct texts *in, str owner, const struct bpmn_text *like, uint32_t nth)
{
    for (uint32_t i = 0; i < in->count; i++) {
        const struct bpmn_text *t = &in->items[i];
        if (t->kind == like->kind && str_eq(t->name, like->name) && str_eq(owner_of(in, t), owner) && nth-- == 0) {
            return t;
        }
    }
    return NULL;
}

/* How many of the kind and name the owner had before this one. */
static uint32_t nth_of(const struct texts *in, uint32_t place)
{
    uint32_t n = 0;
    const struct bpmn_text *t = &in->items[place];
    for (uint32_t i = 0; i < place; i++) {
        const struct bpmn_text *o = &in->items[i];
        n += o->kind == t->kind && o->element == t->element && o->link == t->link && str_eq(o->name, t->name);
    }
    return n;
}

static const char *kind_name(enum bpmn_text_kind kind)
{
    static const char *const names[] = {
        [BPMN_TEXT_INPUT] = "input",       [BPMN_TEXT_OUTPUT] = "output",     [BPMN_TEXT_JOB] = "type",
        [BPMN_TEXT_HEADER] = "header",     [BPMN_TEXT_ASSIGNEE] = "assignee", [BPMN_TEXT_GROUPS] = "candidates",
        [BPMN_TEXT_FORM] = "form",         [BPMN_TEXT_DECISION] = "decision", [BPMN_TEXT_CALLED] = "process",
        [BPMN_TEXT_RESULT] = "result",     [BPMN_TEXT_MESSAGE] = "message",   [BPMN_TEXT_SIGNAL] = "signal",
        [BPMN_TEXT_ERROR] = "error",       [BPMN_TEXT_KEY] = "key",           [BPMN_TEXT_TIMER] = "timer",
        [BPMN_TEXT_CONDITION] = "condition", [BPMN_TEXT_VALUE] = "value",
    };
    return names[kind];
}

/* "input row", "candidates": what the text is. */
static str what_of(struct scheme__diff *d, const struct bpmn_text *t)
{
    str kind = str_of(lang_text(d->lang, kind_name(t->kind)));
    return t->name.len == 0 ? kind : arena_printf(&d->scratch, "%.*s %.*s", STR_ARG(kind), STR_ARG(t->name));
}

/* What the text stands at, as people see it: the name of the step, or "from → to" of a flow. */
static str place_of(struct scheme__diff *d, const struct texts *in, const struct bpmn_text *t)
{
    const struct bpmn_model *m = in->m;
    if (t->element != BPMN_NONE) {
        return name_of(&m->elements[t->element]);
    }
    const struct bpmn_link *l = &m->links[t->link];
    return l->source == BPMN_NONE || l->target == BPMN_NONE ? l->id
        : arena_printf(&d->scratch, "%.*s → %.*s", STR_ARG(name_of(&m->elements[l->source])),
                       STR_ARG(name_of(&m->elements[l->target])));
}

/* Whether the model has the step or flow that the text stood at. */
static bool has_place(const struct bpmn_model *m, const struct bpmn_text *t, str id)
{
    return (t->element != BPMN_NONE ? bpmn_find(m, id) : bpmn_find_link(m, id)) != BPMN_NONE;
}

static void diff_texts(struct scheme__diff *d, const struct bpmn_model *a, const struct bpmn_model *b)
{
    struct texts old = { .arena = &d->scratch, .m = a }, new = { .arena = &d->scratch, .m = b };
    bpmn_texts(a, keep_text, &old);
    bpmn_texts(b, keep_text, &new);
    str none = str_of(lang_text(d->lang, "(nothing)"));
    for (uint32_t i = 0; i < new.count; i++) {
        const struct bpmn_text *t = &new.items[i];
        str owner = owner_of(&new, t);
        bool was_there = has_place(a, t, owner);
        const struct bpmn_text *o = was_there ? find_text(&old, owner, t, nth_of(&new, i)) : NULL;
        if (was_there && (o == NULL || !str_eq(o->text, t->text))) {
            scheme__change(d, b->file, "step \"%.*s\": %.*s is no longer %.*s but %.*s", STR_ARG(place_of(d, &new, t)),
                           STR_ARG(what_of(d, t)), STR_ARG(o == NULL ? none : o->text),
                           STR_ARG(t->text.len > 0 ? t->text : t->name));
        }
    }
    for (uint32_t i = 0; i < old.count; i++) {
        const struct bpmn_text *t = &old.items[i];
        str owner = owner_of(&old, t);
        if (has_place(b, t, owner) && find_text(&new, owner, t, nth_of(&old, i)) == NULL) {
            scheme__change(d, b->file, "step \"%.*s\": %.*s %.*s is gone", STR_ARG(place_of(d, &old, t)),
                           STR_ARG(what_of(d, t)), STR_ARG(t->text));
        }
    }
}

/* ---- Steps ---- */

/* Whether each step that leads to `e` did so before; the sources by id. */
static bool same_way_in(const struct bpmn_model *a, const struct bpmn_element *x, const struct bpmn_model *b,
                        const struct bpmn_element *y)
{
    if (x->in_count != y->in_count) {
        return false;
    }
    for (uint32_t i = 0; i < y->in_count; i++) {
        uint32_t source = b->links[y->in[i]].source;
        bool found = false;
        for (uint32_t k = 0; k < x->in_count && !found; k++) {
            uint32_t other = a->links[x->in[k]].source;
            found = source != BPMN_NONE && other != BPMN_NONE &&
                    str_eq(a->elements[other].id, b->elements[source].id);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static void diff_step(struct scheme__diff *d, const struct bpmn_model *a, const struct bpmn_element *x,
                      const struct bpmn_model *b, const struct bpmn_element *y)
{
    if (!str_eq(x->name, y->name)) {
        scheme__change(d, b->file, "the step \"%.*s\" is called \"%.*s\" now", STR_ARG(name_of(x)),
                       STR_ARG(name_of(y)));
    }
    if (x->kind != y->kind) {
        scheme__change(d, b->file, "the step \"%.*s\" is no longer a %.*s but a %.*s", STR_ARG(name_of(y)),
                       STR_ARG(bpmn_kind_name(x->kind)), STR_ARG(bpmn_kind_name(y->kind)));
    }
    str before = x->parent == BPMN_NONE ? STR("") : a->elements[x->parent].id;
    str after = y->parent == BPMN_NONE ? STR("") : b->elements[y->parent].id;
    if (!str_eq(before, after) || !same_way_in(a, x, b, y)) {
        scheme__change(d, b->file, "the step \"%.*s\" has another place in the process", STR_ARG(name_of(y)));
    }
}

static void diff_steps(struct scheme__diff *d, const struct bpmn_model *a, const struct bpmn_model *b)
{
    for (uint32_t i = 0; i < b->element_count; i++) {
        const struct bpmn_element *y = &b->elements[i];
        uint32_t at = bpmn_find(a, y->id);
        if (is_step(y) && at == BPMN_NONE) {
            scheme__change(d, b->file, "the step \"%.*s\" is new", STR_ARG(name_of(y)));
        } else if (is_step(y)) {
            diff_step(d, a, &a->elements[at], b, y);
        }
    }
    for (uint32_t i = 0; i < a->element_count; i++) {
        if (is_step(&a->elements[i]) && bpmn_find(b, a->elements[i].id) == BPMN_NONE) {
            scheme__change(d, b->file, "the step \"%.*s\" is gone", STR_ARG(name_of(&a->elements[i])));
        }
    }
}

void scheme__diff_processes(struct scheme__diff *d)
{
    d->about = "process";
    for (uint32_t i = 0; i < d->after->process_count; i++) {
        const struct bpmn_model *b = d->after->processes[i], *done = NULL;
        for (uint32_t k = 0; k < b->process_count; k++) {
            const struct bpmn_element *process = &b->elements[b->processes[k]];
            const struct bpmn_model *a = scheme_model(d->before, process->id);
            if (a == NULL) {
                scheme__change(d, b->file, "the process \"%.*s\" is new", STR_ARG(name_of(process)));
            } else if (a != done) {
                diff_steps(d, a, b);
                diff_texts(d, a, b);
                done = a;
            }
        }
    }
    for (uint32_t i = 0; i < d->before->process_count; i++) {
        const struct bpmn_model *a = d->before->processes[i];
        for (uint32_t k = 0; k < a->process_count; k++) {
            const struct bpmn_element *process = &a->elements[a->processes[k]];
            if (scheme_model(d->after, process->id) == NULL) {
                scheme__change(d, a->file, "the process \"%.*s\" is gone", STR_ARG(name_of(process)));
            }
        }
    }
}
