/* page_schemes: 规程. What is installed, as an officer reads it: processes, rules, parameters, forms, what changed. */
#include "web/desk_int.h"

#include "base/limit.h"
#include "bpmn/draw.h"
#include "scheme/check.h"
#include "scheme/diff.h"
#include "scheme/rules.h"
#include "work/simulate.h"

#include <sys/stat.h>
#include <unistd.h>

static const struct web__said said[] = {
    { "installed", "The package is installed: new dossiers run on it from now on" },
};

/* ---- The schemes ---- */

static void show_schemes(struct web__call *c, int status)
{
    struct web__desk d;
    struct web__installed *all;
    if (!web__desk_open(c, &d)) {
        return;
    }
    uint32_t count = web__desk_installed(&d, &all);
    struct node *list = node_put_list(c->model, "schemes");
    for (uint32_t i = 0; i < count; i++) {
        const struct scheme *s;
        if (record_scheme(c->web->config.record, d.v, all[i].bundle, &s, NULL) != OK) {
            continue;
        }
        struct node *item = node_add_object(list);
        node_put_text(item, "name", s->name);
        node_put_text(item, "title", web__called(c, s->title, s->name));
        node_put_int(item, "version", all[i].version);
        node_put_text(item, "since", all[i].since.len < 10 ? STR("") : str_slice(all[i].since, 0, 10));
        node_put_text(item, "hash", str_slice(all[i].bundle, 0, all[i].bundle.len < 12 ? all[i].bundle.len : 12));
        node_put_true(item, "last", all[i].last);
    }
    node_put_true(c->model, "may_install", web__desk_deploys(&d));
    if (web__desk_close(&d)) {
        web__desk_done(c, said, sizeof said / sizeof said[0]);
        web__desk_tabs(c, "schemes");
        web__answer(c, status, page_lists_schemes);
    }
}

void web__page_schemes(struct web__call *c)
{
    show_schemes(c, 200);
}

static enum error_code install(struct web__call *c, struct error *err)
{
    size_t count;
    const struct scheme *s;
    const struct http_file *files = http_files(c->r, &count);
    if (count == 0 || files[0].size == 0 || files[0].size > LIMIT_SCHEME_BYTES) {
        return error_set(err, ERROR_INVALID, "choose a package as one file");
    }
    char *bytes = arena_alloc(c->arena, files[0].size);
    if (pread(files[0].fd, bytes, files[0].size, 0) != (ssize_t)files[0].size) {
        return error_set(err, ERROR_IO, "cannot read the file");
    }
    enum error_code code = scheme_read_bundle(c->arena, (str){ bytes, files[0].size }, &s, err);
    code = code == OK ? record_install_parameters(c->web->config.record, s, c->person, c->now, err) : code;
    return code == OK ? work_install(c->web->config.work, s, c->person, err) : code;
}

void web__form_scheme_install(struct web__call *c)
{
    struct web__desk d;
    struct error err = { .lang = c->lang };
    if (!web__desk_open(c, &d)) {
        return;
    }
    bool may = web__desk_deploys(&d);
    if (!web__desk_close(&d)) {
        return;
    }
    enum error_code code = may ? install(c, &err) : error_set(&err, ERROR_INVALID, "this is not for you to do");
    if (code == OK) {
        web_changed(c->web);
        web__go(c, STR("/office/schemes?done=installed"));
        return;
    }
    web__desk_problem(c, &err, "#file");
    show_schemes(c, may ? 422 : 403);
}

/* ---- One scheme ---- */

