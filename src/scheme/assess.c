/* assess: the list; see assess.h. Read from the end: scheme_assess classifies, sorts, and grades group by group. */
#include "scheme/assess.h"

#include "base/limit.h"

#include <stdlib.h>

struct key {
    str name;
    bool falls; /* the larger is the better */
};

/* What is known of an entry while it is sorted; `assessed` follows its order. It is small, and knows the values
 * itself, because sorting 100,000 of them is waiting for memory. */
struct place {
    const feel_value *values;
    uint32_t index, group, lot;
    int32_t cap; /* of the grades: the best it may have */
};

struct assess {
    struct arena *a;
    const struct scheme_assess_input *in;
    const struct scheme_assessment *rule;
    struct error *err;
    struct key *keys;
    uint32_t key_count;
    bool lot;
    const uint32_t *lots; /* of each entry, from 1 */
    str *grades;
    uint32_t grade_count;
    struct place *places;
    uint32_t place_count;
    struct scheme_assessed *out;
    struct scheme_assess_group *groups;
    uint32_t group_count;
    feel_value *bounds;   /* of the group at hand, one for each grade */
};

static const struct scheme_entry *entry_of(const struct assess *s, const struct place *p)
{
    return &s->in->entries[p->index];
}

/* ---- Words ---- */

const char *scheme_assess_why_name(enum scheme_assess_why why)
{
    static const char *const names[SCHEME_WHYS] = { "place", "threshold", "cap", "tie", "rest", "none" };
    return names[why];
}

str scheme_assess_key(str key)
{
    for (size_t i = key.len; i > 0; i--) {
        if (key.ptr[i - 1] == ' ') {
            return str_trim(str_slice(key, 0, i - 1));
        }
    }
    return key;
}

uint32_t scheme_assess_values(const struct scheme_assessment *rule, bool *ret_lot)
{
    *ret_lot = rule->order_count > 0 && str_eq(rule->order[rule->order_count - 1], STR("lot"));
    return rule->order_count - *ret_lot;
}

static bool read_key(str text, struct key *ret)
{
    ret->name = scheme_assess_key(text);
    str way = str_trim(str_slice(text, ret->name.len, text.len));
    ret->falls = str_eq(way, STR("desc"));
    return ret->name.len > 0 && (ret->falls || str_eq(way, STR("asc")));
}

static enum error_code read_keys(struct assess *s)
{
    s->key_count = scheme_assess_values(s->rule, &s->lot);
    s->keys = ARENA_ARRAY(s->a, struct key, s->key_count);
    for (uint32_t i = 0; i < s->key_count; i++) {
        if (!read_key(s->rule->order[i], &s->keys[i])) {
            error_set(s->err, ERROR_INVALID, "\"%.*s\" is no key of an order", STR_ARG(s->rule->order[i]));
            error_hint(s->err, "write \"name asc\" or \"name desc\"; \"lot\" may be the last");
            return ERROR_INVALID;
        }
    }
    return OK;
}

static int32_t find_grade(const struct assess *s, str name)
{
    for (uint32_t i = 0; i < s->grade_count; i++) {
        if (str_eq(s->grades[i], name)) {
            return (int32_t)i;
        }
    }
    return -1;
}

/* The grades of the manifest, or those of the thresholds, in their order. */
static void read_grades(struct assess *s)
{
    feel_value rows = s->in->thresholds;
    uint32_t most = s->rule->grade_count + (rows.kind == FEEL_LIST ? rows.count : 0);
    s->grades = ARENA_ARRAY(s->a, str, most);
    for (uint32_t i = 0; i < s->rule->grade_count; i++) {
        s->grades[s->grade_count++] = s->rule->grades[i];
    }
    for (uint32_t i = 0; s->rule->grade_count == 0 && rows.kind == FEEL_LIST && i < rows.count; i++) {
        str name = feel_text_member(rows.items[i], "grade");
        if (name.len > 0 && find_grade(s, name) < 0) {
            s->grades[s->grade_count++] = name;
        }
    }
    s->bounds = ARENA_ARRAY(s->a, feel_value, s->grade_count);
}

/* ---- Comparing ---- */

