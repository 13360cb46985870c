/* test_record: what data cannot reach: writers of one key at once, an import beside them, a crash between, and the
 * limits. */
#include "record_world.h"

#include "base/clock.h"
#include "base/limit.h"

#include <pthread.h>
#include <stdatomic.h>

/* ---- Writers of one key ---- */

enum { WRITERS = 8, KEYS = 30 };

struct crowd {
    struct world *w;
    atomic_uint won[KEYS], named, other;
};

/* Adds the row; a stale plan is planned again, as commands do. */
static enum error_code add_again(struct world *w, feel_value values, struct error *err)
{
    enum error_code code = OK;
    bool stale = true;
    for (int i = 0; i < 100 && stale; i++) {
        struct arena a = ARENA_INIT;
        struct record_plan plan;
        int64_t row;
        code = record_begin(w->record, &a, 7, clock_now_micros(), &plan, err);
        if (code == OK) {
            code = record_add(&plan, world_scheme, world_ledger, values, &row, err);
            code = record_finish(&plan, code, &stale, err);
        }
        arena_release(&a);
    }
    return code;
}

static void *write_keys(void *context)
{
    struct crowd *c = context;
    struct arena a = ARENA_INIT;
    for (int i = 0; i < KEYS; i++) {
        struct error err = { .lang = LANG_EN };
        feel_value v = world_value(&a, arena_printf(&a, "{party: \"p%d\", level: \"A\"}", i).ptr);
        enum error_code code = add_again(c->w, v, &err);
        if (code == OK) {
            atomic_fetch_add(&c->won[i], 1);
        } else {
            bool named = strcmp(err.message, "there is a row with this key already") == 0;
            atomic_fetch_add(named ? &c->named : &c->other, 1);
        }
    }
    arena_release(&a);
    return NULL;
}

