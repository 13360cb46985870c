/* extension: the vocabularies that say how a task is done: zeebe (and what of the older camunda means the same).
 *
 * Each row of the tables names an extension element and the function that reads it. What has no row is reported.
 */
#include "bpmn/bpmn_int.h"

struct reader {
    struct bpmn__loader *l;
    uint32_t element;
    struct bpmn__behaviour *b;
};

typedef void read_fn(struct reader *r, const struct xml_node *x);

static str attr(const struct xml_node *x, const char *name)
{
    return xml_attr(x, STR(""), str_of(name));
}

static const struct bpmn__expression *expression(const struct reader *r, const struct xml_node *x, const char *name)
{
    return bpmn__expression(r->l, r->element, attr(x, name), x->line, false);
}

static void problem(const struct reader *r, const struct xml_node *x, const char *what)
{
    bpmn__find(r->l, BPMN_PROBLEM, r->element, r->l->elements[r->element].id, x->line, "%s is not carried out", what);
}

static uint32_t count(const struct xml_node *x, const char *uri, const char *name)
{
    uint32_t n = 0;
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        n += bpmn__is_in(c, uri, name);
    }
    return n;
}

/* ---- Mappings ---- */

/* "a.b.c" in parts; FEEL names of other forms stay whole. */
static void split_path(struct bpmn__loader *l, str target, struct bpmn__mapping *m)
{
    target = str_trim(target);
    str *parts = ARENA_ARRAY(l->a, str, target.len + 1);
    size_t from = 0;
    for (size_t i = 0; i <= target.len; i++) {
        if (i == target.len || target.ptr[i] == '.') {
            parts[m->path_count++] = str_trim(str_slice(target, from, i));
            from = i + 1;
        }
    }
    m->path = parts;
    bpmn__declare(l, parts[0]);
}

static bool usable_path(const struct bpmn__mapping *m)
{
    for (uint32_t i = 0; i < m->path_count; i++) {
        if (m->path[i].len == 0) {
            return false;
        }
    }
    return true;
}

static void append(struct reader *r, const struct xml_node *x, const struct bpmn__mapping **list, uint32_t *n,
                   const struct bpmn__expression *source, str target)
{
    struct bpmn__mapping *all = ARENA_ARRAY(r->l->a, struct bpmn__mapping, *n + 1u);
    if (*n > 0) {
        memcpy(all, *list, *n * sizeof *all);
    }
    split_path(r->l, target, &all[*n]);
    if (!usable_path(&all[*n])) {
        bpmn__find(r->l, BPMN_PROBLEM, r->element, r->l->elements[r->element].id, x->line,
                   "\"%.*s\" is no variable that a mapping can set", STR_ARG(target));
        return;
    }
    all[(*n)++].source = source;
    *list = all;
}

static void read_io(struct reader *r, const struct xml_node *x)
{
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        if (bpmn__is_in(c, bpmn__zeebe, "input")) {
            append(r, c, &r->b->inputs, &r->b->input_count, expression(r, c, "source"), attr(c, "target"));
        } else if (bpmn__is_in(c, bpmn__zeebe, "output")) {
            append(r, c, &r->b->outputs, &r->b->output_count, expression(r, c, "source"), attr(c, "target"));
        }
    }
}

/* ---- Jobs ---- */

static void read_task_definition(struct reader *r, const struct xml_node *x)
{
    r->b->job = expression(r, x, "type");
    r->b->retries = expression(r, x, "retries");
}

static void read_headers(struct reader *r, const struct xml_node *x)
{
    struct bpmn__header *all = ARENA_ARRAY(r->l->a, struct bpmn__header, count(x, bpmn__zeebe, "header"));
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        if (bpmn__is_in(c, bpmn__zeebe, "header")) {
            all[r->b->header_count++] = (struct bpmn__header){ attr(c, "key"), expression(r, c, "value") };
        }
    }
    r->b->headers = all;
}

