/* page_rounds: a round's numbers: opened, looked at against the year before, given their source, confirmed by a second
 * person. Tables of them go out and come in by page_import. */
#include "web/desk_int.h"

#include "base/limit.h"

static const struct web__said said[] = {
    { "opened", "The round is opened: each row is copied and waits to be confirmed" },
    { "set", "The row is changed" },
    { "confirmed", "The row is confirmed" },
    { "imported", "The table is taken in: its rows are proposals until a second person confirms them" },
};

enum { SAID = sizeof said / sizeof said[0] };

str web__round_address(struct web__call *c, str scheme, str round)
{
    return arena_printf(c->arena, "/office/rounds/%.*s/%.*s", STR_ARG(web__address_part(c->arena, scheme)),
                        STR_ARG(web__address_part(c->arena, round)));
}

static str number_of(struct web__call *c, feel_value v, const char *name)
{
    return publish_shown(c->arena, feel_member(v, name));
}

/* ---- The rounds ---- */

static void put_counts(struct web__call *c, struct node *to, feel_value v)
{
    node_put_text(to, "from", number_of(c, v, "from"));
    node_put_text(to, "count", number_of(c, v, "count"));
    node_put_text(to, "confirmed", number_of(c, v, "confirmed"));
    node_put_text(to, "without_source", number_of(c, v, "without source"));
    node_put_true(to, "unsourced", !str_eq(number_of(c, v, "without source"), STR("0")));
    node_put_true(to, "whole", str_eq(number_of(c, v, "count"), number_of(c, v, "confirmed")));
}

static void put_rounds_of(struct web__desk *d, const struct scheme *s, struct node *list)
{
    struct web__call *c = d->c;
    struct error err = { .lang = c->lang };
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    enum error_code code = record_rounds_write(d->v, s, &json, &err);
    feel_value rounds = web__desk_value(c, &json);
    if (code != OK) {
        web__desk_problem(c, &err, "");
        return;
    }
    for (uint32_t i = 0; i < rounds.count; i++) {
        struct node *item = node_add_object(list);
        str round = feel_text_member(rounds.items[i], "round");
        node_put_text(item, "scheme", web__called(c, s->title, s->name));
        node_put_text(item, "round", round);
        node_put_text(item, "link", web__round_address(c, s->name, round));
        put_counts(c, item, rounds.items[i]);
    }
}

static void show_rounds(struct web__call *c, int status)
{
    struct web__desk d;
    struct web__installed *all;
    str name = web__text(c, "scheme");
    if (!web__desk_open(c, &d)) {
        return;
    }
    uint32_t count = web__desk_installed(&d, &all);
    struct node *schemes = node_put_list(c->model, "schemes"), *rounds = node_put_list(c->model, "rounds");
    for (uint32_t i = 0; i < count; i++) {
        const struct scheme *s = all[i].last ? web__desk_scheme(&d, all[i].scheme) : NULL;
        if (s != NULL && s->parameter_count > 0) {
            struct node *item = node_add_object(schemes);
            node_put_text(item, "name", s->name);
            node_put_text(item, "title", web__called(c, s->title, s->name));
            node_put_true(item, "chosen", str_eq(s->name, name));
            put_rounds_of(&d, s, rounds);
        }
    }
    node_put_text(c->model, "round", web__text(c, "round"));
    node_put_text(c->model, "from", web__text(c, "from"));
    node_put_true(c->model, "may", web__desk_deploys(&d));
    if (web__desk_close(&d)) {
        web__desk_tabs(c, "rounds");
        web__answer(c, status, page_lists_rounds);
    }
}

void web__page_rounds(struct web__call *c)
{
    show_rounds(c, 200);
}

static enum error_code open_round(struct web__call *c, const struct scheme *s, str round, struct error *err)
{
    cal_date from;
    uint32_t copied;
    if (round.len == 0 || !cal_parse_date(web__text(c, "from"), &from)) {
        return error_set(err, ERROR_INVALID, "say which round, and from which day on it holds");
    }
    if (memchr(round.ptr, '/', round.len) != NULL) {
        return error_set(err, ERROR_INVALID, "the name of a round has no stroke in it");
    }
    return record_round_open(c->web->config.record, s, round, from, c->person, c->now, &copied, err);
}

