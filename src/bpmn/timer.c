/* timer: dates, durations, cycles (ISO 8601 R…, cron) to instants. All on the environment's instant and zone. */
#include "bpmn/bpmn_int.h"

/* ---- Dates ---- */

/* A reading without zone is one of the environment's wall clock. */
static void instant_of(const struct feel_environment *env, cal_datetime t, struct bpmn__due *ret)
{
    if (t.zone == CAL_ZONE_NONE) {
        int64_t wall = cal_wall_seconds(t);
        ret->at = wall - cal_zone_offset_local(env->zone, wall);
    } else {
        ret->at = cal_utc_seconds(t);
    }
    ret->nano = t.nano;
}

static cal_datetime midnight(cal_date d)
{
    return cal_datetime_of(d, (cal_time){ .zone = CAL_ZONE_NONE });
}

static bool date_of_text(const struct feel_environment *env, str text, struct bpmn__due *ret)
{
    cal_datetime t;
    cal_date d;
    if (cal_parse_datetime(text, &t)) {
        instant_of(env, t, ret);
        return true;
    }
    if (cal_parse_date(text, &d)) {
        instant_of(env, midnight(d), ret);
        return true;
    }
    return false;
}

static bool date_of(const struct feel_environment *env, feel_value v, struct bpmn__due *ret)
{
    switch (v.kind) {
    case FEEL_DATE: instant_of(env, midnight(v.date), ret); return true;
    case FEEL_DATE_TIME: instant_of(env, v.date_time, ret); return true;
    case FEEL_STRING: return date_of_text(env, str_trim(feel_str(v)), ret);
    default: return false;
    }
}

/* ---- Durations ---- */

struct length {
    int64_t months;
    cal_span span;
};

/* P1Y2M3W4DT5H6M7S: months, and the rest. FEEL's own texts have one of the two. */
static bool length_of_text(str text, struct length *ret)
{
    struct buf months = BUF_INIT(64), rest = BUF_INIT(64);
    int64_t weeks = 0, n;
    size_t at = 1, from = 1;
    dec d;
    *ret = (struct length){ 0, { 0, 0 } };
    bool ok = text.len > 2 && text.ptr[0] == 'P';
    for (; ok && at < text.len && text.ptr[at] != 'T'; at++) {
        char c = text.ptr[at];
        str part = str_slice(text, from, at + 1);
        if (c == 'Y' || c == 'M') {
            buf_add(&months, part);
        } else if (c == 'D') {
            buf_add(&rest, part);
        } else if (c == 'W') {
            ok = dec_parse(str_slice(text, from, at), &d) && dec_to_int(d, &n) && n >= 0 && n < 100000;
            weeks = ok ? n : 0;
        } else {
            ok = c >= '0' && c <= '9';
            continue;
        }
        from = at + 1;
    }
    buf_add(&rest, ok ? str_slice(text, from, text.len) : STR(""));
    struct buf whole = BUF_INIT(80);
    if (ok && months.len > 0) {
        buf_printf(&whole, "P%.*s", STR_ARG(buf_str(&months)));
        ok = cal_parse_months(buf_str(&whole), &ret->months);
    }
    if (ok && rest.len > 0) {
        buf_clear(&whole);
        buf_printf(&whole, "P%.*s", STR_ARG(buf_str(&rest)));
        ok = cal_parse_span(buf_str(&whole), &ret->span);
    }
    ok = ok && !months.overflow && !rest.overflow && (weeks == 0 ||
         cal_span_add(ret->span, (cal_span){ weeks * 7 * 86400, 0 }, &ret->span));
    buf_release(&months);
    buf_release(&rest);
    buf_release(&whole);
    return ok;
}

static bool length_of(feel_value v, struct length *ret)
{
    *ret = (struct length){ 0, { 0, 0 } };
    switch (v.kind) {
    case FEEL_SPAN: ret->span = v.span; return true;
    case FEEL_MONTHS: ret->months = v.months; return true;
    case FEEL_STRING: {
        str text = str_trim(feel_str(v));
        return cal_parse_span(text, &ret->span) || cal_parse_months(text, &ret->months) ||
               length_of_text(text, ret);
    }
    default: return false;
    }
}

