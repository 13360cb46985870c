/* binding: asking to act for a party, with licence and letter of authority, and the office that looks at them. */
#include "web/web_int.h"

#include "base/limit.h"
#include "record/party.h"

/* ---- Asking ---- */

static void put_offices(struct web__call *c, const struct people_tree *tree)
{
    struct node *list = node_put_list(c->model, "offices");
    for (uint32_t i = 0; i < tree->count && i < LIMIT_WEB_ROWS; i++) {
        struct node *row = node_add_object(list);
        str code = arena_str(c->arena, tree->offices[i].code);
        node_put_text(row, "value", code);
        node_put_text(row, "label", arena_str(c->arena, tree->offices[i].name));
        node_put_true(row, "chosen", str_eq(code, web__text(c, "office")));
    }
}

static void ask(struct web__call *c, int status)
{
    const struct people_tree *tree;
    struct error err = { .lang = c->lang };
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    if (people_tree(c->web->config.people, v, &tree, &err) == OK) {
        put_offices(c, tree);
        people_tree_end(c->web->config.people, tree);
    }
    if (!web__view_end(c, v)) {
        return;
    }
    node_put_text(c->model, "code", web__text(c, "code"));
    node_put_int(c->model, "megabytes", LIMIT_WEB_FILE >> 20);
    web__crumb(c, "My account", STR("/me"));
    web__answer(c, status, page_me_bind);
}

void web__page_bind(struct web__call *c)
{
    ask(c, 200);
}

/* Keeps the file of a field; false with a problem on the page when there is none, or none of ours. */
static bool keep(struct web__call *c, const char *field, const char *link, struct web__kept *ret)
{
    struct error err = { .lang = c->lang };
    const struct http_file *f = web__file(c, field);
    const struct work_request his = { .actor = c->person }; /* nobody has seen yet that it is the party's */
    enum error_code code = f != NULL ? web__keep_file(c, f, STR(""), web__sender(c->arena, &his), ret, &err)
                           : strcmp(field, "licence") == 0
                               ? error_set(&err, ERROR_INVALID, "the picture of the licence is missing")
                               : error_set(&err, ERROR_INVALID, "the letter of authority is missing");
    if (code != OK) {
        web__problem(c, &err, link);
    }
    return code == OK;
}

static bool check_code(struct web__call *c, str code)
{
    struct error err = { .lang = c->lang };
    enum party_code_fault fault = party_code_look(code).fault;
    if (fault == PARTY_CODE_SOUND || fault == PARTY_CODE_CHECK) {
        return true;
    }
    error_set(&err, ERROR_INVALID, "this is no unified social credit code");
    error_hint(&err, "it has 18 digits and capital letters and stands on the licence");
    web__problem(c, &err, "#code");
    return false;
}

void web__form_bind(struct web__call *c)
{
    struct people_plan plan;
    struct web__kept licence, letter;
    struct error err = { .lang = c->lang };
    int64_t id;
    str code = str_trim(web__text(c, "code"));
    bool fine = check_code(c, code);
    fine &= keep(c, "licence", "#licence", &licence);
    fine &= keep(c, "letter", "#letter", &letter);
    if (!fine) {
        ask(c, 422);
        return;
    }
    if (!web__plan(c, &plan)) {
        return;
    }
    const struct people_office *office = people_office_by_code(plan.tree, web__text(c, "office"));
    enum error_code result = people_binding_request(&plan, c->person, code, office == NULL ? 0 : office->id,
                                                    str_of(licence.hash), str_of(letter.hash), &id, &err);
    result = people_finish(&plan, result, NULL, &err);
    if (result == OK) {
        web__go(c, STR("/me"));
        return;
    }
    web__problem(c, &err, result == ERROR_MISSING ? "#office" : "#code");
    ask(c, 422);
}

/* ---- What one may do with a binding ---- */

