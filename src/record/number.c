/* number: numbers of rows, of a field whose ledger says `number`: "示质监问〔{year}〕{n}号". From 1 in each year,
 * without a gap: the number stands in the row's body, so it must be known when the row is made; it is the one behind
 * the last of its series, and the row of the table record_number, which only one unit can write, makes whoever was
 * slower look again. Numbers that are taken when a unit is applied (store_take) cannot stand in a body or an index.
 */
#include "record/record_int.h"

#include "base/limit.h"

/* In China. */
static int32_t year_of(int64_t micros)
{
    cal_datetime t;
    return cal_datetime_from_utc(micros / 1000000, 0, 8 * 3600, &t) ? (int32_t)t.year : 1970;
}

/* The last number that is given, in the store and in the change that is being made. */
static int64_t last_of(const struct record_plan *plan, str series)
{
    struct store_value args[] = { store_text(series) };
    struct store_rows *r = store_query(plan->view, "SELECT COALESCE(MAX(number), 0) FROM record_number WHERE series = "
                                                   "?", args, 1);
    int64_t last = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return last + store_inserted_count(plan->change, STORE_TABLE_record_number, series);
}

static feel_value next_of(const struct record_plan *plan, str ledger, const struct scheme_field *f, int64_t row)
{
    int32_t year = year_of(plan->now);
    str series = arena_printf(plan->arena, "%.*s.%.*s/%d", STR_ARG(ledger), STR_ARG(f->name), year);
    int64_t number = last_of(plan, series) + 1;
    struct store_value values[] = { store_text(series), store_int(number), store_int(row) };
    store_insert(plan->change, STORE_TABLE_record_number, values);
    return feel_string(scheme_number(plan->arena, f->number, year, number));
}

void record__number(const struct record_plan *plan, const struct scheme_ledger *l, struct record__revision *rev)
{
    feel_value *values = NULL;
    for (uint32_t i = 0; i < l->field_count; i++) {
        const struct scheme_field *f = &l->fields[i];
        if (f->number.len == 0 || rev->row.body.values[i].kind != FEEL_NULL) {
            continue; /* one that came with the row, as it was on paper */
        }
        if (values == NULL) {
            values = ARENA_ARRAY(plan->arena, feel_value, l->field_count);
            memcpy(values, rev->row.body.values, l->field_count * sizeof *values);
        }
        values[i] = next_of(plan, rev->ledger, f, rev->row.row);
    }
    if (values != NULL) {
        rev->row.body = feel_context(rev->row.body.shape, values);
        rev->key = record__key(plan->arena, l, rev->row.body);
    }
}

str record_numbered(const struct record_plan *plan, const struct scheme_ledger *l, int64_t row)
{
    enum { NUMBER = 1, ENTRY = 2 };
    struct store_value values[3];
    if (!store_inserted(plan->change, STORE_TABLE_record_number, ENTRY, row, values)) {
        return STR("");
    }
    for (uint32_t i = 0; i < l->field_count; i++) {
        if (l->fields[i].number.len > 0) {
            return scheme_number(plan->arena, l->fields[i].number, year_of(plan->now), values[NUMBER].number);
        }
    }
    return STR("");
}
