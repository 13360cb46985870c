/* admin: the commands for who runs the office.
 *
 *   gongshi init DIR [--demo]                         a new data directory; a demonstration makes known, marked as
 *                                                     such, what rests on parameters in state 示例
 *   gongshi people office CODE [NAME] [--in CODE]     an office, below another
 *   gongshi people transport CODE here|hand           how messages reach the office
 *   gongshi people add LOGIN NAME --office CODE       a person; without a password he cannot log in
 *   gongshi people password LOGIN                     the password comes from standard input, a line
 *   gongshi people reset LOGIN                        prints a password for one time, which its owner changes first
 *   gongshi people factor LOGIN                       takes the second factor away from who has lost it
 *   gongshi people close LOGIN                        closes the account for good
 *   gongshi people give|end LOGIN ROLE --office CODE  a role in an office
 *   gongshi people first CODE LOGIN NAME              uses the one-time code; the password comes as above
 *   gongshi backup TO
 *   gongshi restore FROM TO [--until INSTANT]
 *   gongshi verify-restore FROM
 *   gongshi doctor [DIR]
 *   gongshi recompute [DOSSIER]
 *   gongshi audit
 *
 * All but init, restore, verify-restore and doctor take --data, and --as LOGIN where an act has an actor.
 */
#include "base/limit.h"
#include "cli/cli.h"
#include "cli/office.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORDS = 4 };

/* The words and options of a command line. */
struct line {
    const char *words[WORDS];
    int count;
    const char *data, *as, *in, *office, *level, *until;
};

static int read_line(int argc, char **argv, struct line *l)
{
    const struct {
        const char *name;
        const char **to;
    } options[] = { { "--data", &l->data }, { "--as", &l->as },       { "--in", &l->in },
                    { "--office", &l->office }, { "--level", &l->level }, { "--until", &l->until } };
    *l = (struct line){ .data = office_default() };
    for (int i = 1; i < argc; i++) {
        size_t k = 0;
        while (k < sizeof options / sizeof options[0] && strcmp(argv[i], options[k].name) != 0) {
            k++;
        }
        if (k < sizeof options / sizeof options[0]) {
            if ((*options[k].to = cli_value(argc, argv, &i)) == NULL) {
                return EXIT_USAGE;
            }
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            return cli_usage("there is no option %s", argv[i]);
        } else if (l->count == WORDS) {
            return cli_usage("\"%s\" is one word too many", argv[i]);
        } else {
            l->words[l->count++] = argv[i];
        }
    }
    return EXIT_DONE;
}

/* ---- A new office ---- */

enum error_code office_mark_demo(struct office *o, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    struct store_value row[] = { store_text(STR("demo")), store_int(1) };
    store_put(c, STORE_TABLE_meta, row);
    struct store_result result = store_commit(o->store, c, STORE_INTERACTIVE);
    if (result.outcome != STORE_DONE) {
        *err = result.error;
    }
    arena_release(&a);
    return result.outcome == STORE_DONE ? OK : ERROR_IO;
}

bool office_is_demo(struct office *o)
{
    struct store_view *v;
    if (store_view(o->store, &v, NULL) != OK) {
        return false;
    }
    bool demo = publish_is_demo(v);
    store_view_end(v);
    return demo;
}

/* Takes a word out of the arguments. */
static bool take_word(int *argc, char **argv, const char *word)
{
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], word) == 0) {
            memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i - 1) * sizeof *argv);
            --*argc;
            return true;
        }
    }
    return false;
}

int cli_init(int argc, char **argv)
{
    bool demo = take_word(&argc, argv, "--demo");
    struct line l;
    struct office o;
    struct error err = { .lang = cli_lang };
    int status = read_line(argc, argv, &l);
    if (status != EXIT_DONE || l.count != 1) {
        return status != EXIT_DONE ? status : cli_usage("where? gongshi init DIR");
    }
    const struct office_config config = { .where = l.words[0], .address = "", .create = true };
    if (office_open(&config, &o, &err) != OK) {
        return cli_report(&err);
    }
    enum error_code code = demo ? office_mark_demo(&o, &err) : OK;
    office_close(&o);
    if (code != OK) {
        return cli_report(&err);
    }
    printf(lang_text(cli_lang, "%s is ready: gongshi serve --data %s"), l.words[0], l.words[0]);
    printf("\n");
    return EXIT_DONE;
}

