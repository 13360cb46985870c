/* page_notice: what was made known: the notices with search, one notice with its entries and history, how it was
 * decided; as page, JSON, CSV and PDF. */
#include "web/web_int.h"

#include "base/limit.h"
#include "publish/register.h"
#include "text/csv.h"

#include <stdlib.h>

enum { ROWS = 50 };

static const struct publish_reader everybody = { .office = false };

/* ---- Parts ---- */

/* What a kind of notice is called. */
static const char *kind_word(str kind)
{
    static const char *const words[][2] = { { "proposed", "Proposed" }, { "entry", "Published entry" },
                                            { "list", "List" }, { "call", "Announcement" } };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (str_eq(kind, str_of(words[i][0]))) {
            return words[i][1];
        }
    }
    return "Announcement";
}

void web__put_notices(struct web__call *c, struct node *to, const char *name, const struct publish_notice *rows,
                      uint32_t count)
{
    struct node *list = node_put_list(to, name);
    for (uint32_t i = 0; i < count; i++) {
        struct node *row = node_add_object(list);
        node_put_int(row, "id", rows[i].id);
        node_put_text(row, "series", rows[i].series);
        node_put_int(row, "number", rows[i].number);
        node_put_text(row, "title", rows[i].title);
        node_put_word(row, "kind", kind_word(rows[i].kind));
        web__put_day(row, "published", rows[i].published);
        if (rows[i].until != 0) {
            web__put_day(row, "until", rows[i].until - 1);
        }
        feel_value fields = feel_null(), first = feel_null();
        if (feel_json_read(c->arena, rows[i].fields, &fields, NULL) == OK && fields.kind == FEEL_LIST &&
            fields.count > 0) {
            first = feel_member(fields.items[0], "value");
        }
        node_put_text(row, "about", publish_shown(c->arena, first));
    }
}

const struct scheme *web__series_scheme(struct web__call *c, struct store_view *v, str series)
{
    const char *slash = series.len == 0 ? NULL : memchr(series.ptr, '/', series.len);
    const struct scheme *s;
    bool there = slash != NULL && record_installed(c->web->config.record, v,
                                                   str_slice(series, 0, (size_t)(slash - series.ptr)), &s, NULL) == OK;
    return there ? s : NULL;
}

str web__paper_name(struct web__call *c, struct store_view *v, const struct publish_document *p)
{
    const struct scheme *s = web__series_scheme(c, v, p->series);
    const struct scheme_document *said = s == NULL ? NULL : scheme_document(s, p->name);
    str title = said == NULL ? STR("") : arena_str(c->arena, scheme_text(said->title, c->lang));
    return title.len > 0 ? title : p->name;
}

/* What was published stands as it was; only what its fields are called is in the reader's language. */
static void put_fields(struct web__call *c, const struct scheme *s, str fields)
{
    feel_value list;
    struct node *rows = node_put_list(c->model, "fields");
    if (feel_json_read(c->arena, fields, &list, NULL) != OK || list.kind != FEEL_LIST) {
        return;
    }
    for (uint32_t i = 0; i < list.count; i++) {
        struct node *row = node_add_object(rows);
        node_put_text(row, "label", scheme_word(s, publish_label(list.items[i]), c->lang));
        node_put_text(row, "value", publish_shown(c->arena, feel_member(list.items[i], "value")));
    }
}

/* ---- The notices ---- */

void web__page_notices(struct web__call *c)
{
    str words = web__text(c, "q");
    struct publish_notice rows[ROWS];
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    const struct publish_query q = { .words = words, .before = web__int(c, "before", INT64_MAX), .max = ROWS,
                                     .whole = true };
    uint32_t count = publish_find(v, &q, c->arena, rows);
    if (!web__view_end(c, v)) {
        return;
    }
    node_put_text(c->model, "q", words);
    web__put_notices(c, c->model, "notices", rows, count);
    if (count == ROWS) {
        node_put_int(c->model, "before", rows[count - 1].id);
    }
    web__crumb(c, "Home", STR("/"));
    web__crumb(c, "Notices", STR(""));
    http_may_cache(c->r);
    web__answer(c, 200, page_notices);
}

static void add_cells(struct csv_writer *w, const str *texts, uint32_t count)
{
    struct table_cell cells[8];
    for (uint32_t i = 0; i < count; i++) {
        cells[i] = (struct table_cell){ .kind = TABLE_TEXT, .text = texts[i] };
    }
    csv_row(w, &(struct table_row){ .cells = cells, .count = count });
}

