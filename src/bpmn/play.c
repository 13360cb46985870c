/* play: the lines of a scenario, the steps they make, and the effects of these. */
#include "bpmn/play_int.h"

enum error_code play__fail(struct play *p, enum error_code code, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    bpmn__format(text, sizeof text, p->err->lang, format, args);
    va_end(args);
    error_set(p->err, code, "%s", text);
    error_at(p->err, p->file, p->line, 0);
    return code;
}

const char *play__id(const struct bpmn_model *m, uint32_t element)
{
    return element == BPMN_NONE ? "" : m->elements[element].id.ptr;
}

/* ---- Values ---- */

static feel_value evaluate(struct play *p, str source)
{
    const struct feel_program *program;
    struct error err = { .code = OK };
    if (feel_compile(&p->arena, feel_scope_new(&p->arena), source, &program, &err) != OK) {
        return feel_null();
    }
    feel_eval_set_environment(p->ev, &p->env);
    return feel_copy(&p->arena, feel_run(p->ev, program, NULL));
}

/* Recurses as deep as the JSON is nested. */
feel_value bpmn_play_value(struct play *p, feel_value v)
{
    if (v.kind == FEEL_STRING && v.count > 0 && v.text[0] == '=') {
        return evaluate(p, str_slice(feel_str(v), 1, v.count));
    }
    if (v.kind != FEEL_LIST && v.kind != FEEL_CONTEXT) {
        return v;
    }
    feel_value *items = ARENA_ARRAY(&p->arena, feel_value, v.count);
    for (uint32_t i = 0; i < v.count; i++) {
        items[i] = bpmn_play_value(p, v.kind == FEEL_LIST ? v.items[i] : v.values[i]);
    }
    return v.kind == FEEL_LIST ? feel_list(items, v.count) : feel_context(v.shape, items);
}

bool play__instant(const struct play *p, str text, int64_t *ret)
{
    struct bpmn__due due;
    struct arena scratch = ARENA_INIT;
    bool ok = bpmn__due_of(&p->env, TIMER_DATE, feel_string(text), &scratch, &due);
    arena_release(&scratch);
    *ret = ok ? due.at : 0;
    return ok;
}

/* ---- What happened ---- */

static void append(struct play *p, feel_value *list, feel_value v)
{
    feel_value *items = ARENA_ARRAY(&p->arena, feel_value, list->count + 1);
    if (list->count > 0) {
        memcpy(items, list->items, list->count * sizeof *items);
    }
    items[list->count] = v;
    *list = feel_list(items, list->count + 1);
}

void play__forget(struct play *p)
{
    p->effects = p->sent = feel_list(NULL, 0);
    buf_clear(&p->trace);
}

static void tell(const struct play *p, str line)
{
    if (p->how->tell != NULL) {
        p->how->tell(p->how->context, line);
    }
}

static void note_moves(struct play *p, const struct bpmn_model *m, const struct bpmn_result *result)
{
    struct buf line = BUF_INIT(4096);
    for (uint32_t i = 0; i < result->move_count; i++) {
        buf_clear(&line);
        bpmn_move_print(m, &result->moves[i], &line);
        tell(p, buf_str(&line));
        buf_add(&p->trace, buf_str(&line));
        buf_addc(&p->trace, '\n');
        if (p->how->moved != NULL && m == p->models[0]) {
            p->how->moved(p->how->context, &result->moves[i]);
        }
    }
    buf_release(&line);
}

static feel_value details_of(struct play *p, const struct bpmn_effect *e)
{
    str *names = ARENA_ARRAY(&p->arena, str, e->detail_count);
    feel_value *values = ARENA_ARRAY(&p->arena, feel_value, e->detail_count);
    for (uint32_t i = 0; i < e->detail_count; i++) {
        names[i] = e->details[i].name;
        values[i] = feel_copy(&p->arena, e->details[i].value);
    }
    return feel_context(feel_shape_new(&p->arena, names, e->detail_count), values);
}