/* The version that is asked for, or the last; false after an answer was sent. */
static bool open_scheme(struct web__call *c, struct web__desk *d, const struct scheme **ret, int64_t *ret_version)
{
    struct web__installed *all;
    int64_t wanted = web__int(c, "version", 0);
    if (!web__desk_open(c, d)) {
        return false;
    }
    uint32_t count = web__desk_installed(d, &all);
    struct node *versions = node_put_list(c->model, "versions");
    bool found = false;
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(all[i].scheme, c->words[0])) {
            bool here = !found && (wanted == 0 || all[i].version == wanted) &&
                        record_scheme(c->web->config.record, d->v, all[i].bundle, ret, NULL) == OK;
            struct node *item = node_add_object(versions);
            *ret_version = here ? all[i].version : *ret_version;
            found |= here;
            node_put_int(item, "version", all[i].version);
            node_put_text(item, "since", all[i].since.len < 10 ? STR("") : str_slice(all[i].since, 0, 10));
            node_put_true(item, "here", here);
        }
    }
    if (!found) {
        web__desk_nothing(d);
    }
    return found;
}

static void put_processes(struct web__call *c, const struct scheme *s)
{
    struct node *list = node_put_list(c->model, "processes");
    for (uint32_t i = 0; i < s->process_count; i++) {
        const struct bpmn_model *m = bpmn_in(s->processes[i], c->lang);
        uint32_t diagrams = m->diagram_count > 0 ? m->diagram_count : m->process_count;
        for (uint32_t k = 0; k < diagrams; k++) {
            uint32_t element = m->diagram_count > 0 ? m->diagrams[k].element : m->processes[k];
            struct node *item = node_add_object(list);
            str title = m->name;
            if (element != BPMN_NONE) {
                const struct scheme_process *p = scheme_process(s, m->elements[element].id);
                title = p != NULL ? web__called(c, p->title, m->elements[element].name)
                                  : m->elements[element].name;
            }
            node_put_text(item, "title", title.len > 0 ? title : m->file);
            node_put_int(item, "number", i * 100 + k);
        }
    }
}

static void put_table(struct web__call *c, struct node *list, const struct scheme *s,
                      const struct scheme_rule_table *t)
{
    struct node *item = node_add_object(list);
    const struct scheme_decision *said_of = scheme_described(s, t->decision);
    node_put_text(item, "title", said_of != NULL ? web__called(c, said_of->title, t->decision) : t->decision);
    node_put_text(item, "file", t->file);
    node_put_text(item, "hit", t->hit);
    uint32_t width = t->inputs + t->outputs + t->notes;
    struct node *columns = node_put_list(item, "columns"), *rows = node_put_list(item, "rules");
    for (uint32_t i = 0; i < width; i++) {
        struct node *column = node_add_object(columns);
        node_put_text(column, "label", t->headings[i]);
        node_put_true(column, "output", i >= t->inputs && i < t->inputs + t->outputs);
    }
    for (uint32_t r = 0; r < t->row_count; r++) {
        struct node *row = node_add_object(rows), *cells = node_put_list(row, "cells");
        node_put_int(row, "number", r + 1);
        for (uint32_t i = 0; i < width; i++) {
            node_put_text(node_add_object(cells), "text", t->cells[(size_t)r * width + i]);
        }
    }
}

static void put_parameters(struct web__desk *d, const struct scheme *s)
{
    struct web__call *c = d->c;
    struct node *list = node_put_list(c->model, "parameters");
    for (uint32_t i = 0; i < s->parameter_count; i++) {
        const struct scheme_parameter *p = &s->parameters[i];
        feel_value rows;
        struct node *item = node_add_object(list);
        struct node *columns = node_put_list(item, "columns"), *lines = node_put_list(item, "rows");
        node_put_text(item, "title", web__called(c, p->title, p->name));
        for (uint32_t k = 0; k < p->column_count; k++) {
            node_put_text(node_add_object(columns), "label", web__called(c, p->columns[k].title, p->columns[k].name));
        }
        static const char *const own[] = { "Source", "State", "From", "Until" };
        for (size_t k = 0; k < 4; k++) {
            node_put_word(node_add_object(columns), "label", lang_text(c->lang, own[k]));
        }
        if (record_parameter(c->web->config.record, d->v, s, p, web__today(c), c->arena, &rows, NULL) != OK) {
            continue;
        }
        for (uint32_t r = 0; r < rows.count; r++) {
            struct node *cells = node_put_list(node_add_object(lines), "cells");
            feel_value row = rows.items[r];
            for (uint32_t k = 0; row.kind == FEEL_CONTEXT && k < row.count; k++) {
                node_put_text(node_add_object(cells), "text", publish_shown(c->arena, row.values[k]));
            }
        }
    }
}

