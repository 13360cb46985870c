/* page_guest: what somebody sees and does who has a link and no account: one task, and what it rests on. */
#include "web/field.h"

#include "base/limit.h"

/* Time limits that run for the party, of a dossier that the reader has a link to, or had. */
static void put_limits(struct web__call *c, struct store_view *v, int64_t dossier)
{
    const struct scheme *s;
    struct error none = { .code = OK };
    struct work_desk_task t = { .scheme = NULL };
    if (work_read_dossier(v, dossier, c->arena, &t.dossier) &&
        record_scheme(c->web->config.record, v, t.dossier.bundle, &s, &none) == OK) {
        t.scheme = s;
        t.procedure = scheme_process(s, t.dossier.process);
        web__put_clocks(c, v, &t);
    }
}

/* What became of a link that holds no longer: whoever had it may know that. */
static void show_gone(struct web__call *c)
{
    struct work_link l;
    int64_t dossier;
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    if (work_link_of(v, c->words[0], c->arena, &l, &dossier)) {
        bool used = str_eq(l.how, STR("used"));
        node_put_int(c->model, "dossier", dossier);
        node_put_true(c->model, "used", used);
        node_put_true(c->model, "replaced", str_eq(l.how, STR("replaced")));
        node_put_true(c->model, "over", l.ended == 0 && l.until <= c->now);
        node_put_true(c->model, "not_now", l.ended == 0 && l.until > c->now);
        web__put_instant(c->model, "at", l.ended != 0 ? l.ended : l.until);
        if (used) {
            put_limits(c, v, dossier);
        }
    }
    if (web__view_end(c, v)) {
        web__answer(c, 404, page_guest_gone);
    }
}

static bool is_read(struct web__call *c, enum error_code code, const struct error *err)
{
    if (code == ERROR_MISSING) {
        show_gone(c);
    } else if (code != OK) {
        web__refuse(c, 503, err);
    }
    return code == OK;
}

/* The task that the link is for; false after a page was sent that says how to get another link. */
static bool read_task(struct web__call *c, struct work_desk_task *ret)
{
    struct error err = { .lang = c->lang };
    c->secret = true;
    return is_read(c, work_desk_guest(c->web->config.work, c->words[0], c->arena, ret, &err), &err);
}

/* What whoever has the link may begin about the same row. */
static void put_starts(struct web__call *c, const struct work_desk_task *t, str base)
{
    struct node *list = node_put_list(c->model, "starts");
    for (uint32_t i = 0; t->scheme != NULL && i < t->scheme->procedure_count; i++) {
        const struct scheme_process *p = &t->scheme->procedures[i];
        if ((p->start_by & SCHEME_START_LINK) != 0 && t->dossier.subject.len > 0) {
            struct node *n = node_add_object(list);
            node_put_text(n, "title", scheme_text(p->title, c->lang));
            node_put_text(n, "link", arena_printf(c->arena, "%.*s/start/%.*s", STR_ARG(base), STR_ARG(p->id)));
        }
    }
}

static bool put_page(struct web__call *c, const struct work_desk_task *t)
{
    str base = arena_printf(c->arena, "/g/%.*s", STR_ARG(c->words[0]));
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    web__put_about(c, v, t, base);
    web__put_clocks(c, v, t);
    web__put_placed(c, v, node_put_list(c->model, "placed"), t->dossier.subject);
    put_starts(c, t, base);
    node_put_text(c->model, "base", base);
    node_put_text(c->model, "files_to", arena_printf(c->arena, "%.*s/file", STR_ARG(base)));
    node_put_true(c->model, "guest", true);
    node_put_text(c->model, "step", t->name);
    node_put_int(c->model, "dossier", t->dossier.id);
    return web__view_end(c, v);
}

void web__page_guest(struct web__call *c)
{
    struct work_desk_task t;
    struct error err = { .lang = c->lang };
    bool wrong;
    if (!read_task(c, &t) || !put_page(c, &t)) {
        return;
    }
    feel_value answers = feel_context(feel_shape_new(c->arena, NULL, 0), NULL);
    if (t.form != NULL && web__sheet_put(c, &t, answers, true, NULL, &wrong, &err) != OK) {
        web__refuse(c, 503, &err);
        return;
    }
    web__answer(c, 200, page_guest);
}

struct sent {
    struct web__call call;
    bool begun; /* something new, which leaves the link as it is */
};

static void answered(void *context, const struct work_answer *answer)
{
    struct sent *s = context;
    if (answer->outcome != WORK_OK) {
        web__refuse(&s->call, web__status_of(answer->outcome), &answer->error);
        return;
    }
    struct web__call *c = &s->call;
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    web_changed(c->web);
    put_limits(c, v, answer->dossier);
    node_put_int(c->model, "dossier", answer->dossier);
    web__put_instant(c->model, "at", c->now);
    node_put_true(c->model, "begun", s->begun);
    node_put_text(c->model, "back", s->begun ? arena_printf(c->arena, "/g/%.*s", STR_ARG(c->words[0])) : STR(""));
    if (web__view_end(c, v)) {
        web__answer(c, 200, page_guest_done);
    }
}

