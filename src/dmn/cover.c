/* cover: gaps, overlaps and unreachable rules of a table, as sets of positions over its columns (check_int.h).
 *
 * Overlaps are looked for pair by pair: two rules overlap when they do in every column.
 *
 * Gaps and rules that cannot be reached need all rules at once. A sweep for each goes column by column with the set of
 * the rules that still fit. In a column the positions at which the same rules go on are one group, whatever lies
 * between them, and each group is followed once:
 *
 *     column 1      rules 1 2 3                     the set is a row of bits, the preferred rule first
 *     column 2      1 2 |  1 3  | 2                 groups, each with its spans
 *     column 3      ...   1 | 3   …
 *
 *   1. A set without rules is a gap: the spans on the way to it, and anything in the columns after.
 *   2. A rule that asks for nothing more fits: below it there is no gap, and under FIRST and PRIORITY no rule that is
 *      less preferred can be the one.
 *   3. What a set comes to below a column depends on nothing else, so a set that was seen at that column is not
 *      followed again, unless there are gaps below it to tell: the tree is a decision diagram.
 *
 * The work is bounded; a bound that is hit is a finding, and then no rule is called unreachable.
 */
#include "dmn/check_int.h"

#include <stdlib.h>

enum {
    GAPS_KEPT = 64,  /* for joining neighbours */
    GAPS_SHOWN = 10, /* of a table; the rest are counted */
    OVERLAPS_SHOWN = 20,
};

/* A set of rules seen at a column. */
struct seen {
    const uint64_t *set; /* NULL: the place is free */
    uint32_t depth;
    bool gaps;
};

struct gap {
    struct dmn_spans *spans; /* by depth */
};

struct sweep {
    struct dmn_checker *c;
    const struct dmn_table *table;
    const struct dmn_column *columns;
    const struct dmn_output *outputs;
    struct arena *a;          /* what a step needs; given back after it */
    struct arena keep;        /* what is remembered */
    uint32_t rule_count;
    const uint32_t *active;   /* the columns that have a set among their cells, by depth */
    uint32_t active_count;
    const bool *certain;      /* by rule: each of its cells is understood */
    const bool *empty;        /* by rule: one of its cells holds nothing */
    int64_t work;             /* steps left; < 0: there were too few */
    bool incomplete;          /* of one of the questions */
    /* of the sweep */
    const uint32_t *order;    /* by bit: the rule */
    uint32_t words;
    uint64_t **settled;       /* by depth: rules that ask for nothing from there on */
    uint64_t *covering;       /* rules that are certain, and whose preference is */
    uint64_t *reached;
    bool for_gaps;            /* or else for what can be reached */
    struct dmn_spans *path;   /* by depth */
    struct seen *seen;
    uint32_t seen_count, seen_size;
    struct gap gaps[GAPS_KEPT];
    uint32_t gap_count, gaps_beyond;
};

/* ---- Bits ---- */

static bool has_bit(const uint64_t *set, uint32_t bit)
{
    return (set[bit / 64] >> (bit % 64) & 1) != 0;
}

static void flip_bit(uint64_t *set, uint32_t bit)
{
    set[bit / 64] ^= (uint64_t)1 << (bit % 64);
}

static bool is_empty(const struct sweep *s, const uint64_t *set)
{
    for (uint32_t i = 0; i < s->words; i++) {
        if (set[i] != 0) {
            return false;
        }
    }
    return true;
}

/* The first bit that both sets have, or UINT32_MAX. */
static uint32_t first_common(const struct sweep *s, const uint64_t *a, const uint64_t *b)
{
    for (uint32_t i = 0; i < s->words; i++) {
        if ((a[i] & b[i]) != 0) {
            return i * 64 + (uint32_t)__builtin_ctzll(a[i] & b[i]);
        }
    }
    return UINT32_MAX;
}

static uint64_t hash_set(const struct sweep *s, const uint64_t *set)
{
    uint64_t h = 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < s->words; i++) {
        h = (h ^ set[i]) * 0xFF51AFD7ED558CCDu;
        h ^= h >> 32;
    }
    return h;
}

