/* scheme: a public procedure as a folder of files (规程): manifest, processes, decisions, forms, ledgers, parameters,
 * documents, tests. Read, proven and compared here; nothing is stored, no clock is read.
 *
 * Vocabulary
 *   package    the folder, or the same as one file; what an officer edits
 *   scheme     a package that was read: immutable, shared by threads, named by the SHA-256 of its list of files
 *   manifest   scheme.json: what the files are for and how they hang together (docs/scheme.md)
 *   ledger     台账 a typed table of records
 *   parameter  参数表 a keyed table that the rules read; each row has source, state, dates
 *   fact       取数 a look-up that is bound to an input of a decision
 *   clock      时限 a deadline that starts, stops, resumes, is extended
 *   assessment 评定 one list made from many records or waiting dossiers
 *   key date   the day whose rules, parameters and ledgers a dossier is decided by
 *
 * What an input of a decision is bound to, by its name: a fact of the manifest; else a parameter (the list of its rows
 * in force on the key date); else one of the reserved names `this`, `key date`, `figures`, `clocks`; else a variable of
 * the dossier. In this order, so that no applicant can answer a form in place of the office's own records.
 *
 * Texts that a manifest gives in several languages have `zh` and may have `en`; where only a text is given it is `zh`.
 * All other texts for people stand in the files in Chinese alone, as any editor of forms and processes writes them;
 * their English is a file of its own, words/en.json, and so is that of a `zh` without `en`.
 */
#ifndef GONGSHI_SCHEME_SCHEME_H
#define GONGSHI_SCHEME_SCHEME_H

#include "bpmn/bpmn.h"
#include "dmn/dmn.h"
#include "feel/feel.h"
#include "form/form.h"

struct scheme_file {
    str name;   /* within the package: "process/permit.bpmn" */
    str bytes;
};

/* A text for people. */
struct scheme_text {
    str zh, en; /* en: empty where there is none */
};

str scheme_text(struct scheme_text t, enum lang lang);

/* A text that is given in Chinese alone, and where it stands. */
struct scheme_chinese {
    str text, file;
    uint32_t line;
};

/* ---- Ledgers ---- */

enum scheme_field_type {
    SCHEME_TEXT,
    SCHEME_INTEGER,
    SCHEME_DECIMAL,
    SCHEME_QUANTITY, /* a number with unit and perhaps 逾 or 约: {value, unit, about} */
    SCHEME_DATE,
    SCHEME_TIME,
    SCHEME_INSTANT,  /* date and time */
    SCHEME_BOOLEAN,
    SCHEME_CODE,     /* a key of a parameter, or one of `options` */
    SCHEME_REF,      /* a row of another ledger: its id as text */
    SCHEME_PARTY,    /* the handle of a party */
    SCHEME_PLACE,    /* {name, lon, lat}, degrees GCJ-02 or WGS-84 as the ledger says */
    SCHEME_HOURS,    /* opening hours: {mon: [{from, to}], …, closed: [date]} */
    SCHEME_FILE,     /* {name, hash} of a blob */
    SCHEME_LIST,     /* of contexts; `of` names the parameter or ledger whose fields they have, or it is free */
    SCHEME_FIELD_TYPES
};

/* The word of a type in manifests; -1 for another word. */
const char *scheme_field_type_name(enum scheme_field_type type);
int scheme_field_type(str word);

/* The FEEL type of values of a field: quantity, place and file are contexts, code, ref and party texts. */
const struct feel_type *scheme_feel_type(enum scheme_field_type type);

/* Who may see; the strictest first, as enum people_class. */
enum scheme_class { SCHEME_SEALED, SCHEME_PERSONAL, SCHEME_INTERNAL, SCHEME_PUBLIC };

/* Who may write: bits. */
enum { SCHEME_BY_OFFICER = 1, SCHEME_BY_PROCESS = 2, SCHEME_BY_IMPORT = 4, SCHEME_BY_PARTY = 8 };

struct scheme_field {
    str name;
    struct scheme_text title;
    enum scheme_field_type type;
    enum scheme_class class;  /* default INTERNAL */
    unsigned write;           /* default: that of its ledger */
    bool required, index, search;
    str of;                   /* ref, list: a ledger; code: a parameter */
    str unit;
    str number;               /* "示质监问〔{year}〕{n}号": a row that comes without one gets the next; or empty */
    const str *options;       /* of code, without a parameter */
    uint32_t option_count;
    uint32_t line;            /* of the file that describes the ledger */
};

