/* assess: rows and acts of assessments; see assess.h. */
#include "work/assess_int.h"

#include "base/limit.h"

/* ---- Reading ---- */

#define ALL_COLUMNS                                                                                                  \
    "SELECT id, version, scheme, bundle, name, office, state, corrects, cut, opened, opened_by, frozen, frozen_by, " \
    "count, population, list, given, seed, seeded, seeded_by, computed, computed_by, result, quotas, previewed, "    \
    "previewed_by, approved, approved_by, done, document, notice FROM assessment "

static void read_row(struct store_rows *r, struct arena *a, struct work_assessment *s)
{
    const struct {
        enum assess__column column;
        int64_t *number;
        str *text;
    } columns[] = {
        { ASSESS__ID, &s->id, NULL }, { ASSESS__VERSION, &s->version, NULL }, { ASSESS__SCHEME, NULL, &s->scheme },
        { ASSESS__BUNDLE, NULL, &s->bundle }, { ASSESS__NAME, NULL, &s->name }, { ASSESS__OFFICE, &s->office, NULL },
        { ASSESS__STATE, NULL, &s->state }, { ASSESS__CORRECTS, &s->corrects, NULL }, { ASSESS__CUT, &s->cut, NULL },
        { ASSESS__OPENED, &s->opened, NULL }, { ASSESS__OPENED_BY, &s->opened_by, NULL },
        { ASSESS__FROZEN, &s->frozen, NULL }, { ASSESS__FROZEN_BY, &s->frozen_by, NULL },
        { ASSESS__COUNT, &s->count, NULL }, { ASSESS__POPULATION, NULL, &s->population },
        { ASSESS__LIST, NULL, &s->list }, { ASSESS__GIVEN, NULL, &s->given }, { ASSESS__SEED, NULL, &s->seed },
        { ASSESS__SEEDED, &s->seeded, NULL }, { ASSESS__SEEDED_BY, &s->seeded_by, NULL },
        { ASSESS__COMPUTED, &s->computed, NULL }, { ASSESS__COMPUTED_BY, &s->computed_by, NULL },
        { ASSESS__RESULT, NULL, &s->result }, { ASSESS__QUOTAS, NULL, &s->quotas },
        { ASSESS__PREVIEWED, &s->previewed, NULL }, { ASSESS__PREVIEWED_BY, &s->previewed_by, NULL },
        { ASSESS__APPROVED, &s->approved, NULL }, { ASSESS__APPROVED_BY, &s->approved_by, NULL },
        { ASSESS__DONE, &s->done, NULL }, { ASSESS__DOCUMENT, &s->document, NULL },
        { ASSESS__NOTICE, &s->notice, NULL },
    };
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        if (columns[i].number != NULL) {
            *columns[i].number = store_column_int(r, columns[i].column);
        } else {
            *columns[i].text = arena_str(a, store_column_text(r, columns[i].column));
        }
    }
}

bool work_read_assessment(struct store_view *v, int64_t id, struct arena *a, struct work_assessment *ret)
{
    struct store_value args[] = { store_int(id) };
    struct store_rows *r = store_query(v, ALL_COLUMNS "WHERE id = ?", args, 1);
    bool there = store_next(r);
    if (there) {
        read_row(r, a, ret);
    }
    store_rows_end(r);
    return there;
}

/* ---- May he? ---- */

static enum error_code ask(struct work__assess *x, struct store_view *v, enum people_verb verb)
{
    const struct people_tree *tree;
    struct people_actor actor = { .program = true, .now = x->now };
    struct people_verdict verdict;
    struct people *people = x->w->config.people;
    str candidates[] = { x->rule->approve };
    int64_t former[] = { x->s.computed_by };
    struct people_object object = { .kind = PEOPLE_KIND_ASSESSMENT, .office = x->s.office, .data = PEOPLE_INTERNAL,
                                    .candidates = candidates, .candidate_count = x->rule->approve.len > 0,
                                    .former = former, .former_count = x->s.computed_by != 0,
                                    .open = !str_eq(x->s.state, STR("superseded")) };
    if (people == NULL) {
        return OK;
    }
    enum error_code code = people_tree(people, v, &tree, x->err);
    if (code == OK) {
        code = x->actor == 0 ? OK : people_actor(v, tree, &x->arena, x->actor, x->now, &actor, x->err);
        if (code == OK && !people_may(tree, &actor, verb, &object, &verdict, x->err)) {
            code = x->err != NULL ? x->err->code : ERROR_INVALID;
        }
        people_tree_end(people, tree);
    }
    return code;
}

/* ---- One act ---- */

static enum error_code find_rule(struct work__assess *x)
{
    x->rule = scheme_assessment(x->scheme, x->s.name);
    return x->rule != NULL ? OK
                           : error_set(x->err, ERROR_MISSING, "the scheme \"%.*s\" has no assessment \"%.*s\"",
                                       STR_ARG(x->scheme->name), STR_ARG(x->s.name));
}

static enum error_code load(struct work__assess *x, struct store_view *v, int64_t id)
{
    if (!work_read_assessment(v, id, &x->arena, &x->s)) {
        return error_set(x->err, ERROR_MISSING, "there is no assessment %lld", (long long)id);
    }
    enum error_code code = record_scheme(x->w->record, v, x->s.bundle, &x->scheme, x->err);
    return code == OK ? find_rule(x) : code;
}

