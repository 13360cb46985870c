/* page_office: an officer's list of tasks, and what is done to many of them at once. */
#include "web/office.h"

#include "base/limit.h"

#include <stdlib.h>

enum { ROWS = 50, STEPS = 60, MANY = 1000 };

static const char *const desks[WORK_DESKS] = { "mine", "team", "free" };
static const char *const dues[] = { "", "late", "week", "none" };

/* ---- The question ---- */

static void read_step(struct web__call *c, struct work_desk_query *q)
{
    str step = web__text(c, "step");
    const char *slash = step.len == 0 ? NULL : memchr(step.ptr, '/', step.len);
    size_t at = slash == NULL ? step.len : (size_t)(slash - step.ptr);
    q->scheme = str_slice(step, 0, at);
    q->element = slash == NULL ? STR("") : str_slice(step, at + 1, step.len);
}

static void read_mark(struct web__call *c, struct work_desk_query *q)
{
    q->after = (struct work_mark){ web__int(c, "due_after", 0), web__int(c, "after", 0), web__int(c, "wait", 0) };
}

struct work_desk_query web__desk_query(struct web__call *c)
{
    struct work_desk_query q = { .person = c->person, .now = c->now, .grants = c->grants,
                                 .grant_count = c->grant_count, .office = web__int(c, "office", 0),
                                 .words = str_trim(web__text(c, "q")), .max = ROWS + 1 };
    str tab = web__text(c, "tab"), due = web__text(c, "due");
    for (int i = 0; i < WORK_DESKS; i++) {
        q.desk = str_eq(tab, str_of(desks[i])) ? (enum work_desk)i : q.desk;
    }
    for (int i = 0; i <= WORK_DUE_NONE; i++) {
        q.due = str_eq(due, str_of(dues[i])) ? (enum work_due)i : q.due;
    }
    read_step(c, &q);
    read_mark(c, &q);
    return q;
}

/* ---- Addresses ---- */

void web__add_query(struct buf *out, const char *name, str value)
{
    if (value.len == 0) {
        return;
    }
    buf_printf(out, "%s%s=", memchr(out->ptr, '?', out->len) == NULL ? "?" : "&", name);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char ch = (unsigned char)value.ptr[i];
        bool plain = (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
        buf_printf(out, plain ? "%c" : "%%%02X", ch);
    }
}

static str number_text(struct arena *a, int64_t n)
{
    return n == 0 ? STR("") : arena_printf(a, "%lld", (long long)n);
}

/* The address of this list, on another desk perhaps, and behind a task perhaps. */
static str address(struct web__call *c, const struct work_desk_query *q, enum work_desk desk, enum work_due due,
                   const struct work_desk_row *after)
{
    struct buf out = BUF_INIT(4096);
    buf_addz(&out, "/office");
    web__add_query(&out, "tab", str_of(desks[desk]));
    web__add_query(&out, "step", web__text(c, "step"));
    web__add_query(&out, "due", str_of(dues[due]));
    web__add_query(&out, "office", number_text(c->arena, q->office));
    web__add_query(&out, "q", q->words);
    if (after != NULL) {
        web__add_query(&out, "due_after", number_text(c->arena, after->due));
        web__add_query(&out, "after", number_text(c->arena, after->dossier));
        web__add_query(&out, "wait", number_text(c->arena, after->wait));
    }
    str text = arena_str(c->arena, buf_str(&out));
    buf_release(&out);
    return text;
}

/* ---- Parts ---- */

str web__scheme_title(struct web__call *c, struct store_view *v, str name)
{
    const struct scheme *s;
    return record_installed(work_record(c->web->config.work), v, name, &s, NULL) == OK ? scheme_text(s->title, c->lang)
                                                                                      : name;
}

/* The limit is the instant after its last day. */
void web__put_due(struct node *n, const struct work_desk_row *row, int64_t now)
{
    if (row->due == 0) {
        return;
    }
    node_put_text(n, "last_day", str_slice(web__instant(n->arena, row->due - 1), 0, 10));
    bool late = row->due <= now;
    int64_t days = row->days < 0 ? -row->days : row->days;
    node_put_word(n, "urgency", late ? "bad" : row->days <= 2 ? "fair" : "good");
    node_put_true(n, "late", late);
    node_put_true(n, "today", !late && row->days == 0);
    if (row->counted && days > 0) {
        node_put_int(n, "days", days);
    }
}

