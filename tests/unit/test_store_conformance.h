/* test_store_conformance: what every back end of the store must do, seen from outside through store.h alone.
 *
 *   struct place p = { "SQLite", &store__sqlite, "/tmp/folder" };
 *   conformance(&p);
 *
 * The place must be empty before. A program that includes this has a table of places and a main function; see
 * test_store.c, which also shows that none of this passes when a method of the back end does nothing.
 */
#ifndef GONGSHI_TESTS_STORE_CONFORMANCE_H
#define GONGSHI_TESTS_STORE_CONFORMANCE_H

#include "base/clock.h"
#include "base/limit.h"
#include "store/store_int.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

struct place {
    const char *name;
    const struct store_backend *backend;
    const char *where;
};

#define ROW(...) ((const struct store_value[]){ __VA_ARGS__ })
#define INT(n) store_int(n)
#define TEXT(literal) store_text(STR(literal))
#define BYTES(literal) store_bytes(STR(literal))
#define KEEP store_keep()

/* The seed of this run, so that a failure can be had again. */
static uint64_t dice_state = 20261128;

static uint32_t dice(uint32_t sides)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice_state >> 33) % sides;
}

/* ---- Opening and reading ---- */

static struct store *open_place(const struct place *p,
                                enum store_outcome (*ship)(void *, struct store_request *const *, uint32_t,
                                                           struct error *),
                                void *context)
{
    struct error err = { .lang = LANG_EN };
    struct store *s = NULL;
    const struct store_config config = { .where = p->where, .create = true };
    if (store__open(&config, p->backend, store__migrations, store__migration_count, &s, &err) != OK) {
        ok(false, "%s opens at %s", p->name, p->where);
        printf("# %s: %s\n", err.message, err.detail);
        exit(1);
    }
    s->ship = ship; /* nothing is being written yet */
    s->ship_context = context;
    return s;
}

static struct store_view *begin_view(struct store *s)
{
    struct error err = { .lang = LANG_EN };
    struct store_view *v = NULL;
    if (store_view(s, &v, &err) != OK) {
        ok(false, "a view is given");
        printf("# %s: %s\n", err.message, err.detail);
        exit(1);
    }
    return v;
}

static void end_view(struct store_view *v)
{
    struct error err = { .lang = LANG_EN };
    if (store_view_error(v, &err) != OK) {
        ok(false, "the view had no error");
        printf("# %s: %s\n", err.message, err.detail);
    }
    store_view_end(v);
}

/* The number that a query gives. */
static int64_t number_in(struct store_view *v, const char *sql, int64_t argument)
{
    struct store_rows *r = store_query(v, sql, ROW(INT(argument)), strchr(sql, '?') != NULL);
    int64_t n = store_next(r) ? store_column_int(r, 0) : -1;
    store_rows_end(r);
    return n;
}

static int64_t number(struct store *s, const char *sql, int64_t argument)
{
    struct store_view *v = begin_view(s);
    int64_t n = number_in(v, sql, argument);
    end_view(v);
    return n;
}

/* All rows of a query as text: a line for each, columns between bars. */
static void dump(struct store *s, const char *sql, uint32_t columns, struct buf *out)
{
    struct store_view *v = begin_view(s);
    struct store_rows *r = store_query(v, sql, NULL, 0);
    while (store_next(r)) {
        for (uint32_t i = 0; i < columns; i++) {
            buf_add(out, store_column_text(r, i));
            buf_addc(out, '|');
        }
        buf_addc(out, '\n');
    }
    store_rows_end(r);
    end_view(v);
}

static void dump_all(struct store *s, struct buf *out)
{
    static const char *const queries[STORE_TABLES] = {
#define TABLE(name, key_count, ...) "SELECT * FROM " #name " ORDER BY 1, 2, 3 LIMIT 100000",
#include "store/tables.def"
#undef TABLE
    };
    for (uint32_t t = 0; t < STORE_TABLES; t++) {
        const struct store_table *table = store_table((enum store_table_slot)t);
        uint32_t columns = table->column_count;
        buf_printf(out, "%s\n", table->name);
        if (t == STORE_TABLE_meta || t == STORE_TABLE_lease) {
            continue; /* two columns, and the commits differ */
        }
        if (columns > 2) {
            dump(s, queries[t], columns, out);
        }
    }
    dump(s, "SELECT name, last FROM series ORDER BY name", 2, out);
    dump(s, "SELECT name, holder, until FROM lease ORDER BY name", 3, out);
    dump(s, "SELECT name, value FROM meta WHERE name <> 'commit' ORDER BY name", 2, out);
}

/* ---- Changes ---- */

static struct arena arena; /* of all changes: cleared by each test */

static enum store_outcome commit(struct store *s, struct store_change *c)
{
    return store_commit(s, c, STORE_INTERACTIVE).outcome;
}

static void office(struct store_change *c, int64_t id, const char *code)
{
    store_insert(c, STORE_TABLE_office, ROW(INT(id), INT(0), INT(0), store_text(str_of(code)), TEXT("县"),
                                            TEXT("county")));
}

static void timer(struct store_change *c, int64_t dossier, int64_t wait, int64_t due)
{
    store_insert(c, STORE_TABLE_timer, ROW(INT(dossier), INT(wait), INT(due)));
}

/* One change of one row. */
static enum store_outcome one(struct store *s, void (*add)(struct store_change *, enum store_table_slot,
                                                           const struct store_value *), enum store_table_slot t,
                              const struct store_value *row)
{
    struct store_change *c = store_change(&arena);
    add(c, t, row);
    return commit(s, c);
}

