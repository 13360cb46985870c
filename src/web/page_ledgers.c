/* page_ledgers: 台账. The ledgers of the installed schemes, their rows, what a row said when, and writing into them. */
#include "web/desk_int.h"

#include "base/limit.h"
#include "record/party.h"

enum { ROWS = 50, WHOLE = 20000, STEP = 500, COUNTED = 1000, FIRST_COLUMNS = 8, DUES = 50 };

static const struct web__said said[] = {
    { "added", "The row is added" },
    { "changed", "The row is changed; what it said before stays readable" },
    { "struck", "The row is struck; what it said stays readable" },
    { "imported", "The table is imported" },
};

/* ---- One ledger, and what the reader may see of it ---- */

struct look {
    struct web__desk d;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger, *seen; /* seen: with the fields that he may see */
    const struct scheme_view *view;            /* of the package, or NULL */
    enum scheme_class least;
    int64_t office;
    bool personal;
};

static enum people_class class_of(enum scheme_class c)
{
    static const enum people_class classes[] = { [SCHEME_SEALED] = PEOPLE_SEALED, [SCHEME_PERSONAL] = PEOPLE_PERSONAL,
                                                 [SCHEME_INTERNAL] = PEOPLE_INTERNAL, [SCHEME_PUBLIC] = PEOPLE_PUBLIC };
    return classes[c];
}

static bool may(const struct look *k, enum people_verb verb, int64_t office)
{
    return web__desk_may(&k->d, verb, PEOPLE_KIND_RECORD, office, class_of(k->least));
}

/* False after an answer was sent. */
static bool open_ledger(struct web__call *c, struct look *ret)
{
    *ret = (struct look){ .least = SCHEME_INTERNAL };
    if (!web__desk_open(c, &ret->d)) {
        return false;
    }
    bool dotted = memchr(c->words[0].ptr, '.', c->words[0].len) != NULL;
    ret->office = web__desk_office(&ret->d, PEOPLE_VERB_SEE);
    bool there = dotted && ret->office != 0 && record_ledger(c->web->config.record, ret->d.v, NULL, c->words[0],
                                                             &ret->scheme, &ret->ledger, NULL, NULL) == OK;
    if (!there) {
        web__desk_nothing(&ret->d);
        return false;
    }
    ret->personal = web__flag(c, "personal") &&
                    web__desk_may(&ret->d, PEOPLE_VERB_SEE, PEOPLE_KIND_RECORD, ret->office, PEOPLE_PERSONAL);
    ret->least = ret->personal ? SCHEME_PERSONAL : SCHEME_INTERNAL;
    ret->seen = record_ledger_seen(c->arena, ret->ledger, ret->least);
    return true;
}

static str title_of(const struct look *k)
{
    return web__called(k->d.c, k->ledger->title, k->ledger->name);
}

static str field_title(const struct look *k, const struct scheme_field *f)
{
    return web__called(k->d.c, f->title, f->name);
}

static str link_of(const struct look *k, const char *more)
{
    return arena_printf(k->d.c->arena, "/office/ledgers/%.*s.%.*s%s", STR_ARG(k->scheme->name),
                        STR_ARG(k->ledger->name), more);
}

static bool has_personal(const struct scheme_ledger *l)
{
    for (uint32_t i = 0; i < l->field_count; i++) {
        if (l->fields[i].class == SCHEME_PERSONAL) {
            return true;
        }
    }
    return false;
}

/* Whoever looks at personal values is noted, before he sees them. `row` 0: a table. */
static bool note_look(struct web__call *c, const struct look *k, int64_t row)
{
    struct people_plan plan;
    struct error err = { .lang = c->lang };
    enum error_code code = people_begin(c->web->config.people, c->arena, c->person, c->now, &plan, &err);
    if (code == OK) {
        str detail = arena_printf(c->arena, "{\"ledger\":\"%.*s.%.*s\",\"what\":\"personal\"}",
                                  STR_ARG(k->scheme->name), STR_ARG(k->ledger->name));
        code = people_audit(&plan, STR("see"), STR("record"), row, detail, &err);
        code = people_finish(&plan, code, NULL, &err);
    }
    if (code != OK) {
        web__refuse(c, 503, &err);
    }
    return code == OK;
}

/* ---- Values ---- */

/* Personal values are opened where they may be seen; what is erased is shown as nothing. */
static feel_value open_value(struct look *k, feel_value v)
{
    if (!record_is_sealed(v)) {
        return v;
    }
    feel_value plain = feel_null();
    bool open = k->personal && record_unseal(k->d.c->web->config.record, k->d.v, k->d.c->arena, v, &plain, NULL) == OK;
    return open ? plain : feel_null();
}

static str shown(struct look *k, const struct scheme_field *f, feel_value v)
{
    struct web__call *c = k->d.c;
    v = open_value(k, v);
    if (v.kind == FEEL_BOOLEAN) {
        return str_of(lang_text(c->lang, feel_is_true(v) ? "yes" : "no"));
    }
    if (f != NULL && f->type == SCHEME_PARTY && v.kind == FEEL_STRING) {
        return web__desk_party_name(&k->d, feel_str(v));
    }
    if (f != NULL && f->type == SCHEME_PLACE && v.kind == FEEL_CONTEXT) {
        return feel_text_member(v, "name");
    }
    if (f != NULL && f->type == SCHEME_FILE && v.kind == FEEL_CONTEXT) {
        return feel_text_member(v, "name");
    }
    if (f != NULL && f->type == SCHEME_QUANTITY && v.kind == FEEL_CONTEXT) {
        str about = feel_text_member(v, "about"), number = publish_shown(c->arena, feel_member(v, "value"));
        return arena_printf(c->arena, "%.*s%.*s%.*s", STR_ARG(about), STR_ARG(number),
                            STR_ARG(feel_text_member(v, "unit")));
    }
    return publish_shown(c->arena, v);
}

