/* web_int: what the files of web share. README.md beside it tells how a page is added. */
#ifndef GONGSHI_WEB_WEB_INT_H
#define GONGSHI_WEB_WEB_INT_H

#include "assets.h"
#include "pages.h"
#include "publish/register.h"
#include "record/file.h"
#include "text/json_write.h"
#include "text/node.h"
#include "web/template.h"
#include "web/web.h"

#include <pthread.h>

struct web {
    struct web_config config;
    bool secure; /* the public address is https: cookies are for TLS only */
    struct web__rates *rates;
    struct web__dear *dear;
    atomic_uint_fast64_t version;
    struct web__held *held;       /* forms of those whose session had ended (held.c) */
    struct web__packs *packs;     /* compressed pages (pack.c) */
    struct web__waits *waits;     /* pages that wait for something (wait.c) */
    struct web__uploads *uploads; /* files between two steps of an import (parked.c) */
};

/* KNOWN: whoever has given a password, even while a step of his log-in is still to come. */
enum web__who {
    WEB__WHO_EVERYBODY,
    WEB__WHO_KNOWN,
    WEB__WHO_PERSON,
    WEB__WHO_PARTY,
    WEB__WHO_STAFF,
    WEB__WHO_ADMIN,
};
enum web__side { WEB__SIDE_ANY, WEB__SIDE_PUBLIC, WEB__SIDE_STAFF };
enum web__kind {
    WEB__KIND_PAGE,
    WEB__KIND_DATA,
    WEB__KIND_JSON,
    WEB__KIND_FORM,
    WEB__KIND_UPLOAD,
    WEB__KIND_FILE,
    WEB__KIND_EVENTS,
};

/* How the reader wants to see pages: from his cookies. */
struct web__look {
    enum lang lang;
    bool large, contrast;
};

/* What is still to come before a log-in with a password is one: until then the session is nobody's but on the pages of
 * these steps. */
enum web__step { WEB__STEP_NONE, WEB__STEP_CODE, WEB__STEP_PASSWORD, WEB__STEP_FACTOR };

struct web__route;

/* One request on its way through a handler. */
struct web__call {
    struct web *web;
    struct http_request *r;
    const struct web__route *route;
    struct arena *arena;
    struct web__look look;
    enum lang lang;
    int64_t number;      /* the first of the path */
    int64_t numbers[2];
    str words[2];
    int64_t again;       /* of a refusal: when it may be tried again; 0: nobody knows */
    bool secret;         /* the answer is for this reader alone: set by a handler whose address holds a code */
    bool json;           /* the view model is wanted, not the page */
    int64_t now;
    int64_t person;      /* of the session, or 0; 0 also while a step of the log-in is still to come */
    int64_t known;       /* whose session it is, even then */
    enum web__step step; /* which step */
    str name;            /* what he is called */
    bool outside;        /* he is an account: an applicant or an agent, nobody of the office */
    str party;           /* of such a one: the handle of the party that he acts for, bound at `now`; or empty */
    str party_name;      /* what the office's ledger calls it; the handle where it does not */
    const struct people_grant *grants; /* his, at `now` */
    uint32_t grant_count;
    bool cookie;         /* the session came in a cookie, not in a header */
    struct people_session session;
    struct node *model;  /* what the page shows: handlers add to it */
};

typedef void web__handler(struct web__call *c);

#define ROUTE(method, path, handler, who, side, kind, sentence) void web__##handler(struct web__call *c);
#include "web/route.def"
#undef ROUTE

struct web__route {
    enum http_method method;
    const char *path, *name;
    web__handler *handler;
    enum web__who who;
    enum web__side side;
    enum web__kind kind;
    const char *sentence;
};

/* The whole table; for dispatch, OpenAPI and the tests. */
extern const struct web__route web__routes[];
extern const size_t web__route_count;

/* ---- Input (input.c) ---- */

