/* page_office_new: a dossier that an officer begins at the counter, for a party that is there or has sent papers. */
#include "web/office.h"

#include "base/limit.h"

enum { PROCESSES = 100 };

/* ---- What can be begun ---- */

struct choice {
    const struct scheme *scheme;
    const struct scheme_process *process;
};

struct beginning {
    struct work_request rq;
    int64_t office;
    struct choice choices[PROCESSES]; /* while nothing is chosen */
    uint32_t choice_count;
    str *offices; /* the codes of those that he has a role in */
    uint32_t office_count;
};

static void put_process(struct web__call *c, struct node *list, const struct scheme *s, const struct scheme_process *p)
{
    struct node *n = node_add_object(list);
    str title = scheme_text(p->title, c->lang);
    node_put_text(n, "scheme", s->name);
    node_put_text(n, "process", p->id);
    node_put_text(n, "scheme_title", scheme_text(s->title, c->lang));
    node_put_text(n, "title", title.len > 0 ? title : p->id);
}

static void read_processes(struct web__call *c, struct store_view *v, struct beginning *b)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value all = feel_null();
    str before = STR("");
    work_write_schemes(v, &json);
    feel_json_read(c->arena, arena_str(c->arena, buf_str(&json)), &all, NULL);
    buf_release(&json);
    for (uint32_t i = 0; all.kind == FEEL_LIST && i < all.count; i++) {
        const struct scheme *s;
        str name = feel_text_member(all.items[i], "scheme");
        if (str_eq(name, before) || record_installed(work_record(c->web->config.work), v, name, &s, NULL) != OK) {
            continue; /* an older version */
        }
        before = name;
        for (uint32_t k = 0; k < s->procedure_count && b->choice_count < PROCESSES; k++) {
            if ((s->procedures[k].start_by & SCHEME_START_COUNTER) != 0 || s->procedures[k].start_by == 0) {
                b->choices[b->choice_count++] = (struct choice){ s, &s->procedures[k] };
            }
        }
    }
}

/* Whether he may begin it in one of his offices. */
static bool may_begin(struct web__call *c, const struct beginning *b, const struct choice *choice)
{
    bool may = false;
    for (uint32_t i = 0; i < b->office_count && !may; i++) {
        struct work_desk_task t;
        struct error err = { .lang = c->lang };
        struct work_request rq = { .act = WORK_START, .actor = c->person, .scheme = choice->scheme->name,
                                   .process = choice->process->id, .office = b->offices[i] };
        may = work_desk_start(c->web->config.work, &rq, c->arena, &t, &err) == OK;
    }
    return may;
}

static void put_processes(struct web__call *c, const struct beginning *b)
{
    struct node *list = node_put_list(c->model, "processes");
    for (uint32_t i = 0; i < b->choice_count; i++) {
        if (may_begin(c, b, &b->choices[i])) {
            put_process(c, list, b->choices[i].scheme, b->choices[i].process);
        }
    }
}

static void put_offices(struct web__call *c, struct store_view *v, int64_t chosen)
{
    struct node *list = node_put_list(c->model, "offices");
    for (uint32_t i = 0; i < c->grant_count; i++) {
        bool before = c->grants[i].office == 0;
        for (uint32_t k = 0; k < i; k++) {
            before = before || c->grants[k].office == c->grants[i].office;
        }
        if (!before) {
            struct node *n = node_add_object(list);
            node_put_int(n, "value", c->grants[i].office);
            node_put_text(n, "text", work_name_of_office(v, c->arena, c->grants[i].office));
            node_put_true(n, "chosen", c->grants[i].office == chosen);
        }
    }
}

/* The code of an office that he has a role in; empty: he has none there. */
static str office_code(struct web__call *c, struct store_view *v, int64_t office)
{
    const struct people_tree *tree;
    str code = STR("");
    bool his = false;
    for (uint32_t i = 0; i < c->grant_count; i++) {
        his = his || c->grants[i].office == office;
    }
    if (his && people_tree(c->web->config.people, v, &tree, NULL) == OK) {
        const struct people_office *o = people_office(tree, office);
        code = o == NULL ? STR("") : arena_str(c->arena, o->code);
        people_tree_end(c->web->config.people, tree);
    }
    return code;
}

/* ---- The page ---- */

