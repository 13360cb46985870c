/* vm: running programs.
 *
 * The frames of calls are chained and live, each with the slots of its stack, in chunks of memory that never
 * move, so that a pointer to a slot stays good whatever a built-in or a callback does. FEEL functions calling
 * FEEL functions take no C stack; only what passes through a C function (sort, a decision service) does, and
 * that depth is bounded apart (LIMIT_FEEL_NATIVE_DEPTH).
 *
 * feel__execute is the one long function of this project: it is a list of instructions.
 */
#include "feel/program_int.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Frames ---- */

enum { CHUNK_BYTES = 64 << 10 };

struct feel_stack_chunk {
    struct feel_stack_chunk *prev, *spare; /* spare: the next one, kept from earlier */
    char *next, *end;
    char data[] __attribute__((aligned(16)));
};

static struct feel_stack_chunk *new_chunk(struct feel_stack_chunk *prev, size_t need)
{
    size_t size = need > CHUNK_BYTES ? need : CHUNK_BYTES;
    struct feel_stack_chunk *c = malloc(sizeof *c + size); /* style: allow malloc: frames outlive arena rewinds */
    if (c == NULL) {
        abort();
    }
    *c = (struct feel_stack_chunk){ .prev = prev, .next = c->data, .end = c->data + size };
    return c;
}

static void free_spare(struct feel_stack_chunk *c)
{
    struct feel_stack_chunk *spare = c->spare;
    c->spare = NULL;
    while (spare != NULL) {
        struct feel_stack_chunk *next = spare->spare;
        free(spare); /* style: allow free: see new_chunk */
        spare = next;
    }
}

void feel__stack_free(struct feel_eval *ev)
{
    struct feel_stack_chunk *c = ev->stack;
    if (c != NULL) {
        assert(c->prev == NULL);
        free_spare(c);
        free(c); /* style: allow free: see new_chunk */
        ev->stack = NULL;
    }
}

/* A chunk with room for `need` bytes becomes the current one. */
static void next_chunk(struct feel_eval *ev, size_t need)
{
    struct feel_stack_chunk *c = ev->stack;
    if (c == NULL) {
        ev->stack = new_chunk(NULL, need);
        return;
    }
    if (c->spare == NULL || (size_t)(c->spare->end - c->spare->data) < need) {
        free_spare(c);
        c->spare = new_chunk(c, need);
    }
    ev->stack = c->spare;
    ev->stack->next = ev->stack->data;
}

static struct feel_frame *push_frame(struct feel_eval *ev, const struct feel_program *program,
                                     const struct feel_code *code)
{
    size_t need = sizeof(struct feel_frame) + (size_t)code->stack_size * sizeof(feel_value);
    need = (need + 15) & ~(size_t)15;
    struct feel_stack_chunk *chunk = ev->stack;
    char *filled = chunk == NULL ? NULL : chunk->next;
    if (chunk == NULL || (size_t)(chunk->end - chunk->next) < need) {
        next_chunk(ev, need);
    }
    struct feel_frame *f = (struct feel_frame *)ev->stack->next;
    ev->stack->next += need;
    f->caller = ev->frame;
    f->program = program;
    f->code = code;
    f->function = NULL;
    f->caches = NULL;
    f->ip = code->instructions;
    f->chunk = chunk;
    f->chunk_next = filled;
    f->base[0] = feel_null();
    ev->frame = f;
    return f;
}

static void pop_frame(struct feel_eval *ev, struct feel_frame *f)
{
    ev->frame = f->caller;
    if (f->chunk != NULL) {
        ev->stack = f->chunk;
        ev->stack->next = f->chunk_next;
    } else {
        while (ev->stack->prev != NULL) {
            ev->stack = ev->stack->prev;
        }
        ev->stack->next = ev->stack->data;
    }
}

static void use_caches(struct feel_eval *ev, struct feel_frame *f)
{
    if (f->program->cache_count > 0) {
        f->caches = ARENA_ARRAY(&ev->arena, struct feel_cache, f->program->cache_count);
    }
}

/* ---- Calls ---- */

static feel_value native_depth_hit(struct feel_eval *ev)
{
    return feel__stop(ev, "FEEL_NATIVE_DEPTH");
}

/* Pushes the frame of a closure with its arguments made to conform; NULL with a diagnostic when they do not. */
static struct feel_frame *enter(struct feel_eval *ev, const struct feel_function *f, feel_value function,
                                const feel_value *args)
{
    if (ev->call_depth >= LIMIT_FEEL_CALL_DEPTH) {
        feel__stop(ev, "FEEL_CALL_DEPTH");
        return NULL;
    }
    struct feel_frame *caller = ev->frame;
    struct feel_frame *frame = push_frame(ev, f->program, f->code);
    frame->function = f;
    frame->slots = f->slots;
    if (caller != NULL && caller->program == f->program) {
        frame->caches = caller->caches;
    }
    frame->base[0] = function;
    for (uint32_t i = 0; i < f->parameter_count; i++) {
        const struct feel_type *type = f->parameters[i].type;
        feel_value arg = args[i];
        if (type != NULL && type->kind != FEEL_TYPE_ANY) {
            uint32_t before = ev->diagnostic_count + ev->diagnostic_dropped;
            ev->frame = caller;
            arg = feel_coerce(ev, args[i], type);
            ev->frame = frame;
            if (arg.kind == FEEL_NULL && args[i].kind != FEEL_NULL &&
                before != ev->diagnostic_count + ev->diagnostic_dropped) {
                pop_frame(ev, frame);
                return NULL;
            }
        }
        frame->base[i + 1] = arg;
    }
    ev->call_depth++;
    return frame;
}

