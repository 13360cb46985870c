/* assess_carry: what an approved list brings about, page by page. It may stop anywhere and go on: a message and a
 * start have a key, so that they happen once; a write commits together with the mark of its entry.
 *
 * The manifest's `then`:
 *   "message": "listed", or {"name", "grades": [...], "with": {variable: FEEL}}, or a list of such
 *   "start":   {"process", "grades", "with"}, or the process alone, or a list
 *   "write":   {field: FEEL}, or {"grades", "fields": {field: FEEL}}
 *   "entry":   {name: FEEL}: what documents and notices are told of each entry beside
 *   others:    what work_assess_register knows; once, at the end
 *
 * A message or start with "ungraded": true is for those that reached no grade; whoever gets none of that is told why:
 * the party of the dossier, or the office of the record.
 *
 * FEEL sees the names of the input, the keys, id, grade, rank, lot, place, group, called, assessment, reason, and what
 * all have in common: the key date and the parameters.
 */
#include "work/assess_int.h"

#include "base/limit.h"
#include "record/party.h"

#include <stdlib.h>

/* TOGETHER: rows written as one unit: many, for each unit waits for the disk; but others wait for it. */
enum { PAGE = 200, TOGETHER = 50, KEY = 64 };

enum kind { KIND_MESSAGE, KIND_START, KIND_WRITE };

struct expression {
    str name;
    const struct feel_program *program;
};

/* One thing that follows, for entries of some grades. */
struct follow {
    enum kind kind;
    str name;                /* message, process; of a write empty */
    feel_value grades;       /* a list of names, or null: all that have one */
    bool ungraded;           /* those that have none */
    struct expression *with;
    uint32_t with_count;
};

struct open_entry {
    int64_t number, version, subject, called, position; /* position 0: undetermined */
    str id, input, grade, result;
    str outcome;             /* what is to be noted, or empty: nothing yet */
};

struct carry {
    struct work__assess *x;
    struct follow *follows;
    uint32_t follow_count;
    feel_value given;        /* what all have in common, as it was frozen */
    const str *names;        /* of the scope of expressions, by slot */
    uint32_t name_count;
    struct feel_scope *scope;
    struct feel_eval *ev;
    struct arena page;
    struct open_entry entries[PAGE];
    uint32_t count;
    bool later;              /* something could not be done now */
    struct error why;        /* of it */
};

/* ---- What follows ---- */

static enum error_code read_expressions(struct carry *c, feel_value with, struct follow *f)
{
    uint32_t count = with.kind == FEEL_CONTEXT ? with.count : 0;
    f->with = ARENA_ARRAY(&c->x->arena, struct expression, count);
    for (uint32_t i = 0; i < count; i++) {
        str source = with.values[i].kind == FEEL_STRING ? feel_str(with.values[i]) : STR("");
        f->with[i].name = with.shape->names[i];
        if (source.len == 0) {
            return error_set(c->x->err, ERROR_INVALID, "\"%.*s\" of the assessment is no FEEL text",
                             STR_ARG(f->with[i].name));
        }
        if (feel_compile(&c->x->arena, c->scope, source, &f->with[i].program, c->x->err) != OK) {
            return ERROR_INVALID;
        }
        f->with_count++;
    }
    return OK;
}

static enum error_code read_follow(struct carry *c, enum kind kind, const char *name, feel_value v)
{
    struct follow *f = &c->follows[c->follow_count++];
    bool nested = kind != KIND_WRITE || feel_member(v, "fields").kind == FEEL_CONTEXT;
    *f = (struct follow){ .kind = kind, .grades = nested ? feel_member(v, "grades") : feel_null(),
                          .ungraded = nested && feel_is_true(feel_member(v, "ungraded")) };
    f->name = v.kind == FEEL_STRING ? feel_str(v) : kind == KIND_WRITE ? STR("") : feel_text_member(v, name);
    if (f->name.len == 0 && kind != KIND_WRITE) {
        return error_set(c->x->err, ERROR_INVALID, "the assessment does not say which %s follows", name);
    }
    return read_expressions(c, kind != KIND_WRITE ? feel_member(v, "with") : nested ? feel_member(v, "fields") : v, f);
}

static enum error_code read_kind(struct carry *c, enum kind kind, const char *member, const char *name)
{
    feel_value v = feel_member(c->x->rule->then, member);
    enum error_code code = OK;
    if (v.kind == FEEL_NULL) {
        return OK;
    }
    const feel_value *all = v.kind == FEEL_LIST ? v.items : &v;
    for (uint32_t i = 0, n = v.kind == FEEL_LIST ? v.count : 1; i < n && code == OK; i++) {
        code = read_follow(c, kind, name, all[i]);
    }
    return code;
}

static uint32_t count_of(feel_value v)
{
    return v.kind == FEEL_LIST ? v.count : 1;
}

static enum error_code read_follows(struct carry *c)
{
    feel_value then = c->x->rule->then;
    uint32_t most = count_of(feel_member(then, "message")) + count_of(feel_member(then, "start")) + 1;
    c->follows = ARENA_ARRAY(&c->x->arena, struct follow, most);
    enum error_code code = read_kind(c, KIND_MESSAGE, "message", "name");
    code = code == OK ? read_kind(c, KIND_START, "start", "process") : code;
    return code == OK ? read_kind(c, KIND_WRITE, "write", "") : code;
}

