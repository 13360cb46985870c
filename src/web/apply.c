/* apply: the form of whoever applies, cut into sections over what he has saved. */
#include "web/apply.h"

#include "base/limit.h"
#include "record/party.h"
#include "scheme/fact.h"

str web__apply_json(struct arena *a, feel_value v)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    feel_json_write(v, false, &out);
    str text = arena_str(a, buf_str(&out));
    buf_release(&out);
    return text;
}

static feel_value nothing(struct arena *a)
{
    return feel_context(feel_shape_new(a, NULL, 0), NULL);
}

/* ---- Sections ---- */

static bool has_field(const struct form *f, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        const struct form_component *c = form_component(f, i);
        if ((c->traits & (FORM_KEYED | FORM_LIST)) != 0 && c->type != FORM_TYPE_EXPRESSION) {
            return true;
        }
    }
    return false;
}

static void add_section(struct apply *p, struct apply__section s)
{
    const struct form *f = p->desk->form;
    struct apply__section *last = p->section_count == 0 ? NULL : &p->sections[p->section_count - 1];
    if (s.group == FORM_NONE && last != NULL && last->group == FORM_NONE && last->end == s.first) {
        last->end = s.end;
    } else if (has_field(f, s.first, s.end) && p->section_count < APPLY__SECTIONS) {
        p->sections[p->section_count++] = s;
    }
}

static void find_sections(struct apply *p)
{
    const struct form *f = p->desk->form;
    for (uint32_t i = 0; i < form_count(f); i = form_component(f, i)->end) {
        const struct form_component *c = form_component(f, i);
        bool group = c->type == FORM_TYPE_GROUP && c->key.len == 0;
        struct apply__section s = { .first = group ? i + 1 : i, .end = c->end, .group = FORM_NONE };
        s.title = str_of(lang_text(p->call->lang, "What is asked"));
        if (group) {
            s.group = (int32_t)i;
            s.title = c->label;
            s.pledge = str_eq(form_property(c, STR("page")), STR("pledge"));
        }
        add_section(p, s);
    }
}

bool web__apply_within(const struct apply *p, const struct apply__section *s, str path)
{
    str root = web__root(path);
    for (uint32_t i = s->first; i < s->end; i++) {
        const struct form_component *c = form_component(p->desk->form, i);
        if (c->pattern.len > 0 && str_eq(web__root(c->pattern), root)) {
            return true;
        }
    }
    return false;
}

str web__apply_hash(struct apply *p, const struct apply__section *s)
{
    char hash[STORE_HASH + 1];
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    feel_record_write(web__apply_part(p, s, p->draft), &out); /* in whatever order its members stand */
    store_hash(buf_str(&out), hash);
    buf_release(&out);
    return arena_str(p->call->arena, str_slice(str_of(hash), 0, 32));
}

feel_value web__apply_part(struct apply *p, const struct apply__section *s, feel_value answers)
{
    struct arena *a = p->call->arena;
    uint32_t count = 0, most = answers.kind == FEEL_CONTEXT ? answers.count : 0;
    str *names = ARENA_ARRAY(a, str, most);
    feel_value *values = ARENA_ARRAY(a, feel_value, most);
    for (uint32_t i = 0; i < most; i++) {
        names[count] = answers.shape->names[i];
        values[count] = answers.values[i];
        count += web__apply_within(p, s, names[count]);
    }
    return feel_context(feel_shape_new(a, names, count), values);
}

/* ---- What was saved, what is brought ---- */

static enum error_code read_draft(struct apply *p, struct error *err)
{
    struct arena *a = p->call->arena;
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value v = feel_null();
    p->draft = nothing(a);
    p->draft_at = work_draft_at(p->call->web->config.work, p->view, &p->rq);
    if (p->draft_at == WORK_NO_DRAFT) {
        return OK;
    }
    enum error_code code = work_write_draft(p->call->web->config.work, p->view, &p->rq, &out, err);
    code = code == OK ? feel_json_read(a, arena_str(a, buf_str(&out)), &v, err) : code;
    buf_release(&out);
    feel_value answers = feel_member(v, "answers");
    if (answers.kind == FEEL_CONTEXT) {
        p->draft = answers;
    }
    return code == ERROR_MISSING ? OK : code;
}

