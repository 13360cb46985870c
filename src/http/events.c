/* events: server-sent events. Whoever has the handle fills a queue; the loop empties it. */
#include "http/http_int.h"

struct http_events *http_send_events(struct http_request *r)
{
    struct arena a = ARENA_INIT;
    struct http_events *e = ARENA_NEW(&a, struct http_events);
    e->server = r->server;
    e->holders = 2;
    e->queued = (struct buf)BUF_INIT(LIMIT_HTTP_EVENTS);
    e->sending = (struct buf)BUF_INIT(LIMIT_HTTP_EVENTS);
    uv_mutex_init(&e->mutex);
    e->arena = a;
    r->etag = STR("");
    http_add_header(r, "Cache-Control", STR("no-store"));
    http__compose(r, 200, STR("text/event-stream"), false, 0);
    r->answer = HTTP__EVENTS;
    r->answer_body = STR("");
    r->may_cache = false;
    r->events = e;
    http__answered(r);
    return e;
}

static void destroy(struct http_events *e)
{
    buf_release(&e->queued);
    buf_release(&e->sending);
    uv_mutex_destroy(&e->mutex);
    struct arena arena = e->arena;
    arena_release(&arena);
}

void http__events_leave(struct http_events *e, bool gone)
{
    uv_mutex_lock(&e->mutex);
    e->gone = e->gone || gone;
    bool last = --e->holders == 0;
    uv_mutex_unlock(&e->mutex);
    if (last) {
        destroy(e);
    }
}

/* A line for each line of the value: no value can make a field of its own. */
static void add_field(struct buf *b, const char *name, str value)
{
    for (bool more = true; more;) {
        size_t n = 0;
        while (n < value.len && value.ptr[n] != '\n' && value.ptr[n] != '\r') {
            n++;
        }
        buf_addz(b, name);
        buf_add(b, STR(": "));
        buf_add(b, str_slice(value, 0, n));
        buf_addc(b, '\n');
        more = n < value.len;
        n += more;
        n += more && n < value.len && value.ptr[n - 1] == '\r' && value.ptr[n] == '\n';
        value = str_slice(value, n, value.len);
    }
}

static bool is_line(str s)
{
    return s.len == 0 || (memchr(s.ptr, '\n', s.len) == NULL && memchr(s.ptr, '\r', s.len) == NULL);
}

static void add_event(struct buf *b, str name, str id, str data)
{
    if (name.len > 0 && is_line(name)) {
        add_field(b, "event", name);
    }
    if (id.len > 0 && is_line(id)) {
        add_field(b, "id", id);
    }
    add_field(b, "data", data);
    buf_addc(b, '\n');
}

/* Puts it on the list of the loop, once; under the mutex. True: the loop is to be woken. */
static bool list(struct http_events *e)
{
    if (e->listed || e->gone) {
        return false;
    }
    e->listed = true;
    e->holders++;
    return true;
}

bool http_send_event(struct http_events *e, str name, str id, str data)
{
    uv_mutex_lock(&e->mutex);
    if (!e->gone && !e->slow) {
        add_event(&e->queued, name, id, data);
        e->slow = e->queued.overflow;
    }
    bool fine = !e->gone && !e->slow, tell = list(e);
    uv_mutex_unlock(&e->mutex);
    if (tell) {
        http__told(e);
    }
    return fine;
}

void http_end_events(struct http_events *e)
{
    uv_mutex_lock(&e->mutex);
    e->ended = true;
    bool tell = list(e);
    uv_mutex_unlock(&e->mutex);
    if (tell) {
        http__told(e);
    }
    http__events_leave(e, false);
}

bool http__events_listed(struct http_events *e)
{
    uv_mutex_lock(&e->mutex);
    e->listed = false;
    bool slow = e->slow;
    uv_mutex_unlock(&e->mutex);
    return slow;
}

bool http__events_take(struct http_events *e)
{
    uv_mutex_lock(&e->mutex);
    struct buf taken = e->queued;
    e->queued = e->sending;
    e->sending = taken;
    buf_clear(&e->queued);
    bool ended = e->ended;
    uv_mutex_unlock(&e->mutex);
    return ended;
}