/* Months move the day on the wall clock of the zone, the rest moves the instant. */
static bool add_length(const struct feel_environment *env, const struct length *l, int64_t at, uint32_t nano,
                       struct bpmn__due *ret)
{
    cal_datetime t;
    if (!cal_datetime_from_utc(at, nano, env->zone, &t) || !cal_datetime_add_months(t, l->months, &t) ||
        !cal_datetime_add_span(t, l->span, &t)) {
        return false;
    }
    ret->at = cal_utc_seconds(t);
    ret->nano = t.nano;
    return true;
}

/* ---- Cron: second minute hour day-of-month month day-of-week ---- */

enum { CRON_FIELDS = 6 };

struct cron {
    uint64_t field[CRON_FIELDS]; /* bit n: the value n */
    bool any_day, any_weekday;
    bool last_day;               /* L: the last day of the month */
};

static const struct {
    int low, high;
} cron_ranges[CRON_FIELDS] = { { 0, 59 }, { 0, 59 }, { 0, 23 }, { 1, 31 }, { 1, 12 }, { 0, 7 } };

static const char *const months[] = { "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV",
                                      "DEC" };
static const char *const weekdays[] = { "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT" };

static bool same_letters(str s, const char *upper)
{
    size_t n = strlen(upper);
    for (size_t i = 0; i < n && i < s.len; i++) {
        char c = s.ptr[i] >= 'a' && s.ptr[i] <= 'z' ? (char)(s.ptr[i] - 32) : s.ptr[i];
        if (c != upper[i]) {
            return false;
        }
    }
    return s.len == n;
}

static bool cron_number(str s, int field, int *ret)
{
    for (int i = 0; field == 4 && i < 12; i++) {
        if (same_letters(s, months[i])) {
            *ret = i + 1;
            return true;
        }
    }
    for (int i = 0; field == 5 && i < 7; i++) {
        if (same_letters(s, weekdays[i])) {
            *ret = i;
            return true;
        }
    }
    int n = 0;
    for (size_t i = 0; i < s.len && n < 1000; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
        n = n * 10 + (s.ptr[i] - '0');
    }
    *ret = n;
    return s.len > 0;
}

static size_t find_char(str s, char c)
{
    size_t i = 0;
    while (i < s.len && s.ptr[i] != c) {
        i++;
    }
    return i;
}

/* One of the parts between commas: *, n, n-m, each with /step. */
static bool cron_part(str s, int field, uint64_t *bits)
{
    int low = cron_ranges[field].low, high = cron_ranges[field].high, step = 1;
    size_t slash = find_char(s, '/');
    if (slash < s.len && (!cron_number(str_slice(s, slash + 1, s.len), -1, &step) || step < 1)) {
        return false;
    }
    str range = str_slice(s, 0, slash);
    size_t dash = find_char(range, '-');
    if (!str_eq(range, STR("*")) && !str_eq(range, STR("?"))) {
        if (!cron_number(str_slice(range, 0, dash), field, &low)) {
            return false;
        }
        if (dash < range.len) {
            if (!cron_number(str_slice(range, dash + 1, range.len), field, &high)) {
                return false;
            }
        } else if (slash == s.len) {
            high = low;
        }
    }
    if (low < cron_ranges[field].low || high > cron_ranges[field].high || low > high) {
        return false;
    }
    for (int n = low; n <= high; n += step) {
        *bits |= (uint64_t)1 << (field == 5 && n == 7 ? 0 : n);
    }
    return true;
}

static bool cron_field(str s, int field, struct cron *c)
{
    for (size_t from = 0; from <= s.len;) {
        size_t comma = from + find_char(str_slice(s, from, s.len), ',');
        if (field == 3 && str_eq(str_slice(s, from, comma), STR("L"))) {
            c->last_day = true;
        } else if (!cron_part(str_slice(s, from, comma), field, &c->field[field])) {
            return false;
        }
        from = comma + 1;
    }
    return true;
}