enum web__place { WEB__PLACE_QUERY, WEB__PLACE_FIELD, WEB__PLACE_FILE, WEB__PLACE_MEMBER };
enum web__type { WEB__TYPE_TEXT, WEB__TYPE_INT, WEB__TYPE_WORD, WEB__TYPE_FLAG, WEB__TYPE_ANYTHING };

struct web__input {
    const char *route, *name;
    enum web__place place;
    enum web__type type;
    int64_t bound;
    bool required;
};

extern const struct web__input web__inputs[];
extern const size_t web__input_count;

/* Whether what came is what the route reads; false after 400 was sent. Called before every handler. */
bool web__check_input(struct web__call *c);

/* The same for the members of a body that is JSON; called by its handler. */
bool web__check_members(struct web__call *c, feel_value body);

/* A parameter or field that input.def names; empty, `otherwise`, false where there is none. */
str web__text(const struct web__call *c, const char *name);
int64_t web__int(const struct web__call *c, const char *name, int64_t otherwise);
bool web__flag(const struct web__call *c, const char *name);

/* The path that was asked for, without the ".json" of a page's model: what links to parts of it begin with. */
str web__path(const struct web__call *c);

/* ---- Answers (answer.c) ---- */

#define WEB__HTML "text/html; charset=utf-8"
#define WEB__JSON "application/json"

/* Draws the page of c->model, or sends the model itself where JSON is wanted. Whoever calls it may have called
 * http_may_cache before; a page for somebody who is logged in is never kept. */
void web__answer(struct web__call *c, int status, template_function *page);

/* 303 to an address of this site; anything else leads to "/". */
void web__go(struct web__call *c, str address);

/* `back` when it is an address of this site, else "/". */
str web__local(str back);

/* A page or JSON that says what went wrong and what to do. */
void web__refuse(struct web__call *c, int status, const struct error *err);

/* ---- Pages that wait (wait.c) ---- */

/* Whether what a page waits for is over: on a thread of its own, so it reads the view and nothing of a request. */
typedef bool web__over(struct web *web, struct store_view *v, int64_t number);

/* Answers with a stream of events that says "changed" when it is over: for a route of kind EVENTS, which an element of
 * the page names in data-events. Without a script the page says how to look again. Ask first who may know. */
void web__wait(struct web__call *c, web__over *over, int64_t number);

struct web__waits *web__waits_new(struct arena *a, struct web *web);
void web__waits_end(struct web__waits *w);

/* ---- Compressed pages (pack.c) ---- */

enum { WEB__TAG = 32 }; /* letters of a page's tag, which is the beginning of the hash of its bytes */

struct web__packs *web__packs_new(struct arena *a);
void web__packs_free(struct web__packs *p);

bool web__takes_gzip(const struct http_request *r);

/* The bytes of this tag in the form of gzip; false: there is nothing to gain. Any thread. */
bool web__pack(struct web__packs *p, struct arena *a, const char *tag, str bytes, str *ret);

/* Sends a buffer, which is released. */
void web__send(struct web__call *c, int status, const char *type, struct buf *body);

/* The status of HTTP that an outcome of an act is. */
int web__status_of(enum work_outcome outcome);

/* The same of what is the same for everybody: with the hash of its bytes as tag, and compressed. */
void web__send_public(struct web__call *c, int status, const char *type, struct buf *body);

/* {"error":{…}} with the words of err. */
void web__send_error(struct web__call *c, int status, const struct error *err);

/* Sets a cookie; an empty value takes it away. `seconds` 0: until the browser is closed. */
void web__cookie(struct web__call *c, const char *name, str value, int seconds, bool secret);

struct http_page web__error_page(struct http_request *r, int status, const char *message, void *context);

/* Headers that every answer has. */
void web__secure(struct web__call *c);

/* ---- Forms (form.c) ---- */

/* Puts a form as it stands for the request into c->model: `components` for pages/form.html, and `problems`. Made in the
 * request's arena; the evaluator is the caller's. */
