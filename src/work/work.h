/* work: dossiers on their way. What a process model says is carried out here, one unit of work at a time.
 *
 * Vocabulary
 *   dossier   (办件) one instance of a process of a scheme, with its history
 *   task      (待办) work of a person in a dossier, called "dossier.wait"
 *   job       work of a program in a dossier
 *   incident  a step that could not be done and waits, with its reason, until somebody mends it
 *   act       something asked of a dossier: start, complete, message … (act.def)
 *   request   an act with all it needs; the answer comes when it is durable
 *   delivery  an event that one dossier sends another; a row of the queue, carried out in a unit of its own
 *
 * How a request is served. It waits in the lane of its dossier, so that two requests of one dossier never disturb each
 * other. A planner takes it: opens a view, reads the dossier, asks may(), makes the step of the engine with all that
 * follows at once (decisions, acts of the office), and hands in one change: dossier, tasks, timers, subscriptions,
 * decisions, history, outgoing rows. The store commits; the answer goes out. A stale guard (another server was first)
 * plans again. No thread waits for a disk but the store's writer.
 *
 * Invariants
 *   1. All rows of a dossier change only in units that change the dossier's version.
 *   2. A request with a key is done once, however often it is sent; the same key with another request is refused.
 *   3. What a dossier waits for in its state is what the rows of task, timer, subscription, queue and incident say.
 *   4. A decision is stored as the canonical record it can be recomputed from (docs/record.md).
 *   5. Every unit writes one row of audit; the rows of a dossier are its history. Only the saving of a draft is none.
 */
#ifndef GONGSHI_WORK_WORK_H
#define GONGSHI_WORK_WORK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limit.h"
#include "form/form.h"
#include "record/record.h"

struct people;
struct work;

/* ---- Life ---- */

struct work_config {
    struct store *store;          /* outlives the work */
    struct record *record;        /* schemes and ledgers; outlives the work */
    struct people *people;        /* who may do what; NULL: only the program itself asks (benchmarks) */
    uint32_t planners;            /* threads; 0: one more than there are processors */
    bool background;              /* fire timers, carry deliveries, chain the audit */
    const struct cal_calendar *(*calendar)(void *context, struct store_view *view, str name); /* of clocks, decisions;
                                   * lives as long as the work. `name` empty: the one that holds now. NULL: the
                                   * record's */
    void *calendar_context;
    int64_t (*now)(void *);       /* microseconds since 1970; NULL: the clock */
    void *now_context;
    void (*acted)(void *);        /* something was done, here or on another server; called within about a second, from a
                                   * thread of the background. NULL: nobody listens */
    void *acted_context;
};

enum error_code work_open(const struct work_config *config, struct work **ret, struct error *err);

/* Answers what was asked, stops the threads. */
void work_close(struct work *w);

/* ---- Schemes ---- */

/* Stores the scheme and makes it the one that new dossiers run on, from now on, on all servers. */
enum error_code work_install(struct work *w, const struct scheme *scheme, int64_t actor, struct error *err);

/* ---- Requests ---- */

enum work_act {
#define ACT(name, word, verb, kind, sentence) WORK_##name,
#include "work/act.def"
#undef ACT
    WORK_ACTS
};

const char *work_act_name(enum work_act act);

enum { WORK_NO_DRAFT = -1 };