/* ---- People ---- */

/* A line of standard input, without its end. */
static int read_secret(struct arena *a, str *ret)
{
    struct error err = { .lang = cli_lang };
    str text;
    if (cli_read(a, "-", LIMIT_PEOPLE_PASSWORD_BYTES + 2, "PEOPLE_PASSWORD_BYTES", &text, &err) != OK) {
        return cli_report(&err);
    }
    size_t n = 0;
    while (n < text.len && text.ptr[n] != '\n' && text.ptr[n] != '\r') {
        n++;
    }
    *ret = arena_str(a, str_slice(text, 0, n));
    return EXIT_DONE;
}

struct people_form {
    const char *word, *command;
    int least, most;                /* words after it */
    const char *members[WORDS - 1]; /* what they are */
    bool secret;
};

static const struct people_form people_forms[] = {
    { "office", "office-add", 1, 2, { "code", "name", NULL }, false },
    { "transport", "office-transport", 2, 2, { "office", "kind", NULL }, false },
    { "add", "person-add", 1, 2, { "login", "name", NULL }, false },
    { "password", "password", 1, 1, { "login", NULL, NULL }, true },
    { "reset", "password-give", 1, 1, { "login", NULL, NULL }, false },
    { "factor", "factor-reset", 1, 1, { "login", NULL, NULL }, false },
    { "close", "person-close", 1, 1, { "login", NULL, NULL }, false },
    { "give", "role-give", 2, 2, { "login", "role", NULL }, false },
    { "end", "role-end", 2, 2, { "login", "role", NULL }, false },
    { "first", "first-use", 3, 3, { "code", "login", "name" }, true },
};

static int ask_people(const struct people_form *f, const struct line *l)
{
    struct arena a = ARENA_INIT;
    struct command c;
    str secret = STR("");
    int status = f->secret ? read_secret(&a, &secret) : EXIT_DONE;
    if (status == EXIT_DONE) {
        command_begin(&c, f->command);
        for (int i = 1; i < l->count; i++) {
            command_text(&c, f->members[i - 1], l->words[i]);
        }
        command_text(&c, "in", l->in);
        command_text(&c, "level", l->level);
        command_text(&c, "office", l->office);
        command_text(&c, "as", l->as);
        command_text(&c, "password", f->secret ? secret.ptr : NULL);
        status = command_run(&c, l->data, false);
    }
    arena_release(&a);
    return status;
}

int cli_people(int argc, char **argv)
{
    struct line l;
    int status = read_line(argc, argv, &l);
    if (status != EXIT_DONE) {
        return status;
    }
    for (size_t i = 0; i < sizeof people_forms / sizeof people_forms[0] && l.count > 0; i++) {
        const struct people_form *f = &people_forms[i];
        if (strcmp(l.words[0], f->word) == 0 && l.count > f->least && l.count <= f->most + 1) {
            return ask_people(f, &l);
        }
    }
    return cli_usage("gongshi people office|transport|add|password|reset|factor|close|give|end|first …");
}

/* ---- Copies ---- */

int cli_backup(int argc, char **argv)
{
    struct line l;
    struct command c;
    char to[4096];
    int status = read_line(argc, argv, &l);
    if (status != EXIT_DONE || l.count != 1) {
        return status != EXIT_DONE ? status : cli_usage("where to? gongshi backup TO");
    }
    char *here = realpath(".", NULL);
    bool absolute = l.words[0][0] == '/' || here == NULL;
    snprintf(to, sizeof to, "%s%s%s", absolute ? "" : here, absolute ? "" : "/", l.words[0]);
    free(here); /* style: allow free: of realpath */
    command_begin(&c, "backup");
    command_text(&c, "to", to);
    command_text(&c, "as", l.as);
    return command_run(&c, l.data, false);
}

