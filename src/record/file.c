/* file: who has a file, and files that wait for the virus scanner. */
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

struct having {
    str hash, owner;
};

/* Each file of an owner with all who have it, by files. */
static enum error_code read_having(struct record *r, str owner, struct arena *a, struct having **ret,
                                   uint32_t *ret_count, struct error *err)
{
    struct store_view *v;
    uint32_t size = 0;
    enum error_code code = store_view(r->store, &v, err);
    *ret = NULL;
    *ret_count = 0;
    if (code != OK) {
        return code;
    }
    struct store_value args[] = { store_text(owner) };
    struct store_rows *rows = store_query(v, "SELECT hash, owner FROM attached WHERE hash IN "
                                             "(SELECT hash FROM attached WHERE owner = ?) ORDER BY hash", args, 1);
    while (store_next(rows)) {
        if (*ret_count == size) {
            uint32_t wanted = size == 0 ? 64 : 2 * size;
            *ret = arena_grow(a, *ret, size * sizeof **ret, wanted * sizeof **ret);
            size = wanted;
        }
        (*ret)[(*ret_count)++] = (struct having){ arena_str(a, store_column_text(rows, 0)),
                                                  arena_str(a, store_column_text(rows, 1)) };
    }
    store_rows_end(rows);
    code = store_view_error(v, err);
    store_view_end(v);
    return code;
}

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

enum error_code record_files_erase(struct record *r, str owner, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct having *all;
    uint32_t count;
    enum error_code code = read_having(r, owner, &a, &all, &count, err);
    for (uint32_t i = 0; i < count && code == OK;) {
        str hash = all[i].hash;
        bool kept = false;
        for (; i < count && code == OK && str_eq(all[i].hash, hash); i++) {
            code = kept ? OK : is_alive(r, all[i].owner, &kept, err);
        }
        code = code == OK && !kept ? store_blob_erase(r->store, hash.ptr, err) : code;
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
