/* value: what is written into the fields of a row: of their types, by whom it may be, complete. */
#include "record/file.h"
#include "record/party.h"
#include "record/record_int.h"

#include "base/limit.h"
#include "text/sha256.h"

/* ---- Errors ---- */

static enum error_code refuse(struct error *err, const struct scheme_field *f, feel_value v, const char *hint)
{
    struct buf text = BUF_INIT(200);
    feel_print(v, &text);
    error_set(err, ERROR_INVALID, "the field \"%.*s\" takes no such value", STR_ARG(f->name));
    error_detail(err, "%.*s, a %s; wanted is %s", STR_ARG(buf_str(&text)), feel_kind_name((enum feel_kind)v.kind).ptr,
                 scheme_field_type_name(f->type));
    error_hint(err, "%s", lang_text(err != NULL ? err->lang : LANG_EN, hint));
    buf_release(&text);
    return ERROR_INVALID;
}

/* ---- Types ---- */

static bool has_number(feel_value v, const char *name)
{
    return feel_member(v, name).kind == FEEL_NUMBER;
}

static bool has_text(feel_value v, const char *name)
{
    return feel_member(v, name).kind == FEEL_STRING;
}

/* A bare number is a value in the field's unit. */
static bool take_quantity(struct arena *a, const struct scheme_field *f, feel_value v, feel_value *ret)
{
    static const char *const names[] = { "value", "unit", "about" };
    if (v.kind == FEEL_CONTEXT && has_number(v, "value")) {
        feel_value unit = feel_member(v, "unit"), about = feel_member(v, "about");
        bool fine = (unit.kind == FEEL_NULL || (unit.kind == FEEL_STRING && (f->unit.len == 0 ||
                     str_eq(feel_str(unit), f->unit)))) && (about.kind == FEEL_NULL || about.kind == FEEL_STRING);
        if (!fine) {
            return false;
        }
    } else if (v.kind != FEEL_NUMBER) {
        return false;
    }
    str *shape = ARENA_ARRAY(a, str, 3);
    feel_value *values = ARENA_ARRAY(a, feel_value, 3);
    for (int i = 0; i < 3; i++) {
        shape[i] = str_of(names[i]);
        values[i] = v.kind == FEEL_CONTEXT ? feel_member(v, names[i]) : i == 0 ? v : feel_null();
    }
    values[1] = values[1].kind == FEEL_NULL ? feel_string(f->unit) : values[1];
    *ret = feel_context(feel_shape_new(a, shape, 3), values);
    return true;
}

static bool is_option(const struct scheme_field *f, str text)
{
    for (uint32_t i = 0; i < f->option_count; i++) {
        if (str_eq(f->options[i], text)) {
            return true;
        }
    }
    return f->option_count == 0;
}

/* Dates and times may come as their texts, as JSON has them. */
static bool take_temporal(const struct scheme_field *f, enum feel_kind kind, feel_value v, feel_value *ret)
{
    *ret = v.kind == FEEL_STRING ? feel_from_text(feel_str(v), scheme_feel_type(f->type)) : v;
    return ret->kind == kind;
}

static bool take(struct arena *a, const struct scheme_field *f, feel_value v, feel_value *ret)
{
    *ret = v;
    switch (f->type) {
    case SCHEME_TEXT: return v.kind == FEEL_STRING;
    case SCHEME_INTEGER: return v.kind == FEEL_NUMBER && dec_is_integer(v.number);
    case SCHEME_DECIMAL: return v.kind == FEEL_NUMBER;
    case SCHEME_QUANTITY: return take_quantity(a, f, v, ret);
    case SCHEME_DATE: return take_temporal(f, FEEL_DATE, v, ret);
    case SCHEME_TIME: return take_temporal(f, FEEL_TIME, v, ret);
    case SCHEME_INSTANT: return take_temporal(f, FEEL_DATE_TIME, v, ret);
    case SCHEME_BOOLEAN: return v.kind == FEEL_BOOLEAN;
    case SCHEME_CODE: return v.kind == FEEL_STRING && v.count > 0 && is_option(f, feel_str(v));
    case SCHEME_REF: case SCHEME_PARTY: return v.kind == FEEL_STRING && v.count > 0;
    case SCHEME_PLACE: return v.kind == FEEL_CONTEXT && has_number(v, "lon") && has_number(v, "lat");
    case SCHEME_HOURS: return v.kind == FEEL_CONTEXT;
    case SCHEME_FILE: return v.kind == FEEL_CONTEXT && has_text(v, "name") && has_text(v, "hash");
    case SCHEME_LIST: return v.kind == FEEL_LIST;
    case SCHEME_FIELD_TYPES: break;
    }
    return false;
}