/* The same on a page, in the words of the scheme. */
static str in_words(struct look *k, const struct scheme_field *f, feel_value v)
{
    return scheme_word(k->scheme, shown(k, f, v), k->d.c->lang);
}

/* A column of a row: a field, or "party.name", a field of the party in it. */
static str cell_of(struct look *k, const struct record_row *row, feel_value seen, str path)
{
    struct web__call *c = k->d.c;
    const char *dot = memchr(path.ptr, '.', path.len);
    str head = dot == NULL ? path : str_slice(path, 0, (size_t)(dot - path.ptr));
    feel_value v = feel_null();
    int32_t field = scheme_field(k->seen, head);
    if (str_eq(path, STR("row"))) {
        return arena_printf(c->arena, "%lld", (long long)row->row);
    }
    if (str_eq(path, STR("office"))) {
        return web__desk_office_name(&k->d, row->office);
    }
    if (field < 0 || !feel_context_get(seen, head, &v)) {
        return STR("");
    }
    if (dot == NULL) {
        return shown(k, &k->seen->fields[field], v);
    }
    const struct scheme_ledger *parties;
    struct record_row party;
    str rest = str_slice(path, head.len + 1, path.len);
    bool found = v.kind == FEEL_STRING && record_ledger(c->web->config.record, k->d.v, NULL, STR("core.parties"), NULL,
                                                        &parties, NULL, NULL) == OK &&
                 party_read(c->web->config.record, k->d.v, c->arena, feel_str(v), &party, NULL) == OK &&
                 feel_context_get(record_seen(c->arena, record_ledger_seen(c->arena, parties, k->least), &party), rest,
                                  &v);
    return found ? shown(k, NULL, v) : STR("");
}

static enum table_kind kind_of(const struct look *k, str path)
{
    int32_t f = scheme_field(k->seen, path);
    enum scheme_field_type type = f < 0 ? SCHEME_TEXT : k->seen->fields[f].type;
    return type == SCHEME_INTEGER || type == SCHEME_DECIMAL ? TABLE_NUMBER
           : type == SCHEME_DATE                            ? TABLE_DATE
                                                            : TABLE_TEXT;
}

static str column_title(const struct look *k, str path)
{
    struct web__call *c = k->d.c;
    const char *dot = memchr(path.ptr, '.', path.len);
    str head = dot == NULL ? path : str_slice(path, 0, (size_t)(dot - path.ptr));
    int32_t f = scheme_field(k->seen, head);
    if (str_eq(path, STR("row")) || str_eq(path, STR("office"))) {
        return str_of(lang_text(c->lang, str_eq(path, STR("row")) ? "Row" : "Office"));
    }
    str title = f < 0 ? head : field_title(k, &k->seen->fields[f]);
    if (dot == NULL) {
        return title;
    }
    str rest = str_slice(path, head.len + 1, path.len);
    const struct scheme_ledger *parties;
    if (record_ledger(c->web->config.record, k->d.v, NULL, STR("core.parties"), NULL, &parties, NULL, NULL) == OK &&
        scheme_field(parties, rest) >= 0) {
        const struct scheme_field *field = &parties->fields[scheme_field(parties, rest)];
        rest = web__called(c, field->title, rest);
    }
    return arena_printf(c->arena, "%.*s · %.*s", STR_ARG(title), STR_ARG(rest));
}

/* ---- The ledgers ---- */

void web__page_ledgers(struct web__call *c)
{
    struct web__desk d;
    struct web__installed *all;
    if (!web__desk_open(c, &d)) {
        return;
    }
    int64_t office = web__desk_office(&d, PEOPLE_VERB_SEE);
    uint32_t count = office != 0 ? web__desk_installed(&d, &all) : 0;
    struct node *groups = node_put_list(c->model, "groups");
    for (uint32_t i = 0; i < count; i++) {
        const struct scheme *s = all[i].last ? web__desk_scheme(&d, all[i].scheme) : NULL;
        if (s == NULL || s->ledger_count == 0) {
            continue;
        }
        struct node *group = node_add_object(groups);
        struct node *ledgers = node_put_list(group, "ledgers");
        node_put_text(group, "title", web__called(c, s->title, s->name));
        for (uint32_t k = 0; k < s->ledger_count; k++) {
            const struct scheme_ledger *l = &s->ledgers[k];
            const struct people_tree *reach = web__desk_reach(&d, office);
            const struct record_query q = { .scheme = s, .ledger = l, .office = office, .tree = reach,
                                            .flags = RECORD_ALL_TIMES, .known_at = INT64_MAX };
            uint32_t rows = 0;
            struct node *item = node_add_object(ledgers);
            node_put_text(item, "title", web__called(c, l->title, l->name));
            node_put_text(item, "link", arena_printf(c->arena, "/office/ledgers/%.*s.%.*s", STR_ARG(s->name),
                                                     STR_ARG(l->name)));
            node_put_true(item, "counted", record_count(d.v, d.ev, &q, COUNTED, &rows, NULL) == OK);
            node_put_int(item, "count", rows);
            node_put_true(item, "more", rows == COUNTED);
        }
    }
    if (web__desk_close(&d)) {
        web__desk_tabs(c, "ledgers");
        web__answer(c, 200, page_lists_ledgers);
    }
}

