/* assess_freeze: who is in the list, and what is known of each, read once and hashed. Page by page: all that are in it;
 * where no fact is asked for, each page is written while the next one is read. Otherwise then each fact once, for all
 * of them together, and then the rows.
 *
 * Pages are read in views of their own, because no view lives long. Records are asked for as they were known at the
 * instant of freezing, so all pages show the same picture; a dossier is in the list when it waits as its page is
 * read.
 */
#include "work/assess_int.h"

#include "base/limit.h"
#include "scheme/fact.h"

enum { PAGE = 400 };

struct subject {
    int64_t subject;
    str id;
    feel_value self; /* `this` of facts; what the input's names are looked up in */
};

struct freeze {
    struct work__assess *x;
    struct feel_eval *ev;
    struct arena page;          /* of the page at hand */
    struct arena entry;         /* of the entry that is written */
    struct arena all;           /* of `subjects` and the facts */
    struct subject *subjects;
    uint32_t count, room;
    uint32_t written;           /* of them */
    bool any_fact;              /* then `self` is kept in `all`, otherwise only while its page is at hand */
    feel_value **facts;         /* by name: a value for each subject; NULL: the name is no fact */
    cal_date day;               /* the key date */
    int64_t after;              /* the last dossier … */
    str cursor;                 /* … or the place in the ledger; in the act's arena */
    bool last;
    const struct people_tree *tree; /* of the offices; NULL: there are none */
    const struct scheme_ledger *ledger;
    const struct scheme *owner; /* of the ledger */
    const struct record_filter *filter;
    feel_value common;          /* the key date and the parameters: `this` of the filter; in the act's arena */
    const str *names;           /* that an input has: of the decisions' inputs, the keys, the group */
    uint32_t name_count;
    const struct feel_shape *shape; /* of them */
    struct buf given, input, population;
    struct work__bulk bulk;
};

/* ---- What an input has ---- */

static bool has_name(const struct freeze *f, str name)
{
    for (uint32_t i = 0; i < f->name_count; i++) {
        if (str_eq(f->names[i], name)) {
            return true;
        }
    }
    return false;
}

static void add_name(struct freeze *f, str *names, str name)
{
    bool common = scheme_parameter(f->x->scheme, name) != NULL || str_eq(name, STR("key date"));
    if (name.len > 0 && !common && !has_name(f, name)) {
        names[f->name_count++] = name;
    }
}

static void add_inputs(struct freeze *f, str *names, str decision, uint32_t most)
{
    uint32_t node;
    const struct dmn_model *m = decision.len == 0 ? NULL : scheme_find_decision(f->x->scheme, decision, &node);
    bool *needed = ARENA_ARRAY(&f->x->arena, bool, m == NULL ? 0 : dmn_node_count(m));
    if (m != NULL) {
        dmn_needed(m, node, needed);
    }
    for (uint32_t i = 0; m != NULL && i < dmn_node_count(m) && f->name_count < most; i++) {
        struct dmn_node_info info = dmn_node(m, i);
        if (info.kind == DMN_INPUT && needed[i]) {
            add_name(f, names, info.name);
        }
    }
}

/* The names of the manifest, and the inputs that the decisions need. */
static void find_names(struct freeze *f)
{
    enum { MOST = 400 };
    const struct scheme_assessment *rule = f->x->rule;
    str *names = ARENA_ARRAY(&f->x->arena, str, MOST + rule->order_count + 2);
    f->names = names;
    for (uint32_t i = 0; i < rule->order_count; i++) {
        str key = scheme_assess_key(rule->order[i]);
        add_name(f, names, str_eq(key, STR("lot")) ? STR("") : key);
    }
    add_name(f, names, rule->group);
    add_inputs(f, names, rule->decide, MOST);
    add_inputs(f, names, rule->cap, MOST);
    f->shape = feel_shape_ordered(&f->all, f->names, f->name_count);
    f->facts = ARENA_ARRAY(&f->all, feel_value *, f->name_count);
    for (uint32_t i = 0; i < f->name_count; i++) {
        f->any_fact |= scheme_fact(f->x->scheme, f->names[i]) != NULL;
    }
}

/* What entries are made of, kept as long as they need it. */
static feel_value keep(struct freeze *f, feel_value v)
{
    return f->any_fact ? feel_copy(&f->all, v) : v;
}

/* ---- Waiting dossiers ---- */