/* What to do, for each type. */
static const char *const hints[SCHEME_FIELD_TYPES] = {
    [SCHEME_TEXT] = "give a text",
    [SCHEME_INTEGER] = "give a whole number",
    [SCHEME_DECIMAL] = "give a number",
    [SCHEME_QUANTITY] = "give a number in the field's unit, or {value, unit, about}",
    [SCHEME_DATE] = "give a day as 2026-03-01",
    [SCHEME_TIME] = "give a time as 09:30:00",
    [SCHEME_INSTANT] = "give a day and time as 2026-03-01T09:30:00+08:00",
    [SCHEME_BOOLEAN] = "give true or false",
    [SCHEME_CODE] = "give one of the codes that the field has",
    [SCHEME_REF] = "give the number of a row, as text",
    [SCHEME_PARTY] = "give the code or handle of a party",
    [SCHEME_PLACE] = "give {name, lon, lat} in degrees",
    [SCHEME_HOURS] = "give {mon: [{from, to}], …, closed: [date]}",
    [SCHEME_FILE] = "give {name, hash} of a stored file",
    [SCHEME_LIST] = "give a list",
};

/* ---- References ---- */

/* "titles" or "scheme.titles". */
static bool is_of_ledger(const struct scheme *s, str wanted, str ledger)
{
    if (wanted.len == 0 || str_eq(wanted, ledger)) {
        return true;
    }
    return ledger.len == s->name.len + 1 + wanted.len && str_starts_with(ledger, s->name) &&
           ledger.ptr[s->name.len] == '.' && str_eq(str_slice(ledger, s->name.len + 1, ledger.len), wanted);
}

static bool read_id(str text, int64_t *ret)
{
    int64_t n = 0;
    bool fine = text.len > 0 && text.len <= 18;
    for (size_t i = 0; fine && i < text.len; i++) {
        fine = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        n = n * 10 + (text.ptr[i] - '0');
    }
    *ret = n;
    return fine && n > 0;
}

/* The ledger of a row that the unit itself adds; empty when it adds none of that number. */
static str ledger_of_new(const struct record_plan *plan, int64_t row)
{
    enum { LEDGER = 2, ENTRY = 3 };
    struct store_value *values = ARENA_ARRAY(plan->arena, struct store_value,
                                             store_table(STORE_TABLE_record)->column_count);
    bool there = plan->change != NULL && store_inserted(plan->change, STORE_TABLE_record, ENTRY, row, values);
    return there ? values[LEDGER].text : STR("");
}

/* Does the text name a row of the ledger: a known one, or one that is added in the same unit? */
bool record__is_row(const struct record_plan *plan, const struct scheme *s, str of, str text, int64_t *ret)
{
    bool known = false;
    if (read_id(text, ret)) {
        struct store_value args[] = { store_int(*ret), store_int(INT64_MAX) };
        struct store_rows *r = store_query(plan->view, "SELECT ledger FROM record WHERE entry = ? AND known_to = ?",
                                           args, 2);
        bool there = store_next(r);
        known = there && is_of_ledger(s, of, store_column_text(r, 0));
        store_rows_end(r);
        str added = there ? STR("") : ledger_of_new(plan, *ret);
        known |= added.len > 0 && is_of_ledger(s, of, added);
    }
    return known;
}

/* ---- A field ---- */

static enum error_code check_writer(const struct record_plan *plan, const struct scheme_ledger *l,
                                    const struct scheme_field *f, struct error *err)
{
    unsigned who = f->write != 0 ? f->write : l->write;
    if (plan->by == 0 || who == 0 || (who & plan->by) != 0) {
        return OK;
    }
    error_set(err, ERROR_INVALID, "the field \"%.*s\" may not be written this way", STR_ARG(f->name));
    error_detail(err, "%s", lang_text(err != NULL ? err->lang : LANG_EN,
                 plan->by == SCHEME_BY_OFFICER ? "by an officer" :
                 plan->by == SCHEME_BY_PROCESS ? "by a process" : "by an import"));
    error_hint(err, "the ledger says with its word write who may");
    return ERROR_INVALID;
}

