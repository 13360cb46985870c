/* bpmn: process models (BPMN 2.0 with the zeebe vocabulary) and the engine that runs them.
 *
 * Vocabulary
 *   model     a definitions file: elements, links between them, event definitions, and how they are drawn;
 *             immutable once loaded, shared by threads
 *   element   everything that has a place of its own: processes, tasks, events, gateways, lanes, pools, data …
 *   link      what joins two of them: sequence flows, message flows, associations
 *   finding   what the reader or the validation has to say about one element, with its id and line
 *   state     one running instance of a process: items, waits and variables
 *   item      a token in its place: one execution of one element; scopes (the process, sub-processes, the body of
 *             a multi-instance activity) are the parents of the items inside them
 *   wait      something an item waits for that comes from outside: a task, a job, a timer, a message …
 *   event     what comes from outside and makes one step
 *   effect    what leaves the step and is to be done outside; effects that are answered carry the id of their wait
 *   move      one line of the trace: an item that changed its phase, or a token on a link
 *
 * Invariants
 *   1. Nothing here reads a clock, a file or a locale. The same model, state, event and environment give the same
 *      state, effects and moves, byte for byte.
 *   2. A step that is refused (any code but OK) leaves the state as it was.
 *   3. A step comes to rest: tokens move until each waits or has ended, within the budget LIMIT_BPMN_MOVES; what
 *      is still on its way then stops as an incident that names the limit.
 *   4. Ids of items, waits and effects are numbers out of one counter of the state: a replay numbers alike.
 *   5. The state in JSON names elements by their BPMN ids, never by their place in the model.
 *   6. bpmn_check_state holds before and after each step.
 *
 * Life cycle: load a model into an arena; bpmn_state_init; bpmn_step with BPMN_START; bpmn_step with what happens;
 * read waits, variables, or the JSON of the state between steps; bpmn_state_release.
 */
#ifndef GONGSHI_BPMN_BPMN_H
#define GONGSHI_BPMN_BPMN_H

#include "feel/feel.h"
#include "text/words.h"

/* No element, no link, no other thing of an index. */
#define BPMN_NONE UINT32_MAX

/* ---- Kinds ---- */

enum bpmn_kind {
#define KIND(name, xml, class, ops) BPMN_##name,
#include "bpmn/kind.def"
#undef KIND
    BPMN_KINDS
};

enum bpmn_class {
    BPMN_CLASS_SCOPE,        /* holds flow nodes and runs: processes and sub-processes */
    BPMN_CLASS_ACTIVITY,
    BPMN_CLASS_EVENT,
    BPMN_CLASS_GATEWAY,
    BPMN_CLASS_LANE,
    BPMN_CLASS_DATA,
    BPMN_CLASS_ARTIFACT,
    BPMN_CLASS_DRAWN_SCOPE,  /* holds others, and is only drawn: collaborations, choreographies */
    BPMN_CLASS_PARTICIPANT,  /* a pool, or a band of a choreography task */
    BPMN_CLASS_CHOREOGRAPHY, /* activities of a choreography */
    BPMN_CLASS_CONVERSATION, /* hexagons of a conversation */
    BPMN_CLASS_GLOBAL,       /* tasks outside of processes */
    BPMN_CLASS_NAMED,        /* messages, signals, errors … that events refer to */
};

enum bpmn_class bpmn_class_of(enum bpmn_kind kind);

/* The name of the element in XML: "userTask". */
str bpmn_kind_name(enum bpmn_kind kind);

enum bpmn_trigger {
    BPMN_TRIGGER_MESSAGE,
    BPMN_TRIGGER_TIMER,
    BPMN_TRIGGER_SIGNAL,
    BPMN_TRIGGER_CONDITION,
    BPMN_TRIGGER_ERROR,
    BPMN_TRIGGER_ESCALATION,
    BPMN_TRIGGER_COMPENSATION,
    BPMN_TRIGGER_CANCEL,
    BPMN_TRIGGER_LINK,
    BPMN_TRIGGER_TERMINATE,
    BPMN_TRIGGERS
};

