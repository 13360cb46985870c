/* condition: what a condition asks of single names, so that an index can answer part of it.
 *
 * An expression is a chain of "and". Each of its terms that compares one name with something that is known before is
 * told here; the terms that are left out, and those told, are still to be evaluated: what is told only narrows.
 */
#ifndef GONGSHI_FEEL_CONDITION_H
#define GONGSHI_FEEL_CONDITION_H

#include "feel/feel.h"

enum feel_relation {
    FEEL_IS,       /* name = value */
    FEEL_BELOW,    /* name < value */
    FEEL_AT_MOST,
    FEEL_ABOVE,
    FEEL_AT_LEAST,
    FEEL_BETWEEN,  /* value <= name <= the second value */
    FEEL_AMONG,    /* name in one of the values: scalars, lists of them, ranges */
};

struct feel_condition {
    uint32_t slot;                              /* of the name */
    enum feel_relation relation;
    const struct feel_program *const *values;   /* of names outside the row only, over the same slots */
    uint32_t count;
};

/* The conditions of `source` on variables of the scope with a slot below `known`; the values use only slots from
 * `known` up to below `end`. No error: an expression that cannot be read has none. */
void feel_conditions(struct arena *a, const struct feel_scope *scope, str source, uint32_t known,
                     uint32_t end, const struct feel_condition **ret, uint32_t *ret_count);

#endif
