/* progress: how far a dossier is, in the words of its process, for whoever has its number and its follow code: the
 * steps that are done, those it is at with their limits, those that may come next. No person, no office, no answer, no
 * reason is in it; of several turns of a step the first and the last instant. The party itself also reads why a clock
 * stands still, and what became of its objections. */
#include "work/work_int.h"

#include "scheme/clock.h"

enum { NEVER_YEAR = 9000 }; /* a due of that year or later: none is settled */

struct follow {
    struct work *work;
    struct store_view *view;
    enum lang lang;          /* of titles and the names of steps */
    bool own;                  /* the party asks */
    bool may_object;           /* the process waits for an objection */
    const struct work_dossier *d;
    const struct scheme *scheme; /* NULL: it cannot be read */
    const struct scheme_process *said; /* by the manifest, or NULL */
    const struct bpmn_model *model;
    struct arena *a;
    struct json_writer *w;
    bool *now, *told; /* by element */
};

static bool code_fits(const struct work_dossier *d, str code)
{
    unsigned char differs = 0;
    for (size_t i = 0; i < d->code.len && code.len == d->code.len; i++) {
        differs |= (unsigned char)(d->code.ptr[i] ^ code.ptr[i]);
    }
    return d->code.len > 0 && code.len == d->code.len && differs == 0;
}

enum error_code work_followed(struct store_view *v, int64_t number, str code, struct arena *a,
                              struct work_dossier *ret, struct error *err)
{
    struct work_dossier d;
    if (!work_read_dossier(v, number, a, &d) || !code_fits(&d, code)) {
        return error_set(err, ERROR_MISSING, "there is no dossier with this number and code");
    }
    *ret = d;
    return OK;
}

/* ---- Limits ---- */

static bool is_never(int64_t due)
{
    cal_datetime t;
    return due == 0 || !cal_datetime_from_utc(due / 1000000, 0, 8 * 3600, &t) || t.year >= NEVER_YEAR;
}

static bool names_message(const struct bpmn_element *e, str message)
{
    for (uint32_t i = 0; i < e->definition_count; i++) {
        if (e->definitions[i].trigger == BPMN_TRIGGER_MESSAGE && str_eq(e->definitions[i].name, message)) {
            return true;
        }
    }
    return false;
}

/* Does the element, or an event behind this gateway, wait for the message? */
static bool waits_for_message(const struct follow *f, uint32_t element, str message)
{
    const struct bpmn_element *e = &f->model->elements[element];
    bool waits = names_message(e, message) || (e->kind == BPMN_RECEIVE_TASK && e->ref != BPMN_NONE &&
                                               str_eq(f->model->elements[e->ref].name, message));
    for (uint32_t i = 0; e->kind == BPMN_EVENT_GATEWAY && !waits && i < e->out_count; i++) {
        waits = names_message(&f->model->elements[f->model->links[e->out[i]].target], message);
    }
    return waits;
}

/* A clock is that of the step whose completion, or whose message, stops it. */
static bool is_clock_of(const struct follow *f, const struct scheme_clock *c, uint32_t element)
{
    str id = f->model->elements[element].id;
    str stop = arena_printf(f->a, "task %.*s completed", STR_ARG(id));
    return str_eq(c->stop, stop) ||
           (str_starts_with(c->stop, STR("message ")) &&
            waits_for_message(f, element, str_slice(c->stop, strlen("message "), c->stop.len)));
}

struct limit {
    int64_t due;
    bool party, provisional;
};

static bool running(const struct follow *f, str clock, struct limit *ret)
{
    struct store_value args[] = { store_int(f->d->id), store_text(clock) };
    struct store_rows *r = store_query(f->view, "SELECT due, party, provisional FROM clock WHERE dossier = ? AND name "
                                                "= ? AND state = 'running'", args, 2);
    bool there = store_next(r);
    if (there) {
        *ret = (struct limit){ store_column_int(r, 0), store_column_int(r, 1) != 0, store_column_int(r, 2) != 0 };
    }
    store_rows_end(r);
    return there && !is_never(ret->due);
}

