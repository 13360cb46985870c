/* fact: the answers of facts. See fact.h. */
#include "scheme/fact_int.h"

#include <stdlib.h>

/* ---- Small values ---- */

feel_value query__context(struct arena *a, const char *const *names, const feel_value *values, uint32_t count)
{
    str *copy = ARENA_ARRAY(a, str, count);
    feel_value *own = ARENA_ARRAY(a, feel_value, count);
    for (uint32_t i = 0; i < count; i++) {
        copy[i] = str_of(names[i]);
        own[i] = values[i];
    }
    return feel_context(feel_shape_new(a, copy, count), own);
}

static feel_value note(struct arena *a, const char *name, str text)
{
    feel_value value = feel_string(arena_str(a, text));
    return query__context(a, &name, &value, 1);
}

static feel_value number(uint64_t n)
{
    return feel_number(dec_from_uint(n));
}

/* A row with one more member. */
static feel_value with_member(struct arena *a, feel_value row, str name, feel_value value)
{
    str *names = ARENA_ARRAY(a, str, row.count + 1);
    feel_value *values = ARENA_ARRAY(a, feel_value, row.count + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < row.count; i++) {
        if (!str_eq(row.shape->names[i], name)) {
            names[n] = row.shape->names[i];
            values[n++] = row.values[i];
        }
    }
    names[n] = name;
    values[n++] = value;
    return feel_context(feel_shape_new(a, names, n), values);
}

/* ---- Days ---- */

static int64_t day_starts(const struct query__asking *q, cal_date day, int64_t days)
{
    int64_t wall = (cal_days_from_date(day) + days) * 86400;
    return wall - cal_zone_offset_local(feel_eval_environment(q->ev)->zone, wall);
}

/* The instant of a date (its beginning, `days` later) or of a date and time. */
static bool instant_of(const struct query__asking *q, feel_value v, int64_t days, int64_t *ret)
{
    if (v.kind == FEEL_DATE) {
        *ret = day_starts(q, v.date, days);
    } else if (v.kind == FEEL_DATE_TIME) {
        cal_datetime t = v.date_time;
        t.zone = t.zone == CAL_ZONE_NONE ? feel_eval_environment(q->ev)->zone : t.zone;
        *ret = cal_utc_seconds(t);
    }
    return v.kind == FEEL_DATE || v.kind == FEEL_DATE_TIME;
}

/* Whether a row holds at an instant. A date in the field of the end is the last day; null is no bound. */
static bool holds(const struct query__asking *q, const struct scheme_ledger *l, feel_value row)
{
    feel_value v;
    int64_t bound;
    if (q->on == INT64_MIN) {
        return true;
    }
    if (l->valid_from.len > 0 && feel_context_get(row, l->valid_from, &v) && instant_of(q, v, 0, &bound) &&
        q->on < bound) {
        return false;
    }
    return l->valid_to.len == 0 || !feel_context_get(row, l->valid_to, &v) || !instant_of(q, v, 1, &bound) ||
           q->on < bound;
}

/* ---- Places ---- */

/* The degrees of {lon, lat}. */
static bool degrees(feel_value place, dec *ret_lon, dec *ret_lat)
{
    feel_value lon = feel_member(place, "lon"), lat = feel_member(place, "lat");
    if (lon.kind != FEEL_NUMBER || lat.kind != FEEL_NUMBER) {
        return false;
    }
    *ret_lon = lon.number;
    *ret_lat = lat.number;
    return true;
}

/* More degrees of latitude apart than `within` metres can be; a degree is 111,195 m. So most rows need no sine. */
static bool far_off(const struct query__asking *q, dec lat1, dec lat2)
{
    dec apart, metres;
    return q->has_within && dec_sub(lat1, lat2, &apart) && dec_mul(dec_abs(apart), DEC_SMALL(111194), &metres) &&
           dec_cmp(metres, q->within) > 0;
}