static bool may(struct web__call *c, struct store_view *v, const struct people_tree *tree, enum people_verb verb,
                const struct people_binding *b, struct error *err)
{
    struct people_actor actor;
    struct people_verdict verdict;
    const struct people_object object = { .kind = PEOPLE_KIND_BINDING, .office = b->office, .person = b->person,
                                          .open = b->state == PEOPLE_REQUESTED ||
                                                  (b->state == PEOPLE_BOUND && c->now < b->until) };
    return people_actor(v, tree, c->arena, c->person, c->now, &actor, err) == OK &&
           people_may(tree, &actor, verb, &object, &verdict, err);
}

static const char no_binding[] = "there is no such binding, or it is not for you to see";

/* Reads the binding of the path inside a plan, if the actor may do this; otherwise an answer was sent. */
static bool begin(struct web__call *c, enum people_verb verb, struct people_plan *plan, struct people_binding *ret)
{
    struct error err = { .lang = c->lang };
    if (!web__plan(c, plan)) {
        return false;
    }
    bool there = people_binding(plan->view, c->arena, c->number, ret, &err) == OK &&
                 may(c, plan->view, plan->tree, PEOPLE_VERB_SEE, ret, &err);
    if (there && may(c, plan->view, plan->tree, verb, ret, &err)) {
        return true;
    }
    people_finish(plan, ERROR_INVALID, NULL, NULL);
    if (there) {
        web__refuse(c, 403, &err);
    } else {
        error_set(&err, ERROR_MISSING, no_binding);
        web__refuse(c, 404, &err);
    }
    return false;
}

static void end(struct web__call *c, struct people_plan *plan, enum error_code code, str where, struct error *err)
{
    code = people_finish(plan, code, NULL, err);
    if (code == OK) {
        web__go(c, where);
    } else {
        web__refuse(c, code == ERROR_IO ? 503 : 409, err);
    }
}

void web__form_unbind(struct web__call *c)
{
    struct people_plan plan;
    struct people_binding b;
    struct error err = { .lang = c->lang };
    if (begin(c, PEOPLE_VERB_VOID, &plan, &b)) {
        str reason = c->outside ? STR("ended by the account itself") : web__text(c, "reason");
        end(c, &plan, people_binding_end(&plan, b.id, reason, &err), c->outside ? STR("/me") : STR("/bindings"), &err);
    }
}

/* ---- The office ---- */

static void put_row(struct web__call *c, struct node *row, struct store_view *v, const struct people_binding *b)
{
    struct people_account a;
    struct error err = { .lang = c->lang };
    node_put_int(row, "id", b->id);
    node_put_text(row, "party", b->party);
    node_put_word(row, "state", b->state == PEOPLE_BOUND && c->now >= b->until ? "expired"
                                                                              : people_binding_state_name(b->state));
    node_put_text(row, "reason", b->reason);
    web__put_instant(row, "requested", b->requested);
    web__put_instant(row, "decided", b->decided);
    web__put_instant(row, "until", b->until);
    if (people_account(c->web->config.people, v, c->arena, b->person, &a, &err) == OK) {
        node_put_text(row, "name", a.name);
        node_put_text(row, "address", a.address.text);
    }
}

void web__page_bindings(struct web__call *c)
{
    const struct people_tree *tree;
    const struct people_binding *rows;
    struct error err = { .lang = c->lang };
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    bool all = web__flag(c, "all");
    struct node *list = node_put_list(c->model, "bindings");
    if (people_tree(c->web->config.people, v, &tree, &err) == OK) {
        uint32_t count = people_bindings(v, c->arena, 0, 0, !all, 10 * LIMIT_WEB_ROWS, &rows), shown = 0;
        for (uint32_t i = 0; i < count && shown < LIMIT_WEB_ROWS; i++) {
            if (may(c, v, tree, PEOPLE_VERB_SEE, &rows[i], &err)) {
                put_row(c, node_add_object(list), v, &rows[i]);
                shown++;
            }
        }
        people_tree_end(c->web->config.people, tree);
    }
    if (web__view_end(c, v)) {
        node_put_true(c->model, "all", all);
        web__answer(c, 200, page_bindings);
    }
}

