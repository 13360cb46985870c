/* http: the bounds of limit.def: what is as large as may be is taken, what is larger by one is refused. Most are shown
 * by the reader alone, without a server.
 */
#include "base/limit.h"
#include "client.h"
#include "http/http_int.h"
#include "tap.h"

#include <sys/resource.h>

enum { TEXT_MAX = 8 << 20, LONG_MS = PATIENCE * 1000 };

static const struct http_config reader_config = {
    .body_bytes = LIMIT_HTTP_BODY + 1ull, .body_memory = LIMIT_HTTP_BODY_MEMORY, .spool = "/tmp"
};

/* The status that a request is refused with, 200 when it is complete, 0 when something is missing. */
static int status_of(struct buf *text, bool *ret_spooled)
{
    static struct http_request r;
    struct buf text_copy = *text;
    int status = 0;
    http__request_begin(&r, &reader_config);
    for (size_t used = 0, n = 1; used < text_copy.len && n > 0; used += n) {
        n = http__request_read(&r, text_copy.ptr + used, text_copy.len - used);
    }
    if (r.state == HTTP__COMPLETE) {
        status = 200;
    } else if (r.state == HTTP__REFUSED) {
        status = r.refusal.status;
    }
    if (ret_spooled != NULL) {
        *ret_spooled = r.body_fd >= 0;
    }
    http__request_end(&r);
    buf_clear(text);
    return status;
}

static void add_times(struct buf *b, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        buf_addz(b, text);
    }
}

/* The pieces of a request, with one of them repeated. */
static int status_with(const char *before, const char *repeated, size_t times, const char *after)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    buf_addz(&b, before);
    add_times(&b, repeated, times);
    buf_addz(&b, after);
    int status = status_of(&b, NULL);
    buf_release(&b);
    return status;
}

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
#define FORM "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
#define MULTIPART "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n" MULTIPART_TYPE "\r\n--b\r\n"
#define MULTIPART_TYPE "Content-Type: multipart/form-data; boundary=b\r\n"
#define PART "Content-Disposition: form-data; name=\"f\""

static void test_heads(void)
{
    size_t rest = strlen(GET "X: \r\n\r\n");
    is_int(status_with(GET "X: ", "a", LIMIT_HTTP_HEAD - rest, "\r\n\r\n"), 200, "a head as large as may be");
    is_int(status_with(GET "X: ", "a", LIMIT_HTTP_HEAD - rest + 1, "\r\n\r\n"), 431, "a larger one");
    is_int(status_with(GET, "X: a\r\n", LIMIT_HTTP_HEADERS - 1, "\r\n"), 200, "as many headers as may be");
    is_int(status_with(GET, "X: a\r\n", LIMIT_HTTP_HEADERS - 1 + 1, "\r\n"), 431, "one more");
    is_int(status_with("GET /", "a", LIMIT_HTTP_TARGET - 1, " HTTP/1.1\r\nHost: a\r\n\r\n"), 200, "a long target");
    is_int(status_with("GET /", "a", LIMIT_HTTP_TARGET - 1 + 1, " HTTP/1.1\r\nHost: a\r\n\r\n"), 414, "a longer one");
    is_int(status_with("GET /?", "a&", LIMIT_HTTP_FIELDS, " HTTP/1.1\r\nHost: a\r\n\r\n"), 200, "many parameters");
    is_int(status_with("GET /?", "a&", LIMIT_HTTP_FIELDS + 1, " HTTP/1.1\r\nHost: a\r\n\r\n"), 413, "too many");
}

static int status_of_length(uint64_t length)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    buf_printf(&b, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %" PRIu64 "\r\n\r\n", length);
    int status = status_of(&b, NULL);
    buf_release(&b);
    return status;
}

static int status_of_body(uint64_t length, bool *ret_spooled)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    buf_printf(&b, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %" PRIu64 "\r\n\r\n", length);
    add_times(&b, "x", length);
    int status = status_of(&b, ret_spooled);
    buf_release(&b);
    return status;
}

