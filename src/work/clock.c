/* clock: the clocks (时限) of a dossier. Each that the manifest names lives in the variable `clocks`, a context by name:
 *
 *   due state for day late provisional length unit first last calendar events
 *
 * What is true are the events and how it counts; due, day, late and provisional are made of them (scheme/clock.h). When
 * something moves a clock, the variable is set in the unit that moved it, so that timers which read it are armed anew.
 * The table `clock` is a cache of it for lists, for the background that acts on lateness, and for computing again when
 * the calendar has changed.
 *
 * What happens in a unit is noted (work__happened) and put to the clocks when all that follows at once is done, again
 * and again until nothing moves: a clock that starts may let a condition fire, and that may end another.
 */
#include "work/work_int.h"

#include "base/limit.h"

/* ---- Values ---- */

/* In China, which has one offset. */
static feel_value moment(int64_t seconds)
{
    cal_datetime t;
    if (!cal_datetime_from_utc(seconds, 0, 8 * 3600, &t)) {
        return feel_null();
    }
    return (feel_value){ .kind = FEEL_DATE_TIME, .date_time = t };
}

static feel_value count_of(int64_t n)
{
    return feel_number(dec_from_int(n));
}

static feel_value event_value(struct work__plan *p, const struct scheme_clock_event *e)
{
    static const char *const members[] = { "act", "at", "n", "unit", "reason", "clause", "actor" };
    str names[7];
    feel_value *v = ARENA_ARRAY(&p->scratch, feel_value, 7);
    for (int i = 0; i < 7; i++) {
        names[i] = str_of(members[i]);
    }
    v[0] = feel_string(str_of(scheme_clock_act_name(e->act)));
    v[1] = moment(e->at);
    v[2] = count_of(e->n);
    v[3] = feel_string(str_of(scheme_unit_name(e->unit)));
    v[4] = feel_string(e->reason);
    v[5] = feel_string(e->clause);
    v[6] = count_of(e->actor);
    return feel_context(feel_shape_new(&p->scratch, names, 7), v);
}

static feel_value clock_value(struct work__plan *p, const struct work__clock *c)
{
    static const char *const members[] = { "due", "state", "for", "day", "late", "provisional", "length", "unit",
                                           "first", "last", "calendar", "events" };
    enum { COUNT = sizeof members / sizeof members[0] };
    str names[COUNT];
    bool runs = c->due.due != SCHEME_CLOCK_NEVER;
    feel_value *v = ARENA_ARRAY(&p->scratch, feel_value, COUNT);
    feel_value *events = ARENA_ARRAY(&p->scratch, feel_value, c->event_count);
    for (int i = 0; i < COUNT; i++) {
        names[i] = str_of(members[i]);
    }
    for (uint32_t i = 0; i < c->event_count; i++) {
        events[i] = event_value(p, &c->events[i]);
    }
    v[0] = moment(c->due.due);
    v[1] = feel_string(str_of(scheme_clock_state_name(c->due.state)));
    v[2] = feel_string(c->said->for_party ? STR("party") : STR("office"));
    v[3] = runs ? (feel_value){ .kind = FEEL_DATE, .date = c->due.last } : feel_null();
    v[4] = feel_boolean(c->due.late);
    v[5] = feel_boolean(c->due.provisional);
    v[6] = c->spec.n > 0 ? count_of(c->spec.n) : feel_null();
    v[7] = feel_string(str_of(scheme_unit_name(c->spec.unit)));
    v[8] = feel_string(c->spec.same_day ? STR("当日") : STR("次日"));
    v[9] = feel_string(c->spec.moves ? STR("顺延") : STR("不顺延"));
    v[10] = feel_string(c->calendar);
    v[11] = feel_list(events, c->event_count);
    return feel_context(feel_shape_new(&p->scratch, names, COUNT), v);
}

