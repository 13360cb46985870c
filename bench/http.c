/* http: how fast a cached page of the register is served, beside an empty server on the same two libraries (libuv and
 * llhttp, one fixed answer of the same size, nothing checked); what clients that dribble do to the others; what a large
 * upload takes of memory. Each server is a process of its own on one thread, the client another. Where other programs
 * run too, the CPU time of the server for one answer is the figure to compare.
 *
 *   http [SECONDS]     measures and prints a line of JSON; each figure of speed is the median of three runs
 *   http page PORT PID PATH NAME [HEADER] [SECONDS]
 *                      measures a page of a server that runs already, the process PID, beside the empty one with a page
 *                      of its size. HEADER is sent along: a cookie that nobody knows makes every answer anew, because
 *                      what comes with a cookie is not kept
 *   http post PORT PID PATH NAME HEADER FILE [SECONDS]
 *                      posts the JSON of FILE again and again, where "########" becomes another number each time;
 *                      each answer has to be 200: a durable act
 *   http serve         serves the cached page until its input ends, and prints the port: for other clients
 */
#include "base/clock.h"
#include "http/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <llhttp.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

enum { PAGE = 5000, CONNECTIONS = 64, FEW = 16, ROUNDS = 3, DRIBBLERS = 1000, UPLOAD = 300 << 20, BUCKETS = 4096 };

static char page[64 << 10];
static size_t body_bytes = PAGE; /* of the empty server's answer, and of the one that was learnt */

/* ---- The empty server ---- */

struct empty {
    uv_tcp_t socket;
    uv_write_t write;
    llhttp_t parser;
};

static char empty_answer[sizeof page + 256];
static size_t empty_length;
static char empty_input[64 << 10];
static llhttp_settings_t empty_settings;

static void empty_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static int empty_complete(llhttp_t *parser)
{
    struct empty *e = parser->data;
    uv_buf_t b = uv_buf_init(empty_answer, (unsigned int)empty_length);
    if (uv_try_write((uv_stream_t *)&e->socket, &b, 1) != (int)empty_length) {
        fprintf(stderr, "bench/http: the empty server could not write an answer at once\n");
    }
    return 0;
}

static void empty_alloc(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
    (void)handle;
    (void)size;
    *ret = uv_buf_init(empty_input, sizeof empty_input);
}

static void empty_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
    struct empty *e = stream->data;
    if (n < 0 || (n > 0 && llhttp_execute(&e->parser, b->base, (size_t)n) != HPE_OK)) {
        uv_close((uv_handle_t *)stream, empty_closed);
    }
}

static void empty_accept(uv_stream_t *listener, int status)
{
    struct empty *e = calloc(1, sizeof *e);
    if (status != 0 || e == NULL) {
        abort();
    }
    uv_tcp_init(listener->loop, &e->socket);
    e->socket.data = e;
    uv_accept(listener, (uv_stream_t *)&e->socket);
    uv_tcp_nodelay(&e->socket, 1);
    llhttp_init(&e->parser, HTTP_REQUEST, &empty_settings);
    e->parser.data = e;
    uv_read_start((uv_stream_t *)&e->socket, empty_alloc, empty_read);
}

static void tell_port(int out, uint16_t port)
{
    if (write(out, &port, sizeof port) != sizeof port) {
        abort();
    }
}

static void run_empty(int out)
{
    uv_loop_t *loop = uv_default_loop();
    uv_tcp_t listener;
    struct sockaddr_in at;
    int size = sizeof at;
    empty_settings.on_message_complete = empty_complete;
    empty_length = (size_t)snprintf(empty_answer, sizeof empty_answer,
                                    "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nCache-Control: no-cache\r\n"
                                    "Content-Type: text/html; charset=utf-8\r\nContent-Length: %zu\r\n"
                                    "Date: Sat, 28 Nov 2026 09:26:18 GMT\r\n\r\n%.*s",
                                    body_bytes, (int)body_bytes, page);
    uv_ip4_addr("127.0.0.1", 0, &at);
    uv_tcp_init(loop, &listener);
    uv_tcp_bind(&listener, (struct sockaddr *)&at, 0);
    uv_listen((uv_stream_t *)&listener, 1024, empty_accept);
    uv_tcp_getsockname(&listener, (struct sockaddr *)&at, &size);
    tell_port(out, ntohs(at.sin_port));
    uv_run(loop, UV_RUN_DEFAULT);
}

/* ---- Our server ---- */

static atomic_uint_fast64_t version;

