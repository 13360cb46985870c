/* work_int: what the files of work share. Read in the order engine.c (lanes and planners), plan.c (one request),
 * step.c (the engine's step and what follows at once), rows.c (state to rows). */
#ifndef GONGSHI_WORK_WORK_INT_H
#define GONGSHI_WORK_WORK_INT_H

#include "scheme/clock.h"
#include "text/json.h"
#include "text/json_write.h"
#include "scheme/fact.h"
#include "form/form.h"
#include "work/work.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    WORK__LANES = 1024,     /* buckets of the table of lanes */
    WORK__ACTS = 16,        /* types of office acts */
    WORK__CARRIERS = 8,
    WORK__ASSESS_ACTS = 8,  /* kinds of acts about a whole assessment */
    WORK__CODE = 12,        /* letters of a follow code */
    WORK__SIDE = 1 << 30,   /* wait numbers of tasks beside the process begin above it */
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
    const struct work_trial *trial; /* it is only tried, or NULL */
};

struct work__lane {
    struct work__lane *next;        /* of the bucket, or of the pool */
    int64_t dossier;
    struct work__job *first, **last; /* that wait for the one that holds it */
};

struct work__plan;
struct work__act;

/* Like work_act_function, with the plan at hand; may make steps of its own. */
typedef enum error_code work__own_act(struct work__plan *p, const struct work__act *act, feel_value *ret,
                                      struct error *err);

struct work__act_row {
    const char *type;
    work_act_function *f;
    void *context;
    work__own_act *own;             /* of work itself, in place of `f` */
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
    struct work__act_row assess_acts[WORK__ASSESS_ACTS];
    uint32_t assess_act_count;
    work_paper_function *on_paper;
    work_notice_function *on_notice;
    void *on_paper_context;

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
    pthread_t timers, deliverer, sequencer, keeper;
    struct work__carrier carriers[WORK__CARRIERS];
    uint32_t carrier_count;

    atomic_ullong figure_done, figure_planned, figure_stale, figure_timers, figure_deliveries;
    atomic_ullong figure_over;      /* timers more than LATE after their time */
    atomic_llong figure_late;
    atomic_llong turned[WORK_TURNS]; /* when the threads of the background last began anew */
};

int64_t work__now(const struct work *w);

void work__planners_start(struct work *w);
void work__planners_stop(struct work *w);

/* A thread of the background begins anew. */
void work__turn(struct work *w, enum work_turn turn);

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

/* A clock of the dossier (clock.c). */
struct work__clock {
    const struct scheme_clock *said;
    struct scheme_clock_spec spec;
    struct scheme_clock_event *events;
    uint32_t event_count;
    struct scheme_clock_due due;
    str calendar;                 /* the version that `due` was derived with */
    int64_t before;               /* its due when the unit began, and its state */
    enum scheme_clock_state before_state;
    bool moved;                   /* derived anew in this unit */
    bool tell;                    /* its lateness is acted upon in this unit */
};

/* A message between offices (message.c). */
struct work__message {
    int64_t id, version, sender, receiver, about, target, dossier, answers;
    str name, bundle, payload, files, transport, paper, state;
    uint32_t wait; /* of one that is sent: the task that stands for the other office; 0: none */
};

/* A drawing by lot of this unit, for the history. */
struct work__drawing {
    struct work__drawing *next;
    feel_value proof;
};

/* What happened that clocks may wait for: "task check completed". */
struct work__news {
    struct work__news *next;
    str text;
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
    const struct scheme_process *procedure; /* what its manifest says of the process; or NULL */
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
    bool outside;                 /* the actor is an account: he acts for a party, or in what he began himself */
    struct work__clock *clocks;
    uint32_t clock_count;
    struct work__news *news, **news_end;
    struct work__message letter;  /* that is delivered */
    struct work__drawing *drawings;
    uint32_t asked;               /* the wait that is answered: rq->wait, or of a countersignature that of its task */
    feel_value questions;         /* what is marked to be corrected in this unit, as it was sent; or null */
    feel_value departed;          /* what is departed from in this unit: {decision, result, reason, note, persons} */
    int64_t confirmed;            /* the decision that the completed task confirms or departs from; 0: none */
    feel_value signed_by;         /* the logins of all who signed what is completed; or null */
    bool noting;                  /* effects are noted of which no step is made */
    uint32_t sides;               /* tasks beside the process that were opened */
    int64_t happened_at;          /* seconds: now, or when what is told of happened */
    bool ended;
    str end;                      /* the last end event of the process that was come to; or empty */
    bool sample;                  /* a decision of this unit has read a row in state 示例 */
    uint32_t turn_wait;           /* the wait of the act whose turn it is; 0: none … */
    bool turn_stays;              /* … and it stays open */
};

