/* column: the cells of an input column as sets of positions. check_int.h explains positions.
 *
 * First every cell is read as a set of ranges. Their bounds, sorted, give the raw pieces: a chain of them for each
 * kind of value in the column, with bound i as piece 2i + 1 of its chain and what lies around it as 2i and 2i + 2
 * (booleans and null have only their two, or one, values). Then pieces that cannot occur are dropped and the rest is
 * numbered.
 */
#include "dmn/check_int.h"

#include <stdlib.h>

/* The pieces of one kind. */
struct chain {
    bool present;
    feel_value *bounds; /* sorted, each once */
    uint32_t bound_count, bound_size;
    uint32_t first, count; /* raw pieces */
};

/* Tests as they are written; equal texts are read once. */
struct tests {
    str text;
    bool used; /* a place of the table below */
    bool known;
    struct feel_constant_tests set;
    enum { FINE, WRONG, OBSCURE } verdict;
    const struct feel_program *program; /* of allowed values */
};

struct reader {
    struct dmn_checker *c;
    struct arena *a;
    const struct dmn_table *table;
    uint32_t input;
    const struct feel_type *type; /* of the column, or NULL */
    int expected;                 /* the kind of its values, or -1 */
    struct chain chains[FEEL_KINDS];
    struct tests *tests;          /* open hashing by text */
    uint32_t tests_mask;
    struct tests *limits;         /* the allowed values: each must be fulfilled */
    uint32_t limit_count;
    uint32_t raw_count;
    const feel_value *raw_examples;
    const uint32_t *before;       /* by raw piece: the positions before it; one more at the end */
    struct dmn_column *column;
};

/* ---- Types ---- */

/* The kind of the values of a type; -1 where it may be any. */
static int kind_of_type(const struct feel_type *type)
{
    static const int8_t kinds[] = {
        [FEEL_TYPE_ANY] = -1,
        [FEEL_TYPE_NULL] = FEEL_NULL,
        [FEEL_TYPE_BOOLEAN] = FEEL_BOOLEAN,
        [FEEL_TYPE_NUMBER] = FEEL_NUMBER,
        [FEEL_TYPE_STRING] = FEEL_STRING,
        [FEEL_TYPE_DATE] = FEEL_DATE,
        [FEEL_TYPE_TIME] = FEEL_TIME,
        [FEEL_TYPE_DATE_TIME] = FEEL_DATE_TIME,
        [FEEL_TYPE_SPAN] = FEEL_SPAN,
        [FEEL_TYPE_MONTHS] = FEEL_MONTHS,
        [FEEL_TYPE_LIST] = FEEL_LIST,
        [FEEL_TYPE_CONTEXT] = FEEL_CONTEXT,
        [FEEL_TYPE_RANGE] = FEEL_RANGE,
        [FEEL_TYPE_FUNCTION] = FEEL_FUNCTION,
    };
    return type == NULL ? -1 : kinds[type->kind];
}

static bool is_ordered(int kind)
{
    return kind >= FEEL_NUMBER && kind <= FEEL_MONTHS;
}

static bool is_simple(int kind)
{
    return is_ordered(kind) || kind == FEEL_BOOLEAN;
}

static void add_limit(struct reader *r, const struct feel_program *program)
{
    while (program != NULL) {
        const struct dmn_restriction *from = dmn__restriction(r->c->m, program);
        struct tests t = { .text = from->text, .program = program };
        t.known = feel_constant_tests(r->a, t.text, &t.set) && !t.set.any;
        r->limits[r->limit_count++] = t;
        program = from->base;
    }
}

static uint32_t count_limits(const struct dmn_model *m, const struct feel_type *type)
{
    uint32_t n = 0;
    for (const struct feel_program *p = type == NULL ? NULL : type->allowed; p != NULL; n++) {
        p = dmn__restriction(m, p)->base;
    }
    return n;
}