enum error_code work__assess_begin(struct work__assess *x, struct work *w, int64_t id, int64_t actor,
                                   enum people_verb verb, struct error *err)
{
    struct store_view *v;
    *x = (struct work__assess){ .w = w, .actor = actor, .now = work__now(w), .err = err };
    enum error_code code = store_view(w->store, &v, err);
    if (code == OK) {
        code = load(x, v, id);
        code = code == OK ? ask(x, v, verb) : code;
        code = code == OK ? store_view_error(v, err) : code;
        store_view_end(v);
    }
    return code;
}

void work__assess_end(struct work__assess *x)
{
    arena_release(&x->arena);
}

enum error_code work__assess_is(const struct work__assess *x, const char *states)
{
    str all = str_of(states);
    for (size_t from = 0, i = 0; i <= all.len; i++) {
        if (i == all.len || all.ptr[i] == ' ') {
            if (str_eq(str_slice(all, from, i), x->s.state)) {
                return OK;
            }
            from = i + 1;
        }
    }
    error_set(x->err, ERROR_INVALID, "the assessment %lld is %.*s", (long long)x->s.id, STR_ARG(x->s.state));
    error_detail(x->err, "it must be one of: %s", states);
    return ERROR_INVALID;
}

/* ---- Rows ---- */

static struct store_value *keep(struct arena *a, uint32_t columns)
{
    struct store_value *row = ARENA_ARRAY(a, struct store_value, columns);
    for (uint32_t i = 0; i < columns; i++) {
        row[i] = store_keep();
    }
    return row;
}

struct store_value *work__assess_row(struct work__assess *x)
{
    struct store_value *row = keep(&x->arena, ASSESS__COLUMNS);
    row[ASSESS__ID] = store_int(x->s.id);
    row[ASSESS__VERSION] = store_int(x->s.version);
    return row;
}

struct store_value *work__entry_row(struct arena *a, const struct work__assess *x, int64_t number, int64_t version)
{
    struct store_value *row = keep(a, ENTRY__COLUMNS);
    row[ENTRY__ASSESSMENT] = store_int(x->s.id);
    row[ENTRY__NUMBER] = store_int(number);
    row[ENTRY__VERSION] = store_int(version);
    return row;
}

enum error_code work__assess_audit(struct work__assess *x, struct store_change *c, const char *verb, str detail)
{
    int64_t id = store_id(x->w->store, x->err);
    struct store_value row[] = { store_int(id), store_int(x->now), store_int(x->actor), store_text(str_of(verb)),
                                 store_text(STR("assessment")), store_int(x->s.id), store_text(detail), store_int(0) };
    store_insert(c, STORE_TABLE_audit, row);
    return id != 0 ? OK : ERROR_IO;
}

static enum error_code outcome_error(struct work__assess *x, enum store_outcome outcome)
{
    if (outcome == STORE_DONE) {
        return OK;
    }
    if (outcome == STORE_STALE || outcome == STORE_EXISTS) {
        error_set(x->err, ERROR_INVALID, "somebody else changed the same thing at this moment");
        error_hint(x->err, "look at it again and repeat");
        return ERROR_INVALID;
    }
    error_set(x->err, ERROR_IO, "could not save the change");
    error_detail(x->err, "%s", store_outcome_name(outcome));
    return ERROR_IO;
}

enum error_code work__assess_commit(struct work__assess *x, struct store_change *c, enum store_lane lane)
{
    return outcome_error(x, store_commit(x->w->store, c, lane).outcome);
}

/* The row of the assessment with a new state, and its row of audit, as one unit. */
static enum error_code finish(struct work__assess *x, struct store_value *row, const char *state, const char *verb,
                              str detail)
{
    struct store_change *c = store_change(&x->arena);
    row[ASSESS__STATE] = store_text(str_of(state));
    store_update(c, STORE_TABLE_assessment, row);
    enum error_code code = work__assess_audit(x, c, verb, detail);
    return code == OK ? work__assess_commit(x, c, STORE_INTERACTIVE) : code;
}

/* ---- Many units ---- */

static void slot_done(void *context, const struct store_result *result)
{
    struct work__bulk_slot *slot = context;
    struct work__bulk *b = slot->bulk;
    pthread_mutex_lock(&b->lock);
    slot->busy = false;
    b->outcome = b->outcome == STORE_DONE ? result->outcome : b->outcome;
    pthread_cond_signal(&b->done);
    pthread_mutex_unlock(&b->lock);
}

void work__bulk_begin(struct work__bulk *b, struct work__assess *x)
{
    *b = (struct work__bulk){ .x = x, .outcome = STORE_DONE };
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->done, NULL);
    for (uint32_t i = 0; i < ASSESS__SLOTS; i++) {
        b->slots[i].bulk = b;
    }
}

static void send(struct work__bulk *b)
{
    struct work__bulk_slot *slot = b->now;
    b->now = NULL;
    if (slot != NULL) {
        pthread_mutex_lock(&b->lock);
        slot->busy = true;
        pthread_mutex_unlock(&b->lock);
        store_submit(b->x->w->store, slot->change, STORE_BULK, slot_done, slot);
    }
}

static struct work__bulk_slot *free_slot(struct work__bulk *b)
{
    struct work__bulk_slot *found = NULL;
    pthread_mutex_lock(&b->lock);
    while (found == NULL) {
        for (uint32_t i = 0; i < ASSESS__SLOTS && found == NULL; i++) {
            found = b->slots[i].busy ? NULL : &b->slots[i];
        }
        if (found == NULL) {
            pthread_cond_wait(&b->done, &b->lock);
        }
    }
    pthread_mutex_unlock(&b->lock);
    return found;
}

