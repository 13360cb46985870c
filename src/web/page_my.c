/* page_my: what an applicant has with the office: /my and his dossiers. Each page says where a dossier is, what happens
 * next and by when, and what he himself must do. A dossier that is not his own is not there. */
#include "web/apply.h"
#include "web/desk_int.h"

#include "base/limit.h"
#include "scheme/fact.h"

enum { MOST = 100, PAPERS = 50 };

/* ---- What one has ---- */

enum { SERVED = 10, SERVED_OF = 20 }; /* papers on /my, and the dossiers whose papers are looked through */

static struct work_reader reader_of(const struct web__call *c)
{
    return (struct work_reader){ .person = c->person, .now = c->now, .party = c->party };
}

static feel_value parsed(struct web__call *c, struct buf *json)
{
    feel_value v = feel_null();
    feel_json_read(c->arena, arena_str(c->arena, buf_str(json)), &v, NULL);
    buf_release(json);
    return v;
}

static str text_of(struct web__call *c, feel_value v, const char *name)
{
    return publish_shown(c->arena, feel_member(v, name));
}

/* "2026-11-28T18:23:05+08:00" as "2026-11-28 18:23"; of a limit, which is the end of a day, that day. */
static str minute_of(struct web__call *c, str instant)
{
    return instant.len < 16 ? STR("") : arena_printf(c->arena, "%.10s %.5s", instant.ptr, instant.ptr + 11);
}

static str last_day(struct web__call *c, str instant)
{
    feel_value v = feel_from_text(instant, feel_type_named(STR("date and time")));
    cal_datetime t;
    if (v.kind != FEEL_DATE_TIME || !cal_datetime_from_utc(cal_utc_seconds(v.date_time) - 1, 0, 8 * 3600, &t) ||
        t.year >= 9000) {
        return STR("");
    }
    return arena_printf(c->arena, "%04d-%02d-%02d", t.year, t.month, t.day);
}

/* What schemes and processes are called. */
static void put_names(struct web__call *c, struct store_view *v, struct node *n, str scheme, str process)
{
    const struct scheme *s;
    struct error err = { .code = OK };
    str title = scheme, own = STR("");
    if (record_installed(c->web->config.record, v, scheme, &s, &err) == OK) {
        const struct scheme_process *said = scheme_process(s, process);
        title = arena_str(c->arena, scheme_text(s->title, c->lang));
        own = said == NULL ? STR("") : arena_str(c->arena, scheme_text(said->title, c->lang));
    }
    node_put_text(n, "scheme", title.len > 0 ? title : scheme);
    node_put_text(n, "process", own);
}

static bool is_issued(const struct publish_document *d)
{
    return d->issued != 0 && d->blob.len > 0 && !str_eq(d->state, STR("void"));
}

/* The steps that a dossier is at, with their limits. */
static void put_now(struct web__call *c, struct store_view *v, struct node *n, int64_t dossier)
{
    const struct work_reader who = reader_of(c);
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = c->lang };
    work_show(c->web->config.work, v, &who, dossier, WORK_VIEW_DOSSIER, STR(""), &out, &err);
    feel_value steps = feel_member(parsed(c, &out), "steps");
    struct node *list = node_put_list(n, "now");
    for (uint32_t i = 0; steps.kind == FEEL_LIST && i < steps.count; i++) {
        if (str_eq(feel_text_member(steps.items[i], "is"), STR("now"))) {
            struct node *step = node_add_object(list);
            node_put_text(step, "name", text_of(c, steps.items[i], "name"));
            node_put_text(step, "day", text_of(c, steps.items[i], "day"));
            node_put_true(step, "stands", feel_member(steps.items[i], "stopped").kind == FEEL_CONTEXT);
        }
    }
}

/* The way to the page where what was done in a dossier is rated. */
static void put_ratable(struct web__call *c, struct node *n, int64_t dossier, str code)
{
    node_put_int(n, "dossier", dossier);
    node_put_text(n, "rate", arena_printf(c->arena, "/rate?number=%lld&code=%.*s", (long long)dossier, STR_ARG(code)));
}

/* Part of another dossier of one's own, and shown there too: an objection. */
static bool is_part(feel_value d, int64_t *ret_parent)
{
    *ret_parent = feel_whole_member(d, "parent");
    return *ret_parent != 0 && str_eq(feel_text_member(d, "scheme"), STR("core"));
}

static void put_dossiers(struct web__call *c, struct store_view *v, feel_value own)
{
    feel_value list = feel_member(own, "dossiers");
    struct node *running = node_put_list(c->model, "running"), *over = node_put_list(c->model, "over");
    struct node *objections = node_put_list(c->model, "objections"), *ratable = node_put_list(c->model, "ratable");
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        feel_value d = list.items[i];
        int64_t number = feel_whole_member(d, "dossier"), parent;
        bool runs = str_eq(feel_text_member(d, "outcome"), STR("running")), part = is_part(d, &parent);
        struct node *n = node_add_object(part ? objections : runs ? running : over);
        node_put_int(n, "dossier", number);
        node_put_int(n, "parent", parent);
        node_put_true(n, "runs", runs);
        if (publish_ratable(v, number, c->now)) {
            put_ratable(c, node_add_object(ratable), number, feel_text_member(d, "code"));
        }
        put_names(c, v, n, feel_text_member(d, "scheme"), feel_text_member(d, "process"));
        node_put_text(n, "outcome", text_of(c, d, "outcome"));
        node_put_text(n, "opened", minute_of(c, text_of(c, d, "opened")));
        node_put_text(n, "closed", minute_of(c, text_of(c, d, "closed")));
        if (runs) {
            put_now(c, v, n, number);
        }
    }
}

