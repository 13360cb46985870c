/* import: gongshi ledger import LEDGER FILE [--check|--update|--annotate OUT.xlsx|--sheet NAME]
 *         gongshi ledger export LEDGER [-o FILE.csv|FILE.xlsx] [--where FEEL] [--on DAY] [--known DAY] [--view NAME]
 *         gongshi parameter import|export SCHEME.PARAMETER …
 *
 * Both: --office CODE, --as LOGIN, --data DIR, --json. Export: --gb18030, --personal. Without -o an export is CSV on
 * standard output. An import says what is wrong on standard error, a line for each finding, and ends with status 1.
 */
#include "base/limit.h"
#include "cli/cli.h"
#include "cli/office.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct line {
    struct arena arena;
    struct command command;
    const char *words[3];
    uint32_t count;
    const char *data, *out, *annotate;
    bool json;
};

/* Options that are members of the command, as they are. */
static const struct {
    const char *option, *member;
    bool flag;
} options[] = {
    { "--check", "check", true },     { "--update", "update", true },     { "--sheet", "tab", false },
    { "--where", "where", false },    { "--on", "on", false },            { "--known", "known", false },
    { "--view", "view", false },      { "--office", "office", false },    { "--as", "as", false },
    { "--personal", "personal", true }, { "--despite", "despite", false }, { "--dossier", "dossier", false },
    { "--gb18030", "encoding", true },
};

enum { OPTIONS = sizeof options / sizeof options[0] };

static size_t find_option(const char *s)
{
    size_t i = 0;
    while (i < OPTIONS && strcmp(options[i].option, s) != 0) {
        i++;
    }
    return i;
}

static int read_line(int argc, char **argv, struct line *l)
{
    for (int i = 1; i < argc; i++) {
        size_t k = find_option(argv[i]);
        bool out = strcmp(argv[i], "-o") == 0, notes = strcmp(argv[i], "--annotate") == 0,
             data = strcmp(argv[i], "--data") == 0;
        if (strcmp(argv[i], "--json") == 0) {
            l->json = true;
        } else if (k < OPTIONS && options[k].flag) {
            command_text(&l->command, options[k].member, options[k].option + 2);
        } else if (k < OPTIONS || out || notes || data) {
            const char *value = cli_value(argc, argv, &i);
            if (value == NULL) {
                return EXIT_USAGE;
            }
            if (k < OPTIONS) {
                command_text(&l->command, options[k].member, value);
            } else {
                *(out ? &l->out : notes ? &l->annotate : &l->data) = value;
            }
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            return cli_usage("there is no option %s", argv[i]);
        } else if (l->count == 3) {
            return cli_usage("\"%s\" is one word too many", argv[i]);
        } else {
            l->words[l->count++] = argv[i];
        }
    }
    return EXIT_DONE;
}

/* The server has another working folder. */
static const char *absolute(struct line *l, const char *path)
{
    char here[4096];
    if (path[0] == '/' || getcwd(here, sizeof here) == NULL) {
        return path;
    }
    return arena_printf(&l->arena, "%s/%s", here, path).ptr;
}

static enum error_code ask(struct line *l, feel_value *ret, struct error *err)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    json_end_object(&l->command.w);
    enum error_code code = office_ask(l->data, buf_str(&l->command.text), &out, err);
    code = code == OK ? feel_json_read(&l->arena, arena_str(&l->arena, buf_str(&out)), ret, err) : code;
    buf_release(&out);
    return code;
}

/* ---- Import ---- */

static void tell_finding(const char *file, feel_value f)
{
    str field = feel_text_member(f, "field"), value = feel_text_member(f, "value");
    str remedy = feel_text_member(f, "remedy");
    str level = feel_text_member(f, "level");
    const char *mark = str_eq(level, STR("note")) ? lang_text(cli_lang, "note: ")
                       : str_eq(level, STR("warning")) ? lang_text(cli_lang, "warning: ") : "";
    fprintf(stderr, "%s:%lld:%lld: %s%.*s%s%.*s%s%.*s", file, (long long)feel_whole_member(f, "line"),
            (long long)feel_whole_member(f, "column"), mark, STR_ARG(field),
            field.len > 0 ? ": " : "", STR_ARG(feel_text_member(f, "text")), value.len > 0 ? ": " : "", STR_ARG(value));
    fprintf(stderr, "\n");
    if (remedy.len > 0) {
        fprintf(stderr, "  %.*s\n", STR_ARG(remedy));
    }
}

