/* load: a file to components, scopes and nodes, and what each component says. The first pass makes the components and
 * names, the second compiles what may read the names. */
#include "form/form_int.h"

#include "feel/tree.h"
#include "text/utf8.h"

#include <stdarg.h>
#include <stdio.h>

enum { SCHEMA_VERSION = 19 };
enum how { AS_VALUE, AS_TEXT, AS_PLAIN };

#define TYPE(name, word, traits) { word, traits },
static const struct {
    const char *word;
    uint32_t traits;
} types[FORM_TYPES] = {
#include "form/type.def"
};
#undef TYPE

#define ATTRIBUTE(name, member, how) { member, how },
static const struct {
    const char *member;
    enum how how;
} attributes[FORM_ATTRIBUTES] = {
#include "form/attribute.def"
};
#undef ATTRIBUTE

static const char *const classes[] = { "public", "internal", "personal", "sealed" };

const char *form_type_name(enum form_type type)
{
    return types[type].word;
}

const char *form_class_name(enum form_class c)
{
    return classes[c];
}

/* ---- Errors ---- */

static uint32_t line_of(str source, uint32_t at, uint32_t *ret_column)
{
    uint32_t line = 1;
    const char *start = source.ptr;
    for (const char *p = source.ptr; p < source.ptr + at; p++) {
        if (*p == '\n') {
            line++;
            start = p + 1;
        }
    }
    *ret_column = (uint32_t)utf8_count((str){ start, (size_t)(source.ptr + at - start) }) + 1;
    return line;
}

bool form__fail(struct form__loader *l, enum error_code code, const struct json *at, const char *format, ...)
{
    char text[sizeof l->err->message];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, lang_text(l->err != NULL ? l->err->lang : LANG_EN, format), args);
    va_end(args);
    uint32_t column = 0, line = at == NULL ? 0 : line_of(l->f->source, at->at, &column);
    error_set(l->err, code, "%s", text);
    error_at(l->err, l->f->file, line, column);
    return false;
}

void *form__grow(struct arena *a, void *items, uint32_t count, uint32_t *size, size_t item)
{
    uint32_t wanted = *size == 0 ? 8 : *size * 2;
    *size = wanted;
    return arena_grow(a, items, count * item, wanted * item);
}

/* ---- JSON ---- */

const struct json *form__json_member(const struct json *object, const char *path)
{
    for (;;) {
        const char *dot = strchr(path, '.');
        str name = dot == NULL ? str_of(path) : (str){ path, (size_t)(dot - path) };
        object = object != NULL && object->kind == JSON_OBJECT ? json_member(object, name) : NULL;
        if (dot == NULL || object == NULL) {
            return object != NULL && object->kind == JSON_NULL ? NULL : object;
        }
        path = dot + 1;
    }
}

static str text_member(const struct json *j, const char *path)
{
    const struct json *m = form__json_member(j, path);
    return m != NULL && m->kind == JSON_STRING ? m->text : STR("");
}

static bool true_member(const struct json *j, const char *path)
{
    const struct json *m = form__json_member(j, path);
    return m != NULL && m->kind == JSON_TRUE;
}

feel_value form__json_value(struct arena *a, const struct json *j)
{
    dec n = DEC_SMALL(0);
    switch (j->kind) {
    case JSON_FALSE: return feel_boolean(false);
    case JSON_TRUE: return feel_boolean(true);
    case JSON_NUMBER: return dec_parse(j->text, &n) ? feel_number(n) : feel_null();
    case JSON_STRING: return feel_string(j->text);
    case JSON_ARRAY:
    case JSON_OBJECT: {
        feel_value *items = ARENA_ARRAY(a, feel_value, j->count);
        for (uint32_t i = 0; i < j->count; i++) {
            items[i] = form__json_value(a, &j->items[i]);
        }
        return j->kind == JSON_ARRAY ? feel_list(items, j->count)
                                     : feel_context(feel_shape_new(a, j->names, j->count), items);
    }
    default: return feel_null();
    }
}