static bool equal_sets(const struct sweep *s, const uint64_t *a, const uint64_t *b)
{
    return memcmp(a, b, s->words * sizeof *a) == 0;
}

static uint64_t *new_set(struct sweep *s)
{
    return ARENA_ARRAY(s->a, uint64_t, s->words);
}

/* Pays for work; false when there is none left. */
static bool pay(struct sweep *s, uint64_t steps)
{
    s->work = s->work < 0 || steps > (uint64_t)s->work ? -1 : s->work - (int64_t)steps;
    return s->work >= 0;
}

/* ---- Spans ---- */

/* The first position of both, or UINT32_MAX. */
static uint32_t first_shared(const struct dmn_spans *a, const struct dmn_spans *b)
{
    uint32_t i = 0, k = 0;
    while (i < a->count && k < b->count) {
        uint32_t from = a->list[i].from > b->list[k].from ? a->list[i].from : b->list[k].from;
        uint32_t to = a->list[i].to < b->list[k].to ? a->list[i].to : b->list[k].to;
        if (from <= to) {
            return from;
        }
        if (a->list[i].to < b->list[k].to) {
            i++;
        } else {
            k++;
        }
    }
    return UINT32_MAX;
}

/* All positions of both. */
static struct dmn_spans shared_spans(struct arena *a, const struct dmn_spans *x, const struct dmn_spans *y)
{
    struct dmn_span *list = ARENA_ARRAY(a, struct dmn_span, (size_t)x->count + y->count);
    uint32_t i = 0, k = 0, count = 0;
    while (i < x->count && k < y->count) {
        uint32_t from = x->list[i].from > y->list[k].from ? x->list[i].from : y->list[k].from;
        uint32_t to = x->list[i].to < y->list[k].to ? x->list[i].to : y->list[k].to;
        if (from <= to) {
            list[count++] = (struct dmn_span){ from, to };
        }
        if (x->list[i].to < y->list[k].to) {
            i++;
        } else {
            k++;
        }
    }
    return (struct dmn_spans){ count, list };
}

static bool same_spans(const struct dmn_spans *a, const struct dmn_spans *b)
{
    return a->count == b->count && (a->count == 0 || memcmp(a->list, b->list, a->count * sizeof *a->list) == 0);
}

/* The union of two lists, joined where they touch. */
static struct dmn_spans joined_spans(struct arena *a, const struct dmn_spans *x, const struct dmn_spans *y)
{
    struct dmn_span *list = ARENA_ARRAY(a, struct dmn_span, (size_t)x->count + y->count);
    uint32_t i = 0, k = 0, count = 0;
    while (i < x->count || k < y->count) {
        bool left = k == y->count || (i < x->count && x->list[i].from <= y->list[k].from);
        struct dmn_span next = left ? x->list[i++] : y->list[k++];
        if (count > 0 && next.from <= list[count - 1].to + 1) {
            list[count - 1].to = next.to > list[count - 1].to ? next.to : list[count - 1].to;
        } else {
            list[count++] = next;
        }
    }
    return (struct dmn_spans){ count, list };
}

/* The first position that counts for gaps. */
static uint32_t first_position(const struct dmn_column *column)
{
    return column->asks_for_null ? 0 : 1;
}

/* All positions of a column, but for a null that nobody asks for. */
static struct dmn_spans everything(struct arena *a, const struct dmn_column *column)
{
    struct dmn_span *all = ARENA_NEW(a, struct dmn_span);
    *all = (struct dmn_span){ first_position(column), column->position_count - 1 };
    return (struct dmn_spans){ 1, all };
}

static bool is_everything(const struct dmn_column *column, const struct dmn_spans *spans)
{
    return spans->count == 1 && spans->list[0].from <= first_position(column) &&
           spans->list[0].to + 1 == column->position_count;
}

/* ---- The words of an example ---- */

enum { COLUMNS_SHOWN = 8 }; /* a table of more names only those that matter */

/* "age = 17.5, kind = "other"": an example at the spans of each column. Those that may be anything are named in
 * small tables too. False when there is none that is surely allowed. */
