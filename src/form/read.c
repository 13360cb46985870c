/* read: an answer, which is JSON or what was typed into a page, to a value of its field's type. */
#include "form/form_int.h"

#include "text/utf8.h"

bool form__fault(struct form__fault *fault, enum form__code code, str a, str b)
{
    *fault = (struct form__fault){ true, code, a, b };
    return false;
}

static bool simply(struct form__fault *fault, enum form__code code)
{
    return form__fault(fault, code, STR(""), STR(""));
}

feel_value form__empty(enum form_type type)
{
    switch (type) {
    case FORM_TYPE_TEXTFIELD:
    case FORM_TYPE_TEXTAREA: return feel_string(STR(""));
    case FORM_TYPE_CHECKBOX: return feel_boolean(false);
    case FORM_TYPE_CHECKLIST:
    case FORM_TYPE_TAGLIST:
    case FORM_TYPE_FILEPICKER: return feel_list(NULL, 0);
    default: return feel_null();
    }
}

bool form__is_empty(feel_value v)
{
    return v.kind == FEEL_NULL || (v.kind == FEEL_BOOLEAN && !v.boolean) || (v.kind == FEEL_LIST && v.count == 0) ||
           (v.kind == FEEL_STRING && str_trim(feel_str(v)).len == 0);
}

str form__text_of(struct arena *a, feel_value v)
{
    if (v.kind == FEEL_STRING || v.kind == FEEL_NULL) {
        return v.kind == FEEL_NULL ? STR("") : feel_str(v);
    }
    struct buf b = BUF_INIT(LIMIT_FORM_TEXT);
    feel_json_write(v, false, &b);
    str text = arena_str(a, buf_str(&b));
    buf_release(&b);
    bool quoted = text.len >= 2 && text.ptr[0] == '"';
    return quoted ? str_slice(text, 1, text.len - 1) : text;
}

/* ---- Texts ---- */

static bool has_control(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7F) {
            return true;
        }
    }
    return false;
}

/* Browsers end the lines of a text with CR and LF. */
static str without_returns(struct arena *a, str s)
{
    if (memchr(s.ptr, '\r', s.len) == NULL) {
        return s;
    }
    char *to = arena_alloc(a, s.len);
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '\r') {
            to[n++] = s.ptr[i];
        } else if (i + 1 == s.len || s.ptr[i + 1] != '\n') {
            to[n++] = '\n';
        }
    }
    return (str){ to, n };
}

static bool read_text(struct form__state *st, feel_value answer, feel_value *ret, struct form__fault *fault)
{
    if (answer.kind != FEEL_STRING) {
        return simply(fault, FORM__TEXT);
    }
    if (answer.count > LIMIT_FORM_TEXT) {
        return form__fault(fault, FORM__LARGE, arena_printf(st->a, "%d", LIMIT_FORM_TEXT), STR(""));
    }
    if (has_control(feel_str(answer))) {
        return simply(fault, FORM__CHARACTERS);
    }
    *ret = feel_string(without_returns(st->a, feel_str(answer)));
    return true;
}

/* ---- Numbers ---- */

/* An optional minus, digits, perhaps a point and digits: what an exponent or a comma would mean is not guessed. */
static bool read_digits(str s, dec *ret, struct form__fault *fault)
{
    size_t digits = 0, points = 0;
    bool leading = true;
    for (size_t i = s.len > 0 && s.ptr[0] == '-'; i < s.len; i++) {
        bool digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';
        if (!digit && s.ptr[i] != '.') {
            return simply(fault, FORM__NUMBER);
        }
        leading &= s.ptr[i] == '0' || !digit;
        digits += digit && !leading;
        points += !digit;
    }
    if (digits > DEC_DIGITS) {
        return simply(fault, FORM__DIGITS);
    }
    return (points <= 1 && dec_parse(s, ret)) || simply(fault, FORM__NUMBER);
}

static bool read_number(feel_value answer, feel_value *ret, struct form__fault *fault)
{
    dec n;
    if (answer.kind == FEEL_NUMBER) {
        *ret = answer;
        return true;
    }
    if (answer.kind != FEEL_STRING) {
        return simply(fault, FORM__NUMBER);
    }
    str s = str_trim(feel_str(answer));
    if (s.len > 0 && !read_digits(s, &n, fault)) {
        return false;
    }
    *ret = s.len == 0 ? feel_null() : feel_number(n);
    return true;
}

/* ---- Booleans ---- */

