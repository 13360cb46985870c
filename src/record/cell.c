/* cell: what stands in a cell of a table as a value of a field, and back. Each value that is written so is read as
 * itself again, but for what exchange.h says of texts. */
#include "record/exchange_int.h"

#include "base/limit.h"
#include "text/utf8.h"

/* ---- Small texts ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes `piece` off the front. */
static bool take(str *s, str piece)
{
    if (!str_starts_with(*s, piece)) {
        return false;
    }
    *s = str_slice(*s, piece.len, s->len);
    return true;
}

/* Takes digits, at least one and at most `most`. */
static bool take_digits(str *s, size_t most, int64_t *ret)
{
    size_t n = 0;
    int64_t value = 0;
    while (n < s->len && n < most && is_digit(s->ptr[n])) {
        value = value * 10 + (s->ptr[n++] - '0');
    }
    *s = str_slice(*s, n, s->len);
    *ret = value;
    return n > 0;
}

/* ---- Numbers ---- */

/* "1,234,567.8" without its commas; false where they do not stand at each thousand. */
static bool drop_separators(struct arena *a, str s, str *ret)
{
    size_t n = 0, digits = 0;
    bool grouped = false, whole = true;
    char *out = arena_alloc(a, s.len + 1);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == ',') {
            if (!whole || (grouped ? digits != 3 : digits == 0 || digits > 3)) {
                return false;
            }
            grouped = true;
            digits = 0;
            continue;
        }
        if (!is_digit(c) && c != '-' && whole) {
            if (grouped && digits != 3) {
                return false;
            }
            whole = false;
        }
        digits += is_digit(c);
        out[n++] = c;
    }
    *ret = (str){ out, n };
    return !whole || !grouped || digits == 3;
}

static bool read_number(struct arena *a, str s, dec *ret)
{
    str plain;
    s = str_trim(s);
    return drop_separators(a, s, &plain) && dec_parse(plain, ret);
}

/* ---- Days and times ---- */

/* 2021-03-01, 2021/3/1, 2021.3.1, 2021年3月1日 at the front of a text. */
static bool take_day(str *s, cal_date *ret)
{
    static const char *const marks[][3] = { { "-", "-", "" }, { "/", "/", "" }, { ".", ".", "" }, { "年", "月", "日" } };
    int64_t year, month, day;
    str rest = *s;
    if (!take_digits(&rest, 4, &year) || s->len - rest.len != 4) {
        return false;
    }
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        str t = rest;
        if (take(&t, str_of(marks[i][0])) && take_digits(&t, 2, &month) && take(&t, str_of(marks[i][1])) &&
            take_digits(&t, 2, &day) && take(&t, str_of(marks[i][2])) && cal_date_valid(year, month, day)) {
            *ret = (cal_date){ (int32_t)year, (uint8_t)month, (uint8_t)day };
            *s = t;
            return true;
        }
    }
    return false;
}

static feel_value day_value(cal_date day)
{
    return (feel_value){ .kind = FEEL_DATE, .date = day };
}

/* A time 00:00:00 behind a day says nothing. */
static bool read_day(str s, feel_value *ret)
{
    cal_date day;
    s = str_trim(s);
    if (!take_day(&s, &day)) {
        return false;
    }
    *ret = day_value(day);
    return s.len == 0 || str_eq(s, STR("T00:00:00")) || str_eq(s, STR(" 00:00:00")) || str_eq(s, STR(" 0:00:00")) ||
           str_eq(s, STR(" 0:00"));
}

/* 8:30 and 08:30 become 08:30:00; everything else stays for FEEL to read. */
static str whole_time(struct arena *a, str s)
{
    int64_t hour, minute;
    str rest = s;
    if (!take_digits(&rest, 2, &hour) || !take(&rest, STR(":")) || !take_digits(&rest, 2, &minute)) {
        return s;
    }
    str seconds = rest.len == 0 ? STR(":00") : rest;
    return arena_printf(a, "%02d:%02d%.*s", (int)hour, (int)minute, STR_ARG(seconds));
}

static bool read_time(struct arena *a, str s, feel_value *ret)
{
    *ret = feel_from_text(whole_time(a, str_trim(s)), scheme_feel_type(SCHEME_TIME));
    return ret->kind == FEEL_TIME;
}

