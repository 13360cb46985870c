/* bind: what the inputs of a decision get by their names. See scheme.h for the order and fact.h for the facts. */
#include "scheme/fact_int.h"

#include "form/form.h"

struct entry {
    str name;
    feel_value value, used;
};

struct binding {
    const struct scheme *scheme;
    const struct scheme_source *source;
    struct feel_eval *ev;
    struct arena *a;
    const struct feel_type *this_type;
    feel_value self;
    cal_date key_date;
    struct entry *entries;
    uint32_t count;
    struct error *err;
};

/* The rows of a parameter note where they come from by themselves: they have source, state and days. */
static enum error_code bind_parameter(struct binding *b, struct entry *e, const struct scheme_parameter *p)
{
    enum error_code code = b->source->parameter(b->source->context, p, b->key_date, b->a, &e->value, b->err);
    e->used = e->value;
    return code;
}

static enum error_code bind_fact(struct binding *b, struct entry *e, const struct scheme_fact *f)
{
    const struct scheme_query *q;
    enum error_code code = scheme_query(b->a, b->scheme, f, b->this_type, b->source, &q, b->err);
    return code == OK ? scheme_answer(q, b->source, b->ev, b->self, b->key_date, b->a, &e->value, &e->used, b->err)
                      : code;
}

/* False: nothing but a variable has this name. */
static bool bind_reserved(struct binding *b, struct entry *e, str name)
{
    if (str_eq(name, STR("this"))) {
        e->value = b->self;
    } else if (str_eq(name, STR("key date"))) {
        e->value = (feel_value){ .kind = FEEL_DATE, .date = b->key_date };
    } else if (str_eq(name, STR("figures")) || str_eq(name, STR("clocks"))) {
        e->value = feel_null();
        feel_context_get(b->self, name, &e->value);
    } else {
        return false;
    }
    return true;
}

/* `name` is what is looked up, `input` what the model calls it: of an imported model with the name of the import. */
static enum error_code bind(struct binding *b, str name, str input)
{
    struct entry *e = &b->entries[b->count];
    const struct scheme_fact *f = scheme_fact(b->scheme, name);
    const struct scheme_parameter *p = f == NULL ? scheme_parameter(b->scheme, name) : NULL;
    *e = (struct entry){ input, feel_null(), feel_null() };
    enum error_code code = f != NULL ? bind_fact(b, e, f) : p != NULL ? bind_parameter(b, e, p) : OK;
    b->count += code == OK && (f != NULL || p != NULL || bind_reserved(b, e, name));
    return code;
}

static bool is_bound(const struct binding *b, str input)
{
    for (uint32_t i = 0; i < b->count; i++) {
        if (str_eq(b->entries[i].name, input)) {
            return true;
        }
    }
    return false;
}

static enum error_code bind_input(struct binding *b, str input)
{
    if (is_bound(b, input)) {
        return OK;
    }
    uint32_t before = b->count;
    enum error_code code = bind(b, input, input);
    const char *dot = memrchr(input.ptr, '.', input.len);
    if (code == OK && b->count == before && dot != NULL) {
        code = bind(b, str_slice(input, (size_t)(dot - input.ptr) + 1, input.len), input);
    }
    return code;
}

static feel_value entries_of(struct binding *b, bool used)
{
    str *names = ARENA_ARRAY(b->a, str, b->count);
    feel_value *values = ARENA_ARRAY(b->a, feel_value, b->count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];
        if (!used || e->used.kind != FEEL_NULL) {
            names[n] = e->name;
            values[n++] = used ? e->used : e->value;
        }
    }
    return feel_context(feel_shape_new(b->a, names, n), values);
}

enum error_code scheme_bind_names(const struct scheme *s, const str *names, uint32_t count,
                                  const struct scheme_source *source, struct feel_eval *ev, feel_value self,
                                  cal_date key_date, struct arena *a, feel_value *ret, feel_value *ret_used,
                                  struct error *err)
{
    struct binding b = { s, source, ev, a, feel_type_of(a, self), self, key_date,
                         ARENA_ARRAY(a, struct entry, count), 0, err };
    enum error_code code = OK;
    for (uint32_t i = 0; i < count && code == OK; i++) {
        code = bind_input(&b, names[i]);
    }
    if (code == OK) {
        *ret = entries_of(&b, false);
        *ret_used = entries_of(&b, true);
    }
    return code;
}

enum error_code scheme_bind(const struct scheme *s, const struct dmn_model *m, uint32_t node,
                            const struct scheme_source *source, struct feel_eval *ev, feel_value self,
                            cal_date key_date, struct arena *a, feel_value *ret, feel_value *ret_used,
                            struct error *err)
{
    uint32_t nodes = dmn_node_count(m), count = 0;
    str *names = ARENA_ARRAY(a, str, nodes);
    bool *needed = ARENA_ARRAY(a, bool, nodes);
    dmn_needed(m, node, needed);
    for (uint32_t i = 0; i < nodes; i++) {
        struct dmn_node_info info = dmn_node(m, i);
        names[count] = info.name;
        count += needed[i] && info.kind == DMN_INPUT;
    }
    return scheme_bind_names(s, names, count, source, ev, self, key_date, a, ret, ret_used, err);
}

feel_value scheme_merged(struct arena *a, feel_value below, feel_value above)
{
    if (below.kind != FEEL_CONTEXT || above.kind != FEEL_CONTEXT) {
        return above.kind == FEEL_CONTEXT ? above : below;
    }
    str *names = ARENA_ARRAY(a, str, below.count + above.count);
    feel_value *values = ARENA_ARRAY(a, feel_value, below.count + above.count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < below.count; i++) {
        if (feel_shape_find(above.shape, below.shape->names[i]) < 0) {
            names[n] = below.shape->names[i];
            values[n++] = below.values[i];
        }
    }
    for (uint32_t i = 0; i < above.count; i++) {
        names[n] = above.shape->names[i];
        values[n++] = above.values[i];
    }
    return feel_context(feel_shape_new(a, names, n), values);
}

feel_value scheme_this(struct arena *a, feel_value variables, feel_value known)
{
    str names[] = { STR("figures") };
    feel_value *values = ARENA_ARRAY(a, feel_value, 1);
    values[0] = form_overlay(a, feel_member(variables, "declared"), feel_member(variables, "verified"));
    feel_value figures = feel_context(feel_shape_new(a, names, 1), values);
    return scheme_merged(a, scheme_merged(a, variables, figures), known);
}
