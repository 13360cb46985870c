/* text: the shared texts of a workbook, which its worksheets refer to by number. See sheet_int.h. They are kept one
 * after another in one block: a workbook may have a million of them. */
#include "sheet/sheet_int.h"

#include "text/utf8.h"

struct texts {
    struct sheet__book *book;
    bool wanted; /* inside of a t that is no reading aid */
    bool in_reading;
    uint32_t count;
    size_t from; /* where the current text begins */
};

static enum error_code start(void *context, const char *name, const char **attributes)
{
    struct texts *t = context;
    (void)attributes;
    if (strcmp(name, "si") == 0) {
        if (t->count >= LIMIT_SHEET_STRINGS) {
            return sheet__too_large(t->book->zip.err, "SHEET_STRINGS", LIMIT_SHEET_STRINGS);
        }
        t->from = t->book->texts.len;
    } else if (strcmp(name, "rPh") == 0) {
        t->in_reading = true;
    } else if (strcmp(name, "t") == 0) {
        t->wanted = !t->in_reading;
    }
    return OK;
}

static enum error_code end(void *context, const char *name)
{
    struct texts *t = context;
    struct buf *texts = &t->book->texts;
    if (strcmp(name, "t") == 0) {
        t->wanted = false;
    } else if (strcmp(name, "rPh") == 0) {
        t->in_reading = false;
    } else if (strcmp(name, "si") == 0) {
        texts->len = t->from + sheet__unescape(texts->ptr + t->from, texts->len - t->from);
        uint32_t length = (uint32_t)texts->len;
        buf_add(&t->book->ends, (str){ (const char *)&length, sizeof length });
        t->count++;
    }
    return OK;
}

static enum error_code text(void *context, str piece)
{
    struct texts *t = context;
    buf_add(&t->book->texts, piece);
    if (t->book->texts.overflow) {
        return sheet__too_large(t->book->zip.err, "SHEET_STRING_BYTES", LIMIT_SHEET_STRING_BYTES);
    }
    if (t->book->texts.len - t->from > LIMIT_SHEET_TEXT) {
        return sheet__too_large(t->book->zip.err, "SHEET_TEXT", LIMIT_SHEET_TEXT);
    }
    return OK;
}

enum error_code sheet__read_texts(struct sheet__book *b)
{
    struct texts t = { .book = b };
    struct sheet__handler h = { start, end, text, &t.wanted, &t };
    b->texts = (struct buf)BUF_INIT(LIMIT_SHEET_STRING_BYTES);
    b->ends = (struct buf)BUF_INIT((size_t)LIMIT_SHEET_STRINGS * sizeof(uint32_t));
    if (b->texts_part == NULL) {
        return OK;
    }
    enum error_code code = sheet__parse_part(&b->zip, b->texts_part, &h);
    return code == ERROR_MISSING ? OK : code; /* what refers to them will not find them */
}

static size_t end_of(const struct sheet__book *b, uint32_t index)
{
    uint32_t end;
    memcpy(&end, b->ends.ptr + (size_t)index * sizeof end, sizeof end);
    return end;
}

bool sheet__shared_text(const struct sheet__book *b, uint32_t index, str *ret)
{
    if (index >= b->ends.len / sizeof(uint32_t)) {
        return false;
    }
    size_t from = index > 0 ? end_of(b, index - 1) : 0;
    *ret = b->texts.len > 0 ? str_slice(buf_str(&b->texts), from, end_of(b, index)) : STR("");
    return true;
}

/* ---- _xHHHH_ ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The unit that is written at p as _xHHHH_, or -1. */
static int unit_at(const char *p, const char *end)
{
    int unit = 0;
    if (end - p < 7 || p[0] != '_' || p[1] != 'x' || p[6] != '_') {
        return -1;
    }
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

/* Only characters that a text may have and XML may not, CR, and the _ that protects such a text itself; a zero, and
 * half of a surrogate pair, stay as they are written. */
static bool is_escaped(int unit)
{
    return (unit > 0 && unit < 0x20) || unit == '_';
}

size_t sheet__unescape(char *text, size_t length)
{
    const char *from = text, *end = text + length;
    if (length < 7 || memmem(text, length, "_x", 2) == NULL) {
        return length;
    }
    char *to = text;
    while (from < end) {
        int unit = *from == '_' ? unit_at(from, end) : -1;
        if (is_escaped(unit)) {
            *to++ = (char)unit;
            from += 7;
        } else {
            *to++ = *from++;
        }
    }
    return (size_t)(to - text);
}
