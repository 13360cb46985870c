/* recompute: stored decisions computed again from nothing but their records and the models, and compared byte by byte.
 * One view shows one decision: however long it takes to compute, no view is held up. */
#include "work/work_int.h"

#include <stdlib.h>

struct again {
    struct work *w;
    struct feel_eval *ev;
    struct arena arena;
    struct buf text;
    struct buf *explanation; /* or NULL: the record is wanted */
    struct work_recomputed *result;
};

/* The model of a bundle with that hash. */
static const struct dmn_model *find_model(const struct scheme *b, str hash)
{
    for (uint32_t i = 0; i < b->decision_count; i++) {
        if (str_eq(dmn_model_hash(b->decisions[i]), hash)) {
            return b->decisions[i];
        }
    }
    return NULL;
}

static enum error_code find_calendar(struct work *w, str name, int64_t at, const struct cal_calendar **ret,
                                     struct error *err)
{
    const struct cal_calendar *c = NULL;
    if (name.len == 0 || w->config.calendar == NULL) {
        return name.len == 0 ? OK : record_calendar_named(w->record, name, at, ret, err);
    }
    c = w->config.calendar(w->config.calendar_context, NULL, name);
    *ret = c;
    return c != NULL ? OK : error_set(err, ERROR_MISSING, "the calendar that it was decided with is not known");
}

enum error_code work__recorded_environment(struct work *w, feel_value record, struct feel_environment *ret,
                                           struct error *err)
{
    feel_value v = feel_member(record, "environment");
    feel_value instant = feel_from_text(feel_text_member(v, "instant"), feel_type_named(STR("date and time")));
    str seed = feel_text_member(v, "seed");
    char digits[17] = "";
    *ret = (struct feel_environment){ .seed = 0 };
    if (instant.kind != FEEL_DATE_TIME || seed.len != 16 || !cal_zone_find(feel_text_member(v, "zone"), &ret->zone)) {
        return error_set(err, ERROR_INVALID, "the record names no decision or environment that is known");
    }
    memcpy(digits, seed.ptr, 16);
    ret->seed = strtoull(digits, NULL, 16);
    ret->instant = cal_utc_seconds(instant.date_time);
    ret->nano = instant.date_time.nano;
    return find_calendar(w, feel_text_member(v, "calendar"), work__micros(ret->instant, ret->nano), &ret->calendar,
                         err);
}

/* A record is itself a canonical value, so one reading gives its inputs too. */
static enum error_code compute(struct again *g, const struct scheme *b, str hash, str record, struct error *err)
{
    feel_value v;
    struct feel_environment env;
    const struct dmn_trace *trace;
    const struct dmn_model *m = find_model(b, hash);
    enum error_code code = feel_record_read(&g->arena, record, &v, err);
    if (code != OK) {
        return code;
    }
    if (m == NULL || !str_eq(feel_text_member(v, "model"), hash)) {
        return error_set(err, ERROR_MISSING, "the bundle has no model %.*s", STR_ARG(hash));
    }
    int64_t node = dmn_find(m, DMN_DECISION, feel_text_member(v, "decision"));
    node = node >= 0 ? node : dmn_find(m, DMN_SERVICE, feel_text_member(v, "decision"));
    if (node < 0) {
        return error_set(err, ERROR_INVALID, "the record names no decision or environment that is known");
    }
    code = work__recorded_environment(g->w, v, &env, err);
    if (code != OK) {
        return code;
    }
    feel_eval_set_environment(g->ev, &env);
    feel_eval_reset(g->ev);
    dmn_evaluate_traced(m, g->ev, (uint32_t)node, feel_member(v, "inputs"), DMN_TEXT_DATES, &trace);
    buf_clear(&g->text);
    dmn_record(trace, &g->text);
    if (g->explanation != NULL) {
        buf_clear(g->explanation);
        dmn_explain_json(trace, err != NULL ? err->lang : LANG_EN, g->explanation);
    }
    return OK;
}

/* Where two texts begin to differ, for people. */
static void tell_difference(str a, str b, struct error *err)
{
    size_t at = 0;
    while (at < a.len && at < b.len && a.ptr[at] == b.ptr[at]) {
        at++;
    }
    size_t from = at > 20 ? at - 20 : 0;
    error_set(err, ERROR_INVALID, "the decision comes out differently");
    error_detail(err, "stored …%.*s…, computed …%.*s…", (int)(a.len - from < 60 ? a.len - from : 60), a.ptr + from,
                 (int)(b.len - from < 60 ? b.len - from : 60), b.ptr + from);
}

