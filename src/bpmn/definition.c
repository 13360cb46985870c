/* definition: the event definitions of events, and the messages, signals, errors and escalations they refer to. */
#include "bpmn/bpmn_int.h"

static const struct {
    const char *name;
    enum bpmn_trigger trigger;
    const char *reference;
} triggers[] = {
    { "messageEventDefinition", BPMN_TRIGGER_MESSAGE, "messageRef" },
    { "timerEventDefinition", BPMN_TRIGGER_TIMER, NULL },
    { "signalEventDefinition", BPMN_TRIGGER_SIGNAL, "signalRef" },
    { "conditionalEventDefinition", BPMN_TRIGGER_CONDITION, NULL },
    { "errorEventDefinition", BPMN_TRIGGER_ERROR, "errorRef" },
    { "escalationEventDefinition", BPMN_TRIGGER_ESCALATION, "escalationRef" },
    { "compensateEventDefinition", BPMN_TRIGGER_COMPENSATION, "activityRef" },
    { "cancelEventDefinition", BPMN_TRIGGER_CANCEL, NULL },
    { "linkEventDefinition", BPMN_TRIGGER_LINK, NULL },
    { "terminateEventDefinition", BPMN_TRIGGER_TERMINATE, NULL },
};

static int64_t trigger_of(const struct xml_node *x)
{
    for (size_t i = 0; i < sizeof triggers / sizeof triggers[0]; i++) {
        if (bpmn__is(x, triggers[i].name)) {
            return (int64_t)i;
        }
    }
    return -1;
}

/* The text of an expression in an own element, FEEL where the language says so. */
const struct bpmn__expression *bpmn__child_expression(struct bpmn__loader *l, uint32_t element,
                                                      const struct xml_node *x, bool text_allowed)
{
    if (x == NULL) {
        return NULL;
    }
    str language = bpmn__attr(x, "language"), text = str_trim(x->text);
    bool feel = bpmn__is_feel(language) || (language.len == 0 && l->feel_everywhere && !text_allowed);
    if (text.len > 0 && text.ptr[0] != '=' && !feel && !text_allowed) {
        const struct bpmn__expression *e = bpmn__juel(l, element, text, x->line);
        if (e != NULL && !e->feel) {
            bpmn__find(l, BPMN_PROBLEM, element, l->elements[element].id, x->line,
                       "\"%.*s\" is no FEEL: write it with '=' in front", STR_ARG(text));
            return NULL;
        }
        return e;
    }
    return bpmn__expression(l, element, text, x->line, feel);
}

/* ---- Timers and conditions ---- */

static void read_timer(struct bpmn__loader *l, uint32_t element, const struct xml_node *x, struct bpmn__definition *d)
{
    static const struct {
        const char *name;
        enum bpmn__timer timer;
    } forms[] = { { "timeDate", TIMER_DATE }, { "timeDuration", TIMER_DURATION }, { "timeCycle", TIMER_CYCLE } };
    uint32_t found = 0;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const struct xml_node *c = bpmn__child(x, forms[i].name);
        if (c != NULL && found++ == 0) {
            d->timer = forms[i].timer;
            d->expression = bpmn__child_expression(l, element, c, true);
        }
    }
    if (found > 1) {
        bpmn__find(l, BPMN_PROBLEM, element, l->elements[element].id, x->line,
                   "a timer has one of date, duration and cycle, not several");
    } else if (d->expression == NULL) {
        bpmn__find(l, BPMN_PROBLEM, element, l->elements[element].id, x->line,
                   "the timer says neither date nor duration nor cycle");
    }
}

static void read_condition(struct bpmn__loader *l, uint32_t element, const struct xml_node *x,
                           struct bpmn__definition *d)
{
    d->expression = bpmn__child_expression(l, element, bpmn__child(x, "condition"), false);
    if (d->expression == NULL) {
        bpmn__find(l, BPMN_PROBLEM, element, l->elements[element].id, x->line, "the event has no condition");
    }
    const struct xml_node *ext = bpmn__child(x, "extensionElements");
    for (const struct xml_node *c = ext == NULL ? NULL : ext->first_child; c != NULL; c = c->next) {
        if (bpmn__is_in(c, bpmn__zeebe, "conditionalFilter")) {
            bpmn__find(l, BPMN_PROBLEM, element, l->elements[element].id, c->line,
                       "a filter of a condition (conditionalFilter) is not carried out: the condition is looked at "
                       "whenever a variable changes");
        }
    }
}

/* ---- What definitions refer to ---- */

static const struct bpmn__expression *correlation_of(struct bpmn__loader *l, uint32_t element,
                                                     const struct xml_node *message)
{
    const struct xml_node *ext = bpmn__child(message, "extensionElements");
    for (const struct xml_node *c = ext == NULL ? NULL : ext->first_child; c != NULL; c = c->next) {
        if (bpmn__is_in(c, bpmn__zeebe, "subscription")) {
            return bpmn__expression(l, element, xml_attr(c, STR(""), STR("correlationKey")), c->line, false);
        }
    }
    return NULL;
}