static void read_properties(struct reader *r, const struct xml_node *x)
{
    struct bpmn_named_value *all = ARENA_ARRAY(r->l->a, struct bpmn_named_value,
                                               count(x, bpmn__zeebe, "property"));
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        if (bpmn__is_in(c, bpmn__zeebe, "property")) {
            all[r->b->property_count++] = (struct bpmn_named_value){ attr(c, "name"), feel_string(attr(c, "value")) };
        }
    }
    r->b->properties = all;
}

/* ---- User tasks ---- */

static void read_assignment(struct reader *r, const struct xml_node *x)
{
    r->b->assignee = expression(r, x, "assignee");
    r->b->groups = expression(r, x, "candidateGroups");
    r->b->users = expression(r, x, "candidateUsers");
}

static void read_schedule(struct reader *r, const struct xml_node *x)
{
    r->b->due = expression(r, x, "dueDate");
    r->b->follow_up = expression(r, x, "followUpDate");
}

static void read_priority(struct reader *r, const struct xml_node *x)
{
    r->b->priority = expression(r, x, "priority");
}

static void read_form(struct reader *r, const struct xml_node *x)
{
    r->b->form_id = attr(x, "formId");
    r->b->form_key = attr(x, "formKey");
    r->b->form_reference = attr(x, "externalReference");
    r->b->binding = attr(x, "bindingType");
    r->b->version_tag = attr(x, "versionTag");
}

static void read_embedded_form(struct reader *r, const struct xml_node *x)
{
    struct bpmn__form *f = ARENA_NEW(r->l->a, struct bpmn__form);
    *f = (struct bpmn__form){ .id = attr(x, "id"), .json = str_trim(x->text), .next = r->b->forms };
    r->b->forms = f;
}

/* ---- Scripts, decisions, calls ---- */

static void read_script(struct reader *r, const struct xml_node *x)
{
    r->b->script = bpmn__expression(r->l, r->element, attr(x, "expression"), x->line, true);
    r->b->result_variable = attr(x, "resultVariable");
    bpmn__declare(r->l, r->b->result_variable);
}

static void read_decision(struct reader *r, const struct xml_node *x)
{
    r->b->decision = expression(r, x, "decisionId");
    r->b->result_variable = attr(x, "resultVariable");
    r->b->binding = attr(x, "bindingType");
    r->b->version_tag = attr(x, "versionTag");
    bpmn__declare(r->l, r->b->result_variable);
}

static bool is_not_false(str v)
{
    return !str_eq(v, STR("false"));
}

static void read_called(struct reader *r, const struct xml_node *x)
{
    r->b->called = attr(x, "processId").len > 0 ? expression(r, x, "processId")
                                                : bpmn__expression(r->l, r->element, attr(x, "processIdExpression"),
                                                                   x->line, true);
    r->b->keep_parent_variables = is_not_false(attr(x, "propagateAllParentVariables"));
    r->b->keep_child_variables = is_not_false(attr(x, "propagateAllChildVariables"));
    r->b->binding = attr(x, "bindingType");
    r->b->version_tag = attr(x, "versionTag");
    r->b->business_id = expression(r, x, "businessId");
}

/* ---- Loops and ad-hoc ---- */

static void read_loop(struct reader *r, const struct xml_node *x)
{
    r->b->collection = bpmn__expression(r->l, r->element, attr(x, "inputCollection"), x->line, true);
    r->b->input_element = attr(x, "inputElement");
    r->b->output_collection = attr(x, "outputCollection");
    r->b->output_element = bpmn__expression(r->l, r->element, attr(x, "outputElement"), x->line, true);
    bpmn__declare(r->l, r->b->input_element);
    bpmn__declare(r->l, r->b->output_collection);
}

static void read_ad_hoc(struct reader *r, const struct xml_node *x)
{
    r->b->active_elements = bpmn__expression(r->l, r->element, attr(x, "activeElementsCollection"), x->line, true);
    r->b->ad_hoc_outputs = attr(x, "outputCollection");
    r->b->ad_hoc_output = bpmn__expression(r->l, r->element, attr(x, "outputElement"), x->line, true);
    bpmn__declare(r->l, r->b->ad_hoc_outputs);
}

static void read_linked(struct reader *r, const struct xml_node *x)
{
    (void)x;
    problem(r, x, "zeebe:linkedResources");
}

