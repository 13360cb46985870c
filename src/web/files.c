/* files: the answers of a form as a page sends them: fields, files, rows that come and go. */
#include "web/files.h"

#include "base/limit.h"

#include <strings.h>

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

/* ---- One file ---- */

/* The last part of what a browser says, which may be a whole path, without what no file is called; and with the ending
 * of what is in it, so that it opens with whoever gets it. */
static str name_of(struct arena *a, str said, const struct web__file_kind *kind)
{
    enum { MOST = 200 };
    size_t from = said.len, kept = 0;
    while (from > 0 && said.ptr[from - 1] != '/' && said.ptr[from - 1] != '\\') {
        from--;
    }
    char *name = arena_alloc(a, MOST + 1);
    for (size_t i = from; i < said.len && kept < MOST; i++) {
        name[kept] = said.ptr[i];
        kept += (unsigned char)said.ptr[i] >= ' ' && said.ptr[i] != 0x7f;
    }
    while (kept == MOST && kept > 0 && ((unsigned char)name[kept - 1] & 0xc0) == 0x80) {
        kept--; /* not in the middle of a character */
    }
    kept -= kept > 0 && (unsigned char)name[kept - 1] >= 0xc0;
    return web__with_ending(a, str_trim((str){ name, kept }), kind);
}

feel_value web__file_value(struct arena *a, const struct web__kept *kept, str name)
{
    feel_value v = with_member(a, feel_null(), STR("hash"), feel_string(arena_str(a, str_of(kept->hash))));
    v = with_member(a, v, STR("name"), feel_string(name_of(a, name, kept->kind)));
    v = with_member(a, v, STR("type"), feel_string(str_of(kept->kind->type)));
    return with_member(a, v, STR("size"), feel_number(dec_from_int((int64_t)kept->size)));
}

/* What a field takes as the form stands with these answers. */
struct taking {
    str accept;
    uint32_t most;
};

static enum error_code look_at_field(struct web__call *c, const struct web__sheet *s, str path, feel_value answers,
                                     struct taking *ret, struct error *err)
{
    struct form_request rq = s->request;
    const struct form_view *views;
    uint32_t count, i = 0;
    dec most;
    int64_t n;
    rq.answers = answers;
    enum error_code code = form_draw(s->form, s->ev, &rq, c->arena, &views, &count, err);
    if (code != OK) {
        return code;
    }
    while (i < count && !str_eq(views[i].path, path)) {
        i++;
    }
    if (i == count || views[i].readonly || views[i].disabled) {
        error_set(err, ERROR_INVALID, "no file is asked for here");
        error_hint(err, "look at the page again, and leave this file out");
        return ERROR_INVALID;
    }
    const feel_value *attributes = views[i].attributes;
    bool many = feel_is_true(attributes[FORM_MULTIPLE]), said = attributes[FORM_MOST].kind == FEEL_NUMBER;
    most = said ? attributes[FORM_MOST].number : dec_from_int(LIMIT_FORM_FILES);
    ret->accept = attributes[FORM_ACCEPT].kind == FEEL_STRING ? feel_str(attributes[FORM_ACCEPT]) : STR("");
    ret->most = !many                                                             ? 1
                : dec_to_int(most, &n) && n >= 0 && n < LIMIT_FORM_FILES ? (uint32_t)n
                                                                                  : LIMIT_FORM_FILES;
    return OK;
}

static bool has_hash(feel_value files, str hash)
{
    for (uint32_t i = 0; files.kind == FEEL_LIST && i < files.count; i++) {
        if (str_eq(feel_text_member(files.items[i], "hash"), hash)) {
            return true;
        }
    }
    return false;
}

/* A field for one file has the last; one for more has each once. */
static feel_value with_file(struct arena *a, feel_value files, feel_value file, uint32_t most)
{
    uint32_t count = files.kind == FEEL_LIST ? files.count : 0;
    if (has_hash(files, feel_text_member(file, "hash"))) {
        return files;
    }
    return most == 1 ? with_item(a, feel_null(), 1, file) : with_item(a, files, count + 1, file);
}

bool web__sheet_add(struct web__call *c, const struct form *f, str path, feel_value file, feel_value *answers)
{
    struct way w;
    const struct form_component *field = f == NULL ? NULL : form_find(f, path);
    if (field == NULL || field->type != FORM_TYPE_FILEPICKER || !read_way(path, &w)) {
        return false;
    }
    feel_value files = with_file(c->arena, value_at(*answers, &w), file, LIMIT_FORM_FILES);
    *answers = with_value(c->arena, *answers, &w, files);
    return true;
}

