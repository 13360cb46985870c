/* connection: one socket. Everything here runs on the loop, but for on_pool, which reads a piece of a body.
 *
 *   READING ── complete ──> WORKING ── sent ──> WRITING ──> READING, or LINGERING ──> CLOSED
 *      │ └── cached ─────────────────────────────┘ │  └─ file: FETCHING, and back
 *      └── SPOOLING, and back                      └─ STREAMING
 */
#include "http/http_int.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum { LINGER_MS = 2000, HEARTBEAT_MS = 15000, PENDING_MAX = 4 * HTTP__READ_BUFFER };

static void begin_reading(struct http__connection *c);
static void write_answer(struct http__connection *c);
static void linger(struct http__connection *c);

/* ---- Closing ---- */

static void recycle(struct http__connection *c)
{
    struct http_server *s = c->server;
    if (c->request != NULL) {
        http__request_free(c->request);
    }
    buf_release(&c->pending);
    c->next = s->free_connections;
    s->free_connections = c;
}

static void on_closed(uv_handle_t *handle)
{
    struct http__connection *c = handle->data;
    struct http_server *s = c->server;
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    *(c->prev == NULL ? &s->connections : &c->prev->next) = c->next;
    c->gone = true;
    if (!c->busy) {
        recycle(c);
    }
    http__closed(s);
}

/* What it was about to do is not done any more. */
static void leave_all(struct http__connection *c)
{
    struct http_server *s = c->server;
    if (c->ready) {
        struct http__connection **at = &s->ready;
        while (*at != c) {
            at = &(*at)->next_ready;
        }
        *at = c->next_ready;
        c->ready = false;
    }
    if (c->entry != NULL) {
        http__entry_drop(c->entry);
        c->entry = NULL;
    }
    if (c->counted) {
        http__tally_take(s->tally, c->address);
    }
}

void http__connection_close(struct http__connection *c)
{
    if (c->phase == HTTP__CLOSED) {
        return;
    }
    leave_all(c);
    if (c->phase == HTTP__WORKING) {
        c->request->connection = NULL; /* the handler has it, and will send it to nobody */
        c->request = NULL;
    } else if (c->request != NULL && c->request->events != NULL) {
        http__events_leave(c->request->events, true);
        c->request->events = NULL;
    }
    c->phase = HTTP__CLOSED;
    uv_close((uv_handle_t *)&c->socket, on_closed);
}

/* ---- Reading the socket ---- */

static void stop_reading(struct http__connection *c)
{
    if (c->reading) {
        uv_read_stop((uv_stream_t *)&c->socket);
        c->reading = false;
    }
}

static void set_due(struct http__connection *c, uint32_t ms)
{
    c->due = ms == 0 ? 0 : http__now(c->server) + ms;
    c->rate_from = 0;
}

static void count_rate(struct http__connection *c)
{
    c->rate_from = http__now(c->server);
    c->moved = 0;
}

static struct http_request *begin_request(struct http__connection *c)
{
    struct http_server *s = c->server;
    struct http_request *r = http__request_new(s);
    r->connection = c;
    r->from_proxy = c->from_proxy;
    memcpy(r->client, c->client, sizeof r->client);
    if (s->next_id != 0) {
        snprintf(r->id_line, sizeof r->id_line, HTTP__ID_NAME "%016" PRIx64 "\r\n", s->next_id++);
    }
    c->request = r;
    return r;
}

/* ---- Bodies that may touch files ---- */

static void on_pool(uv_work_t *work)
{
    struct http__connection *c = work->data;
    size_t used = 0, n = 1;
    while (used < c->piece.len && n > 0) {
        n = http__request_read(c->request, c->piece.ptr + used, c->piece.len - used);
        used += n;
    }
    c->piece_used = used;
}

static void dispatch(struct http__connection *c);
static void refuse(struct http__connection *c, int status, const char *message);

/* What followed the body in the last piece comes before what came later. */
static void put_back(struct http__connection *c, str rest)
{
    if (rest.len > 0) {
        struct buf joined = BUF_INIT(PENDING_MAX);
        buf_add(&joined, rest);
        buf_add(&joined, buf_str(&c->pending));
        buf_release(&c->pending);
        c->pending = joined;
    }
}

