/* view: rows of a public view as a table, as of a day and as known on a day; the history of one. See register.h. */
#include "publish/detect.h"
#include "publish/publish_int.h"
#include "publish/register.h"

#include "base/limit.h"
#include "record/party.h"
#include "scheme/fact.h"

#include <stdio.h>

#define HANDLE "handle" /* of the party, among the names of `this` */

struct reading {
    struct publish *p;
    struct store_view *v;
    struct arena *a;
    struct feel_eval *ev;
    const struct scheme *scheme, *owner; /* of the view; of its ledger */
    const struct scheme_view *view;
    const struct scheme_ledger *ledger;
    struct column *columns;
    uint32_t column_count;
    struct record_finder *parties; /* where a column is of a party … */
    const struct scheme_ledger *party_ledger;
    struct record_row party;       /* … which is mostly that of the column before */
    str handle;                    /* its handle; empty: none was read */
    struct error *err;
};

/* What a column shows: a field of the row, one of the party that a field of the row names, or the value of a path. */
struct column {
    str name, label;
    int32_t own, of_party; /* places in the ledger and in core.parties; -1: not that */
};

/* Whatever is done leaves a row of audit. */
str publish__version(struct store_view *v, struct arena *a)
{
    struct store_rows *r = store_query(v, "SELECT COALESCE(MAX(id), 0) FROM audit", NULL, 0);
    str version = store_next(r) ? arena_printf(a, "%lld", (long long)store_column_int(r, 0)) : STR("0");
    store_rows_end(r);
    return version;
}

/* ---- The view ---- */

static void add_column(struct reading *r, str name)
{
    r->columns[r->column_count++] = (struct column){ name, name, -1, -1 };
}

static void list_columns(struct reading *r)
{
    const struct scheme_ledger *l = r->ledger;
    r->columns = ARENA_ARRAY(r->a, struct column, r->view->field_count + l->field_count);
    for (uint32_t i = 0; i < r->view->field_count; i++) {
        add_column(r, r->view->fields[i]);
    }
    for (uint32_t i = 0; r->view->field_count == 0 && i < l->field_count; i++) {
        if (l->fields[i].class == SCHEME_PUBLIC) {
            add_column(r, l->fields[i].name);
        }
    }
}

/* Rows are shown with this: fields of class public only, nothing sealed. */
static struct publish__source source_of(struct reading *r)
{
    return (struct publish__source){ .ledger = r->ledger, .row = feel_null(), .checked = true, .is_public = true };
}

static void set_label(struct column *c, const struct scheme_field *f)
{
    str title = scheme_text(f->title, LANG_ZH);
    c->label = title.len > 0 ? title : c->name;
}

static enum error_code find_field(struct reading *r, struct column *c, const struct scheme_ledger *l, str name,
                                  int32_t *ret)
{
    const struct publish__source from = source_of(r);
    *ret = scheme_field(l, name);
    if (*ret < 0) {
        return OK;
    }
    set_label(c, &l->fields[*ret]);
    return publish__check_class(&from, &l->fields[*ret], c->name, r->err);
}

/* What is asked for the whole column once, not for each row. */
static enum error_code settle_column(struct reading *r, struct column *c)
{
    const char *dot = c->name.len == 0 ? NULL : memchr(c->name.ptr, '.', c->name.len);
    str head = dot == NULL ? c->name : str_slice(c->name, 0, (size_t)(dot - c->name.ptr));
    str rest = dot == NULL ? STR("") : str_slice(c->name, head.len + 1, c->name.len);
    enum error_code code = find_field(r, c, r->ledger, head, &c->own);
    if (code != OK || dot == NULL || c->own < 0) {
        return code;
    }
    if (r->ledger->fields[c->own].type == SCHEME_PARTY && memchr(rest.ptr, '.', rest.len) == NULL) {
        if (r->parties == NULL) {
            code = party_finder(r->p->config.record, r->v, r->a, &r->party_ledger, &r->parties, r->err);
        }
        code = code == OK ? find_field(r, c, r->party_ledger, rest, &c->of_party) : code;
    }
    if (code == OK && c->of_party < 0) {
        *c = (struct column){ c->name, c->name, -1, -1 };
    }
    return code;
}

