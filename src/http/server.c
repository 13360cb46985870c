/* server: the loop, the workers, and what passes between them. */
#include "http/http_int.h"

#include "base/clock.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>

enum { BACKLOG = 1024, TICK_MS = 50, DATE_MS = 100 };

/* ---- What others tell the loop ---- */

int64_t http__now(const struct http_server *s)
{
    return (int64_t)uv_now(&s->loop);
}

void http__wake(struct http_server *s)
{
    uv_async_send(&s->wake);
}

void http__answered(struct http_request *r)
{
    struct http_server *s = r->server;
    r->next = NULL;
    uv_mutex_lock(&s->answered_mutex);
    *s->answered_last = r;
    s->answered_last = &r->next;
    uv_mutex_unlock(&s->answered_mutex);
    uv_async_send(&s->wake);
}

void http__told(struct http_events *e)
{
    struct http_server *s = e->server;
    uv_mutex_lock(&s->answered_mutex);
    e->next = s->told;
    s->told = e;
    uv_mutex_unlock(&s->answered_mutex);
    uv_async_send(&s->wake);
}

static void take_answers(struct http_server *s)
{
    uv_mutex_lock(&s->answered_mutex);
    struct http_request *r = s->answered;
    s->answered = NULL;
    s->answered_last = &s->answered;
    uv_mutex_unlock(&s->answered_mutex);
    while (r != NULL) {
        struct http_request *next = r->next;
        s->handed_out--;
        http__connection_answer(r);
        r = next;
    }
}

static void take_events(struct http_server *s)
{
    uv_mutex_lock(&s->answered_mutex);
    struct http_events *e = s->told;
    s->told = NULL;
    uv_mutex_unlock(&s->answered_mutex);
    while (e != NULL) {
        struct http_events *next = e->next;
        struct http__connection *c = e->connection;
        bool slow = http__events_listed(e);
        if (c != NULL && c->request != NULL && c->request->events == e) {
            if (slow) {
                HTTP__COUNT(s, overdue);
                http__connection_close(c);
            } else {
                http__connection_pump(c);
            }
        }
        http__events_leave(e, false);
        e = next;
    }
}

static void take_ready(struct http_server *s)
{
    struct http__connection *c = s->ready;
    s->ready = NULL;
    while (c != NULL) {
        struct http__connection *next = c->next_ready;
        c->ready = false;
        http__connection_resume(c);
        c = next;
    }
}

/* ---- Stopping ---- */

static void begin_stop(struct http_server *s)
{
    s->stopping = true;
    s->stop_at = http__now(s) + s->config.stop_ms;
    uv_close((uv_handle_t *)&s->listener, NULL);
    for (struct http__connection *c = s->connections, *next; c != NULL; c = next) {
        next = c->next;
        http__connection_stop(c);
    }
}

/* With the last handle the loop ends. */
static void end_if_done(struct http_server *s)
{
    if (s->stopping && s->open == 0 && s->handed_out == 0 && !uv_is_closing((uv_handle_t *)&s->wake)) {
        uv_close((uv_handle_t *)&s->wake, NULL);
        uv_close((uv_handle_t *)&s->timer, NULL);
    }
}

static void on_wake(uv_async_t *wake)
{
    struct http_server *s = wake->data;
    if (atomic_load(&s->stop_wanted) && !s->stopping) {
        begin_stop(s);
    }
    take_answers(s);
    take_events(s);
    take_ready(s);
    end_if_done(s);
}

/* ---- The clock ---- */

static void on_tick(uv_timer_t *timer)
{
    struct http_server *s = timer->data;
    int64_t now = http__now(s);
    bool over = s->stopping && now >= s->stop_at;
    for (struct http__connection *c = s->connections, *next; c != NULL; c = next) {
        next = c->next;
        if (over) {
            http__connection_close(c);
        } else {
            http__connection_check(c, now);
        }
    }
    end_if_done(s);
}

void http__opened(struct http_server *s)
{
    atomic_fetch_add_explicit(&s->counts.open, 1, memory_order_relaxed);
    if (s->open++ == 0) {
        uv_timer_start(&s->timer, on_tick, TICK_MS, TICK_MS);
    }
}

void http__closed(struct http_server *s)
{
    atomic_fetch_sub_explicit(&s->counts.open, 1, memory_order_relaxed);
    if (--s->open == 0) {
        uv_timer_stop(&s->timer);
    }
    end_if_done(s);
}

str http__tail(struct http_server *s, bool closing)
{
    int64_t now = http__now(s);
    if (now - s->date_at >= DATE_MS || s->date_keep_len == 0) {
        int64_t second = clock_now_micros() / 1000000;
        s->date_at = now;
        if (second != s->date_second) {
            char date[48];
            s->date_second = second;
            http__date(second, date, sizeof date);
            s->date_keep_len = (size_t)snprintf(s->date_keep, sizeof s->date_keep, "%s\r\n\r\n", date);
            s->date_close_len =
                (size_t)snprintf(s->date_close, sizeof s->date_close, "%s\r\nConnection: close\r\n\r\n", date);
        }
    }
    return closing ? (str){ s->date_close, s->date_close_len } : (str){ s->date_keep, s->date_keep_len };
}