struct work__bulk_slot *work__bulk_next(struct work__bulk *b)
{
    if (b->now != NULL && store_change_rows(b->now->change) >= ASSESS__UNIT) {
        send(b);
    }
    if (b->now == NULL) {
        struct store_value key[] = { store_int(b->x->s.id) };
        b->now = free_slot(b);
        arena_clear(&b->now->arena);
        b->now->change = store_change(&b->now->arena);
        store_guard(b->now->change, STORE_TABLE_assessment, key, b->x->s.version);
    }
    return b->now;
}

enum error_code work__bulk_end(struct work__bulk *b)
{
    send(b);
    pthread_mutex_lock(&b->lock);
    for (uint32_t i = 0; i < ASSESS__SLOTS; i++) {
        while (b->slots[i].busy) {
            pthread_cond_wait(&b->done, &b->lock);
        }
    }
    pthread_mutex_unlock(&b->lock);
    for (uint32_t i = 0; i < ASSESS__SLOTS; i++) {
        arena_release(&b->slots[i].arena);
    }
    pthread_cond_destroy(&b->done);
    pthread_mutex_destroy(&b->lock);
    return outcome_error(b->x, b->outcome);
}

/* ---- New ---- */

static enum error_code find_office(struct work__assess *x, struct store_view *v, str office)
{
    struct store_value args[] = { store_text(office) };
    struct store_rows *r = office.len > 0 ? store_query(v, "SELECT id FROM office WHERE code = ?", args, 1)
                                          : store_query(v, "SELECT id FROM office ORDER BY id LIMIT 1", NULL, 0);
    bool there = store_next(r);
    x->s.office = there ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return there || office.len == 0
               ? OK
               : error_set(x->err, ERROR_MISSING, "there is no office \"%.*s\"", STR_ARG(office));
}

/* A correction is of the same name, and of one that was approved. */
static enum error_code find_corrected(struct work__assess *x, struct store_view *v, int64_t id)
{
    struct work_assessment old;
    if (id == 0) {
        return OK;
    }
    if (!work_read_assessment(v, id, &x->arena, &old)) {
        return error_set(x->err, ERROR_MISSING, "there is no assessment %lld", (long long)id);
    }
    bool fits = str_eq(old.scheme, x->s.scheme) && str_eq(old.name, x->s.name) && old.approved != 0;
    return fits ? OK : error_set(x->err, ERROR_INVALID, "the assessment %lld cannot be corrected by this one",
                                 (long long)id);
}

static enum error_code insert(struct work__assess *x)
{
    struct store_change *c = store_change(&x->arena);
    struct store_value row[ASSESS__COLUMNS];
    for (uint32_t i = 0; i < ASSESS__COLUMNS; i++) {
        row[i] = store_int(0);
    }
    const enum assess__column texts[] = { ASSESS__POPULATION, ASSESS__LIST, ASSESS__SEED, ASSESS__RESULT,
                                          ASSESS__QUOTAS };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        row[texts[i]] = store_text(STR(""));
    }
    row[ASSESS__GIVEN] = store_bytes(STR(""));
    row[ASSESS__ID] = store_int(x->s.id);
    row[ASSESS__VERSION] = store_int(1);
    row[ASSESS__SCHEME] = store_text(x->s.scheme);
    row[ASSESS__BUNDLE] = store_text(str_of(x->scheme->hash));
    row[ASSESS__NAME] = store_text(x->s.name);
    row[ASSESS__OFFICE] = store_int(x->s.office);
    row[ASSESS__STATE] = store_text(STR("draft"));
    row[ASSESS__CORRECTS] = store_int(x->s.corrects);
    row[ASSESS__CUT] = store_int(x->s.cut);
    row[ASSESS__OPENED] = store_int(x->now);
    row[ASSESS__OPENED_BY] = store_int(x->actor);
    store_insert(c, STORE_TABLE_assessment, row);
    enum error_code code = work__assess_audit(x, c, "new", STR("{}"));
    return code == OK ? work__assess_commit(x, c, STORE_INTERACTIVE) : code;
}

enum error_code work_assess_new(struct work *w, const struct work_assess_new *what, int64_t actor, int64_t *ret,
                                struct error *err)
{
    struct store_view *v;
    struct work__assess x = { .w = w, .actor = actor, .now = work__now(w), .err = err };
    enum error_code code = store_view(w->store, &v, err);
    if (code != OK) {
        return code;
    }
    x.s = (struct work_assessment){ .scheme = what->scheme, .name = what->name, .corrects = what->corrects,
                                    .cut = what->cut };
    code = record_installed(w->record, v, what->scheme, &x.scheme, err);
    code = code == OK ? find_rule(&x) : code;
    code = code == OK ? find_office(&x, v, what->office) : code;
    code = code == OK ? find_corrected(&x, v, what->corrects) : code;
    code = code == OK ? ask(&x, v, PEOPLE_VERB_START) : code;
    code = code == OK ? store_view_error(v, err) : code;
    store_view_end(v);
    if (code == OK) {
        x.s.id = store_id(w->store, err);
        code = x.s.id == 0 ? ERROR_IO : insert(&x);
    }
    if (code == OK) {
        *ret = x.s.id;
    }
    work__assess_end(&x);
    return code;
}

/* ---- Strike ---- */

struct place {
    int64_t number, version, position, part, called;
    str grade, result, struck;
};

