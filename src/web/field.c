/* field: forms with files and pictures, for pages on site and those of guests. */
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

/* ---- Values at paths ---- */

static feel_value empty_context(struct arena *a)
{
    return feel_context(feel_shape_new(a, NULL, 0), NULL);
}

/* The context with one member more or another value of it. */
static feel_value with_member(struct arena *a, feel_value v, str name, feel_value value)
{
    uint32_t count = v.kind == FEEL_CONTEXT ? v.count : 0, at = 0;
    str *names = ARENA_ARRAY(a, str, count + 1);
    feel_value *values = ARENA_ARRAY(a, feel_value, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = v.shape->names[i];
        values[i] = v.values[i];
        at += at == i && !str_eq(names[i], name);
    }
    names[at] = name;
    values[at] = value;
    return feel_context(feel_shape_new(a, names, at == count ? count + 1 : count), values);
}

static feel_value with_item(struct arena *a, feel_value v, uint32_t row, feel_value value)
{
    uint32_t before = v.kind == FEEL_LIST ? v.count : 0, count = row > before ? row : before;
    feel_value *items = ARENA_ARRAY(a, feel_value, count);
    for (uint32_t i = 0; i < count; i++) {
        items[i] = i < before ? v.items[i] : empty_context(a);
    }
    items[row - 1] = value;
    return feel_list(items, count);
}

/* The steps of a path, "found[2].photos": names, and rows from 1. */
struct way {
    struct {
        str name;
        uint32_t row; /* 0: a name */
    } steps[LIMIT_FORM_DEPTH];
    uint32_t count;
};

static bool read_row(str text, uint32_t *ret)
{
    int64_t n;
    dec d;
    bool fine = dec_parse(text, &d) && dec_to_int(d, &n) && n >= 1 && n <= LIMIT_FORM_ROWS;
    *ret = fine ? (uint32_t)n : 0;
    return fine;
}

static bool read_way(str path, struct way *ret)
{
    *ret = (struct way){ .count = 0 };
    for (size_t i = 0; i < path.len;) {
        bool row = path.ptr[i] == '[';
        size_t from = i + (row || path.ptr[i] == '.'), to = from;
        while (to < path.len && strchr(row ? "]" : ".[", path.ptr[to]) == NULL) {
            to++;
        }
        if (ret->count == LIMIT_FORM_DEPTH || to == from || (row && to == path.len)) {
            return false;
        }
        str step = str_slice(path, from, to);
        ret->steps[ret->count].name = step;
        if (row && !read_row(step, &ret->steps[ret->count].row)) {
            return false;
        }
        ret->count++;
        i = to + row;
    }
    return ret->count > 0;
}

static feel_value step_into(feel_value v, const struct way *w, uint32_t i)
{
    feel_value next = feel_null();
    if (w->steps[i].row == 0) {
        feel_context_get(v, w->steps[i].name, &next);
    } else if (v.kind == FEEL_LIST && w->steps[i].row <= v.count) {
        next = v.items[w->steps[i].row - 1];
    }
    return next;
}

/* The values with another one at the path. */
static feel_value with_value(struct arena *a, feel_value v, const struct way *w, feel_value leaf)
{
    feel_value inside[LIMIT_FORM_DEPTH + 1] = { v };
    for (uint32_t i = 0; i < w->count; i++) {
        inside[i + 1] = step_into(inside[i], w, i);
    }
    for (uint32_t i = w->count; i > 0; i--) {
        leaf = w->steps[i - 1].row == 0 ? with_member(a, inside[i - 1], w->steps[i - 1].name, leaf)
                                        : with_item(a, inside[i - 1], w->steps[i - 1].row, leaf);
    }
    return leaf;
}

static feel_value value_at(feel_value v, const struct way *w)
{
    for (uint32_t i = 0; i < w->count; i++) {
        v = step_into(v, w, i);
    }
    return v;
}

/* ---- Files ---- */

enum error_code web__keep_picture(struct web__call *c, const struct http_file *file, str hash, feel_value *ret,
                               struct error *err)
{
    struct web__kept kept;
    enum error_code code = web__keep_file(c, file, &kept, err);
    if (code == OK && hash.len > 0 && !str_eq(hash, str_of(kept.hash))) {
        error_set(err, ERROR_INVALID, "other bytes have arrived than were taken");
        error_hint(err, "it is sent again");
        return ERROR_INVALID;
    }
    if (code == OK) {
        feel_value v = with_member(c->arena, feel_null(), STR("hash"),
                                   feel_string(arena_str(c->arena, str_of(kept.hash))));
        v = with_member(c->arena, v, STR("name"), feel_string(file->name));
        *ret = with_member(c->arena, v, STR("size"), feel_number(dec_from_int((int64_t)file->size)));
    }
    return code;
}

