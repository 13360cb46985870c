/* state_read: canonical JSON back to a state. The text comes from outside: every member is looked at, ids are looked
 * up in the model, and the whole must keep the invariants before it is taken. */
#include "bpmn/bpmn_int.h"

struct reader {
    struct bpmn_state *s;       /* under construction */
    const struct bpmn_model *m;
    const char *where;          /* the member at fault */
    uint32_t item;              /* … and its item, or 0 */
};

static bool fault(struct reader *r, const char *where)
{
    r->where = where;
    return false;
}

/* ---- Members ---- */

static bool has(feel_value v, const char *name)
{
    return feel_member(v, name).kind != FEEL_NULL;
}

static bool get_wide(struct reader *r, feel_value v, const char *name, int64_t *ret)
{
    return feel_whole(feel_member(v, name), ret) || fault(r, name);
}

static bool get_number(struct reader *r, feel_value v, const char *name, uint32_t *ret)
{
    int64_t n = 0;
    if (!get_wide(r, v, name, &n) || n < 0 || n >= BPMN_NONE) {
        return fault(r, name);
    }
    *ret = (uint32_t)n;
    return true;
}

/* A number that is `otherwise` when it is not there. */
static bool get_some(struct reader *r, feel_value v, const char *name, uint32_t otherwise, uint32_t *ret)
{
    *ret = otherwise;
    return !has(v, name) || get_number(r, v, name, ret);
}

static bool get_flag(struct reader *r, feel_value v, const char *name, bool *ret)
{
    feel_value m = feel_member(v, name);
    *ret = feel_is_true(m);
    return m.kind == FEEL_NULL || m.kind == FEEL_BOOLEAN || fault(r, name);
}

static bool get_text(struct reader *r, feel_value v, const char *name, str *ret)
{
    feel_value m = feel_member(v, name);
    *ret = m.kind == FEEL_STRING ? bpmn__str(&r->s->arena, feel_str(m)) : STR("");
    return m.kind == FEEL_NULL || m.kind == FEEL_STRING || fault(r, name);
}

static bool get_word(struct reader *r, feel_value v, const char *name, const char *(*word)(uint32_t), uint32_t count,
                     uint32_t *ret)
{
    str text;
    if (!get_text(r, v, name, &text)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(text, str_of(word(i)))) {
            *ret = i;
            return true;
        }
    }
    return fault(r, name);
}

static bool get_element(struct reader *r, feel_value v, const char *name, uint32_t *ret)
{
    str id;
    if (!get_text(r, v, name, &id)) {
        return false;
    }
    *ret = bpmn_find(r->m, id);
    return *ret != BPMN_NONE || fault(r, name);
}

static feel_value list_member(struct reader *r, feel_value v, const char *name, bool *ok)
{
    feel_value m = feel_member(v, name);
    if (m.kind != FEEL_LIST && m.kind != FEEL_NULL) {
        *ok = fault(r, name);
        return feel_list(NULL, 0);
    }
    return m.kind == FEEL_NULL ? feel_list(NULL, 0) : m;
}

static bool get_variables(struct reader *r, feel_value v, const char *name, struct bpmn__variables *ret)
{
    feel_value m = feel_member(v, name);
    if (m.kind != FEEL_CONTEXT) {
        return m.kind == FEEL_NULL || fault(r, name);
    }
    if (m.count > LIMIT_BPMN_VARIABLES || bpmn__unfit(m) != NULL) {
        return fault(r, name);
    }
    for (uint32_t i = 0; i < m.count; i++) {
        bpmn__add_variable(&r->s->arena, ret, bpmn__str(&r->s->arena, m.shape->names[i]),
                           bpmn__copy(&r->s->arena, m.values[i]));
    }
    return true;
}

/* A value as it is; `kind` FEEL_KINDS: any. */
static bool get_value(struct reader *r, feel_value v, const char *name, enum feel_kind kind, feel_value *ret)
{
    feel_value m = feel_member(v, name);
    if (m.kind != FEEL_NULL && ((kind != FEEL_KINDS && m.kind != kind) || bpmn__unfit(m) != NULL)) {
        return fault(r, name);
    }
    *ret = bpmn__copy(&r->s->arena, m);
    return true;
}