static str cron_macro(str text)
{
    static const char *const macros[][2] = {
        { "@yearly", "0 0 0 1 1 *" },   { "@annually", "0 0 0 1 1 *" }, { "@monthly", "0 0 0 1 * *" },
        { "@weekly", "0 0 0 * * 0" },   { "@daily", "0 0 0 * * *" },    { "@midnight", "0 0 0 * * *" },
        { "@hourly", "0 0 * * * *" },
    };
    for (size_t i = 0; i < sizeof macros / sizeof macros[0]; i++) {
        if (str_eq(text, str_of(macros[i][0]))) {
            return str_of(macros[i][1]);
        }
    }
    return text;
}

static bool parse_cron(str text, struct cron *c)
{
    *c = (struct cron){ .any_day = false };
    text = cron_macro(str_trim(text));
    int field = 0;
    while (text.len > 0 && field < CRON_FIELDS) {
        size_t end = find_char(text, ' ');
        str word = str_slice(text, 0, end);
        if (!cron_field(word, field, c)) {
            return false;
        }
        c->any_day |= field == 3 && (word.ptr[0] == '*' || word.ptr[0] == '?');
        c->any_weekday |= field == 5 && (word.ptr[0] == '*' || word.ptr[0] == '?');
        text = str_trim(str_slice(text, end, text.len));
        field++;
    }
    return field == CRON_FIELDS && text.len == 0;
}

static bool has(const struct cron *c, int field, int n)
{
    return (c->field[field] >> n & 1) != 0;
}

static bool cron_day(const struct cron *c, cal_date d)
{
    bool day = has(c, 3, d.day) || (c->last_day && d.day == cal_days_in_month(d.year, d.month));
    bool weekday = has(c, 5, cal_weekday(d) % 7);
    return has(c, 4, d.month) && (c->any_day ? weekday : c->any_weekday ? day : day && weekday);
}

/* The first time of day at or after `from` seconds that fits, or -1. */
static int64_t cron_time(const struct cron *c, int64_t from)
{
    for (int h = (int)(from / 3600); h < 24; h++) {
        for (int m = 0; has(c, 2, h) && m < 60; m++) {
            for (int s = 0; has(c, 1, m) && s < 60; s++) {
                int64_t t = h * 3600 + m * 60 + s;
                if (t >= from && has(c, 0, s)) {
                    return t;
                }
            }
        }
    }
    return -1;
}

enum { CRON_DAYS = 366 * 8 + 2 }; /* the 29th of February comes within eight years */

/* The first fit strictly after an instant, on the wall clock of the zone. A time that the clock skips comes when it
 * would have been; one that comes twice, once. */
static bool cron_next(const struct feel_environment *env, const struct cron *c, int64_t after, int64_t *ret)
{
    int64_t wall = after + cal_zone_offset_at(env->zone, after) + 1;
    int64_t day = wall / 86400 - (wall % 86400 < 0), from = wall - day * 86400;
    for (int i = 0; i < CRON_DAYS; i++, day++, from = 0) {
        cal_date d;
        if (!cal_date_from_days(day, &d)) {
            return false;
        }
        for (int64_t t = cron_day(c, d) ? cron_time(c, from) : -1; t >= 0; t = cron_time(c, t + 1)) {
            int64_t at = day * 86400 + t;
            at -= cal_zone_offset_local(env->zone, at);
            if (at > after) {
                *ret = at;
                return true;
            }
        }
    }
    return false;
}

/* ---- Cycles ---- */

/* R[n]/[start/]duration. */
struct repetition {
    uint32_t count; /* BPMN_NONE: without end */
    bool has_start;
    struct bpmn__due start;
    struct length length;
};