static void test_crowd(struct world *w)
{
    struct crowd c = { .w = w };
    pthread_t threads[WRITERS];
    uint32_t once = 0;
    for (int i = 0; i < WRITERS; i++) {
        if (pthread_create(&threads[i], NULL, write_keys, &c) != 0) {
            abort();
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < KEYS; i++) {
        once += c.won[i] == 1;
    }
    is_int(once, KEYS, "of %d writers of a key exactly one wins, %d times", WRITERS, KEYS);
    is_int(c.named, (WRITERS - 1) * KEYS, "all others are told that the key is taken");
    is_int(c.other, 0, "and nothing else");
}

/* ---- Numbers ---- */

enum { NUMBERS = 20 };

static const char numbered_manifest[] =
    "{\"scheme\":\"n\",\"ledgers\":{\"found\":{\"of\":\"office\",\"fields\":{\"text\":\"text\","
    "\"paper\":{\"type\":\"text\",\"number\":\"n-{n}/{year}\",\"index\":true}}}}}";

static void *take_numbers(void *context)
{
    struct crowd *c = context;
    struct arena a = ARENA_INIT;
    for (int i = 0; i < NUMBERS; i++) {
        struct error err = { .lang = LANG_EN };
        enum error_code code = add_again(c->w, world_value(&a, "{text: \"x\"}"), &err);
        atomic_fetch_add(code == OK ? &c->named : &c->other, 1);
    }
    arena_release(&a);
    return NULL;
}

/* Each number of the year once, by its index. */
static void test_numbers(struct world *w)
{
    const struct scheme *before = world_scheme;
    const struct scheme_ledger *ledger = world_ledger;
    struct crowd c = { .w = w };
    pthread_t threads[WRITERS];
    cal_datetime now;
    world_scheme = world_install(w, numbered_manifest);
    world_ledger = scheme_ledger(world_scheme, STR("found"));
    for (int i = 0; i < WRITERS; i++) {
        if (pthread_create(&threads[i], NULL, take_numbers, &c) != 0) {
            abort();
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
    }
    is_int(c.named, WRITERS * NUMBERS, "%d writers of numbered rows at once", WRITERS);
    cal_datetime_from_utc(clock_now_micros() / 1000000, 0, 8 * 3600, &now);
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    struct feel_environment env = { .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    struct store_view *v;
    uint32_t wrong = 0;
    store_view(w->store, &v, &err);
    for (int i = 1; i <= WRITERS * NUMBERS; i++) {
        struct record_query q = { .scheme = world_scheme, .ledger = world_ledger, .known_at = INT64_MAX,
                                  .flags = RECORD_ALL_TIMES, .max = 10 };
        uint32_t count = 0;
        str where = arena_printf(&a, "paper = \"n-%d/%d\"", i, (int)now.year);
        record_filter(&a, world_ledger, where, NULL, &q.filter, &err);
        wrong += record_count(v, ev, &q, 5, &count, &err) != OK || count != 1;
    }
    is_int(wrong, 0, "have each number once, and none is left out");
    store_view_end(v);
    feel_eval_free(ev);
    arena_release(&a);
    world_scheme = before;
    world_ledger = ledger;
}

/* ---- An import beside ---- */

static enum error_code stage(struct record_batch *b, struct arena *a, const char *party, int64_t now,
                             struct error *err)
{
    feel_value v = world_value(a, arena_printf(a, "{party: \"%s\", level: \"A\", name: \"海盐\"}", party).ptr);
    return record_batch_add(b, v, now, err);
}

static uint32_t count_rows(struct world *w, const struct scheme_ledger *l, str words)
{
    struct record_query q = { .scheme = world_scheme, .ledger = l, .known_at = INT64_MAX, .flags = RECORD_ALL_TIMES,
                              .max = 1, .words = words };
    struct error err = { .lang = LANG_EN };
    struct store_view *v;
    uint32_t count = 0;
    if (store_view(w->store, &v, &err) != OK || record_count(v, NULL, &q, 5000, &count, &err) != OK) {
        world_fail("count", &err);
    }
    store_view_end(v);
    return count;
}

static void test_import(struct world *w)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    struct record_batch *b;
    int64_t now = clock_now_micros(), count;
    uint32_t before = count_rows(w, world_ledger, STR(""));
    record_batch_begin(w->record, world_scheme, world_ledger, 7, 0, now, &b, &err);
    for (int i = 0; i < 1000; i++) {
        if (stage(b, &a, arena_printf(&a, "q%d", i).ptr, now, &err) != OK) {
            world_fail("stage", &err);
        }
    }
    ok(stage(b, &a, "q3", now, &err) != OK && strstr(err.message, "with this key already") != NULL,
       "a key that came before is refused");
    ok(stage(b, &a, "p3", now, &err) != OK, "and one that is there");
    ok(stage(b, &a, "q1000", now + 600000, &err) == OK, "the import goes on");
    ok(add_again(w, world_value(&a, "{party: \"q3\", level: \"A\"}"), &err) != OK &&
       strcmp(err.message, "an import that is being written has a row with this key") == 0,
       "a writer beside it is told of the import");
    is_int(count_rows(w, world_ledger, STR("")), before, "nobody sees its rows");
    ok(record_batch_flip(b, now + 1, &count, &err) == OK && count == 1001, "all become visible");
    is_int(count_rows(w, world_ledger, STR("")), before + 1001, "at once");
    bool more = true;
    while (more && record_batch_tend(w->record, now, &more, &err) == OK) {
    }
    is_int(count_rows(w, world_ledger, STR("")), before + 1001, "after they were moved too");
    is_int(count_rows(w, world_ledger, STR("海盐")), 1001, "and they are found by their words");
    record_batch_begin(w->record, world_scheme, world_ledger, 7, 0, now, &b, &err);
    stage(b, &a, "r1", now, &err);
    stage(b, &a, "r2", now + 600000, &err); /* r1 is written */
    record_batch_free(b);                   /* a crash */
    bool left = false;
    record_batch_tend(w->record, now, &left, &err);
    ok(!left, "an import that stands still is left alone for a while");
    int64_t late = now + (LIMIT_RECORD_BATCH_SECONDS + 2) * 1000000LL;
    more = true;
    while (more && record_batch_tend(w->record, late, &more, &err) == OK) {
    }
    is_int(count_rows(w, world_ledger, STR("")), before + 1001, "RECORD_BATCH_SECONDS: then it is taken away");
    ok(add_again(w, world_value(&a, "{party: \"r1\", level: \"A\"}"), &err) == OK, "and its keys are free");
    arena_release(&a);
}

/* ---- Limits ---- */

static const char plain_manifest[] =
    "{\"scheme\": \"t\", \"ledgers\": {\"plain\": {\"of\": \"office\", \"fields\": {\"n\": {\"type\": \"integer\", "
    "\"index\": true}, \"even\": \"boolean\", \"text\": {\"type\": \"text\", \"search\": true}}}}}";

static void fill(struct world *w, const struct scheme_ledger *l, int count)
{
    struct error err = { .lang = LANG_EN };
    struct arena a = ARENA_INIT;
    struct record_batch *b;
    int64_t rows;
    str names[] = { STR("n"), STR("even") };
    const struct feel_shape *shape = feel_shape_new(&a, names, 2);
    record_batch_begin(w->record, world_scheme, l, 7, 0, clock_now_micros(), &b, &err);
    for (int i = 0; i < count; i++) {
        feel_value values[] = { feel_number(dec_from_int(i)), feel_boolean(i < 10) };
        if (record_batch_add(b, feel_context(shape, values), clock_now_micros(), &err) != OK) {
            world_fail("fill", &err);
        }
    }
    if (record_batch_flip(b, clock_now_micros(), &rows, &err) != OK) {
        world_fail("fill", &err);
    }
    arena_release(&a);
}

/* Pages until the end; how many rows, in how many pages. */
static uint32_t read_all(struct world *w, struct record_query *q, struct feel_eval *ev, uint32_t *ret_pages,
                         uint64_t *ret_most)
{
    struct error err = { .lang = LANG_EN };
    struct arena a = ARENA_INIT;
    struct record_answer answer;
    struct store_view *v;
    uint32_t rows = 0;
    *ret_pages = 0;
    *ret_most = 0;
    q->after = STR("");
    do {
        if (store_view(w->store, &v, &err) != OK || record_query(v, ev, q, &a, &answer, &err) != OK) {
            world_fail("query", &err);
        }
        store_view_end(v);
        rows += answer.count;
        ++*ret_pages;
        *ret_most = answer.examined > *ret_most ? answer.examined : *ret_most;
        q->after = answer.next;
    } while (answer.next.len > 0);
    arena_release(&a);
    return rows;
}

static void test_limits(struct world *w)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    struct feel_environment env = { .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    const struct scheme *before = world_scheme;
    world_scheme = world_install(w, plain_manifest);
    const struct scheme_ledger *l = scheme_ledger(world_scheme, STR("plain"));
    struct record_query q = { .scheme = world_scheme, .ledger = l, .known_at = INT64_MAX, .flags = RECORD_ALL_TIMES,
                              .max = 100 };
    struct store_view *v;
    uint32_t pages, count;
    uint64_t most;
    fill(w, l, LIMIT_RECORD_EXAMINED + 100);
    record_filter(&a, l, STR("even"), NULL, &q.filter, &err);
    is_int(read_all(w, &q, ev, &pages, &most), 10, "RECORD_EXAMINED: the cursor goes on behind the rows looked at");
    ok(pages == 2 && most == LIMIT_RECORD_EXAMINED, "%u pages, at most %llu rows each", pages,
       (unsigned long long)most);
    q.after = STR("");
    store_view(w->store, &v, &err);
    ok(record_count(v, ev, &q, 1000, &count, &err) == ERROR_LIMIT && strstr(err.detail, "RECORD_EXAMINED") != NULL,
       "a count says that there are too many");
    store_view_end(v);
    record_filter(&a, l, STR("n < 1000"), NULL, &q.filter, &err);
    is_int(read_all(w, &q, ev, &pages, &most), 1000, "RECORD_GATHER: as many are sorted in memory");
    is_int((int64_t)most, LIMIT_RECORD_GATHER, "which looks at nothing else");
    record_filter(&a, l, STR("n < 1001"), NULL, &q.filter, &err);
    is_int(read_all(w, &q, ev, &pages, &most), 1001, "of more, the newest are looked at first");
    ok(most > LIMIT_RECORD_GATHER, "until they fit");
    bool more = true;
    while (more && record_batch_tend(w->record, clock_now_micros(), &more, &err) == OK) {
    }
    q.max = 6000;
    record_filter(&a, l, STR("n < 10000"), NULL, &q.filter, &err);
    is_int(read_all(w, &q, ev, &pages, &most), 10000, "RECORD_SIFT: so many index rows are sorted");
    is_int((int64_t)most, LIMIT_RECORD_SIFT, "and nothing else is looked at");
    record_filter(&a, l, STR("n < 10001"), NULL, &q.filter, &err);
    is_int(read_all(w, &q, ev, &pages, &most), 10001, "of more, again the newest are looked at first");
    ok(most > LIMIT_RECORD_SIFT, "until they fit");
    q.max = 100;
    record_filter(&a, l, STR("n in this"), NULL, &q.filter, &err);
    q.self = world_value(&a, "for i in 1..256 return i * 2");
    is_int(read_all(w, &q, ev, &pages, &most), 256, "RECORD_RANGES: as many are merged");
    ok(most <= 100, "row by row of the index");
    q.self = world_value(&a, "for i in 1..257 return i * 2");
    is_int(read_all(w, &q, ev, &pages, &most), 257, "of more, all rows are looked at");
    feel_eval_free(ev);
    world_scheme = before;
    arena_release(&a);
}

/* Without a tree an office is asked for alone: by its rows in the index, whatever stands below it. */
static void test_alone(struct store_view *v, struct record_query q, int64_t office)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    struct record_answer answer = { .count = 0 };
    q.tree = NULL;
    q.words = STR("");
    q.office = office;
    q.max = 10;
    is_int(record_query(v, NULL, &q, &a, &answer, &err), OK, "rows of one office alone");
    ok(answer.count == 1 && answer.rows[0].office == office, "are its own: %u", answer.count);
    is_int((int)answer.examined, 1, "and no other is looked at");
    arena_release(&a);
}

/* More offices than are looked up one by one, and words longer than are kept. */
static void test_offices(struct world *w)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    int64_t top = 0, office, row;
    const struct scheme *before = world_scheme;
    world_scheme = world_install(w, plain_manifest);
    const struct scheme_ledger *l = scheme_ledger(world_scheme, STR("plain"));
    for (int i = 0; i < LIMIT_RECORD_OFFICES + 2; i++) {
        struct people_plan acts;
        struct record_plan plan;
        str code = arena_printf(&a, "o%d", i);
        people_begin(w->people, &a, 0, 1, &acts, &err);
        if (people_finish(&acts, people_office_add(&acts, top, code, code, STR("county"), &office, &err), NULL,
                          &err) != OK) {
            world_fail("office", &err);
        }
        top = i == 0 ? office : top;
        record_begin(w->record, &a, 7, clock_now_micros(), &plan, &err);
        plan.office = office;
        char *words = arena_alloc(&a, LIMIT_RECORD_WORDS + 20);
        memset(words, ' ', LIMIT_RECORD_WORDS + 20);
        memcpy(words, "first", 5);
        memcpy(words + LIMIT_RECORD_WORDS + 8, "last", 4);
        str names[] = { STR("text") };
        feel_value values[] = { feel_string((str){ words, i == 0 ? LIMIT_RECORD_WORDS + 20 : 5 }) };
        enum error_code code_of = record_add(&plan, world_scheme, l, feel_context(feel_shape_new(&a, names, 1), values),
                                             &row, &err);
        if (record_finish(&plan, code_of, NULL, &err) != OK) {
            world_fail("row", &err);
        }
    }
    struct store_view *v;
    const struct people_tree *tree;
    uint32_t count = 0;
    store_view(w->store, &v, &err);
    people_tree(w->people, v, &tree, &err);
    struct record_query q = { .scheme = world_scheme, .ledger = l, .known_at = INT64_MAX, .flags = RECORD_ALL_TIMES,
                              .max = 1, .office = top, .tree = tree };
    record_count(v, NULL, &q, 1000, &count, &err);
    is_int(count, LIMIT_RECORD_OFFICES + 2, "RECORD_OFFICES: rows of more offices are found too");
    q.words = STR("first");
    record_count(v, NULL, &q, 1000, &count, &err);
    is_int(count, LIMIT_RECORD_OFFICES + 2, "RECORD_SEARCHES: and their words");
    q.words = STR("last");
    record_count(v, NULL, &q, 1000, &count, &err);
    is_int(count, 0, "RECORD_WORDS: what stands behind is not searched");
    people_tree_end(w->people, tree);
    test_alone(v, q, top);
    store_view_end(v);
    world_scheme = before;
    arena_release(&a);
}

int main(void)
{
    struct world w;
    world_open(&w);
    test_crowd(&w);
    test_numbers(&w);
    test_import(&w);
    test_offices(&w);
    test_limits(&w);
    world_close(&w);
    return tap_done();
}