feel_value work__clocks_value(struct work__plan *p)
{
    str *names = ARENA_ARRAY(&p->scratch, str, p->clock_count);
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, p->clock_count);
    for (uint32_t i = 0; i < p->clock_count; i++) {
        names[i] = p->clocks[i].said->name;
        values[i] = clock_value(p, &p->clocks[i]);
    }
    return feel_context(feel_shape_new(&p->scratch, names, p->clock_count), values);
}

/* ---- Reading them back ---- */

static struct scheme_clock_event read_event(struct arena *a, feel_value v)
{
    feel_value at = feel_member(v, "at");
    int act = scheme_clock_act(feel_text_member(v, "act")), unit = scheme_unit(feel_text_member(v, "unit"));
    return (struct scheme_clock_event){
        .act = act < 0 ? SCHEME_CLOCK_END : (enum scheme_clock_act)act,
        .at = at.kind == FEEL_DATE_TIME ? cal_utc_seconds(at.date_time) : 0,
        .n = (uint32_t)feel_whole_member(v, "n"),
        .unit = unit < 0 ? SCHEME_DAYS : (enum scheme_unit)unit,
        .reason = arena_str(a, feel_text_member(v, "reason")), .clause = arena_str(a, feel_text_member(v, "clause")),
        .actor = feel_whole_member(v, "actor"),
    };
}

void work__clock_read(struct arena *a, feel_value v, struct work__clock *c)
{
    feel_value events = feel_member(v, "events");
    int unit = scheme_unit(feel_text_member(v, "unit"));
    c->spec = (struct scheme_clock_spec){
        .n = (uint32_t)feel_whole_member(v, "length"),
        .unit = unit < 0 ? SCHEME_DAYS : (enum scheme_unit)unit,
        .same_day = str_eq(feel_text_member(v, "first"), STR("当日")),
        .moves = str_eq(feel_text_member(v, "last"), STR("顺延")),
    };
    c->calendar = arena_str(a, feel_text_member(v, "calendar"));
    c->event_count = events.kind == FEEL_LIST && events.count <= LIMIT_WORK_CLOCK_EVENTS ? events.count : 0;
    c->events = ARENA_ARRAY(a, struct scheme_clock_event, LIMIT_WORK_CLOCK_EVENTS);
    for (uint32_t i = 0; i < c->event_count; i++) {
        c->events[i] = read_event(a, events.items[i]);
    }
    feel_value due = feel_member(v, "due");
    c->due = (struct scheme_clock_due){ .state = SCHEME_CLOCK_WAITING, .due = SCHEME_CLOCK_NEVER };
    c->due.due = due.kind == FEEL_DATE_TIME ? cal_utc_seconds(due.date_time) : SCHEME_CLOCK_NEVER;
    c->due.last = feel_member(v, "day").kind == FEEL_DATE ? feel_member(v, "day").date : (cal_date){ 1970, 1, 1 };
    c->due.late = feel_is_true(feel_member(v, "late"));
    c->due.provisional = feel_is_true(feel_member(v, "provisional"));
    for (int s = 0; s < SCHEME_CLOCK_STATES; s++) {
        if (str_eq(feel_text_member(v, "state"), str_of(scheme_clock_state_name((enum scheme_clock_state)s)))) {
            c->due.state = (enum scheme_clock_state)s;
        }
    }
}

const struct cal_calendar *work__calendar(struct work *w, struct store_view *v)
{
    const struct cal_calendar *c = NULL;
    if (w->config.calendar != NULL) {
        return w->config.calendar(w->config.calendar_context, v, STR(""));
    }
    return record_calendar(w->record, v, &c, NULL) == OK ? c : NULL;
}

void work__take_calendar(struct work__plan *p, struct feel_eval *ev)
{
    struct feel_environment env = *feel_eval_environment(ev);
    if (p->scheme->counts_days && env.calendar == NULL) {
        env.calendar = work__calendar(p->w, p->view);
        feel_eval_set_environment(ev, &env);
    }
}

