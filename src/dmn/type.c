/* type: item definitions to FEEL types (DMN 1.5, 7.3.2). Made on demand, as they may refer to later ones; one that
 * refers to itself has Any in its own place. */
#include "dmn/dmn_int.h"

static const struct feel_type *make(struct dmn_model *m, struct dmn_instance *in, struct dmn_named_type *named);

static const struct feel_type *any_type(void)
{
    return feel_type_named(STR("Any"));
}

/* "feel:string", "xsd:string" → "string", where the prefix is one of the language and no import's name. */
static str without_prefix(str ref)
{
    const char *colon = memchr(ref.ptr, ':', ref.len);
    return colon == NULL ? ref : str_slice(ref, (size_t)(colon - ref.ptr) + 1, ref.len);
}

static struct dmn_named_type *find_named(struct dmn_instance *in, str name)
{
    for (uint32_t i = 0; i < in->named_type_count; i++) {
        if (str_eq(in->named_types[i].name, name)) {
            return &in->named_types[i];
        }
    }
    return NULL;
}

/* "import.type" → the import and the rest. */
static struct dmn_instance *find_import(struct dmn_instance *in, str ref, str *ret_rest)
{
    for (uint32_t i = 0; i < in->import_count; i++) {
        str name = in->imports[i]->import_name;
        if (str_starts_with(ref, name) && ref.len > name.len && ref.ptr[name.len] == '.') {
            *ret_rest = str_slice(ref, name.len + 1, ref.len);
            return in->imports[i];
        }
    }
    return NULL;
}

const struct feel_type *dmn__type(struct dmn_model *m, struct dmn_instance *in, const struct xml_node *at,
                                  str type_ref)
{
    str ref = str_trim(type_ref), rest;
    if (ref.len == 0) {
        return NULL;
    }
    struct dmn_named_type *named = find_named(in, ref);
    if (named == NULL && find_named(in, without_prefix(ref)) != NULL) {
        named = find_named(in, without_prefix(ref));
    }
    if (named != NULL) {
        return make(m, in, named);
    }
    struct dmn_instance *import = find_import(in, ref, &rest);
    if (import != NULL) {
        return dmn__type(m, import, at, rest);
    }
    const struct feel_type *built_in = feel_type_named(without_prefix(ref));
    if (built_in == NULL) {
        dmn__problem(m, DMN_UNKNOWN_NAME, in, STR(""), at, "there is no type \"%s\"", ref, STR(""));
    }
    return built_in;
}

/* DMN 1.1 writes typeRef as an attribute; so do all others, except that item definitions have an element. */
static str type_ref_of(const struct xml_node *x)
{
    const struct xml_node *element = dmn__child(x, "typeRef");
    return element != NULL ? str_trim(element->text) : dmn__attr(x, "typeRef");
}

const struct feel_type *dmn__variable_type(struct dmn_model *m, struct dmn_instance *in, const struct xml_node *x)
{
    const struct xml_node *variable = dmn__child(x, "variable");
    const struct xml_node *at = variable != NULL ? variable : x;
    return dmn__type(m, in, at, dmn__attr(at, "typeRef"));
}

static void note_restriction(struct dmn_model *m, const struct feel_program *tests, str text,
                             const struct feel_program *base)
{
    struct dmn_restriction *r = ARENA_NEW(m->arena, struct dmn_restriction);
    *r = (struct dmn_restriction){ tests, text, base, m->restrictions };
    m->restrictions = r;
}

const struct feel_type *dmn__restricted(struct dmn_model *m, struct dmn_instance *in, const struct feel_type *base,
                                        const struct xml_node *tests)
{
    str text = dmn__text(tests);
    if (text.len == 0) {
        return base;
    }
    struct feel_type *type = ARENA_NEW(m->arena, struct feel_type);
    *type = base != NULL ? *base : *any_type();
    struct feel_scope *scope = feel_scope_new(m->arena);
    struct error err = { .code = OK };
    if (feel_compile_tests(m->arena, scope, arena_str(m->arena, text), &type->allowed, &err) != OK) {
        struct dmn_problem *p = dmn__problem(m, DMN_SYNTAX, in, STR(""), tests, NULL, str_of(err.message), STR(""));
        p->code = FEEL_DIAG_SYNTAX;
        p->source = text;
        return base;
    }
    note_restriction(m, type->allowed, text, base != NULL ? base->allowed : NULL);
    return type;
}

const struct dmn_restriction *dmn__restriction(const struct dmn_model *m, const struct feel_program *tests)
{
    const struct dmn_restriction *r = m->restrictions;
    while (r != NULL && r->tests != tests) {
        r = r->next;
    }
    return r;
}

static const struct feel_type *list_of(struct dmn_model *m, const struct feel_type *element, str name)
{
    struct feel_type *type = ARENA_NEW(m->arena, struct feel_type);
    type->kind = FEEL_TYPE_LIST;
    type->element = element != NULL ? element : any_type();
    type->name = name;
    return type;
}

