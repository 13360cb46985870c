/* xml_write: writing XML, and the one way by which text gets into it: whatever is handed over is escaped, and what
 * XML cannot hold (control characters, bytes that are no UTF-8) becomes U+FFFD. Names of elements and attributes come
 * from the program, never from input.
 */
#ifndef GONGSHI_TEXT_XML_WRITE_H
#define GONGSHI_TEXT_XML_WRITE_H

#include "base/buf.h"

enum { XML_WRITE_DEPTH = 16 };

struct xml_writer {
    struct buf *out;
    bool in_tag; /* a start tag is open: attributes may follow */
    uint32_t depth;
    uint32_t line_depth; /* elements down to this depth begin on a line of their own */
    const char *names[XML_WRITE_DEPTH];
};

void xml_writer_init(struct xml_writer *w, struct buf *out, uint32_t line_depth);

/* An element; its attributes follow at once, before its text and the elements inside. At most XML_WRITE_DEPTH deep. */
void xml_begin(struct xml_writer *w, const char *name);
void xml_end(struct xml_writer *w);
void xml_attribute(struct xml_writer *w, const char *name, str value);
void xml_text(struct xml_writer *w, str text);

/* An element with nothing but text in it. */
void xml_text_element(struct xml_writer *w, const char *name, str text);

#endif
