/* file: which file somebody may have who asks for it by its hash: one that was sent in with answers of the dossier. The
 * history has all of them, also of a dossier that has ended. */
#include "work/work_int.h"

#include "base/limit.h"

static bool stands_in(feel_value v, str hash, uint32_t depth, str *ret_name)
{
    if (str_eq(feel_text_member(v, "hash"), hash)) {
        *ret_name = feel_text_member(v, "name");
        return true;
    }
    bool found = false;
    for (uint32_t i = 0; depth < LIMIT_JSON_DEPTH && !found && (v.kind == FEEL_CONTEXT || v.kind == FEEL_LIST) &&
                         i < v.count; i++) {
        found = stands_in(v.kind == FEEL_LIST ? v.items[i] : v.values[i], hash, depth + 1, ret_name);
    }
    return found;
}

/* Whether it stands in the answers of a row of the history; sealed ones are opened only where it does not otherwise. */
static bool is_in(struct work *w, struct store_view *v, struct arena *a, str detail, str hash, str *ret_name)
{
    feel_value whole, opened;
    struct error err = { .code = OK };
    if (feel_json_read(a, arena_str(a, detail), &whole, &err) != OK) {
        return false;
    }
    feel_value answers = feel_member(whole, "with");
    return stands_in(answers, hash, 0, ret_name) ||
           (work__unsealed(w, v, a, answers, &opened, &err) == OK && stands_in(opened, hash, 0, ret_name));
}

bool work_file(struct work *w, struct store_view *v, int64_t dossier, str hash, bool own, struct arena *a,
               str *ret_name)
{
    struct store_value args[] = { store_int(dossier) };
    struct store_rows *r = store_query(
        v,
        own ? "SELECT a.detail FROM audit a WHERE a.kind = 'dossier' AND a.object = ? AND (a.verb = 'start' OR (a.verb "
              "= 'complete' AND a.actor IN (SELECT person FROM account))) ORDER BY a.id DESC"
            : "SELECT detail FROM audit WHERE kind = 'dossier' AND object = ? AND verb IN ('start', 'complete') ORDER "
              "BY id DESC", args, 1);
    bool found = false;
    while (hash.len == STORE_HASH && !found && store_next(r)) {
        struct arena row = ARENA_INIT;
        str name;
        found = is_in(w, v, &row, store_column_text(r, 0), hash, &name);
        *ret_name = found ? arena_str(a, name) : STR("");
        arena_release(&row);
    }
    store_rows_end(r);
    return found;
}
