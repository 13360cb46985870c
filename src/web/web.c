/* web: from a request to its handler, and what all answers have. */
#include "web/web_int.h"

#include "base/clock.h"
#include "base/limit.h"

enum who { EVERYBODY, SESSION };

static const struct route {
    enum http_method method;
    const char *path;
    web__handler *handler;
    enum who who;
} routes[] = {
#define ROUTE(method, path, handler, who, sentence) { HTTP_METHOD_##method, path, web__##handler, who },
#include "web/route.def"
#undef ROUTE
};

void web_open(struct arena *a, const struct web_config *config, struct web **ret)
{
    struct web *web = ARENA_NEW(a, struct web);
    web->config = *config;
    atomic_init(&web->version, 1);
    *ret = web;
}

void web_changed(struct web *web)
{
    atomic_fetch_add(&web->version, 1);
}

/* ---- Language ---- */

enum lang web__lang(const struct http_request *r)
{
    return str_starts_with(http_header(r, "accept-language"), STR("en")) ? LANG_EN : LANG_ZH;
}

static uint32_t variant(const struct http_request *r, void *context)
{
    (void)context;
    return web__lang(r);
}

/* ---- Answers ---- */

/* No page of ours needs more than itself. */
static void secure(struct http_request *r)
{
    http_add_header(r, "Content-Security-Policy", STR("default-src 'none'; style-src 'self'; img-src 'self'; "
                                                      "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"));
    http_add_header(r, "X-Content-Type-Options", STR("nosniff"));
    http_add_header(r, "Referrer-Policy", STR("no-referrer"));
}

void web__send(struct web__call *c, int status, const char *type, struct buf *body)
{
    str text = arena_str(c->arena, buf_str(body));
    bool whole = !body->overflow;
    buf_release(body);
    if (whole) {
        http_send(c->r, status, str_of(type), text);
    } else {
        http_send_error(c->r, 500, "the answer is too large");
    }
}

void web__send_error(struct web__call *c, int status, const struct error *err)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    const struct {
        const char *name, *text;
    } members[] = { { "code", error_name(err->code) }, { "message", err->message }, { "detail", err->detail },
                    { "hint", err->hint } };
    json_writer_init(&w, &out, false);
    json_begin_object(&w);
    json_key(&w, STR("error"));
    json_begin_object(&w);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (members[i].text[0] != '\0') {
            json_key(&w, str_of(members[i].name));
            json_string(&w, str_of(members[i].text));
        }
    }
    json_end_object(&w);
    json_end_object(&w);
    if (status == 503) {
        http_add_header(c->r, "Retry-After", STR("2"));
    }
    web__send(c, status, WEB__JSON, &out);
}

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

/* ---- Pages ---- */

void web__begin_page(struct html *h, const char *english, str title)
{
    html_markup(h, MARKUP("<!doctype html>\n<html lang=\""));
    html_markup(h, h->lang == LANG_ZH ? MARKUP("zh-CN\">") : MARKUP("en\">"));
    html_markup(h, MARKUP("<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, "
                          "initial-scale=1\"><link rel=\"stylesheet\" href=\"/style.css\"><title>"));
    if (english != NULL) {
        html_say(h, english);
    } else {
        html_text(h, title);
    }
    html_markup(h, MARKUP("</title></head>\n<body><header><a href=\"/\">"));
    html_say(h, "Register of notices");
    html_markup(h, MARKUP("</a></header>\n<main><h1>"));
    if (english != NULL) {
        html_say(h, english);
    } else {
        html_text(h, title);
    }
    html_markup(h, MARKUP("</h1>\n"));
}

void web__end_page(struct html *h)
{
    html_markup(h, MARKUP("</main></body></html>\n"));
}

static struct http_page error_page(struct http_request *r, int status, const char *message, void *context)
{
    struct buf out = BUF_INIT(64 << 10);
    struct html h = { &out, web__lang(r) };
    (void)context;
    web__begin_page(&h, message, STR(""));
    html_markup(&h, MARKUP("<p>"));
    html_int(&h, status);
    html_markup(&h, MARKUP("</p>\n"));
    web__end_page(&h);
    struct http_page page = { STR(WEB__HTML), arena_str(http_arena(r), buf_str(&out)) };
    buf_release(&out);
    return page;
}

/* ---- Routes ---- */

/* Whether a path fits a pattern; `#` takes digits, at most 18. */
static bool fits(const char *pattern, str path, int64_t *ret_number)
{
    size_t i = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern != '#') {
            if (i == path.len || path.ptr[i++] != *pattern) {
                return false;
            }
            continue;
        }
        size_t from = i;
        int64_t n = 0;
        while (i < path.len && i - from < 18 && path.ptr[i] >= '0' && path.ptr[i] <= '9') {
            n = n * 10 + (path.ptr[i++] - '0');
        }
        if (i == from) {
            return false;
        }
        *ret_number = n;
    }
    return i == path.len;
}

static bool has_method(const struct route *route, enum http_method method)
{
    return route->method == method || (route->method == HTTP_METHOD_GET && method == HTTP_METHOD_HEAD);
}

/* Finds the person of the token; false after 401 was sent. */
static bool find_session(struct web__call *c)
{
    str token = http_header(c->r, "authorization");
    struct people_session session;
    struct error err = { .lang = c->lang };
    if (!str_starts_with(token, STR("Bearer "))) {
        error_set(&err, ERROR_INVALID, "log in first: the header Authorization has no token");
        web__send_error(c, 401, &err);
        return false;
    }
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    enum error_code code = people_session(v, str_slice(token, 7, token.len), c->now, &session, &err);
    if (!web__view_end(c, v)) {
        return false;
    }
    if (code != OK) {
        web__send_error(c, 401, &err);
        return false;
    }
    c->person = session.person;
    return true;
}

static void handle(struct http_request *r, void *context)
{
    struct web__call c = { .web = context, .r = r, .arena = http_arena(r), .lang = web__lang(r),
                           .now = clock_now_micros() };
    bool there = false;
    secure(r);
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (fits(routes[i].path, http_path(r), &c.number)) {
            there = true;
            if (has_method(&routes[i], http_method(r))) {
                if (routes[i].who == EVERYBODY || find_session(&c)) {
                    routes[i].handler(&c);
                }
                return;
            }
        }
    }
    http_send_error(r, there ? 405 : 404, there ? "this is not done here" : "there is no such page");
}

void web_configure(struct web *web, struct http_config *http)
{
    http->handler = handle;
    http->error_page = error_page;
    http->variant = variant;
    http->version = &web->version;
    http->context = web;
}
