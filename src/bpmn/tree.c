/* tree: the XML tree to elements and links, in the order of the file; references come later. */
#include "bpmn/bpmn_int.h"

static const struct {
    const char *name;
    enum bpmn_kind kind;
    enum bpmn_class class;
} kinds[BPMN_KINDS] = {
#define KIND(name, xml, class, ops) { xml, BPMN_##name, BPMN_CLASS_##class },
#include "bpmn/kind.def"
#undef KIND
};

enum bpmn_class bpmn_class_of(enum bpmn_kind kind)
{
    return kinds[kind].class;
}

str bpmn_kind_name(enum bpmn_kind kind)
{
    return str_of(kinds[kind].name);
}

static const struct {
    const char *name;
    enum bpmn_link_kind kind;
} link_kinds[] = {
    { "sequenceFlow", BPMN_SEQUENCE_FLOW },
    { "messageFlow", BPMN_MESSAGE_FLOW },
    { "association", BPMN_ASSOCIATION },
    { "dataInputAssociation", BPMN_DATA_INPUT_ASSOCIATION },
    { "dataOutputAssociation", BPMN_DATA_OUTPUT_ASSOCIATION },
    { "conversationLink", BPMN_CONVERSATION_LINK },
};

/* What only holds others that are of interest. */
static bool is_wrapper(str name)
{
    static const char *const names[] = { "laneSet", "childLaneSet", "ioSpecification", "category" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq(name, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool kind_of(const struct xml_node *x, enum bpmn_kind *ret)
{
    for (size_t i = 0; i < BPMN_KINDS; i++) {
        if (bpmn__is(x, kinds[i].name)) {
            *ret = kinds[i].kind;
            if (*ret == BPMN_SUB_PROCESS && bpmn__flag(x, "triggeredByEvent", false)) {
                *ret = BPMN_EVENT_SUB_PROCESS;
            }
            return true;
        }
    }
    return false;
}

/* ---- Adding ---- */

static bool room(struct bpmn__loader *l, const struct xml_node *x)
{
    if (l->code == OK && l->element_count + l->link_count + l->definition_count >= LIMIT_BPMN_ELEMENTS) {
        l->code = error_set(l->err, ERROR_LIMIT, "the process model has too many elements");
        error_detail(l->err, "limit %s = %d", "BPMN_ELEMENTS", LIMIT_BPMN_ELEMENTS);
        error_at(l->err, STR(""), x->line, x->column);
    }
    return l->code == OK;
}

static void *grown(struct bpmn__loader *l, void *old, uint32_t count, size_t size)
{
    return arena_grow(l->a, old, count * size, (count == 0 ? 64 : (size_t)count * 2) * size);
}

static uint32_t add_element(struct bpmn__loader *l, const struct xml_node *x, enum bpmn_kind kind, uint32_t parent)
{
    if (l->element_count == l->element_size) {
        l->elements = grown(l, l->elements, l->element_size, sizeof *l->elements);
        l->element_xml = grown(l, l->element_xml, l->element_size, sizeof *l->element_xml);
        l->element_size = l->element_size == 0 ? 64 : l->element_size * 2;
    }
    const struct xml_node *documentation = bpmn__child(x, "documentation"), *text = bpmn__child(x, "text");
    uint32_t i = l->element_count++;
    l->element_xml[i] = x;
    l->elements[i] = (struct bpmn_element){
        .kind = kind, .id = bpmn__attr(x, "id"), .name = bpmn__attr(x, "name"), .line = x->line, .parent = parent,
        .documentation = documentation != NULL ? str_trim(documentation->text) : STR(""),
        .text = kind == BPMN_TEXT_ANNOTATION && text != NULL ? str_trim(text->text) : STR(""),
        .lane = BPMN_NONE, .ref = BPMN_NONE, .host = BPMN_NONE, .default_flow = BPMN_NONE, .initiator = BPMN_NONE,
        .interrupting = true,
    };
    return i;
}

static void add_link(struct bpmn__loader *l, const struct xml_node *x, enum bpmn_link_kind kind, uint32_t parent)
{
    if (l->link_count == l->link_size) {
        l->links = grown(l, l->links, l->link_size, sizeof *l->links);
        l->link_xml = grown(l, l->link_xml, l->link_size, sizeof *l->link_xml);
        l->link_size = l->link_size == 0 ? 64 : l->link_size * 2;
    }
    uint32_t i = l->link_count++;
    l->link_xml[i] = x;
    l->links[i] = (struct bpmn_link){
        .kind = kind, .id = bpmn__attr(x, "id"), .name = bpmn__attr(x, "name"), .line = x->line, .parent = parent,
        .source = BPMN_NONE, .target = BPMN_NONE, .source_link = BPMN_NONE, .target_link = BPMN_NONE,
        .message = BPMN_NONE,
    };
}

static bool link_kind_of(const struct xml_node *x, enum bpmn_link_kind *ret)
{
    for (size_t i = 0; i < sizeof link_kinds / sizeof link_kinds[0]; i++) {
        if (bpmn__is(x, link_kinds[i].name)) {
            *ret = link_kinds[i].kind;
            return true;
        }
    }
    return false;
}

/* Recurses as deep as the XML is nested, which XML_DEPTH bounds. */
static void walk(struct bpmn__loader *l, const struct xml_node *x, uint32_t parent, uint32_t depth)
{
    if (depth > LIMIT_BPMN_DEPTH && l->code == OK) {
        l->code = error_set(l->err, ERROR_LIMIT, "sub-processes are nested too deep");
        error_detail(l->err, "limit %s = %d", "BPMN_DEPTH", LIMIT_BPMN_DEPTH);
        error_at(l->err, STR(""), x->line, x->column);
    }
    for (const struct xml_node *c = x->first_child; c != NULL && room(l, c); c = c->next) {
        enum bpmn_kind kind;
        enum bpmn_link_kind link;
        if (is_wrapper(c->name) && str_eq(c->uri, x->uri)) {
            walk(l, c, parent, depth);
        } else if (link_kind_of(c, &link)) {
            add_link(l, c, link, parent);
        } else if (kind_of(c, &kind)) {
            uint32_t e = add_element(l, c, kind, parent);
            walk(l, c, e, depth + (kinds[kind].class == BPMN_CLASS_SCOPE));
        }
    }
}

void bpmn__read_tree(struct bpmn__loader *l)
{
    walk(l, l->definitions, BPMN_NONE, 0);
}

/* ---- Ids ---- */

static void refuse_twin(struct bpmn__loader *l, str id, uint32_t line)
{
    if (l->code == OK) {
        l->code = error_set(l->err, ERROR_INVALID, "the id \"%.*s\" stands twice", STR_ARG(id));
        error_at(l->err, STR(""), line, 0);
    }
}

static str id_of(const struct bpmn__loader *l, uint32_t place)
{
    return (place & BPMN__LINK_BIT) != 0 ? l->links[place & ~(uint32_t)BPMN__LINK_BIT].id : l->elements[place].id;
}

static void insert(struct bpmn__loader *l, uint32_t place, uint32_t line)
{
    str id = id_of(l, place);
    if (id.len == 0) {
        return;
    }
    uint32_t at = str_hash(id) & l->index->mask;
    while (l->index->buckets[at] != 0) {
        if (str_eq(id_of(l, l->index->buckets[at] - 1), id)) {
            refuse_twin(l, id, line);
            return;
        }
        at = (at + 1) & l->index->mask;
    }
    l->index->buckets[at] = place + 1;
}

void bpmn__index_build(struct bpmn__loader *l)
{
    uint32_t size = 64;
    while (size < (l->element_count + l->link_count) * 2) {
        size *= 2;
    }
    l->index = ARENA_NEW(l->a, struct bpmn__index);
    l->index->mask = size - 1;
    l->index->buckets = ARENA_ARRAY(l->a, uint32_t, size);
    for (uint32_t i = 0; i < l->element_count; i++) {
        insert(l, i, l->elements[i].line);
    }
    for (uint32_t i = 0; i < l->link_count; i++) {
        insert(l, i | BPMN__LINK_BIT, l->links[i].line);
    }
}

uint32_t bpmn__index_get(const struct bpmn_model *m, str id)
{
    if (id.len == 0) {
        return BPMN_NONE;
    }
    for (uint32_t at = str_hash(id) & m->index->mask; m->index->buckets[at] != 0; at = (at + 1) & m->index->mask) {
        uint32_t place = m->index->buckets[at] - 1;
        str there = (place & BPMN__LINK_BIT) != 0 ? m->links[place & ~(uint32_t)BPMN__LINK_BIT].id
                                                  : m->elements[place].id;
        if (str_eq(there, id)) {
            return place;
        }
    }
    return BPMN_NONE;
}

uint32_t bpmn_find(const struct bpmn_model *m, str id)
{
    uint32_t place = bpmn__index_get(m, id);
    return place != BPMN_NONE && (place & BPMN__LINK_BIT) == 0 ? place : BPMN_NONE;
}

uint32_t bpmn_find_link(const struct bpmn_model *m, str id)
{
    uint32_t place = bpmn__index_get(m, id);
    return place != BPMN_NONE && (place & BPMN__LINK_BIT) != 0 ? place & ~(uint32_t)BPMN__LINK_BIT : BPMN_NONE;
}

str bpmn_due_text(const struct bpmn_model *m, uint32_t element)
{
    const struct bpmn__expression *due = m->elements[element].run == NULL ? NULL : m->elements[element].run->due;
    return due == NULL ? STR("") : due->text;
}

uint32_t bpmn_process_of(const struct bpmn_model *m, uint32_t element)
{
    while (element != BPMN_NONE && m->elements[element].kind != BPMN_PROCESS) {
        element = m->elements[element].parent;
    }
    return element;
}

/* References are qualified names; the prefix says which file, and we have one. */
uint32_t bpmn__lookup(struct bpmn__loader *l, str reference)
{
    reference = str_trim(reference);
    uint32_t e = bpmn_find(l->m, reference);
    return e != BPMN_NONE ? e : bpmn_find(l->m, bpmn__local(reference));
}

uint32_t bpmn__lookup_link(struct bpmn__loader *l, str reference)
{
    reference = str_trim(reference);
    uint32_t e = bpmn_find_link(l->m, reference);
    return e != BPMN_NONE ? e : bpmn_find_link(l->m, bpmn__local(reference));
}
