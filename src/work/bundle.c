/* bundle: versions of schemes: made from files, stored by content, loaded once. */
#include "work/work_int.h"

#include "base/limit.h"

#include <stdlib.h>

/* A loaded bundle with its memory. */
struct work__model {
    struct work__model *next;
    struct arena arena;
    const struct work_bundle *bundle;
};

static bool ends_with(str s, str tail)
{
    return s.len >= tail.len && str_eq(str_slice(s, s.len - tail.len, s.len), tail);
}

/* "bpmn", "dmn" …: the end of the name. */
static str kind_of(str name)
{
    for (size_t i = name.len; i > 0; i--) {
        if (name.ptr[i - 1] == '.') {
            return str_slice(name, i, name.len);
        }
    }
    return STR("");
}

/* ---- Making ---- */

static int by_name(const void *a, const void *b)
{
    return json_compare_names(((const struct work_file *)a)->name, ((const struct work_file *)b)->name);
}

/* The canonical list: {"files":{name:hash…},"format":…,"name":…}. */
static void write_list(const struct work_bundle *b, struct buf *out)
{
    struct json_writer w;
    char hash[STORE_HASH + 1];
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_key(&w, STR("files"));
    json_begin_object(&w);
    for (uint32_t i = 0; i < b->file_count; i++) {
        store_hash(b->files[i].bytes, hash);
        json_key(&w, b->files[i].name);
        json_string(&w, str_of(hash));
    }
    json_end_object(&w);
    json_text_member(&w, "format", STR("gongshi.bundle.1"));
    json_text_member(&w, "name", b->name);
    json_end_object(&w);
}

static enum error_code load_process(struct arena *a, struct work_bundle *b, const struct work_file *f,
                                    struct error *err)
{
    const struct bpmn_model *m;
    enum error_code code = bpmn_load(a, f->name, f->bytes, &m, err);
    for (uint32_t i = 0; code == OK && i < m->process_count; i++) {
        const struct bpmn_finding *problem = bpmn_problem(m, m->processes[i]);
        if (problem != NULL) {
            code = error_set(err, ERROR_INVALID, "the process \"%.*s\" cannot be run",
                             STR_ARG(m->elements[m->processes[i]].id));
            error_detail(err, "%.*s", STR_ARG(problem->text));
            error_at(err, f->name, problem->line, 0);
        }
    }
    if (code == OK) {
        b->processes[b->process_count++] = m;
    }
    return code;
}

static bool find_import(void *context, str namespace_uri, str location, struct dmn_source *ret)
{
    const struct work_bundle *b = context;
    struct arena scratch = ARENA_INIT;
    bool found = false;
    (void)location;
    for (uint32_t i = 0; i < b->file_count && !found; i++) {
        struct dmn_source source = { b->files[i].name, b->files[i].bytes };
        str uri;
        if (ends_with(source.name, STR(".dmn")) && dmn_namespace(&scratch, source, &uri) &&
            str_eq(uri, namespace_uri)) {
            *ret = source;
            found = true;
        }
    }
    arena_release(&scratch);
    return found;
}

static enum error_code load_files(struct arena *a, struct work_bundle *b, struct error *err)
{
    enum error_code code = OK;
    for (uint32_t i = 0; i < b->file_count && code == OK; i++) {
        const struct work_file *f = &b->files[i];
        if (ends_with(f->name, STR(".bpmn"))) {
            code = load_process(a, b, f, err);
        } else if (ends_with(f->name, STR(".dmn"))) {
            code = dmn_load(a, (struct dmn_source){ f->name, f->bytes }, find_import, b,
                            &b->decisions[b->decision_count], err);
            b->decision_count += code == OK;
        } else if (str_eq(f->name, STR("scheme.json"))) {
            code = feel_json_read(a, f->bytes, &b->manifest, err);
            if (code != OK) {
                error_at(err, f->name, err->where.line, err->where.column);
            }
        }
    }
    return code;
}

static enum error_code check_size(const struct work_file *files, uint32_t count, struct error *err)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        bytes += files[i].bytes.len;
    }
    if (count > LIMIT_WORK_BUNDLE_FILES || bytes > LIMIT_WORK_BUNDLE_BYTES) {
        error_set(err, ERROR_LIMIT, "the package is too large");
        bool files_many = count > LIMIT_WORK_BUNDLE_FILES;
        error_detail(err, "limit %s = %d", files_many ? "WORK_BUNDLE_FILES" : "WORK_BUNDLE_BYTES",
                     files_many ? LIMIT_WORK_BUNDLE_FILES : LIMIT_WORK_BUNDLE_BYTES);
        return ERROR_LIMIT;
    }
    return OK;
}

