/* field: tasks that are done on site, and what they are about. */
#include "work/desk.h"

#include "work/work_int.h"

#include "base/limit.h"

#include <stdlib.h>

/* ---- The row that a dossier is about ---- */

feel_value work_subject_row(struct work *w, struct store_view *v, str subject, struct arena *a,
                            const struct scheme_ledger **ret_ledger)
{
    int64_t number;
    dec n;
    const struct scheme_ledger *l;
    struct record_row found;
    struct error none = { .code = OK };
    *ret_ledger = NULL;
    if (!dec_parse(subject, &n) || !dec_to_int(n, &number)) {
        return feel_null();
    }
    struct store_value args[] = { store_int(number) };
    struct store_rows *r = store_query(v, "SELECT ledger FROM record WHERE entry = ? ORDER BY revision DESC LIMIT 1",
                                       args, 1);
    str name = store_next(r) ? arena_str(a, store_column_text(r, 0)) : STR("");
    store_rows_end(r);
    if (name.len == 0 || record_ledger(w->record, v, NULL, name, NULL, &l, NULL, &none) != OK ||
        record_last(v, a, l, number, &found, &none) != OK) {
        return feel_null();
    }
    *ret_ledger = l;
    return record_context(a, l, &found);
}

static str place_of(const struct scheme_ledger *l, feel_value row, struct arena *a)
{
    for (uint32_t i = 0; l != NULL && i < l->field_count; i++) {
        feel_value place;
        if (l->fields[i].type == SCHEME_PLACE && feel_context_get(row, l->fields[i].name, &place) &&
            feel_text_member(place, "name").len > 0) {
            return arena_str(a, feel_text_member(place, "name"));
        }
    }
    return feel_text_member(row, "street");
}

/* ---- The list ---- */

feel_value work_say(struct work *w, str source, feel_value variables, struct arena *a)
{
    const struct feel_program *program;
    struct feel_environment env = { .instant = work__now(w) / 1000000, .zone = 8 * 3600 };
    struct error none = { .code = OK };
    if (source.len == 0 || variables.kind != FEEL_CONTEXT ||
        feel_compile(a, feel_scope_of_context(a, variables), source, &program, &none) != OK) {
        return feel_null();
    }
    struct feel_eval *ev = feel_eval_new(&env);
    feel_value said = feel_copy(a, feel_run(ev, program, variables.values));
    feel_eval_free(ev);
    return said;
}

static const struct scheme_task *said_of(struct work *w, struct store_view *v, const struct work_desk_row *row)
{
    const struct scheme *s;
    struct error none = { .code = OK };
    if (record_installed(w->record, v, row->scheme, &s, &none) != OK) {
        return NULL;
    }
    const struct scheme_process *p = scheme_process(s, row->process);
    return p == NULL ? NULL : scheme_task(p, row->element);
}

/* Those without a limit last; of one limit by place. */
static int by_due_and_place(const void *a, const void *b)
{
    const struct work_visit *x = a, *y = b;
    int64_t left = x->row.due == 0 ? INT64_MAX : x->row.due, right = y->row.due == 0 ? INT64_MAX : y->row.due;
    int places = str_cmp(x->place, y->place);
    return left != right ? (left < right ? -1 : 1) : places != 0 ? places : (x->row.dossier > y->row.dossier) -
                                                                                (x->row.dossier < y->row.dossier);
}

static int64_t drafted(struct work *w, struct store_view *v, const struct work_desk_query *q,
                       const struct work_desk_row *row)
{
    const struct work_request rq = { .act = WORK_SAVE, .actor = q->person, .dossier = row->dossier,
                                     .wait = (uint32_t)row->wait };
    int64_t at = row->assignee == q->person ? work_draft_at(w, v, &rq) : WORK_NO_DRAFT;
    return at == WORK_NO_DRAFT ? 0 : at;
}

static uint32_t take_rows(struct work *w, struct store_view *v, const struct work_desk_query *q, struct arena *a,
                          uint32_t count, struct work_visit *ret)
{
    struct work_desk_row *rows = ARENA_ARRAY(a, struct work_desk_row, q->max);
    uint32_t found = work_desk_list(w, v, q, a, rows);
    for (uint32_t i = 0; i < found && count < q->max; i++) {
        const struct scheme_task *said = said_of(w, v, &rows[i]);
        const struct scheme_ledger *l;
        if (said == NULL || said->field.len == 0) {
            continue;
        }
        feel_value about = work_subject_row(w, v, rows[i].subject, a, &l);
        ret[count++] = (struct work_visit){ .row = rows[i], .name = feel_text_member(about, "name"),
                                            .place = place_of(l, about, a), .drafted = drafted(w, v, q, &rows[i]) };
    }
    return count;
}

