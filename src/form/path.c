/* path: where values stand, and what is done with values by their paths alone. */
#include "form/form_int.h"

bool form__step(str *path, str *ret_name, uint32_t *ret_index)
{
    size_t n = 0, len = path->len;
    const char *p = path->ptr;
    while (n < len && p[n] != '.' && p[n] != '[' && p[n] != ']') {
        n++;
    }
    *ret_name = str_slice(*path, 0, n);
    *ret_index = 0;
    if (n < len && p[n] == '[') {
        uint32_t index = 0, digits = 0;
        for (n++; n < len && p[n] >= '0' && p[n] <= '9' && digits < 7; n++, digits++) {
            index = index * 10 + (uint32_t)(p[n] - '0');
        }
        if (n == len || p[n] != ']' || (digits > 0 && index == 0)) {
            return false;
        }
        *ret_index = digits == 0 ? UINT32_MAX : index;
        n++;
    }
    bool dot = n < len && p[n] == '.' && n + 1 < len;
    if (ret_name->len == 0 || (n < len && !dot)) {
        return false;
    }
    *path = str_slice(*path, n + dot, len);
    return true;
}

bool form_get(feel_value values, str path, feel_value *ret)
{
    str name;
    uint32_t index;
    feel_value v = values;
    if (path.len == 0) {
        return false;
    }
    while (path.len > 0) {
        if (!form__step(&path, &name, &index) || !feel_context_get(v, name, &v)) {
            return false;
        }
        if (index != 0) {
            if (v.kind != FEEL_LIST || index > v.count) {
                return false;
            }
            v = v.items[index - 1];
        }
    }
    *ret = v;
    return true;
}

const struct form_component *form_find(const struct form *f, str path)
{
    const struct form__scope *s = &f->scopes[0];
    uint32_t node = FORM__NONE, index;
    const struct form_component *c = NULL;
    str name;
    while (path.len > 0) {
        if (s == NULL || !form__step(&path, &name, &index) ||
            (node = form__find_child(s, node, name)) == FORM__NONE) {
            return NULL;
        }
        uint32_t i = s->nodes[node].component;
        c = i == FORM__NONE ? NULL : &f->components[i];
        if (c != NULL) {
            s = f->details[i].list == FORM__NONE ? NULL : &f->scopes[f->details[i].list];
            node = FORM__NONE;
        }
    }
    return c;
}

/* ---- Changing ---- */

feel_value form__with_entry(struct arena *a, feel_value context, str name, feel_value value)
{
    uint32_t count = context.kind == FEEL_CONTEXT ? context.count : 0;
    int64_t at = count > 0 ? feel_shape_find(context.shape, name) : -1;
    feel_value *values = ARENA_ARRAY(a, feel_value, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        values[i] = context.values[i];
    }
    if (at >= 0) {
        values[at] = value;
        return feel_context(context.shape, values);
    }
    str *names = ARENA_ARRAY(a, str, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = context.shape->names[i];
    }
    names[count] = arena_str(a, name);
    values[count] = value;
    return feel_context(feel_shape_new(a, names, count + 1), values);
}

static feel_value with_item(struct arena *a, feel_value list, uint32_t index, feel_value value)
{
    uint32_t count = list.kind == FEEL_LIST ? list.count : 0, size = index > count ? index : count;
    feel_value *items = ARENA_ARRAY(a, feel_value, size);
    for (uint32_t i = 0; i < size; i++) {
        items[i] = i < count ? list.items[i] : feel_null();
    }
    items[index - 1] = value;
    return feel_list(items, size);
}

/* A copy of the values with another value at the path; what leads there is made. The base itself when it is no path or
 * goes too deep. */
