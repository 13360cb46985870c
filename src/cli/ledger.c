/* ledger: gongshi ledger, and what it does in an office.
 *
 *   gongshi ledger list                                     the ledgers of the installed schemes, with their fields
 *   gongshi ledger list LEDGER [--view VIEW] …              its rows through a view; the options are those of query
 *   gongshi ledger query LEDGER [--where FEEL] [--words TEXT] [--on DAY] [--known DAY] [--order FIELD [--down]]
 *                               [--office CODE] [--max N] [--after CURSOR] [--view VIEW] [--personal]
 *   gongshi ledger show|history LEDGER ROW
 *   gongshi ledger due LEDGER [--on DAY|ever] [--office CODE] [--max N]
 *                                                           days of its rows that will bring something about, until a
 *                                                           day; with --on ever those that did, too
 *   gongshi ledger add LEDGER VALUES --office CODE [--despite WHY]
 *   gongshi ledger change LEDGER ROW VALUES --reason WHY [--revision N] [--despite WHY]
 *   gongshi ledger strike LEDGER ROW --reason WHY
 *
 * LEDGER is SCHEME.NAME, ROW its number or short code, VALUES a JSON object or the name of a file that holds one.
 * Without --on the rows of today are shown; --on ever shows those of all times. Fields of class personal are shown with
 * --personal and to whoever may see them, sealed ones never. All take --data, and --as LOGIN.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "cli/office.h"
#include "record/party.h"
#include "scheme/fact.h"
#include "text/json_write.h"

#include <stdio.h>

/* ---- In the office ---- */

struct asked {
    struct office *o;
    feel_value v;                /* the command */
    int64_t actor, now;
    struct arena *arena;
    struct buf *out;
    struct error *err;
    struct store_view *view;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;
    enum scheme_class least;            /* he may see fields of this class and of those behind it … */
    const struct scheme_ledger *seen;   /* … so the ledger is this one to him */
    const struct scheme_view *page;     /* the view through which he looks, or NULL */
};

static str text(const struct asked *k, const char *name)
{
    return feel_text_member(k->v, name);
}

static bool number(const struct asked *k, const char *name, int64_t otherwise, int64_t *ret)
{
    bool fine = office_number(k->v, name, otherwise, ret, k->err);
    if (fine && *ret < 0) {
        error_set(k->err, ERROR_INVALID, "\"%s\" is no whole number", name);
        fine = false;
    }
    return fine;
}

/* The row that is meant, by its number or its short code. */
static bool row_number(const struct asked *k, int64_t *ret)
{
    str t = text(k, "row");
    bool is_code = k->ledger->code.len > 0 && t.len > 0 && !(t.ptr[0] >= '0' && t.ptr[0] <= '9');
    return is_code ? record_read_short_code(k->ledger, t, ret, k->err) == OK : number(k, "row", 0, ret);
}

static enum error_code ask_rights(struct asked *k, const struct people_tree *tree, enum people_verb verb,
                                  int64_t office)
{
    const struct office_asker who = { k->view, tree, k->arena, k->actor, k->now };
    return office_may_rows(&who, verb, k->least, office, k->err);
}

/* ---- Writing rows out ---- */

static feel_value instant_value(int64_t micros)
{
    feel_value v = { .kind = FEEL_DATE_TIME };
    bool bound = micros != INT64_MIN && micros != INT64_MAX;
    return bound && cal_datetime_from_utc(micros / 1000000, (uint32_t)(micros % 1000000 + 1000000) % 1000000 * 1000,
                                          8 * 3600, &v.date_time) ? v : feel_null();
}

/* What is sealed and may be seen is shown; null where it was erased. */
static struct record_row opened(struct asked *k, const struct record_row *row)
{
    struct record_row copy = *row;
    feel_value *values = ARENA_ARRAY(k->arena, feel_value, row->body.count);
    for (uint32_t i = 0; i < row->body.count; i++) {
        values[i] = row->body.values[i];
        if (record_is_sealed(values[i]) && (k->ledger->fields[i].class < k->least ||
            record_unseal(k->o->record, k->view, k->arena, values[i], &values[i], NULL) != OK)) {
            values[i] = feel_null();
        }
    }
    copy.body.values = values;
    return copy;
}

