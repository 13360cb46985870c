/* A time zone file of any bytes: it is refused, or its row is in order, and every lookup agrees with a search from
 * the beginning. */
#include "fuzz.h"

#include "cal/cal_int.h"

static void check_row(const struct cal__zone *zone)
{
    for (size_t i = 0; i < zone->count; i++) {
        assert(i == 0 || (zone->utc[i - 1] < zone->utc[i] && zone->wall[i - 1] <= zone->wall[i]));
        assert(zone->offset[i] != zone->offset[i + 1]);
    }
    for (size_t i = 0; i <= zone->count; i++) {
        assert(zone->offset[i] > -26 * 3600 && zone->offset[i] < 27 * 3600);
    }
    assert(zone->low == INT64_MIN || zone->high - zone->low == CAL__CYCLE - 1);
}

static int32_t slow_lookup(const struct cal__zone *zone, const int64_t *changes, int64_t time)
{
    size_t n = 0;
    while (n < zone->count && changes[n] <= time) {
        n++;
    }
    return zone->offset[n];
}

static void check_lookup(const struct cal__zone *zone, const int64_t *changes, int64_t time)
{
    int32_t got = cal__zone_lookup(zone, changes, time);
    if (time >= zone->low && time <= zone->high) {
        assert(got == slow_lookup(zone, changes, time));
    } else if (time <= INT64_MAX - CAL__CYCLE && time >= zone->high - CAL__CYCLE) {
        assert(got == cal__zone_lookup(zone, changes, time + CAL__CYCLE));
    }
}

static void check_around(const struct cal__zone *zone, int64_t time)
{
    for (int64_t t = time - 2; t <= time + 2; t++) {
        check_lookup(zone, zone->utc, t);
        check_lookup(zone, zone->wall, t);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    struct cal__zone zone;
    if (cal__zone_parse((str){ (const char *)data, size }, &a, &zone)) {
        check_row(&zone);
        check_lookup(&zone, zone.utc, INT64_MIN);
        check_lookup(&zone, zone.wall, INT64_MIN);
        check_lookup(&zone, zone.utc, INT64_MAX);
        check_lookup(&zone, zone.wall, INT64_MAX);
        check_around(&zone, 0);
        /* A few of them: the slow search makes all of them too slow. */
        for (size_t i = 0; i < zone.count; i += 1 + zone.count / 16) {
            check_around(&zone, zone.utc[i]);
            check_around(&zone, zone.wall[i]);
        }
        if (zone.high != INT64_MAX) {
            check_around(&zone, zone.high);
            check_around(&zone, zone.high + 3 * CAL__CYCLE);
            check_around(&zone, zone.low == INT64_MIN ? zone.utc[0] : zone.low);
        }
    }
    arena_release(&a);
    return 0;
}