/* The item that waits at the element; false: none does. */
static bool find_wait(const struct bpmn_state *state, str at, uint32_t *ret_item)
{
    struct bpmn_cursor c = { NULL, 0, false };
    struct bpmn_wait w;
    uint32_t element = bpmn_find(state->model, at);
    while (bpmn_next_wait(state, &c, &w)) {
        if (w.kind == BPMN_WAIT_MESSAGE && (w.element == element || w.host == element)) {
            *ret_item = w.item;
            return true;
        }
    }
    return false;
}

/* A place for one more. */
static struct subject *add_subject(struct freeze *f)
{
    if (f->count == f->room) {
        uint32_t room = f->room == 0 ? 1024 : 2 * f->room;
        f->subjects = arena_grow(&f->all, f->subjects, f->room * sizeof *f->subjects, room * sizeof *f->subjects);
        f->room = room;
    }
    return &f->subjects[f->count++];
}

/* What the dossier knows where it waits, under what the office knows of it. */
static feel_value self_of(struct freeze *f, const struct work_dossier *d, feel_value visible)
{
    static const char *const known[] = { "key date", "number", "process", "subject" };
    enum { KNOWN = sizeof known / sizeof known[0] };
    str names[KNOWN];
    feel_value values[KNOWN] = { { .kind = FEEL_DATE, .date = f->day },
                                 feel_string(arena_printf(&f->page, "%lld", (long long)d->id)),
                                 feel_string(d->process), feel_string(d->subject) };
    for (uint32_t i = 0; i < KNOWN; i++) {
        names[i] = str_of(known[i]);
    }
    feel_value own = feel_context(feel_shape_new(&f->page, names, KNOWN), values);
    return keep(f, scheme_this(&f->page, visible, own));
}

static enum error_code add_dossier(struct freeze *f, struct store_view *v, const struct work_dossier *d)
{
    const struct scheme *s;
    struct bpmn_state state;
    uint32_t item;
    enum error_code code = record_scheme(f->x->w->record, v, d->bundle, &s, f->x->err);
    const struct bpmn_model *m = code == OK ? scheme_model(s, d->process) : NULL;
    if (m == NULL) {
        return code;
    }
    bpmn_state_init(&state, m);
    code = bpmn_state_read(&state, d->state, f->x->err);
    if (code == OK && find_wait(&state, f->x->rule->at, &item)) {
        struct subject *one = add_subject(f);
        one->subject = d->id;
        one->id = arena_printf(&f->all, "%lld", (long long)d->id);
        one->self = self_of(f, d, bpmn_visible(&state, item, &f->page));
    }
    bpmn_state_release(&state);
    return code;
}

static enum error_code read_dossiers(struct freeze *f, struct store_view *v)
{
    struct work__assess *x = f->x;
    struct store_value args[] = { store_text(f->x->s.scheme), store_int(f->after), store_text(f->x->rule->over),
                                  store_int(PAGE) };
    struct store_rows *r = store_query(v, "SELECT d.id, d.bundle, d.process, d.subject, d.state, d.office FROM "
                                          "dossier d WHERE d.scheme = ? AND d.id > ? AND d.process = ? AND d.outcome = "
                                          "'running' AND EXISTS (SELECT 1 FROM subscription s WHERE s.dossier = d.id "
                                          "AND s.kind = 'message') ORDER BY d.id LIMIT ?", args, 4);
    enum error_code code = OK;
    uint32_t read = 0;
    while (code == OK && store_next(r)) {
        struct work_dossier d = { .id = store_column_int(r, 0), .bundle = arena_str(&f->page, store_column_text(r, 1)),
                                  .process = arena_str(&f->page, store_column_text(r, 2)),
                                  .subject = arena_str(&f->page, store_column_text(r, 3)),
                                  .state = arena_str(&f->page, store_column_text(r, 4)) };
        f->after = d.id;
        read++;
        bool ours = f->tree == NULL || x->s.office == 0 || people_within(f->tree, store_column_int(r, 5), x->s.office);
        code = ours ? add_dossier(f, v, &d) : OK;
    }
    store_rows_end(r);
    f->last = read < PAGE;
    return code;
}

/* ---- Records ---- */

/* The ledger and its filter, once. */
static enum error_code open_ledger(struct freeze *f, struct store_view *v)
{
    struct work__assess *x = f->x;
    enum error_code code = record_ledger(x->w->record, v, x->scheme, x->rule->over, &f->owner, &f->ledger, NULL,
                                         x->err);
    return code == OK && x->rule->where.len > 0
               ? record_filter(&x->arena, f->ledger, x->rule->where, feel_type_of(&x->arena, f->common), &f->filter,
                               x->err)
               : code;
}

