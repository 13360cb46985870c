/* tzif: reads a time zone file (RFC 9636) into a row of changes, and looks times up in it.
 *
 * A file has a header and a block of data with 32-bit times; from version 2 on
 * a second header, the same data with 64-bit times, and a line of text that
 * says, in the manner of POSIX's TZ, how the clocks run after the last change:
 *
 *   1. find the block that counts, and the rule
 *   2. take over the changes it lists, leaving out those of name only
 *   3. write out the rule for 400 years and a margin, if clocks change by it
 *   4. derive the changes as seen on the wall clock
 *
 * Every number of the file is looked at before it is used.
 */
#include "cal/cal_int.h"

/* A day of the year: 'M' the week-th weekday of a month (5: the last), 'J' the n-th day, 29 February not counted,
 * '0' the n-th day from 0. The time is in seconds from midnight, on the clock as it runs before the change. */
struct edge {
    char kind;
    int month, week, day;
    int32_t time;
};

/* Without `daylight` only `standard` counts. Offsets are seconds east of UTC. */
struct rule {
    bool given, daylight;
    int32_t standard, summer;
    struct edge start, end;
};

struct event {
    int64_t at;
    int32_t offset;
};

/* ---- Bytes ---- */

struct reader {
    const uint8_t *at, *end;
};

static const uint8_t *take(struct reader *r, uint64_t size)
{
    if (size > (uint64_t)(r->end - r->at)) {
        return NULL;
    }
    const uint8_t *from = r->at;
    r->at += size;
    return from;
}

/* A big-endian number in two's complement. */
static int64_t read_int(const uint8_t *p, size_t size)
{
    uint64_t n = 0;
    for (size_t i = 0; i < size; i++) {
        n = n << 8 | p[i];
    }
    return size == 4 ? (int32_t)(uint32_t)n : (int64_t)n;
}

struct header {
    uint8_t version; /* 0, or a digit */
    uint32_t utc_flags, standard_flags, leaps, changes, types, name_bytes;
};

static bool read_header(struct reader *r, struct header *ret)
{
    const uint8_t *p = take(r, 44);
    if (p == NULL || memcmp(p, "TZif", 4) != 0) {
        return false;
    }
    uint32_t n[6];
    for (size_t i = 0; i < 6; i++) {
        n[i] = (uint32_t)read_int(p + 20 + 4 * i, 4);
    }
    *ret = (struct header){ p[4], n[0], n[1], n[2], n[3], n[4], n[5] };
    return p[4] == 0 || (p[4] >= '2' && p[4] <= '4');
}

/* The arrays of a block that matter here. */
struct block {
    size_t time_size, changes, types;
    const uint8_t *time, *type, *info;
};

static bool read_block(struct reader *r, const struct header *h, size_t time_size, struct block *ret)
{
    *ret = (struct block){ .time_size = time_size, .changes = h->changes, .types = h->types };
    ret->time = take(r, (uint64_t)h->changes * time_size);
    ret->type = take(r, h->changes);
    ret->info = take(r, (uint64_t)h->types * 6);
    return ret->time != NULL && ret->type != NULL && ret->info != NULL && take(r, h->name_bytes) != NULL &&
           take(r, (uint64_t)h->leaps * (time_size + 4)) != NULL && take(r, h->standard_flags) != NULL &&
           take(r, h->utc_flags) != NULL;
}

/* ---- The rule ---- */

static bool accept(struct reader *r, char c)
{
    bool there = r->at < r->end && *r->at == (uint8_t)c;
    r->at += there;
    return there;
}

