/* page_register: the public registers: their list, one as it stood on a day, one entry with its history and reasons; as
 * page, JSON and CSV. */
#include "web/web_int.h"

#include "base/limit.h"
#include "publish/register.h"

enum { ROWS = 50, MANY = 1000, NOTICES = 10 };

/* ---- The list of registers ---- */

void web__page_registers(struct web__call *c)
{
    const struct scheme *schemes[WEB__SCHEMES];
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    uint32_t count = web__schemes(c, v, schemes);
    if (!web__view_end(c, v)) {
        return;
    }
    struct node *list = node_put_list(c->model, "registers");
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < schemes[i]->view_count; k++) {
            const struct scheme_view *view = &schemes[i]->views[k];
            if (view->audience == SCHEME_TO_PUBLIC) {
                struct node *row = node_add_object(list);
                node_put_text(row, "scheme", schemes[i]->name);
                node_put_text(row, "view", view->name);
                node_put_text(row, "title", scheme_text(view->title, c->lang));
                node_put_text(row, "of", scheme_text(schemes[i]->title, c->lang));
            }
        }
    }
    web__crumb(c, "Home", STR("/"));
    http_may_cache(c->r);
    web__answer(c, 200, page_registers);
}

/* ---- A register ---- */

struct asked {
    struct publish_register q;
    const struct scheme *scheme;
    const struct scheme_view *view;
    const struct scheme_ledger *ledger;
    str filter; /* "level:AA" */
    bool past;  /* another day than today is asked for */
};

/* A day of the query; false: it is none. */
static bool read_day(struct web__call *c, const char *name, cal_date *ret)
{
    str text = web__text(c, name);
    *ret = web__today(c);
    return text.len == 0 || cal_parse_date(text, ret);
}

/* The last instant of a day in China. */
static int64_t end_of(cal_date day)
{
    return ((cal_days_from_date(day) + 1) * 86400 - 8 * 3600) * 1000000 - 1;
}

/* {field: value}; an integer field takes a number. */
static feel_value filter_value(struct web__call *c, const struct asked *a)
{
    const char *colon = a->filter.len == 0 ? NULL : memchr(a->filter.ptr, ':', a->filter.len);
    if (colon == NULL) {
        return feel_null();
    }
    str name = str_slice(a->filter, 0, (size_t)(colon - a->filter.ptr));
    str text = str_slice(a->filter, name.len + 1, a->filter.len);
    int32_t at = scheme_field(a->ledger, name);
    feel_value *values = ARENA_ARRAY(c->arena, feel_value, 1);
    values[0] = web__typed(c->arena, at < 0 ? SCHEME_TEXT : a->ledger->fields[at].type, text);
    return feel_context(feel_shape_new(c->arena, &name, 1), values);
}

static enum error_code not_a_day(struct error *err)
{
    error_set(err, ERROR_INVALID, "this is no day");
    error_hint(err, "write it as year-month-day: 2026-03-01");
    return ERROR_INVALID;
}

/* Who has the view; what its page is asked for. */
static enum error_code read_asked(struct web__call *c, struct store_view *v, struct asked *ret, struct error *err)
{
    cal_date known;
    *ret = (struct asked){ .filter = web__text(c, "by") };
    ret->q = (struct publish_register){ .scheme = c->words[0], .view = c->words[1], .known = INT64_MAX, .max = ROWS,
                                        .words = web__text(c, "q"), .order = web__text(c, "sort"),
                                        .after = web__text(c, "after"), .filter = feel_null() };
    enum error_code code = record_installed(c->web->config.record, v, c->words[0], &ret->scheme, NULL);
    ret->view = code == OK ? scheme_view(ret->scheme, c->words[1]) : NULL;
    if (ret->view == NULL || ret->view->audience != SCHEME_TO_PUBLIC) {
        return error_set(err, ERROR_MISSING, "there is no such register");
    }
    code = record_ledger(c->web->config.record, v, ret->scheme, ret->view->ledger, NULL, &ret->ledger, NULL, err);
    if (code != OK || !read_day(c, "on", &ret->q.on) || !read_day(c, "known", &known)) {
        return code != OK ? code : not_a_day(err);
    }
    bool then = web__text(c, "known").len > 0 && cal_days_from_date(known) < cal_days_from_date(web__today(c));
    ret->q.known = then ? end_of(known) : INT64_MAX;
    ret->past = then || cal_days_from_date(ret->q.on) != cal_days_from_date(web__today(c));
    ret->q.filter = filter_value(c, ret);
    return OK;
}

