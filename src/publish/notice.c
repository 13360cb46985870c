/* notice: gongshi.notice publishes what the manifest describes: an entry or a proposed entry of a row, a call, a list.
 * Reading and changing what was published: register.c, change.c. */
#include "publish/publish_int.h"

#include "base/limit.h"

const char *publish__kind_name(enum scheme_notice_kind kind)
{
    static const char *const names[] = { "proposed", "entry", "list", "call" };
    return names[kind];
}

const char *publish__audience_name(enum scheme_audience audience)
{
    static const char *const names[] = { "public", "parties", "internal" };
    return names[audience];
}

/* ---- What is described ---- */

/* A process says it by a header; an assessment names the notice itself. */
static str asked_name(const struct work_job *job)
{
    return job->headers.kind == FEEL_STRING ? feel_str(job->headers) : feel_text_member(job->headers, "notice");
}

static const struct scheme_notice *described(const struct work_job *job, str name, struct error *err)
{
    const struct scheme_notice *n = scheme_notice(job->scheme, name);
    if (n == NULL) {
        error_set(err, ERROR_INVALID, "scheme.json describes no %s \"%.*s\"", "notice", STR_ARG(name));
        error_hint(err, "add it under \"%s\" in scheme.json", "notices");
    }
    return n;
}

/* The row that is published: `of` as a context, or as the number of a row of the notice's ledger. */
static enum error_code find_row(const struct work_job *job, feel_value of, struct publish__source *from,
                                struct error *err)
{
    const struct record_row *rows;
    uint32_t count = 0;
    int64_t number = 0;
    dec n;
    if (of.kind == FEEL_STRING && dec_parse(feel_str(of), &n)) {
        of = feel_number(n);
    }
    if (of.kind != FEEL_NUMBER || from->ledger == NULL || !dec_to_int(of.number, &number)) {
        from->row = of.kind == FEEL_CONTEXT ? of : feel_null();
        return OK;
    }
    enum error_code code = record_history(job->view, job->arena, from->ledger, number, &rows, &count, err);
    if (code == OK && count == 0) {
        code = error_set(err, ERROR_MISSING, "there is no row %lld to be published", (long long)number);
    }
    if (code == OK) {
        from->row = record_context(job->arena, from->ledger, &rows[count - 1]);
    }
    return code;
}

static enum error_code source_of(const struct work_job *job, const struct scheme_notice *n, feel_value of,
                                 struct publish__source *ret, struct error *err)
{
    *ret = (struct publish__source){ .job = job, .row = feel_null(), .checked = true,
                                     .is_public = n->audience == SCHEME_TO_PUBLIC };
    bool ledger = n->of.len > 0 && n->kind != SCHEME_LIST_NOTICE;
    enum error_code code = ledger ? record_ledger(job->record, job->view, job->scheme, n->of, NULL, &ret->ledger, NULL,
                                                  err)
                                  : OK;
    return code == OK ? find_row(job, of, ret, err) : code;
}

/* ---- How long ---- */

static int64_t end_of_day(cal_date day)
{
    cal_datetime last = cal_datetime_of(day, (cal_time){ 0, 23, 59, 59, 8 * 3600 });
    return (cal_utc_seconds(last) + 1) * 1000000;
}

/* `days` are counted as the clocks of dossiers are, from the day of publication. */
static enum error_code by_days(const struct work_job *job, const struct scheme_notice *n, feel_value row,
                               int64_t *ret, struct error *err)
{
    struct scheme_clock_spec spec;
    struct scheme_clock_due due;
    feel_value length;
    struct scheme_clock_event begin = { .act = SCHEME_CLOCK_START, .at = job->now / 1000000 };
    enum error_code code = publish__evaluate(job, n->days, row, &length, err);
    code = code == OK ? scheme_clock_spec(length, begin.at, &spec, err) : code;
    if (code != OK) {
        return code;
    }
    if (spec.n == 0 && n->kind == SCHEME_PROPOSED) {
        error_set(err, ERROR_INVALID, "nobody knows how long the notice \"%.*s\" stands", STR_ARG(n->name));
        error_detail(err, "%.*s", STR_ARG(n->days));
        error_hint(err, "enter the parameter with its source");
        return ERROR_INVALID;
    }
    code = spec.n == 0 ? OK
                       : scheme_clock_due(job->arena, &spec, &begin, 1, work_calendar(job), begin.at, false, &due,
                                          err);
    *ret = spec.n == 0 || code != OK ? 0 : due.due * 1000000;
    return code;
}