/* The type is that of the clause; allowed values are also those of the variable behind it. */
static void read_type(struct reader *r)
{
    const struct dmn_model *m = r->c->m;
    const struct feel_type *types[] = { r->table->input_types[r->input], r->table->input_allowed[r->input],
                                        r->table->input_behind[r->input] };
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        count += count_limits(m, types[i]);
    }
    r->limits = ARENA_ARRAY(r->a, struct tests, count);
    r->column->checks = ARENA_ARRAY(r->a, const struct feel_program *, count);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        add_limit(r, types[i] == NULL ? NULL : types[i]->allowed);
    }
    r->type = kind_of_type(types[0]) >= 0 ? types[0] : types[2];
    r->expected = kind_of_type(r->type);
    if (kind_of_type(types[0]) >= 0 && kind_of_type(types[2]) >= 0 && types[0]->kind != types[2]->kind) {
        struct buf clause = BUF_INIT(1024), behind = BUF_INIT(1024);
        feel_type_print(types[0], &clause);
        feel_type_print(types[2], &behind);
        dmn__find(r->c, dmn__place(DMN_TYPE, r->table, -1, r->table->inputs[r->input]),
                  "the column \"%.*s\" is of type %.*s, but its input of type %.*s", STR_ARG(r->column->label),
                  STR_ARG(buf_str(&clause)), STR_ARG(buf_str(&behind)));
        buf_release(&clause);
        buf_release(&behind);
    }
}

/* ---- Ranges ---- */

/* The kind of values that a range speaks of; -1 for ends of different kinds. */
static int kind_of_range(const struct feel_range *r)
{
    if (r->start.kind == r->end.kind) {
        return r->start.kind;
    }
    if (r->start.kind == FEEL_NULL) {
        return r->end.kind;
    }
    return r->end.kind == FEEL_NULL ? r->start.kind : -1;
}

/* A value, or (= value). */
static bool is_point(const struct feel_range *r)
{
    return r->comparison && !r->outside && r->start_included && r->end_included;
}

static bool is_single(const struct feel_range *r)
{
    return is_point(r) || r->outside;
}

/* Whether the bounds of one kind are in one order with v: a time with a zone and one without are not. */
static bool fits_chain(const struct chain *k, feel_value v)
{
    int order;
    return k->bound_count == 0 || (feel_compare(k->bounds[0], v, &order) &&
                                   (v.kind != FEEL_TIME || k->bounds[0].time.zone == v.time.zone));
}

static bool add_bound(struct reader *r, feel_value v)
{
    struct chain *k = &r->chains[v.kind];
    if (!fits_chain(k, v)) {
        return false;
    }
    k->present = true;
    if (!is_ordered(v.kind)) {
        return true;
    }
    if (k->bound_count == k->bound_size) {
        uint32_t size = k->bound_size == 0 ? 16 : k->bound_size * 2;
        k->bounds = arena_grow(r->a, k->bounds, k->bound_count * sizeof v, size * sizeof v);
        k->bound_size = size;
    }
    k->bounds[k->bound_count++] = v;
    return true;
}

static bool is_wrong(const struct reader *r, const struct feel_range *range)
{
    int kind = kind_of_range(range);
    bool unordered = kind == FEEL_NULL || kind == FEEL_BOOLEAN;
    bool half = !range->comparison && (range->start.kind == FEEL_NULL || range->end.kind == FEEL_NULL);
    return kind < 0 || half || (r->expected >= 0 && kind != FEEL_NULL && kind != r->expected) ||
           (unordered && !is_single(range));
}

/* Adds the bounds of the tests, or says why they have no place. Bounds that are added in vain do no harm: they cut
 * where nothing changes. */
static void take_bounds(struct reader *r, struct tests *t)
{
    for (uint32_t i = 0; i < t->set.count && t->verdict == FINE; i++) {
        const struct feel_range *range = &t->set.ranges[i];
        int kind = kind_of_range(range);
        if (is_wrong(r, range)) {
            t->verdict = WRONG;
        } else if (kind != FEEL_NULL && !is_simple(kind)) {
            t->verdict = OBSCURE;
        } else {
            bool start = range->start.kind == kind, end = range->end.kind == kind && !is_single(range);
            bool fits = (!start || add_bound(r, range->start)) && (!end || add_bound(r, range->end));
            t->verdict = fits ? FINE : OBSCURE;
        }
    }
}

static struct tests *find_tests(struct reader *r, str text)
{
    uint32_t at = str_hash(text) & r->tests_mask;
    while (r->tests[at].used && !str_eq(r->tests[at].text, text)) {
        at = (at + 1) & r->tests_mask;
    }
    return &r->tests[at];
}

/* ---- Raw pieces ---- */

static int compare_bounds(const void *a, const void *b, void *context)
{
    const feel_value *x = a, *y = b;
    int order = 0;
    (void)context;
    feel_compare(*x, *y, &order);
    return order;
}

