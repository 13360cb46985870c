/* answers: the names and texts of an HTML form to the answers of a request.
 *
 * The names are paths. They grow into a tree; each of its places becomes a value, a context or a list.
 */
#include "form/form_int.h"

struct place {
    str name;
    uint32_t row; /* of a row of a list, from 1; then it has no name */
    struct place *first, *last, *next;
    uint32_t count;     /* of children */
    feel_value *values; /* what was entered */
    uint32_t value_count, value_size;
};

static struct place *child(struct arena *a, struct place *p, str name, uint32_t row)
{
    struct place *c = p->first;
    while (c != NULL && (c->row != row || !str_eq(c->name, name))) {
        c = c->next;
    }
    if (c == NULL) {
        c = ARENA_NEW(a, struct place);
        c->name = name;
        c->row = row;
        *(p->last == NULL ? &p->first : &p->last->next) = c;
        p->last = c;
        p->count++;
    }
    return c;
}

static struct place *step_to(struct arena *a, struct place *p, str name, uint32_t row)
{
    bool other = p->first != NULL && (p->first->row > 0) != (row > 0);
    return p->value_count > 0 || other ? NULL : child(a, p, name, row);
}

/* NULL for what is no path, or leads through what is a text, or counts what has names. */
static struct place *find_place(struct arena *a, struct place *p, str path)
{
    str name;
    uint32_t index, steps = 0;
    if (path.len == 0) {
        return NULL;
    }
    while (path.len > 0) {
        if (!form__step(&path, &name, &index) || index > LIMIT_FORM_ROWS || ++steps > LIMIT_FORM_DEPTH) {
            return NULL;
        }
        p = step_to(a, p, name, 0);
        if (p != NULL && index != 0) {
            p = step_to(a, p, STR(""), index);
        }
        if (p == NULL) {
            return NULL;
        }
    }
    return p;
}

static void add_value(struct arena *a, struct place *p, feel_value v)
{
    if (p->value_count == p->value_size) {
        p->values = form__grow(a, p->values, p->value_count, &p->value_size, sizeof *p->values);
    }
    p->values[p->value_count++] = v;
}

/* ---- What browsers do not send ---- */

static void fill_unsent(const struct form *f, struct arena *a, const struct form__scope *s, struct place *at);

/* Of a place only what has been sent is known; a list has the rows that were. */
static void fill_component(const struct form *f, struct arena *a, uint32_t component, struct place *at, str path)
{
    const struct form_component *c = &f->components[component];
    const struct form__detail *d = &f->details[component];
    struct place *p;
    bool many = c->type == FORM_TYPE_CHECKLIST || c->type == FORM_TYPE_TAGLIST;
    if (c->type == FORM_TYPE_CHECKBOX || many) {
        p = find_place(a, at, path);
        if (p != NULL && p->value_count == 0 && p->count == 0) {
            add_value(a, p, many ? feel_list(NULL, 0) : feel_boolean(false));
        }
    } else if (d->list != FORM__NONE && (p = find_place(a, at, path)) != NULL) {
        for (struct place *row = p->first; row != NULL; row = row->next) {
            fill_unsent(f, a, &f->scopes[d->list], row);
        }
    }
}

static void fill_unsent(const struct form *f, struct arena *a, const struct form__scope *s, struct place *at)
{
    for (uint32_t i = 0; i < s->component_count; i++) {
        const struct form__detail *d = &f->details[s->components[i]];
        str path = STR("");
        for (uint32_t n = d->node; n != FORM__NONE; n = s->nodes[n].parent) {
            path = path.len == 0 ? s->nodes[n].name
                                 : arena_printf(a, "%.*s.%.*s", STR_ARG(s->nodes[n].name), STR_ARG(path));
        }
        if (d->node != FORM__NONE) {
            fill_component(f, a, s->components[i], at, path);
        }
    }
}

/* ---- Values ---- */

static feel_value value_of(struct arena *a, const struct place *p);

static feel_value list_of(struct arena *a, const struct place *p)
{
    uint32_t rows = 0;
    for (const struct place *c = p->first; c != NULL; c = c->next) {
        rows = c->row > rows ? c->row : rows;
    }
    feel_value *items = ARENA_ARRAY(a, feel_value, rows);
    for (uint32_t i = 0; i < rows; i++) {
        items[i] = feel_null();
    }
    for (const struct place *c = p->first; c != NULL; c = c->next) {
        if (c->row > 0) {
            items[c->row - 1] = value_of(a, c);
        }
    }
    return feel_list(items, rows);
}

static feel_value context_of(struct arena *a, const struct place *p)
{
    str *names = ARENA_ARRAY(a, str, p->count);
    feel_value *values = ARENA_ARRAY(a, feel_value, p->count);
    uint32_t n = 0;
    for (const struct place *c = p->first; c != NULL; c = c->next) {
        if (c->count > 0 || c->value_count > 0) {
            names[n] = arena_str(a, c->name);
            values[n++] = value_of(a, c);
        }
    }
    return feel_context(feel_shape_new(a, names, n), values);
}

static feel_value value_of(struct arena *a, const struct place *p)
{
    if (p->value_count > 0) {
        return p->value_count == 1 ? p->values[0] : feel_list(p->values, p->value_count);
    }
    return p->first != NULL && p->first->row > 0 ? list_of(a, p) : context_of(a, p);
}

enum error_code form_answers(const struct form *f, const struct form_pair *pairs, uint32_t count, struct arena *a,
                             feel_value *ret, struct error *err)
{
    struct place root = { .row = 0 };
    for (uint32_t i = 0; i < count; i++) {
        struct place *p = find_place(a, &root, pairs[i].name);
        if (p == NULL || p->count > 0) {
            error_set(err, ERROR_INVALID, "\"%.*s\" is no name of a field", STR_ARG(pairs[i].name));
            error_hint(err, "a name is a path such as contracts[2].signed");
            return ERROR_INVALID;
        }
        add_value(a, p, feel_string(pairs[i].value));
    }
    fill_unsent(f, a, &f->scopes[0], &root);
    *ret = context_of(a, &root);
    return OK;
}
