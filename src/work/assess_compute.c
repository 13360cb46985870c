/* assess_compute: entries read and decided by several threads, put in order and graded by one, written as text by
 * several. Nothing here changes what is stored.
 */
#include "work/assess_int.h"

#include "base/limit.h"

#include <unistd.h>

/* What all threads share. */
struct job {
    struct work__assess *x;
    struct work__computed *c;
    bool late_strikes;
    feel_value given;
    const struct dmn_model *model, *cap_model; /* NULL: there is no such decision */
    uint32_t node, cap_node;
    uint32_t key_count;
    feel_value *values;                        /* of the keys, one entry's after the other's: sorting walks over them */
    size_t *ends;                              /* of the lines, in the text of their slice */
    struct feel_environment env;
};

/* A thread has some of the entries, or of the lines. */
struct slice {
    struct job *job;
    enum error_code (*work)(struct slice *s);
    struct arena *arena;
    uint32_t from, to;
    const struct feel_shape *own, *merged;     /* of the entry before: most often also of the next one */
    struct buf text;
    pthread_t thread;
    bool apart;                                /* on a thread of its own */
    enum error_code code;
    struct error err;
};

/* ---- Threads ---- */

static void *run_slice(void *context)
{
    struct slice *s = context;
    s->code = s->work(s);
    return NULL;
}

static uint32_t slice_count(uint32_t entries)
{
    enum { LEAST = 64 };
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t count = processors < 1 ? 1 : processors > ASSESS__THREADS ? ASSESS__THREADS : (uint32_t)processors;
    return entries < LEAST ? 1 : count;
}

/* Has all of them worked on: one slice on this thread, the others on theirs. */
static enum error_code in_slices(struct job *j, enum error_code (*work)(struct slice *s), struct slice *slices,
                                 uint32_t count)
{
    struct work__computed *c = j->c;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t from = (uint32_t)((uint64_t)c->count * i / count);
        uint32_t to = (uint32_t)((uint64_t)c->count * (i + 1) / count);
        slices[i] = (struct slice){ .job = j, .work = work, .arena = &c->arenas[i + 1], .from = from, .to = to,
                                    .text = BUF_INIT(LIMIT_JSON_BYTES),
                                    .err.lang = j->x->err != NULL ? j->x->err->lang : LANG_EN };
        slices[i].apart = i > 0 && pthread_create(&slices[i].thread, NULL, run_slice, &slices[i]) == 0;
    }
    enum error_code code = OK;
    for (uint32_t i = 0; i < count; i++) {
        if (slices[i].apart) {
            pthread_join(slices[i].thread, NULL);
        } else {
            run_slice(&slices[i]);
        }
        if (code == OK && slices[i].code != OK && j->x->err != NULL) {
            *j->x->err = slices[i].err;
        }
        code = code == OK ? slices[i].code : code;
    }
    return code;
}

static void release_slices(struct slice *slices, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_release(&slices[i].text);
    }
}

/* ---- Reading ---- */

static void read_entry(struct slice *s, struct store_rows *r, uint32_t i)
{
    struct arena *a = s->arena;
    struct work__entry *e = &s->job->c->entries[i];
    *e = (struct work__entry){ .number = store_column_int(r, 0), .version = store_column_int(r, 1),
                               .subject = store_column_int(r, 2), .id = arena_str(a, store_column_text(r, 3)),
                               .input = arena_str(a, store_column_text(r, 4)),
                               .struck = arena_str(a, store_column_text(r, 5)) };
    str result = store_column_text(r, 6), mark = STR("\"struck\":true");
    e->late = e->struck.len > 0 && result.len > 0 && memmem(result.ptr, result.len, mark.ptr, mark.len) == NULL;
    s->job->c->of[i].id = e->id;
    s->job->c->of[i].struck = e->struck.len > 0 && !(s->job->late_strikes && e->late);
}

/* Entries are numbered from 1 without a gap. Returns in *ret_at how far it came. */
static enum error_code read_page(struct slice *s, uint32_t *ret_at)
{
    struct store_view *v;
    struct work__assess *x = s->job->x;
    uint32_t at = *ret_at, end = s->to - at > ASSESS__PAGE ? at + ASSESS__PAGE : s->to;
    struct store_value args[] = { store_int(x->s.id), store_int(at), store_int(end) };
    enum error_code code = store_view(x->w->store, &v, &s->err);
    if (code != OK) {
        return code;
    }
    struct store_rows *r = store_query(v, "SELECT number, version, subject, id, input, struck, result FROM "
                                          "assessment_entry WHERE assessment = ? AND number > ? AND number <= ? "
                                          "ORDER BY number", args, 3);
    while (at < end && store_next(r)) {
        read_entry(s, r, at++);
    }
    store_rows_end(r);
    code = store_view_error(v, &s->err);
    store_view_end(v);
    *ret_at = at;
    return code == OK && at < end ? error_set(&s->err, ERROR_INVALID, "entries of the assessment are missing") : code;
}