/* The scheme of one of his dossiers. */
static str scheme_of(feel_value own, int64_t dossier)
{
    feel_value list = feel_member(own, "dossiers");
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        if (feel_whole_member(list.items[i], "dossier") == dossier) {
            return feel_text_member(list.items[i], "scheme");
        }
    }
    return STR("");
}

static void put_tasks(struct web__call *c, struct store_view *v, feel_value own, int64_t dossier)
{
    feel_value list = feel_member(own, "tasks");
    struct node *tasks = node_put_list(c->model, "tasks");
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        int64_t number = feel_whole_member(list.items[i], "dossier");
        if (dossier == 0 || number == dossier) {
            struct node *n = node_add_object(tasks);
            node_put_text(n, "name", web__task_called(c, v, scheme_of(own, number), text_of(c, list.items[i], "name")));
            node_put_int(n, "dossier", number);
            node_put_text(n, "wait", text_of(c, list.items[i], "wait"));
            node_put_text(n, "due", last_day(c, text_of(c, list.items[i], "due")));
        }
    }
}

/* The papers that were served last. */
static void put_served(struct web__call *c, struct store_view *v, feel_value own)
{
    feel_value list = feel_member(own, "dossiers");
    struct node *served = node_put_list(c->model, "served");
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count && i < SERVED_OF; i++) {
        struct publish_document rows[PAPERS];
        int64_t number = feel_whole_member(list.items[i], "dossier");
        uint32_t count = publish_list_documents(v, number, INT64_MAX, PAPERS, c->arena, rows);
        for (uint32_t k = 0; k < count && served->count < SERVED; k++) {
            if (rows[k].served != 0 && is_issued(&rows[k])) {
                struct node *n = node_add_object(served);
                node_put_int(n, "id", rows[k].id);
                node_put_int(n, "dossier", number);
                node_put_text(n, "name", web__paper_name(c, v, &rows[k]));
                web__put_instant(n, "served", rows[k].served);
            }
        }
    }
}

static void put_tells(struct web__call *c, feel_value own)
{
    feel_value list = feel_member(own, "tells");
    struct node *tells = node_put_list(c->model, "tells");
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        struct node *n = node_add_object(tells);
        feel_value what = feel_member(list.items[i], "what");
        str dossier = text_of(c, list.items[i], "dossier");
        node_put_text(n, "at", minute_of(c, text_of(c, list.items[i], "at")));
        node_put_text(n, "dossier", str_eq(dossier, STR("0")) ? STR("") : dossier);
        for (uint32_t k = 0; what.kind == FEEL_CONTEXT && k < what.count; k++) {
            str name = what.shape->names[k];
            if (str_eq(name, STR("clock")) || str_eq(name, STR("due")) || str_eq(name, STR("day")) ||
                str_eq(name, STR("text"))) {
                node_put_text(n, arena_str(c->arena, name).ptr, publish_shown(c->arena, what.values[k]));
            }
        }
    }
}

static void put_drafts(struct web__call *c, struct store_view *v, feel_value own)
{
    feel_value list = feel_member(own, "drafts");
    struct node *drafts = node_put_list(c->model, "drafts");
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        struct node *n = node_add_object(drafts);
        str scheme = feel_text_member(list.items[i], "scheme"), process = feel_text_member(list.items[i], "process");
        put_names(c, v, n, scheme, process);
        node_put_text(n, "link", arena_printf(c->arena, "/apply/%.*s/%.*s", STR_ARG(scheme), STR_ARG(process)));
        node_put_text(n, "at", minute_of(c, text_of(c, list.items[i], "at")));
    }
}

/* What may be begun on the web, by schemes. */
static void put_starts(struct web__call *c, struct store_view *v)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    work_write_schemes(v, &out);
    feel_value list = parsed(c, &out);
    struct node *starts = node_put_list(c->model, "starts");
    str last = STR("");
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        const struct scheme *s;
        struct error err = { .code = OK };
        str name = feel_text_member(list.items[i], "scheme");
        if (str_eq(name, last) || str_eq(name, STR("core")) ||
            record_installed(c->web->config.record, v, name, &s, &err) != OK) {
            continue;
        }
        last = name;
        for (uint32_t k = 0; k < s->procedure_count; k++) {
            const struct scheme_process *said = &s->procedures[k];
            if ((said->start_by & SCHEME_START_WEB) != 0 && said->start_form.len > 0 &&
                str_eq(said->subject, STR("party"))) {
                struct node *n = node_add_object(starts);
                put_names(c, v, n, name, said->id);
                node_put_text(n, "link", arena_printf(c->arena, "/apply/%.*s/%.*s", STR_ARG(name),
                                                      STR_ARG(said->id)));
                node_put_text(n, "gap", arena_printf(c->arena, "/gap/%.*s/%.*s", STR_ARG(name), STR_ARG(said->id)));
            }
        }
    }
}

static feel_value read_own(struct web__call *c, struct store_view *v)
{
    const struct work_reader who = reader_of(c);
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    work_write_own(v, &who, MOST, &out);
    return parsed(c, &out);
}

