/* page: what everybody may see: the register, notices, the public state of a dossier. */
#include "web/web_int.h"

#include "publish/register.h"

#include "base/limit.h"

#include <stdlib.h>

enum { ROWS = 50 };

/* ---- Parts ---- */

static void write_instant(struct html *h, int64_t micros)
{
    cal_datetime t;
    struct buf b = BUF_INIT(64);
    if (micros > 0 && cal_datetime_from_utc(micros / 1000000, 0, 8 * 3600, &t)) {
        buf_printf(&b, "%04d-%02d-%02d %02d:%02d", t.year, t.month, t.day, t.hour, t.minute);
    }
    html_text(h, buf_str(&b));
    buf_release(&b);
}

static void write_fields(struct html *h, struct arena *a, str fields)
{
    feel_value list;
    if (feel_json_read(a, fields, &list, NULL) != OK || list.kind != FEEL_LIST) {
        return;
    }
    html_markup(h, MARKUP("<dl>"));
    for (uint32_t i = 0; i < list.count; i++) {
        html_markup(h, MARKUP("<dt>"));
        html_text(h, publish_label(list.items[i]));
        html_markup(h, MARKUP("</dt><dd>"));
        html_text(h, publish_shown(a, feel_member(list.items[i], "value")));
        html_markup(h, MARKUP("</dd>"));
    }
    html_markup(h, MARKUP("</dl>\n"));
}

/* ---- The register ---- */

static void write_search(struct html *h, str words)
{
    html_markup(h, MARKUP("<form role=\"search\"><label for=\"q\">"));
    html_say(h, "Search the notices");
    html_markup(h, MARKUP("</label> <input id=\"q\" name=\"q\" value=\""));
    html_text(h, words);
    html_markup(h, MARKUP("\"> <button>"));
    html_say(h, "Search");
    html_markup(h, MARKUP("</button></form>\n"));
}

static void write_list(struct html *h, const struct publish_notice *rows, uint32_t count)
{
    html_markup(h, MARKUP("<table><thead><tr><th>"));
    html_say(h, "Number");
    html_markup(h, MARKUP("</th><th>"));
    html_say(h, "Title");
    html_markup(h, MARKUP("</th><th>"));
    html_say(h, "Published");
    html_markup(h, MARKUP("</th></tr></thead>\n<tbody>"));
    for (uint32_t i = 0; i < count; i++) {
        html_markup(h, MARKUP("<tr><td>"));
        html_text(h, rows[i].series);
        html_markup(h, MARKUP(" "));
        html_int(h, rows[i].number);
        html_markup(h, MARKUP("</td><td><a href=\"/n/"));
        html_int(h, rows[i].id);
        html_markup(h, MARKUP("\">"));
        html_text(h, rows[i].title);
        html_markup(h, MARKUP("</a></td><td>"));
        write_instant(h, rows[i].published);
        html_markup(h, MARKUP("</td></tr>\n"));
    }
    html_markup(h, MARKUP("</tbody></table>\n"));
}

static void write_next(struct html *h, str words, int64_t before)
{
    html_markup(h, MARKUP("<p><a href=\"/?before="));
    html_int(h, before);
    html_markup(h, MARKUP("&amp;q="));
    html_address(h, words);
    html_markup(h, MARKUP("\">"));
    html_say(h, "Older notices");
    html_markup(h, MARKUP("</a></p>\n"));
}

static int64_t before_of(struct web__call *c)
{
    const str *text = http_query(c->r, "before");
    dec n;
    int64_t before = INT64_MAX;
    return text != NULL && dec_parse(*text, &n) && dec_is_integer(n) && dec_to_int(n, &before) && before > 0
               ? before
               : INT64_MAX;
}

