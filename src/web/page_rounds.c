/* page_rounds: opening a round, the calendar of working days, messages between offices. */
#include "web/desk_int.h"

#include "base/limit.h"

#include <unistd.h>

static const struct web__said said[] = {
    { "opened", "The round is opened: each row is copied and waits to be confirmed" },
    { "set", "The row is changed" },
    { "confirmed", "The row is confirmed" },
    { "imported", "The calendar is changed" },
    { "again", "The message is delivered once more" },
};

enum { SAID = sizeof said / sizeof said[0], MESSAGES = 200 };

static bool may_deploy(const struct web__desk *d)
{
    return web__desk_may(d, PEOPLE_VERB_DEPLOY, PEOPLE_KIND_MODEL, 0, PEOPLE_INTERNAL);
}

/* ---- Rounds ---- */

static void put_round_row(struct web__desk *d, const struct scheme *s, struct node *rows, feel_value v)
{
    struct web__call *c = d->c;
    const struct scheme_parameter *p = scheme_parameter(s, feel_text_member(v, "parameter"));
    feel_value changed = feel_member(v, "changed");
    struct node *row = node_add_object(rows);
    str state = feel_text_member(v, "state"), source = publish_shown(c->arena, feel_member(v, "source"));
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES), was = BUF_INIT(LIMIT_JSON_BYTES);
    node_put_text(row, "parameter", feel_text_member(v, "parameter"));
    node_put_text(row, "title", p != NULL ? web__called(c, p->title, p->name) : STR(""));
    node_put_text(row, "row", publish_shown(c->arena, feel_member(v, "row")));
    node_put_text(row, "state", state);
    node_put_text(row, "source", source);
    node_put_true(row, "confirmed", str_eq(state, STR("confirmed")));
    for (uint32_t i = 0; p != NULL && i < p->column_count; i++) {
        feel_value cell;
        str shown = feel_context_get(v, p->columns[i].name, &cell) ? publish_shown(c->arena, cell) : STR("");
        str title = web__called(c, p->columns[i].title, p->columns[i].name);
        buf_printf(&text, "%s%.*s: %.*s", i > 0 ? " · " : "", STR_ARG(title), STR_ARG(shown));
        if (changed.kind == FEEL_CONTEXT && feel_context_get(changed, p->columns[i].name, &cell) && cell.count == 2) {
            buf_printf(&was, "%s%.*s: %.*s → %.*s", was.len > 0 ? " · " : "", STR_ARG(title),
                       STR_ARG(publish_shown(c->arena, cell.items[0])),
                       STR_ARG(publish_shown(c->arena, cell.items[1])));
        }
    }
    node_put_text(row, "text", arena_str(c->arena, buf_str(&text)));
    node_put_text(row, "changed", arena_str(c->arena, buf_str(&was)));
    buf_release(&text);
    buf_release(&was);
}

static void put_round(struct web__desk *d, const struct scheme *s, str round)
{
    struct web__call *c = d->c;
    struct error err = { .lang = c->lang };
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    enum error_code code = record_round_write(d->v, s, round, &json, &err);
    feel_value v = web__desk_value(c, &json), rows = feel_member(v, "rows");
    if (code != OK) {
        web__desk_problem(c, &err, "#round");
        return;
    }
    struct node *list = node_put_list(c->model, "rows");
    for (uint32_t i = 0; i < rows.count; i++) {
        put_round_row(d, s, list, rows.items[i]);
    }
    node_put_text(c->model, "count", publish_shown(c->arena, feel_member(v, "count")));
    node_put_text(c->model, "confirmed", publish_shown(c->arena, feel_member(v, "confirmed")));
    node_put_text(c->model, "without_source", publish_shown(c->arena, feel_member(v, "without source")));
}

static void show_rounds(struct web__call *c, int status)
{
    struct web__desk d;
    struct web__installed *all;
    str name = web__text(c, "scheme"), round = str_trim(web__text(c, "round"));
    if (!web__desk_open(c, &d)) {
        return;
    }
    uint32_t count = web__desk_installed(&d, &all);
    struct node *schemes = node_put_list(c->model, "schemes");
    for (uint32_t i = 0; i < count; i++) {
        const struct scheme *s = all[i].last ? web__desk_scheme(&d, all[i].scheme) : NULL;
        if (s != NULL && s->parameter_count > 0) {
            struct node *item = node_add_object(schemes);
            node_put_text(item, "name", s->name);
            node_put_text(item, "title", web__called(c, s->title, s->name));
            node_put_true(item, "chosen", str_eq(s->name, name));
            if (str_eq(s->name, name) && round.len > 0) {
                put_round(&d, s, round);
            }
        }
    }
    node_put_text(c->model, "scheme", name);
    node_put_text(c->model, "round", round);
    node_put_text(c->model, "from", web__text(c, "from"));
    node_put_true(c->model, "may", may_deploy(&d));
    if (web__desk_close(&d)) {
        web__desk_done(c, said, SAID);
        web__desk_tabs(c, "rounds");
        web__answer(c, status, page_lists_rounds);
    }
}