void web__page_my(struct web__call *c)
{
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    feel_value own = read_own(c, v);
    put_tasks(c, v, own, 0);
    put_dossiers(c, v, own);
    put_served(c, v, own);
    put_tells(c, own);
    put_drafts(c, v, own);
    put_starts(c, v);
    node_put_text(c->model, "party", c->party);
    node_put_text(c->model, "called", c->party_name);
    node_put_true(c->model, "named", !str_eq(c->party, c->party_name));
    if (web__view_end(c, v)) {
        web__answer(c, 200, page_my);
    }
}

/* ---- One dossier ---- */

feel_value web__open_own(struct web__call *c, struct store_view **ret_view, struct work_dossier *ret)
{
    const struct work_reader who = reader_of(c);
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = c->lang };
    if ((*ret_view = web__view(c)) == NULL) {
        return feel_null();
    }
    enum error_code code = work_show(c->web->config.work, *ret_view, &who, c->number, WORK_VIEW_DOSSIER, STR(""),
                                     &out, &err);
    if (code == OK && !work_read_dossier(*ret_view, c->number, c->arena, ret)) {
        code = error_set(&err, ERROR_MISSING, "there is no dossier %lld", (long long)c->number);
    }
    if (code == OK) {
        return parsed(c, &out);
    }
    buf_release(&out);
    if (web__view_end(c, *ret_view)) {
        web__refuse(c, code == ERROR_MISSING ? 404 : 503, &err);
    }
    return feel_null();
}

static void put_steps(struct web__call *c, feel_value shown)
{
    feel_value steps = feel_member(shown, "steps");
    struct node *list = node_put_list(c->model, "steps");
    for (uint32_t i = 0; steps.kind == FEEL_LIST && i < steps.count; i++) {
        feel_value s = steps.items[i];
        str is = feel_text_member(s, "is");
        struct node *n = node_add_object(list);
        node_put_text(n, "name", text_of(c, s, "name"));
        node_put_text(n, "is", is);
        node_put_word(n, "look", str_eq(is, STR("done")) ? "past" : str_eq(is, STR("now")) ? "now" : "next");
        node_put_text(n, "since", minute_of(c, text_of(c, s, "since")));
        node_put_text(n, "day", text_of(c, s, "day"));
        node_put_text(n, "for", text_of(c, s, "for"));
        node_put_true(n, "provisional", feel_is_true(feel_member(s, "provisional")));
        feel_value stopped = feel_member(s, "stopped");
        if (stopped.kind == FEEL_CONTEXT) {
            struct node *stands = node_put_object(n, "stopped");
            node_put_text(stands, "at", minute_of(c, text_of(c, stopped, "at")));
            node_put_text(stands, "reason", text_of(c, stopped, "reason"));
            node_put_text(stands, "clause", text_of(c, stopped, "clause"));
            node_put_true(stands, "party", str_eq(feel_text_member(stopped, "for"), STR("party")));
        }
    }
}

/* One's objections in the dossier: what was said, by when it is answered, what was answered and why. */
static void put_objections(struct web__call *c, feel_value shown)
{
    feel_value list = feel_member(shown, "objections");
    struct node *objections = node_put_list(c->model, "objections");
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        struct node *n = node_add_object(objections);
        node_put_text(n, "dossier", text_of(c, list.items[i], "dossier"));
        node_put_text(n, "opened", minute_of(c, text_of(c, list.items[i], "opened")));
        node_put_text(n, "closed", minute_of(c, text_of(c, list.items[i], "closed")));
        node_put_text(n, "day", text_of(c, list.items[i], "day"));
        node_put_text(n, "ground", text_of(c, list.items[i], "ground"));
        node_put_text(n, "decided", text_of(c, list.items[i], "decided"));
        node_put_text(n, "why", text_of(c, list.items[i], "why"));
    }
    node_put_true(c->model, "may_object", feel_is_true(feel_member(shown, "may_object")));
}

static void put_papers(struct web__call *c, struct store_view *v, int64_t dossier)
{
    struct publish_document rows[PAPERS];
    uint32_t count = publish_list_documents(v, dossier, INT64_MAX, PAPERS, c->arena, rows);
    struct node *list = node_put_list(c->model, "papers");
    for (uint32_t i = 0; i < count; i++) {
        if (is_issued(&rows[i])) {
            struct node *n = node_add_object(list);
            node_put_int(n, "id", rows[i].id);
            node_put_text(n, "name", web__paper_name(c, v, &rows[i]));
            node_put_text(n, "series", rows[i].series);
            node_put_int(n, "number", rows[i].number);
            web__put_instant(n, "issued", rows[i].issued);
            web__put_instant(n, "served", rows[i].served);
        }
    }
}

/* A value of an item in words: lists without brackets, yes and no. */
static str in_words(struct web__call *c, feel_value v)
{
    struct buf out = BUF_INIT(LIMIT_FORM_TEXT);
    if (v.kind == FEEL_BOOLEAN) {
        return str_of(lang_text(c->lang, feel_is_true(v) ? "yes" : "no"));
    }
    if (v.kind != FEEL_LIST) {
        return publish_shown(c->arena, v);
    }
    for (uint32_t i = 0; i < v.count; i++) {
        buf_printf(&out, "%s%.*s", i > 0 ? "、" : "", STR_ARG(publish_shown(c->arena, v.items[i])));
    }
    str text = arena_str(c->arena, buf_str(&out));
    buf_release(&out);
    return text;
}