static void write_notices(struct web__call *c, const struct publish_notice *rows, uint32_t count, struct buf *out)
{
    static const char *const heads[] = { "No.", "Series", "Number", "Kind", "Title", "Published", "Until" };
    enum { COLUMNS = sizeof heads / sizeof heads[0] };
    struct csv_writer w;
    str cells[COLUMNS];
    if (csv_begin(&w, (struct csv_options){ .encoding = CSV_UTF8, .mark = true, .spreadsheet = true }, out, NULL) !=
        OK) {
        return;
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        cells[i] = str_of(lang_text(c->lang, heads[i]));
    }
    add_cells(&w, cells, COLUMNS);
    for (uint32_t i = 0; i < count; i++) {
        str line[COLUMNS] = { arena_printf(c->arena, "%lld", (long long)rows[i].id), rows[i].series,
                              arena_printf(c->arena, "%lld", (long long)rows[i].number),
                              str_of(lang_text(c->lang, kind_word(rows[i].kind))), rows[i].title,
                              web__instant(c->arena, rows[i].published), web__instant(c->arena, rows[i].until) };
        add_cells(&w, line, COLUMNS);
    }
    csv_end(&w);
}

void web__csv_notices(struct web__call *c)
{
    enum { MANY = 1000 };
    struct publish_notice *rows = ARENA_ARRAY(c->arena, struct publish_notice, MANY);
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    uint32_t count = publish_list(v, web__text(c, "q"), web__int(c, "before", INT64_MAX), MANY, c->arena, rows);
    if (web__view_end(c, v)) {
        write_notices(c, rows, count, &out);
        web__send_public(c, 200, "text/csv; charset=utf-8", &out);
    }
}

/* ---- A notice ---- */

struct shown {
    struct publish_notice notice;
    const struct scheme *scheme;  /* whose words name its fields; NULL: it is not installed */
    struct publish_table entries; /* of a list */
    struct publish_notice others[ROWS];
    uint32_t other_count;
    bool listed, placed;
};

/* Reads the notice of the path; false after an answer was sent. */
static bool read_notice(struct web__call *c, struct publish_notice *ret)
{
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    bool there = publish_read_notice(v, c->number, c->arena, ret);
    if (!web__view_end(c, v)) {
        return false;
    }
    if (!there) {
        http_send_error(c->r, 404, "there is no such notice, or it was withdrawn");
    }
    return there;
}

/* All of a page from one view; false after an answer was sent. */
static bool read_whole(struct web__call *c, struct shown *ret)
{
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    bool there = publish_read_notice(v, c->number, c->arena, &ret->notice);
    ret->scheme = there ? web__series_scheme(c, v, ret->notice.series) : NULL;
    ret->listed = there && str_eq(ret->notice.kind, STR("list"));
    if (ret->listed) {
        there = publish_list_table(v, c->number, &everybody, 0, c->arena, &ret->entries, NULL) == OK;
    }
    if (there && ret->notice.dossier != 0) {
        const struct publish_query q = { .before = INT64_MAX, .dossier = ret->notice.dossier, .max = ROWS };
        ret->other_count = publish_find(v, &q, c->arena, ret->others);
    }
    if (!web__view_end(c, v)) {
        return false;
    }
    if (!there) {
        http_send_error(c->r, 404, "there is no such notice, or it was withdrawn");
    }
    return there;
}

/* What was amended says since when it reads so; what was withdrawn or has expired has no values. */
static void put_line(struct web__call *c, const struct scheme *s, struct node *lines, const struct publish_table *t,
                     const struct publish_line *l)
{
    struct node *line = node_add_object(lines);
    struct node *cells = node_put_list(line, "cells");
    node_put_int(line, "number", l->number != 0 ? l->number : l->row);
    if (l->notice != 0) {
        node_put_int(line, "notice", l->notice);
    }
    for (uint32_t i = 0; i < t->column_count; i++) {
        struct node *cell = node_add_object(cells);
        node_put_text(cell, "label", scheme_word(s, t->columns[i].label, c->lang));
        node_put_text(cell, "text", l->cells == NULL ? STR("")
                                                : scheme_word(s, publish_shown(c->arena, l->cells[i]), c->lang));
    }
    bool plain = str_eq(l->state, STR("published")) || str_eq(l->state, STR("holds"));
    if (!plain) {
        node_put_text(line, "state", l->state);
    }
    node_put_true(line, "withheld", l->cells == NULL);
    web__put_instant(line, "when", l->ended != 0 ? l->ended : l->since);
    web__put_day(line, "known", l->since);
    web__put_day(line, "from", l->from);
    web__put_day(line, "until", l->until == 0 ? 0 : l->until - 1);
}