/* "message", "timer" … */
const char *bpmn_trigger_name(enum bpmn_trigger trigger);

enum bpmn_loop { BPMN_LOOP_NONE, BPMN_LOOP_STANDARD, BPMN_LOOP_PARALLEL, BPMN_LOOP_SEQUENTIAL };

/* ---- The model ---- */

struct bpmn__definition; /* how an event definition is carried out */
struct bpmn__behaviour;  /* how an element is carried out */

/* One event definition of an event; several make a multiple event. */
struct bpmn_definition {
    enum bpmn_trigger trigger;
    str id;
    uint32_t line;
    uint32_t ref;  /* the message, signal, error or escalation; the activity to be compensated; or BPMN_NONE */
    str name;      /* of that, or of a link; for drawing and lists */
    const struct bpmn__definition *run;
};

struct bpmn_element {
    enum bpmn_kind kind;
    str id, name, documentation; /* an empty id where the file has none */
    str text;                    /* of an annotation; of a group its category; of a data reference its state */
    uint32_t line;
    uint32_t parent;             /* the scope or collaboration around it, or BPMN_NONE; of a lane that in which it is */
    uint32_t lane;               /* the innermost lane of a flow node, or BPMN_NONE */
    uint32_t ref;                /* participant: its process; data reference: the data; call: a global task or process
                                  * of this file; message flow's message; or BPMN_NONE */
    uint32_t host;               /* of a boundary event: the activity; or BPMN_NONE */
    const uint32_t *in, *out;    /* sequence flows, as links */
    uint32_t in_count, out_count;
    uint32_t default_flow;       /* a link, or BPMN_NONE */
    const uint32_t *boundaries;  /* events attached to this activity */
    uint32_t boundary_count;
    const uint32_t *children;    /* of a scope: the elements directly inside, in the order of the file */
    uint32_t child_count;
    const struct bpmn_definition *definitions;
    uint32_t definition_count;
    const uint32_t *participants; /* of a choreography activity or conversation, in the order of the file */
    uint32_t participant_count;
    uint32_t initiator;          /* of a choreography activity: its initiating participant, or BPMN_NONE */
    enum bpmn_loop loop;
    bool interrupting;           /* start events of event sub-processes, boundary events */
    bool parallel_multiple;      /* all definitions must happen, not one of them */
    bool for_compensation;       /* a compensation handler */
    bool instantiate;            /* a receive task or event-based gateway that starts the process */
    bool parallel_start;         /* an instantiating event-based gateway all of whose events must happen */
    bool collection;             /* data: several */
    bool multiple;               /* a participant: there are several */
    bool executable;             /* a process that says so */
    const struct bpmn__behaviour *run;
};

enum bpmn_link_kind {
    BPMN_SEQUENCE_FLOW,
    BPMN_MESSAGE_FLOW,
    BPMN_ASSOCIATION,
    BPMN_DATA_INPUT_ASSOCIATION,
    BPMN_DATA_OUTPUT_ASSOCIATION,
    BPMN_CONVERSATION_LINK,
};

enum bpmn_direction { BPMN_DIRECTION_NONE, BPMN_DIRECTION_ONE, BPMN_DIRECTION_BOTH };

struct bpmn__expression;

struct bpmn_link {
    enum bpmn_link_kind kind;
    str id, name;
    uint32_t line;
    uint32_t parent;               /* the scope or collaboration that it stands in */
    uint32_t source, target;       /* elements; BPMN_NONE where the file names nothing that is there … */
    uint32_t source_link, target_link; /* … or, of an association, a link that it hangs on */
    enum bpmn_direction direction; /* of an association */
    bool conditional;              /* has a condition: drawn with a diamond unless it leaves a gateway */
    bool is_default;               /* drawn with a stroke */
    uint32_t message;              /* of a message flow: the message, or BPMN_NONE */
    const struct bpmn__expression *condition;
};

