/* start: what the shortest command of a program takes, from its start to its end: processor time and resident memory of
 * `PROGRAM feel 1+1`, the least of twenty runs, so that a busy machine does not matter. Pages of the program's own file
 * count as memory where the kernel has mapped them, so the second figure differs between machines by some hundred
 * kilobytes. Prints two lines of JSON as bench/server.sh does; exit status 1 when one is beyond its bound.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 20, CPU_MICROS = 5000, RESIDENT_KB = 8 << 10 };

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

static bool told(const char *name, int64_t value, int64_t bound, const char *unit)
{
    printf("{\"measured\":\"%s\",\"value\":%" PRId64 ",\"bound\":%" PRId64 ",\"unit\":\"%s\"}\n", name, value, bound,
        unit);
    return value < bound;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: start PROGRAM\n");
        return 2;
    }
    int64_t cpu = INT64_MAX, resident = INT64_MAX;
    for (int i = 0; i < RUNS; i++) {
        struct rusage u;
        if (!run(argv[1], &u)) {
            fprintf(stderr, "%s feel 1+1 does not end well\n", argv[1]);
            return 3;
        }
        cpu = cpu_micros(&u) < cpu ? cpu_micros(&u) : cpu;
        resident = u.ru_maxrss < resident ? u.ru_maxrss : resident;
    }
    bool good = told("processor time of feel 1+1", cpu, CPU_MICROS, "us");
    good = told("resident memory of feel 1+1", resident, RESIDENT_KB, "KB") && good;
    return good ? 0 : 1;
}
