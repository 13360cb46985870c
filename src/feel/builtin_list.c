/* builtin_list: lists (DMN 1.5, 10.3.4.4).
 *
 * The aggregates take a list or the elements as arguments; either way they work on an array of values. Every loop
 * over elements is charged before it begins.
 */
#include "feel/feel_int.h"

/* ---- Arguments ---- */

struct items {
    const feel_value *ptr;
    uint32_t count;
};

/* The elements of a list given as the only argument, or the arguments themselves. */
static struct items items_of(const feel_value *args, uint32_t count)
{
    if (count == 1 && args[0].kind == FEEL_LIST) {
        return (struct items){ args[0].items, args[0].count };
    }
    return (struct items){ args, count };
}

static feel_value bad_element(struct feel_eval *ev, const char *function, feel_value v)
{
    return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, function, "list", feel__brief(ev, v));
}

/* True when all elements are numbers, and the loop over them is paid for. */
static bool all_numbers(struct feel_eval *ev, const char *function, struct items l)
{
    if (!feel__steps(ev, l.count)) {
        return false;
    }
    for (uint32_t i = 0; i < l.count; i++) {
        if (l.ptr[i].kind != FEEL_NUMBER) {
            bad_element(ev, function, l.ptr[i]);
            return false;
        }
    }
    return true;
}

/* The list index of a position as FEEL counts: from 1, or from -1 at the end; -1 when there is no such element. */
static int64_t index_of(feel_value position, uint32_t count)
{
    int64_t at;
    if (!feel__whole(position, &at)) {
        return -1;
    }
    at = at > 0 ? at - 1 : at < 0 ? (int64_t)count + at : -1;
    return at >= 0 && at < (int64_t)count ? at : -1;
}

static feel_value bad_position(struct feel_eval *ev, feel_value position, uint32_t count)
{
    const char *size = arena_printf(&ev->arena, "%u", count).ptr;
    return feel__fail(ev, FEEL_DIAG_INDEX, feel__brief(ev, position), size, NULL);
}

/* A copy of items in ev->arena with room for `more`; NULL when there is no room. */
static feel_value *copy_items(struct feel_eval *ev, const feel_value *items, uint32_t count, uint32_t more)
{
    if (!feel__steps(ev, count)) {
        return NULL;
    }
    feel_value *to = feel__values(ev, (uint64_t)count + more);
    if (to != NULL && count > 0) {
        memcpy(to, items, count * sizeof *to);
    }
    return to;
}

static bool equal(struct feel_eval *ev, feel_value a, feel_value b)
{
    return feel_is_true(feel_equal(ev, a, b));
}

/* ---- Counting and looking ---- */

feel_value builtin_count(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)ev, (void)count;
    return feel_number(dec_from_uint(args[0].count));
}

feel_value builtin_is_empty(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)ev, (void)count;
    return feel_boolean(args[0].count == 0);
}

/* The place of v among the items, or count. */
static uint32_t find(struct feel_eval *ev, const feel_value *items, uint32_t count, feel_value v)
{
    uint32_t i = 0;
    while (i < count && !equal(ev, items[i], v)) {
        i++;
    }
    return i;
}

feel_value builtin_list_contains(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    if (!feel__steps(ev, args[0].count)) {
        return feel_null();
    }
    return feel_boolean(find(ev, args[0].items, args[0].count, args[1]) < args[0].count);
}

feel_value builtin_index_of(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    feel_value places = feel__list_new();
    bool fine = feel__steps(ev, args[0].count);
    for (uint32_t i = 0; fine && i < args[0].count; i++) {
        if (equal(ev, args[0].items[i], args[1])) {
            fine = feel__list_add(ev, &places, feel_number(dec_from_uint(i + 1)));
        }
    }
    return fine ? places : feel_null();
}

/* ---- Aggregates ---- */

