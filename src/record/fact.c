/* fact: facts over the office's own rows: the source of scheme/fact.h that reads the store.
 *
 * Of the condition of a fact those parts that ask a field to be equal to something known become the question to the
 * ledger, which its indexes answer; scheme_answer evaluates the whole condition over what comes. Rows of a ledger of
 * another scheme have only the fields that are shared.
 */
#include "record/builtin.h"
#include "record/table_int.h"

#include "base/limit.h"
#include "scheme/statistic.h"
#include "text/json_write.h"

#include <stdio.h>
#include <stdlib.h>

/* A ledger as a fact sees it, and as it is. */
struct opened {
    struct opened *next;
    str name;
    const struct scheme *scheme;
    const struct scheme_ledger *whole, *seen; /* seen: only what is shared */
    const struct record__builtin *builtin;    /* or NULL */
    uint32_t referred;                        /* how many of its rows were read because others refer to them */
    struct record__rows rows;                 /* all as they are now, by number, once those are many */
    feel_value *contexts;                     /* of `rows`; NULL: they are read one by one */
};

/* A parameter on a day, read once. */
struct noted {
    struct noted *next;
    str name;
    cal_date day;
    feel_value numbered;                      /* with the numbers of the rows, for the note of what was used */
    feel_value rows;
};

struct reading {
    struct record *record;
    struct record__reader reader;
    struct feel_eval *ev;
    const struct scheme *scheme;
    struct arena *arena;        /* as long as the queries */
    int64_t known;              /* rows of ledgers as they were known then; 0: now */
    struct opened *ledgers;
    struct noted *notes;
    struct record__groups *groups; /* rows fetched for many askers; NULL: one by one */
    int64_t office;             /* only rows of it and below; 0: all */
    const struct people_tree *tree;
};

/* ---- Built-in ledgers ---- */

/* What a row of them is found by at once. */
static const char *const builtin_numbers[] = { "number", "dossier", "row", NULL };
static const char *const builtin_subjects[] = { "subject", "party", NULL };

/* The value of the key of a field; null when the condition has none. */
static feel_value key_value(struct reading *k, const struct scheme_query *q, uint32_t part, const char *field,
                            feel_value self)
{
    for (uint32_t i = 0; i < scheme_query_keys(q, part); i++) {
        if (str_eq(scheme_query_key_field(q, part, i), str_of(field))) {
            return scheme_query_key(q, part, i, k->ev, self);
        }
    }
    return feel_null();
}

/* The first of these fields that the condition asks for: a number as text, or a text. */
static str key_text(struct reading *k, const struct scheme_query *q, uint32_t part, feel_value self,
                    const char *const *fields)
{
    feel_value v = feel_null();
    for (uint32_t i = 0; fields[i] != NULL && v.kind != FEEL_STRING; i++) {
        v = key_value(k, q, part, fields[i], self);
    }
    return v.kind == FEEL_STRING ? feel_str(v) : STR("");
}

static enum error_code read_builtin(struct reading *k, const struct opened *o, const struct scheme_query *q,
                                    uint32_t part, feel_value self, int64_t on, struct arena *a, feel_value *ret,
                                    struct error *err)
{
    static const char *const schemes[] = { "scheme", NULL };
    str number = key_text(k, q, part, self, builtin_numbers), scheme = key_text(k, q, part, self, schemes);
    struct record__builtin_ask ask = { .view = k->reader.view, .zone = k->record->zone,
                                       .now = feel_eval_environment(k->ev)->instant,
                                       .end = on == INT64_MIN ? INT64_MIN : on + 86400,
                                       .subject = arena_str(a, key_text(k, q, part, self, builtin_subjects)),
                                       .scheme = scheme.len > 0 ? arena_str(a, scheme) : k->scheme->name,
                                       .office = k->office, .tree = k->tree };
    dec n;
    ask.dossier = dec_parse(number, &n) && dec_to_int(n, &ask.dossier) ? ask.dossier : 0;
    return record__builtin_read(o->builtin, &ask, a, ret, err);
}

/* ---- Ledgers ---- */

