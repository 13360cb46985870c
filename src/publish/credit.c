/* credit: what the ledger core.credit says of a party on a day. Entries are written by gongshi.record, as every row. */
#include "publish/publish_int.h"

#include "base/limit.h"

struct credit {
    struct arena arena;
    struct store_view *view;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;
    cal_date on;
    bool all;
    struct record_answer rows;
    struct error *err;
};

static const char *const kinds[] = { "points", "listing", "penalty", "praise" };

/* ---- Reading ---- */

static int64_t noon(cal_date day)
{
    return (cal_days_from_date(day) * 86400 + 4 * 3600) * 1000000;
}

static enum error_code read_entries(struct publish *p, struct credit *k, str party)
{
    struct feel_environment env = { .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    str names[] = { STR("party") };
    feel_value *values = ARENA_ARRAY(&k->arena, feel_value, 1);
    values[0] = feel_string(party);
    feel_value self = feel_context(feel_shape_new(&k->arena, names, 1), values);
    struct record_query q = { .self = self, .known_at = INT64_MAX, .valid_at = noon(k->on),
                              .max = LIMIT_RECORD_FACT_ROWS };
    enum error_code code = record_ledger(p->config.record, k->view, NULL, STR("core.credit"), &k->scheme, &k->ledger,
                                         NULL, k->err);
    q.scheme = k->scheme;
    q.ledger = k->ledger;
    if (code == OK) {
        code = record_filter(&k->arena, k->ledger, STR("party = this.party"), feel_type_of(&k->arena, self), &q.filter,
                             k->err);
    }
    code = code == OK ? record_query(k->view, ev, &q, &k->arena, &k->rows, k->err) : code;
    feel_eval_free(ev);
    return code;
}

static feel_value value_of(const struct credit *k, const struct record_row *row, const char *name)
{
    int32_t at = scheme_field(k->ledger, str_of(name));
    return at < 0 ? feel_null() : row->body.values[at];
}

static bool is_before(feel_value day, cal_date other)
{
    return day.kind == FEEL_DATE && cal_days_from_date(day.date) < cal_days_from_date(other);
}

static bool is_after(feel_value day, cal_date other)
{
    return day.kind == FEEL_DATE && cal_days_from_date(day.date) > cal_days_from_date(other);
}

static bool is_repaired(const struct credit *k, const struct record_row *row)
{
    feel_value day = value_of(k, row, "repaired");
    return day.kind == FEEL_DATE && !is_after(day, k->on);
}

/* An entry without a public period is not public: to be made known is decided, never assumed. */
static bool is_seen(const struct credit *k, const struct record_row *row)
{
    feel_value from = value_of(k, row, "public from"), to = value_of(k, row, "public to");
    return k->all || (from.kind == FEEL_DATE && !is_after(from, k->on) && !is_before(to, k->on) &&
                      !is_repaired(k, row));
}

/* ---- Writing ---- */

static void write_entry(const struct credit *k, const struct record_row *row, struct json_writer *w)
{
    json_begin_object(w);
    json_int_member(w, "row", row->row);
    json_int_member(w, "revision", row->revision);
    for (uint32_t i = 0; i < k->ledger->field_count; i++) {
        const struct scheme_field *f = &k->ledger->fields[i];
        feel_value v = row->body.values[i];
        bool shown = f->class == SCHEME_PUBLIC || (k->all && f->class == SCHEME_INTERNAL);
        if (shown && v.kind != FEEL_NULL) {
            json_key(w, f->name);
            json_raw(w, STR(""));
            feel_json_write(v, false, w->out);
        }
    }
    json_key(w, STR("counts"));
    json_bool(w, !is_repaired(k, row));
    json_end_object(w);
}

static void write_score(const struct credit *k, struct json_writer *w)
{
    dec sum = dec_from_int(0);
    for (uint32_t i = 0; i < k->rows.count; i++) {
        feel_value points = value_of(k, &k->rows.rows[i], "points");
        if (points.kind == FEEL_NUMBER && !is_repaired(k, &k->rows.rows[i])) {
            dec_add(sum, points.number, &sum);
        }
    }
    json_key(w, STR("score"));
    json_raw(w, STR(""));
    feel_json_write(feel_number(dec_normal(sum)), false, w->out);
}

static void write_kind(const struct credit *k, const char *kind, struct json_writer *w)
{
    json_key(w, str_of(kind));
    json_begin_array(w);
    for (uint32_t i = 0; i < k->rows.count; i++) {
        const struct record_row *row = &k->rows.rows[i];
        feel_value is = value_of(k, row, "kind");
        if (is.kind == FEEL_STRING && str_eq(feel_str(is), str_of(kind)) && is_seen(k, row)) {
            write_entry(k, row, w);
        }
    }
    json_end_array(w);
}

static void write_credit(const struct credit *k, str party, struct buf *out)
{
    struct json_writer w;
    struct buf day = BUF_INIT(32);
    json_writer_init(&w, out, false);
    cal_print_date(k->on, &day);
    json_begin_object(&w);
    json_text_member(&w, "party", party);
    json_text_member(&w, "on", buf_str(&day));
    if (k->all) {
        write_score(k, &w);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        write_kind(k, kinds[i], &w);
    }
    json_end_object(&w);
    buf_release(&day);
}

enum error_code publish_write_credit(struct publish *p, struct store_view *v, str party, cal_date on, bool all,
                                     struct buf *out, struct error *err)
{
    struct credit k = { .arena = ARENA_INIT, .view = v, .on = on, .all = all, .err = err };
    enum error_code code = read_entries(p, &k, party);
    if (code == OK) {
        write_credit(&k, party, out);
    }
    arena_release(&k.arena);
    return code;
}

/* ---- Repair ---- */

enum error_code publish_repair(struct publish *p, int64_t row, cal_date on, int64_t actor, int64_t now, str reason,
                               struct error *err)
{
    struct arena a = ARENA_INIT;
    struct record_plan plan;
    const struct scheme *s;
    const struct scheme_ledger *l;
    if (reason.len == 0) {
        return error_set(err, ERROR_INVALID, "credit is repaired for a reason: give one");
    }
    enum error_code code = record_begin(p->config.record, &a, actor, now, &plan, err);
    if (code != OK) {
        arena_release(&a);
        return code;
    }
    str names[] = { STR("repaired") };
    feel_value values[] = { { .kind = FEEL_DATE, .date = on } };
    plan.by = SCHEME_BY_PROCESS;
    code = record_ledger(p->config.record, plan.view, NULL, STR("core.credit"), &s, &l, NULL, err);
    if (code == OK) {
        code = record_change(&plan, s, l, row, 0, feel_context(feel_shape_new(&a, names, 1), values), reason, err);
    }
    code = record_finish(&plan, code, NULL, err);
    arena_release(&a);
    return code;
}
