/* test_assess: an assessment over the rows that a scenario gives, as an office makes it of those of a ledger. */
#include "scheme/assess.h"
#include "scheme/test_int.h"

struct assessing {
    struct test__world *w;
    const struct scheme_source *source;
    struct feel_eval *ev;
    const struct scheme_assessment *rule;
    cal_date key_date;
    feel_value common;                  /* the key date and the parameters: `this` of the filter */
    const struct scheme_ledger *ledger;
    const struct feel_program *where;   /* NULL: all rows */
    const struct dmn_model *model, *cap_model; /* NULL: there is no such decision */
    uint32_t node, cap_node;
    struct scheme_entry *entries;
    uint32_t count;
    struct error *err;
};

static enum error_code find_decision(struct assessing *k, str name, const struct dmn_model **ret, uint32_t *ret_node)
{
    *ret = name.len == 0 ? NULL : scheme_find_decision(k->w->scheme, name, ret_node);
    return name.len == 0 || *ret != NULL
               ? OK
               : error_set(k->err, ERROR_MISSING, "the scheme has no decision \"%.*s\"", STR_ARG(name));
}

/* The key date, and all parameters as they are in force on it. */
static enum error_code find_common(struct assessing *k)
{
    const struct scheme *s = k->w->scheme;
    struct arena *a = k->w->arena;
    str *names = ARENA_ARRAY(a, str, s->parameter_count + 1);
    feel_value *values = ARENA_ARRAY(a, feel_value, s->parameter_count + 1);
    enum error_code code = OK;
    names[0] = STR("key date");
    values[0] = (feel_value){ .kind = FEEL_DATE, .date = k->key_date };
    for (uint32_t i = 0; i < s->parameter_count && code == OK; i++) {
        names[i + 1] = s->parameters[i].name;
        code = k->source->parameter(k->source->context, &s->parameters[i], k->key_date, a, &values[i + 1], k->err);
    }
    k->common = feel_context(feel_shape_new(a, names, s->parameter_count + 1), values);
    return code;
}

/* ---- Who is in it ---- */

/* Compiles the filter over the members of a row, behind which stands `this`. */
static enum error_code compile_where(struct assessing *k)
{
    struct arena *a = k->w->arena;
    const struct feel_type *row = k->ledger->row;
    struct feel_scope *scope = feel_scope_new(a);
    if (k->rule->where.len == 0) {
        return OK;
    }
    for (uint32_t i = 0; i < row->count; i++) {
        feel_scope_add(scope, row->fields[i].name, row->fields[i].type, i);
    }
    feel_scope_add(scope, STR("this"), feel_type_of(a, k->common), row->count);
    return feel_compile(a, scope, k->rule->where, &k->where, k->err);
}

/* Whether the row holds on the key date. */
static bool holds(const struct assessing *k, feel_value row)
{
    feel_value from = feel_null(), to = feel_null(), day = { .kind = FEEL_DATE, .date = k->key_date };
    int order = 0;
    feel_context_get(row, k->ledger->valid_from, &from);
    feel_context_get(row, k->ledger->valid_to, &to);
    return !(from.kind == FEEL_DATE && feel_compare(from, day, &order) && order > 0) &&
           !(to.kind == FEEL_DATE && feel_compare(to, day, &order) && order < 0);
}

static bool passes(struct assessing *k, feel_value row)
{
    if (k->where == NULL) {
        return true;
    }
    feel_value *slots = ARENA_ARRAY(k->w->arena, feel_value, row.count + 1);
    memcpy(slots, row.values, row.count * sizeof *slots);
    slots[row.count] = k->common;
    feel_eval_reset(k->ev);
    return feel_is_true(feel_run(k->ev, k->where, slots));
}

/* ---- What is known of each ---- */

/* A name in the result of the decision, else in the row, else among facts and parameters. */
static enum error_code look_up(struct assessing *k, feel_value result, feel_value row, str name, feel_value *ret)
{
    feel_value bound, used;
    *ret = feel_null();
    if (result.kind == FEEL_CONTEXT && feel_context_get(result, name, ret)) {
        return OK;
    }
    enum error_code code = scheme_bind_names(k->w->scheme, &name, 1, k->source, k->ev, row, k->key_date, k->w->arena,
                                             &bound, &used, k->err);
    if (code == OK && !feel_context_get(bound, name, ret)) {
        feel_context_get(row, name, ret);
    }
    return code;
}

static enum error_code decide(struct assessing *k, const struct dmn_model *m, uint32_t node, feel_value row,
                              feel_value *ret)
{
    feel_value bound, used;
    *ret = feel_null();
    if (m == NULL) {
        return OK;
    }
    enum error_code code = scheme_bind(k->w->scheme, m, node, k->source, k->ev, row, k->key_date, k->w->arena, &bound,
                                       &used, k->err);
    if (code == OK) {
        feel_value inputs = scheme_merged(k->w->arena, row, bound);
        feel_eval_reset(k->ev);
        *ret = feel_copy(k->w->arena, dmn_evaluate(m, k->ev, node, inputs, DMN_TEXT_DATES));
        code = feel_eval_limit(k->ev, k->err);
    }
    return code;
}