static bool read_boolean(feel_value answer, feel_value *ret, struct form__fault *fault)
{
    str s = answer.kind == FEEL_STRING ? str_trim(feel_str(answer)) : STR("?");
    bool yes = str_eq(s, STR("true")) || str_eq(s, STR("on")), no = str_eq(s, STR("false")) || s.len == 0;
    if (answer.kind == FEEL_BOOLEAN) {
        *ret = answer;
    } else if (yes || no) {
        *ret = feel_boolean(yes);
    } else {
        return simply(fault, FORM__BOOLEAN);
    }
    return true;
}

/* ---- Dates and times ---- */

/* Browsers leave out the seconds: 08:30 is 08:30:00. `at` is where the hour begins. */
static str with_seconds(struct arena *a, str s, size_t at)
{
    bool short_time = s.len >= at + 5 && s.ptr[at + 2] == ':' && (s.len == at + 5 || s.ptr[at + 5] != ':');
    return short_time ? arena_printf(a, "%.*s:00%.*s", (int)(at + 5), s.ptr, (int)(s.len - at - 5), s.ptr + at + 5) : s;
}

/* As timeSerializingFormat wants it; a time without a zone is one of the environment's. */
static cal_time in_zone(const struct feel_environment *env, cal_time t, enum form__zone zone)
{
    int32_t here = cal_zone_offset_at(env->zone, env->instant), offset = here;
    if (t.zone != CAL_ZONE_NONE && !cal_time_offset(t, &offset)) {
        return t;
    }
    bool keep = t.zone == CAL_ZONE_NONE && zone == FORM__LOCAL;
    int32_t to = zone == FORM__NORMALIZED ? 0 : zone == FORM__LOCAL ? here : offset;
    if (!keep && to != offset) {
        t = cal_time_add_span(t, (cal_span){ to - offset, 0 });
    }
    t.zone = zone == FORM__LOCAL ? CAL_ZONE_NONE : to;
    return t;
}

static cal_datetime datetime_in_zone(const struct feel_environment *env, cal_datetime t, enum form__zone zone)
{
    if (t.zone == CAL_ZONE_NONE && zone == FORM__LOCAL) {
        return t;
    }
    if (t.zone == CAL_ZONE_NONE) {
        t.zone = cal_zone_offset_local(env->zone, cal_wall_seconds(t));
    }
    if (zone == FORM__NORMALIZED) {
        cal_datetime_from_utc(cal_utc_seconds(t), t.nano, 0, &t);
    } else if (zone == FORM__LOCAL && cal_datetime_from_utc(cal_utc_seconds(t), t.nano, env->zone, &t)) {
        t.zone = CAL_ZONE_NONE;
    }
    return t;
}

static bool parse_moment(struct form__state *st, const struct form__detail *d, str s, feel_value *ret)
{
    bool fine = false;
    if (d->subtype == FORM__DATE) {
        fine = cal_parse_date(s, &ret->date);
        ret->kind = FEEL_DATE;
    } else if (d->subtype == FORM__TIME) {
        fine = cal_parse_time(with_seconds(st->a, s, 0), &ret->time);
        ret->kind = FEEL_TIME;
    } else {
        const char *t = memchr(s.ptr, 'T', s.len);
        str whole = t == NULL ? s : with_seconds(st->a, s, (size_t)(t - s.ptr) + 1);
        fine = t != NULL && cal_parse_datetime(whole, &ret->date_time);
        ret->kind = FEEL_DATE_TIME;
    }
    return fine;
}

static bool read_moment(struct form__state *st, const struct form__detail *d, feel_value answer, feel_value *ret,
                        struct form__fault *fault)
{
    static const enum form__code codes[] = { FORM__DATE_WRONG, FORM__TIME_WRONG, FORM__DATETIME_WRONG };
    static const enum feel_kind kinds[] = { FEEL_DATE, FEEL_TIME, FEEL_DATE_TIME };
    const struct feel_environment *env = feel_eval_environment(st->ev);
    feel_value v = answer;
    if (answer.kind == FEEL_STRING) {
        str s = str_trim(feel_str(answer));
        if (s.len == 0) {
            *ret = feel_null();
            return true;
        }
        v = feel_null();
        if (!parse_moment(st, d, s, &v)) {
            return simply(fault, codes[d->subtype]);
        }
    }
    if (v.kind != kinds[d->subtype]) {
        return simply(fault, codes[d->subtype]);
    }
    if (v.kind == FEEL_TIME) {
        v.time = in_zone(env, v.time, d->zone);
    } else if (v.kind == FEEL_DATE_TIME) {
        v.date_time = datetime_in_zone(env, v.date_time, d->zone);
    }
    *ret = v;
    return true;
}

/* ---- Choices ---- */

