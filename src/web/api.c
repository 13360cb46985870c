/* api: JSON for programs: health, login, acts, tasks, dossiers. */
#include "web/web_int.h"

#include "base/limit.h"
#include "work/desk.h"

/* ---- Health ---- */

void web__json_health(struct web__call *c)
{
    struct store_figures f;
    struct buf out = BUF_INIT(4096);
    struct json_writer w;
    store_figures(c->web->config.store, &f);
    json_writer_init(&w, &out, false);
    json_begin_object(&w);
    json_text_member(&w, "status", f.read_only ? STR("read-only") : STR("ok"));
    json_int_member(&w, "waiting", f.waiting);
    json_int_member(&w, "commit", f.commit);
    json_end_object(&w);
    http_add_header(c->r, "Cache-Control", STR("no-store"));
    web__send(c, f.read_only ? 503 : 200, WEB__JSON, &out);
}

/* The JSON of the body; false after 415 was sent: a form is no JSON, whatever stands in it. */
static bool json_body(struct web__call *c, str *ret)
{
    int fd;
    uint64_t size;
    struct error err = { .lang = c->lang };
    *ret = http_body(c->r, &fd, &size);
    if (str_starts_with(http_header(c->r, "content-type"), STR(WEB__JSON))) {
        return true;
    }
    error_set(&err, ERROR_INVALID, "the request is no JSON");
    error_hint(&err, "send it with the header Content-Type: application/json");
    web__send_error(c, 415, &err);
    return false;
}

/* ---- Login ---- */

void web__json_login(struct web__call *c)
{
    str body;
    feel_value v;
    struct people_login login;
    struct error err = { .lang = c->lang };
    if (!web__may_send_password(c) || !web__within_rate(c, WEB__RATE_LOGIN) || !json_body(c, &body)) {
        return;
    }
    if (feel_json_read(c->arena, body, &v, &err) != OK) {
        web__send_error(c, 400, &err);
        return;
    }
    if (!web__check_members(c, v)) {
        return;
    }
    if (people_login(c->web->config.people, feel_text_member(v, "login"), feel_text_member(v, "password"), c->now,
                     &login, &err) != OK) {
        web__count_rate(c, WEB__RATE_LOGIN);
        web__send_error(c, err.code == ERROR_INVALID ? 403 : 503, &err);
        return;
    }
    str code = feel_text_member(v, "code");
    if (web__step_of(c->web, &login.session) == WEB__STEP_CODE && code.len > 0 &&
        people_second(c->web->config.people, &login.session, code, c->now, &login, &err) != OK) {
        web__count_rate(c, WEB__RATE_LOGIN);
        web__send_error(c, err.code == ERROR_INVALID ? 403 : 503, &err);
        return;
    }
    if (web__step_of(c->web, &login.session) != WEB__STEP_NONE) {
        error_set(&err, ERROR_INVALID, "the log-in is not complete yet");
        error_hint(&err, "programs send the code of the second factor as \"code\"; all else is done on the page "
                         "/login");
        web__send_error(c, 403, &err);
        return;
    }
    struct buf out = BUF_INIT(4096);
    buf_printf(&out, "{\"token\":\"%s\"}", login.token);
    http_add_header(c->r, "Cache-Control", STR("no-store"));
    web__send(c, 200, WEB__JSON, &out);
}

/* ---- Acts ---- */

int web__status_of(enum work_outcome outcome)
{
    static const int statuses[WORK_OUTCOMES] = { [WORK_OK] = 200,        [WORK_MISSING] = 404, [WORK_REFUSED] = 409,
                                                 [WORK_FORBIDDEN] = 403, [WORK_BUSY] = 503,    [WORK_READ_ONLY] = 507,
                                                 [WORK_LOST] = 504 };
    return statuses[outcome];
}

/* Called when the act is durable, on the store's thread. */
static void acted(void *context, const struct work_answer *answer)
{
    struct web__call *c = context;
    struct buf out = BUF_INIT(4096);
    if (answer->outcome != WORK_OK) {
        web__send_error(c, web__status_of(answer->outcome), &answer->error);
        return;
    }
    work_write_answer(answer, &out);
    web_changed(c->web);
    web__send(c, 200, WEB__JSON, &out);
}

/* A program that completes what makes something known has logged in lately, as somebody at a page has. */
static bool may_complete(struct web__call *c, const struct work_request *rq)
{
    struct work_desk_task t;
    bool publishes = rq->act == WORK_COMPLETE && !c->outside &&
                     work_desk_task(c->web->config.work, c->person, rq->dossier, rq->wait, c->arena, &t, NULL) == OK &&
                     work_publishes(&t);
    return !publishes || web__proved_lately(c);
}

void web__json_act(struct web__call *c)
{
    str body;
    struct work_request rq;
    struct error err = { .lang = c->lang };
    if (!json_body(c, &body)) {
        return;
    }
    if (work_request_read(c->arena, body, &rq, &err) != OK) {
        web__send_error(c, 400, &err);
        return;
    }
    if (!may_complete(c, &rq)) {
        return;
    }
    struct web__call *kept = arena_alloc(c->arena, sizeof *kept);
    *kept = *c;
    rq.actor = c->person;
    if (c->outside) {
        rq.party = c->party; /* the session's, whatever the request says */
    }
    work_submit(c->web->config.work, &rq, c->lang, acted, kept);
}

/* ---- Reading ---- */

static int64_t office_of(struct web__call *c, struct store_view *v)
{
    const struct people_tree *tree;
    const str *code = http_query(c->r, "office");
    int64_t id = 0;
    if (code != NULL && people_tree(c->web->config.people, v, &tree, NULL) == OK) {
        const struct people_office *office = people_office_by_code(tree, *code);
        id = office == NULL ? 0 : office->id;
        people_tree_end(c->web->config.people, tree);
    }
    return id;
}

void web__json_tasks(struct web__call *c)
{
    const str *role = http_query(c->r, "role");
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    int64_t office = office_of(c, v);
    struct error err = { .lang = c->lang };
    bool may = role == NULL || work_may_list(c->web->config.work, v, c->person, c->now, office, *role, &err);
    if (may) {
        work_write_tasks(v, office, role == NULL ? STR("") : *role, c->person, 500, &out);
    }
    if (!web__view_end(c, v)) {
        buf_release(&out);
    } else if (!may) {
        buf_release(&out);
        web__send_error(c, 403, &err);
    } else {
        web__send(c, 200, WEB__JSON, &out);
    }
}

void web__json_whole_dossier(struct web__call *c)
{
    struct work_dossier d;
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = c->lang };
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    bool may = work_read_dossier(v, c->number, c->arena, &d) &&
               work_may_see(c->web->config.work, v, c->person, c->now, &d, NULL);
    if (may) {
        work_write_dossier(c->web->config.work, v, &d, &out);
    }
    if (!web__view_end(c, v)) {
        buf_release(&out);
        return;
    }
    if (may) {
        web__send(c, 200, WEB__JSON, &out);
        return;
    }
    buf_release(&out);
    error_set(&err, ERROR_MISSING, "there is no dossier %lld, or it is not yours to see", (long long)c->number);
    web__send_error(c, 404, &err);
}