struct work_request {
    enum work_act act;
    int64_t actor;         /* a person; 0: the program itself */
    str party;             /* the party that is acted for, which the program has made sure of; or empty */
    str key;               /* of idempotency; empty: none */
    int64_t dossier;       /* 0: start; message and signal that look for their receivers */
    uint32_t wait;         /* task, job, timer; message addressed to one wait */
    uint32_t item;         /* retry and set; 0: the process */
    str scheme, process;   /* start; process may be empty when the scheme has one */
    str office;            /* start: the code of the office whose dossier it is; empty: the first office */
    str subject;           /* start: whom or what it is about */
    int64_t parent;        /* start, in a delivery: the dossier that called it … */
    uint32_t parent_wait;  /* … and its wait */
    uint32_t depth;        /* start: of calls */
    uint32_t fired;        /* start: by a timer start event, which has now fired so often */
    str bundle;            /* start, by the program: the hash of the scheme; empty: the installed one */
    str element;           /* start: the event; return and activate: the step */
    str name;              /* message, signal; code of an error or escalation */
    str correlation;       /* message: its key as JSON, a string or number */
    str text;              /* why: return, fail, cancel, forward, set, clock */
    str action;            /* clock: start, stop, resume, extend, end; `name` is that of the clock */
    str clause;            /* clock: what it rests on */
    int64_t person;        /* assign, forward: to whom */
    str cosign;            /* complete, by a person: a role of the task's office that signs besides; or empty */
    int64_t paper;         /* seal, serve, void: the document; publish, decline: the notice */
    str with;              /* variables, a JSON object; or empty */
    int64_t except;        /* signal: the dossier that gave it … */
    int64_t after;         /* … and how far it has been passed on: the last dossier */
    int64_t letter;        /* message, start, by the program: the message between offices that is delivered */
    int64_t about;         /* link: the other dossier; message and start, by the program: the one that it comes from */
    int64_t number;        /* start, by the program: the number that the dossier gets, which is linked with `about` */
    str guest;             /* complete: the token of a guest's link */
    int64_t draft;         /* save: the instant of the draft whose place this one takes, WORK_NO_DRAFT where there was
                            * none; another one was faster: refused. 0: whatever there is */
    int64_t item_id;       /* of the queue row that this carries out, deleted in the same unit; or 0 */
    int64_t item_version;
};

enum work_outcome {
    WORK_OK,
    WORK_MISSING,    /* no such dossier, task, scheme; or not for this actor to know */
    WORK_REFUSED,    /* it does not fit what the dossier waits for, or the input is wrong */
    WORK_FORBIDDEN,  /* the actor may not */
    WORK_BUSY,       /* the queue is full: later */
    WORK_READ_ONLY,  /* the disk is full */
    WORK_LOST,       /* not known whether it was done: ask again with the same key */
    WORK_OUTCOMES
};

const char *work_outcome_name(enum work_outcome outcome);

struct work_answer {
    enum work_outcome outcome;
    int64_t dossier;
    char code[16];         /* start: the follow code */
    bool ended;            /* the dossier is over */
    bool repeated;         /* had been done before under its key */
    struct error error;    /* of all but OK, in the language of the request's `lang` */
};

typedef void work_done(void *context, const struct work_answer *answer);

/* Copies the request and returns at once; `done` is called once, from another thread (when there is no room: before
 * this returns), and must only note the answer and wake somebody. `lang` is that of the errors. */
void work_submit(struct work *w, const struct work_request *request, enum lang lang, work_done *done, void *context);

/* The same, waiting. */
struct work_answer work_do(struct work *w, const struct work_request *request, enum lang lang);

/* The dossier of a request that the actor has made under this key, if it was done; 0: it was not. */
int64_t work_answered(struct store_view *v, int64_t actor, str key);

/* A request from JSON: {"act":"complete","dossier":"17","wait":5,"with":{…}}; texts are in `a` or borrowed. Unknown
 * members are refused by name. The actor is not read. */
enum error_code work_request_read(struct arena *a, str json, struct work_request *ret, struct error *err);

struct work_dossier {
    int64_t id, version, office, parent, opened, changed, closed;
    uint32_t parent_wait;
    str scheme, code, bundle, process, outcome, subject;
    str round; /* that it was begun in: a JSON value; empty: not known */
    str state; /* canonical JSON; empty once it has ended */
};

/* The answer as JSON: {"dossier":17,"code":"…","ended":false}; code only of a start. */
void work_write_answer(const struct work_answer *answer, struct buf *out);

