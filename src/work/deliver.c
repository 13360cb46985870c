/* deliver: events from one dossier to another. Each is a row of the queue "event", written with what caused it, and
 * carried out in a unit of its own that deletes it: neither lost nor done twice, and no unit holds two dossiers. Its
 * body is a request in JSON (request.c). The beginning of a called dossier belongs to the wait of the call. */
#include "work/work_int.h"

#include "base/limit.h"

bool work__enqueue(struct work__plan *p, str queue, int64_t dossier, uint32_t wait, str body)
{
    int64_t id = store_id(p->w->store, p->err);
    if (id == 0) {
        return false;
    }
    struct store_value row[] = { store_int(id), store_int(1), store_text(queue), store_int(p->now), store_int(0),
                                 store_text(STR("")), store_int(0), store_int(dossier), store_int(wait),
                                 store_text(body) };
    store_insert(p->change, STORE_TABLE_queue, row);
    return true;
}

/* ---- Writing a request ---- */

struct letter {
    struct buf text;
    struct json_writer w;
};

static void open_letter(struct letter *l, enum work_act act)
{
    l->text = (struct buf)BUF_INIT(LIMIT_JSON_BYTES);
    json_writer_init(&l->w, &l->text, false);
    json_begin_object(&l->w);
    json_text_member(&l->w, "act", str_of(work_act_name(act)));
}

static void add_text(struct letter *l, const char *name, str text)
{
    if (text.len > 0) {
        json_text_member(&l->w, name, text);
    }
}

static void add_value(struct letter *l, const char *name, feel_value v)
{
    if (v.kind != FEEL_NULL) {
        json_key(&l->w, str_of(name));
        json_raw(&l->w, STR(""));
        feel_json_write(v, false, &l->text);
    }
}

/* `wait`: of this dossier, which the delivery belongs to; 0: it stands for itself. */
static void post(struct work__plan *p, struct letter *l, uint32_t wait)
{
    json_end_object(&l->w);
    if (work__whole(&l->text, p->err) == OK &&
        work__enqueue(p, STR("event"), wait == 0 ? 0 : p->d.id, wait, buf_str(&l->text))) {
        p->job->delivers = true;
    }
    buf_release(&l->text);
}

/* ---- Calls ---- */

/* A process of the dossier's own package; or "core.objection", one of another that is in force. */
static void name_process(struct work__plan *p, struct letter *l, str name)
{
    const char *dot = scheme_model(p->scheme, name) != NULL ? NULL : memchr(name.ptr, '.', name.len);
    if (dot == NULL) {
        add_text(l, "bundle", p->d.bundle);
        add_text(l, "process", name);
    } else {
        size_t at = (size_t)(dot - name.ptr);
        add_text(l, "scheme", str_slice(name, 0, at));
        add_text(l, "process", str_slice(name, at + 1, name.len));
    }
}

void work__deliver_call(struct work__plan *p, const struct work__opened *o)
{
    struct letter l;
    open_letter(&l, WORK_START);
    name_process(p, &l, o->name);
    add_text(&l, "subject", p->d.subject);
    json_int_member(&l.w, "parent", p->d.id);
    json_int_member(&l.w, "parent_wait", o->id);
    json_int_member(&l.w, "depth", p->state.depth + 1);
    add_value(&l, "with", o->variables);
    post(p, &l, o->id);
}

/* To the dossier that a call began, if it has begun and still runs. */
void work__deliver_cancel(struct work__plan *p, uint32_t wait)
{
    struct store_value args[] = { store_int(p->d.id), store_int(wait) };
    struct store_rows *r = store_query(p->view, "SELECT id FROM dossier WHERE parent = ? AND parent <> 0 AND "
                                                "parent_wait = ? AND closed = 0", args, 2);
    while (store_next(r)) {
        struct letter l;
        open_letter(&l, WORK_CANCEL);
        json_int_member(&l.w, "dossier", store_column_int(r, 0));
        add_text(&l, "text", str_of(lang_text(LANG_ZH, "the dossier that called it goes on without it")));
        post(p, &l, 0);
    }
    store_rows_end(r);
}

static void to_caller(struct work__plan *p, struct letter *l, enum work_act act)
{
    open_letter(l, act);
    json_int_member(&l->w, "dossier", p->d.parent);
    json_int_member(&l->w, "wait", p->d.parent_wait);
}

/* The end of a called dossier is the end of its call, or an error there. Was it cancelled by hand, its caller is held
 * up by an incident; was it cancelled by its caller, nobody waits for word. */
void work__deliver_end(struct work__plan *p, const struct bpmn_effect *e)
{
    struct letter l;
    bool by_caller = e->outcome == BPMN_CANCELLED && p->rq->item_id != 0;
    if (p->d.parent == 0 || by_caller) {
        return;
    }
    if (e->outcome == BPMN_CANCELLED) {
        to_caller(p, &l, WORK_FAIL);
        add_text(&l, "text", arena_printf(&p->scratch, lang_text(LANG_ZH, "the called dossier %lld was cancelled"),
                                          (long long)p->d.id));
    } else if (e->outcome == BPMN_FAILED) {
        to_caller(p, &l, WORK_THROW);
        add_text(&l, "name", p->state.error_code);
        add_text(&l, "text", p->state.error_message);
    } else {
        to_caller(p, &l, WORK_DONE);
        add_value(&l, "with", e->variables);
    }
    post(p, &l, 0);
}

void work__deliver_escalation(struct work__plan *p, const struct bpmn_effect *e)
{
    struct letter l;
    if (p->d.parent != 0) {
        to_caller(p, &l, WORK_ESCALATE);
        add_text(&l, "name", e->name);
        add_value(&l, "with", e->variables);
        post(p, &l, 0);
    }
}

/* ---- Messages and signals ---- */

void work__deliver_message(struct work__plan *p, const struct bpmn_effect *e)
{
    struct letter l;
    open_letter(&l, WORK_MESSAGE);
    add_text(&l, "name", e->name);
    if (p->d.id != 0) {
        json_int_member(&l.w, "about", p->d.id);
    }
    add_value(&l, "correlation", e->key);
    add_value(&l, "with", e->variables);
    post(p, &l, 0);
}

void work__deliver_signal(struct work__plan *p, const struct bpmn_effect *e)
{
    struct letter l;
    open_letter(&l, WORK_SIGNAL);
    add_text(&l, "name", e->name);
    if (p->d.id != 0) {
        json_int_member(&l.w, "except", p->d.id);
    }
    add_value(&l, "with", e->variables);
    post(p, &l, 0);
}
