/* assess_int: what the files of assessments share. Read in the order assess.c (rows and acts), assess_freeze.c (who
 * is in it), assess_compute.c (order and grades), assess_explain.c (of one entry), assess_carry.c (what follows). */
#ifndef GONGSHI_WORK_ASSESS_INT_H
#define GONGSHI_WORK_ASSESS_INT_H

#include "people/people.h"
#include "text/sha256.h"
#include "work/assess.h"
#include "work/work_int.h"

enum {
    ASSESS__UNIT = 120,   /* rows of one unit: some two milliseconds of the writer, so that people need not wait */
    ASSESS__PAGE = 4000,  /* entries read in one view */
    ASSESS__SLOTS = 16,   /* units on their way at a time */
    ASSESS__THREADS = 8,
};

/* Columns, as tables.def has them. */
enum assess__column {
    ASSESS__ID, ASSESS__VERSION, ASSESS__SCHEME, ASSESS__BUNDLE, ASSESS__NAME, ASSESS__OFFICE, ASSESS__STATE,
    ASSESS__CORRECTS, ASSESS__CUT, ASSESS__OPENED, ASSESS__OPENED_BY, ASSESS__FROZEN, ASSESS__FROZEN_BY, ASSESS__COUNT,
    ASSESS__POPULATION, ASSESS__LIST, ASSESS__GIVEN, ASSESS__SEED, ASSESS__SEEDED, ASSESS__SEEDED_BY,
    ASSESS__COMPUTED, ASSESS__COMPUTED_BY, ASSESS__RESULT, ASSESS__QUOTAS, ASSESS__PREVIEWED, ASSESS__PREVIEWED_BY,
    ASSESS__APPROVED, ASSESS__APPROVED_BY, ASSESS__DONE, ASSESS__DOCUMENT, ASSESS__NOTICE, ASSESS__COLUMNS
};

enum entry__column {
    ENTRY__ASSESSMENT, ENTRY__NUMBER, ENTRY__VERSION, ENTRY__SUBJECT, ENTRY__ID, ENTRY__INPUT, ENTRY__STRUCK,
    ENTRY__STRUCK_AT, ENTRY__DECISION, ENTRY__POSITION, ENTRY__PART, ENTRY__GRADE, ENTRY__RESULT, ENTRY__CALLED,
    ENTRY__OUTCOME, ENTRY__CARRIED, ENTRY__COLUMNS
};

/* One act about one assessment. */
struct work__assess {
    struct work *w;
    struct arena arena;
    struct work_assessment s;
    const struct scheme *scheme;
    const struct scheme_assessment *rule;
    int64_t actor, now;
    struct error *err;
};

/* Reads the assessment and its scheme, and asks whether the actor may. Whatever comes out, work__assess_end frees. */
enum error_code work__assess_begin(struct work__assess *x, struct work *w, int64_t id, int64_t actor,
                                   enum people_verb verb, struct error *err);
void work__assess_end(struct work__assess *x);

/* ERROR_INVALID unless the state is one of the words, which blanks separate. */
enum error_code work__assess_is(const struct work__assess *x, const char *states);

/* A row that changes nothing but what is set in it afterwards: of the assessment, or of an entry. */
struct store_value *work__assess_row(struct work__assess *x);
struct store_value *work__entry_row(struct arena *a, const struct work__assess *x, int64_t number, int64_t version);

/* Adds the row of audit; `detail` is a JSON object, canonical. */
enum error_code work__assess_audit(struct work__assess *x, struct store_change *c, const char *verb, str detail);

/* Writes one unit; ERROR_INVALID when somebody else was faster. */
enum error_code work__assess_commit(struct work__assess *x, struct store_change *c, enum store_lane lane);

/* ---- Many units (assess.c) ---- */

struct work__bulk_slot {
    struct work__bulk *bulk;
    struct arena arena;
    struct store_change *change;
    bool busy;
};

/* Units of ASSESS__UNIT rows, some of which are on their way while the next is made. Each is guarded by the version
 * of the assessment. */
struct work__bulk {
    struct work__assess *x;
    pthread_mutex_t lock;
    pthread_cond_t done;
    struct work__bulk_slot slots[ASSESS__SLOTS];
    struct work__bulk_slot *now;   /* that is being filled */
    enum store_outcome outcome;    /* the first that was not DONE */
};

void work__bulk_begin(struct work__bulk *b, struct work__assess *x);

/* The change that the next row goes into, with the arena of what it needs. */
struct work__bulk_slot *work__bulk_next(struct work__bulk *b);

/* Waits for all; says what was wrong. */
enum error_code work__bulk_end(struct work__bulk *b);

/* ---- Entries (assess_compute.c) ---- */

struct work__entry {
    int64_t number, version, subject;
    str id, input, struck;
    bool late;                    /* was struck after the list had been approved with it */
    char decision[SHA256_TEXT];   /* or empty */
};

struct work__computed {
    struct arena arenas[ASSESS__THREADS + 1];
    struct work__entry *entries;
    struct scheme_entry *of;      /* the same, as assess.h wants them */
    uint32_t count;
    struct scheme_list list;
    struct buf text;              /* quotas and entries as JSON, a line each; what `hash` is made of */
    str quotas, *lines;           /* in it; lines in the order of the list */
    char hash[SHA256_TEXT];
};

/* Reads all entries and computes order and grades. `with`: a context of common inputs that take the place of those
 * given, or null. `late_strikes`: what was struck after the approval is taken as not struck. */
enum error_code work__assess_compute(struct work__assess *x, feel_value with, bool late_strikes,
                                     struct work__computed *ret);
void work__computed_release(struct work__computed *c);

/* What deciding an entry takes: what all have in common, with the members of `with` (or null) in the place of those
 * frozen; the inputs of an entry, its own before the common ones; a decision of the scheme; where and when. */
enum error_code work__assess_given(struct work__assess *x, feel_value with, struct arena *a, feel_value *ret);
feel_value work__assess_inputs(struct arena *a, feel_value given, feel_value own);
enum error_code work__assess_decision(struct work__assess *x, str name, const struct dmn_model **ret,
                                      uint32_t *ret_node);
void work__assess_environment(struct work__assess *x, struct feel_environment *ret);

/* Hash of what was frozen: of `given`, then of each entry. */
void work__population_begin(struct buf *text, str given);
void work__population_add(struct buf *text, str id, str input);

#endif
