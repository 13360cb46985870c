/* factor: what comes after the password and before everything else: the second factor, a password of one's own, the
 * first administrator; and giving everything again before something grave. */
#include "web/web_int.h"

#include "base/limit.h"
#include "chart/chart.h"

/* These pages are for whoever logs in with a password; false after an answer was sent. */
static bool is_staff(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    if (!c->session.outside) {
        return true;
    }
    error_set(&err, ERROR_INVALID, "this is not for you to do");
    error_hint(&err, "it is for people of the office, who log in with a password");
    web__refuse(c, 403, &err);
    return false;
}

/* ---- The second step ---- */

static void ask_code(struct web__call *c, int status)
{
    node_put_text(c->model, "back", web__local(web__text(c, "back")));
    web__answer(c, status, page_login_code);
}

static bool wants_code(struct web__call *c)
{
    if (c->step == WEB__STEP_CODE) {
        return true;
    }
    web__go(c, web__text(c, "back"));
    return false;
}

void web__page_second(struct web__call *c)
{
    if (wants_code(c)) {
        ask_code(c, 200);
    }
}

void web__form_second(struct web__call *c)
{
    struct people_login login;
    struct error err = { .lang = c->lang };
    if (!wants_code(c) || !web__within_rate(c, WEB__RATE_LOGIN)) {
        return;
    }
    enum error_code code = people_second(c->web->config.people, &c->session, web__text(c, "code"), c->now, &login,
                                         &err);
    if (code == OK) {
        web__enter(c, &login, web__text(c, "back"));
    } else if (code == ERROR_INVALID) {
        web__count_rate(c, WEB__RATE_LOGIN);
        web__problem(c, &err, "#code");
        ask_code(c, 403);
    } else {
        web__refuse(c, 503, &err);
    }
}

/* ---- Giving everything again ---- */

static bool proved(const struct web__call *c)
{
    return people_proved(&c->session, c->now, c->web->config.proof_seconds);
}

void web__put_proof(struct web__call *c, bool anew)
{
    bool asks = !c->session.outside && (anew || !proved(c));
    node_put_true(c->model, "proof", asks);
    node_put_true(c->model, "proof_code", asks && c->session.factor);
}

bool web__proved(struct web__call *c, bool anew)
{
    struct error err = { .lang = c->lang };
    str password = web__text(c, "-password");
    if (c->session.outside || (!anew && proved(c))) {
        return true;
    }
    enum error_code code = ERROR_INVALID;
    if (password.len == 0) {
        error_set(&err, ERROR_INVALID, "your password is missing");
        error_hint(&err, "what is grave takes the password again, and the code where you have a second factor");
    } else {
        code = people_prove(c->web->config.people, &c->session, password, web__text(c, "-code"), c->now, &err);
    }
    if (code != OK) {
        web__problem(c, &err, "#-password");
        return false;
    }
    c->session.version++;
    c->session.proved = c->now;
    return true;
}

bool web__proved_lately(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    if (c->session.outside || proved(c)) {
        return true;
    }
    error_set(&err, ERROR_INVALID, "this takes a new log-in");
    error_hint(&err, "what makes something known is done within %lld seconds after a log-in",
               (long long)c->web->config.proof_seconds);
    web__refuse(c, 403, &err);
    return false;
}

/* ---- A password of one's own ---- */

static void ask_password(struct web__call *c, int status)
{
    node_put_true(c->model, "given", c->session.given);
    node_put_int(c->model, "least", LIMIT_PEOPLE_PASSWORD_MIN);
    node_put_text(c->model, "back", web__local(web__text(c, "back")));
    web__put_proof(c, !c->session.given);
    web__answer(c, status, page_password);
}

/* A code that is still to come goes before a password that is: a reset of the one is no way around the other. */
static bool may_choose(struct web__call *c)
{
    if (!is_staff(c)) {
        return false;
    }
    if (c->step == WEB__STEP_CODE) {
        web__go(c, web__step_address(c, WEB__STEP_CODE, http_target(c->r)));
        return false;
    }
    return true;
}

void web__page_password(struct web__call *c)
{
    if (may_choose(c)) {
        ask_password(c, 200);
    }
}

/* Both fields say the same; otherwise a problem is on the page. */
static bool same_twice(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    if (str_eq(web__text(c, "password"), web__text(c, "again"))) {
        return true;
    }
    error_set(&err, ERROR_INVALID, "the two passwords are not the same");
    error_hint(&err, "type the new password into both fields");
    web__problem(c, &err, "#again");
    return false;
}