static void sort_bounds(struct chain *k)
{
    uint32_t kept = 0;
    if (k->bound_count > 1) {
        qsort_r(k->bounds, k->bound_count, sizeof *k->bounds, compare_bounds, NULL);
    }
    for (uint32_t i = 0; i < k->bound_count; i++) {
        if (kept == 0 || compare_bounds(&k->bounds[kept - 1], &k->bounds[i], NULL) != 0) {
            k->bounds[kept++] = k->bounds[i];
        }
    }
    k->bound_count = kept;
}

/* The kinds of the column: what its cells name, and what its type says; where neither tells, one piece of anything.
 * That stands as the chain of functions, which no cell can name. */
static void lay_chains(struct reader *r)
{
    uint32_t values = 0;
    if (is_simple(r->expected)) {
        r->chains[r->expected].present = true;
    }
    for (int kind = FEEL_BOOLEAN; kind < FEEL_FUNCTION; kind++) {
        values += r->chains[kind].present;
    }
    r->chains[FEEL_FUNCTION].present = values == 0;
    for (int kind = FEEL_NULL; kind < FEEL_KINDS; kind++) {
        struct chain *k = &r->chains[kind];
        k->first = r->raw_count;
        if (k->present) {
            sort_bounds(k);
            k->count = is_ordered(kind) ? 2 * k->bound_count + 1 : kind == FEEL_BOOLEAN ? 2 : 1;
        }
        r->raw_count += k->count;
    }
}

