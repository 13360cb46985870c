/* web: from a request to its handler: routes, sessions, CSRF. */
#include "web/web_int.h"

#include "base/clock.h"
#include "base/limit.h"

const struct web__route web__routes[] = {
#define ROUTE(method, path, handler, who, side, kind, sentence) \
    { HTTP_METHOD_##method, path,             #handler,           web__##handler, WEB__WHO_##who, WEB__SIDE_##side, \
      WEB__KIND_##kind,     sentence },
#include "web/route.def"
#undef ROUTE
};
const size_t web__route_count = sizeof web__routes / sizeof web__routes[0];

void web_open(struct arena *a, const struct web_config *config, struct web **ret)
{
    struct web *web = ARENA_NEW(a, struct web);
    web->config = *config;
    web->secure = config->address != NULL && strncmp(config->address, "https://", 8) == 0;
    web->rates = web__rates_new(a);
    web->dear = web__dear_new(a);
    atomic_init(&web->version, 1);
    web->held = web__held_new(a);
    web->uploads = web__uploads_new(a);
    work_carry(config->work, RECORD_SCAN_QUEUE, web__scan_waiting, web);
    web->packs = web__packs_new(a);
    web->waits = web__waits_new(a, web);
    *ret = web;
}

void web_close(struct web *web)
{
    web__waits_end(web->waits);
    web__packs_free(web->packs);
}

void web_changed(struct web *web)
{
    atomic_fetch_add(&web->version, 1);
}

/* ---- How pages look ---- */

/* The cookie "look" has words: "en" or "zh", "large", "contrast". */
static bool has_word(str list, str word)
{
    for (size_t i = 0; i + word.len <= list.len; i++) {
        bool begins = i == 0 || list.ptr[i - 1] == '.';
        bool ends = i + word.len == list.len || list.ptr[i + word.len] == '.';
        if (begins && ends && memcmp(list.ptr + i, word.ptr, word.len) == 0) {
            return true;
        }
    }
    return false;
}

/* The language: what was chosen; else English where the browser asks for it first; else Chinese. */
struct web__look web__look(const struct http_request *r)
{
    str look = http_cookie(r, "look");
    bool english = str_starts_with(http_header(r, "accept-language"), STR("en"));
    if (has_word(look, STR("en")) || has_word(look, STR("zh"))) {
        english = has_word(look, STR("en"));
    }
    return (struct web__look){ english ? LANG_EN : LANG_ZH, has_word(look, STR("large")),
                               has_word(look, STR("contrast")) };
}

/* Everything but target and host that an answer for everybody may depend on: the look, and the day in China, because
 * pages say what holds today and how many days are left. */
static uint32_t variant(const struct http_request *r, void *context)
{
    (void)context;
    struct web__look look = web__look(r);
    bool json = str_starts_with(http_header(r, "accept"), STR(WEB__JSON));
    return (uint32_t)look.lang | (look.large ? 2U : 0) | (look.contrast ? 4U : 0) | (json ? 8U : 0) |
           (web__takes_gzip(r) ? 16U : 0) | (uint32_t)((clock_now_micros() / 1000000 + 8 * 3600) / 86400) << 8;
}

/* ---- Views ---- */

struct store_view *web__view(struct web__call *c)
{
    struct store_view *v;
    struct error err = { .lang = c->lang };
    if (store_view(c->web->config.store, &v, &err) == OK) {
        return v;
    }
    web__send_error(c, 503, &err);
    return NULL;
}

bool web__view_end(struct web__call *c, struct store_view *v)
{
    struct error err = { .lang = c->lang };
    enum error_code code = store_view_error(v, &err);
    store_view_end(v);
    if (code != OK) {
        web__send_error(c, 503, &err);
    }
    return code == OK;
}

bool web__plan(struct web__call *c, struct people_plan *ret)
{
    struct error err = { .lang = c->lang };
    enum error_code code = people_begin(c->web->config.people, c->arena, c->person, c->now, ret, &err);
    if (code != OK) {
        web__refuse(c, 503, &err);
    }
    return code == OK;
}

/* ---- Routes ---- */

/* Takes the digits at `*at`, at most 18. */
static bool take_number(str path, size_t *at, int64_t *ret)
{
    size_t from = *at;
    int64_t n = 0;
    while (*at < path.len && *at - from < 18 && path.ptr[*at] >= '0' && path.ptr[*at] <= '9') {
        n = n * 10 + (path.ptr[(*at)++] - '0');
    }
    *ret = n;
    return *at > from;
}

/* Takes what stands before the next slash. */
static bool take_word(str path, size_t *at, str *ret)
{
    size_t from = *at;
    while (*at < path.len && path.ptr[*at] != '/') {
        (*at)++;
    }
    *ret = str_slice(path, from, *at);
    return *at > from;
}

/* Whether a path fits a pattern. A word takes all up to the next slash. */
static bool fits(const char *pattern, str path, struct web__call *c)
{
    size_t at = 0, numbers = 0, words = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '#') {
            if (numbers == 2 || !take_number(path, &at, &c->numbers[numbers++])) {
                return false;
            }
        } else if (*pattern == '*') {
            if (words == 2 || !take_word(path, &at, &c->words[words++])) {
                return false;
            }
        } else if (at == path.len || path.ptr[at++] != *pattern) {
            return false;
        }
    }
    c->number = c->numbers[0];
    return at == path.len;
}

