/* account: people from outside: logging in by a code, what they see of themselves, for whom they act. */
#include "web/web_int.h"

#include "base/limit.h"
#include "record/party.h"

/* ---- Logging in ---- */

void web__page_account(struct web__call *c)
{
    if (c->outside) {
        web__go(c, STR("/me"));
        return;
    }
    node_put_text(c->model, "back", web__local(web__text(c, "back")));
    web__answer(c, 200, page_account);
}

/* The page on which the code is entered; the address stands in the form and never in an address line. */
static void ask_code(struct web__call *c, int status, struct people_address address)
{
    node_put_text(c->model, "address", address.text);
    node_put_text(c->model, "shown", people_address_shown(c->arena, address));
    node_put_text(c->model, "back", web__local(web__text(c, "back")));
    node_put_int(c->model, "minutes", LIMIT_PEOPLE_CODE_SECONDS / 60);
    node_put_int(c->model, "wait", LIMIT_PEOPLE_CODE_WAIT_SECONDS);
    c->secret = true;
    web__answer(c, status, page_account_code);
}

void web__form_code(struct web__call *c)
{
    struct people_address address;
    struct error err = { .lang = c->lang };
    if (!web__may_send_password(c) || !web__within_rate(c, WEB__RATE_CODE)) {
        return;
    }
    enum error_code code = people_address_read(web__text(c, "address"), c->arena, &address, &err);
    if (code != OK) {
        node_put_text(c->model, "address", web__text(c, "address"));
        node_put_text(c->model, "back", web__local(web__text(c, "back")));
        web__problem(c, &err, "#address");
        web__answer(c, 422, page_account);
        return;
    }
    web__count_rate(c, WEB__RATE_CODE);
    code = people_code_send(c->web->config.people, address, c->now, &err);
    if (code == ERROR_LIMIT) {
        web__problem(c, &err, "#code");
        ask_code(c, 429, address);
    } else if (code != OK) {
        web__refuse(c, 503, &err);
    } else {
        web_letters(c->web);
        ask_code(c, 200, address);
    }
}

/* Whoever acts for one enterprise acts for it at once; whoever acts for several goes on with that of the last time. */
static void choose_again(struct web__call *c, const struct people_session *session)
{
    struct people_plan plan;
    struct error err = { .lang = c->lang };
    if (people_begin(c->web->config.people, c->arena, session->person, c->now, &plan, &err) == OK) {
        str party = people_party_again(plan.view, c->arena, session->person, c->now);
        enum error_code code = party.len == 0 ? ERROR_MISSING : people_session_choose(&plan, session, party, &err);
        people_finish(&plan, code, NULL, &err); /* otherwise he chooses himself, as ever */
    }
}

void web__form_account(struct web__call *c)
{
    struct people_address address;
    struct people_login login;
    struct error err = { .lang = c->lang };
    if (!web__may_send_password(c) || !web__within_rate(c, WEB__RATE_LOGIN)) {
        return;
    }
    if (people_address_read(web__text(c, "address"), c->arena, &address, &err) != OK) {
        web__go(c, STR("/account"));
        return;
    }
    enum error_code code = people_code_use(c->web->config.people, address, web__text(c, "code"), c->now, &login, &err);
    if (code == OK) {
        str back = web__local(web__text(c, "back"));
        web__cookie(c, web__session_cookie(c->web), str_of(login.token), 0, true);
        choose_again(c, &login.session);
        web__go(c, str_eq(back, STR("/")) ? STR("/my") : back);
    } else if (code == ERROR_INVALID) {
        web__count_rate(c, WEB__RATE_LOGIN);
        web__problem(c, &err, "#code");
        ask_code(c, 403, address);
    } else {
        web__refuse(c, 503, &err);
    }
}

/* ---- Oneself ---- */

static void put_binding(struct web__call *c, struct store_view *v, struct node *list, const struct people_binding *b)
{
    struct node *row = node_add_object(list);
    bool holds = b->state == PEOPLE_BOUND && c->now < b->until;
    node_put_int(row, "id", b->id);
    node_put_text(row, "party", b->party);
    str called = b->state == PEOPLE_BOUND ? web__party_name(c, v, b->party) : b->party;
    node_put_text(row, "called", called);
    node_put_true(row, "named", !str_eq(called, b->party));
    node_put_word(row, "state", b->state == PEOPLE_BOUND && !holds ? "expired" : people_binding_state_name(b->state));
    node_put_text(row, "reason", b->reason);
    web__put_instant(row, "requested", b->requested);
    web__put_instant(row, "decided", b->decided);
    web__put_instant(row, "until", b->until);
    node_put_true(row, "open", holds || b->state == PEOPLE_REQUESTED);
    node_put_true(row, "may_choose", holds && !str_eq(b->party, c->party));
    node_put_true(row, "chosen", holds && str_eq(b->party, c->party));
}

static void put_bindings(struct web__call *c, struct store_view *v)
{
    const struct people_binding *rows;
    struct node *list = node_put_list(c->model, "bindings");
    uint32_t count = people_bindings(v, c->arena, c->person, 0, false, LIMIT_WEB_ROWS, &rows);
    for (uint32_t i = 0; i < count; i++) {
        put_binding(c, v, list, &rows[i]);
    }
}

