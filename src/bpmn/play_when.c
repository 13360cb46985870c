/* play_when: the lines of a scenario that make something happen. */
#include "bpmn/play_int.h"

static uint32_t number_member(feel_value v, const char *name)
{
    int64_t n = feel_whole_member(v, name);
    return n > 0 && n < INT32_MAX ? (uint32_t)n : 0;
}

/* ---- Finding what a line means ---- */

static enum error_code nothing_there(struct play *p, const char *what, str id)
{
    return play__fail(p, ERROR_MISSING, "no %s of \"%.*s\" is waiting", what, STR_ARG(id));
}

typedef bool is_wanted(const struct bpmn_wait *w);

static bool is_work(const struct bpmn_wait *w)
{
    return w->kind <= BPMN_WAIT_CALL;
}

static bool is_timer(const struct bpmn_wait *w)
{
    return w->kind == BPMN_WAIT_TIMER;
}

static bool is_message(const struct bpmn_wait *w)
{
    return w->kind == BPMN_WAIT_MESSAGE;
}

static uint32_t turn_of(const struct bpmn_state *s, uint32_t item)
{
    const struct bpmn__item *it = bpmn__item_by_id(s, item);
    while (it != NULL && it->turn == 0) {
        it = it->parent;
    }
    return it == NULL ? 0 : it->turn;
}

/* The first wait of that sort of an element in any instance; with a turn, of that turn of the loop around it. */
static bool find(struct play *p, str id, uint32_t turn, is_wanted *wanted, struct play__instance **ret,
                 struct bpmn_wait *ret_wait)
{
    for (uint32_t i = 0; i < p->instance_count; i++) {
        struct play__instance *in = p->instances[i];
        struct bpmn_cursor c = { NULL, 0, false };
        while (bpmn_next_wait(&in->s, &c, ret_wait)) {
            if (wanted(ret_wait) && str_eq(in->s.model->elements[ret_wait->element].id, id) &&
                (turn == 0 || turn_of(&in->s, ret_wait->item) == turn)) {
                *ret = in;
                return true;
            }
        }
    }
    return false;
}

static bool find_item(struct play *p, str id, bool incident, struct play__instance **ret, struct bpmn_item *ret_item)
{
    for (uint32_t i = 0; i < p->instance_count; i++) {
        struct bpmn_cursor c = { NULL, 0, false };
        while (bpmn_next_item(&p->instances[i]->s, &c, ret_item)) {
            if (str_eq(p->instances[i]->s.model->elements[ret_item->element].id, id) &&
                (!incident || ret_item->incident != 0)) {
                *ret = p->instances[i];
                return true;
            }
        }
    }
    return false;
}

/* ---- Starting ---- */

static enum error_code start(struct play *p, feel_value v, feel_value what)
{
    str process = feel_text_member(v, "process");
    struct bpmn_event event = { .kind = BPMN_START, .process = BPMN_NONE, .element = BPMN_NONE,
                                .depth = number_member(v, "depth"),
                                .variables = bpmn_play_value(p, feel_member(v, "with")) };
    const struct bpmn_model *m = p->models[0];
    if (p->model_count == 0) {
        return play__fail(p, ERROR_MISSING, "there is no process that could start");
    }
    for (uint32_t i = 0; i < p->model_count && process.len > 0 && event.process == BPMN_NONE; i++) {
        uint32_t found = bpmn_find(p->models[i], process); /* a step of another process may have the id too */
        m = p->models[i];
        event.process = found != BPMN_NONE && m->elements[found].kind == BPMN_PROCESS ? found : BPMN_NONE;
    }
    if (what.kind == FEEL_STRING) {
        event.element = bpmn_find(m, feel_str(what));
        if (event.element == BPMN_NONE) {
            return play__fail(p, ERROR_MISSING, "there is no element \"%.*s\"", STR_ARG(feel_str(what)));
        }
    }
    for (uint32_t i = 0; process.len == 0 && event.process == BPMN_NONE && i < m->process_count; i++) {
        event.process = bpmn_problem(m, m->processes[i]) == NULL ? m->processes[i] : BPMN_NONE;
    }
    if (event.process == BPMN_NONE && m->process_count > 0) {
        event.process = m->processes[0]; /* cannot be run: the engine says why */
    }
    struct play__instance *in = play__new_instance(p, m);
    if (in == NULL) {
        return play__fail(p, ERROR_LIMIT, "a scenario runs at most %d instances", PLAY__INSTANCES);
    }
    return play__step(p, in, &event);
}

/* ---- Work ---- */

struct verb {
    const char *word;
    enum bpmn_event_kind kind;
};