/* ---- The drawing ---- */

/* Hundredths of a pixel: coordinates of files have two digits at most that matter. */
typedef int32_t bpmn_px;

/* 0xRRGGBB, or BPMN_NONE where the file says nothing. */
typedef uint32_t bpmn_colour;

struct bpmn_box {
    bpmn_px x, y, width, height;
};

struct bpmn_font {
    str name; /* empty: not said */
    bpmn_px size;
    bool bold, italic, underline, strike_through;
};

struct bpmn_label {
    bool present;    /* the file has a label element */
    bool placed;     /* … with bounds */
    struct bpmn_box box;
    bpmn_colour colour;
    const struct bpmn_font *font; /* or NULL */
};

enum bpmn_band { BPMN_BAND_NONE, BPMN_BAND_TOP_INITIATING, BPMN_BAND_MIDDLE_INITIATING, BPMN_BAND_BOTTOM_INITIATING,
                 BPMN_BAND_TOP, BPMN_BAND_MIDDLE, BPMN_BAND_BOTTOM };

struct bpmn_shape {
    str id;
    uint32_t element;
    uint32_t line;
    struct bpmn_box box;
    bool horizontal;      /* pools and lanes; true where the file does not say and the box is wider than high */
    bool expanded;        /* sub-processes; where the file does not say: whether something inside is drawn */
    bool marker_visible;  /* exclusive gateways: the X */
    bool message_visible; /* bands of a choreography task: the envelope */
    enum bpmn_band band;
    uint32_t choreography_shape; /* of a band: the shape it belongs to, or BPMN_NONE */
    bpmn_colour fill, stroke;
    struct bpmn_label label;
};

struct bpmn_point {
    bpmn_px x, y;
};

enum bpmn_envelope { BPMN_ENVELOPE_NONE, BPMN_ENVELOPE_INITIATING, BPMN_ENVELOPE_ANSWERING };

struct bpmn_edge {
    str id;
    uint32_t link;
    uint32_t line;
    const struct bpmn_point *points;
    uint32_t point_count;
    bpmn_colour stroke;
    enum bpmn_envelope envelope; /* of a message flow: the message on it is drawn */
    struct bpmn_label label;
};

struct bpmn_diagram {
    str id, name;
    uint32_t line;
    uint32_t element; /* what the plane shows: a process, a collaboration, a collapsed sub-process; or BPMN_NONE */
    const struct bpmn_shape *shapes; /* in the order of the file, which is the order of painting */
    uint32_t shape_count;
    const struct bpmn_edge *edges;
    uint32_t edge_count;
};

/* ---- Findings ---- */

enum bpmn_finding_kind {
    BPMN_PROBLEM,  /* the process around the element cannot be run */
    BPMN_IGNORED,  /* is read or drawn, and has no effect when the process runs */
    BPMN_DRAWING,  /* something of the diagram cannot be drawn as the file has it */
    BPMN_FINDING_KINDS
};

struct bpmn_finding {
    enum bpmn_finding_kind kind;
    uint32_t process; /* the process it is about, or BPMN_NONE: about the whole file */
    str id;           /* of the element, or empty */
    uint32_t line;
    str text;         /* a sentence in the language that the model was loaded with */
};

const char *bpmn_finding_name(enum bpmn_finding_kind kind);

struct bpmn_model {
    str file, id, name, exporter, platform;
    const struct bpmn_element *elements;
    uint32_t element_count;
    const struct bpmn_link *links;
    uint32_t link_count;
    const struct bpmn_diagram *diagrams;
    uint32_t diagram_count;
    const uint32_t *processes; /* elements of kind BPMN_PROCESS, in the order of the file */
    uint32_t process_count;
    const struct bpmn_finding *findings; /* by line */
    uint32_t finding_count;
    const struct bpmn__index *index; /* ids to places */
    const struct bpmn_model *english; /* the same with English names, or NULL: bpmn_in */
};

