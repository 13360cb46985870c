/* task: work of people: its rows, the acts that change a task without moving the process, and what stands between an
 * answer and the step that it makes. */
#include "work/desk.h"
#include "work/work_int.h"

#include "base/limit.h"

bool work__read_task(struct work__plan *p, int64_t dossier, uint32_t wait, struct work__task *ret)
{
    struct store_value args[] = { store_int(dossier), store_int(wait) };
    struct store_rows *r = store_query(p->view, "SELECT element, name, form, role, status, detail, office, assignee, "
                                                "opened, due FROM task WHERE dossier = ? AND wait = ?", args, 2);
    bool there = store_next(r);
    if (there) {
        str *const texts[] = { &ret->element, &ret->name, &ret->form, &ret->role, &ret->status, &ret->detail };
        for (uint32_t i = 0; i < 6; i++) {
            *texts[i] = arena_str(&p->scratch, store_column_text(r, i));
        }
        ret->office = store_column_int(r, 6);
        ret->assignee = store_column_int(r, 7);
        ret->opened = store_column_int(r, 8);
        ret->due = store_column_int(r, 9);
    }
    store_rows_end(r);
    return there;
}

struct store_value *work__task_keep(struct work__plan *p, int64_t dossier, uint32_t wait)
{
    const struct store_table *t = store_table(STORE_TABLE_task);
    struct store_value *row = ARENA_ARRAY(&p->scratch, struct store_value, t->column_count);
    for (uint32_t i = 0; i < t->column_count; i++) {
        row[i] = store_keep();
    }
    row[0] = store_int(dossier);
    row[1] = store_int(wait);
    return row;
}

/* ---- New tasks ---- */

str work__first_group(str list)
{
    size_t i = 0;
    while (i < list.len && list.ptr[i] != ',') {
        i++;
    }
    return str_trim(str_slice(list, 0, i));
}

static int64_t id_by(struct work__plan *p, const char *sql, str text)
{
    struct store_value args[] = { store_text(text) };
    int64_t id = 0;
    if (text.len > 0) {
        struct store_rows *r = store_query(p->view, sql, args, 1);
        id = store_next(r) ? store_column_int(r, 0) : 0;
        store_rows_end(r);
    }
    return id;
}

/* The nearest office of a level at or above an office; 0: there is none. */
static int64_t above_of_level(struct work__plan *p, int64_t office, str level)
{
    int64_t found = 0;
    for (uint32_t depth = 0; office != 0 && found == 0 && depth < LIMIT_PEOPLE_OFFICE_DEPTH; depth++) {
        struct store_value args[] = { store_int(office) };
        struct store_rows *r = store_query(p->view, "SELECT parent, level FROM office WHERE id = ?", args, 1);
        bool there = store_next(r);
        found = there && str_eq(store_column_text(r, 1), level) ? office : 0;
        office = there ? store_column_int(r, 0) : 0;
        store_rows_end(r);
    }
    return found;
}

/* The first office of a level right below one. */
static int64_t below_of_level(struct work__plan *p, int64_t office, str level)
{
    struct store_value args[] = { store_int(office), store_text(level) };
    struct store_rows *r = store_query(p->view, "SELECT id FROM office WHERE parent = ? AND level = ? ORDER BY id "
                                                "LIMIT 1", args, 2);
    int64_t id = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return id;
}

/* The office above an office; the highest has none but itself. */
static int64_t parent_of(struct work__plan *p, int64_t office)
{
    struct store_value args[] = { store_int(office) };
    struct store_rows *r = store_query(p->view, "SELECT parent FROM office WHERE id = ?", args, 1);
    int64_t parent = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return parent != 0 ? parent : office;
}

/* What stands behind the @ of a group: the code of an office; "parent office", the one above the dossier's; or a level,
 * which is that of the dossier's office, of the nearest above it, or else of one right below. 0: there is none. */
int64_t work__office_id(struct work__plan *p, str name)
{
    if (str_eq(name, STR("parent office"))) {
        return parent_of(p, p->d.office);
    }
    int64_t id = id_by(p, "SELECT id FROM office WHERE code = ?", name);
    id = id != 0 ? id : above_of_level(p, p->d.office, name);
    return id != 0 ? id : below_of_level(p, p->d.office, name);
}