static bool is_something(feel_value v)
{
    switch (v.kind) {
    case FEEL_NULL: return false;
    case FEEL_BOOLEAN: return feel_is_true(v);
    case FEEL_STRING:
    case FEEL_LIST: return v.count > 0;
    case FEEL_CONTEXT:
        for (uint32_t i = 0; i < v.count; i++) {
            if (is_something(v.values[i])) {
                return true;
            }
        }
        return false;
    default: return true;
    }
}

/* A list of fixed rows counts as empty when nothing but what the form computes stands in them. */
static bool is_entered(const struct apply *p, str name, feel_value v)
{
    const struct form_component *c = form_find(p->desk->form, name);
    if (c == NULL || !c->matrix || v.kind != FEEL_LIST) {
        return is_something(v);
    }
    for (uint32_t i = 0; i < v.count; i++) {
        feel_value row = v.items[i];
        for (uint32_t k = 0; row.kind == FEEL_CONTEXT && k < row.count; k++) {
            str path = arena_printf(p->call->arena, "%.*s[].%.*s", STR_ARG(name), STR_ARG(row.shape->names[k]));
            const struct form_component *cell = form_find(p->desk->form, path);
            if (cell != NULL && cell->type != FORM_TYPE_EXPRESSION && is_something(row.values[k])) {
                return true;
            }
        }
    }
    return false;
}

static bool has_answers(const struct apply *p, const struct apply__section *s, feel_value answers)
{
    for (uint32_t i = 0; answers.kind == FEEL_CONTEXT && i < answers.count; i++) {
        str name = answers.shape->names[i];
        if (web__apply_within(p, s, name) && is_entered(p, name, answers.values[i])) {
            return true;
        }
    }
    return false;
}

static feel_value one(struct arena *a, str name, feel_value v)
{
    feel_value *values = ARENA_ARRAY(a, feel_value, 1);
    values[0] = v;
    return feel_context(feel_shape_new(a, &name, 1), values);
}

static void bring(struct apply *p, str name, feel_value v, const char *from)
{
    struct arena *a = p->call->arena;
    p->brought = scheme_merged(a, p->brought, one(a, arena_str(a, name), v));
    p->from = scheme_merged(a, p->from, one(a, arena_str(a, name), feel_string(str_of(from))));
}

/* properties.from = party.FIELD: what the office's own ledger of parties says. */
static void bring_ledger(struct apply *p)
{
    struct arena *a = p->call->arena;
    struct record *record = p->call->web->config.record;
    struct record_row row;
    const struct scheme_ledger *l;
    struct error err = { .code = OK };
    if (p->rq.party.len == 0 || party_read(record, p->view, a, p->rq.party, &row, &err) != OK ||
        record_ledger(record, p->view, NULL, STR("core.parties"), NULL, &l, NULL, &err) != OK) {
        return;
    }
    feel_value values = record_context(a, l, &row);
    for (uint32_t i = 0; form_field(p->desk->form, i) != NULL; i++) {
        const struct form_component *c = form_field(p->desk->form, i);
        str from = form_property(c, STR("from"));
        feel_value v;
        if (str_starts_with(from, STR("party.")) && feel_context_get(values, str_slice(from, 6, from.len), &v) &&
            is_something(v) && !record_is_sealed(v)) {
            bring(p, c->pattern, v, "From the office's ledger: please check");
        }
    }
}