/* ---- Waits and records ---- */

static const char *wait_word(uint32_t i)
{
    return bpmn_wait_name((enum bpmn_wait_kind)i);
}

static const char *phase_word(uint32_t i)
{
    return bpmn_phase_name((enum bpmn_phase)i);
}

static const char *incident_word(uint32_t i)
{
    return bpmn_incident_name((enum bpmn_incident)i);
}

static const char *outcome_word(uint32_t i)
{
    return bpmn_outcome_name((enum bpmn_outcome_kind)i);
}

static bool get_definition(struct reader *r, feel_value v, struct bpmn__wait *w)
{
    str name;
    w->definition = BPMN_NONE;
    if (!get_text(r, v, "definition", &name) || name.len == 0) {
        return r->where == NULL;
    }
    const struct bpmn_element *e = &r->m->elements[w->element];
    for (uint32_t i = 0; i < e->definition_count; i++) {
        if (str_eq(bpmn__definition_name(e, i, &r->s->arena), name)) {
            w->definition = i;
            return true;
        }
    }
    return fault(r, "definition");
}

static bool read_timer(struct reader *r, feel_value v, struct bpmn__wait *w)
{
    return w->kind != BPMN_WAIT_TIMER ||
           (get_wide(r, v, "due", &w->due) && get_some(r, v, "dueNano", 0, &w->due_nano) && w->due_nano < 1000000000 &&
            get_wide(r, v, "since", &w->since) && get_text(r, v, "cycle", &w->cycle) &&
            get_some(r, v, "left", BPMN_NONE, &w->left));
}

static bool read_wait(struct reader *r, feel_value v, struct bpmn__wait *w)
{
    uint32_t kind = 0;
    bool ok = v.kind == FEEL_CONTEXT && get_number(r, v, "id", &w->id) &&
              get_word(r, v, "kind", wait_word, BPMN_WAITS, &kind) && get_element(r, v, "element", &w->element) &&
              get_definition(r, v, w) && get_text(r, v, "name", &w->name) &&
              get_value(r, v, "key", FEEL_KINDS, &w->key) && get_flag(r, v, "happened", &w->happened) &&
              get_flag(r, v, "held", &w->held) && get_value(r, v, "payload", FEEL_CONTEXT, &w->payload);
    w->kind = (enum bpmn_wait_kind)kind;
    w->cycle = STR("");
    return ok && read_timer(r, v, w);
}

static bool read_waits(struct reader *r, feel_value v, struct bpmn__item *it)
{
    bool ok = true;
    feel_value list = list_member(r, v, "waits", &ok);
    struct bpmn__wait **end = &it->waits;
    for (uint32_t i = 0; ok && i < list.count; i++) {
        struct bpmn__wait *w = ARENA_NEW(&r->s->arena, struct bpmn__wait);
        ok = read_wait(r, list.items[i], w) || fault(r, r->where != NULL ? r->where : "waits");
        *end = w;
        end = &w->next;
        r->s->wait_count++;
    }
    return ok;
}

/* Recurses as deep as the JSON is nested. */
static bool read_records(struct reader *r, feel_value v, const char *name, struct bpmn__record **ret)
{
    bool ok = true;
    feel_value list = list_member(r, v, name, &ok);
    for (uint32_t i = 0; ok && i < list.count; i++) {
        struct bpmn__record *record = ARENA_NEW(&r->s->arena, struct bpmn__record);
        feel_value x = list.items[i];
        ok = x.kind == FEEL_CONTEXT && get_number(r, x, "id", &record->id) &&
             get_element(r, x, "element", &record->element) && get_flag(r, x, "partial", &record->partial) &&
             get_variables(r, x, "variables", &record->variables) && read_records(r, x, "inside", &record->inside);
        *ret = record;
        ret = &record->next;
    }
    return ok || fault(r, r->where != NULL ? r->where : name);
}

