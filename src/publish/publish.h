/* publish: what is made known, and the papers. The office's acts that a process model asks for by service tasks:
 *
 *   gongshi.record    header `ledger`: writes the local variable `row` into a ledger
 *   gongshi.notice    header `notice`: publishes the notice that the manifest describes under that name, of the local
 *                     variable `of` (a row, or its number); a list of the rows in `entries`; with `amends` in place of
 *                     an earlier one
 *   gongshi.document  header `document`: makes the numbered document that the manifest describes under that name, of
 *                     the local variable `data`
 *   gongshi.rate      header `rating`: makes a one-time token with which a thing can be rated
 *
 * All act in the unit of the step that asks for them: what was decided and what is made known commit together.
 *
 * White list. A notice has exactly the fields that the manifest lists for it, out of the row or the variables of the
 * dossier; nothing is ever taken away from something larger. A field that is not there is published as null. What is
 * personal or sealed refuses the notice. docs/publish.md.
 *
 * Four eyes. A notice for which the manifest names a role waits until somebody with it, who did not propose it, says
 * yes; so does every notice in whose text personal data is found (detect.h), for a manager, who says why. The step of
 * the process waits with it.
 *
 * Samples. What was decided with a parameter row in state 示例 is neither published nor issued outside of a
 * demonstration (the row "demo" of the table meta), and is marked there.
 *
 * Papers. Number and content are fixed when the step commits; the PDF is made of them afterwards by gongshi-paper, in
 * an item of the queue "paper", and kept as a blob. It can be made again at any time from the same content.
 */
#ifndef GONGSHI_PUBLISH_PUBLISH_H
#define GONGSHI_PUBLISH_PUBLISH_H

#include "form/form.h"
#include "helper/sheet_call.h"
#include "people/people.h"
#include "text/json_write.h"
#include "work/work.h"

struct publish;

struct publish_config {
    struct work *work;
    struct store *store;
    struct record *record;
    struct people *people;   /* who may say yes to a notice; NULL: everybody */
    bool background;         /* notices expire */
    struct helper *paper;    /* makes the PDF; NULL: papers wait in their queue */
    const char *sealer;      /* the program that seals; NULL: seals of the hook are recorded by hand */
    uint32_t sealer_ms;      /* its time; 0: LIMIT_HELPER_RUN_MS */
    const char *address;     /* the public address for QR codes, "https://…", without a slash at its end; or "" */
    void (*published)(void *context); /* after something visible to the public has changed; may be NULL */
    void *context;
};

/* Registers the acts and, with a helper, begins to make papers. Before requests come; freed with the arena. */
void publish_open(struct arena *a, const struct publish_config *config, struct publish **ret);

/* Is this office a demonstration? */
bool publish_is_demo(struct store_view *v);

/* ---- Documents ---- */

struct publish_document {
    int64_t id, number, dossier, made, issued, served, issued_by;
    str series, name;
    str state;   /* "drafted", "made", "failed", "paper" (written by hand on a pad), "void" */
    str seal;    /* "none", "wet", "hook" */
    str blob;    /* hash of its PDF, or empty */
    str sealed;  /* hash of what the hook made of it, or empty */
    str service; /* JSON, or empty */
    str reason;  /* why it is void, or could not be made or sealed */
    bool sample; /* rests on a parameter row in state 示例 */
};

/* Texts are copied into `a`; false: there is none. */
bool publish_read_document(struct store_view *v, int64_t id, struct arena *a, struct publish_document *ret);

/* The paper of a series with a number, likewise. */
bool publish_find_document(struct store_view *v, str series, int64_t number, struct arena *a,
                           struct publish_document *ret);

/* Of a dossier (0: all), below `before`, newest first. */
uint32_t publish_list_documents(struct store_view *v, int64_t dossier, int64_t before, uint32_t max, struct arena *a,
                                struct publish_document *ret);
void publish_write_document(const struct publish_document *d, struct buf *out);

/* Papers with a seal of running dossiers of an office that are not served yet, the newest first. */
uint32_t publish_list_unserved(struct store_view *v, int64_t office, uint32_t max, struct arena *a,
                               struct publish_document *ret);

/* What gongshi-paper is asked for a document (docs/paper.md). Holds sealed values in plain: not to be kept. */
enum error_code publish_paper_request(struct publish *p, int64_t id, struct buf *out, struct error *err);