static bool is_near(const struct query__asking *q, feel_value row, dec *ret)
{
    dec lon, lat, at_lon, at_lat;
    feel_value place = row;
    if (q->q->place.len > 0) {
        feel_context_get(row, q->q->place, &place);
    }
    return degrees(place, &lon, &lat) && degrees(q->at, &at_lon, &at_lat) && !far_off(q, lat, at_lat) &&
           dec_metres(at_lon, at_lat, lon, lat, ret) && (!q->has_within || dec_cmp(*ret, q->within) <= 0);
}

/* ---- Rows ---- */

/* Where the slots of a row are found in contexts of one shape. */
struct reader {
    const struct feel_shape *shape;
    int64_t *places;
};

static feel_value *row_slots(const struct query__asking *q, const struct query__part *part)
{
    return q->slots - part->name_count;
}

static void read_row(struct query__asking *q, const struct query__part *part, struct reader *r, feel_value row)
{
    if (r->places == NULL || r->shape != row.shape) {
        r->places = ARENA_ARRAY(feel_eval_arena(q->ev), int64_t, part->name_count);
        r->shape = row.shape;
        for (uint32_t i = 0; i < part->name_count; i++) {
            r->places[i] = feel_shape_find(row.shape, part->names[i]);
        }
    }
    for (uint32_t i = 0; i < part->name_count; i++) {
        row_slots(q, part)[i] = r->places[i] < 0 ? feel_null() : row.values[r->places[i]];
    }
}

/* The members of rows that fields of this row refer to. */
static enum error_code follow(struct query__asking *q, const struct query__part *part, feel_value row)
{
    enum error_code code = OK;
    for (uint32_t i = 0; i < part->path_count && code == OK; i++) {
        const struct query__path *path = &part->paths[i];
        feel_value reference = feel_null(), other = feel_null(), value = feel_null();
        feel_context_get(row, path->field->name, &reference);
        if (reference.kind != FEEL_NULL) {
            code = q->source->row(q->source->context, path->field, reference, feel_eval_arena(q->ev), &other, q->err);
            feel_context_get(other, path->other, &value);
        }
        row_slots(q, part)[path->slot] = value;
    }
    return code;
}

static void add_fit(struct query__asking *q, struct query__fits *f, struct query__fit fit)
{
    if (f->count == f->size) {
        uint32_t size = f->size == 0 ? 16 : f->size * 2;
        f->list = arena_grow(q->a, f->list, f->size * sizeof *f->list, size * sizeof *f->list);
        f->size = size;
    }
    f->list[f->count++] = fit;
}

static enum error_code too_many(struct query__asking *q)
{
    error_set(q->err, ERROR_LIMIT, "the fact \"%.*s\" reads too many rows", STR_ARG(q->q->fact->name));
    error_detail(q->err, "limit %s = %d", "RECORD_FACT_ROWS", LIMIT_RECORD_FACT_ROWS);
    error_hint(q->err, "narrow its where, or add up with by and sum in a statistic");
    return ERROR_LIMIT;
}

/* The rows of a part that fit. `kept`: each is stored with the decision, so there is a bound. */
static enum error_code select_rows(struct query__asking *q, const struct query__part *part, feel_value rows, bool kept,
                                   struct query__fits *ret)
{
    struct reader reader = { NULL, NULL };
    enum error_code code = OK;
    for (uint32_t i = 0; i < rows.count && code == OK; i++) {
        struct query__fit fit = { .row = rows.items[i], .place = i };
        if (fit.row.kind != FEEL_CONTEXT || (part->ledger != NULL && !holds(q, part->ledger, fit.row)) ||
            (q->q->near != NULL && !is_near(q, fit.row, &fit.metres))) {
            continue;
        }
        if (part->fits != NULL) {
            read_row(q, part, &reader, fit.row);
            code = follow(q, part, fit.row);
        }
        if (code == OK && (part->fits == NULL || feel_is_true(feel_run(q->ev, part->fits, row_slots(q, part))))) {
            add_fit(q, ret, fit);
            code = kept && ret->count > LIMIT_RECORD_FACT_ROWS ? too_many(q) : OK;
        }
    }
    return code;
}

