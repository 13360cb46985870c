/* builtin: the ledgers core.dossiers, core.decisions, core.clocks and core.listed, which nobody writes: what the tables
 * of work say. docs/facts.md has their fields.
 */
#ifndef GONGSHI_RECORD_BUILTIN_H
#define GONGSHI_RECORD_BUILTIN_H

#include "record/record_int.h"

struct record__builtin;

/* NULL: no built-in ledger is called so. */
const struct record__builtin *record__builtin(struct arena *a, str name);
const struct scheme_ledger *record__builtin_ledger(const struct record__builtin *b);

struct record__builtin_ask {
    struct store_view *view;
    cal_zone zone;
    int64_t now;                    /* seconds */
    int64_t end;                    /* seconds: what had happened before it; INT64_MIN: all, as it is */
    int64_t dossier;                /* of this dossier or row, or 0 … */
    str subject;                    /* … about this subject, or empty … */
    str scheme;                     /* … of this scheme */
    int64_t office;                 /* only of it and below; 0: all */
    const struct people_tree *tree;
};

/* At least the rows that are asked for, oldest first, in `a`. */
enum error_code record__builtin_read(const struct record__builtin *b, const struct record__builtin_ask *q,
                                     struct arena *a, feel_value *ret, struct error *err);

#endif
