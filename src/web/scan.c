/* scan: asks a virus scanner (clamd) about a file, over its socket, by INSTREAM: pieces with their lengths, then an
 * empty one. Without the setting `scanner` nothing is asked. A scanner that does not answer lets nothing through. */
#include "web/web_int.h"

#include "base/limit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PIECE = 1 << 16, WAIT_SECONDS = 30 };

static int open_socket(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const struct timeval wait = { .tv_sec = WAIT_SECONDS };
    size_t length = strlen(path);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || length >= sizeof address.sun_path) {
        return s;
    }
    memcpy(address.sun_path, path, length);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    if (connect(s, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(s);
        return -1;
    }
    return s;
}

static bool send_all(int s, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t n = send(s, at, size, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool send_file(int s, int fd, uint64_t size)
{
    static _Thread_local char piece[PIECE];
    uint32_t end = 0;
    bool fine = send_all(s, "zINSTREAM", sizeof "zINSTREAM");
    for (uint64_t at = 0; fine && at < size;) {
        ssize_t n = pread(fd, piece, sizeof piece, (off_t)at);
        uint32_t length = htonl((uint32_t)(n > 0 ? n : 0));
        fine = n > 0 && send_all(s, &length, sizeof length) && send_all(s, piece, (size_t)n);
        at += n > 0 ? (uint64_t)n : 0;
    }
    return fine && send_all(s, &end, sizeof end);
}

/* "stream: OK", "stream: Eicar-Signature FOUND", ended by a NUL. */
static bool read_answer(int s, char *answer, size_t size)
{
    size_t used = 0;
    while (used < size - 1) {
        ssize_t n = recv(s, answer + used, size - 1 - used, 0);
        if (n <= 0) {
            break;
        }
        used += (size_t)n;
        if (answer[used - 1] == '\0') {
            break;
        }
    }
    answer[used] = '\0';
    return used > 0;
}

static enum error_code silent(struct error *err)
{
    error_set(err, ERROR_IO, "files cannot be taken now: the virus scanner does not answer");
    error_hint(err, "try again later; what was entered is not lost");
    return ERROR_IO;
}

enum error_code web__scan(const struct web *web, int fd, uint64_t size, struct error *err)
{
    char answer[512];
    if (web->config.scanner == NULL) {
        return OK;
    }
    int s = open_socket(web->config.scanner);
    if (s < 0) {
        return silent(err);
    }
    bool answered = send_file(s, fd, size) && read_answer(s, answer, sizeof answer);
    close(s);
    if (answered && strstr(answer, "FOUND") != NULL) {
        error_set(err, ERROR_INVALID, "the virus scanner refuses this file");
        error_hint(err, "scan the paper anew on another machine and send that");
        return ERROR_INVALID;
    }
    return answered && strstr(answer, ": OK") != NULL ? OK : silent(err);
}