enum error_code query__fetch(struct query__asking *q, uint32_t part, bool kept, struct query__fits *ret)
{
    feel_value rows = feel_list(NULL, 0);
    enum error_code code = q->source->rows(q->source->context, q->q, part, q->self, q->on, q->a, &rows, q->err);
    return code == OK ? select_rows(q, &q->q->parts[part], rows, kept, ret) : code;
}

static int by_metres(const void *a, const void *b)
{
    const struct query__fit *x = a, *y = b;
    int order = dec_cmp(x->metres, y->metres);
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

static feel_value list_of(struct query__asking *q, const struct query__fits *f, bool metres)
{
    feel_value *items = ARENA_ARRAY(q->a, feel_value, f->count);
    for (uint32_t i = 0; i < f->count; i++) {
        items[i] = metres ? with_member(q->a, f->list[i].row, STR("metres"), feel_number(f->list[i].metres))
                          : f->list[i].row;
    }
    return feel_copy(q->a, feel_list(items, f->count)); /* all at once: what they share, the copies share */
}

/* ---- Groups ---- */

struct group {
    const feel_value *keys;
    uint32_t key_count, place;
    feel_value row;
};

/* An order of all values: by kind, then by value; those without an order by their text. */
int query__order(feel_value a, feel_value b)
{
    int order = 0;
    if (a.kind != b.kind) {
        return a.kind < b.kind ? -1 : 1;
    }
    if (a.kind == FEEL_NULL) {
        return 0;
    }
    if (a.kind == FEEL_BOOLEAN) {
        return (int)a.boolean - (int)b.boolean;
    }
    if (feel_compare(a, b, &order)) {
        return order;
    }
    struct buf x = BUF_INIT(LIMIT_FEEL_STRING), y = BUF_INIT(LIMIT_FEEL_STRING);
    feel_print(a, &x);
    feel_print(b, &y);
    order = str_cmp(buf_str(&x), buf_str(&y));
    buf_release(&x);
    buf_release(&y);
    return order;
}

static int order_of_keys(const struct group *a, const struct group *b)
{
    int order = 0;
    for (uint32_t i = 0; i < a->key_count && order == 0; i++) {
        order = query__order(a->keys[i], b->keys[i]);
    }
    return order;
}

static int by_keys(const void *a, const void *b)
{
    int order = order_of_keys(a, b);
    uint32_t x = ((const struct group *)a)->place, y = ((const struct group *)b)->place;
    return order != 0 ? order : (x > y) - (x < y);
}

/* The number of a field: of a quantity its value. */
bool query__number(feel_value row, str field, dec *ret)
{
    feel_value v = feel_null();
    feel_context_get(row, field, &v);
    v = v.kind == FEEL_CONTEXT ? feel_member(v, "value") : v;
    *ret = v.number;
    return v.kind == FEEL_NUMBER;
}

static feel_value sum_of(const struct group *rows, uint32_t count, str field)
{
    dec sum = DEC_SMALL(0), n;
    for (uint32_t i = 0; i < count; i++) {
        if (!query__number(rows[i].row, field, &n) || !dec_add(sum, n, &sum)) {
            return feel_null();
        }
    }
    return feel_number(sum);
}

/* One group: the values it has in common, the sums, the count. */
static feel_value add_up(struct query__asking *q, const struct feel_shape *shape, const struct group *rows,
                         uint32_t count)
{
    const struct scheme_fact *f = q->q->fact;
    feel_value *values = ARENA_ARRAY(q->a, feel_value, f->by_count + f->sum_count + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->by_count; i++) {
        values[n++] = feel_copy(q->a, rows[0].keys[i]);
    }
    for (uint32_t i = 0; i < f->sum_count; i++) {
        values[n++] = sum_of(rows, count, f->sum[i]);
    }
    values[n] = number(count);
    return feel_context(shape, values);
}

static struct group *groups_of(struct query__asking *q, const struct query__fits *f)
{
    const struct scheme_fact *fact = q->q->fact;
    struct group *list = ARENA_ARRAY(q->a, struct group, f->count);
    for (uint32_t i = 0; i < f->count; i++) {
        feel_value *keys = ARENA_ARRAY(q->a, feel_value, fact->by_count);
        for (uint32_t k = 0; k < fact->by_count; k++) {
            feel_context_get(f->list[i].row, fact->by[k], &keys[k]);
        }
        list[i] = (struct group){ keys, fact->by_count, i, f->list[i].row };
    }
    if (f->count > 1) {
        qsort(list, f->count, sizeof *list, by_keys);
    }
    return list;
}

static feel_value group_rows(struct query__asking *q, const struct query__fits *f)
{
    const struct scheme_fact *fact = q->q->fact;
    str *names = ARENA_ARRAY(q->a, str, fact->by_count + fact->sum_count + 1);
    for (uint32_t i = 0; i < fact->by_count; i++) {
        names[i] = fact->by[i];
    }
    for (uint32_t i = 0; i < fact->sum_count; i++) {
        names[fact->by_count + i] = fact->sum[i];
    }
    names[fact->by_count + fact->sum_count] = STR("count");
    const struct feel_shape *shape = feel_shape_new(q->a, names, fact->by_count + fact->sum_count + 1);
    struct group *list = groups_of(q, f);
    if (fact->by_count == 0) {
        return add_up(q, shape, list, f->count);
    }
    feel_value *items = ARENA_ARRAY(q->a, feel_value, f->count);
    uint32_t count = 0;
    for (uint32_t from = 0, to; from < f->count; from = to) {
        for (to = from + 1; to < f->count && order_of_keys(&list[from], &list[to]) == 0;) {
            to++;
        }
        items[count++] = add_up(q, shape, &list[from], to - from);
    }
    return feel_list(items, count);
}

/* ---- The kinds of facts ---- */

static enum error_code answer_ledger(struct query__asking *q, feel_value *ret, feel_value *ret_used)
{
    struct query__fits f = { NULL, 0, 0 };
    bool near = q->q->near != NULL;
    enum error_code code = query__fetch(q, 0, true, &f);
    if (code != OK) {
        return code;
    }
    if (near && f.count > 1) {
        qsort(f.list, f.count, sizeof *f.list, by_metres);
    }
    *ret_used = list_of(q, &f, near);
    *ret = q->q->fact->by_count + q->q->fact->sum_count > 0 ? group_rows(q, &f) : *ret_used;
    return OK;
}

static enum error_code answer_parameter(struct query__asking *q, feel_value *ret, feel_value *ret_used)
{
    struct query__fits f = { NULL, 0, 0 };
    feel_value rows = feel_list(NULL, 0);
    cal_date day = q->key_date;
    cal_datetime t;
    if (q->on != INT64_MIN && cal_datetime_from_utc(q->on, 0, feel_eval_environment(q->ev)->zone, &t)) {
        day = cal_datetime_date(t);
    }
    q->on = INT64_MIN;
    enum error_code code = q->source->parameter(q->source->context, q->q->parameter, day, q->a, &rows, q->err);
    if (code == OK && (code = select_rows(q, &q->q->parts[0], rows, true, &f)) == OK) {
        *ret = *ret_used = list_of(q, &f, false);
    }
    return code;
}

static enum error_code answer_calendar(struct query__asking *q, feel_value *ret, feel_value *ret_used)
{
    cal_datetime t = q->slots[QUERY__NOW].date_time;
    int64_t at = q->on != INT64_MIN ? q->on : feel_eval_environment(q->ev)->instant;
    feel_value hours = feel_run(q->ev, q->q->target, q->slots);
    cal_datetime_from_utc(at, 0, feel_eval_environment(q->ev)->zone, &t);
    *ret = scheme_hours_on(q->a, hours, cal_datetime_date(t));
    *ret_used = feel_null();
    return OK;
}

struct copied {
    feel_value row; /* {ledger, row, copied} */
    uint32_t count, place;
};

static int most_first(const void *a, const void *b)
{
    const struct copied *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count)
                                : (x->place > y->place) - (x->place < y->place);
}

