/* html: the only way in which HTML is written. Text is escaped; markup is a literal of the program and has a type of
 * its own, so that no text can pass for it.
 */
#ifndef GONGSHI_WEB_HTML_H
#define GONGSHI_WEB_HTML_H

#include "base/buf.h"
#include "base/lang.h"

struct html {
    struct buf *out;
    enum lang lang;
};

/* Markup: made by MARKUP alone. */
struct html_markup {
    const char *text;
};
#define MARKUP(literal) ((struct html_markup){ "" literal })

void html_markup(struct html *h, struct html_markup m);

/* Escaped for element content and for attribute values in double quotes. */
void html_text(struct html *h, str text);

/* A sentence of the program in the language of the page, escaped. */
void html_say(struct html *h, const char *english);

/* A whole number. */
void html_int(struct html *h, int64_t n);

/* Escaped for a part of an address: everything but letters, digits, "-", "_", "." and "~" as %XX. */
void html_address(struct html *h, str part);

#endif
