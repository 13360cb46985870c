/* paper: the PDF of a document. The layout documents/NAME.json of the package, or the list of its fields, becomes a
 * request to gongshi-paper (docs/paper.md). In a layout each text that begins with = is FEEL over
 *
 *   data     what the step gave; number  the number as it is printed; date  the day, 2026年7月1日
 *   office   {code, name}; dossier, subject, document; qr  where the paper is proven
 *
 * Sealed values are opened here and nowhere else. What cannot be made (a character that no font has, a text that is
 * none) leaves the document as failed, with the reason; `gongshi document make` tries again.
 */
#include "publish/publish_int.h"

#include "base/limit.h"
#include "helper/helper.h"
#include "record/party.h"

struct document {
    int64_t id, version, number;
    str series, text, state;
    bool hook;          /* waits for a seal of the hook */
    feel_value content; /* opened */
    int64_t at;
};

struct making {
    struct publish *p;
    struct arena *a;
    struct store_view *view;
    struct feel_eval *ev;
    struct record *record;
    const struct scheme *scheme;
    struct document d;
    feel_value names;   /* what expressions of the layout see */
    struct error *err;
};

/* ---- Reading ---- */

static bool read_document(struct store_view *v, int64_t id, struct arena *a, struct document *ret)
{
    struct store_value args[] = { store_int(id) };
    struct store_rows *r = store_query(v, "SELECT version, number, series, content, state, seal, issued FROM "
                                          "document WHERE id = ?", args, 1);
    bool there = store_next(r);
    if (there) {
        *ret = (struct document){ .id = id, .version = store_column_int(r, 0), .number = store_column_int(r, 1),
                                  .series = arena_str(a, store_column_text(r, 2)),
                                  .text = arena_str(a, store_column_text(r, 3)),
                                  .state = arena_str(a, store_column_text(r, 4)),
                                  .hook = str_eq(store_column_text(r, 5), STR("hook")) && store_column_int(r, 6) == 0 };
    }
    store_rows_end(r);
    return there;
}

static enum error_code unseal(struct making *m, feel_value v, int depth, feel_value *ret)
{
    enum error_code code = OK;
    *ret = v;
    if (record_is_sealed(v)) {
        return record_unseal(m->record, m->view, m->a, v, ret, m->err);
    }
    if ((v.kind != FEEL_LIST && v.kind != FEEL_CONTEXT) || depth == 0) {
        return OK;
    }
    feel_value *copy = ARENA_ARRAY(m->a, feel_value, v.count);
    for (uint32_t i = 0; i < v.count && code == OK; i++) {
        code = unseal(m, v.kind == FEEL_LIST ? v.items[i] : v.values[i], depth - 1, &copy[i]);
    }
    *ret = v.kind == FEEL_LIST ? feel_list(copy, v.count) : feel_context(v.shape, copy);
    return code;
}

static enum error_code open_content(struct making *m)
{
    feel_value v;
    enum error_code code = feel_record_read(m->a, m->d.text, &v, m->err);
    code = code == OK ? unseal(m, v, LIMIT_JSON_DEPTH, &m->d.content) : code;
    if (code == OK && feel_member(v, "at").kind == FEEL_NUMBER) {
        dec_to_int(feel_member(v, "at").number, &m->d.at);
    }
    return code;
}

/* ---- What expressions see ---- */

/* The number as it stands on the paper: the pattern with its year and number, or series and number. */
static str numbered(struct arena *a, const struct document *d)
{
    str pattern = feel_text_member(d->content, "number");
    if (pattern.len == 0) {
        return arena_printf(a, "%.*s 第%lld号", STR_ARG(d->series), (long long)d->number);
    }
    struct buf out = BUF_INIT(4096);
    for (size_t i = 0; i < pattern.len; i++) {
        str rest = str_slice(pattern, i, pattern.len);
        if (str_starts_with(rest, STR("{year}"))) {
            buf_printf(&out, "%d", publish__year(d->at));
            i += 5;
        } else if (str_starts_with(rest, STR("{n}"))) {
            buf_printf(&out, "%lld", (long long)d->number);
            i += 2;
        } else {
            buf_addc(&out, pattern.ptr[i]);
        }
    }
    str text = arena_str(a, buf_str(&out));
    buf_release(&out);
    return text;
}

