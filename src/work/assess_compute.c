/* assess_compute: entries read, decided by several threads, put in order and graded. Nothing here writes. */
#include "work/assess_int.h"

#include "base/limit.h"

#include <unistd.h>

/* What all threads share. */
struct job {
    struct work__assess *x;
    struct work__computed *c;
    feel_value given;
    const struct dmn_model *model, *cap_model; /* NULL: there is no such decision */
    uint32_t node, cap_node;
    uint32_t key_count;
    struct feel_environment env;
};

/* A thread has every n-th page of the entries, an evaluator and an arena. */
struct slice {
    struct job *job;
    struct arena *arena;
    uint32_t from, to;
    pthread_t thread;
};

/* ---- Reading ---- */

static void read_entry(struct store_rows *r, struct arena *a, struct work__entry *e)
{
    *e = (struct work__entry){ .number = store_column_int(r, 0), .version = store_column_int(r, 1),
                               .subject = store_column_int(r, 2), .id = arena_str(a, store_column_text(r, 3)),
                               .input = arena_str(a, store_column_text(r, 4)),
                               .struck = arena_str(a, store_column_text(r, 5)) };
    str result = store_column_text(r, 6), mark = STR("\"struck\":true");
    e->late = e->struck.len > 0 && result.len > 0 && memmem(result.ptr, result.len, mark.ptr, mark.len) == NULL;
}

static enum error_code read_page(struct work__assess *x, struct work__computed *c)
{
    struct store_view *v;
    struct store_value args[] = { store_int(x->s.id), store_int(c->count == 0 ? 0 : c->entries[c->count - 1].number),
                                  store_int(ASSESS__PAGE) };
    enum error_code code = store_view(x->w->store, &v, x->err);
    if (code != OK) {
        return code;
    }
    struct store_rows *r = store_query(v, "SELECT number, version, subject, id, input, struck, result FROM "
                                          "assessment_entry WHERE assessment = ? AND number > ? ORDER BY number "
                                          "LIMIT ?", args, 3);
    while (c->count < x->s.count && store_next(r)) {
        read_entry(r, &c->arenas[0], &c->entries[c->count++]);
    }
    store_rows_end(r);
    code = store_view_error(v, x->err);
    store_view_end(v);
    return code;
}

static enum error_code read_entries(struct work__assess *x, struct work__computed *c)
{
    enum error_code code = OK;
    uint32_t before = UINT32_MAX;
    c->entries = ARENA_ARRAY(&c->arenas[0], struct work__entry, (size_t)x->s.count);
    while (code == OK && c->count < x->s.count && c->count != before) {
        before = c->count;
        code = read_page(x, c);
    }
    return code == OK && c->count < x->s.count
               ? error_set(x->err, ERROR_INVALID, "entries of the assessment are missing")
               : code;
}

/* ---- Deciding ---- */

/* What all have in common, and the entry's own before it where a name is in both. */
static feel_value merge(struct arena *a, feel_value given, feel_value own)
{
    uint32_t count = 0;
    str *names = ARENA_ARRAY(a, str, given.count + own.count);
    feel_value *values = ARENA_ARRAY(a, feel_value, given.count + own.count);
    for (uint32_t i = 0; i < own.count; i++) {
        names[count] = own.shape->names[i];
        values[count++] = own.values[i];
    }
    for (uint32_t i = 0; i < given.count; i++) {
        if (feel_shape_find(own.shape, given.shape->names[i]) < 0) {
            names[count] = given.shape->names[i];
            values[count++] = given.values[i];
        }
    }
    return feel_context(feel_shape_new(a, names, count), values);
}

/* A name in the result of the decision, else in the input. */
static feel_value look_up(feel_value result, feel_value inputs, str name)
{
    feel_value v = feel_null();
    if (result.kind != FEEL_CONTEXT || !feel_context_get(result, name, &v)) {
        feel_context_get(inputs, name, &v);
    }
    return v;
}

