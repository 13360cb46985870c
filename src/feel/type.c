/* type: what values conform to, and how they are made to (DMN 1.5, 10.3.2.9). */
#include "feel/program_int.h"

/* ---- Built-in types ---- */

struct named {
    const char *name;
    struct feel_type type;
};

/* The names of FEEL, then those that DMN 1.1 took from XML Schema and those that modellers still write. */
static const struct named named_types[] = {
    { "Any", { .kind = FEEL_TYPE_ANY } },
    { "Null", { .kind = FEEL_TYPE_NULL } },
    { "boolean", { .kind = FEEL_TYPE_BOOLEAN } },
    { "number", { .kind = FEEL_TYPE_NUMBER } },
    { "string", { .kind = FEEL_TYPE_STRING } },
    { "date", { .kind = FEEL_TYPE_DATE } },
    { "time", { .kind = FEEL_TYPE_TIME } },
    { "date and time", { .kind = FEEL_TYPE_DATE_TIME } },
    { "days and time duration", { .kind = FEEL_TYPE_SPAN } },
    { "years and months duration", { .kind = FEEL_TYPE_MONTHS } },
    { "list", { .kind = FEEL_TYPE_LIST } },
    { "context", { .kind = FEEL_TYPE_CONTEXT } },
    { "range", { .kind = FEEL_TYPE_RANGE } },
    { "function", { .kind = FEEL_TYPE_FUNCTION } },
    { "dateTime", { .kind = FEEL_TYPE_DATE_TIME } },
    { "dayTimeDuration", { .kind = FEEL_TYPE_SPAN } },
    { "yearMonthDuration", { .kind = FEEL_TYPE_MONTHS } },
    { "decimal", { .kind = FEEL_TYPE_NUMBER } },
    { "double", { .kind = FEEL_TYPE_NUMBER } },
    { "integer", { .kind = FEEL_TYPE_NUMBER } },
    { "int", { .kind = FEEL_TYPE_NUMBER } },
    { "long", { .kind = FEEL_TYPE_NUMBER } },
    { "anyURI", { .kind = FEEL_TYPE_STRING } },
    { "any", { .kind = FEEL_TYPE_ANY } },
};

const struct feel_type *feel_type_named(str name)
{
    for (size_t i = 0; i < sizeof named_types / sizeof named_types[0]; i++) {
        if (str_eq(name, str_of(named_types[i].name))) {
            return &named_types[i].type;
        }
    }
    return NULL;
}

/* The first rows of the table stand in the order of the kinds. */
static const struct feel_type *bare_type(enum feel_type_kind kind)
{
    assert(named_types[kind].type.kind == kind);
    return &named_types[kind].type;
}

/* Kinds of values without insides, and what a value of each has for a type. */
static enum feel_type_kind kind_of(feel_value v)
{
    static const uint8_t kinds[FEEL_KINDS] = {
        [FEEL_NULL] = FEEL_TYPE_NULL,           [FEEL_BOOLEAN] = FEEL_TYPE_BOOLEAN,
        [FEEL_NUMBER] = FEEL_TYPE_NUMBER,       [FEEL_STRING] = FEEL_TYPE_STRING,
        [FEEL_DATE] = FEEL_TYPE_DATE,           [FEEL_TIME] = FEEL_TYPE_TIME,
        [FEEL_DATE_TIME] = FEEL_TYPE_DATE_TIME, [FEEL_SPAN] = FEEL_TYPE_SPAN,
        [FEEL_MONTHS] = FEEL_TYPE_MONTHS,       [FEEL_LIST] = FEEL_TYPE_LIST,
        [FEEL_CONTEXT] = FEEL_TYPE_CONTEXT,     [FEEL_RANGE] = FEEL_TYPE_RANGE,
        [FEEL_FUNCTION] = FEEL_TYPE_FUNCTION,
    };
    assert(v.kind < FEEL_KINDS);
    return (enum feel_type_kind)kinds[v.kind];
}

static bool is_any(const struct feel_type *type)
{
    return type == NULL || type->kind == FEEL_TYPE_ANY;
}

/* ---- Types against types ---- */

