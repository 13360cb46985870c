/* document: gongshi.document makes a numbered paper; the queue "paper" turns its content into a PDF.
 *
 * Content of a document: {"fields":[{"label":…,"name":…,"value":…}…],"number":pattern,"qr":text,"title":text}. The
 * pattern has {year} and {n}; a notice has no pattern and shows its series and number.
 */
#include "publish/publish_int.h"

#include "base/limit.h"
#include "helper/helper.h"

/* ---- Making the row ---- */

int64_t publish__add_document(const struct work_job *job, str series, str name, str content, struct error *err)
{
    int64_t id = work_id(job, err), item = work_id(job, err);
    if (id == 0 || item == 0) {
        return 0;
    }
    str body = arena_printf(job->arena, "{\"document\":\"%lld\"}", (long long)id);
    struct store_value row[] = { store_int(id), store_int(1), store_text(series), store_take(job->change, series),
                                 store_text(name), store_int(job->dossier), store_text(content),
                                 store_text(STR("drafted")), store_text(STR("")), store_int(0) };
    struct store_value queue[] = { store_int(item), store_int(1), store_text(STR("paper")), store_int(job->now),
                                   store_int(0), store_text(STR("")), store_int(0), store_int(job->dossier),
                                   store_int(0), store_text(body) };
    store_insert(job->change, STORE_TABLE_document, row);
    store_insert(job->change, STORE_TABLE_queue, queue);
    return id;
}

enum error_code publish__document(void *context, const struct work_job *job, feel_value *ret, struct error *err)
{
    const struct publish *p = context;
    str name = feel_text_member(job->headers, "document");
    feel_value described = feel_null();
    feel_context_get(feel_member(job->scheme->manifest, "documents"), name, &described);
    if (described.kind != FEEL_CONTEXT) {
        error_set(err, ERROR_INVALID, "scheme.json describes no %s \"%.*s\"", "document", STR_ARG(name));
        error_hint(err, "add it under \"%s\" in scheme.json", "documents");
        return ERROR_INVALID;
    }
    struct buf content = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    json_writer_init(&w, &content, false);
    json_begin_object(&w);
    json_key(&w, STR("fields"));
    publish__write_fields(job, feel_member(described, "fields"), &w, NULL);
    json_text_member(&w, "number", feel_text_member(described, "number"));
    json_text_member(&w, "qr", arena_printf(job->arena, "%s/d/%lld", p->config.address, (long long)job->dossier));
    json_text_member(&w, "title", name);
    json_end_object(&w);
    str series = arena_printf(job->arena, "%.*s/%.*s/%d", STR_ARG(job->scheme->name), STR_ARG(name),
                              publish__year(job->now));
    int64_t id = publish__add_document(job, series, name, buf_str(&content), err);
    buf_release(&content);
    if (id == 0) {
        return ERROR_IO;
    }
    str names[] = { STR("document") };
    feel_value *values = ARENA_ARRAY(job->arena, feel_value, 1);
    values[0] = feel_string(arena_printf(job->arena, "%lld", (long long)id));
    *ret = feel_context(feel_shape_new(job->arena, names, 1), values);
    return OK;
}

/* ---- The paper ---- */

struct document {
    int64_t id, version, number, at;
    str series, content;
};

static bool read_document(struct publish *p, int64_t id, struct arena *a, struct document *ret)
{
    struct store_view *v;
    if (store_view(p->config.store, &v, NULL) != OK) {
        return false;
    }
    struct store_value args[] = { store_int(id) };
    struct store_rows *r = store_query(v, "SELECT d.version, d.number, o.changed, d.series, d.content FROM document d "
                                          "JOIN dossier o ON o.id = d.dossier WHERE d.id = ?", args, 1);
    bool there = store_next(r);
    if (there) {
        *ret = (struct document){ id, store_column_int(r, 0), store_column_int(r, 1), store_column_int(r, 2),
                                  arena_str(a, store_column_text(r, 3)), arena_str(a, store_column_text(r, 4)) };
    }
    store_rows_end(r);
    store_view_end(v);
    return there;
}

