/* statistics: the statistics of an installed scheme, counted.
 *
 *   gongshi statistics SCHEME [NAME] [--on DAY] [--rows] [--data …] [--as LOGIN]
 */
#include "cli/cli.h"
#include "cli/office.h"

int cli_statistics(int argc, char **argv)
{
    struct command c;
    const char *words[2] = { NULL, NULL }, *day = NULL, *data = office_default(), *as = NULL;
    bool rows = false;
    cal_date parsed;
    int count = 0;
    for (int i = 1; i < argc; i++) {
        const char **value = strcmp(argv[i], "--on") == 0     ? &day
                             : strcmp(argv[i], "--data") == 0 ? &data
                             : strcmp(argv[i], "--as") == 0   ? &as
                                                              : NULL;
        if (value != NULL) {
            *value = cli_value(argc, argv, &i);
            if (*value == NULL) {
                return EXIT_USAGE;
            }
        } else if (strcmp(argv[i], "--rows") == 0) {
            rows = true;
        } else if (argv[i][0] == '-' || count == 2) {
            return cli_usage("\"%s\" is no option of gongshi statistics", argv[i]);
        } else {
            words[count++] = argv[i];
        }
    }
    if (count == 0 || (day != NULL && !cal_parse_date(str_of(day), &parsed))) {
        return day != NULL ? cli_usage("\"%s\" is no day", day)
                           : cli_usage("gongshi statistics SCHEME [NAME] [--on DAY] [--rows]");
    }
    command_begin(&c, "statistics");
    command_text(&c, "scheme", words[0]);
    command_text(&c, "name", words[1]);
    command_text(&c, "on", day);
    command_text(&c, "rows", rows ? "yes" : NULL);
    command_text(&c, "as", as);
    return command_run(&c, data, true);
}