static int tell_import(struct line *l, feel_value v)
{
    feel_value findings = feel_member(v, "findings");
    int64_t wrong = feel_whole_member(v, "wrong");
    for (uint32_t i = 0; findings.kind == FEEL_LIST && i < findings.count; i++) {
        tell_finding(l->words[2], findings.items[i]);
    }
    if (wrong > 0) {
        fprintf(stderr, lang_text(cli_lang, "%lld mistakes in %lld rows: nothing was imported"), (long long)wrong,
                (long long)feel_whole_member(v, "rows"));
        fprintf(stderr, "\n");
        return EXIT_REFUSED;
    }
    bool done = str_eq(feel_text_member(v, "state"), STR("imported"));
    printf(done ? lang_text(cli_lang, "imported: %lld rows, %lld new, %lld changed, %lld ended, %lld as they were")
                : lang_text(cli_lang, "checked: %lld rows, %lld new, %lld changed, %lld ended, %lld as they were"),
           (long long)feel_whole_member(v, "rows"), (long long)feel_whole_member(v, "added"),
           (long long)feel_whole_member(v, "changed"), (long long)feel_whole_member(v, "ended"),
           (long long)feel_whole_member(v, "same"));
    printf("\n");
    return EXIT_DONE;
}

static int run_import(struct line *l)
{
    struct error err = { .lang = cli_lang };
    feel_value v;
    if (l->count != 3) {
        return cli_usage("which file?");
    }
    command_text(&l->command, "file", absolute(l, l->words[2]));
    command_text(&l->command, "annotate", l->annotate == NULL ? NULL : absolute(l, l->annotate));
    if (ask(l, &v, &err) != OK) {
        return cli_report(&err);
    }
    if (l->json) {
        int status = cli_print_value(v);
        return status == EXIT_DONE && feel_whole_member(v, "wrong") > 0 ? EXIT_REFUSED : status;
    }
    return tell_import(l, v);
}

/* ---- Export ---- */

static int copy_out(const char *path)
{
    char piece[64 << 10];
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool fine = fd >= 0;
    while (fine && (n = read(fd, piece, sizeof piece)) > 0) {
        fine = fwrite(piece, 1, (size_t)n, stdout) == (size_t)n;
    }
    if (fd >= 0) {
        close(fd);
    }
    struct error err = { .lang = cli_lang };
    if (!fine || n < 0) {
        error_set(&err, ERROR_IO, "cannot write the file");
        return cli_report(&err);
    }
    return EXIT_DONE;
}

static int run_export(struct line *l)
{
    char scratch[] = "/tmp/gongshi-export-XXXXXX";
    struct error err = { .lang = cli_lang };
    feel_value v;
    if (l->count != 2) {
        return cli_usage("\"%s\" is one word too many", l->words[2]);
    }
    bool out = l->out != NULL && strcmp(l->out, "-") != 0;
    if (!out && mkdtemp(scratch) == NULL) {
        error_set(&err, ERROR_IO, "the scratch file could not be used");
        return cli_report(&err);
    }
    const char *file = out ? absolute(l, l->out) : arena_printf(&l->arena, "%s/rows.csv", scratch).ptr;
    command_text(&l->command, "file", file);
    enum error_code code = ask(l, &v, &err);
    int status = code != OK ? cli_report(&err) : out ? EXIT_DONE : copy_out(file);
    if (!out) {
        unlink(file);
        rmdir(scratch);
    } else if (status == EXIT_DONE && l->json) {
        status = cli_print_value(v);
    } else if (status == EXIT_DONE) {
        printf(lang_text(cli_lang, "exported: %lld rows"), (long long)feel_whole_member(v, "rows"));
        printf("\n");
    }
    return status;
}

/* ---- Both ---- */

static int run(int argc, char **argv, const char *kind)
{
    struct line l = { .data = office_default() };
    bool import = argc > 1 && strcmp(argv[1], "import") == 0, export = argc > 1 && strcmp(argv[1], "export") == 0;
    if (!import && !export) {
        return cli_usage("what is to be done?");
    }
    command_begin(&l.command, argv[1]);
    int status = read_line(argc, argv, &l);
    if (status == EXIT_DONE && l.count < 2) {
        status = cli_usage("which %s?", kind);
    }
    if (status == EXIT_DONE) {
        command_text(&l.command, kind, l.words[1]);
        status = import ? run_import(&l) : run_export(&l);
    }
    buf_release(&l.command.text);
    arena_release(&l.arena);
    return status;
}

int cli_exchange(int argc, char **argv)
{
    return run(argc, argv, "ledger");
}

int cli_parameter(int argc, char **argv)
{
    return run(argc, argv, "parameter");
}
