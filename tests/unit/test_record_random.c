/* Random acts on a ledger, and random questions about it, against a model that keeps all revisions in a list and looks
 * at each of them. The seed is printed; give another one as argument. */
#include "record_world.h"

#include "base/limit.h"

static uint64_t state;

static uint32_t below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 11) % n);
}

/* ---- The model ---- */

struct model_row {
    int64_t row, revision, valid_from, valid_to, known_from, known_to, office;
    feel_value values[WORLD_FIELDS];
};

enum { MODEL_ROWS = 20000 };

struct model {
    struct arena arena;
    struct model_row *rows;
    uint32_t count;
    int64_t *ids; /* of rows */
    uint32_t id_count;
    struct model_row staged[100]; /* of the import that is being written */
    uint32_t staged_count;
};

static struct model_row *known(struct model *m, int64_t row)
{
    for (uint32_t i = m->count; i > 0; i--) {
        if (m->rows[i - 1].row == row && m->rows[i - 1].known_to == INT64_MAX) {
            return &m->rows[i - 1];
        }
    }
    return NULL;
}

static int64_t midnight(feel_value v, int64_t absent, int days)
{
    return v.kind == FEEL_DATE ? ((cal_days_from_date(v.date) + days) * 86400 - 8 * 3600) * 1000000 : absent;
}

static void set_validity(struct model_row *r)
{
    r->valid_from = midnight(r->values[WORLD_FROM], INT64_MIN, 0);
    r->valid_to = midnight(r->values[WORLD_TO], INT64_MAX, 1);
}

static bool same_text(feel_value a, feel_value b)
{
    return a.kind == b.kind && (a.kind != FEEL_STRING || str_eq(feel_str(a), feel_str(b)));
}

/* Would the row be valid, and its key its own? */
/* A row that the import replaces. */
static bool is_replaced(const struct model *m, const struct model_row *r)
{
    for (uint32_t i = 0; i < m->staged_count; i++) {
        if (m->staged[i].row == r->row) {
            return true;
        }
    }
    return false;
}

static bool is_allowed(struct model *m, const struct model_row *r)
{
    bool fine = r->valid_from < r->valid_to;
    for (uint32_t i = 0; fine && i < m->count + m->staged_count; i++) {
        const struct model_row *o = i < m->count ? &m->rows[i] : &m->staged[i - m->count];
        fine = o->row == r->row || o->known_to != INT64_MAX || (i < m->count && is_replaced(m, o)) ||
               o->valid_from >= r->valid_to ||
               o->valid_to <= r->valid_from || !same_text(o->values[WORLD_PARTY], r->values[WORLD_PARTY]) ||
               !same_text(o->values[WORLD_LEVEL], r->values[WORLD_LEVEL]);
    }
    return fine;
}

/* ---- Acts ---- */

static int64_t now;

static feel_value random_value(struct arena *a, int field)
{
    static const char *const levels[] = { "A", "AA", "AAA" };
    static const char *const names[] = { "示例企业", "海盐食品", "东海石化", "示范工地", "甲", "" };
    cal_date d = { 0 };
    bool null = below(5) == 0 && field != WORLD_PARTY;
    if (null) {
        return feel_null();
    }
    switch (field) {
    case WORLD_PARTY: return feel_string(arena_printf(a, "p%u", below(60)));
    case WORLD_NAME: return feel_string(str_of(names[below(6)]));
    case WORLD_LEVEL: return feel_string(str_of(levels[below(3)]));
    case WORLD_SCORE: {
        dec n = dec_from_uint(0);
        dec_from_parts((struct dec_parts){ below(1000), -(int)below(3), below(4) == 0 }, &n);
        return feel_number(n);
    }
    case WORLD_ROUND: return feel_number(dec_from_int(2019 + below(4)));
    case WORLD_NOTE: {
        char text[300];
        uint32_t len = below(2) == 0 ? below(4) : 238 + below(6); /* about RECORD_KEY */
        memset(text, 'x', sizeof text);
        text[len == 0 ? 0 : len - 1] = (char)('a' + below(3));
        return feel_string(arena_str(a, (str){ text, len }));
    }
    default:
        cal_date_from_days(20500 + below(400), &d);
        return (feel_value){ .kind = FEEL_DATE, .date = d };
    }
}

