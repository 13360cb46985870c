/* office: what the pages of officers share. */
#ifndef GONGSHI_WEB_OFFICE_H
#define GONGSHI_WEB_OFFICE_H

#include "web/web_int.h"

#include "work/desk.h"

/* The list that an address asks for. */
struct work_desk_query web__desk_query(struct web__call *c);

/* Adds "?name=value" or "&name=value"; nothing where the value is empty. */
void web__add_query(struct buf *out, const char *name, str value);

/* Members of a row about its limit: last_day, urgency (good, fair, bad), late, today, days. */
void web__put_due(struct node *n, const struct work_desk_row *row, int64_t now);

str web__scheme_title(struct web__call *c, struct store_view *v, str name);

/* Who could be given tasks of the role: `persons`. */
void web__put_persons(struct web__call *c, struct store_view *v, int64_t office, str role, int64_t chosen);

/* The green banner that ?done= asks for. */
void web__put_done(struct web__call *c);

/* Puts the form of a task into the model. `first`: as it is kept as a draft; otherwise as it was sent, checked, with
 * *ret_with the answers as JSON, and its problems in the model. False after an answer was sent. */
bool web__task_form(struct web__call *c, const struct work_desk_task *t, bool first, str *ret_with);

/* The field whose name is "-", a mark and a path; NULL: it was not sent. */
const str *web__marked(struct web__call *c, char mark, str path);

/* The value of a field in words: labels of options, names of files. */
str web__view_shown(struct arena *a, const struct form_view *v);

/* ---- What is to be corrected (page_office_question.c) ---- */

/* What was marked, as the member "open" of the answers; what is marked without a word is among the problems. */
feel_value web__questions_sent(struct web__call *c, const struct work_desk_task *t, struct feel_eval *ev);

/* Puts the declaration by sections with what is marked (`open`, a list or null) as `questions`; false: this task asks
 * nothing. */
bool web__put_questions(struct web__call *c, const struct work_desk_task *t, struct feel_eval *ev, feel_value open);

/* Puts what the notice would list as `notice_items`; whether there was one before as `told`. */
void web__put_notice_draft(struct web__call *c, feel_value open);
void web__put_told_before(struct web__call *c, struct store_view *v, const struct work_desk_task *t);

/* The fields of a form that were declared, in groups, beside what was verified: `declared`. */
void web__put_declared(struct web__call *c, struct store_view *v, const struct form *f, const struct form_view *views,
                       uint32_t count, feel_value verified);

/* What earlier steps of a dossier (as work_write_dossier has it) answered, the latest first: `answered`. */
void web__put_answered(struct web__call *c, struct store_view *v, const struct scheme *s, feel_value dossier);

/* Submits an act and goes on to `where` (empty: to the dossier that began); a refusal is a page that says why. */
void web__act_and_go(struct web__call *c, const struct work_request *rq, str where);

/* Where one goes after an act that may take the dossier out of one's sight: the list, which says what is next. */
str web__after(struct web__call *c, int64_t dossier, enum work_act act);

/* The dossier as work_write_dossier writes it, read once for all that a page puts of it (`all` below). */
feel_value web__dossier_json(struct web__call *c, struct store_view *v, const struct work_dossier *d);

/* The number, name and state of the dossier at the head of its pages, with its clocks. */
enum error_code web__put_dossier_head(struct web__call *c, struct store_view *v, const struct work_dossier *d,
                                      feel_value all, struct error *err);

/* ---- Scoring blindly (page_office_blind.c) ---- */

/* Whether the reader must not learn whose dossier it is, by its tasks as work_write_dossier has them; the same of a row
 * of the list. */
bool web__is_blind(const struct web__call *c, const struct scheme *s, str process, feel_value tasks);
bool web__is_blind_row(const struct web__call *c, struct store_view *v, const struct work_desk_row *row);

/* ---- What a decision rests on (page_office_evidence.c) ---- */

struct web__rest {
    const struct scheme *scheme;
    const struct scheme_decision *decision; /* as the manifest describes it */
    const struct form *form;                /* with which the dossier began, or NULL */
    feel_value variables;                   /* of the dossier: `declared`, `verified` */
    feel_value nodes;                       /* of the explanation: what was given and computed */
};

/* Puts into an item what the manifest says speaks for it: `values` (declared, verified) and `facts` (how many rows). */
void web__put_item_evidence(struct web__call *c, struct store_view *v, struct node *item, const struct web__rest *rest,
                            str id);

/* Adds the facts that the decision was given to a list, each with its rows, once. */
void web__put_fact_rows(struct web__call *c, struct store_view *v, struct node *list, const struct web__rest *rest);

/* Puts the earlier declarations of the party as `earlier`, with what is different now. */
void web__put_earlier(struct web__call *c, struct store_view *v, const struct scheme *s, const struct work_dossier *d,
                      feel_value variables);

/* "合同履行状况 3 份数": what a field is called, with what it stands in. */
str web__whole_label(struct arena *a, const struct form *f, const struct form_view *v);

/* What the dossier rests on: `checks` (decisions with their items), `declared` (what was declared, and verified). */
void web__put_evidence(struct web__call *c, struct store_view *v, const struct scheme *s, const struct work_dossier *d,
                       feel_value all, feel_value variables);

#endif