/* An entry is called by the number of what it is about. */
static enum error_code find_entry(struct work__assess *x, struct store_view *v, str id, struct place *ret)
{
    int64_t subject = 0;
    dec n;
    if (!dec_parse(id, &n) || !dec_to_int(n, &subject)) {
        subject = 0;
    }
    struct store_value args[] = { store_int(subject), store_int(x->s.id), store_text(id) };
    struct store_rows *r = store_query(v, "SELECT number, version, position, part, called, grade, result, struck FROM "
                                          "assessment_entry WHERE subject = ? AND assessment = ? AND id = ?", args, 3);
    bool there = store_next(r);
    if (there) {
        *ret = (struct place){ store_column_int(r, 0), store_column_int(r, 1), store_column_int(r, 2),
                               store_column_int(r, 3), store_column_int(r, 4),
                               arena_str(&x->arena, store_column_text(r, 5)),
                               arena_str(&x->arena, store_column_text(r, 6)),
                               arena_str(&x->arena, store_column_text(r, 7)) };
    }
    store_rows_end(r);
    if (!there) {
        return error_set(x->err, ERROR_MISSING, "the list has no \"%.*s\"", STR_ARG(id));
    }
    return ret->struck.len == 0 ? OK : error_set(x->err, ERROR_INVALID, "\"%.*s\" is struck already", STR_ARG(id));
}

static str reason_detail(struct work__assess *x, str entry, str next, str reason)
{
    struct buf b = BUF_INIT(LIMIT_PEOPLE_AUDIT_DETAIL);
    struct json_writer w;
    json_writer_init(&w, &b, false);
    json_begin_object(&w);
    json_text_member(&w, "entry", entry);
    if (next.len > 0) {
        json_text_member(&w, "next", next);
    }
    json_text_member(&w, "text", reason);
    json_end_object(&w);
    str s = arena_str(&x->arena, buf_str(&b));
    buf_release(&b);
    return s;
}

static enum error_code add_strike(struct work__assess *x, struct store_change *c, const struct place *p, str reason)
{
    if (reason.len == 0 || reason.len > LIMIT_PEOPLE_AUDIT_DETAIL / 8) {
        return error_set(x->err, ERROR_INVALID, "a reason is needed, not longer than %d bytes",
                         LIMIT_PEOPLE_AUDIT_DETAIL / 8);
    }
    struct store_value *row = work__entry_row(&x->arena, x, p->number, p->version);
    row[ENTRY__STRUCK] = store_text(reason);
    row[ENTRY__STRUCK_AT] = store_int(x->now);
    store_update(c, STORE_TABLE_assessment_entry, row);
    return OK;
}

static enum error_code strike(struct work__assess *x, str entry, str reason)
{
    struct store_view *v;
    struct place p;
    struct store_change *c = store_change(&x->arena);
    enum error_code code = store_view(x->w->store, &v, x->err);
    if (code == OK) {
        code = find_entry(x, v, entry, &p);
        store_view_end(v);
    }
    code = code == OK ? add_strike(x, c, &p, reason) : code;
    code = code == OK ? work__assess_audit(x, c, "strike", reason_detail(x, entry, STR(""), reason)) : code;
    return code == OK ? work__assess_commit(x, c, STORE_INTERACTIVE) : code;
}

enum error_code work_assess_strike(struct work *w, int64_t id, str entry, str reason, int64_t actor,
                                   struct error *err)
{
    struct work__assess x;
    enum error_code code = work__assess_begin(&x, w, id, actor, PEOPLE_VERB_SET, err);
    code = code == OK ? work__assess_is(&x, "frozen seeded computed previewed approved done") : code;
    code = code == OK ? strike(&x, entry, reason) : code;
    work__assess_end(&x);
    return code;
}

/* ---- The next is called ---- */

static str next_grade(const struct work__assess *x, str grade)
{
    for (uint32_t i = 0; i + 1 < x->rule->grade_count; i++) {
        if (str_eq(x->rule->grades[i], grade)) {
            return x->rule->grades[i + 1];
        }
    }
    return STR("");
}

/* The first of a grade and group that is not struck and was not called; number 0: none. */
static void find_next(struct work__assess *x, struct store_view *v, str grade, int64_t part, struct place *ret,
                      str *ret_id)
{
    struct store_value args[] = { store_int(x->s.id), store_text(grade), store_int(part) };
    struct store_rows *r = store_query(v, "SELECT number, version, id FROM assessment_entry WHERE assessment = ? AND "
                                          "position > 0 AND grade = ? AND part = ? AND struck = '' AND called = 0 "
                                          "ORDER BY position LIMIT 1", args, 3);
    *ret = (struct place){ .number = 0 };
    *ret_id = STR("");
    if (store_next(r)) {
        ret->number = store_column_int(r, 0);
        ret->version = store_column_int(r, 1);
        *ret_id = arena_str(&x->arena, store_column_text(r, 2));
    }
    store_rows_end(r);
}

static int64_t place_of(struct work__assess *x, const struct place *p)
{
    feel_value v;
    int64_t n = p->called;
    if (n == 0 && feel_json_read(&x->arena, p->result, &v, NULL) == OK) {
        n = feel_whole_member(v, "place");
    }
    return n;
}

/* The grade whose place an entry has: that it was called to, or its own. */
static str held_grade(const struct work__assess *x, const struct place *p)
{
    for (uint32_t i = 0; p->called != 0 && i + 1 < x->rule->grade_count; i++) {
        if (str_eq(x->rule->grades[i + 1], p->grade)) {
            return x->rule->grades[i];
        }
    }
    return p->grade;
}

