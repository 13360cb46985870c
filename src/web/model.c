/* model: putting values of the program into what a page shows. */
#include "web/web_int.h"

#include "base/limit.h"

str web__instant(struct arena *a, int64_t micros)
{
    cal_datetime t;
    if (micros > 0 && cal_datetime_from_utc(micros / 1000000, 0, 8 * 3600, &t)) {
        return arena_printf(a, "%04d-%02d-%02d %02d:%02d", t.year, t.month, t.day, t.hour, t.minute);
    }
    return STR("");
}

void web__put_instant(struct node *object, const char *name, int64_t micros)
{
    node_put_text(object, name, web__instant(object->arena, micros));
}

void web__put_value(struct node *to, const char *name, feel_value v)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct json json;
    feel_json_write(v, false, &out);
    if (!out.overflow && json_parse(to->arena, arena_str(to->arena, buf_str(&out)), &json, NULL) == OK) {
        node_put_json(to, name, &json);
    }
    buf_release(&out);
}

void web__crumb(struct web__call *c, const char *sentence, str link)
{
    const struct node *there = node_member(c->model, STR("crumbs"));
    struct node *crumb = node_add_object(there != NULL ? (struct node *)there : node_put_list(c->model, "crumbs"));
    node_put_word(crumb, "text", sentence);
    node_put_text(crumb, "link", link);
}
