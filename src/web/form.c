/* form: what a form draws (form/form.h) as the model of pages/form.html, and the answers that come back.
 *
 * A node for each component: `type` is the word of form-js; a field has `name` (its path), `id`, `label`, `value`,
 * `options`, `error`; a group `components`; a list `rows`, each with `components`; a matrix `columns` and `rows` with
 * `cells`. What has no label and is computed is not shown: it is for rules.
 */
#include "web/web_int.h"

#include "base/limit.h"

/* The form on its way into nodes. The views come as a flat list with depths; `inside` is where the views of a depth go,
 * `list` the last list of a depth and `row` the number of its row that is being filled. */
struct drawn {
    struct web__call *call;
    const struct form *form;
    const struct form_problem *problems;
    uint32_t problem_count;
    feel_value from;
    struct store_view *view;
    struct node *inside[LIMIT_FORM_DEPTH + 2];
    struct node *list[LIMIT_FORM_DEPTH + 2];
    uint32_t row[LIMIT_FORM_DEPTH + 2];
    feel_value names[LIMIT_FORM_DEPTH + 2]; /* of the rows of a list */
};

str web__root(str path)
{
    size_t n = 0;
    while (n < path.len && path.ptr[n] != '.' && path.ptr[n] != '[') {
        n++;
    }
    return str_slice(path, 0, n);
}

static str id_of(struct arena *a, str path)
{
    char *id = arena_alloc(a, path.len + 2);
    memcpy(id, "f-", 2);
    for (size_t i = 0; i < path.len; i++) {
        id[i + 2] = strchr("[] ", path.ptr[i]) != NULL ? '-' : path.ptr[i];
    }
    return (str){ id, path.len + 2 };
}

static str shown(const struct drawn *d, const struct form_view *v, enum form_attribute attribute)
{
    return publish_shown(d->call->arena, v->attributes[attribute]);
}

static void put_shown(const struct drawn *d, struct node *n, const char *name, const struct form_view *v,
                      enum form_attribute attribute)
{
    str text = shown(d, v, attribute);
    if (text.len > 0) {
        node_put_text(n, name, text);
    }
}

static bool is_chosen(struct arena *a, feel_value value, str option)
{
    if (value.kind != FEEL_LIST) {
        return value.kind != FEEL_NULL && str_eq(publish_shown(a, value), option);
    }
    for (uint32_t i = 0; i < value.count; i++) {
        if (str_eq(publish_shown(a, value.items[i]), option)) {
            return true;
        }
    }
    return false;
}

static void put_options(const struct drawn *d, struct node *n, const struct form_view *v, str id)
{
    struct arena *a = d->call->arena;
    struct node *list = node_put_list(n, "options");
    for (uint32_t i = 0; v->options.kind == FEEL_LIST && i < v->options.count; i++) {
        struct node *option = node_add_object(list);
        str value = publish_shown(a, feel_member(v->options.items[i], "value"));
        bool chosen = is_chosen(a, v->value, value);
        node_put_text(option, "label", publish_label(v->options.items[i]));
        node_put_text(option, "value", value);
        node_put_text(option, "id", i == 0 ? id : arena_printf(a, "%.*s-%u", STR_ARG(id), i));
        node_put_true(option, "chosen", chosen);
        if (chosen) {
            node_put_true(n, "answered", true);
        }
    }
}

static void put_error(const struct drawn *d, struct node *n, str path)
{
    for (uint32_t i = 0; i < d->problem_count; i++) {
        const struct form_problem *p = &d->problems[i];
        if (str_eq(p->path, path)) {
            node_put_text(n, p->level == FORM_ERROR ? "error" : "warning", p->text);
            node_put_text(n, "remedy", p->remedy);
            return;
        }
    }
}

void web__put_taking(struct web__call *c, struct node *to, feel_value file)
{
    str taken = feel_text_member(file, "taken"), nowhere = feel_text_member(file, "nowhere");
    if (taken.len >= 16) { /* "2026-11-28T09:00…" */
        node_put_text(to, "taken", arena_printf(c->arena, "%.*s %.*s", STR_ARG(str_slice(taken, 0, 10)),
                                                STR_ARG(str_slice(taken, 11, 16))));
    }
    node_put_text(to, "place", feel_text_member(file, "place"));
    node_put_text(to, "accuracy", publish_shown(c->arena, feel_member(file, "accuracy")));
    node_put_true(to, "denied", str_eq(nowhere, STR("denied")));
    node_put_true(to, "nowhere", nowhere.len > 0);
}