static const char *look_of(str result)
{
    return str_eq(result, STR("met"))           ? "tag good"
           : str_eq(result, STR("not met"))     ? "tag bad"
           : str_eq(result, STR("judgement")) ? "tag fair"
                                                : "tag still";
}

static void put_items(struct web__call *c, feel_value items, struct node *into)
{
    static const char *const names[] = { "id", "title", "clause", "have", "need", "gap", "full", "got" };
    struct node *list = node_put_list(into, "items");
    for (uint32_t i = 0; items.kind == FEEL_LIST && i < items.count; i++) {
        struct node *n = node_add_object(list);
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            node_put_text(n, names[k], in_words(c, feel_member(items.items[i], names[k])));
        }
        str result = feel_text_member(items.items[i], "result");
        node_put_text(n, "result", result);
        node_put_word(n, "look", look_of(result));
        node_put_true(n, "lacks", str_eq(result, STR("not met")));
    }
}

static void put_reasons(struct web__call *c, struct store_view *v, int64_t dossier)
{
    const struct work_reader who = reader_of(c);
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = c->lang };
    if (publish_write_reasons(c->web->config.publish, v, &who, dossier, &out, &err) != OK) {
        buf_release(&out);
        return;
    }
    feel_value list = feel_member(parsed(c, &out), "decisions");
    struct node *reasons = node_put_list(c->model, "reasons");
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        if (feel_member(list.items[i], "items").count == 0) {
            continue; /* nothing of it is for the party yet */
        }
        struct node *n = node_add_object(reasons);
        node_put_text(n, "title", text_of(c, list.items[i], "title"));
        node_put_true(n, "sheet", str_eq(feel_text_member(list.items[i], "shape"), STR("sheet")));
        put_items(c, feel_member(list.items[i], "items"), n);
    }
}

static void put_notices(struct web__call *c, feel_value shown)
{
    feel_value list = feel_member(shown, "notices");
    struct node *notices = node_put_list(c->model, "notices");
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        struct node *n = node_add_object(notices);
        node_put_text(n, "id", text_of(c, list.items[i], "notice"));
        node_put_text(n, "title", text_of(c, list.items[i], "title"));
    }
}

/* What the office begins of itself, only the office ends. */
static bool is_begun_by_parties(struct web__call *c, struct store_view *v, const struct work_dossier *d)
{
    const struct scheme *s;
    bool known = record_scheme(c->web->config.record, v, d->bundle, &s, NULL) == OK;
    const struct scheme_process *said = known ? scheme_process(s, d->process) : NULL;
    return said == NULL || (said->start_by & SCHEME_START_WEB) != 0;
}

static void put_dossier(struct web__call *c, const struct work_dossier *d, feel_value shown, struct store_view *v)
{
    node_put_int(c->model, "dossier", d->id);
    node_put_text(c->model, "code", d->code);
    node_put_text(c->model, "outcome", d->outcome);
    node_put_true(c->model, "runs", str_eq(d->outcome, STR("running")));
    node_put_text(c->model, "opened", web__instant(c->arena, d->opened));
    node_put_text(c->model, "closed", web__instant(c->arena, d->closed));
    node_put_text(c->model, "due", text_of(c, shown, "day"));
    put_names(c, v, c->model, d->scheme, d->process);
    node_put_true(c->model, "may_withdraw", str_eq(d->outcome, STR("running")) && is_begun_by_parties(c, v, d));
    put_steps(c, shown);
    web__crumb(c, "My business", STR("/my"));
}

/* Whether the page lists an issued paper of that name. */
static bool has_paper(const struct web__call *c, str name)
{
    const struct node *papers = node_member(c->model, STR("papers"));
    for (const struct node *n = papers == NULL ? NULL : papers->first; n != NULL; n = n->next) {
        if (str_eq(node_text(n, "name"), name)) {
            return true;
        }
    }
    return false;
}

/* The form with which the dossier began, as a paper of the package: the one that the manifest gives no seal and whose
 * layout has a form in it. */
static void put_form_paper(struct web__call *c, struct store_view *v, const struct work_dossier *d)
{
    const struct scheme *s;
    struct error err = { .code = OK };
    if (!str_eq(d->outcome, STR("running")) ||
        record_scheme(c->web->config.record, v, d->bundle, &s, &err) != OK) {
        return;
    }
    for (uint32_t i = 0; i < s->document_count; i++) {
        feel_value blocks = feel_member(s->documents[i].layout, "blocks");
        for (uint32_t k = 0; blocks.kind == FEEL_LIST && k < blocks.count; k++) {
            if (str_eq(feel_text_member(blocks.items[k], "type"), STR("form")) &&
                !has_paper(c, s->documents[i].name)) {
                node_put_text(c->model, "form_paper", arena_str(c->arena, s->documents[i].name));
                return;
            }
        }
    }
}