void web__put_table(struct web__call *c, const struct scheme *s, struct node *to, const char *name,
                    const struct publish_table *t)
{
    struct node *table = node_put_object(to, name);
    struct node *columns = node_put_list(table, "columns");
    struct node *lines = node_put_list(table, "lines");
    node_put_text(table, "title", t->title);
    for (uint32_t i = 0; i < t->column_count; i++) {
        node_put_text(node_add_object(columns), "label", scheme_word(s, t->columns[i].label, c->lang));
    }
    for (uint32_t i = 0; i < t->line_count; i++) {
        put_line(c, s, lines, t, &t->lines[i]);
    }
}

/* What the amendment or the end of a notice says of it. */
static void put_state(struct web__call *c, const struct publish_notice *n)
{
    node_put_text(c->model, "state", n->state);
    web__put_instant(c->model, "ended", n->ended);
    node_put_text(c->model, "reason", n->reason);
    if (n->after != 0) {
        node_put_int(c->model, "after", n->after);
    }
    if (n->before != 0) {
        node_put_int(c->model, "before", n->before);
    }
    if (n->list != 0) {
        node_put_int(c->model, "list", n->list);
    }
    if (n->until != 0) {
        web__put_day(c->model, "until", n->until - 1);
    }
}

/* The other notices of the same dossier. */
static void put_others(struct web__call *c, const struct shown *s)
{
    struct publish_notice *others = ARENA_ARRAY(c->arena, struct publish_notice, s->other_count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->other_count; i++) {
        if (s->others[i].id != s->notice.id && s->others[i].list != s->notice.id) {
            others[count++] = s->others[i];
        }
    }
    web__put_notices(c, c->model, "others", others, count);
}

void web__put_notice(struct web__call *c, const struct scheme *s, const struct publish_notice *n,
                     const struct publish_table *entries)
{
    node_put_int(c->model, "id", n->id);
    node_put_text(c->model, "title", n->title);
    node_put_word(c->model, "kind", kind_word(n->kind));
    node_put_text(c->model, "series", n->series);
    node_put_int(c->model, "number", n->number);
    web__put_instant(c->model, "published", n->published);
    put_state(c, n);
    put_fields(c, s, n->fields);
    if (entries != NULL) {
        web__put_table(c, s, c->model, "table", entries);
    }
}

void web__page_notice(struct web__call *c)
{
    struct shown *s = ARENA_NEW(c->arena, struct shown);
    const struct publish_notice *n = &s->notice;
    if (!read_whole(c, s)) {
        return;
    }
    web__put_notice(c, s->scheme, n, s->listed ? &s->entries : NULL);
    put_others(c, s);
    node_put_true(c->model, "why", n->dossier != 0);
    node_put_true(c->model, "objections", n->objections.len > 0 && str_eq(n->state, STR("published")));
    node_put_true(c->model, "pdf", n->blob.len > 0);
    web__crumb(c, "Home", STR("/"));
    web__crumb(c, "Notices", STR("/notices"));
    http_may_cache(c->r);
    web__answer(c, 200, page_notice);
}

void web__json_notice(struct web__call *c)
{
    struct publish_notice n;
    if (read_notice(c, &n)) {
        struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
        publish_write_notice(&n, &out);
        http_may_cache(c->r);
        web__send(c, 200, WEB__JSON, &out);
    }
}

void web__csv_notice(struct web__call *c)
{
    struct publish_table t;
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    bool there = publish_list_table(v, c->number, &everybody, 0, c->arena, &t, NULL) == OK;
    if (!web__view_end(c, v)) {
        return;
    }
    if (!there) {
        http_send_error(c->r, 404, "there is no such notice, or it was withdrawn");
        return;
    }
    publish_write_csv(&t, true, c->lang, &out, NULL);
    web__send_public(c, 200, "text/csv; charset=utf-8", &out);
}

void web__pdf_notice(struct web__call *c)
{
    struct publish_notice n;
    if (read_notice(c, &n)) {
        web__send_pdf(c, n.blob, true);
    }
}

/* ---- How it was decided ---- */

static str shown_member(struct web__call *c, feel_value v, const char *name)
{
    return web__shown(c, feel_member(v, name));
}