static uint32_t raw_of_bound(const struct chain *k, feel_value v)
{
    uint32_t low = 0, high = k->bound_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (compare_bounds(&k->bounds[middle], &v, NULL) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return k->first + 2 * low + 1;
}

/* The piece of a single value. */
static uint32_t raw_of_single(const struct reader *r, feel_value v)
{
    const struct chain *k = &r->chains[v.kind];
    return v.kind == FEEL_BOOLEAN ? k->first + v.boolean : v.kind == FEEL_NULL ? k->first : raw_of_bound(k, v);
}

struct raw_set {
    struct dmn_span *list;
    uint32_t count;
};

static void add_raw(struct raw_set *s, uint32_t from, uint32_t to_after)
{
    if (from < to_after) {
        s->list[s->count++] = (struct dmn_span){ from, to_after - 1 };
    }
}

static void add_chain(struct raw_set *s, const struct chain *k)
{
    add_raw(s, k->first, k->first + k->count);
}

/* The pieces whose values pass a range: what FEEL's `in` says of them. Null is unequal to every value, so (!= x)
 * holds for it; order it has none. */
static void add_range(const struct reader *r, const struct feel_range *range, struct raw_set *s)
{
    int kind = kind_of_range(range);
    const struct chain *k = &r->chains[kind];
    uint32_t from = k->first, to_after = k->first + k->count;
    if (is_single(range)) {
        uint32_t at = raw_of_single(r, range->start);
        if (is_point(range)) {
            add_raw(s, at, at + 1);
            return;
        }
        add_raw(s, from, at);
        add_raw(s, at + 1, to_after);
        for (int other = FEEL_NULL; other < FEEL_KINDS; other++) {
            if (other != kind && (other == FEEL_NULL || kind == FEEL_NULL)) {
                add_chain(s, &r->chains[other]);
            }
        }
        return;
    }
    if (range->start.kind != FEEL_NULL) {
        from = raw_of_bound(k, range->start) + !range->start_included;
    }
    if (range->end.kind != FEEL_NULL) {
        to_after = raw_of_bound(k, range->end) + range->end_included;
    }
    add_raw(s, from, to_after);
}

static int compare_spans(const void *a, const void *b)
{
    const struct dmn_span *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* Sorts, and joins what touches. */
static void tidy(struct raw_set *s)
{
    uint32_t kept = 0;
    if (s->count > 1) {
        qsort(s->list, s->count, sizeof *s->list, compare_spans);
    }
    for (uint32_t i = 0; i < s->count; i++) {
        if (kept > 0 && s->list[i].from <= s->list[kept - 1].to + 1) {
            if (s->list[i].to > s->list[kept - 1].to) {
                s->list[kept - 1].to = s->list[i].to;
            }
        } else {
            s->list[kept++] = s->list[i];
        }
    }
    s->count = kept;
}

/* Whether every range of the tests is true or false, not null, for the values of a kind: only then is their not(…)
 * anything but null. */
static bool is_definite(const struct feel_constant_tests *t, int kind)
{
    for (uint32_t i = 0; i < t->count; i++) {
        int of = kind_of_range(&t->ranges[i]);
        if (of != FEEL_NULL && of != kind && (kind != FEEL_NULL || !is_single(&t->ranges[i]))) {
            return false;
        }
    }
    return true;
}

static struct raw_set complement(const struct reader *r, const struct feel_constant_tests *t, const struct raw_set *s)
{
    struct raw_set to = { ARENA_ARRAY(r->a, struct dmn_span, s->count + 2 * FEEL_KINDS), 0 };
    uint32_t i = 0;
    for (int kind = FEEL_NULL; kind < FEEL_KINDS; kind++) {
        const struct chain *k = &r->chains[kind];
        uint32_t from = k->first, end = k->first + k->count;
        while (i > 0 && s->list[i - 1].to >= from) {
            i--; /* a span that began in the chain before */
        }
        for (; i < s->count && s->list[i].from < end; i++) {
            if (s->list[i].to >= from) {
                if (is_definite(t, kind)) {
                    add_raw(&to, from, s->list[i].from);
                }
                from = s->list[i].to + 1;
            }
        }
        if (is_definite(t, kind)) {
            add_raw(&to, from, end);
        }
    }
    return to;
}

static struct raw_set raw_set_of(const struct reader *r, const struct feel_constant_tests *t)
{
    struct raw_set s = { ARENA_ARRAY(r->a, struct dmn_span, (size_t)t->count * (FEEL_KINDS + 2)), 0 };
    for (uint32_t i = 0; i < t->count; i++) {
        add_range(r, &t->ranges[i], &s);
    }
    tidy(&s);
    if (t->negated) {
        s = complement(r, t, &s);
        tidy(&s);
    }
    return s;
}

/* ---- Positions ---- */

static void find_examples(struct reader *r)
{
    feel_value *list = ARENA_ARRAY(r->a, feel_value, r->raw_count);
    str other = str_of(lang_text(r->c->lang, "another value"));
    for (int kind = FEEL_BOOLEAN; kind < FEEL_KINDS; kind++) {
        const struct chain *k = &r->chains[kind];
        for (uint32_t i = 0; i < k->count; i++) {
            feel_value *v = &list[k->first + i];
            if (!is_ordered(kind)) {
                *v = kind == FEEL_BOOLEAN ? feel_boolean(i == 1) : (feel_value){ .kind = FEEL_KINDS };
            } else if (i % 2 == 1) {
                *v = k->bounds[i / 2];
            } else {
                const feel_value *low = i == 0 ? NULL : &k->bounds[i / 2 - 1];
                const feel_value *high = i / 2 == k->bound_count ? NULL : &k->bounds[i / 2];
                dmn__between(r->a, (enum feel_kind)kind, low, high, other, v); /* or null: nothing lies there */
            }
        }
    }
    r->raw_examples = list;
}

/* Which pieces can occur: they have a value, and the allowed values have it. Piece 0 is null. */
static bool *possible_pieces(const struct reader *r)
{
    bool *possible = ARENA_ARRAY(r->a, bool, r->raw_count);
    for (uint32_t i = 0; i < r->raw_count; i++) {
        possible[i] = r->raw_examples[i].kind != FEEL_NULL || i == 0;
    }
    for (uint32_t l = 0; l < r->limit_count; l++) {
        struct raw_set s = raw_set_of(r, &r->limits[l].set);
        uint32_t at = 1; /* null conforms to every type */
        for (uint32_t i = 0; i <= s.count; i++) {
            uint32_t end = i == s.count ? r->raw_count : s.list[i].from;
            for (; at < end; at++) {
                possible[at] = false;
            }
            at = i == s.count || s.list[i].to + 1 < at ? at : s.list[i].to + 1;
        }
    }
    return possible;
}

static void number_positions(struct reader *r)
{
    const bool *possible = possible_pieces(r);
    uint32_t *before = ARENA_ARRAY(r->a, uint32_t, r->raw_count + 1), count = 0;
    feel_value *examples = ARENA_ARRAY(r->a, feel_value, r->raw_count);
    str other = str_of(lang_text(r->c->lang, "another value"));
    r->column->usual = UINT32_MAX;
    for (uint32_t i = 0; i < r->raw_count; i++) {
        before[i] = count;
        if (possible[i]) {
            feel_value v = r->raw_examples[i];
            bool between = (i - r->chains[FEEL_STRING].first) % 2 == 0;
            if (v.kind == FEEL_STRING && between && str_eq(feel_str(v), other)) {
                r->column->usual = count;
            }
            examples[count++] = v;
        }
    }
    before[r->raw_count] = count;
    r->before = before;
    r->column->examples = examples;
    r->column->position_count = count;
}

static struct dmn_spans positions_of(const struct reader *r, const struct feel_constant_tests *t)
{
    struct raw_set raw = raw_set_of(r, t), s = { ARENA_ARRAY(r->a, struct dmn_span, raw.count), 0 };
    for (uint32_t i = 0; i < raw.count; i++) {
        add_raw(&s, r->before[raw.list[i].from], r->before[raw.list[i].to + 1]);
    }
    tidy(&s);
    return (struct dmn_spans){ s.count, s.list };
}

/* ---- What is wrong with a cell ---- */

static str type_text(struct reader *r)
{
    struct buf b = BUF_INIT(1024);
    feel_type_print(r->type, &b);
    str text = arena_str(r->a, buf_str(&b));
    buf_release(&b);
    return text;
}

/* A cell whose text cannot be read was reported when it was loaded. */
static bool is_reported(const struct dmn_model *m, const struct dmn_table *t, str text, uint32_t line)
{
    for (const struct dmn_problem *p = m->problems; p != NULL; p = p->next) {
        if (p->line == line && p->instance == t->node->instance && str_eq(p->source, text)) {
            return true;
        }
    }
    return false;
}

static void report_wrong(struct reader *r, struct dmn_finding place, const struct tests *t)
{
    str label = r->column->label;
    for (uint32_t i = 0; i < t->set.count; i++) {
        const struct feel_range *range = &t->set.ranges[i];
        int kind = kind_of_range(range);
        if (kind >= 0 && r->expected >= 0 && kind != FEEL_NULL && kind != r->expected) {
            str found = feel_kind_name((enum feel_kind)kind);
            dmn__find(r->c, place, "the cell %.*s of \"%.*s\" is of type %.*s, but the column of type %.*s",
                      STR_ARG(t->text), STR_ARG(label), STR_ARG(found), STR_ARG(type_text(r)));
            return;
        }
    }
    dmn__find(r->c, place, "the range %.*s of \"%.*s\" has no order", STR_ARG(t->text), STR_ARG(label));
}

/* Values that the cell names and the column does not allow: they can never come. */
static bool report_forbidden(struct reader *r, struct dmn_finding place, const struct tests *t)
{
    bool found = false;
    for (uint32_t i = 0; i < t->set.count; i++) {
        const struct feel_range *range = &t->set.ranges[i];
        if (is_point(range) && range->start.kind != FEEL_NULL) {
            uint32_t raw = raw_of_single(r, range->start);
            if (r->before[raw] == r->before[raw + 1]) {
                dmn__find(r->c, place, "%.*s is not among the allowed values of \"%.*s\"",
                          STR_ARG(dmn__value_text(r->c, range->start)), STR_ARG(r->column->label));
                found = true;
            }
        }
    }
    return found;
}

static struct dmn_cell cell_of(struct reader *r, uint32_t rule, const struct xml_node *entry)
{
    struct dmn_cell cell = { .kind = CELL_ANY };
    const struct tests *t = find_tests(r, dmn__text(entry));
    if (entry == NULL || (t->known && t->set.any)) {
        return cell;
    }
    struct dmn_finding place = dmn__place(DMN_TYPE, r->table, rule, entry);
    cell.kind = CELL_UNKNOWN;
    if (t->known && t->verdict == WRONG) {
        report_wrong(r, place, t);
    } else if (!t->known || t->verdict == OBSCURE) {
        place.kind = DMN_NOT_ANALYSED;
        if (!is_reported(r->c->m, r->table, t->text, entry->line)) {
            dmn__find(r->c, place, "the cell %.*s of \"%.*s\" is not analysed: it is more than a set of constants",
                      STR_ARG(t->text), STR_ARG(r->column->label));
        }
    } else if (!report_forbidden(r, place, t)) {
        cell.kind = CELL_SET;
        cell.spans = positions_of(r, &t->set);
        r->column->set_count++;
        if (cell.spans.count == 0) {
            place.kind = DMN_UNREACHABLE;
            dmn__find(r->c, place, "the rule never fits: no value satisfies the cell %.*s of \"%.*s\"",
                      STR_ARG(t->text), STR_ARG(r->column->label));
        }
    }
    return cell;
}

/* ---- The whole column ---- */

const struct xml_node **dmn__entries(struct dmn_checker *c, const struct dmn_table *t)
{
    uint32_t inputs = t->rules.input_count;
    const struct xml_node **list = ARENA_ARRAY(&c->scratch, const struct xml_node *,
                                               (size_t)t->rules.rule_count * inputs);
    for (uint32_t r = 0; r < t->rules.rule_count; r++) {
        const struct xml_node *x = dmn__child(t->rule_xml[r], "inputEntry");
        for (uint32_t i = 0; i < inputs && x != NULL; i++) {
            list[(size_t)r * inputs + i] = x;
            x = dmn__next(x, "inputEntry");
        }
    }
    return list;
}

/* Reads each text that stands in a cell, and the bounds in it. */
static void read_tests(struct reader *r, const struct xml_node **entries)
{
    uint32_t inputs = r->table->rules.input_count, rules = r->table->rules.rule_count, size = 16;
    while (size < 2 * rules) {
        size *= 2;
    }
    r->tests = ARENA_ARRAY(r->a, struct tests, size);
    r->tests_mask = size - 1;
    for (uint32_t i = 0; i < rules; i++) {
        str text = dmn__text(entries[(size_t)i * inputs + r->input]);
        struct tests *t = find_tests(r, text);
        if (!t->used) {
            *t = (struct tests){ .text = text, .used = true };
            t->known = feel_constant_tests(r->a, text, &t->set);
            if (t->known) {
                take_bounds(r, t);
            }
        }
    }
}

/* The allowed values that are understood restrict the pieces, the others only the examples. */
static void take_limits(struct reader *r)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < r->limit_count; i++) {
        struct tests *t = &r->limits[i];
        if (t->known) {
            take_bounds(r, t);
        }
        if (t->known && t->verdict == FINE) {
            r->limits[kept++] = *t;
        } else {
            r->column->checks[r->column->check_count++] = t->program;
        }
    }
    r->limit_count = kept;
}

