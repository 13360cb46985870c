/* Assessments: the cases of tests/scheme/assess, then laws over random lists: the order of the input is of no
 * interest, every entry ends somewhere, the better has no worse grade, and quotas are those of a slow and simple
 * computation.
 *
 * A case: {"name":…, "order":[…], "ties":…, "group":…, "by":"share|count|threshold", "of":{…}, "remainder":[…],
 * "thresholds":[…], "seed":…, "entries":[{"id","values","group","cap","struck","unknown"}] or "count": n (entries 1 …
 * n whose first value falls from n to 1), and "groups" or "list": at least what the answer must have, or "error". */
#include "scheme/assess.h"
#include "tap.h"

#include "base/clock.h"
#include "base/limit.h"

#include <dirent.h>
#include <stdlib.h>

static struct arena arena;

/* ---- Reading ---- */

static const str *texts(feel_value list, uint32_t *ret)
{
    str *out = ARENA_ARRAY(&arena, str, list.count);
    *ret = list.kind == FEEL_LIST ? list.count : 0;
    for (uint32_t i = 0; i < *ret; i++) {
        out[i] = feel_str(list.items[i]);
    }
    return out;
}

static void read_rule(feel_value v, struct scheme_assessment *ret)
{
    str by = feel_text_member(v, "by");
    feel_value of = feel_member(v, "of");
    *ret = (struct scheme_assessment){ .name = STR("test"), .ties = feel_text_member(v, "ties"),
                                       .group = feel_text_member(v, "group"), .threshold = STR("pass") };
    ret->order = texts(feel_member(v, "order"), &ret->order_count);
    ret->remainder = texts(feel_member(v, "remainder"), &ret->remainder_count);
    ret->grading = str_eq(by, STR("share"))       ? SCHEME_BY_SHARE
                   : str_eq(by, STR("count"))     ? SCHEME_BY_COUNT
                   : str_eq(by, STR("threshold")) ? SCHEME_BY_THRESHOLD
                                                  : SCHEME_BY_NONE;
    if (of.kind == FEEL_CONTEXT) {
        ret->grades = of.shape->names;
        ret->sizes = of.values;
        ret->grade_count = of.count;
    }
}

static void read_entry(feel_value v, uint32_t keys, struct scheme_entry *ret)
{
    feel_value *values = ARENA_ARRAY(&arena, feel_value, keys), given = feel_member(v, "values");
    for (uint32_t i = 0; i < keys && given.kind == FEEL_LIST && i < given.count; i++) {
        values[i] = given.items[i];
    }
    *ret = (struct scheme_entry){ .id = feel_text_member(v, "id"), .group = feel_member(v, "group"), .values = values,
                                  .cap = feel_member(v, "cap"), .struck = feel_is_true(feel_member(v, "struck")),
                                  .unknown = feel_text_member(v, "unknown") };
}

static struct scheme_entry *numbered(uint32_t count, uint32_t keys)
{
    struct scheme_entry *out = ARENA_ARRAY(&arena, struct scheme_entry, count);
    for (uint32_t i = 0; i < count; i++) {
        feel_value *values = ARENA_ARRAY(&arena, feel_value, keys);
        for (uint32_t k = 0; k < keys; k++) {
            values[k] = feel_number(dec_from_uint(count - i));
        }
        out[i] = (struct scheme_entry){ .id = arena_printf(&arena, "%06u", i + 1), .values = values };
    }
    return out;
}

static void read_entries(feel_value v, uint32_t keys, struct scheme_assess_input *ret)
{
    feel_value list = feel_member(v, "entries");
    if (list.kind != FEEL_LIST) {
        int64_t n = feel_whole_member(v, "count");
        ret->entries = numbered((uint32_t)n, keys);
        ret->count = (uint32_t)n;
        return;
    }
    struct scheme_entry *out = ARENA_ARRAY(&arena, struct scheme_entry, list.count);
    for (uint32_t i = 0; i < list.count; i++) {
        read_entry(list.items[i], keys, &out[i]);
    }
    ret->entries = out;
    ret->count = list.count;
}

