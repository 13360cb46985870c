/* page_lists: 名单. From a scheme's assessment to a list that is approved, carried out and made known. */
#include "web/desk_int.h"

#include "base/limit.h"
#include "chart/chart.h"
#include "work/assess.h"

enum { SHOWN = 200, ENTRIES = 200, PACK = 40, CARRIED = 1000 };

static const struct web__said said[] = {
    { "new", "The list is begun. Freeze it when everything that belongs into it is there." },
    { "frozen", "The list is frozen: who is in it, and what is known of each, is fixed" },
    { "seeded", "The seed is kept" },
    { "computed", "The list is computed. Look through it before it goes to the second person." },
    { "previewed", "You have looked through the list. It now waits for the second person." },
    { "approved", "The list is approved" },
    { "carried", "All that follows from the list is carried out" },
    { "more", "A part is carried out. Go on until nothing is left." },
    { "struck", "The entry is struck" },
    { "sealed", "The seal is recorded: the paper is issued" },
    { "void", "The paper is void; its number stays, with the reason" },
    { "handed", "It is registered that the dossiers were handed over. Register each answer when it comes." },
    { "called", "The entry is struck, and the next one is called to its place" },
    { "last", "The entry is struck. There is no reserve to be called." },
};

static const struct {
    const char *state, *sentence, *next;
} states[] = {
    { "draft", "Draft", "Freeze it when all that belong into it are there" },
    { "frozen", "Frozen", "Compute order and grades; of a lot, wait for the announced seed" },
    { "seeded", "Seed drawn", "Compute order and grades" },
    { "computed", "Computed", "Look through the list, then hand it to the second person" },
    { "previewed", "Waits for approval", "A second person looks through the list and approves it" },
    { "approved", "Approved", "Carry it out: results are written, sent on and made known" },
    { "done", "Carried out", "Nothing: the list stands. Who leaves is struck; a mistake is corrected by a new list" },
    { "superseded", "Superseded", "Nothing: a correction has taken its place" },
};

enum { STATES = sizeof states / sizeof states[0] };

static size_t state_of(str word)
{
    size_t i = 0;
    while (i < STATES - 1 && !str_eq(word, str_of(states[i].state))) {
        i++;
    }
    return i;
}

/* ---- One list, and what belongs to it ---- */

struct list {
    struct web__desk d;
    struct work_assessment s;
    const struct scheme *scheme;
    const struct scheme_assessment *rule;
};

static str title_of(const struct list *l)
{
    return web__called(l->d.c, l->rule->title, l->rule->name);
}

/* False after an answer was sent. */
static bool open_list(struct web__call *c, struct list *ret)
{
    if (!web__desk_open(c, &ret->d)) {
        return false;
    }
    bool fine = work_read_assessment(ret->d.v, c->number, c->arena, &ret->s) &&
                web__desk_may(&ret->d, PEOPLE_VERB_SEE, PEOPLE_KIND_ASSESSMENT, ret->s.office, PEOPLE_INTERNAL) &&
                record_scheme(c->web->config.record, ret->d.v, ret->s.bundle, &ret->scheme, NULL) == OK &&
                (ret->rule = scheme_assessment(ret->scheme, ret->s.name)) != NULL;
    if (!fine) {
        web__desk_nothing(&ret->d);
    }
    return fine;
}

