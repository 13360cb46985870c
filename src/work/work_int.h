/* work_int: what the files of work share. Read in the order engine.c (lanes and planners), plan.c (one request),
 * step.c (the engine's step and what follows at once), rows.c (state to rows). */
#ifndef GONGSHI_WORK_WORK_INT_H
#define GONGSHI_WORK_WORK_INT_H

#include "text/json.h"
#include "text/json_write.h"
#include "work/work.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    WORK__LANES = 1024,     /* buckets of the table of lanes */
    WORK__ACTS = 16,        /* types of office acts */
    WORK__CARRIERS = 8,
    WORK__CODE = 12,        /* letters of a follow code */
};

/* ---- Requests on their way (engine.c) ---- */

struct work__job {
    struct work__job *next;         /* in a lane, before the planners, in the pool */
    struct work *work;
    struct work_request rq;         /* its texts are in `arena` */
    char digest[STORE_HASH + 1];    /* of the request as it was asked; made when it has a key */
    struct arena arena;
    struct arena plan;              /* the change and all that must live until it is committed */
    bool kept;                      /* in the pool: its arenas have memory */
    enum lang lang;
    work_done *done;
    void *context;
    struct work_answer answer;
    struct store_change *change;
    uint32_t tries;
    bool routed;                    /* a message: the plan has found whom it is for */
    int64_t lane;                   /* the dossier whose lane it holds, or 0 */
    int64_t wakes;                  /* the earliest timer that its change sets, or INT64_MAX */
    bool delivers;                  /* its change has deliveries */
};

struct work__lane {
    struct work__lane *next;        /* of the bucket, or of the pool */
    int64_t dossier;
    struct work__job *first, **last; /* that wait for the one that holds it */
};

struct work__act_row {
    const char *type;
    work_act_function *f;
    void *context;
};

struct work__carrier {
    struct work *work;
    char queue[WORK_QUEUE_NAME];
    work_carry_function *f;
    void *context;
    pthread_t thread;
};

struct work {
    struct arena arena;             /* this, the threads, jobs and lanes; under `lock` once they run */
    struct work_config config;
    struct store *store;
    struct record *record;
    cal_zone zone;
    char holder[40];                /* of leases and queues: this process */
    struct work__act_row acts[WORK__ACTS];
    uint32_t act_count;

    pthread_mutex_t lock;           /* over the lanes, the ready requests and the pools */
    pthread_cond_t ready;
    struct work__job *first, **last; /* before the planners */
    struct work__lane *lanes[WORK__LANES];
    struct work__job *job_pool;
    struct work__lane *lane_pool;
    uint32_t pooled;                /* jobs of the pool that are kept with their memory */
    uint32_t waiting;
    bool stopping;
    pthread_t *planners;
    uint32_t planner_count;

    pthread_mutex_t clock_lock;     /* background.c */
    pthread_cond_t clock_ready;
    int64_t next_due;               /* the earliest timer known */
    bool timer_told, delivery_told; /* something new since the thread last looked */
    bool closing;
    pthread_t timers, deliverer, sequencer;
    struct work__carrier carriers[WORK__CARRIERS];
    uint32_t carrier_count;

    atomic_ullong figure_done, figure_planned, figure_stale, figure_timers, figure_deliveries;
    atomic_ullong figure_over;      /* timers more than LATE after their time */
    atomic_llong figure_late;
};

int64_t work__now(const struct work *w);

void work__planners_start(struct work *w);
void work__planners_stop(struct work *w);

/* Tells the background of a timer or a delivery that has been committed. */
void work__wake(struct work *w, int64_t due, bool delivery);

/* ---- One request (plan.c) ---- */

enum work__planned {
    WORK__READY,    /* the change is to be committed */
    WORK__ANSWERED, /* nothing is to be written: job->answer is complete */
    WORK__ROUTED,   /* it was found whom it is for: rq.dossier is set now */
};

/* A wait as it was before the step. */
struct work__wait {
    uint32_t id;
    enum bpmn_wait_kind kind;
    int64_t due;
    uint32_t due_nano;
    bool happened, found;
};

/* Work that a step opened. What can be done at once is done in its turn, rows are made of the rest at the end; both
 * only if the process still wants it. */
struct work__opened {
    struct work__opened *next;
    uint32_t id, item, element;
    const struct work__act_row *act; /* of a job that is an act of the office; or NULL */
    str name;                        /* job type, decision, called process */
    feel_value details, variables;
};

/* What a planner thread keeps between plans. */
struct work__plan {
    struct work *w;
    struct feel_eval *ev, *rules; /* of the engine, of decisions */
    struct bpmn_state state;
    struct arena scratch;         /* of this plan */
    struct arena turn;            /* of one act or decision of it */
    struct buf text, detail;      /* scratch of writers; the detail of the audit row */
    /* of the request at hand */
    struct work__job *job;
    const struct work_request *rq;
    struct error *err;            /* job->answer.error */
    struct store_view *view;      /* NULL: a fresh one could not be had */
    int64_t viewed;               /* when it was taken, monotonic nanoseconds */
    struct store_change *change;
    const struct scheme *scheme;
    struct work_dossier d;
    int64_t now;
    feel_value with;
    struct work__wait *before;    /* the open waits, by id */
    uint32_t before_count;
    uint32_t *incidents;          /* the open incidents */
    uint32_t incident_count;
    struct work__opened *opened;  /* in no order; `by_id` once all is opened */
    uint32_t opened_count;
    struct work__opened **by_id;
    struct work__opened *turns, **turns_end; /* acts and decisions, in their order */
    struct json_writer effects;   /* writes into `detail` */
    int64_t on_behalf;            /* of whom the actor acts, or 0 */
    bool ended;
};

