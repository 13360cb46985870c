/* desk: the list of an officer's tasks. Each role in an office is a lane of its own, which an index has in the order of
 * the list; the lanes are read as far as a page needs and merged here. Dossiers in which the reader has declared an
 * interest are in none. */
#include "work/desk.h"

#include "work/work_int.h"

#include "base/limit.h"
#include "record/party.h"

#include <stdlib.h>

/* ---- Questions ---- */

/* The condition that names a lane, and its arguments: how many. */
#define MINE                                                                                                           \
    "assignee = ? AND assignee <> 0 AND (scheme = ? OR '' = ?) AND (element = ? OR '' = ?) AND (office = ? OR 0 = ?)"
#define SEES "NOT EXISTS (SELECT 1 FROM recusal WHERE recusal.dossier = task.dossier AND recusal.person = ?)"
#define ROLE SEES " AND office = ? AND role = ?"
#define FREE ROLE " AND assignee = 0"
#define STEP ROLE " AND scheme = ? AND element = ?"
#define FREE_STEP STEP " AND assignee = 0"

#define DATED(lane)                                                                                                    \
    "SELECT dossier, wait, due FROM task WHERE status = 'open' AND " lane " AND (due, dossier, wait) > (?, ?, ?) AND " \
    "due < ? ORDER BY due, dossier, wait LIMIT ?"
#define UNDATED(lane)                                                                                                  \
    "SELECT dossier, wait, due FROM task WHERE status = 'open' AND " lane " AND due = 0 AND (dossier, wait) > (?, ?) " \
    "ORDER BY dossier, wait LIMIT ?"
#define COUNTED(lane)                                                                                                  \
    "SELECT count(*) FROM (SELECT 1 FROM task WHERE status = 'open' AND " lane " AND due >= ? AND due < ? LIMIT ?) "   \
    "AS tops"

struct question {
    const char *dated, *undated, *counted;
    uint32_t count; /* of the lane's arguments */
};

static const struct question mine = { DATED(MINE), UNDATED(MINE), COUNTED(MINE), 7 };
static const struct question by_role[2] = { { DATED(ROLE), UNDATED(ROLE), COUNTED(ROLE), 3 },
                                            { DATED(FREE), UNDATED(FREE), COUNTED(FREE), 3 } };
static const struct question by_step[2] = { { DATED(STEP), UNDATED(STEP), COUNTED(STEP), 5 },
                                            { DATED(FREE_STEP), UNDATED(FREE_STEP), COUNTED(FREE_STEP), 5 } };

/* ---- Lanes ---- */

enum { LANE_ARGS = 7, MARK_ARGS = 5 };

struct lane {
    const struct question *question;
    int64_t office;
    str role, scheme, element;
    struct store_value args[LANE_ARGS];
};

struct lanes {
    struct work *w;
    struct store_view *view;
    struct arena *a;
    const struct work_desk_query *q;
    struct lane *lanes;
    uint32_t count;
};

static void add_lane(struct lanes *l, int64_t office, str role, str scheme, str element)
{
    bool step = scheme.len > 0, is_free = l->q->desk == WORK_DESK_FREE;
    if (l->count == LIMIT_WORK_DESK_LANES) {
        return;
    }
    for (uint32_t i = 0; i < l->count; i++) {
        const struct lane *o = &l->lanes[i];
        if (o->office == office && str_eq(o->role, role) && str_eq(o->scheme, scheme) && str_eq(o->element, element)) {
            return;
        }
    }
    struct lane *lane = &l->lanes[l->count++];
    *lane = (struct lane){ .question = step ? &by_step[is_free] : &by_role[is_free], .office = office,
                           .role = arena_str(l->a, role), .scheme = arena_str(l->a, scheme),
                           .element = arena_str(l->a, element) };
    lane->args[0] = store_int(l->q->person);
    lane->args[1] = store_int(office);
    lane->args[2] = store_text(lane->role);
    lane->args[3] = store_text(lane->scheme);
    lane->args[4] = store_text(lane->element);
}

/* The next step of a role behind one, in two questions: SQLite would look at every task of the step itself to find what
 * is greater than (scheme, element). */
