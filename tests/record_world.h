/* record_world: a store with one ledger "t.titles", for tests. With GONGSHI_TEST_POSTGRES it lies in a schema of its
 * own there, otherwise in a temporary folder. */
#ifndef GONGSHI_TESTS_RECORD_WORLD_H
#define GONGSHI_TESTS_RECORD_WORLD_H

#include "record/record.h"

#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static const char world_manifest[] =
    "{\"scheme\": \"t\", \"ledgers\": {\"titles\": {\"of\": \"party\", \"key\": [\"party\", \"level\"],"
    " \"valid\": [\"from\", \"to\"], \"fields\": {"
    " \"party\": {\"type\": \"party\", \"required\": true},"
    " \"name\": {\"type\": \"text\", \"class\": \"public\", \"index\": true, \"search\": true},"
    " \"level\": {\"type\": \"code\", \"class\": \"public\", \"index\": true},"
    " \"score\": {\"type\": \"decimal\", \"index\": true},"
    " \"round\": \"integer\","
    " \"from\": {\"type\": \"date\", \"index\": true},"
    " \"to\": \"date\","
    " \"note\": {\"type\": \"text\", \"index\": true}}}}}";

enum { WORLD_PARTY, WORLD_NAME, WORLD_LEVEL, WORLD_SCORE, WORLD_ROUND, WORLD_FROM, WORLD_TO, WORLD_NOTE, WORLD_FIELDS };

static const struct scheme *world_scheme;
static const struct scheme_ledger *world_ledger;

struct world {
    char folder[64];
    struct store *store;
    struct people *people;
    struct record *record;
};

/* What went wrong, on the way out. */
static inline void world_fail(const char *what, const struct error *err)
{
    printf("Bail out! %s: %s: %s\n", what, err->message, err->detail);
    exit(1);
}

/* A schema of its own: "postgres://…&options=-csearch_path%3Drecord_NNN". */
static inline const char *world_where(struct world *w, struct arena *a)
{
    const char *url = getenv("GONGSHI_TEST_POSTGRES");
    static int schemas;
    snprintf(w->folder, sizeof w->folder, "/tmp/gongshi-record-XXXXXX");
    if (url == NULL) {
        return mkdtemp(w->folder);
    }
    w->folder[0] = '\0';
    return arena_printf(a, "%s%coptions=-csearch_path%%3Drecord_%d_%d", url, strchr(url, '?') != NULL ? '&' : '?',
                        (int)getpid(), schemas++).ptr;
}

/* The scheme of a manifest, stored; the record keeps it. */
static inline const struct scheme *world_install(struct world *w, const char *manifest)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    const struct scheme_file files[] = {
        { STR("scheme.json"), str_of(manifest) },
        { STR("process/none.bpmn"), STR("<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><process "
                                        "id=\"none\" isExecutable=\"true\"><startEvent id=\"s\"/></process>"
                                        "</definitions>") },
    };
    const struct scheme *s;
    struct record_plan plan;
    struct store_view *v = NULL;
    if (scheme_load(&a, STR("t"), files, 2, &s, &err) != OK || record_begin(w->record, &a, 0, 1, &plan, &err) != OK) {
        world_fail("the scheme", &err);
    }
    enum error_code code = record_install(w->record, plan.view, plan.change, &a, s, 0, 1, &err);
    str name = s->name;
    if (record_finish(&plan, code, NULL, &err) != OK || store_view(w->store, &v, &err) != OK ||
        record_installed(w->record, v, name, &s, &err) != OK) {
        world_fail("the scheme", &err);
    }
    store_view_end(v);
    arena_release(&a);
    return s;
}

static inline void world_open(struct world *w)
{
    struct error err = { .lang = LANG_EN };
    struct arena a = ARENA_INIT;
    struct store_config config = { .where = world_where(w, &a), .create = true };
    if (store_open(&config, &w->store, &err) != OK || people_open(w->store, &w->people, &err) != OK) {
        world_fail("the store", &err);
    }
    record_open(&(struct record_config){ w->store, w->people }, &w->record, &err);
    world_scheme = world_install(w, world_manifest);
    world_ledger = scheme_ledger(world_scheme, STR("titles"));
    arena_release(&a);
}

static inline void world_close(struct world *w)
{
    record_close(w->record);
    people_close(w->people);
    store_close(w->store);
    if (w->folder[0] != '\0') {
        char command[128];
        snprintf(command, sizeof command, "rm -rf %s", w->folder);
        if (system(command) != 0) {
            printf("# %s stays\n", w->folder);
        }
    }
}

/* A value of FEEL text. */
static inline feel_value world_value(struct arena *a, const char *expression)
{
    struct feel_environment env = { .zone = 8 * 3600 };
    struct error err = { .lang = LANG_EN };
    struct feel_eval *ev = feel_eval_new(&env);
    const struct feel_program *p;
    feel_value v = feel_null();
    if (feel_compile(a, feel_scope_new(a), str_of(expression), &p, &err) != OK) {
        world_fail(expression, &err);
    }
    v = feel_copy(a, feel_run(ev, p, NULL));
    feel_eval_free(ev);
    return v;
}

/* The instant at which a day begins in China. */
static inline int64_t world_day(int year, int month, int day)
{
    cal_date d = { year, (uint8_t)month, (uint8_t)day };
    return (cal_days_from_date(d) * 86400 - 8 * 3600) * 1000000;
}

#endif
