/* work: opening, closing, and the small things that the other files share. */
#include "work/work_int.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

const char *work_act_name(enum work_act act)
{
    static const char *const names[WORK_ACTS] = {
#define ACT(name, word, verb, kind, sentence) word,
#include "work/act.def"
#undef ACT
    };
    return names[act];
}

const char *work_outcome_name(enum work_outcome outcome)
{
    static const char *const names[WORK_OUTCOMES] = { "ok", "missing", "refused", "forbidden", "busy", "read-only",
                                                      "lost" };
    return names[outcome];
}

/* ---- Life ---- */

static uint64_t random_word(void)
{
    uint64_t word;
    if (getrandom(&word, sizeof word, 0) != sizeof word) {
        abort();
    }
    return word;
}

static void free_work(struct work *w)
{
    struct arena arena = w->arena;
    arena_release(&arena);
}

enum error_code work_open(const struct work_config *config, struct work **ret, struct error *err)
{
    pthread_condattr_t monotonic;
    struct arena arena = ARENA_INIT;
    struct work *w = ARENA_NEW(&arena, struct work);
    w->arena = arena;
    w->config = *config;
    w->store = config->store;
    w->record = config->record;
    w->next_due = INT64_MAX;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    w->planner_count = config->planners > 0 ? config->planners : (uint32_t)(processors > 0 ? processors : 1) + 1;
    snprintf(w->holder, sizeof w->holder, "%016llx", (unsigned long long)random_word());
    if (!cal_zone_find(STR("Asia/Shanghai"), &w->zone)) {
        free_work(w);
        return error_set(err, ERROR_MISSING, "the time zone Asia/Shanghai is not there: install the package tzdata");
    }
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->ready, NULL);
    pthread_mutex_init(&w->clock_lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->clock_ready, &monotonic);
    pthread_condattr_destroy(&monotonic);
    work__register_own(w);
    work__planners_start(w);
    if (config->background) {
        work__background_start(w);
    }
    *ret = w;
    return OK;
}

void work_close(struct work *w)
{
    work__background_stop(w);
    work__planners_stop(w);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->ready);
    pthread_mutex_destroy(&w->clock_lock);
    pthread_cond_destroy(&w->clock_ready);
    free_work(w);
}

void work_register(struct work *w, const char *type, work_act_function *f, void *context)
{
    if (w->act_count == WORK__ACTS) {
        abort();
    }
    w->acts[w->act_count++] = (struct work__act_row){ type, f, context, NULL };
}

int64_t work_id(const struct work_job *job, struct error *err)
{
    return store_id(job->work->store, err);
}

/* ---- Time ---- */

int64_t work__now(const struct work *w)
{
    return w->config.now != NULL ? w->config.now(w->config.now_context) : clock_now_micros();
}

int64_t work_now(const struct work *w)
{
    return work__now(w);
}

struct record *work_record(const struct work *w)
{
    return w->record;
}

struct feel_eval *work_evaluator(struct work *w, struct store_view *v, bool counts_days)
{
    struct feel_environment env;
    work__environment(w, work__now(w), &env);
    env.calendar = counts_days ? work__calendar(w, v) : NULL;
    return feel_eval_new(&env);
}

void work__environment(const struct work *w, int64_t now, struct feel_environment *ret)
{
    int64_t seconds = now / 1000000, rest = now % 1000000;
    *ret = (struct feel_environment){ .instant = seconds - (rest < 0), .zone = w->zone, .seed = random_word(),
                                      .nano = (uint32_t)(rest < 0 ? rest + 1000000 : rest) * 1000 };
}

void work__key(feel_value key, struct buf *out)
{
    feel_record_write(key.kind == FEEL_NUMBER ? feel_number(dec_normal(key.number)) : key, out);
}

int64_t work__micros(int64_t seconds, uint32_t nano)
{
    const int64_t most = INT64_MAX / 1000000 - 1;
    return seconds > most ? INT64_MAX : seconds < -most ? INT64_MIN : seconds * 1000000 + (nano + 999) / 1000;
}

/* ---- Small things ---- */

void work_write_instant(struct json_writer *w, const char *name, int64_t micros)
{
    cal_datetime t;
    struct buf b = BUF_INIT(64);
    cal_zone zone;
    if (micros > 0 && cal_zone_find(STR("Asia/Shanghai"), &zone) &&
        cal_datetime_from_utc(micros / 1000000, 0, (cal_zone)cal_zone_offset_at(zone, micros / 1000000), &t)) {
        cal_print_datetime(t, &b);
    }
    json_text_member(w, name, buf_str(&b));
    buf_release(&b);
}

void work_job_queue(str type, char *ret)
{
    snprintf(ret, WORK_QUEUE_NAME, "job:%.*s", STR_ARG(type));
}
