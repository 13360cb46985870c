/* state_write: a state as canonical JSON: a value of contexts and lists in the form of records (docs/record.md), so
 * that names are in order and numbers exact. What has its usual value is left out; docs/bpmn.md lists the members. */
#include "bpmn/bpmn_int.h"

/* ---- Contexts under construction ---- */

enum { MEMBERS_MAX = 32 };

struct object {
    struct arena *a;
    str names[MEMBERS_MAX];
    feel_value values[MEMBERS_MAX];
    uint32_t count;
};

static void add(struct object *o, const char *name, feel_value v)
{
    assert(o->count < MEMBERS_MAX);
    o->names[o->count] = str_of(name);
    o->values[o->count++] = v;
}

static void add_number(struct object *o, const char *name, int64_t n)
{
    add(o, name, feel_number(dec_from_int(n)));
}

static void add_some(struct object *o, const char *name, uint32_t n)
{
    if (n != 0) {
        add_number(o, name, n);
    }
}

static void add_text(struct object *o, const char *name, str text)
{
    if (text.len > 0) {
        add(o, name, feel_string(text));
    }
}

static void add_flag(struct object *o, const char *name, bool flag)
{
    if (flag) {
        add(o, name, feel_boolean(true));
    }
}

static void add_value(struct object *o, const char *name, feel_value v)
{
    if (v.kind != FEEL_NULL) {
        add(o, name, v);
    }
}

static feel_value done(const struct object *o)
{
    feel_value *values = ARENA_ARRAY(o->a, feel_value, o->count);
    memcpy(values, o->values, o->count * sizeof *values);
    return feel_context(feel_shape_new(o->a, o->names, o->count), values);
}

/* Variables as they stand, without the copies that bpmn__context_of makes. */
static feel_value variables_of(const struct bpmn__variables *v, struct arena *a)
{
    str *names = ARENA_ARRAY(a, str, v->count);
    feel_value *values = ARENA_ARRAY(a, feel_value, v->count);
    for (uint32_t i = 0; i < v->count; i++) {
        names[i] = v->items[i].name;
        values[i] = v->items[i].value;
    }
    return feel_context(feel_shape_new(a, names, v->count), values);
}

/* ---- Event definitions by name ---- */

/* The id of the definition; "timer" or "timer#2" where it has none. */
str bpmn__definition_name(const struct bpmn_element *e, uint32_t definition, struct arena *a)
{
    const struct bpmn_definition *d = &e->definitions[definition];
    uint32_t n = 1;
    for (uint32_t i = 0; i < definition; i++) {
        n += e->definitions[i].trigger == d->trigger;
    }
    const char *word = bpmn_trigger_name(d->trigger);
    return d->id.len > 0 ? d->id : n == 1 ? str_of(word) : arena_printf(a, "%s#%u", word, n);
}

/* ---- Waits, records, items ---- */

static feel_value wait_value(const struct bpmn_model *m, const struct bpmn__wait *w, struct arena *a)
{
    struct object o = { .a = a };
    const struct bpmn_element *e = &m->elements[w->element];
    add_number(&o, "id", w->id);
    add_text(&o, "kind", str_of(bpmn_wait_name(w->kind)));
    add_text(&o, "element", e->id);
    if (w->definition != BPMN_NONE) {
        add_text(&o, "definition", bpmn__definition_name(e, w->definition, a));
    }
    add_text(&o, "name", w->name);
    add_value(&o, "key", w->key);
    if (w->kind == BPMN_WAIT_TIMER) {
        add_number(&o, "due", w->due);
        add_some(&o, "dueNano", w->due_nano);
        add_number(&o, "since", w->since);
        add_text(&o, "cycle", w->cycle);
        if (w->cycle.len > 0 && w->left != BPMN_NONE) {
            add_number(&o, "left", w->left);
        }
    }
    add_flag(&o, "happened", w->happened);
    add_flag(&o, "held", w->held);
    add_value(&o, "payload", w->payload);
    return done(&o);
}

static feel_value waits_value(const struct bpmn_model *m, const struct bpmn__wait *w, struct arena *a)
{
    uint32_t n = 0;
    for (const struct bpmn__wait *c = w; c != NULL; c = c->next) {
        n++;
    }
    feel_value *items = ARENA_ARRAY(a, feel_value, n);
    n = 0;
    for (; w != NULL; w = w->next) {
        items[n++] = wait_value(m, w, a);
    }
    return n == 0 ? feel_null() : feel_list(items, n);
}

