/* file: who has a file, what becomes of one that nobody has, and files that wait for the virus scanner. */
#include "record/file.h"

#include "base/limit.h"
#include "record/record_int.h"

#include <sodium.h>

/* ---- Who has a file ---- */

void record_file_keep(struct store_change *c, str hash, str owner)
{
    struct store_value row[] = { store_text(hash), store_text(owner) };
    store_put(c, STORE_TABLE_attached, row);
}

static void keep_within(struct store_change *c, feel_value v, str owner, uint32_t depth)
{
    str hash = feel_text_member(v, "hash");
    if (hash.len == STORE_HASH) {
        record_file_keep(c, hash, owner);
    }
    for (uint32_t i = 0; depth < LIMIT_JSON_DEPTH && (v.kind == FEEL_LIST || v.kind == FEEL_CONTEXT) && i < v.count;
         i++) {
        keep_within(c, v.kind == FEEL_LIST ? v.items[i] : v.values[i], owner, depth + 1);
    }
}

void record_files_keep(struct store_change *c, feel_value v, str owner)
{
    keep_within(c, v, owner, 0);
}

enum error_code record_file_sent(struct record *r, str hash, str owner, int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    struct store_value row[] = { store_text(hash), store_int(now), store_text(owner) };
    store_put(c, STORE_TABLE_sent, row);
    struct store_result result = store_commit(r->store, c, STORE_INTERACTIVE);
    enum error_code code = record__result(&result, err);
    arena_release(&a);
    return code;
}

/* ---- Whose it is no more ---- */

/* Whether the owner's key is there still; one who never had any gets it, so that "none" is "destroyed". */
static enum error_code is_alive(struct record *r, str owner, bool *ret, struct error *err)
{
    unsigned char key[STORE_KEY];
    struct error own = { .lang = err == NULL ? LANG_EN : err->lang };
    enum error_code code = owner.len == 0 ? OK : store_key(r->store, owner, true, key, &own);
    sodium_memzero(key, sizeof key);
    *ret = code == OK;
    if (code != OK && code != ERROR_MISSING && err != NULL) {
        *err = own;
    }
    return code == ERROR_MISSING ? OK : code;
}

/* Whether an owner is alive among these. */
static enum error_code is_any_alive(struct record *r, struct store_rows *owners, bool *ret_any, bool *ret_alive,
                                    struct error *err)
{
    enum error_code code = OK;
    *ret_any = *ret_alive = false;
    while (code == OK && !*ret_alive && store_next(owners)) {
        *ret_any = true;
        code = is_alive(r, store_column_text(owners, 0), ret_alive, err);
    }
    store_rows_end(owners);
    return code;
}

/* Whether somebody has the file: one for whom something that names it was written or, as long as nothing was, who sent
 * it in since. After that his sending tells nothing: what he sent may have become another's. */
static enum error_code is_had(struct record *r, struct store_view *v, str hash, int64_t since, bool *ret,
                              struct error *err)
{
    bool written, sent;
    struct store_value args[] = { store_text(hash), store_int(since) };
    enum error_code code = is_any_alive(r, store_query(v, "SELECT owner FROM attached WHERE hash = ?", args, 1),
                                        &written, ret, err);
    if (code != OK || written) {
        return code;
    }
    return is_any_alive(r, store_query(v, "SELECT owner FROM sent WHERE hash = ? AND at >= ?", args, 2), &sent, ret,
                        err);
}

static enum error_code erase_unless_had(struct record *r, str hash, int64_t since, struct error *err)
{
    struct store_view *v;
    bool had;
    enum error_code code = store_view(r->store, &v, err);
    if (code != OK) {
        return code;
    }
    code = is_had(r, v, hash, since, &had, err);
    code = code == OK ? store_view_error(v, err) : code;
    store_view_end(v);
    return code == OK && !had ? store_blob_erase(r->store, hash.ptr, err) : code;
}

struct file {
    str hash;
    int64_t at; /* when it was sent in */
};

/* What a query tells, to its end. */
static enum error_code read_files(struct record *r, const char *sql, const struct store_value *args, uint32_t arg_count,
                                  struct arena *a, struct file **ret, uint32_t *ret_count, struct error *err)
{
    struct store_view *v;
    uint32_t size = 0;
    enum error_code code = store_view(r->store, &v, err);
    *ret = NULL;
    *ret_count = 0;
    if (code != OK) {
        return code;
    }
    struct store_rows *rows = store_query(v, sql, args, arg_count);
    while (store_next(rows)) {
        if (*ret_count == size) {
            uint32_t wanted = size == 0 ? 64 : 2 * size;
            *ret = arena_grow(a, *ret, size * sizeof **ret, wanted * sizeof **ret);
            size = wanted;
        }
        (*ret)[(*ret_count)++] = (struct file){ arena_str(a, store_column_text(rows, 0)), store_column_int(rows, 1) };
    }
    store_rows_end(rows);
    code = store_view_error(v, err);
    store_view_end(v);
    return code;
}