enum error_code web__sheet_file(struct web__call *c, struct web__sheet *s, str path,
                                const struct http_file *file, feel_value *answers, feel_value *ret, struct error *err)
{
    struct way w;
    struct taking t;
    struct web__kept kept;
    const struct form_component *field = form_find(s->form, path);
    if (field == NULL || field->type != FORM_TYPE_FILEPICKER || !read_way(path, &w)) {
        return error_set(err, ERROR_INVALID, "the form has no field for files of this name");
    }
    feel_value files = value_at(*answers, &w);
    feel_value there = files.kind == FEEL_LIST ? *answers : with_value(c->arena, *answers, &w, feel_list(NULL, 0));
    enum error_code code = look_at_field(c, s, path, there, &t, err);
    if (code == OK && t.most > 1 && files.kind == FEEL_LIST && files.count >= t.most) {
        error_set(err, ERROR_LIMIT, "at most %u files are taken here", t.most);
        error_hint(err, "remove one first, or put several pages into one file");
        return ERROR_LIMIT;
    }
    code = code == OK ? web__keep_file(c, file, t.accept, s->owner, &kept, err) : code;
    if (code == OK) {
        s->state = kept.state;
        *ret = web__file_value(c->arena, &kept, file->name);
        *answers = with_value(c->arena, there, &w, with_file(c->arena, files, *ret, t.most));
    }
    return code;
}

/* ---- Problems ---- */

/* What is wrong with a file of this name. */
static void add_problem(struct web__call *c, struct web__sheet *s, str path, str name, const struct error *err)
{
    struct form_problem *all = ARENA_ARRAY(c->arena, struct form_problem, s->problem_count + 1);
    const struct form_component *field = form_find(s->form, path);
    str label = field == NULL ? STR("") : field->label, why = str_of(err->message);
    for (uint32_t i = 0; i < s->problem_count; i++) {
        all[i] = s->problems[i];
    }
    all[s->problem_count++] = (struct form_problem){
        .path = path, .label = label, .level = FORM_ERROR, .code = "file", .value = name,
        .text = label.len == 0 ? arena_str(c->arena, why)
                               : arena_printf(c->arena, lang_text(c->lang, "%.*s: %.*s"), STR_ARG(label), STR_ARG(why)),
        .remedy = arena_str(c->arena, str_of(err->hint)),
    };
    s->problems = all;
}

/* ---- Files that were there ---- */

/* Files that were there before, wherever they stand, of rows that are still there. */
struct kept {
    struct web__call *call;
    struct web__sheet *sheet;
    feel_value *answers;
};

static void keep_before(const struct kept *k, feel_value v, str path, uint32_t depth)
{
    struct arena *a = k->call->arena;
    for (uint32_t i = 0; depth < LIMIT_FORM_DEPTH && (v.kind == FEEL_CONTEXT || v.kind == FEEL_LIST) && i < v.count;
         i++) {
        feel_value one = v.kind == FEEL_LIST ? v.items[i] : v.values[i];
        if (v.kind == FEEL_LIST && feel_text_member(one, "hash").len == STORE_HASH) {
            web__sheet_add(k->call, k->sheet->form, path, one, k->answers);
        } else if (v.kind == FEEL_LIST) {
            keep_before(k, one, arena_printf(a, "%.*s[%u]", STR_ARG(path), i + 1), depth + 1);
        } else {
            str name = v.shape->names[i];
            keep_before(k, one, path.len == 0 ? name : arena_printf(a, "%.*s.%.*s", STR_ARG(path), STR_ARG(name)),
                        depth + 1);
        }
    }
}

/* A file that an earlier sending of the page has brought: it is there still, or it was erased meanwhile. */
static void keep_one(const struct kept *k, str path, str hash, str name)
{
    struct arena *a = k->call->arena;
    struct error err = { .lang = k->call->lang };
    uint64_t size;
    if (store_blob_size(k->call->web->config.store, hash.ptr, &size, NULL) == OK) {
        feel_value v = with_member(a, feel_null(), STR("hash"), feel_string(hash));
        v = with_member(a, v, STR("name"), feel_string(name));
        web__sheet_add(k->call, k->sheet->form, path, v, k->answers);
        return;
    }
    error_set(&err, ERROR_MISSING, "the file %.*s is not there any more", STR_ARG(name));
    error_hint(&err, "choose it again: what is sent in and not saved is kept for %d days", LIMIT_RECORD_SENT_DAYS);
    add_problem(k->call, k->sheet, path, name, &err);
}