static void check_values(struct store *s)
{
    char all[256];
    for (int i = 0; i < 256; i++) {
        all[i] = (char)i;
    }
    const str bytes = { all, sizeof all };
    struct store_change *c = store_change(&arena);
    store_insert(c, STORE_TABLE_decision, ROW(INT(INT64_MIN), INT(INT64_MAX), TEXT(""), TEXT("名 ' \" \\ %"), TEXT("𠮷"),
                                              TEXT("\n"), INT(0), TEXT("h"), store_bytes(bytes), TEXT("f")));
    store_insert(c, STORE_TABLE_decision, ROW(INT(2), INT(-1), TEXT(""), store_text((str){ NULL, 0 }), TEXT("b"),
                                              TEXT("m"), INT(1), TEXT("h"), store_bytes((str){ NULL, 0 }), TEXT("")));
    is_int(commit(s, c), STORE_DONE, "rows of all kinds of values");
    struct store_view *v = begin_view(s);
    struct store_rows *r = store_query(v, "SELECT id, dossier, element, name, bundle, record FROM decision ORDER BY id",
                                       NULL, 0);
    ok(store_next(r), "the first row");
    ok(store_column_int(r, 0) == INT64_MIN && store_column_int(r, 1) == INT64_MAX, "the ends of the numbers");
    is_str(store_column_text(r, 0), STR("-9223372036854775808"), "a number as text is its digits");
    is_str(store_column_text(r, 2), STR(""), "an empty text");
    is_str(store_column_text(r, 3), STR("名 ' \" \\ %"), "signs and Chinese");
    is_str(store_column_text(r, 4), STR("𠮷"), "beyond the basic plane");
    is_str(store_column_text(r, 5), bytes, "all bytes");
    ok(store_next(r), "the second row");
    ok(store_column_text(r, 3).len == 0 && store_column_text(r, 5).len == 0, "an absent text is an empty one");
    ok(!store_next(r), "and no more");
    store_rows_end(r);
    r = store_query(v, "SELECT id FROM decision WHERE record = ? AND name = ? AND dossier = ?",
                    ROW(store_bytes(bytes), TEXT("名 ' \" \\ %"), INT(INT64_MAX)), 3);
    ok(store_next(r), "arguments of all kinds");
    store_rows_end(r);
    r = store_query(v, "SELECT max(id), min(name) FROM decision WHERE id = 77", NULL, 0);
    ok(store_next(r) && store_column_int(r, 0) == 0 && store_column_text(r, 1).len == 0, "nothing is 0 and empty");
    store_rows_end(r);
    end_view(v);
}

static void check_versions(struct store *s)
{
    const struct store_value key = INT(1);
    struct store_change *c = store_change(&arena);
    office(c, 1, "330100");
    is_int(commit(s, c), STORE_DONE, "insert");
    is_int(number(s, "SELECT version FROM office WHERE id = ?", 1), 1, "begins with version 1");
    is_int(one(s, store_update, STORE_TABLE_office, ROW(INT(1), INT(1), KEEP, KEEP, TEXT("市"), KEEP)), STORE_DONE,
           "an update of this version");
    struct buf out = BUF_INIT(1 << 20);
    dump(s, "SELECT * FROM office ORDER BY id", 6, &out);
    is_str(buf_str(&out), STR("1|2|0|330100|市|county|\n"), "changes what it names, and the version");
    buf_release(&out);
    is_int(one(s, store_update, STORE_TABLE_office, ROW(INT(1), INT(1), INT(5), KEEP, KEEP, KEEP)), STORE_STALE,
           "an update of an old version is stale");
    is_int(one(s, store_update, STORE_TABLE_office, ROW(INT(9), INT(1), INT(5), KEEP, KEEP, KEEP)), STORE_STALE,
           "and one of no row");
    is_int(one(s, store_update, STORE_TABLE_timer, ROW(INT(9), INT(1), INT(5))), STORE_STALE,
           "also of a table without version");
    c = store_change(&arena);
    store_guard(c, STORE_TABLE_office, &key, 2);
    store_guard(c, STORE_TABLE_office, ROW(INT(9)), 0);
    timer(c, 70, 1, 1);
    is_int(commit(s, c), STORE_DONE, "guards that hold");
    c = store_change(&arena);
    timer(c, 70, 2, 1);
    store_guard(c, STORE_TABLE_office, &key, 1);
    struct store_result r = store_commit(s, c, STORE_BULK);
    ok(r.outcome == STORE_STALE && r.table == STORE_TABLE_office && r.error.message[0] != '\0', "one that does not");
    c = store_change(&arena);
    store_guard(c, STORE_TABLE_office, &key, 0);
    is_int(commit(s, c), STORE_STALE, "a row that should not be there");
    is_int(number(s, "SELECT count(*) FROM timer WHERE dossier = ?", 70), 1, "nothing of a stale unit is left");
    c = store_change(&arena);
    store_delete(c, STORE_TABLE_office, &key, 1);
    is_int(commit(s, c), STORE_STALE, "a deletion of an old version");
    c = store_change(&arena);
    store_delete(c, STORE_TABLE_office, &key, 2);
    store_delete(c, STORE_TABLE_office, ROW(INT(9)), 0);
    store_delete(c, STORE_TABLE_timer, ROW(INT(70), INT(1)), 0);
    is_int(commit(s, c), STORE_DONE, "deletions, one of them of nothing");
    is_int(number(s, "SELECT count(*) FROM office", 0), 0, "the row is gone");
    is_int(number(s, "SELECT count(*) FROM timer WHERE dossier = ?", 70), 0, "and the other");
}

static void check_conflicts(struct store *s)
{
    struct store_change *c = store_change(&arena);
    office(c, 10, "a");
    timer(c, 10, 1, 5);
    is_int(commit(s, c), STORE_DONE, "two rows");
    c = store_change(&arena);
    timer(c, 10, 2, 5);
    office(c, 10, "b");
    struct store_result r = store_commit(s, c, STORE_INTERACTIVE);
    ok(r.outcome == STORE_EXISTS && r.table == STORE_TABLE_office, "a key that is taken, by number");
    c = store_change(&arena);
    office(c, 11, "b");
    timer(c, 10, 1, 5);
    r = store_commit(s, c, STORE_INTERACTIVE);
    ok(r.outcome == STORE_EXISTS && r.table == STORE_TABLE_timer, "a key that is taken, of two columns");
    c = store_change(&arena);
    office(c, 12, "a");
    is_int(commit(s, c), STORE_REFUSED, "another rule of the table is broken");
    is_int(one(s, store_insert, STORE_TABLE_timer, ROW(INT(1), TEXT("x"), INT(1))), STORE_REFUSED,
           "a text for a number");
    is_int(number(s, "SELECT count(*) FROM office", 0), 1, "nothing of them is left");
    is_int(one(s, store_put, STORE_TABLE_timer, ROW(INT(10), INT(1), INT(9))), STORE_DONE, "put over a row");
    is_int(one(s, store_put, STORE_TABLE_timer, ROW(INT(10), INT(2), INT(8))), STORE_DONE, "put a new row");
    is_int(number(s, "SELECT due FROM timer WHERE dossier = ? AND wait = 1", 10), 9, "its columns are the new ones");
    is_int(number(s, "SELECT due FROM timer WHERE dossier = ? AND wait = 2", 10), 8, "and those of the other");
}