static enum error_code bring_before(struct apply *p, struct error *err)
{
    struct arena *a = p->call->arena;
    feel_value before;
    p->brought = p->from = nothing(a);
    if (p->rq.dossier != 0 || p->rq.party.len == 0) {
        return OK;
    }
    enum error_code code = work_declared_before(p->call->web->config.work, p->view, a, p->rq.scheme, p->rq.process,
                                                p->rq.party, &p->before, &before, err);
    for (uint32_t i = 0; code == OK && before.kind == FEEL_CONTEXT && i < before.count; i++) {
        bool pledged = false;
        for (uint32_t k = 0; k < p->section_count; k++) {
            pledged |= p->sections[k].pledge && web__apply_within(p, &p->sections[k], before.shape->names[i]);
        }
        if (!pledged && is_something(before.values[i]) && form_find(p->desk->form, before.shape->names[i]) != NULL) {
            bring(p, before.shape->names[i], before.values[i], "From your last declaration: please check");
        }
    }
    if (code == OK) {
        bring_ledger(p);
    }
    return code;
}

enum error_code web__apply_becomes(struct apply *p, feel_value answers, struct error *err)
{
    struct work_page_found found;
    enum error_code code = work_page_check(p->desk, answers, true, p->call->arena, &found, err);
    p->draft = code == OK ? found.values : p->draft;
    return code;
}

feel_value web__apply_shown(struct apply *p, const struct apply__section *s, bool *ret_brought)
{
    feel_value part = web__apply_part(p, s, p->brought);
    *ret_brought = !has_answers(p, s, p->draft) && part.count > 0;
    return *ret_brought ? scheme_merged(p->call->arena, p->draft, part) : p->draft;
}

/* ---- Opening ---- */

static void refuse(struct web__call *c, struct error *err)
{
    web__refuse(c, err->code == ERROR_MISSING ? 404 : err->code == ERROR_IO ? 503 : 409, err);
}

bool web__apply_open(struct web__call *c, bool start, struct apply *ret)
{
    struct error err = { .lang = c->lang };
    *ret = (struct apply){ .call = c };
    ret->rq = start ? (struct work_request){ .scheme = c->words[0], .process = c->words[1], .subject = c->party }
                    : (struct work_request){ .dossier = c->numbers[0], .wait = (uint32_t)c->numbers[1] };
    ret->rq.actor = c->person;
    ret->rq.party = c->party;
    if ((ret->view = web__view(c)) == NULL) {
        return false;
    }
    enum error_code code = work_page_open(c->web->config.work, ret->view, &ret->rq, c->lang, c->arena, &ret->desk,
                                          &err);
    if (code == OK) {
        find_sections(ret);
        code = read_draft(ret, &err);
        code = code == OK ? bring_before(ret, &err) : code;
    }
    if (code == ERROR_MISSING && !start) { /* in the same words whether there is such a dossier or not */
        err = (struct error){ .lang = c->lang };
        error_set(&err, ERROR_MISSING, "this is not open, or it is not yours to see");
        error_hint(&err, "what you have to do stands on the page of your business");
    }
    if (code != OK) {
        web__apply_fail(ret, &err);
        return false;
    }
    return true;
}

bool web__apply_close(struct apply *p)
{
    work_page_close(p->desk);
    p->desk = NULL;
    return web__view_end(p->call, p->view);
}

void web__apply_fail(struct apply *p, struct error *err)
{
    if (web__apply_close(p)) {
        refuse(p->call, err);
    }
}

/* ---- Problems ---- */

static bool is_of_rule(const struct form_problem *q)
{
    return strcmp(q->code, "rule") == 0;
}

static bool is_told(const struct form_problem *problems, uint32_t count, str path)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(problems[i].path, path)) {
            return true;
        }
    }
    return false;
}

static void keep_problem(struct arena *a, struct form_problem *to, const struct form_problem *q)
{
    *to = *q;
    to->path = arena_str(a, q->path);
    to->label = arena_str(a, q->label);
    to->value = arena_str(a, q->value);
    to->text = arena_str(a, q->text);
    to->remedy = arena_str(a, q->remedy);
}

