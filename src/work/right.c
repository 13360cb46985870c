/* right: what a request wants to do, put to people_may. */
#include "work/desk.h"
#include "work/work_int.h"

#include "base/limit.h"
#include "people/people.h"
#include "record/party.h"

enum { CANDIDATES = 32, PARTIES = 8 };

static const struct {
    enum people_verb verb;
    enum people_kind kind;
} asked[WORK_ACTS] = {
#define ACT(name, word, verb, kind, sentence) { PEOPLE_VERB_##verb, PEOPLE_KIND_##kind },
#include "work/act.def"
#undef ACT
};

/* A draft of what begins a dossier may be kept by whoever may begin it. */
static enum work_act right_of(const struct work_request *rq)
{
    return rq->act == WORK_SAVE && rq->dossier == 0 ? WORK_START : rq->act;
}

/* "clerk, leader@city": the names between the commas. */
static uint32_t split(str list, str *ret)
{
    uint32_t count = 0;
    size_t from = 0;
    for (size_t i = 0; i <= list.len && count < CANDIDATES; i++) {
        if (i == list.len || list.ptr[i] == ',') {
            str name = str_trim(str_slice(list, from, i));
            from = i + 1;
            if (name.len > 0) {
                ret[count++] = name;
            }
        }
    }
    return count;
}

static int64_t person_of(struct store_view *v, feel_value login)
{
    struct store_value args[] = { store_text(login.kind == FEEL_STRING ? feel_str(login) : STR("")) };
    struct store_rows *r = store_query(v, "SELECT id FROM person WHERE login = ?", args, 1);
    int64_t person = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return person;
}

/* Who completed the last task of a dossier, and what was kept of it; 0 where nobody did. */
static int64_t last_completion(struct store_view *v, struct arena *a, int64_t dossier, feel_value *ret_detail)
{
    struct store_value args[] = { store_int(dossier) };
    struct store_rows *r = store_query(v, "SELECT actor, detail FROM audit WHERE kind = 'dossier' AND object = ? AND "
                                          "verb = 'complete' ORDER BY id DESC LIMIT 1", args, 1);
    int64_t actor = 0;
    *ret_detail = feel_null();
    if (store_next(r)) {
        actor = store_column_int(r, 0);
        feel_json_read(a, arena_str(a, store_column_text(r, 1)), ret_detail, NULL);
    }
    store_rows_end(r);
    return actor;
}

uint32_t work__persons(struct store_view *v, feel_value logins, int64_t *ret, uint32_t most)
{
    uint32_t count = 0;
    for (uint32_t i = 0; logins.kind == FEEL_LIST && i < logins.count && count < most; i++) {
        ret[count] = person_of(v, logins.items[i]);
        count += ret[count] != 0;
    }
    return count;
}

/* Of a step that was signed the last signature alone has its row, which names whoever gave the answers or signed. */
uint32_t work__completers(struct store_view *v, struct arena *a, int64_t dossier, int64_t *ret, uint32_t most)
{
    feel_value detail;
    int64_t actor = last_completion(v, a, dossier, &detail);
    const int64_t last[2] = { actor, feel_whole_member(detail, "on_behalf") };
    uint32_t count = 0;
    for (size_t i = 0; i < 2 && count < most; i++) {
        ret[count] = last[i];
        count += last[i] != 0;
    }
    return count + work__persons(v, feel_member(detail, "signed"), &ret[count], most - count);
}

/* Four eyes: who may not do this step, because he did the one before: of a signature whoever gave or signed the
 * answers, of a task that the manifest marks whoever completed the last one, and on whose behalf, or signed it. */
static uint32_t former_of(struct work__plan *p, const struct work__task *task, int64_t *ret)
{
    const struct scheme_task *said = work__task_said(p, task->element);
    uint32_t count = work__signers(p, p->rq->wait, ret, WORK_ASKERS);
    if (said == NULL || !said->second || p->rq->wait >= WORK__SIDE) {
        return count;
    }
    return count + work__completers(p->view, &p->scratch, p->d.id, &ret[count], WORK_ASKERS - count);
}

