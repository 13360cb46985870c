/* link: how dossiers hang together; who has declared an interest in one; who objects to one; guests. */
#include "work/work_int.h"

#include "base/limit.h"

#include <stdlib.h>
#include <sys/random.h>

/* ---- Links ---- */

void work__add_link(struct work__plan *p, int64_t dossier, str kind, int64_t other)
{
    struct store_value row[] = { store_int(dossier), store_text(kind), store_int(other), store_int(p->now) };
    store_put(p->change, STORE_TABLE_link, row);
}

bool work__link_kind(str kind)
{
    return str_eq(kind, STR("part of")) || str_eq(kind, STR("about")) || str_eq(kind, STR("duplicate of"));
}

/* The act `link`: `name` is the kind, `about` the other dossier. */
enum work__planned work__link_act(struct work__plan *p)
{
    struct store_value args[] = { store_int(p->rq->about) };
    struct store_rows *r = store_query(p->view, "SELECT 1 FROM dossier WHERE id = ?", args, 1);
    bool there = store_next(r);
    store_rows_end(r);
    if (!work__link_kind(p->rq->name)) {
        error_set(p->err, ERROR_INVALID, "dossiers are not linked by \"%.*s\"", STR_ARG(p->rq->name));
        error_hint(p->err, "\"part of\", \"about\" or \"duplicate of\"");
        return work__refuse(p, WORK_REFUSED);
    }
    if (!there || p->rq->about == p->d.id) {
        error_set(p->err, ERROR_MISSING, "there is no other dossier %lld", (long long)p->rq->about);
        return work__refuse(p, WORK_MISSING);
    }
    work__add_link(p, p->d.id, p->rq->name, p->rq->about);
    work__note(p, arena_printf(&p->scratch, "%.*s %lld", STR_ARG(p->rq->name), (long long)p->rq->about));
    return WORK__READY;
}

/* ---- Interests ---- */

/* Has the register core.interests, today, a row of him and of whom the dossier is about? What cannot be read counts as
 * one. */
static bool has_interest(struct work__plan *p, int64_t person)
{
    const struct scheme *core;
    const struct scheme_ledger *l;
    struct record_answer answer = { .count = 0 };
    struct error err = { .code = OK };
    feel_value *who = ARENA_ARRAY(&p->scratch, feel_value, 1), logins, self;
    if (p->d.subject.len == 0 || record_ledger(p->w->record, p->view, NULL, STR("core.interests"), &core, &l, NULL,
                                               &err) != OK) {
        return false;
    }
    who[0] = feel_number(dec_from_int(person));
    logins = work__logins(p, feel_list(who, 1));
    str names[] = { STR("login"), STR("subject") };
    feel_value values[] = { logins.count > 0 ? logins.items[0] : feel_null(), feel_string(p->d.subject) };
    self = feel_context(feel_shape_new(&p->scratch, names, 2), values);
    struct record_query q = { .scheme = core, .ledger = l, .self = self, .known_at = INT64_MAX, .valid_at = p->now,
                              .max = 1 };
    enum error_code code = record_filter(&p->scratch, l, STR("user = this.login and party = this.subject"),
                                         feel_type_of(&p->scratch, self), &q.filter, &err);
    code = code == OK ? record_query(p->view, p->rules, &q, &p->scratch, &answer, &err) : code;
    return code != OK || answer.count > 0;
}

bool work__recused(struct work__plan *p, int64_t person)
{
    if (has_interest(p, person)) {
        return true;
    }
    struct store_value args[] = { store_int(p->d.id), store_int(person) };
    struct store_rows *r = store_query(p->view, "SELECT 1 FROM recusal WHERE dossier = ? AND person = ?", args, 2);
    bool there = store_next(r);
    store_rows_end(r);
    return there;
}

static str own_login(struct work__plan *p)
{
    feel_value *who = ARENA_ARRAY(&p->scratch, feel_value, 1), logins;
    who[0] = feel_number(dec_from_int(p->rq->actor));
    logins = work__logins(p, feel_list(who, 1));
    return logins.count > 0 ? feel_str(logins.items[0]) : STR("");
}

/* The act `recuse`: whoever declares an interest is no candidate of the dossier's tasks any more, and gives back those
 * that he has; where he was drawn by lot, to the next of the same lot. */