/* ---- Requests and workers ---- */

struct http_request *http__request_new(struct http_server *s)
{
    struct http_request *r = s->free_requests;
    if (r == NULL) {
        r = ARENA_NEW(&s->arena, struct http_request);
    } else {
        s->free_requests = r->next;
    }
    http__request_begin(r, &s->config);
    r->server = s;
    return r;
}

void http__request_free(struct http_request *r)
{
    struct http_server *s = r->server;
    http__request_end(r);
    r->next = s->free_requests;
    s->free_requests = r;
}

bool http__hand_out(struct http_request *r)
{
    struct http_server *s = r->server;
    r->next = NULL;
    uv_mutex_lock(&s->mutex);
    bool room = s->queued < s->config.queue;
    if (room) {
        *s->last = r;
        s->last = &r->next;
        s->queued++;
        uv_cond_signal(&s->work);
    }
    uv_mutex_unlock(&s->mutex);
    s->handed_out += room;
    return room;
}

/* The next request, or NULL when the workers are to end. */
static struct http_request *next_request(struct http_server *s)
{
    uv_mutex_lock(&s->mutex);
    while (s->first == NULL && !s->workers_end) {
        uv_cond_wait(&s->work, &s->mutex);
    }
    struct http_request *r = s->first;
    if (r != NULL) {
        s->first = r->next;
        s->last = s->first == NULL ? &s->first : s->last;
        s->queued--;
    }
    uv_mutex_unlock(&s->mutex);
    return r;
}

static void run_worker(void *argument)
{
    struct http_server *s = argument;
    for (struct http_request *r; (r = next_request(s)) != NULL;) {
        s->config.handler(r, s->config.context);
    }
}

/* ---- Opening ---- */

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value == 0 ? fallback : value;
}

static struct http_config with_defaults(const struct http_config *config)
{
    struct http_config c = *config;
    c.workers = or_default(c.workers, uv_available_parallelism() + 1);
    c.connections = or_default(c.connections, LIMIT_HTTP_CONNECTIONS);
    c.connections_per_address = or_default(c.connections_per_address, LIMIT_HTTP_CONNECTIONS_PER_ADDRESS);
    c.queue = or_default(c.queue, LIMIT_HTTP_QUEUE);
    c.body_bytes = c.body_bytes == 0 ? 25u << 20 : c.body_bytes;
    c.body_memory = c.body_memory == 0 ? LIMIT_HTTP_BODY_MEMORY : c.body_memory;
    c.head_ms = or_default(c.head_ms, 10000);
    c.idle_ms = or_default(c.idle_ms, 15000);
    c.body_ms = or_default(c.body_ms, 1800000);
    c.grace_ms = or_default(c.grace_ms, 10000);
    c.rate = or_default(c.rate, 1024);
    c.stop_ms = or_default(c.stop_ms, 10000);
    return c;
}

/* "127.0.0.1:8080", "[::1]:0" */
static bool read_listen(const char *text, struct sockaddr_storage *ret)
{
    const char *colon = text == NULL ? NULL : strrchr(text, ':');
    uint32_t port = 0;
    char host[64];
    if (colon == NULL || colon[1] == '\0' || (size_t)(colon - text) >= sizeof host) {
        return false;
    }
    for (const char *p = colon + 1; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || port > 65535) {
            return false;
        }
        port = port * 10 + (uint32_t)(*p - '0');
    }
    size_t n = (size_t)(colon - text);
    bool brackets = n > 2 && text[0] == '[' && text[n - 1] == ']';
    n -= brackets ? 2 : 0;
    memcpy(host, text + brackets, n);
    host[n] = '\0';
    if (port > 65535) {
        return false;
    }
    return brackets ? uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)ret) == 0
                    : uv_ip4_addr(host, (int)port, (struct sockaddr_in *)ret) == 0;
}

static enum error_code read_proxies(struct http_server *s, struct error *err)
{
    size_t count = 0;
    while (s->config.proxies != NULL && s->config.proxies[count] != NULL) {
        count++;
    }
    s->proxies = ARENA_ARRAY(&s->arena, struct http__network, count);
    for (; s->proxy_count < count; s->proxy_count++) {
        const char *text = s->config.proxies[s->proxy_count];
        if (!http__network_read(text, &s->proxies[s->proxy_count])) {
            error_set(err, ERROR_INVALID, "the address of a proxy cannot be read");
            error_detail(err, "%s", text);
            error_hint(err, "write an address or a network, such as 10.0.0.0/8");
            return ERROR_INVALID;
        }
    }
    return OK;
}

static void on_connection(uv_stream_t *listener, int status)
{
    if (status == 0) {
        http__connection_open(listener->data);
    }
}