struct work__task;

void work__plan_init(struct work__plan *p, struct work *w);
void work__plan_release(struct work__plan *p);
enum work__planned work__plan(struct work__plan *p, struct work__job *job);

/* Only looks: who asks for the act `save` is asked for his right to it, and its task (or, of a dossier that is to
 * begin, its first variables) are found in a view of the caller's. READY, or ANSWERED with the reason. */
enum work__planned work__look_at_form(struct work__plan *p, struct work__job *job, struct store_view *v,
                                      feel_value *ret_variables, struct work__task *ret_task);

/* The dossier of a request as its plan would find it, for whoever only looks; of a start the one that would begin, with
 * its first variables in p->with. p->view, where it is not NULL, is ended by the caller. False: the answer of the job
 * says why. */
bool work__look(struct work__plan *p, struct work__job *job);

/* Views do not live long, and what is computed may take its time: what is read after it is read in a new view. Whoever
 * has changed the dossier meanwhile makes the unit stale, as always. ERROR_IO with p->err: none can be had. */
enum error_code work__fresh_view(struct work__plan *p);

/* The answer of a request that is refused: the outcome, with the words that are in p->err. */
enum work__planned work__refuse(struct work__plan *p, enum work_outcome outcome);
enum work__planned work__refuse_by_code(struct work__plan *p);

/* When what is told of happened: `at` of what was given, a day or an instant that is not to come. */
enum error_code work__read_at(struct work__plan *p);

/* The event that makes the clocks, as they are now, a variable again. */
struct bpmn_event work__clocks_event(struct work__plan *p);

/* Who completed the last task of a dossier, on whose behalf, and who gave its answers or signed them (right.c). */
uint32_t work__completers(struct store_view *v, struct arena *a, int64_t dossier, int64_t *ret, uint32_t most);

/* The persons of logins, a list or null. */
uint32_t work__persons(struct store_view *v, feel_value logins, int64_t *ret, uint32_t most);

/* ---- Papers (paper.c) ---- */

bool work__is_about_paper(enum work_act act);

/* Do the facts of a decision, in canonical form, name a row in state 示例? */
bool work__has_sample(str facts);
enum work__planned work__paper_act(struct work__plan *p);

/* ---- The step (step.c) ---- */

/* The job that acts of the office are given. In p->turn. */
struct work_job work__job_of(struct work__plan *p, str element, feel_value headers, feel_value local,
                             feel_value variables);

/* Notes what the state waits for, for the comparison afterwards. */
void work__before(struct work__plan *p);

/* Makes the step of an event and of all that follows at once. */
enum error_code work__step(struct work__plan *p, const struct bpmn_event *event);

/* One step of the engine, its effects noted. */
enum error_code work__step_once(struct work__plan *p, const struct bpmn_event *event);

/* Does the state still have this wait? */
bool work__waits_for(const struct work__plan *p, uint32_t wait);

/* Evaluates a decision and records it (decide.c). The result is in p->turn or the evaluator of decisions. */
enum error_code work__decide(struct work__plan *p, const struct work__opened *o, feel_value *ret, struct error *err);

/* ERROR_LIMIT in `err` when what was to be stored did not fit into the buffer. */
enum error_code work__whole(const struct buf *b, struct error *err);

/* ---- What is read (bind.c) ---- */

/* The code of an office; the day in China of an instant; the day whose rules hold. */
str work__office_code(struct store_view *v, struct arena *a, int64_t office);
cal_date work__day(const struct work__plan *p, int64_t at);
feel_value work__instant(const struct work__plan *p, int64_t at);
cal_date work__key_date(const struct work__plan *p, feel_value variables);