/* A ledger with the fields that are shared alone. */
static const struct scheme_ledger *shared_part(struct arena *a, const struct scheme_ledger *whole)
{
    struct scheme_ledger *l = ARENA_NEW(a, struct scheme_ledger);
    struct scheme_field *fields = ARENA_ARRAY(a, struct scheme_field, whole->share_count);
    struct feel_field *names = ARENA_ARRAY(a, struct feel_field, whole->share_count + 2);
    struct feel_type *row = ARENA_NEW(a, struct feel_type);
    uint32_t n = 0;
    for (uint32_t i = 0; i < whole->share_count; i++) {
        int32_t at = scheme_field(whole, whole->share[i]);
        if (at >= 0) {
            fields[n] = whole->fields[at];
            names[n] = (struct feel_field){ fields[n].name, scheme_feel_type(fields[n].type) };
            n++;
        }
    }
    *l = *whole;
    l->fields = fields;
    l->field_count = n;
    names[n] = (struct feel_field){ STR("row"), feel_type_named(STR("string")) };
    names[n + 1] = (struct feel_field){ STR("revision"), feel_type_named(STR("number")) };
    *row = (struct feel_type){ .kind = FEEL_TYPE_CONTEXT, .count = n + 2, .fields = names };
    l->row = row;
    return l;
}

static struct opened *find_opened(struct reading *k, str name, const struct scheme_ledger *seen)
{
    struct opened *o = k->ledgers;
    while (o != NULL && (seen != NULL ? o->seen != seen : !str_eq(o->name, name))) {
        o = o->next;
    }
    return o;
}

/* The scheme is not installed: its facts are unavailable, which is no error. */
static bool is_installed(struct reading *k, str name)
{
    const char *dot = name.len == 0 ? NULL : memchr(name.ptr, '.', name.len);
    str scheme = dot == NULL ? k->scheme->name : str_slice(name, 0, (size_t)(dot - name.ptr));
    const struct scheme *s;
    struct error ignored = { .code = OK };
    return str_eq(scheme, k->scheme->name) || record_installed(k->record, k->reader.view, scheme, &s, &ignored) == OK;
}

static enum error_code source_ledger(void *context, str name, const struct scheme_ledger **ret, struct error *err)
{
    struct reading *k = context;
    struct opened *o = find_opened(k, name, NULL);
    *ret = NULL;
    if (o != NULL) {
        *ret = o->seen;
        return OK;
    }
    o = ARENA_NEW(k->arena, struct opened);
    *o = (struct opened){ .next = k->ledgers, .name = name, .builtin = record__builtin(k->arena, name) };
    if (o->builtin != NULL) {
        o->seen = o->whole = record__builtin_ledger(o->builtin);
    } else if (!is_installed(k, name)) {
        return store_view_error(k->reader.view, err);
    } else {
        bool shared = false;
        enum error_code code = record_ledger(k->record, k->reader.view, k->scheme, name, &o->scheme, &o->whole,
                                             &shared, err);
        if (code != OK) {
            return code;
        }
        o->seen = shared ? shared_part(k->arena, o->whole) : o->whole;
    }
    k->ledgers = o;
    *ret = o->seen;
    return OK;
}

/* Where the values of what may be seen of a row come from: fields, or what every row has. One shape serves all rows. */
struct seeing {
    const struct feel_shape *shape;
    const int32_t *fields; /* of the whole ledger; below 0: -2 - enum record__extra */
};

static struct seeing see(struct arena *a, const struct opened *o)
{
    const struct feel_type *row = o->seen->row;
    int32_t *fields = ARENA_ARRAY(a, int32_t, row->count);
    str *names = ARENA_ARRAY(a, str, row->count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < row->count; i++) {
        int32_t at = scheme_field(o->whole, row->fields[i].name);
        for (int32_t k = 0; at < 0 && k < RECORD__EXTRAS; k++) {
            at = str_eq(row->fields[i].name, str_of(record__extra_names[k])) ? -2 - k : at;
        }
        if (at != -1) {
            fields[n] = at;
            names[n++] = row->fields[i].name;
        }
    }
    return (struct seeing){ feel_shape_new(a, names, n), fields };
}

static feel_value seen_row(struct arena *a, const struct seeing *s, const struct record_row *row)
{
    feel_value *values = ARENA_ARRAY(a, feel_value, s->shape->count);
    for (uint32_t i = 0; i < s->shape->count; i++) {
        int32_t at = s->fields[i];
        values[i] = at >= 0 ? row->body.values[at] : record__extra(a, row, (enum record__extra)(-2 - at));
    }
    return feel_context(s->shape, values);
}

static feel_value seen_rows(struct arena *a, const struct opened *o, const struct record__rows *rows)
{
    feel_value *items = ARENA_ARRAY(a, feel_value, rows->count);
    struct seeing s = see(a, o);
    for (uint32_t i = 0; i < rows->count; i++) {
        items[i] = seen_row(a, &s, &rows->list[i]);
    }
    return feel_list(items, rows->count);
}