/* Everything that the account has told of itself, and what was bound to it. False after an answer was sent. */
static bool put_me(struct web__call *c)
{
    struct people_account a;
    struct error err = { .lang = c->lang };
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    enum error_code code = people_account(c->web->config.people, v, c->arena, c->person, &a, &err);
    if (code == OK) {
        node_put_text(c->model, "name", a.name);
        node_put_text(c->model, "address", a.address.text);
        node_put_true(c->model, "mail", a.address.mail);
        node_put_text(c->model, "party", c->party_name);
        web__put_instant(c->model, "created", a.created);
        put_bindings(c, v);
    }
    if (!web__view_end(c, v)) {
        return false;
    }
    if (code != OK) {
        web__refuse(c, 503, &err);
    }
    return code == OK;
}

void web__page_me(struct web__call *c)
{
    if (put_me(c)) {
        web__answer(c, 200, page_me);
    }
}

/* The same as a file that the person can keep. */
void web__file_me(struct web__call *c)
{
    if (put_me(c)) {
        http_add_header(c->r, "Content-Disposition", STR("attachment; filename=\"account.json\""));
        c->json = true;
        web__answer(c, 200, page_me);
    }
}

/* Ends the plan; leads on, or shows what was refused on the person's page. */
static void end_plan(struct web__call *c, struct people_plan *plan, enum error_code code, str where, struct error *err)
{
    code = people_finish(plan, code, NULL, err);
    if (code == OK) {
        web__go(c, where);
        return;
    }
    if (code != ERROR_INVALID && code != ERROR_LIMIT && code != ERROR_MISSING) {
        web__refuse(c, 503, err);
        return;
    }
    web__problem(c, err, NULL);
    if (put_me(c)) {
        web__answer(c, 422, page_me);
    }
}

void web__form_me(struct web__call *c)
{
    struct people_plan plan;
    struct error err = { .lang = c->lang };
    if (web__plan(c, &plan)) {
        end_plan(c, &plan, people_account_rename(&plan, c->person, str_trim(web__text(c, "name")), &err), STR("/me"),
                 &err);
    }
}

void web__form_party(struct web__call *c)
{
    struct people_plan plan;
    struct error err = { .lang = c->lang };
    if (web__plan(c, &plan)) {
        str back = web__text(c, "back");
        end_plan(c, &plan, people_session_choose(&plan, &c->session, web__text(c, "party"), &err),
                 back.len > 0 ? web__local(back) : STR("/me"), &err);
    }
}

void web__form_sessions(struct web__call *c)
{
    struct people_plan plan;
    struct error err = { .lang = c->lang };
    if (web__plan(c, &plan)) {
        web__cookie(c, web__session_cookie(c->web), STR(""), 0, true);
        end_plan(c, &plan, people_session_end_all(&plan, c->person, &err), STR("/"), &err);
    }
}

void web__page_close(struct web__call *c)
{
    web__crumb(c, "My account", STR("/me"));
    web__answer(c, 200, page_me_close);
}

void web__form_close(struct web__call *c)
{
    struct people_plan plan;
    struct error err = { .lang = c->lang };
    if (!web__plan(c, &plan)) {
        return;
    }
    uint32_t erased;
    const struct record_plan own = { .record = c->web->config.record, .view = plan.view, .change = plan.change,
                                     .arena = c->arena, .actor = c->person, .now = c->now };
    enum error_code code = people_account_close(&plan, c->person, &err);
    code = code == OK ? party_erase_person(&own, c->person, &err) : code;
    code = people_finish(&plan, code, NULL, &err);
    code = code == OK ? people_account_forget(c->web->config.people, c->person, &err) : code;
    code = code == OK ? record_erase_due(c->web->config.record, &erased, &err) : code;
    if (code != OK) {
        web__refuse(c, 503, &err);
        return;
    }
    web__cookie(c, web__session_cookie(c->web), STR(""), 0, true);
    web__go(c, STR("/"));
}

/* ---- The outbox of a demonstration ---- */

void web__page_outbox(struct web__call *c)
{
    enum { SHOWN = 20 };
    const struct people_letter *letters = NULL;
    uint32_t count = 0;
    struct error err = { .lang = c->lang };
    if (!c->web->config.demo) {
        http_send_error(c->r, 404, "there is no such page");
        return;
    }
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    people_letters(c->web->config.people, v, c->arena, false, c->now, SHOWN, &letters, &count, &err);
    if (!web__view_end(c, v)) {
        return;
    }
    struct node *list = node_put_list(c->model, "letters");
    for (uint32_t i = 0; i < count; i++) {
        struct node *row = node_add_object(list);
        node_put_text(row, "to", letters[i].to.text);
        node_put_text(row, "text", letters[i].text);
        web__put_instant(row, "at", letters[i].at);
    }
    c->secret = true;
    web__answer(c, 200, page_outbox);
}