/* Shows the binding of the path, with the problems that are in the model. */
static void show(struct web__call *c, int status)
{
    const struct people_tree *tree;
    struct people_binding b;
    struct people_person by;
    struct error err = { .lang = c->lang };
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    bool there = people_tree(c->web->config.people, v, &tree, &err) == OK;
    if (there) {
        there = people_binding(v, c->arena, c->number, &b, &err) == OK &&
                may(c, v, tree, PEOPLE_VERB_SEE, &b, &err);
        if (there) {
            put_row(c, c->model, v, &b);
            node_put_true(c->model, "licence", b.licence.len > 0);
            node_put_true(c->model, "letter", b.letter.len > 0);
            node_put_true(c->model, "may_decide", b.state == PEOPLE_REQUESTED &&
                                                      may(c, v, tree, PEOPLE_VERB_APPROVE, &b, &err));
            node_put_true(c->model, "may_end", b.state == PEOPLE_BOUND &&
                                                   may(c, v, tree, PEOPLE_VERB_VOID, &b, &err));
            if (b.decided_by != 0 && people_person(v, c->arena, b.decided_by, &by, &err) == OK) {
                node_put_text(c->model, "decided_by", by.name);
            }
        }
        people_tree_end(c->web->config.people, tree);
    }
    if (!web__view_end(c, v)) {
        return;
    }
    if (!there) {
        error_set(&err, ERROR_MISSING, no_binding);
        web__refuse(c, 404, &err);
        return;
    }
    str day = web__text(c, "until"), year = web__day_text(c->arena, web__day(c->now + INT64_C(365) * 86400000000));
    node_put_text(c->model, "day", day.len > 0 ? day : year);
    web__crumb(c, "Who acts for whom", STR("/bindings"));
    web__answer(c, status, page_binding);
}

void web__page_binding(struct web__call *c)
{
    show(c, 200);
}

/* The end of the day that was entered, in China; 0: it is none. */
static int64_t end_of(str day)
{
    cal_date d;
    return cal_parse_date(day, &d) ? (cal_days_from_date(d) + 1) * INT64_C(86400000000) - INT64_C(8) * 3600000000 : 0;
}

void web__form_decide(struct web__call *c)
{
    struct people_plan plan;
    struct people_binding b;
    struct error err = { .lang = c->lang };
    bool bind = str_eq(web__text(c, "do"), STR("bind"));
    if (!begin(c, PEOPLE_VERB_APPROVE, &plan, &b)) {
        return;
    }
    bool seen = web__flag(c, "licence") && web__flag(c, "letter");
    enum error_code code = !bind  ? people_binding_refuse(&plan, b.id, str_trim(web__text(c, "reason")), &err)
                           : seen ? people_binding_bind(&plan, b.id, end_of(web__text(c, "until")), &err)
                                  : error_set(&err, ERROR_INVALID,
                                              "say that licence and letter of authority were seen");
    code = people_finish(&plan, code, NULL, &err);
    if (code == OK) {
        web__go(c, STR("/bindings"));
    } else if (code == ERROR_IO) {
        web__refuse(c, 503, &err);
    } else {
        web__problem(c, &err, !bind ? "#reason" : seen ? "#until" : "#seen-licence");
        show(c, 422);
    }
}

/* The papers that were sent in; for whoever may see the binding. */
void web__file_binding(struct web__call *c)
{
    struct people_plan plan;
    struct people_binding b;
    if (begin(c, PEOPLE_VERB_SEE, &plan, &b)) {
        people_finish(&plan, OK, NULL, NULL);
        bool licence = str_eq(c->words[0], STR("licence"));
        web__send_file(c, licence ? b.licence : str_eq(c->words[0], STR("letter")) ? b.letter : STR(""), c->words[0]);
    }
}