static void after_pool(uv_work_t *work, int status)
{
    struct http__connection *c = work->data;
    struct http_request *r = c->request;
    c->busy = false;
    if (c->phase == HTTP__CLOSED) {
        if (c->gone) {
            recycle(c);
        }
        return;
    }
    assert(status == 0); /* nothing here cancels it */
    c->phase = HTTP__READING;
    put_back(c, str_slice(c->piece, c->piece_used, c->piece.len));
    if (r->state == HTTP__COMPLETE) {
        dispatch(c);
    } else if (r->state == HTTP__REFUSED) {
        refuse(c, r->refusal.status, r->refusal.message);
    }
    http__connection_resume(c);
}

/* Sends a piece of the body to the pool; returns the bytes of it. */
static size_t spool(struct http__connection *c, const char *data, size_t len)
{
    struct http_request *r = c->request;
    size_t n = len < HTTP__READ_BUFFER ? len : HTTP__READ_BUFFER;
    if (r->upload == NULL) {
        r->upload = arena_alloc(&r->arena, HTTP__READ_BUFFER);
    }
    if (data != r->upload) {
        memcpy(r->upload, data, n);
    }
    stop_reading(c);
    c->moved += n;
    c->piece = (str){ r->upload, n };
    c->phase = HTTP__SPOOLING;
    c->busy = true;
    c->pool.work.data = c;
    int code = uv_queue_work(&c->server->loop, &c->pool.work, on_pool, after_pool);
    assert(code == 0);
    return n;
}

/* ---- Requests ---- */

/* Between the head and the body. */
static void begin_body(struct http__connection *c)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    set_due(c, c->server->config.body_ms);
    count_rate(c);
    if (c->request->wants_continue) {
        uv_buf_t b = uv_buf_init((char *)go_on, sizeof go_on - 1);
        if (uv_try_write((uv_stream_t *)&c->socket, &b, 1) != (int)b.len) {
            http__connection_close(c); /* a client that leaves its earlier answers unread */
        }
    }
}

static bool find_cached(struct http__connection *c)
{
    struct http_server *s = c->server;
    struct http_request *r = c->request;
    bool asks = r->method == HTTP_METHOD_GET || r->method == HTTP_METHOD_HEAD;
    if (s->cache == NULL) {
        return false;
    }
    r->version = atomic_load_explicit(s->config.version, memory_order_acquire);
    r->everybodys = asks && !r->personal && !r->ranged && r->body_read == 0;
    if (!r->everybodys) {
        return false;
    }
    r->variant = s->config.variant == NULL ? 0 : s->config.variant(r, s->config.context);
    c->entry = http__cache_find(s->cache, r, r->variant, r->version);
    return c->entry != NULL;
}

/* The request is complete. */
static void dispatch(struct http__connection *c)
{
    struct http_server *s = c->server;
    struct http_request *r = c->request;
    HTTP__COUNT(s, requests);
    r->asked_at = (int64_t)uv_hrtime();
    c->closing = c->closing || !r->keep_alive || s->stopping;
    set_due(c, 0);
    if (find_cached(c)) {
        HTTP__COUNT(s, cached);
        write_answer(c);
        return;
    }
    c->phase = HTTP__WORKING;
    if (!http__hand_out(r)) {
        HTTP__COUNT(s, overloaded);
        http_add_header(r, "Retry-After", STR("1"));
        http__compose_error(r, 503, "there are more requests than can be answered");
        write_answer(c);
    }
}

static void refuse(struct http__connection *c, int status, const char *message)
{
    HTTP__COUNT(c->server, refused);
    c->closing = true;
    http__compose_error(c->request, status, message);
    write_answer(c);
}