/* ---- What is asked of a ledger ---- */

/* FEEL of a text that is compared with a field of a type; false: it is none. */
static bool literal(struct arena *a, enum scheme_field_type type, str text, str *ret)
{
    dec n;
    cal_date day;
    if (type == SCHEME_INTEGER || type == SCHEME_DECIMAL) {
        *ret = text;
        return dec_parse(text, &n);
    }
    if (type == SCHEME_DATE) {
        *ret = arena_printf(a, "date(\"%.*s\")", STR_ARG(text));
        return cal_parse_date(text, &day);
    }
    if (type == SCHEME_BOOLEAN) {
        *ret = str_eq(text, STR("true")) || str_eq(text, STR("是")) ? STR("true") : STR("false");
        return true;
    }
    struct buf out = BUF_INIT(LIMIT_FEEL_STRING);
    buf_addc(&out, '"');
    for (size_t i = 0; i < text.len; i++) {
        bool special = text.ptr[i] == '"' || text.ptr[i] == '\\';
        buf_addz(&out, special ? "\\" : "");
        buf_addc(&out, text.ptr[i] >= 0 && text.ptr[i] < ' ' ? ' ' : text.ptr[i]);
    }
    buf_addc(&out, '"');
    *ret = arena_str(a, buf_str(&out));
    buf_release(&out);
    return true;
}

/* The filter of one field, which needs no FEEL to be written; empty: none is asked for. */
static enum error_code field_filter(struct look *k, str *ret, struct error *err)
{
    struct web__call *c = k->d.c;
    str name = web__text(c, "field"), op = web__text(c, "op"), text = str_trim(web__text(c, "is")), value;
    int32_t f = name.len == 0 ? -1 : scheme_field(k->seen, name);
    *ret = STR("");
    if (name.len == 0 || text.len == 0) {
        return OK;
    }
    if (f < 0) {
        return error_set(err, ERROR_INVALID, "the ledger has no such field for this reader");
    }
    enum scheme_field_type type = k->seen->fields[f].type;
    if (!literal(c->arena, type, text, &value)) {
        error_set(err, ERROR_INVALID, "\"%.*s\" does not fit the field", STR_ARG(text));
        error_hint(err, "numbers as 12.5, days as 2026-01-31");
        return ERROR_INVALID;
    }
    bool contains = str_eq(op, STR("has")) && type != SCHEME_DATE && type != SCHEME_INTEGER && type != SCHEME_DECIMAL;
    const char *sign = str_eq(op, STR("ge")) ? ">=" : str_eq(op, STR("le")) ? "<=" : "=";
    *ret = contains ? arena_printf(c->arena, "contains(%.*s, %.*s)", STR_ARG(name), STR_ARG(value))
                    : arena_printf(c->arena, "%.*s %s %.*s", STR_ARG(name), sign, STR_ARG(value));
    return OK;
}

static str both(struct arena *a, str x, str y)
{
    return x.len == 0 ? y : y.len == 0 ? x : arena_printf(a, "(%.*s) and (%.*s)", STR_ARG(x), STR_ARG(y));
}

/* The first moment of a day; with `end` the last one. */
static enum error_code instant_of(str day, bool end, int64_t otherwise, int64_t *ret, struct error *err)
{
    cal_date d;
    *ret = otherwise;
    if (day.len == 0) {
        return OK;
    }
    if (!cal_parse_date(day, &d)) {
        error_set(err, ERROR_INVALID, "\"%.*s\" is no date", STR_ARG(day));
        error_hint(err, "write it as 2026-01-31");
        return ERROR_INVALID;
    }
    *ret = ((cal_days_from_date(d) + (end ? 1 : 0)) * 86400 - 8 * 3600) * 1000000 - (end ? 1 : 0);
    return OK;
}

/* Has the ledger words that he may search? */
static bool has_words(const struct look *k)
{
    bool any = false, hidden = false;
    for (uint32_t i = 0; i < k->ledger->field_count; i++) {
        any |= k->ledger->fields[i].search;
        hidden |= k->ledger->fields[i].search && k->seen->fields[i].name.len == 0;
    }
    return any && !hidden;
}

/* What he may not see he may not ask for either: the order would tell it, and so would what is found. */
static enum error_code check_question(const struct look *k, const struct record_query *q, struct error *err)
{
    bool hidden = (q->order.len > 0 && scheme_field(k->seen, q->order) < 0) || (q->words.len > 0 && !has_words(k));
    if (hidden) {
        error_set(err, ERROR_INVALID, "this ledger cannot be searched or ordered by fields that are not shown to you");
        error_hint(err, "ask for fields that are shown");
    }
    return hidden ? ERROR_INVALID : OK;
}

