/* query: a fact compiled: its expressions, the ledgers it reads, the keys that its rows can be fetched by. */
#include "scheme/fact_int.h"

#include "feel/condition.h"

struct making {
    struct arena *a;
    struct scheme_query *q;
    const struct scheme_source *source;
    const struct feel_type *this_type;
    struct feel_scope *asker;
    struct error *err;
};

static bool contains(str text, str part)
{
    return part.len > 0 && memmem(text.ptr, text.len, part.ptr, part.len) != NULL;
}

/* ---- Expressions ---- */

/* The names of the asker, from slot `base` on. */
static void add_asker(struct making *k, struct feel_scope *scope, uint32_t base)
{
    feel_scope_add(scope, STR("this"), k->this_type, base + QUERY__THIS);
    feel_scope_add(scope, STR("now"), feel_type_named(STR("date and time")), base + QUERY__NOW);
    for (uint32_t i = 0; i < k->q->scheme->parameter_count; i++) {
        feel_scope_add(scope, k->q->scheme->parameters[i].name, NULL, base + QUERY__PARAMETERS + i);
    }
}

static enum error_code compile(struct making *k, const struct feel_scope *scope, str text, const char *member,
                               const struct feel_program **ret)
{
    if (text.len == 0) {
        *ret = NULL;
        return OK;
    }
    enum error_code code = feel_compile(k->a, scope, text, ret, k->err);
    if (code != OK && k->err != NULL) {
        char why[sizeof k->err->message];
        memcpy(why, k->err->message, sizeof why);
        error_set(k->err, code, "\"%s\" of the fact \"%.*s\" cannot be read", member, STR_ARG(k->q->fact->name));
        error_detail(k->err, "%s", why);
    }
    for (uint32_t i = 0; i < k->q->scheme->parameter_count; i++) {
        k->q->mentions[i] = k->q->mentions[i] || contains(text, k->q->scheme->parameters[i].name);
    }
    return code;
}

static enum error_code compile_asker(struct making *k, str text, const char *member, const struct feel_program **ret)
{
    return compile(k, k->asker, text, member, ret);
}

/* ---- Names of a row ---- */

enum { PATHS = 32 };

struct names {
    str *names;
    const struct feel_type **types;
    uint32_t count, size;
};

static void names_init(struct making *k, struct names *n, uint32_t size)
{
    *n = (struct names){ ARENA_ARRAY(k->a, str, size), ARENA_ARRAY(k->a, const struct feel_type *, size), 0, size };
}

static void add_name(struct names *n, str name, const struct feel_type *type)
{
    if (n->count < n->size) {
        n->names[n->count] = name;
        n->types[n->count++] = type;
    }
}

/* The names "field.other" that the condition uses, for the fields that refer to rows of another ledger. */
static enum error_code add_paths(struct making *k, struct query__part *part, struct names *names)
{
    enum error_code code = OK;
    part->paths = ARENA_ARRAY(k->a, struct query__path, PATHS);
    for (uint32_t i = 0; i < part->ledger->field_count && code == OK; i++) {
        const struct scheme_field *f = &part->ledger->fields[i];
        const struct scheme_ledger *other = NULL;
        if (f->type != SCHEME_REF || !contains(part->where, arena_printf(k->a, "%.*s.", STR_ARG(f->name)))) {
            continue;
        }
        code = k->source->ledger(k->source->context, f->of, &other, k->err);
        for (uint32_t n = 0; code == OK && other != NULL && n < other->field_count && part->path_count < PATHS; n++) {
            str path = arena_printf(k->a, "%.*s.%.*s", STR_ARG(f->name), STR_ARG(other->fields[n].name));
            if (contains(part->where, path)) {
                part->paths[part->path_count++] = (struct query__path){ f, other->fields[n].name, names->count };
                add_name(names, path, scheme_feel_type(other->fields[n].type));
            }
        }
    }
    return code;
}

static enum error_code names_of_ledger(struct making *k, struct query__part *part, struct names *names)
{
    const struct feel_type *row = part->ledger->row;
    names_init(k, names, row->count + PATHS);
    for (uint32_t i = 0; i < row->count; i++) {
        add_name(names, row->fields[i].name, row->fields[i].type);
    }
    return add_paths(k, part, names);
}

/* A name that leads on to another row: no row is fetched by it. */
static bool is_path(const struct query__part *part, uint32_t slot)
{
    bool found = false;
    for (uint32_t i = 0; i < part->path_count; i++) {
        found |= part->paths[i].slot == slot;
    }
    return found;
}

