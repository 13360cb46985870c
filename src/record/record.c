/* record: opening and closing, plans of their own. */
#include "record/record_int.h"

enum error_code record_open(const struct record_config *config, struct record **ret, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct record *r = ARENA_NEW(&arena, struct record);
    (void)err;
    *r = (struct record){ .arena = arena, .store = config->store, .people = config->people };
    if (!cal_zone_find(STR("Asia/Shanghai"), &r->zone)) {
        r->zone = 8 * 3600;
    }
    pthread_mutex_init(&r->scheme_lock, NULL);
    pthread_mutex_init(&r->calendar_lock, NULL);
    *ret = r;
    return OK;
}

void record_close(struct record *r)
{
    if (r != NULL) {
        record__schemes_release(r);
        pthread_mutex_destroy(&r->scheme_lock);
        record__calendars_release(r);
        pthread_mutex_destroy(&r->calendar_lock);
        struct arena arena = r->arena;
        arena_release(&arena);
    }
}

/* ---- Plans ---- */

enum error_code record_begin(struct record *r, struct arena *a, int64_t actor, int64_t now, struct record_plan *ret,
                             struct error *err)
{
    struct record_plan plan = { .record = r, .arena = a, .actor = actor, .by = SCHEME_BY_OFFICER, .now = now };
    enum error_code code = store_view(r->store, &plan.view, err);
    if (code == OK) {
        struct feel_environment env = { .instant = now / 1000000, .nano = (uint32_t)(now % 1000000) * 1000,
                                        .zone = r->zone };
        plan.change = store_change(a);
        plan.readings = record_readings(a);
        plan.ev = feel_eval_new(&env);
        *ret = plan;
    }
    return code;
}

/* A key that is there already was put there after the view: plans look first. */
bool record__is_stale(const struct store_result *result)
{
    return result->outcome == STORE_STALE || result->outcome == STORE_EXISTS;
}

enum error_code record__result(const struct store_result *result, struct error *err)
{
    if (result->outcome == STORE_DONE) {
        return OK;
    }
    if (record__is_stale(result)) {
        error_set(err, ERROR_INVALID, "somebody else changed the same thing at this moment");
        error_hint(err, "look at it again and repeat");
        return ERROR_INVALID;
    }
    error_set(err, ERROR_IO, "could not save the change");
    error_detail(err, "%s: %s", store_outcome_name(result->outcome), result->error.message);
    return ERROR_IO;
}

static enum error_code commit(struct record_plan *plan, enum store_lane lane, bool *ret_stale, struct error *err)
{
    struct store_result result = store_commit(plan->record->store, plan->change, lane);
    *ret_stale = record__is_stale(&result);
    return record__result(&result, err);
}

enum error_code record__finish(struct record_plan *plan, enum error_code planned, enum store_lane lane,
                               bool *ret_stale, struct error *err)
{
    bool stale = false;
    if (planned == OK) {
        planned = store_view_error(plan->view, err);
    }
    store_view_end(plan->view);
    feel_eval_free(plan->ev);
    plan->view = NULL;
    plan->ev = NULL;
    if (planned == OK && store_change_rows(plan->change) > 0) {
        planned = commit(plan, lane, &stale, err);
    }
    if (ret_stale != NULL) {
        *ret_stale = stale;
    }
    return planned;
}

enum error_code record_finish(struct record_plan *plan, enum error_code planned, bool *ret_stale, struct error *err)
{
    return record__finish(plan, planned, STORE_INTERACTIVE, ret_stale, err);
}