/* May the person see the whole dossier; the open tasks of a role in an office? False with err (may be NULL). */
bool work_may_see(struct work *w, struct store_view *v, int64_t person, int64_t now, const struct work_dossier *d,
                  struct error *err);
bool work_may_list(struct work *w, struct store_view *v, int64_t person, int64_t now, int64_t office, str role,
                   struct error *err);

/* Who asks to see: a person who has logged in, or a party that is acted for. Neither: a stranger, who sees nothing. */
struct work_reader {
    int64_t person, now;
    str party;
};

enum work_view { WORK_VIEW_DOSSIER, WORK_VIEW_CLOCK, WORK_VIEW_DECISION };

/* What pages show of a dossier that is not public: asks people_may first. ERROR_MISSING, in one sentence: there is
 * none, or it is not for this reader. A party sees of its own dossier how far it is, as by number and code, and its
 * clocks; notes, names and explanations are for the office. `name`: of the clock or decision.
 *
 * The functions below (work_write_dossier, work_write_clock, work_explain, the lists) do not ask. They are for
 * commands: whoever reaches the control socket owns the data directory, and with it everything. Pages call only
 *   work_show, work_may_see, work_may_list, work_followed with work_write_public, work_write_draft, work_submit
 *   publish_read_notice, publish_read_for, publish_find, publish_list_table, publish_register,
 *   publish_register_history, publish_write_places, publish_write_why, publish_write_credit without `all`
 *   publish_object, publish_rate, publish_rate_again, publish_write_rating */
enum error_code work_show(struct work *w, struct store_view *v, const struct work_reader *who, int64_t dossier,
                          enum work_view what, str name, struct buf *out, struct error *err);

/* ---- Guests ---- */

enum { WORK_TOKEN = 65 }; /* 32 random bytes in hexadecimal, with a NUL */

/* A new token and its hash. The hash goes into the act `invite`, the token into the link and nowhere else. */
void work_guest_token(char ret_token[WORK_TOKEN], char ret_hash[WORK_TOKEN]);

struct work_guest {
    int64_t dossier;
    uint32_t wait;
    int64_t until;
};

/* The open task that a token is for. ERROR_MISSING, in one sentence for all: it was used, replaced, has run out, or the
 * task is done. The act `complete` with `guest` uses it up. */
enum error_code work_guest(struct store_view *v, str token, int64_t now, struct work_guest *ret, struct error *err);

/* A link as the office sees it: who gave it, until when it holds, what became of it. The token is nowhere kept. */
struct work_link {
    int64_t made, made_by, until, ended; /* ended 0: not yet */
    int64_t paper;  /* the document that it stands on; 0: an officer gave it */
    uint32_t wait;  /* the task; 0: whichever of `element` is open */
    str element;
    str how;        /* "used", "replaced"; empty while it has not ended */
};

/* The link that a token is, whatever has become of it, and its dossier; false: there never was one. */
bool work_link_of(struct store_view *v, str token, struct arena *a, struct work_link *ret, int64_t *ret_dossier);

/* The links of a dossier, the newest first. The caller has asked who may see it. */
uint32_t work_links(struct store_view *v, int64_t dossier, uint32_t max, struct arena *a, struct work_link *ret);

/* ---- Drafts ---- */

/* The instant of that draft; WORK_NO_DRAFT: there is none. */
int64_t work_draft_at(struct work *w, struct store_view *v, const struct work_request *rq);

/* The draft of whoever asks (`actor` or `party`) for a task (`dossier`, `wait`) or a start (`scheme`, `process`,
 * `subject`) as JSON: {"at":…,"keep":…,"answers":…}; docs/work.md. ERROR_MISSING: there is none, or it was erased. */
enum error_code work_write_draft(struct work *w, struct store_view *v, const struct work_request *rq, struct buf *out,
                                 struct error *err);

/* ---- Forms on pages ---- */

/* The form of an open task, or of a dossier that is to begin, as it lies before whoever may fill it now. It only looks:
 * what is found here is asked again when the answers are sent. */