/* Compiles the condition over a row: its slots first, those of the asker behind them; and finds the keys. */
static enum error_code compile_condition(struct making *k, struct query__part *part, const struct names *names)
{
    struct feel_scope *scope = feel_scope_new(k->a);
    const struct feel_condition *conditions;
    uint32_t count;
    part->names = names->names;
    part->name_count = names->count;
    k->q->most_names = names->count > k->q->most_names ? names->count : k->q->most_names;
    add_asker(k, scope, names->count);
    for (uint32_t i = 0; i < names->count; i++) {
        feel_scope_add(scope, names->names[i], names->types[i], i);
    }
    enum error_code code = compile(k, scope, part->where, "where", &part->fits);
    if (code != OK || part->fits == NULL) {
        return code;
    }
    /* A key that is compared with a parameter would have to be read first. */
    feel_conditions(k->a, scope, part->where, names->count, names->count + QUERY__PARAMETERS, &conditions, &count);
    part->keys = ARENA_ARRAY(k->a, struct query__key, count);
    for (uint32_t i = 0; i < count; i++) {
        if (conditions[i].relation == FEEL_IS && !is_path(part, conditions[i].slot)) {
            part->keys[part->key_count++] =
                (struct query__key){ names->names[conditions[i].slot], conditions[i].values[0] };
        }
    }
    return OK;
}

/* ---- Parts ---- */

static enum error_code open_part(struct making *k, struct query__part *part, str ledger, str where)
{
    part->where = where;
    enum error_code code = k->source->ledger(k->source->context, ledger, &part->ledger, k->err);
    if (code != OK) {
        return code;
    }
    if (part->ledger == NULL) {
        const char *dot = memchr(ledger.ptr, '.', ledger.len);
        part->missing = dot == NULL ? ledger : str_slice(ledger, 0, (size_t)(dot - ledger.ptr));
        return OK;
    }
    struct names names;
    code = names_of_ledger(k, part, &names);
    return code == OK ? compile_condition(k, part, &names) : code;
}

/* "scheme.ledger.field" or "ledger.field": cut at the last point. */
static enum error_code open_overlap(struct making *k)
{
    const struct scheme_fact *f = k->q->fact;
    enum error_code code = OK;
    k->q->parts = ARENA_ARRAY(k->a, struct query__part, f->with_count);
    for (uint32_t i = 0; i < f->with_count && code == OK; i++) {
        const char *dot = memrchr(f->with[i].ptr, '.', f->with[i].len);
        size_t at = dot == NULL ? f->with[i].len : (size_t)(dot - f->with[i].ptr);
        k->q->parts[i].field = dot == NULL ? STR("") : str_slice(f->with[i], at + 1, f->with[i].len);
        code = open_part(k, &k->q->parts[k->q->part_count++], str_slice(f->with[i], 0, at), f->where);
    }
    return code;
}

/* "sites[enrolled].area": a ledger, a condition, a number to add up. */
static enum error_code open_count(struct making *k, struct query__part *part, str text)
{
    const char *from = memchr(text.ptr, '[', text.len), *to = memrchr(text.ptr, ']', text.len);
    str ledger = text, where = STR("");
    if (from != NULL && to != NULL && from < to) {
        size_t a = (size_t)(from - text.ptr), b = (size_t)(to - text.ptr);
        ledger = str_slice(text, 0, a);
        where = str_slice(text, a + 1, b);
        part->field = b + 2 < text.len ? str_slice(text, b + 2, text.len) : STR("");
    }
    return open_part(k, part, str_trim(ledger), str_trim(where));
}

static enum error_code open_statistic(struct making *k)
{
    const struct scheme_statistic *one = scheme_statistic(k->q->scheme, k->q->fact->target);
    if (one == NULL) {
        return error_set(k->err, ERROR_MISSING, "the scheme has no statistic \"%.*s\"", STR_ARG(k->q->fact->target));
    }
    k->q->by = one->by;
    k->q->by_count = one->by_count;
    k->q->parts = ARENA_ARRAY(k->a, struct query__part, 2);
    k->q->part_count = one->bottom.len > 0 ? 2 : 1;
    enum error_code code = open_count(k, &k->q->parts[0], one->top);
    return code == OK && one->bottom.len > 0 ? open_count(k, &k->q->parts[1], one->bottom) : code;
}

static enum error_code open_parameter(struct making *k)
{
    struct query__part *part = ARENA_NEW(k->a, struct query__part);
    struct names names;
    k->q->parts = part;
    k->q->parameter = scheme_parameter(k->q->scheme, k->q->fact->target);
    if (k->q->parameter == NULL) {
        return error_set(k->err, ERROR_MISSING, "the scheme has no parameter \"%.*s\"",
                         STR_ARG(k->q->fact->target));
    }
    k->q->part_count = 1;
    part->where = k->q->fact->where;
    const struct feel_type *row = k->q->parameter->row;
    names_init(k, &names, row->count);
    for (uint32_t i = 0; i < row->count; i++) {
        add_name(&names, row->fields[i].name, row->fields[i].type);
    }
    return compile_condition(k, part, &names);
}

static enum error_code open_ledger(struct making *k)
{
    struct scheme_query *q = k->q;
    q->parts = ARENA_NEW(k->a, struct query__part);
    q->part_count = 1;
    enum error_code code = open_part(k, q->parts, q->fact->target, q->fact->where);
    const struct scheme_ledger *l = q->parts->ledger;
    for (uint32_t i = 0; code == OK && l != NULL && i < l->field_count && q->place.len == 0; i++) {
        q->place = l->fields[i].type == SCHEME_PLACE ? l->fields[i].name : q->place;
    }
    return code;
}

