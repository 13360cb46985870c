/* page_grades: how an approved list stands, for the office: how its grades are spread and what shape that is, who has
 * which grade, why, and how far it is to the next; of one entry the same over time. Everything is read as it was
 * approved: no list is computed again. The parties of a row see their own entry alone (web__put_placed). */
#include "web/desk_int.h"

#include "base/limit.h"
#include "work/assess.h"
#include "web/field.h"

enum { ENTRIES = 25, FOUND = 50, BEFORE = 12, GRADES = LIMIT_CHART_SERIES };

struct grades {
    struct web__desk d;
    struct work_assessment s;
    const struct scheme *scheme;
    const struct scheme_assessment *rule;
    const struct scheme_ledger *ledger; /* that its rows are of; NULL: dossiers */
};

/* False after an answer was sent. */
static bool open_grades(struct web__call *c, struct grades *ret)
{
    *ret = (struct grades){ .ledger = NULL };
    if (!web__desk_open(c, &ret->d)) {
        return false;
    }
    bool fine = work_read_assessment(ret->d.v, c->number, c->arena, &ret->s) && ret->s.approved != 0 &&
                web__desk_may(&ret->d, PEOPLE_VERB_SEE, PEOPLE_KIND_ASSESSMENT, ret->s.office, PEOPLE_INTERNAL) &&
                record_scheme(c->web->config.record, ret->d.v, ret->s.bundle, &ret->scheme, NULL) == OK &&
                (ret->rule = scheme_assessment(ret->scheme, ret->s.name)) != NULL;
    if (fine && !ret->rule->over_dossiers) {
        record_ledger(c->web->config.record, ret->d.v, ret->scheme, ret->rule->over, NULL, &ret->ledger, NULL, NULL);
    }
    if (!fine) {
        web__desk_nothing(&ret->d);
    }
    return fine;
}

/* ---- How the grades are spread ---- */

struct counts {
    str names[GRADES];
    int64_t counts[GRADES];
    uint32_t grade_count;
};

/* Of all groups together, the best grade first. */
static void count_grades(struct arena *a, str quotas, struct counts *ret)
{
    feel_value groups;
    *ret = (struct counts){ .grade_count = 0 };
    if (feel_json_read(a, quotas, &groups, NULL) != OK) {
        return;
    }
    for (uint32_t g = 0; g < groups.count; g++) {
        feel_value grades = feel_member(groups.items[g], "grades");
        for (uint32_t i = 0; i < grades.count && i < GRADES; i++) {
            ret->names[i] = feel_text_member(grades.items[i], "grade");
            ret->grade_count = i + 1 > ret->grade_count ? i + 1 : ret->grade_count;
            ret->counts[i] += feel_whole_member(grades.items[i], "actual");
        }
    }
}

/* What three steps look like, the best above; empty where there are not three. Of any list, whatever its package: where
 * one decides the shape by a rule of its own (schemes/sites, `shape`), the words of its papers are that rule's. */
static const char *shape_of(enum lang lang, const struct counts *k)
{
    const int64_t *n = k->counts;
    if (k->grade_count != 3 || n[0] + n[1] + n[2] == 0) {
        return "";
    }
    return lang_text(lang, n[1] > n[0] && n[1] > n[2]    ? "diamond: most are in the middle"
                           : n[0] > n[1] && n[1] >= n[2] ? "inverted pyramid: most are at the top"
                           : n[2] > n[1] && n[1] >= n[0] ? "pyramid: most are at the bottom"
                                                         : "no clear shape");
}

static void put_groups(struct grades *k)
{
    struct web__call *c = k->d.c;
    feel_value groups;
    struct node *list = node_put_list(c->model, "groups");
    if (feel_json_read(c->arena, k->s.quotas, &groups, NULL) != OK) {
        return;
    }
    for (uint32_t i = 0; i < groups.count; i++) {
        feel_value grades = feel_member(groups.items[i], "grades");
        struct node *group = node_add_object(list), *rows = node_put_list(group, "grades");
        node_put_text(group, "name", publish_shown(c->arena, feel_member(groups.items[i], "group")));
        node_put_text(group, "count", publish_shown(c->arena, feel_member(groups.items[i], "count")));
        node_put_int(group, "number", i);
        for (uint32_t g = 0; g < grades.count; g++) {
            struct node *row = node_add_object(rows);
            str name = feel_text_member(grades.items[g], "grade");
            node_put_text(row, "name", scheme_word(k->scheme, name, c->lang));
            node_put_word(row, "look", web__grade_look(name));
            node_put_text(row, "quota", publish_shown(c->arena, feel_member(grades.items[g], "quota")));
            node_put_text(row, "actual", publish_shown(c->arena, feel_member(grades.items[g], "actual")));
        }
    }
}