static bool has_method(const struct web__route *route, enum http_method method)
{
    return route->method == method || (route->method == HTTP_METHOD_GET && method == HTTP_METHOD_HEAD);
}

static bool has_ending(str s, str ending)
{
    return s.len > ending.len && str_eq(str_slice(s, s.len - ending.len, s.len), ending);
}

/* A route of kind DATA answers at the same address with ".json" too: "/" as "/.json". The ending is looked at first,
 * because a word at the end of a pattern takes dots as well. */
static bool leads_to(const struct web__route *route, str path, struct web__call *c)
{
    bool data = route->kind == WEB__KIND_DATA;
    if (data && has_ending(path, STR(".json")) && fits(route->path, str_slice(path, 0, path.len - 5), c)) {
        c->json = true;
        return true;
    }
    c->json = route->kind == WEB__KIND_JSON || (data && str_starts_with(http_header(c->r, "accept"), STR(WEB__JSON)));
    return fits(route->path, path, c);
}

str web__path(const struct web__call *c)
{
    str path = http_path(c->r);
    return c->json && c->route->kind == WEB__KIND_DATA && has_ending(path, STR(".json"))
               ? str_slice(path, 0, path.len - 5)
               : path;
}

/* ---- Who ---- */

/* The token of the header Authorization, or of the cookie. */
static str token_of(struct web__call *c)
{
    str header = http_header(c->r, "authorization");
    if (str_starts_with(header, STR("Bearer "))) {
        return str_slice(header, 7, header.len);
    }
    c->cookie = true;
    return http_cookie(c->r, web__session_cookie(c->web));
}

/* Somebody from outside has no roles, whatever else stands in the tables. */
static enum error_code read_account(struct web__call *c, struct store_view *v, struct error *err)
{
    struct people_account account;
    enum error_code code = people_account(c->web->config.people, v, c->arena, c->session.person, &account, err);
    if (code == OK) {
        c->person = account.id;
        c->name = account.name.len > 0 ? account.name : people_address_shown(c->arena, account.address);
        c->outside = true;
        c->party = arena_str(c->arena, str_of(c->session.party));
        c->party_name = c->party.len == 0 ? STR("") : web__party_name(c, v, c->party);
    }
    return code;
}

