/* page_field: what is done on site: the list of visits, one of them with its sheet, the notices that come of it. */
#include "web/desk_int.h"
#include "web/field.h"

#include "base/limit.h"
#include "chart/chart.h"

enum { VISITS = 100, ABOUT = 50, PAPERS = 50, LINKS = 20 };

/* ---- The list ---- */

static struct work_desk_query query_of(const struct web__call *c)
{
    return (struct work_desk_query){ .person = c->person, .now = c->now, .grants = c->grants,
                                     .grant_count = c->grant_count, .desk = WORK_DESK_TEAM, .max = VISITS };
}

/* How long ago, in the greatest unit that fits: one of `days`, `hours`, `minutes`; none: just now. */
static void put_age(const struct web__call *c, struct node *n, int64_t at)
{
    int64_t minutes = c->now > at ? (c->now - at) / 60000000 : 0;
    if (minutes > 0) {
        node_put_int(n, minutes >= 1440 ? "days" : minutes >= 60 ? "hours" : "minutes",
                     minutes >= 1440 ? minutes / 1440 : minutes >= 60 ? minutes / 60 : minutes);
    }
}

static void put_visit(struct web__call *c, struct store_view *view, struct node *list, const struct work_visit *v)
{
    struct node *n = node_add_object(list);
    node_put_text(n, "link", arena_printf(c->arena, "/visits/%lld/%lld", (long long)v->row.dossier,
                                          (long long)v->row.wait));
    node_put_int(n, "dossier", v->row.dossier);
    node_put_text(n, "step", web__task_called(c, view, v->row.scheme, v->row.name));
    node_put_text(n, "name", v->name);
    node_put_text(n, "place", v->place);
    node_put_text(n, "line", web__sentence(c, view, v->row.scheme, v->row.line));
    node_put_true(n, "mine", v->row.assignee == c->person);
    node_put_true(n, "late", v->row.due != 0 && v->row.due <= c->now);
    if (v->drafted != 0) {
        web__put_instant(n, "drafted", v->drafted);
        put_age(c, n, v->drafted);
    }
    if (v->row.due != 0) {
        /* The limit is the end of its last day. */
        node_put_text(n, "due", str_slice(web__instant(c->arena, v->row.due - 1), 0, 10));
    }
}

/* Whether something of a scheme is done on site: the papers of others are handed over elsewhere. */
static bool is_on_site(const struct scheme *s)
{
    bool is = false;
    for (uint32_t i = 0; i < s->procedure_count; i++) {
        for (uint32_t k = 0; k < s->procedures[i].task_count; k++) {
            is = is || s->procedures[i].tasks[k].field.len > 0;
        }
    }
    return is;
}

static void put_paper_to_serve(struct web__call *c, struct store_view *v, struct node *list,
                               const struct publish_document *p)
{
    struct work_dossier d;
    const struct scheme *s;
    const struct scheme_ledger *l;
    struct error none = { .code = OK };
    if (!work_read_dossier(v, p->dossier, c->arena, &d) ||
        record_scheme(c->web->config.record, v, d.bundle, &s, &none) != OK || !is_on_site(s) ||
        !work_may_see_papers(c->web->config.work, v, c->person, c->now, &d)) {
        return;
    }
    struct node *n = node_add_object(list);
    feel_value about = work_subject_row(c->web->config.work, v, d.subject, c->arena, &l);
    node_put_int(n, "dossier", p->dossier);
    node_put_text(n, "name", feel_text_member(about, "name"));
    node_put_text(n, "paper", p->name);
    node_put_int(n, "number", p->number);
    node_put_true(n, "issued", p->issued != 0);
    web__put_instant(n, "made", p->made);
}

/* Papers of the offices in which he has a role. */
static void put_unserved(struct web__call *c, struct store_view *v)
{
    struct publish_document *rows = ARENA_ARRAY(c->arena, struct publish_document, PAPERS);
    struct node *list = node_put_list(c->model, "unserved");
    for (uint32_t i = 0; i < c->grant_count; i++) {
        bool seen = false;
        for (uint32_t k = 0; k < i; k++) {
            seen = seen || c->grants[k].office == c->grants[i].office;
        }
        uint32_t count = seen ? 0 : publish_list_unserved(v, c->grants[i].office, PAPERS, c->arena, rows);
        for (uint32_t k = 0; k < count; k++) {
            put_paper_to_serve(c, v, list, &rows[k]);
        }
    }
}

