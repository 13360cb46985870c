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
    { "init", cli_init, "DIR [--demo]", "make a data directory" },
    { "demo", cli_demo, "DIR | postgres://… FOLDER",
      "make the data directory of a sample district, with people who can log in" },
    { "serve", cli_serve,
      "[--data DIR|postgres://…] [--listen 127.0.0.1:8080] [--address URL] [--proxy ADDRESS] [--ship DIR]\n"
      "              [--keys FILE] [--sealer PROGRAM] [--settings FILE] [--upgrade]  (docs/settings.md)",
      "run the office: pages, timers, papers, commands" },
    { "scheme", cli_scheme,
      "check PACKAGE [--with FOLDER] [--on DAY] [--json] | diff OLD NEW [--json] | bundle PACKAGE -o FILE\n"
      "               | install PACKAGE [--with FOLDER] | list\n"
      "               | test FOLDER [FILE.jsonl…] [--with FOLDER]… [--quiet]",
      "check, compare, pack, test and install scheme packages" },
    { "round", cli_round,
      "open SCHEME ROUND --from DAY | show SCHEME ROUND | set SCHEME.PARAMETER ROW --with JSON\n"
      "              | confirm SCHEME.PARAMETER ROW --source PAPER --as LOGIN",
      "make the parameters of a year out of the last one's, and confirm them" },
    { "calendar", cli_calendar, "show [YEAR] | explain DAY [N] | import FILE.csv",
      "the calendar of working days" },
    { "people", cli_people,
      "office CODE [NAME] [--in CODE] | add LOGIN [NAME] --office CODE | give|end LOGIN ROLE --office CODE\n"
      "               | transport CODE here|hand | password LOGIN | first CODE LOGIN NAME",
      "offices, persons and their roles" },
    { "dossier", cli_dossier,
      "start SCHEME | claim|release|complete|return|assign|forward N.W | done|fail|throw N.W | message|signal NAME\n"
      "                | set|retry|cancel|withdraw|clock|happened|link N | recuse|invite N.W\n"
      "                | save|draft N.W|SCHEME | show N [--clock NAME|--decision NAME] | public N | list [SCHEME]\n"
      "                | tasks | clocks|told [--office CODE]\n"
      "                [--with JSON] [--as LOGIN] …",
      "act on dossiers, or look at them" },
    { "message", cli_message, "list [--office CODE] | again N", "look at messages between offices" },
    { "ledger", cli_ledger,
      "list | query LEDGER [--where FEEL] [--words TEXT] [--on DAY|ever] [--known DAY] [--order FIELD [--down]]\n"
      "              [--office CODE] [--max N] [--after CURSOR]\n"
      "              | show|history LEDGER ROW | add LEDGER VALUES --office CODE\n"
      "              | change LEDGER ROW VALUES --reason WHY [--revision N] | strike LEDGER ROW --reason WHY\n"
      "              | import LEDGER FILE [--check] [--update] [--annotate OUT.xlsx] [--sheet NAME]\n"
      "              | export LEDGER [-o FILE.csv|FILE.xlsx] [--view NAME] [--where FEEL] [--on DAY] [--known DAY]\n"
      "              [--gb18030] [--personal] [--office CODE] [--as LOGIN] [--json]",
      "look at ledgers, as they are and as they were; write rows, one by one or from tables" },
    { "party", cli_party,
      "add VALUES [--office CODE] | show HANDLE | list [--words TEXT] | check CODE\n"
      "              | erase HANDLE --text WHY --as LOGIN",
      "enter those whom the office deals with, look at them, erase what is personal about them" },
    { "document", cli_document,
      "list [DOSSIER] | show|make|seal|serve|void N | preview|register DOSSIER NAME\n"
      "                | block SCHEME NAME | account SCHEME/NAME YEAR",
      "papers: their seal, their service, their numbers" },
    { "notice", cli_notice, "list [WORDS] | show N | object N --with JSON | amend N --with JSON --text WHY\n"
      "              | withdraw N --text WHY",
      "look at notices, object, amend one, or take one back" },
    { "credit", cli_credit, "show PARTY [--on DAY] | repair ROW --text WHY", "what stands for and against a party" },
    { "rating", cli_rating, "TOKEN --with JSON", "rate what a token was handed out for" },
    { "assess", cli_assess,
      "new SCHEME NAME [--office CODE] [--corrects N] | freeze|compute|carry-out N | seed N TEXT\n"
      "               | preview N [--with JSON] | approve N [--result HASH] | strike|call N ENTRY --text WHY\n"
      "               | show|names|verify N | list [SCHEME]  [--as LOGIN] [--json]",
      "make one list of many: frozen, drawn, graded, approved, carried out" },
    { "parameter", cli_parameter, "import SCHEME.PARAMETER FILE … | export SCHEME.PARAMETER …",
      "rows of a parameter from a table, or into one" },
    { "recompute", cli_recompute, "[DOSSIER]", "compute stored decisions again and compare them byte by byte" },
    { "statistics", cli_statistics, "SCHEME [NAME] [--on DAY] [--rows] [--data DIR|postgresql://…] [--as LOGIN]",
      "count what a scheme wants to be counted" },
    { "simulate", cli_simulate, "--over SCHEME|BUNDLE [--scheme FOLDER] [--decision D] [--with JSON]",
      "tell which stored decisions would be others under other rules or numbers" },
    { "audit", cli_audit, "", "verify the chain of the audit" },
    { "backup", cli_backup, "TO", "copy the running office" },
    { "restore", cli_restore, "FROM TO [--until INSTANT]", "make a data directory from a backup or a change log" },
    { "verify-restore", cli_verify_restore, "FROM", "prove that a backup can be restored" },
    { "doctor", cli_doctor, "[DIR]", "read every byte of a data directory and say what is wrong" },
    { "bench", cli_bench,
      "feel EXPR [-c context.json] | decide MODEL -d DECISION [-i input.json] | process MODEL  [--seconds S]\n"
      "              | work|assess MODEL --store DIR [--callers N] [--one] [--bulk ROWS] [--assess ROWS] [--timers N]\n"
      "              | ledger --store DIR [--records N] [--questions N]\n"
      "              | ask SCHEME.LEDGER --store DIR [--where FEEL] [--order FIELD] [--words WORDS] [--questions N]\n"
      "              | desk --store DIR [--dossiers N] [--offices N] [--questions N]",
      "measure how fast it is" },
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out, size_t command)
{
    fprintf(out, "gongshi %s %s\n    %s\n", commands[command].name, commands[command].usage,
            lang_text(cli_lang, commands[command].sentence));
}

