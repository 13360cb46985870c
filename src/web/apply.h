/* apply: what the pages of those who apply share: the form of a start or a task, laid out as sections over a draft. */
#ifndef GONGSHI_WEB_APPLY_H
#define GONGSHI_WEB_APPLY_H

#include "web/files.h"

enum { APPLY__SECTIONS = 32 };

/* A group of the form at its top, or what stands there outside of groups. */
struct apply__section {
    str title;
    uint32_t first, end; /* components */
    int32_t group;       /* the component of the group, or FORM_NONE */
    bool pledge;         /* properties.page = pledge: confirmed last, on a page of its own */
};

/* How far a section is, in the order in which they count. */
enum apply__state { APPLY__EMPTY, APPLY__BROUGHT, APPLY__BEGUN, APPLY__WRONG, APPLY__OPTIONAL, APPLY__DONE };

/* What a page works with, between web__apply_open and web__apply_close. */
struct apply {
    struct web__call *call;
    struct store_view *view;
    struct work_request rq;     /* who asks for which form: as for a draft */
    struct work_page *desk;
    feel_value draft;           /* what was saved: a context, perhaps empty */
    int64_t draft_at;           /* WORK_NO_DRAFT: nothing */
    feel_value brought;         /* for fields not in the draft: values of the last time and of ledgers … */
    feel_value from;            /* … and where each comes from, as web__part has it */
    int64_t before;             /* the dossier of the last time, or 0 */
    struct apply__section sections[APPLY__SECTIONS];
    uint32_t section_count;
    const struct form_problem *problems; /* of everything, once web__apply_check was called */
    uint32_t problem_count;
    struct web__sheet sheet;    /* what came with the request: files that were not taken */
};

/* What one may know of one's own dossier (c->number); null after 404 or 503 was sent and the view ended. */
feel_value web__open_own(struct web__call *c, struct store_view **ret_view, struct work_dossier *ret);

/* Whether the party of a dossier fills in this ledger of it, as a table: all fields that an import writes are the
 * party's to write. */
bool web__is_partys(const struct scheme_ledger *l);

/* Opens the form of a start (c->words) or a task (c->numbers). False after an answer was sent. */
bool web__apply_open(struct web__call *c, bool start, struct apply *ret);
bool web__apply_close(struct apply *p); /* false after 503 was sent */

/* Sends the error of a form that cannot be shown, after closing it. */
void web__apply_fail(struct apply *p, struct error *err);

/* Checks these answers: what is wrong, what is missing, and what does not fit together, even where something is
 * missing. */
enum error_code web__apply_check(struct apply *p, feel_value answers, struct error *err);

/* The problems of a section, copied; and how far it is. */
uint32_t web__apply_problems(struct apply *p, const struct apply__section *s, const struct form_problem **ret);
enum apply__state web__apply_state(struct apply *p, const struct apply__section *s);

/* Whether a field of the form stands in the section; and the draft's values of the section alone. */
bool web__apply_within(const struct apply *p, const struct apply__section *s, str path);
feel_value web__apply_part(struct apply *p, const struct apply__section *s, feel_value answers);

/* A name for what the draft says of the section, by which a page knows whether it was changed since. */
str web__apply_hash(struct apply *p, const struct apply__section *s);

/* Makes the draft what saving these answers makes of it. */
enum error_code web__apply_becomes(struct apply *p, feel_value answers, struct error *err);

/* `answers` with what the request has for the section in place of what they said; files are kept, and those that were
 * not taken stand in p->sheet, of which web__apply_check knows. */
enum error_code web__apply_entered(struct apply *p, const struct apply__section *s, feel_value answers,
                                   feel_value *ret, struct error *err);

/* Makes p->sheet ready for files of a section over these answers. */
void web__apply_sheet(struct apply *p, const struct apply__section *s, feel_value answers);

/* One file of the request (`path`, `file`) into the draft, at once: answers with a receipt in JSON, or what is wrong.
 * `hash`: what the draft said of the section; the receipt says what it says now to a page (`-base`) that knew that. */
void web__apply_take_file(struct apply *p, const struct apply__section *s, str hash);

/* Sends the file (`hash`) that stands in the answers, in what was declared, or in what the form shows, and closes. */
void web__apply_send_file(struct apply *p, feel_value answers);

/* The answers as the section shows them: the draft, and below it what was brought. */
feel_value web__apply_shown(struct apply *p, const struct apply__section *s, bool *ret_brought);

/* As JSON, in the arena of the request. */
str web__apply_json(struct arena *a, feel_value v);

#endif
