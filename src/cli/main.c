/* main: the table of commands. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name;
    cli_command *run;
    const char *usage, *sentence;
} commands[] = {
    { "feel", cli_feel,
      "EXPR|-f FILE [-c context.json] [--unary VALUE] [--dis|--format] [--at INSTANT] | --functions | --externals",
      "evaluate a FEEL expression, test a value against unary tests, or list the functions" },
    { "decide", cli_decide,
      "MODEL.dmn [-d DECISION|-s SERVICE] [-i input.json] [--explain [--json]|--record|--check] [--at INSTANT]",
      "decide by a DMN model, explain or record the decision, or check the model" },
    { "process", cli_process,
      "MODEL.bpmn [--check|--dump] [--play SCENARIO.jsonl [--quiet]] [--svg FILE [--diagram N]]",
      "check a process model, play it in memory by a scenario, or draw it" },
    { "init", cli_init, "DIR", "make a data directory" },
    { "serve", cli_serve,
      "[--data DIR|postgres://…] [--listen 127.0.0.1:8080] [--address URL] [--proxy ADDRESS] [--ship DIR]\n"
      "              [--upgrade]",
      "run the office: pages, timers, papers, commands" },
    { "scheme", cli_scheme, "install FOLDER", "install a scheme package" },
    { "people", cli_people,
      "office CODE [NAME] [--in CODE] | add LOGIN [NAME] --office CODE | give|end LOGIN ROLE --office CODE\n"
      "               | password LOGIN | first CODE LOGIN NAME",
      "offices, persons and their roles" },
    { "dossier", cli_dossier,
      "start SCHEME | claim|release|complete|return|assign|forward N.W | done|fail|throw N.W | message|signal NAME\n"
      "                | set|retry|cancel|withdraw N | show|public N | list [SCHEME] | tasks\n"
      "                [--with JSON] [--as LOGIN] …",
      "act on dossiers, or look at them" },
    { "notice", cli_notice, "list [WORDS] | show N | withdraw N --text WHY", "look at notices, or take one back" },
    { "recompute", cli_recompute, "[DOSSIER]", "compute stored decisions again and compare them byte by byte" },
    { "audit", cli_audit, "", "verify the chain of the audit" },
    { "backup", cli_backup, "TO", "copy the running office" },
    { "restore", cli_restore, "FROM TO [--until INSTANT]", "make a data directory from a backup or a change log" },
    { "verify-restore", cli_verify_restore, "FROM", "prove that a backup can be restored" },
    { "doctor", cli_doctor, "[DIR]", "read every byte of a data directory and say what is wrong" },
    { "bench", cli_bench,
      "feel EXPR [-c context.json] | decide MODEL -d DECISION [-i input.json] | process MODEL  [--seconds S]\n"
      "              | work MODEL --store DIR [--callers N] [--one] [--bulk ROWS] [--timers N]",
      "measure how fast it is" },
};

static int help(FILE *out)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        fprintf(out, "gongshi %s %s\n    %s\n", commands[i].name, commands[i].usage,
                lang_text(cli_lang, commands[i].sentence));
    }
    fprintf(out, "%s\n", lang_text(cli_lang, "--lang zh|en before all else chooses the language of messages"));
    return EXIT_DONE;
}

static const char *user_language(void)
{
    static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL && value[0] != '\0') {
            return value;
        }
    }
    return NULL;
}

/* Takes --lang X out of the arguments, wherever it stands. */
static void take_language(int *argc, char **argv)
{
    cli_lang = lang_from_name(user_language());
    for (int i = 1; i + 1 < *argc; i++) {
        if (strcmp(argv[i], "--lang") == 0) {
            cli_lang = lang_from_name(argv[i + 1]);
            memmove(&argv[i], &argv[i + 2], (size_t)(*argc - i - 1) * sizeof *argv);
            *argc -= 2;
            return;
        }
    }
}

int main(int argc, char **argv)
{
    take_language(&argc, argv);
    if (argc < 2) {
        help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
        return help(stdout);
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            int status = commands[i].run(argc - 1, argv + 1);
            return fflush(stdout) == 0 ? status : EXIT_FAILED;
        }
    }
    return cli_usage("there is no command \"%s\"", argv[1]);
}