static enum error_code open_target(struct making *k)
{
    const struct scheme_fact *f = k->q->fact;
    switch (f->kind) {
    case SCHEME_FACT_LEDGER: return open_ledger(k);
    case SCHEME_FACT_PARAMETER: return open_parameter(k);
    case SCHEME_FACT_STATISTIC: return open_statistic(k);
    case SCHEME_FACT_CALENDAR: return compile_asker(k, f->target, "calendar", &k->q->target);
    case SCHEME_FACT_OVERLAP: {
        enum error_code code = compile_asker(k, f->target, "overlap", &k->q->target);
        return code == OK ? open_overlap(k) : code;
    }
    }
    return OK;
}

/* The day that rows are asked for: the fact says it, or the cut-off of its statistic. */
static str on_of(const struct scheme *s, const struct scheme_fact *f)
{
    const struct scheme_statistic *one = f->kind == SCHEME_FACT_STATISTIC ? scheme_statistic(s, f->target) : NULL;
    str cut = one == NULL ? STR("") : one->cut;
    return f->on.len > 0 ? f->on : str_eq(cut, STR("day")) ? STR("this.key date") : cut;
}

/* The fields that every `this` may have beside those that one shows. */
static const struct feel_type *asker_type(struct arena *a, const struct feel_type *given)
{
    struct feel_type *type = ARENA_NEW(a, struct feel_type);
    uint32_t count = given != NULL && given->kind == FEEL_TYPE_CONTEXT ? given->count : 0;
    struct feel_field *fields = ARENA_ARRAY(a, struct feel_field, count + 1);
    bool dated = false;
    for (uint32_t i = 0; i < count; i++) {
        fields[i] = given->fields[i];
        dated = dated || str_eq(fields[i].name, STR("key date"));
    }
    fields[count] = (struct feel_field){ STR("key date"), feel_type_named(STR("date")) };
    *type = (struct feel_type){ .kind = FEEL_TYPE_CONTEXT, .count = count + !dated, .fields = fields };
    return type;
}

enum error_code scheme_query(struct arena *a, const struct scheme *s, const struct scheme_fact *f,
                             const struct feel_type *this_type, const struct scheme_source *source,
                             const struct scheme_query **ret, struct error *err)
{
    struct scheme_query *q = ARENA_NEW(a, struct scheme_query);
    struct making k = { a, q, source, asker_type(a, this_type), feel_scope_new(a), err };
    *q = (struct scheme_query){ .scheme = s, .fact = f, .asker_count = QUERY__PARAMETERS + s->parameter_count,
                                .mentions = ARENA_ARRAY(a, bool, s->parameter_count) };
    add_asker(&k, k.asker, 0);
    enum error_code code = open_target(&k);
    code = code == OK ? compile_asker(&k, on_of(s, f), "on", &q->on) : code;
    code = code == OK ? compile_asker(&k, f->near, "near", &q->near) : code;
    code = code == OK ? compile_asker(&k, f->within, "within", &q->within) : code;
    code = code == OK ? compile_asker(&k, f->for_value, "for", &q->for_value) : code;
    if (code == OK) {
        *ret = q;
    }
    return code;
}

const struct scheme_fact *scheme_query_fact(const struct scheme_query *q)
{
    return q->fact;
}

uint32_t scheme_query_parts(const struct scheme_query *q)
{
    return q->part_count;
}

const struct scheme_ledger *scheme_query_ledger(const struct scheme_query *q, uint32_t part)
{
    return q->parts[part].ledger;
}

str scheme_query_where(const struct scheme_query *q, uint32_t part)
{
    return q->parts[part].where;
}

uint32_t scheme_query_keys(const struct scheme_query *q, uint32_t part)
{
    return q->parts[part].key_count;
}

str scheme_query_key_field(const struct scheme_query *q, uint32_t part, uint32_t key)
{
    return q->parts[part].keys[key].field;
}

feel_value query__now(const struct feel_eval *ev)
{
    const struct feel_environment *env = feel_eval_environment(ev);
    cal_datetime t;
    return cal_datetime_from_utc(env->instant, env->nano, env->zone, &t)
               ? (feel_value){ .kind = FEEL_DATE_TIME, .date_time = t }
               : feel_null();
}

feel_value scheme_query_key(const struct scheme_query *q, uint32_t part, uint32_t key, struct feel_eval *ev,
                            feel_value self)
{
    uint32_t count = q->parts[part].name_count;
    feel_value *slots = ARENA_ARRAY(feel_eval_arena(ev), feel_value, count + q->asker_count);
    slots[count + QUERY__THIS] = self;
    slots[count + QUERY__NOW] = query__now(ev);
    return feel_run(ev, q->parts[part].keys[key].value, slots);
}
