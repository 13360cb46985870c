/* assess_call: who has lost a place gives it on without being asked. A manifest names the end events of the process at
 * which a dossier has given up what it was drawn for: `call`. The unit that comes to one leaves an item in a queue, and
 * whoever carries that strikes the entry and calls the next (work_assess_call), under the name of the program. What is
 * struck already stays as it is, so an item may be carried twice.
 */
#include "work/assess_int.h"

#include "base/limit.h"

static bool gives_on(const struct scheme_assessment *a, str process, str end)
{
    for (uint32_t i = 0; i < a->call_count && a->over_dossiers && str_eq(a->over, process); i++) {
        if (str_eq(a->call[i], end)) {
            return true;
        }
    }
    return false;
}

enum error_code work__place_lost(struct work__plan *p, str end)
{
    bool some = false;
    for (uint32_t i = 0; i < p->scheme->assessment_count; i++) {
        some |= gives_on(&p->scheme->assessments[i], p->d.process, end);
    }
    return !some || work__enqueue(p, STR(WORK__PLACES), p->d.id, 0, end) ? OK : p->err->code;
}

/* An assessment that the dossier is in and not struck from, above `after`: frozen, and not superseded. */
static bool find_list(struct store_view *v, int64_t dossier, int64_t after, struct arena *a, int64_t *ret, str *ret_id,
                      bool *ret_approved)
{
    struct store_value args[] = { store_int(dossier), store_int(after) };
    struct store_rows *r = store_query(v, "SELECT e.assessment, e.id, s.state FROM assessment_entry e JOIN assessment "
                                          "s ON s.id = e.assessment WHERE e.subject = ? AND e.assessment > ? AND "
                                          "e.struck = '' AND s.state NOT IN ('draft', 'superseded') ORDER BY "
                                          "e.assessment LIMIT 1", args, 2);
    bool there = store_next(r);
    if (there) {
        str state = store_column_text(r, 2);
        *ret = store_column_int(r, 0);
        *ret_id = arena_str(a, store_column_text(r, 1));
        *ret_approved = str_eq(state, STR("approved")) || str_eq(state, STR("done"));
    }
    store_rows_end(r);
    return there;
}

/* Does the assessment give places on at this end? */
static enum error_code is_asked(struct work *w, int64_t assessment, str end, bool *ret, struct error *err)
{
    struct work__assess x;
    enum error_code code = work__assess_begin(&x, w, assessment, 0, PEOPLE_VERB_SET, err);
    *ret = code == OK && gives_on(x.rule, x.rule->over, end);
    work__assess_end(&x);
    return code;
}

/* Whether it is done, here or by somebody else. */
static bool give_on(struct work *w, int64_t assessment, str id, bool approved, str end, struct arena *a,
                    struct error *err)
{
    str next, why = arena_printf(a, lang_text(err->lang, "the dossier has come to \"%.*s\""), STR_ARG(end));
    bool asked;
    enum error_code code = is_asked(w, assessment, end, &asked, err);
    if (code == OK && asked) {
        code = approved ? work_assess_call(w, assessment, id, why, 0, a, &next, err)
                        : work_assess_strike(w, assessment, id, why, 0, err);
    }
    return code == OK;
}

bool work__give_on(void *context, const struct store_item *item, struct error *err)
{
    struct work *w = context;
    struct arena a = ARENA_INIT;
    struct store_view *v;
    int64_t list = 0;
    str id;
    bool fine = true, approved, more = true;
    while (fine && more && (fine = store_view(w->store, &v, err) == OK)) {
        more = find_list(v, item->dossier, list, &a, &list, &id, &approved);
        fine = store_view_error(v, err) == OK;
        store_view_end(v);
        fine = fine && (!more || give_on(w, list, id, approved, item->body, &a, err));
    }
    if (fine) {
        struct store_change *c = store_change(&a);
        struct store_value key[] = { store_int(item->id) };
        store_delete(c, STORE_TABLE_queue, key, item->version);
        store_commit(w->store, c, STORE_BULK);
    }
    arena_release(&a);
    return fine;
}
