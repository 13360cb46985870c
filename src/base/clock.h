/* clock: the only door through which time comes in. Everything else gets it as an argument. */
#ifndef GONGSHI_BASE_CLOCK_H
#define GONGSHI_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_now_micros(void);      /* UTC, microseconds since 1970 */
int64_t clock_monotonic_nanos(void); /* for time-outs and measuring */
int64_t clock_cpu_nanos(void);       /* CPU time of this process, for benchmarks */

#endif
