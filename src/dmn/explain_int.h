/* explain_int: why a cell was not true, for explain.c. */
#ifndef GONGSHI_DMN_EXPLAIN_INT_H
#define GONGSHI_DMN_EXPLAIN_INT_H

#include "dmn/dmn_int.h"

struct dmn_explainer {
    const struct dmn_trace *t;
    enum lang lang;
    struct feel_eval *ev; /* for the bounds of cells: that of the trace keeps its diagnostics to itself */
};

enum dmn_reason_kind {
    REASON_OTHER,     /* the cell is more than a set of values, or speaks of another kind of value */
    REASON_NULL,      /* the input is null */
    REASON_BELOW,     /* less than the nearest bound of the cell */
    REASON_ABOVE,
    REASON_DIFFERENT, /* the cell is one value, and the input is another */
    REASON_NONE_OF,   /* the cell is several values */
    REASON_EXCLUDED,  /* the cell is not(…), and the input is inside */
};

struct dmn_reason {
    enum dmn_reason_kind kind;
    const char *relation;   /* of the input to the bound: "<", "<=", ">", ">=", "!="; or NULL */
    feel_value bound, gap;  /* gap: how far the input is from the bound, or null */
    bool computed;          /* the cell names something, and the bound is what that was */
    str label, cell;
    feel_value value;
};

/* Why a rule that was tested did not fit: the first cell that was not true. */
struct dmn_reason dmn__reason(struct dmn_explainer *x, const struct dmn_node_trace *nt,
                              const struct dmn_table_trace *tt, uint32_t rule);

const char *dmn__reason_name(enum dmn_reason_kind kind);

/* "contracts 148 < 150, short by 2" */
void dmn__write_reason(const struct dmn_reason *r, enum lang lang, struct buf *out);

#endif
