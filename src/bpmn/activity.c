/* activity: tasks and calls: what leaves as an effect and is waited for. */
#include "bpmn/bpmn_int.h"

/* ---- Details ---- */

void bpmn__detail(struct bpmn__run *r, struct bpmn_effect *e, const char *name, feel_value v)
{
    struct bpmn_named_value *all = ARENA_ARRAY(r->scratch, struct bpmn_named_value, e->detail_count + 1);
    if (e->detail_count > 0) {
        memcpy(all, e->details, e->detail_count * sizeof *all);
    }
    all[e->detail_count++] = (struct bpmn_named_value){ str_of(name), v };
    e->details = all;
}

static void detail_text(struct bpmn__run *r, struct bpmn_effect *e, const char *name, str text)
{
    if (text.len > 0) {
        bpmn__detail(r, e, name, feel_string(text));
    }
}

static void detail(struct bpmn__run *r, const struct bpmn__item *it, struct bpmn_effect *e, const char *name,
                   const struct bpmn__expression *expression)
{
    if (expression != NULL) {
        bpmn__detail(r, e, name, bpmn__value(r, it, expression));
    }
}

/* Headers and properties, each as one context. */
void bpmn__headers(struct bpmn__run *r, const struct bpmn__item *it, struct bpmn_effect *e)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, it);
    struct bpmn__variables headers = { NULL, 0, 0 }, properties = { NULL, 0, 0 };
    for (uint32_t i = 0; i < b->header_count; i++) {
        bpmn__add_variable(r->scratch, &headers, b->headers[i].key, bpmn__value(r, it, b->headers[i].value));
    }
    for (uint32_t i = 0; i < b->property_count; i++) {
        bpmn__add_variable(r->scratch, &properties, b->properties[i].name, b->properties[i].value);
    }
    if (headers.count > 0) {
        bpmn__detail(r, e, "headers", bpmn__context_of(&headers, r->scratch));
    }
    if (properties.count > 0) {
        bpmn__detail(r, e, "properties", bpmn__context_of(&properties, r->scratch));
    }
}

/* Opens the wait and its effect; the item is at work. */
static struct bpmn_effect *open_work(struct bpmn__run *r, struct bpmn__item *it, enum bpmn_wait_kind kind,
                                     enum bpmn_effect_kind effect, str name)
{
    struct bpmn__wait *w = bpmn__open(r, it, kind, it->element, BPMN_NONE, name);
    if (it->phase != BPMN_PHASE_ACTIVE) {
        bpmn__phase(r, it, BPMN_PHASE_ACTIVE, "");
    }
    struct bpmn_effect *e = bpmn__effect(r, effect, it);
    e->id = w->id;
    e->name = w->name;
    return e;
}

/* The text that says what is to be done; an incident when it says nothing. */
static bool name_of(struct bpmn__run *r, struct bpmn__item *it, const struct bpmn__expression *e, str *ret)
{
    *ret = bpmn__text_of(r, bpmn__value(r, it, e));
    if (ret->len == 0) {
        bpmn__close_all(r, it);
        bpmn__incident(r, it, BPMN_INCIDENT_EXPRESSION, bpmn__complaint(r, e));
        return false;
    }
    return true;
}

/* ---- Tasks ---- */

static void plain_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    bpmn__phase(r, it, BPMN_PHASE_LEAVING, "");
}

static void user_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, it);
    struct bpmn_effect *e = open_work(r, it, BPMN_WAIT_TASK, BPMN_EFFECT_TASK, STR(""));
    detail(r, it, e, "assignee", b->assignee);
    detail(r, it, e, "candidateGroups", b->groups);
    detail(r, it, e, "candidateUsers", b->users);
    detail(r, it, e, "dueDate", b->due);
    detail(r, it, e, "followUpDate", b->follow_up);
    detail(r, it, e, "priority", b->priority);
    detail_text(r, e, "formId", b->form_id);
    detail_text(r, e, "formKey", b->form_key);
    detail_text(r, e, "formReference", b->form_reference);
    detail_text(r, e, "form", b->form_json);
    detail_text(r, e, "binding", b->binding);
    detail_text(r, e, "versionTag", b->version_tag);
    bpmn__headers(r, it, e);
    if (b->back_count > 0) {
        feel_value *back = ARENA_ARRAY(r->scratch, feel_value, b->back_count);
        for (uint32_t i = 0; i < b->back_count; i++) {
            back[i] = feel_string(r->m->elements[b->back[i]].id);
        }
        bpmn__detail(r, e, "back", feel_list(back, b->back_count));
    }
}