/* Recurses as deep as sub-processes are nested. */
static feel_value records_value(const struct bpmn_model *m, const struct bpmn__record *record, struct arena *a)
{
    uint32_t n = 0;
    for (const struct bpmn__record *c = record; c != NULL; c = c->next) {
        n++;
    }
    feel_value *items = ARENA_ARRAY(a, feel_value, n);
    n = 0;
    for (; record != NULL; record = record->next) {
        struct object o = { .a = a };
        add_number(&o, "id", record->id);
        add_text(&o, "element", m->elements[record->element].id);
        add_flag(&o, "partial", record->partial);
        if (record->variables.count > 0) {
            add(&o, "variables", variables_of(&record->variables, a));
        }
        add_value(&o, "inside", records_value(m, record->inside, a));
        items[n++] = done(&o);
    }
    return n == 0 ? feel_null() : feel_list(items, n);
}

static feel_value arrived_value(const struct bpmn_model *m, const struct bpmn__item *it, struct arena *a)
{
    const struct bpmn_element *e = &m->elements[it->element];
    struct bpmn__variables v = { NULL, 0, 0 };
    for (uint32_t i = 0; i < e->in_count; i++) {
        if (it->arrived[i] > 0) {
            bpmn__add_variable(a, &v, m->links[e->in[i]].id, feel_number(dec_from_int(it->arrived[i])));
        }
    }
    return variables_of(&v, a);
}

static feel_value opened_value(const struct bpmn_model *m, const struct bpmn__item *it, struct arena *a)
{
    const struct bpmn_element *e = &m->elements[it->element];
    feel_value *items = ARENA_ARRAY(a, feel_value, e->in_count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->in_count; i++) {
        if (it->opened_by[i]) {
            items[n++] = feel_string(m->links[e->in[i]].id);
        }
    }
    return feel_list(items, n);
}

static void add_incident(struct object *o, const struct bpmn__item *it)
{
    struct object incident = { .a = o->a };
    if (it->incident != 0) {
        add_number(&incident, "id", it->incident);
        add_text(&incident, "kind", str_of(bpmn_incident_name(it->incident_kind)));
        add(&incident, "detail", feel_string(it->incident_detail));
        add(o, "incident", done(&incident));
    }
}

static void add_loop(struct object *o, const struct bpmn__item *it)
{
    add_flag(o, "body", it->body);
    if (it->body) {
        add_number(o, "started", it->started);
        add_some(o, "done", it->done);
        if (it->total != BPMN_NONE) {
            add_number(o, "total", it->total);
        }
    }
    add_value(o, "collection", it->collection);
    if (it->result_count > 0) {
        add(o, "results", feel_list(it->results, it->result_count));
    }
}

static feel_value item_value(const struct bpmn_model *m, const struct bpmn__item *it, struct arena *a)
{
    struct object o = { .a = a };
    add_number(&o, "id", it->id);
    add_text(&o, "element", m->elements[it->element].id);
    add_some(&o, "parent", it->parent == NULL ? 0 : it->parent->id);
    add_text(&o, "phase", str_of(bpmn_phase_name(it->phase)));
    add_some(&o, "turn", it->turn);
    add_some(&o, "step", it->step);
    add_flag(&o, "caught", it->caught);
    add_flag(&o, "open", it->open);
    add_some(&o, "compensator", it->compensator);
    if (it->trigger != BPMN_NONE) {
        add_text(&o, "trigger", m->elements[it->trigger].id);
    }
    add_incident(&o, it);
    add_loop(&o, it);
    if (it->arrived != NULL) {
        add(&o, "arrived", arrived_value(m, it, a));
    }
    if (it->opened_by != NULL) {
        add(&o, "openedBy", opened_value(m, it, a));
    }
    if (it->variables.count > 0) {
        add(&o, "variables", variables_of(&it->variables, a));
    }
    add_value(&o, "payload", it->payload);
    add_value(&o, "waits", waits_value(m, it->waits, a));
    add_value(&o, "records", records_value(m, it->records, a));
    add_value(&o, "todo", records_value(m, it->todo, a));
    return done(&o);
}

/* ---- The whole ---- */

static const char *const outcomes[] = { "running", "ended", "terminated", "failed", "cancelled" };

const char *bpmn_outcome_name(enum bpmn_outcome_kind outcome)
{
    return outcomes[outcome];
}

void bpmn_state_write(const struct bpmn_state *s, struct buf *out)
{
    struct arena a = ARENA_INIT;
    struct object o = { .a = &a };
    feel_value *items = ARENA_ARRAY(&a, feel_value, s->item_count);
    uint32_t n = 0;
    for (const struct bpmn__item *it = s->first; it != NULL; it = it->next) {
        items[n++] = item_value(s->model, it, &a);
    }
    add_text(&o, "format", STR(BPMN__STATE_FORMAT));
    if (s->process != BPMN_NONE) {
        add_text(&o, "process", s->model->elements[s->process].id);
    }
    add_text(&o, "outcome", str_of(bpmn_outcome_name(s->outcome)));
    add_text(&o, "errorCode", s->error_code);
    add_text(&o, "errorMessage", s->error_message);
    add_number(&o, "next", s->next);
    add_some(&o, "depth", s->depth);
    add(&o, "items", feel_list(items, n));
    feel_record_write(done(&o), out);
    arena_release(&a);
}