static feel_value with_file(struct arena *a, feel_value files, feel_value file)
{
    uint32_t count = files.kind == FEEL_LIST ? files.count : 0;
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(feel_text_member(files.items[i], "hash"), feel_text_member(file, "hash"))) {
            return files;
        }
    }
    return with_item(a, files, count + 1, file);
}

bool web__sheet_add(struct web__call *c, const struct work_desk_task *t, str path, feel_value file, feel_value *answers)
{
    struct way w;
    const struct form_component *field = t->form == NULL ? NULL : form_find(t->form, path);
    if (field == NULL || field->type != FORM_TYPE_FILEPICKER || !read_way(path, &w)) {
        return false;
    }
    *answers = with_value(c->arena, *answers, &w, with_file(c->arena, value_at(*answers, &w), file));
    return true;
}

/* Files that were there before, wherever they stand, of rows that are still there. */
struct kept {
    struct web__call *call;
    const struct work_desk_task *task;
    feel_value *answers;
};

static void keep_before(const struct kept *k, feel_value v, str path, uint32_t depth)
{
    struct arena *a = k->call->arena;
    for (uint32_t i = 0; depth < LIMIT_FORM_DEPTH && (v.kind == FEEL_CONTEXT || v.kind == FEEL_LIST) && i < v.count;
         i++) {
        feel_value one = v.kind == FEEL_LIST ? v.items[i] : v.values[i];
        if (v.kind == FEEL_LIST && feel_text_member(one, "hash").len == STORE_HASH) {
            web__sheet_add(k->call, k->task, path, one, k->answers);
        } else if (v.kind == FEEL_LIST) {
            keep_before(k, one, arena_printf(a, "%.*s[%u]", STR_ARG(path), i + 1), depth + 1);
        } else {
            str name = v.shape->names[i];
            keep_before(k, one, path.len == 0 ? name : arena_printf(a, "%.*s.%.*s", STR_ARG(path), STR_ARG(name)),
                        depth + 1);
        }
    }
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

/* "-f PATH" with "hash name": a file that an earlier sending of the page has brought. */
static void keep_named(const struct kept *k)
{
    size_t count;
    const struct http_pair *fields = http_fields(k->call->r, &count);
    for (size_t i = 0; i < count; i++) {
        str value = fields[i].value;
        char hash[STORE_HASH + 1] = "";
        uint64_t size;
        if (!str_starts_with(fields[i].name, STR("-f ")) || value.len < STORE_HASH + 2) {
            continue;
        }
        memcpy(hash, value.ptr, STORE_HASH);
        if (strspn(hash, "0123456789abcdef") == STORE_HASH &&
            store_blob_size(k->call->web->config.store, hash, &size, NULL) == OK) {
            feel_value v = with_member(k->call->arena, feel_null(), STR("hash"),
                                       feel_string(arena_str(k->call->arena, str_of(hash))));
            v = with_member(k->call->arena, v, STR("name"), feel_string(str_slice(value, STORE_HASH + 1, value.len)));
            web__sheet_add(k->call, k->task, str_slice(fields[i].name, 3, fields[i].name.len), v, k->answers);
        }
    }
}

/* ---- Rows that come and go ---- */

static feel_value without_item(struct arena *a, feel_value v, uint32_t row)
{
    uint32_t count = 0;
    feel_value *items = ARENA_ARRAY(a, feel_value, v.count);
    for (uint32_t i = 0; i < v.count; i++) {
        if (i + 1 != row) {
            items[count++] = v.items[i];
        }
    }
    return feel_list(items, count);
}

static feel_value with_rows(struct web__call *c, const struct work_desk_task *t, feel_value answers)
{
    const str *field = http_field(c->r, "do");
    str act = field == NULL ? STR("") : *field;
    bool add = str_starts_with(act, STR("add ")), removes = str_starts_with(act, STR("remove "));
    str path = str_slice(act, add ? 4 : removes ? 7 : act.len, act.len);
    size_t n = path.len;
    uint32_t row = 0;
    struct way w;
    while (removes && n > 0 && path.ptr[n - 1] != ' ') {
        n--;
    }
    if (removes && (n == 0 || !read_row(str_slice(path, n, path.len), &row))) {
        return answers;
    }
    path = removes ? str_slice(path, 0, n - 1) : path;
    const struct form_component *list = path.len == 0 ? NULL : form_find(t->form, path);
    if (list == NULL || (list->traits & FORM_LIST) == 0 || !read_way(path, &w)) {
        return answers;
    }
    feel_value rows = value_at(answers, &w);
    uint32_t count = rows.kind == FEEL_LIST ? rows.count : 0;
    if (add && count < LIMIT_FORM_ROWS) {
        rows = with_item(c->arena, rows, count + 1, empty_context(c->arena));
    } else if (removes && row <= count) {
        rows = without_item(c->arena, rows, row);
    }
    return with_value(c->arena, answers, &w, rows);
}

/* ---- A sheet ---- */

enum error_code web__sheet_answers(struct web__call *c, const struct work_desk_task *t, feel_value before,
                                   feel_value *ret, struct error *err)
{
    size_t count, file_count;
    uint32_t kept_count = 0;
    const struct http_pair *fields = http_fields(c->r, &count);
    const struct http_file *files = http_files(c->r, &file_count);
    struct form_pair *pairs = ARENA_ARRAY(c->arena, struct form_pair, count);
    for (size_t i = 0; i < count; i++) {
        if (!str_eq(fields[i].name, STR("csrf")) && !str_eq(fields[i].name, STR("do")) &&
            !str_starts_with(fields[i].name, STR("-"))) {
            pairs[kept_count++] = (struct form_pair){ fields[i].name, fields[i].value };
        }
    }
    feel_value answers = feel_null();
    enum error_code code = form_answers(t->form, pairs, kept_count, c->arena, &answers, err);
    const struct kept k = { c, t, &answers };
    if (code == OK) {
        keep_before(&k, before, STR(""), 0);
        keep_named(&k);
    }
    for (size_t i = 0; i < file_count && code == OK; i++) {
        feel_value file;
        if (files[i].size > 0 && (code = web__keep_picture(c, &files[i], STR(""), &file, err)) == OK) {
            web__sheet_add(c, t, files[i].field, file, &answers);
        }
    }
    if (code == OK) {
        *ret = with_rows(c, t, answers);
    }
    return code;
}

enum error_code web__sheet_put(struct web__call *c, const struct work_desk_task *t, feel_value answers, bool draft,
                               bool *ret_wrong, struct error *err)
{
    const struct feel_environment env = { .instant = c->now / 1000000, .zone = 8 * 3600 };
    const struct form_request request = { .mode = t->mode, .draft = draft, .answers = answers, .variables = t->names,
                                          .declared = feel_member(t->variables, "declared"), .open = t->open,
                                          .open_count = t->open_count };
    const struct form_problem *problems = NULL;
    uint32_t count = 0;
    feel_value values;
    struct feel_eval *ev = feel_eval_new(&env);
    enum error_code code = OK;
    if (!draft) {
        code = form_check(t->form, ev, &request, c->lang, c->arena, &values, &problems, &count, err);
    }
    *ret_wrong = code == OK && form_has_error(problems, count);
    if (code == OK && (draft || *ret_wrong)) {
        code = web__put_form(c, t->form, ev, &request, problems, count, err);
        put_kept(c, answers, STR(""), 0, node_put_list(c->model, "kept"));
    }
    feel_eval_free(ev);
    return code;
}

/* ---- What the task is about ---- */

static void put_row(struct web__call *c, const struct scheme_ledger *l, feel_value row)
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
            node_put_text(n, "value", named.len > 0 ? named : flag ? (v.boolean ? STR("✓") : STR("—"))
                                                                   : publish_shown(c->arena, v));
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
        node_put_text(n, "taken", feel_text_member(files.items[i], "taken"));
        node_put_text(n, "place", feel_text_member(files.items[i], "place"));
    }
}