static enum error_code make_query(struct look *k, struct record_query *q, struct error *err)
{
    struct web__call *c = k->d.c;
    str filter, where = web__text(c, "where"), on = web__text(c, "on");
    bool ever = str_eq(on, STR("ever"));
    *q = (struct record_query){ .scheme = k->scheme, .ledger = k->ledger, .tree = web__desk_reach(&k->d, k->office),
                                .office = k->office,
                                .words = str_trim(web__text(c, "q")), .order = web__text(c, "order"),
                                .descending = web__flag(c, "down"), .after = web__text(c, "after"),
                                .flags = ever ? RECORD_ALL_TIMES : 0, .max = ROWS };
    str view = web__text(c, "view");
    k->view = view.len == 0 ? NULL : scheme_view(k->scheme, view);
    k->view = k->view != NULL && str_eq(k->view->ledger, k->ledger->name) ? k->view : NULL;
    if (k->view != NULL) {
        str order = k->view->order;
        bool down = order.len > 5 && str_eq(str_slice(order, order.len - 5, order.len), STR(" desc"));
        if (q->order.len == 0 && order.len > 0) {
            q->order = down ? str_slice(order, 0, order.len - 5) : order;
            q->descending = down;
        }
        where = both(c->arena, k->view->where, where);
    }
    enum error_code code = field_filter(k, &filter, err);
    code = code == OK ? instant_of(ever ? STR("") : on, false, c->now, &q->valid_at, err) : code;
    code = code == OK ? instant_of(web__text(c, "known"), true, INT64_MAX, &q->known_at, err) : code;
    code = code == OK ? check_question(k, q, err) : code;
    if (code == OK && web__text(c, "where").len > 0) {
        code = record_names(c->arena, k->seen, web__text(c, "where"), err);
    }
    where = both(c->arena, where, filter);
    if (code == OK && where.len > 0) {
        code = record_filter(c->arena, k->seen, where, NULL, &q->filter, err);
    }
    return code;
}

/* ---- Columns ---- */

/* Chosen by the address, by the view, or the first ones. */
static uint32_t columns_of(struct look *k, str *ret)
{
    str chosen = web__text(k->d.c, "fields");
    uint32_t count = 0;
    size_t from = 0;
    for (size_t i = 0; chosen.len > 0 && i <= chosen.len && count < LIMIT_SHEET_COLUMNS - 1; i++) {
        if (i == chosen.len || chosen.ptr[i] == ',') {
            str name = str_slice(chosen, from, i);
            from = i + 1;
            const char *dot = name.len == 0 ? NULL : memchr(name.ptr, '.', name.len);
            str head = dot == NULL ? name : str_slice(name, 0, (size_t)(dot - name.ptr));
            if (head.len > 0 && scheme_field(k->seen, head) >= 0) {
                ret[count++] = name;
            }
        }
    }
    for (uint32_t i = 0; count == 0 && k->view != NULL && i < k->view->field_count; i++) {
        const char *dot = memchr(k->view->fields[i].ptr, '.', k->view->fields[i].len);
        str head = dot == NULL ? k->view->fields[i]
                               : str_slice(k->view->fields[i], 0, (size_t)(dot - k->view->fields[i].ptr));
        if (scheme_field(k->seen, head) >= 0) {
            ret[count++] = k->view->fields[i];
        }
        if (i + 1 == k->view->field_count) {
            return count;
        }
    }
    for (uint32_t i = 0; count < FIRST_COLUMNS && chosen.len == 0 && i < k->seen->field_count; i++) {
        if (k->seen->fields[i].name.len > 0) {
            ret[count++] = k->seen->fields[i].name;
        }
    }
    return count;
}

/* All fields, each with the address that shows or hides it. */
static void put_choices(struct look *k, const str *columns, uint32_t count)
{
    struct web__call *c = k->d.c;
    struct node *list = node_put_list(c->model, "fields"), *sorted = node_put_list(c->model, "asked_fields");
    for (uint32_t i = 0; i < k->seen->field_count; i++) {
        str name = k->seen->fields[i].name;
        if (name.len == 0) {
            continue;
        }
        struct buf with = BUF_INIT(8192);
        bool there = false;
        for (uint32_t n = 0; n < count; n++) {
            if (str_eq(columns[n], name)) {
                there = true;
            } else {
                buf_printf(&with, "%s%.*s", with.len > 0 ? "," : "", STR_ARG(columns[n]));
            }
        }
        if (!there) {
            buf_printf(&with, "%s%.*s", with.len > 0 ? "," : "", STR_ARG(name));
        }
        struct node *item = node_add_object(list);
        node_put_text(item, "title", field_title(k, &k->seen->fields[i]));
        node_put_true(item, "there", there);
        node_put_text(item, "link", web__here_with(c, "fields", arena_str(c->arena, buf_str(&with)), NULL));
        buf_release(&with);
        struct node *field = node_add_object(sorted);
        node_put_text(field, "name", name);
        node_put_text(field, "title", field_title(k, &k->seen->fields[i]));
        node_put_true(field, "chosen", str_eq(name, web__text(c, "field")));
    }
}

static str sort_link(struct look *k, str column)
{
    struct web__call *c = k->d.c;
    int32_t f = scheme_field(k->seen, column);
    if (f < 0 || !k->seen->fields[f].index) {
        return STR("");
    }
    bool turn = str_eq(web__text(c, "order"), column) && !web__flag(c, "down");
    str address = web__here_with(c, "order", column, "down");
    return turn ? arena_printf(c->arena, "%.*s&down=1", STR_ARG(address)) : address;
}

static struct web__grid *new_grid(struct look *k, const str *columns, uint32_t count)
{
    struct web__call *c = k->d.c;
    struct web__grid *g = web__grid_new(c, title_of(k));
    g->scheme = k->scheme;
    web__grid_column(g, str_of(lang_text(c->lang, "Row")), TABLE_TEXT);
    for (uint32_t i = 0; i < count; i++) {
        g->sorts[g->column_count] = sort_link(k, columns[i]);
        web__grid_column(g, column_title(k, columns[i]), kind_of(k, columns[i]));
    }
    return g;
}

