/* clock_show: a clock as it is explained to people: its events, and each day with the reason why it counts or not.
 * Derived anew from the variable of the dossier and the calendar as it is now. */
#include "work/work_int.h"

#include "base/limit.h"

static void write_day(struct json_writer *w, const struct scheme_clock_day *d, enum lang lang)
{
    struct buf b = BUF_INIT(32);
    cal_print_date(d->day, &b);
    json_begin_object(w);
    json_text_member(w, "day", buf_str(&b));
    json_key(w, STR("working"));
    json_bool(w, d->working);
    json_key(w, STR("provisional"));
    json_bool(w, d->provisional);
    json_key(w, STR("counts"));
    json_bool(w, d->counts);
    json_int_member(w, "number", d->number);
    json_text_member(w, "why", str_of(scheme_day_why(d->why, lang)));
    json_end_object(w);
    buf_release(&b);
}

static void write_events(struct json_writer *w, const struct work__clock *c)
{
    json_key(w, STR("events"));
    json_begin_array(w);
    for (uint32_t i = 0; i < c->event_count; i++) {
        const struct scheme_clock_event *e = &c->events[i];
        json_begin_object(w);
        json_text_member(w, "act", str_of(scheme_clock_act_name(e->act)));
        work_write_instant(w, "at", e->at * 1000000);
        if (e->act == SCHEME_CLOCK_EXTEND) {
            json_int_member(w, "n", e->n);
            json_text_member(w, "unit", str_of(scheme_unit_name(e->unit)));
        }
        json_text_member(w, "reason", e->reason);
        json_text_member(w, "clause", e->clause);
        json_int_member(w, "actor", e->actor);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_clock(struct json_writer *w, str name, const struct work__clock *c, const struct scheme_clock_due *d,
                        enum lang lang)
{
    json_begin_object(w);
    json_text_member(w, "clock", name);
    json_text_member(w, "state", str_of(scheme_clock_state_name(d->state)));
    json_int_member(w, "length", c->spec.n);
    json_text_member(w, "unit", str_of(scheme_unit_name(c->spec.unit)));
    work_write_instant(w, "due", d->due == SCHEME_CLOCK_NEVER ? 0 : d->due * 1000000);
    json_key(w, STR("late"));
    json_bool(w, d->late);
    json_key(w, STR("provisional"));
    json_bool(w, d->provisional);
    json_text_member(w, "calendar", c->calendar);
    write_events(w, c);
    json_key(w, STR("days"));
    json_begin_array(w);
    for (uint32_t i = 0; i < d->day_count; i++) {
        write_day(w, &d->days[i], lang);
    }
    json_end_array(w);
    json_end_object(w);
}

/* The variable `clocks` out of the state of a dossier. */
static enum error_code read_clocks(struct work *w, struct store_view *v, struct arena *a, const struct work_dossier *d,
                                   feel_value *ret, struct error *err)
{
    const struct scheme *s;
    enum error_code code = record_scheme(w->record, v, d->bundle, &s, err);
    const struct bpmn_model *m = code == OK ? scheme_model(s, d->process) : NULL;
    bool found = false;
    if (m != NULL) {
        struct bpmn_state state;
        bpmn_state_init(&state, m);
        code = bpmn_state_read(&state, d->state, err);
        found = code == OK && bpmn_variable(&state, 0, STR("clocks"), ret);
        *ret = found ? feel_copy(a, *ret) : *ret;
        bpmn_state_release(&state);
    }
    return code == OK && !found ? error_set(err, ERROR_MISSING, "the dossier %lld has no clocks", (long long)d->id)
                                : code;
}

bool work__clock_stopped(struct work *w, struct store_view *v, struct arena *a, const struct work_dossier *d, str name,
                         struct scheme_clock_event *ret)
{
    struct work__clock c = { .said = NULL };
    feel_value all = feel_null(), one = feel_null();
    if (d->state.len == 0 || read_clocks(w, v, a, d, &all, NULL) != OK || !feel_context_get(all, name, &one)) {
        return false;
    }
    work__clock_read(a, one, &c);
    for (uint32_t i = c.event_count; i > 0; i--) {
        if (c.events[i - 1].act == SCHEME_CLOCK_STOP) {
            *ret = c.events[i - 1];
            return true;
        }
    }
    return false;
}

void work__write_days(struct work *w, struct store_view *v, const struct work_dossier *d, str name,
                      struct json_writer *out)
{
    struct arena a = ARENA_INIT;
    struct work__clock c = { .said = NULL };
    struct scheme_clock_due due = { .day_count = 0 };
    feel_value all = feel_null(), one = feel_null();
    if (d->state.len > 0 && read_clocks(w, v, &a, d, &all, NULL) == OK && feel_context_get(all, name, &one)) {
        work__clock_read(&a, one, &c);
        if (scheme_clock_due(&a, &c.spec, c.events, c.event_count, work__calendar(w, v), work__now(w) / 1000000, true,
                             &due, NULL) == OK) {
            json_int_member(out, "length", c.spec.n);
            json_text_member(out, "unit", str_of(scheme_unit_name(c.spec.unit)));
        }
    }
    json_key(out, STR("days"));
    json_begin_array(out);
    for (uint32_t i = 0; i < due.day_count; i++) {
        write_day(out, &due.days[i], LANG_EN);
    }
    json_end_array(out);
    arena_release(&a);
}

enum error_code work_write_clock(struct work *w, struct store_view *v, const struct work_dossier *d, str name,
                                 struct buf *out, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct json_writer writer;
    struct work__clock c = { .said = NULL };
    struct scheme_clock_due due;
    feel_value all = feel_null(), one = feel_null();
    if (d->state.len == 0) {
        return error_set(err, ERROR_INVALID, "the dossier %lld has ended", (long long)d->id);
    }
    enum error_code code = read_clocks(w, v, &a, d, &all, err);
    if (code == OK && !feel_context_get(all, name, &one)) {
        code = error_set(err, ERROR_MISSING, "the process has no clock \"%.*s\"", STR_ARG(name));
    }
    if (code == OK) {
        const struct cal_calendar *calendar = work__calendar(w, v);
        work__clock_read(&a, one, &c);
        c.calendar = work__calendar_version(calendar);
        code = scheme_clock_due(&a, &c.spec, c.events, c.event_count, calendar, work__now(w) / 1000000, true, &due,
                                err);
    }
    if (code == OK) {
        json_writer_init(&writer, out, false);
        write_clock(&writer, name, &c, &due, err == NULL ? LANG_ZH : err->lang);
    }
    arena_release(&a);
    return code;
}

/* ---- Before a calendar is changed ---- */

/* The end of one clock with another calendar; its present one where it cannot be computed. */
static int64_t end_with(struct work *w, struct store_view *v, const struct cal_calendar *with,
                        const struct work_moved *m)
{
    struct arena a = ARENA_INIT;
    struct work_dossier d;
    struct work__clock c = { .said = NULL };
    struct scheme_clock_due due = { .due = 0 };
    feel_value all = feel_null(), one = feel_null();
    int64_t end = m->from;
    if (work_read_dossier(v, m->dossier, &a, &d) && d.state.len > 0 && read_clocks(w, v, &a, &d, &all, NULL) == OK &&
        feel_context_get(all, m->clock, &one)) {
        work__clock_read(&a, one, &c);
        bool fine = scheme_clock_due(NULL, &c.spec, c.events, c.event_count, with, work__now(w) / 1000000, false, &due,
                                     NULL) == OK;
        end = fine && due.due != SCHEME_CLOCK_NEVER ? due.due * 1000000 : end;
    }
    arena_release(&a);
    return end;
}

uint32_t work_calendar_moves(struct work *w, struct store_view *v, const struct cal_calendar *with, int64_t since,
                             uint32_t max, struct arena *a, struct work_moved *ret, uint32_t *ret_count,
                             bool *ret_more)
{
    struct store_value args[] = { store_int(since), store_int(LIMIT_WORK_CALENDAR_LOOK + 1) };
    struct work_moved *all = ARENA_ARRAY(a, struct work_moved, LIMIT_WORK_CALENDAR_LOOK + 1);
    struct store_rows *r = store_query(v, "SELECT dossier, due, name FROM clock WHERE state = 'running' AND due >= ? "
                                          "ORDER BY due, dossier, name LIMIT ?", args, 2);
    uint32_t looked = 0, count = 0;
    while (store_next(r)) {
        all[looked++] = (struct work_moved){ .dossier = store_column_int(r, 0), .from = store_column_int(r, 1),
                                             .clock = arena_str(a, store_column_text(r, 2)) };
    }
    store_rows_end(r);
    *ret_more = looked > LIMIT_WORK_CALENDAR_LOOK;
    *ret_count = 0;
    for (uint32_t i = 0; i < looked && i < LIMIT_WORK_CALENDAR_LOOK; i++) {
        all[i].to = end_with(w, v, with, &all[i]);
        bool moves = all[i].to != all[i].from;
        *ret_count += moves;
        if (moves && count < max) {
            ret[count++] = all[i];
        }
    }
    return count;
}
