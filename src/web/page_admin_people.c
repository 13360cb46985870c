/* admin_people: people, offices and sessions for administrators. Who may do what to whom is people_may's to say: nobody
 * changes his own account. */
#include "web/admin.h"

enum { PEOPLE = 100, ROLES = 100 };

static const struct web__said said[] = {
    { "add", "The person was added" },
    { "change", "Name and office are changed" },
    { "close", "The account is closed" },
    { "give", "The role is given" },
    { "end", "The role has ended" },
    { "factor", "The second factor was taken away" },
    { "sessions", "The sessions have ended" },
    { "office", "The office was added" },
    { "rename", "The office has another name" },
    { "move", "The office was moved" },
    { "transport", "How messages reach the office is changed" },
};

static void put_said(struct web__call *c)
{
    web__desk_done(c, said, sizeof said / sizeof said[0]);
}

/* ---- Roles that can be given ---- */

static void put_role(struct node *list, str name, str title)
{
    for (const struct node *n = list->first; n != NULL; n = n->next) {
        if (str_eq(node_text(n, "name"), name)) {
            return;
        }
    }
    struct node *row = node_add_object(list);
    node_put_text(row, "name", name);
    node_put_text(row, "title", title);
}

static const char *const reserved[][2] = { { "manager", "manager of an office and all below it" },
                                           { "auditor", "reads everything, writes nothing" },
                                           { "administrator", "runs the machine, sees no dossier" } };
enum { RESERVED = sizeof reserved / sizeof reserved[0] };

str web__role_title(struct web__call *c, struct store_view *v, str role)
{
    const struct scheme *schemes[WEB__SCHEMES];
    for (size_t i = 0; i < RESERVED; i++) {
        if (str_eq(role, str_of(reserved[i][0]))) {
            return str_of(lang_text(c->lang, reserved[i][1]));
        }
    }
    uint32_t count = web__schemes(c, v, schemes);
    for (uint32_t i = 0; i < count; i++) {
        const struct scheme_role *r = scheme_role(schemes[i], role);
        if (r != NULL && web__called(c, r->title, STR("")).len > 0) {
            return web__called(c, r->title, role);
        }
    }
    const struct scheme *core;
    bool there = record_installed(c->web->config.record, v, STR("core"), &core, NULL) == OK;
    const struct scheme_role *r = there ? scheme_role(core, role) : NULL;
    return r != NULL ? web__called(c, r->title, role) : role;
}

/* The reserved ones, and those of the installed schemes; others may be typed. */
static void put_roles(struct web__desk *d)
{
    struct web__call *c = d->c;
    const struct scheme *schemes[WEB__SCHEMES];
    struct node *list = node_put_list(c->model, "roles");
    for (size_t i = 0; i < RESERVED; i++) {
        put_role(list, str_of(reserved[i][0]), str_of(lang_text(c->lang, reserved[i][1])));
    }
    uint32_t count = web__schemes(c, d->v, schemes);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < schemes[i]->role_count && list->count < ROLES; k++) {
            const struct scheme_role *r = &schemes[i]->roles[k];
            if (r->by == SCHEME_ROLE_ACCOUNT) {
                put_role(list, r->name, web__called(c, r->title, r->name));
            }
        }
    }
}

/* ---- The list ---- */

/* Roles with blanks between, each by its title. */
static void put_titles(struct web__desk *d, struct node *n, str roles)
{
    struct node *list = node_put_list(n, "roles");
    for (size_t from = 0, to; from < roles.len; from = to + 1) {
        for (to = from; to < roles.len && roles.ptr[to] != ' '; to++) {
        }
        node_add_text(list, web__role_title(d->c, d->v, str_slice(roles, from, to)));
    }
}

static void put_people(struct web__desk *d, const struct people_find *what)
{
    struct web__call *c = d->c;
    const struct people_found *rows;
    uint32_t count = people_find(d->v, c->arena, what, c->now, PEOPLE + 1, &rows);
    struct node *list = node_put_list(c->model, "people");
    for (uint32_t i = 0; i < count && i < PEOPLE; i++) {
        struct node *n = node_add_object(list);
        node_put_int(n, "id", rows[i].id);
        node_put_text(n, "login", rows[i].login);
        node_put_text(n, "name", rows[i].name);
        node_put_text(n, "office", web__admin_office(c, d->tree, rows[i].office));
        put_titles(d, n, rows[i].roles);
        node_put_true(n, "closed", rows[i].state == PEOPLE_CLOSED);
        node_put_true(n, "locked", rows[i].locked);
        node_put_true(n, "given", rows[i].given);
        node_put_true(n, "none", !rows[i].password);
        node_put_true(n, "factor", rows[i].factor);
    }
    if (count > PEOPLE) {
        node_put_text(c->model, "next", rows[PEOPLE - 1].login);
    }
}