const struct cal_calendar *work__calendar_at(struct work *w, int64_t known_at)
{
    struct store_view *v;
    const struct cal_calendar *c = NULL;
    if (store_view(w->store, &v, NULL) == OK) {
        enum error_code code = w->config.calendar != NULL ? ERROR_MISSING
                                                          : record_calendar_at(w->record, v, known_at, &c, NULL);
        c = code == OK ? c : work__calendar(w, v);
        store_view_end(v);
    }
    return c;
}

str work__calendar_version(const struct cal_calendar *c)
{
    return c == NULL ? STR("") : cal_calendar_name(c);
}

void work__clocks_begin(struct work__plan *p)
{
    const struct scheme_process *said = scheme_process(p->scheme, p->d.process);
    feel_value all = feel_null(), one;
    p->clock_count = said == NULL ? 0 : said->clock_count;
    p->clocks = ARENA_ARRAY(&p->scratch, struct work__clock, p->clock_count);
    if (p->clock_count > 0 && p->state.root != NULL) {
        bpmn_variable(&p->state, 0, STR("clocks"), &all);
    }
    for (uint32_t i = 0; i < p->clock_count; i++) {
        struct work__clock *c = &p->clocks[i];
        c->said = &said->clocks[i];
        work__clock_read(&p->scratch, feel_context_get(all, c->said->name, &one) ? one : feel_null(), c);
        c->before = c->due.due;
        c->before_state = c->due.state;
    }
}

/* ---- Moving ---- */

static enum error_code derive(struct work__plan *p, struct work__clock *c)
{
    const struct cal_calendar *calendar = work__calendar(p->w, p->view);
    c->calendar = arena_str(&p->scratch, work__calendar_version(calendar));
    c->moved = true;
    return scheme_clock_due(NULL, &c->spec, c->events, c->event_count, calendar, p->now / 1000000, false, &c->due,
                            p->err);
}

/* The parameters whose names stand in the text, and all variables of the process: what a length may read. */
static feel_value what_a_length_reads(struct work__plan *p, str text, cal_date day, struct error *err)
{
    feel_value seen = bpmn_visible(&p->state, 0, &p->scratch);
    uint32_t most = p->scheme->parameter_count + (seen.kind == FEEL_CONTEXT ? seen.count : 0), count = 0;
    str *names = ARENA_ARRAY(&p->scratch, str, most);
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, most);
    for (uint32_t i = 0; i < p->scheme->parameter_count; i++) {
        const struct scheme_parameter *q = &p->scheme->parameters[i];
        if (memmem(text.ptr, text.len, q->name.ptr, q->name.len) != NULL) {
            names[count] = q->name;
            values[count] = feel_null();
            record_parameter(p->w->record, p->view, p->scheme, q, day, &p->scratch, &values[count], err);
            count++;
        }
    }
    for (uint32_t i = 0; seen.kind == FEEL_CONTEXT && i < seen.count; i++) {
        if (scheme_parameter(p->scheme, seen.shape->names[i]) == NULL) {
            names[count] = seen.shape->names[i];
            values[count++] = seen.values[i];
        }
    }
    return feel_context(feel_shape_new(&p->scratch, names, count), values);
}

/* The length as it holds on the day of the start. One that cannot be computed leaves the clock undetermined: that is
 * shown, and the process goes on. */
static void measure(struct work__plan *p, struct work__clock *c, int64_t at)
{
    const struct feel_program *program;
    cal_datetime t;
    struct error err = { .lang = p->err->lang };
    c->spec = (struct scheme_clock_spec){ .n = 0 };
    if (c->said->length.len == 0 || !cal_datetime_from_utc(at, 0, 8 * 3600, &t)) {
        return;
    }
    feel_value seen = what_a_length_reads(p, c->said->length, cal_datetime_date(t), &err);
    if (feel_compile(&p->scratch, feel_scope_of_context(&p->scratch, seen), c->said->length, &program, &err) == OK) {
        feel_eval_reset(p->rules);
        feel_value length = feel_copy(&p->scratch, feel_run(p->rules, program, seen.values));
        scheme_clock_spec(length, at, &c->spec, &err);
    }
}

