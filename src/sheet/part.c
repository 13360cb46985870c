/* part: a part of a workbook as a stream of elements, on expat. See sheet_int.h. Document types are refused before
 * anything else of them is read, so there are no entities but the five of XML. */
#include "sheet/sheet_int.h"

#include <expat.h>
#include <stdio.h>

enum { CHUNK = 64 << 10 };

struct sheet__stream {
    XML_Parser parser;
    struct sheet__zip *zip;
    const struct sheet__handler *handler;
    enum error_code code;
    uint32_t depth;
};

static void stop(struct sheet__stream *s, enum error_code code)
{
    s->code = code;
    XML_StopParser(s->parser, XML_FALSE);
}

static const char *local(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

static void XMLCALL on_start(void *user, const char *name, const char **attributes)
{
    struct sheet__stream *s = user;
    if (s->code != OK) {
        return;
    }
    if (++s->depth > LIMIT_SHEET_DEPTH) {
        stop(s, sheet__too_large(s->zip->err, "SHEET_DEPTH", LIMIT_SHEET_DEPTH));
        return;
    }
    enum error_code code = s->handler->start(s->handler->context, local(name), attributes);
    if (code != OK) {
        stop(s, code);
    }
}

static void XMLCALL on_end(void *user, const char *name)
{
    struct sheet__stream *s = user;
    s->depth--;
    enum error_code code = s->code == OK ? s->handler->end(s->handler->context, local(name)) : OK;
    if (code != OK) {
        stop(s, code);
    }
}

static void XMLCALL on_text(void *user, const char *text, int length)
{
    struct sheet__stream *s = user;
    if (s->code == OK && *s->handler->wants_text) {
        enum error_code code = s->handler->text(s->handler->context, (str){ text, (size_t)length });
        if (code != OK) {
            stop(s, code);
        }
    }
}

static void XMLCALL on_doctype(void *user, const char *name, const char *system, const char *public, int internal)
{
    struct sheet__stream *s = user;
    (void)name, (void)system, (void)public, (void)internal;
    if (s->code == OK) {
        stop(s, sheet__broken(s->zip, "a document type declaration is not allowed"));
    }
}

static enum error_code syntax_error(struct sheet__stream *s)
{
    char detail[128];
    snprintf(detail, sizeof detail, "%lu:%lu: %s", (unsigned long)XML_GetCurrentLineNumber(s->parser),
             (unsigned long)XML_GetCurrentColumnNumber(s->parser) + 1, XML_ErrorString(XML_GetErrorCode(s->parser)));
    return sheet__broken(s->zip, detail);
}

static enum error_code feed(struct sheet__stream *s)
{
    for (;;) {
        void *room = XML_GetBuffer(s->parser, CHUNK);
        if (room == NULL) {
            return syntax_error(s);
        }
        int n = sheet__read_part(s->zip, room, CHUNK);
        if (n < 0) {
            return s->zip->err->code;
        }
        enum XML_Status status = XML_ParseBuffer(s->parser, n, n == 0);
        if (s->code != OK) {
            return s->code;
        }
        if (status != XML_STATUS_OK) {
            return syntax_error(s);
        }
        if (n == 0) {
            return OK;
        }
    }
}

enum error_code sheet__parse_part(struct sheet__zip *z, const char *name, const struct sheet__handler *h)
{
    struct sheet__stream s = { .zip = z, .handler = h, .code = OK };
    enum error_code code = sheet__open_part(z, name);
    if (code != OK) {
        return code;
    }
    s.parser = XML_ParserCreate(NULL);
    if (s.parser == NULL) {
        sheet__close_part(z);
        return error_set(z->err, ERROR_IO, "the XML parser could not be made");
    }
    XML_SetUserData(s.parser, &s);
    XML_SetElementHandler(s.parser, on_start, on_end);
    XML_SetCharacterDataHandler(s.parser, on_text);
    XML_SetStartDoctypeDeclHandler(s.parser, on_doctype);
    XML_SetParamEntityParsing(s.parser, XML_PARAM_ENTITY_PARSING_NEVER);
    code = feed(&s);
    XML_ParserFree(s.parser);
    sheet__close_part(z);
    return code;
}

const char *sheet__attribute(const char **attributes, const char *name)
{
    for (; *attributes != NULL; attributes += 2) {
        if (strcmp(local(attributes[0]), name) == 0) {
            return attributes[1];
        }
    }
    return NULL;
}

bool sheet__whole(const char *text, uint32_t max, uint32_t *ret)
{
    uint64_t n = 0;
    if (text == NULL || *text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || (n = n * 10 + (uint64_t)(*text - '0')) > max) {
            return false;
        }
    }
    *ret = (uint32_t)n;
    return true;
}

bool sheet__is_true(const char *text)
{
    return text != NULL && (strcmp(text, "1") == 0 || strcmp(text, "true") == 0 || strcmp(text, "on") == 0);
}