static void put_rest(struct web__call *c, const struct scheme *s)
{
    uint32_t count;
    const struct scheme_finding *findings = scheme_check(s, c->arena, c->lang, web__today(c), &count);
    struct node *list = node_put_list(c->model, "findings"), *forms = node_put_list(c->model, "forms");
    struct node *laws = node_put_list(c->model, "laws");
    for (uint32_t i = 0; i < count; i++) {
        struct node *item = node_add_object(list);
        node_put_text(item, "where", findings[i].line == 0
                                         ? findings[i].file
                                         : arena_printf(c->arena, "%.*s:%u", STR_ARG(findings[i].file),
                                                        findings[i].line));
        node_put_text(item, "text", findings[i].text);
        node_put_text(item, "remedy", findings[i].remedy);
        node_put_true(item, "bad", findings[i].level == SCHEME_ERROR);
        node_put_true(item, "fair", findings[i].level == SCHEME_WARNING);
        node_put_word(item, "level", findings[i].level == SCHEME_ERROR     ? "Error"
                                     : findings[i].level == SCHEME_WARNING ? "Warning"
                                                                           : "Note");
    }
    for (uint32_t i = 0; i < s->form_count; i++) {
        node_put_text(node_add_object(forms), "id", form_id(s->forms[i]));
    }
    for (uint32_t i = 0; i < s->law_count; i++) {
        const struct scheme_law *l = &s->laws[i];
        struct node *item = node_add_object(laws);
        node_put_text(item, "act", l->act);
        node_put_text(item, "version", l->version);
        node_put_text(item, "article", l->article);
        node_put_text(item, "about", l->about);
    }
}

/* What changed since another version, in words. */
static void put_changes(struct web__desk *d, const struct scheme *s)
{
    struct web__call *c = d->c;
    struct web__installed *all;
    int64_t since = web__int(c, "since", 0);
    uint32_t count = web__desk_installed(d, &all), changes = 0;
    for (uint32_t i = 0; i < count && since != 0; i++) {
        const struct scheme *before;
        if (str_eq(all[i].scheme, s->name) && all[i].version == since &&
            record_scheme(c->web->config.record, d->v, all[i].bundle, &before, NULL) == OK) {
            const struct scheme_change *list = scheme_diff(before, s, c->arena, c->lang, &changes);
            struct node *to = node_put_list(c->model, "changes");
            for (uint32_t k = 0; k < changes; k++) {
                struct node *item = node_add_object(to);
                node_put_text(item, "text", list[k].text);
                node_put_text(item, "file", list[k].file);
            }
            node_put_int(c->model, "since", since);
            node_put_true(c->model, "compared", true);
        }
    }
}

static void show_scheme(struct web__call *c, int status)
{
    struct web__desk d;
    const struct scheme *s;
    int64_t version = 0;
    uint32_t count;
    if (!open_scheme(c, &d, &s, &version)) {
        return;
    }
    node_put_text(c->model, "name", s->name);
    node_put_text(c->model, "title", web__called(c, s->title, s->name));
    node_put_int(c->model, "version", version);
    node_put_word(c->model, "hash", s->hash);
    node_put_text(c->model, "from", s->from_ever ? STR("") : web__day_text(c->arena, s->from));
    put_processes(c, s);
    const struct scheme_rule_table *tables = scheme_rule_tables(s, c->arena, &count);
    struct node *rules = node_put_list(c->model, "tables");
    for (uint32_t i = 0; i < count; i++) {
        put_table(c, rules, s, &tables[i]);
    }
    put_parameters(&d, s);
    put_rest(c, s);
    put_changes(&d, s);
    node_put_true(c->model, "may_simulate", web__desk_deploys(&d));
    node_put_text(c->model, "with", web__text(c, "with"));
    if (web__desk_close(&d)) {
        web__desk_tabs(c, "schemes");
        web__crumb(c, "Schemes", STR("/office/schemes"));
        web__answer(c, status, page_lists_scheme);
    }
}