static void check_limits(struct store *s)
{
    struct store_change *c = store_change(&arena);
    for (int i = 0; i < LIMIT_STORE_UNIT_ROWS; i++) {
        timer(c, 100, i, i);
    }
    is_int(commit(s, c), STORE_DONE, "as many rows as may be");
    c = store_change(&arena);
    for (int i = 0; i < LIMIT_STORE_UNIT_ROWS + 1; i++) {
        timer(c, 101, i, i);
    }
    struct store_result r = store_commit(s, c, STORE_INTERACTIVE);
    ok(r.outcome == STORE_REFUSED && strstr(r.error.detail, "STORE_UNIT_ROWS") != NULL, "one more");
    char *large = arena_alloc(&arena, LIMIT_STORE_UNIT_BYTES + 1);
    memset(large, 'x', LIMIT_STORE_UNIT_BYTES + 1);
    c = store_change(&arena);
    store_insert(c, STORE_TABLE_model, ROW(TEXT("h"), TEXT("k"), TEXT("f"),
                                           store_bytes((str){ large, LIMIT_STORE_UNIT_BYTES + 1 })));
    r = store_commit(s, c, STORE_INTERACTIVE);
    ok(r.outcome == STORE_REFUSED && strstr(r.error.detail, "STORE_UNIT_BYTES") != NULL, "a change too large");
    is_int(one(s, store_insert, STORE_TABLE_model, ROW(TEXT("h"), TEXT("k"), TEXT("f"),
                                                       store_bytes((str){ large, 3 << 20 }))), STORE_DONE,
           "a large one");
    is_int(one(s, store_put, STORE_TABLE_series, ROW(TEXT("a\xFF"), INT(1))), STORE_REFUSED, "no UTF-8");
    is_int(one(s, store_put, STORE_TABLE_series, ROW(TEXT("a\0b"), INT(1))), STORE_REFUSED, "a NUL");
    c = store_change(&arena);
    struct store_value n = { STORE_TAKEN, { .number = 0 } };
    store_put(c, STORE_TABLE_series, ROW(TEXT("a"), n));
    is_int(commit(s, c), STORE_REFUSED, "a number that is not taken");
    is_int(commit(s, store_change(&arena)), STORE_DONE, "nothing at all is done");
    for (int i = 0; i < 2; i++) {
        is_int(one(s, store_put, STORE_TABLE_attached, ROW(TEXT("h"), TEXT("p"))), STORE_DONE, "a row that is all key");
    }
}

static void check_series(struct store *s)
{
    for (int i = 1; i <= 3; i++) {
        struct store_change *c = store_change(&arena);
        struct store_value a = store_take(c, STR("notice/2026")), b = store_take(c, STR("other"));
        store_insert(c, STORE_TABLE_incident, ROW(a, b, INT(0), TEXT(""), TEXT(""), TEXT(""), INT(0)));
        timer(c, 200, i, 0);
        if (i == 2) {
            store_guard(c, STORE_TABLE_office, ROW(INT(12345)), 1);
        }
        struct store_result r = store_commit(s, c, STORE_INTERACTIVE);
        is_int(r.outcome, i == 2 ? STORE_STALE : STORE_DONE, "unit %d", i);
        if (i == 3) {
            ok(r.taken_count == 2 && r.taken[0] == 2 && r.taken[1] == 2, "a stale unit takes no number");
        }
    }
    is_int(number(s, "SELECT number FROM incident WHERE dossier = ?", 2), 2, "the rows have the numbers");
    is_int(number(s, "SELECT last FROM series WHERE name = 'other'", 0), 2, "and the series the last one");
}

/* ---- Many at once ---- */

/* Holds the writer in a callback, so that what is handed in meanwhile is one batch. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool held, open;
    uint32_t answers;
    enum store_outcome outcomes[512];
    int64_t commits[512];
};

#define GATE_INIT { .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER }

static void hold_writer(void *context, const struct store_result *result)
{
    struct gate *g = context;
    (void)result;
    pthread_mutex_lock(&g->lock);
    g->held = true;
    pthread_cond_broadcast(&g->moved);
    while (!g->open) {
        pthread_cond_wait(&g->moved, &g->lock);
    }
    pthread_mutex_unlock(&g->lock);
}

/* Returns when the writer stands still. */
static void close_gate_of(struct store *s, enum store_lane lane, struct gate *g)
{
    store_submit(s, store_change(&arena), lane, hold_writer, g);
    pthread_mutex_lock(&g->lock);
    while (!g->held) {
        pthread_cond_wait(&g->moved, &g->lock);
    }
    pthread_mutex_unlock(&g->lock);
}

static void close_gate(struct store *s, struct gate *g)
{
    close_gate_of(s, STORE_INTERACTIVE, g);
}

static void open_gate(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->moved);
    pthread_mutex_unlock(&g->lock);
}

static void note_answer(void *context, const struct store_result *result)
{
    struct gate *g = context;
    pthread_mutex_lock(&g->lock);
    g->outcomes[g->answers] = result->outcome;
    g->commits[g->answers] = result->commit;
    g->answers++;
    pthread_cond_broadcast(&g->moved);
    pthread_mutex_unlock(&g->lock);
}

static void wait_answers(struct gate *g, uint32_t count)
{
    pthread_mutex_lock(&g->lock);
    while (g->answers < count) {
        pthread_cond_wait(&g->moved, &g->lock);
    }
    pthread_mutex_unlock(&g->lock);
}

static void check_neighbours(struct store *s)
{
    struct gate g = GATE_INIT;
    close_gate(s, &g);
    for (int i = 0; i < 64; i++) {
        struct store_change *c = store_change(&arena);
        timer(c, 300, i, 0);
        if (i % 16 == 5) {
            store_guard(c, STORE_TABLE_office, ROW(INT(4711)), 1); /* stale */
        } else if (i % 16 == 9) {
            timer(c, 300, i - 1, 0); /* exists */
        } else if (i % 16 == 13) {
            store_insert(c, STORE_TABLE_timer, ROW(INT(1), BYTES("x"), INT(1))); /* refused */
        }
        store_submit(s, c, STORE_INTERACTIVE, note_answer, &g);
    }
    open_gate(&g);
    wait_answers(&g, 64);
    static const enum store_outcome wanted[16] = { [5] = STORE_STALE, [9] = STORE_EXISTS, [13] = STORE_REFUSED };
    uint32_t good = 0, together = 0;
    for (int i = 0; i < 64; i++) {
        good += g.outcomes[i] == wanted[i % 16];
        together += g.outcomes[i] == STORE_DONE && g.commits[i] == g.commits[0];
    }
    is_int(good, 64, "each of 64 units has its own outcome");
    is_int(together, 52, "and those that are good are one commit");
    is_int(number(s, "SELECT count(*) FROM timer WHERE dossier = ?", 300), 52, "all of them, nothing of the others");
}

static void note_lane(void *context, const struct store_result *result)
{
    struct gate *g = context;
    (void)result;
    pthread_mutex_lock(&g->lock);
    g->outcomes[g->answers++] = STORE_FULL; /* stands for: bulk */
    pthread_cond_broadcast(&g->moved);
    pthread_mutex_unlock(&g->lock);
}