/* ---- Items ---- */

static int64_t flow_of(const struct reader *r, const struct bpmn_element *e, str id)
{
    for (uint32_t i = 0; i < e->in_count; i++) {
        if (str_eq(r->m->links[e->in[i]].id, id)) {
            return i;
        }
    }
    return -1;
}

static bool read_arrived(struct reader *r, feel_value v, struct bpmn__item *it)
{
    const struct bpmn_element *e = &r->m->elements[it->element];
    feel_value m = feel_member(v, "arrived");
    if (m.kind == FEEL_NULL) {
        return true;
    }
    it->arrived = ARENA_ARRAY(&r->s->arena, uint32_t, e->in_count);
    for (uint32_t i = 0; m.kind == FEEL_CONTEXT && i < m.count; i++) {
        int64_t flow = flow_of(r, e, m.shape->names[i]), n = 0;
        bool ok = flow >= 0 && feel_whole(m.values[i], &n) && n > 0 && n < INT32_MAX;
        if (!ok) {
            return fault(r, "arrived");
        }
        it->arrived[flow] = (uint32_t)n;
    }
    return m.kind == FEEL_CONTEXT || fault(r, "arrived");
}

static bool read_opened(struct reader *r, feel_value v, struct bpmn__item *it)
{
    const struct bpmn_element *e = &r->m->elements[it->element];
    bool ok = true;
    feel_value list = list_member(r, v, "openedBy", &ok);
    if (!ok || !has(v, "openedBy")) {
        return ok;
    }
    it->opened_by = ARENA_ARRAY(&r->s->arena, bool, e->in_count);
    for (uint32_t i = 0; i < list.count; i++) {
        int64_t flow = list.items[i].kind == FEEL_STRING ? flow_of(r, e, feel_str(list.items[i])) : -1;
        if (flow < 0) {
            return fault(r, "openedBy");
        }
        it->opened_by[flow] = true;
    }
    return true;
}

static bool read_loop(struct reader *r, feel_value v, struct bpmn__item *it)
{
    bool ok = get_flag(r, v, "body", &it->body) && get_some(r, v, "started", 0, &it->started) &&
              get_some(r, v, "done", 0, &it->done) &&
              get_some(r, v, "total", it->body ? BPMN_NONE : 0, &it->total) &&
              get_value(r, v, "collection", FEEL_LIST, &it->collection);
    feel_value list = list_member(r, v, "results", &ok);
    if (!ok || bpmn__unfit(list) != NULL) {
        return ok && fault(r, "results");
    }
    it->results = list.count == 0 ? NULL : ARENA_ARRAY(&r->s->arena, feel_value, list.count);
    for (uint32_t i = 0; i < list.count; i++) {
        it->results[i] = bpmn__copy(&r->s->arena, list.items[i]);
    }
    it->result_count = it->result_size = list.count;
    return true;
}

static bool read_incident(struct reader *r, feel_value v, struct bpmn__item *it)
{
    feel_value x = feel_member(v, "incident");
    uint32_t kind = 0;
    if (x.kind == FEEL_NULL) {
        return true;
    }
    bool ok = x.kind == FEEL_CONTEXT && get_number(r, x, "id", &it->incident) && it->incident != 0 &&
              get_word(r, x, "kind", incident_word, BPMN_INCIDENTS, &kind) &&
              get_text(r, x, "detail", &it->incident_detail);
    it->incident_kind = (enum bpmn_incident)kind;
    r->s->incident_count++;
    return ok || fault(r, "incident");
}

