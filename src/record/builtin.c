/* builtin: ledgers that nobody writes: what the office's own work says of itself.
 *
 *   core.dossiers   each dossier
 *   core.decisions  each evaluation of a decision, and whether a person departed from its result
 *   core.clocks     each clock that has begun
 *   core.listed     each entry of an approved list
 *
 * Rows are fetched by the dossier, by whom it is about, or by the scheme: each of these has an index. `end` is the end
 * of a day: what had begun by then, as it was then. What has changed since and was not kept (a limit that was extended)
 * is as it is known now.
 */
#include "record/builtin.h"

#include "feel/feel.h"

/* ---- The tables ---- */

#define LEDGER_FIELDS(list) list, sizeof list / sizeof list[0]

static const char *const dossier_fields[] = { "number", "scheme", "process", "subject", "party", "office", "outcome",
                                              "opened", "closed", "round", "ended at" };
static const char *const decision_fields[] = { "dossier", "scheme", "process", "subject", "party", "office", "round",
                                               "decision", "name", "element", "at", "departed", "reason" };
static const char *const clock_fields[] = { "dossier", "scheme", "process", "subject", "party", "office", "round",
                                            "name", "owner", "began", "due", "ended", "late", "provisional" };
static const char *const listed_fields[] = { "dossier", "row", "scheme", "office", "assessment", "list", "cut off",
                                             "month", "approved", "group", "grade", "rank", "place", "struck",
                                             "called" };

enum kind { DOSSIERS, DECISIONS, CLOCKS, LISTED, KINDS };

static const struct {
    const char *name;
    const char *const *fields;
    size_t count;
} ledgers[KINDS] = {
    [DOSSIERS] = { "dossiers", LEDGER_FIELDS(dossier_fields) },
    [DECISIONS] = { "decisions", LEDGER_FIELDS(decision_fields) },
    [CLOCKS] = { "clocks", LEDGER_FIELDS(clock_fields) },
    [LISTED] = { "listed", LEDGER_FIELDS(listed_fields) },
};

enum { MOST_FIELDS = 15 };

struct record__builtin {
    enum kind kind;
    struct scheme_ledger ledger;
};

static int kind_of(str name)
{
    for (int i = 0; i < KINDS; i++) {
        if (str_starts_with(name, STR("core.")) && str_eq(str_slice(name, 5, name.len), str_of(ledgers[i].name))) {
            return i;
        }
    }
    return -1;
}

bool record_is_builtin(str ledger)
{
    return kind_of(ledger) >= 0;
}

const struct record__builtin *record__builtin(struct arena *a, str name)
{
    int kind = kind_of(name);
    if (kind < 0) {
        return NULL;
    }
    struct record__builtin *b = ARENA_NEW(a, struct record__builtin);
    uint32_t count = (uint32_t)ledgers[kind].count;
    struct scheme_field *fields = ARENA_ARRAY(a, struct scheme_field, count);
    struct feel_field *names = ARENA_ARRAY(a, struct feel_field, count);
    struct feel_type *row = ARENA_NEW(a, struct feel_type);
    for (uint32_t i = 0; i < count; i++) {
        fields[i] = (struct scheme_field){ .name = str_of(ledgers[kind].fields[i]), .type = SCHEME_TEXT };
        names[i] = (struct feel_field){ fields[i].name, feel_type_named(STR("Any")) };
    }
    *row = (struct feel_type){ .kind = FEEL_TYPE_CONTEXT, .count = count, .fields = names };
    b->kind = (enum kind)kind;
    b->ledger = (struct scheme_ledger){ .name = str_of(ledgers[kind].name), .fields = fields, .field_count = count,
                                        .row = row };
    return b;
}

const struct scheme_ledger *record__builtin_ledger(const struct record__builtin *b)
{
    return &b->ledger;
}

/* ---- Values ---- */

struct rows {
    const struct record__builtin_ask *q;
    struct arena *a;
    const struct feel_shape *shape;
    feel_value *items;
    uint32_t count, size;
};