static bool write_example(struct sweep *s, const struct dmn_spans *spans, struct buf *out)
{
    struct dmn_checker *c = s->c;
    for (uint32_t i = 0; i < s->table->rules.input_count; i++) {
        const struct dmn_column *column = &s->columns[i];
        bool matters = !is_everything(column, &spans[i]);
        feel_value v;
        if (!dmn__example(c, column, spans[i], &v)) {
            if (matters || column->check_count == 0) {
                return false;
            }
            continue;
        }
        if (!matters && (v.kind == FEEL_KINDS || s->table->rules.input_count > COLUMNS_SHOWN)) {
            continue;
        }
        if (out->len > 0) {
            buf_addz(out, lang_text(c->lang, ", "));
        }
        buf_add(out, column->label);
        if (v.kind == FEEL_KINDS) {
            buf_addz(out, " != null");
        } else {
            buf_addz(out, " = ");
            dmn__print_value(v, out);
        }
    }
    return true;
}

/* ---- Overlaps ---- */

static bool cells_meet(const struct dmn_cell *a, const struct dmn_cell *b)
{
    return a->kind == CELL_ANY || b->kind == CELL_ANY || first_shared(&a->spans, &b->spans) != UINT32_MAX;
}

static bool rules_meet(struct sweep *s, uint32_t a, uint32_t b)
{
    for (uint32_t d = 0; d < s->active_count; d++) {
        const struct dmn_cell *cells = s->columns[s->active[d]].cells;
        if (!pay(s, 1) || !cells_meet(&cells[a], &cells[b])) {
            return false;
        }
    }
    return true;
}

/* Under ANY the same output may come twice. Outputs that are not known are taken to be the same. */
static bool outputs_differ(struct sweep *s, uint32_t a, uint32_t b)
{
    uint32_t width = s->table->rules.output_count;
    for (uint32_t o = 0; o < width; o++) {
        const struct dmn_output *x = &s->outputs[(size_t)a * width + o], *y = &s->outputs[(size_t)b * width + o];
        if (x->known && y->known && !feel_is_true(feel_equal(s->c->ev, x->value, y->value))) {
            return true;
        }
    }
    return false;
}

static bool report_overlap(struct sweep *s, uint32_t a, uint32_t b)
{
    struct dmn_spans *spans = ARENA_ARRAY(s->a, struct dmn_spans, s->table->rules.input_count);
    for (uint32_t i = 0; i < s->table->rules.input_count; i++) {
        const struct dmn_cell *x = &s->columns[i].cells[a], *y = &s->columns[i].cells[b];
        spans[i] = x->kind != CELL_ANY && y->kind != CELL_ANY ? shared_spans(s->a, &x->spans, &y->spans)
                   : x->kind != CELL_ANY                      ? x->spans
                   : y->kind != CELL_ANY                      ? y->spans
                                                              : everything(s->a, &s->columns[i]);
    }
    struct buf example = BUF_INIT(1 << 16);
    struct dmn_finding place = dmn__place(DMN_OVERLAP, s->table, a, s->table->rule_xml[a]);
    place.other = b + 1;
    bool fine = write_example(s, spans, &example);
    if (fine && example.len == 0) {
        dmn__find(s->c, place, "rule %u fits too, whatever the inputs are", b + 1);
    } else if (fine && s->table->hit == HIT_ANY) {
        dmn__find(s->c, place, "rule %u fits too, with another output: for example when %.*s", b + 1,
                  STR_ARG(buf_str(&example)));
    } else if (fine) {
        dmn__find(s->c, place, "rule %u fits too: for example when %.*s", b + 1, STR_ARG(buf_str(&example)));
    }
    buf_release(&example);
    return fine;
}

static void find_overlaps(struct sweep *s)
{
    uint32_t found = 0;
    for (uint32_t a = 0; a < s->rule_count; a++) {
        for (uint32_t b = a + 1; s->certain[a] && !s->empty[a] && b < s->rule_count; b++) {
            if (!s->certain[b] || s->empty[b] || !rules_meet(s, a, b) ||
                (s->table->hit == HIT_ANY && !outputs_differ(s, a, b))) {
                continue;
            }
            found += found >= OVERLAPS_SHOWN || report_overlap(s, a, b);
        }
    }
    if (found > OVERLAPS_SHOWN) {
        dmn__find(s->c, dmn__place(DMN_OVERLAP, s->table, -1, s->table->xml), "and %u more overlaps of this table",
                  found - OVERLAPS_SHOWN);
    }
}