/* Loads a definitions file; everything is allocated from `a`. Refused are only: what is no XML or no BPMN, an id
 * that stands twice, a limit; err then has the line. All else is a finding: a process with a problem cannot be
 * started, but the file can be read and drawn. err->lang is the language of the findings. */
enum error_code bpmn_load(struct arena *a, str file, str bytes, const struct bpmn_model **ret, struct error *err);

/* The model, of which bpmn_in knows the English; without words, the model as it is. */
const struct bpmn_model *bpmn_with_words(struct arena *a, const struct bpmn_model *m, const struct words *english);

/* The model with its names in this language, for drawings and lists: elements and links have the same places. Where
 * there are no words, the model itself; of NULL, NULL. */
const struct bpmn_model *bpmn_in(const struct bpmn_model *m, enum lang lang);

/* The texts that words can translate: names, annotations, documentation; also empty ones. */
typedef void bpmn_name(void *context, str name, uint32_t line);
void bpmn_names(const struct bpmn_model *m, bpmn_name *name, void *context);

/* The element or link of an id; BPMN_NONE when there is none. */
uint32_t bpmn_find(const struct bpmn_model *m, str id);
uint32_t bpmn_find_link(const struct bpmn_model *m, str id);

/* The expression that gives a user task its due date, as written, without the = of FEEL; empty where there is none. */
str bpmn_due_text(const struct bpmn_model *m, uint32_t element);

/* The process that an element is in (or is), or BPMN_NONE. */
uint32_t bpmn_process_of(const struct bpmn_model *m, uint32_t element);

/* The first problem of a process, or NULL: it can be run. */
const struct bpmn_finding *bpmn_problem(const struct bpmn_model *m, uint32_t process);

/* ---- Texts of a model, to compare it with other files ---- */

enum bpmn_text_kind {
    BPMN_TEXT_INPUT,     /* of a mapping; `name`: the variable that it makes */
    BPMN_TEXT_OUTPUT,    /* likewise */
    BPMN_TEXT_JOB,       /* the type of a job */
    BPMN_TEXT_HEADER,    /* `name`: its key */
    BPMN_TEXT_ASSIGNEE,
    BPMN_TEXT_GROUPS,    /* candidateGroups */
    BPMN_TEXT_FORM,      /* the id of a form */
    BPMN_TEXT_DECISION,  /* the id of a decision */
    BPMN_TEXT_CALLED,    /* the id of a process */
    BPMN_TEXT_RESULT,    /* no text; `name`: a variable that the element makes */
    BPMN_TEXT_MESSAGE,   /* the name of a message that is sent or waited for */
    BPMN_TEXT_SIGNAL,
    BPMN_TEXT_ERROR,     /* the code of an error or escalation */
    BPMN_TEXT_KEY,       /* correlation of a message */
    BPMN_TEXT_TIMER,
    BPMN_TEXT_CONDITION,
    BPMN_TEXT_VALUE,     /* any other expression: scripts, collections, due dates */
};

struct bpmn_text {
    enum bpmn_text_kind kind;
    uint32_t element, link; /* where it stands; the other is BPMN_NONE */
    str name, text;         /* FEEL without the = in front */
    bool feel;
    uint32_t line;
    const str *names;       /* the variables that an expression may read */
    uint32_t name_count;
};

typedef void bpmn_text_sink(void *context, const struct bpmn_text *text);

/* All texts, element by element, then the conditions of flows. */
void bpmn_texts(const struct bpmn_model *m, bpmn_text_sink *sink, void *context);

/* The whole model as text, a line a thing: a test surface, and for people who look for what was read. */
void bpmn_dump(const struct bpmn_model *m, struct buf *out);

/* ---- The state ---- */

enum bpmn_outcome_kind {
    BPMN_RUNNING,
    BPMN_ENDED,      /* all tokens have reached an end */
    BPMN_TERMINATED, /* by a terminate end event */
    BPMN_FAILED,     /* by an error that nobody caught: error_code and error_message say which */
    BPMN_CANCELLED,  /* from outside */
};