/* Files that the scanner has refused after they were kept, wherever they stand. */
static void add_refused(struct apply *p, feel_value v, str path, uint32_t depth)
{
    struct arena *a = p->call->arena;
    for (uint32_t i = 0; depth < LIMIT_FORM_DEPTH && (v.kind == FEEL_CONTEXT || v.kind == FEEL_LIST) && i < v.count;
         i++) {
        feel_value one = v.kind == FEEL_LIST ? v.items[i] : v.values[i];
        str hash = feel_text_member(one, "hash"), name = v.kind == FEEL_LIST ? STR("") : v.shape->names[i];
        if (v.kind == FEEL_LIST && hash.len == STORE_HASH) {
            if (record_file(p->view, hash) == RECORD_FILE_REFUSED) {
                struct form_problem *all = ARENA_ARRAY(a, struct form_problem, p->problem_count + 1);
                memcpy(all, p->problems, p->problem_count * sizeof *all);
                all[p->problem_count++] = (struct form_problem){
                    .path = path, .level = FORM_ERROR, .code = "file",
                    .text = arena_printf(a, lang_text(p->call->lang, "the virus scanner refuses the file %.*s"),
                                         STR_ARG(feel_text_member(one, "name"))),
                    .remedy = str_of(lang_text(p->call->lang, "remove it, and send another copy")),
                };
                p->problems = all;
            }
        } else {
            add_refused(p, one, v.kind == FEEL_LIST ? arena_printf(a, "%.*s[%u]", STR_ARG(path), i + 1)
                                : path.len == 0     ? name
                                                    : arena_printf(a, "%.*s.%.*s", STR_ARG(path), STR_ARG(name)),
                        depth + 1);
        }
    }
}

static enum error_code check_answers(struct apply *p, feel_value answers, struct error *err)
{
    struct arena *a = p->call->arena;
    struct work_page_found whole = { .problem_count = 0 }, rules = { .problem_count = 0 };
    enum error_code code = work_page_check(p->desk, answers, false, a, &whole, err);
    uint32_t count = whole.problem_count;
    struct form_problem *all = ARENA_ARRAY(a, struct form_problem, count);
    for (uint32_t i = 0; code == OK && i < count; i++) {
        keep_problem(a, &all[i], &whole.problems[i]);
    }
    p->problems = all;
    p->problem_count = count;
    if (code != OK || !form_has_error(all, count)) {
        return code;
    }
    code = work_page_check(p->desk, answers, true, a, &rules, err);
    struct form_problem *more = ARENA_ARRAY(a, struct form_problem, count + rules.problem_count);
    memcpy(more, all, count * sizeof *all);
    for (uint32_t i = 0; code == OK && i < rules.problem_count; i++) {
        if (is_of_rule(&rules.problems[i]) && !is_told(all, p->problem_count, rules.problems[i].path)) {
            keep_problem(a, &more[count++], &rules.problems[i]);
        }
    }
    p->problems = more;
    p->problem_count = count;
    return code;
}

enum error_code web__apply_check(struct apply *p, feel_value answers, struct error *err)
{
    enum error_code code = check_answers(p, answers, err);
    if (code == OK) {
        p->problems = web__sheet_problems(p->call, &p->sheet, p->problems, &p->problem_count);
        add_refused(p, answers, STR(""), 0);
    }
    return code;
}

uint32_t web__apply_problems(struct apply *p, const struct apply__section *s, const struct form_problem **ret)
{
    struct form_problem *own = ARENA_ARRAY(p->call->arena, struct form_problem, p->problem_count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->problem_count; i++) {
        own[count] = p->problems[i];
        count += web__apply_within(p, s, p->problems[i].path);
    }
    *ret = own;
    return count;
}

