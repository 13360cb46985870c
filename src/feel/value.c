/* value: making values and looking into them.
 *
 * Depth is the one number that a value carries about what is inside it: every walk over a value recurses at most
 * LIMIT_FEEL_VALUE_DEPTH deep, because nothing deeper can be made. Values share their insides, so a small one can
 * stand for a huge text ([x, x] of [y, y] of …): whoever walks must charge steps, stop when his buffer overflows,
 * or remember what he has seen.
 */
#include "feel/program_int.h"

/* ---- Kinds ---- */

str feel_kind_name(enum feel_kind kind)
{
    static const char *const names[FEEL_KINDS] = {
        [FEEL_NULL] = "null",
        [FEEL_BOOLEAN] = "boolean",
        [FEEL_NUMBER] = "number",
        [FEEL_STRING] = "string",
        [FEEL_DATE] = "date",
        [FEEL_TIME] = "time",
        [FEEL_DATE_TIME] = "date and time",
        [FEEL_SPAN] = "days and time duration",
        [FEEL_MONTHS] = "years and months duration",
        [FEEL_LIST] = "list",
        [FEEL_CONTEXT] = "context",
        [FEEL_RANGE] = "range",
        [FEEL_FUNCTION] = "function",
    };
    assert(kind < FEEL_KINDS);
    return str_of(names[kind]);
}

/* ---- Lists and contexts ---- */

/* 1 + the depth of the deepest. */
static uint32_t depth_over(const feel_value *values, uint64_t count)
{
    uint32_t deepest = 0;
    for (uint64_t i = 0; i < count; i++) {
        deepest = values[i].depth > deepest ? values[i].depth : deepest;
    }
    return deepest + 1;
}

feel_value feel_list(const feel_value *items, uint32_t count)
{
    uint32_t depth = depth_over(items, count);
    if (depth > LIMIT_FEEL_VALUE_DEPTH) {
        return feel_null();
    }
    return (feel_value){ .kind = FEEL_LIST, .depth = (uint16_t)depth, .count = count, .items = items };
}

feel_value feel_context(const struct feel_shape *shape, const feel_value *values)
{
    uint32_t depth = depth_over(values, shape->count);
    if (depth > LIMIT_FEEL_VALUE_DEPTH) {
        return feel_null();
    }
    return (feel_value){ .kind = FEEL_CONTEXT, .depth = (uint16_t)depth, .count = shape->count, .shape = shape,
                         .values = values };
}

/* A range counts two levels, as it takes two in a record. */
feel_value feel_range_value(struct arena *a, struct feel_range range)
{
    uint32_t depth = 2u + (range.start.depth > range.end.depth ? range.start.depth : range.end.depth);
    if (depth > LIMIT_FEEL_VALUE_DEPTH) {
        return feel_null();
    }
    struct feel_range *copy = arena_alloc(a, sizeof *copy);
    *copy = range;
    return (feel_value){ .kind = FEEL_RANGE, .depth = (uint16_t)depth, .range = copy };
}

/* ---- Shapes ---- */

enum { LINEAR_NAMES = 24 }; /* up to here looking at each name is quicker than hashing */

static void build_index(struct arena *a, struct feel_shape *shape)
{
    uint32_t size = 32;
    while (size < shape->count * 2) {
        size *= 2;
    }
    uint32_t *index = ARENA_ARRAY(a, uint32_t, size);
    shape->mask = size - 1;
    for (uint32_t i = 0; i < shape->count; i++) {
        uint32_t at = str_hash(shape->names[i]) & shape->mask;
        while (index[at] != 0) {
            at = (at + 1) & shape->mask;
        }
        index[at] = i + 1;
    }
    shape->index = index;
}

const struct feel_shape *feel_shape_new(struct arena *a, const str *names, uint32_t count)
{
    assert(count <= UINT32_MAX / 4);
    struct feel_shape *shape = ARENA_NEW(a, struct feel_shape);
    str *copy = ARENA_ARRAY(a, str, count);
    for (uint32_t i = 0; i < count; i++) {
        copy[i] = arena_str(a, names[i]);
    }
    shape->count = count;
    shape->names = copy;
    if (count > LINEAR_NAMES) {
        build_index(a, shape);
    }
    return shape;
}

const struct feel_shape *feel_shape_ordered(struct arena *a, const str *names, uint32_t count)
{
    const struct feel_shape *plain = feel_shape_new(a, names, count);
    struct feel_shape *shape = ARENA_NEW(a, struct feel_shape);
    *shape = *plain;
    shape->order = feel__name_order(a, plain);
    return shape;
}

bool feel_shape_is(const struct feel_shape *shape, const str *names, uint32_t count)
{
    bool same = shape->count == count;
    for (uint32_t i = 0; same && i < count; i++) {
        same = str_eq(shape->names[i], names[i]);
    }
    return same;
}

static bool is_name(const str *candidate, str name)
{
    return candidate->len == name.len &&
           (name.len == 0 || (candidate->ptr[0] == name.ptr[0] && memcmp(candidate->ptr, name.ptr, name.len) == 0));
}

