/* page_follow: how far a dossier is, for who has its number and code; and, for who has a paper with its number, what
 * the registers say. */
#include "web/web_int.h"

#include "base/limit.h"

/* The public state as JSON; false after an answer was sent. A wrong code and no dossier are told alike. */
static bool read_public(struct web__call *c, struct buf *out)
{
    struct work_dossier d;
    struct error err = { .lang = c->lang };
    str code = str_trim(web__text(c, "code"));
    if (!web__take_rate(c, WEB__RATE_FOLLOW)) {
        return false;
    }
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    bool there = work_followed(v, c->number, code, c->arena, &d, NULL) == OK;
    if (there) {
        work_write_public(c->web->config.work, v, &d, c->lang, out);
    }
    if (!web__view_end(c, v)) {
        return false;
    }
    if (!there) {
        error_set(&err, ERROR_MISSING, "there is no dossier with this number and code");
        error_hint(&err, "both stand on the receipt: compare them letter by letter");
        web__refuse(c, 404, &err);
    }
    return there;
}

void web__json_dossier(struct web__call *c)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    if (read_public(c, &out)) {
        http_add_header(c->r, "Cache-Control", STR("no-store"));
        web__send(c, 200, WEB__JSON, &out);
    } else {
        buf_release(&out);
    }
}

/* ---- The page ---- */

/* "2026-11-28T18:23:40+08:00" as people write it. */
static str short_instant(struct arena *a, str text)
{
    if (text.len < 16) {
        return text;
    }
    str day = str_slice(text, 0, 10), minute = str_slice(text, 11, 16);
    return arena_printf(a, "%.*s %.*s", STR_ARG(day), STR_ARG(minute));
}

static void put_member(struct web__call *c, struct node *to, feel_value v, const char *name)
{
    node_put_text(to, name, publish_shown(c->arena, feel_member(v, name)));
}

static void put_moment(struct web__call *c, struct node *to, feel_value v, const char *name)
{
    node_put_text(to, name, short_instant(c->arena, publish_shown(c->arena, feel_member(v, name))));
}

static void put_days(struct web__call *c, struct node *to, feel_value days)
{
    struct node *list = node_put_list(to, "days");
    for (uint32_t i = 0; days.kind == FEEL_LIST && i < days.count; i++) {
        struct node *day = node_add_object(list);
        put_member(c, day, days.items[i], "day");
        put_member(c, day, days.items[i], "number");
        put_member(c, day, days.items[i], "why");
        node_put_true(day, "counts", feel_is_true(feel_member(days.items[i], "counts")));
        node_put_true(day, "provisional", feel_is_true(feel_member(days.items[i], "provisional")));
    }
}

/* Days from today to a day that is written; INT64_MIN: it is none. */
static int64_t days_left(const struct web__call *c, str day)
{
    cal_date d;
    return cal_parse_date(day, &d) ? cal_days_from_date(d) - cal_days_from_date(web__today(c)) : INT64_MIN;
}

static void put_step(struct web__call *c, feel_value step, struct node *list, bool *ret_party)
{
    struct node *n = node_add_object(list);
    str is = feel_text_member(step, "is"), day = feel_text_member(step, "day");
    int64_t left = days_left(c, day);
    put_member(c, n, step, "name");
    node_put_text(n, "is", is);
    node_put_word(n, "look", str_eq(is, STR("done")) ? "past" : str_eq(is, STR("now")) ? "now" : "next");
    put_moment(c, n, step, "since");
    put_moment(c, n, step, "until");
    put_moment(c, n, step, "due");
    put_member(c, n, step, "day");
    put_member(c, n, step, "length");
    node_put_text(n, "unit", web__unit(c, feel_text_member(step, "unit")));
    node_put_true(n, "party", str_eq(feel_text_member(step, "for"), STR("party")));
    node_put_true(n, "provisional", feel_is_true(feel_member(step, "provisional")));
    node_put_true(n, "late", left != INT64_MIN && left < 0);
    if (left >= 0) {
        node_put_int(n, "left", left);
    }
    put_days(c, n, feel_member(step, "days"));
    *ret_party |= str_eq(is, STR("now")) && str_eq(feel_text_member(step, "for"), STR("party"));
}

