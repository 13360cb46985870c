/* page_object: what people without an account send: objections to a notice, or about a dossier whose code they have;
 * ratings of five levels; and what became of a rating. Each gets a number and a code of its own. */
#include "web/web_int.h"

#include "base/limit.h"

#include <stdlib.h>
#include <sys/random.h>

enum { KEY = 16 };

static const struct publish_reader everybody = { .office = false };

/* ---- Both ---- */

/* A number that the page draws, so that what is sent twice is done once. */
static str draw_key(struct arena *a)
{
    unsigned char bytes[KEY];
    char *text = arena_calloc(a, 2 * KEY + 1, 1);
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
        abort();
    }
    str_hex(bytes, sizeof bytes, text);
    return (str){ text, 2 * KEY };
}

static void put_problem(struct web__call *c, const struct error *err, const char *link)
{
    struct node *problem = node_add_object(node_put_list(c->model, "problems"));
    str text = err->hint[0] == '\0' ? arena_str(c->arena, str_of(err->message))
                                    : arena_printf(c->arena, "%s: %s", err->message, err->hint);
    node_put_text(problem, "text", text);
    node_put_word(problem, "link", link);
}

/* The receipt: number, code, when, and what happens next. */
static void answer_receipt(struct web__call *c, const struct publish_begun *begun, const char *what)
{
    node_put_word(c->model, "what", what);
    node_put_int(c->model, "dossier", begun->dossier);
    node_put_text(c->model, "code", arena_str(c->arena, str_of(begun->code)));
    web__put_instant(c->model, "at", c->now);
    c->secret = true;
    web__answer(c, 200, page_receipt);
}

/* ---- Objections ---- */

struct objecting {
    struct publish_objection o;
    struct publish_notice notice;
    const struct form *form;
};

/* The form with which a process "scheme.process" begins. */
static const struct form *form_of(struct web__call *c, struct store_view *v, str process)
{
    const char *dot = process.len == 0 ? NULL : memchr(process.ptr, '.', process.len);
    const struct scheme *s;
    size_t at = dot == NULL ? 0 : (size_t)(dot - process.ptr);
    if (record_installed(c->web->config.record, v, str_slice(process, 0, at), &s, NULL) != OK) {
        return NULL;
    }
    const struct scheme_process *p = scheme_process(s, str_slice(process, at + 1, process.len));
    return p == NULL ? NULL : scheme_form(s, p->start_form);
}

/* What is objected to; false after an answer was sent. */
static bool read_target(struct web__call *c, bool of_dossier, struct objecting *ret)
{
    struct work_dossier d;
    *ret = (struct objecting){ .o = { .reader = everybody, .code = str_trim(web__text(c, "code")) } };
    if (of_dossier && !web__take_rate(c, WEB__RATE_FOLLOW)) {
        return false;
    }
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    bool there;
    if (of_dossier) {
        ret->o.dossier = c->number;
        there = work_followed(v, c->number, ret->o.code, c->arena, &d, NULL) == OK;
        ret->form = there ? form_of(c, v, STR("core.objection")) : NULL;
    } else {
        ret->o.notice = c->number;
        there = publish_read_notice(v, c->number, c->arena, &ret->notice) && ret->notice.objections.len > 0 &&
                str_eq(ret->notice.state, STR("published"));
        ret->form = there ? form_of(c, v, ret->notice.objections) : NULL;
    }
    if (!web__view_end(c, v)) {
        return false;
    }
    if (ret->form == NULL) {
        struct error err = { .lang = c->lang };
        error_set(&err, ERROR_MISSING, "no objection can be made here");
        error_hint(&err, "the notice stands no more, or takes none; to a dossier it takes number and code");
        web__refuse(c, 404, &err);
    }
    return ret->form != NULL;
}

/* The number of the notice is not the reader's to give. */
static void drop_notice_field(struct web__call *c)
{
    struct node *list = (struct node *)node_member(c->model, STR("components")), *before = NULL;
    for (struct node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next) {
        if (!str_eq(node_text(n, "name"), STR("notice"))) {
            before = n;
        } else if (before == NULL) {
            list->first = n->next;
        } else {
            before->next = n->next;
        }
    }
}