static void check_lanes(struct store *s)
{
    struct gate g = GATE_INIT;
    close_gate(s, &g);
    for (int i = 0; i < 10; i++) {
        store_submit(s, store_change(&arena), STORE_BULK, note_lane, &g);
    }
    for (int i = 0; i < 10; i++) {
        store_submit(s, store_change(&arena), STORE_INTERACTIVE, note_answer, &g);
    }
    open_gate(&g);
    wait_answers(&g, 20);
    bool first = true;
    for (int i = 0; i < 10; i++) {
        first &= g.outcomes[i] == STORE_DONE;
    }
    ok(first, "interactive units go before bulk units that came earlier");
}

/* How many different commits there are among the answers. */
static uint32_t commits_of(const struct gate *g)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->answers; i++) {
        count += i == 0 || g->commits[i] != g->commits[i - 1];
    }
    return count;
}

/* In how many commits bulk units are written, far more than LIMIT_STORE_BULK_ALONE_MS + 1 milliseconds of work, after
 * a unit of that lane. */
static uint32_t heavy_commits(struct store *s, enum store_lane before, int first)
{
    static struct gate heavy = GATE_INIT;
    heavy.open = heavy.held = false;
    heavy.answers = 0;
    close_gate_of(s, before, &heavy);
    for (int i = 0; i < 30; i++) {
        struct store_change *c = store_change(&arena);
        for (int k = 0; k < LIMIT_STORE_UNIT_ROWS; k++) {
            timer(c, first + i, k, k * 7919 % 1000000);
        }
        store_submit(s, c, STORE_BULK, note_answer, &heavy);
    }
    open_gate(&heavy);
    wait_answers(&heavy, 30);
    return commits_of(&heavy);
}

static void check_batches(struct store *s)
{
    static struct gate many = GATE_INIT;
    many.open = many.held = false;
    many.answers = 0;
    close_gate(s, &many);
    for (int i = 0; i < LIMIT_STORE_BATCH + 1; i++) {
        store_submit(s, store_change(&arena), STORE_INTERACTIVE, note_answer, &many);
    }
    open_gate(&many);
    wait_answers(&many, LIMIT_STORE_BATCH + 1);
    is_int(commits_of(&many), 2, "one unit more than fits takes a second commit");
    uint32_t small = heavy_commits(s, STORE_INTERACTIVE, 800); /* LIMIT_STORE_BULK_MS */
    ok(small > 1, "bulk units are committed in small pieces: %u", small);
    uint32_t large = small;
    bool one = s->backend->writers < 2; /* otherwise the one that takes bulk units keeps nobody waiting */
    for (int i = 0; i < 5 && one && 2 * large >= small; i++) { /* the machine may have something else to do */
        usleep((LIMIT_STORE_ALONE_MS + 100) * 1000);
        large = heavy_commits(s, STORE_BULK, 830 + 30 * i);
    }
    ok(!one || 2 * large < small, "and in larger ones while nobody is there: %u", large);
}

static void check_queue_bound(struct store *s)
{
    struct gate g = GATE_INIT, refused = GATE_INIT;
    struct store_figures f;
    close_gate(s, &g);
    struct gate *counting = calloc(1, sizeof *counting);
    pthread_mutex_init(&counting->lock, NULL);
    pthread_cond_init(&counting->moved, NULL);
    for (int i = 0; i < LIMIT_STORE_QUEUE_BULK; i++) {
        store_submit(s, store_change(&arena), STORE_BULK, hold_writer, counting);
    }
    store_submit(s, store_change(&arena), STORE_BULK, note_answer, &refused); /* LIMIT_STORE_QUEUE_BULK + 1 */
    is_int(refused.outcomes[0], STORE_FULL, "a lane that is full turns away at once");
    store_figures(s, &f);
    is_int(f.waiting, LIMIT_STORE_QUEUE_BULK, "and the figures say how many wait");
    open_gate(counting);
    for (int i = 0; i < LIMIT_STORE_QUEUE; i++) {
        store_submit(s, store_change(&arena), STORE_INTERACTIVE, hold_writer, counting);
    }
    store_submit(s, store_change(&arena), STORE_INTERACTIVE, note_answer, &refused); /* LIMIT_STORE_QUEUE + 1 */
    is_int(refused.outcomes[1], STORE_FULL, "likewise the other lane");
    open_gate(&g);
    store_figures(s, &f);
    while (f.waiting > 0) {
        usleep(1000);
        store_figures(s, &f);
    }
    is_int(commit(s, store_change(&arena)), STORE_DONE, "all are answered");
    free(counting);
}

/* ---- Ids, leases, queues ---- */

struct id_thread {
    pthread_t thread;
    struct store *s;
    int64_t ids[3000];
};

static void *take_ids(void *context)
{
    struct id_thread *t = context;
    for (int i = 0; i < 3000; i++) {
        t->ids[i] = store_id(t->s, NULL);
    }
    return NULL;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void check_ids(struct store *s)
{
    static struct id_thread threads[4];
    static int64_t all[12000];
    bool rise = true, different = true;
    for (int i = 0; i < 4; i++) {
        threads[i].s = s;
        pthread_create(&threads[i].thread, NULL, take_ids, &threads[i]);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i].thread, NULL);
        for (int k = 0; k < 3000; k++) {
            rise &= threads[i].ids[k] > (k == 0 ? 0 : threads[i].ids[k - 1]);
            all[i * 3000 + k] = threads[i].ids[k];
        }
    }
    qsort(all, 12000, sizeof all[0], by_number);
    for (int i = 1; i < 12000; i++) {
        different &= all[i] != all[i - 1];
    }
    ok(rise, "ids rise for each of four threads");
    ok(different, "12000 ids are all different");
    /* LIMIT_STORE_IDS + 1 of them are two blocks, and one is held in reserve. */
    int64_t reserved = number(s, "SELECT value FROM meta WHERE name = 'ids'", 0);
    ok(reserved % LIMIT_STORE_IDS == 0 && reserved <= 12000 + 3 * LIMIT_STORE_IDS, "they are reserved in blocks");
}

/* Threads that move an amount from one office (its column parent) to another, planning again when they are stale, while
 * others look whether the sum is ever another. */
struct mover {
    pthread_t thread;
    struct store *s;
    struct arena arena;
    uint32_t moves, stale, wrong;
    bool looks_only;
};

enum { MOVERS = 4, MOVES = 40 };

