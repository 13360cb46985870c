/* node: see node.h. */
#include "text/node.h"

#include <assert.h>

static struct node *container(struct arena *a, enum json_kind kind)
{
    struct node *n = ARENA_NEW(a, struct node);
    n->kind = (uint8_t)kind;
    n->arena = a;
    return n;
}

struct node *node_object(struct arena *a)
{
    return container(a, JSON_OBJECT);
}

struct node *node_list(struct arena *a)
{
    return container(a, JSON_ARRAY);
}

static struct node *append(struct node *to, const char *name, enum json_kind kind)
{
    assert(to->kind == (name == NULL ? JSON_ARRAY : JSON_OBJECT));
    struct node *n = container(to->arena, kind);
    n->name = name == NULL ? STR("") : str_of(name);
    *(to->last == NULL ? &to->first : &to->last->next) = n;
    to->last = n;
    to->count++;
    return n;
}

struct node *node_put_object(struct node *object, const char *name)
{
    return append(object, name, JSON_OBJECT);
}

struct node *node_put_list(struct node *object, const char *name)
{
    return append(object, name, JSON_ARRAY);
}

void node_put_text(struct node *object, const char *name, str text)
{
    append(object, name, JSON_STRING)->text = text;
}

void node_put_word(struct node *object, const char *name, const char *text)
{
    node_put_text(object, name, str_of(text));
}

void node_put_int(struct node *object, const char *name, int64_t n)
{
    append(object, name, JSON_NUMBER)->text = arena_printf(object->arena, "%lld", (long long)n);
}

void node_put_true(struct node *object, const char *name, bool b)
{
    if (b) {
        append(object, name, JSON_TRUE);
    }
}

struct node *node_add_object(struct node *list)
{
    return append(list, NULL, JSON_OBJECT);
}

struct node *node_add_list(struct node *list)
{
    return append(list, NULL, JSON_ARRAY);
}

void node_add_text(struct node *list, str text)
{
    append(list, NULL, JSON_STRING)->text = text;
}

/* Depth is bounded by JSON_DEPTH, which the parser kept. */
struct node *node_put_json(struct node *to, const char *name, const struct json *json)
{
    struct node *n = append(to, name, json->kind);
    if (json->kind == JSON_STRING || json->kind == JSON_NUMBER) {
        n->text = json->text;
        return n;
    }
    for (uint32_t i = 0; (json->kind == JSON_ARRAY || json->kind == JSON_OBJECT) && i < json->count; i++) {
        const char *inner = json->kind == JSON_ARRAY ? NULL : arena_str(to->arena, json->names[i]).ptr;
        node_put_json(n, inner, &json->items[i]);
    }
    return n;
}

/* As deep as the tree, which is built level by level by code of ours. */
struct node *node_put_node(struct node *to, const char *name, const struct node *tree)
{
    struct node *n = append(to, name, tree->kind);
    n->text = tree->text;
    for (const struct node *i = tree->first; i != NULL; i = i->next) {
        node_put_node(n, tree->kind == JSON_ARRAY ? NULL : arena_str(to->arena, i->name).ptr, i);
    }
    return n;
}

const struct node *node_member(const struct node *object, str name)
{
    const struct node *n = object == NULL || object->kind != JSON_OBJECT ? NULL : object->first;
    while (n != NULL && !str_eq(n->name, name)) {
        n = n->next;
    }
    return n;
}

str node_text(const struct node *object, const char *name)
{
    const struct node *n = node_member(object, str_of(name));
    return n == NULL ? STR("") : n->text;
}

bool node_is_something(const struct node *n)
{
    if (n == NULL) {
        return false;
    }
    switch ((enum json_kind)n->kind) {
    case JSON_NULL: case JSON_FALSE: return false;
    case JSON_TRUE: case JSON_NUMBER: return true;
    case JSON_STRING: return n->text.len > 0;
    case JSON_ARRAY: case JSON_OBJECT: return n->count > 0;
    }
    return false;
}

void node_write(const struct node *n, struct json_writer *w)
{
    switch ((enum json_kind)n->kind) {
    case JSON_NULL: json_null(w); return;
    case JSON_FALSE: json_bool(w, false); return;
    case JSON_TRUE: json_bool(w, true); return;
    case JSON_NUMBER: json_raw(w, n->text); return;
    case JSON_STRING: json_string(w, n->text); return;
    case JSON_ARRAY: json_begin_array(w); break;
    case JSON_OBJECT: json_begin_object(w); break;
    }
    for (const struct node *i = n->first; i != NULL; i = i->next) {
        if (n->kind == JSON_OBJECT) {
            json_key(w, i->name);
        }
        node_write(i, w);
    }
    if (n->kind == JSON_OBJECT) {
        json_end_object(w);
    } else {
        json_end_array(w);
    }
}
