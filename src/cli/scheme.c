/* scheme: packages of schemes.
 *
 *   gongshi scheme check PACKAGE [--with FOLDER] [--json] [--on DAY]     what is doubtful in it
 *   gongshi scheme diff OLD NEW [--json]                                 what an officer must know of the change
 *   gongshi scheme bundle PACKAGE [--with FOLDER] -o FILE                the package as one file
 *   gongshi scheme list [--data …]                                       what is installed, and its versions
 *   gongshi scheme follow SCHEME|PACKAGE [--data …]                      which running dossiers a version would move
 *   gongshi scheme install PACKAGE [--with FOLDER] [--data …] [--as …]   new dossiers run on it from now on
 *
 * A package is a folder, or the same as one file.
 */
#include "cli/cli.h"
#include "cli/office.h"
#include "cli/package.h"
#include "scheme/check.h"
#include "scheme/diff.h"

#include "base/clock.h"
#include "base/limit.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORDS = 3 };

struct line {
    const char *words[WORDS];
    int count;
    const char *with, *out, *day, *data, *as;
    bool json;
};

static int read_line(int argc, char **argv, struct line *l)
{
    const struct {
        const char *name;
        const char **value;
    } options[] = { { "--with", &l->with }, { "-o", &l->out },   { "--on", &l->day },
                    { "--data", &l->data }, { "--as", &l->as } };
    for (int i = 1; i < argc; i++) {
        size_t k = 0;
        while (k < sizeof options / sizeof options[0] && strcmp(argv[i], options[k].name) != 0) {
            k++;
        }
        if (k < sizeof options / sizeof options[0]) {
            *options[k].value = cli_value(argc, argv, &i);
            if (*options[k].value == NULL) {
                return EXIT_USAGE;
            }
        } else if (strcmp(argv[i], "--json") == 0) {
            l->json = true;
        } else if (argv[i][0] == '-' || l->count == WORDS) {
            return cli_usage("\"%s\" is no option of gongshi scheme", argv[i]);
        } else {
            l->words[l->count++] = argv[i];
        }
    }
    return EXIT_DONE;
}

/* ---- check ---- */

static void print_finding(const struct scheme_finding *f)
{
    printf("%.*s:%u: ", STR_ARG(f->file), f->line);
    printf("%s: %.*s [%s]\n", lang_text(cli_lang, scheme_level_name(f->level)), STR_ARG(f->text),
           scheme_finding_name(f->kind));
    printf("    %.*s\n", STR_ARG(f->remedy));
}

static void write_finding(struct json_writer *w, const struct scheme_finding *f)
{
    json_begin_object(w);
    json_text_member(w, "kind", str_of(scheme_finding_name(f->kind)));
    json_text_member(w, "level", str_of(scheme_level_name(f->level)));
    json_text_member(w, "file", f->file);
    json_int_member(w, "line", f->line);
    json_text_member(w, "text", f->text);
    json_text_member(w, "remedy", f->remedy);
    json_end_object(w);
}

static int print_json(const struct scheme_finding *found, uint32_t count)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    json_writer_init(&w, &out, true);
    json_begin_array(&w);
    for (uint32_t i = 0; i < count; i++) {
        write_finding(&w, &found[i]);
    }
    json_end_array(&w);
    return cli_print(&out, "\n");
}

/* Today in Shanghai, or the day that was given. */
static bool read_day(const char *text, cal_date *ret)
{
    cal_zone zone;
    cal_datetime now;
    if (text != NULL) {
        return cal_parse_date(str_of(text), ret);
    }
    bool found = cal_zone_find(STR("Asia/Shanghai"), &zone) &&
                 cal_datetime_from_utc(clock_now_micros() / 1000000, 0, zone, &now);
    *ret = found ? cal_datetime_date(now) : (cal_date){ 1970, 1, 1 };
    return true;
}

static int check(const struct line *l)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = cli_lang };
    const struct scheme *s;
    cal_date day;
    if (!read_day(l->day, &day)) {
        return cli_usage("\"%s\" is no day", l->day);
    }
    if (package_read_with(&a, l->words[1], l->with, &s, &err) != OK) {
        arena_release(&a);
        return cli_report(&err);
    }
    uint32_t count, levels[3] = { 0 };
    const struct scheme_finding *found = scheme_check(s, &a, cli_lang, day, &count);
    for (uint32_t i = 0; i < count; i++) {
        levels[found[i].level]++;
        if (!l->json) {
            print_finding(&found[i]);
        }
    }
    int status = l->json ? print_json(found, count) : EXIT_DONE;
    if (!l->json) {
        printf(lang_text(cli_lang, "%u errors, %u warnings, %u notes"), levels[SCHEME_ERROR], levels[SCHEME_WARNING],
               levels[SCHEME_NOTE]);
        printf("\n");
    }
    arena_release(&a);
    return status == EXIT_DONE && levels[SCHEME_ERROR] > 0 ? EXIT_REFUSED : status;
}