/* A day and time without a zone is meant where the office is. */
static bool read_instant(struct arena *a, str s, cal_zone zone, feel_value *ret)
{
    cal_date day;
    s = str_trim(s);
    if (!take_day(&s, &day)) {
        return false;
    }
    if (s.len == 0) {
        s = STR("00:00:00");
    } else if (!take(&s, STR("T"))) {
        s = str_trim(s);
    }
    str text = arena_printf(a, "%04d-%02d-%02dT%.*s", (int)day.year, day.month, day.day, STR_ARG(whole_time(a, s)));
    *ret = feel_from_text(text, scheme_feel_type(SCHEME_INSTANT));
    if (ret->kind == FEEL_DATE_TIME && ret->date_time.zone == CAL_ZONE_NONE) {
        cal_datetime at = ret->date_time;
        at.zone = zone;
        at.zone = (cal_zone)cal_zone_offset_at(zone, cal_utc_seconds(at));
        ret->date_time = at;
    }
    return ret->kind == FEEL_DATE_TIME;
}

/* ---- Words ---- */

static bool read_boolean(str s, feel_value *ret)
{
    static const char *const words[2][5] = { { "否", "false", "FALSE", "False", "no" },
                                             { "是", "true", "TRUE", "True", "yes" } };
    s = str_trim(s);
    for (int yes = 0; yes < 2; yes++) {
        for (int i = 0; i < 5; i++) {
            if (str_eq(s, str_of(words[yes][i]))) {
                *ret = feel_boolean(yes == 1);
                return true;
            }
        }
    }
    return false;
}

static bool read_json(struct arena *a, str s, enum feel_kind kind, feel_value *ret)
{
    return feel_json_read(a, s, ret, NULL) == OK && ret->kind == kind;
}

static feel_value context_of(struct arena *a, const char *const *names, const feel_value *values, uint32_t count)
{
    str *texts = ARENA_ARRAY(a, str, count);
    for (uint32_t i = 0; i < count; i++) {
        texts[i] = str_of(names[i]);
    }
    feel_value *copy = ARENA_ARRAY(a, feel_value, count);
    memcpy(copy, values, count * sizeof *copy);
    return feel_context(feel_shape_new(a, texts, count), copy);
}

static const char *const quantity_names[] = { "value", "unit", "about" };
static const char *const place_names[] = { "name", "lon", "lat" };

/* "逾 5 亿元": what stands before the number is `about`, what stands behind it the unit. */
static bool read_quantity(struct arena *a, str s, feel_value *ret)
{
    dec n;
    size_t from = 0, to;
    s = str_trim(s);
    if (str_starts_with(s, STR("{"))) {
        return read_json(a, s, FEEL_CONTEXT, ret);
    }
    while (from < s.len && !is_digit(s.ptr[from]) && s.ptr[from] != '-') {
        from++;
    }
    for (to = from; to < s.len && (is_digit(s.ptr[to]) || strchr("-.,", s.ptr[to]) != NULL); to++) {
    }
    if (!read_number(a, str_slice(s, from, to), &n)) {
        return false;
    }
    str about = str_trim(str_slice(s, 0, from)), unit = str_trim(str_slice(s, to, s.len));
    feel_value values[] = { feel_number(n), unit.len > 0 ? feel_string(arena_str(a, unit)) : feel_null(),
                            about.len > 0 ? feel_string(arena_str(a, about)) : feel_null() };
    *ret = context_of(a, quantity_names, values, 3);
    return true;
}

/* Brackets and comma of Chinese texts are taken too. */
static str plain_marks(struct arena *a, str s)
{
    static const char *const marks[][2] = { { "（", "(" }, { "）", ")" }, { "，", "," } };
    struct buf out = BUF_INIT(LIMIT_SHEET_ROW);
    for (size_t i = 0; i < s.len;) {
        size_t n = utf8_length_at(s.ptr + i, s.ptr + s.len);
        str c = { s.ptr + i, n };
        for (size_t k = 0; k < 3; k++) {
            c = str_eq(c, str_of(marks[k][0])) ? str_of(marks[k][1]) : c;
        }
        buf_add(&out, c);
        i += n;
    }
    str plain = arena_str(a, buf_str(&out));
    buf_release(&out);
    return plain;
}

