/* scan: asks a virus scanner (clamd) about a file, over its socket, by INSTREAM: pieces with their lengths, then an
 * empty one. Without the setting `scanner` nothing is asked. While a scanner does not answer, nothing is let through;
 * or, with the setting `scanner-down = wait`, files are kept and asked about later, and nobody gets them before. */
#include "web/web_int.h"

#include "base/clock.h"
#include "record/file.h"

#include "base/limit.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PIECE = 1 << 16, WAIT_SECONDS = 30 };

static int new_socket(int family)
{
    const struct timeval wait = { .tv_sec = WAIT_SECONDS };
    int s = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s >= 0) {
        setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait); /* of connecting too */
    }
    return s;
}

/* "/run/clamav/clamd.ctl" is a socket of this machine, "127.0.0.1:3310" an address and port. */
static int unix_socket(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(path);
    int s = length < sizeof address.sun_path ? new_socket(AF_UNIX) : -1;
    memcpy(address.sun_path, path, s < 0 ? 0 : length);
    if (s >= 0 && connect(s, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(s);
        return -1;
    }
    return s;
}

static int internet_socket(const char *place)
{
    const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM };
    const char *colon = strrchr(place, ':');
    char host[256] = "";
    struct addrinfo *found = NULL;
    size_t length = colon == NULL ? sizeof host : (size_t)(colon - place);
    int s = -1;
    if (length >= sizeof host) {
        return -1;
    }
    memcpy(host, place, length);
    if (getaddrinfo(host, colon + 1, &wanted, &found) != 0) {
        return -1;
    }
    for (const struct addrinfo *a = found; a != NULL && s < 0; a = a->ai_next) {
        s = new_socket(a->ai_family);
        if (s >= 0 && connect(s, a->ai_addr, a->ai_addrlen) != 0) {
            close(s);
            s = -1;
        }
    }
    freeaddrinfo(found);
    return s;
}

static int open_socket(const char *place)
{
    return place[0] == '/' ? unix_socket(place) : internet_socket(place);
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
    char piece[PIECE];
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
    error_hint(err, "send this file again later; all else is kept");
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

/* ---- Files that wait ---- */

static enum error_code copy_blob(const struct web *web, const char *hash, int fd, uint64_t *ret_size, struct error *err)
{
    char piece[PIECE];
    size_t n = 1;
    enum error_code code = OK;
    for (*ret_size = 0; code == OK && n > 0; *ret_size += n) {
        code = store_blob_read(web->config.store, hash, *ret_size, piece, sizeof piece, &n, err);
        if (code == OK && n > 0 && pwrite(fd, piece, n, (off_t)*ret_size) != (ssize_t)n) {
            code = error_set(err, ERROR_IO, "the file cannot be read now");
        }
    }
    return code;
}

bool web__scan_waiting(void *context, const struct store_item *item, struct error *err)
{
    const struct web *web = context;
    char hash[STORE_HASH + 1] = "";
    uint64_t size;
    int fd = memfd_create("scan", MFD_CLOEXEC);
    if (fd < 0 || item->body.len != STORE_HASH) {
        return false;
    }
    memcpy(hash, item->body.ptr, STORE_HASH);
    enum error_code code = copy_blob(web, hash, fd, &size, err);
    code = code == OK ? web__scan(web, fd, size, err) : code;
    close(fd);
    bool answered = code == OK || code == ERROR_INVALID || code == ERROR_MISSING; /* missing: it was erased meanwhile */
    return answered &&
           record_file_scanned(web->config.record, item, code == ERROR_INVALID, clock_now_micros(), err) == OK;
}