/* What gongshi-paper is asked for a document that is not made yet: as its process would make it out of what the dossier
 * says now, and `with` (a context, or null) in place of its variables of those names, without a number, each page
 * marked 预览. Where no process makes it, its data are the variables of the dossier; where the manifest gives it no
 * number, it is material and has no mark. Of running dossiers, each on a page of its own; `name` is that of the
 * manifest. Holds sealed values in plain, like that below. */
enum error_code publish_preview(struct publish *p, const int64_t *dossiers, uint32_t count, str name, feel_value with,
                                int64_t now, struct buf *out, struct error *err);

/* What gongshi-paper is asked for all papers that a request would make if it were sent now, one behind the other,
 * without numbers and marked 预览: planned like any other, nothing is written. ERROR_MISSING: it would make none; what
 * refuses the request itself is *ret_answer (may be NULL). */
enum error_code publish_try(struct publish *p, const struct work_request *rq, enum lang lang, struct buf *out,
                            struct work_answer *ret_answer, struct error *err);

/* May completing a step make a paper at once? A service task that makes one can be reached without waiting for anybody;
 * whether it is, the answers decide. */
bool publish_makes_paper(const struct scheme *s, str process, str element);

/* What stands on a screen, as a table with what is to be known of it: a list, a ledger, a statistics report with its
 * definition and cut-off. Of the same `table` helper_sheet_rows makes the workbook: both have what the screen has. */
struct publish_view {
    str title, header;  /* header: at the head of each page; may be empty */
    const str *notes;   /* paragraphs above the table: which office, which filter, when, by which definition */
    uint32_t note_count;
    const struct sheet_rows *table;
    int64_t at;         /* when it was looked at, in microseconds */
    enum lang lang;
    bool landscape;
};

enum error_code publish_view_request(const struct publish_view *v, struct buf *out, struct error *err);

/* Has a request of docs/paper.md printed without waiting; `done` gets the PDF (helper_submit). Any thread. */
void publish_print(struct publish *p, str request, enum lang lang, helper_done *done, void *context);

/* Writes the blocks of a form with its answers, as docs/paper.md has them, into a list that is open. Values are those
 * of form_check; `variables` is what its expressions read beside them, or null. The evaluator is reset. */
enum error_code publish_write_form(const struct form *form, struct feel_eval *ev, feel_value values,
                                   feel_value variables, struct arena *a, struct json_writer *w, struct error *err);

/* A document that could not be made, or whose PDF is lost, is made again. */
enum error_code publish_make_again(struct publish *p, int64_t id, int64_t actor, int64_t now, struct error *err);

/* The hook is to seal it once more, after an incident. ERROR_INVALID: it is sealed, or not by a hook. */
enum error_code publish_seal_again(struct publish *p, int64_t id, int64_t actor, int64_t now, struct error *err);

/* What becomes of a paper, whosever it is: `act` (WORK_SEAL, WORK_VOID; of a dossier also WORK_SERVE), `actor`,
 * `paper`, `with` and `text` as work_submit takes them. That of a dossier is changed in its lane; that of a list,
 * which no dossier has, for whoever may do it to papers of the office that made the list. Waits. ERROR_IO: it may be
 * tried again. */
enum error_code publish_change_paper(struct publish *p, const struct work_request *rq, int64_t now, struct error *err);

/* The office of a paper: of its dossier, or of the list that it is of; 0: of none. */
int64_t publish_office_of(struct store_view *v, const struct publish_document *d);

/* ---- Numbers ---- */

struct publish_block {
    int64_t id, office, count, first; /* of its numbers, which follow each other */
    str scheme, document, holder, series;
};

/* Gives out the next `count` numbers of this year's series of a document of the manifest. */
enum error_code publish_give_block(struct publish *p, const struct publish_block *b, int64_t actor, int64_t now,
                                   struct arena *a, struct publish_block *ret, struct error *err);

/* A number that was given out and is spoilt or came back unused. */
enum error_code publish_void_number(struct publish *p, str series, int64_t number, int64_t actor, int64_t now,
                                    str reason, struct error *err);

/* {"series":…,"last":n,"numbers":[{"number":1,"is":"document"…}…],"out":n,"unaccounted":n}: each number from 1 to the
 * last is a document, void, out (given out and not heard of), or unaccounted, of which there are none. */
void publish_write_account(struct store_view *v, str series, struct buf *out);

/* ---- Notices ---- */