void web__page_register(struct web__call *c)
{
    const str *query = http_query(c->r, "q");
    str words = query == NULL ? STR("") : *query;
    struct publish_notice rows[ROWS];
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    uint32_t count = publish_list(v, words, before_of(c), ROWS, c->arena, rows);
    if (!web__view_end(c, v)) {
        return;
    }
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct html h = { &out, c->lang };
    web__begin_page(&h, "Register of notices", STR(""));
    write_search(&h, words);
    if (count > 0) {
        write_list(&h, rows, count);
    } else {
        html_markup(&h, MARKUP("<p>"));
        html_say(&h, words.len > 0 ? "No notice has these words" : "Nothing has been published yet");
        html_markup(&h, MARKUP("</p>\n"));
    }
    if (count == ROWS) {
        write_next(&h, words, rows[count - 1].id);
    }
    web__end_page(&h);
    http_may_cache(c->r);
    web__send(c, 200, WEB__HTML, &out);
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

/* What has taken its place, or whose place it has taken. */
static void write_other(struct html *h, int64_t id, const char *sentence)
{
    if (id != 0) {
        html_markup(h, MARKUP("<p><strong>"));
        html_say(h, sentence);
        html_markup(h, MARKUP("</strong> <a href=\"/n/"));
        html_int(h, id);
        html_markup(h, MARKUP("\">"));
        html_int(h, id);
        html_markup(h, MARKUP("</a></p>\n"));
    }
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

static void write_cell(struct html *h, str text)
{
    html_markup(h, MARKUP("<td>"));
    html_text(h, text);
    html_markup(h, MARKUP("</td>"));
}

/* What was amended says since when it reads so; what was withdrawn or has expired has no values. */
static void write_line(struct html *h, struct arena *a, const struct publish_table *t, const struct publish_line *l)
{
    html_markup(h, MARKUP("<tr><td>"));
    html_int(h, l->number);
    html_markup(h, MARKUP("</td>"));
    for (uint32_t i = 0; i < t->column_count; i++) {
        write_cell(h, l->cells == NULL ? STR("") : publish_shown(a, l->cells[i]));
    }
    html_markup(h, MARKUP("<td>"));
    if (!str_eq(l->state, STR("published"))) {
        html_say(h, arena_str(a, l->state).ptr);
        html_markup(h, MARKUP(" "));
        write_instant(h, l->ended != 0 ? l->ended : l->since);
    }
    html_markup(h, MARKUP("</td></tr>\n"));
}

static void write_table(struct html *h, struct arena *a, const struct publish_table *t)
{
    html_markup(h, MARKUP("<table>\n<thead><tr><th scope=\"col\">"));
    html_say(h, "No.");
    html_markup(h, MARKUP("</th>"));
    for (uint32_t i = 0; i < t->column_count; i++) {
        html_markup(h, MARKUP("<th scope=\"col\">"));
        html_text(h, t->columns[i].label);
        html_markup(h, MARKUP("</th>"));
    }
    html_markup(h, MARKUP("<th scope=\"col\">"));
    html_say(h, "State");
    html_markup(h, MARKUP("</th></tr></thead>\n<tbody>\n"));
    for (uint32_t i = 0; i < t->line_count; i++) {
        write_line(h, a, t, &t->lines[i]);
    }
    html_markup(h, MARKUP("</tbody>\n</table>\n"));
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
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct html h = { &out, c->lang };
    web__begin_page(&h, NULL, n.title);
    html_markup(&h, MARKUP("<p>"));
    html_text(&h, n.series);
    html_markup(&h, MARKUP(" "));
    html_int(&h, n.number);
    html_markup(&h, MARKUP(" · "));
    write_instant(&h, n.published);
    html_markup(&h, MARKUP("</p>\n"));
    write_other(&h, n.after, "This notice does not hold any more. It was amended:");
    write_other(&h, n.before, "This notice amends an earlier one:");
    write_fields(&h, c->arena, n.fields);
    if (listed) {
        write_table(&h, c->arena, &entries);
    }
    html_markup(&h, MARKUP("<p><a href=\"/n/"));
    html_int(&h, n.id);
    html_markup(&h, MARKUP(".json\">JSON</a>"));
    if (n.blob.len > 0) {
        html_markup(&h, MARKUP(" · <a href=\"/n/"));
        html_int(&h, n.id);
        html_markup(&h, MARKUP(".pdf\">PDF</a>"));
    }
    html_markup(&h, MARKUP("</p>\n"));
    web__end_page(&h);
    http_may_cache(c->r);
    web__send(c, 200, WEB__HTML, &out);
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
    const str *code = http_query(c->r, "code");
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    bool there = work_followed(v, c->number, code == NULL ? STR("") : *code, c->arena, &d, NULL) == OK;
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

enum shape { AS_IT_IS, A_SENTENCE, AN_INSTANT };

/* A member of the state with its label; one that is not there is left out. */
static void say_member(struct html *h, struct arena *a, feel_value v, const char *label, const char *name,
                       enum shape shape)
{
    str text = publish_shown(a, feel_member(v, name));
    if (text.len == 0) {
        return;
    }
    html_markup(h, MARKUP("<dt>"));
    html_say(h, label);
    html_markup(h, MARKUP("</dt><dd>"));
    if (shape == A_SENTENCE) {
        html_say(h, arena_str(a, text).ptr);
    } else {
        html_text(h, shape == AN_INSTANT ? short_instant(a, text) : text);
    }
    html_markup(h, MARKUP("</dd>"));
}

static void say_steps(struct html *h, struct arena *a, feel_value v)
{
    feel_value steps = feel_member(v, "steps");
    bool some = false;
    for (uint32_t i = 0; steps.kind == FEEL_LIST && i < steps.count; i++) {
        if (!str_eq(feel_text_member(steps.items[i], "is"), STR("now"))) {
            continue;
        }
        if (!some) {
            html_markup(h, MARKUP("<dt>"));
            html_say(h, "Now at");
            html_markup(h, MARKUP("</dt><dd>"));
        }
        html_text(h, some ? STR("、") : STR(""));
        html_text(h, publish_shown(a, feel_member(steps.items[i], "name")));
        some = true;
    }
    if (some) {
        html_markup(h, MARKUP("</dd>"));
    }
}

void web__page_dossier(struct web__call *c)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES), out = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value v;
    if (!read_public(c, &json)) {
        buf_release(&json);
        return;
    }
    struct html h = { &out, c->lang };
    web__begin_page(&h, "Where your dossier stands", STR(""));
    if (feel_json_read(c->arena, arena_str(c->arena, buf_str(&json)), &v, NULL) == OK) {
        html_markup(&h, MARKUP("<dl>"));
        say_member(&h, c->arena, v, "Dossier", "dossier", AS_IT_IS);
        say_member(&h, c->arena, v, "Scheme", "scheme", AS_IT_IS);
        say_member(&h, c->arena, v, "State", "outcome", A_SENTENCE);
        say_steps(&h, c->arena, v);
        say_member(&h, c->arena, v, "Opened", "opened", AN_INSTANT);
        say_member(&h, c->arena, v, "Last change", "changed", AN_INSTANT);
        say_member(&h, c->arena, v, "Closed", "closed", AN_INSTANT);
        html_markup(&h, MARKUP("</dl>\n"));
    }
    web__end_page(&h);
    buf_release(&json);
    http_add_header(c->r, "Cache-Control", STR("no-store"));
    web__send(c, 200, WEB__HTML, &out);
}

/* ---- Style ---- */

void web__style(struct web__call *c)
{
    static const char css[] =
        "body{margin:0;font:1.125rem/1.6 system-ui,'Noto Sans CJK SC','WenQuanYi Micro Hei',sans-serif;color:#1a1a1a}"
        "header{background:#8c1d18;padding:.75rem 1rem}header a{color:#fff;text-decoration:none;font-weight:600}"
        "main{max-width:60rem;margin:0 auto;padding:1rem}h1{font-size:1.75rem}"
        "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.5rem;border-bottom:1px solid #ccc}"
        "dl{display:grid;grid-template-columns:max-content 1fr;gap:.5rem 1.5rem}dt{color:#555}dd{margin:0}"
        "input,button{font:inherit;padding:.4rem .6rem}a{color:#0b5cad}a:focus,input:focus,button:focus"
        "{outline:3px solid #ffbf47;outline-offset:2px}"
        "@media(max-width:40rem){dl{display:block}dt{margin-top:.75rem}}";
    http_may_cache(c->r);
    http_send(c->r, 200, STR("text/css; charset=utf-8"), STR(css));
}