static bool between(dec n, int64_t low, int64_t high)
{
    return dec_cmp(n, dec_from_int(low)) >= 0 && dec_cmp(n, dec_from_int(high)) <= 0;
}

/* "name(lon,lat)" */
static bool read_place(struct arena *a, str s, feel_value *ret)
{
    dec lon, lat;
    s = str_trim(s);
    if (str_starts_with(s, STR("{"))) {
        return read_json(a, s, FEEL_CONTEXT, ret);
    }
    str plain = plain_marks(a, s);
    size_t open = plain.len, comma;
    while (open > 0 && plain.ptr[open - 1] != '(') {
        open--;
    }
    for (comma = open; comma < plain.len && plain.ptr[comma] != ','; comma++) {
    }
    bool fine = open > 0 && comma < plain.len && plain.ptr[plain.len - 1] == ')' &&
                dec_parse(str_trim(str_slice(plain, open, comma)), &lon) &&
                dec_parse(str_trim(str_slice(plain, comma + 1, plain.len - 1)), &lat) && between(lon, -180, 180) &&
                between(lat, -90, 90);
    if (fine) {
        str name = str_trim(str_slice(plain, 0, open - 1));
        feel_value values[] = { name.len > 0 ? feel_string(name) : feel_null(), feel_number(lon), feel_number(lat) };
        *ret = context_of(a, place_names, values, 3);
    }
    return fine;
}

/* ---- Reading ---- */

static bool read_text(struct arena *a, const struct record__cells *c, const struct scheme_field *f, str s,
                      feel_value *ret)
{
    dec n;
    switch (f->type) {
    case SCHEME_TEXT: *ret = feel_string(s); return true;
    case SCHEME_CODE: case SCHEME_REF: case SCHEME_PARTY:
        s = str_trim(s);
        *ret = s.len > 0 ? feel_string(s) : feel_null();
        return true;
    case SCHEME_INTEGER: case SCHEME_DECIMAL:
        if (!read_number(a, s, &n) || (f->type == SCHEME_INTEGER && !dec_is_integer(n))) {
            return false;
        }
        *ret = feel_number(n);
        return true;
    case SCHEME_QUANTITY: return read_quantity(a, s, ret);
    case SCHEME_DATE: return read_day(s, ret);
    case SCHEME_TIME: return read_time(a, s, ret);
    case SCHEME_INSTANT: return read_instant(a, s, c->zone, ret);
    case SCHEME_BOOLEAN: return read_boolean(s, ret);
    case SCHEME_PLACE: return read_place(a, s, ret);
    case SCHEME_HOURS: case SCHEME_FILE: return read_json(a, s, FEEL_CONTEXT, ret);
    case SCHEME_LIST: return read_json(a, s, FEEL_LIST, ret);
    case SCHEME_FIELD_TYPES: break;
    }
    return false;
}

static const char *const cell_hints[SCHEME_FIELD_TYPES] = {
    [SCHEME_TEXT] = "give a text",
    [SCHEME_INTEGER] = "write a whole number, such as 1200 or 1,200",
    [SCHEME_DECIMAL] = "write a number, such as 1200.5 or 1,200.5",
    [SCHEME_QUANTITY] = "write a number with its unit, as the field has it",
    [SCHEME_DATE] = "write the day as 2021-03-01, 2021/3/1 or 2021年3月1日",
    [SCHEME_TIME] = "write the time as 09:30",
    [SCHEME_INSTANT] = "write day and time as 2021-03-01 09:30:00",
    [SCHEME_BOOLEAN] = "write 是 or 否",
    [SCHEME_CODE] = "give one of the codes that the field has",
    [SCHEME_REF] = "give the number of a row, as text",
    [SCHEME_PARTY] = "give the code or handle of a party",
    [SCHEME_PLACE] = "write name(longitude,latitude) in degrees",
    [SCHEME_HOURS] = "write JSON: {\"mon\": [{\"from\": \"09:00:00\", \"to\": \"17:00:00\"}]}",
    [SCHEME_FILE] = "write JSON: {\"name\": …, \"hash\": …} of a stored file",
    [SCHEME_LIST] = "write a JSON list",
};

static bool refuse(struct record__remark *r, const char *text, const char *hint)
{
    *r = (struct record__remark){ text, hint, false };
    return false;
}

