/* late_clock: preloaded into a server, lets it live LATE_SECONDS later than it is: for tests of what time brings. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *t) /* style: allow clock_gettime: it takes the place of it */
{
    static int (*real)(clockid_t, struct timespec *);
    const char *late = getenv("LATE_SECONDS");
    if (real == NULL) {
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    }
    int code = real(id, t);
    if (id == CLOCK_REALTIME && late != NULL) {
        t->tv_sec += strtol(late, NULL, 10);
    }
    return code;
}