/* Rows that hold at the cut-off, as they were known when the freezing began: so all pages are of one picture. */
static enum error_code read_records(struct freeze *f, struct store_view *v)
{
    struct work__assess *x = f->x;
    struct record_answer answer;
    enum error_code code = f->ledger == NULL ? open_ledger(f, v) : OK;
    if (code != OK) {
        return code;
    }
    const struct record_query q = { .scheme = f->owner != NULL ? f->owner : x->scheme, .ledger = f->ledger,
                                    .filter = f->filter, .self = f->common,
                                    .office = f->tree != NULL ? x->s.office : 0, .tree = f->tree,
                                    .valid_at = x->s.cut, .known_at = x->now, .max = PAGE, .after = f->cursor };
    code = record_query(v, f->ev, &q, &f->page, &answer, x->err);
    if (code == OK) {
        feel_value *selves = ARENA_ARRAY(&f->page, feel_value, answer.count);
        record_contexts(&f->page, f->ledger, answer.rows, answer.count, selves);
        const feel_value kept = keep(f, feel_list(selves, answer.count)); /* with their names once */
        for (uint32_t i = 0; i < answer.count; i++) {
            struct subject *one = add_subject(f);
            one->subject = answer.rows[i].row;
            one->id = arena_printf(&f->all, "%lld", (long long)one->subject);
            one->self = kept.items[i];
        }
        f->last = answer.next.len == 0;
        f->cursor = arena_str(&x->arena, answer.next);
    }
    return code;
}

/* ---- All of them ---- */

static enum error_code within_bounds(struct freeze *f)
{
    bool many = f->count > LIMIT_ASSESS_ENTRIES;
    if (!many && arena_used(&f->all) <= LIMIT_ASSESS_BYTES) {
        return OK;
    }
    error_set(f->x->err, ERROR_LIMIT, "the list is too large");
    error_detail(f->x->err, "limit %s = %d", many ? "ASSESS_ENTRIES" : "ASSESS_BYTES",
                 many ? LIMIT_ASSESS_ENTRIES : LIMIT_ASSESS_BYTES);
    return ERROR_LIMIT;
}

static enum error_code read_page(struct freeze *f)
{
    struct store_view *v;
    arena_clear(&f->page);
    enum error_code code = store_view(f->x->w->store, &v, f->x->err);
    if (code != OK) {
        return code;
    }
    feel_eval_reset(f->ev);
    code = f->x->rule->over_dossiers ? read_dossiers(f, v) : read_records(f, v);
    code = code == OK ? store_view_error(v, f->x->err) : code;
    store_view_end(v);
    return code == OK ? within_bounds(f) : code;
}

/* ---- Facts ---- */

static enum error_code read_facts(struct freeze *f)
{
    feel_value *selves = ARENA_ARRAY(&f->all, feel_value, f->count);
    cal_date *days = ARENA_ARRAY(&f->all, cal_date, f->count);
    enum error_code code = OK;
    for (uint32_t i = 0; i < f->count; i++) {
        selves[i] = f->subjects[i].self;
        days[i] = f->day;
    }
    for (uint32_t i = 0; i < f->name_count && code == OK; i++) {
        const struct scheme_fact *fact = scheme_fact(f->x->scheme, f->names[i]);
        if (fact != NULL && f->count > 0) {
            f->facts[i] = ARENA_ARRAY(&f->all, feel_value, f->count);
            code = record_facts_of(f->x->w->record, f->x->now, f->ev, f->x->scheme, fact, selves, days, f->count,
                                   &f->all, f->facts[i], f->x->err);
            code = code == OK ? within_bounds(f) : code;
        }
    }
    return code;
}

/* ---- Rows ---- */

static void write_input(struct freeze *f, uint32_t subject)
{
    feel_value self = f->subjects[subject].self;
    feel_value *values = ARENA_ARRAY(&f->entry, feel_value, f->name_count);
    for (uint32_t i = 0; i < f->name_count; i++) {
        values[i] = feel_null();
        if (f->facts[i] != NULL) {
            values[i] = f->facts[i][subject];
        } else if (str_eq(f->names[i], STR("this"))) {
            values[i] = self;
        } else {
            feel_context_get(self, f->names[i], &values[i]);
        }
    }
    buf_clear(&f->input);
    feel_record_write(feel_context(f->shape, values), &f->input);
}

