/* http: runs the cases of data files, tests/http/ and tests/http/smuggling/ by default, against a server of its own.
 *
 *   http DIR...
 *
 * Every file *.txt of a folder is read line by line:
 *
 *   # text                      a comment; empty lines do not count either
 *   case NAME                   begins a case: a connection of its own
 *   > TEXT                      a line of the request, sent with CR LF
 *   >> TEXT                     bytes of the request, sent as they are
 *   << STATUS                   the next answer has this status; then, optionally,
 *   <= TEXT                       exactly this body
 *   <: NAME: VALUE                this header (VALUE may be empty: the header is not there)
 *   bare                          and no body, because the request was HEAD
 *   close | open                at the end, the server has closed, or answers one more request
 *   finish                      the client says that it sends no more, before it reads
 *
 * In TEXT, \r \n \t \0 \\ and \xHH are bytes, and {N×TEXT} repeats TEXT N times.
 *
 * Each case is run twice: all bytes at once, and one at a time. Its paths are those of `handle`.
 */
#include "base/buf.h"
#include "base/limit.h"
#include "client.h"
#include "tap.h"

#include <dirent.h>

enum { TEXT_MAX = 4 << 20, REPLIES = 64 };

/* ---- The server ---- */

static void dump_pairs(struct buf *b, const char *sign, const struct http_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_printf(b, "%s%.*s=%.*s\n", sign, STR_ARG(pairs[i].name), STR_ARG(pairs[i].value));
    }
}

static void dump_fd(struct buf *b, int fd, uint64_t size)
{
    char text[256];
    ssize_t n = read(fd, text, sizeof text);
    buf_printf(b, " %" PRIu64 " bytes ", size);
    buf_add(b, (str){ text, n > 0 ? (size_t)n : 0 });
}

/* What the handler sees of a request. */
static void dump(struct http_request *r)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    size_t count, files;
    int fd;
    uint64_t size;
    str path = http_path(r);
    buf_printf(&b, "%s %.*s\n", http_method_name(http_method(r)), STR_ARG(path));
    const struct http_pair *pairs = http_queries(r, &count);
    dump_pairs(&b, "?", pairs, count);
    pairs = http_fields(r, &count);
    dump_pairs(&b, "", pairs, count);
    const struct http_file *file = http_files(r, &files);
    for (size_t i = 0; i < files; i++) {
        buf_printf(&b, "%.*s: %.*s (%.*s)", STR_ARG(file[i].field), STR_ARG(file[i].name), STR_ARG(file[i].type));
        dump_fd(&b, file[i].fd, file[i].size);
        buf_addc(&b, '\n');
    }
    str body = http_body(r, &fd, &size);
    if (fd >= 0) {
        buf_addz(&b, "file");
        dump_fd(&b, fd, size);
    }
    buf_add(&b, body);
    str text = arena_str(http_arena(r), buf_str(&b));
    buf_release(&b);
    http_send(r, 200, STR("text/plain; charset=utf-8"), text);
}

static void send_header(struct http_request *r)
{
    const str *name = http_query(r, "name"), *value = http_query(r, "value");
    str zero_terminated = name == NULL ? STR("") : arena_str(http_arena(r), *name);
    http_add_header(r, zero_terminated.ptr, value == NULL ? STR("") : *value);
    http_send(r, 200, STR(""), STR("sent"));
}

static void send_file(struct http_request *r)
{
    FILE *f = tmpfile();
    fputs("a file, as it is", f);
    fflush(f);
    int fd = dup(fileno(f));
    fclose(f);
    http_send_file(r, 200, STR("text/plain"), fd, 16);
}

static void handle(struct http_request *r, void *context)
{
    (void)context;
    str path = http_path(r);
    str cookie = http_cookie(r, "b");
    if (str_eq(path, STR("/alive"))) {
        http_send(r, 200, STR("text/plain"), STR("alive"));
    } else if (str_eq(path, STR("/page"))) {
        http_add_etag(r, STR("v1"));
        http_add_header(r, "Cache-Control", STR("max-age=60"));
        http_send(r, 200, STR("text/plain"), STR("a page"));
    } else if (str_eq(path, STR("/nothing"))) {
        http_send(r, 204, STR(""), STR(""));
    } else if (str_eq(path, STR("/missing"))) {
        http_send_error(r, 404, "there is no such page");
    } else if (str_eq(path, STR("/header"))) {
        send_header(r);
    } else if (str_eq(path, STR("/file"))) {
        send_file(r);
    } else if (str_eq(path, STR("/host"))) {
        http_send(r, 200, STR(""), http_host(r));
    } else if (str_eq(path, STR("/client"))) {
        http_send(r, 200, STR(""), http_client(r));
    } else if (str_eq(path, STR("/cookie"))) {
        http_send(r, 200, STR(""), cookie);
    } else {
        dump(r);
    }
}

/* ---- A case ---- */