/* The names that expressions may use: what the program says of each entry, the keys, what all have in common, and the
 * names of the input, which are those of the first entry. */
static enum error_code make_scope(struct carry *c)
{
    static const char *const own[] = { "id", "grade", "rank", "lot", "place", "group", "called",
                                       "assessment", "reason" };
    enum { OWN = sizeof own / sizeof own[0] };
    struct work__assess *x = c->x;
    struct store_view *v;
    feel_value input = feel_null();
    struct store_value args[] = { store_int(x->s.id) };
    enum error_code code = store_view(x->w->store, &v, x->err);
    if (code != OK) {
        return code;
    }
    struct store_rows *r = store_query(v, "SELECT input FROM assessment_entry WHERE assessment = ? ORDER BY number "
                                          "LIMIT 1", args, 1);
    if (store_next(r)) {
        code = feel_record_read(&x->arena, arena_str(&x->arena, store_column_text(r, 0)), &input, x->err);
    }
    store_rows_end(r);
    store_view_end(v);
    c->given = feel_null();
    code = code == OK && x->s.given.len > 0 ? feel_record_read(&x->arena, x->s.given, &c->given, x->err) : code;
    uint32_t inputs = input.kind == FEEL_CONTEXT ? input.count : 0;
    uint32_t given = c->given.kind == FEEL_CONTEXT ? c->given.count : 0;
    str *names = ARENA_ARRAY(&x->arena, str, OWN + x->rule->order_count + inputs + given);
    for (uint32_t i = 0; i < given; i++) {
        names[c->name_count++] = c->given.shape->names[i];
    }
    for (uint32_t i = 0; i < inputs; i++) {
        names[c->name_count++] = input.shape->names[i];
    }
    for (uint32_t i = 0; i < x->rule->order_count; i++) {
        names[c->name_count++] = scheme_assess_key(x->rule->order[i]);
    }
    for (uint32_t i = 0; i < OWN; i++) {
        names[c->name_count++] = str_of(own[i]);
    }
    c->names = names;
    c->scope = feel_scope_new(&x->arena);
    for (uint32_t i = 0; i < c->name_count; i++) {
        feel_scope_add(c->scope, names[i], NULL, i);
    }
    return code;
}

/* ---- An entry ---- */

/* The grade that counts: that of the place it was called to, or its own. */
static str grade_of(const struct carry *c, const struct open_entry *e)
{
    const struct scheme_assessment *rule = c->x->rule;
    for (uint32_t i = 0; e->called != 0 && i + 1 < rule->grade_count; i++) {
        if (str_eq(rule->grades[i + 1], e->grade)) {
            return rule->grades[i];
        }
    }
    return e->grade;
}

static bool is_graded(const struct carry *c, const struct open_entry *e)
{
    return e->position > 0 && (c->x->rule->grading == SCHEME_BY_NONE || e->grade.len > 0);
}

static bool is_for(const struct carry *c, const struct follow *f, const struct open_entry *e)
{
    str grade = grade_of(c, e);
    if (f->ungraded || !is_graded(c, e)) {
        return f->ungraded && !is_graded(c, e);
    }
    if (f->grades.kind != FEEL_LIST) {
        return true;
    }
    for (uint32_t i = 0; i < f->grades.count; i++) {
        if (f->grades.items[i].kind == FEEL_STRING && str_eq(feel_str(f->grades.items[i]), grade)) {
            return true;
        }
    }
    return false;
}

static feel_value number_value(int64_t n)
{
    return feel_number(dec_from_int(n));
}

static str text_of(struct carry *c, feel_value v)
{
    struct buf b = BUF_INIT(LIMIT_FEEL_STRING);
    feel_print(v, &b);
    str s = arena_str(&c->page, buf_str(&b));
    buf_release(&b);
    return s;
}

/* Why an entry has no grade: what of it is not known, or how far it is from a grade. Where the cut is a line that the
 * parameter draws, the line is named. Where it is a share or a count, the line is what another entry has: then only the
 * own distance is told, and without a number nothing but that it stands behind. */
static str reason_of(struct carry *c, feel_value result)
{
    str unknown = feel_text_member(result, "undetermined");
    feel_value next = feel_member(result, "next"), by = feel_member(next, "by");
    if (unknown.len > 0) {
        return arena_printf(&c->page, lang_text(LANG_ZH, "it cannot be assessed: %.*s"), STR_ARG(unknown));
    }
    if (next.kind != FEEL_CONTEXT) {
        return str_of(lang_text(LANG_ZH, "it reaches no grade"));
    }
    str key = feel_text_member(next, "key"), own = text_of(c, feel_member(next, "own"));
    if (c->x->rule->grading == SCHEME_BY_THRESHOLD) {
        return arena_printf(&c->page, lang_text(LANG_ZH, "it reaches no grade: %.*s is %.*s, and %.*s was needed"),
                            STR_ARG(key), STR_ARG(own), STR_ARG(text_of(c, feel_member(next, "wanted"))));
    }
    if (by.kind != FEEL_NUMBER) {
        return arena_printf(&c->page, lang_text(LANG_ZH, "it reaches no grade: by %.*s it stands behind those that do"),
                            STR_ARG(key));
    }
    return arena_printf(&c->page, lang_text(LANG_ZH, "it reaches no grade: %.*s is %.*s, %.*s from what was enough"),
                        STR_ARG(key), STR_ARG(own), STR_ARG(text_of(c, by)));
}