/* "running", "ended" … */
const char *bpmn_outcome_name(enum bpmn_outcome_kind outcome);

struct bpmn__item;

/* Owned by the caller, who looks inside only through the functions below. */
struct bpmn_state {
    struct arena arena;              /* of this state alone */
    const struct bpmn_model *model;
    uint32_t process;                /* BPMN_NONE before the start */
    enum bpmn_outcome_kind outcome;
    str error_code, error_message;
    uint32_t next;                   /* the counter of ids */
    uint32_t depth;                  /* of calls: 0 for an instance that nobody called */
    struct bpmn__item *root;
    struct bpmn__item *first, *last; /* all items, by id */
    uint32_t item_count, wait_count, incident_count;
    size_t settled;                  /* bytes of the arena after the last compaction */
};

void bpmn_state_init(struct bpmn_state *s, const struct bpmn_model *m);

/* Ready for another instance; keeps memory. */
void bpmn_state_clear(struct bpmn_state *s);
void bpmn_state_release(struct bpmn_state *s);

/* The canonical JSON of a state (docs/bpmn.md, "State"). */
void bpmn_state_write(const struct bpmn_state *s, struct buf *out);

/* Reads it back for a model; `s` was initialised with the model and is only changed on success. */
enum error_code bpmn_state_read(struct bpmn_state *s, str json, struct error *err);

/* True when every invariant of docs/bpmn.md holds; otherwise says in *ret which does not. Also for states from
 * outside: nothing about them is taken for granted. */
bool bpmn_check_state(const struct bpmn_state *s, const char **ret);

/* ---- Looking into a state ---- */

enum bpmn_phase {
    BPMN_PHASE_ENTERING,     /* in place; its inputs could not be made yet (an incident says why) */
    BPMN_PHASE_ACTIVE,       /* at work, or waiting */
    BPMN_PHASE_LEAVING,      /* done; its outputs or the way on could not be found yet (an incident says why) */
    BPMN_PHASE_COMPENSATING, /* its completed activities are being undone */
    BPMN_PHASE_ENDED,        /* completed: the item is gone */
    BPMN_PHASE_STOPPED,      /* ended by others: the item is gone */
    BPMN_PHASES
};

const char *bpmn_phase_name(enum bpmn_phase phase);

enum bpmn_incident {
#define INCIDENT(name, sentence) BPMN_INCIDENT_##name,
#include "bpmn/incident.def"
#undef INCIDENT
    BPMN_INCIDENTS
};

struct bpmn_item {
    uint32_t id, element;
    uint32_t parent;    /* the id of the item around it, 0 for the process */
    enum bpmn_phase phase;
    bool body;          /* the body of a loop, whose children are the turns */
    uint32_t turn;      /* of a turn of a loop, from 1; otherwise 0 */
    uint32_t incident;  /* the id of its incident, or 0 */
    enum bpmn_incident incident_kind;
    str incident_detail;
};

/* The word of an incident for JSON ("CONDITION"), and its sentence. */
const char *bpmn_incident_name(enum bpmn_incident kind);
void bpmn_incident_print(enum bpmn_incident kind, str detail, enum lang lang, struct buf *out);

/* All items in the order of their ids: i from 0; false beyond the last. The cost of all is that of one walk when
 * `cursor` (first 0) is kept between calls. */
struct bpmn_cursor {
    const struct bpmn__item *item;
    uint32_t wait;
    bool begun;
};
bool bpmn_next_item(const struct bpmn_state *s, struct bpmn_cursor *cursor, struct bpmn_item *ret);

enum bpmn_wait_kind {
    BPMN_WAIT_TASK,
    BPMN_WAIT_JOB,
    BPMN_WAIT_DECISION,
    BPMN_WAIT_CALL,
    BPMN_WAIT_TIMER,
    BPMN_WAIT_MESSAGE,
    BPMN_WAIT_SIGNAL,
    BPMN_WAIT_CONDITION,
    BPMN_WAITS
};