static void write_row(struct asked *k, const struct record_row *row)
{
    static const char *const names[] = { "values", "valid from", "valid to", "known from", "known to", "actor",
                                         "code" };
    struct record_row seen = opened(k, row);
    str *shape = ARENA_ARRAY(k->arena, str, 7);
    feel_value values[] = { record_seen(k->arena, k->seen, &seen), instant_value(row->valid_from),
                            instant_value(row->valid_to), instant_value(row->known_from),
                            instant_value(row->known_to), feel_number(dec_from_int(row->actor)),
                            feel_string(record_short_code(k->arena, k->ledger, row->row)) };
    for (int i = 0; i < 7; i++) {
        shape[i] = str_of(names[i]);
    }
    feel_json_write(feel_context(feel_shape_new(k->arena, shape, k->ledger->code.len > 0 ? 7 : 6), values), false,
                    k->out);
}

static void write_rows(struct asked *k, const struct record_row *rows, uint32_t count)
{
    buf_addz(k->out, "[");
    for (uint32_t i = 0; i < count; i++) {
        buf_addz(k->out, i == 0 ? "" : ",");
        write_row(k, &rows[i]);
    }
    buf_addz(k->out, "]");
}

/* ---- Looking ---- */

static enum error_code list_scheme(struct asked *k, str name, bool *first)
{
    const struct scheme *s;
    enum error_code code = record_installed(k->o->record, k->view, name, &s, k->err);
    for (uint32_t i = 0; code == OK && i < s->ledger_count; i++) {
        const struct scheme_ledger *l = &s->ledgers[i];
        buf_printf(k->out, "%s{\"ledger\":\"%.*s.%.*s\",\"fields\":{", *first ? "" : ",", STR_ARG(s->name),
                   STR_ARG(l->name));
        for (uint32_t f = 0; f < l->field_count; f++) {
            buf_addz(k->out, f == 0 ? "" : ",");
            json_quote(l->fields[f].name, k->out);
            buf_printf(k->out, ":\"%s\"", scheme_field_type_name(l->fields[f].type));
        }
        buf_addz(k->out, "}}");
        *first = false;
    }
    return code;
}

/* ---- Days that bring something about ---- */

static void write_due(struct asked *k, struct store_rows *r)
{
    struct json_writer w;
    int64_t done = store_column_int(r, 5), dossier = store_column_int(r, 6);
    json_writer_init(&w, k->out, false);
    json_begin_object(&w);
    json_text_member(&w, "ledger", store_column_text(r, 0));
    json_text_member(&w, "row", arena_printf(k->arena, "%lld", (long long)store_column_int(r, 1)));
    json_text_member(&w, "due", store_column_text(r, 2));
    work_write_instant(&w, "day", store_column_int(r, 3));
    json_text_member(&w, "office", store_column_text(r, 4));
    json_text_member(&w, "state", done == 0 ? STR("open") : STR("done"));
    if (done != 0) {
        work_write_instant(&w, "done", done);
    }
    if (dossier != 0) {
        json_text_member(&w, "dossier", arena_printf(k->arena, "%lld", (long long)dossier));
    }
    json_end_object(&w);
}

/* Of one ledger, of one office where it is named; those that were acted upon with --on ever. */
static enum error_code due(struct asked *k, const struct people_tree *tree)
{
    int64_t office, until, max;
    uint32_t count = 0;
    bool ever = str_eq(text(k, "on"), STR("ever"));
    enum error_code code = office_by_code(k->view, text(k, "office"), &office, k->err);
    code = code == OK && !ever ? office_instant(k->v, "on", INT64_MAX, &until, k->err) : code;
    code = code == OK && !number(k, "max", 50, &max) ? ERROR_INVALID : code;
    code = code == OK ? ask_rights(k, tree, PEOPLE_VERB_SEE, office) : code;
    if (code != OK) {
        return code;
    }
    struct store_value args[] = { store_text(text(k, "ledger")), store_int(ever ? INT64_MAX : until),
                                  store_int(ever ? INT64_MAX : 0), store_int(office), store_int(office),
                                  store_int(max < LIMIT_RECORD_GATHER ? max : LIMIT_RECORD_GATHER) };
    struct store_rows *r =
        store_query(k->view, "SELECT d.ledger, d.entry, d.name, d.day, o.code, d.done, d.dossier FROM due AS d LEFT "
                             "JOIN office AS o ON o.id = d.office WHERE d.ledger = ? AND d.day <= ? AND d.done <= ? "
                             "AND (d.office = ? OR 0 = ?) ORDER BY d.day, d.entry, d.name LIMIT ?", args, 6);
    buf_addz(k->out, "[");
    for (; store_next(r); count++) {
        buf_addz(k->out, count == 0 ? "" : ",");
        write_due(k, r);
    }
    buf_addz(k->out, "]");
    store_rows_end(r);
    return OK;
}

