/* fact_int: what the files of facts share: fact.c (answers), query.c (compiling), bind.c. */
#ifndef GONGSHI_SCHEME_FACT_INT_H
#define GONGSHI_SCHEME_FACT_INT_H

#include "base/limit.h"
#include "scheme/fact.h"

/* A name of the form "field.other": the field refers to a row, whose field `other` is meant. */
struct query__path {
    const struct scheme_field *field;
    str other;
    uint32_t slot; /* among those of the row */
};

struct query__key {
    str field;
    const struct feel_program *value; /* over the slots of the condition, of which it reads only those of the asker */
};

/* What is read from one ledger or parameter. */
struct query__part {
    const struct scheme_ledger *ledger; /* NULL: of a parameter, or not installed */
    str missing;                        /* the scheme that is not installed */
    str field;                          /* overlap: the text that is compared; statistic: the number that is added up */
    str where;
    const struct feel_program *fits;    /* NULL: all */
    const str *names;                   /* of the slots of a row */
    uint32_t name_count;
    struct query__path *paths;
    uint32_t path_count;
    struct query__key *keys;
    uint32_t key_count;
};

/* The slots of the asker: `this`, `now`, then one for each parameter of the scheme. Conditions over a row have the
 * slots of the row before them. */
enum { QUERY__THIS, QUERY__NOW, QUERY__PARAMETERS };

struct scheme_query {
    const struct scheme *scheme;
    const struct scheme_fact *fact;
    const struct scheme_parameter *parameter; /* of a fact of kind parameter */
    const struct feel_program *target, *on, *near, *within, *for_value; /* NULL: not said */
    bool *mentions;                           /* which parameters the expressions name */
    str by;                                   /* statistic: the field of its groups */
    str place;                                /* near: the field of the rows that is a place */
    struct query__part *parts;
    uint32_t part_count;
    uint32_t asker_count;                     /* slots of the asker */
    uint32_t most_names;                      /* of a row of any part */
};

/* The value of `now`. */
feel_value query__now(const struct feel_eval *ev);

#endif
