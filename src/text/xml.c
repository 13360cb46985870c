/* xml: see xml.h. Handlers build the tree; the first that meets an error sets it and stops the parser. */
#include "text/xml.h"

#include "base/buf.h"
#include "base/limit.h"

#include <expat.h>

struct builder {
    XML_Parser parser;
    struct arena *arena;
    str file;
    struct error *err;
    enum error_code code;
    struct xml_node *root, *current;
    struct xml_node **last_child[LIMIT_XML_DEPTH + 1]; /* where the next child of each open element goes */
    struct buf text[LIMIT_XML_DEPTH + 1];
    uint32_t depth, elements;
};

static void stop(struct builder *b, enum error_code code)
{
    error_at(b->err, b->file, (uint32_t)XML_GetCurrentLineNumber(b->parser),
             (uint32_t)XML_GetCurrentColumnNumber(b->parser) + 1);
    b->code = code;
    XML_StopParser(b->parser, XML_FALSE);
}

static void stop_at_limit(struct builder *b, const char *name, int value)
{
    error_set(b->err, ERROR_LIMIT, "the XML file is too large");
    error_detail(b->err, "limit %s = %d", name, value);
    stop(b, ERROR_LIMIT);
}

/* expat joins URI and local name by a character that neither may hold. */
enum { NAME_SEPARATOR = '\x1F' };

static void split_name(struct arena *a, const char *joined, str *ret_uri, str *ret_name)
{
    const char *separator = strrchr(joined, NAME_SEPARATOR);
    *ret_uri = separator == NULL ? STR("") : arena_str(a, (str){ joined, (size_t)(separator - joined) });
    *ret_name = arena_str(a, str_of(separator == NULL ? joined : separator + 1));
}

static void copy_attributes(struct builder *b, struct xml_node *x, const char **attributes)
{
    uint32_t count = 0;
    while (attributes[2 * count] != NULL) {
        count++;
    }
    if (count > LIMIT_XML_ATTRIBUTES) {
        stop_at_limit(b, "XML_ATTRIBUTES", LIMIT_XML_ATTRIBUTES);
        return;
    }
    struct xml_attribute *copy = ARENA_ARRAY(b->arena, struct xml_attribute, count);
    for (uint32_t i = 0; i < count; i++) {
        split_name(b->arena, attributes[2 * i], &copy[i].uri, &copy[i].name);
        copy[i].value = arena_str(b->arena, str_of(attributes[2 * i + 1]));
    }
    x->attributes = copy;
    x->attribute_count = count;
}

static void XMLCALL on_start(void *user, const char *name, const char **attributes)
{
    struct builder *b = user;
    if (b->code != OK) {
        return;
    }
    if (b->depth >= LIMIT_XML_DEPTH) {
        stop_at_limit(b, "XML_DEPTH", LIMIT_XML_DEPTH);
        return;
    }
    if (++b->elements > LIMIT_XML_ELEMENTS) {
        stop_at_limit(b, "XML_ELEMENTS", LIMIT_XML_ELEMENTS);
        return;
    }
    struct xml_node *x = ARENA_NEW(b->arena, struct xml_node);
    split_name(b->arena, name, &x->uri, &x->name);
    copy_attributes(b, x, attributes);
    x->line = (uint32_t)XML_GetCurrentLineNumber(b->parser);
    x->column = (uint32_t)XML_GetCurrentColumnNumber(b->parser) + 1;
    x->parent = b->current;
    if (b->current == NULL) {
        b->root = x;
    } else {
        *b->last_child[b->depth] = x;
        b->last_child[b->depth] = (struct xml_node **)(void *)&x->next;
    }
    b->depth++;
    b->last_child[b->depth] = (struct xml_node **)(void *)&x->first_child;
    buf_clear(&b->text[b->depth]);
    b->current = x;
}

static void XMLCALL on_end(void *user, const char *name)
{
    struct builder *b = user;
    (void)name;
    if (b->code == OK) {
        b->current->text = arena_str(b->arena, buf_str(&b->text[b->depth]));
        b->depth--;
        b->current = (struct xml_node *)(uintptr_t)b->current->parent;
    }
}

static void XMLCALL on_text(void *user, const char *text, int length)
{
    struct builder *b = user;
    if (b->code == OK && b->depth > 0) {
        buf_add(&b->text[b->depth], (str){ text, (size_t)length });
        if (b->text[b->depth].overflow) {
            stop_at_limit(b, "XML_TEXT", LIMIT_XML_TEXT);
        }
    }
}

static void XMLCALL on_doctype(void *user, const char *name, const char *system, const char *public, int internal)
{
    struct builder *b = user;
    (void)name, (void)system, (void)public, (void)internal;
    if (b->code == OK) {
        error_set(b->err, ERROR_INVALID, "a document type declaration is not allowed");
        error_hint(b->err, "remove the line that begins with <!DOCTYPE");
        stop(b, ERROR_INVALID);
    }
}

static void report_syntax(struct builder *b)
{
    enum XML_Error error = XML_GetErrorCode(b->parser);
    error_set(b->err, ERROR_SYNTAX, "the file is not well-formed XML");
    error_detail(b->err, "%s", XML_ErrorString(error));
    error_at(b->err, b->file, (uint32_t)XML_GetCurrentLineNumber(b->parser),
             (uint32_t)XML_GetCurrentColumnNumber(b->parser) + 1);
    b->code = ERROR_SYNTAX;
}

static void parse(struct builder *b, str bytes)
{
    XML_SetUserData(b->parser, b);
    XML_SetElementHandler(b->parser, on_start, on_end);
    XML_SetCharacterDataHandler(b->parser, on_text);
    XML_SetStartDoctypeDeclHandler(b->parser, on_doctype);
    XML_SetParamEntityParsing(b->parser, XML_PARAM_ENTITY_PARSING_NEVER);
    if (XML_Parse(b->parser, bytes.ptr, (int)bytes.len, 1) != XML_STATUS_OK && b->code == OK) {
        report_syntax(b);
    }
}

enum error_code xml_parse(struct arena *a, str file, str bytes, const struct xml_node **ret, struct error *err)
{
    if (bytes.len > LIMIT_XML_BYTES) {
        error_set(err, ERROR_LIMIT, "the XML file is too large");
        error_detail(err, "limit %s = %d", "XML_BYTES", LIMIT_XML_BYTES);
        error_at(err, file, 0, 0);
        return ERROR_LIMIT;
    }
    struct builder b = { .arena = a, .file = file, .err = err, .code = OK };
    for (size_t i = 0; i <= LIMIT_XML_DEPTH; i++) {
        b.text[i] = (struct buf)BUF_INIT(LIMIT_XML_TEXT);
    }
    b.parser = XML_ParserCreateNS(NULL, NAME_SEPARATOR);
    if (b.parser == NULL) {
        return error_set(err, ERROR_IO, "the XML parser could not be made");
    }
    parse(&b, bytes);
    XML_ParserFree(b.parser);
    for (size_t i = 0; i <= LIMIT_XML_DEPTH; i++) {
        buf_release(&b.text[i]);
    }
    if (b.code == OK) {
        *ret = b.root;
    }
    return b.code;
}

str xml_attr(const struct xml_node *x, str uri, str name)
{
    for (uint32_t i = 0; i < x->attribute_count; i++) {
        if (str_eq(x->attributes[i].name, name) && str_eq(x->attributes[i].uri, uri)) {
            return x->attributes[i].value;
        }
    }
    return STR("");
}
