/* Random process models and random orders of events, from a printed seed.
 *
 * A model is built of blocks (tasks, gateways with their joins, sub-processes, loops, events …), so that it is sound:
 * when all work is done it must come to its end. A wild model has jumps besides, and only has to keep the invariants.
 * Two states live side by side and get the same events; one goes through JSON after every step. After each step:
 * the invariants hold, both say the same JSON, and no inclusive join waits that a naive search would let go. An event
 * that is refused changes nothing. At the end an instance is cancelled twice.
 *
 * GONGSHI_SEED and GONGSHI_STEPS choose another run; a million steps take some minutes.
 */
#include "bpmn/bpmn_int.h"

#include "tap.h"

#include <stdlib.h>

/* ---- Chance ---- */

static uint64_t seed_state;

static uint64_t next_random(void)
{
    uint64_t z = (seed_state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint32_t pick(uint32_t n)
{
    return (uint32_t)(next_random() % n);
}

static bool chance(uint32_t percent)
{
    return pick(100) < percent;
}

/* ---- Models ---- */

struct maker {
    struct buf *out;
    uint32_t count;    /* elements so far: ids are e1, e2 … */
    uint32_t flows;
    bool wild;
    uint32_t scope_first; /* the first element of the scope under construction, for jumps */
    bool transaction;  /* inside one: it may be cancelled */
};

/* A piece with one way in and one way out. */
struct piece {
    uint32_t in, out;
};

static uint32_t add(struct maker *m, const char *element, const char *attributes, const char *inside)
{
    uint32_t id = ++m->count;
    buf_printf(m->out, "<%s id=\"e%u\" %s>%s</%s>", element, id, attributes, inside, element);
    return id;
}

static void flow(struct maker *m, uint32_t from, uint32_t to, const char *condition)
{
    buf_printf(m->out, "<sequenceFlow id=\"f%u\" sourceRef=\"e%u\" targetRef=\"e%u\">", ++m->flows, from, to);
    if (condition != NULL) {
        buf_printf(m->out, "<conditionExpression>%s</conditionExpression>", condition);
    }
    buf_addz(m->out, "</sequenceFlow>");
}

static const char *const definitions[] = {
    "<messageEventDefinition messageRef=\"m\"/>", "<signalEventDefinition signalRef=\"s\"/>",
    "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>",
    "<timerEventDefinition><timeCycle>R2/PT10M</timeCycle></timerEventDefinition>",
    "<conditionalEventDefinition><condition>=r = 3</condition></conditionalEventDefinition>",
    "<escalationEventDefinition escalationRef=\"x\"/>", "<errorEventDefinition errorRef=\"y\"/>",
    "<errorEventDefinition/>",
};

static const char *const conditions[] = { "=r &lt; 5", "=r &gt; 2", "=r = 4", "=r &gt;= 0" };

static struct piece block(struct maker *m, uint32_t depth);

static struct piece one(uint32_t id)
{
    return (struct piece){ id, id };
}

/* ---- Activities ---- */

static const char *const job = "<extensionElements><z:taskDefinition type=\"work\"/></extensionElements>";

static const char *loop(void)
{
    static const char *const loops[] = {
        "<multiInstanceLoopCharacteristics><loopCardinality>=if r = null then 2 else modulo(r, 4)</loopCardinality>"
        "</multiInstanceLoopCharacteristics>",
        "<multiInstanceLoopCharacteristics isSequential=\"true\"><extensionElements><z:loopCharacteristics "
        "inputCollection=\"=[1, 2, 3]\" inputElement=\"x\" outputCollection=\"xs\" outputElement=\"=x\"/>"
        "</extensionElements><completionCondition>=numberOfCompletedInstances &gt; 1</completionCondition>"
        "</multiInstanceLoopCharacteristics>",
        "<standardLoopCharacteristics loopMaximum=\"3\"><loopCondition>=r &gt; 4</loopCondition>"
        "</standardLoopCharacteristics>",
        "<standardLoopCharacteristics testBefore=\"true\" loopMaximum=\"2\"/>",
    };
    return chance(75) ? "" : loops[pick(4)];
}

/* Events at the border: those that interrupt lead back to the way out, or a join would wait for ever. */
static void borders(struct maker *m, uint32_t host, uint32_t out)
{
    for (uint32_t n = chance(40) ? 1 + pick(3) : 0; n > 0; n--) {
        char attributes[100];
        uint32_t d = pick(8);
        bool stops = d >= 6 || chance(50);
        snprintf(attributes, sizeof attributes, "attachedToRef=\"e%u\" cancelActivity=\"%s\"", host,
                 stops ? "true" : "false");
        uint32_t b = add(m, "boundaryEvent", attributes, definitions[d]);
        flow(m, b, stops ? out : add(m, "endEvent", "", ""), NULL);
    }
}

static void compensation(struct maker *m, uint32_t host)
{
    char attributes[100];
    snprintf(attributes, sizeof attributes, "attachedToRef=\"e%u\"", host);
    uint32_t b = add(m, "boundaryEvent", attributes, "<compensateEventDefinition/>");
    uint32_t h = add(m, "serviceTask", "isForCompensation=\"true\"", job);
    buf_printf(m->out, "<association id=\"a%u\" sourceRef=\"e%u\" targetRef=\"e%u\"/>", b, b, h);
}

/* A task, followed by a gateway where the ways from its border come together. */
static struct piece activity(struct maker *m)
{
    static const char *const kinds[] = { "userTask", "serviceTask", "task", "scriptTask", "receiveTask", "callActivity",
                                         "businessRuleTask", "sendTask" };
    static const char *const inside[] = {
        "", NULL, "", "<extensionElements><z:script expression=\"=if r = null then 0 else r\" resultVariable=\"q\"/>"
        "</extensionElements>", "", "", "<extensionElements><z:calledDecision decisionId=\"d\" resultVariable=\"r\"/>"
        "</extensionElements>", "",
    };
    uint32_t k = pick(8);
    struct buf b = BUF_INIT(4096);
    buf_addz(&b, inside[k] == NULL ? job : inside[k]);
    buf_addz(&b, loop());
    uint32_t id = add(m, kinds[k], k == 4 || k == 7 ? "messageRef=\"m\"" : k == 5 ? "calledElement=\"other\"" : "",
                      buf_str(&b).len > 0 ? buf_str(&b).ptr : "");
    buf_release(&b);
    uint32_t out = add(m, "exclusiveGateway", "", "");
    flow(m, id, out, NULL);
    borders(m, id, out);
    if (chance(30)) {
        compensation(m, id);
    }
    return (struct piece){ id, out };
}

static void event_sub(struct maker *m)
{
    char attributes[60];
    uint32_t d = pick(8);
    buf_printf(m->out, "<subProcess id=\"e%u\" triggeredByEvent=\"true\">", ++m->count);
    snprintf(attributes, sizeof attributes, "isInterrupting=\"%s\"", d >= 6 || chance(40) ? "true" : "false");
    uint32_t s = add(m, "startEvent", attributes, definitions[d]), t = add(m, "userTask", "", "");
    uint32_t e = add(m, "endEvent", "", chance(20) ? "<compensateEventDefinition/>" : "");
    flow(m, s, t, NULL);
    flow(m, t, e, NULL);
    buf_addz(m->out, "</subProcess>");
}

/* The inside of a process or sub-process. */
static void body(struct maker *m, uint32_t depth)
{
    static const char *const ends[] = { "", "<terminateEventDefinition/>", "<messageEventDefinition messageRef=\"m\"/>",
                                        "<signalEventDefinition signalRef=\"s\"/>",
                                        "<escalationEventDefinition escalationRef=\"x\"/>",
                                        "<compensateEventDefinition/>", "<errorEventDefinition errorRef=\"y\"/>" };
    uint32_t outer = m->scope_first, e = chance(70) ? 0 : pick(7);
    m->scope_first = m->count + 1;
    uint32_t s = add(m, "startEvent", "", "");
    struct piece p = block(m, depth);
    flow(m, s, p.in, NULL);
    for (uint32_t n = pick(4); n > 0; n--) {
        struct piece more = block(m, depth);
        flow(m, p.out, more.in, NULL);
        p.out = more.out;
    }
    uint32_t end = add(m, "endEvent", "", ends[e]);
    if (m->transaction && chance(50)) {
        uint32_t g = add(m, "exclusiveGateway", "", ""), c = add(m, "endEvent", "", "<cancelEventDefinition/>");
        flow(m, p.out, g, NULL);
        flow(m, g, c, "=r = 1");
        flow(m, g, end, "=r = null or r != 1");
    } else {
        flow(m, p.out, end, NULL);
    }
    if (chance(25)) {
        event_sub(m);
    }
    m->scope_first = outer;
}

static struct piece sub_process(struct maker *m, uint32_t depth)
{
    bool transaction = chance(30), outer = m->transaction;
    const char *element = transaction ? "transaction" : "subProcess";
    uint32_t id = ++m->count;
    buf_printf(m->out, "<%s id=\"e%u\">%s", element, id, loop());
    m->transaction = transaction;
    body(m, depth - 1);
    m->transaction = outer;
    buf_printf(m->out, "</%s>", element);
    uint32_t out = add(m, "exclusiveGateway", "", "");
    flow(m, id, out, NULL);
    borders(m, id, out);
    if (transaction) {
        char attributes[60];
        snprintf(attributes, sizeof attributes, "attachedToRef=\"e%u\"", id);
        flow(m, add(m, "boundaryEvent", attributes, "<cancelEventDefinition/>"), out, NULL);
    }
    return (struct piece){ id, out };
}

static struct piece ad_hoc(struct maker *m)
{
    uint32_t id = ++m->count;
    buf_printf(m->out, "<adHocSubProcess id=\"e%u\" ordering=\"%s\">", id, chance(50) ? "Sequential" : "Parallel");
    add(m, "userTask", "", "");
    add(m, "task", "", "");
    buf_addz(m->out, "</adHocSubProcess>");
    return one(id);
}

/* ---- Gateways ---- */

static struct piece gateways(struct maker *m, uint32_t depth)
{
    static const char *const kinds[] = { "parallelGateway", "exclusiveGateway", "inclusiveGateway", "complexGateway" };
    uint32_t k = pick(4), n = 2 + pick(2);
    char attributes[60];
    bool choice = k == 1 || k == 2;
    snprintf(attributes, sizeof attributes, "default=\"f%u\"", m->flows + 1);
    uint32_t fork = add(m, k == 3 ? "parallelGateway" : kinds[k], choice ? attributes : "", "");
    uint32_t join = ++m->count;
    struct piece branches[3];
    uint32_t first_flow = m->flows + 1;
    m->flows += n; /* the ids of the flows out are known before the branches are made */
    for (uint32_t i = 0; i < n; i++) {
        branches[i] = block(m, depth - 1);
    }
    for (uint32_t i = 0; i < n; i++) {
        bool conditional = choice && i > 0;
        buf_printf(m->out, "<sequenceFlow id=\"f%u\" sourceRef=\"e%u\" targetRef=\"e%u\">", first_flow + i, fork,
                   branches[i].in);
        buf_printf(m->out, conditional ? "<conditionExpression>%s</conditionExpression>" : "%s",
                   conditional ? conditions[pick(4)] : "");
        buf_addz(m->out, "</sequenceFlow>");
        flow(m, branches[i].out, join, NULL);
    }
    buf_printf(m->out, "<%s id=\"e%u\">%s</%s>", kinds[k], join,
               k == 3 ? "<activationCondition>=activationCount &gt; 1</activationCondition>" : "", kinds[k]);
    return (struct piece){ fork, join };
}

static struct piece event_choice(struct maker *m)
{
    uint32_t g = add(m, "eventBasedGateway", "", ""), out = add(m, "exclusiveGateway", "", "");
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t c = add(m, "intermediateCatchEvent", "", definitions[i == 2 ? 2 + 2 * pick(2) : i]);
        flow(m, g, c, NULL);
        flow(m, c, out, NULL);
    }
    return (struct piece){ g, out };
}

static struct piece event(struct maker *m)
{
    static const char *const thrown[] = { "", "<signalEventDefinition signalRef=\"s\"/>",
                                          "<escalationEventDefinition escalationRef=\"x\"/>",
                                          "<messageEventDefinition messageRef=\"m\"/>",
                                          "<compensateEventDefinition/>" };
    if (chance(50)) {
        return one(add(m, "intermediateThrowEvent", "", thrown[pick(5)]));
    }
    bool all = chance(30);
    struct buf b = BUF_INIT(1000);
    buf_addz(&b, definitions[pick(3)]);
    buf_addz(&b, all ? definitions[pick(5)] : "");
    uint32_t id = add(m, "intermediateCatchEvent", all ? "parallelMultiple=\"true\"" : "", buf_str(&b).ptr);
    buf_release(&b);
    return one(id);
}

/* Wild: a jump to anywhere in the scope. */
static struct piece jump(struct maker *m)
{
    uint32_t g = add(m, "exclusiveGateway", "", ""), t = add(m, "userTask", "", ""), out = add(m, "task", "", "");
    flow(m, t, g, NULL);
    flow(m, g, out, "=r = null or r &lt; 7");
    uint32_t to = t;
    if (chance(60)) {
        buf_printf(m->out, "<!--%u-->", m->scope_first);
        to = out;
    }
    flow(m, g, to, "=r &gt;= 7");
    return (struct piece){ t, out };
}

static struct piece block(struct maker *m, uint32_t depth)
{
    uint32_t k = depth == 0 || m->count > 60 ? pick(4) : pick(10);
    if (k < 3) {
        return activity(m);
    }
    if (k == 3) {
        return event(m);
    }
    if (k == 4) {
        return sub_process(m, depth);
    }
    if (k == 5) {
        return event_choice(m);
    }
    if (k == 6) {
        return m->wild ? jump(m) : ad_hoc(m);
    }
    if (k == 7) {
        struct piece a = block(m, depth - 1), b = block(m, depth - 1);
        flow(m, a.out, b.in, NULL);
        return (struct piece){ a.in, b.out };
    }
    return gateways(m, depth);
}

static void make_model(struct buf *out, bool wild)
{
    struct maker m = { .out = out, .wild = wild };
    buf_addz(out, "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
                  "xmlns:z=\"http://camunda.org/schema/zeebe/1.0\"><message id=\"m\" name=\"m\"/>"
                  "<signal id=\"s\" name=\"s\"/><error id=\"y\" errorCode=\"y\"/>"
                  "<escalation id=\"x\" escalationCode=\"x\"/><process id=\"p\">");
    body(&m, 3);
    buf_addz(out, "</process></definitions>");
}

/* ---- Two states side by side ---- */

struct pair {
    struct arena arena;
    const struct bpmn_model *m;
    struct bpmn_state a, b; /* b goes through JSON */
    struct feel_eval *ev;
    struct feel_environment env;
    struct buf before, after, other;
    bool broken;
    const char *why;
};

static void broke(struct pair *p, const char *why)
{
    if (!p->broken) {
        p->why = why;
        p->broken = true;
    }
}

/* The naive answer for an inclusive join: walk forward from every token. */
static bool reaches(const struct pair *p, const struct bpmn__item *join, uint32_t from, bool with_token, bool *seen)
{
    const struct bpmn_element *e = &p->m->elements[from], *g = &p->m->elements[join->element];
    if (from == join->element || seen[from]) {
        return false;
    }
    seen[from] = true;
    for (uint32_t i = 0; i < e->out_count; i++) {
        uint32_t target = p->m->links[e->out[i]].target;
        for (uint32_t k = 0; k < g->in_count; k++) {
            if (g->in[k] == e->out[i] && (join->arrived[k] > 0) == with_token) {
                return true;
            }
        }
        if (reaches(p, join, target, with_token, seen)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < e->boundary_count; i++) {
        if (reaches(p, join, e->boundaries[i], with_token, seen)) {
            return true;
        }
    }
    return false;
}

static bool must_wait(const struct pair *p, const struct bpmn__item *join)
{
    for (const struct bpmn__item *it = p->a.first; it != NULL; it = it->next) {
        if (it != join && it->parent == join->parent) {
            bool empty[2000] = { false }, full[2000] = { false };
            if (reaches(p, join, it->element, false, empty) && !reaches(p, join, it->element, true, full)) {
                return true;
            }
        }
    }
    return false;
}

static void check_joins(struct pair *p)
{
    for (const struct bpmn__item *it = p->a.first; it != NULL; it = it->next) {
        if (p->m->elements[it->element].kind == BPMN_INCLUSIVE && it->arrived != NULL && it->incident == 0 &&
            !must_wait(p, it)) {
            broke(p, "an inclusive join waits for nobody");
        }
    }
}

static void check(struct pair *p)
{
    const char *why;
    struct error err = { .lang = LANG_EN };
    buf_clear(&p->after);
    buf_clear(&p->other);
    bpmn_state_write(&p->a, &p->after);
    bpmn_state_write(&p->b, &p->other);
    if (!bpmn_check_state(&p->a, &why)) {
        broke(p, why);
    } else if (!str_eq(buf_str(&p->after), buf_str(&p->other))) {
        broke(p, "the replay says something else");
    } else if (bpmn_state_read(&p->b, buf_str(&p->other), &err) != OK) {
        broke(p, "the state cannot be read back");
    }
    check_joins(p);
}

static enum error_code step(struct pair *p, const struct bpmn_event *event)
{
    struct bpmn_result result;
    struct error err = { .lang = LANG_EN };
    buf_clear(&p->before);
    bpmn_state_write(&p->a, &p->before);
    feel_eval_set_environment(p->ev, &p->env);
    enum error_code code = bpmn_step(&p->a, event, p->ev, &result, &err);
    feel_eval_set_environment(p->ev, &p->env);
    if (bpmn_step(&p->b, event, p->ev, &result, &err) != code) {
        broke(p, "the replay ends otherwise");
    }
    check(p);
    if (code != OK && !str_eq(buf_str(&p->before), buf_str(&p->after))) {
        broke(p, "a refused event changed the state");
    }
    return code;
}

/* ---- Events ---- */

static feel_value random_variables(struct pair *p)
{
    return bpmn__one_entry(&p->arena, STR("r"), feel_number(dec_from_int(pick(10))));
}

static bool pick_wait(const struct pair *p, bool own, struct bpmn_wait *ret)
{
    struct bpmn_cursor c = { .begun = false };
    struct bpmn_wait w;
    uint32_t seen = 0;
    while (bpmn_next_wait(&p->a, &c, &w)) {
        enum bpmn_kind kind = p->m->elements[w.element].kind;
        bool aside = kind == BPMN_BOUNDARY_EVENT || kind == BPMN_START_EVENT;
        if (!w.happened && !(own && aside) && pick(++seen) == 0) {
            *ret = w;
        }
    }
    return seen > 0;
}

static struct bpmn_event answer(struct pair *p, const struct bpmn_wait *w, bool gently)
{
    struct bpmn_event e = { .kind = BPMN_COMPLETE, .wait = w->id, .variables = random_variables(p),
                            .element = BPMN_NONE, .key = feel_null() };
    bool ad_hoc = p->m->elements[w->host].kind == BPMN_AD_HOC && w->kind == BPMN_WAIT_TASK;
    switch (w->kind) {
    case BPMN_WAIT_TIMER:
        e.kind = BPMN_TIMER;
        p->env.instant = w->due >= p->env.instant ? w->due + 1 : p->env.instant;
        break;
    case BPMN_WAIT_MESSAGE:
        e.kind = BPMN_MESSAGE_ARRIVED;
        e.name = STR("m");
        e.wait = chance(80) || gently ? w->id : 0;
        break;
    case BPMN_WAIT_SIGNAL:
        e.kind = BPMN_SIGNAL_ARRIVED;
        e.name = STR("s");
        break;
    case BPMN_WAIT_CONDITION:
        e.kind = BPMN_SET;
        e.variables = bpmn__one_entry(&p->arena, STR("r"), feel_number(dec_from_int(gently ? 3 : pick(5))));
        break;
    default:
        if (ad_hoc && !gently && chance(70)) {
            e.kind = BPMN_ACTIVATE;
            e.element = w->host + 1 + pick(3);
        } else if (!gently && chance(20)) {
            e.kind = (enum bpmn_event_kind)(BPMN_ERROR_THROWN + pick(3));
            e.code = chance(50) ? STR("y") : STR("x");
        }
    }
    return e;
}

static bool retry_one(struct pair *p)
{
    struct bpmn_cursor c = { .begun = false };
    struct bpmn_item it;
    uint32_t seen = 0, id = 0;
    while (bpmn_next_item(&p->a, &c, &it)) {
        id = it.incident != 0 && pick(++seen) == 0 ? it.id : id;
    }
    if (seen > 0) {
        struct bpmn_event e = { .kind = BPMN_RETRY, .item = id, .variables = random_variables(p) };
        step(p, &e);
    }
    return seen > 0;
}

/* Something random; mostly something that is waited for, at times nonsense. */
static void something(struct pair *p)
{
    struct bpmn_wait w;
    struct bpmn_event e = { .kind = (enum bpmn_event_kind)pick(13), .wait = pick(p->a.next + 3),
                            .item = pick(p->a.next + 3), .element = pick(p->m->element_count + 2),
                            .process = BPMN_NONE, .name = chance(50) ? STR("m") : STR("s"), .code = STR("y"),
                            .variables = chance(50) ? feel_null() : random_variables(p) };
    if (chance(90) && pick_wait(p, false, &w)) {
        e = answer(p, &w, false);
    } else if (chance(50) && retry_one(p)) {
        return;
    } else if (e.kind == BPMN_CANCEL && chance(80)) {
        e.kind = BPMN_SET;
    }
    e.item = e.kind == BPMN_SET ? 0 : e.item; /* a variable of an inner item would hide the one that conditions read */
    step(p, &e);
}

enum { DRAIN = 4000 };

/* Does all the work there is; true when the instance came to its end. */
static bool drain(struct pair *p, uint64_t *steps)
{
    for (uint32_t i = 0; i < DRAIN && !p->broken && p->a.root != NULL; i++, ++*steps) {
        struct bpmn_wait w;
        arena_clear(&p->arena);
        if (chance(50) && retry_one(p)) {
            continue;
        }
        if (pick_wait(p, true, &w)) {
            struct bpmn_event e = answer(p, &w, true);
            step(p, &e);
        } else if (!retry_one(p)) {
            return false;
        }
    }
    return p->a.root == NULL;
}

/* ---- One model ---- */

static void begin(struct pair *p)
{
    struct bpmn_event e = { .kind = BPMN_START, .process = p->m->processes[0], .element = BPMN_NONE,
                            .depth = pick(2), .variables = random_variables(p) };
    p->env = (struct feel_environment){ .instant = 1767196800, .zone = 8 * 3600 };
    bpmn_state_clear(&p->a);
    bpmn_state_clear(&p->b);
    if (step(p, &e) != OK) {
        broke(p, "it cannot be started");
    }
}

static void end(struct pair *p)
{
    struct bpmn_event e = { .kind = BPMN_CANCEL };
    if (step(p, &e) != OK || p->a.root != NULL || p->a.item_count != 0) {
        broke(p, "it cannot be cancelled");
    }
    step(p, &e);
    if (!str_eq(buf_str(&p->before), buf_str(&p->after))) {
        broke(p, "the second cancellation changed something");
    }
}

static void run_instances(struct pair *p, bool wild, uint64_t *steps)
{
    for (uint32_t n = 0; n < 6 && !p->broken; n++) {
        begin(p);
        for (uint32_t i = pick(80); i > 0 && !p->broken && p->a.root != NULL; i--, ++*steps) {
            arena_clear(&p->arena);
            something(p);
        }
        if (n % 2 == 0 && !drain(p, steps) && !wild && !p->broken) {
            broke(p, "a sound process does not come to its end");
            return;
        }
        end(p);
    }
}

static bool run_model(uint64_t seed, uint64_t *steps)
{
    seed_state = seed;
    bool wild = chance(40);
    struct arena a = ARENA_INIT;
    struct buf xml = BUF_INIT(1 << 20);
    struct error err = { .lang = LANG_EN };
    struct pair p = { .before = BUF_INIT(LIMIT_JSON_BYTES), .after = BUF_INIT(LIMIT_JSON_BYTES),
                      .other = BUF_INIT(LIMIT_JSON_BYTES) };
    make_model(&xml, wild);
    if (bpmn_load(&a, STR("random"), buf_str(&xml), &p.m, &err) != OK) {
        broke(&p, err.message);
    } else if (bpmn_problem(p.m, p.m->processes[0]) != NULL) {
        broke(&p, bpmn_problem(p.m, p.m->processes[0])->text.ptr);
    } else {
        p.ev = feel_eval_new(&p.env);
        bpmn_state_init(&p.a, p.m);
        bpmn_state_init(&p.b, p.m);
        run_instances(&p, wild, steps);
        bpmn_state_release(&p.a);
        bpmn_state_release(&p.b);
        feel_eval_free(p.ev);
    }
    if (p.broken) {
        printf("# seed %" PRIu64 ": %s\n# %s\n# %.*s\n", seed, p.why, xml.ptr, STR_ARG(buf_str(&p.after)));
    }
    bool fine = !p.broken;
    buf_release(&p.before);
    buf_release(&p.after);
    buf_release(&p.other);
    buf_release(&xml);
    arena_release(&p.arena);
    arena_release(&a);
    return fine;
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    dec d;
    int64_t n;
    return text != NULL && dec_parse(str_of(text), &d) && dec_to_int(d, &n) && n >= 0 ? (uint64_t)n : otherwise;
}

int main(void)
{
    uint64_t seed = from_environment("GONGSHI_SEED", 20260301), wanted = from_environment("GONGSHI_STEPS", 20000);
    uint64_t steps = 0, models = 0;
    bool fine = true;
    printf("# seed %" PRIu64 "\n", seed);
    while (fine && steps < wanted) {
        fine = run_model(seed + models++, &steps);
    }
    ok(fine, "%" PRIu64 " models, %" PRIu64 " steps", models, steps);
    return tap_done();
}