static bool compare(feel_value a, feel_value b, int *ret)
{
    if (a.kind == FEEL_BOOLEAN && b.kind == FEEL_BOOLEAN) {
        *ret = a.boolean - b.boolean;
        return true;
    }
    return feel_compare(a, b, ret);
}

/* Below 0: `a` is the better of a key. Their kinds were looked at before. */
static int by_key(const struct key *k, feel_value a, feel_value b)
{
    int order = 0;
    compare(a, b, &order);
    return k->falls ? -order : order;
}

/* The first key in which two entries differ; key_count: the lot; NO_KEY: none. */
static int32_t differ(const struct assess *s, const struct place *a, const struct place *b, int *ret_order)
{
    for (uint32_t i = 0; i < s->key_count; i++) {
        if ((*ret_order = by_key(&s->keys[i], a->values[i], b->values[i])) != 0) {
            return (int32_t)i;
        }
    }
    *ret_order = (a->lot > b->lot) - (a->lot < b->lot);
    return *ret_order != 0 ? (int32_t)s->key_count : SCHEME_NO_KEY;
}

static bool tied(const struct assess *s, const struct place *a, const struct place *b)
{
    int order;
    return a->group == b->group && differ(s, a, b, &order) == SCHEME_NO_KEY;
}

static int by_order(const void *x, const void *y, void *context)
{
    const struct assess *s = context;
    const struct place *a = x, *b = y;
    int order = (a->group > b->group) - (a->group < b->group);
    if (order == 0 && differ(s, a, b, &order) == SCHEME_NO_KEY) {
        order = (a->cap > b->cap) - (a->cap < b->cap); /* so that those of one cap stand together among the tied */
        order = order != 0 ? order : str_cmp(entry_of(s, a)->id, entry_of(s, b)->id);
    }
    return order;
}

static enum error_code two_kinds(struct assess *s, uint32_t key, const struct scheme_entry *a,
                                 const struct scheme_entry *b)
{
    str x = feel_kind_name((enum feel_kind)a->values[key].kind);
    str y = feel_kind_name((enum feel_kind)b->values[key].kind);
    error_set(s->err, ERROR_INVALID, "the key \"%.*s\" has values that cannot be put in order",
              STR_ARG(s->keys[key].name));
    error_detail(s->err, "%.*s: %.*s; %.*s: %.*s", STR_ARG(a->id), STR_ARG(x), STR_ARG(b->id), STR_ARG(y));
    return ERROR_INVALID;
}

/* Each value is of the kind of the first one, and of one that has an order. */
static enum error_code check_kinds(struct assess *s)
{
    for (uint32_t i = 0; i < s->place_count; i++) {
        for (uint32_t k = 0; k < s->key_count; k++) {
            int order;
            const struct scheme_entry *first = entry_of(s, &s->places[0]), *e = entry_of(s, &s->places[i]);
            if (!compare(first->values[k], e->values[k], &order)) {
                return two_kinds(s, k, first, e);
            }
        }
    }
    return OK;
}

/* ---- Who can be graded ---- */

static int by_id(const void *x, const void *y, void *context)
{
    const struct assess *s = context;
    return str_cmp(entry_of(s, x)->id, entry_of(s, y)->id);
}

/* All entries by their ids, each id once. */
static enum error_code sort_by_id(struct assess *s, struct place *all)
{
    for (uint32_t i = 0; i < s->in->count; i++) {
        all[i] = (struct place){ .values = s->in->entries[i].values, .index = i, .lot = s->lot ? s->lots[i] : 0 };
    }
    if (s->in->count > 1) {
        qsort_r(all, s->in->count, sizeof *all, by_id, s);
    }
    for (uint32_t i = 1; i < s->in->count; i++) {
        str id = entry_of(s, &all[i])->id;
        if (str_eq(entry_of(s, &all[i - 1])->id, id)) {
            return error_set(s->err, ERROR_INVALID, "\"%.*s\" stands twice in the list", STR_ARG(id));
        }
    }
    return OK;
}