void web__page_rounds(struct web__call *c)
{
    show_rounds(c, 200);
}

static enum error_code open_round(struct web__call *c, const struct scheme *s, struct error *err)
{
    cal_date from;
    uint32_t copied;
    str day = web__text(c, "from"), round = str_trim(web__text(c, "round"));
    if (round.len == 0 || !cal_parse_date(day, &from)) {
        return error_set(err, ERROR_INVALID, "say which round, and from which day on it holds");
    }
    return record_round_open(c->web->config.record, s, round, from, c->person, c->now, &copied, err);
}

/* Sets or confirms one row. */
static enum error_code act_on_row(struct web__call *c, const struct scheme *s, bool confirm, struct error *err)
{
    struct record_plan plan;
    feel_value with = feel_null();
    const struct scheme_parameter *p = scheme_parameter(s, web__text(c, "parameter"));
    str paper = str_trim(web__text(c, "paper"));
    if (p == NULL) {
        return error_set(err, ERROR_MISSING, "there is nothing here, or it is not for you to see");
    }
    if (confirm && paper.len == 0) {
        return error_set(err, ERROR_INVALID, "say which paper it rests on");
    }
    enum error_code code = confirm ? OK : feel_json_read(c->arena, web__text(c, "with"), &with, err);
    code = code == OK ? record_begin(c->web->config.record, c->arena, c->person, c->now, &plan, err) : code;
    if (code == OK) {
        int64_t row = web__int(c, "row", 0);
        code = confirm ? record_round_confirm(&plan, s, p, row, paper, err)
                       : record_round_set(&plan, s, p, row, with, err);
        code = record_finish(&plan, code, NULL, err);
    }
    return code;
}

void web__form_round(struct web__call *c)
{
    struct web__desk d;
    struct error err = { .lang = c->lang };
    str act = web__text(c, "act"), scheme = web__text(c, "scheme"), round = str_trim(web__text(c, "round"));
    if (!web__desk_open(c, &d)) {
        return;
    }
    const struct scheme *s = web__desk_scheme(&d, scheme);
    bool may = may_deploy(&d);
    if (!web__desk_close(&d)) {
        return;
    }
    enum error_code code = !may        ? error_set(&err, ERROR_INVALID, "this is not for you to do")
                           : s == NULL ? error_set(&err, ERROR_MISSING, "choose a scheme")
                           : str_eq(act, STR("open"))
                               ? open_round(c, s, &err)
                               : act_on_row(c, s, str_eq(act, STR("confirm")), &err);
    if (code == OK) {
        web__go(c, arena_printf(c->arena, "/office/rounds?scheme=%.*s&round=%.*s&done=%s", STR_ARG(scheme),
                                STR_ARG(round), str_eq(act, STR("open"))      ? "opened"
                                                : str_eq(act, STR("confirm")) ? "confirmed"
                                                                              : "set"));
        return;
    }
    web__desk_problem(c, &err, str_eq(act, STR("open")) ? "#new" : "");
    show_rounds(c, may ? 422 : 403);
}

/* ---- Working days ---- */

static void show_calendar(struct web__call *c, int status)
{
    struct web__desk d;
    const struct scheme *core;
    const struct cal_calendar *calendar;
    feel_value rows = feel_null();
    if (!web__desk_open(c, &d)) {
        return;
    }
    int64_t year = web__int(c, "year", web__today(c).year);
    struct node *list = node_put_list(c->model, "days");
    bool there = record_installed(c->web->config.record, d.v, STR("core"), &core, NULL) == OK &&
                 record_parameter(c->web->config.record, d.v, core, scheme_parameter(core, STR("calendar")),
                                  web__today(c), c->arena, &rows, NULL) == OK;
    str begin = arena_printf(c->arena, "%lld-", (long long)year);
    for (uint32_t i = 0; there && i < rows.count; i++) {
        str day = publish_shown(c->arena, feel_member(rows.items[i], "day"));
        if (str_starts_with(day, begin)) {
            struct node *item = node_add_object(list);
            node_put_text(item, "day", day);
            node_put_true(item, "working", feel_is_true(feel_member(rows.items[i], "working")));
            node_put_text(item, "name", publish_shown(c->arena, feel_member(rows.items[i], "name")));
            node_put_text(item, "source", publish_shown(c->arena, feel_member(rows.items[i], "source")));
            node_put_text(item, "state", publish_shown(c->arena, feel_member(rows.items[i], "state")));
        }
    }
    if (record_calendar(c->web->config.record, d.v, &calendar, NULL) == OK) {
        bool provisional = false;
        cal_date first = { .year = (int32_t)year, .month = 1, .day = 1 };
        cal_is_working_day(calendar, first, &provisional);
        node_put_text(c->model, "calendar", arena_str(c->arena, cal_calendar_name(calendar)));
        node_put_true(c->model, "provisional", provisional);
    }
    node_put_int(c->model, "year", year);
    node_put_int(c->model, "earlier_year", year - 1);
    node_put_int(c->model, "later_year", year + 1);
    node_put_true(c->model, "may", may_deploy(&d));
    if (web__desk_close(&d)) {
        web__desk_done(c, said, SAID);
        web__desk_tabs(c, "calendar");
        web__answer(c, status, page_lists_calendar);
    }
}

