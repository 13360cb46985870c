/* web_int: what the files of web share. */
#ifndef GONGSHI_WEB_WEB_INT_H
#define GONGSHI_WEB_WEB_INT_H

#include "text/json_write.h"
#include "web/html.h"
#include "web/web.h"

struct web {
    struct web_config config;
    atomic_uint_fast64_t version;
};

/* One request on its way through a handler. */
struct web__call {
    struct web *web;
    struct http_request *r;
    struct arena *arena;
    enum lang lang;
    int64_t number;     /* of the path */
    int64_t now;
    int64_t person;     /* of the session, or 0 */
};

typedef void web__handler(struct web__call *c);

#define ROUTE(method, path, handler, who, sentence) void web__##handler(struct web__call *c);
#include "web/route.def"
#undef ROUTE

/* The language of a reader: English where it is asked for first, else Chinese. */
enum lang web__lang(const struct http_request *r);

/* Sends a buffer, which is released. */
void web__send(struct web__call *c, int status, const char *type, struct buf *body);

/* {"error":{…}} with the words of err. */
void web__send_error(struct web__call *c, int status, const struct error *err);

/* A view, or NULL after 503 was sent. */
struct store_view *web__view(struct web__call *c);

/* Ends the view; false after 503 was sent, because what was read is not whole. */
bool web__view_end(struct web__call *c, struct store_view *v);

/* The head and the foot of a page. `title` is a text of data, or NULL: then `english` is translated. */
void web__begin_page(struct html *h, const char *english, str title);
void web__end_page(struct html *h);

#define WEB__HTML "text/html; charset=utf-8"
#define WEB__JSON "application/json"

#endif