/* ---- The first pass: components and names ---- */

static uint32_t new_scope(struct form__loader *l, uint32_t parent, uint32_t component)
{
    struct form *f = l->f;
    if (f->scope_count == l->scope_size) {
        f->scopes = form__grow(l->a, f->scopes, f->scope_count, &l->scope_size, sizeof *f->scopes);
    }
    f->scopes[f->scope_count] = (struct form__scope){ .parent = parent, .component = component,
                                                      .first = FORM__NONE, .last = FORM__NONE };
    return f->scope_count++;
}

/* Makes room for one more; components and details grow together. */
static bool new_component(struct form__loader *l, const struct json *j, uint32_t scope, uint32_t *ret)
{
    struct form *f = l->f;
    if (f->count == LIMIT_FORM_COMPONENTS) {
        form__fail(l, ERROR_LIMIT, j, "the form has too many components");
        error_detail(l->err, "limit %s = %d", "FORM_COMPONENTS", LIMIT_FORM_COMPONENTS);
        return false;
    }
    if (f->count == l->component_size) {
        uint32_t size = l->component_size;
        f->components = form__grow(l->a, f->components, f->count, &size, sizeof *f->components);
        f->details = form__grow(l->a, f->details, f->count, &l->component_size, sizeof *f->details);
    }
    struct form__scope *s = &f->scopes[scope];
    if (s->component_count == s->component_size) {
        s->components = form__grow(l->a, s->components, s->component_count, &s->component_size,
                                   sizeof *s->components);
    }
    f->components[f->count] = (struct form_component){ .json = j };
    f->details[f->count] = (struct form__detail){ .scope = scope, .local = s->component_count, .node = FORM__NONE,
                                                  .list = FORM__NONE, .decimals = -1, .repetitions = 1 };
    s->components[s->component_count++] = f->count;
    *ret = f->count++;
    return true;
}

static bool read_type(struct form__loader *l, const struct json *j, struct form_component *c)
{
    str word = text_member(j, "type");
    for (uint32_t t = 0; t < FORM_TYPES; t++) {
        if (str_eq(word, str_of(types[t].word))) {
            c->type = (enum form_type)t;
            c->traits = types[t].traits;
            return true;
        }
    }
    form__fail(l, ERROR_INVALID, j, "there is no component of type \"%.*s\"", STR_ARG(word));
    error_hint(l->err, "use one of the 22 types of form-js, such as textfield, number, select, group, dynamiclist");
    return false;
}

static bool read_class(struct form__loader *l, const struct json *j, struct form_component *c)
{
    const struct json *word = form__json_member(j, "properties.class");
    c->class = c->parent == FORM_NONE ? FORM_INTERNAL : l->f->components[c->parent].class;
    if (word == NULL) {
        return true;
    }
    for (uint32_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (word->kind == JSON_STRING && str_eq(word->text, str_of(classes[i]))) {
            c->class = (enum form_class)i;
            return true;
        }
    }
    form__fail(l, ERROR_INVALID, word, "the class of \"%.*s\" is none", STR_ARG(c->id));
    error_hint(l->err, "write public, internal, personal or sealed");
    return false;
}

/* Key, and so node, of what has one; lists open a scope. */
static bool read_key(struct form__loader *l, const struct json *j, uint32_t i, uint32_t context)
{
    struct form *f = l->f;
    struct form_component *c = &f->components[i];
    bool container = (c->traits & FORM_CONTAINER) != 0, list = (c->traits & FORM_LIST) != 0;
    c->key = text_member(j, container ? "path" : "key");
    if (c->key.len == 0 && (list || (c->traits & FORM_KEYED) != 0)) {
        form__fail(l, ERROR_INVALID, j, "the %s \"%.*s\" has no %s", types[c->type].word, STR_ARG(c->id),
                   list ? "path" : "key");
        error_hint(l->err, "give it one: its value has this name");
        return false;
    }
    if (c->key.len > 0 && (container || (c->traits & FORM_KEYED) != 0) &&
        !form__add_node(l, i, context, j, &f->details[i].node)) {
        return false;
    }
    if (list) {
        uint32_t scope = new_scope(l, f->details[i].scope, i);
        f->details[i].list = scope;
    }
    return true;
}