static feel_value random_values(struct arena *a, uint32_t chance)
{
    str *names = ARENA_ARRAY(a, str, WORLD_FIELDS);
    feel_value *values = ARENA_ARRAY(a, feel_value, WORLD_FIELDS);
    uint32_t count = 0;
    for (int i = 0; i < WORLD_FIELDS; i++) {
        if (below(100) < chance || (chance == 100)) {
            names[count] = world_ledger->fields[i].name;
            values[count++] = random_value(a, i);
        }
    }
    return feel_context(feel_shape_new(a, names, count), values);
}

static void take_values(struct model *m, struct model_row *r, feel_value values)
{
    for (uint32_t i = 0; i < values.count; i++) {
        r->values[scheme_field(world_ledger, values.shape->names[i])] = feel_copy(&m->arena, values.values[i]);
    }
    set_validity(r);
}

static bool is_same(const struct model_row *a, const struct model_row *b)
{
    struct buf x = BUF_INIT(1 << 16), y = BUF_INIT(1 << 16);
    for (int i = 0; i < WORLD_FIELDS; i++) {
        feel_print(a->values[i], &x);
        feel_print(b->values[i], &y);
        buf_addc(&x, ',');
        buf_addc(&y, ',');
    }
    bool same = str_eq(buf_str(&x), buf_str(&y));
    buf_release(&x);
    buf_release(&y);
    return same;
}

enum act { ACT_ADD, ACT_CHANGE, ACT_STRIKE };

static uint32_t changed, acts[3], refused, imported, mistakes;

static void mistake(const char *what, const struct error *err)
{
    if (mistakes++ < 10) {
        printf("# %s: %s; %s\n", what, err->message, err->detail);
    }
}

/* One act on both; they must agree whether it can be done. */
static void act(struct world *w, struct model *m)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    struct record_plan plan;
    uint32_t what = m->id_count < 10 ? ACT_ADD : below(10) < 4 ? ACT_ADD : below(10) < 8 ? ACT_CHANGE : ACT_STRIKE;
    now += below(3) * 1000000 * 3600;
    record_begin(w->record, &a, 7, now, &plan, &err);
    plan.office = 1 + below(3);
    int64_t row = what == ACT_ADD ? 0 : m->ids[below(m->id_count)];
    struct model_row *before = known(m, row), next = { 0 };
    feel_value values = random_values(&a, what == ACT_ADD ? 100 : 30);
    if (before != NULL) {
        next = *before;
    }
    next.revision++;
    take_values(m, &next, values);
    next.known_from = before != NULL && now <= before->known_from ? before->known_from + 1 : now;
    next.known_to = INT64_MAX;
    enum error_code code;
    bool allowed;
    if (what == ACT_ADD) {
        next.office = plan.office;
        code = record_add(&plan, world_scheme, world_ledger, values, &next.row, &err);
        allowed = is_allowed(m, &next);
    } else if (what == ACT_CHANGE) {
        code = record_change(&plan, world_scheme, world_ledger, row, 0, values, STR("because"), &err);
        allowed = before != NULL && is_allowed(m, &next);
    } else {
        code = record_strike(&plan, world_ledger, row, STR("a slip"), &err);
        allowed = before != NULL;
    }
    code = record_finish(&plan, code, NULL, &err);
    if ((code == OK) != allowed) {
        mistake(allowed ? "refused" : "allowed what should not be", &err);
    }
    acts[what]++;
    refused += code != OK;
    if (code == OK && !(what == ACT_CHANGE && is_same(before, &next))) {
        if (before != NULL) {
            before->known_to = next.known_from;
        }
        if (what != ACT_STRIKE && m->count < MODEL_ROWS) {
            m->rows[m->count++] = next;
        }
        if (what == ACT_ADD) {
            m->ids[m->id_count++] = next.row;
        }
    }
    arena_release(&a);
}

/* ---- Questions ---- */

static const char *const filters[] = {
    "level = \"AA\"", "party = this.party", "party = this.party and level = \"A\"", "score >= 10", "score < this.score",
    "10 <= score and score < 20.5", "score in [1..5]", "score in (1, 2, 30)", "level in (\"A\", \"AAA\")",
    "level in this.levels", "level = null", "score = null", "score between 5 and this.score", "round = 2020",
    "from >= this.day and from < this.day + duration(\"P60D\")", "level = \"AA\" or score > 50", "not(level = \"AA\")",
    "name = \"示例企业\" and score > 3", "score > null", "score in (< 3)", "score in (> 90)", "score in [3..1]",
    "starts with(name, \"示\")", "to = null and level != \"A\"", "level = \"AA\" and level = \"A\"", "this.day < from",
    "from = date(\"2026-03-01\")", "score = \"10\"", "office = 2", "office = 2 and score > 10", "revision > 2", "true",
    "row = this.row", "dossier = \"5\"", "score in []", "score in [2, [3..4], null]",
    "score in null", "score in (= null)",
    "note = this.note", "note > this.note", "note <= this.note and level = \"A\"", "name >= \"示\"", "unknown = 1",
};