void web__page_people(struct web__call *c)
{
    struct web__desk d;
    const struct people_find what = { .words = str_trim(web__text(c, "q")), .office = web__int(c, "office", 0),
                                      .closed = web__flag(c, "closed"), .after = web__text(c, "after") };
    if (!web__desk_open(c, &d)) {
        return;
    }
    put_people(&d, &what);
    web__put_offices(c, d.tree, what.office);
    if (web__desk_close(&d)) {
        node_put_text(c->model, "q", what.words);
        node_put_true(c->model, "closed", what.closed);
        node_put_int(c->model, "office", what.office);
        web__admin_tabs(c, "/people");
        web__answer(c, 200, page_admin_people);
    }
}

/* ---- A new person ---- */

static void ask_person(struct web__call *c, int status)
{
    struct web__desk d;
    if (!web__desk_open(c, &d)) {
        return;
    }
    web__put_offices(c, d.tree, web__int(c, "office", 0));
    put_roles(&d);
    if (web__desk_close(&d)) {
        node_put_text(c->model, "login", web__text(c, "login"));
        node_put_text(c->model, "name", web__text(c, "name"));
        node_put_text(c->model, "role", web__text(c, "role"));
        web__put_proof(c, false);
        web__admin_tabs(c, "/people");
        web__answer(c, status, page_admin_person_add);
    }
}

void web__page_person_add(struct web__call *c)
{
    ask_person(c, 200);
}

/* May the reader do this to the account of a person, as far as an office goes? */
static enum error_code may(const struct people_plan *plan, struct web__call *c, enum people_verb verb, int64_t person,
                           int64_t office, struct error *err)
{
    struct people_verdict verdict;
    const struct people_actor actor = { .person = c->person, .now = c->now, .grants = c->grants,
                                        .count = c->grant_count };
    const struct people_object object = { .kind = PEOPLE_KIND_PEOPLE, .person = person, .office = office,
                                          .open = true };
    return people_may(plan->tree, &actor, verb, &object, &verdict, err) ? OK : ERROR_INVALID;
}

/* A password for one time, shown on the page that answers and nowhere else. */
static void show_password(struct web__call *c, int64_t person, str login, const char *password)
{
    node_put_int(c->model, "id", person);
    node_put_text(c->model, "login", login);
    node_put_text(c->model, "password", arena_str(c->arena, str_of(password)));
    node_put_int(c->model, "hours", LIMIT_PEOPLE_GIVEN_SECONDS / 3600);
    web__admin_tabs(c, "/people");
    web__answer(c, 200, page_admin_password);
}

static enum error_code create(struct web__call *c, int64_t *ret, struct error *err)
{
    struct people_plan plan;
    int64_t office = web__int(c, "office", 0);
    enum error_code code = people_begin(c->web->config.people, c->arena, c->person, c->now, &plan, err);
    if (code != OK) {
        return code;
    }
    code = may(&plan, c, PEOPLE_VERB_MANAGE, 0, office, err);
    if (code == OK) {
        code = people_person_create(&plan, str_trim(web__text(c, "login")), str_trim(web__text(c, "name")), office, ret,
                                    err);
    }
    return people_finish(&plan, code, NULL, err);
}

/* The password and, where one was chosen, the first role: a second act, because a plan sees no person that it makes. */
static enum error_code equip(struct web__call *c, int64_t person, const char *hash, struct error *err)
{
    struct people_plan plan;
    enum error_code code = people_begin(c->web->config.people, c->arena, c->person, c->now, &plan, err);
    return code == OK ? people_finish(&plan, people_password_give(&plan, person, hash, err), NULL, err) : code;
}

static enum error_code give(struct web__call *c, int64_t person, int64_t office, str role, int64_t until,
                            struct error *err)
{
    struct people_plan plan;
    enum error_code code = people_begin(c->web->config.people, c->arena, c->person, c->now, &plan, err);
    if (code != OK) {
        return code;
    }
    code = may(&plan, c, people_giving(role), person, office, err);
    if (code == OK) {
        code = people_role_give(&plan, person, office, role, c->now, until, err);
    }
    return people_finish(&plan, code, NULL, err);
}