void dmn__read_column(struct dmn_checker *c, const struct dmn_table *t, const struct xml_node **entries,
                      uint32_t input, struct dmn_column *ret)
{
    *ret = (struct dmn_column){ .label = dmn__input_label(t, input) };
    struct reader r = { .c = c, .a = &c->scratch, .table = t, .input = input, .column = ret };
    read_type(&r);
    read_tests(&r, entries);
    ret->asks_for_null = r.chains[FEEL_NULL].present;
    r.chains[FEEL_NULL].present = true;
    take_limits(&r);
    lay_chains(&r);
    find_examples(&r);
    number_positions(&r);
    struct dmn_cell *cells = ARENA_ARRAY(r.a, struct dmn_cell, t->rules.rule_count);
    for (uint32_t i = 0; i < t->rules.rule_count; i++) {
        cells[i] = cell_of(&r, i, entries[(size_t)i * t->rules.input_count + input]);
    }
    ret->cells = cells;
    if (ret->check_count > 0) {
        dmn__find(c, dmn__place(DMN_NOT_ANALYSED, t, -1, t->inputs[input]),
                  "the allowed values of \"%.*s\" are not analysed: they are more than a set of constants",
                  STR_ARG(ret->label));
    }
    if (ret->position_count == 1) {
        dmn__find(c, dmn__place(DMN_MODEL, t, -1, t->inputs[input]), "no value is allowed for \"%.*s\"",
                  STR_ARG(ret->label));
    }
}

