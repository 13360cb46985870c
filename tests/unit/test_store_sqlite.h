/* test_store_sqlite: what the tests of the SQLite back end share: two folders, opening, processes of their own. */
#ifndef GONGSHI_TESTS_STORE_SQLITE_H
#define GONGSHI_TESTS_STORE_SQLITE_H

#include "test_store_newer.h"
#include "store/sqlite_int.h"
#include "test_store_conformance.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char folder[] = "/dev/shm/gongshi-XXXXXX";
static char data[64], copy[64];

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *format, ...)
{
    char command[512];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    if (system(command) != 0) {
        ok(false, "%s", command);
    }
}

/* What is tested; another one only where it is shown that the tests are sharp. */
static const struct store_backend *backend = &store__sqlite;

static enum error_code try_open(const char *where, bool create, bool upgrade, struct store **ret, struct error *err)
{
    const struct store_config config = { .where = where, .create = create, .upgrade = upgrade };
    *err = (struct error){ .lang = LANG_EN };
    return store__open(&config, backend, store__migrations, store__migration_count, ret, err);
}

static struct store *open_at(const char *where)
{
    struct place p = { "SQLite", backend, where };
    return open_place(&p, NULL, NULL);
}

/* With a schema that is newer than that of store_open. */
static enum error_code open_newer(bool upgrade, struct store **ret, struct error *err)
{
    const struct store_config config = { .where = copy, .create = true, .upgrade = upgrade };
    *err = (struct error){ .lang = LANG_EN };
    uint32_t count;
    const struct store_migration *newer = newer_schema("CREATE INDEX more ON timer (wait); -- a comment;\n", &count);
    return store__open(&config, backend, newer, count, ret, err);
}

static int run_child(void (*run)(void))
{
    int status = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        alarm(60);
        run();
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* Makes the folder: in memory if it can be, where flushing takes no time. What a disk does wrong is played anyway. */
static bool make_folder(void)
{
    if (access("/dev/shm", W_OK) != 0) {
        memcpy(folder, "/tmp/gs-XXXXXX", sizeof "/tmp/gs-XXXXXX");
    }
    if (mkdtemp(folder) == NULL) {
        return false;
    }
    snprintf(data, sizeof data, "%s/data", folder);
    snprintf(copy, sizeof copy, "%s/copy", folder);
    return true;
}

#endif
