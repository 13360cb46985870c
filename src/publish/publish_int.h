/* publish_int: what the files of publish share. Read in the order field.c (what a white list shows), document.c,
 * paper.c (the PDF), layout.c (what is on it), form_block.c (forms on it), preview.c, print.c, issue.c (seal and
 * service), seal.c (the hook), block.c (numbers), detect.c, notice.c, waiting.c, register.c,
 * change.c, table.c, view.c, why.c, reasons.c, listed.c, credit.c, rate.c, object.c.
 */
#ifndef GONGSHI_PUBLISH_PUBLISH_INT_H
#define GONGSHI_PUBLISH_PUBLISH_INT_H

#include "publish/publish.h"
#include "scheme/clock.h"
#include "text/json_write.h"

struct publish {
    struct publish_config config;
};

work_act_function publish__record, publish__notice, publish__document, publish__rate;
work_paper_function publish__on_paper;
work_notice_function publish__who_publishes;
work_carry_function publish__make_paper, publish__expire, publish__seal_by_hook;

/* ---- Rows ---- */

/* The places of the columns that are changed (store/tables.def). */
enum {
    DOCUMENT__STATE = 7, DOCUMENT__BLOB = 8, DOCUMENT__MADE = 9, DOCUMENT__ISSUED = 12, DOCUMENT__ISSUED_BY = 13,
    DOCUMENT__SERVED = 14, DOCUMENT__SERVICE = 15, DOCUMENT__REASON = 16, DOCUMENT__SEALED = 17,
    DOCUMENT__COLUMNS = 18,
    NOTICE__SERIES = 2, NOTICE__NUMBER = 3, NOTICE__STATE = 8, NOTICE__PUBLISHED = 9, NOTICE__UNTIL = 10,
    NOTICE__DOCUMENT = 11, NOTICE__AFTER = 18, NOTICE__ENDED = 19, NOTICE__REASON = 20, NOTICE__PUBLISHED_BY = 30,
    NOTICE__RELEASED = 31, NOTICE__COLUMNS = 32,
    BLOCK__STATE = 5, BLOCK__DOCUMENT = 6, BLOCK__REASON = 7, BLOCK__AT = 8, BLOCK__ACTOR = 9, BLOCK__COLUMNS = 10,
};

/* A row that keeps all its columns but id and version. */
struct store_value *publish__row(struct arena *a, size_t columns, int64_t id, int64_t version);

/* Commits a change of our own and tells who listens. */
enum error_code publish__commit(struct publish *p, struct store_change *c, struct error *err);

/* The row of the audit trail: who did what to which thing; `detail` is a JSON object. */
enum error_code publish__audit(struct publish *p, struct store_change *c, int64_t now, int64_t actor, const char *verb,
                               const char *kind, int64_t object, str detail, struct error *err);

/* {"text":…}: the detail of a row of audit that tells why. In the arena. */
str publish__because(struct arena *a, str reason);

/* ---- How it was decided (why.c, reasons.c, listed.c) ---- */

/* What the record of a decision came to. Its outputs are called by the names of nodes, as its decision is; the manifest
 * may call that by its id. */
feel_value publish__result(feel_value content);

/* Whether an input of decisions is for everybody, whatever they are about: a day, a parameter, a fact that the manifest
 * marks public. */
bool publish__is_common(const struct scheme *s, str name);

/* The member of an item, where it is not null. */
void publish__write_member(struct json_writer *w, feel_value item, const char *name);

/* "rules": those that fitted in an explanation (docs/explain.md), with output and clauses. */
void publish__write_rules(struct json_writer *w, feel_value explained);

/* "items": those of a checklist or score sheet in the result of a decision; `said` may be NULL. */
void publish__write_items(struct json_writer *w, const struct scheme *s, const struct scheme_decision *said,
                          feel_value result, enum lang lang);

/* ---- Values (field.c) ---- */

/* A variable by its path: "place", "party.name". */
feel_value publish__path(feel_value variables, str path);

/* Whether a sealed value stands anywhere in it. */
bool publish__holds_sealed(feel_value v);

/* An expression of the manifest over the variables of the job and `more`, whose entries hide them, and over the
 * parameters that it mentions, as they are in force on the day of the act. The value is in the job's arena. */
enum error_code publish__evaluate(const struct work_job *job, str source, feel_value more, feel_value *ret,
                                  struct error *err);