struct work_page {
    const struct scheme *scheme;
    const struct scheme_process *procedure; /* NULL: the manifest says nothing of the process */
    const struct form *form;
    struct form_request request;  /* without answers: mode, variables, what was declared (in plain), what is open */
    feel_value questions;         /* of a correction: a list of paths or {path, text}, text being the office's words */
    struct work_dossier dossier;  /* of a start: scheme, process, subject, office */
    str element, name;            /* of a task */
    int64_t due;                  /* of a task; 0: none */
    struct feel_eval *ev;         /* for form_draw; what it made goes with the next check */
};

/* Of the request only who asks and what about is read, as by work_write_draft. Lives in `a`, until it is closed; the
 * view must outlive it. ERROR_MISSING also where it is not for whoever asks. */
enum error_code work_page_open(struct work *w, struct store_view *v, const struct work_request *rq, enum lang lang,
                               struct arena *a, struct work_page **ret, struct error *err);
void work_page_close(struct work_page *d); /* NULL is fine */

struct work_page_found {
    feel_value values;                   /* in `a` */
    const struct form_problem *problems; /* as long as the page */
    uint32_t problem_count;
};

/* What sending these answers would find. As a draft nothing that is missing is a problem, and the decision across the
 * fields looks at what is there. */
enum error_code work_page_check(struct work_page *d, feel_value answers, bool draft, struct arena *a,
                                struct work_page_found *ret, struct error *err);

/* What a decision of the scheme says of these values today. */
enum error_code work_page_ask(struct work_page *d, str decision, feel_value values, struct arena *a, feel_value *ret,
                              struct error *err);

/* The row of the window that is open for these values; null where the process has none. Otherwise why not. */
enum error_code work_page_window(struct work_page *d, feel_value values, struct arena *a, feel_value *ret_row,
                                 struct error *err);

/* What the party declared when it last began this process, in plain; *ret_dossier 0: never. The caller has made sure
 * that it is the party that asks. */
enum error_code work_declared_before(struct work *w, struct store_view *v, struct arena *a, str scheme, str process,
                                     str party, int64_t *ret_dossier, feel_value *ret, struct error *err);

/* What concerns a party or, without one, what the person began himself: a JSON object of "dossiers" (the newest first,
 * at most `max`: dossier code scheme process subject outcome opened closed round parent), their open "tasks" that are
 * for the party (dossier wait element name due), what it was told ("tells": at dossier what), and what was begun
 * ("drafts": scheme process subject at). */
void work_write_own(struct store_view *v, const struct work_reader *who, uint32_t max, struct buf *out);

/* Whether a file of this hash was sent in with answers of a dossier, and what it is called; `own`: with those that it
 * began with or that people from outside have given. The caller has asked whether the reader may see the dossier. */
bool work_file(struct work *w, struct store_view *v, int64_t dossier, str hash, bool own, struct arena *a,
               str *ret_name);

/* ---- Messages between offices ---- */

/* Delivers an unclaimed message once more. */
enum error_code work_message_again(struct work *w, int64_t id, int64_t actor, struct error *err);

/* Messages of an office (0: all), sent and received, newest first, below `before`, at most `max`, as a JSON array. */
void work_write_messages(struct store_view *v, int64_t office, int64_t before, uint32_t max, struct buf *out);

/* The names of the messages that a dossier waits for; at most `max`. */
uint32_t work_awaited(struct store_view *v, int64_t dossier, uint32_t max, struct arena *a, str *ret);

/* A clock that another calendar would move: from which instant to which. */
struct work_moved {
    int64_t dossier, from, to;
    str clock;
};

/* The running clocks that would end at another time, the first to end first; at most `max` are given, *ret_count counts
 * all among the LIMIT_WORK_CALENDAR_LOOK that end at or after `since` first; *ret_more: there are more of those. */
