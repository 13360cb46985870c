/* check_name: what the parts of the manifest name is there. */
#include "scheme/check_int.h"

static const str manifest = { "scheme.json", 11 };

static void missing(struct scheme__checker *c, uint32_t line, const char *kind, str name)
{
    scheme__missing(c, manifest, line, kind, name);
}

/* ---- One name ---- */

/* Whether a name belongs to another scheme, which the manifest must say it uses: core.credit. */
static bool is_foreign(struct scheme__checker *c, str name, uint32_t line)
{
    str scheme = scheme__head(name);
    if (scheme.len == name.len || str_eq(scheme, c->s->name)) {
        return false;
    }
    for (uint32_t i = 0; i < c->s->use_count; i++) {
        if (str_eq(c->s->uses[i].scheme, scheme)) {
            return true;
        }
    }
    if (!str_eq(scheme, STR("core"))) {
        scheme__find(c, SCHEME_FINDING_DANGLING, manifest, line, "add the scheme to \"uses\"",
                     "the package does not say that it uses \"%.*s\"", STR_ARG(scheme));
    }
    return true;
}

static void need_decision(struct scheme__checker *c, str name, uint32_t line)
{
    uint32_t node;
    if (name.len > 0 && scheme_find_decision(c->s, name, &node) == NULL) {
        missing(c, line, "decision", name);
    }
}

static void need_form(struct scheme__checker *c, str name, uint32_t line)
{
    if (name.len > 0 && scheme_form(c->s, name) == NULL) {
        missing(c, line, "form", name);
    }
}

static void need_parameter(struct scheme__checker *c, str name, uint32_t line)
{
    if (name.len > 0 && scheme_parameter(c->s, name) == NULL) {
        missing(c, line, "parameter", name);
    }
}

static void need_ledger(struct scheme__checker *c, str name, uint32_t line)
{
    if (name.len > 0 && !is_foreign(c, name, line) && scheme_ledger(c->s, name) == NULL) {
        missing(c, line, "ledger", name);
    }
}

static void need_process(struct scheme__checker *c, str name, uint32_t line)
{
    if (name.len > 0 && !is_foreign(c, name, line) && scheme_model(c->s, name) == NULL) {
        missing(c, line, "process", name);
    }
}

static void need_document(struct scheme__checker *c, str name, uint32_t line)
{
    if (name.len > 0 && scheme_document(c->s, name) == NULL) {
        missing(c, line, "document", name);
    }
}

static void need_notice(struct scheme__checker *c, str name, uint32_t line)
{
    if (name.len > 0 && scheme_notice(c->s, name) == NULL) {
        missing(c, line, "notice", name);
    }
}

/* A role with or without "@level"; the words that stand for persons; anything where no roles are named. */
static void need_role(struct scheme__checker *c, str name, uint32_t line)
{
    static const char *const words[] = { "party", "guest", "office", "subject" };
    const char *mark = scheme__find_char(name, '@');
    str role = mark == NULL ? name : str_slice(name, 0, (size_t)(mark - name.ptr));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (str_eq(role, str_of(words[i]))) {
            return;
        }
    }
    if (role.len > 0 && c->s->role_count > 0 && scheme_role(c->s, role) == NULL) {
        missing(c, line, "role", role);
    }
}

/* A field of a ledger of this package; the rest of a path follows a reference. */
static void need_field(struct scheme__checker *c, const struct scheme_ledger *l, str path, uint32_t line)
{
    static const char *const common[] = { "row", "revision", "office", "dossier", "party" };
    str head = scheme__head(path);
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
        if (str_eq(head, str_of(common[i]))) {
            return;
        }
    }
    if (l != NULL && scheme_field(l, head) < 0) {
        scheme__find(c, SCHEME_FINDING_FIELD, manifest, line, "mend the name, or add the field to the ledger",
                     "the ledger \"%.*s\" has no field \"%.*s\"", STR_ARG(l->name), STR_ARG(head));
    }
}

static void need_fields(struct scheme__checker *c, const struct scheme_ledger *l, const str *names, uint32_t count,
                        uint32_t line)
{
    for (uint32_t i = 0; i < count; i++) {
        need_field(c, l, names[i], line);
    }
}

/* ---- Ledgers and facts ---- */

static void check_field(struct scheme__checker *c, const struct scheme_ledger *l, const struct scheme_field *f)
{
    bool row = f->type == SCHEME_REF || f->type == SCHEME_LIST;
    if (f->of.len == 0) {
        return;
    }
    bool there = row ? is_foreign(c, f->of, l->line) || scheme_ledger(c->s, f->of) != NULL
                     : scheme_parameter(c->s, f->of) != NULL;
    there |= f->type == SCHEME_LIST && scheme_parameter(c->s, f->of) != NULL;
    if (!there) {
        scheme__missing(c, l->file, f->line, row ? "ledger" : "parameter", f->of);
    }
}