void web__page_visits(struct web__call *c)
{
    struct work_visit *rows = ARENA_ARRAY(c->arena, struct work_visit, VISITS);
    struct work_desk_query q = query_of(c);
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    uint32_t count = work_visits(c->web->config.work, v, &q, c->arena, rows);
    struct node *begun = node_put_list(c->model, "begun"), *mine = node_put_list(c->model, "mine"),
                *open = node_put_list(c->model, "open");
    for (uint32_t i = 0; i < count; i++) {
        put_visit(c, v, rows[i].drafted != 0 ? begun : rows[i].row.assignee == c->person ? mine : open, &rows[i]);
    }
    put_unserved(c, v);
    node_put_int(c->model, "who", c->person);
    node_put_text(c->model, "today", str_slice(web__instant(c->arena, c->now), 0, 10));
    if (web__flag(c, "sent")) {
        node_put_word(c->model, "done",
                      "It is sent and kept. What follows from it stands on the lists of those concerned.");
    }
    if (web__view_end(c, v)) {
        web__answer(c, 200, page_field_visits);
    }
}

/* ---- A visit ---- */

/* The task of the path; false after 404 was sent. */
static bool read_task(struct web__call *c, struct work_desk_task *ret)
{
    struct error err = { .lang = c->lang };
    enum error_code code = work_desk_task(c->web->config.work, c->person, c->number, (uint32_t)c->numbers[1], c->arena,
                                          ret, &err);
    if (code != OK) {
        web__refuse(c, code == ERROR_MISSING ? 404 : 503, &err);
    }
    return code == OK;
}

static str base_of(struct web__call *c)
{
    return arena_printf(c->arena, "/visits/%lld/%lld", (long long)c->number, (long long)c->numbers[1]);
}

static bool may(const struct work_desk_task *t, enum work_act act)
{
    return (t->acts & UINT64_C(1) << act) != 0;
}

/* `but`: the dossier whose own page shows its task, or 0. */
static void put_others(struct web__call *c, struct store_view *v, const struct scheme *s, str subject, int64_t but)
{
    struct work_about *rows = ARENA_ARRAY(c->arena, struct work_about, ABOUT);
    uint32_t count = work_about_subject(c->web->config.work, v, c->person, subject, ABOUT, c->arena, rows);
    struct node *list = node_put_list(c->model, "others");
    for (uint32_t i = 0; i < count; i++) {
        const struct scheme_process *p = scheme_process(s, rows[i].process);
        if (rows[i].dossier == but) {
            continue;
        }
        struct node *n = node_add_object(list);
        node_put_int(n, "dossier", rows[i].dossier);
        node_put_int(n, "wait", rows[i].wait);
        node_put_text(n, "process", p == NULL ? rows[i].process : scheme_text(p->title, c->lang));
        node_put_text(n, "task", scheme_word(s, rows[i].task, c->lang));
        node_put_true(n, "invite", rows[i].invite);
        node_put_true(n, "see", rows[i].see);
    }
}

/* Those that the package describes; pages of notices are for the board, and handed to nobody. */
static void put_papers(struct web__call *c, struct store_view *v, const struct scheme *s, int64_t dossier)
{
    struct publish_document *rows = ARENA_ARRAY(c->arena, struct publish_document, PAPERS);
    uint32_t count = publish_list_documents(v, dossier, INT64_MAX, PAPERS, c->arena, rows);
    struct node *list = node_put_list(c->model, "papers");
    for (uint32_t i = 0; i < count; i++) {
        if (scheme_document(s, rows[i].name) == NULL) {
            continue;
        }
        struct node *n = node_add_object(list);
        node_put_int(n, "document", rows[i].id);
        node_put_int(n, "number", rows[i].number);
        node_put_text(n, "name", web__paper_name(c, v, &rows[i]));
        node_put_true(n, "made", rows[i].blob.len > 0);
        node_put_true(n, "void", str_eq(rows[i].state, STR("void")));
        node_put_true(n, "issued", rows[i].issued != 0);
        node_put_true(n, "seal", rows[i].issued == 0);
        node_put_true(n, "serve", rows[i].issued != 0 && rows[i].served == 0);
        web__put_instant(n, "served", rows[i].served);
    }
}