/* What of an entry is not known: a key; NO_KEY with a reason; or nothing, and true. */
static bool is_known(const struct assess *s, const struct place *p, int32_t *ret_key, str *ret_why)
{
    const struct scheme_entry *e = entry_of(s, p);
    *ret_key = SCHEME_NO_KEY;
    *ret_why = e->unknown;
    if (e->unknown.len > 0) {
        return false;
    }
    if (s->rule->group.len > 0 && e->group.kind == FEEL_NULL) {
        *ret_why = s->rule->group;
        return false;
    }
    for (uint32_t i = 0; i < s->key_count; i++) {
        if (e->values[i].kind == FEEL_NULL) {
            *ret_key = (int32_t)i;
            *ret_why = s->keys[i].name;
            return false;
        }
    }
    return true;
}

static enum error_code read_cap(struct assess *s, struct place *p)
{
    feel_value cap = entry_of(s, p)->cap;
    if (s->grade_count == 0 && s->rule->grading == SCHEME_BY_THRESHOLD) {
        return OK; /* without thresholds nobody has a grade, be he capped or not */
    }
    p->cap = cap.kind == FEEL_STRING ? find_grade(s, feel_str(cap)) : 0;
    if (p->cap >= 0 && (cap.kind == FEEL_STRING || cap.kind == FEEL_NULL)) {
        return OK;
    }
    return error_set(s->err, ERROR_INVALID, "the cap of \"%.*s\" is no grade", STR_ARG(entry_of(s, p)->id));
}

/* Moves those that can be graded to `places`; the others are written to the end of the list. */
static enum error_code classify(struct assess *s, const struct place *all, struct scheme_list *ret)
{
    uint32_t aside = 0;
    struct scheme_assessed *others = ARENA_ARRAY(s->a, struct scheme_assessed, s->in->count);
    for (uint32_t i = 0; i < s->in->count; i++) {
        struct place p = all[i];
        struct scheme_assessed out = { .entry = p.index, .lot = p.lot, .grade = -1, .key = SCHEME_NO_KEY };
        bool struck = entry_of(s, &p)->struck;
        out.state = struck ? SCHEME_STRUCK : SCHEME_UNDETERMINED;
        bool known = is_known(s, &p, &out.unknown_key, &out.unknown);
        if (struck || !known) {
            others[aside++] = out;
            ret->struck += struck;
            ret->undetermined += !struck;
        }
        if (known) {
            if (read_cap(s, &p) != OK) {
                return ERROR_INVALID;
            }
            s->places[s->place_count++] = p;
        }
    }
    ret->graded = s->in->count - aside;
    memcpy(&s->out[ret->graded], others, aside * sizeof *others);
    return OK;
}

/* ---- Groups ---- */

struct named_group {
    str text; /* of its value, canonical */
    uint32_t place;
};

static int by_text(const void *x, const void *y)
{
    const struct named_group *a = x, *b = y;
    return str_cmp(a->text, b->text);
}

static str group_text(struct assess *s, feel_value v, struct buf *text)
{
    if (v.kind == FEEL_STRING) {
        return feel_str(v);
    }
    buf_clear(text);
    feel_record_write(v, text);
    return arena_str(s->a, buf_str(text));
}

/* Numbers the groups in the order of their texts. */
static void find_groups(struct assess *s)
{
    struct buf text = BUF_INIT(LIMIT_FEEL_STRING);
    struct named_group *all = ARENA_ARRAY(s->a, struct named_group, s->place_count);
    bool grouped = s->rule->group.len > 0;
    for (uint32_t i = 0; grouped && i < s->place_count; i++) {
        all[i] = (struct named_group){ group_text(s, entry_of(s, &s->places[i])->group, &text), i };
    }
    buf_release(&text);
    if (grouped && s->place_count > 1) {
        qsort(all, s->place_count, sizeof *all, by_text);
    }
    s->group_count = !grouped || s->place_count > 0;
    for (uint32_t i = 0; grouped && i < s->place_count; i++) {
        s->group_count += i > 0 && !str_eq(all[i].text, all[i - 1].text);
        s->places[all[i].place].group = s->group_count - 1;
    }
    s->groups = ARENA_ARRAY(s->a, struct scheme_assess_group, s->group_count);
    for (uint32_t i = 0; i < s->place_count; i++) {
        struct scheme_assess_group *g = &s->groups[s->places[i].group];
        g->value = grouped ? entry_of(s, &s->places[i])->group : feel_null();
        g->count++;
    }
}

/* ---- Quotas ---- */