void web__form_person_add(struct web__call *c)
{
    char password[PEOPLE_CODE], hash[PEOPLE_HASH];
    struct error err = { .lang = c->lang };
    int64_t person = 0;
    str role = str_trim(web__text(c, "role"));
    if (!web__proved(c, false)) {
        ask_person(c, 422);
        return;
    }
    people_password_make(password);
    enum error_code code = people_password_hash(c->web->config.people, str_of(password), NULL, 0, hash, &err);
    code = code == OK ? create(c, &person, &err) : code;
    code = code == OK ? equip(c, person, hash, &err) : code;
    if (code == OK && role.len > 0) {
        code = give(c, person, web__int(c, "office", 0), role, 0, &err);
    }
    if (code == OK) {
        show_password(c, person, str_trim(web__text(c, "login")), password);
    } else if (code == ERROR_IO) {
        web__refuse(c, 503, &err);
    } else {
        web__problem(c, &err, "#login");
        ask_person(c, 422);
    }
}

/* ---- One person ---- */

void web__put_posts(struct web__desk *d, int64_t person, bool lent, const char *name)
{
    struct web__call *c = d->c;
    const struct people_post *rows;
    uint32_t count = people_posts(d->v, c->arena, person, lent, c->now, WEB__POSTS, &rows);
    struct node *list = node_put_list(c->model, name);
    for (uint32_t i = 0; i < count; i++) {
        struct node *n = node_add_object(list);
        node_put_text(n, "role", rows[i].grant.role);
        node_put_text(n, "title", web__role_title(d->c, d->v, rows[i].grant.role));
        node_put_int(n, "office", rows[i].grant.office);
        node_put_text(n, "office_name", web__admin_office(c, d->tree, rows[i].grant.office));
        node_put_int(n, "person", rows[i].person);
        node_put_text(n, "name", rows[i].name);
        node_put_text(n, "behalf", rows[i].behalf);
        web__put_day(n, "since", rows[i].grant.since);
        node_put_true(n, "later", rows[i].grant.since > c->now);
        if (rows[i].grant.until != 0) {
            web__put_day(n, "until", rows[i].grant.until - 1);
        }
    }
}

void web__put_seats(struct web__call *c, struct store_view *v, int64_t person)
{
    const struct people_seat *rows;
    uint32_t count = people_seats(v, c->arena, person, c->now, WEB__SEATS, &rows);
    struct node *list = node_put_list(c->model, "seats");
    for (uint32_t i = 0; i < count; i++) {
        struct node *n = node_add_object(list);
        node_put_text(n, "key", rows[i].key);
        node_put_int(n, "person", rows[i].person);
        node_put_text(n, "name", rows[i].name);
        node_put_true(n, "second", rows[i].second);
        node_put_true(n, "own", str_eq(rows[i].key, str_of(c->session.key)));
        web__put_instant(n, "created", rows[i].created);
        web__put_instant(n, "seen", rows[i].seen);
    }
}

static enum error_code put_person(struct web__desk *d, struct error *err)
{
    struct web__call *c = d->c;
    struct people_person p;
    struct people_factor f;
    enum error_code code = people_person(d->v, c->arena, c->number, &p, err);
    if (code == OK && (p.state == PEOPLE_FIRST || people_outside(d->v, p.id))) {
        code = error_set(err, ERROR_MISSING, "there is no such person");
    }
    code = code == OK ? people_factor(d->v, p.id, &f, err) : code;
    if (code != OK) {
        return code;
    }
    node_put_int(c->model, "id", p.id);
    node_put_text(c->model, "login", p.login);
    node_put_text(c->model, "name", p.name);
    node_put_text(c->model, "office_name", web__admin_office(c, d->tree, p.office));
    node_put_true(c->model, "closed", p.state == PEOPLE_CLOSED);
    node_put_true(c->model, "own", p.id == c->person);
    node_put_true(c->model, "may", p.id != c->person && p.state == PEOPLE_ACTIVE);
    node_put_true(c->model, "given", p.given_until != 0);
    web__put_instant(c->model, "given_until", p.given_until);
    node_put_true(c->model, "none", p.password.len == 0);
    node_put_true(c->model, "locked", p.locked_until > c->now);
    web__put_instant(c->model, "locked_until", p.locked_until);
    web__put_instant(c->model, "created", p.created);
    web__put_instant(c->model, "factor", f.since);
    node_put_int(c->model, "recovery", f.recovery);
    web__put_offices(c, d->tree, p.office);
    put_roles(d);
    web__put_posts(d, p.id, false, "posts");
    web__put_posts(d, p.id, true, "lent");
    web__put_seats(c, d->v, p.id);
    return OK;
}