static bool same_id(struct form__loader *l, const struct json *j, uint32_t i)
{
    str id = l->f->components[i].id;
    for (uint32_t k = 0; k < i && id.len > 0; k++) {
        if (str_eq(l->f->components[k].id, id)) {
            form__fail(l, ERROR_INVALID, j, "two components have the id \"%.*s\"", STR_ARG(id));
            error_hint(l->err, "give each component an id of its own");
            return true;
        }
    }
    return false;
}

static bool read_components(struct form__loader *l, const struct json *list, int32_t parent, uint32_t scope,
                            uint32_t context, uint32_t depth);

static bool read_component(struct form__loader *l, const struct json *j, int32_t parent, uint32_t scope,
                           uint32_t context, uint32_t depth)
{
    struct form *f = l->f;
    uint32_t i, column;
    if (j->kind != JSON_OBJECT) {
        form__fail(l, ERROR_INVALID, j, "a component must be an object");
        error_hint(l->err, "see docs/form.md for what a form is made of");
        return false;
    }
    if (!new_component(l, j, scope, &i)) {
        return false;
    }
    struct form_component *c = &f->components[i];
    c->id = text_member(j, "id");
    c->label = text_member(j, "label");
    c->parent = parent;
    c->line = line_of(f->source, j->at, &column);
    c->scored = form__json_member(j, "properties.score") != NULL;
    c->shown_blind = str_eq(text_member(j, "properties.blind"), STR("show"));
    c->matrix = str_eq(text_member(j, "properties.layout"), STR("matrix"));
    if (!read_type(l, j, c) || !read_class(l, j, c) || same_id(l, j, i) || !read_key(l, j, i, context)) {
        return false;
    }
    const struct json *inside = form__json_member(j, "components");
    if (inside != NULL && (c->traits & FORM_CONTAINER) != 0) {
        const struct form__detail *d = &f->details[i];
        bool list = d->list != FORM__NONE;
        uint32_t below = list ? FORM__NONE : d->node != FORM__NONE ? d->node : context;
        if (!read_components(l, inside, (int32_t)i, list ? d->list : scope, below, depth + 1)) {
            return false;
        }
    }
    f->components[i].end = f->count;
    return true;
}

static bool read_components(struct form__loader *l, const struct json *list, int32_t parent, uint32_t scope,
                            uint32_t context, uint32_t depth)
{
    if (list->kind != JSON_ARRAY) {
        form__fail(l, ERROR_INVALID, list, "\"components\" must be a list");
        error_hint(l->err, "see docs/form.md for what a form is made of");
        return false;
    }
    if (depth > LIMIT_FORM_DEPTH) {
        form__fail(l, ERROR_LIMIT, list, "groups and lists are nested too deep");
        error_detail(l->err, "limit %s = %d", "FORM_DEPTH", LIMIT_FORM_DEPTH);
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (!read_component(l, &list->items[i], parent, scope, context, depth)) {
            return false;
        }
    }
    return true;
}

/* ---- The second pass: what components say ---- */