static const struct feel_type *type_of_item(struct dmn_model *m, struct dmn_instance *in, const struct xml_node *x,
                                            str name);

static const struct feel_type *context_type(struct dmn_model *m, struct dmn_instance *in, const struct xml_node *x)
{
    struct feel_type *type = ARENA_NEW(m->arena, struct feel_type);
    type->kind = FEEL_TYPE_CONTEXT;
    struct feel_field *fields = NULL;
    for (const struct xml_node *c = dmn__child(x, "itemComponent"); c != NULL; c = dmn__next(c, "itemComponent")) {
        const struct feel_type *field = type_of_item(m, in, c, STR(""));
        fields = arena_grow(m->arena, fields, type->count * sizeof *fields, (type->count + 1) * sizeof *fields);
        fields[type->count++] = (struct feel_field){ dmn__attr(c, "name"), field != NULL ? field : any_type() };
    }
    type->fields = fields;
    return type;
}

static const struct feel_type *function_type(struct dmn_model *m, struct dmn_instance *in, const struct xml_node *x)
{
    struct feel_type *type = ARENA_NEW(m->arena, struct feel_type);
    type->kind = FEEL_TYPE_FUNCTION;
    type->result = dmn__type(m, in, x, dmn__attr(x, "outputTypeRef"));
    struct feel_field *fields = NULL;
    for (const struct xml_node *p = dmn__child(x, "parameters"); p != NULL; p = dmn__next(p, "parameters")) {
        const struct feel_type *field = dmn__type(m, in, p, dmn__attr(p, "typeRef"));
        fields = arena_grow(m->arena, fields, type->count * sizeof *fields, (type->count + 1) * sizeof *fields);
        fields[type->count++] = (struct feel_field){ dmn__attr(p, "name"), field != NULL ? field : any_type() };
    }
    type->fields = fields;
    return type;
}

/* What an item definition or component says of itself: allowedValues restrict the value or, of a collection, its
 * elements; typeConstraint (1.5) restricts the whole. */
static const struct feel_type *type_of_item(struct dmn_model *m, struct dmn_instance *in, const struct xml_node *x,
                                            str name)
{
    const struct feel_type *type;
    const struct xml_node *function = dmn__child(x, "functionItem");
    if (dmn__child(x, "itemComponent") != NULL) {
        type = context_type(m, in, x);
    } else if (function != NULL) {
        type = function_type(m, in, function);
    } else {
        type = dmn__type(m, in, x, type_ref_of(x));
    }
    const struct xml_node *allowed = dmn__child(x, "allowedValues"), *constraint = dmn__child(x, "typeConstraint");
    if (allowed != NULL) {
        type = dmn__restricted(m, in, type, allowed);
    }
    if (str_eq(dmn__attr(x, "isCollection"), STR("true"))) {
        type = list_of(m, type, name);
    }
    return constraint != NULL ? dmn__restricted(m, in, type, constraint) : type;
}

static const struct feel_type *make(struct dmn_model *m, struct dmn_instance *in, struct dmn_named_type *named)
{
    if (!named->made) {
        named->made = true; /* a reference back to here sees what is there so far: Any */
        const struct feel_type *type = type_of_item(m, in, named->xml, named->name);
        *named->type = type != NULL ? *type : *any_type();
        named->type->name = named->name;
    }
    return named->type;
}

static uint32_t count_items(const struct xml_node *definitions)
{
    uint32_t n = 0;
    for (const struct xml_node *x = dmn__child(definitions, "itemDefinition"); x != NULL;
         x = dmn__next(x, "itemDefinition")) {
        n++;
    }
    return n;
}

void dmn__collect_types(struct dmn_model *m, struct dmn_instance *in)
{
    const struct xml_node *first = dmn__child(in->definitions, "itemDefinition");
    in->named_types = ARENA_ARRAY(m->arena, struct dmn_named_type, count_items(in->definitions));
    in->types = feel_scope_new(m->arena);
    for (const struct xml_node *x = first; x != NULL; x = dmn__next(x, "itemDefinition")) {
        struct feel_type *type = ARENA_NEW(m->arena, struct feel_type);
        *type = *any_type();
        in->named_types[in->named_type_count++] =
            (struct dmn_named_type){ .name = dmn__attr(x, "name"), .xml = x, .type = type };
    }
    for (uint32_t i = 0; i < in->named_type_count; i++) {
        feel_scope_add_type(in->types, in->named_types[i].name, make(m, in, &in->named_types[i]));
    }
    for (uint32_t i = 0; i < in->import_count; i++) {
        const struct dmn_instance *import = in->imports[i];
        for (uint32_t k = 0; k < import->named_type_count; k++) {
            str name = arena_printf(m->arena, "%.*s.%.*s", STR_ARG(import->import_name),
                                    STR_ARG(import->named_types[k].name));
            feel_scope_add_type(in->types, name, import->named_types[k].type);
        }
    }
}