static void leave(struct feel_eval *ev, struct feel_frame *f)
{
    ev->call_depth -= f->function != NULL;
    pop_frame(ev, f);
}

static feel_value call_native(struct feel_eval *ev, const struct feel_function *f, const feel_value *args)
{
    feel_value conforming[FEEL_PARAMETERS_MAX + 1] = { { .kind = FEEL_NULL } }, *to = conforming;
    if (f->parameter_count > FEEL_PARAMETERS_MAX) {
        to = feel__values(ev, f->parameter_count);
        if (to == NULL) {
            return feel_null();
        }
    }
    for (uint32_t i = 0; i < f->parameter_count; i++) {
        to[i] = f->parameters[i].type == NULL ? args[i] : feel_coerce(ev, args[i], f->parameters[i].type);
    }
    if (ev->native_depth >= LIMIT_FEEL_NATIVE_DEPTH) {
        return native_depth_hit(ev);
    }
    ev->native_depth++;
    feel_value v = f->native(ev, f->data, to);
    ev->native_depth--;
    return v;
}

static feel_value wrong_count(struct feel_eval *ev, const struct feel_function *f, uint32_t count)
{
    char want[16], got[16];
    snprintf(want, sizeof want, "%u", f->parameter_count);
    snprintf(got, sizeof got, "%u", count);
    const char *name = f->name.len == 0 ? "function" : arena_str(&ev->arena, f->name).ptr;
    return feel__fail(ev, FEEL_DIAG_ARGUMENT_COUNT, name, want, got);
}

/* Puts named arguments in the order of the parameters; those not named are null. */
static const feel_value *order_arguments(struct feel_eval *ev, const struct feel_function *f, const feel_value *args,
                                         const str *names, uint32_t count)
{
    feel_value *ordered = feel__values(ev, f->parameter_count + 1);
    if (ordered == NULL) {
        return NULL;
    }
    memset(ordered, 0, (f->parameter_count + 1) * sizeof *ordered);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t p = 0;
        while (p < f->parameter_count && !str_eq(f->parameters[p].name, names[i])) {
            p++;
        }
        if (p == f->parameter_count) {
            feel__fail(ev, FEEL_DIAG_ARGUMENT_NAME, f->name.len == 0 ? "function" : f->name.ptr,
                       arena_str(&ev->arena, names[i]).ptr, NULL);
            return NULL;
        }
        ordered[p] = args[i];
    }
    return ordered;
}

/* Calls a function value. A closure's frame is pushed and returned through ret_frame for the machine to go on in;
 * everything else is done when this returns. */
static feel_value call_value(struct feel_eval *ev, feel_value function, const feel_value *args, const str *names,
                             uint32_t count, struct feel_frame **ret_frame)
{
    *ret_frame = NULL;
    if (function.kind != FEEL_FUNCTION) {
        return feel__fail(ev, FEEL_DIAG_NOT_FUNCTION, feel__kind_text(function), NULL, NULL);
    }
    const struct feel_function *f = function.function;
    if (f->kind == FUNCTION_BUILTIN) {
        return feel__call_builtin(ev, f->builtin, args, names, count);
    }
    if (count != f->parameter_count) {
        return wrong_count(ev, f, count);
    }
    if (names != NULL && (args = order_arguments(ev, f, args, names, count)) == NULL) {
        return feel_null();
    }
    if (f->kind == FUNCTION_NATIVE) {
        return call_native(ev, f, args);
    }
    *ret_frame = enter(ev, f, function, args);
    return feel_null();
}

feel_value feel_call(struct feel_eval *ev, feel_value function, const feel_value *args, uint32_t count)
{
    struct feel_frame *frame;
    if (ev->native_depth >= LIMIT_FEEL_NATIVE_DEPTH) {
        return native_depth_hit(ev);
    }
    ev->native_depth++;
    feel_value v = call_value(ev, function, args, NULL, count, &frame);
    if (frame != NULL) {
        v = feel__execute(ev, frame);
    }
    ev->native_depth--;
    return v;
}

feel_value feel_native(struct arena *a, str name, const struct feel_field *parameters, uint32_t count,
                       feel_native_fn *call, const void *data)
{
    struct feel_function *f = ARENA_NEW(a, struct feel_function);
    f->kind = FUNCTION_NATIVE;
    f->name = arena_str(a, name);
    f->parameters = parameters;
    f->parameter_count = count;
    f->native = call;
    f->data = data;
    return (feel_value){ .kind = FEEL_FUNCTION, .function = f };
}

