/* install: a scheme becomes the one that new dossiers run on, with the timers of its start events. */
#include "work/work_int.h"

static enum error_code install_once(struct work *w, const struct scheme *s, int64_t actor, enum store_outcome *ret,
                                   struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct store_change *c = store_change(&a);
    int64_t now = work__now(w);
    enum error_code code = store_view(w->store, &v, err);
    if (code == OK) {
        code = record_install(w->record, v, c, &a, s, actor, now, err);
        code = code == OK ? work__schedule_bundle(w, v, c, s, now, err) : code;
        code = code == OK ? store_view_error(v, err) : code;
        store_view_end(v);
    }
    if (code == OK) {
        struct store_result result = store_commit(w->store, c, STORE_INTERACTIVE);
        *ret = result.outcome;
        if (result.outcome != STORE_DONE && err != NULL) {
            enum lang lang = err->lang;
            *err = result.error;
            err->lang = lang;
        }
    }
    arena_release(&a);
    return code;
}

enum error_code work_install(struct work *w, const struct scheme *scheme, int64_t actor, struct error *err)
{
    enum store_outcome outcome = STORE_EXISTS;
    enum error_code code = record_install_parameters(w->record, scheme, actor, work__now(w), err);
    for (int i = 0; i < 5 && code == OK && outcome == STORE_EXISTS; i++) {
        code = install_once(w, scheme, actor, &outcome, err);
    }
    if (code == OK && outcome != STORE_DONE) {
        return err != NULL && err->code != OK ? err->code : error_set(err, ERROR_IO, "could not store the package");
    }
    return code;
}
