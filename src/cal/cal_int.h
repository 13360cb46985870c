/* cal_int: what the files of cal share.
 *
 * Time is counted in seconds from 1970-01-01T00:00:00: on UTC (`utc`) or on
 * the clock at the wall (`wall`). A zone's row is a table of the moments at
 * which its offset from UTC changes:
 *
 *      offset[0]        offset[1]       offset[2]         offset[count]
 *   ─────────────┬────────────────┬──────────── … ──────┬──────────────►
 *              utc[0]           utc[1]             utc[count - 1]
 *
 * A zone whose clocks change every year has a rule in place of an end. The
 * Gregorian calendar repeats itself every 400 years to the weekday, so the
 * rule is written out for that long and later times are moved back into the
 * table (`low`, `high`). A lookup is therefore always one binary search.
 */
#ifndef GONGSHI_CAL_CAL_INT_H
#define GONGSHI_CAL_CAL_INT_H

#include "base/arena.h"
#include "cal/cal.h"

#include <assert.h>

enum { CAL__NANOS = 1000000000, CAL__DAY = 86400, CAL__CYCLE_DAYS = 146097 };

/* 400 years in seconds. */
#define CAL__CYCLE ((int64_t)CAL__CYCLE_DAYS * CAL__DAY)

static inline int64_t cal__floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* 0 <= result < b; b > 0. */
static inline int64_t cal__floor_mod(int64_t a, int64_t b)
{
    int64_t rest = a % b;
    return rest < 0 ? rest + b : rest;
}

static inline bool cal__leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days since 1970-01-01; for any year a little outside the public range too. */
int64_t cal__days(int64_t year, int month, int day);

/* Years of |year| <= CAL__RULE_YEAR may be the last that a zone file lists. */
enum { CAL__RULE_YEAR = 9999 };

struct cal__zone {
    str name;
    size_t count;
    const int64_t *utc;    /* the changes, ascending, as instants */
    const int64_t *wall;   /* as readings of the wall clock, ascending: when the new offset is surely the one meant */
    const int32_t *offset; /* count + 1 offsets in seconds; neighbours differ */
    int64_t low, high;     /* times outside [low, high] stand for the one in it that is whole cycles away */
};

/* Reads a TZif file (RFC 9636, versions 1 to 4). The row lives in the arena; its name is empty. False when the
 * bytes are not such a file, or one that counts leap seconds. */
bool cal__zone_parse(str bytes, struct arena *a, struct cal__zone *ret);

/* Offset at a time; `changes` is zone->utc for an instant, zone->wall for a reading of the wall clock. */
int32_t cal__zone_lookup(const struct cal__zone *zone, const int64_t *changes, int64_t time);

/* For tests: zones are looked for in this folder from now on, and the version of the data is read anew. Rows
 * that were read stay. NULL is the system's folder. The text must live on. Not while other threads use zones. */
void cal__zone_folder(const char *folder);

/* The offset of a zone where it is the same at all times. */
bool cal__zone_fixed(cal_zone zone, int32_t *ret);

#endif