static enum error_code work(struct play *p, feel_value v, feel_value what, enum bpmn_event_kind kind)
{
    struct play__instance *in;
    struct bpmn_wait w;
    str id = what.kind == FEEL_STRING ? feel_str(what) : STR("");
    if (!find(p, id, number_member(v, "turn"), is_work, &in, &w)) {
        return nothing_there(p, "work", id);
    }
    struct bpmn_event event = { .kind = kind, .wait = w.id, .code = feel_text_member(v, "code"),
                                .text = feel_text_member(v, "text"), .element = BPMN_NONE,
                                .variables = bpmn_play_value(p, feel_member(v, "with")) };
    if (kind == BPMN_RETURN) {
        event.element = bpmn_find(in->s.model, feel_text_member(v, "to"));
    }
    return play__step(p, in, &event);
}

static enum error_code activate(struct play *p, feel_value v, str id)
{
    struct play__instance *in;
    struct bpmn_wait w;
    str inside = feel_text_member(v, "in");
    if (!find(p, inside, 0, is_work, &in, &w)) {
        return nothing_there(p, "work", inside);
    }
    struct bpmn_event event = { .kind = BPMN_ACTIVATE, .wait = w.id, .element = bpmn_find(in->s.model, id) };
    return play__step(p, in, &event);
}

static enum error_code timer(struct play *p, str id)
{
    struct play__instance *in;
    struct bpmn_wait w;
    if (!find(p, id, 0, is_timer, &in, &w)) {
        return nothing_there(p, "timer", id);
    }
    struct bpmn_event event = { .kind = BPMN_TIMER, .wait = w.id };
    return play__step(p, in, &event);
}

/* ---- Messages and signals ---- */

/* A message goes to the instance where somebody waits for it; "to" addresses an element. */
static enum error_code message(struct play *p, feel_value v, str name)
{
    struct bpmn_event event = { .kind = BPMN_MESSAGE_ARRIVED, .name = name,
                                .key = bpmn_play_value(p, feel_member(v, "key")),
                                .variables = bpmn_play_value(p, feel_member(v, "with")) };
    struct play__instance *in = NULL;
    struct bpmn_wait w;
    str to = feel_text_member(v, "to");
    if (to.len > 0) {
        if (!find(p, to, number_member(v, "turn"), is_message, &in, &w)) {
            return nothing_there(p, "message", to);
        }
        event.wait = w.id;
        return play__step(p, in, &event);
    }
    for (uint32_t i = 0; i < p->instance_count; i++) {
        struct bpmn_cursor c = { NULL, 0, false };
        while (bpmn_next_wait(&p->instances[i]->s, &c, &w)) {
            bool here = w.kind == BPMN_WAIT_MESSAGE && str_eq(w.name, name) && !w.happened;
            in = here ? p->instances[i] : in;
        }
    }
    in = in == NULL && p->instance_count > 0 ? p->instances[0] : in;
    return in == NULL ? nothing_there(p, "message", name) : play__step(p, in, &event);
}

static enum error_code signal(struct play *p, feel_value v, str name)
{
    enum error_code code = OK;
    uint32_t count = p->instance_count;
    for (uint32_t i = 0; i < count && code == OK; i++) {
        struct bpmn_event event = { .kind = BPMN_SIGNAL_ARRIVED, .name = name,
                                    .variables = bpmn_play_value(p, feel_member(v, "with")) };
        if (p->instances[i]->s.root != NULL) {
            code = play__step(p, p->instances[i], &event);
        }
    }
    return code;
}

/* ---- Variables, repair, the end ---- */

static enum error_code set(struct play *p, feel_value v, feel_value what)
{
    struct play__instance *in = p->instance_count > 0 ? p->instances[0] : NULL;
    struct bpmn_item it = { .id = 0 };
    str inside = feel_text_member(v, "in");
    if (in == NULL || (inside.len > 0 && !find_item(p, inside, false, &in, &it))) {
        return nothing_there(p, "item", inside);
    }
    struct bpmn_event event = { .kind = BPMN_SET, .item = it.id, .variables = bpmn_play_value(p, what) };
    return play__step(p, in, &event);
}

static enum error_code retry(struct play *p, feel_value v, str id)
{
    struct play__instance *in;
    struct bpmn_item it;
    if (!find_item(p, id, true, &in, &it)) {
        return nothing_there(p, "incident", id);
    }
    struct bpmn_event event = { .kind = BPMN_RETRY, .item = it.id,
                                .variables = bpmn_play_value(p, feel_member(v, "with")) };
    return play__step(p, in, &event);
}

static enum error_code cancel(struct play *p)
{
    struct bpmn_event event = { .kind = BPMN_CANCEL };
    return p->instance_count == 0 ? nothing_there(p, "instance", STR("")) : play__step(p, p->instances[0], &event);
}

