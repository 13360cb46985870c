/* po2c: turns po/zh.po into the C table of src/base/lang.c.
 *
 *   po2c zh.po po_zh.inc
 *
 * It reads the simple part of the .po format: comments, and pairs of msgid
 * and msgstr whose strings may go over several lines and hold the escapes
 * \" \\ \n \t. It refuses what would make a wrong or dangerous table: an empty
 * or repeated msgid, an entry that is not translated, conversions (%…) that
 * differ in number, order or type. The rows come out sorted by the English
 * text in the order of strcmp, for a binary search.
 *
 * It runs at each build and lives for milliseconds, so it frees nothing but
 * what it read, and stops at the first mistake.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ENTRIES = 4096, MAX_TEXT = 4096, MAX_LINE = 8192 };

enum field { NO_FIELD, MSGID, MSGSTR };

struct entry {
    int line;
    bool has_text[3]; /* by enum field */
    char text[3][MAX_TEXT];
};

static const char *path;
static struct entry *entries[MAX_ENTRIES];
static size_t entry_count;

static _Noreturn void fail(int line, const char *what, const char *text)
{
    fprintf(stderr, "%s:%d: error: %s%s%s%s\n", path, line, what, *text != '\0' ? " \"" : "", text,
            *text != '\0' ? "\"" : "");
    exit(1);
}

static struct entry *new_entry(int line)
{
    if (entry_count == MAX_ENTRIES) {
        fail(line, "too many entries", "");
    }
    struct entry *e = calloc(1, sizeof *e);
    if (e == NULL) {
        fail(line, "out of memory", "");
    }
    e->line = line;
    entries[entry_count++] = e;
    return e;
}

static char unescape(char c, int line)
{
    switch (c) {
    case 'n': return '\n';
    case 't': return '\t';
    case '"': case '\\': return c;
    default: fail(line, "unknown escape in a string", "");
    }
}

/* Appends the string literal that begins at the quotation mark p. */
static void append_literal(char *to, const char *p, int line)
{
    size_t n = strlen(to);
    for (p++; *p != '"'; p++) {
        if (*p == '\0') {
            fail(line, "a string has no closing quotation mark", "");
        }
        if (n + 1 >= MAX_TEXT) {
            fail(line, "a text is too long", "");
        }
        to[n++] = *p == '\\' ? unescape(*++p, line) : *p;
    }
    if (p[1 + strspn(p + 1, " \t\r\n")] != '\0') {
        fail(line, "text after a string", "");
    }
    to[n] = '\0';
}

static bool starts_with(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void read_entries(FILE *f)
{
    static char text[MAX_LINE];
    enum field field = NO_FIELD;
    for (int line = 1; fgets(text, sizeof text, f) != NULL; line++) {
        const char *p = text + strspn(text, " \t\r\n");
        if (*p == '\0' || *p == '#') {
            continue;
        }
        if (starts_with(p, "msgid ")) {
            new_entry(line);
            field = MSGID;
            p += strlen("msgid ");
        } else if (starts_with(p, "msgstr ")) {
            if (field != MSGID) {
                fail(line, "msgstr without msgid", "");
            }
            field = MSGSTR;
            p += strlen("msgstr ");
        } else if (*p != '"' || field == NO_FIELD) {
            fail(line, "neither msgid, msgstr, a string nor a comment", "");
        }
        if (*p != '"') {
            fail(line, "a string is missing", "");
        }
        struct entry *e = entries[entry_count - 1];
        e->has_text[field] = true;
        append_literal(e->text[field], p, line);
    }
}

/* The next conversion of a printf format at or after p, its length in *ret_len; NULL when there is none. */
static const char *next_conversion(const char *p, size_t *ret_len)
{
    for (; (p = strchr(p, '%')) != NULL; p += 2) {
        if (p[1] != '%') {
            size_t n = 1 + strspn(p + 1, "-+ #0123456789.*'hljztL");
            *ret_len = n + (p[n] != '\0');
            return p;
        }
    }
    return NULL;
}

/* Translated formats receive the arguments of the English one, so each conversion must be the very same. */
static bool same_conversions(const char *a, const char *b)
{
    for (;;) {
        size_t a_len, b_len;
        a = next_conversion(a, &a_len);
        b = next_conversion(b, &b_len);
        if (a == NULL || b == NULL) {
            return a == b;
        }
        if (a_len != b_len || memcmp(a, b, a_len) != 0) {
            return false;
        }
        a += a_len;
        b += b_len;
    }
}

static int by_english(const void *a, const void *b)
{
    const struct entry *const *x = a, *const *y = b;
    return strcmp((*x)->text[MSGID], (*y)->text[MSGID]);
}

static void check_entries(void)
{
    for (size_t i = 0; i < entry_count; i++) {
        const struct entry *e = entries[i];
        const char *english = e->text[MSGID];
        if (*english == '\0') {
            fail(e->line, "an empty msgid", "");
        }
        if (!e->has_text[MSGSTR] || e->text[MSGSTR][0] == '\0') {
            fail(e->line, "not translated:", english);
        }
        if (!same_conversions(english, e->text[MSGSTR])) {
            fail(e->line, "the conversions (%…) differ from those of", english);
        }
        if (i > 0 && strcmp(entries[i - 1]->text[MSGID], english) == 0) {
            fail(e->line, "a second translation of", english);
        }
    }
}

static void write_literal(FILE *out, const char *s)
{
    putc('"', out);
    for (; *s != '\0'; s++) {
        if (*s == '\n' || *s == '\t') {
            fputs(*s == '\n' ? "\\n" : "\\t", out);
        } else {
            fprintf(out, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
        }
    }
    putc('"', out);
}

static void write_table(FILE *out)
{
    fprintf(out, "/* Made from po/zh.po by tools/po2c.c; not to be edited. */\n");
    fprintf(out, "static const struct translation translations[] = {\n");
    for (size_t i = 0; i < entry_count; i++) {
        fprintf(out, "    { ");
        write_literal(out, entries[i]->text[MSGID]);
        fprintf(out, ", ");
        write_literal(out, entries[i]->text[MSGSTR]);
        fprintf(out, " },\n");
        free(entries[i]);
    }
    fprintf(out, "};\n");
}

int main(int argc, char **argv)
{
    path = argc == 3 ? argv[1] : "po2c";
    FILE *in = argc == 3 ? fopen(argv[1], "r") : NULL;
    if (in == NULL) {
        fail(0, argc == 3 ? "cannot be read" : "usage: po2c FILE.po FILE.inc", "");
    }
    read_entries(in);
    fclose(in);
    if (entry_count == 0) {
        fail(1, "no entry", "");
    }
    qsort(entries, entry_count, sizeof entries[0], by_english);
    check_entries();
    FILE *out = fopen(argv[2], "w");
    if (out == NULL) {
        path = argv[2];
        fail(0, "cannot be written", "");
    }
    write_table(out);
    if (fclose(out) != 0) {
        fail(0, "could not be written", "");
    }
    return 0;
}
