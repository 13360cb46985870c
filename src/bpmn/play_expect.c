/* play_expect: the lines of a scenario that say what must hold. */
#include "bpmn/play_int.h"

#include <stdlib.h>

/* ---- Comparing ---- */

static bool same(feel_value want, feel_value got);

/* A date, time or duration is written as a string in JSON. */
static bool same_text(feel_value want, feel_value got)
{
    struct buf b = BUF_INIT(LIMIT_FEEL_STRING), quoted = BUF_INIT(LIMIT_FEEL_STRING);
    feel_json_write(got, false, &b);
    feel_json_write(want, false, &quoted);
    bool equal = str_eq(buf_str(&b), buf_str(&quoted));
    buf_release(&b);
    buf_release(&quoted);
    return equal;
}

static bool same_context(feel_value want, feel_value got)
{
    bool equal = want.count == got.count;
    for (uint32_t i = 0; equal && i < want.count; i++) {
        feel_value v;
        equal = feel_context_get(got, want.shape->names[i], &v) && same(want.values[i], v);
    }
    return equal;
}

/* Recurses as deep as the expectation is nested. */
static bool same(feel_value want, feel_value got)
{
    int order;
    if (want.kind == FEEL_CONTEXT && got.kind == FEEL_CONTEXT) {
        return same_context(want, got);
    }
    if (want.kind == FEEL_LIST && got.kind == FEEL_LIST) {
        bool equal = want.count == got.count;
        for (uint32_t i = 0; equal && i < want.count; i++) {
            equal = same(want.items[i], got.items[i]);
        }
        return equal;
    }
    if (want.kind == got.kind && feel_compare(want, got, &order)) {
        return order == 0;
    }
    return same_text(want, got);
}

static enum error_code compare(struct play *p, const char *what, feel_value want, feel_value got)
{
    if (same(want, got)) {
        return OK;
    }
    struct buf w = BUF_INIT(1 << 20), g = BUF_INIT(1 << 20);
    feel_json_write(want, false, &w);
    feel_json_write(got, false, &g);
    enum error_code code = play__fail(p, ERROR_INVALID, "%s is not what is expected", what);
    error_detail(p->err, "expected %.*s, got %.*s", (int)(w.len < 220 ? w.len : 220), w.ptr,
                 (int)(g.len < 220 ? g.len : 220), g.ptr);
    buf_release(&w);
    buf_release(&g);
    return code;
}

/* ---- Lists of texts, in order ---- */

struct texts {
    struct arena *a;
    feel_value *items;
    uint32_t count, size;
};

static void add(struct texts *t, str text)
{
    if (t->count == t->size) {
        uint32_t size = t->size == 0 ? 16 : t->size * 2;
        t->items = arena_grow(t->a, t->items, t->size * sizeof *t->items, size * sizeof *t->items);
        t->size = size;
    }
    t->items[t->count++] = feel_string(text);
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(feel_str(*(const feel_value *)a), feel_str(*(const feel_value *)b));
}

static feel_value sorted(struct arena *a, feel_value list)
{
    feel_value *items = ARENA_ARRAY(a, feel_value, list.count);
    for (uint32_t i = 0; i < list.count; i++) {
        items[i] = list.items[i].kind == FEEL_STRING ? list.items[i] : feel_string(STR(""));
    }
    if (list.count > 1) {
        qsort(items, list.count, sizeof *items, by_text);
    }
    return feel_list(items, list.count);
}

static enum error_code compare_sorted(struct play *p, const char *what, feel_value want, const struct texts *got)
{
    if (want.kind != FEEL_LIST) {
        return play__fail(p, ERROR_INVALID, "the expectation \"%s\" is a list of texts", what);
    }
    return compare(p, what, sorted(&p->arena, want), sorted(&p->arena, feel_list(got->items, got->count)));
}

/* ---- What can be expected ---- */

/* Where the tokens are: elements of items that hold no others. */
static enum error_code expect_at(struct play *p, feel_value want)
{
    struct texts t = { .a = &p->arena };
    for (uint32_t i = 0; i < p->instance_count; i++) {
        const struct bpmn_state *s = &p->instances[i]->s;
        for (const struct bpmn__item *it = s->first; it != NULL; it = it->next) {
            if (it->child_count == 0) {
                add(&t, s->model->elements[it->element].id);
            }
        }
    }
    return compare_sorted(p, "at", want, &t);
}