void work__plan_init(struct work__plan *p, struct work *w);
void work__plan_release(struct work__plan *p);
enum work__planned work__plan(struct work__plan *p, struct work__job *job);

/* Views do not live long, and what is computed may take its time: what is read after it is read in a new view. Whoever
 * has changed the dossier meanwhile makes the unit stale, as always. ERROR_IO with p->err: none can be had. */
enum error_code work__fresh_view(struct work__plan *p);

/* The answer of a request that is refused: the outcome, with the words that are in p->err. */
enum work__planned work__refuse(struct work__plan *p, enum work_outcome outcome);

/* ---- The step (step.c) ---- */

/* Notes what the state waits for, for the comparison afterwards. */
void work__before(struct work__plan *p);

/* Makes the step of an event and of all that follows at once. */
enum error_code work__step(struct work__plan *p, const struct bpmn_event *event);

/* Does the state still have this wait? */
bool work__waits_for(const struct work__plan *p, uint32_t wait);

/* Evaluates a decision and records it (decide.c). The result is in p->turn or the evaluator of decisions. */
enum error_code work__decide(struct work__plan *p, const struct work__opened *o, feel_value *ret, struct error *err);

/* ERROR_LIMIT in `err` when what was to be stored did not fit into the buffer. */
enum error_code work__whole(const struct buf *b, struct error *err);

/* ---- Rows (rows.c) ---- */

/* Everything that the step has changed, the dossier itself first. */
enum error_code work__rows(struct work__plan *p);

/* The dossier's row alone, with its next version. */
void work__dossier_row(struct work__plan *p, bool state);

/* The row of the history. */
enum error_code work__audit(struct work__plan *p);

/* ---- Deliveries (deliver.c) ---- */

/* A call waits for its child by a row of its own wait: whoever ends the call takes the row away, or finds the child. */
void work__deliver_call(struct work__plan *p, const struct work__opened *o);
void work__deliver_cancel(struct work__plan *p, uint32_t wait);
void work__deliver_end(struct work__plan *p, const struct bpmn_effect *e);
void work__deliver_message(struct work__plan *p, const struct bpmn_effect *e);
void work__deliver_signal(struct work__plan *p, const struct bpmn_effect *e);
void work__deliver_escalation(struct work__plan *p, const struct bpmn_effect *e);

/* A row of the queue, ready at once. Returns false with p->err when there is no id. */
bool work__enqueue(struct work__plan *p, str queue, int64_t dossier, uint32_t wait, str body);

/* ---- Timer start events (schedule.c) ---- */

/* The row for the next time of a timer start event after `now`, when it has fired `count` times; none when it is over.
 */
enum error_code work__schedule(struct work *w, struct store_change *c, struct feel_eval *ev,
                               const struct scheme *b, const struct bpmn_model *m, uint32_t process,
                               uint32_t element, int64_t now, uint32_t count, struct error *err);

/* The rows of a bundle that is being deployed, instead of those of the one before. */
enum error_code work__schedule_bundle(struct work *w, struct store_view *v, struct store_change *c,
                                      const struct scheme *b, int64_t now, struct error *err);

/* ---- Tasks (task.c) ---- */

/* Claim, release, assign, forward: acts that change a task and not the process. */
enum work__planned work__task_act(struct work__plan *p);

struct work__task {
    str element, name, form, role, status, detail;
    int64_t office, assignee, opened, due;
};

/* Texts in p->scratch; false: there is none. */
bool work__read_task(struct work__plan *p, int64_t dossier, uint32_t wait, struct work__task *ret);
struct store_value *work__task_keep(struct work__plan *p, int64_t dossier, uint32_t wait);
void work__new_task(struct work__plan *p, const struct work__opened *o);

/* ---- Right (right.c) ---- */

/* True when the actor may; otherwise p->err says why. `task` may be NULL. */
bool work__may(struct work__plan *p, const struct work__task *task);

/* ---- Background (background.c) ---- */

void work__background_start(struct work *w);
void work__background_stop(struct work *w);

/* Forgets keys that are older than WORK_KEY_DAYS, some hundred at a time. */
void work__forget_requests(struct work *w);

/* ---- Small things (work.c) ---- */

void work__environment(const struct work *w, int64_t now, struct feel_environment *ret);

/* The text of a correlation key: the same for equal keys, as for 7 and 7.0. */
void work__key(feel_value key, struct buf *out);

/* Microseconds of an instant, rounded up; what is beyond int64 is its end. */
int64_t work__micros(int64_t seconds, uint32_t nano);

#endif
