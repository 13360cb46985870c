/* json: reading JSON (RFC 8259) exactly.
 *
 * Numbers stay slices of the source, so no digit is lost; strings without escapes are slices too. Refused:
 * duplicate names in an object, invalid UTF-8, half surrogates, anything after the value, and what goes beyond
 * the limits JSON_BYTES, JSON_DEPTH, JSON_MEMBERS. No recursion: open containers are on a stack of their own.
 */
#ifndef GONGSHI_TEXT_JSON_H
#define GONGSHI_TEXT_JSON_H

#include "base/arena.h"
#include "base/error.h"

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    uint8_t kind;   /* enum json_kind */
    uint32_t count; /* of items */
    uint32_t at;    /* byte of the source where it begins */
    union {
        str text; /* a number as written, a string unescaped */
        struct {
            const struct json *items;
            const str *names; /* of an object's items, in their order */
        };
    };
};

/* Parses a whole text, which must live as long as the result: the result borrows from it and from the arena. */
enum error_code json_parse(struct arena *a, str source, struct json *ret, struct error *err);

/* For who reads a text of known form: the first byte at or after p that a string cannot have as it is, which is a
 * quotation mark, a backslash or a control character. `high` becomes true where a byte beyond ASCII was passed. */
const char *json_plain_end(const char *p, const char *end, bool *high);

/* The member of an object, or NULL. */
const struct json *json_member(const struct json *object, str name);

#endif