static enum error_code settle_columns(struct reading *r)
{
    enum error_code code = OK;
    list_columns(r);
    for (uint32_t i = 0; code == OK && i < r->column_count; i++) {
        code = settle_column(r, &r->columns[i]);
    }
    return code;
}

/* One sentence for a view that is not there and for one that is not public. */
static enum error_code open_view(struct reading *r, str scheme, str view)
{
    enum error_code code = record_installed(r->p->config.record, r->v, scheme, &r->scheme, NULL);
    r->view = code == OK ? scheme_view(r->scheme, view) : NULL;
    if (r->view == NULL || r->view->audience != SCHEME_TO_PUBLIC) {
        error_set(r->err, ERROR_MISSING, "there is no public register \"%.*s.%.*s\"", STR_ARG(scheme), STR_ARG(view));
        return ERROR_MISSING;
    }
    code = record_ledger(r->p->config.record, r->v, r->scheme, r->view->ledger, &r->owner, &r->ledger, NULL, r->err);
    return code == OK ? settle_columns(r) : code;
}

/* ---- Rows ---- */

/* Is there an identity number in it? There is nobody who could say why such a row may be public. Days and times are
 * told by their kind. */
static bool has_identity(struct reading *r, feel_value v)
{
    return (v.kind == FEEL_STRING || v.kind == FEEL_NUMBER || v.kind == FEEL_LIST || v.kind == FEEL_CONTEXT) &&
           publish_has_identity(r->a, publish_shown(r->a, v));
}

static enum error_code party_value(struct reading *r, const struct record_row *row, const struct column *c,
                                   feel_value *ret)
{
    feel_value handle = row->body.values[c->own];
    enum error_code code = OK;
    *ret = feel_null();
    if (handle.kind != FEEL_STRING) {
        return OK;
    }
    if (r->handle.len == 0 || !str_eq(r->handle, feel_str(handle))) {
        code = party_find(r->parties, feel_str(handle), &r->party, r->err);
        r->handle = code == OK ? feel_str(handle) : STR("");
    }
    if (code == OK) {
        *ret = r->party.body.values[c->of_party];
    }
    return code;
}

/* Only here is it known where the path ends. */
static enum error_code path_value(struct reading *r, const struct record_row *row, struct column *c, feel_value *ret)
{
    const struct scheme_field *field = NULL;
    struct work_job job = { .work = r->p->config.work, .view = r->v, .arena = r->a, .record = r->p->config.record,
                            .ev = r->ev, .scheme = r->scheme, .variables = feel_null() };
    struct publish__source from = source_of(r);
    from.job = &job;
    from.row = record_context(r->a, r->ledger, row);
    enum error_code code = publish__value(&from, c->name, ret, &field, r->err);
    if (code == OK && field != NULL) {
        set_label(c, field);
    }
    return code;
}

static enum error_code cell_value(struct reading *r, const struct record_row *row, struct column *c, feel_value *ret)
{
    const struct publish__source from = source_of(r);
    if (c->own < 0) {
        return path_value(r, row, c, ret);
    }
    enum error_code code = OK;
    if (c->of_party < 0) {
        *ret = row->body.values[c->own];
    } else {
        code = party_value(r, row, c, ret);
    }
    return code == OK ? publish__check_value(&from, *ret, c->name, r->err) : code;
}

/* The cells of a row. What its class forbids refuses the whole. */
static enum error_code read_cells(struct reading *r, const struct record_row *row, feel_value *cells,
                                  bool *ret_withheld)
{
    enum error_code code = OK;
    *ret_withheld = false;
    for (uint32_t i = 0; code == OK && i < r->column_count; i++) {
        code = cell_value(r, row, &r->columns[i], &cells[i]);
        *ret_withheld |= code == OK && has_identity(r, cells[i]);
    }
    return code;
}