/* `this` of facts and rules, in p->turn. */
enum error_code work__self(struct work__plan *p, feel_value variables, feel_value *ret, struct error *err);

/* Notes the round that a dossier begins in: that of its variables or answers, else of the row of its window, else the
 * year of its key date. p->err. */
enum error_code work__note_round(struct work__plan *p, feel_value variables, feel_value window);

/* The variables, and over them what these names are bound to; or what the inputs of a decision are. `ret_used`: the
 * rows that it rests on. In p->turn. */
enum error_code work__names(struct work__plan *p, const str *names, uint32_t count, feel_value variables,
                            feel_value *ret, feel_value *ret_used, struct error *err);
enum error_code work__inputs(struct work__plan *p, const struct dmn_model *m, uint32_t node, feel_value variables,
                             feel_value *ret, feel_value *ret_used, struct error *err);

/* Evaluates a condition of the manifest over the variables and what it mentions. In p->turn. */
enum error_code work__evaluate(struct work__plan *p, str source, feel_value variables, feel_value *ret,
                               struct error *err);

/* ---- Forms (answer.c), beginning (begin.c) ---- */

/* Checks p->with by the form of the start or of a task and puts into its place what becomes of it; does nothing where
 * there is no form. p->err. */
enum error_code work__answer_start(struct work__plan *p, feel_value variables);
enum error_code work__answer_task(struct work__plan *p, const struct work__task *task);

/* A form with what it is for. */
struct work__sheet {
    const struct form *form; /* NULL: there is none */
    enum form_mode mode;
    bool draft, own;         /* own: the checks are those of the task, and read `answers`, not `declared` */
    str checks;              /* a decision, or empty */
    feel_value variables;    /* that the dossier has */
};

/* The form of a start with these variables (`task` NULL) or of a task; what its expressions read and what a correction
 * may change, with p->with as answers; and its checking, with the decision across the fields unless it is a draft. What
 * is found is in p->turn. */
void work__sheet_of(struct work__plan *p, const struct work__task *task, feel_value variables,
                    struct work__sheet *ret);
enum error_code work__sheet_request(struct work__plan *p, const struct work__sheet *s, struct form_request *ret);
enum error_code work__sheet_check(struct work__plan *p, const struct work__sheet *s, const struct form_request *rq,
                                  feel_value *ret, const struct form_problem **problems, uint32_t *count);

/* The variables with what is entered, as the decision across the fields reads them. */
feel_value work__asked(struct work__plan *p, const struct work__sheet *s, feel_value values);

/* A value with what is sealed in it in plain again; what was erased is null. */
enum error_code work__unsealed(struct work *w, struct store_view *view, struct arena *a, feel_value v,
                               feel_value *ret, struct error *err);

/* Adds the problems that a decision finds in the variables. In p->turn. */
enum error_code work__check_across(struct work__plan *p, const struct form *f, str decision, feel_value variables,
                                   const struct form_problem **problems, uint32_t *count);

/* What a decision of the scheme says over variables. In p->turn. */
enum error_code work__ask(struct work__plan *p, str decision, feel_value variables, feel_value *ret);

/* What a draft of p->with is kept as; `task` NULL: of a start with these variables. In p->turn. */
enum error_code work__answer_draft(struct work__plan *p, const struct work__task *task, feel_value variables,
                                   feel_value *ret);

/* The row of the window that is open, null where there is no window; or why it is not the time. */
enum error_code work__window(struct work__plan *p, feel_value variables, feel_value *ret_window);

/* Refuses a start that may not be: p->err. Otherwise the event's variables are what the process begins with. */
enum error_code work__begin(struct work__plan *p, struct bpmn_event *event);

/* Frees what a dossier held for itself, when it has ended without success. */
void work__once_end(struct work__plan *p);

/* What a dossier begins with (plan.c). */
feel_value work__first_variables(struct work__plan *p);

/* ---- Places that are given on (assess_call.c) ---- */

/* The dossier has come to an end event: where an assessment says so, the place that it holds is given on. */
enum error_code work__place_lost(struct work__plan *p, str end);