static bool next_step(struct store_view *v, struct arena *a, int64_t office, str role, str *scheme, str *element)
{
    struct store_value args[] = { store_int(office), store_text(role), store_text(*scheme), store_text(*element) };
    struct store_rows *r = store_query(v, "SELECT scheme, element FROM task WHERE status = 'open' AND office = ? AND "
                                          "role = ? AND scheme = ? AND element > ? ORDER BY element LIMIT 1", args, 4);
    bool there = store_next(r);
    if (!there) {
        store_rows_end(r);
        r = store_query(v, "SELECT scheme, element FROM task WHERE status = 'open' AND office = ? AND role = ? AND "
                           "scheme > ? ORDER BY scheme, element LIMIT 1", args, 3);
        there = store_next(r);
    }
    if (there) {
        *scheme = arena_str(a, store_column_text(r, 0));
        *element = arena_str(a, store_column_text(r, 1));
    }
    store_rows_end(r);
    return there;
}

/* A role's lanes: one, or where a scheme is asked for, one for each of its steps. */
static void add_role(struct lanes *l, int64_t office, str role)
{
    const struct work_desk_query *q = l->q;
    if (q->office != 0 && q->office != office) {
        return;
    }
    if (q->scheme.len == 0 || q->element.len > 0) {
        add_lane(l, office, role, q->scheme, q->element);
        return;
    }
    str scheme = q->scheme, element = STR("");
    for (uint32_t i = 0; i < LIMIT_WORK_DESK_LANES && next_step(l->view, l->a, office, role, &scheme, &element); i++) {
        if (!str_eq(scheme, q->scheme)) {
            return;
        }
        add_lane(l, office, role, scheme, element);
    }
}

/* A manager has all roles of an office. */
static void add_office(struct lanes *l, int64_t office)
{
    str role = STR("");
    for (bool there = true; there && l->count < LIMIT_WORK_DESK_LANES;) {
        struct store_value args[] = { store_int(office), store_text(role) };
        struct store_rows *r = store_query(l->view, "SELECT role FROM task WHERE status = 'open' AND office = ? AND "
                                                    "role > ? ORDER BY role LIMIT 1", args, 2);
        there = store_next(r);
        role = there ? arena_str(l->a, store_column_text(r, 0)) : role;
        store_rows_end(r);
        if (there && !str_eq(role, STR("applicant"))) {
            add_role(l, office, role);
        }
    }
}

static void add_below(struct lanes *l, int64_t office)
{
    const struct people_tree *tree;
    struct people *people = l->w->config.people;
    if (people == NULL || people_tree(people, l->view, &tree, NULL) != OK) {
        return;
    }
    for (uint32_t i = 0; i < tree->count && l->count < LIMIT_WORK_DESK_LANES; i++) {
        if (people_within(tree, tree->offices[i].id, office)) {
            add_office(l, tree->offices[i].id);
        }
    }
    people_tree_end(people, tree);
}

static bool is_work(str role)
{
    return !str_eq(role, STR("administrator")) && !str_eq(role, STR("auditor")) && !str_eq(role, STR("applicant"));
}

static struct lanes lanes_of(struct work *w, struct store_view *v, const struct work_desk_query *q, struct arena *a)
{
    struct lanes l = { .w = w, .view = v, .a = a, .q = q,
                       .lanes = ARENA_ARRAY(a, struct lane, LIMIT_WORK_DESK_LANES) };
    if (q->desk == WORK_DESK_MINE) {
        struct lane *lane = &l.lanes[l.count++];
        *lane = (struct lane){ .question = &mine,
                               .args = { store_int(q->person), store_text(q->scheme), store_text(q->scheme),
                                         store_text(q->element), store_text(q->element), store_int(q->office),
                                         store_int(q->office) } };
        return l;
    }
    for (uint32_t i = 0; i < q->grant_count; i++) {
        const struct people_grant *g = &q->grants[i];
        if (str_eq(g->role, STR("manager"))) {
            add_below(&l, g->office);
        } else if (is_work(g->role)) {
            add_role(&l, g->office, g->role);
        }
    }
    return l;
}

/* ---- Keys ---- */

struct keys {
    struct work_mark *marks;
    uint32_t count, size;
};

static int64_t order_of(int64_t due)
{
    return due == 0 ? INT64_MAX : due;
}

