/* run: one job of a foreign program. The input is a file in memory, so that nothing has to be fed to a program that
 * does not read; answer and complaint come through pipes, which are read until both are closed or the time is over. */
#include "helper/helper_int.h"
#include "helper/run.h"

#include "base/clock.h"
#include "base/limit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LATER = 75 };

struct running {
    pid_t pid;
    int input, streams[2]; /* of the program: its standard output and error */
    int64_t end;           /* of its time, by the monotonic clock */
    struct buf answer, complaint;
    bool late;
};

/* ---- Starting ---- */

static enum error_code cannot_start(const struct helper_run *r, int failed, struct error *err)
{
    error_set(err, ERROR_IO, "could not start the program");
    error_detail(err, "%s: %s", r->program, strerrordesc_np(failed));
    return ERROR_IO;
}

static int input_file(str input)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < input.len) {
        ssize_t n = write(fd, input.ptr + done, input.len - done);
        if (n < 0 && errno != EINTR) {
            close(fd);
            return -1;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0) {
        lseek(fd, 0, SEEK_SET);
    }
    return fd;
}

static int set_files(posix_spawn_file_actions_t *files, const int from[3])
{
    int failed = 0;
    for (int fd = 0; failed == 0 && fd < 3; fd++) {
        failed = posix_spawn_file_actions_adddup2(files, from[fd], fd);
    }
    return failed != 0 ? failed : posix_spawn_file_actions_addclosefrom_np(files, 3);
}

static int spawn(const struct helper_run *r, const int from[3], pid_t *ret)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    char *arguments[HELPER_RUN_ARGUMENTS + 2] = { (char *)(uintptr_t)r->program };
    char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8";
    char *environment[] = { path, locale, NULL };
    for (uint32_t i = 0; i < r->argument_count; i++) {
        arguments[i + 1] = (char *)(uintptr_t)r->arguments[i];
    }
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    int failed = set_files(&files, from);
    failed = failed != 0 ? failed : helper__spawn_attributes(&attributes);
    failed = failed != 0 ? failed : posix_spawn(ret, r->program, &files, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

/* All three are above 2, also in a program that was started without standard streams: dup2 must not meet itself. */
static int above(int fd)
{
    int moved = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
    if (fd >= 0) {
        close(fd);
    }
    return moved;
}

static enum error_code start(const struct helper_run *r, struct running *p, struct error *err)
{
    int out[2] = { -1, -1 }, complaint[2] = { -1, -1 }, failed = 0;
    p->input = above(input_file(r->input));
    if (p->input < 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(complaint, O_CLOEXEC) != 0) {
        failed = errno;
    }
    const int from[3] = { p->input, above(out[1]), above(complaint[1]) };
    failed = failed != 0 ? failed : spawn(r, from, &p->pid);
    for (int i = 0; i < 3; i++) {
        if (from[i] >= 0) {
            close(from[i]);
        }
    }
    p->streams[0] = out[0];
    p->streams[1] = complaint[0];
    for (int i = 0; failed != 0 && i < 2; i++) {
        if (p->streams[i] >= 0) {
            close(p->streams[i]);
        }
    }
    return failed == 0 ? OK : cannot_start(r, failed, err);
}

/* ---- Listening ---- */

/* False at the end of the stream. */
static bool take(int fd, struct buf *into)
{
    char piece[16384];
    ssize_t n = read(fd, piece, sizeof piece);
    if (n > 0) {
        buf_add(into, (str){ piece, (size_t)n });
    }
    return n > 0 || (n < 0 && errno == EINTR);
}

/* Until both streams have ended, the answer is too long, or the time is over. */
static void listen_to(struct running *p)
{
    struct pollfd fds[2] = { { .fd = p->streams[0], .events = POLLIN }, { .fd = p->streams[1], .events = POLLIN } };
    struct buf *const into[2] = { &p->answer, &p->complaint };
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        int64_t left = (p->end - clock_monotonic_nanos()) / 1000000;
        int n = left > 0 ? poll(fds, 2, (int)left) : 0;
        if (n == 0 || p->answer.overflow) {
            p->late = n == 0;
            return;
        }
        for (int i = 0; n > 0 && i < 2; i++) {
            if (fds[i].fd >= 0 && fds[i].revents != 0 && !take(fds[i].fd, into[i])) {
                fds[i].fd = -1;
            }
        }
    }
}

/* Ends what it has started too: it is a session of its own. One that has closed its streams may still be at work; it
 * has the rest of its time. */
static int bury(struct running *p)
{
    int status = 0;
    pid_t done = 0;
    while (!p->late && !p->answer.overflow && (done = waitpid(p->pid, &status, WNOHANG)) == 0) {
        p->late = clock_monotonic_nanos() > p->end;
        poll(NULL, 0, 5);
    }
    kill(-p->pid, SIGKILL);
    while (done == 0 && waitpid(p->pid, &status, 0) < 0 && errno == EINTR) {
    }
    close(p->streams[0]);
    close(p->streams[1]);
    return status;
}

/* ---- The answer ---- */

static str first_line(str text)
{
    const char *end = memchr(text.ptr, '\n', text.len);
    return str_trim(end == NULL ? text : str_slice(text, 0, (size_t)(end - text.ptr)));
}

static enum error_code judge(const struct helper_run *r, const struct running *p, int status, struct error *err)
{
    str why = p->complaint.len > 0 ? first_line(buf_str(&p->complaint)) : STR("");
    bool ended = WIFEXITED(status);
    if (p->answer.overflow) {
        return error_set(err, ERROR_LIMIT, "the answer of the program is too long");
    }
    if (!p->late && ended && WEXITSTATUS(status) == 0) {
        return OK;
    }
    bool refused = !p->late && ended && WEXITSTATUS(status) != LATER;
    if (p->late) {
        error_set(err, ERROR_IO, "the program was too late");
    } else if (!ended) {
        error_set(err, ERROR_IO, "the program was ended by signal %d", WTERMSIG(status));
    } else {
        error_set(err, refused ? ERROR_INVALID : ERROR_IO, "the program ended with status %d", WEXITSTATUS(status));
    }
    if (why.len > 0) {
        error_detail(err, "%s: %.*s", r->program, STR_ARG(why));
    } else {
        error_detail(err, "%s", r->program);
    }
    return refused ? ERROR_INVALID : ERROR_IO;
}

enum error_code helper_run(const struct helper_run *r, struct buf *reply, struct error *err)
{
    uint32_t ms = r->deadline_ms == 0 || r->deadline_ms > LIMIT_HELPER_RUN_MS ? LIMIT_HELPER_RUN_MS : r->deadline_ms;
    struct running p = { .end = clock_monotonic_nanos() + (int64_t)ms * 1000000 };
    p.answer = (struct buf)BUF_INIT(reply->max > reply->len ? reply->max - reply->len : 0);
    p.complaint = (struct buf)BUF_INIT(4096);
    enum error_code code = start(r, &p, err);
    if (code == OK) {
        listen_to(&p);
        code = judge(r, &p, bury(&p), err);
    }
    if (code == OK) {
        buf_add(reply, buf_str(&p.answer));
    }
    buf_release(&p.answer);
    buf_release(&p.complaint);
    return code;
}
