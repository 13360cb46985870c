/* assess: assessments (评定) that last: one list made from many records or waiting dossiers at a cut-off, frozen,
 * computed, looked at, approved by a second person, and only then carried out.
 *
 *   draft        named, nothing read yet
 *   frozen       who is in it, and what is known of each, is fixed and hashed; the list of a lot can be made known
 *   seeded       a lot has its seed, which nobody could know when the list was frozen
 *   computed     order and grades; can be computed again, with another seed of course not
 *   previewed    somebody has looked at what was computed
 *   approved     by a person in the role that the manifest names, who is not the one that computed it
 *   done         every entry is carried out: fields written, dossiers answered, documents and notices made
 *   superseded   a correction, itself an assessment, stands in its place
 *
 * Who leaves after freezing is struck, with a reason; nothing is counted anew. A place that is struck after approval
 * can be given on: the next of the following grade is called to it.
 *
 * What is stored. Freezing keeps of each entry its input (facts and variables, canonical); computing keeps the quotas
 * and the SHA-256 of the whole list, no more: the list follows from the inputs, the bundle and the instant of
 * freezing, takes a second for a hundred thousand, and half a list cannot be left behind by a crash. Whoever looks at
 * it computes it again, and it must have that hash. Approving writes place, grade and reason into each entry, with
 * the SHA-256 of the record of its decision. The record itself is never kept: it is made again when somebody asks,
 * and a hundred thousand of them would be half a gigabyte that says nothing new. work_assess_verify makes all of them
 * again and compares.
 *
 * Bulk. Entries are written some hundred at a time, each unit by itself; the row of the assessment changes last. A
 * crash in between leaves the state as it was: freezing and approving begin anew, carrying out goes on where it
 * stopped. A message has a key of its own, so it arrives once; a write commits together with its mark.
 *
 * All functions ask people_may for the actor (0: the program itself, which may all but approve), wait for commits,
 * and may be called by any thread that may wait.
 */
#ifndef GONGSHI_WORK_ASSESS_H
#define GONGSHI_WORK_ASSESS_H

#include "scheme/assess.h"
#include "work/work.h"

struct work_assessment {
    int64_t id, version, office, corrects, cut;
    str scheme, bundle, name, state;
    int64_t opened, opened_by, frozen, frozen_by, count;
    str population, list, given, seed;
    int64_t seeded, seeded_by, computed, computed_by;
    str result, quotas;
    int64_t previewed, previewed_by, approved, approved_by, done;
    int64_t document, notice; /* of the whole list, once it is carried out; or 0 */
};

/* Texts in `a`; false: there is none. */
bool work_read_assessment(struct store_view *v, int64_t id, struct arena *a, struct work_assessment *ret);

struct work_assess_new {
    str scheme, name, office; /* the code of the office; empty: the first */
    int64_t corrects;         /* the assessment that it is to supersede, or 0 */
    int64_t cut;              /* an instant; 0: when it is frozen */
};

enum error_code work_assess_new(struct work *w, const struct work_assess_new *what, int64_t actor, int64_t *ret,
                                struct error *err);

/* Draft to frozen. */
enum error_code work_assess_freeze(struct work *w, int64_t id, int64_t actor, struct error *err);

/* Strikes an entry, named as in the list. After approval its place is free. */
enum error_code work_assess_strike(struct work *w, int64_t id, str entry, str reason, int64_t actor,
                                   struct error *err);

/* Frozen to seeded; not before the manifest's time after freezing is over. */
enum error_code work_assess_seed(struct work *w, int64_t id, str seed, int64_t actor, struct error *err);

/* Frozen (with a lot: seeded), computed or previewed to computed. */
enum error_code work_assess_compute(struct work *w, int64_t id, int64_t actor, struct error *err);

/* The list as JSON, whole. Without `with` it is what was computed, and the state becomes previewed. With it, a JSON
 * object of inputs that all entries have in common ({"pass":[{"grade":"A","from":320}]}), it is what would be, beside
 * what is, and nothing is stored. */
