/* statistic: the statistics of a manifest, counted. A share is two counts that belong together, and stays two counts:
 * percentages are for pages to print, and can be made of them at any time; the other way leads nowhere.
 *
 *   top, bottom  what stands above and below the line: how many rows there are, or what a field of theirs adds up to;
 *                null where a row has no number. A statistic without a bottom is a count.
 *   cut          the day whose state is counted: rows that hold on it, dossiers that had begun by then, and how far
 *                they had come. What is asked is what the office knows now.
 *   by           the groups: each combination of values that a row has, in the order of the values
 *   said         what the decision `decide` says of each group of all `by` but the last: its input `parts` is a list of
 *                {value, count}, the values of the last `by` and what they count above the line
 *   rows         the numbers of the rows that were counted, above and below: what a page leads on to
 */
#ifndef GONGSHI_SCHEME_STATISTIC_H
#define GONGSHI_SCHEME_STATISTIC_H

#include "scheme/fact.h"

/* {"total":{"top":…,"bottom":…,"rows":{"top":[…],"bottom":[…]}},"groups":[{"by":{…},"top":…,"bottom":…,"rows":…}],
 * "said":[{"by":{…},"said":…}]}, in `a`; `rows` only where they are wanted, `said` only with `decide`. `day` is the
 * cut-off, where the statistic has one. ERROR_MISSING: a scheme or ledger is not there. */
enum error_code scheme_tally(struct arena *a, const struct scheme *s, const struct scheme_statistic *one,
                             const struct scheme_source *source, struct feel_eval *ev, cal_date day, bool rows,
                             feel_value *ret, struct error *err);

#endif