static void handle(struct http_request *r, void *context)
{
    (void)context;
    if (http_method(r) == HTTP_METHOD_POST) {
        size_t count;
        const struct http_file *files = http_files(r, &count);
        uint64_t size = count == 1 ? files[0].size : 0;
        http_send(r, 200, STR("text/plain"), arena_printf(http_arena(r), "%" PRIu64, size));
        return;
    }
    http_may_cache(r);
    http_add_etag(r, STR("v1"));
    http_add_header(r, "Cache-Control", STR("no-cache"));
    http_send(r, 200, STR("text/html; charset=utf-8"), (str){ page, PAGE });
}

static struct http_server *open_ours(void)
{
    struct http_config config = { .listen = "127.0.0.1:0", .handler = handle, .version = &version, .spool = "/var/tmp",
                                  .connections_per_address = 4096, .body_bytes = 512u << 20 };
    struct http_server *s = NULL;
    struct error err = { .code = OK };
    if (http_open(&config, &s, &err) != OK) {
        fprintf(stderr, "bench/http: %s: %s\n", err.message, err.detail);
        exit(1);
    }
    return s;
}

static void run_ours(int out)
{
    struct http_server *s = open_ours();
    tell_port(out, http_port(s));
    http_run(s);
}

/* ---- Processes ---- */

struct process {
    pid_t id;
    uint16_t port;
};

static struct process start(void (*run)(int out))
{
    struct process p = { 0, 0 };
    int ends[2];
    if (pipe(ends) != 0 || (p.id = fork()) < 0) {
        abort();
    }
    if (p.id == 0) {
        run(ends[1]);
        _exit(0);
    }
    if (read(ends[0], &p.port, sizeof p.port) != sizeof p.port) {
        abort();
    }
    close(ends[0]);
    close(ends[1]);
    return p;
}

static void stop(struct process p)
{
    kill(p.id, SIGKILL);
    waitpid(p.id, NULL, 0);
}

/* A number of /proc/PID/status, in kB. */
static uint64_t status_of(pid_t id, const char *name)
{
    char path[64], line[256];
    uint64_t value = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)id);
    FILE *f = fopen(path, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            value = strtoull(line + strlen(name) + 1, NULL, 10);
        }
    }
    if (f != NULL) {
        fclose(f);
    }
    return value;
}

/* CPU time of a process so far, in seconds: the 14th and 15th words of /proc/PID/stat, in ticks. */
static double cpu_of(pid_t id)
{
    char path[64], line[1024] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)id);
    FILE *f = fopen(path, "r");
    char *word = f != NULL && fgets(line, sizeof line, f) != NULL ? strrchr(line, ')') : NULL;
    if (word == NULL) {
        abort();
    }
    fclose(f);
    for (int i = 0; i < 12; i++) {
        word = strchr(word + 1, ' ');
    }
    uint64_t user = strtoull(word, &word, 10), kernel = strtoull(word, NULL, 10);
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

/* ---- The client ---- */

static int connect_to(uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        abort();
    }
    return fd;
}

static const char usual[] = "GET /register?kind=grade&page=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
                            "Accept: text/html\r\nAccept-Language: zh-CN,zh;q=0.9\r\n\r\n";

enum { DRIBBLED = 1024 };

static char request[64 << 10];
static size_t request_size;
static bool posts;           /* answers are of several lengths, and looked at */
static char *request_number; /* eight digits in the request that each asking counts up, or NULL */
static uint32_t requests;

static void set_request(const char *text)
{
    request_size = strlen(text);
    memcpy(request, text, request_size + 1);
}

/* Latencies in buckets of an eighth of a power of two of nanoseconds. */
struct latencies {
    uint64_t counts[BUCKETS], total;
};

static void add_latency(struct latencies *l, int64_t nanos)
{
    uint64_t n = nanos < 64 ? 64 : (uint64_t)nanos;
    uint32_t log = 63 - (uint32_t)__builtin_clzll(n);
    l->counts[log * 32 + ((n >> (log - 5)) & 31)]++;
    l->total++;
}

static double percentile(const struct latencies *l, double part)
{
    uint64_t seen = 0;
    for (uint32_t i = 0; i < BUCKETS; i++) {
        seen += l->counts[i];
        if ((double)seen >= part * (double)l->total && l->total > 0) {
            return (double)((32ull + i % 32) << (i / 32)) / 32e6;
        }
    }
    return 0;
}

struct lane {
    int fd;
    size_t came, length; /* of the answer, so far and in all */
    int64_t sent_at;
};

static void ask(struct lane *lane)
{
    char digits[9];
    lane->came = 0;
    if (request_number != NULL) {
        snprintf(digits, sizeof digits, "%08" PRIu32, ++requests % 100000000);
        memcpy(request_number, digits, sizeof digits - 1);
    }
    lane->sent_at = clock_monotonic_nanos();
    if (send(lane->fd, request, request_size, MSG_NOSIGNAL) != (ssize_t)request_size) {
        abort();
    }
}