static bool read_inside(struct reader *r, feel_value v, struct bpmn__item *it)
{
    uint32_t phase = 0;
    if (has(v, "trigger") && !get_element(r, v, "trigger", &it->trigger)) {
        return false;
    }
    bool ok = get_word(r, v, "phase", phase_word, BPMN_PHASES, &phase) && get_some(r, v, "turn", 0, &it->turn) &&
              get_some(r, v, "step", 0, &it->step) && get_flag(r, v, "caught", &it->caught) &&
              get_flag(r, v, "open", &it->open) && get_some(r, v, "compensator", 0, &it->compensator) &&
              read_incident(r, v, it) && read_loop(r, v, it) && read_arrived(r, v, it) && read_opened(r, v, it) &&
              get_variables(r, v, "variables", &it->variables) &&
              get_value(r, v, "payload", FEEL_CONTEXT, &it->payload) && read_waits(r, v, it) &&
              read_records(r, v, "records", &it->records) && read_records(r, v, "todo", &it->todo);
    it->phase = (enum bpmn_phase)phase;
    return ok;
}

static bool read_item(struct reader *r, feel_value v)
{
    uint32_t id = 0, element = BPMN_NONE, parent = 0;
    if (v.kind != FEEL_CONTEXT || !get_number(r, v, "id", &id) || !get_element(r, v, "element", &element) ||
        !get_some(r, v, "parent", 0, &parent)) {
        return fault(r, r->where != NULL ? r->where : "items");
    }
    r->item = id;
    struct bpmn__item *above = parent == 0 ? NULL : bpmn__item_by_id(r->s, parent);
    if ((above == NULL) != (r->s->root == NULL)) {
        return fault(r, "parent");
    }
    return read_inside(r, v, bpmn__new_item(r->s, above, id, element));
}

static bool read_items(struct reader *r, feel_value v)
{
    bool ok = true;
    feel_value list = list_member(r, v, "items", &ok);
    for (uint32_t i = 0; ok && i < list.count; i++) {
        ok = read_item(r, list.items[i]);
    }
    r->item = ok ? 0 : r->item;
    return ok;
}

/* ---- The whole ---- */

static bool read_state(struct reader *r, feel_value v)
{
    str format;
    uint32_t outcome = 0;
    if (v.kind != FEEL_CONTEXT || !get_text(r, v, "format", &format) || !str_eq(format, STR(BPMN__STATE_FORMAT))) {
        return fault(r, "format");
    }
    if (has(v, "process") && !get_element(r, v, "process", &r->s->process)) {
        return false;
    }
    bool ok = get_word(r, v, "outcome", outcome_word, BPMN_CANCELLED + 1, &outcome) &&
              get_text(r, v, "errorCode", &r->s->error_code) &&
              get_text(r, v, "errorMessage", &r->s->error_message) && get_number(r, v, "next", &r->s->next) &&
              get_some(r, v, "depth", 0, &r->s->depth) && read_items(r, v);
    r->s->outcome = (enum bpmn_outcome_kind)outcome;
    return ok;
}

static enum error_code refuse(const struct reader *r, struct error *err)
{
    error_set(err, ERROR_INVALID, "the state of the process instance cannot be read");
    if (r->item != 0) {
        error_detail(err, "item %u: %s", r->item, r->where != NULL ? r->where : "");
    } else {
        error_detail(err, "%s", r->where != NULL ? r->where : "");
    }
    return ERROR_INVALID;
}

static enum error_code check(struct reader *r, struct error *err)
{
    if (r->s->process != BPMN_NONE && r->s->root != NULL && bpmn_problem(r->m, r->s->process) != NULL) {
        r->where = "process";
        return refuse(r, err);
    }
    r->where = NULL;
    return bpmn_check_state(r->s, &r->where) ? OK : refuse(r, err);
}

enum error_code bpmn_state_read(struct bpmn_state *s, str json, struct error *err)
{
    struct arena scratch = ARENA_INIT;
    struct bpmn_state fresh;
    feel_value v = feel_null();
    bpmn_state_init(&fresh, s->model);
    struct reader r = { .s = &fresh, .m = s->model };
    enum error_code code = feel_record_read(&scratch, json, &v, err);
    if (code == OK) {
        code = read_state(&r, v) ? check(&r, err) : refuse(&r, err);
    }
    arena_release(&scratch);
    if (code != OK) {
        bpmn_state_release(&fresh);
        return code;
    }
    fresh.settled = arena_used(&fresh.arena);
    bpmn_state_release(s);
    *s = fresh;
    return OK;
}
