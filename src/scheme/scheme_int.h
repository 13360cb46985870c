/* scheme_int: what the files of scheme share. */
#ifndef GONGSHI_SCHEME_SCHEME_INT_H
#define GONGSHI_SCHEME_SCHEME_INT_H

#include "scheme/scheme.h"

/* ERROR_LIMIT when what was written did not fit into the buffer. */
enum error_code scheme__whole(const struct buf *b, struct error *err);

#endif