/* The value of a name: of the input exactly; of the computed ones as the list says them. */
static feel_value value_of(struct carry *c, const struct open_entry *e, feel_value input, feel_value result, str name)
{
    feel_value v = feel_null();
    if (str_eq(name, STR("grade"))) {
        str grade = grade_of(c, e);
        return grade.len > 0 ? feel_string(grade) : feel_null();
    }
    if (str_eq(name, STR("assessment"))) {
        return feel_string(arena_printf(&c->page, "%lld", (long long)c->x->s.id));
    }
    if (str_eq(name, STR("reason"))) {
        return is_graded(c, e) ? feel_null() : feel_string(reason_of(c, result));
    }
    if (str_eq(name, STR("called"))) {
        return feel_boolean(e->called != 0);
    }
    if (str_eq(name, STR("place")) && e->called != 0) {
        return number_value(e->called);
    }
    if (input.kind == FEEL_CONTEXT && feel_context_get(input, name, &v) && v.kind != FEEL_NULL) {
        return v;
    }
    if (!feel_context_get(result, name, &v) && !feel_context_get(feel_member(result, "values"), name, &v) &&
        c->given.kind == FEEL_CONTEXT) {
        feel_context_get(c->given, name, &v);
    }
    return v;
}

/* The values that a thing is done with, as a context in the page. */
static enum error_code evaluate(struct carry *c, const struct follow *f, const struct open_entry *e, feel_value *ret)
{
    feel_value input = feel_null(), result = feel_null();
    str *names = ARENA_ARRAY(&c->page, str, f->with_count);
    feel_value *values = ARENA_ARRAY(&c->page, feel_value, f->with_count);
    feel_value *slots = ARENA_ARRAY(&c->page, feel_value, c->name_count);
    if (feel_record_read(&c->page, e->input, &input, c->x->err) != OK ||
        feel_json_read(&c->page, e->result, &result, c->x->err) != OK) {
        return ERROR_INVALID;
    }
    for (uint32_t i = 0; i < c->name_count; i++) {
        slots[i] = value_of(c, e, input, result, c->names[i]);
    }
    feel_eval_reset(c->ev);
    for (uint32_t i = 0; i < f->with_count; i++) {
        names[i] = f->with[i].name;
        values[i] = feel_copy(&c->page, feel_run(c->ev, f->with[i].program, slots));
    }
    *ret = feel_context(feel_shape_new(&c->page, names, f->with_count), values);
    return feel_eval_limit(c->ev, c->x->err);
}

static str json_of(struct carry *c, feel_value v)
{
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    feel_json_write(v, false, &b);
    str s = arena_str(&c->page, buf_str(&b));
    buf_release(&b);
    return s;
}

/* ---- Messages and starts, many at a time ---- */

struct errand {
    struct work__batch *batch;
    struct open_entry *entry;
    struct work_answer answer;
};

static void errand_done(void *context, const struct work_answer *answer)
{
    struct errand *e = context;
    e->answer = *answer;
    work__batch_done(e->batch);
}

static void batch_ask(struct carry *c, struct work__batch *b, struct errand *e, const struct work_request *rq)
{
    e->batch = b;
    work__batch_add(b);
    work_submit(c->x->w, rq, LANG_ZH, errand_done, e);
}

/* The wait that the message is for; 0: the dossier waits for it no more. */
static uint32_t wait_for(struct store_view *v, int64_t dossier, str name)
{
    struct store_value args[] = { store_int(dossier), store_text(name) };
    struct store_rows *r = store_query(v, "SELECT wait FROM subscription WHERE dossier = ? AND kind = 'message' AND "
                                          "name = ? ORDER BY wait LIMIT 1", args, 2);
    uint32_t wait = store_next(r) ? (uint32_t)store_column_int(r, 0) : 0;
    store_rows_end(r);
    return wait;
}

/* Was it done before a crash? */
static bool key_there(struct store_view *v, str key)
{
    struct store_value args[] = { store_text(key) };
    struct store_rows *r = store_query(v, "SELECT at FROM request WHERE key = ?", args, 1);
    bool there = store_next(r);
    store_rows_end(r);
    return there;
}

static str key_of(struct carry *c, const struct open_entry *e, uint32_t follow)
{
    return arena_printf(&c->page, "assessment %lld %lld %u%s", (long long)c->x->s.id, (long long)e->number, follow,
                        e->called != 0 ? " called" : "");
}

static str code_of_office(struct carry *c, struct store_view *v)
{
    struct store_value args[] = { store_int(c->x->s.office) };
    struct store_rows *r = store_query(v, "SELECT code FROM office WHERE id = ?", args, 1);
    str code = store_next(r) ? arena_str(&c->page, store_column_text(r, 0)) : STR("");
    store_rows_end(r);
    return code;
}

