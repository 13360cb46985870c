/* frame: sending and receiving whole frames over a socket, within a deadline. See helper_int.h. */
#include "helper/helper_int.h"

#include "base/clock.h"

#include <assert.h>
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

/* One byte, and the files with it. */
static enum helper__io send_files(const struct helper__channel *c, const char *byte, const struct helper_request *r)
{
    union {
        char space[CMSG_SPACE(sizeof(int) * HELPER_FILES)];
        struct cmsghdr align;
    } control = { .space = { 0 } };
    size_t size = sizeof(int) * r->file_count;
    struct iovec part = { (char *)(uintptr_t)byte, 1 };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = CMSG_SPACE(size)
    };
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    *rights = (struct cmsghdr){ .cmsg_len = CMSG_LEN(size), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
    memcpy(CMSG_DATA(rights), r->files, size);
    enum helper__io io = HELPER__DONE;
    for (size_t at = 0; io == HELPER__DONE && at < 1;) {
        io = after_try(c, sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT), true, &at);
    }
    return io;
}

/* Only the server sends files: the program may not call sendmsg. */
static enum helper__io send_header(const struct helper__channel *c, const char *bytes, const struct helper_request *r)
{
    assert(r->file_count <= HELPER_FILES);
    if (r->file_count == 0) {
        return send_all(c, bytes, HEADER);
    }
    enum helper__io io = send_files(c, bytes, r);
    return io == HELPER__DONE ? send_all(c, bytes + 1, HEADER - 1) : io;
}

static enum helper__io receive_all(const struct helper__channel *c, char *bytes, size_t size)
{
    enum helper__io io = HELPER__DONE;
    for (size_t at = 0; io == HELPER__DONE && at < size;) {
        io = after_try(c, recv(c->fd, bytes + at, size - at, MSG_DONTWAIT), false, &at);
    }
    return io;
}

/* The descriptors that came; what is too many was closed by the kernel (MSG_CTRUNC). */
static void take_files(struct msghdr *message, struct helper__files *files)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            files->count = (uint32_t)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            memcpy(files->fds, CMSG_DATA(c), files->count * sizeof(int));
        }
    }
}

static enum helper__io receive_header(const struct helper__channel *c, char *bytes, struct helper__files *files)
{
    union {
        char space[CMSG_SPACE(sizeof(int) * HELPER_FILES)];
        struct cmsghdr align;
    } control;
    enum helper__io io = HELPER__DONE;
    for (size_t at = 0; io == HELPER__DONE && at < 1;) {
        struct iovec part = { bytes, 1 };
        struct msghdr message = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space
        };
        ssize_t n = recvmsg(c->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n > 0) {
            take_files(&message, files);
        }
        io = after_try(c, n, false, &at);
    }
    return io == HELPER__DONE ? receive_all(c, bytes + 1, HEADER - 1) : io;
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
    return helper__send_with(c, label, &(struct helper_request){ .text = body });
}

enum helper__io helper__send_with(const struct helper__channel *c, struct helper__label label,
                                  const struct helper_request *request)
{
    unsigned char header[HEADER];
    str body = request->text;
    if (body.len > UINT32_MAX) {
        return HELPER__TOO_LARGE;
    }
    put_number(header, (uint32_t)body.len);
    put_number(header + 4, label.number);
    header[HEADER - 1] = label.head;
    enum helper__io io = send_header(c, (const char *)header, request);
    return io == HELPER__DONE ? send_all(c, body.ptr, body.len) : io;
}

static enum helper__io receive_rest(const struct helper__channel *c, const unsigned char *header,
                                    struct helper__label *ret, struct buf *body)
{
    enum helper__io io = HELPER__DONE;
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

/* From the program comes no file: a descriptor that it sends is dropped by the kernel. */
enum helper__io helper__receive(const struct helper__channel *c, struct helper__label *ret, struct buf *body)
{
    unsigned char header[HEADER];
    enum helper__io io = receive_all(c, (char *)header, HEADER);
    return io == HELPER__DONE ? receive_rest(c, header, ret, body) : io;
}

enum helper__io helper__receive_with(const struct helper__channel *c, struct helper__label *ret, struct buf *body,
                                     struct helper__files *ret_files)
{
    unsigned char header[HEADER];
    *ret_files = (struct helper__files){ .count = 0 };
    enum helper__io io = receive_header(c, (char *)header, ret_files);
    return io == HELPER__DONE ? receive_rest(c, header, ret, body) : io;
}
