/* field: the types of fields and columns, and what rows look like to rules. */
#include "scheme/scheme_int.h"

/* ---- Types of fields ---- */

const char *const scheme__field_types[] = {
    [SCHEME_TEXT] = "text",       [SCHEME_INTEGER] = "integer",   [SCHEME_DECIMAL] = "decimal",
    [SCHEME_QUANTITY] = "quantity", [SCHEME_DATE] = "date",       [SCHEME_TIME] = "time",
    [SCHEME_INSTANT] = "instant", [SCHEME_BOOLEAN] = "boolean",   [SCHEME_CODE] = "code",
    [SCHEME_REF] = "ref",         [SCHEME_PARTY] = "party",       [SCHEME_PLACE] = "place",
    [SCHEME_HOURS] = "hours",     [SCHEME_FILE] = "file",         [SCHEME_LIST] = "list",
    [SCHEME_FIELD_TYPES] = NULL,
};

const char *scheme_field_type_name(enum scheme_field_type type)
{
    return scheme__field_types[type];
}

int scheme_field_type(str word)
{
    for (int i = 0; i < SCHEME_FIELD_TYPES; i++) {
        if (str_eq(word, str_of(scheme__field_types[i]))) {
            return i;
        }
    }
    return -1;
}

static const struct feel_type any = { .kind = FEEL_TYPE_ANY };
static const struct feel_type boolean = { .kind = FEEL_TYPE_BOOLEAN };
static const struct feel_type number = { .kind = FEEL_TYPE_NUMBER };
static const struct feel_type text = { .kind = FEEL_TYPE_STRING };
static const struct feel_type date = { .kind = FEEL_TYPE_DATE };
static const struct feel_type time_of_day = { .kind = FEEL_TYPE_TIME };
static const struct feel_type instant = { .kind = FEEL_TYPE_DATE_TIME };
static const struct feel_type list = { .kind = FEEL_TYPE_LIST, .element = &any };
static const struct feel_type context = { .kind = FEEL_TYPE_CONTEXT };

#define FIELD(word, kind) { { word, sizeof(word) - 1 }, kind }
static const struct feel_field quantity_fields[] = { FIELD("value", &number), FIELD("unit", &text),
                                                     FIELD("about", &text) };
static const struct feel_field place_fields[] = { FIELD("name", &text), FIELD("lon", &number), FIELD("lat", &number) };
static const struct feel_field file_fields[] = { FIELD("name", &text), FIELD("hash", &text) };
static const struct feel_type quantity = { .kind = FEEL_TYPE_CONTEXT, .count = 3, .fields = quantity_fields };
static const struct feel_type place = { .kind = FEEL_TYPE_CONTEXT, .count = 3, .fields = place_fields };
static const struct feel_type file = { .kind = FEEL_TYPE_CONTEXT, .count = 2, .fields = file_fields };

const struct feel_type *scheme_feel_type(enum scheme_field_type type)
{
    static const struct feel_type *const types[SCHEME_FIELD_TYPES] = {
        [SCHEME_TEXT] = &text,        [SCHEME_INTEGER] = &number,   [SCHEME_DECIMAL] = &number,
        [SCHEME_QUANTITY] = &quantity, [SCHEME_DATE] = &date,       [SCHEME_TIME] = &time_of_day,
        [SCHEME_INSTANT] = &instant,  [SCHEME_BOOLEAN] = &boolean,  [SCHEME_CODE] = &text,
        [SCHEME_REF] = &text,         [SCHEME_PARTY] = &text,       [SCHEME_PLACE] = &place,
        [SCHEME_HOURS] = &context,    [SCHEME_FILE] = &file,        [SCHEME_LIST] = &list,
    };
    return types[type];
}

int32_t scheme_field(const struct scheme_ledger *l, str name)
{
    for (uint32_t i = 0; i < l->field_count; i++) {
        if (str_eq(l->fields[i].name, name)) {
            return (int32_t)i;
        }
    }
    return -1;
}

const struct feel_shape *scheme_ledger_shape(struct arena *a, const struct scheme_ledger *l)
{
    str *names = ARENA_ARRAY(a, str, l->field_count);
    for (uint32_t i = 0; i < l->field_count; i++) {
        names[i] = l->fields[i].name;
    }
    return feel_shape_ordered(a, names, l->field_count);
}

/* ---- Rows ---- */

/* Adds what every row has, where no field has the name. */
static void add_common(struct feel_field *fields, uint32_t *count, const struct feel_field *common, uint32_t more)
{
    uint32_t own = *count;
    for (uint32_t i = 0; i < more; i++) {
        bool there = false;
        for (uint32_t k = 0; k < own && !there; k++) {
            there = str_eq(fields[k].name, common[i].name);
        }
        if (!there) {
            fields[(*count)++] = common[i];
        }
    }
}

static const struct feel_type *context_of(struct arena *a, const struct feel_field *fields, uint32_t count)
{
    struct feel_type *type = ARENA_NEW(a, struct feel_type);
    type->kind = FEEL_TYPE_CONTEXT;
    type->fields = fields;
    type->count = count;
    return type;
}

const struct feel_type *scheme__ledger_row(struct arena *a, const struct scheme_ledger *l)
{
    static const struct feel_field common[] = { FIELD("row", &any), FIELD("revision", &number), FIELD("office", &any),
                                                FIELD("dossier", &any) };
    struct feel_field *fields = ARENA_ARRAY(a, struct feel_field, l->field_count + 4);
    uint32_t count = l->field_count;
    for (uint32_t i = 0; i < count; i++) {
        fields[i] = (struct feel_field){ l->fields[i].name, scheme_feel_type(l->fields[i].type) };
    }
    add_common(fields, &count, common, 4);
    return context_of(a, fields, count);
}

/* Where the table has `from` or `to` of its own, the days in force have the longer names. */
const struct feel_type *scheme__parameter_row(struct arena *a, const struct scheme_parameter *p)
{
    static const struct feel_field common[] = { FIELD("source", &text), FIELD("state", &text) };
    static const struct feel_field days[][2] = { { FIELD("from", &date), FIELD("in force from", &date) },
                                                 { FIELD("to", &date), FIELD("in force to", &date) } };
    struct feel_field *fields = ARENA_ARRAY(a, struct feel_field, p->column_count + 4);
    uint32_t count = p->column_count;
    for (uint32_t i = 0; i < count; i++) {
        fields[i] = (struct feel_field){ p->columns[i].name, scheme_feel_type(p->columns[i].type) };
    }
    add_common(fields, &count, common, 2);
    for (int i = 0; i < 2; i++) {
        bool own = false;
        for (uint32_t k = 0; k < p->column_count; k++) {
            own |= str_eq(p->columns[k].name, days[i][0].name);
        }
        fields[count++] = days[i][own];
    }
    return context_of(a, fields, count);
}
