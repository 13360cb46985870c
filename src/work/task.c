/* task: work of people: its rows, and the acts that change a task without moving the process. */
#include "work/work_int.h"

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

static str first_of(str list)
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

/* "clerk@street": the role and the code of the office, which is empty where it is the dossier's own. */
static void split_group(str group, str *ret_role, str *ret_office)
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

void work__new_task(struct work__plan *p, const struct work__opened *o)
{
    const struct bpmn_element *e = &p->state.model->elements[o->element];
    str form = feel_text_member(o->details, "formId"), role, office;
    split_group(first_of(feel_text_member(o->details, "candidateGroups")), &role, &office);
    int64_t office_id = office.len > 0 ? id_by(p, "SELECT id FROM office WHERE code = ?", office) : p->d.office;
    int64_t assignee = id_by(p, "SELECT id FROM person WHERE login = ?", feel_text_member(o->details, "assignee"));
    buf_clear(&p->text);
    feel_json_write(o->details, false, &p->text);
    work__whole(&p->text, p->err);
    struct store_value row[] = { store_int(p->d.id), store_int(o->id), store_text(e->id),
                                 store_text(e->name.len > 0 ? e->name : e->id), store_text(form),
                                 store_int(office_id), store_text(role), store_int(assignee),
                                 store_text(STR("open")), store_int(p->now), store_int(due_of(o->details)),
                                 store_int(0), store_text(buf_str(&p->text)) };
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