enum error_code work_bundle_make(struct arena *a, str name, const struct work_file *files, uint32_t count,
                                 const struct work_bundle **ret, struct error *err)
{
    enum error_code code = check_size(files, count, err);
    if (code != OK) {
        return code;
    }
    struct work_bundle *b = ARENA_NEW(a, struct work_bundle);
    struct work_file *own = ARENA_ARRAY(a, struct work_file, count);
    b->processes = ARENA_ARRAY(a, const struct bpmn_model *, count);
    b->decisions = ARENA_ARRAY(a, const struct dmn_model *, count);
    for (uint32_t i = 0; i < count; i++) {
        own[i] = (struct work_file){ arena_str(a, files[i].name), arena_str(a, files[i].bytes) };
    }
    if (count > 0) {
        qsort(own, count, sizeof *own, by_name);
    }
    for (uint32_t i = 1; i < count; i++) {
        if (str_eq(own[i - 1].name, own[i].name)) {
            return error_set(err, ERROR_INVALID, "the package has the file \"%.*s\" twice", STR_ARG(own[i].name));
        }
    }
    b->files = own;
    b->file_count = count;
    if ((code = load_files(a, b, err)) != OK) {
        return code;
    }
    str named = feel_text_member(b->manifest, "scheme");
    b->name = arena_str(a, named.len > 0 ? named : name);
    if (b->process_count == 0) {
        error_set(err, ERROR_INVALID, "the package \"%.*s\" has no process", STR_ARG(b->name));
        error_hint(err, "put at least one file of kind .bpmn into its folder process");
        return ERROR_INVALID;
    }
    struct buf list = BUF_INIT(LIMIT_JSON_BYTES);
    char hash[STORE_HASH + 1];
    write_list(b, &list);
    store_hash(buf_str(&list), hash);
    b->hash = arena_str(a, str_of(hash)).ptr;
    code = work__whole(&list, err);
    buf_release(&list);
    if (code != OK) {
        return code;
    }
    *ret = b;
    return OK;
}

/* ---- Storing ---- */

/* Numbers of deployments rise; 0: there is none. */
static int64_t last_deployment(struct store_view *v, str name, struct arena *a, str *ret_bundle)
{
    struct store_value args[] = { store_text(name) };
    struct store_rows *r = store_query(v, "SELECT number, bundle FROM deployed WHERE name = ? ORDER BY number DESC "
                                          "LIMIT 1", args, 1);
    int64_t number = 0;
    if (store_next(r)) {
        number = store_column_int(r, 0);
        *ret_bundle = arena_str(a, store_column_text(r, 1));
    }
    store_rows_end(r);
    return number;
}

static void add_files(struct store_change *c, const struct work_bundle *b, int64_t now)
{
    char hash[STORE_HASH + 1];
    struct buf list = BUF_INIT(LIMIT_JSON_BYTES);
    for (uint32_t i = 0; i < b->file_count; i++) {
        store_hash(b->files[i].bytes, hash);
        struct store_value model[] = { store_text(str_of(hash)), store_text(kind_of(b->files[i].name)),
                                       store_text(b->files[i].name), store_bytes(b->files[i].bytes) };
        store_put(c, STORE_TABLE_model, model);
    }
    write_list(b, &list);
    struct store_value bundle[] = { store_text(str_of(b->hash)), store_text(b->name), store_text(buf_str(&list)),
                                    store_int(now) };
    store_put(c, STORE_TABLE_bundle, bundle);
    buf_release(&list);
}

static void add_deployment(struct store_change *c, struct arena *a, const struct work_bundle *b, int64_t number,
                           int64_t id, int64_t actor, int64_t now)
{
    struct store_value row[] = { store_text(b->name), store_int(number), store_text(str_of(b->hash)), store_int(now),
                                 store_int(actor) };
    store_insert(c, STORE_TABLE_deployed, row);
    str detail = arena_printf(a, "{\"bundle\":\"%s\",\"number\":%lld}", b->hash, (long long)number);
    struct store_value audit[] = { store_int(id), store_int(now), store_int(actor), store_text(STR("deploy")),
                                   store_text(STR("scheme")), store_int(number), store_text(detail), store_int(0) };
    store_insert(c, STORE_TABLE_audit, audit);
}

static enum error_code deploy_once(struct work *w, const struct work_bundle *b, int64_t actor, enum store_outcome *ret,
                                   struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct store_change *c = store_change(&a);
    int64_t now = work__now(w), id = store_id(w->store, err);
    enum error_code code = id == 0 ? ERROR_IO : store_view(w->store, &v, err);
    if (code == OK) {
        str before;
        int64_t number = last_deployment(v, b->name, &a, &before) + 1;
        add_files(c, b, now);
        add_deployment(c, &a, b, number, id, actor, now);
        code = work__schedule_bundle(w, v, c, b, now, err);
        code = code == OK ? store_view_error(v, err) : code;
        store_view_end(v);
    }
    if (code == OK) {
        struct store_result result = store_commit(w->store, c, STORE_INTERACTIVE);
        *ret = result.outcome;
        if (result.outcome != STORE_DONE && err != NULL) {
            enum lang lang = err->lang;
            *err = result.error;
            err->lang = lang;
        }
    }
    arena_release(&a);
    return code;
}