/* A stored decision, with its bundle or the reason why that cannot be had. */
struct stored {
    int64_t id;
    str bundle_hash, model, hash, record, element, name;
    const struct scheme *bundle;
    struct error err;
};

static void check(struct again *g, const struct stored *d)
{
    struct error err = d->err;
    enum error_code code = err.code;
    char own[STORE_HASH + 1];
    store_hash(d->record, own);
    if (code == OK && !str_eq(str_of(own), d->hash)) {
        code = error_set(&err, ERROR_INVALID, "the stored record is not what its hash was made of");
    }
    if (code == OK) {
        code = compute(g, d->bundle, d->model, d->record, &err);
    }
    if (code == OK && !str_eq(buf_str(&g->text), d->record)) {
        tell_difference(d->record, buf_str(&g->text), &err);
        code = ERROR_INVALID;
    }
    if (code == OK) {
        g->result->equal++;
    } else if (g->result->different++ == 0) {
        g->result->first = d->id;
        g->result->error = err;
    }
}

#define STORED "SELECT id, bundle, model, hash, record, element, name FROM decision "

/* The next decision after d->id; false when there is none. */
static bool next(struct again *g, struct store_view *v, int64_t dossier, struct stored *d)
{
    struct store_value args[] = { store_int(d->id), store_int(dossier) };
    struct store_rows *r = dossier == 0 ? store_query(v, STORED "WHERE id > ? ORDER BY id LIMIT 1", args, 1)
                                        : store_query(v, STORED "WHERE id > ? AND dossier = ? ORDER BY id LIMIT 1",
                                                      args, 2);
    bool there = store_next(r);
    if (there) {
        str *const texts[] = { &d->bundle_hash, &d->model, &d->hash, &d->record, &d->element, &d->name };
        arena_clear(&g->arena);
        for (uint32_t i = 0; i < 6; i++) {
            *texts[i] = arena_str(&g->arena, store_column_text(r, i + 1));
        }
        d->id = store_column_int(r, 0);
    }
    store_rows_end(r);
    if (there) {
        d->err = (struct error){ .lang = g->result->error.lang };
        record_scheme(g->w->record, v, d->bundle_hash, &d->bundle, &d->err);
    }
    return there;
}

enum error_code work_recompute(struct work *w, int64_t dossier, struct work_recomputed *ret, struct error *err)
{
    struct feel_environment env;
    work__environment(w, 0, &env);
    *ret = (struct work_recomputed){ .error.lang = err == NULL ? LANG_EN : err->lang };
    struct again g = { w, feel_eval_new(&env), ARENA_INIT, BUF_INIT(LIMIT_JSON_BYTES), NULL, ret };
    struct stored d = { .id = 0 };
    enum error_code code = OK;
    bool more = true;
    while (code == OK && more) {
        struct store_view *v;
        if ((code = store_view(w->store, &v, err)) == OK) {
            more = next(&g, v, dossier, &d);
            code = store_view_error(v, err);
            store_view_end(v);
        }
        if (code == OK && more) {
            check(&g, &d);
        }
    }
    feel_eval_free(g.ev);
    arena_release(&g.arena);
    buf_release(&g.text);
    return code;
}

enum error_code work_explain(struct work *w, struct store_view *v, int64_t dossier, str name, struct buf *out,
                             struct error *err)
{
    struct feel_environment env;
    struct work_recomputed result = { .error.lang = err == NULL ? LANG_EN : err->lang };
    work__environment(w, 0, &env);
    struct again g = { w, feel_eval_new(&env), ARENA_INIT, BUF_INIT(LIMIT_JSON_BYTES), out, &result };
    struct stored d = { .id = 0 };
    enum error_code code = ERROR_MISSING;
    while (next(&g, v, dossier, &d)) {
        if (str_eq(d.name, name) || str_eq(d.element, name)) {
            code = d.err.code != OK ? d.err.code : compute(&g, d.bundle, d.model, d.record, err);
        }
    }
    if (code == ERROR_MISSING) {
        error_set(err, ERROR_MISSING, "the dossier has no decision \"%.*s\"", STR_ARG(name));
    }
    feel_eval_free(g.ev);
    arena_release(&g.arena);
    buf_release(&g.text);
    return code;
}
