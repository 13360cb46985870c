/* test_start: the program that ships starts at once and stays small. It measures build/gongshi, whatever build this
 * test belongs to: processor time and memory of `gongshi feel 1+1`, the best of several runs, so that a busy machine
 * does not matter. */
#include "tap.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 20, CPU_MICROS = 5000, RESIDENT_KB = 6 << 10 };

/* Runs the program with its output thrown away; false when it does not end well. */
static bool run(const char *program, struct rusage *ret)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        bool quiet = freopen("/dev/null", "w", stdout) != NULL;
        if (quiet) {
            execl(program, program, "feel", "1+1", (char *)NULL);
        }
        _exit(127);
    }
    int status;
    return child > 0 && wait4(child, &status, 0, ret) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int64_t cpu_micros(const struct rusage *u)
{
    return (u->ru_utime.tv_sec + u->ru_stime.tv_sec) * INT64_C(1000000) + u->ru_utime.tv_usec + u->ru_stime.tv_usec;
}

int main(void)
{
    const char *root = getenv("GONGSHI_ROOT");
    char program[4096];
    snprintf(program, sizeof program, "%s/build/gongshi", root != NULL ? root : ".");
    if (access(program, X_OK) != 0) {
        printf("1..0 # SKIP %s is not built\n", program);
        return 0;
    }
    int64_t cpu = INT64_MAX, resident = INT64_MAX;
    for (int i = 0; i < RUNS; i++) {
        struct rusage u;
        if (!run(program, &u)) {
            ok(false, "gongshi feel 1+1 ends well");
            return tap_done();
        }
        cpu = cpu_micros(&u) < cpu ? cpu_micros(&u) : cpu;
        resident = u.ru_maxrss < resident ? u.ru_maxrss : resident;
    }
    printf("# %" PRId64 " microseconds of processor time, %" PRId64 " KB\n", cpu, resident);
    ok(cpu < CPU_MICROS, "it takes less than %d microseconds of processor time", CPU_MICROS);
    ok(resident < RESIDENT_KB, "it takes less than %d KB of memory", RESIDENT_KB);
    return tap_done();
}