static enum error_code add_event(struct work__plan *p, struct work__clock *c, struct scheme_clock_event e)
{
    if (e.act == SCHEME_CLOCK_START) {
        c->event_count = 0; /* what was before stands in the history */
        measure(p, c, e.at);
    }
    if (c->event_count == LIMIT_WORK_CLOCK_EVENTS) {
        error_set(p->err, ERROR_LIMIT, "too much has happened to the clock \"%.*s\"", STR_ARG(c->said->name));
        error_detail(p->err, "limit %s = %d", "WORK_CLOCK_EVENTS", LIMIT_WORK_CLOCK_EVENTS);
        return ERROR_LIMIT;
    }
    c->events[c->event_count++] = e;
    return derive(p, c);
}

/* ---- What happens by itself ---- */

void work__happened(struct work__plan *p, const char *before, str name, const char *behind)
{
    if (p->clock_count > 0) {
        struct work__news *n = ARENA_NEW(&p->scratch, struct work__news);
        n->text = arena_printf(&p->scratch, "%s%.*s%s", before, STR_ARG(name), behind);
        *p->news_end = n;
        p->news_end = &n->next;
    }
}

static enum error_code hear(struct work__plan *p, struct work__clock *c, str news, bool *ret_moved)
{
    struct scheme_clock_event e = { .at = p->happened_at, .reason = news, .actor = p->rq->actor };
    bool start = str_eq(c->said->start, news) && scheme_clock_fits(c->due.state, SCHEME_CLOCK_START);
    bool end = str_eq(c->said->stop, news) && scheme_clock_fits(c->due.state, SCHEME_CLOCK_END);
    if (!start && !end) {
        return OK;
    }
    e.act = start ? SCHEME_CLOCK_START : SCHEME_CLOCK_END;
    *ret_moved = true;
    return add_event(p, c, e);
}

enum error_code work__clocks_hear(struct work__plan *p, bool *ret_moved)
{
    enum error_code code = OK;
    *ret_moved = false;
    for (; code == OK && p->news != NULL; p->news = p->news->next) {
        for (uint32_t i = 0; code == OK && i < p->clock_count; i++) {
            code = hear(p, &p->clocks[i], p->news->text, ret_moved);
        }
    }
    if (p->news == NULL) {
        p->news_end = &p->news;
    }
    return code;
}

/* ---- What an officer or a service task does ---- */

static struct work__clock *find_clock(struct work__plan *p, str name, struct error *err)
{
    for (uint32_t i = 0; i < p->clock_count; i++) {
        if (str_eq(p->clocks[i].said->name, name)) {
            return &p->clocks[i];
        }
    }
    error_set(err, ERROR_MISSING, "the process has no clock \"%.*s\"", STR_ARG(name));
    return NULL;
}

static enum error_code no_reason(struct error *err)
{
    error_set(err, ERROR_INVALID, "a clock is moved for a reason that rests on a clause: give both");
    return ERROR_INVALID;
}

static enum error_code unfit(struct error *err, const struct work__clock *c, str action)
{
    error_set(err, ERROR_INVALID, "the clock \"%.*s\" cannot %.*s", STR_ARG(c->said->name), STR_ARG(action));
    error_detail(err, "it is %s", scheme_clock_state_name(c->due.state));
    return ERROR_INVALID;
}