struct publish_notice {
    int64_t id, number, dossier, published, until, version; /* number 0: not published yet */
    int64_t list;   /* the list that it is an entry of, or 0 */
    int64_t before, after; /* the notice whose place it took, and the one that took its place */
    int64_t ended;
    str series, kind, title, name, party, reason, objections;
    str state;      /* "waiting" (to be published), "declined"; "published", "superseded", "expired", "withdrawn" */
    str audience;   /* "public", "parties", "internal" */
    str fields; /* a JSON array of {"label":…,"name":…,"value":…} in the order of the white list; some have no label */
    str blob;   /* hash of its PDF, or empty: not made yet */
    bool sample;
    str publisher;  /* the role whose word it waited for, or empty */
    str held;       /* JSON of one that waited: {"found":{"mobile":2}, …} */
    str released;   /* why what was found in it may be public */
    str proposers;  /* JSON: the numbers of all who may not publish it, because they proposed it */
    int64_t office, proposed, proposed_by, published_by;
    uint32_t wait;  /* the step of its dossier that waits with it, or 0 */
};

/* Who reads: everybody, a party, the office. */
struct publish_reader {
    str party;
    bool office;
};

/* Texts are copied into `a`; false: there is none that everybody, or this reader, may see. A superseded one is seen;
 * what is withdrawn or expired only the office sees. */
bool publish_read_notice(struct store_view *v, int64_t id, struct arena *a, struct publish_notice *ret);
bool publish_read_for(struct store_view *v, int64_t id, const struct publish_reader *reader, struct arena *a,
                      struct publish_notice *ret);

struct publish_query {
    struct publish_reader reader;
    str words;      /* public notices that have all of them; or empty */
    int64_t before; /* ids below it, newest first */
    int64_t list;   /* entries of this list; 0: all */
    int64_t dossier; /* of this dossier; 0: all */
    bool whole;     /* no entries of lists; counts only without words */
    int64_t at;     /* those that stood at an instant; 0: now */
    uint32_t max;
};

/* Returns how many. */
uint32_t publish_find(struct store_view *v, const struct publish_query *q, struct arena *a,
                      struct publish_notice *ret);

/* The same for everybody and now. */
uint32_t publish_list(struct store_view *v, str words, int64_t before, uint32_t max, struct arena *a,
                      struct publish_notice *ret);

/* A JSON object, the same for list, page and command. */
void publish_write_notice(const struct publish_notice *n, struct buf *out);

/* A value as text for people: a string as it is, dates too, a place as `广场(119.65,29.08)`, all else as JSON; empty for
 * null. */
str publish_shown(struct arena *a, feel_value v);

/* How the dossier of a notice was decided, for everybody: {"notice","decisions":[{"decision","title","at","withheld":
 * [inputs],"items":[{"id","clause","need","result","have","gap"}],"rules":[{"table","rule","output","clauses"}]}]}.
 * Of a decision with something withheld there is neither a rule, nor a figure of anybody, nor an item that is not
 * met. Titles are in the language of `err`. ERROR_MISSING: there is no such notice for everybody. docs/publish.md,
 * "How it was decided". */
enum error_code publish_write_why(struct publish *p, struct store_view *v, int64_t notice, struct buf *out,
                                  struct error *err);

/* How a dossier of one's own was decided: {"decisions":[{"decision","title","shape","at","items":[{"id","clause",
 * "result","have","need","gap"} or {"id","clause","full","got"}]}]}; empty until the dossier is over or the party is
 * asked for a reply. ERROR_MISSING: it is not the reader's. */
enum error_code publish_write_reasons(struct publish *p, struct store_view *v, const struct work_reader *who,
                                      int64_t dossier, struct buf *out, struct error *err);

/* How an entry of an approved list came to its grade: its keys in the order of the rule, how many there are of each
 * grade and by which arithmetic, and each decision that it rests on. Of a decision the office reads all but sealed
 * values; the party of the row what is its own: where an input is neither a field of its row nor a parameter nor a
 * fact that the manifest marks public, only the items, with the names of what is withheld. Nothing is told of
 * another entry. docs/assess.md, "How an entry was decided", has the members. Does not ask whose the row is. */
enum error_code publish_write_listed(struct publish *p, struct store_view *v, int64_t assessment, int64_t subject,
                                     bool office, struct buf *out, struct error *err);

/* What a field is called for people: its label, else its name. */
str publish_label(feel_value field);

/* Puts another notice, with new values for some of its fields, into the place of one; the old one stays, superseded.
 * What a person amends waits at the desk for a second one, and the old notice stands until then. */