static void put_notices(struct web__call *c, feel_value notices)
{
    struct node *list = node_put_list(c->model, "notices");
    for (uint32_t i = 0; notices.kind == FEEL_LIST && i < notices.count; i++) {
        struct node *n = node_add_object(list);
        put_member(c, n, notices.items[i], "notice");
        put_member(c, n, notices.items[i], "title");
        put_moment(c, n, notices.items[i], "published");
    }
}

static void put_public(struct web__call *c, feel_value v)
{
    static const char *const texts[] = { "dossier", "scheme", "title", "name", "outcome", "day" };
    static const char *const moments[] = { "opened", "changed", "closed" };
    feel_value steps = feel_member(v, "steps");
    bool party = false;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put_member(c, c->model, v, texts[i]);
    }
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        put_moment(c, c->model, v, moments[i]);
    }
    struct node *list = node_put_list(c->model, "steps");
    for (uint32_t i = 0; steps.kind == FEEL_LIST && i < steps.count; i++) {
        put_step(c, steps.items[i], list, &party);
    }
    node_put_true(c->model, "act", party);
    node_put_text(c->model, "code", str_trim(web__text(c, "code")));
    put_notices(c, feel_member(v, "notices"));
}

/* Without the code there is nothing to be seen but what the registers say to everybody. */
static void ask_for_code(struct web__call *c)
{
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    web__put_proofs(c, v, c->number);
    if (web__view_end(c, v)) {
        node_put_int(c->model, "dossier", c->number);
        web__crumb(c, "Home", STR("/"));
        web__answer(c, 200, page_follow);
    }
}

void web__page_dossier(struct web__call *c)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value v;
    if (web__text(c, "code").len == 0) {
        ask_for_code(c);
        return;
    }
    bool there = read_public(c, &json);
    str text = arena_str(c->arena, buf_str(&json));
    buf_release(&json);
    if (!there) {
        return;
    }
    struct store_view *view = web__view(c);
    if (view == NULL) {
        return;
    }
    if (feel_json_read(c->arena, text, &v, NULL) == OK) {
        put_public(c, v);
    }
    node_put_true(c->model, "may_rate", publish_may_be_rated(view, c->number, c->now));
    if (!web__view_end(c, view)) {
        return;
    }
    c->secret = true;
    web__crumb(c, "Home", STR("/"));
    web__crumb(c, "Follow a dossier", STR("/follow"));
    web__answer(c, 200, page_dossier);
}

/* The form to ask; what it was sent with leads to the page of the dossier. */
void web__page_follow(struct web__call *c)
{
    int64_t number = web__int(c, "number", 0);
    str code = str_trim(web__text(c, "code"));
    bool letters = code.len > 0;
    for (size_t i = 0; i < code.len; i++) {
        letters &= (code.ptr[i] >= '0' && code.ptr[i] <= '9') || (code.ptr[i] >= 'A' && code.ptr[i] <= 'Z') ||
                   (code.ptr[i] >= 'a' && code.ptr[i] <= 'z');
    }
    if (number > 0 && letters) {
        web__go(c, arena_printf(c->arena, "/d/%lld?code=%.*s", (long long)number, STR_ARG(code)));
        return;
    }
    if (number > 0 || code.len > 0) {
        node_put_text(node_add_object(node_put_list(c->model, "problems")), "text",
                      str_of(lang_text(c->lang, "give the number and the code; both stand on the receipt")));
        if (number > 0) {
            node_put_int(c->model, "dossier", number);
        }
    }
    web__crumb(c, "Home", STR("/"));
    http_may_cache(c->r);
    web__answer(c, 200, page_follow);
}
