/* round: a year's parameters are made of the last year's.
 *
 * Opening a round ends, for each key, the row that holds, on the day before, and begins a copy that is 待核实. Of one key
 * no two rows hold on a day; so the ends are written first and the copies after them, in units of their own. What was
 * interrupted goes on when it is asked for again: a key that has its row of the round is left alone.
 *
 * A row is confirmed by a person who never wrote into it, with the number of the paper it rests on.
 */
#include "record/table_int.h"

#include "base/limit.h"
#include "text/json_write.h"

#include <stdlib.h>

/* ---- Rows of a key ---- */

static bool same_key(const struct record__table *t, const struct record_row *a, const struct record_row *b)
{
    for (uint32_t i = 0; i < t->parameter->key_count; i++) {
        if (!record__same(a->body.values[i], b->body.values[i])) {
            return false;
        }
    }
    return t->parameter->key_count > 0 || a == b;
}

/* A day as a number; `otherwise` for null. */
static int64_t day_of(feel_value v, int64_t otherwise)
{
    return v.kind == FEEL_DATE ? cal_days_from_date(v.date) : otherwise;
}

static int64_t begins(const struct record__table *t, const struct record_row *row)
{
    return day_of(record__own(t, row->body, TABLE__FROM), INT64_MIN);
}

static int64_t ends(const struct record__table *t, const struct record_row *row)
{
    return day_of(record__own(t, row->body, TABLE__TO), INT64_MAX);
}

bool record__is_of_round(const struct record__table *t, const struct record_row *row, str round)
{
    feel_value v = record__own(t, row->body, TABLE__ROUND);
    return v.kind == FEEL_STRING && str_eq(feel_str(v), round);
}

static enum scheme_state state_of(const struct record__table *t, const struct record_row *row)
{
    return record__parameter_row(t, row).state;
}

/* The row of the same key that begins last before `day`; NULL: there is none. */
static const struct record_row *before(const struct record__table *t, const struct record__rows *rows,
                                       const struct record_row *row, int64_t day)
{
    const struct record_row *last = NULL;
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct record_row *r = &rows->list[i];
        if (same_key(t, r, row) && begins(t, r) < day && (last == NULL || begins(t, r) > begins(t, last))) {
            last = r;
        }
    }
    return last;
}

/* The rows that a round beginning on a day is copied from: of each key the last, unless it is of the sample or the key
 * has a row from that day on. */
static bool is_copied(const struct record__table *t, const struct record__rows *rows, const struct record_row *row,
                      str round, int64_t day)
{
    bool opened = false;
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct record_row *r = &rows->list[i];
        bool same = t->parameter->key_count > 0 ? same_key(t, r, row) : record__is_of_round(t, r, round);
        opened = opened || (same && begins(t, r) >= day);
    }
    return !opened && state_of(t, row) != SCHEME_SAMPLE && before(t, rows, row, day) == row &&
           (t->parameter->key_count > 0 || ends(t, row) >= day - 1);
}

/* ---- Values ---- */

static feel_value one_value(struct arena *a, str name, feel_value v)
{
    str names[] = { name };
    feel_value *values = ARENA_ARRAY(a, feel_value, 1);
    values[0] = v;
    return feel_context(feel_shape_new(a, names, 1), values);
}

static str name_of(const struct record__table *t, enum record__own which)
{
    return t->ledger.fields[t->parameter->column_count + which].name;
}

static feel_value date_value(int64_t days)
{
    feel_value v = { .kind = FEEL_DATE };
    return cal_date_from_days(days, &v.date) ? v : feel_null();
}

static feel_value copy_of(struct arena *a, const struct record__table *t, const struct record_row *row, str round,
                          int64_t day)
{
    uint32_t n = t->ledger.field_count, own = t->parameter->column_count;
    str *names = ARENA_ARRAY(a, str, n);
    feel_value *values = ARENA_ARRAY(a, feel_value, n);
    for (uint32_t i = 0; i < n; i++) {
        names[i] = t->ledger.fields[i].name;
        values[i] = row->body.values[i];
    }
    values[own + TABLE__STATE] = feel_string(str_of(scheme_state_name(SCHEME_PROVISIONAL)));
    values[own + TABLE__FROM] = date_value(day);
    values[own + TABLE__TO] = values[own + TABLE__PAPER] = feel_null();
    values[own + TABLE__ROUND] = feel_string(round);
    return feel_context(feel_shape_new(a, names, n), values);
}

/* ---- Opening ---- */

enum { SPARE = 40 }; /* rows of a unit that are left free: more than one row of a parameter takes */

struct opening {
    str round, reason;
    int64_t day;
    bool copy;         /* else: end */
    uint32_t *copied;
};

