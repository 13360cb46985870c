/* facts: one fact for many askers at once, over a ledger in a store.
 *
 *   facts FOLDER ASKERS ROWS
 *
 * Makes a store in the folder, writes the rows (a title of one of as many parties), asks the fact "titles of the party"
 * for all askers, and prints a line of JSON: milliseconds of reading and answering, on the clock and of the processor,
 * and the rows found.
 */
#include "base/clock.h"
#include "record/record.h"

#include <stdio.h>
#include <stdlib.h>

static struct arena arena;

static _Noreturn void fail(const struct error *err)
{
    fprintf(stderr, "facts: %s: %s\n", err->message, err->detail);
    exit(1);
}

static const struct scheme *load(struct error *err)
{
    static const char manifest[] =
        "{\"scheme\":\"bench\",\"ledgers\":{\"titles\":{\"of\":\"office\",\"valid\":[\"from\",\"to\"],\"fields\":{"
        "\"party\":{\"type\":\"text\",\"index\":true},\"level\":\"text\",\"round\":\"integer\",\"from\":\"date\","
        "\"to\":\"date\"}}},\"facts\":{\"held\":{\"ledger\":\"titles\",\"where\":\"party = this.subject and "
        "round > 2020\","
        "\"on\":\"this.key date\"}}}";
    struct scheme_file file = { STR("scheme.json"), { manifest, sizeof manifest - 1 } };
    const struct scheme *s;
    if (scheme_load(&arena, STR("bench"), &file, 1, &s, err) != OK) {
        fail(err);
    }
    return s;
}

static feel_value asker(uint32_t i)
{
    str names[] = { STR("subject"), STR("key date") };
    feel_value *values = ARENA_ARRAY(&arena, feel_value, 2);
    values[0] = feel_string(arena_printf(&arena, "P%u", i));
    values[1] = (feel_value){ .kind = FEEL_DATE, .date = { 2025, 3, 1 } };
    return feel_context(feel_shape_new(&arena, names, 2), values);
}

static void write_rows(struct record *r, const struct scheme *s, uint32_t rows, struct error *err)
{
    str names[] = { STR("party"), STR("level"), STR("round"), STR("from"), STR("to") };
    enum { UNIT = 60 };
    for (uint32_t done = 0; done < rows;) {
        struct arena a = ARENA_INIT;
        struct record_plan plan;
        enum error_code code = record_begin(r, &a, 0, clock_now_micros(), &plan, err);
        const struct feel_shape *shape = feel_shape_new(&a, names, 5);
        for (uint32_t i = 0; i < UNIT && done < rows && code == OK; i++, done++) {
            int64_t row;
            feel_value v[] = { feel_string(arena_printf(&a, "P%u", done)), feel_string(STR("A")),
                               feel_number(dec_from_uint(2023)), { .kind = FEEL_DATE, .date = { 2023, 7, 1 } },
                               { .kind = FEEL_DATE, .date = { 2025, 6, 30 } } };
            code = record_add(&plan, s, &s->ledgers[0], feel_context(shape, v), &row, err);
        }
        if (record_finish(&plan, code, NULL, err) != OK) {
            fail(err);
        }
        arena_release(&a);
    }
}

static void ask(struct record *r, struct store *store, const struct scheme *s, uint32_t askers, struct error *err)
{
    struct store_view *v;
    struct feel_environment env = { .instant = 1740758400, .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    feel_value *selves = ARENA_ARRAY(&arena, feel_value, askers), *all = ARENA_ARRAY(&arena, feel_value, askers);
    cal_date *days = ARENA_ARRAY(&arena, cal_date, askers);
    uint32_t found = 0;
    for (uint32_t i = 0; i < askers; i++) {
        selves[i] = asker(i);
        days[i] = (cal_date){ 2025, 3, 1 };
    }
    if (store_view(store, &v, err) != OK) {
        fail(err);
    }
    int64_t begun = clock_monotonic_nanos(), cpu = clock_cpu_nanos();
    enum error_code code = record_facts_of(r, v, ev, s, &s->facts[0], selves, days, askers, &arena, all, err);
    double ms = (double)(clock_monotonic_nanos() - begun) / 1e6, cpu_ms = (double)(clock_cpu_nanos() - cpu) / 1e6;
    store_view_end(v);
    if (code != OK) {
        fail(err);
    }
    for (uint32_t i = 0; i < askers; i++) {
        found += all[i].count;
    }
    printf("{\"askers\":%u,\"found\":%u,\"ms\":%.0f,\"cpu_ms\":%.0f}\n", askers, found, ms, cpu_ms);
    feel_eval_free(ev);
}

int main(int argc, char **argv)
{
    struct error err = { .lang = LANG_EN };
    struct store *store;
    struct record *r;
    if (argc != 4) {
        fprintf(stderr, "facts FOLDER ASKERS ROWS\n");
        return 2;
    }
    struct store_config config = { .where = argv[1], .create = true };
    if (store_open(&config, &store, &err) != OK ||
        record_open(&(struct record_config){ .store = store }, &r, &err) != OK) {
        fail(&err);
    }
    const struct scheme *s = load(&err);
    write_rows(r, s, (uint32_t)strtoul(argv[3], NULL, 10), &err);
    ask(r, store, s, (uint32_t)strtoul(argv[2], NULL, 10), &err);
    record_close(r);
    store_close(store);
    arena_release(&arena);
    return 0;
}