static bool at_digit(const struct reader *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static bool read_number(struct reader *r, int least, int most, int *ret)
{
    int number = 0;
    bool any = at_digit(r);
    for (; at_digit(r); r->at++) {
        number = number * 10 + (*r->at - '0');
        if (number > most) {
            return false;
        }
    }
    *ret = number;
    return any && number >= least;
}

/* An abbreviation: three letters or more, or anything between < and >. It is not kept. */
static bool skip_name(struct reader *r)
{
    const uint8_t *from = r->at;
    if (accept(r, '<')) {
        while (r->at < r->end && *r->at != '>') {
            r->at++;
        }
        return accept(r, '>');
    }
    while (r->at < r->end && ((*r->at | 32) >= 'a' && (*r->at | 32) <= 'z')) {
        r->at++;
    }
    return r->at - from >= 3;
}

/* "[+-]hh[:mm[:ss]]" in seconds. */
static bool read_clock(struct reader *r, int most_hours, int32_t *ret)
{
    int hour, minute = 0, second = 0;
    bool minus = accept(r, '-');
    if (!minus) {
        accept(r, '+');
    }
    if (!read_number(r, 0, most_hours, &hour) || (accept(r, ':') && !read_number(r, 0, 59, &minute)) ||
        (accept(r, ':') && !read_number(r, 0, 59, &second))) {
        return false;
    }
    int32_t seconds = hour * 3600 + minute * 60 + second;
    *ret = minus ? -seconds : seconds;
    return true;
}

/* ",M3.2.0/2" */
static bool read_edge(struct reader *r, struct edge *ret)
{
    *ret = (struct edge){ .kind = '0', .time = 7200 };
    if (!accept(r, ',')) {
        return false;
    }
    bool fine;
    if (accept(r, 'M')) {
        ret->kind = 'M';
        fine = read_number(r, 1, 12, &ret->month) && accept(r, '.') && read_number(r, 1, 5, &ret->week) &&
               accept(r, '.') && read_number(r, 0, 6, &ret->day);
    } else if (accept(r, 'J')) {
        ret->kind = 'J';
        fine = read_number(r, 1, 365, &ret->day);
    } else {
        fine = read_number(r, 0, 365, &ret->day);
    }
    return fine && (!accept(r, '/') || read_clock(r, 167, &ret->time));
}

/* The line at the end. It counts west of Greenwich as positive. An empty line is no rule. */
static bool read_rule(struct reader *r, struct rule *ret)
{
    *ret = (struct rule){ .given = false };
    if (!accept(r, '\n')) {
        return false;
    }
    if (accept(r, '\n')) {
        return true;
    }
    ret->given = true;
    if (!skip_name(r) || !read_clock(r, 24, &ret->standard)) {
        return false;
    }
    ret->standard = -ret->standard;
    if (accept(r, '\n')) {
        return true;
    }
    ret->daylight = true;
    ret->summer = ret->standard + 3600;
    if (!skip_name(r)) {
        return false;
    }
    if (r->at < r->end && *r->at != ',') {
        if (!read_clock(r, 24, &ret->summer)) {
            return false;
        }
        ret->summer = -ret->summer;
    }
    return read_edge(r, &ret->start) && read_edge(r, &ret->end) && accept(r, '\n');
}

static int64_t edge_day(const struct edge *e, int64_t year)
{
    int64_t first = cal__days(year, 1, 1);
    if (e->kind == 'J') {
        return first + e->day - 1 + (cal__leap(year) && e->day >= 60);
    }
    if (e->kind == '0') {
        return first + e->day;
    }
    first = cal__days(year, e->month, 1);
    int length = cal_days_in_month((int32_t)year, e->month);
    int weekday = (int)cal__floor_mod(first + 4, 7); /* 0 is Sunday */
    int day = (e->day - weekday + 7) % 7 + (e->week - 1) * 7;
    return first + (day < length ? day : day - 7);
}

/* Both changes of each year in [from, to], in the order of time. Of two at one moment the later in this list holds:
 * that of the later year, so that a summer time can fill its year to the end, and in one year the start. Returns how
 * many. */
static size_t list_events(const struct rule *rule, int64_t from, int64_t to, struct event *ret)
{
    size_t count = 0;
    for (int64_t year = from; year <= to; year++) {
        struct event pair[2] = {
            { edge_day(&rule->end, year) * CAL__DAY + rule->end.time - rule->summer, rule->standard },
            { edge_day(&rule->start, year) * CAL__DAY + rule->start.time - rule->standard, rule->summer },
        };
        for (size_t i = 0; i < 2; i++) {
            size_t at = count++;
            for (; at > 0 && ret[at - 1].at > pair[i].at; at--) {
                ret[at] = ret[at - 1];
            }
            ret[at] = pair[i];
        }
    }
    return count;
}

/* ---- The row ---- */

/* The years before the last change that are looked at to see which offset holds there, and the years after it until
 * the rule alone counts. A change may lie a week outside its year. */
enum { YEARS_BEFORE = 2, YEARS_AFTER = 2, CYCLE_YEARS = 400 };
enum { EVENTS_MAX = 2 * (YEARS_BEFORE + YEARS_AFTER + CYCLE_YEARS + 1) };

/* Arrays being filled; they have room for all changes of the file and EVENTS_MAX more. */
struct row {
    size_t count;
    int64_t *utc;
    int32_t *offset;
};

/* At one moment the last word counts, and what changes nothing is left out. */
static void add_change(struct row *row, int64_t at, int32_t offset)
{
    if (row->count > 0 && row->utc[row->count - 1] == at) {
        row->count--;
    }
    if (row->offset[row->count] != offset) {
        row->utc[row->count++] = at;
        row->offset[row->count] = offset;
    }
}

/* Within the RFC's bounds for an offset, in seconds. */
static bool read_offset(const struct block *b, size_t type, int32_t *ret)
{
    int64_t offset = type < b->types ? read_int(b->info + 6 * type, 4) : INT64_MIN;
    if (offset <= -25 * 3600 || offset >= 26 * 3600) {
        return false;
    }
    *ret = (int32_t)offset;
    return true;
}

/* Before the first change type 0 holds. */
static bool list_changes(const struct block *b, struct row *row)
{
    if (!read_offset(b, 0, &row->offset[0])) {
        return false;
    }
    int64_t last = -(INT64_C(1) << 59) - 1;
    for (size_t i = 0; i < b->changes; i++) {
        int64_t at = read_int(b->time + i * b->time_size, b->time_size);
        int32_t offset;
        if (at <= last || at > INT64_C(1) << 59 || !read_offset(b, b->type[i], &offset)) {
            return false;
        }
        add_change(row, at, offset);
        last = at;
    }
    return true;
}

/* Step 3, after the last change at `last`. Without any change in the file the rule holds at all times, and the
 * table begins at an arbitrary year. False when the rule contradicts the last change. */
static bool add_events(const struct rule *rule, bool any, int64_t last, struct row *row, struct cal__zone *ret,
                       struct arena *scratch)
{
    cal_date date = { .year = 1970 };
    if (any && (!cal_date_from_days(cal__floor_div(last, CAL__DAY), &date) || date.year > CAL__RULE_YEAR ||
                date.year < -CAL__RULE_YEAR)) {
        return false;
    }
    int64_t first_year = date.year + YEARS_AFTER;
    struct event *events = ARENA_ARRAY(scratch, struct event, EVENTS_MAX);
    size_t count = list_events(rule, date.year - YEARS_BEFORE, first_year + CYCLE_YEARS, events);
    int32_t before = rule->standard;
    size_t i = 0;
    for (; any && i < count && events[i].at <= last; i++) {
        before = events[i].offset;
    }
    if (any && before != row->offset[row->count]) {
        return false;
    }
    for (; i < count; i++) {
        add_change(row, events[i].at, events[i].offset);
    }
    ret->high = cal__days(first_year + CYCLE_YEARS, 1, 1) * CAL__DAY - 1;
    ret->low = any ? INT64_MIN : ret->high + 1 - CAL__CYCLE;
    return true;
}

/* On the wall a change has surely happened when both the old and the new offset say so: in an overlap the earlier
 * offset is meant, in a gap the one before it. The order is kept even where two changes crowd each other. */
static void list_walls(const struct row *row, int64_t *wall)
{
    for (size_t i = 0; i < row->count; i++) {
        int32_t before = row->offset[i], after = row->offset[i + 1];
        wall[i] = row->utc[i] + (before > after ? before : after);
        if (i > 0 && wall[i] < wall[i - 1]) {
            wall[i] = wall[i - 1];
        }
    }
}

/* Steps 2 to 4. */
static bool build(const struct block *b, const struct rule *rule, struct arena *a, struct cal__zone *ret)
{
    struct cal__zone zone = { .low = INT64_MIN, .high = INT64_MAX };
    struct arena scratch = ARENA_INIT;
    size_t room = b->changes + (rule->daylight ? EVENTS_MAX : 0);
    struct row row = { 0, ARENA_ARRAY(&scratch, int64_t, room + 1), ARENA_ARRAY(&scratch, int32_t, room + 1) };
    bool any = b->changes > 0;
    bool fine = list_changes(b, &row);
    if (fine && rule->daylight) {
        int64_t last = any ? read_int(b->time + (b->changes - 1) * b->time_size, b->time_size) : 0;
        fine = add_events(rule, any, last, &row, &zone, &scratch);
    } else if (fine && rule->given) {
        fine = row.offset[row.count] == rule->standard;
    }
    if (fine) {
        size_t size = row.count + 1;
        int64_t *utc = ARENA_ARRAY(a, int64_t, size), *wall = ARENA_ARRAY(a, int64_t, size);
        int32_t *offset = ARENA_ARRAY(a, int32_t, size);
        memcpy(utc, row.utc, row.count * sizeof *utc);
        memcpy(offset, row.offset, size * sizeof *offset);
        list_walls(&row, wall);
        zone.count = row.count;
        zone.utc = utc;
        zone.wall = wall;
        zone.offset = offset;
        *ret = zone;
    }
    arena_release(&scratch);
    return fine;
}

bool cal__zone_parse(str bytes, struct arena *a, struct cal__zone *ret)
{
    if (bytes.len == 0) {
        return false;
    }
    struct reader r = { (const uint8_t *)bytes.ptr, (const uint8_t *)bytes.ptr + bytes.len };
    struct header h;
    struct block b;
    struct rule rule = { .given = false };
    if (!read_header(&r, &h) || !read_block(&r, &h, 4, &b)) {
        return false;
    }
    if (h.version != 0 && (!read_header(&r, &h) || !read_block(&r, &h, 8, &b) || !read_rule(&r, &rule))) {
        return false;
    }
    /* With leap seconds times would not be POSIX's, of which every day has 86,400. */
    return h.leaps == 0 && build(&b, &rule, a, ret);
}

/* ---- Lookup ---- */

/* The time in [low, high] that lies whole cycles before or after. */
static int64_t repeat(const struct cal__zone *zone, int64_t time)
{
    int64_t end = zone->high + 1;
    int64_t into = cal__floor_mod(time, CAL__CYCLE) - cal__floor_mod(end, CAL__CYCLE);
    return end - CAL__CYCLE + (into < 0 ? into + CAL__CYCLE : into);
}

int32_t cal__zone_lookup(const struct cal__zone *zone, const int64_t *changes, int64_t time)
{
    if (time > zone->high || time < zone->low) {
        time = repeat(zone, time);
    }
    /* `from` changes have happened for certain; among the next `left` the first that has not is looked for. */
    size_t from = 0, left = zone->count;
    while (left > 0) {
        size_t half = (left + 1) / 2;
        from += changes[from + half - 1] <= time ? half : 0;
        left -= half;
    }
    return zone->offset[from];
}