static void draw_objection(struct web__call *c, const struct objecting *o, struct feel_eval *ev, feel_value answers,
                           const struct form_problem *problems, uint32_t count, int status)
{
    struct error err = { .lang = c->lang };
    const struct form_request request = { .mode = FORM_FILL, .draft = count == 0, .answers = answers,
                                          .variables = feel_null(), .declared = feel_null() };
    if (web__put_form(c, o->form, ev, &request, problems, count, &err) != OK) {
        web__refuse(c, 500, &err);
        return;
    }
    drop_notice_field(c);
    str key = web__text(c, "key");
    node_put_text(c->model, "key", key.len > 0 ? key : draw_key(c->arena));
    if (o->o.notice != 0) {
        node_put_int(c->model, "notice", o->o.notice);
        node_put_text(c->model, "title", o->notice.title);
    } else {
        node_put_int(c->model, "dossier", o->o.dossier);
        node_put_text(c->model, "code", o->o.code);
    }
    c->secret = true;
    web__crumb(c, "Home", STR("/"));
    web__answer(c, status, page_object);
}

static struct feel_eval *evaluator(const struct web__call *c)
{
    struct feel_environment env = { .zone = 8 * 3600 };
    (void)c;
    return feel_eval_new(&env);
}

static void page_objection(struct web__call *c, bool of_dossier)
{
    struct objecting o;
    if (read_target(c, of_dossier, &o)) {
        struct feel_eval *ev = evaluator(c);
        draw_objection(c, &o, ev, feel_context(feel_shape_new(c->arena, NULL, 0), NULL), NULL, 0, 200);
        feel_eval_free(ev);
    }
}

/* The fields that are the page's own are no answers. */
static enum error_code read_answers(struct web__call *c, const struct form *f, feel_value *ret, struct error *err)
{
    size_t count;
    uint32_t kept = 0;
    const struct http_pair *fields = http_fields(c->r, &count);
    struct form_pair *pairs = ARENA_ARRAY(c->arena, struct form_pair, count);
    for (size_t i = 0; i < count; i++) {
        str name = fields[i].name;
        if (!str_eq(name, STR("csrf")) && !str_eq(name, STR("do")) && !str_eq(name, STR("key")) &&
            !str_eq(name, STR("code")) && !str_eq(name, STR("notice"))) {
            pairs[kept++] = (struct form_pair){ name, fields[i].value };
        }
    }
    return form_answers(f, pairs, kept, c->arena, ret, err);
}

static void form_objection(struct web__call *c, bool of_dossier)
{
    struct objecting o;
    struct error err = { .lang = c->lang };
    struct publish_begun begun;
    const struct form_problem *problems = NULL;
    feel_value answers, values;
    uint32_t count = 0;
    if (!read_target(c, of_dossier, &o)) {
        return;
    }
    struct feel_eval *ev = evaluator(c);
    enum error_code code = read_answers(c, o.form, &answers, &err);
    const struct form_request request = { .mode = FORM_FILL, .answers = code == OK ? answers : feel_null(),
                                          .variables = feel_null(), .declared = feel_null() };
    code = code == OK ? form_check(o.form, ev, &request, c->lang, c->arena, &values, &problems, &count, &err) : code;
    if (code != OK) {
        web__refuse(c, 400, &err);
    } else if (form_has_error(problems, count)) {
        draw_objection(c, &o, ev, answers, problems, count, 422);
    } else if (web__take_rate(c, WEB__RATE_BEGIN)) {
        o.o.with = answers;
        o.o.key = web__text(c, "key");
        if (publish_object(c->web->config.publish, &o.o, &begun, &err) == OK) {
            answer_receipt(c, &begun, "Your objection was received");
        } else {
            put_problem(c, &err, "#main");
            draw_objection(c, &o, ev, answers, NULL, 0, 422);
        }
    }
    feel_eval_free(ev);
}

void web__page_object(struct web__call *c)
{
    page_objection(c, false);
}

void web__form_object(struct web__call *c)
{
    form_objection(c, false);
}

void web__page_object_dossier(struct web__call *c)
{
    page_objection(c, true);
}

void web__form_object_dossier(struct web__call *c)
{
    form_objection(c, true);
}

/* ---- Ratings ---- */

static const char *const grades[] = { "Very dissatisfied", "Dissatisfied", "Fair", "Satisfied", "Very satisfied" };

/* The best first, as the office's forms have them. */
static void put_grades(struct web__call *c, int64_t chosen)
{
    struct node *list = node_put_list(c->model, "grades");
    for (int i = 5; i >= 1; i--) {
        struct node *n = node_add_object(list);
        node_put_int(n, "value", i);
        node_put_word(n, "label", grades[i - 1]);
        node_put_true(n, "chosen", chosen == i);
    }
}

