/* behaviour: how each element is carried out: its extensions, and what BPMN itself says about loops, scripts, ad-hoc
 * sub-processes and gateways. */
#include "bpmn/bpmn_int.h"

struct bpmn__behaviour *bpmn__behaviour_of(struct bpmn__loader *l, uint32_t element)
{
    return (struct bpmn__behaviour *)(uintptr_t)l->elements[element].run;
}

/* ---- Loops ---- */

static uint32_t whole_number(str text)
{
    dec d;
    int64_t n;
    return dec_parse(str_trim(text), &d) && dec_to_int(d, &n) && n >= 0 && n < BPMN_NONE ? (uint32_t)n : BPMN_NONE;
}

static void read_multi_instance(struct bpmn__loader *l, uint32_t i, struct bpmn__behaviour *b,
                                const struct xml_node *x)
{
    l->elements[i].loop = bpmn__flag(x, "isSequential", false) ? BPMN_LOOP_SEQUENTIAL : BPMN_LOOP_PARALLEL;
    b->cardinality = bpmn__child_expression(l, i, bpmn__child(x, "loopCardinality"), true);
    b->completion = bpmn__child_expression(l, i, bpmn__child(x, "completionCondition"), false);
    bpmn__read_extensions(l, i, x);
    str behaviour = bpmn__attr(x, "behavior");
    if (behaviour.len > 0 && !str_eq(behaviour, STR("All"))) {
        bpmn__find(l, BPMN_PROBLEM, i, l->elements[i].id, x->line,
                   "events thrown by the turns of a loop (behavior=\"%.*s\") are not carried out",
                   STR_ARG(behaviour));
    }
    static const char *const standard[] = { "loopDataInputRef", "loopDataOutputRef", "inputDataItem",
                                            "outputDataItem", "complexBehaviorDefinition" };
    for (size_t k = 0; k < sizeof standard / sizeof standard[0]; k++) {
        const struct xml_node *c = bpmn__child(x, standard[k]);
        if (c != NULL) {
            bpmn__find(l, BPMN_IGNORED, i, l->elements[i].id, c->line, "<%.*s> has no effect here",
                       STR_ARG(c->name));
        }
    }
}

static void read_loops(struct bpmn__loader *l, uint32_t i, struct bpmn__behaviour *b, const struct xml_node *x)
{
    const struct xml_node *multi = bpmn__child(x, "multiInstanceLoopCharacteristics");
    const struct xml_node *standard = bpmn__child(x, "standardLoopCharacteristics");
    b->loop_maximum = BPMN_NONE;
    if (multi != NULL) {
        read_multi_instance(l, i, b, multi);
    } else if (standard != NULL) {
        l->elements[i].loop = BPMN_LOOP_STANDARD;
        b->test_before = bpmn__flag(standard, "testBefore", false);
        b->loop_maximum = whole_number(bpmn__attr(standard, "loopMaximum"));
        b->loop_condition = bpmn__child_expression(l, i, bpmn__child(standard, "loopCondition"), false);
    }
}

/* ---- Kinds ---- */

/* <script> of the standard: FEEL where the format says so. */
static void read_standard_script(struct bpmn__loader *l, uint32_t i, struct bpmn__behaviour *b,
                                 const struct xml_node *x)
{
    const struct xml_node *script = bpmn__child(x, "script");
    str format = bpmn__attr(x, "scriptFormat");
    if (script == NULL || b->script != NULL || b->job != NULL) {
        return;
    }
    if (bpmn__is_feel(format)) {
        b->script = bpmn__expression(l, i, script->text, script->line, true);
    } else {
        bpmn__find(l, BPMN_PROBLEM, i, l->elements[i].id, script->line,
                   "a script of the format \"%.*s\" is not carried out: only FEEL is", STR_ARG(format));
    }
}

static void read_standard_ad_hoc(struct bpmn__loader *l, uint32_t i, struct bpmn__behaviour *b,
                                 const struct xml_node *x)
{
    b->ad_hoc_completion = bpmn__child_expression(l, i, bpmn__child(x, "completionCondition"), false);
    b->leave_remaining = !bpmn__flag(x, "cancelRemainingInstances", true);
    b->one_at_a_time = str_eq(bpmn__attr(x, "ordering"), STR("Sequential"));
    if (b->job != NULL) {
        bpmn__find(l, BPMN_PROBLEM, i, l->elements[i].id, x->line, "%s is not carried out",
                   "zeebe:taskDefinition of an ad-hoc sub-process");
    }
}