enum { TYPE_DEPTH = 32 }; /* item definitions may name themselves: what is deeper conforms */

static bool type_conforms(const struct feel_type *a, const struct feel_type *b, uint32_t depth);

static bool fields_conform(const struct feel_type *a, const struct feel_type *b, uint32_t depth)
{
    for (uint32_t i = 0; i < b->count; i++) {
        uint32_t k = 0;
        while (k < a->count && !str_eq(a->fields[k].name, b->fields[i].name)) {
            k++;
        }
        if (k == a->count || !type_conforms(a->fields[k].type, b->fields[i].type, depth)) {
            return false;
        }
    }
    return true;
}

/* Parameters the other way round: who takes more may stand for who is given less. */
static bool function_types_conform(const struct feel_type *a, const struct feel_type *b, uint32_t depth)
{
    if (b->count == 0 && b->result == NULL) {
        return true;
    }
    for (uint32_t i = 0; a->count == b->count && i < a->count; i++) {
        if (!type_conforms(b->fields[i].type, a->fields[i].type, depth)) {
            return false;
        }
    }
    return a->count == b->count && type_conforms(a->result, b->result, depth);
}

/* Whether every value of type a conforms to b. What nothing is known of is given the benefit of the doubt. */
static bool type_conforms(const struct feel_type *a, const struct feel_type *b, uint32_t depth)
{
    if (a == b || is_any(a) || is_any(b) || depth == 0 || a->kind == FEEL_TYPE_NULL) {
        return true;
    }
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case FEEL_TYPE_LIST:
    case FEEL_TYPE_RANGE: return type_conforms(a->element, b->element, depth - 1);
    case FEEL_TYPE_CONTEXT: return a->count == 0 || fields_conform(a, b, depth - 1);
    case FEEL_TYPE_FUNCTION: return function_types_conform(a, b, depth - 1);
    default: return true;
    }
}

/* ---- Values against types ---- */

/* Of a function is known how many parameters it takes, and of those that FEEL defines their types; the result of
 * its body is not known before it is called. */
static bool function_conforms(const struct feel_function *f, const struct feel_type *type)
{
    if ((type->count == 0 && type->result == NULL) || f->kind == FUNCTION_BUILTIN) {
        return true;
    }
    if (f->parameter_count != type->count) {
        return false;
    }
    for (uint32_t i = 0; i < type->count; i++) {
        if (!type_conforms(type->fields[i].type, f->parameters[i].type, TYPE_DEPTH)) {
            return false;
        }
    }
    return true;
}

struct check {
    struct feel_eval *ev;
    bool allowed; /* allowed values count */
};

static bool conforms(const struct check *c, feel_value v, const struct feel_type *type);

static bool is_allowed(struct feel_eval *ev, feel_value v, const struct feel_type *type)
{
    return type->allowed == NULL || feel_is_true(feel_run_tests(ev, type->allowed, NULL, v));
}

static bool list_conforms(const struct check *c, feel_value v, const struct feel_type *type)
{
    if (is_any(type->element)) {
        return true;
    }
    if (!feel__steps(c->ev, v.count)) {
        return false;
    }
    for (uint32_t i = 0; i < v.count; i++) {
        if (!conforms(c, v.items[i], type->element)) {
            return false;
        }
    }
    return true;
}

/* Entries that the type does not name may be there; those that it names must be (null is good enough). */
static bool context_conforms(const struct check *c, feel_value v, const struct feel_type *type)
{
    if (!feel__steps(c->ev, type->count)) {
        return false;
    }
    for (uint32_t i = 0; i < type->count; i++) {
        feel_value entry;
        if (!feel_context_get(v, type->fields[i].name, &entry) || !conforms(c, entry, type->fields[i].type)) {
            return false;
        }
    }
    return true;
}

static bool inside_conforms(const struct check *c, feel_value v, const struct feel_type *type)
{
    switch (type->kind) {
    case FEEL_TYPE_LIST: return list_conforms(c, v, type);
    case FEEL_TYPE_CONTEXT: return context_conforms(c, v, type);
    case FEEL_TYPE_RANGE:
        return conforms(c, v.range->start, type->element) && conforms(c, v.range->end, type->element);
    case FEEL_TYPE_FUNCTION: return function_conforms(v.function, type);
    default: return true;
    }
}

