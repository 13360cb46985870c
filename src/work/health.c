/* health: what waits, what is held up, and whether those who should look are looking: for whoever runs the machine. */
#include "work/work_int.h"

#include "base/clock.h"

#define MINUTE INT64_C(60000000)

void work__turn(struct work *w, enum work_turn turn)
{
    atomic_store(&w->turned[turn], clock_now_micros());
}

void work_turns(struct work *w, int64_t ret[WORK_TURNS])
{
    for (int i = 0; i < WORK_TURNS; i++) {
        ret[i] = atomic_load(&w->turned[i]);
    }
}

uint32_t work_queues(struct store_view *view, struct arena *a, int64_t now, uint32_t max,
                     const struct work_queue **ret)
{
    struct work_queue *rows = ARENA_ARRAY(a, struct work_queue, max);
    uint32_t count = 0;
    struct store_value args[] = { store_int(now - MINUTE) };
    struct store_rows *r = store_query(view,
                                       "SELECT name, count(*), COALESCE(sum(CASE WHEN ready <= ? THEN 1 ELSE 0 END), "
                                       "0), min(ready), max(tries) FROM queue GROUP BY name ORDER BY name", args, 1);
    while (count < max && store_next(r)) {
        rows[count++] = (struct work_queue){ arena_str(a, store_column_text(r, 0)), store_column_int(r, 1),
                                             store_column_int(r, 2), store_column_int(r, 3), store_column_int(r, 4) };
    }
    store_rows_end(r);
    *ret = rows;
    return count;
}

uint32_t work_incidents(struct store_view *view, struct arena *a, uint32_t max, const struct work_incident **ret)
{
    struct work_incident *rows = ARENA_ARRAY(a, struct work_incident, max);
    uint32_t count = 0;
    struct store_rows *r = store_query(view,
                                       "SELECT i.dossier, i.item, i.opened, d.scheme, d.process, i.element, i.kind "
                                       "FROM incident i JOIN dossier d ON d.id = i.dossier ORDER BY i.dossier, "
                                       "i.number", NULL, 0);
    while (count < max && store_next(r)) {
        rows[count++] = (struct work_incident){ store_column_int(r, 0), store_column_int(r, 1), store_column_int(r, 2),
                                                arena_str(a, store_column_text(r, 3)),
                                                arena_str(a, store_column_text(r, 4)),
                                                arena_str(a, store_column_text(r, 5)),
                                                arena_str(a, store_column_text(r, 6)) };
    }
    store_rows_end(r);
    *ret = rows;
    return count;
}

int64_t work_timers_late(struct store_view *view, int64_t now, int64_t *ret_since)
{
    struct store_value args[] = { store_int(now - MINUTE) };
    struct store_rows *r = store_query(view, "SELECT count(*), COALESCE(min(due), 0) FROM timer WHERE due <= ?", args,
                                       1);
    bool some = store_next(r);
    int64_t count = some ? store_column_int(r, 0) : 0;
    *ret_since = some ? store_column_int(r, 1) : 0;
    store_rows_end(r);
    return count;
}