static void check_ledger(struct scheme__checker *c, const struct scheme_ledger *l)
{
    bool party = false;
    for (uint32_t i = 0; i < l->field_count; i++) {
        check_field(c, l, &l->fields[i]);
        party |= l->fields[i].type == SCHEME_PARTY;
    }
    if (l->of == SCHEME_OF_PARTY && !party) {
        scheme__find(c, SCHEME_FINDING_FIELD, l->file, 0, "add a field of type party",
                     "the ledger \"%.*s\" belongs to parties and has no field that says to which", STR_ARG(l->name));
    }
    need_decision(c, l->checks, l->line);
    for (uint32_t i = 0; i < l->due_count; i++) {
        need_process(c, l->dues[i].start, l->dues[i].line);
        need_role(c, l->dues[i].tell, l->dues[i].line);
    }
}

static void check_fact(struct scheme__checker *c, const struct scheme_fact *f)
{
    if (f->kind == SCHEME_FACT_LEDGER) {
        need_ledger(c, f->target, f->line);
        need_fields(c, scheme_ledger(c->s, f->target), f->by, f->by_count, f->line);
        need_fields(c, scheme_ledger(c->s, f->target), f->sum, f->sum_count, f->line);
    } else if (f->kind == SCHEME_FACT_PARAMETER) {
        need_parameter(c, f->target, f->line);
    } else if (f->kind == SCHEME_FACT_STATISTIC && scheme_statistic(c->s, f->target) == NULL) {
        missing(c, f->line, "statistic", f->target);
    }
    for (uint32_t i = 0; i < f->with_count; i++) {
        str ledger = scheme__head(f->with[i]);
        if (scheme_ledger(c->s, ledger) != NULL) {
            need_field(c, scheme_ledger(c->s, ledger), str_slice(f->with[i], ledger.len + 1, f->with[i].len), f->line);
        } else {
            need_ledger(c, f->with[i], f->line);
        }
    }
}

/* ---- Processes ---- */

static void need_element(struct scheme__checker *c, const struct bpmn_model *m, str id, uint32_t line)
{
    if (m != NULL && bpmn_find(m, id) == BPMN_NONE) {
        missing(c, line, "step", id);
    }
}

static void check_task(struct scheme__checker *c, const struct bpmn_model *m, const struct scheme_task *t)
{
    need_element(c, m, t->element, t->line);
    need_form(c, t->form, t->line);
    need_role(c, t->by, t->line);
    need_role(c, t->sign, t->line);
    need_document(c, t->questions_document, t->line);
    need_decision(c, t->decision, t->line);
    need_decision(c, t->checks, t->line);
    for (uint32_t i = 0; i < t->back_count; i++) {
        need_element(c, m, t->back[i], t->line);
    }
}

/* "document NAME served": the name between the word in front and the last, which may lack. False: another word. */
static bool named_by(str event, const char *word, const char *const *lasts, str *ret)
{
    str front = str_of(word);
    if (!str_starts_with(event, front) || event.len <= front.len || event.ptr[front.len] != ' ') {
        return false;
    }
    *ret = str_slice(event, front.len + 1, event.len);
    for (int i = 0; lasts[i] != NULL; i++) {
        str last = str_of(lasts[i]);
        if (ret->len > last.len && scheme__ends_with(*ret, last) && ret->ptr[ret->len - last.len - 1] == ' ') {
            *ret = str_trim(str_slice(*ret, 0, ret->len - last.len));
            return true;
        }
    }
    return true;
}

/* What starts or stops a clock, or what its lateness does. */
static void check_event(struct scheme__checker *c, const struct bpmn_model *m, str event, uint32_t line)
{
    static const char *const papers[] = { "served", "issued", "sealed", "published", NULL };
    static const char *const steps[] = { "created", "completed", NULL };
    str name;
    if (event.len == 0 || str_eq(event, STR("process started")) || str_eq(event, STR("paper received"))) {
        return;
    }
    if (named_by(event, "document", papers, &name)) {
        need_document(c, name, line);
    } else if (named_by(event, "notice", papers, &name)) {
        need_notice(c, name, line);
    } else if (named_by(event, "task", steps, &name)) {
        need_element(c, m, name, line);
    } else if (named_by(event, "tell", steps, &name)) {
        need_role(c, name, line);
    } else if (!named_by(event, "message", steps, &name)) {
        scheme__find(c, SCHEME_FINDING_DANGLING, manifest, line,
                     "write \"document NAME served\", \"notice NAME published\", \"paper received\", "
                     "\"task STEP created\", \"task STEP completed\", \"message NAME\", \"process started\", or, "
                     "of late, \"tell ROLE\"",
                     "no clock knows the event \"%.*s\"", STR_ARG(event));
    }
}

