/* document: gongshi.document makes a numbered paper. What it needs is frozen here; paper.c makes the PDF of it.
 *
 * Content of a document, a canonical record (docs/record.md): the context {at, bundle, clocks, data, document,
 * dossier, fields, link, number, office, page, qr, sample, subject, title}. `number` is the pattern; `fields` stands in
 * for the layout of documents/NAME.json where the package has none. Sealed values are in it as their commitments; so is
 * `link`, the address by which whoever holds the paper may answer: it is on the paper and nowhere else.
 */
#include "publish/publish_int.h"

#include "base/limit.h"
#include "record/party.h"

const char *publish__seal_name(enum scheme_seal seal)
{
    static const char *const names[] = { "none", "wet", "hook" };
    return names[seal];
}

str publish__series(struct arena *a, str scheme, str name, int64_t micros)
{
    return arena_printf(a, "%.*s/%.*s/%d", STR_ARG(scheme), STR_ARG(name), publish__year(micros));
}

int64_t publish_office_of(struct store_view *v, const struct publish_document *d)
{
    struct store_value args[] = { store_int(d->dossier != 0 ? d->dossier : d->id) };
    struct store_rows *r = store_query(v, d->dossier != 0 ? "SELECT office FROM dossier WHERE id = ?"
                                                          : "SELECT office FROM assessment WHERE document = ?",
                                       args, 1);
    int64_t office = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return office;
}

/* ---- Samples ---- */

bool publish_is_demo(struct store_view *v)
{
    struct store_rows *r = store_query(v, "SELECT value FROM meta WHERE name = 'demo'", NULL, 0);
    bool demo = store_next(r) && store_column_int(r, 0) != 0;
    store_rows_end(r);
    return demo;
}

enum error_code publish__not_sample(struct store_view *v, bool sample, struct error *err)
{
    if (!sample || publish_is_demo(v)) {
        return OK;
    }
    error_set(err, ERROR_INVALID, "what rests on a parameter in state 示例 is not made known");
    error_hint(err, "enter the parameter with its source and have it confirmed, then decide again");
    return ERROR_INVALID;
}

/* ---- Making the row ---- */

static bool queue_making(const struct work_job *job, int64_t id, struct error *err)
{
    int64_t item = work_id(job, err);
    if (item != 0) {
        str body = arena_printf(job->arena, "{\"document\":\"%lld\"}", (long long)id);
        struct store_value queue[] = { store_int(item), store_int(1), store_text(STR("paper")), store_int(job->now),
                                       store_int(0), store_text(STR("")), store_int(0), store_int(job->dossier),
                                       store_int(0), store_text(body) };
        store_insert(job->change, STORE_TABLE_queue, queue);
    }
    return item != 0;
}

/* Without a seal a paper is issued as it is made; one that rests on samples stays a draft but in a demonstration. */
int64_t publish__add_document(const struct work_job *job, const struct publish__new_document *d, struct error *err)
{
    int64_t id = d->id != 0 ? d->id : work_id(job, err);
    if (id == 0 || (!d->made && !queue_making(job, id, err))) {
        return 0;
    }
    bool issued = strcmp(d->seal, "none") == 0 && (!d->sample || publish_is_demo(job->view));
    struct store_value row[DOCUMENT__COLUMNS] = {
        store_int(id), store_int(1), store_text(d->series),
        d->number != 0 ? store_int(d->number) : store_take(job->change, d->series), store_text(d->name),
        store_int(job->dossier), store_text(d->content), store_text(d->made ? STR("paper") : STR("drafted")),
        store_text(STR("")), store_int(0), store_text(str_of(d->seal)), store_int(d->sample),
        store_int(issued ? job->now : 0), store_int(issued ? job->actor : 0), store_int(0), store_text(STR("")),
        store_text(STR("")), store_text(STR("")) };
    store_insert(job->change, STORE_TABLE_document, row);
    work_news(job, "document ", d->name, "");
    if (issued) {
        work_news(job, "document ", d->name, " issued");
    }
    return id;
}

/* ---- The content ---- */

static enum error_code list_fields(const struct work_job *job, const struct scheme_document *d, feel_value data,
                                   feel_value *ret, struct error *err)
{
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    const struct publish__source from = { .job = job, .row = data };
    json_writer_init(&w, &text, false);
    enum error_code code = publish__write_fields(&from, d->fields, &w, NULL, err);
    code = code == OK ? feel_json_read(job->arena, arena_str(job->arena, buf_str(&text)), ret, err) : code;
    buf_release(&text);
    return code;
}

static feel_value office_of(const struct work_job *job)
{
    struct store_value args[] = { store_int(job->office) };
    struct store_rows *r = store_query(job->view, "SELECT code, name FROM office WHERE id = ?", args, 1);
    str names[] = { STR("code"), STR("name") };
    feel_value *values = ARENA_ARRAY(job->arena, feel_value, 2);
    bool there = store_next(r);
    values[0] = feel_string(there ? arena_str(job->arena, store_column_text(r, 0)) : STR(""));
    values[1] = feel_string(there ? arena_str(job->arena, store_column_text(r, 1)) : STR(""));
    store_rows_end(r);
    return feel_context(feel_shape_new(job->arena, names, 2), values);
}