static int help(FILE *out)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        print_help(out, i);
    }
    fprintf(out, "%s\n", lang_text(cli_lang, "--lang zh|en before all else chooses the language of messages"));
    return EXIT_DONE;
}

/* The command of that name; COMMANDS: there is none, and it is said. */
static size_t find_command(const char *name)
{
    size_t i = 0;
    while (i < COMMANDS && strcmp(name, commands[i].name) != 0) {
        i++;
    }
    if (i == COMMANDS) {
        cli_usage("there is no command \"%s\"", name);
    }
    return i;
}

static int help_with(const char *name)
{
    size_t i = find_command(name);
    if (i == COMMANDS) {
        return EXIT_USAGE;
    }
    print_help(stdout, i);
    return EXIT_DONE;
}

static int version(void)
{
    printf("gongshi %s\n", GONGSHI_VERSION);
    return EXIT_DONE;
}

static bool is_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
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
    if (is_help(argv[1])) {
        return argc > 2 ? help_with(argv[2]) : help(stdout);
    }
    if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0) {
        return version();
    }
    size_t command = find_command(argv[1]);
    if (command == COMMANDS) {
        return EXIT_USAGE;
    }
    if (argc > 2 && argv[2][0] == '-' && is_help(argv[2])) {
        print_help(stdout, command);
        return EXIT_DONE;
    }
    cli_running(commands[command].name, commands[command].usage);
    int status = commands[command].run(argc - 1, argv + 1);
    return fflush(stdout) == 0 ? status : EXIT_FAILED;
}
