/* login: sessions in cookies, and how somebody wants to see pages. */
#include "web/web_int.h"

#include "base/limit.h"

const char *web__session_cookie(const struct web *web)
{
    return web->secure ? "__Host-s" : "s";
}

bool web__may_send_password(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    str client = http_client(c->r);
    if (c->web->secure || c->web->config.demo || str_starts_with(client, STR("127.")) || str_eq(client, STR("::1"))) {
        return true;
    }
    error_set(&err, ERROR_INVALID, "passwords are taken only over an encrypted connection");
    error_hint(&err, "put the server behind a proxy with TLS and give --address https://…");
    web__refuse(c, 403, &err);
    return false;
}

/* ---- Steps ---- */

enum web__step web__step_of(const struct web *web, const struct people_session *s)
{
    return s->outside                                      ? WEB__STEP_NONE
           : s->factor && !s->second                       ? WEB__STEP_CODE
           : s->given                                      ? WEB__STEP_PASSWORD
           : web->config.second_factor && !s->factor       ? WEB__STEP_FACTOR
                                                           : WEB__STEP_NONE;
}

/* An address with another one in it. */
static str leading_back(struct web__call *c, const char *page, str back)
{
    struct buf out = BUF_INIT(LIMIT_FORM_TEXT);
    struct template t = { .out = &out };
    struct node target = { .kind = JSON_STRING, .text = back };
    buf_addz(&out, page);
    buf_addz(&out, "?back=");
    template_part(&t, &target);
    str address = arena_str(c->arena, buf_str(&out));
    buf_release(&out);
    return address;
}

str web__login_address(struct web__call *c, const char *page)
{
    return leading_back(c, page, http_target(c->r));
}

str web__step_address(struct web__call *c, enum web__step step, str back)
{
    static const char *const pages[] = { [WEB__STEP_NONE] = "/", [WEB__STEP_CODE] = "/login/code",
                                         [WEB__STEP_PASSWORD] = "/password", [WEB__STEP_FACTOR] = "/factor" };
    return leading_back(c, pages[step], web__local(back));
}

void web__enter(struct web__call *c, const struct people_login *login, str back)
{
    enum web__step step = web__step_of(c->web, &login->session);
    web__cookie(c, web__session_cookie(c->web), str_of(login->token), 0, true);
    web__go(c, step == WEB__STEP_NONE ? back : web__step_address(c, step, back));
}

void web__page_login(struct web__call *c)
{
    str back = web__text(c, "back");
    node_put_text(c->model, "back", back.len > 0 ? web__local(back) : STR("/office"));
    web__answer(c, 200, page_login);
}

void web__form_login(struct web__call *c)
{
    struct people_login login;
    struct error err = { .lang = c->lang };
    if (!web__may_send_password(c) || !web__within_rate(c, WEB__RATE_LOGIN)) {
        return;
    }
    enum error_code code = people_login(c->web->config.people, web__text(c, "login"), web__text(c, "password"), c->now,
                                        &login, &err);
    if (code == OK) {
        web__enter(c, &login, web__text(c, "back"));
        return;
    }
    if (code != ERROR_INVALID) {
        web__refuse(c, 503, &err);
        return;
    }
    web__count_rate(c, WEB__RATE_LOGIN);
    node_put_text(c->model, "login", web__text(c, "login"));
    node_put_text(c->model, "back", web__local(web__text(c, "back")));
    web__problem(c, &err, "#login");
    web__answer(c, 403, page_login);
}

void web__form_logout(struct web__call *c)
{
    struct people_plan plan;
    struct error err = { .lang = c->lang };
    enum error_code code = people_begin(c->web->config.people, c->arena, c->known, c->now, &plan, &err);
    if (code == OK) {
        code = people_finish(&plan, people_session_end(&plan, &c->session, &err), NULL, &err);
    }
    if (code != OK) {
        web__refuse(c, 503, &err);
        return;
    }
    web__cookie(c, web__session_cookie(c->web), STR(""), 0, true);
    http_add_header(c->r, "Clear-Site-Data", STR("\"cache\", \"storage\""));
    web__go(c, STR("/"));
}

/* ---- Look ---- */

enum { YEAR = 365 * 24 * 3600 };

void web__page_look(struct web__call *c)
{
    str lang = web__text(c, "lang"), size = web__text(c, "size"), contrast = web__text(c, "contrast");
    bool english = lang.len > 0 ? str_eq(lang, STR("en")) : c->lang == LANG_EN;
    bool large = size.len > 0 ? str_eq(size, STR("large")) : c->look.large;
    bool high = contrast.len > 0 ? str_eq(contrast, STR("high")) : c->look.contrast;
    web__cookie(c, "look", arena_printf(c->arena, "%s%s%s", english ? "en" : "zh", large ? ".large" : "",
                                        high ? ".contrast" : ""), YEAR, true);
    web__go(c, web__text(c, "back"));
}