enum scheme_owner { SCHEME_OF_OFFICE, SCHEME_OF_PARTY, SCHEME_OF_DOSSIER };

/* A date of each row that brings something about. */
struct scheme_due {
    str name;
    str on;                    /* FEEL over the row: the day */
    str tell;                  /* "party", "office", a role; or empty */
    str start;                 /* a process of the scheme, about the row; or empty */
    uint32_t line;
};

struct scheme_ledger {
    str name;                  /* within its scheme; elsewhere "scheme.name" */
    struct scheme_text title;
    enum scheme_owner of;
    str parent;                /* of a child ledger: whose rows its rows belong to */
    const struct scheme_field *fields;
    uint32_t field_count;
    const str *key;            /* fields: one row known at a time for the same values and overlapping validity */
    uint32_t key_count;
    str valid_from, valid_to;  /* fields, or empty: valid as long as known. A date in valid_to is the last day */
    unsigned write;
    str code;                  /* begins the short code of each record, or empty: no codes */
    str checks;                /* a decision of shape problems over a row, or empty */
    const str *share;          /* fields that other schemes may read */
    uint32_t share_count;
    const str *share_to;       /* schemes, or "*" */
    uint32_t share_to_count;
    const struct scheme_due *dues;
    uint32_t due_count;
    const struct feel_type *row; /* the context of a row, as `where` and rules see it: the fields, then `row`,
                                  * `revision`, `office`, `dossier`, where no field has the name */
    const struct feel_shape *shape; /* the names of the fields in their order; NULL: nobody has made it yet */
    str file;                  /* that the fields stand in: ledgers/NAME.json or scheme.json */
    uint32_t line;             /* of scheme.json */
};

/* The place of a field, or -1. */
int32_t scheme_field(const struct scheme_ledger *l, str name);

/* Makes the names of the fields; the ledgers of a scheme have them as `shape`. */
const struct feel_shape *scheme_ledger_shape(struct arena *a, const struct scheme_ledger *l);

/* ---- Parameters ---- */

/* The state of a row. A row that is not there is "undetermined", never a pass and never a refusal. */
enum scheme_state { SCHEME_CONFIRMED, SCHEME_PROVISIONAL /* 待核实 */, SCHEME_SAMPLE /* 示例 */ };

const char *scheme_state_name(enum scheme_state state); /* "confirmed", "待核实", "示例" */
int scheme_state(str word);

struct scheme_column {
    str name;
    struct scheme_text title;
    enum scheme_field_type type; /* TEXT, INTEGER, DECIMAL, DATE, TIME, INSTANT, BOOLEAN or CODE */
};

struct scheme_parameter_row {
    const feel_value *values;  /* in the order of the columns; null: any (key), not given (value) */
    str source;                /* where the numbers come from; empty is a finding of scheme check */
    enum scheme_state state;
    cal_date from, to;         /* the days it is in force, both included; `ever` where not said */
    bool from_ever, to_ever;
    uint32_t line;             /* of its file */
};

struct scheme_parameter {
    str name;
    struct scheme_text title;
    const struct scheme_column *columns; /* the key columns first */
    uint32_t column_count, key_count;
    const struct scheme_parameter_row *rows; /* as the package has them; what is in force the office's ledger says */
    uint32_t row_count;
    str file;                  /* that the rows came from, or empty */
    const struct feel_shape *shape; /* of a row as rules see it: the columns, then source, state, from, to; where the
                                     * table has a column `from` or `to` of its own, the days in force are called
                                     * `in force from` and `in force to` */
    const struct feel_type *row;    /* the type of such a row */
    uint32_t line;             /* of scheme.json */
};

/* The rows in force on a day as the list of contexts that rules see. Values live in `a`. */
feel_value scheme_rows_on(struct arena *a, const struct scheme_parameter *p, const struct scheme_parameter_row *rows,
                          uint32_t count, cal_date day);

/* ---- Facts ---- */