static feel_value decide(struct job *j, struct feel_eval *ev, feel_value inputs, struct work__entry *e,
                         struct buf *text)
{
    const struct dmn_trace *trace;
    feel_value result = dmn_evaluate_traced(j->model, ev, j->node, inputs, DMN_TEXT_DATES, &trace);
    if (feel_eval_limit(ev, &e->err) == OK) {
        buf_clear(text);
        dmn_record(trace, text);
        sha256_text(buf_str(text), e->decision);
    }
    return result;
}

static void compute_entry(struct slice *s, struct feel_eval *ev, uint32_t i, struct buf *text)
{
    struct job *j = s->job;
    struct work__entry *e = &j->c->entries[i];
    struct scheme_entry *out = &j->c->of[i];
    feel_value *values = ARENA_ARRAY(s->arena, feel_value, j->key_count), result = feel_null();
    feel_eval_reset(ev);
    if (feel_record_read(s->arena, e->input, &e->in, &e->err) != OK || e->in.kind != FEEL_CONTEXT) {
        e->in = feel_null();
        out->unknown = STR("input");
        out->values = values;
        return;
    }
    feel_value inputs = merge(feel_eval_arena(ev), j->given, e->in);
    if (j->model != NULL) {
        result = decide(j, ev, inputs, e, text);
    }
    for (uint32_t k = 0; k < j->key_count; k++) {
        str name = scheme_assess_key(j->x->rule->order[k]);
        values[k] = feel_copy(s->arena, look_up(result, inputs, name));
    }
    out->values = values;
    if (j->x->rule->group.len > 0) {
        out->group = feel_copy(s->arena, look_up(result, inputs, j->x->rule->group));
    }
    if (j->cap_model != NULL) {
        out->cap = feel_copy(s->arena, dmn_evaluate(j->cap_model, ev, j->cap_node, inputs, DMN_TEXT_DATES));
        out->unknown = out->cap.kind == FEEL_NULL ? j->x->rule->cap : STR("");
    }
    if (feel_eval_limit(ev, &e->err) != OK) {
        out->unknown = arena_str(s->arena, str_of(e->err.message));
    }
}

static void *compute_slice(void *context)
{
    struct slice *s = context;
    struct feel_eval *ev = feel_eval_new(&s->job->env);
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    for (uint32_t i = s->from; i < s->to; i++) {
        compute_entry(s, ev, i, &text);
    }
    buf_release(&text);
    feel_eval_free(ev);
    return NULL;
}

/* One slice on this thread, the others on theirs. */
static void compute_all(struct job *j)
{
    enum { LEAST = 64 };
    struct slice slices[ASSESS__THREADS];
    struct work__computed *c = j->c;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t count = processors < 1 ? 1 : processors > ASSESS__THREADS ? ASSESS__THREADS : (uint32_t)processors;
    count = c->count < LEAST ? 1 : count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t from = (uint32_t)((uint64_t)c->count * i / count);
        uint32_t to = (uint32_t)((uint64_t)c->count * (i + 1) / count);
        slices[i] = (struct slice){ .job = j, .arena = &c->arenas[i + 1], .from = from, .to = to };
        if (i > 0 && pthread_create(&slices[i].thread, NULL, compute_slice, &slices[i]) != 0) {
            compute_slice(&slices[i]);
            slices[i].job = NULL;
        }
    }
    compute_slice(&slices[0]);
    for (uint32_t i = 1; i < count; i++) {
        if (slices[i].job != NULL) {
            pthread_join(slices[i].thread, NULL);
        }
    }
}

static enum error_code find_decision(struct work__assess *x, str name, const struct dmn_model **ret, uint32_t *ret_node)
{
    if (name.len == 0) {
        return OK;
    }
    *ret = scheme_find_decision(x->scheme, name, ret_node);
    return *ret != NULL ? OK
                        : error_set(x->err, ERROR_MISSING, "the scheme has no decision \"%.*s\"", STR_ARG(name));
}

/* ---- The list as text ---- */