/* What a row is called: its party, or the dossier's number where he scores without knowing whose it is. */
static str name_of(struct web__call *c, const struct work_desk_row *row, bool blind)
{
    return blind                  ? arena_printf(c->arena, lang_text(c->lang, "Dossier %lld"), (long long)row->dossier)
           : row->party.len > 0 ? row->party
                                : row->subject;
}

static void put_row(struct web__call *c, struct store_view *v, struct node *rows, const struct work_desk_row *row)
{
    bool blind = web__is_blind_row(c, v, row);
    if (blind && web__text(c, "q").len > 0) {
        return; /* whose it is would be told by what it is found with */
    }
    struct node *n = node_add_object(rows);
    node_put_int(n, "dossier", row->dossier);
    node_put_int(n, "wait", row->wait);
    node_put_text(n, "step", web__task_called(c, v, row->scheme, row->name));
    node_put_text(n, "scheme", web__scheme_title(c, v, row->scheme));
    node_put_text(n, "party", name_of(c, row, blind));
    node_put_text(n, "subject", blind ? STR("") : row->subject);
    node_put_text(n, "office", row->office_name);
    node_put_text(n, "assignee", row->assignee_name);
    node_put_text(n, "opened", str_slice(web__instant(c->arena, row->opened), 0, 10));
    web__put_due(n, row, c->now);
}

/* How many tasks stand there is said beside the tab; what nobody has taken also where one's own list is empty. */
static void put_tab(struct web__call *c, struct store_view *v, const struct work_desk_query *q, struct node *tabs,
                    enum work_desk desk)
{
    static const char *const names[WORK_DESKS] = { "Mine", "Team", "Not taken" };
    struct node *n = node_add_object(tabs);
    struct work_desk_query one = { .person = q->person, .now = q->now, .grants = q->grants,
                                   .grant_count = q->grant_count, .desk = desk };
    uint32_t count = work_desk_count(c->web->config.work, v, &one, LIMIT_WORK_DESK_COUNT);
    one.due = WORK_DUE_LATE;
    uint32_t late = work_desk_count(c->web->config.work, v, &one, LIMIT_WORK_DESK_COUNT);
    node_put_word(n, "text", names[desk]);
    node_put_text(n, "link", address(c, &one, desk, WORK_DUE_ANY, NULL));
    node_put_int(n, "count", count);
    node_put_true(n, "more", count == LIMIT_WORK_DESK_COUNT);
    if (desk == WORK_DESK_FREE && q->desk == WORK_DESK_MINE && count > 0) {
        node_put_int(c->model, "free", count);
        node_put_true(c->model, "free_more", count == LIMIT_WORK_DESK_COUNT);
    }
    if (late > 0) {
        node_put_int(n, "late", late);
    }
    node_put_true(n, "current", desk == q->desk);
}

static void put_steps(struct web__call *c, struct store_view *v, const struct work_desk_query *q)
{
    struct work_desk_step steps[STEPS];
    struct node *list = node_put_list(c->model, "steps");
    uint32_t count = work_desk_steps(c->web->config.work, v, q, STEPS, c->arena, steps);
    for (uint32_t i = 0; i < count; i++) {
        struct node *n = node_add_object(list);
        node_put_text(n, "value", arena_printf(c->arena, "%.*s/%.*s", STR_ARG(steps[i].scheme),
                                               STR_ARG(steps[i].element)));
        node_put_text(n, "scheme", web__scheme_title(c, v, steps[i].scheme));
        node_put_text(n, "text", web__task_called(c, v, steps[i].scheme, steps[i].name));
        node_put_true(n, "chosen", str_eq(steps[i].scheme, q->scheme) && str_eq(steps[i].element, q->element));
    }
}

/* The offices of his grants: he may want to see one of them alone. */
static void put_offices(struct web__call *c, struct store_view *v, const struct work_desk_query *q)
{
    struct node *list = node_put_list(c->model, "offices");
    for (uint32_t i = 0; i < c->grant_count; i++) {
        bool before = false;
        for (uint32_t k = 0; k < i; k++) {
            before = before || c->grants[k].office == c->grants[i].office;
        }
        if (!before && c->grants[i].office != 0) {
            struct node *n = node_add_object(list);
            node_put_int(n, "value", c->grants[i].office);
            node_put_text(n, "text", work_name_of_office(v, c->arena, c->grants[i].office));
            node_put_true(n, "chosen", c->grants[i].office == q->office);
        }
    }
    node_put_true(c->model, "some_offices", list->count > 1);
}

