/* test: the scenarios of a scheme package, tests/NAME.jsonl; docs/scenario.md is the manual of their lines.
 *
 * They are those of bpmn/play.h, and more: rows of ledgers and parameters are given, decisions are evaluated with facts
 * and parameters bound as in an office (scheme_bind), the acts of the office carry themselves out and are noted.
 *
 * A scenario ends at its first line that does not hold; the next one begins anew.
 */
#ifndef GONGSHI_SCHEME_TEST_H
#define GONGSHI_SCHEME_TEST_H

#include "bpmn/play.h"
#include "scheme/fact.h"

struct scheme_test {
    const struct scheme *scheme;
    const struct scheme *sample;          /* the same with the rows of its sample; NULL: it has none */
    const struct scheme *const *others;   /* schemes whose ledgers it may read */
    uint32_t other_count;
    const struct cal_calendar *calendar;  /* of working days, or NULL */
    /* Told of each scenario at its end: err with the line of what did not hold, or NULL. `explanation` is that of the
     * decision it was about, or empty. */
    void (*ended)(void *context, str scenario, const struct error *err, str explanation);
    void *context;
};

struct scheme_test_count {
    uint32_t passed, failed;
};

/* Runs the scenarios of a file and adds to the count. Not OK only when the file cannot be read as lines of JSON. */
enum error_code scheme_test(const struct scheme_test *t, str file, str text, struct scheme_test_count *count,
                            struct error *err);

#endif