/* The parties of a row: what stands in its fields that name one. */
static uint32_t parties_in(const struct scheme_ledger *l, feel_value row, str *ret)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < l->field_count && count < PARTIES; i++) {
        feel_value v;
        bool names = l->fields[i].type == SCHEME_PARTY && feel_context_get(row, l->fields[i].name, &v) &&
                     v.kind == FEEL_STRING && v.count > 0;
        ret[count] = names ? feel_str(v) : ret[count];
        count += names;
    }
    return count;
}

/* Whom a dossier is about: its subject, or where that is a row of a ledger the parties that the row names. */
static uint32_t parties_of(struct work *w, struct store_view *v, struct arena *a, str subject, str *ret)
{
    int64_t number = 0;
    dec n;
    const struct scheme_ledger *l;
    const struct record_row *rows;
    uint32_t count = 0;
    struct error err = { .code = OK };
    ret[0] = subject;
    if (!dec_parse(subject, &n) || !dec_to_int(n, &number)) {
        return 1;
    }
    bool there = record_ledger_of_row(w->record, v, number, NULL, &l) &&
                 record_history(v, a, l, number, &rows, &count, &err) == OK && count > 0;
    return there ? parties_in(l, record_context(a, l, &rows[count - 1]), ret) : 1;
}

str work__party_of(struct work *w, struct store_view *v, struct arena *a, str subject)
{
    str *parties = ARENA_ARRAY(a, str, PARTIES);
    return parties_of(w, v, a, subject, parties) > 0 ? parties[0] : STR("");
}

/* ---- People from outside ---- */

/* Who began a dossier from outside without acting for a party; 0: nobody. */
static int64_t beginner_of(struct store_view *v, int64_t dossier)
{
    struct store_value args[] = { store_int(dossier) };
    struct store_rows *r = store_query(v, "SELECT person FROM began WHERE dossier = ?", args, 1);
    int64_t person = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return person;
}

void work__find_outside(struct work__plan *p)
{
    p->outside = p->w->config.people != NULL && p->rq->actor != 0 && people_outside(p->view, p->rq->actor);
}

bool work__may_stand_for(struct work__plan *p)
{
    const struct work_request *rq = p->rq;
    if (!p->outside || rq->party.len == 0 || people_bound(p->view, rq->actor, rq->party, p->now)) {
        return true;
    }
    error_set(p->err, ERROR_INVALID, "this account does not act for that party");
    error_hint(p->err, "ask for it with the licence and a letter of authority; an officer then binds the account");
    return false;
}

void work__began(struct work__plan *p)
{
    if (p->outside && p->rq->party.len == 0) {
        struct store_value row[] = { store_int(p->d.id), store_int(p->rq->actor) };
        store_insert(p->change, STORE_TABLE_began, row);
    }
}

/* A party that somebody names for whom he is not bound is an enterprise by its code, never a row: a row has values that
 * would be shown to him. */
static bool may_be_named(str subject)
{
    enum party_code_fault fault = party_code_look(subject).fault;
    return subject.len == 0 || fault == PARTY_CODE_SOUND || fault == PARTY_CODE_CHECK;
}

/* For whom somebody from outside acts: the party to which he is bound; or, in a dossier that he begins or has begun
 * himself, whoever that is about, because he says so. What is about nobody is about himself. */
static void describe_outside(struct work__plan *p, struct people_actor *actor, struct people_object *object)
{
    bool begins = p->rq->dossier == 0;
    actor->program = false;
    actor->party = p->rq->party;
    if (p->rq->party.len == 0 && (begins ? may_be_named(p->d.subject)
                                         : beginner_of(p->view, p->d.id) == p->rq->actor)) {
        object->party = p->d.subject.len > 0 && object->party_count > 0
                            ? object->parties[0]
                            : arena_printf(&p->scratch, "account:%lld", (long long)p->rq->actor);
        actor->party = object->party;
    }
}

static void describe(struct work__plan *p, const struct work__task *task, str *candidates, int64_t *former,
                     struct people_object *ret)
{
    str *parties = ARENA_ARRAY(&p->scratch, str, PARTIES);
    uint32_t count = parties_of(p->w, p->view, &p->scratch, p->d.subject, parties);
    *ret = (struct people_object){ .kind = asked[right_of(p->rq)].kind, .office = p->d.office,
                                   .parties = parties, .party_count = count,
                                   .open = true, .data = PEOPLE_PERSONAL, .candidates = candidates };
    if (task != NULL) {
        feel_value detail = feel_null();
        feel_json_read(&p->scratch, task->detail, &detail, NULL);
        ret->candidate_count = split(feel_text_member(detail, "candidateGroups"), candidates);
        ret->office = task->office != 0 ? task->office : p->d.office;
        ret->assignee = task->assignee;
        ret->open = str_eq(task->status, STR("open"));
        ret->former = former;
        ret->former_count = former_of(p, task, former);
    }
    if (ret->kind == PEOPLE_KIND_NOTICE && p->w->on_notice != NULL) {
        p->w->on_notice(p->w->on_paper_context, p->view, p->rq->paper, &p->scratch, ret);
    }
}

