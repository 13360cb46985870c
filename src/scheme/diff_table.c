/* diff_table: parameters row by row, fields of ledgers and of forms. */
#include "scheme/diff_int.h"

#include <stdio.h>

/* ---- Rows of parameters ---- */

/* Column by name: packages may have their columns in another order. */
static int64_t column_of(const struct scheme_parameter *p, str name)
{
    for (uint32_t i = 0; i < p->column_count; i++) {
        if (str_eq(p->columns[i].name, name)) {
            return i;
        }
    }
    return -1;
}

static feel_value value_of(const struct scheme_parameter *p, const struct scheme_parameter_row *row, str column)
{
    int64_t i = column_of(p, column);
    return i < 0 ? feel_null() : row->values[i];
}

static bool same_dates(const struct scheme_parameter_row *a, const struct scheme_parameter_row *b)
{
    return a->from_ever == b->from_ever && a->to_ever == b->to_ever &&
           (a->from_ever || cal_days_from_date(a->from) == cal_days_from_date(b->from)) &&
           (a->to_ever || cal_days_from_date(a->to) == cal_days_from_date(b->to));
}

static bool same_columns(const struct scheme_parameter *a, const struct scheme_parameter_row *x,
                         const struct scheme_parameter *b, const struct scheme_parameter_row *y, bool keys_only)
{
    for (uint32_t i = 0; i < (keys_only ? b->key_count : b->column_count); i++) {
        if (!feel_record_same(value_of(a, x, b->columns[i].name), y->values[i])) {
            return false;
        }
    }
    return true;
}

static bool same_row(const struct scheme_parameter *a, const struct scheme_parameter_row *x,
                     const struct scheme_parameter *b, const struct scheme_parameter_row *y)
{
    return same_dates(x, y) && x->state == y->state && str_eq(x->source, y->source) && same_columns(a, x, b, y, false);
}

/* AAA·服务业·小微 */
static str key_text(struct scheme__diff *d, const struct scheme_parameter *p, const struct scheme_parameter_row *row)
{
    struct buf b = BUF_INIT(300);
    for (uint32_t i = 0; i < p->key_count; i++) {
        buf_addz(&b, i > 0 ? "·" : "");
        buf_add(&b, row->values[i].kind == FEEL_NULL ? str_of(lang_text(d->lang, "any"))
                                                     : scheme__shown(d, row->values[i]));
    }
    str text = arena_str(&d->scratch, buf_str(&b));
    buf_release(&b);
    return text;
}

/* The values: "150", or "n 7, unit 日" where there are several. */
static str values_text(struct scheme__diff *d, const struct scheme_parameter *p, const struct scheme_parameter_row *row)
{
    struct buf b = BUF_INIT(600);
    bool several = p->column_count - p->key_count > 1;
    for (uint32_t i = p->key_count; i < p->column_count; i++) {
        if (several && row->values[i].kind == FEEL_NULL) {
            continue;
        }
        buf_addz(&b, b.len > 0 ? lang_text(d->lang, ", ") : "");
        str title = scheme_text(p->columns[i].title, d->lang);
        if (several) {
            buf_add(&b, title.len > 0 ? title : p->columns[i].name);
            buf_addc(&b, ' ');
        }
        buf_add(&b, scheme__shown(d, row->values[i]));
    }
    str text = arena_str(&d->scratch, buf_str(&b));
    buf_release(&b);
    return text;
}

static str date_text(struct scheme__diff *d, cal_date day, bool ever)
{
    return scheme__shown(d, ever ? feel_null() : (feel_value){ .kind = FEEL_DATE, .date = day });
}