static void read_execution_listeners(struct reader *r, const struct xml_node *x)
{
    problem(r, x, "zeebe:executionListeners");
}

static void read_task_listeners(struct reader *r, const struct xml_node *x)
{
    problem(r, x, "zeebe:taskListeners");
}

static void read_job_priority(struct reader *r, const struct xml_node *x)
{
    r->b->job_priority = expression(r, x, "priority");
}

static void read_version_tag(struct reader *r, const struct xml_node *x)
{
    r->b->version_tag = attr(x, "value");
}

static void read_nothing(struct reader *r, const struct xml_node *x)
{
    (void)r, (void)x; /* what it says follows from its being there */
}

static const struct {
    const char *name;
    read_fn *read;
} zeebe[] = {
    { "ioMapping", read_io },
    { "taskDefinition", read_task_definition },
    { "taskHeaders", read_headers },
    { "properties", read_properties },
    { "userTask", read_nothing },
    { "assignmentDefinition", read_assignment },
    { "taskSchedule", read_schedule },
    { "priorityDefinition", read_priority },
    { "formDefinition", read_form },
    { "userTaskForm", read_embedded_form },
    { "script", read_script },
    { "calledDecision", read_decision },
    { "calledElement", read_called },
    { "loopCharacteristics", read_loop },
    { "adHoc", read_ad_hoc },
    { "subscription", read_nothing },
    { "versionTag", read_version_tag },
    { "jobPriorityDefinition", read_job_priority },
    { "linkedResources", read_linked },
    { "executionListeners", read_execution_listeners },
    { "taskListeners", read_task_listeners },
};

/* ---- The older vocabulary ---- */

static bool is_camunda(str uri)
{
    return str_eq(uri, str_of(bpmn__camunda)) || str_eq(uri, STR("http://activiti.org/bpmn"));
}

static void read_camunda_io(struct reader *r, const struct xml_node *x)
{
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        bool in = str_eq(c->name, STR("inputParameter")), out = str_eq(c->name, STR("outputParameter"));
        if (!is_camunda(c->uri) || (!in && !out)) {
            continue;
        }
        if (c->first_child != NULL) {
            problem(r, c, "camunda:inputParameter with elements inside");
            continue;
        }
        const struct bpmn__expression *source = bpmn__juel(r->l, r->element, c->text, c->line);
        if (in) {
            append(r, c, &r->b->inputs, &r->b->input_count, source, attr(c, "name"));
        } else {
            append(r, c, &r->b->outputs, &r->b->output_count, source, attr(c, "name"));
        }
    }
}

/* in and out of a call: source → target, or all. */
static void read_camunda_in(struct reader *r, const struct xml_node *x)
{
    if (str_eq(attr(x, "variables"), STR("all"))) {
        r->b->keep_parent_variables = true;
    } else if (attr(x, "businessKey").len > 0) {
        r->b->business_id = bpmn__juel(r->l, r->element, attr(x, "businessKey"), x->line);
    } else if (attr(x, "source").len > 0) {
        append(r, x, &r->b->inputs, &r->b->input_count,
               bpmn__expression(r->l, r->element, attr(x, "source"), x->line, true), attr(x, "target"));
    } else {
        append(r, x, &r->b->inputs, &r->b->input_count,
               bpmn__juel(r->l, r->element, attr(x, "sourceExpression"), x->line), attr(x, "target"));
    }
}

static void read_camunda_out(struct reader *r, const struct xml_node *x)
{
    if (str_eq(attr(x, "variables"), STR("all"))) {
        r->b->keep_child_variables = true;
    } else if (attr(x, "source").len > 0) {
        append(r, x, &r->b->outputs, &r->b->output_count,
               bpmn__expression(r->l, r->element, attr(x, "source"), x->line, true), attr(x, "target"));
    } else {
        append(r, x, &r->b->outputs, &r->b->output_count,
               bpmn__juel(r->l, r->element, attr(x, "sourceExpression"), x->line), attr(x, "target"));
    }
}