feel_value form__options(struct form__state *st, struct form__row *row, uint32_t component)
{
    const struct form_component *c = &st->f->components[component];
    const struct form__detail *d = &st->f->details[component];
    feel_value entries = feel_null();
    if (c->options.kind == FEEL_LIST) {
        return c->options;
    }
    if (d->values_key.len > 0) {
        form_get(st->request->variables, d->values_key, &entries);
    } else {
        entries = form__attribute(st, row, component, FORM_VALUES);
    }
    if (entries.kind == FEEL_LIST && entries.count > LIMIT_FORM_OPTIONS) {
        st->limit = "FORM_OPTIONS";
        return feel_list(NULL, 0);
    }
    entries = form__option_list(st->a, entries, st->f->words);
    return entries.kind == FEEL_LIST ? entries : feel_list(NULL, 0);
}

/* The first labels, for the remedy. */
static str some_labels(struct arena *a, feel_value options)
{
    enum { SHOWN = 8 };
    str text = STR("");
    for (uint32_t i = 0; i < options.count && i < SHOWN; i++) {
        str label = feel_text_member(options.items[i], "label");
        text = i == 0 ? label : arena_printf(a, "%.*s, %.*s", STR_ARG(text), STR_ARG(label));
    }
    return options.count > SHOWN ? arena_printf(a, "%.*s …", STR_ARG(text)) : text;
}

static bool find_choice(struct form__state *st, feel_value options, feel_value answer, feel_value *ret,
                        struct form__fault *fault)
{
    for (uint32_t i = 0; i < options.count; i++) {
        feel_value v = feel_member(options.items[i], "value");
        bool typed = answer.kind == FEEL_STRING && v.kind != FEEL_STRING &&
                     str_eq(form__text_of(st->a, v), feel_str(answer));
        if (typed || form__same(st->ev, v, answer)) {
            *ret = v;
            return true;
        }
    }
    return options.count == 0 ? simply(fault, FORM__NO_CHOICES)
                              : form__fault(fault, FORM__CHOICE, some_labels(st->a, options), STR(""));
}

static bool read_choices(struct form__state *st, feel_value options, feel_value answer, feel_value *ret,
                         struct form__fault *fault)
{
    if (answer.kind == FEEL_STRING) { /* a page with one box ticked */
        feel_value *one = ARENA_ARRAY(st->a, feel_value, 1);
        *one = answer;
        answer = feel_list(one, answer.count > 0);
    }
    if (answer.kind != FEEL_LIST) {
        return simply(fault, FORM__LIST);
    }
    feel_value *chosen = ARENA_ARRAY(st->a, feel_value, answer.count);
    for (uint32_t i = 0; i < answer.count; i++) {
        if (!find_choice(st, options, answer.items[i], &chosen[i], fault)) {
            return false;
        }
        for (uint32_t k = 0; k < i; k++) {
            if (form__same(st->ev, chosen[k], chosen[i])) {
                return form__fault(fault, FORM__TWICE, form__text_of(st->a, chosen[i]), STR(""));
            }
        }
    }
    *ret = feel_list(chosen, answer.count);
    return true;
}

/* ---- Files ---- */

static bool is_hash(str s)
{
    bool fine = s.len == 64;
    for (size_t i = 0; fine && i < s.len; i++) {
        fine = (s.ptr[i] >= '0' && s.ptr[i] <= '9') || (s.ptr[i] >= 'a' && s.ptr[i] <= 'f');
    }
    return fine;
}

static bool is_file_name(str s)
{
    return s.len > 0 && s.len <= LIMIT_FORM_FILE_NAME && !has_control(s) && memchr(s.ptr, '/', s.len) == NULL &&
           memchr(s.ptr, '\\', s.len) == NULL && memchr(s.ptr, '\n', s.len) == NULL;
}

/* {hash, name}, and where the uploader knows them size and type, when, where and how exactly it was taken, or why no
 * place is known, when it came into the page and when it arrived. */
static bool is_file_member(str name, enum feel_kind kind)
{
    static const struct {
        const char *name;
        enum feel_kind kind;
    } more[] = { { "hash", FEEL_STRING },  { "name", FEEL_STRING },  { "size", FEEL_NUMBER },
                 { "type", FEEL_STRING },  { "taken", FEEL_STRING }, { "place", FEEL_STRING },
                 { "accuracy", FEEL_NUMBER }, { "chosen", FEEL_STRING }, { "nowhere", FEEL_STRING },
                 { "received", FEEL_STRING } };
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        if (str_eq(name, str_of(more[i].name))) {
            return kind == more[i].kind;
        }
    }
    return false;
}

