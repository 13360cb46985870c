/* paper: the PDF of a document: its content is opened, layout.c makes a request of it, gongshi-paper answers it.
 *
 * Sealed values are opened here and nowhere else. What cannot be made (a character that no font has, a text that is
 * none) leaves the document as failed, with the reason; `gongshi document make` tries again.
 */
#include "publish/publish_int.h"

#include "base/limit.h"
#include "helper/helper.h"
#include "record/file.h"
#include "record/party.h"

struct document {
    int64_t id, version, number, at;
    str series, text, state;
    bool hook; /* waits for a seal of the hook */
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

/* ---- Opening ---- */

struct opening {
    struct record *record;
    struct store_view *view;
    struct arena *a;
    struct error *err;
};

static enum error_code unseal(const struct opening *o, feel_value v, int depth, feel_value *ret)
{
    enum error_code code = OK;
    *ret = v;
    if (record_is_sealed(v)) {
        return record_unseal(o->record, o->view, o->a, v, ret, o->err);
    }
    if ((v.kind != FEEL_LIST && v.kind != FEEL_CONTEXT) || depth == 0) {
        return OK;
    }
    feel_value *copy = ARENA_ARRAY(o->a, feel_value, v.count);
    for (uint32_t i = 0; i < v.count && code == OK; i++) {
        code = unseal(o, v.kind == FEEL_LIST ? v.items[i] : v.values[i], depth - 1, &copy[i]);
    }
    *ret = v.kind == FEEL_LIST ? feel_list(copy, v.count) : feel_context(v.shape, copy);
    return code;
}

enum error_code publish__open_content(struct publish *p, struct store_view *view, struct arena *a, str text,
                                      struct publish__making *ret, struct error *err)
{
    feel_value v;
    const struct opening o = { p->config.record, view, a, err };
    enum error_code code = feel_record_read(a, text, &v, err);
    code = code == OK ? unseal(&o, v, LIMIT_JSON_DEPTH, &ret->content) : code;
    str bundle = code == OK ? feel_text_member(v, "bundle") : STR("");
    if (code == OK) {
        ret->at = feel_whole_or(feel_member(v, "at"), ret->at);
    }
    return bundle.len > 0 ? record_scheme(p->config.record, view, bundle, &ret->scheme, err) : code;
}

/* What gongshi-paper is asked. */
static enum error_code prepare(struct publish *p, struct publish__making *m, int64_t id, struct document *ret,
                               struct buf *out)
{
    if (!read_document(m->view, id, m->a, ret)) {
        return error_set(m->err, ERROR_MISSING, "there is no document %lld", (long long)id);
    }
    m->number = ret->number;
    m->series = ret->series;
    enum error_code code = publish__open_content(p, m->view, m->a, ret->text, m, m->err);
    ret->at = m->at;
    return code == OK ? publish__request(m, out) : code;
}

static enum error_code request_of(struct publish *p, struct arena *a, int64_t id, struct document *ret,
                                  struct buf *out, struct error *err)
{
    struct feel_environment env = { .zone = 8 * 3600 };
    struct publish__making m = { .a = a, .store = p->config.store, .ev = feel_eval_new(&env), .err = err };
    *ret = (struct document){ .id = 0 };
    enum error_code code = store_view(p->config.store, &m.view, err);
    if (code == OK) {
        code = prepare(p, &m, id, ret, out);
        code = code == OK ? store_view_error(m.view, err) : code;
        store_view_end(m.view);
    }
    feel_eval_free(m.ev);
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
    if (made) {
        record_file_keep(c, str_of(blob), STR(""));
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