enum apply__state web__apply_state(struct apply *p, const struct apply__section *s)
{
    const struct form_problem *problems;
    uint32_t count = web__apply_problems(p, s, &problems), missing = 0, wrong = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool is_missing = strcmp(problems[i].code, "required") == 0;
        missing += problems[i].level == FORM_ERROR && is_missing;
        wrong += problems[i].level == FORM_ERROR && !is_missing;
    }
    bool brought;
    web__apply_shown(p, s, &brought);
    return brought                                 ? APPLY__BROUGHT
           : !has_answers(p, s, p->draft)          ? (missing + wrong > 0 ? APPLY__EMPTY : APPLY__OPTIONAL)
           : wrong > 0                             ? APPLY__WRONG
           : missing > 0                           ? APPLY__BEGUN
                                                   : APPLY__DONE;
}

/* ---- What was entered ---- */

void web__apply_sheet(struct apply *p, const struct apply__section *s, feel_value answers)
{
    p->sheet = (struct web__sheet){ .form = p->desk->form, .ev = p->desk->ev, .request = p->desk->request,
                                    .owner = web__sender(p->call->arena, &p->rq),
                                    .before = web__apply_part(p, s, answers) };
}

enum error_code web__apply_entered(struct apply *p, const struct apply__section *s, feel_value answers,
                                   feel_value *ret, struct error *err)
{
    feel_value posted;
    web__apply_sheet(p, s, answers);
    enum error_code code = web__sheet_take(p->call, &p->sheet, &posted, err);
    if (code == OK) {
        *ret = scheme_merged(p->call->arena, answers, web__apply_part(p, s, posted));
    }
    return code;
}

/* ---- Files ---- */

/* What a program is told of a file that was kept. */
struct receipt {
    struct web__call call;
    str json;
};

static void kept(void *context, const struct work_answer *answer)
{
    struct receipt *r = context;
    struct buf out = BUF_INIT(LIMIT_FORM_TEXT);
    if (answer->outcome != WORK_OK) {
        web__send_error(&r->call, web__status_of(answer->outcome), &answer->error);
        return;
    }
    buf_add(&out, r->json);
    web__send(&r->call, 200, WEB__JSON, &out);
}

void web__apply_take_file(struct apply *p, const struct apply__section *s, str hash)
{
    struct web__call *c = p->call;
    struct error err = { .lang = c->lang };
    feel_value answers = p->draft, file;
    str path = web__text(c, "path");
    const struct http_file *came = web__one_file(c, &err);
    web__apply_sheet(p, s, p->draft);
    enum error_code code = came == NULL ? ERROR_INVALID
                           : web__apply_within(p, s, path)
                               ? web__sheet_file(c, &p->sheet, path, came, &answers, &file, &err)
                               : error_set(&err, ERROR_INVALID, "no file is asked for here");
    if (code != OK) {
        if (web__apply_close(p)) {
            web__send_error(c, code == ERROR_IO ? 503 : 422, &err);
        }
        return;
    }
    struct work_request rq = p->rq;
    struct receipt *r = ARENA_NEW(c->arena, struct receipt);
    const str *base = http_field(c->r, "-base");
    bool known = hash.len > 0 && base != NULL && str_eq(*base, hash);
    if ((code = web__apply_becomes(p, answers, &err)) != OK) {
        web__apply_fail(p, &err);
        return;
    }
    *r = (struct receipt){ *c, web__file_receipt(c, p->sheet.state, file, known ? web__apply_hash(p, s) : STR("")) };
    rq.act = WORK_SAVE;
    rq.draft = p->draft_at;
    rq.with = web__apply_json(c->arena, answers);
    if (web__apply_close(p)) {
        work_submit(c->web->config.work, &rq, c->lang, kept, r);
    }
}

void web__apply_send_file(struct apply *p, feel_value answers)
{
    struct web__call *c = p->call;
    str hash = web__text(c, "hash"), name;
    const struct form_request *rq = &p->desk->request; /* what the form shows beside its fields is a variable */
    bool there = web__find_file(answers, hash, 0, &name) || web__find_file(rq->declared, hash, 0, &name) ||
                 web__find_file(rq->variables, hash, 0, &name);
    name = there ? arena_str(c->arena, name) : STR("");
    if (!web__apply_close(p)) {
        return;
    }
    web__send_found(c, there, hash, name);
}
