/* page_guest: what somebody sees and does who has a link and no account: one task, and what it rests on. */
#include "web/field.h"

#include "base/limit.h"

/* The task that the link is for; false after a page was sent that says how to get another link. */
static bool read_task(struct web__call *c, struct work_desk_task *ret)
{
    struct error err = { .lang = c->lang };
    c->secret = true;
    enum error_code code = work_desk_guest(c->web->config.work, c->words[0], c->arena, ret, &err);
    if (code == ERROR_MISSING) {
        web__answer(c, 404, page_guest_gone);
    } else if (code != OK) {
        web__refuse(c, 503, &err);
    }
    return code == OK;
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
    web__put_placed(c, v, t->dossier.subject);
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
    int64_t dossier;
};

static void answered(void *context, const struct work_answer *answer)
{
    struct sent *s = context;
    if (answer->outcome != WORK_OK) {
        web__refuse(&s->call, web__status_of(answer->outcome), &answer->error);
        return;
    }
    web_changed(s->call.web);
    node_put_int(s->call.model, "dossier", s->dossier);
    web__put_instant(s->call.model, "at", s->call.now);
    web__answer(&s->call, 200, page_guest_done);
}

static void complete(struct web__call *c, const struct work_desk_task *t, feel_value answers)
{
    struct sent *s = arena_calloc(c->arena, 1, sizeof *s);
    const struct work_request rq = { .act = WORK_COMPLETE, .dossier = t->dossier.id, .wait = t->wait,
                                     .guest = c->words[0], .with = web__json_text(c->arena, answers) };
    s->call = *c;
    s->dossier = t->dossier.id;
    work_submit(c->web->config.work, &rq, c->lang, answered, s);
}

/* Nothing is kept between two sendings but in the page itself. */
void web__form_guest(struct web__call *c)
{
    struct work_desk_task t;
    struct error err = { .lang = c->lang };
    struct web__sheet sheet = { .problem_count = 0 };
    feel_value answers = feel_null();
    if (!read_task(c, &t)) {
        return;
    }
    const str *act = http_field(c->r, "do");
    bool sends = act != NULL && str_eq(*act, STR("send")), wrong = false;
    enum error_code code = t.form == NULL ? OK : web__sheet_answers(c, &t, feel_null(), &sheet, &answers, &err);
    code = code == OK && t.form != NULL ? web__sheet_put(c, &t, answers, !sends, &sheet, &wrong, &err) : code;
    if (code != OK) {
        web__refuse(c, 400, &err);
    } else if (sends && !wrong) {
        complete(c, &t, answers);
    } else if (put_page(c, &t)) {
        web__answer(c, wrong ? 422 : 200, page_guest);
    }
}

void web__file_guest(struct web__call *c)
{
    struct work_desk_task t;
    if (read_task(c, &t)) {
        web__send_picture(c, &t, c->words[1]);
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