/* What the head of an answer says of its body. */
static size_t body_of(const char *data)
{
    const char *said = strcasestr(data, "\r\ncontent-length:");
    return said == NULL ? 0 : strtoul(said + strlen("\r\ncontent-length:"), NULL, 10);
}

/* The bytes of one answer; all are of one length. */
static size_t learn_length(uint16_t port)
{
    struct lane lane = { .fd = connect_to(port) };
    static char data[256 << 10];
    size_t length = 0;
    memset(data, 0, sizeof data);
    ask(&lane);
    while (length == 0 || lane.came < length) {
        ssize_t n = recv(lane.fd, data + lane.came, sizeof data - 1 - lane.came, 0);
        char *end = n <= 0 ? NULL : memmem(data, lane.came + (size_t)n, "\r\n\r\n", 4);
        if (n <= 0) {
            abort();
        }
        lane.came += (size_t)n;
        body_bytes = end == NULL ? body_bytes : body_of(data);
        length = end == NULL ? 0 : (size_t)(end - data) + 4 + body_bytes;
    }
    close(lane.fd);
    return length;
}

/* The length of the answer whose first bytes came, its whole head among them: on this machine it comes at once. */
static size_t answer_length(char *data, size_t size)
{
    data[size] = '\0';
    char *end = strstr(data, "\r\n\r\n");
    if (end == NULL || strncmp(data, "HTTP/1.1 200", 12) != 0) {
        fprintf(stderr, "bench/http: the answer was not good: %.*s\n", (int)size, data);
        exit(1);
    }
    return (size_t)(end - data) + 4 + body_of(data);
}

/* Each connection asks again as soon as it is answered. Returns the answers a second. */
static double load(uint16_t port, uint32_t connections, double seconds, struct latencies *l)
{
    static char data[256 << 10];
    struct lane lanes[CONNECTIONS];
    struct epoll_event events[CONNECTIONS];
    size_t length = learn_length(port);
    int poll = epoll_create1(0);
    for (uint32_t i = 0; i < connections; i++) {
        lanes[i].fd = connect_to(port);
        events[0] = (struct epoll_event){ .events = EPOLLIN, .data.ptr = &lanes[i] };
        epoll_ctl(poll, EPOLL_CTL_ADD, lanes[i].fd, &events[0]);
        ask(&lanes[i]);
    }
    int64_t begin = clock_monotonic_nanos(), now = begin, end = begin + (int64_t)(seconds * 1e9);
    uint64_t answers = 0;
    uint32_t asking = connections;
    while (now < end || (posts && asking > 0)) { /* a server counts a connection until its act is done */
        int count = epoll_wait(poll, events, CONNECTIONS, 1000);
        now = clock_monotonic_nanos();
        for (int i = 0; i < count; i++) {
            struct lane *lane = events[i].data.ptr;
            ssize_t n = recv(lane->fd, data, sizeof data - 1, MSG_DONTWAIT);
            if (n <= 0 && errno != EAGAIN) {
                abort();
            }
            if (n > 0 && lane->came == 0) {
                lane->length = posts ? answer_length(data, (size_t)n) : length;
            }
            lane->came += n > 0 ? (size_t)n : 0;
            if (lane->came > 0 && lane->came >= lane->length) {
                add_latency(l, clock_monotonic_nanos() - lane->sent_at);
                answers++;
                if (posts && now >= end) {
                    asking--;
                } else {
                    ask(lane);
                }
            }
        }
    }
    for (uint32_t i = 0; i < connections; i++) {
        close(lanes[i].fd);
    }
    close(poll);
    return (double)answers / ((double)(now - begin) / 1e9);
}

/* ---- Dribblers, a process of their own: a byte a second each, and again from the start when they are dropped ---- */

static void dribble(uint16_t port, int out)
{
    static int fds[DRIBBLERS];
    static size_t at[DRIBBLERS];
    for (size_t i = 0; i < DRIBBLERS; i++) {
        fds[i] = connect_to(port);
    }
    tell_port(out, 1);
    for (;;) {
        for (size_t i = 0; i < DRIBBLERS; i++) {
            char c;
            if (recv(fds[i], &c, 1, MSG_DONTWAIT) >= 0) {
                close(fds[i]);
                fds[i] = connect_to(port);
                at[i] = 0;
            }
            send(fds[i], request + at[i] % (DRIBBLED - 5), 1, MSG_NOSIGNAL);
            at[i]++;
            if (i % 10 == 0) {
                usleep(10000);
            }
        }
    }
}