static void put_dues(struct web__call *c, const struct work_desk_query *q)
{
    static const char *const names[] = { "Any limit", "Overdue", "Due within a week", "Without limit" };
    struct node *list = node_put_list(c->model, "dues");
    for (int i = 0; i <= WORK_DUE_NONE; i++) {
        struct node *n = node_add_object(list);
        node_put_word(n, "value", dues[i]);
        node_put_word(n, "text", names[i]);
        node_put_true(n, "chosen", (int)q->due == i);
    }
}

/* ---- The list ---- */

static void put_list(struct web__call *c, struct store_view *v, const struct work_desk_query *q)
{
    struct work_desk_row rows[ROWS + 1];
    uint32_t count = work_desk_list(c->web->config.work, v, q, c->arena, rows);
    struct node *list = node_put_list(c->model, "rows");
    for (uint32_t i = 0; i < count && i < ROWS; i++) {
        put_row(c, v, list, &rows[i]);
    }
    if (count > ROWS) {
        node_put_text(c->model, "next", address(c, q, q->desk, q->due, &rows[ROWS - 1]));
    }
    node_put_true(c->model, "filtered", q->scheme.len > 0 || q->due != WORK_DUE_ANY || q->words.len > 0 ||
                                            q->office != 0);
}

/* Has he the task, or may he take it? Not where a second person is needed, nor where he has declared an interest. */
static bool is_for(struct web__call *c, const struct work_desk_row *row)
{
    struct work_desk_task t;
    return row->assignee == c->person ||
           (work_desk_task(c->web->config.work, c->person, row->dossier, (uint32_t)row->wait, c->arena, &t, NULL) ==
                OK &&
            (t.acts & UINT64_C(1) << WORK_CLAIM) != 0);
}

enum next { NEXT_FOUND, NEXT_NONE, NEXT_ANSWERED /* 503 was sent */ };

/* The most urgent task that is for him. */
static enum next find_next(struct web__call *c, struct work_desk_query q, struct work_desk_row *ret)
{
    enum { TRIES = 20 };
    for (int i = 0; i < TRIES; i++) {
        struct store_view *v = web__view(c);
        if (v == NULL) {
            return NEXT_ANSWERED;
        }
        bool there = work_desk_next(c->web->config.work, v, &q, c->arena, ret);
        if (!web__view_end(c, v)) {
            return NEXT_ANSWERED;
        }
        if (!there || is_for(c, ret)) {
            return there ? NEXT_FOUND : NEXT_NONE;
        }
        q.after = (struct work_mark){ .due = ret->due, .dossier = ret->dossier, .wait = ret->wait };
    }
    return NEXT_NONE;
}

/* After an act: what is the most urgent now. False after an answer was sent. */
static bool put_next(struct web__call *c)
{
    const struct work_desk_query q = { .person = c->person, .now = c->now, .grants = c->grants,
                                       .grant_count = c->grant_count };
    struct work_desk_row row;
    enum next next = find_next(c, q, &row);
    struct store_view *v = next == NEXT_FOUND ? web__view(c) : NULL;
    if (next == NEXT_FOUND && v == NULL) {
        return false;
    }
    if (next == NEXT_FOUND) {
        struct node *n = node_put_object(c->model, "upcoming");
        node_put_int(n, "dossier", row.dossier);
        node_put_int(n, "wait", row.wait);
        node_put_text(n, "party", name_of(c, &row, web__is_blind_row(c, v, &row)));
        node_put_text(n, "step", web__task_called(c, v, row.scheme, row.name));
        return web__view_end(c, v);
    }
    return next != NEXT_ANSWERED;
}

/* A number that was typed leads to its dossier, also where no task of it waits: for those who may see it. */
static void put_found(struct web__call *c, struct store_view *v)
{
    struct work_dossier d;
    int64_t number = web__int(c, "q", 0);
    if (number > 0 && work_read_dossier(v, number, c->arena, &d) &&
        work_may_see(c->web->config.work, v, c->person, c->now, &d, NULL)) {
        node_put_int(c->model, "found", number);
    }
}

