/* run: a foreign program that is started for one job: a seal, a signature. Nothing of it is ours, so nothing is taken
 * for granted: it is not asked to keep a protocol but exit statuses, gets no descriptor but its three streams, none
 * of our environment, and is ended, with whatever it has started, when its time is over.
 *
 *   standard input    the bytes of the job, a file: it can be read as often as wanted
 *   standard output   the answer
 *   exit status 0     done; 75 (EX_TEMPFAIL of sysexits.h): could not, later it may; any other: refused
 *   standard error    why not: its first line
 *
 * What speaks HTTP is such a program too: a script around curl. */
#ifndef GONGSHI_HELPER_RUN_H
#define GONGSHI_HELPER_RUN_H

#include "base/buf.h"
#include "base/error.h"

struct helper_run {
    const char *program;          /* a path */
    const char *const *arguments; /* after the name of the program */
    uint32_t argument_count;      /* at most HELPER_RUN_ARGUMENTS */
    str input;
    uint32_t deadline_ms;         /* 0, and at most: LIMIT_HELPER_RUN_MS */
};

enum { HELPER_RUN_ARGUMENTS = 8 };

/* Blocks; any thread. The answer is appended to `reply`, which has room for what it takes; it is left alone
 * otherwise. ERROR_IO: could not be done, and may be later: it could not be started, died, was too late, said so.
 * ERROR_INVALID: it refused. ERROR_LIMIT: its answer is longer than the room. */
enum error_code helper_run(const struct helper_run *r, struct buf *reply, struct error *err);

#endif