static void set_columns(struct reading *r, struct publish_table *t)
{
    struct publish_column *columns = ARENA_ARRAY(r->a, struct publish_column, r->column_count);
    for (uint32_t i = 0; i < r->column_count; i++) {
        columns[i] = (struct publish_column){ r->columns[i].name, r->columns[i].label };
    }
    t->columns = columns;
    t->column_count = r->column_count;
}

static int64_t bound(int64_t instant)
{
    return instant == INT64_MIN || instant == INT64_MAX ? 0 : instant;
}

static enum error_code add_line(struct reading *r, const struct record_row *row, struct publish_line *l)
{
    feel_value *cells = ARENA_ARRAY(r->a, feel_value, r->column_count);
    bool withheld;
    enum error_code code = read_cells(r, row, cells, &withheld);
    if (code != OK) {
        return code;
    }
    *l = (struct publish_line){ .row = row->row, .revision = row->revision, .dossier = row->dossier,
                                .since = row->known_from, .ended = bound(row->known_to),
                                .from = bound(row->valid_from), .until = bound(row->valid_to),
                                .cells = withheld ? NULL : cells };
    l->state = withheld ? STR("withheld") : l->ended != 0 ? STR("replaced") : STR("holds");
    return OK;
}

static enum error_code add_lines(struct reading *r, const struct record_row *rows, uint32_t count,
                                 struct publish_table *t)
{
    struct publish_line *lines = ARENA_ARRAY(r->a, struct publish_line, count);
    enum error_code code = OK;
    for (uint32_t i = 0; code == OK && i < count; i++) {
        code = add_line(r, &rows[i], &lines[i]);
    }
    set_columns(r, t);
    t->lines = lines;
    t->line_count = count;
    t->title = scheme_text(r->view->title, LANG_ZH);
    return code;
}

/* ---- Asking ---- */

static bool is_filter(const struct scheme_view *view, str name)
{
    for (uint32_t i = 0; i < view->filter_count; i++) {
        if (str_eq(view->filter[i], name)) {
            return true;
        }
    }
    return false;
}

static feel_value with_handle(struct arena *a, feel_value filter, feel_value handle)
{
    str names[] = { STR(HANDLE) };
    feel_value *values = ARENA_ARRAY(a, feel_value, 1);
    values[0] = handle;
    feel_value one = feel_context(feel_shape_new(a, names, 1), values);
    return filter.kind == FEEL_CONTEXT ? scheme_merged(a, filter, one) : one;
}

/* What the view itself asks for, and "level = this.level and round = this.round" of what it lets be filtered by; of the
 * rows of a party, whose handle stands in `party`, where that is a field's name. */
static enum error_code filter_of(struct reading *r, feel_value filter, str party, struct record_query *q)
{
    struct buf where = BUF_INIT(4096);
    enum error_code code = OK;
    if (r->view->where.len > 0) {
        buf_printf(&where, "(%.*s)", STR_ARG(r->view->where));
    }
    for (uint32_t i = 0; filter.kind == FEEL_CONTEXT && code == OK && i < filter.count; i++) {
        str name = filter.shape->names[i];
        if (!is_filter(r->view, name) || memchr(name.ptr, '.', name.len) != NULL) {
            code = error_set(r->err, ERROR_INVALID, "the register is not filtered by \"%.*s\"", STR_ARG(name));
        }
        buf_printf(&where, "%s%.*s = this.%.*s", where.len > 0 ? " and " : "", STR_ARG(name), STR_ARG(name));
    }
    if (party.len > 0) {
        filter = with_handle(r->a, filter, feel_string(STR("")));
        buf_printf(&where, "%s%.*s = this.%s", where.len > 0 ? " and " : "", STR_ARG(party), HANDLE);
    }
    if (code == OK && where.len > 0) {
        q->self = filter;
        code = record_filter(r->a, r->ledger, arena_str(r->a, buf_str(&where)),
                             filter.kind == FEEL_CONTEXT ? feel_type_of(r->a, filter) : NULL, &q->filter, r->err);
    }
    buf_release(&where);
    return code;
}

