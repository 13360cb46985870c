/* facts: facts of each kind for many askers at once, over ledgers in a store.
 *
 *   facts FOLDER ASKERS ROWS
 *
 * Makes a store in the folder, writes the rows (a title of one of as many parties, and a visit that refers to it), asks
 * each fact of the package below for all askers, and prints a line of JSON for each: milliseconds of reading and
 * answering, on the clock and of the processor, and the rows found.
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
        "{\"scheme\":\"bench\",\"parameters\":{\"bars\":{\"key\":[\"kind\"],\"value\":{\"effect\":\"text\"}}},"
        "\"ledgers\":{\"titles\":{\"of\":\"office\",\"valid\":[\"from\",\"to\"],\"fields\":{"
        "\"party\":{\"type\":\"text\",\"index\":true},\"level\":\"text\",\"round\":\"integer\",\"from\":\"date\","
        "\"to\":\"date\"}},\"visits\":{\"of\":\"office\",\"fields\":{\"title\":{\"type\":\"ref\",\"of\":\"titles\"},"
        "\"party\":{\"type\":\"text\",\"index\":true}}}},\"facts\":{"
        "\"held\":{\"ledger\":\"titles\",\"where\":\"party = this.subject and round > 2020\",\"on\":\"this.key date\"},"
        "\"bar\":{\"parameter\":\"bars\",\"where\":\"kind = this.kind\"},"
        "\"barred\":{\"ledger\":\"titles\",\"where\":\"party = this.subject and level = bars[1].effect\"},"
        "\"visited\":{\"ledger\":\"visits\",\"where\":\"party = this.subject and title.level = \\\"A\\\"\"}}}";
    struct scheme_file files[] = { { STR("scheme.json"), { manifest, sizeof manifest - 1 } },
                                   { STR("parameters/bars.csv"),
                                     STR("kind,effect,source,state\nx,A,bench,confirmed\n") } };
    const struct scheme *s;
    if (scheme_load(&arena, STR("bench"), files, 2, &s, err) != OK) {
        fail(err);
    }
    return s;
}

static feel_value asker(uint32_t i)
{
    str names[] = { STR("subject"), STR("key date"), STR("kind") };
    feel_value *values = ARENA_ARRAY(&arena, feel_value, 3);
    values[0] = feel_string(arena_printf(&arena, "P%u", i));
    values[1] = (feel_value){ .kind = FEEL_DATE, .date = { 2025, 3, 1 } };
    values[2] = feel_string(STR("x"));
    return feel_context(feel_shape_new(&arena, names, 3), values);
}

/* The i-th title, or the visit to it. */
static enum error_code write_row(const struct record_plan *plan, const struct scheme *s, struct arena *a, uint32_t i,
                                 int64_t *title, struct error *err)
{
    str names[] = { STR("party"), STR("level"), STR("round"), STR("from"), STR("to"), STR("title") };
    feel_value party = feel_string(arena_printf(a, "P%u", i));
    feel_value held[] = { party, feel_string(STR("A")), feel_number(dec_from_uint(2023)),
                          { .kind = FEEL_DATE, .date = { 2023, 7, 1 } },
                          { .kind = FEEL_DATE, .date = { 2025, 6, 30 } } };
    if (*title == 0) {
        return record_add(plan, s, &s->ledgers[0], feel_context(feel_shape_new(a, names, 5), held), title, err);
    }
    feel_value visit[] = { feel_string(arena_printf(a, "%lld", (long long)*title)), party };
    str of_visit[] = { names[5], names[0] };
    return record_add(plan, s, &s->ledgers[1], feel_context(feel_shape_new(a, of_visit, 2), visit), title, err);
}

static void write_rows(struct record *r, const struct scheme *s, uint32_t rows, int64_t *titles, struct error *err)
{
    enum { UNIT = 60 };
    for (uint32_t done = 0; done < rows;) {
        struct arena a = ARENA_INIT;
        struct record_plan plan;
        enum error_code code = record_begin(r, &a, 0, clock_now_micros(), &plan, err);
        for (uint32_t i = 0; i < UNIT && done < rows && code == OK; i++, done++) {
            code = write_row(&plan, s, &a, done, &titles[done], err);
        }
        if (record_finish(&plan, code, NULL, err) != OK) {
            fail(err);
        }
        arena_release(&a);
    }
}

static void ask(struct record *r, const struct scheme *s, const struct scheme_fact *f,
                uint32_t askers, struct error *err)
{
    struct feel_environment env = { .instant = 1740758400, .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    feel_value *selves = ARENA_ARRAY(&arena, feel_value, askers), *all = ARENA_ARRAY(&arena, feel_value, askers);
    cal_date *days = ARENA_ARRAY(&arena, cal_date, askers);
    uint32_t found = 0;
    for (uint32_t i = 0; i < askers; i++) {
        selves[i] = asker(i);
        days[i] = (cal_date){ 2025, 3, 1 };
    }
    int64_t begun = clock_monotonic_nanos(), cpu = clock_cpu_nanos();
    enum error_code code = record_facts_of(r, 0, ev, s, f, selves, days, askers, &arena, all, err);
    double ms = (double)(clock_monotonic_nanos() - begun) / 1e6, cpu_ms = (double)(clock_cpu_nanos() - cpu) / 1e6;
    if (code != OK) {
        fail(err);
    }
    for (uint32_t i = 0; i < askers; i++) {
        found += all[i].count;
    }
    printf("{\"fact\":\"%.*s\",\"askers\":%u,\"found\":%u,\"ms\":%.0f,\"cpu_ms\":%.0f}\n", STR_ARG(f->name), askers,
           found, ms, cpu_ms);
    fflush(stdout);
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
    uint32_t rows = (uint32_t)strtoul(argv[3], NULL, 10);
    int64_t *titles = ARENA_ARRAY(&arena, int64_t, rows);
    write_rows(r, s, rows, titles, &err); /* the titles … */
    write_rows(r, s, rows, titles, &err); /* … and the visits to them */
    if (record_install_parameters(r, s, 0, clock_now_micros(), &err) != OK) {
        fail(&err);
    }
    for (uint32_t i = 0; i < s->fact_count; i++) {
        ask(r, s, &s->facts[i], (uint32_t)strtoul(argv[2], NULL, 10), &err);
    }
    record_close(r);
    store_close(store);
    arena_release(&arena);
    return 0;
}