/* What the ledger's filter knows: its fields, and the names that an index has beside them. */
static bool can_ask(const struct scheme_ledger *l, str field)
{
    return scheme_field(l, field) >= 0 || str_eq(field, STR("dossier")) || str_eq(field, STR("parent")) ||
           str_eq(field, STR("row"));
}

/* "party = this.k0 and level = this.k1", and the context of the values. */
static str question(struct arena *a, const struct scheme_ledger *l, const struct scheme_query *q, uint32_t part,
                    struct feel_eval *ev, feel_value self, feel_value *ret_self)
{
    uint32_t keys = scheme_query_keys(q, part), n = 0;
    str *names = ARENA_ARRAY(a, str, keys), text = STR("");
    feel_value *values = ARENA_ARRAY(a, feel_value, keys);
    for (uint32_t i = 0; i < keys; i++) {
        str field = scheme_query_key_field(q, part, i);
        if (can_ask(l, field)) {
            names[n] = arena_printf(a, "k%u", n);
            values[n] = feel_copy(a, scheme_query_key(q, part, i, ev, self));
            text = arena_printf(a, "%.*s%s%.*s = this.k%u", STR_ARG(text), n == 0 ? "" : " and ", STR_ARG(field), n);
            n++;
        }
    }
    *ret_self = feel_context(feel_shape_new(a, names, n), values);
    return text;
}

static enum error_code read_rows(struct reading *k, const struct opened *o, const struct scheme_query *q,
                                 uint32_t part, feel_value self, int64_t on, struct arena *a, feel_value *ret,
                                 struct error *err)
{
    struct record_query ask = { .scheme = o->scheme, .ledger = o->whole, .flags = RECORD_ALL_TIMES,
                                .known_at = k->known, .office = k->office, .tree = k->tree };
    struct record__rows rows;
    enum error_code code = OK;
    if (q != NULL) {
        str where = question(a, o->whole, q, part, k->ev, self, &ask.self);
        if (where.len > 0) {
            code = record_filter(a, o->whole, where, feel_type_of(a, ask.self), &ask.filter, err);
        }
    }
    if (on != INT64_MIN) {
        ask.flags = 0;
        ask.valid_at = on * 1000000;
    }
    code = code == OK ? record__all(&k->reader, k->ev, &ask, a, &rows, err) : code;
    if (code == OK) {
        *ret = seen_rows(a, o, &rows);
    }
    return code;
}

static enum error_code source_rows(void *context, const struct scheme_query *q, uint32_t part, feel_value self,
                                   int64_t on, struct arena *a, feel_value *ret, struct error *err)
{
    struct reading *k = context;
    const struct opened *o = find_opened(k, STR(""), scheme_query_ledger(q, part));
    if (k->groups != NULL) {
        *ret = record__group(k->groups, part, k->ev, q, self);
        return OK;
    }
    return o->builtin != NULL ? read_builtin(k, o, q, part, self, on, a, ret, err)
                              : read_rows(k, o, q, part, self, on, a, ret, err);
}

/* ---- References ---- */

enum { MANY_REFERENCES = 500 }; /* from then on it is quicker to read the ledger than row after row */