enum error_code publish_amend(struct publish *p, int64_t id, feel_value with, int64_t actor, int64_t now, str reason,
                              int64_t *ret, struct error *err);

/* ---- The desk: notices that wait for somebody's word ---- */

/* Those of an office in a state ("waiting", "published", "withdrawn" …), newest first, below `before`; no entries of
 * lists but such as amend one. One whose step waits no more is none. The caller has asked whether the reader may see
 * what the office does. */
uint32_t publish_desk(struct store_view *v, int64_t of, const char *state, int64_t before, uint32_t max,
                      struct arena *a, struct publish_notice *ret);

/* May the person do this to the notice: PUBLISH, DECLINE, WITHDRAW, AMEND? Err (may be NULL) says why not. */
bool publish_may(struct publish *p, struct store_view *v, const struct publish_notice *n, enum people_verb verb,
                 int64_t actor, int64_t now, struct error *err);

/* Publishes what waits, as it was proposed; its step goes on. Not for who proposed it; with a reason, where personal
 * data was found in it. ERROR_MISSING: it does not wait (any more). */
enum error_code publish_publish(struct publish *p, int64_t id, int64_t actor, int64_t now, str reason,
                                struct error *err);

/* Turns it down, for a reason: its step is held up with it, and proposes the notice anew when it is tried again. */
enum error_code publish_decline(struct publish *p, int64_t id, int64_t actor, int64_t now, str reason,
                                struct error *err);

/* Takes a notice back, with a reason; it is shown no more. ERROR_MISSING, ERROR_INVALID. */
enum error_code publish_withdraw(struct publish *p, int64_t id, int64_t actor, int64_t now, str reason,
                                 struct error *err);

/* ---- Credit ---- */

/* What stands against and for a party on a day: {"party":…,"on":…,"score":n,"points":[…],"listing":[…],"penalty":[…],
 * "praise":[…]}. The score is the sum of the points of entries in force that day and not repaired by then. `all`: for
 * the office and the party itself; otherwise only fields of class public, of entries in their public period, and no
 * score. */
enum error_code publish_write_credit(struct publish *p, struct store_view *v, str party, cal_date on, bool all,
                                     struct buf *out, struct error *err);

/* Credit repair (信用修复): a new revision of the entry, repaired from the day on. */
enum error_code publish_repair(struct publish *p, int64_t row, cal_date on, int64_t actor, int64_t now, str reason,
                               struct error *err);

/* ---- What people without an account do ---- */

/* Each begins a dossier of its own; its number and code follow it (work_followed). How often an address may ask is not
 * looked at here. */
struct publish_begun {
    int64_t dossier;
    char code[16];
};

/* Of a notice that the reader sees; or, with `notice` 0, of a dossier by its number and follow code. `with`: the
 * answers of the form with which the process of objections begins; `key`: as of requests, or empty. */
struct publish_objection {
    int64_t notice, dossier;
    str code, key;
    struct publish_reader reader;
    feel_value with;
};

enum error_code publish_object(struct publish *p, const struct publish_objection *o, struct publish_begun *ret,
                               struct error *err);

/* A token from a receipt; or, without one, number and follow code of the dossier that it was made in. */
struct publish_right {
    str token, code;
    int64_t dossier;
};

/* Whether something of a dossier can be rated now, by its number and follow code. */
bool publish_ratable(struct store_view *v, int64_t dossier, int64_t now);

/* Rates what a token was handed out for: {"grade":1…5,"answers":[…],"words":…,"contact":…}; begins the process that
 * handles it, with the message "rated". A token is good once. */
enum error_code publish_rate(struct publish *p, const struct publish_right *by, feel_value with, int64_t now,
                             struct publish_begun *ret, struct error *err);

/* Is there something of the dossier that can be rated, and has not been? */
bool publish_may_be_rated(struct store_view *v, int64_t dossier, int64_t now);

/* Rates once more (追评) what was answered, by number and code of the rating: {"grade":1…5}. ERROR_INVALID: it is not
 * the time, or has been done. */
enum error_code publish_rate_again(struct publish *p, int64_t number, str code, feel_value with, struct error *err);

/* What the person who rated may know, by the same: {"dossier","grade","state","at","answer","answered","again","may
 * rate again"}. */
enum error_code publish_write_rating(struct publish *p, struct store_view *v, int64_t number, str code, struct buf *out,
                                     struct error *err);

#endif
