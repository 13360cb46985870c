/* reasons: how a party's own dossier was decided, for the party: each item of its checklists and score sheets with the
 * clause, what was asked, what it had and what it lacked. It is told when the dossier is over, or when the party is
 * asked for a reply; before that nothing is decided that could not change. */
#include "publish/publish_int.h"

#include "base/limit.h"

struct reasons {
    struct store_view *v;
    struct arena *a;
    const struct scheme *scheme;
    struct json_writer *w;
    struct error *err;
};

static bool is_listed(const struct scheme_decision *d)
{
    return d->shape == SCHEME_CHECKLIST || d->shape == SCHEME_SHEET;
}

/* The list of a result: it itself, or the first list among its members. */
static feel_value list_of(feel_value result)
{
    for (uint32_t i = 0; result.kind == FEEL_CONTEXT && i < result.count; i++) {
        feel_value v = result.values[i];
        if (v.kind == FEEL_LIST && v.count > 0 && feel_text_member(v.items[0], "id").len > 0) {
            return v;
        }
    }
    return result;
}

/* An item is called as it calls itself, else as the manifest does. */
static void write_item(struct json_writer *w, const struct scheme *s, const struct scheme_decision *said,
                       feel_value item, enum lang lang)
{
    static const char *const names[] = { "id", "title", "clause", "result", "have", "need", "gap", "full", "got" };
    json_begin_object(w);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        publish__write_member(w, item, names[i]);
    }
    str title = said == NULL ? STR("") : scheme_item_title(s, said, feel_text_member(item, "id"), lang);
    if (feel_member(item, "title").kind == FEEL_NULL && title.len > 0) {
        json_text_member(w, "title", title);
    }
    json_end_object(w);
}

void publish__write_items(struct json_writer *w, const struct scheme *s, const struct scheme_decision *said,
                          feel_value result, enum lang lang)
{
    feel_value items = list_of(result);
    json_key(w, STR("items"));
    json_begin_array(w);
    for (uint32_t i = 0; items.kind == FEEL_LIST && i < items.count; i++) {
        write_item(w, s, said, items.items[i], lang);
    }
    json_end_array(w);
}

static enum error_code write_decision(struct reasons *t, const struct scheme_decision *said, int64_t at, str record)
{
    feel_value content;
    enum error_code code = feel_record_read(t->a, record, &content, t->err);
    if (code != OK) {
        return code;
    }
    json_begin_object(t->w);
    json_text_member(t->w, "decision", said->name);
    json_text_member(t->w, "title", scheme_text(said->title, t->err->lang));
    json_text_member(t->w, "shape", said->shape == SCHEME_SHEET ? STR("sheet") : STR("checklist"));
    work_write_instant(t->w, "at", at);
    publish__write_items(t->w, t->scheme, said, publish__result(content), t->err->lang);
    json_end_object(t->w);
    return OK;
}

static enum error_code write_decisions(struct reasons *t, int64_t dossier)
{
    enum error_code code = OK;
    for (uint32_t i = 0; i < t->scheme->described_count && code == OK; i++) {
        const struct scheme_decision *said = &t->scheme->described[i];
        struct store_value args[] = { store_int(dossier), store_text(said->name) };
        if (!is_listed(said)) {
            continue;
        }
        struct store_rows *r = store_query(t->v, "SELECT at, record FROM decision WHERE dossier = ? AND name = ? ORDER "
                                                 "BY id DESC LIMIT 1", args, 2);
        bool there = store_next(r);
        int64_t at = there ? store_column_int(r, 0) : 0;
        str record = there ? arena_str(t->a, store_column_text(r, 1)) : STR("");
        store_rows_end(r);
        code = there ? write_decision(t, said, at, record) : OK;
    }
    return code;
}

static bool asks_for_reply(struct store_view *v, int64_t dossier)
{
    struct store_value args[] = { store_int(dossier) };
    struct store_rows *r = store_query(v, "SELECT wait FROM task WHERE dossier = ? AND status = 'open' AND role = "
                                          "'applicant'", args, 1);
    bool asks = store_next(r);
    store_rows_end(r);
    return asks;
}

enum error_code publish_write_reasons(struct publish *p, struct store_view *v, const struct work_reader *who,
                                      int64_t dossier, struct buf *out, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct json_writer w;
    struct work_dossier d;
    struct buf seen = BUF_INIT(LIMIT_JSON_BYTES);
    struct reasons t = { .v = v, .a = &a, .w = &w, .err = err };
    enum error_code code = work_show(p->config.work, v, who, dossier, WORK_VIEW_DOSSIER, STR(""), &seen, err);
    buf_release(&seen);
    if (code == OK && !work_read_dossier(v, dossier, &a, &d)) {
        code = error_set(err, ERROR_MISSING, "there is no dossier %lld", (long long)dossier);
    }
    code = code == OK ? record_scheme(p->config.record, v, d.bundle, &t.scheme, err) : code;
    if (code == OK) {
        json_writer_init(&w, out, false);
        json_begin_object(&w);
        json_key(&w, STR("decisions"));
        json_begin_array(&w);
        code = d.closed != 0 || asks_for_reply(v, dossier) ? write_decisions(&t, dossier) : OK;
        json_end_array(&w);
        json_end_object(&w);
    }
    arena_release(&a);
    return code;
}