static uint16_t dribbled_port;

static void run_dribblers(int out)
{
    dribble(dribbled_port, out);
}

/* ---- What is measured ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_size);
    return values[ROUNDS / 2];
}

static void measure_speed(double seconds)
{
    struct process empty = start(run_empty), ours = start(run_ours);
    double empty_rates[ROUNDS], our_rates[ROUNDS], empty_p99[ROUNDS], our_p99[ROUNDS];
    double empty_answers = 0, our_answers = 0;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct latencies a = { .total = 0 }, b = { .total = 0 };
        empty_rates[i] = load(empty.port, CONNECTIONS, seconds, &a);
        our_rates[i] = load(ours.port, CONNECTIONS, seconds, &b);
        empty_p99[i] = percentile(&a, 0.99);
        our_p99[i] = percentile(&b, 0.99);
        empty_answers += (double)a.total;
        our_answers += (double)b.total;
    }
    double ours_per_s = median(our_rates), empty_per_s = median(empty_rates);
    printf("{\"bench\":\"http\",\"page_bytes\":%d,\"connections\":%d,\"ours_per_s\":%.0f,\"p99_ms\":%.2f,"
           "\"empty_per_s\":%.0f,\"empty_p99_ms\":%.2f,\"ratio\":%.2f,\"cpu_us\":%.2f,\"empty_cpu_us\":%.2f",
           PAGE, CONNECTIONS, ours_per_s, median(our_p99), empty_per_s, median(empty_p99), ours_per_s / empty_per_s,
           cpu_of(ours.id) * 1e6 / our_answers, cpu_of(empty.id) * 1e6 / empty_answers);
    stop(empty);
    stop(ours);
}

/* A page of another server. The empty one answers with as many bytes. */
static void measure_page(struct process server, const char *path, const char *name, const char *header, double seconds)
{
    char text[sizeof request];
    double answers = 0, empty_answers = 0, cpu = cpu_of(server.id);
    double rates[ROUNDS], p99[ROUNDS], empty_rates[ROUNDS];
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n"
             "%s%s\r\n", path, header, header[0] == '\0' ? "" : "\r\n");
    set_request(text);
    size_t length = learn_length(server.port);
    struct process empty = start(run_empty);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct latencies l = { .total = 0 }, e = { .total = 0 };
        rates[i] = load(server.port, CONNECTIONS, seconds, &l);
        p99[i] = percentile(&l, 0.99);
        empty_rates[i] = load(empty.port, CONNECTIONS, seconds, &e);
        answers += (double)l.total;
        empty_answers += (double)e.total;
    }
    double ours = median(rates), nothing = median(empty_rates);
    printf("{\"bench\":\"http page\",\"page\":\"%s\",\"answer_bytes\":%zu,\"per_s\":%.0f,\"p99_ms\":%.2f,"
           "\"empty_per_s\":%.0f,\"ratio\":%.2f,\"cpu_us\":%.1f,\"empty_cpu_us\":%.1f}\n",
           name, length, ours, median(p99), nothing, ours / nothing, (cpu_of(server.id) - cpu) * 1e6 / answers,
           cpu_of(empty.id) * 1e6 / empty_answers);
    stop(empty);
}

static void measure_post(struct process server, char **arguments, double seconds)
{
    static char body[32 << 10];
    struct latencies l = { .total = 0 };
    FILE *f = fopen(arguments[3], "r");
    size_t size = f == NULL ? 0 : fread(body, 1, sizeof body, f);
    if (size == 0 || size == sizeof body) {
        fprintf(stderr, "bench/http: \"%s\" is not there, empty or too large\n", arguments[3]);
        exit(1);
    }
    fclose(f);
    int head = snprintf(request, sizeof request, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n"
                        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", arguments[0], arguments[2],
                        size);
    memcpy(request + head, body, size);
    request_size = (size_t)head + size;
    posts = true;
    request_number = memmem(request, request_size, "########", 8);
    double cpu = cpu_of(server.id), rate = load(server.port, CONNECTIONS, seconds, &l);
    printf("{\"bench\":\"http post\",\"act\":\"%s\",\"bytes\":%zu,\"done\":%" PRIu64 ",\"per_s\":%.0f,"
           "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"cpu_us\":%.1f}\n", arguments[1], size, l.total, rate,
           percentile(&l, 0.5), percentile(&l, 0.99), (cpu_of(server.id) - cpu) * 1e6 / (double)l.total);
}

