/* helper_int: what the files of helper share: frames on the socket, refusals as text, the process.
 *
 * A frame is a length and a number (4 bytes each, the highest first), a head (1 byte) and as many bytes as the length
 * says. From the program: first HELPER__HELLO {protocol, rights}, then for each request a HELPER__RESULT or
 * HELPER__REFUSAL with the number of the request: an answer that comes too late is not taken for that to another
 * request. To the program: requests, whose head is the language of the caller; descriptors of files travel with the
 * first byte of the frame.
 */
#ifndef GONGSHI_HELPER_HELPER_INT_H
#define GONGSHI_HELPER_HELPER_INT_H

#include "helper/helper.h"

#include <spawn.h>
#include <sys/types.h>

enum { HELPER__PROTOCOL = 2, HELPER__SOCKET = 3 };

enum helper__head {
    HELPER__HELLO = 'H',
    HELPER__RESULT = 'R',
    HELPER__REFUSAL = 'N',
    HELPER__LAST = 0x80, /* added to the head of an answer: the program ends after it, of its own will */
};

/* ---- Frames ---- */

struct helper__channel {
    int fd;
    int halt;         /* a descriptor that is readable when waiting is to end; -1: none */
    int64_t deadline; /* by clock_monotonic_nanos; INT64_MAX: none */
};

enum helper__io {
    HELPER__DONE,
    HELPER__CLOSED,   /* the other end is gone */
    HELPER__LATE,
    HELPER__HALTED,
    HELPER__TOO_LARGE /* the frame says it is larger than `body` may grow */
};

/* What a frame has beside its bytes. */
struct helper__label {
    uint32_t number;
    uint8_t head;
};

enum helper__io helper__send(const struct helper__channel *c, struct helper__label label, str body);

/* Appends the bytes of one frame to an empty body. */
enum helper__io helper__receive(const struct helper__channel *c, struct helper__label *ret, struct buf *body);

/* Descriptors that came with a frame; who received them closes them. */
struct helper__files {
    int fds[HELPER_FILES];
    uint32_t count;
};

/* The same with files; more than HELPER_FILES are not taken. */
enum helper__io helper__send_with(const struct helper__channel *c, struct helper__label label,
                                  const struct helper_request *request);
enum helper__io helper__receive_with(const struct helper__channel *c, struct helper__label *ret, struct buf *body,
                                     struct helper__files *ret_files);

/* Waits until the channel can be read (or written); HELPER__DONE when it can. */
enum helper__io helper__wait(const struct helper__channel *c, bool write);

/* ---- Refusals: an error as JSON ---- */

void helper__write_refusal(const struct error *refusal, struct buf *out);

/* False when the text is none; err keeps its language. */
bool helper__read_refusal(str text, struct error *err);

/* ---- The process ---- */

struct helper__process {
    pid_t pid;
    int fd; /* our end of the socket; does not block */
};

/* A session of its own, no signal blocked or ignored; returns an errno. */
int helper__spawn_attributes(posix_spawnattr_t *attributes);

/* The path of a program by its name (see struct helper_config). */
enum error_code helper__find(struct arena *a, const char *program, str *ret, struct error *err);

enum error_code helper__spawn(const char *path, struct helper__process *ret, struct error *err);

/* Ends it if it has not ended, and waits for that; returns the status of waitpid. */
int helper__bury(struct helper__process *p);

#endif