static bool limit_of(const struct follow *f, uint32_t element, struct limit *ret)
{
    for (uint32_t i = 0; f->said != NULL && i < f->said->clock_count; i++) {
        if (is_clock_of(f, &f->said->clocks[i], element) && running(f, f->said->clocks[i].name, ret)) {
            return true;
        }
    }
    return false;
}

/* The last day, which belongs to the time. */
static void write_limit(const struct follow *f, const struct limit *l)
{
    struct buf day = BUF_INIT(32);
    cal_datetime t;
    work_write_instant(f->w, "due", l->due);
    if (cal_datetime_from_utc(l->due / 1000000 - 1, 0, 8 * 3600, &t)) {
        cal_print_date((cal_date){ t.year, t.month, t.day }, &day);
    }
    json_text_member(f->w, "day", buf_str(&day));
    json_text_member(f->w, "for", l->party ? STR("party") : STR("office"));
    json_key(f->w, STR("provisional"));
    json_bool(f->w, l->provisional);
    buf_release(&day);
}

/* A clock of the step that stands still. */
static void write_stopped(const struct follow *f, uint32_t element)
{
    for (uint32_t i = 0; f->own && f->said != NULL && i < f->said->clock_count; i++) {
        const struct scheme_clock *c = &f->said->clocks[i];
        struct scheme_clock_event e;
        struct store_value args[] = { store_int(f->d->id), store_text(c->name) };
        struct store_rows *r = store_query(f->view, "SELECT 1 FROM clock WHERE dossier = ? AND name = ? AND state = "
                                                    "'stopped'", args, 2);
        bool stands = store_next(r);
        store_rows_end(r);
        if (stands && is_clock_of(f, c, element) && work__clock_stopped(f->work, f->view, f->a, f->d, c->name, &e)) {
            json_key(f->w, STR("stopped"));
            json_begin_object(f->w);
            work_write_instant(f->w, "at", e.at * 1000000);
            json_text_member(f->w, "reason", e.reason);
            json_text_member(f->w, "clause", e.clause);
            json_text_member(f->w, "for", c->for_party ? STR("party") : STR("office"));
            json_end_object(f->w);
            return;
        }
    }
}

/* ---- Steps ---- */

static str name_of(const struct follow *f, uint32_t element)
{
    const struct bpmn_element *e = &bpmn_in(f->model, f->lang)->elements[element];
    return e->name.len > 0 ? e->name : e->id;
}

static void begin_step(const struct follow *f, str name, const char *is)
{
    json_begin_object(f->w);
    json_text_member(f->w, "name", name);
    json_text_member(f->w, "is", str_of(is));
}

/* The tasks that were done, in the order in which they were done last. */
static void write_done(const struct follow *f)
{
    struct store_value args[] = { store_int(f->d->id), store_int(WORK__SIDE) };
    struct store_rows *r = store_query(f->view, "SELECT element, MIN(name), MIN(opened), MAX(closed), COUNT(*) FROM "
                                                "task WHERE dossier = ? AND wait < ? AND status = 'done' GROUP BY "
                                                "element ORDER BY MAX(closed), element", args, 2);
    while (store_next(r)) {
        uint32_t e = f->model == NULL ? BPMN_NONE : bpmn_find(f->model, store_column_text(r, 0));
        if (e != BPMN_NONE && f->now[e]) {
            continue; /* it is at it again */
        }
        str name = e == BPMN_NONE ? scheme_word(f->scheme, store_column_text(r, 1), f->lang) : name_of(f, e);
        begin_step(f, name, "done");
        work_write_instant(f->w, "since", store_column_int(r, 2));
        work_write_instant(f->w, "until", store_column_int(r, 3));
        json_int_member(f->w, "times", store_column_int(r, 4));
        json_end_object(f->w);
    }
    store_rows_end(r);
}