static void read_pair(struct store *s, int64_t parent[2], int64_t version[2])
{
    struct store_view *v = NULL;
    if (store_view(s, &v, NULL) == OK) {
        struct store_rows *r = store_query(v, "SELECT parent, version FROM office WHERE id IN (651, 652) ORDER BY id",
                                           NULL, 0);
        for (int i = 0; i < 2 && store_next(r); i++) {
            parent[i] = store_column_int(r, 0);
            version[i] = store_column_int(r, 1);
        }
        store_rows_end(r);
        store_view_end(v);
    }
}

static void *move_or_look(void *context)
{
    struct mover *m = context;
    while (m->moves < MOVES) {
        int64_t parent[2] = { 0 }, version[2] = { 0 };
        read_pair(m->s, parent, version);
        m->wrong += parent[0] + parent[1] != 1000;
        if (m->looks_only) {
            m->moves++;
            continue;
        }
        struct store_change *c = store_change(&m->arena);
        for (int i = 0; i < 2; i++) {
            store_update(c, STORE_TABLE_office, ROW(INT(651 + i), INT(version[i]), INT(parent[i] + (i == 0 ? 1 : -1)),
                                                    KEEP, KEEP, KEEP));
        }
        enum store_outcome outcome = commit(m->s, c);
        m->moves += outcome == STORE_DONE;
        m->stale += outcome == STORE_STALE;
        m->wrong += outcome != STORE_DONE && outcome != STORE_STALE;
    }
    return NULL;
}

static void check_movers(struct store *s)
{
    static struct mover movers[2 * MOVERS];
    struct store_change *c = store_change(&arena);
    uint32_t wrong = 0;
    store_insert(c, STORE_TABLE_office, ROW(INT(651), INT(0), INT(300), TEXT("m1"), TEXT(""), TEXT("")));
    store_insert(c, STORE_TABLE_office, ROW(INT(652), INT(0), INT(700), TEXT("m2"), TEXT(""), TEXT("")));
    commit(s, c);
    for (int i = 0; i < 2 * MOVERS; i++) {
        movers[i] = (struct mover){ .s = s, .arena = ARENA_INIT, .looks_only = i >= MOVERS };
        pthread_create(&movers[i].thread, NULL, move_or_look, &movers[i]);
    }
    for (int i = 0; i < 2 * MOVERS; i++) {
        pthread_join(movers[i].thread, NULL);
        wrong += movers[i].wrong;
        arena_release(&movers[i].arena);
    }
    is_int(wrong, 0, "the sum is the same in every picture");
    is_int(number(s, "SELECT parent FROM office WHERE id = ?", 651), 300 + MOVERS * MOVES, "and no move is lost");
}

static void check_leases(struct store *s)
{
    const str name = STR("sequencer"), me = STR("me"), you = STR("you");
    ok(store_lease(s, name, me, 100, 200), "a lease is taken");
    ok(!store_lease(s, name, you, 150, 250), "another does not get it");
    ok(store_lease(s, name, me, 190, 290), "the holder renews it");
    ok(!store_lease(s, name, you, 289, 400), "up to the new end");
    ok(store_lease(s, name, you, 290, 390), "after it another gets it");
    store_lease_end(s, name, me);
    ok(!store_lease(s, name, me, 300, 400), "who does not hold it cannot end it");
    store_lease_end(s, name, you);
    ok(store_lease(s, name, me, 300, 400), "who does can");
    ok(store_lease(s, STR("other"), you, 300, 400), "names are apart");
}

static void job(struct store_change *c, int64_t id, str queue, int64_t ready)
{
    store_insert(c, STORE_TABLE_queue, ROW(INT(id), INT(0), store_text(queue), INT(ready), INT(0), TEXT(""), INT(0),
                                           INT(id + 1), INT(id + 2), TEXT("{\"体\":1}")));
}

static void check_queues(struct store *s)
{
    const struct store_item *item = NULL;
    const str q = STR("mail"), me = STR("me"), you = STR("you");
    struct store_change *c = store_change(&arena);
    job(c, 502, q, 20);
    job(c, 501, q, 30);
    job(c, 503, q, 10);
    job(c, 504, STR("print"), 10);
    is_int(commit(s, c), STORE_DONE, "jobs are queued");
    is_int(store_pop(s, q, me, 9, 99, 9, &arena, &item), 0, "none is ready");
    is_int(store_pop(s, q, me, 25, 100, 1, &arena, &item), 1, "at most as many as are wanted");
    ok(item[0].id == 503 && item[0].version == 2 && item[0].tries == 1 && item[0].dossier == 504 && item[0].wait == 505,
       "the oldest first");
    is_str(item[0].body, STR("{\"体\":1}"), "with its body");
    is_int(store_pop(s, q, you, 50, 100, 9, &arena, &item), 2, "another gets the rest");
    ok(item[0].id == 502 && item[1].id == 501, "in order");
    is_int(store_pop(s, q, me, 50, 100, 9, &arena, &item), 0, "each is given once");
    c = store_change(&arena);
    store_delete(c, STORE_TABLE_queue, ROW(INT(503)), 2);
    is_int(commit(s, c), STORE_DONE, "a job that is finished is deleted by its version");
    is_int(store_pop(s, q, me, 100, 200, 9, &arena, &item), 2, "those that are not are given again");
    ok(item[0].tries == 2 && item[0].version == 3, "for the second time");
    c = store_change(&arena);
    store_delete(c, STORE_TABLE_queue, ROW(INT(item[0].id)), 2);
    is_int(commit(s, c), STORE_STALE, "the first holder comes too late");
    is_int(store_pop(s, STR("print"), me, 100, 200, 9, &arena, &item), 1, "queues are apart");
    c = store_change(&arena);
    for (int i = 0; i < LIMIT_STORE_POP + 1; i++) {
        job(c, 1000 + i, STR("many"), 1);
    }
    is_int(commit(s, c), STORE_DONE, "many jobs");
    is_int(store_pop(s, STR("many"), me, 5, 9, UINT32_MAX, &arena, &item), LIMIT_STORE_POP, "a call takes so many");
}

/* ---- Search ---- */

static uint32_t search(struct store *s, const char *kind, const char *text, int64_t before, uint32_t max, int64_t *ret)
{
    struct store_view *v = begin_view(s);
    uint32_t n = store_search(v, str_of(kind), str_of(text), before, max, ret);
    end_view(v);
    return n;
}