uint32_t work_calendar_moves(struct work *w, struct store_view *v, const struct cal_calendar *with, int64_t since,
                             uint32_t max, struct arena *a, struct work_moved *ret, uint32_t *ret_count,
                             bool *ret_more);

/* What was sent about the dossiers of a list since it was approved, in the order of the list, as a JSON array: `entry`
 * as the list names it, the message and its `state`; of one that goes by hand the `paper`, who registered it (`by`),
 * and the open task in which it or its answer is still to be registered (`wait`, or 0); what came back (`answer`: the
 * payload, or null; `answered`). */
void work_write_sent(struct store_view *v, int64_t assessment, struct buf *out);

/* ---- Acts of the office ---- */

/* What a service task of a type carried out by the office (gongshi.notice …) is about. */
struct work_job {
    struct work *work;
    struct store_view *view;
    struct store_change *change;    /* what it does goes in here */
    struct arena *arena;
    struct record *record;
    struct feel_eval *ev;           /* for expressions of the manifest; not reset while the job is done */
    const struct scheme *scheme;
    int64_t dossier, now, actor, office;
    str subject;
    str element;                    /* id of the service task */
    feel_value headers;             /* a context, or null */
    feel_value local, variables;    /* its own, and all that it sees */
    bool sample;                    /* of an assessment: it rests on a row in state 示例 */
    const struct work_trial *trial; /* the request is only tried: nothing of it will be committed; or NULL */
    struct work__plan *plan;        /* of work alone */
};

/* Who wants to see what a request would make. Acts tell it, as they do it, of what a reader can be shown; `content` is
 * what the act keeps of it, in plain where it is made in this very request. */
struct work_trial {
    void (*made)(void *context, const struct work_job *job, str name, str content);
    void *context;
};

/* Adds rows to the change and gives variables for the process (a context, or null); all in the arena of the job. An
 * error becomes an incident with its message, and the rows that it added are forgotten; ERROR_IO (no id, no view) puts
 * off the whole request. Acts are done one after the other, each only if the process still wants it. */
typedef enum error_code work_act_function(void *context, const struct work_job *job, feel_value *ret,
                                          struct error *err);

/* To be called before requests come. `type` is a literal. */
void work_register(struct work *w, const char *type, work_act_function *f, void *context);

/* A new id for rows of the office; 0 and err when there is none. */
int64_t work_id(const struct work_job *job, struct error *err);

/* Tells the clocks of the dossier what has happened in this unit: "notice ", its name, " published". */
void work_news(const struct work_job *job, const char *before, str name, const char *behind);

/* A link for whoever holds a paper that is being made: to the task of an element of the job's dossier, whenever that is
 * open, until it was answered once or another link takes its place. */
void work_paper_link(const struct work_job *job, str element, int64_t paper, char ret_token[WORK_TOKEN]);

/* Has a decision of the dossier, before or in this unit, read a parameter row in state 示例? */
bool work_rests_on_samples(const struct work_job *job);

/* The calendar of working days; NULL: weekdays. */
const struct cal_calendar *work_calendar(const struct work_job *job);

/* The act is not over when it returns: its step waits, as for a program, until an act about the paper or notice ends
 * it. The number of the wait; 0: there is none that could (an assessment). */
uint32_t work_wait(const struct work_job *job);

/* Who asks for what a job does, for four eyes; first of them the one to be named. Whoever completes a task, on whose
 * behalf, and of a task that is signed whoever gave its answers or signed them; where the program goes on, or somebody
 * who does no task (a retry), those of the last task of the dossier besides. Not those of tasks before: what they wrote
 * another one took for his own when he completed a later task. How many. */
enum { WORK_ASKERS = 2 * LIMIT_WORK_SIGNATURES + 4 };
uint32_t work_askers(const struct work_job *job, int64_t ret[WORK_ASKERS]);

/* ---- Acts about papers and notices ---- */

