/* page_field: what is done on site: the list of visits, one of them with its sheet, the notices that come of it. */
#include "web/field.h"

#include "base/limit.h"

enum { VISITS = 100, ABOUT = 50, PAPERS = 50 };

/* ---- The list ---- */

static struct work_desk_query query_of(const struct web__call *c)
{
    return (struct work_desk_query){ .person = c->person, .now = c->now, .grants = c->grants,
                                     .grant_count = c->grant_count, .desk = WORK_DESK_TEAM, .max = VISITS };
}

static void put_visit(struct web__call *c, struct node *list, const struct work_visit *v)
{
    struct node *n = node_add_object(list);
    node_put_text(n, "link", arena_printf(c->arena, "/visits/%lld/%lld", (long long)v->row.dossier,
                                          (long long)v->row.wait));
    node_put_int(n, "dossier", v->row.dossier);
    node_put_text(n, "step", v->row.name);
    node_put_text(n, "name", v->name);
    node_put_text(n, "place", v->place);
    node_put_text(n, "line", v->line);
    node_put_true(n, "mine", v->row.assignee == c->person);
    node_put_true(n, "late", v->row.due != 0 && v->row.due <= c->now);
    if (v->row.due != 0) {
        /* The limit is the end of its last day. */
        node_put_text(n, "due", str_slice(web__instant(c->arena, v->row.due - 1), 0, 10));
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
    if (!web__view_end(c, v)) {
        return;
    }
    struct node *mine = node_put_list(c->model, "mine"), *open = node_put_list(c->model, "open");
    for (uint32_t i = 0; i < count; i++) {
        put_visit(c, rows[i].row.assignee == c->person ? mine : open, &rows[i]);
    }
    node_put_text(c->model, "today", str_slice(web__instant(c->arena, c->now), 0, 10));
    if (web__flag(c, "sent")) {
        node_put_word(c->model, "done",
                      "It is sent and kept. What follows from it stands on the lists of those concerned.");
    }
    web__answer(c, 200, page_field_visits);
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

static void put_others(struct web__call *c, struct store_view *v, const struct work_desk_task *t)
{
    struct work_about *rows = ARENA_ARRAY(c->arena, struct work_about, ABOUT);
    uint32_t count = work_about_subject(c->web->config.work, v, c->person, t->dossier.subject, ABOUT, c->arena, rows);
    struct node *list = node_put_list(c->model, "others");
    for (uint32_t i = 0; i < count; i++) {
        const struct scheme_process *p = scheme_process(t->scheme, rows[i].process);
        if (rows[i].dossier == t->dossier.id) {
            continue;
        }
        struct node *n = node_add_object(list);
        node_put_int(n, "dossier", rows[i].dossier);
        node_put_int(n, "wait", rows[i].wait);
        node_put_text(n, "process", p == NULL ? rows[i].process : scheme_text(p->title, c->lang));
        node_put_text(n, "task", rows[i].task);
        node_put_true(n, "invite", rows[i].invite);
    }
}

static void put_papers(struct web__call *c, struct store_view *v, int64_t dossier)
{
    struct publish_document *rows = ARENA_ARRAY(c->arena, struct publish_document, PAPERS);
    uint32_t count = publish_list_documents(v, dossier, INT64_MAX, PAPERS, c->arena, rows);
    struct node *list = node_put_list(c->model, "papers");
    for (uint32_t i = 0; i < count; i++) {
        struct node *n = node_add_object(list);
        node_put_int(n, "document", rows[i].id);
        node_put_int(n, "number", rows[i].number);
        node_put_text(n, "name", rows[i].name);
        node_put_true(n, "made", rows[i].blob.len > 0);
        node_put_true(n, "void", str_eq(rows[i].state, STR("void")));
        node_put_true(n, "issued", rows[i].issued != 0);
        node_put_true(n, "seal", rows[i].issued == 0);
        node_put_true(n, "serve", rows[i].issued != 0 && rows[i].served == 0);
        web__put_instant(n, "served", rows[i].served);
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
        node_put_text(n, "label", field == NULL || field->label.len == 0 ? name : field->label);
        node_put_text(n, "value", publish_shown(c->arena, t->answers_signed.values[i]));
    }
}

static bool put_page(struct web__call *c, const struct work_desk_task *t)
{
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    web__put_about(c, v, t, base_of(c));
    web__put_clocks(c, v, t);
    web__put_placed(c, v, t->dossier.subject);
    put_others(c, v, t);
    put_papers(c, v, t->dossier.id);
    node_put_text(c->model, "step", t->name);
    node_put_text(c->model, "base", base_of(c));
    node_put_int(c->model, "dossier", t->dossier.id);
    node_put_true(c->model, "is_open", str_eq(t->status, STR("open")));
    node_put_true(c->model, "may_take", t->assignee == 0 && may(t, WORK_CLAIM));
    node_put_true(c->model, "may_send", may(t, WORK_COMPLETE) && t->assignee == c->person);
    node_put_true(c->model, "sign", t->sign);
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
    if (t.form != NULL && web__sheet_put(c, &t, answers, true, NULL, &wrong, &err) != OK) {
        web__refuse(c, 503, &err);
        return;
    }
    node_put_true(c->model, "has_form", t.form != NULL);
    web__answer(c, 200, page_field_visit);
}

/* ---- What is sent ---- */

struct sent {
    struct web__call call;
    str where;
    str receipt; /* for a script: what has arrived; or empty */
};

static void answered(void *context, const struct work_answer *answer)
{
    struct sent *s = context;
    struct buf out = BUF_INIT(LIMIT_FORM_TEXT);
    if (answer->outcome != WORK_OK) {
        web__refuse(&s->call, web__status_of(answer->outcome), &answer->error);
        return;
    }
    web_changed(s->call.web);
    if (s->receipt.len == 0) {
        web__go(&s->call, s->where);
        return;
    }
    buf_add(&out, s->receipt);
    http_add_header(s->call.r, "Cache-Control", STR("no-store"));
    web__send(&s->call, 200, WEB__JSON, &out);
}

static void submit(struct web__call *c, struct work_request *rq, str where, str receipt)
{
    struct sent *s = arena_calloc(c->arena, 1, sizeof *s);
    s->call = *c;
    s->where = where;
    s->receipt = receipt;
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
        submit(c, &rq, STR("/visits?sent"), STR(""));
    }
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
    } else if (t->form == NULL) {
        rq.act = WORK_COMPLETE;
        submit(c, &rq, STR("/visits?sent"), STR(""));
    } else if (web__sheet_answers(c, t, t->draft, &sheet, &answers, &err) != OK) {
        web__refuse(c, 400, &err);
    } else if (str_eq(act, STR("send")) || sheet.problem_count > 0) {
        send_answers(c, t, &sheet, !str_eq(act, STR("send")), answers);
    } else {
        rq.with = web__json_text(c->arena, answers);
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

/* When and where it was taken, as the device says. */
static feel_value with_taking(struct web__call *c, feel_value file)
{
    static const char *const names[] = { "taken", "place", "accuracy" };
    str *shape = ARENA_ARRAY(c->arena, str, file.count + 3);
    feel_value *values = ARENA_ARRAY(c->arena, feel_value, file.count + 3);
    uint32_t count = file.count;
    for (uint32_t i = 0; i < file.count; i++) {
        shape[i] = file.shape->names[i];
        values[i] = file.values[i];
    }
    for (int i = 0; i < 3; i++) {
        str said = web__text(c, names[i]);
        dec n;
        if (said.len > 0 && (i < 2 || dec_parse(said, &n))) {
            shape[count] = str_of(names[i]);
            values[count++] = i < 2 ? feel_string(said) : feel_number(n);
        }
    }
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
    if (!there || web__keep_picture(c, &files[0], web__text(c, "hash"), &file, &err) != OK) {
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
                               .with = web__json_text(c->arena, answers) };
    submit(c, &rq, base_of(c), web__json_text(c->arena, file));
}

void web__file_picture(struct web__call *c)
{
    struct work_desk_task t;
    if (read_task(c, &t)) {
        web__send_picture(c, &t, c->words[0]);
    }
}

/* ---- Notices and links ---- */

/* The paper of a dossier that the reader may see; false after 404 was sent. */
static bool read_paper(struct web__call *c, struct publish_document *ret)
{
    struct work_dossier d;
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    bool there = publish_read_document(v, c->number, c->arena, ret) &&
                 work_read_dossier(v, ret->dossier, c->arena, &d) &&
                 work_may_see_papers(c->web->config.work, v, c->person, c->now, &d);
    if (!web__view_end(c, v)) {
        return false;
    }
    if (!there) {
        http_send_error(c->r, 404, "there is no such page");
    }
    return there;
}

void web__pdf_visit_paper(struct web__call *c)
{
    struct publish_document d;
    if (read_paper(c, &d)) {
        web__send_pdf(c, d.sealed.len > 0 ? d.sealed : d.blob, false);
    }
}

/* Seals or serves a paper; the link back is that of the page it was done on. */
void web__form_paper(struct web__call *c)
{
    struct publish_document d;
    if (!read_paper(c, &d)) {
        return;
    }
    bool seals = str_eq(web__text(c, "do"), STR("seal"));
    struct work_request rq = { .act = seals ? WORK_SEAL : WORK_SERVE, .dossier = d.dossier, .paper = d.id };
    if (!seals) {
        struct buf out = BUF_INIT(LIMIT_FORM_TEXT);
        struct json_writer w;
        json_writer_init(&w, &out, false);
        json_begin_object(&w);
        json_text_member(&w, "how", web__text(c, "how"));
        json_text_member(&w, "to", web__text(c, "to"));
        json_end_object(&w);
        rq.with = arena_str(c->arena, buf_str(&out));
        buf_release(&out);
    }
    submit(c, &rq, web__local(web__text(c, "back")), STR(""));
}

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
    str host = http_host(c->r), base = c->web->config.address == NULL
        ? arena_printf(c->arena, "http://%.*s", STR_ARG(host)) : str_of(c->web->config.address);
    c->secret = true;
    node_put_text(c->model, "address", arena_printf(c->arena, "%.*s/g/%s", STR_ARG(base), l->token));
    node_put_int(c->model, "days", LIMIT_WORK_GUEST_DAYS);
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