struct question {
    struct record_query q;
    const char *where;
    feel_value self;
};

static feel_value random_self(struct arena *a, const struct model *m)
{
    static const char *const names[] = { "party", "score", "levels", "day", "row", "note" };
    str *shape = ARENA_ARRAY(a, str, 6);
    feel_value *values = ARENA_ARRAY(a, feel_value, 6);
    feel_value *levels = ARENA_ARRAY(a, feel_value, 2);
    for (int i = 0; i < 6; i++) {
        shape[i] = str_of(names[i]);
    }
    levels[0] = random_value(a, WORLD_LEVEL);
    levels[1] = random_value(a, WORLD_LEVEL);
    values[0] = random_value(a, WORLD_PARTY);
    values[1] = random_value(a, WORLD_SCORE);
    values[2] = feel_list(levels, 1 + below(2));
    values[3] = random_value(a, WORLD_FROM);
    values[4] = feel_string(arena_printf(a, "%lld", (long long)m->ids[below(m->id_count)]));
    values[5] = random_value(a, WORLD_NOTE);
    return feel_context(feel_shape_new(a, shape, 6), values);
}

/* What the filter says of a row, by the plain way: the row's names and `this` in one context. */
static bool fits(struct feel_eval *ev, struct arena *a, const char *where, const struct model_row *r, feel_value self)
{
    feel_value *values = ARENA_ARRAY(a, feel_value, WORLD_FIELDS);
    str *names = ARENA_ARRAY(a, str, WORLD_FIELDS);
    for (int i = 0; i < WORLD_FIELDS; i++) {
        names[i] = world_ledger->fields[i].name;
        values[i] = r->values[i];
    }
    struct record_row row = { .row = r->row, .revision = r->revision, .office = r->office,
                              .body = feel_context(feel_shape_new(a, names, WORLD_FIELDS), values) };
    feel_value context = record_context(a, world_ledger, &row);
    str *all = ARENA_ARRAY(a, str, context.count + 1);
    feel_value *slots = ARENA_ARRAY(a, feel_value, context.count + 1);
    memcpy(all, context.shape->names, context.count * sizeof *all);
    memcpy(slots, context.values, context.count * sizeof *slots);
    all[context.count] = STR("this");
    slots[context.count] = self;
    feel_value whole = feel_context(feel_shape_new(a, all, context.count + 1), slots);
    const struct feel_program *p;
    if (feel_compile(a, feel_scope_of_context(a, whole), str_of(where), &p, NULL) != OK) {
        return false;
    }
    bool is = feel_is_true(feel_run(ev, p, slots));
    feel_eval_reset(ev);
    return is;
}

static const struct record_query *ordering;

static int by_order(const void *a, const void *b)
{
    const struct model_row *x = *(const struct model_row *const *)a, *y = *(const struct model_row *const *)b;
    int c = 0;
    if (ordering->order.len > 0) {
        struct buf kx = BUF_INIT(4000), ky = BUF_INIT(4000);
        int32_t f = scheme_field(world_ledger, ordering->order);
        feel_key_write(x->values[f], &kx);
        feel_key_write(y->values[f], &ky);
        c = str_cmp(buf_str(&kx), buf_str(&ky));
        buf_release(&kx);
        buf_release(&ky);
        c = c != 0 ? c : (x->row > y->row) - (x->row < y->row);
        return ordering->descending ? -c : c;
    }
    return (x->row < y->row) - (x->row > y->row);
}

static uint32_t expected(struct model *m, struct question *q, struct feel_eval *ev, const struct model_row **ret)
{
    struct arena a = ARENA_INIT;
    uint32_t count = 0;
    int64_t at = q->q.known_at;
    bool always = (q->q.flags & RECORD_ALL_TIMES) != 0;
    for (uint32_t i = 0; i < m->count; i++) {
        const struct model_row *r = &m->rows[i];
        bool in = at == INT64_MAX ? r->known_to == INT64_MAX : r->known_from <= at && r->known_to > at;
        in = in && (always || (r->valid_from <= q->q.valid_at && r->valid_to > q->q.valid_at));
        arena_clear(&a);
        if (in && (q->where == NULL || fits(ev, &a, q->where, r, q->self))) {
            ret[count++] = r;
        }
    }
    ordering = &q->q;
    qsort(ret, count, sizeof *ret, by_order);
    arena_release(&a);
    return count;
}