static feel_value names_of(struct making *m)
{
    enum { COUNT = 8 };
    str names[COUNT] = { STR("data"), STR("number"), STR("date"), STR("office"), STR("dossier"), STR("subject"),
                         STR("document"), STR("qr") };
    feel_value *v = ARENA_ARRAY(m->a, feel_value, COUNT), c = m->d.content;
    cal_date day = publish__day(m->d.at);
    v[0] = feel_member(c, "data");
    v[1] = feel_string(numbered(m->a, &m->d));
    v[2] = feel_string(arena_printf(m->a, "%d年%d月%d日", day.year, day.month, day.day));
    v[3] = feel_member(c, "office");
    v[4] = feel_member(c, "dossier");
    v[5] = feel_member(c, "subject");
    v[6] = feel_member(c, "document");
    v[7] = feel_member(c, "qr");
    return feel_context(feel_shape_new(m->a, names, COUNT), v);
}

static enum error_code compute(struct making *m, str source, feel_value *ret)
{
    const struct feel_program *program;
    enum error_code code = feel_compile(m->a, feel_scope_of_context(m->a, m->names), source, &program, m->err);
    if (code == OK) {
        *ret = feel_copy(m->a, feel_run(m->ev, program, m->names.values));
        code = feel_eval_limit(m->ev, m->err);
        feel_eval_reset(m->ev);
    }
    return code;
}

/* ---- The request ---- */

static void write_text(struct making *m, struct json_writer *w, feel_value v)
{
    if (v.kind == FEEL_NUMBER) {
        json_raw(w, publish_shown(m->a, v));
    } else if (v.kind == FEEL_NULL) {
        json_string(w, STR("—"));
    } else if (v.kind == FEEL_BOOLEAN) {
        json_string(w, v.boolean ? STR("是") : STR("否"));
    } else {
        json_string(w, publish_shown(m->a, v));
    }
}

/* A value of the layout: expressions are computed, lists and contexts gone through, all else is a text. */
static enum error_code write_value(struct making *m, struct json_writer *w, feel_value v, bool computed, int depth)
{
    enum error_code code = OK;
    if (v.kind == FEEL_STRING && !computed && v.count > 0 && v.text[0] == '=') {
        code = compute(m, str_slice(feel_str(v), 1, v.count), &v);
        return code == OK ? write_value(m, w, v, true, depth) : code;
    }
    if (depth == 0 || (v.kind != FEEL_LIST && v.kind != FEEL_CONTEXT)) {
        write_text(m, w, v);
        return OK;
    }
    if (v.kind == FEEL_LIST) {
        json_begin_array(w);
    } else {
        json_begin_object(w);
    }
    for (uint32_t i = 0; i < v.count && code == OK; i++) {
        if (v.kind == FEEL_CONTEXT) {
            json_key(w, v.shape->names[i]);
        }
        code = write_value(m, w, v.kind == FEEL_LIST ? v.items[i] : v.values[i], computed, depth - 1);
    }
    if (v.kind == FEEL_LIST) {
        json_end_array(w);
    } else {
        json_end_object(w);
    }
    return code;
}

static void write_block(struct json_writer *w, const char *type, const char *name, str text, const char *second,
                        str more)
{
    json_begin_object(w);
    json_text_member(w, "type", str_of(type));
    json_key(w, str_of(name));
    json_string(w, text);
    if (more.len > 0) {
        json_key(w, str_of(second));
        json_string(w, more);
    }
    json_end_object(w);
}

static void write_entry(struct making *m, struct json_writer *w, feel_value fields, bool head)
{
    if (!head) {
        json_begin_array(w);
    }
    for (uint32_t i = 0; fields.kind == FEEL_LIST && i < fields.count; i++) {
        if (head) {
            json_begin_object(w);
            json_text_member(w, "title", publish_label(fields.items[i]));
            json_end_object(w);
        } else {
            write_text(m, w, feel_member(fields.items[i], "value"));
        }
    }
    if (!head) {
        json_end_array(w);
    }
}

/* The entries of a list, a row each. */
static void write_entries(struct making *m, struct json_writer *w, feel_value entries)
{
    if (entries.kind != FEEL_LIST || entries.count == 0) {
        return;
    }
    json_begin_object(w);
    json_text_member(w, "type", STR("table"));
    json_key(w, STR("columns"));
    json_begin_array(w);
    write_entry(m, w, entries.items[0], true);
    json_end_array(w);
    json_key(w, STR("rows"));
    json_begin_array(w);
    for (uint32_t i = 0; i < entries.count; i++) {
        write_entry(m, w, entries.items[i], false);
    }
    json_end_array(w);
    json_end_object(w);
}