static enum error_code ask_one(struct carry *c, struct store_view *v, uint32_t follow, struct open_entry *e,
                               struct work__batch *b, struct errand *errand)
{
    const struct follow *f = &c->follows[follow];
    feel_value with;
    str key = key_of(c, e, follow);
    if (key_there(v, key)) {
        e->outcome = STR("done");
        return OK;
    }
    enum error_code code = evaluate(c, f, e, &with);
    if (code != OK) {
        return code;
    }
    struct work_request rq = { .key = key, .with = json_of(c, with) };
    if (f->kind == KIND_START) {
        rq.act = WORK_START;
        rq.scheme = c->x->s.scheme;
        rq.process = f->name;
        rq.office = code_of_office(c, v);
        rq.subject = arena_printf(&c->page, "%.*s", STR_ARG(e->id));
    } else {
        rq.act = WORK_MESSAGE;
        rq.dossier = e->subject;
        rq.name = f->name;
        rq.wait = wait_for(v, e->subject, f->name);
        if (rq.wait == 0) {
            e->outcome = STR("not waiting");
            return OK;
        }
    }
    errand->entry = e;
    batch_ask(c, b, errand, &rq);
    return OK;
}

static void note_answer(struct carry *c, const struct errand *e)
{
    const struct work_answer *a = &e->answer;
    if (e->entry == NULL || a->outcome == WORK_OK) {
        if (e->entry != NULL && e->entry->outcome.len == 0) {
            e->entry->outcome = STR("done");
        }
        return;
    }
    if (a->outcome == WORK_BUSY || a->outcome == WORK_READ_ONLY || a->outcome == WORK_LOST) {
        c->later = true;
        c->why = a->error;
        e->entry->number = 0; /* stays open */
        return;
    }
    bool gone = a->outcome == WORK_MISSING || (a->outcome == WORK_REFUSED && a->error.code == ERROR_INVALID);
    e->entry->outcome = gone ? STR("not waiting") : arena_printf(&c->page, "%s", a->error.message);
}

static enum error_code ask_page(struct carry *c, uint32_t follow)
{
    struct store_view *v;
    struct work__batch b;
    struct errand *errands = ARENA_ARRAY(&c->page, struct errand, c->count);
    enum error_code code = store_view(c->x->w->store, &v, c->x->err);
    if (code != OK) {
        return code;
    }
    work__batch_begin(&b);
    for (uint32_t i = 0; i < c->count && code == OK; i++) {
        if (c->entries[i].number != 0 && is_for(c, &c->follows[follow], &c->entries[i])) {
            code = ask_one(c, v, follow, &c->entries[i], &b, &errands[i]);
        }
    }
    code = code == OK ? store_view_error(v, c->x->err) : code;
    store_view_end(v);
    work__batch_end(&b);
    for (uint32_t i = 0; i < c->count; i++) {
        note_answer(c, &errands[i]);
    }
    return code;
}

/* ---- Marks ---- */

static void mark(struct carry *c, struct arena *a, struct store_change *change, const struct open_entry *e)
{
    struct store_value *row = work__entry_row(a, c->x, e->number, e->version);
    row[ENTRY__OUTCOME] = store_text(e->outcome.len > 0 ? e->outcome : STR("none"));
    row[ENTRY__CARRIED] = store_int(c->x->now);
    store_update(change, STORE_TABLE_assessment_entry, row);
}

/* Whoever has no grade and was sent nothing. */
static enum error_code tell(struct carry *c, struct arena *a, struct store_change *change, struct open_entry *e)
{
    struct work__assess *x = c->x;
    feel_value result = feel_null();
    struct buf what = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer j;
    int64_t id = store_id(x->w->store, x->err);
    enum error_code code = id == 0 ? ERROR_IO : feel_json_read(&c->page, e->result, &result, x->err);
    str role = x->rule->over_dossiers ? STR("") : x->rule->approve.len > 0 ? x->rule->approve : STR("manager");
    json_writer_init(&j, &what, false);
    json_begin_object(&j);
    json_int_member(&j, "assessment", x->s.id);
    json_text_member(&j, "entry", e->id);
    json_text_member(&j, "ungraded", reason_of(c, result));
    json_end_object(&j);
    struct store_value row[] = { store_int(id), store_int(x->now), store_int(x->s.office), store_text(role),
                                 store_int(x->rule->over_dossiers ? e->subject : 0),
                                 store_text(arena_str(a, buf_str(&what))), store_int(0), store_text(STR("")) };
    if (code == OK) {
        store_insert(change, STORE_TABLE_tell, row);
        e->outcome = STR("told");
    }
    buf_release(&what);
    return code;
}

static enum error_code mark_page(struct carry *c)
{
    enum error_code code = OK;
    struct arena a = ARENA_INIT;
    struct store_change *change = store_change(&a);
    for (uint32_t i = 0; i < c->count && code == OK; i++) {
        struct open_entry *e = &c->entries[i];
        if (e->number != 0 && e->outcome.len == 0 && !is_graded(c, e)) {
            code = tell(c, &a, change, e);
        }
        if (e->number != 0) {
            mark(c, &a, change, e);
        }
    }
    code = code == OK && store_change_rows(change) > 0 ? work__assess_commit(c->x, change, STORE_BULK) : code;
    arena_release(&a);
    return code;
}

/* ---- Writes ---- */

