/* chain: audit rows held fast in batches, each with the hash of the one before (docs/audit.md).
 *
 * A batch keeps the id and the hash of each of its rows, so that a changed row is found by its number and not only its
 * batch. In the column `ids`, a row takes 40 bytes: the id in 8, highest first, and its SHA-256 in 32.
 */
#include "people/people_int.h"

#include "text/json_write.h"

#include <sodium.h>

enum { DIGEST = STORE_HASH / 2, ENTRY = 8 + DIGEST };

enum {
    VIEW_BATCHES = 16,  /* verified over one view, which lives 2 s at most */
    VIEW_ROWS = 1000,
    ROW_BYTES = 8 * LIMIT_PEOPLE_AUDIT_DETAIL, /* an escaped detail is at most six times as long */
};

#define ROW_COLUMNS "id, at, actor, verb, kind, object, detail, batch"

struct batch {
    int64_t number, at, count;
    str before, hash, ids;
};

/* ---- Bytes ---- */

static int64_t id_at(str ids, size_t place)
{
    uint64_t id = 0;
    for (size_t i = 0; i < 8; i++) {
        id = id << 8 | (unsigned char)ids.ptr[place * ENTRY + i];
    }
    return (int64_t)id;
}

static str digest_at(str ids, size_t place)
{
    return (str){ ids.ptr + place * ENTRY + 8, DIGEST };
}

/* The hash of the row that the query stands at. */
static void row_hash(struct store_rows *r, struct buf *scratch, char ret[STORE_HASH + 1])
{
    buf_clear(scratch);
    people_audit_bytes(store_column_int(r, 0), store_column_int(r, 1), store_column_int(r, 2),
                       store_column_text(r, 3), store_column_text(r, 4), store_column_int(r, 5),
                       store_column_text(r, 6), scratch);
    store_hash(buf_str(scratch), ret);
}

static void add_entry(struct buf *ids, int64_t id, const char hash[STORE_HASH + 1])
{
    unsigned char entry[ENTRY];
    for (size_t i = 0; i < 8; i++) {
        entry[i] = (unsigned char)((uint64_t)id >> (56 - 8 * i));
    }
    sodium_hex2bin(entry + 8, DIGEST, hash, STORE_HASH, NULL, NULL, NULL);
    buf_add(ids, (str){ (const char *)entry, ENTRY });
}

static void batch_hash(const struct batch *b, char ret[STORE_HASH + 1])
{
    struct buf out = BUF_INIT(256 + b->ids.len / ENTRY * 128);
    buf_printf(&out, "{\"at\":\"%lld\",\"before\":", (long long)b->at);
    json_quote(b->before, &out);
    buf_printf(&out, ",\"count\":\"%lld\",\"number\":\"%lld\",\"rows\":[", (long long)b->count, (long long)b->number);
    for (size_t i = 0; i < b->ids.len / ENTRY; i++) {
        char hash[STORE_HASH + 1];
        sodium_bin2hex(hash, sizeof hash, (const unsigned char *)digest_at(b->ids, i).ptr, DIGEST);
        buf_printf(&out, "%s{\"hash\":\"%s\",\"id\":\"%lld\"}", i == 0 ? "" : ",", hash,
                   (long long)id_at(b->ids, i));
    }
    buf_addz(&out, "]}");
    store_hash(buf_str(&out), ret);
    buf_release(&out);
}

/* ---- Chaining ---- */

enum error_code people_chain_head(struct store_view *view, struct people_head *ret, struct error *err)
{
    struct people_head head = { 0 };
    struct store_rows *r =
        store_query(view, "SELECT number, hash FROM audit_batch ORDER BY number DESC LIMIT 1", NULL, 0);
    if (store_next(r)) {
        str hash = store_column_text(r, 1);
        head.number = store_column_int(r, 0);
        memcpy(head.hash, hash.ptr, hash.len < STORE_HASH ? hash.len : STORE_HASH);
    }
    store_rows_end(r);
    enum error_code code = store_view_error(view, err);
    if (code == OK) {
        *ret = head;
    }
    return code;
}

/* Puts the rows that are in no batch into this one; returns how many. */
static uint32_t gather(const struct people_plan *plan, int64_t number, struct buf *ids)
{
    struct buf scratch = BUF_INIT(ROW_BYTES);
    struct store_value keep = store_keep();
    struct store_rows *r =
        store_query(plan->view, "SELECT " ROW_COLUMNS " FROM audit WHERE batch = 0 ORDER BY id", NULL, 0);
    uint32_t count = 0;
    while (count < LIMIT_PEOPLE_AUDIT_BATCH && store_next(r)) {
        char hash[STORE_HASH + 1];
        row_hash(r, &scratch, hash);
        int64_t id = store_column_int(r, 0);
        add_entry(ids, id, hash);
        store_update(plan->change, STORE_TABLE_audit,
                     (struct store_value[]){ store_int(id), keep, keep, keep, keep, keep, keep, store_int(number) });
        count++;
    }
    store_rows_end(r);
    buf_release(&scratch);
    return count;
}