/* The ledgers of the dossier that the party fills in, while it runs. */
static void put_ledgers(struct web__call *c, struct store_view *v, const struct work_dossier *d)
{
    const struct scheme *s;
    struct node *list = node_put_list(c->model, "ledgers");
    if (!str_eq(d->outcome, STR("running")) ||
        record_installed(c->web->config.record, v, d->scheme, &s, NULL) != OK) {
        return;
    }
    for (uint32_t i = 0; i < s->ledger_count; i++) {
        if (web__is_partys(&s->ledgers[i])) {
            struct node *n = node_add_object(list);
            node_put_text(n, "ledger", arena_str(c->arena, s->ledgers[i].name));
            node_put_text(n, "title", web__called(c, s->ledgers[i].title, s->ledgers[i].name));
        }
    }
}

void web__page_mine(struct web__call *c)
{
    struct store_view *v;
    struct work_dossier d;
    feel_value shown = web__open_own(c, &v, &d);
    if (shown.kind == FEEL_NULL) {
        return;
    }
    put_dossier(c, &d, shown, v);
    web__crumb(c, "Dossier", STR(""));
    if (str_eq(web__text(c, "done"), STR("objected"))) {
        node_put_word(c->model, "done", "Your objection was received");
    }
    put_tasks(c, v, read_own(c, v), d.id);
    put_papers(c, v, d.id);
    put_objections(c, shown);
    if (publish_ratable(v, d.id, c->now)) {
        put_ratable(c, c->model, d.id, d.code);
    }
    put_notices(c, shown);
    put_reasons(c, v, d.id);
    put_form_paper(c, v, &d);
    put_ledgers(c, v, &d);
    if (web__view_end(c, v)) {
        web__answer(c, 200, page_my_dossier);
    }
}

void web__page_receipt(struct web__call *c)
{
    struct store_view *v;
    struct work_dossier d;
    feel_value shown = web__open_own(c, &v, &d);
    if (shown.kind == FEEL_NULL) {
        return;
    }
    put_dossier(c, &d, shown, v);
    web__crumb(c, "Dossier", arena_printf(c->arena, "/my/%lld", (long long)d.id));
    web__crumb(c, "Receipt", STR(""));
    put_form_paper(c, v, &d);
    if (web__view_end(c, v)) {
        web__answer(c, 200, page_my_receipt);
    }
}

/* ---- Papers ---- */

static void printed(void *context, const struct helper_answer *answer)
{
    struct web__call *c = context;
    if (answer->code != OK) {
        web__refuse(c, 503, answer->error);
        return;
    }
    http_add_header(c->r, "Cache-Control", STR("no-store"));
    http_send(c->r, 200, STR("application/pdf"), arena_str(c->arena, answer->reply));
}

/* Only the paper that shows one's own form: another one would be made of what the office has not decided yet. */
void web__pdf_mine(struct web__call *c)
{
    struct store_view *v;
    struct work_dossier d;
    struct error err = { .lang = c->lang };
    struct buf request = BUF_INIT(LIMIT_HELPER_REQUEST);
    if (web__open_own(c, &v, &d).kind == FEEL_NULL) {
        return;
    }
    put_form_paper(c, v, &d);
    if (!web__view_end(c, v)) {
        return;
    }
    enum error_code code = ERROR_MISSING;
    if (c->words[0].len == 0 || !str_eq(node_text(c->model, "form_paper"), c->words[0])) {
        error_set(&err, ERROR_MISSING, "there is no such paper");
    } else {
        code = publish_preview(c->web->config.publish, &d.id, 1, c->words[0], feel_null(),
                               c->now, &request, &err);
    }
    if (code == OK) {
        struct web__call *kept = ARENA_NEW(c->arena, struct web__call);
        *kept = *c;
        publish_print(c->web->config.publish, arena_str(c->arena, buf_str(&request)), c->lang, printed, kept);
    } else {
        web__refuse(c, code == ERROR_MISSING ? 404 : 503, &err);
    }
    buf_release(&request);
}

void web__pdf_paper(struct web__call *c)
{
    struct store_view *v;
    struct work_dossier d;
    struct publish_document paper;
    if (web__open_own(c, &v, &d).kind == FEEL_NULL) {
        return;
    }
    bool there = publish_read_document(v, c->numbers[1], c->arena, &paper) && paper.dossier == d.id &&
                 paper.issued != 0 && !str_eq(paper.state, STR("void"));
    if (web__view_end(c, v)) {
        web__send_pdf(c, !there ? STR("") : paper.sealed.len > 0 ? paper.sealed : paper.blob, false);
    }
}

void web__file_mine(struct web__call *c)
{
    struct store_view *v;
    struct work_dossier d;
    str hash = web__text(c, "hash"), name = STR("");
    if (web__open_own(c, &v, &d).kind == FEEL_NULL) {
        return;
    }
    bool there = work_file(c->web->config.work, v, d.id, hash, true, c->arena, &name);
    if (!web__view_end(c, v)) {
        return;
    }
    web__send_found(c, there, hash, name);
}

/* ---- Taking back ---- */

void web__page_withdraw(struct web__call *c)
{
    struct store_view *v;
    struct work_dossier d;
    struct error err = { .lang = c->lang };
    feel_value shown = web__open_own(c, &v, &d);
    if (shown.kind == FEEL_NULL) {
        return;
    }
    put_dossier(c, &d, shown, v);
    web__crumb(c, "Dossier", arena_printf(c->arena, "/my/%lld", (long long)d.id));
    web__crumb(c, "Take back", STR(""));
    bool may = node_member(c->model, STR("may_withdraw")) != NULL;
    if (!web__view_end(c, v)) {
        return;
    }
    if (may) {
        web__answer(c, 200, page_my_withdraw);
        return;
    }
    error_set(&err, ERROR_INVALID, "this cannot be taken back");
    error_hint(&err, "it is over, or the office has begun it: look at the page of the dossier for what can be done");
    web__refuse(c, 409, &err);
}

