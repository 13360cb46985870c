/* field: forms with files and pictures, for pages on site and those of guests. */
#include "web/desk_int.h"
#include "web/field.h"

#include "base/limit.h"

str web__json_text(struct arena *a, feel_value v)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    feel_json_write(v, false, &out);
    str text = arena_str(a, buf_str(&out));
    buf_release(&out);
    return text;
}

/* ---- Files ---- */

static str sender(const struct web__call *c, const struct work_desk_task *t)
{
    return web__sender(c->arena, &(struct work_request){ .dossier = t->dossier.id, .subject = t->dossier.subject });
}

enum error_code web__keep_picture(struct web__call *c, const struct work_desk_task *t, const struct http_file *file,
                                  str hash, feel_value *ret, struct error *err)
{
    struct web__kept kept;
    enum error_code code = web__keep_file(c, file, STR(""), sender(c, t), &kept, err);
    if (code == OK && hash.len > 0 && !str_eq(hash, str_of(kept.hash))) {
        error_set(err, ERROR_INVALID, "other bytes have arrived than were taken");
        error_hint(err, "it is sent again");
        return ERROR_INVALID;
    }
    if (code == OK) {
        *ret = web__file_value(c->arena, &kept, file->name);
    }
    return code;
}

/* The same again into the page, so that they need not be chosen twice. */
static void put_kept(struct web__call *c, feel_value v, str path, uint32_t depth, struct node *list)
{
    for (uint32_t i = 0; depth < LIMIT_FORM_DEPTH && (v.kind == FEEL_CONTEXT || v.kind == FEEL_LIST) && i < v.count;
         i++) {
        feel_value one = v.kind == FEEL_LIST ? v.items[i] : v.values[i];
        str hash = v.kind == FEEL_LIST ? feel_text_member(one, "hash") : STR("");
        if (hash.len == STORE_HASH) {
            struct node *n = node_add_object(list);
            node_put_text(n, "path", path);
            node_put_text(n, "hash", hash);
            node_put_text(n, "name", feel_text_member(one, "name"));
            continue;
        }
        str name = v.kind == FEEL_LIST ? arena_printf(c->arena, "[%u]", i + 1) : v.shape->names[i];
        bool dot = v.kind == FEEL_CONTEXT && path.len > 0;
        put_kept(c, one, arena_printf(c->arena, "%.*s%s%.*s", STR_ARG(path), dot ? "." : "", STR_ARG(name)), depth + 1,
                 list);
    }
}

/* ---- A sheet ---- */

static struct form_request request_of(const struct work_desk_task *t)
{
    return (struct form_request){ .mode = t->mode, .variables = t->names, .open = t->open,
                                  .declared = feel_member(t->variables, "declared"), .open_count = t->open_count };
}

static struct feel_eval *evaluator(const struct web__call *c)
{
    const struct feel_environment env = { .instant = c->now / 1000000, .zone = 8 * 3600 };
    return feel_eval_new(&env);
}

enum error_code web__sheet_answers(struct web__call *c, const struct work_desk_task *t, feel_value before,
                                   struct web__sheet *sheet, feel_value *ret, struct error *err)
{
    *sheet = (struct web__sheet){ .form = t->form, .ev = evaluator(c), .request = request_of(t),
                                   .owner = sender(c, t), .before = before };
    enum error_code code = web__sheet_take(c, sheet, ret, err);
    feel_eval_free(sheet->ev);
    sheet->ev = NULL;
    return code;
}

enum error_code web__sheet_one(struct web__call *c, const struct work_desk_task *t, str path,
                               const struct http_file *file, feel_value *ret, enum record_file *ret_state,
                               struct error *err)
{
    struct web__sheet sheet = { .form = t->form, .ev = evaluator(c), .request = request_of(t),
                                 .owner = sender(c, t) };
    feel_value answers = feel_null();
    enum error_code code = web__form_answers(c, t->form, &answers, err);
    code = code == OK ? web__sheet_file(c, &sheet, path, file, &answers, ret, err) : code;
    feel_eval_free(sheet.ev);
    *ret_state = sheet.state;
    return code;
}

/* What the form and the decision across its fields find; of a draft only remarks: what it lacks is told when it is
 * sent. In the request's arena. */
