/* apply: the form of whoever applies, cut into sections over what he has saved. */
#include "web/apply.h"

#include "base/limit.h"
#include "record/party.h"
#include "scheme/fact.h"

#include <strings.h>

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

enum error_code web__apply_check(struct apply *p, feel_value answers, struct error *err)
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

static bool accepted(const struct form_component *c, str name)
{
    const struct json *accept = json_member(c->json, STR("accept"));
    str rest = accept == NULL || accept->kind != JSON_STRING ? STR("") : accept->text;
    bool fits = rest.len == 0;
    while (rest.len > 0 && !fits) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        size_t n = comma == NULL ? rest.len : (size_t)(comma - rest.ptr);
        str end = str_trim(str_slice(rest, 0, n));
        fits = end.len > 0 && end.len < name.len &&
               strncasecmp(name.ptr + name.len - end.len, end.ptr, end.len) == 0;
        rest = str_slice(rest, comma == NULL ? rest.len : n + 1, rest.len);
    }
    return fits;
}

static enum error_code keep_file(struct apply *p, const struct form_component *c, const struct http_file *file,
                                 feel_value *ret, struct error *err)
{
    struct arena *a = p->call->arena;
    struct web__kept kept;
    str names[] = { STR("hash"), STR("name"), STR("size") };
    feel_value *values = ARENA_ARRAY(a, feel_value, 3);
    if (!accepted(c, file->name)) {
        error_set(err, ERROR_INVALID, "%.*s does not accept the file %.*s", STR_ARG(c->label), STR_ARG(file->name));
        error_hint(err, "go back and choose a file of another kind; what was entered before is kept");
        return ERROR_INVALID;
    }
    enum error_code code = web__keep_file(p->call, file, &kept, err);
    if (code != OK) {
        return code;
    }
    values[0] = feel_string(arena_str(a, str_of(kept.hash)));
    values[1] = feel_string(arena_str(a, file->name));
    values[2] = feel_number(dec_from_int((int64_t)kept.size));
    *ret = feel_context(feel_shape_new(a, names, 3), values);
    return OK;
}

/* The files of a field: those that were there, or in the place of a single one, and those that came. */
static enum error_code files_of(struct apply *p, const struct form_component *c, feel_value before, feel_value *ret,
                                struct error *err)
{
    size_t count;
    const struct http_file *files = http_files(p->call->r, &count);
    uint32_t kept = before.kind == FEEL_LIST ? before.count : 0;
    const struct json *multiple = json_member(c->json, STR("multiple"));
    bool many = multiple != NULL && multiple->kind == JSON_TRUE;
    feel_value *items = ARENA_ARRAY(p->call->arena, feel_value, kept + count);
    enum error_code code = OK;
    for (uint32_t i = 0; i < kept; i++) {
        items[i] = before.items[i];
    }
    for (size_t i = 0; i < count && code == OK; i++) {
        if (str_eq(files[i].field, c->pattern) && files[i].size > 0) {
            kept = many ? kept : 0;
            code = keep_file(p, c, &files[i], &items[kept], err);
            kept += code == OK;
        }
    }
    *ret = feel_list(items, kept);
    return code;
}

/* "remove PATH 3" or "add PATH": rows of a list that comes or goes by a button. */
static feel_value with_rows(struct apply *p, feel_value answers)
{
    struct arena *a = p->call->arena;
    const str *field = http_field(p->call->r, "do");
    str act = field == NULL ? STR("") : *field;
    bool add = str_starts_with(act, STR("add ")), removes = str_starts_with(act, STR("remove "));
    str rest = str_slice(act, add ? 4 : removes ? 7 : act.len, act.len);
    size_t n = 0;
    while (n < rest.len && rest.ptr[n] != ' ') {
        n++;
    }
    str path = arena_str(a, str_slice(rest, 0, n));
    int64_t row = 0;
    dec number;
    feel_value list;
    if (removes && dec_parse(str_slice(rest, n < rest.len ? n + 1 : n, rest.len), &number)) {
        dec_to_int(number, &row);
    }
    const struct form_component *c = path.len == 0 ? NULL : form_find(p->desk->form, path);
    bool list_of = c != NULL && (c->type == FORM_TYPE_DYNAMICLIST || c->type == FORM_TYPE_FILEPICKER);
    if (!list_of || !str_eq(web__root(path), path)) {
        return answers;
    }
    uint32_t count = feel_context_get(answers, path, &list) && list.kind == FEEL_LIST ? list.count : 0, kept = 0;
    feel_value *items = ARENA_ARRAY(a, feel_value, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        items[kept] = list.items[i];
        kept += row != i + 1;
    }
    if (add) {
        items[kept++] = nothing(a);
    }
    return scheme_merged(a, answers, one(a, path, feel_list(items, kept)));
}

enum error_code web__apply_entered(struct apply *p, const struct apply__section *s, feel_value answers,
                                   feel_value *ret, struct error *err)
{
    struct arena *a = p->call->arena;
    const struct form *f = p->desk->form;
    feel_value posted;
    enum error_code code = web__form_answers(p->call, f, &posted, err);
    if (code != OK) {
        return code;
    }
    *ret = scheme_merged(a, answers, web__apply_part(p, s, posted));
    for (uint32_t i = s->first; i < s->end && code == OK; i++) {
        const struct form_component *c = form_component(f, i);
        feel_value before = feel_null(), files;
        if (c->type == FORM_TYPE_FILEPICKER && str_eq(web__root(c->pattern), c->pattern)) {
            feel_context_get(answers, c->pattern, &before);
            code = files_of(p, c, before, &files, err);
            *ret = code == OK ? scheme_merged(a, *ret, one(a, c->pattern, files)) : *ret;
        }
    }
    *ret = with_rows(p, *ret);
    return code;
}