static enum error_code call(struct work__assess *x, str entry, str reason, str *ret)
{
    struct store_view *v;
    struct place p, next = { .number = 0 };
    struct store_change *c = store_change(&x->arena);
    enum error_code code = store_view(x->w->store, &v, x->err);
    if (code == OK) {
        code = find_entry(x, v, entry, &p);
        if (code == OK) {
            find_next(x, v, next_grade(x, held_grade(x, &p)), p.part, &next, ret);
        }
        store_view_end(v);
    }
    code = code == OK ? add_strike(x, c, &p, reason) : code;
    if (code == OK && next.number != 0) {
        struct store_value *row = work__entry_row(&x->arena, x, next.number, next.version);
        row[ENTRY__CALLED] = store_int(place_of(x, &p));
        row[ENTRY__OUTCOME] = store_text(STR(""));
        store_update(c, STORE_TABLE_assessment_entry, row);
    }
    code = code == OK ? work__assess_audit(x, c, "call", reason_detail(x, entry, *ret, reason)) : code;
    return code == OK ? work__assess_commit(x, c, STORE_INTERACTIVE) : code;
}

enum error_code work_assess_call(struct work *w, int64_t id, str entry, str reason, int64_t actor, struct arena *a,
                                 str *ret, struct error *err)
{
    struct work__assess x;
    str next = STR("");
    int64_t left;
    enum error_code code = work__assess_begin(&x, w, id, actor, PEOPLE_VERB_SET, err);
    code = code == OK ? work__assess_is(&x, "approved done") : code;
    code = code == OK ? call(&x, entry, reason, &next) : code;
    bool carried = code == OK && str_eq(x.s.state, STR("done"));
    if (code == OK) {
        *ret = arena_str(a, next);
    }
    work__assess_end(&x);
    return carried ? work_assess_carry(w, id, 0, actor, &left, err) : code;
}

/* ---- Seed ---- */

static enum error_code wait_for_seed(struct work__assess *x)
{
    bool lot;
    scheme_assess_values(x->rule, &lot);
    if (!lot) {
        return error_set(x->err, ERROR_INVALID, "the assessment \"%.*s\" draws no lots", STR_ARG(x->rule->name));
    }
    feel_value span = feel_from_text(x->rule->seed_after, feel_type_named(STR("days and time duration")));
    int64_t from = x->s.frozen;
    if (span.kind == FEEL_SPAN) {
        from += span.span.seconds * 1000000;
    }
    if (x->now >= from) {
        return OK;
    }
    error_set(x->err, ERROR_INVALID, "the seed cannot be given yet");
    error_detail(x->err, "%.*s after the list was frozen", STR_ARG(x->rule->seed_after));
    error_hint(x->err, "nobody may know the seed while the list can still be made known");
    return ERROR_INVALID;
}

enum error_code work_assess_seed(struct work *w, int64_t id, str seed, int64_t actor, struct error *err)
{
    enum { MOST = 200 };
    struct work__assess x;
    enum error_code code = work__assess_begin(&x, w, id, actor, PEOPLE_VERB_SET, err);
    code = code == OK ? work__assess_is(&x, "frozen") : code;
    code = code == OK ? wait_for_seed(&x) : code;
    if (code == OK && (seed.len == 0 || seed.len > MOST || memchr(seed.ptr, '\n', seed.len) != NULL)) {
        code = error_set(err, ERROR_INVALID, "a seed is a text of one line, at most %d bytes", MOST);
    }
    if (code == OK) {
        struct store_value *row = work__assess_row(&x);
        row[ASSESS__SEED] = store_text(seed);
        row[ASSESS__SEEDED] = store_int(x.now);
        row[ASSESS__SEEDED_BY] = store_int(actor);
        str quoted = STR("");
        struct buf b = BUF_INIT(4 * MOST);
        json_quote(seed, &b);
        quoted = arena_printf(&x.arena, "{\"seed\":%.*s}", STR_ARG(buf_str(&b)));
        buf_release(&b);
        code = finish(&x, row, "seeded", "seed", quoted);
    }
    work__assess_end(&x);
    return code;
}

/* ---- Compute ---- */

static enum error_code compute(struct work__assess *x)
{
    struct work__computed c;
    enum error_code code = work__assess_compute(x, feel_null(), false, &c);
    if (code == OK) {
        struct store_value *row = work__assess_row(x);
        row[ASSESS__COMPUTED] = store_int(x->now);
        row[ASSESS__COMPUTED_BY] = store_int(x->actor);
        row[ASSESS__RESULT] = store_text(str_of(c.hash));
        row[ASSESS__QUOTAS] = store_text(c.quotas);
        code = finish(x, row, "computed", "compute", arena_printf(&x->arena, "{\"result\":\"%s\"}", c.hash));
    }
    work__computed_release(&c);
    return code;
}

enum error_code work_assess_compute(struct work *w, int64_t id, int64_t actor, struct error *err)
{
    struct work__assess x;
    bool lot = false;
    enum error_code code = work__assess_begin(&x, w, id, actor, PEOPLE_VERB_SET, err);
    if (code == OK) {
        scheme_assess_values(x.rule, &lot);
        code = work__assess_is(&x, lot ? "seeded computed previewed" : "frozen computed previewed");
    }
    code = code == OK ? compute(&x) : code;
    work__assess_end(&x);
    return code;
}

/* ---- Preview ---- */

static void write_list(const struct work__computed *c, struct json_writer *w)
{
    json_key(w, STR("list"));
    json_begin_array(w);
    for (uint32_t i = 0; i < c->list.count; i++) {
        json_raw(w, c->lines[i]);
    }
    json_end_array(w);
}