/* All pages. */
static bool pages_are(struct world *w, struct question *q, struct feel_eval *ev, const struct model_row **want,
                      uint32_t count)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    struct store_view *v;
    struct record_answer answer;
    uint32_t at = 0;
    bool good = store_view(w->store, &v, &err) == OK;
    q->q.after = STR("");
    do {
        good = good && record_query(v, ev, &q->q, &a, &answer, &err) == OK;
        for (uint32_t i = 0; good && i < answer.count; i++, at++) {
            good = at < count && answer.rows[i].row == want[at]->row && answer.rows[i].revision == want[at]->revision;
        }
        q->q.after = answer.next;
    } while (good && answer.next.len > 0);
    uint32_t counted = 0;
    q->q.after = STR("");
    good = good && at == count && record_count(v, ev, &q->q, 1000, &counted, &err) == OK &&
           counted == (count < 1000 ? count : 1000);
    if (!good && mistakes++ < 10) {
        printf("# where %s order %.*s%s valid %lld known %lld: %u of %u, counted %u; %s\n",
               q->where != NULL ? q->where : "-", STR_ARG(q->q.order), q->q.descending ? " down" : "",
               (long long)q->q.valid_at, (long long)q->q.known_at, at, count, counted, err.detail);
    }
    store_view_end(v);
    arena_release(&a);
    return good;
}

static void ask(struct world *w, struct model *m)
{
    static const char *const orders[] = { "", "", "score", "from", "name" };
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    struct feel_environment env = { .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    const struct model_row **want = ARENA_ARRAY(&a, const struct model_row *, m->count + 1);
    struct question q = { .where = below(10) == 0 ? NULL : filters[below(sizeof filters / sizeof filters[0])] };
    cal_date day;
    cal_date_from_days(20480 + below(440), &day);
    q.self = random_self(&a, m);
    q.q = (struct record_query){
        .scheme = world_scheme, .ledger = world_ledger, .self = q.self, .max = 1 + below(40),
        .valid_at = world_day(day.year, day.month, day.day), .flags = below(3) == 0 ? RECORD_ALL_TIMES : 0,
        .known_at = below(2) == 0 ? INT64_MAX : now - (int64_t)below(200) * 3600 * 1000000,
        .order = str_of(orders[below(5)]), .descending = below(2) == 0,
    };
    if (q.where != NULL && record_filter(&a, world_ledger, str_of(q.where), NULL, &q.q.filter, &err) != OK) {
        mistake(q.where, &err);
    } else {
        pages_are(w, &q, ev, want, expected(m, &q, ev, want));
    }
    feel_eval_free(ev);
    arena_release(&a);
}

/* ---- Imports ---- */

static void stage(struct world *w, struct model *m, struct record_batch *b)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    struct model_row next = { .revision = 1, .known_to = INT64_MAX, .office = 2, .row = -1 - (int64_t)m->staged_count };
    feel_value values = random_values(&a, 100);
    (void)w;
    take_values(m, &next, values);
    bool allowed = is_allowed(m, &next);
    enum error_code code = record_batch_add(b, values, now, &err);
    if ((code == OK) != allowed) {
        mistake(allowed ? "not imported" : "imported what should not be", &err);
    }
    refused += code != OK;
    if (code == OK && m->staged_count < 100) {
        m->staged[m->staged_count++] = next;
    }
    arena_release(&a);
}

/* The next revision of a row; a row that the import has changed already it cannot change again. */
static void stage_change(struct model *m, struct record_batch *b)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    int64_t row = m->ids[below(m->id_count)];
    struct model_row *before = known(m, row), next = { 0 };
    feel_value values = random_values(&a, 30);
    next = before != NULL ? *before : next;
    next.row = row;
    next.revision++;
    take_values(m, &next, values);
    bool allowed = before != NULL && !is_replaced(m, &next) && is_allowed(m, &next);
    enum error_code code = record_batch_change(b, row, values, now, &err);
    if ((code == OK) != allowed) {
        mistake(allowed ? "not changed by an import" : "changed by an import what should not be", &err);
    }
    refused += code != OK;
    if (code == OK) {
        m->staged[m->staged_count++] = next;
    }
    arena_release(&a);
}

