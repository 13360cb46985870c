/* page_apply: a declaration from its list of sections to its receipt: /apply/SCHEME/PROCESS. Everything that is entered
 * is saved as a draft at once, right or wrong; what is wrong is told, and only sending wants it all right.
 *
 * Two browsers. A section's page knows the section as it was when it was drawn (its hash). What somebody else has
 * changed since is shown beside what was entered, and nothing is written until one of the two is chosen; changes of
 * other sections are no conflict, they are merged.
 */
#include "web/apply.h"

#include "base/limit.h"

/* ---- Where one is ---- */

static str base_address(struct apply *p)
{
    return arena_printf(p->call->arena, "/apply/%.*s/%.*s", STR_ARG(p->rq.scheme), STR_ARG(p->rq.process));
}

static void put_place(struct apply *p, const char *here)
{
    struct web__call *c = p->call;
    const struct scheme *s = p->desk->scheme;
    struct scheme_text title = p->desk->procedure != NULL && p->desk->procedure->title.zh.len > 0
                                   ? p->desk->procedure->title
                                   : s->title;
    node_put_text(c->model, "scheme_title", arena_str(c->arena, scheme_text(s->title, c->lang)));
    node_put_text(c->model, "process_title", arena_str(c->arena, scheme_text(title, c->lang)));
    node_put_text(c->model, "base", base_address(p));
    node_put_text(c->model, "party", c->party_name);
    node_put_text(c->model, "saved_at", p->draft_at == WORK_NO_DRAFT ? STR("") : web__instant(c->arena, p->draft_at));
    web__crumb(c, "My business", STR("/my"));
    web__crumb(c, "Declaration", here == NULL ? STR("") : base_address(p));
    if (here != NULL) {
        web__crumb(c, here, STR(""));
    }
}

/* Whether one may send today, and until when; where that depends on an answer that is not given yet, that. */
static void put_window(struct apply *p)
{
    struct web__call *c = p->call;
    struct error err = { .lang = c->lang };
    feel_value row;
    if (work_page_window(p->desk, p->draft, c->arena, &row, &err) == OK) {
        node_put_text(c->model, "opens", publish_shown(c->arena, feel_member(row, "opens")));
        node_put_text(c->model, "closes", publish_shown(c->arena, feel_member(row, "closes")));
    } else {
        node_put_text(c->model, "not_open", arena_str(c->arena, str_of(err.message)));
        node_put_text(c->model, "not_open_why", arena_str(c->arena, str_of(err.detail)));
    }
}

/* ---- The list of sections ---- */

static const char *const words[] = {
    [APPLY__EMPTY] = "Not filled in",     [APPLY__BROUGHT] = "Brought over: please check",
    [APPLY__BEGUN] = "Begun",             [APPLY__WRONG] = "To be corrected",
    [APPLY__OPTIONAL] = "Optional",       [APPLY__DONE] = "Complete",
};

static const char *const looks[] = { [APPLY__EMPTY] = "tag",     [APPLY__BROUGHT] = "tag fair",
                                     [APPLY__BEGUN] = "tag",     [APPLY__WRONG] = "tag bad",
                                     [APPLY__OPTIONAL] = "quiet", [APPLY__DONE] = "quiet" };

static bool is_ready(enum apply__state state)
{
    return state == APPLY__DONE || state == APPLY__OPTIONAL;
}

/* Puts the sections but that of the pledge; how many are there, and how many are ready. */
static void put_sections(struct apply *p, uint32_t *ret_count, uint32_t *ret_ready)
{
    struct node *list = node_put_list(p->call->model, "sections");
    *ret_count = *ret_ready = 0;
    for (uint32_t i = 0; i < p->section_count; i++) {
        if (p->sections[i].pledge) {
            continue;
        }
        enum apply__state state = web__apply_state(p, &p->sections[i]);
        struct node *n = node_add_object(list);
        node_put_text(n, "title", arena_str(p->call->arena, p->sections[i].title));
        node_put_text(n, "link", arena_printf(p->call->arena, "%.*s/%u", STR_ARG(base_address(p)), i + 1));
        node_put_word(n, "state", words[state]);
        node_put_word(n, "look", looks[state]);
        ++*ret_count;
        *ret_ready += is_ready(state);
    }
    node_put_int(p->call->model, "count", *ret_count);
    node_put_int(p->call->model, "ready", *ret_ready);
    node_put_true(p->call->model, "all", *ret_ready == *ret_count);
}