/* {"n":5,"unit":"工作日"} of an extension. */
static enum error_code extension(feel_value with, struct scheme_clock_event *e, struct error *err)
{
    feel_value n = feel_member(with, "n");
    str unit = feel_text_member(with, "unit");
    int known = unit.len == 0 ? SCHEME_DAYS : scheme_unit(unit);
    if (n.kind == FEEL_STRING) {
        dec d;
        n = dec_parse(feel_str(n), &d) ? feel_number(d) : n;
    }
    int64_t days = feel_whole_or(n, 0);
    if (days < 1 || days > LIMIT_SCHEME_CLOCK_DAYS || known < 0) {
        error_set(err, ERROR_INVALID, "an extension says how long: n, and unit 日 or 工作日");
        return ERROR_INVALID;
    }
    e->n = (uint32_t)days;
    e->unit = (enum scheme_unit)known;
    return OK;
}

enum error_code work__clock_move(struct work__plan *p, const struct work__clock_order *o, struct error *err)
{
    struct work__clock *c = find_clock(p, o->clock, err);
    int act = scheme_clock_act(o->action);
    struct scheme_clock_event e = { .at = p->happened_at, .reason = arena_str(&p->scratch, o->reason),
                                    .clause = arena_str(&p->scratch, o->clause), .actor = p->rq->actor };
    if (c == NULL) {
        return ERROR_MISSING;
    }
    if (act < 0) {
        return error_set(err, ERROR_INVALID, "a clock knows no action \"%.*s\"", STR_ARG(o->action));
    }
    if (str_trim(o->reason).len == 0 || str_trim(o->clause).len == 0) {
        return no_reason(err);
    }
    e.act = (enum scheme_clock_act)act;
    if (!scheme_clock_fits(c->due.state, e.act)) {
        return unfit(err, c, o->action);
    }
    enum error_code code = e.act == SCHEME_CLOCK_EXTEND ? extension(o->with, &e, err) : OK;
    if (code == OK && (code = add_event(p, c, e)) != OK && err != p->err) {
        *err = *p->err;
        *p->err = (struct error){ .lang = err->lang };
    }
    return code;
}

/* gongshi.clock: headers `clock`, `action`, `reason`, `clause`; the local variables of those names where there is no
 * header, and n and unit of an extension. */
enum error_code work__act_clock(struct work__plan *p, const struct work__act *act, feel_value *ret, struct error *err)
{
    struct work__clock_order o = { work__said(act, "clock"), work__said(act, "action"), work__said(act, "reason"),
                                   work__said(act, "clause"), act->local };
    enum error_code code = work__clock_move(p, &o, err);
    *ret = feel_null();
    return code == OK ? work__set_clocks(p, err) : code;
}

/* ---- Computing again, and lateness ---- */

/* With the calendar as it is now; true when something moved. */
static enum error_code recompute(struct work__plan *p, bool *ret_moved)
{
    enum error_code code = OK;
    *ret_moved = false;
    for (uint32_t i = 0; code == OK && i < p->clock_count; i++) {
        struct work__clock *c = &p->clocks[i];
        bool provisional = c->due.provisional;
        if (c->due.state == SCHEME_CLOCK_RUNNING || c->due.state == SCHEME_CLOCK_LATE) {
            code = derive(p, c);
            *ret_moved |= c->due.due != c->before || c->due.provisional != provisional;
        }
    }
    return code;
}

/* Since when its lateness is known; 0: it is not. */
static int64_t known_late(struct work__plan *p, const struct work__clock *c)
{
    struct store_value args[] = { store_int(p->d.id), store_text(c->said->name) };
    struct store_rows *r = store_query(p->view, "SELECT late FROM clock WHERE dossier = ? AND name = ?", args, 2);
    int64_t at = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return at;
}

/* Those whose time is over and that nobody has been told of. */
static enum error_code note_late(struct work__plan *p, bool *ret_any)
{
    enum error_code code = OK;
    *ret_any = false;
    for (uint32_t i = 0; code == OK && i < p->clock_count; i++) {
        struct work__clock *c = &p->clocks[i];
        if (scheme_clock_fits(c->due.state, SCHEME_CLOCK_STOP)) {
            code = derive(p, c);
            c->tell = c->due.state == SCHEME_CLOCK_LATE && known_late(p, c) == 0;
            *ret_any |= c->tell;
        }
    }
    return code;
}