static bool read_attribute(struct form__loader *l, uint32_t i, enum form_attribute which)
{
    const struct json *m = form__json_member(l->f->components[i].json, attributes[which].member);
    struct form__detail *d = &l->f->details[i];
    struct form__dynamic *to = &d->attributes[which];
    if (m == NULL || (m->kind == JSON_STRING && m->text.len == 0)) {
        return true;
    }
    enum how how = attributes[which].how;
    to->kind = FORM__CONSTANT;
    to->constant = form__json_value(l->a, m);
    if (m->kind != JSON_STRING || how == AS_PLAIN) {
        return true;
    }
    if (m->text.ptr[0] == '=') {
        to->kind = FORM__PROGRAM;
        return form__compile(l, d->scope, str_slice(m->text, 1, m->text.len), m, &to->program);
    }
    if (how == AS_TEXT && form__is_template(m->text)) {
        to->kind = FORM__TEMPLATE;
        return form__compile_template(l, d->scope, m->text, m, &to->pieces);
    }
    return true;
}

static int word_of(str word, const char *const *words, int count)
{
    int i = 0;
    while (i < count && !str_eq(word, str_of(words[i]))) {
        i++;
    }
    return i == count ? 0 : i;
}

static bool read_pattern(struct form__loader *l, uint32_t i)
{
    struct form__detail *d = &l->f->details[i];
    const struct json *m = form__json_member(l->f->components[i].json, "validate.pattern");
    if (m == NULL || m->kind != JSON_STRING || m->text.len == 0) {
        return true;
    }
    d->pattern_written = m->text;
    d->pattern_message = text_member(l->f->components[i].json, "validate.patternErrorMessage");
    feel_value args[2] = { feel_string(STR("")), feel_null() };
    bool fine = form__translate_pattern(l->a, m->text, &d->pattern);
    args[1] = feel_string(d->pattern);
    fine = fine && feel_call_named(l->ev, STR("matches"), args, 2).kind == FEEL_BOOLEAN;
    if (!fine) {
        form__fail(l, ERROR_INVALID, m, "the pattern \"%.*s\" cannot be used", STR_ARG(m->text));
        error_hint(l->err, "write it without looking ahead or back, \\b and named groups");
    }
    return fine;
}

/* {label, value} of an entry that may also be a bare value. */
static feel_value option_of(struct arena *a, const struct feel_shape *shape, feel_value entry,
                            const struct words *words)
{
    feel_value *pair = ARENA_ARRAY(a, feel_value, 2);
    pair[0] = pair[1] = entry;
    if (entry.kind == FEEL_CONTEXT) {
        pair[1] = feel_member(entry, "value");
        pair[0] = feel_member(entry, "label");
    }
    if (pair[0].kind != FEEL_STRING) {
        pair[0] = feel_string(form__text_of(a, pair[0].kind == FEEL_NULL ? pair[1] : pair[0]));
    }
    pair[0] = feel_string(words_of(words, feel_str(pair[0])));
    return feel_context(shape, pair);
}

feel_value form__option_list(struct arena *a, feel_value entries, const struct words *words)
{
    if (entries.kind != FEEL_LIST) {
        return feel_null();
    }
    str names[2] = { STR("label"), STR("value") };
    const struct feel_shape *shape = feel_shape_new(a, names, 2);
    feel_value *items = ARENA_ARRAY(a, feel_value, entries.count);
    for (uint32_t i = 0; i < entries.count; i++) {
        items[i] = option_of(a, shape, entries.items[i], words);
    }
    return feel_list(items, entries.count);
}

static const struct feel_type *type_of_options(feel_value options)
{
    enum feel_kind kind = FEEL_NULL;
    for (uint32_t i = 0; options.kind == FEEL_LIST && i < options.count; i++) {
        enum feel_kind k = (enum feel_kind)feel_member(options.items[i], "value").kind;
        kind = i == 0 || k == kind ? k : FEEL_NULL;
        if (kind == FEEL_NULL) {
            break;
        }
    }
    str name = kind == FEEL_STRING    ? STR("string")
               : kind == FEEL_NUMBER  ? STR("number")
               : kind == FEEL_BOOLEAN ? STR("boolean")
                                      : STR("Any");
    return feel_type_named(name);
}