static bool as_it_is(const struct rows *w)
{
    return w->q->end == INT64_MIN;
}

/* Had it happened by then? An instant in microseconds; 0: never. */
static bool was(const struct rows *w, int64_t micros)
{
    return micros != 0 && (as_it_is(w) || micros / 1000000 < w->q->end);
}

static bool is_elsewhere(const struct rows *w, int64_t office)
{
    return w->q->office != 0 && office != w->q->office &&
           (w->q->tree == NULL || !people_within(w->q->tree, office, w->q->office));
}

static feel_value *add_row(struct rows *w)
{
    if (w->count == w->size) {
        uint32_t more = w->size == 0 ? 16 : w->size * 2;
        w->items = arena_grow(w->a, w->items, w->size * sizeof *w->items, more * sizeof *w->items);
        w->size = more;
    }
    feel_value *v = ARENA_ARRAY(w->a, feel_value, w->shape->count);
    w->items[w->count++] = feel_context(w->shape, v);
    return v;
}

static feel_value instant(const struct rows *w, int64_t micros)
{
    cal_datetime t;
    return micros != 0 && cal_datetime_from_utc(micros / 1000000, 0, w->q->zone, &t)
               ? (feel_value){ .kind = FEEL_DATE_TIME, .date_time = t }
               : feel_null();
}

static feel_value text(const struct rows *w, str s)
{
    return s.len > 0 ? feel_string(arena_str(w->a, s)) : feel_null();
}

static feel_value text_column(const struct rows *w, struct store_rows *r, uint32_t column)
{
    return text(w, store_column_text(r, column));
}

static feel_value id(const struct rows *w, int64_t n)
{
    return n != 0 ? feel_string(arena_printf(w->a, "%lld", (long long)n)) : feel_null();
}

static feel_value json_column(const struct rows *w, struct store_rows *r, uint32_t column)
{
    feel_value v = feel_null();
    feel_json_read(w->a, arena_str(w->a, store_column_text(r, column)), &v, NULL);
    return v;
}

/* ---- Rows of dossiers ---- */

/* What all that belongs to a dossier begins with: number, scheme, process, subject, party, office, round. */
#define OF_DOSSIER "d.id, d.office, d.scheme, d.process, d.subject, d.round"
enum { OWN = 6 };

static uint32_t put_dossier(const struct rows *w, struct store_rows *r, feel_value *v)
{
    v[0] = id(w, store_column_int(r, 0));
    v[1] = text_column(w, r, 2);
    v[2] = text_column(w, r, 3);
    v[3] = v[4] = text_column(w, r, 4);
    v[5] = feel_number(dec_from_int(store_column_int(r, 1)));
    v[6] = json_column(w, r, 5);
    return 7;
}

/* The dossier as it was then. */
static void dossier_row(struct rows *w, struct store_rows *r)
{
    int64_t opened = store_column_int(r, OWN), closed = store_column_int(r, OWN + 1);
    bool over = was(w, closed);
    if (!was(w, opened)) {
        return;
    }
    feel_value *v = add_row(w);
    put_dossier(w, r, v);
    v[9] = v[6];
    v[6] = closed != 0 && !over ? feel_string(STR("running")) : text_column(w, r, OWN + 2);
    v[7] = instant(w, opened);
    v[8] = over ? instant(w, closed) : feel_null();
    v[10] = closed != 0 && !over ? feel_null() : text_column(w, r, OWN + 3);
}

static void decision_row(struct rows *w, struct store_rows *r)
{
    int64_t at = store_column_int(r, OWN + 3);
    bool departed = was(w, store_column_int(r, OWN + 4));
    if (!was(w, at)) {
        return;
    }
    feel_value *v = add_row(w);
    uint32_t n = put_dossier(w, r, v);
    v[n++] = id(w, store_column_int(r, OWN));
    v[n++] = text_column(w, r, OWN + 1);
    v[n++] = text_column(w, r, OWN + 2);
    v[n++] = instant(w, at);
    v[n++] = feel_boolean(departed);
    v[n++] = departed ? json_column(w, r, OWN + 5) : feel_null();
}