static void put_counts(struct web__call *c, struct node *to, const struct counts *k)
{
    struct node *list = node_put_list(to, "counts");
    for (uint32_t i = 0; i < k->grade_count; i++) {
        struct node *n = node_add_object(list);
        node_put_text(n, "name", k->names[i]);
        node_put_word(n, "look", web__grade_look(k->names[i]));
        node_put_int(n, "count", k->counts[i]);
    }
    node_put_text(to, "shape", str_of(shape_of(c->lang, k)));
}

/* This list and those before it, the newest first. */
static void put_past(struct grades *k)
{
    struct web__call *c = k->d.c;
    int64_t ids[BEFORE];
    uint32_t count = work_lists_before(k->d.v, &k->s, BEFORE, ids);
    struct node *list = node_put_list(c->model, "past");
    for (uint32_t i = 0; i <= count; i++) {
        struct work_assessment one = k->s;
        struct counts n;
        if (i > 0 && !work_read_assessment(k->d.v, ids[i - 1], c->arena, &one)) {
            continue;
        }
        struct node *row = node_add_object(list);
        count_grades(c->arena, one.quotas, &n);
        node_put_int(row, "id", one.id);
        web__put_day(row, "day", one.cut != 0 ? one.cut : one.frozen);
        node_put_true(row, "here", i == 0);
        put_counts(c, row, &n);
    }
}

/* ---- Entries ---- */

static str name_of(struct grades *k, int64_t subject)
{
    struct record_row row;
    if (k->ledger == NULL) {
        return web__desk_dossier_name(&k->d, subject);
    }
    return record_last(k->d.v, k->d.c->arena, k->ledger, subject, &row, NULL) == OK
               ? web__desk_row_name(&k->d, k->ledger, &row)
               : STR("");
}

static str title_of(const struct grades *k, str name)
{
    return web__value_called(k->d.c, k->scheme, k->ledger, name);
}

/* "得分 78，还差 10.5" */
static void put_distance(const struct grades *k, struct node *to, feel_value next)
{
    struct arena *a = k->d.c->arena;
    if (next.kind == FEEL_CONTEXT) {
        node_put_text(to, "key", title_of(k, feel_text_member(next, "key")));
        node_put_text(to, "own", publish_shown(a, feel_member(next, "own")));
        node_put_text(to, "wanted", publish_shown(a, feel_member(next, "wanted")));
        node_put_text(to, "by", publish_shown(a, feel_member(next, "by")));
    }
}

static void put_entry(struct grades *k, struct node *to, const struct work_graded *e)
{
    struct web__call *c = k->d.c;
    feel_value values = feel_member(e->result, "values");
    node_put_int(to, "subject", e->subject);
    node_put_text(to, "name", name_of(k, e->subject));
    node_put_text(to, "grade", scheme_word(k->scheme, e->grade, c->lang));
    node_put_word(to, "look", web__grade_look(e->grade));
    node_put_int(to, "place", e->position);
    node_put_text(to, "rank", publish_shown(c->arena, feel_member(e->result, "rank")));
    node_put_word(to, "why", web__why_word(feel_text_member(e->result, "why")));
    node_put_text(to, "struck", e->struck);
    node_put_true(to, "border", feel_is_true(feel_member(e->result, "border")));
    node_put_text(to, "undetermined", feel_text_member(e->result, "undetermined"));
    struct node *list = node_put_list(to, "values");
    for (uint32_t i = 0; values.kind == FEEL_CONTEXT && i < values.count; i++) {
        struct node *n = node_add_object(list);
        node_put_text(n, "label", title_of(k, values.shape->names[i]));
        node_put_text(n, "value", scheme_word(k->scheme, publish_shown(c->arena, values.values[i]), c->lang));
    }
    put_distance(k, to, feel_member(e->result, "next"));
}