void web__page_office(struct web__call *c)
{
    struct work_desk_query q = web__desk_query(c);
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    put_list(c, v, &q);
    struct node *tabs = node_put_list(c->model, "tabs");
    for (int i = 0; i < WORK_DESKS; i++) {
        put_tab(c, v, &q, tabs, (enum work_desk)i);
    }
    put_steps(c, v, &q);
    put_offices(c, v, &q);
    put_dues(c, &q);
    put_found(c, v);
    if (!web__view_end(c, v)) {
        return;
    }
    if (web__int(c, "last", 0) != 0) {
        node_put_int(c->model, "last", web__int(c, "last", 0));
        if (!put_next(c)) {
            return;
        }
    }
    node_put_word(c->model, "tab", desks[q.desk]);
    node_put_text(c->model, "q", q.words);
    node_put_text(c->model, "step", web__text(c, "step"));
    node_put_word(c->model, "due", dues[q.due]);
    if (q.office != 0) {
        node_put_int(c->model, "office", q.office);
    }
    node_put_true(c->model, "mine", q.desk == WORK_DESK_MINE);
    node_put_true(c->model, "dense", true);
    web__put_done(c);
    web__answer(c, 200, page_office);
}

/* The way to the next task; to the list, where there is none. */
void web__page_office_next(struct web__call *c)
{
    struct work_desk_row row;
    enum next next = find_next(c, web__desk_query(c), &row);
    if (next != NEXT_ANSWERED) {
        web__go(c, next == NEXT_FOUND ? arena_printf(c->arena, "/office/d/%lld/t/%lld", (long long)row.dossier,
                                                     (long long)row.wait)
                                      : STR("/office?done=empty"));
    }
}

/* ---- Sentences after an act ---- */

void web__put_done(struct web__call *c)
{
    static const char *const words[][2] = {
        { "empty", "There is no task left in your queue" },
        { "claim", "The task is yours" },
        { "release", "The task was given back" },
        { "assign", "The task was assigned" },
        { "forward", "The task was passed on" },
        { "complete", "The task is completed" },
        { "save", "The draft is kept" },
        { "return", "The task was sent back" },
        { "recuse", "Your interest is noted: no task of this dossier is yours any more" },
        { "seal", "The seal is recorded: the paper is issued" },
        { "serve", "The service is recorded: its time limit runs from that day" },
        { "void", "The paper is void; its number stays, with the reason" },
        { "cancel", "The dossier is ended" },
        { "happened", "What happened is recorded" },
        { "message", "The message is recorded" },
        { "start", "The dossier was begun" },
    };
    str done = web__text(c, "done");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (str_eq(done, str_of(words[i][0]))) {
            node_put_word(c->model, "done", words[i][1]);
        }
    }
}

/* ---- Many at once ---- */

struct many {
    struct web__call call;
    struct web__many_task {
        struct many *many;
        int64_t dossier;
        uint32_t wait;
        bool fine;
        const char *message, *detail;
    } tasks[MANY];
    uint32_t count;
    atomic_uint left;
    enum work_act act;
    int64_t person;
    str with;
};

static bool add_task(struct many *m, str text)
{
    struct web__many_task *t = &m->tasks[m->count];
    const char *dot = text.len == 0 ? NULL : memchr(text.ptr, '.', text.len);
    dec dossier, wait;
    int64_t n;
    if (dot == NULL || m->count == MANY || !dec_parse(str_slice(text, 0, (size_t)(dot - text.ptr)), &dossier) ||
        !dec_parse(str_slice(text, (size_t)(dot - text.ptr) + 1, text.len), &wait) ||
        !dec_to_int(dossier, &t->dossier) || !dec_to_int(wait, &n) || n < 0 || n > UINT32_MAX) {
        return false;
    }
    t->wait = (uint32_t)n;
    t->many = m;
    m->count++;
    return true;
}

/* Those that are ticked, or the list whole, or those of the look before. */
static void read_tasks(struct web__call *c, struct many *m)
{
    size_t count;
    const struct http_pair *fields = http_fields(c->r, &count);
    str all = web__text(c, "-tasks");
    for (size_t i = 0; i < count; i++) {
        if (str_eq(fields[i].name, STR("-t"))) {
            add_task(m, fields[i].value);
        }
    }
    for (size_t at = 0; at < all.len;) {
        const char *blank = memchr(all.ptr + at, ' ', all.len - at);
        size_t end = blank == NULL ? all.len : (size_t)(blank - all.ptr);
        add_task(m, str_slice(all, at, end));
        at = end + 1;
    }
}

