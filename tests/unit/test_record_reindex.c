/* test_record_reindex: a later version of a scheme wants other fields indexed and searched, and another key: the rows
 * that are there get their index rows and words, and those that nobody wants any more go. */
#include "record_world.h"

#include "base/clock.h"
#include "base/limit.h"

enum { ROWS = LIMIT_STORE_UNIT_ROWS + 20, ENDED = 30, LATER = 11 * 1000000 };

#define MANIFEST(NAME, PLACE)                                                                                          \
    "{\"scheme\":\"grown\",\"ledgers\":{\"rows\":{\"fields\":{\"name\":{\"type\":\"text\"" NAME "},"                   \
    "\"place\":{\"type\":\"text\"" PLACE "},\"n\":\"integer\"}}}}"

static const char plain[] = MANIFEST("", ",\"search\":true,\"index\":true");
static const char grown[] = MANIFEST(",\"search\":true,\"index\":true", "");
static const char bare[] = MANIFEST("", "");

static const struct scheme *scheme;
static const struct scheme_ledger *ledger;

static void install(struct world *w, const char *manifest)
{
    scheme = world_install(w, manifest);
    ledger = scheme_ledger(scheme, STR("rows"));
}

static void finish(struct record_plan *plan, enum error_code code, struct error *err)
{
    if (record_finish(plan, code, NULL, err) != OK) {
        world_fail("rows", err);
    }
}

/* Rows with names N0, N1 … in one place; the first of them are struck again. */
static void fill(struct world *w)
{
    struct error err = { .lang = LANG_EN };
    struct arena a = ARENA_INIT;
    struct record_plan plan;
    int64_t rows[ROWS];
    for (int i = 0; i < ROWS; i++) {
        arena_clear(&a);
        feel_value v = world_value(&a, arena_printf(&a, "{name: \"名字%d\", place: \"街道\", n: %d}", i, i).ptr);
        enum error_code code = record_begin(w->record, &a, 7, clock_now_micros(), &plan, &err);
        code = code == OK ? record_add(&plan, scheme, ledger, v, &rows[i], &err) : code;
        finish(&plan, code, &err);
    }
    for (int i = 0; i < ENDED; i++) {
        arena_clear(&a);
        enum error_code code = record_begin(w->record, &a, 7, clock_now_micros(), &plan, &err);
        finish(&plan, code == OK ? record_strike(&plan, ledger, rows[i], STR("slip"), &err) : code, &err);
    }
    arena_release(&a);
}

/* How often there was something to do. */
static uint32_t tend(struct world *w, int64_t now)
{
    struct error err = { .lang = LANG_EN };
    uint32_t pieces = 0;
    for (bool more = true; more; pieces += more) {
        if (record_index_tend(w->record, now, &more, &err) != OK) {
            world_fail("tend", &err);
        }
    }
    return pieces;
}

/* How many rows a search finds. */
static uint32_t found(struct world *w, const char *words)
{
    struct error err = { .lang = LANG_EN };
    struct record_query q = { .scheme = scheme, .ledger = ledger, .known_at = INT64_MAX, .flags = RECORD_ALL_TIMES,
                              .words = str_of(words) };
    struct store_view *v;
    uint32_t count = 0;
    if (store_view(w->store, &v, &err) != OK || record_count(v, NULL, &q, ROWS, &count, &err) != OK) {
        world_fail("search", &err);
    }
    store_view_end(v);
    return count;
}

/* Rows that a name of the index has. */
static int64_t indexed(struct world *w, const char *name)
{
    struct error err = { .lang = LANG_EN };
    struct store_view *v;
    if (store_view(w->store, &v, &err) != OK) {
        world_fail("view", &err);
    }
    struct store_value args[] = { store_text(str_of(name)) };
    struct store_rows *r = store_query(v, "SELECT count(*) FROM record_index WHERE name = ?", args, 1);
    int64_t count = store_next(r) ? store_column_int(r, 0) : -1;
    store_rows_end(r);
    store_view_end(v);
    return count;
}

/* Is it answered, in the order of names? */
static enum error_code ordered(struct world *w)
{
    struct error err = { .lang = LANG_EN };
    struct arena a = ARENA_INIT;
    struct feel_environment env = { .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    struct record_query q = { .scheme = scheme, .ledger = ledger, .known_at = INT64_MAX, .flags = RECORD_ALL_TIMES,
                              .order = STR("name"), .max = 5 };
    struct record_answer answer = { 0 };
    struct store_view *v;
    if (store_view(w->store, &v, &err) != OK) {
        world_fail("view", &err);
    }
    enum error_code code = record_query(v, ev, &q, &a, &answer, &err);
    code = code == OK && answer.count != 5 ? ERROR_MISSING : code;
    store_view_end(v);
    feel_eval_free(ev);
    arena_release(&a);
    return code;
}

int main(void)
{
    struct world w;
    world_open(&w);
    install(&w, plain);
    fill(&w);
    is_int(found(&w, "街道"), ROWS - ENDED, "the known rows are found by the field that is searched");
    is_int(found(&w, "名字"), 0, "not by another");
    is_int(indexed(&w, "grown.rows.place"), ROWS, "the indexed field has its index rows");

    int64_t now = clock_now_micros();
    install(&w, grown);
    is_int(tend(&w, 2), 0, "nothing is done at once: somebody may still be writing by the version before");
    ok(ordered(&w) == ERROR_INVALID, "an index that is not whole orders nothing");
    ok(tend(&w, now + LATER) > 4, "it is made whole in pieces");
    is_int(found(&w, "名字"), ROWS - ENDED, "rows are found by the field that is searched now");
    is_int(found(&w, "街道"), 0, "no more by the one that was");
    is_int(indexed(&w, "grown.rows.name"), ROWS, "known and ended revisions have index rows of the new field");
    is_int(indexed(&w, "grown.rows.place"), 0, "those of the other are gone");
    ok(ordered(&w) == OK, "and it orders");
    is_int(tend(&w, now + LATER), 0, "there is nothing left to do");

    install(&w, bare);
    tend(&w, now + LATER);
    is_int(found(&w, "名字"), 0, "a version that searches nothing takes the words away");
    is_int(indexed(&w, "grown.rows.name"), 0, "and the index rows");
    is_int(indexed(&w, "grown.rows"), ROWS, "the ledger's own stay");
    install(&w, grown);
    tend(&w, now + LATER);
    is_int(found(&w, "名字"), ROWS - ENDED, "and they come again");
    world_close(&w);
    return tap_done();
}
