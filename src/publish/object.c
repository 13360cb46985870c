/* object: objections of whoever has no account, to a notice or to a dossier. Each begins the process that takes it,
 * as a dossier of its own that is linked with the other one; what is answered is checked by the form of its start. */
#include "publish/publish_int.h"

#include "base/limit.h"

void publish__begun(const struct work_answer *answer, struct publish_begun *ret)
{
    ret->dossier = answer->dossier;
    memcpy(ret->code, answer->code, sizeof ret->code);
}

/* The answers, and the number of the notice, which nobody chooses for himself. */
static str answers(struct arena *a, int64_t notice, feel_value with)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    json_writer_init(&w, &out, false);
    json_begin_object(&w);
    if (notice != 0) {
        json_text_member(&w, "notice", arena_printf(a, "%lld", (long long)notice));
    }
    for (uint32_t i = 0; with.kind == FEEL_CONTEXT && i < with.count; i++) {
        if (!str_eq(with.shape->names[i], STR("notice"))) {
            json_key(&w, with.shape->names[i]);
            json_raw(&w, STR(""));
            feel_json_write(with.values[i], false, &out);
        }
    }
    json_end_object(&w);
    str ret = arena_str(a, buf_str(&out));
    buf_release(&out);
    return ret;
}

/* The code of an office; of 0 none. */
static str code_of(struct store_view *v, struct arena *a, int64_t office)
{
    struct store_value args[] = { store_int(office) };
    struct store_rows *r = store_query(v, "SELECT code FROM office WHERE id = ?", args, 1);
    str code = store_next(r) ? arena_str(a, store_column_text(r, 0)) : STR("");
    store_rows_end(r);
    return code;
}

/* "core.objection": the scheme and its process. */
static enum error_code begin(struct publish *p, str process, const struct work_request *of,
                             struct publish_begun *ret, struct error *err)
{
    const char *dot = process.len > 0 ? memchr(process.ptr, '.', process.len) : NULL;
    size_t at = dot == NULL ? 0 : (size_t)(dot - process.ptr);
    struct work_request rq = *of;
    rq.act = WORK_START;
    rq.scheme = str_slice(process, 0, at);
    rq.process = str_slice(process, at + 1, process.len);
    struct work_answer answer = work_do(p->config.work, &rq, err->lang);
    if (answer.outcome != WORK_OK) {
        *err = answer.error;
        return err->code != OK ? err->code : ERROR_INVALID;
    }
    publish__begun(&answer, ret);
    return OK;
}

/* Of a notice: that the reader may see, stands, and takes objections. Of a dossier: by its number and code. */
static enum error_code describe(struct store_view *v, const struct publish_objection *o, struct arena *a,
                                str *ret_process, struct work_request *ret, struct error *err)
{
    struct publish_notice n;
    struct work_dossier d;
    int64_t office = 0;
    enum error_code code = OK;
    *ret_process = STR("core.objection");
    if (o->notice == 0) {
        code = work_followed(v, o->dossier, o->code, a, &d, err);
        ret->about = code == OK ? d.id : 0;
        office = code == OK ? d.office : 0;
    } else if (!publish_read_for(v, o->notice, &o->reader, a, &n)) {
        code = error_set(err, ERROR_MISSING, "there is no published notice %lld", (long long)o->notice);
    } else if (n.objections.len == 0 || !str_eq(n.state, STR("published"))) {
        code = error_set(err, ERROR_INVALID, "the notice %lld takes no objections", (long long)n.id);
    } else {
        *ret_process = n.objections;
        ret->about = n.dossier;
        office = n.office; /* a list has no dossier */
    }
    ret->office = code_of(v, a, office);
    ret->with = answers(a, o->notice, o->with);
    ret->key = o->key;
    return code;
}

enum error_code publish_object(struct publish *p, const struct publish_objection *o, struct publish_begun *ret,
                               struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct work_request rq = { .act = WORK_START };
    str process;
    enum error_code code = store_view(p->config.store, &v, err);
    if (code == OK) {
        code = describe(v, o, &a, &process, &rq, err);
        store_view_end(v);
    }
    code = code == OK ? begin(p, process, &rq, ret, err) : code;
    arena_release(&a);
    return code;
}