static void read_kind(struct bpmn__loader *l, uint32_t i, struct bpmn__behaviour *b)
{
    struct bpmn_element *e = &l->elements[i];
    const struct xml_node *x = l->element_xml[i];
    switch (e->kind) {
    case BPMN_SCRIPT_TASK: read_standard_script(l, i, b, x); break;
    case BPMN_SEND_TASK:
    case BPMN_RECEIVE_TASK: b->message = bpmn__task_message(l, i); break;
    case BPMN_AD_HOC: read_standard_ad_hoc(l, i, b, x); break;
    case BPMN_COMPLEX:
        b->activation = bpmn__child_expression(l, i, bpmn__child(x, "activationCondition"), false);
        break;
    case BPMN_CALL:
        if (b->called == NULL && bpmn__attr(x, "calledElement").len > 0) {
            b->called = bpmn__juel(l, i, bpmn__local(bpmn__attr(x, "calledElement")), x->line);
        }
        break;
    default: break;
    }
}

/* ---- Scopes and compensation ---- */

/* The activity at the other end of an association from a compensation event. */
static uint32_t handler_of(const struct bpmn__loader *l, uint32_t boundary)
{
    for (uint32_t k = 0; k < l->link_count; k++) {
        const struct bpmn_link *a = &l->links[k];
        if (a->kind == BPMN_ASSOCIATION && (a->source == boundary || a->target == boundary)) {
            uint32_t other = a->source == boundary ? a->target : a->source;
            if (other != BPMN_NONE && l->elements[other].for_compensation &&
                l->elements[other].parent == l->elements[boundary].parent) {
                return other;
            }
        }
    }
    return BPMN_NONE;
}

static bool has_trigger(const struct bpmn_element *e, enum bpmn_trigger trigger)
{
    for (uint32_t i = 0; i < e->definition_count; i++) {
        if (e->definitions[i].trigger == trigger) {
            return true;
        }
    }
    return false;
}

static void find_handler(struct bpmn__loader *l, uint32_t i, struct bpmn__behaviour *b)
{
    const struct bpmn_element *e = &l->elements[i];
    b->handler = b->compensation_sub = b->start = BPMN_NONE;
    for (uint32_t k = 0; k < e->boundary_count; k++) {
        if (has_trigger(&l->elements[e->boundaries[k]], BPMN_TRIGGER_COMPENSATION)) {
            b->handler = handler_of(l, e->boundaries[k]);
        }
    }
}

/* Where an element stands when nothing leads to it: it begins with its scope (BPMN 2.0, 13.2.1). */
static bool begins_with_scope(const struct bpmn__loader *l, uint32_t i)
{
    const struct bpmn_element *e = &l->elements[i];
    enum bpmn_class c = bpmn_class_of(e->kind);
    bool runs = c == BPMN_CLASS_ACTIVITY || c == BPMN_CLASS_GATEWAY || c == BPMN_CLASS_SCOPE || c == BPMN_CLASS_EVENT;
    bool own_way = e->kind == BPMN_EVENT_SUB_PROCESS || e->kind == BPMN_BOUNDARY_EVENT || e->for_compensation ||
                   e->instantiate || (e->kind == BPMN_CATCH_EVENT && has_trigger(e, BPMN_TRIGGER_LINK));
    return runs && !own_way && e->in_count == 0;
}

static void list_scope(struct bpmn__loader *l, uint32_t i, struct bpmn__behaviour *b)
{
    const struct bpmn_element *e = &l->elements[i];
    uint32_t *subs = ARENA_ARRAY(l->a, uint32_t, e->child_count), *sources = ARENA_ARRAY(l->a, uint32_t,
                                                                                         e->child_count);
    bool has_start = false;
    for (uint32_t k = 0; k < e->child_count; k++) {
        const struct bpmn_element *c = &l->elements[e->children[k]];
        if (c->kind == BPMN_EVENT_SUB_PROCESS) {
            subs[b->event_sub_count++] = e->children[k];
        } else if (c->kind == BPMN_START_EVENT) {
            has_start = true;
            if (b->start == BPMN_NONE && (c->definition_count == 0 || e->kind == BPMN_EVENT_SUB_PROCESS)) {
                b->start = e->children[k];
            }
        } else if (begins_with_scope(l, e->children[k])) {
            sources[b->source_count++] = e->children[k];
        }
        has_start |= c->instantiate;
    }
    b->event_subs = subs;
    b->sources = sources;
    b->source_count = has_start ? 0 : b->source_count;
}

/* After the starts of all event sub-processes are known. */
static void find_compensation_sub(struct bpmn__loader *l, struct bpmn__behaviour *b)
{
    for (uint32_t k = 0; k < b->event_sub_count; k++) {
        uint32_t start = l->elements[b->event_subs[k]].run->start;
        if (start != BPMN_NONE && has_trigger(&l->elements[start], BPMN_TRIGGER_COMPENSATION)) {
            b->compensation_sub = b->event_subs[k];
        }
    }
}

