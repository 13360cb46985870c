/* join: where several flows come together.
 *
 * A join is an item that counts tokens by flow. A parallel join fires when each flow has one. An inclusive join fires
 * when no token elsewhere can still come (BPMN 2.0, 13.4.3), which can be told only when nothing else moves:
 *
 *     For each token elsewhere in the scope: if a path leads from it to a flow of the join that has no token, and does
 *     not pass the join itself, then a path must lead from it, likewise, to a flow that has one. Otherwise it is waited
 *     for.
 *
 * So two sets of elements are found, going backwards from the flows without token (red) and with one (green): a token
 * on a red element that is not green holds the join back. A complex join asks the same before it is reset.
 */
#include "bpmn/bpmn_int.h"

/* ---- Reaching ---- */

struct search {
    const struct bpmn__run *r;
    uint32_t join;
    bool *seen;
    uint32_t *stack;
    uint32_t depth;
};

static void visit(struct search *s, uint32_t element)
{
    if (element != s->join && !s->seen[element]) {
        s->seen[element] = true;
        s->stack[s->depth++] = element;
    }
}

static bool is_link(const struct bpmn_element *e, enum bpmn_kind kind)
{
    return e->kind == kind && e->definition_count == 1 && e->definitions[0].trigger == BPMN_TRIGGER_LINK;
}

/* A throwing link leads to the catching one of its name. */
static void visit_links(struct search *s, const struct bpmn_element *caught)
{
    const struct bpmn_element *scope = &s->r->m->elements[caught->parent];
    for (uint32_t i = 0; i < scope->child_count; i++) {
        const struct bpmn_element *e = &s->r->m->elements[scope->children[i]];
        if (is_link(e, BPMN_THROW_EVENT) && str_eq(e->definitions[0].name, caught->definitions[0].name)) {
            visit(s, scope->children[i]);
        }
    }
}

static void go_back(struct search *s)
{
    while (s->depth > 0) {
        const struct bpmn_element *e = &s->r->m->elements[s->stack[--s->depth]];
        for (uint32_t i = 0; i < e->in_count; i++) {
            visit(s, s->r->m->links[e->in[i]].source);
        }
        if (e->kind == BPMN_BOUNDARY_EVENT && e->host != BPMN_NONE) {
            visit(s, e->host);
        } else if (is_link(e, BPMN_CATCH_EVENT)) {
            visit_links(s, e);
        }
    }
}

/* The elements from which a path leads to one of the join's flows that have (or have not) a token. */
static bool *reaching(const struct bpmn__run *r, const struct bpmn__item *join, const bool *flows, bool wanted)
{
    const struct bpmn_element *e = bpmn__element(r, join);
    struct search s = { .r = r, .join = join->element,
                        .seen = ARENA_ARRAY(r->scratch, bool, r->m->element_count),
                        .stack = ARENA_ARRAY(r->scratch, uint32_t, r->m->element_count) };
    for (uint32_t i = 0; i < e->in_count; i++) {
        if (flows[i] == wanted) {
            visit(&s, r->m->links[e->in[i]].source);
        }
    }
    go_back(&s);
    return s.seen;
}

/* Whether a token elsewhere must be waited for; `flows` says which have a token, or need none. */
static bool held_back(const struct bpmn__run *r, const struct bpmn__item *join, const bool *flows)
{
    struct arena_mark mark = arena_mark(r->scratch);
    const bool *red = reaching(r, join, flows, false), *green = reaching(r, join, flows, true);
    bool held = false;
    for (const struct bpmn__item *it = r->s->first; it != NULL && !held; it = it->next) {
        held = it != join && it->parent == join->parent && red[it->element] && !green[it->element];
    }
    arena_rewind(r->scratch, mark);
    return held;
}

/* ---- Arriving ---- */

static struct bpmn__item *find_join(const struct bpmn__run *r, const struct bpmn__item *scope, uint32_t element)
{
    for (struct bpmn__item *it = r->s->first; it != NULL; it = it->next) {
        if (it->parent == scope && it->element == element && it->phase != BPMN_PHASE_LEAVING) {
            return it;
        }
    }
    return NULL;
}