/* "-f PATH" with "hash name". */
static void keep_named(const struct kept *k)
{
    size_t count;
    const struct http_pair *fields = http_fields(k->call->r, &count);
    for (size_t i = 0; i < count; i++) {
        str value = fields[i].value, hash = arena_str(k->call->arena, str_slice(value, 0, STORE_HASH));
        if (str_starts_with(fields[i].name, STR("-f ")) && value.len >= STORE_HASH + 2 &&
            strspn(hash.ptr, "0123456789abcdef") == STORE_HASH) {
            keep_one(k, str_slice(fields[i].name, 3, fields[i].name.len), hash,
                     str_slice(value, STORE_HASH + 1, value.len));
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

static feel_value with_rows(struct web__call *c, const struct form *f, feel_value answers)
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
    const struct form_component *list = path.len == 0 ? NULL : form_find(f, path);
    bool files = list != NULL && list->type == FORM_TYPE_FILEPICKER;
    if (list == NULL || (!files && (list->traits & FORM_LIST) == 0) || (files && add) || !read_way(path, &w)) {
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

/* The files that came, each into its field; what is wrong with one is said at its field, and the others stay. */
static enum error_code take_files(struct web__call *c, struct web__sheet *s, feel_value *answers, struct error *err)
{
    size_t count;
    const struct http_file *files = http_files(c->r, &count);
    feel_value taken;
    for (size_t i = 0; i < count; i++) {
        struct error why = { .lang = c->lang };
        if (files[i].name.len == 0) { /* nothing was chosen */
            continue;
        }
        enum error_code code = web__sheet_file(c, s, files[i].field, &files[i], answers, &taken, &why);
        if (code != OK && code != ERROR_INVALID && code != ERROR_LIMIT && code != ERROR_IO) {
            *err = why;
            return code;
        }
        if (code != OK) {
            add_problem(c, s, files[i].field, files[i].name, &why);
        }
    }
    return OK;
}

enum error_code web__sheet_take(struct web__call *c, struct web__sheet *s, feel_value *ret, struct error *err)
{
    feel_value answers = feel_null();
    enum error_code code = web__form_answers(c, s->form, &answers, err);
    const struct kept k = { c, s, &answers };
    s->problems = NULL;
    s->problem_count = 0;
    if (code == OK) {
        keep_before(&k, s->before, STR(""), 0);
        keep_named(&k);
        code = take_files(c, s, &answers, err);
    }
    if (code == OK) {
        *ret = with_rows(c, s->form, answers);
    }
    return code;
}

const struct form_problem *web__sheet_problems(struct web__call *c, const struct web__sheet *s,
                                               const struct form_problem *found, uint32_t *count)
{
    if (s->problem_count == 0) {
        return found;
    }
    struct form_problem *all = ARENA_ARRAY(c->arena, struct form_problem, *count + s->problem_count);
    memcpy(all, s->problems, s->problem_count * sizeof *all);
    for (uint32_t i = 0; i < *count; i++) {
        all[s->problem_count + i] = found[i];
    }
    *count += s->problem_count;
    return all;
}

/* ---- A single one ---- */

const struct http_file *web__one_file(const struct web__call *c, struct error *err)
{
    size_t count;
    const struct http_file *files = http_files(c->r, &count);
    if (count == 1 && str_eq(files[0].field, STR("file")) && files[0].name.len > 0) {
        return &files[0];
    }
    error_set(err, ERROR_INVALID, "one file is wanted");
    error_hint(err, "choose a file and send it again");
    return NULL;
}

str web__file_receipt(struct web__call *c, enum record_file state, feel_value file, str base)
{
    struct buf out = BUF_INIT(LIMIT_FORM_TEXT);
    struct json_writer w;
    int64_t bytes = feel_whole_member(file, "size");
    json_writer_init(&w, &out, false);
    json_begin_object(&w);
    json_text_member(&w, "name", feel_text_member(file, "name"));
    json_text_member(&w, "hash", feel_text_member(file, "hash"));
    json_text_member(&w, "size", web__size_text(c->arena, (uint64_t)bytes));
    json_text_member(&w, "state", state == RECORD_FILE_FINE ? STR("fine") : STR("waits"));
    if (base.len > 0) {
        json_text_member(&w, "base", base);
    }
    json_end_object(&w);
    str text = arena_str(c->arena, buf_str(&out));
    buf_release(&out);
    return text;
}

bool web__find_file(feel_value v, str hash, uint32_t depth, str *ret_name)
{
    if (hash.len == STORE_HASH && str_eq(feel_text_member(v, "hash"), hash)) {
        *ret_name = feel_text_member(v, "name");
        return true;
    }
    bool found = false;
    for (uint32_t i = 0; depth < LIMIT_JSON_DEPTH && !found && (v.kind == FEEL_CONTEXT || v.kind == FEEL_LIST) &&
                         i < v.count; i++) {
        found = web__find_file(v.kind == FEEL_LIST ? v.items[i] : v.values[i], hash, depth + 1, ret_name);
    }
    return found;
}
