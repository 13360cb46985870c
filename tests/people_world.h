/* people_world: a store in a fresh folder with people over it, and one line for an act: what the unit tests of people
 * share. The text of an error is in `err`, the instant in `now`. */
#ifndef GONGSHI_TESTS_PEOPLE_WORLD_H
#define GONGSHI_TESTS_PEOPLE_WORLD_H

#include "people/people.h"

#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

static struct store *store;
static struct people *people;
static struct arena arena;
static char dir[64];
static int64_t now = 1800000000 * SECOND;

static struct people_plan plan;
static struct error err;

/* ---- The world ---- */

static _Noreturn void bail(const char *what)
{
    printf("Bail out! %s: %s: %s\n", what, err.message, err.detail);
    exit(1);
}

static void world_begin(void)
{
    char path[96];
    snprintf(dir, sizeof dir, "/tmp/gongshi-people-XXXXXX");
    if (mkdtemp(dir) == NULL) {
        bail("no folder");
    }
    snprintf(path, sizeof path, "%s/data", dir);
    const struct store_config config = { .where = path, .create = true };
    if (store_open(&config, &store, &err) != OK || people_open(store, &people, &err) != OK) {
        bail("no store");
    }
}

static void world_end(void)
{
    char command[96];
    people_close(people);
    store_close(store);
    arena_release(&arena);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    if (system(command) != 0) {
        bail("the folder stays");
    }
}

/* ---- One act, committed ---- */

/* act(people_office_add(&plan, …)): begins, plans, commits; the code of the whole. */
static void begin(void)
{
    err = (struct error){ 0 };
    if (people_begin(people, &arena, 0, now, &plan, &err) != OK) {
        bail("no plan");
    }
}

static enum error_code end(enum error_code planned)
{
    return people_finish(&plan, planned, NULL, &err);
}

#define act(call) (begin(), end(call))

/* It commits. */
#define done(call, ...)                                    \
    do {                                                   \
        if (!ok(act(call) == OK, __VA_ARGS__)) {           \
            printf("# %s: %s\n", err.message, err.detail); \
        }                                                  \
    } while (0)

/* It does not, with this code and a message in which `words` stand. */
#define refused(call, code, words, ...)                                                 \
    do {                                                                                \
        enum error_code got = act(call);                                                \
        if (!ok(got == (code) && strstr(err.message, (words)) != NULL, __VA_ARGS__)) {  \
            printf("# %d %s: %s\n", got, err.message, err.detail);                      \
        }                                                                               \
    } while (0)

__attribute__((unused)) static int64_t person(const char *login, int64_t office)
{
    int64_t id = 0;
    if (act(people_person_create(&plan, str_of(login), STR("示例"), office, &id, &err)) != OK) {
        printf("# %s: %s: %s\n", login, err.message, err.detail);
    }
    return id;
}

__attribute__((unused)) static int64_t office(int64_t parent, const char *code)
{
    int64_t id = 0;
    if (act(people_office_add(&plan, parent, str_of(code), STR("示例局"), STR("county"), &id, &err)) != OK) {
        printf("# %s: %s: %s\n", code, err.message, err.detail);
    }
    return id;
}

__attribute__((unused)) static int64_t count_of(const char *sql)
{
    struct store_view *v;
    if (store_view(store, &v, NULL) != OK) {
        return -1;
    }
    struct store_rows *r = store_query(v, sql, NULL, 0);
    int64_t n = store_next(r) ? store_column_int(r, 0) : -2;
    store_rows_end(r);
    store_view_end(v);
    return n;
}

#endif