/* The rows of the ledger that words are found in, as far as they are in the list. */
static uint32_t find_words(struct grades *k, str words, struct work_graded *ret)
{
    struct web__call *c = k->d.c;
    struct record_answer found = { .count = 0 };
    struct error err = { .lang = c->lang };
    const struct record_query q = { .scheme = k->scheme, .ledger = k->ledger, .self = feel_null(), .words = words,
                                    .valid_at = c->now, .known_at = INT64_MAX, .max = FOUND };
    uint32_t count = 0;
    if (k->ledger == NULL || record_query(k->d.v, k->d.ev, &q, c->arena, &found, &err) != OK) {
        return 0;
    }
    for (uint32_t i = 0; i < found.count && i < FOUND; i++) {
        count += work_graded_of(k->d.v, k->s.id, found.rows[i].row, c->arena, &ret[count]);
    }
    return count;
}

static void put_entries(struct grades *k)
{
    struct web__call *c = k->d.c;
    struct work_graded *rows = ARENA_ARRAY(c->arena, struct work_graded, FOUND + 1);
    str words = str_trim(web__text(c, "q")), grade = web__text(c, "grade");
    uint32_t count = words.len > 0 ? find_words(k, words, rows)
                                   : work_graded_list(k->d.v, k->s.id, grade, web__int(c, "after", 0), ENTRIES + 1,
                                                      c->arena, rows);
    struct node *list = node_put_list(c->model, "entries");
    bool more = words.len == 0 && count > ENTRIES;
    for (uint32_t i = 0; i < count - more; i++) {
        if (grade.len == 0 || str_eq(grade, rows[i].grade)) {
            put_entry(k, node_add_object(list), &rows[i]);
        }
    }
    if (more) {
        node_put_text(c->model, "later", web__here_with(c, "after", arena_printf(c->arena, "%lld",
                                                        (long long)rows[ENTRIES - 1].position), NULL));
    }
    node_put_text(c->model, "q", words);
    node_put_text(c->model, "grade_chosen", grade);
    node_put_true(c->model, "after", web__int(c, "after", 0) > 0);
    node_put_text(c->model, "from_the_first", web__here_with(c, "after", STR(""), NULL));
}

static void put_ways(struct grades *k, const struct counts *n)
{
    struct web__call *c = k->d.c;
    struct node *list = node_put_list(c->model, "ways");
    for (uint32_t i = 0; i < n->grade_count; i++) {
        struct node *way = node_add_object(list);
        node_put_text(way, "name", scheme_word(k->scheme, n->names[i], c->lang));
        node_put_word(way, "look", web__grade_look(n->names[i]));
        node_put_int(way, "count", n->counts[i]);
        node_put_true(way, "here", str_eq(n->names[i], web__text(c, "grade")));
        node_put_text(way, "link", web__here_with(c, "grade", n->names[i], "after"));
    }
    node_put_text(c->model, "all_grades", web__here_with(c, "grade", STR(""), "after"));
}

static void put_head(struct grades *k)
{
    struct web__call *c = k->d.c;
    node_put_int(c->model, "id", k->s.id);
    node_put_text(c->model, "title", web__called(c, k->rule->title, k->rule->name));
    node_put_text(c->model, "office_name", web__desk_office_name(&k->d, k->s.office));
    node_put_int(c->model, "count", k->s.count);
    web__put_day(c->model, "cut", k->s.cut != 0 ? k->s.cut : k->s.frozen);
    web__put_day(c->model, "approved", k->s.approved);
    node_put_true(c->model, "superseded", str_eq(k->s.state, STR("superseded")));
}

static void answer(struct grades *k, template_function *page)
{
    struct web__call *c = k->d.c;
    if (web__desk_close(&k->d)) {
        web__desk_tabs(c, "lists");
        web__crumb(c, "Lists", STR("/office/lists"));
        web__crumb(c, "The list", arena_printf(c->arena, "/office/lists/%lld", (long long)c->number));
        web__answer(c, 200, page);
    }
}

void web__page_grades(struct web__call *c)
{
    struct grades k;
    struct counts n;
    if (!open_grades(c, &k)) {
        return;
    }
    count_grades(c->arena, k.s.quotas, &n);
    put_head(&k);
    put_groups(&k);
    put_counts(c, c->model, &n);
    put_ways(&k, &n);
    put_past(&k);
    put_entries(&k);
    answer(&k, page_grades);
}