/* The new revision of an entry's row, and its mark. */
static enum error_code add_write(struct carry *c, const struct follow *f, const struct scheme *owner,
                                 const struct scheme_ledger *l, struct record_plan *plan, struct open_entry *e)
{
    feel_value values;
    enum error_code code = evaluate(c, f, e, &values);
    code = code == OK ? record_change(plan, owner, l, e->subject, 0, values,
                                      arena_printf(plan->arena, "assessment %lld", (long long)c->x->s.id), c->x->err)
                      : code;
    if (code == OK) {
        e->outcome = e->outcome.len > 0 ? e->outcome : STR("done");
        mark(c, plan->arena, plan->change, e);
    }
    return code;
}

/* Some entries that are written as one unit; its change and what it is made of are in the arena. */
struct writing {
    struct arena arena;
    struct store_change *change;
    struct open_entry **entries;
    uint32_t count;            /* of the entries that were to be written, as many as fit */
    struct work__batch *batch; /* that it is awaited with */
    enum store_outcome outcome;
};

/* Makes the unit. At least one entry is in it, unless there is an error. */
static enum error_code plan_writes(struct carry *c, const struct follow *f, struct open_entry **entries,
                                   uint32_t count, struct writing *w)
{
    struct store_view *v;
    struct work__assess *x = c->x;
    const struct scheme_ledger *l;
    const struct scheme *owner;
    *w = (struct writing){ .entries = entries };
    enum error_code code = store_view(x->w->store, &v, x->err);
    if (code != OK) {
        w->count = count;
        return code;
    }
    w->change = store_change(&w->arena);
    struct record_plan plan = { .record = x->w->record, .view = v, .change = w->change, .arena = &w->arena,
                                .ev = c->ev, .actor = x->actor, .by = SCHEME_BY_PROCESS, .office = x->s.office,
                                .now = x->now, .readings = record_readings(&w->arena) };
    code = record_ledger(x->w->record, v, x->scheme, x->rule->over, &owner, &l, NULL, x->err);
    w->count = code == OK ? 0 : count;
    uint32_t rows = 0, each = 0;
    while (code == OK && w->count < count && rows + each <= LIMIT_STORE_UNIT_ROWS) {
        code = add_write(c, f, owner, l, &plan, entries[w->count++]);
        uint32_t now = store_change_rows(w->change);
        each = now - rows > each ? now - rows : each;
        rows = now;
    }
    code = code == OK ? store_view_error(v, x->err) : code;
    store_view_end(v);
    return code;
}

/* A row that is known no more, or may not be written so, is a result with its reason; the others go on. */
static enum error_code write_entry(struct carry *c, const struct follow *f, struct open_entry *e)
{
    enum store_outcome outcome = STORE_STALE;
    enum error_code code = OK;
    for (uint32_t i = 0; i < LIMIT_WORK_TRIES && code == OK && outcome == STORE_STALE; i++) {
        struct writing w;
        code = plan_writes(c, f, &e, 1, &w);
        outcome = code == OK ? store_commit(c->x->w->store, w.change, STORE_BULK).outcome : STORE_REFUSED;
        arena_release(&w.arena);
    }
    if (code == OK && outcome == STORE_DONE) {
        e->number = 0; /* is marked */
        return OK;
    }
    if (code == OK || code == ERROR_IO) {
        return error_set(c->x->err, ERROR_IO, "could not save the change");
    }
    e->outcome = arena_printf(&c->page, "%s", c->x->err != NULL ? c->x->err->message : "refused");
    return OK;
}

static void written(void *context, const struct store_result *result)
{
    struct writing *w = context;
    w->outcome = result->outcome;
    work__batch_done(w->batch);
}

/* Where the entries of a unit could not be written together, each is written alone: whatever stood in the way keeps
 * only its own entry back. */
static enum error_code settle(struct carry *c, const struct follow *f, struct writing *w)
{
    enum error_code code = OK;
    if (w->outcome == STORE_FULL || w->outcome == STORE_READONLY || w->outcome == STORE_UNKNOWN) {
        return error_set(c->x->err, ERROR_IO, "could not save the change");
    }
    for (uint32_t i = 0; i < w->count && code == OK; i++) {
        if (w->outcome == STORE_DONE) {
            w->entries[i]->number = 0; /* is marked */
        } else {
            code = write_entry(c, f, w->entries[i]);
        }
    }
    return code;
}

/* The units of a page are on their way together: each waits for the disk, and for those who act meanwhile. */
static enum error_code write_page(struct carry *c, const struct follow *f)
{
    struct open_entry *entries[PAGE];
    struct writing *units = ARENA_ARRAY(&c->page, struct writing, PAGE);
    struct work__batch b;
    uint32_t count = 0, unit_count = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->entries[i].number != 0 && is_for(c, f, &c->entries[i])) {
            entries[count++] = &c->entries[i];
        }
    }
    work__batch_begin(&b);
    for (uint32_t at = 0; at < count; unit_count++) {
        struct writing *w = &units[unit_count];
        uint32_t most = count - at < TOGETHER ? count - at : TOGETHER;
        if (plan_writes(c, f, &entries[at], most, w) == OK) {
            w->batch = &b;
            work__batch_add(&b);
            store_submit(c->x->w->store, w->change, STORE_BULK, written, w);
        } else {
            w->outcome = STORE_REFUSED;
        }
        at += w->count;
    }
    work__batch_end(&b);
    enum error_code code = OK;
    for (uint32_t i = 0; i < unit_count; i++) {
        code = code == OK ? settle(c, f, &units[i]) : code;
        arena_release(&units[i].arena);
    }
    return code;
}