/* ---- The sets that were seen ---- */

static struct seen *find_seen(struct sweep *s, uint32_t depth, const uint64_t *set)
{
    uint32_t at = (uint32_t)(hash_set(s, set) + depth) & (s->seen_size - 1);
    while (s->seen[at].set != NULL && (s->seen[at].depth != depth || !equal_sets(s, s->seen[at].set, set))) {
        at = (at + 1) & (s->seen_size - 1);
    }
    return &s->seen[at];
}

static void grow_seen(struct sweep *s)
{
    struct seen *old = s->seen;
    uint32_t old_size = s->seen_size;
    s->seen_size = old_size == 0 ? 256 : old_size * 2;
    s->seen = ARENA_ARRAY(&s->keep, struct seen, s->seen_size);
    for (uint32_t i = 0; i < old_size; i++) {
        if (old[i].set != NULL) {
            *find_seen(s, old[i].depth, old[i].set) = old[i];
        }
    }
}

static void remember(struct sweep *s, uint32_t depth, const uint64_t *set, bool gaps)
{
    if (s->seen_count * 2 >= s->seen_size) {
        grow_seen(s);
    }
    struct seen *place = find_seen(s, depth, set);
    if (place->set == NULL && pay(s, 8 * (uint64_t)s->words)) {
        uint64_t *copy = ARENA_ARRAY(&s->keep, uint64_t, s->words);
        memcpy(copy, set, s->words * sizeof *copy);
        *place = (struct seen){ copy, depth, gaps };
        s->seen_count++;
    }
}

/* ---- The sweep ---- */

static void keep_gap(struct sweep *s, uint32_t depth)
{
    if (s->gap_count == GAPS_KEPT) {
        s->gaps_beyond++;
        return;
    }
    struct gap *g = &s->gaps[s->gap_count++];
    g->spans = ARENA_ARRAY(&s->keep, struct dmn_spans, s->active_count);
    for (uint32_t d = 0; d < s->active_count; d++) {
        struct dmn_spans all = d < depth ? s->path[d] : everything(s->a, &s->columns[s->active[d]]);
        struct dmn_span *copy = ARENA_ARRAY(&s->keep, struct dmn_span, all.count);
        memcpy(copy, all.list, all.count * sizeof *copy);
        g->spans[d] = (struct dmn_spans){ all.count, copy };
    }
}

/* Where the set of rules changes in a column. */
struct event {
    uint32_t at, bit;
};

