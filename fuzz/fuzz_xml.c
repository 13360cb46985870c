/* An XML file: it is refused with a place, or its tree hangs together within the limits, and written out and read
 * again gives the same tree.
 */
#include "fuzz.h"

#include "base/buf.h"
#include "base/limit.h"
#include "text/utf8.h"
#include "text/xml.h"

#include <assert.h>

enum { TEXT_MAX = 64 << 20 };

static void write_text(struct buf *b, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c == '<' || c == '&' || c == '>' || c == '"') {
            buf_printf(b, "&#%u;", c);
        } else {
            buf_addc(b, (char)c);
        }
    }
}

static void write_attribute(struct buf *b, const struct xml_attribute *at, uint32_t number)
{
    str name = at->name;
    assert(utf8_valid(name) && utf8_valid(at->value));
    if (at->uri.len == 0) {
        buf_printf(b, " %.*s=\"", STR_ARG(name));
    } else {
        buf_printf(b, " xmlns:p%u=\"", number);
        write_text(b, at->uri);
        buf_printf(b, "\" p%u:%.*s=\"", number, STR_ARG(name));
    }
    write_text(b, at->value);
    buf_addc(b, '"');
}

/* All the text of an element stands before its children here: that is how the tree has it. */
static void write_element(struct buf *b, const struct xml_node *x, uint32_t depth, uint32_t *count)
{
    str name = x->name;
    assert(depth <= LIMIT_XML_DEPTH && ++*count <= LIMIT_XML_ELEMENTS && x->attribute_count <= LIMIT_XML_ATTRIBUTES);
    assert(x->line > 0 && x->column > 0 && x->text.len <= LIMIT_XML_TEXT && utf8_valid(x->text) && name.len > 0);
    buf_printf(b, "<%.*s xmlns=\"", STR_ARG(name));
    write_text(b, x->uri);
    buf_addc(b, '"');
    for (uint32_t i = 0; i < x->attribute_count; i++) {
        write_attribute(b, &x->attributes[i], i);
    }
    buf_addc(b, '>');
    write_text(b, x->text);
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        assert(c->parent == x);
        write_element(b, c, depth + 1, count);
    }
    buf_printf(b, "</%.*s>", STR_ARG(name));
}

static str write_tree(struct arena *a, const struct xml_node *root)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    uint32_t count = 0;
    assert(root->parent == NULL && root->next == NULL);
    write_element(&b, root, 1, &count);
    assert(!b.overflow);
    str s = arena_str(a, buf_str(&b));
    buf_release(&b);
    return s;
}

/* The namespace of XML itself may not be bound to another prefix, nor be the default one. */
static bool has_xml_namespace(str text)
{
    static const char uri[] = "www.w3.org/";
    return memmem(text.ptr, text.len, uri, sizeof uri - 1) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    const struct xml_node *root, *again;
    struct error err = { .code = OK };
    enum error_code code = xml_parse(&a, STR("input"), (str){ (const char *)data, size }, &root, &err);
    if (code == OK) {
        str once = write_tree(&a, root);
        if (!has_xml_namespace(once)) {
            code = xml_parse(&a, STR("once"), once, &again, &err);
            assert(code == OK || code == ERROR_LIMIT);
            assert(code != OK || str_eq(write_tree(&a, again), once));
        }
    } else {
        assert(err.code == code && err.where.line > 0 && strcmp(err.where.file, "input") == 0);
    }
    arena_release(&a);
    return 0;
}