static bool parse_repetition(const struct feel_environment *env, str text, struct repetition *ret)
{
    size_t slash = find_char(text, '/');
    *ret = (struct repetition){ .count = BPMN_NONE };
    if (text.len == 0 || text.ptr[0] != 'R' || slash == text.len) {
        return false;
    }
    str number = str_slice(text, 1, slash), rest = str_slice(text, slash + 1, text.len);
    dec d;
    int64_t n;
    if (number.len > 0 && !str_eq(number, STR("-1"))) {
        if (!dec_parse(number, &d) || !dec_to_int(d, &n) || n < 0 || n >= BPMN_NONE) {
            return false;
        }
        ret->count = (uint32_t)n;
    }
    slash = find_char(rest, '/');
    if (slash < rest.len) {
        if (!date_of_text(env, str_slice(rest, 0, slash), &ret->start)) {
            return false;
        }
        ret->has_start = true;
        rest = str_slice(rest, slash + 1, rest.len);
    }
    struct bpmn__due forward;
    return length_of(feel_string(rest), &ret->length) && add_length(env, &ret->length, 0, 0, &forward) &&
           (forward.at > 0 || forward.nano > 0);
}

static bool cycle_of(const struct feel_environment *env, str text, struct bpmn__due *ret)
{
    struct repetition rep;
    struct cron cron;
    ret->cycle = text;
    if (parse_repetition(env, text, &rep)) {
        if (rep.count == 0) {
            return false;
        }
        ret->left = rep.count == BPMN_NONE ? BPMN_NONE : rep.count - 1;
        if (rep.has_start) {
            ret->at = rep.start.at;
            ret->nano = rep.start.nano;
            return true;
        }
        return add_length(env, &rep.length, env->instant, env->nano, ret);
    }
    ret->left = BPMN_NONE;
    ret->nano = 0;
    return parse_cron(text, &cron) && cron_next(env, &cron, env->instant, &ret->at);
}

/* Repetitions whose time has passed altogether count as done: only the next one to come is armed. */
bool bpmn__due_next(const struct feel_environment *env, struct bpmn__due *d)
{
    struct repetition rep;
    struct cron cron;
    if (!parse_repetition(env, d->cycle, &rep)) {
        int64_t after = d->at > env->instant ? d->at : env->instant;
        d->nano = 0;
        return parse_cron(d->cycle, &cron) && cron_next(env, &cron, after, &d->at);
    }
    for (uint32_t turn = 0; d->left > 0; turn++) {
        d->left -= d->left != BPMN_NONE;
        if (!add_length(env, &rep.length, d->at, d->nano, d)) {
            return false;
        }
        if (d->at > env->instant || (d->at == env->instant && d->nano >= env->nano)) {
            return true;
        }
        if (turn == LIMIT_BPMN_MOVES) { /* far behind: begin anew from here */
            return add_length(env, &rep.length, env->instant, env->nano, d);
        }
    }
    return false;
}

/* ---- All of them ---- */

bool bpmn__due_of(const struct feel_environment *env, enum bpmn__timer timer, feel_value v, struct arena *a,
                  struct bpmn__due *ret)
{
    struct length length;
    *ret = (struct bpmn__due){ .cycle = STR("") };
    switch (timer) {
    case TIMER_DATE: return date_of(env, v, ret);
    case TIMER_DURATION:
        return length_of(v, &length) && add_length(env, &length, env->instant, env->nano, ret);
    case TIMER_CYCLE: break;
    }
    if (v.kind == FEEL_SPAN || v.kind == FEEL_MONTHS) {
        struct buf b = BUF_INIT(128);
        buf_addz(&b, "R/");
        if (v.kind == FEEL_SPAN) {
            cal_print_span(v.span, &b);
        } else {
            cal_print_months(v.months, &b);
        }
        str text = bpmn__str(a, buf_str(&b));
        buf_release(&b);
        return cycle_of(env, text, ret);
    }
    return v.kind == FEEL_STRING && cycle_of(env, str_trim(feel_str(v)), ret);
}