enum error_code web__put_form(struct web__call *c, const struct form *f, struct feel_eval *ev,
                              const struct form_request *request, const struct form_problem *problems,
                              uint32_t problem_count, struct error *err);

/* When and where a picture was taken, as the device said it: `taken`, `place` with `accuracy`, or why there is none. */
void web__put_taking(struct web__call *c, struct node *to, feel_value file);

/* What is wrong, at the top of the page, each with the way to its field. */
void web__put_problems(struct web__call *c, const struct form_problem *problems, uint32_t count);

/* The components of a form from `first` up to `end`, which stand beside each other in a group, or in none. */
struct web__part {
    const struct form *form;
    uint32_t first, end;
    const struct form_problem *problems;
    uint32_t problem_count;
    feel_value from; /* a context: of some fields the English sentence that says where their values come from; or
                        null */
    struct store_view *view; /* where it is looked up what the scanner said of files; or NULL */
};

/* The n-th, from 1, of the texts between bars: "a|b|c"; empty beyond the last. */
str web__nth(str list, uint32_t n);

/* The first name of a path: "performance[3].due" is in "performance". */
str web__root(str path);

/* Puts them as `components` into an object of the model; web__put_form is this of the whole form. */
enum error_code web__put_part(struct web__call *c, const struct web__part *part, struct feel_eval *ev,
                              const struct form_request *request, struct node *into, struct error *err);

/* Puts the files that a value is as the list `files`: hash, name, size, row; `waits` or `refused`. */
void web__put_files(struct web__call *c, struct store_view *v, struct node *n, feel_value value);

/* What the reader entered, as form_check wants it: the fields of the request without `csrf`, `do` (the button) and
 * those of the page itself, whose names begin with "-".
 * The route has the row INPUT(handler, "", FIELD, ANYTHING, 0, OPTIONAL). */
enum error_code web__form_answers(struct web__call *c, const struct form *f, feel_value *ret, struct error *err);

/* ---- Logging in (login.c) ---- */

/* The name of the cookie: with TLS one that only the whole site over TLS can set. */
const char *web__session_cookie(const struct web *web);

/* Whether a password may be sent here: over TLS, from this machine, or in a demonstration. False after 403 was sent. */
bool web__may_send_password(struct web__call *c);

/* The log-in page (that of the office or that for everybody) that leads back to this request. */
str web__login_address(struct web__call *c, const char *page);

/* After a log-in or a step of it: the cookie of the session, and on to the next step or to `back`. */
void web__enter(struct web__call *c, const struct people_login *login, str back);

/* The page of a step, which leads on to `back`. */
str web__step_address(struct web__call *c, enum web__step step, str back);
enum web__step web__step_of(const struct web *web, const struct people_session *session);

/* Before something grave (docs/security.md, 40): whether all that a log-in takes was given lately, or stands in the
 * fields -password and -code of this request. False with a problem in the model: answer the form again with 422. With
 * `anew` the log-in does not count, both must stand there. */
bool web__proved(struct web__call *c, bool anew);

/* The same for programs, which have no form to give them in: false after 403 was sent. */
bool web__proved_lately(struct web__call *c);

/* For {use prove}, which stands in the form of such a thing: whether it asks for password and code. */
void web__put_proof(struct web__call *c, bool anew);

/* ---- Files between two steps (parked.c) ---- */

struct web__uploads *web__uploads_new(struct arena *a);

/* Keeps a copy of a file for a person, until WEB_UPLOAD_SECONDS have passed or WEB_UPLOADS newer ones came. `ret_token`
 * finds it again; PEOPLE_TOKEN characters. */
enum error_code web__upload_keep(struct web__call *c, const struct http_file *file, char *ret_token,
                                 struct error *err);