static void add_rows(struct look *k, struct web__grid *g, const struct record_answer *a, const str *columns,
                     uint32_t count)
{
    struct arena *arena = k->d.c->arena;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct record_row *row = &a->rows[i];
        str code = record_short_code(arena, k->ledger, row->row);
        str number = arena_printf(arena, "%lld", (long long)row->row);
        str link = k->personal ? arena_printf(arena, "/%lld?personal=1", (long long)row->row)
                               : arena_printf(arena, "/%lld", (long long)row->row);
        str *cell = web__grid_row(g, link_of(k, link.ptr));
        feel_value seen = record_seen(arena, k->seen, row);
        *cell++ = code.len > 0 ? code : number;
        for (uint32_t n = 0; n < count; n++) {
            *cell++ = cell_of(k, row, seen, columns[n]);
        }
    }
}

/* One page; or, where a file is asked for, all of it. */
static enum error_code fill(struct look *k, struct record_query *q, struct web__grid *g, const str *columns,
                            uint32_t count, str *ret_next, struct error *err)
{
    bool whole = web__text(k->d.c, "as").len > 0;
    struct record_answer a = { .next = STR("") };
    enum error_code code = OK;
    q->max = whole ? STEP : ROWS;
    do {
        code = record_query(k->d.v, k->d.ev, q, k->d.c->arena, &a, err);
        if (code == OK) {
            add_rows(k, g, &a, columns, count);
            q->after = a.next;
        }
    } while (code == OK && whole && a.next.len > 0 && g->row_count < WHOLE);
    if (code == OK && whole && a.next.len > 0) {
        code = error_set(err, ERROR_LIMIT, "the table has more rows than go into one file");
        error_hint(err, "narrow it by a filter, or export the whole ledger");
    }
    *ret_next = a.next;
    return code;
}

/* ---- The table ---- */

static void put_views(struct look *k)
{
    struct web__call *c = k->d.c;
    struct node *list = node_put_list(c->model, "views");
    for (uint32_t i = 0; i < k->scheme->view_count; i++) {
        const struct scheme_view *v = &k->scheme->views[i];
        if (str_eq(v->ledger, k->ledger->name)) {
            struct node *item = node_add_object(list);
            node_put_text(item, "title", web__called(c, v->title, v->name));
            node_put_text(item, "link", web__here_with(c, "view", v->name, "fields"));
            node_put_true(item, "here", str_eq(v->name, web__text(c, "view")));
        }
    }
    node_put_text(c->model, "no_view", web__here_with(c, "view", STR(""), "fields"));
    node_put_true(c->model, "in_view", k->view != NULL);
}

static void put_question(struct look *k)
{
    static const char *const names[] = { "q", "where", "on", "known", "op", "is", "order", "down", "fields", "view" };
    struct web__call *c = k->d.c;
    struct node *asked = node_put_object(c->model, "asked");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        node_put_text(asked, names[i], web__text(c, names[i]));
    }
    node_put_true(asked, "has", str_eq(web__text(c, "op"), STR("has")));
    node_put_true(asked, "ge", str_eq(web__text(c, "op"), STR("ge")));
    node_put_true(asked, "le", str_eq(web__text(c, "op"), STR("le")));
}

static void put_ledger(struct look *k)
{
    struct web__call *c = k->d.c;
    node_put_text(c->model, "title", title_of(k));
    node_put_text(c->model, "scheme", web__called(c, k->scheme->title, k->scheme->name));
    node_put_text(c->model, "here", link_of(k, ""));
    node_put_true(c->model, "may_add", may(k, PEOPLE_VERB_SET, k->office) &&
                                           (k->ledger->write & SCHEME_BY_OFFICER) != 0);
    node_put_true(c->model, "may_import", may(k, PEOPLE_VERB_IMPORT, k->office));
    node_put_true(c->model, "personal", k->personal);
    node_put_true(c->model, "has_words", has_words(k));
    node_put_true(c->model, "has_personal",
                  has_personal(k->ledger) && web__desk_may(&k->d, PEOPLE_VERB_SEE, PEOPLE_KIND_RECORD, k->office,
                                                                 PEOPLE_PERSONAL));
    node_put_text(c->model, "with_personal", web__here_with(c, "personal", STR("1"), NULL));
    node_put_text(c->model, "without_personal", web__here_with(c, "personal", STR(""), NULL));
}

static void put_files(struct web__call *c)
{
    node_put_text(c->model, "as_xlsx", web__here_with(c, "as", STR("xlsx"), "after"));
    node_put_text(c->model, "as_csv", web__here_with(c, "as", STR("csv"), "after"));
    node_put_text(c->model, "as_pdf", web__here_with(c, "as", STR("pdf"), "after"));
}

static void note_question(struct look *k, struct web__grid *g)
{
    struct web__call *c = k->d.c;
    web__grid_note(g, arena_printf(c->arena, "%.*s · %.*s", STR_ARG(web__called(c, k->scheme->title, k->scheme->name)),
                                   STR_ARG(web__desk_office_name(&k->d, k->office))));
    const struct {
        const char *parameter, *sentence;
    } notes[] = { { "on", "Rows that hold on this day" },
                  { "known", "As it was known on this day" },
                  { "q", "Words" },
                  { "where", "For experts: a filter in FEEL" },
                  { "field", "Field" },
                  { "is", "With" } };
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        str text = web__text(c, notes[i].parameter);
        if (text.len > 0) {
            web__grid_note(g, arena_printf(c->arena, "%s: %.*s", lang_text(c->lang, notes[i].sentence), STR_ARG(text)));
        }
    }
}

