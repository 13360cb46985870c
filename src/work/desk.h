/* desk: what an officer works with: the open tasks that are his to do, the next of them, one of them with its form, and
 * what an act would come to.
 *
 * Whose a task is: `mine` are those assigned to him; of the `team` those of his roles, in their offices, and of a
 * manager all of his offices and those below; `free` are those of the team that nobody has taken. Reserved roles other
 * than manager have no tasks. A task whose model names several groups stands with the first of them.
 *
 * Order: by the end of the legal time limit, those without one last; then by dossier. All lists are bounded and read
 * from an index, however many tasks there are.
 */
#ifndef GONGSHI_WORK_DESK_H
#define GONGSHI_WORK_DESK_H

#include "form/form.h"
#include "people/people.h"
#include "work/work.h"

enum work_desk { WORK_DESK_MINE, WORK_DESK_TEAM, WORK_DESK_FREE, WORK_DESKS };

enum work_due { WORK_DUE_ANY, WORK_DUE_LATE, WORK_DUE_WEEK /* late ones too */, WORK_DUE_NONE };

/* Where a list goes on: behind this task. */
struct work_mark {
    int64_t due; /* 0: a task without a limit */
    int64_t dossier, wait;
};

struct work_desk_query {
    int64_t person, now;
    const struct people_grant *grants; /* his, at `now` */
    uint32_t grant_count;
    enum work_desk desk;
    enum work_due due;
    str scheme, element; /* or empty; `element` only with `scheme` */
    int64_t office;      /* only of it; 0: all */
    str words;           /* a number of a dossier, or words of the name or code of a party; or empty */
    struct work_mark after; /* cleared: from the top */
    uint32_t max;
};

struct work_desk_row {
    int64_t dossier, wait, opened, due, office, assignee;
    str scheme, element, name, role, process, subject;
    str line;            /* of a task on site: what the scheme's `field` says of it; empty: it cannot be said now */
    str party;           /* what the subject is called, or empty */
    str office_name, assignee_name;
    bool counted;        /* `days` is known */
    int64_t days;        /* working days that are left: 0 on the last day, below 0 when it is over */
};

/* Returns how many; texts are in `a`. */
uint32_t work_desk_list(struct work *w, struct store_view *v, const struct work_desk_query *q, struct arena *a,
                        struct work_desk_row *ret);

/* How many there are, without regard to words and mark, counted to at most `most`. */
uint32_t work_desk_count(struct work *w, struct store_view *v, const struct work_desk_query *q, uint32_t most);

/* The most urgent one of his own; where he has none, of those that nobody has taken. False: there is none. */
bool work_desk_next(struct work *w, struct store_view *v, const struct work_desk_query *q, struct arena *a,
                    struct work_desk_row *ret);

/* Counts the working days that are left of the row's limit. */
void work_desk_days(struct work *w, struct store_view *v, int64_t now, struct work_desk_row *row);

/* Fills in what the row's subject is called. */
void work_desk_name(struct work *w, struct store_view *v, struct arena *a, struct work_desk_row *row);

/* The steps at which there are tasks of the team: for filters. */
struct work_desk_step {
    str scheme, element, name;
};
uint32_t work_desk_steps(struct work *w, struct store_view *v, const struct work_desk_query *q, uint32_t max,
                         struct arena *a, struct work_desk_step *ret);

/* Persons who could be given tasks of a role in an office, by name. */
struct work_desk_person {
    int64_t id;
    str name;
};
uint32_t work_desk_persons(struct store_view *v, int64_t office, str role, int64_t now, uint32_t max, struct arena *a,
                           struct work_desk_person *ret);

/* Roles that others have in an office, by name; without those that do nothing to dossiers. */
uint32_t work_desk_roles(struct store_view *v, int64_t office, int64_t except, int64_t now, uint32_t max,
                         struct arena *a, str *ret);

/* Names for pages; empty where there is none. */
str work_name_of_person(struct store_view *v, struct arena *a, int64_t person);
str work_name_of_office(struct store_view *v, struct arena *a, int64_t office);

/* ---- One task (desk_task.c) ---- */

/* A task, or the start of a dossier, as its page shows it. All in the arena; scheme and form live as long as the
 * record. */
struct work_desk_task {
    struct work_dossier dossier;
    const struct scheme *scheme;
    const struct scheme_process *procedure; /* or NULL */
    const struct scheme_task *said;         /* or NULL */
    const struct form *form;                /* NULL: the task has none */
    enum form_mode mode;
    str element, name, role, status;
    int64_t office, assignee, opened, due;
    bool sign;                  /* answers of another task are signed: "agree" */
    str of;                     /* of a signature the task it signs, "17.5" */
    feel_value answers_signed;  /* … what was answered, a context; or null */
    feel_value signers;         /* … who has signed so far, who answered first: ids */
    str still;                  /* … and the roles that sign after this one, in this order, a line each */
    feel_value variables;       /* all that the task sees */
    feel_value names;           /* what the form's expressions read */
    const str *open;            /* of a correction */
    uint32_t open_count;
    feel_value draft;           /* his, or null */
    int64_t drafted;            /* the instant of the draft; 0: there is none */
    uint64_t acts;              /* a bit for each enum work_act that he may do to it */
    uint32_t wait;              /* of a guest: the task that the link is for */
    struct work_request rq;     /* who asks, and about what: for work_page_open */
};

