/* check_known: what dossiers of the package may have as variables, which messages are sent, which decisions asked for.
 *
 * Deliberately generous: a name that anything in the package makes counts as known everywhere, because a finding that
 * is none costs more trust than one that is missed. */
#include "scheme/check_int.h"

static void know_context(struct scheme__checker *c, const struct feel_type *type)
{
    for (uint32_t i = 0; type != NULL && i < type->count; i++) {
        scheme__know(c, type->fields[i].name, type->fields[i].type);
    }
}

static void send(struct scheme__checker *c, str name)
{
    scheme__add_text(c, &c->sent, &c->sent_count, &c->sent_size, name);
}

static void decide(struct scheme__checker *c, str name)
{
    scheme__add_text(c, &c->decided, &c->decided_count, &c->decided_size, name);
}

/* ---- Processes ---- */

static bool sends(enum bpmn_kind kind)
{
    return kind == BPMN_SEND_TASK || kind == BPMN_THROW_EVENT || kind == BPMN_END_EVENT || kind == BPMN_SERVICE_TASK;
}

static void know_text(void *context, const struct bpmn_text *t)
{
    struct scheme__checker *c = context;
    bool makes = t->kind == BPMN_TEXT_INPUT || t->kind == BPMN_TEXT_OUTPUT || t->kind == BPMN_TEXT_RESULT;
    bool by_sender = t->element != BPMN_NONE && sends(c->model->elements[t->element].kind);
    if (makes && t->name.len > 0) {
        scheme__know(c, t->name, NULL);
    }
    /* What an output reads came with the answer of the task, or with the message. */
    for (uint32_t i = 0; t->kind == BPMN_TEXT_OUTPUT && i < t->name_count; i++) {
        scheme__know(c, t->names[i], NULL);
    }
    if (!t->feel && by_sender && (t->kind == BPMN_TEXT_MESSAGE ||
                                  (t->kind == BPMN_TEXT_HEADER && str_eq(t->name, STR("message"))))) {
        send(c, t->text);
    }
    if (!t->feel && t->kind == BPMN_TEXT_DECISION) {
        decide(c, t->text);
    }
}

static void know_process(struct scheme__checker *c, const struct scheme_process *p)
{
    for (uint32_t i = 0; i < p->task_count; i++) {
        if (p->tasks[i].questions_when.len > 0) {
            scheme__know(c, STR("open"), NULL);
        }
    }
    for (uint32_t i = 0; p->with.kind == FEEL_CONTEXT && i < p->with.count; i++) {
        scheme__know(c, p->with.shape->names[i], NULL);
    }
    for (uint32_t i = 0; i < p->clock_count; i++) {
        str late = p->clocks[i].late;
        if (str_starts_with(late, STR("message "))) {
            send(c, str_slice(late, 8, late.len));
        }
    }
    for (uint32_t i = 0; i < p->task_count; i++) {
        decide(c, p->tasks[i].decision);
    }
    decide(c, p->checks);
}

/* ---- The rest of the manifest ---- */

static void know_ledger(struct scheme__checker *c, str name)
{
    const struct scheme_ledger *l = scheme_ledger(c->s, name);
    if (l != NULL) {
        know_context(c, l->row);
    }
}

/* A message that a list sends, and the variables that it brings. */
static void know_message(struct scheme__checker *c, feel_value message)
{
    feel_value with = feel_member(message, "with");
    send(c, message.kind == FEEL_STRING ? feel_str(message) : feel_text_member(message, "name"));
    for (uint32_t i = 0; with.kind == FEEL_CONTEXT && i < with.count; i++) {
        scheme__know(c, with.shape->names[i], NULL);
    }
}

/* What a list says of each entry: papers and notices are made from that. */
static void know_list(struct scheme__checker *c, const struct scheme_assessment *a)
{
    static const char *const says[] = { "id", "rank", "grade", "lot", "place", "why", "values", "called" };
    bool shown = feel_member(a->then, "document").kind != FEEL_NULL || feel_member(a->then, "notice").kind != FEEL_NULL;
    for (size_t i = 0; shown && i < sizeof says / sizeof says[0]; i++) {
        scheme__know(c, str_of(says[i]), NULL);
    }
    if (shown && a->group.len > 0) {
        scheme__know(c, a->group, NULL);
    }
}

static void know_assessment(struct scheme__checker *c, const struct scheme_assessment *a)
{
    feel_value message = feel_member(a->then, "message"), entry = feel_member(a->then, "entry");
    for (uint32_t i = 0; entry.kind == FEEL_CONTEXT && i < entry.count; i++) {
        scheme__know(c, entry.shape->names[i], NULL);
    }
    for (uint32_t i = 0; message.kind == FEEL_LIST && i < message.count; i++) {
        know_message(c, message.items[i]);
    }
    if (message.kind != FEEL_LIST) {
        know_message(c, message);
    }
    know_list(c, a);
    if (!a->over_dossiers) {
        know_ledger(c, a->over);
    }
    decide(c, a->decide);
    decide(c, a->cap);
}

void scheme__collect(struct scheme__checker *c)
{
    const struct scheme *s = c->s;
    for (uint32_t i = 0; i < s->form_count; i++) {
        know_context(c, form_values_type(s->forms[i]));
    }
    for (uint32_t i = 0; i < s->process_count; i++) {
        c->model = s->processes[i];
        bpmn_texts(c->model, know_text, c);
    }
    for (uint32_t i = 0; i < s->procedure_count; i++) {
        know_process(c, &s->procedures[i]);
    }
    for (uint32_t i = 0; i < s->assessment_count; i++) {
        know_assessment(c, &s->assessments[i]);
    }
    for (uint32_t i = 0; i < s->ledger_count; i++) {
        if (s->ledgers[i].checks.len > 0) {
            decide(c, s->ledgers[i].checks);
            know_ledger(c, s->ledgers[i].name);
        }
    }
    for (uint32_t i = 0; i < s->view_count; i++) {
        if (s->views[i].decision.len > 0) {
            decide(c, s->views[i].decision);
            know_ledger(c, s->views[i].ledger);
        }
    }
    for (uint32_t i = 0; i < s->statistic_count; i++) {
        if (s->statistics[i].decide.len > 0) {
            decide(c, s->statistics[i].decide);
            scheme__know(c, STR("parts"), NULL);
        }
    }
}