int64_t feel_shape_find(const struct feel_shape *shape, str name)
{
    if (shape->index == NULL) {
        for (uint32_t i = 0; i < shape->count; i++) {
            if (is_name(&shape->names[i], name)) {
                return i;
            }
        }
        return -1;
    }
    uint32_t at = str_hash(name) & shape->mask;
    while (shape->index[at] != 0) {
        uint32_t i = shape->index[at] - 1;
        if (is_name(&shape->names[i], name)) {
            return i;
        }
        at = (at + 1) & shape->mask;
    }
    return -1;
}

bool feel_context_get(feel_value v, str name, feel_value *ret)
{
    int64_t at = v.kind == FEEL_CONTEXT ? feel_shape_find(v.shape, name) : -1;
    if (at < 0) {
        return false;
    }
    *ret = v.values[at];
    return true;
}

feel_value feel_member(feel_value v, const char *name)
{
    feel_value m = feel_null();
    feel_context_get(v, str_of(name), &m);
    return m;
}

str feel_text_member(feel_value v, const char *name)
{
    feel_value m = feel_member(v, name);
    return m.kind == FEEL_STRING ? feel_str(m) : STR("");
}

int64_t feel_whole_member(feel_value v, const char *name)
{
    return feel_whole_or(feel_member(v, name), 0);
}

bool feel_whole(feel_value v, int64_t *ret)
{
    return v.kind == FEEL_NUMBER && dec_to_int(v.number, ret);
}

bool feel_typed_whole(feel_value v, int64_t *ret)
{
    dec n;
    return v.kind == FEEL_STRING ? dec_parse(feel_str(v), &n) && dec_to_int(n, ret) : feel_whole(v, ret);
}

int64_t feel_whole_or(feel_value v, int64_t otherwise)
{
    int64_t n;
    return feel_whole(v, &n) ? n : otherwise;
}

/* A built-in is one function wherever it is named; every other function value is one of its own. */
bool feel__same_function(const struct feel_function *a, const struct feel_function *b)
{
    return a == b || (a->kind == FUNCTION_BUILTIN && b->kind == FUNCTION_BUILTIN && a->builtin == b->builtin);
}

/* ---- In the evaluator's arena ---- */

feel_value feel__string(struct feel_eval *ev, str s)
{
    if (s.len > LIMIT_FEEL_STRING) {
        return feel__stop(ev, "FEEL_STRING");
    }
    return feel__room(ev, s.len + 1) ? feel_string(arena_str(&ev->arena, s)) : feel_null();
}

feel_value feel__string_from_buf(struct feel_eval *ev, struct buf *b)
{
    feel_value v = b->overflow ? feel__stop(ev, "FEEL_STRING") : feel__string(ev, buf_str(b));
    buf_release(b);
    return v;
}

feel_value *feel__values(struct feel_eval *ev, uint64_t count)
{
    if (count > LIMIT_FEEL_BYTES / sizeof(feel_value)) {
        feel__stop(ev, "FEEL_BYTES");
        return NULL;
    }
    size_t bytes = (size_t)count * sizeof(feel_value);
    return feel__room(ev, bytes) ? arena_alloc(&ev->arena, bytes) : NULL;
}

/* The capacity of a list under construction stands in its private_word. */
feel_value feel__list_new(void)
{
    return (feel_value){ .kind = FEEL_LIST, .depth = 1 };
}

static bool grow(struct feel_eval *ev, feel_value *list)
{
    uint64_t capacity = list->count == 0 ? 8 : (uint64_t)list->count * 2;
    if (capacity > LIMIT_FEEL_BYTES / sizeof(feel_value)) {
        feel__stop(ev, "FEEL_BYTES");
        return false;
    }
    size_t old = list->count * sizeof(feel_value), new = (size_t)capacity * sizeof(feel_value);
    if (!feel__room(ev, new)) {
        return false;
    }
    feel_value *items;
    if (list->count == 0) {
        items = arena_alloc(&ev->arena, new);
    } else {
        /* The items were never const: they came from here. */
        items = arena_grow(&ev->arena, (void *)(uintptr_t)list->items, old, new);
    }
    list->items = items;
    list->private_word = capacity;
    return true;
}

bool feel__list_add(struct feel_eval *ev, feel_value *list, feel_value item)
{
    assert(list->kind == FEEL_LIST && item.kind < FEEL_KINDS);
    if (item.depth >= list->depth) {
        if (item.depth >= LIMIT_FEEL_VALUE_DEPTH) {
            feel__stop(ev, "FEEL_VALUE_DEPTH");
            return false;
        }
        list->depth = (uint16_t)(item.depth + 1);
    }
    if (list->count == list->private_word && !grow(ev, list)) {
        return false;
    }
    feel_value *items = (feel_value *)(uintptr_t)list->items;
    items[list->count] = item;
    items[list->count].flags = 0;
    list->count++;
    return true;
}

static feel_value too_deep(struct feel_eval *ev)
{
    return feel__fail(ev, FEEL_DIAG_VALUE_DEPTH, NULL, NULL, NULL);
}

