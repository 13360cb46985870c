/* query_int: how a question is answered.
 *
 * Sources are pieces of the index: of one name, one shelf, one range of keys. The rows of an answer are merged from the
 * sources in one order. Every row is then tested in full: ranges only narrow.
 */
#ifndef GONGSHI_RECORD_QUERY_INT_H
#define GONGSHI_RECORD_QUERY_INT_H

#include "feel/condition.h"
#include "record/record_int.h"

struct record_filter {
    const struct feel_program *program;
    const struct feel_condition *conditions;
    uint32_t condition_count;
};

/* Keys from `low` up to `high`, that excluded; `point`: only `low` itself. */
struct record__range {
    str low, high;
    bool point;
};

struct record__ranges {
    struct record__range *ptr;
    uint32_t count;
    bool too_many; /* or a value that has no key: the condition does not narrow */
};

/* A place in an order. */
struct record__place {
    str key;
    int64_t entry, id;
};

struct record__hit {
    struct record__place place;
    int64_t office;
    bool timely;                 /* holds at the times asked for, passes the probe; only then `rev` is there */
    struct record__revision rev;
};

struct record__source {
    str name;
    int64_t shelf, known_from;   /* known_from: of a batch */
    struct record__range range;
    int64_t only;                /* a row, or 0 */
    struct record__place last;   /* behind it the next piece begins */
    struct record__place end;    /* of the piece that is being read, which has `count` index rows */
    struct arena arena;          /* of these places */
    struct store_rows *rows;     /* of that piece; NULL: there is none */
    int64_t count;
    uint32_t size;               /* of the next piece, at most */
    struct record__hit hit;      /* the next one, if `there` */
    struct arena hit_arena;
    bool there, taken, over;     /* taken: a hit of the piece was; over: behind the piece there is nothing */
};

/* How the rows of an answer follow one another. */
enum record__order { RECORD__NEWEST, RECORD__RISING, RECORD__FALLING };

/* One question while it is answered. */
struct record__asking {
    struct store_view *view;
    const struct record_query *q;
    struct arena scratch;
    struct feel_eval *ev;            /* of its own: each row has the whole budget */
    feel_value *slots;
    const struct feel_shape *shape;
    str ledger;
    const struct record__kept *kept; /* what the index knows */
    const struct record__batch *batches;
    uint32_t batch_count;
    enum record__order order;
    str order_name;                  /* of its index */
    str office_name;                 /* of the index by offices */
    int32_t order_field;
    struct record__place after;      /* the cursor */
    bool has_after;
    struct record__source *sources;
    uint32_t source_count;
    bool gather;                     /* the sources have another order: all are read and sorted */
    bool sift;                       /* likewise, but of the index alone: rows are read when they are wanted */
    str probe_name, probe_key;       /* a second condition that index rows are asked for: one key; empty: none */
    uint64_t probe_estimate;
    uint64_t examined;               /* index rows of pieces that were read to their end */
};

/* ---- filter.c ---- */

bool record__passes(struct record__asking *k, const struct record_row *row);

/* The keys that can fulfil a condition. */
void record__condition_ranges(struct record__asking *k, const struct feel_condition *c, struct record__ranges *ret);

/* Adds the key of a value. */
void record__add_point(struct record__ranges *r, struct arena *a, feel_value v);

/* ---- range.c ---- */

void record__source_end(struct record__source *s);

/* The next row of a source, or NULL; valid until the one after it, which comes when it was taken. */
struct record__hit *record__head(struct record__asking *k, struct record__source *s);
void record__take(struct record__source *s);

/* The places in all sources of rows that hold at the times asked for and pass the probe; in no order. The revision of
 * one of them. Only while no import is among the sources. */
uint32_t record__sift(struct record__asking *k, struct record__place **ret);
bool record__read_place(struct record__asking *k, struct arena *a, const struct record__place *place,
                        struct record__revision *ret);

/* The index rows of pieces that were begun: as many may have been looked at. */
uint64_t record__open_pieces(const struct record__asking *k);

/* How many index rows a range has, counted to `most`. */
uint64_t record__estimate(struct record__asking *k, str name, const struct record__ranges *r, uint64_t most);

/* What is read of a name on the shelf of an import. There are no index rows by offices: all of its rows are read. */
struct record__ranges record__batch_ranges(const struct record__asking *k, str name, const struct record__ranges *r,
                                           str *ret_name);

/* -1, 0, 1: in the order of the question. */
int record__compare(const struct record__asking *k, const struct record__place *a, const struct record__place *b);

/* ---- plan.c ---- */

/* Chooses the sources. */
void record__choose(struct record__asking *k);

#endif
