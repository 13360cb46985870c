/* test_int: what the files of the tests of schemes share: test.c (lines), test_world.c (given rows), test_match.c. */
#ifndef GONGSHI_SCHEME_TEST_INT_H
#define GONGSHI_SCHEME_TEST_INT_H

#include "base/limit.h"
#include "scheme/test.h"

/* Rows of a ledger or parameter that a scenario gives, or that its acts have written. */
struct test__table {
    struct test__table *next;
    str name;
    const struct scheme_ledger *ledger;         /* of records */
    feel_value rows;                            /* of records: contexts */
    bool unavailable;                           /* of records: null was given */
    const struct scheme_parameter_row *list;    /* of parameters */
    uint32_t count;
};

/* What a scenario gives. */
struct test__world {
    const struct scheme_test *test;
    const struct scheme *scheme;                /* with or without its sample */
    struct arena *arena;                        /* of the scenario */
    struct test__table *records, *parameters;
};

/* What an act of the office did: the act ("record") and what about ("titles"), and what was written. */
struct test__act {
    struct test__act *next;
    str act, about;
    feel_value value;
};

enum error_code test__give_records(struct test__world *w, feel_value tables, struct error *err);
enum error_code test__give_parameters(struct test__world *w, feel_value tables, struct error *err);

/* One more row of a ledger, as JSON or as a process wrote it; a ledger that nobody describes is as its rows show it. */
enum error_code test__add_record(struct test__world *w, str ledger, feel_value row, struct error *err);

/* The rows as a source for facts. */
struct scheme_source test__source(struct test__world *w);

/* The rows of a ledger; `ret` may be NULL with no rows. */
feel_value test__rows(struct test__world *w, str ledger, const struct scheme_ledger **ret);

/* An assessment over the rows of its ledger (test_assess.c): {"groups", "entries"} as docs/assess.md has them. */
enum error_code test__assess(struct test__world *w, const struct scheme_source *source, struct feel_eval *ev,
                             str name, str seed, cal_date key_date, feel_value *ret, struct error *err);

/* `want` in `got`: of a context at least its members; the items of a list in order, or, when `want` is a context, by
 * their `id`; numbers by value; dates also as their text. False: `ret_where` says at which path. */
bool test__match(struct arena *a, feel_value want, feel_value got, str path, str *ret_where, feel_value *ret_want,
                 feel_value *ret_got);

#endif