static enum error_code check_field(const struct record_plan *plan, const struct scheme *s,
                                   const struct scheme_field *f, feel_value v, feel_value *ret, struct error *err)
{
    int64_t row;
    if (v.kind == FEEL_NULL) {
        *ret = v;
        return OK;
    }
    if (!take(plan->arena, f, v, ret)) {
        return refuse(err, f, v, hints[f->type]);
    }
    if (f->type == SCHEME_REF && !record__is_row(plan, s, f->of, feel_str(v), &row)) {
        return refuse(err, f, v, "no such row is known: look it up in its ledger first");
    }
    return OK;
}

enum error_code record__check_value(const struct record_plan *plan, const struct scheme *s,
                                    const struct scheme_ledger *l, const struct scheme_field *f, feel_value v,
                                    feel_value *ret, struct error *err)
{
    enum error_code code = check_writer(plan, l, f, err);
    return code == OK ? check_field(plan, s, f, v, ret, err) : code;
}

/* ---- The body ---- */

static enum error_code check_names(const struct scheme_ledger *l, feel_value values, struct error *err)
{
    if (values.kind != FEEL_CONTEXT) {
        error_set(err, ERROR_INVALID, "the values of a row must be a context");
        error_hint(err, "write {\"field\": value, …}");
        return ERROR_INVALID;
    }
    for (uint32_t i = 0; i < values.count && values.shape != l->shape; i++) {
        str name = values.shape->names[i];
        bool parent = l->parent.len > 0 && str_eq(name, STR("parent"));
        if (scheme_field(l, name) < 0 && !parent) {
            error_set(err, ERROR_INVALID, "the ledger \"%.*s\" has no field \"%.*s\"", STR_ARG(l->name),
                      STR_ARG(name));
            error_hint(err, "an export of the ledger shows its fields");
            return ERROR_INVALID;
        }
    }
    return OK;
}

static enum error_code check_required(const struct scheme_ledger *l, const feel_value *body, struct error *err)
{
    for (uint32_t i = 0; i < l->field_count; i++) {
        if (l->fields[i].required && body[i].kind == FEEL_NULL) {
            error_set(err, ERROR_INVALID, "the field \"%.*s\" must be given", STR_ARG(l->fields[i].name));
            error_hint(err, "%s", lang_text(err != NULL ? err->lang : LANG_EN, hints[l->fields[i].type]));
            return ERROR_INVALID;
        }
    }
    return OK;
}

/* The values that come, checked; `given` marks them. */
static enum error_code take_values(const struct record_plan *plan, const struct scheme *s,
                                   const struct scheme_ledger *l, feel_value values, feel_value *body, bool *given,
                                   struct error *err)
{
    for (uint32_t i = 0; i < l->field_count; i++) {
        bool all = values.shape == l->shape;
        feel_value v = all ? values.values[i] : feel_null();
        if (!all && !feel_context_get(values, l->fields[i].name, &v)) {
            continue;
        }
        enum error_code code = record__check_value(plan, s, l, &l->fields[i], v, &body[i], err);
        if (code != OK) {
            return code;
        }
        given[i] = true;
    }
    return OK;
}

/* After the owner is known, whose key it is. Files that are not sealed the office keeps. */
static enum error_code seal_values(const struct record_plan *plan, const struct scheme_ledger *l, feel_value *body,
                                   const bool *given, struct error *err)
{
    int32_t owner = record__party_field(l);
    str party = owner >= 0 && body[owner].kind == FEEL_STRING
                    ? feel_str(body[owner])
                    : arena_printf(plan->arena, "ledger:%.*s", STR_ARG(l->name));
    enum error_code code = OK;
    for (uint32_t i = 0; code == OK && i < l->field_count; i++) {
        if (given[i] && record__is_sealed(&l->fields[i]) && body[i].kind != FEEL_NULL) {
            code = record_seal(plan, party, body[i], &body[i], err);
        } else if (given[i]) {
            record_files_keep(plan->change, body[i], STR(""));
        }
    }
    return code;
}

