/* page: what everybody may see: the register, notices, the public state of a dossier. */
#include "web/web_int.h"

#include "publish/register.h"

#include "base/limit.h"

#include <stdlib.h>

enum { ROWS = 50 };

/* ---- Parts ---- */

static void put_fields(struct node *to, struct arena *a, str fields)
{
    feel_value list;
    struct node *rows = node_put_list(to, "fields");
    if (feel_json_read(a, fields, &list, NULL) != OK || list.kind != FEEL_LIST) {
        return;
    }
    for (uint32_t i = 0; i < list.count; i++) {
        struct node *row = node_add_object(rows);
        node_put_text(row, "label", publish_label(list.items[i]));
        node_put_text(row, "value", publish_shown(a, feel_member(list.items[i], "value")));
    }
}

/* ---- The register ---- */

static void put_notices(struct node *to, const struct publish_notice *rows, uint32_t count)
{
    struct node *list = node_put_list(to, "notices");
    for (uint32_t i = 0; i < count; i++) {
        struct node *row = node_add_object(list);
        node_put_int(row, "id", rows[i].id);
        node_put_text(row, "series", rows[i].series);
        node_put_int(row, "number", rows[i].number);
        node_put_text(row, "title", rows[i].title);
        web__put_instant(row, "published", rows[i].published);
    }
}

void web__page_register(struct web__call *c)
{
    str words = web__text(c, "q");
    struct publish_notice rows[ROWS];
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    uint32_t count = publish_list(v, words, web__int(c, "before", INT64_MAX), ROWS, c->arena, rows);
    if (!web__view_end(c, v)) {
        return;
    }
    node_put_text(c->model, "q", words);
    put_notices(c->model, rows, count);
    if (count == ROWS) {
        node_put_int(c->model, "before", rows[count - 1].id);
    }
    http_may_cache(c->r);
    web__answer(c, 200, page_register);
}

/* ---- A notice ---- */

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

/* The entries of a list as everybody sees them; false after an answer was sent. */
static bool read_entries(struct web__call *c, int64_t list, struct publish_table *ret)
{
    const struct publish_reader everybody = { .office = false };
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    bool there = publish_list_table(v, list, &everybody, 0, c->arena, ret, NULL) == OK;
    if (!web__view_end(c, v)) {
        return false;
    }
    if (!there) {
        http_send_error(c->r, 404, "there is no such notice, or it was withdrawn");
    }
    return there;
}

/* What was amended says since when it reads so; what was withdrawn or has expired has no values. */
static void put_line(struct node *lines, struct arena *a, const struct publish_table *t, const struct publish_line *l)
{
    struct node *line = node_add_object(lines);
    struct node *cells = node_put_list(line, "cells");
    node_put_int(line, "number", l->number);
    for (uint32_t i = 0; i < t->column_count; i++) {
        struct node *cell = node_add_object(cells);
        node_put_text(cell, "label", t->columns[i].label);
        node_put_text(cell, "text", l->cells == NULL ? STR("") : publish_shown(a, l->cells[i]));
    }
    if (!str_eq(l->state, STR("published"))) {
        node_put_text(line, "state", l->state);
        web__put_instant(line, "when", l->ended != 0 ? l->ended : l->since);
    }
}

static void put_table(struct node *to, struct arena *a, const struct publish_table *t)
{
    struct node *table = node_put_object(to, "table");
    struct node *columns = node_put_list(table, "columns");
    struct node *lines = node_put_list(table, "lines");
    for (uint32_t i = 0; i < t->column_count; i++) {
        node_put_text(node_add_object(columns), "label", t->columns[i].label);
    }
    for (uint32_t i = 0; i < t->line_count; i++) {
        put_line(lines, a, t, &t->lines[i]);
    }
}

void web__page_notice(struct web__call *c)
{
    struct publish_notice n;
    struct publish_table entries;
    if (!read_notice(c, &n)) {
        return;
    }
    bool listed = str_eq(n.kind, STR("list"));
    if (listed && !read_entries(c, n.id, &entries)) {
        return;
    }
    node_put_int(c->model, "id", n.id);
    node_put_text(c->model, "title", n.title);
    node_put_text(c->model, "series", n.series);
    node_put_int(c->model, "number", n.number);
    web__put_instant(c->model, "published", n.published);
    if (n.after != 0) {
        node_put_int(c->model, "after", n.after);
    }
    if (n.before != 0) {
        node_put_int(c->model, "before", n.before);
    }
    put_fields(c->model, c->arena, n.fields);
    if (listed) {
        put_table(c->model, c->arena, &entries);
    }
    node_put_true(c->model, "pdf", n.blob.len > 0);
    web__crumb(c, "Register of notices", STR("/"));
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

void web__pdf_notice(struct web__call *c)
{
    struct publish_notice n;
    uint64_t size;
    size_t got = 0;
    if (!read_notice(c, &n)) {
        return;
    }
    if (n.blob.len == 0 || store_blob_size(c->web->config.store, n.blob.ptr, &size, NULL) != OK ||
        size > LIMIT_JSON_BYTES) {
        http_send_error(c->r, 404, "the paper is not made yet");
        return;
    }
    char *bytes = arena_alloc(c->arena, size);
    if (store_blob_read(c->web->config.store, n.blob.ptr, 0, bytes, size, &got, NULL) != OK || got != size) {
        http_send_error(c->r, 503, "the paper cannot be read now");
        return;
    }
    http_add_etag(c->r, n.blob);
    http_send(c->r, 200, STR("application/pdf"), (str){ bytes, size });
}

/* ---- A dossier, for who has its number and code ---- */

/* The public state as JSON; false after an answer was sent. A wrong code and no dossier are told alike. */
static bool read_public(struct web__call *c, struct buf *out)
{
    struct work_dossier d;
    str code = web__text(c, "code");
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    bool there = work_followed(v, c->number, code, c->arena, &d, NULL) == OK;
    if (there) {
        work_write_public(c->web->config.work, v, &d, out);
    }
    if (!web__view_end(c, v)) {
        return false;
    }
    if (!there) {
        http_send_error(c->r, 404, "there is no dossier with this number and code");
    }
    return there;
}

void web__json_dossier(struct web__call *c)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    if (read_public(c, &out)) {
        http_add_header(c->r, "Cache-Control", STR("no-store"));
        web__send(c, 200, WEB__JSON, &out);
    } else {
        buf_release(&out);
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

static void put_member(struct web__call *c, feel_value v, const char *name)
{
    node_put_text(c->model, name, publish_shown(c->arena, feel_member(v, name)));
}

static void put_moment(struct web__call *c, feel_value v, const char *name)
{
    node_put_text(c->model, name, short_instant(c->arena, publish_shown(c->arena, feel_member(v, name))));
}

void web__page_dossier(struct web__call *c)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value v;
    bool there = read_public(c, &json);
    str text = arena_str(c->arena, buf_str(&json));
    buf_release(&json);
    if (!there) {
        return;
    }
    if (feel_json_read(c->arena, text, &v, NULL) == OK) {
        put_member(c, v, "dossier");
        put_member(c, v, "scheme");
        put_member(c, v, "outcome");
        web__put_value(c->model, "steps", feel_member(v, "steps"));
        put_moment(c, v, "opened");
        put_moment(c, v, "changed");
        put_moment(c, v, "closed");
    }
    c->secret = true;
    web__answer(c, 200, page_dossier);
}
