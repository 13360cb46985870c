/* sql2c: turns the migrations of the store into a C table.
 *
 *   sql2c OUTPUT 001.sql 002.sql ...
 *
 * The number of a migration is that of its file. It runs at each build and stops at the first mistake.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void fail(const char *path, const char *what)
{
    fprintf(stderr, "%s: error: %s\n", path, what);
    exit(1);
}

static void write_text(FILE *in, FILE *out)
{
    int c, line_open = 0;
    while ((c = getc(in)) != EOF) {
        if (!line_open) {
            fputs("        \"", out);
            line_open = 1;
        }
        if (c == '\n') {
            fputs("\\n\"\n", out);
            line_open = 0;
        } else {
            fprintf(out, c == '"' || c == '\\' ? "\\%c" : "%c", c);
        }
    }
    fputs(line_open ? "\"" : "        \"\"", out);
}

static void write_file(const char *path, int expected, FILE *out)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    if (strtol(name, NULL, 10) != expected) {
        fail(path, "the migrations are not numbered from 001 without a gap");
    }
    FILE *in = fopen(path, "r");
    if (in == NULL) {
        fail(path, "cannot be read");
    }
    fprintf(out, "    { %d,\n", expected);
    write_text(in, out);
    fputs(" },\n", out);
    fclose(in);
}

int main(int argc, char **argv)
{
    FILE *out = argc > 2 ? fopen(argv[1], "w") : NULL;
    if (out == NULL) {
        fail("sql2c", argc > 2 ? "the output cannot be written" : "usage: sql2c OUTPUT FILE.sql...");
    }
    fputs("/* Made from migrations/ by tools/sql2c.c; not to be edited. */\n"
          "const struct store_migration store__migrations[] = {\n", out);
    for (int i = 2; i < argc; i++) {
        write_file(argv[i], i - 1, out);
    }
    fputs("};\n", out);
    if (fclose(out) != 0) {
        fail(argv[1], "could not be written");
    }
    return 0;
}