enum { OVERLAP_ROWS = 10 };

/* Adds the rows of a part of which something stands in the text. */
static enum error_code compare_part(struct query__asking *q, struct scheme_overlap *o, uint32_t part,
                                    struct copied **list, uint32_t *count)
{
    static const char *const names[] = { "ledger", "row", "copied" };
    struct query__fits f = { NULL, 0, 0 };
    const struct query__part *p = &q->q->parts[part];
    enum error_code code = query__fetch(q, part, false, &f);
    *list = arena_grow(q->a, *list, *count * sizeof **list, (*count + f.count) * sizeof **list);
    for (uint32_t i = 0; i < f.count && code == OK; i++) {
        feel_value text = feel_null(), v[3];
        feel_context_get(f.list[i].row, p->field, &text);
        uint32_t here = text.kind == FEEL_STRING ? scheme_overlap_with(o, feel_str(text)) : 0;
        if (here > 0) {
            v[0] = feel_string(p->ledger->name);
            v[1] = feel_copy(q->a, feel_member(f.list[i].row, "row"));
            v[2] = number(here);
            (*list)[*count] = (struct copied){ query__context(q->a, names, v, 3), here, *count };
            ++*count;
        }
    }
    return code;
}

static enum error_code answer_overlap(struct query__asking *q, feel_value *ret, feel_value *ret_used)
{
    static const char *const names[] = { "share", "characters", "copied", "rows" };
    feel_value text = feel_run(q->ev, q->q->target, q->slots);
    if (text.kind != FEEL_STRING) {
        q->unknown = "overlap";
        return OK;
    }
    struct scheme_overlap *o = scheme_overlap_new(q->a, feel_str(text));
    struct copied *list = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < q->q->part_count; i++) {
        enum error_code code = compare_part(q, o, i, &list, &count);
        if (code != OK) {
            return code;
        }
    }
    if (count > 1) {
        qsort(list, count, sizeof *list, most_first);
    }
    count = count < OVERLAP_ROWS ? count : OVERLAP_ROWS;
    feel_value *rows = ARENA_ARRAY(q->a, feel_value, count);
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = list[i].row;
    }
    dec share = DEC_SMALL(0);
    dec_div(dec_from_uint(scheme_overlap_copied(o)), dec_from_uint(scheme_overlap_characters(o)), &share);
    feel_value v[] = { feel_number(share), number(scheme_overlap_characters(o)), number(scheme_overlap_copied(o)),
                       feel_list(rows, count) };
    *ret = query__context(q->a, names, v, 4);
    *ret_used = v[3];
    return OK;
}