/* Reads on in the present request; returns the bytes used. */
static size_t read_some(struct http__connection *c, const char *data, size_t len)
{
    struct http_request *r = c->request;
    if (r == NULL) {
        r = begin_request(c);
        if (c->idle) {
            set_due(c, c->server->config.head_ms);
            c->idle = false;
        }
    }
    if (r->state == HTTP__IN_BODY && r->may_block) {
        return spool(c, data, len);
    }
    bool in_head = r->state == HTTP__IN_HEAD;
    size_t used = http__request_read(r, data, len);
    if (r->state == HTTP__COMPLETE) {
        dispatch(c);
    } else if (r->state == HTTP__REFUSED) {
        refuse(c, r->refusal.status, r->refusal.message);
    } else if (r->state == HTTP__IN_BODY && in_head) {
        begin_body(c);
    } else if (r->state == HTTP__IN_BODY) {
        c->moved += used;
    }
    return used;
}

/* Others have their turn; the rest of what came waits. */
static void make_ready(struct http__connection *c)
{
    if (!c->ready) {
        c->ready = true;
        c->next_ready = c->server->ready;
        c->server->ready = c;
        http__wake(c->server);
    }
}

/* Reads requests out of what came until one has to wait for its answer; returns the bytes used. */
static size_t take(struct http__connection *c, const char *data, size_t len)
{
    size_t used = 0;
    for (uint32_t answered = 0; used < len && c->phase == HTTP__READING && !c->ready;) {
        used += read_some(c, data + used, len - used);
        answered += c->request == NULL;
        if (answered == LIMIT_HTTP_PIPELINED && used < len) {
            make_ready(c);
        }
    }
    return used;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    (void)suggested;
    struct http__connection *c = handle->data;
    struct http_request *r = c->request;
    bool upload = c->phase == HTTP__READING && r != NULL && r->upload != NULL && c->pending.len == 0;
    *ret = uv_buf_init(upload ? r->upload : c->server->read_buffer, HTTP__READ_BUFFER);
}

static void came(struct http__connection *c, const char *data, size_t len)
{
    if (c->phase == HTTP__LINGERING || c->phase == HTTP__STREAMING) {
        return;
    }
    size_t used = c->phase == HTTP__READING && c->pending.len == 0 ? take(c, data, len) : 0;
    if (used < len && c->phase != HTTP__CLOSED && c->phase != HTTP__LINGERING) {
        buf_add(&c->pending, (str){ data + used, len - used });
        stop_reading(c);
    }
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
    struct http__connection *c = stream->data;
    if (n > 0) {
        came(c, b->base, (size_t)n);
    } else if (n == UV_EOF) {
        c->half_closed = true;
        stop_reading(c);
        if (c->phase == HTTP__READING || c->phase == HTTP__LINGERING || c->phase == HTTP__STREAMING) {
            http__connection_close(c);
        }
    } else if (n < 0) {
        http__connection_close(c);
    }
}

static void begin_reading(struct http__connection *c)
{
    if (!c->reading && !c->half_closed) {
        c->reading = uv_read_start((uv_stream_t *)&c->socket, on_alloc, on_read) == 0;
        if (!c->reading) {
            http__connection_close(c);
        }
    }
}

void http__connection_resume(struct http__connection *c)
{
    if (c->phase != HTTP__READING) {
        return;
    }
    if (c->pending.len > 0) {
        size_t used = take(c, c->pending.ptr, c->pending.len);
        if (used == c->pending.len) {
            buf_release(&c->pending);
        } else {
            memmove(c->pending.ptr, c->pending.ptr + used, c->pending.len - used);
            c->pending.len -= used;
        }
    }
    if (c->phase == HTTP__READING && c->pending.len == 0) {
        if (c->half_closed) {
            http__connection_close(c);
        } else {
            begin_reading(c);
        }
    }
}

/* ---- Writing ---- */

/* The answer has been written: the next request, or the end. */
static void finish(struct http__connection *c)
{
    if (c->entry != NULL) {
        http__entry_drop(c->entry);
        c->entry = NULL;
    }
    if (c->closing || c->server->stopping) {
        linger(c);
        return;
    }
    http__request_free(c->request);
    c->request = NULL;
    c->phase = HTTP__READING;
    set_due(c, c->server->config.idle_ms);
    c->idle = true;
}

static void fetch(struct http__connection *c);