feel_value work__logins(struct work__plan *p, feel_value persons)
{
    feel_value *logins = ARENA_ARRAY(&p->scratch, feel_value, persons.count);
    uint32_t count = 0;
    for (uint32_t i = 0; persons.kind == FEEL_LIST && i < persons.count; i++) {
        int64_t id;
        if (!feel_whole(persons.items[i], &id)) {
            continue;
        }
        struct store_value args[] = { store_int(id) };
        struct store_rows *r = store_query(p->view, "SELECT login FROM person WHERE id = ?", args, 1);
        if (store_next(r)) {
            logins[count++] = feel_string(arena_str(&p->scratch, store_column_text(r, 0)));
        }
        store_rows_end(r);
    }
    return feel_list(logins, count);
}

void work__split_group(str group, str *ret_role, str *ret_office)
{
    size_t at = 0;
    while (at < group.len && group.ptr[at] != '@') {
        at++;
    }
    *ret_role = str_slice(group, 0, at);
    *ret_office = at < group.len ? str_slice(group, at + 1, group.len) : STR("");
}

static int64_t due_of(feel_value details)
{
    feel_value due = feel_member(details, "dueDate");
    if (due.kind == FEEL_STRING) {
        due = feel_from_text(feel_str(due), feel_type_named(STR("date and time")));
    }
    return due.kind == FEEL_DATE_TIME ? work__micros(cal_utc_seconds(due.date_time), due.date_time.nano) : 0;
}

str work__coded_groups(struct work__plan *p, str groups)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    for (size_t at = 0; at < groups.len;) {
        str role, office, one = work__first_group(str_slice(groups, at, groups.len));
        const char *comma = memchr(groups.ptr + at, ',', groups.len - at);
        at = comma == NULL ? groups.len : (size_t)(comma - groups.ptr) + 1;
        work__split_group(one, &role, &office);
        int64_t id = office.len > 0 ? work__office_id(p, office) : 0;
        str code = id != 0 ? work__office_code(p->view, &p->turn, id) : office;
        buf_printf(&out, "%s%.*s%s%.*s", out.len > 0 ? "," : "", STR_ARG(role), code.len > 0 ? "@" : "", STR_ARG(code));
    }
    str coded = arena_str(&p->scratch, buf_str(&out));
    buf_release(&out);
    return coded;
}

static feel_value with_codes(struct work__plan *p, feel_value details)
{
    str groups = feel_text_member(details, "candidateGroups"), names[] = { STR("candidateGroups") };
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, 1);
    values[0] = feel_string(work__coded_groups(p, groups));
    return groups.len == 0 ? details
                           : scheme_merged(&p->scratch, details,
                                           feel_context(feel_shape_new(&p->scratch, names, 1), values));
}

/* What the scheme's `field` says of a task on site, from what the dossier knows. What is sealed is not opened for it:
 * the line is stored as it is read. */
static str line_of(struct work__plan *p, uint32_t element)
{
    const struct scheme_task *said = work__task_said(p, p->state.model->elements[element].id);
    if (said == NULL || said->field.len == 0) {
        return STR("");
    }
    feel_value line = work_say(p->w, said->field, bpmn_visible(&p->state, 0, &p->scratch), &p->scratch);
    return line.kind == FEEL_STRING ? feel_str(line) : STR("");
}

void work__task_goes_on(struct work__plan *p, uint32_t wait, uint32_t element)
{
    struct store_value args[] = { store_int(p->d.id), store_int(wait) };
    str line = line_of(p, element);
    if (line.len == 0) {
        return;
    }
    struct store_rows *r = store_query(p->view, "SELECT line FROM task WHERE dossier = ? AND wait = ?", args, 2);
    bool changed = store_next(r) && !str_eq(store_column_text(r, 0), line);
    store_rows_end(r);
    if (changed) {
        struct store_value *row = work__task_keep(p, p->d.id, wait);
        row[15] = store_text(line);
        store_update(p->change, STORE_TABLE_task, row);
    }
}

void work__new_task(struct work__plan *p, const struct work__opened *o)
{
    const struct bpmn_element *e = &p->state.model->elements[o->element];
    str form = feel_text_member(o->details, "formId"), role, office;
    work__split_group(work__first_group(feel_text_member(o->details, "candidateGroups")), &role, &office);
    int64_t office_id = office.len > 0 ? work__office_id(p, office) : p->d.office;
    int64_t assignee = id_by(p, "SELECT id FROM person WHERE login = ?", feel_text_member(o->details, "assignee"));
    int64_t due = 0;
    if (!work__clock_due(p, o->element, &due)) {
        due = due_of(o->details);
    }
    buf_clear(&p->text);
    feel_json_write(with_codes(p, o->details), false, &p->text);
    work__whole(&p->text, p->err);
    struct store_value row[] = { store_int(p->d.id), store_int(o->id), store_text(e->id),
                                 store_text(e->name.len > 0 ? e->name : e->id), store_text(form),
                                 store_int(office_id), store_text(role), store_int(assignee),
                                 store_text(STR("open")), store_int(p->now), store_int(due),
                                 store_int(0), store_text(buf_str(&p->text)), store_text(p->d.scheme),
                                 store_text(line_of(p, o->element)) };
    store_insert(p->change, STORE_TABLE_task, row);
}