static enum error_code list(struct asked *k)
{
    str names[200];
    uint32_t count = 0;
    bool first = true;
    struct store_rows *r = store_query(k->view, "SELECT DISTINCT name FROM deployed ORDER BY name", NULL, 0);
    while (count < 200 && store_next(r)) {
        names[count++] = arena_str(k->arena, store_column_text(r, 0));
    }
    store_rows_end(r);
    enum error_code code = OK;
    buf_addz(k->out, "[");
    for (uint32_t i = 0; code == OK && i < count; i++) {
        code = list_scheme(k, names[i], &first);
    }
    buf_addz(k->out, "]");
    return code;
}

/* ---- Views ---- */

/* The view that is named, of this ledger; none is named: NULL. */
static enum error_code find_view(struct asked *k)
{
    str name = text(k, "view");
    const struct scheme_view *v = name.len == 0 ? NULL : scheme_view(k->scheme, name);
    if (name.len > 0 && (v == NULL || !str_eq(v->ledger, k->ledger->name))) {
        error_set(k->err, ERROR_MISSING, "the ledger has no view \"%.*s\"", STR_ARG(name));
        error_hint(k->err, "the views of a scheme stand in its scheme.json");
        return ERROR_MISSING;
    }
    k->page = v;
    return OK;
}

/* "party.name": a field of the party that stands in the row's field; null where he may not see it. */
static feel_value of_party(struct asked *k, feel_value handle, str field)
{
    const struct scheme *core;
    const struct scheme_ledger *parties;
    struct record_row row;
    struct error e = { .lang = LANG_EN };
    feel_value v = feel_null();
    bool found = handle.kind == FEEL_STRING &&
                 record_ledger(k->o->record, k->view, NULL, STR("core.parties"), &core, &parties, NULL, &e) == OK &&
                 party_read(k->o->record, k->view, k->arena, feel_str(handle), &row, &e) == OK;
    if (found) {
        feel_context_get(record_seen(k->arena, record_ledger_seen(k->arena, parties, k->least), &row), field, &v);
    }
    return v;
}

/* A column of a view; false: he may not see it. */
static bool column(struct asked *k, feel_value row, str path, feel_value *ret)
{
    const char *dot = memchr(path.ptr, '.', path.len);
    str head = dot == NULL ? path : str_slice(path, 0, (size_t)(dot - path.ptr));
    if (!feel_context_get(row, head, ret)) {
        return false;
    }
    if (dot != NULL) {
        *ret = of_party(k, *ret, str_slice(path, head.len + 1, path.len));
    }
    return true;
}

/* What the view's decision says of a row, over the fields that he may see. */
static enum error_code decided(struct asked *k, struct feel_eval *ev, const struct record_row *row, feel_value all,
                               feel_value *ret)
{
    uint32_t node;
    const struct dmn_model *m = scheme_find_decision(k->scheme, k->page->decision, &node);
    cal_datetime today;
    feel_value bound, used;
    if (m == NULL || !cal_datetime_from_utc(k->now / 1000000, 0, 8 * 3600, &today)) {
        return error_set(k->err, ERROR_MISSING, "the scheme has no decision \"%.*s\"", STR_ARG(k->page->decision));
    }
    feel_value self = scheme_merged(k->arena, record_context(k->arena, k->ledger, row), all);
    feel_eval_reset(ev);
    enum error_code code = record_bind(k->o->record, k->view, ev, k->scheme, m, node, self, cal_datetime_date(today),
                                       k->arena, &bound, &used, k->err);
    if (code == OK) {
        *ret = feel_copy(k->arena, dmn_evaluate(m, ev, node, scheme_merged(k->arena, self, bound), DMN_TEXT_DATES));
        code = feel_eval_limit(ev, k->err);
    }
    return code;
}