void web__form_round_open(struct web__call *c)
{
    struct web__desk d;
    struct error err = { .lang = c->lang };
    str round = str_trim(web__text(c, "round"));
    if (!web__desk_open(c, &d)) {
        return;
    }
    const struct scheme *s = web__desk_scheme(&d, web__text(c, "scheme"));
    bool may = web__desk_deploys(&d);
    if (!web__desk_close(&d)) {
        return;
    }
    enum error_code code = !may        ? error_set(&err, ERROR_INVALID, "this is not for you to do")
                           : s == NULL ? error_set(&err, ERROR_MISSING, "choose a scheme")
                                       : open_round(c, s, round, &err);
    if (code == OK) {
        web__go(c, arena_printf(c->arena, "%.*s?done=opened", STR_ARG(web__round_address(c, s->name, round))));
        return;
    }
    web__desk_problem(c, &err, "#new");
    show_rounds(c, may ? 422 : 403);
}

/* ---- One round ---- */

/* Of a cell that is typed into one line; the others are changed by a table. */
static bool is_plain(enum scheme_field_type type)
{
    return type != SCHEME_QUANTITY && type != SCHEME_PLACE && type != SCHEME_HOURS && type != SCHEME_FILE &&
           type != SCHEME_LIST;
}

static void put_input(struct web__call *c, struct node *inputs, feel_value v, str name, str label, bool flag)
{
    struct node *item = node_add_object(inputs);
    str row = publish_shown(c->arena, feel_member(v, "row"));
    feel_value value = feel_null();
    feel_context_get(v, name, &value);
    node_put_text(item, "name", arena_printf(c->arena, "f.%.*s", STR_ARG(name)));
    node_put_text(item, "id", arena_printf(c->arena, "r%.*s-%.*s", STR_ARG(row), STR_ARG(name)));
    node_put_text(item, "label", label);
    node_put_text(item, "value", publish_shown(c->arena, value));
    node_put_true(item, "flag", flag);
    node_put_true(item, "is_true", feel_is_true(value));
    node_put_true(item, "is_false", value.kind == FEEL_BOOLEAN && !value.boolean);
}

/* Its values in words, and what they were in the row before: "count: 300 → 280". */
static void put_values(struct web__call *c, struct node *row, const struct scheme_parameter *p, feel_value v)
{
    feel_value changed = feel_member(v, "changed");
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES), was = BUF_INIT(LIMIT_JSON_BYTES);
    for (uint32_t i = 0; i < p->column_count; i++) {
        feel_value cell;
        str shown = feel_context_get(v, p->columns[i].name, &cell) ? web__shown(c, cell) : STR("");
        str title = web__called(c, p->columns[i].title, p->columns[i].name);
        buf_printf(&text, "%s%.*s: %.*s", i > 0 ? " · " : "", STR_ARG(title), STR_ARG(shown));
        if (changed.kind == FEEL_CONTEXT && feel_context_get(changed, p->columns[i].name, &cell) && cell.count == 2) {
            str before = web__shown(c, cell.items[0]), now = web__shown(c, cell.items[1]);
            buf_printf(&was, "%s%.*s: %.*s → %.*s", was.len > 0 ? " · " : "", STR_ARG(title),
                       STR_ARG(before.len > 0 ? before : STR("-")), STR_ARG(now.len > 0 ? now : STR("-")));
        }
    }
    node_put_text(row, "text", arena_str(c->arena, buf_str(&text)));
    node_put_text(row, "changed", arena_str(c->arena, buf_str(&was)));
    buf_release(&text);
    buf_release(&was);
}