/* ---- Acts on tasks ---- */

static bool person_there(struct work__plan *p, int64_t person)
{
    struct store_value args[] = { store_int(person) };
    struct store_rows *r = store_query(p->view, "SELECT id FROM person WHERE id = ? AND state <> 'closed'", args, 1);
    bool there = store_next(r);
    store_rows_end(r);
    return there;
}

/* Who has the task afterwards; false with p->err. */
static bool new_assignee(struct work__plan *p, const struct work__task *t, int64_t *ret)
{
    const struct work_request *rq = p->rq;
    *ret = rq->act == WORK_CLAIM ? rq->actor : rq->act == WORK_RELEASE ? 0 : rq->person;
    if (rq->act == WORK_CLAIM && t->assignee != 0 && t->assignee != rq->actor) {
        error_set(p->err, ERROR_INVALID, "somebody else has taken the task");
        return false;
    }
    if ((rq->act == WORK_ASSIGN || rq->act == WORK_FORWARD) && !person_there(p, rq->person)) {
        error_set(p->err, ERROR_MISSING, "there is no person %lld", (long long)rq->person);
        return false;
    }
    return true;
}

enum work__planned work__task_act(struct work__plan *p)
{
    struct work__task t;
    int64_t assignee;
    bool there = work__read_task(p, p->d.id, p->rq->wait, &t);
    if (!there || !str_eq(t.status, STR("open"))) {
        error_set(p->err, ERROR_MISSING, "there is no open task %lld.%u", (long long)p->rq->dossier, p->rq->wait);
        return work__refuse(p, WORK_MISSING);
    }
    if (!work__may(p, &t)) {
        return work__refuse(p, WORK_FORBIDDEN);
    }
    if (!new_assignee(p, &t, &assignee)) {
        return work__refuse(p, p->err->code == ERROR_MISSING ? WORK_MISSING : WORK_REFUSED);
    }
    struct store_value *row = work__task_keep(p, p->d.id, p->rq->wait);
    row[7] = store_int(assignee);
    work__dossier_row(p, false);
    store_update(p->change, STORE_TABLE_task, row);
    return work__audit(p) == OK ? WORK__READY : work__refuse(p, WORK_BUSY);
}

/* ---- Completing and returning ---- */

const struct scheme_task *work__task_said(struct work__plan *p, str element)
{
    const struct scheme_process *said = scheme_process(p->scheme, p->d.process);
    return said == NULL ? NULL : scheme_task(said, element);
}

/* All that the task sees, with its answers over it. */
static feel_value answered(struct work__plan *p)
{
    struct bpmn_wait w;
    feel_value seen = bpmn_find_wait(&p->state, p->rq->wait, &w) ? bpmn_visible(&p->state, w.item, &p->scratch)
                                                                 : feel_null();
    uint32_t most = (seen.kind == FEEL_CONTEXT ? seen.count : 0) + (p->with.kind == FEEL_CONTEXT ? p->with.count : 0);
    uint32_t count = 0;
    str *names = ARENA_ARRAY(&p->scratch, str, most);
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, most);
    for (uint32_t i = 0; p->with.kind == FEEL_CONTEXT && i < p->with.count; i++) {
        names[count] = p->with.shape->names[i];
        values[count++] = p->with.values[i];
    }
    for (uint32_t i = 0; seen.kind == FEEL_CONTEXT && i < seen.count; i++) {
        bool hidden = p->with.kind == FEEL_CONTEXT && feel_shape_find(p->with.shape, seen.shape->names[i]) >= 0;
        names[count] = seen.shape->names[i];
        values[count] = seen.values[i];
        count += !hidden;
    }
    return feel_context(feel_shape_new(&p->scratch, names, count), values);
}

static enum work__planned guarded(struct work__plan *p, str guard)
{
    const struct feel_program *program;
    feel_value seen = answered(p);
    if (feel_compile(&p->scratch, feel_scope_of_context(&p->scratch, seen), guard, &program, p->err) != OK) {
        return work__refuse(p, WORK_REFUSED);
    }
    feel_eval_reset(p->rules);
    if (!feel_is_true(feel_run(p->rules, program, seen.values))) {
        error_set(p->err, ERROR_INVALID, "the task cannot be completed yet");
        error_detail(p->err, "%.*s", STR_ARG(guard));
        return work__refuse(p, WORK_REFUSED);
    }
    return WORK__READY;
}