/* A clock is late when its last day was over before it ended, or by the time that is asked for. */
static void clock_row(struct rows *w, struct store_rows *r)
{
    int64_t began = store_column_int(r, OWN + 2), due = store_column_int(r, OWN + 3);
    int64_t ended = store_column_int(r, OWN + 4);
    bool over = was(w, ended);
    int64_t then = as_it_is(w) || w->q->now < w->q->end ? w->q->now : w->q->end;
    if (!was(w, began)) {
        return;
    }
    feel_value *v = add_row(w);
    uint32_t n = put_dossier(w, r, v);
    v[n++] = text_column(w, r, OWN);
    v[n++] = feel_string(store_column_int(r, OWN + 1) != 0 ? STR("party") : STR("office"));
    v[n++] = instant(w, began);
    v[n++] = instant(w, due);
    v[n++] = over ? instant(w, ended) : feel_null();
    v[n++] = feel_boolean(due != 0 && due / 1000000 <= (over ? ended / 1000000 : then));
    v[n++] = feel_boolean(store_column_int(r, OWN + 5) != 0);
}

static const struct {
    const char *select, *order;
    void (*row)(struct rows *w, struct store_rows *r);
} of_dossiers[] = {
    [DOSSIERS] = { "SELECT " OF_DOSSIER ", d.opened, d.closed, d.outcome, d.ended_at FROM dossier d", "d.id",
                   dossier_row },
    [DECISIONS] = { "SELECT " OF_DOSSIER ", c.id, c.name, c.element, c.at, COALESCE(p.at, 0), COALESCE(p.reason, '') "
                    "FROM dossier d JOIN decision c ON c.dossier = d.id LEFT JOIN departure p ON p.decision = c.id",
                    "d.id, c.id", decision_row },
    [CLOCKS] = { "SELECT " OF_DOSSIER ", c.name, c.party, c.began, c.due, c.ended, c.provisional FROM dossier d JOIN "
                 "clock c ON c.dossier = d.id", "d.id, c.name", clock_row },
};

/* Those of one dossier, of a subject, else of a scheme. */
static void read_of_dossiers(struct rows *w, enum kind kind)
{
    const struct record__builtin_ask *q = w->q;
    bool one = q->dossier != 0;
    struct store_value arg = one ? store_int(q->dossier) : store_text(q->subject.len > 0 ? q->subject : q->scheme);
    const char *where = one ? "d.id = ?" : q->subject.len > 0 ? "d.subject = ? AND d.subject <> ''" : "d.scheme = ?";
    str sql = arena_printf(w->a, "%s WHERE %s ORDER BY %s", of_dossiers[kind].select, where, of_dossiers[kind].order);
    struct store_rows *r = store_query(q->view, sql.ptr, &arg, 1);
    while (store_next(r)) {
        if (!is_elsewhere(w, store_column_int(r, 1))) {
            of_dossiers[kind].row(w, r);
        }
    }
    store_rows_end(r);
}

/* ---- Entries of lists ---- */

struct list {
    int64_t id, office, cut, approved;
    str scheme, name;
};

/* Approved by then, and no correction of it was. */
static bool counts(const struct rows *w, const struct list *l)
{
    struct store_value args[] = { store_text(l->scheme), store_int(l->id) };
    struct store_rows *r = store_query(w->q->view, "SELECT COALESCE(MIN(approved), 0) FROM assessment WHERE scheme = ? "
                                                   "AND corrects = ? AND approved <> 0", args, 2);
    int64_t corrected = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return was(w, l->approved) && !was(w, corrected);
}