/* What of a row with the same key is another: its values, its state, its days. */
static void tell_change(struct scheme__diff *d, const struct scheme_parameter *a, const struct scheme_parameter_row *x,
                        const struct scheme_parameter *b, const struct scheme_parameter_row *y)
{
    str key = key_text(d, b, y), source = y->source.len > 0 ? y->source : str_of(lang_text(d->lang, "(nothing)"));
    bool several = b->column_count - b->key_count > 1;
    for (uint32_t i = b->key_count; i < b->column_count; i++) {
        feel_value before = value_of(a, x, b->columns[i].name);
        str title = scheme_text(b->columns[i].title, d->lang);
        title = title.len > 0 ? title : b->columns[i].name;
        if (!feel_record_same(before, y->values[i])) {
            scheme__change(d, b->file, "%.*s: %.*s%s%.*s %.*s → %.*s, source %.*s", STR_ARG(b->name), STR_ARG(key),
                           several ? " " : "", STR_ARG(several ? title : STR("")), STR_ARG(scheme__shown(d, before)),
                           STR_ARG(scheme__shown(d, y->values[i])), STR_ARG(source));
        }
    }
    if (x->state != y->state) {
        scheme__change(d, b->file, "%.*s: %.*s is no longer %s but %s", STR_ARG(b->name), STR_ARG(key),
                       lang_text(d->lang, scheme_state_name(x->state)),
                       lang_text(d->lang, scheme_state_name(y->state)));
    }
    if (!same_dates(x, y)) {
        scheme__change(d, b->file, "%.*s: %.*s is in force from %.*s to %.*s, no longer from %.*s to %.*s",
                       STR_ARG(b->name), STR_ARG(key), STR_ARG(date_text(d, y->from, y->from_ever)),
                       STR_ARG(date_text(d, y->to, y->to_ever)), STR_ARG(date_text(d, x->from, x->from_ever)),
                       STR_ARG(date_text(d, x->to, x->to_ever)));
    } else if (x->state == y->state && same_columns(a, x, b, y, false)) {
        scheme__change(d, b->file, "%.*s: %.*s has another source: %.*s", STR_ARG(b->name), STR_ARG(key),
                       STR_ARG(source));
    }
}

static void tell_new(struct scheme__diff *d, const struct scheme_parameter *p, const struct scheme_parameter_row *row)
{
    str source = row->source.len > 0 ? row->source : str_of(lang_text(d->lang, "(nothing)"));
    scheme__change(d, p->file, "%.*s: new row %.*s: %.*s, from %.*s, source %.*s", STR_ARG(p->name),
                   STR_ARG(key_text(d, p, row)), STR_ARG(values_text(d, p, row)),
                   STR_ARG(date_text(d, row->from, row->from_ever)), STR_ARG(source));
}

static void tell_gone(struct scheme__diff *d, const struct scheme_parameter *p, const struct scheme_parameter_row *row)
{
    scheme__change(d, p->file, "%.*s: the row %.*s: %.*s is gone", STR_ARG(p->name), STR_ARG(key_text(d, p, row)),
                   STR_ARG(values_text(d, p, row)));
}

/* First what is wholly equal is paired, then what has the same key, in the order of the files. */
static void diff_rows(struct scheme__diff *d, const struct scheme_parameter *a, const struct scheme_parameter *b)
{
    bool *old = ARENA_ARRAY(&d->scratch, bool, a->row_count), *found = ARENA_ARRAY(&d->scratch, bool, b->row_count);
    for (uint32_t i = 0; i < b->row_count; i++) {
        for (uint32_t k = 0; k < a->row_count && !found[i]; k++) {
            if (!old[k] && same_row(a, &a->rows[k], b, &b->rows[i])) {
                old[k] = found[i] = true;
            }
        }
    }
    for (uint32_t i = 0; i < b->row_count; i++) {
        for (uint32_t k = 0; k < a->row_count && !found[i]; k++) {
            if (!old[k] && same_columns(a, &a->rows[k], b, &b->rows[i], true)) {
                old[k] = found[i] = true;
                tell_change(d, a, &a->rows[k], b, &b->rows[i]);
            }
        }
        if (!found[i]) {
            tell_new(d, b, &b->rows[i]);
        }
    }
    for (uint32_t k = 0; k < a->row_count; k++) {
        if (!old[k]) {
            tell_gone(d, a, &a->rows[k]);
        }
    }
}

void scheme__diff_parameters(struct scheme__diff *d)
{
    static const struct scheme_parameter nothing = { .name = { "", 0 } };
    d->about = "parameters";
    for (uint32_t i = 0; i < d->after->parameter_count; i++) {
        const struct scheme_parameter *b = &d->after->parameters[i], *a = scheme_parameter(d->before, b->name);
        if (a == NULL) {
            scheme__change(d, b->file, "the parameter \"%.*s\" is new", STR_ARG(b->name));
        }
        for (uint32_t k = 0; a != NULL && k < b->column_count; k++) {
            if (column_of(a, b->columns[k].name) < 0) {
                scheme__change(d, b->file, "%.*s: the column \"%.*s\" is new", STR_ARG(b->name),
                               STR_ARG(b->columns[k].name));
            }
        }
        for (uint32_t k = 0; a != NULL && k < a->column_count; k++) {
            if (column_of(b, a->columns[k].name) < 0) {
                scheme__change(d, b->file, "%.*s: the column \"%.*s\" is gone", STR_ARG(b->name),
                               STR_ARG(a->columns[k].name));
            }
        }
        diff_rows(d, a == NULL ? &nothing : a, b);
    }
    for (uint32_t i = 0; i < d->before->parameter_count; i++) {
        const struct scheme_parameter *a = &d->before->parameters[i];
        if (scheme_parameter(d->after, a->name) == NULL) {
            scheme__change(d, a->file, "the parameter \"%.*s\" is gone", STR_ARG(a->name));
        }
    }
}