static str grade_of(const struct scheme_list *l, const struct scheme_assessed *e)
{
    return e->state == SCHEME_UNDETERMINED ? STR("undetermined")
           : e->state == SCHEME_STRUCK   ? STR("struck")
           : e->grade < 0                ? STR("")
                                         : l->grades[e->grade];
}

/* Who would have another grade. Both lists are about the same entries in the same order of input. */
static void write_changes(const struct work__computed *is, const struct work__computed *would, struct arena *a,
                          struct json_writer *w)
{
    uint32_t *place = ARENA_ARRAY(a, uint32_t, is->list.count);
    for (uint32_t i = 0; i < is->list.count; i++) {
        place[is->list.entries[i].entry] = i;
    }
    json_key(w, STR("changes"));
    json_begin_array(w);
    for (uint32_t i = 0; i < would->list.count; i++) {
        const struct scheme_assessed *e = &would->list.entries[i], *old = &is->list.entries[place[e->entry]];
        str from = grade_of(&is->list, old), to = grade_of(&would->list, e);
        if (!str_eq(from, to)) {
            json_begin_object(w);
            json_text_member(w, "id", would->entries[e->entry].id);
            json_text_member(w, "from", from);
            json_text_member(w, "to", to);
            json_text_member(w, "why", str_of(scheme_assess_why_name(e->why)));
            json_end_object(w);
        }
    }
    json_end_array(w);
}

static enum error_code what_if(struct work__assess *x, feel_value with, struct json_writer *w)
{
    struct work__computed is, would;
    enum error_code code = work__assess_compute(x, feel_null(), false, &is);
    if (code == OK) {
        code = work__assess_compute(x, with, false, &would);
        if (code == OK) {
            json_key(w, STR("was"));
            json_raw(w, is.quotas);
            json_key(w, STR("quotas"));
            json_raw(w, would.quotas);
            write_changes(&is, &would, &x->arena, w);
            write_list(&would, w);
        }
        work__computed_release(&would);
    }
    work__computed_release(&is);
    return code;
}

/* What is shown is computed again, so that nobody approves what does not follow from what was frozen. */
static enum error_code compute_again(struct work__assess *x, struct work__computed *ret)
{
    enum error_code code = work__assess_compute(x, feel_null(), x->s.approved != 0, ret);
    if (code == OK && !str_eq(str_of(ret->hash), x->s.result)) {
        code = error_set(x->err, ERROR_INVALID, "the list comes out differently from what was computed");
        error_hint(x->err, "somebody may have been struck since: compute it again");
    }
    return code;
}

static enum error_code show(struct work__assess *x, struct json_writer *w)
{
    struct work__computed c;
    enum error_code code = compute_again(x, &c);
    if (code == OK) {
        json_key(w, STR("quotas"));
        json_raw(w, c.quotas);
        json_text_member(w, "result", str_of(c.hash));
        write_list(&c, w);
    }
    work__computed_release(&c);
    return code;
}

/* Somebody has looked at what was computed, unless it is approved already. */
static enum error_code note_look(struct work__assess *x)
{
    if (str_eq(x->s.state, STR("approved")) || str_eq(x->s.state, STR("done"))) {
        return OK;
    }
    struct store_value *row = work__assess_row(x);
    row[ASSESS__PREVIEWED] = store_int(x->now);
    row[ASSESS__PREVIEWED_BY] = store_int(x->actor);
    return finish(x, row, "previewed", "preview", STR("{}"));
}

/* The list as it is or, with other inputs, would be. `ended`: also one that is superseded. */
static enum error_code write_look(struct work__assess *x, str with, bool ended, struct json_writer *w)
{
    feel_value changed = feel_null();
    const char *states = ended ? "computed previewed approved done superseded" : "computed previewed approved done";
    if (with.len == 0) {
        enum error_code code = work__assess_is(x, states);
        return code == OK ? show(x, w) : code;
    }
    enum error_code code = feel_json_read(&x->arena, with, &changed, x->err);
    if (code == OK && changed.kind != FEEL_CONTEXT) {
        code = error_set(x->err, ERROR_INVALID, "what is to be otherwise is no JSON object");
    }
    code = code == OK ? work__assess_is(x, "frozen seeded computed previewed approved done") : code;
    return code == OK ? what_if(x, changed, w) : code;
}

enum error_code work_assess_preview(struct work *w, int64_t id, str with, int64_t actor, struct buf *out,
                                    struct error *err)
{
    struct work__assess x;
    struct json_writer json;
    enum error_code code = work__assess_begin(&x, w, id, actor, PEOPLE_VERB_SET, err);
    json_writer_init(&json, out, false);
    json_begin_object(&json);
    code = code == OK ? write_look(&x, with, false, &json) : code;
    code = code == OK && with.len == 0 ? note_look(&x) : code;
    json_end_object(&json);
    work__assess_end(&x);
    return code;
}

enum error_code work_assess_look(struct work *w, int64_t id, str with, int64_t actor, struct buf *out,
                                 struct error *err)
{
    struct work__assess x;
    struct json_writer json;
    enum error_code code = work__assess_begin(&x, w, id, actor, PEOPLE_VERB_SEE, err);
    json_writer_init(&json, out, false);
    json_begin_object(&json);
    code = code == OK ? write_look(&x, with, true, &json) : code;
    json_end_object(&json);
    work__assess_end(&x);
    return code;
}

/* ---- Approve ---- */