/* Recurses as deep as v, which is bounded. */
static bool conforms(const struct check *c, feel_value v, const struct feel_type *type)
{
    if (type == NULL || v.kind == FEEL_NULL) {
        return true;
    }
    if (type->kind != FEEL_TYPE_ANY && (kind_of(v) != type->kind || !inside_conforms(c, v, type))) {
        return false;
    }
    return !c->allowed || is_allowed(c->ev, v, type);
}

bool feel_conforms(struct feel_eval *ev, feel_value v, const struct feel_type *type)
{
    return conforms(&(struct check){ ev, true }, v, type);
}

feel_value feel__instance_of(struct feel_eval *ev, feel_value v, const struct feel_type *type)
{
    if (type == NULL) {
        return feel_null();
    }
    if (v.kind == FEEL_NULL) {
        return feel_boolean(type->kind == FEEL_TYPE_NULL);
    }
    return feel_boolean(conforms(&(struct check){ ev, false }, v, type));
}

/* ---- Coercion ---- */

static const char *type_text(struct feel_eval *ev, const struct feel_type *type)
{
    struct buf b = BUF_INIT(256);
    feel_type_print(type, &b);
    const char *text = arena_str(&ev->arena, buf_str(&b)).ptr;
    buf_release(&b);
    return text;
}

static bool coerce(struct feel_eval *ev, feel_value *v, const struct feel_type *type, uint32_t depth);

/* Makes each element conform; the elements are copied when the first one
 * changes. */
static bool coerce_elements(struct feel_eval *ev, feel_value *list, const struct feel_type *element,
                            uint32_t depth)
{
    feel_value *changed = NULL;
    for (uint32_t i = 0; i < list->count; i++) {
        feel_value item = list->items[i];
        if (!coerce(ev, &item, element, depth)) {
            return false;
        }
        if (changed == NULL && memcmp(&item, &list->items[i], sizeof item) != 0) {
            changed = feel__values(ev, list->count);
            if (changed == NULL) {
                return false;
            }
            memcpy(changed, list->items, list->count * sizeof item);
        }
        if (changed != NULL) {
            changed[i] = item;
        }
    }
    if (changed != NULL) {
        *list = feel__list_of(ev, changed, list->count);
    }
    return list->kind == FEEL_LIST;
}

static bool coerce_list(struct feel_eval *ev, feel_value *v, const struct feel_type *type, uint32_t depth)
{
    if (v->kind != FEEL_LIST) {
        feel_value *only = feel__values(ev, 1);
        if (only == NULL) {
            return false;
        }
        *only = *v;
        *v = feel__list_of(ev, only, 1);
        if (v->kind != FEEL_LIST) {
            return false;
        }
    }
    return is_any(type->element) || (feel__steps(ev, v->count) && coerce_elements(ev, v, type->element, depth));
}

static bool coerce_context(struct feel_eval *ev, feel_value *v, const struct feel_type *type, uint32_t depth)
{
    feel_value *changed = NULL;
    if (v->kind != FEEL_CONTEXT || !feel__steps(ev, type->count)) {
        return false;
    }
    for (uint32_t i = 0; i < type->count; i++) {
        int64_t at = feel_shape_find(v->shape, type->fields[i].name);
        if (at < 0) {
            return false;
        }
        feel_value entry = v->values[at];
        if (!coerce(ev, &entry, type->fields[i].type, depth)) {
            return false;
        }
        if (changed == NULL && memcmp(&entry, &v->values[at], sizeof entry) != 0) {
            changed = feel__values(ev, v->count);
            if (changed == NULL) {
                return false;
            }
            memcpy(changed, v->values, v->count * sizeof entry);
        }
        if (changed != NULL) {
            changed[at] = entry;
        }
    }
    if (changed != NULL) {
        *v = feel__context_of(ev, v->shape, changed);
    }
    return v->kind == FEEL_CONTEXT;
}