static void test_bodies(void)
{
    bool spooled;
    is_int(status_with(CHUNKED "1;", "a", LIMIT_HTTP_CHUNK_EXTENSION, "\r\nx\r\n0\r\n\r\n"), 200, "an extension");
    is_int(status_with(CHUNKED "1;", "a", LIMIT_HTTP_CHUNK_EXTENSION + 1, "\r\nx\r\n0\r\n\r\n"), 400, "a longer one");
    is_int(status_of_length(LIMIT_HTTP_BODY), 0, "a body as large as may be is waited for");
    is_int(status_of_length(LIMIT_HTTP_BODY + 1ull), 413, "a larger one is refused, though the route allows it");
    ok(status_of_body(LIMIT_HTTP_BODY_MEMORY, &spooled) == 200 && !spooled, "a body in memory");
    ok(status_of_body(LIMIT_HTTP_BODY_MEMORY + 1, &spooled) == 200 && spooled, "a body in the spool");
    is_int(status_with(FORM "Transfer-Encoding: chunked\r\n\r\n100000\r\n", "a", LIMIT_HTTP_FORM, "\r\n0\r\n\r\n"), 200,
           "a form as large as may be");
    is_int(status_with(FORM "Transfer-Encoding: chunked\r\n\r\n100001\r\n", "a", LIMIT_HTTP_FORM + 1, "\r\n0\r\n\r\n"),
           413, "a larger one");
    is_int(status_with(FORM "Content-Length: 2000\r\n\r\n", "a&", LIMIT_HTTP_FIELDS, ""), 200, "a form's fields");
    is_int(status_with(FORM "Content-Length: 2002\r\n\r\n", "a&", LIMIT_HTTP_FIELDS + 1, ""), 413, "one more");
}

static void test_multipart(void)
{
    size_t rest = strlen(PART "\r\nX: \r\n\r\n");
    is_int(status_with(MULTIPART PART "\r\nX: ", "a", LIMIT_HTTP_PART_HEAD - rest, "\r\n\r\n"), 0, "a part's head");
    is_int(status_with(MULTIPART PART "\r\nX: ", "a", LIMIT_HTTP_PART_HEAD - rest + 1, "\r\n\r\n"), 431, "a larger");
    is_int(status_with(MULTIPART, PART "; filename=\"g\"\r\n\r\n\r\n--b\r\n", LIMIT_HTTP_FILES, ""), 0, "many files");
    is_int(status_with(MULTIPART, PART "; filename=\"g\"\r\n\r\n\r\n--b\r\n", LIMIT_HTTP_FILES + 1, ""), 413, "more");
    is_int(status_with(MULTIPART, PART "\r\n\r\n\r\n--b\r\n", LIMIT_HTTP_FIELDS, ""), 0, "many fields");
    is_int(status_with(MULTIPART, PART "\r\n\r\n\r\n--b\r\n", LIMIT_HTTP_FIELDS + 1, ""), 413, "too many fields");
    size_t head = strlen(PART "\r\n\r\n");
    is_int(status_with(MULTIPART PART "\r\n\r\n", "a", LIMIT_HTTP_FORM - head, "\r\n--b\r\n"), 0, "a large field");
    is_int(status_with(MULTIPART PART "\r\n\r\n", "a", LIMIT_HTTP_FORM - head + 1, "\r\n--b\r\n"), 413, "a larger one");
}

static void test_answers(void)
{
    static char text[LIMIT_HTTP_ANSWER_HEAD + 1];
    struct http_request r;
    memset(&r, 0, sizeof r);
    memset(text, 'a', sizeof text);
    http__request_begin(&r, &reader_config);
    ok(http_add_header(&r, "X", (str){ text, LIMIT_HTTP_ANSWER_HEAD - 5 }), "headers of an answer");
    ok(!http_add_header(&r, "X", (str){ text, 1 }), "one that is too many");
    http__request_end(&r);
    arena_release(&r.arena);
}

/* ---- With a server ---- */

struct gate {
    pthread_mutex_t mutex;
    atomic_uint inside;
    struct http_events *events;
};

/* Waits while the mutex is held. */
static void pass(struct http_request *r, void *context)
{
    struct gate *gate = context;
    atomic_fetch_add(&gate->inside, 1);
    pthread_mutex_lock(&gate->mutex);
    if (str_eq(http_path(r), STR("/events"))) {
        gate->events = http_send_events(r);
    } else {
        http_send(r, 200, STR(""), STR("passed"));
    }
    pthread_mutex_unlock(&gate->mutex);
    atomic_fetch_sub(&gate->inside, 1);
}