static bool refuse_flag(struct record__remark *r, enum lang lang, enum table_flag flag)
{
    *r = (struct record__remark){ table_flag_message(lang, flag), table_flag_hint(lang, flag), false };
    return false;
}

static void note_flag(struct record__remark *r, enum lang lang, enum table_flag flag)
{
    *r = (struct record__remark){ table_flag_message(lang, flag), table_flag_hint(lang, flag), true };
}

static bool is_textual(enum scheme_field_type type)
{
    return type == SCHEME_TEXT || type == SCHEME_CODE || type == SCHEME_REF || type == SCHEME_PARTY;
}

/* Flags that forbid to believe the cell. */
static bool is_sound(const struct record__cells *c, const struct scheme_field *f, const struct table_cell *cell,
                     struct record__remark *r)
{
    bool dated = f->type == SCHEME_DATE || f->type == SCHEME_TIME || f->type == SCHEME_INSTANT;
    if (cell->kind == TABLE_ERROR) {
        return refuse(r, lang_text(c->lang, "the cell shows an error of the spreadsheet"),
                      lang_text(c->lang, "mend the formula, then copy the cell and paste its value"));
    }
    if ((cell->flags & TABLE_IMPRECISE) != 0 && is_textual(f->type)) {
        return refuse_flag(r, c->lang, TABLE_IMPRECISE);
    }
    if ((cell->flags & TABLE_NO_DATE) != 0 && dated) {
        return refuse_flag(r, c->lang, TABLE_NO_DATE);
    }
    if (cell->kind == TABLE_EMPTY && (cell->flags & (TABLE_FORMULA | TABLE_MERGED)) != 0) {
        return refuse_flag(r, c->lang, (cell->flags & TABLE_FORMULA) != 0 ? TABLE_FORMULA : TABLE_MERGED);
    }
    return true;
}

static void note(const struct record__cells *c, const struct scheme_field *f, const struct table_cell *cell,
                 feel_value v, struct record__remark *r)
{
    bool iso = cell->text.len == 10 && cell->text.ptr[4] == '-' && cell->text.ptr[7] == '-';
    if ((cell->flags & TABLE_FORMULA) != 0) {
        note_flag(r, c->lang, TABLE_FORMULA);
    } else if ((cell->flags & TABLE_IMPRECISE) != 0) {
        note_flag(r, c->lang, TABLE_IMPRECISE);
    } else if (f->type == SCHEME_DATE && cell->kind == TABLE_TEXT && v.kind == FEEL_DATE && !iso) {
        *r = (struct record__remark){ lang_text(c->lang, "the day is typed as text; it is read as a date"),
                                      lang_text(c->lang, "look whether it is the day that is meant"), true };
    }
}

bool record__read_cell(const struct record__cells *c, struct arena *a, const struct scheme_field *f,
                       const struct table_cell *cell, feel_value *ret, struct record__remark *remark)
{
    *ret = feel_null();
    *remark = (struct record__remark){ NULL, NULL, true };
    if (!is_sound(c, f, cell, remark)) {
        return false;
    }
    if (cell->kind == TABLE_EMPTY || (f->type != SCHEME_TEXT && str_trim(cell->text).len == 0)) {
        return true;
    }
    if (!read_text(a, c, f, cell->text, ret)) {
        return refuse(remark, lang_text(c->lang, "the cell has no value that the field takes"),
                      lang_text(c->lang, cell_hints[f->type]));
    }
    note(c, f, cell, *ret, remark);
    return true;
}

/* ---- Writing ---- */

static str json_text(struct arena *a, feel_value v)
{
    struct buf out = BUF_INIT(LIMIT_SHEET_ROW);
    feel_json_write(v, false, &out);
    str s = arena_str(a, buf_str(&out));
    buf_release(&out);
    return s;
}

static str number_text(struct arena *a, dec n)
{
    struct buf out = BUF_INIT(DEC_TEXT_MAX);
    dec_print(n, &out);
    str s = arena_str(a, buf_str(&out));
    buf_release(&out);
    return s;
}

/* Dates and times are strings of JSON without anything to escape. */
static str unquoted(str json)
{
    return json.len >= 2 && json.ptr[0] == '"' ? str_slice(json, 1, json.len - 1) : json;
}

