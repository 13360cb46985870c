/* assess: one list made from many: order, grade, and why. Pure: what is known of each entry comes in, the list goes
 * out.
 *
 * Vocabulary
 *   entry    what is assessed: a record or a waiting dossier
 *   key      one of the values that the entries are put in order by, "score desc"; the last may be the lot
 *   quota    how many of a group a grade is for
 *   border   the place in the order between two grades
 *   cap      the best grade that an entry may have, whatever its place
 *
 * Order. Within its group an entry stands before another by the first key in which they differ; those that differ in
 * none are tied, have the same rank ("1, 1, 3") and are listed by cap and id. With a lot nothing is tied.
 *
 * Grades, the best first. By threshold: the best whose bound the first key reaches. By share: quotas are the shares
 * of the group, rounded down; what is left over goes to the largest remainders, equal ones in the stated order. By
 * count: as stated; "rest" has no bound. Quotas are filled from the best entry to the worst: each takes the best
 * grade that has room and its cap allows, so a capped one sinks and the next moves up. The last grade of shares takes
 * the rest, so what caps leave empty ends there; where counts have no "rest", those for whom nothing is left have no
 * grade.
 *
 * Ties at a border. All that are tied across it go up or down together, as stated, and what the better grade has too
 * much or too little the next one has less or more: borders further down stay where they are. Where nothing is stated
 * the assessment is refused and names them.
 *
 * Unknown is not bad. An entry with a key, a group or a cap that is not known, or whose group has a threshold that is
 * not known, is undetermined: it is listed apart, has no grade, and counts in no quota. A struck one counts, because
 * nothing is counted anew, and has no grade.
 *
 * Numbers are compared and divided exactly. The result depends on the entries, not on the order they come in.
 */
#ifndef GONGSHI_SCHEME_ASSESS_H
#define GONGSHI_SCHEME_ASSESS_H

#include "scheme/draw.h"
#include "scheme/scheme.h"
#include "text/json_write.h"

struct scheme_entry {
    str id;                   /* unique; what lots are drawn of, so of natural persons the receipt number */
    feel_value group;         /* null: not known; of no interest where the assessment has no groups */
    const feel_value *values; /* one for each key but the lot; null: not known */
    feel_value cap;           /* the name of a grade; null: none */
    bool struck;              /* has left since the list was frozen */
    str unknown;              /* why it cannot be graded, where the caller knows that already; or empty */
};

struct scheme_assess_input {
    const struct scheme_assessment *rule;
    const struct scheme_entry *entries;
    uint32_t count;
    feel_value thresholds;    /* rows of the parameter, best first: contexts with `grade` and `from`, which is "at
                               * least", of a key that falls; a member named as the group binds a row to one group */
    str seed;                 /* of the lot, … */
    const char *hash;         /* … and the hash of the list (scheme_draw_list) */
};

enum scheme_assess_state { SCHEME_GRADED, SCHEME_UNDETERMINED, SCHEME_STRUCK };

/* Why an entry has its grade. */
enum scheme_assess_why {
    SCHEME_WHY_PLACE,     /* its place in the order */
    SCHEME_WHY_THRESHOLD, /* it reaches the bound, or none */
    SCHEME_WHY_CAP,       /* a better one was open to its place */
    SCHEME_WHY_TIE,       /* it went over a border with those it is tied with */
    SCHEME_WHY_REST,      /* nothing better was left */
    SCHEME_WHY_NONE,      /* the assessment has no grades */
    SCHEME_WHYS
};

const char *scheme_assess_why_name(enum scheme_assess_why why); /* "place", "threshold" … */

enum { SCHEME_NO_KEY = -1 };

struct scheme_assessed {
    uint32_t entry;             /* its place in the input */
    enum scheme_assess_state state;
    uint32_t group;             /* of the result's groups */
    uint32_t rank, lot;         /* from 1; lot 0: none was drawn */
    int32_t grade;              /* of the result's grades; -1: none */
    uint32_t place;             /* among those of its group and grade, from 1 in the order; 0: no grade */
    enum scheme_assess_why why;
    bool border;                /* tied with another across a border */
    int32_t key;                /* the first in which it differs from what the next better grade took, or NO_KEY; as
                                 * many as there are values: the lot */
    feel_value wanted;          /* the value of that key that would do; of the lot a number */
    int32_t unknown_key;        /* of undetermined ones: the key that is not known, or NO_KEY: `unknown` says it */
    str unknown;
};

struct scheme_quota {
    bool open;                  /* as many as come: "rest", thresholds */
    int64_t quota;
    int64_t exact, of;          /* of shares: the quota before rounding is exact / of */
    uint32_t actual;
};

struct scheme_assess_group {
    feel_value value;           /* null: the one group there is */
    uint32_t count, graded;     /* count: with the struck ones */
    const struct scheme_quota *quotas; /* a row for each grade */
    uint32_t without;           /* have no grade */
};

struct scheme_list {
    const struct scheme_assessed *entries; /* by group and order; then those without a place in it, by id */
    uint32_t count, graded, undetermined, struck;
    const str *grades;
    uint32_t grade_count;
    const str *keys;            /* their names, without direction, the lot not among them */
    uint32_t key_count;
    const struct scheme_assess_group *groups;
    uint32_t group_count;
};

/* The list, in `a`; it borrows from the input. ERROR_INVALID: what is tied at a border and may not be, values of two
 * kinds in one key, an id that stands twice, an order or a grading that says nothing; ERROR_MISSING: a lot without a
 * seed. */
enum error_code scheme_assess(struct arena *a, const struct scheme_assess_input *in, struct scheme_list *ret,
                              struct error *err);

/* How many keys of the order have values: all but the lot. */
uint32_t scheme_assess_values(const struct scheme_assessment *rule, bool *ret_lot);

/* The name in a key: "score" of "score desc". */
str scheme_assess_key(str key);

/* Whether a row of the thresholds is for a group, and which bound it sets. */
bool scheme_assess_bound(const struct scheme_assessment *rule, feel_value row, feel_value group, feel_value *ret);

/* The groups with their quotas; one entry: {"id","rank","grade","why",…}. docs/assess.md has the members. */
void scheme_assess_write_groups(const struct scheme_list *l, struct json_writer *w);
void scheme_assess_write_entry(const struct scheme_list *l, const struct scheme_entry *entries, uint32_t place,
                               struct json_writer *w);

#endif