/* Reads the register of the path; false after an answer was sent. */
static bool read_register(struct web__call *c, uint32_t max, struct asked *a, struct publish_table *t)
{
    struct error err = { .lang = c->lang };
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    enum error_code code = read_asked(c, v, a, &err);
    a->q.max = max;
    code = code == OK ? publish_register(c->web->config.publish, v, &a->q, c->arena, t, &err) : code;
    if (!web__view_end(c, v)) {
        return false;
    }
    if (code == ERROR_MISSING) {
        web__nothing(c);
    } else if (code != OK) {
        web__refuse(c, 400, &err);
    }
    return code == OK;
}

/* A choice of the filter: each of the options of a code that the view filters by. */
static void put_filters(struct web__call *c, const struct asked *a)
{
    struct node *list = node_put_list(c->model, "filters");
    for (uint32_t i = 0; i < a->view->filter_count; i++) {
        int32_t at = scheme_field(a->ledger, a->view->filter[i]);
        const struct scheme_field *f = at < 0 ? NULL : &a->ledger->fields[at];
        for (uint32_t k = 0; f != NULL && k < f->option_count; k++) {
            struct node *option = node_add_object(list);
            str value = arena_printf(c->arena, "%.*s:%.*s", STR_ARG(f->name), STR_ARG(f->options[k]));
            str title = scheme_text(f->title, c->lang);
            node_put_text(option, "value", value);
            node_put_text(option, "label", arena_printf(c->arena, "%.*s %.*s", STR_ARG(title),
                                                             STR_ARG(scheme_word(a->scheme, f->options[k], c->lang))));
            node_put_true(option, "chosen", str_eq(value, a->filter));
        }
    }
}

str web__column_title(const struct web__call *c, const struct scheme *s, const struct scheme_ledger *l,
                      const struct publish_column *column)
{
    const char *dot = column->name.len == 0 ? NULL : memchr(column->name.ptr, '.', column->name.len);
    str name = dot == NULL ? column->name : str_slice(column->name, 0, (size_t)(dot - column->name.ptr));
    int32_t at = scheme_field(l, name);
    str title = at < 0 || (dot != NULL && !str_eq(column->name, STR("party.name")))
                    ? STR("")
                    : scheme_text(l->fields[at].title, c->lang);
    return title.len > 0 ? title : scheme_word(s, column->label, c->lang);
}

static void set_titles(struct web__call *c, const struct asked *a, struct publish_table *t)
{
    struct publish_column *columns = ARENA_ARRAY(c->arena, struct publish_column, t->column_count);
    for (uint32_t i = 0; i < t->column_count; i++) {
        str title = web__column_title(c, a->scheme, a->ledger, &t->columns[i]);
        columns[i] = (struct publish_column){ t->columns[i].name, title };
    }
    t->columns = columns;
}

/* The orders that a reader may choose. */
static void put_orders(struct web__call *c, const struct asked *a)
{
    struct node *list = node_put_list(c->model, "orders");
    for (uint32_t i = 0; i < a->ledger->field_count; i++) {
        const struct scheme_field *f = &a->ledger->fields[i];
        for (int down = 0; publish_register_orders(a->view, a->ledger, f->name) && down < 2; down++) {
            struct node *order = node_add_object(list);
            str value = arena_printf(c->arena, "%.*s%s", STR_ARG(f->name), down ? " desc" : "");
            str title = scheme_text(f->title, c->lang);
            node_put_text(order, "value", value);
            node_put_text(order, "label", title.len > 0 ? title : f->name);
            node_put_true(order, "down", down == 1);
            node_put_true(order, "chosen", str_eq(value, a->q.order));
        }
    }
}

/* What was asked for, so that the page and its links repeat it. */
static void put_asked(struct web__call *c, const struct asked *a, const struct publish_table *t)
{
    node_put_text(c->model, "scheme", a->q.scheme);
    node_put_text(c->model, "view", a->q.view);
    node_put_text(c->model, "of", scheme_text(a->scheme->title, c->lang));
    node_put_text(c->model, "q", a->q.words);
    node_put_text(c->model, "by", a->filter);
    node_put_text(c->model, "sort", a->q.order);
    node_put_text(c->model, "on", web__day_text(c->arena, a->q.on));
    node_put_text(c->model, "known", web__text(c, "known"));
    node_put_true(c->model, "past", a->past);
    node_put_true(c->model, "any_day", a->view->on.len > 0);
    node_put_true(c->model, "searched", a->q.words.len > 0 || a->filter.len > 0);
    node_put_text(c->model, "next", t->next);
    put_filters(c, a);
    put_orders(c, a);
}