static int by_urgency(const void *a, const void *b)
{
    const struct work_mark *x = a, *y = b;
    int64_t left[] = { order_of(x->due), x->dossier, x->wait }, right[] = { order_of(y->due), y->dossier, y->wait };
    for (size_t i = 0; i < 3; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return 0;
}

static int64_t due_before(const struct work_desk_query *q)
{
    return q->due == WORK_DUE_LATE ? q->now : q->due == WORK_DUE_WEEK ? q->now + 7 * INT64_C(86400000000) : INT64_MAX;
}

/* Adds the keys of a question; its arguments are those of the lane and these. */
static void ask(const struct lanes *l, const struct lane *lane, const char *sql, const struct store_value *more,
                uint32_t count, struct keys *k)
{
    struct store_value args[LANE_ARGS + MARK_ARGS];
    memcpy(args, lane->args, lane->question->count * sizeof args[0]);
    memcpy(args + lane->question->count, more, count * sizeof args[0]);
    struct store_rows *r = store_query(l->view, sql, args, lane->question->count + count);
    while (store_next(r)) {
        if (k->count == k->size) {
            uint32_t size = k->size == 0 ? 64 : 2 * k->size;
            k->marks = arena_grow(l->a, k->marks, k->size * sizeof *k->marks, size * sizeof *k->marks);
            k->size = size;
        }
        k->marks[k->count++] = (struct work_mark){ store_column_int(r, 2), store_column_int(r, 0),
                                                   store_column_int(r, 1) };
    }
    store_rows_end(r);
}

static void sort(struct keys *k)
{
    if (k->count > 1) {
        qsort(k->marks, k->count, sizeof *k->marks, by_urgency);
    }
}

/* Once there are many more than are wanted, only the first stay, and what lanes further on have behind them is not
 * asked for. */
static int64_t bound(const struct lanes *l, struct keys *k)
{
    enum { MANY = 4 };
    int64_t before = due_before(l->q);
    if (k->count < MANY * l->q->max) {
        return before;
    }
    sort(k);
    k->count = l->q->max;
    int64_t last = k->marks[k->count - 1].due;
    return last < before ? last + 1 : before;
}

static void read_dated(const struct lanes *l, struct keys *k)
{
    const struct work_desk_query *q = l->q;
    bool begun = q->after.dossier != 0;
    int64_t before = due_before(q);
    for (uint32_t i = 0; i < l->count; i++) {
        struct store_value more[] = { store_int(begun ? q->after.due : 1), store_int(q->after.dossier),
                                      store_int(q->after.wait), store_int(before), store_int(q->max) };
        ask(l, &l->lanes[i], l->lanes[i].question->dated, more, 5, k);
        before = bound(l, k);
    }
}

static void read_undated(const struct lanes *l, bool begun, struct keys *k)
{
    const struct work_desk_query *q = l->q;
    for (uint32_t i = 0; i < l->count; i++) {
        struct store_value more[] = { store_int(begun ? q->after.dossier : 0), store_int(begun ? q->after.wait : 0),
                                      store_int(q->max) };
        ask(l, &l->lanes[i], l->lanes[i].question->undated, more, 3, k);
    }
}

/* Tasks without a limit stand behind all others: they are asked for where those do not fill the page. */
static void read_lanes(const struct lanes *l, struct keys *k)
{
    const struct work_desk_query *q = l->q;
    bool past_dated = q->after.dossier != 0 && q->after.due == 0;
    if (q->due != WORK_DUE_NONE && !past_dated) {
        read_dated(l, k);
    }
    if ((q->due == WORK_DUE_NONE || q->due == WORK_DUE_ANY) && k->count < q->max) {
        read_undated(l, past_dated, k);
    }
}

/* ---- Words ---- */

/* Does a task of a dossier that was found by words stand in one of the lanes? */
static bool in_lanes(const struct lanes *l, struct store_rows *r)
{
    const struct work_desk_query *q = l->q;
    int64_t office = store_column_int(r, 3), assignee = store_column_int(r, 5);
    if (q->desk == WORK_DESK_MINE) {
        return assignee == q->person;
    }
    for (uint32_t i = 0; i < l->count; i++) {
        const struct lane *lane = &l->lanes[i];
        bool step = lane->scheme.len == 0 || (str_eq(lane->scheme, store_column_text(r, 6)) &&
                                              str_eq(lane->element, store_column_text(r, 7)));
        if (lane->office == office && str_eq(lane->role, store_column_text(r, 4)) && step &&
            (q->desk != WORK_DESK_FREE || assignee == 0)) {
            return true;
        }
    }
    return false;
}

static bool suits(const struct work_desk_query *q, const struct work_mark *m)
{
    bool due = q->due == WORK_DUE_ANY ||
               (q->due == WORK_DUE_NONE ? m->due == 0 : m->due != 0 && m->due < due_before(q));
    return due && (q->after.dossier == 0 || by_urgency(m, &q->after) > 0);
}

static void add_dossier(const struct lanes *l, int64_t dossier, struct keys *k)
{
    struct store_value args[] = { store_int(l->q->person), store_int(dossier) };
    struct store_rows *r = store_query(l->view, "SELECT dossier, wait, due, office, role, assignee, scheme, element "
                                                "FROM task WHERE " SEES " AND dossier = ? AND status = 'open'", args,
                                       2);
    while (store_next(r)) {
        struct work_mark m = { store_column_int(r, 2), store_column_int(r, 0), store_column_int(r, 1) };
        if (k->count < k->size && in_lanes(l, r) && suits(l->q, &m)) {
            k->marks[k->count++] = m;
        }
    }
    store_rows_end(r);
}

static void add_subject(const struct lanes *l, str subject, struct keys *k)
{
    enum { OF_ONE = 50 };
    int64_t ids[OF_ONE];
    uint32_t count = 0;
    struct store_value args[] = { store_text(subject), store_int(OF_ONE) };
    struct store_rows *r = store_query(l->view, "SELECT id FROM dossier WHERE subject = ? AND subject <> '' ORDER BY "
                                                "id DESC LIMIT ?", args, 2);
    while (count < OF_ONE && store_next(r)) {
        ids[count++] = store_column_int(r, 0);
    }
    store_rows_end(r);
    for (uint32_t i = 0; i < count; i++) {
        add_dossier(l, ids[i], k);
    }
}

/* What the parties of a page are called. */
struct parties {
    const struct scheme_ledger *ledger; /* core.parties */
    struct record_finder *finder;       /* NULL: they cannot be read */
    int32_t name;                       /* the place of the field */
};

static struct parties parties_of(struct work *w, struct store_view *v, struct arena *a)
{
    struct parties p = { .finder = NULL };
    if (party_finder(w->record, v, a, &p.ledger, &p.finder, NULL) == OK) {
        p.name = scheme_field(p.ledger, STR("name"));
    }
    return p;
}

static str party_name(const struct parties *p, str handle)
{
    struct record_row row;
    bool found = p->finder != NULL && p->name >= 0 && handle.len > 0 && party_find(p->finder, handle, &row, NULL) == OK;
    feel_value name = found ? row.body.values[p->name] : feel_null();
    return name.kind == FEEL_STRING ? feel_str(name) : STR("");
}

/* Parties whose name or code has the words. */
static void add_parties(const struct lanes *l, struct keys *k)
{
    enum { PARTIES = 50 };
    struct feel_environment env = { .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    struct record_answer answer = { .count = 0 };
    struct record_query q = { .words = l->q->words, .known_at = INT64_MAX, .flags = RECORD_ALL_TIMES, .max = PARTIES };
    if (record_ledger(l->w->record, l->view, NULL, STR("core.parties"), &q.scheme, &q.ledger, NULL, NULL) == OK) {
        record_query(l->view, ev, &q, l->a, &answer, NULL);
    }
    for (uint32_t i = 0; i < answer.count; i++) {
        feel_value row = record_context(l->a, q.ledger, &answer.rows[i]);
        add_subject(l, feel_text_member(row, "handle"), k);
    }
    feel_eval_free(ev);
}

static void by_words(const struct lanes *l, struct keys *k)
{
    enum { FOUND = 500 };
    dec n;
    int64_t number;
    *k = (struct keys){ .marks = ARENA_ARRAY(l->a, struct work_mark, FOUND), .size = FOUND };
    if (dec_parse(l->q->words, &n) && dec_is_integer(n) && dec_to_int(n, &number)) {
        add_dossier(l, number, k);
    }
    if (k->count == 0) {
        add_subject(l, l->q->words, k);
    }
    if (k->count == 0) {
        add_parties(l, k);
    }
}

/* ---- Rows ---- */

static str column(struct arena *a, struct store_rows *r, uint32_t i)
{
    return arena_str(a, store_column_text(r, i));
}

static bool read_row(struct store_view *v, struct arena *a, const struct work_mark *m, struct work_desk_row *ret)
{
    struct store_value args[] = { store_int(m->dossier), store_int(m->wait) };
    struct store_rows *r = store_query(v, "SELECT t.opened, t.due, t.office, t.assignee, t.scheme, t.element, t.name, "
                                          "t.role, t.line, d.process, d.subject FROM task t JOIN dossier d ON d.id = "
                                          "t.dossier WHERE t.dossier = ? AND t.wait = ?", args, 2);
    bool there = store_next(r);
    if (there) {
        *ret = (struct work_desk_row){ .dossier = m->dossier, .wait = m->wait, .opened = store_column_int(r, 0),
                                       .due = store_column_int(r, 1), .office = store_column_int(r, 2),
                                       .assignee = store_column_int(r, 3), .scheme = column(a, r, 4),
                                       .element = column(a, r, 5), .name = column(a, r, 6), .role = column(a, r, 7),
                                       .line = column(a, r, 8), .process = column(a, r, 9),
                                       .subject = column(a, r, 10) };
    }
    store_rows_end(r);
    return there;
}

static cal_date day_of(const struct work *w, int64_t at)
{
    cal_datetime t = { 0 };
    cal_datetime_from_utc(at / 1000000, 0, (cal_zone)cal_zone_offset_at(w->zone, at / 1000000), &t);
    return (cal_date){ t.year, t.month, t.day };
}

/* The limit is the end of its last day, the instant after which it is over. */
void work_desk_days(struct work *w, struct store_view *v, int64_t now, struct work_desk_row *row)
{
    const struct cal_calendar *calendar = row->due == 0 ? NULL : work__calendar(w, v);
    bool provisional = false;
    row->counted = row->due != 0 && cal_working_days_between(calendar, day_of(w, now), day_of(w, row->due - 1),
                                                             &row->days, &provisional);
}

str work_name_of_person(struct store_view *v, struct arena *a, int64_t person)
{
    struct store_value args[] = { store_int(person) };
    struct store_rows *r = store_query(v, "SELECT name, login FROM person WHERE id = ?", args, 1);
    str name = STR("");
    if (store_next(r)) {
        name = column(a, r, store_column_text(r, 0).len > 0 ? 0 : 1);
    }
    store_rows_end(r);
    return name;
}

str work_name_of_office(struct store_view *v, struct arena *a, int64_t office)
{
    struct store_value args[] = { store_int(office) };
    struct store_rows *r = store_query(v, "SELECT name FROM office WHERE id = ?", args, 1);
    str name = store_next(r) ? column(a, r, 0) : STR("");
    store_rows_end(r);
    return name;
}

void work_desk_name(struct work *w, struct store_view *v, struct arena *a, struct work_desk_row *row)
{
    struct parties p = parties_of(w, v, a);
    row->party = party_name(&p, work__party_of(w, v, a, row->subject));
}

/* The row before (or NULL) mostly has the same office, and often the same person. */
static void name_row(struct work *w, struct store_view *v, int64_t now, struct arena *a,
                     const struct work_desk_row *before, struct work_desk_row *row)
{
    bool office = before != NULL && before->office == row->office;
    bool person = before != NULL && before->assignee == row->assignee;
    row->office_name = office ? before->office_name : work_name_of_office(v, a, row->office);
    row->assignee_name = row->assignee == 0 ? STR("")
                         : person           ? before->assignee_name
                                            : work_name_of_person(v, a, row->assignee);
    work_desk_days(w, v, now, row);
}

static void name_rows(struct work *w, struct store_view *v, const struct work_desk_query *q, struct arena *a,
                      struct work_desk_row *rows, uint32_t count)
{
    struct parties p = parties_of(w, v, a);
    for (uint32_t i = 0; i < count; i++) {
        rows[i].party = party_name(&p, work__party_of(w, v, a, rows[i].subject));
        name_row(w, v, q->now, a, i == 0 ? NULL : &rows[i - 1], &rows[i]);
    }
}

/* ---- Lists ---- */

uint32_t work_desk_list(struct work *w, struct store_view *v, const struct work_desk_query *q, struct arena *a,
                        struct work_desk_row *ret)
{
    struct lanes l = lanes_of(w, v, q, a);
    struct keys k = { .count = 0 };
    uint32_t count = 0;
    if (q->words.len > 0) {
        by_words(&l, &k);
    } else {
        read_lanes(&l, &k);
    }
    sort(&k);
    for (uint32_t i = 0; i < k.count && count < q->max; i++) {
        count += read_row(v, a, &k.marks[i], &ret[count]);
    }
    name_rows(w, v, q, a, ret, count);
    return count;
}

uint32_t work_desk_count(struct work *w, struct store_view *v, const struct work_desk_query *q, uint32_t most)
{
    struct arena a = ARENA_INIT;
    struct lanes l = lanes_of(w, v, q, &a);
    uint32_t count = 0;
    int64_t from = q->due == WORK_DUE_ANY || q->due == WORK_DUE_NONE ? 0 : 1;
    int64_t to = q->due == WORK_DUE_NONE ? 1 : due_before(q);
    for (uint32_t i = 0; i < l.count && count < most; i++) {
        struct store_value args[LANE_ARGS + MARK_ARGS];
        uint32_t n = l.lanes[i].question->count;
        memcpy(args, l.lanes[i].args, n * sizeof args[0]);
        args[n] = store_int(from);
        args[n + 1] = store_int(to);
        args[n + 2] = store_int(most - count);
        struct store_rows *r = store_query(v, l.lanes[i].question->counted, args, n + 3);
        count += store_next(r) ? (uint32_t)store_column_int(r, 0) : 0;
        store_rows_end(r);
    }
    arena_release(&a);
    return count;
}

bool work_desk_next(struct work *w, struct store_view *v, const struct work_desk_query *q, struct arena *a,
                    struct work_desk_row *ret)
{
    struct work_desk_query one = *q;
    one.max = 1;
    one.desk = WORK_DESK_MINE;
    if (work_desk_list(w, v, &one, a, ret) == 1) {
        return true;
    }
    one.desk = WORK_DESK_FREE;
    return work_desk_list(w, v, &one, a, ret) == 1;
}

static str step_name(struct store_view *v, struct arena *a, int64_t office, str role, str scheme, str element)
{
    struct store_value args[] = { store_int(office), store_text(role), store_text(scheme), store_text(element) };
    struct store_rows *r = store_query(v, "SELECT name FROM task WHERE status = 'open' AND office = ? AND role = ? AND "
                                          "scheme = ? AND element = ? LIMIT 1", args, 4);
    str name = store_next(r) ? column(a, r, 0) : element;
    store_rows_end(r);
    return name;
}

static bool has_step(const struct work_desk_step *steps, uint32_t count, str scheme, str element)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(steps[i].scheme, scheme) && str_eq(steps[i].element, element)) {
            return true;
        }
    }
    return false;
}