uint32_t work_visits(struct work *w, struct store_view *v, const struct work_desk_query *q, struct arena *a,
                     struct work_visit *ret)
{
    enum { STEPS = 100 };
    static const enum work_desk desks[] = { WORK_DESK_MINE, WORK_DESK_FREE };
    struct work_desk_step steps[STEPS];
    struct work_desk_query one = *q;
    uint32_t count = 0, step_count = work_desk_steps(w, v, q, STEPS, a, steps);
    for (uint32_t i = 0; i < step_count; i++) {
        for (size_t k = 0; k < sizeof desks / sizeof desks[0]; k++) {
            one.scheme = steps[i].scheme;
            one.element = steps[i].element;
            one.desk = desks[k];
            count = take_rows(w, v, &one, a, count, ret);
        }
    }
    qsort(ret, count, sizeof *ret, by_due_and_place);
    return count;
}

/* ---- What else is about the row ---- */

static bool may_invite(struct work *w, int64_t person, int64_t dossier, uint32_t wait)
{
    char token[WORK_TOKEN], hash[WORK_TOKEN];
    work_guest_token(token, hash);
    const struct work_request rq = { .act = WORK_INVITE, .actor = person, .dossier = dossier, .wait = wait,
                                     .name = str_of(hash) };
    return work_try(w, &rq, LANG_EN).outcome == WORK_OK;
}

uint32_t work_about_subject(struct work *w, struct store_view *v, int64_t person, str subject, uint32_t max,
                            struct arena *a, struct work_about *ret)
{
    uint32_t count = 0, kept = 0;
    struct store_value args[] = { store_text(subject), store_int(max) };
    struct store_rows *r = store_query(v, "SELECT d.id, d.process, t.wait, t.name, t.role FROM dossier d JOIN task t "
                                          "ON t.dossier = d.id WHERE d.subject = ? AND d.subject <> '' AND "
                                          "d.closed = 0 AND t.status = 'open' ORDER BY d.id DESC LIMIT ?", args, 2);
    while (count < max && store_next(r)) {
        ret[count++] = (struct work_about){ .dossier = store_column_int(r, 0), .wait = store_column_int(r, 2),
                                            .process = arena_str(a, store_column_text(r, 1)),
                                            .task = arena_str(a, store_column_text(r, 3)),
                                            .role = arena_str(a, store_column_text(r, 4)) };
    }
    store_rows_end(r);
    for (uint32_t i = 0; i < count; i++) {
        struct work_dossier d;
        ret[i].invite = may_invite(w, person, ret[i].dossier, (uint32_t)ret[i].wait);
        ret[i].see = work_read_dossier(v, ret[i].dossier, a, &d) &&
                     work_may_see(w, v, person, work__now(w), &d, NULL);
        if (ret[i].invite || ret[i].see) {
            ret[kept++] = ret[i];
        }
    }
    return kept;
}

bool work_placed(struct store_view *v, str subject, struct arena *a, struct work_placed *ret)
{
    int64_t number;
    dec n;
    if (!dec_parse(subject, &n) || !dec_to_int(n, &number)) {
        return false;
    }
    struct store_value args[] = { store_int(number) };
    struct store_rows *r = store_query(v, "SELECT s.id, s.done, e.position, s.count, s.scheme, s.name, e.grade, "
                                          "e.result FROM assessment_entry e JOIN assessment s ON s.id = e.assessment "
                                          "WHERE e.subject = ? AND s.state = 'done' ORDER BY e.assessment DESC LIMIT 1",
                                       args, 1);
    bool there = store_next(r);
    if (there) {
        *ret = (struct work_placed){ .assessment = store_column_int(r, 0), .at = store_column_int(r, 1),
                                     .position = store_column_int(r, 2), .of = store_column_int(r, 3),
                                     .scheme = arena_str(a, store_column_text(r, 4)),
                                     .name = arena_str(a, store_column_text(r, 5)),
                                     .grade = arena_str(a, store_column_text(r, 6)) };
        str json = arena_str(a, store_column_text(r, 7));
        ret->result = feel_null();
        if (json.len > 0) {
            feel_json_read(a, json, &ret->result, NULL);
        }
    }
    store_rows_end(r);
    return there;
}
