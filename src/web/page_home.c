/* page_home: the first page, help, accessibility, complaints about this site; and what several public pages ask: the
 * schemes, what may be applied for and when. */
#include "web/web_int.h"

#include "base/limit.h"
#include "publish/register.h"

enum { LATEST = 8 };

/* ---- Schemes ---- */

uint32_t web__schemes(struct web__call *c, struct store_view *v, const struct scheme **ret)
{
    str names[WEB__SCHEMES];
    uint32_t found = record_schemes(v, c->arena, names, WEB__SCHEMES), count = 0;
    for (uint32_t i = 0; i < found; i++) {
        if (!str_eq(names[i], STR("core")) &&
            record_installed(c->web->config.record, v, names[i], &ret[count], NULL) == OK) {
            count++;
        }
    }
    return count;
}

const struct scheme *web__scheme(struct web__call *c, struct store_view *v)
{
    const struct scheme *s;
    if (record_installed(c->web->config.record, v, c->words[0], &s, NULL) == OK) {
        return s;
    }
    if (web__view_end(c, v)) {
        web__nothing(c);
    }
    return NULL;
}

bool web__may_apply(const struct scheme *s, const struct scheme_process *p)
{
    unsigned ways = SCHEME_START_COUNTER;
    for (uint32_t i = 0; i < s->procedure_count; i++) {
        ways = (s->procedures[i].start_by & SCHEME_START_WEB) != 0 ? SCHEME_START_WEB : ways;
    }
    return (p->start_by & ways) != 0 && p->start_form.len > 0;
}

void web__nothing(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    error_set(&err, ERROR_MISSING, "there is no such page");
    error_hint(&err, "check the address, or search from the first page");
    web__refuse(c, 404, &err);
}

/* ---- When to apply ---- */

static bool mentions(str text, str name)
{
    return text.len > 0 && name.len > 0 && memmem(text.ptr, text.len, name.ptr, name.len) != NULL;
}

/* The parameter whose rows are windows: it has the columns opens and closes, and the process names it. */
static const struct scheme_parameter *windows_of(const struct scheme *s, const struct scheme_process *p)
{
    for (uint32_t i = 0; i < s->parameter_count; i++) {
        const struct scheme_parameter *table = &s->parameters[i];
        bool opens = false, closes = false;
        for (uint32_t k = 0; k < table->column_count; k++) {
            opens |= str_eq(table->columns[k].name, STR("opens"));
            closes |= str_eq(table->columns[k].name, STR("closes"));
        }
        if (opens && closes && mentions(p->window, table->name)) {
            return table;
        }
    }
    return NULL;
}

/* The keys of a row as people read them: "AAA · 城区"; what is for all and the name of the event are left out. */
static str keys_of(struct web__call *c, const struct scheme_parameter *table, feel_value row)
{
    str text = STR("");
    for (uint32_t k = 0; k < table->key_count; k++) {
        feel_value v = feel_null();
        feel_context_get(row, table->columns[k].name, &v);
        str shown = publish_shown(c->arena, v);
        if (shown.len > 0 && !str_eq(shown, STR("*")) && !str_eq(table->columns[k].name, STR("event"))) {
            text = text.len == 0 ? shown : arena_printf(c->arena, "%.*s · %.*s", STR_ARG(text), STR_ARG(shown));
        }
    }
    return text;
}

static int64_t days_until(const struct web__call *c, feel_value day)
{
    return day.kind != FEEL_DATE ? INT64_MAX : cal_days_from_date(day.date) - cal_days_from_date(web__today(c));
}

static void put_window(struct web__call *c, const struct scheme_parameter *table, feel_value row, struct node *list)
{
    struct node *n = node_add_object(list);
    int64_t begins = days_until(c, feel_member(row, "opens")), ends = days_until(c, feel_member(row, "closes"));
    node_put_text(n, "keys", keys_of(c, table, row));
    node_put_text(n, "opens", publish_shown(c->arena, feel_member(row, "opens")));
    node_put_text(n, "closes", publish_shown(c->arena, feel_member(row, "closes")));
    bool open = begins <= 0 && ends >= 0 && ends != INT64_MAX;
    node_put_true(n, "open", open);
    node_put_true(n, "over", ends < 0);
    if (open || (begins > 0 && begins != INT64_MAX)) {
        node_put_int(n, "left", open ? ends + 1 : begins);
    }
    node_put_text(n, "source", feel_text_member(row, "source"));
    node_put_word(n, "state", web__state_word(feel_text_member(row, "state")));
}

void web__put_windows(struct web__call *c, struct store_view *v, const struct scheme *s, const struct scheme_process *p,
                      struct node *to)
{
    const struct scheme_parameter *table = windows_of(s, p);
    feel_value rows = feel_null();
    if (table == NULL) {
        node_put_true(to, "any_time", p->window.len == 0);
        return;
    }
    record_parameter(c->web->config.record, v, s, table, web__today(c), c->arena, &rows, NULL);
    struct node *list = node_put_list(to, "windows");
    for (uint32_t i = 0; rows.kind == FEEL_LIST && i < rows.count; i++) {
        put_window(c, table, rows.items[i], list);
    }
    node_put_true(to, "no_windows", rows.kind != FEEL_LIST || rows.count == 0);
}

/* ---- Home ---- */

static void put_schemes(struct web__call *c, struct store_view *v)
{
    const struct scheme *schemes[WEB__SCHEMES];
    uint32_t count = web__schemes(c, v, schemes);
    struct node *list = node_put_list(c->model, "schemes");
    for (uint32_t i = 0; i < count; i++) {
        const struct scheme_process *first = NULL;
        for (uint32_t k = 0; k < schemes[i]->procedure_count && first == NULL; k++) {
            first = web__may_apply(schemes[i], &schemes[i]->procedures[k]) ? &schemes[i]->procedures[k] : NULL;
        }
        struct node *row = node_add_object(list);
        node_put_text(row, "name", schemes[i]->name);
        node_put_text(row, "title", scheme_text(schemes[i]->title, c->lang));
        if (first != NULL) {
            node_put_true(row, "apply", true);
            web__put_windows(c, v, schemes[i], first, row);
        }
    }
}

void web__page_home(struct web__call *c)
{
    struct publish_notice rows[LATEST];
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    const struct publish_query q = { .before = INT64_MAX, .max = LATEST, .whole = true };
    uint32_t count = publish_find(v, &q, c->arena, rows);
    put_schemes(c, v);
    if (!web__view_end(c, v)) {
        return;
    }
    web__put_notices(c, c->model, "notices", rows, count);
    http_may_cache(c->r);
    web__answer(c, 200, page_home);
}

/* ---- Pages that only say something ---- */

static void say(struct web__call *c, template_function *page)
{
    web__crumb(c, "Home", STR("/"));
    http_may_cache(c->r);
    web__answer(c, 200, page);
}

void web__page_help(struct web__call *c)
{
    say(c, page_help);
}

void web__page_accessibility(struct web__call *c)
{
    say(c, page_accessibility);
}

void web__page_complain(struct web__call *c)
{
    say(c, page_complain);
}