/* The assessment that is corrected ends with the approval of the correction. */
static enum error_code supersede(struct work__assess *x, struct store_change *c)
{
    struct store_view *v;
    struct work_assessment old;
    if (x->s.corrects == 0) {
        return OK;
    }
    enum error_code code = store_view(x->w->store, &v, x->err);
    if (code != OK) {
        return code;
    }
    if (work_read_assessment(v, x->s.corrects, &x->arena, &old)) {
        struct store_value *row = keep(&x->arena, ASSESS__COLUMNS);
        row[ASSESS__ID] = store_int(old.id);
        row[ASSESS__VERSION] = store_int(old.version);
        row[ASSESS__STATE] = store_text(STR("superseded"));
        store_update(c, STORE_TABLE_assessment, row);
    }
    store_view_end(v);
    return OK;
}

/* Until now the list was its hash alone. */
static enum error_code write_entries(struct work__assess *x, const struct work__computed *c)
{
    struct work__bulk bulk;
    const struct scheme_assessed **places = ARENA_ARRAY(&x->arena, const struct scheme_assessed *, c->count);
    for (uint32_t i = 0; i < c->list.count; i++) {
        places[c->list.entries[i].entry] = &c->list.entries[i];
    }
    work__bulk_begin(&bulk, x);
    for (uint32_t n = 0; n < c->count; n++) { /* in the order in which they are stored, not all over the table */
        const struct scheme_assessed *e = places[n];
        const struct work__entry *entry = &c->entries[n];
        if (e == NULL) {
            continue;
        }
        uint32_t i = (uint32_t)(e - c->list.entries);
        struct work__bulk_slot *slot = work__bulk_next(&bulk);
        struct store_value *row = work__entry_row(&slot->arena, x, entry->number, entry->version);
        row[ENTRY__DECISION] = store_text(str_of(entry->decision));
        row[ENTRY__POSITION] = store_int(e->state == SCHEME_GRADED ? i + 1 : 0);
        row[ENTRY__PART] = store_int(e->group);
        row[ENTRY__GRADE] = store_text(e->grade >= 0 ? c->list.grades[e->grade] : STR(""));
        row[ENTRY__RESULT] = store_text(c->lines[i]);
        store_update(slot->change, STORE_TABLE_assessment_entry, row);
    }
    return work__bulk_end(&bulk);
}

static enum error_code approve(struct work__assess *x, str result)
{
    struct work__computed list;
    if (result.len > 0 && !str_eq(result, x->s.result)) {
        error_set(x->err, ERROR_INVALID, "the list is not the one that was looked at");
        error_hint(x->err, "look at it again");
        return ERROR_INVALID;
    }
    enum error_code code = compute_again(x, &list);
    code = code == OK ? write_entries(x, &list) : code;
    work__computed_release(&list);
    if (code != OK) {
        return code;
    }
    struct store_change *c = store_change(&x->arena);
    struct store_value *row = work__assess_row(x);
    row[ASSESS__STATE] = store_text(STR("approved"));
    row[ASSESS__APPROVED] = store_int(x->now);
    row[ASSESS__APPROVED_BY] = store_int(x->actor);
    store_update(c, STORE_TABLE_assessment, row);
    code = supersede(x, c);
    code = code == OK ? work__assess_audit(x, c, "approve", arena_printf(&x->arena, "{\"result\":\"%.*s\"}",
                                                                       STR_ARG(x->s.result)))
                      : code;
    return code == OK ? work__assess_commit(x, c, STORE_INTERACTIVE) : code;
}

enum error_code work_assess_approve(struct work *w, int64_t id, str result, int64_t actor, struct error *err)
{
    struct work__assess x;
    enum error_code code = work__assess_begin(&x, w, id, actor, PEOPLE_VERB_APPROVE, err);
    code = code == OK ? work__assess_is(&x, "previewed") : code;
    code = code == OK ? approve(&x, result) : code;
    work__assess_end(&x);
    return code;
}

/* ---- Verify ---- */

static void compare_entries(struct work__assess *x, const struct work__computed *c, struct arena *a,
                            struct work_assess_verdict *ret)
{
    struct store_view *v;
    for (uint32_t i = 0; i < c->list.count; i += ASSESS__PAGE) {
        if (store_view(x->w->store, &v, NULL) != OK) {
            return;
        }
        for (uint32_t k = i; k < c->list.count && k < i + ASSESS__PAGE; k++) {
            const struct work__entry *e = &c->entries[c->list.entries[k].entry];
            struct store_value args[] = { store_int(x->s.id), store_int(e->number) };
            struct store_rows *r = store_query(v, "SELECT result, decision FROM assessment_entry WHERE assessment = ? "
                                                  "AND number = ?", args, 2);
            bool equal = store_next(r) && str_eq(store_column_text(r, 0), c->lines[k]) &&
                         str_eq(store_column_text(r, 1), str_of(e->decision));
            store_rows_end(r);
            if (!equal && ret->different++ == 0) {
                ret->first = arena_str(a, e->id);
            }
        }
        store_view_end(v);
    }
}

static bool population_holds(struct work__assess *x, const struct work__computed *c)
{
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    char hash[SHA256_TEXT];
    work__population_begin(&text, x->s.given);
    for (uint32_t i = 0; i < c->count; i++) {
        work__population_add(&text, c->entries[i].id, c->entries[i].input);
    }
    sha256_text(buf_str(&text), hash);
    buf_release(&text);
    return c->count == x->s.count && str_eq(str_of(hash), x->s.population);
}