/* ---- Fields of ledgers ---- */

static const char *class_name(enum scheme_class class)
{
    static const char *const names[] = { "sealed", "personal", "internal", "public" };
    return names[class];
}

static void diff_field(struct scheme__diff *d, const struct scheme_ledger *l, const struct scheme_field *a,
                       const struct scheme_field *b)
{
    if (a->type != b->type) {
        scheme__change(d, l->file, "ledger \"%.*s\": the field \"%.*s\" is no longer of type %s but %s",
                       STR_ARG(l->name), STR_ARG(b->name), scheme_field_type_name(a->type),
                       scheme_field_type_name(b->type));
    }
    if (a->class != b->class) {
        scheme__change(d, l->file, "ledger \"%.*s\": the field \"%.*s\" is no longer %s but %s", STR_ARG(l->name),
                       STR_ARG(b->name), lang_text(d->lang, class_name(a->class)),
                       lang_text(d->lang, class_name(b->class)));
    }
    if (a->required != b->required) {
        scheme__change(d, l->file, b->required ? "ledger \"%.*s\": the field \"%.*s\" is required now"
                                               : "ledger \"%.*s\": the field \"%.*s\" is required no more",
                       STR_ARG(l->name), STR_ARG(b->name));
    }
    if (a->write != b->write) {
        scheme__change(d, l->file, "ledger \"%.*s\": others may write the field \"%.*s\"", STR_ARG(l->name),
                       STR_ARG(b->name));
    }
    for (uint32_t i = 0; i < b->option_count; i++) {
        bool there = false;
        for (uint32_t k = 0; k < a->option_count; k++) {
            there |= str_eq(a->options[k], b->options[i]);
        }
        if (!there) {
            scheme__change(d, l->file, "ledger \"%.*s\": the field \"%.*s\" may be \"%.*s\" besides", STR_ARG(l->name),
                           STR_ARG(b->name), STR_ARG(b->options[i]));
        }
    }
}

static void diff_ledger(struct scheme__diff *d, const struct scheme_ledger *a, const struct scheme_ledger *b)
{
    for (uint32_t i = 0; i < b->field_count; i++) {
        int32_t at = scheme_field(a, b->fields[i].name);
        if (at < 0) {
            scheme__change(d, b->file, "ledger \"%.*s\": the field \"%.*s\" is new", STR_ARG(b->name),
                           STR_ARG(b->fields[i].name));
        } else {
            diff_field(d, b, &a->fields[at], &b->fields[i]);
        }
    }
    for (uint32_t i = 0; i < a->field_count; i++) {
        if (scheme_field(b, a->fields[i].name) < 0) {
            scheme__change(d, b->file, "ledger \"%.*s\": the field \"%.*s\" is gone", STR_ARG(b->name),
                           STR_ARG(a->fields[i].name));
        }
    }
}

void scheme__diff_ledgers(struct scheme__diff *d)
{
    d->about = "ledgers";
    for (uint32_t i = 0; i < d->after->ledger_count; i++) {
        const struct scheme_ledger *b = &d->after->ledgers[i], *a = scheme_ledger(d->before, b->name);
        if (a == NULL) {
            scheme__change(d, b->file, "the ledger \"%.*s\" is new", STR_ARG(b->name));
        } else {
            diff_ledger(d, a, b);
        }
    }
    for (uint32_t i = 0; i < d->before->ledger_count; i++) {
        const struct scheme_ledger *a = &d->before->ledgers[i];
        if (scheme_ledger(d->after, a->name) == NULL) {
            scheme__change(d, a->file, "the ledger \"%.*s\" is gone", STR_ARG(a->name));
        }
    }
}

/* ---- Fields of forms ---- */

static const struct form_component *by_id(const struct form *f, str id)
{
    for (uint32_t i = 0; id.len > 0 && form_field(f, i) != NULL; i++) {
        if (str_eq(form_field(f, i)->id, id)) {
            return form_field(f, i);
        }
    }
    return NULL;
}

/* The same field in the other form: of its id, or of its key. */
static const struct form_component *other_field(const struct form *f, const struct form_component *c)
{
    const struct form_component *same = by_id(f, c->id);
    return same != NULL ? same : form_find(f, c->pattern);
}