/* ---- Examples ---- */

static bool is_allowed(struct dmn_checker *c, const struct dmn_column *column, feel_value v)
{
    bool allowed = true;
    for (uint32_t i = 0; allowed && v.kind != FEEL_NULL && i < column->check_count; i++) {
        allowed = v.kind != FEEL_KINDS && feel_is_true(feel_run_tests(c->ev, column->checks[i], NULL, v));
    }
    return allowed;
}

/* Null is the last that is tried: it says least. */
bool dmn__example(struct dmn_checker *c, const struct dmn_column *column, struct dmn_spans at, feel_value *ret)
{
    uint32_t usual = column->usual;
    for (uint32_t i = 0; i < at.count; i++) {
        if (at.list[i].from <= usual && usual <= at.list[i].to && is_allowed(c, column, column->examples[usual])) {
            *ret = column->examples[usual];
            return true;
        }
    }
    for (uint32_t i = 0; i < at.count; i++) {
        for (uint32_t p = at.list[i].from == 0 ? 1 : at.list[i].from; p <= at.list[i].to; p++) {
            if (is_allowed(c, column, column->examples[p])) {
                *ret = column->examples[p];
                return true;
            }
        }
    }
    bool null = at.count > 0 && at.list[0].from == 0;
    if (null) {
        *ret = feel_null();
    }
    return null;
}