static void check_search(struct store *s)
{
    int64_t ids[8] = { 0 };
    struct store_change *c = store_change(&arena);
    store_words(c, STR("notice"), 1, STR("杭州钱塘新区汽车销售 Annual Report 第3号"));
    store_words(c, STR("notice"), 2, STR("汽车，REPORT！"));
    store_words(c, STR("notice"), 3, STR("车汽"));
    store_words(c, STR("dossier"), 2, STR("汽车"));
    is_int(commit(s, c), STORE_DONE, "words");
    is_int(search(s, "notice", "汽车", INT64_MAX, 8, ids), 2, "a word of two characters");
    ok(ids[0] == 2 && ids[1] == 1, "the newest first");
    is_int(search(s, "notice", "汽车", 2, 8, ids), 1, "below an id");
    is_int(search(s, "notice", "汽车", INT64_MAX, 1, ids), 1, "at most so many");
    is_int(search(s, "dossier", "汽车", INT64_MAX, 8, ids), 1, "of its kind only");
    is_int(search(s, "nothing", "汽车", INT64_MAX, 8, ids), 0, "of no kind");
    is_int(search(s, "notice", "report 新区汽车", INT64_MAX, 8, ids), 1, "all the words");
    is_int(search(s, "notice", "ｒｅｐｏｒｔ", INT64_MAX, 8, ids), 2, "full width");
    is_int(search(s, "notice", "3号", INT64_MAX, 8, ids), 1, "a single character");
    is_int(search(s, "notice", "汽", INT64_MAX, 8, ids), 3, "wherever it stands");
    is_int(search(s, "notice", "repo", INT64_MAX, 8, ids), 0, "not a part of a word");
    is_int(search(s, "notice", " ，\" OR * ", INT64_MAX, 8, ids), 0, "no syntax");
    is_int(search(s, "notice", "", INT64_MAX, 8, ids), 0, "no word");
    c = store_change(&arena);
    store_words(c, STR("notice"), 2, STR("自行车"));
    store_words(c, STR("notice"), 3, STR(""));
    store_words(c, STR("notice"), 4, STR(""));
    is_int(commit(s, c), STORE_DONE, "other words, and none");
    is_int(search(s, "notice", "汽车", INT64_MAX, 8, ids), 1, "instead of those it had");
    is_int(search(s, "notice", "车", INT64_MAX, 8, ids), 2, "and nothing of what is forgotten");
}

/* ---- Blobs ---- */