static int print_verdict(const struct store_verdict *v)
{
    printf("{\"commit\":%lld,\"rows\":%lld,\"blobs\":%lld,\"erased\":%lld,\"changes\":%u,\"gap\":%s}\n",
           (long long)v->commit, (long long)v->rows, (long long)v->blobs, (long long)v->erased, v->changes,
           v->gap ? "true" : "false");
    return EXIT_DONE;
}

/* An instant of RFC 3339 in microseconds; the end of time for NULL. */
static bool until_of(const char *text, int64_t *ret)
{
    struct feel_environment env;
    *ret = INT64_MAX;
    if (text == NULL) {
        return true;
    }
    if (!cli_environment(text, &env)) {
        return false;
    }
    *ret = env.instant * 1000000 + env.nano / 1000;
    return true;
}

int cli_restore(int argc, char **argv)
{
    struct line l;
    struct store_verdict v;
    struct error err = { .lang = cli_lang };
    int64_t until;
    int status = read_line(argc, argv, &l);
    if (status != EXIT_DONE || l.count != 2) {
        return status != EXIT_DONE ? status : cli_usage("gongshi restore FROM TO [--until INSTANT]");
    }
    if (!until_of(l.until, &until)) {
        return EXIT_REFUSED;
    }
    return store_restore(l.words[0], l.words[1], until, &v, &err) == OK ? print_verdict(&v) : cli_report(&err);
}

int cli_verify_restore(int argc, char **argv)
{
    struct line l;
    struct store_verdict v;
    struct error err = { .lang = cli_lang };
    int status = read_line(argc, argv, &l);
    if (status != EXIT_DONE || l.count != 1) {
        return status != EXIT_DONE ? status : cli_usage("gongshi verify-restore FROM");
    }
    return store_verify_restore(l.words[0], &v, &err) == OK ? print_verdict(&v) : cli_report(&err);
}

/* ---- Health ---- */

/* Not a backup nor a shipping directory, which nobody opens as they are. */
static bool is_data(const char *where)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/manifest.json", where);
    bool backup = access(path, F_OK) == 0;
    snprintf(path, sizeof path, "%s/gongshi.db", where);
    return !backup && access(path, F_OK) == 0;
}

int cli_doctor(int argc, char **argv)
{
    struct line l;
    struct arena a = ARENA_INIT;
    const struct store_finding *findings;
    uint32_t count;
    struct error err = { .lang = cli_lang };
    int status = read_line(argc, argv, &l);
    if (status != EXIT_DONE || l.count > 1) {
        return status != EXIT_DONE ? status : cli_usage("gongshi doctor [DIR]");
    }
    const char *where = l.count == 1 ? l.words[0] : l.data;
    if (store_doctor(where, &a, &findings, &count, &err) != OK) {
        status = cli_report(&err);
    } else {
        for (uint32_t i = 0; i < count; i++) {
            printf("%.*s: %.*s\n", STR_ARG(findings[i].file), STR_ARG(findings[i].text));
        }
        status = count > 0 ? EXIT_REFUSED : EXIT_DONE;
    }
    arena_release(&a);
    if (status == EXIT_DONE && is_data(where)) {
        struct command c;
        command_begin(&c, "audit"); /* the files are whole: is what they say? */
        status = command_run(&c, where, false);
    }
    return status;
}

int cli_recompute(int argc, char **argv)
{
    struct line l;
    struct command c;
    int status = read_line(argc, argv, &l);
    if (status != EXIT_DONE || l.count > 1) {
        return status != EXIT_DONE ? status : cli_usage("gongshi recompute [DOSSIER]");
    }
    command_begin(&c, "recompute");
    command_text(&c, "dossier", l.count == 1 ? l.words[0] : NULL);
    return command_run(&c, l.data, false);
}

int cli_audit(int argc, char **argv)
{
    struct line l;
    struct command c;
    int status = read_line(argc, argv, &l);
    if (status != EXIT_DONE || l.count > 0) {
        return status != EXIT_DONE ? status : cli_usage("gongshi audit");
    }
    command_begin(&c, "audit");
    return command_run(&c, l.data, false);
}
