/* error: the one error object.
 *
 * A function that can fail returns an `enum error_code` (0 is success), fills
 * the caller's `struct error` and leaves its `ret_…` arguments alone. The
 * object holds its texts itself, so nobody has to free it, and a caller may
 * keep it on the stack. Libraries never print it; the command line and the
 * web page do.
 *
 * How to word it: `message` says what is wrong, lower case, without a full
 * stop; `detail` gives the facts (the value, the limit); `hint` says what to
 * do; `where` names the file, line and column, from 1; 0 is unknown. "Could
 * not" may succeed later, "cannot" never will.
 */
#ifndef GONGSHI_BASE_ERROR_H
#define GONGSHI_BASE_ERROR_H

#include "base/lang.h"
#include "base/str.h"

enum error_code {
    OK = 0,
    ERROR_SYNTAX,  /* the input does not follow its format */
    ERROR_INVALID, /* well formed, but says something that cannot be */
    ERROR_LIMIT,   /* a bound of base/limit.def was hit; detail names it */
    ERROR_MISSING, /* a file or a named thing is not there */
    ERROR_IO,      /* the operating system said no */
};

struct error_where {
    char file[256];
    uint32_t line, column;
};

struct error {
    enum lang lang; /* set by the caller, before; LANG_EN when cleared to zero */
    enum error_code code;
    char message[256];
    char detail[512];
    char hint[256];
    struct error_where where;
};

/* Sets code and message and clears the rest; returns code. The format is translated to err->lang.
 * Texts that do not fit are cut at a character boundary. `err` may be NULL: only the code is wanted. */
enum error_code error_set(struct error *err, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Add to an error that is set. Each translates its format; NULL err is allowed. */
void error_detail(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
void error_hint(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
void error_at(struct error *err, str file, uint32_t line, uint32_t column);

/* One word for JSON: "syntax", "invalid", "limit", "missing", "io", "ok". */
const char *error_name(enum error_code code);

#endif