static bool read_options(struct form__loader *l, uint32_t i)
{
    struct form_component *c = &l->f->components[i];
    struct form__detail *d = &l->f->details[i];
    const struct json *values = form__json_member(c->json, "values");
    d->values_key = text_member(c->json, "valuesKey");
    if (d->values_key.len > 0) {
        str top = d->values_key;
        for (size_t k = 0; k < top.len; k++) {
            if (top.ptr[k] == '.') {
                top.len = k;
            }
        }
        form__note_variable(l, top);
    }
    int sources = (values != NULL) + (d->values_key.len > 0) + (d->attributes[FORM_VALUES].kind != FORM__ABSENT);
    if (sources != 1) {
        form__fail(l, ERROR_INVALID, c->json, "\"%.*s\" has %d lists of choices", STR_ARG(c->key), sources);
        error_hint(l->err, "give exactly one of values, valuesKey and valuesExpression");
        return false;
    }
    if (values != NULL && values->kind != JSON_ARRAY) {
        form__fail(l, ERROR_INVALID, values, "the choices of \"%.*s\" are no list", STR_ARG(c->key));
        error_hint(l->err, "give a list of objects with label and value");
        return false;
    }
    if (values != NULL) {
        if (values->count > LIMIT_FORM_OPTIONS) {
            form__fail(l, ERROR_LIMIT, values, "\"%.*s\" has too many choices", STR_ARG(c->key));
            error_detail(l->err, "limit %s = %d", "FORM_OPTIONS", LIMIT_FORM_OPTIONS);
            return false;
        }
        c->options = form__option_list(l->a, form__json_value(l->a, values), l->f->words);
    }
    return true;
}

static const struct feel_type *list_of(struct arena *a, const struct feel_type *element)
{
    struct feel_type *t = ARENA_NEW(a, struct feel_type);
    *t = (struct feel_type){ .kind = FEEL_TYPE_LIST, .element = element };
    return t;
}

static const struct feel_type *file_type(struct arena *a)
{
    static const char *const names[] = { "hash", "name" };
    struct feel_field *fields = ARENA_ARRAY(a, struct feel_field, 2);
    struct feel_type *t = ARENA_NEW(a, struct feel_type);
    for (int i = 0; i < 2; i++) {
        fields[i] = (struct feel_field){ str_of(names[i]), feel_type_named(STR("string")) };
    }
    *t = (struct feel_type){ .kind = FEEL_TYPE_CONTEXT, .count = 2, .fields = fields };
    return t;
}

static const struct feel_type *value_type(struct form__loader *l, uint32_t i)
{
    static const char *const temporal[] = { "date", "time", "date and time" };
    const struct form_component *c = &l->f->components[i];
    const struct form__detail *d = &l->f->details[i];
    switch (c->type) {
    case FORM_TYPE_TEXTFIELD:
    case FORM_TYPE_TEXTAREA: return feel_type_named(STR("string"));
    case FORM_TYPE_NUMBER: return feel_type_named(d->as_text ? STR("string") : STR("number"));
    case FORM_TYPE_DATETIME: return feel_type_named(str_of(temporal[d->subtype]));
    case FORM_TYPE_CHECKBOX: return feel_type_named(STR("boolean"));
    case FORM_TYPE_FILEPICKER: return list_of(l->a, file_type(l->a));
    case FORM_TYPE_RADIO:
    case FORM_TYPE_SELECT: return type_of_options(c->options);
    case FORM_TYPE_CHECKLIST:
    case FORM_TYPE_TAGLIST: return list_of(l->a, type_of_options(c->options));
    case FORM_TYPE_EXPRESSION: return feel_type_named(STR("Any"));
    default: return NULL; /* that of a list follows from its components */
    }
}

