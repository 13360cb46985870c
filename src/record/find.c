/* find: rows by the text of a field, many of them one after the other: what a page asks for each of its lines. */
#include "record/query_int.h"

#include "base/limit.h"

struct record_finder {
    struct store_view *view;
    struct arena *arena;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;
    str field, name;               /* of the field; of its index */
    uint32_t at;                   /* the place of the field */
    const struct feel_shape *shape;
    bool direct;                   /* the index alone knows */
    const struct record_filter *filter;
};

/* While an import moves among the other rows, or the index is being made, it takes more than the index to know. */
static bool is_direct(struct record_finder *f, str ledger)
{
    const struct record__batch *batches;
    return record__is_indexed(f->ledger, f->at) &&
           record__kept(f->view, f->arena, f->ledger, ledger)->whole[f->at] &&
           record__batches(f->view, f->arena, ledger, &batches) == 0;
}

static feel_value context_of(struct arena *a, str text)
{
    static const str names[] = { { "text", 4 } };
    feel_value *value = ARENA_ARRAY(a, feel_value, 1);
    *value = feel_string(text);
    return feel_context(feel_shape_new(a, names, 1), value);
}

enum error_code record_finder(struct store_view *v, struct arena *a, const struct scheme *s,
                              const struct scheme_ledger *l, str field, struct record_finder **ret, struct error *err)
{
    struct record_finder *f = ARENA_NEW(a, struct record_finder);
    int32_t at = scheme_field(l, field);
    if (at < 0) {
        return error_set(err, ERROR_INVALID, "the ledger \"%.*s\" has no field \"%.*s\"", STR_ARG(l->name),
                         STR_ARG(field));
    }
    str ledger = record__ledger_name(a, s, l);
    *f = (struct record_finder){ .view = v, .arena = a, .scheme = s, .ledger = l, .field = l->fields[at].name,
                                 .name = record__index_name(a, ledger, ".", field), .at = (uint32_t)at,
                                 .shape = record__shape(a, l) };
    f->direct = is_direct(f, ledger);
    enum error_code code = OK;
    if (!f->direct) {
        code = record_filter(a, l, arena_printf(a, "%.*s = this.text", STR_ARG(field)),
                             feel_type_of(a, context_of(a, STR(""))), &f->filter, err);
    }
    if (code == OK) {
        *ret = f;
    }
    return code;
}

static enum error_code ask(struct record_finder *f, str text, struct record_row *ret, struct error *err)
{
    struct feel_environment env = { .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    struct record_answer answer = { .count = 0 };
    struct record_query q = { .scheme = f->scheme, .ledger = f->ledger, .filter = f->filter,
                              .self = context_of(f->arena, text), .known_at = INT64_MAX, .flags = RECORD_ALL_TIMES,
                              .max = 1 };
    enum error_code code = record_query(f->view, ev, &q, f->arena, &answer, err);
    feel_eval_free(ev);
    if (code == OK && answer.count > 0) {
        *ret = answer.rows[0];
    }
    return code == OK && answer.count == 0 ? ERROR_MISSING : code;
}

/* Keys of long texts are cut: so the text itself is compared. */
static enum error_code look(struct record_finder *f, str text, struct record_row *ret, struct error *err)
{
    str key;
    record__index_key(f->arena, feel_string(text), &key);
    struct store_value args[] = { store_text(f->name), store_int(RECORD__KNOWN), store_bytes(key) };
    struct store_rows *r = store_query(f->view,
                                       "SELECT r.id, r.version, r.ledger, r.entry, r.revision, r.key, r.office, "
                                       "r.party, r.dossier, r.parent, r.valid_from, r.valid_to, r.known_from, "
                                       "r.known_to, r.actor, r.batch, r.body FROM record_index AS p CROSS JOIN "
                                       "record AS r WHERE p.name = ? AND p.shelf = ? AND p.key = ? AND r.id = p.id "
                                       "ORDER BY p.entry DESC, p.id DESC", args, 3);
    bool found = false, sound = true;
    while (!found && sound && store_next(r)) {
        struct record__revision rev;
        record__columns(f->arena, r, 0, &rev);
        sound = record__read_body(f->arena, f->shape, rev.body, &rev.row.body);
        found = sound && rev.row.body.values[f->at].kind == FEEL_STRING &&
                str_eq(feel_str(rev.row.body.values[f->at]), text);
        if (found) {
            *ret = rev.row;
        }
    }
    store_rows_end(r);
    enum error_code code = store_view_error(f->view, err);
    if (code == OK && !sound) {
        code = error_set(err, ERROR_INVALID, "stored rows of \"%.*s\" cannot be read", STR_ARG(f->ledger->name));
        error_hint(err, "run gongshi doctor, and restore a backup");
    }
    return code == OK && !found ? ERROR_MISSING : code;
}

enum error_code record_find(struct record_finder *f, str text, struct record_row *ret, struct error *err)
{
    enum error_code code = f->direct ? look(f, text, ret, err) : ask(f, text, ret, err);
    return code == ERROR_MISSING
               ? error_set(err, ERROR_MISSING, "the ledger \"%.*s\" has no row with %.*s = %.*s",
                           STR_ARG(f->ledger->name), STR_ARG(f->field), STR_ARG(text))
               : code;
}