static void put_row(struct web__desk *d, const struct scheme_parameter *p, struct node *rows, feel_value v)
{
    struct web__call *c = d->c;
    struct node *row = node_add_object(rows);
    str state = feel_text_member(v, "state");
    int64_t actor;
    bool known = feel_whole(feel_member(v, "actor"), &actor);
    node_put_text(row, "row", publish_shown(c->arena, feel_member(v, "row")));
    node_put_text(row, "parameter", p->name);
    node_put_word(row, "state", web__state_word(state));
    node_put_text(row, "source", publish_shown(c->arena, feel_member(v, "source")));
    node_put_text(row, "paper", publish_shown(c->arena, feel_member(v, "paper number")));
    node_put_text(row, "by", known ? web__desk_person_name(d, actor) : STR(""));
    node_put_true(row, "confirmed", str_eq(state, STR("confirmed")));
    node_put_true(row, "new", feel_is_true(feel_member(v, "new")));
    put_values(c, row, p, v);
    struct node *inputs = node_put_list(row, "inputs");
    for (uint32_t i = p->key_count; i < p->column_count; i++) {
        const struct scheme_column *col = &p->columns[i];
        if (is_plain(col->type)) {
            put_input(c, inputs, v, col->name, web__called(c, col->title, col->name), col->type == SCHEME_BOOLEAN);
        }
    }
    put_input(c, inputs, v, STR("source"), str_of(lang_text(c->lang, "Source")), false);
}

/* The rows of a parameter, those that changed first in words; a parameter without any is shown too: rules that read it
 * can only say that nothing is known. */
static void put_parameter(struct web__desk *d, const struct scheme_parameter *p, struct node *list, feel_value rows)
{
    struct web__call *c = d->c;
    struct node *item = node_add_object(list), *shown = node_put_list(item, "rows");
    int64_t count = 0, changed = 0;
    for (uint32_t i = 0; i < rows.count; i++) {
        feel_value v = rows.items[i];
        if (str_eq(feel_text_member(v, "parameter"), p->name)) {
            put_row(d, p, shown, v);
            count++;
            changed += feel_member(v, "changed").count > 0 || feel_is_true(feel_member(v, "new"));
        }
    }
    node_put_text(item, "name", p->name);
    node_put_text(item, "title", web__called(c, p->title, p->name));
    node_put_int(item, "row_count", count);
    node_put_int(item, "changed_count", changed);
    node_put_true(item, "some", count > 0);
    node_put_true(item, "some_changed", changed > 0);
}

static void put_round(struct web__desk *d, const struct scheme *s, str round)
{
    struct web__call *c = d->c;
    struct error err = { .lang = c->lang };
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    enum error_code code = record_round_write(d->v, s, round, &json, &err);
    feel_value v = web__desk_value(c, &json), rows = feel_member(v, "rows");
    if (code != OK && code != ERROR_MISSING) {
        web__desk_problem(c, &err, "");
        return;
    }
    struct node *list = node_put_list(c->model, "parameters");
    for (uint32_t i = 0; i < s->parameter_count; i++) {
        put_parameter(d, &s->parameters[i], list, rows);
    }
    node_put_true(c->model, "some", rows.count > 0);
    put_counts(c, c->model, v);
}

static void show_round(struct web__call *c, int status)
{
    struct web__desk d;
    if (!web__desk_open(c, &d)) {
        return;
    }
    const struct scheme *s = web__desk_scheme(&d, c->words[0]);
    if (s == NULL || s->parameter_count == 0) {
        web__desk_nothing(&d);
        return;
    }
    put_round(&d, s, c->words[1]);
    node_put_text(c->model, "title", web__called(c, s->title, s->name));
    node_put_text(c->model, "round", c->words[1]);
    node_put_text(c->model, "here", web__round_address(c, s->name, c->words[1]));
    node_put_true(c->model, "may", web__desk_deploys(&d));
    if (web__desk_close(&d)) {
        web__desk_done(c, said, SAID);
        web__desk_tabs(c, "rounds");
        web__crumb(c, "Rounds", STR("/office/rounds"));
        web__answer(c, status, page_lists_round);
    }
}

void web__page_round(struct web__call *c)
{
    show_round(c, 200);
}

/* ---- A row of it ---- */

