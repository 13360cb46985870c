/* file: files that wait for the virus scanner. */
#include "record/file.h"

#include "record/record_int.h"

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
