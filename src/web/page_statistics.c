/* page_statistics: 统计. Each number with its definition and cut-off, its groups, its chart, and the rows it counts. */
#include "web/desk_int.h"

#include "base/limit.h"
#include "chart/chart.h"

enum { SHOWN = 500 };

struct figure {
    struct web__desk d;
    const struct scheme *scheme;
    const struct scheme_statistic *one;
    struct record_scope of;
    feel_value value; /* what record_statistic_write says */
};

/* ---- Numbers ---- */

static bool ends_so(str text, const char *begin, str *ret_rest)
{
    str head = str_of(begin);
    *ret_rest = text.len > head.len ? str_trim(str_slice(text, head.len, text.len)) : STR("");
    return str_starts_with(text, head);
}

/* Thousandths, as charts want them; CHART_MISSING: there is no number. */
static int64_t thousandths(const struct scheme_statistic *one, feel_value v)
{
    feel_value top = feel_member(v, "top"), bottom = feel_member(v, "bottom");
    str rest;
    dec n = DEC_SMALL(0);
    int64_t ret;
    bool percent = ends_so(one->show, "percent", &rest), told = top.kind == FEEL_NUMBER;
    if (told && percent) {
        told = bottom.kind == FEEL_NUMBER && dec_div(top.number, bottom.number, &n) &&
               dec_mul(n, dec_from_int(100000), &n);
    } else if (told) {
        told = dec_mul(top.number, dec_from_int(1000), &n);
    }
    told = told && dec_round(n, 0, DEC_HALF_UP, &n) && dec_to_int(n, &ret);
    return told ? ret : CHART_MISSING;
}

/* "58.82%", "17"; a dash where nothing can be divided. */
static str number_of(struct web__call *c, const struct scheme_statistic *one, feel_value v)
{
    feel_value top = feel_member(v, "top"), bottom = feel_member(v, "bottom");
    str rest;
    dec n;
    int64_t places = 0;
    if (!ends_so(one->show, "percent", &rest)) {
        return top.kind == FEEL_NUMBER ? publish_shown(c->arena, top) : STR("—");
    }
    dec p;
    if (dec_parse(rest, &p)) {
        dec_to_int(p, &places);
    }
    bool told = top.kind == FEEL_NUMBER && bottom.kind == FEEL_NUMBER && dec_div(top.number, bottom.number, &n) &&
                dec_mul(n, dec_from_int(100), &n) && dec_round(n, (int)places, DEC_HALF_UP, &n);
    return told ? arena_printf(c->arena, "%.*s%%", STR_ARG(publish_shown(c->arena, feel_number(n)))) : STR("—");
}

static str unit_of(const struct scheme_statistic *one)
{
    return str_starts_with(one->show, STR("percent")) ? STR("%") : STR("");
}

/* ---- Opening ---- */

/* The day that is asked for; false: it is none. */
static bool read_day(struct web__call *c, cal_date *ret)
{
    str on = web__text(c, "on");
    *ret = web__today(c);
    return on.len == 0 || cal_parse_date(on, ret);
}

/* Counts; false after an answer was sent. */
static bool open_figure(struct web__call *c, struct figure *ret)
{
    struct error err = { .lang = c->lang };
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    if (!web__desk_open(c, &ret->d)) {
        return false;
    }
    ret->of.office = web__desk_office(&ret->d, PEOPLE_VERB_SEE);
    ret->of.tree = web__desk_reach(&ret->d, ret->of.office);
    ret->scheme = ret->of.office != 0 ? web__desk_scheme(&ret->d, c->words[0]) : NULL;
    ret->one = ret->scheme != NULL ? scheme_statistic(ret->scheme, c->words[1]) : NULL;
    if (ret->one == NULL) {
        web__desk_nothing(&ret->d);
        return false;
    }
    bool fine = read_day(c, &ret->of.day);
    enum error_code code = fine ? record_statistic_write(c->web->config.record, ret->d.v, ret->d.ev, ret->scheme,
                                                         ret->one, &ret->of, true, &json, &err)
                                : error_set(&err, ERROR_INVALID, "\"%.*s\" is no date", STR_ARG(web__text(c, "on")));
    ret->value = web__desk_value(c, &json);
    if (code != OK && web__desk_close(&ret->d)) {
        web__refuse(c, fine ? 503 : 422, &err);
    }
    return code == OK;
}