/* What was typed differently from what the row says, each as the type of its column. */
static enum error_code typed_values(struct web__call *c, const struct scheme_parameter *p, feel_value row,
                                    feel_value *ret, struct error *err)
{
    str *names = ARENA_ARRAY(c->arena, str, p->column_count + 1);
    feel_value *values = ARENA_ARRAY(c->arena, feel_value, p->column_count + 1);
    uint32_t n = 0;
    for (uint32_t i = p->key_count; i <= p->column_count; i++) {
        bool source = i == p->column_count;
        str name = source ? STR("source") : p->columns[i].name;
        enum scheme_field_type type = source ? SCHEME_TEXT : p->columns[i].type;
        const str *text = http_field(c->r, arena_printf(c->arena, "f.%.*s", STR_ARG(name)).ptr);
        feel_value now = feel_null();
        feel_context_get(row, name, &now);
        if (text == NULL || !is_plain(type) || str_eq(str_trim(*text), publish_shown(c->arena, now))) {
            continue;
        }
        names[n] = name;
        values[n] = str_trim(*text).len == 0 ? feel_null() : web__typed(c->arena, type, str_trim(*text));
        if (values[n].kind == FEEL_NULL && str_trim(*text).len > 0) {
            error_set(err, ERROR_INVALID, "\"%.*s\" does not fit the field \"%.*s\"", STR_ARG(*text), STR_ARG(name));
            error_hint(err, "numbers as 12.5, days as 2026-01-31");
            return ERROR_INVALID;
        }
        n++;
    }
    *ret = feel_context(feel_shape_new(c->arena, names, n), values);
    return n > 0 ? OK : error_set(err, ERROR_INVALID, "no value of the row is changed");
}

/* The row of the round as it stands; null: it has none of this number. */
static feel_value row_of(struct web__desk *d, const struct scheme *s, int64_t row)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    enum error_code code = record_round_write(d->v, s, d->c->words[1], &json, NULL);
    feel_value rows = feel_member(web__desk_value(d->c, &json), "rows");
    for (uint32_t i = 0; code == OK && i < rows.count; i++) {
        int64_t n;
        if (feel_whole(feel_member(rows.items[i], "row"), &n) && n == row) {
            return rows.items[i];
        }
    }
    return feel_null();
}

static enum error_code act_on_row(struct web__call *c, const struct scheme *s, feel_value row, struct error *err)
{
    struct record_plan plan;
    feel_value with = feel_null();
    bool confirm = str_eq(web__text(c, "act"), STR("confirm"));
    const struct scheme_parameter *p = scheme_parameter(s, feel_text_member(row, "parameter"));
    str paper = str_trim(web__text(c, "paper"));
    if (p == NULL) {
        return error_set(err, ERROR_MISSING, "there is nothing here, or it is not for you to see");
    }
    if (confirm && paper.len == 0) {
        return error_set(err, ERROR_INVALID, "say which paper it rests on");
    }
    enum error_code code = confirm ? OK : typed_values(c, p, row, &with, err);
    code = code == OK ? record_begin(c->web->config.record, c->arena, c->person, c->now, &plan, err) : code;
    if (code == OK) {
        int64_t number = web__int(c, "row", 0);
        code = confirm ? record_round_confirm(&plan, s, p, number, paper, err)
                       : record_round_set(&plan, s, p, number, with, err);
        code = record_finish(&plan, code, NULL, err);
    }
    return code;
}

void web__form_round(struct web__call *c)
{
    struct web__desk d;
    struct error err = { .lang = c->lang };
    if (!web__desk_open(c, &d)) {
        return;
    }
    const struct scheme *s = web__desk_scheme(&d, c->words[0]);
    if (s == NULL || !web__desk_deploys(&d)) {
        web__desk_nothing(&d);
        return;
    }
    feel_value row = row_of(&d, s, web__int(c, "row", 0));
    if (!web__desk_close(&d)) {
        return;
    }
    if (act_on_row(c, s, row, &err) == OK) {
        web__go(c, arena_printf(c->arena, "%.*s?done=%s#r%lld", STR_ARG(web__round_address(c, s->name, c->words[1])),
                                str_eq(web__text(c, "act"), STR("confirm")) ? "confirmed" : "set",
                                (long long)web__int(c, "row", 0)));
        return;
    }
    web__desk_problem(c, &err, arena_printf(c->arena, "#r%lld", (long long)web__int(c, "row", 0)).ptr);
    show_round(c, 422);
}