/* The element before which (order < 0) or after which (order > 0) no other stands. */
static feel_value extreme(struct feel_eval *ev, const char *function, struct items l, int order)
{
    if (l.count == 0) {
        return feel_null();
    }
    if (!feel__steps(ev, l.count)) {
        return feel_null();
    }
    feel_value best = l.ptr[0];
    for (uint32_t i = 0; i < l.count; i++) {
        int c;
        if (!feel__compare(l.ptr[i], best, &c)) {
            return bad_element(ev, function, l.ptr[i]);
        }
        best = c * order > 0 ? l.ptr[i] : best;
    }
    return best;
}

feel_value builtin_min(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    return extreme(ev, "min", items_of(args, count), -1);
}

feel_value builtin_max(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    return extreme(ev, "max", items_of(args, count), 1);
}

/* The sum of numbers, or of durations of one kind; the sum of nothing is null. */
feel_value builtin_sum(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    struct items l = items_of(args, count);
    if (!feel__steps(ev, l.count)) {
        return feel_null();
    }
    const unsigned summable = FEEL_IS_NUMBER | FEEL_IS_SPAN | FEEL_IS_MONTHS;
    feel_value total = l.count == 0 ? feel_null() : l.ptr[0];
    for (uint32_t i = 0; i < l.count; i++) {
        if ((summable & 1u << l.ptr[i].kind) == 0 || l.ptr[i].kind != l.ptr[0].kind) {
            return bad_element(ev, "sum", l.ptr[i]);
        }
        total = i == 0 ? total : feel__arithmetic(ev, FEEL_ADD, total, l.ptr[i]);
        if (total.kind == FEEL_NULL) {
            return total;
        }
    }
    return total;
}

feel_value builtin_product(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    struct items l = items_of(args, count);
    if (l.count == 0 || !all_numbers(ev, "product", l)) {
        return feel_null();
    }
    feel_value total = l.ptr[0];
    for (uint32_t i = 1; i < l.count && total.kind == FEEL_NUMBER; i++) {
        total = feel__arithmetic(ev, FEEL_MUL, total, l.ptr[i]);
    }
    return total;
}

static feel_value mean_of(struct feel_eval *ev, struct items l)
{
    feel_value total = l.ptr[0];
    for (uint32_t i = 1; i < l.count && total.kind == FEEL_NUMBER; i++) {
        total = feel__arithmetic(ev, FEEL_ADD, total, l.ptr[i]);
    }
    feel_value n = feel_number(dec_from_uint(l.count));
    return total.kind != FEEL_NUMBER ? total : feel__arithmetic(ev, FEEL_DIV, total, n);
}

feel_value builtin_mean(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    struct items l = items_of(args, count);
    return l.count == 0 || !all_numbers(ev, "mean", l) ? feel_null() : mean_of(ev, l);
}

/* The deviation of a sample: the root of the sum of squares over n - 1; null for less than two numbers. */
feel_value builtin_stddev(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    struct items l = items_of(args, count);
    if (!all_numbers(ev, "stddev", l) || l.count < 2) {
        return feel_null();
    }
    feel_value mean = mean_of(ev, l), total = feel_number(DEC_SMALL(0));
    for (uint32_t i = 0; i < l.count && mean.kind == FEEL_NUMBER && total.kind == FEEL_NUMBER; i++) {
        feel_value d = feel__arithmetic(ev, FEEL_SUB, l.ptr[i], mean);
        d = d.kind == FEEL_NUMBER ? feel__arithmetic(ev, FEEL_MUL, d, d) : d;
        total = d.kind == FEEL_NUMBER ? feel__arithmetic(ev, FEEL_ADD, total, d) : d;
    }
    dec variance, root;
    bool fine = mean.kind == FEEL_NUMBER && total.kind == FEEL_NUMBER &&
                dec_div(total.number, dec_from_uint(l.count - 1), &variance) && dec_sqrt(variance, &root);
    return fine ? feel_number(root) : feel_null();
}