/* Where the values of a white list come from: the row, else the variables. A path through a field that names a party
 * or a row reads on there. */
struct publish__source {
    const struct work_job *job;
    const struct scheme_ledger *ledger; /* that the row is of, or NULL */
    feel_value row;                     /* or null */
    bool checked;                       /* nothing personal or sealed … */
    bool is_public;                     /* … and of ledgers only fields of class public */
};

/* May the field, and the value of a path, be shown? ERROR_INVALID. */
enum error_code publish__check_class(const struct publish__source *from, const struct scheme_field *f, str path,
                                     struct error *err);
enum error_code publish__check_value(const struct publish__source *from, feel_value v, str path, struct error *err);

/* The value of a path, checked, and the field of a ledger that it stands in, or NULL. */
enum error_code publish__value(const struct publish__source *from, str path, feel_value *ret,
                               const struct scheme_field **ret_field, struct error *err);

/* Writes the fields of a white list, an array of names or of {"name":…,"label":…,"mask":…}, with their values; `words`
 * (may be NULL) gets the values as text, for the search. What may not be shown refuses the whole. */
enum error_code publish__write_fields(const struct publish__source *from, feel_value list, struct json_writer *w,
                                      struct buf *words, struct error *err);

/* The same for what is shown: "name" 张三丰 → 张某, "middle" 13812345678 → 138****5678, "digits" each digit a star.
 * ERROR_INVALID for another word. */
enum error_code publish__mask(struct arena *a, str how, str text, str *ret, struct error *err);

/* The calendar year and day in China of an instant. */
int32_t publish__year(int64_t micros);
cal_date publish__day(int64_t micros);

/* ---- Documents ---- */

/* "permit/Notice/2026": a series has its numbers from 1 each year. */
str publish__series(struct arena *a, str scheme, str name, int64_t micros);

struct publish__new_document {
    int64_t id;              /* 0: a new one is taken */
    str series, name, content;
    const char *seal;
    bool sample;
    int64_t number;          /* that it has already; 0: the next of the series */
    bool made;               /* there is a paper outside; nothing is to be made */
};

/* ---- Paper (paper.c, layout.c) ---- */

/* A document that becomes a request to gongshi-paper; everything is borrowed. */
struct publish__making {
    struct arena *a;
    struct store *store;
    struct store_view *view;
    struct feel_eval *ev;
    const struct scheme *scheme; /* whose layout it is, or NULL */
    feel_value content;          /* of the document, opened */
    int64_t at, number;          /* number 0: it has none yet, and is marked 预览 */
    str series;
    feel_value names;            /* what expressions of the layout see; of layout.c alone */
    struct error *err;
};

/* Reads the content of a document and opens what is sealed in it; gives content, at and scheme. */
enum error_code publish__open_content(struct publish *p, struct store_view *view, struct arena *a, str text,
                                      struct publish__making *ret, struct error *err);

enum error_code publish__request(struct publish__making *m, struct buf *out);

/* The same in pieces, for several documents behind each other, each on a new page. */
enum error_code publish__begin_request(struct publish__making *m, struct json_writer *w);
enum error_code publish__add_blocks(struct publish__making *m, bool first, struct json_writer *w);
enum error_code publish__end_request(struct publish__making *m, struct json_writer *w);

/* Adds a document and puts its making into the queue. Returns its id, or 0 with err. */
int64_t publish__add_document(const struct work_job *job, const struct publish__new_document *d, struct error *err);

/* The content of a document that the manifest describes: what is needed to make the paper, again and again. `link`: the
 * address by which it is answered, sealed; or null. */
enum error_code publish__content(const struct publish *p, const struct work_job *job, const struct scheme_document *d,
                                 feel_value link, struct buf *out, struct error *err);

/* The address of a guest's link. */
str publish__link(const struct publish *p, struct arena *a, const char *token);

/* May what rests on rows in state 示例 be made known here? ERROR_INVALID outside of a demonstration. */
enum error_code publish__not_sample(struct store_view *v, bool sample, struct error *err);

const char *publish__seal_name(enum scheme_seal seal);

/* The hook is to seal a document: an item of the queue "seal". */
bool publish__queue_seal(struct publish *p, struct store_change *c, struct arena *a, int64_t document, int64_t now);

/* {NAME: text} for the manager of a paper's office. */
bool publish__tell_manager(struct publish *p, struct store_change *c, struct arena *a,
                           const struct publish_document *d, const char *name, str text);