/* ---- One entry ---- */

/* How it came to its grade; nothing where that cannot be computed again. */
static void put_how(struct web__call *c, struct store_view *v, const struct scheme *s, const struct scheme_ledger *l,
                    int64_t assessment, int64_t subject, bool office)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = c->lang };
    enum error_code code = publish_write_listed(c->web->config.publish, v, assessment, subject, office, &json, &err);
    feel_value how = web__desk_value(c, &json);
    if (code == OK && how.kind == FEEL_CONTEXT) {
        web__put_listed(c, s, l, how);
    }
}

/* The grade of the row in this list and in those before. */
static void put_course(struct grades *k, int64_t subject)
{
    struct web__call *c = k->d.c;
    int64_t ids[BEFORE];
    uint32_t count = work_lists_before(k->d.v, &k->s, BEFORE, ids);
    struct node *list = node_put_list(c->model, "course");
    for (uint32_t i = 0; i < count; i++) {
        struct work_assessment one;
        struct work_graded e;
        if (work_read_assessment(k->d.v, ids[i], c->arena, &one) &&
            work_graded_of(k->d.v, one.id, subject, c->arena, &e)) {
            struct node *n = node_add_object(list);
            web__put_day(n, "day", one.cut != 0 ? one.cut : one.frozen);
            put_entry(k, n, &e);
            node_put_int(n, "list", one.id);
        }
    }
}

void web__page_grade(struct web__call *c)
{
    struct grades k;
    struct work_graded e;
    if (!open_grades(c, &k)) {
        return;
    }
    if (!work_graded_of(k.d.v, k.s.id, c->numbers[1], c->arena, &e)) {
        web__desk_nothing(&k.d);
        return;
    }
    put_head(&k);
    put_entry(&k, c->model, &e);
    put_how(c, k.d.v, k.scheme, k.ledger, k.s.id, e.subject, true);
    put_course(&k, e.subject);
    bool follows = k.ledger != NULL || web__desk_sees(&k.d, e.subject);
    node_put_text(c->model, "row", !follows ? STR("") : k.ledger == NULL
                      ? arena_printf(c->arena, "/office/d/%lld", (long long)e.subject)
                      : arena_printf(c->arena, "/office/ledgers/%.*s.%.*s/%lld", STR_ARG(k.scheme->name),
                                     STR_ARG(k.rule->over), (long long)e.subject));
    web__crumb(c, "Lists", STR("/office/lists"));
    web__crumb(c, "How the grades stand", arena_printf(c->arena, "/office/lists/%lld/grades", (long long)c->number));
    if (web__desk_close(&k.d)) {
        web__desk_tabs(c, "lists");
        web__answer(c, 200, page_grades_entry);
    }
}

/* ---- For the parties of rows: their own, and nothing else ---- */

/* "builder = this.party or contractor = this.party": the fields that name a party; empty: there are none. */
static str own_rows(struct arena *a, const struct scheme_ledger *l)
{
    str where = STR("");
    for (uint32_t i = 0; i < l->field_count; i++) {
        if (l->fields[i].type == SCHEME_PARTY) {
            where = arena_printf(a, "%.*s%s%.*s = this.party", STR_ARG(where), where.len > 0 ? " or " : "",
                                 STR_ARG(l->fields[i].name));
        }
    }
    return where;
}

static void put_own(struct web__call *c, struct store_view *v, struct feel_eval *ev, const struct scheme *s,
                    const struct scheme_ledger *l, struct node *list)
{
    str names[] = { STR("party") }, where = own_rows(c->arena, l);
    feel_value *values = ARENA_ARRAY(c->arena, feel_value, 1);
    struct record_answer found = { .count = 0 };
    struct error none = { .code = OK };
    values[0] = feel_string(c->party);
    struct record_query q = { .scheme = s, .ledger = l, .valid_at = c->now, .known_at = INT64_MAX, .max = FOUND };
    q.self = feel_context(feel_shape_new(c->arena, names, 1), values);
    if (where.len == 0 || record_filter(c->arena, l, where, feel_type_of(c->arena, q.self), &q.filter, &none) != OK ||
        record_query(v, ev, &q, c->arena, &found, &none) != OK) {
        return;
    }
    for (uint32_t i = 0; i < found.count; i++) {
        str row = arena_printf(c->arena, "%lld", (long long)found.rows[i].row);
        struct node *n = web__put_placed(c, v, list, row);
        if (n != NULL) {
            node_put_text(n, "how_link", arena_printf(c->arena, "/my/grades/%.*s", STR_ARG(row)));
        }
    }
}