/* A descriptor of its own, at the beginning, with the name that the client gave; ERROR_MISSING. */
enum error_code web__upload_open(struct web__call *c, str token, int *ret_fd, str *ret_name, struct error *err);

/* ---- Forms of an ended session (held.c) ---- */

struct web__held *web__held_new(struct arena *a);

/* Holds the form that somebody from outside sends whose session, named by the token, has ended, and leads him to the
 * log-in and from there to what is held. True when it answered. */
bool web__hold_form(struct web__call *c, str token);

/* ---- Looking (web.c) ---- */

struct web__look web__look(const struct http_request *r);

/* A view, or NULL after 503 was sent. */
struct store_view *web__view(struct web__call *c);

/* Ends the view; false after 503 was sent, because what was read is not whole. */
bool web__view_end(struct web__call *c, struct store_view *v);

/* Has the reader this role, in whatever office? */
bool web__has_role(const struct web__call *c, str role);

/* A plan of the reader, begun; false after 503 was sent. People_finish ends it. */
bool web__plan(struct web__call *c, struct people_plan *ret);

/* ---- How often (rate.c) ---- */

/* FOLLOW: what a code guards; BEGIN: what begins a dossier without an account; CHECK: what computes without one. */
enum web__rate { WEB__RATE_LOGIN, WEB__RATE_CODE, WEB__RATE_FOLLOW, WEB__RATE_BEGIN, WEB__RATE_CHECK };

struct web__rates *web__rates_new(struct arena *a);

/* Whether the address of the client may still try this; false after 429 was sent. Counting is another call, so that
 * what succeeds need not count. */
bool web__within_rate(struct web__call *c, enum web__rate rate);
void web__count_rate(struct web__call *c, enum web__rate rate);

/* Both: what is counted whatever becomes of it. */
bool web__take_rate(struct web__call *c, enum web__rate rate);

/* ---- One at a time (dear.c) ---- */

struct web__dear *web__dear_new(struct arena *a);

/* Has the route answer; of what takes long only one at a time for each person, otherwise 429. */
void web__handle(struct web__call *c);

/* ---- Files that come in (upload.c, scan.c) ---- */

/* A kind of file, known by its bytes. */
struct web__file_kind {
    const char *ending, *name, *type; /* "jpg", "JPEG", "image/jpeg" */
    size_t at;                        /* where … */
    const char *mark;                 /* … these bytes stand */
    size_t length;
    const char *inside;               /* of an archive: a file that must be in it; NULL: whatever it has */
};

/* NULL: none that we know. */
const struct web__file_kind *web__file_kind(int fd, uint64_t size);

struct web__kept {
    char hash[STORE_HASH + 1];
    uint64_t size;
    const struct web__file_kind *kind;
    enum record_file state; /* fine, or it waits for the scanner */
};

/* The file of a field that input.def names as FILE; NULL: none was chosen. */
const struct http_file *web__file(const struct web__call *c, const char *field);

/* Whose a file is until something is written that names it (record/file.h), when it comes for such a request: its
 * dossier's, else whose the draft of a start would be: the subject's, the party's, the person's. */
str web__sender(struct arena *a, const struct work_request *rq);

/* Looks what it is by its bytes, how large, what the scanner says; then keeps it as a blob that is `owner`'s. `accept`:
 * what the field takes, as in a form (".pdf, image/png"); empty: PDF, JPEG, PNG. What is wrong with the file is
 * ERROR_INVALID or ERROR_LIMIT and names it; ERROR_IO: it may be sent again later. */
enum error_code web__keep_file(struct web__call *c, const struct http_file *f, str accept, str owner,
                               struct web__kept *ret, struct error *err);

/* "PDF, JPEG, PNG": what `accept` stands for. */
str web__accept_names(struct arena *a, str accept);

/* The name, with the ending of the kind where it has not one of those. */
str web__with_ending(struct arena *a, str name, const struct web__file_kind *kind);

/* "9.3 MB" */
str web__size_text(struct arena *a, uint64_t bytes);