static void check_process(struct scheme__checker *c, const struct scheme_process *p)
{
    const struct bpmn_model *m = scheme_model(c->s, p->id);
    if (m == NULL) {
        missing(c, p->line, "process", p->id);
    }
    if (p->subject.len > 0 && !str_eq(p->subject, STR("party"))) {
        need_ledger(c, p->subject, p->line);
    }
    need_form(c, p->start_form, p->line);
    need_form(c, p->guide_form, p->line);
    need_decision(c, p->guide_decision, p->line);
    need_parameter(c, p->guide_materials, p->line);
    need_parameter(c, p->guide_fees, p->line);
    need_decision(c, p->checks, p->line);
    if (!str_starts_with(p->window, STR("="))) { /* otherwise an expression that gives its rows */
        need_parameter(c, p->window, p->line);
    }
    for (uint32_t i = 0; i < p->end_count; i++) {
        need_element(c, m, p->ends[i], p->line);
    }
    for (uint32_t i = 0; i < p->task_count; i++) {
        check_task(c, m, &p->tasks[i]);
    }
    for (uint32_t i = 0; i < p->clock_count; i++) {
        const struct scheme_clock *k = &p->clocks[i];
        check_event(c, m, k->start, k->line);
        check_event(c, m, k->stop, k->line);
        check_event(c, m, k->late, k->line);
    }
}

/* ---- Assessments, notices, documents, views ---- */

static void check_assessment(struct scheme__checker *c, const struct scheme_assessment *a)
{
    feel_value write = feel_member(a->then, "write");
    if (a->over_dossiers) {
        need_process(c, a->over, a->line);
        need_element(c, scheme_model(c->s, a->over), a->at, a->line);
    } else {
        need_ledger(c, a->over, a->line);
    }
    for (uint32_t i = 0; i < a->call_count && a->over_dossiers; i++) {
        need_element(c, scheme_model(c->s, a->over), a->call[i], a->line);
    }
    need_decision(c, a->decide, a->line);
    need_decision(c, a->cap, a->line);
    need_role(c, a->approve, a->line);
    need_parameter(c, a->threshold, a->line);
    need_process(c, feel_text_member(a->then, "start"), a->line);
    need_document(c, feel_text_member(a->then, "document"), a->line);
    need_notice(c, feel_text_member(a->then, "notice"), a->line);
    for (uint32_t i = 0; write.kind == FEEL_CONTEXT && i < write.count && !a->over_dossiers; i++) {
        need_field(c, scheme_ledger(c->s, a->over), write.shape->names[i], a->line);
    }
}

/* The white list of a notice or document: fields of its ledger, or variables of the dossier. */
static void check_white_list(struct scheme__checker *c, feel_value fields, const struct scheme_ledger *l, uint32_t line)
{
    for (uint32_t i = 0; fields.kind == FEEL_LIST && i < fields.count; i++) {
        feel_value f = fields.items[i];
        str path = f.kind == FEEL_STRING ? feel_str(f) : feel_text_member(f, "name"), head = scheme__head(path);
        bool variable = scheme__known(c, head) != NULL || str_eq(head, STR("subject")) ||
                        str_eq(head, STR("dossier")) || str_eq(head, STR("party"));
        if (l != NULL) {
            need_field(c, l, path, line);
        } else if (path.len > 0 && !variable) {
            scheme__find(c, SCHEME_FINDING_FIELD, manifest, line, "mend the name, or have a form or step make it",
                         "nothing in the package makes \"%.*s\", which is to be shown", STR_ARG(head));
        }
    }
}

static void check_notice(struct scheme__checker *c, const struct scheme_notice *n)
{
    const struct scheme_ledger *l = scheme_ledger(c->s, n->of);
    if (n->kind == SCHEME_LIST_NOTICE && l == NULL) {
        need_notice(c, n->of, n->line);
    } else {
        need_ledger(c, n->of, n->line);
    }
    check_white_list(c, n->fields, l, n->line);
    need_process(c, n->objections, n->line);
    need_role(c, n->publish, n->line);
}

/* A step of any process. */
static void need_step(struct scheme__checker *c, str id, uint32_t line)
{
    bool found = false;
    for (uint32_t i = 0; i < c->s->process_count; i++) {
        found |= bpmn_find(c->s->processes[i], id) != BPMN_NONE;
    }
    if (id.len > 0 && !found) {
        missing(c, line, "step", id);
    }
}

