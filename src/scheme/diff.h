/* diff: what an officer must know when a package takes the place of another: sentences, not lines of files.
 *
 * Things are found again by their ids and names; a thing whose title or label changed is the same thing. */
#ifndef GONGSHI_SCHEME_DIFF_H
#define GONGSHI_SCHEME_DIFF_H

#include "scheme/scheme.h"

struct scheme_change {
    const char *about; /* "parameters", "ledgers", "forms", "rules", "process", "manifest": the order of the list */
    str file;          /* of the new package, or of the old one where the thing is gone */
    str text;
};

/* All changes; made in `arena`. */
const struct scheme_change *scheme_diff(const struct scheme *before, const struct scheme *after, struct arena *arena,
                                        enum lang lang, uint32_t *ret_count);

#endif