/* Uses a number of a block for a document. */
enum error_code publish__use_number(const struct work_job *job, str series, int64_t number, int64_t document,
                                    struct error *err);

/* All rows of a ledger that have this text in a field. */
enum error_code publish__rows(struct publish *p, struct store_view *v, str ledger, const char *field, str value,
                              struct arena *a, const struct scheme_ledger **ret, struct record_answer *ret_rows,
                              struct error *err);

void publish__begun(const struct work_answer *answer, struct publish_begun *ret);

/* ---- Notices ---- */

const char *publish__kind_name(enum scheme_notice_kind kind);
const char *publish__audience_name(enum scheme_audience audience);

/* How long a notice stands, as the manifest says it: what its expression came to. */
struct publish__length {
    bool days;             /* `value` is counted as clocks are, from the day of publication; else it says until when */
    bool proposed;         /* it must have an end */
    feel_value value;      /* null: without end */
};

/* Why a notice waits for somebody's word, and whose. */
struct publish__hold {
    str role;              /* of the manifest; empty: a manager's */
    uint32_t wait;         /* of the dossier, or 0 */
    int64_t askers[WORK_ASKERS]; /* who proposed it */
    uint32_t asker_count;
    feel_value found;      /* {kind: how often} of publish_detect; or null */
};

struct publish__new_notice {
    int64_t id, list, before;
    int64_t dossier;       /* that it is a notice of; 0: that of the job */
    int64_t until;         /* of an amendment, which has no `length` */
    struct publish__length length;
    str series, name, kind, audience, party, title, reason, objections;
    str fields;
    feel_value *entries;   /* of a list: the fields of each */
    uint32_t entry_count;
    const struct publish__hold *hold; /* NULL: it is published at once */
    bool sample, page;     /* a page for the board is made of it */
};

/* Adds the row and, unless it waits, its page, its words and what makes it expire. */
enum error_code publish__add_notice(const struct publish *p, const struct work_job *job,
                                    const struct publish__new_notice *n, struct error *err);

/* What of a notice that waits is made known when it is published (waiting.c): its page, which shows `entries` of a
 * list, its words and what makes it expire. *ret_document is 0 where it has no page. */
struct publish__out {
    str series, title, fields;
    int64_t id, until;
    feel_value *entries;
    uint32_t entry_count;
    bool is_public, sample, page;
};
enum error_code publish__make_known(const struct publish *p, const struct work_job *job, const struct publish__out *n,
                                    int64_t *ret_document, struct error *err);

/* Until when; 0: without end. */
enum error_code publish__until(const struct work_job *job, const struct publish__length *length, int64_t *ret,
                               struct error *err);

/* What is found in the fields of rows that are to be known outside of the office (`is_public`), or, for a party or the
 * office alone, the numbers of identity cards: {kind: how often}, or null. */
feel_value publish__found(struct arena *a, const str *fields, uint32_t count, bool is_public);

/* Publishes or turns down a notice that waits, with its entries; the change is the job's. */
enum error_code publish__put_out(const struct publish *p, const struct work_job *job, const struct publish_notice *n,
                                 str reason, struct error *err);
enum error_code publish__turn_down(const struct work_job *job, const struct publish_notice *n, str reason,
                                   struct error *err);
enum error_code publish__word(const struct publish *p, const struct work_job *job, struct work_paper *what,
                              struct error *err);

/* Another text whenever anything has been done in the office. */
str publish__version(struct store_view *v, struct arena *a);

/* A value of type place. */
bool publish__is_place(feel_value v);

/* Does one of the fields hold a place, {"lon":…,"lat":…}? */
bool publish__has_place(struct arena *a, str fields);

/* All entries of a list that the reader may see, whatever has become of them, the oldest first. In the arena. */
uint32_t publish__entries(struct store_view *v, int64_t list, const struct publish_reader *reader, struct arena *a,
                          struct publish_notice **ret);

/* The version of a notice that stands, or 0; another takes its place. */
int64_t publish__published_version(struct store_view *v, int64_t id);
void publish__supersede(const struct work_job *job, int64_t id, int64_t version, int64_t by);

/* A notice is to be looked at again when its time has come. */
bool publish__watch(const struct work_job *job, int64_t notice, int64_t until, struct error *err);

#endif