/* "task review", "send recommended", "finish ended". */
static void note_effect(struct play *p, const struct bpmn_model *m, const struct bpmn_effect *e)
{
    const char *about = e->kind == BPMN_EFFECT_FINISH ? bpmn_outcome_name(e->outcome) : play__id(m, e->element);
    str text = arena_printf(&p->arena, "%s %s", bpmn_effect_name(e->kind), about);
    append(p, &p->effects, feel_string(text));
    struct buf line = BUF_INIT(LIMIT_FEEL_STRING);
    buf_printf(&line, "=> %.*s%s", STR_ARG(text), e->name.len > 0 ? " " : "");
    if (e->kind == BPMN_EFFECT_INCIDENT) {
        bpmn_incident_print(e->incident, e->name, p->err->lang, &line);
    } else {
        buf_add(&line, e->name);
    }
    tell(p, buf_str(&line));
    buf_release(&line);
    if (e->element != BPMN_NONE && e->detail_count > 0) {
        str id = m->elements[e->element].id;
        feel_value details = details_of(p, e);
        for (uint32_t i = 0; i < p->details.count; i++) {
            if (str_eq(p->details.items[i].name, id)) {
                p->details.items[i].value = details;
                return;
            }
        }
        bpmn__add_variable(&p->arena, &p->details, id, details);
    }
}

/* ---- Carrying out effects ---- */

struct play__instance *play__new_instance(struct play *p, const struct bpmn_model *m)
{
    if (p->instance_count == PLAY__INSTANCES) {
        return NULL;
    }
    struct play__instance *in = ARENA_NEW(&p->arena, struct play__instance);
    bpmn_state_init(&in->s, m);
    p->instances[p->instance_count++] = in;
    return in;
}

static void add_news(struct play *p, struct play__instance *to, struct bpmn_event event)
{
    struct play__news *n = ARENA_NEW(&p->arena, struct play__news);
    event.variables = feel_copy(&p->arena, event.variables);
    event.code = bpmn__str(&p->arena, event.code);
    event.text = bpmn__str(&p->arena, event.text);
    event.name = bpmn__str(&p->arena, event.name);
    *n = (struct play__news){ to, event, NULL };
    *p->news_end = n;
    p->news_end = &n->next;
}

static void call(struct play *p, struct play__instance *in, const struct bpmn_effect *e)
{
    for (uint32_t i = 0; i < p->model_count; i++) {
        uint32_t process = bpmn_find(p->models[i], e->name);
        struct play__instance *child = NULL;
        if (process != BPMN_NONE && p->models[i]->elements[process].kind == BPMN_PROCESS) {
            child = play__new_instance(p, p->models[i]);
        }
        if (child != NULL) {
            child->caller = in;
            child->wait = e->id;
            add_news(p, child, (struct bpmn_event){ .kind = BPMN_START, .process = process, .element = BPMN_NONE,
                                                    .depth = in->s.depth + 1, .variables = e->variables });
            return;
        }
    }
}

static bool decide(struct play *p, const struct bpmn_effect *e, feel_value *ret)
{
    feel_value v;
    if (p->decisions.kind == FEEL_CONTEXT && feel_context_get(p->decisions, e->name, &v)) {
        *ret = v;
        return true;
    }
    return p->how->decide != NULL && p->how->decide(p->how->context, &p->env, &p->arena, e->name, e->variables, ret);
}

static void do_job(struct play *p, struct play__instance *in, const struct bpmn_effect *e)
{
    struct bpmn_event event = { .kind = BPMN_COMPLETE, .wait = e->id };
    str id = in->s.model->elements[e->element].id;
    if (p->how->job != NULL && p->how->job(p->how->context, &p->arena, id, e->name, details_of(p, e),
                                           bpmn_visible(&in->s, e->item, &p->arena), &event.variables)) {
        add_news(p, in, event);
    }
}

static void close_call(struct play *p, const struct play__instance *in, uint32_t wait)
{
    for (uint32_t i = 0; i < p->instance_count; i++) {
        if (p->instances[i]->caller == in && p->instances[i]->wait == wait && p->instances[i]->s.root != NULL) {
            add_news(p, p->instances[i], (struct bpmn_event){ .kind = BPMN_CANCEL });
        }
    }
}

