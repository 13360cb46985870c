/* xml_write: see xml_write.h. */
#include "text/xml_write.h"

#include "text/utf8.h"

#include <assert.h>

void xml_writer_init(struct xml_writer *w, struct buf *out, uint32_t line_depth)
{
    *w = (struct xml_writer){ .out = out, .line_depth = line_depth };
}

static void close_tag(struct xml_writer *w)
{
    if (w->in_tag) {
        buf_addc(w->out, '>');
        w->in_tag = false;
    }
}

void xml_begin(struct xml_writer *w, const char *name)
{
    assert(w->depth < XML_WRITE_DEPTH);
    close_tag(w);
    if (w->depth > 0 && w->depth < w->line_depth) {
        buf_addc(w->out, '\n');
    }
    w->names[w->depth++] = name;
    buf_addc(w->out, '<');
    buf_addz(w->out, name);
    w->in_tag = true;
}

void xml_end(struct xml_writer *w)
{
    assert(w->depth > 0);
    const char *name = w->names[--w->depth];
    if (w->in_tag) {
        buf_addz(w->out, "/>");
        w->in_tag = false;
    } else {
        buf_addz(w->out, "</");
        buf_addz(w->out, name);
        buf_addc(w->out, '>');
    }
}

/* Line breaks and tabs of an attribute would be read back as spaces if they stood there as they are. */
static const char *escape_of(unsigned char c, bool attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\t':
        return attribute ? "&#9;" : NULL;
    case '\n':
        return attribute ? "&#10;" : NULL;
    case '\r':
        return "&#13;";
    default:
        return c < 0x20 ? "\xEF\xBF\xBD" : NULL;
    }
}

/* U+FFFE and U+FFFF, which UTF-8 can say and XML cannot. */
static bool is_noncharacter(str s, size_t at)
{
    return s.len - at >= 3 && memcmp(s.ptr + at, "\xEF\xBF", 2) == 0 && (unsigned char)s.ptr[at + 2] >= 0xBE;
}

static void escape(struct xml_writer *w, str s, bool attribute)
{
    bool valid = utf8_valid(s);
    size_t from = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        size_t length = 1;
        const char *other = escape_of(c, attribute);
        if (c >= 0x80 && !valid) {
            other = "\xEF\xBF\xBD";
        } else if (c == 0xEF && is_noncharacter(s, i)) {
            other = "\xEF\xBF\xBD";
            length = 3;
        }
        if (other != NULL) {
            buf_add(w->out, str_slice(s, from, i));
            buf_addz(w->out, other);
            i += length - 1;
            from = i + 1;
        }
    }
    buf_add(w->out, str_slice(s, from, s.len));
}

void xml_attribute(struct xml_writer *w, const char *name, str value)
{
    assert(w->in_tag);
    buf_addc(w->out, ' ');
    buf_addz(w->out, name);
    buf_addz(w->out, "=\"");
    escape(w, value, true);
    buf_addc(w->out, '"');
}

void xml_text(struct xml_writer *w, str text)
{
    close_tag(w);
    escape(w, text, false);
}

void xml_text_element(struct xml_writer *w, const char *name, str text)
{
    xml_begin(w, name);
    xml_text(w, text);
    xml_end(w);
}