static void write_list(struct making *m, struct json_writer *w)
{
    feel_value fields = feel_member(m->d.content, "fields");
    write_block(w, "title", "text", feel_text_member(m->d.content, "title"), "", STR(""));
    write_block(w, "paragraph", "text", feel_text_member(m->names, "number"), "align", STR("right"));
    for (uint32_t i = 0; fields.kind == FEEL_LIST && i < fields.count; i++) {
        json_begin_object(w);
        json_text_member(w, "type", STR("field"));
        json_text_member(w, "label", publish_label(fields.items[i]));
        json_key(w, STR("value"));
        write_text(m, w, feel_member(fields.items[i], "value"));
        json_end_object(w);
    }
    write_entries(m, w, feel_member(m->d.content, "entries"));
    write_block(w, "qr", "text", feel_text_member(m->d.content, "qr"), "caption", STR("扫码核验"));
}

static enum error_code write_blocks(struct making *m, feel_value layout, struct json_writer *w)
{
    enum error_code code = OK;
    feel_value blocks = feel_member(layout, "blocks");
    json_begin_array(w);
    if (feel_is_true(feel_member(m->d.content, "sample"))) {
        write_block(w, "paragraph", "text", STR("示例　不作为文书使用"), "align", STR("center"));
    }
    if (layout.kind != FEEL_CONTEXT) {
        write_list(m, w);
    }
    for (uint32_t i = 0; blocks.kind == FEEL_LIST && i < blocks.count && code == OK; i++) {
        code = write_value(m, w, blocks.items[i], false, LIMIT_JSON_DEPTH);
    }
    json_end_array(w);
    return code;
}

static feel_value layout_of(struct making *m)
{
    const struct scheme_document *d = m->scheme == NULL
                                          ? NULL
                                          : scheme_document(m->scheme, feel_text_member(m->d.content, "document"));
    bool listed = feel_member(m->d.content, "fields").kind == FEEL_LIST;
    return d == NULL || listed ? feel_null() : d->layout;
}

static str member_or(feel_value v, const char *name, str otherwise)
{
    str text = feel_text_member(v, name);
    return text.len > 0 ? text : otherwise;
}

static enum error_code write_request(struct making *m, struct buf *out)
{
    struct json_writer w;
    cal_datetime t;
    struct buf created = BUF_INIT(64);
    feel_value layout = layout_of(m);
    m->names = names_of(m);
    if (cal_datetime_from_utc(m->d.at / 1000000, 0, 8 * 3600, &t)) {
        cal_print_datetime(t, &created);
    }
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "title", member_or(layout, "title", feel_text_member(m->d.content, "title")));
    json_text_member(&w, "created", buf_str(&created));
    json_text_member(&w, "language", member_or(layout, "language", STR("zh")));
    json_text_member(&w, "page", member_or(layout, "page", member_or(m->d.content, "page", STR("A4"))));
    json_text_member(&w, "footer", feel_text_member(m->names, "number"));
    json_key(&w, STR("blocks"));
    enum error_code code = write_blocks(m, layout, &w);
    json_end_object(&w);
    buf_release(&created);
    return code == OK && out->overflow ? error_set(m->err, ERROR_LIMIT, "the document is too large") : code;
}

/* What gongshi-paper is asked. */
static enum error_code prepare(struct making *m, int64_t id, struct buf *out)
{
    if (!read_document(m->view, id, m->a, &m->d)) {
        return error_set(m->err, ERROR_MISSING, "there is no document %lld", (long long)id);
    }
    enum error_code code = open_content(m);
    str bundle = feel_text_member(m->d.content, "bundle");
    if (code == OK && bundle.len > 0) {
        code = record_scheme(m->record, m->view, bundle, &m->scheme, m->err);
    }
    return code == OK ? write_request(m, out) : code;
}