feel_value feel_copy_function(struct arena *a, feel_value function, str name)
{
    if (function.kind != FEEL_FUNCTION) {
        return feel_null();
    }
    struct feel_function *f = ARENA_NEW(a, struct feel_function);
    *f = *function.function;
    f->name = arena_str(a, name);
    feel_value *captures = ARENA_ARRAY(a, feel_value, f->code != NULL ? f->code->capture_count : 0);
    for (uint32_t i = 0; f->code != NULL && i < f->code->capture_count; i++) {
        captures[i] = feel_copy(a, f->captures[i]);
    }
    f->captures = captures;
    return (feel_value){ .kind = FEEL_FUNCTION, .function = f };
}

static feel_value make_closure(struct feel_eval *ev, const struct feel_frame *frame, const struct feel_code *code)
{
    if (!feel__room(ev, sizeof(struct feel_function) + code->capture_count * sizeof(feel_value))) {
        return feel_null();
    }
    struct feel_function *f = ARENA_NEW(&ev->arena, struct feel_function);
    feel_value *captures = arena_alloc(&ev->arena, code->capture_count * sizeof *captures);
    for (uint32_t i = 0; i < code->capture_count; i++) {
        const struct feel_capture *c = &code->captures[i];
        captures[i] = c->from_slot ? frame->base[c->index] : frame->function->captures[c->index];
    }
    f->kind = FUNCTION_CLOSURE;
    f->name = STR("");
    f->parameter_count = code->parameter_count;
    f->parameters = code->parameters;
    f->program = frame->program;
    f->code = code;
    f->slots = frame->slots;
    f->captures = captures;
    return (feel_value){ .kind = FEEL_FUNCTION, .function = f };
}

/* ---- Entries ---- */

/* The entry's place in the context, looked up through the cache; -1 when there is none. */
static inline int64_t cached_position(struct feel_cache *cache, const struct feel_shape *shape, str name)
{
    if (cache != NULL && cache->shape == shape) {
        return cache->position;
    }
    int64_t position = feel_shape_find(shape, name);
    if (cache != NULL) {
        *cache = (struct feel_cache){ shape, position };
    }
    return position;
}

/* The entry of every element of a list that all are contexts of one shape, as lists of records are; others take
 * the general way. */
static feel_value path_of_list(struct feel_eval *ev, feel_value list, str name, struct feel_cache *cache)
{
    if (list.count == 0 || !feel__steps(ev, list.count) || list.items[0].kind != FEEL_CONTEXT) {
        return feel__path(ev, list, name);
    }
    feel_value *items = feel__values(ev, list.count);
    for (uint32_t i = 0; items != NULL && i < list.count; i++) {
        const feel_value *item = &list.items[i];
        int64_t at = item->kind == FEEL_CONTEXT ? cached_position(cache, item->shape, name) : -1;
        if (at < 0) {
            return feel__path(ev, list, name);
        }
        items[i] = item->values[at];
    }
    return items == NULL ? feel_null() : feel_list(items, list.count);
}

/* ---- Logic ---- */

static feel_value logic_operand(struct feel_eval *ev, const char *word, feel_value v)
{
    if (v.kind != FEEL_BOOLEAN && v.kind != FEEL_NULL) {
        feel__fail(ev, FEEL_DIAG_LOGIC_TYPE, word, feel__kind_text(v), NULL);
    }
    return v.kind == FEEL_BOOLEAN ? v : feel_null();
}

/* DMN 1.5 table 50: false and anything is false, true and true is true, the rest is null. */
static feel_value logic_and(struct feel_eval *ev, feel_value a, feel_value b)
{
    a = logic_operand(ev, "and", a);
    b = logic_operand(ev, "and", b);
    if ((a.kind == FEEL_BOOLEAN && !a.boolean) || (b.kind == FEEL_BOOLEAN && !b.boolean)) {
        return feel_boolean(false);
    }
    return a.kind == FEEL_BOOLEAN && b.kind == FEEL_BOOLEAN ? feel_boolean(true) : feel_null();
}

static feel_value logic_or(struct feel_eval *ev, feel_value a, feel_value b)
{
    a = logic_operand(ev, "or", a);
    b = logic_operand(ev, "or", b);
    if (feel_is_true(a) || feel_is_true(b)) {
        return feel_boolean(true);
    }
    return a.kind == FEEL_BOOLEAN && b.kind == FEEL_BOOLEAN ? feel_boolean(false) : feel_null();
}

static feel_value between(struct feel_eval *ev, feel_value v, feel_value low, feel_value high)
{
    feel_value a = feel__relation(ev, FEEL_GE, v, low);
    feel_value b = feel__relation(ev, FEEL_LE, v, high);
    return a.kind == FEEL_NULL || b.kind == FEEL_NULL ? feel_null() : feel_boolean(a.boolean && b.boolean);
}

/* A test that named "?" and is no boolean is compared like one that did not. */
static feel_value tested(struct feel_eval *ev, feel_value input, feel_value result)
{
    return result.kind == FEEL_BOOLEAN || result.kind == FEEL_NULL ? result : feel__in(ev, input, result);
}

/* ---- Ranges ---- */