static enum error_code write_columns(struct asked *k, struct feel_eval *ev, const struct record_row *row)
{
    struct record_row seen = opened(k, row);
    feel_value all = record_seen(k->arena, k->seen, &seen);
    str *names = ARENA_ARRAY(k->arena, str, k->page->field_count + 2);
    feel_value *values = ARENA_ARRAY(k->arena, feel_value, k->page->field_count + 2);
    uint32_t n = 0;
    enum error_code code = OK;
    for (uint32_t i = 0; i < k->page->field_count; i++) {
        names[n] = k->page->fields[i];
        n += column(k, all, names[n], &values[n]);
    }
    if (k->ledger->code.len > 0) {
        names[n] = STR("code");
        values[n++] = feel_string(record_short_code(k->arena, k->ledger, row->row));
    }
    if (k->page->decision.len > 0) {
        names[n] = k->page->decision;
        code = decided(k, ev, &seen, all, &values[n++]);
    }
    if (code == OK) {
        feel_json_write(feel_context(feel_shape_new(k->arena, names, n), values), false, k->out);
    }
    return code;
}

static enum error_code write_page(struct asked *k, struct feel_eval *ev, const struct record_row *rows, uint32_t count)
{
    enum error_code code = OK;
    buf_addz(k->out, "[");
    for (uint32_t i = 0; i < count && code == OK; i++) {
        buf_addz(k->out, i == 0 ? "" : ",");
        code = write_columns(k, ev, &rows[i]);
    }
    buf_addz(k->out, "]");
    return code;
}

/* What a page does with a view, and this command cannot: measure from where somebody stands; and let everybody ask a
 * decision, which reads what is not for everybody. */
static enum error_code check_page(struct asked *k)
{
    const struct scheme_view *v = k->page;
    bool open = v->decision.len > 0 && v->audience == SCHEME_TO_PUBLIC;
    if (v->near.len == 0 && !open) {
        return OK;
    }
    error_set(k->err, ERROR_INVALID, "the view \"%.*s\" cannot be listed here: its \"%s\" has no meaning",
              STR_ARG(v->name), open ? "decision" : "near");
    error_hint(k->err, open ? "a view that decides is for the office: give it another audience"
                            : "a distance is measured from a place, which only a page or a fact has; list the ledger");
    return ERROR_INVALID;
}

/* Where a view says in which fields is searched, each word must stand in one of them, as it is written. */
static enum error_code search_view(struct asked *k, struct record_query *q, str *where)
{
    const struct scheme_view *v = k->page;
    struct buf b = BUF_INIT(LIMIT_FEEL_STRING);
    for (uint32_t i = 0; i < v->search_count; i++) {
        int32_t field = scheme_field(k->ledger, v->search[i]);
        if (field < 0 || !k->ledger->fields[field].search) {
            error_set(k->err, ERROR_INVALID,
                      "the view \"%.*s\" is searched by \"%.*s\", which is no word of the ledger", STR_ARG(v->name),
                      STR_ARG(v->search[i]));
            error_hint(k->err, "ask with --where, or the public register: gongshi notice register");
            return ERROR_INVALID;
        }
    }
    buf_add(&b, *where);
    for (str rest = str_trim(q->words); v->search_count > 0 && rest.len > 0; rest = str_trim(rest)) {
        size_t end = 0;
        while (end < rest.len && rest.ptr[end] != ' ') {
            end++;
        }
        buf_addz(&b, b.len > 0 ? " and (" : "(");
        for (uint32_t i = 0; i < v->search_count; i++) {
            buf_printf(&b, "%scontains(lower case(%.*s), lower case(", i > 0 ? " or " : "", STR_ARG(v->search[i]));
            json_quote(str_slice(rest, 0, end), &b);
            buf_addz(&b, "))");
        }
        buf_addz(&b, ")");
        rest = str_slice(rest, end, rest.len);
    }
    *where = arena_str(k->arena, buf_str(&b));
    buf_release(&b);
    return OK;
}

/* The view's order and condition; what is asked for besides must hold too. */
static str through_view(struct asked *k, struct record_query *q, str where)
{
    const struct scheme_view *v = k->page;
    str order = v->order;
    bool down = order.len > 5 && str_eq(str_slice(order, order.len - 5, order.len), STR(" desc"));
    if (q->order.len == 0 && order.len > 0) {
        q->order = down ? str_slice(order, 0, order.len - 5) : order;
        q->descending = down;
    }
    if (v->where.len > 0 && where.len > 0) {
        return arena_printf(k->arena, "(%.*s) and (%.*s)", STR_ARG(v->where), STR_ARG(where));
    }
    return v->where.len > 0 ? v->where : where;
}