void web__form_password(struct web__call *c)
{
    struct people_login login;
    struct error err = { .lang = c->lang };
    if (!may_choose(c) || !web__within_rate(c, WEB__RATE_LOGIN)) {
        return;
    }
    if (!same_twice(c)) {
        ask_password(c, 422);
        return;
    }
    if (!web__proved(c, !c->session.given)) {
        web__count_rate(c, WEB__RATE_LOGIN);
        ask_password(c, 422);
        return;
    }
    enum error_code code = people_password_change(c->web->config.people, &c->session, web__text(c, "password"),
                                                  c->now, &login, &err);
    if (code == OK) {
        web__enter(c, &login, web__text(c, "back"));
    } else if (code == ERROR_INVALID || code == ERROR_LIMIT) {
        web__problem(c, &err, "#password");
        ask_password(c, 422);
    } else {
        web__refuse(c, 503, &err);
    }
}

/* ---- The second factor ---- */

/* The seed that was begun, as letters in groups of four and as a QR code. */
static enum error_code put_seed(struct web__call *c, struct store_view *v, struct error *err)
{
    const struct web_config *config = &c->web->config;
    struct people_person p;
    char seed[PEOPLE_SEED];
    struct buf groups = BUF_INIT(2 * PEOPLE_SEED);
    struct chart_code qr;
    enum error_code code = people_person(v, c->arena, c->known, &p, err);
    code = code == OK ? people_factor_seed(config->people, v, c->arena, c->known, seed, err) : code;
    if (code == OK) {
        str office = config->name != NULL ? str_of(config->name) : STR("Gongshi");
        code = chart_code(people_factor_address(c->arena, office, p.login, seed), c->arena, &qr, err);
    }
    if (code == OK) {
        for (size_t i = 0; seed[i] != '\0'; i++) {
            buf_printf(&groups, "%s%c", i > 0 && i % 4 == 0 ? " " : "", seed[i]);
        }
        node_put_text(c->model, "seed", arena_str(c->arena, buf_str(&groups)));
        node_put_text(c->model, "login", p.login);
        node_put_int(c->model, "size", qr.size);
        node_put_text(c->model, "path", qr.path);
    }
    buf_release(&groups);
    return code;
}

static void show_factor(struct web__call *c, int status)
{
    struct people_factor f;
    struct error err = { .lang = c->lang };
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    enum error_code code = people_factor(v, c->known, &f, &err);
    if (code == OK && f.begun) {
        code = put_seed(c, v, &err);
    }
    if (!web__view_end(c, v)) {
        return;
    }
    if (code != OK) {
        web__refuse(c, 503, &err);
        return;
    }
    node_put_true(c->model, "begun", f.begun);
    web__put_instant(c->model, "since", f.since);
    node_put_int(c->model, "recovery", f.recovery);
    node_put_true(c->model, "must", c->step == WEB__STEP_FACTOR);
    node_put_text(c->model, "back", web__local(web__text(c, "back")));
    web__put_proof(c, false);
    web__answer(c, status, page_factor);
}

/* Nobody who has one, or whose password is another's, gets past it to this page. */
static bool may_set_up(struct web__call *c)
{
    if (!is_staff(c)) {
        return false;
    }
    if (c->step == WEB__STEP_CODE || c->step == WEB__STEP_PASSWORD) {
        web__go(c, web__step_address(c, c->step, http_target(c->r)));
        return false;
    }
    return true;
}

void web__page_factor(struct web__call *c)
{
    if (may_set_up(c)) {
        show_factor(c, 200);
    }
}

/* Shown this once: nothing of it is kept but hashes. */
static void show_codes(struct web__call *c, char codes[LIMIT_PEOPLE_RECOVERY][PEOPLE_RECOVERING])
{
    struct node *list = node_put_list(c->model, "codes");
    for (size_t i = 0; i < LIMIT_PEOPLE_RECOVERY; i++) {
        node_add_text(list, arena_str(c->arena, str_of(codes[i])));
    }
    node_put_text(c->model, "back", web__local(web__text(c, "back")));
    web__answer(c, 200, page_factor_codes);
}