/* The socket, once the loop is there. */
static int listen_on(struct http_server *s, const struct sockaddr_storage *address)
{
    struct sockaddr_storage bound;
    int size = sizeof bound;
    int code = uv_tcp_bind(&s->listener, (const struct sockaddr *)address, 0);
    if (code == 0) {
        code = uv_listen((uv_stream_t *)&s->listener, BACKLOG, on_connection);
    }
    if (code == 0) {
        code = uv_tcp_getsockname(&s->listener, (struct sockaddr *)&bound, &size);
    }
    if (code == 0) {
        s->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                    : ((struct sockaddr_in *)&bound)->sin_port);
    }
    return code;
}

/* Nothing here fails but for lack of memory or descriptors. */
static int begin_loop(struct http_server *s)
{
    int code = uv_loop_init(&s->loop);
    if (code != 0) {
        return code;
    }
    code = uv_async_init(&s->loop, &s->wake, on_wake);
    if (code != 0) {
        uv_loop_close(&s->loop);
        return code;
    }
    uv_tcp_init(&s->loop, &s->listener);
    uv_timer_init(&s->loop, &s->timer);
    s->wake.data = s->listener.data = s->timer.data = s;
    return 0;
}

static void init(struct http_server *s)
{
    s->last = &s->first;
    s->answered_last = &s->answered;
    s->read_buffer = arena_alloc(&s->arena, HTTP__READ_BUFFER);
    s->tally = http__tally_new(&s->arena, s->config.connections + 1);
    s->cache = s->config.version == NULL ? NULL : http__cache_new(&s->arena);
    uv_mutex_init(&s->mutex);
    uv_mutex_init(&s->answered_mutex);
    uv_cond_init(&s->work);
}

static void release(struct http_server *s)
{
    struct arena arena = s->arena;
    for (struct http_request *r = s->free_requests; r != NULL; r = r->next) {
        arena_release(&r->arena);
    }
    if (s->cache != NULL) {
        http__cache_free(s->cache);
    }
    uv_cond_destroy(&s->work);
    uv_mutex_destroy(&s->answered_mutex);
    uv_mutex_destroy(&s->mutex);
    arena_release(&arena);
}

static struct http_server *new_server(const struct http_config *config)
{
    struct arena arena = ARENA_INIT;
    struct http_server *s = ARENA_NEW(&arena, struct http_server);
    s->arena = arena;
    s->config = with_defaults(config);
    s->next_id = config->first_id;
    init(s);
    return s;
}

enum error_code http_open(const struct http_config *config, struct http_server **ret_server, struct error *err)
{
    struct sockaddr_storage address;
    memset(&address, 0, sizeof address);
    if (!read_listen(config->listen, &address)) {
        error_set(err, ERROR_INVALID, "the address to listen on cannot be read");
        error_hint(err, "write an address and a port, such as 127.0.0.1:8080 or [::1]:8080");
        return ERROR_INVALID;
    }
    struct http_server *s = new_server(config);
    enum error_code code = read_proxies(s, err);
    int failed = code != OK ? 0 : begin_loop(s);
    if (code != OK || failed != 0) {
        release(s);
        return code != OK ? code : error_set(err, ERROR_IO, "the server could not be started");
    }
    failed = listen_on(s, &address);
    if (failed != 0) {
        error_set(err, ERROR_IO, "could not listen on %s", config->listen);
        error_detail(err, "%s", uv_strerror(failed));
        http_close(s);
        return ERROR_IO;
    }
    *ret_server = s;
    return OK;
}

uint16_t http_port(const struct http_server *server)
{
    return server->port;
}

/* ---- Running ---- */

/* A client that goes away while we write is an error of that write, not a signal. */
static void block_broken_pipes(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void http_run(struct http_server *s)
{
    block_broken_pipes();
    s->workers = ARENA_ARRAY(&s->arena, uv_thread_t, s->config.workers);
    for (; s->worker_count < s->config.workers; s->worker_count++) {
        int code = uv_thread_create(&s->workers[s->worker_count], run_worker, s);
        assert(code == 0);
    }
    uv_run(&s->loop, UV_RUN_DEFAULT);
    uv_mutex_lock(&s->mutex);
    s->workers_end = true;
    uv_cond_broadcast(&s->work);
    uv_mutex_unlock(&s->mutex);
    for (uint32_t i = 0; i < s->worker_count; i++) {
        uv_thread_join(&s->workers[i]);
    }
}

void http_stop(struct http_server *s)
{
    atomic_store(&s->stop_wanted, true);
    uv_async_send(&s->wake);
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

void http_close(struct http_server *s)
{
    /* Handles are left where the loop never ran. */
    uv_walk(&s->loop, close_handle, NULL);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    take_events(s); /* what was said to a loop that had ended */
    int code = uv_loop_close(&s->loop);
    assert(code == 0);
    release(s);
}

struct http_counts http_counts(const struct http_server *s)
{
#define READ(what) .what = atomic_load_explicit(&s->counts.what, memory_order_relaxed)
    return (struct http_counts){ READ(connections), READ(open),   READ(turned_away), READ(requests),
                                 READ(cached),      READ(refused), READ(overdue),     READ(overloaded) };
#undef READ
}