const char *bpmn_wait_name(enum bpmn_wait_kind kind);

struct bpmn_wait {
    uint32_t id;
    enum bpmn_wait_kind kind;
    uint32_t item;       /* the item that waits … */
    uint32_t host;       /* … its element … */
    uint32_t element;    /* … and the one that catches: itself, a boundary event, the start of an event sub-process */
    uint32_t definition; /* of the event definitions of `element`, or BPMN_NONE */
    str name;            /* message, signal, job type, decision, called process */
    feel_value key;      /* of a message: its correlation key, or null */
    int64_t due;         /* of a timer: seconds since 1970 UTC, and nanoseconds */
    uint32_t due_nano;
    bool happened;       /* one of several that must all happen, and did */
};

bool bpmn_next_wait(const struct bpmn_state *s, struct bpmn_cursor *cursor, struct bpmn_wait *ret);
bool bpmn_find_wait(const struct bpmn_state *s, uint32_t id, struct bpmn_wait *ret);

/* The value of a variable as the item sees it: its own or that of the nearest scope around. Item 0 is the process. */
bool bpmn_variable(const struct bpmn_state *s, uint32_t item, str name, feel_value *ret);

/* The variables of the item alone, and all that it sees, as a context in `a`. Item 0 is the process. */
feel_value bpmn_locals(const struct bpmn_state *s, uint32_t item, struct arena *a);
feel_value bpmn_visible(const struct bpmn_state *s, uint32_t item, struct arena *a);

/* ---- Steps ---- */

enum bpmn_event_kind {
    BPMN_START,      /* `element`: a start event, receive task or catch event of an instantiating gateway, or
                      * BPMN_NONE: the none start event of `process`; variables */
    BPMN_COMPLETE,   /* `wait`: a task, job, decision (variables: {"result": …}) or call is done; variables */
    BPMN_ERROR_THROWN,      /* `wait`: a task, job, decision or called process throws the error `code` */
    BPMN_ESCALATION_THROWN, /* `wait`: … the escalation `code`; it goes on unless an interrupting event catches it */
    BPMN_FAIL,       /* `wait`: it could not be done; becomes an incident with `text` */
    BPMN_RETURN,     /* `wait`: a task is sent back to `element` */
    BPMN_TIMER,      /* `wait`: its time has come */
    BPMN_MESSAGE_ARRIVED, /* `name` with `key` (or addressed to `wait`); variables */
    BPMN_SIGNAL_ARRIVED,  /* `name`; variables */
    BPMN_SET,        /* variables of `item` (0: the process) have new values: conditions and timers that read them
                      * are looked at again; so a clock moves */
    BPMN_ACTIVATE,   /* `wait`: the task of an ad-hoc sub-process; `element` inside is to begin */
    BPMN_RETRY,      /* `item`: what caused its incident is mended */
    BPMN_CANCEL,     /* the whole instance */
};

struct bpmn_event {
    enum bpmn_event_kind kind;
    uint32_t process, element, wait, item;
    uint32_t depth;       /* of BPMN_START: of the caller plus 1, or 0 */
    str name, code, text;
    feel_value key;
    feel_value variables; /* a context, or null */
    bool named;           /* of BPMN_RETURN: whoever asks has made sure that the task may be sent back there */
};

enum bpmn_effect_kind {
#define EFFECT(name, word, sentence) BPMN_EFFECT_##name,
#include "bpmn/effect.def"
#undef EFFECT
    BPMN_EFFECTS
};

const char *bpmn_effect_name(enum bpmn_effect_kind kind);

struct bpmn_named_value {
    str name;
    feel_value value;
};

