/* model: putting values of the program into what a page shows. */
#include "web/web_int.h"

#include "base/limit.h"
#include "record/party.h"
#include "scheme/clock.h"

str web__instant(struct arena *a, int64_t micros)
{
    cal_datetime t;
    if (micros > 0 && cal_datetime_from_utc(micros / 1000000, 0, 8 * 3600, &t)) {
        return arena_printf(a, "%04d-%02d-%02d %02d:%02d", t.year, t.month, t.day, t.hour, t.minute);
    }
    return STR("");
}

struct node *web__problem_list(struct web__call *c)
{
    const struct node *there = node_member(c->model, STR("problems"));
    return there != NULL ? (struct node *)there : node_put_list(c->model, "problems");
}

void web__problem(struct web__call *c, const struct error *err, const char *link)
{
    struct node *problem = node_add_object(web__problem_list(c));
    const char *parts[] = { err->message, err->detail, err->hint };
    struct buf text = BUF_INIT(LIMIT_FORM_TEXT);
    for (size_t i = 0; i < 3; i++) {
        if (parts[i][0] != '\0') {
            buf_addz(&text, text.len == 0 ? "" : c->lang == LANG_ZH ? "；" : "; ");
            buf_addz(&text, parts[i]);
        }
    }
    node_put_text(problem, "text", arena_str(c->arena, buf_str(&text)));
    buf_release(&text);
    if (link != NULL) {
        node_put_word(problem, "link", link);
    }
}

void web__put_instant(struct node *object, const char *name, int64_t micros)
{
    node_put_text(object, name, web__instant(object->arena, micros));
}

cal_date web__day(int64_t micros)
{
    cal_datetime t = { .year = 1970, .month = 1, .day = 1 };
    cal_datetime_from_utc(micros / 1000000, 0, 8 * 3600, &t);
    return cal_datetime_date(t);
}

int64_t web__day_begins(cal_date day)
{
    return (cal_days_from_date(day) * 86400 - 8 * 3600) * INT64_C(1000000);
}

cal_date web__today(const struct web__call *c)
{
    return web__day(c->now);
}

str web__day_text(struct arena *a, cal_date day)
{
    return cal_date_text(a, day);
}

void web__put_day(struct node *object, const char *name, int64_t micros)
{
    node_put_text(object, name, micros > 0 ? web__day_text(object->arena, web__day(micros)) : STR(""));
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

feel_value web__typed(struct arena *a, enum scheme_field_type type, str text)
{
    dec number;
    switch (type) {
    case SCHEME_BOOLEAN: return feel_boolean(str_eq(text, STR("true")));
    case SCHEME_INTEGER:
        return dec_parse(text, &number) && dec_is_integer(number) ? feel_number(number) : feel_null();
    case SCHEME_DECIMAL: return dec_parse(text, &number) ? feel_number(number) : feel_null();
    case SCHEME_DATE:
    case SCHEME_TIME:
    case SCHEME_INSTANT: return feel_from_text(text, scheme_feel_type(type));
    default: return feel_string(arena_str(a, text));
    }
}

str web__shown(const struct web__call *c, feel_value v)
{
    if (v.kind == FEEL_BOOLEAN) {
        return str_of(lang_text(c->lang, v.boolean ? "Yes" : "No"));
    }
    if (v.kind != FEEL_LIST) {
        return publish_shown(c->arena, v);
    }
    str text = STR("");
    for (uint32_t i = 0; i < v.count; i++) {
        if (v.items[i].kind == FEEL_NULL) {
            continue;
        }
        if (v.items[i].kind == FEEL_LIST || v.items[i].kind == FEEL_CONTEXT) {
            return publish_shown(c->arena, v);
        }
        str one = web__shown(c, v.items[i]);
        text = text.len == 0 ? one
                             : arena_printf(c->arena, "%.*s%s%.*s", STR_ARG(text), c->lang == LANG_ZH ? "、" : ", ",
                                            STR_ARG(one));
    }
    return text;
}

str web__choice_called(const struct scheme *s, str value, enum lang lang)
{
    for (uint32_t i = 0; i < s->form_count; i++) {
        for (uint32_t k = 0; k < form_count(s->forms[i]); k++) {
            feel_value options = form_component(form_in(s->forms[i], lang), k)->options;
            for (uint32_t o = 0; options.kind == FEEL_LIST && o < options.count; o++) {
                if (str_eq(feel_text_member(options.items[o], "value"), value)) {
                    return feel_text_member(options.items[o], "label");
                }
            }
        }
    }
    return scheme_word(s, value, lang);
}

/* The scheme as it is installed now; NULL: it is not. */
static const struct scheme *installed(struct web__call *c, struct store_view *v, str scheme)
{
    const struct scheme *s;
    return record_installed(c->web->config.record, v, scheme, &s, NULL) == OK ? s : NULL;
}

str web__word(struct web__call *c, struct store_view *v, str scheme, str text)
{
    return c->lang == LANG_ZH ? text : scheme_word(installed(c, v, scheme), text, c->lang);
}

str web__task_called(struct web__call *c, struct store_view *v, str scheme, str name)
{
    return c->lang == LANG_ZH ? name : work_task_called(installed(c, v, scheme), name, c->lang, c->arena);
}

str web__sentence(struct web__call *c, struct store_view *v, str scheme, str text)
{
    return c->lang == LANG_ZH ? text : scheme_sentence(installed(c, v, scheme), text, c->lang, c->arena);
}

str web__unit(const struct web__call *c, str unit)
{
    int which = scheme_unit(unit);
    const char *english = which == SCHEME_WORKING_DAYS ? "working days" : "calendar days";
    return which < 0 ? unit : str_of(lang_text(c->lang, english));
}

const char *web__state_word(str state)
{
    switch (scheme_state(state)) {
    case SCHEME_CONFIRMED: return "Confirmed";
    case SCHEME_PROVISIONAL: return "To be verified";
    case SCHEME_SAMPLE: return "Sample";
    default: return "";
    }
}

void web__crumb(struct web__call *c, const char *sentence, str link)
{
    const struct node *there = node_member(c->model, STR("crumbs"));
    struct node *crumb = node_add_object(there != NULL ? (struct node *)there : node_put_list(c->model, "crumbs"));
    node_put_word(crumb, "text", sentence);
    node_put_text(crumb, "link", link);
}

str web__party_name(struct web__call *c, struct store_view *v, str handle)
{
    struct record_row row;
    const struct scheme_ledger *l;
    struct error err = { .code = OK };
    if (party_read(c->web->config.record, v, c->arena, handle, &row, &err) != OK ||
        record_ledger(c->web->config.record, v, NULL, STR("core.parties"), NULL, &l, NULL, &err) != OK) {
        return handle;
    }
    feel_value name = feel_member(record_context(c->arena, l, &row), "name");
    return name.kind == FEEL_STRING && name.count > 0 ? feel_str(name) : handle;
}
