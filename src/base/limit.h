/* limit: one table of every bound; see limit.def. LIMIT_JSON_DEPTH and so on. */
#ifndef GONGSHI_BASE_LIMIT_H
#define GONGSHI_BASE_LIMIT_H

enum {
#define LIMIT(name, value, reason) LIMIT_##name = (value),
#include "base/limit.def"
#undef LIMIT
};

#endif
