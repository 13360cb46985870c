/* scheme_test: gongshi scheme test FOLDER [FILE.jsonl…] [--with FOLDER]… [--quiet] */
#include "cli/cli.h"
#include "cli/package.h"
#include "scheme/test.h"

#include "base/clock.h"
#include "base/limit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { OTHERS = 16, FILES = 256 };

struct job {
    struct arena arena;
    struct scheme_test test;
    const struct scheme *others[OTHERS];
    const char *folder;
    const char *files[FILES];
    uint32_t file_count;
    bool quiet;
};

static void ended(void *context, str scenario, const struct error *err, str explanation)
{
    const struct job *j = context;
    if (err != NULL) {
        printf("%s %.*s\n", lang_text(cli_lang, "failed:"), STR_ARG(scenario));
        fflush(stdout);
        cli_report(err);
        printf("%.*s", STR_ARG(explanation));
    } else if (!j->quiet) {
        printf("%s %.*s\n", lang_text(cli_lang, "passed:"), STR_ARG(scenario));
    }
}

static int read_options(int argc, char **argv, struct job *j, struct error *err)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quiet") == 0) {
            j->quiet = true;
        } else if (strcmp(argv[i], "--with") == 0 && j->test.other_count < OTHERS) {
            const char *folder = cli_value(argc, argv, &i);
            if (folder == NULL) {
                return EXIT_USAGE;
            }
            if (package_read(&j->arena, folder, &j->others[j->test.other_count++], err) != OK) {
                return cli_report(err);
            }
        } else if (argv[i][0] == '-') {
            return cli_usage("there is no option %s", argv[i]);
        } else if (j->folder == NULL) {
            j->folder = argv[i];
        } else if (j->file_count < FILES) {
            j->files[j->file_count++] = argv[i];
        }
    }
    return j->folder != NULL ? EXIT_DONE : cli_usage("gongshi scheme test FOLDER");
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_scenario(const char *name)
{
    size_t n = strlen(name);
    return n > 6 && name[0] != '.' && strcmp(name + n - 6, ".jsonl") == 0;
}

/* All of a folder below that of the package, where no file was named. */
static void find_files(struct job *j, const char *inside)
{
    const char *path = arena_printf(&j->arena, "%s/%s", j->folder, inside).ptr;
    uint32_t from = j->file_count;
    DIR *dir = opendir(path);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) { /* style: allow readdir */
        if (is_scenario(e->d_name) && j->file_count < FILES) {
            j->files[j->file_count++] = arena_printf(&j->arena, "%s/%s", path, e->d_name).ptr;
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    if (j->file_count > from + 1) {
        qsort(j->files + from, j->file_count - from, sizeof j->files[0], by_text);
    }
}

static enum error_code load(struct job *j, struct error *err)
{
    struct stat st;
    enum error_code code = package_read(&j->arena, j->folder, &j->test.scheme, err);
    const char *sample = arena_printf(&j->arena, "%s/sample", j->folder).ptr;
    if (code == OK && stat(sample, &st) == 0) {
        code = package_read_with(&j->arena, j->folder, sample, &j->test.sample, err);
    }
    return code;
}

static int run(struct job *j, struct error *err)
{
    struct scheme_test_count count = { 0, 0 };
    int64_t start = clock_monotonic_nanos();
    for (uint32_t i = 0; i < j->file_count; i++) {
        str text;
        enum error_code code = cli_read(&j->arena, j->files[i], LIMIT_JSON_BYTES, "JSON_BYTES", &text, err);
        if (code == OK) {
            code = scheme_test(&j->test, str_of(j->files[i]), text, &count, err);
        }
        if (code != OK) {
            return cli_report(err);
        }
    }
    printf(lang_text(cli_lang, "%u passed, %u failed, %lld ms"), count.passed, count.failed,
           (long long)((clock_monotonic_nanos() - start) / 1000000));
    printf("\n");
    return count.failed == 0 ? EXIT_DONE : EXIT_REFUSED;
}

int package_test(int argc, char **argv)
{
    struct job j = { .arena = ARENA_INIT };
    struct error err = { .lang = cli_lang };
    j.test = (struct scheme_test){ .others = j.others, .ended = ended, .context = &j };
    int status = read_options(argc, argv, &j, &err);
    if (status == EXIT_DONE && load(&j, &err) != OK) {
        status = cli_report(&err);
    } else if (status == EXIT_DONE) {
        if (j.file_count == 0) {
            find_files(&j, "tests");
            find_files(&j, "sample/tests");
        }
        status = run(&j, &err);
    }
    arena_release(&j.arena);
    return status;
}