/* Everything that was given to the socket has gone. */
static void written(struct http__connection *c)
{
    struct http_request *r = c->request;
    if (c->phase == HTTP__STREAMING) {
        http__connection_pump(c);
    } else if (r->events != NULL && r->method != HTTP_METHOD_HEAD) {
        c->phase = HTTP__STREAMING;
        set_due(c, 0);
        c->quiet_since = http__now(c->server);
        begin_reading(c);
        http__connection_pump(c);
    } else if (r->answer == HTTP__FILE && r->answer_sent < r->answer_size && c->entry == NULL) {
        fetch(c);
    } else {
        finish(c);
    }
}

static void on_written(uv_write_t *write, int status)
{
    struct http__connection *c = write->data;
    c->writing = false;
    c->rate_from = 0;
    if (c->phase == HTTP__CLOSED) {
        return;
    }
    if (status < 0) {
        http__connection_close(c);
        return;
    }
    written(c);
    http__connection_resume(c);
}

/* The buffers without their first `sent` bytes; returns how many are left. The shared lines are copied: they change. */
static unsigned int cut(struct http__connection *c, uv_buf_t *bufs, unsigned int count, size_t sent)
{
    const struct http_server *s = c->server;
    unsigned int kept = 0;
    for (unsigned int i = 0; i < count; i++) {
        size_t n = sent < bufs[i].len ? sent : bufs[i].len;
        bool shared = bufs[i].base == s->date_keep || bufs[i].base == s->date_close;
        sent -= n;
        if (n < bufs[i].len) {
            uv_buf_t rest = uv_buf_init(bufs[i].base + n, (unsigned int)(bufs[i].len - n));
            if (shared) {
                memcpy(c->tail, rest.base, rest.len);
                rest.base = c->tail;
            }
            bufs[kept++] = rest;
        }
    }
    return kept;
}

/* Writes at once what the socket takes, and leaves the rest to libuv. True when nothing is left. */
static bool write_now(struct http__connection *c, uv_buf_t *bufs, unsigned int count)
{
    size_t total = 0;
    for (unsigned int i = 0; i < count; i++) {
        total += bufs[i].len;
    }
    int sent = uv_try_write((uv_stream_t *)&c->socket, bufs, count);
    if (sent < 0 && sent != UV_EAGAIN) {
        http__connection_close(c);
        return false;
    }
    if (sent >= 0 && (size_t)sent == total) {
        return true;
    }
    count = cut(c, bufs, count, sent < 0 ? 0 : (size_t)sent);
    c->write.data = c;
    c->writing = uv_write(&c->write, (uv_stream_t *)&c->socket, bufs, count, on_written) == 0;
    if (!c->writing) {
        http__connection_close(c);
        return false;
    }
    count_rate(c);
    c->moved = uv_stream_get_write_queue_size((uv_stream_t *)&c->socket);
    return false;
}

static uv_buf_t buffer(str s)
{
    return uv_buf_init((char *)s.ptr, (unsigned int)s.len);
}

static void note(struct http_server *s, const struct http_request *r, const struct http__entry *e, int status,
                 uint64_t bytes)
{
    if (s->config.log != NULL) {
        struct http_answered what = { http_id(r), r->method, e != NULL ? e->label : r->label, status, bytes,
                                      r->asked_at == 0 ? 0 : ((int64_t)uv_hrtime() - r->asked_at) / 1000, e != NULL,
                                      r->connection == NULL };
        s->config.log(&what, s->config.log_context);
    }
}

/* A buffer has an unsigned length: a body beyond 1 GB in memory is a mistake of ours. */
static void write_answer(struct http__connection *c)
{
    struct http_request *r = c->request;
    const struct http__entry *e = c->entry;
    str head, body;
    c->closing = c->closing || (e == NULL && r->answer == HTTP__EVENTS);
    int status = r->status;
    if (e != NULL) {
        bool known = e->etag.len > 0 && http__has_version(r, e->etag);
        status = known ? 304 : 200;
        head = known ? e->head_not_modified : e->head;
        body = known ? STR("") : e->body;
    } else {
        head = r->answer_head;
        body = r->answer == HTTP__BYTES && r->status != 304 && r->status != 204 ? r->answer_body : STR("");
        r->answer_sent = r->status == 304 || r->method == HTTP_METHOD_HEAD ? r->answer_size : 0;
    }
    assert(body.len < 1u << 30);
    body = r->method == HTTP_METHOD_HEAD ? STR("") : body;
    uint64_t file = e == NULL && r->answer == HTTP__FILE ? r->answer_size - r->answer_sent : 0;
    note(c->server, r, e, status, body.len + file);
    uv_buf_t bufs[4] = { buffer(head), buffer(str_of(r->id_line)), buffer(http__tail(c->server, c->closing)),
                         buffer(body) };
    c->phase = HTTP__WRITING;
    if (write_now(c, bufs, body.len > 0 ? 4 : 3)) {
        written(c);
    }
}