static enum error_code make_body(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                                 feel_value values, const struct record_row *before, bool sealed, feel_value *ret,
                                 struct error *err)
{
    feel_value *body = ARENA_ARRAY(plan->arena, feel_value, l->field_count);
    bool *given = ARENA_ARRAY(plan->arena, bool, l->field_count);
    for (uint32_t i = 0; before != NULL && i < l->field_count; i++) {
        body[i] = before->body.values[i];
    }
    enum error_code code = check_names(l, values, err);
    code = code == OK ? take_values(plan, s, l, values, body, given, err) : code;
    code = code == OK ? check_required(l, body, err) : code;
    code = code == OK && sealed ? seal_values(plan, l, body, given, err) : code;
    if (code == OK) {
        *ret = feel_context(record__shape(plan->arena, l), body);
    }
    return code;
}

enum error_code record__body(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                             feel_value values, const struct record_row *before, feel_value *ret, struct error *err)
{
    return make_body(plan, s, l, values, before, true, ret, err);
}

enum error_code record__plain_body(const struct record_plan *plan, const struct scheme *s,
                                   const struct scheme_ledger *l, feel_value values, const struct record_row *before,
                                   feel_value *ret, struct error *err)
{
    return make_body(plan, s, l, values, before, false, ret, err);
}

enum error_code record__parent(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                               feel_value values, int64_t *ret, struct error *err)
{
    *ret = 0;
    if (l->parent.len == 0) {
        return OK;
    }
    feel_value v = feel_member(values, "parent");
    if (v.kind != FEEL_STRING || !record__is_row(plan, s, l->parent, feel_str(v), ret)) {
        error_set(err, ERROR_INVALID, "a row of \"%.*s\" belongs to a row of \"%.*s\"", STR_ARG(l->name),
                  STR_ARG(l->parent));
        error_hint(err, "give its number as the text parent");
        return ERROR_INVALID;
    }
    return OK;
}

/* ---- Validity ---- */

/* `days` 1: the end of a day that is the last one. */
static bool instant_of(cal_zone zone, feel_value v, int days, int64_t *ret)
{
    cal_datetime t;
    if (v.kind == FEEL_DATE) {
        cal_date day;
        if (!cal_date_from_days(cal_days_from_date(v.date) + days, &day)) {
            return false;
        }
        t = cal_datetime_of(day, (cal_time){ .zone = zone });
    } else if (v.kind == FEEL_DATE_TIME) {
        t = v.date_time;
        t.zone = t.zone == CAL_ZONE_NONE ? zone : t.zone;
    } else {
        return false;
    }
    return !__builtin_mul_overflow(cal_utc_seconds(t), 1000000, ret) &&
           !__builtin_add_overflow(*ret, (int64_t)(t.nano / 1000), ret);
}

static feel_value named(feel_value body, str field)
{
    feel_value v = feel_null();
    return field.len > 0 && feel_context_get(body, field, &v) ? v : feel_null();
}

enum error_code record__validity(const struct record_plan *plan, const struct scheme_ledger *l, feel_value body,
                                 int64_t *ret_from, int64_t *ret_to, struct error *err)
{
    feel_value from = named(body, l->valid_from), to = named(body, l->valid_to);
    int64_t begin = INT64_MIN, end = INT64_MAX;
    bool fine = (from.kind == FEEL_NULL || instant_of(plan->record->zone, from, 0, &begin)) &&
                (to.kind == FEEL_NULL || instant_of(plan->record->zone, to, 1, &end));
    if (!fine || begin >= end) {
        error_set(err, ERROR_INVALID, "the row would hold at no time");
        error_detail(err, "%.*s, %.*s", STR_ARG(l->valid_from), STR_ARG(l->valid_to));
        error_hint(err, "the end must be after the beginning, or be left out");
        return ERROR_INVALID;
    }
    *ret_from = begin;
    *ret_to = end;
    return OK;
}

/* ---- Keys ---- */

str record__key(struct arena *a, const struct scheme_ledger *l, feel_value body)
{
    struct buf key = BUF_INIT(LIMIT_JSON_BYTES);
    for (uint32_t i = 0; i < l->key_count; i++) {
        if (!feel_key_write(named(body, l->key[i]), &key)) {
            feel_record_write(named(body, l->key[i]), &key);
        }
    }
    str whole = buf_str(&key);
    if (whole.len > LIMIT_RECORD_KEY) {
        char hash[SHA256_TEXT];
        sha256_text(whole, hash);
        whole = str_of(hash);
    }
    whole = arena_str(a, whole);
    buf_release(&key);
    return whole;
}
