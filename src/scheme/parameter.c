/* parameter: the rows of parameters/NAME.csv.
 *
 * The first row names the columns, by name or title, in any order; beside those of the manifest there may be source,
 * state, from and to (or 来源, 状态, 起, 止). Where the table has a column `from` or `to` of its own, the days in force
 * are headed "in force from" and "in force to". An empty cell is null: any, in a key; not given, elsewhere. A row that
 * says no state is 待核实: what nobody has confirmed is not confirmed.
 */
#include "scheme/scheme_int.h"

#include "base/limit.h"
#include "text/csv.h"

#include <stdio.h>

/* ---- States ---- */

static const char *const states[][3] = {
    [SCHEME_CONFIRMED] = { "confirmed", "已确认", "确认" },
    [SCHEME_PROVISIONAL] = { "待核实", "provisional", "" },
    [SCHEME_SAMPLE] = { "示例", "sample", "demo" },
};

const char *scheme_state_name(enum scheme_state state)
{
    return states[state][0];
}

int scheme_state(str word)
{
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            if (str_eq(word, str_of(states[i][k]))) {
                return i;
            }
        }
    }
    return -1;
}

/* ---- Reading ---- */

/* What a column of the file is: one of the parameter's, or one that each row has. */
enum { COLUMN_SOURCE = -1, COLUMN_STATE = -2, COLUMN_FROM = -3, COLUMN_TO = -4 };

struct sheet {
    struct scheme__reader *r;
    struct scheme_parameter *p;
    int32_t columns[LIMIT_SHEET_COLUMNS];
    uint32_t count;
    bool headed;
    struct scheme_parameter_row *rows;
    uint32_t row_count, row_size;
};

static enum error_code refuse_cell(const struct sheet *s, const struct table_row *row, uint32_t cell)
{
    error_at(s->r->err, s->p->file, row->line, cell + 1);
    return ERROR_INVALID;
}

/* "2026-03-01", and what spreadsheets make of it: 2026/3/1. */
static bool read_date(str text, cal_date *ret)
{
    int parts[3] = { 0 }, part = 0, digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if ((c == '-' || c == '/') && digits > 0 && part < 2) {
            part++;
            digits = 0;
        } else if (c >= '0' && c <= '9' && digits < 4) {
            parts[part] = parts[part] * 10 + (c - '0');
            digits++;
        } else {
            return false;
        }
    }
    if (part != 2 || digits == 0 || !cal_date_valid(parts[0], parts[1], parts[2])) {
        return false;
    }
    *ret = (cal_date){ parts[0], (uint8_t)parts[1], (uint8_t)parts[2] };
    return true;
}

static bool read_boolean(str text, bool *ret)
{
    *ret = str_eq(text, STR("true")) || str_eq(text, STR("TRUE")) || str_eq(text, STR("是"));
    return *ret || str_eq(text, STR("false")) || str_eq(text, STR("FALSE")) || str_eq(text, STR("否"));
}

/* Null for a text that is none of the type. */
static feel_value read_value(struct arena *a, enum scheme_field_type type, str text)
{
    dec number;
    bool yes;
    cal_date day;
    switch (type) {
    case SCHEME_INTEGER:
        return dec_parse(text, &number) && dec_is_integer(number) ? feel_number(number) : feel_null();
    case SCHEME_DECIMAL: return dec_parse(text, &number) ? feel_number(number) : feel_null();
    case SCHEME_BOOLEAN: return read_boolean(text, &yes) ? feel_boolean(yes) : feel_null();
    case SCHEME_DATE:
        return read_date(text, &day) ? (feel_value){ .kind = FEEL_DATE, .date = day } : feel_null();
    case SCHEME_TIME:
    case SCHEME_INSTANT: return feel_from_text(text, scheme_feel_type(type));
    default: return feel_string(arena_str(a, text));
    }
}

static bool is_headed(const struct scheme_column *c, str text)
{
    return str_eq(c->name, text) || (c->title.zh.len > 0 && str_eq(c->title.zh, text)) ||
           (c->title.en.len > 0 && str_eq(c->title.en, text));
}