static str member_text(feel_value v, const char *name)
{
    return feel_text_member(v, name);
}

static struct table_cell text_cell(str s)
{
    return (struct table_cell){ .text = s, .kind = s.len > 0 ? TABLE_TEXT : TABLE_EMPTY };
}

static struct table_cell write_quantity(struct arena *a, const struct scheme_field *f, feel_value v)
{
    feel_value value = feel_member(v, "value"), again;
    str unit = member_text(v, "unit"), about = member_text(v, "about");
    if (value.kind == FEEL_NUMBER && about.len == 0 && str_eq(unit, f->unit)) {
        return (struct table_cell){ .text = number_text(a, value.number), .kind = TABLE_NUMBER };
    }
    str s = value.kind == FEEL_NUMBER
                ? arena_printf(a, "%.*s%.*s%.*s", STR_ARG(about), STR_ARG(number_text(a, value.number)), STR_ARG(unit))
                : STR("");
    bool same = s.len > 0 && read_quantity(a, s, &again) && str_eq(member_text(again, "unit"), unit) &&
                str_eq(member_text(again, "about"), about);
    return text_cell(same ? s : json_text(a, v));
}

static struct table_cell write_place(struct arena *a, feel_value v)
{
    feel_value lon = feel_member(v, "lon"), lat = feel_member(v, "lat"), again;
    str name = member_text(v, "name"), s = STR("");
    if (lon.kind == FEEL_NUMBER && lat.kind == FEEL_NUMBER && v.count <= 3) {
        s = arena_printf(a, "%.*s(%.*s,%.*s)", STR_ARG(name), STR_ARG(number_text(a, lon.number)),
                         STR_ARG(number_text(a, lat.number)));
    }
    bool same = s.len > 0 && read_place(a, s, &again) && str_eq(member_text(again, "name"), name);
    return text_cell(same ? s : json_text(a, v));
}

/* A spreadsheet's date-time has no zone: what is meant elsewhere stays text. */
static struct table_cell write_instant(const struct record__cells *c, struct arena *a, feel_value v)
{
    str s = unquoted(json_text(a, v));
    if (v.kind == FEEL_DATE_TIME && v.date_time.nano == 0 && v.date_time.zone != CAL_ZONE_NONE) {
        cal_datetime local = v.date_time;
        local.zone = (cal_zone)cal_zone_offset_at(c->zone, cal_utc_seconds(local));
        if (local.zone == v.date_time.zone && s.len > 19) {
            return (struct table_cell){ .text = str_slice(s, 0, 19), .kind = TABLE_DATE_TIME };
        }
    }
    return text_cell(s);
}

static struct table_cell write_boolean(const struct record__cells *c, bool yes)
{
    if (c->lang == LANG_ZH) {
        return text_cell(yes ? STR("是") : STR("否"));
    }
    return (struct table_cell){ .text = yes ? STR("true") : STR("false"), .kind = TABLE_BOOLEAN };
}

struct table_cell record__write_cell(const struct record__cells *c, struct arena *a, const struct scheme_field *f,
                                     feel_value v)
{
    switch (v.kind) {
    case FEEL_NULL: return (struct table_cell){ .kind = TABLE_EMPTY };
    case FEEL_STRING: return text_cell(feel_str(v));
    case FEEL_NUMBER: return (struct table_cell){ .text = number_text(a, v.number), .kind = TABLE_NUMBER };
    case FEEL_BOOLEAN: return write_boolean(c, v.boolean);
    case FEEL_DATE: return (struct table_cell){ .text = unquoted(json_text(a, v)), .kind = TABLE_DATE };
    case FEEL_DATE_TIME: return write_instant(c, a, v);
    case FEEL_TIME: {
        str s = unquoted(json_text(a, v));
        return (struct table_cell){ .text = s, .kind = s.len == 8 ? TABLE_TIME : TABLE_TEXT };
    }
    default: break;
    }
    if (f->type == SCHEME_QUANTITY && v.kind == FEEL_CONTEXT) {
        return write_quantity(a, f, v);
    }
    if (f->type == SCHEME_PLACE && v.kind == FEEL_CONTEXT) {
        return write_place(a, v);
    }
    return text_cell(json_text(a, v));
}
