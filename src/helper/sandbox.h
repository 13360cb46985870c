/* sandbox: how a helper program gives up what it does not need, before it reads anything from outside.
 *
 * What is left: computing, a bounded heap, threads of its own, the descriptors it has, and reading below the folders
 * it names. Gone are the network, other programs, other processes, writing files, new executable memory, gaining
 * rights. Three walls of the kernel stand behind one another: resource limits, landlock (which files), seccomp (which
 * system calls, src/helper/sandbox_call.def).
 *
 * Landlock holds for the thread that enters it and those it starts later: enter before there is another thread.
 */
#ifndef GONGSHI_HELPER_SANDBOX_H
#define GONGSHI_HELPER_SANDBOX_H

#include "base/error.h"

enum sandbox_right {
    SANDBOX_CALLS = 1,  /* seccomp: only the system calls of the list; always, or sandbox_enter fails */
    SANDBOX_FILES = 2,  /* landlock: only the folders named (Linux 5.13); otherwise what the user may read */
    SANDBOX_MEMORY = 4, /* LIMIT_HELPER_MEMORY holds; not under the address sanitizer, which reserves terabytes */
};

struct sandbox {
    const char *const *folders; /* may be read; ends with NULL; those that are not there are left out */
    bool with_parent;           /* end when the thread that started this process ends */
};

/* Cannot be undone. After an error the process should end. */
enum error_code sandbox_enter(const struct sandbox *s, uint32_t *ret_rights, struct error *err);

#endif
