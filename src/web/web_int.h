/* web_int: what the files of web share. README.md beside it tells how a page is added. */
#ifndef GONGSHI_WEB_WEB_INT_H
#define GONGSHI_WEB_WEB_INT_H

#include "assets.h"
#include "pages.h"
#include "text/json_write.h"
#include "text/node.h"
#include "web/template.h"
#include "web/web.h"

struct web {
    struct web_config config;
    bool secure; /* the public address is https: cookies are for TLS only */
    atomic_uint_fast64_t version;
};

enum web__who { WEB__WHO_EVERYBODY, WEB__WHO_PERSON, WEB__WHO_STAFF, WEB__WHO_ADMIN };
enum web__side { WEB__SIDE_ANY, WEB__SIDE_PUBLIC, WEB__SIDE_STAFF };
enum web__kind {
    WEB__KIND_PAGE,
    WEB__KIND_DATA,
    WEB__KIND_JSON,
    WEB__KIND_FORM,
    WEB__KIND_UPLOAD,
    WEB__KIND_FILE,
    WEB__KIND_EVENTS,
};

/* How the reader wants to see pages: from his cookies. */
struct web__look {
    enum lang lang;
    bool large, contrast;
};

struct web__route;

/* One request on its way through a handler. */
struct web__call {
    struct web *web;
    struct http_request *r;
    const struct web__route *route;
    struct arena *arena;
    struct web__look look;
    enum lang lang;
    int64_t number;      /* the first of the path */
    int64_t numbers[2];
    str words[2];
    bool secret;         /* the answer is for this reader alone: set by a handler whose address holds a code */
    bool json;           /* the view model is wanted, not the page */
    int64_t now;
    int64_t person;      /* of the session, or 0 */
    str name;            /* what he is called */
    const struct people_grant *grants; /* his, at `now` */
    uint32_t grant_count;
    bool cookie;         /* the session came in a cookie, not in a header */
    struct people_session session;
    struct node *model;  /* what the page shows: handlers add to it */
};

typedef void web__handler(struct web__call *c);

#define ROUTE(method, path, handler, who, side, kind, sentence) void web__##handler(struct web__call *c);
#include "web/route.def"
#undef ROUTE

struct web__route {
    enum http_method method;
    const char *path, *name;
    web__handler *handler;
    enum web__who who;
    enum web__side side;
    enum web__kind kind;
    const char *sentence;
};

/* The whole table; for dispatch, OpenAPI and the tests. */
extern const struct web__route web__routes[];
extern const size_t web__route_count;

/* ---- Input (input.c) ---- */

enum web__place { WEB__PLACE_QUERY, WEB__PLACE_FIELD, WEB__PLACE_FILE, WEB__PLACE_MEMBER };
enum web__type { WEB__TYPE_TEXT, WEB__TYPE_INT, WEB__TYPE_WORD, WEB__TYPE_FLAG, WEB__TYPE_ANYTHING };

struct web__input {
    const char *route, *name;
    enum web__place place;
    enum web__type type;
    int64_t bound;
    bool required;
};

extern const struct web__input web__inputs[];
extern const size_t web__input_count;

/* Whether what came is what the route reads; false after 400 was sent. Called before every handler. */
bool web__check_input(struct web__call *c);

/* A parameter or field that input.def names; empty, `otherwise`, false where there is none. */
str web__text(const struct web__call *c, const char *name);
int64_t web__int(const struct web__call *c, const char *name, int64_t otherwise);
bool web__flag(const struct web__call *c, const char *name);

/* ---- Answers (answer.c) ---- */

#define WEB__HTML "text/html; charset=utf-8"
#define WEB__JSON "application/json"

/* Draws the page of c->model, or sends the model itself where JSON is wanted. Whoever calls it may have called
 * http_may_cache before; a page for somebody who is logged in is never kept. */
void web__answer(struct web__call *c, int status, template_function *page);

/* 303 to an address of this site; anything else leads to "/". */
void web__go(struct web__call *c, str address);

/* `back` when it is an address of this site, else "/". */
str web__local(str back);

/* A page or JSON that says what went wrong and what to do. */
void web__refuse(struct web__call *c, int status, const struct error *err);

bool web__takes_gzip(const struct http_request *r);

/* Sends a buffer, which is released. */
void web__send(struct web__call *c, int status, const char *type, struct buf *body);

/* {"error":{…}} with the words of err. */
void web__send_error(struct web__call *c, int status, const struct error *err);

/* Sets a cookie; an empty value takes it away. `seconds` 0: until the browser is closed. */
void web__cookie(struct web__call *c, const char *name, str value, int seconds, bool secret);

struct http_page web__error_page(struct http_request *r, int status, const char *message, void *context);

/* Headers that every answer has. */
void web__secure(struct web__call *c);

/* ---- Forms (form.c) ---- */

/* Puts a form as it stands for the request into c->model: `components` for pages/form.html, and `problems`. Made in the
 * request's arena; the evaluator is the caller's. */
enum error_code web__put_form(struct web__call *c, const struct form *f, struct feel_eval *ev,
                              const struct form_request *request, const struct form_problem *problems,
                              uint32_t problem_count, struct error *err);

/* What the reader entered: the fields of the request without `csrf` and `do` (the button), as form_check wants them.
 * The route has the row INPUT(handler, "", FIELD, ANYTHING, 0, OPTIONAL). */
enum error_code web__form_answers(struct web__call *c, const struct form *f, feel_value *ret, struct error *err);

/* ---- Logging in (login.c) ---- */

/* The name of the cookie: with TLS one that only the whole site over TLS can set. */
const char *web__session_cookie(const struct web *web);

/* Whether a password may be sent here: over TLS, from this machine, or in a demonstration. False after 403 was sent. */
bool web__may_send_password(struct web__call *c);

/* The log-in page that leads back to this request. */
str web__login_address(struct web__call *c);

/* ---- Looking (web.c) ---- */

struct web__look web__look(const struct http_request *r);

/* A view, or NULL after 503 was sent. */
struct store_view *web__view(struct web__call *c);

/* Ends the view; false after 503 was sent, because what was read is not whole. */
bool web__view_end(struct web__call *c, struct store_view *v);

/* ---- Values for models (model.c) ---- */

/* "2026-11-28 18:23" in China's time; empty for 0. */
str web__instant(struct arena *a, int64_t micros);
void web__put_instant(struct node *object, const char *name, int64_t micros);

/* Puts a value of FEEL: a number as it is written, a list, a context. */
void web__put_value(struct node *container, const char *name, feel_value v);

/* An item of the list c->model.crumbs: where the reader is. `link` empty: here. `sentence` is translated when drawn. */
void web__crumb(struct web__call *c, const char *sentence, str link);

#endif