/* ---- A page ---- */

static enum error_code read_page(struct carry *c, int64_t after, uint32_t most)
{
    struct store_view *v;
    struct store_value args[] = { store_int(c->x->s.id), store_int(after), store_int(most < PAGE ? most : PAGE) };
    arena_clear(&c->page);
    c->count = 0;
    enum error_code code = store_view(c->x->w->store, &v, c->x->err);
    if (code != OK) {
        return code;
    }
    struct store_rows *r = store_query(v, "SELECT number, version, subject, called, id, input, grade, result, position "
                                          "FROM assessment_entry WHERE assessment = ? AND number > ? AND outcome = '' "
                                          "AND struck = '' ORDER BY number LIMIT ?", args, 3);
    while (store_next(r)) {
        c->entries[c->count++] = (struct open_entry){
            .number = store_column_int(r, 0), .version = store_column_int(r, 1), .subject = store_column_int(r, 2),
            .called = store_column_int(r, 3), .id = arena_str(&c->page, store_column_text(r, 4)),
            .input = arena_str(&c->page, store_column_text(r, 5)),
            .grade = arena_str(&c->page, store_column_text(r, 6)),
            .result = arena_str(&c->page, store_column_text(r, 7)), .position = store_column_int(r, 8)
        };
    }
    store_rows_end(r);
    code = store_view_error(v, c->x->err);
    store_view_end(v);
    return code;
}

static enum error_code carry_page(struct carry *c)
{
    enum error_code code = OK;
    for (uint32_t i = 0; i < c->follow_count && code == OK; i++) {
        code = c->follows[i].kind == KIND_WRITE ? write_page(c, &c->follows[i]) : ask_page(c, i);
    }
    return code == OK ? mark_page(c) : code;
}

static enum error_code carry_entries(struct carry *c, uint32_t most)
{
    enum error_code code = OK;
    int64_t after = 0;
    uint32_t left = most == 0 ? UINT32_MAX : most;
    do {
        code = read_page(c, after, left);
        if (code == OK && c->count > 0) {
            after = c->entries[c->count - 1].number;
            left -= c->count;
            code = carry_page(c);
        }
    } while (code == OK && c->count > 0 && left > 0 && !c->later);
    if (code == OK && c->later) {
        *c->x->err = c->why;
        code = ERROR_IO;
    }
    return code;
}

/* ---- The end ---- */

static enum error_code count_left(struct work__assess *x, int64_t *ret)
{
    struct store_view *v;
    struct store_value args[] = { store_int(x->s.id) };
    enum error_code code = store_view(x->w->store, &v, x->err);
    if (code == OK) {
        struct store_rows *r = store_query(v, "SELECT count(*) FROM assessment_entry WHERE assessment = ? AND "
                                              "outcome = '' AND struck = ''", args, 1);
        *ret = store_next(r) ? store_column_int(r, 0) : 0;
        store_rows_end(r);
        code = store_view_error(v, x->err);
        store_view_end(v);
    }
    return code;
}

void work_assess_register(struct work *w, const char *kind, work_act_function *f, void *context)
{
    if (w->assess_act_count == WORK__ASSESS_ACTS) {
        abort();
    }
    w->assess_acts[w->assess_act_count++] = (struct work__act_row){ kind, f, context, NULL };
}

/* The dossier or record that an entry is named after; 0: it has another name. */
static int64_t number_of(str id)
{
    int64_t number = 0;
    dec n;
    return dec_parse(id, &n) && dec_to_int(n, &number) ? number : 0;
}

/* Whom an entry is about: the subject of its dossier, the owner of its record. */
static str party_of(struct work__assess *x, struct store_view *v, str id)
{
    int64_t number = number_of(id);
    if (number == 0) {
        return STR("");
    }
    struct store_value args[] = { store_int(number) };
    struct store_rows *r = x->rule->over_dossiers
                               ? store_query(v, "SELECT subject FROM dossier WHERE id = ?", args, 1)
                               : store_query(v, "SELECT party FROM record WHERE entry = ? ORDER BY revision DESC "
                                                "LIMIT 1", args, 1);
    str party = store_next(r) ? arena_str(&x->arena, store_column_text(r, 0)) : STR("");
    store_rows_end(r);
    return party;
}

/* Papers and notices name who has a place: not who was struck, nor who reached no grade. */
static bool is_listed(const struct work__assess *x, feel_value entry)
{
    bool graded = feel_text_member(feel_member(entry, "result"), "grade").len > 0;
    return feel_text_member(entry, "struck").len == 0 && (graded || x->rule->grading == SCHEME_BY_NONE);
}

/* Of a list that is cut by share or count, what would have been enough is what another entry has: papers and notices
 * are told the distance alone. */