static bool list_holds(struct work__assess *x, const struct work__computed *c)
{
    char hash[SHA256_TEXT];
    str list, *ids = ARENA_ARRAY(&x->arena, str, c->count);
    for (uint32_t i = 0; i < c->count; i++) {
        ids[i] = c->entries[i].id;
    }
    return scheme_draw_list(&x->arena, ids, c->count, &list, hash, NULL) == OK && str_eq(str_of(hash), x->s.list);
}

enum error_code work_assess_verify(struct work *w, int64_t id, struct arena *a, struct work_assess_verdict *ret,
                                   struct error *err)
{
    struct work__assess x;
    struct work__computed c;
    enum error_code code = work__assess_begin(&x, w, id, 0, PEOPLE_VERB_SEE, err);
    code = code == OK ? work__assess_is(&x, "computed previewed approved done superseded") : code;
    if (code == OK) {
        code = work__assess_compute(&x, feel_null(), true, &c);
        if (code == OK) {
            *ret = (struct work_assess_verdict){ .entries = c.count, .population = population_holds(&x, &c),
                                                 .list = list_holds(&x, &c),
                                                 .result = str_eq(str_of(c.hash), x.s.result) };
            if (x.s.approved != 0) {
                compare_entries(&x, &c, a, ret);
            }
        }
        work__computed_release(&c);
    }
    work__assess_end(&x);
    return code;
}

/* ---- Writing ---- */

void work_write_assessment(const struct work_assessment *s, struct json_writer *w)
{
    json_int_member(w, "assessment", s->id);
    json_text_member(w, "scheme", s->scheme);
    json_text_member(w, "name", s->name);
    json_text_member(w, "state", s->state);
    json_int_member(w, "office", s->office);
    json_text_member(w, "bundle", s->bundle);
    if (s->corrects != 0) {
        json_int_member(w, "corrects", s->corrects);
    }
    json_int_member(w, "count", s->count);
    const struct {
        const char *when, *who;
        int64_t at, by;
    } steps[] = { { "opened", "opened_by", s->opened, s->opened_by },
                  { "frozen", "frozen_by", s->frozen, s->frozen_by },
                  { "seeded", "seeded_by", s->seeded, s->seeded_by },
                  { "computed", "computed_by", s->computed, s->computed_by },
                  { "previewed", "previewed_by", s->previewed, s->previewed_by },
                  { "approved", "approved_by", s->approved, s->approved_by } };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i].at != 0) {
            work_write_instant(w, steps[i].when, steps[i].at);
            json_int_member(w, steps[i].who, steps[i].by);
        }
    }
    work_write_instant(w, "done", s->done);
    json_text_member(w, "population", s->population);
    json_text_member(w, "list_hash", s->list);
    json_text_member(w, "seed", s->seed);
    json_text_member(w, "result", s->result);
    if (s->quotas.len > 0) {
        json_key(w, STR("quotas"));
        json_raw(w, s->quotas);
    }
}

static void write_entry(struct store_rows *r, struct json_writer *w)
{
    str result = store_column_text(r, 2);
    json_begin_object(w);
    json_text_member(w, "id", store_column_text(r, 0));
    json_int_member(w, "subject", store_column_int(r, 1));
    if (result.len > 0) {
        json_key(w, STR("result"));
        json_raw(w, result);
    }
    if (store_column_text(r, 3).len > 0) {
        json_text_member(w, "struck", store_column_text(r, 3));
    }
    if (store_column_int(r, 4) != 0) {
        json_int_member(w, "called", store_column_int(r, 4));
    }
    json_text_member(w, "outcome", store_column_text(r, 5));
    json_text_member(w, "decision", store_column_text(r, 6));
    json_end_object(w);
}

void work_write_assessment_entries(struct store_view *v, const struct work_assessment *s, int64_t after, uint32_t max,
                                   struct buf *out)
{
    struct json_writer w;
    struct store_value args[] = { store_int(s->id), store_int(after), store_int(max) };
    struct store_rows *r = store_query(v, "SELECT id, subject, result, struck, called, outcome, decision FROM "
                                          "assessment_entry WHERE assessment = ? AND number > ? ORDER BY number "
                                          "LIMIT ?", args, 3);
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    work_write_assessment(s, &w);
    json_key(&w, STR("entries"));
    json_begin_array(&w);
    while (store_next(r)) {
        write_entry(r, &w);
    }
    store_rows_end(r);
    json_end_array(&w);
    json_end_object(&w);
}

void work_write_assessments(struct store_view *v, str scheme, int64_t before, uint32_t max, struct buf *out)
{
    struct arena a = ARENA_INIT;
    struct json_writer w;
    struct store_value all[] = { store_int(before), store_int(max) };
    struct store_value one[] = { store_text(scheme), store_int(before), store_int(max) };
    struct store_rows *r = scheme.len > 0
                               ? store_query(v, ALL_COLUMNS "WHERE scheme = ? AND id < ? ORDER BY id DESC LIMIT ?", one,
                                             3)
                               : store_query(v, ALL_COLUMNS "WHERE id < ? ORDER BY id DESC LIMIT ?", all, 2);
    json_writer_init(&w, out, false);
    json_begin_array(&w);
    while (store_next(r)) {
        struct work_assessment s;
        arena_clear(&a);
        read_row(r, &a, &s);
        json_begin_object(&w);
        work_write_assessment(&s, &w);
        json_end_object(&w);
    }
    store_rows_end(r);
    json_end_array(&w);
    arena_release(&a);
}