static bool read_list(struct web__call *c, struct many *m)
{
    struct work_desk_query q = web__desk_query(c);
    struct work_desk_row *rows = ARENA_ARRAY(c->arena, struct work_desk_row, MANY);
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    q.max = MANY;
    uint32_t count = work_desk_list(c->web->config.work, v, &q, c->arena, rows);
    for (uint32_t i = 0; i < count; i++) {
        add_task(m, arena_printf(c->arena, "%lld.%lld", (long long)rows[i].dossier, (long long)rows[i].wait));
    }
    return web__view_end(c, v);
}

static struct work_request request_of(const struct many *m, const struct web__many_task *t)
{
    return (struct work_request){ .act = m->act, .actor = m->call.person, .dossier = t->dossier, .wait = t->wait,
                                  .person = m->person, .with = m->with };
}

static void note(struct web__many_task *t, const struct work_answer *answer)
{
    struct arena *a = t->many->call.arena;
    t->fine = answer->outcome == WORK_OK;
    t->message = t->fine ? "" : arena_str(a, str_of(answer->error.message)).ptr;
    t->detail = t->fine ? "" : arena_str(a, str_of(answer->error.detail)).ptr;
}

/* What stands in the way, the same reason once, with how many tasks it stops. */
static void put_reasons(struct many *m)
{
    struct node *list = node_put_list(m->call.model, "reasons");
    for (uint32_t i = 0; i < m->count; i++) {
        const struct web__many_task *t = &m->tasks[i];
        uint32_t same = 0;
        bool before = t->fine;
        for (uint32_t k = 0; k < m->count && !before; k++) {
            const struct web__many_task *o = &m->tasks[k];
            bool alike = !o->fine && strcmp(o->message, t->message) == 0 && strcmp(o->detail, t->detail) == 0;
            before = alike && k < i;
            same += alike;
        }
        if (!before) {
            struct node *n = node_add_object(list);
            node_put_int(n, "count", same);
            node_put_word(n, "message", t->message);
            node_put_word(n, "detail", t->detail);
            node_put_int(n, "dossier", t->dossier);
        }
    }
}

static void put_many(struct many *m, bool done)
{
    struct node *model = m->call.model;
    struct buf all = BUF_INIT(1 << 20);
    uint32_t fine = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        fine += m->tasks[i].fine;
        if (m->tasks[i].fine || done) {
            buf_printf(&all, "%s%lld.%u", all.len > 0 ? " " : "", (long long)m->tasks[i].dossier, m->tasks[i].wait);
        }
    }
    node_put_text(model, "tasks", arena_str(m->call.arena, buf_str(&all)));
    buf_release(&all);
    node_put_int(model, "count", m->count);
    node_put_int(model, "fine", fine);
    node_put_true(model, "some", fine > 0);
    node_put_int(model, "blocked", m->count - fine);
    node_put_true(model, "some_blocked", fine < m->count);
    node_put_word(model, "act", work_act_name(m->act));
    node_put_true(model, "carried", done);
    node_put_text(model, "person", number_text(m->call.arena, m->person));
    put_reasons(m);
    web__crumb(&m->call, "Tasks", STR("/office"));
}

/* Called for each as its answer comes; the last one sends the page. */
static void carried(void *context, const struct work_answer *answer)
{
    struct web__many_task *t = context;
    struct many *m = t->many;
    t->fine = answer->outcome == WORK_OK;
    t->message = t->fine ? "" : "not done: somebody may have been faster";
    t->detail = "";
    if (atomic_fetch_sub(&m->left, 1) == 1) {
        put_many(m, true);
        web_changed(m->call.web);
        web__answer(&m->call, 200, page_office_many);
    }
}

static void carry_out(struct many *m)
{
    uint32_t count = m->count; /* the last answer may free the page */
    atomic_init(&m->left, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        struct work_request rq = request_of(m, &m->tasks[i]);
        work_submit(m->call.web->config.work, &rq, m->call.lang, carried, &m->tasks[i]);
    }
    if (atomic_fetch_sub(&m->left, 1) == 1) {
        put_many(m, true);
        web_changed(m->call.web);
        web__answer(&m->call, 200, page_office_many);
    }
}