/* ---- Comparing: objects at least, lists exactly; as deep as the file is nested ---- */

static bool same(feel_value got, feel_value want)
{
    if (want.kind == FEEL_CONTEXT) {
        for (uint32_t i = 0; i < want.count; i++) {
            feel_value v = feel_null(); /* null is what is not there, too */
            bool there = feel_context_get(got, want.shape->names[i], &v);
            if ((!there && want.values[i].kind != FEEL_NULL) || !same(v, want.values[i])) {
                return false;
            }
        }
        return got.kind == FEEL_CONTEXT;
    }
    if (want.kind == FEEL_LIST) {
        bool equal = got.kind == FEEL_LIST && got.count == want.count;
        for (uint32_t i = 0; equal && i < want.count; i++) {
            equal = same(got.items[i], want.items[i]);
        }
        return equal;
    }
    int order;
    return got.kind == want.kind && (want.kind == FEEL_NULL ||
                                     (want.kind == FEEL_BOOLEAN && got.boolean == want.boolean) ||
                                     (feel_compare(got, want, &order) && order == 0));
}

static feel_value written(const struct scheme_list *l, const struct scheme_entry *entries, bool groups)
{
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    feel_value v = feel_null();
    json_writer_init(&w, &text, false);
    if (groups) {
        scheme_assess_write_groups(l, &w);
    } else {
        json_begin_array(&w);
        for (uint32_t i = 0; i < l->count; i++) {
            scheme_assess_write_entry(l, entries, i, &w);
        }
        json_end_array(&w);
    }
    feel_json_read(&arena, arena_str(&arena, buf_str(&text)), &v, NULL);
    buf_release(&text);
    return v;
}

static void show(feel_value v)
{
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    feel_json_write(v, false, &text);
    printf("# got %.*s\n", STR_ARG(buf_str(&text)));
    buf_release(&text);
}

/* ---- Cases ---- */

static void check_part(feel_value c, const char *member, feel_value got, const char *file, str name)
{
    feel_value want = feel_member(c, member);
    if (want.kind != FEEL_NULL && !ok(same(got, want), "%s: %.*s: %s", file, STR_ARG(name), member)) {
        show(got);
    }
}

static void check_case(feel_value c, const char *file)
{
    struct scheme_assessment rule;
    struct scheme_list list;
    struct error err = { .lang = LANG_EN };
    char hash[SHA256_TEXT];
    bool lot;
    str name = feel_text_member(c, "name"), wrong = feel_text_member(c, "error"), text;
    read_rule(c, &rule);
    struct scheme_assess_input in = { .rule = &rule, .thresholds = feel_member(c, "thresholds"),
                                      .seed = feel_text_member(c, "seed"), .hash = hash };
    read_entries(c, scheme_assess_values(&rule, &lot), &in);
    str *ids = ARENA_ARRAY(&arena, str, in.count);
    for (uint32_t i = 0; i < in.count; i++) {
        ids[i] = in.entries[i].id;
    }
    enum error_code code = lot ? scheme_draw_list(&arena, ids, in.count, &text, hash, &err) : OK;
    code = code == OK ? scheme_assess(&arena, &in, &list, &err) : code;
    str all = arena_printf(&arena, "%s: %s: %s", err.message, err.detail, err.hint);
    if (wrong.len > 0) {
        ok(code != OK && memmem(all.ptr, all.len, wrong.ptr, wrong.len) != NULL, "%s: %.*s: refused", file,
           STR_ARG(name));
    } else if (ok(code == OK, "%s: %.*s", file, STR_ARG(name))) {
        check_part(c, "groups", written(&list, in.entries, true), file, name);
        check_part(c, "list", written(&list, in.entries, false), file, name);
        return;
    }
    printf("# %.*s\n", STR_ARG(all));
}