enum work__planned work__recuse_act(struct work__plan *p, struct bpmn_event *ret, bool *ret_step)
{
    struct work__redrawn drawn;
    if (p->rq->actor == 0 || str_trim(p->rq->text).len == 0) {
        error_set(p->err, ERROR_INVALID, "whoever declares an interest says which");
        return work__refuse(p, WORK_REFUSED);
    }
    work__redraw(p, own_login(p), &drawn);
    struct store_value row[] = { store_int(p->d.id), store_int(p->rq->actor), store_int(p->now),
                                 store_text(p->rq->text) };
    store_put(p->change, STORE_TABLE_recusal, row);
    struct store_value args[] = { store_int(p->d.id), store_int(p->rq->actor) };
    struct store_rows *r = store_query(p->view, "SELECT wait FROM task WHERE dossier = ? AND assignee = ? AND status = "
                                                "'open'", args, 2);
    while (store_next(r)) {
        struct store_value *kept = work__task_keep(p, p->d.id, (uint32_t)store_column_int(r, 0));
        kept[7] = store_int(drawn.person);
        store_update(p->change, STORE_TABLE_task, kept);
    }
    store_rows_end(r);
    *ret_step = drawn.variables.kind == FEEL_CONTEXT && drawn.variables.count > 0;
    *ret = (struct bpmn_event){ .kind = BPMN_SET, .element = BPMN_NONE, .process = BPMN_NONE,
                                .variables = drawn.variables };
    return WORK__READY;
}

/* ---- Objections ---- */

static bool find_objected(struct work__plan *p, struct bpmn_wait *ret)
{
    struct bpmn_cursor c = { NULL, 0, false };
    while (p->state.root != NULL && bpmn_next_wait(&p->state, &c, ret)) {
        if (ret->kind == BPMN_WAIT_MESSAGE && !ret->happened && str_eq(ret->name, STR(WORK__OBJECTED))) {
            return true;
        }
    }
    return false;
}

enum work__planned work__objection(struct work__plan *p, struct bpmn_event *ret)
{
    static const char *const members[] = { "ground", "by", "on" };
    struct bpmn_wait w;
    if (!find_objected(p, &w)) {
        error_set(p->err, ERROR_INVALID, "the dossier %lld takes no objection now", (long long)p->d.id);
        return work__refuse(p, WORK_REFUSED);
    }
    if (str_trim(p->rq->text).len == 0 || p->with.kind != FEEL_NULL) {
        error_set(p->err, ERROR_INVALID, "whoever objects says why, in \"text\", and nothing else");
        return work__refuse(p, WORK_REFUSED);
    }
    str names[3], outer[] = { STR(WORK__OBJECTED) };
    feel_value *v = ARENA_ARRAY(&p->scratch, feel_value, 4);
    for (int i = 0; i < 3; i++) {
        names[i] = str_of(members[i]);
    }
    v[0] = feel_string(p->rq->text);
    str login = own_login(p); /* none of the program and of somebody from outside */
    v[1] = login.len > 0 ? feel_string(login) : feel_null();
    v[2] = (feel_value){ .kind = FEEL_DATE, .date = work__day(p, p->now) };
    v[3] = feel_context(feel_shape_new(&p->scratch, names, 3), v);
    ret->wait = w.id;
    ret->name = w.name;
    ret->key = w.key;
    ret->variables = feel_context(feel_shape_new(&p->scratch, outer, 1), &v[3]);
    return WORK__READY;
}

/* ---- Guests ---- */

void work_guest_token(char ret_token[WORK_TOKEN], char ret_hash[WORK_TOKEN])
{
    unsigned char bytes[32];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
        abort();
    }
    str_hex(bytes, sizeof bytes, ret_token);
    store_hash(str_of(ret_token), ret_hash);
}

/* The open task of an element, where a link is for no particular one; 0: there is none. */
static uint32_t open_task(struct store_view *v, int64_t dossier, uint32_t wait, str element)
{
    struct store_value args[] = { store_int(dossier), store_int(wait), store_int(wait), store_text(element) };
    struct store_rows *r = store_query(v, "SELECT wait FROM task WHERE dossier = ? AND status = 'open' AND (wait = ? "
                                          "OR (? = 0 AND element = ?)) ORDER BY wait LIMIT 1", args, 4);
    uint32_t found = store_next(r) ? (uint32_t)store_column_int(r, 0) : 0;
    store_rows_end(r);
    return found;
}

