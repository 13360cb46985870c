/* pack2c: turns the files of a scheme package into a C table.
 *
 *   pack2c OUTPUT FOLDER FILE...
 *
 * The rows are { name within FOLDER, bytes, size }; FOLDER stands somewhere in the paths of the files. It runs at each
 * build and stops at the first mistake.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void fail(const char *path, const char *what)
{
    fprintf(stderr, "%s: error: %s\n", path, what);
    exit(1);
}

/* Octal escapes have at most three digits, so that no digit of the text can belong to one. */
static long write_bytes(FILE *in, FILE *out)
{
    int c, column = 0;
    long size = 0;
    fputs("        \"", out);
    while ((c = getc(in)) != EOF) {
        if (c == '\n' || column >= 100) {
            fputs(c == '\n' ? "\\n\"\n        \"" : "\"\n        \"", out);
            column = 0;
        }
        if (c == '"' || c == '\\' || c == '?') {
            fprintf(out, "\\%c", c);
        } else if (c < ' ' || c > '~') {
            if (c != '\n') {
                fprintf(out, "\\%03o", (unsigned)c);
            }
        } else {
            putc(c, out);
        }
        column++;
        size++;
    }
    fputs("\"", out);
    return size;
}

static void write_file(const char *folder, const char *path, FILE *out)
{
    const char *inside = strstr(path, folder);
    FILE *in = fopen(path, "rb");
    if (in == NULL || inside == NULL || inside[strlen(folder)] != '/') {
        fail(path, "cannot be read, or is not in the folder");
    }
    fprintf(out, "    { \"%s\",\n", inside + strlen(folder) + 1);
    long size = write_bytes(in, out);
    fprintf(out, ",\n      %ld },\n", size);
    if (ferror(in) != 0) {
        fail(path, "cannot be read");
    }
    fclose(in);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fail("pack2c", "wanted are OUTPUT FOLDER FILE...");
    }
    FILE *out = fopen(argv[1], "wb");
    if (out == NULL) {
        fail(argv[1], "cannot be written");
    }
    for (int i = 3; i < argc; i++) {
        write_file(argv[2], argv[i], out);
    }
    if (fclose(out) != 0) {
        fail(argv[1], "cannot be written");
    }
    return 0;
}
