/* reason: why a cell was not true, and by how much. */
#include "dmn/explain_int.h"

/* ---- The cell as a set of values ---- */

/* As struct feel_constant_tests, and also of cells that name inputs, with what those were. */
struct cell_set {
    bool negated, computed;
    uint32_t count;
    const struct feel_range *ranges;
};

static str cell_text(const struct dmn_table *t, uint32_t rule, uint32_t input)
{
    const struct xml_node *x = dmn__child(t->rule_xml[rule], "inputEntry");
    for (; x != NULL && input > 0; input--) {
        x = dmn__next(x, "inputEntry");
    }
    return dmn__text(x);
}

/* The text inside not(…), where the whole is one. */
static bool is_negation(str cell, str *ret_inside)
{
    str rest = str_starts_with(cell, STR("not")) ? str_trim(str_slice(cell, 3, cell.len)) : STR("");
    if (rest.len < 2 || rest.ptr[0] != '(' || rest.ptr[rest.len - 1] != ')') {
        return false;
    }
    *ret_inside = str_slice(rest, 1, rest.len - 1);
    return true;
}

/* The tests as the elements of a list, which is an expression: [>= least, 5]. Names are those that the node may use;
 * names of a context or function around the table are not known here, and then the set is not. */
static bool compute_tests(struct dmn_explainer *x, const struct dmn_node *node, str text, struct cell_set *ret)
{
    struct arena *a = feel_eval_arena(x->ev);
    const struct feel_program *program;
    struct feel_scope *scope = dmn__node_scope(a, x->t->model, node);
    if (feel_compile(a, scope, arena_printf(a, "[%.*s]", STR_ARG(text)), &program, NULL) != OK) {
        return false;
    }
    uint32_t before, after;
    feel_eval_diagnostics(x->ev, &before, NULL);
    feel_value list = feel_run(x->ev, program, x->t->slots);
    feel_eval_diagnostics(x->ev, &after, NULL);
    if (list.kind != FEEL_LIST || after != before) {
        return false;
    }
    struct feel_range *ranges = ARENA_ARRAY(a, struct feel_range, list.count);
    for (uint32_t i = 0; i < list.count; i++) {
        feel_value v = list.items[i];
        ranges[i] = v.kind == FEEL_RANGE ? *v.range
                                         : (struct feel_range){ .start = v, .end = v, .start_included = true,
                                                                .end_included = true, .comparison = true };
    }
    ret->count = list.count;
    ret->ranges = ranges;
    return true;
}

/* The values of names are known where the table was evaluated for its own node, not inside a service's call. */
static bool read_cell(struct dmn_explainer *x, const struct dmn_node_trace *nt, const struct dmn_table_trace *tt,
                      str cell, struct cell_set *ret)
{
    struct feel_constant_tests tests;
    if (feel_constant_tests(feel_eval_arena(x->ev), cell, &tests)) {
        *ret = (struct cell_set){ .negated = tests.negated, .count = tests.count, .ranges = tests.ranges };
        return !tests.any;
    }
    str inside = cell;
    *ret = (struct cell_set){ .negated = is_negation(cell, &inside), .computed = true };
    return nt->node == tt->table->node && compute_tests(x, nt->node, inside, ret);
}

/* ---- The nearest bound ---- */

static bool has_difference(feel_value v)
{
    return v.kind == FEEL_NUMBER || (v.kind >= FEEL_DATE && v.kind <= FEEL_MONTHS);
}

/* How far b is from a; null where that cannot be told. */
static feel_value distance(struct feel_eval *ev, feel_value a, feel_value b)
{
    int order;
    if (!has_difference(a) || !feel_compare(a, b, &order)) {
        return feel_null();
    }
    return order < 0 ? feel_subtract(ev, b, a) : feel_subtract(ev, a, b);
}

static bool is_single(const struct feel_range *r)
{
    return r->comparison && r->start_included && r->end_included;
}

/* The end of a range that the value misses. */
static bool missed_end(struct feel_eval *ev, const struct feel_range *range, feel_value v, struct dmn_reason *ret)
{
    int order;
    if (feel_compare(v, range->start, &order) && (order < 0 || (order == 0 && !range->start_included))) {
        ret->kind = REASON_BELOW;
        ret->relation = range->start_included ? "<" : "<=";
        ret->bound = range->start;
    } else if (feel_compare(v, range->end, &order) && (order > 0 || (order == 0 && !range->end_included))) {
        ret->kind = REASON_ABOVE;
        ret->relation = range->end_included ? ">" : ">=";
        ret->bound = range->end;
    } else {
        return false;
    }
    ret->gap = order == 0 ? feel_null() : distance(ev, v, ret->bound);
    return true;
}

static bool is_nearer(const struct dmn_reason *a, const struct dmn_reason *b)
{
    int order;
    if (b->relation == NULL || a->gap.kind == FEEL_NULL) {
        return true;
    }
    return feel_compare(a->gap, b->gap, &order) && (order < 0 || (order == 0 && strlen(a->relation) == 1));
}

static void find_nearest(struct feel_eval *ev, const struct cell_set *set, struct dmn_reason *r)
{
    for (uint32_t i = 0; i < set->count; i++) {
        struct dmn_reason end = *r;
        if (!set->ranges[i].outside && missed_end(ev, &set->ranges[i], r->value, &end) && is_nearer(&end, r)) {
            *r = end;
        }
    }
}