static bool column_of(const struct scheme_parameter *p, str text, int32_t *ret)
{
    static const char *const common[][3] = { { "source", "来源", "" },
                                             { "state", "状态", "" },
                                             { "from", "起", "in force from" },
                                             { "to", "止", "in force to" } };
    for (uint32_t i = 0; i < p->column_count; i++) {
        if (is_headed(&p->columns[i], text)) {
            *ret = (int32_t)i;
            return true;
        }
    }
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 3 && text.len > 0; k++) {
            if (str_eq(text, str_of(common[i][k]))) {
                *ret = COLUMN_SOURCE - i;
                return true;
            }
        }
    }
    return false;
}

static enum error_code read_header(struct sheet *s, const struct table_row *row)
{
    for (uint32_t i = 0; i < row->count; i++) {
        str text = str_trim(row->cells[i].text);
        if (!column_of(s->p, text, &s->columns[i])) {
            error_set(s->r->err, ERROR_INVALID, "the parameter has no column \"%.*s\"", STR_ARG(text));
            error_hint(s->r->err, "name it in scheme.json, or mend the first row of the file");
            return refuse_cell(s, row, i);
        }
        for (uint32_t k = 0; k < i; k++) {
            if (s->columns[k] == s->columns[i]) {
                error_set(s->r->err, ERROR_INVALID, "the column \"%.*s\" stands there twice", STR_ARG(text));
                return refuse_cell(s, row, i);
            }
        }
    }
    s->count = row->count;
    for (uint32_t k = 0; k < s->p->column_count; k++) {
        bool there = false;
        for (uint32_t i = 0; i < s->count; i++) {
            there |= s->columns[i] == (int32_t)k;
        }
        if (!there) {
            error_set(s->r->err, ERROR_INVALID, "the file has no column \"%.*s\"", STR_ARG(s->p->columns[k].name));
            error_hint(s->r->err, "add it to the first row, or take it out of scheme.json");
            return refuse_cell(s, row, 0);
        }
    }
    s->headed = true;
    return OK;
}

static enum error_code read_common(struct sheet *s, const struct table_row *row, uint32_t cell, str text,
                                   struct scheme_parameter_row *into)
{
    int state = scheme_state(text);
    bool good = true;
    switch (s->columns[cell]) {
    case COLUMN_SOURCE: into->source = arena_str(s->r->arena, text); break;
    case COLUMN_STATE:
        good = state >= 0;
        into->state = good ? (enum scheme_state)state : SCHEME_PROVISIONAL;
        break;
    case COLUMN_FROM: good = text.len == 0 || read_date(text, &into->from); into->from_ever = text.len == 0; break;
    default: good = text.len == 0 || read_date(text, &into->to); into->to_ever = text.len == 0; break;
    }
    if (!good) {
        bool of_state = s->columns[cell] == COLUMN_STATE;
        error_set(s->r->err, ERROR_INVALID, of_state ? "\"%.*s\" is no state of a row" : "\"%.*s\" is no date",
                  STR_ARG(text));
        error_hint(s->r->err, of_state ? "write confirmed, 待核实 or 示例" : "write it as 2026-01-31");
        return refuse_cell(s, row, cell);
    }
    return OK;
}

static enum error_code read_cell(struct sheet *s, const struct table_row *row, uint32_t cell, feel_value *values,
                                 struct scheme_parameter_row *into)
{
    str text = str_trim(row->cells[cell].text);
    if (cell >= s->count) {
        error_set(s->r->err, ERROR_INVALID, "the row has more cells than the first row has names");
        error_hint(s->r->err, "put a cell that has a comma into quotation marks");
        return refuse_cell(s, row, cell);
    }
    if (s->columns[cell] < 0) {
        return read_common(s, row, cell, text, into);
    }
    const struct scheme_column *c = &s->p->columns[s->columns[cell]];
    feel_value v = text.len == 0 ? feel_null() : read_value(s->r->arena, c->type, text);
    if (text.len > 0 && v.kind == FEEL_NULL) {
        error_set(s->r->err, ERROR_INVALID, "\"%.*s\" is no value of the column \"%.*s\"", STR_ARG(text),
                  STR_ARG(c->name));
        error_hint(s->r->err, "its type is %s", scheme_field_type_name(c->type));
        return refuse_cell(s, row, cell);
    }
    values[s->columns[cell]] = v;
    return OK;
}