enum error_code record_files_erase(struct record *r, str owner, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct file *files;
    uint32_t count;
    struct store_value args[] = { store_text(owner), store_text(owner) };
    enum error_code code = read_files(r, "SELECT hash, CAST(0 AS BIGINT) FROM attached WHERE owner = ? UNION "
                                         "SELECT hash, CAST(0 AS BIGINT) FROM sent WHERE owner = ?", args, 2, &a,
                                      &files, &count, err);
    for (uint32_t i = 0; i < count && code == OK; i++) {
        code = erase_unless_had(r, files[i].hash, 0, err);
    }
    arena_release(&a);
    return code;
}

enum error_code record_files_collect(struct record *r, int64_t now, struct error *err)
{
    enum { AT_A_TIME = 64 };
    struct arena a = ARENA_INIT;
    struct file *files;
    uint32_t count;
    int64_t since = now - LIMIT_RECORD_SENT_DAYS * INT64_C(86400000000);
    struct store_value args[] = { store_int(since), store_int(AT_A_TIME) };
    struct store_change *c = store_change(&a);
    enum error_code code = read_files(r, "SELECT hash, at FROM sent WHERE at < ? ORDER BY at LIMIT ?", args, 2, &a,
                                      &files, &count, err);
    for (uint32_t i = 0; i < count; i++) { /* one that cannot be erased keeps none behind it */
        struct store_value key[] = { store_text(files[i].hash), store_int(files[i].at) };
        enum error_code one = erase_unless_had(r, files[i].hash, since, err);
        if (one == OK) {
            store_delete(c, STORE_TABLE_sent, key, 0);
        }
        code = code == OK ? one : code;
    }
    if (store_change_rows(c) > 0) {
        struct store_result result = store_commit(r->store, c, STORE_BULK);
        code = code == OK ? record__result(&result, err) : code;
    }
    arena_release(&a);
    return code;
}

/* ---- The scanner ---- */

enum { AFTER = 3000000 }; /* a scanner that was silent a moment ago is not asked at once */

enum record_file record_file(struct store_view *v, str hash)
{
    struct store_value args[] = { store_text(hash) };
    struct store_rows *r = store_query(v, "SELECT refused FROM unscanned WHERE hash = ?", args, 1);
    enum record_file state = RECORD_FILE_FINE;
    if (store_next(r)) {
        state = store_column_int(r, 0) != 0 ? RECORD_FILE_REFUSED : RECORD_FILE_WAITS;
    }
    store_rows_end(r);
    return state;
}

static void put(struct store_change *c, str hash, int64_t now, bool refused)
{
    struct store_value row[] = { store_text(hash), store_int(now), store_int(refused) };
    store_put(c, STORE_TABLE_unscanned, row);
}

enum error_code record_file_wait(struct record *r, str hash, int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    int64_t id = store_id(r->store, err), later = now + AFTER;
    enum error_code code = ERROR_IO;
    if (id != 0) {
        struct store_change *c = store_change(&a);
        struct store_value item[] = { store_int(id), store_int(1), store_text(STR(RECORD_SCAN_QUEUE)), store_int(later),
                                      store_int(0), store_text(STR("")), store_int(0), store_int(0), store_int(0),
                                      store_text(hash) };
        store_insert(c, STORE_TABLE_queue, item);
        put(c, hash, now, false);
        struct store_result result = store_commit(r->store, c, STORE_INTERACTIVE);
        code = record__result(&result, err);
    }
    arena_release(&a);
    return code;
}

enum error_code record_file_scanned(struct record *r, const struct store_item *item, bool refused, int64_t now,
                                    struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    struct store_value key[] = { store_int(item->id) }, hash[] = { store_text(item->body) };
    store_delete(c, STORE_TABLE_queue, key, item->version);
    if (refused) {
        put(c, item->body, now, true);
    } else {
        store_delete(c, STORE_TABLE_unscanned, hash, 0);
    }
    struct store_result result = store_commit(r->store, c, STORE_INTERACTIVE);
    enum error_code code = record__result(&result, err);
    arena_release(&a);
    return code;
}
