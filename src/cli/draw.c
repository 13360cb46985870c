/* draw: the --svg FILE [--diagram N] of gongshi process; "-" is standard output, diagrams count from 1. */
#include "bpmn/draw.h"
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

static int write_file(const char *path, str bytes)
{
    FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
    bool written = f != NULL && fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len;
    if (f != NULL && f != stdout) {
        written = fclose(f) == 0 && written;
    }
    if (!written) {
        struct error err = { .lang = cli_lang };
        error_set(&err, ERROR_IO, "could not write the file");
        error_at(&err, str_of(path), 0, 0);
        return cli_report(&err);
    }
    return EXIT_DONE;
}

int cli_draw_process(const struct bpmn_model *m, const char *path, const char *diagram)
{
    struct bpmn_draw_options options = { .lang = cli_lang };
    struct error err = { .lang = cli_lang };
    struct buf b = BUF_INIT((size_t)1 << 28);
    char *end = NULL;
    unsigned long number = diagram == NULL ? 1 : strtoul(diagram, &end, 10);
    if (number == 0 || number > UINT32_MAX || (diagram != NULL && (*end != '\0' || diagram[0] == '-'))) {
        return cli_usage("\"%s\" is no number of a diagram", diagram);
    }
    options.diagram = (uint32_t)number - 1;
    int status = bpmn_draw(m, &options, &b, &err) == OK ? write_file(path, buf_str(&b)) : cli_report(&err);
    buf_release(&b);
    return status;
}
