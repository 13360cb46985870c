/* bpmn_int: what the files of this module share, and nobody else includes.
 *
 * The model
 *   load.c       the passes, findings                      tree.c       elements, links, ids
 *   resolve.c    references between them                   definition.c event definitions
 *   behaviour.c  extensions and expressions to behaviour   extension.c  the vocabularies zeebe and camunda
 *   diagram.c    how it is drawn                           check.c      validation
 *   dump.c       the model as text                         expression.c texts that are FEEL: compiling
 *   start.c      what starts a process
 *
 * The engine
 *   step.c       one event to its end: the queue           item.c       items and their phases: the one writer
 *   variable.c   scopes and mappings                       wait.c       what items wait for
 *   flow.c       leaving an element, sequence flows        gateway.c    gateways
 *   join.c       when an inclusive or complex join fires   activity.c   tasks and calls
 *   loop.c       multi-instance and standard loops         scope.c      process, sub-processes, ad-hoc, transaction
 *   event.c      start, catch, throw, boundary, end        fire.c       a trigger reaches its catcher
 *   fault.c      errors and escalations                    compensate.c undoing
 *   timer.c      dates, durations, cycles, cron            migrate.c    to another version of the model
 *
 * The border
 *   state.c      life cycle and looking into a state       state_write.c, state_read.c  canonical JSON
 *   invariant.c  bpmn_check_state                          trace.c      moves, effects, incidents as text
 */
#ifndef GONGSHI_BPMN_BPMN_INT_H
#define GONGSHI_BPMN_BPMN_INT_H

#include "base/limit.h"
#include "bpmn/bpmn.h"
#include "text/xml.h"

#include <assert.h>
#include <stdarg.h>

/* A copy; an empty text, which may have no bytes to point to, is no exception. */
static inline str bpmn__str(struct arena *a, str s)
{
    return s.len == 0 ? STR("") : arena_str(a, s);
}

