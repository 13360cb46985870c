/* office: gongshi.start begins other dossiers of the scheme, linked with this one. Other acts of the office that are of
 * work itself: clocks (clock.c), messages (message.c), lots (lot.c).
 */
#include "work/work_int.h"

#include "base/limit.h"

str work__said(const struct work__act *act, const char *name)
{
    str header = feel_text_member(act->headers, name);
    return header.len > 0 ? header : feel_text_member(act->local, name);
}

static feel_value one_value(struct work__plan *p, const char *name, feel_value v)
{
    str names[] = { str_of(name) };
    feel_value *values = ARENA_ARRAY(&p->turn, feel_value, 1);
    values[0] = v;
    return feel_context(feel_shape_new(&p->turn, names, 1), values);
}

/* ---- gongshi.start ---- */

/* `with`, and `item` where there is one for each. */
static void write_with(feel_value with, const feel_value *item, struct json_writer *w)
{
    json_key(w, STR("with"));
    json_begin_object(w);
    for (uint32_t i = 0; with.kind == FEEL_CONTEXT && i < with.count; i++) {
        if (item == NULL || !str_eq(with.shape->names[i], STR("item"))) {
            json_key(w, with.shape->names[i]);
            json_raw(w, STR(""));
            feel_json_write(with.values[i], false, w->out);
        }
    }
    if (item != NULL) {
        json_key(w, STR("item"));
        json_raw(w, STR(""));
        feel_json_write(*item, false, w->out);
    }
    json_end_object(w);
}

/* Its number is drawn here: this dossier knows it before the other one has begun. */
static enum error_code start_one(struct work__plan *p, const struct work__act *act, str kind, const feel_value *item,
                                 int64_t *ret, struct error *err)
{
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    int64_t id = store_id(p->w->store, err);
    str subject = work__said(act, "subject");
    if (id == 0) {
        return ERROR_IO;
    }
    json_writer_init(&w, &text, false);
    json_begin_object(&w);
    json_text_member(&w, "act", str_of(work_act_name(WORK_START)));
    json_int_member(&w, "number", id);
    json_int_member(&w, "about", p->d.id);
    json_text_member(&w, "name", kind);
    json_text_member(&w, "bundle", p->d.bundle);
    json_text_member(&w, "process", work__said(act, "process"));
    json_text_member(&w, "subject", subject.len > 0 ? subject : p->d.subject);
    write_with(feel_member(act->local, "with"), item, &w);
    json_end_object(&w);
    enum error_code code = work__whole(&text, err);
    if (code == OK && !work__enqueue(p, STR("event"), 0, 0, buf_str(&text))) {
        code = ERROR_IO;
        *err = *p->err;
    }
    buf_release(&text);
    p->job->delivers = true;
    *ret = id;
    return code;
}

static feel_value number_text(struct work__plan *p, int64_t id)
{
    return feel_string(arena_printf(&p->turn, "%lld", (long long)id));
}

enum error_code work__act_start(struct work__plan *p, const struct work__act *act, feel_value *ret, struct error *err)
{
    str kind = work__said(act, "link");
    feel_value each = feel_member(act->local, "each");
    uint32_t count = each.kind == FEEL_LIST ? each.count : 1;
    feel_value *numbers = ARENA_ARRAY(&p->turn, feel_value, count);
    enum error_code code = OK;
    kind = kind.len > 0 ? kind : STR("part of");
    if (!work__link_kind(kind)) {
        return error_set(err, ERROR_INVALID, "dossiers are not linked by \"%.*s\"", STR_ARG(kind));
    }
    if (count > LIMIT_WORK_STARTS) {
        error_set(err, ERROR_LIMIT, "too many dossiers would begin at once");
        error_detail(err, "limit %s = %d", "WORK_STARTS", LIMIT_WORK_STARTS);
        return ERROR_LIMIT;
    }
    for (uint32_t i = 0; code == OK && i < count; i++) {
        int64_t id = 0;
        code = start_one(p, act, kind, each.kind == FEEL_LIST ? &each.items[i] : NULL, &id, err);
        numbers[i] = number_text(p, id);
    }
    *ret = one_value(p, "started", each.kind == FEEL_LIST ? feel_list(numbers, count) : numbers[0]);
    return code;
}
