/* earlier: what the same party declared before: dossiers of the same process about the same subject. */
#include "work/desk.h"
#include "work/work_int.h"

uint32_t work_earlier(struct work *w, struct store_view *v, int64_t person, const struct work_dossier *d, uint32_t max,
                      struct arena *a, struct work_earlier *ret)
{
    struct store_value args[] = { store_text(d->subject), store_text(d->scheme), store_text(d->process),
                                  store_int(d->id) };
    struct store_rows *r = d->subject.len == 0
                               ? NULL
                               : store_query(v, "SELECT id FROM dossier WHERE subject = ? AND subject <> '' AND "
                                                "scheme = ? AND process = ? AND id < ? ORDER BY id DESC LIMIT 50",
                                             args, 4);
    uint32_t count = 0;
    while (r != NULL && count < max && store_next(r)) {
        struct work_earlier *e = &ret[count];
        count += work_read_dossier(v, store_column_int(r, 0), a, &e->dossier) &&
                 work_may_see(w, v, person, work__now(w), &e->dossier, NULL);
    }
    if (r != NULL) {
        store_rows_end(r);
    }
    return count;
}

enum error_code work_declared_in(struct store_view *v, struct arena *a, int64_t dossier, feel_value *ret,
                                 struct error *err)
{
    feel_value detail = feel_null();
    struct store_value args[] = { store_int(dossier) };
    struct store_rows *r = store_query(v, "SELECT detail FROM audit WHERE kind = 'dossier' AND object = ? AND verb = "
                                          "'start' ORDER BY id LIMIT 1", args, 1);
    enum error_code code = OK;
    if (store_next(r)) {
        code = feel_json_read(a, arena_str(a, store_column_text(r, 0)), &detail, err);
    }
    store_rows_end(r);
    *ret = feel_member(feel_member(detail, "with"), "declared");
    return code;
}