void web__page_office_scheme(struct web__call *c)
{
    show_scheme(c, 200);
}

/* The drawing of a process: c->number is a hundred times the file, and the diagram in it. */
void web__file_scheme_drawing(struct web__call *c)
{
    struct web__desk d;
    const struct scheme *s;
    struct error err = { .lang = c->lang };
    struct buf svg = BUF_INIT(LIMIT_JSON_BYTES);
    int64_t version = 0;
    if (!open_scheme(c, &d, &s, &version)) {
        return;
    }
    uint32_t file = (uint32_t)(c->number / 100);
    const struct bpmn_draw_options options = { .diagram = (uint32_t)(c->number % 100), .lang = c->lang };
    enum error_code code = file < s->process_count
                               ? bpmn_draw(s->processes[file], &options, &svg, &err)
                               : error_set(&err, ERROR_MISSING, "there is no such picture");
    if (!web__desk_close(&d)) {
        buf_release(&svg);
    } else if (code != OK) {
        buf_release(&svg);
        web__refuse(c, 404, &err);
    } else {
        web__send(c, 200, "image/svg+xml", &svg);
    }
}

/* A form as whoever fills it in sees it, empty. */
void web__page_scheme_form(struct web__call *c)
{
    struct web__desk d;
    const struct scheme *s;
    struct error err = { .lang = c->lang };
    int64_t version = 0;
    if (!open_scheme(c, &d, &s, &version)) {
        return;
    }
    const struct form *form = form_in(scheme_form(s, c->words[1]), c->lang);
    if (form == NULL) {
        web__desk_nothing(&d);
        return;
    }
    const struct form_request request = { .answers = feel_null(), .variables = feel_null(), .declared = feel_null() };
    if (web__put_form(c, form, d.ev, &request, NULL, 0, &err) != OK) {
        web__desk_problem(c, &err, "");
    }
    node_put_text(c->model, "name", form_id(form));
    node_put_text(c->model, "title", web__called(c, s->title, s->name));
    str link = arena_printf(c->arena, "/office/schemes/%.*s", STR_ARG(s->name));
    if (web__desk_close(&d)) {
        web__desk_tabs(c, "schemes");
        web__crumb(c, "Schemes", STR("/office/schemes"));
        web__crumb(c, "The scheme", link);
        web__answer(c, 200, page_lists_form);
    }
}

/* What stored decisions would be: who would be decided differently, and by which rule. */
void web__form_scheme_simulate(struct web__call *c)
{
    struct web__desk d;
    const struct scheme *s;
    struct error err = { .lang = c->lang };
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    int64_t version = 0;
    if (!open_scheme(c, &d, &s, &version)) {
        return;
    }
    bool may = web__desk_deploys(&d);
    if (!web__desk_close(&d)) {
        return;
    }
    struct work_simulate what = { .over = s->name, .decision = str_trim(web__text(c, "decision")),
                                  .with = feel_null() };
    enum error_code code = !may ? error_set(&err, ERROR_INVALID, "this is not for you to do")
                           : web__text(c, "with").len == 0
                               ? OK
                               : feel_json_read(c->arena, web__text(c, "with"), &what.with, &err);
    code = code == OK ? work_simulate(c->web->config.work, &what, &json, &err) : code;
    feel_value v = web__desk_value(c, &json);
    c->model = node_object(c->arena);
    if (code != OK) {
        web__desk_problem(c, &err, "#with");
    } else {
        web__put_value(c->model, "simulated", v);
    }
    show_scheme(c, code == OK ? 200 : may ? 422 : 403);
}
