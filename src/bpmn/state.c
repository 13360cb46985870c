/* state: the life of a state, its list of items, and looking into it. */
#include "bpmn/bpmn_int.h"

void bpmn_state_init(struct bpmn_state *s, const struct bpmn_model *m)
{
    *s = (struct bpmn_state){ .arena = ARENA_INIT, .model = m, .process = BPMN_NONE, .error_code = STR(""),
                              .error_message = STR(""), .next = 1 };
}

void bpmn_state_clear(struct bpmn_state *s)
{
    struct arena arena = s->arena;
    arena_clear(&arena);
    bpmn_state_init(s, s->model);
    s->arena = arena;
}

void bpmn_state_release(struct bpmn_state *s)
{
    arena_release(&s->arena);
    bpmn_state_init(s, s->model);
}

/* ---- The list of items ---- */

struct bpmn__item *bpmn__new_item(struct bpmn_state *s, struct bpmn__item *parent, uint32_t id, uint32_t element)
{
    struct bpmn__item *it = ARENA_NEW(&s->arena, struct bpmn__item);
    it->id = id;
    it->element = element;
    it->parent = parent;
    it->trigger = BPMN_NONE;
    it->previous = s->last;
    if (s->last != NULL) {
        s->last->next = it;
    } else {
        s->first = it;
    }
    s->last = it;
    s->item_count++;
    if (parent != NULL) {
        parent->child_count++;
    } else {
        s->root = it;
    }
    return it;
}

/* The item keeps its own `next`, for whoever is walking the list. */
void bpmn__unlink(struct bpmn_state *s, struct bpmn__item *it)
{
    if (it->previous != NULL) {
        it->previous->next = it->next;
    } else {
        s->first = it->next;
    }
    if (it->next != NULL) {
        it->next->previous = it->previous;
    } else {
        s->last = it->previous;
    }
    s->item_count--;
    if (it->parent != NULL) {
        it->parent->child_count--;
    } else {
        s->root = NULL;
    }
}

struct bpmn__item *bpmn__item_by_id(const struct bpmn_state *s, uint32_t id)
{
    if (id == 0) {
        return s->root;
    }
    struct bpmn__item *it = s->first;
    while (it != NULL && it->id != id) {
        it = it->next;
    }
    return it;
}

struct bpmn__wait *bpmn__find_wait(const struct bpmn_state *s, uint32_t id, struct bpmn__item **ret_item)
{
    for (struct bpmn__item *it = s->first; it != NULL; it = it->next) {
        for (struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
            if (w->id == id) {
                *ret_item = it;
                return w;
            }
        }
    }
    return NULL;
}

/* ---- Compaction ---- *
 *
 * What a state no longer uses stays in its arena until all that it does use is copied to a new one. That happens
 * before a step, when the arena has grown to twice what it was after the last time; so a step costs, in the long run,
 * a constant share of what it writes. Near its limit a state is compacted before each step, so that what it no longer
 * uses is not counted. */

static void copy_variables(struct arena *a, struct bpmn__variables *v)
{
    struct bpmn__variable *items = ARENA_ARRAY(a, struct bpmn__variable, v->count);
    for (uint32_t i = 0; i < v->count; i++) {
        items[i] = (struct bpmn__variable){ bpmn__str(a, v->items[i].name), feel_copy(a, v->items[i].value) };
    }
    v->items = items;
    v->size = v->count;
}

static struct bpmn__wait *copy_waits(struct arena *a, const struct bpmn__wait *w)
{
    struct bpmn__wait *first = NULL, **end = &first;
    for (; w != NULL; w = w->next) {
        struct bpmn__wait *c = ARENA_NEW(a, struct bpmn__wait);
        *c = *w;
        c->next = NULL;
        c->name = bpmn__str(a, w->name);
        c->cycle = bpmn__str(a, w->cycle);
        c->key = feel_copy(a, w->key);
        c->payload = feel_copy(a, w->payload);
        *end = c;
        end = &c->next;
    }
    return first;
}

/* Recurses as deep as sub-processes are nested. */
static struct bpmn__record *copy_records(struct arena *a, const struct bpmn__record *record)
{
    struct bpmn__record *first = NULL, **end = &first;
    for (; record != NULL; record = record->next) {
        struct bpmn__record *c = ARENA_NEW(a, struct bpmn__record);
        *c = *record;
        c->next = NULL;
        copy_variables(a, &c->variables);
        c->inside = copy_records(a, record->inside);
        *end = c;
        end = &c->next;
    }
    return first;
}

