/* notice: gongshi.notice publishes; reading and taking back what was published. */
#include "publish/publish_int.h"

#include "base/clock.h"
#include "base/limit.h"

/* ---- Publishing ---- */

/* The description of a notice or document in the manifest, or null with an error. */
static feel_value described(const struct work_job *job, const char *list, const char *header, struct error *err)
{
    str name = feel_text_member(job->headers, header);
    feel_value v = feel_null();
    feel_context_get(feel_member(job->scheme->manifest, list), name, &v);
    if (v.kind != FEEL_CONTEXT) {
        error_set(err, ERROR_INVALID, "scheme.json describes no %s \"%.*s\"", header, STR_ARG(name));
        error_hint(err, "add it under \"%s\" in scheme.json", list);
    }
    return v;
}

/* When the notice ends: the manifest's `until` names a variable with a date. 0: no end. */
static int64_t end_of(const struct work_job *job, feel_value notice)
{
    feel_value v = publish__path(job->variables, feel_text_member(notice, "until"));
    if (v.kind == FEEL_STRING) {
        v = feel_from_text(feel_str(v), feel_type_named(STR("date")));
    }
    cal_zone zone;
    if (v.kind != FEEL_DATE || !cal_zone_find(STR("Asia/Shanghai"), &zone)) {
        return 0;
    }
    cal_datetime last = cal_datetime_of(v.date, (cal_time){ 0, 23, 59, 59, zone });
    return (cal_utc_seconds(last) + 1) * 1000000;
}

/* The page for the board: the same fields, and where the notice stands. */
static int64_t add_page(const struct publish *p, const struct work_job *job, int64_t id, str series, str title,
                        str fields, struct error *err)
{
    struct buf content = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    json_writer_init(&w, &content, false);
    json_begin_object(&w);
    json_key(&w, STR("fields"));
    json_raw(&w, fields);
    json_text_member(&w, "qr", arena_printf(job->arena, "%s/n/%lld", p->config.address, (long long)id));
    json_text_member(&w, "title", title);
    json_end_object(&w);
    int64_t document = publish__add_document(job, arena_printf(job->arena, "%.*s/公示", STR_ARG(series)), STR("公示"),
                                             buf_str(&content), err);
    buf_release(&content);
    return document;
}

enum error_code publish__notice(void *context, const struct work_job *job, feel_value *ret, struct error *err)
{
    feel_value notice = described(job, "notices", "notice", err);
    int64_t id = notice.kind == FEEL_CONTEXT ? work_id(job, err) : 0;
    if (id == 0) {
        return err->code;
    }
    str kind = feel_text_member(notice, "kind"), title = feel_text_member(notice, "title");
    str series = arena_printf(job->arena, "%.*s/%.*s/%d", STR_ARG(job->scheme->name),
                              STR_ARG(feel_text_member(job->headers, "notice")), publish__year(job->now));
    struct buf fields = BUF_INIT(LIMIT_JSON_BYTES), words = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    json_writer_init(&w, &fields, false);
    buf_add(&words, title);
    publish__write_fields(job, feel_member(notice, "fields"), &w, &words);
    int64_t document = add_page(context, job, id, series, title, buf_str(&fields), err);
    if (document != 0) {
        struct store_value row[] = { store_int(id), store_int(1), store_text(series), store_take(job->change, series),
                                     store_text(kind), store_int(job->dossier), store_text(title),
                                     store_text(buf_str(&fields)), store_text(STR("published")), store_int(job->now),
                                     store_int(end_of(job, notice)), store_int(document) };
        store_insert(job->change, STORE_TABLE_notice, row);
        store_words(job->change, STR("notice"), id, buf_str(&words));
        str names[] = { STR("notice") };
        feel_value *values = ARENA_ARRAY(job->arena, feel_value, 1);
        values[0] = feel_string(arena_printf(job->arena, "%lld", (long long)id));
        *ret = feel_context(feel_shape_new(job->arena, names, 1), values);
    }
    buf_release(&fields);
    buf_release(&words);
    return err->code;
}

/* ---- Reading ---- */

#define NOTICE_COLUMNS                                                                                                 \
    "SELECT n.id, n.number, n.dossier, n.published, n.until, n.series, n.kind, n.title, n.state, n.fields, d.blob "    \
    "FROM notice n JOIN document d ON d.id = n.document "

static void read_columns(struct store_rows *r, struct arena *a, struct publish_notice *ret)
{
    int64_t *const numbers[] = { &ret->id, &ret->number, &ret->dossier, &ret->published, &ret->until };
    str *const texts[] = { &ret->series, &ret->kind, &ret->title, &ret->state, &ret->fields, &ret->blob };
    for (uint32_t i = 0; i < 5; i++) {
        *numbers[i] = store_column_int(r, i);
    }
    for (uint32_t i = 0; i < 6; i++) {
        *texts[i] = arena_str(a, store_column_text(r, 5 + i));
    }
}

