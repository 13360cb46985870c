/* page_list_sent: what went up to another office with a list, and what came back. What goes on paper is registered here
 * for all dossiers of the list at once; the answer of each in its own task. */
#include "web/desk_int.h"

#include "base/limit.h"

/* A member of an answer, which stands in it or in the one value that it brings. */
static str member_of(struct web__call *c, feel_value answer, const char *name)
{
    feel_value v = feel_member(answer, name);
    for (uint32_t i = 0; v.kind == FEEL_NULL && answer.kind == FEEL_CONTEXT && i < answer.count; i++) {
        v = feel_member(answer.values[i], name);
    }
    return publish_shown(c->arena, v);
}

static str day_of(struct web__call *c, feel_value v, const char *name)
{
    str text = feel_text_member(v, name);
    return text.len < 10 ? STR("") : arena_str(c->arena, str_slice(text, 0, 10));
}

static const char *state_of(feel_value v, bool answered)
{
    str state = feel_text_member(v, "state");
    return answered                            ? "answered"
           : str_eq(state, STR("registered"))  ? "handed over, no answer yet"
           : str_eq(state, STR("delivered"))   ? "arrived, no answer yet"
           : str_eq(state, STR("unclaimed"))   ? "could not be delivered"
           : str_eq(feel_text_member(v, "transport"), STR("hand")) ? "to be handed over on paper"
                                                                  : "sent";
}

static void put_sent(struct web__desk *d, struct node *list, feel_value v)
{
    struct web__call *c = d->c;
    struct node *item = node_add_object(list);
    int64_t dossier = feel_whole_member(v, "dossier"), wait = feel_whole_member(v, "wait");
    int64_t by = feel_whole_member(v, "by");
    feel_value answer = feel_member(v, "answer");
    bool answered = answer.kind != FEEL_NULL, open = wait != 0 && web__desk_sees(d, dossier);
    bool handed = str_eq(feel_text_member(v, "state"), STR("registered"));
    node_put_text(item, "entry", feel_text_member(v, "entry"));
    node_put_text(item, "called", web__desk_dossier_name(d, dossier));
    node_put_int(item, "dossier", dossier);
    node_put_int(item, "message", feel_whole_member(v, "message"));
    node_put_text(item, "to", web__desk_office_name(d, feel_whole_member(v, "to")));
    node_put_word(item, "state", state_of(v, answered));
    node_put_true(item, "good", answered);
    node_put_text(item, "sent", day_of(c, v, "sent"));
    node_put_text(item, "taken", day_of(c, v, "taken"));
    node_put_text(item, "paper", feel_text_member(v, "paper"));
    node_put_text(item, "by", by == 0 ? STR("") : web__desk_person_name(d, by));
    node_put_text(item, "result", member_of(c, answer, "result"));
    node_put_text(item, "reason", member_of(c, answer, "reason"));
    node_put_text(item, "answered", day_of(c, v, "answered"));
    node_put_text(item, "answer_paper", feel_text_member(v, "answer paper"));
    node_put_true(item, "waits", open && !handed);
    node_put_text(item, "task", arena_printf(c->arena, "%lld.%lld", (long long)dossier, (long long)wait));
    node_put_text(item, "link", !open ? STR("")
                                      : arena_printf(c->arena, "/office/d/%lld/t/%lld", (long long)dossier,
                                                     (long long)wait));
    node_put_true(item, "sees", web__desk_sees(d, dossier));
}

void web__put_list_sent(struct web__desk *d, int64_t assessment)
{
    struct web__call *c = d->c;
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    work_write_sent(d->v, assessment, &json);
    feel_value all = web__desk_value(c, &json);
    struct node *list = node_put_list(c->model, "sent");
    bool waits = false;
    for (uint32_t i = 0; i < all.count; i++) {
        put_sent(d, list, all.items[i]);
        waits |= feel_whole_member(all.items[i], "wait") != 0 &&
                 !str_eq(feel_text_member(all.items[i], "state"), STR("registered"));
    }
    node_put_true(c->model, "sent_waits", waits);
    node_put_text(c->model, "sent_paper", web__text(c, "paper"));
    node_put_text(c->model, "sent_date", web__text(c, "date"));
}

/* Takes the task, where nobody has it, and completes it. */
static enum error_code register_one(struct web__call *c, int64_t dossier, int64_t wait, str with, struct error *err)
{
    struct work *w = c->web->config.work;
    struct work_request rq = { .act = WORK_CLAIM, .actor = c->person, .dossier = dossier, .wait = (uint32_t)wait };
    work_do(w, &rq, c->lang); /* who has it already is refused here, and not below */
    rq.act = WORK_COMPLETE;
    rq.with = with;
    struct work_answer answer = work_do(w, &rq, c->lang);
    if (answer.outcome != WORK_OK) {
        *err = answer.error;
    }
    return answer.outcome == WORK_OK ? OK : ERROR_INVALID;
}

/* The day and the number of the paper as the task wants them. */
static str registered(struct web__call *c)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    str names[] = { STR("date"), STR("paper") };
    feel_value values[] = { feel_string(str_trim(web__text(c, "date"))), feel_string(str_trim(web__text(c, "paper"))) };
    feel_json_write(feel_context(feel_shape_new(c->arena, names, 2), values), false, &json);
    str text = arena_str(c->arena, buf_str(&json));
    buf_release(&json);
    return text;
}

/* Registers those that still wait; only messages that belong to the list. */
enum error_code web__register_sent(struct web__call *c, struct error *err)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    struct store_view *v;
    enum error_code code = store_view(c->web->config.store, &v, err);
    if (code != OK) {
        return code;
    }
    work_write_sent(v, c->number, &json);
    store_view_end(v);
    feel_value all = web__desk_value(c, &json);
    str with = registered(c);
    uint32_t done = 0;
    for (uint32_t i = 0; i < all.count && code == OK; i++) {
        bool waits = feel_whole_member(all.items[i], "wait") != 0 &&
                     !str_eq(feel_text_member(all.items[i], "state"), STR("registered"));
        if (waits) {
            code = register_one(c, feel_whole_member(all.items[i], "dossier"),
                                feel_whole_member(all.items[i], "wait"), with, err);
            done++;
        }
    }
    return code == OK && done == 0 ? error_set(err, ERROR_INVALID, "nothing waits to be handed over") : code;
}