static feel_value without_others(struct work__assess *x, feel_value result)
{
    static const char *const own[] = { "key", "own", "by" };
    feel_value next = feel_member(result, "next"), *values = ARENA_ARRAY(&x->arena, feel_value, 4);
    str names[3], outer[] = { STR("next") };
    if (x->rule->grading == SCHEME_BY_THRESHOLD || next.kind != FEEL_CONTEXT) {
        return result;
    }
    for (int i = 0; i < 3; i++) {
        names[i] = str_of(own[i]);
        values[i] = feel_member(next, own[i]);
    }
    values[3] = feel_context(feel_shape_new(&x->arena, names, 3), values);
    return scheme_merged(&x->arena, result, feel_context(feel_shape_new(&x->arena, outer, 1), &values[3]));
}

/* An entry with what the list says of it, its party with name and code, and its group under the name that it is grouped
 * by. What is sealed of a party stays so: it is opened on the paper. */
static feel_value with_party(struct work__assess *x, struct store_view *v, feel_value entry)
{
    feel_value *values = ARENA_ARRAY(&x->arena, feel_value, 4);
    str names[] = { STR("party"), STR("name"), STR("code"), x->rule->group };
    uint32_t count = x->rule->group.len > 0 ? 4 : 3;
    str party = party_of(x, v, feel_text_member(entry, "id"));
    struct record_row row = { .body = feel_null() };
    if (party.len > 0 && party_read(x->w->record, v, &x->arena, party, &row, NULL) != OK) {
        row.body = feel_null();
    }
    values[0] = feel_string(party);
    values[1] = feel_member(row.body, "name");
    values[2] = feel_member(row.body, "code");
    feel_value *result = ARENA_ARRAY(&x->arena, feel_value, 1);
    str whole[] = { STR("result") };
    result[0] = without_others(x, feel_member(entry, "result"));
    entry = scheme_merged(&x->arena, entry, feel_context(feel_shape_new(&x->arena, whole, 1), result));
    feel_value all = scheme_merged(&x->arena, entry, result[0]);
    values[3] = feel_member(result[0], "group");
    return scheme_merged(&x->arena, feel_context(feel_shape_new(&x->arena, names, count), values), all);
}

/* The dossier that an entry is about as the member `dossier`, whatever else is told under that name: a notice of the
 * entry is one of that dossier. */
static feel_value with_dossier(struct work__assess *x, feel_value entry)
{
    feel_value *value = ARENA_ARRAY(&x->arena, feel_value, 1);
    str name[] = { STR("dossier") };
    int64_t number = x->rule->over_dossiers ? number_of(feel_text_member(entry, "id")) : 0;
    value[0] = number != 0 ? feel_number(dec_from_int(number)) : feel_null();
    return scheme_merged(&x->arena, entry, feel_context(feel_shape_new(&x->arena, name, 1), value));
}

/* What the manifest has documents and notices told of an entry beside: nothing, or a context. */
static enum error_code told_beside(struct carry *c, struct store_rows *r, const struct follow *f, feel_value *ret)
{
    const struct open_entry e = { .called = store_column_int(r, 0), .id = arena_str(&c->page, store_column_text(r, 1)),
                                  .input = arena_str(&c->page, store_column_text(r, 2)),
                                  .grade = arena_str(&c->page, store_column_text(r, 3)),
                                  .result = arena_str(&c->page, store_column_text(r, 4)) };
    feel_value said = feel_null();
    enum error_code code = f->with_count > 0 ? evaluate(c, f, &e, &said) : OK;
    *ret = feel_copy(&c->x->arena, said);
    return code;
}

/* The same for all entries of the list, in its order. */
static enum error_code all_told_beside(struct carry *c, struct store_view *v, feel_value *ret, uint32_t count)
{
    struct follow f = { .kind = KIND_WRITE };
    uint32_t i = 0;
    struct store_value args[] = { store_int(c->x->s.id) };
    enum error_code code = read_expressions(c, feel_member(c->x->rule->then, "entry"), &f);
    struct store_rows *r = store_query(v, "SELECT called, id, input, grade, result FROM assessment_entry WHERE "
                                          "assessment = ? ORDER BY number", args, 1);
    while (code == OK && i < count && store_next(r)) {
        arena_clear(&c->page);
        code = told_beside(c, r, &f, &ret[i++]);
    }
    store_rows_end(r);
    return code;
}

static enum error_code with_parties(struct carry *c, struct store_view *v, feel_value list, feel_value *ret)
{
    struct work__assess *x = c->x;
    feel_value entries = feel_member(list, "entries");
    *ret = list;
    if (entries.kind != FEEL_LIST) {
        return OK;
    }
    feel_value *items = ARENA_ARRAY(&x->arena, feel_value, entries.count);
    feel_value *beside = ARENA_ARRAY(&x->arena, feel_value, entries.count);
    feel_value *values = ARENA_ARRAY(&x->arena, feel_value, 1);
    str names[] = { STR("entries") };
    uint32_t count = 0;
    enum error_code code = all_told_beside(c, v, beside, entries.count);
    for (uint32_t i = 0; code == OK && i < entries.count; i++) {
        if (is_listed(x, entries.items[i])) {
            feel_value entry = with_party(x, v, entries.items[i]);
            entry = beside[i].kind == FEEL_CONTEXT ? scheme_merged(&x->arena, entry, beside[i]) : entry;
            items[count++] = with_dossier(x, entry);
        }
    }
    values[0] = feel_list(items, count);
    *ret = scheme_merged(&x->arena, list, feel_context(feel_shape_new(&x->arena, names, 1), values));
    return code;
}

