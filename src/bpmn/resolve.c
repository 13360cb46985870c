/* resolve: what the ids in elements and links refer to; the lists that follow from it: children, flows in and out,
 * boundary events, lanes. */
#include "bpmn/bpmn_int.h"

/* The ends of a link: attributes, or child elements in data associations. */
static str end_of(const struct xml_node *x, const char *name)
{
    str attribute = bpmn__attr(x, name);
    const struct xml_node *c = bpmn__child(x, name);
    return attribute.len > 0 || c == NULL ? attribute : str_trim(c->text);
}

static void resolve_end(struct bpmn__loader *l, str reference, uint32_t *element, uint32_t *link)
{
    *element = bpmn__lookup(l, reference);
    *link = *element == BPMN_NONE ? bpmn__lookup_link(l, reference) : BPMN_NONE;
}

static bool is_flow_node(const struct bpmn_element *e)
{
    enum bpmn_class c = bpmn_class_of(e->kind);
    return c == BPMN_CLASS_SCOPE ? e->kind != BPMN_PROCESS
                                 : c == BPMN_CLASS_ACTIVITY || c == BPMN_CLASS_EVENT || c == BPMN_CLASS_GATEWAY ||
                                       c == BPMN_CLASS_CHOREOGRAPHY;
}

/* An association of data ends at the activity itself where the file names a data input of its own, or nothing. */
static void resolve_data(struct bpmn__loader *l, struct bpmn_link *k)
{
    uint32_t *end = k->kind == BPMN_DATA_INPUT_ASSOCIATION ? &k->target : &k->source;
    bool own = *end != BPMN_NONE && (l->elements[*end].kind == BPMN_DATA_INPUT ||
                                     l->elements[*end].kind == BPMN_DATA_OUTPUT) &&
               l->elements[*end].parent == k->parent;
    if (*end == BPMN_NONE || own) {
        *end = k->parent;
    }
}

static void dangling(struct bpmn__loader *l, const struct bpmn_link *k, bool source, str reference)
{
    enum bpmn_finding_kind kind = k->kind == BPMN_SEQUENCE_FLOW ? BPMN_PROBLEM : BPMN_DRAWING;
    if (source) {
        bpmn__find(l, kind, k->parent, k->id, k->line, "the link begins at \"%.*s\", which is not in the file",
                   STR_ARG(reference));
    } else {
        bpmn__find(l, kind, k->parent, k->id, k->line, "the link leads to \"%.*s\", which is not in the file",
                   STR_ARG(reference));
    }
}

/* It stays in the drawing, but no token takes it. */
static void crosses(struct bpmn__loader *l, const struct bpmn_link *k, uint32_t about)
{
    bpmn__find(l, BPMN_PROBLEM, about, k->id, k->line,
               "a sequence flow cannot leave the process or sub-process it begins in");
}

static void resolve_link(struct bpmn__loader *l, uint32_t i)
{
    struct bpmn_link *k = &l->links[i];
    const struct xml_node *x = l->link_xml[i];
    str source = end_of(x, "sourceRef"), target = end_of(x, "targetRef");
    resolve_end(l, source, &k->source, &k->source_link);
    resolve_end(l, target, &k->target, &k->target_link);
    k->message = bpmn__lookup(l, bpmn__attr(x, "messageRef"));
    str direction = bpmn__attr(x, "associationDirection");
    k->direction = str_eq(direction, STR("One"))    ? BPMN_DIRECTION_ONE
                   : str_eq(direction, STR("Both")) ? BPMN_DIRECTION_BOTH
                                                    : BPMN_DIRECTION_NONE;
    if (k->kind == BPMN_DATA_INPUT_ASSOCIATION || k->kind == BPMN_DATA_OUTPUT_ASSOCIATION) {
        resolve_data(l, k);
        return;
    }
    if (k->source == BPMN_NONE && k->source_link == BPMN_NONE) {
        dangling(l, k, true, source);
    }
    if (k->target == BPMN_NONE && k->target_link == BPMN_NONE) {
        dangling(l, k, false, target);
    }
    if (k->kind != BPMN_SEQUENCE_FLOW || k->source == BPMN_NONE || k->target == BPMN_NONE) {
        return;
    }
    const struct bpmn_element *s = &l->elements[k->source], *t = &l->elements[k->target];
    if (!is_flow_node(s) || !is_flow_node(t)) {
        bpmn__find(l, BPMN_PROBLEM, k->parent, k->id, k->line, "a sequence flow cannot join \"%.*s\" and \"%.*s\"",
                   STR_ARG(source), STR_ARG(target));
        k->source = k->target = BPMN_NONE;
    } else if (s->parent != t->parent) {
        crosses(l, k, k->source);
        if (bpmn_process_of(l->m, k->source) != bpmn_process_of(l->m, k->target)) {
            crosses(l, k, k->target);
        }
    }
}

