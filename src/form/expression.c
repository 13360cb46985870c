/* expression: FEEL of a form.
 *
 * An expression sees the names of the row it stands in, then those of the places around it, then `this`, `parent` and
 * `i` (form-js: the row, what is around it, the number of the row), then the variables of the request. Variables are
 * declared nowhere: a text is compiled against the names that it turned out not to know, until it knows all; then each
 * is looked up once, when the form is loaded.
 */
#include "form/form_int.h"

#include "feel/inspect.h"

/* ---- What they mean ---- */

void form__note_variable(struct form__loader *l, str name)
{
    struct form *f = l->f;
    for (uint32_t i = 0; i < f->variable_count; i++) {
        if (str_eq(f->variables[i], name)) {
            return;
        }
    }
    if (f->variable_count == l->variable_size) {
        f->variables = form__grow(l->a, f->variables, f->variable_count, &l->variable_size, sizeof *f->variables);
    }
    f->variables[f->variable_count++] = name;
}

static bool is_special(str name, const char *word, bool quoted)
{
    if (quoted) {
        return name.len > 2 && name.ptr[0] == '_' && name.ptr[name.len - 1] == '_' &&
               str_eq(str_slice(name, 1, name.len - 1), str_of(word));
    }
    return str_eq(name, str_of(word));
}

static bool find_special(str name, bool quoted, struct form__ref *ret)
{
    static const struct {
        const char *word;
        enum form__ref_kind kind;
    } words[] = { { "this", FORM__REF_THIS }, { "parent", FORM__REF_PARENT }, { "i", FORM__REF_INDEX } };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (is_special(name, words[i].word, quoted)) {
            *ret = (struct form__ref){ .kind = words[i].kind, .name = str_of(words[i].word) };
            return true;
        }
    }
    return false;
}

static struct form__ref resolve(struct form__loader *l, uint32_t scope, str name)
{
    struct form__ref ref;
    if (find_special(name, true, &ref)) {
        return ref;
    }
    for (uint32_t s = scope, up = 0; s != FORM__NONE; s = l->f->scopes[s].parent, up++) {
        uint32_t node = form__find_top(&l->f->scopes[s], name);
        if (node != FORM__NONE) {
            return (struct form__ref){ .kind = FORM__REF_NODE, .up = up, .node = node, .name = name };
        }
    }
    if (find_special(name, false, &ref)) {
        return ref;
    }
    form__note_variable(l, name);
    return (struct form__ref){ .kind = FORM__REF_VARIABLE, .name = name };
}

bool form__compile(struct form__loader *l, uint32_t scope, str text, const struct json *at,
                   const struct form__program **ret)
{
    struct feel_names n = { NULL, 0, 0 };
    if (++l->program_count > LIMIT_FORM_PROGRAMS) {
        form__fail(l, ERROR_LIMIT, at, "the form has too many expressions");
        error_detail(l->err, "limit %s = %d", "FORM_PROGRAMS", LIMIT_FORM_PROGRAMS);
        return false;
    }
    feel_names_of(l->a, text, &n);
    struct form__program *p = ARENA_NEW(l->a, struct form__program);
    struct error why = { .lang = l->err != NULL ? l->err->lang : LANG_EN };
    if (feel_compile(l->a, feel_names_scope(l->a, &n), text, &p->feel, &why) != OK) {
        form__fail(l, why.code, at, "the expression cannot be read: %s", why.message);
        error_detail(l->err, "%s", why.detail);
        error_hint(l->err, "correct it at column %u of: %.*s", why.where.column, STR_ARG(text));
        return false;
    }
    struct form__ref *refs = ARENA_ARRAY(l->a, struct form__ref, n.count);
    for (uint32_t i = 0; i < n.count; i++) {
        refs[i] = resolve(l, scope, n.items[i]);
    }
    p->refs = refs;
    p->count = n.count;
    *ret = p;
    return true;
}

/* ---- Running ---- */

static feel_value value_of(struct form__state *st, struct form__row *row, const struct form__ref *ref)
{
    feel_value v = feel_null();
    switch (ref->kind) {
    case FORM__REF_NODE:
        for (uint32_t up = ref->up; up > 0; up--) {
            row = row->parent;
        }
        bool there;
        return form__node_value(st, row, ref->node, false, &there);
    case FORM__REF_THIS:
        return form__row_value(st, row, false);
    case FORM__REF_PARENT:
        return row->parent == NULL ? v : form__row_value(st, row->parent, false);
    case FORM__REF_INDEX:
        return row->parent == NULL ? v : feel_number(dec_from_uint(row->index));
    case FORM__REF_VARIABLE:
        feel_context_get(st->request->variables, ref->name, &v);
        return v;
    }
    return v;
}

/* In a loop of a template `this` is the element, and its entries hide what is outside. */
static bool find_in_items(const struct form__item *item, const struct form__ref *ref, feel_value *ret)
{
    if (item != NULL && ref->kind == FORM__REF_THIS) {
        *ret = item->value;
        return true;
    }
    for (; item != NULL; item = item->outer) {
        if (feel_context_get(item->value, ref->name, ret)) {
            return true;
        }
    }
    return false;
}

feel_value form__run(struct form__state *st, struct form__row *row, const struct form__program *p)
{
    return form__run_with(st, row, NULL, p);
}

feel_value form__run_with(struct form__state *st, struct form__row *row, const struct form__item *item,
                          const struct form__program *p)
{
    if (++st->runs > LIMIT_FORM_RUNS) {
        st->limit = "FORM_RUNS";
        return feel_null();
    }
    feel_value *slots = ARENA_ARRAY(st->a, feel_value, p->count);
    for (uint32_t i = 0; i < p->count; i++) {
        if (!find_in_items(item, &p->refs[i], &slots[i])) {
            slots[i] = value_of(st, row, &p->refs[i]);
        }
    }
    feel_value v = feel_run(st->ev, p->feel, slots);
    return v.kind == FEEL_FUNCTION ? feel_null() : v;
}

feel_value form__attribute(struct form__state *st, struct form__row *row, uint32_t component,
                           enum form_attribute attribute)
{
    const struct form__dynamic *d = &st->f->details[component].attributes[attribute];
    switch (d->kind) {
    case FORM__ABSENT: return feel_null();
    case FORM__CONSTANT: return d->constant;
    case FORM__PROGRAM: return form__run(st, row, d->program);
    case FORM__TEMPLATE: return form__fill(st, row, d->pieces);
    }
    return feel_null();
}

bool form__flag(struct form__state *st, struct form__row *row, uint32_t component, enum form_attribute attribute)
{
    feel_value v = form__attribute(st, row, component, attribute);
    return feel_is_true(v) || (v.kind == FEEL_STRING && str_eq(feel_str(v), STR("true")));
}

bool form__number(struct form__state *st, struct form__row *row, uint32_t component,
                  enum form_attribute attribute, dec *ret)
{
    feel_value v = form__attribute(st, row, component, attribute);
    if (v.kind == FEEL_NUMBER) {
        *ret = v.number;
    }
    return v.kind == FEEL_NUMBER || (v.kind == FEEL_STRING && dec_parse(feel_str(v), ret));
}