/* The manifest names those who may not do a task, `without`. What cannot be read names everybody. */
static bool is_left_out(struct work__plan *p, int64_t person, const struct work__task *task)
{
    const struct scheme_task *said = work__task_said(p, task->element);
    struct error err = { .lang = p->err->lang };
    feel_value *who = ARENA_ARRAY(&p->scratch, feel_value, 1), logins, named;
    if (said == NULL || said->without.len == 0) {
        return false;
    }
    who[0] = feel_number(dec_from_int(person));
    logins = work__logins(p, feel_list(who, 1));
    if (work__evaluate(p, said->without, bpmn_visible(&p->state, 0, &p->scratch), &named, &err) != OK) {
        return true;
    }
    bool out = false;
    const feel_value *one = named.kind == FEEL_LIST ? named.items : &named;
    for (uint32_t i = 0; i < (named.kind == FEEL_LIST ? named.count : 1) && logins.count > 0; i++) {
        out |= one[i].kind == FEEL_STRING && str_eq(feel_str(one[i]), feel_str(logins.items[0]));
    }
    return out;
}

static bool is_barred(struct work__plan *p, int64_t person, const struct work__task *task)
{
    return work__recused(p, person) || is_left_out(p, person, task);
}

/* Whoever has declared an interest or is left out by the manifest, or stands in for somebody who is. */
static bool is_interested(struct work__plan *p, int64_t person, const struct people_verdict *verdict,
                          const struct work__task *task)
{
    bool barred = is_barred(p, person, task) || (verdict->on_behalf != 0 && is_barred(p, verdict->on_behalf, task));
    if (barred) {
        error_set(p->err, ERROR_INVALID, "whoever has an interest does nothing in this dossier");
    }
    return barred;
}

/* A party takes back what parties begin; not what the office has begun against it. */
static bool is_of_office(struct work__plan *p)
{
    bool party = p->outside || p->rq->party.len > 0;
    bool theirs = p->procedure == NULL || (p->procedure->start_by & SCHEME_START_WEB) != 0;
    if (p->rq->act != WORK_WITHDRAW || !party || theirs) {
        return false;
    }
    error_set(p->err, ERROR_INVALID, "the office has begun this, and only the office ends it");
    return true;
}

static bool may(struct work__plan *p, const struct people_tree *tree, const struct work__task *task)
{
    str candidates[CANDIDATES];
    int64_t former[WORK_ASKERS];
    struct people_object object;
    struct people_verdict verdict;
    struct people_actor actor = { .program = true, .now = p->now };
    if (p->rq->actor != 0 &&
        people_actor(p->view, tree, &p->scratch, p->rq->actor, p->now, &actor, p->err) != OK) {
        return false;
    }
    describe(p, task, candidates, former, &object);
    if (p->outside) {
        describe_outside(p, &actor, &object);
    } else if (p->rq->party.len > 0) {
        actor.party = p->rq->party;
        actor.program = false;
    }
    if (!people_may(tree, &actor, asked[right_of(p->rq)].verb, &object, &verdict, p->err) || is_of_office(p)) {
        return false;
    }
    if (task != NULL && p->rq->actor != 0 && p->rq->act != WORK_RECUSE &&
        is_interested(p, p->rq->actor, &verdict, task)) {
        return false;
    }
    p->on_behalf = verdict.on_behalf;
    return true;
}

/* Whom a task is given to must himself be allowed to take it. */
static bool may_take(struct work__plan *p, const struct people_tree *tree, const struct work__task *task)
{
    str candidates[CANDIDATES];
    int64_t former[WORK_ASKERS];
    struct people_object object;
    struct people_verdict verdict;
    struct people_actor actor;
    if (people_actor(p->view, tree, &p->scratch, p->rq->person, p->now, &actor, p->err) != OK) {
        return false;
    }
    describe(p, task, candidates, former, &object);
    object.assignee = 0;
    return people_may(tree, &actor, PEOPLE_VERB_CLAIM, &object, &verdict, p->err) &&
           !is_interested(p, p->rq->person, &verdict, task);
}