/* Who gave which link, until when it holds, and what became of it. */
static void put_links(struct web__call *c, struct store_view *v, int64_t dossier)
{
    struct work_link rows[LINKS];
    uint32_t count = work_links(v, dossier, LINKS, c->arena, rows);
    struct node *list = node_put_list(c->model, "links");
    for (uint32_t i = 0; i < count; i++) {
        struct node *n = node_add_object(list);
        web__put_instant(n, "made", rows[i].made);
        web__put_instant(n, "until", rows[i].until);
        web__put_instant(n, "ended", rows[i].ended);
        node_put_text(n, "by", work_name_of_person(v, c->arena, rows[i].made_by));
        node_put_true(n, "paper", rows[i].paper != 0);
        node_put_true(n, "used", str_eq(rows[i].how, STR("used")));
        node_put_true(n, "replaced", str_eq(rows[i].how, STR("replaced")));
        node_put_true(n, "over", rows[i].ended == 0 && rows[i].until <= c->now);
    }
}

/* What the other one has answered, by the labels of the form; what stands in lists line by line. */
static void put_signed(struct web__call *c, const struct work_desk_task *t)
{
    struct node *list = node_put_list(c->model, "signed");
    for (uint32_t i = 0; t->answers_signed.kind == FEEL_CONTEXT && i < t->answers_signed.count; i++) {
        struct node *n = node_add_object(list);
        str name = t->answers_signed.shape->names[i];
        const struct form_component *field = t->form == NULL ? NULL : form_find(t->form, name);
        node_put_text(n, "label", field == NULL ? name : form_title(field));
        node_put_text(n, "value", publish_shown(c->arena, t->answers_signed.values[i]));
    }
}

static bool makes_paper(const struct work_desk_task *t)
{
    return !t->sign && publish_makes_paper(t->scheme, t->dossier.process, t->element);
}

static bool put_page(struct web__call *c, const struct work_desk_task *t)
{
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    web__put_about(c, v, t, base_of(c));
    web__put_clocks(c, v, t);
    web__put_placed(c, v, node_put_list(c->model, "placed"), t->dossier.subject);
    put_others(c, v, t->scheme, t->dossier.subject, t->dossier.id);
    put_papers(c, v, t->scheme, t->dossier.id);
    put_links(c, v, t->dossier.id);
    node_put_text(c->model, "step", t->name);
    node_put_text(c->model, "base", base_of(c));
    node_put_int(c->model, "dossier", t->dossier.id);
    node_put_true(c->model, "is_open", str_eq(t->status, STR("open")));
    node_put_true(c->model, "may_take", t->assignee == 0 && may(t, WORK_CLAIM));
    node_put_true(c->model, "may_send", may(t, WORK_COMPLETE) && t->assignee == c->person);
    node_put_true(c->model, "sign", t->sign);
    node_put_true(c->model, "makes_paper", makes_paper(t));
    node_put_int(c->model, "drafted", t->drafted);
    node_put_int(c->model, "who", c->person);
    put_signed(c, t);
    web__crumb(c, "Visits", STR("/visits"));
    return web__view_end(c, v);
}

void web__page_visit(struct web__call *c)
{
    struct work_desk_task t;
    struct error err = { .lang = c->lang };
    bool wrong;
    if (!read_task(c, &t) || !put_page(c, &t)) {
        return;
    }
    feel_value answers = t.draft.kind == FEEL_CONTEXT ? t.draft : feel_context(feel_shape_new(c->arena, NULL, 0), NULL);
    bool fills = may(&t, WORK_COMPLETE) && t.assignee == c->person;
    if (fills && t.form != NULL && web__sheet_put(c, &t, answers, true, NULL, &wrong, &err) != OK) {
        web__refuse(c, 503, &err);
        return;
    }
    node_put_true(c->model, "has_form", t.form != NULL);
    web__answer(c, 200, page_field_visit);
}

/* ---- The papers of a dossier, also while it waits for somebody else ---- */