/* A share is a number of 0 or more; all are brought to one exponent, so that they are whole. */
static enum error_code whole_shares(struct assess *s, int64_t *shares, int64_t *ret_sum)
{
    enum { MOST = 1000000000 };
    int least = 0;
    *ret_sum = 0;
    for (uint32_t i = 0; i < s->grade_count; i++) {
        feel_value v = s->rule->sizes[i];
        int exponent = v.kind == FEEL_NUMBER ? dec_parts(dec_normal(v.number)).exponent : 0;
        least = exponent < least ? exponent : least;
    }
    for (uint32_t i = 0; i < s->grade_count; i++) {
        feel_value v = s->rule->sizes[i];
        struct dec_parts p = { .negative = true };
        if (v.kind == FEEL_NUMBER) {
            p = dec_parts(dec_normal(v.number));
            for (; p.exponent > least && p.coefficient <= MOST; p.exponent--) {
                p.coefficient *= 10;
            }
        }
        if (p.negative || p.coefficient > MOST) {
            return error_set(s->err, ERROR_INVALID, "the share of the grade \"%.*s\" is no number of 0 to %d",
                             STR_ARG(s->grades[i]), MOST);
        }
        shares[i] = (int64_t)p.coefficient;
        *ret_sum += shares[i];
    }
    return *ret_sum > 0 ? OK : error_set(s->err, ERROR_INVALID, "the shares of all grades are 0");
}

/* The place of a grade in the order of remainders; those that it does not name are equal, and last. */
static uint32_t remainder_place(const struct assess *s, uint32_t grade)
{
    uint32_t i = 0;
    while (i < s->rule->remainder_count && !str_eq(s->rule->remainder[i], s->grades[grade])) {
        i++;
    }
    return i;
}

static bool goes_before(const struct assess *s, const struct scheme_quota *q, uint32_t a, uint32_t b)
{
    int64_t x = q[a].exact % q[a].of, y = q[b].exact % q[b].of;
    return x != y ? x > y : remainder_place(s, a) < remainder_place(s, b);
}

/* The largest remainders get one each. Two that are equal, of which only one gets it, must have an order. */
static enum error_code round_shares(struct assess *s, struct scheme_quota *q, int64_t left)
{
    bool *given = ARENA_ARRAY(s->a, bool, s->grade_count);
    for (; left > 0; left--) {
        int64_t best = -1, equal = -1;
        for (uint32_t i = 0; i < s->grade_count; i++) {
            if (given[i] || q[i].of == 0) {
                continue;
            }
            if (best < 0 || goes_before(s, q, i, (uint32_t)best)) {
                best = i;
                equal = -1;
            } else if (!goes_before(s, q, (uint32_t)best, i)) {
                equal = i;
            }
        }
        if (equal >= 0 && left == 1) {
            error_set(s->err, ERROR_INVALID, "the remainders of \"%.*s\" and \"%.*s\" are equal",
                      STR_ARG(s->grades[best]), STR_ARG(s->grades[equal]));
            error_hint(s->err, "say in \"remainder\" which grade gets what is left over");
            return ERROR_INVALID;
        }
        given[best] = true;
        q[best].quota++;
    }
    return OK;
}

static enum error_code share_quotas(struct assess *s, uint32_t count, struct scheme_quota *q)
{
    int64_t *shares = ARENA_ARRAY(s->a, int64_t, s->grade_count), sum, left = count;
    enum error_code code = whole_shares(s, shares, &sum);
    for (uint32_t i = 0; i < s->grade_count && code == OK; i++) {
        q[i].exact = shares[i] * (int64_t)count;
        q[i].of = sum;
        q[i].quota = q[i].exact / sum;
        left -= q[i].quota;
    }
    return code == OK ? round_shares(s, q, left) : code;
}

static enum error_code count_quotas(struct assess *s, struct scheme_quota *q)
{
    for (uint32_t i = 0; i < s->grade_count; i++) {
        feel_value v = s->rule->sizes[i];
        bool rest = v.kind == FEEL_STRING && str_eq(feel_str(v), STR("rest")) && i + 1 == s->grade_count;
        bool whole = feel_whole(v, &q[i].quota) && q[i].quota >= 0;
        q[i].open = rest;
        if (!rest && (!whole || q[i].quota > UINT32_MAX)) {
            error_set(s->err, ERROR_INVALID, "the count of the grade \"%.*s\" is no whole number of 0 or more",
                      STR_ARG(s->grades[i]));
            error_hint(s->err, "only the last grade may be \"rest\"");
            return ERROR_INVALID;
        }
    }
    return OK;
}