/* The list as documents and notices see it. */
static enum error_code list_context(struct carry *c, struct store_view *v, feel_value *ret)
{
    struct work__assess *x = c->x;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    work_write_assessment_entries(v, &x->s, 0, (uint32_t)x->s.count, &b);
    enum error_code code = work__whole(&b, x->err);
    code = code == OK ? feel_json_read(&x->arena, arena_str(&x->arena, buf_str(&b)), ret, x->err) : code;
    buf_release(&b);
    return code == OK ? with_parties(c, v, *ret, ret) : code;
}

static const struct work__act_row *find_act(const struct work *w, str kind)
{
    for (uint32_t i = 0; i < w->assess_act_count; i++) {
        if (str_eq(kind, str_of(w->assess_acts[i].type))) {
            return &w->assess_acts[i];
        }
    }
    return NULL;
}

static enum error_code do_act(struct work__assess *x, struct store_view *v, struct store_change *change,
                              struct feel_eval *ev, str kind, feel_value says, feel_value list, feel_value *ret)
{
    *ret = feel_null();
    const struct work__act_row *act = find_act(x->w, kind);
    const struct work_job job = { .work = x->w, .view = v, .change = change, .arena = &x->arena,
                                  .record = x->w->record, .ev = ev, .scheme = x->scheme, .now = x->now,
                                  .actor = x->actor, .office = x->s.office, .element = x->s.name, .headers = says,
                                  .local = list, .variables = list, .sample = work__has_sample(x->s.given) };
    if (act == NULL) {
        return error_set(x->err, ERROR_MISSING, "this program carries out no \"%.*s\" of an assessment",
                         STR_ARG(kind));
    }
    return act->f(act->context, &job, ret, x->err);
}

/* What an act has made for the whole list is named in its row. */
static void name_made(struct store_value *row, feel_value made)
{
    row[ASSESS__DOCUMENT] = store_int(number_of(feel_text_member(made, "document")));
    row[ASSESS__NOTICE] = store_int(number_of(feel_text_member(made, "notice")));
}

/* What is said beside messages, starts and writes; `row` is that of the assessment. */
static enum error_code do_acts(struct carry *c, struct store_view *v, struct store_change *change,
                               struct store_value *row)
{
    static const char *const own[] = { "message", "start", "write", "entry" };
    struct work__assess *x = c->x;
    enum error_code code = OK;
    feel_value list = feel_null(), then = x->rule->then, all = feel_null(), made;
    for (uint32_t i = 0; then.kind == FEEL_CONTEXT && i < then.count && code == OK; i++) {
        str kind = then.shape->names[i];
        bool is_own = false;
        for (size_t k = 0; k < sizeof own / sizeof own[0]; k++) {
            is_own |= str_eq(kind, str_of(own[k]));
        }
        if (is_own) {
            continue;
        }
        code = list.kind == FEEL_NULL ? list_context(c, v, &list) : OK;
        code = code == OK ? do_act(x, v, change, c->ev, kind, then.values[i], list, &made) : code;
        all = code == OK && made.kind == FEEL_CONTEXT ? scheme_merged(&x->arena, all, made) : all;
    }
    name_made(row, all);
    return code;
}

static enum error_code end(struct carry *c)
{
    struct work__assess *x = c->x;
    struct store_view *v;
    struct store_change *change = store_change(&x->arena);
    enum error_code code = store_view(x->w->store, &v, x->err);
    if (code != OK) {
        return code;
    }
    struct store_value *row = work__assess_row(x);
    row[ASSESS__STATE] = store_text(STR("done"));
    row[ASSESS__DONE] = store_int(x->now);
    code = do_acts(c, v, change, row);
    store_update(change, STORE_TABLE_assessment, row);
    code = code == OK ? store_view_error(v, x->err) : code;
    store_view_end(v);
    code = code == OK ? work__assess_audit(x, change, "carry-out", STR("{}")) : code;
    return code == OK ? work__assess_commit(x, change, STORE_INTERACTIVE) : code;
}

static enum error_code carry(struct work__assess *x, uint32_t most, int64_t *ret_left)
{
    struct feel_environment env;
    struct arena own = ARENA_INIT;
    struct carry *c = ARENA_NEW(&own, struct carry);
    work__environment(x->w, x->now, &env);
    env.calendar = work__calendar_at(x->w, x->now);
    c->x = x;
    c->ev = feel_eval_new(&env);
    enum error_code code = make_scope(c);
    code = code == OK ? read_follows(c) : code;
    code = code == OK ? carry_entries(c, most) : code;
    code = code == OK ? count_left(x, ret_left) : code;
    if (code == OK && *ret_left == 0 && str_eq(x->s.state, STR("approved"))) {
        code = end(c);
    }
    feel_eval_free(c->ev);
    arena_release(&c->page);
    arena_release(&own);
    return code;
}

enum error_code work_assess_carry(struct work *w, int64_t id, uint32_t most, int64_t actor, int64_t *ret_left,
                                  struct error *err)
{
    struct work__assess x;
    enum error_code code = work__assess_begin(&x, w, id, actor, PEOPLE_VERB_SET, err);
    code = code == OK ? work__assess_is(&x, "approved done") : code;
    code = code == OK ? carry(&x, most, ret_left) : code;
    work__assess_end(&x);
    return code;
}