static void add_entry(struct freeze *f, uint32_t subject)
{
    const struct subject *s = &f->subjects[subject];
    struct work__bulk_slot *slot = work__bulk_next(&f->bulk);
    work__population_add(&f->population, s->id, buf_str(&f->input));
    struct store_value row[] = { store_int(f->x->s.id), store_int(subject + 1), store_int(1), store_int(s->subject),
                                 store_text(s->id), store_bytes(buf_str(&f->input)), store_text(STR("")), store_int(0),
                                 store_text(STR("")), store_int(0), store_int(0), store_text(STR("")),
                                 store_text(STR("")), store_int(0), store_text(STR("")), store_int(0) };
    store_insert(slot->change, STORE_TABLE_assessment_entry, row);
}

/* Those that have come since. */
static enum error_code write_entries(struct freeze *f)
{
    enum error_code code = OK;
    while (f->written < f->count && code == OK) {
        arena_clear(&f->entry);
        write_input(f, f->written);
        code = work__whole(&f->input, f->x->err);
        if (code == OK) {
            add_entry(f, f->written++);
        }
    }
    return code;
}

static enum error_code take_entries(struct freeze *f)
{
    enum error_code code = OK;
    work__population_begin(&f->population, buf_str(&f->given));
    work__bulk_begin(&f->bulk, f->x);
    while (code == OK && !f->last) {
        code = read_page(f);
        code = code == OK && !f->any_fact ? write_entries(f) : code;
    }
    code = code == OK && f->any_fact ? read_facts(f) : code;
    code = code == OK ? write_entries(f) : code;
    enum error_code written = work__bulk_end(&f->bulk);
    return code != OK ? code : written;
}

/* ---- What all have in common ---- */

static cal_date key_date(const struct work__assess *x, int64_t micros)
{
    cal_datetime t;
    cal_date day = { .year = 0 };
    if (cal_datetime_from_utc(micros / 1000000, 0, (cal_zone)cal_zone_offset_at(x->w->zone, micros / 1000000), &t)) {
        day = (cal_date){ .year = t.year, .month = t.month, .day = t.day };
    }
    return day;
}

/* The key date, and all parameters as they are in force on it. */
static enum error_code write_given(struct freeze *f)
{
    struct work__assess *x = f->x;
    struct store_view *v;
    const struct scheme *s = x->scheme;
    str *names = ARENA_ARRAY(&x->arena, str, s->parameter_count + 1);
    feel_value *values = ARENA_ARRAY(&x->arena, feel_value, s->parameter_count + 1);
    enum error_code code = store_view(x->w->store, &v, x->err);
    if (code != OK) {
        return code;
    }
    names[0] = STR("key date");
    values[0] = (feel_value){ .kind = FEEL_DATE, .date = f->day };
    for (uint32_t i = 0; i < s->parameter_count && code == OK; i++) {
        names[i + 1] = s->parameters[i].name;
        code = record_parameter(x->w->record, v, s, &s->parameters[i], f->day, &x->arena, &values[i + 1], x->err);
    }
    code = code == OK ? store_view_error(v, x->err) : code;
    store_view_end(v);
    if (code == OK) {
        f->common = feel_context(feel_shape_new(&x->arena, names, s->parameter_count + 1), values);
        feel_record_write(f->common, &f->given);
        code = work__whole(&f->given, x->err);
    }
    return code;
}

/* ---- The whole ---- */

/* What an earlier attempt left. */
static enum error_code remove_left(struct work__assess *x)
{
    enum error_code code = OK;
    bool more = true;
    while (code == OK && more) {
        struct store_view *v;
        struct arena a = ARENA_INIT;
        struct store_change *c = store_change(&a);
        struct store_value args[] = { store_int(x->s.id), store_int(ASSESS__UNIT) };
        code = store_view(x->w->store, &v, x->err);
        if (code == OK) {
            struct store_rows *r = store_query(v, "SELECT number FROM assessment_entry WHERE assessment = ? ORDER BY "
                                                  "number LIMIT ?", args, 2);
            while (store_next(r)) {
                struct store_value key[] = { store_int(x->s.id), store_int(store_column_int(r, 0)) };
                store_delete(c, STORE_TABLE_assessment_entry, key, 0);
            }
            store_rows_end(r);
            code = store_view_error(v, x->err);
            store_view_end(v);
        }
        more = store_change_rows(c) > 0;
        code = code == OK && more ? work__assess_commit(x, c, STORE_BULK) : code;
        arena_release(&a);
    }
    return code;
}