/* Since when, and the due date that the task itself has. */
static void write_open_task(const struct follow *f, uint32_t element, bool limited)
{
    struct store_value args[] = { store_int(f->d->id), store_int(WORK__SIDE),
                                  store_text(f->model->elements[element].id) };
    struct store_rows *r = store_query(f->view, "SELECT opened, due FROM task WHERE dossier = ? AND wait < ? AND "
                                                "status = 'open' AND element = ? ORDER BY wait", args, 3);
    if (store_next(r)) {
        work_write_instant(f->w, "since", store_column_int(r, 0));
        if (!limited && !is_never(store_column_int(r, 1))) {
            work_write_instant(f->w, "due", store_column_int(r, 1));
        }
    }
    store_rows_end(r);
}

static void write_now(const struct follow *f)
{
    for (uint32_t i = 0; f->model != NULL && i < f->model->element_count; i++) {
        struct limit l;
        if (f->now[i]) {
            bool limited = limit_of(f, i, &l);
            begin_step(f, name_of(f, i), "now");
            write_open_task(f, i, limited);
            if (limited) {
                write_limit(f, &l);
            }
            write_stopped(f, i);
            json_end_object(f->w);
        }
    }
}

/* Steps of people, and what they wait for; what the program does by itself in between is none. */
static bool is_step(const struct follow *f, uint32_t element)
{
    const struct bpmn_element *e = &f->model->elements[element];
    bool timer = e->definition_count > 0 && e->definitions[0].trigger == BPMN_TRIGGER_TIMER;
    return e->kind == BPMN_USER_TASK || e->kind == BPMN_MANUAL_TASK || e->kind == BPMN_RECEIVE_TASK ||
           e->kind == BPMN_CALL || (e->kind == BPMN_CATCH_EVENT && !timer);
}

/* What comes right behind an element: behind its flows; inside a sub-process its beginning; at its end what is behind
 * it. */
static uint32_t behind(const struct follow *f, uint32_t element, bool whole, uint32_t *ret)
{
    const struct bpmn_element *e = &f->model->elements[element];
    uint32_t count = 0;
    bool scope = bpmn_class_of(e->kind) == BPMN_CLASS_SCOPE;
    for (uint32_t i = 0; scope && !whole && i < e->child_count; i++) {
        if (f->model->elements[e->children[i]].kind == BPMN_START_EVENT) {
            ret[count++] = e->children[i];
        }
    }
    for (uint32_t i = 0; (!scope || whole) && i < e->out_count; i++) {
        ret[count++] = f->model->links[e->out[i]].target;
    }
    return count;
}

/* From one of the steps it is at, over whatever the program does by itself, to the first steps on each way. */
static void look_ahead(const struct follow *f, uint32_t from, bool *seen)
{
    const struct bpmn_model *m = f->model;
    uint32_t *todo = ARENA_ARRAY(f->a, uint32_t, m->element_count + 1), *next = ARENA_ARRAY(f->a, uint32_t,
                                                                                            m->element_count + 1);
    uint32_t count = 0;
    todo[count++] = from;
    for (uint32_t at = 0; at < count; at++) {
        const struct bpmn_element *e = &m->elements[todo[at]];
        bool end = e->out_count == 0 && e->parent != BPMN_NONE && m->elements[e->parent].kind == BPMN_SUB_PROCESS;
        uint32_t n = end ? behind(f, e->parent, true, next) : behind(f, todo[at], todo[at] == from, next);
        for (uint32_t i = 0; i < n; i++) {
            if (next[i] == BPMN_NONE || seen[next[i]]) {
                continue;
            }
            seen[next[i]] = true;
            if (is_step(f, next[i])) {
                f->told[next[i]] = true;
            } else {
                todo[count++] = next[i];
            }
        }
    }
}

static void write_next(const struct follow *f)
{
    if (f->model == NULL) {
        return;
    }
    for (uint32_t i = 0; i < f->model->element_count; i++) {
        if (f->now[i]) {
            bool *seen = ARENA_ARRAY(f->a, bool, f->model->element_count);
            look_ahead(f, i, seen);
        }
    }
    for (uint32_t i = 0; i < f->model->element_count; i++) {
        if (f->told[i] && !f->now[i]) {
            begin_step(f, name_of(f, i), "next");
            json_end_object(f->w);
        }
    }
}

