/* name: keys to nodes, and what follows from them: shapes and types of values, patterns of paths. */
#include "form/form_int.h"

uint32_t form__find_child(const struct form__scope *s, uint32_t parent, str name)
{
    uint32_t n = parent == FORM__NONE ? s->first : s->nodes[parent].first;
    while (n != FORM__NONE && !str_eq(s->nodes[n].name, name)) {
        n = s->nodes[n].next;
    }
    return n;
}

uint32_t form__find_top(const struct form__scope *s, str name)
{
    return form__find_child(s, FORM__NONE, name);
}

static uint32_t new_node(struct form__loader *l, struct form__scope *s, uint32_t parent, str name)
{
    if (s->node_count == s->node_size) {
        s->nodes = form__grow(l->a, s->nodes, s->node_count, &s->node_size, sizeof *s->nodes);
    }
    uint32_t n = s->node_count++;
    s->nodes[n] = (struct form__node){ name, parent, FORM__NONE, FORM__NONE, FORM__NONE, FORM__NONE, 0, NULL };
    uint32_t *first = parent == FORM__NONE ? &s->first : &s->nodes[parent].first;
    uint32_t *last = parent == FORM__NONE ? &s->last : &s->nodes[parent].last;
    if (*last == FORM__NONE) {
        *first = n;
    } else {
        s->nodes[*last].next = n;
    }
    *last = n;
    *(parent == FORM__NONE ? &s->top_count : &s->nodes[parent].children) += 1;
    return n;
}

static bool is_word(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c >= 0x80)) {
            return false;
        }
    }
    return s.len > 0;
}

static bool taken(struct form__loader *l, const struct json *at, str key)
{
    form__fail(l, ERROR_INVALID, at, "two components have the key \"%.*s\"", STR_ARG(key));
    error_hint(l->err, "give each field a key of its own; a key cannot be another's and lead on with a dot");
    return false;
}

/* The component's key is `a.b.c`: contexts a and b, and the field c. A group with a path is a context itself, which
 * other groups and fields may share. */
bool form__add_node(struct form__loader *l, uint32_t component, uint32_t parent, const struct json *at,
                    uint32_t *ret_node)
{
    struct form_component *c = &l->f->components[component];
    struct form__scope *s = &l->f->scopes[l->f->details[component].scope];
    bool context = c->type == FORM_TYPE_GROUP;
    str rest = c->key;
    for (bool last = false; !last;) {
        const char *dot = memchr(rest.ptr, '.', rest.len);
        last = dot == NULL;
        str name = last ? rest : str_slice(rest, 0, (size_t)(dot - rest.ptr));
        if (!is_word(name)) {
            form__fail(l, ERROR_INVALID, at, "\"%.*s\" cannot be a key", STR_ARG(c->key));
            error_hint(l->err, "a key is of letters, digits and _, with dots between names");
            return false;
        }
        uint32_t n = form__find_child(s, parent, name);
        if (n != FORM__NONE && ((last && !context) || s->nodes[n].component != FORM__NONE)) {
            return taken(l, at, c->key);
        }
        parent = n != FORM__NONE ? n : new_node(l, s, parent, name);
        if (!last) {
            rest = str_slice(rest, name.len + 1, rest.len);
        }
    }
    if (!context) {
        s->nodes[parent].component = component;
    }
    *ret_node = parent;
    return true;
}

/* ---- Shapes and types ---- */

static const struct feel_type *type_of_children(struct form__loader *l, struct form__scope *s, uint32_t first,
                                                uint32_t count, const struct feel_shape **ret_shape)
{
    struct feel_field *fields = ARENA_ARRAY(l->a, struct feel_field, count);
    str *names = ARENA_ARRAY(l->a, str, count);
    uint32_t i = 0;
    for (uint32_t n = first; n != FORM__NONE; n = s->nodes[n].next, i++) {
        struct form__node *node = &s->nodes[n];
        names[i] = fields[i].name = node->name;
        fields[i].type = node->component != FORM__NONE
                             ? l->f->components[node->component].feel
                             : type_of_children(l, s, node->first, node->children, &node->shape);
    }
    *ret_shape = feel_shape_new(l->a, names, count);
    struct feel_type *t = ARENA_NEW(l->a, struct feel_type);
    *t = (struct feel_type){ .kind = FEEL_TYPE_CONTEXT, .count = count, .fields = fields };
    return t;
}

static str pattern_of(struct form__loader *l, uint32_t component)
{
    struct form *f = l->f;
    const struct form__detail *d = &f->details[component];
    const struct form__scope *s = &f->scopes[d->scope];
    str path = STR("");
    for (uint32_t n = d->node; n != FORM__NONE; n = s->nodes[n].parent) {
        path = path.len == 0 ? s->nodes[n].name
                             : arena_printf(l->a, "%.*s.%.*s", STR_ARG(s->nodes[n].name), STR_ARG(path));
    }
    if (s->component != FORM__NONE) {
        str list = f->components[s->component].pattern; /* it comes before, so it is known */
        path = arena_printf(l->a, "%.*s[].%.*s", STR_ARG(list), STR_ARG(path));
    }
    return path;
}

void form__finish_names(struct form__loader *l)
{
    struct form *f = l->f;
    for (uint32_t i = f->scope_count; i-- > 0;) { /* inner scopes stand behind those they are in */
        struct form__scope *s = &f->scopes[i];
        s->type = type_of_children(l, s, s->first, s->top_count, &s->shape);
        if (s->component != FORM__NONE) {
            struct feel_type *list = ARENA_NEW(l->a, struct feel_type);
            *list = (struct feel_type){ .kind = FEEL_TYPE_LIST, .element = s->type };
            f->components[s->component].feel = list;
        }
    }
    f->fields = ARENA_ARRAY(l->a, uint32_t, f->count);
    for (uint32_t i = 0; i < f->count; i++) {
        if (f->details[i].node != FORM__NONE && f->components[i].type != FORM_TYPE_GROUP) {
            f->components[i].pattern = pattern_of(l, i);
            f->fields[f->field_count++] = i;
        }
    }
}
