/* clock: counting the days of a deadline, one by one. */
#include "scheme/clock.h"

#include "base/limit.h"

/* ---- Words ---- */

static int find_word(const char *const *words, int count, str word)
{
    for (int i = 0; i < count; i++) {
        if (str_eq(word, str_of(words[i]))) {
            return i;
        }
    }
    return -1;
}

static const char *const acts[SCHEME_CLOCK_ACTS] = { "start", "stop", "resume", "extend", "end" };
static const char *const units[] = { "日", "工作日" };

const char *scheme_clock_act_name(enum scheme_clock_act act)
{
    return acts[act];
}

int scheme_clock_act(str word)
{
    return find_word(acts, SCHEME_CLOCK_ACTS, word);
}

const char *scheme_unit_name(enum scheme_unit unit)
{
    return units[unit];
}

int scheme_unit(str word)
{
    return find_word(units, 2, word);
}

const char *scheme_clock_state_name(enum scheme_clock_state state)
{
    static const char *const names[SCHEME_CLOCK_STATES] = { "waiting", "running", "undetermined", "stopped", "late",
                                                            "ended" };
    return names[state];
}

const char *scheme_day_why(enum scheme_day_why why, enum lang lang)
{
    switch (why) {
#define WHY(name, sentence)                                                                                            \
    case SCHEME_DAY_##name:                                                                                            \
        return lang_text(lang, sentence);
#include "scheme/clock.def"
#undef WHY
    default: return "";
    }
}

/* ---- Days ---- */

enum { CHINA = 8 * 3600, DAY = 86400 };

static int64_t day_of(int64_t at)
{
    int64_t wall = at + CHINA;
    return wall / DAY - (wall % DAY < 0);
}

static int64_t end_of(int64_t day)
{
    return (day + 1) * DAY - CHINA;
}

static cal_date date_of(int64_t day)
{
    cal_date d = { 1970, 1, 1 };
    cal_date_from_days(day, &d);
    return d;
}

/* ---- How long ---- */

static enum error_code no_length(struct error *err)
{
    error_set(err, ERROR_INVALID, "the length of a clock is none that is known");
    error_hint(err, "a row with n, unit 日 or 工作日, first 次日 or 当日; or a duration of days or months");
    return ERROR_INVALID;
}

static enum error_code whole_days(int64_t days, struct scheme_clock_spec *ret, struct error *err)
{
    if (days < 1 || days > LIMIT_SCHEME_CLOCK_DAYS) {
        error_set(err, days < 1 ? ERROR_INVALID : ERROR_LIMIT, "a clock runs from 1 to %d days",
                  LIMIT_SCHEME_CLOCK_DAYS);
        error_detail(err, "limit %s = %d", "SCHEME_CLOCK_DAYS", LIMIT_SCHEME_CLOCK_DAYS);
        return days < 1 ? ERROR_INVALID : ERROR_LIMIT;
    }
    ret->n = (uint32_t)days;
    return OK;
}

/* So many months end on the day with the number of the first, or the last of its month. */
static enum error_code months(int64_t count, int64_t at, struct scheme_clock_spec *ret, struct error *err)
{
    int64_t from = day_of(at);
    cal_date until;
    if (!cal_date_add_months(date_of(from), count, &until)) {
        return no_length(err);
    }
    return whole_days(cal_days_from_date(until) - from, ret, err);
}

/* One of two words, or nothing for the first. */
static bool choice(feel_value row, const char *name, const char *usual, const char *other, bool *ret)
{
    str word = feel_text_member(row, name);
    *ret = str_eq(word, str_of(other));
    return *ret || word.len == 0 || str_eq(word, str_of(usual));
}

static enum error_code row(feel_value v, struct scheme_clock_spec *ret, struct error *err)
{
    feel_value n = feel_member(v, "n");
    str unit = feel_text_member(v, "unit");
    int64_t days;
    int known = unit.len == 0 ? SCHEME_DAYS : scheme_unit(unit);
    if (n.kind == FEEL_NULL) {
        return OK;
    }
    if (!feel_whole(n, &days) || known < 0 || !choice(v, "first", "次日", "当日", &ret->same_day) ||
        !choice(v, "last", "不顺延", "顺延", &ret->moves)) {
        return no_length(err);
    }
    ret->unit = (enum scheme_unit)known;
    return whole_days(days, ret, err);
}

enum error_code scheme_clock_spec(feel_value length, int64_t at, struct scheme_clock_spec *ret, struct error *err)
{
    struct scheme_clock_spec spec = { .n = 0 };
    enum error_code code = OK;
    bool whole;
    if (length.kind == FEEL_LIST) {
        length = length.count > 0 ? length.items[0] : feel_null();
    }
    switch (length.kind) {
    case FEEL_NULL: break;
    case FEEL_CONTEXT: code = row(length, &spec, err); break;
    case FEEL_MONTHS: code = months(length.months, at, &spec, err); break;
    case FEEL_SPAN:
        whole = length.span.seconds % DAY == 0 && length.span.nano == 0;
        code = whole ? whole_days(length.span.seconds / DAY, &spec, err) : no_length(err);
        break;
    default: code = no_length(err);
    }
    if (code == OK) {
        *ret = spec;
    }
    return code;
}