void web__page_apply(struct web__call *c)
{
    struct apply p;
    struct error err = { .lang = c->lang };
    uint32_t count, ready;
    if (!web__apply_open(c, true, &p)) {
        return;
    }
    if (web__apply_check(&p, p.draft, &err) != OK) {
        web__apply_fail(&p, &err);
        return;
    }
    put_place(&p, NULL);
    put_window(&p);
    put_sections(&p, &count, &ready);
    struct work_dossier last;
    if (p.before != 0) {
        node_put_int(c->model, "before", p.before);
        node_put_true(c->model, "runs", work_read_dossier(p.view, p.before, c->arena, &last) &&
                                            str_eq(last.outcome, STR("running")));
    }
    if (web__apply_close(&p)) {
        web__answer(c, 200, page_apply_list);
    }
}

/* ---- A section ---- */

/* properties.decision of a group: the list that a decision makes of the answers, as a table. */
static enum error_code put_computed(struct apply *p, const struct apply__section *s, feel_value answers,
                                    struct node *into, struct error *err)
{
    struct arena *a = p->call->arena;
    const struct form_component *g = s->group == FORM_NONE ? NULL : form_component(p->desk->form, (uint32_t)s->group);
    str decision = g == NULL ? STR("") : form_property(g, STR("decision"));
    struct work_page_found typed;
    feel_value result;
    if (decision.len == 0) {
        return OK;
    }
    enum error_code code = work_page_check(p->desk, answers, true, a, &typed, err);
    code = code == OK ? work_page_ask(p->desk, decision, typed.values, a, &result, err) : code;
    if (code != OK) {
        return code;
    }
    feel_value list = feel_member(result, arena_str(a, form_property(g, STR("list"))).ptr);
    str columns = form_property(g, STR("columns")), titles = form_property(g, STR("titles")), title;
    struct node *table = node_put_object(into, "computed"), *heads = node_put_list(table, "columns");
    for (uint32_t k = 1; (title = web__nth(titles, k)).len > 0; k++) {
        node_add_text(heads, title);
    }
    struct node *rows = node_put_list(table, "rows");
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        struct node *cells = node_put_list(node_add_object(rows), "cells");
        str column;
        for (uint32_t k = 1; (column = web__nth(columns, k)).len > 0; k++) {
            struct node *cell = node_add_object(cells);
            str text = publish_shown(a, feel_member(list.items[i], arena_str(a, column).ptr));
            text = scheme_word(p->desk->scheme, text, p->call->lang);
            node_put_text(cell, "text", text.len > 0 ? text : STR("—"));
            node_put_text(cell, "name", arena_printf(a, "%.*s[%u].%.*s", STR_ARG(decision), i + 1, STR_ARG(column)));
            node_put_true(cell, "head", k == 1);
        }
    }
    return OK;
}

struct section_page {
    feel_value answers;  /* what is drawn */
    bool check;          /* with what is wrong and missing */
    bool brought;
    feel_value others;   /* what somebody else has saved of it, or null */
};