static enum error_code migrate(struct play *p, feel_value v, str name)
{
    const struct bpmn_model *to;
    struct bpmn_result result;
    feel_value map = feel_member(v, "map");
    uint32_t n = map.kind == FEEL_CONTEXT ? map.count : 0;
    struct bpmn_mapping *rows = ARENA_ARRAY(&p->arena, struct bpmn_mapping, n);
    if (p->how->load == NULL || p->instance_count == 0) {
        return play__fail(p, ERROR_INVALID, "the scenario names a model that cannot be loaded");
    }
    enum error_code code = p->how->load(p->how->context, name, &to, p->err);
    for (uint32_t i = 0; i < n; i++) {
        rows[i] = (struct bpmn_mapping){ map.shape->names[i],
                                         map.values[i].kind == FEEL_STRING ? feel_str(map.values[i]) : STR("") };
    }
    feel_eval_set_environment(p->ev, &p->env);
    if (code == OK) {
        code = bpmn_migrate(&p->instances[0]->s, to, rows, n, p->ev, &result, p->err);
    }
    if (code == OK) {
        p->models[0] = to;
    }
    return code;
}

/* ---- One line ---- */

enum error_code play__when(struct play *p, feel_value v)
{
    static const struct verb verbs[] = {
        { "complete", BPMN_COMPLETE }, { "error", BPMN_ERROR_THROWN }, { "escalate", BPMN_ESCALATION_THROWN },
        { "fail", BPMN_FAIL },         { "return", BPMN_RETURN },
    };
    feel_value what;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if ((what = feel_member(v, verbs[i].word)).kind != FEEL_NULL) {
            return work(p, v, what, verbs[i].kind);
        }
    }
    if ((what = feel_member(v, "start")).kind != FEEL_NULL) {
        return start(p, v, what);
    }
    if ((what = feel_member(v, "set")).kind != FEEL_NULL) {
        return set(p, v, what);
    }
    if (feel_is_true(feel_member(v, "cancel"))) {
        return cancel(p);
    }
    str id;
    return (id = feel_text_member(v, "timer")).len > 0      ? timer(p, id)
           : (id = feel_text_member(v, "message")).len > 0  ? message(p, v, id)
           : (id = feel_text_member(v, "signal")).len > 0   ? signal(p, v, id)
           : (id = feel_text_member(v, "activate")).len > 0 ? activate(p, v, id)
           : (id = feel_text_member(v, "retry")).len > 0    ? retry(p, v, id)
           : (id = feel_text_member(v, "migrate")).len > 0  ? migrate(p, v, id)
                                                       : play__fail(p, ERROR_INVALID, "the line says nothing that "
                                                                                      "could happen");
}

/* ---- Time ---- */

/* The timer that is due first, at or before `end`. */
static bool first_due(struct play *p, int64_t end, struct play__instance **ret, struct bpmn_wait *ret_wait)
{
    bool found = false;
    for (uint32_t i = 0; i < p->instance_count; i++) {
        struct bpmn_cursor c = { NULL, 0, false };
        struct bpmn_wait w;
        while (bpmn_next_wait(&p->instances[i]->s, &c, &w)) {
            if (w.kind == BPMN_WAIT_TIMER && !w.happened && w.due <= end && (!found || w.due < ret_wait->due)) {
                *ret = p->instances[i];
                *ret_wait = w;
                found = true;
            }
        }
    }
    return found;
}

/* "PT3H" from now, or a date and time. */
static bool end_of(const struct play *p, str text, int64_t *ret)
{
    struct bpmn__due due;
    struct arena scratch = ARENA_INIT;
    bool ok = bpmn__due_of(&p->env, TIMER_DURATION, feel_string(text), &scratch, &due);
    *ret = ok ? due.at : 0;
    arena_release(&scratch);
    return ok || play__instant(p, text, ret);
}

enum { ADVANCE_TIMERS = 10000 };

enum error_code play__advance(struct play *p, feel_value to)
{
    int64_t end;
    if (!end_of(p, feel_str(to), &end) || end < p->env.instant) {
        return play__fail(p, ERROR_INVALID, "the time cannot be moved to \"%.*s\"", STR_ARG(feel_str(to)));
    }
    struct play__instance *in;
    struct bpmn_wait w;
    enum error_code code = OK;
    for (int n = 0; code == OK && n < ADVANCE_TIMERS && first_due(p, end, &in, &w); n++) {
        struct bpmn_event event = { .kind = BPMN_TIMER, .wait = w.id };
        if (w.due > p->env.instant) {
            p->env.instant = w.due;
            p->env.nano = 0;
        }
        p->env.instant += w.due_nano > 0 && w.due == p->env.instant;
        code = play__step(p, in, &event);
    }
    p->env.instant = end > p->env.instant ? end : p->env.instant;
    return code;
}
