/* self: what somebody of the office does with his own log-in: looks at it, ends sessions, has a colleague stand in.
 * What is one's own one may always lend (may.def, DELEGATE), within what people_delegate lets be. */
#include "web/admin.h"

/* ---- Oneself ---- */

static void show_self(struct web__call *c, int status)
{
    struct web__desk d;
    struct people_person p;
    struct people_factor f;
    struct error err = { .lang = c->lang };
    if (!web__desk_open(c, &d)) {
        return;
    }
    enum error_code code = c->outside ? error_set(&err, ERROR_MISSING, "there is no such page")
                                      : people_person(d.v, c->arena, c->person, &p, &err);
    code = code == OK ? people_factor(d.v, c->person, &f, &err) : code;
    if (code == OK) {
        node_put_text(c->model, "login", p.login);
        node_put_text(c->model, "name", p.name);
        node_put_text(c->model, "office_name", web__admin_office(c, d.tree, p.office));
        web__put_instant(c->model, "factor", f.since);
        node_put_int(c->model, "recovery", f.recovery);
        web__put_posts(&d, c->person, false, "posts");
        web__put_posts(&d, c->person, true, "lent");
        web__put_seats(c, d.v, c->person);
    }
    if (!web__desk_close(&d)) {
        return;
    }
    if (code != OK) {
        web__refuse(c, 404, &err);
        return;
    }
    web__desk_done(c, &(struct web__said){ "sessions", "The session has ended" }, 1);
    node_put_true(c->model, "may_lend", c->grant_count > 0);
    web__answer(c, status, page_self);
}

void web__page_self(struct web__call *c)
{
    show_self(c, 200);
}

/* One's own only: the key of another's session ends nothing. */
static enum error_code end_own(struct web__call *c, const struct people_plan *plan, struct error *err)
{
    const struct people_seat *rows;
    uint32_t count = people_seats(plan->view, c->arena, c->person, c->now, WEB__SEATS, &rows);
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(rows[i].key, web__text(c, "key"))) {
            return people_session_close(plan, rows[i].key, err);
        }
    }
    return error_set(err, ERROR_MISSING, "the session has ended");
}

void web__form_self(struct web__call *c)
{
    struct people_plan plan;
    struct error err = { .lang = c->lang };
    if (web__plan(c, &plan) &&
        !web__admin_done(c, &plan, end_own(c, &plan, &err), STR("/self?done=sessions"), &err)) {
        show_self(c, 422);
    }
}

/* ---- Standing in ---- */

static void show_away(struct web__call *c, int status)
{
    struct web__desk d;
    if (!web__desk_open(c, &d)) {
        return;
    }
    web__put_posts(&d, c->person, false, "posts");
    web__put_posts(&d, c->person, true, "lent");
    if (web__desk_close(&d)) {
        static const struct web__said words[] = { { "lend", "Your colleague stands in for you" },
                                                  { "back", "You have the role alone again" } };
        web__desk_done(c, words, 2);
        node_put_text(c->model, "to", web__text(c, "to"));
        node_put_text(c->model, "from", web__text(c, "from").len > 0 ? web__text(c, "from")
                                                                     : web__day_text(c->arena, web__today(c)));
        node_put_text(c->model, "until", web__text(c, "until"));
        node_put_int(c->model, "days", LIMIT_PEOPLE_DELEGATION_DAYS);
        web__crumb(c, "My log-in", STR("/self"));
        web__answer(c, status, page_away);
    }
}

void web__page_away(struct web__call *c)
{
    show_away(c, 200);
}

/* "office:role", as the choice of the page says it. */
static bool read_post(struct web__call *c, int64_t *ret_office, str *ret_role)
{
    str post = web__text(c, "post");
    const char *colon = post.len == 0 ? NULL : memchr(post.ptr, ':', post.len);
    dec number;
    if (colon == NULL || !dec_parse(str_slice(post, 0, (size_t)(colon - post.ptr)), &number) ||
        !dec_to_int(number, ret_office)) {
        return false;
    }
    *ret_role = str_slice(post, (size_t)(colon - post.ptr) + 1, post.len);
    return true;
}

static enum error_code lend(struct web__call *c, const struct people_plan *plan, int64_t office, str role,
                            struct error *err)
{
    struct people_person to;
    cal_date first;
    int64_t since = c->now, until;
    if (!web__until(web__text(c, "until"), &until) || until == 0) {
        error_set(err, ERROR_INVALID, "the last day is missing");
        error_hint(err, "a role is lent for a time; give the day of your return");
        return ERROR_INVALID;
    }
    if (cal_parse_date(web__text(c, "from"), &first)) {
        int64_t begins = web__day_begins(first);
        since = begins > since ? begins : since;
    }
    enum error_code code = people_person_by_login(plan->view, c->arena, str_trim(web__text(c, "to")), &to, err);
    return code == OK ? people_delegate(plan, c->person, to.id, office, role, since, until, err) : code;
}

/* What somebody has on one's behalf; nothing else is taken back here. */
static enum error_code take_back(struct web__call *c, const struct people_plan *plan, int64_t office, str role,
                                 struct error *err)
{
    const struct people_post *rows;
    uint32_t count = people_posts(plan->view, c->arena, c->person, true, c->now, WEB__POSTS, &rows);
    for (uint32_t i = 0; i < count; i++) {
        if (rows[i].person == web__int(c, "person", 0) && rows[i].grant.office == office &&
            str_eq(rows[i].grant.role, role)) {
            return people_role_end(plan, rows[i].person, office, role, err);
        }
    }
    return error_set(err, ERROR_MISSING, "the person does not have this role there");
}

void web__form_away(struct web__call *c)
{
    struct people_plan plan;
    struct error err = { .lang = c->lang };
    int64_t office;
    str role;
    bool back = str_eq(web__text(c, "do"), STR("back"));
    if (!web__plan(c, &plan)) {
        return;
    }
    enum error_code code = !read_post(c, &office, &role)
                               ? error_set(&err, ERROR_INVALID, "choose a role that you have")
                           : back ? take_back(c, &plan, office, role, &err)
                                  : lend(c, &plan, office, role, &err);
    if (!web__admin_done(c, &plan, code, back ? STR("/away?done=back") : STR("/away?done=lend"), &err)) {
        show_away(c, 422);
    }
}