/* ---- Deciding ---- */

feel_value work__assess_inputs(struct arena *a, feel_value given, feel_value own)
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
    if (feel_eval_limit(ev, NULL) == OK) {
        buf_clear(text);
        dmn_record(trace, text);
        sha256_text(buf_str(text), e->decision);
    }
    return result;
}

/* All inputs of an entry; null: they cannot be read. */
static feel_value read_inputs(struct slice *s, struct arena *scratch, str input)
{
    feel_value own = feel_null();
    if (feel_record_read(scratch, input, &own, NULL) != OK || own.kind != FEEL_CONTEXT) {
        return feel_null();
    }
    if (s->own == NULL || !feel_shape_is(s->own, own.shape->names, own.count)) {
        s->own = feel_shape_new(s->arena, own.shape->names, own.count);
        s->merged = work__assess_inputs(s->arena, s->job->given, own).shape;
    }
    feel_value *values = ARENA_ARRAY(scratch, feel_value, s->merged->count);
    for (uint32_t i = 0; i < own.count; i++) {
        values[i] = own.values[i];
    }
    for (uint32_t i = own.count; i < s->merged->count; i++) {
        feel_context_get(s->job->given, s->merged->names[i], &values[i]);
    }
    return feel_context(s->merged, values);
}

static void compute_entry(struct slice *s, struct feel_eval *ev, uint32_t i)
{
    struct job *j = s->job;
    struct work__entry *e = &j->c->entries[i];
    struct scheme_entry *out = &j->c->of[i];
    struct error err = { .lang = LANG_EN };
    feel_value *values = &j->values[(size_t)i * j->key_count], result = feel_null();
    out->values = values;
    feel_eval_reset(ev);
    feel_value inputs = read_inputs(s, feel_eval_arena(ev), e->input);
    if (inputs.kind == FEEL_NULL) {
        out->unknown = STR("input");
        return;
    }
    if (j->model != NULL) {
        result = decide(j, ev, inputs, e, &s->text);
    }
    for (uint32_t k = 0; k < j->key_count; k++) {
        str name = scheme_assess_key(j->x->rule->order[k]);
        values[k] = feel_copy(s->arena, look_up(result, inputs, name));
    }
    if (j->x->rule->group.len > 0) {
        out->group = feel_copy(s->arena, look_up(result, inputs, j->x->rule->group));
    }
    if (j->cap_model != NULL) {
        out->cap = feel_copy(s->arena, dmn_evaluate(j->cap_model, ev, j->cap_node, inputs, DMN_TEXT_DATES));
        out->unknown = out->cap.kind == FEEL_NULL ? j->x->rule->cap : STR("");
    }
    if (feel_eval_limit(ev, &err) != OK) {
        out->unknown = arena_str(s->arena, str_of(err.message));
    }
}

static enum error_code decide_slice(struct slice *s)
{
    struct feel_eval *ev = feel_eval_new(&s->job->env);
    enum error_code code = OK;
    for (uint32_t at = s->from, read = s->from; code == OK && at < s->to;) {
        code = read_page(s, &read);
        for (; code == OK && at < read; at++) {
            compute_entry(s, ev, at);
        }
    }
    feel_eval_free(ev);
    return code;
}

static enum error_code decide_all(struct job *j)
{
    struct slice slices[ASSESS__THREADS];
    struct work__computed *c = j->c;
    uint32_t count = slice_count((uint32_t)j->x->s.count);
    c->count = (uint32_t)j->x->s.count;
    c->entries = ARENA_ARRAY(&c->arenas[0], struct work__entry, c->count);
    c->of = ARENA_ARRAY(&c->arenas[0], struct scheme_entry, c->count);
    j->values = ARENA_ARRAY(&c->arenas[0], feel_value, (size_t)c->count * j->key_count);
    enum error_code code = in_slices(j, decide_slice, slices, count);
    release_slices(slices, count);
    return code;
}

enum error_code work__assess_decision(struct work__assess *x, str name, const struct dmn_model **ret,
                                      uint32_t *ret_node)
{
    *ret = scheme_find_decision(x->scheme, name, ret_node);
    return *ret != NULL ? OK
                        : error_set(x->err, ERROR_MISSING, "the scheme has no decision \"%.*s\"", STR_ARG(name));
}