/* What somebody else entered in fields of the section, where it is something else. */
static void put_others(struct apply *p, const struct apply__section *s, const struct section_page *page)
{
    struct arena *a = p->call->arena;
    if (page->others.kind != FEEL_CONTEXT) {
        return;
    }
    struct node *list = node_put_list(p->call->model, "others");
    for (uint32_t i = s->first; i < s->end; i++) {
        const struct form_component *c = form_component(p->desk->form, i);
        feel_value theirs = feel_null(), mine = feel_null();
        if (c->pattern.len == 0 || memchr(c->pattern.ptr, '[', c->pattern.len) != NULL || c->label.len == 0) {
            continue;
        }
        form_get(page->others, c->pattern, &theirs);
        form_get(page->answers, c->pattern, &mine);
        str text = c->type == FORM_TYPE_DYNAMICLIST ? web__apply_json(a, theirs) : publish_shown(a, theirs);
        str own = c->type == FORM_TYPE_DYNAMICLIST ? web__apply_json(a, mine) : publish_shown(a, mine);
        if (!str_eq(text, own)) {
            struct node *n = node_add_object(list);
            node_put_text(n, "label", arena_str(a, c->label));
            node_put_text(n, "theirs", c->matrix ? str_of(lang_text(p->call->lang, "other figures")) : text);
        }
    }
}

static enum error_code put_section(struct apply *p, uint32_t number, const struct section_page *page,
                                   struct error *err)
{
    struct web__call *c = p->call;
    const struct apply__section *s = &p->sections[number - 1];
    struct form_request rq = p->desk->request;
    struct web__part part = { .form = p->desk->form, .first = s->first, .end = s->end, .from = feel_null(),
                              .view = p->view };
    rq.answers = page->answers;
    enum error_code code = OK;
    if (page->check && (code = web__apply_check(p, page->answers, err)) == OK) {
        part.problem_count = web__apply_problems(p, s, &part.problems);
    } else if (!page->check) {
        part.problem_count = p->sheet.problem_count;
        part.problems = p->sheet.problems;
    }
    if (page->brought) {
        part.from = p->from;
        node_put_true(c->model, "brought", true);
    }
    code = code == OK ? web__put_part(c, &part, p->desk->ev, &rq, c->model, err) : code;
    if (code != OK) {
        return code;
    }
    if (part.problem_count > 0) {
        web__put_problems(c, part.problems, part.problem_count);
    }
    put_others(p, s, page);
    put_place(p, "Section");
    node_put_text(c->model, "title", arena_str(c->arena, s->title));
    node_put_int(c->model, "number", number);
    node_put_int(c->model, "count", p->section_count);
    node_put_text(c->model, "hash", web__apply_hash(p, s));
    str files_at = arena_printf(c->arena, "%.*s/%u/file", STR_ARG(base_address(p)), number);
    node_put_text(c->model, "files_at", files_at);
    node_put_text(c->model, "files_to", files_at);
    return put_computed(p, s, page->answers, c->model, err);
}

static bool find_section(struct apply *p, struct error *err)
{
    int64_t n = p->call->number;
    if (n >= 1 && n <= p->section_count && !p->sections[n - 1].pledge) {
        return true;
    }
    error_set(err, ERROR_MISSING, "the form has no such section");
    web__apply_fail(p, err);
    return false;
}

void web__page_section(struct web__call *c)
{
    struct apply p;
    struct error err = { .lang = c->lang };
    struct section_page page = { .check = web__flag(c, "check") };
    if (!web__apply_open(c, true, &p) || !find_section(&p, &err)) {
        return;
    }
    page.answers = web__apply_shown(&p, &p.sections[c->number - 1], &page.brought);
    if (put_section(&p, (uint32_t)c->number, &page, &err) != OK) {
        web__apply_fail(&p, &err);
        return;
    }
    if (page.check && node_member(c->model, STR("problems")) == NULL) {
        node_put_word(c->model, "done", "Saved: this section is complete");
    }
    if (web__apply_close(&p)) {
        web__answer(c, 200, page_apply_section);
    }
}

/* ---- Saving a section ---- */

struct saving {
    struct web__call call;
    str next; /* empty: the page is drawn, and says what was not taken */
};

static void saved(void *context, const struct work_answer *answer)
{
    struct saving *s = context;
    if (answer->outcome == WORK_OK && s->next.len == 0) {
        web__answer(&s->call, 422, page_apply_section);
        return;
    }
    if (answer->outcome == WORK_OK) {
        web__go(&s->call, s->next);
        return;
    }
    struct error err = answer->error;
    error_hint(&err, "go back and save it once more: what you entered is still on the page");
    web__refuse(&s->call, web__status_of(answer->outcome), &err);
}