/* ---- The model ---- */

/* Which elements it is at: those that hold no other. */
static void read_state(struct follow *f, const struct bpmn_model *m)
{
    struct bpmn_state state;
    struct bpmn_cursor c = { NULL, 0, false };
    struct bpmn_item it;
    bpmn_state_init(&state, m);
    bool here = f->d->state.len > 0 && bpmn_state_read(&state, f->d->state, NULL) == OK;
    while (here && bpmn_next_item(&state, &c, &it)) {
        f->now[it.element] = it.parent != 0 && bpmn_class_of(m->elements[it.element].kind) != BPMN_CLASS_SCOPE;
    }
    struct bpmn_cursor waits = { NULL, 0, false };
    struct bpmn_wait wait;
    while (here && bpmn_next_wait(&state, &waits, &wait)) {
        f->may_object |= wait.kind == BPMN_WAIT_MESSAGE && !wait.happened && str_eq(wait.name, STR(WORK__OBJECTED));
    }
    bpmn_state_release(&state);
}

static void open_model(struct follow *f)
{
    const struct bpmn_model *m = f->scheme == NULL ? NULL : scheme_model(f->scheme, f->d->process);
    if (m != NULL) {
        f->model = m;
        f->said = scheme_process(f->scheme, f->d->process);
        f->now = ARENA_ARRAY(f->a, bool, m->element_count);
        f->told = ARENA_ARRAY(f->a, bool, m->element_count);
        read_state(f, m);
    }
}

/* ---- The whole ---- */

static void write_head(const struct follow *f)
{
    const struct work_dossier *d = f->d;
    json_int_member(f->w, "dossier", d->id);
    json_text_member(f->w, "scheme", d->scheme);
    json_text_member(f->w, "title", f->scheme == NULL ? STR("") : scheme_text(f->scheme->title, f->lang));
    json_text_member(f->w, "process", d->process);
    json_text_member(f->w, "name", f->said == NULL ? STR("") : scheme_text(f->said->title, f->lang));
    json_text_member(f->w, "outcome", d->outcome);
    work_write_instant(f->w, "opened", d->opened);
    work_write_instant(f->w, "changed", d->changed);
    work_write_instant(f->w, "closed", d->closed);
}

/* The limit of the whole: of the office's clock that runs from the beginning. */
static void write_whole_limit(const struct follow *f)
{
    for (uint32_t i = 0; f->said != NULL && i < f->said->clock_count; i++) {
        const struct scheme_clock *c = &f->said->clocks[i];
        struct limit l;
        if (!c->for_party && str_eq(c->start, STR("process started")) && running(f, c->name, &l)) {
            write_limit(f, &l);
            return;
        }
    }
}

static void write_notices(const struct follow *f)
{
    struct store_value args[] = { store_int(f->d->id) };
    struct store_rows *r = store_query(f->view, "SELECT id, series, number, title, published FROM notice WHERE dossier "
                                                "= ? AND state = 'published' AND audience = 'public' AND list = 0 "
                                                "ORDER BY id", args, 1);
    json_key(f->w, STR("notices"));
    json_begin_array(f->w);
    while (store_next(r)) {
        json_begin_object(f->w);
        json_int_member(f->w, "notice", store_column_int(r, 0));
        json_text_member(f->w, "series", store_column_text(r, 1));
        json_int_member(f->w, "number", store_column_int(r, 2));
        json_text_member(f->w, "title", store_column_text(r, 3));
        work_write_instant(f->w, "published", store_column_int(r, 4));
        json_end_object(f->w);
    }
    json_end_array(f->w);
    store_rows_end(r);
}

/* ---- Objections ---- */