enum scheme_fact_kind {
    SCHEME_FACT_LEDGER,     /* rows of a ledger, of this scheme ("titles"), another ("sites.findings") or core */
    SCHEME_FACT_PARAMETER,  /* rows of a parameter that fit `where` */
    SCHEME_FACT_CALENDAR,   /* opening hours on a day */
    SCHEME_FACT_STATISTIC,  /* a statistic of the manifest, for one value */
    SCHEME_FACT_OVERLAP,    /* how much of a text stands in other rows */
};

struct scheme_fact {
    str name;
    enum scheme_fact_kind kind;
    str target;                /* ledger, parameter, statistic; FEEL of the hours; FEEL of the text */
    str where;                 /* FEEL over a row and `this`; empty: all */
    str on;                    /* FEEL over `this`: what holds on that day; empty: the whole history */
    str near, within;          /* FEEL: a place, metres; the rows are then by distance, each with `metres` */
    str for_value;             /* FEEL: of a statistic */
    const str *by;             /* groups … */
    uint32_t by_count;
    const str *sum;            /* … with sums of these fields, and `count` */
    uint32_t sum_count;
    const str *with;           /* overlap: "ledger.field" */
    uint32_t with_count;
    bool is_public;            /* may be read for a pre-check without account */
    uint32_t line;
};

/* ---- Decisions, processes ---- */

enum scheme_shape { SCHEME_ANY_RESULT, SCHEME_CHECKLIST, SCHEME_SHEET, SCHEME_PROBLEMS };

struct scheme_decision {
    str name;
    struct scheme_text title;
    enum scheme_shape shape;
    bool refuse_by_person;     /* a refusal, deduction or listing is confirmed by a person */
    str depart_reasons;        /* the parameter of reasons for departing from it; empty: nobody may */
    str depart_second;         /* the role that must agree, or empty */
    feel_value items;          /* of a checklist: what its ids are called, {id: text}; or null */
    feel_value evidence;       /* of its ids what speaks for them, {id: [fields of the declaration, facts]}; or null */
    uint32_t line;
};

enum scheme_mode { SCHEME_FILL, SCHEME_VERIFY, SCHEME_CORRECT, SCHEME_SCORE };

struct scheme_task {
    str element;
    str form;
    enum scheme_mode mode;
    str by;                    /* "party", "guest", a role; empty: as the process says */
    uint32_t people;           /* so many must sign; 0 and 1: one */
    const str *back;           /* elements that it may be returned to */
    uint32_t back_count;
    str sign;                  /* a role that countersigns, or empty */
    str guard;                 /* FEEL that must be true to complete it, or empty */
    bool second;               /* four eyes: not by whoever did the step before */
    str without;               /* FEEL: a login, or a list of them, of those who may not do it; or empty */
    str decision;              /* the decision it confirms or departs from, or empty */
    str field;                 /* FEEL: the line with which it stands on the list of visits; empty: not done on site */
    str checks;                /* a decision of shape problems over what is entered, the variable `answers`; or empty */
    str questions_when;        /* FEEL over its answers: the declaration is to be corrected where they mark it; empty:
                                * it asks nothing */
    str questions_document;    /* the paper that lists what is marked, or empty */
    str beside;                /* FEEL: pictures to compare, a list of {title, text, before, after}; or empty */
    uint32_t line;
};

struct scheme_clock {
    str name;
    bool for_party;            /* for whom it runs */
    str length;                /* FEEL: a row with n, unit 日|工作日, first; or a duration; null: undetermined */
    str start, stop;           /* "document NAME served", "notice NAME published", "paper received", "task E created",
                                * "task E completed", "message M", "process started" */
    str late;                  /* "message M", "task E", "tell ROLE" or empty: only shown */
    uint32_t line;
};

enum { SCHEME_START_WEB = 1, SCHEME_START_COUNTER = 2, SCHEME_START_XLSX = 4, SCHEME_START_MANY = 8,
       SCHEME_START_MESSAGE = 16, SCHEME_START_DUE = 32, SCHEME_START_LINK = 64 /* by a guest, about the same row */ };