void http__connection_answer(struct http_request *r)
{
    struct http__connection *c = r->connection;
    if (r->everybodys && r->may_cache && r->status == 200 && r->answer == HTTP__BYTES) {
        http__cache_put(r->server->cache, r, r->variant);
    }
    if (c == NULL) {
        note(r->server, r, NULL, r->status, 0);
        if (r->events != NULL) {
            http__events_leave(r->events, true);
        }
        http__request_free(r);
        return;
    }
    if (r->events != NULL) {
        r->events->connection = c;
    }
    write_answer(c);
    http__connection_resume(c);
}

/* ---- Files ---- */

static void on_fetched(uv_fs_t *fs)
{
    struct http__connection *c = fs->data;
    ssize_t n = fs->result;
    uv_fs_req_cleanup(fs);
    c->busy = false;
    if (c->phase == HTTP__CLOSED) {
        if (c->gone) {
            recycle(c);
        }
        return;
    }
    if (n <= 0) {
        http__connection_close(c); /* shorter than was said: the client must see that something is missing */
        return;
    }
    c->phase = HTTP__WRITING;
    c->request->answer_sent += (uint64_t)n;
    uv_buf_t b = uv_buf_init(c->request->upload, (unsigned int)n);
    if (write_now(c, &b, 1)) {
        written(c);
    }
    http__connection_resume(c);
}

/* The next piece of a file, read on a thread of the pool. */
static void fetch(struct http__connection *c)
{
    struct http_request *r = c->request;
    uint64_t left = r->answer_size - r->answer_sent;
    if (r->upload == NULL) {
        r->upload = arena_alloc(&r->arena, HTTP__READ_BUFFER);
    }
    uv_buf_t b = uv_buf_init(r->upload, left < HTTP__READ_BUFFER ? (unsigned int)left : HTTP__READ_BUFFER);
    c->phase = HTTP__FETCHING;
    c->busy = true;
    c->pool.fs.data = c;
    int code = uv_fs_read(&c->server->loop, &c->pool.fs, r->answer_fd, &b, 1, (int64_t)r->answer_sent, on_fetched);
    assert(code == 0);
}

/* ---- Events ---- */

void http__connection_pump(struct http__connection *c)
{
    struct http_events *e = c->request->events;
    if (c->phase != HTTP__STREAMING || c->writing) {
        return;
    }
    buf_clear(&e->sending);
    for (bool more = true; more;) {
        bool ended = http__events_take(e);
        if (e->sending.len == 0) {
            if (ended) {
                finish(c);
            }
            return;
        }
        c->quiet_since = http__now(c->server);
        uv_buf_t b = buffer(buf_str(&e->sending));
        more = write_now(c, &b, 1);
        if (more) {
            buf_clear(&e->sending);
        }
    }
}

static void beat(struct http__connection *c, int64_t now)
{
    static const char comment[] = ":\n\n";
    if (!c->writing && now - c->quiet_since >= HEARTBEAT_MS) {
        uv_buf_t b = uv_buf_init((char *)comment, sizeof comment - 1);
        c->quiet_since = now;
        write_now(c, &b, 1);
    }
}

/* ---- The end of a connection ---- */

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
    struct http__connection *c = shutdown->data;
    if (c->phase == HTTP__LINGERING && (status < 0 || c->half_closed)) {
        http__connection_close(c);
    }
}

/* Says that nothing follows and reads on for a while: closing at once would reset the connection, and a reset can
 * overtake the answer. */