bool work__may(struct work__plan *p, const struct work__task *task)
{
    const struct people_tree *tree;
    struct people *people = p->w->config.people;
    if (p->rq->guest.len > 0) {
        return p->rq->act == WORK_START ? work__guest_begins(p) : work__is_guest(p);
    }
    if (people == NULL) {
        return true;
    }
    if (people_tree(people, p->view, &tree, p->err) != OK) {
        return false;
    }
    bool given = (p->rq->act == WORK_ASSIGN || p->rq->act == WORK_FORWARD) && p->rq->person != 0;
    bool yes = may(p, tree, task) && (!given || may_take(p, tree, task));
    people_tree_end(people, tree);
    return yes;
}

/* ---- Seeing ---- */

static uint32_t with_group(str *groups, uint32_t count, str group)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(groups[i], group)) {
            return count;
        }
    }
    if (count < CANDIDATES) {
        groups[count++] = group;
    }
    return count;
}

/* Who approves a list sees what stands on it. */
static uint32_t with_approvers(struct work *w, struct store_view *v, struct arena *a, int64_t dossier, str *ret,
                               uint32_t count)
{
    struct store_value args[] = { store_int(dossier) };
    struct store_rows *r = store_query(v, "SELECT DISTINCT s.bundle, s.name FROM assessment_entry e JOIN assessment s "
                                          "ON s.id = e.assessment WHERE e.subject = ?", args, 1);
    while (store_next(r)) {
        str bundle = arena_str(a, store_column_text(r, 0)), name = arena_str(a, store_column_text(r, 1));
        const struct scheme *scheme;
        const struct scheme_assessment *rule =
            record_scheme(w->record, v, bundle, &scheme, NULL) == OK ? scheme_assessment(scheme, name) : NULL;
        if (rule != NULL && rule->over_dossiers && rule->approve.len > 0) {
            count = with_group(ret, count, arena_str(a, rule->approve));
        }
    }
    store_rows_end(r);
    return count;
}

/* The candidates of the dossier's tasks see it, those that are done too, beside those of its office whom the table
 * names: whoever checked it is asked about it later, and puts it on a list. */
static uint32_t groups_of(struct work *w, struct store_view *v, struct arena *a, int64_t dossier, str *ret)
{
    struct store_value args[] = { store_int(dossier) };
    struct store_rows *r = store_query(v, "SELECT detail FROM task WHERE dossier = ? ORDER BY wait DESC", args, 1);
    uint32_t count = 0;
    while (count < CANDIDATES && store_next(r)) {
        feel_value detail;
        if (feel_json_read(a, arena_str(a, store_column_text(r, 0)), &detail, NULL) == OK) {
            str groups[CANDIDATES];
            uint32_t n = split(feel_text_member(detail, "candidateGroups"), groups);
            for (uint32_t i = 0; i < n; i++) {
                count = with_group(ret, count, groups[i]);
            }
        }
    }
    store_rows_end(r);
    return with_approvers(w, v, a, dossier, ret, count);
}

static bool may_see(struct work *w, struct store_view *v, struct arena *a, int64_t person, int64_t now,
                    const struct people_object *object, struct error *err)
{
    const struct people_tree *tree;
    struct people_actor actor;
    struct people_verdict verdict;
    if (w->config.people == NULL) {
        return true;
    }
    if (people_tree(w->config.people, v, &tree, err) != OK) {
        return false;
    }
    bool may = people_actor(v, tree, a, person, now, &actor, err) == OK &&
               people_may(tree, &actor, PEOPLE_VERB_SEE, object, &verdict, err);
    people_tree_end(w->config.people, tree);
    return may;
}