/* ---- Questions ---- */

/* What he may not see he may not ask for either: the order would tell it, and so would what is found. */
static enum error_code check_question(struct asked *k, const struct record_query *q)
{
    bool hidden = q->order.len > 0 && scheme_field(k->ledger, q->order) >= 0 && scheme_field(k->seen, q->order) < 0;
    for (uint32_t i = 0; q->words.len > 0 && i < k->ledger->field_count; i++) {
        hidden |= k->ledger->fields[i].search && k->seen->fields[i].name.len == 0;
    }
    if (!hidden) {
        return OK;
    }
    error_set(k->err, ERROR_INVALID, "the ledger \"%.*s\" cannot be asked this by this reader",
              STR_ARG(k->ledger->name));
    error_hint(k->err, "ask for fields that are shown");
    return ERROR_INVALID;
}

static enum error_code answer(struct asked *k, struct record_query *q)
{
    struct feel_environment env = { .instant = k->now / 1000000, .zone = 8 * 3600 };
    struct record_answer a;
    str where = text(k, "where");
    enum error_code code = OK;
    if (k->page != NULL) {
        code = check_page(k);
        where = through_view(k, q, where);
        code = code == OK && q->words.len > 0 ? search_view(k, q, &where) : code;
    }
    code = code == OK ? check_question(k, q) : code;
    if (code == OK && text(k, "where").len > 0) {
        code = record_names(k->arena, k->seen, text(k, "where"), k->err);
    }
    if (code == OK && where.len > 0) {
        code = record_filter(k->arena, k->seen, where, NULL, &q->filter, k->err);
    }
    struct feel_eval *ev = feel_eval_new(&env);
    code = code == OK ? record_query(k->view, ev, q, k->arena, &a, k->err) : code;
    if (code == OK) {
        buf_addz(k->out, "{\"rows\":");
        if (k->page != NULL && (k->page->field_count > 0 || k->page->decision.len > 0)) {
            code = write_page(k, ev, a.rows, a.count);
        } else {
            write_rows(k, a.rows, a.count);
        }
        buf_printf(k->out, ",\"examined\":%llu,\"next\":\"%.*s\"}", (unsigned long long)a.examined, STR_ARG(a.next));
    }
    feel_eval_free(ev);
    return code;
}

/* A view for the public is for everybody; all else for whoever may see the rows of the office. */
static enum error_code set_reader(struct asked *k, const struct people_tree *tree, int64_t office)
{
    bool open = k->page != NULL && k->page->audience == SCHEME_TO_PUBLIC;
    k->least = text(k, "personal").len > 0 ? SCHEME_PERSONAL : open ? SCHEME_PUBLIC : SCHEME_INTERNAL;
    enum error_code code = ask_rights(k, tree, PEOPLE_VERB_SEE, office);
    k->seen = record_ledger_seen(k->arena, k->ledger, k->least);
    return code;
}

static enum error_code query(struct asked *k, const struct people_tree *tree)
{
    struct record_query q = { .scheme = k->scheme, .ledger = k->ledger, .tree = tree, .words = text(k, "words"),
                              .order = text(k, "order"), .descending = text(k, "down").len > 0,
                              .after = text(k, "after") };
    bool ever = str_eq(text(k, "on"), STR("ever"));
    int64_t max;
    enum error_code code = find_view(k);
    code = code == OK ? office_by_code(k->view, text(k, "office"), &q.office, k->err) : code;
    q.flags = ever ? RECORD_ALL_TIMES : 0;
    code = code == OK && !ever ? office_instant(k->v, "on", k->now, &q.valid_at, k->err) : code;
    code = code == OK ? office_instant(k->v, "known", INT64_MAX, &q.known_at, k->err) : code;
    code = code == OK && !number(k, "max", 50, &max) ? ERROR_INVALID : code;
    code = code == OK ? set_reader(k, tree, q.office) : code;
    if (code != OK) {
        return code;
    }
    q.max = max < LIMIT_RECORD_GATHER ? (uint32_t)max : LIMIT_RECORD_GATHER;
    return answer(k, &q);
}