void web__put_about(struct web__call *c, struct store_view *v, const struct work_desk_task *t, str base)
{
    const struct scheme_ledger *l;
    feel_value row = work_subject_row(c->web->config.work, v, t->dossier.subject, c->arena, &l);
    feel_value pairs = t->said == NULL ? feel_null()
                                       : work_say(c->web->config.work, t->said->beside, t->variables, c->arena);
    node_put_text(c->model, "about", feel_text_member(row, "name"));
    put_row(c, l, row);
    struct node *list = node_put_list(c->model, "pairs");
    for (uint32_t i = 0; pairs.kind == FEEL_LIST && i < pairs.count; i++) {
        struct node *n = node_add_object(list);
        node_put_text(n, "title", feel_text_member(pairs.items[i], "title"));
        put_pictures(c, n, "before", feel_member(pairs.items[i], "before"), base);
        put_pictures(c, n, "after", feel_member(pairs.items[i], "after"), base);
    }
}

static void put_clock(struct web__call *c, struct node *list, feel_value clock)
{
    struct node *n = node_add_object(list);
    str due = feel_text_member(clock, "due");
    feel_value days = feel_member(clock, "days");
    node_put_text(n, "state", feel_text_member(clock, "state"));
    node_put_true(n, "late", feel_is_true(feel_member(clock, "late")));
    node_put_text(n, "length", publish_shown(c->arena, feel_member(clock, "length")));
    node_put_text(n, "unit", feel_text_member(clock, "unit"));
    struct node *lines = node_put_list(n, "days");
    for (uint32_t i = 0; days.kind == FEEL_LIST && i < days.count; i++) {
        struct node *line = node_add_object(lines);
        node_put_text(line, "day", feel_text_member(days.items[i], "day"));
        node_put_true(line, "counts", feel_is_true(feel_member(days.items[i], "counts")));
        node_put_text(line, "number", publish_shown(c->arena, feel_member(days.items[i], "number")));
        node_put_text(line, "why", feel_text_member(days.items[i], "why"));
        if (feel_is_true(feel_member(days.items[i], "counts"))) {
            node_put_text(n, "last", feel_text_member(days.items[i], "day"));
        }
    }
    node_put_true(n, "due", due.len > 0);
}

