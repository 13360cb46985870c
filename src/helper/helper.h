/* helper: work that is done in a process of its own, because it needs large foreign libraries that read what outsiders
 * wrote: making PDF. The helper program has no network, no files to write and a bound on its memory; when it crashes,
 * hangs or is taken over, one job is lost and the server is not.
 *
 * Vocabulary
 *   helper    a running program such as gongshi-paper, with the thread that starts it, talks to it and buries it
 *   job       one request and its answer; a helper works at one at a time, in the order in which they were called
 *   refusal   the ordinary answer to a bad request: an error in the language of the caller
 *   death     the helper ended, was too late or broke the protocol: it is killed and the job fails; the next job starts
 *             it again, after a pause that grows with the number of deaths in a row
 *   rights    what the helper gave up before it read anything; older kernels cannot take all of it away
 *
 * Invariants
 *   1. helper_call comes back: with the answer, or with an error at the latest when the jobs before it and its own
 *      have each had their time. A dead helper is never waited for.
 *   2. A request that was the death of LIMIT_HELPER_DEATHS helpers is refused without another try, unless it was done
 *      in between: then others had ended them.
 *   3. The program gets one socket as descriptor 3 and /dev/null as 0, 1 and 2, and nothing else of this process:
 *      no descriptor but those that a job is given, for as long as it takes; no environment, no signal mask. It ends
 *      when this process ends.
 *   4. The process is started by a thread that lives as long as the helper: the kernel's PR_SET_PDEATHSIG, by which
 *      the program dies with us, watches the thread that started it and not the process.
 *
 * Example
 *
 *   struct arena process = ARENA_INIT;
 *   struct helper *paper;
 *   struct error err = { .lang = LANG_ZH };
 *   if (helper_start(&process, &(struct helper_config){ .program = "gongshi-paper" }, &paper, &err) != OK) {
 *       return err.code;
 *   }
 *   struct buf pdf = BUF_INIT(LIMIT_HELPER_REPLY);
 *   if (helper_call(paper, request, &pdf, &err) == OK) {      (any thread, any number of times)
 *       … buf_str(&pdf) …
 *   }
 *   helper_stop(paper);
 *
 * The other end is src/helper/serve.h, what it gives up src/helper/sandbox.h.
 */
#ifndef GONGSHI_HELPER_HELPER_H
#define GONGSHI_HELPER_HELPER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

struct helper;

struct helper_config {
    const char *program;  /* a name: of a file beside the running program; or a path */
    uint32_t deadline_ms; /* for one job; 0, and at most: LIMIT_HELPER_DEADLINE_MS */
};

/* Starts the program and waits until it says that it is ready. Memory comes from `a` and is used until helper_stop. */
enum error_code helper_start(struct arena *a, const struct helper_config *config, struct helper **ret,
                             struct error *err);

/* What a job is given: its text, and files that are too large for it. They are the caller's and stay open; the program
 * has its own descriptors of them, which share the place in the file. It can write to a file that the caller opened for
 * writing, up to LIMIT_HELPER_OUTPUT bytes. */
struct helper_request {
    str text;
    const int *files;
    uint32_t file_count; /* at most HELPER_FILES */
};

enum { HELPER_FILES = 2 };

/* Has one job done; blocks. The answer is appended to `reply`, which is left alone otherwise. The codes: those of the
 * program's refusal; ERROR_LIMIT when the request or the answer is too large, the deadline has passed, too many wait or
 * the request is known to be deadly; ERROR_IO when the helper died or is being stopped. Only the last may succeed when
 * it is called again. */
enum error_code helper_call(struct helper *h, str request, struct buf *reply, struct error *err);

/* The same with files. The text must tell one content of the files from another: invariant 2 knows it by the text. */
enum error_code helper_call_with(struct helper *h, const struct helper_request *request, struct buf *reply,
                                 struct error *err);

/* What became of a job that nobody waits for; borrowed until the callback returns. */
struct helper_answer {
    enum error_code code;
    str reply;
    const struct error *error; /* in the language that was asked for */
};

typedef void helper_done(void *context, const struct helper_answer *answer);

/* The same without waiting, for a thread that may not. The request is copied, its files are duplicated. `done` is
 * called once, from the thread of the helper, or, when there is no room, before this returns; it must only note the
 * answer and wake somebody. When the program dies over the job, it is given to the next one, until invariant 2 ends
 * that: ERROR_IO means that the helper is being stopped or cannot be started. */
void helper_submit(struct helper *h, const struct helper_request *request, enum lang lang, helper_done *done,
                   void *context);

/* Ends the program and the thread. Jobs that wait or run fail; nobody may call after it has come back. */
void helper_stop(struct helper *h);

/* What the running program gave up: bits of enum sandbox_right (sandbox.h); 0 while none runs. */
uint32_t helper_rights(struct helper *h);

#endif