static bool find_act(str word, enum work_act *ret)
{
    static const enum work_act acts[] = { WORK_CLAIM, WORK_RELEASE, WORK_ASSIGN, WORK_COMPLETE };
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (str_eq(word, str_of(work_act_name(acts[i])))) {
            *ret = acts[i];
            return true;
        }
    }
    return false;
}

/* Of completing: the form of the first task, which all of them are answered with. False after an answer was sent. */
static bool read_answers(struct web__call *c, struct many *m, bool first)
{
    struct work_desk_task t;
    struct error err = { .lang = c->lang };
    if (work_desk_task(c->web->config.work, c->person, m->tasks[0].dossier, m->tasks[0].wait, c->arena, &t, &err) !=
        OK) {
        web__refuse(c, 404, &err);
        return false;
    }
    node_put_text(c->model, "step", t.name);
    return t.form == NULL || web__task_form(c, &t, first, &m->with);
}

/* The persons who have the role of the first task. */
static bool put_persons(struct web__call *c, struct many *m)
{
    struct work_desk_task t;
    struct error err = { .lang = c->lang };
    if (work_desk_task(c->web->config.work, c->person, m->tasks[0].dossier, m->tasks[0].wait, c->arena, &t, &err) !=
        OK) {
        web__refuse(c, 404, &err);
        return false;
    }
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    web__put_persons(c, v, t.office, t.role, m->person);
    return web__view_end(c, v);
}

static bool prepare(struct web__call *c, struct many *m, bool first)
{
    if (m->act == WORK_ASSIGN) {
        return put_persons(c, m);
    }
    return m->act != WORK_COMPLETE || read_answers(c, m, first);
}

static void look(struct many *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        struct work_request rq = request_of(m, &m->tasks[i]);
        struct work_answer answer = work_try(m->call.web->config.work, &rq, m->call.lang);
        note(&m->tasks[i], &answer);
    }
    node_put_true(m->call.model, "looked", true);
    put_many(m, false);
}

/* Whether completing them can make something known: they are all of one step. */
static bool publish_together(struct many *m)
{
    struct work_desk_task t;
    struct web__call *c = &m->call;
    return work_desk_task(c->web->config.work, c->person, m->tasks[0].dossier, m->tasks[0].wait, c->arena, &t, NULL) ==
               OK && work_publishes(&t);
}

void web__form_office_many(struct web__call *c)
{
    struct many *m = arena_calloc(c->arena, 1, sizeof *m);
    struct error err = { .lang = c->lang };
    str button = web__text(c, "do");
    bool first = !str_eq(button, STR("look")) && !str_eq(button, STR("carry"));
    m->call = *c;
    m->person = web__int(c, "-person", 0);
    bool whole = web__flag(c, "-all");
    if (whole ? !read_list(c, m) : (read_tasks(c, m), false)) {
        return;
    }
    if (m->count == 0 || !find_act(first ? button : web__text(c, "-act"), &m->act)) {
        error_set(&err, ERROR_INVALID, "no task was chosen");
        error_hint(&err, "go back and tick the tasks that are meant");
        web__refuse(c, 422, &err);
        return;
    }
    if (!prepare(c, m, first)) {
        return;
    }
    bool form = m->act == WORK_COMPLETE && node_member(c->model, STR("components")) != NULL;
    bool asks = first && (m->act == WORK_ASSIGN || form);
    bool publishes = m->act == WORK_COMPLETE && publish_together(m);
    if (str_eq(button, STR("carry")) && node_member(c->model, STR("problems")) == NULL &&
        (!publishes || web__proved(c, false))) {
        carry_out(m);
        return;
    }
    if (publishes) {
        web__put_proof(c, false);
    }
    if (asks) {
        for (uint32_t i = 0; i < m->count; i++) {
            m->tasks[i].fine = true;
            m->tasks[i].message = m->tasks[i].detail = "";
        }
        put_many(m, false);
    } else {
        look(m);
    }
    web__answer(&m->call, node_member(c->model, STR("problems")) == NULL ? 200 : 422, page_office_many);
}