uint32_t work_desk_steps(struct work *w, struct store_view *v, const struct work_desk_query *q, uint32_t max,
                         struct arena *a, struct work_desk_step *ret)
{
    struct work_desk_query all = *q;
    uint32_t count = 0;
    all.desk = WORK_DESK_TEAM;
    all.scheme = all.element = STR("");
    struct lanes l = lanes_of(w, v, &all, a);
    for (uint32_t i = 0; i < l.count && count < max; i++) {
        const struct lane *lane = &l.lanes[i];
        str scheme = STR(""), element = STR("");
        while (count < max && next_step(v, a, lane->office, lane->role, &scheme, &element)) {
            if (!has_step(ret, count, scheme, element)) {
                ret[count++] = (struct work_desk_step){
                    scheme, element, step_name(v, a, lane->office, lane->role, scheme, element) };
            }
        }
    }
    return count;
}

uint32_t work_desk_persons(struct store_view *v, int64_t office, str role, int64_t now, uint32_t max, struct arena *a,
                           struct work_desk_person *ret)
{
    struct store_value args[] = { store_int(office), store_text(role), store_int(now), store_int(now), store_int(max) };
    struct store_rows *r = store_query(v, "SELECT p.id, p.name, p.login FROM role r JOIN person p ON p.id = r.person "
                                          "WHERE r.office = ? AND r.role = ? AND r.since <= ? AND (r.until = 0 OR "
                                          "r.until > ?) AND p.state = 'active' ORDER BY p.name, p.id LIMIT ?", args, 5);
    uint32_t count = 0;
    while (count < max && store_next(r)) {
        ret[count++] = (struct work_desk_person){ store_column_int(r, 0),
                                                  column(a, r, store_column_text(r, 1).len > 0 ? 1 : 2) };
    }
    store_rows_end(r);
    return count;
}

uint32_t work_desk_roles(struct store_view *v, int64_t office, int64_t except, int64_t now, uint32_t max,
                         struct arena *a, str *ret)
{
    struct store_value args[] = { store_int(office), store_int(except), store_int(now), store_int(now),
                                  store_int(max) };
    struct store_rows *r = store_query(v, "SELECT DISTINCT r.role FROM role r JOIN person p ON p.id = r.person WHERE "
                                          "r.office = ? AND r.person <> ? AND r.since <= ? AND (r.until = 0 OR r.until "
                                          "> ?) AND p.state = 'active' AND r.role NOT IN ('administrator', 'auditor') "
                                          "ORDER BY r.role LIMIT ?", args, 5);
    uint32_t count = 0;
    while (count < max && store_next(r)) {
        ret[count++] = column(a, r, 0);
    }
    store_rows_end(r);
    return count;
}
