/* scheme: versions of schemes: stored by content, loaded once. */
#include "record/record_int.h"

#include "base/limit.h"
#include "text/json.h"

#include <stdlib.h>

/* A loaded scheme with its memory. */
struct record__scheme {
    struct record__scheme *next;
    struct arena arena;
    const struct scheme *scheme;
};

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


/* ---- Storing ---- */

int64_t record__last_deployment(struct store_view *v, str name, struct arena *a, str *ret_bundle)
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

static void add_files(struct store_change *c, const struct scheme *b, int64_t now)
{
    char hash[STORE_HASH + 1];
    struct buf list = BUF_INIT(LIMIT_JSON_BYTES);
    for (uint32_t i = 0; i < b->file_count; i++) {
        store_hash(b->files[i].bytes, hash);
        struct store_value model[] = { store_text(str_of(hash)), store_text(kind_of(b->files[i].name)),
                                       store_text(b->files[i].name), store_bytes(b->files[i].bytes) };
        store_put(c, STORE_TABLE_model, model);
    }
    scheme_write_list(b, &list);
    struct store_value bundle[] = { store_text(str_of(b->hash)), store_text(b->name), store_text(buf_str(&list)),
                                    store_int(now) };
    store_put(c, STORE_TABLE_bundle, bundle);
    buf_release(&list);
}