static int small_number(const struct json *j, const char *path, int otherwise)
{
    const struct json *m = form__json_member(j, path);
    dec n;
    int64_t i;
    bool fine = m != NULL && m->kind == JSON_NUMBER && dec_parse(m->text, &n) && dec_to_int(n, &i) && i >= 0 &&
                i <= LIMIT_FORM_ROWS;
    return fine ? (int)i : otherwise;
}

static void read_list(struct form__loader *l, uint32_t i)
{
    const struct json *j = l->f->components[i].json, *change = form__json_member(j, "allowAddRemove");
    struct form__detail *d = &l->f->details[i];
    d->repetitions = (uint32_t)small_number(j, "defaultRepetitions", 1);
    d->fixed = l->f->components[i].matrix || (change != NULL && change->kind == JSON_FALSE);
}

static void read_field(struct form__loader *l, uint32_t i)
{
    static const char *const subtypes[] = { "date", "time", "datetime" };
    static const char *const zones[] = { "utc_offset", "utc_normalized", "no_timezone" };
    static const char *const validations[] = { "", "email", "phone" };
    struct form_component *c = &l->f->components[i];
    struct form__detail *d = &l->f->details[i];
    d->decimals = small_number(c->json, "decimalDigits", -1);
    d->as_text = true_member(c->json, "serializeToString");
    d->disallow_passed = true_member(c->json, "disallowPassedDates");
    d->subtype = (enum form__subtype)word_of(text_member(c->json, "subtype"), subtypes, 3);
    d->zone = (enum form__zone)word_of(text_member(c->json, "timeSerializingFormat"), zones, 3);
    d->validation = (enum form__validation)word_of(text_member(c->json, "validate.validationType"), validations, 3);
    c->required = d->attributes[FORM_REQUIRED].kind != FORM__ABSENT &&
                  !(d->attributes[FORM_REQUIRED].kind == FORM__CONSTANT &&
                    !feel_is_true(d->attributes[FORM_REQUIRED].constant));
}

static bool read_detail(struct form__loader *l, uint32_t i)
{
    struct form_component *c = &l->f->components[i];
    for (uint32_t k = 0; k < FORM_ATTRIBUTES; k++) {
        if (!read_attribute(l, i, (enum form_attribute)k)) {
            return false;
        }
    }
    if (c->type == FORM_TYPE_EXPRESSION && l->f->details[i].attributes[FORM_EXPRESSION].kind != FORM__PROGRAM) {
        form__fail(l, ERROR_INVALID, c->json, "the field \"%.*s\" has no expression", STR_ARG(c->key));
        error_hint(l->err, "write it in \"expression\", with = in front");
        return false;
    }
    read_field(l, i);
    read_list(l, i);
    if (!read_pattern(l, i) || ((c->traits & FORM_OPTIONS) != 0 && !read_options(l, i))) {
        return false;
    }
    c->feel = value_type(l, i);
    return true;
}

/* ---- The whole ---- */

static bool read_root(struct form__loader *l)
{
    struct form *f = l->f;
    const struct json *components = form__json_member(&f->json, "components");
    f->id = text_member(&f->json, "id");
    if (f->json.kind != JSON_OBJECT || components == NULL) {
        form__fail(l, ERROR_INVALID, &f->json, "the file is no form of form-js");
        error_hint(l->err, "it must be an object with \"type\": \"default\" and \"components\"");
        return false;
    }
    if (f->id.len == 0) {
        form__fail(l, ERROR_INVALID, &f->json, "the form has no id");
        error_hint(l->err, "give it an \"id\"; processes name the form by it");
        return false;
    }
    dec version;
    const struct json *v = form__json_member(&f->json, "schemaVersion");
    if (v != NULL && (v->kind != JSON_NUMBER || !dec_parse(v->text, &version) ||
                      dec_cmp(version, dec_from_uint(SCHEMA_VERSION)) > 0)) {
        form__fail(l, ERROR_INVALID, v, "the schema version of the form is not known");
        error_hint(l->err, "save the form with schema version %d or older", SCHEMA_VERSION);
        return false;
    }
    return read_components(l, components, FORM_NONE, new_scope(l, FORM__NONE, FORM__NONE), FORM__NONE, 1);
}