static void check_blobs(struct store *s)
{
    char hash[STORE_HASH + 1], again[STORE_HASH + 1], path[] = "/tmp/gongshi-blob-XXXXXX";
    size_t n = 0, size = 300000;
    uint64_t whole = 0;
    struct error err = { .lang = LANG_EN };
    char *bytes = arena_alloc(&arena, size), *back = arena_alloc(&arena, size);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (char)dice(256);
    }
    ok(store_blob_put(s, STR("abc"), hash, &err) == OK, "a blob");
    is_str(str_of(hash), STR("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), "by its hash");
    ok(store_blob_read(s, hash, 1, back, size, &n, &err) == OK && n == 2 && memcmp(back, "bc", 2) == 0,
       "read from within");
    ok(store_blob_put(s, (str){ bytes, size }, hash, &err) == OK, "a large one");
    int fd = mkstemp(path);
    ok(write(fd, bytes, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0, "the same in a file");
    ok(store_blob_put_file(s, fd, again, &err) == OK && strcmp(hash, again) == 0, "is the same blob");
    close(fd);
    unlink(path);
    ok(store_blob_size(s, hash, &whole, &err) == OK && whole == size, "its size");
    size_t got = 0;
    while (store_blob_read(s, hash, got, back + got, 65536, &n, &err) == OK && n > 0) {
        got += n;
    }
    ok(got == size && memcmp(back, bytes, size) == 0, "read in pieces to its end");
    ok(store_blob_put(s, STR(""), hash, &err) == OK && store_blob_size(s, hash, &whole, &err) == OK && whole == 0,
       "an empty one");
    hash[0] = hash[0] == '0' ? '1' : '0';
    ok(store_blob_read(s, hash, 0, back, size, &n, &err) == ERROR_MISSING, "one that is not there");
    ok(store_blob_size(s, "../../etc/passwd", &whole, &err) == ERROR_MISSING, "what is no hash");
    ok(store_blob_erase(s, hash, &err) == OK && store_blob_erase(s, "../../etc/passwd", &err) == OK,
       "there is nothing to be erased of either");
    ok(store_blob_put(s, (str){ bytes, size }, hash, &err) == OK && store_blob_erase(s, hash, &err) == OK,
       "one is erased");
    ok(store_blob_read(s, hash, 0, back, size, &n, &err) == ERROR_MISSING, "it cannot be read");
    is_str(str_of(err.message), STR("the attachment was erased"), "and it is told why");
    ok(store_blob_size(s, hash, &whole, &err) == ERROR_MISSING, "nor has it a size");
    ok(store_blob_erase(s, hash, &err) == OK, "erased twice");
    ok(store_blob_put(s, (str){ bytes, size }, hash, &err) == OK && store_blob_size(s, hash, &whole, &err) == OK &&
           whole == size && store_blob_read(s, hash, size - 9, back, 9, &n, &err) == OK && n == 9 &&
           memcmp(back, bytes + size - 9, 9) == 0,
       "whoever sends it again has it again");
}

/* ---- Views ---- */

static void check_views(struct store *s)
{
    struct store_change *c = store_change(&arena);
    timer(c, 400, 1, 0);
    commit(s, c);
    struct store_view *v = begin_view(s);
    c = store_change(&arena);
    timer(c, 400, 2, 0);
    is_int(commit(s, c), STORE_DONE, "a commit while a view is open");
    static const char *const count = "SELECT count(*) FROM timer WHERE dossier = ?";
    is_int(number_in(v, count, 400), 1, "is not in its picture");
    is_int(number(s, count, 400), 2, "but in that of the next");
    is_int(number_in(v, count, 400), 1, "which does not change");
    static const char *const rows = "SELECT wait FROM timer WHERE dossier = ? ORDER BY wait";
    struct store_rows *outer = store_query(v, rows, ROW(INT(100)), 1);
    int64_t pairs = 0;
    for (int i = 0; i < 3 && store_next(outer); i++) {
        struct store_rows *inner = store_query(v, rows, ROW(INT(100)), 1);
        while (store_next(inner)) {
            pairs += store_column_int(outer, 0) == i;
        }
        store_rows_end(inner);
    }
    store_rows_end(outer);
    is_int(pairs, 3 * LIMIT_STORE_UNIT_ROWS, "the same query within itself");
    end_view(v);
    v = begin_view(s);
    struct store_rows *r = store_query(v, "SELECT nonsense FROM nowhere", NULL, 0);
    ok(!store_next(r), "a wrong query has no rows");
    store_rows_end(r);
    struct error err = { .lang = LANG_EN };
    ok(store_view_error(v, &err) != OK && err.message[0] != '\0', "and the view an error");
    r = store_query(v, rows, ROW(INT(100)), 1);
    ok(!store_next(r), "no more is read after it");
    store_rows_end(r);
    store_view_end(v);
    is_int(number(s, count, 400), 2, "the next view is well");
    store_forget(s);
    is_int(number(s, count, 400), 2, "and after forgetting too");
}

/* All views at once, until they are too old. Takes as long as that. */
static void check_old_views(struct store *s)
{
    struct store_view *views[LIMIT_STORE_VIEWS], *more = NULL;
    struct error err = { .lang = LANG_EN };
    for (int i = 0; i < LIMIT_STORE_VIEWS; i++) {
        views[i] = begin_view(s);
    }
    ok(store_view(s, &more, &err) == ERROR_LIMIT && strstr(err.detail, "STORE_VIEWS") != NULL,
       "one view more waits, but not for ever"); /* LIMIT_STORE_VIEWS + 1 */
    struct store_rows *r = store_query(views[0], "SELECT count(*) FROM timer", NULL, 0);
    ok(!store_next(r), "an old view has no rows"); /* LIMIT_STORE_VIEW_MS + 1 */
    store_rows_end(r);
    ok(store_view_error(views[0], &err) == ERROR_LIMIT && strstr(err.detail, "STORE_VIEW_MS") != NULL, "and says why");
    for (int i = 0; i < LIMIT_STORE_VIEWS; i++) {
        store_view_end(views[i]);
    }
    struct store_view *v = begin_view(s);
    int64_t start = clock_monotonic_nanos();
    r = store_query(v, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) "
                       "SELECT count(*) FROM n", NULL, 0);
    ok(!store_next(r), "a query without end is ended");
    store_rows_end(r);
    ok(store_view_error(v, &err) == ERROR_LIMIT, "as too long");
    ok(clock_monotonic_nanos() - start < LIMIT_STORE_VIEW_MS * INT64_C(3000000), "in time");
    store_view_end(v);
    is_int(number(s, "SELECT count(*) FROM timer WHERE dossier = ?", 400), 2, "the connection is well afterwards");
}

static void check_figures(struct store *s)
{
    struct store_figures f;
    struct buf name = BUF_INIT(1000);
    store_figures(s, &f);
    int64_t commits = f.commit;
    for (int i = 0; i < 20; i++) {
        struct store_change *c = store_change(&arena);
        timer(c, 600, i, 0);
        commit(s, c);
    }
    store_figures(s, &f);
    ok(f.commit == commits + 20, "the figures count commits");
    ok(f.apply_us > 0 && f.flush_us > 0 && f.busy > 0 && f.busy <= 1 && !f.read_only, "and say what took how long");
    usleep(20000);
    store_figures(s, &f);
    ok(f.busy < 0.5 && f.apply_us == 0, "since the last call");
    store_describe(s, &name);
    ok(name.len > 0, "%s", name.ptr == NULL ? "the back end has a name" : name.ptr);
    buf_release(&name);
}

/* ---- The log ---- */

struct log {
    pthread_mutex_t lock;
    struct buf changes[4000];
    uint32_t count;
    uint32_t kept; /* of them, those that are committed */
    int64_t commit;
    bool good;
};

static enum store_outcome keep_log(void *context, struct store_request *const *done, uint32_t count, struct error *err)
{
    struct log *l = context;
    (void)err;
    for (uint32_t i = 0; i < count && l->count < 4000; i++) {
        struct buf *b = &l->changes[l->count++];
        *b = (struct buf)BUF_INIT(64 << 20);
        store__change_write(done[i]->logged, b);
    }
    return STORE_DONE;
}

static void end_log(void *context, int64_t commit_number)
{
    struct log *l = context;
    for (; commit_number == 0 && l->count > l->kept; l->count--) {
        buf_release(&l->changes[l->count - 1]);
    }
    l->kept = l->count;
    l->good &= commit_number == 0 || commit_number > l->commit;
    l->commit = commit_number == 0 ? l->commit : commit_number;
}

/* What was logged, applied to an empty store, makes the same rows. */
static void check_log(struct log *l, struct store *s, const struct place *other)
{
    struct store *copy = open_place(other, NULL, NULL);
    struct buf here = BUF_INIT(64 << 20), there = BUF_INIT(64 << 20);
    uint32_t done = 0;
    for (uint32_t i = 0; i < l->count; i++) {
        struct store_change *c;
        struct arena a = ARENA_INIT;
        done += store__change_read(&a, buf_str(&l->changes[i]), &c, NULL) == OK && commit(copy, c) == STORE_DONE;
        arena_release(&a);
    }
    is_int(done, l->count, "all %u changes of the log can be applied", l->count);
    ok(l->good && l->count > 20 && l->count < 4000, "the log is in the order of the commits");
    dump_all(s, &here);
    dump_all(copy, &there);
    is_str(buf_str(&there), buf_str(&here), "and give the same rows");
    int64_t ids[8];
    is_int(search(copy, "notice", "车", INT64_MAX, 8, ids), 2, "and the same words");
    buf_release(&here);
    buf_release(&there);
    store_close(copy);
}

static void release_log(struct log *l)
{
    for (uint32_t i = 0; i < l->count; i++) {
        buf_release(&l->changes[i]);
    }
}

/* ---- Random changes against a model ---- */

enum { KEYS = 6, CODES = 8 };

/* The model: what the tables office, timer and series should hold. */
struct model {
    int64_t version[KEYS]; /* of the office of this id; 0: none */
    int64_t code[KEYS], parent[KEYS];
    int64_t due[KEYS]; /* of the timer (700, key); 0: none */
    int64_t last[2];   /* of the series r0 and r1 */
};

static const char *const codes[CODES] = { "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7" };
static const char *const series_names[2] = { "r0", "r1" };

static bool code_is_free(const struct model *m, int64_t code, uint32_t but)
{
    for (uint32_t k = 0; k < KEYS; k++) {
        if (k != but && m->version[k] != 0 && m->code[k] == code) {
            return false;
        }
    }
    return true;
}

/* One random operation on the offices: into the change, and what the model says of it. */
static enum store_outcome random_office(struct store_change *c, struct model *m)
{
    uint32_t k = dice(KEYS);
    int64_t code = dice(CODES), parent = dice(100), version = dice(8) == 0 ? (int64_t)dice(4) : m->version[k];
    const struct store_value id = INT(k + 700), text = store_text(str_of(codes[code]));
    switch (dice(5)) {
    case 0:
        store_insert(c, STORE_TABLE_office, ROW(id, INT(0), INT(parent), text, TEXT("n"), TEXT("l")));
        if (m->version[k] != 0) {
            return STORE_EXISTS;
        }
        if (!code_is_free(m, code, k)) {
            return STORE_REFUSED;
        }
        m->version[k] = 1;
        m->code[k] = code;
        m->parent[k] = parent;
        return STORE_DONE;
    case 1:
        store_update(c, STORE_TABLE_office, ROW(id, INT(version), INT(parent), KEEP, KEEP, KEEP));
        if (m->version[k] != version || version == 0) {
            return STORE_STALE;
        }
        m->version[k]++;
        m->parent[k] = parent;
        return STORE_DONE;
    case 2:
        store_update(c, STORE_TABLE_office, ROW(id, INT(version), KEEP, text, KEEP, KEEP));
        if (m->version[k] != version || version == 0) {
            return STORE_STALE;
        }
        if (!code_is_free(m, code, k)) {
            return STORE_REFUSED;
        }
        m->version[k]++;
        m->code[k] = code;
        return STORE_DONE;
    case 3:
        store_delete(c, STORE_TABLE_office, &id, version);
        if (version != 0 && m->version[k] != version) {
            return STORE_STALE;
        }
        m->version[k] = 0;
        return STORE_DONE;
    default:
        store_guard(c, STORE_TABLE_office, &id, version);
        return m->version[k] == version ? STORE_DONE : STORE_STALE;
    }
}

static enum store_outcome random_timer(struct store_change *c, struct model *m)
{
    uint32_t k = dice(KEYS);
    int64_t due = 1 + (int64_t)dice(1000);
    const struct store_value row[] = { INT(700), INT(k), INT(due) };
    bool there = m->due[k] != 0;
    switch (dice(4)) {
    case 0:
        store_insert(c, STORE_TABLE_timer, row);
        m->due[k] = there ? m->due[k] : due;
        return there ? STORE_EXISTS : STORE_DONE;
    case 1:
        store_update(c, STORE_TABLE_timer, row);
        m->due[k] = there ? due : 0;
        return there ? STORE_DONE : STORE_STALE;
    case 2:
        store_put(c, STORE_TABLE_timer, row);
        m->due[k] = due;
        return STORE_DONE;
    default:
        store_delete(c, STORE_TABLE_timer, row, 0);
        m->due[k] = 0;
        return STORE_DONE;
    }
}

/* A random change over a model, which becomes what should be there afterwards; what should be answered is returned. */
static enum store_outcome random_change(struct store_change *c, struct model *m)
{
    struct model after = *m;
    enum store_outcome outcome = STORE_DONE;
    for (uint32_t i = dice(5); i-- > 0;) {
        enum store_outcome one_outcome = dice(2) == 0 ? random_office(c, &after) : random_timer(c, &after);
        outcome = outcome == STORE_DONE ? one_outcome : outcome;
    }
    for (uint32_t i = dice(3); i-- > 0;) {
        uint32_t which = dice(2);
        struct store_value n = store_take(c, str_of(series_names[which]));
        after.last[which]++;
        store_put(c, STORE_TABLE_subscription, ROW(INT(700 + which), n, TEXT("k"), TEXT("n"), TEXT("")));
    }
    if (outcome == STORE_DONE) {
        *m = after;
    }
    return outcome;
}

static void dump_model(const struct model *m, struct buf *out)
{
    for (uint32_t k = 0; k < KEYS; k++) {
        if (m->version[k] != 0) {
            buf_printf(out, "%u|%" PRId64 "|%" PRId64 "|%s|\n", k + 700, m->version[k], m->parent[k],
                       codes[m->code[k]]);
        }
    }
    for (uint32_t k = 0; k < KEYS; k++) {
        if (m->due[k] != 0) {
            buf_printf(out, "%u|%" PRId64 "|\n", k, m->due[k]);
        }
    }
    for (uint32_t i = 0; i < 2; i++) {
        for (int64_t n = 1; n <= m->last[i]; n++) {
            buf_printf(out, "%u|%" PRId64 "|\n", 700 + i, n);
        }
    }
}

static void dump_rows(struct store *s, struct buf *out)
{
    dump(s, "SELECT id, version, parent, code FROM office WHERE id >= 700 ORDER BY id", 4, out);
    dump(s, "SELECT wait, due FROM timer WHERE dossier = 700 ORDER BY wait", 2, out);
    dump(s, "SELECT dossier, wait FROM subscription WHERE dossier >= 700 ORDER BY dossier, wait", 2, out);
}

static bool is_like(struct store *s, const struct model *m)
{
    struct buf got = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);
    dump_rows(s, &got);
    dump_model(m, &want);
    bool same = str_eq(buf_str(&got), buf_str(&want));
    if (!same) {
        printf("# got\n%s# want\n%s", got.ptr == NULL ? "" : got.ptr, want.ptr == NULL ? "" : want.ptr);
    }
    buf_release(&got);
    buf_release(&want);
    return same;
}