/* ---- Thresholds ---- */

/* A row is for a group when its member of the group's name has its value, is null, or is not there. */
static bool is_for_group(const struct scheme_assessment *rule, feel_value row, feel_value group)
{
    feel_value v;
    int order;
    return rule->group.len == 0 || !feel_context_get(row, rule->group, &v) || v.kind == FEEL_NULL ||
           (feel_compare(v, group, &order) && order == 0);
}

/* A column called as the first key, else `from`: which in a parameter may also be the first day of the row. */
static feel_value bound_of(const struct scheme_assessment *rule, feel_value row)
{
    feel_value v = feel_null();
    bool named = rule->order_count > 0 && feel_context_get(row, scheme_assess_key(rule->order[0]), &v);
    return named ? v : feel_member(row, "from");
}

bool scheme_assess_bound(const struct scheme_assessment *rule, feel_value row, feel_value group, feel_value *ret)
{
    *ret = bound_of(rule, row);
    return is_for_group(rule, row, group);
}

/* The bounds of a group. False: not all are known, so nobody in it can be graded. */
static enum error_code read_bounds(struct assess *s, feel_value group, bool *ret_known)
{
    feel_value rows = s->in->thresholds;
    uint32_t last = UINT32_MAX;
    for (uint32_t g = 0; g < s->grade_count; g++) {
        s->bounds[g] = feel_null();
    }
    for (uint32_t i = 0; rows.kind == FEEL_LIST && i < rows.count; i++) {
        int32_t g = find_grade(s, feel_text_member(rows.items[i], "grade"));
        feel_value bound;
        if (g >= 0 && scheme_assess_bound(s->rule, rows.items[i], group, &bound)) {
            s->bounds[g] = bound;
        }
    }
    *ret_known = s->grade_count > 0;
    for (uint32_t g = 0; g < s->grade_count; g++) {
        int order;
        *ret_known &= s->bounds[g].kind != FEEL_NULL;
        if (*ret_known && last != UINT32_MAX &&
            (!compare(s->bounds[last], s->bounds[g], &order) || (s->keys[0].falls ? order < 0 : order > 0))) {
            return error_set(s->err, ERROR_INVALID, "the threshold of \"%.*s\" is not below that of \"%.*s\"",
                             STR_ARG(s->grades[g]), STR_ARG(s->grades[last]));
        }
        last = g;
    }
    return OK;
}

/* The best grade whose bound the first key reaches; grade_count: none. */
static uint32_t reached(const struct assess *s, const struct place *p)
{
    uint32_t g = 0;
    while (g < s->grade_count && by_key(&s->keys[0], p->values[0], s->bounds[g]) > 0) {
        g++;
    }
    return g;
}

static void grade_by_threshold(const struct assess *s, const struct place *p, struct scheme_assessed *out)
{
    uint32_t g = reached(s, p);
    bool capped = g < (uint32_t)p->cap;
    out->grade = g == s->grade_count ? -1 : capped ? p->cap : (int32_t)g;
    out->why = capped ? SCHEME_WHY_CAP : SCHEME_WHY_THRESHOLD;
    if (!capped && g > 0) {
        out->key = 0;
        out->wanted = s->bounds[g - 1];
    }
}

/* ---- Filling ---- */

/* Entries from..to of the order, all tied, with the same cap. */
struct run {
    uint32_t from, to;
    struct scheme_assess_group *group;
    struct scheme_quota *quotas;
    int64_t *room;
};

static enum error_code refuse_tie(struct assess *s, const struct run *r, uint32_t grade)
{
    error_set(s->err, ERROR_INVALID, "%u entries are tied where the grade \"%.*s\" ends", r->to - r->from,
              STR_ARG(s->grades[grade]));
    str first = entry_of(s, &s->places[r->from])->id, second = entry_of(s, &s->places[r->from + 1])->id;
    error_detail(s->err, "%.*s, %.*s%s; room for %lld", STR_ARG(first), STR_ARG(second),
                 r->to - r->from > 2 ? " …" : "", (long long)r->room[grade]);
    error_hint(s->err, "add a key to the order, a lot, or say in \"ties\" whether they go up or down");
    return ERROR_INVALID;
}

