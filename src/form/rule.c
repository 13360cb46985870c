/* rule: what is asked of a value beside its type: that it is there, bounds, lengths, patterns. */
#include "form/form_int.h"

#include "feel/tree.h"
#include "text/utf8.h"

#include <strings.h>

struct rule {
    struct form__state *st;
    struct form__row *row;
    uint32_t component;
    feel_value value;
};

static void report(const struct rule *r, enum form__code code, str a, str b)
{
    struct form__fault fault;
    form__fault(&fault, code, a, b);
    form__report(r->st, r->row, r->component, r->value, fault);
}

static bool bound(const struct rule *r, enum form_attribute which, dec *ret)
{
    return r->st->f->details[r->component].attributes[which].kind != FORM__ABSENT &&
           form__number(r->st, r->row, r->component, which, ret);
}

static str text_of(const struct rule *r, dec n)
{
    return form__text_of(r->st->a, feel_number(n));
}

/* ---- Numbers ---- */

static void check_decimals(const struct rule *r, int most)
{
    dec n = r->value.number, rounded;
    if (most < 0 || dec_is_integer(n) || (dec_round(n, most, DEC_HALF_EVEN, &rounded) && dec_eq(rounded, n))) {
        return;
    }
    str digits = arena_printf(r->st->a, "%d", most);
    if (most == 0) {
        report(r, FORM__INTEGER, STR(""), STR(""));
    } else {
        report(r, FORM__DECIMALS, digits, STR(""));
    }
}

static void check_increment(const struct rule *r)
{
    dec step, rest, below, above;
    if (!bound(r, FORM_INCREMENT, &step) || dec_is_negative(step) || dec_is_zero(step) ||
        !dec_modulo(r->value.number, step, &rest) || dec_is_zero(rest) || !dec_sub(r->value.number, rest, &below) ||
        !dec_add(below, step, &above)) {
        return;
    }
    report(r, FORM__INCREMENT, text_of(r, dec_normal(below)), text_of(r, dec_normal(above)));
}

static void check_number(const struct rule *r)
{
    dec limit;
    check_decimals(r, r->st->f->details[r->component].decimals);
    check_increment(r);
    if (bound(r, FORM_MIN, &limit) && dec_cmp(r->value.number, limit) < 0) {
        report(r, FORM__MIN, text_of(r, limit), STR(""));
    }
    if (bound(r, FORM_MAX, &limit) && dec_cmp(r->value.number, limit) > 0) {
        report(r, FORM__MAX, text_of(r, limit), STR(""));
    }
}

/* ---- Texts ---- */

static bool is_mail_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr(".!#$%&'*+/=?^_`{|}~-", c) != NULL);
}

/* Labels of letters, digits and hyphens, with dots between them. */
static bool is_host(str s)
{
    size_t label = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        bool hyphen = c == '-' && label > 0 && i + 1 < s.len && s.ptr[i + 1] != '.';
        if (!letter && !hyphen && !(c == '.' && label > 0 && i + 1 < s.len)) {
            return false;
        }
        label = c == '.' ? 0 : label + 1;
        if (label > 63) {
            return false;
        }
    }
    return s.len > 0;
}

/* What HTML takes for an address. */
static bool is_email(str s)
{
    const char *at = memchr(s.ptr, '@', s.len);
    if (at == NULL || at == s.ptr) {
        return false;
    }
    for (const char *p = s.ptr; p < at; p++) {
        if (!is_mail_character(*p)) {
            return false;
        }
    }
    return is_host(str_slice(s, (size_t)(at - s.ptr) + 1, s.len));
}

/* form-js wants +86 in front; people write area codes, hyphens and brackets. */
static bool is_phone(str s)
{
    size_t digits = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';
        if (!digit && !(i == 0 && s.ptr[i] == '+') && memchr(" -()", s.ptr[i], 4) == NULL) {
            return false;
        }
        digits += digit;
    }
    return digits >= 5 && digits <= 20;
}

static bool matches(const struct rule *r, str pattern)
{
    feel_value args[2] = { r->value, feel_string(pattern) };
    return feel_is_true(feel_call_named(r->st->ev, STR("matches"), args, 2));
}