/* The next rows that a pass has to write; *ret_done when there were no more. */
static enum error_code open_some(struct record_plan *plan, const struct record__table *t, const struct opening *o,
                                 bool *ret_done, struct error *err)
{
    struct record__rows rows;
    enum error_code code = record__table_rows(plan->view, t, plan->arena, &rows, err);
    *ret_done = true;
    for (uint32_t i = 0; code == OK && i < rows.count; i++) {
        const struct record_row *row = &rows.list[i];
        int64_t id;
        if (!is_copied(t, &rows, row, o->round, o->day) || (!o->copy && ends(t, row) < o->day)) {
            continue;
        }
        if (store_change_rows(plan->change) + SPARE > LIMIT_STORE_UNIT_ROWS) {
            *ret_done = false;
            break;
        }
        if (o->copy) {
            feel_value values = copy_of(plan->arena, t, row, o->round, o->day);
            code = record_add(plan, t->scheme, &t->ledger, values, &id, err);
            *o->copied += code == OK;
        } else {
            feel_value to = one_value(plan->arena, name_of(t, TABLE__TO), date_value(o->day - 1));
            code = record_change(plan, t->scheme, &t->ledger, row->row, row->revision, to, o->reason, err);
        }
    }
    return code;
}

static enum error_code pass(struct record *r, const struct scheme *s, const struct scheme_parameter *p,
                            const struct opening *o, int64_t actor, int64_t now, struct error *err)
{
    bool done = false;
    enum error_code code = OK;
    while (!done && code == OK) {
        struct arena a = ARENA_INIT;
        struct record_plan plan;
        code = record_begin(r, &a, actor, now, &plan, err);
        if (code == OK) {
            code = record_finish(&plan, open_some(&plan, record__table(&a, s, p), o, &done, err), NULL, err);
        }
        arena_release(&a);
    }
    return code;
}

enum error_code record_round_open(struct record *r, const struct scheme *s, str round, cal_date from, int64_t actor,
                                  int64_t now, uint32_t *ret_copied, struct error *err)
{
    struct arena a = ARENA_INIT;
    uint32_t copied = 0;
    struct opening o = { round, arena_printf(&a, "round %.*s", STR_ARG(round)), cal_days_from_date(from), false,
                         &copied };
    enum error_code code = OK;
    if (round.len == 0) {
        code = error_set(err, ERROR_INVALID, "a round has a name");
    }
    for (uint32_t i = 0; i < s->parameter_count && code == OK; i++) {
        o.copy = false;
        code = pass(r, s, &s->parameters[i], &o, actor, now, err);
        o.copy = true;
        code = code == OK ? pass(r, s, &s->parameters[i], &o, actor, now, err) : code;
    }
    arena_release(&a);
    if (code == OK) {
        *ret_copied = copied;
    }
    return code;
}

/* ---- Showing ---- */

static void write_value(struct json_writer *w, str name, feel_value v)
{
    json_key(w, name);
    json_raw(w, STR(""));
    feel_json_write(v, false, w->out);
}

/* What the row says otherwise than the one before it: {"count": [300, 280]}. */
static void write_changed(struct json_writer *w, const struct record__table *t, const struct record_row *last,
                          const struct record_row *row)
{
    json_key(w, STR("changed"));
    json_begin_object(w);
    for (uint32_t i = t->parameter->key_count; last != NULL && i < t->parameter->column_count; i++) {
        if (!record__same(last->body.values[i], row->body.values[i])) {
            json_key(w, t->ledger.fields[i].name);
            json_begin_array(w);
            json_raw(w, STR(""));
            feel_json_write(last->body.values[i], false, w->out);
            json_raw(w, STR(""));
            feel_json_write(row->body.values[i], false, w->out);
            json_end_array(w);
        }
    }
    json_end_object(w);
}

static void write_row(struct json_writer *w, const struct record__table *t, const struct record__rows *rows,
                      const struct record_row *row)
{
    json_begin_object(w);
    json_key(w, STR("parameter"));
    json_string(w, t->parameter->name);
    json_int_member(w, "row", row->row);
    json_int_member(w, "revision", row->revision);
    json_int_member(w, "actor", row->actor);
    for (uint32_t i = 0; i < t->parameter->column_count; i++) {
        write_value(w, t->ledger.fields[i].name, row->body.values[i]);
    }
    for (int own = TABLE__SOURCE; own <= TABLE__PAPER; own++) {
        write_value(w, name_of(t, (enum record__own)own), record__own(t, row->body, (enum record__own)own));
    }
    const struct record_row *last = before(t, rows, row, begins(t, row));
    write_changed(w, t, last, row);
    json_key(w, STR("new"));
    json_bool(w, last == NULL);
    json_end_object(w);
}