static feel_value with_path(struct arena *a, feel_value base, str path, feel_value value, uint32_t depth)
{
    str name;
    uint32_t index;
    feel_value below = feel_null(), inner = feel_null();
    if (depth > LIMIT_FORM_DEPTH || !form__step(&path, &name, &index) || index > LIMIT_FORM_ROWS) {
        return base;
    }
    feel_context_get(base, name, &below);
    if (index == 0) {
        return form__with_entry(a, base, name, path.len == 0 ? value : with_path(a, below, path, value, depth + 1));
    }
    if (below.kind == FEEL_LIST && index <= below.count) {
        inner = below.items[index - 1];
    }
    inner = path.len == 0 ? value : with_path(a, inner, path, value, depth + 1);
    return form__with_entry(a, base, name, with_item(a, below, index, inner));
}

feel_value form__with_path(struct arena *a, feel_value base, str path, feel_value value)
{
    return with_path(a, base, path, value, 0);
}

feel_value form_overlay(struct arena *a, feel_value declared, feel_value verified)
{
    for (uint32_t i = 0; verified.kind == FEEL_CONTEXT && i < verified.count; i++) {
        feel_value value;
        if (feel_context_get(verified.values[i], STR("value"), &value)) {
            declared = form__with_path(a, declared, verified.shape->names[i], value);
        }
    }
    return feel_copy(a, declared);
}

/* ---- Comparing ---- */

static bool same(struct feel_eval *ev, feel_value x, feel_value y, uint32_t depth)
{
    if (x.kind != y.kind || depth > LIMIT_FEEL_VALUE_DEPTH) {
        return false;
    }
    if (x.kind == FEEL_LIST || x.kind == FEEL_CONTEXT) {
        bool equal = x.count == y.count;
        for (uint32_t i = 0; equal && i < x.count; i++) {
            feel_value other = x.kind == FEEL_LIST ? y.items[i] : feel_null();
            equal = x.kind == FEEL_LIST || feel_context_get(y, x.shape->names[i], &other);
            equal = equal && same(ev, x.kind == FEEL_LIST ? x.items[i] : x.values[i], other, depth + 1);
        }
        return equal;
    }
    return x.kind == FEEL_NULL || feel_is_true(feel_equal(ev, x, y));
}

bool form__same(struct feel_eval *ev, feel_value x, feel_value y)
{
    return same(ev, x, y, 0);
}

/* ---- What a blind scorer sees ---- */

struct blinding {
    const struct form *f;
    struct arena *a;
};

static feel_value blind_children(struct blinding *b, const struct form__scope *s, uint32_t node, feel_value v);

static bool blind_node(struct blinding *b, const struct form__scope *s, uint32_t node, feel_value v, feel_value *ret)
{
    const struct form__node *n = &s->nodes[node];
    uint32_t list = n->component == FORM__NONE ? FORM__NONE : b->f->details[n->component].list;
    if (n->component == FORM__NONE) {
        *ret = blind_children(b, s, node, v);
        return ret->count > 0;
    }
    if (list == FORM__NONE) {
        *ret = v;
        return b->f->components[n->component].shown_blind;
    }
    uint32_t count = v.kind == FEEL_LIST ? v.count : 0, shown = 0;
    feel_value *rows = ARENA_ARRAY(b->a, feel_value, count);
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = blind_children(b, &b->f->scopes[list], FORM__NONE, v.items[i]);
        shown += rows[i].count;
    }
    *ret = feel_list(rows, count);
    return shown > 0;
}

static feel_value blind_children(struct blinding *b, const struct form__scope *s, uint32_t node, feel_value v)
{
    uint32_t count = v.kind == FEEL_CONTEXT ? v.count : 0, kept = 0;
    str *names = ARENA_ARRAY(b->a, str, count);
    feel_value *values = ARENA_ARRAY(b->a, feel_value, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = form__find_child(s, node, v.shape->names[i]);
        if (n != FORM__NONE && blind_node(b, s, n, v.values[i], &values[kept])) {
            names[kept++] = v.shape->names[i];
        }
    }
    return feel_context(feel_shape_new(b->a, names, kept), values);
}

feel_value form_blind(const struct form *f, feel_value declared, struct arena *a)
{
    struct blinding b = { f, a };
    return feel_copy(a, blind_children(&b, &f->scopes[0], FORM__NONE, declared));
}
