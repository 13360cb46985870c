/* xml: files of outsiders to a small immutable tree, on expat.
 *
 * Names are resolved to namespace URI and local name. Document type declarations are refused before anything
 * else of them is read, so there are no entities but the five of XML; depth, elements, attributes, text and size
 * are bounded (base/limit.def). The tree lives in the arena that xml_parse was given and copies what it needs.
 */
#ifndef GONGSHI_TEXT_XML_H
#define GONGSHI_TEXT_XML_H

#include "base/arena.h"
#include "base/error.h"

struct xml_attribute {
    str uri, name, value; /* uri is empty for attributes without prefix */
};

struct xml_node {
    str uri, name;
    str text; /* the character data directly inside, joined */
    const struct xml_attribute *attributes;
    uint32_t attribute_count;
    uint32_t line, column; /* of the start tag, from 1 */
    const struct xml_node *parent, *first_child, *next;
};

/* Parses a whole document. `file` is for messages. */
enum error_code xml_parse(struct arena *a, str file, str bytes, const struct xml_node **ret, struct error *err);

/* The value of an attribute, or an empty text. */
str xml_attr(const struct xml_node *x, str uri, str name);

#endif
