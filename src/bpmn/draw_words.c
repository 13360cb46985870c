/* draw_words: titles and descriptions, in the language of the reader. They are put together in g->words. */
#include "bpmn/draw_int.h"

static const char *const trigger_words[BPMN_TRIGGERS] = {
    [BPMN_TRIGGER_MESSAGE] = "message",
    [BPMN_TRIGGER_TIMER] = "timer",
    [BPMN_TRIGGER_SIGNAL] = "signal",
    [BPMN_TRIGGER_CONDITION] = "condition",
    [BPMN_TRIGGER_ERROR] = "error",
    [BPMN_TRIGGER_ESCALATION] = "escalation",
    [BPMN_TRIGGER_COMPENSATION] = "compensation",
    [BPMN_TRIGGER_CANCEL] = "cancellation",
    [BPMN_TRIGGER_LINK] = "link",
    [BPMN_TRIGGER_TERMINATE] = "termination",
};

static const char *const loop_words[] = {
    [BPMN_LOOP_STANDARD] = "repeated",
    [BPMN_LOOP_PARALLEL] = "for each, at the same time",
    [BPMN_LOOP_SEQUENTIAL] = "for each, one after the other",
};

static const char *const link_words[] = {
    [BPMN_SEQUENCE_FLOW] = "sequence flow",       [BPMN_MESSAGE_FLOW] = "message flow",
    [BPMN_ASSOCIATION] = "association",           [BPMN_DATA_INPUT_ASSOCIATION] = "data used",
    [BPMN_DATA_OUTPUT_ASSOCIATION] = "data made", [BPMN_CONVERSATION_LINK] = "part in a conversation",
};

static const char *say(const struct bpmn__drawing *g, const char *english)
{
    return lang_text(g->options->lang, english); /* each table's words are in po/zh.po */
}

/* ---- Putting words together ---- */

/* The next part of a description, after a separator. */
static void part(struct bpmn__drawing *g)
{
    if (g->words.len > 0) {
        buf_addz(&g->words, g->options->lang == LANG_ZH ? "；" : "; ");
    }
}

static void add(struct bpmn__drawing *g, const char *english)
{
    part(g);
    buf_addz(&g->words, say(g, english));
}

static void add_if(struct bpmn__drawing *g, bool condition, const char *english)
{
    if (condition) {
        add(g, english);
    }
}

static str name_of(const struct bpmn__drawing *g, uint32_t element)
{
    if (element == BPMN_NONE) {
        return STR("?");
    }
    const struct bpmn_element *e = &g->m->elements[element];
    str name = str_trim(e->name.len > 0 ? e->name : e->text);
    return name.len > 0 ? name : str_of(say(g, bpmn__look_of(e->kind)->words));
}

/* ---- Shapes ---- */

void bpmn__title_of_shape(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    buf_clear(&g->words);
    buf_add(&g->words, name_of(g, s->element));
}

static void add_triggers(struct bpmn__drawing *g, const struct bpmn_element *e)
{
    add_if(g, e->definition_count > 1, e->parallel_multiple ? "all of several" : "one of several");
    for (uint32_t i = 0; i < e->definition_count; i++) {
        const struct bpmn_definition *d = &e->definitions[i];
        add(g, trigger_words[d->trigger]);
        if (d->name.len > 0) {
            buf_addc(&g->words, ' ');
            buf_add(&g->words, d->name);
        }
    }
}

static void add_place(struct bpmn__drawing *g, const struct bpmn_element *e)
{
    if (e->host != BPMN_NONE) {
        str host = name_of(g, e->host);
        part(g);
        buf_printf(&g->words, lang_text(g->options->lang, "on %.*s"), STR_ARG(host));
    }
    if (e->lane != BPMN_NONE && g->m->elements[e->lane].name.len > 0) {
        part(g);
        buf_printf(&g->words, lang_text(g->options->lang, "in the lane %.*s"), STR_ARG(g->m->elements[e->lane].name));
    }
}