/* The role that the one who answers asks to sign besides, with its office; somebody else must have it. */
static enum work__planned asked_to_sign(struct work__plan *p, const struct work__task *task, str *ret)
{
    struct store_value args[] = { store_int(task->office), store_text(p->rq->cosign), store_int(p->rq->actor),
                                  store_int(p->now), store_int(p->now) };
    *ret = STR("");
    if (p->rq->cosign.len == 0) {
        return WORK__READY;
    }
    struct store_rows *r = store_query(p->view, "SELECT o.code FROM role r JOIN office o ON o.id = r.office JOIN "
                                                "person p ON p.id = r.person WHERE r.office = ? AND r.role = ? AND "
                                                "r.person <> ? AND r.since <= ? AND (r.until = 0 OR r.until > ?) AND "
                                                "p.state = 'active' LIMIT 1", args, 5);
    bool there = p->rq->actor != 0 && store_next(r);
    if (there) {
        *ret = arena_printf(&p->scratch, "%.*s@%.*s", STR_ARG(p->rq->cosign), STR_ARG(store_column_text(r, 0)));
    }
    store_rows_end(r);
    if (!there) {
        error_set(p->err, ERROR_INVALID, "nobody else of the office has the role %.*s", STR_ARG(p->rq->cosign));
        error_hint(p->err, "ask a role that a colleague has to sign besides");
    }
    return there ? WORK__READY : work__refuse(p, WORK_REFUSED);
}

/* Who signs after the one who answers: as many more of his role as the manifest wants, the role that countersigns, the
 * role that agrees to a departure, the one that he asks himself; a line each. */
static enum work__planned signatures(struct work__plan *p, const struct work__task *task,
                                     const struct scheme_task *said, str *ret)
{
    feel_value detail = feel_null();
    str second = said != NULL ? work__departure_second(p, said) : STR(""), asked;
    str sign = said != NULL ? said->sign : STR("");
    uint32_t more = said != NULL && said->people > 1 ? said->people - 1 : 0;
    enum work__planned planned = asked_to_sign(p, task, &asked);
    if (planned != WORK__READY) {
        return planned;
    }
    if (more + 2 + (asked.len > 0) > LIMIT_WORK_SIGNATURES) {
        error_set(p->err, ERROR_LIMIT, "too many persons would sign one task");
        error_detail(p->err, "limit %s = %d", "WORK_SIGNATURES", LIMIT_WORK_SIGNATURES);
        return work__refuse(p, WORK_REFUSED);
    }
    feel_json_read(&p->scratch, task->detail, &detail, NULL);
    str own = feel_text_member(detail, "candidateGroups");
    buf_clear(&p->text);
    for (uint32_t i = 0; i < more; i++) {
        buf_printf(&p->text, "%.*s\n", STR_ARG(own.len > 0 ? own : task->role));
    }
    buf_printf(&p->text, "%.*s%s%.*s%s%.*s", STR_ARG(sign), sign.len > 0 ? "\n" : "", STR_ARG(second),
               second.len > 0 ? "\n" : "", STR_ARG(asked));
    *ret = str_trim(arena_str(&p->scratch, buf_str(&p->text)));
    return WORK__READY;
}

enum work__planned work__complete(struct work__plan *p, const struct work__task *task, bool *ret_step)
{
    const struct scheme_task *said = work__task_said(p, task->element);
    enum work__planned planned = said != NULL && said->guard.len > 0 ? guarded(p, said->guard) : WORK__READY;
    str roles = STR("");
    if (planned == WORK__READY) {
        planned = signatures(p, task, said, &roles);
    }
    *ret_step = planned == WORK__READY && roles.len == 0;
    return planned != WORK__READY || *ret_step ? planned : work__hold(p, task, roles);
}

enum work__planned work__may_return(struct work__plan *p, const struct work__task *task, bool *ret_named)
{
    const struct scheme_task *said = work__task_said(p, task->element);
    *ret_named = said != NULL && said->back_count > 0;
    for (uint32_t i = 0; *ret_named && i < said->back_count; i++) {
        if (str_eq(said->back[i], p->rq->element)) {
            return WORK__READY;
        }
    }
    if (!*ret_named) {
        return WORK__READY;
    }
    error_set(p->err, ERROR_INVALID, "the task cannot be sent back to \"%.*s\"", STR_ARG(p->rq->element));
    error_hint(p->err, "scheme.json names under \"back\" where it may be sent");
    return work__refuse(p, WORK_REFUSED);
}
