/* format: what the number format of a cell shows, by which a number is known to be a date. See sheet_int.h and
 * ECMA-376 part 1, 18.8.30 and 18.8.31. */
#include "sheet/sheet_int.h"

#include <stdlib.h>
#include <strings.h>

/* ---- The formats that have no text in the file ---- */

enum sheet__format sheet__builtin(uint32_t id)
{
    switch (id) {
    case 0:
    case 49:
        return SHEET__GENERAL;
    case 11:
    case 48:
        return SHEET__EXPONENT;
    case 14:
    case 15:
    case 16:
    case 17:
    case 27:
    case 28:
    case 29:
    case 30:
    case 31:
    case 36: /* those from 27 on are Chinese and Japanese */
    case 50:
    case 51:
    case 52:
    case 53:
    case 54:
    case 57:
    case 58:
        return SHEET__DATE;
    case 18:
    case 19:
    case 20:
    case 21:
    case 32:
    case 33:
    case 34:
    case 35:
    case 45:
    case 47:
    case 55:
    case 56:
        return SHEET__TIME;
    case 22:
        return SHEET__DATE_TIME;
    case 46:
        return SHEET__ELAPSED;
    default:
        return SHEET__NUMBER;
    }
}

/* ---- The others ---- */

struct seen {
    bool date, month, time, elapsed, exponent, digits;
};

/* In brackets: hours that go on after 24, or a colour, a condition, a language, which show nothing. */
static void see_brackets(str inside, struct seen *s)
{
    char c = inside.len > 0 ? (char)(inside.ptr[0] | 0x20) : 0;
    bool same = c == 'h' || c == 'm' || c == 's';
    for (size_t i = 0; i < inside.len; i++) {
        same = same && (inside.ptr[i] | 0x20) == c;
    }
    s->elapsed = s->elapsed || same;
}

static void see_letter(char c, char next, struct seen *s)
{
    switch (c | 0x20) {
    case 'e':
        if (next == '+' || next == '-') {
            s->exponent = true;
        } else {
            s->date = true; /* a year of an era */
        }
        break;
    case 'y':
    case 'd':
    case 'a':
    case 'b':
    case 'g':
        s->date = true;
        break;
    case 'm':
        s->month = true;
        break;
    case 'h':
    case 's':
        s->time = true;
        break;
    default:
        break;
    }
}

/* The place after what begins at `at` and is shown as it is, or is skipped; `at` when nothing is. */
static size_t skip_literal(str code, size_t at, struct seen *s)
{
    char c = code.ptr[at];
    const char *end = NULL;
    if (c == '"' || c == '[') {
        end = memchr(code.ptr + at + 1, c == '"' ? '"' : ']', code.len - at - 1);
        size_t stop = end != NULL ? (size_t)(end - code.ptr) : code.len;
        if (c == '[') {
            see_brackets(str_slice(code, at + 1, stop), s);
        }
        return stop + 1;
    }
    if (c == '\\' || c == '_' || c == '*') {
        return at + 2;
    }
    static const char *const words[] = { "General", "AM/PM", "A/P", "上午/下午" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i]);
        if (code.len - at >= n && strncasecmp(code.ptr + at, words[i], n) == 0) {
            s->time = s->time || i > 0;
            return at + n;
        }
    }
    return at;
}

/* Only the first section: the others are for negative numbers, zero and text. */
enum sheet__format sheet__classify(str code)
{
    struct seen s = { .date = false };
    for (size_t at = 0; at < code.len && code.ptr[at] != ';';) {
        size_t next = skip_literal(code, at, &s);
        if (next == at) {
            s.digits = s.digits || code.ptr[at] == '0' || code.ptr[at] == '#' || code.ptr[at] == '?';
            see_letter(code.ptr[at], at + 1 < code.len ? code.ptr[at + 1] : '\0', &s);
            next++;
        }
        at = next;
    }
    if (s.elapsed) {
        return SHEET__ELAPSED;
    }
    bool date = s.date || (s.month && !s.time);
    if (date || s.time) {
        return date && s.time ? SHEET__DATE_TIME : date ? SHEET__DATE : SHEET__TIME;
    }
    return s.exponent ? SHEET__EXPONENT : s.digits ? SHEET__NUMBER : SHEET__GENERAL;
}

/* ---- The part ---- */

struct custom {
    uint32_t id;
    uint32_t format; /* enum sheet__format */
};

struct formats {
    struct sheet__book *book;
    struct buf custom; /* of struct custom, in the order of id once cells are reached */
    bool in_cells;
    bool wants_text;
};

static int by_id(const void *a, const void *b)
{
    const struct custom *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static enum error_code add_custom(struct formats *f, const char **attributes)
{
    struct custom c = { .id = 0 };
    const char *code = sheet__attribute(attributes, "formatCode");
    if (!sheet__whole(sheet__attribute(attributes, "numFmtId"), UINT32_MAX, &c.id) || code == NULL) {
        return OK;
    }
    c.format = sheet__classify(str_of(code));
    buf_add(&f->custom, (str){ (const char *)&c, sizeof c });
    return f->custom.overflow ? sheet__too_large(f->book->zip.err, "SHEET_STYLES", LIMIT_SHEET_STYLES) : OK;
}

static enum error_code add_cell_format(struct formats *f, const char **attributes)
{
    struct custom key = { .id = 0 };
    const struct custom *found = NULL;
    sheet__whole(sheet__attribute(attributes, "numFmtId"), UINT32_MAX, &key.id);
    if (f->custom.len > 0) {
        found = bsearch(&key, f->custom.ptr, f->custom.len / sizeof key, sizeof key, by_id);
    }
    buf_addc(&f->book->formats, (char)(found != NULL ? found->format : sheet__builtin(key.id)));
    return f->book->formats.overflow ? sheet__too_large(f->book->zip.err, "SHEET_STYLES", LIMIT_SHEET_STYLES) : OK;
}

static enum error_code start(void *context, const char *name, const char **attributes)
{
    struct formats *f = context;
    if (strcmp(name, "numFmt") == 0 && !f->in_cells) {
        return add_custom(f, attributes);
    }
    if (strcmp(name, "cellXfs") == 0) {
        f->in_cells = true;
        if (f->custom.len > 0) {
            qsort(f->custom.ptr, f->custom.len / sizeof(struct custom), sizeof(struct custom), by_id);
        }
    }
    return f->in_cells && strcmp(name, "xf") == 0 ? add_cell_format(f, attributes) : OK;
}

static enum error_code end(void *context, const char *name)
{
    struct formats *f = context;
    f->in_cells = f->in_cells && strcmp(name, "cellXfs") != 0;
    return OK;
}

static enum error_code text(void *context, str piece)
{
    (void)context, (void)piece;
    return OK;
}

enum error_code sheet__read_formats(struct sheet__book *b)
{
    struct formats f = { .book = b, .custom = BUF_INIT((size_t)LIMIT_SHEET_STYLES * sizeof(struct custom)) };
    struct sheet__handler h = { start, end, text, &f.wants_text, &f };
    b->formats = (struct buf)BUF_INIT(LIMIT_SHEET_STYLES);
    if (b->formats_part == NULL) {
        return OK;
    }
    enum error_code code = sheet__parse_part(&b->zip, b->formats_part, &h);
    buf_release(&f.custom);
    return code == ERROR_MISSING ? OK : code;
}

enum sheet__format sheet__format_of(const struct sheet__book *b, uint32_t style)
{
    return style < b->formats.len ? (enum sheet__format)b->formats.ptr[style] : SHEET__GENERAL;
}
