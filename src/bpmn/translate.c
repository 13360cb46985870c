/* translate: a model with its names in another language. What runs is the model as it was written; for drawings and
 * lists there is another, whose elements have the same places. */
#include "bpmn/bpmn_int.h"

static const struct bpmn_element *translate_elements(struct arena *a, const struct bpmn_model *m,
                                                     const struct words *words)
{
    struct bpmn_element *elements = ARENA_ARRAY(a, struct bpmn_element, m->element_count);
    for (uint32_t i = 0; i < m->element_count; i++) {
        elements[i] = m->elements[i];
        elements[i].name = words_of(words, m->elements[i].name);
        elements[i].text = words_of(words, m->elements[i].text);
        elements[i].documentation = words_of(words, m->elements[i].documentation);
    }
    return elements;
}

static const struct bpmn_link *translate_links(struct arena *a, const struct bpmn_model *m, const struct words *words)
{
    struct bpmn_link *links = ARENA_ARRAY(a, struct bpmn_link, m->link_count);
    for (uint32_t i = 0; i < m->link_count; i++) {
        links[i] = m->links[i];
        links[i].name = words_of(words, m->links[i].name);
    }
    return links;
}

const struct bpmn_model *bpmn_with_words(struct arena *a, const struct bpmn_model *m, const struct words *english)
{
    if (english == NULL) {
        return m;
    }
    struct bpmn_model *both = ARENA_NEW(a, struct bpmn_model), *other = ARENA_NEW(a, struct bpmn_model);
    *both = *other = *m;
    other->name = words_of(english, m->name);
    other->elements = translate_elements(a, m, english);
    other->links = translate_links(a, m, english);
    both->english = other;
    return both;
}

const struct bpmn_model *bpmn_in(const struct bpmn_model *m, enum lang lang)
{
    return lang == LANG_EN && m != NULL && m->english != NULL ? m->english : m;
}

void bpmn_names(const struct bpmn_model *m, bpmn_name *name, void *context)
{
    for (uint32_t i = 0; i < m->element_count; i++) {
        const struct bpmn_element *e = &m->elements[i];
        const str texts[] = { e->name, e->text, e->documentation };
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
            name(context, texts[k], e->line);
        }
    }
    for (uint32_t i = 0; i < m->link_count; i++) {
        name(context, m->links[i].name, m->links[i].line);
    }
}