static str title_of(const struct figure *f)
{
    return web__called(f->d.c, f->one->title, f->one->name);
}

/* ---- All of them ---- */

static void put_scheme(struct web__desk *d, struct node *groups, const struct scheme *s, const struct record_scope *of)
{
    struct web__call *c = d->c;
    struct node *group = node_add_object(groups), *list = node_put_list(group, "figures");
    node_put_text(group, "title", web__called(c, s->title, s->name));
    for (uint32_t i = 0; i < s->statistic_count; i++) {
        const struct scheme_statistic *one = &s->statistics[i];
        struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
        struct error err = { .lang = c->lang };
        bool counted = record_statistic_write(c->web->config.record, d->v, d->ev, s, one, of, false, &json, &err) == OK;
        feel_value v = web__desk_value(c, &json);
        struct node *item = node_add_object(list);
        node_put_text(item, "scheme", s->name);
        node_put_text(item, "name", one->name);
        node_put_text(item, "title", web__called(c, one->title, one->name));
        node_put_text(item, "number", counted ? number_of(c, one, feel_member(v, "total")) : STR("—"));
        node_put_text(item, "unavailable", feel_text_member(v, "unavailable"));
    }
}

void web__page_statistics(struct web__call *c)
{
    struct web__desk d;
    struct web__installed *all;
    struct record_scope of = { .office = 0 };
    if (!web__desk_open(c, &d)) {
        return;
    }
    of.office = web__desk_office(&d, PEOPLE_VERB_SEE);
    of.tree = web__desk_reach(&d, of.office);
    bool fine = read_day(c, &of.day);
    struct node *groups = node_put_list(c->model, "groups");
    uint32_t count = of.office != 0 && fine ? web__desk_installed(&d, &all) : 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct scheme *s = all[i].last ? web__desk_scheme(&d, all[i].scheme) : NULL;
        if (s != NULL && s->statistic_count > 0) {
            put_scheme(&d, groups, s, &of);
        }
    }
    if (!fine) {
        struct error err = { .lang = c->lang };
        error_set(&err, ERROR_INVALID, "\"%.*s\" is no date", STR_ARG(web__text(c, "on")));
        error_hint(&err, "write it as 2026-01-31");
        web__desk_problem(c, &err, "#on");
    }
    node_put_text(c->model, "on", web__day_text(c->arena, of.day));
    if (web__desk_close(&d)) {
        web__desk_tabs(c, "statistics");
        web__answer(c, fine ? 200 : 422, page_lists_statistics);
    }
}

/* ---- One ---- */

static str group_name(struct web__call *c, feel_value group)
{
    feel_value by = feel_member(group, "by");
    struct buf out = BUF_INIT(LIMIT_FEEL_STRING);
    for (uint32_t i = 0; by.kind == FEEL_CONTEXT && i < by.count; i++) {
        str value = publish_shown(c->arena, by.values[i]);
        value = value.len > 0 ? value : str_of(lang_text(c->lang, "not said"));
        buf_printf(&out, "%s%.*s", i > 0 ? " · " : "", STR_ARG(value));
    }
    str name = arena_str(c->arena, buf_str(&out));
    buf_release(&out);
    return name;
}

/* Where the rows of a number are: of a group, or with -1 of the total. */
static str rows_link(struct figure *f, int64_t group, const char *side)
{
    struct web__call *c = f->d.c;
    str address = web__here_with(c, "side", str_of(side), "as");
    const char *query = memchr(address.ptr, '?', address.len);
    size_t at = query == NULL ? address.len : (size_t)(query - address.ptr);
    str path = str_slice(address, 0, at), rest = str_slice(address, at, address.len);
    return group < 0 ? arena_printf(c->arena, "%.*s/rows%.*s", STR_ARG(path), STR_ARG(rest))
                     : arena_printf(c->arena, "%.*s/rows%.*s&group=%lld", STR_ARG(path), STR_ARG(rest),
                                    (long long)group);
}