/* ---- Counting ---- */

struct count {
    const struct scheme_clock_spec *spec;
    const struct scheme_clock_event *events; /* from the last start on */
    uint32_t count;
    const struct cal_calendar *calendar;
    uint32_t extension;      /* the place after the last extension that is used */
    uint32_t left;           /* of the spec or that extension */
    enum scheme_unit unit;
    uint32_t number;
    bool provisional;
    struct arena *arena;     /* NULL: nothing to explain */
    struct scheme_clock_day *days;
    uint32_t day_count, size;
};

/* Does the clock stand still on that day? `ret_for_good`: and is not resumed. */
static bool stands_still(const struct count *c, int64_t day, bool *ret_for_good)
{
    const struct scheme_clock_event *stop = NULL;
    bool same = c->spec->same_day;
    *ret_for_good = false;
    for (uint32_t i = 0; i < c->count; i++) {
        const struct scheme_clock_event *e = &c->events[i];
        if (e->act == SCHEME_CLOCK_STOP) {
            stop = e;
        } else if (e->act == SCHEME_CLOCK_RESUME && stop != NULL) {
            int64_t from = day_of(stop->at), to = day_of(e->at);
            if (same ? from <= day && day < to : from < day && day <= to) {
                return true;
            }
            stop = NULL;
        }
    }
    *ret_for_good = stop != NULL && (same ? day >= day_of(stop->at) : day > day_of(stop->at));
    return *ret_for_good;
}

static bool works(struct count *c, int64_t day, bool *ret_provisional)
{
    *ret_provisional = false;
    return cal_is_working_day(c->calendar, date_of(day), ret_provisional);
}

static void note(struct count *c, int64_t day, bool counts, enum scheme_day_why why)
{
    if (c->arena == NULL) {
        return;
    }
    if (c->day_count == c->size) {
        uint32_t size = c->size == 0 ? 32 : c->size * 2;
        c->days = arena_grow(c->arena, c->days, c->size * sizeof *c->days, size * sizeof *c->days);
        c->size = size;
    }
    struct scheme_clock_day *d = &c->days[c->day_count++];
    *d = (struct scheme_clock_day){ .day = date_of(day), .counts = counts, .why = why, .number = c->number };
    d->working = works(c, day, &d->provisional);
}

static enum scheme_day_why day_off(int64_t day)
{
    return cal_weekday(date_of(day)) > 5 ? SCHEME_DAY_WEEKEND : SCHEME_DAY_HOLIDAY;
}

/* Does the day count, as the unit has it? The calendar is only asked where it matters. */
static bool unit_counts(struct count *c, int64_t day, enum scheme_day_why *ret_why)
{
    bool provisional;
    *ret_why = SCHEME_DAY_COUNTS;
    if (c->unit == SCHEME_DAYS) {
        return true;
    }
    bool counts = works(c, day, &provisional);
    c->provisional |= provisional;
    *ret_why = !counts                            ? day_off(day)
               : cal_weekday(date_of(day)) > 5 ? SCHEME_DAY_WORKED
                                                  : SCHEME_DAY_COUNTS;
    return counts;
}

/* The next extension, when what came before is used up. */
static bool next_extension(struct count *c)
{
    while (c->extension < c->count) {
        const struct scheme_clock_event *e = &c->events[c->extension++];
        if (e->act == SCHEME_CLOCK_EXTEND && e->n > 0) {
            c->left = e->n;
            c->unit = e->unit;
            return true;
        }
    }
    return false;
}

/* One day; true when it is the last. */
static bool count_day(struct count *c, int64_t day, bool first, bool *ret_for_good)
{
    enum scheme_day_why why = SCHEME_DAY_FIRST;
    bool counts = false;
    if (!first || c->spec->same_day) {
        if (stands_still(c, day, ret_for_good)) {
            why = SCHEME_DAY_STOPPED;
        } else {
            counts = unit_counts(c, day, &why);
        }
    }
    c->number += counts;
    c->left -= counts;
    note(c, day, counts, why);
    return c->left == 0 && !next_extension(c);
}

/* A last day off is moved, where the spec says so. */
static int64_t move(struct count *c, int64_t day)
{
    bool provisional = false, off = c->spec->moves && !works(c, day, &provisional);
    c->provisional |= provisional;
    while (off) {
        day++;
        off = !works(c, day, &provisional);
        c->provisional |= provisional;
        note(c, day, false, SCHEME_DAY_MOVED);
    }
    return day;
}

/* ---- The whole ---- */

