/* party: entering parties, and erasing what is personal about them. */
#include "record/party.h"

#include "base/limit.h"
#include "people/people.h"
#include "record/file.h"
#include "record/record_int.h"
#include "text/json_write.h"

#include <sodium.h>

/* ---- Entering ---- */

static enum error_code refuse_code(str code, const struct party_code *c, struct error *err)
{
    error_set(err, ERROR_INVALID, "\"%.*s\" is no unified social credit code", STR_ARG(code));
    if (c->fault == PARTY_CODE_LENGTH) {
        error_detail(err, "it has %zu characters instead of 18", code.len);
    } else if (c->fault == PARTY_CODE_LETTER) {
        error_detail(err, "character %u is not of its alphabet, which has no I, O, S, V, Z and no small letters",
                     c->place);
    } else {
        error_detail(err, "character %u belongs to the area and must be a digit", c->place);
    }
    error_hint(err, "copy it from the licence again");
    return ERROR_INVALID;
}

static enum error_code check_code(str code, feel_value values, struct error *err)
{
    struct party_code c = party_code_look(code);
    if (c.fault != PARTY_CODE_SOUND && c.fault != PARTY_CODE_CHECK) {
        return refuse_code(code, &c, err);
    }
    if ((c.fault == PARTY_CODE_SOUND && c.inner) || feel_text_member(values, "code reason").len > 0) {
        return OK;
    }
    error_set(err, ERROR_INVALID, "the check digit of \"%.*s\" does not fit", STR_ARG(code));
    if (c.fault == PARTY_CODE_CHECK) {
        error_detail(err, "the last character should be %c", c.expected);
    } else {
        error_detail(err, "the organisation code in it (characters 9 to 17) has a wrong check digit");
    }
    error_hint(err, "compare it with the licence; if it does stand there, say so in the field \"code reason\"");
    return ERROR_INVALID;
}

/* A name that tells nothing: 12 letters that are not mistaken for one another. */
static str random_handle(struct arena *a)
{
    static const char letters[] = "23456789abcdefghjkmnpqrstuvwxyz";
    char text[14] = "p";
    for (size_t i = 1; i < sizeof text - 1; i++) {
        text[i] = letters[randombytes_uniform(sizeof letters - 1)];
    }
    return arena_str(a, str_of(text));
}

static feel_value with_handle(struct arena *a, feel_value values, str handle)
{
    uint32_t count = values.kind == FEEL_CONTEXT ? values.count : 0;
    str *names = ARENA_ARRAY(a, str, count + 1);
    feel_value *all = ARENA_ARRAY(a, feel_value, count + 1);
    names[0] = STR("handle");
    all[0] = feel_string(handle);
    for (uint32_t i = 0; i < count; i++) {
        names[i + 1] = values.shape->names[i];
        all[i + 1] = values.values[i];
    }
    return feel_context(feel_shape_new(a, names, count + 1), all);
}

enum error_code party_finder(struct record *r, struct store_view *v, struct arena *a,
                             const struct scheme_ledger **ret_ledger, struct record_finder **ret, struct error *err)
{
    const struct scheme *core;
    enum error_code code = record_ledger(r, v, NULL, STR("core.parties"), &core, ret_ledger, NULL, err);
    return code == OK ? record_finder(v, a, core, *ret_ledger, STR("handle"), ret, err) : code;
}

enum error_code party_find(struct record_finder *f, str handle, struct record_row *ret, struct error *err)
{
    enum error_code code = record_find(f, handle, ret, err);
    return code == ERROR_MISSING ? error_set(err, ERROR_MISSING, "there is no party \"%.*s\"", STR_ARG(handle)) : code;
}

enum error_code party_read(struct record *r, struct store_view *v, struct arena *a, str handle, struct record_row *ret,
                           struct error *err)
{
    struct record_finder *f;
    const struct scheme_ledger *l;
    enum error_code code = party_finder(r, v, a, &l, &f, err);
    return code == OK ? party_find(f, handle, ret, err) : code;
}

enum error_code party_add(const struct record_plan *plan, feel_value values, str *ret_handle, struct error *err)
{
    const struct scheme *core;
    const struct scheme_ledger *ledger;
    int64_t row;
    str code_text = feel_text_member(values, "code");
    if (feel_member(values, "handle").kind != FEEL_NULL) {
        return error_set(err, ERROR_INVALID, "the handle of a party is not given, it is made");
    }
    enum error_code code = code_text.len > 0 ? check_code(code_text, values, err) : OK;
    code = code == OK ? record_ledger(plan->record, plan->view, NULL, STR("core.parties"), &core, &ledger, NULL, err)
                      : code;
    if (code != OK) {
        return code;
    }
    str handle = code_text.len > 0 ? arena_str(plan->arena, code_text) : random_handle(plan->arena);
    code = record_add(plan, core, ledger, with_handle(plan->arena, values, handle), &row, err);
    if (code == OK) {
        *ret_handle = handle;
    }
    return code;
}

/* ---- Erasing ---- */