static void check_file(const char *path, const char *file)
{
    FILE *f = fopen(path, "rb");
    struct buf b = BUF_INIT(1 << 20);
    char piece[4096];
    size_t n;
    feel_value v = feel_null();
    struct error err = { .lang = LANG_EN };
    while (f != NULL && (n = fread(piece, 1, sizeof piece, f)) > 0) {
        buf_add(&b, (str){ piece, n });
    }
    if (f != NULL) {
        fclose(f);
    }
    bool read = feel_json_read(&arena, arena_str(&arena, buf_str(&b)), &v, &err) == OK && v.kind == FEEL_LIST;
    if (!ok(read, "%s", file)) {
        printf("# %s %s line %u\n", err.message, err.detail, err.where.line);
    }
    buf_release(&b);
    for (uint32_t i = 0; v.kind == FEEL_LIST && i < v.count; i++) {
        check_case(v.items[i], file);
    }
}

static int only_json(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 5 && strcmp(e->d_name + n - 5, ".json") == 0;
}

static void check_files(void)
{
    const char *root = getenv("GONGSHI_ROOT");
    str folder = arena_printf(&arena, "%s/tests/scheme/assess", root == NULL ? "." : root);
    struct dirent **files;
    int count = scandir(folder.ptr, &files, only_json, alphasort);
    ok(count > 0, "there are cases");
    for (int i = 0; i < count; i++) {
        check_file(arena_printf(&arena, "%.*s/%s", STR_ARG(folder), files[i]->d_name).ptr, files[i]->d_name);
        free(files[i]);
    }
    if (count >= 0) {
        free(files);
    }
}

/* ---- Laws ---- */

static uint64_t state = 20260302;