/* All true is true, one that is false is false, the rest is null; `any` is the same upside down. */
static feel_value junction(struct feel_eval *ev, const char *function, struct items l, bool decisive)
{
    bool open = false;
    if (!feel__steps(ev, l.count)) {
        return feel_null();
    }
    for (uint32_t i = 0; i < l.count; i++) {
        if (l.ptr[i].kind == FEEL_BOOLEAN && l.ptr[i].boolean == decisive) {
            return l.ptr[i];
        }
        if (l.ptr[i].kind != FEEL_BOOLEAN && l.ptr[i].kind != FEEL_NULL) {
            bad_element(ev, function, l.ptr[i]);
        }
        open |= l.ptr[i].kind != FEEL_BOOLEAN;
    }
    return open ? feel_null() : feel_boolean(!decisive);
}

feel_value builtin_all(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    return junction(ev, "all", items_of(args, count), false);
}

feel_value builtin_any(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    return junction(ev, "any", items_of(args, count), true);
}

/* ---- Sorting ---- */

/* 1: a stands before b; 0: it does not; -1: that cannot be told, and the sort is over. */
typedef int precedes_fn(struct feel_eval *ev, const feel_value *function, feel_value a, feel_value b);

static int precedes_by_value(struct feel_eval *ev, const feel_value *function, feel_value a, feel_value b)
{
    (void)function;
    int order;
    if (!feel__compare(a, b, &order)) {
        feel__fail(ev, FEEL_DIAG_COMPARE_TYPES, feel__kind_text(a), feel__kind_text(b), NULL);
        return -1;
    }
    return order < 0;
}

static int precedes_by_call(struct feel_eval *ev, const feel_value *function, feel_value a, feel_value b)
{
    feel_value pair[] = { a, b };
    feel_value v = feel_call(ev, *function, pair, 2);
    if (v.kind != FEEL_BOOLEAN) {
        feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, "sort", "precedes", feel__brief(ev, v));
        return -1;
    }
    return v.boolean;
}

struct sorter {
    struct feel_eval *ev;
    precedes_fn *precedes;
    const feel_value *function;
};

/* from[low, middle) and from[middle, high) are sorted; merges them into to[low, high). */
static bool merge(const struct sorter *s, const feel_value *from, feel_value *to, uint32_t low, uint32_t middle,
                  uint32_t high)
{
    uint32_t i = low, j = middle;
    for (uint32_t k = low; k < high; k++) {
        int right_first = i == middle;
        if (i < middle && j < high) {
            right_first = s->precedes(s->ev, s->function, from[j], from[i]);
        }
        if (right_first < 0 || s->ev->steps < 0) {
            return false;
        }
        to[k] = right_first ? from[j++] : from[i++];
    }
    return true;
}

/* A stable merge sort from runs of one upwards; `a` holds the items, the result is in a or b. NULL: given up. */
static const feel_value *sort(const struct sorter *s, feel_value *a, feel_value *b, uint32_t count)
{
    for (uint64_t run = 1; run < count; run *= 2) {
        if (!feel__steps(s->ev, count)) {
            return NULL;
        }
        for (uint64_t low = 0; low < count; low += 2 * run) {
            uint32_t middle = (uint32_t)(low + run < count ? low + run : count);
            uint32_t high = (uint32_t)(low + 2 * run < count ? low + 2 * run : count);
            if (!merge(s, a, b, (uint32_t)low, middle, high)) {
                return NULL;
            }
        }
        feel_value *other = a;
        a = b;
        b = other;
    }
    return a;
}

/* A sorted copy, or NULL. */
static const feel_value *sorted(struct feel_eval *ev, struct items l, const feel_value *function)
{
    feel_value *a = copy_items(ev, l.ptr, l.count, 0), *b = feel__values(ev, l.count);
    if (a == NULL || b == NULL) {
        return NULL;
    }
    struct sorter s = { ev, function == NULL ? precedes_by_value : precedes_by_call, function };
    return sort(&s, a, b, l.count);
}

feel_value builtin_sort(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    bool by_value = count < 2 || args[1].kind == FEEL_NULL;
    struct items l = { args[0].items, args[0].count };
    const feel_value *items = sorted(ev, l, by_value ? NULL : &args[1]);
    return items == NULL ? feel_null() : feel__list_of(ev, items, l.count);
}

