/* http: what a file of requests and answers cannot show: threads, the cache, full queues, events, deadlines, stopping.
 *
 * Nothing here measures time. Deadlines are so short that they pass, or so long that they never do; whoever waits for
 * one waits for what it brings about.
 */
#include "base/limit.h"
#include "client.h"
#include "http/http_int.h"
#include "tap.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

enum { LONG_MS = PATIENCE * 1000, DRIBBLERS = 1000 };

static struct http_config config_of(http_handler *handler, void *context)
{
    return (struct http_config){
        .listen = "127.0.0.1:0", .handler = handler, .context = context, .workers = 2, .connections_per_address = 4096,
        .head_ms = LONG_MS, .idle_ms = LONG_MS, .grace_ms = LONG_MS, .stop_ms = LONG_MS,
    };
}

static bool answers(struct client *c, const char *target, int status, const char *body)
{
    char request[256];
    struct reply r = { 0, STR(""), STR("") };
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
    bool fine = client_ask(c, str_of(request), &r) && r.status == status &&
                (body == NULL || str_eq(r.body, str_of(body)));
    if (!fine) {
        printf("# got %d %.*s\n", r.status, STR_ARG(r.body));
    }
    client_done(c, &r);
    return fine;
}

/* Asks with some more header lines. */
static bool finds(struct client *c, const char *method, const char *target, const char *headers, int status,
                 const char *body)
{
    char request[512];
    struct reply r = { 0, STR(""), STR("") };
    snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, target, headers);
    bool came = client_send(c, str_of(request)) && client_read(c, strcmp(method, "HEAD") == 0, &r);
    bool fine = came && r.status == status && str_eq(r.body, str_of(body));
    if (!fine) {
        printf("# got %d %.*s\n", r.status, STR_ARG(r.body));
    }
    client_done(c, &r);
    return fine;
}

static void say_hello(struct http_request *r, void *context)
{
    (void)context;
    http_send(r, 200, STR("text/plain"), STR("hello"));
}

/* ---- Opening ---- */

static void test_open(void)
{
    static const char *const wrong[] = { "", "8080", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
                                         "127.0.0.1:65536", "::1:80", "[::1", "[]:80", "256.0.0.1:80" };
    struct http_server *s = NULL;
    struct error err = { .code = OK };
    struct http_config config = config_of(say_hello, NULL);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        config.listen = wrong[i];
        ok(http_open(&config, &s, &err) == ERROR_INVALID && s == NULL, "\"%s\" is no address to listen on", wrong[i]);
    }
    config.listen = "127.0.0.1:0";
    static const char *const proxies[] = { "10.0.0.0/33", NULL };
    config.proxies = proxies;
    ok(http_open(&config, &s, &err) == ERROR_INVALID && s == NULL, "10.0.0.0/33 is no proxy");
    config.proxies = NULL;
    ok(http_open(&config, &s, &err) == OK && http_port(s) > 0, "a free port is taken");
    char taken[32];
    struct http_server *second = NULL;
    snprintf(taken, sizeof taken, "127.0.0.1:%u", http_port(s));
    config.listen = taken;
    ok(http_open(&config, &second, &err) == ERROR_IO && second == NULL && err.detail[0] != '\0',
       "a port that is taken is an error: %s, %s", err.message, err.detail);
    http_close(s);
    config.listen = "[::1]:0";
    if (http_open(&config, &s, &err) == OK) {
        http_stop(s);
        http_run(s);
        http_close(s);
        ok(true, "a server that is stopped before it runs ends at once");
    } else {
        ok(true, "there is no IPv6 here # SKIP");
    }
}