/* Sends a blob to be saved under this name, which may be any text; never to be shown. 409 before the scanner has let it
 * through. Ask first who may have it. */
void web__send_file(struct web__call *c, str hash, str name);

/* The same of a file that was looked for where he may see it; 404 where it was not there. */
void web__send_found(struct web__call *c, bool there, str hash, str name);

/* The same, but a picture may stand in a page of ours. It is evidence: where `bare`, for whoever may see the picture
 * but need not know what the file tells of place and hour, its bytes are not those of the hash (text/picture.h). */
void web__show_file(struct web__call *c, str hash, str name, bool bare);

/* A paper as PDF, or 404 while it is not made; what is not `public` is kept by nobody on the way. Ask first who may
 * have it. */
void web__send_pdf(struct web__call *c, str hash, bool public);

/* The number as the paper has it: "示监受〔{year}〕{n}号" filled in. */
str web__paper_number(struct arena *a, const struct scheme *s, const struct publish_document *p);

struct web__paper {
    str to;   /* the address that its acts go to, and that ".pdf" and "/wait" stand behind */
    str back; /* its page */
    bool may_seal, may_void; /* what the reader is offered while it is not issued */
};

/* Adds a paper of the office to a list, for {use office_papers}: what became of it, and what can be done. */
struct node *web__put_paper(struct web__call *c, struct store_view *v, struct node *list, const struct scheme *s,
                            const struct publish_document *p, const struct web__paper *how);

/* What the fields of a form about a paper say, as the `with` of its act. */
str web__paper_with(struct web__call *c);

/* A stream that says when the PDF of a paper is made; who may know has been asked. */
void web__wait_for_paper(struct web__call *c, int64_t document);

/* ERROR_INVALID: it has a virus; ERROR_IO: the scanner is silent. */
enum error_code web__scan(const struct web *web, int fd, uint64_t size, struct error *err);

/* Carries an item of RECORD_SCAN_QUEUE; `context` is a struct web. */
bool web__scan_waiting(void *context, const struct store_item *item, struct error *err);

/* ---- Values for models (model.c) ---- */

/* The list `problems` of the model, made where it is not there yet. */
struct node *web__problem_list(struct web__call *c);

/* Adds to `problems`: what is wrong, with its hint; `link` names the field ("#name"), or NULL. */
void web__problem(struct web__call *c, const struct error *err, const char *link);

/* "2026-11-28 18:23" in China's time; empty for 0. */
str web__instant(struct arena *a, int64_t micros);
void web__put_instant(struct node *object, const char *name, int64_t micros);

/* Puts a value of FEEL: a number as it is written, a list, a context. */
void web__put_value(struct node *container, const char *name, feel_value v);

/* The value of a text that somebody typed for a field of a plain type; null when it is none of that type. */
feel_value web__typed(struct arena *a, enum scheme_field_type type, str text);

/* A value for people: yes and no in words, a list of plain values in one line, all else as publish_shown. */
str web__shown(const struct web__call *c, feel_value v);

/* What the forms of a scheme call a value that may be chosen in them, or the value: tables and decisions name choices
 * by the words that forms keep. */
str web__choice_called(const struct scheme *s, str value, enum lang lang);

/* A text of a scheme in the reader's language, such as a grade (scheme_word); the name of a task (work_task_called). */
str web__word(struct web__call *c, struct store_view *v, str scheme, str text);
str web__task_called(struct web__call *c, struct store_view *v, str scheme, str name);

/* A sentence that rules or the manifest made, such as the line of a visit (scheme_sentence). */
str web__sentence(struct web__call *c, struct store_view *v, str scheme, str text);

/* The unit of a limit, "日" or "工作日", in the reader's language. */
str web__unit(const struct web__call *c, str unit);

/* The word for the state of a parameter row. */
const char *web__state_word(str state);