/* Where one goes from a section: on, where all is right; back to it, where something is to be corrected; to the list,
 * where one leaves it for later. */
static str after_saving(struct apply *p, const struct apply__section *s, feel_value answers)
{
    struct arena *a = p->call->arena;
    const str *field = http_field(p->call->r, "do");
    str act = field == NULL ? STR("") : *field, base = base_address(p);
    struct error err = { .code = OK };
    const struct form_problem *problems;
    uint32_t n = (uint32_t)p->call->number;
    if (str_starts_with(act, STR("add ")) || str_starts_with(act, STR("remove "))) {
        return arena_printf(a, "%.*s/%u", STR_ARG(base), n);
    }
    if (str_eq(act, STR("later")) || web__apply_check(p, answers, &err) != OK) {
        return base;
    }
    uint32_t count = web__apply_problems(p, s, &problems);
    if (form_has_error(problems, count)) {
        return arena_printf(a, "%.*s/%u?check=1", STR_ARG(base), n);
    }
    return n < p->section_count && !p->sections[n].pledge ? arena_printf(a, "%.*s/%u", STR_ARG(base), n + 1) : base;
}

/* The section was saved by somebody else since this page was drawn: both are shown, nothing is written. */
static void tell_conflict(struct apply *p, feel_value entered)
{
    struct error err = { .lang = p->call->lang };
    struct section_page page = { .answers = entered, .others = p->draft };
    if (put_section(p, (uint32_t)p->call->number, &page, &err) != OK) {
        web__apply_fail(p, &err);
        return;
    }
    struct node *problem = node_add_object(node_put_list(p->call->model, "problems"));
    node_put_text(problem, "text", str_of(lang_text(p->call->lang, "This section was saved in another window or by a "
                                                                   "colleague while this page was open")));
    node_put_word(problem, "link", "#others");
    if (web__apply_close(p)) {
        web__answer(p->call, 409, page_apply_section);
    }
}

void web__form_section(struct web__call *c)
{
    struct apply p;
    struct error err = { .lang = c->lang };
    feel_value answers;
    if (!web__apply_open(c, true, &p) || !find_section(&p, &err)) {
        return;
    }
    const struct apply__section *s = &p.sections[c->number - 1];
    const str *hash = http_field(c->r, "-base");
    if (web__apply_entered(&p, s, p.draft, &answers, &err) != OK) {
        web__apply_fail(&p, &err);
        return;
    }
    if (hash != NULL && p.draft_at == WORK_NO_DRAFT && !str_eq(*hash, web__apply_hash(&p, s))) {
        error_set(&err, ERROR_INVALID, "what was begun on this page has been sent meanwhile; nothing was changed");
        error_hint(&err, "it stands under \"My business\"; what is to be corrected there, the office asks for");
        web__apply_fail(&p, &err);
        return;
    }
    if (hash != NULL && !str_eq(*hash, web__apply_hash(&p, s))) {
        tell_conflict(&p, answers);
        return;
    }
    struct saving *saving = ARENA_NEW(c->arena, struct saving);
    struct work_request rq = p.rq;
    if (p.sheet.problem_count > 0) {
        struct section_page page = { .answers = answers };
        if (web__apply_becomes(&p, answers, &err) != OK || put_section(&p, (uint32_t)c->number, &page, &err) != OK) {
            web__apply_fail(&p, &err);
            return;
        }
        *saving = (struct saving){ .call = *c, .next = STR("") };
    } else {
        *saving = (struct saving){ .call = *c, .next = after_saving(&p, s, answers) };
    }
    rq.act = WORK_SAVE;
    rq.draft = p.draft_at;
    rq.with = web__apply_json(c->arena, answers);
    if (web__apply_close(&p)) {
        work_submit(c->web->config.work, &rq, c->lang, saved, saving);
    }
}

/* ---- Files ---- */

