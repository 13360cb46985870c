/* frame: sending and receiving whole frames over a socket, within a deadline. See helper_int.h. */
#include "helper/helper_int.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum { HEADER = 9, CHUNK = 64 << 10 };

/* Milliseconds until the deadline, rounded up; -1: no end. */
static int time_left(const struct helper__channel *c)
{
    if (c->deadline == INT64_MAX) {
        return -1;
    }
    int64_t left = c->deadline - clock_monotonic_nanos();
    int64_t ms = left <= 0 ? 0 : (left + 999999) / 1000000;
    return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

enum helper__io helper__wait(const struct helper__channel *c, bool write)
{
    struct pollfd fds[] = { { .fd = c->fd, .events = write ? POLLOUT : POLLIN }, { .fd = c->halt, .events = POLLIN } };
    for (;;) {
        int left = time_left(c);
        int n = poll(fds, 2, left);
        if (n > 0) {
            return fds[1].revents != 0 ? HELPER__HALTED : HELPER__DONE;
        }
        if (n == 0 && left >= 0 && time_left(c) == 0) {
            return HELPER__LATE;
        }
        if (n < 0 && errno != EINTR && errno != EAGAIN) {
            return HELPER__CLOSED;
        }
    }
}

/* One try of sending or receiving had the result n: what to do now. Moves *at on. */
static enum helper__io after_try(const struct helper__channel *c, ssize_t n, bool write, size_t *at)
{
    if (n > 0) {
        *at += (size_t)n;
        return HELPER__DONE;
    }
    if (n < 0 && errno == EINTR) {
        return HELPER__DONE;
    }
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? helper__wait(c, write) : HELPER__CLOSED;
}

static enum helper__io send_all(const struct helper__channel *c, const char *bytes, size_t size)
{
    enum helper__io io = HELPER__DONE;
    for (size_t at = 0; io == HELPER__DONE && at < size;) {
        io = after_try(c, send(c->fd, bytes + at, size - at, MSG_NOSIGNAL | MSG_DONTWAIT), true, &at);
    }
    return io;
}

static enum helper__io receive_all(const struct helper__channel *c, char *bytes, size_t size)
{
    enum helper__io io = HELPER__DONE;
    for (size_t at = 0; io == HELPER__DONE && at < size;) {
        io = after_try(c, recv(c->fd, bytes + at, size - at, MSG_DONTWAIT), false, &at);
    }
    return io;
}

static void put_number(unsigned char *to, uint32_t n)
{
    for (int i = 0; i < 4; i++) {
        to[i] = (unsigned char)(n >> (24 - 8 * i));
    }
}

static uint32_t get_number(const unsigned char *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

enum helper__io helper__send(const struct helper__channel *c, struct helper__label label, str body)
{
    unsigned char header[HEADER];
    if (body.len > UINT32_MAX) {
        return HELPER__TOO_LARGE;
    }
    put_number(header, (uint32_t)body.len);
    put_number(header + 4, label.number);
    header[HEADER - 1] = label.head;
    enum helper__io io = send_all(c, (const char *)header, HEADER);
    return io == HELPER__DONE ? send_all(c, body.ptr, body.len) : io;
}

enum helper__io helper__receive(const struct helper__channel *c, struct helper__label *ret, struct buf *body)
{
    unsigned char header[HEADER];
    enum helper__io io = receive_all(c, (char *)header, HEADER);
    if (io != HELPER__DONE) {
        return io;
    }
    size_t size = get_number(header);
    if (size > body->max) {
        return HELPER__TOO_LARGE;
    }
    /* Memory is taken for what has come, not for what is announced. */
    char chunk[CHUNK];
    while (io == HELPER__DONE && body->len < size) {
        size_t n = size - body->len < CHUNK ? size - body->len : CHUNK;
        io = receive_all(c, chunk, n);
        if (io == HELPER__DONE) {
            buf_add(body, (str){ chunk, n });
        }
    }
    if (io == HELPER__DONE) {
        *ret = (struct helper__label){ get_number(header + 4), header[HEADER - 1] };
    }
    return io;
}
