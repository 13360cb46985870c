/* record: values in the canonical form of records; docs/record.md, "Values", is its definition.
 *
 * RFC 8785 JSON without JSON numbers, which in that RFC are binary doubles. What JSON has no word for is an object
 * with one member whose name begins with a dollar sign.
 */
#include "feel/feel_int.h"

#include "base/limit.h"
#include "text/json_write.h"

#include <stdlib.h>

static void write(struct json_writer *w, feel_value v);

/* {"$n":"1.10"}: for values whose text has no character that JSON would escape. */
static void write_tagged(struct json_writer *w, const char *tag, feel_value v)
{
    json_begin_object(w);
    json_key(w, str_of(tag));
    json_raw(w, STR("\""));
    feel__print_bare(v, w->out);
    buf_addc(w->out, '"');
    json_end_object(w);
}

static void write_function(struct json_writer *w, feel_value v)
{
    struct buf b = BUF_INIT(w->out->max);
    feel_print(v, &b);
    json_begin_object(w);
    json_key(w, STR("$f"));
    json_string(w, buf_str(&b));
    json_end_object(w);
    w->out->overflow |= b.overflow;
    buf_release(&b);
}

/* ---- Contexts ---- */

static int compare_positions(const void *a, const void *b, void *names)
{
    return json_compare_names(((const str *)names)[*(const uint32_t *)a], ((const str *)names)[*(const uint32_t *)b]);
}

/* A name of the context's own that begins with a dollar sign gets a second one. That changes nothing in the order. */
static void write_name(struct json_writer *w, str name)
{
    if (!str_starts_with(name, STR("$"))) {
        json_key(w, name);
        return;
    }
    struct buf b = BUF_INIT(name.len + 1);
    buf_addc(&b, '$');
    buf_add(&b, name);
    json_key(w, buf_str(&b));
    buf_release(&b);
}

const uint32_t *feel__name_order(struct arena *a, const struct feel_shape *shape)
{
    uint32_t *order = arena_alloc(a, shape->count * sizeof *order);
    for (uint32_t i = 0; i < shape->count; i++) {
        order[i] = i;
    }
    if (shape->count > 1) {
        qsort_r(order, shape->count, sizeof *order, compare_positions, (void *)(uintptr_t)shape->names);
    }
    return order;
}

/* As those are that were read out of a record. */
static bool is_in_order(const struct feel_shape *shape)
{
    uint32_t i = 1;
    while (i < shape->count && json_compare_names(shape->names[i - 1], shape->names[i]) < 0) {
        i++;
    }
    return i >= shape->count;
}

static void write_context(struct json_writer *w, feel_value v)
{
    struct arena scratch = ARENA_INIT;
    const uint32_t *order = v.shape->order;
    if (order == NULL && !is_in_order(v.shape)) {
        order = feel__name_order(&scratch, v.shape);
    }
    json_begin_object(w);
    for (uint32_t i = 0; i < v.count && !w->out->overflow; i++) {
        uint32_t at = order == NULL ? i : order[i];
        write_name(w, v.shape->names[at]);
        write(w, v.values[at]);
    }
    json_end_object(w);
    arena_release(&scratch);
}

/* ---- Ranges ---- */

/* (= x) has x at both ends, so many of these one in the other make a text that grows without a bound of its own. */
static void write_range(struct json_writer *w, const struct feel_range *r)
{
    if (w->out->overflow) {
        return;
    }
    json_begin_object(w);
    json_key(w, STR("$r"));
    json_begin_object(w);
    json_key(w, STR("end"));
    write(w, r->end);
    json_key(w, STR("endIncluded"));
    json_bool(w, r->end_included);
    if (r->comparison) {
        json_key(w, STR("operator"));
        json_string(w, str_of(feel__range_operator(r)));
    }
    json_key(w, STR("start"));
    write(w, r->start);
    json_key(w, STR("startIncluded"));
    json_bool(w, r->start_included);
    json_end_object(w);
    json_end_object(w);
}

/* ---- All values ---- */

static void write_list(struct json_writer *w, feel_value v)
{
    json_begin_array(w);
    for (uint32_t i = 0; i < v.count && !w->out->overflow; i++) {
        write(w, v.items[i]);
    }
    json_end_array(w);
}

/* Recurses as deep as v, which is bounded. */
static void write(struct json_writer *w, feel_value v)
{
    switch ((enum feel_kind)v.kind) {
    case FEEL_NULL: json_null(w); break;
    case FEEL_BOOLEAN: json_bool(w, v.boolean); break;
    case FEEL_NUMBER: write_tagged(w, "$n", v); break;
    case FEEL_STRING: json_string(w, feel_str(v)); break;
    case FEEL_DATE: write_tagged(w, "$d", v); break;
    case FEEL_TIME: write_tagged(w, "$t", v); break;
    case FEEL_DATE_TIME: write_tagged(w, "$dt", v); break;
    case FEEL_SPAN: write_tagged(w, "$dd", v); break;
    case FEEL_MONTHS: write_tagged(w, "$ym", v); break;
    case FEEL_LIST: write_list(w, v); break;
    case FEEL_CONTEXT: write_context(w, v); break;
    case FEEL_RANGE: write_range(w, v.range); break;
    case FEEL_FUNCTION: write_function(w, v); break;
    case FEEL_KINDS: assert(false); break;
    }
}

void feel_record_write(feel_value v, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, false);
    write(&w, v);
}

bool feel_record_same(feel_value a, feel_value b)
{
    struct buf x = BUF_INIT(LIMIT_JSON_BYTES), y = BUF_INIT(LIMIT_JSON_BYTES);
    feel_record_write(a, &x);
    feel_record_write(b, &y);
    bool same = !x.overflow && !y.overflow && str_eq(buf_str(&x), buf_str(&y));
    buf_release(&x);
    buf_release(&y);
    return same;
}