void web__json_section_file(struct web__call *c)
{
    struct apply p;
    struct error err = { .lang = c->lang };
    if (web__apply_open(c, true, &p) && find_section(&p, &err)) {
        const struct apply__section *s = &p.sections[c->number - 1];
        web__apply_take_file(&p, s, web__apply_hash(&p, s));
    }
}

void web__file_section(struct web__call *c)
{
    struct apply p;
    struct error err = { .lang = c->lang };
    if (web__apply_open(c, true, &p) && find_section(&p, &err)) {
        web__apply_send_file(&p, p.draft);
    }
}

/* ---- Computed while somebody types ---- */

static void put_outputs(const struct node *n, struct node *values)
{
    for (const struct node *m = n->first; m != NULL; m = m->next) {
        if (str_eq(node_text(m, "type"), STR("expression"))) {
            node_put_text(values, node_text(m, "name").ptr, node_text(m, "value"));
        }
        put_outputs(m, values);
    }
}

static void put_cells(const struct node *table, struct node *values)
{
    const struct node *rows = node_member(table, STR("rows"));
    for (const struct node *row = rows == NULL ? NULL : rows->first; row != NULL; row = row->next) {
        for (const struct node *cell = node_member(row, STR("cells"))->first; cell != NULL; cell = cell->next) {
            node_put_text(values, node_text(cell, "name").ptr, node_text(cell, "text"));
        }
    }
}

void web__json_section(struct web__call *c)
{
    struct apply p;
    struct error err = { .lang = c->lang };
    struct node *drawn = node_object(c->arena), *values = node_put_object(c->model, "values");
    feel_value answers;
    c->json = true;
    if (!web__apply_open(c, true, &p) || !find_section(&p, &err)) {
        return;
    }
    const struct apply__section *s = &p.sections[c->number - 1];
    struct web__part part = { .form = p.desk->form, .first = s->first, .end = s->end, .from = feel_null() };
    struct form_request rq = p.desk->request;
    enum error_code code = web__apply_entered(&p, s, p.draft, &answers, &err);
    rq.answers = answers;
    code = code == OK ? web__put_part(c, &part, p.desk->ev, &rq, drawn, &err) : code;
    code = code == OK ? put_computed(&p, s, answers, drawn, &err) : code;
    if (code != OK) {
        web__apply_fail(&p, &err);
        return;
    }
    put_outputs(drawn, values);
    put_cells(node_member(drawn, STR("computed")), values);
    if (web__apply_close(&p)) {
        web__answer(c, 200, NULL);
    }
}

/* ---- Checking the answers ---- */

static str shown_of(struct apply *p, const struct node *field)
{
    struct arena *a = p->call->arena;
    struct buf out = BUF_INIT(LIMIT_FORM_TEXT);
    const struct node *list = node_member(field, STR("options"));
    for (const struct node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next) {
        if (node_member(n, STR("chosen")) != NULL) {
            buf_printf(&out, "%s%.*s", out.len > 0 ? "、" : "", STR_ARG(node_text(n, "label")));
        }
    }
    if (str_eq(node_text(field, "type"), STR("checkbox"))) {
        bool yes = node_member(field, STR("chosen")) != NULL;
        buf_printf(&out, "%s", lang_text(p->call->lang, yes ? "yes" : "no"));
    }
    if (list == NULL && node_text(field, "value").len > 0) {
        buf_printf(&out, "%.*s %.*s", STR_ARG(node_text(field, "value")), STR_ARG(node_text(field, "suffix")));
    }
    str text = arena_str(a, str_trim(buf_str(&out)));
    buf_release(&out);
    return text.len > 0 ? text : STR("—");
}

static void list_answers(struct apply *p, const struct node *components, str link, struct node *into);

