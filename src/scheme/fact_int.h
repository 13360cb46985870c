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
    const str *by;                            /* statistic: the fields of its groups */
    uint32_t by_count;
    str place;                                /* near: the field of the rows that is a place */
    struct query__part *parts;
    uint32_t part_count;
    uint32_t asker_count;                     /* slots of the asker */
    uint32_t most_names;                      /* of a row of any part */
};

/* One asker's question. */
struct query__asking {
    const struct scheme_query *q;
    const struct scheme_source *source;
    struct feel_eval *ev;
    struct arena *a;
    feel_value self;
    feel_value *slots;        /* of the asker; in front of them is room for those of a row */
    cal_date key_date;
    int64_t on;               /* an instant; INT64_MIN: the whole history */
    feel_value at;            /* near: the place */
    dec within;               /* metres */
    bool has_within;
    const char *unknown;      /* what could not be told: the member of the fact; NULL */
    struct error *err;
};

/* The rows that fit, with what sorting needs. */
struct query__fit {
    feel_value row;
    dec metres;
    uint32_t place;           /* among the rows of the source */
};

struct query__fits {
    struct query__fit *list;
    uint32_t count, size;
};

/* The value of `now`. */
feel_value query__now(const struct feel_eval *ev);

/* ---- Parts of an answer (fact.c, statistic.c) ---- */

/* The names are literals. */
feel_value query__context(struct arena *a, const char *const *names, const feel_value *values, uint32_t count);

/* An order of all values; the number of a field, of a quantity its value. */
int query__order(feel_value a, feel_value b);
bool query__number(feel_value row, str field, dec *ret);

/* The slots of the asker; then the day, place and distance that rows are asked for. */
enum error_code query__fill(struct query__asking *q);
void query__ask(struct query__asking *q);

/* The rows of a part that fit. `kept`: each is stored with the decision, so there is a bound. */
enum error_code query__fetch(struct query__asking *q, uint32_t part, bool kept, struct query__fits *ret);

/* A statistic for one asker: its value, from what stands above and below the line. */
enum error_code query__statistic(struct query__asking *q, feel_value *ret, feel_value *ret_used);

#endif
