/* scratch: files of a moment, for what is too much for memory. They have no name, so whoever ends, in whatever way,
 * leaves none behind. */
#ifndef GONGSHI_HELPER_SCRATCH_H
#define GONGSHI_HELPER_SCRATCH_H

#include "base/error.h"

/* A descriptor to read and write; -1 with errno. NULL: in /tmp. */
int helper_scratch_open(const char *folder);

/* The error of using one, out of errno. */
enum error_code helper_scratch_failed(struct error *err);

#endif