static enum error_code read_row(void *context, const struct table_row *row, struct error *err)
{
    struct sheet *s = context;
    enum error_code code = OK;
    (void)err;
    if (!s->headed) {
        return read_header(s, row);
    }
    struct scheme_parameter_row into = { .state = SCHEME_PROVISIONAL, .from_ever = true, .to_ever = true,
                                         .line = row->line, .source = STR("") };
    feel_value *values = ARENA_ARRAY(s->r->arena, feel_value, s->p->column_count);
    for (uint32_t i = 0; i < row->count && code == OK; i++) {
        code = read_cell(s, row, i, values, &into);
    }
    if (s->row_count == s->row_size) {
        uint32_t size = s->row_size == 0 ? 16 : s->row_size * 2;
        s->rows = arena_grow(s->r->arena, s->rows, s->row_size * sizeof *s->rows, size * sizeof *s->rows);
        s->row_size = size;
    }
    into.values = values;
    s->rows[s->row_count++] = into;
    return code;
}

static const struct feel_shape *shape_of(struct arena *a, const struct feel_type *row)
{
    str *names = ARENA_ARRAY(a, str, row->count);
    for (uint32_t i = 0; i < row->count; i++) {
        names[i] = row->fields[i].name;
    }
    return feel_shape_new(a, names, row->count);
}

enum error_code scheme__read_rows(struct scheme__reader *r, struct scheme_parameter *p)
{
    struct scheme_file const *f = scheme__file(r->scheme, arena_printf(r->arena, "parameters/%.*s.csv",
                                                                       STR_ARG(p->name)));
    p->shape = shape_of(r->arena, p->row);
    if (f == NULL) {
        return OK;
    }
    struct sheet *s = ARENA_NEW(r->arena, struct sheet);
    s->r = r;
    s->p = p;
    p->file = f->name;
    enum error_code code = csv_read(f->bytes, (struct csv_options){ .encoding = CSV_FIND }, read_row, s, NULL, r->err);
    if (code != OK && r->err != NULL) {
        error_at(r->err, f->name, r->err->where.line, r->err->where.column);
    }
    p->rows = s->rows;
    p->row_count = s->row_count;
    return code;
}

/* ---- Rows in force ---- */

static bool in_force(const struct scheme_parameter_row *row, cal_date day)
{
    int64_t at = cal_days_from_date(day);
    return (row->from_ever || cal_days_from_date(row->from) <= at) &&
           (row->to_ever || at <= cal_days_from_date(row->to));
}

static feel_value date_or_null(cal_date date, bool ever)
{
    return ever ? feel_null() : (feel_value){ .kind = FEEL_DATE, .date = date };
}

static feel_value row_context(struct arena *a, const struct scheme_parameter *p, const struct scheme_parameter_row *row)
{
    feel_value *values = ARENA_ARRAY(a, feel_value, p->shape->count);
    uint32_t n = p->column_count;
    memcpy(values, row->values, n * sizeof *values);
    values[n] = row->source.len > 0 ? feel_string(row->source) : feel_null();
    values[n + 1] = feel_string(str_of(scheme_state_name(row->state)));
    values[n + 2] = date_or_null(row->from, row->from_ever);
    values[n + 3] = date_or_null(row->to, row->to_ever);
    return feel_context(p->shape, values);
}

feel_value scheme_rows_on(struct arena *a, const struct scheme_parameter *p, const struct scheme_parameter_row *rows,
                          uint32_t count, cal_date day)
{
    feel_value *items = ARENA_ARRAY(a, feel_value, count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (in_force(&rows[i], day)) {
            items[n++] = row_context(a, p, &rows[i]);
        }
    }
    return feel_list(items, n);
}