static enum error_code note_erasure(const struct record_plan *plan, str handle, str reason, struct error *err)
{
    struct json_writer w;
    struct buf detail = BUF_INIT(LIMIT_PEOPLE_AUDIT_DETAIL);
    int64_t id = store_id(plan->record->store, err);
    json_writer_init(&w, &detail, false);
    json_begin_object(&w);
    json_text_member(&w, "party", handle);
    json_text_member(&w, "reason", reason);
    json_end_object(&w);
    struct store_value audit[] = { store_int(id), store_int(plan->now), store_int(plan->actor),
                                   store_text(STR("erase")), store_text(STR("party")), store_int(0),
                                   store_text(buf_str(&detail)), store_int(0) };
    if (id != 0) {
        store_insert(plan->change, STORE_TABLE_audit, audit);
    }
    bool whole = !detail.overflow;
    buf_release(&detail);
    return id == 0 ? ERROR_IO : whole ? OK : error_set(err, ERROR_LIMIT, "the reason is too long");
}

static enum error_code queue_erasure(const struct record_plan *plan, str owner, struct error *err)
{
    int64_t id = store_id(plan->record->store, err);
    struct store_value item[] = { store_int(id), store_int(1), store_text(STR("erase")), store_int(plan->now),
                                  store_int(0), store_text(STR("")), store_int(0), store_int(0), store_int(0),
                                  store_text(owner) };
    if (id != 0) {
        store_insert(plan->change, STORE_TABLE_queue, item);
    }
    return id == 0 ? ERROR_IO : OK;
}

enum error_code party_erase(const struct record_plan *plan, str handle, str reason, struct error *err)
{
    if (reason.len == 0) {
        return error_set(err, ERROR_INVALID, "erasing needs a reason");
    }
    struct record_row row;
    enum error_code code = party_read(plan->record, plan->view, plan->arena, handle, &row, err);
    code = code == OK ? note_erasure(plan, handle, reason, err) : code;
    return code == OK ? queue_erasure(plan, handle, err) : code;
}

enum error_code party_erase_person(const struct record_plan *plan, int64_t person, struct error *err)
{
    return queue_erasure(plan, arena_printf(plan->arena, "person:%lld", (long long)person), err);
}

/* Those whose keys go: the party, and the dossiers about it, which hold what strangers to the register have said of
 * themselves. */
static enum error_code read_owners(struct record *r, str handle, struct arena *a, const str **ret, uint32_t *ret_count,
                                   struct error *err)
{
    struct store_view *v;
    uint32_t count = 0, size = 16;
    enum error_code code = store_view(r->store, &v, err);
    if (code != OK) {
        return code;
    }
    str *owners = ARENA_ARRAY(a, str, size);
    owners[count++] = handle;
    struct store_value args[] = { store_text(handle) };
    struct store_rows *rows = store_query(v, "SELECT id FROM dossier WHERE subject = ? AND subject <> ''", args, 1);
    while (store_next(rows)) {
        if (count == size) {
            owners = arena_grow(a, owners, size * sizeof *owners, 2 * size * sizeof *owners);
            size *= 2;
        }
        owners[count++] = arena_printf(a, "dossier:%lld", (long long)store_column_int(rows, 0));
    }
    store_rows_end(rows);
    code = store_view_error(v, err);
    store_view_end(v);
    *ret = owners;
    *ret_count = count;
    return code;
}

/* All keys first: which files go depends on who still has one. Done twice it does no more than once. */
static enum error_code destroy(struct record *r, str handle, struct error *err)
{
    struct arena a = ARENA_INIT;
    const str *owners;
    uint32_t count = 0;
    enum error_code code = read_owners(r, handle, &a, &owners, &count, err);
    for (uint32_t i = 0; i < count && code == OK; i++) {
        code = store_key_destroy(r->store, owners[i], err);
    }
    for (uint32_t i = 0; i < count && code == OK; i++) {
        code = record_files_erase(r, owners[i], err);
    }
    arena_release(&a);
    return code;
}

/* The erasure that was asked for first; false: there is none. Nobody leases it: after a kill the next start has it at
 * once, and where two servers do it both, nothing is lost. */
static bool next_due(struct store_view *v, struct arena *a, int64_t *ret_id, int64_t *ret_version, str *ret_handle)
{
    struct store_rows *rows = store_query(v, "SELECT id, version, body FROM queue WHERE name = 'erase' "
                                             "ORDER BY id LIMIT 1", NULL, 0);
    bool there = store_next(rows);
    if (there) {
        *ret_id = store_column_int(rows, 0);
        *ret_version = store_column_int(rows, 1);
        *ret_handle = arena_str(a, store_column_text(rows, 2));
    }
    store_rows_end(rows);
    return there;
}

enum error_code record_erase_due(struct record *r, uint32_t *ret_erased, struct error *err)
{
    struct arena a = ARENA_INIT;
    bool there = true;
    enum error_code code = OK;
    *ret_erased = 0;
    while (there && code == OK) {
        struct store_view *v;
        int64_t id = 0, version = 0;
        str handle;
        if ((code = store_view(r->store, &v, err)) != OK) {
            break;
        }
        there = next_due(v, &a, &id, &version, &handle);
        code = store_view_error(v, err);
        store_view_end(v);
        if (there && code == OK && (code = destroy(r, handle, err)) == OK) {
            struct store_change *c = store_change(&a);
            struct store_value key[] = { store_int(id) };
            store_delete(c, STORE_TABLE_queue, key, version);
            struct store_result result = store_commit(r->store, c, STORE_INTERACTIVE);
            code = result.outcome == STORE_STALE ? OK : record__result(&result, err);
            *ret_erased += code == OK;
        }
    }
    arena_release(&a);
    return code;
}