/* The row that the command names, and whether it may be seen. */
static enum error_code read_history(struct asked *k, const struct people_tree *tree, enum people_verb verb,
                                    const struct record_row **ret, uint32_t *ret_count)
{
    int64_t row;
    enum error_code code = row_number(k, &row) ? OK : ERROR_INVALID;
    code = code == OK ? record_history(k->view, k->arena, k->ledger, row, ret, ret_count, k->err) : code;
    return code == OK ? ask_rights(k, tree, verb, (*ret)[*ret_count - 1].office) : code;
}

static enum error_code show(struct asked *k, const struct people_tree *tree, bool all)
{
    const struct record_row *rows;
    uint32_t count;
    enum error_code code = read_history(k, tree, PEOPLE_VERB_SEE, &rows, &count);
    code = code == OK ? set_reader(k, tree, rows[count - 1].office) : code;
    if (code == OK && all) {
        write_rows(k, rows, count);
    } else if (code == OK) {
        write_row(k, &rows[count - 1]);
    }
    return code;
}

/* ---- Writing ---- */

static enum error_code carry_out(struct asked *k, struct record_plan *plan, const struct people_tree *tree)
{
    str act = text(k, "act"), reason = text(k, "reason");
    feel_value values = feel_member(k->v, "values");
    const struct record_row *rows;
    uint32_t count;
    int64_t row, revision;
    if (!row_number(k, &row) || !number(k, "revision", 0, &revision)) {
        return ERROR_INVALID;
    }
    if (str_eq(act, STR("add"))) {
        enum error_code code = office_by_code(k->view, text(k, "office"), &plan->office, k->err);
        code = code == OK ? ask_rights(k, tree, PEOPLE_VERB_SET, plan->office) : code;
        code = code == OK ? record_add(plan, k->scheme, k->ledger, values, &row, k->err) : code;
        buf_printf(k->out, "{\"row\":\"%lld\"}", (long long)row);
        return code;
    }
    enum error_code code = read_history(k, tree, PEOPLE_VERB_SET, &rows, &count);
    if (code == OK && reason.len == 0) {
        code = error_set(k->err, ERROR_INVALID, "a change needs a reason");
        error_hint(k->err, "say why with --reason");
    }
    if (code == OK && str_eq(act, STR("strike"))) {
        code = record_strike(plan, k->ledger, row, reason, k->err);
    } else if (code == OK) {
        code = record_change(plan, k->scheme, k->ledger, row, revision, values, reason, k->err);
    }
    buf_printf(k->out, "{\"row\":\"%lld\"}", (long long)row);
    return code;
}

static enum error_code find_ledger(struct asked *k)
{
    return record_ledger(k->o->record, k->view, NULL, text(k, "ledger"), &k->scheme, &k->ledger, NULL, k->err);
}

static enum error_code write(struct asked *k)
{
    struct record_plan plan;
    const struct people_tree *tree;
    enum error_code code = record_begin(k->o->record, k->arena, k->actor, k->now, &plan, k->err);
    if (code != OK) {
        return code;
    }
    k->view = plan.view;
    plan.despite = text(k, "despite");
    code = find_ledger(k);
    if (code == OK && (code = people_tree(k->o->people, k->view, &tree, k->err)) == OK) {
        code = carry_out(k, &plan, tree);
        people_tree_end(k->o->people, tree);
    }
    return record_finish(&plan, code, NULL, k->err);
}

static enum error_code look(struct asked *k, str act)
{
    const struct people_tree *tree;
    enum error_code code = store_view(k->o->store, &k->view, k->err);
    if (code != OK) {
        return code;
    }
    bool all = str_eq(act, STR("list")) && text(k, "ledger").len == 0;
    code = all ? list(k) : find_ledger(k);
    if (!all && code == OK && (code = people_tree(k->o->people, k->view, &tree, k->err)) == OK) {
        bool rows = str_eq(act, STR("query")) || str_eq(act, STR("list"));
        code = rows                           ? query(k, tree)
               : str_eq(act, STR("due"))      ? due(k, tree)
                                              : show(k, tree, str_eq(act, STR("history")));
        people_tree_end(k->o->people, tree);
    }
    store_view_end(k->view);
    return code;
}