static enum error_code find_problems(struct web__call *c, const struct work_desk_task *t, feel_value answers,
                                     bool draft, struct work_page_found *ret, struct error *err)
{
    struct work_page *page;
    struct work_page_found found = { .problem_count = 0 };
    struct store_view *v;
    *ret = found;
    enum error_code code = store_view(c->web->config.store, &v, err);
    if (code != OK) {
        return code;
    }
    code = work_page_open(c->web->config.work, v, &t->rq, c->lang, c->arena, &page, err);
    if (code == OK) {
        code = work_page_check(page, answers, draft, c->arena, &found, err);
        struct form_problem *kept = ARENA_ARRAY(c->arena, struct form_problem, found.problem_count);
        for (uint32_t i = 0; code == OK && i < found.problem_count; i++) {
            const struct form_problem *p = &found.problems[i];
            kept[ret->problem_count] = (struct form_problem){
                arena_str(c->arena, p->path),  arena_str(c->arena, p->label), p->level,
                p->code,                       arena_str(c->arena, p->value), arena_str(c->arena, p->text),
                arena_str(c->arena, p->remedy)
            };
            ret->problem_count += !draft || p->level != FORM_ERROR;
        }
        ret->problems = kept;
        work_page_close(page);
    }
    code = code == OK ? store_view_error(v, err) : code;
    store_view_end(v);
    return code;
}

/* Warnings that belong to no field. */
static void put_remarks(struct web__call *c, const struct work_page_found *found)
{
    struct node *list = node_put_list(c->model, "remarks");
    for (uint32_t i = 0; i < found->problem_count; i++) {
        if (found->problems[i].path.len == 0 && found->problems[i].level == FORM_WARNING) {
            node_put_text(node_add_object(list), "text", found->problems[i].text);
        }
    }
}

enum error_code web__sheet_put(struct web__call *c, const struct work_desk_task *t, feel_value answers, bool draft,
                               const struct web__sheet *sheet, bool *ret_wrong, struct error *err)
{
    struct form_request request = request_of(t);
    struct work_page_found found;
    enum error_code code = find_problems(c, t, answers, draft, &found, err);
    request.draft = draft;
    request.answers = answers;
    if (code == OK && sheet != NULL) {
        found.problems = web__sheet_problems(c, sheet, found.problems, &found.problem_count);
    }
    *ret_wrong = code == OK && form_has_error(found.problems, found.problem_count);
    if (code == OK && (draft || *ret_wrong)) {
        struct feel_eval *ev = evaluator(c);
        code = web__put_form(c, t->form, ev, &request, found.problems, found.problem_count, err);
        put_remarks(c, &found);
        put_kept(c, answers, STR(""), 0, node_put_list(c->model, "kept"));
        feel_eval_free(ev);
    }
    return code;
}

/* ---- What the task is about ---- */

static void put_row(struct web__call *c, const struct scheme *s, const struct scheme_ledger *l, feel_value row)
{
    struct node *list = node_put_list(c->model, "fields");
    for (uint32_t i = 0; l != NULL && i < l->field_count; i++) {
        feel_value v;
        if (l->fields[i].class >= SCHEME_INTERNAL && feel_context_get(row, l->fields[i].name, &v) &&
            v.kind != FEEL_NULL && l->fields[i].type != SCHEME_LIST) {
            struct node *n = node_add_object(list);
            str title = scheme_text(l->fields[i].title, c->lang);
            node_put_text(n, "label", title.len > 0 ? title : l->fields[i].name);
            str named = feel_text_member(v, "name");
            bool flag = v.kind == FEEL_BOOLEAN;
            str value = named.len > 0 ? named : flag ? (v.boolean ? STR("✓") : STR("—")) : publish_shown(c->arena, v);
            node_put_text(n, "value", scheme_word(s, value, c->lang));
        }
    }
}

static void put_pictures(struct web__call *c, struct node *to, const char *name, feel_value files, str base)
{
    struct node *list = node_put_list(to, name);
    for (uint32_t i = 0; files.kind == FEEL_LIST && i < files.count; i++) {
        struct node *n = node_add_object(list);
        node_put_text(n, "link", arena_printf(c->arena, "%.*s/photo/%.*s", STR_ARG(base),
                                              STR_ARG(feel_text_member(files.items[i], "hash"))));
        node_put_text(n, "name", feel_text_member(files.items[i], "name"));
        web__put_taking(c, n, files.items[i]);
    }
}

void web__put_about(struct web__call *c, struct store_view *v, const struct work_desk_task *t, str base)
{
    const struct scheme_ledger *l;
    feel_value row = work_subject_row(c->web->config.work, v, t->dossier.subject, c->arena, &l);
    feel_value pairs = t->said == NULL ? feel_null()
                                       : work_say(c->web->config.work, t->said->beside, t->variables, c->arena);
    node_put_text(c->model, "about", feel_text_member(row, "name"));
    put_row(c, t->scheme, l, row);
    struct node *list = node_put_list(c->model, "pairs");
    bool compare = false;
    for (uint32_t i = 0; pairs.kind == FEEL_LIST && i < pairs.count; i++) {
        struct node *n = node_add_object(list);
        node_put_text(n, "title", feel_text_member(pairs.items[i], "title"));
        put_pictures(c, n, "before", feel_member(pairs.items[i], "before"), base);
        feel_value after = feel_null();
        compare = feel_context_get(pairs.items[i], STR("after"), &after) || compare;
        put_pictures(c, n, "after", after, base);
        node_put_text(n, "text", feel_text_member(pairs.items[i], "text"));
    }
    node_put_true(c->model, "compare", compare);
}