static enum error_code request_of(struct publish *p, struct arena *a, int64_t id, struct document *ret,
                                  struct buf *out, struct error *err)
{
    struct feel_environment env = { .zone = 8 * 3600 };
    struct making m = { .p = p, .a = a, .record = p->config.record, .ev = feel_eval_new(&env), .err = err };
    enum error_code code = store_view(p->config.store, &m.view, err);
    if (code == OK) {
        code = prepare(&m, id, out);
        code = code == OK ? store_view_error(m.view, err) : code;
        store_view_end(m.view);
    }
    feel_eval_free(m.ev);
    *ret = m.d;
    return code;
}

enum error_code publish_paper_request(struct publish *p, int64_t id, struct buf *out, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct document d;
    enum error_code code = request_of(p, &a, id, &d, out, err);
    arena_release(&a);
    return code;
}

/* ---- The item of the queue ---- */

/* The paper is made, or cannot be: the document says so, and its item leaves the queue. */
static bool settle(struct publish *p, const struct document *d, const struct store_item *item, const char *blob,
                   const struct error *why)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    struct store_value *row = publish__row(&a, DOCUMENT__COLUMNS, d->id, d->version), key[] = { store_int(item->id) };
    bool made = blob[0] != '\0';
    row[DOCUMENT__STATE] = store_text(made ? STR("made") : STR("failed"));
    row[DOCUMENT__BLOB] = store_text(str_of(blob));
    row[DOCUMENT__MADE] = store_int(d->at);
    row[DOCUMENT__REASON] = store_text(
        made ? STR("") : arena_printf(&a, "%s%s%s", why->message, why->detail[0] != '\0' ? ": " : "", why->detail));
    if (!str_eq(d->state, STR("void"))) {
        store_update(c, STORE_TABLE_document, row);
    }
    if (made && d->hook && p->config.sealer != NULL) {
        publish__queue_seal(p, c, &a, d->id, d->at);
    }
    store_delete(c, STORE_TABLE_queue, key, item->version);
    bool done = store_commit(p->config.store, c, STORE_BULK).outcome == STORE_DONE;
    arena_release(&a);
    if (done && p->config.published != NULL) {
        p->config.published(p->config.context);
    }
    return done;
}

static bool make(struct publish *p, struct arena *a, int64_t id, const struct store_item *item, struct error *err)
{
    struct document d;
    char hash[STORE_HASH + 1] = "";
    struct buf request = BUF_INIT(LIMIT_JSON_BYTES), pdf = BUF_INIT(LIMIT_HELPER_REPLY);
    enum error_code code = request_of(p, a, id, &d, &request, err);
    if (code == OK) {
        code = helper_call(p->config.paper, buf_str(&request), &pdf, err);
    }
    if (code == OK) {
        code = store_blob_put(p->config.store, buf_str(&pdf), hash, err);
    }
    buf_release(&request);
    buf_release(&pdf);
    return code == ERROR_IO || d.id == 0 ? false : settle(p, &d, item, hash, err);
}

bool publish__make_paper(void *context, const struct store_item *item, struct error *err)
{
    struct arena a = ARENA_INIT;
    feel_value body;
    int64_t id = 0;
    dec n;
    bool done = feel_json_read(&a, item->body, &body, err) == OK &&
                dec_parse(feel_text_member(body, "document"), &n) && dec_to_int(n, &id) &&
                make(context, &a, id, item, err);
    arena_release(&a);
    return done;
}

enum error_code publish_make_again(struct publish *p, int64_t id, int64_t actor, int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct document d;
    int64_t item = store_id(p->config.store, err);
    if (item == 0 || store_view(p->config.store, &v, err) != OK) {
        return ERROR_IO;
    }
    bool there = read_document(v, id, &a, &d);
    store_view_end(v);
    bool fits = there && (str_eq(d.state, STR("failed")) || str_eq(d.state, STR("made")));
    enum error_code code = fits ? OK : error_set(err, ERROR_MISSING, "there is no document %lld to be made again",
                                                 (long long)id);
    if (code == OK) {
        struct store_change *c = store_change(&a);
        struct store_value queue[] = { store_int(item), store_int(1), store_text(STR("paper")), store_int(now),
                                       store_int(0), store_text(STR("")), store_int(0), store_int(0), store_int(0),
                                       store_text(arena_printf(&a, "{\"document\":\"%lld\"}", (long long)id)) };
        store_insert(c, STORE_TABLE_queue, queue);
        code = publish__audit(p, c, now, actor, "make", "document", id, STR("{}"), err);
        code = code == OK ? publish__commit(p, c, err) : code;
    }
    arena_release(&a);
    return code;
}