/* The words of the four results of rules, and the looks of their marks. */
void web__put_result(struct node *to, str result)
{
    static const char *const words[][3] = { { "met", "Met", "good" }, { "not met", "Not met", "bad" },
                                            { "undetermined", "Cannot be determined yet", "fair" },
                                            { "judgement", "An officer judges", "fair" } };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (str_eq(result, str_of(words[i][0]))) {
            node_put_word(to, "result", words[i][1]);
            node_put_word(to, "look", words[i][2]);
        }
    }
}

void web__put_items(struct web__call *c, struct node *to, feel_value items)
{
    struct node *list = node_put_list(to, "items");
    for (uint32_t i = 0; items.kind == FEEL_LIST && i < items.count; i++) {
        struct node *item = node_add_object(list);
        web__put_result(item, feel_text_member(items.items[i], "result"));
        static const char *const names[] = { "id", "title", "clause", "need", "have", "gap" };
        bool met = str_eq(feel_text_member(items.items[i], "result"), STR("met"));
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            if (!met || strcmp(names[k], "gap") != 0) {
                node_put_text(item, names[k], shown_member(c, items.items[i], names[k]));
            }
        }
    }
}

void web__put_rules(struct web__call *c, struct node *to, feel_value rules)
{
    struct node *list = node_put_list(to, "rules");
    for (uint32_t i = 0; rules.kind == FEEL_LIST && i < rules.count; i++) {
        struct node *rule = node_add_object(list);
        feel_value clauses = feel_member(rules.items[i], "clauses");
        node_put_text(rule, "table", shown_member(c, rules.items[i], "table"));
        node_put_text(rule, "rule", shown_member(c, rules.items[i], "rule"));
        node_put_text(rule, "output", shown_member(c, rules.items[i], "output"));
        struct node *texts = node_put_list(rule, "clauses");
        for (uint32_t k = 0; clauses.kind == FEEL_LIST && k < clauses.count; k++) {
            node_add_text(texts, publish_shown(c->arena, clauses.items[k]));
        }
    }
}

/* "2026-11-28T18:23:40+08:00" as people write it. */
static str short_instant(struct arena *a, str text)
{
    if (text.len < 16) {
        return text;
    }
    str day = str_slice(text, 0, 10), minute = str_slice(text, 11, 16);
    return arena_printf(a, "%.*s %.*s", STR_ARG(day), STR_ARG(minute));
}

void web__put_why(struct web__call *c, struct node *to, feel_value why)
{
    struct node *list = node_put_list(to, "decisions");
    feel_value decisions = feel_member(why, "decisions");
    bool some = false;
    for (uint32_t i = 0; decisions.kind == FEEL_LIST && i < decisions.count; i++) {
        struct node *d = node_add_object(list);
        feel_value kept = feel_member(decisions.items[i], "withheld");
        str title = shown_member(c, decisions.items[i], "title");
        node_put_text(d, "title", title.len > 0 ? title : shown_member(c, decisions.items[i], "decision"));
        node_put_text(d, "at", short_instant(c->arena, shown_member(c, decisions.items[i], "at")));
        web__put_items(c, d, feel_member(decisions.items[i], "items"));
        web__put_rules(c, d, feel_member(decisions.items[i], "rules"));
        bool held = kept.kind == FEEL_LIST && kept.count > 0;
        node_put_true(d, "kept", held);
        some |= held;
    }
    node_put_true(to, "some_kept", some);
}

void web__page_why(struct web__call *c)
{
    struct publish_notice n;
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = c->lang };
    feel_value why = feel_null();
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    bool there = publish_read_notice(v, c->number, c->arena, &n) &&
                 publish_write_why(c->web->config.publish, v, c->number, &text, &err) == OK;
    str json = arena_str(c->arena, buf_str(&text));
    buf_release(&text);
    if (!web__view_end(c, v)) {
        return;
    }
    if (!there || feel_json_read(c->arena, json, &why, NULL) != OK) {
        http_send_error(c->r, 404, "there is no such notice, or it was withdrawn");
        return;
    }
    node_put_int(c->model, "id", n.id);
    node_put_text(c->model, "notice", n.title);
    web__put_why(c, c->model, why);
    web__crumb(c, "Home", STR("/"));
    web__crumb(c, "Notices", STR("/notices"));
    web__crumb(c, "The notice", arena_printf(c->arena, "/n/%lld", (long long)n.id));
    http_may_cache(c->r);
    web__answer(c, 200, page_why);
}