static void linger(struct http__connection *c)
{
    struct http_request *r = c->request;
    if (r != NULL) {
        if (r->events != NULL) {
            http__events_leave(r->events, true);
            r->events = NULL;
        }
        http__request_free(r);
        c->request = NULL;
    }
    buf_release(&c->pending);
    c->phase = HTTP__LINGERING;
    set_due(c, LINGER_MS);
    c->shutdown.data = c;
    if (uv_shutdown(&c->shutdown, (uv_stream_t *)&c->socket, on_shutdown) < 0) {
        http__connection_close(c);
    } else {
        begin_reading(c);
    }
}

/* ---- Deadlines ---- */

static bool is_late(const struct http__connection *c, int64_t now)
{
    const struct http_config *config = &c->server->config;
    if (c->due != 0 && now >= c->due) {
        return true;
    }
    if (c->rate_from == 0) {
        return false;
    }
    uint64_t moved = c->moved;
    if (c->writing) {
        moved -= uv_stream_get_write_queue_size((const uv_stream_t *)&c->socket);
    }
    return now - c->rate_from >= (int64_t)(config->grace_ms + moved * 1000 / config->rate);
}

void http__connection_check(struct http__connection *c, int64_t now)
{
    if (c->phase == HTTP__STREAMING) {
        beat(c, now);
    }
    if (c->phase == HTTP__CLOSED || c->phase == HTTP__SPOOLING || !is_late(c, now)) {
        return; /* a slow disk is not the client's fault */
    }
    if (c->phase == HTTP__LINGERING) {
        http__connection_close(c);
        return;
    }
    if (c->phase != HTTP__READING || c->request != NULL) {
        HTTP__COUNT(c->server, overdue);
    }
    if (c->phase == HTTP__READING && c->request != NULL) {
        c->closing = true;
        http__compose_error(c->request, 408, "the request did not come in time");
        write_answer(c);
    } else {
        http__connection_close(c);
    }
}

void http__connection_stop(struct http__connection *c)
{
    bool idle = c->phase == HTTP__READING && c->request == NULL;
    c->closing = true;
    if (idle || c->phase == HTTP__STREAMING) {
        http__connection_close(c);
    }
}

/* ---- The beginning of a connection ---- */

static struct http__connection *new_connection(struct http_server *s)
{
    struct http__connection *c = s->free_connections;
    if (c == NULL) {
        c = ARENA_NEW(&s->arena, struct http__connection);
    } else {
        s->free_connections = c->next;
        memset(c, 0, sizeof *c);
    }
    c->server = s;
    c->pending = (struct buf)BUF_INIT(PENDING_MAX);
    c->next = s->connections;
    if (c->next != NULL) {
        c->next->prev = c;
    }
    s->connections = c;
    return c;
}

/* True when the connection may stay. */
static bool admit(struct http__connection *c)
{
    struct http_server *s = c->server;
    struct sockaddr_storage peer;
    int size = sizeof peer;
    if (uv_tcp_getpeername(&c->socket, (struct sockaddr *)&peer, &size) < 0) {
        return false;
    }
    c->address = http__address_of((struct sockaddr *)&peer);
    http__address_text(c->address, c->client, sizeof c->client);
    c->from_proxy = http__network_has(s->proxies, s->proxy_count, c->address);
    c->counted = !c->from_proxy && s->open <= s->config.connections &&
                 http__tally_add(s->tally, c->address, s->config.connections_per_address);
    return !s->stopping && s->open <= s->config.connections && (c->counted || c->from_proxy);
}

void http__connection_open(struct http_server *s)
{
    struct http__connection *c = new_connection(s);
    int code = uv_tcp_init(&s->loop, &c->socket);
    assert(code == 0);
    c->socket.data = c;
    http__opened(s);
    if (uv_accept((uv_stream_t *)&s->listener, (uv_stream_t *)&c->socket) < 0 || !admit(c)) {
        HTTP__COUNT(s, turned_away);
        http__connection_close(c);
        return;
    }
    HTTP__COUNT(s, connections);
    uv_tcp_nodelay(&c->socket, 1);
    set_due(c, s->config.head_ms);
    begin_reading(c);
}