/* The end of a called process is the end of its call, or an error there. */
static void finish(struct play *p, struct play__instance *in, const struct bpmn_effect *e)
{
    in->result = feel_copy(&p->arena, e->variables);
    struct bpmn_event event = { .kind = BPMN_COMPLETE, .wait = in->wait, .variables = e->variables };
    if (in->caller == NULL || e->outcome == BPMN_CANCELLED) {
        return;
    }
    if (e->outcome == BPMN_FAILED) {
        event.kind = BPMN_ERROR_THROWN;
        event.code = in->s.error_code;
        event.text = in->s.error_message;
        event.variables = feel_null();
    }
    add_news(p, in->caller, event);
}

static void note_sent(struct play *p, const struct bpmn_effect *e)
{
    str names[] = { STR("message"), STR("key"), STR("with") };
    feel_value *values = ARENA_ARRAY(&p->arena, feel_value, 3);
    values[0] = feel_string(bpmn__str(&p->arena, e->name));
    values[1] = feel_copy(&p->arena, e->key);
    values[2] = feel_copy(&p->arena, e->variables);
    append(p, &p->sent, feel_context(feel_shape_new(&p->arena, names, 3), values));
}

static void carry_out(struct play *p, struct play__instance *in, const struct bpmn_effect *e)
{
    struct bpmn_event event = { .kind = BPMN_COMPLETE, .wait = e->id };
    feel_value result;
    switch (e->kind) {
    case BPMN_EFFECT_SEND: note_sent(p, e); break;
    case BPMN_EFFECT_CALL: call(p, in, e); break;
    case BPMN_EFFECT_JOB: do_job(p, in, e); break;
    case BPMN_EFFECT_CANCEL: close_call(p, in, e->id); break;
    case BPMN_EFFECT_FINISH: finish(p, in, e); break;
    case BPMN_EFFECT_DECISION:
        if (decide(p, e, &result)) {
            event.variables = bpmn__one_entry(&p->arena, STR("result"), result);
            add_news(p, in, event);
        }
        break;
    case BPMN_EFFECT_BROADCAST:
        for (uint32_t i = 0; i < p->instance_count; i++) {
            if (p->instances[i] != in && p->instances[i]->s.root != NULL) {
                add_news(p, p->instances[i], (struct bpmn_event){ .kind = BPMN_SIGNAL_ARRIVED, .name = e->name,
                                                                  .variables = e->variables });
            }
        }
        break;
    case BPMN_EFFECT_ESCALATE:
        if (in->caller != NULL) {
            add_news(p, in->caller, (struct bpmn_event){ .kind = BPMN_ESCALATION_THROWN, .wait = in->wait,
                                                         .code = e->name, .variables = e->variables });
        }
        break;
    default: break; /* people, timers, messages: the scenario answers them */
    }
}

/* ---- Steps ---- */

/* Each state must keep its invariants and come back the same from its JSON; the play goes on with what came back. */
static enum error_code check_state(struct play *p, struct play__instance *in)
{
    struct buf first = BUF_INIT(LIMIT_JSON_BYTES), second = BUF_INIT(LIMIT_JSON_BYTES);
    const char *why = "";
    enum error_code code = OK;
    if (!bpmn_check_state(&in->s, &why)) {
        code = play__fail(p, ERROR_INVALID, "the state breaks an invariant: %s", why);
    }
    bpmn_state_write(&in->s, &first);
    if (code == OK && (code = bpmn_state_read(&in->s, buf_str(&first), p->err)) != OK) {
        error_at(p->err, p->file, p->line, 0);
    }
    bpmn_state_write(&in->s, &second);
    if (code == OK && !str_eq(buf_str(&first), buf_str(&second))) {
        code = play__fail(p, ERROR_INVALID, "the state does not come back the same from its JSON");
    }
    buf_release(&first);
    buf_release(&second);
    return code;
}

static enum error_code step_alone(struct play *p, struct play__instance *in, const struct bpmn_event *event)
{
    struct bpmn_result result;
    feel_eval_set_environment(p->ev, &p->env);
    enum error_code code = bpmn_step(&in->s, event, p->ev, &result, p->err);
    if (code != OK) {
        if (p->err->where.line == 0) {
            error_at(p->err, p->file, p->line, 0);
        }
        return code;
    }
    note_moves(p, in->s.model, &result);
    for (uint32_t i = 0; i < result.effect_count; i++) {
        note_effect(p, in->s.model, &result.effects[i]);
        carry_out(p, in, &result.effects[i]);
    }
    return check_state(p, in);
}