static feel_value make_range(struct feel_eval *ev, feel_value start, feel_value end, unsigned flags)
{
    struct feel_range r = { .start = start, .end = end, .start_included = (flags & NODE_START_INCLUDED) != 0,
                            .end_included = (flags & NODE_END_INCLUDED) != 0 };
    int order;
    bool half_open = (start.kind == FEEL_NULL) != (end.kind == FEEL_NULL);
    if (!half_open && (!feel__compare(start, end, &order) || order > 0)) {
        return feel__fail(ev, FEEL_DIAG_RANGE_ENDS, feel__brief(ev, start), feel__brief(ev, end), NULL);
    }
    return feel__room(ev, sizeof r) ? feel_range_value(&ev->arena, r) : feel_null();
}

/* ---- Loops ----
 *
 * The three slots of a loop: the domain (a list with the next position in private_word, or the next number or
 * date), the end of a range, the variable. The domain's flags say which way a range runs.
 */

enum { LOOP_LIST = 0, LOOP_UP = 1, LOOP_DOWN = 2, LOOP_DONE = 3 };

/* Makes start and end of a range ready to be walked; false with a diagnostic when they are none. */
static bool start_range(struct feel_eval *ev, feel_value *domain, feel_value *end)
{
    int order = 0;
    bool numbers = domain->kind == FEEL_NUMBER && end->kind == FEEL_NUMBER &&
                   dec_is_integer(domain->number) && dec_is_integer(end->number);
    bool dates = domain->kind == FEEL_DATE && end->kind == FEEL_DATE;
    if ((!numbers && !dates) || !feel__compare(*domain, *end, &order)) {
        feel__fail(ev, FEEL_DIAG_RANGE_ENDS, feel__brief(ev, *domain), feel__brief(ev, *end), NULL);
        return false;
    }
    domain->flags = order <= 0 ? LOOP_UP : LOOP_DOWN;
    return true;
}

/* One step in the direction of the flags. */
static void advance(feel_value *v)
{
    int step = v->flags == LOOP_UP ? 1 : -1;
    if (v->kind == FEEL_NUMBER) {
        dec one = DEC_SMALL(1), next;
        bool fine = step > 0 ? dec_add(v->number, one, &next) : dec_sub(v->number, one, &next);
        v->flags = fine ? v->flags : LOOP_DONE;
        v->number = fine ? next : v->number;
    } else {
        cal_date next;
        bool fine = cal_date_from_days(cal_days_from_date(v->date) + step, &next);
        v->flags = fine ? v->flags : LOOP_DONE;
        v->date = fine ? next : v->date;
    }
}

static bool start_range_value(struct feel_eval *ev, feel_value *domain, feel_value *end)
{
    const struct feel_range *r = domain->range;
    if (r->outside || r->start.kind == FEEL_NULL || r->end.kind == FEEL_NULL) {
        feel__fail(ev, FEEL_DIAG_NOT_ITERABLE, "range", NULL, NULL);
        return false;
    }
    bool end_included = r->end_included, start_included = r->start_included;
    *end = r->end;
    *domain = r->start;
    if (!start_range(ev, domain, end)) {
        return false;
    }
    domain->flags = LOOP_UP;
    if (!start_included) {
        advance(domain);
    }
    if (!end_included) {
        end->flags = LOOP_DOWN;
        advance(end);
    }
    return true;
}

static bool start_loop(struct feel_eval *ev, feel_value *domain, feel_value *end)
{
    *end = feel_null();
    if (domain->kind == FEEL_RANGE) {
        return start_range_value(ev, domain, end);
    }
    if (domain->kind == FEEL_NULL) {
        feel__fail(ev, FEEL_DIAG_NOT_ITERABLE, feel__kind_text(*domain), NULL, NULL);
        return false;
    }
    if (domain->kind != FEEL_LIST) {
        feel_value *only = feel__values(ev, 1);
        if (only == NULL) {
            return false;
        }
        *only = *domain;
        *domain = feel_list(only, 1);
    }
    domain->flags = LOOP_LIST;
    domain->private_word = 0;
    return true;
}

/* The next value of the variable; false at the end. */
static inline bool next_value(feel_value *loop)
{
    feel_value *domain = &loop[0], *variable = &loop[2];
    if (domain->flags == LOOP_LIST) {
        if (domain->private_word >= domain->count) {
            return false;
        }
        *variable = domain->items[domain->private_word++];
        return true;
    }
    int order;
    if (domain->flags == LOOP_DONE || !feel__compare(*domain, loop[1], &order) ||
        (domain->flags == LOOP_UP ? order > 0 : order < 0)) {
        return false;
    }
    *variable = *domain;
    variable->flags = 0;
    advance(domain);
    return true;
}

/* ---- Filters: the list with the next position in private_word, the results, the item ---- */

/* False when the filter is over at once. */
static bool start_filter(struct feel_eval *ev, feel_value *f)
{
    f[1] = feel_list(NULL, 0);
    f[2] = feel_null();
    if (f[0].kind == FEEL_NULL) {
        f[1] = feel_null();
        return false;
    }
    if (f[0].kind != FEEL_LIST) {
        feel_value *only = feel__values(ev, 1);
        if (only == NULL) {
            return false;
        }
        *only = f[0];
        f[0] = feel_list(only, 1);
    }
    f[0].private_word = 0;
    if (f[0].count == 0) {
        return false;
    }
    f[2] = f[0].items[0];
    return true;
}