/* Gives it on: for the carrier of the queue PLACES. */
#define WORK__PLACES "place"
bool work__give_on(void *context, const struct store_item *item, struct error *err);

/* ---- Rows (rows.c) ---- */

/* Everything that the step has changed, the dossier itself first. */
enum error_code work__rows(struct work__plan *p);

/* The dossier's row alone, with its next version. */
void work__dossier_row(struct work__plan *p, bool state);

/* The row of the history. */
enum error_code work__audit(struct work__plan *p);

/* ---- Other versions (follow.c) ---- */

/* The act `follow`. */
enum work__planned work__follow(struct work__plan *p);

/* The dossier is where it should be, or has ended: nothing holds it back any more. */
void work__follow_end(struct work__plan *p);

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

/* A task that the step leaves open: what is said of it may have changed. */
void work__task_goes_on(struct work__plan *p, uint32_t wait, uint32_t element);

/* "clerk@street": the role and the code of the office, which is empty where it is the dossier's own; the office of a
 * code. */
void work__split_group(str group, str *ret_role, str *ret_office);
int64_t work__office_id(struct work__plan *p, str code);

/* The first of "clerk, leader@city". */
str work__first_group(str list);

/* The groups as rights are asked with: each office by its code, whatever the model calls it. In p->scratch. */
str work__coded_groups(struct work__plan *p, str groups);

/* The logins of a list of ids. */
feel_value work__logins(struct work__plan *p, feel_value persons);

/* What the manifest says of the task of an element, or NULL. */
const struct scheme_task *work__task_said(struct work__plan *p, str element);

/* What stands between an answer and the step that it makes, in this order: the guard, then the signatures. READY
 * with *ret_step false: the answers are kept and the process stays where it is. */
enum work__planned work__complete(struct work__plan *p, const struct work__task *task, bool *ret_step);

/* May the task be sent back to the element? *ret_named: the manifest says so; otherwise it is as the process has it. */
enum work__planned work__may_return(struct work__plan *p, const struct work__task *task, bool *ret_named);

/* ---- Drafts (draft.c) ---- */

/* Keeps the answers of the request's task, or of the start it prepares. p->err. */
enum error_code work__save_draft(struct work__plan *p, feel_value answers);
void work__end_drafts(struct work__plan *p, uint32_t wait);
void work__end_start_draft(struct work__plan *p);

/* ---- Questions (question.c) ---- */

/* Takes what is marked to be corrected out of the answers of a task, where the manifest says so; puts it into them as
 * the variable `open`, when the form has been checked: p->err; puts it into a draft as it is. */
void work__questions_take(struct work__plan *p, const struct work__task *task);
enum error_code work__questions_put(struct work__plan *p, const struct work__task *task);
feel_value work__questions_keep(struct work__plan *p, const struct work__task *task, feel_value answers);

/* ---- Departures (depart.c) ---- */

/* A context without one of its entries. In p->scratch. */
feel_value work__without(struct work__plan *p, feel_value v, str name);

/* Refuses the variable `departed` from outside: p->err. */
enum error_code work__departure_protect(struct work__plan *p);

/* Takes "departure" out of the answers and checks it; puts the variable `departed` into them, when the form has been
 * checked. p->err. */
enum error_code work__departure_take(struct work__plan *p, const struct work__task *task);
void work__departure_put(struct work__plan *p, const struct work__task *task);

/* Its row, once the step is made. */
void work__departure_row(struct work__plan *p);

/* The role that must agree to the departure of this unit; empty: none. */
str work__departure_second(const struct work__plan *p, const struct scheme_task *said);

/* The answers, in which a departure names all who signed it. */
feel_value work__departure_signed(struct work__plan *p, const struct work__task *task, feel_value answers);

/* ---- Acts of work itself (step.c has their table) ---- */

struct work__act {
    uint32_t wait, element;
    feel_value headers, local, visible;
};

work__own_act work__act_clock, work__act_send, work__act_start, work__act_draw;

/* A header, or the local variable of that name: text. */
str work__said(const struct work__act *act, const char *name);

