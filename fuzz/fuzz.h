/* fuzz: the one function of each fuzz target.
 *
 * fuzz/fuzz_<name>.c defines it. script/fuzz links it with libFuzzer; the
 * ordinary build links it with fuzz/replay.c, which runs it over the corpus in
 * tests/fuzz/<name>/. A target that finds something wrong ends the process
 * (assert or a sanitizer); it returns 0 for every input.
 */
#ifndef GONGSHI_FUZZ_FUZZ_H
#define GONGSHI_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* `data` is not NUL-terminated and may be NULL when `size` is 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