static void job_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, it);
    str type;
    if (!name_of(r, it, b->job, &type)) {
        return;
    }
    struct bpmn_effect *e = open_work(r, it, BPMN_WAIT_JOB, BPMN_EFFECT_JOB, type);
    detail(r, it, e, "retries", b->retries);
    detail(r, it, e, "priority", b->job_priority);
    bpmn__headers(r, it, e);
    e->variables = bpmn__own(r, it);
}

static void script_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, it);
    if (b->job != NULL) {
        job_enter(r, it);
        return;
    }
    feel_value v = bpmn__value(r, it, b->script);
    const char *why = bpmn__unfit(v);
    if (feel_eval_limit(r->ev, NULL) != OK || why != NULL) {
        bpmn__close_all(r, it);
        if (why != NULL) {
            bpmn__refuse(r, it, why, b->result_variable);
        } else {
            bpmn__incident(r, it, BPMN_INCIDENT_VALUE, bpmn__complaint(r, b->script));
        }
        return;
    }
    if (b->result_variable.len > 0) {
        bpmn__bring(r, it, bpmn__one_entry(r->scratch, b->result_variable, v));
    }
    bpmn__phase(r, it, BPMN_PHASE_LEAVING, "");
}

static void send_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, it);
    str name;
    if (b->job != NULL) {
        job_enter(r, it);
        return;
    }
    if (!name_of(r, it, b->message->run->name, &name)) {
        return;
    }
    struct bpmn_effect *e = bpmn__effect(r, BPMN_EFFECT_SEND, it);
    e->id = r->s->next++;
    e->name = name;
    e->key = bpmn__value(r, it, b->message->run->key);
    e->variables = bpmn__own(r, it);
    bpmn__headers(r, it, e);
    bpmn__phase(r, it, BPMN_PHASE_LEAVING, "");
}

static void receive_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    if (it->caught) {
        bpmn__phase(r, it, BPMN_PHASE_LEAVING, "");
    } else if (bpmn__subscribe_message(r, it, it->element, bpmn__behaviour(r, it)->message)) {
        bpmn__phase(r, it, BPMN_PHASE_ACTIVE, "");
    } else {
        bpmn__close_all(r, it);
    }
}

static void rule_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, it);
    str name;
    if (b->job != NULL) {
        job_enter(r, it);
    } else if (name_of(r, it, b->decision, &name)) {
        struct bpmn_effect *e = open_work(r, it, BPMN_WAIT_DECISION, BPMN_EFFECT_DECISION, name);
        detail_text(r, e, "binding", b->binding);
        detail_text(r, e, "versionTag", b->version_tag);
        bpmn__headers(r, it, e);
        e->variables = bpmn_visible(r->s, it->id, r->scratch);
    }
}

static void call_enter(struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn__behaviour *b = bpmn__behaviour(r, it);
    str name;
    if (r->s->depth >= LIMIT_BPMN_CALLS) {
        bpmn__close_all(r, it);
        bpmn__incident(r, it, BPMN_INCIDENT_LIMIT, STR("BPMN_CALLS"));
    } else if (name_of(r, it, b->called, &name)) {
        struct bpmn_effect *e = open_work(r, it, BPMN_WAIT_CALL, BPMN_EFFECT_CALL, name);
        detail_text(r, e, "binding", b->binding);
        detail_text(r, e, "versionTag", b->version_tag);
        detail(r, it, e, "businessId", b->business_id);
        e->variables = b->keep_parent_variables ? bpmn_visible(r->s, it->id, r->scratch) : bpmn__own(r, it);
    }
}

const struct bpmn__ops bpmn__ops_plain = { plain_enter, NULL };
const struct bpmn__ops bpmn__ops_user = { user_enter, NULL };
const struct bpmn__ops bpmn__ops_job = { job_enter, NULL };
const struct bpmn__ops bpmn__ops_script = { script_enter, NULL };
const struct bpmn__ops bpmn__ops_send = { send_enter, NULL };
const struct bpmn__ops bpmn__ops_receive = { receive_enter, NULL };
const struct bpmn__ops bpmn__ops_rule = { rule_enter, NULL };
const struct bpmn__ops bpmn__ops_call = { call_enter, NULL };