static void show_person(struct web__call *c, int status)
{
    struct web__desk d;
    struct error err = { .lang = c->lang };
    if (!web__desk_open(c, &d)) {
        return;
    }
    enum error_code code = put_person(&d, &err);
    if (!web__desk_close(&d)) {
        return;
    }
    if (code != OK) {
        web__refuse(c, code == ERROR_MISSING ? 404 : 503, &err);
        return;
    }
    put_said(c);
    web__put_proof(c, false);
    web__crumb(c, "People", STR("/admin/people"));
    web__admin_tabs(c, "/people");
    web__answer(c, status, page_admin_person);
}

void web__page_person(struct web__call *c)
{
    show_person(c, 200);
}

typedef enum error_code person_step(struct web__call *c, const struct people_plan *plan, struct error *err);

static enum error_code change_person(struct web__call *c, const struct people_plan *plan, struct error *err)
{
    return people_person_change(plan, c->number, str_trim(web__text(c, "name")), web__int(c, "office", 0), err);
}

static enum error_code close_person(struct web__call *c, const struct people_plan *plan, struct error *err)
{
    return people_person_close(plan, c->number, err);
}

static enum error_code reset_factor(struct web__call *c, const struct people_plan *plan, struct error *err)
{
    return people_factor_reset(plan, c->number, err);
}

static enum error_code end_sessions(struct web__call *c, const struct people_plan *plan, struct error *err)
{
    return people_session_end_all(plan, c->number, err);
}

static enum error_code give_role(struct web__call *c, const struct people_plan *plan, struct error *err)
{
    int64_t until;
    str role = str_trim(web__text(c, "role"));
    if (!web__until(web__text(c, "until"), &until)) {
        return error_set(err, ERROR_INVALID, "this is no day");
    }
    enum error_code code = may(plan, c, people_giving(role), c->number, web__int(c, "office", 0), err);
    return code == OK ? people_role_give(plan, c->number, web__int(c, "office", 0), role, c->now, until, err) : code;
}

static enum error_code end_role(struct web__call *c, const struct people_plan *plan, struct error *err)
{
    str role = web__text(c, "role");
    enum error_code code = may(plan, c, people_giving(role), c->number, web__int(c, "office", 0), err);
    return code == OK ? people_role_end(plan, c->number, web__int(c, "office", 0), role, err) : code;
}

static const struct {
    const char *word;
    person_step *step;
} steps[] = { { "change", change_person }, { "close", close_person }, { "factor", reset_factor },
              { "sessions", end_sessions }, { "give", give_role }, { "end", end_role } };

/* The person of the path, where he is one whom the reader may manage. */
static enum error_code find_managed(struct web__call *c, const struct people_plan *plan, struct people_person *ret,
                                    struct error *err)
{
    enum error_code code = people_person(plan->view, c->arena, c->number, ret, err);
    if (code == OK && (ret->state == PEOPLE_FIRST || people_outside(plan->view, c->number))) {
        code = error_set(err, ERROR_MISSING, "there is no such person");
    }
    return code == OK ? may(plan, c, PEOPLE_VERB_MANAGE, c->number, ret->office, err) : code;
}

static enum error_code carry_out(struct web__call *c, person_step *step, struct error *err)
{
    struct people_plan plan;
    struct people_person p;
    enum error_code code = people_begin(c->web->config.people, c->arena, c->person, c->now, &plan, err);
    if (code != OK) {
        return code;
    }
    code = find_managed(c, &plan, &p, err);
    return people_finish(&plan, code == OK ? step(c, &plan, err) : code, NULL, err);
}

/* A new password for one time: the hash is made before the plan. */
static enum error_code reset_password(struct web__call *c, char password[PEOPLE_CODE], str *ret_login,
                                      struct error *err)
{
    char hash[PEOPLE_HASH];
    struct people_plan plan;
    struct people_person p;
    people_password_make(password);
    enum error_code code = people_password_hash(c->web->config.people, str_of(password), NULL, 0, hash, err);
    code = code == OK ? people_begin(c->web->config.people, c->arena, c->person, c->now, &plan, err) : code;
    if (code != OK) {
        return code;
    }
    code = find_managed(c, &plan, &p, err);
    code = people_finish(&plan, code == OK ? people_password_give(&plan, c->number, hash, err) : code, NULL, err);
    *ret_login = p.login;
    return code;
}

