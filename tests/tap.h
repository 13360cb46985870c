/* tap: what a test program needs to speak the Test Anything Protocol.
 *
 *   int main(void) { test_thing(); return tap_done(); }
 *   static void test_thing(void) { ok(1 + 1 == 2, "addition of %d", 1); is_str(got, STR("want"), "name"); }
 *
 * A failed check prints where it stands and what was got and wanted. tap_done
 * prints the plan and returns the exit status.
 */
#ifndef GONGSHI_TESTS_TAP_H
#define GONGSHI_TESTS_TAP_H

#include "base/str.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 4, 5), unused)) static bool tap_ok(bool pass, const char *file, int line,
                                                                 const char *format, ...)
{
    tap_count++;
    tap_failed += !pass;
    printf("%sok %d - ", pass ? "" : "not ", tap_count);
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    if (!pass) {
        printf("# at %s:%d\n", file, line);
    }
    return pass;
}

#define ok(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)

#define is_str(got, want, ...)                                                                   \
    do {                                                                                         \
        str tap_got = (got), tap_want = (want);                                                  \
        if (!tap_ok(str_eq(tap_got, tap_want), __FILE__, __LINE__, __VA_ARGS__)) {               \
            printf("# got  %.*s\n# want %.*s\n", STR_ARG(tap_got), STR_ARG(tap_want));           \
        }                                                                                        \
    } while (0)

#define is_int(got, want, ...)                                                                   \
    do {                                                                                         \
        int64_t tap_got = (got), tap_want = (want);                                              \
        if (!tap_ok(tap_got == tap_want, __FILE__, __LINE__, __VA_ARGS__)) {                     \
            printf("# got  %" PRId64 "\n# want %" PRId64 "\n", tap_got, tap_want);               \
        }                                                                                        \
    } while (0)

static inline int tap_done(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed == 0 ? 0 : 1;
}

#endif