static void copy_item(const struct bpmn_model *m, struct arena *a, const struct bpmn__item *it, struct bpmn__item *c)
{
    const struct bpmn_element *e = &m->elements[it->element];
    c->incident_detail = bpmn__str(a, it->incident_detail);
    copy_variables(a, &c->variables);
    c->waits = copy_waits(a, it->waits);
    c->payload = feel_copy(a, it->payload);
    c->collection = feel_copy(a, it->collection);
    c->records = copy_records(a, it->records);
    c->todo = copy_records(a, it->todo);
    if (it->arrived != NULL) {
        c->arrived = ARENA_ARRAY(a, uint32_t, e->in_count);
        memcpy(c->arrived, it->arrived, e->in_count * sizeof *c->arrived);
    }
    if (it->opened_by != NULL) {
        c->opened_by = ARENA_ARRAY(a, bool, e->in_count);
        memcpy(c->opened_by, it->opened_by, e->in_count * sizeof *c->opened_by);
    }
    if (it->results != NULL) {
        c->results = ARENA_ARRAY(a, feel_value, it->result_count);
        for (uint32_t i = 0; i < it->result_count; i++) {
            c->results[i] = feel_copy(a, it->results[i]);
        }
        c->result_size = it->result_count;
    }
}

enum { SETTLED_LEAST = 64 << 10 };

void bpmn__compact(struct bpmn_state *s)
{
    size_t used = arena_used(&s->arena);
    bool grown = used >= 2 * s->settled + SETTLED_LEAST, large = used > LIMIT_BPMN_STATE / 2 && used > s->settled;
    if (!grown && !large) {
        return;
    }
    struct arena old = s->arena, fresh = ARENA_INIT;
    struct bpmn__item *last = NULL, *first = NULL;
    for (struct bpmn__item *it = s->first; it != NULL; it = it->next) {
        struct bpmn__item *c = ARENA_NEW(&fresh, struct bpmn__item);
        *c = *it;
        it->copy = c;
        c->parent = it->parent == NULL ? NULL : it->parent->copy;
        c->previous = last;
        c->next = NULL;
        if (last != NULL) {
            last->next = c;
        } else {
            first = c;
        }
        last = c;
        copy_item(s->model, &fresh, it, c);
    }
    s->root = s->root == NULL ? NULL : s->root->copy;
    s->first = first;
    s->last = last;
    s->error_code = bpmn__str(&fresh, s->error_code);
    s->error_message = bpmn__str(&fresh, s->error_message);
    s->arena = fresh;
    s->settled = arena_used(&s->arena);
    arena_release(&old);
}

/* ---- Looking in ---- */

bool bpmn_next_item(const struct bpmn_state *s, struct bpmn_cursor *cursor, struct bpmn_item *ret)
{
    const struct bpmn__item *it = cursor->begun ? cursor->item->next : s->first;
    if (it == NULL) {
        return false;
    }
    *cursor = (struct bpmn_cursor){ .item = it, .begun = true };
    *ret = (struct bpmn_item){ .id = it->id, .element = it->element, .parent = it->parent == NULL ? 0 : it->parent->id,
                               .phase = it->phase, .body = it->body, .turn = it->turn, .incident = it->incident,
                               .incident_kind = it->incident_kind, .incident_detail = it->incident_detail };
    return true;
}

static struct bpmn_wait wait_of(const struct bpmn__item *it, const struct bpmn__wait *w)
{
    return (struct bpmn_wait){ .id = w->id, .kind = w->kind, .item = it->id, .host = it->element,
                               .element = w->element, .definition = w->definition, .name = w->name, .key = w->key,
                               .due = w->due, .due_nano = w->due_nano, .happened = w->happened };
}

bool bpmn_next_wait(const struct bpmn_state *s, struct bpmn_cursor *cursor, struct bpmn_wait *ret)
{
    const struct bpmn__item *it = cursor->begun ? cursor->item : s->first;
    for (; it != NULL; it = it->next) {
        for (const struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
            if (it != cursor->item || w->id > cursor->wait) {
                *cursor = (struct bpmn_cursor){ .item = it, .wait = w->id, .begun = true };
                *ret = wait_of(it, w);
                return true;
            }
        }
    }
    return false;
}

bool bpmn_find_wait(const struct bpmn_state *s, uint32_t id, struct bpmn_wait *ret)
{
    struct bpmn__item *it;
    const struct bpmn__wait *w = bpmn__find_wait(s, id, &it);
    if (w == NULL) {
        return false;
    }
    *ret = wait_of(it, w);
    return true;
}

bool bpmn_variable(const struct bpmn_state *s, uint32_t item, str name, feel_value *ret)
{
    return bpmn__look_up(bpmn__item_by_id(s, item), name, ret);
}

feel_value bpmn_locals(const struct bpmn_state *s, uint32_t item, struct arena *a)
{
    const struct bpmn__item *it = bpmn__item_by_id(s, item);
    struct bpmn__variables none = { NULL, 0, 0 };
    return bpmn__context_of(it == NULL ? &none : &it->variables, a);
}

feel_value bpmn_visible(const struct bpmn_state *s, uint32_t item, struct arena *a)
{
    struct bpmn__variables all = { NULL, 0, 0 };
    for (const struct bpmn__item *it = bpmn__item_by_id(s, item); it != NULL; it = it->parent) {
        for (uint32_t i = 0; i < it->variables.count; i++) {
            bpmn__add_variable(a, &all, it->variables.items[i].name, it->variables.items[i].value);
        }
    }
    return bpmn__context_of(&all, a);
}