void web__page_ledger(struct web__call *c)
{
    struct look k;
    struct record_query q;
    struct error err = { .lang = c->lang };
    str columns[LIMIT_SHEET_COLUMNS], next = STR("");
    uint32_t total = 0;
    if (!open_ledger(c, &k)) {
        return;
    }
    enum error_code code = make_query(&k, &q, &err);
    uint32_t count = columns_of(&k, columns);
    struct web__grid *g = new_grid(&k, columns, count);
    const struct record_query counted = q;
    code = code == OK ? fill(&k, &q, g, columns, count, &next, &err) : code;
    if (code == OK && record_count(k.d.v, k.d.ev, &counted, COUNTED, &total, NULL) == OK) {
        node_put_int(c->model, "count", total);
        node_put_true(c->model, "more", total == COUNTED);
    }
    put_ledger(&k);
    put_views(&k);
    put_question(&k);
    put_choices(&k, columns, count);
    note_question(&k, g);
    web__put_grid(c->model, g, 0, ROWS);
    if (code != OK) {
        web__desk_problem(c, &err, "#where");
    } else if (next.len > 0) {
        node_put_text(c->model, "later", web__here_with(c, "after", next, NULL));
    }
    node_put_text(c->model, "earlier", web__flag(c, "after") ? web__here_with(c, "after", STR(""), NULL) : STR(""));
    put_files(c);
    if (!web__desk_close(&k.d) || (k.personal && !note_look(c, &k, 0)) || (code == OK && web__grid_sent(c, g))) {
        return;
    }
    web__desk_done(c, said, sizeof said / sizeof said[0]);
    web__desk_tabs(c, "ledgers");
    web__crumb(c, "Ledgers", STR("/office/ledgers"));
    web__answer(c, code == OK ? 200 : 422, page_lists_ledger);
}

/* ---- A row ---- */

/* The history of a row that the reader may know; false after an answer was sent. */
static bool open_row(struct web__call *c, struct look *k, const struct record_row **ret, uint32_t *ret_count)
{
    if (!open_ledger(c, k)) {
        return false;
    }
    bool there = record_history(k->d.v, c->arena, k->ledger, c->number, ret, ret_count, NULL) == OK &&
                 *ret_count > 0 && may(k, PEOPLE_VERB_SEE, (*ret)[*ret_count - 1].office);
    if (!there) {
        web__desk_nothing(&k->d);
    }
    return there;
}

static void put_row_fields(struct look *k, const struct record_row *row)
{
    struct web__call *c = k->d.c;
    struct node *fields = node_put_list(c->model, "fields");
    feel_value seen = record_seen(c->arena, k->seen, row), v;
    for (uint32_t i = 0; i < k->ledger->field_count; i++) {
        const struct scheme_field *f = &k->ledger->fields[i];
        struct node *item = node_add_object(fields);
        node_put_text(item, "label", field_title(k, f));
        bool there = feel_context_get(seen, f->name, &v) && k->seen->fields[i].name.len > 0;
        node_put_text(item, "value", there ? in_words(k, f, v) : STR(""));
        node_put_true(item, "hidden", !there);
    }
}

static void put_change(struct look *k, struct node *changes, uint32_t field, feel_value before, feel_value after)
{
    struct buf x = BUF_INIT(LIMIT_JSON_BYTES), y = BUF_INIT(LIMIT_JSON_BYTES);
    feel_json_write(before, false, &x);
    feel_json_write(after, false, &y);
    if (!str_eq(buf_str(&x), buf_str(&y))) {
        const struct scheme_field *f = &k->ledger->fields[field];
        bool hidden = k->seen->fields[field].name.len == 0;
        struct node *item = node_add_object(changes);
        node_put_text(item, "label", field_title(k, f));
        node_put_text(item, "from", hidden ? STR("") : in_words(k, f, before));
        node_put_text(item, "to", hidden ? STR("") : in_words(k, f, after));
        node_put_true(item, "hidden", hidden);
    }
    buf_release(&x);
    buf_release(&y);
}

/* What it said when, the newest first, with what is otherwise than in the revision before. */
static void put_history(struct look *k, const struct record_row *rows, uint32_t count)
{
    struct web__call *c = k->d.c;
    struct node *list = node_put_list(c->model, "history");
    for (uint32_t i = count; i > 0; i--) {
        const struct record_row *row = &rows[i - 1];
        struct node *item = node_add_object(list);
        node_put_int(item, "revision", row->revision);
        web__put_instant(item, "from", row->known_from);
        web__put_instant(item, "to", row->known_to == INT64_MAX ? 0 : row->known_to);
        node_put_text(item, "by", web__desk_person_name(&k->d, row->actor));
        node_put_true(item, "first", i == 1);
        struct node *changes = node_put_list(item, "changes");
        for (uint32_t f = 0; i > 1 && f < row->body.count; f++) {
            put_change(k, changes, f, rows[i - 2].body.values[f], row->body.values[f]);
        }
    }
}

static void put_dues(struct look *k, int64_t row)
{
    struct web__call *c = k->d.c;
    struct record_due dues[DUES];
    uint32_t count = record_due_of(k->d.v, c->arena, row, DUES, dues);
    struct node *list = node_put_list(c->model, "dues");
    for (uint32_t i = 0; i < count; i++) {
        struct node *item = node_add_object(list);
        node_put_text(item, "name", dues[i].name);
        web__put_day(item, "day", dues[i].day);
        web__put_day(item, "done", dues[i].done);
        if (dues[i].dossier != 0) {
            node_put_int(item, "dossier", dues[i].dossier);
        }
    }
}

