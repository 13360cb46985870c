/* record: gongshi.record writes a row of a ledger; a new revision of one where its variable says which `row`. And rows
 * of a ledger by one of their fields. */
#include "publish/publish_int.h"

#include "base/limit.h"

static int64_t member_of(feel_value row, const char *name)
{
    int64_t n;
    return feel_typed_whole(feel_member(row, name), &n) ? n : 0;
}

/* The row without the names that say which one it is. */
static feel_value fields_of(struct arena *a, const struct scheme_ledger *l, feel_value row)
{
    str *names = ARENA_ARRAY(a, str, row.count);
    feel_value *values = ARENA_ARRAY(a, feel_value, row.count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < row.count; i++) {
        str name = row.shape->names[i];
        bool which = str_eq(name, STR("row")) || str_eq(name, STR("revision"));
        if (!which || scheme_field(l, name) >= 0) {
            names[n] = name;
            values[n++] = row.values[i];
        }
    }
    return feel_context(feel_shape_new(a, names, n), values);
}

static enum error_code write(const struct work_job *job, const struct scheme *s, const struct scheme_ledger *l,
                             feel_value row, int64_t *ret_row, str *ret_numbered, struct error *err)
{
    struct record_plan plan = { .record = job->record, .view = job->view, .change = job->change, .arena = job->arena,
                                .ev = job->ev, .actor = job->actor, .by = SCHEME_BY_PROCESS, .office = job->office,
                                .dossier = job->dossier, .now = job->now };
    int64_t number = member_of(row, "row"), revision = member_of(row, "revision");
    feel_value values = fields_of(job->arena, l, row);
    if (number == 0) {
        enum error_code code = record_add(&plan, s, l, values, ret_row, err);
        *ret_numbered = code == OK ? record_numbered(&plan, l, *ret_row) : STR("");
        return code;
    }
    *ret_row = number;
    return record_change(&plan, s, l, number, revision, values, feel_text_member(job->local, "reason"), err);
}

enum error_code publish__record(void *context, const struct work_job *job, feel_value *ret, struct error *err)
{
    str name = feel_text_member(job->headers, "ledger");
    feel_value row = feel_member(job->local, "row");
    const struct scheme *s;
    const struct scheme_ledger *l;
    int64_t number = 0;
    str numbered = STR("");
    (void)context;
    if (name.len == 0 || row.kind != FEEL_CONTEXT) {
        error_set(err, ERROR_INVALID, "the step \"%.*s\" does not say which row to record", STR_ARG(job->element));
        error_hint(err, "give it the header ledger, and map a context to its variable row");
        return ERROR_INVALID;
    }
    enum error_code code = record_ledger(job->record, job->view, job->scheme, name, &s, &l, NULL, err);
    if (code == OK) {
        code = write(job, s, l, row, &number, &numbered, err);
    }
    if (code == OK) {
        str names[] = { STR("recorded"), STR("numbered") };
        feel_value *values = ARENA_ARRAY(job->arena, feel_value, 2);
        values[0] = feel_string(arena_printf(job->arena, "%lld", (long long)number));
        values[1] = numbered.len > 0 ? feel_string(numbered) : feel_null();
        *ret = feel_context(feel_shape_new(job->arena, names, numbered.len > 0 ? 2 : 1), values);
    }
    return code;
}

/* ---- Reading ---- */

enum error_code publish__rows(struct publish *p, struct store_view *v, str ledger, const char *field, str value,
                              struct arena *a, const struct scheme_ledger **ret, struct record_answer *ret_rows,
                              struct error *err)
{
    struct feel_environment env = { .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    str names[] = { STR("value") };
    feel_value *values = ARENA_ARRAY(a, feel_value, 1);
    values[0] = feel_string(value);
    struct record_query q = { .self = feel_context(feel_shape_new(a, names, 1), values), .known_at = INT64_MAX,
                              .flags = RECORD_ALL_TIMES, .max = LIMIT_RECORD_FACT_ROWS };
    enum error_code code = record_ledger(p->config.record, v, NULL, ledger, &q.scheme, &q.ledger, NULL, err);
    *ret = q.ledger;
    if (code == OK) {
        code = record_filter(a, q.ledger, arena_printf(a, "%s = this.value", field), feel_type_of(a, q.self), &q.filter,
                             err);
    }
    code = code == OK ? record_query(v, ev, &q, a, ret_rows, err) : code;
    feel_eval_free(ev);
    return code;
}