static bool load(struct form__loader *l)
{
    if (!read_root(l)) {
        return false;
    }
    for (uint32_t i = 0; i < l->f->count; i++) {
        if (!read_detail(l, i)) {
            return false;
        }
    }
    form__finish_names(l);
    return form__check_defaults(l);
}

static bool load_in(struct arena *a, const struct form *read, const struct words *words, struct error *err,
                    struct form **ret)
{
    struct feel_environment env = { .zone = 0 };
    struct form__loader l = { .a = a, .f = ARENA_NEW(a, struct form), .ev = feel_eval_new(&env), .err = err };
    *l.f = *read;
    if (words != NULL) {
        l.f->words = words;
        l.f->json = form__translated(a, &read->json, words);
    }
    bool fine = load(&l);
    feel_eval_free(l.ev);
    *ret = l.f;
    return fine;
}

enum error_code form_load(struct arena *a, str name, str bytes, const struct words *english, const struct form **ret,
                          struct error *err)
{
    struct error local = { .lang = LANG_EN };
    err = err != NULL ? err : &local;
    struct form read = { .file = arena_str(a, name), .source = arena_str(a, bytes) }, *f, *in_english;
    if (bytes.len > LIMIT_FORM_BYTES) {
        error_set(err, ERROR_LIMIT, "the form is too large");
        error_at(err, read.file, 0, 0);
        error_detail(err, "limit %s = %d", "FORM_BYTES", LIMIT_FORM_BYTES);
        return ERROR_LIMIT;
    }
    enum error_code code = json_parse(a, read.source, &read.json, err);
    if (code != OK) {
        error_at(err, read.file, err->where.line, err->where.column);
        error_hint(err, "the file must be JSON as form-js saves it");
        return code;
    }
    if (!load_in(a, &read, NULL, err, &f)) {
        return err->code;
    }
    if (english != NULL) {
        if (!load_in(a, &read, english, err, &in_english)) {
            error_hint(err, "mend the English of the text that stands here: its expressions must be right too");
            return err->code;
        }
        f->english = in_english;
    }
    *ret = f;
    return OK;
}

/* ---- Asking ---- */

str form_id(const struct form *f)
{
    return f->id;
}

const struct form *form_in(const struct form *f, enum lang lang)
{
    return lang == LANG_EN && f != NULL && f->english != NULL ? f->english : f;
}

uint32_t form_count(const struct form *f)
{
    return f->count;
}

const struct form_component *form_component(const struct form *f, uint32_t i)
{
    assert(i < f->count);
    return &f->components[i];
}

const struct form_component *form_field(const struct form *f, uint32_t i)
{
    return i < f->field_count ? &f->components[f->fields[i]] : NULL;
}

str form_title(const struct form_component *c)
{
    const char *template = c->label.len == 0 ? NULL : memmem(c->label.ptr, c->label.len, "{{", 2);
    str label = template == NULL ? c->label : str_slice(c->label, 0, (size_t)(template - c->label.ptr));
    label = str_trim(label);
    return label.len > 0 && label.ptr[0] != '=' ? label : c->key;
}

str form_property(const struct form_component *c, str name)
{
    const struct json *p = form__json_member(c->json, "properties");
    const struct json *m = p != NULL && p->kind == JSON_OBJECT ? json_member(p, name) : NULL;
    return m != NULL && m->kind == JSON_STRING ? m->text : STR("");
}

const struct feel_type *form_values_type(const struct form *f)
{
    return f->scopes[0].type;
}

uint32_t form_variable_count(const struct form *f)
{
    return f->variable_count;
}

str form_variable(const struct form *f, uint32_t i)
{
    assert(i < f->variable_count);
    return f->variables[i];
}