static enum error_code by_value(const struct work_job *job, str until, feel_value row, int64_t *ret,
                                struct error *err)
{
    feel_value v;
    enum error_code code = publish__evaluate(job, until, row, &v, err);
    cal_date moved;
    *ret = 0;
    if (code != OK) {
        return code;
    }
    if (v.kind == FEEL_STRING) {
        v = feel_from_text(feel_str(v), feel_type_named(STR("date")));
    }
    if (v.kind == FEEL_DATE) {
        *ret = end_of_day(v.date);
    } else if (v.kind == FEEL_DATE_TIME) {
        *ret = cal_utc_seconds(v.date_time) * 1000000;
    } else if (v.kind == FEEL_SPAN) {
        *ret = end_of_day(publish__day(job->now + v.span.seconds * 1000000));
    } else if (v.kind == FEEL_MONTHS && cal_date_add_months(publish__day(job->now), v.months, &moved)) {
        *ret = end_of_day(moved);
    }
    return OK;
}

static enum error_code how_long(const struct work_job *job, const struct scheme_notice *n, feel_value row,
                                int64_t *ret, struct error *err)
{
    *ret = 0;
    return n->days.len > 0    ? by_days(job, n, row, ret, err)
           : n->until.len > 0 ? by_value(job, n->until, row, ret, err)
                              : OK;
}

bool publish__watch(const struct work_job *job, int64_t notice, int64_t until, struct error *err)
{
    if (until == 0) {
        return true;
    }
    int64_t item = work_id(job, err);
    str body = arena_printf(job->arena, "%lld", (long long)notice);
    struct store_value queue[] = { store_int(item), store_int(1), store_text(STR("expire")), store_int(until),
                                   store_int(0), store_text(STR("")), store_int(0), store_int(0), store_int(0),
                                   store_text(body) };
    if (item != 0) {
        store_insert(job->change, STORE_TABLE_queue, queue);
    }
    return item != 0;
}

/* ---- The rows ---- */

/* The content of the page for the board. */
static str page_content(const struct publish *p, const struct work_job *job, const struct publish__new_notice *n)
{
    enum { COUNT = 9 };
    str names[COUNT] = { STR("at"), STR("bundle"), STR("document"), STR("entries"), STR("fields"), STR("number"),
                         STR("qr"), STR("sample"), STR("title") };
    feel_value *v = ARENA_ARRAY(job->arena, feel_value, COUNT);
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    v[0] = feel_number(dec_from_int(job->now));
    v[1] = feel_string(STR(""));
    v[2] = feel_string(STR("公示"));
    v[3] = n->entry_count == 0 ? feel_null() : feel_list(n->entries, n->entry_count);
    v[4] = feel_null();
    feel_json_read(job->arena, n->fields, &v[4], NULL);
    v[5] = feel_string(STR(""));
    v[6] = feel_string(arena_printf(job->arena, "%s/n/%lld", p->config.address, (long long)n->id));
    v[7] = feel_boolean(n->sample);
    v[8] = feel_string(n->title);
    feel_record_write(feel_context(feel_shape_new(job->arena, names, COUNT), v), &out);
    str content = arena_str(job->arena, buf_str(&out));
    buf_release(&out);
    return content;
}

enum error_code publish__add_notice(const struct publish *p, const struct work_job *job,
                                    const struct publish__new_notice *n, struct error *err)
{
    int64_t document = 0;
    if (n->page) {
        const struct publish__new_document page = {
            .series = arena_printf(job->arena, "%.*s/公示", STR_ARG(n->series)), .name = STR("公示"),
            .content = page_content(p, job, n), .seal = "none", .sample = n->sample };
        if ((document = publish__add_document(job, &page, err)) == 0) {
            return ERROR_IO;
        }
    }
    struct store_value row[NOTICE__COLUMNS] = {
        store_int(n->id), store_int(1), store_text(n->series), store_take(job->change, n->series),
        store_text(n->kind), store_int(job->dossier), store_text(n->title), store_text(n->fields),
        store_text(STR("published")), store_int(job->now), store_int(n->until), store_int(document),
        store_text(n->name), store_text(n->audience), store_text(n->party), store_int(n->sample), store_int(n->list),
        store_int(n->before), store_int(0), store_int(0), store_text(n->reason), store_text(n->objections),
        store_int(publish__has_place(job->arena, n->fields)) };
    store_insert(job->change, STORE_TABLE_notice, row);
    if (str_eq(n->audience, STR("public"))) {
        store_words(job->change, STR("notice"), n->id, n->words);
    }
    return publish__watch(job, n->id, n->until, err) ? OK : ERROR_IO;
}

static str party_of(const struct work_job *job, feel_value row)
{
    str party = feel_text_member(row, "party");
    return party.len > 0 ? party : job->subject;
}

