/* issue: what becomes of a paper, of a dossier, in whose lane it is changed, or of a list. A draft is issued when its
 * seal is recorded, and served when it is said how, to whom and when; both start clocks. A paper that was written on a
 * pad is entered under the number of its block. */
#include "publish/publish_int.h"

#include "base/limit.h"

struct paper {
    int64_t id, version, number, issued, served;
    str name, state, seal;
    bool sample;
    const struct scheme_document *said; /* by the package of the dossier, or NULL */
};

static enum error_code read_paper(const struct work_job *job, int64_t id, struct paper *ret, struct error *err)
{
    struct store_value args[] = { store_int(id), store_int(job->dossier) };
    struct store_rows *r = store_query(job->view, "SELECT version, number, issued, served, sample, name, state, seal "
                                                  "FROM document WHERE id = ? AND dossier = ?", args, 2);
    bool there = store_next(r);
    if (there) {
        *ret = (struct paper){ id, store_column_int(r, 0), store_column_int(r, 1), store_column_int(r, 2),
                               store_column_int(r, 3), arena_str(job->arena, store_column_text(r, 5)),
                               arena_str(job->arena, store_column_text(r, 6)),
                               arena_str(job->arena, store_column_text(r, 7)), store_column_int(r, 4) != 0, NULL };
        ret->said = scheme_document(job->scheme, ret->name);
    }
    store_rows_end(r);
    return there ? OK
                 : error_set(err, ERROR_MISSING, "the dossier %lld has no document %lld", (long long)job->dossier,
                             (long long)id);
}

static enum error_code unfit(struct error *err, const struct paper *d, const char *why)
{
    error_set(err, ERROR_INVALID, "the document %lld cannot be changed so", (long long)d->id);
    error_detail(err, "%s", lang_text(err->lang, why));
    return ERROR_INVALID;
}

static void update(const struct work_job *job, struct store_value *row)
{
    store_update(job->change, STORE_TABLE_document, row);
}

/* ---- Seal ---- */

static enum error_code seal(const struct work_job *job, const struct work_paper *what, struct error *err)
{
    struct paper d;
    enum error_code code = read_paper(job, what->paper, &d, err);
    if (code != OK) {
        return code;
    }
    const char *why = str_eq(d.state, STR("void"))     ? "it is void"
                      : str_eq(d.state, STR("failed")) ? "its paper could not be made"
                      : d.issued != 0                  ? "it is issued already"
                                                       : NULL;
    if (why != NULL) {
        return unfit(err, &d, why);
    }
    code = publish__not_sample(job->view, d.sample, err);
    if (code == OK) {
        struct store_value *row = publish__row(job->arena, DOCUMENT__COLUMNS, d.id, d.version);
        row[DOCUMENT__ISSUED] = store_int(what->at);
        row[DOCUMENT__ISSUED_BY] = store_int(job->actor);
        update(job, row);
        work_news(job, "document ", d.name, " issued");
    }
    return code;
}

/* ---- Service ---- */

static bool is_way(const struct scheme_document *d, str how)
{
    for (uint32_t i = 0; d != NULL && i < d->serve_count; i++) {
        if (str_eq(d->serve[i], how)) {
            return true;
        }
    }
    return false;
}

static enum error_code no_such_way(struct error *err, const struct paper *d, str how)
{
    struct buf ways = BUF_INIT(512);
    for (uint32_t i = 0; d->said != NULL && i < d->said->serve_count; i++) {
        buf_addz(&ways, i == 0 ? "" : ", ");
        buf_add(&ways, d->said->serve[i]);
    }
    error_set(err, ERROR_INVALID, "the document \"%.*s\" is not served by \"%.*s\"", STR_ARG(d->name), STR_ARG(how));
    error_detail(err, "\"serve\": [%.*s]", STR_ARG(buf_str(&ways)));
    error_hint(err, "the ways of service stand under \"%s\" in scheme.json", "documents");
    buf_release(&ways);
    return ERROR_INVALID;
}

static str service(struct arena *a, feel_value with)
{
    static const char *const members[] = { "how", "to", "by", "note" };
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    json_writer_init(&w, &out, false);
    json_begin_object(&w);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        str text = feel_text_member(with, members[i]);
        if (text.len > 0) {
            json_text_member(&w, members[i], text);
        }
    }
    json_end_object(&w);
    str ret = arena_str(a, buf_str(&out));
    buf_release(&out);
    return ret;
}

