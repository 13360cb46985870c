/* manifest: what a copy holds, as JSON beside it. See backup_int.h. */
#include "base/limit.h"
#include "store/backup_int.h"
#include "text/json.h"
#include "text/json_write.h"

enum { FORMAT = 1, MAX_BYTES = 1 << 20 };

/* ---- Writing ---- */

static void put_number(struct json_writer *w, const char *name, int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    json_key(w, str_of(name));
    json_raw(w, str_of(text));
}

static void put_text(struct json_writer *w, const char *name, const char *text)
{
    json_key(w, str_of(name));
    json_string(w, str_of(text));
}

static void put_file(struct json_writer *w, const char *name, uint64_t size, const char *hash)
{
    json_begin_object(w);
    put_text(w, "name", name);
    put_number(w, "size", (int64_t)size);
    put_text(w, "sha256", hash);
    json_end_object(w);
}

/* The rows of all tables that this program knows. */
static enum error_code put_tables(struct json_writer *w, const char *folder, struct store_manifest *m,
                                  struct error *err)
{
    char path[STORE_PATH];
    struct sqlite3 *db;
    store__path(path, "%s/gongshi.db", folder);
    enum error_code code = store__sqlite_peek(path, &db, err);
    if (code != OK) {
        return code;
    }
    json_key(w, STR("tables"));
    json_begin_object(w);
    for (uint32_t t = 0; t < STORE_TABLES && code == OK; t++) {
        int64_t rows = 0;
        code = store__sqlite_count(db, str_of(store_table(t)->name), &rows, err);
        put_number(w, store_table(t)->name, rows);
        m->rows += rows;
    }
    json_end_object(w);
    store__sqlite_unpeek(db);
    return code;
}

static enum error_code write_hash(const char *folder, str text, struct error *err)
{
    char path[STORE_PATH], hash[STORE_HASH + 1], line[STORE_HASH + 20];
    unsigned char digest[STORE_DIGEST];
    store__digest(digest, &text, 1);
    str_hex(digest, STORE_DIGEST, hash);
    snprintf(line, sizeof line, "%s  manifest.json\n", hash);
    store__path(path, "%s/manifest.json.sha256", folder);
    return store__write_file(path, str_of(line), err);
}

enum error_code store__manifest_write(const char *folder, struct store_manifest *m, struct error *err)
{
    struct buf text = BUF_INIT(MAX_BYTES);
    struct json_writer w;
    char path[STORE_PATH];
    m->rows = 0;
    json_writer_init(&w, &text, true);
    json_begin_object(&w);
    put_number(&w, "format", FORMAT);
    put_number(&w, "at", m->at);
    put_number(&w, "commit", m->commit);
    put_number(&w, "schema", m->schema);
    put_number(&w, "store", m->store);
    put_number(&w, "blobs", m->blobs);
    json_key(&w, STR("files"));
    json_begin_array(&w);
    put_file(&w, "gongshi.db", m->database_size, m->database);
    put_file(&w, "blobs.sha256", m->list_size, m->list);
    json_end_array(&w);
    enum error_code code = put_tables(&w, folder, m, err);
    json_end_object(&w);
    buf_addc(&text, '\n');
    /* The hash first: a manifest without one is never seen. */
    code = code == OK ? write_hash(folder, buf_str(&text), err) : code;
    store__path(path, "%s/manifest.json", folder);
    code = code == OK ? store__write_file(path, buf_str(&text), err) : code;
    buf_release(&text);
    return code == OK ? store__sync_folder(folder, err) : code;
}

/* ---- Reading ---- */

static bool get_number(const struct json *object, const char *name, int64_t *ret)
{
    const struct json *j = json_member(object, str_of(name));
    int64_t n = 0;
    if (j == NULL || j->kind != JSON_NUMBER || j->text.len > 18) {
        return false;
    }
    for (size_t i = 0; i < j->text.len; i++) {
        if (j->text.ptr[i] < '0' || j->text.ptr[i] > '9') {
            return false;
        }
        n = n * 10 + (j->text.ptr[i] - '0');
    }
    *ret = n;
    return true;
}

static bool get_hash(const struct json *object, char *ret)
{
    const struct json *j = json_member(object, STR("sha256"));
    if (j == NULL || j->kind != JSON_STRING || j->text.len != STORE_HASH) {
        return false;
    }
    memcpy(ret, j->text.ptr, STORE_HASH);
    ret[STORE_HASH] = '\0';
    return true;
}

static bool get_file(const struct json *files, uint32_t i, char *ret_hash, uint64_t *ret_size)
{
    int64_t size = 0;
    bool good = files != NULL && files->kind == JSON_ARRAY && i < files->count &&
                files->items[i].kind == JSON_OBJECT && get_number(&files->items[i], "size", &size) &&
                get_hash(&files->items[i], ret_hash);
    *ret_size = (uint64_t)size;
    return good;
}

static bool read_members(const struct json *j, struct store_manifest *m)
{
    int64_t format;
    const struct json *files = json_member(j, STR("files"));
    if (!get_number(j, "format", &format) || format != FORMAT || !get_number(j, "at", &m->at) ||
        !get_number(j, "commit", &m->commit) || !get_number(j, "schema", &m->schema) ||
        !get_number(j, "store", &m->store) || !get_number(j, "blobs", &m->blobs) ||
        !get_file(files, 0, m->database, &m->database_size) || !get_file(files, 1, m->list, &m->list_size)) {
        return false;
    }
    m->tables = json_member(j, STR("tables"));
    m->rows = 0;
    for (uint32_t i = 0; m->tables != NULL && m->tables->kind == JSON_OBJECT && i < m->tables->count; i++) {
        int64_t rows;
        char name[64];
        snprintf(name, sizeof name, "%.*s", STR_ARG(m->tables->names[i]));
        if (!get_number(m->tables, name, &rows)) {
            return false;
        }
        m->rows += rows;
    }
    return m->tables != NULL && m->tables->kind == JSON_OBJECT;
}

static enum error_code refuse(const char *path, struct error *err)
{
    enum error_code code = error_set(err, ERROR_INVALID, "the manifest of the copy is damaged");
    error_detail(err, "%s", path);
    return code;
}

/* Whether the file beside the manifest says what it must say, to the byte. */
static enum error_code prove_hash(struct arena *a, const char *folder, str text, struct error *err)
{
    char path[STORE_PATH], hash[STORE_HASH + 1];
    unsigned char digest[STORE_DIGEST];
    str line;
    store__path(path, "%s/manifest.json.sha256", folder);
    enum error_code code = store__read_file(a, path, MAX_BYTES, &line, err);
    if (code != OK) {
        return code == ERROR_MISSING ? refuse(path, err) : code;
    }
    store__digest(digest, &text, 1);
    str_hex(digest, STORE_DIGEST, hash);
    return str_eq(line, arena_printf(a, "%s  manifest.json\n", hash)) ? OK : refuse(path, err);
}

enum error_code store__manifest_read(struct arena *a, const char *folder, struct store_manifest *ret,
                                     struct error *err)
{
    char path[STORE_PATH];
    str text;
    struct json *j = ARENA_NEW(a, struct json);
    store__path(path, "%s/manifest.json", folder);
    enum error_code code = store__read_file(a, path, MAX_BYTES, &text, err);
    code = code == OK ? prove_hash(a, folder, text, err) : code;
    if (code != OK) {
        return code;
    }
    if (json_parse(a, text, j, NULL) != OK || j->kind != JSON_OBJECT || !read_members(j, ret)) {
        return refuse(path, err);
    }
    return OK;
}