static bool is_in(const struct list *l, const char *words)
{
    str all = str_of(words), word = l->s.state;
    for (size_t i = 0; i + word.len <= all.len; i++) {
        bool begins = i == 0 || all.ptr[i - 1] == ' ', ends = i + word.len == all.len || all.ptr[i + word.len] == ' ';
        if (begins && ends && memcmp(all.ptr + i, word.ptr, word.len) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_lot(const struct list *l)
{
    bool lot;
    scheme_assess_values(l->rule, &lot);
    return lot;
}

/* ---- The lists ---- */

static void put_list_row(struct web__desk *d, struct node *rows, feel_value v)
{
    const struct scheme *s;
    str name = feel_text_member(v, "name"), state = feel_text_member(v, "state");
    bool found = record_scheme(d->c->web->config.record, d->v, feel_text_member(v, "bundle"), &s, NULL) == OK;
    const struct scheme_assessment *rule = found ? scheme_assessment(s, name) : NULL;
    struct node *row = node_add_object(rows);
    node_put_text(row, "id", publish_shown(d->c->arena, feel_member(v, "assessment")));
    node_put_text(row, "title", rule != NULL ? web__called(d->c, rule->title, name) : name);
    node_put_text(row, "scheme", found ? scheme_text(s->title, d->c->lang) : STR(""));
    node_put_text(row, "count", publish_shown(d->c->arena, feel_member(v, "count")));
    node_put_word(row, "state", states[state_of(state)].sentence);
    node_put_word(row, "next", states[state_of(state)].next);
    str opened = feel_text_member(v, "opened");
    node_put_text(row, "opened", str_slice(opened, 0, opened.len < 10 ? 0 : 10));
    node_put_true(row, "ended", str_eq(state, STR("done")) || str_eq(state, STR("superseded")));
}

/* What can be begun: the assessments of the installed schemes. */
static void put_choices(struct web__desk *d, str chosen)
{
    struct web__installed *installed;
    uint32_t count = web__desk_installed(d, &installed);
    struct node *list = node_put_list(d->c->model, "choices");
    for (uint32_t i = 0; i < count; i++) {
        const struct scheme *s = installed[i].last ? web__desk_scheme(d, installed[i].scheme) : NULL;
        for (uint32_t k = 0; s != NULL && k < s->assessment_count; k++) {
            struct node *item = node_add_object(list);
            str value = arena_printf(d->c->arena, "%.*s/%.*s", STR_ARG(s->name), STR_ARG(s->assessments[k].name));
            node_put_text(item, "value", value);
            node_put_text(item, "title", web__called(d->c, s->assessments[k].title, s->assessments[k].name));
            node_put_text(item, "scheme", scheme_text(s->title, d->c->lang));
            node_put_true(item, "chosen", str_eq(value, chosen));
        }
    }
}

static void show_lists(struct web__call *c, int status, str chosen)
{
    struct web__desk d;
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    if (!web__desk_open(c, &d)) {
        return;
    }
    work_write_assessments(d.v, STR(""), web__int(c, "before", INT64_MAX), SHOWN, &json);
    feel_value all = web__desk_value(c, &json);
    struct node *rows = node_put_list(c->model, "lists");
    for (uint32_t i = 0; i < all.count; i++) {
        feel_value office = feel_member(all.items[i], "office");
        int64_t of = 0;
        if (feel_whole(office, &of) &&
            web__desk_may(&d, PEOPLE_VERB_SEE, PEOPLE_KIND_ASSESSMENT, of, PEOPLE_INTERNAL)) {
            put_list_row(&d, rows, all.items[i]);
        }
    }
    if (all.count == SHOWN) {
        node_put_text(c->model, "before", publish_shown(c->arena, feel_member(all.items[SHOWN - 1], "assessment")));
    }
    if (web__desk_office(&d, PEOPLE_VERB_SET) != 0) {
        put_choices(&d, chosen);
    }
    if (web__desk_close(&d)) {
        web__desk_tabs(c, "lists");
        web__answer(c, status, page_lists);
    }
}

void web__page_lists(struct web__call *c)
{
    show_lists(c, 200, STR(""));
}

void web__form_list_new(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    str what = web__text(c, "what");
    const char *slash = memchr(what.ptr, '/', what.len);
    int64_t id;
    struct work_assess_new n = { .office = web__text(c, "office"), .corrects = web__int(c, "corrects", 0) };
    if (slash != NULL) {
        size_t at = (size_t)(slash - what.ptr);
        n.scheme = str_slice(what, 0, at);
        n.name = str_slice(what, at + 1, what.len);
    }
    enum error_code code = slash == NULL ? error_set(&err, ERROR_INVALID, "choose what kind of list it is")
                                         : work_assess_new(c->web->config.work, &n, c->person, &id, &err);
    if (code == OK) {
        web__go(c, arena_printf(c->arena, "/office/lists/%lld?done=new", (long long)id));
        return;
    }
    web__desk_problem(c, &err, "#what");
    show_lists(c, 422, what);
}

/* ---- The table of a list ---- */

static str shown_member(struct web__call *c, feel_value v, const char *name)
{
    return publish_shown(c->arena, feel_member(v, name));
}

/* "3 分" is for people: what an entry lacks for the next better grade, and in which key. */
static str distance_of(struct web__call *c, feel_value entry)
{
    feel_value next = feel_member(entry, "next");
    if (next.kind != FEEL_CONTEXT) {
        return STR("");
    }
    str key = feel_text_member(next, "key"), wanted = shown_member(c, next, "wanted"), by = shown_member(c, next, "by");
    return by.len > 0 ? arena_printf(c->arena, lang_text(c->lang, "%.*s: %.*s is wanted, %.*s are missing"),
                                     STR_ARG(key), STR_ARG(wanted), STR_ARG(by))
                      : arena_printf(c->arena, lang_text(c->lang, "%.*s: %.*s is wanted"), STR_ARG(key),
                                     STR_ARG(wanted));
}

static str reason_of(struct web__call *c, feel_value entry)
{
    str undetermined = feel_text_member(entry, "undetermined"), why = feel_text_member(entry, "why");
    if (undetermined.len > 0) {
        return arena_printf(c->arena, lang_text(c->lang, "undetermined: %.*s"), STR_ARG(undetermined));
    }
    if (feel_is_true(feel_member(entry, "struck"))) {
        return str_of(lang_text(c->lang, "struck"));
    }
    str text = why.len > 0 ? str_of(lang_text(c->lang, web__why_word(why))) : STR("");
    bool border = feel_is_true(feel_member(entry, "border"));
    return border ? arena_printf(c->arena, "%.*s%s%s", STR_ARG(text), c->lang == LANG_ZH ? "；" : "; ",
                                 lang_text(c->lang, "tied at a border"))
                  : text;
}

static str name_of(struct list *l, str id)
{
    const struct scheme_ledger *ledger;
    const struct record_row *rows;
    uint32_t count = 0;
    int64_t number;
    dec n;
    if (!dec_parse(id, &n) || !dec_to_int(n, &number)) {
        return STR("");
    }
    if (l->rule->over_dossiers) {
        return web__desk_dossier_name(&l->d, number);
    }
    bool found = record_ledger(l->d.c->web->config.record, l->d.v, l->scheme, l->rule->over, NULL, &ledger, NULL,
                               NULL) == OK &&
                 record_history(l->d.v, l->d.c->arena, ledger, number, &rows, &count, NULL) == OK && count > 0;
    return found ? web__desk_row_name(&l->d, ledger, &rows[count - 1]) : STR("");
}

static str link_of(const struct list *l, str id)
{
    struct arena *a = l->d.c->arena;
    int64_t number;
    dec n;
    if (l->rule->over_dossiers) {
        bool sees = dec_parse(id, &n) && dec_to_int(n, &number) && web__desk_sees(&l->d, number);
        return sees ? arena_printf(a, "/office/d/%.*s", STR_ARG(id)) : STR("");
    }
    return arena_printf(a, "/office/ledgers/%.*s.%.*s/%.*s", STR_ARG(l->scheme->name), STR_ARG(l->rule->over),
                        STR_ARG(id));
}

/* What an entry would have under other numbers: "from → to", where it differs. */
static str change_of(struct web__call *c, feel_value changes, str id)
{
    for (uint32_t i = 0; i < changes.count; i++) {
        feel_value v = changes.items[i];
        if (str_eq(feel_text_member(v, "id"), id)) {
            return arena_printf(c->arena, "%.*s → %.*s", STR_ARG(feel_text_member(v, "from")),
                                STR_ARG(feel_text_member(v, "to")));
        }
    }
    return STR("");
}

struct columns {
    uint32_t values;  /* keys */
    bool group, lot, grade, outcome, change;
};

static struct columns head_columns(struct list *l, struct web__grid *g, bool outcome, bool change)
{
    struct web__call *c = l->d.c;
    bool lot;
    struct columns k = { .values = scheme_assess_values(l->rule, &lot), .group = l->rule->group.len > 0,
                         .grade = l->rule->grade_count > 0 || l->rule->grading == SCHEME_BY_THRESHOLD,
                         .outcome = outcome, .change = change };
    k.lot = lot;
    web__grid_column(g, str_of(lang_text(c->lang, l->rule->over_dossiers ? "Dossier" : "Row")), TABLE_TEXT);
    web__grid_column(g, str_of(lang_text(c->lang, "Name")), TABLE_TEXT);
    if (k.group) {
        web__grid_column(g, str_of(lang_text(c->lang, "Group")), TABLE_TEXT);
    }
    web__grid_column(g, str_of(lang_text(c->lang, "Order")), TABLE_NUMBER);
    for (uint32_t i = 0; i < k.values; i++) {
        web__grid_column(g, web__value_called(c, l->scheme, NULL, scheme_assess_key(l->rule->order[i])), TABLE_NUMBER);
    }
    if (k.lot) {
        web__grid_column(g, str_of(lang_text(c->lang, "Lot")), TABLE_NUMBER);
    }
    if (k.grade) {
        g->grade = (int32_t)g->column_count;
        web__grid_column(g, str_of(lang_text(c->lang, "Grade")), TABLE_TEXT);
    }
    web__grid_column(g, str_of(lang_text(c->lang, "Reason")), TABLE_TEXT);
    web__grid_column(g, str_of(lang_text(c->lang, "To the next better grade")), TABLE_TEXT);
    if (k.outcome) {
        web__grid_column(g, str_of(lang_text(c->lang, "Carried out")), TABLE_TEXT);
    }
    if (k.change) {
        web__grid_column(g, str_of(lang_text(c->lang, "Would change")), TABLE_TEXT);
    }
    return k;
}

static void add_entry(struct list *l, struct web__grid *g, const struct columns *k, feel_value e, str name,
                      str outcome, str change)
{
    struct web__call *c = l->d.c;
    str id = feel_text_member(e, "id");
    feel_value values = feel_member(e, "values");
    str *cell = web__grid_row(g, name.len > 0 ? link_of(l, id) : STR("")); /* a nameless row is not on the screen */
    *cell++ = id;
    *cell++ = name;
    if (k->group) {
        *cell++ = shown_member(c, e, "group");
    }
    *cell++ = shown_member(c, e, "rank");
    for (uint32_t i = 0; i < k->values; i++) {
        *cell++ = publish_shown(c->arena, i < values.count && values.kind == FEEL_CONTEXT ? values.values[i]
                                                                                          : feel_null());
    }
    if (k->lot) {
        *cell++ = shown_member(c, e, "lot");
    }
    if (k->grade) {
        *cell++ = shown_member(c, e, "grade");
    }
    *cell++ = reason_of(c, e);
    *cell++ = distance_of(c, e);
    if (k->outcome) {
        *cell++ = outcome;
    }
    if (k->change) {
        *cell++ = change;
    }
}

/* What became of each entry, by its id: an index over what is stored. */
struct outcomes {
    feel_value entries;
    uint32_t *slots, size;
};

static void read_outcomes(struct list *l, struct outcomes *ret)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    work_write_assessment_entries(l->d.v, &l->s, 0, UINT32_MAX, &json);
    *ret = (struct outcomes){ .entries = feel_member(web__desk_value(l->d.c, &json), "entries"), .size = 16 };
    while (ret->size < ret->entries.count * 2) {
        ret->size *= 2;
    }
    ret->slots = ARENA_ARRAY(l->d.c->arena, uint32_t, ret->size);
    for (uint32_t i = 0; i < ret->entries.count; i++) {
        uint32_t at = str_hash(feel_text_member(ret->entries.items[i], "id")) & (ret->size - 1);
        while (ret->slots[at] != 0) {
            at = (at + 1) & (ret->size - 1);
        }
        ret->slots[at] = i + 1;
    }
}

static feel_value outcome_of(const struct outcomes *o, str id)
{
    uint32_t at = str_hash(id) & (o->size - 1);
    while (o->slots[at] != 0) {
        feel_value v = o->entries.items[o->slots[at] - 1];
        if (str_eq(feel_text_member(v, "id"), id)) {
            return v;
        }
        at = (at + 1) & (o->size - 1);
    }
    return feel_null();
}

static str outcome_text(struct web__call *c, feel_value entry)
{
    static const char *const words[][2] = { { "done", "carried out" },
                                            { "none", "nothing was to be done" },
                                            { "not waiting", "its dossier has moved on" },
                                            { "told", "was told why" } };
    str outcome = feel_text_member(entry, "outcome"), struck = feel_text_member(entry, "struck");
    if (struck.len > 0) {
        return arena_printf(c->arena, lang_text(c->lang, "struck: %.*s"), STR_ARG(struck));
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (str_eq(outcome, str_of(words[i][0]))) {
            return str_of(lang_text(c->lang, words[i][1]));
        }
    }
    return outcome;
}

static bool fits(struct web__call *c, feel_value e, str name)
{
    str grade = web__text(c, "grade"), words = web__text(c, "q");
    bool of_grade = grade.len == 0 || str_eq(grade, shown_member(c, e, "grade"));
    return of_grade && (words.len == 0 || str_eq(words, feel_text_member(e, "id")) ||
                        memmem(name.ptr, name.len, words.ptr, words.len) != NULL);
}

/* The rows of a computed list, of what is asked for; names are looked up for those that are shown, unless they are
 * asked for or the whole table goes out. */
static struct web__grid *grid_of(struct list *l, feel_value look, bool with)
{
    struct web__call *c = l->d.c;
    feel_value list = feel_member(look, "list"), changes = feel_member(look, "changes");
    struct web__grid *g = web__grid_new(c, title_of(l));
    g->scheme = l->scheme;
    struct outcomes outcomes;
    bool carried = is_in(l, "approved done superseded");
    read_outcomes(l, &outcomes);
    struct columns k = head_columns(l, g, carried, with);
    uint32_t from = (uint32_t)web__int(c, "from", 0);
    bool whole = web__text(c, "as").len > 0 || web__text(c, "q").len > 0;
    for (uint32_t i = 0; i < list.count; i++) {
        feel_value e = list.items[i];
        str id = feel_text_member(e, "id");
        bool named = whole || (g->row_count >= from && g->row_count - from < ENTRIES);
        str name = named ? name_of(l, id) : STR("");
        if (fits(c, e, name)) {
            add_entry(l, g, &k, e, name, carried ? outcome_text(c, outcome_of(&outcomes, id)) : STR(""),
                      with ? change_of(c, changes, id) : STR(""));
        }
    }
    return g;
}

/* The entries of a frozen list, which has no order yet. */
static struct web__grid *frozen_grid(struct list *l)
{
    struct web__call *c = l->d.c;
    struct web__grid *g = web__grid_new(c, title_of(l));
    g->scheme = l->scheme;
    struct outcomes all;
    uint32_t from = (uint32_t)web__int(c, "from", 0);
    web__grid_column(g, str_of(lang_text(c->lang, l->rule->over_dossiers ? "Dossier" : "Row")), TABLE_TEXT);
    web__grid_column(g, str_of(lang_text(c->lang, "Name")), TABLE_TEXT);
    web__grid_column(g, str_of(lang_text(c->lang, "State")), TABLE_TEXT);
    read_outcomes(l, &all);
    for (uint32_t i = 0; i < all.entries.count; i++) {
        str id = feel_text_member(all.entries.items[i], "id");
        bool named = web__text(c, "as").len > 0 || (i >= from && i - from < ENTRIES);
        str *cell = web__grid_row(g, named ? link_of(l, id) : STR(""));
        cell[0] = id;
        cell[1] = named ? name_of(l, id) : STR("");
        cell[2] = outcome_text(c, all.entries.items[i]);
    }
    return g;
}

/* ---- The page of a list ---- */

/* The first quota row of all groups put together: what is there of each grade, and what should be. */
static void put_grades(struct list *l, feel_value quotas)
{
    struct web__call *c = l->d.c;
    struct node *groups = node_put_list(c->model, "groups");
    for (uint32_t i = 0; i < quotas.count; i++) {
        feel_value g = quotas.items[i], grades = feel_member(g, "grades");
        struct node *group = node_add_object(groups);
        node_put_text(group, "name", shown_member(c, g, "group"));
        node_put_text(group, "count", shown_member(c, g, "count"));
        node_put_text(group, "without", shown_member(c, g, "without"));
        node_put_int(group, "number", (int64_t)i);
        struct node *list = node_put_list(group, "grades");
        for (uint32_t k = 0; k < grades.count; k++) {
            struct node *item = node_add_object(list);
            str grade = feel_text_member(grades.items[k], "grade");
            node_put_text(item, "name", scheme_word(l->scheme, grade, c->lang));
            node_put_word(item, "look", web__grade_look(grade));
            node_put_text(item, "quota", shown_member(c, grades.items[k], "quota"));
            node_put_text(item, "actual", shown_member(c, grades.items[k], "actual"));
            node_put_text(item, "link", web__here_with(c, "grade", grade, "from"));
        }
        node_put_true(group, "shape", grades.count > 1);
    }
}

static void put_steps(struct list *l)
{
    struct work_assessment *s = &l->s;
    bool lot = has_lot(l);
    const struct {
        const char *sentence;
        int64_t at, by;
        bool skip;
    } steps[] = { { "Begun", s->opened, s->opened_by, false },
                  { "Frozen", s->frozen, s->frozen_by, false },
                  { "Seed drawn", s->seeded, s->seeded_by, !lot },
                  { "Computed", s->computed, s->computed_by, false },
                  { "Looked through", s->previewed, s->previewed_by, false },
                  { "Approved by a second person", s->approved, s->approved_by, false },
                  { "Carried out", s->done, 0, false } };
    struct node *list = node_put_list(l->d.c->model, "steps");
    bool now = false;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (!steps[i].skip) {
            struct node *item = node_add_object(list);
            node_put_word(item, "text", steps[i].sentence);
            web__put_instant(item, "at", steps[i].at);
            node_put_text(item, "by", steps[i].at != 0 && steps[i].sentence[0] != '\0' && steps[i].by != 0
                                          ? web__desk_person_name(&l->d, steps[i].by)
                                          : STR(""));
            node_put_word(item, "is", steps[i].at != 0 ? "past" : now ? "" : "now");
            now |= steps[i].at == 0;
        }
    }
}

/* The documents that a meeting pack can be made of. */
static void put_documents(struct list *l)
{
    struct node *list = node_put_list(l->d.c->model, "documents");
    for (uint32_t i = 0; l->rule->over_dossiers && i < l->scheme->document_count; i++) {
        const struct scheme_document *doc = &l->scheme->documents[i];
        if (doc->layout.kind != FEEL_NULL) {
            struct node *item = node_add_object(list);
            node_put_text(item, "name", doc->name);
            node_put_text(item, "title", web__called(l->d.c, doc->title, doc->name));
            node_put_true(item, "chosen", str_eq(doc->name, STR("上会材料")));
        }
    }
}

/* The bounds of a threshold, for a question of what would be. */
static void put_bounds(struct list *l)
{
    struct web__call *c = l->d.c;
    const struct scheme_parameter *p = l->rule->threshold.len > 0 ? scheme_parameter(l->scheme, l->rule->threshold)
                                                                  : NULL;
    feel_value rows;
    if (p == NULL || record_parameter(c->web->config.record, l->d.v, l->scheme, p, web__day(l->s.cut != 0 ? l->s.cut
                                                                                                         : c->now),
                                      c->arena, &rows, NULL) != OK) {
        return;
    }
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    buf_addz(&json, "{");
    json_quote(p->name, &json);
    buf_addz(&json, ":");
    feel_json_write(rows, false, &json);
    buf_addz(&json, "}");
    node_put_text(c->model, "bounds", arena_str(c->arena, buf_str(&json)));
    buf_release(&json);
}

static void put_head(struct list *l)
{
    struct web__call *c = l->d.c;
    const struct work_assessment *s = &l->s;
    size_t state = state_of(s->state);
    node_put_int(c->model, "id", s->id);
    node_put_true(c->model, "graded", s->approved != 0);
    node_put_text(c->model, "title", title_of(l));
    node_put_text(c->model, "scheme", scheme_text(l->scheme->title, c->lang));
    node_put_text(c->model, "office_name", web__desk_office_name(&l->d, s->office));
    node_put_text(c->model, "what", arena_printf(c->arena, "%.*s/%.*s", STR_ARG(s->scheme), STR_ARG(s->name)));
    const struct people_office *o = people_office(l->d.tree, s->office);
    node_put_text(c->model, "office_code", o == NULL ? STR("") : arena_str(c->arena, o->code));
    node_put_word(c->model, "state", states[state].sentence);
    node_put_word(c->model, "next", states[state].next);
    node_put_text(c->model, "approver", l->rule->approve);
    const struct scheme_role *role = scheme_role(l->scheme, l->rule->approve);
    node_put_text(c->model, "approver_title",
                  role != NULL ? web__called(c, role->title, role->name) : l->rule->approve);
    node_put_int(c->model, "count", s->count);
    web__put_day(c->model, "cut", s->cut);
    node_put_text(c->model, "population", s->population);
    node_put_text(c->model, "list_hash", s->list);
    node_put_text(c->model, "result", s->result);
    node_put_text(c->model, "seed", s->seed);
    node_put_int(c->model, "corrects", s->corrects);
    node_put_true(c->model, "corrects_one", s->corrects != 0);
    node_put_true(c->model, "lot", has_lot(l));
    bool may = web__desk_may(&l->d, PEOPLE_VERB_SET, PEOPLE_KIND_ASSESSMENT, s->office, PEOPLE_INTERNAL);
    node_put_true(c->model, "may", may);
    node_put_true(c->model, "can_freeze", may && is_in(l, "draft"));
    node_put_true(c->model, "can_seed", may && has_lot(l) && is_in(l, "frozen"));
    node_put_true(c->model, "can_compute", may && (is_in(l, "seeded computed previewed") ||
                                                   (is_in(l, "frozen") && !has_lot(l))));
    node_put_true(c->model, "can_look", may && is_in(l, "computed"));
    node_put_true(c->model, "can_carry", may && is_in(l, "approved"));
    node_put_true(c->model, "can_correct", may && is_in(l, "approved done"));
    node_put_true(c->model, "can_strike", may && is_in(l, "frozen seeded computed previewed approved done"));
    node_put_true(c->model, "listed", is_in(l, "computed previewed approved done superseded"));
    node_put_true(c->model, "frozen", !is_in(l, "draft"));
}

/* Whether this person could approve, as work_assess_approve will ask once more. */
static bool may_approve(struct list *l)
{
    struct people_verdict verdict;
    const str candidates[] = { l->rule->approve };
    const int64_t former[] = { l->s.computed_by };
    const struct people_object object = { .kind = PEOPLE_KIND_ASSESSMENT, .office = l->s.office, .open = true,
                                          .data = PEOPLE_INTERNAL, .candidates = candidates,
                                          .candidate_count = l->rule->approve.len > 0, .former = former,
                                          .former_count = l->s.computed_by != 0 };
    return is_in(l, "previewed") &&
           people_may(l->d.tree, &l->d.actor, PEOPLE_VERB_APPROVE, &object, &verdict, NULL);
}

static void put_progress(struct list *l)
{
    struct outcomes all;
    int64_t carried = 0;
    read_outcomes(l, &all);
    for (uint32_t i = 0; i < all.entries.count; i++) {
        carried += feel_text_member(all.entries.items[i], "outcome").len > 0;
    }
    node_put_int(l->d.c->model, "carried", carried);
    node_put_int(l->d.c->model, "total", (int64_t)all.entries.count);
}

static bool may_paper(const struct list *l, enum people_verb verb)
{
    return web__desk_may(&l->d, verb, PEOPLE_KIND_DOCUMENT, l->s.office, PEOPLE_INTERNAL);
}

/* The paper of the whole list, and where its notice is: at the desk until somebody has published it. */
static void put_made(struct list *l)
{
    struct web__call *c = l->d.c;
    struct publish_document p;
    struct publish_notice n;
    const struct publish_reader office = { .office = true };
    if (l->s.document != 0 && publish_read_document(l->d.v, l->s.document, c->arena, &p)) {
        str here = arena_printf(c->arena, "/office/lists/%lld", (long long)l->s.id);
        const struct web__paper how = { .to = arena_printf(c->arena, "%.*s/paper", STR_ARG(here)),
                                        .back = arena_printf(c->arena, "%.*s#paper", STR_ARG(here)),
                                        .may_seal = may_paper(l, PEOPLE_VERB_SEAL),
                                        .may_void = may_paper(l, PEOPLE_VERB_VOID) };
        web__put_paper(c, l->d.v, node_put_list(c->model, "papers"), l->scheme, &p, &how);
    }
    if (l->s.notice != 0 && publish_read_for(l->d.v, l->s.notice, &office, c->arena, &n)) {
        struct node *to = node_put_object(c->model, "notice");
        node_put_int(to, "id", n.id);
        node_put_text(to, "title", n.title);
        node_put_true(to, "waits", str_eq(n.state, STR("waiting")));
        node_put_true(to, "public", str_eq(n.state, STR("published")) && str_eq(n.audience, STR("public")));
        node_put_text(to, "state", n.state);
        web__put_instant(to, "published", n.published);
    }
}

static void put_notes(struct list *l, struct web__grid *g)
{
    struct web__call *c = l->d.c;
    web__grid_note(g, arena_printf(c->arena, "%.*s · %.*s · %s", STR_ARG(scheme_text(l->scheme->title, c->lang)),
                                   STR_ARG(web__desk_office_name(&l->d, l->s.office)),
                                   lang_text(c->lang, states[state_of(l->s.state)].sentence)));
    if (l->s.result.len > 0) {
        web__grid_note(g, arena_printf(c->arena, "SHA-256 %.*s", STR_ARG(l->s.result)));
    }
    if (l->s.approved != 0) {
        str when = web__instant(c->arena, l->s.approved), who = web__desk_person_name(&l->d, l->s.approved_by);
        web__grid_note(g, arena_printf(c->arena, lang_text(c->lang, "Approved by %.*s on %.*s"), STR_ARG(who),
                                       STR_ARG(when)));
    }
}

static void put_pages(struct web__call *c, uint32_t count)
{
    uint32_t from = (uint32_t)web__int(c, "from", 0);
    node_put_int(c->model, "rows", count);
    if (from > 0) {
        node_put_text(c->model, "earlier",
                      web__here_with(c, "from", from <= ENTRIES ? STR("")
                                                                : arena_printf(c->arena, "%u", from - ENTRIES), NULL));
    }
    if (count > from && count - from > ENTRIES) {
        node_put_text(c->model, "later", web__here_with(c, "from", arena_printf(c->arena, "%u", from + ENTRIES), NULL));
    }
    node_put_text(c->model, "as_xlsx", web__here_with(c, "as", STR("xlsx"), "from"));
    node_put_text(c->model, "as_pdf", web__here_with(c, "as", STR("pdf"), "from"));
    node_put_text(c->model, "as_csv", web__here_with(c, "as", STR("csv"), "from"));
}

/* The computed list, or with `if` what it would be; null after a problem was put. */
static feel_value look_at(struct list *l, str with)
{
    struct web__call *c = l->d.c;
    struct error err = { .lang = c->lang };
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    enum error_code code = work_assess_look(c->web->config.work, l->s.id, with, c->person, &json, &err);
    feel_value v = web__desk_value(c, &json);
    if (code != OK) {
        web__desk_problem(c, &err, with.len > 0 ? "#if" : "");
    }
    return code == OK ? v : feel_null();
}

static void verify(struct list *l)
{
    struct web__call *c = l->d.c;
    struct work_assess_verdict r;
    struct error err = { .lang = c->lang };
    if (work_assess_verify(c->web->config.work, l->s.id, c->arena, &r, &err) != OK) {
        web__desk_problem(c, &err, "");
        return;
    }
    bool sound = r.population && r.list && r.result && r.different == 0;
    node_put_true(c->model, "verified", true);
    node_put_true(c->model, "sound", sound);
    node_put_int(c->model, "verified_entries", (int64_t)r.entries);
}

static struct web__grid *make_grid(struct list *l, feel_value *ret_quotas)
{
    struct web__call *c = l->d.c;
    str with = web__text(c, "if");
    bool listed = is_in(l, "computed previewed approved done superseded");
    *ret_quotas = feel_null();
    if (!listed && with.len == 0) {
        return is_in(l, "draft") ? NULL : frozen_grid(l);
    }
    feel_value look = look_at(l, with);
    if (look.kind != FEEL_CONTEXT) {
        return NULL;
    }
    *ret_quotas = feel_member(look, "quotas");
    if (with.len > 0) {
        node_put_true(c->model, "what_if", true);
        node_put_int(c->model, "changes", (int64_t)feel_member(look, "changes").count);
        node_put_text(c->model, "asked", with);
    }
    return grid_of(l, look, with.len > 0);
}

static void show_list(struct web__call *c, int status)
{
    struct list l;
    feel_value quotas;
    if (!open_list(c, &l)) {
        return;
    }
    struct web__grid *g = make_grid(&l, &quotas);
    put_head(&l);
    put_steps(&l);
    put_documents(&l);
    put_bounds(&l);
    put_grades(&l, quotas);
    put_made(&l);
    web__put_proof(c, false);
    node_put_true(c->model, "can_approve", may_approve(&l));
    node_put_true(c->model, "waits_for_other", is_in(&l, "previewed") && !may_approve(&l));
    if (is_in(&l, "approved")) {
        put_progress(&l);
    }
    if (l.rule->over_dossiers && is_in(&l, "approved done superseded")) {
        web__put_list_sent(&l.d, l.s.id);
    }
    if (web__flag(c, "verify") && is_in(&l, "computed previewed approved done superseded")) {
        verify(&l);
    }
    if (g != NULL) {
        put_notes(&l, g);
        web__put_grid(c->model, g, (uint32_t)web__int(c, "from", 0), ENTRIES);
        put_pages(c, g->row_count);
        node_put_text(c->model, "q", web__text(c, "q"));
        node_put_text(c->model, "grade_chosen", web__text(c, "grade"));
        node_put_text(c->model, "without_grade", web__here_with(c, "grade", STR(""), "from"));
    }
    if (web__desk_close(&l.d) && (g == NULL || !web__grid_sent(c, g))) {
        web__desk_done(c, said, sizeof said / sizeof said[0]);
        web__desk_tabs(c, "lists");
        web__crumb(c, "Lists", STR("/office/lists"));
        web__answer(c, status, page_lists_list);
    }
}

void web__page_list(struct web__call *c)
{
    show_list(c, 200);
}

/* ---- Acts ---- */

/* Back to the list after an act; with what went wrong on the page itself. */
static void end_act(struct web__call *c, enum error_code code, const struct error *err, const char *word)
{
    if (code == OK) {
        web__go(c, arena_printf(c->arena, "/office/lists/%lld?done=%s", (long long)c->number, word));
        return;
    }
    web__desk_problem(c, err, "");
    show_list(c, 422);
}

/* The list is there and the reader may know of it: 404 otherwise, before work would say more. */
static bool may_act(struct web__call *c)
{
    struct list l;
    return open_list(c, &l) && web__desk_close(&l.d);
}

void web__form_list_act(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    struct work *w = c->web->config.work;
    str act = web__text(c, "act");
    const char *word = "";
    enum error_code code = ERROR_INVALID;
    bool grave = str_eq(act, STR("approve")) || str_eq(act, STR("carry")); /* what is made known rests on them */
    if (!may_act(c)) {
        return;
    }
    if (grave && !web__proved(c, false)) {
        show_list(c, 422);
        return;
    }
    if (str_eq(act, STR("freeze"))) {
        code = work_assess_freeze(w, c->number, c->person, &err);
        word = "frozen";
    } else if (str_eq(act, STR("seed"))) {
        code = work_assess_seed(w, c->number, web__text(c, "seed"), c->person, &err);
        word = "seeded";
    } else if (str_eq(act, STR("compute"))) {
        code = work_assess_compute(w, c->number, c->person, &err);
        word = "computed";
    } else if (str_eq(act, STR("hand"))) {
        code = web__register_sent(c, &err);
        word = "handed";
    } else if (str_eq(act, STR("look"))) {
        struct buf list = BUF_INIT(LIMIT_JSON_BYTES);
        code = work_assess_preview(w, c->number, STR(""), c->person, &list, &err);
        buf_release(&list);
        word = "previewed";
    } else if (str_eq(act, STR("approve"))) {
        code = work_assess_approve(w, c->number, web__text(c, "result"), c->person, &err);
        word = "approved";
    } else if (str_eq(act, STR("carry"))) {
        int64_t left = 0;
        code = work_assess_carry(w, c->number, CARRIED, c->person, &left, &err);
        word = left > 0 ? "more" : "carried";
        web_changed(c->web);
    } else {
        error_set(&err, ERROR_INVALID, "a list knows no \"%.*s\"", STR_ARG(act));
    }
    end_act(c, code, &err, word);
}

/* ---- Striking and calling ---- */

static void show_strike(struct web__call *c, int status)
{
    struct list l;
    if (!open_list(c, &l)) {
        return;
    }
    str entry = web__text(c, "entry");
    put_head(&l);
    node_put_text(c->model, "entry", entry);
    node_put_text(c->model, "entry_name", name_of(&l, entry));
    node_put_text(c->model, "reason", web__text(c, "reason"));
    node_put_true(c->model, "can_call", is_in(&l, "approved done"));
    if (web__desk_close(&l.d)) {
        web__desk_tabs(c, "lists");
        web__crumb(c, "Lists", STR("/office/lists"));
        web__crumb(c, "The list", arena_printf(c->arena, "/office/lists/%lld", (long long)c->number));
        web__answer(c, status, page_lists_strike);
    }
}

void web__page_list_strike(struct web__call *c)
{
    show_strike(c, 200);
}

void web__form_list_strike(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    struct work *w = c->web->config.work;
    str entry = str_trim(web__text(c, "entry")), reason = str_trim(web__text(c, "reason")), next = STR("");
    bool call = str_eq(web__text(c, "act"), STR("call"));
    if (!may_act(c)) {
        return;
    }
    enum error_code code = entry.len == 0    ? error_set(&err, ERROR_INVALID, "say which entry is struck")
                           : reason.len == 0 ? error_set(&err, ERROR_INVALID, "say why it is struck")
                           : call ? work_assess_call(w, c->number, entry, reason, c->person, c->arena, &next, &err)
                                  : work_assess_strike(w, c->number, entry, reason, c->person, &err);
    if (code == OK) {
        web_changed(c->web);
        end_act(c, OK, &err, !call ? "struck" : next.len > 0 ? "called" : "last");
        return;
    }
    web__desk_problem(c, &err, entry.len == 0 ? "#entry" : "#reason");
    show_strike(c, 422);
}

/* ---- Pictures and papers ---- */

/* The quotas of a group, as the pictures want them; 0: there are none. */
static uint32_t grades_of(struct list *l, uint32_t group, struct chart_grade *ret)
{
    feel_value quotas, grades = feel_null();
    uint32_t count = 0;
    if (feel_json_read(l->d.c->arena, l->s.quotas, &quotas, NULL) == OK && group < quotas.count) {
        grades = feel_member(quotas.items[group], "grades");
    }
    for (; count < grades.count && count < LIMIT_CHART_SERIES; count++) {
        feel_value one = grades.items[count];
        str name = feel_text_member(one, "grade");
        ret[count] = (struct chart_grade){ .name = name, .tone = web__grade_tone(name),
                                           .count = feel_whole_member(one, "actual"),
                                           .wanted = feel_whole_member(one, "quota") };
    }
    return count;
}

/* The strip, or the steps, of one group: what there is, and what the rule asks for. */
void web__file_list_shape(struct web__call *c)
{
    struct list l;
    struct chart_grade grades[LIMIT_CHART_SERIES];
    struct error err = { .lang = c->lang };
    struct buf svg = BUF_INIT(1 << 20);
    if (!open_list(c, &l)) {
        return;
    }
    uint32_t count = grades_of(&l, (uint32_t)c->numbers[1], grades);
    const struct chart_shape shape = { .title = title_of(&l), .note = STR(""), .prefix = "shape", .grades = grades,
                                       .grade_count = count, .lang = c->lang };
    bool steps = str_eq(web__text(c, "as"), STR("steps"));
    if (!web__desk_close(&l.d)) {
        return;
    }
    enum error_code code = count == 0 ? error_set(&err, ERROR_MISSING, "there is no such picture")
                           : steps    ? chart_steps(&shape, &svg, &err)
                                      : chart_strip(&shape, &svg, &err);
    if (code != OK) {
        buf_release(&svg);
        web__refuse(c, 404, &err);
    } else {
        web__send(c, 200, "image/svg+xml", &svg);
    }
}

/* False after an answer was sent. */
static bool read_paper(struct web__call *c, struct publish_document *ret)
{
    struct list l;
    if (!open_list(c, &l)) {
        return false;
    }
    bool there = publish_read_document(l.d.v, l.s.document, c->arena, ret);
    if (!web__desk_close(&l.d)) {
        return false;
    }
    if (!there) {
        web__nothing(c);
    }
    return there;
}

/* Its seal, or that it is void. */
void web__form_list_paper(struct web__call *c)
{
    struct publish_document d;
    struct error err = { .lang = c->lang };
    str act = web__text(c, "do");
    bool seals = str_eq(act, STR("seal"));
    if (!read_paper(c, &d)) {
        return;
    }
    const struct work_request rq = { .act = seals ? WORK_SEAL : WORK_VOID, .actor = c->person, .paper = d.id,
                                     .with = web__paper_with(c), .text = str_trim(web__text(c, "text")) };
    enum error_code code = seals || str_eq(act, STR("void"))
                               ? publish_change_paper(c->web->config.publish, &rq, c->now, &err)
                               : error_set(&err, ERROR_INVALID, "this is not done here");
    if (code == OK) {
        const char *done = seals ? "sealed" : "void";
        web__go(c, arena_printf(c->arena, "/office/lists/%lld?done=%s", (long long)c->number, done));
    } else {
        web__refuse(c, code == ERROR_IO ? 503 : 422, &err);
    }
}

void web__pdf_list_paper(struct web__call *c)
{
    struct publish_document d;
    if (read_paper(c, &d)) {
        web__send_pdf(c, d.sealed.len > 0 ? d.sealed : d.blob, false);
    }
}

void web__events_list_paper(struct web__call *c)
{
    struct publish_document d;
    if (read_paper(c, &d)) {
        web__wait_for_paper(c, d.id);
    }
}

/* The list of a lot, as sha256sum wants it. */
void web__file_list_names(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    if (!may_act(c)) {
        return;
    }
    if (work_assess_list(c->web->config.work, c->number, &out, &err) != OK) {
        buf_release(&out);
        web__refuse(c, 404, &err);
    } else {
        web__send(c, 200, "text/plain; charset=utf-8", &out);
    }
}

/* One page a dossier, of a part of the list. */
void web__file_list_pack(struct web__call *c)
{
    struct list l;
    struct outcomes all;
    struct error err = { .lang = c->lang };
    struct buf request = BUF_INIT(LIMIT_JSON_BYTES);
    int64_t dossiers[PACK], number;
    uint32_t count = 0, from = (uint32_t)web__int(c, "from", 0);
    dec n;
    if (!open_list(c, &l)) {
        return;
    }
    read_outcomes(&l, &all);
    for (uint32_t i = from; i < all.entries.count && count < PACK; i++) {
        bool is_struck = feel_text_member(all.entries.items[i], "struck").len > 0;
        struct work_dossier d;
        if (!is_struck && dec_parse(feel_text_member(all.entries.items[i], "id"), &n) && dec_to_int(n, &number) &&
            l.rule->over_dossiers && work_read_dossier(l.d.v, number, c->arena, &d) && d.closed == 0 &&
            web__desk_sees(&l.d, number)) {
            dossiers[count++] = number;
        }
    }
    str name = arena_printf(c->arena, "%.*s", STR_ARG(web__text(c, "document")));
    str title = arena_printf(c->arena, "%.*s %.*s", STR_ARG(title_of(&l)), STR_ARG(name));
    if (!web__desk_close(&l.d)) {
        return;
    }
    enum error_code code =
        count == 0 ? error_set(&err, ERROR_MISSING, "no dossier of this list is open any more")
                   : publish_preview(c->web->config.publish, dossiers, count, name, feel_null(), c->now,
                                     &request, &err);
    str text = arena_str(c->arena, buf_str(&request));
    buf_release(&request);
    if (code != OK) {
        web__refuse(c, 422, &err);
    } else {
        web__print(c, text, title);
    }
}