/* ERROR_MISSING, in one sentence: there is no such task, or it is not for him to see. */
enum error_code work_desk_task(struct work *w, int64_t person, int64_t dossier, uint32_t wait, struct arena *a,
                               struct work_desk_task *ret, struct error *err);

/* Can the completion of the task make something known to the public, without anybody being asked in between: does a way
 * of the process lead from it to a notice, over gateways and what the program does itself? A way that a condition will
 * close counts too. */
bool work_publishes(const struct work_desk_task *t);

/* The start of a process by an officer at the counter: its form. `rq` has actor, scheme, process, office, subject.
 * ERROR_MISSING: there is no such scheme or process; ERROR_INVALID: he may not begin it. */
enum error_code work_desk_start(struct work *w, const struct work_request *rq, struct arena *a,
                                struct work_desk_task *ret, struct error *err);

/* The task that a guest's link is for. ERROR_MISSING, in one sentence for all: the link holds no longer. */
enum error_code work_desk_guest(struct work *w, str token, struct arena *a, struct work_desk_task *ret,
                                struct error *err);

/* The form of what a guest may begin about the row that his link's dossier is about. `process` not being for guests is
 * ERROR_MISSING too. */
enum error_code work_desk_guest_start(struct work *w, str token, str process, struct arena *a,
                                      struct work_desk_task *ret, struct error *err);

/* May the person see the papers of a dossier? Officers may, also while it waits for somebody else. */
bool work_may_see_papers(struct work *w, struct store_view *v, int64_t person, int64_t now,
                         const struct work_dossier *d);

/* ---- What was declared before (earlier.c) ---- */

/* Dossiers of the same process about the same subject that were begun before, the newest first: those that the person
 * may see. */
struct work_earlier {
    struct work_dossier dossier;
};
uint32_t work_earlier(struct work *w, struct store_view *v, int64_t person, const struct work_dossier *d, uint32_t max,
                      struct arena *a, struct work_earlier *ret);

/* What was declared when it began; what is sealed in it stays so. Null: nothing. The caller has asked. */
enum error_code work_declared_in(struct store_view *v, struct arena *a, int64_t dossier, feel_value *ret,
                                 struct error *err);

/* ---- On site (field.c) ---- */

/* A task that is done on site: those of the desk whose scheme says `field`, his own and those of nobody. */
struct work_visit {
    struct work_desk_row row;
    str name, place;    /* of the row that the dossier is about: its "name", and its field of type place or "street" */
    int64_t drafted;    /* when he last kept a draft of it; 0: there is none */
};

/* By due day and place; at most `q->max`, texts in `a`. */
uint32_t work_visits(struct work *w, struct store_view *v, const struct work_desk_query *q, struct arena *a,
                     struct work_visit *ret);

/* What a FEEL text of the manifest comes to over these variables; null where it cannot be said. */
feel_value work_say(struct work *w, str source, feel_value variables, struct arena *a);

/* The row that a dossier is about, as a context of its fields; null where it is about no row. The caller has asked
 * whether the reader may see the dossier. */
feel_value work_subject_row(struct work *w, struct store_view *v, str subject, struct arena *a,
                            const struct scheme_ledger **ret_ledger);

/* Dossiers about the same row that have not ended, the newest first, with their open tasks: those that the person may
 * see. `invite`: he may give somebody a link to the task. */
struct work_about {
    int64_t dossier, wait;
    str process, task, role;
    bool invite, see; /* see: he may see the dossier itself, not only its papers */
};
uint32_t work_about_subject(struct work *w, struct store_view *v, int64_t person, str subject, uint32_t max,
                            struct arena *a, struct work_about *ret);

/* How a row came out of the last assessment that was carried out with it in it: name, grade, position, and what was
 * written of it, a context with `rank`, `why`, `next` (docs/assess.md); it tells of the row itself alone, and the bound
 * of the next grade. False: there is none. The caller has asked whether the reader may see the row. */
struct work_placed {
    int64_t assessment, at, position, of;
    str scheme, name, grade;
    feel_value result;
};
bool work_placed(struct store_view *v, str subject, struct arena *a, struct work_placed *ret);

/* The variables of a dossier at its process, sealed values opened where he may see them; null once it has ended. */
enum error_code work_desk_variables(struct work *w, int64_t person, int64_t dossier, struct arena *a, feel_value *ret,
                                    const struct scheme **ret_scheme, struct error *err);

/* The drawing of the dossier's process as SVG, with a token where it is now; the steps that it was at are marked. */
enum error_code work_desk_drawing(struct work *w, int64_t person, int64_t dossier, struct buf *out, struct error *err);

/* ---- Trying (engine.c) ---- */

/* What the request would come to now: it is planned like any other, and nothing is written. The answer has no code. */
struct work_answer work_try(struct work *w, const struct work_request *request, enum lang lang);

/* The same, telling `trial` (may be NULL) what acts of the office would make; called from this thread. */
struct work_answer work_try_seen(struct work *w, const struct work_request *request, enum lang lang,
                                 const struct work_trial *trial);

#endif