/* "task review", "timer deadline": all of them, or those of one kind by their elements. */
static enum error_code expect_waits(struct play *p, feel_value want, bool tasks)
{
    struct texts t = { .a = &p->arena };
    for (uint32_t i = 0; i < p->instance_count; i++) {
        const struct bpmn_state *s = &p->instances[i]->s;
        struct bpmn_cursor c = { NULL, 0, false };
        struct bpmn_wait w;
        while (bpmn_next_wait(s, &c, &w)) {
            str id = s->model->elements[w.element].id;
            if (tasks && w.kind == BPMN_WAIT_TASK) {
                add(&t, id);
            } else if (!tasks && !w.happened) {
                add(&t, arena_printf(&p->arena, "%s %.*s", bpmn_wait_name(w.kind), STR_ARG(id)));
            }
        }
    }
    return compare_sorted(p, tasks ? "tasks" : "waits", want, &t);
}

static enum error_code expect_incidents(struct play *p, feel_value want)
{
    struct texts t = { .a = &p->arena };
    for (uint32_t i = 0; i < p->instance_count; i++) {
        const struct bpmn_state *s = &p->instances[i]->s;
        for (const struct bpmn__item *it = s->first; it != NULL; it = it->next) {
            if (it->incident != 0) {
                add(&t, arena_printf(&p->arena, "%.*s %s", STR_ARG(s->model->elements[it->element].id),
                                     bpmn_incident_name(it->incident_kind)));
            }
        }
    }
    return compare_sorted(p, "incidents", want, &t);
}

static const struct bpmn__item *first_of(struct play *p, str id)
{
    for (uint32_t i = 0; i < p->instance_count; i++) {
        const struct bpmn_state *s = &p->instances[i]->s;
        for (const struct bpmn__item *it = s->first; it != NULL; it = it->next) {
            if (str_eq(s->model->elements[it->element].id, id)) {
                return it;
            }
        }
    }
    return NULL;
}

static enum error_code expect_variables(struct play *p, feel_value want)
{
    enum error_code code = OK;
    for (uint32_t i = 0; want.kind == FEEL_CONTEXT && i < want.count && code == OK; i++) {
        feel_value got = feel_null();
        str name = want.shape->names[i];
        const struct play__instance *in = p->instance_count == 0 ? NULL : p->instances[0];
        if (in != NULL && in->s.root != NULL) {
            bpmn__look_up(in->s.root, name, &got);
        } else if (in != NULL) {
            feel_context_get(in->result, name, &got);
        }
        code = compare(p, name.ptr, want.values[i], got);
    }
    return code;
}

/* {"element": {"name": value}}: as the first item of the element sees it. */
static enum error_code expect_local(struct play *p, feel_value want)
{
    enum error_code code = OK;
    for (uint32_t i = 0; want.kind == FEEL_CONTEXT && i < want.count && code == OK; i++) {
        const struct bpmn__item *it = first_of(p, want.shape->names[i]);
        feel_value names = want.values[i];
        for (uint32_t k = 0; names.kind == FEEL_CONTEXT && k < names.count && code == OK; k++) {
            feel_value got = feel_null();
            if (it != NULL) {
                bpmn__look_up(it, names.shape->names[k], &got);
            }
            code = compare(p, names.shape->names[k].ptr, names.values[k], got);
        }
    }
    return code;
}

static str due_text(struct play *p, int64_t due)
{
    cal_datetime t;
    struct buf b = BUF_INIT(100);
    if (cal_datetime_from_utc(due, 0, p->env.zone, &t)) {
        t.zone = cal_zone_offset_at(p->env.zone, due);
        cal_print_datetime(t, &b);
    }
    str text = bpmn__str(&p->arena, buf_str(&b));
    buf_release(&b);
    return text;
}