enum error_code work_assess_preview(struct work *w, int64_t id, str with, int64_t actor, struct buf *out,
                                    struct error *err);

/* The same without storing that it was looked at, for whoever may see the assessment: also of one that a correction has
 * taken the place of. */
enum error_code work_assess_look(struct work *w, int64_t id, str with, int64_t actor, struct buf *out,
                                 struct error *err);

/* `result`: the hash of what the approver has seen; another one is refused. Empty: whatever it is. */
enum error_code work_assess_approve(struct work *w, int64_t id, str result, int64_t actor, struct error *err);

/* Carries out entries that are not yet, at most `most` (0: all), and, when none is left, documents and notices. To be
 * called again after a crash. `ret_left` counts those that are still open. */
enum error_code work_assess_carry(struct work *w, int64_t id, uint32_t most, int64_t actor, int64_t *ret_left,
                                  struct error *err);

/* Strikes an approved entry and calls the next of the following grade to its place by the same message; while the list
 * is still being carried out, that brings the message. `ret` has the name of the one called, or is empty: none is left.
 * Dossiers that come to an end event which the manifest names under `call` are struck so by themselves. */
enum error_code work_assess_call(struct work *w, int64_t id, str entry, str reason, int64_t actor, struct arena *a,
                                 str *ret, struct error *err);

struct work_assess_verdict {
    uint64_t entries;
    bool population, list, result; /* are what their hashes were made of; `list` and `result` as far as there are any */
    uint64_t different;            /* entries that come out differently */
    str first;                     /* the first of them, in the arena */
};

/* Computes everything again from what was frozen. */
enum error_code work_assess_verify(struct work *w, int64_t id, struct arena *a, struct work_assess_verdict *ret,
                                   struct error *err);

/* How an entry's `decide` or `cap` was decided, as work_explain does it for a dossier; out of the frozen input, and the
 * record must have the hash that was approved. Does not ask who wants to know. */
enum error_code work_assess_explain(struct work *w, struct store_view *v, int64_t assessment, int64_t subject,
                                    str decision, struct buf *out, struct error *err);

/* JSON: the head of an assessment; with its entries as far as `max`, after the entry `after` of the list; all of a
 * scheme (empty: all), newest first. */
void work_write_assessment(const struct work_assessment *s, struct json_writer *w);
void work_write_assessment_entries(struct store_view *v, const struct work_assessment *s, int64_t after, uint32_t max,
                                   struct buf *out);
void work_write_assessments(struct store_view *v, str scheme, int64_t before, uint32_t max, struct buf *out);

/* ---- Entries as they were approved ---- */

/* What stands of an entry since the approval: no list is computed again for it. */
struct work_graded {
    int64_t subject, position;  /* the row or dossier; the place in the list, from 1; 0: not graded */
    str id, grade, struck, outcome;
    feel_value result;          /* a context with rank, why, values, next (docs/assess.md) */
};

/* Those behind a place, of one grade where that is not empty, in the order of the list. */
uint32_t work_graded_list(struct store_view *v, int64_t assessment, str grade, int64_t after, uint32_t max,
                          struct arena *a, struct work_graded *ret);

/* The entry of a row or dossier; false: it is not in the list. */
bool work_graded_of(struct store_view *v, int64_t assessment, int64_t subject, struct arena *a,
                    struct work_graded *ret);

/* The approved lists of a name in an office before one of them, the newest first: their ids. */
uint32_t work_lists_before(struct store_view *v, const struct work_assessment *s, uint32_t max, int64_t *ret);

/* The list that a lot is drawn of, a line an entry, to be made known with its hash. */
enum error_code work_assess_list(struct work *w, int64_t id, struct buf *out, struct error *err);

/* What the manifest's `then` says beside write, message and start: "document", "notice". Called once, in the unit
 * that ends the assessment; `headers` is what the manifest says there, `variables` the context of the whole list (id,
 * name, quotas, entries). `kind` is a literal. */
void work_assess_register(struct work *w, const char *kind, work_act_function *f, void *context);

#endif