static struct bpmn__item *new_join(struct bpmn__run *r, struct bpmn__item *scope, uint32_t element)
{
    struct bpmn__item *it = bpmn__begin(r, scope, element, 0, "");
    it->arrived = ARENA_ARRAY(&r->s->arena, uint32_t, r->m->elements[element].in_count);
    return it;
}

void bpmn__arrive(struct bpmn__run *r, struct bpmn__item *scope, uint32_t link)
{
    uint32_t element = r->m->links[link].target;
    const struct bpmn_element *e = &r->m->elements[element];
    struct bpmn__item *it = find_join(r, scope, element);
    if (it == NULL) {
        it = new_join(r, scope, element);
    }
    for (uint32_t i = 0; i < e->in_count; i++) {
        it->arrived[i] += e->in[i] == link;
    }
    bpmn__wake(r, it);
}

/* ---- Firing ---- */

/* Takes one token from each flow that has one. What is left waits in a new item. */
static void take(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    struct bpmn__item *rest = NULL;
    bpmn__phase(r, it, BPMN_PHASE_LEAVING, "joined");
    for (uint32_t i = 0; i < e->in_count; i++) {
        if (it->arrived[i] > 1 && rest == NULL) {
            rest = new_join(r, it->parent, it->element);
        }
        if (it->arrived[i] > 1) {
            rest->arrived[i] = it->arrived[i] - 1;
        }
        it->arrived[i] = it->arrived[i] > 0;
    }
}

static void enter_join(struct bpmn__run *r, struct bpmn__item *it, void (*resume)(struct bpmn__run *,
                                                                                  struct bpmn__item *))
{
    if (it->arrived == NULL) {
        bpmn__phase(r, it, BPMN_PHASE_LEAVING, "");
    } else {
        bpmn__phase(r, it, BPMN_PHASE_ACTIVE, "");
        resume(r, it);
    }
}

static void parallel_resume(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    for (uint32_t i = 0; i < e->in_count; i++) {
        if (it->arrived[i] == 0) {
            return;
        }
    }
    take(r, it);
}

static void parallel_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    enter_join(r, it, parallel_resume);
}

/* The others are looked at when nothing else moves. */
static void later(struct bpmn__run *r, struct bpmn__item *it)
{
    (void)r, (void)it;
}

static void inclusive_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    enter_join(r, it, later);
}

static bool *flows_with_token(const struct bpmn__run *r, const struct bpmn__item *it)
{
    uint32_t n = bpmn__element(r, it)->in_count;
    bool *flows = ARENA_ARRAY(r->scratch, bool, n);
    for (uint32_t i = 0; i < n; i++) {
        flows[i] = it->arrived[i] > 0;
    }
    return flows;
}

static bool look_at_inclusive(struct bpmn__run *r, struct bpmn__item *it)
{
    if (held_back(r, it, flows_with_token(r, it))) {
        return false;
    }
    take(r, it);
    return true;
}

/* ---- Complex gateways ----
 *
 * It waits for its start until the activation condition is true; the condition and those of the flows out may read
 * activationCount, how many flows have a token, and waitingForStart. Then one token of each flow is taken and it waits
 * for its reset, until each of the other flows has a token or can get none; those tokens are taken too, and flows out
 * whose condition is true once more get another (BPMN 2.0, 13.4.5). A flow out without condition gets its token at the
 * start only. */

static bool tell(struct bpmn__run *r, struct bpmn__item *it, uint32_t count, bool start)
{
    return bpmn__set_local(r, it, it, STR("activationCount"), feel_number(dec_from_int(count))) &&
           bpmn__set_local(r, it, it, STR("waitingForStart"), feel_boolean(start));
}