feel_value builtin_median(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    struct items l = items_of(args, count);
    if (l.count == 0 || !all_numbers(ev, "median", l)) {
        return feel_null();
    }
    const feel_value *items = sorted(ev, l, NULL);
    if (items == NULL) {
        return feel_null();
    }
    uint32_t middle = l.count / 2;
    return l.count % 2 == 1 ? items[middle] : mean_of(ev, (struct items){ &items[middle - 1], 2 });
}

/* The numbers that stand most often, in ascending order; of an empty list the empty list. */
feel_value builtin_mode(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    struct items l = items_of(args, count);
    if (!all_numbers(ev, "mode", l)) {
        return feel_null();
    }
    const feel_value *items = sorted(ev, l, NULL);
    feel_value modes = feel__list_new();
    uint32_t most = 0;
    for (uint32_t i = 0, end = 0; items != NULL && i < l.count; i = end) {
        for (end = i; end < l.count && dec_eq(items[end].number, items[i].number);) {
            end++;
        }
        if (end - i > most) {
            most = end - i;
            modes = feel__list_new();
        }
        if (end - i == most && !feel__list_add(ev, &modes, items[i])) {
            return feel_null();
        }
    }
    return items == NULL ? feel_null() : modes;
}

/* ---- Parts ---- */

/* args: list, start position, length. */
feel_value builtin_sublist(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    int64_t start = index_of(args[1], args[0].count), length = (int64_t)args[0].count - start;
    if (start < 0) {
        return bad_position(ev, args[1], args[0].count);
    }
    if (count > 2 && args[2].kind != FEEL_NULL) {
        int64_t wanted;
        if (!feel__whole(args[2], &wanted) || wanted < 0 || wanted > length) {
            return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, "sublist", "length", feel__brief(ev, args[2]));
        }
        length = wanted;
    }
    return feel__list_of(ev, args[0].items + start, (uint64_t)length);
}

/* Lists of `size` elements each, the last perhaps shorter. */
feel_value builtin_partition(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    int64_t size;
    if (!feel__whole(args[1], &size) || size <= 0) {
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, "partition", "size", feel__brief(ev, args[1]));
    }
    feel_value parts = feel__list_new();
    bool fine = feel__steps(ev, args[0].count);
    for (int64_t i = 0; fine && i < args[0].count; i += size) {
        int64_t left = (int64_t)args[0].count - i;
        feel_value part = feel__list_of(ev, args[0].items + i, (uint64_t)(left < size ? left : size));
        fine = feel__list_add(ev, &parts, part);
        size = size > left ? left : size;
    }
    return fine ? parts : feel_null();
}

/* ---- Changed copies ---- */

feel_value builtin_append(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    feel_value *items = copy_items(ev, args[0].items, args[0].count, count - 1);
    if (items == NULL) {
        return feel_null();
    }
    memcpy(items + args[0].count, args + 1, (count - 1) * sizeof *items);
    return feel__list_of(ev, items, (uint64_t)args[0].count + count - 1);
}

feel_value builtin_concatenate(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    uint64_t total = 0, at = 0;
    for (uint32_t i = 0; i < count; i++) {
        total += args[i].count;
    }
    if (!feel__steps(ev, total)) {
        return feel_null();
    }
    feel_value *items = feel__values(ev, total);
    for (uint32_t i = 0; items != NULL && i < count; i++) {
        if (args[i].count > 0) {
            memcpy(items + at, args[i].items, args[i].count * sizeof *items);
        }
        at += args[i].count;
    }
    return items == NULL ? feel_null() : feel__list_of(ev, items, total);
}

/* args: list, position, newItem. */
feel_value builtin_insert_before(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    uint32_t n = args[0].count;
    int64_t at = index_of(args[1], n);
    if (at < 0) {
        return bad_position(ev, args[1], n);
    }
    feel_value *items = copy_items(ev, args[0].items, n, 1);
    if (items == NULL) {
        return feel_null();
    }
    memmove(items + at + 1, items + at, ((size_t)n - (size_t)at) * sizeof *items);
    items[at] = args[2];
    return feel__list_of(ev, items, (uint64_t)n + 1);
}