struct counts {
    str round;
    int64_t from; /* the first day of its rows; INT64_MAX: none is said */
    int64_t rows, confirmed, without_source;
};

static void count_row(struct counts *c, const struct record__table *t, const struct record_row *row)
{
    int64_t from = begins(t, row);
    c->rows++;
    c->confirmed += state_of(t, row) == SCHEME_CONFIRMED;
    c->without_source += record__own(t, row->body, TABLE__SOURCE).kind == FEEL_NULL;
    c->from = from != INT64_MIN && from < c->from ? from : c->from;
}

static void write_counts(struct json_writer *w, const struct counts *c)
{
    write_value(w, STR("from"), c->from == INT64_MAX ? feel_null() : date_value(c->from));
    json_int_member(w, "count", c->rows);
    json_int_member(w, "confirmed", c->confirmed);
    json_int_member(w, "without source", c->without_source);
}

/* What is done with one row of a parameter table. */
typedef void row_function(void *context, const struct record__table *t, const struct record__rows *rows,
                          const struct record_row *row);

static enum error_code each_row(struct store_view *v, const struct scheme *s, row_function *f, void *context,
                                struct error *err)
{
    enum error_code code = OK;
    for (uint32_t i = 0; i < s->parameter_count && code == OK; i++) {
        struct arena a = ARENA_INIT;
        struct record__rows rows = { NULL, 0, 0 };
        const struct record__table *t = record__table(&a, s, &s->parameters[i]);
        code = record__table_rows(v, t, &a, &rows, err);
        for (uint32_t k = 0; k < rows.count && code == OK; k++) {
            f(context, t, &rows, &rows.list[k]);
        }
        arena_release(&a);
    }
    return code;
}

struct one_round {
    struct json_writer *writer;
    str round;
    struct counts counts;
};

static void write_if_of_round(void *context, const struct record__table *t, const struct record__rows *rows,
                              const struct record_row *row)
{
    struct one_round *one = context;
    if (record__is_of_round(t, row, one->round)) {
        count_row(&one->counts, t, row);
        write_row(one->writer, t, rows, row);
    }
}

enum error_code record_round_write(struct store_view *v, const struct scheme *s, str round, struct buf *out,
                                   struct error *err)
{
    struct json_writer w;
    struct one_round one = { &w, round, { .round = round, .from = INT64_MAX } };
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "scheme", s->name);
    json_text_member(&w, "round", round);
    json_key(&w, STR("rows"));
    json_begin_array(&w);
    enum error_code code = each_row(v, s, write_if_of_round, &one, err);
    json_end_array(&w);
    write_counts(&w, &one.counts);
    json_end_object(&w);
    if (code == OK && one.counts.rows == 0) {
        code = error_set(err, ERROR_MISSING, "no round \"%.*s\" was opened", STR_ARG(round));
    }
    return code;
}

/* ---- All rounds ---- */

struct rounds {
    struct arena *arena;
    struct counts *list;
    uint32_t count;
};

static struct counts *round_called(struct rounds *r, str name)
{
    for (uint32_t i = 0; i < r->count; i++) {
        if (str_eq(r->list[i].round, name)) {
            return &r->list[i];
        }
    }
    r->list = arena_grow(r->arena, r->list, r->count * sizeof *r->list, (r->count + 1) * sizeof *r->list);
    r->list[r->count] = (struct counts){ .round = arena_str(r->arena, name), .from = INT64_MAX };
    return &r->list[r->count++];
}

static void count_in_its_round(void *context, const struct record__table *t, const struct record__rows *rows,
                               const struct record_row *row)
{
    feel_value round = record__own(t, row->body, TABLE__ROUND);
    (void)rows;
    if (round.kind == FEEL_STRING) {
        count_row(round_called(context, feel_str(round)), t, row);
    }
}

/* The last first. */
static int later_first(const void *a, const void *b)
{
    int64_t x = ((const struct counts *)a)->from, y = ((const struct counts *)b)->from;
    return x < y ? 1 : x > y ? -1 : 0;
}

enum error_code record_rounds_write(struct store_view *v, const struct scheme *s, struct buf *out, struct error *err)
{
    struct json_writer w;
    struct arena a = ARENA_INIT;
    struct rounds r = { &a, NULL, 0 };
    enum error_code code = each_row(v, s, count_in_its_round, &r, err);
    if (r.count > 1) {
        qsort(r.list, r.count, sizeof *r.list, later_first);
    }
    json_writer_init(&w, out, false);
    json_begin_array(&w);
    for (uint32_t i = 0; i < r.count; i++) {
        json_begin_object(&w);
        json_text_member(&w, "round", r.list[i].round);
        write_counts(&w, &r.list[i]);
        json_end_object(&w);
    }
    json_end_array(&w);
    arena_release(&a);
    return code;
}