static void put_row(struct look *k, const struct record_row *rows, uint32_t count)
{
    struct web__call *c = k->d.c;
    const struct record_row *row = &rows[count - 1];
    put_ledger(k);
    node_put_int(c->model, "row", row->row);
    node_put_text(c->model, "code", record_short_code(c->arena, k->ledger, row->row));
    node_put_text(c->model, "name", web__desk_row_name(&k->d, k->ledger, row));
    node_put_text(c->model, "row_office", web__desk_office_name(&k->d, row->office));
    node_put_int(c->model, "revision", row->revision);
    node_put_true(c->model, "struck", row->known_to != INT64_MAX);
    if (row->dossier != 0) {
        node_put_int(c->model, "dossier", row->dossier);
    }
    bool known = row->known_to == INT64_MAX && may(k, PEOPLE_VERB_SET, row->office);
    node_put_true(c->model, "may_strike", known);
    bool written = false;
    for (uint32_t i = 0; i < k->ledger->field_count; i++) {
        written |= (k->ledger->fields[i].write & SCHEME_BY_OFFICER) != 0;
    }
    node_put_true(c->model, "may_change", known && written);
}

void web__page_ledger_row(struct web__call *c)
{
    struct look k;
    const struct record_row *rows;
    uint32_t count;
    if (!open_row(c, &k, &rows, &count)) {
        return;
    }
    put_row(&k, rows, count);
    put_row_fields(&k, &rows[count - 1]);
    put_history(&k, rows, count);
    put_dues(&k, rows[count - 1].row);
    if (web__desk_close(&k.d) && (!k.personal || note_look(c, &k, c->number))) {
        web__desk_done(c, said, sizeof said / sizeof said[0]);
        web__desk_tabs(c, "ledgers");
        web__crumb(c, "Ledgers", STR("/office/ledgers"));
        web__crumb(c, "The ledger", link_of(&k, ""));
        web__answer(c, 200, page_lists_row);
    }
}

/* ---- Writing ---- */

/* Fields of a form are called "f." and the name, so that a field may be called like one of ours. */
static str posted(struct web__call *c, str name)
{
    const str *value = http_field(c->r, arena_printf(c->arena, "f.%.*s", STR_ARG(name)).ptr);
    return value == NULL ? STR("") : str_trim(*value);
}

static bool can_write(const struct look *k, uint32_t field)
{
    return (k->ledger->fields[field].write & SCHEME_BY_OFFICER) != 0 && k->seen->fields[field].name.len > 0;
}

static bool is_json(enum scheme_field_type type)
{
    return type == SCHEME_QUANTITY || type == SCHEME_PLACE || type == SCHEME_HOURS || type == SCHEME_FILE ||
           type == SCHEME_LIST;
}

/* What was entered, as the type of its field has it; null: nothing. */
static enum error_code read_field(struct web__call *c, const struct look *k, const struct scheme_field *f,
                                  feel_value *ret, struct error *err)
{
    str text = posted(c, f->name);
    *ret = feel_null();
    if (text.len == 0) {
        return OK;
    }
    if (is_json(f->type)) {
        return feel_json_read(c->arena, text, ret, err);
    }
    *ret = web__typed(c->arena, f->type, text);
    if (ret->kind == FEEL_NULL) {
        str title = field_title(k, f);
        error_set(err, ERROR_INVALID, "\"%.*s\" does not fit the field \"%.*s\"", STR_ARG(text), STR_ARG(title));
        error_hint(err, "numbers as 12.5, days as 2026-01-31");
        return ERROR_INVALID;
    }
    return OK;
}

static enum error_code read_fields(struct web__call *c, const struct look *k, feel_value *ret, struct error *err)
{
    uint32_t n = 0;
    enum error_code code = OK;
    str *names = ARENA_ARRAY(c->arena, str, k->ledger->field_count + 1);
    feel_value *values = ARENA_ARRAY(c->arena, feel_value, k->ledger->field_count + 1);
    for (uint32_t i = 0; i < k->ledger->field_count && code == OK; i++) {
        if (can_write(k, i)) {
            names[n] = k->ledger->fields[i].name;
            code = read_field(c, k, &k->ledger->fields[i], &values[n], err);
            n++;
        }
    }
    *ret = feel_context(feel_shape_new(c->arena, names, n), values);
    return code;
}

/* What stands in a field of the form: what was entered, or what the row says. */
static str to_edit(struct look *k, uint32_t i, feel_value seen)
{
    struct web__call *c = k->d.c;
    const struct scheme_field *f = &k->ledger->fields[i];
    feel_value v = feel_null();
    if (http_method(c->r) == HTTP_METHOD_POST) {
        return posted(c, f->name);
    }
    if (!feel_context_get(seen, f->name, &v)) {
        return STR("");
    }
    v = open_value(k, v);
    return publish_shown(c->arena, v);
}