void web__put_clocks(struct web__call *c, struct store_view *v, const struct work_desk_task *t)
{
    struct node *list = node_put_list(c->model, "clocks");
    for (uint32_t i = 0; t->procedure != NULL && i < t->procedure->clock_count; i++) {
        struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
        feel_value clock = feel_null();
        struct error err = { .lang = c->lang };
        if (t->procedure->clocks[i].for_party &&
            work_write_clock(c->web->config.work, v, &t->dossier, t->procedure->clocks[i].name, &json, &err) == OK &&
            feel_json_read(c->arena, arena_str(c->arena, buf_str(&json)), &clock, NULL) == OK &&
            !str_eq(feel_text_member(clock, "state"), STR("waiting"))) {
            put_clock(c, list, clock);
        }
        buf_release(&json);
    }
}

void web__put_placed(struct web__call *c, struct store_view *v, str subject)
{
    struct work_placed p;
    if (!work_placed(v, subject, c->arena, &p) || p.grade.len == 0) {
        return;
    }
    struct node *n = node_add_object(node_put_list(c->model, "placed"));
    feel_value next = feel_member(p.result, "next"), values = feel_member(p.result, "values");
    node_put_text(n, "grade", p.grade);
    web__put_instant(n, "at", p.at);
    node_put_text(n, "rank", publish_shown(c->arena, feel_member(p.result, "rank")));
    node_put_int(n, "of", p.of);
    node_put_text(n, "why", feel_text_member(p.result, "why"));
    node_put_text(n, "own", publish_shown(c->arena, feel_member(next, "own")));
    node_put_text(n, "by", publish_shown(c->arena, feel_member(next, "by")));
    node_put_true(n, "next", next.kind == FEEL_CONTEXT);
    const struct scheme_ledger *l;
    work_subject_row(c->web->config.work, v, subject, c->arena, &l);
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
}

/* ---- Pictures ---- */

static const char *type_of_bytes(const char *bytes, size_t size)
{
    static const struct {
        const char *begins, *type;
        size_t length;
    } types[] = { { "\xff\xd8\xff", "image/jpeg", 3 }, { "\x89PNG", "image/png", 4 }, { "%PDF", "application/pdf", 4 },
                  { "RIFF", "image/webp", 4 } };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (size >= types[i].length && memcmp(bytes, types[i].begins, types[i].length) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

/* Whether a file with this hash stands somewhere in a value. */
static bool has_file(feel_value v, str hash, uint32_t depth)
{
    if (str_eq(feel_text_member(v, "hash"), hash)) {
        return true;
    }
    bool found = false;
    for (uint32_t i = 0; depth < LIMIT_JSON_DEPTH && !found && (v.kind == FEEL_CONTEXT || v.kind == FEEL_LIST) &&
                         i < v.count; i++) {
        found = has_file(v.kind == FEEL_LIST ? v.items[i] : v.values[i], hash, depth + 1);
    }
    return found;
}

void web__send_picture(struct web__call *c, const struct work_desk_task *t, str hash)
{
    uint64_t size = 0;
    size_t got = 0;
    const char *name = arena_str(c->arena, hash).ptr;
    bool there = hash.len == STORE_HASH && strspn(name, "0123456789abcdef") == STORE_HASH &&
                 (has_file(t->variables, hash, 0) || has_file(t->draft, hash, 0) ||
                  has_file(t->answers_signed, hash, 0)) &&
                 store_blob_size(c->web->config.store, name, &size, NULL) == OK && size <= LIMIT_JSON_BYTES;
    char *bytes = there ? arena_alloc(c->arena, size) : NULL;
    if (!there || store_blob_read(c->web->config.store, name, 0, bytes, size, &got, NULL) != OK || got != size) {
        http_send_error(c->r, 404, "there is no such page");
        return;
    }
    http_add_header(c->r, "Cache-Control", STR("private, max-age=86400"));
    http_send(c->r, 200, str_of(type_of_bytes(bytes, size)), (str){ bytes, size });
}