static void give(struct assess *s, const struct run *r, int32_t grade, enum scheme_assess_why why, bool border)
{
    for (uint32_t i = r->from; i < r->to; i++) {
        int32_t cap = s->places[i].cap;
        s->out[i].grade = grade;
        s->out[i].border = border;
        s->out[i].why = grade >= 0 && cap > 0 && grade == cap && s->out[i].why == SCHEME_WHY_CAP ? SCHEME_WHY_CAP : why;
    }
    if (grade >= 0) {
        r->quotas[grade].actual += r->to - r->from;
    } else {
        r->group->without += r->to - r->from;
    }
}

/* The grade that takes what no other has room for: the last of shares, a count of "rest"; or none. */
static bool takes_rest(const struct assess *s, const struct run *r, uint32_t grade)
{
    return grade + 1 == s->grade_count && (s->rule->grading == SCHEME_BY_SHARE || r->quotas[grade].open);
}

/* Finds the grade of a run; what it takes too much or too little at a border the next grade has less or more. */
static enum error_code place_run(struct assess *s, const struct run *r)
{
    uint32_t cap = (uint32_t)s->places[r->from].cap, g = cap;
    int64_t size = r->to - r->from;
    bool border = false, up = str_eq(s->rule->ties, STR("up")), down = str_eq(s->rule->ties, STR("down"));
    for (uint32_t i = 0; i < cap; i++) {
        bool open = r->room[i] > 0;
        for (uint32_t k = r->from; open && k < r->to; k++) {
            s->out[k].why = SCHEME_WHY_CAP;
        }
    }
    for (; g < s->grade_count && !takes_rest(s, r, g); g++) {
        if (r->room[g] >= size || (r->room[g] > 0 && up)) {
            int64_t over = size - r->room[g];
            r->room[g] -= size;
            if (over > 0) {
                r->room[g] = 0;
                r->room[g + 1] -= over; /* there is one more than grades */
            }
            give(s, r, (int32_t)g, border || over > 0 ? SCHEME_WHY_TIE : SCHEME_WHY_PLACE, border || over > 0);
            return OK;
        }
        if (r->room[g] > 0 && !down) {
            return refuse_tie(s, r, g);
        }
        border |= r->room[g] > 0;
        r->room[g + 1] += r->room[g]; /* goes down with it; or is less by what went up before */
        r->room[g] = 0;
    }
    give(s, r, g < s->grade_count ? (int32_t)g : -1, border ? SCHEME_WHY_TIE : SCHEME_WHY_REST, border);
    return OK;
}

static enum error_code place_tied(struct assess *s, struct run *r, uint32_t to)
{
    enum error_code code = OK;
    for (; r->from < to && code == OK; r->from = r->to) {
        for (r->to = r->from + 1; r->to < to && s->places[r->to].cap == s->places[r->from].cap; r->to++) {
        }
        code = place_run(s, r);
    }
    return code;
}

static enum error_code fill(struct assess *s, uint32_t from, uint32_t to, struct scheme_assess_group *group,
                            struct scheme_quota *q)
{
    int64_t *room = ARENA_ARRAY(s->a, int64_t, s->grade_count + 1);
    enum error_code code = OK;
    for (uint32_t g = 0; g < s->grade_count; g++) {
        room[g] = q[g].quota;
    }
    for (uint32_t i = from, end; i < to && code == OK; i = end) {
        for (end = i + 1; end < to && tied(s, &s->places[i], &s->places[end]); end++) {
        }
        struct run r = { .from = i, .group = group, .quotas = q, .room = room };
        code = place_tied(s, &r, end);
    }
    return code;
}

/* ---- Places ---- */

static void number_places(struct assess *s, uint32_t from, uint32_t to)
{
    uint32_t *count = ARENA_ARRAY(s->a, uint32_t, s->grade_count);
    for (uint32_t i = from; i < to; i++) {
        s->out[i].place = s->out[i].grade < 0 ? 0 : ++count[s->out[i].grade];
    }
}