enum error_code play__step(struct play *p, struct play__instance *in, const struct bpmn_event *event)
{
    enum error_code code = step_alone(p, in, event);
    while (code == OK && p->news != NULL) {
        struct play__news *n = p->news;
        struct bpmn_wait w;
        p->news = n->next;
        p->news_end = p->news == NULL ? &p->news : p->news_end;
        bool stale = n->event.wait != 0 && !bpmn_find_wait(&n->to->s, n->event.wait, &w);
        bool over = n->to->s.root == NULL && n->event.kind != BPMN_START;
        if (!stale && !over) {
            code = step_alone(p, n->to, &n->event);
        }
    }
    return code;
}

/* ---- Lines ---- */

static enum error_code load_model(struct play *p, feel_value name)
{
    const struct bpmn_model *m;
    if (name.kind != FEEL_STRING || p->how->load == NULL || p->model_count == PLAY__MODELS) {
        return play__fail(p, ERROR_INVALID, "the scenario names a model that cannot be loaded");
    }
    enum error_code code = p->how->load(p->how->context, feel_str(name), &m, p->err);
    if (code == OK) {
        p->models[p->model_count++] = m;
    }
    return code;
}

/* A date alone is the beginning of the day. */
static bool day_begins(const struct play *p, str text, int64_t *ret)
{
    cal_date day;
    if (!cal_parse_date(text, &day)) {
        return false;
    }
    int64_t wall = cal_days_from_date(day) * 86400;
    *ret = wall - cal_zone_offset_local(p->env.zone, wall);
    return true;
}

static enum error_code given(struct play *p, feel_value v)
{
    feel_value at = feel_member(v, "at"), zone = feel_member(v, "zone"), models = feel_member(v, "models");
    if (zone.kind == FEEL_STRING && !cal_zone_find(feel_str(zone), &p->env.zone)) {
        return play__fail(p, ERROR_INVALID, "there is no time zone \"%.*s\"", STR_ARG(feel_str(zone)));
    }
    if (at.kind == FEEL_STRING && !day_begins(p, feel_str(at), &p->env.instant) &&
        !play__instant(p, feel_str(at), &p->env.instant)) {
        return play__fail(p, ERROR_INVALID, "\"%.*s\" is no date and time", STR_ARG(feel_str(at)));
    }
    p->env.seed = (uint64_t)feel_whole_or(feel_member(v, "seed"), (int64_t)p->env.seed);
    feel_value decisions = feel_member(v, "decisions");
    p->decisions = decisions.kind == FEEL_CONTEXT ? bpmn_play_value(p, decisions) : p->decisions;
    for (uint32_t i = 0; models.kind == FEEL_LIST && i < models.count; i++) {
        enum error_code code = load_model(p, models.items[i]);
        if (code != OK) {
            return code;
        }
    }
    return OK;
}

/* A refusal that the line announces is no failure, and leaves nothing behind. */
static enum error_code refused(struct play *p, feel_value line, enum error_code code)
{
    feel_value want = feel_member(line, "refused");
    if (want.kind != FEEL_STRING) {
        return code;
    }
    if (code == OK) {
        return play__fail(p, ERROR_INVALID, "the event was expected to be refused: %.*s", STR_ARG(feel_str(want)));
    }
    if (!str_eq(feel_str(want), str_of(error_name(code)))) {
        return code;
    }
    enum lang lang = p->err->lang;
    *p->err = (struct error){ .lang = lang };
    return OK;
}

static void release_instances(struct play *p)
{
    for (uint32_t i = 0; i < p->instance_count; i++) {
        bpmn_state_release(&p->instances[i]->s);
    }
    p->instance_count = 0;
}

/* Nothing has happened yet, and it is the first second of 2026 in Shanghai. */
static void begin(struct play *p, const struct bpmn_model *m)
{
    release_instances(p);
    p->models[0] = m;
    p->model_count = m != NULL;
    for (uint32_t i = 0; i < p->how->model_count && p->model_count < PLAY__MODELS; i++) {
        if (p->how->models[i] != m) {
            p->models[p->model_count++] = p->how->models[i];
        }
    }
    p->env = (struct feel_environment){ .instant = 1767196800, .calendar = p->how->calendar };
    if (!cal_zone_find(STR("Asia/Shanghai"), &p->env.zone)) {
        p->env.zone = 8 * 3600;
    }
    p->decisions = feel_null();
    p->details = (struct bpmn__variables){ NULL, 0, 0 };
    p->news = NULL;
    p->news_end = &p->news;
    play__forget(p);
}