static bool is_file(feel_value v)
{
    bool fine = v.kind == FEEL_CONTEXT && is_hash(feel_text_member(v, "hash")) &&
                is_file_name(feel_text_member(v, "name"));
    for (uint32_t i = 0; fine && i < v.count; i++) {
        fine = is_file_member(v.shape->names[i], (enum feel_kind)v.values[i].kind);
    }
    return fine;
}

bool form__read_files(struct form__state *st, feel_value answer, uint32_t most, feel_value *ret,
                      struct form__fault *fault)
{
    if (answer.kind == FEEL_STRING && answer.count == 0) {
        *ret = feel_list(NULL, 0);
        return true;
    }
    if (answer.kind != FEEL_LIST) {
        return simply(fault, FORM__LIST);
    }
    for (uint32_t i = 0; i < answer.count; i++) {
        if (!is_file(answer.items[i])) {
            return simply(fault, FORM__FILE);
        }
    }
    if (answer.count > most) {
        return form__fault(fault, FORM__FILES, arena_printf(st->a, "%u", most), STR(""));
    }
    *ret = answer;
    return true;
}

/* How many files a field takes: one, without `multiple`; properties.max; the limit. */
static uint32_t most_files(struct form__state *st, struct form__row *row, uint32_t component)
{
    dec n;
    int64_t most;
    if (!form__flag(st, row, component, FORM_MULTIPLE)) {
        return 1;
    }
    bool told = form__number(st, row, component, FORM_MOST, &n) && dec_to_int(n, &most) && most >= 0;
    return told && most < LIMIT_FORM_FILES ? (uint32_t)most : LIMIT_FORM_FILES;
}

/* ---- All ---- */

bool form__read(struct form__state *st, struct form__row *row, uint32_t component, feel_value answer, feel_value *ret,
                struct form__fault *fault)
{
    const struct form_component *c = &st->f->components[component];
    feel_value options = form__cell(st, row, component)->options;
    switch (c->type) {
    case FORM_TYPE_TEXTFIELD:
    case FORM_TYPE_TEXTAREA: return read_text(st, answer, ret, fault);
    case FORM_TYPE_NUMBER: return read_number(answer, ret, fault);
    case FORM_TYPE_CHECKBOX: return read_boolean(answer, ret, fault);
    case FORM_TYPE_DATETIME: return read_moment(st, &st->f->details[component], answer, ret, fault);
    case FORM_TYPE_FILEPICKER:
        return form__read_files(st, answer, most_files(st, row, component), ret, fault);
    case FORM_TYPE_RADIO:
    case FORM_TYPE_SELECT:
        if (answer.kind == FEEL_STRING && answer.count == 0) {
            *ret = feel_null();
            return true;
        }
        return find_choice(st, options, answer, ret, fault);
    case FORM_TYPE_CHECKLIST:
    case FORM_TYPE_TAGLIST: return read_choices(st, options, answer, ret, fault);
    default: *ret = answer; return true;
    }
}

/* ---- Defaults, at loading ---- */

static bool is_default(struct form__loader *l, struct form__state *st, uint32_t i)
{
    const struct form__dynamic *d = &l->f->details[i].attributes[FORM_DEFAULT];
    struct form_component *c = &l->f->components[i];
    struct form__fault fault = { .set = false };
    feel_value v;
    bool later = (c->traits & FORM_OPTIONS) != 0 && c->options.kind == FEEL_NULL; /* choices come with the request */
    if (d->kind != FORM__CONSTANT || d->constant.kind == FEEL_NULL || later || (c->traits & FORM_KEYED) == 0) {
        return true;
    }
    struct form__row *row = form__new_row(st, l->f->details[i].scope, NULL, 0, 0);
    form__cell(st, row, i)->options = c->options;
    if (form__read(st, row, i, d->constant, &v, &fault)) {
        return true;
    }
    form__fail(l, ERROR_INVALID, form__json_member(c->json, "defaultValue"),
               "the default of \"%.*s\" is not a value of the field", STR_ARG(c->key));
    error_hint(l->err, "%s", form__remedy(st->a, l->err->lang, fault).ptr);
    return false;
}

bool form__check_defaults(struct form__loader *l)
{
    struct form_request request = { .mode = FORM_FILL };
    struct form__state st = { .f = l->f, .ev = l->ev, .a = feel_eval_arena(l->ev), .request = &request };
    bool fine = true;
    for (uint32_t i = 0; fine && i < l->f->count; i++) {
        st.cells = 0;
        fine = is_default(l, &st, i);
    }
    return fine;
}