/* {"element": "2026-03-01T09:00:00+08:00"}: when its first timer is due. */
static enum error_code expect_due(struct play *p, feel_value want)
{
    enum error_code code = OK;
    for (uint32_t i = 0; want.kind == FEEL_CONTEXT && i < want.count && code == OK; i++) {
        feel_value got = feel_null();
        for (uint32_t k = 0; k < p->instance_count; k++) {
            const struct bpmn_state *s = &p->instances[k]->s;
            struct bpmn_cursor c = { NULL, 0, false };
            struct bpmn_wait w;
            while (got.kind == FEEL_NULL && bpmn_next_wait(s, &c, &w)) {
                bool it_is = w.kind == BPMN_WAIT_TIMER && !w.happened &&
                             str_eq(s->model->elements[w.element].id, want.shape->names[i]);
                got = it_is ? feel_string(due_text(p, w.due)) : got;
            }
        }
        code = compare(p, want.shape->names[i].ptr, want.values[i], got);
    }
    return code;
}

/* {"element": {"assignee": …}}: some of the details of its last effect. */
static enum error_code expect_details(struct play *p, feel_value want)
{
    enum error_code code = OK;
    for (uint32_t i = 0; want.kind == FEEL_CONTEXT && i < want.count && code == OK; i++) {
        feel_value details = feel_null(), names = want.values[i];
        for (uint32_t k = 0; k < p->details.count; k++) {
            details = str_eq(p->details.items[k].name, want.shape->names[i]) ? p->details.items[k].value : details;
        }
        for (uint32_t k = 0; names.kind == FEEL_CONTEXT && k < names.count && code == OK; k++) {
            feel_value got = feel_null();
            feel_context_get(details, names.shape->names[k], &got);
            code = compare(p, names.shape->names[k].ptr, names.values[k], got);
        }
    }
    return code;
}

static enum error_code expect_trace(struct play *p, feel_value want)
{
    struct texts t = { .a = &p->arena };
    str all = bpmn__str(&p->arena, buf_str(&p->trace));
    for (size_t from = 0, at = 0; at < all.len; at++) {
        if (all.ptr[at] == '\n') {
            add(&t, str_slice(all, from, at));
            from = at + 1;
        }
    }
    return compare(p, "trace", want, feel_list(t.items, t.count));
}

static enum error_code expect_outcome(struct play *p, feel_value want)
{
    const struct bpmn_state *s = p->instance_count == 0 ? NULL : &p->instances[0]->s;
    return compare(p, "outcome", want, s == NULL ? feel_null() : feel_string(str_of(bpmn_outcome_name(s->outcome))));
}

static enum error_code expect_error(struct play *p, feel_value want)
{
    return compare(p, "error", want, p->instance_count == 0 ? feel_null()
                                                            : feel_string(p->instances[0]->s.error_code));
}

static enum error_code expect_one(struct play *p, str what, feel_value want)
{
    return str_eq(what, STR("at"))          ? expect_at(p, want)
           : str_eq(what, STR("waits"))     ? expect_waits(p, want, false)
           : str_eq(what, STR("tasks"))     ? expect_waits(p, want, true)
           : str_eq(what, STR("incidents")) ? expect_incidents(p, want)
           : str_eq(what, STR("variables")) ? expect_variables(p, want)
           : str_eq(what, STR("local"))     ? expect_local(p, want)
           : str_eq(what, STR("due"))       ? expect_due(p, want)
           : str_eq(what, STR("details"))   ? expect_details(p, want)
           : str_eq(what, STR("effects"))   ? compare(p, "effects", want, p->effects)
           : str_eq(what, STR("sent"))      ? compare(p, "sent", want, p->sent)
           : str_eq(what, STR("trace"))     ? expect_trace(p, want)
           : str_eq(what, STR("outcome"))   ? expect_outcome(p, want)
           : str_eq(what, STR("error"))     ? expect_error(p, want)
                                            : play__fail(p, ERROR_INVALID, "nothing called \"%.*s\" can be expected",
                                                         STR_ARG(what));
}

enum error_code play__expect(struct play *p, feel_value expect)
{
    enum error_code code = OK;
    for (uint32_t i = 0; i < expect.count && code == OK; i++) {
        code = expect_one(p, expect.shape->names[i], expect.values[i]);
    }
    return code;
}