enum error_code work_guest(struct store_view *v, str token, int64_t now, struct work_guest *ret, struct error *err)
{
    char hash[STORE_HASH + 1];
    struct arena a = ARENA_INIT;
    struct work_guest g = { .wait = 0 };
    store_hash(token, hash);
    struct store_value args[] = { store_text(str_of(hash)), store_int(now) };
    struct store_rows *r = store_query(v, "SELECT dossier, wait, element, until FROM guest WHERE token = ? AND ended "
                                          "= 0 AND until > ?", args, 2);
    if (store_next(r)) {
        g = (struct work_guest){ store_column_int(r, 0), (uint32_t)store_column_int(r, 1), store_column_int(r, 3) };
        g.wait = open_task(v, g.dossier, g.wait, arena_str(&a, store_column_text(r, 2)));
    }
    store_rows_end(r);
    arena_release(&a);
    if (g.wait == 0) {
        error_set(err, ERROR_MISSING, "the link holds no longer");
        error_hint(err, "ask the office for another one");
        return ERROR_MISSING;
    }
    *ret = g;
    return OK;
}

#define LINK_COLUMNS "SELECT wait, element, paper, made, made_by, until, ended, how, dossier FROM guest WHERE "

static struct work_link read_link(struct store_rows *r, struct arena *a)
{
    return (struct work_link){ .wait = (uint32_t)store_column_int(r, 0),
                               .element = arena_str(a, store_column_text(r, 1)),
                               .paper = store_column_int(r, 2), .made = store_column_int(r, 3),
                               .made_by = store_column_int(r, 4), .until = store_column_int(r, 5),
                               .ended = store_column_int(r, 6), .how = arena_str(a, store_column_text(r, 7)) };
}

uint32_t work_links(struct store_view *v, int64_t dossier, uint32_t max, struct arena *a, struct work_link *ret)
{
    uint32_t count = 0;
    struct store_value args[] = { store_int(dossier), store_int(max) };
    struct store_rows *r = store_query(v, LINK_COLUMNS "dossier = ? ORDER BY made DESC, token LIMIT ?", args, 2);
    while (count < max && store_next(r)) {
        ret[count++] = read_link(r, a);
    }
    store_rows_end(r);
    return count;
}

bool work_link_of(struct store_view *v, str token, struct arena *a, struct work_link *ret, int64_t *ret_dossier)
{
    char hash[STORE_HASH + 1];
    store_hash(token, hash);
    struct store_value args[] = { store_text(str_of(hash)) };
    struct store_rows *r = store_query(v, LINK_COLUMNS "token = ?", args, 1);
    bool there = store_next(r);
    if (there) {
        *ret = read_link(r, a);
        *ret_dossier = store_column_int(r, 8);
    }
    store_rows_end(r);
    return there;
}

static void end_link(struct store_change *change, str token, int64_t now, const char *how)
{
    struct store_value row[] = { store_text(token), store_keep(), store_keep(), store_keep(), store_keep(),
                                 store_keep(), store_keep(), store_keep(), store_int(now), store_text(str_of(how)) };
    store_update(change, STORE_TABLE_guest, row);
}

/* Links that were given before hold no longer: those to the same task; of an element, that stand on papers. */
static void replace(struct store_view *v, struct store_change *change, struct arena *a, const struct work_link *by,
                    int64_t dossier)
{
    struct store_value args[] = { store_int(dossier), store_int(by->wait), store_text(by->element) };
    struct store_rows *r = store_query(v, "SELECT token FROM guest WHERE dossier = ? AND ended = 0 AND ((wait = ? AND "
                                          "wait <> 0) OR (wait = 0 AND element = ?))", args, 3);
    while (store_next(r)) {
        end_link(change, arena_str(a, store_column_text(r, 0)), by->made, "replaced");
    }
    store_rows_end(r);
}

static void add_link(struct store_change *change, str token, int64_t dossier, const struct work_link *l)
{
    struct store_value row[] = { store_text(token), store_int(dossier), store_int(l->wait), store_text(l->element),
                                 store_int(l->paper), store_int(l->made), store_int(l->made_by), store_int(l->until),
                                 store_int(0), store_text(STR("")) };
    store_insert(change, STORE_TABLE_guest, row);
}