static void put_number(struct figure *f, struct node *to, feel_value v, int64_t group)
{
    struct web__call *c = f->d.c;
    bool share = f->one->bottom.len > 0;
    node_put_text(to, "number", number_of(c, f->one, v));
    node_put_text(to, "top", publish_shown(c->arena, feel_member(v, "top")));
    node_put_text(to, "top_link", rows_link(f, group, "top"));
    node_put_true(to, "share", share);
    if (share) {
        node_put_text(to, "bottom", publish_shown(c->arena, feel_member(v, "bottom")));
        node_put_text(to, "bottom_link", rows_link(f, group, "bottom"));
    }
}

/* What a decision says of a group: "green 27 · yellow 82". */
static str said_of(struct web__call *c, feel_value said)
{
    struct buf out = BUF_INIT(LIMIT_FEEL_STRING);
    if (said.kind != FEEL_CONTEXT) {
        return publish_shown(c->arena, said);
    }
    for (uint32_t i = 0; i < said.count; i++) {
        buf_printf(&out, "%s%.*s %.*s", i > 0 ? " · " : "", STR_ARG(said.shape->names[i]),
                   STR_ARG(publish_shown(c->arena, said.values[i])));
    }
    str text = arena_str(c->arena, buf_str(&out));
    buf_release(&out);
    return text;
}

static struct web__grid *grid_of(struct figure *f)
{
    struct web__call *c = f->d.c;
    struct web__grid *g = web__grid_new(c, title_of(f));
    g->scheme = f->scheme;
    feel_value groups = feel_member(f->value, "groups");
    web__grid_column(g, str_of(lang_text(c->lang, "Group")), TABLE_TEXT);
    web__grid_column(g, str_of(lang_text(c->lang, "Value")), TABLE_TEXT);
    web__grid_column(g, str_of(lang_text(c->lang, "Above the line")), TABLE_NUMBER);
    if (f->one->bottom.len > 0) {
        web__grid_column(g, str_of(lang_text(c->lang, "Below the line")), TABLE_NUMBER);
    }
    for (uint32_t i = 0; i <= groups.count; i++) {
        bool total = i == groups.count;
        feel_value v = total ? feel_member(f->value, "total") : groups.items[i];
        str *cell = web__grid_row(g, STR(""));
        cell[0] = total ? str_of(lang_text(c->lang, "Total")) : group_name(c, v);
        cell[1] = number_of(c, f->one, v);
        cell[2] = publish_shown(c->arena, feel_member(v, "top"));
        if (f->one->bottom.len > 0) {
            cell[3] = publish_shown(c->arena, feel_member(v, "bottom"));
        }
    }
    web__grid_note(g, arena_printf(c->arena, "%s: %.*s", lang_text(c->lang, "Office"),
                                   STR_ARG(web__desk_office_name(&f->d, f->of.office))));
    web__grid_note(g, arena_printf(c->arena, "%s: %.*s", lang_text(c->lang, "Cut-off"),
                                   STR_ARG(web__day_text(c->arena, f->of.day))));
    feel_value said = feel_member(f->value, "said");
    for (uint32_t i = 0; said.kind == FEEL_LIST && i < said.count; i++) {
        web__grid_note(g, arena_printf(c->arena, "%.*s: %.*s", STR_ARG(group_name(c, said.items[i])),
                                       STR_ARG(said_of(c, feel_member(said.items[i], "said")))));
    }
    str definition = scheme_text(f->one->definition, c->lang);
    if (definition.len > 0) {
        web__grid_note(g, arena_printf(c->arena, "%s: %.*s", lang_text(c->lang, "Definition"), STR_ARG(definition)));
    }
    web__grid_note(g, arena_printf(c->arena, "%s: %.*s", lang_text(c->lang, "Above the line"), STR_ARG(f->one->top)));
    if (f->one->bottom.len > 0) {
        web__grid_note(g, arena_printf(c->arena, "%s: %.*s", lang_text(c->lang, "Below the line"),
                                       STR_ARG(f->one->bottom)));
    }
    return g;
}