/* Values live until the next step of the evaluator; texts of the model as long as the model. */
struct bpmn_effect {
    enum bpmn_effect_kind kind;
    uint32_t id;        /* of the wait that it opens or closes, of the incident; otherwise its own */
    uint32_t item;
    uint32_t element;   /* BPMN_NONE for those of the whole instance */
    str name;           /* job type, message, signal, decision, process, error or escalation code, detail */
    feel_value key;     /* correlation key */
    feel_value variables; /* what is sent along: a message's, a call's, the result of the process; or null */
    int64_t due;        /* of a timer */
    uint32_t due_nano;
    bool past;          /* the timer's time lies before this step */
    enum bpmn_incident incident; /* of an incident; `name` is its detail */
    enum bpmn_outcome_kind outcome;
    const struct bpmn_named_value *details; /* assignee, candidateGroups, form, headers, to …; see docs/bpmn.md */
    uint32_t detail_count;
};

struct bpmn_move {
    uint32_t item;     /* 0: a token on a link */
    uint32_t element;  /* or BPMN_NONE */
    uint32_t link;     /* or BPMN_NONE */
    uint32_t turn;
    enum bpmn_phase phase;
    bool body;
    const char *why;   /* a word: "timer", "interrupted", "incident" …; or "" */
};

struct bpmn_result {
    const struct bpmn_effect *effects;
    uint32_t effect_count;
    const struct bpmn_move *moves;
    uint32_t move_count;
};

/* One step. `ev` carries the environment (feel_eval_set_environment) and is reset; the result lives in it until its
 * next reset. A refused event leaves state and *ret alone. */
enum error_code bpmn_step(struct bpmn_state *s, const struct bpmn_event *event, struct feel_eval *ev,
                          struct bpmn_result *ret, struct error *err);

/* One line of text for a move: "t7 review active". */
void bpmn_move_print(const struct bpmn_model *m, const struct bpmn_move *move, struct buf *out);

/* ---- Starting ---- */

/* What starts a process from outside: its start events (and receive tasks, and events after an instantiating
 * gateway), for whoever must subscribe to messages, signals and timers on the process's behalf. */
struct bpmn_start {
    uint32_t element;
    enum bpmn_trigger trigger; /* BPMN_TRIGGERS: none */
    str name;                  /* message or signal */
    str text;                  /* of a timer or condition: its expression as written */
    str form;                  /* the id or key of its form, or empty */
};

/* The i-th start of a process, from 0; false beyond the last. */
bool bpmn_start_of(const struct bpmn_model *m, uint32_t process, uint32_t i, struct bpmn_start *ret);

/* When the timer of a start event is next due after `after` (seconds since 1970); false: never again, or the
 * expression gives no time (err says why). `count` is how often it has fired. */
bool bpmn_start_due(const struct bpmn_model *m, uint32_t element, struct feel_eval *ev, int64_t after,
                    uint32_t count, int64_t *ret, struct error *err);

/* ---- Migration ---- */

struct bpmn_mapping {
    str from, to; /* ids of elements in the old and the new model */
};

enum bpmn_migration_kind { BPMN_MIGRATE_OK, BPMN_MIGRATE_REFUSED };

struct bpmn_migration_line {
    enum bpmn_migration_kind kind;
    str from, to;
    str text; /* what happens to the item or wait, or why it cannot */
};

/* What a migration would do, a line for each item and wait; elements without a row in the mapping keep their id.
 * True when nothing is refused. Lines are allocated from `a`. */
bool bpmn_migration_check(const struct bpmn_state *s, const struct bpmn_model *to, const struct bpmn_mapping *map,
                          uint32_t map_count, struct arena *a, enum lang lang,
                          const struct bpmn_migration_line **ret, uint32_t *ret_count);

/* Moves the state to the model; ERROR_INVALID with the first refusal, the state as it was. What is waited for stays
 * as it was worded; the result has the effects of events at the border that are watched from now on, or no more.
 * Conditions are looked at in the next step. */
enum error_code bpmn_migrate(struct bpmn_state *s, const struct bpmn_model *to, const struct bpmn_mapping *map,
                             uint32_t map_count, struct feel_eval *ev, struct bpmn_result *ret, struct error *err);

#endif