static void test_networks(void)
{
    static const struct {
        const char *network, *address;
        bool wanted;
    } cases[] = {
        { "10.0.0.0/8", "10.255.0.1", true },   { "10.0.0.0/8", "11.0.0.1", false },
        { "10.1.2.3", "10.1.2.3", true },       { "10.1.2.3", "10.1.2.4", false },
        { "10.1.2.128/25", "10.1.2.127", false }, { "10.1.2.128/25", "10.1.2.200", true },
        { "0.0.0.0/0", "192.0.2.1", true },     { "0.0.0.0/0", "2001:db8::1", false },
        { "2001:db8::/33", "2001:db8:7fff::1", true }, { "2001:db8::/33", "2001:db8:8000::1", false },
        { "::/0", "192.0.2.1", true },          { "::1", "::1", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http__network n;
        struct http__address a;
        bool fine = http__network_read(cases[i].network, &n) &&
                    http__address_read(cases[i].address, strlen(cases[i].address), &a) &&
                    http__network_has(&n, 1, a) == cases[i].wanted;
        ok(fine, "%s %s %s", cases[i].network, cases[i].wanted ? "has" : "has not", cases[i].address);
    }
    static const char *const wrong[] = { "", "10.0.0", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/33", "::/129", "a" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct http__network n;
        ok(!http__network_read(wrong[i], &n), "\"%s\" is no network", wrong[i]);
    }
}

/* Random openings and closings of few addresses, against an array of counts. */
static void test_tally(void)
{
    struct arena arena = ARENA_INIT;
    struct http__tally *t = http__tally_new(&arena, 64);
    uint32_t counts[40] = { 0 }, total = 0, state = 1;
    bool fine = true;
    for (uint32_t i = 0; i < 100000; i++) {
        state = state * 1664525 + 1013904223;
        uint32_t k = (state >> 8) % 40;
        struct http__address a = { { [10] = 0xFF, [11] = 0xFF, [15] = (unsigned char)k } };
        if ((state >> 20) % 2 == 0 && total < 64) {
            bool added = http__tally_add(t, a, 3);
            fine = fine && added == (counts[k] < 3);
            counts[k] += added;
            total += added;
        } else if (counts[k] > 0) {
            http__tally_take(t, a);
            counts[k]--;
            total--;
        }
    }
    ok(fine, "connections are counted by address");
    struct http__address one = { { 0x20, 1, [15] = 1 } }, two = { { 0x20, 1, [15] = 2 } };
    ok(http__tally_add(t, one, 1) && !http__tally_add(t, two, 1), "a network /64 counts as one address");
    arena_release(&arena);
}

static void test_date(void)
{
    char text[64];
    http__date(0, text, sizeof text);
    is_str(str_of(text), STR("Date: Thu, 01 Jan 1970 00:00:00 GMT"), "the date of 0");
    http__date(784111777, text, sizeof text);
    is_str(str_of(text), STR("Date: Sun, 06 Nov 1994 08:49:37 GMT"), "the date of RFC 9110");
    http__date(951827696, text, sizeof text);
    is_str(str_of(text), STR("Date: Tue, 29 Feb 2000 12:34:56 GMT"), "a leap day");
    http__date(4102444799, text, sizeof text);
    is_str(str_of(text), STR("Date: Thu, 31 Dec 2099 23:59:59 GMT"), "the end of the century");
}

/* ---- Answers from elsewhere ---- */

/* Requests that nobody has answered yet. */
struct shelf {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct http_request *kept[64];
    size_t count;
};

#define SHELF_INIT { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .count = 0 }

static void keep(struct http_request *r, void *context)
{
    struct shelf *shelf = context;
    if (str_eq(http_path(r), STR("/now"))) {
        http_send(r, 200, STR("text/plain"), STR("now"));
        return;
    }
    pthread_mutex_lock(&shelf->mutex);
    shelf->kept[shelf->count++] = r;
    pthread_cond_signal(&shelf->changed);
    pthread_mutex_unlock(&shelf->mutex);
}

static void wait_for(struct shelf *shelf, size_t count)
{
    pthread_mutex_lock(&shelf->mutex);
    while (shelf->count < count) {
        pthread_cond_wait(&shelf->changed, &shelf->mutex);
    }
    pthread_mutex_unlock(&shelf->mutex);
}

static size_t kept(struct shelf *shelf)
{
    pthread_mutex_lock(&shelf->mutex);
    size_t count = shelf->count;
    pthread_mutex_unlock(&shelf->mutex);
    return count;
}

/* The last first. */
static void *answer_all(void *argument)
{
    struct shelf *shelf = argument;
    pthread_mutex_lock(&shelf->mutex);
    for (size_t i = shelf->count; i > 0; i--) {
        http_send(shelf->kept[i - 1], 200, STR("text/plain"), http_target(shelf->kept[i - 1]));
    }
    shelf->count = 0;
    pthread_mutex_unlock(&shelf->mutex);
    return NULL;
}

static void answer_elsewhere(struct shelf *shelf)
{
    pthread_t thread;
    pthread_create(&thread, NULL, answer_all, shelf);
    pthread_join(thread, NULL);
}

static void test_deferred(void)
{
    struct shelf shelf = SHELF_INIT;
    struct http_config config = config_of(keep, &shelf);
    struct served s;
    struct client clients[20], other;
    struct reply r;
    serve(&s, &config);
    for (size_t i = 0; i < 20; i++) {
        char request[64];
        snprintf(request, sizeof request, "GET /%zu HTTP/1.1\r\nHost: a\r\n\r\n", i);
        client_open(&clients[i], s.port);
        client_send(&clients[i], str_of(request));
    }
    wait_for(&shelf, 20);
    client_open(&other, s.port);
    ok(answers(&other, "/now", 200, "now"), "20 requests wait, and hold none of 2 workers");
    /* The first goes away; its request stays with the handler. */
    client_close(&clients[0]);
    answer_elsewhere(&shelf);
    for (size_t i = 1; i < 20; i++) {
        char target[16];
        snprintf(target, sizeof target, "/%zu", i);
        ok(client_read(&clients[i], false, &r) && str_eq(r.body, str_of(target)), "%s is answered by another thread",
           target);
        client_close(&clients[i]);
    }
    client_close(&other);
    end_serving(&s);
}

/* While one waits, what is pipelined behind it waits too. */
static void test_order(void)
{
    struct shelf shelf = SHELF_INIT;
    struct http_config config = config_of(keep, &shelf);
    struct served s;
    struct client c;
    struct reply r;
    serve(&s, &config);
    client_open(&c, s.port);
    client_send(&c, STR("GET /late HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n"));
    wait_for(&shelf, 1);
    answer_elsewhere(&shelf);
    bool fine = client_read(&c, false, &r) && str_eq(r.body, STR("/late"));
    client_done(&c, &r);
    ok(fine && client_read(&c, false, &r) && str_eq(r.body, STR("now")), "answers come in the order of the requests");
    client_close(&c);
    end_serving(&s);
}

static void test_queue_full(void)
{
    struct shelf shelf = SHELF_INIT;
    struct http_config config = config_of(keep, &shelf);
    struct served s;
    struct client clients[8];
    struct reply r;
    uint32_t overloaded = 0, fine = 0;
    config.queue = 1;
    /* No worker comes to take anything while the mutex is held: both are in `keep`. */
    pthread_mutex_lock(&shelf.mutex);
    serve(&s, &config);
    for (size_t i = 0; i < 8; i++) {
        client_open(&clients[i], s.port);
        client_send(&clients[i], STR("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    /* Two workers and a queue of one: at least five of eight are too many, and at least one is not. */
    while (http_counts(s.server).overloaded < 5) {
        sched_yield();
    }
    pthread_mutex_unlock(&shelf.mutex);
    while (kept(&shelf) + http_counts(s.server).overloaded < 8) {
        sched_yield();
    }
    answer_elsewhere(&shelf);
    for (size_t i = 0; i < 8; i++) {
        bool came = client_read(&clients[i], false, &r);
        overloaded += came && r.status == 503 && str_eq(reply_header(&r, "retry-after"), STR("1"));
        fine += came && r.status == 200;
        if (came) {
            client_done(&clients[i], &r);
        }
    }
    ok(overloaded >= 5 && fine >= 1 && overloaded + fine == 8, "%u of 8 were too many, %u were answered", overloaded,
       fine);
    ok(answers(&clients[7], "/now", 200, "now"), "after a 503 the connection goes on");
    for (size_t i = 0; i < 8; i++) {
        client_close(&clients[i]);
    }
    end_serving(&s);
}

/* ---- The cache ---- */

struct office {
    atomic_uint_fast64_t version;
    atomic_uint calls;
};

static void show_page(struct http_request *r, void *context)
{
    struct office *office = context;
    unsigned int call = atomic_fetch_add(&office->calls, 1) + 1;
    str body = arena_printf(http_arena(r), "call %u of %.*s", call, STR_ARG(http_header(r, "accept-language")));
    http_add_etag(r, arena_printf(http_arena(r), "e%u", call));
    http_add_header(r, "X-Page", STR("yes"));
    http_may_cache(r);
    if (str_eq(http_path(r), STR("/cookie"))) {
        http_add_header(r, "Set-Cookie", STR("a=b"));
    }
    if (str_eq(http_path(r), STR("/wrong"))) {
        http_send_error(r, 404, "there is no such page");
    } else {
        http_send(r, 200, STR("text/plain"), body);
    }
}

static uint32_t by_language(const struct http_request *r, void *context)
{
    (void)context;
    return str_eq(http_header(r, "accept-language"), STR("zh"));
}

static void test_cache(void)
{
    struct office office = { 0 };
    struct http_config config = config_of(show_page, &office);
    struct served s;
    struct client c;
    config.version = &office.version;
    config.variant = by_language;
    serve(&s, &config);
    client_open(&c, s.port);
    ok(finds(&c, "GET", "/a", "", 200, "call 1 of "), "the handler makes a page");
    ok(finds(&c, "GET", "/a", "", 200, "call 1 of "), "the loop gives it again");
    ok(finds(&c, "HEAD", "/a", "", 200, ""), "also to HEAD");
    ok(finds(&c, "GET", "/a", "If-None-Match: \"e1\"\r\n", 304, ""), "also as 304");
    ok(finds(&c, "GET", "/a", "Accept-Language: zh\r\n", 200, "call 2 of zh"), "another class of clients");
    ok(finds(&c, "GET", "/a", "Accept-Language: zh\r\n", 200, "call 2 of zh"), "has an entry of its own");
    ok(finds(&c, "GET", "/a", "Cookie: a=b\r\n", 200, "call 3 of "), "not for a client with a cookie");
    ok(finds(&c, "GET", "/a", "Authorization: x\r\n", 200, "call 4 of "), "not for one with an authorization");
    ok(finds(&c, "POST", "/a", "", 200, "call 5 of "), "not for POST");
    ok(finds(&c, "GET", "/a?b", "", 200, "call 6 of "), "another target");
    ok(finds(&c, "GET", "/a", "", 200, "call 1 of "), "nothing of this touched the first");
    ok(finds(&c, "GET", "/wrong", "", 404, "404 Not Found: there is no such page\n") &&
           finds(&c, "GET", "/wrong", "", 404, "404 Not Found: there is no such page\n") &&
           atomic_load(&office.calls) == 8,
       "an error is not cached");
    is_int((int64_t)http_counts(s.server).cached, 5, "answers from the cache");
    atomic_fetch_add(&office.version, 1);
    ok(finds(&c, "GET", "/a", "", 200, "call 9 of "), "when something has changed, the handler makes it anew");
    ok(finds(&c, "GET", "/a", "", 200, "call 9 of "), "and the loop gives it again");
    ok(finds(&c, "GET", "/cookie", "", 200, "call 10 of ") && finds(&c, "GET", "/cookie", "", 200, "call 11 of "),
       "an answer that sets a cookie is not for others");
    client_send(&c, STR("GET /a HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n"));
    struct reply r;
    ok(client_read(&c, false, &r) && str_eq(r.body, STR("call 12 of ")), "another host has pages of its own");
    client_done(&c, &r);
    ok(client_at_end(&c), "and the connection closes");
    client_close(&c);
    end_serving(&s);
}

/* Many more pages than places, and more bytes than the cache may have. */
static void test_cache_full(void)
{
    static char large[LIMIT_HTTP_CACHED + 1];
    struct arena arena = ARENA_INIT;
    char target[16];
    struct http__cache *cache = http__cache_new(&arena);
    struct http_request r = { .answer_body = { large, LIMIT_HTTP_CACHED }, .version = 7 };
    for (uint32_t i = 0; i < 10000; i++) {
        snprintf(target, sizeof target, "/%u", i);
        r.target = str_of(target);
        r.answer_body.len = i < 100 ? LIMIT_HTTP_CACHED : 10;
        http__cache_put(cache, &r, 0);
    }
    struct http__entry *e = http__cache_find(cache, &r, 0, 7);
    ok(e != NULL && e->body.len == 10, "the newest is there");
    ok(http__cache_find(cache, &r, 1, 7) == NULL && http__cache_find(cache, &r, 0, 8) == NULL,
       "not for another class, not for another version");
    http__entry_drop(e);
    r.target = STR("/large");
    r.answer_body.len = LIMIT_HTTP_CACHED + 1;
    http__cache_put(cache, &r, 0);
    ok(http__cache_find(cache, &r, 0, 7) == NULL, "an answer that is too large is not cached");
    r.answer_body.len = LIMIT_HTTP_CACHED;
    size_t found = 0;
    for (uint32_t i = 0; i < (LIMIT_HTTP_CACHE + 1) / LIMIT_HTTP_CACHED + 20; i++) {
        snprintf(target, sizeof target, "/l%u", i);
        r.target = str_of(target);
        http__cache_put(cache, &r, 0);
    }
    for (uint32_t i = 0; i < (LIMIT_HTTP_CACHE + 1) / LIMIT_HTTP_CACHED + 20; i++) {
        snprintf(target, sizeof target, "/l%u", i);
        r.target = str_of(target);
        e = http__cache_find(cache, &r, 0, 7);
        if (e != NULL) {
            found++;
            http__entry_drop(e);
        }
    }
    ok(found > 0 && found * LIMIT_HTTP_CACHED <= LIMIT_HTTP_CACHE, "%zu of the largest entries are kept", found);
    http__cache_free(cache);
    arena_release(&arena);
}

/* Pipelined requests from the cache, more than one turn answers. */
static void test_pipeline(void)
{
    struct office office = { 0 };
    struct http_config config = config_of(show_page, &office);
    struct served s;
    struct client c;
    struct buf b = BUF_INIT(1 << 20);
    struct reply r;
    uint32_t fine = 0;
    config.version = &office.version;
    serve(&s, &config);
    client_open(&c, s.port);
    answers(&c, "/a", 200, "call 1 of ");
    for (uint32_t i = 0; i < 10 * LIMIT_HTTP_PIPELINED + 1; i++) {
        buf_addz(&b, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    client_send(&c, buf_str(&b));
    for (uint32_t i = 0; i < 10 * LIMIT_HTTP_PIPELINED + 1 && client_read(&c, false, &r); i++) {
        fine += str_eq(r.body, STR("call 1 of "));
        client_done(&c, &r);
    }
    is_int(fine, 10 * LIMIT_HTTP_PIPELINED + 1, "pipelined requests are answered over several turns");
    buf_release(&b);
    client_close(&c);
    end_serving(&s);
}

/* ---- Large answers ---- */

enum { LARGE = 3 << 20, HUGE = 32 << 20 }; /* more than one call takes; more than all buffers of the system take */

static void send_large(struct http_request *r, void *context)
{
    (void)context;
    if (str_eq(http_path(r), STR("/file"))) {
        FILE *f = tmpfile();
        int fd = dup(fileno(f));
        fclose(f);
        char piece[1 << 12];
        bool fine = true;
        for (size_t i = 0; i < sizeof piece; i++) {
            piece[i] = "abcd"[i % 4];
        }
        for (size_t i = 0; i < LARGE; i += sizeof piece) {
            fine = fine && write(fd, piece, sizeof piece) == sizeof piece;
        }
        http_send_file(r, fine ? 200 : 500, STR(""), fd, LARGE);
        return;
    }
    if (str_eq(http_path(r), STR("/huge"))) {
        static char zeros[HUGE];
        http_send(r, 200, STR(""), (str){ zeros, HUGE });
        return;
    }
    char *body = arena_alloc(http_arena(r), LARGE);
    memset(body, 'x', LARGE);
    http_send(r, 200, STR(""), (str){ body, LARGE });
}

static void test_large(void)
{
    struct http_config config = config_of(send_large, NULL);
    struct served s;
    struct client c;
    struct reply r;
    serve(&s, &config);
    client_open(&c, s.port);
    for (uint32_t round = 0; round < 2; round++) {
        bool came = client_ask(&c, STR("GET /memory HTTP/1.1\r\nHost: a\r\n\r\n"), &r);
        ok(came && r.body.len == LARGE && r.body.ptr[LARGE - 1] == 'x', "an answer that no socket takes at once");
        client_done(&c, &r);
        came = client_ask(&c, STR("GET /file HTTP/1.1\r\nHost: a\r\n\r\n"), &r);
        ok(came && r.body.len == LARGE && r.body.ptr[LARGE - 1] == 'd' && r.body.ptr[0] == 'a', "a large file");
        client_done(&c, &r);
    }
    /* Clients that leave in the middle. */
    client_send(&c, STR("GET /file HTTP/1.1\r\nHost: a\r\n\r\n"));
    client_more(&c);
    client_close(&c);
    client_open(&c, s.port);
    client_send(&c, STR("GET /memory HTTP/1.1\r\nHost: a\r\n\r\n"));
    client_more(&c);
    client_close(&c);
    client_open(&c, s.port);
    ok(finds(&c, "HEAD", "/memory", "", 200, ""), "the next client is answered");
    client_close(&c);
    end_serving(&s);
}

/* ---- Uploads ---- */

static void count_file(struct http_request *r, void *context)
{
    (void)context;
    size_t count;
    const struct http_file *files = http_files(r, &count);
    uint64_t sum = 0, size = 0;
    unsigned char piece[4096];
    for (ssize_t n; count == 1 && (n = read(files[0].fd, piece, sizeof piece)) > 0;) {
        for (ssize_t i = 0; i < n; i++) {
            sum += piece[i];
        }
        size += (uint64_t)n;
    }
    http_send(r, 200, STR(""), arena_printf(http_arena(r), "%" PRIu64 " %" PRIu64, size, sum));
}

static void test_upload(void)
{
    static const char head[] = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"g\"\r\n\r\n";
    static const char end[] = "\r\n--b--";
    enum { BYTES = 20 << 20 };
    struct http_config config = config_of(count_file, NULL);
    struct served s;
    struct client c;
    struct reply r;
    char line[256], want[64];
    char *data = malloc(BYTES);
    uint64_t sum = 0;
    uint32_t state = 7;
    for (size_t i = 0; i < BYTES; i++) {
        state = state * 1664525 + 1013904223;
        data[i] = (char)(state >> 24); /* has CR, LF and half delimiters enough */
        sum += (unsigned char)data[i];
    }
    config.spool = "/tmp";
    serve(&s, &config);
    client_open(&c, s.port);
    snprintf(line, sizeof line,
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
             "Content-Length: %zu\r\n\r\n",
             sizeof head - 1 + BYTES + sizeof end - 1);
    snprintf(want, sizeof want, "%u %" PRIu64, BYTES, sum);
    ok(client_send(&c, str_of(line)) && client_send(&c, str_of(head)) && client_send(&c, (str){ data, BYTES }) &&
           client_send(&c, str_of(end)) && client_read(&c, false, &r) && str_eq(r.body, str_of(want)),
       "a file of 20 MiB arrives as it was sent");
    client_close(&c);
    /* One that leaves in the middle, and one whose spool is not there. */
    client_open(&c, s.port);
    client_send(&c, str_of(line));
    client_send(&c, str_of(head));
    client_send(&c, (str){ data, BYTES / 2 });
    client_close(&c);
    end_serving(&s);
    config.spool = "/nonexistent";
    serve(&s, &config);
    client_open(&c, s.port);
    client_send(&c, str_of(line));
    client_send(&c, str_of(head));
    ok(client_read(&c, false, &r) && r.status == 503, "a spool that cannot be written is 503");
    client_close(&c);
    end_serving(&s);
    free(data);
}

/* ---- Events ---- */

struct channel {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct http_events *events;
};

static void open_channel(struct http_request *r, void *context)
{
    struct channel *channel = context;
    struct http_events *events = http_send_events(r);
    pthread_mutex_lock(&channel->mutex);
    channel->events = events;
    pthread_cond_signal(&channel->changed);
    pthread_mutex_unlock(&channel->mutex);
}

static struct http_events *wait_for_channel(struct channel *channel)
{
    pthread_mutex_lock(&channel->mutex);
    while (channel->events == NULL) {
        pthread_cond_wait(&channel->changed, &channel->mutex);
    }
    struct http_events *events = channel->events;
    channel->events = NULL;
    pthread_mutex_unlock(&channel->mutex);
    return events;
}

static struct http_events *begin_events(struct client *c, struct channel *channel, uint16_t port)
{
    struct reply r;
    client_open(c, port);
    bool fine = client_ask(c, STR("GET /events HTTP/1.1\r\nHost: a\r\n\r\n"), &r) && r.status == 200 &&
                str_eq(reply_header(&r, "content-type"), STR("text/event-stream")) &&
                reply_header(&r, "content-length").len == 0;
    ok(fine, "a stream begins");
    client_drop(c, r.head.len);
    return wait_for_channel(channel);
}

static void test_events(void)
{
    struct channel channel = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL };
    struct http_config config = config_of(open_channel, &channel);
    struct served s;
    struct client c;
    serve(&s, &config);
    struct http_events *e = begin_events(&c, &channel, s.port);
    ok(http_send_event(e, STR("progress"), STR("7"), STR("half")), "an event is queued");
    ok(http_send_event(e, STR(""), STR("a\nb"), STR("one\ntwo\r\nthree\r")), "with lines");
    http_end_events(e);
    while (client_more(&c) > 0) {
    }
    is_str(((str){ c.data, c.len }),
           STR("event: progress\nid: 7\ndata: half\n\ndata: one\ndata: two\ndata: three\ndata: \n\n"), "what arrives");
    client_close(&c);
    /* A reader that goes away. */
    e = begin_events(&c, &channel, s.port);
    client_close(&c);
    while (http_send_event(e, STR(""), STR(""), STR("x"))) {
        sched_yield();
    }
    ok(true, "that the client is gone is noticed");
    http_end_events(e);
    /* A reader that does not read. */
    static char data[1000];
    memset(data, 'x', sizeof data);
    e = begin_events(&c, &channel, s.port);
    while (http_send_event(e, STR(""), STR(""), (str){ data, sizeof data })) {
    }
    ok(true, "a reader that does not read is dropped");
    http_end_events(e);
    client_close(&c);
    /* A stream that is open when the server stops. */
    e = begin_events(&c, &channel, s.port);
    http_stop(s.server);
    pthread_join(s.thread, NULL);
    ok(!http_send_event(e, STR(""), STR(""), STR("x")), "stopping ends the streams");
    http_end_events(e);
    client_close(&c);
    http_close(s.server);
}

/* ---- Deadlines ---- */

/* Clients that begin a request and never end it. */
static void test_dribblers(void)
{
    struct http_config config = config_of(say_hello, NULL);
    struct served s;
    static struct pollfd dribblers[DRIBBLERS];
    struct client ordinary;
    config.head_ms = 2000;
    serve(&s, &config);
    /* Once it has been answered, each of its requests comes in one piece and meets no deadline, however busy we are. */
    client_open(&ordinary, s.port);
    while (!answers(&ordinary, "/", 200, "hello")) {
        client_close(&ordinary);
        client_open(&ordinary, s.port);
    }
    for (size_t i = 0; i < DRIBBLERS; i++) {
        struct client c;
        client_open(&c, s.port);
        client_send(&c, STR("G"));
        free(c.data);
        dribblers[i] = (struct pollfd){ .fd = c.fd, .events = POLLIN };
    }
    /* Of a client that was not read from at all before its deadline, a busy machine, nothing is said. */
    uint32_t served = 0, wrong = 0, open = DRIBBLERS, told = 0;
    for (uint32_t turn = 0; open > 0; turn++) {
        for (size_t i = 0; i < DRIBBLERS; i++) {
            static const char request[] = "ET / HTTP/1.1\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy";
            if (dribblers[i].fd >= 0) {
                size_t at = turn < sizeof request - 1 ? turn : sizeof request - 2;
                send(dribblers[i].fd, request + at, 1, MSG_NOSIGNAL);
            }
        }
        served += answers(&ordinary, "/", 200, "hello");
        wrong += served != turn + 1;
        poll(dribblers, DRIBBLERS, 20);
        for (size_t i = 0; i < DRIBBLERS; i++) {
            char text[512];
            if (dribblers[i].fd >= 0 && (dribblers[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
                ssize_t n = recv(dribblers[i].fd, text, sizeof text, MSG_DONTWAIT);
                wrong += n > 0 && memcmp(text, "HTTP/1.1 408", 12) != 0;
                told += n > 0;
                close(dribblers[i].fd);
                dribblers[i].fd = -1;
                open--;
            }
        }
    }
    ok(wrong == 0 && told > 0, "%u of %d dribblers were told 408 at their deadline, and all dropped", told, DRIBBLERS);
    ok(served > 0, "an ordinary client had all of its %u answers meanwhile", served);
    is_int((int64_t)http_counts(s.server).overdue, told, "they are counted");
    client_close(&ordinary);
    end_serving(&s);
}

static void test_deadlines(void)
{
    struct http_config config = config_of(send_large, NULL);
    struct served s;
    struct client c;
    struct reply r;
    config.head_ms = LONG_MS;
    config.idle_ms = 50;
    serve(&s, &config);
    client_open(&c, s.port);
    finds(&c, "HEAD", "/", "", 200, "");
    ok(client_at_end(&c), "a connection that is idle after a request is closed without a word");
    client_close(&c);
    end_serving(&s);

    config.head_ms = 50;
    serve(&s, &config);
    client_open(&c, s.port);
    ok(client_at_end(&c), "so is one that never asks");
    client_close(&c);
    end_serving(&s);

    config.head_ms = LONG_MS;
    config.body_ms = 50;
    serve(&s, &config);
    client_open(&c, s.port);
    client_send(&c, STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell"));
    ok(client_read(&c, false, &r) && r.status == 408, "a body that does not come in time is 408");
    client_done(&c, &r);
    ok(client_at_end(&c), "and the end");
    client_close(&c);
    end_serving(&s);

    config.body_ms = LONG_MS;
    config.grace_ms = 50;
    serve(&s, &config);
    client_open(&c, s.port);
    client_send(&c, STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell"));
    ok(client_read(&c, false, &r) && r.status == 408, "a body that comes too slowly is 408");
    client_close(&c);
    client_open(&c, s.port);
    client_send(&c, STR("GET /huge HTTP/1.1\r\nHost: a\r\n\r\n"));
    while (http_counts(s.server).overdue < 2) {
        poll(NULL, 0, 10);
    }
    ok(true, "a client that does not read its answer is dropped");
    client_close(&c);
    end_serving(&s);
}

/* ---- Bounds of connections, and stopping ---- */

static void test_bounds(void)
{
    struct http_config config = config_of(say_hello, NULL);
    struct served s;
    struct client clients[5];
    config.connections_per_address = 3;
    serve(&s, &config);
    for (size_t i = 0; i < 3; i++) {
        client_open(&clients[i], s.port);
        ok(answers(&clients[i], "/", 200, "hello"), "connection %zu of 3 of an address", i + 1);
    }
    client_open(&clients[3], s.port);
    ok(client_more(&clients[3]) <= 0, "a fourth is closed");
    client_close(&clients[3]);
    client_close(&clients[0]);
    while (http_counts(s.server).open > 2) {
        sched_yield();
    }
    client_open(&clients[0], s.port);
    ok(answers(&clients[0], "/", 200, "hello"), "when one is closed, another may come");
    is_int((int64_t)http_counts(s.server).turned_away, 1, "turned away");
    for (size_t i = 0; i < 3; i++) {
        client_close(&clients[i]);
    }
    end_serving(&s);
    config.connections_per_address = 100;
    config.connections = 2;
    serve(&s, &config);
    client_open(&clients[0], s.port);
    client_open(&clients[1], s.port);
    answers(&clients[0], "/", 200, "hello");
    answers(&clients[1], "/", 200, "hello");
    client_open(&clients[2], s.port);
    ok(client_more(&clients[2]) <= 0, "more connections than there may be are closed");
    for (size_t i = 0; i < 3; i++) {
        client_close(&clients[i]);
    }
    end_serving(&s);
}

static void test_stop(void)
{
    struct shelf shelf = SHELF_INIT;
    struct http_config config = config_of(keep, &shelf);
    struct served s;
    struct client running, idle;
    struct reply r;
    serve(&s, &config);
    client_open(&running, s.port);
    client_open(&idle, s.port);
    answers(&idle, "/now", 200, "now");
    client_send(&running, STR("GET /late HTTP/1.1\r\nHost: a\r\n\r\n"));
    wait_for(&shelf, 1);
    http_stop(s.server);
    http_stop(s.server);
    ok(client_at_end(&idle), "stopping closes what is idle");
    struct client late;
    bool refused = !client_open(&late, s.port) || client_more(&late) <= 0;
    ok(refused, "and takes nobody new");
    client_close(&late);
    answer_elsewhere(&shelf);
    ok(client_read(&running, false, &r) && str_eq(r.body, STR("/late")), "what runs is answered");
    client_done(&running, &r);
    ok(client_at_end(&running), "and then closed");
    client_close(&running);
    client_close(&idle);
    pthread_join(s.thread, NULL);
    http_close(s.server);
}

/* ---- Pages for errors ---- */

static struct http_page make_page(struct http_request *r, int status, const char *message, void *context)
{
    bool chinese = str_eq(http_header(r, "accept-language"), STR("zh"));
    (void)context;
    return (struct http_page){ .type = STR("text/html; charset=utf-8"),
                               .body = arena_printf(http_arena(r), "<p>%d %s</p>", status,
                                                    chinese ? lang_text(LANG_ZH, message) : message) };
}

static void test_pages(void)
{
    struct http_config config = config_of(say_hello, NULL);
    struct served s;
    struct client c;
    config.error_page = make_page;
    serve(&s, &config);
    client_open(&c, s.port);
    ok(finds(&c, "GET", "/..", "Accept-Language: zh\r\n", 400, "<p>400 路径超出根目录</p>"),
       "a refusal in the reader's language");
    client_close(&c);
    client_open(&c, s.port);
    ok(finds(&c, "GET", "/\x01", "", 400, "<p>400 the target has a character that must be percent-encoded</p>"),
       "a refusal of what cannot be read");
    client_close(&c);
    end_serving(&s);
}

int main(void)
{
    struct rlimit files = { 4096, 4096 };
    setrlimit(RLIMIT_NOFILE, &files);
    test_networks();
    test_tally();
    test_date();
    test_open();
    test_deferred();
    test_order();
    test_queue_full();
    test_cache();
    test_cache_full();
    test_pipeline();
    test_large();
    test_upload();
    test_events();
    test_deadlines();
    test_dribblers();
    test_bounds();
    test_stop();
    test_pages();
    return tap_done();
}