static enum error_code read_person(struct web__call *c, struct store_view *v, struct error *err)
{
    const struct people_tree *tree;
    struct people_person p;
    struct people_actor actor;
    enum error_code code = people_tree(c->web->config.people, v, &tree, err);
    if (code != OK) {
        return code;
    }
    code = people_actor(v, tree, c->arena, c->session.person, c->now, &actor, err);
    people_tree_end(c->web->config.people, tree);
    if (code == OK && c->session.outside) {
        return read_account(c, v, err);
    }
    if (code == OK) {
        code = people_person(v, c->arena, c->session.person, &p, err);
    }
    if (code == OK) {
        c->person = p.id;
        c->name = p.name.len > 0 ? p.name : p.login;
        c->grants = actor.grants;
        c->grant_count = actor.count;
    }
    return code;
}

/* Notes now and then that a session is in use, and forgets those that have ended. What stands against it is of no
 * consequence: the next request tries again. */
static void note_use(struct web__call *c)
{
    struct people_plan plan;
    if (c->now - c->session.seen >= LIMIT_PEOPLE_SEEN_SECONDS * INT64_C(1000000) &&
        people_begin(c->web->config.people, c->arena, c->known, c->now, &plan, NULL) == OK) {
        c->session.version += people_session_seen(&plan, &c->session);
        people_session_sweep(&plan);
        people_finish(&plan, OK, NULL, NULL);
    }
}

/* Who asks; nobody when there is no session. False after an answer was sent. */
static bool find_person(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    str token = token_of(c);
    if (token.len == 0) {
        return true;
    }
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    if (people_session(v, token, c->now, &c->session, &err) == OK) {
        c->known = c->session.person;
        c->step = web__step_of(c->web, &c->session);
        if (c->step == WEB__STEP_NONE) {
            read_person(c, v, &err);
        }
    }
    if (!web__view_end(c, v)) {
        return false;
    }
    if (c->known != 0) {
        note_use(c);
    }
    return true;
}

bool web__has_role(const struct web__call *c, str role)
{
    for (uint32_t i = 0; i < c->grant_count; i++) {
        if (str_eq(c->grants[i].role, role)) {
            return true;
        }
    }
    return false;
}

/* Nobody is logged in, or not yet wholly: pages lead to where one does it. */
static void send_to_login(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    bool page = c->route->kind == WEB__KIND_PAGE || (c->route->kind == WEB__KIND_DATA && !c->json);
    if (page && http_method(c->r) != HTTP_METHOD_POST) {
        web__go(c, c->step != WEB__STEP_NONE
                       ? web__step_address(c, c->step, http_target(c->r))
                       : web__login_address(c, c->route->who == WEB__WHO_PARTY ? "/account" : "/login"));
        return;
    }
    if (c->step != WEB__STEP_NONE) {
        error_set(&err, ERROR_INVALID, "the log-in is not complete yet");
        error_hint(&err, "the page of the log-in says what is still to come: %.*s",
                   STR_ARG(web__step_address(c, c->step, STR("/"))));
    } else {
        error_set(&err, ERROR_INVALID, "log in first");
        error_hint(&err, "pages keep the session in a cookie; programs send the header Authorization");
    }
    web__refuse(c, 401, &err);
}

/* Whether the route is for who asks; false after 401, 403 or the way to the log-in page was sent. */
static bool admits(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    enum web__who who = c->route->who;
    if (who == WEB__WHO_EVERYBODY || (who == WEB__WHO_KNOWN && c->known != 0)) {
        return true;
    }
    if (c->person == 0) {
        if (who == WEB__WHO_PARTY && http_method(c->r) == HTTP_METHOD_POST && web__hold_form(c, token_of(c))) {
            return false;
        }
        send_to_login(c);
        return false;
    }
    if (who == WEB__WHO_PERSON || (who == WEB__WHO_PARTY && c->outside) ||
        (who == WEB__WHO_STAFF && c->grant_count > 0) ||
        (who == WEB__WHO_ADMIN && web__has_role(c, STR("administrator")))) {
        return true;
    }
    error_set(&err, ERROR_INVALID, "this is not for you to do");
    error_hint(&err, who == WEB__WHO_ADMIN   ? "it takes the role administrator"
                     : who == WEB__WHO_PARTY ? "it is for applicants and those who act for them: log in by a code"
                                             : "it takes a role in an office");
    web__refuse(c, 403, &err);
    return false;
}

