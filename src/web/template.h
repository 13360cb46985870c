/* template: what the templates of src/web/pages, compiled to C by tools/html2c.c, are made of. Only generated code and
 * answer.c call it. Each function escapes for its place; there is no way to write text unescaped.
 */
#ifndef GONGSHI_WEB_TEMPLATE_H
#define GONGSHI_WEB_TEMPLATE_H

#include "base/buf.h"
#include "base/lang.h"
#include "text/node.h"

/* Where names are looked up: the innermost first, then outwards. */
struct template_scope {
    const struct node *node;
    const struct template_scope *outer;
};

struct template;
typedef void template_function(struct template *t, const struct template_scope *s);

/* A piece of a page that its layout puts somewhere. */
struct template_block {
    const char *name;
    template_function *draw;
};

/* A page being drawn. */
struct template {
    struct buf *out;
    enum lang lang;
    uint32_t depth; /* of templates that use each other */
    const struct template_block *blocks;
    size_t block_count;
};

/* The value of a name ("a.b" goes into members, "." is the innermost value itself, ".a" a member of it and of
 * nothing outside), or NULL. */
const struct node *template_get(const struct template_scope *s, const char *path);

/* Markup of the template itself. */
void template_markup(struct template *t, const char *text, size_t size);

/* A text or number as element text or in an attribute in double quotes. */
void template_text(struct template *t, const struct node *n);

/* The same as a part of an address: all but letters, digits, "-", "_", "." and "~" as %XX. */
void template_part(struct template *t, const struct node *n);

/* A whole address: of this site ("/…", "?…", "#…"), or http(s); anything else becomes "#". */
void template_address(struct template *t, const struct node *n);

/* A sentence of the program in the page's language; each %s is the next of `values`. */
void template_say(struct template *t, const char *english, const struct node *const *values, size_t count);

/* A value that is a sentence of the program, in the page's language. */
void template_say_value(struct template *t, const struct node *n);

bool template_is(const struct node *n, const char *literal, size_t size);

/* The items of a list; an object or text counts as a list of one. */
const struct node *template_first(const struct node *n);
const struct node *template_next(const struct node *list, const struct node *item);

void template_use(struct template *t, template_function *part, const struct template_scope *s);
void template_put(struct template *t, const char *block, const struct template_scope *s);

#endif