static bool coerce_inside(struct feel_eval *ev, feel_value *v, const struct feel_type *type, uint32_t depth)
{
    switch (type->kind) {
    case FEEL_TYPE_ANY: return true;
    case FEEL_TYPE_LIST: return coerce_list(ev, v, type, depth);
    case FEEL_TYPE_CONTEXT: return coerce_context(ev, v, type, depth);
    case FEEL_TYPE_DATE_TIME:
        if (v->kind == FEEL_DATE) {
            v->date_time = cal_datetime_of(v->date, (cal_time){ .zone = 0 });
            v->kind = FEEL_DATE_TIME;
        }
        return v->kind == FEEL_DATE_TIME;
    default: return kind_of(*v) == type->kind && inside_conforms(&(struct check){ ev, true }, *v, type);
    }
}

/* Recurses into the value, and for each list that is taken away or put around it. The latter a type that names
 * itself (an item definition may) would do for ever, hence the depth. */
static bool coerce(struct feel_eval *ev, feel_value *v, const struct feel_type *type, uint32_t depth)
{
    if (type == NULL || v->kind == FEEL_NULL) {
        return true;
    }
    if (depth == 0) {
        return false;
    }
    if (v->kind == FEEL_LIST && v->count == 1 && type->kind != FEEL_TYPE_LIST && type->kind != FEEL_TYPE_ANY) {
        *v = v->items[0];
        return coerce(ev, v, type, depth - 1);
    }
    if (!coerce_inside(ev, v, type, depth - 1)) {
        return false;
    }
    if (!is_allowed(ev, *v, type)) {
        feel__fail(ev, FEEL_DIAG_NOT_ALLOWED, feel__brief(ev, *v), type_text(ev, type), NULL);
        return false;
    }
    return true;
}

feel_value feel_coerce(struct feel_eval *ev, feel_value v, const struct feel_type *type)
{
    uint32_t before = ev->diagnostic_count + ev->diagnostic_dropped;
    feel_value to = v;
    if (coerce(ev, &to, type, LIMIT_FEEL_VALUE_DEPTH)) {
        return to;
    }
    if (before == ev->diagnostic_count + ev->diagnostic_dropped) {
        feel__fail(ev, FEEL_DIAG_NOT_CONFORMING, feel__brief(ev, v), type_text(ev, type), NULL);
    }
    return feel_null();
}

/* ---- Values out of text ---- */

feel_value feel_from_text(str text, const struct feel_type *type)
{
    feel_value v = feel_null();
    bool fine = false;
    switch (type == NULL ? FEEL_TYPE_ANY : type->kind) {
    case FEEL_TYPE_DATE:
        fine = cal_parse_date(text, &v.date);
        v.kind = FEEL_DATE;
        break;
    case FEEL_TYPE_TIME:
        fine = cal_parse_time(text, &v.time);
        v.kind = FEEL_TIME;
        break;
    case FEEL_TYPE_DATE_TIME:
        fine = cal_parse_datetime(text, &v.date_time);
        v.kind = FEEL_DATE_TIME;
        break;
    case FEEL_TYPE_SPAN:
        fine = cal_parse_span(text, &v.span);
        v.kind = FEEL_SPAN;
        break;
    case FEEL_TYPE_MONTHS:
        fine = cal_parse_months(text, &v.months);
        v.kind = FEEL_MONTHS;
        break;
    default: break;
    }
    return fine ? v : feel_null();
}

/* ---- The type that a value shows ---- */

/* It serves to find names that the text of an expression may use, so it may be coarse: beyond these bounds all is
 * Any. */
enum { SHOWN_DEPTH = 16, SHOWN_VALUES = 10000 };

struct viewer {
    struct arena *arena;
    uint32_t left; /* values that may still be looked at */
};

static const struct feel_type *merge(struct arena *arena, const struct feel_type *a, const struct feel_type *b);