static uint32_t chance(uint32_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

enum { MOST = 60, GRADES = 3, ROUNDS = 3000 };

struct world {
    struct scheme_assessment rule;
    struct scheme_entry entries[MOST];
    feel_value values[MOST][2], sizes[GRADES];
    uint32_t count;
    bool capped;
};

static str grades[GRADES] = { { "A", 1 }, { "B", 1 }, { "C", 1 } };
static str order[] = { { "score desc", 10 }, { "errors asc", 10 } };

/* Few values, so that much is tied. */
static void make(struct world *w)
{
    uint32_t span = 1 + chance(12), by = chance(2);
    w->count = chance(MOST);
    w->capped = chance(2) == 0;
    w->rule = (struct scheme_assessment){ .name = STR("law"), .order = order, .order_count = 2, .grades = grades,
                                          .grade_count = GRADES, .sizes = w->sizes, .remainder = grades,
                                          .remainder_count = GRADES, .ties = chance(2) == 0 ? STR("up") : STR("down"),
                                          .group = chance(3) == 0 ? STR("g") : STR("") };
    w->rule.grading = by == 0 ? SCHEME_BY_SHARE : SCHEME_BY_COUNT;
    for (uint32_t i = 0; i < GRADES; i++) {
        w->sizes[i] = feel_number(dec_from_uint(chance(20) + (i == 0)));
    }
    if (by == 1 && chance(2) == 0) {
        w->sizes[GRADES - 1] = feel_string(STR("rest"));
    }
    for (uint32_t i = 0; i < w->count; i++) {
        w->values[i][0] = feel_number(dec_from_uint(chance(span)));
        w->values[i][1] = feel_number(dec_from_uint(chance(2)));
        w->entries[i] = (struct scheme_entry){ .id = arena_printf(&arena, "e%u", i), .values = w->values[i] };
        w->entries[i].group = feel_number(dec_from_uint(chance(3)));
        w->entries[i].struck = chance(20) == 0;
        w->entries[i].unknown = chance(20) == 0 ? STR("no sheet") : STR("");
        if (w->capped && chance(4) == 0) {
            w->entries[i].cap = feel_string(grades[chance(GRADES)]);
        }
    }
}

static str text_of(const struct scheme_list *l, const struct scheme_entry *entries)
{
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    json_writer_init(&w, &b, false);
    json_begin_array(&w);
    scheme_assess_write_groups(l, &w);
    for (uint32_t i = 0; i < l->count; i++) {
        scheme_assess_write_entry(l, entries, i, &w);
    }
    json_end_array(&w);
    str s = arena_str(&arena, buf_str(&b));
    buf_release(&b);
    return s;
}

static bool permutation_is_of_no_interest(const struct world *w, str before)
{
    struct world *other = ARENA_NEW(&arena, struct world);
    struct scheme_list list;
    *other = *w;
    for (uint32_t i = w->count; i > 1; i--) {
        uint32_t k = chance(i);
        struct scheme_entry e = other->entries[i - 1];
        other->entries[i - 1] = other->entries[k];
        other->entries[k] = e;
    }
    struct scheme_assess_input in = { .rule = &w->rule, .entries = other->entries, .count = w->count };
    return scheme_assess(&arena, &in, &list, NULL) == OK && str_eq(text_of(&list, other->entries), before);
}

static bool sums_hold(const struct scheme_list *l)
{
    uint32_t graded = 0;
    for (uint32_t i = 0; i < l->group_count; i++) {
        uint32_t sum = l->groups[i].without;
        for (uint32_t g = 0; g < l->grade_count; g++) {
            sum += l->groups[i].quotas == NULL ? 0 : l->groups[i].quotas[g].actual;
        }
        graded += l->groups[i].graded;
        if (sum != l->groups[i].graded) {
            return false;
        }
    }
    return graded == l->graded && l->graded + l->undetermined + l->struck == l->count;
}

/* The better place has no worse grade, and the tied have the same. */
static bool is_monotonous(const struct scheme_list *l)
{
    for (uint32_t i = 1; i < l->graded; i++) {
        const struct scheme_assessed *a = &l->entries[i - 1], *b = &l->entries[i];
        uint32_t x = a->grade < 0 ? GRADES : (uint32_t)a->grade, y = b->grade < 0 ? GRADES : (uint32_t)b->grade;
        if (a->group == b->group && (x > y || (a->rank == b->rank && x != y) || a->rank > b->rank)) {
            return false;
        }
    }
    return true;
}

/* No cap is passed over, and nobody is refused a grade that had room for all he is tied with and more. */
static bool caps_hold(const struct world *w, const struct scheme_list *l)
{
    for (uint32_t i = 0; i < l->graded; i++) {
        feel_value cap = w->entries[l->entries[i].entry].cap;
        if (cap.kind == FEEL_STRING && l->entries[i].grade >= 0 &&
            str_cmp(l->grades[l->entries[i].grade], feel_str(cap)) < 0) {
            return false;
        }
    }
    return true;
}

/* Largest remainders, one unit after another, with fractions over the sum and no sorting. */
static bool quotas_are_slow_ones(const struct world *w, const struct scheme_list *l)
{
    int64_t shares[GRADES], sum = 0;
    for (uint32_t g = 0; g < GRADES; g++) {
        shares[g] = feel_whole_or(w->sizes[g], 0);
        sum += shares[g];
    }
    for (uint32_t i = 0; i < l->group_count && l->groups[i].quotas != NULL; i++) {
        int64_t n = l->groups[i].count, got[GRADES] = { 0 }, used = 0;
        for (uint32_t g = 0; g < GRADES; g++) {
            while ((got[g] + 1) * sum <= shares[g] * n) {
                got[g]++;
            }
            used += got[g];
        }
        for (; used < n; used++) {
            int64_t best = -1, most = 0;
            for (uint32_t g = 0; g < GRADES; g++) {
                int64_t lack = shares[g] * n - got[g] * sum; /* below 0 once it got one of those left over */
                if (lack > most) {
                    most = lack;
                    best = g;
                }
            }
            got[best]++;
        }
        for (uint32_t g = 0; g < GRADES; g++) {
            if (l->groups[i].quotas[g].quota != got[g]) {
                return false;
            }
        }
    }
    return true;
}

static void test_laws(void)
{
    struct world *w = ARENA_NEW(&arena, struct world);
    uint32_t bad[6] = { 0 };
    struct arena_mark mark = arena_mark(&arena);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct scheme_list l;
        struct error err = { .lang = LANG_EN };
        arena_rewind(&arena, mark);
        make(w);
        struct scheme_assess_input in = { .rule = &w->rule, .entries = w->entries, .count = w->count };
        if (scheme_assess(&arena, &in, &l, &err) != OK) {
            printf("# %s %s\n", err.message, err.detail);
            bad[0]++;
            continue;
        }
        bad[1] += !permutation_is_of_no_interest(w, text_of(&l, w->entries));
        bad[2] += !sums_hold(&l);
        bad[3] += !w->capped && !is_monotonous(&l);
        bad[4] += !caps_hold(w, &l);
        bad[5] += w->rule.grading == SCHEME_BY_SHARE && !quotas_are_slow_ones(w, &l);
    }
    ok(bad[0] == 0, "with ties up or down nothing is refused");
    ok(bad[1] == 0, "the order of the input is of no interest");
    ok(bad[2] == 0, "every entry is somewhere");
    ok(bad[3] == 0, "without caps the better has no worse grade, and the tied have the same");
    ok(bad[4] == 0, "nobody is above his cap");
    ok(bad[5] == 0, "quotas are those of a slow computation");
}