/* The number as it stands on the paper: the pattern with its year and number, or series and number. */
static str numbered(struct arena *a, const struct document *d, str pattern)
{
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

/* What gongshi-paper is asked: docs/paper.md. */
static void write_request(struct arena *a, const struct document *d, feel_value content, struct buf *out)
{
    struct json_writer w;
    cal_datetime t;
    struct buf created = BUF_INIT(64);
    str title = feel_text_member(content, "title");
    feel_value fields = feel_member(content, "fields");
    if (cal_datetime_from_utc(d->at / 1000000, 0, 8 * 3600, &t)) {
        cal_print_datetime(t, &created);
    }
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "title", title);
    json_text_member(&w, "created", buf_str(&created));
    json_text_member(&w, "language", STR("zh"));
    json_text_member(&w, "page", STR("A4"));
    json_key(&w, STR("blocks"));
    json_begin_array(&w);
    write_block(&w, "title", "text", title, "", STR(""));
    write_block(&w, "paragraph", "text", numbered(a, d, feel_text_member(content, "number")), "align", STR("right"));
    for (uint32_t i = 0; fields.kind == FEEL_LIST && i < fields.count; i++) {
        write_block(&w, "field", "label", publish_label(fields.items[i]), "value",
                    publish_shown(a, feel_member(fields.items[i], "value")));
    }
    write_block(&w, "qr", "text", feel_text_member(content, "qr"), "caption", STR("扫码核验"));
    json_end_array(&w);
    json_end_object(&w);
    buf_release(&created);
}

/* The paper is made, or cannot be: the document says so, and its item leaves the queue. */
static bool settle(struct publish *p, const struct document *d, const struct store_item *item, const char *blob,
                   int64_t now)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    struct store_value row[10], key[] = { store_int(item->id) };
    for (size_t i = 0; i < 10; i++) {
        row[i] = store_keep();
    }
    row[0] = store_int(d->id);
    row[1] = store_int(d->version);
    row[7] = store_text(blob[0] != '\0' ? STR("made") : STR("failed"));
    row[8] = store_text(str_of(blob));
    row[9] = store_int(now);
    store_update(c, STORE_TABLE_document, row);
    store_delete(c, STORE_TABLE_queue, key, item->version);
    bool done = store_commit(p->config.store, c, STORE_BULK).outcome == STORE_DONE;
    arena_release(&a);
    if (done && p->config.published != NULL) {
        p->config.published(p->config.context);
    }
    return done;
}

static bool make(struct publish *p, struct arena *a, const struct document *d, const struct store_item *item,
                 struct error *err)
{
    feel_value content;
    char hash[STORE_HASH + 1] = "";
    struct buf request = BUF_INIT(LIMIT_JSON_BYTES), pdf = BUF_INIT(LIMIT_HELPER_REPLY);
    enum error_code code = feel_json_read(a, d->content, &content, err);
    if (code == OK) {
        write_request(a, d, content, &request);
        code = helper_call(p->config.paper, buf_str(&request), &pdf, err);
    }
    if (code == OK) {
        code = store_blob_put(p->config.store, buf_str(&pdf), hash, err);
    }
    buf_release(&request);
    buf_release(&pdf);
    return code == ERROR_IO ? false : settle(p, d, item, hash, d->at);
}

bool publish__make_paper(void *context, const struct store_item *item, struct error *err)
{
    struct publish *p = context;
    struct arena a = ARENA_INIT;
    struct document d;
    feel_value body;
    int64_t id = 0;
    dec n;
    bool done = feel_json_read(&a, item->body, &body, err) == OK &&
                dec_parse(feel_text_member(body, "document"), &n) && dec_to_int(n, &id) &&
                read_document(p, id, &a, &d) && make(p, &a, &d, item, err);
    arena_release(&a);
    return done;
}