struct scheme_process {
    str id;                    /* of the BPMN process */
    struct scheme_text title;
    str subject;               /* "party", or a ledger */
    str office;                /* FEEL, "receiver", or empty */
    str key_date;              /* "accepted", "window end", "cut-off", "act", or FEEL */
    const str *ends;
    uint32_t end_count;
    unsigned start_by;
    str start_form, checks;    /* the decision of shape problems */
    str window;                /* a parameter with opens and closes, whose keys the answers have; or =FEEL that gives
                                * such rows; or empty */
    const str *start_messages;
    uint32_t start_message_count;
    str guide_form, guide_decision; /* the pre-check for everybody: what it asks, and the checklist that answers … */
    feel_value guide_over;     /* … for each value of one name: {"applied": ["AAA", "AA"]}; or null: once */
    str guide_subject;         /* the field of the form whose value is `this.subject` of public facts, or empty */
    str guide_materials, guide_fees; /* parameters: what is handed in, what is paid; or empty */
    const str *once;           /* paths that no two running or successful dossiers share */
    uint32_t once_count;
    const struct scheme_task *tasks;
    uint32_t task_count;
    const struct scheme_clock *clocks;
    uint32_t clock_count;
    feel_value with;           /* first variables; a text that begins with = is FEEL */
    uint32_t line;
};

/* ---- Assessments, notices, documents … ---- */

enum scheme_grading { SCHEME_BY_NONE, SCHEME_BY_THRESHOLD, SCHEME_BY_SHARE, SCHEME_BY_COUNT };

struct scheme_assessment {
    str name;
    struct scheme_text title;
    bool over_dossiers;
    str over;                  /* records: ledger name; dossiers: process id … */
    str at;                    /* … and the element (receive task) at which they wait */
    str where;                 /* FEEL over a record; empty: all */
    str cut;                   /* "day", or FEEL: the cut-off is a day */
    str decide;                /* a decision for each, or empty */
    str group;                 /* a name in its result or record, or empty */
    const str *order;          /* "score desc", "zero asc", "lot" */
    uint32_t order_count;
    str ties;                  /* "up", "down", or empty: a tie at a border must be broken by order */
    enum scheme_grading grading;
    str threshold;             /* a parameter: rows with grade and `from` (at least) */
    const str *grades;         /* best first … */
    const feel_value *sizes;   /* … with share or count; the text "rest" */
    uint32_t grade_count;
    const str *remainder;      /* which grades get the units left over, in this order, where remainders tie */
    uint32_t remainder_count;
    str cap;                   /* a decision that gives the best grade allowed, or empty */
    str approve;               /* the role of the second person */
    str seed_after;            /* of a lot: duration between freezing and seed */
    feel_value then;           /* write, message, start, document, notice, as the manifest has them */
    const str *call;           /* end events of the process: whoever comes to one gives the place to the next */
    uint32_t call_count;
    uint32_t line;
};

enum scheme_notice_kind { SCHEME_PROPOSED, SCHEME_ENTRY, SCHEME_LIST_NOTICE, SCHEME_CALL };
enum scheme_audience { SCHEME_TO_PUBLIC, SCHEME_TO_PARTIES, SCHEME_TO_OFFICE };

struct scheme_notice {
    str name;
    struct scheme_text title;
    enum scheme_notice_kind kind;
    enum scheme_audience audience;
    str of;                    /* the ledger of an entry; the notice whose entries a list has */
    feel_value fields;         /* names or {name, label, mask} */
    str until;                 /* a field, a duration or FEEL; empty: no end */
    str days;                  /* of proposed: FEEL of its length, as clocks */
    str objections;            /* the process that takes them, or empty */
    str publish;               /* the role whose word it waits for; empty: it is published as it is proposed */
    uint32_t line;
};

enum scheme_seal { SCHEME_NO_SEAL, SCHEME_WET_SEAL, SCHEME_HOOK_SEAL };

struct scheme_document {
    str name;
    struct scheme_text title;
    str number;                /* "示监信〔{year}〕{n}号" */
    enum scheme_seal seal;
    const str *serve;          /* ways of service: direct, electronic, post, … */
    uint32_t serve_count;
    bool blocks;               /* numbers may be given out in blocks to pads and devices */
    str page;                  /* "A4", "A4-landscape", or empty */
    str link;                  /* a task of the dossier: whoever holds the paper may answer it once, by the link that
                                * the paper has; or empty */
    feel_value fields;
    feel_value layout;         /* documents/NAME.json: title, language, page, blocks, as docs/paper.md has them; a text
                                * that begins with = is FEEL; or null */
    str file;                  /* documents/NAME.json, or empty */
    uint32_t line;             /* of scheme.json */
};