void web__page_register(struct web__call *c)
{
    struct asked a;
    struct publish_table t;
    if (!read_register(c, ROWS, &a, &t)) {
        return;
    }
    set_titles(c, &a, &t);
    put_asked(c, &a, &t);
    node_put_text(c->model, "title", scheme_text(a.view->title, c->lang));
    web__put_table(c, a.scheme, c->model, "table", &t);
    web__crumb(c, "Home", STR("/"));
    web__crumb(c, "Registers", STR("/registers"));
    http_may_cache(c->r);
    web__answer(c, 200, page_register);
}

void web__json_register(struct web__call *c)
{
    struct asked a;
    struct publish_table t;
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    if (read_register(c, MANY, &a, &t)) {
        publish_write_table(&t, &out);
        http_may_cache(c->r);
        web__send_public(c, 200, WEB__JSON, &out);
    }
}

void web__csv_register(struct web__call *c)
{
    struct asked a;
    struct publish_table t;
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    if (read_register(c, MANY, &a, &t)) {
        set_titles(c, &a, &t);
        publish_write_csv(&t, a.q.after.len == 0, c->lang, &out, NULL);
        if (t.next.len > 0) {
            http_add_header(c->r, "X-Next", t.next);
        }
        web__send_public(c, 200, "text/csv; charset=utf-8", &out);
    }
}

/* ---- An entry ---- */

static void put_latest(struct web__call *c, const struct scheme *s, const struct publish_table *t)
{
    const struct publish_line *last = &t->lines[t->line_count - 1];
    struct node *rows = node_put_list(c->model, "fields");
    for (uint32_t i = 0; last->cells != NULL && i < t->column_count; i++) {
        struct node *row = node_add_object(rows);
        node_put_text(row, "label", t->columns[i].label);
        node_put_text(row, "value", scheme_word(s, publish_shown(c->arena, last->cells[i]), c->lang));
    }
    bool holds = (last->from == 0 || last->from <= c->now) && (last->until == 0 || c->now < last->until);
    node_put_true(c->model, "holds", holds);
    web__put_day(c->model, "from", last->from);
    web__put_day(c->model, "until", last->until == 0 ? 0 : last->until - 1);
    node_put_true(c->model, "withheld", last->cells == NULL);
    if (last->cells != NULL && t->column_count > 0) {
        node_put_text(c->model, "title", publish_shown(c->arena, last->cells[0]));
    }
}

/* The dossier that last wrote the row, of which there are notices. */
static uint32_t read_notices(struct web__call *c, struct store_view *v, const struct publish_table *t,
                             struct publish_notice *ret)
{
    int64_t dossier = t->lines[t->line_count - 1].dossier;
    const struct publish_query q = { .before = INT64_MAX, .dossier = dossier, .max = NOTICES };
    return dossier == 0 ? 0 : publish_find(v, &q, c->arena, ret);
}

static feel_value read_why(struct web__call *c, struct store_view *v, int64_t notice)
{
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value why = feel_null();
    struct error err = { .lang = c->lang };
    if (publish_write_why(c->web->config.publish, v, notice, &text, &err) == OK) {
        feel_json_read(c->arena, arena_str(c->arena, buf_str(&text)), &why, NULL);
    }
    buf_release(&text);
    return why;
}

void web__page_entry(struct web__call *c)
{
    struct asked a;
    struct publish_table t;
    struct publish_notice notices[NOTICES];
    struct error err = { .lang = c->lang };
    uint32_t count = 0;
    feel_value why = feel_null();
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    enum error_code code = read_asked(c, v, &a, &err);
    code = code == OK ? publish_register_history(c->web->config.publish, v, c->words[0], c->words[1], c->number,
                                                 c->arena, &t, &err)
                      : code;
    if (code == OK) {
        count = read_notices(c, v, &t, notices);
        why = count > 0 ? read_why(c, v, notices[0].id) : why;
    }
    if (!web__view_end(c, v)) {
        return;
    }
    if (code != OK) {
        web__nothing(c);
        return;
    }
    set_titles(c, &a, &t);
    node_put_text(c->model, "scheme", c->words[0]);
    node_put_text(c->model, "view", c->words[1]);
    node_put_int(c->model, "row", c->number);
    node_put_text(c->model, "register", scheme_text(a.view->title, c->lang));
    node_put_text(c->model, "code", record_short_code(c->arena, a.ledger, c->number));
    put_latest(c, a.scheme, &t);
    web__put_table(c, a.scheme, c->model, "table", &t);
    web__put_notices(c, c->model, "notices", notices, count);
    web__put_why(c, c->model, why);
    web__crumb(c, "Home", STR("/"));
    web__crumb(c, "Registers", STR("/registers"));
    web__crumb(c, "The register", arena_printf(c->arena, "/r/%.*s/%.*s", STR_ARG(c->words[0]), STR_ARG(c->words[1])));
    http_may_cache(c->r);
    web__answer(c, 200, page_entry);
}
