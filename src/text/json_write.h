/* json_write: writing JSON into a buffer, with no more escapes than RFC 8785 has, so that whoever writes members
 * in the order of that RFC and no numbers writes the canonical form.
 */
#ifndef GONGSHI_TEXT_JSON_WRITE_H
#define GONGSHI_TEXT_JSON_WRITE_H

#include "base/buf.h"
#include "base/limit.h"

struct json_writer {
    struct buf *out;
    bool pretty;       /* indented by two spaces */
    bool after_key;
    uint32_t depth;
    uint8_t filled[LIMIT_JSON_DEPTH * 2 + 1]; /* whether the container of a depth has something in it */
};

void json_writer_init(struct json_writer *w, struct buf *out, bool pretty);

void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_key(struct json_writer *w, str name);
void json_string(struct json_writer *w, str text);
void json_bool(struct json_writer *w, bool b);
void json_null(struct json_writer *w);

/* Text that is JSON already: a number; or nothing, when the caller goes on to write the value itself. */
void json_raw(struct json_writer *w, str json);

/* A name and its text or whole number. */
void json_text_member(struct json_writer *w, const char *name, str text);
void json_int_member(struct json_writer *w, const char *name, int64_t n);

/* The string with its quotation marks and escapes. */
void json_quote(str text, struct buf *out);

/* The order of RFC 8785, section 3.2.3: by UTF-16 code units. */
int json_compare_names(str a, str b);

#endif