static void complete(struct web__call *c, const struct work_desk_task *t, feel_value answers)
{
    struct sent *s = arena_calloc(c->arena, 1, sizeof *s);
    const struct work_request rq = { .act = WORK_COMPLETE, .dossier = t->dossier.id, .wait = t->wait,
                                     .guest = c->words[0], .with = web__json_text(c->arena, answers) };
    s->call = *c;
    work_submit(c->web->config.work, &rq, c->lang, answered, s);
}

struct answered_form {
    feel_value answers;
    bool sends, wrong; /* he wants to send them; something is wrong with them */
};

/* What stands in the form, put into the page too. False: it could not be read, and that is answered. */
static bool take_answers(struct web__call *c, const struct work_desk_task *t, struct answered_form *ret)
{
    struct error err = { .lang = c->lang };
    struct web__sheet sheet = { .problem_count = 0 };
    const str *act = http_field(c->r, "do");
    *ret = (struct answered_form){ .answers = feel_null(), .sends = act != NULL && str_eq(*act, STR("send")) };
    enum error_code code = t->form == NULL ? OK : web__sheet_answers(c, t, feel_null(), &sheet, &ret->answers, &err);
    code = code == OK && t->form != NULL ? web__sheet_put(c, t, ret->answers, !ret->sends, &sheet, &ret->wrong, &err)
                                         : code;
    if (code != OK) {
        web__refuse(c, 400, &err);
    }
    return code == OK;
}

/* Nothing is kept between two sendings but in the page itself. */
void web__form_guest(struct web__call *c)
{
    struct work_desk_task t;
    struct answered_form got;
    if (!read_task(c, &t)) {
        return;
    }
    if (!take_answers(c, &t, &got)) {
        return;
    }
    if (got.sends && !got.wrong) {
        complete(c, &t, got.answers);
    } else if (put_page(c, &t)) {
        web__answer(c, got.wrong ? 422 : 200, page_guest);
    }
}

void web__file_guest(struct web__call *c)
{
    struct work_desk_task t;
    if (read_task(c, &t)) {
        web__send_picture(c, &t, c->words[1], true);
    }
}

/* A file ahead of the answer. Nothing names it until the answer comes, which the page then does (web__sheet_take). */
void web__json_guest_file(struct web__call *c)
{
    struct work_desk_task t;
    struct error err = { .lang = c->lang };
    feel_value file;
    if (!read_task(c, &t)) {
        return;
    }
    enum record_file state;
    const struct http_file *came = web__one_file(c, &err);
    enum error_code code = came == NULL || t.form == NULL
                               ? ERROR_INVALID
                               : web__sheet_one(c, &t, web__text(c, "path"), came, &file, &state, &err);
    if (code != OK) {
        web__send_error(c, code == ERROR_IO ? 503 : 422, &err);
        return;
    }
    struct buf out = BUF_INIT(LIMIT_FORM_TEXT);
    buf_add(&out, web__file_receipt(c, state, file, STR("")));
    web__send(c, 200, WEB__JSON, &out);
}

/* ---- What a guest begins: a check by the site itself ---- */

static bool read_start(struct web__call *c, struct work_desk_task *ret)
{
    struct error err = { .lang = c->lang };
    c->secret = true;
    return is_read(c, work_desk_guest_start(c->web->config.work, c->words[0], c->words[1], c->arena, ret, &err), &err);
}

static void answer_start(struct web__call *c, const struct work_desk_task *t, int status)
{
    str back = arena_printf(c->arena, "/g/%.*s", STR_ARG(c->words[0]));
    const struct scheme_ledger *l;
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    feel_value row = work_subject_row(c->web->config.work, v, t->dossier.subject, c->arena, &l);
    node_put_text(c->model, "about", feel_text_member(row, "name"));
    if (web__view_end(c, v)) {
        node_put_text(c->model, "title", t->procedure == NULL ? t->dossier.process
                                                              : scheme_text(t->procedure->title, c->lang));
        node_put_text(c->model, "base", arena_printf(c->arena, "%.*s/start/%.*s", STR_ARG(back),
                                                     STR_ARG(c->words[1])));
        node_put_text(c->model, "back", back);
        web__answer(c, status, page_guest_start);
    }
}

void web__page_guest_start(struct web__call *c)
{
    struct work_desk_task t;
    struct error err = { .lang = c->lang };
    bool wrong;
    if (!read_start(c, &t)) {
        return;
    }
    feel_value answers = feel_context(feel_shape_new(c->arena, NULL, 0), NULL);
    if (t.form != NULL && web__sheet_put(c, &t, answers, true, NULL, &wrong, &err) != OK) {
        web__refuse(c, 503, &err);
        return;
    }
    answer_start(c, &t, 200);
}

static void begin(struct web__call *c, const struct work_desk_task *t, feel_value answers)
{
    struct sent *s = arena_calloc(c->arena, 1, sizeof *s);
    struct work_request rq = t->rq;
    rq.with = web__json_text(c->arena, answers);
    s->call = *c;
    s->begun = true;
    work_submit(c->web->config.work, &rq, c->lang, answered, s);
}

void web__form_guest_start(struct web__call *c)
{
    struct work_desk_task t;
    struct answered_form got;
    if (!read_start(c, &t)) {
        return;
    }
    if (!take_answers(c, &t, &got)) {
        return;
    }
    if (!got.sends || got.wrong) {
        answer_start(c, &t, got.wrong ? 422 : 200);
    } else if (web__take_rate(c, WEB__RATE_BEGIN)) {
        begin(c, &t, got.answers);
    }
}