/* ---- Elements ---- */

static const char *reference_attribute(enum bpmn_kind kind)
{
    switch (kind) {
    case BPMN_PARTICIPANT: return "processRef";
    case BPMN_DATA_OBJECT_REFERENCE: return "dataObjectRef";
    case BPMN_DATA_STORE_REFERENCE: return "dataStoreRef";
    case BPMN_CALL: return "calledElement";
    case BPMN_GROUP: return "categoryValueRef";
    case BPMN_CALL_CHOREOGRAPHY: return "calledChoreographyRef";
    case BPMN_CALL_CONVERSATION: return "calledCollaborationRef";
    default: return NULL;
    }
}

static void resolve_participants(struct bpmn__loader *l, struct bpmn_element *e, const struct xml_node *x)
{
    uint32_t n = 0;
    for (const struct xml_node *c = bpmn__child(x, "participantRef"); c != NULL; c = bpmn__next(c, "participantRef")) {
        n++;
    }
    uint32_t *list = ARENA_ARRAY(l->a, uint32_t, n);
    for (const struct xml_node *c = bpmn__child(x, "participantRef"); c != NULL; c = bpmn__next(c, "participantRef")) {
        uint32_t p = bpmn__lookup(l, c->text);
        if (p != BPMN_NONE) {
            list[e->participant_count++] = p;
        }
    }
    e->participants = list;
    e->initiator = bpmn__lookup(l, bpmn__attr(x, "initiatingParticipantRef"));
}

static void resolve_data_look(struct bpmn__loader *l, struct bpmn_element *e, const struct xml_node *x)
{
    const struct xml_node *state = bpmn__child(x, "dataState");
    e->collection = bpmn__flag(x, "isCollection", e->ref != BPMN_NONE && l->elements[e->ref].collection);
    if (state != NULL) {
        e->text = bpmn__attr(state, "name");
    }
    if (e->name.len == 0 && e->ref != BPMN_NONE) {
        e->name = l->elements[e->ref].name;
    }
}

static bool is_many(str maximum)
{
    return maximum.len > 0 && !str_eq(maximum, STR("0")) && !str_eq(maximum, STR("1"));
}

static void resolve_element(struct bpmn__loader *l, uint32_t i)
{
    struct bpmn_element *e = &l->elements[i];
    const struct xml_node *x = l->element_xml[i], *many = bpmn__child(x, "participantMultiplicity");
    const char *attribute = reference_attribute(e->kind);
    if (attribute != NULL) {
        e->ref = bpmn__lookup(l, bpmn__attr(x, attribute));
    }
    e->executable = e->kind == BPMN_PROCESS && bpmn__flag(x, "isExecutable", false);
    e->parallel_multiple = bpmn__flag(x, "parallelMultiple", false);
    e->for_compensation = bpmn__flag(x, "isForCompensation", false);
    e->instantiate = bpmn__flag(x, "instantiate", false);
    e->parallel_start = str_eq(bpmn__attr(x, "eventGatewayType"), STR("Parallel"));
    e->multiple = many != NULL && is_many(bpmn__attr(many, "maximum"));
    if (e->kind == BPMN_START_EVENT) {
        e->interrupting = bpmn__flag(x, "isInterrupting", true);
    } else if (e->kind == BPMN_BOUNDARY_EVENT) {
        e->interrupting = bpmn__flag(x, "cancelActivity", true);
        e->host = bpmn__lookup(l, bpmn__attr(x, "attachedToRef"));
    }
    enum bpmn_class c = bpmn_class_of(e->kind);
    if (c == BPMN_CLASS_CHOREOGRAPHY || c == BPMN_CLASS_CONVERSATION) {
        resolve_participants(l, e, x);
        e->multiple = e->multiple || bpmn__attr(x, "loopType").len > 0;
    } else if (c == BPMN_CLASS_DATA) {
        resolve_data_look(l, e, x);
    } else if (e->kind == BPMN_CATEGORY_VALUE) {
        e->text = bpmn__attr(x, "value");
    }
}

static void resolve_default(struct bpmn__loader *l, uint32_t i)
{
    str name = bpmn__attr(l->element_xml[i], "default");
    if (name.len == 0) {
        return;
    }
    uint32_t k = bpmn__lookup_link(l, name);
    if (k == BPMN_NONE || l->links[k].kind != BPMN_SEQUENCE_FLOW || l->links[k].source != i) {
        bpmn__find(l, BPMN_PROBLEM, i, l->elements[i].id, l->elements[i].line,
                   "the default flow \"%.*s\" does not leave this element", STR_ARG(name));
        return;
    }
    l->elements[i].default_flow = k;
    l->links[k].is_default = true;
}