void web__put_files(struct web__call *c, struct store_view *v, struct node *n, feel_value value)
{
    struct node *list = node_put_list(n, "files");
    for (uint32_t i = 0; value.kind == FEEL_LIST && i < value.count; i++) {
        struct node *file = node_add_object(list);
        str hash = feel_text_member(value.items[i], "hash");
        int64_t bytes;
        node_put_text(file, "hash", hash);
        node_put_text(file, "name", feel_text_member(value.items[i], "name"));
        if (feel_whole(feel_member(value.items[i], "size"), &bytes)) {
            node_put_text(file, "size", web__size_text(c->arena, (uint64_t)bytes));
        }
        node_put_int(file, "row", i + 1);
        enum record_file state = v == NULL ? RECORD_FILE_FINE : record_file(v, hash);
        node_put_true(file, "waits", state == RECORD_FILE_WAITS);
        node_put_true(file, "refused", state == RECORD_FILE_REFUSED);
        web__put_taking(c, file, value.items[i]);
    }
}

/* The kind of a date field for browsers: "date", "time", "datetime-local". */
static str date_type(const struct form_component *c)
{
    const struct json *subtype = json_member(c->json, STR("subtype"));
    if (subtype == NULL || subtype->kind != JSON_STRING) {
        return STR("date");
    }
    return str_eq(subtype->text, STR("datetime")) ? STR("datetime-local") : subtype->text;
}

static str entered(struct arena *a, const struct form_component *c, feel_value value)
{
    str text = publish_shown(a, value);
    return c->type == FORM_TYPE_DATETIME && text.len > 16 && text.ptr[10] == 'T' ? str_slice(text, 0, 16) : text;
}

static void put_bounds(const struct drawn *d, struct node *n, const struct form_view *v)
{
    put_shown(d, n, "min", v, FORM_MIN);
    put_shown(d, n, "max", v, FORM_MAX);
    put_shown(d, n, "maxlength", v, FORM_MAX_LENGTH);
    put_shown(d, n, "prefix", v, FORM_PREFIX);
    put_shown(d, n, "suffix", v, FORM_SUFFIX);
    put_shown(d, n, "accept", v, FORM_ACCEPT);
    node_put_true(n, "multiple", feel_is_true(v->attributes[FORM_MULTIPLE]));
}

/* Where a value that nobody has confirmed yet comes from. */
static void put_origin(const struct drawn *d, struct node *n, str path)
{
    feel_value from;
    if (feel_context_get(d->from, web__root(path), &from) && from.kind == FEEL_STRING) {
        node_put_word(n, "from", arena_str(d->call->arena, feel_str(from)).ptr);
    }
}

static void put_field(const struct drawn *d, struct node *n, const struct form_component *c, const struct form_view *v)
{
    struct arena *a = d->call->arena;
    str id = id_of(a, v->path);
    node_put_text(n, "name", v->path);
    node_put_text(n, "id", id);
    node_put_true(n, "required", v->required);
    node_put_true(n, "readonly", v->readonly || c->type == FORM_TYPE_EXPRESSION);
    node_put_true(n, "disabled", v->disabled);
    put_bounds(d, n, v);
    put_origin(d, n, v->path);
    put_error(d, n, v->path);
    if (c->type == FORM_TYPE_FILEPICKER) {
        web__put_files(d->call, d->view, n, v->value);
        node_put_text(n, "field", v->path);
        node_put_text(n, "takes", web__accept_names(a, shown(d, v, FORM_ACCEPT)));
        node_put_int(n, "largest", LIMIT_WEB_FILE);
        node_put_text(n, "largest_text", web__size_text(a, LIMIT_WEB_FILE));
    } else if ((c->traits & FORM_OPTIONS) != 0) {
        put_options(d, n, v, id);
    } else if (c->type == FORM_TYPE_CHECKBOX) {
        node_put_true(n, "chosen", feel_is_true(v->value));
    } else {
        node_put_text(n, "value", entered(a, c, v->value));
    }
    if (c->type == FORM_TYPE_DATETIME) {
        node_put_text(n, "date_type", date_type(c));
    }
}

/* ---- What is only shown ---- */

/* The lines of a text in the marks of form-js: headings and items are told apart, all else is a paragraph. */
static void put_lines(struct node *n, str text)
{
    struct node *lines = node_put_list(n, "lines");
    for (size_t at = 0; at < text.len;) {
        const char *end = memchr(text.ptr + at, '\n', text.len - at);
        size_t to = end == NULL ? text.len : (size_t)(end - text.ptr);
        str line = str_trim(str_slice(text, at, to));
        const char *kind = "text";
        if (str_starts_with(line, STR("#"))) {
            kind = "heading";
        } else if (str_starts_with(line, STR("* ")) || str_starts_with(line, STR("- "))) {
            kind = "item";
        }
        while (line.len > 0 && kind[0] != 't' && strchr("#*- ", line.ptr[0]) != NULL) {
            line = str_slice(line, 1, line.len);
        }
        if (line.len > 0) {
            node_put_text(node_add_object(lines), kind, line);
        }
        at = to + 1;
    }
}