static int compare_events(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

/* Positions at which the same rules go on. */
struct group {
    uint64_t *set;
    struct dmn_span *spans;
    uint32_t count, size;
    uint32_t next; /* of the groups with the same hash, + 1 */
};

struct groups {
    struct group *list;
    uint32_t count, *heads, mask;
};

static void add_to_group(struct sweep *s, struct groups *all, const uint64_t *set, struct dmn_span span)
{
    uint32_t *head = &all->heads[(uint32_t)hash_set(s, set) & all->mask], i = *head;
    while (i != 0 && !equal_sets(s, all->list[i - 1].set, set)) {
        i = all->list[i - 1].next;
    }
    if (i == 0) {
        struct group *g = &all->list[all->count++];
        g->set = new_set(s);
        memcpy(g->set, set, s->words * sizeof *set);
        g->next = *head;
        *head = i = all->count;
        pay(s, 8 * (uint64_t)s->words); /* for the memory */
    }
    struct group *g = &all->list[i - 1];
    if (g->count == g->size) {
        uint32_t size = g->size == 0 ? 2 : g->size * 2;
        g->spans = arena_grow(s->a, g->spans, g->size * sizeof span, size * sizeof span);
        g->size = size;
    }
    g->spans[g->count++] = span;
}

/* The changes that the cells of the set make in the column; `ret` begins with the rules that ask for nothing. */
static struct event *collect_events(struct sweep *s, const struct dmn_column *column, const uint64_t *set,
                                    uint64_t *ret, uint32_t *ret_count)
{
    uint32_t count = 0, bits = s->words * 64 < s->rule_count ? s->words * 64 : s->rule_count;
    for (uint32_t bit = 0; bit < bits; bit++) {
        count += has_bit(set, bit) ? 2 * column->cells[s->order[bit]].spans.count : 0;
    }
    struct event *events = ARENA_ARRAY(s->a, struct event, count);
    *ret_count = 0;
    for (uint32_t bit = 0; bit < bits; bit++) {
        const struct dmn_cell *cell = &column->cells[s->order[bit]];
        if (has_bit(set, bit) && cell->kind != CELL_SET) {
            flip_bit(ret, bit);
        } else if (has_bit(set, bit)) {
            for (uint32_t i = 0; i < cell->spans.count; i++) {
                events[(*ret_count)++] = (struct event){ cell->spans.list[i].from, bit };
                events[(*ret_count)++] = (struct event){ cell->spans.list[i].to + 1, bit };
            }
        }
    }
    return events;
}

static struct groups split(struct sweep *s, const struct dmn_column *column, const uint64_t *set)
{
    uint64_t *now = new_set(s);
    uint32_t count, at = 0, size = 16;
    struct event *events = collect_events(s, column, set, now, &count);
    qsort(events, count, sizeof *events, compare_events);
    while (size < count) {
        size *= 2;
    }
    struct groups all = { .list = ARENA_ARRAY(s->a, struct group, count + 1),
                          .heads = ARENA_ARRAY(s->a, uint32_t, size),
                          .mask = size - 1 };
    if (s->for_gaps) {
        at = first_position(column);
    }
    for (uint32_t i = 0; at < column->position_count && pay(s, s->words + 16);) {
        while (i < count && events[i].at <= at) {
            flip_bit(now, events[i++].bit);
        }
        uint32_t end = i < count ? events[i].at : column->position_count;
        add_to_group(s, &all, now, (struct dmn_span){ at, end - 1 });
        at = end;
    }
    return all;
}

/* Step 2: drops the rules that are less preferred than one which surely fits whatever follows. */
static void drop_shadowed(struct sweep *s, uint32_t depth, uint64_t *set)
{
    uint64_t *sure = new_set(s);
    for (uint32_t i = 0; i < s->words; i++) {
        sure[i] = s->settled[depth][i] & s->covering[i];
    }
    uint32_t first = first_common(s, set, sure);
    if (first == UINT32_MAX) {
        return;
    }
    for (uint32_t i = first / 64 + 1; i < s->words; i++) {
        set[i] = 0;
    }
    set[first / 64] &= ~(uint64_t)0 >> (63 - first % 64);
}

/* What is left of a set when it asks for nothing more can be the one. */
static void mark_reached(struct sweep *s, const uint64_t *set)
{
    for (uint32_t i = 0; i < s->words; i++) {
        s->reached[i] |= set[i];
    }
}

static bool is_within(const struct sweep *s, const uint64_t *set, const uint64_t *of)
{
    for (uint32_t i = 0; i < s->words; i++) {
        if ((set[i] & ~of[i]) != 0) {
            return false;
        }
    }
    return true;
}

static bool follow(struct sweep *s, uint32_t depth, uint64_t *set);

static bool follow_groups(struct sweep *s, uint32_t depth, const uint64_t *set)
{
    bool gaps = false;
    struct arena_mark mark = arena_mark(s->a);
    struct groups all = split(s, &s->columns[s->active[depth]], set);
    for (uint32_t i = 0; i < all.count && s->work >= 0; i++) {
        s->path[depth] = (struct dmn_spans){ all.list[i].count, all.list[i].spans };
        gaps |= follow(s, depth + 1, all.list[i].set);
    }
    arena_rewind(s->a, mark);
    return gaps;
}

/* What a set comes to without looking at another column: true and whether there is a gap. */
static bool is_settled(struct sweep *s, uint32_t depth, uint64_t *set, bool *ret_gaps)
{
    *ret_gaps = false;
    if (is_empty(s, set)) {
        if (s->for_gaps) {
            keep_gap(s, depth);
        }
        *ret_gaps = s->for_gaps;
        return true;
    }
    if (s->for_gaps) {
        return first_common(s, set, s->settled[depth]) != UINT32_MAX;
    }
    drop_shadowed(s, depth, set);
    if (is_within(s, set, s->settled[depth])) {
        mark_reached(s, set);
    }
    return is_within(s, set, s->reached);
}

/* Follows a set from a column on, and changes it; true when there is a gap below. Recurses once a column. */
static bool follow(struct sweep *s, uint32_t depth, uint64_t *set)
{
    bool gaps;
    if (is_settled(s, depth, set, &gaps) || !pay(s, s->words + 1)) {
        return gaps;
    }
    const struct seen *before = s->seen_size == 0 ? NULL : find_seen(s, depth, set);
    if (before != NULL && before->set != NULL && (!before->gaps || s->gap_count == GAPS_KEPT)) {
        s->gaps_beyond += before->gaps;
        return before->gaps;
    }
    gaps = follow_groups(s, depth, set);
    remember(s, depth, set, gaps);
    return gaps;
}

/* ---- What the sweep found ---- */

/* Joins gaps that differ in one column only. */
static bool join_two(struct sweep *s, struct gap *a, const struct gap *b)
{
    uint32_t differ = UINT32_MAX;
    for (uint32_t d = 0; d < s->active_count; d++) {
        if (!same_spans(&a->spans[d], &b->spans[d])) {
            if (differ != UINT32_MAX) {
                return false;
            }
            differ = d;
        }
    }
    if (differ != UINT32_MAX) {
        a->spans[differ] = joined_spans(s->a, &a->spans[differ], &b->spans[differ]);
    }
    return true;
}

static void join_gaps(struct sweep *s)
{
    bool joined = true;
    while (joined) {
        joined = false;
        for (uint32_t i = 0; i < s->gap_count; i++) {
            for (uint32_t k = i + 1; k < s->gap_count; k++) {
                if (join_two(s, &s->gaps[i], &s->gaps[k])) {
                    s->gaps[k--] = s->gaps[--s->gap_count];
                    joined = true;
                }
            }
        }
    }
}

static bool report_gap(struct sweep *s, const struct gap *g)
{
    uint32_t inputs = s->table->rules.input_count;
    struct dmn_spans *spans = ARENA_ARRAY(s->a, struct dmn_spans, inputs);
    for (uint32_t i = 0; i < inputs; i++) {
        spans[i] = everything(s->a, &s->columns[i]);
    }
    bool any = true;
    for (uint32_t d = 0; d < s->active_count; d++) {
        spans[s->active[d]] = g->spans[d];
        any &= is_everything(&s->columns[s->active[d]], &g->spans[d]);
    }
    struct buf example = BUF_INIT(1 << 16);
    struct dmn_finding place = dmn__place(DMN_GAP, s->table, -1, s->table->xml);
    bool fine = write_example(s, spans, &example);
    if (fine && any) {
        dmn__find(s->c, place, "no rule ever fits");
    } else if (fine) {
        dmn__find(s->c, place, "no rule fits: for example when %.*s", STR_ARG(buf_str(&example)));
    }
    buf_release(&example);
    return fine;
}

static void report_gaps(struct sweep *s)
{
    uint32_t shown = 0, more = s->gaps_beyond;
    join_gaps(s);
    for (uint32_t i = 0; i < s->gap_count; i++) {
        if (shown == GAPS_SHOWN) {
            more++;
        } else {
            shown += report_gap(s, &s->gaps[i]);
        }
    }
    if (more > 0) {
        dmn__find(s->c, dmn__place(DMN_GAP, s->table, -1, s->table->xml), "and at least %u more gaps of this table",
                  more);
    }
}

/* Whether all that fits b fits a. */
static bool cell_covers(const struct dmn_cell *a, const struct dmn_cell *b)
{
    if (a->kind == CELL_ANY) {
        return true;
    }
    if (a->kind != CELL_SET || b->kind != CELL_SET) {
        return false;
    }
    uint32_t k = 0;
    for (uint32_t i = 0; i < b->spans.count; i++) {
        while (k < a->spans.count && a->spans.list[k].to < b->spans.list[i].from) {
            k++;
        }
        if (k == a->spans.count || a->spans.list[k].from > b->spans.list[i].from ||
            a->spans.list[k].to < b->spans.list[i].to) {
            return false;
        }
    }
    return true;
}

static bool rule_covers(struct sweep *s, uint32_t a, uint32_t b)
{
    for (uint32_t d = 0; d < s->active_count; d++) {
        const struct dmn_cell *cells = s->columns[s->active[d]].cells;
        if (!pay(s, 1) || !cell_covers(&cells[a], &cells[b])) {
            return false;
        }
    }
    return true;
}

static void report_unreachable(struct sweep *s, uint32_t bit)
{
    uint32_t rule = s->order[bit];
    struct dmn_finding place = dmn__place(DMN_UNREACHABLE, s->table, rule, s->table->rule_xml[rule]);
    for (uint32_t i = 0; i < bit; i++) {
        if (has_bit(s->covering, i) && !s->empty[s->order[i]] && rule_covers(s, s->order[i], rule)) {
            place.other = s->order[i] + 1;
            dmn__find(s->c, place, "the rule is never the one: rule %u comes before it and fits whenever it does",
                      s->order[i] + 1);
            return;
        }
    }
    dmn__find(s->c, place, "the rule is never the one: the rules that come before it fit whenever it does");
}

/* ---- Preferences ---- */

/* Under PRIORITY: whether the outputs of the rule are known, and their ranks. */
struct preference {
    uint32_t rule;
    bool known;
    const uint32_t *ranks;
};

static int compare_preferences(const void *a, const void *b, void *context)
{
    const struct preference *x = a, *y = b;
    for (uint32_t o = 0; o < *(const uint32_t *)context && x->known && y->known; o++) {
        if (x->ranks[o] != y->ranks[o]) {
            return x->ranks[o] < y->ranks[o] ? -1 : 1;
        }
    }
    if (x->known != y->known) {
        return x->known ? 1 : -1; /* where nobody can cover it */
    }
    return (x->rule > y->rule) - (x->rule < y->rule);
}

/* The rules by bit, and which of them cover what is less preferred. A rule whose preference is not known neither
 * covers nor is covered. */
static void prefer(struct sweep *s)
{
    uint32_t width = s->table->rules.output_count;
    struct preference *list = ARENA_ARRAY(s->a, struct preference, s->rule_count);
    for (uint32_t r = 0; r < s->rule_count; r++) {
        uint32_t *ranks = ARENA_ARRAY(s->a, uint32_t, width);
        list[r] = (struct preference){ r, true, ranks };
        for (uint32_t o = 0; s->table->hit == HIT_PRIORITY && o < width; o++) {
            const struct dmn_output *output = &s->outputs[(size_t)r * width + o];
            list[r].known &= output->known;
            ranks[o] = output->known ? dmn__rank(s->c->ev, s->table->priorities[o], output->value) : 0;
        }
    }
    qsort_r(list, s->rule_count, sizeof *list, compare_preferences, &width);
    uint32_t *order = ARENA_ARRAY(s->a, uint32_t, s->rule_count);
    for (uint32_t bit = 0; bit < s->rule_count; bit++) {
        order[bit] = list[bit].rule;
        if (list[bit].known && s->certain[list[bit].rule]) {
            flip_bit(s->covering, bit);
        }
    }
    s->order = order;
}

/* ---- All of it ---- */

static void note_cells(struct sweep *s)
{
    bool *certain = ARENA_ARRAY(s->a, bool, s->rule_count), *empty = ARENA_ARRAY(s->a, bool, s->rule_count);
    uint32_t *active = ARENA_ARRAY(s->a, uint32_t, s->table->rules.input_count);
    memset(certain, true, s->rule_count);
    for (uint32_t i = 0; i < s->table->rules.input_count; i++) {
        for (uint32_t r = 0; r < s->rule_count; r++) {
            const struct dmn_cell *cell = &s->columns[i].cells[r];
            certain[r] &= cell->kind != CELL_UNKNOWN;
            empty[r] |= cell->kind == CELL_SET && cell->spans.count == 0;
        }
        if (s->columns[i].set_count > 0) {
            active[s->active_count++] = i;
        }
    }
    s->certain = certain;
    s->empty = empty;
    s->active = active;
}

static void note_settled(struct sweep *s)
{
    s->settled = ARENA_ARRAY(s->a, uint64_t *, s->active_count + 1);
    s->settled[s->active_count] = new_set(s);
    memset(s->settled[s->active_count], 0xFF, s->words * sizeof **s->settled);
    for (uint32_t d = s->active_count; d > 0; d--) {
        const struct dmn_cell *cells = s->columns[s->active[d - 1]].cells;
        s->settled[d - 1] = new_set(s);
        for (uint32_t bit = 0; bit < s->rule_count; bit++) {
            if (has_bit(s->settled[d], bit) && cells[s->order[bit]].kind != CELL_SET) {
                flip_bit(s->settled[d - 1], bit);
            }
        }
    }
}

static void prepare(struct sweep *s)
{
    s->words = (s->rule_count + 63) / 64;
    s->covering = new_set(s);
    s->reached = new_set(s);
    prefer(s);
    note_settled(s);
    s->path = ARENA_ARRAY(s->a, struct dmn_spans, s->active_count);
}

/* Follows all rules that can fit at all. */
static void sweep(struct sweep *s, bool for_gaps)
{
    s->for_gaps = for_gaps;
    s->work = LIMIT_DMN_CHECK_WORK;
    s->seen_count = s->seen_size = 0;
    uint64_t *all = new_set(s);
    for (uint32_t bit = 0; bit < s->rule_count; bit++) {
        if (!s->empty[s->order[bit]]) {
            flip_bit(all, bit);
        }
    }
    if (!for_gaps) {
        drop_shadowed(s, 0, all); /* for good, and the sets below are as short as this one */
        while (s->words > 1 && all[s->words - 1] == 0) {
            s->words--;
        }
    }
    follow(s, 0, all);
    s->incomplete |= s->work < 0;
}

static void report_reach(struct sweep *s)
{
    for (uint32_t bit = 0; bit < s->rule_count && s->work >= 0; bit++) {
        if (!has_bit(s->reached, bit) && !s->empty[s->order[bit]]) {
            report_unreachable(s, bit);
        }
    }
}

/* No rule that fits is an answer of its own for a list or a number of hits; everywhere else it leaves null. */
static bool wants_gaps(const struct dmn_table *t)
{
    bool counts = t->hit == HIT_COLLECT && (t->aggregation == AGGREGATE_NONE || t->aggregation == AGGREGATE_COUNT);
    return t->rules.defaults == NULL && !counts;
}

void dmn__cover(struct dmn_checker *c, const struct dmn_table *t, const struct dmn_column *columns,
                const struct dmn_output *outputs)
{
    struct sweep s = { .c = c, .table = t, .columns = columns, .outputs = outputs, .a = &c->scratch,
                       .keep = ARENA_INIT, .rule_count = t->rules.rule_count, .work = LIMIT_DMN_CHECK_WORK };
    note_cells(&s);
    if (t->hit == HIT_UNIQUE || t->hit == HIT_ANY) {
        find_overlaps(&s);
        s.incomplete = s.work < 0;
    }
    prepare(&s);
    if (wants_gaps(t)) {
        sweep(&s, true);
        report_gaps(&s);
    }
    if (t->hit == HIT_FIRST || t->hit == HIT_PRIORITY) {
        sweep(&s, false);
        report_reach(&s);
    }
    arena_release(&s.keep);
    if (s.incomplete) {
        dmn__find(c, dmn__place(DMN_NOT_ANALYSED, t, -1, t->xml),
                  "the table is too intricate to be analysed completely: limit %s = %d", "DMN_CHECK_WORK",
                  LIMIT_DMN_CHECK_WORK);
    }
}