static enum error_code flip(struct freeze *f)
{
    struct work__assess *x = f->x;
    char hash[SHA256_TEXT], population[SHA256_TEXT];
    str list, *ids = ARENA_ARRAY(&x->arena, str, f->count);
    for (uint32_t i = 0; i < f->count; i++) {
        ids[i] = f->subjects[i].id;
    }
    enum error_code code = scheme_draw_list(&x->arena, ids, f->count, &list, hash, x->err);
    code = code == OK ? work__whole(&f->population, x->err) : code;
    if (code != OK) {
        return code;
    }
    struct store_change *c = store_change(&x->arena);
    struct store_value *row = work__assess_row(x);
    sha256_text(buf_str(&f->population), population);
    row[ASSESS__STATE] = store_text(STR("frozen"));
    row[ASSESS__CUT] = store_int(x->s.cut);
    row[ASSESS__FROZEN] = store_int(x->now);
    row[ASSESS__FROZEN_BY] = store_int(x->actor);
    row[ASSESS__COUNT] = store_int(f->count);
    row[ASSESS__POPULATION] = store_text(str_of(population));
    row[ASSESS__LIST] = store_text(str_of(hash));
    row[ASSESS__GIVEN] = store_bytes(buf_str(&f->given));
    store_update(c, STORE_TABLE_assessment, row);
    code = work__assess_audit(x, c, "freeze", arena_printf(&x->arena, "{\"list\":\"%s\",\"population\":\"%s\"}", hash,
                                                         population));
    return code == OK ? work__assess_commit(x, c, STORE_INTERACTIVE) : code;
}

static enum error_code take_tree(struct freeze *f)
{
    struct store_view *v;
    struct people *people = f->x->w->config.people;
    enum error_code code = people == NULL ? OK : store_view(f->x->w->store, &v, f->x->err);
    if (code == OK && people != NULL) {
        code = people_tree(people, v, &f->tree, f->x->err);
        store_view_end(v);
    }
    return code;
}

static enum error_code freeze(struct work__assess *x)
{
    struct feel_environment env;
    work__environment(x->w, x->now, &env);
    env.calendar = work__calendar_at(x->w, x->now);
    struct freeze f = { .x = x, .ev = feel_eval_new(&env), .given = BUF_INIT(LIMIT_STORE_UNIT_BYTES / 2),
                        .input = BUF_INIT(1 << 20), .population = BUF_INIT(LIMIT_JSON_BYTES) };
    x->s.cut = x->s.cut != 0 ? x->s.cut : x->now;
    f.day = key_date(x, x->s.cut);
    find_names(&f);
    enum error_code code = take_tree(&f);
    code = code == OK ? remove_left(x) : code;
    code = code == OK ? write_given(&f) : code;
    code = code == OK ? take_entries(&f) : code;
    code = code == OK ? flip(&f) : code;
    if (f.tree != NULL) {
        people_tree_end(x->w->config.people, f.tree);
    }
    feel_eval_free(f.ev);
    arena_release(&f.page);
    arena_release(&f.entry);
    arena_release(&f.all);
    buf_release(&f.given);
    buf_release(&f.input);
    buf_release(&f.population);
    return code;
}

enum error_code work_assess_freeze(struct work *w, int64_t id, int64_t actor, struct error *err)
{
    struct work__assess x;
    enum error_code code = work__assess_begin(&x, w, id, actor, PEOPLE_VERB_SET, err);
    code = code == OK ? work__assess_is(&x, "draft") : code;
    code = code == OK ? freeze(&x) : code;
    work__assess_end(&x);
    return code;
}

/* ---- The list of a lot ---- */

enum error_code work_assess_list(struct work *w, int64_t id, struct buf *out, struct error *err)
{
    struct work__assess x;
    struct store_view *v;
    char hash[SHA256_TEXT];
    str list;
    uint32_t count = 0;
    enum error_code code = work__assess_begin(&x, w, id, 0, PEOPLE_VERB_SEE, err);
    code = code == OK && x.s.frozen == 0 ? error_set(err, ERROR_INVALID, "the list is not frozen yet") : code;
    code = code == OK ? store_view(w->store, &v, err) : code;
    if (code == OK) {
        str *ids = ARENA_ARRAY(&x.arena, str, (size_t)x.s.count);
        struct store_value args[] = { store_int(id) };
        struct store_rows *r = store_query(v, "SELECT id FROM assessment_entry WHERE assessment = ? ORDER BY number",
                                           args, 1);
        while (count < x.s.count && store_next(r)) {
            ids[count++] = arena_str(&x.arena, store_column_text(r, 0));
        }
        store_rows_end(r);
        code = store_view_error(v, err);
        store_view_end(v);
        code = code == OK ? scheme_draw_list(&x.arena, ids, count, &list, hash, err) : code;
    }
    if (code == OK) {
        buf_add(out, list);
    }
    work__assess_end(&x);
    return code;
}
