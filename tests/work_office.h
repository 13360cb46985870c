/* work_office: a store and a work without people, for unit tests: the program asks for everything. The clock stands
 * still unless a test moves it. */
#ifndef GONGSHI_TESTS_WORK_OFFICE_H
#define GONGSHI_TESTS_WORK_OFFICE_H

#include "work/work.h"

#include "base/limit.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECONDS INT64_C(1000000)

static atomic_llong office_clock = INT64_C(1772413200) * SECONDS;

struct office {
    struct arena arena;
    struct store *store;
    struct record *record;
    struct work *work;
    struct error err;
    char data[40];
};

static int64_t office_now(void *context)
{
    (void)context;
    return office_clock;
}

static void office_must(bool fine, const struct office *o, const char *what)
{
    if (!fine) {
        printf("Bail out! %s: %s %s\n", what, o->err.message, o->err.detail);
        exit(1);
    }
}

static void office_open_record(struct office *o)
{
    const struct record_config record = { .store = o->store };
    office_must(record_open(&record, &o->record, &o->err) == OK, o, "record_open");
}

static void office_open_store(struct office *o)
{
    if (o->data[0] == '\0') {
        snprintf(o->data, sizeof o->data, "/tmp/gongshi-work-XXXXXX");
        office_must(mkdtemp(o->data) != NULL, o, "mkdtemp");
    }
    struct store_config config = { .where = o->data, .create = true };
    office_must(store_open(&config, &o->store, &o->err) == OK, o, "store_open");
    office_open_record(o);
}

static void office_open_work(struct office *o, struct work **ret, uint32_t planners, bool background)
{
    struct work_config config = { .store = o->store, .record = o->record, .planners = planners,
                                  .background = background,
                                  .now = office_now };
    office_must(work_open(&config, ret, &o->err) == OK, o, "work_open");
}

__attribute__((unused)) static void office_open(struct office *o, uint32_t planners, bool background)
{
    office_open_store(o);
    office_open_work(o, &o->work, planners, background);
}

__attribute__((unused)) static void office_close(struct office *o)
{
    work_close(o->work);
    record_close(o->record);
    store_close(o->store);
}

static void office_remove(struct office *o)
{
    char command[64];
    office_close(o);
    snprintf(command, sizeof command, "rm -rf %s", o->data);
    office_must(system(command) == 0, o, "rm");
    arena_release(&o->arena);
    o->data[0] = '\0';
}

static str office_read(struct office *o, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct buf b = BUF_INIT(8 << 20);
    char piece[4096];
    size_t n;
    office_must(f != NULL, o, path);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0) {
        buf_add(&b, (str){ piece, n });
    }
    fclose(f);
    str s = arena_str(&o->arena, buf_str(&b));
    buf_release(&b);
    return s;
}

static uint32_t office_add_files(struct office *o, const char *name, const char *inside, struct scheme_file *files,
                                 uint32_t count)
{
    const char *root = getenv("GONGSHI_ROOT");
    str path = arena_printf(&o->arena, "%s/tests/work/%s/%s", root == NULL ? "." : root, name, inside);
    DIR *dir = opendir(path.ptr);
    struct dirent *e;
    while (dir != NULL && (e = readdir(dir)) != NULL) {
        if (e->d_name[0] != '.') {
            str file = arena_printf(&o->arena, "%.*s/%s", STR_ARG(path), e->d_name);
            files[count++] = (struct scheme_file){ arena_printf(&o->arena, "%s/%s", inside, e->d_name),
                                                 office_read(o, file.ptr) };
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return count;
}

/* Installs a package of tests/work under its name. */
__attribute__((unused)) static void office_install(struct office *o, const char *name)
{
    struct scheme_file files[64];
    const struct scheme *b;
    uint32_t count = office_add_files(o, name, "process", files, 0);
    count = office_add_files(o, name, "rules", files, count);
    office_must(scheme_load(&o->arena, str_of(name), files, count, &b, &o->err) == OK &&
                    work_install(o->work, b, 0, &o->err) == OK, o, name);
}

/* Installs one process under the name "own"; `inside` is what stands in the process "own". It may refer to the message
 * "m" with the correlation key `k`. */
__attribute__((unused)) static void office_install_own(struct office *o, const char *inside)
{
    const struct scheme *b;
    str text = arena_printf(&o->arena, "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
                                       "xmlns:z=\"http://camunda.org/schema/zeebe/1.0\"><message id=\"m\" name=\"m\">"
                                       "<extensionElements><z:subscription correlationKey=\"=k\"/></extensionElements>"
                                       "</message><process id=\"own\" isExecutable=\"true\">%s</process></definitions>",
                           inside);
    struct scheme_file file = { STR("process/own.bpmn"), text };
    office_must(scheme_load(&o->arena, STR("own"), &file, 1, &b, &o->err) == OK &&
                    work_install(o->work, b, 0, &o->err) == OK, o, "own");
}

/* Numbers out of a query of the test, which is a literal; `args` may be NULL. */
static int64_t office_number(struct office *o, const char *sql, int64_t argument)
{
    struct store_view *v;
    int64_t n = -1;
    struct store_value args[] = { store_int(argument) };
    office_must(store_view(o->store, &v, &o->err) == OK, o, "view");
    struct store_rows *r = store_query(v, sql, args, strchr(sql, '?') == NULL ? 0 : 1);
    n = store_next(r) ? store_column_int(r, 0) : -1;
    store_rows_end(r);
    office_must(store_view_error(v, &o->err) == OK, o, sql);
    store_view_end(v);
    return n;
}

__attribute__((unused)) static struct work_answer office_do(struct office *o, struct work_request rq)
{
    struct work_answer answer = work_do(o->work, &rq, LANG_EN);
    o->err = answer.error;
    return answer;
}

__attribute__((unused)) static struct work_answer office_start(struct office *o, const char *scheme,
                                                               const char *process, const char *with)
{
    return office_do(o, (struct work_request){ .act = WORK_START, .scheme = str_of(scheme), .process = str_of(process),
                                               .with = str_of(with) });
}

/* Waits until nothing is due and nothing under way; false after a minute. */
__attribute__((unused)) static bool office_settle(struct office *o)
{
    for (int i = 0; i < 6000; i++) {
        struct work_figures f;
        work_figures(o->work, &f);
        if (f.waiting == 0 && office_number(o, "SELECT count(*) FROM timer WHERE due <= ?", office_clock) == 0 &&
            office_number(o, "SELECT count(*) FROM queue WHERE name = 'event' AND (leased > 0 OR ready <= ?)",
                          office_clock) == 0) {
            return true;
        }
        usleep(10000);
    }
    return false;
}

#endif
