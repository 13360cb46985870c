/* json_write: see json_write.h. */
#include "text/json_write.h"

#include "text/utf8.h"

#include <assert.h>

void json_writer_init(struct json_writer *w, struct buf *out, bool pretty)
{
    *w = (struct json_writer){ .out = out, .pretty = pretty };
}

static void new_line(struct json_writer *w)
{
    if (w->pretty) {
        buf_addc(w->out, '\n');
        for (uint32_t i = 0; i < w->depth; i++) {
            buf_addz(w->out, "  ");
        }
    }
}

/* What comes before a value or a name. */
static void separate(struct json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->filled[w->depth]) {
        buf_addc(w->out, ',');
    }
    w->filled[w->depth] = 1;
    if (w->depth > 0) {
        new_line(w);
    }
}

static void begin(struct json_writer *w, char c)
{
    separate(w);
    buf_addc(w->out, c);
    w->depth++;
    assert(w->depth < sizeof w->filled);
    w->filled[w->depth] = 0;
}

static void end(struct json_writer *w, char c)
{
    assert(w->depth > 0);
    bool filled = w->filled[w->depth];
    w->depth--;
    if (filled) {
        new_line(w);
    }
    buf_addc(w->out, c);
}

void json_begin_object(struct json_writer *w)
{
    begin(w, '{');
}

void json_end_object(struct json_writer *w)
{
    end(w, '}');
}

void json_begin_array(struct json_writer *w)
{
    begin(w, '[');
}

void json_end_array(struct json_writer *w)
{
    end(w, ']');
}

void json_key(struct json_writer *w, str name)
{
    separate(w);
    json_quote(name, w->out);
    buf_addz(w->out, w->pretty ? ": " : ":");
    w->after_key = true;
}

void json_string(struct json_writer *w, str text)
{
    separate(w);
    json_quote(text, w->out);
}

void json_bool(struct json_writer *w, bool b)
{
    json_raw(w, b ? STR("true") : STR("false"));
}

void json_null(struct json_writer *w)
{
    json_raw(w, STR("null"));
}

void json_raw(struct json_writer *w, str json)
{
    separate(w);
    buf_add(w->out, json);
}

void json_text_member(struct json_writer *w, const char *name, str text)
{
    json_key(w, str_of(name));
    json_string(w, text);
}

void json_int_member(struct json_writer *w, const char *name, int64_t n)
{
    json_key(w, str_of(name));
    json_raw(w, STR(""));
    buf_printf(w->out, "%lld", (long long)n);
}

static void quote_escape(unsigned char c, struct buf *out)
{
    static const char names[] = "btn\0fr";
    if (c == '"' || c == '\\') {
        buf_addc(out, '\\');
        buf_addc(out, (char)c);
    } else if (c >= 8 && c <= 13 && c != 11) {
        buf_addc(out, '\\');
        buf_addc(out, names[c - 8]);
    } else {
        buf_printf(out, "\\u%04x", c);
    }
}

void json_quote(str text, struct buf *out)
{
    buf_addc(out, '"');
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c == '"' || c == '\\') {
            buf_add(out, str_slice(text, from, i));
            quote_escape(c, out);
            from = i + 1;
        }
    }
    buf_add(out, str_slice(text, from, text.len));
    buf_addc(out, '"');
}

/* The first UTF-16 unit in which two different characters differ, as a number that orders like the units: those
 * beyond the first plane begin with a surrogate, below U+E000. */
static uint32_t unit_order(uint32_t code)
{
    return code >= 0x10000 ? 0xD800 + ((code - 0x10000) >> 10) : code;
}

int json_compare_names(str a, str b)
{
    size_t i = 0, n = a.len < b.len ? a.len : b.len;
    while (i < n && a.ptr[i] == b.ptr[i]) {
        i++;
    }
    if (i == n) {
        return (a.len > b.len) - (a.len < b.len);
    }
    while (i > 0 && ((unsigned char)a.ptr[i] & 0xC0) == 0x80) {
        i--; /* to the start of the character that differs */
    }
    uint32_t x = utf8_get(str_slice(a, i, a.len)), y = utf8_get(str_slice(b, i, b.len));
    uint32_t u = unit_order(x), v = unit_order(y);
    return u != v ? (u < v ? -1 : 1) : x < y ? -1 : x > y;
}