bool publish_register_orders(const struct scheme_view *view, const struct scheme_ledger *ledger, str field)
{
    int32_t at = scheme_field(ledger, field);
    bool shown = view->field_count == 0;
    for (uint32_t i = 0; i < view->field_count; i++) {
        shown |= str_eq(view->fields[i], field);
    }
    return at >= 0 && ledger->fields[at].index && ledger->fields[at].class == SCHEME_PUBLIC && shown;
}

/* As was asked for, else as the view says: "from desc". */
static enum error_code order_of(const struct reading *r, const struct publish_register *from, struct record_query *q)
{
    str order = from->order.len > 0 ? from->order : r->view->order;
    const char *space = order.len == 0 ? NULL : memchr(order.ptr, ' ', order.len);
    q->order = space == NULL ? order : str_slice(order, 0, (size_t)(space - order.ptr));
    q->descending = space != NULL && str_eq(str_trim(str_slice(order, q->order.len, order.len)), STR("desc"));
    if (from->order.len > 0 && !publish_register_orders(r->view, r->ledger, q->order)) {
        return error_set(r->err, ERROR_INVALID, "the register is not ordered by \"%.*s\"", STR_ARG(q->order));
    }
    return OK;
}

/* A row of another ledger is none, nor is one that the view leaves out. */
static bool has_row(struct reading *r, int64_t row)
{
    const struct record_row *rows;
    uint32_t count = 0;
    struct record_query q = { .scheme = r->owner, .ledger = r->ledger, .self = feel_null() };
    if (!record_is_row(r->v, r->owner, r->ledger, row) ||
        record_history(r->v, r->a, r->ledger, row, &rows, &count, NULL) != OK || count == 0 ||
        rows[count - 1].known_to != INT64_MAX) { /* struck: a slip of the pen */
        return false;
    }
    return filter_of(r, feel_null(), STR(""), &q) == OK && record_fits(r->v, r->ev, &q, &rows[count - 1]);
}

/* ---- Searching by the party ---- */

/* The field of a party by whose words the view is searched: "party" of "party.name"; empty: by words of its own. */
static str searched_party(const struct reading *r)
{
    for (uint32_t i = 0; i < r->view->search_count; i++) {
        str path = r->view->search[i];
        const char *dot = memchr(path.ptr, '.', path.len);
        str name = dot == NULL ? STR("") : str_slice(path, 0, (size_t)(dot - path.ptr));
        int32_t at = name.len == 0 ? -1 : scheme_field(r->ledger, name);
        if (at >= 0 && r->ledger->fields[at].type == SCHEME_PARTY) {
            return name;
        }
    }
    return STR("");
}

/* Adds the rows of one party to those that were found. */
static enum error_code add_rows_of(struct reading *r, struct record_query *rows, struct record_row *found,
                                   uint32_t *count, uint32_t room)
{
    struct record_answer answer = { .count = 0 };
    rows->max = room - *count;
    enum error_code code = rows->max == 0 ? OK : record_query(r->v, r->ev, rows, r->a, &answer, r->err);
    for (uint32_t i = 0; code == OK && i < answer.count; i++) {
        found[(*count)++] = answer.rows[i];
    }
    return code;
}

