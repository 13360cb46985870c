/* inspect: the texts of a model for whoever compares it with other files: what its elements name, and their FEEL. */
#include "bpmn/bpmn_int.h"

struct visitor {
    bpmn_text_sink *sink;
    void *context;
    uint32_t element, link;
};

static void tell(const struct visitor *v, enum bpmn_text_kind kind, str name, const struct bpmn__expression *e)
{
    if (e != NULL) {
        struct bpmn_text t = { .kind = kind, .element = v->element, .link = v->link, .name = name, .text = e->text,
                               .feel = e->feel, .line = e->line, .names = e->names, .name_count = e->name_count };
        v->sink(v->context, &t);
    }
}

static void tell_plain(const struct visitor *v, enum bpmn_text_kind kind, str name, str text, uint32_t line)
{
    if (text.len > 0 || name.len > 0) {
        struct bpmn_text t = { .kind = kind, .element = v->element, .link = v->link, .name = name, .text = text,
                               .line = line };
        v->sink(v->context, &t);
    }
}

static void tell_mappings(const struct visitor *v, enum bpmn_text_kind kind, const struct bpmn__mapping *m,
                          uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        tell(v, kind, m[i].path_count > 0 ? m[i].path[0] : STR(""), m[i].source);
    }
}

static void tell_definition(const struct visitor *v, const struct bpmn_definition *d)
{
    static const enum bpmn_text_kind kinds[BPMN_TRIGGERS] = {
        [BPMN_TRIGGER_MESSAGE] = BPMN_TEXT_MESSAGE,   [BPMN_TRIGGER_SIGNAL] = BPMN_TEXT_SIGNAL,
        [BPMN_TRIGGER_ERROR] = BPMN_TEXT_ERROR,       [BPMN_TRIGGER_ESCALATION] = BPMN_TEXT_ERROR,
    };
    if (d->run == NULL) {
        return;
    }
    tell(v, d->trigger == BPMN_TRIGGER_TIMER ? BPMN_TEXT_TIMER : BPMN_TEXT_CONDITION, STR(""), d->run->expression);
    if (d->run->name != NULL) {
        tell(v, kinds[d->trigger], STR(""), d->run->name);
    }
    tell(v, BPMN_TEXT_KEY, STR(""), d->run->key);
}

static void tell_work(const struct visitor *v, const struct bpmn__behaviour *b, uint32_t line)
{
    tell(v, BPMN_TEXT_JOB, STR(""), b->job);
    for (uint32_t i = 0; i < b->header_count; i++) {
        tell(v, BPMN_TEXT_HEADER, b->headers[i].key, b->headers[i].value);
    }
    tell(v, BPMN_TEXT_ASSIGNEE, STR(""), b->assignee);
    tell(v, BPMN_TEXT_GROUPS, STR(""), b->groups);
    tell(v, BPMN_TEXT_VALUE, STR(""), b->due);
    tell(v, BPMN_TEXT_VALUE, STR(""), b->follow_up);
    tell_plain(v, BPMN_TEXT_FORM, STR(""), b->form_id, line);
    tell(v, BPMN_TEXT_VALUE, STR(""), b->script);
    tell(v, BPMN_TEXT_DECISION, STR(""), b->decision);
    tell(v, BPMN_TEXT_CALLED, STR(""), b->called);
    tell_plain(v, BPMN_TEXT_RESULT, b->result_variable, STR(""), line);
}

static void tell_loop(const struct visitor *v, const struct bpmn__behaviour *b, uint32_t line)
{
    tell(v, BPMN_TEXT_VALUE, STR(""), b->collection);
    tell(v, BPMN_TEXT_VALUE, STR(""), b->cardinality);
    tell(v, BPMN_TEXT_CONDITION, STR(""), b->completion);
    tell(v, BPMN_TEXT_CONDITION, STR(""), b->loop_condition);
    tell(v, BPMN_TEXT_VALUE, STR(""), b->output_element);
    tell_plain(v, BPMN_TEXT_RESULT, b->input_element, STR(""), line);
    tell_plain(v, BPMN_TEXT_RESULT, b->output_collection, STR(""), line);
    tell(v, BPMN_TEXT_CONDITION, STR(""), b->ad_hoc_completion);
    tell(v, BPMN_TEXT_VALUE, STR(""), b->active_elements);
}

static void tell_element(const struct visitor *v, const struct bpmn_element *e)
{
    const struct bpmn__behaviour *b = e->run;
    for (uint32_t i = 0; i < e->definition_count; i++) {
        tell_definition(v, &e->definitions[i]);
    }
    if (b == NULL) {
        return;
    }
    tell_mappings(v, BPMN_TEXT_INPUT, b->inputs, b->input_count);
    tell_work(v, b, e->line);
    tell_loop(v, b, e->line);
    if (b->message != NULL) {
        tell_definition(v, b->message);
    }
    tell_mappings(v, BPMN_TEXT_OUTPUT, b->outputs, b->output_count);
}

void bpmn_texts(const struct bpmn_model *m, bpmn_text_sink *sink, void *context)
{
    struct visitor v = { .sink = sink, .context = context, .link = BPMN_NONE };
    for (v.element = 0; v.element < m->element_count; v.element++) {
        tell_element(&v, &m->elements[v.element]);
    }
    v.element = BPMN_NONE;
    for (v.link = 0; v.link < m->link_count; v.link++) {
        tell(&v, BPMN_TEXT_CONDITION, STR(""), m->links[v.link].condition);
    }
}