static void put_dossier(struct web__call *c, struct store_view *v, const struct work_dossier *d, const struct scheme *s)
{
    const struct scheme_ledger *l;
    const struct work_desk_task t = { .dossier = *d, .scheme = s, .procedure = scheme_process(s, d->process) };
    feel_value about = work_subject_row(c->web->config.work, v, d->subject, c->arena, &l);
    node_put_text(c->model, "about", feel_text_member(about, "name"));
    node_put_text(c->model, "process", t.procedure == NULL ? d->process : scheme_text(t.procedure->title, c->lang));
    node_put_int(c->model, "dossier", d->id);
    node_put_text(c->model, "base", arena_printf(c->arena, "/visits/%lld", (long long)d->id));
    web__put_clocks(c, v, &t);
    put_papers(c, v, s, d->id);
    put_links(c, v, d->id);
    put_others(c, v, s, d->subject, 0);
}

void web__page_visit_papers(struct web__call *c)
{
    struct work_dossier d;
    const struct scheme *s;
    struct error none = { .code = OK };
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    bool there = work_read_dossier(v, c->number, c->arena, &d) &&
                 work_may_see_papers(c->web->config.work, v, c->person, c->now, &d) &&
                 record_scheme(c->web->config.record, v, d.bundle, &s, &none) == OK;
    if (there) {
        put_dossier(c, v, &d, s);
    }
    if (!web__view_end(c, v)) {
        return;
    }
    if (!there) {
        http_send_error(c->r, 404, "there is no such page");
        return;
    }
    if (web__flag(c, "sent")) {
        node_put_word(c->model, "done", "It is sent and kept. The papers that came of it stand below.");
    }
    web__crumb(c, "Visits", STR("/visits"));
    web__answer(c, 200, page_field_dossier);
}

/* ---- What is sent ---- */

struct sent {
    struct web__call call;
    str where;
    str receipt; /* for a script: an object that says what has arrived; or empty */
    int64_t was; /* the draft before */
};

/* The receipt of a draft, with its instant and that of the one before: the next one says which it takes the place
 * of. */
static void send_receipt(struct sent *s)
{
    struct web__call *c = &s->call;
    const struct work_request rq = { .act = WORK_SAVE, .actor = c->person, .dossier = c->number,
                                     .wait = (uint32_t)c->numbers[1] };
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    buf_add(&out, str_slice(s->receipt, 0, s->receipt.len - 1));
    buf_printf(&out, ",\"at\":\"%lld\",\"was\":\"%lld\"}", (long long)work_draft_at(c->web->config.work, v, &rq),
               (long long)s->was);
    if (web__view_end(c, v)) {
        http_add_header(c->r, "Cache-Control", STR("no-store"));
        web__send(c, 200, WEB__JSON, &out);
    }
}

static void answered(void *context, const struct work_answer *answer)
{
    struct sent *s = context;
    if (answer->outcome != WORK_OK) {
        web__refuse(&s->call, web__status_of(answer->outcome), &answer->error);
        return;
    }
    web_changed(s->call.web);
    if (s->receipt.len > 0) {
        send_receipt(s);
    } else {
        web__go(&s->call, s->where);
    }
}

static void submit(struct web__call *c, struct work_request *rq, str where, str receipt)
{
    struct sent *s = arena_calloc(c->arena, 1, sizeof *s);
    s->call = *c;
    s->where = where;
    s->receipt = receipt;
    s->was = rq->draft == WORK_NO_DRAFT ? 0 : rq->draft;
    rq->actor = c->person;
    work_submit(c->web->config.work, rq, c->lang, answered, s);
}

static bool wants_json(struct web__call *c)
{
    return str_starts_with(http_header(c->r, "accept"), STR(WEB__JSON));
}

/* {"hash":…}: the SHA-256 of what is kept now. */
static str receipt_of(struct web__call *c, str kept)
{
    char hash[STORE_HASH + 1];
    store_hash(kept, hash);
    return wants_json(c) ? arena_printf(c->arena, "{\"hash\":\"%s\"}", hash) : STR("");
}

/* Also for a sheet that is only to be kept, where a file that came with it was not taken: the page has all of it. */
static void send_answers(struct web__call *c, const struct work_desk_task *t, const struct web__sheet *sheet,
                         bool draft, feel_value answers)
{
    struct error err = { .lang = c->lang };
    bool wrong = false;
    struct work_request rq = { .act = WORK_COMPLETE, .dossier = c->number, .wait = (uint32_t)c->numbers[1],
                               .with = web__json_text(c->arena, answers) };
    if (web__sheet_put(c, t, answers, draft, sheet, &wrong, &err) != OK) {
        web__refuse(c, 400, &err);
    } else if (wrong && put_page(c, t)) {
        node_put_true(c->model, "has_form", true);
        web__answer(c, 422, page_field_visit);
    } else if (!wrong) {
        submit(c, &rq, makes_paper(t) ? arena_printf(c->arena, "/visits/%lld?sent", (long long)c->number)
                                      : STR("/visits?sent"), STR(""));
    }
}