static const struct {
    const char *name;
    read_fn *read;
} camunda[] = {
    { "inputOutput", read_camunda_io },
    { "in", read_camunda_in },
    { "out", read_camunda_out },
};

static const char *const camunda_attributes[] = {
    "assignee", "candidateGroups", "candidateUsers", "formKey", "formRef", "decisionRef", "dueDate", "followUpDate",
    "priority", "resultVariable",
};

bool bpmn__is_read_attribute(str uri, str name)
{
    for (size_t i = 0; is_camunda(uri) && i < sizeof camunda_attributes / sizeof camunda_attributes[0]; i++) {
        if (str_eq(name, str_of(camunda_attributes[i]))) {
            return true;
        }
    }
    return false;
}

static str camunda_attr(const struct xml_node *x, const char *name)
{
    for (uint32_t i = 0; i < x->attribute_count; i++) {
        if (is_camunda(x->attributes[i].uri) && str_eq(x->attributes[i].name, str_of(name))) {
            return x->attributes[i].value;
        }
    }
    return STR("");
}

static void older(const struct reader *r, const struct xml_node *x, const char *name,
                  const struct bpmn__expression **ret)
{
    str text = camunda_attr(x, name);
    if (*ret == NULL && text.len > 0) {
        *ret = bpmn__juel(r->l, r->element, text, x->line);
    }
}

static void read_camunda_attributes(struct reader *r, const struct xml_node *x)
{
    older(r, x, "assignee", &r->b->assignee);
    older(r, x, "candidateGroups", &r->b->groups);
    older(r, x, "candidateUsers", &r->b->users);
    older(r, x, "dueDate", &r->b->due);
    older(r, x, "followUpDate", &r->b->follow_up);
    older(r, x, "priority", &r->b->priority);
    older(r, x, "decisionRef", &r->b->decision);
    str key = camunda_attr(x, "formKey"), id = camunda_attr(x, "formRef"), result = camunda_attr(x, "resultVariable");
    r->b->form_key = r->b->form_key.len == 0 ? key : r->b->form_key;
    r->b->form_id = r->b->form_id.len == 0 ? id : r->b->form_id;
    if (result.len > 0 && r->b->result_variable.len == 0) {
        r->b->result_variable = result;
        bpmn__declare(r->l, result);
    }
}

/* ---- One element ---- */

static bool read_extension(struct reader *r, const struct xml_node *x)
{
    if (str_eq(x->uri, str_of(bpmn__zeebe))) {
        for (size_t i = 0; i < sizeof zeebe / sizeof zeebe[0]; i++) {
            if (str_eq(x->name, str_of(zeebe[i].name))) {
                zeebe[i].read(r, x);
                return true;
            }
        }
    } else if (is_camunda(x->uri)) {
        for (size_t i = 0; i < sizeof camunda / sizeof camunda[0]; i++) {
            if (str_eq(x->name, str_of(camunda[i].name))) {
                camunda[i].read(r, x);
                return true;
            }
        }
    }
    return false;
}

static void report(const struct reader *r, const struct xml_node *ext, const struct xml_node *x)
{
    for (const struct xml_node *c = ext->first_child; c != x; c = c->next) {
        if (str_eq(c->uri, x->uri) && str_eq(c->name, x->name)) {
            return; /* told once for an element */
        }
    }
    bpmn__find(r->l, BPMN_IGNORED, r->element, r->l->elements[r->element].id, x->line,
               "<%.*s> of the vocabulary %.*s has no effect here", STR_ARG(x->name), STR_ARG(x->uri));
}

/* Extensions stand below an element, and those of loops below the loop. */
void bpmn__read_extensions(struct bpmn__loader *l, uint32_t element, const struct xml_node *x)
{
    struct reader r = { l, element, bpmn__behaviour_of(l, element) };
    for (const struct xml_node *ext = bpmn__child(x, "extensionElements"); ext != NULL;
         ext = bpmn__next(ext, "extensionElements")) {
        for (const struct xml_node *c = ext->first_child; c != NULL; c = c->next) {
            if (!read_extension(&r, c)) {
                report(&r, ext, c);
            }
        }
    }
    read_camunda_attributes(&r, x);
}
