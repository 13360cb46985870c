/* load: a definitions file to a model. The passes, in order: read the tree into elements and links, index the ids,
 * resolve references, read behaviours and compile their expressions, validate, report what was not read, read the
 * diagrams, sort the findings. */
#include "bpmn/bpmn_int.h"

#include <stdlib.h>

const char *const bpmn__namespace = "http://www.omg.org/spec/BPMN/20100524/MODEL";
const char *const bpmn__zeebe = "http://camunda.org/schema/zeebe/1.0";
const char *const bpmn__camunda = "http://camunda.org/schema/1.0/bpmn";

/* ---- XML ---- */

bool bpmn__is_in(const struct xml_node *x, const char *uri, const char *name)
{
    return str_eq(x->name, str_of(name)) && str_eq(x->uri, str_of(uri));
}

bool bpmn__is(const struct xml_node *x, const char *name)
{
    return bpmn__is_in(x, bpmn__namespace, name);
}

const struct xml_node *bpmn__child(const struct xml_node *x, const char *name)
{
    const struct xml_node *c = x->first_child;
    while (c != NULL && !bpmn__is(c, name)) {
        c = c->next;
    }
    return c;
}

const struct xml_node *bpmn__next(const struct xml_node *x, const char *name)
{
    do {
        x = x->next;
    } while (x != NULL && !bpmn__is(x, name));
    return x;
}

str bpmn__attr(const struct xml_node *x, const char *name)
{
    return xml_attr(x, STR(""), str_of(name));
}

bool bpmn__flag(const struct xml_node *x, const char *name, bool otherwise)
{
    str v = str_trim(bpmn__attr(x, name));
    if (v.len == 0) {
        return otherwise;
    }
    return str_eq(v, STR("true")) || str_eq(v, STR("1"));
}

str bpmn__local(str qname)
{
    for (size_t i = qname.len; i > 0; i--) {
        if (qname.ptr[i - 1] == ':') {
            return str_slice(qname, i, qname.len);
        }
    }
    return qname;
}

/* ---- Findings ---- */

void bpmn__find(struct bpmn__loader *l, enum bpmn_finding_kind kind, uint32_t element, str id, uint32_t line,
                const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    bpmn__format(text, sizeof text, l->lang, format, args);
    va_end(args);
    struct bpmn__finding *f = ARENA_NEW(l->a, struct bpmn__finding);
    f->finding = (struct bpmn_finding){ .kind = kind, .process = BPMN_NONE, .id = bpmn__str(l->a, id), .line = line,
                                        .text = bpmn__str(l->a, str_of(text)) };
    f->element = element;
    *l->findings_end = f;
    l->findings_end = &f->next;
    l->finding_count++;
}

static int by_line(const void *a, const void *b)
{
    const struct bpmn_finding *x = a, *y = b;
    return x->line != y->line ? (x->line > y->line) - (x->line < y->line) : str_cmp(x->text, y->text);
}

static void finish_findings(struct bpmn__loader *l)
{
    struct bpmn_finding *all = ARENA_ARRAY(l->a, struct bpmn_finding, l->finding_count);
    uint32_t n = 0;
    for (struct bpmn__finding *f = l->findings; f != NULL; f = f->next) {
        all[n] = f->finding;
        all[n++].process = f->element == BPMN_NONE ? BPMN_NONE : bpmn_process_of(l->m, f->element);
    }
    qsort(all, n, sizeof *all, by_line);
    l->m->findings = all;
    l->m->finding_count = n;
}

/* ---- Reporting what was not read ---- */

