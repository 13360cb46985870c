/* bench_ask: gongshi bench ask SCHEME.LEDGER --store DIR|postgres://… [--where FEEL] [--order FIELD] [--words WORDS]
 *            [--max N] [--questions N]
 *
 * Asks an office's own ledger as a page does: the first N rows (50) that fit, each question in a view of its own, on
 * one thread. In FEEL `this` is a row of the ledger, another one for each question, taken from the newest of them:
 * --where 'site = this.site' asks for what is known of one site after the other.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "record/record.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 5000, PAGE = 400, QUESTIONS = 100000 };

struct bench {
    const char *name, *where, *filter, *order, *words;
    int64_t max, questions;
    struct arena arena;
    struct store *store;
    struct record *record;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;
    const struct record_filter *compiled;
    struct feel_eval *ev;
    feel_value *rows; /* what `this` is, one after the other */
    uint32_t count;
    int64_t *nanos;   /* of each question */
};

/* ---- What is asked about ---- */

static enum error_code open_ledger(struct bench *b, struct error *err)
{
    const struct store_config config = { .where = b->where };
    struct store_view *v;
    enum error_code code = store_open(&config, &b->store, err);
    code = code == OK ? record_open(&(struct record_config){ .store = b->store }, &b->record, err) : code;
    code = code == OK ? store_view(b->store, &v, err) : code;
    if (code == OK) {
        code = record_ledger(b->record, v, NULL, str_of(b->name), &b->scheme, &b->ledger, NULL, err);
        store_view_end(v);
    }
    return code;
}

static enum error_code read_page(struct bench *b, str *cursor, struct error *err)
{
    struct arena page = ARENA_INIT;
    struct store_view *v;
    struct record_answer answer;
    const struct record_query q = { .scheme = b->scheme, .ledger = b->ledger, .known_at = INT64_MAX, .max = PAGE,
                                    .flags = RECORD_ALL_TIMES, .after = *cursor };
    enum error_code code = store_view(b->store, &v, err);
    if (code == OK) {
        code = record_query(v, b->ev, &q, &page, &answer, err);
        for (uint32_t i = 0; code == OK && i < answer.count && b->count < ROWS; i++) {
            b->rows[b->count++] = feel_copy(&b->arena, record_context(&page, b->ledger, &answer.rows[i]));
        }
        *cursor = code == OK ? arena_str(&b->arena, answer.next) : STR("");
        store_view_end(v);
    }
    arena_release(&page);
    return code;
}

static enum error_code read_rows(struct bench *b, struct error *err)
{
    str cursor = STR("");
    b->rows = ARENA_ARRAY(&b->arena, feel_value, ROWS);
    enum error_code code = read_page(b, &cursor, err);
    while (code == OK && cursor.len > 0 && b->count < ROWS) {
        code = read_page(b, &cursor, err);
    }
    if (code == OK && b->count == 0) {
        return error_set(err, ERROR_MISSING, "the ledger \"%s\" has no rows", b->name);
    }
    return code == OK && b->filter != NULL
               ? record_filter(&b->arena, b->ledger, str_of(b->filter), feel_type_of(&b->arena, b->rows[0]),
                               &b->compiled, err)
               : code;
}

/* ---- Asking ---- */

static enum error_code ask(struct bench *b, int64_t number, struct arena *a, struct record_answer *ret,
                           struct error *err)
{
    const struct record_query q = { .scheme = b->scheme, .ledger = b->ledger, .filter = b->compiled,
                                    .self = b->rows[(uint64_t)number * 7919 % b->count], .known_at = INT64_MAX,
                                    .words = b->words == NULL ? STR("") : str_of(b->words),
                                    .order = b->order == NULL ? STR("") : str_of(b->order), .descending = true,
                                    .flags = RECORD_ALL_TIMES, .max = (uint32_t)b->max };
    struct store_view *v;
    enum error_code code = store_view(b->store, &v, err);
    if (code == OK) {
        code = record_query(v, b->ev, &q, a, ret, err);
        store_view_end(v);
    }
    return code;
}

static enum error_code measure(struct bench *b, struct error *err)
{
    struct arena a = ARENA_INIT;
    uint64_t rows = 0, examined = 0;
    enum error_code code = OK;
    b->nanos = ARENA_ARRAY(&b->arena, int64_t, (size_t)b->questions);
    for (int64_t i = 0; i < b->questions && code == OK; i++) {
        struct record_answer answer = { .count = 0 };
        int64_t start = clock_monotonic_nanos();
        arena_clear(&a);
        code = ask(b, i, &a, &answer, err);
        b->nanos[i] = clock_monotonic_nanos() - start;
        rows += answer.count;
        examined += answer.examined;
    }
    if (code == OK) {
        cli_sort_nanos(b->nanos, b->questions);
        printf("{\"questions\":%lld,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"rows\":%.1f,"
               "\"examined_per_row\":%.1f}\n", (long long)b->questions, cli_percentile(b->nanos, b->questions, 50),
               cli_percentile(b->nanos, b->questions, 99), cli_percentile(b->nanos, b->questions, 100),
               (double)rows / (double)b->questions, rows == 0 ? 0 : (double)examined / (double)rows);
    }
    arena_release(&a);
    return code;
}

/* ---- The command ---- */

static int read_options(int argc, char **argv, struct bench *b)
{
    for (int i = 2; i < argc; i++) {
        const char *option = argv[i], *value;
        if (option[0] != '-') {
            b->name = option;
            continue;
        }
        if ((value = cli_value(argc, argv, &i)) == NULL) {
            return EXIT_USAGE;
        }
        if (strcmp(option, "--store") == 0) {
            b->where = value;
        } else if (strcmp(option, "--where") == 0) {
            b->filter = value;
        } else if (strcmp(option, "--order") == 0) {
            b->order = value;
        } else if (strcmp(option, "--words") == 0) {
            b->words = value;
        } else if (strcmp(option, "--max") == 0 || strcmp(option, "--questions") == 0) {
            bool max = option[2] == 'm';
            if (!cli_count(value, max ? 1000 : QUESTIONS, max ? &b->max : &b->questions)) {
                return EXIT_USAGE;
            }
        } else {
            return cli_usage("there is no option %s", option);
        }
    }
    return b->where != NULL && b->name != NULL
               ? EXIT_DONE
               : cli_usage("which ledger of which store? gongshi bench ask SCHEME.LEDGER --store DIR");
}

int cli_bench_ask(int argc, char **argv)
{
    struct bench b = { .arena = ARENA_INIT, .max = 50, .questions = 1000 };
    struct error err = { .lang = cli_lang };
    int status = read_options(argc, argv, &b);
    if (status == EXIT_DONE) {
        struct feel_environment env = { .instant = clock_now_micros() / 1000000, .zone = 8 * 3600 };
        b.ev = feel_eval_new(&env);
        enum error_code code = open_ledger(&b, &err);
        code = code == OK ? read_rows(&b, &err) : code;
        code = code == OK ? measure(&b, &err) : code;
        status = code == OK ? EXIT_DONE : cli_report(&err);
        record_close(b.record);
        if (b.store != NULL) {
            store_close(b.store);
        }
        feel_eval_free(b.ev);
    }
    arena_release(&b.arena);
    return status;
}
