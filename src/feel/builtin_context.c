/* builtin_context: contexts (DMN 1.5, 10.3.4.11). */
#include "feel/feel_int.h"

/* A context under construction: later values of a name replace earlier ones. */
struct maker {
    struct feel_eval *ev;
    str *names;
    feel_value *values;
    uint32_t count;
    uint32_t *index; /* open hashing by str_hash, position + 1 or 0 */
    uint32_t mask;
};

/* Room for `most` names; false when there is none. */
static bool maker_init(struct maker *m, struct feel_eval *ev, uint64_t most)
{
    uint64_t size = 16;
    while (size < most * 2) {
        size *= 2;
    }
    size_t bytes = (size_t)most * (sizeof(str) + sizeof(feel_value)) + (size_t)size * sizeof(uint32_t);
    *m = (struct maker){ .ev = ev, .mask = (uint32_t)size - 1 };
    if (!feel__steps(ev, most) || !feel__room(ev, bytes)) {
        return false;
    }
    m->names = ARENA_ARRAY(&ev->arena, str, most);
    m->values = ARENA_ARRAY(&ev->arena, feel_value, most);
    m->index = ARENA_ARRAY(&ev->arena, uint32_t, size);
    return true;
}

/* Sets an entry; true when the name is new. */
static bool maker_set(struct maker *m, str name, feel_value v)
{
    uint32_t at = str_hash(name) & m->mask;
    while (m->index[at] != 0) {
        uint32_t i = m->index[at] - 1;
        if (str_eq(m->names[i], name)) {
            m->values[i] = v;
            return false;
        }
        at = (at + 1) & m->mask;
    }
    m->names[m->count] = name;
    m->values[m->count++] = v;
    m->index[at] = m->count;
    return true;
}

static void maker_set_all(struct maker *m, feel_value context)
{
    for (uint32_t i = 0; i < context.count; i++) {
        maker_set(m, context.shape->names[i], context.values[i]);
    }
}

static feel_value maker_finish(struct maker *m)
{
    if (!feel__room(m->ev, m->count * sizeof(str))) {
        return feel_null();
    }
    return feel__context_of(m->ev, feel_shape_new(&m->ev->arena, m->names, m->count), m->values);
}

/* ---- Reading ---- */

static feel_value no_entry(struct feel_eval *ev, str name)
{
    return feel__fail(ev, FEEL_DIAG_NO_ENTRY, arena_str(&ev->arena, name).ptr, NULL, NULL);
}

feel_value builtin_get_value(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    feel_value v;
    return feel_context_get(args[0], feel_str(args[1]), &v) ? v : no_entry(ev, feel_str(args[1]));
}

/* args: context, keys: a path of names. */
feel_value builtin_get_value_path(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    feel_value v = args[0];
    for (uint32_t i = 0; i < args[1].count; i++) {
        feel_value key = args[1].items[i];
        if (key.kind != FEEL_STRING) {
            return feel__fail(ev, FEEL_DIAG_ARGUMENT_TYPE, "get value", "keys", feel__kind_text(key));
        }
        if (!feel_context_get(v, feel_str(key), &v)) {
            return no_entry(ev, feel_str(key));
        }
    }
    return v;
}

static const struct feel_shape *entry_shape(struct feel_eval *ev)
{
    const str names[] = { STR("key"), STR("value") };
    return feel_shape_new(&ev->arena, names, 2);
}

feel_value builtin_get_entries(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    uint32_t n = args[0].count;
    if (!feel__steps(ev, n)) {
        return feel_null();
    }
    feel_value *entries = feel__values(ev, (uint64_t)n * 3);
    if (entries == NULL) {
        return feel_null();
    }
    const struct feel_shape *shape = entry_shape(ev);
    feel_value *pairs = entries + n;
    for (uint32_t i = 0; i < n; i++) {
        pairs[2 * i] = feel_string(args[0].shape->names[i]);
        pairs[2 * i + 1] = args[0].values[i];
        entries[i] = feel__context_of(ev, shape, &pairs[2 * i]);
    }
    return feel__list_of(ev, entries, n);
}

/* ---- Making ---- */

/* args: entries, each {key: string, value: Any}. */
feel_value builtin_context(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    struct maker m;
    if (!maker_init(&m, ev, args[0].count)) {
        return feel_null();
    }
    for (uint32_t i = 0; i < args[0].count; i++) {
        feel_value key, value;
        if (!feel_context_get(args[0].items[i], STR("key"), &key) || key.kind != FEEL_STRING ||
            !feel_context_get(args[0].items[i], STR("value"), &value)) {
            return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, "context", "entries", feel__brief(ev, args[0].items[i]));
        }
        if (!maker_set(&m, feel_str(key), value)) {
            return feel__fail(ev, FEEL_DIAG_DUPLICATE_KEY, arena_str(&ev->arena, feel_str(key)).ptr, NULL, NULL);
        }
    }
    return maker_finish(&m);
}

static feel_value put(struct feel_eval *ev, feel_value context, str key, feel_value v)
{
    struct maker m;
    if (!maker_init(&m, ev, (uint64_t)context.count + 1)) {
        return feel_null();
    }
    maker_set_all(&m, context);
    maker_set(&m, key, v);
    return maker_finish(&m);
}

feel_value builtin_context_put(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    return put(ev, args[0], feel_str(args[1]), args[2]);
}

/* Puts v under the path keys[0].keys[1]…; contexts on the way that are not there are made. Recurses as deep as the
 * path, whose length the caller has bounded. */
static feel_value put_path(struct feel_eval *ev, feel_value context, const feel_value *keys, uint32_t count,
                           feel_value v)
{
    feel_value inner = feel_null();
    if (keys[0].kind != FEEL_STRING) {
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_TYPE, "context put", "keys", feel__kind_text(keys[0]));
    }
    if (count == 1) {
        return put(ev, context, feel_str(keys[0]), v);
    }
    if (!feel_context_get(context, feel_str(keys[0]), &inner) || inner.kind == FEEL_NULL) {
        inner = feel__context_of(ev, feel_shape_new(&ev->arena, NULL, 0), NULL);
    }
    if (inner.kind != FEEL_CONTEXT) {
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, "context put", "keys", feel__brief(ev, keys[0]));
    }
    inner = put_path(ev, inner, keys + 1, count - 1, v);
    return inner.kind == FEEL_NULL ? inner : put(ev, context, feel_str(keys[0]), inner);
}

feel_value builtin_context_put_path(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    if (args[1].count == 0) {
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, "context put", "keys", "[]");
    }
    if (args[1].count > LIMIT_FEEL_VALUE_DEPTH) {
        return feel__fail(ev, FEEL_DIAG_VALUE_DEPTH, NULL, NULL, NULL);
    }
    return put_path(ev, args[0], args[1].items, args[1].count, args[2]);
}

feel_value builtin_context_merge(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    uint64_t most = 0;
    for (uint32_t i = 0; i < args[0].count; i++) {
        if (args[0].items[i].kind != FEEL_CONTEXT) {
            return feel__fail(ev, FEEL_DIAG_ARGUMENT_TYPE, "context merge", "contexts",
                              feel__kind_text(args[0].items[i]));
        }
        most += args[0].items[i].count;
    }
    struct maker m;
    if (!maker_init(&m, ev, most)) {
        return feel_null();
    }
    for (uint32_t i = 0; i < args[0].count; i++) {
        maker_set_all(&m, args[0].items[i]);
    }
    return maker_finish(&m);
}