static enum error_code play_line(struct play *p, feel_value line)
{
    feel_value v;
    if (line.kind != FEEL_CONTEXT) {
        return play__fail(p, ERROR_INVALID, "a line of a scenario is a JSON object");
    }
    if ((v = feel_member(line, "given")).kind == FEEL_CONTEXT) {
        return given(p, v);
    }
    if ((v = feel_member(line, "when")).kind == FEEL_CONTEXT) {
        play__forget(p);
        return refused(p, line, play__when(p, v));
    }
    if ((v = feel_member(line, "advance")).kind == FEEL_STRING) {
        play__forget(p);
        return refused(p, line, play__advance(p, v));
    }
    if ((v = feel_member(line, "expect")).kind == FEEL_CONTEXT) {
        return play__expect(p, v);
    }
    if (feel_member(line, "scenario").kind == FEEL_STRING) {
        begin(p, p->model);
        return OK;
    }
    return feel_member(line, "note").kind == FEEL_STRING
               ? OK
               : play__fail(p, ERROR_INVALID, "a line says scenario, given, when, advance, expect or note");
}

static enum error_code play_lines(struct play *p, str text)
{
    enum error_code code = OK;
    while (text.len > 0 && code == OK) {
        size_t end = 0;
        while (end < text.len && text.ptr[end] != '\n') {
            end++;
        }
        str line = str_trim(str_slice(text, 0, end));
        text = str_slice(text, end < text.len ? end + 1 : end, text.len);
        p->line++;
        if (line.len == 0) {
            continue;
        }
        feel_value v;
        code = feel_json_read(&p->arena, line, &v, p->err);
        if (code != OK) {
            error_at(p->err, p->file, p->line, p->err->where.column);
        } else {
            code = play_line(p, v);
        }
    }
    return code;
}

static void init(struct play *p, const struct bpmn_model *m, str file, const struct bpmn_play *how)
{
    *p = (struct play){ .how = how, .arena = ARENA_INIT, .file = file, .model = m,
                        .trace = BUF_INIT((size_t)1 << 26) };
    begin(p, m);
    p->ev = feel_eval_new(&p->env);
}

static void release(struct play *p)
{
    release_instances(p);
    buf_release(&p->trace);
    feel_eval_free(p->ev);
    arena_release(&p->arena);
}

enum error_code bpmn_play(const struct bpmn_model *m, str file, str scenario, const struct bpmn_play *how,
                          struct error *err)
{
    struct error ignored = { .code = OK };
    struct play p;
    init(&p, m, file, how);
    p.err = err != NULL ? err : &ignored;
    enum error_code code = play_lines(&p, scenario);
    if (how->ended != NULL && p.instance_count > 0) {
        how->ended(how->context, &p.instances[0]->s);
    }
    release(&p);
    return code;
}

/* ---- Line by line ---- */

struct play *bpmn_play_new(const struct bpmn_model *m, str file, const struct bpmn_play *how)
{
    struct arena arena = ARENA_INIT;
    struct play *p = ARENA_NEW(&arena, struct play);
    init(p, m, file, how);
    p->own = arena;
    return p;
}

enum error_code bpmn_play_line(struct play *p, uint32_t number, feel_value line, struct error *err)
{
    p->err = err;
    p->line = number;
    return play_line(p, line);
}

const struct feel_environment *bpmn_play_environment(const struct play *p)
{
    return &p->env;
}

feel_value bpmn_play_variables(struct play *p)
{
    const struct play__instance *in = p->instance_count > 0 ? p->instances[0] : NULL;
    return in == NULL || in->s.root == NULL ? feel_null()
                                            : bpmn_visible(&in->s, in->s.root->id, &p->arena);
}

void bpmn_play_free(struct play *p)
{
    struct arena own = p->own;
    release(p);
    arena_release(&own);
}