bool publish_read_notice(struct store_view *v, int64_t id, struct arena *a, struct publish_notice *ret)
{
    struct store_value args[] = { store_int(id) };
    struct store_rows *r = store_query(v, NOTICE_COLUMNS "WHERE n.id = ? AND n.state = 'published'", args, 1);
    bool there = store_next(r);
    if (there) {
        read_columns(r, a, ret);
    }
    store_rows_end(r);
    return there;
}

static uint32_t list_found(struct store_view *v, str words, int64_t before, uint32_t max, struct arena *a,
                           struct publish_notice *ret)
{
    int64_t *ids = ARENA_ARRAY(a, int64_t, max);
    uint32_t found = store_search(v, STR("notice"), words, before, max, ids), count = 0;
    for (uint32_t i = 0; i < found; i++) {
        count += publish_read_notice(v, ids[i], a, &ret[count]);
    }
    return count;
}

uint32_t publish_list(struct store_view *v, str words, int64_t before, uint32_t max, struct arena *a,
                      struct publish_notice *ret)
{
    if (str_trim(words).len > 0) {
        return list_found(v, words, before, max, a, ret);
    }
    struct store_value args[] = { store_int(before), store_int(max) };
    struct store_rows *r = store_query(v, NOTICE_COLUMNS "WHERE n.state = 'published' AND n.id < ? ORDER BY n.id DESC "
                                                         "LIMIT ?", args, 2);
    uint32_t count = 0;
    while (store_next(r)) {
        read_columns(r, a, &ret[count++]);
    }
    store_rows_end(r);
    return count;
}

void publish_write_notice(const struct publish_notice *n, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_int_member(&w, "notice", n->id);
    json_text_member(&w, "series", n->series);
    json_int_member(&w, "number", n->number);
    json_text_member(&w, "kind", n->kind);
    json_int_member(&w, "dossier", n->dossier);
    json_text_member(&w, "title", n->title);
    work_write_instant(&w, "published", n->published);
    work_write_instant(&w, "until", n->until);
    json_key(&w, STR("fields"));
    json_raw(&w, n->fields);
    json_text_member(&w, "pdf", n->blob);
    json_end_object(&w);
}

/* ---- Taking back ---- */

static enum error_code commit(struct publish *p, struct store_change *c, struct error *err)
{
    struct store_result result = store_commit(p->config.store, c, STORE_INTERACTIVE);
    if (result.outcome == STORE_DONE) {
        if (p->config.published != NULL) {
            p->config.published(p->config.context);
        }
        return OK;
    }
    return error_set(err, result.outcome == STORE_STALE ? ERROR_INVALID : ERROR_IO,
                     "could not withdraw the notice: try again");
}

enum error_code publish_withdraw(struct publish *p, int64_t id, int64_t actor, str reason, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct store_value args[] = { store_int(id) };
    int64_t version = 0, now = clock_now_micros(), audit = store_id(p->config.store, err);
    if (audit == 0 || store_view(p->config.store, &v, err) != OK) {
        return ERROR_IO;
    }
    struct store_rows *r = store_query(v, "SELECT version FROM notice WHERE id = ? AND state = 'published'", args, 1);
    version = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    store_view_end(v);
    if (version == 0 || reason.len == 0) {
        return version == 0 ? error_set(err, ERROR_MISSING, "there is no published notice %lld", (long long)id)
                            : error_set(err, ERROR_INVALID, "a notice is withdrawn for a reason: give one");
    }
    struct store_change *c = store_change(&a);
    struct store_value row[12];
    struct buf detail = BUF_INIT(LIMIT_JSON_BYTES);
    for (size_t i = 0; i < 12; i++) {
        row[i] = store_keep();
    }
    row[0] = store_int(id);
    row[1] = store_int(version);
    row[8] = store_text(STR("withdrawn"));
    store_update(c, STORE_TABLE_notice, row);
    store_words(c, STR("notice"), id, STR(""));
    buf_addz(&detail, "{\"text\":");
    json_quote(reason, &detail);
    buf_addc(&detail, '}');
    struct store_value history[] = { store_int(audit), store_int(now), store_int(actor), store_text(STR("withdraw")),
                                     store_text(STR("notice")), store_int(id), store_text(buf_str(&detail)),
                                     store_int(0) };
    store_insert(c, STORE_TABLE_audit, history);
    enum error_code code = commit(p, c, err);
    buf_release(&detail);
    arena_release(&a);
    return code;
}
