/* dump: a model as text: what was read, for tests and for people who look for what was not. */
#include "bpmn/bpmn_int.h"

static const char *const trigger_names[BPMN_TRIGGERS] = {
    "message", "timer", "signal", "condition", "error", "escalation", "compensation", "cancel", "link", "terminate",
};

const char *bpmn_trigger_name(enum bpmn_trigger trigger)
{
    return trigger_names[trigger];
}

static const char *const link_names[] = { "flow", "message flow", "association", "data in", "data out",
                                          "conversation link" };

static const char *const loop_names[] = { "", " loop", " parallel loop", " sequential loop" };

static void add_id(const struct bpmn_model *m, uint32_t element, struct buf *out)
{
    buf_add(out, element == BPMN_NONE ? STR("?") : m->elements[element].id);
}

static void add_name(str name, struct buf *out)
{
    if (name.len > 0) {
        buf_addz(out, " \"");
        for (size_t i = 0; i < name.len; i++) {
            buf_addc(out, name.ptr[i] == '\n' ? ' ' : name.ptr[i]);
        }
        buf_addc(out, '"');
    }
}

static void dump_expression(const char *word, const struct bpmn__expression *e, struct buf *out)
{
    if (e != NULL) {
        buf_printf(out, " %s%s", word, e->feel ? "=" : ":");
        buf_add(out, e->text);
    }
}

static void dump_definitions(const struct bpmn_element *e, struct buf *out)
{
    for (uint32_t i = 0; i < e->definition_count; i++) {
        const struct bpmn_definition *d = &e->definitions[i];
        buf_printf(out, " (%s", trigger_names[d->trigger]);
        add_name(d->name, out);
        dump_expression("name", d->run->name, out);
        dump_expression("key", d->run->key, out);
        dump_expression("when", d->run->expression, out);
        buf_addc(out, ')');
    }
}

static void dump_mappings(const char *word, const struct bpmn__mapping *m, uint32_t count, struct buf *out)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(out, " %s ", word);
        for (uint32_t k = 0; k < m[i].path_count; k++) {
            buf_addz(out, k > 0 ? "." : "");
            buf_add(out, m[i].path[k]);
        }
        dump_expression("", m[i].source, out);
    }
}

static void dump_behaviour(const struct bpmn__behaviour *b, struct buf *out)
{
    const struct {
        const char *word;
        const struct bpmn__expression *expression;
    } rows[] = {
        { "job", b->job }, { "retries", b->retries }, { "assignee", b->assignee }, { "groups", b->groups },
        { "users", b->users }, { "due", b->due }, { "follow-up", b->follow_up }, { "priority", b->priority },
        { "script", b->script }, { "decision", b->decision }, { "called", b->called },
        { "collection", b->collection }, { "cardinality", b->cardinality }, { "completion", b->completion },
        { "while", b->loop_condition }, { "each", b->output_element }, { "active", b->active_elements },
        { "completion", b->ad_hoc_completion }, { "activation", b->activation },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dump_expression(rows[i].word, rows[i].expression, out);
    }
    const struct {
        const char *word;
        str text;
    } texts[] = { { "form", b->form_id }, { "form key", b->form_key }, { "result", b->result_variable },
                  { "item", b->input_element }, { "into", b->output_collection } };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].text.len > 0) {
            buf_printf(out, " %s:", texts[i].word);
            buf_add(out, texts[i].text);
        }
    }
    for (uint32_t i = 0; i < b->header_count; i++) {
        buf_addz(out, " header ");
        buf_add(out, b->headers[i].key);
        dump_expression("", b->headers[i].value, out);
    }
    dump_mappings("in", b->inputs, b->input_count, out);
    dump_mappings("out", b->outputs, b->output_count, out);
}

static void dump_element(const struct bpmn_model *m, uint32_t i, struct buf *out)
{
    const struct bpmn_element *e = &m->elements[i];
    for (uint32_t p = e->parent; p != BPMN_NONE; p = m->elements[p].parent) {
        buf_addz(out, "  ");
    }
    buf_printf(out, "%.*s%s ", STR_ARG(bpmn_kind_name(e->kind)), e->kind == BPMN_EVENT_SUB_PROCESS ? " on event" : "");
    buf_add(out, e->id);
    add_name(e->name, out);
    buf_printf(out, "%s%s%s%s%s", loop_names[e->loop], e->interrupting ? "" : " beside",
               e->parallel_multiple ? " all of" : "", e->for_compensation ? " for compensation" : "",
               e->instantiate ? " instantiates" : "");
    dump_definitions(e, out);
    if (e->host != BPMN_NONE) {
        buf_addz(out, " on ");
        add_id(m, e->host, out);
    }
    if (e->ref != BPMN_NONE) {
        buf_addz(out, " of ");
        add_id(m, e->ref, out);
    }
    dump_behaviour(e->run, out);
    buf_addc(out, '\n');
}

static void dump_link(const struct bpmn_model *m, const struct bpmn_link *k, struct buf *out)
{
    buf_printf(out, "%s ", link_names[k->kind]);
    buf_add(out, k->id);
    add_name(k->name, out);
    buf_addc(out, ' ');
    if (k->source_link != BPMN_NONE) {
        buf_add(out, m->links[k->source_link].id);
    } else {
        add_id(m, k->source, out);
    }
    buf_addz(out, " -> ");
    if (k->target_link != BPMN_NONE) {
        buf_add(out, m->links[k->target_link].id);
    } else {
        add_id(m, k->target, out);
    }
    buf_addz(out, k->is_default ? " default" : "");
    dump_expression("if", k->condition, out);
    buf_addc(out, '\n');
}

void bpmn_dump(const struct bpmn_model *m, struct buf *out)
{
    for (uint32_t i = 0; i < m->element_count; i++) {
        dump_element(m, i, out);
    }
    for (uint32_t i = 0; i < m->link_count; i++) {
        dump_link(m, &m->links[i], out);
    }
    for (uint32_t i = 0; i < m->diagram_count; i++) {
        const struct bpmn_diagram *d = &m->diagrams[i];
        buf_addz(out, "diagram of ");
        add_id(m, d->element, out);
        buf_printf(out, ": %u shapes, %u edges\n", d->shape_count, d->edge_count);
    }
}