/* What was asked of a paper of a dossier (seal, serve, register, void) or of a notice (publish, decline). */
struct work_paper {
    enum work_act act;
    int64_t paper;          /* the document or notice; 0 of register */
    str name;               /* register: what the manifest calls it */
    str text;               /* why */
    feel_value with;        /* what else was said */
    int64_t at;             /* when it happened: with.at, or now */
    uint32_t over;          /* set by the function: the wait that this ends, or 0 … */
    feel_value result;      /* … with these variables */
    str held_up;            /* … or, where it is not empty, as an incident that says so */
};

/* Done in the lane of the dossier, also of one that has ended. The job has neither element nor headers; its variables
 * are null once the dossier has ended. It adds rows and tells news; what fails refuses the request. */
typedef enum error_code work_paper_function(void *context, const struct work_job *job, struct work_paper *what,
                                            struct error *err);

/* When something that is told of has happened: a day (noon of it in China, or now, while it is morning) or an instant;
 * empty: now. False: it is neither, or still to come. */
bool work_read_at(str text, int64_t now, int64_t *ret);

/* Adds to an object what people_may has to know of a notice beside its dossier: candidates, who proposed it. */
struct people_object;
typedef void work_notice_function(void *context, struct store_view *v, int64_t notice, struct arena *a,
                                  struct people_object *object);
void work_on_paper(struct work *w, work_paper_function *f, work_notice_function *right, void *context);

/* ---- Workers ---- */

/* Carries out items of a queue on a thread of its own: false with err puts the item off (10 s, doubled each time, at
 * most an hour). The function commits what it did together with the deletion of the item. */
typedef bool work_carry_function(void *context, const struct store_item *item, struct error *err);
void work_carry(struct work *w, const char *queue, work_carry_function *f, void *context);

/* The queue that jobs of a type wait in: "job:" and the type. */
enum { WORK_QUEUE_NAME = 128 };
void work_job_queue(str type, char *ret);

/* ---- Reading ---- */

/* Texts are copied into `a`. False: there is none. */
bool work_read_dossier(struct store_view *v, int64_t id, struct arena *a, struct work_dossier *ret);

/* JSON for pages and commands, all made from one view. `work_write_dossier` has members id, scheme, process, outcome,
 * subject, opened, changed, closed, tasks, waits, incidents, decisions, history; docs/work.md describes them. */
void work_write_dossier(struct work *w, struct store_view *v, const struct work_dossier *d, struct buf *out);

/* What the name of a task, as its row has it, is in a language: that of its step in the words of the scheme. */
str work_task_called(const struct scheme *s, str name, enum lang lang, struct arena *a);

/* The dossier of a number and its follow code, which is compared in constant time. ERROR_MISSING, in one sentence,
 * where either is wrong. Whoever asks for strangers has nothing but this to find a dossier by. */
enum error_code work_followed(struct store_view *v, int64_t number, str code, struct arena *a,
                              struct work_dossier *ret, struct error *err);

/* What anybody may know who has number and follow code, in the words of the process (docs/work.md, "Following"): the
 * steps that are done, those it is at with their limits, those that may come next, and its public notices. No person,
 * no office, no answer. `lang` is that of titles and of the names of steps, where the scheme has them. */
void work_write_public(struct work *w, struct store_view *v, const struct work_dossier *d, enum lang lang,
                       struct buf *out);

/* A clock, with its events and a line for each day of it: which count and why; `err->lang` is the language. */
enum error_code work_write_clock(struct work *w, struct store_view *v, const struct work_dossier *d, str name,
                                 struct buf *out, struct error *err);

/* The clocks that run in dossiers of an office (0: all), the earliest due first, at most `max`, as a JSON array. */
void work_write_clocks(struct store_view *v, int64_t office, uint32_t max, struct buf *out);

/* What an office (0: all), and of it a role (empty: each), was told and has not marked as seen, the newest first. */
void work_write_told(struct store_view *v, int64_t office, str role, uint32_t max, struct buf *out);

/* Open tasks of a role in an office, or of an assignee (then role is empty), by due date, at most `max`, as a JSON
 * array. */
