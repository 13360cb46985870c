/* test_store: every back end does what test_store_conformance.h asks; and the questions are sharp enough: with any
 * method of the back end emptied, some of them is answered wrongly.
 */
#include "test_store_conformance.h"

#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/wait.h>

static char folder[] = "/tmp/gongshi-store-XXXXXX";

static const char *path_of(const char *name)
{
    static char paths[128][128];
    static int next;
    char *path = paths[next++];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* ---- Emptied methods ---- */

static int64_t nothing(void)
{
    return 0;
}

struct method {
    const char *name;
    size_t offset;
};

#define METHOD(name) { #name, offsetof(struct store_backend, name) }

/* Those not here (save, compare, probe, idle, forget, view_forget) show only in what test_store_sqlite.c looks at. */
static const struct method methods[] = {
    METHOD(open), METHOD(close), METHOD(schema), METHOD(exec), METHOD(extend), METHOD(describe), METHOD(begin),
    METHOD(apply), METHOD(live), METHOD(commit), METHOD(rollback), METHOD(ids), METHOD(lease), METHOD(pop),
    METHOD(view_new), METHOD(view_free), METHOD(view_begin), METHOD(view_end), METHOD(query), METHOD(next),
    METHOD(column_int), METHOD(column_text), METHOD(rows_end), METHOD(search), METHOD(blob_put), METHOD(blob_read),
    METHOD(blob_size), METHOD(blob_erase),
};

static int open_files(void)
{
    int count = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d != NULL && readdir(d) != NULL) {
        count++;
    }
    if (d != NULL) {
        closedir(d);
    }
    return count;
}

static void conformance_without_leaks(const struct place *p, const struct place *other, bool slow)
{
    int before = open_files();
    conformance(p, other, slow);
    is_int(open_files(), before, "no file is left open");
}

/* Runs the suite in a process of its own, as it may crash or hang. */
static bool fails_with(const struct store_backend *broken, const struct method *m)
{
    char name[64];
    snprintf(name, sizeof name, "without-%s", m->name);
    struct place p = { "broken", broken, path_of(name) };
    snprintf(name, sizeof name, "without-%s-copy", m->name);
    struct place other = { "SQLite", &store__sqlite, path_of(name) };
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        alarm(20);
        conformance_without_leaks(&p, &other, false);
        _exit(tap_done());
    }
    int status = 0;
    return waitpid(pid, &status, 0) == pid && status != 0;
}

/* Every method where there is time for it (script/test all sets GONGSHI_LONG), otherwise every sixth. */
static void check_sharpness(const struct store_backend *good)
{
    size_t step = getenv("GONGSHI_LONG") != NULL ? 1 : 6;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i += step) {
        struct store_backend broken = *good;
        int64_t (*empty)(void) = nothing;
        memcpy((char *)&broken + methods[i].offset, &empty, sizeof empty);
        ok(fails_with(&broken, &methods[i]), "the suite fails when %s does nothing", methods[i].name);
    }
}

int main(void)
{
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    const struct place copy = { "SQLite", &store__sqlite, path_of("copy") };
    const struct place places[] = {
        { "SQLite", &store__sqlite, path_of("data") },
    };
    check_sharpness(&store__sqlite); /* before there are threads */
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        conformance_without_leaks(&places[i], &copy, true);
    }
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ok(system(command) == 0, "removed");
    return tap_done();
}