static void list_rows(struct apply *p, const struct node *list, str link, struct node *into)
{
    const struct node *rows = node_member(list, STR("rows"));
    struct node *n = node_add_object(into);
    str count = arena_printf(p->call->arena, lang_text(p->call->lang, "%u rows"), rows == NULL ? 0 : rows->count);
    node_put_text(n, "label", node_text(list, "label"));
    node_put_text(n, "value", count);
    node_put_text(n, "link", arena_printf(p->call->arena, "%.*s#%.*s", STR_ARG(link), STR_ARG(node_text(list, "id"))));
    node_put_word(n, "act", "Change");
    for (const struct node *row = rows == NULL ? NULL : rows->first; row != NULL; row = row->next) {
        list_answers(p, node_member(row, STR("components")), link, into);
    }
}

/* A line for each field, with the way back to it. A matrix stays a table. */
static void list_answers(struct apply *p, const struct node *components, str link, struct node *into)
{
    for (const struct node *n = components == NULL ? NULL : components->first; n != NULL; n = n->next) {
        if (node_member(n, STR("components")) != NULL) {
            list_answers(p, node_member(n, STR("components")), link, into);
        } else if (str_eq(node_text(n, "type"), STR("dynamiclist"))) {
            list_rows(p, n, link, into);
        } else if (node_text(n, "name").len > 0 && !str_eq(node_text(n, "type"), STR("matrix"))) {
            struct node *line = node_add_object(into);
            node_put_text(line, "label", node_text(n, "label"));
            const struct node *files = node_member(n, STR("files"));
            if (files != NULL && files->count > 0) {
                node_put_node(line, "files", files);
                node_put_text(line, "files_at", arena_printf(p->call->arena, "%.*s/file", STR_ARG(link)));
            } else {
                node_put_text(line, "value", shown_of(p, n));
            }
            node_put_text(line, "link", arena_printf(p->call->arena, "%.*s#%.*s", STR_ARG(link),
                                                     STR_ARG(node_text(n, "id"))));
            node_put_word(line, "act", "Change");
        }
    }
}

static void put_matrices(const struct node *components, struct node *into)
{
    struct node *list = node_put_list(into, "matrices");
    for (const struct node *n = components->first; n != NULL; n = n->next) {
        if (str_eq(node_text(n, "type"), STR("matrix"))) {
            node_put_node(list, NULL, n);
        }
    }
}

static enum error_code put_answers(struct apply *p, struct error *err)
{
    struct web__call *c = p->call;
    struct node *list = node_put_list(c->model, "parts");
    enum error_code code = OK;
    for (uint32_t i = 0; i < p->section_count && code == OK; i++) {
        const struct apply__section *s = &p->sections[i];
        struct web__part part = { .form = p->desk->form, .first = s->first, .end = s->end, .from = feel_null(),
                                  .view = p->view };
        struct form_request rq = p->desk->request;
        struct node *drawn = node_object(c->arena), *n;
        rq.answers = p->draft;
        if (s->pledge || (code = web__put_part(c, &part, p->desk->ev, &rq, drawn, err)) != OK) {
            continue;
        }
        const struct node *components = node_member(drawn, STR("components"));
        str link = arena_printf(c->arena, "%.*s/%u", STR_ARG(base_address(p)), i + 1);
        n = node_add_object(list);
        node_put_text(n, "title", arena_str(c->arena, s->title));
        node_put_text(n, "link", link);
        list_answers(p, components, link, node_put_list(n, "fields"));
        put_matrices(components, n);
        code = put_computed(p, s, p->draft, n, err);
    }
    return code;
}

/* What is still wrong anywhere, each with the way to its section. */
static uint32_t put_all_problems(struct apply *p)
{
    struct web__call *c = p->call;
    struct node *list = node_put_list(c->model, "problems");
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->section_count; i++) {
        const struct form_problem *problems;
        uint32_t n = web__apply_problems(p, &p->sections[i], &problems), errors = 0;
        for (uint32_t k = 0; k < n; k++) {
            errors += problems[k].level == FORM_ERROR;
        }
        if (errors > 0 && !p->sections[i].pledge) {
            struct node *line = node_add_object(list);
            node_put_text(line, "text", arena_printf(c->arena, lang_text(c->lang, "%.*s: %u answers are missing or to "
                                                                                  "be corrected"),
                                                     STR_ARG(p->sections[i].title), errors));
            node_put_text(line, "link", arena_printf(c->arena, "%.*s/%u?check=1", STR_ARG(base_address(p)), i + 1));
            count += errors;
        }
    }
    if (count > 0) {
        node_put_int(c->model, "problem_count", count);
    }
    return count;
}