enum scheme_role_way {
    SCHEME_ROLE_ACCOUNT,       /* persons of an office to whom the role was given */
    SCHEME_ROLE_PARTY,         /* whoever acts for the party of the dossier */
    SCHEME_ROLE_LINK,          /* a guest, by a one-time link … */
};

struct scheme_role {
    str name;
    struct scheme_text title;
    const str *at;             /* levels of offices */
    uint32_t at_count;
    enum scheme_role_way by;
    uint32_t days;             /* … that lives so long */
    uint32_t line;
};

struct scheme_use {
    str scheme;
    bool optional;             /* "sites?": its facts are unavailable where it is not installed */
};

/* An article that the scheme rests on. */
struct scheme_law {
    str name;                  /* its short name in the package */
    str act, version, article, about;
    uint32_t line;
};

/* ---- Statistics, ratings, views ---- */

/* Two sets of rows and their quotient, or a sum: "sites[enrolled and resumed]" over "sites[enrolled]". */
struct scheme_statistic {
    str name;
    struct scheme_text title;
    struct scheme_text definition; /* what is counted, in words */
    str top, bottom;           /* FEEL: a ledger with a filter; bottom empty: a count */
    str cut;                   /* "day", or FEEL */
    str show;                  /* "percent 2", "count", "sum FIELD" */
    const str *by;             /* groups */
    uint32_t by_count;
    str decide;                /* a decision that says something of each group but for the last `by`, or empty */
    enum scheme_audience audience; /* the office, where not said */
    uint32_t line;
};

/* What is rated, by whom, and with which questions. */
struct scheme_rating {
    str name;
    struct scheme_text title;
    str of;                    /* "task visit", "process permit" */
    str by;                    /* "subject", "party", a role */
    const str *ask;            /* questions */
    uint32_t ask_count;
    str process;               /* that handles it: "core.rating" */
    uint32_t line;
};

/* A page over a ledger. */
struct scheme_view {
    str name;
    struct scheme_text title;
    str ledger;
    enum scheme_audience audience;
    const str *fields;         /* none: those of class public, or what the audience may see */
    uint32_t field_count;
    str where;                 /* FEEL over a row: which rows it has; empty: all */
    str order;                 /* "from desc": an indexed field; empty: the newest first */
    const str *search;
    uint32_t search_count;
    const str *filter;         /* fields by which whoever looks may choose */
    uint32_t filter_count;
    str on;                    /* "any day", FEEL of a day, or empty: as it stands now */
    str near;                  /* a field of type place: sorted by distance; or empty */
    str decision;              /* for each row, or empty */
    uint32_t line;
};

/* ---- The scheme ---- */

struct scheme {
    const char *hash;          /* SHA-256, hexadecimal: of the canonical list of files */
    str name;
    struct scheme_text title;
    cal_date from;             /* effective from; to_ever etc. are not needed: a later version ends it */
    bool from_ever;
    bool follow_process_start; /* a dossier keeps the process it began with (default), else moves to the new one */
    feel_value follow_map;     /* {old element: new element} of those whose ids are others now; or null */
    bool follow_rules_key_date; /* rules of the version in force on its key date, else those it began with (default) */
    bool counts_days;          /* something in it may count working days: it needs the office's calendar */
    const struct scheme_file *files;
    uint32_t file_count;
    const struct bpmn_model **processes;
    uint32_t process_count;
    const struct dmn_model **decisions;
    uint32_t decision_count;
    const struct form **forms;
    uint32_t form_count;
    const struct words *words; /* words/en.json, or NULL */
    struct scheme_chinese *chinese; /* texts that the manifest gives without `en` */
    uint32_t chinese_count;
    feel_value manifest;       /* scheme.json as it is, or null */