/* A line in the effects of the audit row. */
void work__note(struct work__plan *p, str text);

void work__register_own(struct work *w);

/* ---- Clocks (clock.c) ---- */

/* Reads the clocks of the dossier that was loaded or is to begin. */
void work__clocks_begin(struct work__plan *p);
void work__clock_read(struct arena *a, feel_value v, struct work__clock *c);

/* The variable `clocks`, and the step that sets it. */
feel_value work__clocks_value(struct work__plan *p);
enum error_code work__set_clocks(struct work__plan *p, struct error *err);

/* Notes what happened; puts all of it to the clocks: *ret_moved, when one moved. */
void work__happened(struct work__plan *p, const char *before, str name, const char *behind);
enum error_code work__clocks_hear(struct work__plan *p, bool *ret_moved);

struct work__clock_order {
    str clock, action, reason, clause;
    feel_value with;              /* n and unit of an extension */
};

enum error_code work__clock_move(struct work__plan *p, const struct work__clock_order *o, struct error *err);

/* The act `clock`; *ret_idle: nothing moved, and only the rows of the cache are written anew. */
enum error_code work__clock_act(struct work__plan *p, bool *ret_idle);
void work__clock_refresh(struct work__plan *p);

/* What the manifest wants where clocks are late: clocks with `tell`. */
enum error_code work__clocks_late(struct work__plan *p);

/* Adds what a role of the dossier's office (empty: its party) is told: {NAME: text}. Dossier 0: of the office of that
 * code. */
void work__tell(struct work *w, struct store_view *v, struct store_change *c, int64_t dossier, str code, str role,
                const char *name, str text);

/* True and the due date (0: none yet) where tasks of the element have it of a clock. */
bool work__clock_due(const struct work__plan *p, uint32_t element, int64_t *ret);

void work__clock_rows(struct work__plan *p);
void work__clock_audit(struct work__plan *p, struct json_writer *w);

/* The calendar that clocks are computed with, and its version; empty for none. */
const struct cal_calendar *work__calendar(struct work *w, struct store_view *v);

/* Gives it to an evaluator where the scheme counts working days; what the evaluator had computed is gone. */
void work__take_calendar(struct work__plan *p, struct feel_eval *ev);

/* As it was known at an instant: what was frozen then is computed with it again. */
const struct cal_calendar *work__calendar_at(struct work *w, int64_t known_at);
str work__calendar_version(const struct cal_calendar *c);

/* ---- Messages (message.c) ---- */

bool work__read_message(struct work__plan *p, int64_t id, struct work__message *ret);

/* The message of the request: there, and not delivered before. */
enum work__planned work__letter(struct work__plan *p);
void work__letter_taken(struct work__plan *p);

/* The task of a message that goes by hand. */
enum work__planned work__by_hand(struct work__plan *p, const struct work__task *task);

/* Rows of what could not be delivered. */
void work__letter_unclaimed(struct store_view *v, struct arena *a, struct store_change *c, int64_t id, str reason);
void work__letter_lost(struct work *w, struct store_view *v, struct store_change *c, const struct work_request *rq,
                       str reason);

/* ---- Tasks beside the process (side.c) ---- */

/* Returns its wait. `role` may name an office: "leader@county". */
uint32_t work__side_task(struct work__plan *p, str element, str name, str role, str detail);
void work__end_sides(struct work__plan *p);

/* The answers of a task are kept until all have signed: one person of each of the roles, a line each, in turn. */
enum work__planned work__hold(struct work__plan *p, const struct work__task *task, str roles);
void work__end_held(struct work__plan *p, uint32_t wait);

/* Whoever gave or signed the answers that this task signs, and on whose behalf. */
uint32_t work__signers(struct work__plan *p, uint32_t sign, int64_t *ret, uint32_t most);

/* Completes one; *ret_step: then the process makes the step of `ret`. */
enum work__planned work__complete_side(struct work__plan *p, const struct work__task *task, struct bpmn_event *ret,
                                       bool *ret_step);

/* ---- Links, interests, objections, guests (link.c) ---- */