static enum error_code plan_batch(const struct people_plan *plan, uint32_t *ret_count, struct error *err)
{
    struct people_head head;
    enum error_code code = people_chain_head(plan->view, &head, err);
    if (code != OK) {
        return code;
    }
    struct buf ids = BUF_INIT(LIMIT_PEOPLE_AUDIT_BATCH * ENTRY);
    uint32_t count = gather(plan, head.number + 1, &ids);
    if (count > 0) {
        struct batch b = { head.number + 1, plan->now, count, str_of(head.hash), { 0 }, buf_str(&ids) };
        char hash[STORE_HASH + 1];
        batch_hash(&b, hash);
        store_insert(plan->change, STORE_TABLE_audit_batch,
                     (struct store_value[]){ store_int(b.number), store_int(b.at), store_int(b.count),
                                             store_text(b.before), store_text(str_of(hash)), store_bytes(b.ids) });
    }
    buf_release(&ids);
    *ret_count = count;
    return OK;
}

enum error_code people_chain(struct people *p, int64_t now, uint32_t *ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct people_plan plan;
    uint32_t count = 0;
    enum error_code code = people_begin(p, &a, 0, now, &plan, err);
    if (code == OK) {
        code = plan_batch(&plan, &count, err);
        code = people_finish(&plan, code, NULL, err);
    }
    arena_release(&a);
    if (code == OK) {
        *ret = count;
    }
    return code;
}

/* ---- Verifying ---- */

struct walk {
    struct people *people;
    const struct people_head *known;
    struct people_chain_verdict verdict;
    struct arena arena;  /* of the current batch */
    struct buf scratch;
};

static const char *const faults[PEOPLE_FAULTS] = {
#define FAULT(name, sentence) [PEOPLE_##name] = (sentence),
#include "people/fault.def"
#undef FAULT
};

static bool fault(struct walk *w, enum people_fault what, int64_t batch, int64_t row)
{
    w->verdict.fault = what;
    w->verdict.batch = batch;
    w->verdict.row = row;
    return false;
}

/* The first batch from this number on; false: there is none. */
static bool read_batch(struct store_view *view, int64_t number, struct arena *a, struct batch *ret)
{
    struct store_rows *r = store_query(view,
                                       "SELECT number, at, count, before, hash, ids FROM audit_batch WHERE number >= ? "
                                       "ORDER BY number LIMIT 1",
                                       PEOPLE__ARGS(store_int(number)));
    bool found = store_next(r);
    if (found) {
        *ret = (struct batch){ store_column_int(r, 0), store_column_int(r, 1),  store_column_int(r, 2),
                               people__text(a, r, 3),  people__text(a, r, 4), people__text(a, r, 5) };
    }
    store_rows_end(r);
    return found;
}

static bool is_list(str ids)
{
    bool good = ids.len % ENTRY == 0;
    for (size_t i = 1; good && i < ids.len / ENTRY; i++) {
        good = id_at(ids, i - 1) < id_at(ids, i);
    }
    return good;
}

/* What a batch says of itself. */
static bool check_batch(struct walk *w, const struct batch *b)
{
    int64_t expected = w->verdict.head.number + 1;
    char hash[STORE_HASH + 1];
    if (b->number != expected) {
        return fault(w, PEOPLE_BATCH_MISSING, expected, 0);
    }
    if (!is_list(b->ids)) {
        return fault(w, PEOPLE_BATCH_BROKEN, b->number, 0);
    }
    if ((uint64_t)b->count != b->ids.len / ENTRY) {
        return fault(w, PEOPLE_BATCH_COUNT, b->number, 0);
    }
    if (!str_eq(b->before, str_of(w->verdict.head.hash))) {
        return fault(w, PEOPLE_BATCH_BEFORE, b->number, 0);
    }
    batch_hash(b, hash);
    if (!str_eq(b->hash, str_of(hash))) {
        return fault(w, PEOPLE_BATCH_HASH, b->number, 0);
    }
    if (w->known != NULL && w->known->number == b->number && strcmp(w->known->hash, hash) != 0) {
        return fault(w, PEOPLE_HEAD_OTHER, b->number, 0);
    }
    return true;
}

