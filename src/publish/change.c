/* change: what becomes of a notice: withdrawn, superseded by its amendment, expired. Its row is never taken away. */
#include "publish/publish_int.h"

#include "base/limit.h"

struct store_value *publish__row(struct arena *a, size_t columns, int64_t id, int64_t version)
{
    struct store_value *row = ARENA_ARRAY(a, struct store_value, columns);
    for (size_t i = 0; i < columns; i++) {
        row[i] = store_keep();
    }
    row[0] = store_int(id);
    row[1] = store_int(version);
    return row;
}

enum error_code publish__commit(struct publish *p, struct store_change *c, struct error *err)
{
    struct store_result result = store_commit(p->config.store, c, STORE_INTERACTIVE);
    if (result.outcome == STORE_DONE) {
        if (p->config.published != NULL) {
            p->config.published(p->config.context);
        }
        return OK;
    }
    return error_set(err, result.outcome == STORE_STALE ? ERROR_INVALID : ERROR_IO,
                     "somebody else was faster: look again");
}

enum error_code publish__audit(struct publish *p, struct store_change *c, int64_t now, int64_t actor, const char *verb,
                               const char *kind, int64_t object, str detail, struct error *err)
{
    int64_t id = store_id(p->config.store, err);
    struct store_value row[] = { store_int(id), store_int(now), store_int(actor), store_text(str_of(verb)),
                                 store_text(str_of(kind)), store_int(object), store_text(detail), store_int(0) };
    if (id != 0) {
        store_insert(c, STORE_TABLE_audit, row);
    }
    return id == 0 ? ERROR_IO : OK;
}

str publish__because(struct arena *a, str reason)
{
    struct buf detail = BUF_INIT(LIMIT_JSON_BYTES);
    buf_addz(&detail, "{\"text\":");
    json_quote(reason, &detail);
    buf_addc(&detail, '}');
    str ret = arena_str(a, buf_str(&detail));
    buf_release(&detail);
    return ret;
}

int64_t publish__published_version(struct store_view *v, int64_t id)
{
    struct store_value args[] = { store_int(id) };
    struct store_rows *r = store_query(v, "SELECT version FROM notice WHERE id = ? AND state = 'published'", args, 1);
    int64_t version = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return version;
}

/* ---- Taking back ---- */

enum error_code publish_withdraw(struct publish *p, int64_t id, int64_t actor, int64_t now, str reason,
                                 struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    if (store_view(p->config.store, &v, err) != OK) {
        return ERROR_IO;
    }
    int64_t version = publish__published_version(v, id);
    store_view_end(v);
    if (version == 0 || reason.len == 0) {
        return version == 0 ? error_set(err, ERROR_MISSING, "there is no published notice %lld", (long long)id)
                            : error_set(err, ERROR_INVALID, "a notice is withdrawn for a reason: give one");
    }
    struct store_change *c = store_change(&a);
    struct store_value *row = publish__row(&a, NOTICE__COLUMNS, id, version);
    row[NOTICE__STATE] = store_text(STR("withdrawn"));
    row[NOTICE__ENDED] = store_int(now);
    row[NOTICE__REASON] = store_text(reason);
    store_update(c, STORE_TABLE_notice, row);
    store_words(c, STR("notice"), id, STR(""));
    enum error_code code = publish__audit(p, c, now, actor, "withdraw", "notice", id, publish__because(&a, reason),
                                          err);
    code = code == OK ? publish__commit(p, c, err) : code;
    arena_release(&a);
    return code;
}

/* ---- Amending ---- */

void publish__supersede(const struct work_job *job, int64_t id, int64_t version, int64_t by)
{
    struct store_value *row = publish__row(job->arena, NOTICE__COLUMNS, id, version);
    row[NOTICE__STATE] = store_text(STR("superseded"));
    row[NOTICE__AFTER] = store_int(by);
    row[NOTICE__ENDED] = store_int(job->now);
    store_update(job->change, STORE_TABLE_notice, row);
    store_words(job->change, STR("notice"), id, STR(""));
}

static bool new_value(feel_value with, feel_value field, feel_value *ret)
{
    return feel_context_get(with, feel_text_member(field, "name"), ret);
}

/* Names that the notice does not show cannot be amended. */
static enum error_code all_known(feel_value with, feel_value fields, struct error *err)
{
    for (uint32_t i = 0; i < with.count; i++) {
        bool known = false;
        for (uint32_t k = 0; k < fields.count && !known; k++) {
            known = str_eq(feel_text_member(fields.items[k], "name"), with.shape->names[i]);
        }
        if (!known) {
            return error_set(err, ERROR_INVALID, "the notice has no field \"%.*s\"", STR_ARG(with.shape->names[i]));
        }
    }
    return OK;
}

/* The fields with the new values. */
static void write_amended(feel_value with, feel_value fields, struct json_writer *w)
{
    json_begin_array(w);
    for (uint32_t i = 0; i < fields.count; i++) {
        feel_value v = feel_member(fields.items[i], "value");
        str label = feel_text_member(fields.items[i], "label");
        new_value(with, fields.items[i], &v);
        json_begin_object(w);
        if (label.len > 0) {
            json_text_member(w, "label", label);
        }
        json_text_member(w, "name", feel_text_member(fields.items[i], "name"));
        json_key(w, STR("value"));
        json_raw(w, STR(""));
        feel_json_write(v, false, w->out);
        json_end_object(w);
    }
    json_end_array(w);
}