static void add_deployment(struct store_change *c, struct arena *a, const struct scheme *b, int64_t number,
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

enum error_code record_install(struct record *r, struct store_view *v, struct store_change *c, struct arena *a,
                               const struct scheme *s, int64_t actor, int64_t now, struct error *err)
{
    str before;
    int64_t id = store_id(r->store, err);
    if (id == 0) {
        return ERROR_IO;
    }
    add_files(c, s, now);
    record__note_indexes(v, c, a, s, now);
    const struct record_plan plan = { .record = r, .view = v, .change = c, .arena = a, .now = now };
    for (uint32_t i = 0; i < s->ledger_count; i++) {
        const struct scheme_ledger *l = &s->ledgers[i];
        if (record__due_look(&plan, l, record__ledger_name(a, s, l), 0, err) != OK) {
            return ERROR_IO;
        }
    }
    add_deployment(c, a, s, record__last_deployment(v, s->name, a, &before) + 1, id, actor, now);
    return store_view_error(v, err);
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

static enum error_code read_files(struct store_view *v, struct arena *a, str list, struct scheme_file **ret,
                                  uint32_t *ret_count, struct error *err)
{
    struct json json;
    enum error_code code = json_parse(a, list, &json, err);
    const struct json *files = code == OK && json.kind == JSON_OBJECT ? json_member(&json, STR("files")) : NULL;
    if (files == NULL || files->kind != JSON_OBJECT) {
        return code != OK ? code : error_set(err, ERROR_INVALID, "the stored list of a bundle cannot be read");
    }
    *ret = ARENA_ARRAY(a, struct scheme_file, files->count);
    *ret_count = files->count;
    for (uint32_t i = 0; i < files->count; i++) {
        (*ret)[i] = (struct scheme_file){ files->names[i], stored_file(v, a, files->items[i].text) };
        if ((*ret)[i].bytes.ptr == NULL) {
            return error_set(err, ERROR_MISSING, "the file \"%.*s\" of a bundle is not stored",
                             STR_ARG(files->names[i]));
        }
    }
    return OK;
}

static enum error_code load(struct store_view *v, struct arena *a, str hash, const struct scheme **ret,
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
    struct scheme_file *files = NULL;
    uint32_t count = 0;
    enum error_code code = read_files(v, a, list, &files, &count, err);
    if (code == OK) {
        code = scheme_load(a, name, files, count, ret, err);
    }
    if (code == OK && !str_eq(str_of((*ret)->hash), hash)) {
        code = error_set(err, ERROR_INVALID, "the stored files of bundle \"%.*s\" have changed", STR_ARG(hash));
        error_hint(err, "run gongshi doctor, and restore a backup");
    }
    return code;
}

enum error_code record_scheme(struct record *r, struct store_view *v, str hash, const struct scheme **ret,
                              struct error *err)
{
    enum error_code code = OK;
    pthread_mutex_lock(&r->scheme_lock);
    struct record__scheme *m = r->schemes;
    while (m != NULL && !str_eq(str_of(m->scheme->hash), hash)) {
        m = m->next;
    }
    if (m == NULL) {
        struct arena arena = ARENA_INIT;
        const struct scheme *scheme;
        code = load(v, &arena, hash, &scheme, err);
        if (code == OK) {
            m = ARENA_NEW(&arena, struct record__scheme);
            *m = (struct record__scheme){ r->schemes, arena, scheme };
            r->schemes = m;
        } else {
            arena_release(&arena);
        }
    }
    if (code == OK) {
        *ret = m->scheme;
    }
    pthread_mutex_unlock(&r->scheme_lock);
    return code;
}

enum error_code record_installed(struct record *r, struct store_view *v, str name, const struct scheme **ret,
                                 struct error *err)
{
    struct arena a = ARENA_INIT;
    str hash;
    enum error_code code = OK;
    if (record__last_deployment(v, name, &a, &hash) == 0) {
        code = store_view_error(v, err);
        if (code == OK) {
            code = error_set(err, ERROR_MISSING, "there is no scheme \"%.*s\"", STR_ARG(name));
            error_hint(err, "install it with gongshi scheme install FOLDER");
        }
    } else {
        code = record_scheme(r, v, hash, ret, err);
    }
    arena_release(&a);
    return code;
}

static bool is_in_force(const struct scheme *s, cal_date day)
{
    return s->from_ever || cal_days_from_date(s->from) <= cal_days_from_date(day);
}

/* The bundle that was installed before `number`, whose number becomes that of it; false: there is none. */
static bool one_before(struct store_view *v, str name, struct arena *a, int64_t *number, str *ret)
{
    struct store_value args[] = { store_text(name), store_int(*number) };
    struct store_rows *r = store_query(v, "SELECT number, bundle FROM deployed WHERE name = ? AND number < ? "
                                          "ORDER BY number DESC LIMIT 1", args, 2);
    bool there = store_next(r);
    if (there) {
        *number = store_column_int(r, 0);
        *ret = arena_str(a, store_column_text(r, 1));
    }
    store_rows_end(r);
    return there;
}

enum error_code record_in_force(struct record *r, struct store_view *v, str name, cal_date day,
                                const struct scheme **ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    const struct scheme *s = NULL;
    str bundle;
    int64_t number = INT64_MAX;
    enum error_code code = record_installed(r, v, name, &s, err);
    bool more = code == OK && !is_in_force(s, day);
    while (more && one_before(v, name, &a, &number, &bundle)) {
        code = record_scheme(r, v, bundle, &s, err);
        more = code == OK && !is_in_force(s, day);
    }
    if (more) {
        code = error_set(err, ERROR_MISSING, "no version of the scheme \"%.*s\" is in force on that day",
                         STR_ARG(name));
        error_hint(err, "scheme.json says with `from` since when a version is");
    }
    arena_release(&a);
    if (code == OK) {
        *ret = s;
    }
    return code;
}

uint32_t record_schemes(struct store_view *v, struct arena *a, str *ret, uint32_t max)
{
    uint32_t count = 0;
    struct store_rows *r = store_query(v, "SELECT DISTINCT name FROM deployed ORDER BY name", NULL, 0);
    while (count < max && store_next(r)) {
        ret[count++] = arena_str(a, store_column_text(r, 0));
    }
    store_rows_end(r);
    return count;
}

bool record_scheme_before(struct record *r, struct store_view *v, str name, const struct scheme **ret,
                          int64_t *ret_since)
{
    struct arena a = ARENA_INIT;
    str bundles[2];
    uint32_t count = 0;
    struct store_value args[] = { store_text(name) };
    struct store_rows *rows = store_query(v, "SELECT bundle, since FROM deployed WHERE name = ? ORDER BY number DESC "
                                             "LIMIT 2", args, 1);
    while (store_next(rows)) {
        *ret_since = count == 0 ? store_column_int(rows, 1) : *ret_since;
        bundles[count++] = arena_str(&a, store_column_text(rows, 0));
    }
    store_rows_end(rows);
    bool there = count == 2 && record_scheme(r, v, bundles[1], ret, NULL) == OK;
    arena_release(&a);
    return there;
}

void record__schemes_release(struct record *r)
{
    while (r->schemes != NULL) {
        struct record__scheme *m = r->schemes;
        struct arena arena = m->arena;
        r->schemes = m->next;
        arena_release(&arena);
    }
}