feel_value builtin_remove(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    uint32_t n = args[0].count;
    int64_t at = index_of(args[1], n);
    if (at < 0) {
        return bad_position(ev, args[1], n);
    }
    feel_value *items = copy_items(ev, args[0].items, n, 0);
    if (items == NULL) {
        return feel_null();
    }
    memmove(items + at, items + at + 1, ((size_t)n - (size_t)at - 1) * sizeof *items);
    return feel__list_of(ev, items, n - 1);
}

/* args: list, position, newItem. */
feel_value builtin_list_replace(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    int64_t at = index_of(args[1], args[0].count);
    if (at < 0) {
        return bad_position(ev, args[1], args[0].count);
    }
    feel_value *items = copy_items(ev, args[0].items, args[0].count, 0);
    if (items == NULL) {
        return feel_null();
    }
    items[at] = args[2];
    return feel__list_of(ev, items, args[0].count);
}

/* args: list, match(item, newItem), newItem: replaces the elements for which match is true. */
feel_value builtin_list_replace_matches(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    feel_value *items = copy_items(ev, args[0].items, args[0].count, 0);
    if (items == NULL) {
        return feel_null();
    }
    for (uint32_t i = 0; i < args[0].count; i++) {
        feel_value pair[] = { items[i], args[2] };
        feel_value v = feel_call(ev, args[1], pair, 2);
        if (v.kind != FEEL_BOOLEAN) {
            return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, "list replace", "match", feel__brief(ev, v));
        }
        items[i] = v.boolean ? args[2] : items[i];
    }
    return feel__list_of(ev, items, args[0].count);
}

feel_value builtin_reverse(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    uint32_t n = args[0].count;
    feel_value *items = copy_items(ev, args[0].items, n, 0);
    if (items == NULL) {
        return feel_null();
    }
    for (uint32_t i = 0; i < n; i++) {
        items[i] = args[0].items[n - 1 - i];
    }
    return feel__list_of(ev, items, n);
}

/* ---- Without duplicates ---- */

/* Adds the items that are not there yet. Each is compared with all kept so far, and pays for it. */
static bool add_distinct(struct feel_eval *ev, feel_value *kept, feel_value list)
{
    for (uint32_t i = 0; i < list.count; i++) {
        if (!feel__steps(ev, (uint64_t)kept->count + 1)) {
            return false;
        }
        if (find(ev, kept->items, kept->count, list.items[i]) == kept->count &&
            !feel__list_add(ev, kept, list.items[i])) {
            return false;
        }
    }
    return true;
}

/* The distinct elements of all the lists, in the order in which they first stand. */
feel_value builtin_union(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    feel_value kept = feel__list_new();
    for (uint32_t i = 0; i < count; i++) {
        if (!add_distinct(ev, &kept, args[i])) {
            return feel_null();
        }
    }
    return kept;
}

/* The elements that stand more than once, in the order in which they first stand. */
feel_value builtin_duplicate_values(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    feel_value twice = feel__list_new();
    const feel_value *items = args[0].items;
    uint32_t n = args[0].count;
    for (uint32_t i = 0; i < n; i++) {
        if (!feel__steps(ev, n)) {
            return feel_null();
        }
        bool first = find(ev, items, i, items[i]) == i;
        bool again = find(ev, items + i + 1, n - i - 1, items[i]) < n - i - 1;
        if (first && again && !feel__list_add(ev, &twice, items[i])) {
            return feel_null();
        }
    }
    return twice;
}

/* ---- Nested lists ---- */

/* Recurses as deep as the list, which is bounded. */
static bool add_flat(struct feel_eval *ev, feel_value *flat, feel_value list)
{
    if (!feel__steps(ev, list.count)) {
        return false;
    }
    for (uint32_t i = 0; i < list.count; i++) {
        bool fine = list.items[i].kind == FEEL_LIST ? add_flat(ev, flat, list.items[i])
                                                    : feel__list_add(ev, flat, list.items[i]);
        if (!fine) {
            return false;
        }
    }
    return true;
}

feel_value builtin_flatten(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    feel_value flat = feel__list_new();
    return add_flat(ev, &flat, args[0]) ? flat : feel_null();
}