struct expected {
    int status;
    bool bare, has_body;
    str body;
    struct http_pair headers[8];
    size_t headers_count;
};

struct test {
    str name;
    struct buf request;
    struct expected replies[REPLIES];
    size_t count;
    bool close, finish;
};

struct run {
    struct arena arena;
    const char *file;
    int line;
    uint16_t port;
    struct test test;
};

static int hex_value(char c)
{
    const char *digits = "0123456789abcdef", *at = c == '\0' ? NULL : strchr(digits, c | 32);
    return at == NULL ? 0 : (int)(at - digits);
}

static void add_escaped(struct buf *b, str s);

/* {N×TEXT} at the start of s; returns its bytes. */
static size_t add_repeated(struct buf *b, str s)
{
    const char *end = memchr(s.ptr, '}', s.len);
    size_t times = 0, i = 1;
    for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++) {
        times = times * 10 + (size_t)(s.ptr[i] - '0');
    }
    if (end == NULL || i == 1 || !str_starts_with(str_slice(s, i, s.len), STR("×"))) {
        buf_addc(b, '{');
        return 1;
    }
    str text = str_slice(s, i + strlen("×"), (size_t)(end - s.ptr));
    for (size_t k = 0; k < times; k++) {
        add_escaped(b, text);
    }
    return (size_t)(end - s.ptr) + 1;
}

static void add_escaped(struct buf *b, str s)
{
    static const char from[] = "rnt0\\", to[] = "\r\n\t\0\\";
    for (size_t i = 0; i < s.len;) {
        char c = s.ptr[i];
        if (c == '{') {
            i += add_repeated(b, str_slice(s, i, s.len));
            continue;
        }
        if (c == '\\' && i + 3 < s.len + 0 && s.ptr[i + 1] == 'x') {
            c = (char)(hex_value(s.ptr[i + 2]) * 16 + hex_value(s.ptr[i + 3]));
            i += 3;
        } else if (c == '\\' && i + 1 < s.len && strchr(from, s.ptr[i + 1]) != NULL) {
            c = to[strchr(from, s.ptr[i + 1]) - from];
            i++;
        }
        buf_addc(b, c);
        i++;
    }
}

static bool send_request(struct client *c, str request, bool slowly)
{
    if (!slowly) {
        return client_send(c, request);
    }
    for (size_t i = 0; i < request.len; i++) {
        if (!client_send(c, str_slice(request, i, i + 1))) {
            return false;
        }
    }
    return true;
}

/* What is wrong with an answer, or NULL. */
static const char *judge(const struct reply *got, const struct expected *want)
{
    if (got->status != want->status) {
        return "the status";
    }
    if (want->has_body && !str_eq(got->body, want->body)) {
        return "the body";
    }
    for (size_t i = 0; i < want->headers_count; i++) {
        char name[128];
        snprintf(name, sizeof name, "%.*s", STR_ARG(want->headers[i].name));
        if (!str_eq(reply_header(got, name), want->headers[i].value)) {
            return "a header";
        }
    }
    return NULL;
}

static const char *judge_end(struct client *c, bool close)
{
    struct reply r;
    if (close) {
        return client_at_end(c) ? NULL : "the connection should be closed";
    }
    bool alive = client_ask(c, STR("GET /alive HTTP/1.1\r\nHost: a\r\n\r\n"), &r) && str_eq(r.body, STR("alive"));
    return alive ? NULL : "the connection should be open";
}

static void run_test(struct run *run, bool slowly)
{
    struct test *t = &run->test;
    struct client c;
    struct reply r = { 0, STR(""), STR("") };
    const char *wrong = client_open(&c, run->port) ? NULL : "connecting";
    send_request(&c, buf_str(&t->request), slowly);
    if (t->finish) {
        shutdown(c.fd, SHUT_WR);
    }
    size_t i = 0;
    for (; i < t->count && wrong == NULL; i++) {
        wrong = client_read(&c, t->replies[i].bare, &r) ? judge(&r, &t->replies[i]) : "no answer came";
        if (wrong == NULL) {
            client_done(&c, &r);
        }
    }
    if (wrong == NULL) {
        wrong = judge_end(&c, t->close);
    }
    if (!ok(wrong == NULL, "%s: %.*s%s", run->file, STR_ARG(t->name), slowly ? ", byte by byte" : "")) {
        printf("# %s, answer %zu; it is:\n", wrong, i);
        for (str rest = { c.data, c.len < 1000 ? c.len : 1000 }; rest.len > 0;) {
            const char *eol = memchr(rest.ptr, '\n', rest.len);
            size_t n = eol == NULL ? rest.len : (size_t)(eol - rest.ptr) + 1;
            printf("#   %.*s%s", (int)n, rest.ptr, eol == NULL ? "\n" : "");
            rest = str_slice(rest, n, rest.len);
        }
    }
    client_close(&c);
}

/* ---- Files ---- */