static void put_warnings(struct apply *p)
{
    struct node *list = node_put_list(p->call->model, "warnings");
    for (uint32_t i = 0; i < p->problem_count; i++) {
        if (p->problems[i].level == FORM_WARNING) {
            node_add_text(list, p->problems[i].text);
        }
    }
}

void web__page_answers(struct web__call *c)
{
    struct apply p;
    struct error err = { .lang = c->lang };
    if (!web__apply_open(c, true, &p)) {
        return;
    }
    if (web__apply_check(&p, p.draft, &err) != OK || put_answers(&p, &err) != OK) {
        web__apply_fail(&p, &err);
        return;
    }
    put_place(&p, "Check your answers");
    put_window(&p);
    if (put_all_problems(&p) == 0) {
        put_warnings(&p); /* before that most say that there is nothing to compute with */
    }
    if (web__apply_close(&p)) {
        web__answer(c, 200, page_apply_check);
    }
}

/* ---- Pledge and sending ---- */

static const struct apply__section *pledge_of(const struct apply *p)
{
    for (uint32_t i = 0; i < p->section_count; i++) {
        if (p->sections[i].pledge) {
            return &p->sections[i];
        }
    }
    return NULL;
}

/* The offices that a declaration may go to: those of the level that the manifest names first ("county of …"), else of
 * the level at which its roles are held. */
static str level_of(const struct apply *p)
{
    const struct scheme_process *said = p->desk->procedure;
    str office = said == NULL ? STR("") : said->office;
    const char *space = office.len == 0 ? NULL : memchr(office.ptr, ' ', office.len);
    if (space != NULL) {
        return str_slice(office, 0, (size_t)(space - office.ptr));
    }
    for (uint32_t i = 0; i < p->desk->scheme->role_count; i++) {
        if (p->desk->scheme->roles[i].at_count > 0) {
            return p->desk->scheme->roles[i].at[0];
        }
    }
    return STR("");
}

static void put_offices(struct apply *p)
{
    struct web__call *c = p->call;
    const struct people_tree *tree;
    struct error err = { .code = OK };
    str level = level_of(p), chosen = web__text(c, "-office");
    struct node *list = node_put_list(c->model, "offices");
    if (people_tree(c->web->config.people, p->view, &tree, &err) != OK) {
        return;
    }
    for (uint32_t i = 0; i < tree->count; i++) {
        if (str_eq(tree->offices[i].level, level)) {
            struct node *n = node_add_object(list);
            str code = arena_str(c->arena, tree->offices[i].code);
            node_put_text(n, "code", code);
            node_put_text(n, "name", arena_str(c->arena, tree->offices[i].name));
            node_put_true(n, "chosen", str_eq(code, chosen));
        }
    }
    node_put_true(c->model, "several", list->count > 1);
    people_tree_end(c->web->config.people, tree);
}

/* Which state of the draft the page shows: by it the same page sent twice is one declaration. */
static str page_of(struct apply *p)
{
    return arena_printf(p->call->arena, "%lld", (long long)p->draft_at);
}

static enum error_code put_pledge(struct apply *p, feel_value answers, bool check, struct error *err)
{
    struct web__call *c = p->call;
    const struct apply__section *s = pledge_of(p);
    put_place(p, "Pledge");
    put_window(p);
    put_offices(p);
    node_put_text(c->model, "page", page_of(p));
    if (s == NULL) {
        return OK;
    }
    struct web__part part = { .form = p->desk->form, .first = s->first, .end = s->end, .from = feel_null() };
    struct form_request rq = p->desk->request;
    rq.answers = answers;
    if (check) {
        part.problem_count = web__apply_problems(p, s, &part.problems);
    }
    node_put_text(c->model, "title", arena_str(c->arena, s->title));
    enum error_code code = web__put_part(c, &part, p->desk->ev, &rq, c->model, err);
    if (code == OK && part.problem_count > 0) {
        web__put_problems(c, part.problems, part.problem_count);
    }
    return code;
}

