/* control: the socket "control" in a served data directory. Whoever may enter the directory may command the office: the
 * socket has the mode 0600. One command a connection: a JSON text, then the end of writing; the answer is a line with
 * the exit status, then the result, or the error as JSON. */
#include "base/limit.h"
#include "cli/cli.h"
#include "cli/office.h"
#include "text/json_write.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    SECONDS = 600, /* that a command may take to be said, or to be heard */
    THREADS = 4,   /* so a backup holds nobody up */
};

struct control {
    struct office *office;
    int folder, listening, stop[2];
    pthread_t threads[THREADS];
    uint32_t thread_count;
};

/* The path goes through the descriptor of the folder: a socket's address holds 107 bytes, a data directory may be
 * longer. */
static struct sockaddr_un address(int folder)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/control", folder);
    return a;
}

static bool is_database(const char *where)
{
    return str_starts_with(str_of(where), STR("postgres"));
}

/* ---- Both ends ---- */

static bool write_all(int fd, str s)
{
    while (s.len > 0) {
        ssize_t n = send(fd, s.ptr, s.len, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        s = str_slice(s, (size_t)n, s.len);
    }
    return true;
}

static bool read_all(int fd, struct buf *b)
{
    char piece[16 << 10];
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) > 0) {
        buf_add(b, (str){ piece, (size_t)n });
    }
    return n == 0 && !b->overflow;
}

static void set_patience(int fd)
{
    struct timeval t = { .tv_sec = SECONDS };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

/* ---- The server ---- */

static void write_error(const struct error *err, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "code", str_of(error_name(err->code)));
    json_text_member(&w, "message", str_of(err->message));
    json_text_member(&w, "detail", str_of(err->detail));
    json_text_member(&w, "hint", str_of(err->hint));
    json_text_member(&w, "file", str_of(err->where.file));
    char place[32];
    snprintf(place, sizeof place, "[%u,%u]", err->where.line, err->where.column);
    json_key(&w, STR("place"));
    json_raw(&w, str_of(place));
    json_end_object(&w);
}

static void serve(struct control *c, int fd)
{
    struct buf command = BUF_INIT(LIMIT_JSON_BYTES), out = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = LANG_EN };
    set_patience(fd);
    if (read_all(fd, &command)) {
        enum error_code code = office_command(c->office, buf_str(&command), &out, &err);
        if (c->office->config.published != NULL) {
            c->office->config.published(c->office->config.context); /* it is on the pages before he is answered */
        }
        if (code != OK) {
            buf_clear(&out);
            write_error(&err, &out);
        }
        if (write_all(fd, code == OK ? STR("0\n") : STR("1\n"))) {
            write_all(fd, buf_str(&out));
        }
    }
    buf_release(&command);
    buf_release(&out);
}

static void *listen_on(void *context)
{
    struct control *c = context;
    struct pollfd both[] = { { c->listening, POLLIN, 0 }, { c->stop[0], POLLIN, 0 } };
    while (poll(both, 2, -1) >= 0 || errno == EINTR) {
        if (both[1].revents != 0) {
            break;
        }
        int fd = both[0].revents != 0 ? accept4(c->listening, NULL, NULL, SOCK_CLOEXEC) : -1;
        if (fd >= 0) {
            serve(c, fd);
            close(fd);
        }
    }
    return NULL;
}

static bool start_listening(struct control *c)
{
    struct sockaddr_un a = address(c->folder);
    unlinkat(c->folder, "control", 0); /* left by a server that was killed: the lock of the directory is ours */
    mode_t mask = umask(0177);
    bool bound = bind(c->listening, (struct sockaddr *)&a, sizeof a) == 0 && listen(c->listening, 64) == 0;
    umask(mask);
    bound = bound && pipe2(c->stop, O_CLOEXEC) == 0;
    while (bound && c->thread_count < THREADS) {
        bound = pthread_create(&c->threads[c->thread_count], NULL, listen_on, c) == 0;
        c->thread_count += bound;
    }
    return bound;
}