/* One notice of a row. `list`: that it is an entry of, or 0. */
static enum error_code publish_one(const struct publish *p, const struct work_job *job, const struct scheme_notice *n,
                                   feel_value of, struct publish__new_notice *made, struct error *err)
{
    struct publish__source from;
    struct buf fields = BUF_INIT(LIMIT_JSON_BYTES), words = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    json_writer_init(&w, &fields, false);
    str title = scheme_text(n->title, LANG_ZH);
    made->title = arena_printf(job->arena, "%s%.*s", made->sample ? "（示例）" : "",
                               STR_ARG(title.len > 0 ? title : n->name));
    buf_add(&words, made->title);
    enum error_code code = source_of(job, n, of, &from, err);
    code = code == OK ? publish__write_fields(&from, n->fields, &w, &words, err) : code;
    code = code == OK && made->until == 0 ? how_long(job, n, from.row, &made->until, err) : code;
    if (code == OK && (fields.overflow || words.overflow)) {
        code = error_set(err, ERROR_LIMIT, "the notice is too large");
    }
    if (code == OK && made->id == 0 && (made->id = work_id(job, err)) == 0) {
        code = ERROR_IO;
    }
    if (code == OK) {
        made->series = publish__series(job->arena, job->scheme->name, n->name, job->now);
        made->name = n->name;
        made->kind = str_of(publish__kind_name(n->kind));
        made->audience = str_of(publish__audience_name(n->audience));
        made->party = n->audience == SCHEME_TO_PARTIES ? party_of(job, from.row) : STR("");
        made->objections = n->objections;
        made->fields = arena_str(job->arena, buf_str(&fields));
        made->words = buf_str(&words);
        code = publish__add_notice(p, job, made, err);
    }
    buf_release(&fields);
    buf_release(&words);
    return code;
}

/* A list is a notice, and each of its entries one that refers to it. They are published before it, because its page
 * shows them. */
static enum error_code publish_entries(const struct publish *p, const struct work_job *job,
                                       const struct scheme_notice *n, struct publish__new_notice *list,
                                       struct error *err)
{
    feel_value entries = feel_member(job->local, "entries");
    const struct scheme_notice *of = described(job, n->of, err);
    enum error_code code = of == NULL ? ERROR_INVALID : OK;
    if (code == OK && entries.kind != FEEL_LIST) {
        error_set(err, ERROR_INVALID, "the list \"%.*s\" has no entries", STR_ARG(n->name));
        error_hint(err, "map a list of rows to the variable entries of the step");
        return ERROR_INVALID;
    }
    if (code == OK && entries.count > LIMIT_PUBLISH_LIST) {
        error_set(err, ERROR_LIMIT, "the list \"%.*s\" is too long", STR_ARG(n->name));
        error_detail(err, "limit %s = %d", "PUBLISH_LIST", LIMIT_PUBLISH_LIST);
        return ERROR_LIMIT;
    }
    if (code == OK && (list->id = work_id(job, err)) == 0) {
        code = ERROR_IO;
    }
    list->entries = code == OK ? ARENA_ARRAY(job->arena, feel_value, entries.count) : NULL;
    for (uint32_t i = 0; code == OK && i < entries.count; i++) {
        struct publish__new_notice one = { .list = list->id, .sample = list->sample, .reason = STR("") };
        code = publish_one(p, job, of, entries.items[i], &one, err);
        code = code == OK ? feel_json_read(job->arena, one.fields, &list->entries[list->entry_count++], err) : code;
    }
    return code;
}

static enum error_code replace(const struct work_job *job, const struct publish__new_notice *by, struct error *err)
{
    int64_t version = by->before == 0 ? 0 : publish__published_version(job->view, by->before);
    if (by->before == 0) {
        return OK;
    }
    if (version == 0) {
        return error_set(err, ERROR_MISSING, "there is no published notice %lld", (long long)by->before);
    }
    publish__supersede(job, by->before, version, by->id);
    return OK;
}

static int64_t amended(const struct work_job *job)
{
    feel_value v = feel_member(job->local, "amends");
    int64_t id = 0;
    dec n;
    if (v.kind == FEEL_STRING && dec_parse(feel_str(v), &n)) {
        v = feel_number(n);
    }
    return v.kind == FEEL_NUMBER && dec_to_int(v.number, &id) ? id : 0;
}

enum error_code publish__notice(void *context, const struct work_job *job, feel_value *ret, struct error *err)
{
    const struct publish *p = context;
    const struct scheme_notice *n = described(job, asked_name(job), err);
    struct publish__new_notice made = { .page = true, .before = amended(job),
                                        .reason = feel_text_member(job->local, "reason"),
                                        .sample = work_rests_on_samples(job) };
    enum error_code code = n == NULL ? ERROR_INVALID : publish__not_sample(job->view, made.sample, err);
    code = code == OK && n->kind == SCHEME_LIST_NOTICE ? publish_entries(p, job, n, &made, err) : code;
    code = code == OK ? publish_one(p, job, n, feel_member(job->local, "of"), &made, err) : code;
    code = code == OK ? replace(job, &made, err) : code;
    if (code == OK) {
        str names[] = { STR("notice") };
        feel_value *values = ARENA_ARRAY(job->arena, feel_value, 1);
        values[0] = feel_string(arena_printf(job->arena, "%lld", (long long)made.id));
        *ret = feel_context(feel_shape_new(job->arena, names, 1), values);
        work_news(job, "notice ", n->name, " published");
    }
    return code;
}