static void check_random(struct store *s, struct model *m, uint32_t rounds)
{
    uint32_t good = 0, seen[STORE_OUTCOMES] = { 0 }, like = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        struct arena a = ARENA_INIT;
        struct store_change *c = store_change(&a);
        enum store_outcome want = random_change(c, m), got = store_commit(s, c, dice(2)).outcome;
        good += got == want;
        seen[got]++;
        if (i % 25 == 0) {
            like += is_like(s, m);
        }
        arena_release(&a);
    }
    is_int(good, rounds, "random changes are answered as the model says");
    is_int(like, (rounds + 24) / 25, "and leave what the model says");
    ok(seen[STORE_DONE] > 0 && seen[STORE_STALE] > 0 && seen[STORE_EXISTS] > 0 && seen[STORE_REFUSED] > 0,
       "all outcomes occur");
}

/* ---- All of it ---- */

static struct log conformance_log; /* large */

/* `other`: an empty place for a copy. `slow`: also what waits for views to grow old. */
static inline void conformance(const struct place *p, const struct place *other, bool slow)
{
    struct model m = { .last = { 0 } };
    conformance_log = (struct log){ .good = true };
    struct store *s = open_place(p, keep_log, &conformance_log);
    s->shipped = end_log;
    check_values(s);
    check_versions(s);
    check_conflicts(s);
    check_limits(s);
    check_series(s);
    check_neighbours(s);
    check_lanes(s);
    check_ids(s);
    check_movers(s);
    check_leases(s);
    check_queues(s);
    check_search(s);
    check_blobs(s);
    check_views(s);
    check_figures(s);
    check_random(s, &m, 250);
    check_log(&conformance_log, s, other);
    if (slow) {
        check_batches(s);
        check_queue_bound(s);
        check_old_views(s);
    }
    int64_t id = store_id(s, NULL);
    store_close(s);
    s = open_place(p, NULL, NULL);
    ok(is_like(s, &m), "all is there when the store is opened again");
    ok(store_id(s, NULL) > id, "and ids go on");
    check_random(s, &m, 50);
    store_close(s);
    release_log(&conformance_log);
    arena_release(&arena);
}

#endif