static void end_test(struct run *run)
{
    struct test *t = &run->test;
    if (t->name.len > 0) {
        run_test(run, false);
        if (t->request.len < 4000) {
            run_test(run, true);
        }
    }
    buf_release(&t->request);
    *t = (struct test){ .name = STR(""), .request = BUF_INIT(TEXT_MAX) };
}

static str unescaped(struct run *run, str s)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    add_escaped(&b, s);
    str text = arena_str(&run->arena, buf_str(&b));
    buf_release(&b);
    return text;
}

static void add_header(struct run *run, struct expected *e, str s)
{
    const char *colon = memchr(s.ptr, ':', s.len);
    size_t n = colon == NULL ? s.len : (size_t)(colon - s.ptr);
    e->headers[e->headers_count++] = (struct http_pair){
        .name = arena_str(&run->arena, str_slice(s, 0, n)),
        .value = unescaped(run, str_trim(str_slice(s, n + (colon != NULL), s.len))),
    };
}

static int number(str s)
{
    int n = 0;
    for (size_t i = 0; i < s.len; i++) {
        n = n * 10 + (s.ptr[i] - '0');
    }
    return n;
}

/* The rest of a line that begins with `word`; false where it does not. */
static bool after(str line, const char *word, str *ret)
{
    if (!str_starts_with(line, str_of(word))) {
        return false;
    }
    *ret = str_slice(line, strlen(word), line.len);
    return true;
}

static bool read_expectation(struct run *run, str line)
{
    struct test *t = &run->test;
    struct expected *e = t->count > 0 ? &t->replies[t->count - 1] : NULL;
    str rest;
    if (after(line, "<< ", &rest)) {
        t->replies[t->count++].status = number(rest);
    } else if (e != NULL && (after(line, "<= ", &rest) || after(line, "<=", &rest))) {
        e->body = unescaped(run, rest);
        e->has_body = true;
    } else if (e != NULL && after(line, "<: ", &rest)) {
        add_header(run, e, rest);
    } else if (e != NULL && str_eq(line, STR("bare"))) {
        e->bare = true;
    } else {
        return false;
    }
    return true;
}

static void read_line(struct run *run, str line)
{
    struct test *t = &run->test;
    str rest;
    if (line.len == 0 || line.ptr[0] == '#') {
        return;
    }
    if (after(line, "case ", &rest)) {
        end_test(run);
        run->test.name = rest;
    } else if (after(line, ">> ", &rest)) {
        add_escaped(&t->request, rest);
    } else if (after(line, "> ", &rest) || after(line, ">", &rest)) {
        add_escaped(&t->request, rest);
        buf_add(&t->request, STR("\r\n"));
    } else if (str_eq(line, STR("close"))) {
        t->close = true;
    } else if (str_eq(line, STR("finish"))) {
        t->finish = true;
    } else if (!str_eq(line, STR("open")) && !read_expectation(run, line)) {
        ok(false, "%s:%d cannot be read: %.*s", run->file, run->line, STR_ARG(line));
    }
}

static void run_file(struct run *run, const char *folder, const char *name)
{
    str path = arena_printf(&run->arena, "%s/%s", folder, name);
    FILE *f = fopen(path.ptr, "rb");
    char *line = NULL;
    size_t size = 0;
    run->file = name;
    run->line = 0;
    ok(f != NULL, "%s can be read", path.ptr);
    for (ssize_t n; f != NULL && (n = getline(&line, &size, f)) > 0;) {
        run->line++;
        n -= line[n - 1] == '\n';
        read_line(run, arena_str(&run->arena, (str){ line, (size_t)n }));
    }
    end_test(run);
    free(line);
    if (f != NULL) {
        fclose(f);
    }
}

static int is_case(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 4 && strcmp(e->d_name + n - 4, ".txt") == 0;
}

static void run_folder(struct run *run, const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, is_case, alphasort);
    for (int i = 0; i < n; i++) {
        run_file(run, folder, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
}

int main(int argc, char **argv)
{
    static const char *const proxies[] = { "127.0.0.0/8", "10.1.0.0/16", NULL };
    struct http_config config = {
        .listen = "127.0.0.1:0", .handler = handle, .spool = "/tmp", .proxies = proxies, .workers = 2,
        .body_memory = 100, .body_bytes = 2 << 20, .head_ms = PATIENCE * 1000, .idle_ms = PATIENCE * 1000,
        .grace_ms = PATIENCE * 1000,
    };
    struct served s;
    struct run run = { .arena = ARENA_INIT, .test = { .name = STR(""), .request = BUF_INIT(TEXT_MAX) } };
    serve(&s, &config);
    run.port = s.port;
    for (int i = 1; i < argc; i++) {
        run_folder(&run, argv[i]);
        str below = arena_printf(&run.arena, "%s/smuggling", argv[i]);
        run_folder(&run, below.ptr);
    }
    end_serving(&s);
    arena_release(&run.arena);
    return tap_done();
}