/* Back to the dossier, or to a place in it. */
static void go_back(struct web__call *c, const struct work_answer *answer, const char *place)
{
    if (answer->outcome == WORK_OK) {
        web_changed(c->web);
        web__go(c, arena_printf(c->arena, "/my/%lld%s", (long long)c->number, place));
    } else {
        web__refuse(c, web__status_of(answer->outcome), &answer->error);
    }
}

static void went(void *context, const struct work_answer *answer)
{
    go_back(context, answer, "");
}

void web__form_withdraw(struct web__call *c)
{
    const struct work_request rq = { .act = WORK_WITHDRAW, .actor = c->person, .party = c->party,
                                     .dossier = c->number, .text = web__text(c, "reason") };
    struct web__call *kept = ARENA_NEW(c->arena, struct web__call);
    *kept = *c;
    work_submit(c->web->config.work, &rq, c->lang, went, kept);
}

/* ---- Objecting ---- */

static void draw_objection(struct web__call *c, int status)
{
    struct store_view *v;
    struct work_dossier d;
    feel_value shown = web__open_own(c, &v, &d);
    if (shown.kind == FEEL_NULL) {
        return;
    }
    put_dossier(c, &d, shown, v);
    node_put_true(c->model, "may_object", feel_is_true(feel_member(shown, "may_object")));
    node_put_text(c->model, "ground", web__text(c, "ground"));
    web__crumb(c, "Dossier", arena_printf(c->arena, "/my/%lld", (long long)d.id));
    web__crumb(c, "Object", STR(""));
    if (web__view_end(c, v)) {
        web__answer(c, status, page_my_object);
    }
}

void web__page_my_object(struct web__call *c)
{
    draw_objection(c, 200);
}

static void objected(void *context, const struct work_answer *answer)
{
    go_back(context, answer, "?done=objected#objections");
}

void web__form_my_object(struct web__call *c)
{
    str ground = str_trim(web__text(c, "ground"));
    struct error err = { .lang = c->lang };
    if (ground.len == 0) {
        error_set(&err, ERROR_INVALID, "the ground is missing");
        error_hint(&err, "say which finding is wrong and why");
        web__problem(c, &err, "#ground");
        draw_objection(c, 422);
        return;
    }
    const struct work_request rq = { .act = WORK_OBJECT, .actor = c->person, .party = c->party, .dossier = c->number,
                                     .text = ground };
    struct web__call *kept = ARENA_NEW(c->arena, struct web__call);
    *kept = *c;
    work_submit(c->web->config.work, &rq, c->lang, objected, kept);
}

/* ---- Tasks ---- */

/* Whether a component is what a path from the top leads to: a field, a list, or a group that has a path. */
static bool is_at(const struct form *f, const struct form_component *one, str path)
{
    if (one->pattern.len > 0) {
        return str_eq(one->pattern, path);
    }
    bool top = str_eq(one->key, path);
    for (int32_t up = one->parent; top && up != FORM_NONE; up = form_component(f, (uint32_t)up)->parent) {
        top = form_component(f, (uint32_t)up)->key.len == 0;
    }
    return top;
}

/* The office's words about everything in one part of the form: "label：text" where they are about something inside. */
static str words_about(struct apply *p, feel_value questions, str root)
{
    struct buf out = BUF_INIT(LIMIT_FORM_TEXT);
    for (uint32_t i = 0; i < questions.count; i++) {
        feel_value q = questions.items[i];
        str path = q.kind == FEEL_STRING ? feel_str(q) : feel_text_member(q, "path");
        str text = feel_text_member(q, "text"), label = feel_text_member(q, "label");
        if (text.len > 0 && str_eq(web__root(path), root)) {
            bool inside = !str_eq(path, root) && label.len > 0;
            buf_printf(&out, "%s%.*s%s%.*s", out.len > 0 ? "；" : "", STR_ARG(inside ? label : STR("")),
                       inside ? "：" : "", STR_ARG(text));
        }
    }
    str words = arena_str(p->call->arena, buf_str(&out));
    buf_release(&out);
    return words;
}

static bool was_before(feel_value questions, uint32_t i, str root)
{
    bool before = false;
    for (uint32_t k = 0; k < i && !before; k++) {
        feel_value q = questions.items[k];
        before = str_eq(web__root(q.kind == FEEL_STRING ? feel_str(q) : feel_text_member(q, "path")), root);
    }
    return before;
}

/* What a correction may change: a part for each root of the paths, with the office's words. */
static enum error_code put_open(struct apply *p, const struct form_request *rq, struct node *list, struct error *err)
{
    struct web__call *c = p->call;
    const struct form *f = p->desk->form;
    feel_value questions = p->desk->questions;
    enum error_code code = OK;
    for (uint32_t i = 0; questions.kind == FEEL_LIST && i < questions.count && code == OK; i++) {
        feel_value q = questions.items[i];
        str path = web__root(q.kind == FEEL_STRING ? feel_str(q) : feel_text_member(q, "path"));
        for (uint32_t k = 0; !was_before(questions, i, path) && k < form_count(f); k++) {
            const struct form_component *one = form_component(f, k);
            if (!is_at(f, one, path)) {
                continue;
            }
            struct node *n = node_add_object(list);
            struct web__part part = { .form = f, .first = k, .end = one->end, .problems = p->problems,
                                      .problem_count = p->problem_count, .from = feel_null(), .view = p->view };
            node_put_text(n, "words", words_about(p, questions, path));
            code = web__put_part(c, &part, p->desk->ev, rq, n, err);
            break;
        }
    }
    return code;
}