/* The numbers that the rows got, in the order of adding. */
static void find_numbers(struct world *w, struct model *m, int64_t above)
{
    struct error err = { .lang = LANG_EN };
    struct store_view *v;
    struct store_value args[] = { store_int(above) };
    store_view(w->store, &v, &err);
    struct store_rows *r = store_query(v, "SELECT entry FROM record WHERE batch > ? ORDER BY entry DESC", args, 1);
    for (uint32_t i = m->staged_count; i > 0; i--) {
        if (m->staged[i - 1].row < 0 && store_next(r)) {
            m->staged[i - 1].row = store_column_int(r, 0);
        }
    }
    store_rows_end(r);
    store_view_end(v);
}

static void end_import(struct world *w, struct model *m, struct record_batch *b, int64_t before)
{
    struct error err = { .lang = LANG_EN };
    int64_t count = 0;
    uint32_t how = below(4);
    if (how == 0) {
        if (record_batch_drop(b, now, &err) != OK) {
            mistake("drop", &err);
        }
    } else if (how == 1) {
        record_batch_free(b);
        now += (LIMIT_RECORD_BATCH_SECONDS + 1) * 1000000LL;
    } else if (record_batch_flip(b, ++now, &count, &err) != OK || count != m->staged_count) {
        mistake("flip", &err);
    } else {
        int64_t at = now; /* later than all that it ends */
        for (uint32_t i = 0; i < m->staged_count; i++) {
            struct model_row *r = known(m, m->staged[i].row);
            at = r != NULL && r->known_from >= at ? r->known_from + 1 : at;
        }
        for (uint32_t i = 0; i < m->staged_count; i++) {
            struct model_row *r = known(m, m->staged[i].row);
            if (r != NULL) {
                r->known_to = at;
                changed++;
            }
        }
        find_numbers(w, m, before);
        for (uint32_t i = 0; i < m->staged_count; i++) {
            bool fresh = m->staged[i].revision == 1;
            m->staged[i].known_from = at;
            m->rows[m->count++] = m->staged[i];
            if (fresh) {
                m->ids[m->id_count++] = m->staged[i].row;
            }
        }
        imported += m->staged_count;
    }
    if (how == 1) {
        bool more = true;
        while (more && record_batch_tend(w->record, now, &more, &err) == OK) {
        }
    }
    m->staged_count = 0;
}

/* With acts and questions between the rows, and while the rows are moved. */
static void import(struct world *w, struct model *m)
{
    struct error err = { .lang = LANG_EN };
    struct record_batch *b;
    int64_t before = store_id(w->store, &err);
    if (record_batch_begin(w->record, world_scheme, world_ledger, 7, 2, now, &b, &err) != OK) {
        world_fail("import", &err);
    }
    uint32_t rows = 1 + below(90);
    for (uint32_t i = 0; i < rows; i++) {
        if (below(3) == 0 && m->staged_count < 100 && m->id_count > 0) {
            stage_change(m, b);
        } else {
            stage(w, m, b);
        }
        if (below(40) == 0) {
            now += 600000; /* the unit is written */
            ask(w, m);
            stage(w, m, b);
        }
    }
    end_import(w, m, b, before);
    bool more = true;
    for (uint32_t i = below(6); i > 0 && more; i--) {
        ask(w, m);
        act(w, m);
        if (record_batch_tend(w->record, now, &more, &err) != OK) {
            mistake("tend", &err);
        }
    }
}

int main(int argc, char **argv)
{
    struct world w;
    struct model m = { .arena = ARENA_INIT };
    m.rows = ARENA_ARRAY(&m.arena, struct model_row, MODEL_ROWS);
    m.ids = ARENA_ARRAY(&m.arena, int64_t, MODEL_ROWS);
    state = argc > 1 ? strtoull(argv[1], NULL, 10) : 20261128;
    uint32_t rounds = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : getenv("GONGSHI_LONG") != NULL ? 60 : 24;
    printf("# seed %llu\n", (unsigned long long)state);
    now = world_day(2026, 1, 1);
    world_open(&w);
    uint32_t questions = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        for (int i = 0; i < 20; i++) {
            act(&w, &m);
        }
        for (int i = 0; i < 20; i++, questions++) {
            ask(&w, &m);
        }
        if (round % 3 == 2) {
            import(&w, &m);
        }
    }
    is_int(mistakes, 0, "%u adds, %u changes, %u strikes, %u imported, %u changed so (%u refused), "
           "%u questions: as the model says",
           acts[ACT_ADD], acts[ACT_CHANGE], acts[ACT_STRIKE], imported, changed, refused,
           questions);
    ok(refused > rounds / 2 && m.count > 4 * rounds, "%u revisions", m.count);
    world_close(&w);
    arena_release(&m.arena);
    return tap_done();
}
