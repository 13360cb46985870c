/* simulate: what stored decisions would be under other rules, or other numbers: who would be decided differently,
 * from what to what, and by which rule. Nothing is stored.
 *
 * A decision is evaluated again from the inputs and the environment of its record. An input that the other scheme has
 * as a parameter gets that scheme's rows in force on the record's day, and one that `with` names gets that value; all
 * others stay as they were decided upon.
 */
#ifndef GONGSHI_WORK_SIMULATE_H
#define GONGSHI_WORK_SIMULATE_H

#include "work/work.h"

struct work_simulate {
    str over;                    /* the decisions of this scheme, or of one version: a name, or the hash of a bundle */
    const struct scheme *scheme; /* the other rules; NULL: those that are installed now */
    str decision;                /* only these; or empty */
    feel_value with;             /* inputs, a context; or null */
};

/* Writes
 * {"decisions","different","gone","transitions":[{"from","to","count"}],"changes":[{"decision","dossier","name",
 * "from","to","rules":[{"table","was","now"}]}],"left_out"}; `gone` counts those that the other scheme does not
 * decide, `left_out` changes beyond SIMULATE_CHANGES. A rule is {"id", and its annotations by name}. */
enum error_code work_simulate(struct work *w, const struct work_simulate *what, struct buf *out, struct error *err);

#endif