/* What comes when the task is done. */
static void put_next(struct web__call *c, struct store_view *v, int64_t dossier)
{
    const struct work_reader who = reader_of(c);
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = c->lang };
    work_show(c->web->config.work, v, &who, dossier, WORK_VIEW_DOSSIER, STR(""), &out, &err);
    feel_value steps = feel_member(parsed(c, &out), "steps");
    struct node *list = node_put_list(c->model, "next");
    for (uint32_t i = 0; steps.kind == FEEL_LIST && i < steps.count; i++) {
        if (str_eq(feel_text_member(steps.items[i], "is"), STR("next"))) {
            node_add_text(list, text_of(c, steps.items[i], "name"));
        }
    }
}

static enum error_code put_task(struct apply *p, feel_value answers, struct error *err)
{
    struct web__call *c = p->call;
    struct form_request rq = p->desk->request;
    struct node *list = node_put_list(c->model, "parts");
    enum error_code code;
    rq.answers = answers;
    if (rq.mode == FORM_CORRECT && p->desk->questions.kind == FEEL_LIST) {
        code = put_open(p, &rq, list, err);
        node_put_true(c->model, "correction", true);
    } else {
        struct web__part part = { .form = p->desk->form, .end = form_count(p->desk->form), .problems = p->problems,
                                  .problem_count = p->problem_count, .from = feel_null(), .view = p->view };
        code = web__put_part(c, &part, p->desk->ev, &rq, node_add_object(list), err);
    }
    if (p->problem_count > 0) {
        web__put_problems(c, p->problems, p->problem_count);
    }
    put_next(c, p->view, c->numbers[0]);
    node_put_text(c->model, "name", arena_str(c->arena, p->desk->name));
    node_put_int(c->model, "dossier", c->numbers[0]);
    node_put_int(c->model, "wait", c->numbers[1]);
    str files_at = arena_printf(c->arena, "/my/%lld/%lld/file", (long long)c->numbers[0], (long long)c->numbers[1]);
    node_put_text(c->model, "files_at", files_at);
    node_put_text(c->model, "files_to", files_at);
    node_put_text(c->model, "saved_at", p->draft_at == WORK_NO_DRAFT ? STR("") : web__instant(c->arena, p->draft_at));
    if (p->desk->due != 0) {
        cal_datetime t;
        if (cal_datetime_from_utc(p->desk->due / 1000000 - 1, 0, 8 * 3600, &t) && t.year < 9000) {
            node_put_text(c->model, "due", arena_printf(c->arena, "%04d-%02d-%02d", t.year, t.month, t.day));
        }
    }
    web__crumb(c, "My business", STR("/my"));
    web__crumb(c, "Dossier", arena_printf(c->arena, "/my/%lld", (long long)c->numbers[0]));
    web__crumb(c, "What you are asked", STR(""));
    return code;
}

void web__page_task(struct web__call *c)
{
    struct apply p;
    struct error err = { .lang = c->lang };
    if (!web__apply_open(c, false, &p)) {
        return;
    }
    if (put_task(&p, p.draft, &err) != OK) {
        web__apply_fail(&p, &err);
    } else if (web__apply_close(&p)) {
        web__answer(c, 200, page_my_task);
    }
}

/* Of the answers to a correction only what is open. */
static feel_value only_open(struct apply *p, feel_value answers)
{
    const struct form_request *rq = &p->desk->request;
    if (rq->mode != FORM_CORRECT || p->desk->questions.kind != FEEL_LIST) {
        return answers;
    }
    struct arena *a = p->call->arena;
    str *names = ARENA_ARRAY(a, str, answers.count);
    feel_value *values = ARENA_ARRAY(a, feel_value, answers.count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < answers.count; i++) {
        bool open = false;
        for (uint32_t k = 0; k < rq->open_count; k++) {
            open |= rq->open[k].len == 0 || str_eq(web__root(rq->open[k]), answers.shape->names[i]);
        }
        names[count] = answers.shape->names[i];
        values[count] = answers.values[i];
        count += open;
    }
    return feel_context(feel_shape_new(a, names, count), values);
}

static struct apply__section whole(const struct apply *p)
{
    return (struct apply__section){ .end = form_count(p->desk->form), .group = FORM_NONE };
}

static bool stays(const struct web__call *c)
{
    const str *act = http_field(c->r, "do");
    return act != NULL && (str_eq(*act, STR("later")) || str_starts_with(*act, STR("add ")) ||
                           str_starts_with(*act, STR("remove ")));
}

static void kept_draft(void *context, const struct work_answer *answer)
{
    struct web__call *c = context;
    if (answer->outcome != WORK_OK) {
        web__refuse(c, web__status_of(answer->outcome), &answer->error);
    } else if (node_member(c->model, STR("problems")) != NULL) {
        web__answer(c, 422, page_my_task);
    } else {
        web__go(c, arena_printf(c->arena, "/my/%lld/%lld", (long long)c->numbers[0], (long long)c->numbers[1]));
    }
}