/* What was answered, out of the last answer of its history: core.objection has the decision and its reason there. */
static void write_decided(const struct follow *f, int64_t objection)
{
    struct store_value args[] = { store_int(objection) };
    struct store_rows *r = store_query(f->view,
                                       "SELECT detail FROM audit WHERE kind = 'dossier' AND object = ? AND verb "
                                       "= 'complete' ORDER BY id DESC LIMIT 1",
                                       args, 1);
    feel_value detail = feel_null();
    if (store_next(r)) {
        feel_json_read(f->a, arena_str(f->a, store_column_text(r, 0)), &detail, NULL);
    }
    store_rows_end(r);
    feel_value with = feel_member(detail, "with");
    json_text_member(f->w, "decided", feel_text_member(with, "decided"));
    json_text_member(f->w, "why", feel_text_member(with, "decided_note"));
}

static void write_ground(const struct follow *f, int64_t objection)
{
    struct store_value args[] = { store_int(objection) };
    struct store_rows *r = store_query(f->view,
                                       "SELECT detail FROM audit WHERE kind = 'dossier' AND object = ? AND verb "
                                       "= 'start' ORDER BY id LIMIT 1",
                                       args, 1);
    feel_value detail = feel_null();
    if (store_next(r)) {
        feel_json_read(f->a, arena_str(f->a, store_column_text(r, 0)), &detail, NULL);
    }
    store_rows_end(r);
    json_text_member(f->w, "ground", feel_text_member(feel_member(feel_member(detail, "with"), "declared"), "ground"));
}

/* Those that its process has begun, the newest first. */
static void write_objections(const struct follow *f)
{
    struct store_value args[] = { store_int(f->d->id) };
    struct store_rows *r = store_query(
        f->view,
        "SELECT d.id, d.opened, d.closed, COALESCE(MAX(c.due), 0) FROM dossier d LEFT JOIN clock c ON c.dossier "
        "= d.id AND c.name = 'answer' AND c.state = 'running' WHERE d.parent = ? AND d.scheme = 'core' AND "
        "d.process = 'objection' GROUP BY d.id, d.opened, d.closed ORDER BY d.id DESC",
        args, 1);
    json_key(f->w, STR("objections"));
    json_begin_array(f->w);
    while (store_next(r)) {
        struct limit l = { .due = store_column_int(r, 3) };
        json_begin_object(f->w);
        json_int_member(f->w, "dossier", store_column_int(r, 0));
        work_write_instant(f->w, "opened", store_column_int(r, 1));
        work_write_instant(f->w, "closed", store_column_int(r, 2));
        if (!is_never(l.due)) {
            write_limit(f, &l);
        }
        write_ground(f, store_column_int(r, 0));
        if (store_column_int(r, 2) != 0) {
            write_decided(f, store_column_int(r, 0));
        }
        json_end_object(f->w);
    }
    json_end_array(f->w);
    store_rows_end(r);
    json_key(f->w, STR("may_object"));
    json_bool(f->w, f->may_object);
}

static void write_state(struct work *work, struct store_view *v, const struct work_dossier *d, bool own,
                        enum lang lang, struct buf *out)
{
    struct arena a = ARENA_INIT;
    struct json_writer w;
    struct follow f = { .work = work, .view = v, .d = d, .a = &a, .w = &w, .own = own, .lang = lang };
    if (record_scheme(work->record, v, d->bundle, &f.scheme, NULL) != OK) {
        f.scheme = NULL;
    }
    open_model(&f);
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    write_head(&f);
    write_whole_limit(&f);
    json_key(&w, STR("steps"));
    json_begin_array(&w);
    write_done(&f);
    write_now(&f);
    write_next(&f);
    json_end_array(&w);
    write_notices(&f);
    if (own) {
        write_objections(&f);
    }
    json_end_object(&w);
    arena_release(&a);
}

void work_write_public(struct work *work, struct store_view *v, const struct work_dossier *d, enum lang lang,
                       struct buf *out)
{
    write_state(work, v, d, false, lang, out);
}

void work__write_own(struct work *work, struct store_view *v, const struct work_dossier *d, enum lang lang,
                     struct buf *out)
{
    write_state(work, v, d, true, lang, out);
}