/* A verdict that is neither true nor false: a number picks an element, the rest keeps nothing. */
static bool odd_verdict(struct feel_eval *ev, feel_value *f, feel_value verdict)
{
    if (verdict.kind == FEEL_NUMBER && f[0].private_word == 0) {
        f[1] = feel__index(ev, f[0], verdict);
        return false;
    }
    if (verdict.kind != FEEL_NULL) {
        feel__fail(ev, FEEL_DIAG_FILTER_TYPE, feel__kind_text(verdict), NULL, NULL);
        f[1] = feel_null();
        return false;
    }
    return true;
}

/* ---- Rules ---- */

/* The hits are kept as a list: for each the number of its rule, then its outputs. */
static bool note_hit(struct feel_eval *ev, feel_value *hits, const struct feel_rules *rules, uint32_t rule,
                     const feel_value *outputs)
{
    if (ev->trace != NULL && rule != UINT32_MAX) {
        ev->trace->hit(ev->trace->context, rules->data, rule, outputs);
    }
    bool fine = feel__list_add(ev, hits, feel_number(dec_from_uint(rule)));
    for (uint32_t i = 0; fine && i < rules->output_count; i++) {
        fine = feel__list_add(ev, hits, outputs[i]);
    }
    return fine;
}

static feel_value finish_rules(struct feel_eval *ev, const struct feel_rules *rules, feel_value hits)
{
    uint32_t width = rules->output_count + 1, count = hits.count / width;
    if (!feel__room(ev, (size_t)hits.count * sizeof(feel_value))) {
        return feel_null();
    }
    uint32_t *numbers = arena_alloc(&ev->arena, count * sizeof *numbers);
    feel_value *outputs = arena_alloc(&ev->arena, (size_t)count * rules->output_count * sizeof *outputs);
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = (uint32_t)hits.items[(size_t)i * width].number.lo;
        memcpy(&outputs[(size_t)i * rules->output_count], &hits.items[(size_t)i * width + 1],
               rules->output_count * sizeof *outputs);
    }
    feel_value v = rules->finish(ev, rules->data, numbers, outputs, count);
    if (ev->trace != NULL) {
        ev->trace->end(ev->trace->context, rules->data, v);
    }
    return v;
}

/* ---- The machine ---- */

#define NUMBERS(x, y) ((x).kind == FEEL_NUMBER && (y).kind == FEEL_NUMBER)

/* Member by member: a value that is built aside and copied whole makes the copy wait for its small stores. */
#define SET_BOOLEAN(place, b)                                              \
    do {                                                                   \
        bool b_ = (b);                                                     \
        (place).kind = FEEL_BOOLEAN;                                       \
        (place).depth = 0;                                                 \
        (place).count = 0;                                                 \
        (place).boolean = b_;                                              \
    } while (0)

/* The verdict of a function: a boolean goes into its place member by member, as above. */
#define SET_VERDICT(place, call)                                           \
    do {                                                                   \
        feel_value verdict_ = (call);                                      \
        if (verdict_.kind == FEEL_BOOLEAN) {                               \
            SET_BOOLEAN(place, verdict_.boolean);                          \
        } else {                                                           \
            (place) = verdict_;                                            \
        }                                                                  \
    } while (0)

/* x becomes whether it stands to y as the operator says. */
#define COMPARE(x, y, operator_, test)                                     \
    do {                                                                   \
        if (NUMBERS(x, y)) {                                               \
            SET_BOOLEAN(x, dec_cmp((x).number, (y).number) test);          \
        } else {                                                           \
            SET_VERDICT(x, feel__relation(ev, (operator_), (x), (y)));     \
        }                                                                  \
    } while (0)

#define EQUAL(x, y)                                                                                      \
    do {                                                                                                 \
        if (NUMBERS(x, y)) {                                                                             \
            SET_BOOLEAN(x, dec_eq((x).number, (y).number));                                              \
        } else if ((x).kind == FEEL_STRING && (y).kind == FEEL_STRING) {                                 \
            SET_BOOLEAN(x, (x).count == (y).count && memcmp((x).text, (y).text, (x).count) == 0);        \
        } else {                                                                                         \
            SET_VERDICT(x, feel__relation(ev, FEEL_EQ, (x), (y)));                                       \
        }                                                                                                \
    } while (0)

#define ARITHMETIC(operator_, function_)                                          \
    do {                                                                          \
        dec d_;                                                                   \
        if (NUMBERS(sp[-2], sp[-1]) && function_(sp[-2].number, sp[-1].number, &d_)) { \
            sp[-2].number = d_;                                                   \
        } else {                                                                  \
            sp[-2] = feel__arithmetic(ev, (operator_), sp[-2], sp[-1]);           \
        }                                                                         \
        sp--;                                                                     \
    } while (0)