/* For how many days a link holds where nobody says it: as the scheme's role for guests has it. */
static int64_t days_of(const struct scheme *s)
{
    for (uint32_t i = 0; s != NULL && i < s->role_count; i++) {
        if (s->roles[i].by == SCHEME_ROLE_LINK && s->roles[i].days > 0 && s->roles[i].days <= LIMIT_WORK_GUEST_DAYS) {
            return s->roles[i].days;
        }
    }
    return LIMIT_WORK_GUEST_DAYS;
}

static int64_t days_after(int64_t now, int64_t days)
{
    return now + days * 86400 * INT64_C(1000000);
}

void work_paper_link(const struct work_job *job, str element, int64_t paper, char ret_token[WORK_TOKEN])
{
    char hash[WORK_TOKEN];
    const struct work_link l = { .element = element, .paper = paper, .made = job->now, .made_by = job->actor,
                                 .until = days_after(job->now, days_of(job->scheme)) };
    work_guest_token(ret_token, hash);
    replace(job->view, job->change, job->arena, &l, job->dossier);
    add_link(job->change, arena_str(job->arena, str_of(hash)), job->dossier, &l);
}

/* The act `invite`: `name` is the hash of the token, `with` may say for how many days. */
enum work__planned work__invite_act(struct work__plan *p, const struct work__task *task)
{
    int64_t days = days_of(p->scheme);
    feel_value said = feel_member(p->with, "days");
    if (said.kind == FEEL_NUMBER && (!feel_whole(said, &days) || days < 1 || days > LIMIT_WORK_GUEST_DAYS)) {
        error_set(p->err, ERROR_LIMIT, "a link holds from 1 to %d days", LIMIT_WORK_GUEST_DAYS);
        error_detail(p->err, "limit %s = %d", "WORK_GUEST_DAYS", LIMIT_WORK_GUEST_DAYS);
        return work__refuse(p, WORK_REFUSED);
    }
    if (p->rq->name.len != STORE_HASH) {
        error_set(p->err, ERROR_INVALID, "an invitation has the hash of its token as \"name\"");
        return work__refuse(p, WORK_REFUSED);
    }
    const struct work_link l = { .wait = p->rq->wait, .element = task->element, .made = p->now,
                                 .made_by = p->rq->actor, .until = days_after(p->now, days) };
    replace(p->view, p->change, &p->scratch, &l, p->d.id);
    add_link(p->change, p->rq->name, p->d.id, &l);
    return WORK__READY;
}

static bool holds_no_longer(struct work__plan *p)
{
    if (p->err->code == OK) {
        error_set(p->err, ERROR_MISSING, "the link holds no longer");
    }
    return false;
}

/* Whoever has the link completes the task, once. */
bool work__is_guest(struct work__plan *p)
{
    struct work_guest g;
    char hash[STORE_HASH + 1];
    if (p->rq->act != WORK_COMPLETE || work_guest(p->view, p->rq->guest, p->now, &g, p->err) != OK ||
        g.dossier != p->d.id || g.wait != p->rq->wait) {
        return holds_no_longer(p);
    }
    store_hash(p->rq->guest, hash);
    end_link(p->change, arena_str(&p->scratch, str_of(hash)), p->now, "used");
    return true;
}

/* Whoever has a link to a dossier about a row may begin what the scheme lets guests begin about that row, in the same
 * office. The link is not used up by it. */
bool work__guest_begins(struct work__plan *p)
{
    struct work_guest g;
    struct work_dossier d;
    if (work_guest(p->view, p->rq->guest, p->now, &g, p->err) != OK ||
        !work_read_dossier(p->view, g.dossier, &p->scratch, &d)) {
        return holds_no_longer(p);
    }
    bool same = p->d.subject.len > 0 && str_eq(d.subject, p->d.subject) && str_eq(d.scheme, p->d.scheme) &&
                d.office == p->d.office;
    if (!same || p->procedure == NULL || (p->procedure->start_by & SCHEME_START_LINK) == 0) {
        error_set(p->err, ERROR_INVALID, "the process \"%.*s\" is not begun in this way", STR_ARG(p->d.process));
        return false;
    }
    return true;
}