/* ---- Requests of other sites ---- */

/* "https://host" against the Host header. */
static bool is_own_origin(struct web__call *c, str origin)
{
    size_t scheme = str_starts_with(origin, STR("https://")) ? 8 : str_starts_with(origin, STR("http://")) ? 7 : 0;
    return scheme > 0 && str_eq(str_slice(origin, scheme, origin.len), http_host(c->r));
}

/* What changes something must come from a page of ours: the browser says where it comes from, and a session in a cookie
 * has a token that other sites cannot read. A program with a token in the header has neither, and no browser sends that
 * header by itself. */
static bool is_ours(struct web__call *c)
{
    str site = http_header(c->r, "sec-fetch-site"), origin = http_header(c->r, "origin");
    if ((site.len > 0 && !str_eq(site, STR("same-origin")) && !str_eq(site, STR("none"))) ||
        (origin.len > 0 && !is_own_origin(c, origin))) {
        return false;
    }
    if (c->known == 0 || !c->cookie) {
        return true;
    }
    const str *field = http_field(c->r, "csrf");
    return people_csrf_is(&c->session, field != NULL ? *field : http_header(c->r, "x-csrf"));
}

static bool may_change(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    enum http_method m = http_method(c->r);
    if (m == HTTP_METHOD_GET || m == HTTP_METHOD_HEAD || is_ours(c)) {
        return true;
    }
    error_set(&err, ERROR_INVALID, "this request does not come from a page of this site, or the page is too old");
    error_hint(&err, "go back, load the page again and send it once more");
    web__refuse(c, 403, &err);
    return false;
}

/* ---- Dispatch ---- */

/* Whether the name that was asked for is the one of the route's side. */
static bool is_side(const struct web__call *c, const struct web__route *route)
{
    const char *want = route->side == WEB__SIDE_PUBLIC  ? c->web->config.public_host
                       : route->side == WEB__SIDE_STAFF ? c->web->config.staff_host
                                                        : NULL;
    return want == NULL || str_eq(http_host(c->r), str_of(want));
}

static void handle(struct http_request *r, void *context)
{
    struct web__call c = { .web = context, .r = r, .arena = http_arena(r), .look = web__look(r),
                           .now = clock_now_micros() };
    bool there = false;
    c.lang = c.look.lang;
    c.model = node_object(c.arena);
    web__secure(&c);
    for (size_t i = 0; i < web__route_count; i++) {
        if (leads_to(&web__routes[i], http_path(r), &c) && is_side(&c, &web__routes[i])) {
            there = true;
            if (has_method(&web__routes[i], http_method(r))) {
                c.route = &web__routes[i];
                http_label(r, c.route->path);
                if (find_person(&c) && admits(&c) && may_change(&c) && web__check_input(&c)) {
                    web__handle(&c);
                }
                return;
            }
        }
    }
    http_send_error(r, there ? 405 : 404, there ? "this is not done here" : "there is no such page");
}

/* Only a route that takes files may be sent much. The rest of the site has forms and JSON. */
static uint64_t body_bound(const struct http_request *r, void *context)
{
    (void)context;
    struct web__call c = { .r = (struct http_request *)(uintptr_t)r }; /* fits() writes only into the call */
    for (size_t i = 0; i < web__route_count; i++) {
        if (web__routes[i].kind == WEB__KIND_UPLOAD && web__routes[i].method == http_method(r) &&
            fits(web__routes[i].path, http_path(r), &c)) {
            return LIMIT_WEB_UPLOAD;
        }
    }
    return LIMIT_WEB_BODY;
}

void web_letters(struct web *web)
{
    if (web->config.letters != NULL) {
        web->config.letters(web->config.context);
    }
}

void web_configure(struct web *web, struct http_config *http)
{
    http->body_bound = body_bound;
    http->handler = handle;
    http->error_page = web__error_page;
    http->variant = variant;
    http->version = &web->version;
    http->context = web;
}