/* The papers as they would be made of these answers, to be looked at; nothing is written. */
static void preview(struct web__call *c, const struct work_desk_task *t, const struct web__sheet *sheet,
                    feel_value answers)
{
    struct error err = { .lang = c->lang };
    struct buf request = BUF_INIT(LIMIT_HELPER_REQUEST);
    bool wrong = false;
    const struct work_request rq = { .act = WORK_COMPLETE, .actor = c->person, .dossier = c->number,
                                     .wait = (uint32_t)c->numbers[1], .with = web__json_text(c->arena, answers) };
    enum error_code code = t->form == NULL ? OK : web__sheet_put(c, t, answers, false, sheet, &wrong, &err);
    if (code == OK && wrong) {
        buf_release(&request);
        node_put_true(c->model, "has_form", true);
        if (put_page(c, t)) {
            web__answer(c, 422, page_field_visit);
        }
        return;
    }
    code = code == OK ? publish_try(c->web->config.publish, &rq, c->lang, &request, NULL, &err) : code;
    str text = arena_str(c->arena, buf_str(&request));
    buf_release(&request);
    if (code != OK) {
        web__refuse(c, code == ERROR_MISSING ? 404 : 422, &err);
    } else {
        web__print(c, text, t->name);
    }
}

/* The draft that the page was made of, as its field "-at" says; 0: it says nothing, and takes whatever place. */
static int64_t draft_of(struct web__call *c)
{
    const str *said = http_field(c->r, "-at");
    int64_t at = 0;
    dec n;
    if (said == NULL || !dec_parse(*said, &n) || !dec_to_int(n, &at)) {
        return 0;
    }
    return at == 0 ? WORK_NO_DRAFT : at;
}

static void take(struct web__call *c, const struct work_desk_task *t, str act)
{
    struct error err = { .lang = c->lang };
    struct work_request rq = { .act = WORK_SAVE, .dossier = c->number, .wait = (uint32_t)c->numbers[1] };
    struct web__sheet sheet;
    feel_value answers = feel_null();
    if (str_eq(act, STR("take"))) {
        rq.act = WORK_CLAIM;
        submit(c, &rq, base_of(c), STR(""));
    } else if (t->sign) {
        rq.act = WORK_COMPLETE;
        rq.with = str_eq(act, STR("agree")) ? STR("{\"agree\":true}") : STR("{\"agree\":false}");
        submit(c, &rq, STR("/visits?sent"), STR(""));
    } else if (t->form == NULL && str_eq(act, STR("paper"))) {
        preview(c, t, NULL, answers);
    } else if (t->form == NULL) {
        rq.act = WORK_COMPLETE;
        submit(c, &rq, STR("/visits?sent"), STR(""));
    } else if (web__sheet_answers(c, t, t->draft, &sheet, &answers, &err) != OK) {
        web__refuse(c, 400, &err);
    } else if (str_eq(act, STR("paper"))) {
        preview(c, t, &sheet, answers);
    } else if (str_eq(act, STR("send")) || sheet.problem_count > 0) {
        send_answers(c, t, &sheet, !str_eq(act, STR("send")), answers);
    } else {
        rq.with = web__json_text(c->arena, answers);
        rq.draft = draft_of(c);
        submit(c, &rq, arena_printf(c->arena, "%.*s#sheet", STR_ARG(base_of(c))), receipt_of(c, rq.with));
    }
}

void web__form_visit(struct web__call *c)
{
    struct work_desk_task t;
    const str *act = http_field(c->r, "do");
    if (read_task(c, &t)) {
        take(c, &t, act == NULL ? STR("save") : *act);
    }
}

/* ---- Pictures ---- */

/* When and where it was taken, as the device says: `taken` by the clock of the camera, `chosen` when it came into the
 * page, `place` with its accuracy in metres, or `nowhere`, why there is none; and when it arrived here. */