static enum error_code begin_factor(struct web__call *c, struct error *err)
{
    struct people_plan plan;
    enum error_code code = people_begin(c->web->config.people, c->arena, c->known, c->now, &plan, err);
    return code == OK ? people_finish(&plan, people_factor_begin(&plan, c->known, err), NULL, err) : code;
}

/* The session is renewed: whoever had a token from before has none any more. */
static enum error_code set_factor(struct web__call *c, char codes[LIMIT_PEOPLE_RECOVERY][PEOPLE_RECOVERING],
                                  struct error *err)
{
    struct people_login login;
    enum error_code code = people_factor_set(c->web->config.people, &c->session, web__text(c, "code"), c->now, codes,
                                             &login, err);
    if (code == OK) {
        web__cookie(c, web__session_cookie(c->web), str_of(login.token), 0, true);
    } else if (code == ERROR_INVALID) {
        web__count_rate(c, WEB__RATE_LOGIN);
    }
    return code;
}

static enum error_code renew_codes(struct web__call *c, char codes[LIMIT_PEOPLE_RECOVERY][PEOPLE_RECOVERING],
                                   struct error *err)
{
    struct people_plan plan;
    enum error_code code = people_begin(c->web->config.people, c->arena, c->known, c->now, &plan, err);
    return code == OK ? people_finish(&plan, people_factor_recovery(&plan, c->known, codes, err), NULL, err) : code;
}

void web__form_factor(struct web__call *c)
{
    char codes[LIMIT_PEOPLE_RECOVERY][PEOPLE_RECOVERING];
    struct error err = { .lang = c->lang };
    str what = web__text(c, "do");
    if (!may_set_up(c) || !web__within_rate(c, WEB__RATE_LOGIN)) {
        return;
    }
    if (!web__proved(c, false)) {
        web__count_rate(c, WEB__RATE_LOGIN);
        show_factor(c, 422);
        return;
    }
    bool begins = str_eq(what, STR("begin"));
    enum error_code code = begins                      ? begin_factor(c, &err)
                           : str_eq(what, STR("set"))  ? set_factor(c, codes, &err)
                                                       : renew_codes(c, codes, &err);
    if (code == OK && begins) {
        web__go(c, web__step_address(c, WEB__STEP_FACTOR, web__text(c, "back")));
    } else if (code == OK) {
        show_codes(c, codes);
    } else if (code == ERROR_IO) {
        web__refuse(c, 503, &err);
    } else {
        web__problem(c, &err, str_eq(what, STR("set")) ? "#code" : NULL);
        show_factor(c, 422);
    }
}

/* ---- The first administrator ---- */

static void ask_first(struct web__call *c, int status)
{
    node_put_text(c->model, "login", web__text(c, "login"));
    node_put_text(c->model, "name", web__text(c, "name"));
    node_put_int(c->model, "least", LIMIT_PEOPLE_PASSWORD_MIN);
    c->secret = true;
    web__answer(c, status, page_first);
}

/* Once there is an administrator there is no such page; false after an answer was sent. */
static bool is_first(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    bool first = people_awaits_first(v);
    if (!web__view_end(c, v)) {
        return false;
    }
    if (!first) {
        error_set(&err, ERROR_MISSING, "there is no such page");
        web__refuse(c, 404, &err);
    }
    return first;
}

void web__page_first(struct web__call *c)
{
    if (is_first(c)) {
        ask_first(c, 200);
    }
}

void web__form_first(struct web__call *c)
{
    struct people_login login;
    struct people *people = c->web->config.people;
    struct error err = { .lang = c->lang };
    int64_t person;
    if (!is_first(c) || !web__may_send_password(c) || !web__within_rate(c, WEB__RATE_LOGIN)) {
        return;
    }
    if (!same_twice(c)) {
        ask_first(c, 422);
        return;
    }
    enum error_code code = people_first_use(people, web__text(c, "code"), web__text(c, "login"), web__text(c, "name"),
                                            web__text(c, "password"), c->now, &person, &err);
    code = code == OK ? people_login(people, web__text(c, "login"), web__text(c, "password"), c->now, &login, &err)
                      : code;
    if (code == OK) {
        web__enter(c, &login, STR("/admin"));
    } else if (code == ERROR_IO) {
        web__refuse(c, 503, &err);
    } else {
        web__count_rate(c, WEB__RATE_LOGIN);
        web__problem(c, &err, "#code");
        ask_first(c, 422);
    }
}
