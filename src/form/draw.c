/* draw: the components as they stand in the form for a request. */
#include "form/form_int.h"

struct drawing {
    struct form__state *st;
    struct form_view *views;
    uint32_t count, size;
};

static void draw_row(struct drawing *d, struct form__row *row, int32_t parent, uint32_t depth);

/* What a scorer is not shown: fields that he does not score and that are not for blind eyes. */
static bool is_blinded(const struct form__state *st, const struct form_component *c)
{
    return st->request->mode == FORM_SCORE && (c->traits & FORM_KEYED) != 0 && !c->scored && !c->shown_blind;
}

/* What the mode does not let be changed. */
static bool is_closed(const struct form__state *st, const struct form_component *c, str path)
{
    feel_value declared;
    if ((c->traits & (FORM_KEYED | FORM_LIST)) == 0) {
        return false;
    }
    return (st->request->mode == FORM_SCORE && !c->scored) ||
           (st->request->mode == FORM_CORRECT && !form__is_open(st->request, path) &&
            form_get(st->request->declared, path, &declared));
}

static void draw_component(struct drawing *d, struct form__row *row, uint32_t component, uint32_t depth)
{
    struct form__state *st = d->st;
    const struct form_component *c = &st->f->components[component];
    struct form__cell *cell = form__cell(st, row, component);
    if (cell->hidden || is_blinded(st, c)) {
        return;
    }
    if (d->count == d->size) {
        d->views = form__grow(st->out, d->views, d->count, &d->size, sizeof *d->views);
    }
    struct form_view *v = &d->views[d->count++];
    *v = (struct form_view){ .component = component, .path = arena_str(st->out, form__path(st->a, st, row, component)),
                             .row = row->index, .depth = depth, .rows = cell->row_count };
    for (uint32_t i = 0; i < FORM_ATTRIBUTES; i++) {
        v->attributes[i] = feel_copy(st->out, form__attribute(st, row, component, (enum form_attribute)i));
    }
    v->readonly = form__flag(st, row, component, FORM_READONLY) || is_closed(st, c, v->path);
    v->disabled = form__flag(st, row, component, FORM_DISABLED);
    v->required = form__flag(st, row, component, FORM_REQUIRED);
    if ((c->traits & FORM_KEYED) != 0) {
        v->value = feel_copy(st->out, cell->kept ? cell->answer : cell->value);
    }
    v->options = feel_copy(st->out, cell->options);
    if (c->type == FORM_TYPE_DYNAMICLIST) {
        for (uint32_t i = 0; i < cell->row_count; i++) {
            draw_row(d, cell->rows[i], (int32_t)component, depth + 1);
        }
    } else {
        draw_row(d, row, (int32_t)component, depth + 1);
    }
}

/* The components of a row that stand directly in `parent`. */
static void draw_row(struct drawing *d, struct form__row *row, int32_t parent, uint32_t depth)
{
    const struct form *f = d->st->f;
    uint32_t i = parent == FORM_NONE ? 0 : (uint32_t)parent + 1;
    uint32_t end = parent == FORM_NONE ? f->count : f->components[parent].end;
    for (; i < end && !form__spent(d->st); i = f->components[i].end) {
        draw_component(d, row, i, depth);
    }
}

enum error_code form_draw(const struct form *f, struct feel_eval *ev, const struct form_request *request,
                          struct arena *a, const struct form_view **ret, uint32_t *ret_count, struct error *err)
{
    struct form_request drafted = *request;
    drafted.draft = true;
    struct form__state st = { .f = f, .ev = ev, .a = feel_eval_arena(ev), .request = &drafted, .out = a,
                              .quiet = true };
    enum error_code code = form__begin_request(&st, err);
    struct drawing d = { .st = &st };
    if (code == OK) {
        draw_row(&d, st.root, FORM_NONE, 0);
        code = form__limited(&st, err);
    }
    if (code == OK) {
        *ret = d.views;
        *ret_count = d.count;
    }
    return code;
}