str publish__link(const struct publish *p, struct arena *a, const char *token)
{
    return arena_printf(a, "%s/g/%s", p->config.address, token);
}

enum error_code publish__content(const struct publish *p, const struct work_job *job, const struct scheme_document *d,
                                 feel_value link, struct buf *out, struct error *err)
{
    enum { COUNT = 15 };
    str names[COUNT] = { STR("at"), STR("bundle"), STR("clocks"), STR("data"), STR("document"), STR("dossier"),
                         STR("fields"), STR("link"), STR("number"), STR("office"), STR("page"), STR("qr"),
                         STR("sample"), STR("subject"), STR("title") };
    feel_value *v = ARENA_ARRAY(job->arena, feel_value, COUNT), fields = feel_null();
    feel_value data = feel_member(job->local, "data");
    bool given = data.kind == FEEL_CONTEXT, layout = d->layout.kind == FEEL_CONTEXT;
    data = given ? data : job->variables;
    str title = scheme_text(d->title, LANG_ZH);
    enum error_code code = layout ? OK : list_fields(job, d, given ? data : feel_null(), &fields, err);
    if (code != OK) {
        return code;
    }
    v[0] = feel_number(dec_from_int(job->now));
    v[1] = feel_string(str_of(job->scheme->hash));
    v[2] = feel_member(job->variables, "clocks");
    v[3] = layout ? data : feel_null();
    v[4] = feel_string(d->name);
    v[5] = feel_string(arena_printf(job->arena, "%lld", (long long)job->dossier));
    v[6] = fields;
    v[7] = link;
    v[8] = feel_string(d->number);
    v[9] = office_of(job);
    v[10] = feel_string(d->page);
    v[11] = feel_string(arena_printf(job->arena, "%s/d/%lld", p->config.address, (long long)job->dossier));
    v[12] = feel_boolean(work_rests_on_samples(job));
    v[13] = feel_string(job->subject);
    v[14] = feel_string(title.len > 0 ? title : d->name);
    feel_record_write(feel_context(feel_shape_new(job->arena, names, COUNT), v), out);
    if (out->overflow) {
        error_set(err, ERROR_LIMIT, "the document is too large");
        error_detail(err, "limit %s = %d", "JSON_BYTES", LIMIT_JSON_BYTES);
        return ERROR_LIMIT;
    }
    return OK;
}

/* ---- The act ---- */

/* A process says it by a header; an assessment names the document itself. */
static const struct scheme_document *described(const struct work_job *job, struct error *err)
{
    str name = job->headers.kind == FEEL_STRING ? feel_str(job->headers) : feel_text_member(job->headers, "document");
    const struct scheme_document *d = scheme_document(job->scheme, name);
    if (d == NULL) {
        error_set(err, ERROR_INVALID, "scheme.json describes no %s \"%.*s\"", "document", STR_ARG(name));
        error_hint(err, "add it under \"%s\" in scheme.json", "documents");
    }
    return d;
}

/* The link of a paper, sealed under the dossier's key; null where the manifest gives it none. */
static enum error_code give_link(const struct publish *p, const struct work_job *job, const struct scheme_document *d,
                                 int64_t paper, feel_value *ret, struct error *err)
{
    const struct record_plan plan = { .record = job->record, .view = job->view, .change = job->change,
                                      .arena = job->arena, .actor = job->actor, .now = job->now };
    char token[WORK_TOKEN];
    *ret = feel_null();
    if (d->link.len == 0) {
        return OK;
    }
    if (job->trial != NULL) {
        *ret = feel_string(publish__link(p, job->arena, "preview"));
        return OK;
    }
    work_paper_link(job, d->link, paper, token);
    return record_seal(&plan, arena_printf(job->arena, "dossier:%lld", (long long)job->dossier),
                       feel_string(publish__link(p, job->arena, token)), ret, err);
}

enum error_code publish__document(void *context, const struct work_job *job, feel_value *ret, struct error *err)
{
    const struct scheme_document *d = described(job, err);
    int64_t id = d == NULL ? 0 : work_id(job, err);
    feel_value link = feel_null();
    if (d == NULL || id == 0) {
        return d == NULL ? ERROR_INVALID : ERROR_IO;
    }
    struct buf content = BUF_INIT(LIMIT_JSON_BYTES);
    enum error_code code = give_link(context, job, d, id, &link, err);
    code = code == OK ? publish__content(context, job, d, link, &content, err) : code;
    if (code == OK) {
        const struct publish__new_document made = {
            .id = id, .series = publish__series(job->arena, job->scheme->name, d->name, job->now), .name = d->name,
            .content = buf_str(&content), .seal = publish__seal_name(d->seal), .sample = work_rests_on_samples(job) };
        str names[] = { STR("document") };
        feel_value *values = ARENA_ARRAY(job->arena, feel_value, 1);
        values[0] = feel_string(arena_printf(job->arena, "%lld", (long long)id));
        *ret = feel_context(feel_shape_new(job->arena, names, 1), values);
        code = publish__add_document(job, &made, err) == 0 ? ERROR_IO : OK;
        if (code == OK && job->trial != NULL) {
            job->trial->made(job->trial->context, job, d->name, buf_str(&content));
        }
    }
    buf_release(&content);
    return code;
}