/* What is wrong is kept like what is begun: the page tells it, and nothing has to be chosen or typed again. */
void web__form_task(struct web__call *c)
{
    struct apply p;
    struct error err = { .lang = c->lang };
    feel_value answers;
    if (!web__apply_open(c, false, &p)) {
        return;
    }
    struct apply__section all = whole(&p);
    bool later = stays(c), wrong = false;
    enum error_code code = web__apply_entered(&p, &all, p.draft, &answers, &err);
    answers = code == OK ? only_open(&p, answers) : answers;
    if (code == OK && !later) {
        code = web__apply_check(&p, answers, &err);
    } else if (code == OK) {
        p.problems = p.sheet.problems;
        p.problem_count = p.sheet.problem_count;
    }
    wrong = code == OK && form_has_error(p.problems, p.problem_count);
    code = code == OK && wrong ? put_task(&p, answers, &err) : code;
    if (code != OK) {
        web__apply_fail(&p, &err);
        return;
    }
    struct work_request rq = p.rq;
    struct web__call *kept = ARENA_NEW(c->arena, struct web__call);
    *kept = *c;
    later |= wrong;
    rq.act = later ? WORK_SAVE : WORK_COMPLETE;
    rq.draft = later ? p.draft_at : 0;
    rq.with = web__apply_json(c->arena, answers);
    if (web__apply_close(&p)) {
        work_submit(c->web->config.work, &rq, c->lang, later ? kept_draft : went, kept);
    }
}

void web__json_task_file(struct web__call *c)
{
    struct apply p;
    if (web__apply_open(c, false, &p)) {
        struct apply__section all = whole(&p);
        web__apply_take_file(&p, &all, STR(""));
    }
}

void web__file_task(struct web__call *c)
{
    struct apply p;
    if (web__apply_open(c, false, &p)) {
        web__apply_send_file(&p, p.draft);
    }
}

/* ---- What would be missing ---- */

/* The field whose choices are tried one after the other: properties.gap = each; NULL: there is none. */
static const struct form_component *tried(const struct form *f)
{
    for (uint32_t i = 0; i < form_count(f); i++) {
        if (str_eq(form_property(form_component(f, i), STR("gap")), STR("each"))) {
            return form_component(f, i);
        }
    }
    return NULL;
}

/* The checklists of the scheme over these answers and what the office knows today. */
static enum error_code put_gap(struct apply *p, feel_value answers, str about, struct node *list, struct error *err)
{
    struct web__call *c = p->call;
    struct work_page_found typed;
    enum error_code code = work_page_check(p->desk, answers, true, c->arena, &typed, err);
    for (uint32_t i = 0; code == OK && i < p->desk->scheme->described_count; i++) {
        const struct scheme_decision *said = &p->desk->scheme->described[i];
        feel_value result;
        if (said->shape == SCHEME_CHECKLIST &&
            (code = work_page_ask(p->desk, said->name, typed.values, c->arena, &result, err)) == OK) {
            struct node *n = node_add_object(list);
            str title = scheme_text(said->title, c->lang);
            feel_value items = feel_member(result, "checklist");
            node_put_text(n, "title", arena_printf(c->arena, "%.*s%s%.*s", STR_ARG(title), about.len > 0 ? " · " : "",
                                                   STR_ARG(about)));
            put_items(c, items.kind == FEEL_LIST ? items : result, n);
        }
    }
    return code;
}

static enum error_code put_gaps(struct apply *p, feel_value answers, struct error *err)
{
    struct arena *a = p->call->arena;
    struct node *list = node_put_list(p->call->model, "reasons");
    const struct form_component *each = tried(p->desk->form);
    feel_value options = each == NULL ? feel_null() : each->options;
    enum error_code code = OK;
    if (options.kind != FEEL_LIST) {
        return put_gap(p, answers, STR(""), list, err);
    }
    for (uint32_t i = 0; i < options.count && code == OK; i++) {
        str names[] = { each->pattern };
        feel_value *value = ARENA_ARRAY(a, feel_value, 1);
        value[0] = feel_member(options.items[i], "value");
        feel_value one = feel_context(feel_shape_new(a, names, 1), value);
        code = put_gap(p, scheme_merged(a, answers, one), publish_label(options.items[i]), list, err);
    }
    return code;
}

void web__page_gap(struct web__call *c)
{
    struct apply p;
    struct error err = { .lang = c->lang };
    if (!web__apply_open(c, true, &p)) {
        return;
    }
    feel_value answers = scheme_merged(c->arena, p.brought, p.draft);
    put_names(c, p.view, c->model, p.rq.scheme, p.rq.process);
    node_put_text(c->model, "start", arena_printf(c->arena, "/apply/%.*s/%.*s", STR_ARG(p.rq.scheme),
                                                  STR_ARG(p.rq.process)));
    node_put_true(c->model, "known", answers.count > 0);
    if (p.before != 0) {
        node_put_int(c->model, "before", p.before);
    }
    web__crumb(c, "My business", STR("/my"));
    web__crumb(c, "What would be missing", STR(""));
    if (answers.count > 0 && put_gaps(&p, answers, &err) != OK) {
        web__apply_fail(&p, &err);
    } else if (web__apply_close(&p)) {
        web__answer(c, 200, page_my_gap);
    }
}