/* HTML of a form is text to us: its tags are left out. */
static str without_tags(struct arena *a, str html)
{
    struct buf out = BUF_INIT(LIMIT_FORM_TEXT);
    bool inside = false;
    for (size_t i = 0; i < html.len; i++) {
        if (html.ptr[i] == '<' || (inside && html.ptr[i] == '>')) {
            inside = html.ptr[i] == '<';
            buf_addc(&out, '\n');
        } else if (!inside) {
            buf_addc(&out, html.ptr[i]);
        }
    }
    str s = arena_str(a, buf_str(&out));
    buf_release(&out);
    return s;
}

static void put_table(const struct drawn *d, struct node *n, const struct form_component *c, const struct form_view *v)
{
    struct arena *a = d->call->arena;
    const struct json *columns = json_member(c->json, STR("columns"));
    feel_value data = v->attributes[FORM_DATA_SOURCE];
    struct node *heads = node_put_list(n, "columns"), *rows = node_put_list(n, "rows");
    uint32_t count = columns == NULL || columns->kind != JSON_ARRAY ? 0 : columns->count;
    for (uint32_t i = 0; i < count; i++) {
        const struct json *label = json_member(&columns->items[i], STR("label"));
        node_add_text(heads, label == NULL ? STR("") : label->text);
    }
    for (uint32_t i = 0; data.kind == FEEL_LIST && i < data.count; i++) {
        struct node *cells = node_put_list(node_add_object(rows), "cells");
        for (uint32_t k = 0; k < count; k++) {
            const struct json *key = json_member(&columns->items[k], STR("key"));
            const char *name = key == NULL ? "" : arena_str(a, key->text).ptr;
            node_add_text(cells, publish_shown(a, feel_member(data.items[i], name)));
        }
    }
}

static void put_display(const struct drawn *d, struct node *n, const struct form_component *c,
                        const struct form_view *v)
{
    switch (c->type) {
    case FORM_TYPE_TEXT: put_lines(n, shown(d, v, FORM_TEXT)); break;
    case FORM_TYPE_HTML: put_lines(n, without_tags(d->call->arena, shown(d, v, FORM_CONTENT))); break;
    case FORM_TYPE_TABLE: put_table(d, n, c, v); break;
    case FORM_TYPE_DOCUMENT_PREVIEW: web__put_files(d->call, d->view, n, v->attributes[FORM_DATA_SOURCE]); break;
    default:
        put_shown(d, n, "source", v, FORM_SOURCE);
        put_shown(d, n, "alt", v, FORM_ALT);
        put_shown(d, n, "url", v, FORM_URL);
        break;
    }
}

/* ---- Lists ---- */

str web__nth(str list, uint32_t n)
{
    for (; n > 1; n--) {
        const char *bar = list.len == 0 ? NULL : memchr(list.ptr, '|', list.len);
        list = bar == NULL ? STR("") : str_slice(list, (size_t)(bar - list.ptr) + 1, list.len);
    }
    const char *end = list.len == 0 ? NULL : memchr(list.ptr, '|', list.len);
    return end == NULL ? list : str_slice(list, 0, (size_t)(end - list.ptr));
}

static str row_name(struct arena *a, feel_value names, uint32_t row)
{
    if (names.kind == FEEL_LIST) {
        return row <= names.count ? publish_shown(a, names.items[row - 1]) : STR("");
    }
    return web__nth(publish_shown(a, names), row);
}

static void put_columns(const struct drawn *d, struct node *n, const struct form_view *v)
{
    struct node *columns = node_put_list(n, "columns");
    for (uint32_t i = v->component + 1; i < form_component(d->form, v->component)->end; i++) {
        const struct form_component *c = form_component(d->form, i);
        if (c->label.len > 0) {
            node_add_text(columns, c->label);
        }
    }
}

static void put_list(struct drawn *d, struct node *n, const struct form_component *c, const struct form_view *v)
{
    const struct json *fixed = json_member(c->json, STR("allowAddRemove"));
    bool may_change = !c->matrix && !v->readonly && (fixed == NULL || fixed->kind != JSON_FALSE);
    node_put_text(n, "name", v->path);
    node_put_text(n, "id", id_of(d->call->arena, v->path));
    put_error(d, n, v->path);
    node_put_true(n, "may_change", may_change);
    if (c->matrix) {
        put_columns(d, n, v);
    }
    d->list[v->depth] = node_put_list(n, "rows");
    d->row[v->depth] = 0;
    d->names[v->depth] = v->attributes[FORM_ROWS];
}