static void add_overlay(struct bpmn__drawing *g, uint32_t element)
{
    if (g->tokens[element] > 0) {
        part(g);
        buf_printf(&g->words, lang_text(g->options->lang, "tokens here: %u"), g->tokens[element]);
    }
    add_if(g, g->visited[element], "passed");
}

static bool is_event_that_interrupts(const struct bpmn_element *e)
{
    return e->kind == BPMN_BOUNDARY_EVENT || e->kind == BPMN_START_EVENT;
}

void bpmn__words_of_shape(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    const struct bpmn_element *e = &g->m->elements[s->element];
    enum bpmn_class c = bpmn_class_of(e->kind);
    buf_clear(&g->words);
    add_overlay(g, s->element);
    if (s->band != BPMN_BAND_NONE) {
        add(g, "participant");
    } else {
        add(g, bpmn__look_of(e->kind)->words);
    }
    add_triggers(g, e);
    add_if(g, is_event_that_interrupts(e) && !e->interrupting, "does not interrupt");
    add_if(g, e->loop != BPMN_LOOP_NONE, loop_words[e->loop]);
    add_if(g, e->for_compensation, "undoes another");
    add_if(g, e->instantiate, "starts the process");
    add_if(g, e->collection || e->multiple, "several");
    add_if(g, c == BPMN_CLASS_SCOPE && !s->expanded, "collapsed");
    add_place(g, e);
    if (c == BPMN_CLASS_DATA && e->text.len > 0) {
        part(g);
        buf_add(&g->words, e->text);
    }
    if (e->documentation.len > 0) {
        part(g);
        buf_add(&g->words, e->documentation);
    }
}

/* ---- Links ---- */

static str end_name(const struct bpmn__drawing *g, uint32_t element, uint32_t link)
{
    return link != BPMN_NONE && g->m->links[link].name.len > 0 ? g->m->links[link].name : name_of(g, element);
}

static void add_ends(struct bpmn__drawing *g, const struct bpmn_link *k)
{
    str from = end_name(g, k->source, k->source_link), to = end_name(g, k->target, k->target_link);
    buf_printf(&g->words, lang_text(g->options->lang, "from %.*s to %.*s"), STR_ARG(from), STR_ARG(to));
}

void bpmn__title_of_edge(struct bpmn__drawing *g, const struct bpmn_edge *e)
{
    const struct bpmn_link *k = &g->m->links[e->link];
    buf_clear(&g->words);
    if (k->name.len > 0) {
        buf_add(&g->words, k->name);
    } else {
        add_ends(g, k);
    }
}

void bpmn__words_of_edge(struct bpmn__drawing *g, const struct bpmn_edge *e)
{
    const struct bpmn_link *k = &g->m->links[e->link];
    buf_clear(&g->words);
    add_if(g, g->visited_link[e->link], "passed");
    add(g, link_words[k->kind]);
    add_if(g, k->is_default, "taken when no condition is true");
    add_if(g, k->conditional, "on a condition");
    if (k->name.len > 0) {
        part(g);
        add_ends(g, k);
    }
}

/* ---- The whole ---- */

/* The name of what is shown, of the diagram, or of the first pool that has one. */
void bpmn__title_of_diagram(struct bpmn__drawing *g)
{
    const struct bpmn_element *e = g->d->element == BPMN_NONE ? NULL : &g->m->elements[g->d->element];
    str title = e != NULL && e->name.len > 0 ? e->name : g->d->name.len > 0 ? g->d->name : g->m->name;
    for (uint32_t i = 0; title.len == 0 && i < g->m->element_count; i++) {
        if (g->m->elements[i].kind == BPMN_PARTICIPANT || g->m->elements[i].kind == BPMN_PROCESS) {
            title = g->m->elements[i].name;
        }
    }
    buf_clear(&g->words);
    buf_add(&g->words, title.len > 0 ? title : str_of(lang_text(g->options->lang, "process diagram")));
}
