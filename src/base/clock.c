/* clock: see clock.h. */
#include "base/clock.h"

#include <time.h>

static int64_t read_nanos(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_now_micros(void)
{
    return read_nanos(CLOCK_REALTIME) / 1000;
}

int64_t clock_monotonic_nanos(void)
{
    return read_nanos(CLOCK_MONOTONIC);
}

int64_t clock_cpu_nanos(void)
{
    return read_nanos(CLOCK_PROCESS_CPUTIME_ID);
}