static void put_clock(struct web__call *c, struct node *list, feel_value clock)
{
    struct node *n = node_add_object(list);
    str due = feel_text_member(clock, "due"), last = STR("");
    feel_value days = feel_member(clock, "days");
    node_put_text(n, "state", feel_text_member(clock, "state"));
    node_put_true(n, "late", feel_is_true(feel_member(clock, "late")));
    node_put_text(n, "length", publish_shown(c->arena, feel_member(clock, "length")));
    node_put_text(n, "unit", web__unit(c, feel_text_member(clock, "unit")));
    struct node *lines = node_put_list(n, "days");
    for (uint32_t i = 0; days.kind == FEEL_LIST && i < days.count; i++) {
        struct node *line = node_add_object(lines);
        node_put_text(line, "day", feel_text_member(days.items[i], "day"));
        node_put_true(line, "counts", feel_is_true(feel_member(days.items[i], "counts")));
        node_put_text(line, "number", publish_shown(c->arena, feel_member(days.items[i], "number")));
        node_put_text(line, "why", feel_text_member(days.items[i], "why"));
        if (feel_is_true(feel_member(days.items[i], "counts"))) {
            last = feel_text_member(days.items[i], "day");
        }
    }
    node_put_text(n, "last", last);
    node_put_true(n, "due", due.len > 0);
}

void web__put_clocks(struct web__call *c, struct store_view *v, const struct work_desk_task *t)
{
    struct node *list = node_put_list(c->model, "clocks");
    struct work_dossier d; /* with its state, which the task does not have */
    bool there = t->procedure != NULL && work_read_dossier(v, t->dossier.id, c->arena, &d);
    for (uint32_t i = 0; there && i < t->procedure->clock_count; i++) {
        struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
        feel_value clock = feel_null();
        struct error err = { .lang = c->lang };
        if (t->procedure->clocks[i].for_party &&
            work_write_clock(c->web->config.work, v, &d, t->procedure->clocks[i].name, &json, &err) == OK &&
            feel_json_read(c->arena, arena_str(c->arena, buf_str(&json)), &clock, NULL) == OK &&
            !str_eq(feel_text_member(clock, "state"), STR("waiting"))) {
            put_clock(c, list, clock);
        }
        buf_release(&json);
    }
}

struct node *web__put_placed(struct web__call *c, struct store_view *v, struct node *list_of, str subject)
{
    struct work_placed p;
    const struct scheme_ledger *l;
    if (!work_placed(v, subject, c->arena, &p) || p.grade.len == 0) {
        return NULL;
    }
    struct node *n = node_add_object(list_of);
    feel_value row = work_subject_row(c->web->config.work, v, subject, c->arena, &l);
    feel_value next = feel_member(p.result, "next"), values = feel_member(p.result, "values");
    node_put_text(n, "about", feel_text_member(row, "name"));
    node_put_text(n, "grade", web__word(c, v, p.scheme, p.grade));
    node_put_word(n, "look", web__grade_look(p.grade));
    web__put_day(n, "at", p.at);
    node_put_text(n, "rank", publish_shown(c->arena, feel_member(p.result, "rank")));
    node_put_int(n, "of", p.of);
    node_put_word(n, "why", web__why_word(feel_text_member(p.result, "why")));
    node_put_true(n, "border", feel_is_true(feel_member(p.result, "border")));
    node_put_text(n, "own", publish_shown(c->arena, feel_member(next, "own")));
    node_put_text(n, "by", publish_shown(c->arena, feel_member(next, "by")));
    node_put_true(n, "next", next.kind == FEEL_CONTEXT);
    struct node *list = node_put_list(n, "values");
    for (uint32_t i = 0; values.kind == FEEL_CONTEXT && i < values.count; i++) {
        struct node *one = node_add_object(list);
        int field = l == NULL ? -1 : scheme_field(l, values.shape->names[i]);
        str title = field < 0 ? values.shape->names[i] : scheme_text(l->fields[field].title, c->lang);
        node_put_text(one, "label", title);
        node_put_text(one, "value", publish_shown(c->arena, values.values[i]));
        if (str_eq(feel_text_member(next, "key"), values.shape->names[i])) {
            node_put_text(n, "key", title);
        }
    }
    return n;
}

/* ---- Pictures ---- */

void web__send_picture(struct web__call *c, const struct work_desk_task *t, str hash, bool bare)
{
    str name;
    if (web__find_file(t->variables, hash, 0, &name) || web__find_file(t->draft, hash, 0, &name) ||
        web__find_file(t->answers_signed, hash, 0, &name)) {
        web__show_file(c, hash, name, bare);
    } else {
        http_send_error(c->r, 404, "there is no such page");
    }
}