/* ---- Entering and confirming ---- */

static enum error_code find_row(const struct record_plan *plan, const struct record__table *t, int64_t row,
                                const struct record_row **ret, struct error *err)
{
    struct record__rows rows;
    enum error_code code = record__table_rows(plan->view, t, plan->arena, &rows, err);
    for (uint32_t i = 0; i < rows.count && code == OK; i++) {
        if (rows.list[i].row == row) {
            *ret = &rows.list[i];
            return OK;
        }
    }
    return code != OK ? code : error_set(err, ERROR_MISSING, "the parameter \"%.*s\" has no row %lld",
                                         STR_ARG(t->parameter->name), (long long)row);
}

/* A confirmed row is over and done with; what becomes otherwise is a row of a new round. */
static enum error_code check_open(const struct record__table *t, const struct record_row *row, struct error *err)
{
    if (state_of(t, row) != SCHEME_CONFIRMED) {
        return OK;
    }
    feel_value paper = record__own(t, row->body, TABLE__PAPER);
    error_set(err, ERROR_INVALID, "the row is confirmed already");
    if (paper.kind == FEEL_STRING) {
        error_detail(err, "by person %lld, paper %.*s", (long long)row->actor, STR_ARG(feel_str(paper)));
    }
    return ERROR_INVALID;
}

enum error_code record_round_set(const struct record_plan *plan, const struct scheme *s,
                                 const struct scheme_parameter *p, int64_t row, feel_value values, struct error *err)
{
    const struct record__table *t = record__table(plan->arena, s, p);
    const struct record_row *there = NULL;
    enum error_code code = find_row(plan, t, row, &there, err);
    code = code == OK ? check_open(t, there, err) : code;
    for (uint32_t i = 0; code == OK && values.kind == FEEL_CONTEXT && i < values.count; i++) {
        int32_t at = scheme_field(&t->ledger, values.shape->names[i]);
        int32_t first = (int32_t)p->key_count, source = (int32_t)(p->column_count + TABLE__SOURCE);
        if (at < first || at > source) {
            error_set(err, ERROR_INVALID, "\"%.*s\" of a row cannot be changed", STR_ARG(values.shape->names[i]));
            error_hint(err, "what can be changed are its values and its source");
            code = ERROR_INVALID;
        }
    }
    return code == OK ? record_change(plan, s, &t->ledger, row, there->revision, values, STR("entered"), err) : code;
}

/* Four eyes: whoever opened the round or entered a value cannot be the one who confirms it. */
static enum error_code check_second(const struct record_plan *plan, const struct record__table *t, int64_t row,
                                    struct error *err)
{
    const struct record_row *history;
    uint32_t count = 0;
    if (plan->actor == 0) {
        error_set(err, ERROR_INVALID, "a row is confirmed by a person");
        error_hint(err, "say who with --as LOGIN");
        return ERROR_INVALID;
    }
    enum error_code code = record_history(plan->view, plan->arena, &t->ledger, row, &history, &count, err);
    for (uint32_t i = 0; i < count && code == OK; i++) {
        if (history[i].actor == plan->actor) {
            error_set(err, ERROR_INVALID, "a second person must confirm the row");
            error_detail(err, "revision %lld was written by the same person", (long long)history[i].revision);
            code = ERROR_INVALID;
        }
    }
    return code;
}

enum error_code record_round_confirm(const struct record_plan *plan, const struct scheme *s,
                                     const struct scheme_parameter *p, int64_t row, str paper, struct error *err)
{
    const struct record__table *t = record__table(plan->arena, s, p);
    const struct record_row *there = NULL;
    enum error_code code = OK;
    if (paper.len == 0) {
        code = error_set(err, ERROR_INVALID, "the number of the paper that the row rests on is missing");
        error_hint(err, "give it with --source");
    }
    code = code == OK ? find_row(plan, t, row, &there, err) : code;
    code = code == OK ? check_open(t, there, err) : code;
    code = code == OK ? check_second(plan, t, row, err) : code;
    if (code != OK) {
        return code;
    }
    bool sourced = record__own(t, there->body, TABLE__SOURCE).kind != FEEL_NULL;
    str names[] = { name_of(t, TABLE__STATE), name_of(t, TABLE__PAPER), name_of(t, TABLE__SOURCE) };
    feel_value *values = ARENA_ARRAY(plan->arena, feel_value, 3);
    values[0] = feel_string(str_of(scheme_state_name(SCHEME_CONFIRMED)));
    values[1] = values[2] = feel_string(paper);
    feel_value change = feel_context(feel_shape_new(plan->arena, names, sourced ? 2 : 3), values);
    return record_change(plan, s, &t->ledger, row, there->revision, change, paper, err);
}