/* ---- Lists ---- */

/* Groups the numbers 0 … count-1 by an owner: two walks, one that counts and one that fills. */
typedef uint32_t owner_of(const struct bpmn__loader *l, uint32_t i);

struct grouping {
    uint32_t *counts, **lists;
};

static struct grouping group(struct bpmn__loader *l, uint32_t count, owner_of *owner)
{
    struct grouping g = { ARENA_ARRAY(l->a, uint32_t, l->element_count),
                          ARENA_ARRAY(l->a, uint32_t *, l->element_count) };
    for (uint32_t i = 0; i < count; i++) {
        uint32_t o = owner(l, i);
        if (o != BPMN_NONE) {
            g.counts[o]++;
        }
    }
    for (uint32_t o = 0; o < l->element_count; o++) {
        g.lists[o] = ARENA_ARRAY(l->a, uint32_t, g.counts[o]);
        g.counts[o] = 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t o = owner(l, i);
        if (o != BPMN_NONE) {
            g.lists[o][g.counts[o]++] = i;
        }
    }
    return g;
}

static uint32_t owner_parent(const struct bpmn__loader *l, uint32_t i)
{
    return l->elements[i].parent;
}

static uint32_t owner_host(const struct bpmn__loader *l, uint32_t i)
{
    uint32_t host = l->elements[i].host; /* one in another scope is a problem, and is not watched */
    return host != BPMN_NONE && l->elements[host].parent == l->elements[i].parent ? host : BPMN_NONE;
}

static uint32_t owner_source(const struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_link *k = &l->links[i];
    bool both = k->kind == BPMN_SEQUENCE_FLOW && k->source != BPMN_NONE && k->target != BPMN_NONE;
    return both && l->elements[k->source].parent == l->elements[k->target].parent ? k->source : BPMN_NONE;
}

static uint32_t owner_target(const struct bpmn__loader *l, uint32_t i)
{
    return owner_source(l, i) != BPMN_NONE ? l->links[i].target : BPMN_NONE;
}

static void make_lists(struct bpmn__loader *l)
{
    struct grouping children = group(l, l->element_count, owner_parent);
    struct grouping boundaries = group(l, l->element_count, owner_host);
    struct grouping out = group(l, l->link_count, owner_source);
    struct grouping in = group(l, l->link_count, owner_target);
    for (uint32_t i = 0; i < l->element_count; i++) {
        struct bpmn_element *e = &l->elements[i];
        e->children = children.lists[i];
        e->child_count = children.counts[i];
        e->boundaries = boundaries.lists[i];
        e->boundary_count = boundaries.counts[i];
        e->out = out.lists[i];
        e->out_count = out.counts[i];
        e->in = in.lists[i];
        e->in_count = in.counts[i];
    }
}

/* Lanes come in the order of the file, inner ones after the outer: the last that names a node is the innermost. */
static void assign_lanes(struct bpmn__loader *l)
{
    for (uint32_t i = 0; i < l->element_count; i++) {
        const struct xml_node *x = l->elements[i].kind == BPMN_LANE ? bpmn__child(l->element_xml[i], "flowNodeRef")
                                                                    : NULL;
        for (; x != NULL; x = bpmn__next(x, "flowNodeRef")) {
            uint32_t node = bpmn__lookup(l, x->text);
            if (node != BPMN_NONE) {
                l->elements[node].lane = i;
            } else if (bpmn__lookup_link(l, x->text) == BPMN_NONE) {
                bpmn__find(l, BPMN_DRAWING, i, l->elements[i].id, x->line,
                           "the lane holds \"%.*s\", which is not in the file", STR_ARG(str_trim(x->text)));
            }
        }
    }
}

/* An element that a group or participant refers to lends it its text. */
static void borrow_texts(struct bpmn__loader *l)
{
    for (uint32_t i = 0; i < l->element_count; i++) {
        struct bpmn_element *e = &l->elements[i];
        if (e->kind == BPMN_GROUP && e->ref != BPMN_NONE) {
            e->text = l->elements[e->ref].text;
        } else if (e->kind == BPMN_PARTICIPANT && e->name.len == 0 && e->ref != BPMN_NONE) {
            e->name = l->elements[e->ref].name;
        }
    }
}

void bpmn__resolve(struct bpmn__loader *l)
{
    for (uint32_t i = 0; i < l->element_count; i++) {
        resolve_element(l, i);
    }
    for (uint32_t i = 0; i < l->link_count; i++) {
        resolve_link(l, i);
    }
    make_lists(l);
    for (uint32_t i = 0; i < l->element_count; i++) {
        resolve_default(l, i);
    }
    assign_lanes(l);
    borrow_texts(l);
}
