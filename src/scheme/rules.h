/* rules: the decision tables of a scheme as people read them: headings and cells as they are written in the files. */
#ifndef GONGSHI_SCHEME_RULES_H
#define GONGSHI_SCHEME_RULES_H

#include "scheme/scheme.h"

struct scheme_rule_table {
    str decision, file, hit; /* the hit policy: "UNIQUE" where the file says none */
    uint32_t inputs, outputs, notes;
    const str *headings;     /* inputs, outputs, annotations */
    const str *cells;        /* row after row */
    const str *ids;          /* of the rules */
    uint32_t row_count;
};

/* All tables, in the order of the files and in them; in `a`. The files were loaded, so they can be read. */
const struct scheme_rule_table *scheme_rule_tables(const struct scheme *s, struct arena *a, uint32_t *ret_count);

#endif