enum error_code work_deploy(struct work *w, const struct work_bundle *bundle, int64_t actor, struct error *err)
{
    enum store_outcome outcome = STORE_EXISTS;
    enum error_code code = OK;
    for (int i = 0; i < 5 && code == OK && outcome == STORE_EXISTS; i++) {
        code = deploy_once(w, bundle, actor, &outcome, err);
    }
    if (code == OK && outcome != STORE_DONE) {
        return err != NULL && err->code != OK ? err->code : error_set(err, ERROR_IO, "could not store the package");
    }
    return code;
}

/* ---- Loading ---- */

static str stored_file(struct store_view *v, struct arena *a, str hash)
{
    struct store_value args[] = { store_text(hash) };
    struct store_rows *r = store_query(v, "SELECT bytes FROM model WHERE hash = ?", args, 1);
    str bytes = { NULL, 0 };
    if (store_next(r)) {
        bytes = arena_str(a, store_column_text(r, 0));
    }
    store_rows_end(r);
    return bytes;
}

static enum error_code read_files(struct store_view *v, struct arena *a, str list, struct work_file **ret,
                                  uint32_t *ret_count, struct error *err)
{
    struct json json;
    enum error_code code = json_parse(a, list, &json, err);
    const struct json *files = code == OK && json.kind == JSON_OBJECT ? json_member(&json, STR("files")) : NULL;
    if (files == NULL || files->kind != JSON_OBJECT) {
        return code != OK ? code : error_set(err, ERROR_INVALID, "the stored list of a bundle cannot be read");
    }
    *ret = ARENA_ARRAY(a, struct work_file, files->count);
    *ret_count = files->count;
    for (uint32_t i = 0; i < files->count; i++) {
        (*ret)[i] = (struct work_file){ files->names[i], stored_file(v, a, files->items[i].text) };
        if ((*ret)[i].bytes.ptr == NULL) {
            return error_set(err, ERROR_MISSING, "the file \"%.*s\" of a bundle is not stored",
                             STR_ARG(files->names[i]));
        }
    }
    return OK;
}

static enum error_code load(struct store_view *v, struct arena *a, str hash, const struct work_bundle **ret,
                            struct error *err)
{
    struct store_value args[] = { store_text(hash) };
    struct store_rows *r = store_query(v, "SELECT name, manifest FROM bundle WHERE hash = ?", args, 1);
    bool there = store_next(r);
    str name = arena_str(a, there ? store_column_text(r, 0) : STR(""));
    str list = arena_str(a, there ? store_column_text(r, 1) : STR(""));
    store_rows_end(r);
    if (!there) {
        return error_set(err, ERROR_MISSING, "there is no bundle \"%.*s\"", STR_ARG(hash));
    }
    struct work_file *files = NULL;
    uint32_t count = 0;
    enum error_code code = read_files(v, a, list, &files, &count, err);
    if (code == OK) {
        code = work_bundle_make(a, name, files, count, ret, err);
    }
    if (code == OK && !str_eq(str_of((*ret)->hash), hash)) {
        code = error_set(err, ERROR_INVALID, "the stored files of bundle \"%.*s\" have changed", STR_ARG(hash));
        error_hint(err, "run gongshi doctor, and restore a backup");
    }
    return code;
}

enum error_code work_bundle(struct work *w, struct store_view *v, str hash, const struct work_bundle **ret,
                            struct error *err)
{
    enum error_code code = OK;
    pthread_mutex_lock(&w->bundle_lock);
    struct work__model *m = w->bundles;
    while (m != NULL && !str_eq(str_of(m->bundle->hash), hash)) {
        m = m->next;
    }
    if (m == NULL) {
        struct arena arena = ARENA_INIT;
        const struct work_bundle *bundle;
        code = load(v, &arena, hash, &bundle, err);
        if (code == OK) {
            m = ARENA_NEW(&arena, struct work__model);
            *m = (struct work__model){ w->bundles, arena, bundle };
            w->bundles = m;
        } else {
            arena_release(&arena);
        }
    }
    if (code == OK) {
        *ret = m->bundle;
    }
    pthread_mutex_unlock(&w->bundle_lock);
    return code;
}

enum error_code work_deployed(struct work *w, struct store_view *v, str scheme, const struct work_bundle **ret,
                              struct error *err)
{
    struct arena a = ARENA_INIT;
    str hash;
    enum error_code code = OK;
    if (last_deployment(v, scheme, &a, &hash) == 0) {
        code = store_view_error(v, err);
        if (code == OK) {
            code = error_set(err, ERROR_MISSING, "there is no scheme \"%.*s\"", STR_ARG(scheme));
            error_hint(err, "install it with gongshi scheme install FOLDER");
        }
    } else {
        code = work_bundle(w, v, hash, ret, err);
    }
    arena_release(&a);
    return code;
}

void work__bundles_release(struct work *w)
{
    while (w->bundles != NULL) {
        struct work__model *m = w->bundles;
        struct arena arena = m->arena;
        w->bundles = m->next;
        arena_release(&arena);
    }
}