/* The fields of a, and those of b that a has not. */
static const struct feel_type *merge_contexts(struct arena *arena, const struct feel_type *a, const struct feel_type *b)
{
    struct feel_field *fields = ARENA_ARRAY(arena, struct feel_field, (size_t)a->count + b->count);
    uint32_t count = a->count;
    bool changed = false;
    memcpy(fields, a->fields, a->count * sizeof *fields);
    for (uint32_t i = 0; i < b->count; i++) {
        uint32_t k = 0;
        while (k < a->count && !str_eq(fields[k].name, b->fields[i].name)) {
            k++;
        }
        if (k < a->count) {
            const struct feel_type *both = merge(arena, fields[k].type, b->fields[i].type);
            changed |= both != fields[k].type;
            fields[k].type = both;
        } else {
            fields[count++] = b->fields[i];
            changed = true;
        }
    }
    if (!changed) {
        return a;
    }
    struct feel_type *type = ARENA_NEW(arena, struct feel_type);
    type->kind = FEEL_TYPE_CONTEXT;
    type->count = count;
    type->fields = fields;
    return type;
}

static const struct feel_type *list_type(struct arena *a, const struct feel_type *element)
{
    struct feel_type *type = ARENA_NEW(a, struct feel_type);
    type->kind = FEEL_TYPE_LIST;
    type->element = element;
    return type;
}

/* Recurses over types of values, SHOWN_DEPTH deep, and of literals, as deep as their text. */
static const struct feel_type *merge(struct arena *arena, const struct feel_type *a, const struct feel_type *b)
{
    if (a == b || b->kind == FEEL_TYPE_NULL) {
        return a;
    }
    if (a->kind == FEEL_TYPE_NULL) {
        return b;
    }
    if (a->kind != b->kind) {
        return bare_type(FEEL_TYPE_ANY);
    }
    if (a->kind == FEEL_TYPE_CONTEXT) {
        return merge_contexts(arena, a, b);
    }
    if (a->kind == FEEL_TYPE_LIST && a->element != NULL && b->element != NULL) {
        const struct feel_type *element = merge(arena, a->element, b->element);
        return element == a->element ? a : list_type(arena, element);
    }
    return a;
}

const struct feel_type *feel__merge_types(struct arena *a, const struct feel_type *x, const struct feel_type *y)
{
    return merge(a, x, y);
}

static const struct feel_type *view(struct viewer *w, feel_value v, uint32_t depth);

static const struct feel_type *view_context(struct viewer *w, feel_value v, uint32_t depth)
{
    struct feel_type *type = ARENA_NEW(w->arena, struct feel_type);
    struct feel_field *fields = ARENA_ARRAY(w->arena, struct feel_field, v.count);
    for (uint32_t i = 0; i < v.count; i++) {
        fields[i] = (struct feel_field){ arena_str(w->arena, v.shape->names[i]), view(w, v.values[i], depth - 1) };
    }
    type->kind = FEEL_TYPE_CONTEXT;
    type->count = v.count;
    type->fields = fields;
    return type;
}

static const struct feel_type *view_list(struct viewer *w, feel_value v, uint32_t depth)
{
    const struct feel_type *element = bare_type(FEEL_TYPE_NULL);
    const struct feel_shape *last = NULL;
    for (uint32_t i = 0; i < v.count && w->left > 0; i++) {
        feel_value item = v.items[i];
        bool flat_again = item.kind == FEEL_CONTEXT && item.shape == last && item.depth == 1;
        if (!flat_again) { /* a list of plain records of one shape is seen by its first */
            element = merge(w->arena, element, view(w, item, depth - 1));
        }
        last = item.kind == FEEL_CONTEXT ? item.shape : NULL;
    }
    return list_type(w->arena, element->kind == FEEL_TYPE_NULL ? bare_type(FEEL_TYPE_ANY) : element);
}

static const struct feel_type *view(struct viewer *w, feel_value v, uint32_t depth)
{
    if (depth == 0 || w->left == 0) {
        return bare_type(FEEL_TYPE_ANY);
    }
    w->left--;
    switch (v.kind) {
    case FEEL_CONTEXT: return view_context(w, v, depth);
    case FEEL_LIST: return view_list(w, v, depth);
    default: return bare_type(kind_of(v));
    }
}

const struct feel_type *feel_type_of(struct arena *a, feel_value v)
{
    return view(&(struct viewer){ a, SHOWN_VALUES }, v, SHOWN_DEPTH);
}