/* The rows of those parties that have the words, some parties at a time: the cursor is that of the parties. */
static enum error_code of_parties(struct reading *r, const struct publish_register *q, str party,
                                  struct record_query *rows, struct record_answer *ret)
{
    enum { ROOM = 4 * LIMIT_PUBLISH_SEARCHED, ROUNDS = 8 }; /* of parties that have no row, one after another */
    struct record_query parties = { .self = feel_null(), .words = q->words, .valid_at = rows->valid_at,
                                    .flags = RECORD_ALL_TIMES, .known_at = q->known, .after = q->after,
                                    .max = LIMIT_PUBLISH_SEARCHED };
    struct record_row *found = ARENA_ARRAY(r->a, struct record_row, ROOM);
    enum error_code code = record_ledger(r->p->config.record, r->v, r->scheme, STR("core.parties"), &parties.scheme,
                                         &parties.ledger, NULL, r->err);
    code = code == OK ? filter_of(r, q->filter, party, rows) : code;
    int32_t handle = code == OK ? scheme_field(parties.ledger, STR(HANDLE)) : -1;
    *ret = (struct record_answer){ .rows = found };
    rows->words = rows->order = rows->after = STR("");
    for (uint32_t round = 0; code == OK && (round == 0 || (round < ROUNDS && ret->count == 0 && ret->next.len > 0));
         round++) {
        struct record_answer some = { .count = 0 };
        code = record_query(r->v, r->ev, &parties, r->a, &some, r->err);
        for (uint32_t i = 0; code == OK && i < some.count; i++) {
            rows->self = with_handle(r->a, q->filter, some.rows[i].body.values[handle]);
            code = add_rows_of(r, rows, found, &ret->count, ROOM);
        }
        ret->next = parties.after = some.next;
    }
    return code;
}

static int64_t noon(cal_date day)
{
    return (cal_days_from_date(day) * 86400 + 4 * 3600) * 1000000;
}

static struct reading begin(struct publish *p, struct store_view *v, struct arena *a, struct error *err)
{
    struct feel_environment env = { .zone = 8 * 3600 };
    return (struct reading){ .p = p, .v = v, .a = a, .ev = feel_eval_new(&env), .err = err };
}

enum error_code publish_register(struct publish *p, struct store_view *v, const struct publish_register *q,
                                 struct arena *a, struct publish_table *ret, struct error *err)
{
    struct reading r = begin(p, v, a, err);
    struct record_answer answer = { .count = 0 };
    *ret = (struct publish_table){ .title = STR("") };
    enum error_code code = open_view(&r, q->scheme, q->view);
    struct record_query rows = { .scheme = r.owner, .ledger = r.ledger, .self = feel_null(), .words = q->words,
                                 .valid_at = noon(q->on), .known_at = q->known, .after = q->after, .max = q->max };
    code = code == OK ? order_of(&r, q, &rows) : code;
    str party = code == OK && q->words.len > 0 ? searched_party(&r) : STR("");
    if (code == OK && party.len > 0) {
        code = of_parties(&r, q, party, &rows, &answer);
    } else if (code == OK) {
        code = filter_of(&r, q->filter, STR(""), &rows);
        code = code == OK ? record_query(v, r.ev, &rows, a, &answer, err) : code;
    }
    code = code == OK ? add_lines(&r, answer.rows, answer.count, ret) : code;
    if (code == OK) {
        ret->next = answer.next;
        ret->version = arena_printf(a, "%.*s-%lld", STR_ARG(publish__version(v, a)),
                                    (long long)cal_days_from_date(q->on));
    }
    feel_eval_free(r.ev);
    return code;
}

enum error_code publish_register_history(struct publish *p, struct store_view *v, str scheme, str view, int64_t row,
                                         struct arena *a, struct publish_table *ret, struct error *err)
{
    struct reading r = begin(p, v, a, err);
    const struct record_row *rows = NULL;
    uint32_t count = 0;
    *ret = (struct publish_table){ .title = STR("") };
    enum error_code code = open_view(&r, scheme, view);
    if (code == OK && has_row(&r, row)) {
        code = record_history(v, a, r.ledger, row, &rows, &count, err);
    } else if (code == OK) {
        code = error_set(err, ERROR_MISSING, "the register has no row %lld", (long long)row);
    }
    code = code == OK ? add_lines(&r, rows, count, ret) : code;
    ret->version = publish__version(v, a);
    feel_eval_free(r.ev);
    return code;
}
