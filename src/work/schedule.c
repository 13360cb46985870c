/* schedule: timer start events. While a bundle is the deployed one of its scheme, a row of the queue "event" waits for
 * the next time of each of its timer start events. Who begins the dossier writes the row for the time after in the same
 * unit, so that none is lost and none comes twice; what fell into a time when no server ran is begun once. Installing
 * another bundle takes the rows of the one before away. They have the dossier SCHEDULED, which no dossier is.
 */
#include "work/work_int.h"

#include "base/limit.h"

enum { SCHEDULED = -1 };

static void write_body(const struct scheme *b, const struct bpmn_model *m, uint32_t process, uint32_t element,
                       uint32_t count, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "act", str_of(work_act_name(WORK_START)));
    json_text_member(&w, "scheme", b->name);
    json_text_member(&w, "bundle", str_of(b->hash));
    json_text_member(&w, "process", m->elements[process].id);
    json_text_member(&w, "element", m->elements[element].id);
    json_int_member(&w, "fired", count + 1);
    json_end_object(&w);
}

enum error_code work__schedule(struct work *w, struct store_change *c, struct feel_eval *ev,
                               const struct scheme *b, const struct bpmn_model *m, uint32_t process,
                               uint32_t element, int64_t now, uint32_t count, struct error *err)
{
    int64_t due;
    struct error none = { .code = OK };
    feel_eval_reset(ev);
    if (!bpmn_start_due(m, element, ev, now / 1000000, count, &due, &none)) {
        return OK; /* never again; a text that gives no time was a problem of the model, or is one of its data */
    }
    int64_t id = store_id(w->store, err);
    if (id == 0) {
        return ERROR_IO;
    }
    struct buf body = BUF_INIT(LIMIT_JSON_BYTES);
    write_body(b, m, process, element, count, &body);
    struct store_value row[] = { store_int(id), store_int(1), store_text(STR("event")), store_int(due * 1000000),
                                 store_int(0), store_text(STR("")), store_int(0), store_int(SCHEDULED), store_int(0),
                                 store_text(buf_str(&body)) };
    store_insert(c, STORE_TABLE_queue, row);
    buf_release(&body);
    return OK;
}

/* The rows of the scheme's bundle before this one. */
static void take_away(struct store_view *v, struct store_change *c, str scheme)
{
    struct arena a = ARENA_INIT;
    struct store_value args[] = { store_int(SCHEDULED) };
    struct store_rows *r = store_query(v, "SELECT id, body FROM queue WHERE dossier = ? AND wait = 0 ORDER BY id", args,
                                       1);
    while (store_next(r)) {
        feel_value body;
        struct store_value key[] = { store_int(store_column_int(r, 0)) };
        if (feel_json_read(&a, arena_str(&a, store_column_text(r, 1)), &body, NULL) == OK &&
            str_eq(feel_text_member(body, "scheme"), scheme)) {
            store_delete(c, STORE_TABLE_queue, key, 0);
        }
    }
    store_rows_end(r);
    arena_release(&a);
}

static enum error_code schedule_model(struct work *w, struct store_change *c, struct feel_eval *ev,
                                      const struct scheme *b, const struct bpmn_model *m, int64_t now,
                                      struct error *err)
{
    enum error_code code = OK;
    for (uint32_t k = 0; k < m->process_count; k++) {
        struct bpmn_start start;
        for (uint32_t n = 0; code == OK && bpmn_start_of(m, m->processes[k], n, &start); n++) {
            if (start.trigger == BPMN_TRIGGER_TIMER) {
                code = work__schedule(w, c, ev, b, m, m->processes[k], start.element, now, 0, err);
            }
        }
    }
    return code;
}

enum error_code work__schedule_bundle(struct work *w, struct store_view *v, struct store_change *c,
                                      const struct scheme *b, int64_t now, struct error *err)
{
    struct feel_environment env;
    enum error_code code = OK;
    work__environment(w, now, &env);
    struct feel_eval *ev = feel_eval_new(&env);
    take_away(v, c, b->name);
    for (uint32_t i = 0; i < b->process_count && code == OK; i++) {
        code = schedule_model(w, c, ev, b, b->processes[i], now, err);
    }
    feel_eval_free(ev);
    return code;
}