/* The container of a view: what stands directly in a list goes into the row that it is in. */
static struct node *container_of(struct drawn *d, const struct form_component *c, const struct form_view *v)
{
    const struct form_component *parent = c->parent == FORM_NONE ? NULL : form_component(d->form, (uint32_t)c->parent);
    if (parent == NULL || parent->type != FORM_TYPE_DYNAMICLIST) {
        return d->inside[v->depth];
    }
    uint32_t up = v->depth - 1;
    if (d->row[up] != v->row) {
        struct node *row = node_add_object(d->list[up]);
        d->row[up] = v->row;
        node_put_int(row, "row", v->row);
        node_put_text(row, "title", row_name(d->call->arena, d->names[up], v->row));
        d->inside[v->depth] = node_put_list(row, parent->matrix ? "cells" : "components");
    }
    return d->inside[v->depth];
}

/* ---- A whole form ---- */

static void put_view(struct drawn *d, const struct form_view *v)
{
    const struct form_component *c = form_component(d->form, v->component);
    struct node *inside = container_of(d, c, v);
    str label = shown(d, v, FORM_LABEL);
    if (c->type == FORM_TYPE_EXPRESSION && label.len == 0) {
        return;
    }
    struct node *n = node_add_object(inside);
    node_put_word(n, "type", c->matrix ? "matrix" : form_type_name(c->type));
    node_put_text(n, "label", label);
    put_shown(d, n, "description", v, FORM_DESCRIPTION);
    if ((c->traits & FORM_LIST) != 0) {
        put_list(d, n, c, v);
    } else if ((c->traits & FORM_CONTAINER) != 0) {
        d->inside[v->depth + 1] = node_put_list(n, "components");
    } else if ((c->traits & FORM_KEYED) != 0) {
        put_field(d, n, c, v);
    } else {
        put_display(d, n, c, v);
    }
}

/* What is wrong, at the top of the page, each with the way to its field. */
void web__put_problems(struct web__call *c, const struct form_problem *problems, uint32_t count)
{
    enum { LISTED = 20 };
    struct node *list = web__problem_list(c);
    uint32_t errors = 0;
    for (uint32_t i = 0; i < count; i++) {
        errors += problems[i].level == FORM_ERROR;
        if (problems[i].level == FORM_ERROR && errors <= LISTED) {
            struct node *n = node_add_object(list);
            node_put_text(n, "text", problems[i].text);
            node_put_text(n, "link", problems[i].path.len == 0 ? STR("#main")
                                         : arena_printf(c->arena, "#%.*s", STR_ARG(id_of(c->arena, problems[i].path))));
        }
    }
    if (errors > 0) {
        node_put_int(c->model, "problem_count", errors);
    }
    node_put_true(c->model, "problems_more", errors > LISTED);
}

enum error_code web__put_form(struct web__call *c, const struct form *f, struct feel_eval *ev,
                              const struct form_request *request, const struct form_problem *problems,
                              uint32_t problem_count, struct error *err)
{
    const struct web__part whole = { .form = f, .end = form_count(f), .problems = problems,
                                     .problem_count = problem_count };
    enum error_code code = web__put_part(c, &whole, ev, request, c->model, err);
    if (code == OK && problem_count > 0) {
        web__put_problems(c, problems, problem_count);
    }
    return code;
}

enum error_code web__put_part(struct web__call *c, const struct web__part *part, struct feel_eval *ev,
                              const struct form_request *request, struct node *into, struct error *err)
{
    const struct form_view *views;
    uint32_t count, depth = 0;
    struct drawn d = { .call = c, .form = part->form, .problems = part->problems,
                       .problem_count = part->problem_count, .from = part->from, .view = part->view };
    enum error_code code = form_draw(part->form, ev, request, c->arena, &views, &count, err);
    if (code != OK) {
        return code;
    }
    if (part->first < part->end) {
        int32_t up = form_component(part->form, part->first)->parent;
        for (; up != FORM_NONE; up = form_component(part->form, (uint32_t)up)->parent) {
            depth++;
        }
    }
    d.inside[depth] = node_put_list(into, "components");
    for (uint32_t i = 0; i < count; i++) {
        if (views[i].component >= part->first && views[i].component < part->end) {
            put_view(&d, &views[i]);
        }
    }
    return OK;
}

enum error_code web__form_answers(struct web__call *c, const struct form *f, feel_value *ret, struct error *err)
{
    size_t count;
    uint32_t kept = 0;
    const struct http_pair *fields = http_fields(c->r, &count);
    struct form_pair *pairs = ARENA_ARRAY(c->arena, struct form_pair, count);
    for (size_t i = 0; i < count; i++) {
        if (!str_eq(fields[i].name, STR("csrf")) && !str_eq(fields[i].name, STR("do")) &&
            !str_starts_with(fields[i].name, STR("-"))) {
            pairs[kept++] = (struct form_pair){ fields[i].name, fields[i].value };
        }
    }
    return form_answers(f, pairs, kept, c->arena, ret, err);
}