static void put_figure(struct figure *f)
{
    struct web__call *c = f->d.c;
    feel_value groups = feel_member(f->value, "groups");
    node_put_text(c->model, "title", title_of(f));
    node_put_text(c->model, "scheme", web__called(c, f->scheme->title, f->scheme->name));
    node_put_text(c->model, "scheme_name", f->scheme->name);
    node_put_text(c->model, "name", f->one->name);
    node_put_text(c->model, "definition", scheme_text(f->one->definition, c->lang));
    node_put_text(c->model, "above", f->one->top);
    node_put_text(c->model, "below", f->one->bottom);
    node_put_text(c->model, "on", web__day_text(c->arena, f->of.day));
    node_put_true(c->model, "has_cut", f->one->cut.len > 0);
    node_put_text(c->model, "unavailable", feel_text_member(f->value, "unavailable"));
    put_number(f, c->model, feel_member(f->value, "total"), -1);
    struct node *list = node_put_list(c->model, "groups");
    for (uint32_t i = 0; i < groups.count; i++) {
        struct node *item = node_add_object(list);
        node_put_text(item, "name", group_name(c, groups.items[i]));
        put_number(f, item, groups.items[i], i);
    }
    feel_value said = feel_member(f->value, "said");
    struct node *says = node_put_list(c->model, "said");
    for (uint32_t i = 0; said.kind == FEEL_LIST && i < said.count; i++) {
        struct node *item = node_add_object(says);
        node_put_text(item, "name", group_name(c, said.items[i]));
        node_put_text(item, "text", said_of(c, feel_member(said.items[i], "said")));
    }
    node_put_true(c->model, "chart", groups.count > 1 && groups.count <= LIMIT_CHART_POINTS);
    str address = web__here_with(c, "as", STR("svg"), NULL);
    node_put_text(c->model, "picture", address);
    node_put_text(c->model, "as_xlsx", web__here_with(c, "as", STR("xlsx"), NULL));
    node_put_text(c->model, "as_csv", web__here_with(c, "as", STR("csv"), NULL));
    node_put_text(c->model, "as_pdf", web__here_with(c, "as", STR("pdf"), NULL));
}

/* Bars of the groups; the twin is the table of the page, of the same values. */
static void send_chart(struct web__call *c, struct figure *f)
{
    feel_value groups = feel_member(f->value, "groups");
    struct error err = { .lang = c->lang };
    struct buf svg = BUF_INIT(1 << 20);
    struct chart_point *points = ARENA_ARRAY(c->arena, struct chart_point, groups.count + 1);
    str series = title_of(f);
    for (uint32_t i = 0; i < groups.count; i++) {
        int64_t *value = ARENA_NEW(c->arena, int64_t);
        *value = thousandths(f->one, groups.items[i]);
        points[i] = (struct chart_point){ .name = group_name(c, groups.items[i]), .values = value };
    }
    const struct chart chart = { .title = series, .note = web__day_text(c->arena, f->of.day), .unit = unit_of(f->one),
                                 .prefix = "bars", .series = &series, .series_count = 1, .points = points,
                                 .point_count = groups.count, .lang = c->lang };
    if (chart_bars(&chart, &svg, &err) != OK) {
        buf_release(&svg);
        web__refuse(c, 404, &err);
    } else {
        web__send(c, 200, "image/svg+xml", &svg);
    }
}

void web__page_statistic(struct web__call *c)
{
    struct figure f;
    if (!open_figure(c, &f)) {
        return;
    }
    put_figure(&f);
    struct web__grid *g = grid_of(&f);
    if (!web__desk_close(&f.d)) {
        return;
    }
    if (str_eq(web__text(c, "as"), STR("svg"))) {
        send_chart(c, &f);
    } else if (!web__grid_sent(c, g)) {
        web__desk_tabs(c, "statistics");
        web__crumb(c, "Statistics", STR("/office/statistics"));
        web__answer(c, 200, page_lists_statistic);
    }
}

/* ---- The rows of a number ---- */

/* "core.dossiers" of "core.dossiers[…]". */
static str ledger_of(str part)
{
    size_t at = 0;
    while (at < part.len && part.ptr[at] != '[') {
        at++;
    }
    return str_trim(str_slice(part, 0, at));
}