static enum error_code add_entry(struct assessing *k, feel_value row)
{
    bool lot;
    struct scheme_entry *e = &k->entries[k->count++];
    uint32_t keys = scheme_assess_values(k->rule, &lot);
    feel_value *values = ARENA_ARRAY(k->w->arena, feel_value, keys), result, id = feel_member(row, "row");
    struct buf text = BUF_INIT(LIMIT_FEEL_STRING);
    feel_print(id, &text);
    e->id = id.kind == FEEL_STRING ? feel_str(id) : arena_str(k->w->arena, buf_str(&text));
    e->values = values;
    buf_release(&text);
    enum error_code code = decide(k, k->model, k->node, row, &result);
    for (uint32_t i = 0; i < keys && code == OK; i++) {
        code = look_up(k, result, row, scheme_assess_key(k->rule->order[i]), &values[i]);
    }
    if (code == OK && k->rule->group.len > 0) {
        code = look_up(k, result, row, k->rule->group, &e->group);
    }
    code = code == OK ? decide(k, k->cap_model, k->cap_node, row, &e->cap) : code;
    e->unknown = code == OK && k->cap_model != NULL && e->cap.kind == FEEL_NULL ? k->rule->cap : STR("");
    return code;
}

/* ---- The whole ---- */

static enum error_code read_rows(struct assessing *k)
{
    feel_value rows = test__rows(k->w, k->rule->over, &k->ledger);
    if (k->rule->over_dossiers || k->ledger == NULL) {
        return error_set(k->err, ERROR_INVALID, "a scenario can only assess the rows of a ledger of the scheme");
    }
    enum error_code code = compile_where(k);
    k->entries = ARENA_ARRAY(k->w->arena, struct scheme_entry, rows.count);
    for (uint32_t i = 0; i < rows.count && code == OK; i++) {
        if (holds(k, rows.items[i]) && passes(k, rows.items[i])) {
            code = add_entry(k, rows.items[i]);
        }
    }
    return code;
}

static enum error_code grade(struct assessing *k, str seed, struct scheme_list *list)
{
    struct arena *a = k->w->arena;
    char hash[SHA256_TEXT];
    str text, *ids = ARENA_ARRAY(a, str, k->count);
    feel_value thresholds = feel_null();
    for (uint32_t i = 0; i < k->count; i++) {
        ids[i] = k->entries[i].id;
    }
    feel_context_get(k->common, k->rule->threshold, &thresholds);
    enum error_code code = scheme_draw_list(a, ids, k->count, &text, hash, k->err);
    const struct scheme_assess_input in = { .rule = k->rule, .entries = k->entries, .count = k->count, .seed = seed,
                                            .hash = arena_str(a, str_of(hash)).ptr, .thresholds = thresholds };
    return code == OK ? scheme_assess(a, &in, list, k->err) : code;
}

static enum error_code read_back(struct assessing *k, const struct scheme_list *list, feel_value *ret)
{
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    json_writer_init(&w, &text, false);
    json_begin_object(&w);
    json_key(&w, STR("groups"));
    scheme_assess_write_groups(list, &w);
    json_key(&w, STR("entries"));
    json_begin_array(&w);
    for (uint32_t i = 0; i < list->count; i++) {
        scheme_assess_write_entry(list, k->entries, i, &w);
    }
    json_end_array(&w);
    json_end_object(&w);
    enum error_code code = feel_json_read(k->w->arena, arena_str(k->w->arena, buf_str(&text)), ret, k->err);
    buf_release(&text);
    return code;
}

enum error_code test__assess(struct test__world *w, const struct scheme_source *source, struct feel_eval *ev,
                             str name, str seed, cal_date key_date, feel_value *ret, struct error *err)
{
    struct scheme_list list;
    struct assessing k = { .w = w, .source = source, .ev = ev, .rule = scheme_assessment(w->scheme, name),
                           .key_date = key_date, .err = err };
    if (k.rule == NULL) {
        return error_set(err, ERROR_MISSING, "the scheme has no assessment \"%.*s\"", STR_ARG(name));
    }
    enum error_code code = find_common(&k);
    code = code == OK ? find_decision(&k, k.rule->decide, &k.model, &k.node) : code;
    code = code == OK ? find_decision(&k, k.rule->cap, &k.cap_model, &k.cap_node) : code;
    code = code == OK ? read_rows(&k) : code;
    code = code == OK ? grade(&k, seed, &list) : code;
    return code == OK ? read_back(&k, &list, ret) : code;
}