/* The day in China, counted. */
static int64_t day_of(int64_t micros)
{
    return cal_days_from_date(publish__day(micros));
}

static enum error_code serve(const struct work_job *job, const struct work_paper *what, struct error *err)
{
    struct paper d;
    str how = feel_text_member(what->with, "how");
    enum error_code code = read_paper(job, what->paper, &d, err);
    if (code != OK) {
        return code;
    }
    const char *why = str_eq(d.state, STR("void")) ? "it is void"
                      : d.issued == 0              ? "it is not issued yet: record its seal first"
                      : d.served != 0              ? "it is served already"
                      : day_of(what->at) < day_of(d.issued) ? "it was issued later"
                                                            : NULL;
    if (why != NULL) {
        return unfit(err, &d, why);
    }
    if (!is_way(d.said, how)) {
        return no_such_way(err, &d, how);
    }
    if (feel_text_member(what->with, "to").len == 0) {
        return error_set(err, ERROR_INVALID, "service names whom it was served to: \"to\"");
    }
    struct store_value *row = publish__row(job->arena, DOCUMENT__COLUMNS, d.id, d.version);
    row[DOCUMENT__SERVED] = store_int(what->at);
    row[DOCUMENT__SERVICE] = store_text(service(job->arena, what->with));
    update(job, row);
    work_news(job, "document ", d.name, " served");
    return OK;
}

/* ---- Void ---- */

static enum error_code make_void(const struct work_job *job, const struct work_paper *what, struct error *err)
{
    struct paper d;
    enum error_code code = read_paper(job, what->paper, &d, err);
    if (code != OK) {
        return code;
    }
    if (what->text.len == 0) {
        return error_set(err, ERROR_INVALID, "a number is made void for a reason: give one");
    }
    if (str_eq(d.state, STR("void")) || d.issued != 0) {
        return unfit(err, &d, d.issued != 0 ? "it is issued already" : "it is void");
    }
    struct store_value *row = publish__row(job->arena, DOCUMENT__COLUMNS, d.id, d.version);
    row[DOCUMENT__STATE] = store_text(STR("void"));
    row[DOCUMENT__REASON] = store_text(what->text);
    update(job, row);
    work_news(job, "document ", d.name, " void");
    return OK;
}

/* ---- Papers from pads ---- */

/* A pad is stamped before it is given out: "sealed": true, and the paper is issued as it is written. */
static enum error_code enter(struct publish *p, const struct work_job *job, const struct work_paper *what,
                             struct error *err)
{
    const struct scheme_document *d = scheme_document(job->scheme, what->name);
    int64_t number = 0, year = publish__year(what->at);
    struct buf content = BUF_INIT(LIMIT_JSON_BYTES);
    if (d == NULL || !d->blocks) {
        return error_set(err, ERROR_INVALID, "the numbers of \"%.*s\" are not given out in blocks",
                         STR_ARG(what->name));
    }
    if (!feel_typed_whole(feel_member(what->with, "number"), &number) || number <= 0) {
        return error_set(err, ERROR_INVALID, "\"%s\" is no whole number", "number");
    }
    feel_typed_whole(feel_member(what->with, "year"), &year);
    bool sealed = feel_is_true(feel_member(what->with, "sealed"));
    enum error_code code = publish__content(p, job, d, feel_null(), &content, err);
    if (code == OK) {
        const struct publish__new_document made = {
            .series = arena_printf(job->arena, "%.*s/%.*s/%lld", STR_ARG(job->scheme->name), STR_ARG(d->name),
                                   (long long)year),
            .name = d->name, .content = buf_str(&content),
            .seal = sealed ? "none" : publish__seal_name(d->seal), .sample = work_rests_on_samples(job),
            .number = number, .made = true };
        int64_t id = publish__add_document(job, &made, err);
        code = id == 0 ? ERROR_IO : publish__use_number(job, made.series, number, id, err);
    }
    buf_release(&content);
    return code;
}

enum error_code publish__on_paper(void *context, const struct work_job *job, struct work_paper *what,
                                  struct error *err)
{
    switch (what->act) {
    case WORK_PUBLISH:
    case WORK_DECLINE: return publish__word(context, job, what, err);
    case WORK_SEAL: return seal(job, what, err);
    case WORK_SERVE: return serve(job, what, err);
    case WORK_VOID: return make_void(job, what, err);
    default: return enter(context, job, what, err);
    }
}

