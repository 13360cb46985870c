/* notice: gongshi.notice draws up what the manifest describes: an entry or a proposed entry of a row, a call, a list;
 * and publishes it, unless somebody has to say yes first (waiting.c). Reading and changing what was published:
 * register.c, change.c. */
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
    int64_t number;
    if (from->ledger == NULL || !feel_typed_whole(of, &number)) {
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

/* A text is a day or a duration: what waited was kept as JSON. */
static feel_value read_text(feel_value v)
{
    static const char *const types[] = { "date", "date and time", "days and time duration",
                                         "years and months duration" };
    feel_value read = v;
    for (size_t i = 0; read.kind == FEEL_STRING && i < sizeof types / sizeof types[0]; i++) {
        feel_value typed = feel_from_text(feel_str(v), feel_type_named(str_of(types[i])));
        read = typed.kind == FEEL_NULL ? read : typed;
    }
    return read;
}

/* `days` are counted as the clocks of dossiers are, from the day of publication. */
static enum error_code by_days(const struct work_job *job, const struct publish__length *length, int64_t *ret,
                               struct error *err)
{
    struct scheme_clock_spec spec;
    struct scheme_clock_due due;
    struct scheme_clock_event begin = { .act = SCHEME_CLOCK_START, .at = job->now / 1000000 };
    enum error_code code = scheme_clock_spec(read_text(length->value), begin.at, &spec, err);
    if (code != OK) {
        return code;
    }
    if (spec.n == 0 && length->proposed) {
        error_set(err, ERROR_INVALID, "nobody knows how long the notice stands");
        error_hint(err, "enter the parameter with its source");
        return ERROR_INVALID;
    }
    code = spec.n == 0 ? OK
                       : scheme_clock_due(job->arena, &spec, &begin, 1, work_calendar(job), begin.at, false, &due,
                                          err);
    *ret = spec.n == 0 || code != OK ? 0 : due.due * 1000000;
    return code;
}

enum error_code publish__until(const struct work_job *job, const struct publish__length *length, int64_t *ret,
                               struct error *err)
{
    feel_value v = length->days ? length->value : read_text(length->value);
    cal_date moved;
    *ret = 0;
    if (length->days) {
        return by_days(job, length, ret, err);
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
                                struct publish__length *ret, struct error *err)
{
    str source = n->days.len > 0 ? n->days : n->until;
    *ret = (struct publish__length){ .days = n->days.len > 0, .proposed = n->kind == SCHEME_PROPOSED,
                                     .value = feel_null() };
    return source.len == 0 ? OK : publish__evaluate(job, source, row, &ret->value, err);
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
static str page_content(const struct publish *p, const struct work_job *job, const struct publish__out *n)
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

/* The title and all values, for the search. */
static void put_words(const struct work_job *job, const struct publish__out *n)
{
    struct buf words = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value fields = feel_null();
    feel_json_read(job->arena, n->fields, &fields, NULL);
    buf_add(&words, n->title);
    for (uint32_t i = 0; fields.kind == FEEL_LIST && i < fields.count; i++) {
        buf_addc(&words, ' ');
        buf_add(&words, publish_shown(job->arena, feel_member(fields.items[i], "value")));
    }
    store_words(job->change, STR("notice"), n->id, buf_str(&words));
    buf_release(&words);
}

enum error_code publish__make_known(const struct publish *p, const struct work_job *job, const struct publish__out *n,
                                    int64_t *ret_document, struct error *err)
{
    *ret_document = 0;
    if (n->page) {
        const struct publish__new_document page = {
            .series = arena_printf(job->arena, "%.*s/公示", STR_ARG(n->series)), .name = STR("公示"),
            .content = page_content(p, job, n), .seal = "none", .sample = n->sample };
        if ((*ret_document = publish__add_document(job, &page, err)) == 0) {
            return ERROR_IO;
        }
    }
    if (n->is_public) {
        put_words(job, n);
    }
    return publish__watch(job, n->id, n->until, err) ? OK : ERROR_IO;
}

/* What is needed to publish it later. */
static str held(const struct work_job *job, const struct publish__new_notice *n)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    json_writer_init(&w, &out, false);
    json_begin_object(&w);
    if (n->length.value.kind != FEEL_NULL) {
        json_key(&w, n->length.days ? STR("days") : STR("until"));
        json_raw(&w, STR(""));
        feel_json_write(n->length.value, false, &out);
    }
    if (n->hold->found.kind == FEEL_CONTEXT) {
        json_key(&w, STR("found"));
        json_raw(&w, STR(""));
        feel_json_write(n->hold->found, false, &out);
    }
    json_end_object(&w);
    str text = arena_str(job->arena, buf_str(&out));
    buf_release(&out);
    return text;
}

static str proposers(struct arena *a, const struct publish__hold *hold)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value *persons = ARENA_ARRAY(a, feel_value, hold->asker_count);
    for (uint32_t i = 0; i < hold->asker_count; i++) {
        persons[i] = feel_number(dec_from_int(hold->askers[i]));
    }
    feel_json_write(feel_list(persons, hold->asker_count), false, &out);
    str text = arena_str(a, buf_str(&out));
    buf_release(&out);
    return text;
}

enum error_code publish__add_notice(const struct publish *p, const struct work_job *job,
                                    const struct publish__new_notice *n, struct error *err)
{
    static const struct publish__hold nothing = { .found = { .kind = FEEL_NULL } };
    const struct publish__hold *hold = n->hold != NULL ? n->hold : &nothing;
    bool waits = n->hold != NULL;
    struct publish__out out = { .series = n->series, .title = n->title, .fields = n->fields, .id = n->id,
                                .until = n->until, .entries = n->entries, .entry_count = n->entry_count,
                                .is_public = str_eq(n->audience, STR("public")), .sample = n->sample,
                                .page = n->page };
    int64_t document = 0;
    enum error_code code = out.until != 0 ? OK : publish__until(job, &n->length, &out.until, err);
    code = code == OK && !waits ? publish__make_known(p, job, &out, &document, err) : code;
    if (code != OK) {
        return code;
    }
    /* A series has each number once, and none that is not published. */
    struct store_value row[NOTICE__COLUMNS] = { store_int(n->id),
                                                store_int(1),
                                                store_text(n->series),
                                                waits ? store_int(-n->id) : store_take(job->change, n->series),
                                                store_text(n->kind),
                                                store_int(n->dossier != 0 ? n->dossier : job->dossier),
                                                store_text(n->title),
                                                store_text(n->fields),
                                                store_text(waits ? STR("waiting") : STR("published")),
                                                store_int(waits ? 0 : job->now),
                                                store_int(out.until),
                                                store_int(document),
                                                store_text(n->name),
                                                store_text(n->audience),
                                                store_text(n->party),
                                                store_int(n->sample),
                                                store_int(n->list),
                                                store_int(n->before),
                                                store_int(0),
                                                store_int(0),
                                                store_text(n->reason),
                                                store_text(n->objections),
                                                store_int(publish__has_place(job->arena, n->fields)),
                                                store_int(job->office),
                                                store_text(hold->role),
                                                store_int(hold->wait),
                                                store_int(waits ? job->now : 0),
                                                store_int(hold->asker_count > 0 ? hold->askers[0] : 0),
                                                store_text(proposers(job->arena, hold)),
                                                store_text(waits ? held(job, n) : STR("")),
                                                store_int(waits ? 0 : job->actor),
                                                store_text(STR("")) };
    store_insert(job->change, STORE_TABLE_notice, row);
    return OK;
}

/* ---- Drawing up ---- */

static str party_of(const struct work_job *job, feel_value row)
{
    str party = feel_text_member(row, "party");
    return party.len > 0 ? party : job->subject;
}

/* One notice of a row, as it would be. */
static enum error_code draw_up(const struct work_job *job, const struct scheme_notice *n, feel_value of,
                               struct publish__new_notice *made, struct error *err)
{
    struct publish__source from;
    struct buf fields = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    json_writer_init(&w, &fields, false);
    str title = scheme_text(n->title, LANG_ZH);
    made->title = arena_printf(job->arena, "%s%.*s", made->sample ? "（示例）" : "",
                               STR_ARG(title.len > 0 ? title : n->name));
    enum error_code code = source_of(job, n, of, &from, err);
    code = code == OK ? publish__write_fields(&from, n->fields, &w, NULL, err) : code;
    code = code == OK ? how_long(job, n, from.row, &made->length, err) : code;
    if (code == OK && fields.overflow) {
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
    }
    buf_release(&fields);
    return code;
}

/* An entry in the list of an assessment is about a dossier of its own, which the list names. */
static int64_t own_dossier(const struct work_job *job, feel_value entry)
{
    return job->dossier == 0 ? feel_whole_member(entry, "dossier") : 0;
}

/* A list is a notice, and each of its entries one that refers to it. */
static enum error_code draw_up_entries(const struct work_job *job, const struct scheme_notice *n,
                                       struct publish__new_notice *list, struct publish__new_notice **ret,
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
    uint32_t count = code == OK ? entries.count : 0;
    struct publish__new_notice *made = ARENA_ARRAY(job->arena, struct publish__new_notice, count);
    list->entries = ARENA_ARRAY(job->arena, feel_value, count);
    for (uint32_t i = 0; code == OK && i < count; i++) {
        made[i] = (struct publish__new_notice){ .list = list->id, .sample = list->sample,
                                                .dossier = own_dossier(job, entries.items[i]) };
        code = draw_up(job, of, entries.items[i], &made[i], err);
        code = code == OK ? feel_json_read(job->arena, made[i].fields, &list->entries[list->entry_count++], err) : code;
    }
    *ret = made;
    return code;
}

/* Does it wait for somebody's word: because the manifest says so, or because of what stands in it? */
static bool must_wait(const struct work_job *job, const struct scheme_notice *n, const struct publish__new_notice *made,
                      const struct publish__new_notice *entries, struct publish__hold *ret)
{
    str *fields = ARENA_ARRAY(job->arena, str, made->entry_count + 1);
    fields[0] = made->fields;
    for (uint32_t i = 0; i < made->entry_count; i++) {
        fields[i + 1] = entries[i].fields;
    }
    *ret = (struct publish__hold){ .role = n->publish };
    ret->found = publish__found(job->arena, fields, made->entry_count + 1, n->audience == SCHEME_TO_PUBLIC);
    if (n->publish.len == 0 && ret->found.kind == FEEL_NULL) {
        return false;
    }
    ret->wait = work_wait(job);
    ret->asker_count = work_askers(job, ret->askers);
    return true;
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
    if (by->hold == NULL) {
        publish__supersede(job, by->before, version, by->id);
    }
    return OK;
}

static int64_t amended(const struct work_job *job)
{
    int64_t id;
    return feel_typed_whole(feel_member(job->local, "amends"), &id) ? id : 0;
}

/* The entries before the list, because its page shows them. */
static enum error_code add_all(const struct publish *p, const struct work_job *job, struct publish__new_notice *made,
                               struct publish__new_notice *entries, struct error *err)
{
    enum error_code code = OK;
    for (uint32_t i = 0; code == OK && i < made->entry_count; i++) {
        entries[i].hold = made->hold;
        code = publish__add_notice(p, job, &entries[i], err);
    }
    return code == OK ? publish__add_notice(p, job, made, err) : code;
}

enum error_code publish__notice(void *context, const struct work_job *job, feel_value *ret, struct error *err)
{
    const struct publish *p = context;
    const struct scheme_notice *n = described(job, asked_name(job), err);
    struct publish__new_notice made = { .page = true, .before = amended(job),
                                        .reason = feel_text_member(job->local, "reason"),
                                        .sample = work_rests_on_samples(job) };
    struct publish__new_notice *entries = NULL;
    struct publish__hold hold;
    enum error_code code = n == NULL ? ERROR_INVALID : publish__not_sample(job->view, made.sample, err);
    code = code == OK && n->kind == SCHEME_LIST_NOTICE ? draw_up_entries(job, n, &made, &entries, err) : code;
    code = code == OK ? draw_up(job, n, feel_member(job->local, "of"), &made, err) : code;
    if (code == OK && must_wait(job, n, &made, entries, &hold)) {
        made.hold = &hold;
    }
    code = code == OK ? replace(job, &made, err) : code;
    code = code == OK ? add_all(p, job, &made, entries, err) : code;
    bool goes_on = made.hold == NULL || made.hold->wait == 0; /* nothing waits with it: a list of an assessment */
    if (code == OK && goes_on) {
        str names[] = { STR("notice") };
        feel_value *values = ARENA_ARRAY(job->arena, feel_value, 1);
        values[0] = feel_string(arena_printf(job->arena, "%lld", (long long)made.id));
        *ret = feel_context(feel_shape_new(job->arena, names, 1), values);
    }
    if (code == OK && made.hold == NULL) {
        work_news(job, "notice ", n->name, " published");
    }
    return code;
}