static enum error_code in_order(const struct scheme_clock_event *events, uint32_t count, uint32_t *ret_start,
                                bool *ret_started, struct error *err)
{
    *ret_started = false;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && events[i].at < events[i - 1].at) {
            return error_set(err, ERROR_INVALID, "the events of a clock are not in the order of time");
        }
        if (events[i].act == SCHEME_CLOCK_START) {
            *ret_start = i;
            *ret_started = true;
        }
    }
    return OK;
}

/* The state that the events leave it in, whatever the time. */
static enum scheme_clock_state after(const struct count *c)
{
    enum scheme_clock_state state = c->spec->n == 0 ? SCHEME_CLOCK_UNDETERMINED : SCHEME_CLOCK_RUNNING;
    bool stopped = false;
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->events[i].act == SCHEME_CLOCK_END) {
            return SCHEME_CLOCK_ENDED;
        }
        stopped = c->events[i].act == SCHEME_CLOCK_STOP   ? true
                  : c->events[i].act == SCHEME_CLOCK_RESUME ? false
                                                            : stopped;
    }
    return stopped ? SCHEME_CLOCK_STOPPED : state;
}

/* Walks from the start to the last day; *ret_last false: it has none, because the clock stands still. */
static enum error_code walk(struct count *c, bool *ret_last, int64_t *ret_day, struct error *err)
{
    int64_t start = day_of(c->events[0].at);
    bool for_good = false;
    *ret_last = false;
    for (int64_t day = start; !*ret_last && !for_good; day++) {
        if (day - start > LIMIT_SCHEME_CLOCK_DAYS * 2) {
            error_set(err, ERROR_LIMIT, "the clock runs too long");
            error_detail(err, "limit %s = %d", "SCHEME_CLOCK_DAYS", LIMIT_SCHEME_CLOCK_DAYS);
            return ERROR_LIMIT;
        }
        *ret_day = day;
        *ret_last = count_day(c, day, day == start, &for_good);
    }
    *ret_day = *ret_last ? move(c, *ret_day) : *ret_day;
    return OK;
}

static bool ended_after(const struct count *c, int64_t due)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->events[i].act == SCHEME_CLOCK_END) {
            return c->events[i].at >= due;
        }
    }
    return false;
}

static enum error_code derive(struct count *c, int64_t now, struct scheme_clock_due *ret, struct error *err)
{
    int64_t day = 0;
    bool last = false;
    enum error_code code = OK;
    ret->state = after(c);
    if (c->spec->n > 0) {
        code = walk(c, &last, &day, err);
    }
    if (code == OK && last) {
        ret->due = end_of(day);
        ret->last = date_of(day);
        ret->late = ret->state == SCHEME_CLOCK_ENDED ? ended_after(c, ret->due)
                                                     : ret->state == SCHEME_CLOCK_RUNNING && now >= ret->due;
        ret->state = ret->late && ret->state == SCHEME_CLOCK_RUNNING ? SCHEME_CLOCK_LATE : ret->state;
    }
    ret->provisional = c->provisional;
    ret->days = c->days;
    ret->day_count = c->day_count;
    return code;
}

enum error_code scheme_clock_due(struct arena *a, const struct scheme_clock_spec *spec,
                                 const struct scheme_clock_event *events, uint32_t count,
                                 const struct cal_calendar *calendar, int64_t now, bool explain,
                                 struct scheme_clock_due *ret, struct error *err)
{
    uint32_t start = 0;
    bool started;
    struct scheme_clock_due due = { .state = SCHEME_CLOCK_WAITING, .due = SCHEME_CLOCK_NEVER };
    enum error_code code = in_order(events, count, &start, &started, err);
    if (code == OK && started) {
        struct count c = { .spec = spec, .events = events + start, .count = count - start, .calendar = calendar,
                           .left = spec->n, .unit = spec->unit, .arena = explain ? a : NULL };
        code = derive(&c, now, &due, err);
    }
    if (code == OK) {
        *ret = due;
    }
    return code;
}

bool scheme_clock_fits(enum scheme_clock_state state, enum scheme_clock_act act)
{
    bool runs = state == SCHEME_CLOCK_RUNNING || state == SCHEME_CLOCK_LATE || state == SCHEME_CLOCK_UNDETERMINED;
    bool stopped = state == SCHEME_CLOCK_STOPPED;
    switch (act) {
    case SCHEME_CLOCK_START: return state == SCHEME_CLOCK_WAITING || state == SCHEME_CLOCK_ENDED;
    case SCHEME_CLOCK_STOP: return runs;
    case SCHEME_CLOCK_RESUME: return stopped;
    case SCHEME_CLOCK_EXTEND: return state == SCHEME_CLOCK_RUNNING || state == SCHEME_CLOCK_LATE || stopped;
    case SCHEME_CLOCK_END: return runs || stopped;
    default: return false;
    }
}