feel_value feel__list_of(struct feel_eval *ev, const feel_value *items, uint64_t count)
{
    assert(count <= UINT32_MAX);
    feel_value v = feel_list(items, (uint32_t)count);
    return v.kind == FEEL_LIST ? v : too_deep(ev);
}

feel_value feel__context_of(struct feel_eval *ev, const struct feel_shape *shape, const feel_value *values)
{
    feel_value v = feel_context(shape, values);
    return v.kind == FEEL_CONTEXT ? v : too_deep(ev);
}

/* ---- Copies ---- */

/* What was copied already: a value that stands in many places is copied once, so that a copy is never larger than
 * what it was made from. Keys are pointers to insides; a list that is the beginning of another (see
 * feel__list_add) has the same pointer but another count. */
struct copied {
    const void *key;
    uint32_t count;
    const void *copy;
};

struct copier {
    struct arena *arena;
    struct arena scratch;
    struct copied *table;
    uint32_t count, size;
    const struct feel_shape *recent; /* that was made: what comes of many rows has many of the same names */
};

static struct copied *find_copied(const struct copier *c, const void *key, uint32_t count)
{
    uint64_t hash = ((uint64_t)(uintptr_t)key >> 4) * 0x9E3779B97F4A7C15u + count;
    uint32_t at = (uint32_t)(hash >> 32) & (c->size - 1);
    while (c->table[at].key != NULL && (c->table[at].key != key || c->table[at].count != count)) {
        at = (at + 1) & (c->size - 1);
    }
    return &c->table[at];
}

static const void *copied_before(const struct copier *c, const void *key, uint32_t count)
{
    return c->size == 0 ? NULL : find_copied(c, key, count)->copy;
}

static void remember(struct copier *c, const void *key, uint32_t count, const void *copy)
{
    if (c->count * 2 >= c->size) {
        struct copied *old = c->table;
        uint32_t old_size = c->size;
        c->size = old_size == 0 ? 16 : old_size * 2;
        c->table = ARENA_ARRAY(&c->scratch, struct copied, c->size);
        for (uint32_t i = 0; i < old_size; i++) {
            if (old[i].key != NULL) {
                *find_copied(c, old[i].key, old[i].count) = old[i];
            }
        }
    }
    *find_copied(c, key, count) = (struct copied){ key, count, copy };
    c->count++;
}

static feel_value copy(struct copier *c, feel_value v);

static const feel_value *copy_values(struct copier *c, const feel_value *values, uint32_t count)
{
    if (count == 0) {
        return NULL;
    }
    const feel_value *before = copied_before(c, values, count);
    if (before != NULL) {
        return before;
    }
    feel_value *to = arena_alloc(c->arena, (size_t)count * sizeof *to);
    for (uint32_t i = 0; i < count; i++) {
        to[i] = copy(c, values[i]);
    }
    remember(c, values, count, to);
    return to;
}

static const struct feel_shape *copy_shape(struct copier *c, const struct feel_shape *shape)
{
    const struct feel_shape *to = copied_before(c, shape, 0);
    if (to == NULL) {
        bool same = c->recent != NULL && feel_shape_is(c->recent, shape->names, shape->count);
        to = same ? c->recent : feel_shape_new(c->arena, shape->names, shape->count);
        c->recent = to;
        remember(c, shape, 0, to);
    }
    return to;
}

enum { SHORT_TEXT = 64 }; /* bytes: copying it again costs no more than remembering it */

static const char *copy_text(struct copier *c, str text)
{
    if (text.len <= SHORT_TEXT) {
        return arena_str(c->arena, text).ptr;
    }
    const char *to = copied_before(c, text.ptr, (uint32_t)text.len);
    if (to == NULL) {
        to = arena_str(c->arena, text).ptr;
        remember(c, text.ptr, (uint32_t)text.len, to);
    }
    return to;
}

static const struct feel_range *copy_range(struct copier *c, const struct feel_range *range)
{
    const struct feel_range *before = copied_before(c, range, 0);
    if (before != NULL) {
        return before;
    }
    struct feel_range *to = arena_alloc(c->arena, sizeof *to);
    *to = *range;
    to->start = copy(c, range->start);
    to->end = copy(c, range->end);
    remember(c, range, 0, to);
    return to;
}

/* Recurses as deep as v, which is bounded. */
static feel_value copy(struct copier *c, feel_value v)
{
    v.flags = 0;
    switch (v.kind) {
    case FEEL_STRING:
        v.text = copy_text(c, feel_str(v));
        return v;
    case FEEL_LIST:
        v.items = copy_values(c, v.items, v.count);
        v.private_word = 0;
        return v;
    case FEEL_CONTEXT:
        v.shape = copy_shape(c, v.shape);
        v.values = copy_values(c, v.values, v.count);
        return v;
    case FEEL_RANGE:
        v.range = copy_range(c, v.range);
        return v;
    default:
        return v;
    }
}

feel_value feel_copy(struct arena *a, feel_value v)
{
    struct copier c = { .arena = a, .scratch = ARENA_INIT };
    feel_value to = copy(&c, v);
    arena_release(&c.scratch);
    return to;
}