/* The act of an officer, or of the program: "recompute" and "late" are for the latter. */
enum error_code work__clock_act(struct work__plan *p, bool *ret_idle)
{
    const struct work_request *rq = p->rq;
    bool program = rq->actor == 0 && rq->party.len == 0, moved = true;
    enum error_code code = OK;
    *ret_idle = false;
    if (program && str_eq(rq->action, STR("recompute"))) {
        code = recompute(p, &moved);
    } else if (program && str_eq(rq->action, STR("late"))) {
        code = note_late(p, &moved);
    } else {
        struct work__clock_order o = { rq->name, rq->action, rq->text, rq->clause, p->with };
        code = work__clock_move(p, &o, p->err);
    }
    *ret_idle = code == OK && !moved;
    return code;
}

/* What the manifest wants then. What cannot be done is said in the history; the process goes on. */
static void say_late(struct work__plan *p, const struct work__clock *c, const char *what)
{
    json_string(&p->effects, arena_printf(&p->scratch, "late %.*s: %.*s%s", STR_ARG(c->said->name),
                                          STR_ARG(c->said->late), what));
}

static enum error_code tell_role(struct work__plan *p, const struct work__clock *c, str role)
{
    int64_t id = store_id(p->w->store, p->err);
    struct json_writer w;
    if (id == 0) {
        return ERROR_IO;
    }
    buf_clear(&p->text);
    json_writer_init(&w, &p->text, false);
    json_begin_object(&w);
    json_text_member(&w, "clock", c->said->name);
    work_write_instant(&w, "due", c->due.due * 1000000);
    json_end_object(&w);
    struct store_value row[] = { store_int(id), store_int(p->now), store_int(p->d.office), store_text(role),
                                 store_int(p->d.id), store_text(buf_str(&p->text)), store_int(0), store_text(STR("")) };
    store_insert(p->change, STORE_TABLE_tell, row);
    return OK;
}

/* The event that a lateness makes of the process; false: nobody waits for it. */
static bool late_event(struct work__plan *p, const struct work__clock *c, struct bpmn_event *ret)
{
    struct bpmn_cursor cursor = { NULL, 0, false };
    struct bpmn_wait w;
    str late = c->said->late, name = STR("");
    bool message = str_starts_with(late, STR("message ")), task = str_starts_with(late, STR("task "));
    if (message || task) {
        name = str_trim(str_slice(late, message ? 8 : 5, late.len));
    }
    uint32_t element = task ? bpmn_find(p->state.model, name) : BPMN_NONE;
    while (p->state.root != NULL && bpmn_next_wait(&p->state, &cursor, &w)) {
        if (message && w.kind == BPMN_WAIT_MESSAGE && !w.happened && str_eq(w.name, name)) {
            *ret = (struct bpmn_event){ .kind = BPMN_MESSAGE_ARRIVED, .wait = w.id, .name = w.name, .key = w.key };
            return true;
        }
        if (element != BPMN_NONE && w.kind == BPMN_WAIT_TASK && p->state.model->elements[element].parent == w.host) {
            *ret = (struct bpmn_event){ .kind = BPMN_ACTIVATE, .wait = w.id, .element = element };
            return true;
        }
    }
    return false;
}

static enum error_code act_on_late(struct work__plan *p, const struct work__clock *c)
{
    struct bpmn_event event;
    str late = c->said->late;
    if (late.len == 0) {
        return OK;
    }
    if (str_starts_with(late, STR("tell "))) {
        say_late(p, c, "");
        return tell_role(p, c, str_trim(str_slice(late, 5, late.len)));
    }
    if (!late_event(p, c, &event)) {
        say_late(p, c, ", and nobody waits for it");
        return OK;
    }
    say_late(p, c, "");
    if (event.kind == BPMN_MESSAGE_ARRIVED) {
        work__happened(p, "message ", event.name, "");
    }
    return work__step_once(p, &event);
}