enum error_code office_ledger(struct office *o, feel_value command, int64_t actor, int64_t now, struct arena *a,
                              struct buf *out, struct error *err)
{
    struct asked k = { .o = o, .v = command, .actor = actor, .now = now, .arena = a, .out = out, .err = err,
                       .least = SCHEME_INTERNAL };
    str act = text(&k, "act");
    bool writes = str_eq(act, STR("add")) || str_eq(act, STR("change")) || str_eq(act, STR("strike"));
    return writes ? write(&k) : look(&k, act);
}

/* ---- The command ---- */

static const struct form {
    const char *act, *words[3];
    int least; /* words that must be there */
} forms[] = {
    { "list", { "ledger", NULL }, 0 },
    { "query", { "ledger", NULL }, 1 },
    { "show", { "ledger", "row", NULL }, 2 },
    { "history", { "ledger", "row", NULL }, 2 },
    { "add", { "ledger", "values", NULL }, 2 },
    { "change", { "ledger", "row", "values" }, 3 },
    { "strike", { "ledger", "row", NULL }, 2 },
    { "due", { "ledger", NULL }, 1 },
};

static const struct form *find_form(const char *act)
{
    for (size_t i = 0; act != NULL && i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(forms[i].act, act) == 0) {
            return &forms[i];
        }
    }
    return NULL;
}

int command_values(struct command *c, struct arena *a, const char *value)
{
    struct error err = { .lang = cli_lang };
    str json = str_of(value);
    feel_value v;
    if (value[0] != '{' && cli_read(a, value, LIMIT_JSON_BYTES, "JSON_BYTES", &json, &err) != OK) {
        return cli_report(&err);
    }
    if (feel_json_read(a, json, &v, &err) != OK) {
        return cli_report(&err);
    }
    command_json(c, "values", json);
    return EXIT_DONE;
}

static int add_word(struct command *c, struct arena *a, const struct form *f, int *words, const char *value)
{
    const char *name = *words < 3 ? f->words[*words] : NULL;
    if (name == NULL) {
        return cli_usage("\"%s\" is one word too many", value);
    }
    ++*words;
    if (strcmp(name, "values") == 0) {
        return command_values(c, a, value);
    }
    command_text(c, name, value);
    return EXIT_DONE;
}

static bool is_option(const char *option)
{
    static const char *const options[] = { "--where", "--words", "--on", "--known", "--order", "--office", "--max",
                                           "--after", "--reason", "--revision", "--despite", "--view",
                                           "--as" };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (strcmp(options[i], option) == 0) {
            return true;
        }
    }
    return false;
}

static int read_line(int argc, char **argv, const struct form *f, struct command *c, struct arena *a,
                     const char **data)
{
    int words = 0, status = EXIT_DONE;
    for (int i = 2; i < argc && status == EXIT_DONE; i++) {
        const char *option = argv[i];
        if (option[0] != '-' || option[1] != '-') {
            status = add_word(c, a, f, &words, option);
        } else if (strcmp(option, "--down") == 0 || strcmp(option, "--personal") == 0) {
            command_text(c, option + 2, "yes");
        } else if (strcmp(option, "--data") != 0 && !is_option(option)) {
            status = cli_usage("there is no option %s", option);
        } else {
            const char *value = cli_value(argc, argv, &i);
            if (value == NULL) {
                status = EXIT_USAGE;
            } else if (strcmp(option, "--data") == 0) {
                *data = value;
            } else {
                command_text(c, option + 2, value);
            }
        }
    }
    if (status == EXIT_DONE && words < f->least) {
        status = cli_usage("gongshi ledger %s needs its %s", f->act, f->words[words]);
    }
    return status;
}

int cli_ledger(int argc, char **argv)
{
    const struct form *f = find_form(argc > 1 ? argv[1] : NULL);
    const char *data = office_default();
    struct arena a = ARENA_INIT;
    struct command c;
    if (argc > 1 && (strcmp(argv[1], "import") == 0 || strcmp(argv[1], "export") == 0)) {
        return cli_exchange(argc, argv);
    }
    if (f == NULL) {
        return cli_usage("gongshi ledger import|export|list|query|show|history|due|add|change|strike");
    }
    command_begin(&c, "ledger");
    command_text(&c, "act", f->act);
    int status = read_line(argc, argv, f, &c, &a, &data);
    if (status == EXIT_DONE) {
        status = command_run(&c, data, true);
    } else {
        buf_release(&c.text);
    }
    arena_release(&a);
    return status;
}