static void check_rating(struct scheme__checker *c, const struct scheme_rating *r)
{
    need_step(c, str_starts_with(r->of, STR("task ")) ? str_slice(r->of, 5, r->of.len) : STR(""), r->line);
    if (str_starts_with(r->of, STR("process "))) {
        need_process(c, str_slice(r->of, 8, r->of.len), r->line);
    }
    need_role(c, r->by, r->line);
    need_process(c, r->process, r->line);
}

/* "from desc": a field that has an index. */
static void check_order(struct scheme__checker *c, const struct scheme_ledger *l, const struct scheme_view *v)
{
    str field = v->order;
    field = scheme__ends_with(field, STR(" desc")) ? str_slice(field, 0, field.len - 5) : field;
    need_fields(c, l, &field, field.len > 0, v->line);
    int32_t place = l == NULL ? -1 : scheme_field(l, field);
    if (place >= 0 && !l->fields[place].index) {
        scheme__find(c, SCHEME_FINDING_FIELD, manifest, v->line, "give the field \"index\": true, or order by another",
                     "the rows of \"%.*s\" are not ordered by \"%.*s\": it has no index", STR_ARG(l->name),
                     STR_ARG(field));
    }
}

static void check_view(struct scheme__checker *c, const struct scheme_view *v)
{
    const struct scheme_ledger *l = scheme_ledger(c->s, v->ledger);
    need_ledger(c, v->ledger, v->line);
    need_fields(c, l, v->fields, v->field_count, v->line);
    need_fields(c, l, v->search, v->search_count, v->line);
    need_fields(c, l, v->filter, v->filter_count, v->line);
    need_fields(c, l, &v->near, v->near.len > 0, v->line);
    need_decision(c, v->decision, v->line);
    check_order(c, l, v);
}

/* "sites[enrolled]" or "sites" */
static void check_set(struct scheme__checker *c, str set, uint32_t line)
{
    const char *open = scheme__find_char(set, '[');
    need_ledger(c, open == NULL ? set : str_trim(str_slice(set, 0, (size_t)(open - set.ptr))), line);
}

/* What speaks for an item: a field of a form with which a process begins, or a fact. */
static void check_evidence(struct scheme__checker *c, const struct scheme_decision *d)
{
    for (uint32_t i = 0; d->evidence.kind == FEEL_CONTEXT && i < d->evidence.count; i++) {
        feel_value names = d->evidence.values[i];
        for (uint32_t k = 0; names.kind == FEEL_LIST && k < names.count; k++) {
            str name = names.items[k].kind == FEEL_STRING ? feel_str(names.items[k]) : STR("");
            bool found = scheme_fact(c->s, name) != NULL;
            for (uint32_t n = 0; n < c->s->procedure_count && !found; n++) {
                const struct form *f = scheme_form(c->s, c->s->procedures[n].start_form);
                found = f != NULL && form_find(f, name) != NULL;
            }
            if (!found) {
                missing(c, d->line, "field or fact", name);
            }
        }
    }
}

void scheme__check_names(struct scheme__checker *c)
{
    const struct scheme *s = c->s;
    for (uint32_t i = 0; i < s->ledger_count; i++) {
        check_ledger(c, &s->ledgers[i]);
    }
    for (uint32_t i = 0; i < s->fact_count; i++) {
        check_fact(c, &s->facts[i]);
    }
    for (uint32_t i = 0; i < s->described_count; i++) {
        const struct scheme_decision *d = &s->described[i];
        need_decision(c, d->name, d->line);
        need_parameter(c, d->depart_reasons, d->line);
        need_role(c, d->depart_second, d->line);
        check_evidence(c, d);
    }
    for (uint32_t i = 0; i < s->procedure_count; i++) {
        check_process(c, &s->procedures[i]);
    }
    for (uint32_t i = 0; i < s->assessment_count; i++) {
        check_assessment(c, &s->assessments[i]);
    }
    for (uint32_t i = 0; i < s->notice_count; i++) {
        check_notice(c, &s->notices[i]);
    }
    for (uint32_t i = 0; i < s->document_count; i++) {
        check_white_list(c, s->documents[i].fields, NULL, s->documents[i].line);
        need_step(c, s->documents[i].link, s->documents[i].line);
    }
    for (uint32_t i = 0; i < s->rating_count; i++) {
        check_rating(c, &s->ratings[i]);
    }
    for (uint32_t i = 0; i < s->statistic_count; i++) {
        check_set(c, s->statistics[i].top, s->statistics[i].line);
        check_set(c, s->statistics[i].bottom, s->statistics[i].line);
        need_decision(c, s->statistics[i].decide, s->statistics[i].line);
    }
    for (uint32_t i = 0; i < s->view_count; i++) {
        check_view(c, &s->views[i]);
    }
}