static bool choose_complex(struct bpmn__run *r, struct bpmn__item *it, bool start, uint32_t *ret, uint32_t *ret_count)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    *ret_count = 0;
    if (start) {
        return bpmn__choose(r, it, ret, ret_count);
    }
    for (uint32_t i = 0; i < e->out_count; i++) {
        const struct bpmn_link *f = &r->m->links[e->out[i]];
        bool yes = false;
        if (f->condition != NULL && !f->is_default && !bpmn__truth(r, it, f->condition, &yes)) {
            return false;
        }
        if (yes) {
            ret[(*ret_count)++] = e->out[i];
        }
    }
    return true;
}

static bool anything_left(const struct bpmn__run *r, const struct bpmn__item *it)
{
    for (uint32_t i = 0; i < bpmn__element(r, it)->in_count; i++) {
        if (it->arrived[i] > 0) {
            return true;
        }
    }
    return false;
}

static bool start_complex(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    uint32_t *chosen = arena_alloc(r->scratch, e->out_count * sizeof *chosen), count, with_token = 0;
    for (uint32_t i = 0; i < e->in_count; i++) {
        with_token += it->arrived[i] > 0;
    }
    bool yes = false;
    if (with_token == 0 || !tell(r, it, with_token, true) || !bpmn__truth(r, it, e->run->activation, &yes) || !yes ||
        !choose_complex(r, it, true, chosen, &count)) {
        return false;
    }
    it->opened_by = ARENA_ARRAY(&r->s->arena, bool, e->in_count);
    for (uint32_t i = 0; i < e->in_count; i++) {
        it->opened_by[i] = it->arrived[i] > 0;
        it->arrived[i] -= it->arrived[i] > 0;
    }
    bpmn__phase(r, it, BPMN_PHASE_ACTIVE, "activated");
    for (uint32_t i = 0; i < count; i++) {
        bpmn__token(r, it->parent, chosen[i]);
    }
    return true;
}

static bool reset_complex(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    bool *flows = flows_with_token(r, it);
    for (uint32_t i = 0; i < e->in_count; i++) {
        flows[i] |= it->opened_by[i];
    }
    uint32_t *chosen = arena_alloc(r->scratch, e->out_count * sizeof *chosen), count;
    if (held_back(r, it, flows) || !tell(r, it, 0, false) || !choose_complex(r, it, false, chosen, &count)) {
        return false;
    }
    for (uint32_t i = 0; i < e->in_count; i++) {
        it->arrived[i] -= !it->opened_by[i] && it->arrived[i] > 0;
    }
    it->opened_by = NULL;
    struct bpmn__item *scope = it->parent;
    if (anything_left(r, it)) {
        bpmn__phase(r, it, BPMN_PHASE_ACTIVE, "reset");
        bpmn__wake(r, it);
    } else {
        bpmn__end(r, it);
    }
    for (uint32_t i = 0; i < count; i++) {
        bpmn__token(r, scope, chosen[i]);
    }
    return true;
}

static void complex_resume(struct bpmn__run *r, struct bpmn__item *it)
{
    if (it->opened_by == NULL) {
        start_complex(r, it);
    }
}

static void complex_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    enter_join(r, it, complex_resume);
}

bool bpmn__look_at_joins(struct bpmn__run *r)
{
    for (struct bpmn__item *it = r->s->first; it != NULL; it = it->next) {
        if (it->arrived == NULL || it->phase != BPMN_PHASE_ACTIVE || it->incident != 0) {
            continue;
        }
        enum bpmn_kind kind = bpmn__element(r, it)->kind;
        if ((kind == BPMN_INCLUSIVE && look_at_inclusive(r, it)) ||
            (kind == BPMN_COMPLEX && it->opened_by != NULL && reset_complex(r, it))) {
            return true;
        }
    }
    return false;
}

const struct bpmn__ops bpmn__ops_parallel = { parallel_enter, parallel_resume };
const struct bpmn__ops bpmn__ops_inclusive = { inclusive_enter, later };
const struct bpmn__ops bpmn__ops_complex = { complex_enter, complex_resume };