void work_write_tasks(struct store_view *v, int64_t office, str role, int64_t assignee, uint32_t max, struct buf *out);

/* The installed schemes with all their versions, the one installed last first. */
void work_write_schemes(struct store_view *v, struct buf *out);

/* What would become of the running dossiers of a scheme if they followed to this version of it, installed or not:
 * {"scheme","bundle","process","dossiers":[{"dossier","process","from","moves","steps":[{"from","to","text",
 * "refused"}]}],"there","move","stay"}; the first `most` of those that are on another version, and how many there are
 * of each. */
enum error_code work_write_follow(struct work *w, struct store_view *v, const struct scheme *to, uint32_t most,
                                  struct buf *out, struct error *err);

/* Dossiers, newest first, below `before`, at most `max`; of a scheme, or of all when it is empty. */
void work_write_list(struct store_view *v, str scheme, int64_t before, uint32_t max, struct buf *out);

/* A member with an instant as RFC 3339 in China's time, empty for 0. */
struct json_writer;
void work_write_instant(struct json_writer *w, const char *name, int64_t micros);

/* ---- Computing again ---- */

struct work_recomputed {
    uint64_t equal, different;
    int64_t first;       /* the id of the first that differs, or 0 */
    struct error error;  /* of the first: what differs */
};

/* Computes stored decisions again (of a dossier, or all when it is 0) and compares the bytes. */
enum error_code work_recompute(struct work *w, int64_t dossier, struct work_recomputed *ret, struct error *err);

/* Why the last decision of a name (or of a step) of the dossier came out as it did: computed again from its record, as
 * JSON (docs/explain.md) in the language of `err`. */
enum error_code work_explain(struct work *w, struct store_view *v, int64_t dossier, str name, struct buf *out,
                             struct error *err);

/* The office's clock, and what it keeps. */
int64_t work_now(const struct work *w);
struct record *work_record(const struct work *w);

/* What expressions of forms are evaluated with now, for pages; the calendar of the view, where the scheme counts days.
 * To be freed by feel_eval_free. */
struct feel_eval *work_evaluator(struct work *w, struct store_view *v, bool counts_days);

/* ---- How it goes (health.c) ---- */

/* What runs behind the requests, a thread each. */
enum work_turn { WORK_TURN_TIMERS, WORK_TURN_DELIVERIES, WORK_TURN_CHAIN, WORK_TURN_DAYS, WORK_TURNS };

/* When each last looked whether there is something to do, here since opening; 0: never. They look every second or
 * two. */
void work_turns(struct work *w, int64_t ret[WORK_TURNS]);

struct work_queue {
    str name;
    int64_t count, late; /* items; those that could have been taken a minute ago */
    int64_t oldest;      /* when the first could be taken */
    int64_t tries;       /* of the one that was tried most */
};

struct work_incident {
    int64_t dossier, item, opened;
    str scheme, process, element, kind;
};

/* In the arena; the number is returned. Nothing of what a dossier says is in them. Whether somebody may look is asked
 * before. */
uint32_t work_queues(struct store_view *view, struct arena *a, int64_t now, uint32_t max,
                     const struct work_queue **ret);
uint32_t work_incidents(struct store_view *view, struct arena *a, uint32_t max, const struct work_incident **ret);

/* Timers that should have fired a minute ago, and since when; 0: none. */
int64_t work_timers_late(struct store_view *view, int64_t now, int64_t *ret_since);

/* ---- For tests and benchmarks ---- */

struct work_figures {
    uint64_t done, planned, stale; /* requests answered OK, plans made, plans made again */
    uint32_t waiting;              /* requests in lanes and before planners */
    uint64_t timers, deliveries;
    int64_t timer_late_max;        /* microseconds, the worst since opening */
    uint64_t timers_late;          /* that fired more than 100 ms after their time */
};

void work_figures(struct work *w, struct work_figures *ret);

#endif