static void test_speed(void)
{
    enum { N = 100000 };
    struct scheme_entry *entries = ARENA_ARRAY(&arena, struct scheme_entry, N);
    feel_value *values = ARENA_ARRAY(&arena, feel_value, N * 2);
    struct scheme_list l;
    feel_value sizes[] = { feel_number(DEC_SMALL(1)), feel_number(DEC_SMALL(3)), feel_number(DEC_SMALL(1)) };
    struct scheme_assessment rule = { .name = STR("many"), .order = order, .order_count = 2, .grades = grades,
                                      .grade_count = GRADES, .sizes = sizes, .grading = SCHEME_BY_SHARE,
                                      .ties = STR("down") };
    for (uint32_t i = 0; i < N; i++) {
        values[2 * i] = feel_number(dec_from_uint(chance(10000)));
        values[2 * i + 1] = feel_number(dec_from_uint(chance(10)));
        entries[i] = (struct scheme_entry){ .id = arena_printf(&arena, "%u", i), .values = &values[2 * i] };
    }
    struct scheme_assess_input in = { .rule = &rule, .entries = entries, .count = N };
    int64_t before = clock_cpu_nanos();
    ok(scheme_assess(&arena, &in, &l, NULL) == OK && l.graded == N, "100,000 entries");
    int64_t ms = (clock_cpu_nanos() - before) / 1000000;
    printf("# %lld ms of processor time\n", (long long)ms);
    ok(ms < 3000, "in less than 3 s, under the sanitizers too");
}

static void test_limit(void)
{
    struct scheme_list l;
    struct error err = { .lang = LANG_EN };
    struct scheme_assessment rule = { .name = STR("many") };
    struct scheme_assess_input in = { .rule = &rule, .count = LIMIT_ASSESS_ENTRIES + 1 };
    ok(scheme_assess(&arena, &in, &l, &err) == ERROR_LIMIT && strstr(err.detail, "ASSESS_ENTRIES") != NULL,
       "ASSESS_ENTRIES");
}

int main(void)
{
    test_limit();
    check_files();
    test_laws();
    test_speed();
    arena_release(&arena);
    return tap_done();
}