static void read_offices(struct web__call *c, struct store_view *v, struct beginning *b)
{
    b->offices = ARENA_ARRAY(c->arena, str, c->grant_count);
    for (uint32_t i = 0; i < c->grant_count; i++) {
        str code = office_code(c, v, c->grants[i].office);
        bool known = code.len == 0;
        for (uint32_t k = 0; k < b->office_count && !known; k++) {
            known = str_eq(b->offices[k], code);
        }
        if (!known) {
            b->offices[b->office_count++] = code;
        }
    }
}

/* What is to be begun: of the query, or of the page that was sent. False after an answer was sent. */
static bool read_beginning(struct web__call *c, bool sent, struct beginning *ret)
{
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    *ret = (struct beginning){ 0 };
    ret->office = web__int(c, sent ? "-office" : "office", c->grant_count > 0 ? c->grants[0].office : 0);
    ret->rq = (struct work_request){ .act = WORK_START, .actor = c->person,
                                     .scheme = web__text(c, sent ? "-scheme" : "scheme"),
                                     .process = web__text(c, sent ? "-process" : "process"),
                                     .subject = str_trim(web__text(c, sent ? "-subject" : "subject")),
                                     .office = office_code(c, v, ret->office) };
    put_offices(c, v, ret->office);
    if (ret->rq.scheme.len == 0) {
        read_processes(c, v, ret);
        read_offices(c, v, ret);
    }
    if (!web__view_end(c, v)) {
        return false;
    }
    put_processes(c, ret);
    return true;
}

static void answer(struct web__call *c, const struct beginning *b, int status)
{
    node_put_text(c->model, "scheme", b->rq.scheme);
    node_put_text(c->model, "process", b->rq.process);
    node_put_text(c->model, "subject", b->rq.subject);
    node_put_int(c->model, "office", b->office);
    web__crumb(c, "Tasks", STR("/office"));
    web__answer(c, status, page_office_new);
}

/* The form of the start; false after an answer was sent. */
static bool put_start(struct web__call *c, const struct beginning *b, bool first, str *ret_with)
{
    struct work_desk_task t;
    struct error err = { .lang = c->lang };
    enum error_code code = work_desk_start(c->web->config.work, &b->rq, c->arena, &t, &err);
    if (code != OK) {
        web__refuse(c, code == ERROR_MISSING ? 404 : code == ERROR_INVALID ? 403 : 503, &err);
        return false;
    }
    const struct scheme_process *p = t.procedure;
    str title = p == NULL ? b->rq.process : scheme_text(p->title, c->lang);
    node_put_text(c->model, "title", title.len > 0 ? title : b->rq.process);
    node_put_text(c->model, "scheme_title", scheme_text(t.scheme->title, c->lang));
    node_put_true(c->model, "about_party", p != NULL && str_eq(p->subject, STR("party")));
    *ret_with = STR("{}");
    return t.form == NULL || web__task_form(c, &t, first, ret_with);
}

void web__page_office_new(struct web__call *c)
{
    struct beginning b;
    str with;
    if (!read_beginning(c, false, &b) || (b.rq.scheme.len > 0 && !put_start(c, &b, true, &with))) {
        return;
    }
    answer(c, &b, 200);
}

static void add_problem(struct web__call *c, const char *message, const char *detail)
{
    struct node *list = node_put_list(c->model, "problems"), *n = node_add_object(list);
    node_put_text(n, "text", arena_printf(c->arena, "%s%s%s", message, detail[0] != '\0' ? "：" : "", detail));
    node_put_text(n, "link", STR("#form"));
}

void web__form_office_new(struct web__call *c)
{
    struct beginning b;
    str with;
    if (!read_beginning(c, true, &b) || !put_start(c, &b, false, &with)) {
        return;
    }
    if (node_member(c->model, STR("problems")) != NULL) {
        answer(c, &b, 422);
        return;
    }
    b.rq.with = with;
    struct work_answer tried = work_try(c->web->config.work, &b.rq, c->lang);
    if (tried.outcome == WORK_REFUSED || tried.outcome == WORK_MISSING) {
        add_problem(c, tried.error.message, tried.error.detail);
        answer(c, &b, 422);
        return;
    }
    web__act_and_go(c, &b.rq, STR(""));
}
