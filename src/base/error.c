/* error: see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

/* vsnprintf that cuts a text too long at the start of a UTF-8 character. */
static __attribute__((format(printf, 4, 0))) void fill(char *to, size_t size, enum lang lang, const char *format,
                                                      va_list args)
{
    int n = vsnprintf(to, size, lang_text(lang, format), args);
    if (n >= 0 && (size_t)n >= size) {
        size_t end = size - 1;
        while (end > 0 && ((unsigned char)to[end - 1] & 0xC0) == 0x80) {
            end--;
        }
        if (end > 0 && (unsigned char)to[end - 1] >= 0xC0) {
            end--;
        }
        to[end] = '\0';
    }
}

enum error_code error_set(struct error *err, enum error_code code, const char *format, ...)
{
    if (err != NULL) {
        err->code = code;
        err->detail[0] = err->hint[0] = '\0';
        err->where = (struct error_where){ .line = 0 };
        va_list args;
        va_start(args, format);
        fill(err->message, sizeof err->message, err->lang, format, args);
        va_end(args);
    }
    return code;
}

void error_detail(struct error *err, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        fill(err->detail, sizeof err->detail, err->lang, format, args);
        va_end(args);
    }
}

void error_hint(struct error *err, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        fill(err->hint, sizeof err->hint, err->lang, format, args);
        va_end(args);
    }
}

void error_at(struct error *err, str file, uint32_t line, uint32_t column)
{
    if (err != NULL) {
        size_t n = file.len < sizeof err->where.file - 1 ? file.len : sizeof err->where.file - 1;
        memcpy(err->where.file, file.ptr, n);
        err->where.file[n] = '\0';
        err->where.line = line;
        err->where.column = column;
    }
}

const char *error_name(enum error_code code)
{
    static const char *const names[] = { "ok", "syntax", "invalid", "limit", "missing", "io" };
    return names[code];
}