enum error_code work__clocks_late(struct work__plan *p)
{
    enum error_code code = OK;
    for (uint32_t i = 0; code == OK && i < p->clock_count; i++) {
        code = p->clocks[i].tell ? act_on_late(p, &p->clocks[i]) : OK;
    }
    return code;
}

/* ---- The step ---- */

enum error_code work__set_clocks(struct work__plan *p, struct error *err)
{
    str names[] = { STR("clocks") };
    feel_value values[] = { work__clocks_value(p) };
    if (p->state.root == NULL) {
        return OK; /* it has ended meanwhile */
    }
    struct bpmn_event set = { .kind = BPMN_SET, .element = BPMN_NONE, .process = BPMN_NONE,
                              .variables = feel_context(feel_shape_new(&p->scratch, names, 1), values) };
    enum error_code code = work__step_once(p, &set);
    if (code != OK && err != p->err) {
        *err = *p->err;
        *p->err = (struct error){ .lang = err->lang };
    }
    return code;
}

/* ---- Rows ---- */

static int64_t due_micros(const struct work__clock *c)
{
    return c->due.due == SCHEME_CLOCK_NEVER ? 0 : c->due.due * 1000000;
}

/* When it was started, and when it ended: by itself, or with its dossier; in microseconds, 0: never. */
static void span_of(const struct work__plan *p, const struct work__clock *c, int64_t *ret_began, int64_t *ret_ended)
{
    *ret_began = *ret_ended = 0;
    for (uint32_t i = 0; i < c->event_count; i++) {
        *ret_began = c->events[i].act == SCHEME_CLOCK_START ? c->events[i].at * 1000000 : *ret_began;
        *ret_ended = c->events[i].act == SCHEME_CLOCK_END ? c->events[i].at * 1000000 : *ret_ended;
    }
    *ret_ended = *ret_ended == 0 && p->ended ? p->now : *ret_ended;
}

/* One that is late runs on; the column says since when that is known. Time that was given again is time. */
static void put_clock(struct work__plan *p, const struct work__clock *c)
{
    bool is_late = c->due.state == SCHEME_CLOCK_LATE;
    int64_t told = known_late(p, c);
    int64_t late = c->tell || (told == 0 && c->due.late && !is_late) ? p->now : c->due.late ? told : 0;
    int64_t began, ended;
    span_of(p, c, &began, &ended);
    enum scheme_clock_state state = p->ended ? SCHEME_CLOCK_ENDED : is_late ? SCHEME_CLOCK_RUNNING : c->due.state;
    struct store_value row[] = { store_int(p->d.id), store_text(c->said->name),
                                 store_text(str_of(scheme_clock_state_name(state))), store_int(due_micros(c)),
                                 store_int(c->said->for_party), store_int(late),
                                 store_int(c->due.provisional), store_text(c->calendar), store_int(began),
                                 store_int(ended) };
    store_put(p->change, STORE_TABLE_clock, row);
}

static const struct work__clock *clock_stopped_by(const struct work__plan *p, str element)
{
    static const char before[] = "task ", behind[] = " completed";
    for (uint32_t i = 0; i < p->clock_count; i++) {
        str stop = p->clocks[i].said->stop;
        if (str_starts_with(stop, STR("task ")) && stop.len == sizeof before - 1 + element.len + sizeof behind - 1 &&
            str_eq(str_slice(stop, sizeof before - 1, sizeof before - 1 + element.len), element) &&
            str_eq(str_slice(stop, sizeof before - 1 + element.len, stop.len), STR(" completed"))) {
            return &p->clocks[i];
        }
    }
    return NULL;
}

/* The clock that gives the tasks of an element their due date: its expression is "clocks.NAME.due"; or, where there is
 * no expression, the clock that ends with the task's completion. */