/* ---- Returns ---- */

/* The property gongshi.back of a user task: ids, separated by commas. */
static void read_back(struct bpmn__loader *l, uint32_t i, struct bpmn__behaviour *b)
{
    for (uint32_t k = 0; k < b->property_count; k++) {
        if (!str_eq(b->properties[k].name, STR("gongshi.back"))) {
            continue;
        }
        str text = feel_str(b->properties[k].value);
        uint32_t *list = ARENA_ARRAY(l->a, uint32_t, text.len + 1);
        for (size_t from = 0, at = 0; at <= text.len; at++) {
            if (at < text.len && text.ptr[at] != ',') {
                continue;
            }
            str id = str_trim(str_slice(text, from, at));
            uint32_t to = bpmn__lookup(l, id);
            from = at + 1;
            if (to == BPMN_NONE || l->elements[to].parent != l->elements[i].parent || l->elements[to].in_count == 0) {
                bpmn__find(l, BPMN_PROBLEM, i, l->elements[i].id, l->elements[i].line,
                           "a task cannot be returned to \"%.*s\": it is no step of the same process", STR_ARG(id));
            } else {
                list[b->back_count++] = to;
            }
        }
        b->back = list;
    }
}

/* ---- Embedded forms ---- */

/* "camunda-forms:bpmn:<id>" is a form that stands in the process. */
static void find_embedded_form(struct bpmn__loader *l, uint32_t i, struct bpmn__behaviour *b)
{
    str prefix = STR("camunda-forms:bpmn:");
    if (!str_starts_with(b->form_key, prefix)) {
        return;
    }
    str id = str_slice(b->form_key, prefix.len, b->form_key.len);
    uint32_t process = bpmn_process_of(l->m, i);
    const struct bpmn__form *f = process == BPMN_NONE ? NULL : l->elements[process].run->forms;
    while (f != NULL && !str_eq(f->id, id)) {
        f = f->next;
    }
    if (f == NULL) {
        bpmn__find(l, BPMN_PROBLEM, i, l->elements[i].id, l->elements[i].line,
                   "the form \"%.*s\" is not in the process", STR_ARG(id));
        return;
    }
    b->form_json = f->json;
}

static bool runs(enum bpmn_kind kind)
{
    enum bpmn_class c = bpmn_class_of(kind);
    return c == BPMN_CLASS_SCOPE || c == BPMN_CLASS_ACTIVITY || c == BPMN_CLASS_EVENT || c == BPMN_CLASS_GATEWAY;
}

static void read_conditions(struct bpmn__loader *l)
{
    for (uint32_t k = 0; k < l->link_count; k++) {
        struct bpmn_link *f = &l->links[k];
        const struct xml_node *c = bpmn__child(l->link_xml[k], "conditionExpression");
        if (f->kind != BPMN_SEQUENCE_FLOW || c == NULL) {
            continue;
        }
        uint32_t about = f->source != BPMN_NONE ? f->source : f->parent;
        f->condition = bpmn__child_expression(l, about, c, false);
        f->conditional = str_trim(c->text).len > 0;
    }
}

void bpmn__read_behaviour(struct bpmn__loader *l)
{
    for (uint32_t i = 0; i < l->element_count; i++) {
        struct bpmn__behaviour *b = ARENA_NEW(l->a, struct bpmn__behaviour);
        l->elements[i].run = b;
        b->keep_parent_variables = b->keep_child_variables = true;
        if (runs(l->elements[i].kind)) {
            bpmn__read_definitions(l, i);
        }
    }
    read_conditions(l);
    for (uint32_t i = 0; i < l->element_count; i++) {
        struct bpmn__behaviour *b = bpmn__behaviour_of(l, i);
        bpmn__read_extensions(l, i, l->element_xml[i]);
        read_loops(l, i, b, l->element_xml[i]);
        read_kind(l, i, b);
        find_handler(l, i, b);
        if (bpmn_class_of(l->elements[i].kind) == BPMN_CLASS_SCOPE) {
            list_scope(l, i, b);
        }
        b->joins = l->elements[i].in_count > 1 &&
                   (l->elements[i].kind == BPMN_PARALLEL || l->elements[i].kind == BPMN_INCLUSIVE ||
                    l->elements[i].kind == BPMN_COMPLEX);
    }
    for (uint32_t i = 0; i < l->element_count; i++) {
        struct bpmn__behaviour *b = bpmn__behaviour_of(l, i);
        find_compensation_sub(l, b);
        read_back(l, i, b);
        find_embedded_form(l, i, b);
    }
}