/* ---- Papers of lists, which have no dossier ---- */

static enum error_code may(struct publish *p, const struct work_job *job, enum people_verb verb, struct error *err)
{
    const struct people_tree *tree;
    struct people_actor who;
    struct people_verdict verdict;
    const struct people_object object = { .kind = PEOPLE_KIND_DOCUMENT, .office = job->office };
    if (p->config.people == NULL || job->actor == 0) {
        return OK;
    }
    enum error_code code = people_tree(p->config.people, job->view, &tree, err);
    if (code != OK) {
        return code;
    }
    code = people_actor(job->view, tree, job->arena, job->actor, job->now, &who, err);
    if (code == OK && !people_may(tree, &who, verb, &object, &verdict, err)) {
        code = err->code;
    }
    people_tree_end(p->config.people, tree);
    return code;
}

/* The office that made the list, and its package. */
static enum error_code read_list(struct publish *p, struct work_job *job, int64_t document, struct error *err)
{
    struct store_value args[] = { store_int(document) };
    struct store_rows *r = store_query(job->view, "SELECT office, bundle FROM assessment WHERE document = ?", args, 1);
    bool there = document != 0 && store_next(r);
    str bundle = there ? arena_str(job->arena, store_column_text(r, 1)) : STR("");
    job->office = there ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return there ? record_scheme(p->config.record, job->view, bundle, &job->scheme, err)
                 : error_set(err, ERROR_MISSING, "there is no document %lld", (long long)document);
}

static enum error_code change_list(struct publish *p, struct work_job *job, const struct work_request *rq,
                                   struct error *err)
{
    feel_value with = feel_null();
    struct work_paper what = { .act = rq->act, .paper = rq->paper, .text = rq->text };
    bool seals = rq->act == WORK_SEAL;
    enum error_code code = rq->with.len == 0 ? OK : feel_json_read(job->arena, rq->with, &with, err);
    if (code == OK && !work_read_at(feel_text_member(with, "at"), job->now, &what.at)) {
        code = error_set(err, ERROR_INVALID, "\"at\" is a day or an instant, and none that is to come");
    }
    if (code == OK && !seals && rq->act != WORK_VOID) {
        code = error_set(err, ERROR_INVALID, "the paper of a list is sealed or void, nothing else");
    }
    code = code == OK ? read_list(p, job, rq->paper, err) : code;
    code = code == OK ? may(p, job, seals ? PEOPLE_VERB_SEAL : PEOPLE_VERB_VOID, err) : code;
    return code != OK ? code : seals ? seal(job, &what, err) : make_void(job, &what, err);
}

static enum error_code on_list(struct publish *p, const struct work_request *rq, int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct work_job job = { .work = p->config.work, .change = store_change(&a), .arena = &a, .actor = rq->actor,
                            .now = now };
    enum error_code code = store_view(p->config.store, &job.view, err);
    if (code == OK) {
        code = change_list(p, &job, rq, err);
        store_view_end(job.view);
    }
    code = code == OK ? publish__audit(p, job.change, now, rq->actor, work_act_name(rq->act), "document", rq->paper,
                                       rq->act == WORK_VOID ? publish__because(&a, rq->text) : STR("{}"), err)
                      : code;
    code = code == OK ? publish__commit(p, job.change, err) : code;
    arena_release(&a);
    return code;
}

static enum error_code in_lane(struct publish *p, const struct work_request *rq, struct error *err)
{
    struct work_answer answer = work_do(p->config.work, rq, err->lang);
    if (answer.outcome == WORK_OK) {
        return OK;
    }
    *err = answer.error;
    bool later = answer.outcome == WORK_BUSY || answer.outcome == WORK_READ_ONLY || answer.outcome == WORK_LOST;
    return later ? ERROR_IO : err->code != OK ? err->code : ERROR_INVALID;
}

enum error_code publish_change_paper(struct publish *p, const struct work_request *rq, int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct publish_document d;
    struct work_request own = *rq;
    enum error_code code = store_view(p->config.store, &v, err);
    if (code != OK) {
        return code;
    }
    bool there = publish_read_document(v, rq->paper, &a, &d);
    own.dossier = there ? d.dossier : 0;
    store_view_end(v);
    arena_release(&a);
    return own.dossier != 0 ? in_lane(p, &own, err) : on_list(p, &own, now, err);
}