/* Elements of BPMN that another pass reads, or that say again what the links say. */
static bool is_read(str name)
{
    static const char *const names[] = {
        "incoming", "outgoing", "documentation", "extensionElements", "laneSet", "childLaneSet", "flowNodeRef",
        "conditionExpression", "sequenceFlow", "messageFlow", "association", "dataInputAssociation",
        "dataOutputAssociation", "conversationLink", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics",
        "messageEventDefinition", "timerEventDefinition", "signalEventDefinition", "conditionalEventDefinition",
        "errorEventDefinition", "escalationEventDefinition", "compensateEventDefinition", "cancelEventDefinition",
        "linkEventDefinition", "terminateEventDefinition", "eventDefinitionRef", "script", "text", "category",
        "ioSpecification", "completionCondition", "activationCondition", "participantRef", "messageFlowRef",
        "participantMultiplicity", "dataState",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq(name, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_element(str name)
{
    for (int k = 0; k < BPMN_KINDS; k++) {
        if (str_eq(name, bpmn_kind_name((enum bpmn_kind)k))) {
            return true;
        }
    }
    return false;
}

static bool is_drawing(str uri)
{
    return str_eq(uri, STR("http://www.omg.org/spec/BPMN/20100524/DI"));
}

/* Children of `x` that nobody read: one finding for each name and namespace among them. */
static void report_children(struct bpmn__loader *l, const struct xml_node *x, uint32_t element, str id)
{
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        bool ours = str_eq(c->uri, str_of(bpmn__namespace));
        if (is_drawing(c->uri) || (ours && (is_read(c->name) || is_element(c->name)))) {
            continue;
        }
        bool again = false;
        for (const struct xml_node *d = x->first_child; d != c; d = d->next) {
            again |= str_eq(d->name, c->name) && str_eq(d->uri, c->uri);
        }
        if (!again && ours) {
            bpmn__find(l, BPMN_IGNORED, element, id, c->line, "<%.*s> has no effect here", STR_ARG(c->name));
        } else if (!again) {
            bpmn__find(l, BPMN_IGNORED, element, id, c->line, "<%.*s> of the vocabulary %.*s has no effect here",
                       STR_ARG(c->name), STR_ARG(c->uri));
        }
    }
}

/* Attributes of other vocabularies that nobody read: those of camunda are told one by one, others by namespace. */
static void report_attributes(struct bpmn__loader *l, const struct xml_node *x, uint32_t element, str id)
{
    for (uint32_t i = 0; i < x->attribute_count; i++) {
        const struct xml_attribute *at = &x->attributes[i];
        bool known = at->uri.len == 0 || str_eq(at->uri, STR("http://www.w3.org/2001/XMLSchema-instance")) ||
                     str_eq(at->uri, STR("http://www.w3.org/XML/1998/namespace")) ||
                     str_eq(at->uri, STR("http://camunda.org/schema/modeler/1.0")) ||
                     bpmn__is_read_attribute(at->uri, at->name);
        for (uint32_t k = 0; k < i; k++) {
            known |= str_eq(x->attributes[k].uri, at->uri) && str_eq(x->attributes[k].name, at->name);
        }
        if (!known) {
            bpmn__find(l, BPMN_IGNORED, element, id, x->line,
                       "the attribute %.*s of the vocabulary %.*s has no effect here", STR_ARG(at->name),
                       STR_ARG(at->uri));
        }
    }
}

void bpmn__report_unread(struct bpmn__loader *l)
{
    for (uint32_t i = 0; i < l->element_count; i++) {
        report_attributes(l, l->element_xml[i], i, l->elements[i].id);
        report_children(l, l->element_xml[i], i, l->elements[i].id);
    }
    for (uint32_t i = 0; i < l->link_count; i++) {
        uint32_t parent = l->links[i].parent;
        report_attributes(l, l->link_xml[i], parent, l->links[i].id);
        const struct xml_node *ext = bpmn__child(l->link_xml[i], "extensionElements");
        if (ext != NULL) {
            report_children(l, ext, parent, l->links[i].id);
        }
    }
    report_children(l, l->definitions, BPMN_NONE, STR(""));
    report_attributes(l, l->definitions, BPMN_NONE, STR(""));
}

/* ---- The whole ---- */

static enum error_code parse_definitions(struct bpmn__loader *l, str file, str bytes)
{
    enum error_code code = xml_parse(l->a, file, bytes, &l->definitions, l->err);
    if (code != OK) {
        return code;
    }
    if (!bpmn__is(l->definitions, "definitions")) {
        error_set(l->err, ERROR_INVALID, "the file is no process model: its root is \"%.*s\"",
                  STR_ARG(l->definitions->name));
        error_hint(l->err, "BPMN 2.0 begins with <definitions> in the namespace %s", bpmn__namespace);
        error_at(l->err, file, l->definitions->line, l->definitions->column);
        return ERROR_INVALID;
    }
    return OK;
}

static void read_definitions_attributes(struct bpmn__loader *l, str file)
{
    const struct xml_node *d = l->definitions;
    struct bpmn_model *m = l->m;
    m->file = bpmn__str(l->a, file);
    m->id = bpmn__attr(d, "id");
    m->name = bpmn__attr(d, "name");
    m->exporter = bpmn__attr(d, "exporter");
    m->platform = xml_attr(d, STR("http://camunda.org/schema/modeler/1.0"), STR("executionPlatform"));
    str language = bpmn__attr(d, "expressionLanguage");
    l->feel_everywhere = bpmn__is_feel(language);
}

static void list_processes(struct bpmn__loader *l)
{
    uint32_t *list = ARENA_ARRAY(l->a, uint32_t, l->element_count);
    for (uint32_t i = 0; i < l->element_count; i++) {
        if (l->elements[i].kind == BPMN_PROCESS) {
            list[l->m->process_count++] = i;
        }
    }
    l->m->processes = list;
}

enum error_code bpmn_load(struct arena *a, str file, str bytes, const struct bpmn_model **ret, struct error *err)
{
    struct error ignored = { .code = OK };
    struct bpmn_model *m = ARENA_NEW(a, struct bpmn_model);
    struct bpmn__loader l = { .m = m, .a = a, .err = err != NULL ? err : &ignored,
                              .lang = err != NULL ? err->lang : LANG_EN };
    l.findings_end = &l.findings;
    l.expressions_end = &l.expressions;
    enum error_code code = parse_definitions(&l, file, bytes);
    if (code != OK) {
        return code;
    }
    read_definitions_attributes(&l, file);
    bpmn__read_tree(&l);
    if (l.code == OK) {
        bpmn__index_build(&l);
    }
    if (l.code != OK) {
        error_at(l.err, file, l.err->where.line, 0);
        return l.code;
    }
    m->elements = l.elements;
    m->element_count = l.element_count;
    m->links = l.links;
    m->link_count = l.link_count;
    m->index = l.index;
    list_processes(&l);
    bpmn__resolve(&l);
    bpmn__read_behaviour(&l);
    bpmn__compile(&l);
    bpmn__validate(&l);
    bpmn__report_unread(&l);
    bpmn__read_diagrams(&l);
    finish_findings(&l);
    *ret = m;
    return OK;
}