static void put_form(struct look *k, feel_value seen)
{
    struct web__call *c = k->d.c;
    struct node *list = node_put_list(c->model, "inputs");
    for (uint32_t i = 0; i < k->ledger->field_count; i++) {
        const struct scheme_field *f = &k->ledger->fields[i];
        if (!can_write(k, i)) {
            continue;
        }
        str value = to_edit(k, i, seen);
        struct node *item = node_add_object(list);
        node_put_text(item, "name", arena_printf(c->arena, "f.%.*s", STR_ARG(f->name)));
        node_put_text(item, "id", arena_printf(c->arena, "f%u", i));
        node_put_text(item, "label", field_title(k, f));
        node_put_text(item, "value", value);
        node_put_text(item, "unit", f->unit);
        node_put_true(item, "required", f->required);
        node_put_true(item, "json", is_json(f->type));
        node_put_true(item, "day", f->type == SCHEME_DATE);
        node_put_true(item, "flag", f->type == SCHEME_BOOLEAN);
        node_put_true(item, "is_true", str_eq(value, STR("true")));
        node_put_true(item, "is_false", str_eq(value, STR("false")));
        node_put_true(item, "number", f->type == SCHEME_INTEGER || f->type == SCHEME_DECIMAL);
        struct node *options = node_put_list(item, "options");
        for (uint32_t n = 0; n < f->option_count; n++) {
            struct node *option = node_add_object(options);
            node_put_text(option, "value", f->options[n]);
            node_put_true(option, "chosen", str_eq(f->options[n], value));
        }
    }
    node_put_text(c->model, "reason", web__text(c, "reason"));
    node_put_text(c->model, "despite", web__text(c, "despite"));
}

static void answer_form(struct web__call *c, struct look *k, int status, bool new)
{
    node_put_true(c->model, "new", new);
    web__desk_tabs(c, "ledgers");
    web__crumb(c, "Ledgers", STR("/office/ledgers"));
    web__crumb(c, "The ledger", link_of(k, ""));
    web__answer(c, status, page_lists_edit);
}

static void show_edit(struct web__call *c, int status)
{
    struct look k;
    const struct record_row *rows;
    uint32_t count;
    if (!open_row(c, &k, &rows, &count)) {
        return;
    }
    put_row(&k, rows, count);
    put_form(&k, record_seen(c->arena, k.seen, &rows[count - 1]));
    if (web__desk_close(&k.d)) {
        answer_form(c, &k, status, false);
    }
}

static void show_add(struct web__call *c, int status)
{
    struct look k;
    if (!open_ledger(c, &k)) {
        return;
    }
    put_ledger(&k);
    put_form(&k, feel_null());
    if (web__desk_close(&k.d)) {
        answer_form(c, &k, status, true);
    }
}

void web__page_ledger_edit(struct web__call *c)
{
    show_edit(c, 200);
}

void web__page_ledger_add(struct web__call *c)
{
    show_add(c, 200);
}

/* Writes in one unit what the plan is told to; whether he may was asked. */
static enum error_code begin(struct web__call *c, int64_t office, struct record_plan *plan, struct error *err)
{
    enum error_code code = record_begin(c->web->config.record, c->arena, c->person, c->now, plan, err);
    plan->by = SCHEME_BY_OFFICER;
    plan->office = office;
    plan->despite = str_trim(web__text(c, "despite"));
    return code;
}

static enum error_code forbid(struct error *err)
{
    return error_set(err, ERROR_INVALID, "it is not for you to write into this ledger");
}

void web__form_ledger_add(struct web__call *c)
{
    struct look k;
    struct record_plan plan;
    struct error err = { .lang = c->lang };
    feel_value values;
    int64_t row = 0;
    if (!open_ledger(c, &k)) {
        return;
    }
    enum error_code code = may(&k, PEOPLE_VERB_SET, k.office) ? read_fields(c, &k, &values, &err) : forbid(&err);
    str back = link_of(&k, "");
    if (!web__desk_close(&k.d)) {
        return;
    }
    if (code == OK && (code = begin(c, k.office, &plan, &err)) == OK) {
        code = record_finish(&plan, record_add(&plan, k.scheme, k.ledger, values, &row, &err), NULL, &err);
    }
    if (code == OK) {
        web__go(c, arena_printf(c->arena, "%.*s/%lld?done=added", STR_ARG(back), (long long)row));
        return;
    }
    c->model = node_object(c->arena);
    web__desk_problem(c, &err, "");
    show_add(c, 422);
}

/* Changes or strikes. */
static void write_row(struct web__call *c, bool strike)
{
    struct look k;
    struct record_plan plan;
    struct error err = { .lang = c->lang };
    const struct record_row *rows;
    uint32_t count;
    feel_value values = feel_null();
    str reason = str_trim(web__text(c, "reason"));
    if (!open_row(c, &k, &rows, &count)) {
        return;
    }
    enum error_code code = !may(&k, PEOPLE_VERB_SET, rows[count - 1].office) ? forbid(&err)
                           : reason.len == 0 ? error_set(&err, ERROR_INVALID, "say why it is changed")
                           : strike          ? OK
                                             : read_fields(c, &k, &values, &err);
    str back = link_of(&k, "");
    if (!web__desk_close(&k.d)) {
        return;
    }
    if (code == OK && (code = begin(c, rows[count - 1].office, &plan, &err)) == OK) {
        code = strike ? record_strike(&plan, k.ledger, c->number, reason, &err)
                      : record_change(&plan, k.scheme, k.ledger, c->number, web__int(c, "revision", 0), values, reason,
                                      &err);
        code = record_finish(&plan, code, NULL, &err);
    }
    if (code == OK) {
        web__go(c, arena_printf(c->arena, "%.*s/%lld?done=%s", STR_ARG(back), (long long)c->number,
                                strike ? "struck" : "changed"));
        return;
    }
    c->model = node_object(c->arena);
    web__desk_problem(c, &err, reason.len == 0 ? "#reason" : "");
    show_edit(c, 422);
}

void web__form_ledger_edit(struct web__call *c)
{
    write_row(c, false);
}

void web__form_ledger_strike(struct web__call *c)
{
    write_row(c, true);
}