void work__add_link(struct work__plan *p, int64_t dossier, str kind, int64_t other);
bool work__link_kind(str kind);
enum work__planned work__link_act(struct work__plan *p);
/* *ret_step: then the process makes the step of `ret`. */
enum work__planned work__recuse_act(struct work__plan *p, struct bpmn_event *ret, bool *ret_step);
bool work__recused(struct work__plan *p, int64_t person);

/* The act `object` is the message of this name, for a dossier that waits for it; it brings one variable of this name,
 * {ground, by, on}, so that nobody who objects sets another. */
#define WORK__OBJECTED "objected"
enum work__planned work__objection(struct work__plan *p, struct bpmn_event *ret);
enum work__planned work__invite_act(struct work__plan *p, const struct work__task *task);
bool work__is_guest(struct work__plan *p);
bool work__guest_begins(struct work__plan *p);

/* ---- Lots (lot.c) ---- */

struct work__redrawn {
    int64_t person;       /* who has the place now; 0: he had none, or nobody is left */
    feel_value variables; /* of the process, that are otherwise now; null: none */
};

/* The places that somebody was drawn for go to the next of each lot. In p->scratch. */
void work__redraw(struct work__plan *p, str login, struct work__redrawn *ret);

/* ---- Right (right.c) ---- */

/* True when the actor may; otherwise p->err says why. `task` may be NULL. */
bool work__may(struct work__plan *p, const struct work__task *task);

/* Sets p->outside; whether such an actor may name the party that he names, with p->err; and the row that says who began
 * a dossier for nobody but himself. */
void work__find_outside(struct work__plan *p);
bool work__may_stand_for(struct work__plan *p);
void work__began(struct work__plan *p);

/* May the person see what is sealed in the dossier? */
bool work__may_open(struct work *w, struct store_view *v, int64_t person, const struct work_dossier *d);

/* Whom a dossier is about: its subject, or where that is a row of a ledger the first party that the row names. */
str work__party_of(struct work *w, struct store_view *v, struct arena *a, str subject);

/* ---- Batches (batch.c) ---- */

/* What is on its way at the same time. `done` is called for each that was added, from whatever thread; `end` waits for
 * all of it, and then the batch is no more. */
struct work__batch {
    pthread_mutex_t lock;
    pthread_cond_t done;
    uint32_t open;
};

void work__batch_begin(struct work__batch *b);
void work__batch_add(struct work__batch *b);
void work__batch_done(struct work__batch *b);
void work__batch_end(struct work__batch *b);

/* ---- Background (background.c) ---- */

void work__background_start(struct work *w);
void work__background_stop(struct work *w);

/* Forgets keys that are older than WORK_KEY_DAYS, some hundred at a time. */
void work__forget_requests(struct work *w);

/* ---- due.c ---- */

/* Acts upon days of rows that have come, some at a time; true: there may be more. */
bool work__dues(struct work *w, int64_t now);

/* ---- Small things (work.c) ---- */

/* That of a stored decision, with the calendar that it was made with. */
enum error_code work__recorded_environment(struct work *w, feel_value record, struct feel_environment *ret,
                                           struct error *err);

void work__environment(const struct work *w, int64_t now, struct feel_environment *ret);

/* The text of a correlation key: the same for equal keys, as for 7 and 7.0. */
void work__key(feel_value key, struct buf *out);

/* Microseconds of an instant, rounded up; what is beyond int64 is its end. */
int64_t work__micros(int64_t seconds, uint32_t nano);

/* Members "length", "unit" and "days" of a clock (clock_show.c): each day with the English sentence why it counts or
 * not; no event, because reasons are for the office. */
void work__write_days(struct work *w, struct store_view *v, const struct work_dossier *d, str name,
                      struct json_writer *out);

/* When and why a clock was stopped last; texts in `a`. */
bool work__clock_stopped(struct work *w, struct store_view *v, struct arena *a, const struct work_dossier *d, str name,
                         struct scheme_clock_event *ret);

/* What work_write_public writes, for the party itself: why a clock stands still, its objections, and whether it may
 * object now. */
void work__write_own(struct work *work, struct store_view *v, const struct work_dossier *d, enum lang lang,
                     struct buf *out);

#endif
