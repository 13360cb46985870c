/* check: what is doubtful in a package that can be loaded, in sentences for whoever edits it. docs/scheme.md has the
 * table of kinds. */
#ifndef GONGSHI_SCHEME_CHECK_H
#define GONGSHI_SCHEME_CHECK_H

#include "scheme/scheme.h"

enum scheme_level { SCHEME_ERROR, SCHEME_WARNING, SCHEME_NOTE };

enum scheme_finding_kind {
#define FINDING(name, word, level, what) SCHEME_FINDING_##name,
#include "scheme/finding.def"
#undef FINDING
    SCHEME_FINDING_KINDS
};

const char *scheme_finding_name(enum scheme_finding_kind kind); /* "dangling" … */
const char *scheme_level_name(enum scheme_level level);         /* "error", "warning", "note" */

struct scheme_finding {
    enum scheme_finding_kind kind;
    enum scheme_level level;
    str file;
    uint32_t line;  /* 0: about the whole file */
    str text, remedy;
};

/* All findings, by file and line; made in `arena`. `day` is what "closed" is measured by. */
const struct scheme_finding *scheme_check(const struct scheme *s, struct arena *arena, enum lang lang, cal_date day,
                                          uint32_t *ret_count);

#endif
