/* simulate: see simulate.h. Decisions are read page by page, each page in a view of its own, and evaluated by several
 * threads; what differs is written in the order of the decisions. */
#include "work/simulate.h"

#include "base/limit.h"
#include "work/work_int.h"

#include <stdlib.h>
#include <unistd.h>

enum { PAGE = 2000, THREADS = 8, SHOWN = 120 };

struct one {
    int64_t id, dossier;
    str record;
};

/* "from" one answer "to" another. */
struct transition {
    struct transition *next;
    str from, to;
    uint64_t count;
};

struct simulation;

/* A thread: its own evaluator, arena and text. */
struct part {
    struct simulation *s;
    struct feel_eval *ev;
    struct arena arena;           /* of one decision */
    struct arena kept;            /* of `transitions` */
    struct buf changes, text;
    struct transition *transitions;
    uint32_t from, to;
    uint32_t listed;              /* in `changes` */
    uint64_t different, gone;
    struct error err;
    pthread_t thread;
    bool started;
};

struct simulation {
    struct work *w;
    const struct work_simulate *what;
    const struct scheme *scheme;
    struct arena page;
    struct one *list;
    uint32_t count;
    uint64_t total, listed, left_out;
    int64_t after;
    struct part parts[THREADS];
    uint32_t part_count;
};

/* ---- One decision ---- */

static cal_date day_of(feel_value inputs, const struct feel_environment *env)
{
    cal_datetime t;
    feel_value key = feel_member(inputs, "key date");
    if (key.kind == FEEL_DATE) {
        return key.date;
    }
    bool fine = cal_datetime_from_utc(env->instant, 0, (cal_zone)cal_zone_offset_at(env->zone, env->instant), &t);
    return fine ? (cal_date){ t.year, (uint8_t)t.month, (uint8_t)t.day } : (cal_date){ 0, 0, 0 };
}

/* An input as it would be. */
static feel_value rebound(struct part *p, str name, feel_value was, cal_date day)
{
    feel_value v;
    const struct scheme_parameter *table = scheme_parameter(p->s->scheme, name);
    if (p->s->what->with.kind == FEEL_CONTEXT && feel_context_get(p->s->what->with, name, &v)) {
        return v;
    }
    return table == NULL || p->s->what->scheme == NULL
               ? was
               : scheme_rows_on(&p->arena, table, table->rows, table->row_count, day);
}

/* The inputs of the record, and those of `with` that it did not need. */
static feel_value inputs_of(struct part *p, feel_value record, const struct feel_environment *env)
{
    feel_value was = feel_member(record, "inputs"), with = p->s->what->with;
    uint32_t most = (was.kind == FEEL_CONTEXT ? was.count : 0) + (with.kind == FEEL_CONTEXT ? with.count : 0), n = 0;
    str *names = ARENA_ARRAY(&p->arena, str, most);
    feel_value *values = ARENA_ARRAY(&p->arena, feel_value, most);
    cal_date day = day_of(was, env);
    for (uint32_t i = 0; was.kind == FEEL_CONTEXT && i < was.count; i++) {
        names[n] = was.shape->names[i];
        values[n++] = rebound(p, was.shape->names[i], was.values[i], day);
    }
    for (uint32_t i = 0; with.kind == FEEL_CONTEXT && i < with.count; i++) {
        if (was.kind != FEEL_CONTEXT || feel_shape_find(was.shape, with.shape->names[i]) < 0) {
            names[n] = with.shape->names[i];
            values[n++] = with.values[i];
        }
    }
    return feel_context(feel_shape_new(&p->arena, names, n), values);
}

static str canonical(struct part *p, feel_value v)
{
    buf_clear(&p->text);
    feel_record_write(v, &p->text);
    return arena_str(&p->arena, buf_str(&p->text));
}

/* An answer in a word: its member `result` where it has one, else the value itself, cut. */
static str word_of(struct part *p, feel_value v)
{
    feel_value result = feel_member(v, "result");
    v = result.kind != FEEL_NULL ? result : v;
    if (v.kind == FEEL_STRING) {
        return feel_str(v);
    }
    buf_clear(&p->text);
    feel_json_write(v, false, &p->text);
    str s = buf_str(&p->text);
    size_t n = s.len < SHOWN ? s.len : SHOWN;
    while (n < s.len && n > 0 && ((unsigned char)s.ptr[n] & 0xC0) == 0x80) {
        n--;
    }
    return arena_str(&p->arena, str_slice(s, 0, n));
}