/* ---- The answer ---- */

enum error_code query__fill(struct query__asking *q)
{
    enum error_code code = OK;
    q->slots = ARENA_ARRAY(feel_eval_arena(q->ev), feel_value, q->q->most_names + q->q->asker_count) +
               q->q->most_names;
    q->slots[QUERY__THIS] = q->self;
    q->slots[QUERY__NOW] = query__now(q->ev);
    for (uint32_t i = 0; i < q->q->scheme->parameter_count && code == OK; i++) {
        if (q->q->mentions[i]) {
            code = q->source->parameter(q->source->context, &q->q->scheme->parameters[i], q->key_date, q->a,
                                        &q->slots[QUERY__PARAMETERS + i], q->err);
        }
    }
    return code;
}

/* An only element stands for its list: "reach.metres" of a parameter with one row. */
static feel_value only(feel_value v)
{
    return v.kind == FEEL_LIST && v.count == 1 ? v.items[0] : v;
}

/* What the rows are asked for: a day, a place, a distance. */
void query__ask(struct query__asking *q)
{
    dec lon, lat;
    q->on = INT64_MIN;
    if (q->q->on != NULL && !instant_of(q, feel_run(q->ev, q->q->on, q->slots), 0, &q->on)) {
        q->unknown = "on";
    }
    if (q->q->near != NULL) {
        q->at = feel_run(q->ev, q->q->near, q->slots);
        q->unknown = degrees(q->at, &lon, &lat) ? q->unknown : "near";
    }
    if (q->q->within != NULL) {
        feel_value metres = only(feel_run(q->ev, q->q->within, q->slots));
        q->has_within = metres.kind == FEEL_NUMBER;
        q->within = metres.number;
        q->unknown = q->has_within ? q->unknown : "within";
    }
}