static bool may_see_class(struct work *w, struct store_view *v, int64_t person, int64_t now,
                          const struct work_dossier *d, enum people_class class, struct error *err)
{
    struct arena a = ARENA_INIT;
    str candidates[CANDIDATES], parties[PARTIES];
    struct people_object object = { .kind = PEOPLE_KIND_DOSSIER, .office = d->office, .parties = parties,
                                    .party_count = parties_of(w, v, &a, d->subject, parties),
                                    .data = class, .candidates = candidates,
                                    .candidate_count = groups_of(w, v, &a, d->id, candidates) };
    bool may = may_see(w, v, &a, person, now, &object, err);
    arena_release(&a);
    return may;
}

bool work_may_see(struct work *w, struct store_view *v, int64_t person, int64_t now, const struct work_dossier *d,
                  struct error *err)
{
    return may_see_class(w, v, person, now, d, PEOPLE_PERSONAL, err);
}

bool work_may_see_papers(struct work *w, struct store_view *v, int64_t person, int64_t now,
                         const struct work_dossier *d)
{
    struct arena a = ARENA_INIT;
    str candidates[CANDIDATES];
    struct people_object object = { .kind = PEOPLE_KIND_DOCUMENT, .office = d->office, .candidates = candidates,
                                    .candidate_count = groups_of(w, v, &a, d->id, candidates) };
    bool may = may_see(w, v, &a, person, now, &object, NULL);
    arena_release(&a);
    return may;
}

bool work__may_open(struct work *w, struct store_view *v, int64_t person, const struct work_dossier *d)
{
    return may_see_class(w, v, person, work__now(w), d, PEOPLE_SEALED, NULL);
}

/* Whether the party is one of those that a dossier is about, also where that is a row. */
static bool is_own(struct work *w, struct store_view *v, const struct work_dossier *d, str party)
{
    struct arena a = ARENA_INIT;
    str parties[PARTIES];
    uint32_t count = parties_of(w, v, &a, d->subject, parties);
    bool own = false;
    for (uint32_t i = 0; i < count; i++) {
        own |= party.len > 0 && str_eq(parties[i], party);
    }
    arena_release(&a);
    return own;
}

static bool is_of_party(struct store_view *v, int64_t dossier, str clock)
{
    struct store_value args[] = { store_int(dossier), store_text(clock) };
    struct store_rows *r = store_query(v, "SELECT party FROM clock WHERE dossier = ? AND name = ?", args, 2);
    bool of_party = store_next(r) && store_column_int(r, 0) != 0;
    store_rows_end(r);
    return of_party;
}

static enum error_code show(struct work *w, struct store_view *v, const struct work_dossier *d, bool own,
                            enum work_view what, str name, struct buf *out, struct error *err)
{
    if (what == WORK_VIEW_CLOCK) {
        return own && !is_of_party(v, d->id, name) ? ERROR_MISSING : work_write_clock(w, v, d, name, out, err);
    }
    if (what == WORK_VIEW_DECISION) {
        return own ? ERROR_MISSING : work_explain(w, v, d->id, name, out, err);
    }
    if (own) {
        work__write_own(w, v, d, err == NULL ? LANG_ZH : err->lang, out);
    } else {
        work_write_dossier(w, v, d, out);
    }
    return OK;
}

enum error_code work_show(struct work *w, struct store_view *v, const struct work_reader *who, int64_t dossier,
                          enum work_view what, str name, struct buf *out, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct work_dossier d;
    enum error_code code = ERROR_MISSING;
    bool there = work_read_dossier(v, dossier, &a, &d);
    bool own = there && ((who->party.len > 0 && is_own(w, v, &d, who->party)) ||
                         (who->person != 0 && beginner_of(v, d.id) == who->person));
    if (there && (own || (who->party.len == 0 && who->person != 0 &&
                          work_may_see(w, v, who->person, who->now, &d, NULL)))) {
        code = show(w, v, &d, own, what, name, out, err);
    }
    if (code == ERROR_MISSING) {
        error_set(err, ERROR_MISSING, "there is no dossier %lld, or it is not for you to see", (long long)dossier);
    }
    arena_release(&a);
    return code;
}

bool work_may_list(struct work *w, struct store_view *v, int64_t person, int64_t now, int64_t office, str role,
                   struct error *err)
{
    struct arena a = ARENA_INIT;
    struct people_object object = { .kind = PEOPLE_KIND_TASK, .office = office, .data = PEOPLE_PERSONAL,
                                    .candidates = &role, .candidate_count = 1, .open = true };
    bool may = may_see(w, v, &a, person, now, &object, err);
    arena_release(&a);
    return may;
}