static void count_transition(struct part *p, str from, str to, uint64_t count)
{
    struct transition *t = p->transitions;
    while (t != NULL && !(str_eq(t->from, from) && str_eq(t->to, to))) {
        t = t->next;
    }
    if (t == NULL) {
        t = ARENA_NEW(&p->kept, struct transition);
        *t = (struct transition){ p->transitions, arena_str(&p->kept, from), arena_str(&p->kept, to), 0 };
        p->transitions = t;
    }
    t->count += count;
}

/* ---- By which rule ---- */

/* The table of a name in the list `matched` of a record. */
static feel_value rules_of(feel_value matched, str table)
{
    for (uint32_t i = 0; matched.kind == FEEL_LIST && i < matched.count; i++) {
        if (str_eq(feel_text_member(matched.items[i], "table"), table)) {
            return feel_member(matched.items[i], "rules");
        }
    }
    return feel_null();
}

static void write_value(struct json_writer *w, const char *name, feel_value v)
{
    json_key(w, str_of(name));
    json_raw(w, STR(""));
    feel_json_write(v, false, w->out);
}

/* The rules that fit now, with their annotations, out of the explanation of a table. */
static void write_now(struct json_writer *w, feel_value table)
{
    feel_value rules = feel_member(table, "rules");
    json_key(w, STR("now"));
    json_begin_array(w);
    for (uint32_t i = 0; rules.kind == FEEL_LIST && i < rules.count; i++) {
        if (!feel_is_true(feel_member(rules.items[i], "matched"))) {
            continue;
        }
        feel_value notes = feel_member(rules.items[i], "annotations");
        json_begin_object(w);
        write_value(w, "id", feel_member(rules.items[i], "id"));
        for (uint32_t k = 0; notes.kind == FEEL_LIST && k < notes.count; k++) {
            json_key(w, feel_text_member(notes.items[k], "name"));
            json_string(w, feel_text_member(notes.items[k], "text"));
        }
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_table(struct part *p, struct json_writer *w, feel_value was, feel_value now, feel_value table)
{
    str name = feel_text_member(table, "table");
    feel_value before = rules_of(was, name);
    if (str_eq(canonical(p, before), canonical(p, rules_of(now, name)))) {
        return;
    }
    json_begin_object(w);
    json_text_member(w, "table", name);
    write_value(w, "was", before);
    write_now(w, table);
    json_end_object(w);
}

/* The tables in which other rules fit than did. */
static void write_rules(struct part *p, struct json_writer *w, feel_value was, const struct dmn_trace *trace)
{
    feel_value now = feel_null(), explained = feel_null();
    buf_clear(&p->text);
    dmn_record(trace, &p->text);
    feel_record_read(&p->arena, arena_str(&p->arena, buf_str(&p->text)), &now, NULL);
    buf_clear(&p->text);
    dmn_explain_json(trace, LANG_EN, &p->text);
    feel_json_read(&p->arena, arena_str(&p->arena, buf_str(&p->text)), &explained, NULL);
    feel_value nodes = feel_member(explained, "nodes");
    json_key(w, STR("rules"));
    json_begin_array(w);
    for (uint32_t i = 0; nodes.kind == FEEL_LIST && i < nodes.count; i++) {
        feel_value tables = feel_member(nodes.items[i], "tables");
        for (uint32_t k = 0; tables.kind == FEEL_LIST && k < tables.count; k++) {
            write_table(p, w, was, feel_member(now, "matched"), tables.items[k]);
        }
    }
    json_end_array(w);
}

static void write_change(struct part *p, const struct one *d, feel_value record, feel_value from, feel_value to,
                         const struct dmn_trace *trace)
{
    struct json_writer w;
    p->listed++;
    if (p->changes.len > 0) {
        buf_addc(&p->changes, ',');
    }
    json_writer_init(&w, &p->changes, false);
    json_begin_object(&w);
    json_int_member(&w, "decision", d->id);
    json_int_member(&w, "dossier", d->dossier);
    json_text_member(&w, "name", feel_text_member(record, "decision"));
    json_text_member(&w, "from", word_of(p, from));
    json_text_member(&w, "to", word_of(p, to));
    write_rules(p, &w, feel_member(record, "matched"), trace);
    json_end_object(&w);
}

/* ---- A page ---- */

static void simulate_one(struct part *p, const struct one *d)
{
    feel_value record, from = feel_null();
    uint32_t node;
    struct feel_environment env;
    const struct dmn_trace *trace;
    struct error err = { .lang = p->err.lang };
    arena_clear(&p->arena);
    bool fine = feel_record_read(&p->arena, d->record, &record, &err) == OK &&
                work__recorded_environment(p->s->w, record, &env, &err) == OK;
    str name = fine ? feel_text_member(record, "decision") : STR("");
    const struct dmn_model *m = fine ? scheme_find_decision(p->s->scheme, name, &node) : NULL;
    if (m == NULL) {
        p->gone++;
        return;
    }
    feel_eval_set_environment(p->ev, &env);
    feel_eval_reset(p->ev);
    feel_value to = dmn_evaluate_traced(m, p->ev, node, inputs_of(p, record, &env), DMN_TEXT_DATES, &trace);
    feel_context_get(feel_member(record, "outputs"), name, &from);
    if (feel_eval_limit(p->ev, &p->err) == OK && !str_eq(canonical(p, from), canonical(p, to))) {
        p->different++;
        count_transition(p, word_of(p, from), word_of(p, to), 1);
        write_change(p, d, record, from, to, trace);
    }
}

static void *simulate_part(void *context)
{
    struct part *p = context;
    for (uint32_t i = p->from; i < p->to && p->err.code == OK; i++) {
        simulate_one(p, &p->s->list[i]);
    }
    return NULL;
}

static void simulate_page(struct simulation *s)
{
    for (uint32_t i = 0; i < s->part_count; i++) {
        struct part *p = &s->parts[i];
        p->from = (uint32_t)((uint64_t)s->count * i / s->part_count);
        p->to = (uint32_t)((uint64_t)s->count * (i + 1) / s->part_count);
        p->started = i > 0 && pthread_create(&p->thread, NULL, simulate_part, p) == 0;
    }
    for (uint32_t i = 0; i < s->part_count; i++) {
        if (!s->parts[i].started) {
            simulate_part(&s->parts[i]);
        }
    }
    for (uint32_t i = 0; i < s->part_count; i++) {
        if (s->parts[i].started) {
            pthread_join(s->parts[i].thread, NULL);
        }
    }
}

static enum error_code read_page(struct simulation *s, struct error *err)
{
    struct store_view *v;
    struct store_value args[] = { store_int(s->after), store_text(s->what->over), store_text(s->what->over),
                                  store_text(s->what->decision), store_text(s->what->decision), store_int(PAGE) };
    arena_clear(&s->page);
    s->list = ARENA_ARRAY(&s->page, struct one, PAGE);
    s->count = 0;
    enum error_code code = store_view(s->w->store, &v, err);
    if (code != OK) {
        return code;
    }
    struct store_rows *r = store_query(v, "SELECT d.id, d.dossier, d.record FROM decision d JOIN bundle b ON b.hash = "
                                          "d.bundle WHERE d.id > ? AND (b.name = ? OR b.hash = ?) AND (d.name = ? OR ? "
                                          "= '') ORDER BY d.id LIMIT ?", args, 6);
    while (store_next(r)) {
        struct one *d = &s->list[s->count++];
        *d = (struct one){ store_column_int(r, 0), store_column_int(r, 1),
                           arena_str(&s->page, store_column_text(r, 2)) };
        s->after = d->id;
    }
    store_rows_end(r);
    code = store_view_error(v, err);
    store_view_end(v);
    s->total += s->count;
    return code;
}

/* ---- The answer ---- */

/* The transitions of all parts, those of the same words together. */
static void write_transitions(struct simulation *s, struct json_writer *w)
{
    struct part *first = &s->parts[0];
    for (uint32_t i = 1; i < s->part_count; i++) {
        for (struct transition *t = s->parts[i].transitions; t != NULL; t = t->next) {
            count_transition(first, t->from, t->to, t->count);
        }
    }
    json_key(w, STR("transitions"));
    json_begin_array(w);
    for (struct transition *t = first->transitions; t != NULL; t = t->next) {
        json_begin_object(w);
        json_text_member(w, "from", t->from);
        json_text_member(w, "to", t->to);
        json_int_member(w, "count", (int64_t)t->count);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_answer(struct simulation *s, const struct buf *changes, struct buf *out)
{
    struct json_writer w;
    uint64_t different = 0, gone = 0;
    for (uint32_t i = 0; i < s->part_count; i++) {
        different += s->parts[i].different;
        gone += s->parts[i].gone;
    }
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_int_member(&w, "decisions", (int64_t)s->total);
    json_int_member(&w, "different", (int64_t)different);
    json_int_member(&w, "gone", (int64_t)gone);
    write_transitions(s, &w);
    json_key(&w, STR("changes"));
    json_begin_array(&w);
    json_raw(&w, buf_str(changes));
    json_end_array(&w);
    json_int_member(&w, "left_out", (int64_t)s->left_out);
    json_end_object(&w);
}

/* The changes of a page stand in the order of the decisions, whichever thread found them; what goes beyond the bound is
 * left out, and counted. */
static void gather(struct simulation *s, struct buf *changes)
{
    for (uint32_t i = 0; i < s->part_count; i++) {
        struct part *p = &s->parts[i];
        if (s->listed + p->listed > LIMIT_SIMULATE_CHANGES) {
            s->left_out += p->listed;
        } else if (p->listed > 0) {
            buf_addz(changes, changes->len > 0 ? "," : "");
            buf_add(changes, buf_str(&p->changes));
            s->listed += p->listed;
        }
        buf_clear(&p->changes);
        p->listed = 0;
    }
}

static enum error_code run(struct simulation *s, struct buf *changes, struct error *err)
{
    enum error_code code = OK;
    do {
        code = read_page(s, err);
        if (code == OK) {
            simulate_page(s);
            gather(s, changes);
        }
        for (uint32_t i = 0; i < s->part_count && code == OK; i++) {
            if (s->parts[i].err.code != OK) {
                *err = s->parts[i].err;
                code = err->code;
            }
        }
    } while (code == OK && s->count == PAGE);
    return code == OK ? work__whole(changes, err) : code;
}

static enum error_code find_scheme(struct simulation *s, struct error *err)
{
    struct store_view *v;
    s->scheme = s->what->scheme;
    if (s->scheme != NULL) {
        return OK;
    }
    enum error_code code = store_view(s->w->store, &v, err);
    if (code == OK) {
        bool hash = s->what->over.len == STORE_HASH;
        code = hash ? record_scheme(s->w->record, v, s->what->over, &s->scheme, err)
                    : record_installed(s->w->record, v, s->what->over, &s->scheme, err);
        store_view_end(v);
    }
    return code;
}

enum error_code work_simulate(struct work *w, const struct work_simulate *what, struct buf *out, struct error *err)
{
    struct arena own = ARENA_INIT;
    struct simulation *s = ARENA_NEW(&own, struct simulation);
    struct feel_environment env;
    struct buf changes = BUF_INIT(LIMIT_JSON_BYTES);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *s = (struct simulation){ .w = w, .what = what };
    s->part_count = processors < 1 ? 1 : processors > THREADS ? THREADS : (uint32_t)processors;
    work__environment(w, 0, &env);
    for (uint32_t i = 0; i < s->part_count; i++) {
        s->parts[i] = (struct part){ .s = s, .ev = feel_eval_new(&env), .changes = BUF_INIT(LIMIT_JSON_BYTES),
                                     .text = BUF_INIT(LIMIT_JSON_BYTES), .err.lang = err->lang };
    }
    enum error_code code = find_scheme(s, err);
    code = code == OK ? run(s, &changes, err) : code;
    if (code == OK) {
        write_answer(s, &changes, out);
    }
    for (uint32_t i = 0; i < s->part_count; i++) {
        struct part *p = &s->parts[i];
        feel_eval_free(p->ev);
        arena_release(&p->arena);
        arena_release(&p->kept);
        buf_release(&p->changes);
        buf_release(&p->text);
    }
    buf_release(&changes);
    arena_release(&s->page);
    arena_release(&own);
    return code;
}
