/* clock: when a deadline (时限) ends, derived from what happened to it and the calendar of working days. Pure.
 *
 * Vocabulary
 *   event   what happened: start, stop (中止), resume (恢复), extend (延长), end (办结); with reason, clause and actor
 *   spec    how it counts: so many 日 or 工作日, from which day on
 *   last    the last day (届满日), which still belongs to the time: the deadline is its end, 24:00 in China
 *
 * Counting. Days count one by one until there are as many as the spec says; then the days of each extension, in the
 * unit of each. A 工作日 counts only days that an office works, make-up weekends included; a 日 counts every day.
 *   - By the rule 次日 (the default) the day of the start does not count, by 当日 it does.
 *   - While the clock stands still, days do not count. A day on which it ran at all is a day that counts: by 次日 that
 *     of the stop counts and that of the resumption does not, as that of the start; by 当日 the other way about. So
 *     stopping and resuming on one day changes nothing. 待核实: no text known to us says which day counts.
 *   - With 顺延 a last day that is no working day is moved to the next one. Without, it stays. 待核实 for each limit:
 *     the laws that say so (Civil Code art. 203, procedure laws) speak of time limits of parties.
 *   - A year without a published calendar counts by weekdays, and the result is provisional.
 *
 * A clock that was started again after its end is derived from the last start.
 */
#ifndef GONGSHI_SCHEME_CLOCK_H
#define GONGSHI_SCHEME_CLOCK_H

#include "scheme/scheme.h"

enum scheme_unit { SCHEME_DAYS, SCHEME_WORKING_DAYS };

enum scheme_clock_act {
    SCHEME_CLOCK_START,
    SCHEME_CLOCK_STOP,
    SCHEME_CLOCK_RESUME,
    SCHEME_CLOCK_EXTEND,
    SCHEME_CLOCK_END,
    SCHEME_CLOCK_ACTS
};

/* "start", "stop", "resume", "extend", "end"; -1 for another word. "日", "工作日"; -1. */
const char *scheme_clock_act_name(enum scheme_clock_act act);
int scheme_clock_act(str word);
const char *scheme_unit_name(enum scheme_unit unit);
int scheme_unit(str word);

struct scheme_clock_event {
    enum scheme_clock_act act;
    int64_t at;              /* seconds since 1970 */
    uint32_t n;              /* of extend */
    enum scheme_unit unit;   /* of extend */
    str reason, clause;
    int64_t actor;           /* a person; 0: the program */
};

struct scheme_clock_spec {
    uint32_t n;              /* 0: nobody knows how long it runs */
    enum scheme_unit unit;
    bool same_day;           /* 当日: the day of the start counts */
    bool moves;              /* 顺延: a last day off is moved */
};

/* What the FEEL of a length gave, as it holds for a clock that starts at `at`: a context with n and perhaps unit, first
 * (次日, 当日), last (顺延), or a list whose first element is one; a duration of whole days, or of months, which are
 * counted out from the day of the start; null or an empty list: unknown. ERROR_INVALID for all else. */
enum error_code scheme_clock_spec(feel_value length, int64_t at, struct scheme_clock_spec *ret, struct error *err);

enum scheme_clock_state {
    SCHEME_CLOCK_WAITING,      /* not started */
    SCHEME_CLOCK_RUNNING,
    SCHEME_CLOCK_UNDETERMINED, /* runs, and nobody knows how long */
    SCHEME_CLOCK_STOPPED,
    SCHEME_CLOCK_LATE,         /* runs, and its time is over */
    SCHEME_CLOCK_ENDED,
    SCHEME_CLOCK_STATES
};

/* "waiting", "running" … */
const char *scheme_clock_state_name(enum scheme_clock_state state);

enum scheme_day_why {
#define WHY(name, sentence) SCHEME_DAY_##name,
#include "scheme/clock.def"
#undef WHY
    SCHEME_DAY_WHYS
};

struct scheme_clock_day {
    cal_date day;
    bool working, provisional, counts;
    enum scheme_day_why why;
    uint32_t number; /* how many have counted, this one included */
};

/* The sentence of a day, for people. */
const char *scheme_day_why(enum scheme_day_why why, enum lang lang);

/* The end of a clock that has none: of one that waits, stands still or is undetermined. Far enough for every timer and
 * every comparison: expressions over clocks never meet a null. 9999-12-31T00:00:00+08:00. */
#define SCHEME_CLOCK_NEVER INT64_C(253402185600)

struct scheme_clock_due {
    enum scheme_clock_state state;
    int64_t due;      /* seconds since 1970: the end of the last day; or SCHEME_CLOCK_NEVER */
    cal_date last;    /* where there is a due */
    bool late;        /* its time was over when it ended, or is over now */
    bool provisional;
    const struct scheme_clock_day *days; /* where `explain`: up to the last, or to that from which it stands still */
    uint32_t day_count;
};

/* Derives. `events` in the order of time; `calendar` NULL: weekdays. ERROR_INVALID: events that are not in order;
 * ERROR_LIMIT: SCHEME_CLOCK_DAYS. Days are allocated from `a`, which may be NULL where `explain` is false. */
enum error_code scheme_clock_due(struct arena *a, const struct scheme_clock_spec *spec,
                                 const struct scheme_clock_event *events, uint32_t count,
                                 const struct cal_calendar *calendar, int64_t now, bool explain,
                                 struct scheme_clock_due *ret, struct error *err);

/* Does the act fit the state? start: waiting or ended; stop, extend: running; resume: stopped … */
bool scheme_clock_fits(enum scheme_clock_state state, enum scheme_clock_act act);

#endif