static void measure_dribblers(double seconds)
{
    struct process ours = start(run_ours);
    double alone[ROUNDS], beside[ROUNDS];
    struct process dribblers;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct latencies l = { .total = 0 };
        load(ours.port, FEW, seconds, &l);
        alone[i] = percentile(&l, 0.99);
    }
    dribbled_port = ours.port;
    dribblers = start(run_dribblers);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct latencies l = { .total = 0 };
        load(ours.port, FEW, seconds, &l);
        beside[i] = percentile(&l, 0.99);
    }
    double p99_alone = median(alone), p99_beside = median(beside);
    printf(",\"dribblers\":%d,\"p99_without_ms\":%.3f,\"p99_with_ms\":%.3f,\"dribbling_ratio\":%.2f", DRIBBLERS,
           p99_alone, p99_beside, p99_beside / p99_alone);
    stop(dribblers);
    stop(ours);
}

static bool send_all(int fd, const char *data, size_t len)
{
    for (size_t sent = 0; sent < len;) {
        ssize_t n = send(fd, data + sent, len - sent, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        sent += (size_t)n;
    }
    return true;
}

static void measure_upload(void)
{
    static const char part[] = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"g\"\r\n\r\n";
    static const char last[] = "\r\n--b--";
    static char block[1 << 20];
    char head[256], answer[1024];
    struct latencies l = { .total = 0 };
    struct process ours = start(run_ours);
    load(ours.port, 1, 0.1, &l);
    uint64_t before = status_of(ours.id, "VmRSS:");
    int fd = connect_to(ours.port);
    int64_t begin = clock_monotonic_nanos();
    snprintf(head, sizeof head,
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
             "Content-Length: %zu\r\n\r\n",
             sizeof part - 1 + UPLOAD + sizeof last - 1);
    bool fine = send_all(fd, head, strlen(head)) && send_all(fd, part, sizeof part - 1);
    for (size_t i = 0; i < UPLOAD && fine; i += sizeof block) {
        memset(block, (int)(i >> 20), sizeof block);
        fine = send_all(fd, block, sizeof block);
    }
    fine = fine && send_all(fd, last, sizeof last - 1);
    ssize_t n = recv(fd, answer, sizeof answer - 1, 0);
    answer[n > 0 ? n : 0] = '\0';
    double took = (double)(clock_monotonic_nanos() - begin) / 1e9;
    uint64_t peak = status_of(ours.id, "VmHWM:");
    printf(",\"upload_bytes\":%d,\"upload_arrived\":%s,\"rss_before_kb\":%" PRIu64 ",\"rss_peak_kb\":%" PRIu64
           ",\"upload_adds_kb\":%" PRIu64 ",\"upload_mb_per_s\":%.0f}\n",
           UPLOAD, fine && strstr(answer, "\r\n\r\n314572800") != NULL ? "true" : "false", before, peak, peak - before,
           UPLOAD / took / 1e6);
    close(fd);
    stop(ours);
}

static void *run_server(void *s)
{
    http_run(s);
    return NULL;
}

static int serve(void)
{
    struct http_server *s = open_ours();
    pthread_t thread;
    char c;
    printf("%u\n", http_port(s));
    fflush(stdout);
    pthread_create(&thread, NULL, run_server, s);
    while (read(STDIN_FILENO, &c, 1) > 0) {
    }
    http_stop(s);
    pthread_join(thread, NULL);
    http_close(s);
    return 0;
}

int main(int argc, char **argv)
{
    struct rlimit files = { 8192, 8192 };
    setrlimit(RLIMIT_NOFILE, &files);
    memset(page, 'x', sizeof page);
    if (argc > 1 && strcmp(argv[1], "serve") == 0) {
        return serve();
    }
    set_request(usual);
    if (argc > 5 && strcmp(argv[1], "page") == 0) {
        struct process server = { (pid_t)strtol(argv[3], NULL, 10), (uint16_t)strtoul(argv[2], NULL, 10) };
        measure_page(server, argv[4], argv[5], argc > 6 ? argv[6] : "",
                     argc > 7 ? (double)strtoul(argv[7], NULL, 10) : 3);
        return 0;
    }
    if (argc > 7 && strcmp(argv[1], "post") == 0) {
        struct process server = { (pid_t)strtol(argv[3], NULL, 10), (uint16_t)strtoul(argv[2], NULL, 10) };
        measure_post(server, argv + 4, argc > 8 ? (double)strtoul(argv[8], NULL, 10) : 3);
        return 0;
    }
    double seconds = argc > 1 ? (double)strtoul(argv[1], NULL, 10) : 3;
    measure_speed(seconds);
    fflush(stdout);
    measure_dribblers(seconds);
    fflush(stdout);
    measure_upload();
    return 0;
}