static void refuse_person(struct web__call *c, enum error_code code, const struct error *err)
{
    if (code == ERROR_IO) {
        web__refuse(c, 503, err);
        return;
    }
    web__problem(c, err, NULL);
    show_person(c, 422);
}

void web__form_person(struct web__call *c)
{
    char password[PEOPLE_CODE];
    struct error err = { .lang = c->lang };
    str what = web__text(c, "do"), login = STR("");
    if (!web__proved(c, false)) {
        show_person(c, 422);
        return;
    }
    if (str_eq(what, STR("password"))) {
        enum error_code code = reset_password(c, password, &login, &err);
        if (code == OK) {
            show_password(c, c->number, login, password);
        } else {
            refuse_person(c, code, &err);
        }
        return;
    }
    enum error_code code = error_set(&err, ERROR_INVALID, "this is not done here");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (str_eq(what, str_of(steps[i].word))) {
            code = carry_out(c, steps[i].step, &err);
        }
    }
    if (code == OK) {
        web__go(c, arena_printf(c->arena, "/admin/people/%lld?done=%.*s", (long long)c->number, STR_ARG(what)));
    } else {
        refuse_person(c, code, &err);
    }
}

/* ---- Offices ---- */

static void show_offices(struct web__call *c, int status)
{
    struct web__desk d;
    if (!web__desk_open(c, &d)) {
        return;
    }
    web__put_offices(c, d.tree, web__int(c, "parent", 0));
    struct node *list = (struct node *)(uintptr_t)node_member(c->model, STR("offices"));
    for (struct node *n = list->first; n != NULL; n = n->next) {
        int64_t id = 0;
        dec number;
        if (dec_parse(node_text(n, "id"), &number) && dec_to_int(number, &id)) {
            node_put_true(n, "hand", people_office_by_hand(d.v, id));
        }
    }
    if (web__desk_close(&d)) {
        put_said(c);
        node_put_text(c->model, "code", web__text(c, "code"));
        node_put_text(c->model, "name", web__text(c, "name"));
        web__admin_tabs(c, "/offices");
        web__answer(c, status, page_admin_offices);
    }
}

void web__page_offices(struct web__call *c)
{
    show_offices(c, 200);
}

static enum error_code act_on_office(struct web__call *c, const struct people_plan *plan, struct error *err)
{
    str what = web__text(c, "do"), level = str_trim(web__text(c, "level"));
    int64_t office = web__int(c, "office", 0), id;
    struct people_verdict verdict;
    const struct people_actor actor = { .person = c->person, .now = c->now, .grants = c->grants,
                                        .count = c->grant_count };
    const struct people_object object = { .kind = PEOPLE_KIND_OFFICE, .office = office, .open = true };
    if (!people_may(plan->tree, &actor, PEOPLE_VERB_MANAGE, &object, &verdict, err)) {
        return ERROR_INVALID;
    }
    if (str_eq(what, STR("office"))) {
        return people_office_add(plan, web__int(c, "parent", 0), str_trim(web__text(c, "code")),
                                 str_trim(web__text(c, "name")), level.len > 0 ? level : STR("office"), &id, err);
    }
    if (str_eq(what, STR("rename"))) {
        return people_office_rename(plan, office, str_trim(web__text(c, "name")), err);
    }
    return str_eq(what, STR("move")) ? people_office_move(plan, office, web__int(c, "parent", 0), err)
                                     : people_office_transport(plan, office, web__text(c, "kind"), err);
}

void web__form_offices(struct web__call *c)
{
    struct people_plan plan;
    struct error err = { .lang = c->lang };
    if (web__plan(c, &plan)) {
        str where = arena_printf(c->arena, "/admin/offices?done=%.*s", STR_ARG(web__text(c, "do")));
        if (!web__admin_done(c, &plan, act_on_office(c, &plan, &err), where, &err)) {
            show_offices(c, 422);
        }
    }
}

/* ---- Sessions ---- */

static void show_sessions(struct web__call *c, int status)
{
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    web__put_seats(c, v, 0);
    if (web__view_end(c, v)) {
        put_said(c);
        web__admin_tabs(c, "/sessions");
        web__answer(c, status, page_admin_sessions);
    }
}

void web__page_sessions(struct web__call *c)
{
    show_sessions(c, 200);
}

void web__form_seat(struct web__call *c)
{
    struct people_plan plan;
    struct error err = { .lang = c->lang };
    if (web__plan(c, &plan) && !web__admin_done(c, &plan, people_session_close(&plan, web__text(c, "key"), &err),
                                                STR("/admin/sessions?done=sessions"), &err)) {
        show_sessions(c, 422);
    }
}