static feel_value with_taking(struct web__call *c, feel_value file)
{
    static const char *const names[] = { "taken", "chosen", "place", "nowhere", "accuracy" };
    enum { SAID = sizeof names / sizeof names[0], NUMBERS = 4 };
    str *shape = ARENA_ARRAY(c->arena, str, file.count + SAID + 1);
    feel_value *values = ARENA_ARRAY(c->arena, feel_value, file.count + SAID + 1);
    uint32_t count = file.count;
    for (uint32_t i = 0; i < file.count; i++) {
        shape[i] = file.shape->names[i];
        values[i] = file.values[i];
    }
    for (int i = 0; i < SAID; i++) {
        str said = web__text(c, names[i]);
        dec n;
        if (said.len > 0 && (i < NUMBERS || dec_parse(said, &n))) {
            shape[count] = str_of(names[i]);
            values[count++] = i < NUMBERS ? feel_string(said) : feel_number(n);
        }
    }
    shape[count] = STR("received");
    values[count++] = feel_string(web__instant(c->arena, c->now));
    return feel_context(feel_shape_new(c->arena, shape, count), values);
}

void web__json_picture(struct web__call *c)
{
    struct work_desk_task t;
    struct error err = { .lang = c->lang };
    size_t count;
    const struct http_file *files = http_files(c->r, &count);
    feel_value file;
    if (!read_task(c, &t)) {
        return;
    }
    bool there = count == 1 && files[0].size > 0;
    if (!there || web__keep_picture(c, &t, &files[0], web__text(c, "hash"), &file, &err) != OK) {
        if (!there) {
            error_set(&err, ERROR_INVALID, "one picture is wanted");
        }
        web__send_error(c, 409, &err);
        return;
    }
    feel_value answers = t.draft;
    file = with_taking(c, file);
    if (!web__sheet_add(c, t.form, web__text(c, "path"), file, &answers)) {
        error_set(&err, ERROR_INVALID, "the sheet has no place for this picture");
        web__send_error(c, 400, &err);
        return;
    }
    struct work_request rq = { .act = WORK_SAVE, .dossier = c->number, .wait = (uint32_t)c->numbers[1],
                               .draft = t.drafted == 0 ? WORK_NO_DRAFT : t.drafted,
                               .with = web__json_text(c->arena, answers) };
    submit(c, &rq, base_of(c), web__json_text(c->arena, file));
}

void web__file_picture(struct web__call *c)
{
    struct work_desk_task t;
    if (read_task(c, &t)) {
        web__send_picture(c, &t, c->words[0], false);
    }
}

/* ---- Links ---- */

struct link {
    struct web__call call;
    char token[WORK_TOKEN];
};

static void linked(void *context, const struct work_answer *answer)
{
    struct link *l = context;
    struct web__call *c = &l->call;
    if (answer->outcome != WORK_OK) {
        web__refuse(c, web__status_of(answer->outcome), &answer->error);
        return;
    }
    struct error err = { .lang = c->lang };
    struct chart_code code;
    str host = http_host(c->r), base = c->web->config.address == NULL
        ? arena_printf(c->arena, "http://%.*s", STR_ARG(host)) : str_of(c->web->config.address);
    str address = arena_printf(c->arena, "%.*s/g/%s", STR_ARG(base), l->token);
    c->secret = true;
    node_put_text(c->model, "address", address);
    if (chart_code(address, c->arena, &code, &err) == OK) {
        node_put_text(c->model, "code", code.path);
        node_put_int(c->model, "code_size", code.size);
    }
    struct work_link given;
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    if (work_links(v, c->number, 1, c->arena, &given) == 1) {
        web__put_instant(c->model, "until", given.until);
    }
    if (!web__view_end(c, v)) {
        return;
    }
    node_put_text(c->model, "back", web__local(web__text(c, "back")));
    web__crumb(c, "Visits", STR("/visits"));
    web__answer(c, 200, page_field_link);
}

void web__form_link(struct web__call *c)
{
    struct link *l = arena_calloc(c->arena, 1, sizeof *l);
    char hash[WORK_TOKEN];
    work_guest_token(l->token, hash);
    l->call = *c;
    const struct work_request rq = { .act = WORK_INVITE, .actor = c->person, .dossier = c->number,
                                     .wait = (uint32_t)c->numbers[1], .name = str_of(hash) };
    work_submit(c->web->config.work, &rq, c->lang, linked, l);
}