/* ---- diff ---- */

static void print_changes(const struct scheme_change *changes, uint32_t count)
{
    const char *about = "";
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(changes[i].about, about) != 0) {
            about = changes[i].about;
            printf("%s\n", lang_text(cli_lang, about));
        }
        printf("  %.*s\n", STR_ARG(changes[i].text));
    }
    if (count == 0) {
        printf("%s\n", lang_text(cli_lang, "nothing has changed"));
    }
}

static int print_changes_json(const struct scheme_change *changes, uint32_t count)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    json_writer_init(&w, &out, true);
    json_begin_array(&w);
    for (uint32_t i = 0; i < count; i++) {
        json_begin_object(&w);
        json_text_member(&w, "about", str_of(changes[i].about));
        json_text_member(&w, "file", changes[i].file);
        json_text_member(&w, "text", changes[i].text);
        json_end_object(&w);
    }
    json_end_array(&w);
    return cli_print(&out, "\n");
}

static int diff(const struct line *l)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = cli_lang };
    const struct scheme *before, *after;
    int status = EXIT_DONE;
    if (package_read(&a, l->words[1], &before, &err) != OK || package_read(&a, l->words[2], &after, &err) != OK) {
        status = cli_report(&err);
    } else {
        uint32_t count;
        const struct scheme_change *changes = scheme_diff(before, after, &a, cli_lang, &count);
        if (l->json) {
            status = print_changes_json(changes, count);
        } else {
            print_changes(changes, count);
        }
    }
    arena_release(&a);
    return status;
}

/* ---- bundle ---- */

static bool write_file(const char *path, str bytes)
{
    FILE *f = fopen(path, "wb");
    bool fine = f != NULL && fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len;
    return (f == NULL || fclose(f) == 0) && fine;
}

static int bundle(const struct line *l)
{
    struct arena a = ARENA_INIT;
    struct buf out = BUF_INIT(LIMIT_SCHEME_BYTES);
    struct error err = { .lang = cli_lang };
    const struct scheme *s;
    int status = EXIT_DONE;
    if (l->out == NULL) {
        return cli_usage("where to? gongshi scheme bundle PACKAGE -o FILE");
    }
    if (package_read_with(&a, l->words[1], l->with, &s, &err) != OK) {
        status = cli_report(&err);
    } else {
        scheme_write_bundle(s, &out);
        if (out.overflow || !write_file(l->out, buf_str(&out))) {
            error_set(&err, ERROR_IO, "the file could not be written");
            error_at(&err, str_of(l->out), 0, 0);
            status = cli_report(&err);
        } else {
            printf("%s\n", s->hash);
        }
    }
    buf_release(&out);
    arena_release(&a);
    return status;
}

/* ---- list ---- */

static int list(const struct line *l)
{
    struct command c;
    command_begin(&c, "schemes");
    return command_run(&c, l->data, true);
}

/* ---- follow ---- */

/* A package, or the name of an installed scheme. */
static int follow(const struct line *l)
{
    struct command c;
    char *package = realpath(l->words[1], NULL);
    command_begin(&c, "follow");
    command_text(&c, package != NULL ? "folder" : "scheme", package != NULL ? package : l->words[1]);
    free(package); /* style: allow free: of realpath */
    return command_run(&c, l->data, true);
}

/* ---- install ---- */

static int install(const struct line *l)
{
    struct command c;
    char *package = realpath(l->words[1], NULL); /* a server stands in another folder */
    char *with = l->with == NULL ? NULL : realpath(l->with, NULL);
    command_begin(&c, "install");
    command_text(&c, "folder", package != NULL ? package : l->words[1]);
    command_text(&c, "with", with != NULL ? with : l->with);
    command_text(&c, "as", l->as);
    free(package); /* style: allow free: of realpath */
    free(with); /* style: allow free: of realpath */
    return command_run(&c, l->data, false);
}

/* ---- The table ---- */

static const struct {
    const char *name;
    int words;
    int (*run)(const struct line *l);
} verbs[] = {
    { "bundle", 2, bundle },
    { "check", 2, check },
    { "diff", 3, diff },
    { "follow", 2, follow },
    { "install", 2, install },
    { "list", 1, list },
};

int cli_scheme(int argc, char **argv)
{
    struct line l = { .data = office_default() };
    if (argc > 1 && strcmp(argv[1], "test") == 0) {
        return package_test(argc - 1, argv + 1);
    }
    int status = read_line(argc, argv, &l);
    for (size_t i = 0; status == EXIT_DONE && i < sizeof verbs / sizeof verbs[0]; i++) {
        if (l.count == verbs[i].words && strcmp(l.words[0], verbs[i].name) == 0) {
            return verbs[i].run(&l);
        }
    }
    return status != EXIT_DONE ? status : cli_usage("gongshi scheme bundle|check|diff|follow|install|list|test …");
}