    const struct scheme_use *uses;
    uint32_t use_count;
    const struct scheme_role *roles;
    uint32_t role_count;
    const struct scheme_ledger *ledgers;
    uint32_t ledger_count;
    const struct scheme_parameter *parameters;
    uint32_t parameter_count;
    const struct scheme_fact *facts;
    uint32_t fact_count;
    const struct scheme_decision *described; /* decisions that the manifest says something of */
    uint32_t described_count;
    const struct scheme_process *procedures; /* processes that the manifest says something of */
    uint32_t procedure_count;
    const struct scheme_assessment *assessments;
    uint32_t assessment_count;
    const struct scheme_notice *notices;
    uint32_t notice_count;
    const struct scheme_document *documents;
    uint32_t document_count;
    const struct scheme_law *laws;
    uint32_t law_count;
    const struct scheme_statistic *statistics;
    uint32_t statistic_count;
    const struct scheme_rating *ratings;
    uint32_t rating_count;
    const struct scheme_view *views;
    uint32_t view_count;
    str keep_dossier, keep_draft; /* how long: durations, or "window + P30D"; empty: for ever */
};

/* Reads and loads a package; everything is allocated from `a`. `name` is that of the scheme where the package has no
 * scheme.json. What cannot be run (a process with a problem, a manifest with an unknown member) refuses it, with file
 * and line; what is merely doubtful scheme_check finds. */
enum error_code scheme_load(struct arena *a, str name, const struct scheme_file *files, uint32_t count,
                            const struct scheme **ret, struct error *err);

/* ---- One file ---- */

/* The package as one file: the same bytes for the same files, with the hash at the end. */
void scheme_write_bundle(const struct scheme *s, struct buf *out);
bool scheme_is_bundle(str bytes);

/* Loads such a file; ERROR_INVALID when a byte of it has changed. */
enum error_code scheme_read_bundle(struct arena *a, str bytes, const struct scheme **ret, struct error *err);

/* Lays other files over those of a package, which has room for them: rows of a parameter with the same key and first
 * day take the place of the package's, all other rows are added below; any other file takes the place of that of its
 * name, or is added. So a sample round stands beside the package without being in it. */
enum error_code scheme_overlay(struct arena *a, struct scheme_file *files, uint32_t *count,
                               const struct scheme_file *over, uint32_t over_count, struct error *err);

/* The hash that a package of these files has, without loading it; the files are sorted. */
enum { SCHEME_HASH = 65 };
void scheme_hash(str name, struct scheme_file *files, uint32_t count, char ret[SCHEME_HASH]);

/* The canonical list of files that the hash is made of. */
void scheme_write_list(const struct scheme *s, struct buf *out);

/* By name; NULL when there is none. */
const struct scheme_ledger *scheme_ledger(const struct scheme *s, str name);
const struct scheme_parameter *scheme_parameter(const struct scheme *s, str name);
const struct scheme_fact *scheme_fact(const struct scheme *s, str name);
const struct scheme_decision *scheme_described(const struct scheme *s, str name);
/* What an item of a checklist is called; empty where the manifest does not say. */
str scheme_item_title(const struct scheme *s, const struct scheme_decision *d, str id, enum lang lang);
/* A text of the package (the name of a step, a grade, a title) in a language; the text itself where there is none. */
str scheme_word(const struct scheme *s, str text, enum lang lang);
/* The same of a sentence that rules made of pieces (words_fill). */
str scheme_sentence(const struct scheme *s, str text, enum lang lang, struct arena *a);
const struct scheme_process *scheme_process(const struct scheme *s, str id);
/* "示监信〔{year}〕{n}号" filled in; a number 0 leaves a gap to be filled by hand. */
str scheme_number(struct arena *a, str pattern, int32_t year, int64_t n);
/* The model that a process is drawn in; of the first one when `process` is empty; or NULL. */
const struct bpmn_model *scheme_model(const struct scheme *s, str process);
const struct scheme_task *scheme_task(const struct scheme_process *p, str element);
const struct scheme_clock *scheme_clock(const struct scheme_process *p, str name);
const struct scheme_assessment *scheme_assessment(const struct scheme *s, str name);
const struct scheme_notice *scheme_notice(const struct scheme *s, str name);
const struct scheme_document *scheme_document(const struct scheme *s, str name);
const struct scheme_role *scheme_role(const struct scheme *s, str name);
const struct scheme_statistic *scheme_statistic(const struct scheme *s, str name);
const struct scheme_rating *scheme_rating(const struct scheme *s, str name);
const struct scheme_view *scheme_view(const struct scheme *s, str name);
const struct form *scheme_form(const struct scheme *s, str id);

/* The model of a decision or service, by id or name, and its node; NULL when there is none. */
const struct dmn_model *scheme_find_decision(const struct scheme *s, str name, uint32_t *ret_node);

#endif
