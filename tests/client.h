/* client: what a test needs to speak HTTP with a server in its own process, byte by byte.
 *
 *   struct served s; serve(&s, &config); … end_serving(&s);
 *   struct client c; client_open(&c, s.port); client_send(&c, STR("GET …")); client_read(&c, false, &reply);
 *
 * A read waits at most PATIENCE seconds, which no passing test needs: a test that would wait for ever fails instead.
 */
#ifndef GONGSHI_TESTS_CLIENT_H
#define GONGSHI_TESTS_CLIENT_H

#include "http/http.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE = 60, CLIENT_BUFFER = 4 << 20 };

/* ---- A server on a thread of its own ---- */

struct served {
    struct http_server *server;
    uint16_t port;
    pthread_t thread;
};

static inline void *run_server(void *argument)
{
    http_run(argument);
    return NULL;
}

static inline void serve(struct served *s, const struct http_config *config)
{
    struct error err = { .code = OK };
    if (http_open(config, &s->server, &err) != OK || pthread_create(&s->thread, NULL, run_server, s->server) != 0) {
        printf("Bail out! %s: %s\n", err.message, err.detail);
        exit(1);
    }
    s->port = http_port(s->server);
}

static inline void end_serving(struct served *s)
{
    http_stop(s->server);
    pthread_join(s->thread, NULL);
    http_close(s->server);
}

/* ---- A client ---- */

struct client {
    int fd;
    char *data; /* what came and is not read yet */
    size_t len;
};

struct reply {
    int status;
    str head, body; /* until the next read */
};

static inline bool client_open(struct client *c, uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    struct timeval patience = { .tv_sec = PATIENCE };
    int on = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *c = (struct client){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .data = malloc(CLIENT_BUFFER) };
    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connect(c->fd, (struct sockaddr *)&to, sizeof to) == 0;
}

static inline void client_close(struct client *c)
{
    close(c->fd);
    free(c->data);
}

/* False when the server does not take it. */
static inline bool client_send(struct client *c, str s)
{
    while (s.len > 0) {
        ssize_t n = send(c->fd, s.ptr, s.len, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        s = str_slice(s, (size_t)n, s.len);
    }
    return true;
}

/* More bytes; 0 at the end of the stream, -1 when nothing comes or the connection was reset. */
static inline ssize_t client_more(struct client *c)
{
    ssize_t n = recv(c->fd, c->data + c->len, CLIENT_BUFFER - c->len, 0);
    c->len += n > 0 ? (size_t)n : 0;
    return n;
}

static inline void client_drop(struct client *c, size_t n)
{
    memmove(c->data, c->data + n, c->len - n);
    c->len -= n;
}

/* The value of a header of a reply; empty where it is not. The name in any case. */
static inline str reply_header(const struct reply *r, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = r->head.ptr, *end = p + r->head.len; p < end;) {
        const char *eol = memchr(p, '\r', (size_t)(end - p));
        eol = eol == NULL ? end : eol;
        if ((size_t)(eol - p) > n && strncasecmp(p, name, n) == 0 && p[n] == ':') {
            return str_trim((str){ p + n + 1, (size_t)(eol - p) - n - 1 });
        }
        p = eol + 2;
    }
    return STR("");
}

static inline size_t reply_length(const struct reply *r)
{
    str s = reply_header(r, "content-length");
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        n = n * 10 + (size_t)(s.ptr[i] - '0');
    }
    return n;
}

/* The next answer, which stays in c->data until client_done. `bare`: an answer without body, as to HEAD. */
static inline bool client_read(struct client *c, bool bare, struct reply *ret)
{
    char *end;
    while ((end = memmem(c->data, c->len, "\r\n\r\n", 4)) == NULL) {
        if (client_more(c) <= 0) {
            return false;
        }
    }
    size_t head = (size_t)(end - c->data) + 4;
    *ret = (struct reply){ .head = { c->data, head } };
    for (size_t i = 9; i < 12 && i < head; i++) {
        ret->status = ret->status * 10 + (c->data[i] - '0');
    }
    size_t length = bare || ret->status < 200 || ret->status == 304 ? 0 : reply_length(ret);
    while (c->len < head + length) {
        if (client_more(c) <= 0) {
            return false;
        }
    }
    ret->body = (str){ c->data + head, length };
    return true;
}

/* One request, one answer. */
static inline bool client_ask(struct client *c, str request, struct reply *ret)
{
    return client_send(c, request) && client_read(c, false, ret);
}

static inline void client_done(struct client *c, const struct reply *r)
{
    client_drop(c, r->head.len + r->body.len);
}

/* True when nothing more comes and the server has closed. A reset is no end. */
static inline bool client_at_end(struct client *c)
{
    return c->len == 0 && client_more(c) == 0;
}

#endif