/* ---- The list as text ---- */

static enum error_code write_slice(struct slice *s)
{
    const struct work__computed *c = s->job->c;
    struct json_writer w;
    for (uint32_t i = s->from; i < s->to; i++) {
        json_writer_init(&w, &s->text, false);
        scheme_assess_write_entry(&c->list, c->of, i, &w);
        buf_addc(&s->text, '\n');
        s->job->ends[i] = s->text.len;
    }
    return OK;
}

/* The texts of the slices one after the other, and the lines in them. */
static void join_lines(struct job *j, const struct slice *slices, uint32_t count)
{
    struct work__computed *c = j->c;
    size_t first = c->text.len;
    for (uint32_t i = 0; i < count; i++) {
        buf_add(&c->text, buf_str(&slices[i].text));
        c->text.overflow |= slices[i].text.overflow;
    }
    c->lines = ARENA_ARRAY(&c->arenas[0], str, c->list.count);
    for (uint32_t i = 0, n = 0; !c->text.overflow && i < count; i++) {
        size_t start = first;
        for (; n < slices[i].to; n++) {
            size_t end = first + j->ends[n];
            c->lines[n] = str_slice(buf_str(&c->text), start, end - 1);
            start = end;
        }
        first += slices[i].text.len;
    }
}

static enum error_code write_lines(struct job *j)
{
    struct json_writer w;
    struct slice slices[ASSESS__THREADS];
    struct work__computed *c = j->c;
    uint32_t count = slice_count(c->count);
    json_writer_init(&w, &c->text, false);
    scheme_assess_write_groups(&c->list, &w);
    buf_addc(&c->text, '\n');
    size_t quotas = c->text.len - 1;
    j->ends = ARENA_ARRAY(&c->arenas[0], size_t, c->list.count);
    in_slices(j, write_slice, slices, count);
    join_lines(j, slices, count);
    release_slices(slices, count);
    if (c->text.overflow) {
        error_set(j->x->err, ERROR_LIMIT, "the list is too large");
        error_detail(j->x->err, "limit %s = %d", "JSON_BYTES", LIMIT_JSON_BYTES);
        return ERROR_LIMIT;
    }
    c->quotas = str_slice(buf_str(&c->text), 0, quotas);
    sha256_text(buf_str(&c->text), c->hash);
    return OK;
}

/* ---- The whole ---- */

void work__assess_environment(struct work__assess *x, struct feel_environment *ret)
{
    work__environment(x->w, x->s.frozen, ret);
    ret->seed = 0; /* so that everybody computes the same */
    ret->calendar = work__calendar_at(x->w, x->s.frozen);
}

enum error_code work__assess_given(struct work__assess *x, feel_value with, struct arena *a, feel_value *ret)
{
    *ret = feel_context(feel_shape_new(a, NULL, 0), NULL);
    enum error_code code = x->s.given.len == 0 ? OK : feel_record_read(a, x->s.given, ret, x->err);
    if (code == OK && with.kind == FEEL_CONTEXT) {
        *ret = work__assess_inputs(a, *ret, with);
    }
    return code;
}

enum error_code work__assess_compute(struct work__assess *x, feel_value with, bool late_strikes,
                                     struct work__computed *ret)
{
    bool lot;
    struct work__computed *c = ret;
    *c = (struct work__computed){ .text = BUF_INIT(LIMIT_JSON_BYTES) };
    struct job j = { .x = x, .c = c, .late_strikes = late_strikes };
    enum error_code code = work__assess_given(x, with, &c->arenas[0], &j.given);
    if (code == OK && x->rule->decide.len > 0) {
        code = work__assess_decision(x, x->rule->decide, &j.model, &j.node);
    }
    if (code == OK && x->rule->cap.len > 0) {
        code = work__assess_decision(x, x->rule->cap, &j.cap_model, &j.cap_node);
    }
    if (code != OK) {
        return code;
    }
    work__assess_environment(x, &j.env);
    j.key_count = scheme_assess_values(x->rule, &lot);
    code = decide_all(&j);
    if (code != OK) {
        return code;
    }
    const struct scheme_assess_input in = { .rule = x->rule, .entries = c->of, .count = c->count, .seed = x->s.seed,
                                            .hash = arena_printf(&c->arenas[0], "%.*s", STR_ARG(x->s.list)).ptr,
                                            .thresholds = look_up(feel_null(), j.given, x->rule->threshold) };
    code = scheme_assess(&c->arenas[0], &in, &c->list, x->err);
    return code == OK ? write_lines(&j) : code;
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