static void check_text(const struct rule *r)
{
    const struct form__detail *d = &r->st->f->details[r->component];
    str s = feel_str(r->value);
    dec limit, length = dec_from_uint(utf8_count(str_trim(s)));
    if (bound(r, FORM_MIN_LENGTH, &limit) && dec_cmp(length, limit) < 0) {
        report(r, FORM__MIN_LENGTH, text_of(r, limit), STR(""));
    }
    if (bound(r, FORM_MAX_LENGTH, &limit) && dec_cmp(length, limit) > 0) {
        report(r, FORM__MAX_LENGTH, text_of(r, limit), STR(""));
    }
    if (d->pattern.len > 0 && !matches(r, d->pattern)) {
        report(r, FORM__PATTERN, d->pattern_written, d->pattern_message);
    }
    if (d->validation == FORM__EMAIL_ADDRESS && !is_email(str_trim(s))) {
        report(r, FORM__EMAIL, STR(""), STR(""));
    }
    if (d->validation == FORM__PHONE_NUMBER && !is_phone(str_trim(s))) {
        report(r, FORM__PHONE, STR(""), STR(""));
    }
}

/* ---- Dates, files ---- */

static void check_moment(const struct rule *r)
{
    const struct feel_environment *env = feel_eval_environment(r->st->ev);
    cal_datetime now;
    if (!r->st->f->details[r->component].disallow_passed || r->value.kind == FEEL_TIME ||
        !cal_datetime_from_utc(env->instant, env->nano, env->zone, &now)) {
        return;
    }
    cal_date day = r->value.kind == FEEL_DATE ? r->value.date : cal_datetime_date(r->value.date_time);
    cal_datetime there = r->value.date_time;
    if (r->value.kind == FEEL_DATE_TIME && there.zone != CAL_ZONE_NONE &&
        cal_datetime_from_utc(cal_utc_seconds(there), there.nano, env->zone, &there)) {
        day = cal_datetime_date(there); /* the day that it is here */
    }
    cal_date today = cal_datetime_date(now);
    if (cal_days_from_date(day) < cal_days_from_date(today)) {
        report(r, FORM__PASSED, form__text_of(r->st->a, (feel_value){ .kind = FEEL_DATE, .date = today }), STR(""));
    }
}

static bool ends_with(str s, str end)
{
    return s.len >= end.len && strncasecmp(s.ptr + s.len - end.len, end.ptr, end.len) == 0;
}

/* One of ".pdf", "image/png", "image/\*"; a type can only be compared where the uploader told it. */
static bool accepts_one(str accepted, feel_value file)
{
    if (str_starts_with(accepted, STR("."))) {
        return ends_with(feel_text_member(file, "name"), accepted);
    }
    str type = feel_text_member(file, "type");
    bool any = ends_with(accepted, STR("/*"));
    return type.len == 0 || (any ? str_starts_with(type, str_slice(accepted, 0, accepted.len - 1))
                                 : str_eq(type, accepted));
}

static bool accepts(str list, feel_value file)
{
    bool some = false;
    while (list.len > 0) {
        const char *comma = memchr(list.ptr, ',', list.len);
        size_t n = comma == NULL ? list.len : (size_t)(comma - list.ptr);
        str one = str_trim(str_slice(list, 0, n));
        if (one.len > 0 && accepts_one(one, file)) {
            return true;
        }
        some |= one.len > 0;
        list = str_slice(list, n + (comma != NULL), list.len);
    }
    return !some;
}

static void check_files(const struct rule *r)
{
    feel_value list = form__attribute(r->st, r->row, r->component, FORM_ACCEPT);
    for (uint32_t i = 0; list.kind == FEEL_STRING && i < r->value.count; i++) {
        if (!accepts(feel_str(list), r->value.items[i])) {
            report(r, FORM__ACCEPT, feel_text_member(r->value.items[i], "name"), feel_str(list));
        }
    }
}

/* ---- All ---- */

void form__apply_rules(struct form__state *st, struct form__row *row, uint32_t component, feel_value value,
                       bool required)
{
    struct rule r = { st, row, component, value };
    const struct form_component *c = &st->f->components[component];
    bool chosen = value.kind == FEEL_BOOLEAN && c->type != FORM_TYPE_CHECKBOX; /* "no" is a choice too */
    if (form__is_empty(value) && !chosen) {
        if (required && form__flag(st, row, component, FORM_REQUIRED)) {
            report(&r, FORM__REQUIRED, STR(""), STR(""));
        }
        return;
    }
    switch (c->type) {
    case FORM_TYPE_NUMBER: check_number(&r); break;
    case FORM_TYPE_TEXTFIELD:
    case FORM_TYPE_TEXTAREA: check_text(&r); break;
    case FORM_TYPE_DATETIME: check_moment(&r); break;
    case FORM_TYPE_FILEPICKER: check_files(&r); break;
    default: break;
    }
}