static int by_number(const void *a, const void *b)
{
    const struct record_row *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

static enum error_code read_referred(struct reading *k, struct opened *o, struct error *err)
{
    struct record_query ask = { .scheme = o->scheme, .ledger = o->whole, .flags = RECORD_ALL_TIMES };
    enum error_code code = record__all(&k->reader, k->ev, &ask, k->arena, &o->rows, err);
    if (code != OK) {
        return code;
    }
    struct seeing s = see(k->arena, o);
    o->contexts = ARENA_ARRAY(k->arena, feel_value, o->rows.count);
    if (o->rows.count > 1) {
        qsort(o->rows.list, o->rows.count, sizeof *o->rows.list, by_number);
    }
    for (uint32_t i = 0; i < o->rows.count; i++) {
        o->contexts[i] = seen_row(k->arena, &s, &o->rows.list[i]);
    }
    return OK;
}

/* The row as it is now; null: it is not there. */
static feel_value find_referred(const struct opened *o, int64_t row)
{
    const struct record_row key = { .row = row };
    const struct record_row *found =
        o->rows.count == 0 ? NULL : bsearch(&key, o->rows.list, o->rows.count, sizeof key, by_number);
    return found == NULL ? feel_null() : o->contexts[found - o->rows.list];
}

static enum error_code read_one_referred(struct reading *k, const struct opened *o, int64_t row, struct arena *a,
                                         feel_value *ret, struct error *err)
{
    const struct record_row *history;
    uint32_t count = 0;
    struct error ignored = { .code = OK };
    if (record_history(k->reader.view, a, o->whole, row, &history, &count, &ignored) == OK && count > 0 &&
        history[count - 1].known_to == INT64_MAX) {
        struct seeing s = see(a, o);
        *ret = seen_row(a, &s, &history[count - 1]);
    }
    return store_view_error(k->reader.view, err);
}

static enum error_code source_row(void *context, const struct scheme_field *field, feel_value reference,
                                  struct arena *a, feel_value *ret, struct error *err)
{
    struct reading *k = context;
    const struct scheme_ledger *seen;
    int64_t row;
    dec n;
    enum error_code code = source_ledger(k, field->of, &seen, err);
    struct opened *o = code == OK && seen != NULL ? find_opened(k, STR(""), seen) : NULL;
    *ret = feel_null();
    if (o == NULL || o->builtin != NULL || reference.kind != FEEL_STRING || !dec_parse(feel_str(reference), &n) ||
        !dec_to_int(n, &row)) {
        return code;
    }
    if (o->contexts == NULL && ++o->referred > MANY_REFERENCES) {
        code = read_referred(k, o, err);
    }
    if (code == OK && o->contexts != NULL) {
        *ret = find_referred(o, row);
        return OK;
    }
    return code == OK ? read_one_referred(k, o, row, a, ret, err) : code;
}

/* ---- Parameters ---- */

static feel_value with_numbers(struct arena *a, feel_value row, const struct record_row *from)
{
    static const char *const names[] = { "row", "revision" };
    str own[2] = { str_of(names[0]), str_of(names[1]) };
    feel_value *values = ARENA_ARRAY(a, feel_value, 2);
    values[0] = feel_string(arena_printf(a, "%lld", (long long)from->row));
    values[1] = feel_number(dec_from_int(from->revision));
    return scheme_merged(a, row, feel_context(feel_shape_new(a, own, 2), values));
}

/* The parameter as it was read before; NULL: it was not. */
static const struct noted *find_noted(const struct reading *k, str name, cal_date day)
{
    const struct noted *n = k->notes;
    while (n != NULL && !(str_eq(n->name, name) && cal_days_from_date(n->day) == cal_days_from_date(day))) {
        n = n->next;
    }
    return n;
}

static enum error_code note_parameter(struct reading *k, const struct scheme_parameter *p, cal_date day,
                                      const struct noted **ret, struct error *err)
{
    struct record__rows rows;
    struct arena *a = k->arena;
    const struct record__table *t = record__table(a, k->scheme, p);
    enum error_code code = record__table_rows(k->reader.view, t, a, &rows, err);
    if (code != OK) {
        return code;
    }
    feel_value *numbered = ARENA_ARRAY(a, feel_value, rows.count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < rows.count; i++) {
        struct record__rows one = { &rows.list[i], 1, 1 };
        feel_value row = record__rows_on(a, t, &one, day);
        if (row.count == 1) {
            numbered[n++] = with_numbers(a, row.items[0], &rows.list[i]);
        }
    }
    struct noted *note = ARENA_NEW(a, struct noted);
    *note = (struct noted){ k->notes, p->name, day, feel_list(numbered, n), record__rows_on(a, t, &rows, day) };
    *ret = k->notes = note;
    return OK;
}

static enum error_code source_parameter(void *context, const struct scheme_parameter *p, cal_date day,
                                        struct arena *a, feel_value *ret, struct error *err)
{
    struct reading *k = context;
    const struct noted *note = find_noted(k, p->name, day);
    enum error_code code = note != NULL ? OK : record__fresh(&k->reader, err);
    code = note == NULL && code == OK ? note_parameter(k, p, day, &note, err) : code;
    (void)a; /* what is read is kept as long as the queries */
    if (code == OK) {
        *ret = note->rows;
    }
    return code;
}

static struct scheme_source source_of(struct reading *k)
{
    return (struct scheme_source){ k, source_ledger, source_rows, source_row, source_parameter };
}

/* ---- Binding ---- */

/* The rows of parameters with their numbers in the place of those without. */
static feel_value number_parameters(struct reading *k, struct arena *a, feel_value used)
{
    feel_value *values = ARENA_ARRAY(a, feel_value, used.count);
    for (uint32_t i = 0; i < used.count; i++) {
        values[i] = used.values[i];
        bool is_fact = scheme_fact(k->scheme, used.shape->names[i]) != NULL;
        for (const struct noted *n = k->notes; n != NULL && !is_fact; n = n->next) {
            values[i] = str_eq(n->name, used.shape->names[i]) ? n->numbered : values[i];
        }
    }
    return feel_context(used.shape, values);
}

enum error_code record_bind(struct record *r, struct store_view *v, struct feel_eval *ev, const struct scheme *s,
                            const struct dmn_model *m, uint32_t node, feel_value self, cal_date key_date,
                            struct arena *a, feel_value *ret, feel_value *ret_used, struct error *err)
{
    struct reading k = { .record = r, .reader = { .view = v }, .ev = ev, .scheme = s, .arena = a };
    struct scheme_source source = source_of(&k);
    feel_value used;
    enum error_code code = scheme_bind(s, m, node, &source, ev, self, key_date, a, ret, &used, err);
    if (code == OK) {
        *ret_used = number_parameters(&k, a, used);
    }
    return code;
}

enum error_code record_bind_names(struct record *r, struct store_view *v, struct feel_eval *ev, const struct scheme *s,
                                  const str *names, uint32_t count, feel_value self, cal_date key_date,
                                  struct arena *a, feel_value *ret, feel_value *ret_used, struct error *err)
{
    struct reading k = { .record = r, .reader = { .view = v }, .ev = ev, .scheme = s, .arena = a };
    struct scheme_source source = source_of(&k);
    feel_value used;
    enum error_code code = scheme_bind_names(s, names, count, &source, ev, self, key_date, a, ret, &used, err);
    if (code == OK) {
        *ret_used = number_parameters(&k, a, used);
    }
    return code;
}

/* ---- Statistics ---- */

enum error_code record_statistic(struct record *r, struct store_view *v, struct feel_eval *ev, const struct scheme *s,
                                 const struct scheme_statistic *one, const struct record_scope *of, bool rows,
                                 struct arena *a, feel_value *ret, struct error *err)
{
    struct reading k = { .record = r, .reader = { .view = v }, .ev = ev, .scheme = s, .arena = a, .office = of->office,
                         .tree = of->tree };
    struct scheme_source source = source_of(&k);
    return scheme_tally(a, s, one, &source, ev, of->day, rows, ret, err);
}

static void write_text(struct json_writer *w, const char *name, struct scheme_text text, enum lang lang)
{
    if (text.zh.len + text.en.len > 0) {
        json_text_member(w, name, scheme_text(text, lang));
    }
}

static void write_value(struct json_writer *w, const char *name, feel_value v, struct buf *out)
{
    json_key(w, str_of(name));
    json_raw(w, STR(""));
    feel_json_write(v, false, out);
}

static void write_definition(struct json_writer *w, const struct scheme_statistic *one, cal_date day, enum lang lang)
{
    char text[16];
    json_text_member(w, "name", one->name);
    write_text(w, "title", one->title, lang);
    write_text(w, "definition", one->definition, lang);
    json_text_member(w, "above", one->top);
    if (one->bottom.len > 0) {
        json_text_member(w, "below", one->bottom);
    }
    json_text_member(w, "show", one->show);
    if (one->cut.len > 0) {
        snprintf(text, sizeof text, "%04d-%02d-%02d", (int)day.year, (int)day.month, (int)day.day);
        json_text_member(w, "cut", one->cut);
        json_text_member(w, "day", str_of(text));
    }
}

enum error_code record_statistic_write(struct record *r, struct store_view *v, struct feel_eval *ev,
                                       const struct scheme *s, const struct scheme_statistic *one,
                                       const struct record_scope *of, bool rows, struct buf *out, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct json_writer w;
    feel_value counted = feel_null();
    struct error why = { .lang = err != NULL ? err->lang : LANG_ZH };
    enum error_code code = record_statistic(r, v, ev, s, one, of, rows, &a, &counted, &why);
    bool unavailable = code != OK && code != ERROR_IO;
    if (code == OK || unavailable) {
        json_writer_init(&w, out, false);
        json_begin_object(&w);
        write_definition(&w, one, of->day, why.lang);
    }
    if (code == OK) {
        write_value(&w, "total", feel_member(counted, "total"), out);
        write_value(&w, "groups", feel_member(counted, "groups"), out);
        if (one->decide.len > 0) {
            write_value(&w, "said", feel_member(counted, "said"), out);
        }
        json_end_object(&w);
    } else if (unavailable) {
        json_text_member(&w, "unavailable", str_of(why.message));
        json_end_object(&w);
        code = OK;
    } else if (err != NULL) {
        *err = why;
    }
    arena_release(&a);
    return code;
}

/* ---- Many askers ---- */

/* So many askers are better asked for one by one: where an index finds the rows of each, or not. */
enum { FEW_BY_INDEX = 1000, FEW = 8 };

static bool is_among(const char *const *names, str name)
{
    while (*names != NULL && !str_eq(name, str_of(*names))) {
        names++;
    }
    return *names != NULL;
}

static bool is_asked_by_index(struct reading *k, const struct scheme_query *q, uint32_t part)
{
    const struct opened *o = find_opened(k, STR(""), scheme_query_ledger(q, part));
    bool found = o == NULL;
    for (uint32_t i = 0; i < scheme_query_keys(q, part) && !found; i++) {
        str name = scheme_query_key_field(q, part, i);
        int32_t field = scheme_field(o->whole, name);
        found = o->builtin != NULL ? is_among(builtin_numbers, name) || is_among(builtin_subjects, name)
                : field >= 0       ? record__is_indexed(o->whole, (uint32_t)field)
                                   : can_ask(o->whole, name);
    }
    return found;
}

static uint32_t few(struct reading *k, const struct scheme_query *q)
{
    bool found = true;
    for (uint32_t i = 0; i < scheme_query_parts(q) && found; i++) {
        found = is_asked_by_index(k, q, i);
    }
    return found ? FEW_BY_INDEX : FEW;
}

/* All rows of each part, read once. */
static enum error_code read_groups(struct reading *k, const struct scheme_query *q, struct arena *a,
                                   struct record__groups **ret, struct error *err)
{
    enum error_code code = OK;
    struct record__groups *groups = record__groups_new(a, q);
    for (uint32_t i = 0; i < scheme_query_parts(q) && code == OK; i++) {
        const struct opened *o = find_opened(k, STR(""), scheme_query_ledger(q, i));
        feel_value rows = feel_list(NULL, 0);
        if (o != NULL) {
            code = o->builtin != NULL ? read_builtin(k, o, q, i, feel_null(), INT64_MIN, a, &rows, err)
                                      : read_rows(k, o, NULL, i, feel_null(), INT64_MIN, a, &rows, err);
        }
        if (code == OK) {
            record__groups_fill(groups, i, rows);
        }
    }
    *ret = groups;
    return code;
}

static enum error_code answer_all(struct reading *k, const struct scheme_fact *f, const feel_value *selves,
                                  const cal_date *days, uint32_t count, struct arena *a, feel_value *ret,
                                  struct error *err)
{
    struct scheme_source source = source_of(k);
    const struct scheme_query *q;
    enum error_code code = scheme_query(a, k->scheme, f, feel_type_of(a, selves[0]), &source, &q, err);
    bool rows = f->kind == SCHEME_FACT_LEDGER || f->kind == SCHEME_FACT_OVERLAP || f->kind == SCHEME_FACT_STATISTIC;
    if (code == OK && rows && count > few(k, q)) {
        code = read_groups(k, q, a, &k->groups, err);
    }
    for (uint32_t i = 0; i < count && code == OK; i++) {
        code = record__fresh(&k->reader, err);
        code = code == OK ? scheme_answer(q, &source, k->ev, selves[i], days[i], a, &ret[i], NULL, err) : code;
        feel_eval_reset(k->ev);
    }
    return code;
}

enum error_code record_facts_of(struct record *r, int64_t known, struct feel_eval *ev, const struct scheme *s,
                                const struct scheme_fact *f, const feel_value *selves, const cal_date *days,
                                uint32_t count, struct arena *a, feel_value *ret, struct error *err)
{
    struct reading k = { .record = r, .reader = { .store = r->store }, .ev = ev, .scheme = s, .arena = a,
                         .known = known };
    enum error_code code = count == 0 ? OK : record__fresh(&k.reader, err);
    code = code == OK && count > 0 ? answer_all(&k, f, selves, days, count, a, ret, err) : code;
    if (k.reader.view != NULL) {
        code = code == OK ? store_view_error(k.reader.view, err) : code;
        store_view_end(k.reader.view);
    }
    return code;
}