void web__page_pledge(struct web__call *c)
{
    struct apply p;
    struct error err = { .lang = c->lang };
    if (!web__apply_open(c, true, &p)) {
        return;
    }
    if (put_pledge(&p, p.draft, false, &err) != OK) {
        web__apply_fail(&p, &err);
    } else if (web__apply_close(&p)) {
        web__answer(c, 200, page_apply_pledge);
    }
}

static void sent(void *context, const struct work_answer *answer)
{
    struct web__call *c = context;
    if (answer->outcome == WORK_OK) {
        web_changed(c->web);
        web__go(c, arena_printf(c->arena, "/my/%lld/receipt", (long long)answer->dossier));
    } else {
        web__refuse(c, web__status_of(answer->outcome), &answer->error);
    }
}

/* A page is sent once: the same page sent twice is the same declaration. */
static str key_of(struct apply *p, str page)
{
    char hash[STORE_HASH + 1];
    store_hash(arena_printf(p->call->arena, "%lld %.*s %.*s/%.*s %.*s", (long long)p->call->person,
                            STR_ARG(p->call->party), STR_ARG(p->rq.scheme), STR_ARG(p->rq.process), STR_ARG(page)),
               hash);
    return arena_str(p->call->arena, str_of(hash));
}

/* A page that is sent again leads to the receipt; one that shows other answers than are saved now is not sent. False
 * after an answer was sent. */
static bool is_current(struct apply *p, str page)
{
    struct web__call *c = p->call;
    struct error err = { .lang = c->lang };
    if (str_eq(page, page_of(p))) {
        return true;
    }
    int64_t dossier = work_answered(p->view, c->person, key_of(p, page));
    str base = base_address(p);
    if (!web__apply_close(p)) {
        return false;
    }
    if (dossier != 0) {
        web__go(c, arena_printf(c->arena, "/my/%lld/receipt", (long long)dossier));
        return false;
    }
    error_set(&err, ERROR_INVALID, "the declaration was changed after this page was opened");
    error_hint(&err, "look at your answers again, and sign then: %.*s/check", STR_ARG(base));
    web__refuse(c, 409, &err);
    return false;
}

void web__form_pledge(struct web__call *c)
{
    struct apply p;
    struct error err = { .lang = c->lang };
    feel_value answers;
    if (!web__apply_open(c, true, &p)) {
        return;
    }
    const str *said = http_field(c->r, "-page");
    str page = said == NULL ? page_of(&p) : *said;
    if (!is_current(&p, page)) {
        return;
    }
    const struct apply__section *s = pledge_of(&p);
    enum error_code code = OK;
    answers = p.draft;
    if (s != NULL) {
        code = web__apply_entered(&p, s, p.draft, &answers, &err);
    }
    code = code == OK ? web__apply_check(&p, answers, &err) : code;
    if (code != OK) {
        web__apply_fail(&p, &err);
        return;
    }
    if (form_has_error(p.problems, p.problem_count)) {
        code = put_pledge(&p, answers, true, &err);
        if (node_member(c->model, STR("problems")) == NULL) {
            put_all_problems(&p);
        }
        if (code != OK) {
            web__apply_fail(&p, &err);
        } else if (web__apply_close(&p)) {
            web__answer(c, 422, page_apply_pledge);
        }
        return;
    }
    struct work_request rq = p.rq;
    rq.act = WORK_START;
    rq.office = web__text(c, "-office");
    rq.key = key_of(&p, page);
    rq.with = web__apply_json(c->arena, answers);
    struct web__call *kept = ARENA_NEW(c->arena, struct web__call);
    *kept = *c;
    if (web__apply_close(&p)) {
        work_submit(c->web->config.work, &rq, c->lang, sent, kept);
    }
}