static void draw_rating(struct web__call *c, int status)
{
    static const char *const names[] = { "token", "code", "words", "contact", "again" };
    put_grades(c, web__int(c, "grade", 0));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        node_put_text(c->model, names[i], web__text(c, names[i]));
    }
    if (web__int(c, "number", 0) > 0) {
        node_put_int(c->model, "number", web__int(c, "number", 0));
    }
    c->secret = true;
    web__crumb(c, "Home", STR("/"));
    web__answer(c, status, page_rate);
}

void web__page_rate(struct web__call *c)
{
    draw_rating(c, 200);
}

static feel_value rating_of(struct web__call *c)
{
    enum { COUNT = 3 };
    str names[COUNT] = { STR("contact"), STR("grade"), STR("words") };
    feel_value *values = ARENA_ARRAY(c->arena, feel_value, COUNT);
    values[0] = feel_string(str_trim(web__text(c, "contact")));
    values[1] = feel_number(dec_from_int(web__int(c, "grade", 0)));
    values[2] = feel_string(str_trim(web__text(c, "words")));
    return feel_context(feel_shape_new(c->arena, names, COUNT), values);
}

static void rate_again(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    if (publish_rate_again(c->web->config.publish, web__int(c, "number", 0), str_trim(web__text(c, "code")),
                           rating_of(c), &err) == OK) {
        web__go(c, arena_printf(c->arena, "/rated?number=%lld&code=%.*s", (long long)web__int(c, "number", 0),
                                STR_ARG(str_trim(web__text(c, "code")))));
        return;
    }
    put_problem(c, &err, "#main");
    draw_rating(c, 422);
}

void web__form_rate(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    struct publish_begun begun;
    const struct publish_right by = { .token = str_trim(web__text(c, "token")), .code = str_trim(web__text(c, "code")),
                                      .dossier = web__int(c, "number", 0) };
    int64_t grade = web__int(c, "grade", 0);
    if (!web__take_rate(c, WEB__RATE_BEGIN)) {
        return;
    }
    if (grade < 1 || grade > 5 || (by.token.len == 0 && (by.dossier == 0 || by.code.len == 0))) {
        bool graded = grade >= 1 && grade <= 5;
        error_set(&err, ERROR_INVALID,
                  graded ? "give the token, or the number and the code" : "choose one of the five levels");
        put_problem(c, &err, graded ? "#token" : "#grade-5");
        draw_rating(c, 422);
    } else if (web__flag(c, "again") && web__text(c, "again").len > 0) {
        rate_again(c);
    } else if (publish_rate(c->web->config.publish, &by, rating_of(c), c->now, &begun, &err) == OK) {
        node_put_true(c->model, "rating", true);
        answer_receipt(c, &begun, "Your rating was received");
    } else {
        put_problem(c, &err, "#main");
        draw_rating(c, 422);
    }
}

/* What became of a rating, by its own number and code. */
void web__page_rated(struct web__call *c)
{
    static const char *const names[] = { "dossier", "state", "at", "answer", "answered" };
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = c->lang };
    feel_value rating = feel_null();
    if (!web__take_rate(c, WEB__RATE_FOLLOW)) {
        return;
    }
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    enum error_code code = publish_write_rating(c->web->config.publish, v, web__int(c, "number", 0),
                                                str_trim(web__text(c, "code")), &out, &err);
    str json = arena_str(c->arena, buf_str(&out));
    buf_release(&out);
    if (!web__view_end(c, v)) {
        return;
    }
    if (code != OK || feel_json_read(c->arena, json, &rating, NULL) != OK) {
        error_set(&err, ERROR_MISSING, "there is no dossier with this number and code");
        error_hint(&err, "both stand on the receipt: compare them letter by letter");
        web__refuse(c, 404, &err);
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        node_put_text(c->model, names[i], publish_shown(c->arena, feel_member(rating, names[i])));
    }
    int64_t grade = 0, again = 0;
    feel_value first = feel_member(rating, "grade"), second = feel_member(rating, "again");
    if (feel_whole(first, &grade) && grade >= 1 && grade <= 5) {
        node_put_word(c->model, "grade", grades[grade - 1]);
    }
    if (feel_whole(second, &again) && again >= 1 && again <= 5) {
        node_put_word(c->model, "again", grades[again - 1]);
    }
    node_put_true(c->model, "may_again", feel_is_true(feel_member(rating, "may rate again")));
    node_put_text(c->model, "code", str_trim(web__text(c, "code")));
    c->secret = true;
    web__crumb(c, "Home", STR("/"));
    web__answer(c, 200, page_rated);
}
