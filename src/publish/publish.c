/* publish: opening, and the small things that the acts share. */
#include "publish/publish_int.h"

#include "base/limit.h"

void publish_open(struct arena *a, const struct publish_config *config, struct publish **ret)
{
    struct publish *p = ARENA_NEW(a, struct publish);
    p->config = *config;
    work_register(config->work, "gongshi.record", publish__record, p);
    work_register(config->work, "gongshi.notice", publish__notice, p);
    work_register(config->work, "gongshi.document", publish__document, p);
    if (config->paper != NULL) {
        work_carry(config->work, "paper", publish__make_paper, p);
    }
    *ret = p;
}

feel_value publish__path(feel_value variables, str path)
{
    feel_value v = variables;
    size_t from = 0;
    for (size_t i = 0; i <= path.len; i++) {
        if (i == path.len || path.ptr[i] == '.') {
            feel_value next = feel_null();
            feel_context_get(v, str_slice(path, from, i), &next);
            v = next;
            from = i + 1;
        }
    }
    return v;
}

str publish_shown(struct arena *a, feel_value v)
{
    if (v.kind == FEEL_STRING || v.kind == FEEL_NULL) {
        return v.kind == FEEL_STRING ? feel_str(v) : STR("");
    }
    struct buf text = BUF_INIT(LIMIT_FEEL_STRING);
    feel_json_write(v, false, &text);
    str shown = arena_str(a, buf_str(&text));
    buf_release(&text);
    bool quoted = shown.len >= 2 && shown.ptr[0] == '"'; /* a date is a string in JSON */
    return quoted ? str_slice(shown, 1, shown.len - 1) : shown;
}

str publish_label(feel_value field)
{
    str label = feel_text_member(field, "label");
    return label.len > 0 ? label : feel_text_member(field, "name");
}

static void write_field(const struct work_job *job, feel_value field, struct json_writer *w, struct buf *words)
{
    str name = field.kind == FEEL_STRING ? feel_str(field) : feel_text_member(field, "name");
    str label = feel_text_member(field, "label");
    feel_value v = publish__path(job->variables, name);
    json_begin_object(w);
    if (label.len > 0) {
        json_text_member(w, "label", label);
    }
    json_text_member(w, "name", name);
    json_key(w, STR("value"));
    json_raw(w, STR(""));
    feel_json_write(v, false, w->out);
    json_end_object(w);
    if (words != NULL) {
        buf_addc(words, ' ');
        buf_add(words, publish_shown(job->arena, v));
    }
}

void publish__write_fields(const struct work_job *job, feel_value list, struct json_writer *w, struct buf *words)
{
    json_begin_array(w);
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        write_field(job, list.items[i], w, words);
    }
    json_end_array(w);
}

int32_t publish__year(int64_t micros)
{
    cal_datetime t;
    cal_zone zone;
    int64_t seconds = micros / 1000000;
    return cal_zone_find(STR("Asia/Shanghai"), &zone) && cal_datetime_from_utc(seconds, 0, zone, &t) ? t.year : 0;
}