/* A row or dossier that was counted: what it is called, and where it leads. */
static void put_counted(struct figure *f, str id, str *ret_link, str *ret_name)
{
    struct web__call *c = f->d.c;
    const struct scheme *of;
    const struct scheme_ledger *l;
    const struct record_row *history;
    uint32_t count = 0;
    int64_t number = 0;
    dec n;
    if (!dec_parse(id, &n) || !dec_to_int(n, &number)) {
        return;
    }
    if (!record_ledger_of_row(c->web->config.record, f->d.v, number, &of, &l)) {
        if (web__desk_sees(&f->d, number)) {
            *ret_link = arena_printf(c->arena, "/office/d/%.*s", STR_ARG(id));
        }
        *ret_name = web__desk_dossier_name(&f->d, number);
    } else if (record_history(f->d.v, c->arena, l, number, &history, &count, NULL) == OK && count > 0) {
        *ret_link = arena_printf(c->arena, "/office/ledgers/%.*s.%.*s/%.*s", STR_ARG(of->name), STR_ARG(l->name),
                                 STR_ARG(id));
        *ret_name = web__desk_row_name(&f->d, l, &history[count - 1]);
    }
}

/* The rows that were counted; of those of the page, or of a file, the names too. */
static struct web__grid *rows_grid(struct figure *f, feel_value rows, bool top)
{
    struct web__call *c = f->d.c;
    struct web__grid *g = web__grid_new(c, title_of(f));
    g->scheme = f->scheme;
    bool dossiers = record_is_builtin(ledger_of(top ? f->one->top : f->one->bottom));
    web__grid_column(g, str_of(lang_text(c->lang, dossiers ? "Dossier" : "Row")), TABLE_TEXT);
    web__grid_column(g, str_of(lang_text(c->lang, "Name")), TABLE_TEXT);
    uint32_t from = (uint32_t)web__int(c, "from", 0);
    bool whole = web__text(c, "as").len > 0;
    for (uint32_t i = 0; i < rows.count; i++) {
        str id = publish_shown(c->arena, rows.items[i]), link = STR(""), name = STR("");
        if (whole || (i >= from && i - from < SHOWN)) {
            put_counted(f, id, &link, &name);
        }
        str *cell = web__grid_row(g, link);
        cell[0] = id;
        cell[1] = name;
    }
    web__grid_note(g, arena_printf(c->arena, "%s: %.*s", lang_text(c->lang, "Office"),
                                   STR_ARG(web__desk_office_name(&f->d, f->of.office))));
    web__grid_note(g, arena_printf(c->arena, "%s: %.*s", lang_text(c->lang, "Cut-off"),
                                   STR_ARG(web__day_text(c->arena, f->of.day))));
    return g;
}

void web__page_statistic_rows(struct web__call *c)
{
    struct figure f;
    if (!open_figure(c, &f)) {
        return;
    }
    feel_value groups = feel_member(f.value, "groups"), of = feel_member(f.value, "total");
    int64_t group = web__int(c, "group", -1);
    bool top = !str_eq(web__text(c, "side"), STR("bottom"));
    if (group >= 0) {
        of = group < groups.count ? groups.items[group] : feel_null();
    }
    feel_value rows = feel_member(feel_member(of, "rows"), top ? "top" : "bottom");
    if (rows.kind != FEEL_LIST) {
        web__desk_nothing(&f.d);
        return;
    }
    struct web__grid *g = rows_grid(&f, rows, top);
    uint32_t from = (uint32_t)web__int(c, "from", 0);
    node_put_text(c->model, "title", title_of(&f));
    node_put_text(c->model, "group", group >= 0 ? group_name(c, of) : STR(""));
    node_put_text(c->model, "on", web__day_text(c->arena, f.of.day));
    node_put_true(c->model, "top", top);
    node_put_int(c->model, "count", g->row_count);
    web__put_grid(c->model, g, from, SHOWN);
    if (g->row_count > from && g->row_count - from > SHOWN) {
        node_put_text(c->model, "later", web__here_with(c, "from", arena_printf(c->arena, "%u", from + SHOWN), NULL));
    }
    node_put_text(c->model, "as_xlsx", web__here_with(c, "as", STR("xlsx"), "from"));
    node_put_text(c->model, "as_csv", web__here_with(c, "as", STR("csv"), "from"));
    node_put_text(c->model, "as_pdf", web__here_with(c, "as", STR("pdf"), "from"));
    if (web__desk_close(&f.d) && !web__grid_sent(c, g)) {
        web__desk_tabs(c, "statistics");
        web__crumb(c, "Statistics", STR("/office/statistics"));
        web__crumb(c, "The number", arena_printf(c->arena, "/office/statistics/%.*s/%.*s", STR_ARG(c->words[0]),
                                                 STR_ARG(c->words[1])));
        web__answer(c, 200, page_lists_counted);
    }
}