static enum error_code write_lines(struct work__assess *x, struct work__computed *c)
{
    struct json_writer w;
    size_t *ends = ARENA_ARRAY(&c->arenas[0], size_t, (size_t)c->list.count + 1);
    json_writer_init(&w, &c->text, false);
    scheme_assess_write_groups(&c->list, &w);
    buf_addc(&c->text, '\n');
    ends[0] = c->text.len;
    for (uint32_t i = 0; i < c->list.count; i++) {
        json_writer_init(&w, &c->text, false);
        scheme_assess_write_entry(&c->list, c->of, i, &w);
        buf_addc(&c->text, '\n');
        ends[i + 1] = c->text.len;
    }
    if (c->text.overflow) {
        error_set(x->err, ERROR_LIMIT, "the list is too large");
        error_detail(x->err, "limit %s = %d", "JSON_BYTES", LIMIT_JSON_BYTES);
        return ERROR_LIMIT;
    }
    c->lines = ARENA_ARRAY(&c->arenas[0], str, c->list.count);
    c->quotas = str_slice(buf_str(&c->text), 0, ends[0] - 1);
    for (uint32_t i = 0; i < c->list.count; i++) {
        c->lines[i] = str_slice(buf_str(&c->text), ends[i], ends[i + 1] - 1);
    }
    sha256_text(buf_str(&c->text), c->hash);
    return OK;
}

/* ---- The whole ---- */

static void describe(struct work__computed *c, bool late_strikes)
{
    c->of = ARENA_ARRAY(&c->arenas[0], struct scheme_entry, c->count);
    for (uint32_t i = 0; i < c->count; i++) {
        c->of[i].id = c->entries[i].id;
        c->of[i].struck = c->entries[i].struck.len > 0 && !(late_strikes && c->entries[i].late);
    }
}

static enum error_code read_given(struct work__assess *x, feel_value with, struct arena *a, feel_value *ret)
{
    *ret = feel_context(feel_shape_new(a, NULL, 0), NULL);
    enum error_code code = x->s.given.len == 0 ? OK : feel_record_read(a, x->s.given, ret, x->err);
    if (code == OK && with.kind == FEEL_CONTEXT) {
        *ret = merge(a, *ret, with);
    }
    return code;
}

enum error_code work__assess_compute(struct work__assess *x, feel_value with, bool late_strikes,
                                     struct work__computed *ret)
{
    bool lot;
    struct work__computed *c = ret;
    *c = (struct work__computed){ .text = BUF_INIT(LIMIT_JSON_BYTES) };
    struct job j = { .x = x, .c = c };
    enum error_code code = read_entries(x, c);
    code = code == OK ? read_given(x, with, &c->arenas[0], &j.given) : code;
    code = code == OK ? find_decision(x, x->rule->decide, &j.model, &j.node) : code;
    code = code == OK ? find_decision(x, x->rule->cap, &j.cap_model, &j.cap_node) : code;
    if (code != OK) {
        return code;
    }
    work__environment(x->w, x->s.frozen, &j.env);
    j.env.seed = 0; /* so that everybody computes the same */
    j.env.calendar = work__calendar_at(x->w, x->s.frozen);
    j.key_count = scheme_assess_values(x->rule, &lot);
    describe(c, late_strikes);
    compute_all(&j);
    const struct scheme_assess_input in = { .rule = x->rule, .entries = c->of, .count = c->count, .seed = x->s.seed,
                                            .hash = arena_printf(&c->arenas[0], "%.*s", STR_ARG(x->s.list)).ptr,
                                            .thresholds = look_up(feel_null(), j.given, x->rule->threshold) };
    code = scheme_assess(&c->arenas[0], &in, &c->list, x->err);
    return code == OK ? write_lines(x, c) : code;
}

void work__computed_release(struct work__computed *c)
{
    for (size_t i = 0; i < sizeof c->arenas / sizeof c->arenas[0]; i++) {
        arena_release(&c->arenas[i]);
    }
    buf_release(&c->text);
}

/* ---- The hash of what was frozen ---- */

void work__population_begin(struct buf *text, str given)
{
    char hash[SHA256_TEXT];
    sha256_text(given, hash);
    buf_printf(text, "%s\n", hash);
}

void work__population_add(struct buf *text, str id, str input)
{
    char hash[SHA256_TEXT];
    sha256_text(input, hash);
    buf_printf(text, "%.*s %s\n", STR_ARG(id), hash);
}