/* What a person amends waits for a second one. */
static bool must_wait(const struct work_job *job, const struct publish_notice *old, str fields,
                      struct publish__hold *ret)
{
    *ret = (struct publish__hold){ .role = old->publisher };
    ret->found = publish__found(job->arena, &fields, 1, str_eq(old->audience, STR("public")));
    ret->asker_count = work_askers(job, ret->askers);
    return job->actor != 0 || ret->found.kind == FEEL_CONTEXT;
}

static enum error_code amend(struct publish *p, const struct work_job *job, const struct publish_notice *old,
                             feel_value with, str reason, int64_t *ret, struct error *err)
{
    feel_value fields;
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    struct publish__hold hold;
    json_writer_init(&w, &text, false);
    enum error_code code = feel_json_read(job->arena, old->fields, &fields, err);
    code = code == OK ? all_known(with, fields, err) : code;
    if (code == OK) {
        write_amended(with, fields, &w);
    }
    struct publish__new_notice made = {
        .series = old->series, .name = old->name, .kind = old->kind, .audience = old->audience, .party = old->party,
        .title = old->title, .objections = old->objections, .reason = reason, .until = old->until,
        .length = { .value = feel_null() }, .list = old->list, .before = old->id, .sample = old->sample,
        .page = old->list == 0, .fields = arena_str(job->arena, buf_str(&text)) };
    buf_release(&text);
    if (code == OK && (made.id = *ret = work_id(job, err)) == 0) {
        code = ERROR_IO;
    }
    if (code == OK && must_wait(job, old, made.fields, &hold)) {
        made.hold = &hold;
    }
    code = code == OK ? publish__add_notice(p, job, &made, err) : code;
    if (code == OK && made.hold == NULL) {
        publish__supersede(job, old->id, old->version, made.id);
    }
    return code == OK ? publish__audit(p, job->change, job->now, job->actor, made.hold == NULL ? "amend" : "propose",
                                       "notice", old->id, publish__because(job->arena, reason), err)
                      : code;
}

enum error_code publish_amend(struct publish *p, int64_t id, feel_value with, int64_t actor, int64_t now, str reason,
                              int64_t *ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct publish_notice old;
    if (reason.len == 0 || with.kind != FEEL_CONTEXT || with.count == 0) {
        return error_set(err, ERROR_INVALID, "a notice is amended for a reason, and by new values of its fields");
    }
    enum error_code code = store_view(p->config.store, &v, err);
    if (code != OK) {
        return code;
    }
    const struct publish_reader office = { .office = true };
    struct work_job job = { .work = p->config.work, .view = v, .change = store_change(&a), .arena = &a,
                            .now = now, .actor = actor };
    if (!publish_read_for(v, id, &office, &a, &old) || !str_eq(old.state, STR("published"))) {
        code = error_set(err, ERROR_MISSING, "there is no published notice %lld", (long long)id);
    }
    job.dossier = code == OK ? old.dossier : 0;
    job.office = code == OK ? old.office : 0;
    code = code == OK ? amend(p, &job, &old, with, reason, ret, err) : code;
    store_view_end(v);
    code = code == OK ? publish__commit(p, job.change, err) : code;
    arena_release(&a);
    return code;
}

/* ---- Its time is over ---- */

bool publish__expire(void *context, const struct store_item *item, struct error *err)
{
    struct publish *p = context;
    struct arena a = ARENA_INIT;
    struct store_view *v;
    dec n;
    int64_t id = 0, version = 0, until = 0;
    if (!dec_parse(item->body, &n) || !dec_to_int(n, &id) || store_view(p->config.store, &v, err) != OK) {
        return false;
    }
    struct store_value args[] = { store_int(id) };
    struct store_rows *r = store_query(v, "SELECT version, until FROM notice WHERE id = ? AND state = 'published'",
                                       args, 1);
    if (store_next(r)) {
        version = store_column_int(r, 0);
        until = store_column_int(r, 1);
    }
    store_rows_end(r);
    bool fine = store_view_error(v, err) == OK;
    store_view_end(v);
    struct store_change *c = store_change(&a);
    struct store_value key[] = { store_int(item->id) };
    if (fine && version != 0) {
        struct store_value *row = publish__row(&a, NOTICE__COLUMNS, id, version);
        row[NOTICE__STATE] = store_text(STR("expired"));
        row[NOTICE__ENDED] = store_int(until);
        store_update(c, STORE_TABLE_notice, row);
        store_words(c, STR("notice"), id, STR(""));
        fine = publish__audit(p, c, until, 0, "expire", "notice", id, STR("{}"), err) == OK;
    }
    store_delete(c, STORE_TABLE_queue, key, item->version);
    fine = fine && publish__commit(p, c, err) == OK;
    arena_release(&a);
    return fine;
}
