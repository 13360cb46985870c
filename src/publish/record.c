/* record: gongshi.record writes a row of a ledger. Rows are never changed, only ended. */
#include "publish/publish_int.h"

#include "base/limit.h"

enum error_code publish__record(void *context, const struct work_job *job, feel_value *ret, struct error *err)
{
    str ledger = feel_text_member(job->headers, "ledger");
    feel_value row = feel_member(job->local, "row");
    struct buf body = BUF_INIT(LIMIT_JSON_BYTES);
    (void)context;
    (void)ret;
    if (ledger.len == 0 || row.kind != FEEL_CONTEXT) {
        error_set(err, ERROR_INVALID, "the step \"%.*s\" does not say which row to record", STR_ARG(job->element));
        error_hint(err, "give it the header ledger, and map a context to its variable row");
        return ERROR_INVALID;
    }
    int64_t id = work_id(job, err);
    if (id == 0) {
        return ERROR_IO;
    }
    feel_record_write(row, &body);
    struct store_value values[] = { store_int(id), store_int(1), store_text(ledger), store_int(job->dossier),
                                    store_int(job->now), store_int(0), store_int(job->now), store_int(0),
                                    store_text(buf_str(&body)) };
    store_insert(job->change, STORE_TABLE_record, values);
    buf_release(&body);
    return OK;
}