/* ---- How far to the next better grade ---- */

/* The last of each grade in the order, and from it what the others lack. One that stands before it lacks nothing: it
 * was capped. */
static void find_distances(struct assess *s, uint32_t from, uint32_t to)
{
    uint32_t *last = ARENA_ARRAY(s->a, uint32_t, s->grade_count + 1);
    memset(last, 0xff, (s->grade_count + 1) * sizeof *last);
    for (uint32_t i = from; i < to; i++) {
        last[s->out[i].grade < 0 ? (int32_t)s->grade_count : s->out[i].grade] = i;
    }
    for (uint32_t i = from; i < to; i++) {
        int64_t g = s->out[i].grade < 0 ? (int64_t)s->grade_count : s->out[i].grade;
        while (--g >= 0 && last[g] == UINT32_MAX) {
        }
        int order = 0;
        const struct place *better = g < 0 ? NULL : &s->places[last[g]];
        int32_t key = better == NULL ? SCHEME_NO_KEY : differ(s, &s->places[i], better, &order);
        if (key != SCHEME_NO_KEY && order > 0) {
            s->out[i].key = key;
            s->out[i].wanted = (uint32_t)key == s->key_count ? feel_number(dec_from_uint(better->lot))
                                                           : better->values[key];
        }
    }
}

/* ---- One group ---- */

static void rank(struct assess *s, uint32_t from, uint32_t to, uint32_t group)
{
    for (uint32_t i = from; i < to; i++) {
        bool same = i > from && tied(s, &s->places[i - 1], &s->places[i]);
        s->out[i] = (struct scheme_assessed){ .entry = s->places[i].index, .group = group, .lot = s->places[i].lot,
                                              .rank = same ? s->out[i - 1].rank : i - from + 1, .grade = -1,
                                              .why = SCHEME_WHY_NONE, .key = SCHEME_NO_KEY,
                                              .unknown_key = SCHEME_NO_KEY };
    }
}

static enum error_code assess_thresholds(struct assess *s, uint32_t from, uint32_t to, struct scheme_assess_group *g,
                                         struct scheme_quota *q)
{
    bool known;
    enum error_code code = read_bounds(s, g->value, &known);
    for (uint32_t i = from; i < to && code == OK; i++) {
        int order;
        if (!known) {
            s->out[i].state = SCHEME_UNDETERMINED;
            s->out[i].unknown = s->rule->threshold;
        } else if (!compare(s->places[i].values[0], s->bounds[0], &order)) {
            code = error_set(s->err, ERROR_INVALID, "the key \"%.*s\" cannot be compared with its threshold",
                             STR_ARG(s->keys[0].name));
        } else {
            grade_by_threshold(s, &s->places[i], &s->out[i]);
            q[s->out[i].grade < 0 ? 0 : s->out[i].grade].actual += s->out[i].grade >= 0;
            g->without += s->out[i].grade < 0;
        }
    }
    for (uint32_t i = 0; i < s->grade_count; i++) {
        q[i].open = true;
    }
    return code;
}

static enum error_code assess_group(struct assess *s, uint32_t from, uint32_t to, uint32_t group)
{
    struct scheme_assess_group *g = &s->groups[group];
    struct scheme_quota *q = ARENA_ARRAY(s->a, struct scheme_quota, s->grade_count);
    enum error_code code = OK;
    g->quotas = q;
    g->graded = to - from;
    rank(s, from, to, group);
    if (s->rule->grading == SCHEME_BY_NONE) {
        return OK;
    }
    if (s->rule->grading == SCHEME_BY_THRESHOLD) {
        code = assess_thresholds(s, from, to, g, q);
        number_places(s, from, to);
        return code;
    }
    code = s->rule->grading == SCHEME_BY_SHARE ? share_quotas(s, g->count, q) : count_quotas(s, q);
    code = code == OK ? fill(s, from, to, g, q) : code;
    if (code == OK) {
        number_places(s, from, to);
        find_distances(s, from, to);
    }
    return code;
}

/* ---- The whole ---- */

/* Struck ones have counted; from here on they are of no interest. */
static void drop_struck(struct assess *s)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->place_count; i++) {
        if (!entry_of(s, &s->places[i])->struck) {
            s->places[kept++] = s->places[i];
        }
    }
    s->place_count = kept;
}