static struct http_config gate_config(struct gate *gate)
{
    return (struct http_config){ .listen = "127.0.0.1:0", .handler = pass, .context = gate, .workers = 1,
                                 .head_ms = LONG_MS, .idle_ms = LONG_MS, .grace_ms = LONG_MS };
}

static void test_events(void)
{
    static char data[LIMIT_HTTP_EVENTS + 1];
    struct gate gate = { .mutex = PTHREAD_MUTEX_INITIALIZER, .inside = 0 };
    struct http_config config = gate_config(&gate);
    struct served s;
    struct client c;
    struct reply r;
    memset(data, 'x', sizeof data);
    serve(&s, &config);
    client_open(&c, s.port);
    bool fine = client_ask(&c, STR("GET /events HTTP/1.1\r\nHost: a\r\n\r\n"), &r);
    pthread_mutex_lock(&gate.mutex);
    struct http_events *events = gate.events;
    pthread_mutex_unlock(&gate.mutex);
    ok(fine && http_send_event(events, STR(""), STR(""), (str){ data, LIMIT_HTTP_EVENTS - 100 }), "a large event");
    while (c.len < LIMIT_HTTP_EVENTS - 100 && client_more(&c) > 0) {
    }
    ok(!http_send_event(events, STR(""), STR(""), (str){ data, LIMIT_HTTP_EVENTS + 1 }), "one that is too large");
    http_end_events(events);
    while (client_more(&c) > 0) {
    }
    client_close(&c);
    end_serving(&s);
}

static void test_addresses(void)
{
    struct gate gate = { .mutex = PTHREAD_MUTEX_INITIALIZER, .inside = 0 };
    struct http_config config = gate_config(&gate);
    struct served s;
    static struct client clients[LIMIT_HTTP_CONNECTIONS_PER_ADDRESS + 1];
    enum { LAST = LIMIT_HTTP_CONNECTIONS_PER_ADDRESS };
    serve(&s, &config);
    for (size_t i = 0; i <= LAST; i++) {
        client_open(&clients[i], s.port);
    }
    ok(client_more(&clients[LAST]) <= 0, "one connection more than an address may have is closed");
    is_int((int64_t)http_counts(s.server).turned_away, 1, "and only that");
    for (size_t i = 0; i <= LAST; i++) {
        client_close(&clients[i]);
    }
    end_serving(&s);
}

/* As many connections as may be, and then as many requests as may wait. */
static void test_many(void)
{
    enum { MANY = LIMIT_HTTP_CONNECTIONS + 1, WAITING = LIMIT_HTTP_QUEUE + 1 };
    static int fds[MANY];
    struct rlimit files = { 2 * MANY + 100, 2 * MANY + 100 };
    struct gate gate = { .mutex = PTHREAD_MUTEX_INITIALIZER, .inside = 0 };
    struct http_config config = gate_config(&gate);
    struct served s;
    struct client c;
    config.connections_per_address = MANY;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0) {
        ok(true, "the bound of connections # SKIP not so many files may be open here");
        return;
    }
    serve(&s, &config);
    pthread_mutex_lock(&gate.mutex);
    for (size_t i = 0; i < MANY; i++) {
        client_open(&c, s.port);
        free(c.data);
        fds[i] = c.fd;
    }
    char byte;
    ok(recv(fds[MANY - 1], &byte, 1, 0) <= 0 && http_counts(s.server).turned_away == 1,
       "one connection more than there may be is closed");
    static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    send(fds[0], request, sizeof request - 1, MSG_NOSIGNAL);
    while (atomic_load(&gate.inside) == 0) {
        sched_yield();
    }
    for (size_t i = 1; i <= WAITING; i++) {
        send(fds[i], request, sizeof request - 1, MSG_NOSIGNAL);
    }
    while (http_counts(s.server).overloaded == 0) {
        sched_yield();
    }
    pthread_mutex_unlock(&gate.mutex);
    char answer[16] = "";
    for (size_t i = 0; i <= WAITING; i++) {
        recv(fds[i], answer, 12, MSG_WAITALL);
    }
    is_int((int64_t)http_counts(s.server).overloaded, 1, "one request more than may wait is turned away");
    for (size_t i = 0; i < MANY; i++) {
        close(fds[i]);
    }
    end_serving(&s);
}

int main(void)
{
    test_heads();
    test_bodies();
    test_multipart();
    test_answers();
    test_events();
    test_addresses();
    test_many();
    return tap_done();
}