/* The ledgers that lists are made of, each once. */
static void put_own_of(struct web__call *c, struct store_view *v, struct feel_eval *ev, const struct scheme *s,
                       struct node *list)
{
    for (uint32_t i = 0; i < s->assessment_count; i++) {
        const struct scheme_assessment *rule = &s->assessments[i];
        const struct scheme_ledger *l;
        bool seen = rule->over_dossiers;
        for (uint32_t k = 0; k < i; k++) {
            seen = seen || str_eq(s->assessments[k].over, rule->over);
        }
        if (!seen && record_ledger(c->web->config.record, v, s, rule->over, NULL, &l, NULL, NULL) == OK) {
            put_own(c, v, ev, s, l, list);
        }
    }
}

void web__page_my_grades(struct web__call *c)
{
    const struct feel_environment env = { .instant = c->now / 1000000, .zone = 8 * 3600 };
    const struct scheme *schemes[WEB__SCHEMES];
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    struct feel_eval *ev = feel_eval_new(&env);
    struct node *list = node_put_list(c->model, "placed");
    uint32_t count = web__schemes(c, v, schemes);
    for (uint32_t i = 0; i < count && c->party.len > 0; i++) {
        put_own_of(c, v, ev, schemes[i], list);
    }
    feel_eval_free(ev);
    node_put_true(c->model, "heading", true);
    node_put_true(c->model, "for_none", c->party.len == 0);
    web__crumb(c, "My business", STR("/my"));
    if (web__view_end(c, v)) {
        web__answer(c, 200, page_my_grades);
    }
}

/* How the grade of one row was decided. */
struct own_grade {
    struct work_placed placed;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;
};

/* Does a field of the row name the reader's party, today? */
static bool is_own(struct web__call *c, struct store_view *v, const struct scheme_ledger *l)
{
    struct record_row row;
    bool own = false;
    if (record_last(v, c->arena, l, c->number, &row, NULL) != OK || row.known_to != INT64_MAX ||
        c->now < row.valid_from || c->now >= row.valid_to) {
        return false;
    }
    for (uint32_t i = 0; i < l->field_count && i < row.body.count; i++) {
        feel_value f = row.body.values[i];
        own = own || (l->fields[i].type == SCHEME_PARTY && f.kind == FEEL_STRING && str_eq(feel_str(f), c->party));
    }
    return own;
}

static bool find_own(struct web__call *c, struct store_view *v, str row, struct own_grade *ret)
{
    struct work_assessment s;
    const struct scheme_assessment *rule;
    return c->party.len > 0 && work_placed(v, row, c->arena, &ret->placed) &&
           work_read_assessment(v, ret->placed.assessment, c->arena, &s) &&
           record_scheme(c->web->config.record, v, s.bundle, &ret->scheme, NULL) == OK &&
           (rule = scheme_assessment(ret->scheme, s.name)) != NULL && !rule->over_dossiers &&
           record_ledger(c->web->config.record, v, ret->scheme, rule->over, NULL, &ret->ledger, NULL, NULL) == OK &&
           is_own(c, v, ret->ledger);
}

void web__page_my_grade(struct web__call *c)
{
    struct own_grade own;
    struct store_view *v = web__view(c);
    str row = arena_printf(c->arena, "%lld", (long long)c->number);
    if (v == NULL) {
        return;
    }
    bool there = find_own(c, v, row, &own);
    struct node *n = there ? web__put_placed(c, v, node_put_list(c->model, "placed"), row) : NULL;
    if (n != NULL) {
        node_put_text(c->model, "name", node_text(n, "about"));
        put_how(c, v, own.scheme, own.ledger, own.placed.assessment, c->number, false);
    }
    if (!web__view_end(c, v)) {
        return;
    }
    if (n == NULL) {
        http_send_error(c->r, 404, "there is no such page");
        return;
    }
    web__crumb(c, "My business", STR("/my"));
    web__crumb(c, "Grades of your projects", STR("/my/grades"));
    web__answer(c, 200, page_my_grade);
}