/* vsnprintf of the translated format; a text that is too long is cut at the start of a character. */
void bpmn__format(char *to, size_t size, enum lang lang, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

/* ---- How elements behave: made when the model is loaded ---- */

/* A text of the model: FEEL (written with '=' in front), or itself. `names` are the variables that the program reads:
 * slot i is names[i]. */
struct bpmn__expression {
    str text;
    uint32_t line;
    bool feel;
    const struct feel_program *program; /* NULL: plain text, or FEEL that cannot be read */
    const str *names;
    uint32_t name_count;
};

/* source → target; a dotted target is put into the context of its first name. */
struct bpmn__mapping {
    const struct bpmn__expression *source;
    const str *path;
    uint32_t path_count;
};

struct bpmn__form {
    str id, json;
    const struct bpmn__form *next;
};

struct bpmn__header {
    str key;
    const struct bpmn__expression *value;
};

enum bpmn__timer { TIMER_DATE, TIMER_DURATION, TIMER_CYCLE };

struct bpmn__definition {
    enum bpmn__timer timer;
    const struct bpmn__expression *expression; /* of a timer or condition */
    const struct bpmn__expression *name;       /* of a message or signal; code of an error or escalation, or NULL */
    const struct bpmn__expression *key;        /* correlation of a message, or NULL */
    bool no_wait;                              /* a compensation that is not waited for: refused */
};

struct bpmn__behaviour {
    const struct bpmn__mapping *inputs, *outputs;
    uint32_t input_count, output_count;
    const struct bpmn__expression *job;        /* the type of a job, or NULL */
    const struct bpmn__expression *retries;
    const struct bpmn__header *headers;
    uint32_t header_count;
    const struct bpmn_named_value *properties; /* texts */
    uint32_t property_count;
    /* user task */
    const struct bpmn__expression *assignee, *groups, *users, *due, *follow_up, *priority;
    str form_id, form_key, form_reference, form_json;
    const struct bpmn__form *forms;            /* of a process: those embedded in it */
    str binding, version_tag;                  /* of a form, decision or called process: which version */
    const struct bpmn__expression *business_id, *job_priority;
    const uint32_t *back;                      /* where it may be returned to */
    uint32_t back_count;
    /* script, decision, call */
    const struct bpmn__expression *script, *decision, *called;
    str result_variable;
    bool keep_parent_variables, keep_child_variables; /* propagate all to, from the called process */
    /* message of a send or receive task */
    const struct bpmn_definition *message;
    /* loops */
    const struct bpmn__expression *collection, *cardinality, *completion, *loop_condition, *output_element;
    str input_element, output_collection;
    bool test_before;
    uint32_t loop_maximum;                     /* BPMN_NONE: none */
    /* ad-hoc */
    const struct bpmn__expression *active_elements, *ad_hoc_completion, *ad_hoc_output;
    str ad_hoc_outputs;
    bool leave_remaining, one_at_a_time;
    /* complex gateway */
    const struct bpmn__expression *activation;
    /* scopes */
    const uint32_t *event_subs;                /* event sub-processes directly inside */
    uint32_t event_sub_count;
    uint32_t start;                            /* the none start event; of an event sub-process its start; BPMN_NONE */
    const uint32_t *sources;                   /* without a start event: what has no incoming flow */
    uint32_t source_count;
    uint32_t compensation_sub;                 /* the event sub-process that undoes this scope, or BPMN_NONE */
    /* activities */
    uint32_t handler;                          /* undoes this activity, or BPMN_NONE */
    bool joins;                                /* tokens are counted here until they fire */
};

struct bpmn__index {
    uint32_t mask;
    uint32_t *buckets; /* by the hash of the id: place + 1 of an element; or of a link, with LINK_BIT */
};

enum { BPMN__LINK_BIT = 1u << 30 };

uint32_t bpmn__index_get(const struct bpmn_model *m, str id); /* a place, perhaps with the bit; or BPMN_NONE */

/* ---- Loading ---- */

struct bpmn__finding {
    struct bpmn_finding finding;
    uint32_t element;
    struct bpmn__finding *next;
};

/* An expression that waits for all names to be known. */
struct bpmn__pending {
    struct bpmn__expression *expression;
    uint32_t element;
    struct bpmn__pending *next;
};

struct bpmn__loader {
    struct bpmn_model *m;
    struct arena *a;
    struct error *err;
    enum lang lang;
    const struct xml_node *definitions;
    struct bpmn_element *elements;
    const struct xml_node **element_xml;
    uint32_t element_count, element_size;
    struct bpmn_link *links;
    const struct xml_node **link_xml;
    uint32_t link_count, link_size;
    uint32_t definition_count;
    struct bpmn__index *index;
    struct bpmn__finding *findings, **findings_end;
    uint32_t finding_count;
    bool feel_everywhere; /* the file's expression language is FEEL: texts need no '=' */
    str *declared;        /* names that mappings, results and loops give to variables, for the compiler */
    uint32_t declared_count, declared_size;
    struct bpmn__pending *expressions, **expressions_end; /* to be compiled */
    enum error_code code;
};

extern const char *const bpmn__namespace, *const bpmn__zeebe, *const bpmn__camunda;

bool bpmn__is(const struct xml_node *x, const char *name);        /* an element of BPMN */
bool bpmn__is_in(const struct xml_node *x, const char *uri, const char *name);
const struct xml_node *bpmn__child(const struct xml_node *x, const char *name);
const struct xml_node *bpmn__next(const struct xml_node *x, const char *name);
str bpmn__attr(const struct xml_node *x, const char *name);
bool bpmn__flag(const struct xml_node *x, const char *name, bool otherwise);
str bpmn__local(str qname);                                        /* without a prefix */

/* A finding about an element (or BPMN_NONE) at a place of the file. The format is translated. */
void bpmn__find(struct bpmn__loader *l, enum bpmn_finding_kind kind, uint32_t element, str id, uint32_t line,
                const char *format, ...) __attribute__((format(printf, 6, 7)));

uint32_t bpmn__lookup(struct bpmn__loader *l, str reference);      /* element or BPMN_NONE */
uint32_t bpmn__lookup_link(struct bpmn__loader *l, str reference); /* link or BPMN_NONE */

void bpmn__read_tree(struct bpmn__loader *l);
void bpmn__index_build(struct bpmn__loader *l);
void bpmn__resolve(struct bpmn__loader *l);
void bpmn__read_behaviour(struct bpmn__loader *l);
void bpmn__read_definitions(struct bpmn__loader *l, uint32_t element);
void bpmn__read_diagrams(struct bpmn__loader *l);
void bpmn__validate(struct bpmn__loader *l);
void bpmn__report_unread(struct bpmn__loader *l);

/* The behaviour under construction of an element. */
struct bpmn__behaviour *bpmn__behaviour_of(struct bpmn__loader *l, uint32_t element);
void bpmn__read_extensions(struct bpmn__loader *l, uint32_t element, const struct xml_node *x);
const struct bpmn_definition *bpmn__task_message(struct bpmn__loader *l, uint32_t element);

/* ---- Expressions ---- */

/* Makes the expression of a text: FEEL when it begins with '=' (or `feel`). NULL for an empty text. What cannot be
 * read is a problem of the element. Compiled later by bpmn__compile, when all declared names are known. */
const struct bpmn__expression *bpmn__expression(struct bpmn__loader *l, uint32_t element, str text, uint32_t line,
                                                bool feel);
/* Plain text, whatever it begins with. */
const struct bpmn__expression *bpmn__plain(struct bpmn__loader *l, str text, uint32_t line);
/* The text of an older vocabulary: ${name} is a variable, other ${…} a problem. */
const struct bpmn__expression *bpmn__juel(struct bpmn__loader *l, uint32_t element, str text, uint32_t line);
void bpmn__declare(struct bpmn__loader *l, str name);
void bpmn__compile(struct bpmn__loader *l);
bool bpmn__is_feel(str language);
const struct bpmn__expression *bpmn__child_expression(struct bpmn__loader *l, uint32_t element,
                                                      const struct xml_node *x, bool text_allowed);
bool bpmn__is_read_attribute(str uri, str name);

/* ---- The state ---- */

struct bpmn__variable {
    str name;
    feel_value value;
};

struct bpmn__variables {
    struct bpmn__variable *items;
    uint32_t count, size;
};

/* Something that an item waits for. The catcher is the item's own element, an event on its border, the start of an
 * event sub-process inside it, or what follows it (event-based gateways). */
struct bpmn__wait {
    struct bpmn__wait *next;
    uint32_t id;
    enum bpmn_wait_kind kind;
    uint32_t element, definition; /* the catcher; BPMN_NONE for work, which has no event definition */
    str name;
    feel_value key;
    int64_t due;
    uint32_t due_nano;
    int64_t since;      /* of a timer: when it was armed; what a duration counts from */
    str cycle;          /* of a timer that repeats: its text */
    uint32_t left;      /* … how often it is still to fire after `due`; BPMN_NONE: without end */
    bool happened;      /* one of several that must all happen; `payload` waits for the others */
    bool held;          /* a condition that was true when it was last looked at */
    feel_value payload;
};

/* A completed activity that can be undone. */
struct bpmn__record {
    struct bpmn__record *next;      /* the one before it: the last completed comes first */
    uint32_t id;                    /* rises with the time of completion */
    uint32_t element;
    struct bpmn__variables variables; /* as they were when it completed */
    struct bpmn__record *inside;    /* of a sub-process */
    bool partial;                   /* a sub-process that was stopped by a cancellation: only what is inside counts */
};

/* One execution of one element. All items are in one list by id; a parent comes before its children. */
struct bpmn__item {
    struct bpmn__item *next, *previous;
    struct bpmn__item *parent;      /* NULL for the process */
    uint32_t id, element;
    uint32_t child_count;
    enum bpmn_phase phase;
    bool body;                      /* of a loop; its turns are its children */
    bool caught;                    /* its event has happened already: it goes on at once */
    bool queued;                    /* to be looked at in this step */
    bool open;                      /* it subscribed to the events at its border and inside */
    uint32_t turn;                  /* of a loop, from 1 */
    uint32_t step;                  /* throwing events: the definitions that are done */
    uint32_t trigger;               /* scopes: the start event that set them off, or BPMN_NONE */
    uint32_t compensator;           /* of a handler: the id of the item on whose behalf it runs, or 0 */
    uint32_t incident;
    enum bpmn_incident incident_kind;
    str incident_detail;
    struct bpmn__variables variables;
    struct bpmn__wait *waits;       /* by id */
    feel_value payload;             /* what its event or work brought, until it leaves; a context or null */
    uint32_t *arrived;              /* joins: tokens by flow */
    bool *opened_by;                /* complex gateways that have fired: the flows that had a token then; or NULL */
    uint32_t total, started, done;  /* loops: turns in all (BPMN_NONE: not known), begun, completed */
    feel_value collection;          /* loops: what they go over, or null */
    feel_value *results;            /* loops and ad-hoc: what the turns gave; `result_count` of them */
    uint32_t result_count, result_size;
    struct bpmn__record *records;   /* scopes: what can be undone */
    struct bpmn__record *todo;      /* compensators: what is still to be undone, in order */
    struct bpmn__item *copy;        /* only while the state is being compacted */
};

/* ---- A step ---- */

struct bpmn__run {
    struct bpmn_state *s;
    const struct bpmn_model *m;
    struct feel_eval *ev;
    struct arena *scratch;          /* the evaluator's: until its next reset */
    struct bpmn_effect *effects;
    uint32_t effect_count, effect_size;
    struct bpmn_move *moves;
    uint32_t move_count, move_size;
    struct bpmn__item **queue;
    uint32_t queue_from, queue_to, queue_size;
    uint32_t budget;                /* items that may still be looked at */
    bool changed;                   /* a variable was written: conditions are looked at again */
    uint32_t diagnostics;           /* the evaluator had before the last expression */
};

/* How a kind of element is carried out. All are called with an item whose element has that kind, from the queue. */
struct bpmn__ops {
    /* The inputs are made and the border is watched. Moves the item on to ACTIVE (and waits) or LEAVING. */
    void (*enter)(struct bpmn__run *r, struct bpmn__item *it);
    /* Something about an ACTIVE or COMPENSATING item changed: a child ended, a token arrived. NULL: nothing to do. */
    void (*resume)(struct bpmn__run *r, struct bpmn__item *it);
};

const struct bpmn__ops *bpmn__ops_of(enum bpmn_kind kind);

static inline const struct bpmn_element *bpmn__element(const struct bpmn__run *r, const struct bpmn__item *it)
{
    return &r->m->elements[it->element];
}

static inline const struct bpmn__behaviour *bpmn__behaviour(const struct bpmn__run *r, const struct bpmn__item *it)
{
    return r->m->elements[it->element].run;
}

static inline bool bpmn__gone(const struct bpmn__item *it)
{
    return it->phase == BPMN_PHASE_ENDED || it->phase == BPMN_PHASE_STOPPED;
}

/* ---- item.c: the one writer of phases ---- */

/* A new item, ENTERING and queued. `turn` 0: not of a loop. */
struct bpmn__item *bpmn__begin(struct bpmn__run *r, struct bpmn__item *parent, uint32_t element, uint32_t turn,
                               const char *why);
void bpmn__phase(struct bpmn__run *r, struct bpmn__item *it, enum bpmn_phase phase, const char *why);
void bpmn__wake(struct bpmn__run *r, struct bpmn__item *it);
void bpmn__end(struct bpmn__run *r, struct bpmn__item *it);                 /* completed */
void bpmn__stop(struct bpmn__run *r, struct bpmn__item *it, const char *why); /* with all inside */
void bpmn__stop_children(struct bpmn__run *r, struct bpmn__item *it, const char *why);
/* The item stays in its phase until BPMN_RETRY. */
void bpmn__incident(struct bpmn__run *r, struct bpmn__item *it, enum bpmn_incident kind, str detail);
struct bpmn__item *bpmn__item_by_id(const struct bpmn_state *s, uint32_t id);
bool bpmn__is_inside(const struct bpmn__item *it, const struct bpmn__item *scope); /* at any depth; not itself */
/* The scope whose flow an item belongs to: its parent, or that of the body it is a turn of. */
struct bpmn__item *bpmn__scope_of(const struct bpmn__item *it);

/* The details of an effect: room for all that there can be. */
void bpmn__detail(struct bpmn__run *r, struct bpmn_effect *e, const char *name, feel_value v);
void bpmn__headers(struct bpmn__run *r, const struct bpmn__item *it, struct bpmn_effect *e);

struct bpmn_effect *bpmn__effect(struct bpmn__run *r, enum bpmn_effect_kind kind, const struct bpmn__item *it);
void bpmn__trace_link(struct bpmn__run *r, uint32_t link);

/* ---- variable.c ---- */

struct bpmn__variable *bpmn__local_variable(const struct bpmn__item *it, str name);
bool bpmn__look_up(const struct bpmn__item *it, str name, feel_value *ret);
/* Copies the value into the state. False, and an incident of `it`, when it holds a function or is too large. */
bool bpmn__set_local(struct bpmn__run *r, struct bpmn__item *it, struct bpmn__item *scope, str name, feel_value v);
/* … in the nearest scope from `from` outwards that has the variable, otherwise in the process. */
bool bpmn__set(struct bpmn__run *r, struct bpmn__item *it, struct bpmn__item *from, str name, feel_value v);
bool bpmn__inputs(struct bpmn__run *r, struct bpmn__item *it);
bool bpmn__outputs(struct bpmn__run *r, struct bpmn__item *it);
bool bpmn__start_outputs(struct bpmn__run *r, struct bpmn__item *scope, uint32_t start);
/* The item's own variables as a context, or null when it has none. */
feel_value bpmn__own(struct bpmn__run *r, const struct bpmn__item *it);
/* The payload of an item, copied into the state. */
void bpmn__bring(struct bpmn__run *r, struct bpmn__item *it, feel_value payload);
feel_value bpmn__one_entry(struct arena *a, str name, feel_value v);
feel_value bpmn__copy(struct arena *a, feel_value v);
/* NULL when the values can be variables; otherwise what cannot: "function", or a limit. */
const char *bpmn__unfit(feel_value v);
/* An incident of the item about a value that is unfit, for that reason; returns false. */
bool bpmn__refuse(struct bpmn__run *r, struct bpmn__item *it, const char *why, str name);
feel_value bpmn__context_of(const struct bpmn__variables *v, struct arena *a);
bool bpmn__add_variable(struct arena *a, struct bpmn__variables *v, str name, feel_value value);

/* Evaluates as the item sees it; a text is itself; NULL is null. */
feel_value bpmn__value(struct bpmn__run *r, const struct bpmn__item *it, const struct bpmn__expression *e);
/* True or false; otherwise an incident of `it` and false returned. */
bool bpmn__truth(struct bpmn__run *r, struct bpmn__item *it, const struct bpmn__expression *e, bool *ret);
/* The text of a value that must be one; null gives an empty text. */
str bpmn__text_of(struct bpmn__run *r, feel_value v);
/* What is to be said of an expression that failed: itself and the first diagnostic. */
str bpmn__complaint(struct bpmn__run *r, const struct bpmn__expression *e);

/* ---- wait.c ---- */

struct bpmn__wait *bpmn__open(struct bpmn__run *r, struct bpmn__item *it, enum bpmn_wait_kind kind, uint32_t element,
                              uint32_t definition, str name);
/* Waits for what the event `catcher` waits for; false with an incident when it cannot be said. */
bool bpmn__subscribe(struct bpmn__run *r, struct bpmn__item *it, uint32_t catcher);
bool bpmn__subscribe_message(struct bpmn__run *r, struct bpmn__item *it, uint32_t catcher,
                             const struct bpmn_definition *d);
bool bpmn__subscribe_border(struct bpmn__run *r, struct bpmn__item *it);
void bpmn__close(struct bpmn__run *r, struct bpmn__item *it, struct bpmn__wait *w, bool tell);
void bpmn__close_all(struct bpmn__run *r, struct bpmn__item *it);
void bpmn__close_of(struct bpmn__run *r, struct bpmn__item *it, uint32_t catcher);
struct bpmn__wait *bpmn__find_wait(const struct bpmn_state *s, uint32_t id, struct bpmn__item **ret_item);
/* Conditions that became true fire; true when one did. */
bool bpmn__look_at_conditions(struct bpmn__run *r);
/* Timers that read one of the names are armed anew. */
void bpmn__rearm(struct bpmn__run *r, feel_value names);

/* ---- timer.c ---- */

struct bpmn__due {
    int64_t at;
    uint32_t nano;
    str cycle;     /* empty: once */
    uint32_t left;
};

/* When the timer fires first; false when the value is no time. */
bool bpmn__due_of(const struct feel_environment *env, enum bpmn__timer timer, feel_value v, struct arena *a,
                  struct bpmn__due *ret);
/* The next time of a cycle, after it was due at `d`; false: it is over. */
bool bpmn__due_next(const struct feel_environment *env, struct bpmn__due *d);

/* ---- flow.c ---- */

void bpmn__leave(struct bpmn__run *r, struct bpmn__item *it);
void bpmn__token(struct bpmn__run *r, struct bpmn__item *scope, uint32_t link);
bool bpmn__choose(struct bpmn__run *r, struct bpmn__item *it, uint32_t *ret, uint32_t *ret_count);

/* ---- join.c ---- */

void bpmn__arrive(struct bpmn__run *r, struct bpmn__item *scope, uint32_t link);
/* Fires the first inclusive or complex join that can, when nothing else moves; true when one did. */
bool bpmn__look_at_joins(struct bpmn__run *r);

/* ---- fire.c ---- */

void bpmn__fire(struct bpmn__run *r, struct bpmn__item *host, uint32_t catcher, feel_value payload, const char *why);
void bpmn__answered(struct bpmn__run *r, struct bpmn__item *it, struct bpmn__wait *w, feel_value payload,
                    const char *why);
void bpmn__signal(struct bpmn__run *r, str name, feel_value payload);

/* ---- fault.c ---- */

/* The error goes outwards from `it` until somebody catches it. `work`: it comes from outside, and when nobody does it
 * is an incident of `it` unless a caller may catch it. */
void bpmn__throw_error(struct bpmn__run *r, struct bpmn__item *it, str code, str message, feel_value payload,
                       bool work);
void bpmn__throw_escalation(struct bpmn__run *r, struct bpmn__item *it, str code, feel_value payload);

/* ---- loop.c, scope.c, compensate.c ---- */

void bpmn__loop_enter(struct bpmn__run *r, struct bpmn__item *it);
void bpmn__loop_resume(struct bpmn__run *r, struct bpmn__item *it);
void bpmn__turn_done(struct bpmn__run *r, struct bpmn__item *turn);
void bpmn__add_result(struct bpmn__run *r, struct bpmn__item *it, uint32_t at, feel_value v);

/* The start event that a scope begins with, or BPMN_NONE. */
uint32_t bpmn__start_of_scope(const struct bpmn__run *r, const struct bpmn__item *it);
void bpmn__finish(struct bpmn__run *r, enum bpmn_outcome_kind outcome, str code, str message);
/* An activity inside an ad-hoc sub-process is about to end; false with an incident of it when it cannot. */
bool bpmn__ad_hoc_turn(struct bpmn__run *r, struct bpmn__item *it, bool *ret_complete);
void bpmn__ad_hoc_complete(struct bpmn__run *r, struct bpmn__item *scope);
/* Whether the element can be activated in an ad-hoc sub-process. */
bool bpmn__can_activate(const struct bpmn_model *m, uint32_t ad_hoc, uint32_t element);
void bpmn__terminate(struct bpmn__run *r, struct bpmn__item *it);

void bpmn__remember(struct bpmn__run *r, struct bpmn__item *it);
/* Takes what is to be undone for a throwing event into its todo; false: nothing. */
bool bpmn__collect(struct bpmn__run *r, struct bpmn__item *it, uint32_t activity);
/* Undoes the next of the todo; false: all is done. */
bool bpmn__undo_next(struct bpmn__run *r, struct bpmn__item *it);
void bpmn__cancel_transaction(struct bpmn__run *r, struct bpmn__item *it);
void bpmn__handler_done(struct bpmn__run *r, uint32_t compensator);

/* ---- state.c, state_write.c ---- */

#define BPMN__STATE_FORMAT "gongshi.bpmn.state.1"
str bpmn__definition_name(const struct bpmn_element *e, uint32_t definition, struct arena *a);

struct bpmn__item *bpmn__new_item(struct bpmn_state *s, struct bpmn__item *parent, uint32_t id, uint32_t element);
void bpmn__unlink(struct bpmn_state *s, struct bpmn__item *it);
void bpmn__compact(struct bpmn_state *s);

#endif