/* The day of an instant in China, and of now; a day as text. */
cal_date web__day(int64_t micros);
int64_t web__day_begins(cal_date day); /* its first instant there */
cal_date web__today(const struct web__call *c);
str web__day_text(struct arena *a, cal_date day);
void web__put_day(struct node *object, const char *name, int64_t micros); /* of an instant; empty for 0 */

/* An item of the list c->model.crumbs: where the reader is. `link` empty: here. `sentence` is translated when drawn. */
void web__crumb(struct web__call *c, const char *sentence, str link);

/* ---- The public side (page_*.c) ---- */

enum { WEB__SCHEMES = 64 }; /* that pages list */

/* The installed schemes but core, as pages list them; in the record's keeping. */
uint32_t web__schemes(struct web__call *c, struct store_view *v, const struct scheme **ret);

/* The scheme of c->words[0], of which the reader may know; NULL after 404 was sent, and the view ended. */
const struct scheme *web__scheme(struct web__call *c, struct store_view *v);

/* What everybody may begin: over the web, or at the counter where nothing of the scheme begins over the web. What
 * begins only at the counter of a scheme with pages is an act of the office. */
bool web__may_apply(const struct scheme *s, const struct scheme_process *p);

/* A list of the windows of a process on a day: {"keys","opens","closes","left","state"}; nothing where it has none. */
void web__put_windows(struct web__call *c, struct store_view *v, const struct scheme *s, const struct scheme_process *p,
                      struct node *to);

/* 404 in one sentence for what is not there and what is not for everybody. */
void web__nothing(struct web__call *c);

/* Puts a checklist as the list `items`: id, clause, need, have, gap, result (in words) and its look. */
void web__put_items(struct web__call *c, struct node *to, feel_value items);

/* Puts the rules that fitted, as publish has them, as the list `rules`: table, rule, output, clauses. */
void web__put_rules(struct web__call *c, struct node *to, feel_value rules);

/* Puts a result of rules ("met" …) as `result`, in words, and its `look`. */
void web__put_result(struct node *to, str result);

/* Puts the checklist of a scheme's guide with nothing answered, as the list `levels`; false: it has none. */
bool web__put_conditions(struct web__call *c, struct store_view *v, const struct scheme *s);

/* Puts what publish_write_why wrote as the list `decisions`. */
void web__put_why(struct web__call *c, struct node *to, feel_value why);

/* Puts notices into the list `name`: id, title, kind, published. */
void web__put_notices(struct web__call *c, struct node *to, const char *name, const struct publish_notice *rows,
                      uint32_t count);

/* The scheme of a series ("shouhe/证书/2026") of notices or papers, as it is installed now; NULL: it is not. */
const struct scheme *web__series_scheme(struct web__call *c, struct store_view *v, str series);

/* What a paper is called: the title of its document. */
str web__paper_name(struct web__call *c, struct store_view *v, const struct publish_document *p);

/* Puts a notice as everybody sees it, for pages/notice_copy.html, in the words of its scheme (or NULL); `entries`: of a
 * list, else NULL. */
void web__put_notice(struct web__call *c, const struct scheme *s, const struct publish_notice *n,
                     const struct publish_table *entries);

/* Puts a table of a register or list as `name`, in the words of the scheme; NULL: as it is. */
void web__put_table(struct web__call *c, const struct scheme *s, struct node *to, const char *name,
                    const struct publish_table *t);

/* What a column of a register is called: as the field of its ledger, whose titles are in both languages. */
str web__column_title(const struct web__call *c, const struct scheme *s, const struct scheme_ledger *l,
                      const struct publish_column *column);

/* What the office's ledger calls a party; its handle where it does not. */
str web__party_name(struct web__call *c, struct store_view *v, str handle);

/* What the public registers say today of what a dossier wrote: puts the list `proofs`; false: nothing. */
bool web__put_proofs(struct web__call *c, struct store_view *v, int64_t dossier);

#endif