static const struct work__clock *clock_of(const struct work__plan *p, uint32_t element)
{
    str text = str_trim(bpmn_due_text(p->state.model, element));
    const size_t before = sizeof "clocks." - 1, behind = sizeof ".due" - 1;
    for (uint32_t i = 0; i < p->clock_count; i++) {
        str name = p->clocks[i].said->name;
        if (text.len == before + name.len + behind && str_starts_with(text, STR("clocks.")) &&
            str_eq(str_slice(text, before, before + name.len), name) &&
            str_eq(str_slice(text, before + name.len, text.len), STR(".due"))) {
            return &p->clocks[i];
        }
    }
    return text.len == 0 ? clock_stopped_by(p, p->state.model->elements[element].id) : NULL;
}

bool work__clock_due(const struct work__plan *p, uint32_t element, int64_t *ret)
{
    const struct work__clock *c = clock_of(p, element);
    if (c != NULL) {
        *ret = due_micros(c);
    }
    return c != NULL;
}

/* Tasks that were open before are due when their clocks are now. */
static void move_tasks(struct work__plan *p)
{
    struct store_value args[] = { store_int(p->d.id) };
    struct store_rows *r = store_query(p->view, "SELECT wait, element, due FROM task WHERE dossier = ? AND status = "
                                                "'open'", args, 1);
    while (store_next(r)) {
        uint32_t wait = (uint32_t)store_column_int(r, 0);
        uint32_t element = bpmn_find(p->state.model, store_column_text(r, 1));
        const struct work__clock *c = element == BPMN_NONE ? NULL : clock_of(p, element);
        if (c != NULL && work__waits_for(p, wait) && store_column_int(r, 2) != due_micros(c)) {
            struct store_value *row = work__task_keep(p, p->d.id, wait);
            row[10] = store_int(due_micros(c));
            store_update(p->change, STORE_TABLE_task, row);
        }
    }
    store_rows_end(r);
}

/* When the dossier ends its clocks stand, and are no longer looked at. */
void work__clock_rows(struct work__plan *p)
{
    bool moved = false;
    for (uint32_t i = 0; i < p->clock_count; i++) {
        const struct work__clock *c = &p->clocks[i];
        if (c->moved || (p->ended && c->due.state != SCHEME_CLOCK_WAITING)) {
            put_clock(p, c);
            moved |= c->due.due != c->before;
        }
        p->job->wakes = c->moved && due_micros(c) != 0 && due_micros(c) < p->job->wakes ? due_micros(c) : p->job->wakes;
    }
    if (moved && !p->ended) {
        move_tasks(p);
    }
}

/* "clocks":{"correct":{"from":…,"state":…,"to":…}}: each that moved in this unit. */
void work__clock_audit(struct work__plan *p, struct json_writer *w)
{
    bool open = false;
    for (uint32_t i = 0; i < p->clock_count; i++) {
        const struct work__clock *c = &p->clocks[i];
        if (c->due.due == c->before && c->due.state == c->before_state) {
            continue;
        }
        if (!open) {
            json_key(w, STR("clocks"));
            json_begin_object(w);
            open = true;
        }
        json_key(w, c->said->name);
        json_begin_object(w);
        work_write_instant(w, "from", c->before == SCHEME_CLOCK_NEVER ? 0 : c->before * 1000000);
        json_text_member(w, "state", str_of(scheme_clock_state_name(c->due.state)));
        work_write_instant(w, "to", due_micros(c));
        json_end_object(w);
    }
    if (open) {
        json_end_object(w);
    }
}

/* Nothing of the dossier moved: only the version of the calendar is noted. */
void work__clock_refresh(struct work__plan *p)
{
    struct store_value key[] = { store_int(p->d.id) };
    store_guard(p->change, STORE_TABLE_dossier, key, p->d.version);
    for (uint32_t i = 0; i < p->clock_count; i++) {
        if (p->clocks[i].due.state != SCHEME_CLOCK_WAITING) {
            put_clock(p, &p->clocks[i]);
        }
    }
}