static str bound_of(const struct form_component *c, const char *name)
{
    const struct json *validate = json_member(c->json, STR("validate"));
    const struct json *bound = validate != NULL && validate->kind == JSON_OBJECT ? json_member(validate, str_of(name))
                                                                                 : NULL;
    return bound != NULL && (bound->kind == JSON_NUMBER || bound->kind == JSON_STRING) ? bound->text : STR("");
}

static void diff_bounds(struct scheme__diff *d, str file, const struct form_component *a,
                        const struct form_component *b, str name)
{
    static const char *const bounds[] = { "min", "max", "minLength", "maxLength", "pattern" };
    static const char *const words[] = { "least", "greatest", "shortest", "longest", "pattern" };
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        str x = bound_of(a, bounds[i]), y = bound_of(b, bounds[i]);
        if (!str_eq(x, y)) {
            str none = str_of(lang_text(d->lang, "(nothing)"));
            scheme__change(d, file, "%.*s: %s is no longer %.*s but %.*s", STR_ARG(name), lang_text(d->lang, words[i]),
                           STR_ARG(x.len > 0 ? x : none), STR_ARG(y.len > 0 ? y : none));
        }
    }
}

static void diff_form_field(struct scheme__diff *d, const struct form *f, str file, const struct form_component *a,
                            const struct form_component *b)
{
    str name = arena_printf(&d->scratch, lang_text(d->lang, "form \"%.*s\", field \"%.*s\""), STR_ARG(form_id(f)),
                            STR_ARG(b->label.len > 0 ? b->label : b->pattern));
    if (!str_eq(a->pattern, b->pattern)) {
        scheme__change(d, file, "%.*s: its key is no longer %.*s but %.*s", STR_ARG(name), STR_ARG(a->pattern),
                       STR_ARG(b->pattern));
    }
    if (!str_eq(a->label, b->label)) {
        scheme__change(d, file, "%.*s: was called \"%.*s\"", STR_ARG(name), STR_ARG(a->label));
    }
    if (a->required != b->required) {
        scheme__change(d, file, b->required ? "%.*s: is required now" : "%.*s: is required no more", STR_ARG(name));
    }
    if (a->type != b->type) {
        scheme__change(d, file, "%.*s: is no longer of type %s but %s", STR_ARG(name), form_type_name(a->type),
                       form_type_name(b->type));
    }
    if (!feel_record_same(a->options, b->options)) {
        scheme__change(d, file, "%.*s: has other options", STR_ARG(name));
    }
    diff_bounds(d, file, a, b, name);
}

static str file_of(const struct scheme *s, const struct form *f)
{
    uint32_t place = 0;
    for (uint32_t i = 0; i < s->file_count; i++) {
        if (scheme__ends_with(s->files[i].name, STR(".form")) && s->forms[place++] == f) {
            return s->files[i].name;
        }
    }
    return STR("");
}

static void diff_form(struct scheme__diff *d, const struct form *a, const struct form *b)
{
    str file = file_of(d->after, b);
    for (uint32_t i = 0; form_field(b, i) != NULL; i++) {
        const struct form_component *c = form_field(b, i), *old = other_field(a, c);
        if (old == NULL) {
            scheme__change(d, file, c->required ? "form \"%.*s\": the required field \"%.*s\" is new"
                                                : "form \"%.*s\": the field \"%.*s\" is new",
                           STR_ARG(form_id(b)), STR_ARG(c->label.len > 0 ? c->label : c->pattern));
        } else {
            diff_form_field(d, b, file, old, c);
        }
    }
    for (uint32_t i = 0; form_field(a, i) != NULL; i++) {
        const struct form_component *c = form_field(a, i);
        if (other_field(b, c) == NULL) {
            scheme__change(d, file, "form \"%.*s\": the field \"%.*s\" is gone", STR_ARG(form_id(b)),
                           STR_ARG(c->label.len > 0 ? c->label : c->pattern));
        }
    }
}

void scheme__diff_forms(struct scheme__diff *d)
{
    d->about = "forms";
    for (uint32_t i = 0; i < d->after->form_count; i++) {
        const struct form *b = d->after->forms[i], *a = scheme_form(d->before, form_id(b));
        if (a == NULL) {
            scheme__change(d, file_of(d->after, b), "the form \"%.*s\" is new", STR_ARG(form_id(b)));
        } else {
            diff_form(d, a, b);
        }
    }
    for (uint32_t i = 0; i < d->before->form_count; i++) {
        const struct form *a = d->before->forms[i];
        if (scheme_form(d->after, form_id(a)) == NULL) {
            scheme__change(d, file_of(d->before, a), "the form \"%.*s\" is gone", STR_ARG(form_id(a)));
        }
    }
}