/* The name of a message or signal; the code of an error or escalation. */
static void read_reference(struct bpmn__loader *l, uint32_t element, struct bpmn_definition *d,
                           struct bpmn__definition *run)
{
    static const enum bpmn_kind wanted[BPMN_TRIGGERS] = {
        [BPMN_TRIGGER_MESSAGE] = BPMN_MESSAGE, [BPMN_TRIGGER_SIGNAL] = BPMN_SIGNAL,
        [BPMN_TRIGGER_ERROR] = BPMN_ERROR, [BPMN_TRIGGER_ESCALATION] = BPMN_ESCALATION,
    };
    const struct bpmn_element *to = &l->elements[d->ref];
    const struct xml_node *x = l->element_xml[d->ref];
    if (d->trigger == BPMN_TRIGGER_COMPENSATION) {
        d->name = to->name;
        return;
    }
    if (to->kind != wanted[d->trigger]) {
        bpmn__find(l, BPMN_PROBLEM, element, l->elements[element].id, d->line,
                   "\"%.*s\" is not what this event can refer to", STR_ARG(to->id));
        d->ref = BPMN_NONE;
        return;
    }
    d->name = to->name;
    str text = d->trigger == BPMN_TRIGGER_ERROR        ? bpmn__attr(x, "errorCode")
               : d->trigger == BPMN_TRIGGER_ESCALATION ? bpmn__attr(x, "escalationCode")
                                                       : to->name;
    run->name = bpmn__expression(l, element, text, x->line, false);
    if (d->trigger == BPMN_TRIGGER_MESSAGE) {
        run->key = correlation_of(l, element, x);
    }
}

static void read_one(struct bpmn__loader *l, uint32_t element, const struct xml_node *x, size_t row,
                     struct bpmn_definition *d)
{
    struct bpmn__definition *run = ARENA_NEW(l->a, struct bpmn__definition);
    *d = (struct bpmn_definition){ .trigger = triggers[row].trigger, .id = bpmn__attr(x, "id"), .line = x->line,
                                   .ref = BPMN_NONE, .name = bpmn__attr(x, "name"), .run = run };
    str reference = triggers[row].reference == NULL ? STR("") : bpmn__attr(x, triggers[row].reference);
    if (reference.len > 0) {
        d->ref = bpmn__lookup(l, reference);
        if (d->ref == BPMN_NONE) {
            bpmn__find(l, BPMN_PROBLEM, element, l->elements[element].id, x->line,
                       "the event refers to \"%.*s\", which is not in the file", STR_ARG(reference));
        } else {
            read_reference(l, element, d, run);
        }
    }
    run->no_wait = !bpmn__flag(x, "waitForCompletion", true);
    if (d->trigger == BPMN_TRIGGER_TIMER) {
        read_timer(l, element, x, run);
    } else if (d->trigger == BPMN_TRIGGER_CONDITION) {
        read_condition(l, element, x, run);
    }
}

/* An eventDefinitionRef leads to a definition beside the processes. */
static const struct xml_node *followed(const struct bpmn__loader *l, const struct xml_node *x)
{
    if (!bpmn__is(x, "eventDefinitionRef")) {
        return x;
    }
    str id = bpmn__local(str_trim(x->text));
    for (const struct xml_node *c = l->definitions->first_child; c != NULL; c = c->next) {
        if (trigger_of(c) >= 0 && str_eq(bpmn__attr(c, "id"), id)) {
            return c;
        }
    }
    return NULL;
}

void bpmn__read_definitions(struct bpmn__loader *l, uint32_t element)
{
    struct bpmn_element *e = &l->elements[element];
    const struct xml_node *x = l->element_xml[element];
    uint32_t n = 0;
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        n += trigger_of(c) >= 0 || bpmn__is(c, "eventDefinitionRef");
    }
    struct bpmn_definition *all = ARENA_ARRAY(l->a, struct bpmn_definition, n);
    e->definitions = all;
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        const struct xml_node *definition = followed(l, c);
        if (definition == NULL) {
            bpmn__find(l, BPMN_PROBLEM, element, e->id, c->line,
                       "the event refers to \"%.*s\", which is not in the file", STR_ARG(str_trim(c->text)));
        } else if (trigger_of(definition) >= 0) {
            read_one(l, element, definition, (size_t)trigger_of(definition), &all[e->definition_count++]);
        }
    }
    l->definition_count += n;
}

/* The one message of a send or receive task, in the form of an event definition. */
const struct bpmn_definition *bpmn__task_message(struct bpmn__loader *l, uint32_t element)
{
    const struct xml_node *x = l->element_xml[element];
    str reference = bpmn__attr(x, "messageRef");
    if (reference.len == 0) {
        return NULL;
    }
    struct bpmn_definition *d = ARENA_NEW(l->a, struct bpmn_definition);
    struct bpmn__definition *run = ARENA_NEW(l->a, struct bpmn__definition);
    *d = (struct bpmn_definition){ .trigger = BPMN_TRIGGER_MESSAGE, .line = x->line,
                                   .ref = bpmn__lookup(l, reference), .run = run };
    if (d->ref == BPMN_NONE) {
        bpmn__find(l, BPMN_PROBLEM, element, l->elements[element].id, x->line,
                   "the event refers to \"%.*s\", which is not in the file", STR_ARG(reference));
        return NULL;
    }
    read_reference(l, element, d, run);
    return d;
}