feel_value feel__execute(struct feel_eval *ev, struct feel_frame *entry)
{
    static const void *const labels[] = {
#define OP(name, operands, sentence) &&do_##name,
#include "feel/opcodes.def"
#undef OP
    };
    struct feel_frame *frame = entry, *called;
    const struct feel_program *p = frame->program;
    const struct feel_instruction *ip = frame->code->instructions - 1;
    feel_value *base = frame->base;
    feel_value *sp = base + 1 + frame->code->parameter_count + (frame->function == NULL && frame->sp != NULL);
    feel_value v;

/* Each instruction begins at its label with ip on itself, and ends with NEXT. */
#define NEXT                                 \
    do {                                     \
        ip++;                                \
        frame->ip = ip;                      \
        goto *labels[ip->op];                \
    } while (0)
#define GO_TO(place)                                        \
    do {                                                    \
        ip = frame->code->instructions + (place) - 1;       \
        NEXT;                                               \
    } while (0)
#define ON(name) do_##name

    NEXT;

    ON(CONSTANT): *sp++ = p->constants[ip->a]; NEXT;
    ON(NULL): *sp++ = feel_null(); NEXT;
    ON(SLOT): *sp++ = frame->slots[ip->a]; NEXT;
    ON(LOCAL): *sp++ = base[ip->a]; NEXT;
    ON(CAPTURE): *sp++ = frame->function->captures[ip->a]; NEXT;
    ON(POP): sp -= ip->a; NEXT;
    ON(SLIDE):
        sp[-1 - (int64_t)ip->a] = sp[-1];
        sp -= ip->a;
        NEXT;
    ON(ADD): ARITHMETIC(FEEL_ADD, dec_add); NEXT;
    ON(SUB): ARITHMETIC(FEEL_SUB, dec_sub); NEXT;
    ON(MUL): ARITHMETIC(FEEL_MUL, dec_mul); NEXT;
    ON(DIV): ARITHMETIC(FEEL_DIV, dec_div); NEXT;
    ON(POW): ARITHMETIC(FEEL_POW, dec_pow); NEXT;
    ON(EQ): EQUAL(sp[-2], sp[-1]); sp--; NEXT;
    ON(NE): sp[-2] = feel__relation(ev, FEEL_NE, sp[-2], sp[-1]); sp--; NEXT;
    ON(LT): COMPARE(sp[-2], sp[-1], FEEL_LT, < 0); sp--; NEXT;
    ON(LE): COMPARE(sp[-2], sp[-1], FEEL_LE, <= 0); sp--; NEXT;
    ON(GT): COMPARE(sp[-2], sp[-1], FEEL_GT, > 0); sp--; NEXT;
    ON(GE): COMPARE(sp[-2], sp[-1], FEEL_GE, >= 0); sp--; NEXT;
    ON(EQ_K): EQUAL(sp[-1], p->constants[ip->a]); NEXT;
    ON(NE_K): sp[-1] = feel__relation(ev, FEEL_NE, sp[-1], p->constants[ip->a]); NEXT;
    ON(LT_K): COMPARE(sp[-1], p->constants[ip->a], FEEL_LT, < 0); NEXT;
    ON(LE_K): COMPARE(sp[-1], p->constants[ip->a], FEEL_LE, <= 0); NEXT;
    ON(GT_K): COMPARE(sp[-1], p->constants[ip->a], FEEL_GT, > 0); NEXT;
    ON(GE_K): COMPARE(sp[-1], p->constants[ip->a], FEEL_GE, >= 0); NEXT;
    ON(NEGATE): sp[-1] = feel__negate(ev, sp[-1]); NEXT;
    ON(NOT):
        v = logic_operand(ev, "not", sp[-1]);
        sp[-1] = v.kind == FEEL_BOOLEAN ? feel_boolean(!v.boolean) : v;
        NEXT;
    ON(JUMP):
        if (ip->a <= (uint32_t)(ip - frame->code->instructions) && --ev->steps < 0) {
            goto stopped;
        }
        GO_TO(ip->a);
    ON(BRANCH):
        sp--;
        if (feel_is_true(*sp)) {
            ip++;
            NEXT;
        }
        if (sp->kind != FEEL_BOOLEAN && sp->kind != FEEL_NULL) {
            *sp = feel__fail(ev, FEEL_DIAG_CONDITION_TYPE, feel__kind_text(*sp), NULL, NULL);
            sp++;
            GO_TO(ip[1].a);
        }
        GO_TO(ip->a);
    ON(AND_LEFT):
        if (sp[-1].kind == FEEL_BOOLEAN && !sp[-1].boolean) {
            GO_TO(ip->a);
        }
        NEXT;
    ON(AND):
        sp--;
        if (sp->kind == FEEL_BOOLEAN && sp[-1].kind == FEEL_BOOLEAN) {
            sp[-1].boolean = sp[-1].boolean && sp->boolean;
        } else {
            sp[-1] = logic_and(ev, sp[-1], *sp);
        }
        NEXT;
    ON(OR_LEFT):
        if (feel_is_true(sp[-1])) {
            GO_TO(ip->a);
        }
        NEXT;
    ON(OR):
        sp--;
        if (sp->kind == FEEL_BOOLEAN && sp[-1].kind == FEEL_BOOLEAN) {
            sp[-1].boolean = sp[-1].boolean || sp->boolean;
        } else {
            sp[-1] = logic_or(ev, sp[-1], *sp);
        }
        NEXT;
    ON(BETWEEN): sp -= 2; SET_VERDICT(sp[-1], between(ev, sp[-1], sp[0], sp[1])); NEXT;
    ON(IN):
        sp--;
        if (sp->kind == FEEL_STRING && sp[-1].kind == FEEL_STRING) {
            EQUAL(sp[-1], *sp);
        } else {
            SET_VERDICT(sp[-1], feel__in(ev, sp[-1], *sp));
        }
        NEXT;
    ON(TESTED): sp[-1] = tested(ev, base[ip->b], sp[-1]); NEXT;
    ON(INSTANCE): sp[-1] = feel__instance_of(ev, sp[-1], p->types[ip->a]); NEXT;
    ON(COERCE): sp[-1] = feel_coerce(ev, sp[-1], p->types[ip->a]); NEXT;
    ON(PATH): {
        struct feel_cache *cache = frame->caches != NULL && ip->b < p->cache_count ? &frame->caches[ip->b] : NULL;
        str name = p->names[ip->a];
        if (sp[-1].kind == FEEL_CONTEXT) {
            int64_t at = cached_position(cache, sp[-1].shape, name);
            if (at >= 0) {
                sp[-1] = sp[-1].values[at];
                NEXT;
            }
        }
        sp[-1] = sp[-1].kind == FEEL_LIST ? path_of_list(ev, sp[-1], name, cache) : feel__path(ev, sp[-1], name);
        NEXT;
    }
    ON(ENTRY): {
        const feel_value *item = &base[ip[1].b];
        if (item->kind == FEEL_CONTEXT) {
            int64_t at = cached_position(frame->caches == NULL ? NULL : &frame->caches[ip->b], item->shape,
                                         p->names[ip->a]);
            if (at >= 0) {
                *sp++ = item->values[at];
                GO_TO(ip[1].a);
            }
        }
        ip++;
        NEXT;
    }
    ON(ENTRY_OF_TOP):
        sp--;
        if (feel_context_get(*sp, p->names[ip->a], &v)) {
            *sp++ = v;
            GO_TO(ip[1].a);
        }
        ip++;
        NEXT;
    ON(INDEX): sp--; sp[-1] = feel__index(ev, sp[-1], *sp); NEXT;
    ON(FILTER_START):
        sp += 2;
        if (!start_filter(ev, sp - 3)) {
            GO_TO(ip->a);
        }
        NEXT;
    ON(FILTER_TEST): {
        feel_value *f = &base[ip->b];
        sp--;
        if (sp->kind != FEEL_BOOLEAN) {
            if (!odd_verdict(ev, f, *sp)) {
                NEXT;
            }
        } else if (sp->boolean && !feel__list_add(ev, &f[1], f[2])) {
            goto stopped;
        }
        if (--ev->steps < 0) {
            goto stopped;
        }
        if (++f[0].private_word < f[0].count) {
            f[2] = f[0].items[f[0].private_word];
            GO_TO(ip->a);
        }
        NEXT;
    }
    ON(FILTER_END):
        base[ip->b] = base[ip->b + 1];
        sp -= 2;
        NEXT;
    ON(NEW_LIST): *sp++ = feel__list_new(); NEXT;
    ON(LOOP_START):
        sp[1] = feel_null();
        sp += 2;
        if (!start_loop(ev, sp - 3, sp - 2)) {
            GO_TO(ip->a);
        }
        NEXT;
    ON(LOOP_RANGE):
        *sp++ = feel_null();
        if (!start_range(ev, sp - 3, sp - 2)) {
            GO_TO(ip->a);
        }
        NEXT;
    ON(LOOP_NEXT):
        if (next_value(&base[ip->b])) {
            NEXT;
        }
        GO_TO(ip->a);
    ON(APPEND):
        sp--;
        if (--ev->steps < 0 || !feel__list_add(ev, &base[ip->b], *sp)) {
            goto stopped;
        }
        GO_TO(ip->a);
    ON(SOME):
        sp--;
        if (feel_is_true(*sp)) {
            base[ip->b] = *sp;
            GO_TO(ip->a);
        }
        if (sp->kind != FEEL_BOOLEAN) {
            base[ip->b] = logic_operand(ev, "some", *sp);
        }
        NEXT;
    ON(EVERY):
        sp--;
        if (sp->kind == FEEL_BOOLEAN && !sp->boolean) {
            base[ip->b] = *sp;
            GO_TO(ip->a);
        }
        if (sp->kind != FEEL_BOOLEAN) {
            base[ip->b] = logic_operand(ev, "every", *sp);
        }
        NEXT;
    ON(LIST): {
        feel_value *items = feel__values(ev, ip->a);
        sp -= ip->a;
        if (items != NULL) {
            memcpy(items, sp, ip->a * sizeof *items);
        }
        *sp = items == NULL ? feel_null() : feel__list_of(ev, items, ip->a);
        sp++;
        NEXT;
    }
    ON(CONTEXT): {
        const struct feel_shape *shape = p->shapes[ip->a];
        feel_value *values = feel__values(ev, shape->count);
        sp -= shape->count;
        if (values != NULL) {
            memcpy(values, sp, shape->count * sizeof *values);
        }
        *sp = values == NULL ? feel_null() : feel__context_of(ev, shape, values);
        sp++;
        NEXT;
    }
    ON(RANGE): sp--; sp[-1] = make_range(ev, sp[-1], *sp, ip->b); NEXT;
    ON(COMPARISON):
        if (sp[-1].kind != FEEL_NULL) {
            sp[-1] = feel_range_value(&ev->arena, feel__comparison_range((enum feel_operator)ip->b, sp[-1]));
        }
        NEXT;
    ON(FUNCTION): *sp = make_closure(ev, frame, p->codes[ip->a]); sp++; NEXT;
    ON(CALL):
    ON(CALL_NAMED): {
        const str *names = ip->op == OP_CALL ? NULL : p->name_lists[ip->b];
        sp -= ip->a;
        if (--ev->steps < 0) {
            goto stopped;
        }
        frame->sp = sp;
        v = call_value(ev, sp[-1], sp, names, ip->a, &called);
        if (called != NULL) {
            frame = called;
            p = frame->program;
            ip = frame->code->instructions - 1;
            base = frame->base;
            sp = base + 1 + frame->code->parameter_count;
            NEXT;
        }
        sp[-1] = v;
        if (ev->steps < 0) {
            goto stopped;
        }
        NEXT;
    }
    ON(BUILTIN):
        sp -= ip->b;
        *sp = feel__call_builtin(ev, &feel__builtins[ip->a], sp, NULL, ip->b);
        sp++;
        if (ev->steps < 0) {
            goto stopped;
        }
        NEXT;
    ON(BUILTIN_NAMED):
        sp -= ip->b;
        *sp = feel__call_builtin(ev, &feel__builtins[ip->a], sp, p->name_lists[ip[1].a], ip->b);
        sp++;
        if (ev->steps < 0) {
            goto stopped;
        }
        ip++;
        NEXT;
    ON(EXTERNAL):
        sp -= ip->b;
        *sp = feel__call_external(ev, p->externals[ip->a], sp, ip->b);
        sp++;
        NEXT;
    ON(FAIL):
        v = feel__fail(ev, (enum feel_diagnostic_code)ip->b, arena_str(&ev->arena, p->names[ip->a]).ptr, NULL, NULL);
        *sp++ = v;
        NEXT;
    ON(RULES_START): {
        const struct feel_rules *rules = p->rules[ip->a];
        if (ev->trace != NULL) {
            ev->trace->begin(ev->trace->context, rules->data, sp - rules->input_count, rules->input_count);
        }
        *sp++ = feel__list_new();
        if (!feel__steps(ev, rules->rule_count)) {
            goto stopped;
        }
        NEXT;
    }
    ON(RULE_TEST):
        sp--;
        if (feel_is_true(*sp)) {
            ip += 2;
            NEXT;
        }
        if (ev->trace != NULL) {
            ev->trace->miss(ev->trace->context, p->rules[ip[1].a]->data, ip[2].a, ip->b, *sp);
        }
        GO_TO(ip->a);
    ON(RULE_HIT): {
        const struct feel_rules *rules = p->rules[ip[1].a];
        sp -= rules->output_count;
        if (!note_hit(ev, &base[ip->b], rules, ip->a, sp)) {
            goto stopped;
        }
        ip++;
        NEXT;
    }
    ON(RULES_ANY):
        if (base[ip->b].count > 0) {
            GO_TO(ip->a);
        }
        NEXT;
    ON(RULES_END): {
        const struct feel_rules *rules = p->rules[ip->a];
        v = finish_rules(ev, rules, base[ip->b]);
        sp -= rules->input_count + 1;
        *sp++ = v;
        NEXT;
    }
    ON(RETURN):
        v = sp[-1];
        v.flags = 0;
        called = frame;
        frame = frame->caller;
        leave(ev, called);
        if (called == entry) {
            return v;
        }
        p = frame->program;
        ip = frame->ip;
        base = frame->base;
        sp = frame->sp;
        sp[-1] = v;
        NEXT;
    ON(MORE):
        assert(false);

stopped:
    while (ev->frame != entry) {
        leave(ev, ev->frame);
    }
    leave(ev, entry);
    feel__stop(ev, "FEEL_STEPS");
    return feel_null();
#undef NEXT
#undef GO_TO
#undef ON
}

/* ---- Running ---- */

static feel_value run(struct feel_eval *ev, const struct feel_program *program, const feel_value *slots,
                      const feel_value *input)
{
    if (ev->native_depth >= LIMIT_FEEL_NATIVE_DEPTH) {
        return native_depth_hit(ev);
    }
    if (ev->steps < 0) {
        return feel_null();
    }
    struct feel_frame *frame = push_frame(ev, program, program->codes[0]);
    frame->slots = slots;
    frame->sp = NULL;
    if (input != NULL) {
        frame->base[1] = *input;
        frame->sp = frame->base; /* tells feel__execute that slot 1 is taken */
    }
    use_caches(ev, frame);
    ev->native_depth++;
    feel_value v = feel__execute(ev, frame);
    ev->native_depth--;
    return v;
}

feel_value feel_run(struct feel_eval *ev, const struct feel_program *program, const feel_value *slots)
{
    return run(ev, program, slots, NULL);
}

feel_value feel_run_tests(struct feel_eval *ev, const struct feel_program *program, const feel_value *slots,
                          feel_value input)
{
    return run(ev, program, slots, &input);
}
