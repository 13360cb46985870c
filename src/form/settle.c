/* settle: what follows from the answers: values of fields, hidden fields, computed ones.
 *
 * A condition may read a computed field, which may read the rows of a list, whose fields have conditions. So all are
 * evaluated in the order of the form, again and again, until a round changes nothing. Expressions that do not go in a
 * circle are done in as many rounds as one depends on another; in the order of the form they need two.
 */
#include "form/form_int.h"

struct round {
    bool changed;
    uint32_t last; /* the component that changed last, for the message */
};

static void change(struct form__state *st, struct round *r, struct form__row *row, uint32_t component)
{
    st->change++;
    for (; row != NULL; row = row->parent) {
        row->changed_at = st->change;
    }
    r->changed = true;
    r->last = component;
}

static void set_value(struct form__state *st, struct round *r, struct form__row *row, uint32_t component,
                      feel_value v)
{
    struct form__cell *cell = form__cell(st, row, component);
    if (!form__same(st->ev, cell->value, v)) {
        cell->value = v;
        change(st, r, row, component);
    }
}

bool form__is_fixed(struct form__state *st, struct form__row *row, uint32_t component)
{
    return form__flag(st, row, component, FORM_READONLY) || form__flag(st, row, component, FORM_DISABLED);
}

/* What a field begins with: the default; in one that cannot be changed, what the variables have at its place. */
static feel_value initial(struct form__state *st, struct form__row *row, uint32_t component)
{
    const struct form__dynamic *d = &st->f->details[component].attributes[FORM_DEFAULT];
    feel_value v = d->kind == FORM__CONSTANT ? d->constant : feel_null(), found;
    if (form__is_fixed(st, row, component) &&
        form_get(st->request->variables, form__path(st->a, st, row, component), &found)) {
        v = found;
    }
    return v;
}

/* Answers are read once, but those whose choices may have changed. */
static void read_cell(struct form__state *st, struct round *r, struct form__row *row, uint32_t component)
{
    const struct form_component *c = &st->f->components[component];
    struct form__cell *cell = form__cell(st, row, component);
    bool choices = (c->traits & FORM_OPTIONS) != 0;
    if (cell->read && !(choices && c->options.kind == FEEL_NULL)) {
        return;
    }
    cell->read = true;
    if (choices) {
        cell->options = form__options(st, row, component);
    }
    cell->fault.set = false;
    feel_value answer = cell->answer, v = form__empty(c->type);
    if (!cell->given || (st->request->mode == FORM_FILL && form__is_fixed(st, row, component))) {
        answer = initial(st, row, component);
    }
    if (answer.kind != FEEL_NULL && !form__read(st, row, component, answer, &v, &cell->fault)) {
        v = form__empty(c->type);
        cell->kept = cell->given && st->request->draft;
    }
    set_value(st, r, row, component, v);
}

static bool hide(struct form__state *st, struct form__row *row, uint32_t component)
{
    const struct form_component *c = &st->f->components[component];
    if (c->parent != FORM_NONE && st->f->components[c->parent].type == FORM_TYPE_GROUP &&
        form__cell(st, row, (uint32_t)c->parent)->hidden) {
        return true;
    }
    return st->f->details[component].attributes[FORM_HIDE].kind != FORM__ABSENT &&
           form__flag(st, row, component, FORM_HIDE);
}

bool form__row_bound(struct form__state *st, struct form__row *row, uint32_t component, enum form_attribute which,
                     uint32_t *ret)
{
    dec n;
    int64_t rows;
    bool told = st->f->details[component].attributes[which].kind != FORM__ABSENT &&
                form__number(st, row, component, which, &n) && dec_to_int(n, &rows) && rows >= 0 &&
                rows <= LIMIT_FORM_ROWS;
    if (told) {
        *ret = (uint32_t)rows;
    }
    return told;
}

/* A list without rows that must have some begins with as many, so that nobody has to add what is wanted anyway. Where
 * answers are final, it lacks them. */
static void begin_rows(struct form__state *st, struct round *r, struct form__row *row, uint32_t component)
{
    struct form__cell *cell = form__cell(st, row, component);
    uint32_t least;
    if (!st->request->draft || cell->row_count > 0 || !form__row_bound(st, row, component, FORM_LEAST, &least) ||
        least == 0) {
        return;
    }
    cell->rows = ARENA_ARRAY(st->a, struct form__row *, least);
    for (uint32_t i = 0; i < least && st->limit == NULL; i++) {
        cell->rows[i] = form__new_row(st, st->f->details[component].list, row, component, i + 1);
        cell->row_count = i + 1;
        form__take(st, cell->rows[i], feel_null());
    }
    change(st, r, row, component);
}

static void settle_row(struct form__state *st, struct round *r, struct form__row *row);

static void settle_cell(struct form__state *st, struct round *r, struct form__row *row, uint32_t component)
{
    const struct form_component *c = &st->f->components[component];
    struct form__cell *cell = form__cell(st, row, component);
    bool hidden = hide(st, row, component);
    if (hidden != cell->hidden) {
        cell->hidden = hidden;
        change(st, r, row, component);
    }
    if (hidden) {
        return;
    }
    if (c->type == FORM_TYPE_DYNAMICLIST) {
        begin_rows(st, r, row, component);
        for (uint32_t i = 0; i < cell->row_count && st->limit == NULL; i++) {
            settle_row(st, r, cell->rows[i]);
        }
    } else if (c->type == FORM_TYPE_EXPRESSION) {
        set_value(st, r, row, component, form__attribute(st, row, component, FORM_EXPRESSION));
    } else if ((c->traits & FORM_KEYED) != 0) {
        read_cell(st, r, row, component);
    }
}

static void settle_row(struct form__state *st, struct round *r, struct form__row *row)
{
    for (uint32_t i = 0; i < row->scope->component_count && !form__spent(st); i++) {
        settle_cell(st, r, row, row->scope->components[i]);
    }
}

bool form__spent(struct form__state *st)
{
    if (st->limit == NULL && arena_used(st->a) > LIMIT_FEEL_BYTES) {
        st->limit = "FEEL_BYTES";
    }
    return st->limit != NULL;
}

enum error_code form__limited(struct form__state *st, struct error *err)
{
    if (st->limit == NULL) {
        return feel_eval_limit(st->ev, err);
    }
    error_set(err, ERROR_LIMIT, "the form has more work than is allowed");
    error_detail(err, "the limit %s was hit", st->limit);
    return ERROR_LIMIT;
}

enum error_code form__settle(struct form__state *st, struct error *err)
{
    struct round r = { .changed = true };
    for (uint32_t n = 0; r.changed; n++) {
        r.changed = false;
        settle_row(st, &r, st->root);
        enum error_code code = form__limited(st, err);
        if (code != OK) {
            return code;
        }
        if (n > st->f->count + 1) {
            const struct form_component *c = &st->f->components[r.last];
            error_set(err, ERROR_INVALID, "the expressions of the form go in a circle");
            error_detail(err, "\"%.*s\" in line %u changes each time", STR_ARG(c->pattern), c->line);
            error_hint(err, "a condition or expression must not depend on itself");
            return ERROR_INVALID;
        }
    }
    return OK;
}
