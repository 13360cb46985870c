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
    { "bench", cli_bench,
      "feel EXPR [-c context.json] | decide MODEL -d DECISION [-i input.json] | process MODEL  [--seconds S]",
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