void web__page_calendar(struct web__call *c)
{
    show_calendar(c, 200);
}

void web__form_calendar(struct web__call *c)
{
    struct web__desk d;
    struct error err = { .lang = c->lang };
    size_t count;
    const struct http_file *files = http_files(c->r, &count);
    if (!web__desk_open(c, &d)) {
        return;
    }
    bool may = may_deploy(&d), fits = count > 0 && files[0].size > 0 && files[0].size <= LIMIT_SCHEME_BYTES;
    if (!web__desk_close(&d)) {
        return;
    }
    enum error_code code = !may    ? error_set(&err, ERROR_INVALID, "this is not for you to do")
                           : !fits ? error_set(&err, ERROR_INVALID, "choose a file")
                                   : OK;
    if (code == OK) {
        char *bytes = arena_alloc(c->arena, files[0].size);
        ssize_t n = pread(files[0].fd, bytes, files[0].size, 0);
        code = n != (ssize_t)files[0].size
                   ? error_set(&err, ERROR_IO, "cannot read the file")
                   : record_import_calendar(c->web->config.record, (str){ bytes, (size_t)n }, c->person, c->now, &err);
    }
    if (code == OK) {
        web__go(c, STR("/office/calendar?done=imported"));
        return;
    }
    web__desk_problem(c, &err, "#file");
    show_calendar(c, may ? 422 : 403);
}

/* ---- Messages between offices ---- */

static str office_of(struct web__desk *d, feel_value id)
{
    int64_t n = 0;
    return id.kind == FEEL_NUMBER && dec_to_int(id.number, &n) ? web__desk_office_name(d, n) : STR("");
}

static bool sees(const struct web__desk *d, feel_value dossier)
{
    int64_t number;
    return dossier.kind == FEEL_NUMBER && dec_to_int(dossier.number, &number) && web__desk_sees(d, number);
}

void web__page_messages(struct web__call *c)
{
    struct web__desk d;
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    if (!web__desk_open(c, &d)) {
        return;
    }
    int64_t office = web__desk_office(&d, PEOPLE_VERB_SEE);
    feel_value all = feel_null();
    if (office != 0) {
        work_write_messages(d.v, office, web__int(c, "before", INT64_MAX), MESSAGES, &json);
        all = web__desk_value(c, &json);
    }
    struct node *list = node_put_list(c->model, "messages");
    for (uint32_t i = 0; i < all.count; i++) {
        feel_value m = all.items[i];
        struct node *item = node_add_object(list);
        str sent = feel_text_member(m, "sent"), taken = feel_text_member(m, "taken");
        node_put_text(item, "id", publish_shown(c->arena, feel_member(m, "id")));
        node_put_text(item, "name", feel_text_member(m, "name"));
        node_put_text(item, "from", office_of(&d, feel_member(m, "from")));
        node_put_text(item, "to", office_of(&d, feel_member(m, "to")));
        node_put_text(item, "about", publish_shown(c->arena, feel_member(m, "about")));
        node_put_true(item, "seen", sees(&d, feel_member(m, "about")));
        node_put_text(item, "state", feel_text_member(m, "state"));
        node_put_text(item, "reason", feel_text_member(m, "reason"));
        node_put_true(item, "hand", str_eq(feel_text_member(m, "transport"), STR("hand")));
        node_put_text(item, "paper", feel_text_member(m, "paper"));
        node_put_text(item, "sent", sent.len < 10 ? STR("") : str_slice(sent, 0, 10));
        node_put_text(item, "taken", taken.len < 10 ? STR("") : str_slice(taken, 0, 10));
    }
    if (web__desk_close(&d)) {
        web__desk_done(c, said, SAID);
        web__desk_tabs(c, "messages");
        web__answer(c, 200, page_lists_messages);
    }
}