static bool check_row(struct walk *w, struct store_view *view, const struct batch *b, size_t place)
{
    int64_t id = id_at(b->ids, place);
    char hash[STORE_HASH + 1], expected[STORE_HASH + 1];
    int64_t batch = 0;
    struct store_rows *r =
        store_query(view, "SELECT " ROW_COLUMNS " FROM audit WHERE id = ?", PEOPLE__ARGS(store_int(id)));
    bool found = store_next(r);
    if (found) {
        row_hash(r, &w->scratch, hash);
        batch = store_column_int(r, 7);
    }
    store_rows_end(r);
    if (!found) {
        return store_view_error(view, NULL) == OK ? fault(w, PEOPLE_ROW_MISSING, b->number, id) : false;
    }
    sodium_bin2hex(expected, sizeof expected, (const unsigned char *)digest_at(b->ids, place).ptr, DIGEST);
    if (strcmp(hash, expected) != 0) {
        return fault(w, PEOPLE_ROW_CHANGED, b->number, id);
    }
    return batch == b->number || fault(w, PEOPLE_ROW_MOVED, b->number, id);
}

/* False at the end of the chain, at a fault and when the view failed. */
static bool walk_batch(struct walk *w, struct store_view *view)
{
    struct batch b;
    arena_clear(&w->arena);
    if (!read_batch(view, w->verdict.head.number + 1, &w->arena, &b)) {
        return false;
    }
    if (!check_batch(w, &b)) {
        return false;
    }
    for (size_t i = 0; i < (size_t)b.count; i++) {
        if (!check_row(w, view, &b, i)) {
            return false;
        }
    }
    w->verdict.batches++;
    w->verdict.rows += b.count;
    w->verdict.head.number = b.number;
    memcpy(w->verdict.head.hash, b.hash.ptr, STORE_HASH);
    return true;
}

/* ---- Rows that claim to be in the chain ---- */

static bool has_entry(str ids, int64_t id)
{
    size_t low = 0, high = ids.len / ENTRY;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (id_at(ids, middle) < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < ids.len / ENTRY && id_at(ids, low) == id;
}

/* The rows from `*from` on; moves it. The batch at hand is kept, because neighbours mostly stand in the same. */
static bool walk_rows(struct walk *w, struct store_view *view, int64_t *from)
{
    struct batch b = { 0 };
    struct store_rows *r =
        store_query(view, "SELECT id, batch FROM audit WHERE id > ? ORDER BY id", PEOPLE__ARGS(store_int(*from)));
    uint32_t count = 0;
    bool good = true;
    arena_clear(&w->arena);
    while (good && count < VIEW_ROWS && store_next(r)) {
        int64_t id = store_column_int(r, 0), batch = store_column_int(r, 1);
        if (batch != 0 && batch != b.number) {
            arena_clear(&w->arena);
            good = read_batch(view, batch, &w->arena, &b) && b.number == batch;
        }
        if (batch != 0 && (!good || !has_entry(b.ids, id))) {
            good = store_view_error(view, NULL) == OK ? fault(w, PEOPLE_ROW_ADDED, batch, id) : false;
        }
        *from = id;
        count++;
    }
    store_rows_end(r);
    return good && count == VIEW_ROWS;
}

static enum error_code walk_all(struct walk *w, bool rows, struct error *err)
{
    int64_t from = INT64_MIN;
    for (bool more = true; more && w->verdict.fault == PEOPLE_SOUND;) {
        struct store_view *view;
        enum error_code code = store_view(w->people->store, &view, err);
        if (code != OK) {
            return code;
        }
        for (int i = 0; more && i < VIEW_BATCHES; i++) {
            more = rows ? walk_rows(w, view, &from) : walk_batch(w, view);
        }
        code = store_view_error(view, err);
        store_view_end(view);
        if (code != OK) {
            return code;
        }
    }
    return OK;
}

static void say(const struct people_chain_verdict *v, struct error *err)
{
    error_set(err, ERROR_INVALID, "the audit chain has been changed");
    error_detail(err, "%s (batch %lld, row %lld)", lang_text(err != NULL ? err->lang : LANG_EN, faults[v->fault]),
                 (long long)v->batch, (long long)v->row);
}

enum error_code people_chain_verify(struct people *p, const struct people_head *known,
                                    struct people_chain_verdict *ret, struct error *err)
{
    struct walk w = { .people = p, .known = known, .arena = ARENA_INIT, .scratch = BUF_INIT(ROW_BYTES) };
    enum error_code code = walk_all(&w, false, err);
    if (code == OK && w.verdict.fault == PEOPLE_SOUND && known != NULL && known->number > w.verdict.head.number) {
        fault(&w, PEOPLE_HEAD_OTHER, known->number, 0);
    }
    if (code == OK) {
        code = walk_all(&w, true, err);
    }
    if (code == OK) {
        if (w.verdict.fault != PEOPLE_SOUND) {
            say(&w.verdict, err);
        }
        *ret = w.verdict;
    }
    arena_release(&w.arena);
    buf_release(&w.scratch);
    return code;
}