enum error_code control_open(struct office *o, struct control **ret, struct error *err)
{
    *ret = NULL;
    if (is_database(o->config.where)) {
        return OK; /* commands go to the database themselves */
    }
    struct control *c = ARENA_NEW(&o->arena, struct control);
    c->office = o;
    c->folder = open(o->config.where, O_PATH | O_DIRECTORY | O_CLOEXEC);
    c->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->folder < 0 || c->listening < 0 || !start_listening(c)) {
        return error_set(err, ERROR_IO, "the control socket cannot be opened");
    }
    *ret = c;
    return OK;
}

void control_close(struct control *c)
{
    if (c == NULL) {
        return;
    }
    close(c->stop[1]); /* its other end wakes them all */
    for (uint32_t i = 0; i < c->thread_count; i++) {
        pthread_join(c->threads[i], NULL);
    }
    unlinkat(c->folder, "control", 0);
    close(c->listening);
    close(c->folder);
    close(c->stop[0]);
}

/* ---- The client ---- */

static int connect_to(const char *where)
{
    int folder = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
    if (folder >= 0) {
        struct sockaddr_un a = address(folder);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
            close(fd);
            fd = -1;
        }
        close(folder);
    }
    return fd;
}

static void read_place(feel_value v, struct error *err)
{
    feel_value place = feel_member(v, "place");
    int64_t n[2] = { 0 };
    bool fine = place.kind == FEEL_LIST && place.count == 2;
    for (uint32_t i = 0; i < 2 && fine; i++) {
        fine = feel_whole(place.items[i], &n[i]);
    }
    err->where.line = fine ? (uint32_t)n[0] : 0;
    err->where.column = fine ? (uint32_t)n[1] : 0;
}

static void read_error(str json, struct error *err)
{
    struct arena a = ARENA_INIT;
    feel_value v, m;
    const struct {
        const char *name;
        char *to;
        size_t size;
    } texts[] = { { "message", err->message, sizeof err->message },
                  { "detail", err->detail, sizeof err->detail },
                  { "hint", err->hint, sizeof err->hint },
                  { "file", err->where.file, sizeof err->where.file } };
    err->code = ERROR_INVALID;
    if (feel_json_read(&a, json, &v, NULL) == OK) {
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            if (feel_context_get(v, str_of(texts[i].name), &m) && m.kind == FEEL_STRING) {
                snprintf(texts[i].to, texts[i].size, "%.*s", STR_ARG(feel_str(m)));
            }
        }
        read_place(v, err);
        for (int i = ERROR_SYNTAX; i <= ERROR_IO; i++) {
            bool named = feel_context_get(v, STR("code"), &m) && m.kind == FEEL_STRING &&
                         str_eq(feel_str(m), str_of(error_name((enum error_code)i)));
            err->code = named ? (enum error_code)i : err->code;
        }
    }
    arena_release(&a);
}

bool control_ask(const char *where, str json, struct buf *out, enum error_code *ret_code, struct error *err)
{
    int fd = is_database(where) ? -1 : connect_to(where);
    if (fd < 0) {
        return false;
    }
    struct buf answer = BUF_INIT(LIMIT_JSON_BYTES + 2);
    set_patience(fd);
    bool heard = write_all(fd, json) && shutdown(fd, SHUT_WR) == 0 && read_all(fd, &answer) && answer.len >= 2;
    close(fd);
    str rest = heard ? str_slice(buf_str(&answer), 2, answer.len) : STR("");
    *ret_code = OK;
    if (!heard) {
        *ret_code = error_set(err, ERROR_IO, "the server of this directory did not answer");
        error_hint(err, "whether the command was carried out is not known: look, before you repeat it");
    } else if (answer.ptr[0] == '0') {
        buf_add(out, rest);
    } else {
        read_error(rest, err);
        *ret_code = err->code;
    }
    buf_release(&answer);
    return true;
}