/* The lists of a scheme, or those that a row or dossier is in. */
static uint32_t find_lists(const struct rows *w, struct list **ret)
{
    const struct record__builtin_ask *q = w->q;
    bool one = q->dossier != 0;
    struct store_value arg = one ? store_int(q->dossier) : store_text(q->scheme);
    struct store_rows *r = store_query(q->view, one ? "SELECT id, office, CASE cut WHEN 0 THEN frozen ELSE cut END, "
                                                      "approved, scheme, name FROM assessment WHERE approved <> 0 AND "
                                                      "id IN (SELECT assessment FROM assessment_entry WHERE subject = "
                                                      "?) ORDER BY id"
                                                    : "SELECT id, office, CASE cut WHEN 0 THEN frozen ELSE cut END, "
                                                      "approved, scheme, name FROM assessment WHERE approved <> 0 AND "
                                                      "scheme = ? ORDER BY id", &arg, 1);
    uint32_t count = 0;
    *ret = NULL;
    while (store_next(r)) {
        *ret = arena_grow(w->a, *ret, count * sizeof **ret, (count + 1) * sizeof **ret);
        (*ret)[count++] = (struct list){ store_column_int(r, 0), store_column_int(r, 1), store_column_int(r, 2),
                                         store_column_int(r, 3), arena_str(w->a, store_column_text(r, 4)),
                                         arena_str(w->a, store_column_text(r, 5)) };
    }
    store_rows_end(r);
    return count;
}

/* What all entries of a list have in common stands in the row that the first of them got. */
static void listed_row(struct rows *w, struct store_rows *r, const struct list *l)
{
    feel_value result = json_column(w, r, 2), *v = add_row(w);
    bool dossier = store_column_int(r, 3) != 0;
    feel_value day = instant(w, l->cut), subject = id(w, store_column_int(r, 0));
    uint32_t n = 0;
    v[n++] = dossier ? subject : feel_null();
    v[n++] = dossier ? feel_null() : subject;
    v[n++] = feel_string(l->scheme);
    v[n++] = feel_number(dec_from_int(l->office));
    v[n++] = id(w, l->id);
    v[n++] = feel_string(l->name);
    cal_date cut = cal_datetime_date(day.date_time);
    v[n++] = (feel_value){ .kind = FEEL_DATE, .date = cut };
    v[n++] = feel_string(arena_printf(w->a, "%04d-%02d", (int)cut.year, (int)cut.month));
    v[n++] = instant(w, l->approved);
    v[n++] = feel_member(result, "group");
    v[n++] = text_column(w, r, 1);
    v[n++] = feel_member(result, "rank");
    v[n++] = feel_member(result, "place");
    v[n++] = feel_boolean(was(w, store_column_int(r, 4)));
    v[n++] = feel_boolean(store_column_int(r, 5) != 0);
}

static void read_list(struct rows *w, const struct list *l)
{
    struct store_value args[] = { store_int(l->id), store_int(w->q->dossier), store_int(w->q->dossier) };
    struct store_rows *r = store_query(w->q->view, "SELECT e.subject, e.grade, e.result, COALESCE(d.id, 0), "
                                                   "e.struck_at, e.called FROM assessment_entry e LEFT JOIN dossier d "
                                                   "ON d.id = e.subject WHERE e.assessment = ? AND (? = 0 OR e.subject "
                                                   "= ?) ORDER BY e.number", args, 3);
    while (store_next(r)) {
        listed_row(w, r, l);
    }
    store_rows_end(r);
}

static void read_lists(struct rows *w)
{
    struct list *lists;
    uint32_t count = find_lists(w, &lists);
    for (uint32_t i = 0; i < count; i++) {
        if (!is_elsewhere(w, lists[i].office) && counts(w, &lists[i])) {
            read_list(w, &lists[i]);
        }
    }
}

/* ---- The whole ---- */

enum error_code record__builtin_read(const struct record__builtin *b, const struct record__builtin_ask *q,
                                     struct arena *a, feel_value *ret, struct error *err)
{
    str names[MOST_FIELDS];
    for (uint32_t i = 0; i < b->ledger.field_count; i++) {
        names[i] = b->ledger.fields[i].name;
    }
    struct rows w = { .q = q, .a = a, .shape = feel_shape_new(a, names, b->ledger.field_count) };
    if (b->kind == LISTED) {
        read_lists(&w);
    } else {
        read_of_dossiers(&w, b->kind);
    }
    *ret = feel_list(w.items, w.count);
    return store_view_error(q->view, err);
}