static enum error_code draw(struct assess *s)
{
    str *ids = ARENA_ARRAY(s->a, str, s->in->count);
    uint32_t *lots = ARENA_ARRAY(s->a, uint32_t, s->in->count);
    if (s->in->seed.len == 0 || s->in->hash == NULL) {
        error_set(s->err, ERROR_MISSING, "a lot needs a seed");
        error_hint(s->err, "freeze the list, make its hash known, then give the seed");
        return ERROR_MISSING;
    }
    for (uint32_t i = 0; i < s->in->count; i++) {
        ids[i] = s->in->entries[i].id;
    }
    const struct scheme_lot *order = scheme_draw(s->a, s->in->seed, s->in->hash, ids, s->in->count);
    for (uint32_t i = 0; i < s->in->count; i++) {
        lots[order[i].index] = i + 1;
    }
    s->lots = lots;
    return OK;
}

static enum error_code check_rule(struct assess *s)
{
    bool sized = s->rule->grading == SCHEME_BY_SHARE || s->rule->grading == SCHEME_BY_COUNT;
    bool needs_key = s->rule->grading == SCHEME_BY_THRESHOLD && s->key_count == 0;
    return needs_key || (sized && (s->grade_count == 0 || s->rule->sizes == NULL))
               ? error_set(s->err, ERROR_INVALID, "the assessment \"%.*s\" says not how to grade",
                           STR_ARG(s->rule->name))
               : OK;
}

/* Groups whose thresholds are not known leave their entries undetermined in the middle of the list. */
static void count_states(struct assess *s, struct scheme_list *ret)
{
    for (uint32_t i = 0; i < s->place_count; i++) {
        if (s->out[i].state == SCHEME_UNDETERMINED) {
            ret->undetermined++;
            ret->graded--;
            s->groups[s->out[i].group].graded--;
        }
    }
}

static enum error_code assess(struct assess *s, struct scheme_list *ret)
{
    struct place *all = ARENA_ARRAY(s->a, struct place, s->in->count);
    s->places = ARENA_ARRAY(s->a, struct place, s->in->count);
    s->out = ARENA_ARRAY(s->a, struct scheme_assessed, s->in->count);
    enum error_code code = s->lot ? draw(s) : OK;
    if (code != OK || (code = sort_by_id(s, all)) != OK || (code = classify(s, all, ret)) != OK ||
        (code = check_kinds(s)) != OK) {
        return code;
    }
    find_groups(s);
    drop_struck(s);
    if (s->place_count > 1) {
        qsort_r(s->places, s->place_count, sizeof *s->places, by_order, s);
    }
    for (uint32_t group = 0, from = 0, to = 0; group < s->group_count && code == OK; group++, from = to) {
        while (to < s->place_count && s->places[to].group == group) {
            to++;
        }
        code = assess_group(s, from, to, group);
    }
    count_states(s, ret);
    return code;
}

enum error_code scheme_assess(struct arena *a, const struct scheme_assess_input *in, struct scheme_list *ret,
                              struct error *err)
{
    struct assess s = { .a = a, .in = in, .rule = in->rule, .err = err };
    struct scheme_list list = { .count = in->count };
    if (in->count > LIMIT_ASSESS_ENTRIES) {
        error_set(err, ERROR_LIMIT, "the list is too large");
        error_detail(err, "limit %s = %d", "ASSESS_ENTRIES", LIMIT_ASSESS_ENTRIES);
        return ERROR_LIMIT;
    }
    enum error_code code = read_keys(&s);
    if (code == OK) {
        read_grades(&s);
        code = check_rule(&s);
    }
    if (code == OK) {
        code = assess(&s, &list);
    }
    if (code == OK) {
        str *names = ARENA_ARRAY(a, str, s.key_count);
        for (uint32_t i = 0; i < s.key_count; i++) {
            names[i] = s.keys[i].name;
        }
        list.entries = s.out;
        list.grades = s.grades;
        list.grade_count = s.grade_count;
        list.keys = names;
        list.key_count = s.key_count;
        list.groups = s.groups;
        list.group_count = s.group_count;
        *ret = list;
    }
    return code;
}