static enum error_code answer_kind(struct query__asking *q, feel_value *ret, feel_value *ret_used)
{
    switch (q->q->fact->kind) {
    case SCHEME_FACT_LEDGER: return answer_ledger(q, ret, ret_used);
    case SCHEME_FACT_PARAMETER: return answer_parameter(q, ret, ret_used);
    case SCHEME_FACT_CALENDAR: return answer_calendar(q, ret, ret_used);
    case SCHEME_FACT_STATISTIC: return query__statistic(q, ret, ret_used);
    case SCHEME_FACT_OVERLAP: return answer_overlap(q, ret, ret_used);
    }
    return OK;
}

static str missing(const struct scheme_query *q)
{
    for (uint32_t i = 0; i < q->part_count; i++) {
        if (q->parts[i].missing.len > 0) {
            return q->parts[i].missing;
        }
    }
    return STR("");
}

enum error_code scheme_answer(const struct scheme_query *query, const struct scheme_source *source,
                              struct feel_eval *ev, feel_value self, cal_date key_date, struct arena *a,
                              feel_value *ret, feel_value *ret_used, struct error *err)
{
    struct query__asking q = { .q = query, .source = source, .ev = ev, .a = a, .self = self, .key_date = key_date,
                        .err = err };
    feel_value value = feel_null(), used = feel_null();
    enum error_code code = OK;
    str without = missing(query);
    if (without.len > 0) {
        used = note(a, "unavailable", without);
    } else if ((code = query__fill(&q)) == OK) {
        query__ask(&q);
        code = q.unknown == NULL ? answer_kind(&q, &value, &used) : OK;
        code = code == OK ? feel_eval_limit(ev, err) : code;
        used = q.unknown == NULL ? used : note(a, "undetermined", str_of(q.unknown));
    }
    if (code == OK) {
        *ret = value;
        if (ret_used != NULL) {
            *ret_used = used;
        }
    }
    return code;
}

/* ---- Opening hours ---- */

/* "09:00" is "09:00:00". */
static feel_value time_of(struct arena *a, feel_value v)
{
    if (v.kind != FEEL_STRING) {
        return v;
    }
    str text = v.count == 5 ? arena_printf(a, "%.*s:00", STR_ARG(feel_str(v))) : feel_str(v);
    feel_value time = feel_from_text(text, feel_type_named(STR("time")));
    return time.kind == FEEL_NULL ? v : time;
}

static bool is_closed(feel_value hours, cal_date day)
{
    feel_value closed = feel_member(hours, "closed");
    for (uint32_t i = 0; closed.kind == FEEL_LIST && i < closed.count; i++) {
        feel_value d = closed.items[i];
        d = d.kind == FEEL_STRING ? feel_from_text(feel_str(d), feel_type_named(STR("date"))) : d;
        if (d.kind == FEEL_DATE && cal_days_from_date(d.date) == cal_days_from_date(day)) {
            return true;
        }
    }
    return false;
}

feel_value scheme_hours_on(struct arena *a, feel_value hours, cal_date day)
{
    static const char *const weekdays[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
    if (hours.kind != FEEL_CONTEXT) {
        return feel_null();
    }
    feel_value ranges = feel_member(hours, weekdays[cal_weekday(day) - 1]);
    if (ranges.kind != FEEL_LIST || is_closed(hours, day)) {
        return feel_list(NULL, 0);
    }
    feel_value *items = ARENA_ARRAY(a, feel_value, ranges.count);
    for (uint32_t i = 0; i < ranges.count; i++) {
        feel_value *values = ARENA_ARRAY(a, feel_value, ranges.items[i].count);
        for (uint32_t k = 0; ranges.items[i].kind == FEEL_CONTEXT && k < ranges.items[i].count; k++) {
            values[k] = time_of(a, ranges.items[i].values[k]);
        }
        items[i] = ranges.items[i].kind == FEEL_CONTEXT ? feel_context(ranges.items[i].shape, values)
                                                        : ranges.items[i];
    }
    return feel_copy(a, feel_list(items, ranges.count));
}