static bool all_single(const struct cell_set *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (!is_single(&set->ranges[i]) || set->ranges[i].outside) {
            return false;
        }
    }
    return set->count > 0;
}

/* ---- The reason ---- */

struct dmn_reason dmn__reason(struct dmn_explainer *x, const struct dmn_node_trace *nt,
                              const struct dmn_table_trace *tt, uint32_t rule)
{
    uint32_t input = tt->rules[rule].input;
    struct dmn_reason r = { .kind = REASON_OTHER, .label = dmn__input_label(tt->table, input),
                            .cell = cell_text(tt->table, rule, input), .value = tt->inputs[input] };
    struct cell_set set;
    if (r.value.kind == FEEL_NULL) {
        r.kind = REASON_NULL;
        return r;
    }
    if (!read_cell(x, nt, tt, r.cell, &set)) {
        return r;
    }
    bool same_kind = set.count > 0 && (set.ranges[0].start.kind == r.value.kind ||
                                       set.ranges[0].end.kind == r.value.kind);
    r.computed = set.computed;
    if (set.negated) {
        r.kind = same_kind ? REASON_EXCLUDED : REASON_OTHER;
    } else if (all_single(&set) && set.count == 1 && (same_kind || set.ranges[0].start.kind == FEEL_NULL)) {
        r.kind = REASON_DIFFERENT;
        r.relation = "!=";
        r.bound = set.ranges[0].start;
        r.gap = distance(x->ev, r.value, r.bound);
    } else if (all_single(&set) && same_kind) {
        r.kind = REASON_NONE_OF;
    } else {
        find_nearest(x->ev, &set, &r);
    }
    return r;
}

const char *dmn__reason_name(enum dmn_reason_kind kind)
{
    static const char *const names[] = {
        [REASON_OTHER] = "other",         [REASON_NULL] = "null",       [REASON_BELOW] = "below",
        [REASON_ABOVE] = "above",         [REASON_DIFFERENT] = "different", [REASON_NONE_OF] = "none of",
        [REASON_EXCLUDED] = "excluded",
    };
    return names[kind];
}

/* ---- Words ---- */

/* A number of units, with a space before it unless it is the first; none of a number of 0. */
static void write_part(int64_t n, const char *one, const char *many, struct buf *out, bool *started)
{
    if (n != 0) {
        buf_printf(out, "%s%lld%s", *started ? " " : "", (long long)n, n == 1 ? one : many);
        *started = true;
    }
}

/* "3 days 2 hours"; what has fractions of a second is left to the exact form. */
static bool write_span(cal_span s, enum lang lang, struct buf *out)
{
    bool started = false;
    if (s.nano != 0 || s.seconds <= 0) {
        return false;
    }
    write_part(s.seconds / 86400, lang_text(lang, " day"), lang_text(lang, " days"), out, &started);
    write_part(s.seconds % 86400 / 3600, lang_text(lang, " hour"), lang_text(lang, " hours"), out, &started);
    write_part(s.seconds % 3600 / 60, lang_text(lang, " minute"), lang_text(lang, " minutes"), out, &started);
    write_part(s.seconds % 60, lang_text(lang, " second"), lang_text(lang, " seconds"), out, &started);
    return true;
}

static void write_gap(feel_value v, enum lang lang, struct buf *out)
{
    bool started = false;
    if (v.kind == FEEL_MONTHS && v.months > 0) {
        write_part(v.months / 12, lang_text(lang, " year"), lang_text(lang, " years"), out, &started);
        write_part(v.months % 12, lang_text(lang, " month"), lang_text(lang, " months"), out, &started);
    } else if (v.kind != FEEL_SPAN || !write_span(v.span, lang, out)) {
        dmn__print_value(v, out);
    }
}

static void write_bound(const struct dmn_reason *r, enum lang lang, struct buf *out)
{
    buf_printf(out, " %s ", r->relation);
    dmn__print_value(r->bound, out);
    if (r->computed) {
        buf_printf(out, lang_text(lang, " (%.*s)"), STR_ARG(r->cell));
    }
    if (r->gap.kind != FEEL_NULL) {
        buf_addz(out, r->kind == REASON_BELOW ? lang_text(lang, ", short by ") : lang_text(lang, ", over by "));
        write_gap(r->gap, lang, out);
    }
}

void dmn__write_reason(const struct dmn_reason *r, enum lang lang, struct buf *out)
{
    buf_add(out, r->label);
    if (r->kind == REASON_NULL) {
        buf_printf(out, lang_text(lang, " is missing (null); wanted: %.*s"), STR_ARG(r->cell));
        return;
    }
    buf_addc(out, ' ');
    dmn__print_value(r->value, out);
    switch (r->kind) {
    case REASON_BELOW:
    case REASON_ABOVE: write_bound(r, lang, out); break;
    case REASON_DIFFERENT:
        buf_addz(out, lang_text(lang, " is not "));
        dmn__print_value(r->bound, out);
        break;
    case REASON_NONE_OF: buf_printf(out, lang_text(lang, " is none of %.*s"), STR_ARG(r->cell)); break;
    case REASON_EXCLUDED: buf_printf(out, lang_text(lang, " is excluded by %.*s"), STR_ARG(r->cell)); break;
    case REASON_NULL:
    case REASON_OTHER: buf_printf(out, lang_text(lang, " does not satisfy %.*s"), STR_ARG(r->cell)); break;
    }
}
